"""``pithmerge evidence``."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pithmerge.answers.evidence import (
    Evidence,
    evidence_of,
    papers_with_equivocations,
    several,
)
from pithmerge.answers.gathering import EventVerdict, Gathering, Paper
from pithmerge.answers.rejections import Rejections
from pithmerge.answers.remedies import UnknownKeys, nothing_valid
from pithmerge.cli.exits import exit_code
from pithmerge.cli.inputs import Inputs, Reading, document_of_item, reading_options
from pithmerge.cli.output import complain, refuse_inputs, write_bytes, write_line
from pithmerge.cli.sources import (
    Keys,
    files_argument,
    key_options,
    keyring_of,
    pith_number_option,
    refuse_stdin_twice,
    shown_name,
)
from pithmerge.crypto import Keyring
from pithmerge.documents import DocumentKind, parse_document
from pithmerge.errors import MergeError, PithmergeError
from pithmerge.showing import json_line, printable
from pithmerge.verification import Outcome, verify_document

if TYPE_CHECKING:
    from pithmerge.mirrors.reading.parts import Item

_SHOWN = 20
"""Messages of one kind that are printed."""


@click.command("evidence", short_help="Write a file that proves equivocations.")
@files_argument
@key_options
@reading_options
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT",
    help="Write the evidence to this file instead of stdout, whole or not at all.",
)
@pith_number_option("where several equivocate")
@click.option(
    "--json", "as_json", is_flag=True, help="With -o: print what is proven as a line of JSON."
)
def evidence_command(
    files: tuple[str, ...],
    keys: Keys,
    output: Path | None,
    pith_number: str | None,
    as_json: bool,
    reading: Reading,
) -> int:
    """Write a file that proves the equivocations among the events of documents.

    FILEs are bundles, lists of events or evidence files, in whatever form verify reads; - is stdin.
    Their events are united, paper by paper. What is written holds, of one paper, the events in
    conflict and all on their chains, byte for byte: who trusts the keys of their signers checks it
    alone, with pithmerge verify. Exit code 1: there is no equivocation, and nothing is written; 3:
    it is written, but some input was unreadable or unsupported.

    \b
    Examples:
      pithmerge evidence mirror-a/bundle.json mirror-b/bundle.json -o evidence.json
      pithmerge verify evidence.json
    """
    refuse_stdin_twice(*files, *keys.files)
    refuse_inputs(output, (*files, *keys.files))
    to_stdout = output is None or str(output) == "-"
    if as_json and to_stdout:
        raise click.UsageError("--json is for what is written to a file: name it with -o")
    keyring = keyring_of(keys)
    papers, unusable = _papers(Inputs(files, reading, output), keyring)
    if pith_number is not None:
        papers = tuple(paper for paper in papers if paper.pith_number == pith_number)
    _warn_of_rejected(papers, keyring)
    found = papers_with_equivocations(papers)
    if len(found) > 1:
        raise MergeError(f"{several(found)}: evidence is about one: name it with --pith-number")
    if not found:
        complain(f"{_nothing_found(papers, pith_number)}: nothing is written")
        return exit_code(incomplete=unusable, fails=True)
    evidence = evidence_of(found[0])
    data = evidence.to_json()
    _check(data, keyring)
    write_bytes(data, output)
    _say(evidence, output, as_json=as_json, to_stdout=to_stdout)
    return exit_code(incomplete=unusable, fails=False)


def _papers(inputs: "Iterable[Item]", keyring: Keyring) -> tuple[tuple[Paper, ...], int]:
    """What the documents hold together, and how many of them could not be used, which is said."""
    gathering = Gathering(keyring)
    errors: list[str] = []
    notes: list[str] = []
    for item in inputs:
        try:
            document = document_of_item(item)
            if document.events_are_signed or document.kind is not DocumentKind.MANIFEST:
                gathering.add(document)
        except PithmergeError as error:
            errors.append(f"error: {error}")
            continue
        if not document.events_are_signed:
            kind = document.kind
            notes.append(
                f"note: {document.name}: a {kind} shows no signed events: it proves nothing"
            )
    _complain_of(errors, "that cannot be used")
    _complain_of(notes, "without signed events")
    return gathering.papers(), len(errors)


def _warn_of_rejected(papers: Sequence[Paper], keyring: Keyring) -> None:
    signed = [paper for paper in papers if paper.signatures_verified]
    rejected = [reason for paper in signed for reason in paper.reasons.values()]
    shown = [verdict for paper in signed for verdict in paper.shown.values()]
    if rejected and all(verdict is EventVerdict.REJECTED for verdict in shown):
        unknown = UnknownKeys(keyring)
        for paper in signed:
            for event in paper.events:
                unknown.see(event.value)
        reasons = Counter(map(str, rejected))
        complain(f"warning: nothing is valid: {nothing_valid(reasons, unknown.counts)}")
    named: list[str] = []
    for paper in signed:
        rejections = Rejections(paper.reasons, paper.deciding)
        named += [
            f"warning: rejected {event_id}: {paper.reasons[event_id]}: {rejections.why(event_id)}"
            for event_id in islice(paper.reasons, _SHOWN - len(named))
        ]
    _complain_of(named, "rejected events", len(rejected))


def _complain_of(messages: Sequence[str], what: str, count: int | None = None) -> None:
    """The first of some messages, and how many more there are; ``count`` if some are not made."""
    for message in messages[:_SHOWN]:
        complain(message)
    count = len(messages) if count is None else count
    if count > _SHOWN:
        complain(f"and {count - _SHOWN:,} more {what}")


def _nothing_found(papers: Sequence[Paper], pith_number: str | None) -> str:
    if pith_number is not None and not papers:
        return f"the files hold nothing of {pith_number}"
    if not any(paper.signatures_verified for paper in papers):
        return "there are no signed events that could conflict"
    of = "" if pith_number is None else f" of {pith_number}"
    return f"there is no equivocation{of} among the valid events"


def _check(data: bytes, keyring: Keyring) -> None:
    """Whoever is given it will verify it, so it is verified before it is written."""
    report = verify_document(parse_document(data, name="the evidence"), keyring=keyring)
    if not report.ok:
        failed = report.with_outcome(Outcome.FAILED)
        raise AssertionError(f"the evidence does not verify: {failed[:1]}")


def _say(evidence: Evidence, output: Path | None, *, as_json: bool, to_stdout: bool) -> None:
    """What is proven, and whose keys it takes: where the evidence does not go."""
    if as_json:
        line = {
            "evidence": shown_name(str(output)),
            "pith_number": evidence.pith_number,
            "evidence_sha256": evidence.evidence_sha256,
            "proven": list(evidence.proven),
            "equivocations": [entry.to_dict() for entry in evidence.equivocations],
            "event_count": len(evidence.events),
            "keys": [dict(key) for key in evidence.keys],
        }
        write_bytes(json_line(line))
        return
    needed = (f"whoever checks it needs {_key_words(key)}" for key in evidence.keys)
    for text in (*evidence.proven, *needed):
        if to_stdout:
            complain(text)
        else:
            write_line(printable(text))


def _key_words(key: Mapping[str, str | None]) -> str:
    whose = "a registry's" if key["signer_id"] is None else f"{key['signer_id']}'s"
    return f"{whose} key {key['key_id']} (fingerprint {key['public_key_fingerprint']})"
