"""The rules of a merge version as a value: `V1` is pith-open-graph-merge-v1.

Whoever judges, orders, publishes or verifies is handed a `Rules` value; nothing of it is global. An
event type more, or a row more, is `Rules.with_…`, and leaves `V1` alone.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Final

from pithmerge.canon import MAX_DEPTH
from pithmerge.core import comparisons, rows
from pithmerge.core.candidate import Candidate
from pithmerge.core.comparisons import Comparison
from pithmerge.core.reasons import Reason
from pithmerge.core.vocabulary import MERGE_VERSION, SCHEMA_VERSION, EventType
from pithmerge.crypto.ed25519 import Claim
from pithmerge.errors import MergeError
from pithmerge.showing import brief


@dataclass(frozen=True, slots=True)
class EventTypeRule:
    """One line of SPEC 4.5.

    Attributes:
        name: the ``event_type``.
        list_name: the list of ``current`` that its events go to; None of ``record_created``, of
            which ``current`` shows one, in the member of that name.
        exclusive: whether a signer states one value of it at a time.
    """

    name: str
    list_name: str | None
    exclusive: bool = False


def _nothing_compared(_candidate: Candidate) -> Iterable[Comparison]:
    return ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of SPEC 5.1 about an event alone.

    Attributes:
        reason: its code.
        explanation: one clause for a person.
        fails: whether a candidate that passed the rows before fails; None where ``claim`` answers.
        compares: the values that it looks at, for a trace.
        event_type: the one type of event that it is about; None for all.
        about_signature: whether it is skipped when signatures are not checked (SPEC 5.1a).
        claim: what signature has to verify, for a row that asks nothing else; it gives None where
            none can.
    """

    reason: str
    explanation: str
    fails: Callable[[Candidate], bool] | None = None
    compares: Callable[[Candidate], Iterable[Comparison]] = _nothing_compared
    event_type: str | None = None
    about_signature: bool = False
    claim: Callable[[Candidate], Claim | None] | None = None

    def __post_init__(self) -> None:
        """Refuse a row that asks nothing, or two things."""
        if (self.fails is None) == (self.claim is None):
            raise MergeError(
                f"the row {self.reason} must have either fails or claim: give it the one that "
                "answers"
            )

    def claimed_by(self, candidate: Candidate) -> Claim | None:
        """What signature of the candidate has to verify; None where none can."""
        return None if self.claim is None else self.claim(candidate)


