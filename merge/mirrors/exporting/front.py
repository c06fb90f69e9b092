"""What the start page of a site says of its mirror."""

from typing import Any, Final

from pithmerge.mirrors.exporting.pages import Listed, start_page
from pithmerge.mirrors.exporting.papers import PUBLISHED
from pithmerge.mirrors.living.database import Database
from pithmerge.mirrors.living.reports import versioned

_LISTED: Final = 10


def front_page(
    database: Database, *, name: str | None, papers: int, learned: str, has_manifest: bool
) -> bytes:
    """The start page.

    Args:
        database: open, at one moment.
        name: of the mirror.
        papers: that the site has.
        learned: when the mirror has last learned something.
        has_manifest: whether the site has a manifest.
    """
    (equivocal,) = database.one(
        f"SELECT count(*) FROM papers p WHERE p.equivocations > 0 AND {PUBLISHED}"
    )
    page = start_page(
        name=name,
        papers=papers,
        equivocal=equivocal,
        learned=learned,
        changed=_changed_last(database),
        forked=_forked_last(database),
        has_manifest=has_manifest,
    )
    return page.encode()


def _changed_last(database: Database) -> list[Listed]:
    rows = database.all(
        "SELECT p.pith_number, p.source_id, p.source_version, p.title, u.at FROM papers p "
        "JOIN updates u ON u.id = p.changed_by "
        f"WHERE {PUBLISHED} ORDER BY p.changed_by DESC, p.id DESC LIMIT {_LISTED}"
    )
    return [_listed(row, row[4][:10]) for row in rows]


def _forked_last(database: Database) -> list[Listed]:
    found: dict[int, Listed] = {}
    for paper, signer in database.each(
        "SELECT e.paper_id, e.signer_id FROM equivocations e INDEXED BY equivocations_of_update "
        "WHERE e.stands ORDER BY e.update_id DESC, e.paper_id DESC"
    ):
        if len(found) == _LISTED:
            break
        row = None if paper in found else database.one(
            "SELECT p.pith_number, p.source_id, p.source_version, p.title FROM papers p "
            f"WHERE p.id = ? AND {PUBLISHED}",
            paper,
        )  # fmt: skip
        if row is not None:
            found[paper] = _listed(row, f"by {signer}")
    return list(found.values())


def _listed(row: Any, note: str) -> Listed:
    return Listed(row[0], versioned(row[1], row[2]), row[3], note)
