"""Animals that take one member for another, null for nothing, or a slip for none (SPEC 3 to 6)."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from unittest.mock import patch

from pithmerge.canon import JsonValue, survey
from pithmerge.core import aliases, merger, numbers, rows
from pithmerge.core.candidate import Candidate
from pithmerge.core.event import Event
from pithmerge.core.judging import Verdict
from pithmerge.core.reasons import Reason
from pithmerge.core.rules import Rules
from pithmerge.core.vocabulary import CONTENT_MEMBERS
from pithmerge.crypto import Key, Keyring, blocks, keyring
from pithmerge.crypto.blocks import BLOCK_MEMBERS
from pithmerge.errors import KeyringError
from tests.zoo import batch
from tests.zoo.animal import Patches, animal
from tests.zoo.batch import BATCH, Pairs, Valid, Verdicts, resolve_chains, supersessions
from tests.zoo.trust import failing

_FORM = "5.1 malformed_event"


def _taking(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Patches:
    """Each input that is an object is another one."""
    right = merger.surveyed

    def changed(events: Iterable[Any], rules: Rules) -> Iterator[JsonValue]:
        for json in right(events, rules):
            is_object = isinstance(json.value, dict)
            other = change(json.value) if is_object else json.value
            yield json if other == json.value else survey(other, rules.max_depth)

    return {(merger, "surveyed"): changed}


def _in_small_letters(value: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    known = {*names}
    return {name if name in known else _known(name, known): item for name, item in value.items()}


def _known(name: str, known: set[str]) -> str:
    return name.casefold() if name.casefold() in known else name


@animal(_FORM, law=None)
def members_in_any_case() -> Patches:
    """Members of an event are found in any case, as Go decodes structs."""
    return _taking(lambda value: _in_small_letters(value, CONTENT_MEMBERS))


@animal("5.1 signature_malformed", law=None)
def block_members_in_any_case() -> Patches:
    """Members of a signature block are found in any case."""

    def known(event: dict[str, Any]) -> dict[str, Any]:
        block = event.get("signature")
        if not isinstance(block, dict):
            return event
        return {**event, "signature": _in_small_letters(block, BLOCK_MEMBERS)}

    return _taking(known)


def _supplied(name: str, value: Any) -> Patches:
    return _taking(lambda event: event if name in event else {**event, name: value})


@animal(_FORM, law=None)
def missing_prev_event_is_null() -> Patches:
    """A prev_event that is not there is read as null."""
    return _supplied("prev_event", None)


@animal(_FORM, law=None)
def missing_supersedes_is_empty() -> Patches:
    """A supersedes that is not there is read as an empty list."""
    return _supplied("supersedes", [])


@animal(_FORM, law=None)
def missing_payload_is_empty() -> Patches:
    """A payload that is not there is read as an empty object."""
    return _supplied("payload", {})


@animal(_FORM, law=None)
def null_supersedes_is_empty() -> Patches:
    """A supersedes of null is read as an empty list, as Go decodes it."""
    return _taking(
        lambda event: {**event, "supersedes": []} if event.get("supersedes", "") is None else event
    )


@animal(_FORM, law=None)
def missing_version_is_the_first() -> Patches:
    """A schema_version that is not there is read as 1.0."""
    return _supplied("schema_version", "1.0")


@animal(_FORM, law=None)
def empty_prev_event_is_null() -> Patches:
    """A prev_event of an empty string is read as null, as Go decodes it."""
    return _taking(
        lambda event: {**event, "prev_event": None} if event.get("prev_event") == "" else event
    )


@animal(_FORM, law=None)
def supersedes_without_repeats() -> Patches:
    """Ids that supersedes lists twice count once."""
    return _taking(
        lambda event: (
            {**event, "supersedes": [*dict.fromkeys(map(str, event["supersedes"]))]}
            if isinstance(event.get("supersedes"), list)
            else event
        )
    )


@animal("5.1 signature_missing", law=None)
def null_signature_is_malformed() -> Patches:
    """A signature of null is there, and malformed."""
    return failing(Reason.SIGNATURE_MISSING, lambda candidate: "signature" not in candidate.value)


@animal("5.1 content_hash_mismatch", law=None)
def digests_in_capitals() -> Patches:
    """content_sha256 may be in capitals."""
    return failing(
        Reason.CONTENT_HASH_MISMATCH,
        lambda candidate: (
            str(candidate.value.get("content_sha256")).lower() != candidate.content_sha256
        ),
    )


@animal("5.1 content_hash_mismatch", law=None)
def missing_digests_agree() -> Patches:
    """A content_sha256 that is not there is not compared."""
    return failing(
        Reason.CONTENT_HASH_MISMATCH,
        lambda candidate: (
            candidate.value.get("content_sha256") not in (None, candidate.content_sha256)
        ),
    )


@animal("5.1 event_id_mismatch", law=None)
def ids_compared_without_prefix() -> Patches:
    """An event_id may lack its prefix."""
    return failing(
        Reason.EVENT_ID_MISMATCH,
        lambda candidate: (
            str(candidate.value.get("event_id")).removeprefix("sha256:") != candidate.content_sha256
        ),
    )


@animal("5.1 unsupported_schema_version", law=None)
def later_versions_supported() -> Patches:
    """A schema_version that begins with 1 is supported."""
    return failing(
        Reason.UNSUPPORTED_SCHEMA_VERSION,
        lambda candidate: not candidate.value["schema_version"].startswith("1"),
    )


@animal("5.1 unknown_event_type", law=None)
def types_in_any_case() -> Patches:
    """Event types are known in any case."""
    return failing(
        Reason.UNKNOWN_EVENT_TYPE,
        lambda candidate: (
            candidate.value["event_type"].lower() not in candidate.rules.event_type_names
        ),
    )


@animal("5.1 payload_invalid", law=None)
def snapshots_of_any_form() -> Patches:
    """A graph_snapshot is there, whatever it is."""
    return failing(
        Reason.PAYLOAD_INVALID,
        lambda candidate: "graph_snapshot" not in candidate.value["payload"],
    )


@animal("5.1 signer_mismatch", law=None)
def block_need_name_the_key_alone() -> Patches:
    """The block's fingerprint is compared with the signer's, its key_id is not."""
    return failing(
        Reason.SIGNER_MISMATCH,
        lambda candidate: (
            candidate.value["signature"]["public_key_fingerprint"]
            != candidate.value["signer"]["public_key_fingerprint"]
        ),
    )


def _signer_like(*names: str) -> Patches:
    """The key of the keyring and the signer are compared by these members alone."""

    def fails(candidate: Candidate) -> bool:
        signer = candidate.value["signer"]
        return any(getattr(candidate.key, name) != signer[name] for name in names)

    return failing(Reason.SIGNER_NOT_RECOGNIZED, fails)


@animal("5.1 signer_not_recognized", law=None)
def key_ids_not_compared() -> Patches:
    """A signer need not name the key by the keyring's key_id."""
    return _signer_like("signer_id", "signer_type")


