"""Updates of a mirror: what enters, what is read again, what is said."""

import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from pithmerge import load_document, merge
from pithmerge.canon import MAX_DOCUMENT_DEPTH, compact_json
from pithmerge.errors import MergeError, OutputError
from pithmerge.mirrors.living import open_mirror
from pithmerge.mirrors.living.database import DATABASE
from pithmerge.mirrors.living.mirror import finished, updating
from pithmerge.mirrors.living.planning import Reading
from pithmerge.mirrors.outputs import ReportError
from pithmerge.mirrors.reading.parts import Item, SourceError
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.synthetic import Flaw, synthetic_bundle, synthetic_keyring
from tests.support.living import (
    AT,
    EVIDENCE,
    LATER,
    content_of,
    counts,
    damage_of,
    made,
    states_of,
    updated,
)
from tests.support.merged_mirrors import expected_states
from tests.support.mirror_sources import lines_of, tar_of, write_mirror

PUBLISHED = Path(__file__).parents[3] / "fixtures" / "published"
BUNDLE = PUBLISHED / "bundle-X5HLR35ABEVRWIQTMZXKSPXDDP.json"
STATE = PUBLISHED / "state-22M3HBJ4ANVNJTN56RI73FO4HC.json"
RECORD = PUBLISHED / "record-X72AYRLPIFP2UVYVUQLNZSTJUW.json"


def bundle(index: int, **options: Any) -> bytes:
    return synthetic_bundle(0, index, **options)


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def spoiled(value: dict[str, Any]) -> bytes:
    return compact_json(value, max_depth=MAX_DOCUMENT_DEPTH)


@pytest.mark.parametrize("processes", [1, 2])
def test_the_states_are_those_of_a_merge_of_all(
    mirrors: list[str], tmp_path: Path, processes: int
) -> None:
    folder = made(tmp_path / "mirror")
    result = updated(folder, *mirrors, engine=LocalEngine(processes))
    expected = expected_states()
    assert states_of(folder) == expected
    assert result.learned.new == len(expected)
    assert result.learned.equivocations == sum(
        len(json.loads(state)["equivocations"]) for state in expected.values()
    )
    assert damage_of(folder) == []


