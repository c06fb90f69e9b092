"""Checks of graph snapshots: of this record, true to it and to themselves (SPEC 2.5 to 2.8)."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Final

import msgspec

from pithmerge.canon import sha256_hex
from pithmerge.core.numbers import abstract_digest, title_digest
from pithmerge.crypto.instants import in_whole_seconds
from pithmerge.documents import Document
from pithmerge.verification.findings import finding_checks
from pithmerge.verification.report import (
    Check,
    Outcome,
    at,
    compared,
    differing,
    not_checkable,
    settled,
)

_EMPTY_SECTION: Final[dict[str, Callable[[Any], bool]]] = {
    "claims": lambda section: at(section, "count") == 0 and at(section, "items") in ([], None),
    "references": lambda section: at(section, "count") == 0 and at(section, "sample") in ([], None),
    "formal_canon": lambda section: at(section, "evidence_count") == 0,
    "author_claims": lambda section: at(section, "count") == 0,
}
"""Sections whose digest is known only while they are empty (SPEC 2.6), and when they are."""


class RecordFacts:
    """What the snapshots of a record are compared with, made once however many there are.

    Args:
        document: where the record stands.
        record: the canonical record, of any form.
    """

    def __init__(self, document: Document, record: Any) -> None:
        self._document = document
        self.source = at(record, "source")
        metadata = at(record, "metadata")
        self.metadata: dict[str, Any] = metadata if isinstance(metadata, dict) else {}

    @cached_property
    def source_json(self) -> bytes:
        """The canonical bytes of the record's source."""
        return self._document.canonical(self.source)


def snapshot_checks(
    document: Document, snapshot: Any, where: str, record: RecordFacts, *, signed: bool = False
) -> Iterator[Check]:
    """The rows of a graph snapshot.

    Args:
        document: the document.
        snapshot: the ``graph_snapshot``.
        where: its path.
        record: what is known of the record that it is about.
        signed: whether its signer said so, so that what contradicts the record is signed as well.
    """
    if not isinstance(snapshot, dict):
        return
    yield from _source(document, snapshot, where, record)
    paper = snapshot.get("paper")
    yield from _texts(paper, f"{where}.paper", record.metadata, signed=signed)
    if isinstance(paper, dict):
        yield from _metadata(paper, f"{where}.paper", record.metadata, signed=signed)
    yield from _claims(snapshot.get("claims"), f"{where}.claims")
    yield from finding_checks(snapshot.get("integrity"), f"{where}.integrity")
    for name in (*_EMPTY_SECTION, "integrity"):
        section = snapshot.get(name)
        if isinstance(section, dict) and "snapshot_sha256" in section:
            yield _section_check(document, f"{where}.{name}.snapshot_sha256", name, section)


def _source(
    document: Document, snapshot: dict[str, Any], where: str, record: RecordFacts
) -> Iterator[Check]:
    what = f"{where}.source"
    if "source" in snapshot and record.source is None:
        yield not_checkable(what, "SPEC 10.1", "there is no record to compare it with")
    elif "source" in snapshot:
        stated = snapshot["source"]
        if record.source_json == document.canonical(stated):
            yield settled(what, "SPEC 10.1", None)
        elif stated is None:
            yield Check(what, "SPEC 10.1", Outcome.FAILED, record.source, None, "it is missing")
        else:
            yield differing(what, "SPEC 10.1", record.source, stated, ordered=False)


