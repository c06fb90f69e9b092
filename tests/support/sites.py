"""Sites that were exported: made, and what is in them."""

import hashlib
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from pithmerge.mirrors.exporting import Exported, export_mirror
from pithmerge.mirrors.running.engines import LocalEngine

BASE = "https://mirror.example/papers"


def exported(mirror: Path, site: Path, **options: Any) -> Exported:
    """What came of an export in this process."""
    return export_mirror(mirror, site, **{"engine": LocalEngine(1), **options})


def files_of(site: Path) -> dict[str, bytes]:
    """All files of a site, but for what it says of itself to the next export."""
    return {
        str(path.relative_to(site)): path.read_bytes()
        for path in sorted(site.rglob("*"))
        if path.is_file() and path.name != "pithmerge-export.json"
    }


def sums_of(site: Path) -> dict[str, str]:
    """All checksums of a site, by the file."""
    lines = [
        line
        for path in (site / "SHA256SUMS", *sorted((site / "checksums").iterdir()))
        for line in path.read_text("ascii").splitlines()
    ]
    return {line[66:]: line[:64] for line in lines}


def assert_sums_hold(site: Path) -> None:
    """The checksums are those of all files but their own."""
    files = files_of(site)
    del files["SHA256SUMS"]
    assert sums_of(site) == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def site_served(site: Path) -> Iterator[str]:
    """The address of a web server on the loopback that serves a folder, as any does."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# In a process of its own: an export that is killed.


def killed_export(mirror: Path, site: Path, after: int) -> None:
    """Export, and die like by ``kill -9`` when so many files were begun."""
    begun = 0
    replace = Path.replace

    def dying(self: Path, target: Path) -> Path:
        nonlocal begun
        begun += 1
        if begun > after:
            os.kill(os.getpid(), signal.SIGKILL)
        return replace(self, target)

    Path.replace = dying  # type: ignore[method-assign,assignment]
    exported(mirror, site, base_url=BASE)


if __name__ == "__main__":
    killed_export(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
