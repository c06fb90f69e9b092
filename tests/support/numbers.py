"""Numbers of papers that are read from bytes, in this process."""

import io
from dataclasses import dataclass
from typing import Any

from pithmerge.arxiv.numbering import Counts
from pithmerge.arxiv.pieces import MAX_PAPER_BYTES
from pithmerge.arxiv.reading import pieces_of
from pithmerge.arxiv.runs import numbers
from pithmerge.mirrors.reading.parts import Limits
from pithmerge.mirrors.running.engines import LocalEngine

LIMITS = Limits(also=("xml",))


@dataclass(frozen=True)
class Outcome:
    """What came of some bytes."""

    lines: list[str]
    problems: list[str]
    counts: Counts


def numbers_of(data: bytes | Any, *, max_bytes: int = MAX_PAPER_BYTES) -> Outcome:
    """The lines and problems of a file ``f`` with these bytes, or of what reads like one."""
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    lines: list[str] = []
    problems: list[str] = []
    counts = Counts()
    for done in numbers(
        pieces_of(file, "f", LIMITS, max_bytes),
        engine=LocalEngine(1),
        as_json=False,
        against=None,
        max_bytes=max_bytes,
    ):
        lines += done.output.decode().splitlines()
        problems += done.problems
        counts.add(done.counts)
    return Outcome(lines, problems, counts)
