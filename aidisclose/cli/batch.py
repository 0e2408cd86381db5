"""Working on many files: several at once, in stable order, in constant memory."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from aidisclose.cli import messages, terminal
from aidisclose.cli.exits import Exit, worst
from aidisclose.cli.files import STDIN, File
from aidisclose.cli.interrupts import Interrupted, check, held
from aidisclose.cli.progress import Bar, LocalMeter, Meter
from aidisclose.cli.work import Done, Work, perform, portions
from aidisclose.io.digest import processors
from aidisclose.named import NamedTuple
from aidisclose.render import words
from aidisclose.render.renderer import TEXT, Run
from aidisclose.render.text import summarize

if TYPE_CHECKING:
    from aidisclose.cli.results import Sink
    from aidisclose.cli.scale import Scale
    from aidisclose.cli.workers import Workers

#: Below so many files, starting processes costs more than it saves.
_MANY: Final = 32
#: How a warning about a file begins, behind its name.
_WARNING: Final = ": warning: "
#: Files about which the same warning is told; of further ones, only how many there are.
_TOLD: Final = 3
#: Warnings that are counted: hostile files may each have another one.
_KNOWN: Final = 1_000


class Gathering(Protocol):
    """Writes results together, such as those of one folder."""

    def add(self, kept: Any) -> str:
        """Take a result; returns the text that can be written now."""

    def flush(self) -> str:
        """Return the text that is left to be written."""


class BatchOutput(NamedTuple):
    """The output of a run over many files.

    Attributes:
        kinds: The kinds of results that are counted, in order.
        quiet: Whether only what fails is written, if it is for people.
        observe: Called with what was kept of each result, in order, before it is written.
        listing: Writes what was kept of each result instead of its text.
        scale: The options that say how many files are worked on, and where.
        is_sorted: Whether results are written in the order of their keys, when all are there.
    """

    kinds: Sequence[str]
    quiet: bool = False
    observe: Callable[[Any], None] | None = None
    listing: Gathering | None = None
    scale: Scale | None = None
    is_sorted: bool = False


def process(
    work: Work[Any], files: Sequence[File], output: BatchOutput, *, jobs: int | None
) -> Exit:
    """Work on all files, and write the outcomes in their order as they come.

    Arguments:
        work: The work on each file.
        files: The files.
        output: The way in which the outcomes are written.
        jobs: Number of files at once; None decides by how many there are.

    Raises:
        Interrupted: A signal came; what was done by then is written, with its summary.
        AidiscloseError: A process was killed, or standard output cannot be written.
        BrokenPipeError: Nobody reads standard output any more.
    """
    scale = output.scale
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(scale.sink()) if scale else None
        if sink:
            # By the name that was given: a file that was moved since is another one.
            files = [file for file in files if file.path not in sink.known]
        jobs = _jobs(files, jobs)
        meter: Meter = LocalMeter()
        outcomes: Iterator[Done] = (perform(work, file, meter) for file in files)
        if scale and scale.cluster:
            outcomes = stack.enter_context(scale.outcomes(work, files, meter))
        elif jobs > 1 and (workers := _start(stack, work, jobs)):
            meter, outcomes = workers.meter, workers.run(portions(files))
        if output.is_sorted:
            outcomes = iter(sorted(outcomes, key=lambda each: each.key))
        bar = stack.enter_context(Bar(meter, sum(file.size for file in files), len(files)))
        code = _write(outcomes, work, output, bar, len(files), sink)
    # Of what was passed over as well: a gate must not pass because it was run twice.
    return worst({code, *sink.codes}) if sink else code


def _start(stack: contextlib.ExitStack, work: Work[Any], jobs: int) -> Workers | None:
    """Processes until the end of the stack; None where none can be started."""
    from aidisclose.cli.workers import Workers

    try:
        return stack.enter_context(Workers(work, jobs))
    except OSError as error:
        reason = messages.why(error)
        messages.tell(messages.line(f"warning: one file at a time, as {reason} for processes"))
        return None


def _jobs(files: Sequence[File], jobs: int | None) -> int:
    if any(file.path == STDIN for file in files):
        # A forked process would share the position in the stream, and two would take bytes from
        # each other.
        return 1  # other processes do not have it
    if jobs is None:
        jobs = processors() if len(files) >= _MANY else 1
    return min(jobs, len(files))


class _Warnings:
    """Tells a warning about the first files that share it, and counts the others."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def told(self, message: str) -> str:
        """The lines of a message, less warnings that were told often enough."""
        return "\n".join(line for line in message.split("\n") if self._is_told(line))

    def _is_told(self, line: str) -> bool:
        _, is_warning, text = line.partition(_WARNING)
        # Told in full then: a warning more is better than one that nobody ever sees.
        if not is_warning or (len(self._counts) == _KNOWN and text not in self._counts):
            return True
        self._counts[text] += 1
        return self._counts[text] <= _TOLD

    def counted(self) -> Iterator[str]:
        """A line for each warning about how many further files share it."""
        for text, count in self._counts.items():
            if count > _TOLD:
                more = words.number(count - _TOLD, "further file")
                yield messages.line(more, f"{_WARNING.removeprefix(': ')}{text}")


def _write(
    outcomes: Iterator[Done],
    work: Work[Any],
    output: BatchOutput,
    bar: Bar,
    files: int,
    sink: Sink | None = None,
) -> Exit:
    renderer, run, observe = work.renderer, work.run, output.observe
    is_text = work.form == TEXT
    quiet, listing = output.quiet, output.listing
    counts = dict.fromkeys(output.kinds, 0)
    codes: set[Exit] = set()
    hints: dict[str, None] = {}  # in the order in which they come
    warnings = _Warnings()
    separator = ""
    has_begun = False
    head = ""
    try:
        with held():
            # Nothing is written if all holds and nothing else is wanted, so neither is a heading.
            head = renderer.begin(run) if is_text and quiet else ""
            bar.write("" if head else renderer.begin(run))
            has_begun = True
        # In the order of the files, whichever process was first: two runs can be compared line by
        # line.
        for outcome in outcomes:
            kind, code, text, message, kept, said, _ = outcome
            hints.update(dict.fromkeys(said))
            if is_text:
                message = warnings.told(message)
            if sink:
                text = ""
            # What is counted, recorded and written must be the same when a signal ends it all.
            check()
            with held():
                if observe:
                    observe(kept)
                counts[kind] += 1
                bar.done += 1
                codes.add(code)
                if sink:
                    sink.write(outcome)
                if listing and not sink:
                    is_told = kept is not None and not (quiet and code is Exit.OK)
                    text = listing.add(kept) if is_told else ""
                elif text and not (is_text and quiet and code is Exit.OK):
                    text = separator + text
                    separator = renderer.separator
                else:
                    text = ""
                if text:
                    bar.write(head + text, message)
                    head = ""
                elif message:
                    bar.write("", message)
    except Interrupted as interruption:
        if files > 1:
            done = sum(counts.values())
            interruption.done = f": {done:,} of {words.number(files, 'file')} reported"
        raise
    finally:
        if has_begun and not (is_text and quiet and not listing):
            with held():
                left = listing.flush() if listing else ""
                left = left and head + left
                bar.write(left + ("" if is_text and quiet else renderer.end(counts, run)))
    if not (is_text or quiet):
        # On standard error, as standard output is a document there.
        line = summarize(counts, Run(run.time, terminal.style(sys.stderr)))
        bar.write("", line.rstrip("\n"))
    for further in warnings.counted():
        bar.write("", further)
    for hint in () if quiet else hints:
        bar.write("", messages.line(f"hint: {hint}"))
    return worst(codes)
