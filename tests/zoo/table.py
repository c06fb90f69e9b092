"""``python -m tests.zoo.table``: the zoo as a Markdown table, and what noticed each animal."""

from collections.abc import Iterator

from tests.zoo import ANIMALS
from tests.zoo.animal import Animal
from tests.zoo.proof import cases, failures, find

HEAD = (
    "| faulty implementation | killed by case | law of the hunt | its mistake | SPEC |",
    "|---|---|---|---|---|",
)


def line_of(animal: Animal) -> str:
    """The line of one animal: the whole corpus is run, and its law hunted."""
    failing = [result.case.id for result in failures(animal, cases())]
    finding = find(animal) if animal.law else None
    law = "corpus only" if animal.law is None else f"`{finding.law}`" if finding else "none"
    first = f"`{failing[0]}` ({len(failing)} in all)" if failing else "none"
    mistake = animal.mistake.replace("|", "\\|")
    return f"| `{animal.name}` | {first} | {law} | {mistake} | {animal.rule} |"


def lines() -> Iterator[str]:
    """The table, line by line."""
    yield from HEAD
    for animal in ANIMALS.values():
        yield line_of(animal)


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
