"""The law of SPEC 10.7, asked of a report."""

from typing import Any

from pithmerge import Document, DocumentError, Keyring, Outcome, verify_document
from pithmerge.documents import document_of
from pithmerge.verification.contract import BROKEN, line_of, report_value


def judged(value: Any, keyring: Keyring) -> tuple[Document, dict[str, Any]] | None:
    """The report of SPEC 10.7, the law of which holds; None of what is no document."""
    try:
        document = document_of(value)
    except DocumentError:
        return None
    report = verify_document(document, keyring=keyring)
    comparable = report_value(document, report)
    if report.problem is None:
        check_law(document, report.checks, comparable)
    assert comparable["verdict"] == str(report.verdict)
    return document, comparable


def check_law(document: Document, checks: Any, comparable: dict[str, Any]) -> None:
    """Each row has one line; what fails in one form fails in the other."""
    rows = {(row["place"], row["rule"]): row["outcome"] for row in comparable["rows"]}
    assert len(rows) == len(comparable["rows"])
    assert list(rows) == sorted(rows)
    for check in checks:
        place, rule = check.what.partition(" (")[0], check.rule.removeprefix("SPEC ")
        if line_of(document.kind, check) is None and (check.what, check.rule) != BROKEN:
            assert rule == "10.5", check
            assert check.outcome is Outcome.NOT_CHECKABLE
            assert len(place) > 80 or "[" in place or rows[place, rule] == "not checkable", check
    outcomes = {check.outcome for check in checks}
    assert ("failed" in rows.values()) == (Outcome.FAILED in outcomes), failing(checks, rows)
    if Outcome.OK in outcomes:
        assert "ok" in rows.values()


def failing(checks: Any, rows: Any) -> Any:
    return (
        [check for check in checks if check.outcome is Outcome.FAILED],
        [row for row in rows.items() if row[1] == "failed"],
    )
