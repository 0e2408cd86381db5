"""Programs of others that prepare sound and film for a fingerprint."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from aidisclose import limits
from aidisclose.errors import LimitExceeded, Malformed, UsageError
from aidisclose.io import executable

#: Becomes the program that it is given, with limits that this one need not have: what is done
#: between fork and exec may block where there are threads. Python ignores the signal for a file
#: that is too long, and a program that it starts would go on, and leave half a file.
_LIMITED: Final = """
import os, resource, signal, sys
seconds, memory, written = map(int, sys.argv[1:4])
for kind, most in (
    (resource.RLIMIT_CPU, seconds),
    (resource.RLIMIT_AS, memory),
    (resource.RLIMIT_FSIZE, written),
    (resource.RLIMIT_CORE, 0),
):
    resource.setrlimit(kind, (most, most))
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
os.execv(sys.argv[4], sys.argv[4:])
"""


def run(name: str, package: str, arguments: Sequence[str], folder: Path, *, size: int) -> bytes:
    """The standard output of a program.

    Arguments:
        name: Of the program.
        package: The Debian package that has it.
        arguments: Its arguments.
        folder: The folder that it runs in.
        size: Bytes of the file that it reads: few shall not take minutes.

    Raises:
        UsageError: It is not installed.
        LimitExceeded: It needs more time than a file of this size may take.
        Malformed: It does not start, or writes nothing where it failed.
    """
    found = executable.find(name)
    if found is None:
        raise UsageError(f"this fingerprint needs the program {name} (Debian, Ubuntu: {package})")
    seconds = limits.FINGERPRINT_LEAST_TIME + size / limits.FINGERPRINT_RATE
    seconds = min(seconds, limits.FINGERPRINT_TIME)
    try:
        done = subprocess.run(  # noqa: S603 - no shell; names of files are absolute
            [*_limits(seconds), found, *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LimitExceeded(f"{name} took too long") from None
    if done.returncode != 0 and not done.stdout:
        raise Malformed(f"{name} cannot read it")
    return done.stdout


def _limits(seconds: float) -> tuple[str, ...]:
    """The command that starts another one with limits; empty on Windows, which has none."""
    if sys.platform == "win32":
        return ()
    # Two processors' worth: the other limit is one of time as it passes.
    most = (2 * int(seconds), limits.FINGERPRINT_MEMORY, limits.FINGERPRINT_WRITTEN)
    return (sys.executable, "-I", "-S", "-c", _LIMITED, *map(str, most))
