"""Events that evidence carries as base64, changed: no change of the file itself comes to them."""

from collections.abc import Mapping
from typing import Any, Final

from pithmerge.canon import MAX_DEPTH
from pithmerge.core.event import is_well_formed
from pithmerge.crypto import encode_base64
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.documents import text_of
from pithmerge.drawn.mutations import BYTES_OF_MUTATION, mutated, signed_anew, with_digest
from pithmerge.errors import PithmergeError
from pithmerge.evidence_form import event_in_evidence, keys_needed

MOST_EVENTS: Final = 2
BYTES_OF_CARRIED: Final = 2 + MOST_EVENTS * (2 + BYTES_OF_MUTATION) + 2
_FOUND: Final = {"file": "b.json", "sha256": "0" * 64, "place": "$.events[0]"}


def with_events_changed(document: Any, event: Any, choices: Choices) -> Any:
    """Evidence of which up to `MOST_EVENTS` events are changed; any other document as it is.

    Args:
        document: it is not changed itself.
        event: one that may be carried as well, or of which parts are taken.
        choices: `BYTES_OF_CARRIED` of them; of zero bytes no event is changed.
    """
    times, is_more = choices.below(MOST_EVENTS + 1), choices.once_in(2)
    try:
        entries = list(document["events"]) if "evidence_type" in document else []
        if is_more and "evidence_type" in document:
            entries.append(_carrying({"found": [_FOUND]}, event))
        for _ in range(times if entries else 0):
            place, is_signed = choices.below(len(entries)), choices.below(4) < 3
            entries[place] = _changed(entries[place], event, choices, is_signed=is_signed)
    except (PithmergeError, KeyError, TypeError, AttributeError, ValueError):
        return document  # too broken to carry any
    if not entries or not (times or is_more):
        return document
    return _closed({**document, "events": entries}, choices)


def _changed(
    entry: Mapping[str, Any], other: Any, choices: Choices, *, is_signed: bool
) -> dict[str, Any]:
    change = Choices(choices.bytes_of(BYTES_OF_MUTATION))
    event = mutated(_event_of(entry), other, change)
    anew = signed_anew(event) if is_signed else event
    return _carrying(entry, anew)


def _carrying(entry: Mapping[str, Any], event: Any) -> dict[str, Any]:
    return {**entry, "event_b64": encode_base64(text_of(event))}


def _closed(document: Mapping[str, Any], choices: Choices) -> Any:
    """The file with its events in order, with the keys that they name and its digest, mostly."""
    in_order, has_keys = choices.below(4) < 3, choices.below(4) < 3
    try:
        events = [(_event_of(entry), entry) for entry in document["events"]]
        if in_order:
            events.sort(key=lambda pair: str(pair[0]["event_id"]))
        anew = {**document, "events": [entry for _, entry in events]}
        if has_keys:
            anew["keys"] = list(keys_needed(event for event, _ in events if is_well_formed(event)))
        return with_digest(anew, "evidence_sha256")
    except (PithmergeError, KeyError, TypeError, AttributeError, ValueError):
        return dict(document)


def _event_of(entry: Mapping[str, Any]) -> Any:
    return event_in_evidence(entry, MAX_DEPTH).value
