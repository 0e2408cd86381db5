"""A repository in one SQLite file.

Manifests are content: they are added, and never changed. One that is removed leaves a tombstone, so
that it cannot come back unnoticed. Nothing enters that does not validate, and its bindings are read
from what is believed of it; those that somebody adds later are marked as such.
"""

from __future__ import annotations

import hashlib
import io
import sqlite3
import struct
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final

from aidisclose import limits
from aidisclose.containers import sidecar
from aidisclose.durable import iscc, matching
from aidisclose.durable.index import CodeIndex
from aidisclose.durable.iscc import CodeUnit
from aidisclose.errors import Malformed, UsageError, VerificationFailed
from aidisclose.manifest import softbinding
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.named import NamedTuple
from aidisclose.trust.anchors import TrustConfig
from aidisclose.validate.report import State
from aidisclose.validate.verify import examine

#: Says in the head of the file that it is a repository of ours ("AiDc").
_APPLICATION: Final = 0x41694463
#: Tables that check the types of their values.
_OLDEST: Final = (3, 37)
#: Codes of one row of `pack`; and numbers that may pass until those without a row get one.
_PACK: Final = 4096
_NUMBER: Final = 8
_CODE: Final = iscc.BITS // 8
_GREATEST: Final = 2**63 - 1
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
)


class Stored(NamedTuple):
    """The result of storing a manifest.

    Attributes:
        id: Label of its active manifest.
        is_new: Whether it was not there before.
    """

    id: str
    is_new: bool


class Entry(NamedTuple):
    """One manifest as it is kept, or the tombstone of one.

    Attributes:
        id: Label of its active manifest.
        sha256: Of the manifest store, in hexadecimal digits.
        time: When it was stored; of a tombstone, when it was removed.
        store: The manifest store; None of a tombstone.
        bindings: Those that whoever stored it vouches for; the others are in the store.
    """

    id: str
    sha256: str
    time: datetime
    store: bytes | None = None
    bindings: tuple[SoftBinding, ...] = ()


class Match(NamedTuple):
    """A manifest that a search found. It is not said that it is about the content.

    Attributes:
        id: Label of its active manifest.
        score: Similarity from 0 to 100; 100 only for the same bytes, or the same value.
        is_signed: Whether the manifest itself names the binding, rather than who stored it.
    """

    id: str
    score: int
    is_signed: bool


