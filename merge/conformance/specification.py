"""The executable specification behind the protocol: ``--impl pithmerge.spec``.

``python -m pithmerge.conformance.specification`` serves it. It shares no code with the reference;
handed in is the check of a signature alone (SPEC 3.2), which both take from libsodium.
"""

import sys
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Final, TypeVar

from pithmerge import spec
from pithmerge.conformance.protocol import decode_b64, encode_b64
from pithmerge.conformance.reference import Reference, serve
from pithmerge.crypto import signature_is_valid
from pithmerge.errors import MergeError

DEPTH: Final = 128
"""SPEC 1.5, of an event and of an alias."""

Request = dict[str, Any]
Result = TypeVar("Result")


def _refusing(ask: Callable[[Request], Result]) -> Callable[[Request], Result]:
    """The function, whose refusals are those that the protocol knows."""

    @wraps(ask)
    def asked(request: Request) -> Result:
        try:
            return ask(request)
        except spec.Refused as refused:
            raise MergeError(f"SPEC {refused}") from None

    return asked


@_refusing
def merge_request(request: Request) -> bytes:
    """The published bytes of the state that a ``merge`` request asks for.

    Raises:
        PithmergeError: the request is to be refused.
    """
    return _merged(request, [decode_b64(text, "events_b64") for text in request["events_b64"]])


def _merged(request: Request, events: Iterable[Any]) -> bytes:
    return spec.merge(
        events,
        pith_number=request["pith_number"],
        keys=_keys_of(request),
        signature_is_valid=signature_is_valid,
        source_aliases=_aliases_of(request),
        verify_signatures=request["verify_signatures"],
    )


@_refusing
def view_request(request: Request) -> bytes:
    """The published bytes of the state that a ``view`` request asks for.

    Raises:
        PithmergeError: the request is to be refused.
    """
    events = [decode_b64(text, "events_b64") for text in request["events_b64"]]
    return _merged(request, spec.as_of(events, request["as_of"]))


@_refusing
def canonicalize_request(request: Request) -> bytes:
    """The canonical bytes that a ``canonicalize`` request asks for.

    Raises:
        PithmergeError: the request is to be refused.
    """
    return spec.canonical_bytes(spec.read_document(decode_b64(request["json_b64"], "json_b64")))


@_refusing
def evidence_request(request: Request) -> dict[str, Any]:
    """The result of an ``evidence`` request.

    Raises:
        PithmergeError: the request is to be refused.
    """
    data = decode_b64(request["document_b64"], "document_b64")
    keys = _keys_of(request)
    try:
        entries = spec.proven(data, keys=keys, signature_is_valid=signature_is_valid)
    except spec.Refused as refused:
        rule, _, why = str(refused).partition(": ")
        if rule != "11.7":
            raise
        return {"holds": False, "reason": why.partition(":")[0]}
    return {"holds": True, "equivocations_b64": encode_b64(spec.canonical_bytes(entries))}


@_refusing
def verify_request(request: Request) -> bytes:
    """The canonical bytes of the report that a ``verify`` request asks for.

    Raises:
        PithmergeError: the request is to be refused.
    """
    data = decode_b64(request["document_b64"], "document_b64")
    report = spec.report(data, keys=_keys_of(request), signature_is_valid=signature_is_valid)
    return spec.canonical_bytes(report)


@_refusing
def number_request(request: Request) -> dict[str, Any]:
    """The result of a ``number`` request.

    Raises:
        PithmergeError: the request is to be refused.
    """
    data = decode_b64(request["metadata_b64"], "metadata_b64")
    record = spec.canonical_record(spec.read_document(data))
    return {
        "canonical_record": record,
        "canonical_sha256": spec.digest(record),
        "pith_number": spec.pith_number(record),
    }


def _keys_of(request: Request) -> list[spec.Key]:
    if "keys_b64" in request:
        return spec.keys_of_file(spec.read_document(decode_b64(request["keys_b64"], "keys_b64")))
    return spec.keys_of_file(request["keys"])


def _aliases_of(request: Request) -> list[Any] | None:
    if "source_aliases_b64" not in request:
        given: list[Any] | None = request["source_aliases"]
        return given
    data = decode_b64(request["source_aliases_b64"], "source_aliases_b64")
    aliases = spec.read_document(data, depth=DEPTH + 1)
    if not isinstance(aliases, list):
        raise spec.Refused("8.6: source_aliases that is no list")
    return aliases


answer = Reference(
    "pithmerge.spec",
    merge_request,
    canonicalize_request,
    evidence_request,
    verify_request,
    view_request,
    number_request,
)
"""The specification as a function: ``--impl python:pithmerge.conformance.specification:answer``."""


if __name__ == "__main__":
    serve(answer, sys.stdin.buffer, sys.stdout.buffer)
