"""The words that kit and implementation exchange: ``pith-conformance/1``, protocol version 2 or 1.

One JSON object a line. This module knows which answers are well-formed; what they are worth is
judged in `pithmerge.conformance.verdicts`.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

from pithmerge.canon import read_json
from pithmerge.errors import DocumentError, PithmergeError
from pithmerge.showing import brief, clipped

PROTOCOL_VERSION: Final = 2
"""The newest version, which the kit asks for first."""
FIRST_VERSION: Final = 1
"""The oldest, which is still spoken."""
CORPUS_VERSION: Final = "pith-conformance/1"
MAX_LINE: Final = 16 * 2**20
"""Bytes of a line, its newline not counted."""
MAX_STRUCTURE: Final = 2**16
"""Strings of an answer, plus bytes outside of them: what it costs to read it (in strings: free)."""
MAX_STATE_STRUCTURE: Final = 2**20
"""The same of a state, which may be of many events: seconds, where an answer costs some tenths."""

HELLO: Final = {"cmd": "hello", "protocol": PROTOCOL_VERSION}
BYE: Final = {"cmd": "bye"}

IN_PLACE_OF: Final[Mapping[str, str]] = {
    "keys_b64": "keys",
    "source_aliases_b64": "source_aliases",
}
"""Members of a request since version 2, each in place of one that JSON in a line can be: the base64
of bytes, which may be no JSON, repeat a member or break another rule."""

_OPTIONAL: Final = ("version", "language", "source")
_LONGEST_NAME: Final = 300
SHOWN: Final = 80
# Matches an unterminated string as well: a search that fails at each quote would be quadratic.
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.?[^"\\]*+)*+"?', re.DOTALL)


class Op(StrEnum):
    """What an implementation can be asked to do."""

    MERGE = "merge"
    CANONICALIZE = "canonicalize"
    EVIDENCE = "evidence"
    VERIFY = "verify"
    VIEW = "view"
    NUMBER = "number"


OPS_OF_VERSION_1: Final = (Op.MERGE, Op.CANONICALIZE)
"""Kits of version 1 take another op in a hello for a mistake."""
OPS_OF_STATES: Final = (Op.MERGE, Op.VIEW)
"""Those whose result is a state."""


class ProtocolError(PithmergeError):
    """An answer that the protocol does not allow, and how to mend it."""


def hello_request(version: int = PROTOCOL_VERSION) -> dict[str, Any]:
    """The ``hello`` that asks for a version of the protocol."""
    return {**HELLO, "protocol": version}


def why_not_asked(hello: Mapping[str, Any], op: str, inputs: Iterable[str]) -> str | None:
    """Why who answered ``hello`` so cannot be asked for an op with these members; None if it can:
    it does not list the op, or the version that it speaks cannot carry them."""
    if op not in hello["ops"]:
        return f"hello does not list {op} among its ops"
    newer = [name for name in inputs if name in IN_PLACE_OF]
    if not newer or hello["protocol"] >= 2:
        return None
    version = hello["protocol"]
    return f"it speaks version {version} of the protocol, which cannot carry {', '.join(newer)}"


def run_request(seq: int, op: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """The ``run`` request number ``seq``; ``inputs`` is a case's ``in`` but for its ``op``."""
    return {"cmd": "run", "seq": seq, "op": op, **inputs}


