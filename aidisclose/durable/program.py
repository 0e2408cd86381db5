"""Programs of others that prepare sound and film for a fingerprint."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from aidisclose import limits
from aidisclose.errors import LimitExceeded, Malformed, UsageError
from aidisclose.io import executable


def run(name: str, package: str, arguments: Sequence[str], folder: Path) -> bytes:
    """The standard output of a program.

    Arguments:
        name: Of the program.
        package: The Debian package that has it.
        arguments: Its arguments.
        folder: The folder that it runs in.

    Raises:
        UsageError: It is not installed.
        LimitExceeded: It needs longer than `limits.FINGERPRINT_TIME`.
        Malformed: It does not start, or writes nothing where it failed.
    """
    found = executable.find(name)
    if found is None:
        raise UsageError(f"this fingerprint needs the program {name} (Debian, Ubuntu: {package})")
    try:
        done = subprocess.run(  # noqa: S603 - no shell; names of files are absolute
            [found, *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limits.FINGERPRINT_TIME,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LimitExceeded(f"{name} took too long") from None
    if done.returncode != 0 and not done.stdout:
        raise Malformed(f"{name} cannot read it")
    return done.stdout
