"""Results of files that are worked on one after the other, written as they come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from aidisclose.cli import terminal
from aidisclose.cli.exits import Exit, worst
from aidisclose.cli.files import File
from aidisclose.cli.work import Counted
from aidisclose.render import formats


def run(
    command: str,
    form: str,
    listed: Iterable[File],
    work: Callable[[File], tuple[Counted, Exit]],
    *,
    outcomes: Iterable[str],
) -> Exit:
    """Write what `work` returns for each file, and return the worst of its exit codes.

    For commands that a server or a database answers: several processes would not be faster.

    Arguments:
        command: The command whose renderer is used.
        form: The format, one of those of the command.
        listed: The files, in the order of the output.
        work: Returns result and exit code of one file, and tells what is wrong with it.
        outcomes: The outcomes that the end counts, in this order.
    """
    started = terminal.run(datetime.now(UTC))
    renderer = formats.renderer(command, form, started)
    terminal.write(renderer.begin(started))
    counts = Counter(dict.fromkeys(outcomes, 0))
    codes, between = set(), ""
    try:
        for file in listed:
            result, code = work(file)
            codes.add(code)
            counts[result.outcome] += 1
            if text := renderer.result(result, started):
                terminal.write(between + text)
                between = renderer.separator
    finally:  # an error about one file does not cut off the document that others stand in
        terminal.write(renderer.end(counts, started))
    return worst(codes)
