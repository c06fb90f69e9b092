"""The work that SQLite does, in steps of its machine: what a clock would say on a quiet one."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pithmerge.mirrors.living import database as database_module


class Counted:
    """A connection whose steps are counted, whoever else looks at its progress."""

    def __init__(self, connection: sqlite3.Connection, count: Callable[[], None]) -> None:
        self._connection, self._count = connection, count
        self.set_progress_handler(None, 0)

    def set_progress_handler(self, handler: Callable[[], int] | None, steps: int) -> None:
        """See `sqlite3.Connection.set_progress_handler`."""
        since = 0

        def tick() -> int:
            nonlocal since
            self._count()
            since += 1
            return handler() if handler is not None and since % steps == 0 else 0

        self._connection.set_progress_handler(tick, 1)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@contextmanager
def counted_steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """The steps of all connections to mirrors that are opened in the block, by this process."""
    steps = 0
    connect = database_module._connect

    def count() -> None:
        nonlocal steps
        steps += 1

    def counting(*given: Any) -> Any:
        return Counted(connect(*given), count)

    with monkeypatch.context() as patch:
        patch.setattr(database_module, "_connect", counting)
        yield lambda: steps
