"""Checks of names: digests, numbers, aliases, titles, sections (SPEC 2)."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from pithmerge.canon import sha256_hex
from pithmerge.core.numbers import alias_values, pith_number_of, short_pith_number, title_digest
from pithmerge.documents import Document, in_whole_seconds
from pithmerge.verification.report import Check, at, compared, not_checkable, settled

SHORT_ALIASES_SINCE: Final = "2026-05-18T12:25:00Z"
"""Since when numbers get their ``pith_short_*`` aliases at once (SPEC 2.4)."""

_EMPTY_SECTION: Final[dict[str, Callable[[Any], bool]]] = {
    "claims": lambda section: at(section, "count") == 0 and at(section, "items") in ([], None),
    "references": lambda section: at(section, "count") == 0 and at(section, "sample") in ([], None),
    "formal_canon": lambda section: at(section, "evidence_count") == 0,
    "author_claims": lambda section: at(section, "count") == 0,
}
"""Sections whose digest is known only while they are empty (SPEC 2.6), and when they are."""


def record_checks(
    document: Document, record: Any, where: str, holder: Any, *, required: bool
) -> Iterator[Check]:
    """The names of a canonical record: digest, number, short number, source (SPEC 2.2, 10.1).

    Args:
        document: the document.
        record: its ``canonical_record``.
        where: the path of the object that makes the statements.
        holder: that object.
        required: whether the holder must have all of these names, as bundles and records do.
    """
    if not isinstance(record, dict):
        path = f"{where}.canonical_record" if required else f"{where}.current.canonical_record"
        yield settled(path, "SPEC 2.2", "it is missing or no object")
        return
    canonical_sha256 = sha256_hex(document.canonical(record))
    number = pith_number_of(record, canonical_sha256)
    yield compared(f"{where}.pith_number", "SPEC 2.2", number, holder.get("pith_number"))
    if not required:
        return
    for name, expected in (
        ("canonical_sha256", canonical_sha256),
        ("short_pith_number", None if number is None else short_pith_number(number)),
    ):
        yield compared(f"{where}.{name}", "SPEC 2.2", expected, holder.get(name))
    yield agreement(
        document, f"{where}.source", "SPEC 10.1", record.get("source"), holder.get("source")
    )


def agreement(document: Document, what: str, rule: str, expected: Any, found: Any) -> Check:
    """The row of two JSON values that must have the same canonical bytes."""
    if expected is not None and document.canonical(expected) == document.canonical(found):
        return settled(what, rule, None)
    return settled(what, rule, "it is missing" if found is None else "the values differ")


def alias_checks(
    aliases: Any, where: str, source: Any, pith_number: Any, created_at: Any
) -> Iterator[Check]:
    """Each alias' value and date, and that they are the ones of SPEC 2.4 in its order.

    Args:
        aliases: the published list.
        where: its path.
        source: the canonical record's ``source``.
        pith_number: the record's number.
        created_at: the record's date, cut to whole seconds.
    """
    if not isinstance(aliases, list):
        yield settled(where, "SPEC 2.4", "it is missing or no list")
        return
    try:
        values = alias_values(source, pith_number)
    except (KeyError, TypeError, AttributeError):
        yield not_checkable(where, "SPEC 2.4", "the source or the number they come from is missing")
        return
    # Numbers first computed before that moment got their pith_short aliases later.
    late = isinstance(created_at, str) and created_at < SHORT_ALIASES_SINCE
    known = []
    for index, alias in enumerate(aliases):
        kind = at(alias, "alias_kind")
        if not isinstance(kind, str) or kind not in values:
            shown = f" ({kind})" if isinstance(kind, str) else ""
            what = f"{where}[{index}].alias_value{shown}"
            yield not_checkable(what, "SPEC 2.4", "no rule derives an alias of this kind")
            continue
        known.append(kind)
        what = f"{where}[{index}].alias_value ({kind})"
        yield compared(what, "SPEC 2.4", values[kind], at(alias, "alias_value"))
        found = in_whole_seconds(at(alias, "created_at"))
        what = f"{where}[{index}].created_at"
        if late and kind.startswith("pith_short"):
            yield not_checkable(what, "SPEC 2.4", "short aliases of that time came later", found)
        elif created_at is None:
            yield not_checkable(what, "SPEC 2.4", "there is no record to take the date of", found)
        else:
            yield compared(what, "SPEC 2.4", created_at, found)
    due = [kind for kind in values if kind in known or not (late and "short" in kind)]
    yield compared(f"{where} (which, in order)", "SPEC 2.4", ", ".join(due), ", ".join(known))


def snapshot_checks(document: Document, snapshot: Any, where: str, record: Any) -> Iterator[Check]:
    """A graph snapshot: its title, its sections, and that it is of this record (SPEC 2.5, 2.6)."""
    if not isinstance(snapshot, dict):
        return
    source = at(record, "source")
    if "source" in snapshot and source is None:
        what = f"{where}.source"
        yield not_checkable(what, "SPEC 10.1", "there is no record to compare it with")
    elif "source" in snapshot:
        yield agreement(document, f"{where}.source", "SPEC 10.1", source, snapshot["source"])
    title, claimed = at(snapshot, "paper", "title"), at(record, "metadata", "title_canon_sha256")
    if claimed is not None and title is not None:
        what = f"{where}.paper.title (title_canon_sha256)"
        if isinstance(title, str):
            yield compared(what, "SPEC 2.5", title_digest(title), claimed)
        else:
            yield settled(what, "SPEC 2.5", "the title is no string")
    abstract = at(record, "metadata", "abstract_canon_sha256")
    if abstract is not None:
        yield not_checkable(
            f"{where}.paper.abstract_excerpt (abstract_canon_sha256)",
            "SPEC 2.5",
            "published abstracts are cut short",
            abstract,
        )
    for name in (*_EMPTY_SECTION, "integrity"):
        section = snapshot.get(name)
        if isinstance(section, dict) and "snapshot_sha256" in section:
            yield _section_check(document, f"{where}.{name}.snapshot_sha256", name, section)


def _section_check(document: Document, what: str, name: str, section: dict[str, Any]) -> Check:
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
    expected = sha256_hex(document.canonical({"payload": payload}))
    return compared(what, "SPEC 2.6", expected, section["snapshot_sha256"])
