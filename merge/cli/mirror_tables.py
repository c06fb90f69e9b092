"""``pithmerge mirror tables``."""

from pathlib import Path

import click

from pithmerge.canon import canonical_json
from pithmerge.cli.exits import HOLDS
from pithmerge.cli.mirror_update import mirror_argument
from pithmerge.cli.output import write_bytes, write_line
from pithmerge.mirrors.exporting.tables import write_tables
from pithmerge.showing import printable, shown, some


@click.command("tables", short_help="Write Parquet tables for analysts.")
@mirror_argument
@click.argument("folder", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the counts of rows as JSON.")
def mirror_tables_command(mirror: Path, folder: Path, as_json: bool) -> int:
    """Write what the mirror in DIR knows to the folder OUT as Parquet tables, which pandas, DuckDB
    and Polars open: papers, events, equivocations, and reasons of rejected events.

    Tables that are there are replaced when the new ones are complete.

    \b
    Example:
      pithmerge mirror tables mirror tables
    """
    counts = write_tables(mirror, folder)
    if as_json:
        write_bytes(canonical_json(counts) + b"\n")
        return HOLDS
    for name, count in counts.items():
        write_line(printable(f"{shown(str(folder / name))}.parquet: {some(count, 'row')}"))
    return HOLDS
