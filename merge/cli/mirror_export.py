"""``pithmerge mirror export``."""

from collections.abc import Iterator
from pathlib import Path

import click

from pithmerge.canon import canonical_json
from pithmerge.cli.exits import HOLDS
from pithmerge.cli.mirror_runs import processes_option
from pithmerge.cli.mirror_update import mirror_argument
from pithmerge.cli.output import complain, write_bytes, write_line
from pithmerge.mirrors.exporting.site import Exported, export_mirror
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.running.runs import RunInterrupted
from pithmerge.showing import printable, shown, some


@click.command("export", short_help="Write a static site that any web server serves.")
@mirror_argument
@click.argument("site", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "--base-url",
    metavar="URL",
    help="Where the site will be served, for its pith-mirrors.json. It is kept for the next time.",
)
@click.option(
    "--name", metavar="NAME", help="What the mirror calls itself. It is kept for the next time."
)
@click.option(
    "--check",
    is_flag=True,
    help="Look at every file of the site, and mend those that are not as they were written.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON.")
@processes_option
def mirror_export_command(
    mirror: Path,
    site: Path,
    base_url: str | None,
    name: str | None,
    check: bool,
    as_json: bool,
    processes: int | None,
) -> int:
    """Write the mirror in DIR to the folder OUT as a static site: what the registry serves, at the
    same paths, a page for each paper, one to search in, an index, checksums, and a mirror manifest.

    OUT is new or empty, or was exported before: then only what has changed is written. Whatever
    ends it, each file is the one before or the new one, and the same command goes on.

    \b
    Examples:
      pithmerge mirror export mirror site --base-url https://mirror.example
      pithmerge mirror export mirror site --check
    """
    try:
        exported = export_mirror(
            mirror,
            site,
            base_url=base_url,
            name=name,
            check=check,
            engine=LocalEngine(processes),
        )
    except KeyboardInterrupt:
        raise RunInterrupted(
            f"each file in {shown(str(site))} is the one before or the new one: the same command "
            "goes on"
        ) from None
    if as_json:
        write_bytes(canonical_json(exported.to_dict()) + b"\n")
    else:
        for line in _lines(exported, site):
            write_line(printable(line))
    if exported.waiting:
        complain(
            f"{some(exported.waiting, 'paper')} still to be merged by the next update of the "
            "mirror: left as it was"
        )
    if exported.left_out:
        complain(
            f"{some(exported.left_out, 'paper')} left out: another has the same path, and a year "
            "in "
            "its number for which more speaks"
        )
    if exported.base_url is None:
        complain("there is no pith-mirrors.json: say with --base-url where the site is served")
    return HOLDS


def _lines(exported: Exported, site: Path) -> Iterator[str]:
    yield f"{shown(str(site))}: {some(exported.papers, 'paper')}"
    yield (
        f"{some(exported.looked_at, 'paper')} looked at: {some(exported.written, 'file')} written, "
        f"{exported.removed:,} removed"
    )
