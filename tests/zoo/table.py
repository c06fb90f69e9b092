"""``python -m tests.zoo.table``: the zoo as a Markdown table, and what noticed each animal."""

from collections.abc import Iterator

from tests.zoo import ANIMALS
from tests.zoo.animal import Animal
from tests.zoo.proof import cases, failures, find

HEAD = (
    "| animal | mistake | SPEC | failing cases | of them | found by law |",
    "|---|---|---|---|---|---|",
)


def line_of(animal: Animal) -> str:
    """The line of one animal: the whole corpus is run, and its law hunted."""
    failing = [result.case.id for result in failures(animal, cases())]
    finding = find(animal) if animal.law else None
    law = "(the corpus alone)" if animal.law is None else f"`{finding.law}`" if finding else "none"
    first = failing[0] if failing else "none"
    return (
        f"| `{animal.name}` | {animal.mistake} | {animal.rule} | {len(failing)} | {first} | {law} |"
    )


def lines() -> Iterator[str]:
    """The table, line by line."""
    yield from HEAD
    for animal in ANIMALS.values():
        yield line_of(animal)


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
