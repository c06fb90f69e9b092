"""Writing files whole or not at all."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def replacing(target: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of ``target`` at the end of the block, complete and on the disk.

    Whatever goes wrong, what was there before is untouched.

    Raises:
        OSError: it cannot be written.
    """
    target = Path(os.path.realpath(target))
    handle, temporary = tempfile.mkstemp(prefix=".pithmerge-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(handle)
        os.chmod(temporary, 0o666 & ~_umask())  # noqa: PTH101 - a name of mkstemp's
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def replace_file(target: Path, pieces: Iterable[bytes]) -> None:
    """Write a whole file, as `replacing` does."""
    with replacing(target) as file:
        file.writelines(pieces)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
