"""``merge``: the reducer of pith-open-graph-merge-v1, as a pure function.

Data flows one way, and each step is a module:

1. every input becomes a verdict by rows 1 to 18 of SPEC 5.1 (`pithmerge.validity`); copies of one
   event share one verdict (SPEC 4.3, 5.2);
2. rows 19 and 20 decide by the ``prev_event`` chains which events are valid (`pithmerge.chains`);
3. supersession (`pithmerge.supersession`), equivocation (`pithmerge.equivocation`) and the applied
   order (`pithmerge.order`) follow from the valid events alone;
4. the state is those facts, written down (`pithmerge.state`).

No step looks at the order of arrival, a clock, or anything outside its arguments (SPEC 9).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from pithmerge.aliases import derived_aliases, given_aliases
from pithmerge.canon.reader import read_surveyed
from pithmerge.canon.survey import is_plain
from pithmerge.canon.writer import write
from pithmerge.chains import resolve_chains
from pithmerge.crypto import Keyring
from pithmerge.equivocation import find_equivocations
from pithmerge.errors import CanonicalFormError, DocumentError, MergeError
from pithmerge.numbers import is_pith_number
from pithmerge.order import applied_order
from pithmerge.reasons import Reason
from pithmerge.state import InvalidEvent, State
from pithmerge.supersession import supersessions
from pithmerge.validity import Candidate, Verdict, judge
from pithmerge.vocabulary import UNDIGESTED_MEMBERS


def merge(
    events: Iterable[Any],
    *,
    pith_number: str | None = None,
    source_aliases: Iterable[Any] | None = None,
    keyring: Keyring = Keyring.default(),  # noqa: B008 - immutable
    verify_signatures: bool = True,
) -> State:
    """Fold signed events into the state of one graph (SPEC 4 to 8).

    Args:
        events: parsed events, or bytes with one JSON document each, in any order, with any
            repetition. They are not changed. What is no valid event is counted and named in
            ``invalid_events``; it raises nothing.
        pith_number: the graph's number; None for the one subject of all well-formed events.
        source_aliases: the registry's aliases beside the events; None or none at all derives them
            from the record (SPEC 8.6).
        keyring: whom to trust (SPEC 3.5).
        verify_signatures: False skips rows 7 to 15 of SPEC 5.1. Only for events whose signatures
            are gone, such as those rebuilt from a state; the state then says so
            (``signatures_verified``).

    Raises:
        MergeError: ``events`` is no iterable of events, an argument is not of its form, or there
            is no single Pith Number (SPEC 8.8).
        DocumentError: an event's bytes are no JSON (SPEC 1.2, 1.4, 1.5).
        CanonicalFormError: a parsed event has no canonical form (SPEC 1.2, 1.5).
    """
    return fold(
        surveyed(events),
        pith_number=pith_number,
        source_aliases=source_aliases,
        keyring=keyring,
        verify_signatures=verify_signatures,
    )


def surveyed(events: Iterable[Any]) -> Iterator[tuple[Any, bool]]:
    """Each event as a parsed value, and whether orjson writes it exactly."""
    if isinstance(events, (bytes, bytearray, memoryview, str, Mapping)) or not isinstance(
        events, Iterable
    ):
        raise MergeError(
            f"merge() takes an iterable of events, not a {type(events).__name__}: of a document, "
            "give load_document(…).events; a single event goes into a list"
        )
    for index, event in enumerate(events):
        try:
            if isinstance(event, (bytes, bytearray, memoryview)):
                yield read_surveyed(bytes(event))
            else:
                plain = is_plain(event)
                if isinstance(event, dict):
                    # Outside the content nothing else would meet a lone surrogate (SPEC 1.2).
                    outside = [event[name] for name in UNDIGESTED_MEMBERS if name in event]
                    write(outside, plain=plain, sort=False)
                yield event, plain
        except (DocumentError, CanonicalFormError) as error:
            raise type(error)(f"event {index}: {error}") from None


def fold(
    events: Iterable[tuple[Any, bool]],
    *,
    pith_number: str | None,
    source_aliases: Iterable[Any] | None,
    keyring: Keyring,
    verify_signatures: bool,
    plain_aliases: bool = False,
) -> State:
    """`merge` of events, and perhaps of aliases, that were surveyed already."""
    if pith_number is not None and not is_pith_number(pith_number):
        shown = repr(pith_number) if isinstance(pith_number, str) else type(pith_number).__name__
        raise MergeError(
            f"{shown[:80]} is no Pith Number: write it as pith:YYYY: and 26 characters of A-Z2-7"
        )
    if not isinstance(keyring, Keyring):
        raise MergeError(
            f"keyring must be a Keyring, not a {type(keyring).__name__}: leave it out for the "
            "registry's key, or start from Keyring.empty()"
        )
    aliases = given_aliases(() if source_aliases is None else source_aliases, plain=plain_aliases)
    number = pith_number
    verdicts: dict[str, Verdict] = {}
    for index, (value, plain) in enumerate(events):
        try:
            candidate = Candidate(value, plain=plain, pith_number=pith_number, keyring=keyring)
        except CanonicalFormError as error:
            raise CanonicalFormError(f"event {index}: {error}") from None
        known = verdicts.get(candidate.identity)
        if known is not None and known.event is not None:
            continue
        verdict = judge(candidate, verify_signatures=verify_signatures)
        verdicts[verdict.identity] = verdict if known is None else verdict_of_copies(known, verdict)
        if pith_number is None and verdict.reason is not Reason.MALFORMED_EVENT:
            number = _one_number(number, value["subject_pith_number"])
    if number is None:
        raise MergeError(
            "no event names a Pith Number (SPEC 8.8): give the graph's with pith_number"
        )
    return state_of(number, verdicts, aliases, signatures_verified=verify_signatures)


def verdict_of_copies(one: Verdict, other: Verdict) -> Verdict:
    """The verdict of two copies of one event: that which got further (SPEC 4.3, 5.2)."""
    return other if _row_reached(other) > _row_reached(one) else one


def state_of(
    pith_number: str,
    verdicts: Mapping[str, Verdict],
    alias_jsons: tuple[bytes, ...],
    *,
    signatures_verified: bool,
) -> State:
    """The state that follows from the verdicts of rows 1 to 18, one an identity.

    Args:
        pith_number: the graph's number.
        verdicts: by identity, in any order.
        alias_jsons: the given aliases (`pithmerge.aliases.given_aliases`); if there are none they
            are derived (SPEC 8.6).
        signatures_verified: what the state says of itself.
    """
    valid, invalid = resolve_chains(verdicts)
    superseded_by = supersessions(valid)
    state = State(
        pith_number=pith_number,
        signatures_verified=signatures_verified,
        applied_events=applied_order(valid, superseded_by),
        superseded_by=superseded_by,
        equivocations=find_equivocations(valid),
        invalid_events=tuple(InvalidEvent(*entry) for entry in invalid.items()),
        alias_jsons=alias_jsons,
    )
    record = state.record_created
    if alias_jsons or record is None or record.record_json is None:
        return state
    derived = derived_aliases(record.record_json, pith_number, record.created_at)
    return msgspec.structs.replace(state, alias_jsons=derived)


def _one_number(known: str | None, subject: str) -> str:
    if known is not None and known != subject:
        raise MergeError(
            f"the events are about several Pith Numbers, {min(known, subject)} and "
            f"{max(known, subject)} among them (SPEC 8.8): give the graph's with pith_number, or "
            "merge them apart"
        )
    return subject


def _row_reached(verdict: Verdict) -> int:
    return len(Reason) + 1 if verdict.reason is None else verdict.reason.row
