"""Pieces of what arXiv publishes: small enough to be held, and to be handed to another process."""

from typing import Any, Final

import msgspec

PIECE_BYTES: Final = 2**20
"""A piece ends when it has that many bytes: some thousandths of a second."""
PIECE_PAPERS: Final = 256
MAX_PAPER_BYTES: Final = 2**24
"""How long the metadata of a paper may be if nothing else is said; real ones have some thousand."""


class Lines(msgspec.Struct, frozen=True, tag=True):
    """Whole lines, a paper each; ``first`` is the number of the first one."""

    name: str
    first: int
    data: bytes


class Whole(msgspec.Struct, frozen=True, tag=True):
    """A JSON document: a paper, or a list of papers."""

    name: str
    data: bytes


class Response(msgspec.Struct, frozen=True, tag=True):
    """A whole XML document: a response of OAI-PMH."""

    name: str
    data: bytes


class Papers(msgspec.Struct, frozen=True, tag=True):
    """What was read already: of each paper its place, and what it says or why nothing can be read.

    Each has the members of arXiv's snapshot.
    """

    papers: tuple["Paper", ...]


class Paper(msgspec.Struct, frozen=True):
    """A paper of `Papers`."""

    place: str
    value: Any
    problem: str | None = None


class Rows(msgspec.Struct, frozen=True, tag=True):
    """Rows of a Parquet file, as a stream of Arrow; ``first`` is the number of the first one."""

    name: str
    first: int
    data: bytes


class Unread(msgspec.Struct, frozen=True, tag=True):
    """What cannot be read, and why not."""

    place: str
    problem: str


class Noted(msgspec.Struct, frozen=True, tag=True):
    """What a response of OAI-PMH says beside its papers.

    Attributes:
        deleted: how many records are deleted.
        continued: whether the list goes on in another response; None where there is no list.
    """

    deleted: int
    continued: bool | None


Piece = Lines | Whole | Response | Papers | Rows | Unread | Noted
