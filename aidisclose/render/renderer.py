"""The interface of a renderer: three functions that see one file's result at a time.

So a run over a million files has constant memory, and each result can be rendered in the process
that found it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from aidisclose.named import NamedTuple
from aidisclose.render.style import PLAIN, Style

if TYPE_CHECKING:
    from aidisclose.render.page.pictures import Pictures
    from aidisclose.repository.recovery import Recovered
    from aidisclose.validate.report import Report

T = TypeVar("T")


class Screen(NamedTuple):
    """The terminal that results are shown on.

    Attributes:
        width: Columns.
        is_ascii: Whether its encoding has ASCII only.
        has_true_colour: Whether it shows all colours.
    """

    width: int
    is_ascii: bool = False
    has_true_colour: bool = False


class Run(NamedTuple):
    """The common facts of all results of one command.

    Attributes:
        time: The time that counted as now.
        style: The way in which text is coloured.
        shown: Outcomes of rules that are listed besides failures and warnings.
        screen: The terminal; None where the output goes into a pipe or a file.
        language: Code of the language of a page.
        depth: Generations of manifests that `inspect` unfolds; None unfolds all.
        begun: Time at which the command began, in seconds of the monotonic clock; None if nobody
            asks.
    """

    time: datetime
    style: Style = PLAIN
    shown: frozenset[str] = frozenset()
    screen: Screen | None = None
    language: str = "en"
    depth: int | None = None
    begun: float | None = None


class Activity(NamedTuple):
    """The work of one process.

    Attributes:
        file: The file in work; empty between two.
        size: Its bytes.
        done: Bytes of it that are done.
        host: The server that is waited for; empty if none is.
    """

    file: str = ""
    size: int = 0
    done: int = 0
    host: str = ""


class Demand(NamedTuple):
    """Something that the user asks of a file, and whether it holds.

    Attributes:
        name: The option without its dashes, as `require`.
        wanted: Its values, of which one is enough.
        holds: Whether the file meets it.
        reason: The reason why it does not; empty if it does.
    """

    name: str
    wanted: tuple[str, ...]
    holds: bool
    reason: str = ""


class Result(NamedTuple):
    """The result of verifying one file.

    Attributes:
        file: Its name as the user gave it, or as it was found in a folder.
        report: The report on it; None if it could not be read.
        error: The reason why it could not be read.
        reasons: The reasons why other demands do not hold, in words.
        hints: The hints about that, with options or commands to type.
        recovered: Credentials of files that look alike; None if nobody searched for them.
        demands: The demands on it, and whether it meets them.
        pictures: Pictures that were made for a page.
    """

    file: str
    report: Report | None = None
    error: str | None = None
    reasons: tuple[str, ...] = ()
    recovered: tuple[Recovered, ...] | None = None
    demands: tuple[Demand, ...] = ()
    pictures: Pictures | None = None
    hints: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """The state of the file, `unreadable` included."""
        return UNREADABLE if self.report is None else self.report.state.value


#: The name of the format for people.
TEXT: Final = "text"
SARIF: Final = "sarif"
UNREADABLE: Final = "unreadable"
#: What a summary counts, in this order.
STATES: Final = ("trusted", "valid", "invalid", "none", UNREADABLE)


class Renderer(NamedTuple, Generic[T]):
    """One form of output.

    Attributes:
        begin: The text before all results.
        result: One result; empty if it has nothing to say.
        end: The text after them, given how many files had each outcome.
        separator: The text between two results.
    """

    begin: Callable[[Run], str]
    result: Callable[[T, Run], str]
    end: Callable[[Mapping[str, int], Run], str]
    separator: str = ""


def nothing(_run: Run) -> str:
    """The beginning of output that has none."""
    return ""
