"""The corpus: cases on disk, one a line, with a manifest (CONFORMANCE.md, door 1)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from pithmerge.canon import read_json, sha256_hex
from pithmerge.conformance.case_form import problem_of
from pithmerge.conformance.protocol import CORPUS_VERSION
from pithmerge.conformance.recipes import expanded
from pithmerge.errors import DocumentError, PithmergeError


class CorpusError(PithmergeError):
    """A corpus that is not what its manifest says, or a case that is none."""


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        id: stable and never reused, such as ``EQV-0007``.
        suite: the file that it is in.
        description: what it tests, in one sentence.
        because: the rules of SPEC.md that it rests on, such as ``7.1``.
        op: ``merge`` or ``canonicalize``.
        inputs: the ``run`` request without ``cmd``, ``seq`` and ``op`` (the member ``in``), or a
            recipe for it: see `request_inputs`.
        expect: the result that must come back.
        twin: for a refusal, the case that differs in one thing and is accepted.
    """

    id: str
    suite: str
    description: str
    because: tuple[str, ...]
    op: str
    inputs: dict[str, Any] = field(repr=False)
    expect: dict[str, Any] = field(repr=False)
    twin: str | None = None

    @classmethod
    def from_value(cls, value: Any) -> "Case":
        """The case of a parsed line.

        Raises:
            CorpusError: it is none; the message says what is wrong with which member.
        """
        problem = problem_of(value)
        if problem is not None:
            raise CorpusError(problem)
        inputs = dict(value["in"])
        return cls(
            id=value["id"],
            suite=value["suite"],
            description=value["description"],
            because=tuple(value["because"]),
            op=inputs.pop("op"),
            inputs=inputs,
            expect=dict(value["expect"]),
            twin=value.get("twin"),
        )

    def request_inputs(self) -> dict[str, Any]:
        """The inputs as they are sent: where they are a recipe, carried out.

        Raises:
            RecipeError: the recipe is none, or comes to other bytes than the case says.
        """
        return expanded(self.op, self.inputs)

    def to_value(self) -> dict[str, Any]:
        """The case as a JSON value, in the order of CONFORMANCE.md."""
        value = {
            "id": self.id,
            "suite": self.suite,
            "description": self.description,
            "because": list(self.because),
            "op": self.op,
            "in": {"op": self.op, **self.inputs},
            "expect": self.expect,
        }
        return value if self.twin is None else {**value, "twin": self.twin}

    def to_line(self) -> bytes:
        """The case as a line of a suite file, newline included."""
        text = json.dumps(self.to_value(), ensure_ascii=False, separators=(",", ":"))
        return text.encode() + b"\n"


@dataclass(frozen=True)
class Corpus:
    """A corpus in a folder: ``manifest.json`` and the suite files that it lists."""

    folder: Path

    @classmethod
    def shipped(cls) -> "Corpus":
        """The corpus that is installed with pithmerge."""
        return cls(Path(str(resources.files("pithmerge.fixtures"))) / "conformance" / "v1")

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest; raises CorpusError if it cannot be read, is of another version, or does
        not list its files."""
        path = self.folder / "manifest.json"
        try:
            manifest: Any = read_json(path.read_bytes())
        except (OSError, DocumentError) as error:
            raise CorpusError(f"{path}: cannot be read ({error}): check the path") from None
        if not isinstance(manifest, dict) or manifest.get("version") != CORPUS_VERSION:
            raise CorpusError(f"{path}: this is no {CORPUS_VERSION} manifest")
        files = manifest.get("files")
        if not isinstance(files, list) or not all(map(_is_entry, files)):
            raise CorpusError(
                f'{path}: "files" must list objects with a "suite", a "file" and a "sha256": get '
                "the corpus again"
            )
        return manifest

    def suites(self) -> tuple[str, ...]:
        """The names of the suites, in the manifest's order."""
        return tuple(entry["suite"] for entry in self.manifest["files"])

    def cases(self) -> Iterator[Case]:
        """Every case, in order.

        Raises:
            CorpusError: a file is missing or not the one that the manifest describes.
        """
        for entry in self.manifest["files"]:
            path = self.folder / entry["file"]
            try:
                data = path.read_bytes()
            except OSError as error:
                raise CorpusError(f"{path}: cannot be read ({error.strerror})") from None
            if sha256_hex(data) != entry["sha256"]:
                raise CorpusError(
                    f"{path}: not the file that manifest.json describes: get the corpus again"
                )
            yield from _cases_of(data, path)

    def chosen(self, *, suites: Iterable[str] = (), ids: Iterable[str] = ()) -> tuple[Case, ...]:
        """The cases of these suites and ids; all of them where neither is given.

        Raises:
            CorpusError: a suite or an id does not exist.
        """
        wanted_suites, wanted_ids = set(suites), set(ids)
        cases = tuple(self.cases())
        known_suites = {case.suite for case in cases}
        unknown = sorted(wanted_suites - known_suites) + sorted(
            wanted_ids - {case.id for case in cases}
        )
        if unknown:
            raise CorpusError(
                f"there is no suite or case {unknown[0]!r}: see pithmerge conform list"
            )
        if not wanted_suites and not wanted_ids:
            return cases
        return tuple(case for case in cases if case.suite in wanted_suites or case.id in wanted_ids)


def read_cases(path: Path) -> tuple[Case, ...]:
    """The cases of a file of one or more lines, such as one that `hunt` saved.

    Raises:
        CorpusError: it cannot be read, holds none, or a line of it is none.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror}): check the path") from None
    cases = tuple(_cases_of(data, path))
    if not cases:
        raise CorpusError(f"{path}: there is no case in this file")
    return cases


def _cases_of(data: bytes, path: Path) -> Iterator[Case]:
    """The cases of a file's lines; raises CorpusError, which names the line."""
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield Case.from_value(read_json(line))
        except (CorpusError, DocumentError) as error:
            raise CorpusError(f"{path}, line {number}: {error}") from None


def _is_entry(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(name), str) for name in ("suite", "file", "sha256")
    )
