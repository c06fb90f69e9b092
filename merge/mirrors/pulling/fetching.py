"""One document from one server, whatever the server does: an answer, always."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pithmerge._version import __version__
from pithmerge.mirrors.pulling.addresses import redirected
from pithmerge.mirrors.pulling.bodies import ENCODINGS, Body, check_type
from pithmerge.mirrors.pulling.politeness import (
    PASSING,
    Clock,
    Gate,
    Politeness,
    back_off,
    retry_after,
)
from pithmerge.mirrors.pulling.problems import PassingError, RefusedError
from pithmerge.mirrors.reading.storage import needed
from pithmerge.showing import clipped, encodable, redacted

if TYPE_CHECKING:
    import httpx2

USER_AGENT: Final = f"pithmerge/{__version__} (mirror pull)"
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_ABSENT: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_TAG: Final = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,256}"')
_LONGEST_DATE: Final = 64
_MOST_CAUSES: Final = 10


class Status(StrEnum):
    """What an answer is."""

    RECEIVED = "received"
    UNCHANGED = "unchanged"
    ABSENT = "absent"
    PROBLEM = "problem"


class Validators(msgspec.Struct, frozen=True):
    """By what a server knows the bytes that it has given before (RFC 9110, 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


class Answer(msgspec.Struct, frozen=True):
    """What came of asking for one document.

    Attributes:
        status: what it is.
        data: the document, if it was received.
        validators: its.
        message: why it cannot be had.
    """

    status: Status
    data: bytes | None = None
    validators: Validators = Validators()
    message: str = ""


class Client:
    """Asks servers, within an event loop.

    Args:
        politeness: how.
        clock: the time.
        tls: whom to believe; None for whom this machine believes.

    Raises:
        SourceError: httpx2 is not installed.
    """

    def __init__(self, politeness: Politeness, clock: Clock, tls: ssl.SSLContext | None) -> None:
        self._library = library = needed("httpx2", "mirror pull")
        self._politeness = politeness
        self._clock = clock
        self._gates: dict[tuple[str, str, int | None], Gate] = {}
        self._client: httpx2.AsyncClient = library.AsyncClient(
            verify=True if tls is None else tls,
            timeout=library.Timeout(politeness.read, connect=politeness.connect, pool=None),
            headers={
                "User-Agent": USER_AGENT,
                "Accept": "application/json",
                "Accept-Encoding": ENCODINGS,
            },
            follow_redirects=False,
        )
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def fetch(self, address: str, known: Validators | None = None) -> Answer:
        """The document at an address.

        Args:
            address: http or https.
            known: of the bytes that are known already.
        """
        budget = _Budget(self._politeness.total)
        for attempt in range(self._politeness.retries + 1):
            try:
                return await self._attempt(address, known, budget)
            except RefusedError as error:
                return _problem(str(error))
            except TimeoutError:
                return _problem(f"it took more than {self._politeness.total:g} seconds")
            except PassingError as error:
                problem = str(error)
                asked = error.wait
            except (self._library.HTTPError, OSError) as error:
                problem, asked = self._explained(error), None
                if _is_certificate(error) or isinstance(error, self._library.UnsupportedProtocol):
                    return _problem(problem)
            except Exception as error:  # one document is never the end of a run
                return _problem(f"it cannot be asked ({type(error).__name__})")
            if attempt == self._politeness.retries:
                break
            if asked is not None and asked > self._politeness.longest_wait:
                problem += f"; it asks to wait {asked:,.0f} seconds, which is too long"
                return _problem(problem)
            # What it asks to wait, all who would ask it wait for.
            await self._clock.sleep(back_off(attempt, self._clock.random()))
        times = self._politeness.retries + 1
        return _problem(f"{problem}; asked {times} times" if times > 1 else problem)

    async def _attempt(self, address: str, known: Validators | None, budget: "_Budget") -> Answer:
        url = self._library.URL(address)
        for hop in range(self._politeness.redirects + 1):
            gate = self._gate(url)
            async with gate.passing(), budget.spending():
                answer = await self._ask(url, known, gate, is_first=hop == 0)
            if isinstance(answer, Answer):
                return answer
            url = answer
        raise RefusedError(f"it redirects more than {self._politeness.redirects} times")

    async def _ask(
        self, url: "httpx2.URL", known: Validators | None, gate: Gate, *, is_first: bool
    ) -> "Answer | httpx2.URL":
        """One request: the answer, or where it is."""
        request = self._client.build_request("GET", url, headers=_conditions(known))
        response = await self._client.send(request, stream=True)
        try:
            status = response.status_code
            if status in _REDIRECTS:
                return redirected(url, response.headers.get("location"))
            if status in _ABSENT:
                return Answer(Status.ABSENT, message=_status(status))
            if status == HTTPStatus.NOT_MODIFIED and known is not None:
                return Answer(Status.UNCHANGED)
            if status in PASSING:
                wait = retry_after(response.headers.get("retry-after", ""), self._clock.wall())
                if wait is not None and wait <= self._politeness.longest_wait:
                    gate.leave_alone(wait)
                raise PassingError(_status(status), wait)
            if status != HTTPStatus.OK:
                raise RefusedError(_status(status))
            data = await self._body(response)
            return Answer(Status.RECEIVED, data, _validators(response.headers, is_first=is_first))
        finally:
            await response.aclose()

    async def _body(self, response: "httpx2.Response") -> bytes:
        headers = response.headers
        check_type(headers.get("content-type", ""))
        body = Body(
            headers.get("content-encoding", ""),
            headers.get("content-length", ""),
            self._politeness.max_bytes,
        )
        async for piece in response.aiter_raw():
            body.add(piece)
        return body.whole()

    def _gate(self, url: "httpx2.URL") -> Gate:
        host = (url.scheme, url.host, url.port)
        if host not in self._gates:
            self._gates[host] = Gate(self._politeness, self._clock)
        return self._gates[host]

    def _explained(self, error: Exception) -> str:
        library = self._library
        if isinstance(error, library.ConnectTimeout):
            return f"no connection within {self._politeness.connect:g} seconds"
        if isinstance(error, library.TimeoutException):
            return f"nothing came for {self._politeness.read:g} seconds"
        return str(error) or type(error).__name__


class _Budget:
    """The seconds that a document may take."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    @asynccontextmanager
    async def spending(self) -> AsyncIterator[None]:
        """What is done in the block counts.

        Raises:
            TimeoutError: nothing is left.
        """
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            async with asyncio.timeout(self._left):
                yield
        finally:
            self._left -= loop.time() - begun


def _problem(message: str) -> Answer:
    """It cannot be had, in words in which nothing acts and nothing is secret."""
    return Answer(Status.PROBLEM, message=clipped(redacted(encodable(message)), 500))


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _conditions(known: Validators | None) -> dict[str, str]:
    conditions = {}
    if known is not None and known.etag is not None:
        conditions["If-None-Match"] = known.etag
    if known is not None and known.last_modified is not None:
        conditions["If-Modified-Since"] = known.last_modified
    return conditions


def _validators(headers: Any, *, is_first: bool) -> Validators:
    """Those of an answer that are of the form of one. A date alone is none where it came by a
    redirect, which may lead to another place the next time."""
    etag = headers.get("etag")
    etag = etag if etag is not None and _TAG.fullmatch(etag) else None
    date = headers.get("last-modified")
    if date is None or len(date) > _LONGEST_DATE or not (etag or is_first) or not _is_date(date):
        date = None
    return Validators(etag, date)


def _is_date(text: str) -> bool:
    try:
        parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return False
    return text.isascii() and text.isprintable()


def _is_certificate(error: BaseException) -> bool:
    """Whether somebody is not who they say they are, which no second attempt changes."""
    each: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if isinstance(each, ssl.SSLCertVerificationError):
            return True
        if each is None:
            break
        each = each.__cause__ or each.__context__
    return False
