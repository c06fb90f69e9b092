"""The words that kit and implementation exchange: ``pith-conformance/1``, protocol version 1.

One JSON object a line. This module knows which answers are well-formed; what they are worth is
judged in `pithmerge.conformance.verdicts`.
"""

import base64
from enum import StrEnum
from typing import Any, Final

from pithmerge.errors import PithmergeError

PROTOCOL_VERSION: Final = 1
CORPUS_VERSION: Final = "pith-conformance/1"
MAX_LINE: Final = 16 * 2**20
"""Bytes of a line, its newline not counted."""

HELLO: Final = {"cmd": "hello", "protocol": PROTOCOL_VERSION}
BYE: Final = {"cmd": "bye"}


class Op(StrEnum):
    """What an implementation can be asked to do."""

    MERGE = "merge"
    CANONICALIZE = "canonicalize"


class ProtocolError(PithmergeError):
    """An answer that the protocol does not allow, and how to mend it."""


def run_request(seq: int, op: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """The ``run`` request number ``seq``; ``inputs`` is a case's ``in`` but for its ``op``."""
    return {"cmd": "run", "seq": seq, "op": op, **inputs}


def check_hello(answer: Any) -> dict[str, Any]:
    """The well-formed answer to ``hello``.

    Raises:
        ProtocolError: it is not.
    """
    if not isinstance(answer, dict):
        raise ProtocolError("the answer to hello is no JSON object")
    if answer.get("protocol") != PROTOCOL_VERSION or isinstance(answer.get("protocol"), bool):
        raise ProtocolError(
            f'the answer to hello must say "protocol": {PROTOCOL_VERSION}, the version that was '
            f"asked for; it says {answer.get('protocol')!r}"
        )
    implementation = answer.get("implementation")
    if not isinstance(implementation, dict) or not isinstance(implementation.get("name"), str):
        raise ProtocolError(
            'the answer to hello must hold "implementation": an object with at least a "name" '
            '(and best a "version", "language" and "source")'
        )
    ops = answer.get("ops")
    if not isinstance(ops, list) or not all(op in list(Op) for op in ops) or not ops:
        raise ProtocolError(
            'the answer to hello must list in "ops" what it can do: "merge", "canonicalize" or both'
        )
    return answer


def check_answer(answer: Any, seq: int, op: str) -> dict[str, Any]:
    """The well-formed answer to the ``run`` request number ``seq``.

    Raises:
        ProtocolError: it is not.
    """
    if not isinstance(answer, dict):
        raise ProtocolError("the answer is no JSON object")
    if answer.get("seq") != seq or isinstance(answer.get("seq"), bool):
        raise ProtocolError(
            f'the answer must repeat the request\'s "seq": {seq}; it says {answer.get("seq")!r}'
        )
    kinds = [name for name in ("result", "unsupported", "failed") if name in answer]
    if len(kinds) != 1:
        raise ProtocolError(
            'the answer must hold exactly one of "result", "unsupported" and "failed"; it '
            f"holds {', '.join(kinds) or 'none'}"
        )
    if kinds == ["result"]:
        _check_result(answer["result"], op)
    elif kinds == ["failed"] and not isinstance(answer["failed"], dict):
        raise ProtocolError('"failed" must be an object with a "message"')
    return answer


def _check_result(result: Any, op: str) -> None:
    if not isinstance(result, dict):
        raise ProtocolError('"result" is no object')
    if "refused" in result:
        if not isinstance(result["refused"], str) or len(result) != 1:
            raise ProtocolError('a refusal is {"refused": "why"} and nothing else')
        return
    wanted = ("state_b64",) if op == Op.MERGE else ("canonical_b64", "sha256")
    for name in wanted:
        if not isinstance(result.get(name), str):
            raise ProtocolError(f'the result of {op} must hold "{name}", a string')
        if name.endswith("_b64"):
            decode_b64(result[name], name)


def decode_b64(text: str, what: str) -> bytes:
    """The bytes of a base64 member.

    Raises:
        ProtocolError: it is no base64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise ProtocolError(f'"{what}" is not base64 (standard alphabet, padded)') from None


def encode_b64(data: bytes) -> str:
    """Bytes as a base64 member."""
    return base64.b64encode(data).decode()