def _texts(paper: Any, where: str, metadata: dict[str, Any], *, signed: bool) -> Iterator[Check]:
    """Title and abstract against their digests (SPEC 2.5)."""
    title, claimed = at(paper, "title"), metadata.get("title_canon_sha256")
    if claimed is not None and title is not None:
        what = f"{where}.title (title_canon_sha256)"
        if isinstance(title, str):
            row = compared(what, "SPEC 2.5", title_digest(title), claimed)
            contradicts = signed and row.outcome is Outcome.FAILED
            yield msgspec.structs.replace(row, why=_CONTRADICTION) if contradicts else row
        else:
            yield settled(what, "SPEC 2.5", "the title is no string")
    excerpt, claimed = at(paper, "abstract_excerpt"), metadata.get("abstract_canon_sha256")
    if claimed is not None:
        what = f"{where}.abstract_excerpt (abstract_canon_sha256)"
        if isinstance(excerpt, str) and abstract_digest(excerpt) == claimed:
            yield Check(what, "SPEC 2.5", Outcome.OK, claimed, claimed)
        else:
            why = "it is missing" if excerpt is None else "it is not, or not all of, the abstract"
            yield not_checkable(what, "SPEC 2.5", why, claimed)


def _metadata(
    paper: dict[str, Any], where: str, metadata: dict[str, Any], *, signed: bool
) -> Iterator[Check]:
    """What ``paper`` repeats of the record's metadata (SPEC 2.8)."""
    for name, of_record, agreement in _REPEATED:
        if name not in paper or of_record not in metadata:
            continue
        what, said, stated = f"{where}.{name} ({of_record})", paper[name], metadata[of_record]
        agrees = agreement(said, stated)
        if agrees is None:
            yield not_checkable(what, "SPEC 2.8", "no rule compares values of this form", said)
        elif agrees:
            yield Check(what, "SPEC 2.8", Outcome.OK, stated, said)
        else:
            why = "it contradicts the record, which its receipt signs"
            if signed:
                why = _CONTRADICTION
            yield Check(what, "SPEC 2.8", Outcome.FAILED, stated, said, why)


def _same_license(said: Any, stated: Any) -> bool | None:
    """Where there is none, the record has ``""``."""
    return _same_text("" if said is None else said, "" if stated is None else stated)


def _same_text(said: Any, stated: Any) -> bool | None:
    return said == stated if isinstance(said, str) and isinstance(stated, str) else None


def _same_instant(said: Any, stated: Any) -> bool | None:
    return _same_text(in_whole_seconds(said), in_whole_seconds(stated))


def _same_set(said: Any, stated: Any) -> bool | None:
    for each in (said, stated):
        if not isinstance(each, list) or not all(isinstance(text, str) for text in each):
            return None
    if set(said) != set(stated):
        return False
    return True if len(said) == len(set(said)) else None


_CONTRADICTION: Final = (
    "two signed statements contradict each other: the record's and the snapshot's"
)

_REPEATED: Final[tuple[tuple[str, str, Callable[[Any, Any], bool | None]], ...]] = (
    ("license", "license", _same_license),
    ("primary_cat", "primary_cat", _same_text),
    ("cross_cats", "cross_cats_sorted", _same_set),
    ("submitted_at", "submitted_at", _same_instant),
)
"""Members of ``paper``, the record's members that they repeat, and when the two agree: None if the
values are of no form that was ever seen."""


def _claims(section: Any, where: str) -> Iterator[Check]:
    """``claims.count`` against its items (SPEC 2.6)."""
    count, items = at(section, "count"), at(section, "items")
    what = f"{where}.count"
    if type(count) is int and isinstance(items, list):
        yield compared(what, "SPEC 2.6", len(items), count)
    elif count is not None:
        yield not_checkable(what, "SPEC 2.6", "there is no list of items to count", count)


def _section_check(document: Document, what: str, name: str, section: dict[str, Any]) -> Check:
    """The digest of a section (SPEC 2.6)."""
    if name == "integrity":
        payload: Any = {
            "detectors": section.get("detectors_run"),
            "findings": section.get("findings"),
        }
    elif _EMPTY_SECTION[name](section):
        payload = []
    else:
        return not_checkable(
            what,
            "SPEC 2.6",
            "what is digested of a section that is not empty is unpublished",
            section["snapshot_sha256"],
        )
    computed = sha256_hex(document.canonical({"payload": payload}))
    return compared(what, "SPEC 2.6", computed, section["snapshot_sha256"])
