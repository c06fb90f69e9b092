"""How often, how long, how many at a time; and when to come back."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from pithmerge.errors import MergeError
from pithmerge.mirrors.pulling.politeness import Gate, Politeness, back_off, retry_after
from tests.support.living import made
from tests.support.pulling import (
    BUNDLES,
    NUMBERS,
    SUFFIXES,
    path_of,
    pulled,
    rows_of,
    served_bundles,
)
from tests.support.serving import (
    QUICK,
    Answer,
    FakeClock,
    Request,
    reply,
    serving,
    written_manifest,
)

NOW = 1_780_272_000.0
ONE = path_of(SUFFIXES[0])


@pytest.mark.parametrize("name", Politeness.__struct_fields__)
def test_numbers_by_which_nobody_could_ask(name: str) -> None:
    for value in (-1, float("nan")):
        with pytest.raises(MergeError, match=f"{name} is .*: give a number above 0"):
            Politeness(**{name: value})


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Mon, 01 Jun 2026 00:01:30 GMT", 90.0),
        ("Sunday, 01-Jan-95 00:00:00 GMT", 0.0),
        ("9" * 5000, float("inf")),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("x" * 100_000, None),
        ("Mon, 99 Jun 2026 00:01:30 GMT", None),
        ("٣", None),
    ],
)
def test_what_retry_after_asks(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_each_wait_is_longer_and_none_is_without_an_end() -> None:
    assert [back_off(attempt, 1.0) for attempt in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert [back_off(attempt, 0.0) for attempt in range(3)] == [0.5, 1, 2]
    assert back_off(10**9, 1.0) == 60


def test_so_many_a_second() -> None:
    clock = FakeClock()

    async def ask() -> list[float]:
        gate = Gate(Politeness(rate=4.0, concurrency=3), clock)
        begun: list[float] = []

        async def one() -> None:
            async with gate.passing():
                begun.append(clock.now)

        await asyncio.gather(*(one() for _ in range(9)))
        gate.leave_alone(100)
        await one()
        return begun

    begun = asyncio.run(ask())
    assert [round(each - begun[0], 3) for each in begun[:9]] == [0.25 * i for i in range(9)]
    assert begun[9] - begun[8] >= 100


def test_no_more_at_a_time() -> None:
    async def ask() -> list[int]:
        gate, leaving = Gate(Politeness(concurrency=2), FakeClock()), asyncio.Event()
        inside: list[int] = []

        async def one(index: int) -> None:
            async with gate.passing():
                inside.append(index)
                await leaving.wait()

        tasks = [asyncio.create_task(one(index)) for index in range(5)]
        for _ in range(50):
            await asyncio.sleep(0)
        held = list(inside)
        leaving.set()
        await asyncio.gather(*tasks)
        assert sorted(inside) == [0, 1, 2, 3, 4]
        return held

    assert asyncio.run(ask()) == [0, 1]


def after_failing(times: int, answer: bytes) -> Answer:
    """The first bundle, at last."""
    return lambda request, _: answer if request.count < times else reply(BUNDLES[0])


@pytest.mark.parametrize(
    "answer",
    [
        *(reply(status=f"{code} x") for code in (408, 425, 429, 500, 502, 503, 504)),
        reply(b"x", content_length="99990"),
        b"nonsense\r\n\r\n",
    ],
)
def test_what_may_pass_is_asked_for_again(tmp_path: Path, answer: bytes) -> None:
    folder, clock = made(tmp_path / "mirror"), FakeClock()
    politeness = msgspec.structs.replace(QUICK, retries=3)
    with serving({ONE: after_failing(3, answer)}) as server:
        manifest = written_manifest(tmp_path, server.address)
        result = pulled(folder, manifest, NUMBERS[:1], politeness=politeness, clock=clock)
    assert server.paths == [ONE] * 4
    assert [each for each in clock.slept if each >= 1] == [1.0, 2.0, 4.0]
    assert (result.updated.learned.new, rows_of(result)) == (1, [])


def test_not_for_ever(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    politeness = msgspec.structs.replace(QUICK, retries=2)
    with serving({ONE: reply(status="503 x")}) as server:
        manifest = written_manifest(tmp_path, server.address)
        clock = FakeClock()
        result = pulled(folder, manifest, NUMBERS[:1], politeness=politeness, clock=clock)
    assert server.paths == [ONE] * 3
    assert [each for each in clock.slept if each >= 1] == [1.0, 2.0]
    assert [row.message for row in rows_of(result)] == ["503 Service Unavailable; asked 3 times"]


@pytest.mark.parametrize("status", ["400 x", "401 x", "403 x", "404 x", "410 x", "451 x", "501 x"])
def test_what_does_not_pass_is_asked_for_once(tmp_path: Path, status: str) -> None:
    folder = made(tmp_path / "mirror")
    politeness = msgspec.structs.replace(QUICK, retries=2)
    with serving({ONE: reply(status=status)}) as server:
        manifest = written_manifest(tmp_path, server.address)
        pulled(folder, manifest, NUMBERS[:1], politeness=politeness, clock=FakeClock())
    assert server.paths == [ONE]


@pytest.mark.parametrize("retries", [0, 1])
@pytest.mark.parametrize("value", ["77", "Mon, 12 Jan 1970 13:47:57 GMT"])
def test_who_asks_to_wait_is_left_alone(tmp_path: Path, value: str, retries: int) -> None:
    """By all requests, not by this one only; 1,000,000 seconds after 1970 it is 13:46:40."""
    folder, clock = made(tmp_path / "mirror"), FakeClock()
    politeness = msgspec.structs.replace(QUICK, retries=retries, concurrency=1)
    asked: list[tuple[str, float]] = []

    def noting(answer: Answer) -> Answer:
        def note(request: Request, connection: object) -> bytes | None:
            asked.append((request.path, clock.now - 1_000_000))
            given = answer if isinstance(answer, bytes) else answer(request, connection)  # type: ignore[arg-type]
            assert given is not None
            return given

        return note

    busy = reply(status="429 x", retry_after=value)
    answers = served_bundles()
    answers[ONE] = after_failing(1, busy)
    with serving({path: noting(each) for path, each in answers.items()}) as server:
        manifest = written_manifest(tmp_path, server.address)
        result = pulled(folder, manifest, politeness=politeness, clock=clock)
    assert [path for path, _ in asked].count(ONE) == 1 + retries
    assert asked[0] == (ONE, 0.0)
    assert all(at >= 77 for _, at in asked[1:])
    assert result.updated.learned.new == 2 + retries


def test_who_asks_to_wait_too_long_is_not_waited_for(tmp_path: Path) -> None:
    folder, clock = made(tmp_path / "mirror"), FakeClock()
    politeness = msgspec.structs.replace(QUICK, retries=3)
    answers = {**served_bundles(), ONE: reply(status="503 x", retry_after="86400")}
    with serving(answers) as server:
        manifest = written_manifest(tmp_path, server.address)
        result = pulled(folder, manifest, politeness=politeness, clock=clock)
    assert server.paths.count(ONE) == 1
    assert sum(clock.slept) < 10
    assert [row.message for row in rows_of(result)] == [
        "503 Service Unavailable; it asks to wait 86,400 seconds, which is too long"
    ]
    assert result.updated.learned.new == 2


def test_so_many_at_a_time(tmp_path: Path) -> None:
    import threading

    folder = made(tmp_path / "mirror")
    politeness = msgspec.structs.replace(QUICK, concurrency=2)
    both = threading.Barrier(2, timeout=30)

    def together(request: Request, _: object) -> bytes:
        if request.path != path_of(SUFFIXES[2]):
            both.wait()
        index = [path_of(suffix) for suffix in SUFFIXES].index(request.path)
        return reply(BUNDLES[index])

    with serving({path_of(suffix): together for suffix in SUFFIXES}) as server:
        result = pulled(folder, written_manifest(tmp_path, server.address), politeness=politeness)
    assert result.updated.learned.new == 3
    assert server.most_at_once == 2


def test_it_says_what_it_is_and_takes_no_cookies(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    answers = {
        path: reply(data, set_cookie="who=you; Path=/")
        for path, data in zip(map(path_of, SUFFIXES), BUNDLES, strict=True)
    }
    politeness = msgspec.structs.replace(QUICK, concurrency=1)
    with serving(answers) as server:
        pulled(folder, written_manifest(tmp_path, server.address), politeness=politeness)
    for request in server.requests:
        assert request.headers["user-agent"].startswith("pithmerge/")
        assert request.headers["accept-encoding"] == "gzip"
        assert "cookie" not in request.headers
