"""What tools do to a document on its way, and how each is undone: candidates, not verdicts.

Each `Repair` finds the places of a value that a tool may have rewritten, and what may have stood
there. Whether it has is for a digest to say (`pithmerge.verification.rewriting`).
"""

import html
import math
import re
import unicodedata
from collections.abc import Callable, Container, Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

Path = tuple[str | int, ...]
"""The steps to a place in a value."""

_LARGEST: Final = 10**300
"""Integers up to which a float is tried."""
_BIG: Final = 2**53
"""Integers up to which a double holds each."""
_ESCAPES: Final = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_INSTANT: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.0+Z|(?:\.0+)?\+00:00)")
_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|-| ")


class Repair(NamedTuple):
    """One thing that tools do, and how it is undone.

    Attributes:
        what: what they do, in words.
        sites: the places of a value where they may have, each with what would stand there; for
            members that are gone, the place of the member.
        attempts: in how many choices of these places it is undone, where it is not in all.
    """

    what: str
    sites: Callable[[Any], dict[Path, Any]]
    attempts: int = 256


MOST_SITES: Final = 4096
"""Places of one value up to which they are all found; one more says that there are too many."""


def nodes(value: Any) -> Iterator[tuple[list[str | int], Any]]:
    """Every place of a value, in the order of the document. The steps are one list, which changes.

    An iterator for each level: memory by depth, not by how many siblings wait.
    """
    steps: list[str | int] = []
    yield steps, value
    levels = [_children(value)]
    while levels:
        child = next(levels[-1], None)
        if child is None:
            levels.pop()
            if steps:
                steps.pop()
            continue
        step, node = child
        steps.append(step)
        yield steps, node
        if isinstance(node, (dict, list)):
            levels.append(_children(node))
        else:
            steps.pop()


