"""What was altered around the events of a bundle, where undoing it gives the digest that the bundle
states (SPEC 10.6)."""

from collections.abc import Iterator
from typing import Any, Final

from pithmerge.canon import sha256_hex
from pithmerge.canon.paths import json_path
from pithmerge.documents import Document
from pithmerge.showing import clipped
from pithmerge.verification.places import places_of
from pithmerge.verification.rows import at, entries_of

_SIGNED_BY: Final = "bundle_signature"
_SHOWN: Final = 3


def is_stated_digest(document: Document, value: dict[str, Any]) -> bool:
    """Whether a bundle with these members has the digest that the document states."""
    stated = at(document.value, _SIGNED_BY, "bundle_sha256")
    body = {name: value[name] for name in value if name != _SIGNED_BY}
    return bool(sha256_hex(document.canonical(body)) == stated)


def proven_alteration(document: Document) -> str | None:
    """What was done to a bundle whose events and state hold, in words; None if it is none of what
    happens by itself: an event that is there twice, events in another order, a member added."""
    for words, value in _undone(document):
        if is_stated_digest(document, value):
            return words
    return None


def _undone(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    value = document.value
    events = entries_of(value, "events")
    first: dict[bytes, int] = {}
    copies: list[str] = []
    for index, event in enumerate(events):
        of = first.setdefault(document.canonical(event), index)
        if of != index:
            copies.append(f"$.events[{index}] is $.events[{of}] once more")
    single = [events[index] for index in first.values()]
    if copies:
        yield _listed(copies), {**value, "events": single}
    order = entries_of(value.get("state"), "applied_event_ids")
    applied = {each: n for n, each in enumerate(order) if isinstance(each, str)}
    ordered = sorted(single, key=lambda each: applied.get(str(at(each, "event_id")), len(order)))
    if ordered != single:
        words = "$.events are not in the order in which they were signed"
        yield _listed([words, *copies]), {**value, "events": ordered}
    paths = (place.where for place in places_of(document.kind) if "." in place.where)
    known = {path.split(".")[1].split("[")[0] for path in paths}
    strange = [name for name in value if name not in known]
    if strange:
        words = _listed([f"{clipped(json_path((name,)), 60)} was added" for name in strange])
        yield words, {name: value[name] for name in value if name in known}


def _listed(words: list[str]) -> str:
    more = f"; and {len(words) - _SHOWN:,} more" if len(words) > _SHOWN else ""
    return "; ".join(words[:_SHOWN]) + more
