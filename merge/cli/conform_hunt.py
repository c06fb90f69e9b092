"""``pithmerge conform hunt``: drawn event sets against the laws, until one is broken."""

import shlex
from contextlib import ExitStack
from pathlib import Path
from random import SystemRandom
from typing import Final

import click

from pithmerge.cli.conform_runs import impl_option, line_of, opened, seconds_option
from pithmerge.cli.output import complain, write_bytes, write_line
from pithmerge.conformance.copies import Copies, Hunted
from pithmerge.conformance.finding_cases import suite_of
from pithmerge.conformance.hunt import Finding
from pithmerge.conformance.implementations import Implementation
from pithmerge.conformance.laws import LAWS, op_of
from pithmerge.conformance.reach import Reach
from pithmerge.conformance.reports import EXIT_NOTHING_CHECKED, EXIT_VIOLATIONS
from pithmerge.conformance.sharing import Crew, LawTried, hunt_laws, shares_of
from pithmerge.processes import EngineError, available_processors
from pithmerge.showing import printable

_MOST_JOBS: Final = 16
"""Copies that are started where nobody says how many."""
_SETS_OF_JOB: Final = 50
"""With fewer sets a copy it takes longer to start than it saves."""


@click.command("hunt", short_help="Look for violations of the laws by drawn event sets.")
@impl_option
@seconds_option
@click.option("--law", "laws", multiple=True, metavar="NAME", help="Only this law; repeatable.")
@click.option(
    "--max-examples",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="Event sets to draw, over all laws together.",
)
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    metavar="N",
    help="Copies of the command that are asked at once; by default one for each processor, up to "
    f"{_MOST_JOBS}, if there are {_SETS_OF_JOB} event sets for each. What is found is the same.",
)
@click.option("--seed", type=int, metavar="N", help="What to draw from; by default a new one.")
@click.option(
    "--reach",
    "with_reach",
    is_flag=True,
    help="At the end, say what the event sets reached: which key decided which order in how many "
    "of them, which row was the reason, which rule was asked; of documents, which line of SPEC "
    "10.5 came to what. Takes some ten times as long.",
)
@click.option(
    "--save",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    default=Path(),
    metavar="FOLDER",
    help="Where violations are saved; by default here.",
)
def hunt_command(
    impl: str,
    seconds: float,
    laws: tuple[str, ...],
    max_examples: int,
    jobs: int | None,
    seed: int | None,
    with_reach: bool,
    save: Path,
) -> int:
    """Draw event sets, and check that the implementation keeps the laws of SPEC 9 by itself
    and agrees with the reference, on documents too. A violation is shrunk, named, saved and
    can be replayed.

    \b
    Example:
      pithmerge conform hunt --impl "node my-merge.mjs" --max-examples 2000 --law union
    """
    with ExitStack() as stack:
        for law in laws:
            if law not in LAWS:
                raise click.UsageError(f"there is no law {law!r}: choose from {', '.join(LAWS)}")
        chosen = tuple(dict.fromkeys(laws or LAWS))
        copies = _copies(jobs, impl, max_examples)
        seed = SystemRandom().randrange(2**32) if seed is None else seed
        findings: dict[str, list[Finding]] = {}
        reach = Reach() if with_reach else None
        implementation = stack.enter_context(opened(impl))
        if "merge" not in implementation.hello["ops"]:
            complain("the implementation does not merge: nothing was checked")
            return EXIT_NOTHING_CHECKED
        write_line(f"seed {seed}")
        unknown = [law for law in chosen if op_of(law) not in implementation.hello["ops"]]
        for law in unknown:
            write_line(f"not tried {law}: its hello does not list {op_of(law)}")
        chosen = tuple(law for law in chosen if law not in unknown)
        hunted = Hunted(impl, seed, seconds, with_reach)
        crew = _crew(stack, hunted, implementation, copies)
        for tried in hunt_laws(shares_of(chosen, max_examples), crew, reach):
            if tried.finding is None:
                write_line(_said_without_finding(tried))
                continue
            # A law can be found broken while others are tried: determinism.
            same_law = findings.setdefault(tried.finding.law, [])
            same_law.append(tried.finding)
            path = save / f"{suite_of(tried.finding.law)}.jsonl"
            write_bytes(_lines(same_law), path)
            _write_finding(tried.finding, impl, path)
        if reach is not None:
            asked = f"{reach.sets} event sets and {reach.documents} documents"
            write_line(f"reached by {asked}, in so many of them:")
            for line in reach.lines():
                write_line(line)
    return EXIT_VIOLATIONS if findings else 0


def _copies(jobs: int | None, impl: str, sets: int) -> int:
    """How many copies of the implementation are asked at once."""
    is_function = impl.startswith("python:")
    if jobs is None:
        return (
            1
            if is_function
            else max(1, min(available_processors(), _MOST_JOBS, sets // _SETS_OF_JOB))
        )
    if is_function and jobs > 1:
        raise click.UsageError("--jobs is for commands: a function runs in this process")
    return jobs


def _crew(stack: ExitStack, hunted: Hunted, implementation: Implementation, copies: int) -> Crew:
    """Who hunts; ended with the stack. Where there are copies, this one is ended before."""
    if copies > 1:
        try:
            crew = stack.enter_context(Copies(copies, hunted.begun))
        except EngineError as error:
            complain(f"note: one copy at a time: {error}")
        else:
            implementation.close()
            return crew
    return stack.enter_context(hunted.hunter(implementation))


def _said_without_finding(tried: LawTried) -> str:
    if not tried.sets:
        return f"not tried {tried.law}: --max-examples leaves no event set for it"
    return f"ok       {tried.law} ({tried.sets} event sets)"


def _write_finding(finding: Finding, impl: str, path: Path) -> None:
    write_line(f"VIOLATED {finding.law}: {line_of(finding.detail)}")
    for line in finding.lines:
        write_line(f"         {line}")
    replay = shlex.join(["pithmerge", "conform", "replay", "--impl", impl, str(path)])
    write_line(f"         replay it: {printable(replay)}")


def _lines(findings: list[Finding]) -> bytes:
    """The cases of some findings, each id once."""
    lines = {case.id: case.to_line() for finding in findings for case in finding.cases}
    return b"".join(lines.values())
