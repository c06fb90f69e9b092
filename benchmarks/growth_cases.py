"""The kinds of hostile input that `benchmarks.growth` measures, and what each may cost."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from benchmarks import hostile, hostile_archives, hostile_graphs

VERIFY: Final = ("verify --json", "mirror verify")
MERGE: Final = ("merge", "mirror merge")
UNSIGNED: Final = ("merge --without-signature-checks",)
MIRROR: Final = ("mirror verify", "mirror merge")


@dataclass(frozen=True)
class Case:
    """One kind of input.

    Attributes:
        make: its bytes, for a size.
        sizes: at which it is measured, the least first.
        commands: which read it.
        ending: of its file.
        memory: bytes a byte that it may take.
        written: bytes a byte that may be written.
        seconds: that the largest may take; None for any number, as long as it grows in line.
        packed: the bytes of its documents for one of its size, where it is compressed.
        options: of the commands.
    """

    make: Callable[[int], bytes]
    sizes: tuple[int, ...]
    commands: tuple[str, ...] = (*VERIFY, *MERGE)
    ending: str = ".json"
    memory: float = 20
    written: float = 20
    seconds: float | None = None
    packed: int | None = None
    options: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """What it is."""
        return (self.make.__doc__ or "").replace("\n   ", "")

    def weight(self, size: int, length: int) -> int:
        """How much input it is, in bytes."""
        return length if self.packed is None else size * self.packed

    def idle(self) -> bytes:
        """The same of no size."""
        return self.make(1)


def _case(make: Callable[[int], bytes], *sizes: int, **about: Any) -> Case:
    return Case(make, sizes, **about)


_H, _A, _G = hostile, hostile_archives, hostile_graphs
_LIST: Final[dict[str, Any]] = {"memory": 60}

_MADE: Final = (
    _case(_H.empty_objects, 250_000, 1_000_000, memory=60, seconds=1),
    _case(_H.ones, 250_000, 1_000_000, memory=60, seconds=1),
    _case(_H.large_integer, 250_000, 1_000_000, memory=60, seconds=1),
    _case(_H.small_floats, 250_000, 1_000_000, memory=60),
    _case(_H.small_objects, 250_000, 1_000_000, memory=60),
    _case(_H.one_subject_alone, 50_000, 200_000),
    _case(_H.subjects_alone, 10_000, 40_000),
    _case(_H.many_subjects, 5_000, 20_000, commands=(*VERIFY, "mirror merge")),
    _case(_H.parents_of_others, 5_000, 20_000, commands=(*VERIFY, "mirror merge")),
    _case(_H.copies, 5_000, 20_000),
    _case(_H.distinct_events, 5_000, 20_000),
    _case(_H.aliases, 20_000, 80_000),
    _case(_H.public_keys, 5_000, 20_000, commands=VERIFY),
    _case(_H.unknown_members, 50_000, 200_000, commands=VERIFY, memory=60),
    _case(_H.long_source, 250, 1_000, commands=VERIFY),
    _case(_H.poison, 50, 200, commands=VERIFY),
    _case(_H.many_findings, 10_000, 40_000, commands=VERIFY),
    _case(_H.long_string, 5_000_000, 20_000_000),
    _case(_H.long_names, 5_000_000, 20_000_000, commands=(*VERIFY, "mirror merge")),
    _case(_H.many_keys, 100_000, 400_000),
    _case(_H.deep, 10_000, 40_000),
    _case(_H.floats, 250_000, 1_000_000),
    _case(_H.integers, 2_000_000, 8_000_000),
    _case(_H.wide_supersedes, 20_000, 80_000),
    _case(_H.deep_state, 500_000, 2_000_000, commands=VERIFY, memory=10),
    _case(_H.links_tried, 100_000, 400_000, commands=VERIFY),
    _case(_H.invalid_in_applied, 10_000, 40_000, commands=VERIFY),
    _case(_H.accused, 10_000, 40_000, commands=VERIFY),
    _case(_H.accused_of_all, 20_000, 80_000, commands=VERIFY),
    _case(_H.shown_state, 5_000, 20_000, commands=(*VERIFY, "events", *UNSIGNED)),
    _case(_H.shown_fork, 5_000, 20_000, commands=VERIFY),
    _case(_H.wide_record, 20_000, 80_000, commands=VERIFY, memory=60),
    _case(_H.mirrors, 20_000, 80_000, commands=VERIFY),
    _case(_G.tangle, 150, 600, commands=UNSIGNED),
    _case(_G.same_ids, 150, 600, commands=UNSIGNED),
    _case(_G.all_before, 200, 800, commands=UNSIGNED),
    _case(_G.chained_listers, 150, 600, commands=UNSIGNED),
    _case(_G.few_ids, 5_000, 20_000, commands=UNSIGNED),
    _case(_G.fork, 25_000, 100_000, commands=UNSIGNED),
    _case(_G.forks, 10_000, 40_000, commands=UNSIGNED),
    _case(_G.long_chain, 10_000, 40_000, commands=(*UNSIGNED, "call save_and_load")),
    _case(_G.chain_backwards, 10_000, 40_000, commands=UNSIGNED),
    _case(_G.hidden_root, 10_000, 40_000, commands=UNSIGNED),
    _case(_G.supersession, 10_000, 40_000, commands=(*UNSIGNED, "call union", "call unions")),
    _case(_H.one_number, 100, 400, commands=MIRROR, ending=".ndjson"),
    _case(_A.negative_tar, 1_000_000, 4_000_000, commands=MIRROR, ending=".tar"),
    _case(_A.pax, 500_000, 2_000_000, commands=MIRROR, ending=".tar"),
    _case(_A.pax_records, 100_000, 400_000, commands=MIRROR, ending=".tar"),
    _case(_A.members, 5_000, 20_000, commands=MIRROR, ending=".tar"),
    _case(_A.gaps, 5_000, 20_000, commands=MIRROR, ending=".tar"),
    _case(_A.hard_links, 50, 200, commands=MIRROR, ending=".tar", packed=2**20),
    _case(_A.two_tars, 2_500, 10_000, commands=MIRROR, ending=".tar"),
    _case(_A.overlapping_zip, 20, 80, commands=MIRROR, ending=".zip", packed=2**23),
    _case(_A.zip_members, 5_000, 20_000, commands=MIRROR, ending=".zip"),
    _case(_A.big_window_xz, 32, 128, commands=MIRROR, ending=".ndjson.xz", packed=2**20),
    _case(_A.padded_xz, 50_000, 200_000, commands=MIRROR, ending=".ndjson.xz", packed=6),
    _case(
        _A.lines_of_no_document, 100_000, 400_000, commands=MIRROR, ending=".ndjson.gz", packed=2
    ),
    _case(_A.zeros_gz, 25, 100, commands=MIRROR, ending=".ndjson.gz", packed=2**20),
    _case(_A.gz_streams, 10_000, 40_000, commands=MIRROR, ending=".ndjson.gz"),
    _case(_A.bz2_streams, 10_000, 40_000, commands=MIRROR, ending=".ndjson.bz2"),
    _case(_A.xz_streams, 10_000, 40_000, commands=MIRROR, ending=".ndjson.xz"),
    _case(_A.zst_frames, 10_000, 40_000, commands=MIRROR, ending=".ndjson.zst"),
    _case(_A.dictionary_parquet, 8, 32, commands=MIRROR, ending=".parquet", packed=2**20),
    _case(_A.long_rows_parquet, 8, 32, commands=MIRROR, ending=".parquet", packed=2**23),
    _case(_A.bomb_lines, 5, 20, commands=MIRROR, ending=".ndjson.gz", packed=2**20),
)

CASES: Final = {case.make.__name__: case for case in _MADE}
"""By name."""
