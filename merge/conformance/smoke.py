"""The smoke test: does an implementation speak the protocol at all?

Each probe sends one request and says in plain words what is wrong with what came back. It does not
judge whether the answers are right: that is the corpus's business.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pithmerge.conformance.implementations import Implementation
from pithmerge.conformance.protocol import (
    BYE,
    SHOWN,
    Op,
    decode_b64,
    encode_b64,
    why_not_asked,
)
from pithmerge.crypto import Keyring
from pithmerge.showing import clipped


@dataclass(frozen=True)
class Probe:
    """One request of the smoke test, and what came of it.

    Attributes:
        what: what the probe finds out.
        sent: the request, as far as it tells something.
        received: the answer, if one came.
        problem: what is wrong, and what to do; None if nothing is.
    """

    what: str
    sent: dict[str, Any]
    received: dict[str, Any] | None
    problem: str | None


_SHOWN: Final = 300
"""Characters of what an implementation says that are repeated."""

_GIVEN: Final[Mapping[str, str]] = {
    Op.MERGE: "state_b64",
    Op.CANONICALIZE: "canonical_b64",
    Op.VIEW: "state_b64",
    Op.NUMBER: "pith_number",
}

_NUMBER: Final = "pith:2026:AAAAAAAAAAAAAAAAAAAAAAAAAA"

_REQUESTS: Final[tuple[tuple[str, str, dict[str, Any], str], ...]] = (
    (
        "it canonicalises a small document",
        Op.CANONICALIZE,
        {"json_b64": encode_b64(b'{"b":[1,true,null],"a":"\xc3\xa9"}')},
        "result",
    ),
    (
        "it refuses what is no JSON, and says so by a refusal",
        Op.CANONICALIZE,
        {"json_b64": encode_b64(b"{")},
        "refused",
    ),
    (
        "it merges no events at all into an empty state",
        Op.MERGE,
        {
            "pith_number": _NUMBER,
            "keys": [key.to_entry() for key in Keyring.default().keys],
            "source_aliases": None,
            "verify_signatures": True,
            "events_b64": [],
        },
        "result",
    ),
    (
        "it counts an event that is none, instead of failing",
        Op.MERGE,
        {
            "pith_number": _NUMBER,
            "keys": [],
            "source_aliases": [],
            "verify_signatures": False,
            "events_b64": [encode_b64(b"{}"), encode_b64(b"[]")],
        },
        "result",
    ),
    (
        "it refuses a merge without any Pith Number, and says so by a refusal",
        Op.MERGE,
        {
            "pith_number": None,
            "keys": [],
            "source_aliases": None,
            "verify_signatures": True,
            "events_b64": [],
        },
        "refused",
    ),
    (
        "it merges with a key file and aliases that come as bytes (version 2)",
        Op.MERGE,
        {
            "pith_number": _NUMBER,
            "keys_b64": encode_b64(b"[]"),
            "source_aliases_b64": encode_b64(b" [ ] "),
            "verify_signatures": True,
            "events_b64": [],
        },
        "result",
    ),
    (
        "it refuses a key file that is none, and says so by a refusal (version 2)",
        Op.MERGE,
        {
            "pith_number": _NUMBER,
            "keys_b64": encode_b64(b'"no keys"'),
            "source_aliases": None,
            "verify_signatures": True,
            "events_b64": [],
        },
        "refused",
    ),
    (
        "it says of a document that is no evidence that it does not hold",
        Op.EVIDENCE,
        {"document_b64": encode_b64(b"{}"), "keys": []},
        "fails",
    ),
    (
        "it says of what is no document that it is unreadable",
        Op.VERIFY,
        {"document_b64": encode_b64(b"{}"), "keys": []},
        "unreadable",
    ),
    (
        "it sees an empty state in a view before all events",
        Op.VIEW,
        {
            "as_of": "2026-01-01T00:00:00Z",
            "pith_number": _NUMBER,
            "keys": [],
            "source_aliases": None,
            "verify_signatures": False,
            "events_b64": [encode_b64(b'{"created_at":"2026-01-02T00:00:00Z"}')],
        },
        "result",
    ),
    (
        "it refuses a view as of no instant, and says so by a refusal",
        Op.VIEW,
        {
            "as_of": "yesterday",
            "pith_number": _NUMBER,
            "keys": [],
            "source_aliases": None,
            "verify_signatures": False,
            "events_b64": [],
        },
        "refused",
    ),
    (
        "it numbers a paper",
        Op.NUMBER,
        {
            "metadata_b64": encode_b64(
                b'{"id":"0704.0001","title":"T","abstract":"A","categories":"math.CO",'
                b'"license":null,"versions":[{"version":"v1",'
                b'"created":"Mon, 2 Apr 2007 19:18:42 GMT"}]}'
            )
        },
        "result",
    ),
    (
        "it refuses metadata of no paper, and says so by a refusal",
        Op.NUMBER,
        {"metadata_b64": encode_b64(b"{}")},
        "refused",
    ),
    (
        "it still answers after all that",
        Op.CANONICALIZE,
        {"json_b64": encode_b64(b"[]")},
        "result",
    ),
)


def smoke(implementation: Implementation, *, seconds: float) -> Iterator[Probe]:
    """The probes, one by one. ``hello`` has been answered already; the last says ``bye``.

    Raises:
        UnusableImplementation: it crashed and cannot be started again.
    """
    for what, op, inputs, wanted in _REQUESTS:
        if why_not_asked(implementation.hello, op, inputs) is not None:
            continue
        reply = implementation.run(op, inputs, seconds=seconds)
        problem = reply.detail if reply.answer is None else _problem(reply.answer, op, wanted)
        if reply.answer is None and reply.stderr:
            problem = f"{problem}; its stderr ends: {reply.stderr[-300:]!r}"
        yield Probe(what, {"op": str(op), **inputs}, reply.answer, problem)
    code = implementation.close(seconds=seconds)
    # A function does not exit, nor one that was killed over its last answer.
    if code is not None or implementation.ignored_bye:
        problem = (
            f"it did not exit within {seconds:g} s, and was killed: exit when you read bye, and at "
            "the end of the input"
            if implementation.ignored_bye
            else None
        )
        yield Probe("it exits after bye", dict(BYE), None, problem)


def _problem(answer: dict[str, Any], op: str, wanted: str) -> str | None:
    if "failed" in answer:
        message = clipped(repr(answer["failed"]["message"]), _SHOWN)
        return f"it caught an exception of its own: {message}"
    if "unsupported" in answer:
        return 'it calls an op unsupported that its hello lists: take it out of "ops"'
    result = answer["result"]
    if "refused" in result and wanted != "refused":
        said = clipped(repr(result["refused"]), _SHOWN)
        return f"it refuses ({said}) what must yield a result"
    if "refused" not in result and wanted == "refused":
        member = _GIVEN[op]
        encoded = member.endswith("_b64")
        value = decode_b64(result[member], member) if encoded else result[member]
        given = clipped(repr(value), SHOWN)
        return f"it gives a result ({given}) where it must refuse"
    if wanted == "fails" and result["holds"]:
        return "it says that it holds"
    if wanted == "unreadable":
        report = decode_b64(result["report_b64"], "report_b64")
        if report != b'{"kind":null,"rows":[],"verdict":"unreadable"}':
            return f"it gives another report: {clipped(repr(report), SHOWN)}"
    return None
