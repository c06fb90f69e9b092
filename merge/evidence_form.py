"""The form of an evidence file (SPEC 11): its members, and the events in it, as their own bytes.

What reads it and what writes it have it from here; what it proves is checked in
`pithmerge.verification.evidence`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pithmerge.canon import JsonValue, read_value
from pithmerge.core.equivocation import Equivocation
from pithmerge.core.vocabulary import EventType
from pithmerge.crypto import REGISTRY_SIGNER_TYPE
from pithmerge.crypto.encoding import decode_canonical_base64
from pithmerge.errors import DocumentError, UnsupportedVersionError
from pithmerge.showing import brief

EVIDENCE_VERSION: Final = "1.0"

EVIDENCE_MEMBERS: Final = (
    "evidence_type",
    "evidence_version",
    "merge_version",
    "pith_number",
    "equivocations",
    "events",
    "keys",
    "evidence_sha256",
)
EVENT_MEMBERS: Final = ("event_b64", "found")
FOUND_MEMBERS: Final = ("file", "sha256", "place")
KEY_MEMBERS: Final = ("public_key_fingerprint", "key_id", "signer_id", "signer_type")
"""The members of an evidence file and of what is in it, in the order in which they are written
(SPEC 11.1, 11.4, 11.5)."""


def is_another_form(version: Any) -> bool:
    """Whether an ``evidence_version`` is one that is not known here (SPEC 11.7)."""
    return isinstance(version, str) and version != EVIDENCE_VERSION


def check_evidence_version(value: Any, name: str) -> None:
    """Refuse a form of evidence that is not known here (SPEC 11.7).

    Raises:
        UnsupportedVersionError: its ``evidence_version`` is another text.
    """
    version = value.get("evidence_version")
    if is_another_form(version):
        raise UnsupportedVersionError(
            f"{name}: it is evidence of the form {brief(version)}, and known is "
            f"{EVIDENCE_VERSION}: look for a newer pithmerge"
        )


def event_in_evidence(entry: Any, max_depth: int) -> JsonValue:
    """The event that an entry of ``events`` carries (SPEC 11.2).

    Args:
        entry: of any form.
        max_depth: how deep an event may be.

    Raises:
        DocumentError: it carries none; one clause says why.
    """
    data = event_bytes(entry)
    return read_value(data, max_depth=max_depth, max_bytes=len(data))


def event_bytes(entry: Any) -> bytes:
    """The bytes that an entry of ``events`` carries, from the first to the last brace.

    Raises:
        DocumentError: they are not there.
    """
    encoded = entry.get("event_b64") if isinstance(entry, dict) else None
    data = decode_canonical_base64(encoded) if isinstance(encoded, str) else None
    if data is None:
        raise DocumentError("it is no canonical base64 (SPEC 11.2)")
    if not (data.startswith(b"{") and data.endswith(b"}")):
        raise DocumentError("what it encodes is no object from its first byte to its last")
    return data


def events_in_evidence(
    entries: Iterable[Any], name: str, max_depth: int
) -> Iterator[tuple[str, JsonValue]]:
    """The events of an evidence file, each with its place.

    Raises:
        DocumentError: one cannot be read.
    """
    for index, entry in enumerate(entries):
        where = f"$.events[{index}].event_b64"
        try:
            yield where, event_in_evidence(entry, max_depth)
        except DocumentError as error:
            raise DocumentError(
                f"{name}: {where}: {error}: get the evidence again from its source"
            ) from None


def needed_events(
    equivocations: Iterable[Equivocation], prev_events: Mapping[str, str | None]
) -> set[str]:
    """What evidence of these equivocations holds: their events and all on the chains of these
    (SPEC 11.3).

    Args:
        equivocations: among valid events.
        prev_events: of all valid events, by id.
    """
    needed: set[str] = set()
    for entry in equivocations:
        for event_id in entry.event_ids:
            above: str | None = event_id
            while above is not None and above not in needed:
                needed.add(above)
                above = prev_events[above]
    return needed


def keys_needed(events: Iterable[Any]) -> tuple[dict[str, str | None], ...]:
    """Whose keys it takes to check these events, as they say themselves (SPEC 11.5).

    Args:
        events: parsed, well-formed (SPEC 4.1), in the order of the file: the last one counts.
    """
    of_signers: dict[str, dict[str, str | None]] = {}
    of_receipts: dict[str, dict[str, str | None]] = {}
    for event in events:
        signer = event["signer"]
        of_signers[signer["public_key_fingerprint"]] = {name: signer[name] for name in KEY_MEMBERS}
        if event["event_type"] == EventType.RECORD_CREATED:
            receipt = event["payload"].get("receipt")
            fingerprint, key_id = (_member(receipt, name) for name in KEY_MEMBERS[:2])
            if isinstance(fingerprint, str) and isinstance(key_id, str):
                key = (fingerprint, key_id, None, REGISTRY_SIGNER_TYPE)
                of_receipts[fingerprint] = dict(zip(KEY_MEMBERS, key, strict=True))
    keys = of_receipts | of_signers
    return tuple(keys[fingerprint] for fingerprint in sorted(keys))


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
