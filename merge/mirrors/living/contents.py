"""What a mirror holds of a paper, in the bytes that were published."""

from pithmerge.documents import DocumentKind
from pithmerge.mirrors.living.database import Database
from pithmerge.mirrors.living.errors import MirrorError
from pithmerge.mirrors.living.merging import BEST_FIRST, pieces_of_paper
from pithmerge.mirrors.living.unpacking import document_data, state_data
from pithmerge.mirrors.pieces import EVENT


def state_of(database: Database, paper: int, pith_number: str) -> bytes:
    """A paper's state: of its signed events as the registry would publish it; where nothing but a
    state was received, that, as it was.

    Raises:
        MirrorError: there is none.
        DamageError: it is not what was written.
    """
    if not _is_signed(database, paper):
        received = _best(database, paper, DocumentKind.STATE)
        if received is not None:
            return received
    found = database.one("SELECT data FROM states WHERE paper_id = ?", paper)
    if found is None:
        (problem,) = database.one("SELECT problem FROM papers WHERE id = ?", paper)
        raise MirrorError(
            f"{pith_number}: it has no state ({problem or 'it is not merged yet'}): give the "
            "mirror what is missing with pithmerge mirror update"
        )
    return state_data(database, paper, pith_number, found[0])


def bundle_of(database: Database, paper: int, pith_number: str) -> bytes:
    """The bundle of a paper, as it was received; of several the newest of those that hold.

    Raises:
        MirrorError: none was received.
        DamageError: it is not what was received.
    """
    found = _best(database, paper, DocumentKind.BUNDLE)
    if found is not None:
        return found
    if _is_signed(database, paper):
        raise MirrorError(
            f"{pith_number}: no bundle of it was received: --events gives its signed events, "
            "--state its state"
        )
    raise MirrorError(
        f"{pith_number}: no bundle of it was received, and nothing else that is signed: --state "
        "gives what is said of it"
    )


def events_of(database: Database, paper: int, pith_number: str) -> list[bytes]:
    """All signed events of a paper that are merged, each as it was published, in one order.

    Raises:
        DamageError: one is not what was written.
    """
    pieces = pieces_of_paper(database, paper, pith_number)
    return [data for kind, data in pieces if kind == EVENT]


def list_of_events(events: list[bytes]) -> bytes:
    """Events as the document that a list of them is."""
    return b"[" + b",".join(events) + b"]"


def _is_signed(database: Database, paper: int) -> bool:
    """Whether signed events of a paper are merged."""
    found = database.one(
        "SELECT 1 FROM given WHERE paper_id = ? AND entered AND signed LIMIT 1", paper
    )
    return found is not None


def _best(database: Database, paper: int, kind: str) -> bytes | None:
    found = database.one(
        "SELECT d.sha256, d.data, d.size FROM given g JOIN documents d ON d.id = g.document_id "
        f"WHERE g.paper_id = ? AND g.entered AND d.kind = ? ORDER BY {BEST_FIRST} LIMIT 1",
        paper,
        str(kind),
    )
    return None if found is None else document_data(database, *found)