def test_what_was_taken_in_is_not_read_again(mirrors: list[str], tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    first = updated(folder, *mirrors)
    before = content_of(folder)
    again = updated(folder, *mirrors, at=LATER)
    assert counts(again) == (0, 0, 0, 0)
    assert (again.documents, again.bytes) == (0, 0)
    files = list(Path(mirrors[0]).rglob("*.json"))
    assert again.passed_over == len(files) + len(mirrors[1:])
    assert first.documents > again.passed_over
    assert content_of(folder) == before
    assert rows_of(again.report) == [{"row": "update", "at": LATER, "message": " ".join(mirrors)}]


def test_only_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    source = write_mirror(tmp_path, "", [bundle(index) for index in range(3)])
    folder = made(tmp_path / "living")
    updated(folder, source)
    changed, touched = sorted(source.rglob("*.json"))[:2]
    changed.write_bytes(bundle(7))
    os.utime(touched, ns=(1, 1))
    again = updated(folder, source, at=LATER)
    assert (again.documents, again.passed_over) == (1, 2)
    assert counts(again) == (1, 0, 0, 0)
    # The new stamp of the touched one is known now.
    assert updated(folder, source).passed_over == 3
    # What was in the file before stays.
    assert len(states_of(folder)) == 4


def test_an_archive_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    archive.write_bytes(tar_of([(f"{index}.json", bundle(index)) for index in range(3)]))
    folder = made(tmp_path / "mirror")
    assert counts(updated(folder, archive)) == (3, 0, 0, 0)
    assert updated(folder, archive).documents == 0
    archive.write_bytes(tar_of([(f"{index}.json", bundle(index)) for index in range(5)]))
    again = updated(folder, archive, at=LATER)
    assert (again.documents, counts(again)) == (5, (2, 0, 0, 0))


def test_a_file_that_is_read_otherwise_is_read_again(tmp_path: Path) -> None:
    source = tmp_path / "a.ndjson"
    source.write_bytes(lines_of([bundle(0)]))
    folder = made(tmp_path / "mirror")
    short = updated(folder, source, reading=Reading(max_bytes=1000))
    assert counts(short) == (0, 0, 0, 1)
    assert counts(updated(folder, source, reading=Reading(max_bytes=1000))) == (0, 0, 0, 0)
    assert counts(updated(folder, source)) == (1, 0, 0, 0)


def test_a_paper_changes_when_another_mirror_knows_more_of_it(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    index = next(
        index
        for index in range(100)
        if load_document(bundle(index, mirror=1)).value["state"]["equivocation_count"]
        and len(load_document(bundle(index, mirror=3)).events) == 2
    )
    for mirror in (0, 1, 3):
        (tmp_path / f"{mirror}.json").write_bytes(bundle(index, mirror=mirror))
    assert counts(updated(folder, tmp_path / "0.json")) == (1, 0, 0, 0)
    result = updated(folder, tmp_path / "1.json", at=LATER)
    assert counts(result) == (0, 1, 1, 0)
    rows = {row["row"]: row for row in rows_of(result.report)}
    assert rows["changed"]["state_before"] != rows["changed"]["state_sha256"]
    assert rows["equivocation"]["kind"] == "fork"
    with open_mirror(folder) as opened:
        log = opened.log(rows["changed"]["pith_number"])
        assert [(each["at"], each["what"]) for each in log] == [
            (AT, "document"), (AT, "event"), (AT, "event"), (AT, "state"),
            (LATER, "document"), (LATER, "event"), (LATER, "state"), (LATER, "equivocation"),
        ]  # fmt: skip
        assert log[0]["from"] == str(tmp_path / "0.json")
        # The newest of the bundles that hold.
        assert opened.bundle(rows["changed"]["pith_number"]) == bundle(index, mirror=1)
    # It is new once, and the day that it was first seen stays.
    assert counts(updated(folder, tmp_path / "1.json", at=LATER)) == (0, 0, 0, 0)
    assert counts(updated(folder, tmp_path / "3.json", at="2026-06-03T00:00:00Z")) == (0, 0, 0, 0)
    with open_mirror(folder) as opened:
        assert log[-1] in opened.log(rows["changed"]["pith_number"])


def test_what_is_sound_of_a_bundle_that_fails_enters(tmp_path: Path) -> None:
    source = tmp_path / "a.json"
    source.write_bytes(bundle(0, flaw=Flaw.EVENT_CHANGED))
    folder = made(tmp_path / "mirror")
    result = updated(folder, source)
    assert counts(result) == (1, 0, 0, 0)
    assert result.learned.failed == 1
    row = rows_of(result.report)[-1]
    assert (row["row"], row["document"], row["verdict"]) == ("failed", str(source), "failed")
    assert "content_hash_mismatch" in row["message"]
    (state,) = states_of(folder).values()
    assert json.loads(state)["valid_event_count"] == 1
    with open_mirror(folder) as opened:
        (finding,) = opened.find(row["pith_number"])
        assert finding.papers[0].verdict == "failed"
        # A whole one makes it whole.
        source.write_bytes(bundle(0))
        assert counts(updated(folder, source, at=LATER)) == (0, 1, 0, 0)
        (finding,) = opened.find(row["pith_number"])
        assert (finding.papers[0].verdict, finding.papers[0].valid_events) == ("ok", 2)
        assert opened.bundle(row["pith_number"]) == bundle(0)


def test_a_document_of_which_nothing_is_sound_is_refused(tmp_path: Path) -> None:
    value = json.loads(bundle(0))
    for event in value["events"]:
        event["payload"] = {**event["payload"], "more": 1}
    sources = {
        "forged.json": spoiled(value),
        "cut.json": bundle(1, flaw=Flaw.CUT_SHORT),
        "manifest.json": (PUBLISHED / "pith-mirrors.json").read_bytes(),
        "none.json": b"[]",
        "lines.ndjson": b"nothing\n" * 100,
    }
    folder = made(tmp_path / "mirror")
    for name, data in sources.items():
        (tmp_path / name).write_bytes(data)
    result = updated(folder, *(tmp_path / name for name in sources))
    assert counts(result) == (0, 0, 0, 104)
    # Those that are alike are folded, and each is counted.
    outcomes = {Path(row["document"]).name: row["outcome"] for row in rows_of(result.report)[1:]}
    assert outcomes["forged.json"] == outcomes["none.json"] == "failed"
    assert outcomes["cut.json"] == "unreadable"
    assert outcomes["manifest.json"] == "skipped"
    assert len(outcomes) == 4 + 17
    assert content_of(folder, ["documents", "papers"]) == {"documents": [], "papers": []}
    assert counts(updated(folder, *(tmp_path / name for name in sources))) == (0, 0, 0, 0)


def test_a_forged_part_of_a_list_gives_its_paper_nothing(tmp_path: Path) -> None:
    sound = json.loads(bundle(0))["events"]
    forged = [{**event, "content_sha256": "0" * 64} for event in json.loads(bundle(1))["events"]]
    (tmp_path / "a.json").write_bytes(spoiled([*sound, *forged, {"event_type": "x"}]))  # type: ignore[arg-type]
    folder = made(tmp_path / "mirror")
    result = updated(folder, tmp_path / "a.json")
    assert counts(result) == (1, 0, 0, 0)
    assert list(states_of(folder)) == [sound[0]["subject_pith_number"]]


def test_a_lone_state_and_a_record_are_known_by_what_they_say(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    assert counts(updated(folder, STATE, RECORD, BUNDLE)) == (3, 0, 0, 0)
    with open_mirror(folder) as opened:
        (state,) = opened.find("2503.22996v3")
        assert state.papers[0].verdict == "consistent"
        assert opened.state("2503.22996") == STATE.read_bytes()
        assert opened.events("2503.22996") == []
        (record,) = opened.find("2506.12119v2")
        assert record.papers[0].verdict == "consistent"
        assert opened.state("2506.12119") == load_document(RECORD).merge().to_json()
        assert opened.bundle("2606.01509") == BUNDLE.read_bytes()
        assert opened.state("2606.01509") == load_document(BUNDLE).merge().to_json()
    assert damage_of(folder) == []


def test_signed_events_go_before_what_is_only_said(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    document = load_document(BUNDLE)
    said = document.merge().to_json()
    (tmp_path / "state.json").write_bytes(said)
    events = document.value["events"]
    (tmp_path / "events.json").write_bytes(spoiled(events[:1]))
    number = document.pith_number
    assert number is not None
    updated(folder, tmp_path / "state.json")
    assert states_of(folder)[number] == said
    updated(folder, tmp_path / "events.json", at=LATER)
    assert states_of(folder)[number] == merge(events[:1], pith_number=number).to_json()
    assert damage_of(folder) == []


def test_events_may_come_in_lists_and_aliases_are_united(tmp_path: Path) -> None:
    value = json.loads(bundle(0))
    older = [{**alias, "created_at": "2020-01-01T00:00:00Z"} for alias in value["source_aliases"]]
    (tmp_path / "a.json").write_bytes(spoiled(value["events"]))
    (tmp_path / "b.json").write_bytes(spoiled({**value, "source_aliases": older}))
    (tmp_path / "c.json").write_bytes(bundle(0))
    folder = made(tmp_path / "mirror")
    updated(folder, tmp_path / "a.json", tmp_path / "b.json", tmp_path / "c.json")
    (state,) = states_of(folder).values()
    dates = {each["created_at"] for each in json.loads(state)["current"]["source_aliases"]}
    assert dates == {"2020-01-01T00:00:00Z"}


def test_names_of_files_may_be_no_text(tmp_path: Path) -> None:
    source = tmp_path / os.fsdecode(b"\xff\xfe.json")
    try:
        source.write_bytes(bundle(0))
    except (OSError, UnicodeError):
        pytest.skip("the file system takes text only")
    folder = made(tmp_path / os.fsdecode(b"mirror\xff?#%41"))
    assert counts(updated(folder, tmp_path / os.fsdecode(b"\xff*.json"))) == (1, 0, 0, 0)
    assert updated(folder, source).documents == 0
    with open_mirror(folder) as opened:
        (paper,) = opened.papers()
        assert paper.files == (str(tmp_path / "\\xff\\xfe.json"),)
        assert opened.state(paper.pith_number)
    assert damage_of(folder) == []


def test_documents_are_told_by_their_place_wherever_one_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.json").write_bytes(bundle(0))
    folder = made(tmp_path / "mirror")
    monkeypatch.chdir(tmp_path)
    updated(folder, "a.json")
    assert updated(folder, tmp_path / "a.json").passed_over == 1
    with open_mirror(folder) as opened:
        (paper,) = opened.papers()
        assert paper.files == (str(tmp_path / "a.json"),)


def test_what_cannot_be_done_is_said_before_anything_is(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    (tmp_path / "a.json").write_bytes(bundle(0))
    before = content_of(folder)
    with pytest.raises(SourceError, match="there is no such file"):
        updated(folder, tmp_path / "a.json", tmp_path / "nowhere.json")
    for source in (tmp_path, folder, folder / "reports", tmp_path / "m*"):
        with pytest.raises(OutputError, match="name what is beside the mirror"):
            updated(folder, source)
    (tmp_path / "a.ndjson").write_bytes(lines_of([bundle(0)]))
    with pytest.raises(OutputError, match="which is read"):
        updated(folder, tmp_path / "a.ndjson", report=tmp_path / "a.ndjson")
    with pytest.raises(ReportError, match="its ending"):
        updated(folder, tmp_path / "a.json", report=tmp_path / "a.csv")
    with pytest.raises(MergeError, match="YYYY"):
        updated(folder, tmp_path / "a.json", at="today")
    assert content_of(folder) == before


def test_a_report_may_be_a_table(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    (tmp_path / "a.json").write_bytes(bundle(0))
    folder = made(tmp_path / "mirror")
    result = updated(folder, tmp_path / "a.json", report=tmp_path / "day.parquet")
    rows = pq.read_table(result.report).to_pylist()
    assert [row["row"] for row in rows] == ["update", "new"]
    assert not (folder / "reports").exists()


def test_a_document_that_kills_who_reads_it_is_read_again_another_day(tmp_path: Path) -> None:
    from tests.support.mirror_sources import Deadly

    source = tmp_path / "a.ndjson"
    source.write_bytes(lines_of([bundle(0), bundle(1)]))
    folder = made(tmp_path / "mirror")

    class DeadlyOnce(Deadly):
        def run(self, function: Any, tasks: Any) -> Any:
            def mortal(task: Any) -> Any:
                if hasattr(task, "part") and self.deaths < 2:
                    if task.mark is not None:
                        task.mark.write_text("0")
                    raise SystemExit
                return function(task)

            yield from super().run(mortal, tasks)

    result = updated(folder, source, engine=DeadlyOnce())
    assert counts(result) == (1, 0, 0, 1)
    assert "is killed each time" in rows_of(result.report)[-1]["message"]
    # There may be more memory then.
    assert counts(updated(folder, source, at=LATER)) == (1, 0, 0, 0)
    assert content_of(folder, EVIDENCE)["papers"]


def test_the_keyring_is_the_mirrors_own(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    with open_mirror(folder) as opened:
        trusted = {key.fingerprint for key in opened.keyring.keys}
    assert trusted > {key.fingerprint for key in synthetic_keyring().keys}


def test_documents_may_be_given_one_by_one(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    items = [
        Item("https://a.example/0", bundle(0)),
        Item("https://a.example/1", None, "it is gone"),
        Item("https://b.example/0", bundle(0)),
        Item("https://a.example/2", bundle(2, flaw=Flaw.CUT_SHORT)),
    ]
    sources = ["https://user:secret@a.example/?token=secret"]
    with updating(folder, at=AT, sources=sources, engine=LocalEngine(1)) as update:
        outcomes = [each.outcome for each in update.take(items)]
        update.merge()
        result = finished(update)
    assert outcomes == [None, "unreadable", None, "unreadable"]
    assert counts(result) == (1, 0, 0, 2)
    assert b"secret" not in result.report.read_bytes()
    assert b"secret" not in (folder / DATABASE).read_bytes()
    with open_mirror(folder) as opened:
        (paper,) = opened.papers()
        assert paper.files == ("https://a.example/0", "https://b.example/0")


def test_what_has_changed_since_an_update(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    for index in (0, 1):
        (tmp_path / f"{index}.json").write_bytes(bundle(index))
        updated(folder, tmp_path / f"{index}.json")
    with open_mirror(folder) as opened:
        assert opened.last_update == 2
        numbers = [[each.pith_number for each in opened.papers(changed_since=since)]
                   for since in (0, 1, 2, 3)]  # fmt: skip
        assert numbers[0] == numbers[1] == sorted(numbers[0])
        assert numbers[2:] == [[load_document(bundle(1)).pith_number], []]
        # As a library, it sees at once what it has learned.
        (tmp_path / "2.json").write_bytes(bundle(2))
        opened.update([str(tmp_path / "2.json")], at=LATER, engine=LocalEngine(1))
        assert len(list(opened.papers())) == 3
        assert opened.check().to_dict() == {
            "papers": 3, "documents": 3, "unmerged": 0, "unjudged": 0, "damage": [],
        }  # fmt: skip


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    source = tmp_path / "a.ndjson"
    # Of one length, for another would be noticed at once.
    before, meanwhile = (lines_of([bundle(index)]).ljust(20_000, b"\n") for index in (0, 1))
    source.write_bytes(before)
    folder = made(tmp_path / "mirror")

    class Disturbing(LocalEngine):
        def run(self, function: Any, tasks: Any) -> Any:
            def disturbed(task: Any) -> Any:
                source.write_bytes(meanwhile)
                return function(task)

            yield from super().run(disturbed, tasks)

    assert updated(folder, source, engine=Disturbing(1)).learned.new == 1
    # It is again what it was when it was looked at; but that was never read.
    source.write_bytes(before)
    assert counts(updated(folder, source, at=LATER)) == (1, 0, 0, 0)


def test_what_cannot_be_opened_today_is_tried_again(tmp_path: Path) -> None:
    source = write_mirror(tmp_path, "", [bundle(0)])
    (dangling := source / "000" / "later.json").symlink_to(tmp_path / "later")
    folder = made(tmp_path / "living")
    for _ in range(2):
        assert updated(folder, source).learned.refused == 1
    (tmp_path / "later").write_bytes(bundle(1))
    assert dangling.exists()
    assert counts(updated(folder, source, at=LATER)) == (1, 0, 0, 0)
    assert updated(folder, source).documents == 0


def test_members_of_one_name_are_each_refused(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    with tarfile.open(archive, "w") as tar:
        for data in (b"{", b"[1, 2", b"nothing"):
            member = tarfile.TarInfo("a.json")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))

    folder = made(tmp_path / "mirror")
    result = updated(folder, archive)

    rows = [json.loads(line) for line in result.report.read_bytes().splitlines()]
    refused = [row["document"] for row in rows if row["row"] == "refused"]
    place = f"{archive}!a.json"
    assert refused == [place, f"{place} (2)", f"{place} (3)"]
