"""A hunt that is shared out finds what one finds alone: whoever does what, and in which order."""

import pickle
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from pithmerge.conformance import hunt
from pithmerge.conformance.hunt import Finding
from pithmerge.conformance.implementations import FunctionImplementation, UnusableImplementation
from pithmerge.conformance.laws import LAWS
from pithmerge.conformance.questions import LawViolation
from pithmerge.conformance.reach import Reach
from pithmerge.conformance.reference import answer
from pithmerge.conformance.sharing import (
    SETS_OF_PART,
    Hunter,
    LawTried,
    Part,
    Shrinking,
    Task,
    Tried,
    hunt_laws,
)
from pithmerge.processes import Raised
from tests.support import conform_helpers as faulty
from tests.support.hunting import SECONDS, found

SHARES = {"union": 30, "permutation": 20, "agreement": 17, "fixpoint": 20, "monotone_validity": 0}


@pytest.fixture(autouse=True)
def _nothing_is_shrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    """That takes most of the time, and is the same for whoever does it."""
    monkeypatch.setattr(hunt, "SHRINK_SECONDS", 0.0)


def hunter(respond: Callable[[Any], Any] = answer, **options: Any) -> Hunter:
    given: dict[str, Any] = {"elsewhere": None, "random_seed": 1, "seconds": SECONDS}
    return Hunter(FunctionImplementation(respond), **{"with_reach": False, **given, **options})


class Crowd:
    """Hunters that are done in an order that a seed says. A task that was given is done in time,
    or before, or after."""

    def __init__(self, seed: int, hunters: list[Hunter]) -> None:
        self._random = Random(seed)
        self._idle = hunters
        self._busy: list[tuple[Hunter, Task]] = []
        self.given: list[Task] = []

    def has_room(self) -> bool:
        return bool(self._idle)

    def give(self, task: Task) -> None:
        self.given.append(task)
        self._busy.append((self._idle.pop(), task))

    def next(self) -> tuple[Task, Any]:
        hunts, task = self._busy.pop(self._random.randrange(len(self._busy)))
        self._idle.append(hunts)
        try:
            return task, pickle.loads(pickle.dumps(hunts.do(task)))
        except UnusableImplementation as error:
            return task, Raised(error)


def alone(respond: Callable[[Any], Any]) -> list[LawTried]:
    return list(hunt_laws(SHARES, hunter(respond)))


def test_alone_it_is_a_hunt_of_each_law() -> None:
    tried = alone(faulty.dislikes_some)
    assert [(each.law, each.sets) for each in tried] == list(SHARES.items())
    for each in tried:
        assert each.finding == found(faulty.dislikes_some, each.law, max_examples=each.sets)
    assert any(each.finding for each in tried)


@pytest.mark.parametrize("seed", range(5))
def test_in_any_order_it_finds_the_same_once(seed: int) -> None:
    crowd = Crowd(seed, [hunter(faulty.dislikes_some) for _ in range(2 + seed)])
    expected = alone(faulty.dislikes_some)
    assert list(hunt_laws(SHARES, crowd)) == expected
    shrunk = [task.law for task in crowd.given if isinstance(task, Shrinking)]
    assert sorted(shrunk) == sorted(each.law for each in expected if each.finding)


def test_what_was_seen_later_but_comes_first_is_what_counts() -> None:
    """The second of two parts is done before the first; both show a violation."""
    seen: list[Any] = []

    class Backwards(Crowd):
        def next(self) -> tuple[Task, Any]:
            hunts, task = self._busy.pop()
            self._idle.append(hunts)
            result = hunts.do(task)
            seen.append((task, result))
            return task, result

    crowd = Backwards(0, [hunter(faulty.ends_in_a_space) for _ in range(2)])
    (tried,) = hunt_laws({"agreement": 30}, crowd)
    (second, later), (first, earlier), (shrinking, finding) = seen
    assert (first.start, second.start) == (0, SETS_OF_PART)
    assert later.seen is not None
    assert shrinking == Shrinking("agreement", earlier.seen)
    assert earlier.seen != later.seen
    assert tried.finding == finding
    # Nothing behind them was given out.
    assert len(crowd.given) == 3


