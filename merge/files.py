"""Writing files whole or not at all, and never over what is read."""

import errno
import glob
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from fnmatch import fnmatch
from itertools import combinations, count
from pathlib import Path
from typing import IO, Final

from pithmerge.errors import OutputError
from pithmerge.showing import shown

_TEMPORARY: Final = ".pithmerge-"
_SAVED_MERGER: Final = b'{"file_type":"pithmerge_merger"'
_NO_SYNC: Final = (errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM, errno.EBADF)
"""What systems say of a folder that they will not sync or open."""


@contextmanager
def replacing(target: Path, *, private: bool = False, durable: bool = True) -> Iterator[IO[bytes]]:
    """A file that takes the place of ``target`` at the end of the block, complete and on the disk.

    Whatever goes wrong, what was there before is untouched. A file that is replaced keeps its mode.
    What an earlier process, that was killed, has left unfinished of this target is removed.

    Args:
        target: the file; a link stays a link, and what it leads to is replaced.
        private: a new file is for its owner alone.
        durable: False leaves out waiting for the disk: for what is looked at before it is believed.

    Raises:
        OSError: it cannot be written.
    """
    target = Path(os.path.realpath(target))
    mode = _mode_of(target)
    handle, temporary = _temporary_for(target, 0o600 if private or mode is not None else 0o666)
    try:
        # Open until it has its name: by its lock, others know that it is at work.
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            if mode is not None:
                temporary.chmod(mode)
            if durable:
                os.fsync(handle)
            temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(target.parent)


def replace_file(target: Path, pieces: Iterable[bytes], *, private: bool = False) -> None:
    """Write a whole file, as `replacing` does."""
    with replacing(target, private=private) as file:
        file.writelines(pieces)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system has a way to.

    Raises:
        OSError: they cannot be written.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def _mode_of(target: Path) -> int | None:
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        return None


def _temporary_for(target: Path, mode: int) -> tuple[int, Path]:
    """A new file beside a target, open and locked.

    Its name follows from the target's, so that what was left of it is found without a search.
    """
    stem = f"{_TEMPORARY}{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:24]}"
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    for number in count():
        temporary = target.with_name(f"{stem}-{number}")
        try:
            handle = os.open(temporary, flags, mode)
        except FileExistsError:
            if not _remove_if_left_over(temporary):
                continue
            handle = os.open(temporary, flags, mode)
        lock_file(handle, wait=True)
        if os.name != "posix" or os.fstat(handle).st_nlink:
            _remove_if_left_over(target.with_name(f"{stem}-{number + 1}"))
            return handle, temporary
        os.close(handle)  # taken for a left-over before it was locked
    raise AssertionError


def _remove_if_left_over(path: Path) -> bool:
    """Remove a temporary file that nobody has open; whether there is none there now."""
    try:
        handle = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        if not lock_file(handle) or not os.path.samestat(os.fstat(handle), path.lstat()):
            return False
        path.unlink()
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def lock_file(handle: int, *, wait: bool = False) -> bool:
    """Lock an open file until it is closed; False: somebody else has.

    Where there are no locks (as on some network file systems), nobody else has, they say.
    """
    try:
        import fcntl
    except ImportError:  # not on every system
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


# What is read.

Place = Path | int
"""A path, or an open file by its descriptor."""
_STANDARD: Final = ("stdin", "stdout", "stderr")


def refuse_to_overwrite(outputs: Sequence[Place], inputs: Iterable[str | int]) -> None:
    """Refuse outputs that are inputs, hold some or lie in one; or that are in each other's way.

    By whatever name: links, hard links, other spellings. Devices and pipes are nobody's loss. A
    saved merger is no place for anything else either.

    Args:
        outputs: files and folders that are to be written, there or not.
        inputs: what is to be read: paths, URLs.

    Raises:
        OutputError: one of them is; nothing was done.
    """
    places = [output for output in outputs if not _is_stream(output)]
    if not places:
        return
    for first, second in combinations(places, 2):
        if _is_or_holds(first, second) or _is_or_holds(second, first):
            raise OutputError(
                f"{_shown(first)} and {_shown(second)} are in each other's place: name another file"
            )
    for output in places:
        if _is_saved_merger(output):
            raise OutputError(f"{output}: it is a saved merger: name another file")
    for given in inputs:
        source = given if isinstance(given, int) else local_path(given)
        if source is None or _is_stream(source):
            continue
        for output in places:
            if _is_or_holds(output, source):
                what = "it is, or holds,"
            elif _is_or_holds(source, output):
                what = "it is in"
            elif isinstance(source, Path) and _stands_for(source, output):
                what = "a pattern stands for it,"
            else:
                continue
            raise OutputError(
                f"{_shown(output)}: {what} {_shown(given)}, which is read: name another file"
            )


