"""The graph of one paper, to be looked at, written, or taken further in networkx."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pithmerge.answers.drawing.folding import Drawing, drawing_of
from pithmerge.answers.drawing.labels import STANDINGS, counted, told
from pithmerge.answers.drawing.model import (
    Conflict,
    Link,
    Node,
    conflicts_of,
    missing_nodes,
    nodes_and_links,
)
from pithmerge.core.state import State

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, repr=False)
class EventGraph:
    """All that is known of the events of one paper, and how they hang together.

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
        nodes += missing_nodes(nodes, links)
        return cls(state.pith_number, tuple(nodes), tuple(links), tuple(conflicts_of(state)))

    def __repr__(self) -> str:
        return f"<EventGraph of {told(self.pith_number)}: {self.summary}>"

    @property
    def summary(self) -> str:
        """How many events came to what, and how many conflicts there are."""
        counts = [f"{count:,} {STANDINGS[standing]}" for standing, count in counted(self.nodes)]
        if self.conflicts:
            some = "conflict" if len(self.conflicts) == 1 else "conflicts"
            counts.append(f"{len(self.conflicts):,} {some}")
        return ", ".join(counts) or "no events"

    @property
    def title(self) -> str:
        """What it is the graph of."""
        return "events of no paper" if self.pith_number is None else told(self.pith_number)

    def drawing(self, *, fold: bool = True) -> Drawing:
        """What is drawn of it; see `pithmerge.answers.drawing.folding`."""
        return drawing_of(self.nodes, self.links, self.conflicts, fold=fold)

    def to_dict(self) -> dict[str, Any]:
        """The graph as a JSON value."""
        return {
            "pith_number": self.pith_number,
            "nodes": [asdict(node) for node in self.nodes],
            "links": [asdict(link) for link in self.links],
            "conflicts": [asdict(conflict) for conflict in self.conflicts],
        }
