"""Pages to hand on: one file each, without script, that load nothing from anywhere."""

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from pithmerge.answers.drawing.event_graph import EventGraph
from pithmerge.answers.drawing.labels import days, standing_of, told
from pithmerge.answers.drawing.model import Conflict, Node
from pithmerge.answers.drawing.rendering import page
from pithmerge.errors import OutputError

_MOST_ROWS: Final = 1000
_MOST_IDS: Final = 100
_LONG: Final = 200


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """An event in a table."""

    event_id: str
    what: str
    signer: str
    created_at: str
    verdict: str
    where: str


@dataclass(frozen=True, slots=True)
class ShownConflict:
    """A conflict in words."""

    kind: str
    signer_id: str
    event_type: str
    target: str
    dates: str
    count: int
    event_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownGraph:
    """A graph on a page.

    Attributes:
        title, summary, count_words: in words.
        svg: the picture; instead of one that would be too large, why there is none.
        events: in a table.
        more: what the table leaves out, in words; empty if nothing.
        conflicts: in words.
    """

    title: str
    summary: str
    count_words: str
    svg: str
    events: tuple[ShownEvent, ...]
    more: str
    conflicts: tuple[ShownConflict, ...]

    @classmethod
    def of(cls, graph: EventGraph, *, fold: bool = True) -> "ShownGraph":
        """Of a graph; see `EventGraph.to_svg`."""
        try:
            # A template made it, with all in it escaped.
            picture: str = Markup(graph.to_svg(fold=fold))
        except OutputError as error:
            picture = f"There is no picture: {error}."
        left_out = len(graph.nodes) - _MOST_ROWS
        return cls(
            title=graph.title,
            summary=graph.summary,
            count_words=f"All {len(graph.nodes):,} events, one by one",
            svg=picture,
            events=tuple(map(_shown_event, graph.nodes[:_MOST_ROWS])),
            more=f"and {left_out:,} more, which pithmerge graph writes as .graphml"
            if left_out > 0
            else "",
            conflicts=tuple(map(_shown_conflict, sorted(graph.conflicts, key=_by_date))),
        )


def graph_page(graph: EventGraph, *, fold: bool = True) -> str:
    """The page of one graph.

    Raises:
        OutputError: it is more than a picture can show.
    """
    graph.drawing(fold=fold)
    return page("graph.html", graph=ShownGraph.of(graph, fold=fold))


def _shown_event(node: Node) -> ShownEvent:
    what = (
        ""
        if node.event_type is None and node.target is None
        else (f"{told(node.event_type)} on {told(node.target)}")
    )
    places = [f"{told(name, _LONG)} {told(path, _LONG)}" for name, path in node.places[:3]]
    if len(node.places) > 3:
        places.append(f"and {len(node.places) - 3:,} more")
    return ShownEvent(
        event_id=told(node.event_id, 80),
        what=what,
        signer="" if node.signer_id is None else told(node.signer_id),
        created_at="" if node.created_at is None else told(node.created_at),
        verdict=standing_of(node),
        where=", ".join(places),
    )


def _by_date(conflict: Conflict) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(sorted(conflict.dates)), conflict.event_ids


def _shown_conflict(conflict: Conflict) -> ShownConflict:
    return ShownConflict(
        kind=told(conflict.kind).replace("_", " ").capitalize(),
        signer_id=told(conflict.signer_id),
        event_type=told(conflict.event_type),
        target=told(conflict.target),
        dates=days(conflict.dates),
        count=len(conflict.event_ids),
        event_ids=conflict.event_ids[:_MOST_IDS],
    )