def encode_line(message: Any) -> bytes:
    """A message as a line, without its newline; ASCII, so that no encoding can go wrong.

    Raises:
        ProtocolError: it has no JSON form.
    """
    try:
        text = json.dumps(message, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolError(f"it has no JSON form ({error}): give JSON values alone") from None
    return text.encode("ascii")


def decode_line(line: bytes) -> Any:
    """The JSON value of a line without its newline; white space around it is JSON's own.

    Raises:
        ProtocolError: it is none under SPEC 1.2, 1.4 and 1.5, or far from any answer.
    """
    if structure_exceeds(line, MAX_STRUCTURE):
        raise ProtocolError(
            f"the line {_beginning(line)} is no answer: it holds over {MAX_STRUCTURE:,} strings, "
            "or bytes outside of them, where an answer has a few members"
        )
    try:
        return read_json(line)
    except DocumentError as error:
        raise ProtocolError(
            f"the line {_beginning(line)} is no JSON ({clipped(str(error), 400)}): write one "
            "JSON object a line to stdout, and everything else to stderr"
        ) from None


def check_hello(answer: Any, asked: int = PROTOCOL_VERSION) -> dict[str, Any]:
    """The well-formed answer to a ``hello`` that asked for a version; an older one may answer it.

    Raises:
        ProtocolError: it is not.
    """
    if not isinstance(answer, dict):
        raise ProtocolError(f"the answer to hello must be a JSON object; it is {brief(answer)}")
    version = answer.get("protocol")
    if type(version) is not int or not FIRST_VERSION <= version <= asked:
        older = "".join(f" or {each}" for each in range(asked - 1, FIRST_VERSION - 1, -1))
        raise ProtocolError(
            f'the answer to hello must say "protocol": {asked}, the version that was '
            f"asked for{older and f',{older} where it speaks no newer one'}; "
            f"it {_says(answer, 'protocol')}"
        )
    implementation = answer.get("implementation")
    if not isinstance(implementation, dict):
        raise ProtocolError(
            'the answer to hello must hold "implementation": an object with at least a "name" '
            f'(and best a "version", "language" and "source"); it {_says(answer, "implementation")}'
        )
    if not isinstance(implementation.get("name"), str) or not implementation["name"]:
        raise ProtocolError(
            'the "implementation" in the answer to hello must have a "name", a string that is not '
            f"empty; it {_says(implementation, 'name')}"
        )
    for name in _OPTIONAL:
        if not isinstance(implementation.get(name, ""), str):
            raise ProtocolError(
                f'"{name}" of the "implementation" in the answer to hello must be a string or left '
                f"out; it {_says(implementation, name)}"
            )
    ops = answer.get("ops")
    if not isinstance(ops, list) or not ops or not all(isinstance(op, str) and op for op in ops):
        known = ", ".join(f'"{op}"' for op in Op)
        raise ProtocolError(
            f'the answer to hello must list in "ops" what it can do, strings such as {known}; '
            f"it {_says(answer, 'ops')}"
        )
    return answer


def check_answer(answer: Any, seq: int, op: str) -> dict[str, Any]:
    """The well-formed answer to the ``run`` request number ``seq``.

    Raises:
        ProtocolError: it is not.
    """
    if not isinstance(answer, dict):
        raise ProtocolError(f"the answer must be a JSON object; it is {brief(answer)}")
    if not _is_integer(answer.get("seq"), seq):
        raise ProtocolError(
            f'the answer must repeat the request\'s "seq", the integer {seq}; '
            f"it {_says(answer, 'seq')}"
        )
    kinds = [name for name in ("result", "unsupported", "failed") if name in answer]
    if len(kinds) != 1:
        raise ProtocolError(
            'the answer must hold exactly one of "result", "unsupported" and "failed"; it '
            f"holds {' and '.join(kinds) or 'none'}"
        )
    if kinds == ["result"]:
        _check_result(answer["result"], op)
    elif kinds == ["unsupported"] and not isinstance(answer["unsupported"], str):
        raise ProtocolError(
            f'"unsupported" must be a string that says why; it is {brief(answer["unsupported"])}'
        )
    elif kinds == ["failed"]:
        _check_failed(answer["failed"])
    return answer


def _check_result(result: Any, op: str) -> None:
    if not isinstance(result, dict):
        raise ProtocolError(f'"result" must be an object; it is {brief(result)}')
    if "refused" in result:
        if not isinstance(result["refused"], str) or len(result) != 1:
            raise ProtocolError(
                'a refusal must be {"refused": "why"}, a string and no other member; it is '
                f"{brief(result)}"
            )
        return
    if op == Op.EVIDENCE:
        if not isinstance(result.get("holds"), bool):
            raise ProtocolError(
                'the result of evidence must hold "holds", true or false (or "refused" alone); '
                f"it {_says(result, 'holds')}"
            )
        op = f"{op} that {'holds' if result['holds'] else 'does not hold'}"
    if op == Op.NUMBER and not isinstance(result.get("canonical_record"), dict):
        raise ProtocolError(
            'the result of number must hold "canonical_record", an object (or "refused" alone); it '
            f"{_says(result, 'canonical_record')}"
        )
    for name in _RESULT_TEXTS.get(op, ()):
        if not isinstance(result.get(name), str):
            raise ProtocolError(
                f'the result of {op} must hold "{name}", a string (or "refused" alone); '
                f"it {_says(result, name)}"
            )
        if name.endswith("_b64"):
            decode_b64(result[name], name)


_RESULT_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    Op.MERGE: ("state_b64",),
    Op.CANONICALIZE: ("canonical_b64", "sha256"),
    Op.VERIFY: ("report_b64",),
    Op.VIEW: ("state_b64",),
    Op.NUMBER: ("canonical_sha256", "pith_number"),
    f"{Op.EVIDENCE} that holds": ("equivocations_b64",),
    f"{Op.EVIDENCE} that does not hold": ("reason",),
}
"""The strings of a result."""


def _check_failed(failed: Any) -> None:
    if not isinstance(failed, dict) or not isinstance(failed.get("message"), str):
        raise ProtocolError(
            f'"failed" must be an object with a "message", a string; it is {brief(failed)}'
        )


def self_description(hello: dict[str, Any]) -> dict[str, str]:
    """What an implementation says of itself in its answer to ``hello``, cut short for reports."""
    about = hello["implementation"]
    return {
        name: clipped(about[name], _LONGEST_NAME) for name in ("name", *_OPTIONAL) if name in about
    }


def decode_b64(text: str, what: str) -> bytes:
    """The bytes of a base64 member.

    Raises:
        ProtocolError: it is no base64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise ProtocolError(
            f'"{what}" is not base64: use the standard alphabet, padding, and no line breaks'
        ) from None


def encode_b64(data: bytes) -> str:
    """Bytes as a base64 member."""
    return base64.b64encode(data).decode()


def structure_exceeds(text: bytes, most: int) -> bool:
    """Whether a JSON text has more than ``most`` strings plus bytes outside of strings.

    It is what has to be asked before reading what somebody else wrote: a string is read at once,
    but 16 MiB of small numbers, or of brackets, take a minute.
    """
    if len(text) <= most:
        return False
    left, end = most, 0
    for string in _STRING.finditer(text):
        left -= string.start() - end + 1
        end = string.end()
        if left < 0:
            return True
    return left < len(text) - end


def _beginning(line: bytes) -> str:
    return clipped(repr(line[:SHOWN]), SHOWN)


def _is_integer(value: Any, wanted: int) -> bool:
    return type(value) is int and value == wanted


def _says(holder: dict[str, Any], name: str) -> str:
    return f"says {brief(holder[name])}" if name in holder else f'has no "{name}"'
