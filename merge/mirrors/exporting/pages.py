"""The pages of a site: one for each paper, and the one to begin with."""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import msgspec

from pithmerge.answers.drawing.event_graph import EventGraph
from pithmerge.answers.drawing.labels import told
from pithmerge.answers.drawing.pages import ShownGraph
from pithmerge.answers.drawing.rendering import page, rendered
from pithmerge.answers.gathering import gather
from pithmerge.core.numbers import short_pith_number
from pithmerge.crypto import Keyring
from pithmerge.documents import parse_document
from pithmerge.errors import PithmergeError
from pithmerge.mirrors.exporting.layout import EVENTS, PAPERS, STATE
from pithmerge.mirrors.living.queries import Kind, read_query

SCRIPT, STYLE = "search.js", "site.css"
_OF_PAPERS: Final = ("colours.css", "parts.html", "picture.svg", "site.html", "paper.html")
_MADE_AS: Final = b"2"
"""Another one where the code makes other pages of the same templates."""
_TITLE: Final = 400
_WORDS: Final = {
    "ok": ("good", "Everything about it that can be checked holds."),
    "consistent": ("unsure", "It is consistent; nothing that is signed covers all of it."),
    "failed": ("bad", "Something of each document about it does not hold; what is sound is here."),
}


class ShownConflict(NamedTuple):
    """An equivocation that stands (SPEC 7.2), and when the mirror first saw it."""

    kind: str
    signer_id: str
    event_type: str
    target: str
    event_ids: tuple[str, ...]
    first_seen: str


class PaperFacts(msgspec.Struct, frozen=True):
    """What a page says of a paper.

    Attributes:
        pith_number, id, source_id, title, dois: its names; the id with its version.
        verdict: the best of the documents that it is in.
        valid_events, invalid_events, state_sha256, problem: of its state.
        conflicts: its equivocations.
        files: the files beside the page, and their sizes.
    """

    pith_number: str
    id: str | None
    source_id: str | None
    title: str | None
    dois: tuple[str, ...]
    verdict: str
    valid_events: int
    invalid_events: int
    state_sha256: str | None
    problem: str | None
    conflicts: tuple[ShownConflict, ...]
    files: dict[str, int]


class _Conflict(NamedTuple):
    """An equivocation in words."""

    kind: str
    signer_id: str
    what: str
    first_seen: str
    event_ids: tuple[str, ...]


class _File(NamedTuple):
    name: str
    size: str
    what: str


_FILES: Final = {
    "bundle.json": "the newest bundle, as it was received",
    "state.json": "its current state",
    "events.json": "all signed events, of all bundles",
}
_MOST_CONFLICTS: Final = 100
_MOST_IDS: Final = 20


def paper_page(facts: PaperFacts, given: bytes | None, keyring: Keyring) -> str:
    """The page of a paper.

    Args:
        facts: what it says.
        given: what its graph is drawn of: its signed events, or its state; None if there is none.
        keyring: whom the mirror trusts.
    """
    tone, sentence = _WORDS[facts.verdict]
    graph, no_graph = _graph_of(given, facts, keyring)
    dois = tuple(told(each, 200) for each in facts.dois)
    return page(
        "paper.html",
        title=told(facts.title, _TITLE) if facts.title else "A paper without a title",
        number=facts.pith_number,
        short=short_pith_number(facts.pith_number),
        id=None if facts.id is None else told(facts.id),
        arxiv=_arxiv_address(facts.source_id, facts.id),
        dois=dois,
        tone=tone,
        sentence=sentence,
        events=", ".join(_counts(facts)),
        state_sha256=facts.state_sha256,
        problem=None if facts.problem is None else told(facts.problem, 500),
        conflicts=[_conflict(each) for each in facts.conflicts[:_MOST_CONFLICTS]],
        more_conflicts=max(0, len(facts.conflicts) - _MOST_CONFLICTS),
        files=[_File(name, f"{size:,} bytes", _FILES[name]) for name, size in facts.files.items()],
        graph=graph,
        no_graph=no_graph,
    )


