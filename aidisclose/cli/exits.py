"""The exit codes of the process."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from aidisclose.errors import SigningError, TrustConfigError, Unreachable, UsageError


class Exit(IntEnum):
    """The exit codes of all commands."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNDETERMINED = 3
    UNREADABLE = 4
    BUG = 70
    #: As a shell reports a program that a broken pipe or a signal ended: 128 and its number.
    BROKEN_PIPE = 141
    INTERRUPTED = 130
    HUNG_UP = 129
    TERMINATED = 143


#: A mistake of the user's comes before a file that cannot be read: repeating the run would not help
#: against it.
_WORST_FIRST: Final = (
    Exit.BUG,
    Exit.USAGE,
    Exit.UNREADABLE,
    Exit.FAILED,
    Exit.UNDETERMINED,
    Exit.OK,
)


def worst(exits: Iterable[Exit]) -> Exit:
    """The exit code of several files together; OK if there are none."""
    found = set(exits)
    return next((each for each in _WORST_FIRST if each in found), Exit.OK)


def of_error(error: BaseException) -> Exit:
    """The exit code for a file or command that an expected error ended."""
    # Not the user's mistake if a time stamp authority does not answer: scripts that retry go by the
    # code.
    if isinstance(error.__cause__, Unreachable):
        return Exit.UNREADABLE  # another attempt may succeed
    if isinstance(error, UsageError | SigningError | TrustConfigError | FileExistsError):
        return Exit.USAGE
    return Exit.UNREADABLE
