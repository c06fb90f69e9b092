"""The hunt over the pipe: what the kit costs a merge, over what the implementation costs."""

import resource
import shlex
import shutil
from collections.abc import Sequence
from importlib import resources
from typing import Any

from benchmarks.common import print_heading
from pithmerge.conformance.hunt import hunt_law
from pithmerge.conformance.implementations import CommandImplementation, Reply
from pithmerge.conformance.laws import LAWS

SETS = 600
BAR = 1.0
"""The kit must not cost more than a program that is written for clarity."""


class Counting(CommandImplementation):
    """An implementation whose merges are counted."""

    merges = 0

    def run(self, op: str, inputs: dict[str, Any], *, seconds: float) -> Reply:
        """See `CommandImplementation.run`."""
        self.merges += 1
        return super().run(op, inputs, seconds=seconds)


def cpu_of_hunt(laws: Sequence[str], *, sets: int, seed: int) -> tuple[int, float, float]:
    """How many merges a hunt asks the bundled implementation in JavaScript for, and the seconds of
    processor time that the kit and the implementation take."""
    node = shutil.which("node") or "node"
    program = resources.files("pithmerge.web") / "pithmerge.mjs"
    before = _cpu(resource.RUSAGE_SELF), _cpu(resource.RUSAGE_CHILDREN)
    implementation = Counting(shlex.join((node, str(program))))
    for law in laws:
        finding = hunt_law(
            law, implementation, max_examples=sets // len(laws), random_seed=seed, seconds=60.0
        )
        assert finding is None, finding
    implementation.close()
    kit = _cpu(resource.RUSAGE_SELF) - before[0]
    return implementation.merges, kit, _cpu(resource.RUSAGE_CHILDREN) - before[1]


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


if __name__ == "__main__":
    main()
