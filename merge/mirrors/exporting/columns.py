"""The columns of the tables of a mirror: their names, their types, what they say."""

from typing import Any, Final, NamedTuple

from pithmerge.mirrors.reading.storage import needed

TEXT, WHOLE, INSTANT, FLAG, TEXTS = "text", "whole", "instant", "flag", "texts"


class Column(NamedTuple):
    """A column: its name, one of the types above, and what it says."""

    name: str
    type: str
    says: str


_NUMBER: Final = Column("pith_number", TEXT, "of the paper")
COLUMNS: Final = {
    "papers": (
        _NUMBER,
        Column("short_pith_number", TEXT, "`pith:` and the first 8 letters"),
        Column("arxiv_id", TEXT, "of its record, without the version"),
        Column("arxiv_version", WHOLE, "of its record; null where that is no number"),
        Column("doi", TEXT, "the first of its DOIs, a signed one before others"),
        Column("title", TEXT, "of its newest snapshot"),
        Column("primary_category", TEXT, "of its record"),
        Column("categories", TEXTS, "the primary one first"),
        Column("license", TEXT, "of its record"),
        Column("submitted_at", INSTANT, "of its record"),
        Column("verdict", TEXT, "the best of its documents: `ok`, `consistent`, `failed`"),
        Column("state_sha256", TEXT, "the digest of its state; null if it has none"),
        Column("problem", TEXT, "why it has no state, or nothing valid in it"),
        Column("events", WHOLE, "of its state"),
        Column("valid_events", WHOLE, "of its state"),
        Column("invalid_events", WHOLE, "of its state"),
        Column("equivocations", WHOLE, "that stand; of signed events alone"),
        Column("first_seen", INSTANT, "when the mirror first had a state of it"),
        Column("state_since", INSTANT, "when the state became this one"),
    ),
    "events": (
        _NUMBER,
        Column("event_id", TEXT, "as computed (SPEC 5.4); null of what is no event"),
        Column("event_type", TEXT, ""),
        Column("target", TEXT, ""),
        Column("signer_id", TEXT, ""),
        Column("signer_type", TEXT, ""),
        Column("key_id", TEXT, "of its signer"),
        Column("created_at", INSTANT, "null where it is no instant"),
        Column("prev_event", TEXT, ""),
        Column("supersedes", TEXTS, ""),
        Column(
            "verdict",
            TEXT,
            "`current` (the state shows it), `applied` (valid, and not shown: most are superseded),"
            " `rejected`",
        ),
        Column("reason", TEXT, "why it is rejected"),
        Column(
            "copies",
            WHOLE,
            "how many of it there are, each with other signatures or members beside the content",
        ),
        Column("signed", FLAG, "false of what only a lone state or a record shows"),
        Column("first_seen", INSTANT, "when the mirror first had it"),
    ),
    "equivocations": (
        _NUMBER,
        Column("kind", TEXT, "`fork` or `double_supersede` (SPEC 7.2)"),
        Column("signer_id", TEXT, "who said two things"),
        Column("event_type", TEXT, "of the events"),
        Column("target", TEXT, "of the events"),
        Column("position", TEXT, "where in the chain; null for its beginning"),
        Column("event_ids", TEXTS, "of the events"),
        Column("stands", FLAG, "false where a key was withdrawn since"),
        Column("first_seen", INSTANT, "when the mirror first saw it"),
    ),
    "reasons": (
        _NUMBER,
        Column("event_id", TEXT, "of an event that is rejected"),
        Column("reason", TEXT, "the code (SPEC 5.1)"),
        Column("explanation", TEXT, "the same in a sentence"),
        Column("event_type", TEXT, "of the event"),
        Column("signer_id", TEXT, "of the event, which did not have to sign it"),
    ),
}
"""By the table, in their order."""


_MARK: Final = "pithmerge_table"
"""What the metadata of a file of ours have, and which table it is."""


def schema_of(table: str) -> Any:
    """The schema of a table, for pyarrow.

    Raises:
        SourceError: pyarrow is not installed.
    """
    arrow = needed("pyarrow", "a Parquet file")
    types = {
        TEXT: arrow.string(),
        WHOLE: arrow.int64(),
        INSTANT: arrow.timestamp("us", tz="UTC"),
        FLAG: arrow.bool_(),
        TEXTS: arrow.list_(arrow.string()),
    }
    fields = [arrow.field(each.name, types[each.type]) for each in COLUMNS[table]]
    return arrow.schema(fields, metadata={_MARK: table})


def is_schema_of(schema: Any, table: str) -> bool:
    """Whether a schema, as pyarrow reads it, is that of this table, of whatever version of us."""
    marked: dict[bytes, bytes] = schema.metadata or {}
    if _MARK.encode() in marked:
        return marked[_MARK.encode()] == table.encode()
    # Of before there was a mark.
    return bool(schema.equals(schema_of(table)))


def as_markdown() -> str:
    """The columns as docs/mirror.md has them."""
    words = {
        TEXT: "string",
        WHOLE: "int64",
        INSTANT: "timestamp[us, UTC]",
        FLAG: "bool",
        TEXTS: "list of string",
    }
    lines = ["| table | column | type | |", "|---|---|---|---|"]
    for table, columns in COLUMNS.items():
        for column in columns:
            lines.append(f"| `{table}` | `{column.name}` | {words[column.type]} | {column.says} |")
    return "\n".join(lines) + "\n"
