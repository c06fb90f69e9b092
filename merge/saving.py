"""A merger in a file, and back: format version 1, documented in docs/saved-merger.md.

The file is believed: its verdicts are not made again, which is what it is for. Its digest shows
damage, not forgery, so keep it where only you can write.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec
import orjson

from pithmerge.canon import MAX_DOCUMENT_DEPTH, compact_json, read_json
from pithmerge.core.event import Event
from pithmerge.core.judging import Verdict
from pithmerge.core.merger import Merger
from pithmerge.core.reasons import Reason
from pithmerge.crypto import Keyring
from pithmerge.errors import DocumentError, KeyringError, MergeError, PithmergeError
from pithmerge.files import replace_file

FILE_TYPE: Final = "pithmerge_merger"
FILE_VERSION: Final = 1


class _Rejected(msgspec.Struct, frozen=True, tag_field="verdict", tag="rejected"):
    """The line of an identity that rows 1 to 18 reject."""

    identity: str
    reason: Reason


class _Passed(msgspec.Struct, frozen=True, tag_field="verdict", tag="passed"):
    """The line of an event that they pass. ``entry`` is its entry of ``current`` (SPEC 8.1)."""

    event_type: str
    prev_event: str | None
    supersedes: list[str]
    entry: msgspec.Raw


class _Signer(msgspec.Struct, frozen=True):
    signer_id: str
    signer_type: str


class _Entry(msgspec.Struct, frozen=True):
    created_at: str
    event_id: str
    payload: msgspec.Raw
    signer: _Signer
    target: str


class _RecordPayload(msgspec.Struct, frozen=True):
    canonical_record: msgspec.Raw


_LINE_DECODER: Final = msgspec.json.Decoder(_Rejected | _Passed)
_ENTRY_DECODER: Final = msgspec.json.Decoder(_Entry)
_RECORD_DECODER: Final = msgspec.json.Decoder(_RecordPayload)


def save_merger(merger: Merger, path: str | os.PathLike[str]) -> None:
    """Write all that a merger knows into a file, whole or not at all.

    The same events give the same file, in whatever order they came. A new file is for its owner
    alone; one that is replaced keeps its mode.

    Raises:
        MergeError: the file cannot be written; what was there before is untouched.
    """
    try:
        replace_file(Path(path), _with_end(_lines(merger)), private=True)
    except OSError as error:
        raise MergeError(
            f"{os.fspath(path)}: cannot be written ({error.strerror}): check the folder and its "
            "permissions"
        ) from None


def load_merger(
    path: str | os.PathLike[str],
    *,
    keyring: Keyring = Keyring.default(),  # noqa: B008 - immutable
) -> Merger:
    """The merger that `save_merger` wrote.

    Args:
        path: the file.
        keyring: whom to trust, which must be whom the saved merger trusted: its verdicts hold
            under no other keyring.

    Raises:
        DocumentError: the file cannot be read, is damaged, or of another version.
        MergeError: it was saved under another keyring.
    """
    name = os.fspath(path)
    try:
        with Path(path).open("rb") as file:
            return _loaded(file, keyring)
    except OSError as error:
        raise DocumentError(f"{name}: cannot be read ({error.strerror}): check the path") from None
    except PithmergeError as error:
        raise type(error)(f"{name}: {error}") from None


def _lines(merger: Merger) -> Iterator[bytes]:
    """The lines of the file but the last."""
    yield _line(
        {
            "file_type": FILE_TYPE,
            "file_version": FILE_VERSION,
            "given_number": merger.given_number,
            "pith_number": merger.pith_number,
            "verify_signatures": merger.verify_signatures,
            "keyring": [key.to_entry() for key in merger.keyring.keys],
            "source_aliases": merger.source_aliases,
        }
    )
    for verdict in sorted(merger.verdicts(), key=lambda verdict: verdict.identity):
        event = verdict.event
        if event is None:
            line: dict[str, Any] = {
                "verdict": "rejected",
                "identity": verdict.identity,
                "reason": verdict.reason,
            }
        else:
            line = {
                "verdict": "passed",
                "event_type": event.event_type,
                "prev_event": event.prev_event,
                "supersedes": event.supersedes,
                "entry": orjson.Fragment(event.entry_json),
            }
        yield orjson.dumps(line) + b"\n"


def _with_end(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, and the last one: how many they are, and their digest."""
    sha256 = hashlib.sha256()
    count = 0
    for line in lines:
        sha256.update(line)
        count += 1
        yield line
    yield _line({"lines": count, "sha256": sha256.hexdigest()})


