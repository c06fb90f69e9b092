"""The report as a value that any two programs agree on: rows by place and rule (SPEC 10.7).

Rows of a `Report` are for people: they name what they are about in words, and some stand below the
place that the tables of SPEC 10.5 name. Here each is put to its line, and the document is walked
beside the tables, so that every place that they lead to has its row.
"""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any, Final

from pithmerge.crypto import Keyring
from pithmerge.documents import (
    KIND_MEMBERS,
    Document,
    DocumentKind,
    Source,
    document_given,
)
from pithmerge.errors import DocumentError
from pithmerge.verification import verify_document
from pithmerge.verification.places import Place, places_of
from pithmerge.verification.report import DocumentVerdict, Report
from pithmerge.verification.rows import Check, Outcome
from pithmerge.verification.unsaid import UNREACHED

KIND_NAMES: Final = {
    DocumentKind.BUNDLE: "bundle",
    DocumentKind.EVENTS: "events",
    DocumentKind.STATE: "state",
    DocumentKind.RECORD: "record",
    DocumentKind.MANIFEST: "manifest",
    DocumentKind.EVIDENCE: "evidence",
}

BROKEN: Final = ("$", "SPEC 10")
"""The row of a document whose events cannot be had."""
_UNKNOWN: Final = "SPEC 10.5"
_ANY: Final = "[*]"
_STEP: Final = re.compile(r"\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]+\]|\[.*\]", re.DOTALL)
_SEVERAL: Final = re.compile(r"\$\[([0-9]+)\] to \$\[([0-9]+)\] \(valid\)")
"""The row about what is no event in a list of very much of that."""
_INDEX: Final = re.compile(r"\[[0-9]+\]")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOLD_BY: Final = frozenset(f"$.{name}" for name in KIND_MEMBERS)
_WORST: Final = (Outcome.OK, Outcome.NOT_CHECKABLE, Outcome.FAILED)

_Outcomes = dict[tuple[str, str], Outcome]
"""Outcomes by place and rule."""


def comparable_report(
    document: Document | Source,
    *,
    keyring: Keyring = Keyring.default(),  # noqa: B008 - immutable
) -> dict[str, Any]:
    """The report of SPEC 10.7: what every implementation says of the same bytes and keyring.

        assert comparable_report("bundle.json")["verdict"] == "ok"

    Args:
        document: a path, the document's bytes, or what `pithmerge.load_document` gave.
        keyring: whom to trust (SPEC 3.5).

    Returns:
        The object ``{"kind", "rows", "verdict"}``. Of what cannot be read as a document the kind is
        None and the verdict ``unreadable``.

    Raises:
        DocumentError: a path cannot be read.
        DocumentError, KeyringError: an argument is of another type.
    """
    if isinstance(document, (bytes, bytearray, memoryview)):
        try:
            document = document_given(document, "comparable_report")
        except DocumentError:
            return {"kind": None, "rows": [], "verdict": str(DocumentVerdict.UNREADABLE)}
    elif not isinstance(document, Document):
        document = document_given(document, "comparable_report")
    return report_value(document, verify_document(document, keyring=keyring))


def report_value(document: Document, report: Report) -> dict[str, Any]:
    """The report of SPEC 10.7 that a `Report` on a document comes to."""
    outcomes: _Outcomes = {}
    if report.problem is None:
        outcomes = _outcomes_by_line(document.kind, report.checks)
        outcomes = _Walk(document.kind, outcomes).rows(document.value)
    return {
        "kind": KIND_NAMES[document.kind],
        "rows": [
            {"outcome": str(outcome), "place": place, "rule": rule.removeprefix("SPEC ")}
            for (place, rule), outcome in sorted(outcomes.items(), key=_in_order)
        ],
        "verdict": str(report.verdict),
    }


def _in_order(row: tuple[tuple[str, str], Outcome]) -> tuple[str, str]:
    return row[0]


def worst(one: Outcome | None, other: Outcome) -> Outcome:
    """The worse of two outcomes."""
    return other if one is None else max(one, other, key=_WORST.index)


@dataclass(slots=True)
class _Node:
    """The lines of the tables about a place, and those below it, by member name or ``[*]``."""

    lines: list[Place] = field(default_factory=list)
    below: "dict[str, _Node]" = field(default_factory=dict)


@cache
def _tables(kind: DocumentKind) -> tuple[_Node, dict[tuple[str, str], Place]]:
    """The lines of a kind as a tree, and by path and rule."""
    root, lines = _Node(), {}
    for place in places_of(kind):
        node = root
        for step in place.where.removeprefix("$").replace(_ANY, f".{_ANY}").split(".")[1:]:
            node = node.below.setdefault(step, _Node())
        node.lines.append(place)
        lines[place.where, place.rule] = place
    return root, lines


