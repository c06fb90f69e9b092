"""What the laws ask: merges of drawn event sets, and answers that a law can look into."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn

from pithmerge.canon import canonical_json, compact_json
from pithmerge.conformance.implementations import Implementation
from pithmerge.conformance.protocol import Op, decode_b64, encode_b64
from pithmerge.conformance.runner import OTHER_ENVIRONMENT
from pithmerge.conformance.states import read_state
from pithmerge.conformance.verdicts import compare_states
from pithmerge.core.rules import V1
from pithmerge.drawn.sets import EventSet
from pithmerge.errors import PithmergeError
from pithmerge.showing import clipped

Inputs = dict[str, Any]

AGREEMENT: Final = "agreement"
SPECIFICATION: Final = "specification"
"""What the hunt calls it when pithmerge's reference and its executable specification disagree."""
VERIFICATION: Final = "verification"
VIEW: Final = "view"
NUMBERING: Final = "numbering"
BY_REFERENCE: Final = (AGREEMENT, SPECIFICATION, VERIFICATION, NUMBERING)

_ENVIRONMENT: Final = " ".join(f"{name}={value}" for name, value in OTHER_ENVIRONMENT.items())
_SHOWN: Final = 300
"""Characters of what an implementation says that are repeated."""
_LONGEST_DETAIL: Final = 1000


def op_of_inputs(inputs: Mapping[str, Any]) -> Op:
    """What inputs that a law asks about are asked for."""
    if "document_b64" in inputs:
        return Op.VERIFY
    if "metadata_b64" in inputs:
        return Op.NUMBER
    return Op.VIEW if "as_of" in inputs else Op.MERGE


def answer_of_number(result: Mapping[str, Any] | None) -> bytes:
    """What a law keeps of a result of ``number``; None of a refusal."""
    if result is None:
        return b"null"
    names = ("canonical_record", "canonical_sha256", "pith_number")
    return canonical_json({name: result[name] for name in names})


class LawViolation(Exception):  # noqa: N818 - it is what the law is called that matters
    """The implementation broke a law.

    Attributes:
        law: its name.
        detail: how, in one sentence.
        requests: the inputs of the merges that show it.
        answers: what came back for them; for the last there may be nothing.
        elsewhere: whether the last of them is for a start in another environment.
        compared: the two answers that are to be the same, where there are two; of those that
            `is_by_reference` the first is the reference's.
    """

    def __init__(
        self,
        law: str,
        detail: str,
        requests: Iterable[Inputs],
        *,
        answers: Iterable[bytes] = (),
        elsewhere: bool = False,
        compared: tuple[bytes, bytes] | None = None,
    ) -> None:
        super().__init__(law, detail)
        self.law = law
        self.detail = detail
        self.requests = tuple(requests)
        self.answers = tuple(answers)
        self.elsewhere = elsewhere
        self.compared = compared

    def __reduce__(self) -> tuple[Any, ...]:
        """How it is sent from one process to another, all of it."""
        return _violation, (self.law, self.detail, dict(vars(self)))

    @property
    def is_by_reference(self) -> bool:
        """Whether the implementation is held to the reference, and not to itself."""
        return self.law in BY_REFERENCE


