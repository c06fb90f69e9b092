"""The journal of a run: what is finished, what came of it, and how its file is to be known again.

A line is believed if its digest, which the run's own name is in, belongs to it; and what it notes
is done if the file is there, as long and with the digest as noted.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

import msgspec

_DIGEST: Final = 64
_PIECE: Final = 2**20


class Entry(msgspec.Struct, frozen=True):
    """Something that is finished.

    Attributes:
        kind: of what, the folder of its file.
        index: which of these.
        weight: how much it was.
        length, sha256: of its file.
        result: what came of it.
    """

    kind: str
    index: int
    weight: int
    length: int
    sha256: str
    result: dict[str, Any]


class Journal:
    """A journal that is open."""

    def __init__(self, file: IO[str], path: Path, run: str) -> None:
        """The journal of the run of that name, in a file that is open for appending."""
        self._file = file
        self._path = path
        self._run = run

    def note(self, entry: Entry) -> None:
        """Add an entry."""
        text = json.dumps(msgspec.to_builtins(entry))
        self._file.write(f"{self._digest(text)} {text}\n")
        self._file.flush()

    def entries(self) -> Iterator[Entry]:
        """Those that are whole and of this run."""
        with self._path.open(encoding="ascii", errors="replace", newline="\n") as lines:
            for line in lines:
                text = line[_DIGEST + 1 :].removesuffix("\n")
                if line[: _DIGEST + 1] == f"{self._digest(text)} ":
                    yield msgspec.json.decode(text, type=Entry)

    def _digest(self, text: str) -> str:
        return hashlib.sha256(f"{self._run} {text}".encode()).hexdigest()


def length_and_digest(path: Path) -> tuple[int, str]:
    """Of a file.

    Raises:
        OSError: it cannot be read.
    """
    sha256, length = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            sha256.update(piece)
            length += len(piece)
    return length, sha256.hexdigest()


def verified_lines(path: Path, entry: Entry) -> Iterator[bytes]:
    """The lines of a file that was noted.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not as it was noted.
    """
    sha256, length = hashlib.sha256(), 0
    with path.open("rb") as file:
        for line in file:
            sha256.update(line)
            length += len(line)
            yield line
    if (length, sha256.hexdigest()) != (entry.length, entry.sha256):
        raise ValueError(path)
