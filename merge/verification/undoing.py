"""A document as it was before a tool rewrote it, as far as the digests in it prove that."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pithmerge.canon import read_json, sha256_hex
from pithmerge.canon.limits import MAX_DOCUMENT_DEPTH
from pithmerge.canon.paths import json_path
from pithmerge.core.event import is_event_id
from pithmerge.core.rules import Rules
from pithmerge.core.vocabulary import (
    CONTENT_MEMBERS,
    ENTRY_MEMBERS,
    EQUIVOCATION_MEMBERS,
    SIGNER_MEMBERS,
    STATE_MEMBERS,
    UNDIGESTED_MEMBERS,
)
from pithmerge.crypto.blocks import BLOCK_MEMBERS
from pithmerge.documents import Document, DocumentKind, document_of
from pithmerge.showing import brief
from pithmerge.verification.faults import content_of_value, stated_digests
from pithmerge.verification.places import places_of
from pithmerge.verification.repairs import Path, at_path, nodes, snake_case, with_replaced
from pithmerge.verification.rewriting import Search, Undone
from pithmerge.verification.rows import at

_ORDER: Final = "members were put into another order"
_NAMES: Final = "members were renamed"


class Rewriting(NamedTuple):
    """What a tool has done to a document.

    Attributes:
        document: as it was.
        found: the path of each value of which a stated digest came out, and what was undone there.
    """

    document: Document
    found: tuple[tuple[str, Undone], ...]

    @property
    def words(self) -> list[str]:
        """What the tool did, each once. What was put back where it is read last is in no order."""
        words = dict.fromkeys(what for _, undone in self.found for what in undone.what)
        return [each for each in words if each != _ORDER] or [_ORDER]

    @property
    def proven(self) -> list[str]:
        """The paths of the values whose stated digest came out: not that of members that were
        renamed, for no digest is looked at there."""
        return [where for where, undone in self.found if not undone.what[0].startswith(_NAMES)]

    @property
    def is_order_only(self) -> bool:
        """Whether nothing but the order of members was changed."""
        return all(undone.what == (_ORDER,) for _, undone in self.found)

    @property
    def example(self) -> tuple[str, str, str] | None:
        """A place, what stands there, and what stood there."""
        for where, undone in self.found:
            for path, was in undone.sites.items():
                try:
                    shown = brief(at_path(undone.before, path), 60)
                except KeyError:
                    shown = "missing"
                return where + json_path(path).removeprefix("$"), shown, brief(was, 60)
        return None


def undone_document(document: Document) -> Iterator[Rewriting]:
    """What the document may have been before a tool rewrote it: each with a stated digest that
    comes out, or in the order of its members.

    Raises:
        PithmergeError: it is too broken to say.
    """
    value, renamed = _renamed(document)
    found = [] if renamed is None else [("$", renamed)]
    value, more = _undone_values(document, value)
    found += more
    value, ordered = _in_order(document, value)
    found += ordered
    if found:
        yield Rewriting(document_of(value, name=document.name), tuple(found))


def _undone_values(document: Document, value: Any) -> tuple[Any, list[tuple[str, Undone]]]:
    search = Search(document)
    if document.kind is DocumentKind.EVENTS:
        return _undone_events(search, document, value, "$")
    if document.kind is DocumentKind.STATE:
        return _undone_member(search, document, value, "$", "state_sha256")
    if document.kind is DocumentKind.RECORD:
        return _undone_record(search, document, value)
    if document.kind is DocumentKind.BUNDLE:
        return _undone_bundle(search, document, value)
    return value, []


def _undone_bundle(
    search: Search, document: Document, value: dict[str, Any]
) -> tuple[Any, list[tuple[str, Undone]]]:
    """Its events, its record, its state, and then all of it."""
    found: list[tuple[str, Undone]] = []
    events = value.get("events")
    sound = True
    pairs: list[tuple[Any, Any]] = []
    if isinstance(events, list):
        before = events
        events, found = _undone_events(search, document, events, "$.events")
        pairs = list(zip(before, events, strict=True)) if found else []
        value = {**value, "events": events}
        sound = all(_has_stated_digest(document, event) for event in events)
    value, more = _undone_record(search, document, value)
    found += more
    if isinstance(value.get("state"), dict):
        state = _with_entries_of(document, value["state"], pairs)
        state, more = _undone_member(search, document, state, "$.state", "state_sha256")
        value, found = {**value, "state": state}, found + more
        sound = sound and _digest_without(document, state, "state_sha256") == state.get(
            "state_sha256"
        )
    stated = at(value, "bundle_signature", "bundle_sha256")
    computed = _digest_without(document, value, "bundle_signature")
    if sound and computed != stated and is_event_id(f"sha256:{stated}"):
        body = {name: value[name] for name in value if name != "bundle_signature"}
        undone = search.undo(body, str(stated))
        if undone is not None:
            value = {**undone.value, "bundle_signature": value["bundle_signature"]}
            found.append(("$", undone))
    return value, found


def _with_entries_of(
    document: Document, state: dict[str, Any], undone: list[tuple[Any, Any]]
) -> dict[str, Any]:
    """A state whose entries are as those events were of which it shows what now stands in them
    (SPEC 8.1): what differs from that is no tool's doing, and stays.

    Args:
        document: that both are of.
        state: as it stands there.
        undone: each event as it stands there, and as it was.
    """
    by_id = {str(at(was, "event_id")): (now, was) for now, was in undone if isinstance(was, dict)}
    current = state.get("current")
    if not by_id or not isinstance(current, dict):
        return state

    def restored(shown: Any, now: Any, was: Any) -> Any:
        same = document.canonical(shown) == document.canonical(now)
        return was if same else shown

    def entry_of(entry: Any) -> Any:
        event = by_id.get(str(at(entry, "event_id")))
        if event is None:
            return entry
        now, was = event
        return {
            name: restored(entry[name], now[name], was[name])
            if name in now and name in was
            else entry[name]
            for name in entry
        }

    shown = {name: entry_of(current[name]) for name in current if name == "record_created"}
    for name in document.rules.lists_of_current.values():
        if isinstance(current.get(name), list):
            shown[name] = [entry_of(entry) for entry in current[name]]
    steps = ("payload", "canonical_record")
    created = current.get("record_created")
    record = at(shown.get("record_created"), *steps)
    if record is not None and "canonical_record" in current:
        shown["canonical_record"] = restored(
            current["canonical_record"], at(created, *steps), record
        )
    return {**state, "current": {**current, **shown}}


def _has_stated_digest(document: Document, event: Any) -> bool:
    if not isinstance(event, dict):
        return True
    computed = sha256_hex(document.canonical(content_of_value(event)))
    return computed in (stated_digests(event) or [computed])


def _digest_without(document: Document, value: dict[str, Any], name: str) -> str:
    rest = {each: value[each] for each in value if each != name}
    return sha256_hex(document.canonical(rest))


def _undone_events(
    search: Search, document: Document, events: list[Any], where: str
) -> tuple[list[Any], list[tuple[str, Undone]]]:
    undone_events, found = list(events), []
    for index, event in enumerate(events):
        stated = stated_digests(event)
        if not isinstance(event, dict) or not stated or _has_stated_digest(document, event):
            continue
        for digest in stated:
            undone = search.undo(content_of_value(event), digest)
            if undone is not None:
                claims = {name: event[name] for name in UNDIGESTED_MEMBERS if name in event}
                undone_events[index] = {**undone.value, **claims}
                found.append((f"{where}[{index}]", undone))
                break
    return undone_events, found


def _undone_member(
    search: Search, document: Document, value: dict[str, Any], where: str, name: str
) -> tuple[dict[str, Any], list[tuple[str, Undone]]]:
    """An object that states the digest of the rest of it in one member."""
    stated = value.get(name)
    if not is_event_id(f"sha256:{stated}") or _digest_without(document, value, name) == stated:
        return value, []
    undone = search.undo({each: value[each] for each in value if each != name}, str(stated))
    if undone is None:
        return value, []
    return {**undone.value, name: stated}, [(where, undone)]


def _undone_record(
    search: Search, document: Document, value: dict[str, Any]
) -> tuple[dict[str, Any], list[tuple[str, Undone]]]:
    """The ``canonical_record`` by the digest beside it, or by that of its receipt; and then the
    same everywhere that it is repeated."""
    record = value.get("canonical_record")
    stated = (value.get("canonical_sha256"), at(value, "receipt", "canonical_sha256"))
    digests = list(dict.fromkeys(each for each in stated if is_event_id(f"sha256:{each}")))
    if not isinstance(record, dict) or not digests:
        return value, []
    if sha256_hex(document.canonical(record)) in digests:
        return value, []
    for digest in digests:
        undone = search.undo(record, str(digest))
        if undone is not None:
            sources = (("source",), ("graph_snapshot", "source"))
            source = document.canonical(at(record, "source"))
            same: dict[Path, Any] = {
                steps: at(undone.value, "source")
                for steps in sources
                if at(record, "source") is not None
                and document.canonical(at(value, *steps)) == source
            }
            value = with_replaced(value, same, same)
            return {**value, "canonical_record": undone.value}, [("$.canonical_record", undone)]
    return value, []


# Order and names.


def _in_order(document: Document, value: Any) -> tuple[Any, list[tuple[str, Undone]]]:
    """The document with the members of its state in the published order (SPEC 8.1)."""
    inner = document.kind is DocumentKind.BUNDLE
    where = "$.state" if inner else "$"
    state = value.get("state") if inner else value
    if not (inner or document.kind is DocumentKind.STATE) or not isinstance(state, dict):
        return value, []
    if _digest_without(document, state, "state_sha256") != state.get("state_sha256"):
        return value, []
    ordered = in_published_order(document, state)
    if document.compact(ordered) == document.compact(state):
        return value, []
    undone = Undone((_ORDER,), {}, ordered, state)
    return ({**value, "state": ordered} if inner else ordered), [(where, undone)]


def in_published_order(document: Document, state: dict[str, Any]) -> dict[str, Any]:
    """A state with its members in the order of SPEC 8.1, as far as it has those of a state."""
    rules: Rules = document.rules
    state = read_json(document.canonical(state), max_depth=MAX_DOCUMENT_DEPTH)
    state = _ordered(state, STATE_MEMBERS)
    current = state.get("current")
    if isinstance(current, dict):
        current = _ordered(current, rules.current_members)
        for name in rules.lists_of_current.values():
            current[name] = _each_ordered(current.get(name), ENTRY_MEMBERS)
        current["record_created"] = _ordered(current.get("record_created"), ENTRY_MEMBERS)
        state["current"] = current
    state["equivocations"] = _each_ordered(state.get("equivocations"), EQUIVOCATION_MEMBERS)
    return state


def _ordered(value: Any, names: tuple[str, ...]) -> Any:
    if not isinstance(value, dict) or set(value) != set(names):
        return value
    return {name: value[name] for name in names}


def _each_ordered(values: Any, names: tuple[str, ...]) -> Any:
    return [_ordered(each, names) for each in values] if isinstance(values, list) else values


_OF_RECORDS: Final = (
    "id",
    "kind",
    "version",
    "metadata",
    "cross_cats_sorted",
    "title_canon_sha256",
    "abstract_canon_sha256",
    "submitted_at",
    "primary_cat",
    "license",
    "detector",
    "finding_type",
    "ref_index",
    "pipeline_version",
)


def _known_names() -> frozenset[str]:
    steps = {
        step.removesuffix("[*]")
        for kind in DocumentKind
        for place in places_of(kind)
        for step in place.where.split(".")[1:]
    }
    vocabulary = (_OF_RECORDS, CONTENT_MEMBERS, UNDIGESTED_MEMBERS, SIGNER_MEMBERS, BLOCK_MEMBERS)
    return frozenset(steps.union(*vocabulary, STATE_MEMBERS, ENTRY_MEMBERS, EQUIVOCATION_MEMBERS))


KNOWN_NAMES: Final = _known_names()


def _renamed(document: Document) -> tuple[Any, Undone | None]:
    """The document with the names that the registry gives to members, where they are written as
    other programs write them."""
    first = next(filter(None, (_other_names(node) for _, node in nodes(document.value))), None)
    if first is None:
        return document.value, None
    root: list[Any] = [None]
    waiting: list[tuple[Any, Any, Any]] = [(document.value, root, 0)]
    while waiting:
        node, holder, step = waiting.pop()
        if isinstance(node, dict):
            others = _other_names(node)
            # Their order stays.
            copy: Any = dict.fromkeys(others.get(name, name) for name in node)
            waiting += ((node[name], copy, others.get(name, name)) for name in node)
        elif isinstance(node, list):
            copy = [None] * len(node)
            waiting += ((each, copy, index) for index, each in enumerate(node))
        else:
            copy = node
        holder[step] = copy
    old, new = next(iter(first.items()))
    example = f"{_NAMES}: {new} as {brief(old, 60)}"
    return root[0], Undone((example,), {}, root[0], document.value)


def _other_names(node: Any) -> dict[str, str]:
    """The names of the registry for members of an object that have others."""
    if not isinstance(node, dict):
        return {}
    names = {name: snake_case(name) for name in node if name not in KNOWN_NAMES}
    names = {old: new for old, new in names.items() if new in KNOWN_NAMES}
    news = set(names.values())
    # Two under one name would leave one of them unsaid.
    return names if len(news) == len(names) and news.isdisjoint(node) else {}
