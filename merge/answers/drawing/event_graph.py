"""The graph of one paper, to be looked at, written, or taken further in networkx."""

import os
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from pithmerge.answers.drawing.exports import dot, graphml, mermaid, networkx_graph
from pithmerge.answers.drawing.folding import Drawing, drawing_of
from pithmerge.answers.drawing.labels import STANDINGS, counted, told
from pithmerge.answers.drawing.model import (
    Conflict,
    Given,
    Link,
    Node,
    conflicts_of,
    missing_nodes,
    nodes_and_links,
)
from pithmerge.answers.drawing.svg import svg
from pithmerge.answers.gathering import Paper, gather
from pithmerge.answers.rejections import Rejections
from pithmerge.core.state import State
from pithmerge.crypto import Keyring
from pithmerge.documents import Document, document_given
from pithmerge.errors import MergeError, OutputError
from pithmerge.showing import LONGEST_TEXT, html_page_part, html_text

if TYPE_CHECKING:
    import networkx as nx

MOST_BOXES: Final = 2000
MOST_LINES: Final = 8000
"""Boxes, and lines between them, that a picture shows."""
_NAMED: Final = 5
Source = bytes | bytearray | memoryview | str | os.PathLike[str] | Document | Paper | State


@dataclass(frozen=True, repr=False, eq=False)
class EventGraph:
    """All that is known of the events of one paper, and how they hang together. Made by `graph`.

    Attributes:
        pith_number: the paper's; None if no event names any.
        nodes: the events: valid ones in applied order, then the others by id, then those that are
            named and not given.
        links: what each says of earlier ones.
        conflicts: the equivocations; those of the same events in the same way are one.
    """

    pith_number: str | None
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    conflicts: tuple[Conflict, ...]

    @classmethod
    def of_state(cls, state: State) -> "EventGraph":
        """The graph of a state. It does not know what rejected events say of others."""
        nodes, links = nodes_and_links(state)
        return cls._of(state.pith_number, nodes, links, conflicts_of(state))

    @classmethod
    def of_papers(cls, papers: Iterable[Paper]) -> "EventGraph":
        """The graph of what is about one Pith Number, and of what names none. Of an event that
        is in several of them the first that holds it decides."""
        number: str | None = None
        nodes: dict[str, Node] = {}
        links: list[Link] = []
        conflicts: list[Conflict] = []
        for paper in papers:
            number = number or paper.pith_number
            state = paper._facts
            found, said = nodes_and_links(
                state, _given(paper), paper.reasons, signature_checked=paper.signatures_verified
            )
            new = {
                node.event_id: node
                for node in found
                if node.event_id not in nodes or not nodes[node.event_id].places
            }
            nodes |= new
            links += [link for link in said if link.later in new]
            conflicts += [] if state is None else conflicts_of(state)
        return cls._of(number, list(nodes.values()), links, conflicts)

    @classmethod
    def _of(
        cls,
        number: str | None,
        nodes: list[Node],
        links: list[Link],
        conflicts: list[Conflict],
    ) -> "EventGraph":
        missing = missing_nodes(nodes, links)
        return cls(number, (*nodes, *missing), tuple(links), tuple(conflicts))

    def __repr__(self) -> str:
        return f"<EventGraph of {self.title}: {self.summary}>"

    def _repr_html_(self) -> str:
        """For notebooks: an image, so that its styles are its own. What is too large for a picture
        says so."""
        try:
            image = b64encode(self.to_svg().encode()).decode()
        except OutputError as error:
            return html_page_part(self.summary, html_text(error, LONGEST_TEXT))
        alt = html_text(f"{self.title}: {self.summary}", LONGEST_TEXT)
        return f'<img alt="{alt}" src="data:image/svg+xml;base64,{image}">'

    @property
    def title(self) -> str:
        """What it is the graph of."""
        return "events of no paper" if self.pith_number is None else told(self.pith_number)

    @property
    def summary(self) -> str:
        """How many events came to what, and how many conflicts there are."""
        counts = [f"{count:,} {STANDINGS[standing]}" for standing, count in counted(self.nodes)]
        if self.conflicts:
            some = "conflict" if len(self.conflicts) == 1 else "conflicts"
            counts.append(f"{len(self.conflicts):,} {some}")
        return ", ".join(counts) or "no events"

    @cached_property
    def dag(self) -> "nx.DiGraph[str]":
        """The graph in networkx; see `pithmerge.answers.drawing.exports.networkx_graph`."""
        return networkx_graph(self.nodes, self.links, self.conflicts)

    def drawing(self, *, fold: bool = True) -> Drawing:
        """What is drawn of it; see `pithmerge.answers.drawing.folding`.

        Raises:
            OutputError: it is more than a picture can show.
        """
        drawn = drawing_of(self.nodes, self.links, self.conflicts, fold=fold)
        boxes, lines = len(drawn.boxes), len(drawn.lines)
        if boxes > MOST_BOXES or lines > MOST_LINES:
            raise OutputError(
                f"{self.title}: {boxes:,} boxes and {lines:,} lines are more than a picture can "
                f"show ({MOST_BOXES:,} and {MOST_LINES:,}): write .graphml for a program that "
                "shows parts of a graph" + ("" if fold else ", or let what is quiet be folded")
            )
        return drawn

    def to_svg(self, *, fold: bool = True) -> str:
        """The picture. The same graph is the same text, everywhere.

        Args:
            fold: False gives each event a box of its own, however many they are.

        Raises:
            OutputError: see `drawing`.
        """
        return svg(self.drawing(fold=fold), title=self.title, summary=self.summary)

    def to_dot(self, *, fold: bool = True) -> str:
        """The picture in the language of Graphviz; as `to_svg`."""
        return dot(self.drawing(fold=fold), title=f"{self.title}: {self.summary}")

    def to_mermaid(self, *, fold: bool = True) -> str:
        """The picture in the language of Mermaid; as `to_svg`."""
        return mermaid(self.drawing(fold=fold), title=f"{self.title}: {self.summary}")

    def to_graphml(self) -> bytes:
        """`dag` as GraphML, every event in it."""
        return graphml(self.dag)

    def to_dict(self) -> dict[str, Any]:
        """The graph as a JSON value."""
        return {
            "pith_number": self.pith_number,
            "nodes": [asdict(node) for node in self.nodes],
            "links": [asdict(link) for link in self.links],
            "conflicts": [asdict(conflict) for conflict in self.conflicts],
        }


