"""Disks that are full, read-only, or small."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NO_MOUNT = "this user cannot mount a small disk"
BALLAST = "ballast"


@contextmanager
def small_disk_at(disk: Path, megabytes: int = 4) -> Iterator[Path]:
    """A disk of some megabytes; skipped where this user cannot mount one."""
    disk.mkdir()
    if os.name != "posix" or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip(NO_MOUNT)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", disk],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(NO_MOUNT)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def fill(disk: Path, room: int) -> Path:
    """Leave so much room on a disk; the file that takes the rest."""
    ballast = disk / BALLAST
    free = os.statvfs(disk)
    with ballast.open("wb") as file:
        file.write(bytes(max(0, free.f_bavail * free.f_frsize - room)))
    return ballast
