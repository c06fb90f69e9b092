"""What a mirror has learned of a paper: when, and from where."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pithmerge.mirrors.living.classes import texts_in
from pithmerge.mirrors.living.database import Database

_Rows = Iterable[tuple[int, int, dict[str, Any]]]


def entries(database: Database, paper: int, number: str) -> Iterator[dict[str, Any]]:
    """What was learned of a paper when, and from where, in that order.

    Args:
        database: open.
        paper, number: its id and its number.
    """
    rows: list[tuple[int, int, dict[str, Any]]] = []
    rows += _documents(database, paper)
    rows += _events(database, paper)
    rows += _states(database, paper)
    rows += _conflicts(database, paper)
    days = dict(database.all("SELECT id, at FROM updates"))
    for update, _, entry in sorted(rows, key=lambda row: (row[0], row[1], json.dumps(row[2]))):
        yield {"at": days[update], "pith_number": number, **entry}


def _documents(database: Database, paper: int) -> _Rows:
    for update, place, first, kind, sha256, verdict, message, entered in database.each(
        "SELECT s.update_id, s.place, d.update_id, d.kind, d.sha256, d.verdict, d.message, "
        "g.entered FROM given g JOIN documents d ON d.id = g.document_id "
        "JOIN sightings s ON s.document_id = d.id WHERE g.paper_id = ?",
        paper,
    ):
        yield (
            update,
            0,
            {
                "what": "document" if update == first else "document again",
                "kind": kind,
                "sha256": sha256.hex(),
                "verdict": verdict if entered else "refused",
                "from": place,
                "message": message,
            },
        )


def _events(database: Database, paper: int) -> _Rows:
    for update, event_id, sha256, place in database.each(
        "SELECT min(s.update_id) AS update_id, p.event_id, d.sha256, s.place FROM pieces p "
        "JOIN provenance v ON v.piece_id = p.id JOIN documents d ON d.id = v.document_id "
        "JOIN sightings s ON s.document_id = d.id "
        "WHERE p.paper_id = ? AND p.event_id IS NOT NULL GROUP BY p.event_id",
        paper,
    ):
        yield (
            update,
            1,
            {"what": "event", "event_id": event_id, "sha256": sha256.hex(), "from": place},
        )


def _states(database: Database, paper: int) -> _Rows:
    for update, state_sha256 in database.each(
        "SELECT update_id, state_sha256 FROM history WHERE paper_id = ?", paper
    ):
        yield update, 2, {"what": "state", "state_sha256": state_sha256}


def _conflicts(database: Database, paper: int) -> _Rows:
    for update, kind, signer_id, event_type, target, position, event_ids, stands in database.each(
        "SELECT update_id, kind, signer_id, event_type, target, position, event_ids, stands "
        "FROM equivocations WHERE paper_id = ?",
        paper,
    ):
        yield (
            update,
            3,
            {
                "what": "equivocation",
                "kind": kind,
                "signer_id": signer_id,
                "event_type": event_type,
                "target": target,
                "position": position or None,
                "event_ids": list(texts_in("event_ids of equivocations", event_ids)),
                "stands": bool(stands),
            },
        )
