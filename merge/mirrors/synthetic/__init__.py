"""Synthetic mirrors: any number of signed bundles by the test registry, the same bytes every time.

    pithmerge mirror synthetic papers.ndjson.zst --count 100000 --seed 1
    pithmerge mirror synthetic a.tar b.parquet --count 1000 --flawed 0.01

A paper is drawn from a seed and its index alone, so any part of a registry can be made anywhere. Of
several targets each is a mirror: together they hold every paper, and any two of them share about a
third; what they share they have signed afresh (SPEC 3.4), and some of it one of them knows more of.
"""

import math
from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property, lru_cache, partial
from typing import Any, Final

from pithmerge.building import (
    Signer,
    build_bundle,
    build_event,
    build_record_created,
    number_of,
)
from pithmerge.canon import MAX_DOCUMENT_DEPTH, compact_json
from pithmerge.core.vocabulary import EventType
from pithmerge.crypto import Key, Keyring
from pithmerge.fixtures.signers import ARCHIVE, REGISTRY, keyring_of
from pithmerge.mirrors.running.engines import EngineError, LocalEngine, Lost
from pithmerge.mirrors.synthetic.papers import Draws, drawn_record, snapshot_payload

_PIECE: Final = 200
"""Bundles that a process makes at a time: some megabytes."""


class Flaw(StrEnum):
    """What can be wrong with a bundle of a registry."""

    CUT_SHORT = "cut short"
    """It ends in the middle: no JSON (SPEC 1.4)."""
    EVENT_CHANGED = "event changed"
    """An event was changed after it was signed (SPEC 5.1 content_hash_mismatch)."""
    EVENT_SIGNATURE = "event signature"
    """An event carries the signature of another one (SPEC 5.1 signature_invalid)."""
    STATE_CHANGED = "state changed"
    """The state is not the merge of the events (SPEC 10.1)."""
    BUNDLE_SIGNATURE = "bundle signature"
    """The bundle was changed after it was signed (SPEC 10.1)."""


class _Signer(Signer):
    """A signer that works out its public key once."""

    @cached_property
    def key(self) -> Key:
        """See `Signer.key`."""
        return super().key


def _signer(signer: Signer) -> _Signer:
    return _Signer(signer.seed, signer.key_id, signer.signer_id, signer.signer_type)


_REGISTRY: Final = _signer(REGISTRY)
_ARCHIVE: Final = _signer(ARCHIVE)


@lru_cache(maxsize=1)
def synthetic_keyring() -> Keyring:
    """Whom to trust for synthetic bundles: test keys, whose private halves are published."""
    return keyring_of(_REGISTRY.key, _ARCHIVE.key)


