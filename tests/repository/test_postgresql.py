"""A repository in PostgreSQL: what only a server can do wrong."""

from __future__ import annotations

import base64
import hashlib
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from aidisclose.errors import UsageError
from aidisclose.repository.address import open_repository, public
from aidisclose.repository.postgresql import PostgresqlRepository
from tests import postgresql
from tests.cli.running import Run, program
from tests.durable.pictures import encoded, scene
from tests.issuing import Issued
from tests.postgresql import PostgresServer
from tests.repository.stores import printed, signed

#: Adds what an export has, entry by entry, and says so after each.
SCRIPT = """
import base64, json, sys
from pathlib import Path
from aidisclose.repository.address import open_repository
lines = Path(sys.argv[1]).read_bytes().splitlines()
with open_repository(sys.argv[2], create=True) as repository:
    for line in lines:
        try:
            print(repository.add(base64.b64decode(line)).id, flush=True)
        except OSError as error:
            print(error, file=sys.stderr, flush=True)
            sys.exit(9)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of these tests alone, which they may kill."""
    yield from postgresql.serve("debian")


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory, issued: Issued) -> Path:
    """Manifest stores in base64, one a line."""
    path = tmp_path_factory.mktemp("stores") / "lines"
    stores = (signed(issued, scene(number), printed(scene(number))) for number in range(30))
    path.write_bytes(b"".join(base64.b64encode(each) + b"\n" for each in stores))
    return path


def check(address: str, said: list[str]) -> None:
    with open_repository(address) as opened:
        assert list(opened.problems()) == []
        assert set(said) <= set(opened.names())


def test_nothing_is_lost_when_server_and_client_are_killed(
    server: PostgresServer, lines: Path
) -> None:
    address, said = server.address(), list[str]()
    for after in (3, 11, 20):
        with subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(lines), address],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            said += [process.stdout.readline().strip() for _ in range(after)]
            server.kill()
            rest, error = process.communicate(timeout=60)
            said += rest.split()
        assert all(said)
        assert process.returncode in (0, 9)
        assert "Traceback" not in error
        server.start()
        check(address, said)


def test_nothing_is_lost_when_the_disk_is_full(server: PostgresServer, lines: Path) -> None:
    address = server.address()
    open_repository(address, create=True).close()
    with psycopg.connect(address, autocommit=True) as connection:
        for number in count():
            size = connection.execute(
                "SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE oid = %s::regclass",
                ("aidisclose.manifest",),
            ).fetchone()
            assert size is not None
            if size[0] > 1_000_000:  # few stores more fit
                break
            filler = random.Random(number).randbytes(10_000)
            connection.execute(
                "INSERT INTO aidisclose.manifest VALUES (%s, %s, %s, '2026-01-01T00:00:00+00:00')",
                (f"filler-{number}", filler, hashlib.sha256(filler).hexdigest()),
            )
    server.stop()
    server.start(file_size=1_100_000)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(lines), address],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "cannot be written" in done.stderr) == (9, True), done.stderr
    assert "Traceback" not in done.stderr
    said = done.stdout.split()
    assert said
    server.stop()
    server.start()
    check(address, said)


def test_a_connection_that_was_lost_is_made_anew(server: PostgresServer, issued: Issued) -> None:
    with open_repository(server.address(), create=True) as opened:
        name = opened.add(signed(issued, scene(1))).id
        server.kill()
        with pytest.raises(OSError, match="the repository cannot be read"):
            opened.names()
        with pytest.raises(OSError, match="cannot be reached"):
            opened.names()
        server.start()
        assert opened.names() == [name]
        server.stop()
        server.start()
        with pytest.raises(OSError, match="cannot be written"):
            opened.remove(name)
        assert opened.remove(name)


@pytest.fixture
def address(debian: PostgresServer) -> str:
    return debian.address()


def test_manifests_are_not_changed(address: str, issued: Issued) -> None:
    with open_repository(address, create=True) as opened:
        opened.add(signed(issued, scene(1), printed(scene(1))))
        with psycopg.connect(address, autocommit=True) as other:
            for statement, reason in (
                (b"UPDATE aidisclose.manifest SET store = '\\x00'", "not changed"),
                (b"DELETE FROM aidisclose.manifest", "not deleted"),
                (b"TRUNCATE aidisclose.manifest CASCADE", "not deleted"),
            ):
                with pytest.raises(psycopg.Error, match=reason):
                    other.execute(statement)
            other.execute("DROP TRIGGER manifest_is_kept ON aidisclose.manifest")
            other.execute("UPDATE aidisclose.manifest SET store = '\\x00'")
        [problem] = opened.problems()
        assert "not the one that was stored" in problem


