"""The op ``verify``: the reference's answer, and where another report differs (SPEC 10.7)."""

from collections.abc import Mapping
from typing import Any, Final

from pithmerge.canon import canonical_json, sha256_hex
from pithmerge.canon.paths import MISSING, Difference
from pithmerge.conformance.protocol import decode_b64
from pithmerge.conformance.states import read_state
from pithmerge.crypto import Keyring
from pithmerge.errors import PithmergeError
from pithmerge.verification.contract import comparable_report

REPORT_MEMBERS: Final = ("kind", "verdict")
_ROW_MEMBERS: Final = frozenset(("outcome", "place", "rule"))


def verified(data: bytes, keyring: Keyring) -> bytes:
    """The canonical bytes of the report of SPEC 10.7 on a document."""
    return canonical_json(comparable_report(data, keyring=keyring))


def is_right_report(found: bytes, expect: Mapping[str, Any]) -> bool:
    """Whether a report is the one that a case expects, by its bytes or by their digest."""
    if "report_b64" in expect:
        return found == decode_b64(expect["report_b64"], "report_b64")
    return bool(sha256_hex(found) == expect["report_sha256"])


def telling_row(
    found: bytes, expect: Mapping[str, Any], reference: bytes | None
) -> Difference | None:
    """Where a report differs that is not the expected one: a member, or the first row.

    Args:
        found: the report, which may be anything.
        expect: the case's ``expect``.
        reference: the report that the reference gives, where it can be asked.

    Returns:
        The member, or the place and the rule of the row, with what is expected and what is found;
        None where only the bytes differ.

    Raises:
        PithmergeError: it cannot be read.
    """
    report = read_state(found)
    if not isinstance(report, dict):
        return Difference("$", {}, report)
    expected = dict(expect)
    if "report_b64" in expect:
        expected = read_state(decode_b64(expect["report_b64"], "report_b64"))
    elif reference is not None and sha256_hex(reference) == expect["report_sha256"]:
        expected = read_state(reference)
    for name in REPORT_MEMBERS:
        if name in expected and report.get(name, MISSING) != expected[name]:
            return Difference(f"$.{name}", expected[name], report.get(name, MISSING))
    rows, wanted = _outcomes(report.get("rows")), _outcomes(expected.get("rows"))
    # What a case is about is told first.
    for key in [*_outcomes(expect.get("rows")), *wanted]:
        if rows.get(key, MISSING) != wanted[key] and not (wanted[key] is None and key not in rows):
            return Difference(_named(key), wanted[key], rows.get(key, MISSING))
    if "kind" in expected:
        # The whole report is known, so nothing else may be in it.
        for key, outcome in rows.items():
            if key not in wanted:
                return Difference(_named(key), MISSING, outcome)
    return None


def slip_in_form(found: bytes) -> str:
    """What is not as SPEC 10.7 writes it in a report of which no row differs.

    Args:
        found: the report, an object.
    """
    report = read_state(found)
    unknown = report.keys() - {*REPORT_MEMBERS, "rows"}
    rows = report.get("rows")
    if unknown:
        return "it has members beside kind, rows and verdict"
    if not isinstance(rows, list):
        return "rows is no list"
    before: tuple[str, str] | None = None
    for index, row in enumerate(rows):
        if not isinstance(row, dict) or row.keys() != _ROW_MEMBERS:
            return f"rows[{index}] is no object of outcome, place and rule alone"
        if not all(isinstance(member, str) for member in row.values()):
            return f"a member of rows[{index}] is no string"
        key = row["place"], row["rule"]
        if before is not None and key == before:
            return f"rows[{index}] is about the same place and rule as the one before it"
        if before is not None and key < before:
            return f"rows[{index}] stands too late: rows are sorted by place, then rule"
        before = key
    if found != canonical_json(report):
        return "its bytes are not canonical (SPEC 1.1)"
    return "its digest: a row that the case does not name is another"


def _named(key: tuple[str, str]) -> str:
    place, rule = key
    return f"{place}, rule {rule}"


def _outcomes(rows: Any) -> dict[tuple[str, str], Any]:
    """The outcomes of rows of any form by place and rule; null of one that is not to be there."""
    outcomes = {}
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            key = row.get("place"), row.get("rule")
            if all(isinstance(part, str) for part in key):
                outcomes[key] = row.get("outcome")
    return outcomes  # type: ignore[return-value]


def reference_report(inputs: Mapping[str, Any]) -> bytes | None:
    """The reference's report on the document of a request; None where it has none."""
    # Needed of a failure alone.
    from pithmerge.conformance.reference import verify_request

    try:
        return verify_request(dict(inputs))
    except (PithmergeError, KeyError):
        return None


def reference_canonical(inputs: Mapping[str, Any] | None, sha256: str) -> bytes | None:
    """The canonical bytes of that digest, made of a request's document; None if these are not."""
    from pithmerge.conformance.reference import canonicalize_request

    try:
        made = canonicalize_request(dict(inputs or {}))
    except (PithmergeError, KeyError):
        return None
    return made if sha256_hex(made) == sha256 else None
