"""Stubs: each speaks the protocol to the letter, and is wrong in its results alone."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from pithmerge.conformance.corpus import Case, Corpus
from pithmerge.conformance.implementations import CommandImplementation, open_implementation
from pithmerge.conformance.protocol import Op
from pithmerge.conformance.runner import run_cases
from pithmerge.conformance.smoke import smoke
from pithmerge.conformance.stub_files import LANGUAGES, commands, write_stub
from pithmerge.conformance.verdicts import Verdict
from tests.support.conform_cli import conform

TOOLS = {
    "python": "python3",
    "javascript": "node",
    "java": "java",
    "go": "go",
    "rust": "rustc",
}
EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
REFUSALS = ("it refuses", "it answers hello", "it exits")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stubs")


@pytest.fixture(scope="module")
def programs() -> dict[str, str]:
    """The commands of stubs that were built, by language."""
    return {}


@pytest.fixture
def program(
    language: str, folder: Path, programs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> str:
    """What ``--impl`` says for the stub in that language, written and built offline."""
    tool = TOOLS[language]
    if shutil.which(tool) is None:
        pytest.skip(f"there is no {tool} on this machine")
    if language not in programs:
        file = write_stub(language, folder / language)
        *build, try_it = commands(language, file)
        monkeypatch.setenv("GOCACHE", str(folder / "cache"))
        monkeypatch.setenv("GOPROXY", "off")
        for words in map(shlex.split, build):
            done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        programs[language] = shlex.split(try_it)[-1]
    return programs[language]


@EVERY_LANGUAGE
def test_smoke_says_which_answers_are_wrong_and_nothing_else_is(program: str) -> None:
    with open_implementation(program) as implementation:
        assert implementation.hello["protocol"] == 2
        assert sorted(implementation.hello["ops"]) == [
            "canonicalize",
            "evidence",
            "merge",
            "number",
            "verify",
            "view",
        ]
        for probe in smoke(implementation, seconds=10):
            if probe.what.startswith(REFUSALS):
                assert probe.problem is None, probe
            else:
                assert probe.problem is not None
                assert " is not written yet') what must yield a result" in probe.problem


@EVERY_LANGUAGE
def test_no_request_of_the_corpus_puts_it_out(program: str) -> None:
    cases = chosen_cases()
    with open_implementation(program) as implementation:
        results = list(run_cases(implementation, cases, seconds=20))
    refused = [result.verdict for result in results if "refused" in result.case.expect]
    others = [result.verdict for result in results if "refused" not in result.case.expect]
    assert set(refused) == {Verdict.PASS}
    assert set(others) == {Verdict.FAIL}


def chosen_cases() -> list[Case]:
    """Of each suite the first, the last and the longest."""
    suites: dict[str, list[Case]] = {}
    for case in Corpus.shipped().cases():
        suites.setdefault(case.suite, []).append(case)
    chosen = [
        case
        for cases in suites.values()
        for case in (cases[0], cases[-1], max(cases, key=lambda case: len(str(case.inputs))))
    ]
    assert {case.op for case in chosen} == {*Op}
    return chosen


@EVERY_LANGUAGE
def test_it_speaks_version_1_where_that_is_asked_for(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pithmerge.conformance.implementations.PROTOCOL_VERSION", 1)
    with CommandImplementation(program) as implementation:
        assert implementation.hello["protocol"] == 1
        assert sorted(implementation.hello["ops"]) == ["canonicalize", "merge"]


@EVERY_LANGUAGE
def test_a_line_of_many_megabytes_is_answered(program: str) -> None:
    with open_implementation(program) as implementation:
        reply = implementation.run("canonicalize", {"json_b64": "A" * 12 * 2**20}, seconds=60)
        assert reply.answer is not None, reply.detail
        assert "refused" in reply.answer["result"]


def test_what_is_written_is_told_with_what_to_type_next(tmp_path: Path) -> None:
    made = conform("init", "--language", "go", "a folder", cwd=tmp_path)
    assert (made.code, made.messages) == (0, [])
    assert made.text == (
        "wrote a folder/stub.go\n"
        "go build -o 'a folder/stub' 'a folder/stub.go'\n"
        "pithmerge conform smoke --impl ''\"'\"'a folder/stub'\"'\"''\n"
    )
    words = shlex.split(made.text.splitlines()[-1])
    assert shlex.split(words[-1]) == ["a folder/stub"]


@pytest.mark.parametrize(
    ("target", "file", "command"),
    [
        ("mine.py", "mine.py", "python3 ./mine.py"),
        ("-x", "-x/stub.py", "python3 ./-x/stub.py"),
        (".", "stub.py", "python3 ./stub.py"),
        ("a/b", "a/b/stub.py", "python3 a/b/stub.py"),
    ],
)
def test_a_folder_or_a_file(
    tmp_path: Path, target: str, file: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written = write_stub("python", Path(target))
    assert written == Path(file)
    assert shlex.split(commands("python", written)[-1])[-1] == command
    assert written.read_text().startswith('"""An implementation of pith-open-graph-merge-v1')


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "stub.py").write_text("mine")
    (tmp_path / "link.py").symlink_to("nowhere")
    (tmp_path / "file").write_text("mine")
    before = sorted(path.name for path in tmp_path.iterdir())
    for target, said in (
        (".", "stub.py: something is there already: name another place"),
        ("stub.py", "stub.py: something is there already: name another place"),
        ("link.py", "link.py: something is there already: name another place"),
        ("file", "file: something is there already: name another place"),
        ("file/x", "file/x: cannot be written (Not a directory): name another place"),
        ("stub.rs", "stub.rs: a stub in python ends in .py: name another place"),
    ):
        result = conform("init", "--language", "python", target, cwd=tmp_path)
        assert (result.code, result.error) == (2, said), target
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert (tmp_path / "stub.py").read_text() == "mine"