def synthetic_bundle(seed: int, index: int, *, mirror: int = 0, flaw: Flaw | None = None) -> bytes:
    """One signed bundle of about 14 KB, as the registry publishes them.

    Without a flaw it passes `pithmerge.verify_document` with `synthetic_keyring`.

    Args:
        seed: which registry.
        index: which paper of it, from 0.
        mirror: who publishes it. Mirror 0 knows the two events that every mirror knows; of the
            others some know of an event more.
        flaw: what is wrong with it.
    """
    draw = Draws(f"{seed}/{index}")
    title, abstract = f"{draw.text(9)} {index}", draw.text(120)
    record = drawn_record(draw, index, title, abstract)
    number, day = number_of(record), 1 + draw.below(28)
    created_at = f"2026-06-{day:02}T{draw.below(24):02}:{draw.below(60):02}:09Z"
    signed_at = f"2026-07-{1 + mirror % 28:02}T00:00:00Z"
    snapshot = partial(
        build_event,
        _REGISTRY,
        EventType.GRAPH_SNAPSHOT,
        pith_number=number,
        target="graph",
        signed_at=signed_at,
    )
    payload = snapshot_payload(record, title, abstract, draw.text(6))
    first = snapshot(payload=payload, created_at=created_at)
    events = [
        build_record_created(_REGISTRY, record, created_at=created_at, signed_at=signed_at),
        first,
    ]
    chance = Draws(f"{seed}/{index}/{mirror}").below(32) if mirror else 31
    if chance < 2:
        # Of these two one forks the graph where another mirror shows the first one alone.
        events.append(
            snapshot(
                payload={**payload, "verdict_id": f"verdict-{mirror}"},
                created_at=signed_at,
                supersedes=[first["event_id"]] if chance else [],
            )
        )
    elif chance < 8:
        events.append(
            build_event(
                _ARCHIVE,
                EventType.MIRROR_HINT,
                pith_number=number,
                target="mirror",
                payload={"url": f"https://mirror-{mirror}.example/{number}"},
                created_at=signed_at,
            )
        )
    bundle = build_bundle(events, _REGISTRY, built_at=signed_at, keyring=synthetic_keyring())
    if flaw is not None:
        _spoil(bundle, flaw)
    data = compact_json(bundle, max_depth=MAX_DOCUMENT_DEPTH)
    return data[: len(data) // 2] if flaw is Flaw.CUT_SHORT else data


def flaw_of(seed: int, index: int, *, share: float) -> Flaw | None:
    """What is wrong with a paper of a registry of which ``share`` (0 to 1) is flawed."""
    draw = Draws(f"{seed}/{index}/flaw")
    if draw.below(2**24) >= share * 2**24:
        return None
    return tuple(Flaw)[draw.below(len(Flaw))]


def is_held(seed: int, index: int, *, mirror: int, mirrors: int) -> bool:
    """Whether that mirror of so many holds the paper. Each paper is held by one at least."""
    return index % mirrors == mirror or Draws(f"{seed}/{index}/{mirror}/held").below(2) == 0


def synthetic_mirror(
    count: int,
    *,
    seed: int = 0,
    mirror: int = 0,
    mirrors: int = 1,
    flawed: float = 0.0,
    processes: int = 1,
) -> Iterator[tuple[str, bytes]]:
    """The documents of a registry, or of one of its mirrors, each with a file name.

    Args:
        count: how many papers all mirrors hold together.
        seed: which registry; those of two seeds share no paper.
        mirror, mirrors: which of how many mirrors.
        flawed: the share of papers, 0 to 1, whose bundle has a `Flaw`, the same in all mirrors.
        processes: how many make them; the documents do not depend on it.
    """
    make = partial(_piece, count, seed, mirror, mirrors, flawed)
    with LocalEngine(processes) as engine:
        for documents in engine.run_in_order(make, range(math.ceil(count / _PIECE))):
            if isinstance(documents, Lost):
                raise EngineError(
                    f"a piece of {_PIECE} bundles cannot be made: {documents.message}"
                )
            yield from documents


def _piece(
    count: int, seed: int, mirror: int, mirrors: int, flawed: float, piece: int
) -> list[tuple[str, bytes]]:
    indexes = range(piece * _PIECE, min((piece + 1) * _PIECE, count))
    return [
        (
            f"{index // 1000:05}/{index:08}.json",
            synthetic_bundle(seed, index, mirror=mirror, flaw=flaw_of(seed, index, share=flawed)),
        )
        for index in indexes
        if is_held(seed, index, mirror=mirror, mirrors=mirrors)
    ]


def _spoil(bundle: dict[str, Any], flaw: Flaw) -> None:
    record, snapshot = bundle["events"][:2]
    if flaw is Flaw.EVENT_CHANGED:
        snapshot["payload"] = {**snapshot["payload"], "verdict_id": "changed"}
    elif flaw is Flaw.EVENT_SIGNATURE:
        signature_b64 = record["signature"]["signature_b64"]
        snapshot["signature"] = {**snapshot["signature"], "signature_b64": signature_b64}
    elif flaw is Flaw.STATE_CHANGED:
        bundle["state"]["equivocation_count"] += 1
    elif flaw is Flaw.BUNDLE_SIGNATURE:
        bundle["built_at"] = "2026-08-01T00:00:00Z"
