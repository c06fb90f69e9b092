"""The database of a mirror: who opens it, for what, and what is said where that cannot be.

One process writes at a time, by a lock beside the database; any number read, and wait for nobody
(SQLite's write-ahead log). Every step is a transaction, which is on the disk when it is done: a
process that is killed, or a machine that stops, costs what was not committed, and no more.
"""

import json
import os
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from pithmerge.crypto import Keyring
from pithmerge.errors import PithmergeError
from pithmerge.files import lock_file
from pithmerge.mirrors.living.classes import Column, misfit_of, misfits, wanted_types
from pithmerge.mirrors.living.errors import REMEDY, DamageError, MirrorError
from pithmerge.mirrors.living.packing import DICTIONARY, Packing
from pithmerge.mirrors.living.schema import VERSION, migrate, stranger, version_of
from pithmerge.mirrors.living.sums import Counting, sums_that_differ, write_sums
from pithmerge.showing import shown

DATABASE: Final = "mirror.sqlite"
_LOCK: Final = "writer.lock"
_SECONDS_TO_WAIT: Final = 60
"""For another program that has the database locked; who writes by these modules has the lock."""
_STILL: Final = "&immutable=1"
_LITTLE_ROOM: Final = 2**17
_CACHE_KIB: Final = 64 * 1024
_LONGEST_NOTE: Final = 200
_A_TICK: Final = 16
_STEPS_OF_A_ROW: Final = 8
_DAMAGE: Final = (
    "malformed", "no such table", "no such column", "not a database", "corrupt", "decode to UTF-8",
)  # fmt: skip


