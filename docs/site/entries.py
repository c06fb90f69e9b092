"""Docstrings here say ``old, new: text`` once of what has one meaning; the reference shows each."""

import re
from typing import Any

import griffe

_SHARED = re.compile(r"^( +)(\w+(?:, \w+)+): (.*(?:\n\1 +.*)*)", re.MULTILINE)


def split_entries(text: str) -> str:
    """The docstring with an entry for each name."""

    def apart(match: re.Match[str]) -> str:
        margin, names, meaning = match.groups()
        return "\n".join(f"{margin}{name}: {meaning}" for name in names.split(", "))

    return _SHARED.sub(apart, text)


class SplitEntries(griffe.Extension):
    """What the reference is made with (zensical.toml)."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """After an object was read."""
        if obj.docstring:
            obj.docstring.value = split_entries(obj.docstring.value)
