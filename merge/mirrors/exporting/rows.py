"""The rows of the tables of a mirror, paper by paper."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from pithmerge.canon import read_json
from pithmerge.core.numbers import short_pith_number
from pithmerge.core.reasons import Reason
from pithmerge.errors import PithmergeError
from pithmerge.mirrors.living.classes import texts_in
from pithmerge.mirrors.living.database import Database
from pithmerge.mirrors.living.errors import REMEDY, DamageError
from pithmerge.mirrors.living.unpacking import piece_data, state_data
from pithmerge.mirrors.pieces import EVENT
from pithmerge.showing import clipped, encodable

Row = dict[str, Any]
PaperRows = dict[str, list[Row]]
"""The rows of a paper, by the table."""

_TEXT: Final = 1000
_MOST: Final = 1000
_BEYOND_ANY_EVENT: Final = 2**31
_INT64: Final = 2**63
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_PAPERS: Final = (
    "SELECT p.id, p.pith_number, p.source_id, p.source_version, p.title, p.verdict, "
    "p.state_sha256, p.problem, p.events, p.valid_events, p.invalid_events, p.equivocations, "
    "(SELECT n.value FROM names n WHERE n.paper_id = p.id AND n.kind = 'doi' "
    "ORDER BY NOT n.signed, n.value LIMIT 1) AS value, "
    # By their order, for a clock may have been set back.
    "(SELECT u.at FROM history h JOIN updates u ON u.id = h.update_id "
    "WHERE h.paper_id = p.id ORDER BY h.update_id LIMIT 1) AS at, "
    "(SELECT u.at FROM history h JOIN updates u ON u.id = h.update_id "
    "WHERE h.paper_id = p.id ORDER BY h.update_id DESC LIMIT 1) AS at, s.data AS data "
    "FROM papers p LEFT JOIN states s ON s.paper_id = p.id WHERE p.verdict IS NOT NULL "
    "ORDER BY p.pith_number"
)
_EVENTS: Final = (
    "SELECT min(p.event_id) AS event_id, count(*), p.data, p.digest, min((SELECT min(s.update_id) "
    "FROM provenance v JOIN sightings s ON s.document_id = v.document_id "
    "WHERE v.piece_id = p.id)) AS update_id FROM pieces p "
    "WHERE p.paper_id = ? AND p.kind = ? AND EXISTS ("
    "SELECT 1 FROM provenance v JOIN given g ON g.document_id = v.document_id "
    "WHERE v.piece_id = p.id AND g.paper_id = p.paper_id AND g.entered) "
    "GROUP BY coalesce(p.event_id, p.digest) ORDER BY coalesce(p.event_id, ''), p.digest"
)


def rows_of_papers(database: Database) -> Iterator[PaperRows]:
    """The rows of each paper, in order of the numbers.

    Raises:
        DamageError: something is not what was written.
    """
    days = {number: _instant(at) for number, at in database.each("SELECT id, at FROM updates")}
    for paper, *values, packed in database.each(_PAPERS):
        number = values[0]
        try:
            state = None if packed is None else _json(state_data(database, paper, number, packed))
        except DamageError:
            raise
        except PithmergeError as error:
            raise DamageError(f"the state of {number}: {error}") from None
        try:
            events = list(_event_rows(database, paper, number, state, days))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise DamageError(f"the state of {number}: it is none: {REMEDY}") from None
        yield {
            "papers": [_paper_row(values, state)],
            "events": events,
            "equivocations": list(_equivocation_rows(database, paper, number, days)),
            "reasons": [
                {
                    "pith_number": number,
                    "event_id": event["event_id"],
                    "reason": event["reason"],
                    "explanation": Reason(event["reason"]).explanation,
                    "event_type": event["event_type"],
                    "signer_id": event["signer_id"],
                }
                for event in events
                if event["reason"] is not None
            ],
        }


def _paper_row(values: list[Any], state: Any) -> Row:
    number, source_id, version, title, verdict, state_sha256, problem, *rest = values
    events, valid, invalid, equivocations, doi, first_seen, state_since = rest
    record = _of(_of(state, "current"), "canonical_record")
    metadata = _of(record, "metadata")
    primary = _text(_of(metadata, "primary_cat"))
    others = _texts(_of(metadata, "cross_cats_sorted"))
    return {
        "pith_number": number,
        "short_pith_number": short_pith_number(number),
        "arxiv_id": source_id,
        "arxiv_version": _whole(version),
        "doi": doi,
        "title": title,
        "primary_category": primary,
        "categories": list(dict.fromkeys([*([] if primary is None else [primary]), *others])),
        "license": _text(_of(metadata, "license")),
        "submitted_at": _instant(_of(metadata, "submitted_at")),
        "verdict": verdict,
        "state_sha256": state_sha256,
        "problem": problem,
        "events": events,
        "valid_events": valid,
        "invalid_events": invalid,
        "equivocations": equivocations,
        "first_seen": _instant(first_seen),
        "state_since": _instant(state_since),
    }


def _event_rows(
    database: Database, paper: int, number: str, state: Any, days: dict[int, Any]
) -> Iterator[Row]:
    shown = dict(_shown(state))
    reasons = {each["event_id"]: each["reason"] for each in _of(state, "invalid_events") or ()}
    there = False
    for event_id, copies, packed, digest, update in database.each(_EVENTS, paper, EVENT):
        there = True
        event = _json(piece_data(database, paper, number, EVENT, digest, packed))
        reason = reasons.get(event_id)
        verdict = "rejected" if reason else "current" if event_id in shown else "applied"
        yield _event_row(number, event_id, event) | {
            "verdict": verdict if state is not None else None,
            "reason": reason,
            "copies": copies,
            "signed": True,
            "first_seen": days.get(update),
        }
    if there:
        return
    # Nothing but what a state or a record shows.
    for event_id, event in sorted(shown.items()):
        yield _event_row(number, event_id, event) | {
            "verdict": "current",
            "reason": None,
            "copies": 1,
            "signed": False,
            "first_seen": None,
        }


def _shown(state: Any) -> Iterator[tuple[str, Any]]:
    """The events that a state shows, by their ids."""
    for name, value in (_of(state, "current") or {}).items():
        entries = [value] if name == "record_created" else value
        if name in ("canonical_record", "source_aliases") or not isinstance(entries, list):
            continue
        for entry in entries:
            event_id = _of(entry, "event_id")
            if isinstance(event_id, str):
                yield event_id, entry


def _event_row(number: str, event_id: str | None, event: Any) -> Row:
    signer = _of(event, "signer")
    return {
        "pith_number": number,
        "event_id": None if event_id is None else _text(event_id),
        "event_type": _text(_of(event, "event_type")),
        "target": _text(_of(event, "target")),
        "signer_id": _text(_of(signer, "signer_id")),
        "signer_type": _text(_of(signer, "signer_type")),
        "key_id": _text(_of(signer, "key_id")),
        "created_at": _instant(_of(event, "created_at")),
        "prev_event": _text(_of(event, "prev_event")),
        "supersedes": _texts(_of(event, "supersedes")),
    }


def _equivocation_rows(
    database: Database, paper: int, number: str, days: dict[int, Any]
) -> Iterator[Row]:
    for kind, signer_id, event_type, target, position, ids, stands, update in database.each(
        "SELECT kind, signer_id, event_type, target, position, event_ids, stands, update_id "
        "FROM equivocations WHERE paper_id = ? "
        "ORDER BY kind, signer_id, event_type, target, position",
        paper,
    ):
        yield {
            "pith_number": number,
            "kind": kind,
            "signer_id": _text(signer_id),
            "event_type": _text(event_type),
            "target": _text(target),
            "position": _text(position) or None,
            "event_ids": list(texts_in("event_ids of equivocations", ids)),
            "stands": bool(stands),
            "first_seen": days.get(update),
        }


def _json(data: bytes) -> Any:
    return read_json(data, max_depth=_BEYOND_ANY_EVENT, max_bytes=len(data))


def _of(value: Any, name: str) -> Any:
    """A member of what is an object, if it is one."""
    return value.get(name) if isinstance(value, dict) else None


def _text(value: Any) -> str | None:
    return clipped(encodable(value), _TEXT) if isinstance(value, str) else None


def _texts(value: Any) -> list[str]:
    texts = map(_text, value[:_MOST]) if isinstance(value, list) else ()
    return [each for each in texts if each is not None]


def _whole(text: str | None) -> int | None:
    if text is None or not re.fullmatch(r"-?[0-9]{1,19}", text):
        return None
    return int(text) if abs(int(text)) < _INT64 else None


def _instant(text: Any) -> datetime | None:
    if not isinstance(text, str) or not _INSTANT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
