"""Reading documents and knowing what they are (SPEC 1.5, 10): `pithmerge.load_document`."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pithmerge import (
    Document,
    DocumentError,
    DocumentKind,
    Keyring,
    MergeError,
    load_document,
)
from tests.support.paper import (
    BUNDLE_FILE,
    MANIFEST_FILE,
    RECORD_FILE,
    STATE_FILE,
    json_bytes,
)

FILES = {
    BUNDLE_FILE: DocumentKind.BUNDLE,
    STATE_FILE: DocumentKind.STATE,
    RECORD_FILE: DocumentKind.RECORD,
    MANIFEST_FILE: DocumentKind.MANIFEST,
}


def loaded(value: Any) -> Document:
    return load_document(json_bytes(value))


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def refusal(source: Any, **arguments: Any) -> str:
    """What is said to someone who gives ``source``."""
    with pytest.raises(DocumentError) as raised:
        load_document(source, **arguments)
    return str(raised.value)


class TestRecognition:
    @pytest.mark.parametrize(("path", "kind"), FILES.items(), ids=lambda each: str(each)[-12:])
    def test_each_kind_from_bytes_and_from_a_path_of_any_type(
        self, path: Path, kind: DocumentKind
    ) -> None:
        data = path.read_bytes()
        for source, name in (
            (data, "document"),
            (bytearray(data), "document"),
            (str(path), str(path)),
            (path, str(path)),
        ):
            document = load_document(source)
            assert document.kind is kind
            assert document.name == name
            assert document.value == json.loads(data)

    def test_a_list_is_a_list_of_events_whatever_it_holds(self) -> None:
        for value in ([], [1, None, "event"], read(BUNDLE_FILE)["events"]):
            document = loaded(value)
            assert document.kind is DocumentKind.EVENTS
            assert document.events == tuple(value)

    def test_white_space_and_escapes_do_not_matter(self) -> None:
        spaced = json.dumps(read(BUNDLE_FILE), indent=4, ensure_ascii=True).encode()
        assert load_document(spaced).value == read(BUNDLE_FILE)

    def test_the_number_that_a_document_names(self) -> None:
        assert load_document(STATE_FILE).pith_number == "pith:2025:22M3HBJ4ANVNJTN56RI73FO4HC"
        assert load_document(MANIFEST_FILE).pith_number is None
        assert loaded([]).pith_number is None
        for number in (None, 5, ["pith:2026:"], {}):
            assert loaded({**read(BUNDLE_FILE), "pith_number": number}).pith_number is None


class TestRefusals:
    @pytest.mark.parametrize(
        "value",
        [
            None,
            True,
            5,
            1.5,
            "bundle",
            {},
            {"bundle_type": "another"},
            {"bundle_type": None},
            {"bundle_type": ["pith_open_graph_bundle"]},
            {"state_type": "pith_open_graph_bundle"},
            {"event_type": "record_created"},
        ],
        ids=repr,
    )
    def test_what_is_no_pith_document(self, tmp_path: Path, value: Any) -> None:
        path = tmp_path / "other.json"
        path.write_bytes(json_bytes(value))
        assert refusal(path) == (
            f"{path}: no Pith document: give a bundle, a state, a pith_number_record, a mirror "
            "manifest, an evidence file or a list of events (a single event goes into a list)"
        )

    def test_files_that_cannot_be_read(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"[]")
        for path in (tmp_path / "missing.json", tmp_path, tmp_path / "file" / "inside.json"):
            what = re.escape(f"{str(path)!r} cannot be read (")
            assert re.fullmatch(rf"{what}[A-Z][a-z ]+\): check the path", refusal(str(path)))

    @pytest.mark.parametrize(
        ("data", "what"),
        [
            (b"", "expected a value"),
            (b" \n\n", "expected a value"),
            (b"[1,]", "expected a value"),
            (b"[] []", "after the end"),
            (b'{"bundle_type":"pith_open_graph_bundle","a":1,"a":1}', "repeated"),
            (b"[NaN]", "no JSON"),
            (b"[1e400]", "beyond the range"),
            (b"\xff", "not UTF-8"),
            (b"\xef\xbb\xbf[]", "byte order mark"),
        ],
    )
    def test_what_is_no_json_is_refused_in_one_line_that_names_the_file(
        self, tmp_path: Path, data: bytes, what: str
    ) -> None:
        path = tmp_path / "bad.json"
        path.write_bytes(data)
        message = refusal(path)
        assert message.startswith(f"{path}: ")
        assert what in message
        assert "\n" not in message
        assert refusal(data).startswith("document: ")

    def test_size(self) -> None:
        assert loaded([]).events == ()
        assert load_document(b"[1]", max_bytes=3).events == (1,)
        assert "max_bytes" in refusal(b"[1] ", max_bytes=3)

    def test_a_path_with_a_nul_character(self) -> None:
        assert "cannot be read" in refusal("bundle\0.json")

    def test_json_text_in_place_of_a_path_is_refused_in_one_line(self) -> None:
        assert "\n" not in refusal(json.dumps(read(MANIFEST_FILE), indent=1))


class TestMerge:
    def test_of_a_bundle_gives_its_published_state(self) -> None:
        state = load_document(BUNDLE_FILE).merge()
        assert state.to_json() == json_bytes(read(BUNDLE_FILE)["state"])
        assert state.signatures_verified

    def test_of_a_state_gives_it_back(self) -> None:
        state = load_document(STATE_FILE).merge()
        assert state.to_json() == STATE_FILE.read_bytes()
        assert not state.signatures_verified

    def test_of_a_list_of_events_gives_the_state_of_their_bundle(self) -> None:
        bundle = read(BUNDLE_FILE)
        assert loaded(bundle["events"]).merge().to_json() == json_bytes(bundle["state"])

    def test_of_a_record_gives_a_state_that_verifies_as_a_published_one(self) -> None:
        state = load_document(RECORD_FILE).merge()
        assert state.pith_number == "pith:2025:X72AYRLPIFP2UVYVUQLNZSTJUW"
        assert [event.event_type for event in state.applied_events] == [
            "record_created",
            "graph_snapshot",
        ]
        assert state.invalid_events == ()
        aliases = state.to_dict()["current"]["source_aliases"]
        assert {alias["created_at"] for alias in aliases} == {"2026-05-20T00:02:51Z"}
        again = load_document(state.to_json())
        assert again.kind is DocumentKind.STATE
        assert again.merge().to_json() == state.to_json()

    def test_trusts_the_given_keyring_alone(self) -> None:
        state = load_document(BUNDLE_FILE).merge(keyring=Keyring.empty())
        assert {entry.reason.value for entry in state.invalid_events} == {"unknown_key"}

    def test_of_a_manifest_is_refused(self) -> None:
        with pytest.raises(MergeError, match="no event names a Pith Number"):
            load_document(MANIFEST_FILE).merge()
