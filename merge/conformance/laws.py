"""The nine laws of SPEC 9, and agreement with the reference, as questions to any implementation.

Each law is one function: it draws what it needs, asks for some merges, and raises `LawViolation` if
the answers break the law. No reference answer is needed but for `agreement`.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

from hypothesis import strategies as st

from pithmerge.canon import compact_json, digest, read_json
from pithmerge.canon.limits import MAX_DOCUMENT_DEPTH
from pithmerge.conformance.implementations import Implementation
from pithmerge.conformance.protocol import Op, decode_b64, encode_b64
from pithmerge.conformance.reference import merge_request
from pithmerge.conformance.verdicts import Verdict, compare_states, read_state
from pithmerge.crypto import SignedMessage
from pithmerge.documents import document_of
from pithmerge.errors import PithmergeError
from pithmerge.strategies import SIGNERS, EventSet, event_sets, permutations_of, splits_of
from pithmerge.vocabulary import UNDIGESTED_MEMBERS

Draw = st.DataObject
Inputs = dict[str, Any]


class LawViolation(Exception):  # noqa: N818 - it is what the law is called that matters
    """The implementation broke a law.

    Attributes:
        law: its name.
        detail: how, in one sentence.
        requests: the inputs of the merges that show it.
    """

    def __init__(self, law: str, detail: str, requests: Iterable[Inputs]) -> None:
        super().__init__(law, detail)
        self.law = law
        self.detail = detail
        self.requests = tuple(requests)


class Questions:
    """The merges of one attempt on one law.

    Args:
        law: the law's name.
        implementation: whom to ask.
        elsewhere: the same, started anew in another environment; None where it cannot be.
        seconds: the time limit of a merge.
    """

    def __init__(
        self,
        law: str,
        implementation: Implementation,
        elsewhere: Implementation | None,
        seconds: float,
    ) -> None:
        self.law = law
        self.requests: list[Inputs] = []
        self._implementation = implementation
        self._elsewhere = elsewhere or implementation
        self._seconds = seconds

    def merge(self, inputs: Inputs) -> bytes | None:
        """The state's bytes that the implementation gives; None if it refuses."""
        self.requests.append(inputs)
        return self._asked(self._implementation, inputs)

    def merge_elsewhere(self, inputs: Inputs) -> bytes | None:
        """The same of it when started anew, in another environment."""
        return self._asked(self._elsewhere, inputs)

    def _asked(self, implementation: Implementation, inputs: Inputs) -> bytes | None:
        reply = implementation.run(Op.MERGE, inputs, seconds=self._seconds)
        answer = reply.answer or {}
        if "result" not in answer:
            problem = reply.problem or ", ".join(name for name in answer if name != "seq")
            detail = reply.detail or str(answer.get("failed") or answer.get("unsupported"))
            raise LawViolation(self.law, f"no answer ({problem}): {detail}", self.requests)
        result = answer["result"]
        return None if "refused" in result else decode_b64(result["state_b64"], "state_b64")

    def require(self, holds: bool, detail: str) -> None:
        """Raise LawViolation unless it holds."""
        if not holds:
            raise LawViolation(self.law, detail, self.requests)

    def require_same(self, one: bytes | None, other: bytes | None) -> None:
        """Require two answers to be the same to the byte."""
        if one == other:
            return
        if one is None or other is None:
            self.require(False, "one of the merges is refused, the other is not")
        else:
            self.require(False, compare_states(one, other).detail)

    def parsed(self, answer: bytes | None) -> dict[str, Any]:
        """The state in an answer, which must be one."""
        self.require(answer is not None, "a merge that must yield a state is refused")
        try:
            state = read_state(answer or b"")
            return {name: state[name] for name in state}
        except (PithmergeError, TypeError, KeyError):
            self.require(False, "the answer is no state")
            raise