def line_of(kind: DocumentKind, check: Check) -> tuple[str, Place] | None:
    """The line that a row belongs to, and the place of the document that it is about.

    It is the one with the row's rule and the longest path that leads to where the row stands.

    Returns:
        None of rows about what is in no line: `BROKEN`, members that nobody knows, what is no
        object or no list.
    """
    place = check.what.partition(" (")[0]
    lines = _tables(kind)[1]
    steps = _STEP.findall(place.removeprefix("$"))
    for count in range(len(steps), -1, -1):
        prefix = "$" + "".join(steps[:count])
        line = lines.get((_INDEX.sub(_ANY, prefix), check.rule))
        if line is not None:
            return prefix, line
        if check.rule == _UNKNOWN:
            return None
    return None


def _head(place: str, line: Place) -> tuple[str, str]:
    """The place and rule by which the outcome of a line is found: its own, or that of the line
    whose outcome it has."""
    if line.like is None:
        return place, line.rule
    indices = iter(_INDEX.findall(place))
    return re.sub(r"\[\*\]", lambda _: next(indices), line.like), line.rule


def _outcomes_by_line(kind: DocumentKind, checks: tuple[Check, ...]) -> _Outcomes:
    outcomes: _Outcomes = {}
    others: list[range] = []
    for check in checks:
        if check.why == UNREACHED:
            continue
        several = _SEVERAL.fullmatch(check.what)
        if several is not None:
            others.append(range(int(several[1]), int(several[2]) + 1))
            continue
        found = line_of(kind, check)
        if found is not None:
            key = _head(*found)
        elif (check.what, check.rule) == BROKEN:
            key = BROKEN
        else:
            continue
        outcomes[key] = worst(outcomes.get(key), check.outcome)
    for index in chain.from_iterable(others):
        # Those among them that are events have rows of their own.
        outcomes.setdefault((f"$[{index}]", "SPEC 5.1"), Outcome.FAILED)
    return outcomes


class _Walk:
    """A walk through a document beside the tables of its kind.

    Args:
        kind: of the document.
        said: what the rows of its report come to, by the heads of lines.
    """

    def __init__(self, kind: DocumentKind, said: _Outcomes) -> None:
        self._kind = kind
        self._said = said
        self._rows: _Outcomes = {}

    def rows(self, value: Any) -> _Outcomes:
        """The outcomes of all places of the document."""
        if BROKEN in self._said:
            self._rows[BROKEN] = self._said[BROKEN]
        self._place(_tables(self._kind)[0], value, "$")
        return self._rows

    def _add(self, place: str, rule: str, outcome: Outcome) -> None:
        self._rows[place, rule] = worst(self._rows.get((place, rule)), outcome)

    def _ask(self, place: str, line: Place) -> None:
        # By the member that names its kind the document was told from others.
        unsaid = Outcome.OK if place in _TOLD_BY else Outcome.NOT_CHECKABLE
        self._add(place, line.rule, self._said.get(_head(place, line), unsaid))

    def _place(self, node: _Node, value: Any, place: str) -> None:
        """The rows of a place and of all below it. As deep as the tables are."""
        for line in node.lines:
            self._ask(place, line)
        each = node.below.get(_ANY)
        if each is not None and isinstance(value, list):
            for index, item in enumerate(value):
                self._place(each, item, f"{place}[{index}]")
        elif each is None and node.below and isinstance(value, dict):
            self._members(node, value, place)
        elif node.below and not node.lines:
            self._add(place, _UNKNOWN, Outcome.NOT_CHECKABLE)

    def _members(self, node: _Node, value: dict[str, Any], place: str) -> None:
        for name, member in value.items():
            known = node.below.get(name)
            if known is None:
                self._add(place + _step(name), _UNKNOWN, Outcome.NOT_CHECKABLE)
            else:
                self._place(known, member, f"{place}.{name}")
        for name, known in node.below.items():
            if name not in value:
                self._missing(known, f"{place}.{name}")

    def _missing(self, node: _Node, place: str) -> None:
        for line in node.lines:
            if line.missing == "asked":
                self._ask(place, line)
            elif line.missing:
                self._add(place, line.rule, Outcome(line.missing))


def _step(name: str) -> str:
    """A member's name as a step of a path (SPEC 10.7)."""
    plain = _PLAIN_NAME.fullmatch(name) is not None
    return f".{name}" if plain else f"[{json.dumps(name, ensure_ascii=False)}]"
