"""The list of the JavaScript mutants that nobody can tell, held against the modules as they are."""

from collections import Counter
from pathlib import Path

from tests.mutation.foreign.survivors import (
    LIST,
    Mutant,
    before_of,
    complaints,
    listed,
    module_of,
)

WEB = Path(__file__).parents[2] / "merge" / "web"
TEXT = LIST.read_text("utf-8")

ONE = Mutant("order.mjs", "Number", 3, "return a - b;", "return a + b;")


def test_what_a_listed_mutant_changes_is_there() -> None:
    assert [name for name in listed(TEXT) if before_of(name) not in source(module_of(name))] == []


def source(module: str) -> str:
    """A module in one line; empty if there is none."""
    path = WEB / module
    return " ".join(path.read_text("utf-8").split()) if path.exists() else ""


def test_every_listed_mutant_stands_below_a_reason() -> None:
    paragraphs = [block.splitlines() for block in TEXT.split("\n\n") if block.strip()]
    for before, block in zip([[], *paragraphs], paragraphs, strict=False):
        names = [*listed("\n".join(block))]
        assert names in ([], block), "reasons and mutants are paragraphs of their own"
        assert not names or [*listed("\n".join(before))] == []


def test_the_name_of_a_mutant_is_what_it_changes() -> None:
    assert ONE.name == "order.mjs: return a - b;  ->  return a + b;"
    assert (module_of(ONE.name), before_of(ONE.name)) == ("order.mjs", "return a - b;")
    assert [*listed(f"A reason -> or two.\n{ONE.name}\n")] == [ONE.name]


def test_a_list_that_says_what_survives_is_right() -> None:
    assert [*complaints([ONE.name], [ONE.name], ["order.mjs"])] == []


def test_a_survivor_that_is_not_listed_is_named() -> None:
    (line,) = complaints([ONE.name], [], ["order.mjs"])
    assert line.startswith("survives and is not in")
    assert line.endswith(ONE.name)


def test_a_change_that_fits_two_places_is_listed_twice() -> None:
    assert len([*complaints([ONE.name] * 2, [ONE.name], ["order.mjs"])]) == 1
    assert len([*complaints([ONE.name], [ONE.name] * 2, ["order.mjs"])]) == 1


def test_a_listed_mutant_that_does_not_survive_is_named_if_its_module_was_tried() -> None:
    (line,) = complaints([], [ONE.name], ["order.mjs"])
    assert line.startswith("is in")
    assert line.endswith(ONE.name)
    assert [*complaints([], [ONE.name], Counter({"state.mjs": 1}))] == []
