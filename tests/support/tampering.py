"""Tampering with JSON documents: one change at a time, at every place, as a forger would."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pithmerge import (
    DocumentError,
    Keyring,
    MergeError,
    Outcome,
    Report,
    merge,
)
from pithmerge.core.vocabulary import UNDIGESTED_MEMBERS
from tests.support.paper import digest_of, json_bytes, real_report_of


class Tampered(NamedTuple):
    """A document with one change.

    ``kind`` is changed (a leaf), retyped (any value), deleted, added (a member or an element),
    doubled or reordered (elements) or shuffled (the members of an object).
    """

    kind: str
    where: str
    document: Any


def tamperings(document: Any) -> Iterator[Tampered]:
    """Every tampering with the document."""
    for steps, node in _nodes(document):
        where = "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)
        for kind, value in _other_values(node):
            place = where
            if kind == "added":
                place += ".unheard_of" if isinstance(node, dict) else f"[{len(node)}]"
            yield Tampered(kind, place, _replaced(document, steps, value))
        if steps:
            yield Tampered("deleted", where, _deleted(document, steps))


def unsaid(
    document: Any,
    report_on: Callable[[Any], Report | None],
    *,
    kinds: str = "changed retyped deleted added doubled reordered shuffled",
    cover_up: Callable[[Any], Any] = lambda forged: forged,
) -> list[tuple[str, str]]:
    """The tamperings, kind and place, that pass without a row that names their place.

    Args:
        document: the true one.
        report_on: the judge; None if he takes it for no document.
        kinds: which kinds of tampering to try.
        cover_up: what the forger does next, to a document that is his own.
    """
    original = json_bytes(document)
    found = []
    for tampered in tamperings(json.loads(original)):
        if tampered.kind in kinds.split():
            forged = cover_up(tampered.document)
            report = report_on(forged)
            if json_bytes(forged) == original or report is None or not report.ok:
                continue
            rows = report.with_outcome(Outcome.NOT_CHECKABLE)
            named = [row.what.partition(" (")[0] for row in rows]
            if not any(_covers(place, tampered.where) for place in named):
                found.append((tampered.kind, tampered.where))
    return found


def _covers(place: str, where: str) -> bool:
    """Whether a row that names ``place`` speaks for ``where``."""
    if place == "$":  # a list of events: which there are, in which order
        return where == "$" or (where.startswith("$[") and where.endswith("]"))
    return where == place or where.startswith((f"{place}.", f"{place}["))


def real_report(value: Any) -> Report | None:
    """The report by the default keyring on a document with that value; None if it is none."""
    try:
        return real_report_of(value)
    except DocumentError:
        return None


def with_state_digest(state: Any) -> Any:
    """The state with the ``state_sha256`` that it should have (SPEC 8.2)."""
    if not isinstance(state, dict):
        return state
    state.pop("state_sha256", None)
    return {**state, "state_sha256": digest_of(state)}


def with_state_ids(state: Any) -> Any:
    """The state with ids that recompute as those of events without links (SPEC 10.2)."""
    try:
        current, renamed = state["current"], {}
        entries = [("record_created", current["record_created"])]
        entries += [("graph_snapshot", entry) for entry in current["graph_snapshots"]]
        for event_type, entry in entries:
            content = {name: value for name, value in entry.items() if name != "event_id"} | {
                "event_type": event_type,
                "subject_pith_number": state["pith_number"],
                "supersedes": [],
                "prev_event": None,
                "schema_version": "1.0",
            }
            renamed[entry["event_id"]] = f"sha256:{digest_of(content)}"
            entry["event_id"] = renamed[entry["event_id"]]
        state["applied_event_ids"] = [
            renamed.get(each, each) for each in state["applied_event_ids"]
        ]
    except (KeyError, TypeError, AttributeError):
        pass  # too broken to have ids
    return with_state_digest(state)


def with_bundle_digests(bundle: Any) -> Any:
    """The bundle with every digest, id and state that can be computed without a private key."""
    try:
        for event in bundle["events"]:
            digest = digest_of({x: event[x] for x in event if x not in UNDIGESTED_MEMBERS})
            for name, value in (("content_sha256", digest), ("event_id", f"sha256:{digest}")):
                if name in event:
                    event[name] = value
        bundle["state"] = merge(
            bundle["events"],
            pith_number=bundle["pith_number"],
            source_aliases=bundle["source_aliases"],
            keyring=Keyring.default(),
            verify_signatures=False,
        ).to_dict()
    except (KeyError, TypeError, AttributeError, MergeError):
        pass  # too broken to be merged
    if not isinstance(bundle, dict):
        return bundle
    block = bundle.pop("bundle_signature", None)
    if isinstance(block, dict):
        bundle["bundle_signature"] = {**block, "bundle_sha256": digest_of(bundle)}
    return bundle


def _nodes(value: Any, steps: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, Any]]:
    yield steps, value
    if isinstance(value, dict):
        for name in value:
            yield from _nodes(value[name], (*steps, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _nodes(item, (*steps, index))


def _other_values(node: Any) -> Iterator[tuple[str, Any]]:
    yield "retyped", [node] if not isinstance(node, list) else {"0": node}
    if isinstance(node, (dict, list)):
        yield "retyped", None
    if isinstance(node, dict):
        yield "added", {**node, "unheard_of": 1}
        if len(node) > 1:
            yield "shuffled", dict(reversed(node.items()))
    elif isinstance(node, list):
        yield "added", [*node, 0]
        if node:
            yield "doubled", [*node, node[-1]]
        if node != node[::-1]:
            yield "reordered", node[::-1]
    else:
        yield "changed", _other_leaf(node)


def _other_leaf(leaf: Any) -> Any:
    """Another leaf of the same type and, where it can be, of the same form."""
    if leaf is None:
        return 0
    if isinstance(leaf, bool):
        return not leaf
    if isinstance(leaf, int):
        return leaf + 1
    if isinstance(leaf, float):
        return 0.25 if leaf == 0.5 else 0.5
    last = max((i for i, char in enumerate(leaf) if char.isdigit()), default=len(leaf) - 1)
    other = str((int(leaf[last]) - 1) % 10) if leaf[last : last + 1].isdigit() else "x"
    return leaf[: max(last, 0)] + other + leaf[last + 1 :]


def _replaced(document: Any, steps: tuple[Any, ...], value: Any) -> Any:
    if not steps:
        return copy.deepcopy(value)
    changed = copy.deepcopy(document)
    _at(changed, steps[:-1])[steps[-1]] = copy.deepcopy(value)
    return changed


def _deleted(document: Any, steps: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(document)
    del _at(changed, steps[:-1])[steps[-1]]
    return changed


def _at(value: Any, steps: tuple[Any, ...]) -> Any:
    for step in steps:
        value = value[step]
    return value
