"""Packing documents into the forms in which mirrors come: a folder, an archive, lines, Parquet."""

import io
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pithmerge.errors import PithmergeError
from pithmerge.mirrors.outputs import compressed
from pithmerge.mirrors.reading.forms import Ending, Form, ending_of
from pithmerge.mirrors.reading.storage import needed

if TYPE_CHECKING:
    from collections.abc import Iterator

Documents = Iterable[tuple[str, bytes]]
"""A file name, with folders, and the bytes of each document."""

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip file can say."""
_ROW_GROUP: Final = 500
"""Documents in a row group of a Parquet file: it is what a reader has to hold."""


def pack(target: Path, documents: Documents) -> int:
    """Write documents into a new file or folder. The same documents give the same bytes.

    Lines take each document as it is: one with a line break in it would become two.

    Args:
        target: a ``.tar``, ``.zip``, ``.parquet`` file, lines by the endings ``.ndjson`` and
            ``.jsonl``, with ``.gz`` or ``.zst`` after them; a folder if there is no ending.
        documents: written as they come; one at a time is held, of Parquet a row group.

    Returns:
        How many there were.

    Raises:
        PithmergeError: another ending.
        OSError: it cannot be written.
    """
    counted = _Counted(documents)
    packer_of(target)(target, counted)
    return counted.count


def packer_of(target: Path) -> Callable[[Path, Documents], None]:
    """What writes such a file or folder.

    Raises:
        PithmergeError: nothing writes files of this ending.
    """
    if not target.suffix:
        return _pack_folder
    ending = ending_of(target.name)
    packers = {
        **dict.fromkeys((Ending(Form.LINES, each) for each in ("", "gz", "zst")), _pack_lines),
        Ending(Form.TAR, ""): _pack_tar,
        Ending(Form.ZIP, ""): _pack_zip,
        Ending(Form.PARQUET, ""): _pack_parquet,
    }
    if ending is None or ending not in packers:
        raise PithmergeError(f"{target}: its ending is none that is written: see --help")
    return packers[ending]


class _Counted:
    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self.count = 0

    def __iter__(self) -> "Iterator[tuple[str, bytes]]":
        for document in self._documents:
            self.count += 1
            yield document


def _pack_folder(target: Path, documents: Documents) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name, data in documents:
        path = target / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)


def _pack_tar(target: Path, documents: Documents) -> None:
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in documents:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
            # It would keep an entry for every member, for reading.
            archive.members = []  # type: ignore[attr-defined]


def _pack_zip(target: Path, documents: Documents) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in documents:
            member = zipfile.ZipInfo(name, _EPOCH)
            archive.writestr(member, data, zipfile.ZIP_DEFLATED, 6)


def _pack_lines(target: Path, documents: Documents) -> None:
    with target.open("wb") as file, compressed(file, target.suffix) as lines:
        for _, data in documents:
            lines.write(data + b"\n")


def _pack_parquet(target: Path, documents: Documents) -> None:
    pa, pq = needed("pyarrow", "Parquet"), needed("pyarrow.parquet", "Parquet")
    schema = pa.schema([("name", pa.string()), ("document", pa.binary())])
    remaining = iter(documents)
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        while rows := list(islice(remaining, _ROW_GROUP)):
            names, data = zip(*rows, strict=True)
            writer.write_table(pa.table({"name": names, "document": data}, schema=schema))