def inputs_of(
    event_set: EventSet,
    events: Iterable[Any] | None = None,
    *,
    verify_signatures: bool = True,
) -> Inputs:
    """The inputs of the merge of a drawn set, or of other events with what the set says.

    Args:
        event_set: the set.
        events: parsed events, or bytes as they are; None for those of the set.
        verify_signatures: see SPEC 5.1a.
    """
    given = event_set.events if events is None else events
    return {
        "pith_number": event_set.pith_number,
        "keys": [key.to_entry() for key in event_set.keyring.keys],
        "source_aliases": event_set.source_aliases,
        "verify_signatures": verify_signatures,
        "events_b64": [
            encode_b64(event if isinstance(event, bytes) else compact_json(event))
            for event in given
        ],
    }


def permutation(questions: Questions, event_set: EventSet, data: Draw) -> None:
    """Law 1: the order of arrival does not change a byte."""
    shuffled = data.draw(permutations_of(event_set.events))
    questions.require_same(
        questions.merge(inputs_of(event_set)), questions.merge(inputs_of(event_set, shuffled))
    )


def idempotence(questions: Questions, event_set: EventSet, data: Draw) -> None:
    """Law 2: repeated events, and damaged copies of valid ones, do not change a byte."""
    answer = questions.merge(inputs_of(event_set))
    valid = _valid_events(questions, event_set, answer)
    again = data.draw(st.lists(st.sampled_from(range(len(event_set.events))), max_size=4))
    damage = st.fixed_dictionaries(
        {}, optional={name: st.sampled_from((None, "", 0)) for name in UNDIGESTED_MEMBERS}
    )
    copies = [{**_content(event), **data.draw(damage)} for event in valid.values()]
    arrivals = [*copies, *event_set.events, *(event_set.events[index] for index in again)]
    shuffled = data.draw(permutations_of(arrivals))
    questions.require_same(answer, questions.merge(inputs_of(event_set, shuffled)))


def union(questions: Questions, event_set: EventSet, data: Draw) -> None:
    """Law 3: the state of a union does not depend on its split; parts may overlap."""
    parts = data.draw(splits_of(event_set.events))
    overlap = data.draw(splits_of(event_set.events))[0]
    united = [event for part in reversed(parts) for event in part]
    questions.require_same(
        questions.merge(inputs_of(event_set)),
        questions.merge(inputs_of(event_set, [*overlap, *united])),
    )


def monotone_validity(questions: Questions, event_set: EventSet, data: Draw) -> None:
    """Law 4: what is valid among some events is valid among more."""
    part = data.draw(splits_of(event_set.events))[0]
    fewer = questions.parsed(questions.merge(inputs_of(event_set, part)))
    more = questions.parsed(questions.merge(inputs_of(event_set)))
    lost = sorted(set(fewer["applied_event_ids"]) - set(more["applied_event_ids"]))
    questions.require(not lost, f"{lost[:1]} is valid until more events arrive")


def monotone_evidence(questions: Questions, event_set: EventSet, data: Draw) -> None:
    """Law 5: who is in conflict among some events is so among more."""
    part = data.draw(splits_of(event_set.events))[0]
    fewer = _conflicts(questions.parsed(questions.merge(inputs_of(event_set, part))))
    more = _conflicts(questions.parsed(questions.merge(inputs_of(event_set))))
    lost = sorted(fewer - more)
    questions.require(not lost, f"the evidence {lost[:1]} disappears when more events arrive")


def resigning(questions: Questions, event_set: EventSet, data: Draw) -> None:
    """Law 6: fresh signatures, other dates on them, other member order and white space."""
    answer = questions.merge(inputs_of(event_set))
    valid = _valid_events(questions, event_set, answer)
    signers = {signer.key.fingerprint: signer for signer in SIGNERS}
    again: list[Any] = []
    for event in event_set.events:
        fresh = event
        if isinstance(event, dict) and _identity(event) in valid:
            good = valid[_identity(event)]
            signer = signers.get(good["signer"]["public_key_fingerprint"])
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
        again.append(_respaced(fresh, data))
    questions.require_same(answer, questions.merge(inputs_of(event_set, again)))


