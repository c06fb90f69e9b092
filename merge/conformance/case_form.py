"""The form of a case: what a line of a corpus must hold (CONFORMANCE.md, door 1).

Files of cases come from anywhere. What is checked here is all that the kit relies on.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from pithmerge.conformance.protocol import (
    IN_PLACE_OF,
    OPS_OF_STATES,
    SHOWN,
    Op,
    ProtocolError,
    decode_b64,
)
from pithmerge.conformance.recipes import COUNTS, DIGEST, INSTEAD, RECIPE, is_by_digest
from pithmerge.conformance.states import read_state
from pithmerge.errors import PithmergeError
from pithmerge.showing import brief, clipped


class _Form(NamedTuple):
    """What a value must be: the test, and the words for it."""

    holds: Callable[[Any], bool]
    words: str


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_list_of(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(isinstance(item, kind) for item in value)


def _is_base64(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        decode_b64(value, "")
    except ProtocolError:
        return False
    return True


def _is_row(row: dict[str, Any]) -> bool:
    return (
        isinstance(row.get("place"), str)
        and isinstance(row.get("rule"), str)
        and isinstance(row.get("outcome", 0), str | None)
    )


def _is_state(value: Any) -> bool:
    """Whether it is the base64 of a state, as far as verdicts look into one that is expected."""
    if not _is_base64(value):
        return False
    try:
        state = read_state(decode_b64(value, ""))
    except PithmergeError:
        return False
    return (
        isinstance(state, dict)
        and _is_list_of(dict)(state.get("invalid_events"))
        and isinstance(state.get("state_sha256"), str)
    )


_TEXT: Final = _Form(_is_text, "a string that is not empty")
_STRING: Final = _Form(lambda value: isinstance(value, str), "a string")
_STRINGS: Final = _Form(_is_list_of(str), "a list of strings")
_OBJECT: Final = _Form(lambda value: isinstance(value, dict), "an object")
_OBJECTS: Final = _Form(_is_list_of(dict), "a list of objects")
_BASE64: Final = _Form(_is_base64, "base64")
_ROWS: Final = _Form(
    lambda value: _is_list_of(dict)(value) and all(map(_is_row, value)),
    'a list of rows, each with a "place", a "rule" and an "outcome" (null of none)',
)
_OP: Final = _Form(list(Op).__contains__, "one of " + ", ".join(f'"{op}"' for op in Op))

_MERGE: Final = {
    "op": _OP,
    "pith_number": _Form(lambda value: isinstance(value, str | None), "a string or null"),
    "keys": _OBJECTS,
    "source_aliases": _Form(lambda value: isinstance(value, list | None), "a list or null"),
    "verify_signatures": _Form(lambda value: isinstance(value, bool), "true or false"),
    "events_b64": _Form(
        lambda value: isinstance(value, list) and all(map(_is_base64, value)),
        "a list of base64 strings",
    ),
}
_ANYTHING: Final = _Form(lambda _: True, "anything")

_CASE: Final = {
    "id": _TEXT,
    "suite": _TEXT,
    "description": _STRING,
    "because": _STRINGS,
    "op": _OP,
    "in": _OBJECT,
    "expect": _OBJECT,
}
_INPUTS: Final[Mapping[str, Mapping[str, _Form]]] = {
    Op.MERGE: _MERGE,
    Op.CANONICALIZE: {"op": _OP, "json_b64": _BASE64},
    Op.EVIDENCE: {"op": _OP, "keys": _OBJECTS, "document_b64": _BASE64},
    Op.VERIFY: {"op": _OP, "keys": _OBJECTS, "document_b64": _BASE64},
    Op.VIEW: {**_MERGE, "as_of": _ANYTHING},
    Op.NUMBER: {"op": _OP, "metadata_b64": _BASE64},
}
"""What a request of version 1 has; for some of it `IN_PLACE_OF` knows another form."""
_RECIPE: Final = {
    RECIPE: _Form(lambda value: isinstance(value, list), "a list of steps"),
    DIGEST: _STRING,
}
_COUNT: Final = _Form(lambda value: type(value) is int, "an integer")
_LONG_STATE: Final = {
    "published_sha256": _STRING,
    "state_sha256": _STRING,
    **dict.fromkeys(COUNTS, _COUNT),
}
_LONG_TEXT: Final = {"sha256": _STRING}
_LONG: Final[Mapping[str, Mapping[str, _Form]]] = {
    **dict.fromkeys(OPS_OF_STATES, _LONG_STATE),
    Op.CANONICALIZE: _LONG_TEXT,
    Op.VERIFY: {"report_sha256": _STRING, "verdict": _TEXT, "rows": _ROWS},
}
"""What is expected of a result that would be long."""
_REFUSAL: Final = {"refused": _STRING}
_WHOLE_STATE: Final = {"state_b64": _Form(_is_state, "the base64 of a state")}
_STATE: Final = {
    "state_sha256": _STRING,
    "invalid_events": _OBJECTS,
    "equivocations": _OBJECTS,
    "applied_event_ids": _STRINGS,
}
_RESULTS: Final[Mapping[str, Mapping[str, _Form]]] = {
    **dict.fromkeys(OPS_OF_STATES, _STATE),
    Op.CANONICALIZE: {"canonical_b64": _BASE64, "sha256": _STRING},
    Op.EVIDENCE: {"holds": _Form(lambda value: isinstance(value, bool), "true or false")},
    Op.VERIFY: {"report_b64": _BASE64},
    Op.NUMBER: {"canonical_sha256": _STRING, "pith_number": _STRING},
}
_PROVEN: Final = {"equivocations_b64": _BASE64}
_NOT_PROVEN: Final = {"reason": _TEXT}


def problem_of(value: Any) -> str | None:
    """Why a parsed line is no case, in one sentence with what to do; None if it is one."""
    if not isinstance(value, dict):
        return f"a case must be an object, as CONFORMANCE.md shows it; this is {brief(value)}"
    problem = _problem_of_members(value)
    if problem is None:
        return None
    case_id = value.get("id")
    named = f"case {clipped(case_id, SHOWN)}: " if isinstance(case_id, str) and case_id else ""
    return f"{named}{problem}: write the case as CONFORMANCE.md shows it"


def _problem_of_members(case: dict[str, Any]) -> str | None:
    problem = _first_problem(case, _CASE)
    if problem is None and "twin" in case:
        problem = _first_problem(case, {"twin": _TEXT})
    if problem is not None:
        return problem
    op, inputs = case["op"], case["in"]
    forms = _forms_of_inputs(op, inputs)
    problem = _first_problem(inputs, forms, "in.")
    if problem is None and inputs["op"] != op:
        problem = f'"in.op" must be the same as "op"; they are {inputs["op"]} and {op}'
    # It would be sent, and could stand in the place of "cmd" or "seq".
    extra = next((name for name in inputs if name not in forms), None)
    if problem is None and extra is not None:
        problem = f'"in" has a member that a request does not have, {brief(extra)}'
    return problem or _problem_of_result(case["expect"], op)


def _forms_of_inputs(op: str, inputs: Mapping[str, Any]) -> Mapping[str, _Form]:
    """What ``in`` must hold: the members of a request, or what stands for some of them."""
    forms = dict(_INPUTS[op])
    for name, replaced in IN_PLACE_OF.items():
        if name in inputs and replaced in forms:
            del forms[replaced]
            forms[name] = _BASE64
    if RECIPE in inputs:
        del forms[INSTEAD[op]]
        forms |= _RECIPE
    return forms


def _problem_of_result(expect: dict[str, Any], op: str) -> str | None:
    if "refused" in expect:
        return _first_problem(expect, _REFUSAL, "expect.")
    if op in OPS_OF_STATES and "state_b64" in expect:
        # All that is compared then.
        return _first_problem(expect, _WHOLE_STATE, "expect.")
    if is_by_digest(op, expect):
        return _first_problem(expect, _LONG[op], "expect.")
    problem = _first_problem(expect, _RESULTS[op], "expect.")
    if problem is None and op == Op.NUMBER and "canonical_record" in expect:
        return _first_problem(expect, {"canonical_record": _OBJECT}, "expect.")
    if problem is None and op == Op.EVIDENCE:
        shown = _PROVEN if expect["holds"] else _NOT_PROVEN
        return _first_problem(expect, shown, "expect.")
    return problem


def _first_problem(
    members: dict[str, Any], forms: Mapping[str, _Form], where: str = ""
) -> str | None:
    for name, form in forms.items():
        if name not in members:
            return f'"{where}{name}" is missing'
        if not form.holds(members[name]):
            return f'"{where}{name}" must be {form.words}; it is {brief(members[name])}'
    return None
