"""``pithmerge conform hunt``: drawn event sets against the laws, until one is broken."""

import shlex
from contextlib import ExitStack
from pathlib import Path
from random import SystemRandom

import click

from pithmerge.cli.conform_runs import elsewhere, impl_option, line_of, opened, seconds_option
from pithmerge.cli.output import complain, write_bytes, write_line
from pithmerge.conformance.finding_cases import suite_of
from pithmerge.conformance.hunt import Finding, hunt_law, shares_of
from pithmerge.conformance.laws import LAWS, op_of
from pithmerge.conformance.reach import Reach
from pithmerge.conformance.reports import EXIT_NOTHING_CHECKED, EXIT_VIOLATIONS
from pithmerge.showing import printable


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
        for law, share in shares_of(chosen, max_examples).items():
            if not share:
                write_line(f"not tried {law}: --max-examples leaves no event set for it")
                continue
            finding = hunt_law(
                law,
                implementation,
                elsewhere=elsewhere(impl),
                max_examples=share,
                random_seed=seed,
                seconds=seconds,
                reach=reach,
            )
            if finding is None:
                write_line(f"ok       {law} ({share} event sets)")
                continue
            write_line(f"VIOLATED {finding.law}: {line_of(finding.detail)}")
            for line in finding.lines:
                write_line(f"         {line}")
            # A law can be found broken while others are tried: determinism.
            same_law = findings.setdefault(finding.law, [])
            same_law.append(finding)
            path = save / f"{suite_of(finding.law)}.jsonl"
            write_bytes(_lines(same_law), path)
            replay = shlex.join(["pithmerge", "conform", "replay", "--impl", impl, str(path)])
            write_line(f"         replay it: {printable(replay)}")
        if reach is not None:
            asked = f"{reach.sets} event sets and {reach.documents} documents"
            write_line(f"reached by {asked}, in so many of them:")
            for line in reach.lines():
                write_line(line)
    return EXIT_VIOLATIONS if findings else 0


def _lines(findings: list[Finding]) -> bytes:
    """The cases of some findings, each id once."""
    lines = {case.id: case.to_line() for finding in findings for case in finding.cases}
    return b"".join(lines.values())