def rejected_is_inert(questions: Questions, event_set: EventSet, data: Draw) -> None:
    """Law 7: without the rejected events the state is the same but for what counts them."""
    del data
    state = questions.parsed(questions.merge(inputs_of(event_set)))
    invalid = {entry["event_id"] for entry in state["invalid_events"]}
    kept = [event for event in event_set.events if _identity(event) not in invalid]
    without = questions.parsed(questions.merge(inputs_of(event_set, kept)))
    counting = ("event_count", "invalid_event_count", "invalid_events", "state_sha256")
    for name in state:
        if name not in counting:
            questions.require(state[name] == without.get(name), f"rejected events change $.{name}")


def fixpoint(questions: Questions, event_set: EventSet, data: Draw) -> None:
    """Law 8: a state whose events can be rebuilt from it is the state of those events."""
    del data
    # Rebuilt events have no links, so the second state is one that the law speaks of.
    first = questions.parsed(questions.merge(inputs_of(event_set)))
    second = questions.merge(_rebuilt_inputs(event_set, first))
    state = questions.parsed(second)
    if not state["invalid_events"]:
        questions.require_same(second, questions.merge(_rebuilt_inputs(event_set, state)))


def determinism(questions: Questions, event_set: EventSet, data: Draw) -> None:
    """Law 9: the same when asked again, and when started anew in another environment."""
    del data
    inputs = inputs_of(event_set)
    answer = questions.merge(inputs)
    questions.require_same(answer, questions.merge(inputs))
    questions.require_same(answer, questions.merge_elsewhere(inputs))


def agreement(questions: Questions, event_set: EventSet, data: Draw) -> None:
    """The same bytes as the reference."""
    verify_signatures = data.draw(st.sampled_from((True, True, True, False)))
    inputs = inputs_of(event_set, verify_signatures=verify_signatures)
    found = questions.merge(inputs)
    questions.require(found is not None, "it refuses what the reference merges")
    judgement = compare_states(merge_request(inputs), found or b"")
    questions.require(judgement.verdict is Verdict.PASS, judgement.detail)


Law = Callable[[Questions, EventSet, Draw], None]

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
        agreement,
    )
}
"""The laws by the names of the protocol, in its order."""

SETS: Final = event_sets(min_events=1)
"""What the laws are tried on."""


def _content(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in UNDIGESTED_MEMBERS}


def _identity(event: Any) -> str:
    return f"sha256:{digest(_content(event) if isinstance(event, dict) else event)}"


def _valid_events(
    questions: Questions, event_set: EventSet, answer: bytes | None
) -> dict[str, dict[str, Any]]:
    """A copy of each event that the implementation calls valid, by id."""
    applied = questions.parsed(answer).get("applied_event_ids")
    by_id = {_identity(event): event for event in event_set.events if isinstance(event, dict)}
    ids = applied if isinstance(applied, list) else []
    return {event_id: by_id[event_id] for event_id in ids if event_id in by_id}


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


def _rebuilt_inputs(event_set: EventSet, state: dict[str, Any]) -> Inputs:
    rebuilt = [
        {**_content(event), **_digests(_content(event))} for event in document_of(state).events
    ]
    inputs = inputs_of(event_set, rebuilt, verify_signatures=False)
    return {**inputs, "source_aliases": state["current"]["source_aliases"]}


def _digests(content: dict[str, Any]) -> dict[str, Any]:
    sha256 = digest(content)
    return {"content_sha256": sha256, "event_id": f"sha256:{sha256}"}


def _respaced(event: Any, data: Draw) -> bytes:
    """The event's JSON with its members in another order, white space and escapes."""
    if isinstance(event, dict):
        event = {name: event[name] for name in data.draw(permutations_of(list(event)))}
    text = json.dumps(event, ensure_ascii=data.draw(st.booleans()), indent=data.draw(st.just(1)))
    data_bytes = text.encode()
    assert read_json(data_bytes, max_depth=MAX_DOCUMENT_DEPTH) == event
    return data_bytes
