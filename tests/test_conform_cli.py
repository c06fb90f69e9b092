"""``pithmerge conform`` as a user's shell runs it: exit codes, files, and what a person sees."""

import json
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from pithmerge.conformance.corpus import Case, Corpus, read_cases
from pithmerge.conformance.laws import LAWS
from tests import conform_helpers as faulty
from tests.cli_helpers import (
    PITHMERGE,
    Result,
    Run,
    assert_nothing_to_obey,
    environment,
    pithmerge,
    python_saying,
    run_all,
    run_in_terminal,
    without_colours,
)

CORPUS = Corpus.shipped()
CASES = CORPUS.chosen()
ALIASES = [case for case in CASES if case.suite == "aliases"]
CANONICAL = [case for case in CASES if case.suite.startswith("canonical-")]
PAGE = (faulty.ROOT / "CONFORMANCE.md").read_text("utf-8")
ENV = faulty.environment()

Words = tuple[Any, ...]


def conform(*words: Any, **options: Any) -> Result:
    return pithmerge("conform", *words, env=ENV, **options)


def conform_all(commands: dict[str, Words], **options: Any) -> dict[str, Result]:
    runs = {name: Run(("conform", *words), env=ENV, **options) for name, words in commands.items()}
    return run_all(runs)


def run_words(respond: str, *words: Any) -> Words:
    return ("run", "--impl", faulty.function(respond), *words)


def lines_like(pattern: str, result: Result) -> list[str]:
    """The group, or all that matches, of each line that begins so."""
    return re.findall(f"^{pattern}", result.text, re.MULTILINE)


# What is printed, and exit codes.


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


def test_exit_codes_and_verdicts_of_faulty_implementations() -> None:
    suite = ("--suite", "aliases")
    said = conform_all(
        {
            "wrong": run_words("wrong_reason", "--suite", "envelope"),
            "refuses": run_words("refuses_everything", *suite),
            "fails": run_words("fails_always", *suite),
            "no op": run_words("calls_it_unsupported", *suite),
            "half": run_words("canonicalize_only"),
            "nothing": run_words("canonicalize_only", *suite),
            "unsteady": run_words("unsteady", *suite),
        }
    )
    codes = {name: result.code for name, result in said.items()}
    assert codes == {**dict.fromkeys(said, 1), "nothing": 4}
    for name, result in said.items():
        assert_nothing_to_obey(result.text)
        assert result.messages == (["pithmerge: nothing was checked"] if name == "nothing" else [])
    assert re.search(
        r"^wrong-reason  ENV-\d{4} \(.*\): another reason at ", said["wrong"].text, re.MULTILINE
    )
    assert "it refuses what must be accepted: no <script>" in said["refuses"].text
    assert f"aliases  {len(ALIASES)} crash\n" in said["fails"].text
    assert "it caught an exception: <script>" in said["fails"].text
    assert f"aliases  {len(ALIASES)} protocol-error\n" in said["no op"].text
    assert "hello does not list merge among its ops" in said["half"].text
    merges = sum(case.op == "merge" for case in CASES)
    assert f"and {merges - 20} more: see --report, --junit or --html\n" in said["half"].text
    assert said["half"].text.endswith(f"{len(CASES) - merges} of {len(CASES)} cases pass\n")
    assert len(lines_like("unsupported  ", said["half"])) == 20


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


def one_case(tmp_path: Path) -> Path:
    path = tmp_path / "case.jsonl"
    path.write_bytes(ALIASES[0].to_line())
    return path


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


# Baselines.


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


# Files.


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


def test_a_run_that_is_interrupted_writes_no_report(tmp_path: Path) -> None:
    report = tmp_path / "report.jsonl"
    report.write_text("an older report")
    started = tmp_path / "started"
    words = ("run", "--impl", faulty.command("hangs", started), "--report", report)
    with subprocess.Popen(
        [*PITHMERGE, "conform", *words],
        env=environment(ENV),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        while not started.exists():
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)
    result = Result(process.returncode, stdout, stderr)
    assert (result.code, result.text) == (130, "")
    # The line break is for the ^C of a terminal.
    assert result.stderr == b"\npithmerge: interrupted\n"
    assert report.read_text() == "an older report"
    assert {path.name for path in tmp_path.iterdir()} == {"report.jsonl", "started"}


