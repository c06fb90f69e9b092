"""Evidence: what proves equivocations to whoever has nothing but the keys they trust (SPEC 11).

What is gathered here is checked in `pithmerge.verification.evidence`.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pithmerge.accusations import proof_words
from pithmerge.answers.evidence_bytes import Found, Sources
from pithmerge.answers.gathering import gather
from pithmerge.answers.papers import GivenEvent, Paper
from pithmerge.canon import digest, read_json
from pithmerge.core.equivocation import Equivocation
from pithmerge.core.numbers import is_pith_number
from pithmerge.core.vocabulary import EVIDENCE_TYPE
from pithmerge.crypto import Keyring
from pithmerge.crypto.encoding import encode_base64
from pithmerge.documents import Document, Source, document_given
from pithmerge.errors import MergeError
from pithmerge.evidence_form import EVIDENCE_VERSION, keys_needed, needed_events
from pithmerge.showing import brief, visible

_NAMED: Final = 5
"""Papers that a refusal names."""
_SHOWN: Final = 80
_ONE: Final = (Document, bytes, bytearray, memoryview, str, os.PathLike, Mapping)
"""What may be gone through, and is one document or none."""


@dataclass(frozen=True)
class EvidenceEvent:
    """An event that the proof rests on.

    Attributes:
        event_id: its identity.
        data: its bytes as they stood in the first document of ``found`` (SPEC 11.2).
        found: where copies of it stand that are valid by themselves, sorted (SPEC 11.4).
    """

    event_id: str
    data: bytes = field(repr=False)
    found: tuple[Found, ...] = field(repr=False)


@dataclass(frozen=True, repr=False)
class Evidence:
    """All equivocations of a paper among some documents, and what proves them; frozen.

    Attributes:
        pith_number: of the paper.
        merge_version: by whose rules the events conflict.
        equivocations: as in the paper's state (SPEC 7.2); not empty.
        events: those in conflict and their chains, sorted by identity (SPEC 11.3).
        keys: whose keys it takes to check it, as the events say (SPEC 11.5).
    """

    pith_number: str
    merge_version: str
    equivocations: tuple[Equivocation, ...]
    events: tuple[EvidenceEvent, ...]
    keys: tuple[Mapping[str, str | None], ...]

    @property
    def proven(self) -> tuple[str, ...]:
        """What it proves, a sentence an equivocation (SPEC 11.8)."""
        return tuple(proof_words(entry, self.pith_number) for entry in self.equivocations)

    @property
    def evidence_sha256(self) -> str:
        """The digest of the file without this member (SPEC 11.6)."""
        return digest(self._members())

    def to_dict(self) -> dict[str, Any]:
        """The file as a JSON value, fresh for every caller (SPEC 11.1)."""
        members = self._members()
        return {**members, "evidence_sha256": digest(members)}

    def to_json(self) -> bytes:
        """The file: indented JSON in which nothing acts on a terminal. The same for the same
        documents by the same names (SPEC 11.9)."""
        text = json.dumps(self.to_dict(), indent=2, ensure_ascii=False)
        return visible(text.encode()) + b"\n"

    def __repr__(self) -> str:
        """Short: what is proven, of which paper, by how much."""
        count = len(self.equivocations)
        entries = f"{count:,} equivocation{'' if count == 1 else 's'}"
        return f"<Evidence of {entries} of {self.pith_number}: {len(self.events):,} events>"

    def _members(self) -> dict[str, Any]:
        return {
            "evidence_type": EVIDENCE_TYPE,
            "evidence_version": EVIDENCE_VERSION,
            "merge_version": self.merge_version,
            "pith_number": self.pith_number,
            "equivocations": [entry.to_dict() for entry in self.equivocations],
            "events": [
                {
                    "event_b64": encode_base64(event.data),
                    "found": [each._asdict() for each in event.found],
                }
                for event in self.events
            ],
            "keys": [dict(key) for key in self.keys],
        }


def evidence(
    documents: Document | Source | Iterable[Document | Source],
    keyring: Keyring = Keyring.default(),  # noqa: B008 - immutable
    *,
    pith_number: str | None = None,
) -> Evidence | None:
    """What proves the equivocations among the signed events of some documents (SPEC 11).

        found = evidence(["mirror-a/bundle.json", "mirror-b/bundle.json"])
        if found is not None:
            Path("evidence.json").write_bytes(found.to_json())

    Args:
        documents: a path, a document's bytes, what `pithmerge.load_document` gave, or a list of
            these, in any order. Their events are united, paper by paper.
        keyring: whom to trust.
        pith_number: the paper's; None for the only one that has equivocations.

    Returns:
        None if there are no equivocations.

    Raises:
        DocumentError: a document cannot be read, is none, or was not read from bytes.
        KeyringError: the keyring is none.
        MergeError: several papers have equivocations, and evidence is about one; a document can
            hold no events; or ``pith_number`` is none.
        PithmergeError: the events of a document cannot be had.
    """
    if pith_number is not None and not is_pith_number(pith_number):
        raise MergeError(
            f"{brief(pith_number, _SHOWN)} is no Pith Number: write it as pith:YYYY: and 26 "
            "characters of A-Z2-7"
        )
    papers = papers_with_equivocations(gather(_documents(documents), keyring), pith_number)
    if len(papers) > 1:
        raise MergeError(f"{several(papers)}: evidence is about one: give its pith_number")
    return evidence_of(papers[0]) if papers else None


def _documents(given: Any) -> Iterator[Document]:
    several = isinstance(given, Iterable) and not isinstance(given, _ONE)
    for source in given if several else (given,):
        yield source if isinstance(source, Document) else document_given(source, "evidence")


def papers_with_equivocations(
    papers: Iterable[Paper], pith_number: str | None = None
) -> list[Paper]:
    """Those whose signed events equivocate.

    Args:
        papers: of a gathering.
        pith_number: leave out all others; None for none.
    """
    return [
        paper
        for paper in papers
        if paper.signatures_verified
        and pith_number in (None, paper.pith_number)
        and _equivocations_of(paper)
    ]


def _equivocations_of(paper: Paper) -> tuple[Equivocation, ...]:
    """Whatever is the matter with the aliases of the paper: evidence rests on none."""
    state = paper._facts
    return () if state is None else state.equivocations


def several(papers: Iterable[Paper]) -> str:
    """That these papers have equivocations, the first of them named."""
    numbers = [str(paper.pith_number) for paper in papers]
    named = ", ".join(numbers[:_NAMED])
    more = f" and {len(numbers) - _NAMED:,} more" if len(numbers) > _NAMED else ""
    return f"there are equivocations of {len(numbers):,} papers, {named}{more}"


def evidence_of(paper: Paper) -> Evidence:
    """What proves the equivocations of a paper that has some.

    Raises:
        MergeError: it has none.
        DocumentError: a document was not read from bytes.
    """
    if not papers_with_equivocations([paper]):
        raise MergeError(f"{paper.pith_number}: there are no equivocations to prove")
    state = paper._facts
    assert state is not None
    sources = Sources()
    valid = {event.event_id: event.prev_event for event in state.applied_events}
    needed = sorted(needed_events(state.equivocations, valid))
    events = tuple(_evidence_event(paper.copies[event_id], sources) for event_id in needed)
    return Evidence(
        state.pith_number,
        paper.rules.merge_version,
        state.equivocations,
        events,
        keys_needed(read_json(event.data) for event in events),
    )


def _evidence_event(copies: Iterable[GivenEvent], sources: Sources) -> EvidenceEvent:
    """An event with the bytes of the copy that is found first (SPEC 11.4)."""
    sound = [each for each in copies if each.signed and each.verdict.event is not None]
    placed = sorted(((sources.found(each), each) for each in sound), key=lambda item: item[0])
    found = tuple(dict.fromkeys(where for where, _ in placed))
    return EvidenceEvent(placed[0][1].identity, sources.bytes_of(placed[0][1]), found)
