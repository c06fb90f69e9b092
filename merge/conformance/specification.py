"""The executable specification behind the protocol: ``--impl pithmerge.spec``.

``python -m pithmerge.conformance.specification`` serves it. It shares no code with the reference;
handed in is the check of a signature alone (SPEC 3.2), which both take from libsodium.
"""

import sys
from typing import Any

from pithmerge import spec
from pithmerge.conformance.protocol import decode_b64
from pithmerge.conformance.reference import Reference, serve
from pithmerge.crypto import signature_is_valid
from pithmerge.errors import MergeError


def merge_request(request: dict[str, Any]) -> bytes:
    """The published bytes of the state that a ``merge`` request asks for.

    Raises:
        PithmergeError: the request is to be refused.
    """
    try:
        return spec.merge(
            [decode_b64(text, "events_b64") for text in request["events_b64"]],
            pith_number=request["pith_number"],
            keys=spec.keys_of_file(request["keys"]),
            signature_is_valid=signature_is_valid,
            source_aliases=request["source_aliases"],
            verify_signatures=request["verify_signatures"],
        )
    except spec.Refused as refused:
        raise MergeError(f"SPEC {refused}") from None


def canonicalize_request(request: dict[str, Any]) -> bytes:
    """The canonical bytes that a ``canonicalize`` request asks for.

    Raises:
        PithmergeError: the request is to be refused.
    """
    try:
        return spec.canonical_bytes(spec.read_document(decode_b64(request["json_b64"], "json_b64")))
    except spec.Refused as refused:
        raise MergeError(f"SPEC {refused}") from None


answer = Reference("pithmerge.spec", merge_request, canonicalize_request)
"""The specification as a function: ``--impl python:pithmerge.conformance.specification:answer``."""


if __name__ == "__main__":
    serve(answer, sys.stdin.buffer, sys.stdout.buffer)
