"""``pithmerge graph``."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click

from pithmerge.answers.drawing.event_graph import EventGraph, papers_about
from pithmerge.answers.drawing.writing import ENDINGS, ending_of_picture, graph_bytes
from pithmerge.answers.gathering import Gathering
from pithmerge.answers.papers import EventVerdict, Paper
from pithmerge.answers.remedies import UnknownKeys, nothing_valid
from pithmerge.cli.exits import exit_code
from pithmerge.cli.inputs import Inputs, Reading, document_of_item, reading_options
from pithmerge.cli.output import complain, refuse_inputs, write_bytes, write_line
from pithmerge.cli.sources import (
    Keys,
    files_argument,
    key_options,
    keyring_of,
    pith_number_option,
    refuse_stdin_twice,
    shown_name,
)
from pithmerge.crypto import Keyring
from pithmerge.errors import MergeError, PithmergeError
from pithmerge.showing import printable

_SHOWN = 20
"""Inputs that cannot be drawn of which it is said why."""


@click.command("graph", short_help="Draw the events of a paper, and how they hang together.")
@files_argument
@key_options
@reading_options
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT",
    help="Write the picture to this file, whole or not at all; its ending says in which form: "
    f"{', '.join(ENDINGS)}.",
)
@pith_number_option("where files have several")
@click.option(
    "--every-event",
    is_flag=True,
    help="Give each event a box of its own: fold no long quiet chains, and no events that are "
    "alike.",
)
def graph_command(
    files: tuple[str, ...],
    keys: Keys,
    output: Path,
    pith_number: str | None,
    every_event: bool,
    reading: Reading,
) -> int:
    """Draw the events of one paper: what became of each, how they hang together, who conflicts.

    FILEs are bundles, states or lists of events, in whatever form verify reads; - is stdin. They
    count together, so that a fork between two mirrors shows. Every event is below those that it
    names; what is named and not given is dotted, and red lines lead to who is in conflict. .svg
    and .html are for people (hold the pointer over a box for ids), .dot and .mmd for Graphviz and
    Mermaid, .graphml has every event, for networkx and others. Exit code 3: it is drawn, but some
    input was unreadable.

    \b
    Examples:
      pithmerge graph bundle.json -o graph.svg
      pithmerge graph mirror-a/bundle.json mirror-b/bundle.json -o graph.html
    """
    refuse_stdin_twice(*files, *keys.files)
    ending = ending_of_picture(str(output))
    refuse_inputs(output, (*files, *keys.files))
    keyring = keyring_of(keys)
    gathering = Gathering(keyring)
    read = unread = 0
    for item in Inputs(files, reading, output):
        try:
            gathering.add(document_of_item(item))
            read += 1
        except PithmergeError as error:
            unread += 1
            if unread <= _SHOWN:
                complain(f"error: {error}")
    if unread > _SHOWN:
        complain(f"error: and {unread - _SHOWN:,} more that cannot be drawn")
    if not read:
        names = ", ".join(map(shown_name, files))
        raise PithmergeError(f"{names}: no document there has events that could be drawn")
    papers = gathering.papers()
    try:
        about = papers_about(papers, pith_number)
    except MergeError as error:
        raise MergeError(str(error).replace("with pith_number", "with --pith-number")) from None
    left_out = sum(len(each.events) for each in papers if each not in about)
    if left_out:
        complain(f"note: {left_out:,} events are about other papers or none, and not drawn")
    _warn_of_nothing_valid(about, keyring)
    graph = EventGraph.of_papers(about)
    write_bytes(graph_bytes(graph, ending, fold=not every_event), output)
    write_line(printable(f"{output}: {graph.title}: {graph.summary}"))
    return exit_code(incomplete=unread, fails=False)


def _warn_of_nothing_valid(papers: Iterable[Paper], keyring: Keyring) -> None:
    """A picture in which all is rejected is most often for want of a key."""
    papers = list(papers)
    verdicts = {verdict for paper in papers for verdict in paper.shown.values()}
    if verdicts == {EventVerdict.REJECTED}:
        unknown = UnknownKeys(keyring)
        for paper in papers:
            for event in paper.events:
                unknown.see(event.value)
        reasons = Counter(str(reason) for paper in papers for reason in paper.reasons.values())
        complain(f"warning: nothing is valid: {nothing_valid(reasons, unknown.counts)}")
