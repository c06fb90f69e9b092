"""The report of a verification: a row for each document."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from pithmerge.canon import sha256_hex
from pithmerge.core.equivocation import Equivocation
from pithmerge.mirrors.outputs import write_rows
from pithmerge.mirrors.reading.parts import Item
from pithmerge.showing import clipped, encodable, json_line
from pithmerge.verification import (
    Check,
    DocumentVerdict,
    Outcome,
    Report,
    unreadable_report,
)
from pithmerge.verification.values import stated_and_computed

OK: Final = "ok"
FAILED: Final = "failed"
UNREADABLE: Final = "unreadable"
OUTCOMES: Final = (OK, FAILED, UNREADABLE)

_ENCODER: Final = msgspec.json.Encoder()
_MOST_SIGNERS: Final = 100
_LONGEST_NAME: Final = 200
_OUTCOME_OF: Final = {
    str(verdict): outcome
    for verdict, outcome in (
        (DocumentVerdict.OK, OK),
        (DocumentVerdict.CONSISTENT, OK),
        (DocumentVerdict.FAILED, FAILED),
        (DocumentVerdict.UNSUPPORTED, UNREADABLE),
        (DocumentVerdict.UNREADABLE, UNREADABLE),
    )
}


class Row(msgspec.Struct, frozen=True):
    """What became of one document.

    Attributes:
        document: where it stands (`pithmerge.mirrors.reading.sources.Item`).
        outcome: ``ok``, ``failed`` (something in it does not hold, or nothing could be checked) or
            ``unreadable`` (it cannot be had, is no Pith document, or is unsupported).
        verdict: the same, more finely (`pithmerge.DocumentVerdict`): ``ok`` or ``consistent``,
            ``failed``, ``unsupported`` or ``unreadable``.
        kind: what it is (`pithmerge.DocumentKind`); None if unreadable, as the next two are.
        pith_number: the number that it names, if it names one.
        checks_ok, checks_failed, checks_not_checkable: how many checks came to that.
        failed_rules: the rules of SPEC.md that failed, each once, in the order of the document.
        causes: what made checks fail (`pithmerge.verification.CauseCode`), each once, in the order
            of SPEC 10.6.
        reasons: why events in it are rejected, each once, in the order of SPEC 5.1; of a lone state
            what it says.
        equivocations: how many are among its events; of a lone state how many it states.
        signers: who they are by, each once, sorted.
        message: the first failure, or why it is unreadable; None if all holds.
        bytes: how long the document is; None if it cannot be had.
        sha256: of its bytes as they were read, in lower-case hex; None if it cannot be had.
    """

    document: str
    outcome: str
    verdict: str
    kind: str | None
    pith_number: str | None
    checks_ok: int
    checks_failed: int
    checks_not_checkable: int
    failed_rules: tuple[str, ...]
    causes: tuple[str, ...]
    reasons: tuple[str, ...]
    equivocations: int
    signers: tuple[str, ...]
    message: str | None
    bytes: int | None
    sha256: str | None


def row_of_report(report: Report, data: bytes) -> Row:
    """The row of a document that was verified."""
    verdict = str(report.verdict)
    failed = report.with_outcome(Outcome.FAILED)
    message = report.problem
    if message is not None:
        message = _text(message.removeprefix(f"{report.name}: "))
    elif failed:
        message = _explained(failed[0])
    elif verdict == DocumentVerdict.FAILED:
        message = "nothing could be checked"
    diagnosis, reasons, equivocations = report.diagnosis, report.reasons, report.equivocations
    return Row(
        document=report.name,
        outcome=_OUTCOME_OF[verdict],
        verdict=verdict,
        kind=str(report.kind),
        pith_number=None if report.pith_number is None else _text(report.pith_number),
        checks_ok=report.count(Outcome.OK),
        checks_failed=len(failed),
        checks_not_checkable=report.count(Outcome.NOT_CHECKABLE),
        failed_rules=tuple(dict.fromkeys([check.rule for check in failed])) if failed else (),
        causes=tuple([str(cause.cause) for cause in diagnosis]) if diagnosis else (),
        reasons=tuple([reason for reason, _ in reasons]) if reasons else (),
        equivocations=len(equivocations),
        signers=signers_of([named.entry for named in equivocations]) if equivocations else (),
        message=message,
        bytes=len(data),
        sha256=sha256_hex(data),
    )


def signers_of(entries: Iterable[Equivocation]) -> tuple[str, ...]:
    """Who some equivocations are by, each once, sorted; the first ones of very many."""
    signers = sorted({entry.signer_id for entry in entries})
    return tuple(_text(clipped(each, _LONGEST_NAME)) for each in signers[:_MOST_SIGNERS])


def row_of_problem(item: Item, problem: str, *, cut_short: bool = False) -> Row:
    """The row of a document that is unreadable; ``cut_short`` as of `unreadable_report`."""
    report = unreadable_report(item.name, problem, cut_short=cut_short)
    return Row(
        document=item.name,
        outcome=UNREADABLE,
        verdict=str(DocumentVerdict.UNREADABLE),
        kind=None,
        pith_number=None,
        checks_ok=0,
        checks_failed=0,
        checks_not_checkable=0,
        failed_rules=(),
        causes=tuple(str(cause.cause) for cause in report.diagnosis),
        reasons=(),
        equivocations=0,
        signers=(),
        message=_text(problem),
        bytes=None if item.data is None else len(item.data),
        sha256=None if item.data is None else sha256_hex(item.data),
    )


def row_to_json(row: Row) -> bytes:
    """The row as a line of JSON. Whatever a terminal would act on is escaped in it."""
    return line_of(row)


def line_of(row: msgspec.Struct) -> bytes:
    """What `pithmerge.showing.json_line` makes of a row of texts, whole numbers and lists of them.

    Of plain text msgspec makes the same, in a tenth of the time.
    """
    try:
        data = _ENCODER.encode(row)
    except UnicodeEncodeError:  # a lone surrogate
        data = b"\x7f"
    if data.isascii() and b"\x7f" not in data:
        return data + b"\n"
    return json_line(msgspec.to_builtins(row))


def _text(text: str) -> str:
    """Text of a document, which may be of any length, as text for a row."""
    return encodable(clipped(text))


def _explained(check: Check) -> str:
    """A failed check as ``pithmerge verify`` words it."""
    message = check.what if check.why is None else f"{check.what}: {check.why}"
    return _text(message + stated_and_computed(check))


def write_report(rows: Iterable[bytes], target: Path) -> None:
    """Put rows together, in their order, whole or not at all.

    Args:
        rows: `row_to_json` lines.
        target: the report; see `pithmerge.mirrors.outputs.write_rows`.

    Raises:
        OSError: it cannot be written; what was there before is untouched.
    """
    write_rows(rows, Row, target)
