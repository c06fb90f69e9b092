"""The schema of a mirror's database, its version, and the steps from older ones.

What each table holds is written in docs/mirror-database.md.
"""

import sqlite3
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from pithmerge.fixtures import published

APPLICATION_ID: Final = 0x50495448
"""``PITH``: by which a SQLite file says that it is a mirror."""
VERSION: Final = 5
"""The schema's, ``user_version`` of the file."""

_DICTIONARY: Final = "bundle-X5HLR35ABEVRWIQTMZXKSPXDDP.json"

TABLES: Final = """
CREATE TABLE dictionaries (
    id INTEGER PRIMARY KEY,
    data BLOB NOT NULL
);
CREATE TABLE keyrings (
    id INTEGER PRIMARY KEY,
    digest TEXT NOT NULL,
    at TEXT NOT NULL,
    entries TEXT NOT NULL
);
CREATE TABLE updates (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    sources TEXT NOT NULL,
    version TEXT NOT NULL,
    finished INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX updates_unfinished ON updates (id) WHERE NOT finished;
CREATE TABLE files (
    path BLOB PRIMARY KEY,
    reading TEXT NOT NULL,
    stamp TEXT NOT NULL,
    sha256 BLOB,
    update_id INTEGER NOT NULL REFERENCES updates
) WITHOUT ROWID;
CREATE TABLE asked (
    id INTEGER PRIMARY KEY,
    fingerprints TEXT NOT NULL UNIQUE
);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    pith_number TEXT,
    size INTEGER NOT NULL,
    dated TEXT NOT NULL,
    verdict TEXT NOT NULL,
    message TEXT,
    entered INTEGER NOT NULL,
    keyring_id INTEGER NOT NULL REFERENCES keyrings,
    asked_id INTEGER NOT NULL REFERENCES asked,
    stale INTEGER NOT NULL DEFAULT 0,
    update_id INTEGER NOT NULL REFERENCES updates,
    data BLOB NOT NULL
);
CREATE INDEX documents_asked ON documents (asked_id);
CREATE INDEX documents_stale ON documents (id) WHERE stale;
CREATE INDEX documents_wanting ON documents (update_id) WHERE message IS NOT NULL;
CREATE TABLE sightings (
    document_id INTEGER NOT NULL REFERENCES documents,
    place TEXT NOT NULL,
    update_id INTEGER NOT NULL REFERENCES updates,
    PRIMARY KEY (document_id, place)
) WITHOUT ROWID;
CREATE TABLE refusals (
    update_id INTEGER NOT NULL REFERENCES updates,
    place TEXT NOT NULL,
    outcome TEXT NOT NULL,
    kind TEXT,
    pith_number TEXT,
    message TEXT NOT NULL,
    size INTEGER,
    sha256 BLOB,
    documents INTEGER NOT NULL,
    PRIMARY KEY (update_id, place)
) WITHOUT ROWID;
CREATE TABLE papers (
    id INTEGER PRIMARY KEY,
    pith_number TEXT NOT NULL UNIQUE,
    suffix TEXT NOT NULL,
    source_id TEXT,
    source_version TEXT,
    title TEXT,
    verdict TEXT,
    events INTEGER,
    valid_events INTEGER,
    invalid_events INTEGER,
    equivocations INTEGER,
    state_sha256 TEXT,
    problem TEXT,
    changed_by INTEGER REFERENCES updates,
    dirty INTEGER NOT NULL
);
CREATE INDEX papers_suffix ON papers (suffix);
CREATE INDEX papers_dirty ON papers (id) WHERE dirty;
CREATE INDEX papers_changed ON papers (changed_by);
CREATE TABLE given (
    paper_id INTEGER NOT NULL REFERENCES papers,
    document_id INTEGER NOT NULL REFERENCES documents,
    signed INTEGER NOT NULL,
    entered INTEGER NOT NULL,
    PRIMARY KEY (paper_id, document_id)
) WITHOUT ROWID;
CREATE INDEX given_by_document ON given (document_id);
CREATE TABLE pieces (
    id INTEGER PRIMARY KEY,
    paper_id INTEGER NOT NULL REFERENCES papers,
    kind INTEGER NOT NULL,
    digest BLOB NOT NULL,
    event_id TEXT,
    data BLOB NOT NULL
);
CREATE UNIQUE INDEX pieces_of_paper ON pieces (paper_id, kind, digest);
CREATE TABLE provenance (
    piece_id INTEGER NOT NULL REFERENCES pieces,
    document_id INTEGER NOT NULL REFERENCES documents,
    PRIMARY KEY (piece_id, document_id)
) WITHOUT ROWID;
CREATE INDEX provenance_of_document ON provenance (document_id);
CREATE TABLE states (
    paper_id INTEGER PRIMARY KEY REFERENCES papers,
    data BLOB NOT NULL
);
CREATE TABLE history (
    paper_id INTEGER NOT NULL REFERENCES papers,
    update_id INTEGER NOT NULL REFERENCES updates,
    state_sha256 TEXT,
    PRIMARY KEY (paper_id, update_id)
) WITHOUT ROWID;
CREATE INDEX history_of_update ON history (update_id);
CREATE TABLE equivocations (
    paper_id INTEGER NOT NULL REFERENCES papers,
    kind TEXT NOT NULL,
    signer_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    target TEXT NOT NULL,
    position TEXT NOT NULL,
    event_ids TEXT NOT NULL,
    stands INTEGER NOT NULL,
    update_id INTEGER NOT NULL REFERENCES updates,
    PRIMARY KEY (paper_id, kind, signer_id, event_type, target, position)
) WITHOUT ROWID;
CREATE INDEX equivocations_of_update ON equivocations (update_id);
CREATE TABLE names (
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    paper_id INTEGER NOT NULL REFERENCES papers,
    signed INTEGER NOT NULL,
    PRIMARY KEY (kind, value, paper_id)
) WITHOUT ROWID;
CREATE INDEX names_of_paper ON names (paper_id);
"""
"""Those of version 1."""

