"""Running commands, in this process and as the installed program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeAlias

ROOT = Path(__file__).resolve().parents[2]


class Done(NamedTuple):
    """What a command returned and wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


#: The type of the fixture that runs a command in this process.
Run: TypeAlias = Callable[..., Done]


def environment(home: Path, **more: str) -> dict[str, str]:
    """Variables in which nothing of who runs the tests is left."""
    dropped = ("AIDISCLOSE_", "PYTHONDONTWRITEBYTECODE", "NO_COLOR", "TERM")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    own = {
        "AIDISCLOSE_HOME": str(home),
        "PYTHONPATH": str(ROOT),
        # Beside the folders of all tests: only the first process of a session has to compile.
        "PYTHONPYCACHEPREFIX": str(home.parents[1] / "bytecode"),
    }
    return {**kept, **own, **more}


def program(
    *arguments: object,
    home: Path,
    cwd: Path,
    stdin: bytes = b"",
    file: BinaryIO | None = None,
    variables: Mapping[str, str] | None = None,
    **more: Any,
) -> Done:
    """The program as a user runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "aidisclose", *map(str, arguments)],
        input=None if file else stdin,
        stdin=file,
        capture_output=True,
        cwd=cwd,
        env=environment(home, **(variables or {})),
        timeout=60,
        check=False,
        **more,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())
