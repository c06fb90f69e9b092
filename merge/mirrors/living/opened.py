"""A mirror for who asks it: as a library."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pithmerge.crypto import Keyring
from pithmerge.mirrors.living import contents
from pithmerge.mirrors.living.checking import Checked, check_mirror
from pithmerge.mirrors.living.database import open_to_read
from pithmerge.mirrors.living.finding import (
    every_paper,
    find,
    find_mentions,
    resolve,
)
from pithmerge.mirrors.living.found import Finding, Found
from pithmerge.mirrors.living.history import entries
from pithmerge.mirrors.living.mirror import Updated, update_mirror
from pithmerge.mirrors.running.engines import Engine, LocalEngine

if TYPE_CHECKING:
    from pithmerge.mirrors.exporting.site import Exported


def open_mirror(folder: str | os.PathLike[str]) -> "Mirror":
    """Open the mirror in a folder, to ask it; it is made by ``pithmerge mirror init``.

        with open_mirror("mirror") as mirror:
            (finding,) = mirror.find("arXiv:2503.22996v3")
            mirror.state(finding.papers[0].pith_number)

    Raises:
        MirrorError: there is none, or it is of another version.
    """
    return Mirror(Path(folder))


class Mirror:
    """An open mirror. It never waits for who writes; what it answers is what was written last.

    One thread at a time may ask. A number is whatever names one paper: a Pith Number or the
    beginning of one, an arXiv id, a DOI, an address.

    Attributes:
        folder: where it is.
    """

    def __init__(self, folder: Path) -> None:
        """See `open_mirror`."""
        self.folder = folder
        self._database = open_to_read(folder)

    @property
    def keyring(self) -> Keyring:
        """Whom it trusts."""
        return self._database.keyring

    def find(self, *words: str, thorough: bool = False) -> list[Finding]:
        """What some words name; see `pithmerge.mirrors.living.finding.find`."""
        return find(self._database, words, thorough=thorough)

    def find_in(self, text: str | bytes) -> list[Finding]:
        """The papers that a text, a page or an e-mail mentions."""
        data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        return find_mentions(self._database, data)

    def papers(self, *, changed_since: int = 0) -> Iterator[Found]:
        """All papers, or those that an update from that one on has changed, in order of their
        numbers."""
        return every_paper(self._database, changed_since)

    @property
    def last_update(self) -> int:
        """The number of the last update; 0 if there was none."""
        (last,) = self._database.one("SELECT max(id) AS id FROM updates")
        return last or 0

    def state(self, number: str) -> bytes:
        """The state of a paper, in the bytes that the registry publishes.

        Raises:
            MirrorError: there is no such paper, several, or no state.
            DamageError: it is not what was written.
        """
        return contents.state_of(self._database, *resolve(self._database, number))

    def bundle(self, number: str) -> bytes:
        """The newest bundle of a paper that holds, as it was received. Raises as `state`."""
        return contents.bundle_of(self._database, *resolve(self._database, number))

    def events(self, number: str) -> list[bytes]:
        """All signed events of a paper, as they were published. Raises as `state`."""
        return contents.events_of(self._database, *resolve(self._database, number))

    def log(self, number: str) -> list[dict[str, Any]]:
        """What was learned of a paper when, and from where. Raises as `state`."""
        return list(entries(self._database, *resolve(self._database, number)))

    def update(self, sources: Sequence[str], *, at: str, **options: Any) -> Updated:
        """Take in what is new; see `pithmerge.mirrors.living.mirror.update_mirror`."""
        updated = update_mirror(self.folder, sources, at=at, **options)
        # Its keyring may be another.
        self._database.close()
        self._database = open_to_read(self.folder)
        return updated

    def export(self, site: str | os.PathLike[str], **options: Any) -> "Exported":
        """Write it as a static site; see `pithmerge.mirrors.exporting.site.export_mirror`."""
        from pithmerge.mirrors.exporting.site import export_mirror

        return export_mirror(self.folder, Path(site), **options)

    def tables(self, folder: str | os.PathLike[str]) -> dict[str, int]:
        """Write it as Parquet tables; see `pithmerge.mirrors.exporting.tables.write_tables`."""
        from pithmerge.mirrors.exporting.tables import write_tables

        return write_tables(self.folder, Path(folder))

    def check(self, engine: Engine | None = None) -> Checked:
        """Whether it is sound; see `pithmerge.mirrors.living.checking.check_mirror`."""
        with engine or LocalEngine(1) as worker:
            return check_mirror(self.folder, worker)

    def close(self) -> None:
        """Close it."""
        self._database.close()

    def __enter__(self) -> Self:
        """The mirror, which is closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()
