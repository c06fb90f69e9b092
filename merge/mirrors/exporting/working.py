"""Shards of papers for workers: the files of each are written, and the checksums of all of them."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from pithmerge.mirrors.exporting.folders import Folder
from pithmerge.mirrors.exporting.layout import SUM_SHARDS, paper_files
from pithmerge.mirrors.exporting.papers import Row, files_of, rows_in
from pithmerge.mirrors.living.database import Database, open_to_read

_LINE: Final = re.compile(r"([0-9a-f]{64})  (\S+)\n")


class Shards(msgspec.Struct, frozen=True):
    """Some shards for a worker.

    Attributes:
        names: the beginnings of suffixes that they are.
        old: of each shard of the checksums that were there before, and that these are about, its
            name and its digest; what is said there is believed if that is right.
    """

    names: tuple[str, ...]
    old: tuple[tuple[str, str], ...]


class Done(msgspec.Struct, frozen=True):
    """What came of some shards.

    Attributes:
        sums: the digests of their files of checksums by name; None where no paper is in one.
        papers: that were looked at.
        written, removed: files.
    """

    sums: dict[str, str | None]
    papers: int
    written: int
    removed: int


def sums_file(shard: str) -> str:
    """The file of checksums of a shard."""
    return f"{SUM_SHARDS}/{shard}.sha256"


def write_shards(task: Shards, *, mirror: Path, site: Path, since: int) -> Done:
    """Write the papers of some shards.

    Args:
        task: which.
        mirror: the folder of the mirror, which is read.
        site: the folder of the site.
        since: the first update whose papers are written anew; 0: all papers are.

    Raises:
        MirrorError: the mirror cannot be read, or is not what was written.
        OSError: the site cannot be written.
    """
    folder = Folder(site)
    old = _old_lines(folder, task.old)
    sums: dict[str, str | None] = {}
    papers = 0
    with closing(open_to_read(mirror)) as database:
        for shard in task.names:
            lines: list[str] = []
            gone = {suffix for suffix in old if suffix.startswith(shard)}
            with database.snapshot():
                for row in rows_in(database, shard):
                    gone.discard(row.suffix)
                    known = old.get(row.suffix)
                    if known is not None and (row.waits or row.changed_by < since):
                        lines += known
                        continue
                    papers += 1
                    lines += _write_paper(database, folder, row)
            for suffix in sorted(gone):
                for name in paper_files(suffix):
                    folder.remove(name)
            if lines:
                sums[shard] = folder.put(sums_file(shard), "".join(lines).encode())
            else:
                folder.remove(sums_file(shard))
                sums[shard] = None
    return Done(sums, papers, folder.written, folder.removed)


def _write_paper(database: Database, folder: Folder, row: Row) -> Iterator[str]:
    files = files_of(database, row)
    digests: dict[str, str] = {}
    well_known, bundle, *others = paper_files(row.suffix)
    if bundle in files:
        digests[bundle] = folder.put(bundle, files[bundle])
        digests[well_known] = folder.put_again(well_known, bundle, files[bundle])
    for name in others:
        if name in files:
            digests[name] = folder.put(name, files[name])
    for name in paper_files(row.suffix):
        if name in digests:
            yield f"{digests[name]}  {name}\n"
        else:
            folder.remove(name)


def _old_lines(folder: Folder, old: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    """The lines of papers, by their suffixes, of files of checksums that are as they were."""
    papers: dict[str, list[str]] = {}
    for shard, sha256 in old:
        data = folder.read(sums_file(shard))
        if data is None or hashlib.sha256(data).hexdigest() != sha256:
            continue
        for line in data.decode().splitlines(keepends=True):
            found = _LINE.fullmatch(line)
            if found is not None:
                papers.setdefault(found[2].split("/")[-2], []).append(line)
    return papers
