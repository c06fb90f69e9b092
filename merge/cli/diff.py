"""``pithmerge diff``."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from typing import Any

import click

from pithmerge.accusations import equivocation_words
from pithmerge.answers.comparing import Difference, compare
from pithmerge.answers.remedies import nothing_valid
from pithmerge.answers.views import View
from pithmerge.canon import MAX_DOCUMENT_DEPTH, compact_json
from pithmerge.cli.exits import UNUSABLE, exit_code
from pithmerge.cli.inputs import Inputs, Reading, document_of_item, reading_options
from pithmerge.cli.output import complain, refuse_inputs, write_json_lines, write_line
from pithmerge.cli.sources import (
    Keys,
    key_options,
    keyring_of,
    refuse_stdin_twice,
    shown_name,
)
from pithmerge.core.equivocation import Equivocation
from pithmerge.core.reasons import Reason
from pithmerge.documents import Document
from pithmerge.errors import PithmergeError
from pithmerge.showing import brief, clipped, printable, some, visible

_SHOWN = 20
"""Lines of one kind, ids in one line, and problems that are printed, unless all are asked for."""
_LONGEST = 80
"""Characters of a name in a line."""
_DEPTH = MAX_DOCUMENT_DEPTH + 4
"""A value of a document, and what is said around it."""


@click.command("diff", short_help="Show what changed between documents, paper by paper.")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@key_options
@reading_options
@click.option("--json", "as_json", is_flag=True, help="Print one difference a line, as JSON.")
@click.option(
    "--verbose",
    "-v",
    is_flag=True,
    help="Print everything that changed, also of several papers, and the papers that are the same.",
)
def diff_command(
    old: str, new: str, keys: Keys, as_json: bool, verbose: bool, reading: Reading
) -> int:
    """Show what changed between two documents, or two sets of them, paper by paper.

    OLD and NEW are bundles, states or lists of events, or hold many, in whatever form verify reads;
    - is stdin. Documents of one paper on one side are united, and the two sides matched by Pith
    Number. The same are those of the same events, verdicts, current values, aliases and
    equivocations: fresh signatures make no difference. Of one paper all that changed is printed, of
    several a line for each that differs, and counts. Both sides are held in memory, about five
    times as large as their documents.

    Exit code 0: they are the same; 1: they differ; 2: there is nothing to compare, or they are two
    papers; 3: it is done, but some document could not be compared.

    \b
    Examples:
      pithmerge diff mirror-a/bundle.json mirror-b/bundle.json
      pithmerge diff --json mirror-a/ mirror-b/ > differences.jsonl
    """
    refuse_stdin_twice(old, new, *keys.files)
    keyring = keyring_of(keys)
    refuse_inputs(None, (old, new, *keys.files))
    problems: list[str] = []
    before, after = (_documents(name, reading, problems) for name in (old, new))
    compared = compare(before, after, keyring)
    problems += [str(problem) for problem in compared.problems]
    for problem in problems if verbose else problems[:_SHOWN]:
        complain(f"error: {problem}")
    if len(problems) > _SHOWN and not verbose:
        complain(f"error: and {len(problems) - _SHOWN:,} more that cannot be compared")
    if not compared.complete:
        if not problems:
            complain(f"error: {shown_name(old)} and {shown_name(new)}: there is nothing to compare")
        return UNUSABLE
    differences = compared.differences
    for side, views in (
        ("OLD", [each.old for each in differences]),
        ("NEW", [each.new for each in differences]),
    ):
        _warn_of_nothing_valid(side, filter(None, views))
    for limit in dict.fromkeys(each for every in differences for each in every.limits):
        complain(f"note: {limit}")
    if as_json:
        write_json_lines(map(_json_line, differences))
    else:
        _print(differences, verbose=verbose)
    differs = not all(each.same for each in differences)
    return exit_code(incomplete=problems, fails=differs)


def _warn_of_nothing_valid(side: str, views: Iterable[View]) -> None:
    """What holds nothing that is valid may be the same, and says nothing: most often for want of a
    key."""
    verdicts = [verdict for view in views for verdict in view.verdicts.values()]
    if verdicts and all(verdict in set(Reason) for verdict in verdicts):
        complain(f"warning: nothing in {side} is valid: {nothing_valid(Counter(verdicts), {})}")


def _documents(name: str, reading: Reading, problems: list[str]) -> list[Document]:
    """The documents behind a name; why one cannot be had goes to the problems."""
    documents: list[Document] = []
    for item in Inputs([name], reading):
        try:
            documents.append(document_of_item(item))
        except PithmergeError as error:
            problems.append(str(error))
    return documents


def _json_line(difference: Difference) -> bytes:
    return visible(compact_json(difference.to_dict(), max_depth=_DEPTH)) + b"\n"


def _print(differences: Sequence[Difference], *, verbose: bool) -> None:
    several = len(differences) > 1
    for each in differences:
        if not several or verbose or not each.same:
            write_line(_heading(each))
        if (not several or verbose) and not each.same:
            for line in _lines(each, verbose=verbose):
                write_line(f"  {line}")
    if several:
        write_line(_summary(differences))


def _heading(difference: Difference) -> str:
    number = difference.pith_number or "events that name no paper"
    if difference.old is None:
        return f"ONLY IN NEW  {number}: {_events(difference.new)}"
    if difference.new is None:
        return f"ONLY IN OLD  {number}: {_events(difference.old)}"
    if difference.same:
        return f"SAME  {number}: {_events(difference.new)}"
    return f"DIFFERENT  {number}: {difference.in_short}"


def _events(view: View | None) -> str:
    count = 0 if view is None else len(view.verdicts)
    return f"{count:,} event{'' if count == 1 else 's'}"


def _summary(differences: Sequence[Difference]) -> str:
    same = sum(each.same for each in differences)
    papers = some(len(differences), "paper")
    text = f"{papers}: {same:,} the same, {len(differences) - same:,} different"
    only = [
        f"{count:,} only in {side}"
        for side, count in (
            ("OLD", sum(each.new is None for each in differences)),
            ("NEW", sum(each.old is None for each in differences)),
        )
        if count
    ]
    text += f" ({', '.join(only)})" if only else ""
    counts = [
        (sum(len(each.added) for each in differences), "event", "new"),
        (sum(len(each.gone) for each in differences), "event", "gone"),
        (sum(len(each.verdicts) for each in differences), "verdict", "changed"),
        (sum(len(each.equivocations_added) for each in differences), "equivocation", "new"),
        (sum(len(each.equivocations_gone) for each in differences), "equivocation", "gone"),
        (
            sum(len(each.equivocations_together) for each in differences),
            "equivocation",
            "of both together",
        ),
    ]
    counted = ", ".join(f"{n:,} {what}{'s' * (n != 1)} {how}" for n, what, how in counts if n)
    return f"{text}: {counted}" if counted else text


# What changed, a line each.


def _lines(difference: Difference, *, verbose: bool) -> Iterator[str]:
    kinds = (
        (f"event new     {_event(difference, each)}" for each in difference.added),
        (
            f"event GONE    {_event(difference, each)}: {_of_gone(difference, each)}"
            for each in difference.gone
        ),
        (
            f"verdict       {each.event_id}: {printable(each.old)} → {printable(each.new)}: "
            f"{printable(each.why)}"
            for each in difference.verdicts
        ),
        (f"current       {each.in_words()}" for each in difference.current),
        (f"equivocation new   {_equivocation(each)}" for each in difference.equivocations_added),
        (
            f"equivocation GONE  {_equivocation(each)}: evidence does not vanish (SPEC 9, law 5): "
            "keep OLD"
            for each in difference.equivocations_gone
        ),
        (
            f"equivocation of both together  {_equivocation(each)}: neither OLD nor NEW shows it "
            "alone: keep both as evidence"
            for each in difference.equivocations_together
        ),
    )
    for kind in kinds:
        yield from _first(kind, verbose=verbose)


def _first(lines: Iterable[str], *, verbose: bool) -> Iterator[str]:
    more = 0
    for index, line in enumerate(lines):
        if verbose or index < _SHOWN:
            yield line
        else:
            more += 1
    if more:
        yield f"… and {more:,} more of these (-v shows all)"


def _event(difference: Difference, identity: str) -> str:
    event = difference.event(identity)
    view = difference.old if identity in difference.gone else difference.new
    verdict = "" if view is None else _verdict(view, identity)
    if event is None:
        return f"{identity}: {verdict}"
    event_type, target, signer, created_at, _ = map(_text, astuple(event))
    return f"{identity}  {event_type} of {target} by {signer}, {created_at}: {verdict}"


def _of_gone(difference: Difference, identity: str) -> str:
    if difference.old is not None and difference.old.verdicts[identity] in set(Reason):
        return "NEW leaves it out, and with it nothing that is valid in OLD"
    if identity in difference.changed:
        return f"NEW holds it changed, which makes it {difference.changed[identity]}: keep OLD"
    return "events do not vanish: NEW leaves it out, keep OLD"


def _verdict(view: View, identity: str) -> str:
    """What became of an event; of one that is rejected also why, with its values."""
    verdict = view.verdicts[identity]
    why = f": {view.why_rejected(identity)}" if verdict in set(Reason) else ""
    return printable(f"{verdict}{why}")


def _equivocation(entry: Mapping[str, Any]) -> str:
    # Of a lone state it holds whatever the state says.
    texts: dict[str, Any] = {
        name: None if entry[name] is None else _text(entry[name])
        for name in ("kind", "signer_id", "event_type", "target", "position")
    }
    return equivocation_words(Equivocation(event_ids=tuple(entry["event_ids"]), **texts))


def _text(value: Any) -> str:
    shown = clipped(value, _LONGEST) if isinstance(value, str) else brief(value, _LONGEST)
    return printable(shown)