def graph(
    *sources: Source | Iterable[Source],
    keyring: Keyring = Keyring.default(),  # noqa: B008 - immutable
    pith_number: str | None = None,
) -> EventGraph:
    """The graph of one paper: its events with their verdicts, what they say of each other, those
    that are named and not given, and the conflicts.

    Args:
        sources: documents, their bytes, paths of files, or `Paper`s of
            `pithmerge.answers.gathering`; also a list of these. They count together. Or a state,
            alone, which does not know what rejected events say of others.
        keyring: whom to trust. A state and a `Paper` know that already.
        pith_number: of which paper, where the sources are about several.

    Raises:
        DocumentError: a source cannot be read or is no Pith document.
        MergeError: a source is of another type, can hold no events, or there are several papers, or
            none of that number.
        PithmergeError: the events of a document cannot be had.
    """
    documents: list[Document] = []
    papers: list[Paper] = []
    given = list(_flattened(sources))
    for source in given:
        if isinstance(source, State):
            if len(given) > 1:
                raise MergeError("a state holds no events to unite: give it alone, or documents")
            return EventGraph.of_state(source)
        if isinstance(source, Paper):
            papers.append(source)
        else:
            alone = isinstance(source, Document)
            documents.append(source if alone else document_given(source, "graph"))
    return EventGraph.of_papers(papers_about([*gather(documents, keyring), *papers], pith_number))


def _flattened(sources: Iterable[Any]) -> Iterator[Any]:
    for source in sources:
        yield from source if isinstance(source, (list, tuple)) else (source,)


def papers_about(papers: Iterable[Paper], pith_number: str | None) -> list[Paper]:
    """Those about one number; without one, about the only one there is, and what names none.

    Raises:
        MergeError: there are several, or there is none about that number.
    """
    papers = list(papers)
    numbers = list(dict.fromkeys(each.pith_number for each in papers if each.pith_number))
    if pith_number is None:
        if len(numbers) > 1:
            raise MergeError(
                f"the documents are about {len(numbers):,} papers, and a picture shows one: give "
                f"one of {_named(numbers)} with pith_number"
            )
        return papers
    if pith_number not in numbers:
        raise MergeError(
            f"{told(pith_number)}: the documents are not about that paper, but about "
            f"{_named(numbers) or 'none'}: give one of these with pith_number"
        )
    return [each for each in papers if each.pith_number == pith_number]


def svg_of(paper: Paper) -> str:
    """The picture of what is given about one paper, as SVG.

    Raises:
        OutputError: it is more than a picture can show.
    """
    return EventGraph.of_papers([paper]).to_svg()


def _named(numbers: list[str]) -> str:
    more = f" and {len(numbers) - _NAMED:,} more" if len(numbers) > _NAMED else ""
    return ", ".join(numbers[:_NAMED]) + more


def _given(paper: Paper) -> Mapping[str, Given]:
    rejections = Rejections(paper.reasons, paper.deciding)
    return MappingProxyType(
        {
            identity: Given(
                value=copies[0].value,
                places=tuple((each.document.name, each.place) for each in copies),
                why=rejections.why(identity) if identity in paper.reasons else None,
            )
            for identity, copies in paper.copies.items()
        }
    )
