"""The work on each file of a run, in this process or in another one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, Final, Generic, Protocol, TypeVar

from aidisclose import limits
from aidisclose.cli import interrupts, messages
from aidisclose.cli.exits import Exit, of_error
from aidisclose.cli.files import File
from aidisclose.cli.progress import Meter
from aidisclose.errors import AidiscloseError
from aidisclose.frozen import dataclass
from aidisclose.io.digest import Progress
from aidisclose.named import NamedTuple
from aidisclose.render.renderer import Renderer, Run

#: Files, and bytes, that a process works on before it hands back. 1,000 JPEGs took half as long in
#: portions of 16 as one by one; large files must not wait behind one another.
_PORTION: Final = 16
_PORTION_SIZE: Final = 32 * limits.MIB


class Done(NamedTuple):
    """The result of the work on one file, small enough to be handed between processes.

    Attributes:
        kind: The word under which the summary counts it.
        code: Its exit code.
        text: The text that is written for it to standard output.
        message: The text about it on standard error.
        result: The part of the result that `Work.kept` returns.
        hints: Advice for the user, said once for all files at the end.
        key: The key by which results are sorted.
    """

    kind: str
    code: Exit
    text: str = ""
    message: str = ""
    result: Any = None
    hints: tuple[str, ...] = ()
    key: tuple[Any, ...] = ()


class Counted(Protocol):
    """The result for one file, whatever the command."""

    @property
    def outcome(self) -> str:
        """The word under which the summary counts it."""


T = TypeVar("T", bound=Counted)


@dataclass(frozen=True, kw_only=True)
class Work(ABC, Generic[T]):
    """The work on each file of a run; it can be handed to other processes.

    Attributes:
        form: Name of the format of the output.
        run: The common facts of all results.
    """

    form: str
    run: Run

    @abstractmethod
    def do(self, file: File, progress: Progress) -> T:
        """The result for one file.

        Raises:
            AidiscloseError: Nothing can be done with the file.
            OSError: The same.
        """

    @abstractmethod
    def failed(self, file: File, reason: str) -> T:
        """The result for a file that nothing could be done with."""

    @abstractmethod
    def code(self, result: T) -> Exit:
        """The exit code for a result of `do`."""

    @property
    @abstractmethod
    def renderer(self) -> Renderer[T]:
        """The renderer of the results."""

    def complaints(self, result: T) -> Iterable[str]:  # noqa: ARG002
        """Lines for standard error about a result of `do`."""
        return ()

    def hints(self, result: T) -> Iterable[str]:  # noqa: ARG002
        """The user's next steps with a result of `do`, in words that fit any file."""
        return ()

    def shows(self, result: T, code: Exit) -> bool:  # noqa: ARG002
        """Whether a result is written; it is counted in any case."""
        return True

    def key(self, result: T) -> tuple[Any, ...]:  # noqa: ARG002
        """The key by which results are sorted, if they are."""
        return ()

    def kept(self, result: T) -> object | None:  # noqa: ARG002
        """The part of a result that `BatchOutput` wants besides its text; None for nothing."""
        return None

    def admit(self, file: File) -> File:
        """The file, or why it is not worked on; asked before it goes to another machine."""
        return file

    def blame(self, error: BaseException, file: File) -> str:
        """The name of the file that an error is about."""
        return messages.subject(error) or file.path


def perform(work: Work[T], file: File, meter: Meter) -> Done:
    """Work on one file; returns a result whatever happens.

    An error that should not be possible is reported as a bug, and the other files are still worked
    on: one hostile file must not keep the results about the others from the user.
    """
    left = file.size

    def advance(count: int) -> None:
        nonlocal left
        interrupts.check()
        # The bar never runs past the size of the file: what remains is added in the end.
        step = min(count, left)  # a file may be hashed twice
        left -= step
        meter.add(step)

    meter.begin(file.path, file.size)
    try:
        if file.error is not None:
            return _failed(work, file, file.path, file.error, Exit.UNREADABLE)
        result = work.do(file, advance)
        return _done(work, result, work.code(result), "\n".join(work.complaints(result)))
    except (AidiscloseError, OSError) as error:
        name = work.blame(error, file)
        return _failed(work, file, name, messages.why(error), of_error(error))
    except MemoryError:
        return _failed(work, file, file.path, "not enough memory", Exit.UNREADABLE)
    except Exception as error:
        interrupts.check()
        messages.trace(error)
        # The exit code says so in the end; what is known of all other files is written all the
        # same.
        return _failed(work, file, file.path, messages.bug(error), Exit.BUG)
    finally:
        meter.add(left)


def given_up(work: Work[T], file: File, reason: str) -> Done:
    """The result of a file whose process ended without one."""
    return _failed(work, file, file.path, reason, Exit.UNREADABLE)


def _failed(work: Work[T], file: File, name: str, reason: str, code: Exit) -> Done:
    """The result of a file that could not be worked on.

    Arguments:
        work: The work that was to be done.
        file: The file.
        name: The file that was in the way, which may be another one.
        reason: The reason.
        code: The exit code.
    """
    result = work.failed(file, reason if name == file.path else f"{name}: {reason}")
    return _done(work, result, code, messages.line(name, reason))


def _done(work: Work[T], result: T, code: Exit, message: str) -> Done:
    text = work.renderer.result(result, work.run) if work.shows(result, code) else ""
    return Done(
        kind=result.outcome,
        code=code,
        text=text,
        message=message,
        result=work.kept(result),
        hints=tuple(work.hints(result)),
        key=work.key(result),
    )


def portions(
    files: Iterable[File], *, most: int = _PORTION, size: int = _PORTION_SIZE
) -> Iterator[list[File]]:
    """The files in portions for one process at a time.

    Arguments:
        files: The files.
        most: Files in a portion.
        size: Bytes in a portion of more than one file.
    """
    portion: list[File] = []
    held = 0
    for file in files:
        # A file larger than `size` is a portion of its own.
        if portion and (len(portion) == most or held + file.size > size):
            yield portion
            portion, held = [], 0
        portion.append(file)
        held += file.size
    if portion:
        yield portion