@pytest.mark.parametrize("law", ["union", "verification", "determinism"])
def test_a_part_is_of_the_sets_that_one_draws_who_began_at_the_first(law: str) -> None:
    asked: list[Any] = []

    def listening(request: dict[str, Any]) -> Any:
        if request["cmd"] == "run":
            asked.append({name: request[name] for name in request if name != "seq"})
        return answer(request)

    hunter(listening).do(Part(law, 0, 6))
    at_once, asked = asked, []
    hunts = hunter(listening)
    for start in (4, 0, 2):
        hunts.do(Part(law, start, start + 2))
    by_parts = asked
    third = [request for request in by_parts if request not in at_once]
    assert not third
    assert sorted(map(repr, by_parts)) == sorted(map(repr, at_once))


@pytest.mark.parametrize("seed", range(3))
def test_what_is_reached_is_counted_to_the_violation_and_no_further(seed: int) -> None:
    shares = {"union": 12, "agreement": 12, "verification": 10}
    expected, shared = Reach(), Reach()
    list(hunt_laws(shares, hunter(faulty.dislikes_some, with_reach=True), expected))
    crowd = Crowd(seed, [hunter(faulty.dislikes_some, with_reach=True) for _ in range(4)])
    list(hunt_laws(shares, crowd, shared))
    assert 0 < expected.sets < 24
    assert (shared.sets, shared.documents) == (expected.sets, expected.documents)
    assert shared.counts == expected.counts


class Gone:
    """It answers so many requests, and cannot be started again after that."""

    ignored_bye = False

    def __init__(self, requests: int, respond: Callable[[Any], Any] = answer) -> None:
        self._living = FunctionImplementation(respond)
        self.hello = self._living.hello
        self._left = requests

    def run(self, op: str, inputs: dict[str, Any], *, seconds: float) -> Any:
        if not self._left:
            raise UnusableImplementation("gone")
        self._left -= 1
        return self._living.run(op, inputs, seconds=seconds)

    def close(self, *, seconds: float = 0.0) -> None:
        """Nothing to end."""


def gone(requests: int, respond: Callable[[Any], Any] = answer) -> Hunter:
    return Hunter(
        Gone(requests, respond), elsewhere=None, random_seed=1, seconds=SECONDS, with_reach=False
    )


@pytest.mark.parametrize("seed", range(4))
def test_one_that_is_gone_ends_the_hunt_after_the_laws_before(seed: int) -> None:
    crowd = Crowd(seed, [gone(70), hunter(), hunter()])
    told: list[LawTried] = []
    with pytest.raises(UnusableImplementation, match="gone"):
        told.extend(hunt_laws(dict.fromkeys(LAWS, 24), crowd))
    laws = list(LAWS)
    assert told
    assert [tried.law for tried in told] == laws[: len(told)]
    assert not any(tried.finding for tried in told)
    # Nothing was begun that nobody would have been told of.
    assert {task.law for task in crowd.given} <= set(laws[: len(told) + 2])


def test_a_violation_before_it_was_gone_is_told_and_the_next_law_is_tried() -> None:
    """Who does the second part cannot be asked; what the first shows comes before that."""
    crowd = Crowd(0, [gone(0), gone(10**6, faulty.ends_in_a_space)])
    outcomes = hunt_laws({"agreement": 30, "union": 8}, crowd)
    tried = next(outcomes)
    assert tried.finding == found(faulty.ends_in_a_space, "agreement")
    with pytest.raises(UnusableImplementation, match="gone"):
        list(outcomes)


def test_what_is_sent_between_processes_is_all_of_it() -> None:
    tried = hunter(faulty.ends_in_a_space).do(Part("agreement", 0, 8))
    assert isinstance(tried, Tried)
    assert tried.seen is not None
    sent = pickle.loads(pickle.dumps(tried))
    violation: LawViolation = sent.seen.violation
    assert vars(violation) == vars(tried.seen.violation)
    assert violation.args == tried.seen.violation.args
    assert violation.requests
    assert violation.compared
    finding = hunter(faulty.ends_in_a_space).do(Shrinking("agreement", sent.seen))
    assert isinstance(finding, Finding)
    assert pickle.loads(pickle.dumps(finding)) == finding


def test_a_second_start_ends_when_another_law_begins() -> None:
    living = []

    def start() -> Any:
        second = Gone(1000)
        living.append(second)
        second.close = lambda **_: living.remove(second)  # type: ignore[method-assign]
        return second

    with hunter(elsewhere=start) as hunts:
        hunts.do(Part("determinism", 0, 2))
        hunts.do(Part("determinism", 2, 4))
        assert len(living) == 1
        hunts.do(Part("union", 0, 1))
        assert not living
        hunts.do(Part("determinism", 4, 5))
        assert len(living) == 1
    assert not living