class Written:
    """What will be written, as far as it is there: found again among what is read, where a folder
    or a pattern leads to it by another name."""

    def __init__(self, outputs: Iterable[Place]) -> None:
        """These, devices and pipes left out."""
        self._files: dict[tuple[int, int], Place] = {}
        self._folders: dict[tuple[int, int], Place] = {}
        for output in outputs:
            identity = None if _is_stream(output) else identity_of(output)
            if identity is not None:
                is_folder = isinstance(output, Path) and output.is_dir()
                (self._folders if is_folder else self._files)[identity] = output

    def refuse(self, path: str, *, is_folder: bool) -> None:
        """Refuse to read what will be written.

        Raises:
            OutputError: that path leads to it.
        """
        places = self._folders if is_folder else self._files
        local = local_path(path) if places else None
        output = None if local is None else places.get(identity_of(local) or (0, 0))
        if output is not None:
            raise OutputError(
                f"{_shown(output)}: it is {shown(path)}, which is read: name another file"
            )


def local_path(source: str) -> Path | None:
    """The path that a source names on this machine; None of a URL to elsewhere."""
    scheme, there, rest = source.partition("://")
    if not there:
        return Path(source)
    return Path(rest) if scheme in ("file", "local") else None


def identity_of(place: Place) -> tuple[int, int] | None:
    """By what the system knows a file or a folder; None if it is not there."""
    try:
        found = os.stat(place)  # noqa: PTH116 - of descriptors, too
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _is_stream(place: Place) -> bool:
    """Whether it is a device or a pipe, which is not replaced when it is written to."""
    with suppress(OSError, ValueError):
        mode = os.stat(place).st_mode  # noqa: PTH116 - of descriptors, too
        return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
    return False


def _is_or_holds(outer: Place, inner: Place) -> bool:
    """Whether two are one file, or the first is a folder that the second is in."""
    above, below = _real(outer), _real(inner)
    if above is None or below is None:
        return False
    if above == below:
        return True
    around = () if isinstance(below, int) or isinstance(above, int) else below.parents
    if above in around:
        return True
    identity = identity_of(above)
    # By another mount, or in letters of another case where these do not matter.
    return identity is not None and identity in map(identity_of, (below, *around))


def _stands_for(pattern: Path, output: Place) -> bool:
    """Whether a glob pattern stands for an output, or for a folder that it is in; also where there
    is nothing yet."""
    parts = pattern.parts
    plain = next((i for i, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    place, folder = _real(output), _real(Path(*parts[:plain]))
    if plain == len(parts) or not isinstance(place, Path) or not isinstance(folder, Path):
        return False
    if not place.is_relative_to(folder) or pattern.exists():
        return False
    wanted = parts[plain:]
    # How much of the pattern may be used up by what was seen of the path.
    used = _past_any_depth({0}, wanted)
    for name in place.relative_to(folder).parts:
        found = {i if wanted[i] == "**" else i + 1 for i in used if _is_like(name, wanted[i])}
        used = _past_any_depth(found, wanted)
        if len(wanted) in used:
            return True
        used.discard(len(wanted))
    return False


def _past_any_depth(used: set[int], wanted: Sequence[str]) -> set[int]:
    """``**`` may stand for no folder at all."""
    every = set(used)
    for index in range(len(wanted)):
        if index in every and wanted[index] == "**":
            every.add(index + 1)
    return every


def _is_like(name: str, part: str) -> bool:
    hidden = name.startswith(".") and not part.startswith(".")
    return not hidden and fnmatch(name, part)


def _is_saved_merger(place: Place) -> bool:
    with suppress(OSError):
        if isinstance(place, Path) and place.is_file():
            with place.open("rb") as file:
                return file.read(len(_SAVED_MERGER)) == _SAVED_MERGER
    return False


def _real(place: Place) -> Place | None:
    try:
        return place if isinstance(place, int) else Path(os.path.realpath(place))
    except (OSError, ValueError):  # a name that no file can have
        return None


def _shown(place: Place | str) -> str:
    return _STANDARD[place] if isinstance(place, int) else str(place)
