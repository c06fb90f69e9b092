"""``pithmerge merge``."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from pithmerge.accusations import equivocation_words
from pithmerge.answers.rejections import rejections_of
from pithmerge.answers.remedies import UnknownKeys, nothing_valid
from pithmerge.canon import JsonValue
from pithmerge.cli.exits import exit_code
from pithmerge.cli.inputs import Reading, open_documents, reading_options
from pithmerge.cli.output import complain, refuse_inputs, write_bytes
from pithmerge.cli.sources import (
    Keys,
    files_argument,
    key_options,
    keyring_of,
    naming,
    refuse_stdin_twice,
)
from pithmerge.core.aliases import given_aliases
from pithmerge.core.inputs import surveyed
from pithmerge.core.merger import Merger
from pithmerge.core.moments import as_of as as_of_instant
from pithmerge.core.moments import check_instant, creation
from pithmerge.core.rules import Rules
from pithmerge.core.state import State
from pithmerge.core.supersession import links_without_effect
from pithmerge.crypto import Keyring
from pithmerge.documents import Document, DocumentKind
from pithmerge.errors import MergeError

_SHOWN = 20
"""Warnings of one kind, and ids in one warning, that are printed; the state names all of them."""


@click.command("merge", short_help="Merge the events of documents into one state.")
@files_argument
@key_options
@reading_options
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT",
    help="Write the state to this file instead of stdout, whole or not at all.",
)
@click.option(
    "--as-of",
    metavar="INSTANT",
    help="Only the events created up to then, YYYY-MM-DDTHH:MM:SSZ: a view of another time.",
)
@click.option("--pith-number", metavar="NUMBER", help="The graph's number, where files differ.")
@click.option(
    "--without-signature-checks",
    is_flag=True,
    help="Believe event signatures unseen: for the events behind a state or a record, "
    "whose signatures are gone.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Exit with 1 if an event was rejected or a signer equivocated; the "
    "state is written all the same.",
)
def merge_command(
    files: tuple[str, ...],
    keys: Keys,
    output: Path | None,
    as_of: str | None,
    pith_number: str | None,
    without_signature_checks: bool,
    strict: bool,
    reading: Reading,
) -> int:
    """Merge the events of documents into one state, in the bytes that the registry publishes.

    FILEs are bundles or lists of events of one graph, from any number of mirrors, in whatever form
    verify reads; - is stdin. Their events and aliases are united. What was rejected and who
    equivocated is in the state, and a warning on stderr. Exit code 1: nothing is valid, or --strict
    objects; the state is written.

    With --as-of it is the state of the events that were created up to an instant: a view, which the
    state itself does not say, and a note on stderr does. Aliases are no events, and stay.

    \b
    Examples:
      pithmerge merge mirror-a/bundle.json mirror-b/bundle.json -o state.json
      pithmerge merge --as-of 2026-07-01T00:00:00Z bundle.json -o june.json
    """
    if as_of is not None:
        check_instant(as_of)
    refuse_stdin_twice(*files, *keys.files)
    refuse_inputs(output, (*files, *keys.files))
    keyring = keyring_of(keys)
    documents = open_documents(files, reading, output)
    for document in documents:
        _refuse_without_events(document, without_signature_checks)
    if without_signature_checks:
        complain("warning: event signatures are not checked; the state says what events claim")
    number = _common_number(documents) if pith_number is None else pith_number
    merger = Merger(
        number,
        source_aliases=[
            alias
            for document in documents
            # Of a document about another graph the events are rejected one by one (SPEC 5.1).
            if document.pith_number == number
            for alias in _aliases_of(document)
        ],
        keyring=keyring,
        verify_signatures=not without_signature_checks,
        rules=_common_rules(documents),
    )
    view = None if as_of is None else _View(as_of)
    with _options_named():
        for document in documents:
            # Where an event is refused, the message names the document.
            with naming(document.name):
                events = document.json_events()
                merger.add(events if view is None else view.of(events))
        if view is not None:
            view.say(merger)
        state = merger.state()
    nothing_is_valid = not state.applied_events
    if nothing_is_valid:
        complain(f"warning: nothing is valid: {_why_nothing_is(state, documents, keyring)}")
    _warn(merger, state, documents)
    write_bytes(state.to_json(), output)
    found = strict and (state.invalid_events or state.equivocations)
    return exit_code(incomplete=False, fails=nothing_is_valid or found)


class _View:
    """The events that were created up to an instant, and how many others there are."""

    def __init__(self, instant: str) -> None:
        self._instant = instant
        self._given = self._kept = self._undated = 0

    def of(self, events: Iterable[JsonValue]) -> tuple[JsonValue, ...]:
        """Those of some events that are in the view."""
        given = list(events)
        kept = as_of_instant(given, self._instant)
        self._given += len(given)
        self._kept += len(kept)
        self._undated += sum(creation(event.value) is None for event in given)
        return kept

    def say(self, merger: Merger) -> None:
        """That it is a view, and of how many.

        Raises:
            MergeError: nothing is in it, and nothing else says about which paper it would be.
        """
        undated = f", {self._undated:,} of the others without a date" if self._undated else ""
        counts = f"{self._kept:,} of {self._given:,} events{undated}"
        if not self._kept and merger.pith_number is None:
            raise MergeError(
                f"no event was created up to {self._instant} ({counts}): name the graph with "
                "pith_number, or a later instant with --as-of"
            )
        complain(f"note: a view, not all that there is: as of {self._instant}, {counts}")


@contextmanager
def _options_named() -> Iterator[None]:
    """What the library calls an argument is an option here."""
    try:
        yield
    except MergeError as error:
        raise MergeError(str(error).replace("with pith_number", "by --pith-number")) from None


def _why_nothing_is(state: State, documents: Iterable[Document], keyring: Keyring) -> str:
    unknown = UnknownKeys(keyring)
    for document in documents:
        for event in document.events:
            unknown.see(event)
    return nothing_valid(Counter(str(each.reason) for each in state.invalid_events), unknown.counts)


def _refuse_without_events(document: Document, without_signature_checks: bool) -> None:
    if document.kind is DocumentKind.MANIFEST:
        raise MergeError(f"{document.name}: a {document.kind} holds no events: give a bundle")
    if not (document.events_are_signed or without_signature_checks):
        raise MergeError(
            f"{document.name}: the events behind a {document.kind} carry no signatures: give a "
            "bundle, or believe them with --without-signature-checks"
        )


def _common_rules(documents: Sequence[Document]) -> Rules:
    """The rules of the documents.

    Raises:
        UnsupportedVersionError: those of one are not known.
        MergeError: they are not all of one merge version.
    """
    rules = {document.rules.merge_version: document for document in documents}
    if len(rules) > 1:
        named = ", ".join(f"{version} in {each.name}" for version, each in sorted(rules.items()))
        raise MergeError(f"the files are of several merge versions ({named}): merge them apart")
    return documents[0].rules


def _aliases_of(document: Document) -> list[Any]:
    """The aliases; where one is refused, the message names the document."""
    aliases = document.source_aliases or []
    with naming(document.name):
        given_aliases(aliases)
    return aliases


def _common_number(documents: Sequence[Document]) -> str | None:
    numbers = {
        document.pith_number: document.name
        for document in documents
        if document.pith_number is not None
    }
    if len(numbers) > 1:
        named = ", ".join(f"{number} in {name}" for number, name in sorted(numbers.items()))
        raise MergeError(
            f"the files are about several Pith Numbers ({named}): merge them apart, or name the "
            "graph with --pith-number"
        )
    return next(iter(numbers), None)


def _warn(merger: Merger, state: State, documents: Iterable[Document]) -> None:
    _warn_of_rejected(merger, state, documents)
    _complain_of(
        [f"equivocation: {equivocation_words(entry)}" for entry in state.equivocations],
        "equivocations",
    )
    _complain_of(
        [
            f"{listing} lists {listed} in supersedes, without effect (SPEC 6)"
            for listed, listing in links_without_effect(state.applied_events, state.superseded_by)
        ],
        "links without effect",
    )


def _warn_of_rejected(merger: Merger, state: State, documents: Iterable[Document]) -> None:
    if not state.invalid_events:
        return
    named = state.invalid_events[:_SHOWN]
    events = (event for document in documents for event in document.json_events())
    rejections = rejections_of(
        merger, state, surveyed(events, merger.rules), [each.event_id for each in named]
    )
    _complain_of(
        [
            f"rejected {each.event_id}: {each.reason}: {rejections.why(each.event_id)}"
            for each in named
        ],
        "rejected events",
        len(state.invalid_events),
    )


def _complain_of(messages: list[str], what: str, count: int | None = None) -> None:
    """The first of some messages, and how many more there are; ``count`` if some are not made."""
    for message in messages[:_SHOWN]:
        complain(f"warning: {message}")
    count = len(messages) if count is None else count
    if count > _SHOWN:
        complain(f"warning: and {count - _SHOWN:,} more {what}")
