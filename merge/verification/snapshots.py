"""Checks of graph snapshots: of this record, true to it and to themselves (SPEC 2.5 to 2.8)."""

from collections.abc import Callable
from typing import Any, Final

from pithmerge.canon import JsonValue, sha256_hex
from pithmerge.canon.values import alike, object_of
from pithmerge.core.numbers import abstract_digest, title_digest
from pithmerge.crypto.instants import in_whole_seconds
from pithmerge.verification.findings import finding_checks
from pithmerge.verification.readers import Reader
from pithmerge.verification.rows import agree, at

_EMPTY_SECTION: Final[dict[str, Callable[[Any], bool]]] = {
    "claims": lambda section: _none(section, "count") and at(section, "items") in ([], None),
    "references": lambda section: _none(section, "count") and at(section, "sample") in ([], None),
    "formal_canon": lambda section: _none(section, "evidence_count"),
    "author_claims": lambda section: _none(section, "count"),
}
"""Sections whose digest is known only while they are empty (SPEC 2.6), and when they are."""


def _none(section: Any, name: str) -> bool:
    """Whether a section counts nothing: the integer 0, no float and no false."""
    return type(count := at(section, name)) is int and count == 0


class RecordFacts:
    """What the snapshots of a record are compared with, made once however many there are.

    Args:
        record: the canonical record, of any form.
    """

    def __init__(self, record: Any) -> None:
        self.source = at(record, "source")
        metadata = at(record, "metadata")
        self.metadata: dict[str, Any] = metadata if isinstance(metadata, dict) else {}


def snapshot_checks(
    reader: Reader, json: JsonValue, where: str, record: RecordFacts, *, signed: bool = False
) -> None:
    """What a graph snapshot states.

    Args:
        reader: who is told.
        json: the ``graph_snapshot``, of any form.
        where: its path.
        record: what is known of the record that it is about.
        signed: whether its signer said so, so that what contradicts the record is signed as well.
    """
    snapshot = json.value
    if not isinstance(snapshot, dict):
        return
    _source(reader, snapshot, where, record)
    paper = snapshot.get("paper")
    if record.metadata:
        of_paper = f"{where}.paper"
        _texts(reader, paper, of_paper, record.metadata, signed=signed)
        if isinstance(paper, dict):
            _metadata(reader, paper, of_paper, record.metadata, signed=signed)
    _claims(reader, snapshot.get("claims"), f"{where}.claims")
    finding_checks(reader, snapshot.get("integrity"), f"{where}.integrity")
    for name in (*_EMPTY_SECTION, "integrity"):
        section = snapshot.get(name)
        if isinstance(section, dict) and "snapshot_sha256" in section:
            _section(reader, json, where, name, section)


def _source(reader: Reader, snapshot: dict[str, Any], where: str, record: RecordFacts) -> None:
    name, rule = ".source", "SPEC 10.1"
    if "source" not in snapshot:
        return
    stated = snapshot["source"]
    if record.source is None:
        reader.unknown(where, name, rule, "there is no record to compare it with")
    elif alike(record.source, stated):
        reader.holds(where, name, rule)
    elif stated is None:
        reader.fails(where, name, rule, record.source, None, "it is missing")
    else:
        reader.differs(where, name, rule, record.source, stated, ordered=False)


def _texts(
    reader: Reader, paper: Any, where: str, metadata: dict[str, Any], *, signed: bool
) -> None:
    """Title and abstract against their digests (SPEC 2.5)."""
    title, claimed = at(paper, "title"), metadata.get("title_canon_sha256")
    if claimed is not None and title is not None:
        name = ".title (title_canon_sha256)"
        if not isinstance(title, str):
            reader.settled(where, name, "SPEC 2.5", "the title is no string")
        elif agree(computed := title_digest(title), claimed) or not signed:
            reader.compared(where, name, "SPEC 2.5", computed, claimed)
        else:
            reader.fails(where, name, "SPEC 2.5", computed, claimed, _CONTRADICTION)
    excerpt, claimed = at(paper, "abstract_excerpt"), metadata.get("abstract_canon_sha256")
    if claimed is not None:
        name = ".abstract_excerpt (abstract_canon_sha256)"
        if isinstance(excerpt, str) and abstract_digest(excerpt) == claimed:
            reader.holds(where, name, "SPEC 2.5", claimed, claimed)
        else:
            why = "it is missing" if excerpt is None else "it is not, or not all of, the abstract"
            reader.unknown(where, name, "SPEC 2.5", why, claimed)


def _metadata(
    reader: Reader, paper: dict[str, Any], where: str, metadata: dict[str, Any], *, signed: bool
) -> None:
    """What ``paper`` repeats of the record's metadata (SPEC 2.8)."""
    for name, of_record, agreement in _REPEATED:
        if name not in paper or of_record not in metadata:
            continue
        what, said, stated = f".{name} ({of_record})", paper[name], metadata[of_record]
        agrees = agreement(said, stated)
        if agrees is None:
            why = "no rule compares values of this form"
            reader.unknown(where, what, "SPEC 2.8", why, said)
        elif agrees:
            reader.holds(where, what, "SPEC 2.8", stated, said)
        else:
            why = "it contradicts the record, which its receipt signs"
            if signed:
                why = _CONTRADICTION
            reader.fails(where, what, "SPEC 2.8", stated, said, why)


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


def _claims(reader: Reader, section: Any, where: str) -> None:
    """``claims.count`` against its items (SPEC 2.6)."""
    count, items = at(section, "count"), at(section, "items")
    if type(count) is int and isinstance(items, list):
        reader.compared(where, ".count", "SPEC 2.6", len(items), count)
    elif count is not None:
        reader.unknown(where, ".count", "SPEC 2.6", "there is no list of items to count", count)


_OF_EMPTY: Final = sha256_hex(b'{"payload":[]}')
"""The digest of every section that is empty, but for ``integrity`` (SPEC 2.6)."""


def _section(
    reader: Reader, snapshot: JsonValue, where: str, name: str, section: dict[str, Any]
) -> None:
    """The digest of a section (SPEC 2.6)."""
    what, stated = f".{name}.snapshot_sha256", section["snapshot_sha256"]
    if name == "integrity":
        digested = {
            "detectors": snapshot.member(name, "detectors_run"),
            "findings": snapshot.member(name, "findings"),
        }
        computed = sha256_hex(object_of({"payload": object_of(digested)}).canonical())
        reader.compared(where, what, "SPEC 2.6", computed, stated)
    elif _EMPTY_SECTION[name](section):
        reader.compared(where, what, "SPEC 2.6", _OF_EMPTY, stated)
    else:
        why = "what is digested of a section that is not empty is unpublished"
        reader.unknown(where, what, "SPEC 2.6", why, stated)
