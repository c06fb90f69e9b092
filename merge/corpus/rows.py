"""The report of a run: a row for each document, as lines of JSON or as Parquet."""

import gzip
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast

import msgspec

from pithmerge.canon import MAX_DOCUMENT_DEPTH, compact_json, sha256_hex
from pithmerge.corpus.parts import Item
from pithmerge.corpus.storage import needed
from pithmerge.errors import PithmergeError
from pithmerge.files import replacing
from pithmerge.verification import Check, Outcome, Report

REPORT_ENDINGS: Final = (
    ".ndjson",
    ".jsonl",
    ".ndjson.gz",
    ".jsonl.gz",
    ".ndjson.zst",
    ".jsonl.zst",
    ".parquet",
)
"""The endings that a report may have."""

OK: Final = "ok"
FAILED: Final = "failed"
UNREADABLE: Final = "unreadable"
OUTCOMES: Final = (OK, FAILED, UNREADABLE)

_LONGEST_VALUE: Final = 120
_LONGEST_TEXT: Final = 1000
"""Characters of what stands in a document that are kept in a row."""
_ROW_GROUP_BYTES: Final = 32 * 2**20
"""Bytes of rows, as JSON, that become a row group of a Parquet file."""


class ReportError(PithmergeError):
    """A report that cannot be written, or whose name says no form."""


class Row(msgspec.Struct, frozen=True):
    """What became of one document.

    Attributes:
        document: where it stands (`pithmerge.corpus.sources.Item`).
        outcome: ``ok``, ``failed`` (something in it does not hold, or nothing could be checked) or
            ``unreadable`` (it cannot be had, or is no Pith document).
        kind: what it is (`pithmerge.DocumentKind`); None if unreadable, as the next two are.
        pith_number: the number that it names, if it names one.
        checks_ok, checks_failed, checks_not_checkable: how many checks came to that.
        failed_rules: the rules of SPEC.md that failed, each once, in the order of the document.
        message: the first failure, or why it is unreadable; None if all holds.
        bytes: how long the document is; None if it cannot be had.
        sha256: of its bytes as they were read, in lower-case hex; None if it cannot be had.
    """

    document: str
    outcome: str
    kind: str | None
    pith_number: str | None
    checks_ok: int
    checks_failed: int
    checks_not_checkable: int
    failed_rules: tuple[str, ...]
    message: str | None
    bytes: int | None
    sha256: str | None


def row_of_report(report: Report, data: bytes) -> Row:
    """The row of a document that was verified."""
    failed = report.with_outcome(Outcome.FAILED)
    outcomes = [check.outcome for check in report.checks]
    message = None
    if failed:
        message = _explained(failed[0])
    elif not report.ok:
        message = "nothing could be checked"
    return Row(
        document=report.name,
        outcome=OK if report.ok else FAILED,
        kind=str(report.kind),
        pith_number=None if report.pith_number is None else _text(report.pith_number),
        checks_ok=outcomes.count(Outcome.OK),
        checks_failed=len(failed),
        checks_not_checkable=outcomes.count(Outcome.NOT_CHECKABLE),
        failed_rules=tuple(dict.fromkeys(check.rule for check in failed)),
        message=message,
        bytes=len(data),
        sha256=sha256_hex(data),
    )


def row_of_problem(item: Item, problem: str) -> Row:
    """The row of a document that is unreadable."""
    return Row(
        document=item.name,
        outcome=UNREADABLE,
        kind=None,
        pith_number=None,
        checks_ok=0,
        checks_failed=0,
        checks_not_checkable=0,
        failed_rules=(),
        message=_text(problem),
        bytes=None if item.data is None else len(item.data),
        sha256=None if item.data is None else sha256_hex(item.data),
    )


def row_to_json(row: Row) -> bytes:
    """The row as a line of JSON. Whatever a terminal would act on is escaped in it."""
    line = _ENCODER.encode(row)
    if not line.isascii() or b"\x7f" in line:
        line = (
            json.dumps(json.loads(line), separators=(",", ":")).replace("\x7f", "\\u007f").encode()
        )
    return line + b"\n"


