"""Hold mutmut's survivors against the list of those that are justified.

``python tests/mutation/report.py FOLDER`` reads the runs in ``FOLDER/SLICE`` (see ``stage.py``) and
``survivors.txt``. It ends with 1 if a run is not finished, if a mutant survives that is not listed,
or if a listed one of a module that was run does not survive any more. A survivor is named by its
function and by what the mutant changed in it, not by mutmut's number, so the list outlives other
changes.
"""

import sys
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import chdir
from pathlib import Path

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import (
    get_module_from_key,
    orig_function_and_class_names_from_key,
)

LIST = Path(__file__).with_name("survivors.txt")
KILLED = {"killed", "timeout", "segfault"}
SURVIVED = {"survived", "no tests"}


def listed(modules: Collection[str]) -> Counter[str]:
    """The survivors of these modules that are justified; how many of a kind, for a change may fit
    two places."""
    of_modules = tuple(f"{module}." for module in modules)
    lines = LIST.read_text("utf-8").splitlines()
    return Counter(line for line in lines if line.startswith(of_modules))


def mutated(run: Path) -> Iterator[Path]:
    """The files of one run that were mutated, as they lie below its ``mutants``."""
    mutants = run / "mutants"
    for meta in sorted(mutants.rglob("*.py.meta")):
        yield meta.relative_to(mutants).with_suffix("")


def module_of(path: Path) -> str:
    """The module of ``src/pithmerge/….py``."""
    return ".".join(path.with_suffix("").parts[1:])


def outcomes(run: Path) -> Iterator[tuple[str, str]]:
    """Each mutant of one run with what became of it; of those that were not killed, by name."""
    paths = list(mutated(run))
    with chdir(run):
        for path in paths:
            data = SourceFileMutationData(path=path)
            data.load()
            for mutant, exit_code in data.exit_code_by_key.items():
                # A signal is the end of a process that could not go on, for lack of memory say.
                by_signal = exit_code is not None and exit_code < 0
                status = "killed" if by_signal else status_by_exit_code[exit_code]
                yield ("" if status in KILLED else change_of(mutant, path)), status


def change_of(mutant: str, path: Path) -> str:
    """A mutant's name: its function, the lines it changes, and what they become."""
    function, in_class = orig_function_and_class_names_from_key(mutant)
    function = function.removeprefix("get_") if in_class else function
    place = ".".join(filter(None, (get_module_from_key(mutant), in_class, function)))
    lines = get_diff_for_mutant(mutant, path=path).splitlines()[2:]
    was, becomes = (
        " ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+"
    )
    return f"{place}: {was}  ->  {becomes}"


def main(folder: Path) -> int:
    """Print what is wrong, then the score; 0 if every survivor is justified and none is extra."""
    found: Counter[str] = Counter()
    modules: list[str] = []
    unfinished: list[str] = []
    killed = total = 0
    for run in sorted(path for path in folder.iterdir() if (path / "mutants").is_dir()):
        of_run: Counter[str] = Counter()
        modules += map(module_of, mutated(run))
        for name, status in outcomes(run):
            of_run[status] += 1
            if status in SURVIVED:
                found[name] += 1
            elif status not in KILLED:
                unfinished.append(f"{status}: {name}")
        killed_here = sum(of_run[status] for status in KILLED)
        print(f"{run.name}: killed {killed_here} of {of_run.total()}")
        killed, total = killed + killed_here, total + of_run.total()
    unjustified, outdated = found - listed(modules), listed(modules) - found
    for title, names in (
        ("not finished", unfinished),
        (f"survives and is not in {LIST.name}", unjustified.elements()),
        (f"is in {LIST.name} and does not survive", outdated.elements()),
    ):
        for name in names:
            print(f"{title}:\n  {name}")
    justified = "not all justified" if unfinished or unjustified or outdated else "all justified"
    print(f"killed {killed} of {total}; {found.total()} survivors, {justified}")
    return int(justified != "all justified" or total == 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
