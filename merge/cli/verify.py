"""``pithmerge verify``."""

import sys
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from pithmerge.canon import MAX_DOCUMENT_DEPTH, compact_json
from pithmerge.cli.exits import exit_code
from pithmerge.cli.html import html_option, refuse_html
from pithmerge.cli.inputs import Inputs, Reading, document_of_item, reading_options
from pithmerge.cli.output import complain, is_terminal, refuse_inputs, write_bytes, write_line
from pithmerge.cli.reports import counted_verdicts, lines
from pithmerge.cli.sources import (
    Keys,
    files_argument,
    key_options,
    keyring_of,
    refuse_stdin_twice,
)
from pithmerge.crypto import Keyring
from pithmerge.errors import PithmergeError, UnfinishedError
from pithmerge.mirrors.folding import Folding
from pithmerge.showing import visible
from pithmerge.verification import (
    DocumentVerdict,
    Report,
    unreadable_report,
    verify_document,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pithmerge.answers.drawing.verify_page import VerificationPage
    from pithmerge.cli.terminal import Terminal
    from pithmerge.mirrors.reading.parts import Item, Part

_REPORT_DEPTH = MAX_DOCUMENT_DEPTH + 4
"""A value that was found in a document, and the report around it."""


@click.command("verify", short_help="Check every statement that documents make.")
@files_argument
@key_options
@reading_options
@click.option("--json", "as_json", is_flag=True, help="Print one report a line, as JSON.")
@click.option(
    "--require-signed",
    is_flag=True,
    help="Exit code 1 for what is only CONSISTENT: nothing signed covers most of it.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Exit code 1 too if an event was rejected or a signer equivocated.",
)
@html_option
@click.option(
    "--verbose", "-v", is_flag=True, help="Print every row of every document, and digests whole."
)
def verify_command(
    files: tuple[str, ...],
    keys: Keys,
    as_json: bool,
    verbose: bool,
    require_signed: bool,
    strict: bool,
    html: Path | None,
    reading: Reading,
) -> int:
    """Check every statement that documents make about themselves.

    FILE is a bundle, a state, a pith_number_record, a mirror manifest, an evidence file or a list
    of events; or holds many: .ndjson and .jsonl, .tar, .zip, .parquet; all of them also compressed
    (.gz, .zst, .bz2, .xz); a folder stands for such files under it, - for stdin. What failed is
    printed, under what made it fail; the other rows are counted (-v prints them). Who said two
    things in one place is named, and no reason to fail but with --strict. A verdict is OK;
    CONSISTENT, where a lone state, a record or a manifest holds together while nothing signed
    covers most of it; or FAILED. Exit code 1: something does not hold, nothing was checked, or
    --strict objects; 3: something is unreadable, or follows a merge_version that is not known.

    \b
    Examples:
      pithmerge verify bundle.json
      pithmerge verify --json mirror/ > reports.jsonl
      pithmerge verify bundle.json --html report.html
    """
    refuse_stdin_twice(*files, *keys.files)
    keyring = keyring_of(keys)
    refuse_inputs(None, (*files, *keys.files))
    refuse_html(html, (*files, *keys.files))
    inputs = Inputs(files, reading, html)
    page = None if html is None else _page(keyring)
    items = inputs.in_parts()
    first = list(islice(items, 2))
    printer = _Printer(as_json=as_json, verbose=verbose, several=len(first) > 1)
    counts: Counter[DocumentVerdict] = Counter()
    equivocal = rejecting = 0
    with printer.progress(chain(first, items), inputs.count) as tracked:
        for item, part in tracked:
            report = _report(item, keyring)
            counts[report.verdict] += 1
            equivocal += bool(report.equivocations)
            rejecting += bool(report.reasons)
            printer.print_report(report, part)
            if page is not None:
                _add(page, report, item)
        printer.print_folded()
    printer.print_summary(counts, equivocal)
    if page is not None:
        write_bytes(page.to_html().encode(), html)
    unsigned = require_signed and counts[DocumentVerdict.CONSISTENT]
    return exit_code(
        incomplete=counts[DocumentVerdict.UNREADABLE] + counts[DocumentVerdict.UNSUPPORTED],
        fails=counts[DocumentVerdict.FAILED] or unsigned or (strict and (equivocal or rejecting)),
    )


def _report(item: "Item", keyring: Keyring) -> Report:
    """The report on one document. Whatever becomes of it, the others get theirs."""
    try:
        return verify_document(document_of_item(item), keyring=keyring)
    except PithmergeError as error:
        cut_short = isinstance(error, UnfinishedError)
        return unreadable_report(item.name, str(error), cut_short=cut_short)
    except MemoryError:
        problem = f"{item.name}: it needs more memory than there is: split the document"
    except Exception as error:  # one document is never the end of what others get
        problem = f"{item.name}: {error!r}: this is a defect of pithmerge, report it"
    return unreadable_report(item.name, problem)


def _page(keyring: Keyring) -> "VerificationPage":
    # Its templates take a while to import.
    from pithmerge.answers.drawing.verify_page import VerificationPage

    return VerificationPage(keyring)


def _add(page: "VerificationPage", report: Report, item: "Item") -> None:
    """Give the page a report, and what it is about if that is a document."""
    page.add(report, None if report.kind is None else document_of_item(item), item.data)


class _Row(msgspec.Struct, frozen=True):
    """A report, as `Folding` knows rows."""

    document: str
    outcome: str
    message: str | None
    report: Report
    bytes: None = None
    sha256: None = None


class _Printer:
    """Reports, in the form that was asked for and that stdout is fit for."""

    def __init__(self, *, as_json: bool, verbose: bool, several: bool) -> None:
        self._as_json = as_json
        self._every = verbose
        self._several = several
        self._part: Part | str = ""
        self._folding: Folding[_Row] = Folding("")
        to_a_person = is_terminal(sys.stdout)
        self._tables = self._bar = None
        if to_a_person and not as_json:
            self._tables = self._bar = _terminal()
        elif not to_a_person and several and is_terminal(sys.stderr):
            self._bar = _terminal()

    def progress(
        self, items: "Iterable[tuple[Item, Part | str]]", count: int | None
    ) -> "AbstractContextManager[Iterable[tuple[Item, Part | str]]]":
        """The documents, with a progress bar where there are many and someone looks."""
        if self._several and self._bar is not None:
            return self._bar.progress(items, count)
        return nullcontext(items)

    def print_report(self, report: Report, part: "Part | str") -> None:
        """A report, or nothing yet: of many in one container that are unreadable for one reason,
        the first are printed, and then how many more there are."""
        if part is not self._part:
            self.print_folded()
            self._part, self._folding = part, Folding(part)
        outcome = str(report.verdict)
        for row in self._folding.add(_Row(report.name, outcome, report.problem, report)):
            self._print(row)

    def print_folded(self) -> None:
        """What stands for reports that were not printed."""
        for row in self._folding.rest():
            self._print(row)

    def _print(self, row: "_Row") -> None:
        report = row.report
        if row.document != report.name:
            problem = (row.message or "").replace(f"{report.name}: ", "")
            report = unreadable_report(row.document, f"{row.document}: {problem}")
        self._print_one(report)

    def _print_one(self, report: Report) -> None:
        """One report. What is unreadable is complained of as well."""
        if report.problem is not None:
            complain(f"error: {report.problem}")
        if self._as_json:
            write_bytes(_json_line(report))
        elif report.problem is not None:
            return
        elif self._tables is not None:
            self._tables.print_report(report, every=self._every, folds=not self._several)
        else:
            write_line(lines(report, every=self._every, folds=not self._several))

    def print_summary(self, counts: Counter[DocumentVerdict], equivocal: int) -> None:
        """How many documents came to what, and how many show equivocations, if there are several
        and they are not for a program."""
        if not self._several or self._as_json:
            return
        words = {each: each.upper() for each in DocumentVerdict}
        for each in (DocumentVerdict.UNREADABLE, DocumentVerdict.UNSUPPORTED):
            words[each] = str(each)
        more = f", {equivocal:,} with equivocations" if equivocal else ""
        write_line(f"{counts.total()} documents: {counted_verdicts(counts, words)}{more}")


def _json_line(report: Report) -> bytes:
    """The report as a line of JSON; if it cannot be written, a report that says so."""
    try:
        return visible(compact_json(report.to_dict(), max_depth=_REPORT_DEPTH)) + b"\n"
    except (PithmergeError, MemoryError) as error:
        problem = f"{report.name}: its report cannot be written ({error or 'not enough memory'})"
        short = unreadable_report(report.name, problem)
        return visible(compact_json(short.to_dict())) + b"\n"


def _terminal() -> "Terminal":
    # Rich takes a while to import, and pipes need none of it.
    from pithmerge.cli.terminal import Terminal

    return Terminal()
