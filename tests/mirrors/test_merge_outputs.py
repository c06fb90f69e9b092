"""What a merge of mirrors writes: states in every form, and its report."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import zstandard

from pithmerge import V1
from pithmerge.errors import OutputError, PithmergeError
from pithmerge.mirrors.merge import merge_mirror
from pithmerge.mirrors.outputs import ReportError
from pithmerge.mirrors.reading.sources import SourceError
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.merged_mirrors import KEYRING, expected_states, merged
from tests.support.mirror_sources import write_mirror


def test_the_states_are_the_same_in_every_form(mirrors: list[str], tmp_path: Path) -> None:
    for name in ("states.ndjson", "states.parquet", "states"):
        merge_mirror(mirrors[:1] + mirrors, tmp_path / name, keyring=KEYRING, engine=LocalEngine(1))
    table = pq.read_table(tmp_path / "states.parquet")
    assert dict(zip(*table.to_pydict().values(), strict=True)) == expected_states()
    assert table.column_names == ["pith_number", "state"]
    found = {
        path.relative_to(tmp_path / "states").as_posix(): path.read_bytes()
        for path in (tmp_path / "states").rglob("*.json")
    }
    assert found == {
        f"{number[10:12]}/{number.replace(':', '-')}.json": state
        for number, state in expected_states().items()
    }


def test_a_folder_with_something_in_it_is_not_written_into(tmp_path: Path) -> None:
    source = write_mirror(tmp_path, ".ndjson", [synthetic_bundle(0, 0)])
    output = tmp_path / "states"
    output.mkdir()
    merge_mirror([str(source)], output, keyring=KEYRING, engine=LocalEngine(1))
    (there,) = output.rglob("*.json")
    with pytest.raises(PithmergeError, match="there is something in this folder"):
        merge_mirror([str(source)], output, keyring=KEYRING, engine=LocalEngine(1))
    assert list(output.rglob("*.json")) == [there]


@pytest.mark.parametrize(("states", "report"), [("s.csv", "r.ndjson"), ("s.ndjson", "r.json")])
def test_unknown_endings_are_refused_before_anything_is_read(
    tmp_path: Path, states: str, report: str
) -> None:
    with pytest.raises(ReportError, match="its ending"):
        merge_mirror(["nowhere"], tmp_path / states, report=tmp_path / report)
    assert list(tmp_path.iterdir()) == []


def test_the_report_has_a_row_for_each_state(mirrors: list[str], tmp_path: Path) -> None:
    for name in ("report.ndjson", "report.parquet"):
        merge_mirror(
            mirrors,
            tmp_path / "states.ndjson",
            report=tmp_path / name,
            keyring=KEYRING,
            engine=LocalEngine(1),
        )
    rows = [json.loads(line) for line in (tmp_path / "report.ndjson").read_bytes().splitlines()]
    assert pq.read_table(tmp_path / "report.parquet").to_pylist() == rows
    documents = [row for row in rows if row["document"] is not None]
    assert rows[: len(documents)] == documents
    states = map(json.loads, expected_states().values())
    assert rows[len(documents) :] == [
        {
            **dict.fromkeys(rows[0]),
            "pith_number": state["pith_number"],
            "outcome": "merged",
            "events": state["event_count"],
            "valid_events": state["valid_event_count"],
            "invalid_events": state["invalid_event_count"],
            "equivocations": state["equivocation_count"],
            "reasons": [
                each
                for each in V1.reasons
                if each in [entry["reason"] for entry in state["invalid_events"]]
            ],
            "signers": sorted({entry["signer_id"] for entry in state["equivocations"]}),
            "state_sha256": state["state_sha256"],
        }
        for state in states
    ]


@pytest.mark.parametrize(
    ("ending", "decompress"),
    [
        (".ndjson.gz", gzip.decompress),
        (".ndjson.zst", lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data)),
    ],
    ids=["gz", "zst"],
)
def test_the_report_is_the_same_however_it_is_compressed(
    tmp_path: Path, ending: str, decompress: Callable[[bytes], bytes]
) -> None:
    source = write_mirror(tmp_path, ".ndjson", [synthetic_bundle(0, 0), b"no document"])
    reports = tmp_path / "r.ndjson", tmp_path / f"r{ending}"
    for report in reports:
        merge_mirror(
            [str(source)],
            tmp_path / "states.ndjson",
            report=report,
            keyring=KEYRING,
            engine=LocalEngine(1),
        )
    plain, compressed = (report.read_bytes() for report in reports)
    assert len(plain.splitlines()) == 2
    assert decompress(compressed) == plain


def test_outputs_in_a_source_folder_are_refused(tmp_path: Path) -> None:
    write_mirror(tmp_path, ".ndjson", [synthetic_bundle(0, 0)])
    with pytest.raises(OutputError, match=r"states.ndjson: it is in .*, which is read"):
        merged([tmp_path], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mirror.ndjson"]


def test_a_source_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        merge_mirror([str(tmp_path / "nowhere")], tmp_path / "s.ndjson")
    assert list(tmp_path.iterdir()) == []
