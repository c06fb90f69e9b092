"""The list of the mutants of ``merge/web`` that nothing can tell from it, and its check."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

LIST: Final = Path(__file__).with_name("survivors.txt")
_ENTRY: Final = re.compile(r"(?P<module>[\w/-]+\.mjs): (?P<before>.+)  ->  .*")


@dataclass(frozen=True)
class Mutant:
    """One change of one module.

    Attributes:
        module: the file's path in ``merge/web``.
        mutator: the kind of change.
        line: where.
        before, after: the changed lines as they are and as they become, in one line each.
        start, end: where the text that is replaced stands in the module, in UTF-16 units.
        text: what it is replaced by.
    """

    module: str
    mutator: str
    line: int
    before: str
    after: str
    start: int = 0
    end: int = 0
    text: str = ""

    @classmethod
    def from_value(cls, value: dict[str, Any]) -> "Mutant":
        """A mutant of ``mutants.json``."""
        named = {name: value[name] for name in ("module", "mutator", "line", "before", "after")}
        return cls(**named, start=value["from"], end=value["to"], text=value["text"])

    @property
    def name(self) -> str:
        """What the list calls it: no number in it, so that it outlives other changes."""
        return f"{self.module}: {self.before}  ->  {self.after}"


def listed(text: str) -> Iterator[str]:
    """The names in a list. What is no name is a reason, or a heading."""
    return (line for line in text.splitlines() if _ENTRY.fullmatch(line))


def module_of(name: str) -> str:
    """The module of a mutant's name."""
    return name.partition(":")[0]


def before_of(name: str) -> str:
    """The changed lines in a mutant's name, as they are."""
    entry = _ENTRY.fullmatch(name)
    assert entry is not None
    return entry["before"]


def complaints(
    survived: Iterable[str], justified: Iterable[str], modules: Collection[str]
) -> Iterator[str]:
    """What is wrong with a list, in lines; of a change that fits two places both are counted.

    Args:
        survived: the names of the mutants that survived.
        justified: the names in the list.
        modules: those that were tried; of others nothing is known.
    """
    found = Counter(survived)
    known = Counter(name for name in justified if module_of(name) in modules)
    for name in (found - known).elements():
        yield f"survives and is not in {LIST.name}:\n  {name}"
    for name in (known - found).elements():
        yield f"is in {LIST.name} and does not survive:\n  {name}"
