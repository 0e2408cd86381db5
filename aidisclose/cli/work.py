"""What is done with each file of a run, in this process or in another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, Protocol

from aidisclose import limits
from aidisclose.cli import interrupts, messages
from aidisclose.cli.exits import Exit, of_error
from aidisclose.cli.files import File
from aidisclose.cli.progress import Meter
from aidisclose.errors import AidiscloseError
from aidisclose.io.digest import Progress

#: Files, and bytes, that a process works on before it hands back. 1,000 JPEGs took half as long in
#: portions of 16 as one by one; large files must not wait behind one another.
_PORTION: Final = 16
_PORTION_SIZE: Final = 32 * limits.MIB


class Done(NamedTuple):
    """What became of one file, small enough to be handed between processes.

    Attributes:
        kind: Under what the summary counts it.
        code: Its exit code.
        text: What is written for it to standard output.
        message: What is said about it on standard error.
        data: What `Output.observe` is told besides.
    """

    kind: str
    code: Exit
    text: str = ""
    message: str = ""
    data: Any = None


class Work(Protocol):
    """What is done with each file; it can be handed to other processes."""

    def do(self, file: File, progress: Progress) -> Done:
        """The outcome for one file; raises what is expected to go wrong."""

    def fail(self, file: File, reason: str, code: Exit) -> Done:
        """The outcome for a file that nothing could be done with."""


def perform(work: Work, file: File, meter: Meter) -> Done:
    """The outcome for one file, whatever happens.

    An error that should not be possible is reported as a bug, and the other files are still worked
    on: one hostile file must not keep the results about the others from the user.
    """
    left = file.size

    def advance(count: int) -> None:
        nonlocal left
        interrupts.check()
        step = min(count, left)  # a file may be hashed twice
        left -= step
        meter.add(step)

    try:
        if file.error is not None:
            return work.fail(file, file.error, Exit.UNREADABLE)
        return work.do(file, advance)
    except (AidiscloseError, OSError) as error:
        return work.fail(file, messages.why(error), of_error(error))
    except MemoryError:
        return work.fail(file, "not enough memory", Exit.UNREADABLE)
    except Exception as error:
        return work.fail(file, messages.bug(error), Exit.BUG)
    finally:
        meter.add(left)


def portions(files: Sequence[File]) -> Iterator[list[File]]:
    """The files in portions for one process at a time."""
    portion: list[File] = []
    size = 0
    for file in files:
        if portion and (len(portion) == _PORTION or size + file.size > _PORTION_SIZE):
            yield portion
            portion, size = [], 0
        portion.append(file)
        size += file.size
    if portion:
        yield portion
