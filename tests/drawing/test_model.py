"""The graph of a paper: what became of each event, what each says of others, who conflicts."""

import json
from typing import Any

import networkx as nx
import pytest

import pithmerge
from pithmerge import EventGraph, MergeError, graph, load_document
from pithmerge.answers.drawing.model import Standing
from pithmerge.answers.gathering import gather
from pithmerge.spec.events import identity
from tests.support.event_shapes import (
    Growing,
    chain_with_a_fork,
    document_of_events,
    double_supersede,
    graph_of_events,
    missing_id,
    tangled,
)
from tests.support.graphs import collected
from tests.support.paper import (
    AUTHOR,
    KEYRING,
    NUMBER,
    PUBLISHED,
    STATE_FILE,
    day,
    event,
    graph_snapshot,
    json_bytes,
    record_created,
)


def standings(found: EventGraph) -> dict[str, tuple[str, str | None]]:
    return {node.event_id: (str(node.standing), node.reason) for node in found.nodes}


def test_every_event_has_what_became_of_it() -> None:
    record, second = record_created(), record_created(day(2))
    first = graph_snapshot(day(3))
    successor = graph_snapshot(day(4), supersedes=[first["event_id"]])
    unsigned = {**event(created_at=day(6)), "signature": None}
    orphan = event(created_at=day(7), prev_event=missing_id("parent"))
    child = event(created_at=day(8), prev_event=unsigned["event_id"])
    given = [record, second, first, successor, unsigned, orphan, child]
    assert standings(graph_of_events(given)) == {
        record["event_id"]: ("current", None),
        second["event_id"]: ("applied", None),
        first["event_id"]: ("superseded", None),
        successor["event_id"]: ("current", None),
        unsigned["event_id"]: ("rejected", "signature_missing"),
        orphan["event_id"]: ("unreachable", "prev_event_missing"),
        child["event_id"]: ("unreachable", "prev_event_invalid"),
        missing_id("parent"): ("missing", None),
    }


def test_a_rejected_event_still_says_what_it_rests_on() -> None:
    """The merge does not look at it; a picture has to."""
    first = graph_snapshot()
    links: dict[str, Any] = {"prev_event": first["event_id"], "supersedes": [first["event_id"]]}
    rejected = {**graph_snapshot(day(3), **links), "signature": None}
    (link,) = graph_of_events([first, rejected]).links
    assert (link.earlier, link.later) == (first["event_id"], rejected["event_id"])
    assert (link.prev_event, link.supersedes, link.in_effect) == (True, True, False)


@pytest.mark.parametrize("junk", [7, "x", None, {}, [[]], ["x", 7, None], "sha256:" + "g" * 64])
def test_what_is_no_event_id_is_no_link(junk: Any) -> None:
    broken = {**event(), "prev_event": junk, "supersedes": junk, "event_type": junk, "signer": junk}
    found = graph_of_events([record_created(), broken])
    assert found.links == ()
    assert [str(node.standing) for node in found.nodes] == ["current", "rejected"]


def test_an_entry_of_supersedes_without_effect_says_so() -> None:
    """SPEC 6: another's event is not superseded."""
    hint = event("mirror_hint", created_at=day(2))
    other = graph_snapshot(day(3), supersedes=[hint["event_id"]])
    (link,) = graph_of_events([hint, other]).links
    assert (link.supersedes, link.in_effect) == (True, False)


def test_where_each_copy_stands_is_said() -> None:
    once = event()
    documents = [load_document(json_bytes([once])), load_document(json_bytes([None, once]))]
    found = graph(documents, keyring=KEYRING)
    places = {node.event_id: node.places for node in found.nodes}
    assert places[once["event_id"]] == (("document", "$[0]"), ("document", "$[1]"))


def test_why_an_event_is_rejected_is_said_with_the_values() -> None:
    late = event(created_at=day(8), prev_event=missing_id("parent"))
    unknown = {**event(), "event_type": "x"}
    why = {node.reason: node.why for node in graph_of_events([late, unknown]).nodes}
    assert why["prev_event_missing"] == (
        f"prev_event {missing_id('parent')} is not among the events given"
    )
    assert str(why["unknown_event_type"]).startswith('event_type is "x"')
    assert graph_of_events([late]).dag.nodes[late["event_id"]]["why"] == why["prev_event_missing"]


def test_a_conflict_names_its_events_its_signer_and_its_dates() -> None:
    (conflict,) = graph_of_events(double_supersede(0)).conflicts
    assert (conflict.kind, conflict.signer_id) == ("double_supersede", "registry.example")
    assert (conflict.event_type, conflict.target) == ("graph_snapshot", "paper")
    assert conflict.dates == ("2026-01-01T04:00:00Z", "2026-01-01T05:00:00Z")


def test_conflicts_of_the_same_events_at_many_places_are_one() -> None:
    listed = sorted(missing_id(str(number)) for number in range(40))
    record = record_created()
    one = graph_snapshot(day(3), supersedes=listed)
    other = graph_snapshot(day(4), supersedes=listed, prev_event=record["event_id"])
    (conflict,) = graph_of_events([record, one, other]).conflicts
    assert conflict.positions == tuple(listed)


