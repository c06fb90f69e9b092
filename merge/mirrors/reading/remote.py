"""Files behind URLs, by fsspec."""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, cast

from pithmerge.mirrors.reading.members import explained
from pithmerge.mirrors.reading.parts import SourceError
from pithmerge.mirrors.reading.storage import Entry, needed
from pithmerge.showing import shown

_BUFFER: Final = 2**20
_WEB: Final = ("http://", "https://")
_CHAIN: Final = "::"
_SECONDS_TO_CONNECT: Final = 60
_SECONDS_OF_SILENCE: Final = 300


class RemoteStorage:
    """The files of one scheme and host. See `pithmerge.mirrors.reading.storage.Storage`.

    Raises:
        SourceError: fsspec, or what it needs for that scheme, is not installed; or it is a chain.
    """

    def __init__(self, url: str) -> None:
        core = needed("fsspec.core", f"{shown(url)}: a URL")
        if _CHAIN in url:
            raise SourceError(
                f"{shown(url)}: URLs that are chained by {_CHAIN} are not read: give the last of "
                "them, archives and compressed files are read as they are"
            )
        self._is_web = url.startswith(_WEB)
        try:
            self._files: Any = core.url_to_fs(url, **(_web_options() if self._is_web else {}))[0]
        except (ImportError, ValueError) as error:
            raise SourceError(
                f"{shown(url)}: {explained(error)}: check the URL, or pip install "
                "'pithmerge[mirrors]'"
            ) from None

    def entry(self, path: str) -> Entry | None:
        """See `Storage.entry`."""
        try:
            return self._entry_of(self._files.info(path))
        except FileNotFoundError as error:
            cause = error.__cause__
            # That of the web says the same of whatever goes wrong.
            if cause is not None and getattr(cause, "status", None) != 404:
                raise cause from None
            return None

    def entries(self, folder: str) -> Iterator[Entry]:
        """See `Storage.entries`."""
        own = folder.rstrip("/")
        listed = map(self._entry_of, self._files.ls(folder, detail=True))
        # Object stores list the folder itself, if it was made as an object.
        return iter(sorted(entry for entry in listed if entry.path.rstrip("/") != own))

    def matches(self, pattern: str) -> Iterator[Entry]:
        """See `Storage.matches`."""
        found = self._files.glob(pattern, detail=True)
        return iter(sorted(self._entry_of(each) for each in found.values()))

    def open(self, path: str) -> BinaryIO:
        """See `Storage.open`."""
        # Otherwise it would ask for ranges, which not every server has.
        options = {"block_size": 0} if self._is_web else {}
        return _buffered(self._files.open(path, "rb", **options), seekable=False)

    def open_anywhere(self, path: str) -> BinaryIO | None:
        """See `Storage.open_anywhere`."""
        file = self._files.open(path, "rb")
        try:
            size = file.size
            if size:
                # Whether it is true that it can be read at any place.
                file.seek(size - 1)
                if len(file.read(1)) != 1:
                    raise OSError(None, "its last byte is missing")
                file.seek(0)
        except Exception:  # whatever kind of file it is
            file.close()
            return None
        if size is None:
            file.close()
            return None
        return _buffered(file, seekable=True)

    def _entry_of(self, info: dict[str, Any]) -> Entry:
        path = self._files.unstrip_protocol(info["name"])
        return Entry(path, info["type"] == "directory", info.get("size") or 0)


def _web_options() -> dict[str, Any]:
    """A download may take its time, as long as something comes; and it is not unpacked on the way:
    a .gz file is one, also where the server calls that its encoding."""
    aiohttp = needed("aiohttp", "https://")
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=_SECONDS_TO_CONNECT, sock_read=_SECONDS_OF_SILENCE
    )
    return {
        "client_kwargs": {
            "timeout": timeout,
            "auto_decompress": False,
            "headers": {"Accept-Encoding": "identity"},
        }
    }


def _buffered(file: Any, *, seekable: bool) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(_Remote(file, seekable=seekable), _BUFFER))


class _Remote(io.RawIOBase):
    """A file of fsspec's, whose own ``readline`` takes no size."""

    def __init__(self, file: Any, *, seekable: bool) -> None:
        self._file = file
        self._seekable = seekable

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._seekable

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if not self._seekable:
            raise io.UnsupportedOperation("seek")
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