@dataclass(frozen=True)
class Rules:
    """What a merge version says that another might say otherwise.

    Attributes:
        merge_version, schema_version: what documents and events of it name.
        event_types: in the order of ``current`` (SPEC 4.5, 8.1).
        rows: what an event is judged by alone, in order (SPEC 5.1).
        link_rows: the reasons of rows about an event's ``prev_event``; they come last.
        max_depth: how deep arrays and objects may nest in an event (SPEC 1.5).
    """

    merge_version: str
    schema_version: str
    event_types: tuple[EventTypeRule, ...]
    rows: tuple[Row, ...]
    link_rows: tuple[Reason, ...] = (Reason.PREV_EVENT_MISSING, Reason.PREV_EVENT_INVALID)
    max_depth: int = MAX_DEPTH
    _derived: "_Derived" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Derive what is looked up for every event.

        Raises:
            MergeError: two rows claim a signature; of an event there is one, and only one is asked.
        """
        for name, kind in (("event_types", EventTypeRule), ("rows", Row)):
            given = getattr(self, name)
            if not isinstance(given, tuple) or not all(isinstance(each, kind) for each in given):
                raise MergeError(
                    f"the {name} of Rules are a tuple of {kind.__name__}s: start from V1"
                )
        claiming = [row.reason for row in self.rows if row.claim is not None]
        if len(claiming) > 1:
            raise MergeError(
                f"the rows {claiming[0]} and {claiming[1]} both have a claim: let one of them ask "
                "by fails"
            )
        object.__setattr__(self, "_derived", _Derived(self))

    def __reduce__(self) -> tuple[Any, ...]:
        """Known rules are pickled, and copied, by their name."""
        if KNOWN.get(self.merge_version) == self:
            return _known, (self.merge_version,)
        values = [getattr(self, each.name) for each in fields(self) if each.init]
        return Rules, tuple(values)

    @property
    def event_type_names(self) -> frozenset[str]:
        """The known event types."""
        return self._derived.event_type_names

    @property
    def exclusive_types(self) -> frozenset[str]:
        """Types of which a signer states one value at a time; the others are additive."""
        return self._derived.exclusive_types

    @property
    def lists_of_current(self) -> Mapping[str, str]:
        """The list of ``current`` that each type but ``record_created`` goes to, in order."""
        return self._derived.lists_of_current

    @property
    def current_members(self) -> tuple[str, ...]:
        """The members of ``current``, in published order (SPEC 8.1)."""
        return ("canonical_record", "source_aliases", *self.lists_of_current.values(),
                "record_created")  # fmt: skip

    @property
    def reasons(self) -> tuple[str, ...]:
        """All reason codes, in the order of the table."""
        return tuple(self._derived.rank)

    def rows_for(self, *, verify_signatures: bool) -> tuple[Row, ...]:
        """The rows that count, those about signatures or not (SPEC 5.1a)."""
        return self.rows if verify_signatures else self._derived.unsigned_rows

    @property
    def signature_rows(self) -> tuple[Row, ...]:
        """The rows about an event's signature and its signer (SPEC 5.1a)."""
        return tuple(row for row in self.rows if row.about_signature)

    def rank(self, reason: str) -> int:
        """The place of a reason in the table: of several copies the furthest counts (SPEC 5.2)."""
        return self._derived.rank[reason]

    def explanation(self, reason: str) -> str:
        """One clause for a person: what the code says about an event."""
        return self._derived.explanations[reason]

    def with_event_type(self, event_type: EventTypeRule) -> "Rules":
        """These rules and one event type more, last.

        Raises:
            MergeError: it is none.
        """
        return replace(self, event_types=(*self.event_types, event_type))

    def with_row(self, row: Row, *, before: str | None = None) -> "Rules":
        """These rules and one row more: before the one of that reason, or last of its kind."""
        index = len(self.rows)
        if before is not None:
            reasons = [each.reason for each in self.rows]
            if before not in reasons:
                raise MergeError(
                    f"no row has the reason {brief(before)}: name one of {', '.join(reasons)}"
                )
            index = reasons.index(before)
        return replace(self, rows=(*self.rows[:index], row, *self.rows[index:]))

    def with_rows(self, rows: Iterable[Row]) -> "Rules":
        """These rules with other rows."""
        return replace(self, rows=tuple(rows))


class _Derived:
    """What follows from rules, made once."""

    def __init__(self, rules: Rules) -> None:
        self.event_type_names = frozenset(each.name for each in rules.event_types)
        self.exclusive_types = frozenset(e.name for e in rules.event_types if e.exclusive)
        self.lists_of_current = MappingProxyType(
            {each.name: each.list_name for each in rules.event_types if each.list_name is not None}
        )
        self.unsigned_rows = tuple(row for row in rules.rows if not row.about_signature)
        self.explanations: dict[str, str] = {
            **{row.reason: row.explanation for row in rules.rows},
            **{str(reason): reason.explanation for reason in rules.link_rows},
        }
        self.rank = {reason: place for place, reason in enumerate(self.explanations)}


def _row(reason: Reason, fails: Callable[[Candidate], bool] | None, **about: Any) -> Row:
    return Row(reason, reason.explanation, fails, **about)


_SIGNED: Final[Mapping[str, Any]] = {"about_signature": True}
_OF_RECORDS: Final[Mapping[str, Any]] = {"event_type": EventType.RECORD_CREATED}

