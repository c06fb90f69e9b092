"""An implementation of pith-open-graph-merge-v1 that is not written yet.

It speaks version 2 of the conformance protocol, and refuses whatever it is asked:

    pithmerge conform smoke --impl "python stub.py"

Write `canonicalize` first, by SPEC.md 1. Traps: json.loads takes NaN, repeated members and lone
surrogates, all of which the rules refuse.
"""

import json
import sys
import traceback
from typing import Any

IMPLEMENTATION = {"name": "stub", "version": "0", "language": "Python", "source": "here"}


class Refused(Exception):
    """Where SPEC.md says refused: there is no result."""


def canonicalize(request: dict[str, Any]) -> dict[str, Any]:
    """json_b64 -> canonical_b64, sha256 (SPEC 1.1)."""
    raise Refused("canonicalize is not written yet")


def merge(request: dict[str, Any]) -> dict[str, Any]:
    """pith_number, keys or keys_b64, source_aliases or source_aliases_b64, verify_signatures,
    events_b64 -> state_b64 (SPEC 8.2)."""
    raise Refused("merge is not written yet")


def evidence(request: dict[str, Any]) -> dict[str, Any]:
    """document_b64, keys or keys_b64 -> holds, and equivocations_b64 or reason (SPEC 11.7)."""
    raise Refused("evidence is not written yet")


def verify(request: dict[str, Any]) -> dict[str, Any]:
    """document_b64, keys or keys_b64 -> report_b64 (SPEC 10.7)."""
    raise Refused("verify is not written yet")


def view(request: dict[str, Any]) -> dict[str, Any]:
    """as_of, and what merge takes -> state_b64 (SPEC 8.9)."""
    raise Refused("view is not written yet")


def number(request: dict[str, Any]) -> dict[str, Any]:
    """metadata_b64 -> canonical_record, canonical_sha256, pith_number (SPEC 2.9)."""
    raise Refused("number is not written yet")


OPS = {
    "canonicalize": canonicalize,
    "merge": merge,
    "evidence": evidence,
    "verify": verify,
    "view": view,
    "number": number,
}
OPS_OF_VERSION_1 = ("canonicalize", "merge")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to hello or run."""
    if request["cmd"] == "hello":
        version = min(request["protocol"], 2)
        ops = [op for op in OPS if version > 1 or op in OPS_OF_VERSION_1]
        return {"protocol": version, "implementation": IMPLEMENTATION, "ops": ops}
    seq = request["seq"]
    try:
        return {"seq": seq, "result": OPS[request["op"]](request)}
    except Refused as refused:
        return {"seq": seq, "result": {"refused": str(refused)}}
    except Exception as error:
        failed = {"message": repr(error), "traceback": traceback.format_exc()}
        return {"seq": seq, "failed": failed}


def main() -> None:
    """A line in, a line out, until bye."""
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if request["cmd"] == "bye":
            break
        print(json.dumps(answer(request)), flush=True)


if __name__ == "__main__":
    main()