class Database:
    """An open database, and what is known of it.

    Attributes:
        folder: of the mirror.
        keyring: whom it trusts.
        keyring_id: which of its keyrings that is; 0 before it has one.
        packing: how things are stored in it.
        damage: what is wrong with what it says of itself, as far as who writes sees at once.
    """

    def __init__(
        self, folder: Path, connection: sqlite3.Connection, counting: Counting | None = None
    ) -> None:
        self.folder = folder
        self._connection = connection
        self._counting = counting
        self.damage = () if counting is None else counting.damage
        # The types of rows that were looked at, by the query.
        self._usual: defaultdict[str, set[tuple[type, ...]]] = defaultdict(set)
        dictionary = self.one("SELECT data FROM dictionaries WHERE id = ?", DICTIONARY)
        name = shown(str(folder / DATABASE))
        if dictionary is None or not isinstance(dictionary[0], bytes):
            raise DamageError(f"{name}: its dictionary is missing: {REMEDY}")
        self.packing = Packing(dictionary[0])
        self.keyring, self.keyring_id = Keyring.empty(), 0
        for number, entries in self.all(
            "SELECT id, entries FROM keyrings ORDER BY id DESC LIMIT 1"
        ):
            try:
                self.keyring = Keyring.empty().with_entries(json.loads(entries))
            except (TypeError, ValueError, RecursionError, PithmergeError):
                raise DamageError(
                    f"{name}: its keyring cannot be read: put back a copy of the mirror"
                ) from None
            self.keyring_id = number

    def each(self, query: str, *values: Any) -> Iterator[Any]:
        """The rows that a query gives, one by one."""
        with speaking(self.folder):
            cursor = self._connection.execute(query, values)
            # Not "yield from", which would close the cursor, perhaps of a database that is closed.
            for row in cursor:
                self._look(query, cursor, row)
                yield row

    def all(self, query: str, *values: Any) -> list[Any]:
        """The rows that a query gives."""
        with speaking(self.folder):
            cursor = self._connection.execute(query, values)
            rows = cursor.fetchall()
            for row in rows:
                self._look(query, cursor, row)
            return rows

    def within(self, steps: int, query: str, *values: Any) -> tuple[list[Any], bool]:
        """The rows that a query gives before it has cost too much; and whether these are all.

        Args:
            steps: of SQLite's machine, what a row takes by itself not counted.
            query, values: what is asked; without an order that would need all rows.
        """
        rows: list[Any] = []
        left = steps

        def tick() -> int:
            nonlocal left
            left -= _A_TICK
            return left + _STEPS_OF_A_ROW * len(rows) < 0

        with speaking(self.folder):
            self._connection.set_progress_handler(tick, _A_TICK)
            try:
                cursor = self._connection.execute(query, values)
                for row in cursor:
                    self._look(query, cursor, row)
                    rows.append(row)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                    raise
                return rows, False
            finally:
                self._connection.set_progress_handler(None, 0)
        return rows, True

    def one(self, query: str, *values: Any) -> Any:
        """The first row that a query gives; None if there is none."""
        with speaking(self.folder):
            cursor = self._connection.execute(query, values)
            row = cursor.fetchone()
            if row is not None:
                self._look(query, cursor, row)
            return row

    def _look(self, query: str, cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> None:
        """Have a row hold what its columns are for.

        Raises:
            DamageError: it does not.
        """
        types = tuple(map(type, row))
        if types in self._usual[query]:
            return
        names = tuple(each[0] for each in cursor.description)
        wanted = wanted_types(query, names)
        if all(want is None or found in want for found, want in zip(types, wanted, strict=True)):
            self._usual[query].add(types)
            return
        misfit = misfit_of(self._connection, query, names) or "a value is not of its column's class"
        raise DamageError(f"{shown(str(self.folder / DATABASE))}: {misfit}: {REMEDY}")

    def misfits(self, table: str, column: Column, most: int) -> list[str]:
        """See `pithmerge.mirrors.living.classes.misfits`."""
        with speaking(self.folder):
            return list(misfits(self._connection, table, column, most))

    def sums_that_differ(self) -> list[tuple[str, str]]:
        """See `pithmerge.mirrors.living.sums.sums_that_differ`."""
        with speaking(self.folder):
            return list(sums_that_differ(self._connection))

    def do(self, statement: str, *values: Any) -> sqlite3.Cursor:
        """Change something, within a `transaction`."""
        with speaking(self.folder):
            return self._connection.execute(statement, values)

    def do_each(self, statement: str, rows: Any) -> None:
        """Change something for each row."""
        with speaking(self.folder):
            self._connection.executemany(statement, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done in the block is done, or nothing of it."""
        with speaking(self.folder):
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            with speaking(self.folder):
                assert self._counting is not None
                self._counting.write()
                self._connection.execute("COMMIT")
        except BaseException:
            if self._counting is not None:
                self._counting.forget()
            # A full disk has SQLite do it by itself.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read in the block is as it is at one moment, whoever writes meanwhile."""
        with speaking(self.folder):
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close it."""
        self._connection.close()


def open_to_read(folder: Path) -> Database:
    """A mirror to read from; to be closed by whoever has it.

    Raises:
        MirrorError: there is none, or it is of another version.
        DamageError: it is no database any more.
    """
    connection = _connect(folder, "ro")
    try:
        with speaking(folder):
            version = _known_version(folder, connection)
            if version < VERSION:
                raise MirrorError(
                    f"{shown(str(folder))}: its database is of version {version}, and this "
                    f"pithmerge reads {VERSION}: pithmerge mirror init {shown(str(folder))} brings "
                    "it there, and loses nothing"
                )
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB // 4}")
        return Database(folder, connection)
    except BaseException:
        connection.close()
        raise


@contextmanager
def writing(folder: Path, *, wait: bool = False) -> Iterator[Database]:
    """A mirror to write to, brought to this version if it is older.

    Args:
        folder: of the mirror.
        wait: for whoever writes to it now.

    Raises:
        MirrorError: there is none, it is of a newer version, or somebody writes to it.
        DamageError: it is no database any more.
    """
    with writer_lock(folder, wait=wait):
        connection = _connect(folder, "rw")
        try:
            with speaking(folder):
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
                version = _known_version(folder, connection)
                if version < VERSION:
                    connection.execute("BEGIN IMMEDIATE")
                    migrate(connection, version)
                    write_sums(connection)
                    connection.execute("COMMIT")
                counting = Counting(connection)
            yield Database(folder, connection, counting)
        finally:
            connection.close()


@contextmanager
def writer_lock(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """What one process has who writes.

    Raises:
        MirrorError: another has it, or there is no such folder.
    """
    name = shown(str(folder))
    if not folder.is_dir():
        raise _there_is_none(folder)
    try:
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise MirrorError(
            f"{name}: it cannot be written to ({error.strerror}): check the path, and its "
            "permissions"
        ) from None
    with os.fdopen(handle, "r+", encoding="ascii", errors="replace") as file:
        if not lock_file(handle, wait=wait):
            who = file.read(_LONGEST_NOTE).strip()
            raise MirrorError(
                f"{name}: another process writes to it{f' ({who})' if who.isprintable() else ''}: "
                "wait for it, with --wait if you like, or end it"
            )
        try:
            _note(file)
            yield
        finally:
            _note(file, "")


def _note(file: Any, text: str | None = None) -> None:
    """Who writes, for who cannot; where there is no room for it, nothing."""
    try:
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()}" if text is None else text)
        file.flush()
    except OSError:
        return


def _there_is_none(folder: Path) -> MirrorError:
    return MirrorError(
        f"{shown(str(folder))}: there is no mirror: make one with pithmerge mirror init, or "
        "check the path"
    )


def _connect(folder: Path, mode: str) -> sqlite3.Connection:
    path = folder / DATABASE
    if not path.is_file():
        raise _there_is_none(folder)
    # Who reads what others write makes a file beside it; where nobody has the database open, and
    # here nothing can be made, it is read as what does not change.
    is_still = mode == "ro" and not (
        os.access(folder, os.W_OK) or path.with_name(f"{DATABASE}-shm").exists()
    )
    with speaking(folder):
        connection = sqlite3.connect(
            f"file:{quote(os.fsencode(path.absolute()))}?mode={mode}{_STILL if is_still else ''}",
            uri=True,
            timeout=_SECONDS_TO_WAIT,
            isolation_level=None,
            check_same_thread=False,
        )
        # It may come from elsewhere: nothing in its schema is run but what SQLite calls harmless.
        connection.execute("PRAGMA trusted_schema = OFF")
        return connection


def _known_version(folder: Path, connection: sqlite3.Connection) -> int:
    version = version_of(connection)
    name = shown(str(folder / DATABASE))
    if version is None:
        raise MirrorError(f"{name}: it is a database of something else: check the path")
    if version > VERSION:
        raise MirrorError(
            f"{name}: it was made by a newer pithmerge (version {version} of the database, and "
            f"known is {VERSION}): look for a newer pithmerge, or use the one that made it"
        )
    strange = stranger(connection, version)
    if strange is not None:
        raise DamageError(
            f"{name}: {shown(strange)} in it is not as pithmerge makes it, and could do what "
            "nobody has asked for: make a new mirror from the sources, or put back a copy"
        )
    return version


def _is_of_the_system(text: str) -> bool:
    return text.startswith(("disk I/O error", "unable to open"))


def _is_full(folder: Path) -> bool:
    """Whether there is no room beside a database, of which SQLite says no more than that something
    went wrong where it is not about its own file."""
    try:
        return shutil.disk_usage(folder).free < _LITTLE_ROOM
    except OSError:
        return False


@contextmanager
def speaking(folder: Path) -> Iterator[None]:
    """What SQLite raises is said with the mirror's name and what to do.

    Raises:
        MirrorError: see there.
        DamageError: the database is not what was written.
    """
    try:
        yield
    except (sqlite3.DataError, sqlite3.ProgrammingError, sqlite3.IntegrityError):
        raise
    except sqlite3.Error as error:
        name, text = shown(str(folder / DATABASE)), str(error)
        if "full" in text or (_is_of_the_system(text) and _is_full(folder)):
            raise MirrorError(
                f"{name}: there is no room on the disk: what was taken in before is whole; make "
                "room, then give the same command again"
            ) from None
        is_damage = any(word in text for word in _DAMAGE)
        if isinstance(error, sqlite3.OperationalError) and not is_damage:
            raise MirrorError(
                f"{name}: {text}: check the disk and the permissions (a database on a network "
                "file system does not work)"
            ) from None
        raise DamageError(
            f"{name}: {text}: it is damaged: check the disk, then make a new mirror from the "
            "sources, or put back a copy"
        ) from None
