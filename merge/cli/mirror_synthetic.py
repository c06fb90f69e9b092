"""``pithmerge mirror synthetic``."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import click

from pithmerge.cli.output import write_line
from pithmerge.conformance.signals import signals_raise
from pithmerge.errors import OutputError
from pithmerge.files import refuse_to_overwrite
from pithmerge.mirrors.synthetic import synthetic_mirror
from pithmerge.mirrors.synthetic.packing import pack, packer_of
from pithmerge.showing import printable


@click.command("synthetic", short_help="Make synthetic mirrors, to try the others on.")
@click.argument(
    "targets", nargs=-1, required=True, metavar="OUT...", type=click.Path(path_type=Path)
)
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="Papers in all mirrors together.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which registry.")
@click.option(
    "--flawed",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="The share of papers whose bundle is flawed.",
)
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many make the bundles, which do not depend on it.",
)
def mirror_synthetic_command(
    targets: tuple[Path, ...], count: int, seed: int, flawed: float, processes: int
) -> int:
    """Make a synthetic registry of signed bundles; of several OUTs each is a mirror of it.

    OUT is a new folder, or a new .tar, .zip, .ndjson, .jsonl (also .gz, .zst) or .parquet file.
    Mirrors overlap, and some know of events that the others do not. The bundles are signed by test
    keys whose private halves are published: verify them with --key fixtures/synthetic/keyring.json.

    \b
    Example:
      pithmerge mirror synthetic a.tar b.ndjson.zst --count 100000 --flawed 0.01 --processes 4
    """
    _check(targets)
    with signals_raise():
        for mirror, target in enumerate(targets):
            documents = synthetic_mirror(
                count,
                seed=seed,
                mirror=mirror,
                mirrors=len(targets),
                flawed=flawed,
                processes=processes,
            )
            write_line(f"{printable(str(target))}: {_made(target, documents)} bundles")
    return 0


def _check(targets: tuple[Path, ...]) -> None:
    for target in targets:
        if targets.count(target) > 1:
            raise click.UsageError(f"{target} is named twice: a mirror needs a place of its own")
        if target.exists():
            raise OutputError(f"{target}: it is there already: remove it, or name another")
        packer_of(target)
    refuse_to_overwrite(targets, ())


def _made(target: Path, documents: Iterable[tuple[str, bytes]]) -> int:
    """Write a mirror, whole or not at all; how many bundles it holds."""
    making = target.with_name(f".making-{target.name}")
    try:
        written = pack(making, documents)
        making.rename(target)
    except OSError as error:
        raise OutputError(
            f"{target}: cannot be written ({error.strerror or error}): check the disk and the "
            "folder's permissions"
        ) from None
    finally:
        if making.is_dir():
            shutil.rmtree(making)
        else:
            making.unlink(missing_ok=True)
    return written
