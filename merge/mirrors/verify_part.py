"""Verifying a unit of work: what a worker does, all of it, so that its parent has little to do."""

import time
from heapq import nlargest
from typing import Final

import msgspec

from pithmerge.crypto import Keyring
from pithmerge.documents import parse_document
from pithmerge.errors import PithmergeError, UnfinishedError
from pithmerge.files import replacing
from pithmerge.mirrors.counting import add_counts
from pithmerge.mirrors.folding import Folding
from pithmerge.mirrors.reading.members import explained
from pithmerge.mirrors.reading.parts import Item
from pithmerge.mirrors.rows import (
    OUTCOMES,
    Row,
    row_of_problem,
    row_of_report,
    row_to_json,
)
from pithmerge.mirrors.running.work import Task
from pithmerge.verification import DocumentVerdict, verify_document

_SLOWEST: Final = 5


class Slow(msgspec.Struct, frozen=True, order=True):
    """How long a document took, in seconds."""

    seconds: float
    document: str
    bytes: int


class Tally(msgspec.Struct):
    """What came of a number of documents, in a size that does not grow with it.

    Attributes:
        outcomes: how many documents came to each outcome (`pithmerge.mirrors.rows.OUTCOMES`).
        verdicts: the same of each verdict (`pithmerge.DocumentVerdict`).
        rules: how many documents failed each rule of SPEC.md.
        causes: how many documents each cause makes fail (SPEC 10.6).
        reasons: how many documents hold events that are rejected for each reason.
        signers: how many documents show equivocations of each signer; of very many the most
            frequent.
        equivocal: how many documents show equivocations.
        bytes: of all documents that could be had.
        seconds: of work, summed over all who worked.
        slowest: the few documents that took longest, the longest first.
        rows: how many lines of the report there are of them (`pithmerge.mirrors.folding`).
    """

    outcomes: dict[str, int]
    rules: dict[str, int]
    verdicts: dict[str, int]
    causes: dict[str, int] = {}
    reasons: dict[str, int] = {}
    signers: dict[str, int] = {}
    equivocal: int = 0
    bytes: int = 0
    seconds: float = 0.0
    slowest: tuple[Slow, ...] = ()
    rows: int = 0

    @classmethod
    def empty(cls) -> "Tally":
        """Of no documents."""
        return cls(dict.fromkeys(OUTCOMES, 0), {}, dict.fromkeys(map(str, DocumentVerdict), 0))

    @property
    def documents(self) -> int:
        """How many there were."""
        return sum(self.outcomes.values())

    def count(self, row: Row) -> None:
        """Add a document."""
        self.outcomes[row.outcome] += 1
        self.verdicts[row.verdict] += 1
        self.bytes += row.bytes or 0
        self.equivocal += bool(row.equivocations)
        for counts, named in (
            (self.rules, row.failed_rules),
            (self.causes, row.causes),
            (self.reasons, row.reasons),
            (self.signers, row.signers),
        ):
            if named:
                add_counts(counts, dict.fromkeys(named, 1))

    def add(self, other: "Tally") -> None:
        """Add those of another."""
        for outcome, count in other.outcomes.items():
            self.outcomes[outcome] += count
        for verdict, count in other.verdicts.items():
            self.verdicts[verdict] += count
        add_counts(self.rules, other.rules)
        add_counts(self.causes, other.causes)
        add_counts(self.reasons, other.reasons)
        add_counts(self.signers, other.signers)
        self.equivocal += other.equivocal
        self.bytes += other.bytes
        self.seconds += other.seconds
        self.rows += other.rows
        self.slowest = tuple(nlargest(_SLOWEST, (*self.slowest, *other.slowest)))


def verify_part(task: Task, *, keyring: Keyring, max_bytes: int) -> Tally:
    """Verify the documents of a unit of work.

    Args:
        task: the unit; its file gets a line for each, in the order of the part, whole or not at
            all; those that are alike and unreadable are folded. The same part gives the same bytes.
        keyring: whom to trust.
        max_bytes: how long a document may be.

    Raises:
        OSError: the rows cannot be written. Nothing that is read raises.
    """
    tally = Tally.empty()
    slowest: list[Slow] = []
    begun = before = time.perf_counter()
    folding: Folding[Row] = Folding(task.part)
    with replacing(task.rows, durable=False) as file:
        for item in task.items(max_bytes):
            row, line = verified(item, keyring)
            for folded in folding.add(row):
                file.write(line if folded is row else row_to_json(folded))
                tally.rows += 1
            tally.count(row)
            # Reading it is part of how long it took.
            before, took = (now := time.perf_counter()), now - before
            if len(slowest) < _SLOWEST or took > slowest[-1].seconds:
                slow = Slow(took, item.name, row.bytes or 0)
                slowest = nlargest(_SLOWEST, (*slowest, slow))
        for folded in folding.rest():
            file.write(row_to_json(folded))
            tally.rows += 1
    tally.slowest = tuple(slowest)
    tally.seconds = time.perf_counter() - begun
    return tally


def verified(item: Item, keyring: Keyring) -> tuple[Row, bytes]:
    """What becomes of one document, whatever it is: its row, and that as a line."""
    cut_short = False
    if item.data is None:
        problem = item.problem or "it cannot be read"
    else:
        try:
            document = parse_document(item.data, name=item.name, max_bytes=len(item.data))
            row = row_of_report(verify_document(document, keyring=keyring), item.data)
            return row, row_to_json(row)
        except PithmergeError as error:
            problem = str(error).removeprefix(f"{item.name}: ")
            cut_short = isinstance(error, UnfinishedError)
        except MemoryError as error:
            problem = explained(error)
        except Exception as error:  # one document is never the end of a run
            problem = f"{error!r}: this is a defect of pithmerge, report it"
    row = row_of_problem(item, problem, cut_short=cut_short)
    return row, row_to_json(row)
