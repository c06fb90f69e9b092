"""Which version of the protocol is spoken, and what becomes of what it cannot carry."""

import shlex
import sys
from collections.abc import Callable, Set
from pathlib import Path
from typing import Any

import pytest

from pithmerge.conformance.corpus import Case, Corpus
from pithmerge.conformance.implementations import (
    CommandImplementation,
    FunctionImplementation,
    UnusableImplementation,
)
from pithmerge.conformance.reference import answer as reference
from pithmerge.conformance.runner import run_cases
from pithmerge.conformance.verdicts import Verdict
from tests.support.conform_cli import conform
from tests.support.conform_messages import WELCOME

OLD = Path(__file__).parents[1] / "support" / "version_1.py"
REQUEST = {"seq": 1, "cmd": "run"}
NEWER = {"keys_b64", "source_aliases_b64"}
CASES = [*Corpus.shipped().cases()]


def old(how: str) -> str:
    return shlex.join([sys.executable, str(OLD), how])


def spoken(respond: Callable[[dict[str, Any]], Any]) -> tuple[list[int], int]:
    """Which versions a function is asked for, and which is spoken."""
    asked: list[int] = []

    def listening(request: dict[str, Any]) -> Any:
        if request["cmd"] == "hello":
            asked.append(request["protocol"])
        return respond(request)

    return asked, FunctionImplementation(listening).hello["protocol"]


def test_version_2_is_asked_for_first() -> None:
    assert spoken(reference) == ([2], 2)
    assert spoken(lambda _: WELCOME) == ([2], 1)


@pytest.mark.parametrize(
    "other",
    [
        lambda: None,
        lambda: {"seq": None, "failed": {"message": "which?", "traceback": ""}},
        lambda: WELCOME | {"protocol": 3},
        lambda: sys.exit(1),
    ],
)
def test_version_1_is_asked_for_where_a_hello_of_2_fails(other: Callable[[], Any]) -> None:
    said = spoken(lambda request: WELCOME if request["protocol"] == 1 else other())
    assert said == ([2, 1], 1)


def test_who_answers_neither_is_told_of_both() -> None:
    def respond(request: dict[str, Any]) -> Any:
        return [] if request["protocol"] == 2 else WELCOME | {"protocol": 2}

    with pytest.raises(UnusableImplementation) as caught:
        FunctionImplementation(respond)
    assert "the answer to hello must be a JSON object; it is [] (and of version 1, " in str(
        caught.value
    )
    assert 'must say "protocol": 1, the version that was asked for; it says 2' in str(caught.value)
    with pytest.raises(UnusableImplementation) as caught:
        FunctionImplementation(lambda _: [])
    assert "version 1" not in str(caught.value)


@pytest.mark.parametrize("how", ["looks away", "fails", "ends", "hangs"])
def test_an_old_program_is_asked_what_it_always_was(how: str) -> None:
    with CommandImplementation(old(how), start_seconds=1.0 if how == "hangs" else 20) as it:
        assert it.hello["protocol"] == 1
        chosen = [
            one_of("merge"),
            one_of("merge", NEWER),
            one_of("evidence"),
            one_of("canonicalize"),
        ]
        results = list(run_cases(it, chosen, seconds=10))
    assert [result.verdict for result in results] == ["fail", "unsupported", "unsupported", "pass"]
    assert results[1].judgement.detail.startswith(
        "it speaks version 1 of the protocol, which cannot carry "
    )
    assert results[2].judgement.detail == "hello does not list evidence among its ops"
    assert it.close() == 0


def one_of(op: str, members: Set[str] = frozenset()) -> Case:
    """A short case of that op that is accepted, with some of these members or none of version 2."""
    return next(
        case
        for case in CASES
        if case.op == op
        and "refused" not in case.expect
        and bool(NEWER & case.inputs.keys()) == bool(members)
    )


def test_what_could_not_be_asked_is_told_aloud_and_is_no_violation() -> None:
    words = ("run", "--impl", old("ends"), "--case", "NUM-0001", "--case", "EVI-0001")
    result = conform(*words, "--case", "KEF-0001")
    assert result.code == 0
    first, *others = result.text.splitlines()[-3:]
    assert first == "1 of 1 cases that could be asked pass"
    assert sorted(others) == [
        "NOT ASKED: 1 of 3 cases: hello does not list evidence among its ops",
        "NOT ASKED: 1 of 3 cases: it speaks version 1 of the protocol, which cannot carry keys_b64",
    ]
    assert result.messages == [
        "pithmerge: 2 of 3 cases could not be asked: nothing is known of them"
    ]


def test_a_program_that_was_started_again_speaks_what_it_spoke(tmp_path: Path) -> None:
    fickle = tmp_path / "fickle.py"
    fickle.write_text(
        "import json, os, sys\n"
        f"welcome = {WELCOME!r}\n"
        "seen = sys.argv[1]\n"
        "for line in sys.stdin:\n"
        "    if json.loads(line)['cmd'] != 'hello':\n"
        "        sys.exit(1)\n"
        "    version = 1 if os.path.exists(seen) else 2\n"
        "    open(seen, 'w').close()\n"
        "    print(json.dumps({**welcome, 'protocol': version}), flush=True)\n"
    )
    command = shlex.join([sys.executable, str(fickle), str(tmp_path / "seen")])
    with CommandImplementation(command) as it:
        assert it.hello["protocol"] == 2
        case = one_of("canonicalize")
        assert it.run(case.op, case.inputs, seconds=10).problem is Verdict.CRASH
        reply = it.run(case.op, case.inputs, seconds=10)
    assert reply.problem is Verdict.PROTOCOL_ERROR
    assert 'it was started again, and says "protocol": 1 where it said 2 before' in reply.detail


def test_kits_of_version_1_are_told_of_their_ops_alone() -> None:
    said = reference({"cmd": "hello", "protocol": 1})
    assert (said["protocol"], said["ops"]) == (1, ["merge", "canonicalize"])
    assert reference({"cmd": "hello", "protocol": 9})["protocol"] == 2
    assert reference({**REQUEST, "op": "divide"}) == {"seq": 1, "unsupported": "no such op"}
