"""How mirrors are asked: how often, how long they are waited for, and when they are asked again."""

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, Protocol

import msgspec

from pithmerge.errors import MergeError

MAX_BYTES: Final = 16 * 2**20
"""How long a fetched document may be if nothing else is said: a thousand times a usual bundle."""

PASSING: Final = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""What a server says that may be otherwise a moment later."""

_MAY_BE_NONE: Final = ("retries", "longest_wait", "redirects")
_SECONDS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_LONGEST_DATE: Final = 64
_FIRST_BACK_OFF: Final = 1.0
_LONGEST_BACK_OFF: Final = 60.0


class Clock(Protocol):
    """The time, and chance."""

    def monotonic(self) -> float:
        """Seconds that only grow."""

    def wall(self) -> float:
        """Seconds since 1970, as the world has them."""

    def random(self) -> float:
        """A number from 0 to 1."""

    async def sleep(self, seconds: float) -> None:
        """Come back after so many seconds."""


class SystemClock:
    """This machine's. See `Clock`."""

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return time.monotonic()

    def wall(self) -> float:
        """See `Clock.wall`."""
        return time.time()

    def random(self) -> float:
        """See `Clock.random`."""
        return random.random()

    async def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        await asyncio.sleep(seconds)


class Politeness(msgspec.Struct, frozen=True):
    """How mirrors are asked.

    Attributes:
        rate: how many requests a second each host gets.
        concurrency: how many at a time.
        connect, read: how many seconds to wait for a connection, and for anything to come.
        total: how many seconds a document may take, all attempts and redirects together; waiting
            out of politeness does not count.
        retries: how often what may pass is asked for again.
        longest_wait: how many seconds a server may ask to wait (``Retry-After``).
        redirects: how many are followed.
        max_bytes: how long a document may be, as sent and as unpacked.
        patience: after how many documents in a row that could not be had a mirror is given up.
    """

    rate: float = 5.0
    concurrency: int = 4
    connect: float = 10.0
    read: float = 30.0
    total: float = 120.0
    retries: int = 3
    longest_wait: float = 300.0
    redirects: int = 5
    max_bytes: int = MAX_BYTES
    patience: int = 10

    def __post_init__(self) -> None:
        """Refuse what nobody could ask by.

        Raises:
            MergeError: a number is too small, or none.
        """
        for name in self.__struct_fields__:
            value, least = getattr(self, name), 0 if name in _MAY_BE_NONE else None
            if not (value > 0 or value == least):
                raise MergeError(f"{name} is {value}: give a number above 0")


def back_off(attempt: int, chance: float) -> float:
    """How many seconds to wait after an attempt (0, 1, 2 …): twice as long after each, of that
    between half and all, so that those who were turned away together do not come back together."""
    longest = min(_LONGEST_BACK_OFF, _FIRST_BACK_OFF * 2.0 ** min(attempt, 16))
    return longest * (0.5 + chance / 2)


def retry_after(value: str, now: float) -> float | None:
    """How many seconds a ``Retry-After`` asks to wait, in seconds or as a date; None of another.

    Args:
        value: of the header.
        now: seconds since 1970.
    """
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    if text.isascii() and text.isdigit():
        return float("inf")
    if len(text) > _LONGEST_DATE:
        return None
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError, OSError):
        return None


class Gate:
    """Who may ask a host, and when: so many at a time, so many a second, none while it asks to be
    left alone."""

    def __init__(self, politeness: Politeness, clock: Clock) -> None:
        self._clock = clock
        self._spacing = 1 / politeness.rate
        self._places = asyncio.Semaphore(politeness.concurrency)
        self._next = clock.monotonic()

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """One request, when it is its turn."""
        async with self._places:
            while (wait := self._next - self._clock.monotonic()) > 0:
                await self._clock.sleep(wait)
            self._next = self._clock.monotonic() + self._spacing
            yield

    def leave_alone(self, seconds: float) -> None:
        """Nobody asks for so long."""
        self._next = max(self._next, self._clock.monotonic() + seconds)
