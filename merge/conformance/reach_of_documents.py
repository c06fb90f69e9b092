"""What a hunt of documents reached: which line of SPEC 10.5 came to which outcome, and how often.

Counted in documents, by the executable specification (`pithmerge.spec`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pithmerge.conformance.protocol import decode_b64
from pithmerge.crypto import signature_is_valid
from pithmerge.spec import (
    alias_rows,
    equivocation_rows,
    evidence_rows,
    outcomes,
    places,
    records,
    signed_rows,
    snapshot_rows,
    state_rows,
    tables,
    tables_within,
)
from pithmerge.spec.canonical_json import CARRIER_DEPTH, read_document
from pithmerge.spec.documents import report
from pithmerge.spec.keyring import keyring_of, keys_of_file
from pithmerge.spec.places import (
    FAILED,
    NOT_CHECKABLE,
    OK,
    OUTCOMES,
    Check,
    Document,
    Line,
    Reaching,
)

WITHIN: Final = {
    "aliases": tables_within.ALIASES,
    "receipt": tables_within.RECEIPT,
    "signature": tables_within.SIGNATURE,
    "public key": tables_within.PUBLIC_KEY,
    "snapshot": tables_within.SNAPSHOT,
    "payload": tables_within.PAYLOAD,
    "event": tables_within.EVENT,
    "entry": tables_within.ENTRY,
}
"""The tables of SPEC 10.5 that others use, by their names."""
VERDICTS: Final = {
    "bundle": ("ok", "failed", "unsupported"),
    "events": ("ok", "failed"),
    "state": ("consistent", "failed", "unsupported"),
    "record": ("consistent", "failed"),
    "manifest": ("consistent", "failed", "unsupported"),
    "evidence": ("ok", "failed", "unsupported"),
    "none": ("unreadable",),
}
"""What reports on each kind come to."""
BESIDE: Final = ("missing", "a member that no line knows", "no object or list", "broken")
"""Rows that are of no line about what is there: SPEC 10.7, 2 to 5."""

_SAYING: Final = {
    "missing": places.missing,
    "a member that no line knows": places.unknown_members,
    "no object or list": places.of_another_type,
}
_ALWAYS_CHECKABLE: Final = (
    *(outcomes.merge_version, outcomes.evidence_version, signed_rows.digest_of_bundle),
    *(state_rows.members_in_order, state_rows.state_version, state_rows.count),
    *(state_rows.count_of_events, state_rows.current, state_rows.record_of_state),
    *(state_rows.applied_event_ids, state_rows.state_sha256, equivocation_rows.equivocations),
    *(alias_rows.aliases_of_state, records.paper, records.record_is_object),
    *(evidence_rows.form, evidence_rows.number, evidence_rows.all_equivocations),
    *(evidence_rows.equivocation, evidence_rows.events, evidence_rows.event_is_readable),
    *(evidence_rows.keys, evidence_rows.evidence_sha256),
)
_NEVER: Final[Mapping[Check, tuple[str, ...]]] = {
    **dict.fromkeys(_ALWAYS_CHECKABLE, (NOT_CHECKABLE,)),
    outcomes.nothing_asked: (OK, FAILED),
    outcomes.told_the_kind: (FAILED, NOT_CHECKABLE),
    state_rows.state_type: (FAILED, NOT_CHECKABLE),
    snapshot_rows.abstract_excerpt: (FAILED,),
    snapshot_rows.detectors_run: (FAILED,),
}
"""What the lines of a check never come to (SPEC 10.8)."""
_ONLY_IN_A_MIRROR: Final = (".public_key_b64", NOT_CHECKABLE)
"""A key that is null has no members; it is not asked itself."""

Found = Iterator[tuple[str, str]]


def named(table: str, line: Line) -> str:
    """What a line is called: its table, its place and its rule."""
    return f"{table} {line.place} {line.rule}"


def table_of(reaching: Reaching, kind: str) -> str:
    """The name of the table that a line stands in: where it is used, or that of the document."""
    line = reaching.line
    own = [
        name
        for name, table in WITHIN.items()
        for other in table
        if isinstance(other, Line)
        and (other.place, other.rule, other.check) == (line.place, line.rule, line.check)
    ]
    # Receipts and signatures have a line in common.
    named_so = [name for name in own if reaching.path[reaching.origin - 1] == name]
    return (named_so or own or [kind])[-1] if reaching.origin else kind


def lines_named() -> dict[str, Line]:
    """Each line of SPEC 10.5, once, by what it is called."""
    both = {**tables.TABLES, **WITHIN}
    return {
        named(name, line): line
        for name, table in both.items()
        for line in table
        if isinstance(line, Line)
    }


def outcomes_of(line: Line) -> Sequence[str]:
    """What a line that is asked can come to at most."""
    never = _NEVER.get(line.check, ())
    return [
        outcome
        for outcome in OUTCOMES
        if outcome not in never and (line.place, outcome) != _ONLY_IN_A_MIRROR
    ]


def reached_by(inputs: Mapping[str, Any]) -> Found:
    """What the document of a ``verify`` request reaches: a group, and a name in it."""
    data = decode_b64(inputs["document_b64"], "document_b64")
    keys = keys_of_file(inputs["keys"])
    answer = report(data, keys=keys, signature_is_valid=signature_is_valid)
    kind, verdict = answer["kind"], answer["verdict"]
    yield "verdicts", f"{kind or 'none'} {verdict}"
    if not answer["rows"]:
        return
    value = read_document(data, depth=CARRIER_DEPTH)
    document = Document(kind, value, keyring_of(keys), signature_is_valid)
    lines = places.lines_of(tables.TABLES[kind])
    where = places.places_of(value, lines)
    for each in lines:
        name = named(table_of(each, kind), each.line)
        said = {outcome for _, _, outcome in places.there(document, [each], where)}
        yield from (("lines", f"{name} {outcome}") for outcome in said)
    for beside, saying in _SAYING.items():
        if any(saying(document, lines, where)):
            yield "beside", beside
    if any(row["rule"] == "10" for row in answer["rows"]):
        yield "beside", "broken"


def groups() -> Iterator[tuple[str, list[str]]]:
    """What can be reached, at most: each group with its names."""
    yield "verdicts", [f"{kind} {verdict}" for kind, of in VERDICTS.items() for verdict in of]
    yield "beside", list(BESIDE)
    yield (
        "lines",
        [f"{name} {each}" for name, line in lines_named().items() for each in outcomes_of(line)],
    )


def lines(counts: Counter[tuple[str, str]], documents: int) -> Iterator[str]:
    """The counts for people: a line of SPEC 10.5 a line, with how often it came to what."""
    for group, names in groups():
        if group != "lines":
            reached = [f"{name} {counts[group, name]}" for name in names if counts[group, name]]
            yield f"{group}: {', '.join(reached) or 'nothing'}"
    for name, line in lines_named().items():
        often = [f"{each} {counts['lines', f'{name} {each}']:,}" for each in outcomes_of(line)]
        yield f"{name}: {', '.join(often)}"
    missed = [name for group, names in groups() for name in names if not counts[group, name]]
    yield f"of {documents:,} documents, never: {', '.join(missed) or 'nothing'}"
