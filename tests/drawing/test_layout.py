"""What is folded, and where everything stands: a rule that holds for 5, 50 and 500 events."""

from collections import Counter
from itertools import combinations, pairwise

import pytest

from pithmerge import EventGraph, EventType, graph, load_document
from pithmerge.answers.drawing.folding import BoxKind, Drawing, Line, Style
from pithmerge.answers.drawing.layers import WIDEST_ROW, parts, rows_of
from pithmerge.answers.drawing.ordering import crossings, neighbours, ordered, places
from pithmerge.answers.drawing.placing import DROP, GAP, HEIGHT, WIDTH, placed
from pithmerge.answers.gathering import gather
from pithmerge.errors import OutputError
from tests.support.event_shapes import (
    SHAPES,
    Growing,
    chain,
    chain_with_a_fork,
    document_of_events,
    graph_of_events,
    hung_with_leaves,
    loose,
    missing_id,
    star,
    tangled,
)
from tests.support.graphs import collected
from tests.support.paper import AUTHOR, event, record_created

SIZES = (5, 50, 500)
DRAWN = [
    pytest.param(name, size, id=f"{name}-{size}")
    for name in SHAPES
    for size in SIZES
    if (name, size) not in {("double_supersede", 50), ("double_supersede", 500)}
]


def kinds(drawing: Drawing) -> Counter[tuple[str, int]]:
    """How many boxes of each kind stand for how many events."""
    return Counter((str(box.kind), len(box.nodes)) for box in drawing.boxes)


@pytest.mark.parametrize(("name", "size"), DRAWN)
def test_every_event_is_in_one_box_and_every_link_is_drawn(name: str, size: int) -> None:
    found = graph_of_events(SHAPES[name](size))
    drawing = found.drawing()
    assert_whole(found, drawing)
    assert len(found.drawing(fold=False).boxes) == len(found.nodes) + len(found.conflicts)


def test_nothing_of_drawn_event_sets_is_left_out() -> None:
    for drawn in collected(60):
        for paper in gather([document_of_events(list(drawn.events))], drawn.keyring):
            found = EventGraph.of_papers([paper])
            assert_whole(found, found.drawing())
            assert_legible(found.drawing())


def assert_whole(found: EventGraph, drawing: Drawing) -> None:
    """All events once, and every link between two boxes a line."""
    drawn = [node.event_id for box in drawing.boxes for node in box.nodes]
    assert sorted(drawn) == sorted(node.event_id for node in found.nodes)
    assert [box.conflict for box in drawing.boxes if box.conflict] == list(found.conflicts)
    box_of = {node.event_id: place for place, box in enumerate(drawing.boxes) for node in box.nodes}
    joined = {(line.upper, line.lower) for line in drawing.lines}
    for link in found.links:
        pair = (box_of[link.earlier], box_of[link.later])
        assert pair in joined or pair[0] == pair[1]
    accused = len(drawing.boxes) - len(found.conflicts)
    for number, conflict in enumerate(found.conflicts):
        red = {
            line.upper
            for line in drawing.lines
            if line.style is Style.CONFLICT and line.lower == accused + number
        }
        assert red == {box_of[event_id] for event_id in conflict.event_ids}


@pytest.mark.parametrize("size", [50, 500])
def test_a_long_quiet_chain_is_one_box_between_its_ends(size: int) -> None:
    drawing = graph_of_events(chain(size)).drawing()
    assert kinds(drawing) == {("event", 1): 2, ("run", size - 2): 1}


@pytest.mark.parametrize("size", [50, 500])
def test_what_hangs_on_a_quiet_chain_is_folded_with_it(size: int) -> None:
    drawing = graph_of_events(hung_with_leaves(size)).drawing()
    assert kinds(drawing) == {("event", 1): 2, ("run", len(hung_with_leaves(size)) - 2): 1}


@pytest.mark.parametrize("size", [50, 500])
def test_who_is_in_conflict_is_never_folded_into_a_chain(size: int) -> None:
    found = graph_of_events(chain_with_a_fork(size))
    drawing = found.drawing()
    accused = set(found.conflicts[0].event_ids)
    assert len(accused) == 2
    alone = {box.nodes[0].event_id for box in drawing.boxes if box.kind is BoxKind.EVENT}
    assert accused < alone
    assert kinds(drawing)["conflict", 0] == 1
    assert len(drawing.boxes) < 12


def test_a_short_chain_is_not_folded() -> None:
    assert kinds(graph_of_events(chain(5)).drawing()) == {("event", 1): 5}
    assert kinds(graph_of_events(chain(6)).drawing()) == {("event", 1): 2, ("run", 4): 1}


