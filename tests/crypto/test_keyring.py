"""Which keys are trusted, for whom and when: SPEC 3.5."""

import dataclasses
import json
import pickle
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge.crypto import (
    Key,
    Keyring,
    encode_base64,
    fingerprint,
    public_key_of,
)
from pithmerge.errors import KeyringError

PUBLIC_KEY = public_key_of(bytes(32))
OTHER_PUBLIC_KEY = public_key_of(bytes([1]) * 32)
IDENTITY: dict[str, Any] = {"key_id": "k-1", "signer_id": "someone", "signer_type": "author"}
ENTRY: dict[str, Any] = {"public_key_b64": encode_base64(PUBLIC_KEY), **IDENTITY}
OTHER_ENTRY: dict[str, Any] = {"public_key_b64": encode_base64(OTHER_PUBLIC_KEY), **IDENTITY}

NO_STRINGS: list[Any] = [None, 1, True, [], {}]

BEFORE, START, START_PLUS, END, AFTER = (
    "2026-05-17T23:59:59Z",
    "2026-05-18T00:00:00Z",
    "2026-05-18T00:00:01Z",
    "2026-12-31T23:59:59Z",
    "2027-01-01T00:00:00Z",
)


def without(entry: dict[str, Any], name: str) -> dict[str, Any]:
    return {member: value for member, value in entry.items() if member != name}


# The default.


def test_the_default_keyring_holds_the_published_key_alone() -> None:
    (key,) = Keyring.default().keys
    assert encode_base64(key.public_key) == "stVStoiQhXFxp4s2pdzPNoqVNBMojDU/fJ2db5S3CbM="
    assert (key.key_id, key.signer_id, key.signer_type, key.valid_from, key.valid_until) == (
        "pith-v1-2026-05",
        "pith.science",
        "pith_registry",
        None,
        None,
    )
    assert key.fingerprint == "8d4b5ee74e4693bcd1df2446408b0d54"
    assert Keyring.default().get("8d4b5ee74e4693bcd1df2446408b0d54") == key


def test_the_empty_keyring_trusts_nobody() -> None:
    assert Keyring.empty().keys == ()
    assert Keyring.empty().get("8d4b5ee74e4693bcd1df2446408b0d54") is None


# Adding keys.


def test_with_key_leaves_the_old_keyring_alone() -> None:
    old = Keyring.default()
    new = old.with_key(PUBLIC_KEY, **IDENTITY, valid_from=START, valid_until=END)
    name = fingerprint(PUBLIC_KEY)
    assert old.keys == Keyring.default().keys
    assert old.get(name) is None
    assert new.get(name) == Key(PUBLIC_KEY, "k-1", "someone", "author", START, END)
    assert len(new.keys) == 2


def test_the_same_key_again_replaces_its_entry() -> None:
    first = Keyring.default().with_key(PUBLIC_KEY, **IDENTITY, valid_until=END)
    second = first.with_key(PUBLIC_KEY, key_id="k-2", signer_id="else", signer_type="mirror")
    third = first.with_entries({**ENTRY, "key_id": "k-3"})
    name = fingerprint(PUBLIC_KEY)
    assert first.get(name) == Key(PUBLIC_KEY, "k-1", "someone", "author", None, END)
    assert second.get(name) == Key(PUBLIC_KEY, "k-2", "else", "mirror")
    assert third.get(name) == Key(PUBLIC_KEY, "k-3", "someone", "author")
    assert len(first.keys) == len(second.keys) == len(third.keys) == 2


def test_keys_come_sorted_by_fingerprint() -> None:
    public_keys = [public_key_of(bytes([number]) * 32) for number in range(6)]
    expected = tuple(sorted(fingerprint(public_key) for public_key in public_keys))
    for order in (public_keys, public_keys[::-1]):
        keyring = Keyring.empty()
        for public_key in order:
            keyring = keyring.with_key(public_key, **IDENTITY)
        assert tuple(key.fingerprint for key in keyring.keys) == expected


def test_nothing_in_a_keyring_can_be_changed() -> None:
    keyring = Keyring.default()
    (key,) = keyring.keys
    for owner in (keyring, key):
        for name in [member.name for member in dataclasses.fields(owner)]:
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(owner, name, None)
    with pytest.raises(TypeError):
        keyring.keys[0] = key  # type: ignore[index]
    given = [key]
    made = Keyring(given)  # type: ignore[arg-type]
    given.clear()
    assert made == keyring
    assert pickle.loads(pickle.dumps(keyring)) == keyring
    assert hash(made) == hash(keyring)
    entries = [dict(ENTRY)]
    with_entries = Keyring.empty().with_entries(entries)
    entries[0]["key_id"] = "changed"
    assert [key.key_id for key in with_entries.keys] == ["k-1"]


@pytest.mark.parametrize("name", ["key_id", "signer_id", "signer_type"])
@pytest.mark.parametrize("value", ["", None, 1, b"k-1", ["k-1"], True], ids=repr)
def test_an_identity_is_strings_that_are_not_empty(name: str, value: Any) -> None:
    with pytest.raises(KeyringError, match=name):
        Keyring.empty().with_key(PUBLIC_KEY, **{**IDENTITY, name: value})


