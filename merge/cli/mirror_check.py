"""``pithmerge mirror check``."""

from pathlib import Path

import click

from pithmerge.canon import canonical_json
from pithmerge.cli.exits import exit_code
from pithmerge.cli.mirror_runs import processes_option
from pithmerge.cli.mirror_update import mirror_argument
from pithmerge.cli.output import complain, write_bytes, write_line
from pithmerge.mirrors.living.checking import check_mirror
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.showing import clipped, printable, some


@click.command("check", short_help="Prove a mirror sound.")
@mirror_argument
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@processes_option
def mirror_check_command(mirror: Path, as_json: bool, processes: int | None) -> int:
    """Look at all of a mirror: its pages and indexes, the digest of every document and event; judge
    every document and merge every paper again. Exit code 1: something is not as it was written.

    \b
    Example:
      pithmerge mirror check mirror
    """
    with LocalEngine(processes) as engine:
        checked = check_mirror(mirror, engine)
    if as_json:
        write_bytes(canonical_json(checked.to_dict()) + b"\n")
    else:
        for damage in checked.damage:
            write_line(printable(clipped(f"damaged: {damage.where}: {damage.what}")))
        state = "not sound" if checked.damage else "sound"
        papers, documents = some(checked.papers, "paper"), some(checked.documents, "document")
        write_line(f"{state}: {papers}, {documents}")
    if checked.damage:
        complain("make a new mirror from the sources, or put back a copy; and check the disk")
    elif checked.unmerged or checked.unjudged:
        complain(
            f"{some(checked.unmerged, 'paper')} and {some(checked.unjudged, 'document')} still to "
            "be merged and judged: the next update goes on with them"
        )
    return exit_code(incomplete=False, fails=checked.damage)
