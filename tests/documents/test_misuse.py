"""What a caller gets wrong: refused with what to give, never half understood."""

import copy
import dataclasses
import io
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pithmerge import (
    V1,
    Document,
    DocumentError,
    DocumentKind,
    Keyring,
    KeyringError,
    MergeError,
    Merger,
    PithmergeError,
    load_document,
    load_merger,
    merge,
    save_merger,
    verify_document,
)
from tests.core.test_rules import TOY
from tests.support.paper import BUNDLE_FILE, MANIFEST_FILE, STATE_FILE

BUNDLE = load_document(BUNDLE_FILE)
EVENTS = BUNDLE.events
Call = Callable[[], Any]

MISUSES: dict[str, tuple[Call, str]] = {
    "a path to verify": (lambda: verify_document(str(BUNDLE_FILE)), r"give load_document\("),  # type: ignore[arg-type]
    "bytes to verify": (lambda: verify_document(b"{}"), "not a bytes"),  # type: ignore[arg-type]
    "a value to verify": (lambda: verify_document(BUNDLE.value), "not a dict"),
    "a state to verify": (lambda: verify_document(merge(EVENTS)), "not a State"),  # type: ignore[arg-type]
    "no keyring": (lambda: verify_document(BUNDLE, keyring=None), "must be a Keyring"),  # type: ignore[arg-type]
    "a value to load": (lambda: load_document(BUNDLE.value), "a path or bytes, not a dict"),
    "nothing to load": (lambda: load_document(None), "not a NoneType"),  # type: ignore[arg-type]
    "a file to load": (lambda: load_document(io.BytesIO()), "not a BytesIO"),  # type: ignore[arg-type]
    "a number to load": (lambda: load_document(0), "not a int"),  # type: ignore[arg-type]
    "a word for a truth": (lambda: merge(EVENTS, verify_signatures="no"), "must be True or False"),  # type: ignore[arg-type]
    "nothing for a truth": (lambda: merge(EVENTS, verify_signatures=None), "not a NoneType"),  # type: ignore[arg-type]
    "a name for rules": (lambda: merge(EVENTS, rules="v1"), "must be Rules, not a str"),  # type: ignore[arg-type]
    "a union of numbers": (lambda: Merger.union([1]), "of Mergers, not of a int"),  # type: ignore[list-item]
    "a union of nothing": (lambda: Merger.union(None), "not of a NoneType"),  # type: ignore[arg-type]
    "a union of one and another": (lambda: Merger.union([Merger(), "m"]), "not of a str"),  # type: ignore[list-item]
    "a state to save": (lambda: save_merger(merge(EVENTS), "x"), "a Merger, not a State"),  # type: ignore[arg-type]
    "a pickled merger": (lambda: pickle.dumps(Merger()), "keep it with save_merger"),
}


@pytest.mark.parametrize("name", MISUSES)
def test_a_misuse_is_refused_with_what_to_do(name: str) -> None:
    call, message = MISUSES[name]
    with pytest.raises(PithmergeError, match=message):
        call()


def test_a_document_is_loaded_from_any_bytes_and_any_path() -> None:
    data = BUNDLE_FILE.read_bytes()
    for source in (data, bytearray(data), memoryview(data), BUNDLE_FILE, str(BUNDLE_FILE)):
        assert load_document(source).value == BUNDLE.value


@pytest.mark.parametrize("kind", DocumentKind)
@pytest.mark.parametrize("path", [BUNDLE_FILE, STATE_FILE, MANIFEST_FILE, None])
def test_a_document_is_of_its_own_kind(path: Path | None, kind: DocumentKind) -> None:
    """The checks of another kind would pass over what it says."""
    document = load_document(json.dumps(EVENTS).encode() if path is None else path)
    if kind is document.kind:
        assert Document(kind, document.json, "x") == dataclasses.replace(document, name="x")
        return
    with pytest.raises(DocumentError, match=f"x: it is no {kind}: documents are made by"):
        Document(kind, document.json, "x")
    with pytest.raises(DocumentError, match="documents are made by load_document"):
        dataclasses.replace(document, kind=kind)


def test_a_document_is_made_of_what_canon_has_read() -> None:
    with pytest.raises(DocumentError, match="documents are made by load_document"):
        dataclasses.replace(BUNDLE, json=BUNDLE.value)


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
}


@pytest.mark.parametrize("how", COPIES)
def test_values_can_be_copied(how: str) -> None:
    state = merge(EVENTS)
    for lazy in ("", "to_json"):
        if lazy:
            state.to_json()
        again = COPIES[how](state)
        assert (again, again.to_json()) == (state, state.to_json())
    for value in (Keyring.default(), verify_document(BUNDLE), BUNDLE, state.applied_events[0]):
        assert COPIES[how](value) == value
    assert COPIES[how](V1) is V1
    assert COPIES[how](TOY) == TOY != V1
    assert merge(EVENTS, rules=COPIES[how](TOY)).to_json() == merge(EVENTS, rules=TOY).to_json()


@pytest.mark.parametrize("how", ["copy", "deepcopy"])
def test_a_copied_merger_learns_by_itself(how: str) -> None:
    first = Merger(BUNDLE.pith_number, source_aliases=BUNDLE.source_aliases)
    first.add(EVENTS[:1])
    second = COPIES[how](first)
    assert second.state() == first.state()
    second.add(EVENTS)
    first.add([{}])
    assert second.state() == merge(EVENTS, source_aliases=BUNDLE.source_aliases)
    assert first.state() == merge(
        [EVENTS[0], {}], pith_number=BUNDLE.pith_number, source_aliases=BUNDLE.source_aliases
    )
    unnamed = Merger()
    unnamed.add(EVENTS)
    assert COPIES[how](unnamed).pith_number == BUNDLE.pith_number


def test_what_is_refused_is_of_the_kind_that_the_documentation_names(tmp_path: Path) -> None:
    with pytest.raises(DocumentError):
        verify_document(1)  # type: ignore[arg-type]
    with pytest.raises(KeyringError):
        verify_document(BUNDLE, keyring=[])  # type: ignore[arg-type]
    with pytest.raises(MergeError):
        save_merger(BUNDLE, tmp_path / "x")  # type: ignore[arg-type]
    with pytest.raises(DocumentError):
        load_merger(BUNDLE_FILE)
    assert not list(tmp_path.iterdir())
