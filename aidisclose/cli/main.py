"""The program `aidisclose`: its commands, and its answers to errors and signals."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, NoReturn

import click

from aidisclose.cli import interrupts, messages, progress, terminal
from aidisclose.cli.exits import Exit, of_error
from aidisclose.cli.interrupts import Interrupted
from aidisclose.cli.terminal import Colour
from aidisclose.errors import AidiscloseError
from aidisclose.version import VERSION

_NAME: Final = "aidisclose"

#: Each is a module of this package with a `command`, imported when it is run.
COMMANDS: Final = {
    "label": "Put a visible label on pictures, or a notice before sound.",
    "sign": "Write signed copies that declare how AI was used.",
    "verify": "Check who signed files, and whether they are what was signed.",
    "stream": "Check live streams that are signed segment by segment.",
    "inspect": "Show everything that the credentials of files say.",
    "check": "Check files against laws, standards or your own policy.",
    "rule": "Explain a rule, and how to meet it.",
    "law": "List the texts that rules are from, and what changes on which day.",
    "diff": "Show which disclosures survived a processing step.",
    "summarize": "Count what the results of many files come to.",
    "publish": "Store credentials where they are found again after they were stripped.",
    "recover": "Search for credentials that a file lost, by its looks.",
    "repository": "Look after stored credentials: list, check, export, import, remove.",
    "watermark": "Say which watermarks can be embedded and found.",
    "receipt": "Check signed records of what was checked.",
    "serve": "Run a page and an API that tell anybody what a file says of itself.",
    "doctor": "Check a certificate against every rule, and say how to fix it.",
    "credentials": "Make and list certificates for testing.",
    "trust": "Manage the certificates you trust, and download the official trust lists.",
    "formats": "List the media formats that can be read and signed.",
    "completion": "Print a script by which a shell completes commands, options and values.",
}


class _Commands(click.Group):
    """The commands by name, without importing what is not run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"aidisclose.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from aidisclose.cli import habits

            answer = habits.command(args[0], "", COMMANDS)
            raise click.UsageError(f"unknown command {args[0]!r}{answer}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=_Commands,
    name=_NAME,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 success, 1 a check failed, 2 wrong usage, settings or credentials, "
    "3 undetermined, 4 a file cannot be read or written, 70 internal error. "
    "Start with: aidisclose credentials new",
)
@click.option("--isolated", is_flag=True, help="Ignore all settings files.")
@click.option(
    "--color",
    type=click.Choice([each.value for each in Colour]),
    help="When to colour output.  [default: on terminals; NO_COLOR and FORCE_COLOR are obeyed]",
)
@click.option(
    "--debug", is_flag=True, help="Show where an internal error comes from, to report it."
)
@click.version_option(VERSION, "-V", "--version", prog_name=_NAME)
def commands(isolated: bool, color: str | None, debug: bool) -> None:  # noqa: ARG001 - by context
    """Declare, sign and check that media was made or changed by AI (C2PA Content Credentials)."""
    messages.trace_bugs(wanted=debug)


def run() -> NoReturn:
    """The program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # not closed by whoever started it
            stream.reconfigure(errors=terminal.PLAIN_ERRORS)
    terminal.obey_escapes()
    progress.show_waits()
    if "_AIDISCLOSE_COMPLETE" in os.environ:
        import_module("aidisclose.cli.completion")  # its shells replace those of click
        commands.main(prog_name=_NAME)
    try:
        interrupts.catch()
        code = main(sys.argv[1:])
        terminal.flush()
    except Interrupted as interruption:  # before or after `main`, which says so
        code = interruption.code
    # All is written and closed. To take the interpreter apart object by object would take a tenth
    # of the time of a cold `verify`.
    os._exit(code)


def main(arguments: Sequence[str]) -> int:
    """Run the program; returns its exit code. The process itself is left to `__main__`."""
    try:
        return _invoke_unless_interrupted(arguments)
    except Interrupted as interruption:
        messages.tell(messages.line(f"interrupted{interruption.done}"))
        return interruption.code
    except BrokenPipeError:
        return Exit.BROKEN_PIPE
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        messages.tell(messages.line(_explain(error)))
        return Exit.USAGE
    except MemoryError:
        messages.tell(messages.line("not enough memory"))
        return Exit.UNREADABLE
    except (AidiscloseError, OSError) as error:
        named = [name] if isinstance(error, OSError) and (name := messages.place(error)) else []
        messages.tell(messages.line(*named, messages.why(error)))
        return of_error(error)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and _is_foreign(error.name or ""):
            text = f"the Python package {error.name} is not installed: install aidisclose again"
            messages.tell(messages.line(text))
            return Exit.USAGE
        messages.tell(messages.line(messages.bug(error)))
        messages.trace(error)
        return Exit.BUG


def _is_foreign(module: str) -> bool:
    """Whether a module is neither ours nor Python's."""
    top = module.partition(".")[0]
    return top not in ("", _NAME, *sys.stdlib_module_names)


def _invoke_unless_interrupted(arguments: Sequence[str]) -> int:
    try:
        return _invoke(arguments)
    except RuntimeError:
        interrupts.check()  # perhaps what became of it
        raise


def _invoke(arguments: Sequence[str]) -> int:
    # No system passes one to a program: whoever calls this in a process may.
    if any("\0" in each for each in arguments):
        raise click.UsageError("an argument has a NUL character")
    with commands.make_context(_NAME, _spelled(arguments)) as context:
        code: int | None = commands.invoke(context)
        return code or Exit.OK


def _spelled(arguments: Sequence[str]) -> list[str]:
    """The arguments as click knows them: `help COMMAND` and `version` are options there."""
    if arguments[:1] == ["help"]:
        return [*arguments[1:], "--help"]
    if list(arguments) == ["version"]:
        return ["--version"]
    return list(arguments) or ["--help"]


def _explain(error: click.ClickException) -> str:
    """The message of click in our form."""
    if isinstance(error, click.NoSuchOption) and error.ctx is not None:
        text = _unknown(error.option_name, error.ctx)
    else:
        text = " ".join(error.format_message().split()).rstrip(".")
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return text
    command = error.ctx.command_path
    where = f"{command.partition(' ')[2]}: " if " " in command else ""
    joint = " See" if text.endswith("?") else "; see"
    return f"{where}{text[:1].lower()}{text[1:]}{joint} `{command} --help`"


def _unknown(name: str, ctx: click.Context) -> str:
    from aidisclose.cli import habits

    known = [each for option in ctx.command.get_params(ctx) for each in option.opts]
    path = ctx.command_path.partition(" ")[2]
    return f"unknown option {name}{habits.option(name, path, known)}"
