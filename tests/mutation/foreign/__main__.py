"""``python -m tests.mutation.foreign FOLDER [MODULE …]``: the kit against the mutants in FOLDER.

``FOLDER/web`` is what ``instrument.mjs`` wrote; ``FOLDER/results.jsonl`` is written anew, a line a
mutant, as they are tried. What killed a mutant in the last run is asked first in the next, which
makes that one quick and changes nothing else; so a run that was ended is soon where it was. It ends
with 1 if a mutant survives that is not listed in ``survivors.txt``, or a listed one does not.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from tests.mutation.foreign.survivors import LIST, Mutant, complaints, listed
from tests.mutation.foreign.trial import Judge, Unsettled

FIRST: Final = (
    *("canonical", "json-reader", "validity", "order", "equivocation", "state", "rows"),
    *("record", "keyring", "event", "ed25519", "evidence", "merge"),
)
"""The modules that matter most, so that a run that is ended early has whole ones of them."""


def mutants_in(folder: Path, modules: list[str]) -> dict[int, Mutant]:
    """The mutants of the chosen modules, or of all, by their places in the list of all mutants;
    a wrong name ends the run."""
    values = json.loads((folder / "web" / "mutants.json").read_text("utf-8"))
    rank = {f"{name}.mjs": place for place, name in enumerate(FIRST)}
    known = sorted({value["module"] for value in values}, key=lambda name: rank.get(name, 99))
    for name in modules:
        if name not in known:
            sys.exit(f"there is no module {name!r} with mutants: choose from {', '.join(known)}")
    return {
        place: Mutant.from_value(value)
        for module in modules or known
        for place, value in enumerate(values)
        if value["module"] == module and not value["ignored"]
    }


def hints_in(path: Path) -> dict[str, str]:
    """By a mutant's name the case that killed it in the last run."""
    if not path.exists():
        return {}
    results = map(json.loads, path.read_text("utf-8").splitlines())
    return {result["name"]: result["case"] for result in results if result["case"]}


def main(arguments: argparse.Namespace) -> int:
    """Try the mutants one after the other; 0 if every survivor is justified and none is extra."""
    mutants = mutants_in(arguments.folder, arguments.modules)
    results, before = (arguments.folder / name for name in ("results.jsonl", "before.jsonl"))
    hints = hints_in(before) | hints_in(results)
    if results.exists():
        with before.open("a", encoding="utf-8") as kept:
            kept.write(results.read_text("utf-8"))
    justified = list(listed(LIST.read_text("utf-8")))
    judge = Judge(arguments.folder)
    counts: dict[str, Counter[str]] = {}
    survived: list[str] = []
    begun = time.monotonic()
    with results.open("w", encoding="utf-8") as written:
        for number, (place, mutant) in enumerate(mutants.items(), start=1):
            outcome, result = tried(judge, place, mutant, hints, justified, arguments)
            counts.setdefault(mutant.module, Counter())[outcome] += 1
            print(json.dumps(result), file=written, flush=True)
            if outcome != "corpus":
                print(f"{number}/{len(mutants)} {outcome}: {mutant.name}", flush=True)
            if outcome == "survived":
                survived.append(mutant.name)
    print(*lines_of(counts), sep="\n")
    wrong = list(complaints(survived, justified, counts))
    print(*wrong, sep="\n")
    print(f"{time.monotonic() - begun:.0f} s")
    return int(bool(wrong) or not mutants)


def tried(
    judge: Judge,
    place: int,
    mutant: Mutant,
    hints: Mapping[str, str],
    justified: Collection[str],
    arguments: argparse.Namespace,
) -> tuple[str, dict[str, Any]]:
    """What became of a mutant, and the same as a line of the results."""
    case = law = None
    try:
        case = judge.killed_by(mutant, place, hints.get(mutant.name), quick=arguments.quick)
        # What is listed has been thought about; the hunt is asked of what is not.
        if case is None and mutant.name not in justified and arguments.max_examples:
            law = judge.hunted_by(mutant, max_examples=arguments.max_examples, seed=arguments.seed)
        outcome = "corpus" if case else "hunt" if law else "survived"
    except Unsettled:
        outcome = "unsettled"
    return outcome, {
        **vars(mutant), "name": mutant.name, "outcome": outcome, "case": case, "law": law,
    }  # fmt: skip


def lines_of(counts: dict[str, Counter[str]]) -> list[str]:
    """The score, a line a module and one for all."""
    total = sum(counts.values(), Counter[str]())
    return [
        f"{name}: {of['corpus']} of {of.total()} killed by the corpus, {of['hunt']} by the hunt, "
        f"{of['survived']} survive, {of['unsettled']} unsettled"
        for name, of in [*counts.items(), ("all modules", total)]
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.foreign")
    parser.add_argument("folder", type=Path)
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--max-examples", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="without the cases that take long")
    sys.exit(main(parser.parse_intermixed_args()))
