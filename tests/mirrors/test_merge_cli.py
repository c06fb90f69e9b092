"""The command ``mirror merge``: what it says, and its exit codes."""

import json
from pathlib import Path
from typing import Any

from pithmerge import load_document
from pithmerge.canon import compact_json
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.cli_helpers import pithmerge
from tests.support.merged_mirrors import write_keys
from tests.support.mirror_sources import write_mirror


def test_the_command_sums_up(tmp_path: Path) -> None:
    source = write_mirror(tmp_path, ".ndjson", [synthetic_bundle(0, index) for index in range(5)])
    words = ["mirror", "merge", source, "--key", write_keys(tmp_path), "-p", "1", "-o"]
    done = pithmerge(*words, tmp_path / "s.ndjson", "--report", tmp_path / "r.ndjson")
    assert (done.code, done.stderr) == (0, b"")
    lines = done.text.splitlines()
    assert lines[:2] == [
        "5 documents: 5 merged, 0 incomplete, 0 skipped, 0 unreadable, 0 unsupported",
        "5 states: 0 with invalid events, 0 with equivocations",
    ]
    assert lines[3:] == [f"states: {tmp_path / 's.ndjson'}", f"report: {tmp_path / 'r.ndjson'}"]


def test_exit_codes(tmp_path: Path) -> None:
    event = load_document(synthetic_bundle(0, 0)).events[0]
    cases: dict[str, tuple[Any, int, int]] = {
        "whole": ([event], 0, 0),
        "rejected": ([event, {**event, "content_sha256": "0", "more": 1}], 0, 1),
        "incomplete": ([event, {**event, "subject_pith_number": ""}], 1, 1),
        "nothing valid": ([{**event, "content_sha256": "0"}], 1, 1),
        "nothing": ([], 1, 1),
        "unreadable": ({"no": "document"}, 3, 3),
        "unsupported": ({**json.loads(synthetic_bundle(0, 0)), "merge_version": "v9"}, 3, 3),
    }
    keys = write_keys(tmp_path)
    for name, (value, code, strict_code) in cases.items():
        source = tmp_path / f"{name}.json"
        source.write_bytes(compact_json(value))
        output = tmp_path / f"{name}.ndjson"
        words = ["mirror", "merge", source, "--key", keys, "-p", "1", "-o", output]
        assert pithmerge(*words).code == code, name
        assert pithmerge(*words, "--strict").code == strict_code, name


def test_wrong_usage_is_one_line(tmp_path: Path) -> None:
    source = write_mirror(tmp_path, ".ndjson", [synthetic_bundle(0, 0)])
    words = ["mirror", "merge", source, "-o"]
    assert "its ending" in pithmerge(*words, tmp_path / "s.csv").error
    assert "no such file" in pithmerge("mirror", "merge", "nowhere", "-o", "s.ndjson").error
    assert "is no engine" in pithmerge(*words, tmp_path / "s", "--engine", "ray").error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mirror.ndjson"]
