"""Write manual pages, one for each command, into a folder: `make man`.

What stands in them is what `--help` shows. The release puts them into the wheel, so that `man
aidisclose-sign` finds them beside the program.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from aidisclose.cli.exits import Exit
from aidisclose.cli.main import commands
from aidisclose.version import VERSION

_EXITS: Final = {
    Exit.OK: "Everything that was asked for holds.",
    Exit.FAILED: "Something that was verified or checked does not hold.",
    Exit.USAGE: "Wrong usage or settings.",
    Exit.UNDETERMINED: r"Only undetermined results are left, with \fB--require-determined\fR.",
    Exit.UNREADABLE: "A file could not be read, or is of no supported format.",
    Exit.BUG: "An internal error.",
}


def pages() -> dict[str, str]:
    """The source of each page, by the name of its file."""
    context = click.Context(commands, info_name="aidisclose")
    return {f"{_name(each)}.1": "\n".join(_lines(each)) + "\n" for each in _contexts(context)}


def _contexts(context: click.Context) -> Iterator[click.Context]:
    """A command and those below it, with the path that leads to each."""
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None  # noqa: S101 -- it is on the list
            yield from _contexts(click.Context(command, info_name=name, parent=context))


def _name(context: click.Context) -> str:
    return context.command_path.replace(" ", "-")


def _lines(context: click.Context) -> Iterator[str]:
    command = context.command
    summary = " ".join((command.help or "").split("\n\n")[0].split()).rstrip(".")
    yield f'.TH "{_name(context).upper()}" "1" "" "aidisclose {VERSION}" "User Commands"'
    yield from (".SH NAME", rf"{_escape(_name(context))} \- {_escape(summary)}")
    pieces = " ".join(command.collect_usage_pieces(context))
    yield from (".SH SYNOPSIS", rf"\fB{_escape(context.command_path)}\fR {_escape(pieces)}")
    yield ".SH DESCRIPTION"
    yield from _paragraphs(command.help or "")
    yield ".SH OPTIONS"
    for parameter in command.get_params(context):
        if record := parameter.get_help_record(context):
            yield from (".TP", rf"\fB{_escape(record[0])}\fR", _escape(record[1]))
    if isinstance(command, click.Group):
        yield ".SH COMMANDS"
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            text = below.get_short_help_str(200) if below else ""
            yield from (".TP", rf"\fB{_escape(f'{_name(context)}-{name}')}\fR(1)", _escape(text))
    if command.epilog and context.parent:
        yield ".SH NOTES"
        yield from _paragraphs(command.epilog)
    yield ".SH EXIT STATUS"
    for code, text in _EXITS.items():
        yield from (".TP", rf"\fB{code.value}\fR", text)
    if context.parent:
        yield from (".SH SEE ALSO", rf"\fB{_escape(_name(context.parent))}\fR(1)")


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield from (".PP", _escape(" ".join(paragraph.replace("\b", "").split())))


def _escape(text: str) -> str:
    """Text that roff shows as it is: nothing in it is a request or an escape."""
    text = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"^([.'])", r"\\&\1", text)


def write(folder: Path) -> None:
    """Write all pages into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in pages().items():
        (folder / name).write_text(source, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
