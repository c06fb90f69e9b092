"""The graph of the valid events, in networkx."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pithmerge.core.event import Event

if TYPE_CHECKING:
    import networkx as nx


def event_dag(
    applied: Iterable[Event], superseded_by: Iterable[tuple[str, str]]
) -> "nx.DiGraph[str]":
    """The valid events and their effective links, as a frozen `networkx.DiGraph`.

    Nodes are event ids, in applied order, with ``event_type``, ``target``, ``created_at``,
    ``signer_id`` and ``superseded``. An edge runs from the earlier event to the later one and says
    by two booleans what it is: ``prev_event`` (the earlier is the later's ``prev_event``) and
    ``supersedes`` (the later supersedes the earlier by SPEC 6). So the applied order (SPEC 8.4) is
    a topological order of the graph.
    """
    # Imported when a graph is asked for: networkx takes longer to import than a merge takes.
    import networkx as nx

    dag: nx.DiGraph[str] = nx.DiGraph()
    for event in applied:
        dag.add_node(
            event.event_id,
            event_type=event.event_type,
            target=event.target,
            created_at=event.created_at,
            signer_id=event.signer_id,
            superseded=False,
        )
        if event.prev_event is not None:
            dag.add_edge(event.prev_event, event.event_id, prev_event=True, supersedes=False)
    for superseded_id, superseding_id in superseded_by:
        linked = dag.has_edge(superseded_id, superseding_id)
        dag.add_edge(superseded_id, superseding_id, prev_event=linked, supersedes=True)
        dag.nodes[superseded_id]["superseded"] = True
    frozen: nx.DiGraph[str] = nx.freeze(dag)
    return frozen
