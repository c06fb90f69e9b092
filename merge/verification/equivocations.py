"""The equivocations that a report names, and why events of a document are rejected (SPEC 5.1, 7).

Of a bundle and a list of events they come out of a merge of the document's own events. A lone state
is asked what it states, which is marked as a claim.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from pithmerge.accusations import equivocation_words, proof_words
from pithmerge.core.equivocation import Equivocation, EquivocationKind
from pithmerge.core.rules import Rules
from pithmerge.core.vocabulary import EQUIVOCATION_MEMBERS
from pithmerge.documents import Document
from pithmerge.verification.values import bounded

_LISTED: Final = 1000
"""Ids of one equivocation that a JSON report lists."""


class NamedEquivocation(msgspec.Struct, frozen=True):
    """An equivocation that a report names.

    Attributes:
        pith_number: of the paper; None if the document names none.
        entry: who, and which events (SPEC 7.2).
        is_claim: whether a lone state says so, whose events nobody sees; otherwise it came out of a
            merge of signed events.
    """

    pith_number: str | None
    entry: Equivocation
    is_claim: bool

    @property
    def message(self) -> str:
        """It in words."""
        words = equivocation_words(self.entry)
        return (
            f"{words} (the state says so; it does not show the events)" if self.is_claim else words
        )

    @property
    def proof(self) -> str:
        """What it is in evidence: a sentence (SPEC 11.8)."""
        return proof_words(self.entry, str(self.pith_number))

    def to_dict(self) -> dict[str, Any]:
        """It as a JSON value: the members of SPEC 7.2, of very many ids the first, with the paper's
        number, how many events there are, and what `message` says."""
        entry = self.entry
        return {
            "pith_number": bounded(self.pith_number),
            "kind": str(entry.kind),
            "signer_id": bounded(entry.signer_id),
            "event_type": bounded(entry.event_type),
            "target": bounded(entry.target),
            "position": bounded(entry.position),
            "event_ids": [bounded(each) for each in entry.event_ids[:_LISTED]],
            "event_count": len(entry.event_ids),
            "claim": self.is_claim,
            "message": self.message,
        }


def claimed_equivocations(document: Document) -> Iterator[NamedEquivocation]:
    """The equivocations that a lone state states, of the form that SPEC 7.2 gives them."""
    for entry in _objects_of(document, "equivocations"):
        stated = _entry_of(entry)
        if stated is not None:
            yield NamedEquivocation(document.pith_number, stated, True)


def _objects_of(document: Document, name: str) -> Iterator[dict[str, Any]]:
    entries = document.value.get(name)
    if isinstance(entries, list):
        yield from (entry for entry in entries if isinstance(entry, dict))


def _entry_of(entry: dict[str, Any]) -> Equivocation | None:
    kind, signer_id, event_type, target, position, ids = map(entry.get, EQUIVOCATION_MEMBERS)
    if kind not in list(EquivocationKind) or not isinstance(kind, str):
        return None
    if not (isinstance(signer_id, str) and isinstance(event_type, str) and isinstance(target, str)):
        return None
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        return None
    if not (position is None or isinstance(position, str)):
        return None
    return Equivocation(EquivocationKind(kind), signer_id, event_type, target, position, tuple(ids))


def claimed_reasons(document: Document) -> Iterator[str]:
    """The reasons for which a lone state says that events were rejected, one an event."""
    for entry in _objects_of(document, "invalid_events"):
        reason = entry.get("reason")
        if isinstance(reason, str) and reason in document.rules.reasons:
            yield reason


def counted_reasons(reasons: Iterable[str], rules: Rules) -> tuple[tuple[str, int], ...]:
    """How many events were rejected for each reason, in the order of SPEC 5.1."""
    counts = Counter(map(str, reasons))
    if not counts:
        return ()
    return tuple((reason, counts[reason]) for reason in map(str, rules.reasons) if counts[reason])
