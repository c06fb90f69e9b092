"""Checks of an evidence file: what its events prove, and that it says nothing else (SPEC 11.7)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from pithmerge.accusations import proof_words
from pithmerge.answers.rejections import Rejections, deciding
from pithmerge.canon import sha256_hex
from pithmerge.core.equivocation import Equivocation
from pithmerge.core.merger import Merger
from pithmerge.core.state import State
from pithmerge.core.vocabulary import EQUIVOCATION_MEMBERS
from pithmerge.crypto import Keyring
from pithmerge.documents import Document
from pithmerge.errors import DocumentError
from pithmerge.evidence_form import (
    EVIDENCE_VERSION,
    event_in_evidence,
    keys_needed,
    needed_events,
)
from pithmerge.showing import brief
from pithmerge.verification.events import JudgedEvent
from pithmerge.verification.evidence_members import form_problems
from pithmerge.verification.judging import Examination, number_of_document
from pithmerge.verification.readers import Reader
from pithmerge.verification.rows import Check, Outcome, at, entries_of, settled
from pithmerge.verification.snapshots import RecordFacts

_OUTSIDE: Final = (
    "its white space, the order of its members and what stands beside its signature are not signed"
)


@dataclass(frozen=True)
class _Judged:
    """The events of an evidence file, as a merge of them judges them.

    Attributes:
        events: those that can be read, in their order.
        unreadable: why others cannot, by index.
        reasons: why what is not valid is not, by identity.
        state: of the events; None if there can be none.
    """

    events: list[JudgedEvent] = field(default_factory=list)
    unreadable: dict[int, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    state: State | None = None


def evidence_checks(examination: Examination, reader: Reader) -> None:
    """All checks of an evidence file."""
    document, keyring = examination.document, examination.keyring
    value, version = document.value, document.rules.merge_version
    form = value.get("evidence_version")
    reader.compared("$", ".evidence_version", "SPEC 11.7", EVIDENCE_VERSION, form)
    reader.compared("$", ".merge_version", "SPEC 8.1", version, value.get("merge_version"))
    no_number = None if number_of_document(document) else "it is no Pith Number"
    reader.settled("$", ".pith_number", "SPEC 2.2", no_number)
    problems = list(form_problems(value))
    for where, problem in problems:
        reader.settled(where, "", "SPEC 11.1", problem)
    if not problems:
        reader.holds("$", " (its members, and no others)", "SPEC 11.1")
    digest = sha256_hex(document.json.without("evidence_sha256").canonical())
    stated = value.get("evidence_sha256")
    reader.compared("$", ".evidence_sha256", "SPEC 11.6", digest, stated)
    judged = _judged(examination)
    reader.rows(_equivocation_checks(entries_of(value, "equivocations"), judged))
    _event_checks(reader, document, judged)
    _key_checks(reader, value.get("keys"), judged, keyring)


def _judged(examination: Examination) -> _Judged:
    """The events that can be read, judged; where all can, with those of the examination."""
    document, number = examination.document, number_of_document(examination.document)
    unreadable: dict[int, str] = {}
    jsons, places = [], []
    for index, entry in enumerate(entries_of(document.value, "events")):
        try:
            jsons.append(event_in_evidence(entry, document.rules.max_depth))
            places.append(f"$.events[{index}].event_b64")
        except DocumentError as error:
            unreadable[index] = str(error)
    if number is None:
        return _Judged(unreadable=unreadable)
    if not unreadable and jsons:
        judged = examination.judged
        return _Judged(judged.events, unreadable, judged.reasons, judged.state())
    merger = Merger(number, keyring=examination.keyring, rules=document.rules)
    verdicts = merger._judged(jsons)
    no_record = RecordFacts(None)
    events = [
        JudgedEvent(document, where, candidate, verdict, record=no_record)
        for where, (candidate, verdict) in zip(places, verdicts, strict=True)
    ]
    return _Judged(events, unreadable, merger._invalid(), merger.state())


def _equivocation_checks(stated: Sequence[Any], judged: _Judged) -> Iterator[Check]:
    """Each entry that is stated, and whether they are all that the events prove, in their order."""
    where, rule = "$.equivocations", "SPEC 7.2"
    proven = () if judged.state is None else judged.state.equivocations
    computed = {_key_of(entry.to_dict()): entry for entry in proven}
    given = {event.verdict.identity for event in judged.events}
    seen: set[tuple[str, ...]] = set()
    shown: set[tuple[str, ...]] = set()
    for index, entry in enumerate(stated):
        key = _key_of(entry)
        what = f"{where}[{index}]"
        if key in computed and computed[key].to_dict() == entry:
            if key in shown:
                yield settled(what, rule, "it stands there twice")
                continue
            shown.add(key)
            assert judged.state is not None
            said = proof_words(computed[key], judged.state.pith_number)
            yield Check(what, rule, Outcome.OK, why=said)
        else:
            yield settled(what, rule, _why_not(entry, computed.get(key), judged, given))
        seen.add(key)
    hidden = [entry for key, entry in computed.items() if key not in seen]
    problem = None
    if hidden:
        problem = f"the events are in conflict also as a {hidden[0].kind}, which it does not state"
    elif not stated or not proven:
        problem = "no two of its events conflict"
    elif [entry.to_dict() for entry in proven] != list(stated):
        problem = "they are not exactly those of its events, in the order of SPEC 7.2"
    yield settled(f"{where} (exactly those of its events)", rule, problem)


def _key_of(entry: Any) -> tuple[str, ...]:
    """By what an entry is found among others: there is one a place (SPEC 7.2)."""
    named = (at(entry, name) for name in EQUIVOCATION_MEMBERS[:5])
    return tuple(each if isinstance(each, str) else "" for each in named)


def _why_not(
    entry: Any, computed: Equivocation | None, judged: _Judged, given: Collection[str]
) -> str:
    """Why an entry is not proven. ``given`` are the identities of the events that can be read."""
    ids = [each for each in entries_of(entry, "event_ids") if isinstance(each, str)]
    missing = [each for each in ids if each not in given]
    if missing:
        return f"the event {brief(missing[0])} is not in the file, or cannot be read"
    rejected = [each for each in ids if each in judged.reasons]
    if rejected:
        return f"the event {brief(rejected[0])} is not valid: {judged.reasons[rejected[0]]}"
    if computed is None:
        return "these events do not conflict there"
    return "it differs from what its events prove there"


def _event_checks(reader: Reader, document: Document, judged: _Judged) -> None:
    entries = entries_of(document.value, "events")
    by_place = {event.where: event for event in judged.events}
    rejections = Rejections(judged.reasons, deciding(judged.events, document.rules))
    superfluous = _superfluous(judged)
    for index in range(len(entries)):
        where = f"$.events[{index}].event_b64"
        if index in judged.unreadable:
            reader.settled(where, "", "SPEC 11.2", judged.unreadable[index])
            continue
        reader.holds(where, "", "SPEC 11.2")
        if where in by_place:
            identity = by_place[where].verdict.identity
            reason = judged.reasons.get(identity)
            why = None if reason is None else partial(rejections.why, identity)
            by_place[where].validity(reader, reason, why)
            if identity in superfluous:
                reader.settled(where, " (needed)", "SPEC 11.3", "the proof does not rest on it")
            reader.unknown(where, " (outside its content)", "SPEC 3.4", _OUTSIDE)
    identities = [event.verdict.identity for event in judged.events]
    in_order = identities == sorted(set(identities))
    problem = (
        None if in_order and entries else "they are not sorted by identity, or one comes twice"
    )
    problem = problem if entries else "there are none"
    reader.settled("$.events", " (in order)", "SPEC 11.3", problem)


def _superfluous(judged: _Judged) -> set[str]:
    """Events that nothing in the file rests on; none where it proves nothing, or not all of it can
    be told what would."""
    state = judged.state
    if state is None or not state.equivocations or judged.unreadable or judged.reasons:
        return set()
    valid = {event.event_id: event.prev_event for event in state.applied_events}
    return set(valid) - needed_events(state.equivocations, valid)


def _key_checks(reader: Reader, stated: Any, judged: _Judged, keyring: Keyring) -> None:
    """Whose keys it takes: as the events say; and which of them are not trusted."""
    well_formed = (event.candidate.value for event in judged.events if event.is_well_formed)
    computed = list(keys_needed(well_formed))
    same = isinstance(stated, list) and stated == computed
    if same:
        reader.holds("$.keys", "", "SPEC 11.5", computed, stated)
    else:
        problem = "they are not those that its events name"
        reader.fails("$.keys", "", "SPEC 11.5", computed, stated, problem)
    for index, key in enumerate(computed if same else ()):
        fingerprint = str(key["public_key_fingerprint"])
        if keyring.get(fingerprint) is not None:
            reader.holds(f"$.keys[{index}]", "", "SPEC 3.5")
        else:
            whom = "a registry" if key["signer_id"] is None else brief(key["signer_id"])
            why = (
                f"the keyring does not hold it: get it from {whom}, not from who sent this file, "
                "and give it with --key"
            )
            reader.fails(f"$.keys[{index}]", "", "SPEC 3.5", None, fingerprint, why)
