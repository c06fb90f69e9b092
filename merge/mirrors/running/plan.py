"""The plan of a run: its units of work in a file, and what their sources looked like then.

No password or token of a URL is in it. They are put back from the sources that the user names
again.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from pithmerge.errors import PithmergeError
from pithmerge.files import local_path
from pithmerge.mirrors.reading.parts import Broken, Files, Part, part_of_json, part_to_json
from pithmerge.mirrors.reading.storage import needed
from pithmerge.showing import redacted, shown

Stamp = tuple[int, ...] | str | None
"""Of a local file its length and the times of its last changes, in ns; of another what its storage
knows it by. None: there is no such file, or its storage knows nothing."""


class RunError(PithmergeError):
    """A run that cannot begin, or cannot be gone on with."""


class Line(msgspec.Struct, frozen=True):
    """A unit of work, and a stamp for each of its paths."""

    part: Part
    stamps: tuple[Stamp, ...]


def planned(parts: Iterable[Part]) -> Iterator[Line]:
    """The units of work, as they are found, each with its stamps."""
    last: tuple[str, Stamp] = "", None
    for part in parts:
        stamps: list[Stamp] = []
        for path in paths_of(part):
            if path != last[0]:
                last = path, stamp_of(path)
            stamps.append(last[1])
        yield Line(part, tuple(stamps))


def paths_of(part: Part) -> tuple[str, ...]:
    """The files that a unit of work reads."""
    if isinstance(part, Broken):
        return ()
    return part.paths if isinstance(part, Files) else (part.path,)


def stamp_of(path: str) -> Stamp:
    """What a file looks like now, without reading it."""
    local = local_path(path)
    if local is not None:
        try:
            found = local.stat()
        except (OSError, ValueError):
            return None
        return found.st_size, found.st_mtime_ns, found.st_ctime_ns
    try:
        storage, place = needed("fsspec.core", "a URL").url_to_fs(path)
        return str(storage.ukey(place))
    except Exception:  # fsspec's file systems raise what they like
        return None


def changed(line: Line) -> str | None:
    """The first path of a unit of work that does not look as it did."""
    for path, stamp in zip(paths_of(line.part), line.stamps, strict=True):
        if stamp_of(path) != stamp:
            return path
    return None


class Credentials:
    """What the sources of a run say about who asks, and what is written in its place."""

    def __init__(self, sources: Iterable[str]) -> None:
        """Those of these sources."""
        self._wholes: dict[str, str] = {}
        self._places: dict[str, str] = {}
        for source in sources:
            hidden = redacted(source, is_url=True)
            if hidden != source:
                self._wholes[hidden] = source
                self._places[_place(hidden)] = _place(source)

    def hide(self, line: Line) -> bytes:
        """A line of the plan."""
        part = _with_paths(line.part, [redacted(path, is_url=True) for path in paths_of(line.part)])
        value = [json.loads(part_to_json(part)), line.stamps]
        return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"

    def reveal(self, data: bytes) -> Line:
        """The line that `hide` made, with what the sources say.

        Raises:
            ValueError: it did not.
        """
        value: Any = json.loads(data)
        part = part_of_json(json.dumps(value[0]))
        stamps = msgspec.convert(value[1], tuple[Stamp, ...])
        return Line(_with_paths(part, map(self._revealed, paths_of(part))), stamps)

    def _revealed(self, path: str) -> str:
        if path in self._wholes:
            return self._wholes[path]
        place = _place(path)
        return self._places.get(place, place) + path.removeprefix(place)


def _place(url: str) -> str:
    """The scheme and the host of a URL, with who asks."""
    scheme, there, rest = url.partition("://")
    return f"{scheme}{there}{rest.partition('/')[0].partition('?')[0]}" if there else ""


def _with_paths(part: Part, paths: Iterable[str]) -> Part:
    if isinstance(part, Broken):
        return part
    if isinstance(part, Files):
        return msgspec.structs.replace(part, paths=tuple(paths))
    return msgspec.structs.replace(part, path=next(iter(paths)))


def refuse_changed(lines: Iterable[Line], folder: Path) -> None:
    """Refuse to go on if a source is not what it was when the run began.

    Raises:
        RunError: see there.
    """
    for line in lines:
        path = changed(line)
        if path is not None:
            raise RunError(
                f"{shown(path)}: it has changed since the run began: remove {folder} to begin anew"
            )