@animal("5.1 signer_not_recognized", law=None)
def signer_types_not_compared() -> Patches:
    """A signer may say of which type it is."""
    return _signer_like("key_id", "signer_id")


@animal("5.1 signer_not_recognized", law=None)
def signer_ids_not_compared() -> Patches:
    """A signer may say who it is."""
    return _signer_like("key_id", "signer_type")


@animal("5.1 record_mismatch", law=None)
def null_agrees_with_missing() -> Patches:
    """A source member of null agrees with one that is not there."""

    def agree(json: JsonValue, one: Any, other: Any) -> bool:
        try:
            return right(json, one, other)
        except KeyError:
            return _at(json.value, one) is None and _at(json.value, other) is None

    right = JsonValue.agree
    return {(JsonValue, "agree"): agree}


def _at(value: Any, path: Iterable[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


@animal("5.1 record_mismatch", law=None)
def records_of_any_number() -> Patches:
    """Nobody derives the Pith Number of a record."""

    def fails(candidate: Candidate) -> bool:
        subject = candidate.value["subject_pith_number"]
        with patch.object(rows, "pith_number_of", lambda _record, _digest: subject):
            return rows.record_mismatch(candidate)

    return failing(Reason.RECORD_MISMATCH, fails)


@animal("5.1b", law=None)
def receipts_by_any_key_id() -> Patches:
    """A receipt need not name its key by the keyring's key_id."""
    return {(blocks, "block_key"): lambda block, ring: ring.get(block["public_key_fingerprint"])}


@animal("8.8", law=None)
def numbers_that_differ_in_the_year() -> Patches:
    """Several Pith Numbers that differ in the year alone are one."""
    right = merger.one_number

    def one(known: str | None, subject: str) -> str:
        return subject if known and known[10:] == subject[10:] else right(known, subject)

    return {(merger, "one_number"): one}


@animal("2.4", law=None)
def dois_in_small_letters() -> Patches:
    """The doi of an id of mixed case is written in small letters, as registries print them."""
    right = numbers.alias_values

    def values(source: Any, pith_number: str) -> dict[str, str]:
        found = right(source, pith_number)
        return {**found, "doi": found["doi"].lower()}

    return {(aliases, "alias_values"): values}


def _chains(breaks: Callable[[Event, Event], bool]) -> Patches:
    """An event whose prev_event it may not follow is rejected."""

    def resolve(verdicts: Verdicts) -> Any:
        events = {name: verdict.event for name, verdict in verdicts.items() if verdict.event}
        strict = dict(verdicts)
        for name, event in events.items():
            prev = events.get(event.prev_event or "")
            if prev is not None and breaks(event, prev):
                strict[name] = Verdict(name, Reason.PREV_EVENT_INVALID, None)
        return resolve_chains(strict)

    return BATCH | {(batch, "resolve_chains"): resolve}


@animal("5.1 prev_event_invalid", law=None)
def chains_of_one_signer() -> Patches:
    """An event whose prev_event is another signer's is rejected."""
    return _chains(lambda event, prev: event.signer_id != prev.signer_id)


@animal("5.1 prev_event_invalid", law=None)
def chains_of_one_type() -> Patches:
    """An event whose prev_event is of another type is rejected."""
    return _chains(lambda event, prev: event.event_type != prev.event_type)


@animal("5.1 prev_event_invalid", law=None)
def chains_that_go_forward() -> Patches:
    """An event that is older than its prev_event is rejected."""
    return _chains(lambda event, prev: event.created_at < prev.created_at)


def _superseding_if(holds: Callable[[Event, Event], bool]) -> Patches:
    def found(valid: Valid) -> Pairs:
        return tuple(
            (old, new) for old, new in supersessions(valid) if holds(valid[new], valid[old])
        )

    return BATCH | {(batch, "supersessions"): found}


@animal("6", law=None)
def superseding_goes_forward() -> Patches:
    """An event supersedes only what is older."""
    return _superseding_if(lambda new, old: new.created_at > old.created_at)


@animal("6", law=None)
def superseding_spares_ancestors() -> Patches:
    """An event does not supersede its own prev_event."""
    return _superseding_if(lambda new, old: new.prev_event != old.event_id)


@animal("6", law=None)
def first_of_supersedes_alone() -> Patches:
    """An event supersedes only the first that it lists."""
    return _superseding_if(lambda new, old: new.supersedes[0] == old.event_id)


@animal("6", law=None)
def records_never_superseded() -> Patches:
    """A record is never superseded."""
    return _superseding_if(lambda _new, old: old.event_type != "record_created")


def _within(valid_at: Callable[[Key, str], bool]) -> Patches:
    return {(Key, "is_valid_at"): valid_at}


@animal("3.5", law=None)
def windows_of_whole_days() -> Patches:
    """The window of a key is compared by days."""
    return _within(
        lambda key, at: (key.valid_from or at)[:10] <= at[:10] <= (key.valid_until or at)[:10]
    )


@animal("3.5", law=None)
def windows_without_a_beginning() -> Patches:
    """The beginning of a key's window is not looked at."""
    return _within(lambda key, at: at <= (key.valid_until or at))


@animal("3.5", law=None)
def windows_without_an_end() -> Patches:
    """The end of a key's window is not looked at."""
    return _within(lambda key, at: (key.valid_from or at) <= at)


@animal("3.5", law=None)
def windows_begin_after_their_beginning() -> Patches:
    """The beginning of a key's window does not belong to it."""
    return _within(
        lambda key, at: (
            (key.valid_from is None or key.valid_from < at)
            and (key.valid_until is None or at <= key.valid_until)
        )
    )


def _entries(mended: Callable[[Any], Any]) -> Patches:
    """The keyring is made of other entries."""
    right = Keyring.with_entries

    def with_entries(ring: Keyring, entries: Any) -> Keyring:
        return right(ring, mended(entries))

    return {(Keyring, "with_entries"): with_entries}


def _each(entries: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(entries, dict):
        return change(entries)
    if not isinstance(entries, list):
        return entries
    return [change(entry) if isinstance(entry, dict) else entry for entry in entries]


@animal("3.5", law=None)
def windows_turned_round() -> Patches:
    """A key's window that ends before it begins is turned round."""

    def turned(entry: dict[str, Any]) -> dict[str, Any]:
        ends = entry.get("valid_from"), entry.get("valid_until")
        if all(isinstance(end, str) for end in ends) and ends[0] > ends[1]:  # type: ignore[operator]
            return {**entry, "valid_from": ends[1], "valid_until": ends[0]}
        return entry

    return _entries(lambda entries: _each(entries, turned))


@animal("3.5", law=None)
def unknown_members_of_keys_let_through() -> Patches:
    """Members of a key that are not known are let through."""
    known = (*keyring._ENTRY_MEMBERS, *keyring._ENTRY_WINDOW)
    return _entries(
        lambda entries: _each(
            entries, lambda entry: {name: entry[name] for name in entry if name in known}
        )
    )


@animal("3.5", law=None)
def keys_listed_twice() -> Patches:
    """A key that is listed twice is taken as it is listed last."""

    def last(entries: Any) -> Any:
        if not isinstance(entries, list):
            return entries
        return [*{_name(entry): entry for entry in entries}.values()]

    def _name(entry: Any) -> str:
        return str(entry.get("public_key_b64") if isinstance(entry, dict) else entry)

    return _entries(last)


@animal("3.5", law=None)
def empty_names_of_keys() -> Patches:
    """A key may speak for a signer of no name."""

    def check(key: Key) -> None:
        try:
            right(key)
        except KeyringError as error:
            if "not empty" not in str(error) or not all(
                isinstance(each, str) for each in (key.key_id, key.signer_id, key.signer_type)
            ):
                raise

    right = Key.__post_init__
    return {(Key, "__post_init__"): check}


@animal("3.5", law=None)
def empty_window_ends_are_open() -> Patches:
    """An end of a key's window that is an empty string is open, as Go reads null."""
    return _entries(
        lambda entries: _each(
            entries,
            lambda entry: {
                name: None if item == "" and name.startswith("valid_") else item
                for name, item in entry.items()
            },
        )
    )


@animal("3.5", law=None)
def members_of_keys_in_any_case() -> Patches:
    """Members of a key are found in any case."""
    known = (*keyring._ENTRY_MEMBERS, *keyring._ENTRY_WINDOW)
    return _entries(lambda entries: _each(entries, lambda e: _in_small_letters(e, known)))
