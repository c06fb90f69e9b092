"""What drawn events are made of: signers and their keyring, records, payloads, aliases.

Small on purpose: few signers, targets and names, so that what is drawn collides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any, Final

from pithmerge.building import Signer, build_canonical_record, build_record_payload
from pithmerge.core.numbers import title_digest
from pithmerge.core.vocabulary import EventType
from pithmerge.crypto import REGISTRY_SIGNER_TYPE, Key, Keyring
from pithmerge.crypto.ed25519 import secret_key_of, sign_by
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.instants import BASES, OUTSIDE, WINDOW, instant_near
from pithmerge.drawn.values import (
    ASTRAL,
    BEYOND_SURROGATES,
    Json,
    json_object,
    scalar,
    text,
)


@dataclass(frozen=True, slots=True)
class _Known(Signer):
    """A signer whose keys are computed once."""

    @property
    def key(self) -> Key:
        """See `Signer.key`."""
        return _key_of(self)

    def _signature(self, message: bytes) -> bytes:
        return sign_by(_secret_key_of(self.seed), message)


@cache
def _key_of(signer: _Known) -> Key:
    return Signer(signer.seed, signer.key_id, signer.signer_id, signer.signer_type).key


_secret_key_of: Final = cache(secret_key_of)


def _signer(name: str, signer_id: str, signer_type: str) -> Signer:
    seed = sha256(f"pithmerge.strategies:{name}".encode()).digest()
    return _Known(seed, f"key-{name}", signer_id, signer_type)


REGISTRY: Final = _signer("registry", "registry.example", REGISTRY_SIGNER_TYPE)
WINDOWED_REGISTRY: Final = _signer("windowed", "second.example", REGISTRY_SIGNER_TYPE)
"""The one signer whose key has a validity window: `WINDOW`."""
AUTHOR: Final = _signer("author", f"author-{BEYOND_SURROGATES}", "author")
ROTATED_AUTHOR: Final = _signer("author-rotated", AUTHOR.signer_id, "author")
"""The same ``signer_id`` as `AUTHOR`, with another key."""
MIRROR: Final = _signer("mirror", f"author-{ASTRAL}", "mirror")
NAMESAKE: Final = _signer("namesake", REGISTRY.signer_id, "author")
"""The same ``signer_id`` as `REGISTRY`, with another key, and no registry."""
PREFIX: Final = _signer("prefix", "author-", "author")
"""Its ``signer_id`` is the beginning of others."""
STRANGER: Final = _signer("stranger", "stranger.example", REGISTRY_SIGNER_TYPE)
"""Not in the keyring."""

REGISTRY_SIGNERS: Final = (REGISTRY, WINDOWED_REGISTRY)
SIGNERS: Final = (REGISTRY, AUTHOR, MIRROR, ROTATED_AUTHOR, WINDOWED_REGISTRY, NAMESAKE, PREFIX)

EVENT_TARGETS: Final = {EventType.RECORD_CREATED: "record", EventType.GRAPH_SNAPSHOT: "graph"}
OTHER_TARGETS: Final = (f"target-{BEYOND_SURROGATES}", f"target-{ASTRAL}")
ODD_TARGETS: Final = (
    "target-",
    "Target-",
    "target-e\u0301",
    "target-é",
    "target-\x00",
    '"',
    "work",
)

# Some are the same to who folds case, or composes.
_KINDS: Final = (
    *("arxiv", BEYOND_SURROGATES, ASTRAL, "Arxiv", "arxiv_version", "doi", ""),
    *("arxiv", "ARXIV"),
)
_VALUES: Final = (
    *("2605.00001", "2605.00002", "", "é", "e\u0301", "É", "A", "a", "ß", "ss", "ﬁ", "fi"),
    *(BEYOND_SURROGATES, ASTRAL, BEYOND_SURROGATES, ASTRAL),
)
_NOTES: Final[tuple[Any, ...]] = (
    1,
    1.0,
    True,
    "1",
    None,
    10,
    9,
    1e16,
    10**16,
    2**64,
    [],
    {},
    {"b": 1, "a": 2},
)
BYTES_OF_RECORD: Final = 24
BYTES_OF_ALIASES: Final = 104
_MOST_ALIASES: Final = 8


def key_of(signer: Signer, valid_from: str | None = None, valid_until: str | None = None) -> Key:
    """The key of one of the signers, with a window."""
    key = signer.key
    return Key(key.public_key, key.key_id, key.signer_id, key.signer_type, valid_from, valid_until)


@cache
def keyring_for_tests() -> Keyring:
    """The keyring that knows `SIGNERS`, the windowed one within `WINDOW`; not the stranger."""
    return Keyring(
        tuple(key_of(one, *(WINDOW if one == WINDOWED_REGISTRY else ())) for one in SIGNERS)
    )


_IDS: Final[tuple[Any, ...]] = ("2605.00001", "hep-lat/0305021", 2605.1, True, "2605.00001", "É/É")
_VERSIONS: Final[tuple[Any, ...]] = (1, 18, 1.0, "2", True, None, 10**20, 1e16)
_SUBMITTED: Final = ("2026-05-18T09:30:00Z", "2016-12-31", "1999", "0001-01-01T00:00:00Z")


def record_of(choices: Choices) -> Json:
    """A canonical record (SPEC 2.2), also with ids and versions that are no strings (2.4)."""
    record = build_canonical_record(
        arxiv_id=choices.pick(_IDS),
        version=choices.pick(_VERSIONS),
        submitted_at=choices.pick(_SUBMITTED),
        primary_cat="cs.LO",
        title_canon_sha256=title_digest(text(choices)),
        abstract_canon_sha256="0" * 64,
    )
    return {**json_object(choices), **record}


def payload_of(
    event_type: str, members: Json, canonical_record: Mapping[str, Any], receipt_signer: Signer
) -> Json:
    """The payload of an event type that holds ``members`` where the rules leave it free."""
    if event_type == EventType.RECORD_CREATED:
        payload = build_record_payload(canonical_record, receipt_signer, signed_at=OUTSIDE[1])
        return {**members, **payload}
    if event_type == EventType.GRAPH_SNAPSHOT:
        return {**members, "graph_snapshot": members, "verdict_id": None}
    return dict(members)


def aliases_of(choices: Choices) -> list[Json] | None:
    """Aliases, of `BYTES_OF_ALIASES`: None, empty, or a few that differ in one member mostly."""
    form = choices.below(16)
    if form < 2:
        return [] if form else None
    if form < 8:
        return None
    base = choices.pick(BASES)
    return [_alias(choices, base) for _ in range(1 + choices.below(_MOST_ALIASES))]


def _alias(choices: Choices, base: str) -> Json:
    created_at = instant_near(base, choices)
    which, other = choices.below(8), choices.below(256)
    alias: Json = {
        "alias_kind": _KINDS[other % len(_KINDS)] if which in (1, 5) else _KINDS[1],
        "alias_value": _VALUES[other % len(_VALUES)] if which in (2, 5) else _VALUES[0],
        "created_at": text(choices) if choices.once_in(8) else created_at,
    }
    if which in (3, 4, 6, 7):
        # The one is digested before the other three members, the other after them.
        name = "a" if which > 4 else "note"
        alias[name] = scalar(choices) if which == 4 else _NOTES[other % len(_NOTES)]
    return alias
