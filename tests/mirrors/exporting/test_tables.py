"""A mirror as tables: what they hold, and that they are written whole or not at all."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pandas
import pyarrow.parquet
import pytest

from pithmerge.errors import OutputError
from pithmerge.mirrors.exporting import columns, write_tables
from pithmerge.mirrors.exporting.rows import rows_of_papers
from pithmerge.mirrors.living import MirrorError, open_mirror
from pithmerge.mirrors.synthetic import Flaw, synthetic_bundle
from tests.mirrors.exporting.test_site import BUNDLE, BUNDLE_SUFFIX, FORK, STATE, given, two_bundles
from tests.mirrors.living.test_finding import HOSTILE, paper
from tests.support.living import AT, damaged, made, updated
from tests.support.memory import with_peak

ROOT = Path(__file__).parents[3]
TABLES = ("papers", "events", "equivocations", "reasons")


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    folder = made(tmp_path / "mirror")
    documents = [bundle for index in range(8) for bundle in two_bundles(index)]
    documents += [
        synthetic_bundle(0, 20, flaw=Flaw.EVENT_CHANGED),
        paper("2601.00001", HOSTILE),
        paper("x", "No id", version=10**30),
    ]
    updated(folder, given(tmp_path / "sources", *documents), BUNDLE, STATE, FORK)
    return folder


def frames(folder: Path) -> dict[str, pandas.DataFrame]:
    return {name: pandas.read_parquet(folder / f"{name}.parquet") for name in TABLES}


def test_papers_and_their_events_are_those_of_the_mirror(mirror: Path, tmp_path: Path) -> None:
    counts = write_tables(mirror, tmp_path / "tables")
    tables = frames(tmp_path / "tables")
    assert counts == {name: len(table) for name, table in tables.items()}
    papers = tables["papers"].set_index("pith_number")
    events = tables["events"]
    with open_mirror(mirror) as opened:
        assert list(papers.index) == [each.pith_number for each in opened.papers()]
        for found in opened.papers():
            number = found.pith_number
            assert papers.loc[number, "state_sha256"] == found.state_sha256
            of_paper = events[events["pith_number"] == number]
            state = json.loads(opened.state(number))
            verdicts = of_paper["verdict"].value_counts()
            valid = verdicts.get("current", 0) + verdicts.get("applied", 0)
            assert (valid, verdicts.get("rejected", 0)) == (
                state["valid_event_count"],
                state["invalid_event_count"],
            )
            if signed := opened.events(number):
                assert of_paper["copies"].sum() == len(signed)
                assert of_paper["signed"].all()
            else:
                assert not of_paper["signed"].any()


def test_a_paper_has_what_analysts_ask_for(mirror: Path, tmp_path: Path) -> None:
    write_tables(mirror, tmp_path / "tables")
    papers = frames(tmp_path / "tables")["papers"].set_index("arxiv_id")
    row = papers.loc["2606.01509"]
    assert row["pith_number"] == f"pith:2026:{BUNDLE_SUFFIX}"
    assert row["short_pith_number"] == "pith:X5HLR35A"
    assert (row["arxiv_version"], row["doi"]) == (1, "10.48550/arxiv.2606.01509")
    assert row["title"].startswith("ProbMoE: ")
    assert (row["primary_category"], list(row["categories"])) == ("cs.LG", ["cs.LG", "cs.AI"])
    assert row["submitted_at"] == datetime(2026, 6, 1, 0, 16, 36, tzinfo=UTC)
    assert row["first_seen"] == row["state_since"] == datetime.fromisoformat(AT)
    # What is no number of 64 bits is none, and what a title says is text.
    assert pandas.isna(papers.loc["x", "arxiv_version"])
    assert papers.loc["2601.00001", "title"] == HOSTILE


def test_equivocations_and_reasons(mirror: Path, tmp_path: Path) -> None:
    write_tables(mirror, tmp_path / "tables")
    tables = frames(tmp_path / "tables")
    (fork,) = tables["equivocations"].to_dict("records")
    number = json.loads(FORK.read_bytes())["pith_number"]
    assert (fork["pith_number"], fork["kind"], fork["stands"]) == (number, "fork", True)
    ids = set(tables["events"].query("pith_number == @number")["event_id"])
    assert len(fork["event_ids"]) == 2
    assert set(fork["event_ids"]) <= ids
    (rejected,) = tables["reasons"].to_dict("records")
    assert rejected["reason"] == "content_hash_mismatch"
    assert rejected["explanation"] == "its content_sha256 is not the digest of its content"
    assert tables["events"].query("verdict == 'rejected'")["reason"].tolist() == [
        "content_hash_mismatch"
    ]
    assert rejected["event_id"] in set(tables["events"]["event_id"])


def test_the_same_mirror_gives_the_same_bytes(mirror: Path, tmp_path: Path) -> None:
    write_tables(mirror, tmp_path / "one")
    write_tables(mirror, tmp_path / "other")
    for name in TABLES:
        one, other = (tmp_path / each / f"{name}.parquet" for each in ("one", "other"))
        assert one.read_bytes() == other.read_bytes()


def test_the_columns_are_those_that_are_documented(mirror: Path, tmp_path: Path) -> None:
    write_tables(mirror, tmp_path / "tables")
    for name in TABLES:
        schema = pyarrow.parquet.read_schema(tmp_path / "tables" / f"{name}.parquet")
        assert schema == columns.schema_of(name)
    assert columns.as_markdown() in (ROOT / "docs" / "mirror.md").read_text("utf-8")


def test_an_empty_mirror_has_empty_tables(tmp_path: Path) -> None:
    mirror = made(tmp_path / "mirror")
    assert write_tables(mirror, tmp_path / "tables") == dict.fromkeys(TABLES, 0)
    assert all(table.empty for table in frames(tmp_path / "tables").values())


def test_all_tables_are_written_or_none(mirror: Path, tmp_path: Path) -> None:
    write_tables(mirror, tmp_path / "tables")
    before = {path.name: path.read_bytes() for path in (tmp_path / "tables").iterdir()}
    updated(mirror, given(tmp_path / "more", *two_bundles(30)))
    damaged(mirror, "UPDATE states SET data = x'00' WHERE paper_id = (SELECT max(id) FROM papers)")
    with pytest.raises(MirrorError, match="the state of pith:"):
        write_tables(mirror, tmp_path / "tables")
    assert {path.name: path.read_bytes() for path in (tmp_path / "tables").iterdir()} == before


def test_neither_is_in_the_other(mirror: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="it is in"):
        write_tables(mirror, mirror / "tables")
    with pytest.raises(OutputError, match="it is, or holds,"):
        write_tables(mirror, tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="check the folder"):
        write_tables(mirror, tmp_path / "file")
    with pytest.raises(MirrorError, match="there is no mirror"):
        write_tables(tmp_path / "nothing", tmp_path / "tables")


def test_memory_is_that_of_a_row_group(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def many(database: object) -> object:
        papers = list(rows_of_papers(database))  # type: ignore[arg-type]
        for _ in range(500):
            yield from papers

    monkeypatch.setattr("pithmerge.mirrors.exporting.tables.rows_of_papers", many)
    monkeypatch.setattr("pithmerge.mirrors.exporting.tables.ROWS_AT_ONCE", 100)
    counts, peak = with_peak(lambda: write_tables(mirror, tmp_path / "tables"))
    assert counts["papers"] > 5000
    assert peak < 2**21
    file = pyarrow.parquet.ParquetFile(tmp_path / "tables" / "papers.parquet")
    assert file.num_row_groups == -(-counts["papers"] // 100)


def test_what_is_no_table_of_a_mirror_is_refused_and_stays(mirror: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    foreign = {
        "text": b"mine",
        "nothing": b"",
        "parquet": parquet_bytes(pyarrow.table({"mine": [1]})),
    }
    for data in foreign.values():
        (folder / "reasons.parquet").write_bytes(data)
        with pytest.raises(OutputError, match=r"reasons\.parquet: there is something that is no"):
            write_tables(mirror, folder)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
            "reasons.parquet": data
        }
    (folder / "reasons.parquet").unlink()
    (folder / "reasons.parquet").mkdir()
    with pytest.raises(OutputError, match="take it away"):
        write_tables(mirror, folder)
    (folder / "reasons.parquet").rmdir()
    write_tables(mirror, folder)
    (folder / "papers.parquet").replace(folder / "events.parquet")
    with pytest.raises(OutputError, match=r"events\.parquet: there is something"):
        write_tables(mirror, folder)
    # As they were written before they had a mark.
    table = pyarrow.parquet.read_table(folder / "reasons.parquet").replace_schema_metadata(None)
    (folder / "events.parquet").unlink()
    (folder / "reasons.parquet").write_bytes(parquet_bytes(table))
    write_tables(mirror, folder)


def parquet_bytes(table: pyarrow.Table) -> bytes:
    file = io.BytesIO()
    pyarrow.parquet.write_table(table, file)
    return file.getvalue()
