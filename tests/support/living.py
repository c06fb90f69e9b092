"""Mirrors that live: made, updated, killed in the middle, and what is in them."""

import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from pithmerge.crypto import Keyring
from pithmerge.mirrors.living.database import DATABASE, Database
from pithmerge.mirrors.living.mirror import Updated, init_mirror, update_mirror
from pithmerge.mirrors.living.opened import Mirror, open_mirror
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.synthetic import synthetic_keyring

AT = "2026-06-01T00:00:00Z"
LATER = "2026-06-02T00:00:00Z"
CONTENT = {
    "keyrings": "SELECT digest, at FROM keyrings",
    "files": "SELECT path, reading, stamp, sha256 FROM files",
    "documents": "SELECT d.sha256, d.kind, d.pith_number, d.size, d.dated, d.verdict, d.message, "
    "d.entered, a.fingerprints, d.stale, d.data FROM documents d JOIN asked a ON a.id = d.asked_id",
    "sightings": "SELECT d.sha256, s.place FROM sightings s JOIN documents d "
    "ON d.id = s.document_id",
    "papers": "SELECT pith_number, suffix, source_id, source_version, title, verdict, events, "
    "valid_events, invalid_events, equivocations, state_sha256, problem, dirty FROM papers",
    "states": "SELECT p.pith_number, s.data FROM states s JOIN papers p ON p.id = s.paper_id",
    "given": "SELECT p.pith_number, d.sha256, g.signed, g.entered FROM given g "
    "JOIN papers p ON p.id = g.paper_id JOIN documents d ON d.id = g.document_id",
    "pieces": "SELECT p.pith_number, c.kind, c.digest, c.event_id, c.data FROM pieces c "
    "JOIN papers p ON p.id = c.paper_id",
    "provenance": "SELECT c.digest, p.pith_number, d.sha256 FROM provenance v "
    "JOIN pieces c ON c.id = v.piece_id JOIN papers p ON p.id = c.paper_id "
    "JOIN documents d ON d.id = v.document_id",
    "equivocations": "SELECT p.pith_number, e.kind, e.signer_id, e.event_type, e.target, "
    "e.position, e.event_ids, e.stands FROM equivocations e JOIN papers p ON p.id = e.paper_id",
    "names": "SELECT n.kind, n.value, p.pith_number, n.signed FROM names n "
    "JOIN papers p ON p.id = n.paper_id",
    "titles": "SELECT p.pith_number, t.title FROM titles t JOIN papers p ON p.id = t.rowid",
}
"""What a mirror knows, whatever the order in which it has learned it."""
EVIDENCE = ("documents", "papers", "states", "given", "pieces", "provenance", "equivocations",
            "names", "titles")  # fmt: skip
"""The part that does not say where it was read."""


def made(folder: Path, keyring: Keyring | None = None) -> Path:
    """An empty mirror, which trusts the synthetic registry."""
    init_mirror(folder, at=AT, keyring=synthetic_keyring() if keyring is None else keyring,
                engine=LocalEngine(1))  # fmt: skip
    return folder


def updated(folder: Path, *sources: str | Path, at: str = AT, **options: Any) -> Updated:
    """What came of an update in this process."""
    options = {"engine": LocalEngine(1), **options}
    return update_mirror(folder, [str(each) for each in sources], at=at, **options)


def counts(result: Updated) -> tuple[int, int, int, int]:
    """New, changed, new equivocations, refused."""
    learned = result.learned
    return learned.new, learned.changed, learned.equivocations, learned.refused


def content_of(folder: Path, tables: Iterable[str] = CONTENT) -> dict[str, list[Any]]:
    """What a mirror knows, by table."""
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        return {name: sorted(database.execute(CONTENT[name]), key=repr) for name in tables}


def states_of(folder: Path) -> dict[str, bytes]:
    """The state of each paper."""
    with open_mirror(folder) as mirror:
        return {each.pith_number: mirror.state(each.pith_number) for each in mirror.papers()}


def damage_of(folder: Path) -> list[str]:
    """What a check finds wrong."""
    with Mirror(folder) as mirror:
        return [f"{each.where}: {each.what}" for each in mirror.check().damage]


def damaged(folder: Path, statement: str, *values: Any) -> None:
    """Change a mirror behind its back."""
    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        assert database.execute(statement, values).rowcount == 1


# In a process of its own: an update that is killed.


def dying(after: int, job: Callable[[], object]) -> None:
    """Do a job, and die like by ``kill -9`` after so many statements of all; or print how many."""
    done = 0

    def counted(name: str) -> None:
        whole = getattr(Database, name)

        def counting(self: Database, *arguments: Any) -> Any:
            nonlocal done
            result = whole(self, *arguments)
            done += 1
            if done == after:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        setattr(Database, name, counting)

    for name in ("do", "do_each"):
        counted(name)
    job()
    print(done)


if __name__ == "__main__":
    dying(int(sys.argv[2]), lambda: updated(Path(sys.argv[1]), *sys.argv[3:]))
