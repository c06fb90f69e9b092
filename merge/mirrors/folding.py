"""Runs of unreadable rows, folded: a report does not grow a thousandfold over what was read."""

import re
from collections.abc import Iterator
from typing import Any, Final, Generic, TypeVar

import msgspec

from pithmerge.mirrors.reading.parts import Files, Part

R = TypeVar("R", bound=msgspec.Struct)

UNREADABLE: Final = "unreadable"

_KEPT: Final = 16
"""Rows of one kind, one after the other, that are written as they are."""
_MOST_KINDS: Final = 16
_OTHERS: Final = "others"


class _Kind(Generic[R]):
    """The unreadable rows of one kind in a run."""

    def __init__(self) -> None:
        self.count = 0
        self.first: R | None = None
        self.last: R | None = None


class Folding(Generic[R]):
    """Folds the rows of a unit of work.

    Rows are alike if their messages are but for the numbers in them. The first of each kind are
    written as they are; what more of it follows, before a document that can be read, is one row
    that names the first and the last and says how many there are. Files are not folded: each has a
    name of its own, which is longer than its row. A row with a member ``documents`` says there how
    many it stands for.

    Args:
        part: the unit of work; a name is what is read once only, a pipe.
    """

    def __init__(self, part: Part | str) -> None:
        self._folds = not isinstance(part, Files)
        self._kinds: dict[str, _Kind[R]] = {}

    def add(self, row: R) -> Iterator[R]:
        """The rows that are to be written once this one has come."""
        value: Any = row
        if not self._folds or value.outcome != UNREADABLE:
            yield from self.rest()
            yield row
            return
        name = re.sub(r"\d[\d,.]*", "#", value.message or "")
        if name not in self._kinds and len(self._kinds) >= _MOST_KINDS:
            name = _OTHERS
        kind = self._kinds.setdefault(name, _Kind())
        kind.count += 1
        if kind.count <= _KEPT:
            yield row
            return
        kind.first = kind.first or row
        kind.last = row

    def rest(self) -> Iterator[R]:
        """The rows that stand for those that were not written. The run ends here."""
        for kind in self._kinds.values():
            if kind.first is None or kind.last is None or kind.first is kind.last:
                # One alone is not folded.
                yield from (row for row in (kind.first,) if row is not None)
                continue
            first, last = _any(kind.first), _any(kind.last)
            more = kind.count - _KEPT
            changes: dict[str, Any] = {
                "document": f"{first.document} to {last.document}",
                "message": f"{more:,} documents of this kind, after {_KEPT} more: {first.message}",
                "bytes": None,
                "sha256": None,
            }
            if "documents" in first.__struct_fields__:
                changes["documents"] = more
            yield msgspec.structs.replace(first, **changes)
        self._kinds = {}


def _any(row: Any) -> Any:
    return row
