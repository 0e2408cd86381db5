"""A repository in one SQLite file, whose codes are compared in memory."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from itertools import islice
from pathlib import Path
from typing import Final

from aidisclose import limits
from aidisclose.durable import iscc
from aidisclose.durable.index import CodeIndex
from aidisclose.durable.iscc import CodeUnit
from aidisclose.errors import UsageError
from aidisclose.repository.repository import Repository, StatementValues

#: Says in the head of the file that it is a repository of ours ("AiDc").
_APPLICATION: Final = 0x41694463
#: Tables that check the types of their values.
_OLDEST: Final = (3, 37)
#: Codes of one row of `pack`; and numbers that may pass until those without a row get one.
_PACK: Final = 4096
_NUMBER: Final = 8
_CODE: Final = iscc.BITS // 8
_GREATEST: Final = 2**63 - 1
#: Errors that say nothing about what is in the file.
_OF_THE_SYSTEM: Final = {
    *(sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM),
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL),
    *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL),
}
#: Statements by version of the schema: those of later versions are run on older files.
_MIGRATIONS: Final = (
    """
    CREATE TABLE manifest (
        id TEXT PRIMARY KEY, store BLOB, sha256 TEXT NOT NULL,
        stored_at TEXT NOT NULL, deleted_at TEXT) STRICT;
    CREATE TABLE binding (
        alg TEXT NOT NULL, value BLOB NOT NULL,
        manifest_id TEXT NOT NULL REFERENCES manifest (id),
        is_signed INTEGER NOT NULL, PRIMARY KEY (alg, value, manifest_id)) WITHOUT ROWID, STRICT;
    CREATE TABLE unit (
        number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, bits BLOB NOT NULL,
        manifest_id TEXT NOT NULL REFERENCES manifest (id),
        UNIQUE (kind, bits, manifest_id)) STRICT;
    CREATE TRIGGER manifest_stays BEFORE DELETE ON manifest
        BEGIN SELECT RAISE (ABORT, 'manifests are not deleted'); END;
    CREATE TRIGGER manifest_is_kept BEFORE UPDATE ON manifest
        WHEN NEW.id <> OLD.id OR NEW.sha256 <> OLD.sha256 OR OLD.deleted_at IS NOT NULL
            OR (NEW.store IS NOT OLD.store AND NEW.deleted_at IS NULL)
        BEGIN SELECT RAISE (ABORT, 'manifests are not changed'); END;
    """,
    # Codes that are searched for once more, thousands in one row: read so, a million take 0.1 s
    # instead of 0.9.
    """
    CREATE TABLE pack (
        kind TEXT NOT NULL, last INTEGER NOT NULL, numbers BLOB NOT NULL, codes BLOB NOT NULL,
        UNIQUE (kind, last)) STRICT;
    CREATE INDEX binding_of ON binding (manifest_id);
    CREATE INDEX unit_of ON unit (manifest_id);
    """,
    """
    CREATE TABLE receipt (
        manifest_id TEXT PRIMARY KEY REFERENCES manifest (id), content TEXT NOT NULL) STRICT;
    """,
)


class SqliteRepository(Repository):
    """A repository in a file; use it as a context manager, from any thread.

    Arguments:
        path: The file.
        create: Make the file if it is not there or empty.

    Raises:
        UsageError: The file is not there, not a repository, or one of a newer version.
        OSError: The file cannot be opened.
    """

    failures = sqlite3.Error

    def __init__(self, path: Path, *, create: bool = False) -> None:
        super().__init__()
        self._indexes: dict[str, CodeIndex] = {}
        if sqlite3.sqlite_version_info < _OLDEST:
            raise UsageError("a repository needs SQLite 3.37 or newer")
        is_new = not path.exists() or (path.is_file() and path.stat().st_size == 0)
        if is_new and not create:
            raise UsageError(f"there is no repository {path}; `aidisclose publish` makes one")
        address = f"{path.absolute().as_uri()}?mode={'rwc' if is_new else 'rw'}"
        try:
            self._connection = sqlite3.connect(
                address, uri=True, check_same_thread=False, timeout=30
            )
        except sqlite3.Error as error:
            raise OSError(f"the repository {path} cannot be opened: {error}") from None
        try:
            self._prepare(path)
        except sqlite3.DatabaseError as error:
            self._connection.close()
            if error.sqlite_errorcode & 0xFF in _OF_THE_SYSTEM:
                raise OSError(f"the repository {path} cannot be opened: {error}") from None
            raise UsageError(f"{path} is not a repository: {error}") from None
        except UsageError:
            self._connection.close()
            raise

    def _prepare(self, path: Path) -> None:
        """Bring the file to the newest version, once it is shown to be a repository."""
        # Another program's database must not change, not even its journal mode.
        self._connection.execute("PRAGMA trusted_schema = OFF")
        [application] = self._connection.execute("PRAGMA application_id").fetchone()
        if application != _APPLICATION and _schema(self._connection):
            raise UsageError(f"{path} is a database of another program")
        _migrate(self._connection)
        # A view or trigger that somebody added would run as if it were ours.
        if _schema(self._connection) != _expected():
            raise UsageError(f"{path} is not a repository: its tables are not as they should be")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _run(self, statement: str, values: StatementValues = ()) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    def _transaction(self) -> AbstractContextManager[object]:
        return self._connection

    def _discard(self) -> None:
        self._indexes.clear()

    def _add_unit(self, unit: CodeUnit, name: str) -> None:
        done = self._run(
            "INSERT OR IGNORE INTO unit (kind, bits, manifest_id) VALUES (?, ?, ?)",
            (unit.group, unit.body, name),
        )
        if done.rowcount > 0 and done.lastrowid and unit.kind == iscc.CONTENT:
            _pack(self._connection, unit.group, done.lastrowid)

    def _remove_units(self, name: str) -> None:
        _unpack(self._connection, name)
        self._run("DELETE FROM unit WHERE manifest_id = ?", (name,))

    def _near(self, group: str, units: Sequence[CodeUnit], reach: int) -> dict[int, int]:
        return self._resident(group).near((unit.bits for unit in units), reach)

    def _same(self, unit: CodeUnit) -> Iterable[int]:
        rows = self._run(
            "SELECT number FROM unit WHERE kind = ? AND bits = ? LIMIT ?",
            (unit.group, unit.body, limits.CANDIDATES),
        )
        return [number for (number,) in rows]

    def _resident(self, kind: str) -> CodeIndex:
        """All codes of a kind, read once, and what was added since."""
        index = self._indexes.setdefault(kind, CodeIndex())
        packs = self._run(
            "SELECT numbers, codes FROM pack WHERE kind = ? AND last > ? ORDER BY last",
            (kind, index.last),
        )
        for numbers, codes in packs:
            index.extend(numbers, codes)
        for _last, numbers, codes in _packed(_codes_after(self._connection, kind, index.last)):
            index.extend(numbers, codes)
        return index

    def _damage(self) -> Iterator[str]:
        for (line,) in self._run("PRAGMA integrity_check"):
            if line != "ok":
                yield str(line)
        for table, _columns, name, _key in self._run("PRAGMA foreign_key_check"):
            yield f"{table}: row {name} belongs to no manifest"
        known: dict[str, int] = {}
        packs = self._run("SELECT kind, last, numbers, codes FROM pack ORDER BY kind, last")
        for kind, last, *held in packs:
            codes = list(_codes_after(self._connection, kind, known.get(kind, 0), last))
            known[kind] = last
            numbers = struct.pack(f">{len(codes)}q", *(number for number, _bits in codes))
            if held != [numbers, b"".join(bits for _number, bits in codes)]:
                yield f"the codes up to {last} are not searched for as they were stored"


def _migrate(connection: sqlite3.Connection) -> None:
    [version] = connection.execute("PRAGMA user_version").fetchone()
    if version > len(_MIGRATIONS):
        raise UsageError("the repository is of a newer version of aidisclose")
    for number, statements in enumerate(_MIGRATIONS[version:], version + 1):
        connection.executescript(
            f"BEGIN IMMEDIATE; {statements} PRAGMA application_id = {_APPLICATION};"
            f" PRAGMA user_version = {number}; COMMIT;"
        )


def _schema(connection: sqlite3.Connection) -> set[tuple[str, str, str | None]]:
    """Kind, name and statement of everything that the database consists of."""
    return set(connection.execute("SELECT type, name, sql FROM sqlite_schema"))


def _expected() -> set[tuple[str, str, str | None]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        _migrate(connection)
        return _schema(connection)


def _codes_after(
    connection: sqlite3.Connection, kind: str, number: int, last: int = _GREATEST
) -> Iterator[tuple[int, bytes]]:
    # The + keeps SQLite from an index that has all codes of the kind.
    return connection.execute(
        "SELECT number, bits FROM unit WHERE +kind = ? AND number > ? AND number <= ?"
        " ORDER BY number",
        (kind, number, last),
    )


def _packed(rows: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes, bytes]]:
    """The last number, all numbers and all codes of some thousand rows each time."""
    left = iter(rows)
    while some := list(islice(left, _PACK)):
        numbers = struct.pack(f">{len(some)}q", *(number for number, _bits in some))
        yield some[-1][0], numbers, b"".join(bits for _number, bits in some)


def _pack(connection: sqlite3.Connection, kind: str, newest: int) -> None:
    """Put the codes of a kind that are not in a pack into one, if there are many."""
    [last] = connection.execute(
        "SELECT coalesce(max(last), 0) FROM pack WHERE kind = ?", (kind,)
    ).fetchone()
    if newest - last < _PACK:
        return
    for row in _packed(_codes_after(connection, kind, last)):
        connection.execute("INSERT INTO pack VALUES (?, ?, ?, ?)", (kind, *row))


def _unpack(connection: sqlite3.Connection, name: str) -> None:
    """Take the codes of a manifest out of their packs."""
    units = connection.execute(
        "SELECT kind, number FROM unit WHERE manifest_id = ?", (name,)
    ).fetchall()
    for kind, number in units:
        row = connection.execute(
            "SELECT rowid, numbers, codes FROM pack WHERE kind = ? AND last >= ?"
            " ORDER BY last LIMIT 1",
            (kind, number),
        ).fetchone()
        at = row[1].find(struct.pack(">q", number)) if row else -1
        while at % _NUMBER and at >= 0:  # the end of one number and the head of the next
            at = row[1].find(struct.pack(">q", number), at + 1)
        if at < 0:
            continue
        code = at // _NUMBER * _CODE
        connection.execute(
            "UPDATE pack SET numbers = ?, codes = ? WHERE rowid = ?",
            (
                row[1][:at] + row[1][at + _NUMBER :],
                row[2][:code] + row[2][code + _CODE :],
                row[0],
            ),
        )