def test_what_is_rejected_is_in_no_chain_with_others() -> None:
    growing = Growing()
    last = growing.add("record_created")
    for _ in range(4):
        last = growing.add(prev_event=last)
    growing.events[-1] = {**growing.events[-1], "signature": None}
    for _ in range(6):
        last = growing.add(prev_event=last)
    drawing = graph_of_events(growing.events).drawing()
    (rejected,) = (
        box for box in drawing.boxes if any(node.standing == "rejected" for node in box.nodes)
    )
    assert rejected.kind is BoxKind.EVENT
    run = max(drawing.boxes, key=lambda box: len(box.nodes))
    assert {str(node.standing) for node in run.nodes} == {"unreachable"}


def test_a_chain_that_is_rejected_for_one_reason_is_one_box() -> None:
    drawing = graph(document_of_events(chain(500))).drawing()
    assert kinds(drawing) == {("event", 1): 2, ("run", 498): 1}


def test_events_that_are_alike_are_one_box() -> None:
    assert kinds(graph_of_events(star(50)).drawing())["alike", 17] == 1
    assert len(graph_of_events(loose(500)).drawing().boxes) == 3


def test_events_with_different_verdicts_are_not_alike() -> None:
    good = [event(payload={"i": n}) for n in range(6)]
    bad = [{**event(payload={"j": n}), "signature": None} for n in range(6)]
    drawing = graph_of_events([record_created(), *good, *bad]).drawing()
    assert kinds(drawing) == {("event", 1): 1, ("alike", 6): 2}


def test_many_missing_parents_of_one_event_are_one_box() -> None:
    listed = [missing_id(str(number)) for number in range(300)]
    drawing = graph_of_events([event(supersedes=listed)]).drawing()
    assert kinds(drawing) == {("event", 1): 1, ("alike", 300): 1}


@pytest.mark.parametrize(("name", "size"), DRAWN)
def test_a_picture_is_legible(name: str, size: int) -> None:
    assert_legible(graph_of_events(SHAPES[name](size)).drawing())


def assert_legible(drawing: Drawing) -> None:
    """No boxes overlap, all lines lead down, and no line passes behind a box."""
    place = placed(drawing)
    for (x, y), (other_x, other_y) in combinations(place.boxes, 2):
        assert abs(x - other_x) >= WIDTH + GAP - 1 or abs(y - other_y) >= HEIGHT + DROP
    by_row: dict[int, list[int]] = {}
    for x, y in place.boxes:
        by_row.setdefault(y, []).append(x)
        assert 0 <= x <= place.width - WIDTH
        assert 0 <= y <= place.height - HEIGHT
    passed: set[tuple[int, int]] = set()
    for line, points in place.lines:
        assert place.boxes[line.upper][1] < place.boxes[line.lower][1]
        for (x, y), (to_x, to_y) in zip(points[::2], points[1::2], strict=True):
            assert to_y - y == DROP
            for end, row in ((x, y - HEIGHT), (to_x, to_y)):
                at_box = [left for left in by_row.get(row, ()) if left <= end <= left + WIDTH]
                passed.add((end, row))
                own = {place.boxes[line.upper], place.boxes[line.lower]}
                assert all((left, row) in own for left in at_box), "a line runs behind a box"
    assert len(passed) >= 2 * bool(drawing.lines)


def test_no_row_is_wider_than_a_screen() -> None:
    """Of 500 events of which nothing can be folded."""
    drawing = graph_of_events(tangled(500)).drawing()
    rows: Counter[tuple[int, int]] = Counter()
    for part, (boxes, lines) in enumerate(parts(len(drawing.boxes), drawing.lines)):
        for number, row in enumerate(rows_of(boxes, lines).rows):
            rows[part, number] = sum(stop < len(drawing.boxes) for stop in row)
    assert max(rows.values()) == WIDEST_ROW
    assert placed(drawing).width < 7_000


def test_a_chain_that_forks_again_and_again_goes_straight_down() -> None:
    """It does not lean further to one side with each fork, so that nothing of it is in sight."""
    growing = Growing()
    last = growing.add("record_created")
    for _ in range(20):
        parent, last = last, growing.add(prev_event=last)
        growing.add(prev_event=parent)
    found = graph_of_events(growing.events)
    assert len(found.conflicts) == 20
    assert placed(found.drawing()).width < 5 * (WIDTH + GAP)


def test_what_is_early_stands_high_and_a_conflict_right_below_who_is_in_it() -> None:
    """However many events without links there are, which would fill the first rows."""
    growing = Growing()
    roots = [growing.add("record_created")]
    roots += [growing.add("correction", AUTHOR) for _ in range(3)]
    ones = [growing.add(prev_event=roots[0]) for _ in range(2)]
    late = [growing.add(("correction", "mirror_hint")[n % 2], AUTHOR) for n in range(40)]
    growing.add("storage_attestation", AUTHOR, prev_event=ones[0], supersedes=[*roots, *late])
    drawing = graph_of_events(growing.events).drawing(fold=False)
    boxes = placed(drawing).boxes
    row = {
        box.nodes[0].event_id if box.nodes else "conflict": boxes[place][1] // (HEIGHT + DROP)
        for place, box in enumerate(drawing.boxes)
    }
    assert [row[each] for each in (roots[0], *ones, "conflict")] == [0, 1, 1, 2]


