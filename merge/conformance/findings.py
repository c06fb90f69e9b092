"""A violation as people read it: where two answers differ, and how the events are linked."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pithmerge.canon import read_json, sha256_hex
from pithmerge.canon.limits import MAX_DOCUMENT_DEPTH
from pithmerge.canon.paths import Difference
from pithmerge.conformance.protocol import Op, decode_b64
from pithmerge.conformance.questions import Inputs, LawViolation, op_of_inputs
from pithmerge.conformance.reference import merge_request
from pithmerge.conformance.states import read_state
from pithmerge.conformance.telling import shown_value, side_by_side, telling_difference
from pithmerge.errors import PithmergeError
from pithmerge.showing import brief, clipped, printable
from pithmerge.spec.events import identity

_WIDTH: Final = 88
_LONGEST_DOCUMENT: Final = 800
_MOST_EVENTS: Final = 16
_SHORT_ID: Final = 8
_EVENT_ID: Final = re.compile(r"sha256:[0-9a-f]{64}")
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+)\]")


def lines_of(violation: LawViolation) -> Iterator[str]:
    """What is printed of a violation below its law and its detail, each line `printable`."""
    names = ("expected", "found") if violation.is_by_reference else ("one answer", "another")
    ops = {op_of_inputs(inputs) for inputs in violation.requests}
    if Op.VERIFY in ops:
        yield from _documents(violation.requests)
        return
    involved: set[str] = set()
    if violation.compared is not None:
        found = _difference(*violation.compared)
        if found is not None:
            involved = _involved(found, violation.compared)
            yield printable(f"at {found.path}")
            yield from side_by_side(shown_value(found.left), shown_value(found.right), names)
        else:
            one, other = (_text(data) for data in violation.compared)
            yield "the bytes"
            yield from side_by_side(one, other, names)
    if Op.NUMBER in ops:
        for inputs in violation.requests:
            data = decode_b64(inputs["metadata_b64"], "metadata_b64")
            yield printable(clipped(f"of {_text(data)}", _LONGEST_DOCUMENT))
        return
    for instant in dict.fromkeys(each["as_of"] for each in violation.requests if "as_of" in each):
        yield printable(f"as of {instant}")
    yield from _events(violation.requests, involved)


def _documents(requests: Sequence[Inputs]) -> Iterator[str]:
    """The documents of the requests in short; the detail says in which row the reports differ."""
    for inputs in requests:
        data = decode_b64(inputs["document_b64"], "document_b64")
        trusted = ", ".join(brief(key["key_id"], 40) for key in inputs["keys"]) or "none"
        yield printable(clipped(f"of {len(data):,} bytes: {_text(data)}", _LONGEST_DOCUMENT))
        yield printable(clipped(f"keys: {trusted}", _LONGEST_DOCUMENT))


def _text(data: bytes) -> str:
    return shown_value(data.decode("utf-8", "backslashreplace"))


def _difference(one: bytes, other: bytes) -> Difference | None:
    """Where two answers differ, in what tells most; None if they differ in form alone."""
    try:
        return telling_difference(read_state(one), read_state(other))
    except PithmergeError:
        return None


def _involved(found: Difference, compared: tuple[bytes, bytes]) -> set[str]:
    """The ids of the events that the difference is about: named there, or of the entry around."""
    involved = set(_EVENT_ID.findall(f"{shown_value(found.left)} {shown_value(found.right)}"))
    for answer in compared:
        value = read_state(answer)
        for name, index in _STEP.findall(found.path):
            step: Any = name or int(index)
            if isinstance(value, dict) and isinstance(value.get("event_id"), str):
                involved.add(value["event_id"])
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                break
        if isinstance(value, dict) and isinstance(value.get("event_id"), str):
            involved.add(value["event_id"])
    return involved


class _Known(NamedTuple):
    """An input of the requests.

    Attributes:
        label: what it is called here: its number, with a prime for each other copy before it.
        event_id: its identity.
        value: its JSON value; None of what is no document.
    """

    label: str
    event_id: str
    value: Any


def _events(requests: Sequence[Inputs], involved: set[str]) -> Iterator[str]:
    """The events of the requests, and in which order each request has them."""
    known = _known(requests)
    labels = {each.event_id: each.label.rstrip("'") for each in known.values()}
    reasons = _reasons(requests)
    for each in [*known.values()][:_MOST_EVENTS]:
        mark = "*" if each.event_id in involved else " "
        reason = reasons.get(each.event_id)
        said = f"  ({reason})" if reason and not each.label.endswith("'") else ""
        yield f"{mark} {each.label:3} {_said(each, labels)}{said}"
    if len(known) > _MOST_EVENTS:
        yield f"and {len(known) - _MOST_EVENTS:,} more"
    if len(requests) > 1:
        for number, inputs in enumerate(requests, start=1):
            order = [known[text].label for text in inputs["events_b64"]]
            shown = clipped(" ".join(order), _WIDTH) or "none"
            yield f"{op_of_inputs(inputs)} {number} of: {shown}"


def _known(requests: Sequence[Inputs]) -> dict[str, _Known]:
    """Every input, by its base64."""
    known: dict[str, _Known] = {}
    numbers: dict[str, int] = {}
    copies: dict[str, int] = {}
    for text in (text for inputs in requests for text in inputs["events_b64"]):
        if text in known:
            continue
        data = decode_b64(text, "events_b64")
        try:
            value = read_json(data)
            event_id = identity(value)
        except PithmergeError:
            value, event_id = None, f"no document: {sha256_hex(data)}"
        number = numbers.setdefault(event_id, len(numbers) + 1)
        copies[event_id] = copies.get(event_id, -1) + 1
        known[text] = _Known(f"{number}{chr(39) * copies[event_id]}", event_id, value)
    return known


def _said(event: _Known, labels: Mapping[str, str]) -> str:
    """An event in short: its id, what it is, who says so, when, and its links."""
    if event.event_id.startswith("no document"):
        return "no JSON document"
    short = event.event_id[7 : 7 + _SHORT_ID]
    value = event.value
    if not isinstance(value, dict):
        return printable(f"{short} {brief(value, 60)}")
    signer = value.get("signer")
    signer_id = signer.get("signer_id") if isinstance(signer, dict) else None
    parts = [value.get("event_type"), value.get("target"), signer_id, value.get("created_at")]
    said = [part if isinstance(part, str) else brief(part, 40) for part in parts]
    links = [_link("prev", value.get("prev_event"), labels)]
    superseded = value.get("supersedes")
    listed = superseded if isinstance(superseded, list) else [superseded]
    links += [_link("supersedes", name, labels) for name in listed[:4]]
    links += ["…"] if len(listed) > 4 else []
    return printable(clipped(" ".join((short, *said, *filter(None, links))), 160))


def _link(kind: str, name: Any, labels: Mapping[str, str]) -> str:
    if name is None:
        return ""
    known = labels.get(name) if isinstance(name, str) else None
    if known is not None:
        return f"{kind} {known}"
    short = name[7 : 7 + _SHORT_ID] if isinstance(name, str) and name else brief(name, 20)
    return f"{kind} {short} (not given)"


def _reasons(requests: Sequence[Inputs]) -> dict[str, str]:
    """Why the reference rejects which event, of the request with the most events."""
    largest = max(requests, key=lambda inputs: len(inputs["events_b64"]), default=None)
    try:
        state = read_json(merge_request(largest or {}), max_depth=MAX_DOCUMENT_DEPTH)
    except (PithmergeError, KeyError):
        return {}
    return {entry["event_id"]: entry["reason"] for entry in state["invalid_events"]}
