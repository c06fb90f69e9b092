"""Whether a tool has rewritten a document on its way: found by undoing it, never guessed.

A digest is stated that is not that of what stands there. So what tools do is undone
(`pithmerge.verification.repairs`), in one place and another, until the stated digest comes out:
then that is what was digested. One that does not come out proves nothing (SPEC 10.6).
"""

import math
import re
from collections.abc import Iterator
from itertools import chain, combinations, islice, product
from typing import Any, Final, NamedTuple

from pithmerge.canon import sha256_hex
from pithmerge.documents import Document
from pithmerge.errors import PithmergeError
from pithmerge.verification.repairs import (
    MOST_SITES,
    REPAIRS,
    Path,
    Repair,
    integers_rounded_to,
    is_exact,
    rounded_integers,
    with_replaced,
)

MAX_BYTES: Final = 4 * 2**20
"""Bytes of canonical JSON that are digested for one document in search of what was rewritten."""
_MOST_WORKED: Final = 3
"""Ways that have worked, up to which each is tried first in the next value."""
_HASHING: Final = 16
"""How much cheaper it is to digest a byte than to find out which."""
_MARK: Final = re.compile(rb'"\\u0000([0-9]+)"')
_ROUNDED_WORDS: Final = "integers were rounded, as JavaScript rounds them"
_FLOATS_BESIDE: Final = 16
"""Choices of the floats that JavaScript has rewritten beside them that are tried."""
_ROUNDED: Final = 2**14
"""Integers that one may have been before it was rounded, up to which they are tried."""


class Undone(NamedTuple):
    """What was undone in one value, so that its stated digest came out.

    Attributes:
        what: what the tool did, in words; the first of several.
        sites: the places, each with what stood there.
        value: the value as it was.
        before: the value as it stands there.
    """

    what: tuple[str, ...]
    sites: dict[Path, Any]
    value: Any
    before: Any


