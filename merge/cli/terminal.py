"""What only terminals get: colours, tables, a progress bar. Imported where there is one."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from rich.console import Console
from rich.padding import Padding
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from pithmerge.cli.output import is_terminal
from pithmerge.cli.reports import (
    cause_lines,
    cells,
    equivocation_lines,
    folded,
    heading,
    line,
    rows_to_show,
)
from pithmerge.verification import Check, DocumentVerdict, Outcome, Report

T = TypeVar("T")

_STYLES: Final = {Outcome.OK: "green", Outcome.FAILED: "bold red", Outcome.NOT_CHECKABLE: "yellow"}
_VERDICT_STYLES: Final = {
    DocumentVerdict.OK: "bold green",
    DocumentVerdict.CONSISTENT: "bold yellow",
}
_NARROW: Final = 70
"""Columns below which a table would be all frame."""


def progress_bar(console: Console, *, shown: bool = True) -> Progress:
    """A bar that is gone at the end; none at all if it is not to be shown."""
    return Progress(
        *Progress.get_default_columns(),
        console=console,
        transient=True,
        disable=not shown,
        # Rich would print to its console what is meant for a file behind stdout.
        redirect_stdout=False,
        redirect_stderr=is_terminal(sys.stderr),
    )


class Terminal:
    """The terminal of this process: stdout if it is one, otherwise stderr."""

    def __init__(self) -> None:
        self._console = Console(stderr=not is_terminal(sys.stdout), highlight=False)

    @contextmanager
    def progress(self, items: Iterable[T], count: int | None) -> Iterator[Iterable[T]]:
        """Some things, with a bar that moves as they are taken and is gone at the end."""
        with progress_bar(self._console) as bar:
            yield bar.track(items, total=count, description="verifying")

    def print_report(self, report: Report, *, every: bool, folds: bool) -> None:
        """A coloured heading, the causes and what was said twice, and the rows as a table if it is
        wide enough for one. The arguments are those of `pithmerge.cli.reports.lines`."""
        console = self._console
        style = _VERDICT_STYLES.get(report.verdict, "bold red")
        console.print(Text(heading(report), style=style), soft_wrap=True)
        for cause in report.diagnosis:
            message, remedy = cause_lines(cause, every=every)
            self._print_indented(Text(message, style="red"), 2)
            self._print_indented(Text(remedy), 4)
        for words in equivocation_lines(report, every=every):
            self._print_indented(Text(words, style="bold yellow"), 2)
        rows = rows_to_show(report, every=every)
        if console.width < _NARROW:
            for check in rows:
                console.print(
                    Text(line(check, every=every), style=_STYLES[check.outcome]), soft_wrap=True
                )
        elif rows:
            console.print(_table(rows, every=every))
        rest = folded(report) if folds and not every else None
        if rest is not None:
            console.print(Text(f"  {rest}", style="dim"), soft_wrap=True)

    def _print_indented(self, text: Text, indent: int) -> None:
        """A sentence, broken between words where the terminal is wide enough for that."""
        if self._console.width < _NARROW:
            self._console.print(Text(" " * indent) + text, soft_wrap=True)
        else:
            text.overflow = "fold"
            self._console.print(Padding(text, (0, 0, 0, indent)))


def _table(rows: Iterable[Check], *, every: bool) -> Table:
    table = Table()
    table.add_column("outcome", no_wrap=True)
    table.add_column("rule", no_wrap=True)
    table.add_column("what", overflow="fold")
    for check in rows:
        outcome, rule, detail = cells(check, every=every)
        table.add_row(Text(outcome, style=_STYLES[check.outcome]), Text(rule), Text(detail))
    return table
