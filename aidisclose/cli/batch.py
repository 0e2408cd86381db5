"""Working on many files: several at once, in stable order, in constant memory."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple, Protocol

from aidisclose import limits
from aidisclose.cli import messages, terminal
from aidisclose.cli.exits import Exit, of_error, worst
from aidisclose.cli.files import STDIN, File
from aidisclose.cli.interrupts import Interrupted, held
from aidisclose.cli.progress import Bar, LocalMeter, Meter
from aidisclose.errors import AidiscloseError
from aidisclose.io.digest import Progress
from aidisclose.render import words
from aidisclose.render.renderer import Renderer, Run
from aidisclose.render.text import summarize

#: Below so many files, starting processes costs more than it saves.
_MANY: Final = 32
#: Files, and bytes, that a process works on before it hands back. 1,000 JPEGs took half as long in
#: portions of 16 as one by one; large files must not wait behind one another.
_PORTION: Final = 16
_PORTION_SIZE: Final = 32 * limits.MIB


class Outcome(NamedTuple):
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

    def do(self, file: File, progress: Progress) -> Outcome:
        """The outcome for one file; raises what is expected to go wrong."""

    def fail(self, file: File, reason: str, code: Exit) -> Outcome:
        """The outcome for a file that nothing could be done with."""


class Output(NamedTuple):
    """How outcomes are written.

    Attributes:
        renderer: Its beginning, separator and end; each outcome has been rendered already.
        run: What all outcomes have in common.
        kinds: What is counted, in order.
        is_text: Whether it is for people.
        quiet: Whether only what is not as it should be is written.
        observe: Called with each outcome in its order, before it is written.
    """

    renderer: Renderer[Any]
    run: Run
    kinds: Sequence[str]
    is_text: bool
    quiet: bool = False
    observe: Callable[[Outcome], None] | None = None


def process(work: Work, files: Sequence[File], output: Output, *, jobs: int | None) -> Exit:
    """Work on all files, and write the outcomes in their order as they come.

    Arguments:
        work: What is done with each.
        files: Which.
        output: How the outcomes are written.
        jobs: How many at once; None decides by their number.

    Raises:
        Interrupted: A signal came; what was done by then is written, with its summary.
        AidiscloseError: A process was killed, or standard output cannot be written.
        BrokenPipeError: Nobody reads standard output any more.
    """
    jobs = _jobs(files, jobs)
    with contextlib.ExitStack() as stack:
        meter: Meter = LocalMeter()
        outcomes: Iterator[Outcome] = (perform(work, file, meter) for file in files)
        if jobs > 1:
            from aidisclose.cli.workers import Workers

            workers = stack.enter_context(Workers(work, jobs))
            meter, outcomes = workers.meter, workers.run(portions(files))
        bar = stack.enter_context(Bar(meter, sum(file.size for file in files)))
        return _write(outcomes, output, bar, len(files))


def _jobs(files: Sequence[File], jobs: int | None) -> int:
    if any(file.path == STDIN for file in files):
        return 1  # other processes do not have it
    if jobs is None:
        jobs = terminal.processors() if len(files) >= _MANY else 1
    return min(jobs, len(files))


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


def perform(work: Work, file: File, meter: Meter) -> Outcome:
    """The outcome for one file, whatever happens.

    An error that should not be possible is reported as a bug, and the other files are still worked
    on: one hostile file must not keep the results about the others from the user.
    """
    left = file.size

    def advance(count: int) -> None:
        nonlocal left
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


def _write(outcomes: Iterator[Outcome], output: Output, bar: Bar, files: int) -> Exit:
    renderer, run, _, is_text, quiet, observe = output
    counts = dict.fromkeys(output.kinds, 0)
    codes: set[Exit] = set()
    separator = ""
    bar.write(renderer.begin(run))
    try:
        for outcome in outcomes:
            kind, code, text, message, _ = outcome
            # What is counted, recorded and written must be the same when a signal ends it all.
            with held():
                if observe:
                    observe(outcome)
                counts[kind] += 1
                codes.add(code)
                if text and not (is_text and quiet and code is Exit.OK):
                    bar.write(separator + text, message)
                    separator = renderer.separator
                elif message:
                    bar.write("", message)
    except Interrupted as interruption:
        if files > 1:
            done = sum(counts.values())
            interruption.done = f": {done:,} of {words.number(files, 'file')} reported"
        raise
    finally:
        if not (is_text and quiet):
            bar.write(renderer.end(counts, run))
    if not (is_text or quiet):
        line = summarize(counts, Run(run.time, terminal.style(sys.stderr)))
        bar.write("", line.rstrip("\n"))
    return worst(codes)