class Repository:
    """A repository of manifests; use it as a context manager, from any thread.

    Arguments:
        path: The file.
        create: Make the file if it is not there or empty.

    Raises:
        UsageError: The file is not there, not a repository, or one of a newer version.
        OSError: The file cannot be opened.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self._lock = threading.RLock()
        self._indexes: dict[str, CodeIndex] = {}
        self._is_together = False
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

    def __enter__(self) -> Repository:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock:
                yield self._connection
        except sqlite3.Error as error:
            raise OSError(f"the repository cannot be read: {error}") from None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is stored, or nothing."""
        try:
            with self._lock:
                if self._is_together:
                    yield self._connection
                    return
                with self._connection:
                    yield self._connection
        except sqlite3.Error as error:
            raise OSError(f"the repository cannot be written: {error}") from None

    @contextmanager
    def together(self) -> Iterator[None]:
        """Store what is added within the block in one transaction, which is faster.

        Other threads wait meanwhile. All of it is stored when the block ends, or nothing after an
        exception.

        Raises:
            OSError: The repository cannot be written.
        """
        with self._lock, self._writing():
            if self._is_together:
                yield
                return
            self._is_together = True
            try:
                yield
            except BaseException:
                self._indexes.clear()  # they may have codes that were not stored after all
                raise
            finally:
                self._is_together = False

    def add(
        self, store: bytes, bindings: Iterable[SoftBinding] = (), *, at: datetime | None = None
    ) -> Stored:
        """Store a manifest store under the label of its active manifest.

        Arguments:
            store: The manifest store. Whether it is about any file is not asked.
            bindings: Further values by which it is to be found; who stores it vouches for them.
            at: The time that counts as now.

        Raises:
            VerificationFailed: The store does not validate, or was removed, or another one is
                stored under its label.
            OSError: The repository cannot be written.
        """
        now = at or datetime.now(UTC)
        if not sidecar.is_store(store):
            raise VerificationFailed("the credentials are not valid: this is not a manifest store")
        report = examine(io.BytesIO(store), trust=TrustConfig.none(), at=now)
        believed, parsed = report.believed, report.store
        if report.state < State.VALID or believed is None or parsed is None:
            codes = ", ".join(dict.fromkeys(each.code for each in report.failures))
            raise VerificationFailed(f"the credentials are not valid: {codes or 'unreadable'}")
        proven = {item.url for item in believed.subject.assertions}
        signed = softbinding.read(
            each for each in parsed.active.assertions.values() if each.url in proven
        )
        name, digest = parsed.active.label, hashlib.sha256(store).hexdigest()
        with self._writing() as connection:
            row = connection.execute(
                "SELECT sha256, deleted_at FROM manifest WHERE id = ?", (name,)
            ).fetchone()
            if row and row[1]:
                raise VerificationFailed(f"{name} was removed from the repository")
            if row and row[0] != digest:
                raise VerificationFailed(f"another manifest store is stored as {name}")
            if not row:
                connection.execute(
                    "INSERT INTO manifest VALUES (?, ?, ?, ?, NULL)",
                    (name, store, digest, now.isoformat()),
                )
            self._bind(connection, name, signed, is_signed=True)
            self._bind(connection, name, bindings, is_signed=False)
        return Stored(name, not row)

    @staticmethod
    def _bind(
        connection: sqlite3.Connection,
        name: str,
        bindings: Iterable[SoftBinding],
        *,
        is_signed: bool,
    ) -> None:
        for each in bindings:
            if each.scope is not None:  # about a part: other content may have the same
                continue
            connection.execute(
                "INSERT OR IGNORE INTO binding VALUES (?, ?, ?, ?)",
                (each.alg, each.value, name, is_signed),
            )
            for unit in _units(each):
                done = connection.execute(
                    "INSERT OR IGNORE INTO unit (kind, bits, manifest_id) VALUES (?, ?, ?)",
                    (unit.group, unit.body, name),
                )
                if done.rowcount > 0 and done.lastrowid and unit.kind == iscc.CONTENT:
                    _pack(connection, unit.group, done.lastrowid)

    def get(self, name: str) -> bytes | None:
        """The manifest store whose active manifest has this label; None if there is none."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT store FROM manifest WHERE id = ? AND deleted_at IS NULL", (name,)
            ).fetchone()
        return row[0] if row else None

    def remove(self, name: str, *, at: datetime | None = None) -> bool:
        """Leave a tombstone in place of a manifest; False if it is not there.

        Raises:
            OSError: The repository cannot be written.
        """
        now = (at or datetime.now(UTC)).isoformat()
        with self._writing() as connection:
            done = connection.execute(
                "UPDATE manifest SET deleted_at = ?, store = NULL"
                " WHERE id = ? AND deleted_at IS NULL",
                (now, name),
            )
            _unpack(connection, name)
            connection.execute("DELETE FROM binding WHERE manifest_id = ?", (name,))
            connection.execute("DELETE FROM unit WHERE manifest_id = ?", (name,))
            self._indexes.clear()
        return done.rowcount > 0

    def bury(self, name: str, digest: str, *, at: datetime) -> bool:
        """Leave a tombstone of a manifest that was never here; False if something is.

        Raises:
            OSError: The repository cannot be written.
        """
        with self._writing() as connection:
            done = connection.execute(
                "INSERT OR IGNORE INTO manifest VALUES (?, NULL, ?, ?, ?)",
                (name, digest, at.isoformat(), at.isoformat()),
            )
        return done.rowcount > 0

    def entries(self) -> Iterator[Entry]:
        """Everything that is kept, tombstones included, in the order of the labels.

        Raises:
            OSError: The repository cannot be read.
        """
        last = ""
        while True:
            with self._reading() as connection:
                row = connection.execute(
                    "SELECT id, sha256, coalesce(deleted_at, stored_at), store FROM manifest"
                    " WHERE id > ? ORDER BY id LIMIT 1",
                    (last,),
                ).fetchone()
                if row is None:
                    return
                last, digest, time, store = row
                bindings = [SoftBinding(*each) for each in self._unsigned(connection, last)]
            yield Entry(last, digest, datetime.fromisoformat(time), store, tuple(bindings))

    @staticmethod
    def _unsigned(connection: sqlite3.Connection, name: str) -> list[tuple[str, bytes]]:
        return connection.execute(
            "SELECT alg, value FROM binding WHERE manifest_id = ? AND is_signed = 0", (name,)
        ).fetchall()

    def by_binding(self, binding: SoftBinding, most: int = 10) -> list[Match]:
        """Manifests bound to this value, or to a similar fingerprint, the most similar first.

        Raises:
            Malformed: The value is not one of its algorithm.
        """
        if binding.alg == iscc.ALG:
            return self.near(iscc.searched(binding.value), most)
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT manifest_id, is_signed FROM binding WHERE alg = ? AND value = ? LIMIT ?",
                (binding.alg, binding.value, min(most, limits.CANDIDATES)),
            ).fetchall()
        return [Match(name, matching.IDENTICAL, bool(is_signed)) for name, is_signed in rows]

    def near(self, units: Iterable[CodeUnit], most: int = 10) -> list[Match]:
        """Manifests with a unit like one of these: `matching.reach` says how many bits may differ.

        The search is exact: every code is compared. Units of data are compared as they are.

        Arguments:
            units: Of 256 bits.
            most: How many to return, at most `limits.CANDIDATES`.
        """
        found: dict[int, int] = {}
        wanted: dict[str, list[CodeUnit]] = {}
        for unit in units:
            wanted.setdefault(unit.group, []).append(unit)
        for group, alike in wanted.items():
            if alike[0].kind == iscc.CONTENT:
                index = self._resident(group)
                reach = matching.reach(alike[0].subtype)
                near = index.near((unit.bits for unit in alike), reach)
                found |= {number: matching.score(apart) for number, apart in near.items()}
                continue
            same = alike[0].kind == iscc.INSTANCE
            score = matching.IDENTICAL if same else matching.score(0)
            with self._reading() as connection:
                for unit in alike:
                    rows = connection.execute(
                        "SELECT number FROM unit WHERE kind = ? AND bits = ? LIMIT ?",
                        (group, unit.body, limits.CANDIDATES),
                    )
                    found |= {number: score for (number,) in rows}
        best: dict[str, Match] = {}
        for number, score in sorted(found.items(), key=lambda item: -item[1]):
            with self._reading() as connection:
                row = connection.execute(
                    "SELECT manifest_id, EXISTS (SELECT 1 FROM binding WHERE is_signed = 1"
                    " AND alg = ? AND binding.manifest_id = unit.manifest_id)"
                    " FROM unit WHERE number = ?",
                    (iscc.ALG, number),
                ).fetchone()
            if row:
                best.setdefault(row[0], Match(row[0], score, bool(row[1])))
            if len(best) >= min(most, limits.CANDIDATES):
                break
        return list(best.values())

    def _resident(self, kind: str) -> CodeIndex:
        """All codes of a kind, read once, and what was added since."""
        with self._reading() as connection:
            index = self._indexes.setdefault(kind, CodeIndex())
            packs = connection.execute(
                "SELECT numbers, codes FROM pack WHERE kind = ? AND last > ? ORDER BY last",
                (kind, index.last),
            )
            for numbers, codes in packs:
                index.extend(numbers, codes)
            for _last, numbers, codes in _packed(_codes_after(connection, kind, index.last)):
                index.extend(numbers, codes)
        return index

    def names(self) -> list[str]:
        """Labels of all manifests, without those that were removed."""
        with self._reading() as connection:
            rows = connection.execute("SELECT id FROM manifest WHERE deleted_at IS NULL")
            return [name for (name,) in rows]

    def problems(self) -> Iterator[str]:
        """A line for everything that was lost or changed; none if all is as it was stored.

        The file itself is examined, and every manifest hashed.
        """
        try:
            with self._lock:
                yield from _problems(self._connection)
        except sqlite3.Error as error:
            yield f"the file is damaged: {error}"


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


def _problems(connection: sqlite3.Connection) -> Iterator[str]:
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield str(line)
    rows = connection.execute("SELECT id, store, sha256 FROM manifest WHERE deleted_at IS NULL")
    for name, store, digest in rows:
        if store is None or hashlib.sha256(store).hexdigest() != digest:
            yield f"{name}: the manifest store is not the one that was stored"
    for table, _columns, name, _key in connection.execute("PRAGMA foreign_key_check"):
        yield f"{table}: row {name} belongs to no manifest"
    known: dict[str, int] = {}
    packs = connection.execute("SELECT kind, last, numbers, codes FROM pack ORDER BY kind, last")
    for kind, last, *held in packs:
        codes = list(_codes_after(connection, kind, known.get(kind, 0), last))
        known[kind] = last
        numbers = struct.pack(f">{len(codes)}q", *(number for number, _bits in codes))
        if held != [numbers, b"".join(bits for _number, bits in codes)]:
            yield f"the codes up to {last} are not searched for as they were stored"


def _units(binding: SoftBinding) -> tuple[CodeUnit, ...]:
    if binding.alg != iscc.ALG:
        return ()
    try:
        return iscc.searched(binding.value)
    except Malformed:
        return ()


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


def usual(path: Path | None, home: Path) -> Path:
    """The file that was named, or the user's own."""
    return path if path is not None else home / "repository.sqlite"
