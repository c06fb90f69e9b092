"""``pithmerge conform hunt`` and ``replay`` as a user's shell runs them."""

import re
from pathlib import Path

from pithmerge.conformance.corpus import read_cases
from pithmerge.conformance.laws import LAWS
from tests.support import conform_helpers as faulty
from tests.support.cli_helpers import Run, assert_nothing_to_obey, python_saying
from tests.support.conform_cli import conform, conform_all


def test_a_hunt_of_the_reference_finds_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    words = ("hunt", "--impl", faulty.REFERENCE, "--max-examples", "19", "--seed", "5")
    result = conform(*words, cwd=tmp_path)
    assert (result.code, result.messages) == (0, [])
    counts = dict.fromkeys(LAWS, 1) | dict.fromkeys(("agreement", "verification", "numbering"), 3)
    assert result.text.splitlines() == [
        "seed 5",
        *(f"ok       {law} ({count} event sets)" for law, count in counts.items()),
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_finding_is_saved_and_shown_again(tmp_path: Path) -> None:
    words = ("--law", "agreement", "--law", "union", "--law", "agreement", "--seed", "1")
    hunt = ("hunt", *words, "--max-examples", "60", "--save", "found", "--impl")
    (tmp_path / "found").mkdir()
    impl = faulty.function("one_more")
    result = conform(*hunt, impl, cwd=tmp_path)
    assert (result.code, result.messages) == (1, [])
    saved = Path("found") / "hunt-agreement.jsonl"
    lines = result.text.splitlines()
    event = lines.pop(6)
    assert lines == [
        "seed 1",
        "VIOLATED agreement: the first difference is at $.event_count",
        "         at $.event_count",
        "         expected   1",
        "         found      2",
        "                    ^",
        f"         replay it: pithmerge conform replay --impl {impl} {saved}",
        "ok       union (15 event sets)",
    ]
    assert re.fullmatch(r" {11}1   [0-9a-f]{8} graph_snapshot graph registry.example \S+Z", event)
    assert [path.name for path in tmp_path.rglob("*.jsonl")] == ["hunt-agreement.jsonl"]
    (case,) = read_cases(tmp_path / saved)
    said = conform_all(
        {
            "replay": ("replay", "--impl", impl, saved),
            "run": ("run", "--impl", impl, "--cases", saved),
            "mended": ("replay", "--impl", faulty.REFERENCE, saved),
        },
        cwd=tmp_path,
    )
    assert {name: result.code for name, result in said.items()} == {
        "replay": 1,
        "run": 1,
        "mended": 0,
    }
    first = (
        "hunt-agreement  1 fail\n"
        f"fail  {case.id} (8.2): the first difference is at $.event_count\n"
        "      found by the hunt, law agreement: the first difference is at $.event_count\n"
        "      expected   1\n"
        "      found      2\n"
        "                 ^\n"
        "0 of 1 cases pass\n"
    )
    assert said["run"].text == first
    assert said["replay"].text.startswith(first)
    values = said["replay"].text.removeprefix(first).splitlines()
    assert [line.split("{")[0] for line in values] == [
        f"{case.id} expected ",
        f"{case.id} found    ",
    ]
    assert '"event_count":1,' in values[0]
    assert '"event_count":2,' in values[1]
    assert said["mended"].text == "hunt-agreement  1 pass\n1 of 1 cases pass\n"


def test_an_unsteady_one_breaks_determinism(tmp_path: Path) -> None:
    words = ("--impl", faulty.function("unsteady"), "--max-examples", "100", "--seed", "1")
    result = conform("hunt", *words, "--law", "determinism", "--law", "union", cwd=tmp_path)
    assert (result.code, result.messages) == (1, [])
    assert result.text.count("VIOLATED determinism: ") == 2
    assert "(seen on the law union), first so: " in result.text
    assert [path.name for path in tmp_path.iterdir()] == ["hunt-determinism.jsonl"]
    cases = read_cases(tmp_path / "hunt-determinism.jsonl")
    assert len({case.id for case in cases}) == len(cases)
    replayed = conform("replay", *words[:2], "hunt-determinism.jsonl", cwd=tmp_path)
    assert replayed.code == 1


def test_what_breaks_in_another_environment_is_shown_again_there(tmp_path: Path) -> None:
    impl = ("--impl", faulty.command("time_zone"))
    words = ("--law", "determinism", "--max-examples", "3", "--seed", "1")
    result = conform("hunt", *impl, *words, cwd=tmp_path)
    assert (result.code, result.messages) == (1, [])
    started = "started anew with PYTHONHASHSEED=1 TZ=Asia/Kathmandu LC_ALL=C LANG=C: "
    assert f"VIOLATED determinism: {started}" in result.text
    for words in (
        ("replay", *impl, "hunt-determinism.jsonl"),
        ("run", *impl, "--cases", "hunt-determinism.jsonl"),
    ):
        replayed = conform(*words, cwd=tmp_path)
        assert replayed.code == 1
        assert "hunt-determinism-elsewhere  1 fail" in replayed.text
        assert f"law determinism: {started}" in replayed.text


def test_crashes_and_hostile_texts_in_a_hunt(tmp_path: Path) -> None:
    words = ("--max-examples", "2", "--law", "union", "--seed", "1", "--impl")
    said = conform_all(
        {
            "fails": ("hunt", *words, faulty.function("fails_always")),
            "refuses": ("hunt", *words, faulty.function("refuses_everything")),
            "no merge": ("hunt", *words, faulty.function("canonicalize_only")),
            "few": ("hunt", *words[:2], *words[-1:], faulty.REFERENCE, "--seed", "0"),
        },
        cwd=tmp_path,
    )
    for result in said.values():
        assert_nothing_to_obey(result.text)
    codes = {name: result.code for name, result in said.items()}
    assert codes == {"fails": 1, "refuses": 1, "no merge": 4, "few": 0}
    assert 'VIOLATED union: no answer (crash): it caught an exception: "<scr' in said["fails"].text
    assert "VIOLATED union: it refuses a merge that must yield a sta" in said["refuses"].text
    assert said["no merge"].stdout == b""
    assert said["no merge"].messages == [
        "pithmerge: the implementation does not merge: nothing was checked"
    ]
    left = list(LAWS)[2:]
    assert said["few"].text.splitlines()[3:] == [
        f"not tried {law}: --max-examples leaves no event set for it" for law in left
    ]


def test_a_seed_is_printed_where_none_was_given() -> None:
    words = ("hunt", "--impl", faulty.REFERENCE, "--law", "union", "--max-examples", "1")
    said = [
        result.text.splitlines()[0] for result in conform_all({"a": words, "b": words}).values()
    ]
    assert all(re.fullmatch(r"seed \d+", line) for line in said)
    assert said[0] != said[1]


def test_hunt_needs_no_extra(tmp_path: Path) -> None:
    blocked = python_saying("import sys; sys.modules['hypothesis'] = None")
    words = ("conform", "hunt", "--impl", faulty.REFERENCE, "--max-examples", "1")
    result = Run(words, program=blocked, cwd=tmp_path).result()
    assert result.code == 0
