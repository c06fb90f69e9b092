"""The nine laws of SPEC 9, one of views, and three of agreement with pithmerge, as questions to any
implementation.

Each law is one function: it draws what it needs, asks for some merges, and raises `LawViolation` if
the answers break the law. No other answer is needed but for `agreement`, `verification` and
`numbering`.
"""

import random
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any, Final, TypeVar

from pithmerge.building import Signer
from pithmerge.canon import digest
from pithmerge.canon.paths import first_difference
from pithmerge.conformance import reference, specification
from pithmerge.conformance.attempts import BYTES_OF_LAW
from pithmerge.conformance.law_of_documents import (
    BYTES_OF_ARRIVAL,
    verification,
)
from pithmerge.conformance.law_of_metadata import BYTES_OF_METADATA, numbering
from pithmerge.conformance.law_of_views import view
from pithmerge.conformance.protocol import Op
from pithmerge.conformance.questions import (
    NUMBERING,
    SPECIFICATION,
    VERIFICATION,
    VIEW,
    Inputs,
    LawViolation,
    Questions,
)
from pithmerge.conformance.verdicts import compare_states
from pithmerge.core.vocabulary import UNDIGESTED_MEMBERS
from pithmerge.crypto import SignedMessage
from pithmerge.documents import document_of
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.documents import oddly_written, respelled
from pithmerge.drawn.requests import refusable
from pithmerge.drawn.sets import EventSet, Sets
from pithmerge.drawn.signers import SIGNERS
from pithmerge.errors import PithmergeError

T = TypeVar("T")


def permutation(questions: Questions, event_set: EventSet, choices: Choices) -> None:
    """Law 1: the order of arrival does not change a byte."""
    shuffled = _shuffled(event_set.events, choices)
    answer = questions.merge(questions.inputs(event_set))
    questions.require_same(answer, questions.merge(questions.inputs(event_set, shuffled)))


def idempotence(questions: Questions, event_set: EventSet, choices: Choices) -> None:
    """Law 2: repeated events, and damaged copies of valid ones, do not change a byte."""
    answer = questions.merge(questions.inputs(event_set))
    valid = _valid_events(questions, event_set, answer)
    damage = [_damage(choices) for _ in range(3)]
    copies = [
        {**_content(event), **damaged}
        for event, damaged in zip(valid.values(), cycle(damage), strict=False)
    ]
    again = _some_of(event_set.events, choices)
    shuffled = _shuffled([*copies, *event_set.events, *again], choices)
    questions.require_same(answer, questions.merge(questions.inputs(event_set, shuffled)))


def union(questions: Questions, event_set: EventSet, choices: Choices) -> None:
    """Law 3: the state of a union does not depend on its split; parts may overlap."""
    parts = [_some_of(event_set.events, choices), _some_of(event_set.events, choices)]
    in_parts = {id(event) for part in parts for event in part}
    rest = [event for event in event_set.events if id(event) not in in_parts]
    united = [event for part in (rest, *parts) for event in part]
    answer = questions.merge(questions.inputs(event_set))
    questions.require_same(answer, questions.merge(questions.inputs(event_set, united)))


def monotone_validity(questions: Questions, event_set: EventSet, choices: Choices) -> None:
    """Law 4: what is valid among some events is valid among more."""
    part = _some_of(event_set.events, choices)
    fewer = questions.parsed(questions.merge(questions.inputs(event_set, part)))
    more = questions.parsed(questions.merge(questions.inputs(event_set)))
    lost = sorted(set(fewer["applied_event_ids"]) - set(more["applied_event_ids"]))
    questions.require(not lost, f"{', '.join(lost[:1])} is valid until more events arrive")


def monotone_evidence(questions: Questions, event_set: EventSet, choices: Choices) -> None:
    """Law 5: who is in conflict among some events is so among more."""
    part = _some_of(event_set.events, choices)
    fewer = _conflicts(questions.parsed(questions.merge(questions.inputs(event_set, part))))
    more = _conflicts(questions.parsed(questions.merge(questions.inputs(event_set))))
    lost = sorted(fewer - more)
    questions.require(not lost, f"the evidence {lost[:1]} disappears when more events arrive")


