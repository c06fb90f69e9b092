"""Printing: plain text to pipes, tables to terminals, and nothing from a document unescaped."""

import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pithmerge.errors import PithmergeError
from pithmerge.verification import Check, Outcome, Report

_STYLES = {Outcome.OK: "green", Outcome.FAILED: "bold red", Outcome.NOT_CHECKABLE: "yellow"}


class OutputError(PithmergeError):
    """The output cannot be written."""


def printable(value: object) -> str:
    """A value as text that no terminal acts on: control and invisible characters escaped."""
    text = str(value)
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def complain(message: str) -> None:
    """One line on stderr."""
    print(f"pithmerge: {printable(message)}", file=sys.stderr)


def write_bytes(data: bytes, output: Path | None) -> None:
    """Write to a file, whole or not at all, or to stdout.

    Raises:
        OutputError: the file cannot be written; what was there before is untouched.
    """
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{output.name}.", dir=output.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(temporary, 0o666 & ~_umask())  # noqa: PTH101 - a name of mkstemp's
            Path(temporary).replace(output)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(
            f"{output}: cannot be written ({error.strerror}): check the folder and its permissions"
        ) from None


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def print_report(report: Report, *, all_rows: bool) -> None:
    """One document's report: a heading, and its rows or only those that are not ok."""
    rows = report.checks if all_rows else report.with_outcome(Outcome.FAILED)
    if sys.stdout.isatty():
        _print_table(report, rows)
    else:
        print(heading(report))
        for check in rows:
            print("  " + "  ".join(_cells(check)))


def heading(report: Report) -> str:
    """One line: what the document is and what became of it."""
    counts = ", ".join(
        f"{report.count(outcome)} {outcome}" for outcome in Outcome if report.count(outcome)
    )
    verdict = "OK" if report.ok else "FAILED"
    number = f" {report.pith_number}" if report.pith_number else ""
    return printable(
        f"{verdict}  {report.name}: {report.kind}{number}: {counts or 'nothing checked'}"
    )


def _cells(check: Check) -> tuple[str, str, str]:
    detail = printable(check.what)
    if check.why is not None:
        detail += f": {printable(check.why)}"
    if check.outcome is Outcome.FAILED and check.expected is not None:
        detail += f" (expected {printable(check.expected)}, found {printable(check.found)})"
    return f"{check.outcome:13}", f"{check.rule:10}", detail


def _print_table(report: Report, rows: tuple[Check, ...]) -> None:
    console = Console(highlight=False, soft_wrap=False)
    console.print(Text(heading(report), style="bold green" if report.ok else "bold red"))
    if not rows:
        return
    table = Table()
    table.add_column("outcome", no_wrap=True)
    table.add_column("rule", no_wrap=True)
    table.add_column("what", overflow="fold")
    for check in rows:
        outcome, rule, detail = _cells(check)
        table.add_row(
            Text(outcome.strip(), style=_STYLES[check.outcome]), Text(rule.strip()), Text(detail)
        )
    console.print(table)