_ENCODER: Final = msgspec.json.Encoder()


def _text(text: str) -> str:
    """Text of a document, which may be of any length, as text for a row."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


def _explained(check: Check) -> str:
    """A failed check as ``pithmerge verify`` words it."""
    message = check.what if check.why is None else f"{check.what}: {check.why}"
    if check.expected is not None:
        message += f" (expected {_shown(check.expected)}, found {_shown(check.found)})"
    return _text(message)


def _shown(value: Any) -> str:
    text = compact_json(value, max_depth=MAX_DOCUMENT_DEPTH).decode()
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


# Writing.


def check_ending(target: Path) -> None:
    """Refuse what `write_report` could not write, before there is anything to write.

    Raises:
        ReportError: the ending says no form.
        SourceError: what the form needs is not installed.
    """
    if not target.name.endswith(REPORT_ENDINGS):
        raise ReportError(
            f"{target}: its ending does not say what to write: name it {', '.join(REPORT_ENDINGS)}"
        )
    if target.suffix == ".parquet":
        needed("pyarrow.parquet", f"{target}: a Parquet file")
    elif target.suffix == ".zst":
        needed("zstandard", f"{target}: a .zst file")


def write_report(rows: Iterable[Path], target: Path) -> None:
    """Put files of rows together, in their order, whole or not at all.

    Args:
        rows: files of `row_to_json` lines.
        target: the report; what it is follows from its ending.

    Raises:
        OSError: it cannot be written; what was there before is untouched.
    """
    with replacing(target) as file:
        if target.suffix == ".parquet":
            _write_parquet(rows, file)
            return
        with compressed(file, target.suffix) as lines:
            for path in rows:
                with path.open("rb") as part:
                    shutil.copyfileobj(part, lines, 2**20)


@contextmanager
def compressed(file: IO[bytes], suffix: str) -> Iterator[IO[bytes]]:
    """What is written to it goes into the file as ``.gz`` or ``.zst`` says, or as it is.

    The same bytes give the same bytes.
    """
    if suffix == ".gz":
        with gzip.GzipFile("", "wb", 6, file, mtime=0) as compressing:
            yield cast("IO[bytes]", compressing)
    elif suffix == ".zst":
        compressor = needed("zstandard", "a .zst file").ZstdCompressor(level=6)
        with compressor.stream_writer(file, closefd=False) as compressing:
            yield compressing
    else:
        yield file


def _write_parquet(rows: Iterable[Path], file: IO[bytes]) -> None:
    arrow = needed("pyarrow", "a Parquet file")
    parquet, reader = needed("pyarrow.parquet", "a Parquet file"), needed("pyarrow.json", "JSON")
    text, count = arrow.string(), arrow.int64()
    types = dict.fromkeys(Row.__struct_fields__, text) | {
        **dict.fromkeys(("checks_ok", "checks_failed", "checks_not_checkable", "bytes"), count),
        "failed_rules": arrow.list_(text),
    }
    schema = arrow.schema(list(types.items()))
    options = reader.ParseOptions(explicit_schema=schema)
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for lines in _joined(rows):
            table = reader.read_json(
                arrow.BufferReader(lines),
                # A line has to fit in a block.
                read_options=reader.ReadOptions(use_threads=False, block_size=len(lines) + 1),
                parse_options=options,
            )
            writer.write_table(table)


def _joined(rows: Iterable[Path]) -> Iterator[bytes]:
    """The bytes of files, of several together, each time whole lines."""
    joined = bytearray()
    for path in rows:
        with path.open("rb") as file:
            while block := file.read(_ROW_GROUP_BYTES):
                joined += block + file.readline()
                if len(joined) >= _ROW_GROUP_BYTES:
                    yield bytes(joined)
                    joined.clear()
    if joined:
        yield bytes(joined)
