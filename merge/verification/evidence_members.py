"""The form of an evidence file: its members and those of what is in it (SPEC 11.1, 11.4, 11.5)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from pithmerge.core.vocabulary import EQUIVOCATION_MEMBERS
from pithmerge.evidence_form import EVENT_MEMBERS, EVIDENCE_MEMBERS, FOUND_MEMBERS, KEY_MEMBERS
from pithmerge.verification.rows import at, below


def form_problems(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the form of an evidence file, each with its place (SPEC 11.1, 11.4, 11.5).

    Of its versions and its number nothing is said here, nor of what it proves.
    """
    yield from _members_problems(value, "$", EVIDENCE_MEMBERS)
    if not isinstance(value.get("evidence_sha256", ""), str):
        yield "$.evidence_sha256", "it is no text"
    for name, problems in (
        ("equivocations", _entry_problems),
        ("events", _event_problems),
        ("keys", _key_problems),
    ):
        entries = value.get(name, [])
        if not isinstance(entries, list):
            yield f"$.{name}", "it is no list"
        elif name in value and not entries and name != "keys":
            yield f"$.{name}", "it is empty"
        else:
            for index, entry in enumerate(entries):
                yield from problems(entry, f"$.{name}[{index}]")


_Problems = Iterator[tuple[str, str]]


def _members_problems(value: Any, where: str, names: Sequence[str]) -> _Problems:
    """Members that are missing, or that the form does not know."""
    if not isinstance(value, dict):
        yield where, "it is no object"
        return
    for name in names:
        if name not in value:
            yield below(where, name), "it is missing"
    for name in value:
        if name not in names:
            yield below(where, name), "evidence holds no such member"


def _text_problems(value: Any, where: str, names: Sequence[str]) -> _Problems:
    for name in names:
        if not isinstance(at(value, name), str) and isinstance(value, dict) and name in value:
            yield f"{where}.{name}", "it is no text"


def _entry_problems(entry: Any, where: str) -> _Problems:
    yield from _members_problems(entry, where, EQUIVOCATION_MEMBERS)
    yield from _text_problems(entry, where, EQUIVOCATION_MEMBERS[:4])
    if not isinstance(at(entry, "position"), str | None):
        yield f"{where}.position", "it is neither text nor null"
    ids = at(entry, "event_ids")
    is_there = isinstance(entry, dict) and "event_ids" in entry
    if is_there and not (isinstance(ids, list) and all(isinstance(each, str) for each in ids)):
        yield f"{where}.event_ids", "it is no list of texts"


def _event_problems(entry: Any, where: str) -> _Problems:
    yield from _members_problems(entry, where, EVENT_MEMBERS)
    yield from _text_problems(entry, where, EVENT_MEMBERS[:1])
    found = at(entry, "found")
    if not isinstance(found, list) or not found:
        yield f"{where}.found", "it is no list, or empty"
        return
    places = []
    for index, each in enumerate(found):
        place = f"{where}.found[{index}]"
        yield from _members_problems(each, place, FOUND_MEMBERS)
        for name, form in _FOUND_FORMS.items():
            text = at(each, name)
            if not isinstance(text, str) or not form.fullmatch(text):
                yield f"{place}.{name}", "it is not of its form"
        places.append([at(each, name) for name in FOUND_MEMBERS])
    if all(isinstance(text, str) for place in places for text in place) and any(
        one >= other for one, other in pairwise(places)
    ):
        yield f"{where}.found", "it is not sorted, or a place stands there twice"


_FOUND_FORMS: Final = {
    "file": re.compile(r"(?s:.+)"),
    "sha256": re.compile(r"[0-9a-f]{64}"),
    "place": re.compile(
        r"\$(?:\.events)?\[(?:0|[1-9][0-9]*)\]|\$\.events\[(?:0|[1-9][0-9]*)\]\.event_b64"
    ),
}


def _key_problems(entry: Any, where: str) -> _Problems:
    yield from _members_problems(entry, where, KEY_MEMBERS)
    for name in KEY_MEMBERS:
        text = at(entry, name)
        if not (isinstance(text, str) and text) and not (name == "signer_id" and text is None):
            yield f"{where}.{name}", "it is no text, or empty"