def resigning(questions: Questions, event_set: EventSet, choices: Choices) -> None:
    """Law 6: fresh signatures, other dates on them, other member order and white space."""
    answer = questions.merge(questions.inputs(event_set))
    valid = _valid_events(questions, event_set, answer)
    how = choices.bytes_of(3)
    again: list[Any] = []
    for event in event_set.events:
        fresh = event
        if isinstance(event, dict) and _identity(event) in valid:
            good = valid[_identity(event)]
            signer = _signer_of(good)
            if signer is not None:
                content = _content(good)
                sha256 = digest(content)
                block = signer.block(sha256, SignedMessage.EVENT, signed_at="another day")
                fresh = {
                    **content,
                    "event_id": f"sha256:{sha256}",
                    "content_sha256": sha256,
                    "signature": block,
                }
        again.append(respelled(fresh, Choices(how)))
    questions.require_same(answer, questions.merge(questions.inputs(event_set, again)))


def rejected_is_inert(questions: Questions, event_set: EventSet, choices: Choices) -> None:
    """Law 7: without the rejected events the state is the same but for what counts them."""
    del choices
    state = questions.parsed(questions.merge(questions.inputs(event_set)))
    invalid = {entry["event_id"] for entry in state["invalid_events"]}
    kept = [event for event in event_set.events if _identity(event) not in invalid]
    without = questions.parsed(questions.merge(questions.inputs(event_set, kept)))
    counting = ("event_count", "invalid_event_count", "invalid_events", "state_sha256")
    path = first_difference(
        *({name: seen[name] for name in seen if name not in counting} for seen in (state, without))
    )
    questions.require(path is None, f"rejected events change {path}")


def fixpoint(questions: Questions, event_set: EventSet, choices: Choices) -> None:
    """Law 8: a state whose events can be rebuilt from it is the state of those events."""
    del choices
    # Rebuilt events have no links, so the second state is one that the law speaks of.
    first = questions.parsed(questions.merge(questions.inputs(event_set)))
    second = questions.merge(_rebuilt_inputs(questions, event_set, first))
    state = questions.parsed(second)
    if not state["invalid_events"]:
        again = questions.merge(_rebuilt_inputs(questions, event_set, state))
        questions.require_same(second, again)


def determinism(questions: Questions, event_set: EventSet, choices: Choices) -> None:
    """Law 9: the same when asked again, and when started anew in another environment."""
    del choices
    inputs = questions.inputs(event_set)
    answer = questions.merge(inputs)
    questions.require_same(answer, questions.merge(inputs))
    questions.require_same(answer, questions.merge_elsewhere(inputs))


def agreement(questions: Questions, event_set: EventSet, choices: Choices) -> None:
    """The same bytes as the reference, and as the executable specification.

    These two are written apart from each other. Where they differ, nobody knows who is right: a
    violation by the name of `SPECIFICATION`, whatever the implementation says.
    """
    inputs = agreement_inputs(questions, event_set, choices)
    expected = _answered(reference.merge_request, inputs)
    specified = _answered(specification.merge_request, inputs)
    if expected != specified:
        compared = (expected, specified) if expected and specified else None
        detail = _disagreement(expected, specified)
        raise LawViolation(SPECIFICATION, detail, [inputs], compared=compared)
    if expected is None:
        questions.require(questions.refuses(inputs), "it accepts a merge that must be refused")
    else:
        questions.require_same(expected, questions.merge(inputs))


def agreement_inputs(questions: Questions, event_set: EventSet, choices: Choices) -> Inputs:
    """What the law asks: the merge of a set, some of it in another spelling or an odd one; now and
    then without a number, without checking signatures, or with what must be refused."""
    inputs = questions.inputs(
        event_set,
        _written(event_set.events, choices),
        verify_signatures=not choices.once_in(4),
    )
    if choices.once_in(8):
        inputs["pith_number"] = None
    return refusable(inputs, choices) if choices.once_in(16) else inputs


Law = Callable[[Questions, EventSet, Choices], None]

LAWS: Final[dict[str, Law]] = {
    law.__name__: law
    for law in (
        permutation,
        idempotence,
        union,
        monotone_validity,
        monotone_evidence,
        resigning,
        rejected_is_inert,
        fixpoint,
        determinism,
        view,
        agreement,
        verification,
        numbering,
    )
}
"""The laws by the names of the protocol, in its order."""

SETS: Final = Sets(min_events=1, crowds=250, own_keyrings=True)
"""What the laws are tried on."""


def bytes_of(law: str) -> int:
    """How many bytes a law chooses by."""
    return {VERIFICATION: BYTES_OF_ARRIVAL, NUMBERING: BYTES_OF_METADATA}.get(law, BYTES_OF_LAW)


