"""What `pithmerge.strategies` draws events from: signers, dates, JSON values, records, payloads.

Small on purpose: few signers, dates, targets and names, so that what is drawn collides.
"""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any, Final

from hypothesis import strategies as st

from pithmerge.building import Signer, build_canonical_record, build_record_payload
from pithmerge.core.numbers import title_digest
from pithmerge.core.vocabulary import EventType
from pithmerge.crypto import REGISTRY_SIGNER_TYPE, Keyring

Json = dict[str, Any]

BEYOND_SURROGATES: Final = "\uffee"
ASTRAL: Final = "\U00010400"
"""By code point after `BEYOND_SURROGATES`, by UTF-16 unit before it: sorting shows (SPEC 1.1)."""


def _signer(name: str, signer_id: str, signer_type: str) -> Signer:
    seed = sha256(f"pithmerge.strategies:{name}".encode()).digest()
    return Signer(seed, f"key-{name}", signer_id, signer_type)


REGISTRY: Final = _signer("registry", "registry.example", REGISTRY_SIGNER_TYPE)
WINDOWED_REGISTRY: Final = _signer("windowed", "second.example", REGISTRY_SIGNER_TYPE)
"""The one signer whose key has a validity window: `WINDOW`."""
AUTHOR: Final = _signer("author", f"author-{BEYOND_SURROGATES}", "author")
ROTATED_AUTHOR: Final = _signer("author-rotated", AUTHOR.signer_id, "author")
"""The same ``signer_id`` as `AUTHOR`, with another key."""
MIRROR: Final = _signer("mirror", f"author-{ASTRAL}", "mirror")
STRANGER: Final = _signer("stranger", "stranger.example", REGISTRY_SIGNER_TYPE)
"""Not in the keyring."""

REGISTRY_SIGNERS: Final = (REGISTRY, WINDOWED_REGISTRY)
SIGNERS: Final = (REGISTRY, AUTHOR, MIRROR, ROTATED_AUTHOR, WINDOWED_REGISTRY)

WINDOW: Final = ("2026-05-20T00:00:00Z", "2026-05-21T23:59:59Z")
OUTSIDE: Final = ("2026-05-19T23:59:59Z", "2026-05-22T00:00:00Z")
"""The seconds before and after `WINDOW`."""

EVENT_TARGETS: Final = {EventType.RECORD_CREATED: "record", EventType.GRAPH_SNAPSHOT: "graph"}
OTHER_TARGETS: Final = (f"target-{BEYOND_SURROGATES}", f"target-{ASTRAL}")

_TEXTS: Final = (
    *("", "a", "b", "aa", " ", "1", '"', "\\", "/", "\n", "\x00", "\x1f", "\x7f", "<&>"),
    *("é", "e\u0301", "\u2028", "\ue000", BEYOND_SURROGATES, ASTRAL, f"a{BEYOND_SURROGATES}"),
    *(f"a{ASTRAL}", "\uffff", "\U0010ffff", "İ", "ﬁ"),
)
_INTEGERS: Final = (0, 1, -1, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**40)
_FLOATS: Final = (0.0, -0.0, 1.0, 0.1, 1e-4, 1e-5, 1.5e-7, 1e-9, 5e-324, 1e15, 1e16, 1e22, 1e300)


@cache
def keyring_for_tests() -> Keyring:
    """The keyring that knows `SIGNERS`, the windowed one within `WINDOW`; not the stranger."""
    keyring = Keyring.empty()
    for signer in SIGNERS:
        valid_from, valid_until = WINDOW if signer == WINDOWED_REGISTRY else (None, None)
        keyring = keyring.with_key(
            signer.key.public_key,
            key_id=signer.key_id,
            signer_id=signer.signer_id,
            signer_type=signer.signer_type,
            valid_from=valid_from,
            valid_until=valid_until,
        )
    return keyring


def signers() -> st.SearchStrategy[Signer]:
    """A signer whom `keyring_for_tests` knows."""
    return st.sampled_from(SIGNERS)


@cache
def texts() -> st.SearchStrategy[str]:
    """Short strings: escapes, combining marks, and characters that UTF-16 sorts otherwise."""
    return st.sampled_from(_TEXTS)


@cache
def scalars() -> st.SearchStrategy[Any]:
    """JSON values without members: numbers as SPEC 1.3 fears them, too."""
    return st.one_of(
        st.sampled_from((None, False, True)),
        texts(),
        st.sampled_from((*_INTEGERS, *_FLOATS)),
        st.floats(allow_nan=False, allow_infinity=False),
    )


@cache
def objects() -> st.SearchStrategy[Json]:
    """JSON objects of at most two members and three levels."""
    flat = st.dictionaries(texts(), scalars(), max_size=2)
    inner = st.one_of(scalars(), flat, st.lists(st.one_of(scalars(), flat), max_size=2))
    return st.dictionaries(texts(), inner, max_size=2)


@st.composite
def canonical_records(draw: st.DrawFn) -> Json:
    """A ``canonical_record`` (SPEC 2.2), also with ids and versions that are no strings (2.4)."""
    ids: tuple[Any, ...] = ("2605.00001", "hep-lat/0305021", 2605.1, True)
    versions: tuple[Any, ...] = (1, 18, 1.0, "2", True, None, 10**20)
    record = build_canonical_record(
        arxiv_id=draw(st.sampled_from(ids)),
        version=draw(st.sampled_from(versions)),
        submitted_at=draw(st.sampled_from(("2026-05-18T09:30:00Z", "2016-12-31", "1999"))),
        primary_cat="cs.LO",
        title_canon_sha256=title_digest(draw(texts())),
        abstract_canon_sha256="0" * 64,
    )
    return {**draw(objects()), **record}


@st.composite
def payloads(
    draw: st.DrawFn, event_type: str, *, canonical_record: Mapping[str, Any] | None = None
) -> Json:
    """A payload that the rows of SPEC 5.1 about payloads pass for that event type.

    Args:
        event_type: one of `pithmerge.EventType`.
        canonical_record: what a ``record_created`` creates; None draws one.
    """
    if event_type == EventType.RECORD_CREATED and canonical_record is None:
        canonical_record = draw(canonical_records())
    signer = draw(st.sampled_from(REGISTRY_SIGNERS))
    return payload_of(event_type, draw(objects()), canonical_record or {}, signer)


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


@cache
def alias_lists() -> st.SearchStrategy[list[Json] | None]:
    """``source_aliases``: None, empty, or a few that repeat names with other dates (SPEC 8.6)."""
    aliases = st.fixed_dictionaries(
        {
            "alias_kind": st.sampled_from(("arxiv", BEYOND_SURROGATES, ASTRAL)),
            "alias_value": st.sampled_from(("2605.00001", "")),
            "created_at": st.sampled_from((WINDOW[0], "")),
        },
        optional={"note": scalars()},
    )
    return st.one_of(st.none(), st.lists(aliases, max_size=8))
