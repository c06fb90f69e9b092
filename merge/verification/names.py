"""Checks of names: digests, numbers, aliases (SPEC 2)."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from pithmerge.canon import sha256_hex
from pithmerge.canon.values import alike
from pithmerge.core.numbers import alias_values, pith_number_of, short_pith_number
from pithmerge.crypto.instants import in_whole_seconds
from pithmerge.errors import CanonicalFormError
from pithmerge.verification.readers import Reader
from pithmerge.verification.rows import agree

SHORT_ALIASES_SINCE: Final = "2026-05-18T12:25:00Z"
"""Since when numbers get their ``pith_short_*`` aliases at once (SPEC 2.4)."""

_LONGEST_KIND: Final = 80
"""Characters of an alias' kind that a row shows."""


def record_checks(
    reader: Reader,
    record: Any,
    record_json: bytes,
    holder: Any,
    *,
    where: str = "$.canonical_record",
    rule: str,
    required: bool = True,
) -> None:
    """The names of a canonical record: digest, number, short number, source (SPEC 2.2, 10.1).

    Args:
        reader: who is told.
        record: the document's ``canonical_record``.
        record_json: its canonical bytes.
        holder: the document.
        where: the path of the record in it.
        rule: by which it must be there.
        required: whether the holder must have all of these names, as bundles and records do.
    """
    if not isinstance(record, dict):
        reader.settled(where, "", rule, "it is missing or no object")
        names = ("pith_number", "canonical_sha256", "short_pith_number", "source")
        for name in names if required else names[:1]:
            if name in holder:
                why, stated = "there is no record to compute it from", holder[name]
                of_name = "SPEC 10.1" if name == "source" else "SPEC 2.2"
                reader.unknown("$", f".{name}", of_name, why, stated)
        return
    canonical_sha256 = sha256_hex(record_json)
    number = pith_number_of(record, canonical_sha256)
    reader.compared("$", ".pith_number", "SPEC 2.2", number, holder.get("pith_number"))
    if not required:
        return
    stated = holder.get("canonical_sha256")
    reader.compared("$", ".canonical_sha256", "SPEC 2.2", canonical_sha256, stated)
    short = None if number is None else short_pith_number(number)
    reader.compared("$", ".short_pith_number", "SPEC 2.2", short, holder.get("short_pith_number"))
    agreement(reader, "$", ".source", "SPEC 10.1", record.get("source"), holder.get("source"))


def agreement(reader: Reader, where: str, name: str, rule: str, computed: Any, stated: Any) -> None:
    """Two JSON values that must have the same canonical bytes."""
    if computed is not None and alike(computed, stated):
        reader.holds(where, name, rule)
    elif stated is None or computed is None:
        why = "it is missing" if stated is None else "the values differ"
        reader.fails(where, name, rule, computed, stated, why)
    else:
        reader.differs(where, name, rule, computed, stated, ordered=False)


def alias_checks(
    reader: Reader,
    aliases: Any,
    where: str,
    source: Any,
    pith_number: Any,
    created_at: Any,
    date: Any = None,
) -> None:
    """Each alias' value and date where SPEC 2.4 makes one, and the order of the list.

    Which kinds are listed is the registry's business: kinds are missing from some lists, and others
    may come.

    Args:
        reader: who is told.
        aliases: the published list.
        where: its path.
        source: the canonical record's ``source``.
        pith_number: the record's number.
        created_at: the record's date, cut to whole seconds.
        date: the record's date as it is published, if it is finer than that (SPEC 10.3).
    """
    if not isinstance(aliases, list):
        reader.settled(where, "", "SPEC 2.4", "it is missing or no list")
        return
    try:
        values = alias_values(source, pith_number)
    except (KeyError, TypeError, AttributeError, CanonicalFormError):
        why = "the source or the number they come from is missing, or too deep"
        reader.unknown(where, "", "SPEC 2.4", why)
        return
    # Numbers first computed before that moment got their pith_short aliases later.
    late = isinstance(created_at, str) and created_at < SHORT_ALIASES_SINCE
    whole = in_whole_seconds(created_at)
    names = []
    for index, alias in enumerate(aliases):
        members = alias if isinstance(alias, dict) else {}
        kind, value = members.get("alias_kind"), members.get("alias_value")
        if isinstance(kind, str) and isinstance(value, str):
            names.append((kind, value))
        what = f"{where}[{index}]"
        if not isinstance(kind, str) or kind not in values:
            shown = f" ({kind[:_LONGEST_KIND]})" if isinstance(kind, str) else ""
            why = "no rule derives an alias of this kind"
            reader.unknown(what, f".alias_value{shown}", "SPEC 2.4", why)
            for name in ("alias_kind", "created_at"):
                if name in members:
                    reader.unknown(what, f".{name}", "SPEC 2.4", why)
            continue
        reader.compared(what, f".alias_value ({kind})", "SPEC 2.4", values[kind], value)
        stated = members.get("created_at")
        if late and kind.startswith("pith_short"):
            why = "short aliases of that time came later"
            reader.unknown(what, ".created_at", "SPEC 2.4", why, stated)
        else:
            is_same = type(stated) is str is type(created_at) and stated == created_at
            cut = whole if is_same else in_whole_seconds(stated)
            _alias_date(reader, what, stated, cut, created_at, date)
    ordered = sorted(set(names))
    computed, listed = partial(_joined, ordered), partial(_joined, names)
    if ordered == names:
        reader.holds(where, " (which, in order)", "SPEC 2.4", computed, listed)
    else:
        why = "they are not sorted, or one stands twice"
        reader.fails(where, " (which, in order)", "SPEC 2.4", computed, listed, why)
    reader.unknown(where, "", "SPEC 10.5", lambda: _which_kinds(values, names))


def _joined(names: Iterable[tuple[str, str]]) -> list[str]:
    return list(map(" ".join, names))


def _which_kinds(values: Mapping[str, str], names: Iterable[tuple[str, str]]) -> str:
    listed = {kind for kind, _ in names}
    absent = [kind for kind in values if kind not in listed]
    why = "which kinds are listed is the registry's business"
    return f"{why}: no {', '.join(absent)}" if absent else why


def _alias_date(
    reader: Reader, where: str, stated: Any, cut: Any, created_at: Any, date: Any
) -> None:
    """The date of an alias; ``cut`` is what is stated, in whole seconds."""
    name = ".created_at"
    if created_at is None:
        reader.unknown(where, name, "SPEC 2.4", "there is no record to take the date of", stated)
    elif cut == created_at and stated not in (created_at, date):
        why = "of the record's date only the second counts"
        reader.unknown(where, name, "SPEC 2.4", why, stated)
    elif agree(created_at, cut):
        reader.holds(where, name, "SPEC 2.4", created_at, stated)
    else:
        why = "it is missing" if cut is None else "they differ"
        reader.fails(where, name, "SPEC 2.4", created_at, stated, why)
