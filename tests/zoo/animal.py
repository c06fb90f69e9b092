"""What an animal is: the reference with one mistake in it.

The mistake is seeded by replacing names of the reference's modules, where they are looked up, for
as long as one call takes. So an animal is as long as its mistake.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from pithmerge.canon import MAX_DOCUMENT_DEPTH, canonical_json, compact_json, sha256_hex
from pithmerge.conformance import reference
from pithmerge.conformance.reference import Reference
from pithmerge.core.vocabulary import EventType
from pithmerge.drawn.faults import Fault
from pithmerge.drawn.sets import Sets

Patches = Mapping[tuple[Any, str], Any]
"""What is looked up where (a module or class and a name in it), and what is found there instead."""


@dataclass(frozen=True)
class Animal:
    """A faulty implementation of merge v1, to be asked as the protocol asks.

    Attributes:
        name: its name in `tests.zoo`: ``--impl python:tests.zoo:NAME``.
        mistake: what is wrong with it, in one sentence.
        rule: the rule of SPEC.md that it breaks.
        law: the law by whose name `hunt` must find it; `agreement` where it keeps all others; None
            where drawn event sets show the mistake never, or so seldom that the corpus must do.
        sets: what the hunt draws, where that is not any event set: sets rich in what it takes.
        patches: the mistake itself.
    """

    name: str
    mistake: str
    rule: str
    law: str | None
    sets: Sets | None = field(repr=False)
    patches: Patches = field(repr=False)

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request but ``bye``."""
        with ExitStack() as seeded:
            for (owner, name), replacement in self.patches.items():
                seeded.enter_context(patch.object(owner, name, replacement))
            return Reference(self.name)(request)


def animal(
    rule: str, *, law: str | None = "agreement", sets: Sets | None = None
) -> Callable[[Callable[[], Patches]], Animal]:
    """Make an animal of a function that returns its patches.

    The function's name is the animal's, the first line of its docstring the mistake.
    """

    def make(patches_of: Callable[[], Patches]) -> Animal:
        mistake = (patches_of.__doc__ or "").partition("\n")[0]
        return Animal(patches_of.__name__, mistake, rule, law, sets, patches_of())

    return make


def having(*faults: Fault, types: tuple[EventType, ...] = tuple(EventType)) -> Sets:
    """Event sets with these faults alone, of events of these types alone."""
    return Sets(min_events=1, event_types=types, possible_faults=faults)


@dataclass(frozen=True)
class _Published:
    """A state that is only written."""

    data: bytes

    def to_json(self) -> bytes:
        """Those bytes."""
        return self.data


def published(state: dict[str, Any], *, canonical: bool = True) -> bytes:
    """The published bytes of a parsed state that lacks its ``state_sha256``.

    Args:
        state: its members, in published order.
        canonical: False takes the digest over them in that order (SPEC 8.2 says: sorted).
    """
    digested = canonical_json if canonical else compact_json
    state_sha256 = sha256_hex(digested(state, max_depth=MAX_DOCUMENT_DEPTH))
    return compact_json({**state, "state_sha256": state_sha256}, max_depth=MAX_DOCUMENT_DEPTH)


def writing(write: Callable[[dict[str, Any], list[bytes]], bytes]) -> Patches:
    """The patches of an animal that merges rightly and writes another state.

    Args:
        write: gets the right state, parsed and without ``state_sha256``, and the events' bytes.
    """
    right = reference.merge

    def faulty_merge(events: list[bytes], **given: Any) -> _Published:
        state = right(events, **given).to_dict()
        del state["state_sha256"]
        return _Published(write(state, events))

    return {(reference, "merge"): faulty_merge}