def test_the_graph_agrees_with_the_verdicts_of_the_paper() -> None:
    for drawn in collected(60):
        (document,) = [document_of_events(list(drawn.events))]
        for paper in gather([document], drawn.keyring):
            found = EventGraph.of_papers([paper])
            said = {
                node.event_id: str(node.standing)
                for node in found.nodes
                if node.standing is not Standing.MISSING
            }
            expected = {
                identity: "unreachable"
                if paper.reasons.get(identity, "").startswith("prev_event_")
                else str(verdict)
                for identity, verdict in paper.shown.items()
            }
            assert said == expected


def test_documents_count_together() -> None:
    record, one, other = record_created(), graph_snapshot(day(3)), graph_snapshot(day(4))
    apart = [load_document(json_bytes([record, each])) for each in (one, other)]
    assert [len(graph(each, keyring=KEYRING).conflicts) for each in apart] == [0, 0]
    (conflict,) = graph(apart, keyring=KEYRING).conflicts
    assert set(conflict.event_ids) == {one["event_id"], other["event_id"]}


def test_a_state_knows_no_links_of_what_it_rejected() -> None:
    state = pithmerge.merge(chain_with_a_fork(12), keyring=KEYRING)
    found, whole = graph(state), graph_of_events(chain_with_a_fork(12))
    assert len(found.nodes) == len(whole.nodes) - 1
    assert found.conflicts == whole.conflicts
    assert set(found.links) < set(whole.links)


def test_events_behind_a_state_are_marked_as_unsigned() -> None:
    found = graph(load_document(STATE_FILE))
    assert {node.signature_checked for node in found.nodes} == {False}
    assert graph_of_events([event()]).nodes[0].signature_checked


def test_of_documents_about_several_papers_one_is_chosen() -> None:
    documents = [
        load_document(path)
        for path in sorted(PUBLISHED.glob("*.json"))
        if "mirrors" not in path.name
    ]
    with pytest.raises(
        MergeError, match=r"about 3 papers.*give one of pith:2025:.* with pith_number"
    ):
        graph(documents)
    number = "pith:2026:X5HLR35ABEVRWIQTMZXKSPXDDP"
    assert graph(documents, pith_number=number).pith_number == number
    with pytest.raises(MergeError, match="not about that paper"):
        graph(documents, pith_number=NUMBER)


def test_what_names_no_paper_is_drawn_with_the_only_one() -> None:
    found = graph_of_events([record_created(), {"event_type": "x"}])  # type: ignore[list-item]
    assert found.pith_number == NUMBER
    assert [node.reason for node in found.nodes] == [None, "malformed_event"]
    alone = graph(load_document(b"[7]"))
    assert (alone.pith_number, len(alone.nodes)) == (None, 1)


def test_a_parent_that_names_no_paper_stands_where_it_stands() -> None:
    nameless = {"event_type": "correction", "payload": {}}
    child = event(prev_event=identity(nameless))
    found = graph_of_events([child, nameless])
    (parent,) = (node for node in found.nodes if node.event_id == identity(nameless))
    assert (parent.reason, parent.event_type) == ("malformed_event", "correction")
    assert parent.places == (("document", "$[1]"),)
    assert [(link.earlier, link.later) for link in found.links] == [
        (parent.event_id, child["event_id"])
    ]


def test_networkx_has_every_event_link_and_conflict() -> None:
    found = graph_of_events(tangled(120))
    dag = found.dag
    kinds = nx.get_node_attributes(dag, "node")
    assert sorted(set(kinds.values())) == ["conflict", "event", "missing"]
    assert len(dag) == len(found.nodes) + len(found.conflicts)
    assert nx.is_directed_acyclic_graph(dag)
    assert nx.is_frozen(dag)
    links = [pair for *pair, data in dag.edges(data=True) if not data["conflict"]]
    assert {tuple(pair) for pair in links} == {(each.earlier, each.later) for each in found.links}
    for number, conflict in enumerate(found.conflicts):
        assert sorted(dag.predecessors(f"conflict:{number}")) == sorted(conflict.event_ids)
        assert dag.nodes[f"conflict:{number}"]["signer_id"] == conflict.signer_id
    assert {data["verdict"] for _, data in dag.nodes(data=True) if "verdict" in data} == {
        "current", "superseded", "rejected", "unreachable", "missing",
    }  # fmt: skip


def test_the_graph_as_json_has_all_of_it() -> None:
    found = graph_of_events(tangled(40))
    value = json.loads(json.dumps(found.to_dict()))
    assert value["pith_number"] == NUMBER
    assert [node["event_id"] for node in value["nodes"]] == [node.event_id for node in found.nodes]
    assert [len(value[name]) for name in ("links", "conflicts")] == [
        len(found.links),
        len(found.conflicts),
    ]


def test_its_repr_is_short() -> None:
    assert repr(graph_of_events(double_supersede(0))) == (
        f"<EventGraph of {NUMBER}: 3 current, 2 superseded, 1 conflict>"
    )


def test_growing_events_are_valid() -> None:
    growing = Growing()
    growing.add("correction", AUTHOR)
    assert standings(graph_of_events(growing.events)).popitem()[1] == ("current", None)
