"""Animals that decide rightly and publish something else (SPEC 2.4 and 8), or misjudge form."""

import html
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from pithmerge.canon import MAX_DOCUMENT_DEPTH, canonical_json, compact_json, digest, read_json
from pithmerge.core import aliases, event, merger, numbers
from pithmerge.core.aliases import given_aliases
from pithmerge.core.candidate import Candidate
from pithmerge.core.judging import Pending, Verdict, judge
from pithmerge.core.rules import V1
from pithmerge.core.state import State
from pithmerge.core.vocabulary import UNDIGESTED_MEMBERS, EventType
from pithmerge.strategies import Fault
from tests.zoo.animal import Patches, animal, having, published, writing


@animal("8.7", sets=having(Fault.WRONG_EVENT_ID))
def claimed_ids_published() -> Patches:
    """invalid_events names events by the event_id that they claim."""

    def identity_of(value: Any) -> str:
        if isinstance(value, dict):
            value = {name: value[name] for name in value if name not in UNDIGESTED_MEMBERS}
        return f"sha256:{digest(value)}"

    def write(state: dict[str, Any], events: list[bytes]) -> bytes:
        values = [read_json(event) for event in events]
        claimed = {identity_of(value): value for value in values if isinstance(value, dict)}
        for entry in state["invalid_events"]:
            event_id = claimed.get(entry["event_id"], {}).get("event_id")
            entry["event_id"] = event_id if isinstance(event_id, str) else entry["event_id"]
        state["invalid_events"].sort(key=lambda entry: entry["event_id"])
        return published(state)

    return writing(write)


@animal("8.6")
def latest_alias_kept() -> Patches:
    """Of several aliases of one name the latest is kept."""

    def kept(given: Iterable[Any]) -> tuple[bytes, ...]:
        given_aliases(given)
        by_date = sorted(given, key=lambda alias: alias["created_at"])
        latest = {(alias["alias_kind"], alias["alias_value"]): alias for alias in by_date}
        return given_aliases(latest.values())

    return {(merger, "given_aliases"): kept}


@animal("8.6")
def last_alias_of_a_date_kept() -> Patches:
    """Of several aliases of one name and date the last that was given is kept."""

    def kept(given: Iterable[Any]) -> tuple[bytes, ...]:
        given_aliases(given)
        by_date = sorted(given, key=lambda alias: alias["created_at"], reverse=True)
        earliest = {(alias["alias_kind"], alias["alias_value"]): alias for alias in by_date}
        return given_aliases(earliest.values())

    return {(merger, "given_aliases"): kept}


@animal("8.6")
def aliases_always_derived() -> Patches:
    """The aliases are derived from the record even if some are given."""

    def none(given: Iterable[Any]) -> tuple[bytes, ...]:
        return given_aliases(given)[:0]

    return {(merger, "given_aliases"): none}


@animal("2.4")
def alias_texts_by_str() -> Patches:
    """A source version that is no string enters an alias as Python's str() has it: vTrue."""
    return {(numbers, "_as_text"): str}


@animal("2.4")
def old_ids_lose_their_slash() -> Patches:
    """The doi of an old-style id is written without its slash."""

    def values(source: Any, pith_number: str) -> dict[str, str]:
        right = numbers.alias_values(source, pith_number)
        prefix, _, source_id = right["doi"].partition("/")
        return {**right, "doi": f"{prefix}/{source_id.replace('/', '')}"}

    return {(aliases, "alias_values"): values}


@animal("8.1")
def payloads_as_they_came() -> Patches:
    """Payloads are published with their members in the order in which they arrived."""

    def judged(candidate: Candidate, *, verify_signatures: bool) -> Verdict:
        verdict = judge(candidate, verify_signatures=verify_signatures)
        if isinstance(verdict, Pending):
            verdict = verdict.settled()
        if verdict.event is None:
            return verdict
        payload_json = compact_json(candidate.value["payload"])
        right = verdict.event
        before, after = right.entry_json.split(right.payload_json)
        event = msgspec.structs.replace(right, entry_json=before + payload_json + after)
        return msgspec.structs.replace(verdict, event=event)

    return {(merger, "judge"): judged}


@animal("8.1", law="fixpoint", sets=having(types=(EventType.CORRECTION,)))
def payloads_escaped_for_html() -> Patches:
    """Strings in the payloads of the lists are escaped for a web page before they are published."""

    def escaped(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: escaped(item) for name, item in value.items()}
        if isinstance(value, list):
            return [escaped(item) for item in value]
        return html.escape(value) if isinstance(value, str) else value

    def write(state: dict[str, Any], _events: list[bytes]) -> bytes:
        for name in V1.lists_of_current.values():
            for entry in state["current"][name]:
                entry["payload"] = escaped(entry["payload"])
        return published(state)

    return writing(write)


@animal("8.2")
def states_published_sorted() -> Patches:
    """The published bytes are the canonical ones, all members sorted."""

    def write(state: dict[str, Any], _events: list[bytes]) -> bytes:
        whole = read_json(published(state), max_depth=MAX_DOCUMENT_DEPTH)
        return canonical_json(whole, max_depth=MAX_DOCUMENT_DEPTH)

    return writing(write)


@animal("8.2")
def newline_at_the_end() -> Patches:
    """The published bytes end with a newline."""
    return writing(lambda state, _events: published(state) + b"\n")


@animal("8.2")
def state_digested_as_published() -> Patches:
    """state_sha256 is taken over the published member order, not over sorted members."""

    def write(state: dict[str, Any], _events: list[bytes]) -> bytes:
        return published(state, canonical=False)

    return writing(write)


@animal("8.5")
def last_record_current() -> Patches:
    """Of several current records the last one counts."""

    def record_created(state: State) -> Any:
        records = dict(state.current).get("record_created", ())
        return records[-1] if records else None

    return {(State, "record_created"): property(record_created)}


@animal("5.1 malformed_event", law=None)
def dates_by_fromisoformat() -> Patches:
    """created_at is anything that datetime.fromisoformat reads."""

    def is_instant(text: str) -> bool:
        try:
            return bool(datetime.fromisoformat(text))
        except ValueError:
            return False

    return {(event, "is_instant"): is_instant}


@animal("5.1 malformed_event", law=None)
def patterns_with_dollar() -> Patches:
    """Event ids are matched with $, which lets a final newline through."""
    pattern = re.compile(r"^sha256:[0-9a-f]{64}$")

    def is_event_id(value: Any) -> bool:
        return isinstance(value, str) and pattern.match(value) is not None

    return {(event, "is_event_id"): is_event_id}


@animal("5.1 malformed_event", law=None)
def digits_of_any_script() -> Patches:
    r"""The year of a Pith Number is matched with \d, which knows the digits of all scripts."""
    pattern = re.compile(r"pith:\d{4}:[A-Z2-7]{26}")

    def is_pith_number(value: Any) -> bool:
        return isinstance(value, str) and pattern.fullmatch(value) is not None

    return {(event, "is_pith_number"): is_pith_number}
