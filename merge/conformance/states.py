"""States as somebody else wrote them: read within bounds, put into published form, digested."""

from typing import Any

from pithmerge.canon import MAX_DOCUMENT_DEPTH, canonical_json, compact_json, digest, read_json
from pithmerge.conformance.protocol import MAX_STATE_STRUCTURE, ProtocolError, structure_exceeds
from pithmerge.core.rules import V1
from pithmerge.core.vocabulary import (
    ENTRY_MEMBERS,
    EQUIVOCATION_MEMBERS,
    STATE_MEMBERS,
)


def read_state(data: bytes) -> Any:
    """The JSON value of a state's bytes, however deep its events may be.

    Raises:
        PithmergeError: they are no JSON, or would take long to read.
    """
    if structure_exceeds(data, MAX_STATE_STRUCTURE):
        raise ProtocolError(
            f"it holds over {MAX_STATE_STRUCTURE:,} strings, or bytes outside of them, and is not "
            "read: no state of the corpus is a tenth of that"
        )
    return read_json(data, max_depth=MAX_DOCUMENT_DEPTH)


def digest_of(state: dict[str, Any]) -> str:
    """What ``state_sha256`` must be (SPEC 8.2)."""
    body = {name: value for name, value in state.items() if name != "state_sha256"}
    return digest(body, max_depth=MAX_DOCUMENT_DEPTH)


def published_form(state: dict[str, Any]) -> bytes:
    """The published bytes of a state's content (SPEC 8.1, 8.2), whatever order it came in."""
    current = state["current"]
    ordered = _in_order(state, STATE_MEMBERS)
    ordered["current"] = _in_order(current, V1.current_members)
    for name in V1.current_members:
        if name in ("canonical_record", "source_aliases"):
            ordered["current"][name] = _sorted_deep(current[name])
        elif name == "record_created":
            entry = current[name]
            ordered["current"][name] = None if entry is None else _entry(entry)
        else:
            ordered["current"][name] = [_entry(entry) for entry in current[name]]
    ordered["equivocations"] = [
        _in_order(entry, EQUIVOCATION_MEMBERS) for entry in state["equivocations"]
    ]
    ordered["invalid_events"] = [
        _in_order(entry, ("event_id", "reason")) for entry in state["invalid_events"]
    ]
    return compact_json(ordered, max_depth=MAX_DOCUMENT_DEPTH)


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    ordered = _in_order(entry, ENTRY_MEMBERS)
    ordered["signer"] = _sorted_deep(entry["signer"])
    ordered["payload"] = _sorted_deep(entry["payload"])
    return ordered


def _in_order(members: dict[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    """The members in that order; what the order does not know comes last."""
    rest = {name: value for name, value in members.items() if name not in order}
    return {**{name: members[name] for name in order}, **rest}


def _sorted_deep(value: Any) -> Any:
    return read_json(
        canonical_json(value, max_depth=MAX_DOCUMENT_DEPTH), max_depth=MAX_DOCUMENT_DEPTH
    )