def _children(node: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(node, dict):
        return iter(node.items())
    return iter(enumerate(node)) if isinstance(node, list) else iter(())


def at_path(value: Any, path: Path) -> Any:
    """What stands in a value at a path.

    Raises:
        KeyError: nothing does.
    """
    for step in path:
        value = value[step]
    return value


def with_replaced(value: Any, sites: Mapping[Path, Any], chosen: Container[Path]) -> Any:
    """The value with what ``sites`` says at the chosen ones. Nothing in it is changed in place."""
    root: Any = [value]
    copied: dict[int, Any] = {}
    for path, replacement in sites.items():
        if path not in chosen:
            continue
        holder: Any = root
        last: str | int = 0
        for step in path:
            node = holder[last]
            if id(node) not in copied:
                node = holder[last] = node.copy()
                copied[id(node)] = node
            holder, last = node, step
        holder[last] = replacement
    return root[0]


def _leaves(undo: Callable[[Any], Any]) -> Callable[[Any], dict[Path, Any]]:
    """The places of leaves for which ``undo`` gives something else."""

    def sites(value: Any) -> dict[Path, Any]:
        found: dict[Path, Any] = {}
        for steps, node in nodes(value):
            if not isinstance(node, (dict, list)):
                undone = undo(node)
                if type(undone) is not type(node) or undone != node:
                    found[tuple(steps)] = undone
                    if len(found) > MOST_SITES:
                        break
        return found

    return sites


def _texts(undo: Callable[[str], str]) -> Callable[[Any], dict[Path, Any]]:
    return _leaves(lambda leaf: undo(leaf) if isinstance(leaf, str) else leaf)


INTEGERS: Final = frozenset(
    [
        "version",
        "source_version",
        "count",
        "strong_count",
        "evidence_count",
        "resolved_work",
        "internal_anchors",
        "internal_anchor_count",
        "advisory",
        "critical",
        "informational",
        "findings_count",
        "ref_index",
        "event_count",
        "valid_event_count",
        "invalid_event_count",
        "equivocation_count",
        "weak_author_claims",
        "strong_author_claims",
        "citation_signatures",
        "replication_records",
    ]
)
"""Members that are integers in every document of the registry."""


def _other_floats(value: Any) -> dict[Path, Any]:
    """The integers that may have been floats, as no document shows that they are integers."""
    found = {}
    for steps, node in nodes(value):
        if type(node) is int and abs(node) < _LARGEST and (not steps or steps[-1] not in INTEGERS):
            found[tuple(steps)] = float(node)
            if len(found) > MOST_SITES:
                break
    return found


def _as_float(leaf: Any) -> Any:
    return float(leaf) if type(leaf) is int and abs(leaf) < _LARGEST else leaf


def _as_integer(leaf: Any) -> Any:
    return int(leaf) if type(leaf) is float and leaf.is_integer() else leaf


def _read_as(encoding: str) -> Callable[[str], str]:
    def undo(text: str) -> str:
        try:
            return text.encode(encoding).decode()
        except UnicodeError:
            return text

    return undo


def _unescaped(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        try:
            return bytes.fromhex(match[0].replace("\\u", "")).decode("utf-16-be")
        except UnicodeError:
            return match[0]

    return _ESCAPES.sub(character, text)


def _in_form(form: Any) -> Callable[[str], str]:
    return lambda text: text if text.isascii() else unicodedata.normalize(form, text)


_NULLABLE: Final[Mapping[str, tuple[str, ...]]] = {
    "subject_pith_number": ("prev_event",),
    "graph_snapshot": ("verdict_id",),
    "finding_type": ("detected_arxiv_id", "detected_doi"),
    "public_key_b64": ("rotates_at",),
    "graph_snapshots": ("canonical_record", "record_created"),
    "event_ids": ("position",),
}
"""Members that the registry's documents have as null, by one that stands beside them."""
_NULLABLE_VERDICT: Final = ("id", "created_at", "pipeline_version")
"""The same of a ``verdict``, beside which nothing stands for certain."""
_EMPTY: Final[Mapping[str, tuple[tuple[str, Any], ...]]] = {
    "subject_pith_number": (("supersedes", []),),
    "strongest_claim": (("model_set", {}),),
    "abstract_excerpt": (("headline", ""), ("cross_cats", [])),
    "title_canon_sha256": (("cross_cats_sorted", []), ("license", "")),
    "detectors_run": (("findings", []),),
    "findings": (("detectors_run", []),),
}
"""Members that are often empty, likewise."""


def _dropped(value: Any, beside: Mapping[str, tuple[tuple[str, Any], ...]]) -> dict[Path, Any]:
    found: dict[Path, Any] = {}
    for steps, node in nodes(value):
        if isinstance(node, dict):
            for marker, members in beside.items():
                if marker in node:
                    found |= {(*steps, name): v for name, v in members if name not in node}
            if steps and steps[-1] == "verdict":
                found |= {(*steps, name): None for name in _NULLABLE_VERDICT if name not in node}
            if len(found) > MOST_SITES:
                break
    return found


def _dropped_nulls(value: Any) -> dict[Path, Any]:
    nullable = {marker: tuple((name, None) for name in some) for marker, some in _NULLABLE.items()}
    return _dropped(value, nullable)


def _dropped_empties(value: Any) -> dict[Path, Any]:
    return {**_dropped_nulls(value), **_dropped(value, _EMPTY)}


def _emptied_nulls(value: Any) -> dict[Path, Any]:
    nullable = {name for some in (*_NULLABLE.values(), _NULLABLE_VERDICT) for name in some}
    places = (
        tuple(steps)
        for steps, node in nodes(value)
        if node == "" and steps and steps[-1] in nullable
    )
    return dict.fromkeys(islice(places, MOST_SITES + 1))


REPAIRS: Final = (
    Repair("numbers were rewritten: 1.0 as 1", _other_floats),
    Repair("members that are null were dropped", _dropped_nulls),
    Repair("text was normalised to composed characters (NFC)", _texts(_in_form("NFD"))),
    Repair("text was taken apart into combining characters (NFD)", _texts(_in_form("NFC"))),
    Repair("UTF-8 text was read as Windows-1252", _texts(_read_as("cp1252"))),
    Repair("UTF-8 text was read as Latin-1", _texts(_read_as("latin-1"))),
    Repair("text was escaped as HTML", _texts(html.unescape)),
    Repair(r"text was escaped twice, as \uXXXX", _texts(_unescaped)),
    Repair("backslashes were doubled", _texts(lambda text: text.replace("\\\\", "\\"))),
    Repair("ends of lines were rewritten", _texts(lambda text: text.replace("\r\n", "\n"))),
    Repair("instants were rewritten", _texts(lambda text: _INSTANT.sub(r"\1Z", text))),
    Repair("numbers were rewritten: 1 as 1.0", _leaves(_as_integer)),
    Repair("members that are null or empty were dropped", _dropped_empties),
    Repair('null was rewritten as ""', _emptied_nulls),
    Repair("numbers were rewritten: 1.0 as 1", _leaves(_as_float), attempts=16),
)
"""In the order in which they are tried: the frequent ones first."""


# Integers that a double does not hold.

MOST_ROUNDED: Final = 12
"""Different ones of a value up to which they are found."""


def rounded_integers(value: Any) -> dict[int, list[Path]]:
    """The integers of a value that may have been rounded, as JavaScript rounds them: each with its
    places."""
    found: dict[int, list[Path]] = {}
    for steps, node in nodes(value):
        if type(node) in (int, float) and _BIG <= abs(node) < 2**80:
            found.setdefault(int(node), []).append(tuple(steps))
            if len(found) > MOST_ROUNDED:
                break
    return found


def is_exact(number: Any) -> bool:
    """Whether a number is one of those of which a double holds each."""
    return bool(abs(number) < _BIG)


def integers_rounded_to(number: int) -> range:
    """The integers that a double does not tell from this one."""
    double = float(number)
    below, above = math.nextafter(double, -math.inf), math.nextafter(double, math.inf)
    first, last = (int(double) + int(below)) // 2, (int(double) + int(above)) // 2 + 1
    while float(first) != double:
        first += 1
    while float(last) != double:
        last -= 1
    return range(first, last + 1)


def snake_case(name: str) -> str:
    """A name as the registry writes names: ``eventType`` and ``event-type`` as ``event_type``."""
    return _WORD.sub("_", name).lower()