def op_of(law: str) -> Op:
    """What an implementation must be able to do for a law to be tried on it."""
    ops = {VERIFICATION: Op.VERIFY, VIEW: Op.VIEW, NUMBERING: Op.NUMBER}
    return ops.get(law, Op.MERGE)


# What is chosen beside a set does not depend on the number of its events, so that shrinking can
# take any of them away.


def _damage(choices: Choices) -> dict[str, Any]:
    """Other values of some of the members around the content."""
    which = 1 + choices.below(7)
    damaged = {name: choices.pick((None, "", 0)) for name in UNDIGESTED_MEMBERS}
    return {
        name: damaged[name] for place, name in enumerate(UNDIGESTED_MEMBERS) if which >> place & 1
    }


def _answered(merge_request: Callable[[Inputs], bytes], inputs: Inputs) -> bytes | None:
    """The state; None if the merge is refused."""
    try:
        return merge_request(inputs)
    except PithmergeError:
        return None


def _disagreement(expected: bytes | None, specified: bytes | None) -> str:
    said = "one refuses what the other merges"
    if expected is not None and specified is not None:
        said = compare_states(specified, expected).detail
    return (
        "pithmerge.spec and the reference disagree with each other, which is no fault of the "
        f"implementation: please report it ({said})"
    )


def _written(events: Sequence[Any], choices: Choices) -> list[Any]:
    """The events; now and then one of them in another spelling, or in an odd one."""
    which, how = choices.below(256), choices.below(16)
    written = list(events)
    if events and how > 9:
        place = which % len(events)
        written[place] = respelled(events[place], choices)
        if how > 13:
            written[place] = oddly_written(written[place], choices)
    return written


def _shuffled(values: Sequence[T], choices: Choices) -> list[T]:
    """The values in an order of two bytes: reversed for 0, which is what shrinking ends with."""
    order = choices.number(2)
    shuffled = list(reversed(values))
    if order:
        random.Random(order).shuffle(shuffled)
    return shuffled


def _some_of(events: Sequence[Any], choices: Choices) -> list[Any]:
    """The events but for one to eight, of nine bytes; for 0 without the first."""
    how_many, places = 1 + choices.below(8), choices.bytes_of(8)
    left_out = {place % max(len(events), 1) for place in places[:how_many]}
    return [event for index, event in enumerate(events) if index not in left_out]


def _content(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in UNDIGESTED_MEMBERS}


def _identity(event: Any) -> str:
    return f"sha256:{digest(_content(event) if isinstance(event, dict) else event)}"


def _valid_events(
    questions: Questions, event_set: EventSet, answer: bytes
) -> dict[str, dict[str, Any]]:
    """A copy of each event that the implementation calls valid, by id."""
    applied = questions.parsed(answer)["applied_event_ids"]
    by_id = {_identity(event): event for event in event_set.events if isinstance(event, dict)}
    return {event_id: by_id[event_id] for event_id in applied if event_id in by_id}


def _conflicts(state: dict[str, Any]) -> set[tuple[str, ...]]:
    return {
        (
            entry["kind"],
            entry["signer_id"],
            entry["event_type"],
            entry["target"],
            entry["position"] or "",
            event_id,
        )
        for entry in state["equivocations"]
        for event_id in entry["event_ids"]
    }


def _rebuilt_inputs(questions: Questions, event_set: EventSet, state: dict[str, Any]) -> Inputs:
    try:
        contents = [_content(event) for event in document_of(state).events]
        rebuilt = [{**content, **_digests(content)} for content in contents]
    except PithmergeError as error:
        questions.violated(f"the events of its state cannot be rebuilt: {error}")
    inputs = questions.inputs(event_set, rebuilt, verify_signatures=False)
    return {**inputs, "source_aliases": state["current"]["source_aliases"]}


def _digests(content: dict[str, Any]) -> dict[str, Any]:
    sha256 = digest(content)
    return {"content_sha256": sha256, "event_id": f"sha256:{sha256}"}


def _signer_of(event: dict[str, Any]) -> Signer | None:
    """Who can sign the event again; nobody, if it is one that only a mistake can call valid."""
    claimed = event.get("signer")
    fingerprint = claimed.get("public_key_fingerprint") if isinstance(claimed, dict) else None
    return next((signer for signer in SIGNERS if signer.key.fingerprint == fingerprint), None)