def _violation(law: str, detail: str, members: dict[str, Any]) -> LawViolation:
    violation = LawViolation(law, detail, ())
    vars(violation).update(members)
    return violation


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
        self._answers: list[bytes] = []
        self._texts: dict[int, tuple[Any, str]] = {}
        self._implementation = implementation
        self._elsewhere = elsewhere or implementation
        self._seconds = seconds
        self._last_was_elsewhere = False
        self._when = ""

    def inputs(
        self,
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
            "events_b64": [self._text_of(event) for event in given],
        }

    def _text_of(self, event: Any) -> str:
        """An event's base64, made once for each object: laws ask for the same events again."""
        known = self._texts.get(id(event))
        if known is not None and known[0] is event:
            return known[1]
        text = encode_b64(event if isinstance(event, bytes) else compact_json(event))
        self._texts[id(event)] = event, text
        return text

    def merge(self, inputs: Inputs) -> bytes:
        """The state's bytes that the implementation gives."""
        return self._state(self._result(self._implementation, inputs))

    def merge_elsewhere(self, inputs: Inputs) -> bytes:
        """The same of it when started anew, in another environment."""
        self._last_was_elsewhere = True
        if self._elsewhere is not self._implementation:
            self._when = f"started anew with {_ENVIRONMENT}: "
        return self._state(self._result(self._elsewhere, inputs))

    def report(self, inputs: Inputs) -> bytes:
        """The bytes of the report that the implementation gives on a document."""
        result = self._result(self._implementation, inputs, Op.VERIFY)
        if "refused" in result:
            said = clipped(repr(result["refused"]), _SHOWN)
            self.violated(f"it refuses a document, of which there is always a report: {said}")
        self._answers.append(decode_b64(result["report_b64"], "report_b64"))
        return self._answers[-1]

    def view(self, inputs: Inputs) -> bytes:
        """The bytes of the state that the implementation gives as of an instant."""
        return self._state(self._result(self._implementation, inputs, Op.VIEW))

    def number(self, inputs: Inputs) -> bytes:
        """What the implementation makes of metadata, as `answer_of_number` keeps it."""
        result = self._result(self._implementation, inputs, Op.NUMBER)
        self._answers.append(answer_of_number(None if "refused" in result else result))
        return self._answers[-1]

    def answer(self, inputs: Inputs) -> bytes:
        """What the implementation answers to inputs, whatever they are asked for."""
        ask = {Op.VERIFY: self.report, Op.NUMBER: self.number, Op.VIEW: self.view}
        return ask.get(op_of_inputs(inputs), self.merge)(inputs)

    def refuses(self, inputs: Inputs) -> bool:
        """Whether it refuses the merge."""
        return "refused" in self._result(self._implementation, inputs)

    def _result(
        self, implementation: Implementation, inputs: Inputs, op: Op = Op.MERGE
    ) -> dict[str, Any]:
        self.requests.append(inputs)
        reply = implementation.run(op, inputs, seconds=self._seconds)
        if reply.answer is None:
            self.violated(f"no answer ({reply.problem}): {reply.detail}")
        if "failed" in reply.answer:
            message = clipped(repr(reply.answer["failed"]["message"]), _SHOWN)
            self.violated(f"no answer (crash): it caught an exception: {message}")
        if "unsupported" in reply.answer:
            self.violated(f"no answer (unsupported): its hello lists {op}")
        result: dict[str, Any] = reply.answer["result"]
        return result

    def _state(self, result: dict[str, Any]) -> bytes:
        if "refused" in result:
            said = clipped(repr(result["refused"]), _SHOWN)
            self.violated(f"it refuses a merge that must yield a state: {said}")
        self._answers.append(decode_b64(result["state_b64"], "state_b64"))
        return self._answers[-1]

    def violated(self, detail: str, *, compared: tuple[bytes, bytes] | None = None) -> NoReturn:
        """Raise LawViolation; see there."""
        raise LawViolation(
            self.law,
            clipped(f"{self._when}{detail}", _LONGEST_DETAIL),
            self.requests,
            answers=self._answers,
            elsewhere=self._last_was_elsewhere,
            compared=compared,
        ) from None

    def require(self, holds: bool, detail: str) -> None:
        """Raise LawViolation unless it holds."""
        if not holds:
            self.violated(detail)

    def require_same(self, one: bytes, other: bytes) -> None:
        """Require two answers to be the same to the byte."""
        if one != other:
            self.violated(compare_states(one, other).detail, compared=(one, other))

    def parsed(self, answer: bytes) -> dict[str, Any]:
        """The state in an answer: an object with the members that laws look into."""
        try:
            state = read_state(answer)
        except PithmergeError as error:
            self.violated(f"the state cannot be read: {clipped(str(error), _SHOWN)}")
        if not _has_form_of_state(state):
            shown = clipped(repr(answer), _SHOWN)
            self.violated(
                f"the answer is no state, for it lacks members or has them wrong: {shown}"
            )
        checked: dict[str, Any] = state
        return checked


def _has_form_of_state(value: Any) -> bool:
    """Whether a JSON value has the members of a state that laws look into, in their form."""
    if not isinstance(value, dict):
        return False
    current = value.get("current")
    return (
        isinstance(current, dict)
        and "source_aliases" in current
        and isinstance(current.get("record_created"), dict | None)
        and all(_is_list_of(dict, current.get(name)) for name in V1.lists_of_current.values())
        and _is_list_of(str, value.get("applied_event_ids"))
        and _is_list_of(dict, value.get("invalid_events"))
        and all(_are_strings(entry, "event_id", "reason") for entry in value["invalid_events"])
        and _is_list_of(dict, value.get("equivocations"))
        and all(_has_form_of_equivocation(entry) for entry in value["equivocations"])
    )


def _has_form_of_equivocation(entry: dict[str, Any]) -> bool:
    return (
        _are_strings(entry, "kind", "signer_id", "event_type", "target")
        and isinstance(entry.get("position"), str | None)
        and _is_list_of(str, entry.get("event_ids"))
    )


def _is_list_of(kind: type, value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)


def _are_strings(entry: dict[str, Any], *names: str) -> bool:
    return all(isinstance(entry.get(name), str) for name in names)
