"""The hunt of what does not always answer in the same way: unsteady, gone, or started elsewhere."""

from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest

from pithmerge.canon import digest
from pithmerge.conformance import hunt
from pithmerge.conformance.hunt import Finding, hunt_law
from pithmerge.conformance.implementations import (
    FunctionImplementation,
    Reply,
    UnusableImplementation,
    open_implementation,
)
from pithmerge.conformance.reference import answer
from pithmerge.conformance.runner import OTHER_ENVIRONMENT
from pithmerge.conformance.verdicts import Verdict
from pithmerge.drawn.sets import EventSet
from tests.support import conform_helpers as faulty
from tests.support.hunting import NUMBER, SECONDS, always, found, well_formed


def asked_again(respond: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An implementation that answers a request in another way when it comes again."""
    seen: list[Any] = []

    def unsteady(request: dict[str, Any]) -> dict[str, Any]:
        if request["cmd"] == "hello":
            return answer(request)
        asked = {**request, "seq": 0}
        if asked in seen:
            return respond(request)
        seen.append(asked)
        return answer(request)

    return unsteady


UNSTEADY: dict[str, Callable[[], Callable[[Any], Any]]] = {
    "every other answer": lambda: faulty.unsteady,
    "a crash now and then": lambda: now_and_then(17, faulty.fails_always),
    "a wrong answer now and then": lambda: now_and_then(17, faulty.ends_in_a_space),
}


def now_and_then(count: int, respond: Callable[[Any], Any]) -> Callable[[Any], Any]:
    asked = [0]

    def unsteady(request: dict[str, Any]) -> dict[str, Any]:
        asked[0] += request["cmd"] == "run"
        return (answer if asked[0] % count else respond)(request)

    return unsteady


@pytest.mark.parametrize("law", ["permutation", "idempotence", "agreement"])
@pytest.mark.parametrize("name", UNSTEADY)
def test_an_unsteady_implementation_breaks_determinism_whatever_is_tried(
    name: str, law: str
) -> None:
    finding = found(UNSTEADY[name](), law)
    assert finding is not None
    assert finding.law == "determinism"
    assert finding.cases
    assert finding.detail.startswith(
        "the same requests are not always answered in the same way "
        f"(seen on the law {law}), first so: "
    )


@pytest.mark.parametrize("respond", [faulty.ends_in_a_space, faulty.fails_always])
def test_determinism_is_broken_by_another_answer_the_second_time(respond: Any) -> None:
    finding = found(asked_again(respond), "determinism")
    assert finding is not None
    assert finding.law == "determinism"
    assert finding.cases
    assert "(seen on" not in finding.detail


def test_draws_that_depend_on_unsteady_answers_are_a_violation_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is drawn for idempotence depends on the answer, and Hypothesis stumbles over that."""
    event = {"signer": 5}
    monkeypatch.setattr(hunt, "SETS", always(EventSet(NUMBER, (event,), None)))
    states = cycle((well_formed(), well_formed(applied_event_ids=[f"sha256:{digest(event)}"])))

    def unsteady(request: dict[str, Any]) -> dict[str, Any]:
        return next(states)(request)

    finding = found(unsteady, "idempotence", max_examples=50)
    assert finding is not None
    assert finding.law == "determinism"
    assert finding.cases


class Dying:
    """Answers some requests, crashes once, and cannot be started again."""

    def __init__(self, requests: int, crashes: int) -> None:
        self.hello = answer({"cmd": "hello"})
        self.left, self.crashes, self.asked_after = requests, crashes, 0
        self._living = FunctionImplementation(answer)

    def run(self, op: str, inputs: dict[str, Any], *, seconds: float) -> Reply:
        if self.left:
            self.left -= 1
            return self._living.run(op, inputs, seconds=seconds)
        if self.crashes:
            self.crashes -= 1
            return Reply(None, Verdict.CRASH, "it ended")
        self.asked_after += 1
        raise UnusableImplementation("gone")

    def close(self) -> None:
        """Nothing to end."""


def test_one_that_cannot_be_started_again_ends_the_hunt_at_once() -> None:
    dying = Dying(requests=7, crashes=0)
    with pytest.raises(UnusableImplementation, match="gone"):
        hunt_law("union", dying, max_examples=50, random_seed=1, seconds=SECONDS)
    assert dying.asked_after == 1


def test_what_it_did_before_it_was_gone_is_not_lost() -> None:
    dying = Dying(requests=7, crashes=1)
    finding = hunt_law("union", dying, max_examples=50, random_seed=1, seconds=SECONDS)
    assert finding is not None
    assert (finding.law, finding.detail) == ("union", "no answer (crash): it ended")
    assert dying.asked_after == 1


def test_the_second_start_is_in_another_environment() -> None:
    finding = hunt_in_processes(faulty.command("time_zone"))
    assert finding is not None
    assert finding.law == "determinism"
    assert [case.suite for case in finding.cases] == [
        "hunt-determinism",
        "hunt-determinism",
        "hunt-determinism-elsewhere",
    ]


def hunt_in_processes(command: str) -> Finding | None:
    def start(**more: str) -> Any:
        return open_implementation(command, environment={**faulty.environment(), **more})

    here = start(TZ="UTC")
    try:
        return hunt_law(
            "determinism",
            here,
            elsewhere=lambda: start(**OTHER_ENVIRONMENT),
            max_examples=5,
            random_seed=1,
            seconds=SECONDS,
        )
    finally:
        here.close()


def test_a_second_start_that_fails_is_told() -> None:
    def start() -> Any:
        raise UnusableImplementation("not there")

    with pytest.raises(UnusableImplementation, match="not there"):
        found(answer, "determinism", elsewhere=start)


def test_laws_other_than_determinism_do_not_start_it_twice() -> None:
    def start() -> Any:
        raise AssertionError("it is started twice")

    assert found(answer, "union", elsewhere=start, max_examples=3) is None