def test_lost_codes_are_noticed(address: str, issued: Issued) -> None:
    with open_repository(address, create=True) as opened:
        opened.add(signed(issued, scene(1), printed(scene(1))))
        with psycopg.connect(address, autocommit=True) as other:
            other.execute("DELETE FROM aidisclose.unit WHERE kind = '2.1'")
        [problem] = opened.problems()
        assert "not found by all that it is bound to" in problem


def test_a_server_that_may_lose_things_is_a_problem(server: PostgresServer) -> None:
    address = server.address()
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("ALTER SYSTEM SET fsync = off")
        other.execute("SELECT pg_reload_conf()")
    with open_repository(address, create=True) as opened:
        assert any("fsync = off" in each for each in opened.problems())
        assert opened._run("SHOW synchronous_commit").fetchone() == ("on",)


def test_other_tables_are_left_alone(address: str, issued: Issued) -> None:
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("CREATE TABLE manifest (id text)")
        with open_repository(address, create=True) as opened:
            opened.add(signed(issued, scene(1)))
        assert other.execute("SELECT count(*) FROM public.manifest").fetchone() == (0,)


def test_a_repository_that_is_not_there_is_not_made(address: str) -> None:
    with pytest.raises(UsageError, match="there is no repository in this database"):
        open_repository(address)
    with psycopg.connect(address) as other:
        count = other.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'aidisclose'")
        assert count.fetchone() == (0,)


def test_a_newer_repository_is_refused(address: str) -> None:
    open_repository(address, create=True).close()
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("INSERT INTO aidisclose.version VALUES (99)")
    with pytest.raises(UsageError, match="newer version"):
        open_repository(address)


def test_several_may_make_it_at_once(address: str) -> None:
    errors: list[BaseException] = []

    def make() -> None:
        try:
            open_repository(address, create=True).close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=make) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert errors == []


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("postgresql://u:secret@host:5432/db?password=x", "postgresql://u@host:5432/db"),
        ("postgresql:///db", "postgresql:///db"),
        ("postgresql://u:secret@host:x/db", "postgresql://…"),
        ("file.sqlite", "file.sqlite"),
    ],
)
def test_passwords_are_not_shown(place: str, shown: str) -> None:
    assert public(place) == shown


@pytest.mark.parametrize(
    "place",
    [
        "postgresql://u:secret@127.0.0.1:1/db",
        "postgresql://u:secret@/db?host=/nonexistent",
        "postgresql://u:secret@localhost/db?nonsense=1",
        "postgresql://u:secret@[::1/db",
        "postgresql://u:secret@host:secret/db",
    ],
)
def test_no_error_has_the_password(place: str) -> None:
    with pytest.raises((UsageError, OSError)) as error:
        PostgresqlRepository(place)
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)


def test_commands_take_an_address(aidisclose: Run, address: str, home: Path, work: Path) -> None:
    (work / "scene.png").write_bytes(encoded(scene(1)))
    at = ("--repository", address)

    def run(*arguments: str) -> str:
        done = aidisclose(*arguments)
        assert done.code == 0, done.err
        return done.out

    run("sign", "scene.png", "--ai", "generated", "--fingerprint")
    done = program("publish", "scene.signed.png", *at, home=home, cwd=work)
    assert done.out.startswith("stored  scene.signed.png"), done.err
    (work / "copy.jpg").write_bytes(encoded(scene(1).resize((240, 180)), "JPEG", quality=60))
    assert "looks like a file that Signer, for testing" in run("recover", "copy.jpg", *at)
    done = aidisclose("verify", "copy.jpg", "--recover", *at)
    assert "looks like a file" in done.out
    assert run("repository", "check", *at).startswith("1 manifest")
    run("repository", "export", *at, "-o", "lines")
    run("repository", "import", "lines")
    run("repository", "remove", run("repository", "list").strip(), *at)
    done = aidisclose("repository", "list", "--repository", "postgresql://127.0.0.1:1/x")
    assert (done.code, done.out, done.err.count("\n")) == (4, "", 1)
