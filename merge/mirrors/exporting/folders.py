"""The folder of a site: files are written where they differ, each whole or not at all."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from pithmerge.errors import OutputError
from pithmerge.files import lock_file, replacing
from pithmerge.mirrors.exporting.layout import LEDGER
from pithmerge.showing import shown

SITE_TYPE: Final = "pith_mirror_site"
SITE_VERSION: Final = 1


class Ledger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a site says of itself: what was exported to it, so that the next export knows what has
    changed.

    Attributes:
        site_type, site_version: always those.
        base_url, name: of its manifest.
        letters: how many letters of a suffix name a shard of checksums.
        look: the digest of what the pages of papers are made by.
        since: the update of the mirror that the next export begins with; 0: with everything.
        history: the digest of the mirror's updates before that.
        sums: the digest of the file of checksums.
        index: what its index was made by.
    """

    site_type: str
    site_version: int
    base_url: str | None = None
    name: str | None = None
    letters: int = 1
    look: str = ""
    since: int = 0
    history: str = ""
    sums: str = ""
    index: str = ""


class Folder:
    """The folder of a site.

    Attributes:
        written, removed: how many files were, here.
    """

    def __init__(self, path: Path) -> None:
        """Of a folder that is there."""
        self._path = path
        self.written = self.removed = 0

    def put(self, name: str, data: bytes) -> str:
        """Have a file hold these bytes; the digest of them.

        Raises:
            OSError: it cannot be written; what was there before is untouched.
        """
        target = self._path / name
        if self.read(name) != data:
            self._write(target, data)
        return hashlib.sha256(data).hexdigest()

    def _write(self, target: Path, data: bytes) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        # On the disk before the ledger is: see `settle`.
        with replacing(target, durable=False) as file:
            file.write(data)
        self.written += 1

    def put_again(self, name: str, like: str, data: bytes) -> str:
        """Have a file hold the bytes that another has, without a second copy where the file system
        can; the digest of them."""
        target, other = self._path / name, self._path / like
        with suppress(OSError):
            if not target.is_symlink() and target.samefile(other):
                return hashlib.sha256(data).hexdigest()
        if self.read(name) != data:
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f".pithmerge-link-{target.name}")
            beside.unlink(missing_ok=True)
            try:
                beside.hardlink_to(other)
            except OSError:
                self._write(target, data)
            else:
                beside.replace(target)
                self.written += 1
        return hashlib.sha256(data).hexdigest()

    def remove(self, name: str) -> None:
        """Have a file not be there, nor its folder if nothing else is in it."""
        target = self._path / name
        try:
            target.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return
        self.removed += 1
        with suppress(OSError):
            target.parent.rmdir()

    def read(self, name: str) -> bytes | None:
        """The bytes of a file; None if there is none."""
        with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return (self._path / name).read_bytes()
        return None

    def names_in(self, name: str) -> list[str]:
        """The files in a folder of it, sorted; none if there is no such folder."""
        with suppress(FileNotFoundError):
            return sorted(
                f"{name}/{each.name}" for each in (self._path / name).iterdir() if each.is_file()
            )
        return []

    def ledger(self) -> Ledger | None:
        """What the site says of itself; None if it is none, or is empty.

        Raises:
            OutputError: it is of a newer version.
        """
        data = self.read(LEDGER)
        try:
            found = None if data is None else msgspec.json.decode(data, type=Ledger)
        except msgspec.MsgspecError:
            found = None
            with suppress(msgspec.MsgspecError):
                loose = msgspec.json.decode(data or b"", type=dict)
                if loose.get("site_type") == SITE_TYPE:
                    found = Ledger(SITE_TYPE, loose.get("site_version", SITE_VERSION))
        if found is None or found.site_type != SITE_TYPE:
            return None
        if found.site_version != SITE_VERSION:
            raise OutputError(
                f"{shown(str(self._path))}: it was written by another pithmerge: export to a new "
                "folder"
            )
        return found

    def write_ledger(self, ledger: Ledger) -> None:
        """Have the site say this of itself, on the disk."""
        data = msgspec.json.format(msgspec.json.encode(ledger), indent=1) + b"\n"
        with replacing(self._path / LEDGER) as file:
            file.write(data)


def settle() -> None:
    """Wait until everything that was written is on the disk, where the system has a way to."""
    if hasattr(os, "sync"):
        os.sync()


@contextmanager
def site_folder(path: Path) -> Iterator[Folder]:
    """The folder of a site, for one process; made if it is not there.

    Raises:
        OutputError: it is something else's, or another process writes to it.
    """
    name = shown(str(path))
    try:
        path.mkdir(parents=True, exist_ok=True)
        folder = Folder(path)
        if folder.ledger() is None and (strangers := sorted(each.name for each in path.iterdir())):
            raise OutputError(
                f"{name}: there is something in this folder, {shown(strangers[0])}, and no export "
                "of a mirror: name a new folder, or empty it"
            )
        handle = os.open(path, os.O_RDONLY) if os.name == "posix" else None
    except OSError as error:
        raise OutputError(
            f"{name}: it cannot be written to ({error.strerror}): check the path, its permissions "
            "and the disk"
        ) from None
    try:
        if handle is not None and not lock_file(handle):
            raise OutputError(f"{name}: another process exports to it: wait for it, or end it")
        yield folder
    finally:
        if handle is not None:
            os.close(handle)
