"""Writing: exact bytes to files and pipes, and to terminals nothing that they would act on."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from pithmerge.errors import OutputError
from pithmerge.files import refuse_to_overwrite, replace_file
from pithmerge.showing import printable, visible

STDOUT: Final = Path("-")
_STDIN, _STDOUT = 0, 1
"""By their descriptors."""


def complain(message: str) -> None:
    """One line on stderr. Nothing that is done depends on its being read."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(f"pithmerge: {printable(message)}", file=sys.stderr, flush=True)


def is_terminal(stream: Any) -> bool:
    """Whether a stream of this process is one on which a person reads."""
    return stream is not None and stream.isatty()


def write_bytes(data: bytes, output: Path | None = None) -> None:
    """Write to a file, whole or not at all, or to stdout.

    Files and pipes get these bytes. A terminal gets the same JSON with invisible characters
    escaped, and a newline at the end.

    Args:
        data: JSON in UTF-8.
        output: the file; None or ``-`` for stdout.

    Raises:
        OutputError: the file cannot be written; what was there before is untouched.
        OSError: stdout cannot be written.
    """
    if output is None or output == STDOUT:
        _write_to_stdout(data)
        return
    try:
        if output.exists() and not output.is_file():
            # A device or a named pipe: it is written to, not replaced.
            output.write_bytes(data)
        else:
            replace_file(output, [data])
    except OSError as error:
        raise OutputError(
            f"{output}: cannot be written ({error.strerror}): check the folder and its permissions"
        ) from None


def refuse_inputs(output: Path | None, names: Iterable[str]) -> None:
    """Refuse an output that is read, by whatever name, or that is a saved merger.

    Args:
        output: the file; None or ``-`` for stdout, which may go to a file.
        names: what is read, ``-`` for stdin.

    Raises:
        OutputError: see there; nothing was written.
    """
    read = (_STDIN if name == "-" else name for name in names)
    refuse_to_overwrite([output_place(output)], read)


def output_place(output: Path | None) -> Path | int:
    """An output, None or ``-`` for stdout: that by its name if that says that it would be read
    where it lies."""
    if output is not None and output != STDOUT:
        return output
    # Slow to import, for the sake of what it knows of compressions.
    from pithmerge.mirrors.reading.forms import ending_of

    path = Path(os.path.realpath(f"/dev/fd/{_STDOUT}"))
    return path if path.is_file() and ending_of(path.name) is not None else _STDOUT


def write_line(text: str) -> None:
    """A line of text, already `printable`, to stdout.

    Raises:
        OutputError: there is no stdout.
        OSError: it cannot be written.
    """
    _refuse_no_stdout()
    print(text, flush=True)


def write_json_lines(lines: Iterable[bytes]) -> None:
    """Write lines of JSON to stdout, like `write_bytes`, however many there are.

    Raises:
        OutputError: there is no stdout.
        OSError: it cannot be written.
    """
    _refuse_no_stdout()
    sys.stdout.flush()
    to_a_person = is_terminal(sys.stdout)
    for line in lines:
        sys.stdout.buffer.write(_for_a_terminal(line) if to_a_person else line)
    sys.stdout.buffer.flush()


def write_lines(lines: bytes, *, as_json: bool) -> None:
    """Write whole lines to stdout: of JSON like `write_json_lines`, of text, already `printable`,
    like `write_line`.

    Args:
        lines: UTF-8.
        as_json: whether they are JSON.

    Raises:
        OutputError: there is no stdout.
        OSError: it cannot be written.
    """
    if as_json:
        write_json_lines(lines.splitlines(keepends=True))
        return
    _refuse_no_stdout()
    sys.stdout.write(lines.decode())
    sys.stdout.flush()


def _write_to_stdout(data: bytes) -> None:
    _refuse_no_stdout()
    if is_terminal(sys.stdout):
        data = _for_a_terminal(data)
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _refuse_no_stdout() -> None:
    if sys.stdout is None:
        raise OutputError("stdout: it is closed: open it, or name a file")


def _for_a_terminal(data: bytes) -> bytes:
    # The encoding of the terminal may know less than UTF-8.
    encoding = sys.stdout.encoding or "ascii"
    text = visible(data).decode().removesuffix("\n")
    return text.encode(encoding, "backslashreplace") + b"\n"
