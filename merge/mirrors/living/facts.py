"""What of a state people look for: the paper's names, its title, its equivocations."""

from typing import Any, Final

import msgspec

from pithmerge.core.numbers import alias_values
from pithmerge.mirrors.living.queries import arxiv_query
from pithmerge.showing import clipped, encodable

ARXIV: Final = "arxiv"
DOI: Final = "doi"
_BY_NAME: Final = (ARXIV, DOI)
_LONGEST_NAME: Final = 200
_MOST_NAMES: Final = 64
"""Aliases beside the events are nobody's signed word, and may be any number."""


class Name(msgspec.Struct, frozen=True, order=True):
    """A name of a paper.

    Attributes:
        kind: ``arxiv`` (the id without a version) or ``doi``.
        value: the name, in lower case.
        signed: whether it follows from the signed record; otherwise it is an alias beside the
            events.
    """

    kind: str
    value: str
    signed: bool


class Conflict(msgspec.Struct, frozen=True):
    """An equivocation of a state (SPEC 7.2); ``position`` is empty for none."""

    kind: str
    signer_id: str
    event_type: str
    target: str
    position: str
    event_ids: tuple[str, ...]


class Facts(msgspec.Struct, frozen=True):
    """What is looked up in a state.

    Attributes:
        source_id, source_version: of the record.
        title: of the newest snapshot that is current, as it is written there.
        names: each once, sorted.
        equivocations: of the state, in its order.
    """

    source_id: str | None = None
    source_version: str | None = None
    title: str | None = None
    names: tuple[Name, ...] = ()
    equivocations: tuple[Conflict, ...] = ()


def facts_of(pith_number: str, state: Any) -> Facts:
    """What is looked up in a state.

    Args:
        pith_number: the paper's.
        state: as parsed JSON, made by a merge; what is in its events is anybody's.
    """
    current = state["current"]
    record = current.get("canonical_record")
    source = record.get("source") if isinstance(record, dict) else None
    names: dict[tuple[str, str], Name] = {}
    source_id = version = None
    if isinstance(source, dict) and isinstance(source.get("id"), str):
        source_id = _name(source["id"])
        version = _text(source.get("version"))
        derived = alias_values({"id": source["id"], "version": version or ""}, pith_number)
        for kind in _BY_NAME:
            value = _looked_up(kind, derived[kind])
            names[kind, value] = Name(kind, value, True)
    for alias in (current.get("source_aliases") or ())[:_MOST_NAMES]:
        kind = alias["alias_kind"]
        if kind in _BY_NAME:
            value = _looked_up(kind, alias["alias_value"])
            names.setdefault((kind, value), Name(kind, value, False))
    return Facts(
        source_id,
        version,
        _title(current.get("graph_snapshots") or []),
        tuple(names[key] for key in sorted(names)),
        tuple(
            Conflict(
                each["kind"],
                each["signer_id"],
                each["event_type"],
                each["target"],
                each["position"] or "",
                tuple(each["event_ids"]),
            )
            for each in state["equivocations"]
        ),
    )


def _looked_up(kind: str, value: str) -> str:
    """A name as queries ask for it (`pithmerge.mirrors.living.queries`)."""
    name = _name(value).lower()
    return arxiv_query(name, name, None).value if kind == ARXIV else name


def _name(value: str) -> str:
    return clipped(encodable(value), _LONGEST_NAME)


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return _name(str(value)) if not isinstance(value, int) or abs(value) < 2**63 else None


def _title(snapshots: list[Any]) -> str | None:
    """The title of the last snapshot that has one: they are in applied order (SPEC 8.4)."""
    for entry in reversed(snapshots):
        payload = entry.get("payload")
        snapshot = payload.get("graph_snapshot") if isinstance(payload, dict) else None
        paper = snapshot.get("paper") if isinstance(snapshot, dict) else None
        title = paper.get("title") if isinstance(paper, dict) else None
        if isinstance(title, str) and title:
            return clipped(encodable(title))
    return None
