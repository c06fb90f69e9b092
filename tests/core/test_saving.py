"""A merger in a file and back: nothing is lost, and damage is seen (docs/saved-merger.md)."""

import hashlib
import inspect
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pithmerge import (
    DocumentError,
    Keyring,
    MergeError,
    Merger,
    load_merger,
    save_merger,
)
from pithmerge.building import build_event
from tests.support.paper import AUTHOR, KEYRING, NUMBER, day, event, graph_snapshot, record_created

ALIAS = {"alias_kind": "arxiv", "alias_value": "ü\u2028", "created_at": day(1)}


def merger_of(*events: Any) -> Merger:
    merger = Merger(NUMBER, keyring=KEYRING, source_aliases=[ALIAS])
    merger.add(events)
    return merger


def events() -> list[Any]:
    record = record_created()
    first = graph_snapshot(day(2), prev_event=record["event_id"])
    second = graph_snapshot(day(3), supersedes=[first["event_id"]])
    orphan = event(prev_event=f"sha256:{'0' * 64}")
    oddly_named = build_event(
        AUTHOR,
        "correction",
        pith_number=NUMBER,
        target='",target":"\\',
        payload={},
        created_at=day(4),
    )
    odd = event(payload={"small": 1e-7, "large": 10**30, "text": '\x00,"signer":'})
    return [record, first, second, orphan, oddly_named, odd, {**event(), "signature": None}, [1]]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    save_merger(merger_of(*events()), tmp_path / "merger")
    return tmp_path / "merger"


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def with_end(lines: list[bytes]) -> bytes:
    """The file of lines with the end that belongs to them: what a forger, or a bug, would write."""
    body = b"".join(lines)
    end = {"lines": len(lines), "sha256": hashlib.sha256(body).hexdigest()}
    return body + json.dumps(end, separators=(",", ":")).encode() + b"\n"


def test_what_is_loaded_is_what_was_saved(saved: Path) -> None:
    merger, loaded = merger_of(*events()), load_merger(saved, keyring=KEYRING)
    assert loaded.state() == merger.state()
    assert loaded.state().to_json() == merger.state().to_json()
    assert loaded.source_aliases == [ALIAS]
    later = event(created_at=day(9))
    for one in (merger, loaded):
        one.add([later])
    assert loaded.state() == merger.state()


def test_the_same_events_give_the_same_file(saved: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    save_merger(merger_of(*reversed(events())), other)
    assert other.read_bytes() == saved.read_bytes()
    save_merger(load_merger(saved, keyring=KEYRING), other)
    assert other.read_bytes() == saved.read_bytes()


@pytest.mark.parametrize("given", [None, NUMBER])
@pytest.mark.parametrize("verify_signatures", [True, False])
@pytest.mark.parametrize("added", [0, 1, 8])
def test_how_it_judges_is_saved(
    tmp_path: Path, given: str | None, verify_signatures: bool, added: int
) -> None:
    merger = Merger(given, keyring=KEYRING, verify_signatures=verify_signatures)
    merger.add(events()[:added])
    save_merger(merger, tmp_path / "merger")
    loaded = load_merger(tmp_path / "merger", keyring=KEYRING)
    assert loaded.given_number == given
    assert loaded.pith_number == merger.pith_number
    assert loaded.verify_signatures is verify_signatures
    assert loaded.keyring == KEYRING
    known, found = ({one.identity: one for one in each._verdicts()} for each in (merger, loaded))
    assert found == known
    assert len(found) == added


def test_a_damaged_byte_is_seen_wherever_it_is(saved: Path) -> None:
    good = saved.read_bytes()
    for place in range(0, len(good), 37):
        saved.write_bytes(good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])
        with pytest.raises((DocumentError, MergeError)):
            load_merger(saved, keyring=KEYRING)
    saved.write_bytes(good)
    load_merger(saved, keyring=KEYRING)


def test_a_file_that_is_cut_off_is_refused(saved: Path) -> None:
    good = saved.read_bytes()
    lines = lines_of(saved)
    cuts = [good[:place] for place in range(0, len(good), 101)]
    cuts += [b"".join(lines[:count]) for count in range(len(lines))]
    cuts += [b"".join(lines[:1] + lines[2:]), good + b"\n", good + lines[-1]]
    for cut in cuts:
        saved.write_bytes(cut)
        with pytest.raises(DocumentError, match=r"restore the file|is no saved merger"):
            load_merger(saved, keyring=KEYRING)