def _loaded(lines: Iterator[bytes], keyring: Keyring) -> Merger:
    """The merger of the lines of a file.

    Raises:
        DocumentError, MergeError: see `load_merger`.
    """
    first = next(lines, b"")
    merger = _merger_of(first, keyring)
    rest = islice(_without_end(chain([first], lines)), 1, None)
    merger.add_verdicts([_verdict_of(line, number) for number, line in enumerate(rest, start=2)])
    return merger


def _without_end(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines but the last, which has to agree with them."""
    sha256 = hashlib.sha256()
    held = None
    count = 0
    for line in lines:
        if held is not None:
            sha256.update(held)
            count += 1
            yield held
        held = line
    if held != _line({"lines": count, "sha256": sha256.hexdigest()}):
        _damaged(count + 1, "it is not the end that belongs to the lines before it")


def _merger_of(line: bytes, keyring: Keyring) -> Merger:
    """An empty merger with what the first line says."""
    try:
        header = read_json(line, max_depth=MAX_DOCUMENT_DEPTH)
        named, version = header["file_type"], header["file_version"]
    except (DocumentError, KeyError, TypeError):
        named = version = None
    if named != FILE_TYPE:
        raise DocumentError("this is no saved merger: give a file that save_merger wrote")
    if version != FILE_VERSION:
        raise DocumentError(
            f"this is a saved merger of version {version!r:.40}, and only version {FILE_VERSION} "
            "can be read: load it with the pithmerge that wrote it, or merge its events anew"
        )
    try:
        saved_keyring = Keyring.empty().with_entries(header["keyring"])
        merger = Merger(
            header["given_number"],
            keyring=saved_keyring,
            source_aliases=header["source_aliases"],
            verify_signatures=header["verify_signatures"] is True,
        )
        if header["pith_number"] is not None:
            merger.learn_number(header["pith_number"])
    except (KeyError, KeyringError, MergeError) as error:
        _damaged(1, repr(error))
    if saved_keyring != keyring:
        raise MergeError(
            "this merger was saved under another keyring: give that one as keyring, or merge its "
            "events anew under yours"
        )
    return merger


def _verdict_of(line: bytes, number: int) -> Verdict:
    try:
        saved = _LINE_DECODER.decode(line)
        if isinstance(saved, _Rejected):
            return Verdict(saved.identity, saved.reason, None)
        entry = _ENTRY_DECODER.decode(saved.entry)
        record = None
        if saved.event_type == "record_created":
            record = bytes(_RECORD_DECODER.decode(entry.payload).canonical_record)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        _damaged(number, str(error))
    event = Event(
        event_id=entry.event_id,
        event_type=saved.event_type,
        target=entry.target,
        created_at=entry.created_at,
        signer_id=entry.signer.signer_id,
        signer_type=entry.signer.signer_type,
        prev_event=saved.prev_event,
        supersedes=tuple(saved.supersedes),
        entry_json=bytes(saved.entry),
        payload_size=len(bytes(entry.payload)),
        record_json=record,
    )
    return Verdict(event.event_id, None, event)


def _line(value: Any) -> bytes:
    return compact_json(value, max_depth=MAX_DOCUMENT_DEPTH) + b"\n"


def _damaged(line: int, why: str) -> NoReturn:
    raise DocumentError(
        f"line {line} of this saved merger is damaged ({why}): restore the file from a copy, or "
        "merge its events anew"
    )