# The window.


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "inside", "outside"),
    [
        (None, None, [BEFORE, START, END, AFTER], []),
        (START, None, [START, START_PLUS, END, AFTER], [BEFORE]),
        (None, END, [BEFORE, START, END], [AFTER]),
        (START, END, [START, START_PLUS, END], [BEFORE, AFTER]),
        (START, START, [START], [BEFORE, START_PLUS]),
    ],
)
def test_both_ends_of_the_window_are_inside(
    valid_from: str | None, valid_until: str | None, inside: list[str], outside: list[str]
) -> None:
    key = Key(PUBLIC_KEY, "k-1", "someone", "author", valid_from, valid_until)
    assert [instant for instant in inside if not key.is_valid_at(instant)] == []
    assert [instant for instant in outside if key.is_valid_at(instant)] == []


@pytest.mark.parametrize("end", ["valid_from", "valid_until"])
@pytest.mark.parametrize(
    "value",
    [
        "",
        "2026-05-18",
        "2026-05-18T00:00:00",
        "2026-05-18T00:00:00+00:00",
        "2026-05-18T00:00:00.5Z",
        "2026-02-29T00:00:00Z",
        "2026-05-18T00:00:00Z\n",
        0,
        False,
        datetime(2026, 5, 18),
    ],
    ids=repr,
)
def test_an_end_of_the_window_is_an_instant(end: str, value: Any) -> None:
    with pytest.raises(KeyringError, match=end):
        Keyring.empty().with_key(PUBLIC_KEY, **IDENTITY, **{end: value})
    with pytest.raises(KeyringError, match=end):
        Keyring.empty().with_entries({**ENTRY, end: value})


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(KeyringError, match="never"):
        Keyring.empty().with_key(PUBLIC_KEY, **IDENTITY, valid_from=START_PLUS, valid_until=START)


# Key files.


def test_entries_come_alone_or_as_a_list() -> None:
    base = Keyring.default()
    alone, listed = base.with_entries(ENTRY), base.with_entries([OTHER_ENTRY, ENTRY])
    assert alone.keys == base.with_key(PUBLIC_KEY, **IDENTITY).keys
    assert listed.keys == alone.with_key(OTHER_PUBLIC_KEY, **IDENTITY).keys
    assert base.with_entries([]).keys == base.keys == Keyring.default().keys


def test_null_leaves_an_end_of_the_window_open() -> None:
    keyring = Keyring.empty().with_entries({**ENTRY, "valid_from": None, "valid_until": END})
    assert keyring.keys == (Key(PUBLIC_KEY, "k-1", "someone", "author", None, END),)


@pytest.mark.parametrize("entries", [None, "x", 1, True, (ENTRY,), b"[]"], ids=repr)
def test_a_key_file_is_an_object_or_a_list(entries: Any) -> None:
    with pytest.raises(KeyringError, match="one key entry"):
        Keyring.empty().with_entries(entries)


@pytest.mark.parametrize("entry", [None, "x", 1, [ENTRY], []], ids=repr)
def test_an_entry_is_an_object(entry: Any) -> None:
    with pytest.raises(KeyringError, match="key entry 1: it is no object"):
        Keyring.empty().with_entries([ENTRY, entry])


@pytest.mark.parametrize("name", list(ENTRY))
def test_an_entry_has_its_four_members_as_strings(name: str) -> None:
    entries = [without(ENTRY, name)] + [{**ENTRY, name: value} for value in NO_STRINGS]
    for entry in entries:
        with pytest.raises(KeyringError, match=f"key entry 0: {name} is missing or no string"):
            Keyring.empty().with_entries(entry)


def test_an_entry_has_no_other_members() -> None:
    for name in ("fingerprint", "valid_untill", "", "Key_id"):
        with pytest.raises(KeyringError, match=f"unknown member '{name}'"):
            Keyring.empty().with_entries({**ENTRY, name: "x"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        PUBLIC_KEY.hex(),
        encode_base64(PUBLIC_KEY).rstrip("="),
        encode_base64(PUBLIC_KEY) + "\n",
        encode_base64(PUBLIC_KEY[:31]),
        encode_base64(PUBLIC_KEY + b"\0"),
        encode_base64(b"\xff" * 32).replace("/", "_"),
        "é" * 44,
    ],
    ids=repr,
)
def test_a_public_key_in_a_file_is_canonical_base64_of_32_bytes(text: str) -> None:
    with pytest.raises(KeyringError, match="padded base64 of 32 bytes"):
        Keyring.empty().with_entries({**ENTRY, "public_key_b64": text})


def test_a_key_file_names_a_key_once() -> None:
    again = {**ENTRY, "key_id": "k-2"}
    with pytest.raises(KeyringError, match="key entry 2 repeats the key"):
        Keyring.empty().with_entries([ENTRY, OTHER_ENTRY, again])


KEYS = st.builds(
    lambda seed, names, window: Key(public_key_of(seed), *names, *window),
    seed=st.binary(min_size=32, max_size=32),
    names=st.tuples(*[st.text('kK-1.é😀"\\ ', min_size=1)] * 3),
    window=st.sampled_from([(None, None), (START, None), (None, END), (START, END)]),
)


@given(st.lists(KEYS, max_size=4, unique_by=lambda key: key.fingerprint))
@settings(deadline=None, max_examples=50)
def test_entries_round_trip(keys: list[Key]) -> None:
    written = json.loads(json.dumps([key.to_entry() for key in keys]))
    keyring = Keyring.empty().with_entries(written)
    assert keyring.keys == tuple(sorted(keys, key=lambda key: key.fingerprint))
    for key in keys:
        assert keyring.get(key.fingerprint) == key
