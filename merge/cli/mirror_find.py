"""``pithmerge mirror find``."""

from collections.abc import Iterator
from pathlib import Path

import click

from pithmerge.canon import canonical_json
from pithmerge.cli.exits import DOES_NOT_HOLD, HOLDS
from pithmerge.cli.mirror_update import mirror_argument
from pithmerge.cli.output import complain, write_bytes, write_line
from pithmerge.cli.sources import STDIN, read_bytes
from pithmerge.mirrors.living.finding import COUNTED
from pithmerge.mirrors.living.found import Finding, Found
from pithmerge.mirrors.living.opened import Mirror, open_mirror
from pithmerge.mirrors.living.queries import Kind
from pithmerge.showing import brief, printable, some


@click.command("find", short_help="Look papers up.")
@mirror_argument
@click.argument("queries", nargs=-1, metavar="[QUERY]...")
@click.option(
    "--in",
    "text",
    metavar="FILE|TEXT",
    help="Find every paper that a text, a page or an e-mail mentions: a file, - for stdin, or the "
    "text itself.",
)
@click.option(
    "--all",
    "thorough",
    is_flag=True,
    help="List all papers that have these words in their titles, not twenty of them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def mirror_find_command(
    mirror: Path, queries: tuple[str, ...], text: str | None, thorough: bool, as_json: bool
) -> int:
    """Look papers up: their numbers, ids, titles, states, verdicts, and where their files are.

    QUERY is an arXiv id with or without a version, a DOI, the URL of a paper at arXiv or the
    registry, a Pith Number, its short form or any beginning that no other paper shares; all other
    words together are looked for in titles. Exit code 1: something is not there, or a beginning is
    that of several.

    \b
    Examples:
      pithmerge mirror find mirror 2503.22996 pith:X5HLR35A
      pithmerge mirror find mirror sparse mixture experts
      pithmerge mirror find mirror --in mail.eml
    """
    if bool(queries) == (text is not None):
        raise click.UsageError("give queries, or --in")
    if any(not each.strip() for each in ([*queries] if text is None else [text])):
        raise click.UsageError("a query is empty: give an id, a number, an address, or words")
    with open_mirror(mirror) as opened:
        findings = (
            _in_text(opened, text)
            if text is not None
            else (opened.find(*queries, thorough=thorough))
        )
    if as_json:
        write_bytes(canonical_json([each.to_dict() for each in findings]) + b"\n")
    else:
        for finding in findings:
            for line in _lines(finding, is_mention=text is not None):
                write_line(printable(line))
    if text is not None and not findings:
        is_word = text != STDIN and not _is_there(text) and not text.split()[1:]
        as_text = f"{brief(text)}: there is no such file, so it was read as a text: "
        complain(f"{as_text if is_word else ''}no paper is mentioned there")
    for finding in findings:
        problem = _problem(finding)
        if problem is not None:
            complain(f"{brief(finding.query)}: {problem}")
        elif finding.unmeant:
            complain(f"{brief(finding.query)}: {_unmeant(finding)}")
        if problem is None and finding.more:
            complain(f"{brief(finding.query)}: {_cut(finding)}")
    complete = findings and not any(map(_problem, findings))
    return HOLDS if complete else DOES_NOT_HOLD


def _in_text(opened: Mirror, text: str) -> list[Finding]:
    return opened.find_in(read_bytes(text) if text == STDIN or _is_there(text) else text)


def _is_there(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return False


def _cut(finding: Finding) -> str:
    """What is said where papers are left out."""
    total = f"more than {COUNTED:,}" if finding.total is None else f"{finding.total:,}"
    remedy = ": add words, or --all for all of them" if finding.kind == Kind.TITLE else ""
    return f"these are {len(finding.papers)} of {total}{remedy}"


def _problem(finding: Finding) -> str | None:
    if finding.ambiguous:
        which = "several" if not finding.more else f"more than {len(finding.papers)}"
        return f"it is the beginning of {which} Pith Numbers: give more of it"
    if finding.papers:
        return None
    if finding.more:
        return "nobody has signed that a paper is that; of those that claim it some were looked at"
    if finding.others and finding.kind == Kind.PITH:
        numbers = ", ".join(each.pith_number for each in finding.others)
        return f"with this year it is not in this mirror, but {numbers} is"
    if finding.others:
        ids = ", ".join(each.id or each.pith_number for each in finding.others)
        return f"this version is not in this mirror, but {ids} is"
    if finding.kind == Kind.ADDRESS:
        return (
            "it is the address of no paper: give that of one, as https://arxiv.org/abs/2606.01509"
        )
    what = "has these words in its title" if finding.kind == Kind.TITLE else "is in this mirror"
    return f"no such paper {what}"


def _unmeant(finding: Finding) -> str:
    names = ", ".join(each.pith_number for each in finding.unmeant[:3])
    more = " and others are" if len(finding.unmeant) > 3 else " are"
    which = f"{names} is" if len(finding.unmeant) == 1 else f"{names}{more}"
    return f"{which} called so, too, by what nobody has signed, or that holds nothing: not meant"


def _lines(finding: Finding, *, is_mention: bool) -> Iterator[str]:
    if is_mention and finding.papers:
        yield f"{finding.query}:"
    for paper in finding.papers:
        yield from _lines_of(paper)


def _lines_of(paper: Found) -> Iterator[str]:
    yield "  ".join(filter(None, (paper.pith_number, paper.id, paper.title)))
    counts = "" if paper.valid_events is None else some(paper.valid_events, "valid event")
    if paper.invalid_events:
        counts += f", {paper.invalid_events:,} invalid"
    if paper.equivocations:
        counts += f", {some(paper.equivocations, 'equivocation')}"
    yield f"  {paper.verdict}  state {paper.state_sha256 or 'none'}  {counts}"
    if paper.problem:
        yield f"  {paper.problem}"
    if paper.by_alias:
        yield "  found by an alias that nothing signs"
    for place in paper.files:
        yield f"  {place}"
