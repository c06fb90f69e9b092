"""A merger in a file, and back: format version 1, documented in docs/saved-merger.md.

The file is believed: its verdicts are not made again, which is what it is for. Its digest shows
damage, not forgery, so keep it where only you can write.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec
import orjson

from pithmerge.canon import MAX_DOCUMENT_DEPTH, compact_json, read_json
from pithmerge.canon.depth import depth_at_most
from pithmerge.core.event import Event
from pithmerge.core.judging import Verdict
from pithmerge.core.merger import Merger
from pithmerge.core.reasons import Reason
from pithmerge.core.rules import KNOWN
from pithmerge.crypto import Keyring
from pithmerge.crypto.keyring import keyring_problem
from pithmerge.errors import (
    DocumentError,
    KeyringError,
    MergeError,
    PithmergeError,
    UnsupportedVersionError,
)
from pithmerge.files import replace_file
from pithmerge.showing import brief

FILE_TYPE: Final = "pithmerge_merger"
FILE_VERSION: Final = 1


class _Rejected(msgspec.Struct, frozen=True, tag_field="verdict", tag="rejected"):
    """The line of an identity that is rejected by itself."""

    identity: str
    reason: Reason


class _Passed(msgspec.Struct, frozen=True, tag_field="verdict", tag="passed"):
    """The line of an event that passes. ``entry`` is its entry of ``current`` (SPEC 8.1)."""

    event_type: str
    prev_event: str | None
    supersedes: list[str]
    entry: msgspec.Raw


_LINE_DECODER: Final = msgspec.json.Decoder(_Rejected | _Passed)


def save_merger(merger: Merger, path: str | os.PathLike[str]) -> None:
    """Write all that a merger knows into a file, whole or not at all.

    The same events give the same file, in whatever order they came. A new file is for its owner
    alone; one that is replaced keeps its mode.

    Raises:
        MergeError: the file cannot be written; what was there before is untouched. Or the merger
            judges by rules of nobody else's, which no file can name.
    """
    if not isinstance(merger, Merger):
        raise MergeError(
            f"save_merger takes a Merger, not a {type(merger).__name__}: add events to one, "
            "Merger().add(events)"
        )
    if KNOWN.get(merger.rules.merge_version) != merger.rules:
        raise MergeError(
            f"the rules of this merger are not those of {merger.rules.merge_version}: a file "
            "cannot name them; save its events instead"
        )
    _check_path(path)
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
    _check_path(path)
    problem = keyring_problem(keyring)
    if problem is not None:
        raise MergeError(problem)
    name = os.fspath(path)

    def load() -> Merger:
        with Path(path).open("rb") as file:
            return _loaded(file, keyring)

    try:
        try:
            return load()
        except RecursionError:
            # The caller's stack is nearly full; another thread has its own.
            with ThreadPoolExecutor(1) as thread:
                return thread.submit(load).result()
    except OSError as error:
        raise DocumentError(f"{name}: cannot be read ({error.strerror}): check the path") from None
    except PithmergeError as error:
        raise type(error)(f"{name}: {error}") from None


def _check_path(path: Any) -> None:
    if not isinstance(path, (str, os.PathLike)):
        raise MergeError(
            f"the file of a saved merger is given by its path, not as a {type(path).__name__}"
        )


def _lines(merger: Merger) -> Iterator[bytes]:
    """The lines of the file but the last."""
    yield _line(
        {
            "file_type": FILE_TYPE,
            "file_version": FILE_VERSION,
            "merge_version": merger.rules.merge_version,
            "given_number": merger.given_number,
            "pith_number": merger.pith_number,
            "verify_signatures": merger.verify_signatures,
            "keyring": [key.to_entry() for key in merger.keyring.keys],
            "source_aliases": merger.source_aliases,
        }
    )
    for verdict in sorted(merger._verdicts(), key=lambda verdict: verdict.identity):
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
    merger._take_in(None, [_verdict_of(line, number) for number, line in enumerate(rest, start=2)])
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
            f"this is a saved merger of version {brief(version, 40)}, and only version "
            f"{FILE_VERSION} can be read: load it with the pithmerge that wrote it, or merge its "
            "events anew"
        )
    try:
        named = header["merge_version"]
        rules = KNOWN.get(named) if isinstance(named, str) else None
        if rules is None:
            raise UnsupportedVersionError(
                f"this merger was saved under the merge version {brief(named, 80)}, "
                f"and known is {', '.join(KNOWN)}: load it with the pithmerge that wrote it"
            )
        saved_keyring = Keyring.empty().with_entries(header["keyring"])
        merger = Merger(
            header["given_number"],
            keyring=saved_keyring,
            source_aliases=header["source_aliases"],
            verify_signatures=header["verify_signatures"] is True,
            rules=rules,
        )
        merger._take_in(header["pith_number"], ())
    except (KeyError, KeyringError, MergeError) as error:
        _damaged(1, repr(error))
    if saved_keyring != keyring:
        raise MergeError(
            "this merger was saved under another keyring: give that one as keyring, or merge its "
            "events anew under yours"
        )
    return merger


def _verdict_of(line: bytes, number: int) -> Verdict:
    if depth_at_most(line, MAX_DOCUMENT_DEPTH) > MAX_DOCUMENT_DEPTH:
        _damaged(number, f"it nests deeper than {MAX_DOCUMENT_DEPTH} levels")
    try:
        saved = _LINE_DECODER.decode(line)
        if isinstance(saved, _Rejected):
            return Verdict(saved.identity, saved.reason, None)
        event = Event.of_entry(
            bytes(saved.entry),
            event_type=saved.event_type,
            prev_event=saved.prev_event,
            supersedes=saved.supersedes,
        )
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        _damaged(number, str(error))
    return Verdict(event.event_id, None, event)


def _line(value: Any) -> bytes:
    return compact_json(value, max_depth=MAX_DOCUMENT_DEPTH) + b"\n"


def _damaged(line: int, why: str) -> NoReturn:
    raise DocumentError(
        f"line {line} of this saved merger is damaged ({why}): restore the file from a copy, or "
        "merge its events anew"
    )