class Search:
    """A search through what tools do, for one document: its work is bounded for all values of it.

    Args:
        document: how it is written in canonical form.
        max_bytes: how much may be read and digested.

    Attributes:
        exhausted: whether something was not tried for that bound.
    """

    def __init__(self, document: Document, max_bytes: int = MAX_BYTES) -> None:
        self._document = document
        self._left = max_bytes
        self._worked: list[tuple[Repair, ...]] = []
        self._value: Any = None
        self.exhausted = False

    def undo(self, value: Any, digest: str) -> Undone | None:
        """What has to be undone in a value so that it has that digest; None if that is not found.

        Args:
            value: that does not have it.
            digest: in hex, as it is stated.
        """
        self._value = value
        for repairs in self._worked:
            # A tool does the same everywhere: this costs what the document is long.
            found = self._all_undone(value, digest, repairs)
            if found is not None:
                return found
        size = len(self._document.canonical(value))
        for repairs, found in self._attempts(value, digest, size):
            if found is not None:
                if repairs and repairs not in self._worked and len(self._worked) < _MOST_WORKED:
                    self._worked.append(repairs)
                return found
            if self.exhausted:
                break
        return None

    def _attempts(
        self, value: Any, digest: str, size: int
    ) -> Iterator[tuple[tuple[Repair, ...], Undone | None]]:
        applicable: list[tuple[Repair, dict[Path, Any]]] = []
        for repair in REPAIRS:
            if not self._may_read(size):
                return
            sites = repair.sites(value)
            if 0 < len(sites) <= MOST_SITES:
                applicable.append((repair, sites))
                # Undoing it takes all the steps to its places.
                size = max(size, sum(map(len, sites)))
                undone = with_replaced(value, sites, sites)
                yield (repair,), self._is_it(undone, digest, (repair.what,), sites)
        for one, other in combinations([repair for repair, _ in applicable], 2):
            if not self._may_read(3 * size):
                return
            yield (one, other), self._all_undone(value, digest, (one, other))
        for repair, sites in applicable:
            for chosen in islice(_choices(list(sites)), repair.attempts):
                if not self._may_read(size):
                    return
                some = {path: sites[path] for path in chosen}
                undone = with_replaced(value, some, some)
                yield (repair,), self._is_it(undone, digest, (repair.what,), some)
        if self._may_read(2 * size):
            yield (), self._rounded(value, digest, size, {})
            floats = {path: was for path, was in REPAIRS[0].sites(value).items() if is_exact(was)}
            choices = chain([tuple(floats)], _choices(list(floats))) if floats else iter(())
            for chosen in islice(choices, _FLOATS_BESIDE):
                some = {path: floats[path] for path in chosen}
                yield (), self._rounded(value, digest, size, some)

    def _may_read(self, size: int) -> bool:
        """Whether so much may still be read; then it counts as read."""
        self.exhausted = self.exhausted or size > self._left
        self._left -= 0 if self.exhausted else size
        return not self.exhausted

    def _all_undone(self, value: Any, digest: str, repairs: tuple[Repair, ...]) -> Undone | None:
        """The attempt to undo several repairs, each wherever it may have been made."""
        sites: dict[Path, Any] = {}
        words = []
        for repair in repairs:
            more = repair.sites(value)
            if 0 < len(more) <= MOST_SITES:
                words.append(repair.what)
                value, sites = with_replaced(value, more, more), {**sites, **more}
        return self._is_it(value, digest, tuple(words), sites) if words else None

    def _is_it(
        self, value: Any, digest: str, what: tuple[str, ...], sites: dict[Path, Any]
    ) -> Undone | None:
        try:
            written = self._document.canonical(value)
        except PithmergeError:
            return None
        return Undone(what, sites, value, self._value) if sha256_hex(written) == digest else None

    def _rounded(
        self, value: Any, digest: str, size: int, floats: dict[Path, Any]
    ) -> Undone | None:
        """The attempt to find integers that were rounded to doubles: what stands between them is
        written once. ``floats`` are undone as well: JavaScript writes ``1.0`` as ``1``."""
        rounded = rounded_integers(value)
        ranges = [integers_rounded_to(number) for number in rounded]
        if not ranges or math.prod(map(len, ranges)) > _ROUNDED:
            return None
        marks = {number: f"\0{index}" for index, number in enumerate(rounded)}
        undone = with_replaced(value, floats, floats)
        marked = {path: marks[number] for number, paths in rounded.items() for path in paths}
        parts = _MARK.split(self._document.canonical(with_replaced(undone, marked, marked)))
        if len(parts) != 2 * len(marked) + 1:
            return None
        for numbers in product(*ranges):
            if not self._may_read(size // _HASHING):
                return None
            texts = [
                part if index % 2 == 0 else b"%d" % numbers[int(part)]
                for index, part in enumerate(parts)
            ]
            if sha256_hex(b"".join(texts)) == digest:
                sites = {
                    path: was
                    for was, (now, paths) in zip(numbers, rounded.items(), strict=True)
                    for path in paths
                    if was != now
                }
                words = {_ROUNDED_WORDS: sites, REPAIRS[0].what: floats}
                what = tuple(each for each, some in words.items() if some)
                sites = {**sites, **floats}
                return Undone(what, sites, with_replaced(value, sites, sites), value)
        return None


def _choices(paths: list[Path]) -> Iterator[tuple[Path, ...]]:
    """Some of the places, others and others: by their names first, as a tool that writes ``1.0`` as
    ``1`` cannot be told by a place, but what was ``1.0`` can; then place by place.

    The few and the many come first.
    """
    groups: dict[Path, list[Path]] = {}
    for path in paths:
        name = tuple("" if isinstance(step, int) else step for step in path)
        groups.setdefault(name, []).append(path)
    names = list(groups)
    for some in _subsets(names):
        yield tuple(path for name in some for path in groups[name])
    if len(paths) > len(names):
        yield from _subsets(paths)


def _subsets(items: list[Path]) -> Iterator[tuple[Path, ...]]:
    """All subsets but none and the whole, those of one and all but one first."""
    sizes = [size for half in range(1, len(items)) for size in (half, len(items) - half)]
    for size in dict.fromkeys(sizes):
        yield from combinations(items, size)
