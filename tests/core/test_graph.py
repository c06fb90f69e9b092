"""Corners of the graph that no scenario has: what it keeps of events, and what mergers refuse."""

import json
from pathlib import Path
from typing import Any

import pytest

from pithmerge import Keyring, MergeError, Merger, merge
from pithmerge.building import sign_event
from pithmerge.core.graph import Graph
from pithmerge.core.rules import V1
from pithmerge.crypto import ed25519
from pithmerge.crypto.ed25519 import signature_is_valid
from tests.support.paper import AUTHOR, KEYRING, NUMBER, day, event, graph_snapshot, record_created

OTHER_NUMBER = f"pith:2026:{'A' * 26}"


def test_a_payload_and_a_signer_may_have_members_of_the_names_of_an_entry() -> None:
    """SPEC 8.1: the parts of an entry are told apart, whatever stands in them."""
    decoy = {"event_id": 1, "payload": 2, "signer": 3, "target": ',"target":"text"'}
    content = event(payload={"a": 0, **decoy})
    content["signer"] = {**content["signer"], "a": 0, **decoy}
    signed = sign_event(content, AUTHOR, signed_at=day(5))
    (found,) = merge([signed], keyring=KEYRING).applied_events
    assert found.record_json is None
    assert json.loads(found.payload_json) == signed["payload"]
    assert json.loads(found.signer_json) == signed["signer"]
    members = ("event_id", "target", "created_at", "signer", "payload")
    published = {name: signed[name] for name in members}
    assert json.loads(found.published_entry_json) == published


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            Merger(NUMBER, keyring=Keyring.empty()),
            "the mergers have different keyrings, rules or not the same verify_signatures, so what "
            "is valid in one need not be in the other: make both with the same",
        ),
        (
            Merger(keyring=KEYRING),
            "the mergers were not given the same pith_number: make both with the same",
        ),
    ],
    ids=["rules", "number"],
)
def test_who_unites_mergers_that_judge_differently_is_told_what_to_do(
    other: Merger, message: str
) -> None:
    with pytest.raises(MergeError) as raised:
        _ = Merger(NUMBER, keyring=KEYRING) | other
    assert str(raised.value) == message


def test_a_copy_in_the_same_call_is_not_verified_again(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[tuple[bytes, ...]] = []

    def counting(*given: bytes) -> bool:
        verified.append(given)
        return signature_is_valid(*given)

    monkeypatch.setattr(ed25519, "signature_is_valid", counting)
    merger = Merger(NUMBER, keyring=KEYRING)
    merger.add([event(), graph_snapshot(), event(), event()])
    assert len(verified) == 2
    assert merger.state().event_count == 2


def test_a_number_that_is_learned_has_to_be_one_and_stays_the_only_one() -> None:
    """SPEC 8.8: what events name matters where none was given."""
    learning = Merger(keyring=KEYRING)
    with pytest.raises(MergeError, match="is no Pith Number"):
        learning._take_in("pith:26:X", ())
    learning._take_in(NUMBER, ())
    learning._take_in(NUMBER, ())
    assert learning.pith_number == NUMBER
    with pytest.raises(MergeError, match="several Pith Numbers"):
        learning._take_in(OTHER_NUMBER, ())
    assert learning.pith_number == NUMBER
    given = Merger(NUMBER, keyring=KEYRING)
    given._take_in(OTHER_NUMBER, ())
    assert given.pith_number == NUMBER


def test_a_graph_of_the_verdicts_that_another_took_in_has_its_state() -> None:
    """SPEC 9: in which order they came does not matter, nor in how many parts."""
    record = record_created()
    lost = f"sha256:{'0' * 64}"
    merger = Merger(NUMBER, keyring=KEYRING)
    merger.add([event(prev_event=lost), record, {**event(), "signature": None}, None])
    merger.add(
        [graph_snapshot(prev_event=record["event_id"]), event(prev_event=record["event_id"])]
    )
    expected = merger.state()
    assert (len(expected.applied_events), len(expected.invalid_events)) == (3, 3)
    for verdicts in (list(merger._verdicts()), list(merger._verdicts())[::-1]):
        graph = Graph(V1)
        for verdict in verdicts:
            graph.add(verdict)
        assert graph.state(NUMBER, (), signatures_verified=True) == expected
        assert {verdict.identity for verdict in graph.verdicts() if verdict.reason} == {
            verdict.identity for verdict in verdicts if verdict.reason
        }


LEAVE_IT_OUT = "leave it out for the registry's key, or start from Keyring.empty()"
MAKE_ONE = "of keys or entries, give Keyring(keys) or Keyring.empty().with_entries(entries)"
READ_ONE = "of a key file, give Keyring.from_file(path)"


@pytest.mark.parametrize(
    ("keyring", "remedy"),
    [
        *((value, LEAVE_IT_OUT) for value in (None, 5, object())),
        *((value, MAKE_ONE) for value in ([KEYRING], {}, (), KEYRING.keys[0])),
        *((value, READ_ONE) for value in ("key.json", b"{}", Path("key.json"))),
    ],
)
def test_what_is_no_keyring_is_refused_by_its_type(keyring: Any, remedy: str) -> None:
    with pytest.raises(MergeError) as raised:
        Merger(NUMBER, keyring=keyring)
    assert str(raised.value) == (
        f"keyring must be a Keyring, not a {type(keyring).__name__}: {remedy}"
    )


def test_of_a_long_text_that_is_no_number_80_characters_are_shown() -> None:
    with pytest.raises(MergeError) as raised:
        Merger("x" * 100)
    assert str(raised.value).startswith(f"'{'x' * 79} is no Pith Number: ")
