"""The reference: pithmerge itself, behind the protocol.

``python -m pithmerge.conformance.reference`` serves it.

It is what `hunt` compares others with, and what the faulty implementations of the tests are made
of: each of them replaces one of the functions that a `Reference` calls.
"""

import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

from pithmerge._version import __version__
from pithmerge.canon import MAX_DEPTH, canonical_json, read_json, sha256_hex
from pithmerge.conformance.evidence import checked_evidence
from pithmerge.conformance.numbers import numbered_metadata
from pithmerge.conformance.protocol import (
    OPS_OF_VERSION_1,
    PROTOCOL_VERSION,
    Op,
    decode_b64,
    encode_b64,
)
from pithmerge.conformance.verification import verified
from pithmerge.core.merger import merge
from pithmerge.core.moments import as_of
from pithmerge.core.rules import V1, Rules
from pithmerge.crypto import Keyring
from pithmerge.errors import MergeError, PithmergeError

RULES: Rules = V1
"""By which the reference merges; faulty implementations are made by other rules."""


def merge_request(request: dict[str, Any]) -> bytes:
    """The published bytes of the state that a ``merge`` request asks for.

    Raises:
        PithmergeError: the request is to be refused.
    """
    return _merged(request, _events_of(request))


def view_request(request: dict[str, Any]) -> bytes:
    """The published bytes of the state that a ``view`` request asks for.

    Raises:
        PithmergeError: the request is to be refused.
    """
    return _merged(request, as_of(_events_of(request), request["as_of"], rules=RULES))


def _events_of(request: dict[str, Any]) -> list[bytes]:
    return [decode_b64(text, "events_b64") for text in request["events_b64"]]


def _merged(request: dict[str, Any], events: Iterable[Any]) -> bytes:
    state = merge(
        events,
        pith_number=request["pith_number"],
        source_aliases=aliases_of(request),
        keyring=keyring_of(request),
        verify_signatures=request["verify_signatures"],
        rules=RULES,
    )
    return state.to_json()


def canonicalize_request(request: dict[str, Any]) -> bytes:
    """The canonical bytes that a ``canonicalize`` request asks for.

    Raises:
        PithmergeError: the request is to be refused.
    """
    return canonical_json(read_json(decode_b64(request["json_b64"], "json_b64")))


def evidence_request(request: dict[str, Any]) -> dict[str, Any]:
    """The result of an ``evidence`` request.

    Raises:
        PithmergeError: the request is to be refused.
    """
    keyring = keyring_of(request)
    return checked_evidence(decode_b64(request["document_b64"], "document_b64"), keyring)


def verify_request(request: dict[str, Any]) -> bytes:
    """The canonical bytes of the report that a ``verify`` request asks for.

    Raises:
        PithmergeError: the request is to be refused.
    """
    keyring = keyring_of(request)
    return verified(decode_b64(request["document_b64"], "document_b64"), keyring)


def number_request(request: dict[str, Any]) -> dict[str, Any]:
    """The result of a ``number`` request.

    Raises:
        PithmergeError: the request is to be refused.
    """
    paper = numbered_metadata(decode_b64(request["metadata_b64"], "metadata_b64"))
    return {
        "canonical_record": paper.canonical_record,
        "canonical_sha256": paper.canonical_sha256,
        "pith_number": paper.pith_number,
    }


def keyring_of(request: dict[str, Any]) -> Keyring:
    """The keyring of a request, which is that of a key file (SPEC 3.5).

    Raises:
        PithmergeError: the request is to be refused.
    """
    if "keys_b64" in request:
        entries = read_json(decode_b64(request["keys_b64"], "keys_b64"))
    else:
        entries = request["keys"]
    return Keyring.empty().with_entries(entries)


def aliases_of(request: dict[str, Any]) -> list[Any] | None:
    """The aliases of a request (SPEC 8.6), each of which may be as deep as an event (SPEC 1.5).

    Raises:
        PithmergeError: the request is to be refused.
    """
    if "source_aliases_b64" not in request:
        given: list[Any] | None = request["source_aliases"]
        return given
    data = decode_b64(request["source_aliases_b64"], "source_aliases_b64")
    aliases = read_json(data, max_depth=MAX_DEPTH + 1)
    if not isinstance(aliases, list):
        raise MergeError("source_aliases is no list (SPEC 8.6): put a single alias into one")
    return aliases


@dataclass(frozen=True)
class Reference:
    """An implementation that answers requests in process.

    Attributes:
        name: what it calls itself.
        merge_request, canonicalize_request, evidence_request, verify_request, view_request,
            number_request: how it answers; an op of which it is None it does not know.
    """

    name: str = "pithmerge"
    merge_request: Callable[[dict[str, Any]], bytes] = merge_request
    canonicalize_request: Callable[[dict[str, Any]], bytes] = canonicalize_request
    evidence_request: Callable[[dict[str, Any]], dict[str, Any]] = evidence_request
    verify_request: Callable[[dict[str, Any]], bytes] | None = verify_request
    view_request: Callable[[dict[str, Any]], bytes] | None = view_request
    number_request: Callable[[dict[str, Any]], dict[str, Any]] | None = number_request

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request but ``bye``."""
        if request["cmd"] == "hello":
            version = min(request.get("protocol", PROTOCOL_VERSION), PROTOCOL_VERSION)
            return {
                "protocol": version,
                "implementation": {
                    "name": self.name,
                    "version": __version__,
                    "language": "Python",
                    "source": "the pithmerge package",
                },
                "ops": [str(op) for op in (self.ops if version > 1 else OPS_OF_VERSION_1)],
            }
        seq = request.get("seq")
        if request["op"] not in self.ops:
            return {"seq": seq, "unsupported": "no such op"}
        try:
            return {"seq": seq, "result": self._result(request)}
        except PithmergeError as error:
            return {"seq": seq, "result": {"refused": str(error)}}
        except Exception as error:  # the protocol's own word for it
            failed = {"message": repr(error), "traceback": traceback.format_exc()}
            return {"seq": seq, "failed": failed}

    @property
    def ops(self) -> list[Op]:
        """What it can be asked to do."""
        unknown = {
            op
            for op, ask in (
                (Op.VERIFY, self.verify_request),
                (Op.VIEW, self.view_request),
                (Op.NUMBER, self.number_request),
            )
            if ask is None
        }
        return [op for op in Op if op not in unknown]

    def _result(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["op"] == Op.MERGE:
            return {"state_b64": encode_b64(self.merge_request(request))}
        if request["op"] == Op.EVIDENCE:
            return self.evidence_request(request)
        if request["op"] == Op.VERIFY and self.verify_request is not None:
            return {"report_b64": encode_b64(self.verify_request(request))}
        if request["op"] == Op.VIEW and self.view_request is not None:
            return {"state_b64": encode_b64(self.view_request(request))}
        if request["op"] == Op.NUMBER and self.number_request is not None:
            return self.number_request(request)
        canonical = self.canonicalize_request(request)
        return {"canonical_b64": encode_b64(canonical), "sha256": sha256_hex(canonical)}


answer = Reference()
"""The reference as a function: ``--impl python:pithmerge.conformance.reference:answer``."""


def serve(
    respond: Callable[[dict[str, Any]], dict[str, Any]], source: BinaryIO, sink: BinaryIO
) -> None:
    """Answer requests line by line until ``bye`` or the end of ``source``."""
    for line in source:
        request = read_json(line)
        if request["cmd"] == "bye":
            return
        sink.write(orjson.dumps(respond(request)) + b"\n")
        sink.flush()


if __name__ == "__main__":
    serve(answer, sys.stdin.buffer, sys.stdout.buffer)
