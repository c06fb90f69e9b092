"""``pithmerge diff``, and ``pithmerge merge --as-of``: what changed, from whatever holds it."""

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from pithmerge import merge
from pithmerge.building import sign_event
from tests.support.cli_documents import needs_posix, write_json
from tests.support.cli_helpers import Result, Run, pithmerge, run_all
from tests.support.paper import (
    AUTHOR,
    BUNDLE_FILE,
    KEYRING,
    MANIFEST_FILE,
    NUMBER,
    RECORD_FILE,
    REGISTRY,
    STATE_FILE,
    bundle_of,
    day,
    event,
    graph_snapshot,
    json_bytes,
    record_created,
)

pytestmark = needs_posix

RECORD = record_created(day(1))
ONE = graph_snapshot(day(2), sections={"claims": {"count": 0}})
OTHER = graph_snapshot(day(3), sections={"claims": {"count": 3}})
LATER = graph_snapshot(
    day(4), sections={"claims": {"count": 5}}, supersedes=[ONE["event_id"], OTHER["event_id"]]
)


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One paper on several days."""
    folder = tmp_path_factory.mktemp("days")
    write_json(folder / "keys.json", [each.key.to_entry() for each in (REGISTRY, AUTHOR)])
    write_json(folder / "no.json", {})
    days = {
        "one": [RECORD, ONE],
        "other": [RECORD, OTHER],
        "fork": [RECORD, ONE, OTHER],
        "later": [RECORD, ONE, OTHER, LATER],
    }
    for name, events in days.items():
        write_json(folder / f"{name}.json", bundle_of(*events))
        state = merge(events, keyring=KEYRING).to_json()
        (folder / f"{name}.state.json").write_bytes(state)
        write_json(folder / f"{name}.events.json", events)
    return folder


def words(docs: Path, *names: str) -> tuple[Any, ...]:
    return ("diff", "--key", docs / "keys.json", *names)


def run(docs: Path, *names: str, **options: Any) -> Result:
    return pithmerge(*words(docs, *names), cwd=docs, **options)


def test_all_that_changed_of_one_paper_is_printed(docs: Path) -> None:
    result = run(docs, "one.json", "other.json")
    assert (result.code, result.stderr) == (1, b"")
    assert result.text.splitlines() == [
        f"DIFFERENT  {NUMBER}: 1 event new, 1 event gone, 3 current values changed, 1 equivocation "
        "of both together",
        f"  event new     {OTHER['event_id']}  graph_snapshot of paper by registry.example, "
        f"{day(3)}: current",
        f"  event GONE    {ONE['event_id']}  graph_snapshot of paper by registry.example, "
        f"{day(2)}: current: events do not vanish: NEW leaves it out, keep OLD",
        f'  current       $.current.graph_snapshots[0].event_id  "{ONE["event_id"]}" → '
        f'"{OTHER["event_id"]}"',
        f'  current       $.current.graph_snapshots[0].created_at  "{day(2)}" → "{day(3)}"',
        "  current       $.current.graph_snapshots[0].payload.graph_snapshot.claims.count  0 → 3",
        "  equivocation of both together  fork: registry.example signed 2 conflicting "
        "graph_snapshot events of paper at the beginning of a chain: "
        f"{' '.join(sorted([ONE['event_id'], OTHER['event_id']]))}: neither OLD nor NEW shows it "
        "alone: keep both as evidence",
    ]


def test_verdicts_and_evidence(docs: Path) -> None:
    result = run(docs, "one.json", "later.json")
    assert result.code == 1
    first, *lines = result.text.splitlines()
    assert first == (
        f"DIFFERENT  {NUMBER}: 2 events new, 1 verdict changed, 3 current values changed, "
        "1 equivocation new"
    )
    assert (
        f"  verdict       {ONE['event_id']}: current → superseded: by {LATER['event_id']}" in lines
    )
    assert lines[-1].startswith(
        "  equivocation new   fork: registry.example signed 2 conflicting graph_snapshot events of "
        "paper at the beginning of a chain: sha256:"
    )
    back = run(docs, "later.json", "one.json").text.splitlines()
    assert back[-1].startswith("  equivocation GONE  fork: registry.example signed 2 conflicting ")
    assert back[-1].endswith(": evidence does not vanish (SPEC 9, law 5): keep OLD")


def test_forms_of_the_same_are_the_same(docs: Path) -> None:
    forms = ("later.json", "later.events.json", "later.state.json")
    runs = {f"{old} {new}": Run(words(docs, old, new), cwd=docs) for old in forms for new in forms}
    note = (
        " is a lone state, taken by its word: it shows no signatures, and names superseded and "
        "rejected events without their content"
    )
    for name, result in run_all(runs).items():
        old, new = name.split()
        assert result.text == f"SAME  {NUMBER}: 4 events\n", name
        assert result.code == 0
        sides = [side for side, each in (("OLD", old), ("NEW", new)) if "state" in each]
        assert result.messages == [f"pithmerge: note: {side}{note}" for side in sides]


def test_why_a_new_event_is_rejected_is_said_with_its_values(docs: Path) -> None:
    changed = {**OTHER, "payload": {"graph_snapshot": {}}}
    data = json_bytes(bundle_of(RECORD, ONE) | {"events": [RECORD, ONE, changed]})
    new = run(docs, "one.json", "-", stdin=data).text.splitlines()[1]
    assert new.startswith("  event new     sha256:")
    assert f': content_hash_mismatch: content_sha256 is "{OTHER["content_sha256"]}", the' in new
    write_json(docs / "changed.json", json.loads(data))
    gone = run(docs, "changed.json", "one.json").text.splitlines()[1]
    assert gone.startswith("  event GONE    sha256:")
    # To keep OLD would be to keep what was changed.
    assert gone.endswith(": NEW leaves it out, and with it nothing that is valid in OLD")


def test_an_event_that_was_changed_is_not_called_left_out(docs: Path, tmp_path: Path) -> None:
    changed = {**ONE, "created_at": day(5)}
    write_json(tmp_path / "changed.json", [RECORD, changed])
    write_json(tmp_path / "without.json", [RECORD, {**OTHER, "event_id": None}])
    (identity,) = (
        each.event_id for each in merge([RECORD, changed], keyring=KEYRING).invalid_events
    )
    gone = f"  event GONE    {ONE['event_id']}  graph_snapshot of paper by registry.example, "
    for name, why in {
        "changed.json": f"NEW holds it changed, which makes it {identity}: keep OLD",
        "without.json": "events do not vanish: NEW leaves it out, keep OLD",
    }.items():
        result = run(docs, "one.events.json", tmp_path / name)
        (line,) = [line for line in result.text.splitlines() if line.startswith("  event GONE")]
        assert line == f"{gone}{day(2)}: current: {why}"


def test_sameness_of_what_holds_nothing_valid_is_no_comfort(docs: Path) -> None:
    result = pithmerge("diff", "one.json", "one.json", cwd=docs)
    assert (result.code, result.text) == (0, f"SAME  {NUMBER}: 2 events\n")
    assert result.messages == [
        f"pithmerge: warning: nothing in {side} is valid: 2 unknown_key: did you mean --key?"
        for side in ("OLD", "NEW")
    ]


def test_json_is_a_line_a_paper(docs: Path) -> None:
    result = run(docs, "--json", "one.json", "other.json")
    assert result.code == 1
    value = json.loads(result.stdout)
    assert list(value) == [
        *("pith_number", "same", "events", "verdicts", "current", "equivocations"),
    ]
    assert value["events"] == {"added": [OTHER["event_id"]], "gone": [ONE["event_id"]]}
    assert value["current"][-1] == {
        "path": "$.current.graph_snapshots[0].payload.graph_snapshot.claims.count",
        "old": 0,
        "new": 3,
    }
    (same,) = run(docs, "--json", "one.json", "one.json").stdout.splitlines()
    assert json.loads(same)["same"] is True


def test_stdin_is_one_of_the_two(docs: Path) -> None:
    data = (docs / "one.json").read_bytes()
    assert run(docs, "-", "one.json", stdin=data).code == 0
    assert run(docs, "other.json", "-", stdin=data).code == 1
    assert "stdin (-) is given more than once" in run(docs, "-", "-", stdin=data).error


def papers(folder: Path, *counts: int) -> list[bytes]:
    """Bundles of as many papers, each with a correction that says a number."""
    bundles = []
    for index, count in enumerate(counts):
        if count >= 0:
            number = f"pith:2026:{'A' * 25}{'ABCDEFG'[index]}"
            said = event(payload={"count": count}) | {"subject_pith_number": number}

            bundles.append(
                json_bytes(
                    {
                        "bundle_type": "pith_open_graph_bundle",
                        "pith_number": number,
                        "events": [sign_event(said, AUTHOR, signed_at=day(9))],
                    }
                )
            )
    folder.mkdir()
    for index, data in enumerate(bundles):
        (folder / f"{index}.json").write_bytes(data)
    return bundles


def test_of_many_papers_a_line_for_each_that_differs_and_counts(docs: Path, tmp_path: Path) -> None:
    old = papers(tmp_path / "old", 1, 1, 1, -1)
    new = papers(tmp_path / "new", 1, 2, -1, 1)
    lines = tmp_path / "new.ndjson"
    lines.write_bytes(b"\n".join(new) + b"\n")
    archive = tmp_path / "old.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(tmp_path / "old", "old")
    number = f"pith:2026:{'A' * 25}"
    expected = [
        f"DIFFERENT  {number}B: 1 event new, 1 event gone, 2 current values changed",
        f"ONLY IN OLD  {number}C: 1 event",
        f"ONLY IN NEW  {number}D: 1 event",
        "4 papers: 1 the same, 3 different (1 only in OLD, 1 only in NEW): 2 events new, "
        "2 events gone",
    ]
    for one, other in ((tmp_path / "old", lines), (archive, tmp_path / "new")):
        result = run(docs, str(one), str(other))
        assert result.text.splitlines() == expected
        assert (result.code, result.stderr) == (1, b"")
    result = run(docs, "-v", str(archive), str(lines))
    assert result.text.splitlines()[0] == f"SAME  {number}A: 1 event"
    assert "  event GONE    sha256:" in result.text
    result = run(docs, "--json", str(archive), str(lines))
    assert [json.loads(line)["same"] for line in result.stdout.splitlines()] == [
        *(True, False, False, False),
    ]
    assert len(old) == 3
    same = run(docs, str(archive), str(tmp_path / "old"))
    assert (same.text, same.code) == ("3 papers: 3 the same, 0 different\n", 0)


def test_what_cannot_be_compared_is_named_and_the_rest_is_done(docs: Path, tmp_path: Path) -> None:
    papers(tmp_path / "old", 1, 1)
    papers(tmp_path / "new", 1, 1)
    (tmp_path / "new" / "broken.json").write_bytes(b"{")
    (tmp_path / "new" / "manifest.json").write_bytes(MANIFEST_FILE.read_bytes())
    result = run(docs, str(tmp_path / "old"), str(tmp_path / "new"))
    assert result.code == 3
    assert result.text == "2 papers: 2 the same, 0 different\n"
    assert len(result.messages) == 2
    assert "broken.json: " in result.messages[0]
    assert result.messages[1].endswith(
        "manifest.json: a mirror manifest says nothing of which events there are: give a bundle, a "
        "state or a list of events"
    )


def test_many_that_cannot_be_compared_are_counted(docs: Path, tmp_path: Path) -> None:
    lines = tmp_path / "many.ndjson"
    lines.write_bytes((docs / "one.json").read_bytes() + b"\n" + b"{}\n" * 40)
    result = run(docs, str(lines), "one.json")
    assert (result.code, len(result.messages)) == (3, 21)
    assert result.messages[-1] == "pithmerge: error: and 20 more that cannot be compared"
    assert len(run(docs, "-v", str(lines), "one.json").messages) == 40


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("one.json", "nowhere.json"), "nowhere.json: cannot be read (No such file or directory)"),
        ((str(RECORD_FILE), "one.json"), "says nothing of which events there are"),
        ((str(BUNDLE_FILE), str(STATE_FILE)), "two papers do not compare; give documents of one"),
        (("one.json",), "missing argument"),
        (("--as-of", "x", "one.json", "one.json"), "no such option"),
        (("no.json", "one.json"), "no.json: no Pith document"),
    ],
)
def test_what_could_not_be_done_is_one_line(
    docs: Path, names: tuple[str, ...], message: str
) -> None:
    assert message in run(docs, *names).error.lower() or message in run(docs, *names).error


def test_a_side_without_documents(docs: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.ndjson"
    empty.write_bytes(b"\n")
    assert run(docs, str(empty), "one.json").code == 2
    lists = tmp_path / "list.json"
    lists.write_bytes(b"[]")
    result = run(docs, str(lists), str(lists))
    assert result.code in (0, 2)


def test_much_is_cut_unless_all_is_asked_for(docs: Path, tmp_path: Path) -> None:
    many = [event(payload={"n": n}) for n in range(30)]
    old, new = (
        write_json(tmp_path / "o.json", [RECORD]),
        write_json(tmp_path / "n.json", [RECORD, *many]),
    )
    lines = run(docs, str(old), str(new)).text.splitlines()
    assert lines.count("  … and 10 more of these (-v shows all)") == 2
    assert len(lines) == 1 + 2 * 21
    assert len(run(docs, "-v", str(old), str(new)).text.splitlines()) == 1 + 2 * 30


def test_hostile_texts_do_nothing(docs: Path, tmp_path: Path) -> None:
    hostile = "\x1b[31m\u202e\nx" * 50
    state = json.loads((docs / "one.state.json").read_bytes())
    state["current"]["graph_snapshots"][0]["target"] = hostile
    state["current"]["graph_snapshots"][0]["event_id"] = f"sha256:{'0' * 64}"
    state["current"][hostile] = hostile
    state["equivocations"] = [
        {
            **dict.fromkeys(("kind", "signer_id", "event_type", "target", "position"), hostile),
            "event_ids": [f"sha256:{'0' * 64}"],
        }
    ]
    state["invalid_events"] = [{"event_id": f"sha256:{'1' * 64}", "reason": hostile}]
    path = write_json(tmp_path / "hostile.json", state)
    for old, new in ((str(path), "one.json"), ("one.json", str(path))):
        for options in ((), ("--json",)):
            result = run(docs, *options, old, new)
            assert result.code == 1
            assert "\x1b" not in result.text
            assert "\u202e" not in result.text
            if not options:
                assert all(len(line) < 3000 for line in result.text.splitlines())
            assert "nx" not in result.text.replace("\\nx", "")


# pithmerge merge --as-of


def as_of(docs: Path, instant: str, *names: str) -> Result:
    return pithmerge("merge", "--key", docs / "keys.json", "--as-of", instant, *names, cwd=docs)


def test_a_view_is_the_state_of_what_there_was(docs: Path) -> None:
    result = as_of(docs, day(2), "later.json")
    assert result.stdout == (docs / "one.state.json").read_bytes()
    assert result.messages == [
        f"pithmerge: note: a view, not all that there is: as of {day(2)}, 2 of 4 events"
    ]
    assert as_of(docs, day(4), "later.json").stdout == (docs / "later.state.json").read_bytes()
    result = as_of(docs, day(3), "one.events.json", "later.json")
    assert result.stdout == (docs / "fork.state.json").read_bytes()
    assert result.messages[0].endswith(", 5 of 6 events")


def test_two_moments_of_one_bundle_can_be_compared(docs: Path) -> None:
    view = as_of(docs, day(2), "later.json").stdout
    result = run(docs, "-", "later.json", stdin=view)
    assert result.code == 1
    assert f"{ONE['event_id']}: current → superseded" in result.text


def test_what_has_no_date_is_counted(docs: Path, tmp_path: Path) -> None:
    path = write_json(tmp_path / "x.json", [RECORD, ONE, {}, 5])
    result = as_of(docs, day(1), str(path))
    assert json.loads(result.stdout)["event_count"] == 1
    assert result.messages[0].endswith(", 1 of 4 events, 2 of the others without a date")


def test_a_view_of_nothing(docs: Path) -> None:
    early = "2000-01-01T00:00:00Z"
    result = as_of(docs, early, "later.json")
    assert result.code == 1
    assert json.loads(result.stdout)["event_count"] == 0
    assert result.messages[1] == "pithmerge: warning: nothing is valid: there are no events"
    assert as_of(docs, early, "later.events.json").error == (
        f"no event was created up to {early} (0 of 4 events): name the graph by --pith-number, or "
        "a later instant with --as-of"
    )


@pytest.mark.parametrize("instant", ["2026-05-01", "now", "2026-05-01T12:00:00+02:00", ""])
def test_an_instant_has_one_form(docs: Path, instant: str) -> None:
    assert as_of(docs, instant, "nowhere.json").error == (
        f'"{instant}" is no instant: write it as YYYY-MM-DDTHH:MM:SSZ, in UTC and whole seconds '
        "(SPEC 4.1)"
    )


def test_help_has_an_example() -> None:
    for command in ("diff", "merge"):
        text = pithmerge(command, "--help").text
        assert "Example" in text
        assert f"pithmerge {command} " in text
