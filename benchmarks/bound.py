"""What a compiled core for text could save at most: a bundle with the calls into C replayed.

Reading, canonical bytes, digests and slices are replaced by what they gave the last time, so what
is left is what a core would leave that took no time at all. Each variant is a quotient of user CPU
by what the signatures took in the same round, as in `benchmarks.work`.
"""

import statistics
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from itertools import cycle
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import orjson

from benchmarks.bundle import NAME
from benchmarks.common import claim_of, print_heading, user_seconds
from pithmerge import Keyring, load_document, verify_document
from pithmerge.canon import digests, sha256_hex, values, writer
from pithmerge.core import candidate, judging, state
from pithmerge.crypto import blocks, ed25519, signature_is_valid
from pithmerge.fixtures import published

_ROUNDS = 21
Call = Callable[..., Any]
_Hook = Callable[[str, Call], Call]
_TEXT = ("read", "write", "digest", "slice")
_VARIANTS: tuple[tuple[str, ...], ...] = ((), *((name,) for name in _TEXT), _TEXT, ("verify",),
                                          (*_TEXT, "verify"))  # fmt: skip


def main() -> None:
    """Print what is left of a bundle without each of them, and without all."""
    raw = published(NAME)
    claim = claim_of(load_document(raw).value["events"][0], Keyring.default())
    jobs = {
        "read, every check": (4, lambda: verify_document(load_document(raw)).ok),
        "read, merged, published bytes": (3, lambda: load_document(raw).merge().to_json()),
    }
    for name, (signatures, job) in jobs.items():
        print_heading(f"{name}: µs, and ÷ {signatures} signatures, without …")
        expected = job()
        given = _given_by(job)
        found: dict[tuple[str, ...], list[tuple[float, float]]] = {}
        for _ in range(_ROUNDS):
            for variant in _VARIANTS:
                before = user_seconds(lambda: signature_is_valid(*claim))
                replayed = {each: cycle(given[each]).__next__ for each in variant}
                with _hooked(lambda what, call, r=replayed: _replaying(call, r.get(what))):
                    assert job() == expected
                    took = user_seconds(job)
                floor = signatures * (before + user_seconds(lambda: signature_is_valid(*claim))) / 2
                found.setdefault(variant, []).append((took * 1e6, took / floor))
        for variant, times in found.items():
            took, ratio = (statistics.median(column) for column in zip(*times, strict=True))
            print(f"{', '.join(variant) or 'nothing':36} {took:8.0f} {ratio:8.2f}")


def _given_by(job: Callable[[], object]) -> dict[str, list[Any]]:
    """What each of the calls gives, one after the other."""
    job()
    given: dict[str, list[Any]] = {}

    def keeping(what: str, call: Call) -> Call:
        def kept(*arguments: Any, **options: Any) -> Any:
            given.setdefault(what, []).append(result := call(*arguments, **options))
            return result

        return kept

    with _hooked(keeping):
        job()
    return given


def _replaying(call: Call, following: Callable[[], Any] | None) -> Call:
    if following is None:
        return call

    def replayed(*arguments: Any, **_options: Any) -> Any:
        if call is digests.sha256_hex_of:
            # The pieces are what a writer makes on the way.
            _consume(arguments[0])
        return following()

    return replayed


def _consume(pieces: Iterable[bytes]) -> None:
    for _ in pieces:
        pass


def _hooked(hook: _Hook) -> ExitStack:
    """The calls into C for text, and for signatures, replaced by what the hook makes of them."""
    stack = ExitStack()

    def replace(place: Any, name: str, value: Any) -> None:
        stack.enter_context(patch.object(place, name, value))

    replace(values, "read_surveyed", hook("read", values.read_surveyed))
    names = {name: getattr(orjson, name) for name in dir(orjson)}
    written = SimpleNamespace(**{**names, "dumps": hook("write", orjson.dumps)})
    for module in (writer, state):
        replace(module, "orjson", written)
    digested = hook("digest", sha256_hex)
    for module in _modules_with("sha256_hex", sha256_hex):
        replace(module, "sha256_hex", digested)
    replace(state, "sha256_hex_of", hook("digest", digests.sha256_hex_of))
    for name in ("_CONTENT_DECODER", "_RECORD_DECODER"):
        decode = getattr(candidate, name).decode
        replace(candidate, name, SimpleNamespace(decode=hook("slice", decode)))
    verified = hook("verify", ed25519.signature_is_valid)
    for module in (ed25519, blocks, judging):
        replace(module, "signature_is_valid", verified)
    return stack


def _modules_with(name: str, value: Any) -> list[ModuleType]:
    loaded = [module for known, module in sys.modules.items() if known.startswith("pithmerge")]
    return [module for module in loaded if vars(module).get(name) is value]


if __name__ == "__main__":
    main()
