"""What callers of `verify_mirror` and `merge_mirror` give, looked at before anything is done."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pithmerge.crypto import Keyring
from pithmerge.crypto.keyring import keyring_problem
from pithmerge.errors import KeyringError
from pithmerge.mirrors.outputs import ReportError
from pithmerge.mirrors.reading.parts import SourceError


def sources_given(sources: Any) -> list[str]:
    """The sources as text: paths, glob patterns and URLs.

    Raises:
        SourceError: they are no list of these.
    """
    if isinstance(sources, (str, bytes, os.PathLike)):
        raise SourceError(
            f"sources must be a list of paths, patterns and URLs, not a {type(sources).__name__}: "
            "put a single one into a list"
        )
    return _texts(sources, "sources", "paths, patterns and URLs")


def patterns_given(exclude: Any) -> list[str]:
    """The patterns of what is passed over.

    Raises:
        SourceError: they are no list of text.
    """
    if isinstance(exclude, str):
        raise SourceError("exclude must be a list of patterns, not a str: put it into a list")
    return _texts(exclude, "exclude", "patterns")


def _texts(given: Any, name: str, what: str) -> list[str]:
    if not isinstance(given, Iterable) or hasattr(given, "json_events"):
        raise SourceError(f"{name} must be a list of {what}, not a {type(given).__name__}")
    listed = list(given)
    for index, each in enumerate(listed):
        if not isinstance(each, (str, os.PathLike)):
            raise SourceError(
                f"{name}[{index}] is a {type(each).__name__}: {name} are {what}, and documents "
                "that are loaded already are for verify_document and merge"
            )
    return [os.fsdecode(each) for each in listed]


def file_given(path: Any, name: str) -> Path:
    """The path of a file to write.

    Raises:
        ReportError: it is none.
    """
    if isinstance(path, (str, os.PathLike)) and os.fspath(path):
        return Path(os.fsdecode(path))
    raise ReportError(f"{name} is the path of the file to write: give one, such as {name}.ndjson")


def check_keyring(keyring: Keyring) -> None:
    """Refuse what is no keyring.

    Raises:
        KeyringError: see there.
    """
    problem = keyring_problem(keyring)
    if problem is not None:
        raise KeyringError(problem)


def check_count(count: Any, name: str) -> None:
    """Refuse what is no number of bytes.

    Raises:
        SourceError: see there.
    """
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise SourceError(f"{name} is a number of bytes, 1 or more: leave it out for the usual one")
