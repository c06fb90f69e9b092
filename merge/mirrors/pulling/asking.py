"""All mirrors asked for papers, some at a time, while whoever takes in what comes does its work.

The servers are asked by an event loop in a thread of its own: what comes is taken in by the thread
of the caller, which Ctrl-C ends, whether or not it has an event loop already.
"""

import asyncio
import ssl
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from queue import SimpleQueue
from types import TracebackType
from typing import Final, Self

import msgspec

from pithmerge.documents import DocumentKind
from pithmerge.mirrors.pulling.fetching import Answer, Client, Status, Validators
from pithmerge.mirrors.pulling.manifests import SUFFIX, ListedMirror
from pithmerge.mirrors.pulling.politeness import Clock, Politeness
from pithmerge.mirrors.pulling.quiet import THREAD, keep_quiet
from pithmerge.mirrors.pulling.wanted import Wanted
from pithmerge.showing import shown

_SECONDS_TO_END: Final = 5.0


class Question(msgspec.Struct, frozen=True):
    """A document that a mirror may have.

    Attributes:
        mirror: which of the mirrors.
        kind: what it has to be.
        address: where it is.
        place: the same without what is secret, as it is written down.
        known: the validators of the bytes that are known.
        before: what came of it when the pull that is gone on with asked for it.
    """

    mirror: int
    kind: DocumentKind
    address: str
    place: str
    known: Validators | None = None
    before: Status | None = None


class Asked(msgspec.Struct, frozen=True):
    """A question and its answer."""

    question: Question
    answer: Answer


class Order(msgspec.Struct, frozen=True):
    """What is asked for one paper; the questions of each mirror in their order."""

    wanted: Wanted
    questions: tuple[tuple[Question, ...], ...]


class Got(msgspec.Struct, frozen=True):
    """What came of an order."""

    wanted: Wanted
    asked: tuple[Asked, ...]


def questions_of(mirror: int, listed: ListedMirror, wanted: Wanted) -> tuple[Question, ...]:
    """What a mirror may have of a paper."""
    kinds = [(pattern, DocumentKind.BUNDLE) for pattern in listed.bundles]
    if listed.events is not None:
        kinds.append((listed.events, DocumentKind.EVENTS))
    if listed.state is not None:
        kinds.append((listed.state, DocumentKind.STATE))
    return tuple(
        Question(mirror, kind, pattern.replace(SUFFIX, wanted.suffix), _place(pattern, wanted))
        for pattern, kind in kinds
    )


def _place(pattern: str, wanted: Wanted) -> str:
    place = shown(pattern.replace(SUFFIX, wanted.suffix))
    return place if wanted.suffix in place else f"{place} ({wanted.shown})"


class Asking:
    """Asks mirrors, as a context.

    Args:
        politeness: how.
        clock: the time.
        tls: whom to believe.
    """

    def __init__(
        self, politeness: Politeness, clock: Clock, tls: ssl.SSLContext | None = None
    ) -> None:
        self._politeness, self._clock, self._tls = politeness, clock, tls
        self._client: Client | None = None
        self._loop: asyncio.AbstractEventLoop
        self._thread: threading.Thread

    def fetch(self, address: str) -> Answer:
        """One document."""
        assert self._client is not None
        return asyncio.run_coroutine_threadsafe(self._client.fetch(address), self._loop).result()

    def each(self, orders: Iterable[Order], *, at_once: int) -> Iterator[Got]:
        """What comes of each order, as it comes.

        Args:
            orders: taken when they are about to be asked.
            at_once: how many are under way or wait to be taken.
        """
        done: SimpleQueue[Future[Got]] = SimpleQueue()
        under_way = 0
        for order in orders:
            future = asyncio.run_coroutine_threadsafe(self._answered(order), self._loop)
            future.add_done_callback(done.put)
            under_way += 1
            if under_way >= at_once:
                yield done.get().result()
                under_way -= 1
        for _ in range(under_way):
            yield done.get().result()

    async def _answered(self, order: Order) -> Got:
        of_mirrors = [self._of_mirror(questions) for questions in order.questions]
        answered = await asyncio.gather(*of_mirrors)
        return Got(order.wanted, tuple(each for asked in answered for each in asked))

    async def _of_mirror(self, questions: tuple[Question, ...]) -> list[Asked]:
        """What a mirror has: one bundle and the events; the state where it has neither."""
        asked: list[Asked] = []
        for question in questions:
            had = {each.question.kind for each in asked if each.answer.status != Status.ABSENT}
            if question.kind in had or (had and question.kind is DocumentKind.STATE):
                continue
            asked.append(Asked(question, await self._ask(question)))
        return asked

    async def _ask(self, question: Question) -> Answer:
        if question.before is not None:
            return Answer(question.before)
        assert self._client is not None
        return await self._client.fetch(question.address, question.known)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _open(self) -> Client:
        return Client(self._politeness, self._clock, self._tls)

    async def _end(self) -> None:
        own = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not own]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    def __enter__(self) -> Self:
        """Begin.

        Raises:
            SourceError: httpx2 is not installed.
        """
        keep_quiet()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=THREAD, daemon=True)
        self._thread.start()
        try:
            self._client = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End whatever is under way."""
        self._stop()

    def _stop(self) -> None:
        try:
            # A server may be in no hurry to say good-bye.
            with suppress(CancelledError, TimeoutError):
                end = asyncio.run_coroutine_threadsafe(self._end(), self._loop)
                end.result(timeout=_SECONDS_TO_END)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_SECONDS_TO_END)
            # What does not come to its end by then is left to the system.
            if not self._thread.is_alive():
                self._loop.close()
