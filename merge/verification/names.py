"""Checks of names: digests, numbers, aliases (SPEC 2)."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from pithmerge.canon import sha256_hex
from pithmerge.core.numbers import alias_values, pith_number_of, short_pith_number
from pithmerge.crypto.instants import in_whole_seconds
from pithmerge.documents import Document
from pithmerge.verification.report import (
    Check,
    Outcome,
    at,
    compared,
    differing,
    not_checkable,
    settled,
)

SHORT_ALIASES_SINCE: Final = "2026-05-18T12:25:00Z"
"""Since when numbers get their ``pith_short_*`` aliases at once (SPEC 2.4)."""

_LONGEST_KIND: Final = 80
"""Characters of an alias' kind that a row shows."""


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
        names = ("pith_number", "canonical_sha256", "short_pith_number", "source")
        for name in names if required else names[:1]:
            if name in holder:
                why, stated = "there is no record to compute it from", holder[name]
                yield not_checkable(f"{where}.{name}", "SPEC 2.2", why, stated)
        return
    canonical_sha256 = sha256_hex(document.canonical(record))
    number = pith_number_of(record, canonical_sha256)
    yield compared(f"{where}.pith_number", "SPEC 2.2", number, holder.get("pith_number"))
    if not required:
        return
    for name, computed in (
        ("canonical_sha256", canonical_sha256),
        ("short_pith_number", None if number is None else short_pith_number(number)),
    ):
        yield compared(f"{where}.{name}", "SPEC 2.2", computed, holder.get(name))
    yield agreement(
        document, f"{where}.source", "SPEC 10.1", record.get("source"), holder.get("source")
    )


def agreement(document: Document, what: str, rule: str, computed: Any, stated: Any) -> Check:
    """The row of two JSON values that must have the same canonical bytes."""
    if computed is not None and document.canonical(computed) == document.canonical(stated):
        return settled(what, rule, None)
    if stated is None or computed is None:
        why = "it is missing" if stated is None else "the values differ"
        return Check(what, rule, Outcome.FAILED, computed, stated, why)
    return differing(what, rule, computed, stated, ordered=False)


def alias_checks(
    aliases: Any, where: str, source: Any, pith_number: Any, created_at: Any, date: Any = None
) -> Iterator[Check]:
    """Each alias' value and date where SPEC 2.4 makes one, and the order of the list.

    Which kinds are listed is the registry's business: kinds are missing from some lists, and others
    may come.

    Args:
        aliases: the published list.
        where: its path.
        source: the canonical record's ``source``.
        pith_number: the record's number.
        created_at: the record's date, cut to whole seconds.
        date: the record's date as it is published, if it is finer than that (SPEC 10.3).
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
    names = []
    for index, alias in enumerate(aliases):
        kind, value = at(alias, "alias_kind"), at(alias, "alias_value")
        if isinstance(kind, str) and isinstance(value, str):
            names.append((kind, value))
        what = f"{where}[{index}]"
        if not isinstance(kind, str) or kind not in values:
            shown = f" ({kind[:_LONGEST_KIND]})" if isinstance(kind, str) else ""
            yield not_checkable(
                f"{what}.alias_value{shown}", "SPEC 2.4", "no rule derives an alias of this kind"
            )
            yield not_checkable(what, "SPEC 2.4", "nor does a rule say what it shows")
            continue
        yield compared(f"{what}.alias_value ({kind})", "SPEC 2.4", values[kind], value)
        yield _alias_date(
            f"{what}.created_at",
            at(alias, "created_at"),
            created_at,
            date,
            late=late and kind.startswith("pith_short"),
        )
    computed, stated = ([" ".join(each) for each in some] for some in (sorted(set(names)), names))
    problem = None if computed == stated else "they are not sorted, or one stands twice"
    outcome = Outcome.OK if problem is None else Outcome.FAILED
    yield Check(f"{where} (which, in order)", "SPEC 2.4", outcome, computed, stated, problem)
    absent = [kind for kind in values if kind not in {kind for kind, _ in names}]
    why = "which kinds are listed is the registry's business"
    yield not_checkable(where, "SPEC 2.4", f"{why}: no {', '.join(absent)}" if absent else why)


def _alias_date(what: str, stated: Any, created_at: Any, date: Any, *, late: bool) -> Check:
    if late:
        return not_checkable(what, "SPEC 2.4", "short aliases of that time came later", stated)
    if created_at is None:
        return not_checkable(what, "SPEC 2.4", "there is no record to take the date of", stated)
    cut = in_whole_seconds(stated)
    if cut == created_at and stated not in (created_at, date):
        return not_checkable(
            what, "SPEC 10.3", "of the record's date only the second counts", stated
        )
    row = compared(what, "SPEC 2.4", created_at, cut)
    return msgspec.structs.replace(row, stated=stated)
