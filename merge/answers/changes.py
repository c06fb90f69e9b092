"""What changed between two JSON values, by path: for `pithmerge.answers.comparing`.

The order of an object's members is no difference; `1`, `1.0` and `true` are different values.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec import UNSET

from pithmerge.canon import MAX_DOCUMENT_DEPTH, canonical_json
from pithmerge.canon.paths import json_path
from pithmerge.showing import brief, clipped, printable
from pithmerge.verification.values import bounded

LONGEST_NAME: Final = 80
"""Characters of a member's name that a path shows."""
NOTHING: Final = "(nothing)"

Step = str | int
Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One value that changed.

    Attributes:
        path: where, as in reports; in what is only in one of the two, its place there.
        old, new: the values; `msgspec.UNSET` where there is none.
    """

    path: str
    old: Any
    new: Any

    def to_dict(self) -> dict[str, Any]:
        """The change as a JSON value: null for what is not there, and of a value of more than
        10,000 characters the beginning, as text. A change between null and nothing is one of what
        they stand in, so that it can be seen."""
        return {
            "path": self.path,
            "old": None if self.old is UNSET else bounded(self.old),
            "new": None if self.new is UNSET else bounded(self.new),
        }

    def in_words(self) -> str:
        """The change on one line."""
        return f"{printable(self.path)}  {_brief(self.old)} → {_brief(self.new)}"

    def __repr__(self) -> str:
        """Short, whatever the values are."""
        return f"<ValueChange {self.in_words()}>"


def changes(old: Any, new: Any, at: Steps = ()) -> Iterator[ValueChange]:
    """What changed, in document order.

    Args:
        old, new: parsed JSON.
        at: the steps that lead to both.
    """
    steps: list[Step] = list(at)
    # An iterator a level, and whether a step led to it: memory by depth.
    levels = [(iter([_Pair(None, old, new)]), False)]
    while levels:
        pairs, stepped = levels[-1]
        pair = next(pairs, None)
        if pair is None:
            levels.pop()
            if stepped:
                steps.pop()
            continue
        own = [] if pair.step is None else [pair.step]
        same = False if pair.whole else _same_node(pair.old, pair.new)
        if same is False:
            yield change(pair.old, pair.new, (*steps, *own))
        elif same is None:
            steps += own
            levels.append((_pairs(pair.old, pair.new), bool(own)))


def change(old: Any, new: Any, steps: Steps) -> ValueChange:
    """A change at these steps; a very long name in the path is cut."""
    shown = (each if isinstance(each, int) else clipped(each, LONGEST_NAME) for each in steps)
    return ValueChange(json_path(shown), old, new)


def list_changes(
    old: Sequence[Any],
    new: Sequence[Any],
    at: Steps,
    keys: Sequence[Callable[[Any], Hashable]],
) -> Iterator[ValueChange]:
    """What changed in a list whose elements have names, whatever their order.

    Args:
        old, new: the lists.
        at: the steps that lead to both.
        keys: what elements are paired by: what the first of these leaves, by the next. None pairs
            nothing.
    """
    pairs, left_old, left_new = _paired(old, new, keys)
    for index in range(len(new)):
        if index in pairs:
            yield from changes(old[pairs[index]], new[index], (*at, index))
        elif index in left_new:
            yield change(UNSET, new[index], (*at, index))
    for index in left_old:
        yield change(old[index], UNSET, (*at, index))


def canonical(value: Any) -> bytes:
    """The canonical bytes of a part of a document."""
    return canonical_json(value, max_depth=MAX_DOCUMENT_DEPTH)


def _paired(
    old: Sequence[Any], new: Sequence[Any], keys: Sequence[Callable[[Any], Hashable]]
) -> tuple[dict[int, int], dict[int, None], dict[int, None]]:
    """Which element of the new list goes with which of the old; and what is left of both."""
    pairs: dict[int, int] = {}
    left_old, left_new = dict.fromkeys(range(len(old))), dict.fromkeys(range(len(new)))
    for key in keys:
        by_key: defaultdict[Hashable, list[int]] = defaultdict(list)
        for index in reversed(left_old):
            by_key[key(old[index])].append(index)
        by_key.pop(None, None)
        for index in list(left_new):
            waiting = by_key.get(key(new[index]))
            if waiting:
                pairs[index] = waiting.pop()
                del left_old[pairs[index]], left_new[index]
    return pairs, left_old, left_new


@dataclass(frozen=True, slots=True)
class _Pair:
    """What stands in two values at one place.

    Attributes:
        step: the way to it; None: it is where we are.
        whole: whether it is to be shown as it is.
    """

    step: Step | None
    old: Any
    new: Any
    whole: bool = False


def _same_node(a: Any, b: Any) -> bool | None:
    """Whether two values are the same; None if that is up to what is in them."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (dict, list)):
        return None
    return bool(repr(a) == repr(b)) if isinstance(a, float) else bool(a == b)


def _pairs(a: Any, b: Any) -> Iterator[_Pair]:
    """What stands in two objects, or two arrays."""
    if isinstance(a, dict):
        given = [_Pair(name, a[name], b.get(name, UNSET)) for name in a]
        given += [_Pair(name, UNSET, b[name]) for name in b if name not in a]
    else:
        given = list(_pairs_of_arrays(a, b))
    if any(map(_is_unclear, given)):
        yield _Pair(None, a, b, whole=True)
    for pair in given:
        if not _is_unclear(pair):
            yield pair


def _is_unclear(pair: _Pair) -> bool:
    """Whether it is null on one side and nothing on the other, which both are written as null."""
    return (pair.old is None and pair.new is UNSET) or (pair.old is UNSET and pair.new is None)


def _pairs_of_arrays(a: list[Any], b: list[Any]) -> Iterator[_Pair]:
    """Elements side by side; of arrays of different lengths those between a common beginning and a
    common end."""
    begin, end = 0, 0
    if len(a) != len(b):
        shorter = min(len(a), len(b))
        while begin < shorter and canonical(a[begin]) == canonical(b[begin]):
            begin += 1
        while end < shorter - begin and canonical(a[-1 - end]) == canonical(b[-1 - end]):
            end += 1
    middle_a, middle_b = a[begin : len(a) - end], b[begin : len(b) - end]
    for index in range(max(len(middle_a), len(middle_b))):
        yield _Pair(
            begin + index,
            middle_a[index] if index < len(middle_a) else UNSET,
            middle_b[index] if index < len(middle_b) else UNSET,
        )


def _brief(value: Any) -> str:
    return NOTHING if value is UNSET else printable(brief(value))
