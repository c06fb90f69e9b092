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
from pathlib import Path
from typing import Any

from tests.mutation.foreign.survivors import LIST, Mutant, complaints, listed
from tests.mutation.foreign.trial import Judge


def mutants_in(folder: Path, modules: list[str]) -> list[Mutant]:
    """The mutants of the chosen modules, or of all; a wrong name ends the run."""
    values = json.loads((folder / "web" / "mutants.json").read_text("utf-8"))
    known = sorted({value["module"] for value in values})
    for name in modules:
        if name not in known:
            sys.exit(f"there is no module {name!r} with mutants: choose from {', '.join(known)}")
    return [
        Mutant.from_value(value)
        for value in values
        if not value["ignored"] and value["module"] in (modules or known)
    ]


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
    judge = Judge(arguments.folder / "web")
    counts: dict[str, Counter[str]] = {}
    survived: list[str] = []
    begun = time.monotonic()
    with results.open("w", encoding="utf-8") as written:
        for number, mutant in enumerate(mutants, start=1):
            case = judge.killed_by(mutant.id, hints.get(mutant.name))
            law = None
            # What is listed has been thought about; the hunt is asked of what is not.
            if case is None and mutant.name not in justified:
                law = judge.hunted_by(
                    mutant.id, max_examples=arguments.max_examples, seed=arguments.seed
                )
            outcome = "corpus" if case else "hunt" if law else "survived"
            counts.setdefault(mutant.module, Counter())[outcome] += 1
            result: dict[str, Any] = {**vars(mutant), "name": mutant.name, "case": case, "law": law}
            print(json.dumps(result), file=written, flush=True)
            if case is None:
                print(f"{number}/{len(mutants)} {law or 'survives'}: {mutant.name}", flush=True)
            if outcome == "survived":
                survived.append(mutant.name)
    print(*lines_of(counts), sep="\n")
    wrong = list(complaints(survived, justified, counts))
    print(*wrong, sep="\n")
    print(f"{time.monotonic() - begun:.0f} s")
    return int(bool(wrong) or not mutants)


def lines_of(counts: dict[str, Counter[str]]) -> list[str]:
    """The score, a line a module and one for all."""
    total = sum(counts.values(), Counter[str]())
    return [
        f"{name}: {of['corpus']} of {of.total()} killed by the corpus, {of['hunt']} by the hunt, "
        f"{of['survived']} survive"
        for name, of in [*counts.items(), ("all modules", total)]
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.foreign")
    parser.add_argument("folder", type=Path)
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--max-examples", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    sys.exit(main(parser.parse_intermixed_args()))
