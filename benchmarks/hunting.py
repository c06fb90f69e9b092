"""The hunt over the pipe: what the kit costs a merge, over what the implementation costs; and what
as many copies as there are processors do in the time of one."""

import os
import resource
import shlex
import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from importlib import resources
from pathlib import Path
from typing import Any

from benchmarks.common import print_heading
from pithmerge.conformance.copies import Copies, Hunted
from pithmerge.conformance.hunt import hunt_law
from pithmerge.conformance.implementations import CommandImplementation, Reply
from pithmerge.conformance.laws import LAWS
from pithmerge.conformance.sharing import Crew, hunt_laws, shares_of
from pithmerge.processes import available_processors

SETS = 600
SETS_OF_COMMAND = 1000
"""What the command draws where nobody says how many."""
ROUNDS = 3
MERGES_A_MINUTE = 10_000
BAR = 1.0
"""The kit must not cost more than a program that is written for clarity."""


class Counting(CommandImplementation):
    """An implementation whose merges are counted."""

    merges = 0

    def run(self, op: str, inputs: dict[str, Any], *, seconds: float) -> Reply:
        """See `CommandImplementation.run`."""
        self.merges += 1
        return super().run(op, inputs, seconds=seconds)


def _program() -> str:
    node = shutil.which("node") or "node"
    return shlex.join((node, str(resources.files("pithmerge.web") / "pithmerge.mjs")))


def cpu_of_hunt(laws: Sequence[str], *, sets: int, seed: int) -> tuple[int, float, float]:
    """How many merges a hunt asks the bundled implementation in JavaScript for, and the seconds of
    processor time that the kit and the implementation take."""
    before = _cpu(resource.RUSAGE_SELF), _cpu(resource.RUSAGE_CHILDREN)
    implementation = Counting(_program())
    for law in laws:
        finding = hunt_law(
            law, implementation, max_examples=sets // len(laws), random_seed=seed, seconds=60.0
        )
        assert finding is None, finding
    implementation.close()
    kit = _cpu(resource.RUSAGE_SELF) - before[0]
    return implementation.merges, kit, _cpu(resource.RUSAGE_CHILDREN) - before[1]


def cost_of_command(copies: int) -> tuple[int, float, float]:
    """How many merges the command asks for with its own numbers; how many seconds it takes by so
    many copies, with their start; and how many seconds of processors. More than one do not count
    their merges."""
    hunted = Hunted(_program(), random_seed=1, seconds=60.0, with_reach=False)
    merges, begun, before = 0, time.perf_counter(), _cpu_of_family()
    with ExitStack() as stack:
        if copies == 1:
            implementation = stack.enter_context(Counting(_program()))
            crew: Crew = stack.enter_context(hunted.hunter(implementation))
        else:
            crew = stack.enter_context(Copies(copies, hunted.begun))
        for tried in hunt_laws(shares_of(tuple(LAWS), SETS_OF_COMMAND), crew):
            assert tried.finding is None, tried
        cpu = _cpu_of_family() - before
        if copies == 1:
            merges = implementation.merges
    return merges, time.perf_counter() - begun, cpu


def _cpu_of_family() -> float:
    """Seconds of processors that this process took, those that it began, and those they began."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_bytes().rpartition(b")")[2].split()
            parents[int(path.parent.name)] = int(fields[1])
            ticks[int(path.parent.name)] = sum(map(int, fields[11:15]))
    family = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(ticks[pid] for pid in family) / os.sysconf("SC_CLK_TCK")


def _cpu(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Print them, of all laws together and of each."""
    print_heading("hunt: processor time of the kit / of merge/web, a merge")
    for name, laws in (("all laws", tuple(LAWS)), *((law, (law,)) for law in LAWS)):
        merges, kit, other = cpu_of_hunt(laws, sets=SETS if len(laws) > 1 else 100, seed=1)
        held = "" if len(laws) == 1 else f"  bar {BAR:g}: {'holds' if kit <= other else 'MISSED'}"
        print(
            f"{name:18} {merges:6,} merges  kit {kit / merges * 1e3:6.2f} ms  "
            f"other {other / merges * 1e3:6.2f} ms  ratio {kit / other:6.3f}  "
            f"{60 * merges / (kit + other):8,.0f} a minute{held}",
            flush=True,
        )
    copies = available_processors()
    print_heading(f"hunt of {SETS_OF_COMMAND:,} sets, as the command shares them")
    for _ in range(ROUNDS):
        merges, alone, cpu_alone = cost_of_command(1)
        _, together, cpu = cost_of_command(copies)
        rate, at_most = 60 * merges / together, 60 * copies * merges / cpu
        print(
            f"{merges:,} merges  1 copy {alone:6.2f} s, of processor {cpu_alone:6.2f} s  "
            f"{copies} copies {together:6.2f} s, of processor {cpu:6.2f} s  "
            f"speed {alone / together:5.2f}  {rate:8,.0f} a minute, of at most {at_most:8,.0f} if "
            f"no other work were there  bar {MERGES_A_MINUTE:,}: "
            f"{'holds' if rate >= MERGES_A_MINUTE else 'MISSED'}",
            flush=True,
        )


if __name__ == "__main__":
    main()
