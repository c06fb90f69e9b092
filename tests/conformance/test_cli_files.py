"""What ``pithmerge conform`` reads and writes: baselines, reports, files of cases."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

from tests.support import conform_helpers as faulty
from tests.support.cli_helpers import assert_nothing_to_obey
from tests.support.conform_cli import ALIASES, CASES, conform, conform_all, lines_like, run_words


def test_a_baseline_that_was_written_makes_the_run_pass(tmp_path: Path) -> None:
    known = tmp_path / "known.txt"
    words = run_words("wrong_reason", "--suite", "aliases", "--suite", "envelope")
    first = conform(*words, "--write-baseline", known)
    assert first.code == 1
    listed = known.read_text().splitlines()
    assert listed
    assert all(re.fullmatch(r"[A-Z]{3}-\d{4}  # wrong-reason: .+", line) for line in listed)
    shorter = tmp_path / "shorter.txt"
    shorter.write_text("\n".join(["# known", "", *listed[1:]]))
    longer = tmp_path / "longer.txt"
    ids = {line.split()[0] for line in listed}
    passing = next(case.id for case in ALIASES if case.id not in ids)
    longer.write_text(f"{known.read_text()}XYZ-0001  # fail: gone\n{passing}  # crash\n")
    both = tmp_path / "both.txt"
    both.write_text(f"{shorter.read_text()}\nXYZ-0001  # fail: gone\n")
    other = tmp_path / "other.txt"
    other.write_text(known.read_text().replace("wrong-reason", "fail", 1))
    said = conform_all(
        {
            "same": (*words, "--baseline", known),
            "shorter": (*words, "--baseline", shorter),
            "longer": (*words, "--baseline", longer),
            "both": (*words, "--baseline", both),
            "other": (*words, "--baseline", other),
            "not run": run_words("wrong_reason", "--suite", "aliases", "--baseline", known),
        }
    )
    codes = {name: result.code for name, result in said.items()}
    assert codes == {"same": 0, "shorter": 1, "longer": 2, "both": 1, "other": 2, "not run": 2}
    assert all(result.messages == [] for result in said.values())
    new = listed[0].split()[0]
    total = len(ALIASES) + sum(case.suite == "envelope" for case in CASES)
    ending = f"{total - len(listed)} of {total} cases pass"
    assert said["same"].text.endswith(f"{ending}, {len(listed)} of the others in the baseline\n")
    assert "wrong-reason  " not in said["same"].text
    assert lines_like(r"wrong-reason  (\S+)", said["shorter"]) == [new]
    assert lines_like(r"stale baseline: (.*)", said["longer"]) == [
        "XYZ-0001: there is no such case",
        f"{passing}: listed as crash but passes",
    ]
    assert f"stale baseline: {new}: listed as fail, now wrong-reason\n" in said["other"].text
    assert said["not run"].text.count(": listed but not run\n") == len(
        ids - {c.id for c in ALIASES}
    )


def test_reports_of_a_run(tmp_path: Path) -> None:
    files = {name: tmp_path / f"report.{name}" for name in ("jsonl", "xml", "html")}
    for path in files.values():
        path.write_text("what was there before")
    outputs = ("--report", files["jsonl"], "--junit", files["xml"], "--html", files["html"])
    result = conform(*run_words("hostile_name", "--suite", "aliases", *outputs))
    assert result.code == 1
    lines = [json.loads(line) for line in files["jsonl"].read_bytes().splitlines()]
    assert [line.get("id") for line in lines[1:-1]] == [case.id for case in ALIASES]
    assert lines[0]["implementation"]["name"] == faulty.HOSTILE_TEXT
    assert lines[-1]["cases"] == lines[-1]["counts"]["crash"] == len(ALIASES)
    assert lines[-1]["exit_code"] == 1
    root = ElementTree.fromstring(files["xml"].read_bytes())
    assert (root.get("tests"), root.get("errors")) == (str(len(ALIASES)),) * 2
    page = files["html"].read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "<script" not in page
    assert "\x1b" not in page


def test_a_file_of_cases_by_somebody_else_is_nothing_to_obey(tmp_path: Path) -> None:
    text = faulty.HOSTILE_TEXT
    value = {**ALIASES[0].to_value(), "id": text, "suite": text, "because": [text]}
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(value))
    known = tmp_path / "known.txt"
    known.write_text("\x1b[31m  # fail: x\n")
    impl = ("--impl", faulty.function("hostile_name"))
    said = conform_all(
        {
            "replay": ("replay", *impl, path),
            "run": ("run", *impl, "--cases", path, "--baseline", known),
            "smoke": ("smoke", *impl),
            "state": ("replay", "--impl", faulty.function("hostile_state"), path),
        }
    )
    assert "found    <script>alert('x')</script> \\x1b[31mred" in said["state"].text
    for result in said.values():
        assert result.code == 1
        assert_nothing_to_obey(result.text)
        assert result.messages == []