def test_what_names_a_missing_parent_stands_right_below_it() -> None:
    growing = Growing()
    last = growing.add("record_created")
    for _ in range(3):
        last = growing.add(prev_event=last)
    growing.add("correction", AUTHOR, prev_event=last)
    growing.add("graph_snapshot", prev_event=last, supersedes=[missing_id("x")])
    drawing = graph_of_events(growing.events).drawing()
    (ghost,) = (n for n, box in enumerate(drawing.boxes) if box.nodes[0].standing == "missing")
    (line,) = (line for line in drawing.lines if line.upper == ghost)
    boxes = placed(drawing).boxes
    assert boxes[line.lower][1] - boxes[ghost][1] == HEIGHT + DROP


def test_lines_that_need_not_cross_do_not() -> None:
    """Two ladders, their rungs given the wrong way round."""
    pairs = [(0, 5), (1, 4), (2, 3), (3, 8), (4, 7), (5, 6), (0, 9), (1, 9)]
    rows = rows_of(range(10), [Line(*pair, Style.PREV_EVENT) for pair in pairs])
    above, below = neighbours(rows)
    assert crossings(rows.rows, below) > 0
    order = ordered(rows, above, below)
    assert crossings(order, below) == 0
    widths = {stop: WIDTH for row in order for stop in row}
    at = places(order, above, below, widths, rows.first_bend)
    for row in order:
        for left, right in pairwise(row):
            assert at[right] - at[left] >= WIDTH - 1


def test_of_the_lines_of_a_tangle_few_cross() -> None:
    """As many as were counted when the pictures were looked at; without exchanges half as many
    more, without barycentres three times as many."""
    drawing = graph_of_events(tangled(50)).drawing()
    count = 0
    for boxes, lines in parts(len(drawing.boxes), drawing.lines):
        rows = rows_of(boxes, lines)
        above, below = neighbours(rows)
        count += crossings(ordered(rows, above, below), below)
    assert count <= 12


def test_neighbours_are_exchanged_where_the_average_of_their_ends_is_the_same() -> None:
    pairs = [(0, 3), (1, 2), (1, 4), (1, 5), (0, 4)]
    rows = rows_of(range(6), [Line(*pair, Style.PREV_EVENT) for pair in pairs])
    above, below = neighbours(rows)
    assert crossings(ordered(rows, above, below), below) == 0


def test_crossings_are_counted() -> None:
    lines = [Line(*pair, Style.BOTH) for pair in ((0, 3), (1, 2), (0, 2), (1, 3))]
    _, below = neighbours(rows_of(range(4), lines))
    assert crossings([[0, 1], [2, 3]], below) == 1
    assert crossings([[0, 1], [3, 2]], below) == 1


def test_lines_of_one_box_share_their_way_past_a_row() -> None:
    lines = [Line(0, 1, Style.PREV_EVENT), Line(1, 2, Style.PREV_EVENT)]
    lines += [Line(2, each, Style.PREV_EVENT) for each in (3, 4)]
    lines += [Line(0, each, Style.SUPERSEDES) for each in (3, 4)]
    rows = rows_of(range(5), lines)
    assert [[stop for stop in row if stop >= rows.first_bend] for row in rows.rows] == [
        [], [5], [6], [],
    ]  # fmt: skip
    conflicts = [Line(each, 3, Style.CONFLICT) for each in (0, 1, 2)]
    chained = [Line(0, 1, Style.PREV_EVENT), Line(1, 2, Style.PREV_EVENT)]
    rows = rows_of(range(4), [*chained, *conflicts])
    assert [path for line, path in rows.paths if line.style is Style.CONFLICT] == [
        (0, 4, 5, 3), (1, 5, 3), (2, 3),
    ]  # fmt: skip


def test_more_than_a_picture_can_show_is_refused_with_what_to_do() -> None:
    events = [
        event(
            EventType.CORRECTION,
            AUTHOR,
            payload={"i": number},
            supersedes=[missing_id(str(number))],
        )
        for number in range(1100)
    ]
    found = graph_of_events(events)
    with pytest.raises(OutputError, match=r"2,200 boxes and 1,100 lines are more .* \.graphml"):
        found.drawing()
    assert found.to_graphml().count(b"<node ") == 2200


def test_a_document_without_events_is_an_empty_picture() -> None:
    found = graph(load_document(b"[]"))
    assert (found.summary, found.drawing()) == ("no events", Drawing((), ()))
    assert "no events" in found.to_svg()
