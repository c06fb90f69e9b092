"""Which functions of `pithmerge.spec` are called: a function a rule, so which rules were asked."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import unwrap
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, Final

from pithmerge.spec import (
    canonical_json,
    digests,
    equivocation,
    events,
    keyring,
    signatures,
    state,
    supersession,
    validity,
)

_MODULES: Final = (
    *(canonical_json, digests, signatures, keyring, events),
    *(validity, supersession, equivocation, state),
)
_NOT_OF_A_MERGE: Final = frozenset(
    ("short_pith_number", "fingerprint_b32", "text_canon_sha256", "section_sha256", "as_of")
)
"""Rules of documents, records and views, which no merge asks."""


def _rules_of(module: ModuleType) -> Iterator[tuple[CodeType, str]]:
    section = module.__name__.rpartition(".")[2]
    for name, value in vars(module).items():
        rule = unwrap(value) if callable(value) else None
        if (
            isinstance(rule, FunctionType)
            and rule.__module__ == module.__name__
            and name not in _NOT_OF_A_MERGE
        ):
            yield rule.__code__, f"{section}.{name}"


_RULE_OF: Final = {code: name for module in _MODULES for code, name in _rules_of(module)}

RULES: Final = tuple(_RULE_OF.values())
"""The rules that a merge can ask, each by its module and name."""


@contextmanager
def asked() -> Iterator[set[str]]:
    """The rules that are asked while the context is open, by this thread."""
    seen: set[str] = set()

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call" and frame.f_code in _RULE_OF:
            seen.add(_RULE_OF[frame.f_code])

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(before)
