"""Mirrors to read and to verify, work for the processes of an engine, and one that is stopped."""

import bz2
import gzip
import io
import lzma
import os
import signal
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from pithmerge.mirrors.reading.parts import DOCUMENTS_PER_PART, Item
from pithmerge.mirrors.reading.sources import MAX_DOCUMENT_BYTES, parts_of, read_part
from pithmerge.mirrors.running.engines import LocalEngine, Lost

COMPRESS: Mapping[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
}


def items_of(
    *sources: str | Path, max_bytes: int = MAX_DOCUMENT_BYTES, **options: Any
) -> list[Item]:
    """What is read from sources, part by part."""
    # Planned wholly, as in a run: files in memory, of fsspec, have one place for all readers.
    parts = list(parts_of([str(source) for source in sources], **options))
    return [item for part in parts for item in read_part(part, max_bytes=max_bytes)]


def documents_of(*sources: str | Path) -> list[bytes | None]:
    return [item.data for item in items_of(*sources)]


def small_documents(count: int) -> list[bytes]:
    """Documents of different lengths that are one line each."""
    return [b'{"number": %d, "more": "%s"}' % (each, b"x" * (each % 7)) for each in range(count)]


def file_names(count: int) -> list[str]:
    return [f"{each // 100:03}/{each:06}.json" for each in range(count)]


COUNT = 2 * DOCUMENTS_PER_PART + 40
DOCUMENTS = small_documents(COUNT)
NAMES = file_names(COUNT)
"""Enough documents for several units of work, and a file name for each."""


def lines_of(documents: Iterable[bytes]) -> bytes:
    return b"".join(document + b"\n" for document in documents)


def tar_of(members: Sequence[tuple[str, bytes]], *, form: int = tarfile.PAX_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


def zip_of(members: Sequence[tuple[str, bytes]], *, comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
        archive.comment = comment
    return file.getvalue()


def parquet_of(
    documents: Sequence[bytes | None], *, group: int = 100, **more: list[object]
) -> bytes:
    file = io.BytesIO()
    table = pa.table({"document": pa.array(documents, pa.binary()), **more})
    pq.write_table(table, file, row_group_size=group)
    return file.getvalue()


def write_mirror(folder: Path, ending: str, documents: Sequence[bytes]) -> Path:
    """Documents in one of the forms of a mirror, by its ending; a folder if there is none."""
    target = folder / f"mirror{ending}"
    members = list(zip(file_names(len(documents)), documents, strict=True))
    inner, _, compression = ending.removeprefix(".").partition(".")
    if not ending:
        for name, data in members:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(data)
        return target
    make = {
        "ndjson": lambda: lines_of(documents),
        "jsonl": lambda: lines_of(documents),
        "tar": lambda: tar_of(members),
        "tgz": lambda: gzip.compress(tar_of(members)),
        "zip": lambda: zip_of(members),
        "parquet": lambda: parquet_of(documents),
    }
    data = make[inner]()
    target.write_bytes(COMPRESS[compression](data) if compression else data)
    return target


# What processes are given to do. It has to be in a module that they can import.


def doubled(number: int) -> int:
    return 2 * number


def slowly_doubled(number: int) -> int:
    time.sleep(0.01)
    return 2 * number


def failing_at_3(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return 2 * number


def killed_at_5(number: int) -> int:
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def cut_short_at_5(number: int) -> int:
    """Dies at 5, when half of the result is in the pipe."""
    if number == 5:
        Connection._send_bytes = _half_sent  # type: ignore[attr-defined]
    return 2 * number


def _half_sent(self: Connection, data: bytes) -> None:
    os.write(self.fileno(), len(data).to_bytes(4, "big") + bytes(data[: len(data) // 2]))
    os.kill(os.getpid(), signal.SIGKILL)


class StubbornError(Exception):
    """What cannot be made of what it says of itself."""

    def __init__(self, _one: int, _other: int) -> None:
        super().__init__("once")


def raising_what_cannot_be_sent(_number: int) -> None:
    raise StubbornError(1, 2)


def killed_once(task: tuple[int, str]) -> int:
    """Dies at the first task that finds no file there."""
    number, marker = task
    if number == 5 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def process_of(_: int) -> int:
    time.sleep(0.02)
    return os.getpid()


def sleeping(marker: str) -> None:
    Path(marker).write_text(str(os.getpid()))
    time.sleep(60)


# Engines.


class Interrupted(LocalEngine):
    """Works in this process, until Ctrl-C after so many tasks of all."""

    def __init__(self, after: int) -> None:
        super().__init__(1)
        self._after = after

    def run(self, function: Any, tasks: Any) -> Iterator[Any]:
        for each in super().run(function, tasks):
            if self._after == 0:
                raise KeyboardInterrupt
            self._after -= 1
            yield each


class Deadly(LocalEngine):
    """Its workers die of what leaves the process."""

    def __init__(self) -> None:
        super().__init__(1)
        self.deaths = 0

    def run(self, function: Any, tasks: Any) -> Iterator[Any]:
        for index, task in enumerate(tasks):
            try:
                yield index, function(task)
            except SystemExit:
                self.deaths += 1
                yield index, Lost(task, "it was killed, twice")
