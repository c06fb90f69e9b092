"""Archives and compressed files that cost more than they weigh, if anything does, of any size."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

import pyarrow
import pyarrow.parquet
import zstandard

from benchmarks.hostile import empty_objects

MEGABYTE = 2**20


def negative_tar(padding: int) -> bytes:
    """A tar archive whose second member, behind an empty one of that size, claims -512 bytes."""
    header = bytearray(tarfile.TarInfo("b.json").tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 4 + struct.pack(">q", -512)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    first = tarfile.TarInfo("a.json")
    first.size = padding // 512 * 512
    return first.tobuf() + b" " * first.size + bytes(header) + b"\0" * 1024


def pax(digits: int) -> bytes:
    """A tar archive with extended attributes that are digits."""
    head = tarfile.TarInfo("pax")
    head.type, head.size = tarfile.XHDTYPE, digits
    padding = b"\0" * (-digits % 512)
    end = tarfile.TarInfo("a.json").tobuf() + b"\0" * 1024
    return head.tobuf(tarfile.USTAR_FORMAT) + b"1" * digits + padding + end


def pax_records(count: int) -> bytes:
    """A tar archive with many extended attributes, a thousand a member."""
    records = b"".join(b"%d a%03d=b\n" % (10, index) for index in range(1000))
    head = tarfile.TarInfo("pax")
    head.type, head.size = tarfile.XHDTYPE, len(records)
    member = head.tobuf(tarfile.USTAR_FORMAT) + records + b"\0" * (-len(records) % 512)
    return (member + tarfile.TarInfo("a.json").tobuf()) * (count // 1000) + b"\0" * 1024


def members(count: int) -> bytes:
    """A tar archive of many small documents."""
    return _tar((f"{index}.json", b"[]") for index in range(count))


def gaps(count: int) -> bytes:
    """A tar archive with a block of zeros before each member."""
    member = tarfile.TarInfo("a.json").tobuf()
    return (member + b"\0" * 512) * count + b"\0" * 1024


def hard_links(count: int) -> bytes:
    """A tar archive of a document of a megabyte, and many hard links to it."""
    data = b"[" + b" " * MEGABYTE + b"]"
    links = []
    for index in range(count):
        link = tarfile.TarInfo(f"{index}.json")
        link.type, link.linkname = tarfile.LNKTYPE, "a.json"
        links.append(link.tobuf())
    first = _tar([("a.json", data)]).rstrip(b"\0")
    first += b"\0" * (-len(first) % 512)
    return first + b"".join(links) + b"\0" * 1024


def two_tars(count: int) -> bytes:
    """Two tar archives, one behind the other."""
    return members(count) * 2


def _tar(files: Iterable[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def overlapping_zip(count: int) -> bytes:
    """A zip archive all entries of which share one document of 8 MiB."""
    raw = b"[" + b" " * (8 * MEGABYTE) + b"]"
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data, crc, name = packer.compress(raw) + packer.flush(), zlib.crc32(raw), b"a.json"
    sizes = (crc, len(data), len(raw))
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 33, *sizes, len(name), 0)
    entry = struct.pack(
        *("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 33),
        *(*sizes, len(name), 0, 0, 0, 0, 0, 0),
    )
    body, central = local + name + data, (entry + name) * count
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(central), len(body), 0)
    return body + central + end


def zip_members(count: int) -> bytes:
    """A zip archive of many small documents."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for index in range(count):
            archive.writestr(f"{index}.json", b"[]")
    return buffer.getvalue()


def big_window_xz(count: int) -> bytes:
    """An xz file of so many megabytes whose dictionary is 1 GiB."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": MEGABYTE, "preset": 0}]
    packer = lzma.LZMACompressor(lzma.FORMAT_XZ, check=lzma.CHECK_CRC32, filters=filters)
    pieces = [packer.compress(b" " * MEGABYTE) for _ in range(count)]
    data = bytearray(b"".join([*pieces, packer.compress(b"\n[]\n"), packer.flush()]))
    end = 12 + (data[12] + 1) * 4
    data[12 + bytes(data[12:end]).index(b"\x21\x01") + 2] = 36
    data[end - 4 : end] = struct.pack("<L", zlib.crc32(bytes(data[12 : end - 4])))
    return bytes(data)


def padded_xz(count: int) -> bytes:
    """Two streams of many lines with padding between them."""
    stream = lzma.compress(b"[]\n" * count)
    return stream + b"\0" * 4 + stream


def lines_of_no_document(count: int) -> bytes:
    """A gzipped file of lines that are no document."""
    return gzip.compress(b"1\n" * count, 9)


def zeros_gz(megabytes: int) -> bytes:
    """A gzipped file of one line of zeros."""
    return gzip.compress(b"0" * (megabytes * MEGABYTE), 9)


def gz_streams(count: int) -> bytes:
    """Many gzip streams of one line each."""
    return gzip.compress(b"[]\n") * count


def bz2_streams(count: int) -> bytes:
    """Many bzip2 streams of one line each."""
    return bz2.compress(b"[]\n") * count


def xz_streams(count: int) -> bytes:
    """Many xz streams of one line each."""
    return lzma.compress(b"[]\n") * count


def zst_frames(count: int) -> bytes:
    """Many Zstandard frames of one line each."""
    return bytes(zstandard.ZstdCompressor().compress(b"[]\n")) * count


def dictionary_parquet(megabytes: int) -> bytes:
    """A Parquet file of 64 rows that share one document."""
    value = b"[" + b" " * (megabytes * MEGABYTE) + b"]"
    indices = pyarrow.array([0] * 64, pyarrow.int32())
    column = pyarrow.DictionaryArray.from_arrays(indices, pyarrow.array([value], pyarrow.binary()))
    return _parquet({"d": column}, use_dictionary=True, dictionary_pagesize_limit=2**30)


def long_rows_parquet(count: int) -> bytes:
    """A Parquet file of documents of 8 MiB, all different."""
    values = [b"[%d" % index + b" " * (8 * MEGABYTE) + b"]" for index in range(count)]
    return _parquet({"d": pyarrow.array(values, pyarrow.binary())}, use_dictionary=False)


def _parquet(columns: dict[str, Any], **options: Any) -> bytes:
    buffer = io.BytesIO()
    table = pyarrow.table(columns)
    pyarrow.parquet.write_table(table, buffer, store_schema=False, compression="zstd", **options)
    return buffer.getvalue()


def bomb_lines(megabytes: int) -> bytes:
    """A gzipped line that is a list of empty objects, of so many megabytes."""
    return gzip.compress(empty_objects(megabytes * MEGABYTE // 3) + b"\n", 9)