SEARCH: Final = """
CREATE VIRTUAL TABLE titles USING fts5 (
    title, content = 'papers', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
"""
"""What version 2 adds: words of titles."""

FETCHED: Final = """
CREATE TABLE fetched (
    place TEXT PRIMARY KEY,
    found INTEGER NOT NULL,
    etag TEXT,
    last_modified TEXT,
    document_id INTEGER REFERENCES documents,
    update_id INTEGER NOT NULL REFERENCES updates
) WITHOUT ROWID;
"""
"""What version 3 adds: what other mirrors were asked for."""

SUMS: Final = """
CREATE TABLE sums (
    name TEXT PRIMARY KEY,
    rows INTEGER NOT NULL,
    sum BLOB NOT NULL
) WITHOUT ROWID;
"""
"""What version 4 adds: by which rows that are gone are missed."""

UNNAMED: Final = """
CREATE TABLE unnamed (
    update_id INTEGER NOT NULL REFERENCES updates,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (update_id, kind, value)
) WITHOUT ROWID;
CREATE INDEX papers_equivocal ON papers (id) WHERE equivocations > 0;
CREATE INDEX papers_without_verdict ON papers (id) WHERE verdict IS NULL;
"""
"""What version 5 adds: by which an export follows what has changed."""

_SCRIPTS: Final = (TABLES, SEARCH, FETCHED, SUMS, UNNAMED)
"""By the version that has added each."""


def create(database: sqlite3.Connection) -> None:
    """Make an empty mirror, in a transaction that is open; its sums are written later."""
    _build(database, VERSION)
    database.execute("INSERT INTO dictionaries VALUES (1, ?)", (published(_DICTIONARY),))
    mark(database, VERSION)


def mark(database: sqlite3.Connection, version: int) -> None:
    """Write what a mirror is known by."""
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {version}")


def version_of(database: sqlite3.Connection) -> int | None:
    """The schema's version; None of a database that is no mirror."""
    ((application,),) = database.execute("PRAGMA application_id").fetchall()
    ((version,),) = database.execute("PRAGMA user_version").fetchall()
    return int(version) if application == APPLICATION_ID else None


def stranger(database: sqlite3.Connection, version: int) -> str | None:
    """What is in the schema of a mirror and was not made by this module, or is missing from it: a
    trigger, a view or another table would do what nobody asked for; None if there is none.

    Args:
        database: open.
        version: of its schema.
    """
    differing = _parts(database) ^ _known(version)
    return " ".join(min(differing)[:2]) if differing else None


def _parts(database: sqlite3.Connection) -> frozenset[tuple[str, str, str]]:
    """Type, name and text of all that is in a schema. Names that begin with sqlite_ are SQLite's
    own, and those of the search's tables FTS5's, which words them as its version does."""
    return frozenset(
        (kind, name, "" if name.startswith("titles_") and kind == "table" else text)
        for kind, name, text in database.execute("SELECT type, name, sql FROM sqlite_schema")
        if not name.startswith("sqlite_")
    )


@cache
def _known(version: int) -> frozenset[tuple[str, str, str]]:
    database = reference(version)
    try:
        return _parts(database)
    finally:
        database.close()


def reference(version: int) -> sqlite3.Connection:
    """An empty database of that version, in memory; to be closed by whoever has it."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    _build(database, version)
    return database


def _build(database: sqlite3.Connection, version: int) -> None:
    for script in _SCRIPTS[:version]:
        for statement in _statements(script):
            database.execute(statement)


def migrate(database: sqlite3.Connection, version: int) -> None:
    """Take an older mirror to this version, in a transaction that is open; its sums are written
    later."""
    for step in range(version, VERSION):
        MIGRATIONS[step](database)
    mark(database, VERSION)


def _titles(database: sqlite3.Connection) -> None:
    """From 1 to 2."""
    for statement in _statements(SEARCH):
        database.execute(statement)
    database.execute("INSERT INTO titles (titles) VALUES ('rebuild')")


def _fetched(database: sqlite3.Connection) -> None:
    """From 2 to 3."""
    for statement in _statements(FETCHED):
        database.execute(statement)


def _sums(database: sqlite3.Connection) -> None:
    """From 3 to 4; what is there is believed to be what was written."""
    for statement in _statements(SUMS):
        database.execute(statement)


def _unnamed(database: sqlite3.Connection) -> None:
    """From 4 to 5."""
    for statement in _statements(UNNAMED):
        database.execute(statement)


MIGRATIONS: Final[Mapping[int, Callable[[sqlite3.Connection], None]]] = {
    1: _titles,
    2: _fetched,
    3: _sums,
    4: _unnamed,
}
"""By the version that each begins with."""


def _statements(script: str) -> list[str]:
    # `executescript` would commit what is open.
    return [each for each in script.split(";\n") if each.strip()]
