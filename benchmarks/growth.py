"""How the cost of hostile input grows: time and memory at two sizes, by what users run.

Each command is a process of its own. Its time is the processor's, in user mode; its memory the peak
of what is resident. What a document of no size costs is taken off both. The exponent is that of the
time over the weight: 1 is linear.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.common import print_heading
from benchmarks.growth_cases import CASES, Case

BAR: Final = 1.2
_SHORT: Final = 0.1
"""Seconds below which an exponent is noise."""


@dataclass(frozen=True)
class Cost:
    """What one run took: seconds, bytes of memory, and bytes that it wrote."""

    seconds: float
    memory: int
    written: int

    def without(self, idle: "Cost") -> "Cost":
        """What of it is not the cost of nothing."""
        return Cost(
            self.seconds - idle.seconds, self.memory - idle.memory, self.written - idle.written
        )


def main() -> None:
    """Print a line for each case and command; with ``--make`` be the process that makes a case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="cases; all without any")
    parser.add_argument("--list", action="store_true", help="say what there is")
    parser.add_argument("--scale", type=float, default=1.0, help="of all sizes")
    parser.add_argument("--make", nargs=3, metavar=("NAME", "SIZE", "FILE"))
    given = parser.parse_args()
    if given.make is not None:
        name, size, file = given.make
        Path(file).write_bytes(CASES[name].make(int(size)))
    elif given.list:
        for name, case in CASES.items():
            print(f"{name:22} {case.says}")
    elif unknown := [name for name in given.names if name not in CASES]:
        parser.error(f"there is no case {unknown[0]}: --list says what there is")
    else:
        _measure({name: CASES[name] for name in given.names} or CASES, given.scale)


def _measure(cases: dict[str, Case], scale: float) -> None:
    print_heading("growth: what hostile input costs, over what a document of no size costs")
    print(
        f"{'case':22} {'command':22} {'weight':>12} {'seconds':>8} {'exponent':>8} "
        f"{'memory/byte':>11} {'written/byte':>12}"
    )
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        idle = _Idle(Path(folder))
        for name, case in cases.items():
            files = []
            for index, full in enumerate(case.sizes):
                size = max(1, int(full * scale))
                file = Path(folder, f"{name}-{index}{case.ending}")
                _python("--make", name, str(size), str(file))
                files.append((case.weight(size, file.stat().st_size), file))
            for command in case.commands:
                costs = [
                    (weight, _cost(command, file, case.options).without(idle.of(command, case)))
                    for weight, file in files
                ]
                missed += not _print_line(name, case, command, costs)
            for _, file in files:
                file.unlink()
    print(f"{missed} over their bars")


def _print_line(name: str, case: Case, command: str, costs: list[tuple[int, Cost]]) -> bool:
    (less, small), (weight, large) = costs[0], costs[-1]
    exponent = None
    if large.seconds > _SHORT and small.seconds > _SHORT / 10:
        exponent = math.log(large.seconds / small.seconds) / math.log(weight / less)
    memory, written = large.memory / weight, large.written / weight
    over = [
        what
        for what, is_over in (
            ("exponent", exponent is not None and exponent > BAR),
            ("memory", memory > case.memory),
            ("seconds", case.seconds is not None and large.seconds > case.seconds),
            ("written", written > case.written),
        )
        if is_over
    ]
    shown = "-" if exponent is None else f"{exponent:.2f}"
    print(
        f"{name:22} {command:22} {weight:12,} {large.seconds:8.2f} {shown:>8} "
        f"{memory:11.1f} {written:12.2f}  {', '.join(over) and 'OVER: ' + ', '.join(over)}",
        flush=True,
    )
    return not over


class _Idle:
    """What each command costs on a document of no size."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._costs: dict[tuple[str, str], Cost] = {}

    def of(self, command: str, case: Case) -> Cost:
        """By command, and by what has to be imported for the ending."""
        key = command, case.ending
        if key not in self._costs:
            file = self._folder / f"idle{case.ending}"
            file.write_bytes(case.idle())
            self._costs[key] = min(
                (_cost(command, file, case.options) for _ in range(3)),
                key=lambda cost: cost.seconds,
            )
        return self._costs[key]


def _cost(command: str, file: Path, options: tuple[str, ...]) -> Cost:
    """What a command costs. Whatever it says of the input is right, but not a traceback."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {
            name: Path(folder, name)
            for name in ("stdout", "stderr", "report.ndjson", "states.ndjson", "usage")
        }
        module, *arguments = command.split()
        if module == "call":
            arguments = ["benchmarks.growth_calls", *arguments, str(file)]
        else:
            arguments = ["pithmerge", module, *arguments, str(file), *options]
        if module == "mirror":
            arguments += ["--processes", "1", "--report", str(paths["report.ndjson"])]
        if command == "mirror merge":
            arguments += ["--output", str(paths["states.ndjson"])]
        with paths["stdout"].open("wb") as out, paths["stderr"].open("wb") as err:
            run = [sys.executable, "-m", "benchmarks.measured", str(paths["usage"]), *arguments]
            subprocess.run(run, stdout=out, stderr=err, check=False)
        said = paths["stderr"].read_text("utf-8", "replace")
        if "Traceback" in said or "defect" in said or not paths["usage"].exists():
            sys.exit(f"{command} {file.name}: {said[-2000:]}")
        usage = json.loads(paths.pop("usage").read_bytes())
        written = sum(path.stat().st_size for path in paths.values() if path.exists())
        return Cost(usage["seconds"], usage["memory"], written)


def _python(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "benchmarks.growth", *arguments], check=True)


if __name__ == "__main__":
    main()