def _graph_of(
    given: bytes | None, facts: PaperFacts, keyring: Keyring
) -> tuple[ShownGraph | None, str]:
    if given is None:
        return None, "There is nothing to draw."
    name = EVENTS if EVENTS in facts.files or STATE not in facts.files else "bundle.json"
    name = STATE if given[:1] == b"{" else name
    try:
        document = parse_document(given, name=name, max_bytes=len(given))
        papers = [
            each
            for each in gather([document], keyring)
            if each.pith_number in (facts.pith_number, None)
        ]
        return ShownGraph.of(EventGraph.of_papers(papers)), ""
    except PithmergeError as error:
        return None, f"There is no picture: {told(str(error), 300)}."


def _counts(facts: PaperFacts) -> Iterator[str]:
    valid, conflicts = facts.valid_events, len(facts.conflicts)
    yield f"{valid:,} valid event{'' if valid == 1 else 's'}"
    if facts.invalid_events:
        yield f"{facts.invalid_events:,} not valid"
    if conflicts:
        yield f"{conflicts:,} equivocation{'' if conflicts == 1 else 's'}"


def _conflict(conflict: ShownConflict) -> _Conflict:
    return _Conflict(
        told(conflict.kind).replace("_", " ").capitalize(),
        told(conflict.signer_id),
        f"{told(conflict.event_type)} on {told(conflict.target)}",
        conflict.first_seen,
        tuple(told(each, 80) for each in conflict.event_ids[:_MOST_IDS]),
    )


def _arxiv_address(source_id: str | None, versioned: str | None) -> str | None:
    """The address of a paper at arXiv, if what names it has the form of an id."""
    query = read_query(source_id) if source_id else None
    if query is None or query.kind is not Kind.ARXIV or versioned is None:
        return None
    whole = read_query(versioned)
    if whole is None or whole.kind is not Kind.ARXIV:
        return None
    return f"https://arxiv.org/abs/{whole.value}" + (f"v{whole.version}" if whole.version else "")


class Listed(NamedTuple):
    """A paper in a list on the start page."""

    pith_number: str
    id: str | None
    title: str | None
    note: str


def start_page(
    *,
    name: str | None,
    papers: int,
    equivocal: int,
    learned: str,
    changed: list[Listed],
    forked: list[Listed],
    has_manifest: bool,
) -> str:
    """The page that a site begins with.

    Args:
        name: of the mirror.
        papers, equivocal: how many there are, and how many of these have equivocations.
        learned: when the mirror last learned something.
        changed, forked: papers that changed last, and that have equivocations.
        has_manifest: whether there is a manifest to name.
    """
    return page(
        "start.html",
        name="A mirror of Pith Numbers" if not name else told(name, 100),
        papers=f"{papers:,}",
        equivocal=f"{equivocal:,}" if equivocal else "",
        learned=learned[:10],
        changed=[_listed(each) for each in changed],
        forked=[_listed(each) for each in forked],
        has_manifest=has_manifest,
    )


def _listed(paper: Listed) -> dict[str, str]:
    return {
        "href": f"{PAPERS}/{paper.pith_number.rpartition(':')[2]}/",
        "title": told(paper.title, 200) if paper.title else paper.pith_number,
        "id": "" if paper.id is None else told(paper.id),
        "note": told(paper.note),
    }


@cache
def style() -> bytes:
    """What all pages look like."""
    return rendered(STYLE).encode()


@cache
def script() -> bytes:
    """What searches, in a browser."""
    return rendered(SCRIPT).encode()


@cache
def look() -> str:
    """The digest of what the pages of papers are made by."""
    folder = files("pithmerge.answers.drawing") / "templates"
    digest = hashlib.sha256(_MADE_AS)
    for name in _OF_PAPERS:
        digest.update((folder / name).read_bytes() + b"\0")
    return digest.hexdigest()
