"""Inputs of a merge: parsed events or bytes, each as a JSON value that was looked through."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pithmerge.canon import JsonValue, read_value, survey
from pithmerge.core.rules import Rules
from pithmerge.core.vocabulary import UNDIGESTED_MEMBERS
from pithmerge.errors import CanonicalFormError, DocumentError, MergeError


def surveyed(events: Iterable[Any], rules: Rules) -> Iterator[JsonValue]:
    """Each event as a JSON value that was looked through.

    Args:
        events: parsed events, bytes of one each, or values that `pithmerge.canon` has made.
        rules: how deep they may be.

    Raises:
        MergeError, DocumentError, CanonicalFormError: as `merge`.
    """
    if not isinstance(events, (list, tuple, Iterator)) and (
        isinstance(events, (bytes, bytearray, memoryview, str, Mapping))
        or not isinstance(events, Iterable)
    ):
        raise MergeError(
            f"merge() takes an iterable of events, not a {type(events).__name__}: of a document, "
            "give load_document(…).events; a single event goes into a list"
        )
    for index, event in enumerate(events):
        try:
            if isinstance(event, JsonValue):
                deep = event.max_depth > rules.max_depth
                yield survey(event.value, rules.max_depth) if deep else event
            elif isinstance(event, (bytes, bytearray, memoryview)):
                yield read_value(bytes(event), max_depth=rules.max_depth)
            else:
                yield _parsed(event, rules)
        except DocumentError as error:
            raise DocumentError(f"event {index}: {error}") from None
        except CanonicalFormError as error:
            raise CanonicalFormError(f"event {index}: {_slip(event) or error}") from None


def _slip(event: Any) -> str | None:
    """What to give in place of something that holds events, or is no JSON at all."""
    if isinstance(event, (dict, list, set)):
        return None
    name = type(event).__name__
    if isinstance(event, os.PathLike):
        return f"a {name} is no event: of a file, give load_document(path).events"
    if hasattr(event, "json_events"):
        return f"a {name} is no event: give its events, document.events"
    return (
        f"a {name} is no event: give parsed JSON, or bytes"
        if callable(getattr(event, "to_dict", None))
        else None
    )


def _parsed(event: Any, rules: Rules) -> JsonValue:
    """A parsed event, surveyed."""
    json = survey(event, rules.max_depth)
    if isinstance(json.value, dict):
        # Outside the content nothing else would meet a lone surrogate (SPEC 1.2).
        content = [name for name in json.value if name not in UNDIGESTED_MEMBERS]
        json.without(*content).compact()
    return json
