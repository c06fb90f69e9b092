# ruff: noqa: ARG002 - who counts looks at little of what is said
"""The two readers of what a document states: one counts what holds, one makes the rows (SPEC 10).

Every check says its statements to a reader. Whether a statement holds is decided by the check, or
by `pithmerge.verification.rows.agree`, whoever reads. `Outcomes` keeps three numbers, which is all
that most documents are asked for; `Rows` makes a `Check` of each, with its path, its values and its
words.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from pithmerge.verification.rows import Check, Outcome, agree, compared, differing

Words = str | None | Callable[[], str]
"""A clause for a person, or what makes it when somebody reads it. A value may be given so, too."""


def _made(given: Any) -> Any:
    return given() if callable(given) else given


class Reader(ABC):
    """Whom checks tell what a document states. A row is about ``where`` and ``name`` together, so
    that who makes no rows makes no paths."""

    __slots__ = ()

    @abstractmethod
    def compared(self, where: str, name: str, rule: str, computed: Any, stated: Any) -> None:
        """Two values that must be the same: they `agree`, or it fails."""

    @abstractmethod
    def settled(self, where: str, name: str, rule: str, problem: Words) -> None:
        """A yes-or-no question: ``problem`` says why not, or None."""

    @abstractmethod
    def holds(
        self,
        where: str,
        name: str,
        rule: str,
        computed: Any = None,
        stated: Any = None,
        why: str | None = None,
    ) -> None:
        """What holds."""

    @abstractmethod
    def fails(
        self, where: str, name: str, rule: str, computed: Any, stated: Any, why: Words
    ) -> None:
        """What does not hold, and why."""

    @abstractmethod
    def differs(
        self,
        where: str,
        name: str,
        rule: str,
        computed: Any,
        stated: Any,
        *,
        ordered: bool = True,
        path: str | None = None,
        cause: Callable[[], str | None] | None = None,
    ) -> None:
        """Two JSON values that are not the same (`pithmerge.verification.rows.differing`).
        What ``cause`` gives, if anything, is said behind where they differ."""

    @abstractmethod
    def unknown(self, where: str, name: str, rule: str, why: Words, stated: Any = None) -> None:
        """What cannot be checked, and why."""

    @abstractmethod
    def rows(self, checks: Iterable[Check]) -> None:
        """Rows that were made, of what is rare."""


class Outcomes(Reader):
    """Counts what holds, what fails and what cannot be checked; makes nothing.

    Attributes:
        ok, failed, not_checkable: how many statements came to that.
    """

    __slots__ = ("failed", "not_checkable", "ok")

    def __init__(self) -> None:
        self.ok = self.failed = self.not_checkable = 0

    def compared(self, where: str, name: str, rule: str, computed: Any, stated: Any) -> None:
        """See `Reader`."""
        if agree(computed, stated):
            self.ok += 1
        else:
            self.failed += 1

    def settled(self, where: str, name: str, rule: str, problem: Words) -> None:
        """See `Reader`."""
        if problem is None:
            self.ok += 1
        else:
            self.failed += 1

    def holds(
        self,
        where: str,
        name: str,
        rule: str,
        computed: Any = None,
        stated: Any = None,
        why: str | None = None,
    ) -> None:
        """See `Reader`."""
        self.ok += 1

    def fails(
        self, where: str, name: str, rule: str, computed: Any, stated: Any, why: Words
    ) -> None:
        """See `Reader`."""
        self.failed += 1

    def differs(
        self,
        where: str,
        name: str,
        rule: str,
        computed: Any,
        stated: Any,
        *,
        ordered: bool = True,
        path: str | None = None,
        cause: Callable[[], str | None] | None = None,
    ) -> None:
        """See `Reader`."""
        self.failed += 1

    def unknown(self, where: str, name: str, rule: str, why: Words, stated: Any = None) -> None:
        """See `Reader`."""
        self.not_checkable += 1

    def rows(self, checks: Iterable[Check]) -> None:
        """See `Reader`."""
        for check in checks:
            if check.outcome is Outcome.OK:
                self.ok += 1
            elif check.outcome is Outcome.FAILED:
                self.failed += 1
            else:
                self.not_checkable += 1


class Rows(Reader):
    """Makes a row of each statement.

    Attributes:
        checks: the rows so far.
    """

    __slots__ = ("checks",)

    def __init__(self) -> None:
        self.checks: list[Check] = []

    def compared(self, where: str, name: str, rule: str, computed: Any, stated: Any) -> None:
        """See `Reader`."""
        self.checks.append(compared(where + name, rule, computed, stated))

    def settled(self, where: str, name: str, rule: str, problem: Words) -> None:
        """See `Reader`."""
        if problem is None:
            self.holds(where, name, rule)
        else:
            self.fails(where, name, rule, None, None, problem)

    def holds(
        self,
        where: str,
        name: str,
        rule: str,
        computed: Any = None,
        stated: Any = None,
        why: str | None = None,
    ) -> None:
        """See `Reader`."""
        values = _made(computed), _made(stated)
        self.checks.append(Check(where + name, rule, Outcome.OK, *values, why))

    def fails(
        self, where: str, name: str, rule: str, computed: Any, stated: Any, why: Words
    ) -> None:
        """See `Reader`."""
        values = _made(computed), _made(stated), _made(why)
        self.checks.append(Check(where + name, rule, Outcome.FAILED, *values))

    def differs(
        self,
        where: str,
        name: str,
        rule: str,
        computed: Any,
        stated: Any,
        *,
        ordered: bool = True,
        path: str | None = None,
        cause: Callable[[], str | None] | None = None,
    ) -> None:
        """See `Reader`."""
        values = _made(computed), _made(stated)
        row = differing(where + name, rule, *values, where=path, ordered=ordered)
        likely = None if cause is None else cause()
        if likely is not None:
            row = msgspec.structs.replace(row, why=f"{row.why}; the likely cause: {likely}")
        self.checks.append(row)

    def unknown(self, where: str, name: str, rule: str, why: Words, stated: Any = None) -> None:
        """See `Reader`."""
        values = None, stated, _made(why)
        self.checks.append(Check(where + name, rule, Outcome.NOT_CHECKABLE, *values))

    def rows(self, checks: Iterable[Check]) -> None:
        """See `Reader`."""
        self.checks.extend(checks)
