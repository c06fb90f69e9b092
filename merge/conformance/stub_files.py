"""Stubs: programs that talk to the kit and merge nothing yet, for whoever begins one."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from pithmerge.errors import OutputError
from pithmerge.showing import printable, shown


@dataclass(frozen=True)
class Language:
    """A language that there is a stub in.

    Attributes:
        suffix: of its file.
        build: the words of the command that makes a program of it, in the file's folder; none where
            that is not needed.
        run: the words of the command that is asked.
    """

    suffix: str
    build: tuple[str, ...]
    run: tuple[str, ...]


LANGUAGES: Final[Mapping[str, Language]] = {
    "python": Language(".py", (), ("python3", "{file}")),
    "javascript": Language(".mjs", (), ("node", "{file}")),
    "java": Language(".java", (), ("java", "{file}")),
    "go": Language(".go", ("go", "build", "-o", "{program}", "{file}"), ("{program}",)),
    "rust": Language(".rs", ("rustc", "-O", "-o", "{program}", "{file}"), ("{program}",)),
}


def place_of(language: str, target: Path) -> Path:
    """The file that a stub goes to: ``target`` if it ends as files of the language do, otherwise
    ``stub`` in that folder.

    Raises:
        OutputError: it ends as files of another language do.
    """
    suffix = LANGUAGES[language].suffix
    if target.is_dir() or target.suffix not in {each.suffix for each in LANGUAGES.values()}:
        return target / f"stub{suffix}"
    if target.suffix != suffix:
        name = printable(shown(str(target)))
        raise OutputError(f"{name}: a stub in {language} ends in {suffix}: name another place")
    return target


def write_stub(language: str, target: Path) -> Path:
    """Write a stub; the folder that it goes to is made if it is not there.

    Args:
        language: of `LANGUAGES`.
        target: a folder or a file, see `place_of`.

    Returns:
        The file.

    Raises:
        OutputError: something is there already, or it cannot be written.
    """
    file = place_of(language, target)
    text = resources.files("pithmerge.conformance.stubs") / f"stub{LANGUAGES[language].suffix}"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _write_new(file, text.read_bytes())
    except OSError as error:
        there = printable(shown(str(error.filename or file)))
        what = "something is there already"
        if not isinstance(error, FileExistsError):
            what = f"cannot be written ({error.strerror})"
        raise OutputError(f"{there}: {what}: name another place") from None
    return file


def _write_new(file: Path, data: bytes) -> None:
    """Write a file that is not there yet, whole or not at all."""
    with file.open("xb") as opened:
        try:
            opened.write(data)
            opened.flush()
        except BaseException:
            file.unlink()
            raise


def commands(language: str, file: Path) -> tuple[str, ...]:
    """What is to be typed next: to build it, if it has to be, and to try it."""
    names = {"file": _as_word(file), "program": _as_word(file.with_suffix(""))}
    build, run = (
        shlex.join(word.format(**names) for word in words)
        for words in (LANGUAGES[language].build, LANGUAGES[language].run)
    )
    smoke = shlex.join(("pithmerge", "conform", "smoke", "--impl", run))
    return (build, smoke) if build else (smoke,)


def _as_word(path: Path) -> str:
    """A path that is neither taken for an option nor looked for among the system's programs."""
    text = str(path)
    return f"./{text}" if text.startswith("-") or "/" not in text else text
