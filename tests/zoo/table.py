"""``python -m tests.zoo.table > tests/zoo/ZOO.md``: the zoo, with what noticed each animal.

`tests/zoo/test_zoo.py` asserts that the page is what this writes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.zoo import ANIMALS
from tests.zoo.animal import Animal
from tests.zoo.proof import cases_on, failures, find

HEAD = (
    "# The zoo",
    "",
    "Written by `python -m tests.zoo.table`; do not edit. Each of these implementations is the",
    "reference with one mistake that a competent person might make. The corpus has to kill every",
    "one by a case, and the hunt has to find those that break a law (or disagree where drawn sets",
    "can show it); `make conform` tries them all. To see one fail:",
    '`.venv/bin/pithmerge conform run --impl ".venv/bin/python -m tests.zoo last_write_wins"`.',
    "",
    "| faulty implementation | killed by case | law of the hunt | its mistake | SPEC |",
    "|---|---|---|---|---|",
)


SCORE: Final = Path(__file__).parents[1] / "mutation" / "foreign" / "SCORE.md"
"""What the mutants of another implementation say of the corpus, below the table."""


def score() -> list[str]:
    """The lines below the table."""
    return SCORE.read_text("utf-8").splitlines()


def line_of(animal: Animal, case_id: str | None, law: str | None) -> str:
    """The line of one animal.

    Args:
        animal: the animal.
        case_id: the first case on its rule that it does not pass.
        law: the law by which the hunt finds it.
    """
    hunted = "none" if law is None else f"`{law}`"
    mistake = animal.mistake.replace("|", "\\|")
    case = "none" if case_id is None else f"`{case_id}`"
    shown_law = "corpus only" if animal.law is None else hunted
    return f"| `{animal.name}` | {case} | {shown_law} | {mistake} | {animal.rule} |"


def lines() -> Iterator[str]:
    """The page, line by line, as the corpus and the hunt have it now."""
    yield from HEAD
    for animal in ANIMALS.values():
        failed = next(failures(animal, cases_on(animal.rule)), None)
        finding = find(animal) if animal.law else None
        yield line_of(animal, failed and failed.case.id, finding and finding.law)
    yield from score()


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