def test_a_time_limit_is_one_of_a_case(tmp_path: Path) -> None:
    started = tmp_path / "started"
    words = ("--impl", faulty.command("hangs", started), "--seconds", "0.05")
    result = conform("run", *words, "--case", ALIASES[0].id, "--case", ALIASES[1].id)
    assert result.code == 1
    assert result.text.count("no line came back within 0.05 s") == 2
    assert result.text.endswith("0 of 2 cases pass\n")


# The list.


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


# Hunts.


def test_a_hunt_of_the_reference_finds_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    words = ("hunt", "--impl", faulty.REFERENCE, "--max-examples", "12", "--seed", "5")
    result = conform(*words, cwd=tmp_path)
    assert (result.code, result.messages) == (0, [])
    counts = dict.fromkeys(LAWS, 1) | dict.fromkeys(list(LAWS)[:2], 2)
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
    assert result.text.splitlines() == [
        "seed 1",
        "VIOLATED agreement: the first difference is at $.event_count",
        f"         replay it: pithmerge conform replay --impl {impl} {saved}",
        "ok       union (30 event sets)",
    ]
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
        f"fail  {case.id} (9): the first difference is at $.event_count\n"
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
    assert "VIOLATED determinism: " in result.text
    for words in (
        ("replay", *impl, "hunt-determinism.jsonl"),
        ("run", *impl, "--cases", "hunt-determinism.jsonl"),
    ):
        replayed = conform(*words, cwd=tmp_path)
        assert replayed.code == 1
        assert "hunt-determinism-elsewhere  1 fail" in replayed.text


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


def test_hunt_without_hypothesis_says_what_to_install(tmp_path: Path) -> None:
    blocked = python_saying("import sys; sys.modules['hypothesis'] = None")
    words = ("conform", "hunt", "--impl", faulty.REFERENCE)
    result = Run(words, program=blocked, cwd=tmp_path).result()
    assert result.error.startswith("hunt needs Hypothesis: pip install 'pithmerge[strategies]'")
    others = Run(("conform", "list", "--suite", "order"), program=blocked).result()
    assert others.code == 0


# What a terminal gets.


def test_pipes_get_no_colours_and_no_progress() -> None:
    forced = {"FORCE_COLOR": "1", "TERM": "xterm-256color", **ENV}
    words = ("conform", *run_words("hostile_name", "--suite", "aliases"))
    result = Run(words, env=forced).result()
    assert result.stderr == b""
    assert_nothing_to_obey(result.text)


def test_terminals_get_progress_and_nothing_to_obey_from_the_implementation() -> None:
    words = ("conform", *run_words("hostile_name", "--suite", "aliases"))
    result = run_in_terminal(*words, env=ENV)
    assert result.code == 1
    assert b"running" in result.stdout
    text = without_colours(result.text).replace("\r", "")
    assert_nothing_to_obey(text)
    assert "\\x1b[31mred\\x07 \\u202eright" in text


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


def test_the_exit_code_after_bye_is_told_and_no_verdict() -> None:
    result = conform("smoke", "--impl", faulty.command("exits_with_3"))
    assert result.code == 0
    assert result.messages == ["pithmerge: note: the implementation exited with 3 after bye"]


@pytest.mark.parametrize("words", [("smoke",), ("run", "--suite", "canonical-text")])
def test_a_hostile_program_is_a_verdict_and_no_traceback(words: Words) -> None:
    hostile = Path(__file__).with_name("hostile.py")
    command = shlex.join([sys.executable, "-I", "-S", str(hostile), "run", "two_lines"])
    result = conform(words[0], "--impl", command, *words[1:])
    assert result.code == 1
    assert result.messages == []
    assert_nothing_to_obey(result.text)
