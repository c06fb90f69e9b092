"""``pithmerge conform`` as a user's shell runs it: exit codes, and what a person sees."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from pithmerge.conformance.corpus import Case
from tests.support import conform_helpers as faulty
from tests.support.cli_helpers import assert_nothing_to_obey
from tests.support.conform_cli import (
    ALIASES,
    CANONICAL,
    CASES,
    Words,
    conform,
    conform_all,
    lines_like,
    one_case,
    run_words,
)

PAGE = (faulty.ROOT / "CONFORMANCE.md").read_text("utf-8")


def test_the_tutorial_prints_what_the_page_says(tmp_path: Path) -> None:
    stub, session = re.findall(r"^```(?:python)?\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[:2]
    (tmp_path / "stub.py").write_text(stub)
    said = session.partition('python stub.py"\n')[2]
    assert said.startswith("ok ")
    result = conform("smoke", "--impl", f"{sys.executable} stub.py", cwd=tmp_path)
    assert (result.text, result.messages, result.code) == (said, [], 1)


def test_the_suites_that_the_page_names_are_there() -> None:
    result = conform("run", "--impl", faulty.REFERENCE, "--suite", "canonical")
    assert result.code == 0
    assert result.messages == []
    suites = [line.split()[0] for line in result.text.splitlines()]
    assert suites[:-1] == ["canonical-numbers", "canonical-text"]
    assert f"{len(CANONICAL)} of {len(CANONICAL)} cases pass" in result.text


def test_the_reference_passes_as_a_command() -> None:
    command = f"{sys.executable} -m pithmerge.conformance.reference"
    result = conform("run", "--impl", command, "--suite", "aliases", "--case", CASES[0].id)
    assert (result.code, result.messages) == (0, [])
    assert result.text == (
        f"{CASES[0].suite}  1 pass\n"
        f"aliases            {len(ALIASES)} pass\n"
        f"{len(ALIASES) + 1} of {len(ALIASES) + 1} cases pass\n"
    )


def could_not_be_asked(some: int, of: int) -> str:
    return f"pithmerge: {some} of {of} cases could not be asked: nothing is known of them"


def test_exit_codes_and_verdicts_of_faulty_implementations() -> None:
    suite = ("--suite", "aliases")
    said = conform_all(
        {
            "wrong": run_words("wrong_reason", "--suite", "envelope"),
            "refuses": run_words("refuses_everything", *suite),
            "fails": run_words("fails_always", *suite),
            "no op": run_words("calls_it_unsupported", *suite),
            "half": run_words("canonicalize_only"),
            "all of half": run_words("canonicalize_only", "--ask-all"),
            "nothing": run_words("canonicalize_only", *suite),
            "unsteady": run_words("unsteady", *suite),
        }
    )
    codes = {name: result.code for name, result in said.items()}
    assert codes == {**dict.fromkeys(said, 1), "half": 0, "all of half": 1, "nothing": 4}
    unasked = [case for case in CASES if case.op != "canonicalize"]
    complaints = {
        "half": [could_not_be_asked(len(unasked), len(CASES))],
        "all of half": [could_not_be_asked(len(unasked), len(CASES))],
        "nothing": [
            could_not_be_asked(len(ALIASES), len(ALIASES)),
            "pithmerge: nothing was checked",
        ],
    }
    for name, result in said.items():
        assert_nothing_to_obey(result.text)
        assert result.messages == complaints.get(name, [])
    assert re.search(
        r"^wrong-reason  ENV-\d{4} \(.*\): another reason at ", said["wrong"].text, re.MULTILINE
    )
    assert "it refuses what must be accepted: no <script>" in said["refuses"].text
    assert f"aliases  {len(ALIASES)} crash\n" in said["fails"].text
    assert "it caught an exception: <script>" in said["fails"].text
    assert f"aliases  {len(ALIASES)} protocol-error\n" in said["no op"].text
    merges = sum(case.op == "merge" for case in CASES)
    told = f"NOT ASKED: {merges} of {len(CASES)} cases: hello does not list merge among its ops\n"
    asked = len(CASES) - len(unasked)
    for text in (said["half"].text, said["all of half"].text):
        assert told in text
        assert f"\n{asked} of {asked} cases that could be asked pass\n" in text
    assert lines_like("unsupported  ", said["half"]) == []
    assert len(lines_like("unsupported  ", said["all of half"])) == 20
    more = f"and {len(unasked) - 20} more: see --report, --junit or --html\n"
    assert more in said["all of half"].text


def test_a_crash_is_started_again_for_the_next_case() -> None:
    result = conform("run", "--impl", faulty.command("every_tenth"), "--suite", "aliases")
    assert result.code == 1
    assert result.messages == []
    crashed = re.findall(
        r"^crash  (\S+) .*it ended without an answer \(exit code 7\)", result.text, re.MULTILINE
    )
    assert crashed == [case.id for case in ALIASES[9::10]]
    passed = len(ALIASES) - len(crashed)
    assert result.text.endswith(f"{passed} of {len(ALIASES)} cases pass\n")


def test_one_that_cannot_be_run_ends_with_3(tmp_path: Path) -> None:
    report = tmp_path / "report.jsonl"
    report.write_text("an older report")
    dying = faulty.command("dies_for_good", "FLAG")
    commands = {
        "absent": ("run", "--impl", "no-such-program"),
        "empty": ("smoke", "--impl", ""),
        "quote": ("smoke", "--impl", "python 'x"),
        "module": ("run", "--impl", "python:no.such.module:f"),
        "silent": ("smoke", "--impl", shlex.join([sys.executable, "-c", ""])),
        "dies": ("run", "--impl", dying.replace("FLAG", str(tmp_path / "one")), "--report", report),
        "dies in smoke": ("smoke", "--impl", dying.replace("FLAG", str(tmp_path / "two"))),
        "dies in hunt": ("hunt", "--impl", dying.replace("FLAG", str(tmp_path / "three"))),
        "replay": ("replay", "--impl", "no-such-program", one_case(tmp_path)),
    }
    said = conform_all(commands, cwd=tmp_path)
    assert said["dies in smoke"].text.count("      received nothing\n") == 3
    for name, result in said.items():
        if name != "dies in hunt":  # it breaks laws before it is gone
            assert result.code == 3, name
        if "dies" not in name:
            assert result.stdout == b""
        assert result.only_error
        assert_nothing_to_obey(result.text)
    assert report.read_text() == "an older report"
    assert list(tmp_path.glob(".pithmerge-*")) == []


def test_wrong_usage_is_one_line_and_2(tmp_path: Path) -> None:
    impl = ("--impl", "no-such-program")
    (tmp_path / "broken.txt").write_text("ABC-0001 is known\n")
    (tmp_path / "empty.jsonl").write_text("\n")
    (tmp_path / "broken.jsonl").write_text('{"id":1}\n')
    case = one_case(tmp_path)
    said = {
        ("list", "--suite", "nonsense"): "there is no suite or case 'nonsense'",
        ("list", "--suite", "canon"): "there is no suite or case 'canon'",
        ("list", "--corpus", "absent"): "'--corpus': directory 'absent' does not exist",
        ("list", "--corpus", "."): "manifest.json: cannot be read",
        ("run", *impl, "--suite", "nonsense"): "there is no suite or case 'nonsense'",
        ("run", *impl, "--case", "XYZ-0001"): "there is no suite or case 'XYZ-0001'",
        ("run", *impl, "--cases", "absent"): "'--cases': file 'absent' does not exist",
        ("run", *impl, "--cases", "empty.jsonl"): "there is no case in this file",
        ("run", *impl, "--cases", "broken.jsonl"): "case",
        ("run", *impl, "--cases", case, "--suite", "aliases"): "--cases is instead of --suite",
        ("run", *impl, "--cases", case, "--case", "ALI-0001"): "--cases is instead of",
        ("run", *impl, "--cases", case, "--corpus", "."): "--cases is instead of",
        ("run", *impl, "--baseline", "absent"): "'--baseline': file 'absent' does not exist",
        ("run", *impl, "--baseline", "broken.txt"): "broken.txt, line 1: write `id  # verdict: n",
        ("run", *impl, "--report", "-"): "a report goes into a file",
        ("run", *impl, "--report", "absent/x"): "absent/x: cannot be written: check the folder",
        ("run", *impl, "--html", "absent/x"): "absent/x: cannot be written: check the folder",
        ("run", *impl, "--junit", "x", "--html", "x"): "x is named for two outputs",
        ("run", *impl, "--write-baseline", "."): "is a directory",
        ("run", *impl, "--seconds", "nan"): "'--seconds': it must be a number of seconds",
        ("run", *impl, "--seconds", "inf"): "'--seconds': it must be a number of seconds",
        ("run", *impl, "--seconds", "0"): "'--seconds'",
        ("run",): "missing option '--impl'",
        ("smoke",): "missing option '--impl'",
        ("replay", *impl): "missing argument 'FILE'",
        ("replay", *impl, "absent"): "file 'absent' does not exist",
        ("replay", *impl, "empty.jsonl"): "there is no case in this file",
        ("hunt", *impl, "--law", "gravity"): "there is no law 'gravity': choose from permutation,",
        ("hunt", *impl, "--save", "absent"): "'--save': directory 'absent' does not exist",
        ("hunt", *impl, "--max-examples", "0"): "'--max-examples'",
    }
    results = conform_all({str(words): words for words in said}, cwd=tmp_path)
    for result, (words, message) in zip(results.values(), said.items(), strict=True):
        assert message.lower() in result.error.lower(), words
        assert "defect" not in result.error


def test_a_time_limit_is_one_of_a_case(tmp_path: Path) -> None:
    started = tmp_path / "started"
    words = ("--impl", faulty.command("hangs", started), "--seconds", "0.05")
    result = conform("run", *words, "--case", ALIASES[0].id, "--case", ALIASES[1].id)
    assert result.code == 1
    assert result.text.count("no line came back within 0.05 s") == 2
    assert result.text.endswith("0 of 2 cases pass\n")


def test_the_list() -> None:
    said = conform_all(
        {
            "all": ("list",),
            "json": ("list", "--json"),
            "suites": ("list", "--suite", "aliases", "--suite", "canonical"),
            "exact": ("list", "--suite", "equivocation", "--json"),
        }
    )
    assert {result.code for result in said.values()} == {0}
    assert all(result.messages == [] for result in said.values())
    rows = said["all"].text.splitlines()
    assert len(rows) == len(CASES)
    for row, case in zip(rows, CASES, strict=True):
        assert row.split(maxsplit=3) == [
            case.id,
            case.suite,
            ",".join(case.because),
            case.description,
        ]
    assert len({row.index(case.description) for row, case in zip(rows, CASES, strict=True)}) == 1
    assert said["json"].stdout == b"".join(case.to_line() for case in CASES)
    chosen = [row.split()[0] for row in said["suites"].text.splitlines()]
    assert chosen == [case.id for case in CASES if case in CANONICAL or case in ALIASES]
    parsed = [Case.from_value(json.loads(line)) for line in said["exact"].stdout.splitlines()]
    assert {case.suite for case in parsed} == {"equivocation"}


def test_another_corpus(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"version":"pith-conformance/1","files":[]}')
    words = ("--corpus", tmp_path)
    said = conform_all(
        {"list": ("list", *words), "run": ("run", "--impl", faulty.REFERENCE, *words)}
    )
    assert (said["list"].code, said["list"].text) == (0, "")
    assert (said["run"].code, said["run"].text) == (4, "0 of 0 cases pass\n")
    assert said["run"].messages == ["pithmerge: nothing was checked"]


@pytest.mark.parametrize("words", [("smoke",), ("run", "--suite", "canonical-text")])
def test_a_hostile_program_is_a_verdict_and_no_traceback(words: Words) -> None:
    hostile = Path(__file__).parents[1] / "support" / "hostile.py"
    command = shlex.join([sys.executable, "-I", "-S", str(hostile), "run", "two_lines"])
    result = conform(words[0], "--impl", command, *words[1:])
    assert result.code == 1
    assert result.messages == []
    assert_nothing_to_obey(result.text)
