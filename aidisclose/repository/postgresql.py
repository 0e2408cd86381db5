"""A repository in PostgreSQL, which compares the codes itself: several servers may share it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

from aidisclose import limits
from aidisclose.durable import iscc
from aidisclose.durable.iscc import CodeUnit
from aidisclose.errors import UsageError
from aidisclose.repository.repository import Repository, StatementValues, said

#: The schema that has our tables: others of the database are left alone.
_SCHEMA: Final = "aidisclose"
#: PostgreSQL 14 is the first that counts bits.
_OLDEST: Final = 140_000
#: Seconds until a server counts as down.
_TIMEOUT: Final = 10
#: Held while tables are made, so that two programs do not make them at once ("AiDc").
_LOCK: Final = 0x41694463
#: Codes that one search returns: many may be of one manifest.
_MOST: Final = 10 * limits.CANDIDATES
#: Settings of a server under which what it confirms may be lost.
_UNSAFE: Final = ("fsync", "full_page_writes")

#: Statements by version of the schema: those of later versions are run on older ones.
_MIGRATIONS: Final = (
    f"""
    CREATE TABLE manifest (
        id text COLLATE "C" PRIMARY KEY, store bytea, sha256 text NOT NULL,
        stored_at text NOT NULL, deleted_at text);
    ALTER TABLE manifest ALTER COLUMN store SET STORAGE EXTERNAL;
    CREATE TABLE binding (
        alg text NOT NULL, value bytea NOT NULL,
        manifest_id text COLLATE "C" NOT NULL REFERENCES manifest (id),
        is_signed smallint NOT NULL, PRIMARY KEY (alg, value, manifest_id));
    CREATE INDEX binding_of ON binding (manifest_id);
    CREATE TABLE unit (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL,
        bits bit({iscc.BITS}) NOT NULL,
        manifest_id text COLLATE "C" NOT NULL REFERENCES manifest (id),
        UNIQUE (kind, bits, manifest_id));
    CREATE INDEX unit_of ON unit (manifest_id);
    CREATE TABLE receipt (
        manifest_id text COLLATE "C" PRIMARY KEY REFERENCES manifest (id), content text NOT NULL);
    CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'manifests are not deleted'; END $$;
    CREATE TRIGGER manifest_stays BEFORE DELETE ON manifest
        FOR EACH ROW EXECUTE FUNCTION stay();
    CREATE TRIGGER manifests_stay BEFORE TRUNCATE ON manifest
        FOR EACH STATEMENT EXECUTE FUNCTION stay();
    CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.id <> OLD.id OR NEW.sha256 <> OLD.sha256 OR OLD.deleted_at IS NOT NULL
                OR (NEW.store IS DISTINCT FROM OLD.store AND NEW.deleted_at IS NULL)
            THEN RAISE EXCEPTION 'manifests are not changed'; END IF;
            RETURN NEW;
        END $$;
    CREATE TRIGGER manifest_is_kept BEFORE UPDATE ON manifest
        FOR EACH ROW EXECUTE FUNCTION keep();
    """,
)


def _library() -> Any:
    try:
        import psycopg
    except ImportError:
        raise UsageError(
            "PostgreSQL needs the extra postgres: pip install 'aidisclose[postgres]'"
        ) from None
    return psycopg


class PostgresqlRepository(Repository):
    """A repository in a database of PostgreSQL 14 or newer; from any thread.

    A connection that was lost is made anew for the next request; what was not confirmed by then is
    not stored.

    Arguments:
        address: `postgresql://user@host/database`, with what libpq takes as options, such as
            `?sslmode=verify-full`. A password belongs in `~/.pgpass` or PGPASSWORD.
        create: Make the tables if they are not there.

    Raises:
        UsageError: There is no repository, or one of a newer version, or the address is wrong.
        OSError: The server cannot be reached, or refuses.
    """

    def __init__(self, address: str, *, create: bool = False) -> None:
        super().__init__()
        library = _library()
        self.failures = library.Error
        self._address = address
        try:
            library.conninfo.conninfo_to_dict(address)
        except library.Error:
            raise UsageError("invalid address of PostgreSQL: postgresql://…") from None
        self._connection = self._connect()
        try:
            self._prepare(create)
        except library.Error as error:
            self._connection.close()
            raise OSError(f"the repository cannot be opened: {said(error)}") from None
        except UsageError:
            self._connection.close()
            raise

    def _connect(self) -> Any:
        library = _library()
        try:
            connection = library.connect(self._address, autocommit=True, connect_timeout=_TIMEOUT)
        except library.Error as error:
            raise OSError(f"PostgreSQL cannot be reached: {said(error)}") from None
        try:
            if connection.info.server_version < _OLDEST:
                raise UsageError("a repository needs PostgreSQL 14 or newer")
            # What is confirmed has to be on the disk, whatever the server's default is. Nothing of
            # another schema is used, should somebody have put something of the same name there.
            connection.execute("SET synchronous_commit = on")
            connection.execute(f"SET search_path = {_SCHEMA}, pg_temp")
        except library.Error as error:
            connection.close()
            raise OSError(f"PostgreSQL cannot be used: {said(error)}") from None
        except UsageError:
            connection.close()
            raise
        return connection

    def _prepare(self, create: bool) -> None:
        """Bring the tables to the newest version."""
        found = self._run("SELECT to_regclass(?)", (f"{_SCHEMA}.version",)).fetchone()[0]
        if found is None and not create:
            raise UsageError(
                "there is no repository in this database; `aidisclose publish` makes one"
            )
        with self._connection.transaction():
            self._run("SELECT pg_advisory_xact_lock(?)", (_LOCK,))
            if found is None:
                self._run(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")
                self._run("CREATE TABLE IF NOT EXISTS version (number integer PRIMARY KEY)")
            [version] = self._run("SELECT coalesce(max(number), 0) FROM version").fetchone()
            if version > len(_MIGRATIONS):
                raise UsageError("the repository is of a newer version of aidisclose")
            for number, statements in enumerate(_MIGRATIONS[version:], version + 1):
                self._connection.execute(statements)
                self._run("INSERT INTO version VALUES (?)", (number,))

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _run(self, statement: str, values: StatementValues = ()) -> Any:
        if self._connection.closed and not self._is_together:
            self._connection = self._connect()
        return self._connection.execute(statement.replace("?", "%s"), values)

    def _transaction(self) -> AbstractContextManager[object]:
        if self._connection.closed:
            self._connection = self._connect()
        transaction: AbstractContextManager[object] = self._connection.transaction()
        return transaction

    def _discard(self) -> None:
        """Do nothing: this database keeps nothing in memory."""

    def _add_unit(self, unit: CodeUnit, name: str) -> None:
        self._run(
            "INSERT INTO unit (kind, bits, manifest_id) VALUES (?, CAST(? AS bit(256)), ?)"
            " ON CONFLICT DO NOTHING",
            (unit.group, _bits(unit), name),
        )

    def _remove_units(self, name: str) -> None:
        self._run("DELETE FROM unit WHERE manifest_id = ?", (name,))

    def _near(self, group: str, units: Sequence[CodeUnit], reach: int) -> dict[int, int]:
        wanted = ", ".join("bit_count(bits # CAST(? AS bit(256)))" for _ in units)
        rows = self._run(
            f"SELECT number, apart FROM (SELECT number, least({wanted}) AS apart"  # noqa: S608
            " FROM unit WHERE kind = ?) AS compared WHERE apart <= ? ORDER BY apart LIMIT ?",
            (*map(_bits, units), group, reach, _MOST),
        )
        return {number: int(apart) for number, apart in rows}

    def _same(self, unit: CodeUnit) -> Iterable[int]:
        rows = self._run(
            "SELECT number FROM unit WHERE kind = ? AND bits = CAST(? AS bit(256)) LIMIT ?",
            (unit.group, _bits(unit), limits.CANDIDATES),
        )
        return [number for (number,) in rows]

    def _damage(self) -> Iterator[str]:
        for name in _UNSAFE:
            [value] = self._run("SELECT current_setting(?)", (name,)).fetchone()
            if value != "on":
                yield f"the server runs with {name} = {value}: what it confirms may be lost"

    @staticmethod
    def _body(bits: Any) -> bytes:
        return int(bits, 2).to_bytes(iscc.BITS // 8, "big")


def _bits(unit: CodeUnit) -> str:
    return f"{unit.bits:0{iscc.BITS}b}"