@pytest.mark.parametrize(
    "line",
    [
        b"[]\n",
        b'{"verdict":"passed"}\n',
        b'{"verdict":"rejected","identity":"sha256:0","reason":"unheard_of"}\n',
        b'{"verdict":"passed","event_type":"record_created","prev_event":null,"supersedes":[],'
        b'"entry":{"created_at":"","event_id":"","payload":5,"signer":{"signer_id":"",'
        b'"signer_type":""},"target":""}}\n',
        b"\xff\n",
    ],
)
def test_a_line_of_another_form_is_named(saved: Path, line: bytes) -> None:
    lines = lines_of(saved)[:-1]
    lines[3] = line
    saved.write_bytes(with_end(lines))
    with pytest.raises(DocumentError, match="line 4 of this saved merger is damaged"):
        load_merger(saved, keyring=KEYRING)


@pytest.mark.parametrize("change", [{"keyring": [{}]}, {"pith_number": "x"}, {"given_number": 1}])
def test_a_first_line_of_another_form_is_named(saved: Path, change: dict[str, Any]) -> None:
    lines = lines_of(saved)[:-1]
    header = json.loads(lines[0])
    lines[0] = json.dumps({**header, "given_number": None, **change}).encode() + b"\n"
    saved.write_bytes(with_end(lines))
    with pytest.raises(DocumentError, match="line 1 of this saved merger is damaged"):
        load_merger(saved, keyring=KEYRING)


def test_a_first_line_that_lacks_a_member_is_named(saved: Path) -> None:
    lines = lines_of(saved)[:-1]
    lines[0] = json.dumps({"file_type": "pithmerge_merger", "file_version": 1}).encode() + b"\n"
    saved.write_bytes(with_end(lines))
    with pytest.raises(DocumentError, match="line 1 of this saved merger is damaged"):
        load_merger(saved, keyring=KEYRING)


def test_another_version_is_refused(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes().replace(b'"file_version":1', b'"file_version":2', 1))
    with pytest.raises(DocumentError, match="version 2, and only version 1 can be read"):
        load_merger(saved, keyring=KEYRING)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"{", b"5\n", b"\xff", b"{}\n{}\n"])
def test_another_file_is_refused(saved: Path, data: bytes) -> None:
    saved.write_bytes(data)
    with pytest.raises(DocumentError, match="is no saved merger"):
        load_merger(saved, keyring=KEYRING)


def test_another_keyring_is_refused(saved: Path) -> None:
    for keyring in (Keyring.default(), Keyring.empty()):
        with pytest.raises(MergeError, match="saved under another keyring"):
            load_merger(saved, keyring=keyring)
    with pytest.raises(MergeError, match="saved under another keyring"):
        load_merger(saved)


def test_messages_name_the_file(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(MergeError, match=f"^{saved}: "):
        load_merger(saved)
    with pytest.raises(DocumentError, match="nowhere: cannot be read"):
        load_merger(tmp_path / "nowhere")
    with pytest.raises(MergeError, match="nowhere/merger: cannot be written"):
        save_merger(merger_of(), tmp_path / "nowhere" / "merger")


def test_what_was_there_stays_if_saving_fails(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()
    merger = merger_of(event())

    def failing(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", failing)
    with pytest.raises(MergeError, match="No space left"):
        save_merger(merger, saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_a_caller_whose_stack_is_nearly_full_gets_its_merger(tmp_path: Path) -> None:
    path = tmp_path / "merger"
    save_merger(merger_of(*events()), path)
    expected = load_merger(path, keyring=KEYRING).state().to_json()

    def deep(levels: int) -> Merger:
        return deep(levels - 1) if levels else load_merger(path, keyring=KEYRING)

    reached = False
    for left in range(40, 200, 10):
        here = len(inspect.stack())
        try:
            found = deep(sys.getrecursionlimit() - here - left)
        except RecursionError:
            # There is not even room to begin.
            continue
        reached = True
        assert found.state().to_json() == expected
    assert reached


@pytest.mark.parametrize("count", [200, 5000, 200_000])
def test_a_file_that_nests_deep_is_damaged(tmp_path: Path, count: int) -> None:
    path = tmp_path / "merger"
    save_merger(merger_of(*events()), path)
    first, *rest, _ = path.read_bytes().splitlines(keepends=True)
    (passed,) = [line for line in rest if b"record_created" in line]
    deep = passed.replace(b'"entry":', b'"more":' + b"[" * count + b"]" * count + b',"entry":')
    lines = [first, deep]
    end = {"lines": 2, "sha256": hashlib.sha256(b"".join(lines)).hexdigest()}
    path.write_bytes(b"".join([*lines, json.dumps(end, separators=(",", ":")).encode() + b"\n"]))
    with pytest.raises(DocumentError, match=r"line 2 of this saved merger is damaged .it nests"):
        load_merger(path, keyring=KEYRING)