V1: Final = Rules(
    merge_version=MERGE_VERSION,
    schema_version=SCHEMA_VERSION,
    event_types=(
        EventTypeRule(EventType.RECORD_CREATED, None, exclusive=True),
        EventTypeRule(EventType.GRAPH_SNAPSHOT, "graph_snapshots", exclusive=True),
        EventTypeRule(EventType.AUTHOR_ATTESTATION, "author_attestations"),
        EventTypeRule(EventType.TIMESTAMP_ANCHOR, "timestamp_anchors"),
        EventTypeRule(EventType.STORAGE_ATTESTATION, "storage_attestations"),
        EventTypeRule(EventType.CITATION_SIGNATURE, "citation_signatures"),
        EventTypeRule(EventType.REPLICATION_RECORD, "replication_records"),
        EventTypeRule(EventType.CORRECTION, "corrections"),
        EventTypeRule(EventType.MIRROR_HINT, "mirror_hints"),
    ),
    rows=(
        _row(Reason.MALFORMED_EVENT, rows.malformed_event, compares=comparisons.form),
        _row(
            Reason.UNSUPPORTED_SCHEMA_VERSION,
            rows.unsupported_schema_version,
            compares=comparisons.schema_version,
        ),
        _row(Reason.UNKNOWN_EVENT_TYPE, rows.unknown_event_type, compares=comparisons.event_type),
        _row(Reason.SUBJECT_MISMATCH, rows.subject_mismatch, compares=comparisons.subject),
        _row(
            Reason.CONTENT_HASH_MISMATCH,
            rows.content_hash_mismatch,
            compares=comparisons.content_sha256,
        ),
        _row(Reason.EVENT_ID_MISMATCH, rows.event_id_mismatch, compares=comparisons.event_id),
        _row(
            Reason.SIGNATURE_MISSING,
            rows.signature_missing,
            compares=comparisons.signature,
            **_SIGNED,
        ),
        _row(
            Reason.SIGNATURE_MALFORMED,
            rows.signature_malformed,
            compares=comparisons.signature_form,
            **_SIGNED,
        ),
        _row(
            Reason.SIGNATURE_UNSUPPORTED,
            rows.signature_unsupported,
            compares=comparisons.signature_scheme,
            **_SIGNED,
        ),
        _row(
            Reason.SIGNER_MISMATCH,
            rows.signer_mismatch,
            compares=comparisons.signer_of_block,
            **_SIGNED,
        ),
        _row(Reason.UNKNOWN_KEY, rows.unknown_key, compares=comparisons.key, **_SIGNED),
        _row(
            Reason.SIGNER_NOT_RECOGNIZED,
            rows.signer_not_recognized,
            compares=comparisons.signer_of_key,
            **_SIGNED,
        ),
        _row(Reason.KEY_NOT_VALID, rows.key_not_valid, compares=comparisons.window, **_SIGNED),
        _row(
            Reason.NOT_AUTHORIZED,
            rows.not_authorized,
            compares=comparisons.authority,
            **_SIGNED,
            **_OF_RECORDS,
        ),
        _row(
            Reason.SIGNATURE_INVALID,
            None,
            compares=comparisons.signed_digest,
            claim=rows.signature_claim,
            **_SIGNED,
        ),
        _row(
            Reason.RECORD_MISMATCH,
            rows.record_mismatch,
            compares=comparisons.record,
            **_OF_RECORDS,
        ),
        _row(
            Reason.RECEIPT_INVALID,
            rows.receipt_invalid,
            compares=comparisons.receipt,
            **_OF_RECORDS,
        ),
        _row(
            Reason.PAYLOAD_INVALID,
            rows.payload_invalid,
            compares=comparisons.snapshot,
            event_type=EventType.GRAPH_SNAPSHOT,
        ),
    ),
)
"""pith-open-graph-merge-v1 (SPEC)."""

KNOWN: Final[Mapping[str, Rules]] = MappingProxyType({V1.merge_version: V1})
"""All known rules, by ``merge_version``."""


def _known(merge_version: str) -> Rules:
    return KNOWN[merge_version]
