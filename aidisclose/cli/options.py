"""What the options of several commands have in common.

A `setting` is an option that can also come from `AIDISCLOSE_NAME` and from settings files; what
belongs to one run alone (`--output`, `--force`) is a plain `click.option`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from click.core import ParameterSource

from aidisclose.cli import settings
from aidisclose.cli.settings import Setting

F = TypeVar("F", bound=Callable[..., Any])

#: Names of the options that mean the same in every command that has them.
SHARED: Final = ("allowed", "jobs", "no-default-trust", "trust", "tsa-trust")

FILE: Final = click.Path(dir_okay=False, path_type=Path)
FOLDER: Final = click.Path(file_okay=False, path_type=Path)


class Command(click.Command):
    """A command whose settings are looked up when it runs."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """See `click.Command`."""
        wants_help = set(ctx.help_option_names) & set(args)
        options = {each.name or "": each for each in self.params if isinstance(each, Setting)}
        if not options or wants_help:
            return super().parse_args(ctx, args)
        found = settings.Settings({}, {})
        if not ctx.find_root().params.get("isolated"):
            found = settings.load(ctx, options, SHARED)
        ctx.default_map = found.values
        rest = super().parse_args(ctx, args)
        settings.warn_of_old_variables(options.values())
        settings.drop_foreign_gate(ctx, found)
        if ctx.params.get("no_default_trust"):
            _narrow(ctx)
        return rest


#: Where the value of a setting can come from; what is nearer to the command line comes first.
_NEAREST: Final = (
    ParameterSource.COMMANDLINE,
    ParameterSource.ENVIRONMENT,
    ParameterSource.DEFAULT_MAP,
)


def _narrow(ctx: click.Context) -> None:
    """Let nobody be trusted but those named where `--no-default-trust` stands, or nearer to it.

    As an option it means the command line alone: no variable and no file adds to it.
    """
    limit = _NEAREST.index(ctx.get_parameter_source("no_default_trust") or _NEAREST[0])
    for name in ("trust", "tsa_trust", "allowed"):
        source = ctx.get_parameter_source(name)
        if source in _NEAREST and _NEAREST.index(source) > limit:
            ctx.params[name] = ()


def moment(_ctx: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    """A time in RFC 3339, with its zone."""
    try:
        time = datetime.fromisoformat(value) if value else None
    except ValueError:
        raise click.BadParameter(f"{value!r} is no time such as 2026-08-02T00:00:00Z") from None
    if time and time.tzinfo is None:
        raise click.BadParameter(f"{value!r} has no time zone: append Z for UTC")
    return time


def setting(*names: str, **attributes: Any) -> Callable[[F], F]:
    """As `click.option`, for a `Setting`."""
    return click.option(*names, cls=Setting, **attributes)


def sources(*, several: bool = True, required: bool = True) -> Callable[[F], F]:
    """The files to work on."""
    return click.argument("src", nargs=-1 if several else 1, required=required, type=str)


def jobs(function: F) -> F:
    """How many files are worked on at once."""
    text = "Files worked on at once.  [default: one a processor if there are many]"
    return setting("--jobs", type=click.IntRange(1, 256), metavar="N", help=text)(function)


def format_option(names: Sequence[str]) -> Callable[[F], F]:
    """The form of the output."""
    text = "Form of the output."
    return setting(
        "--format", "form", type=click.Choice(names), default="text", show_default=True, help=text
    )


def fragments(function: F) -> F:
    """The files that continue the only source."""
    return click.option(
        "--fragment",
        "fragments",
        multiple=True,
        metavar="FILE",
        help="What continues SRC, an initialization segment (DASH, CMAF, HLS): in order, or a "
        "quoted pattern such as 'seg*.m4s'.",
    )(function)


def trust(function: F) -> F:
    """Whom to trust."""
    pem: dict[str, Any] = {"type": FILE, "multiple": True, "metavar": "PEM"}
    for option in (
        setting(
            "--no-default-trust",
            is_flag=True,
            help="Trust nobody but those named on the command line.",
        ),
        setting("--allowed", help="Trust the signers whose certificates are in this file.", **pem),
        setting("--tsa-trust", help="Trust these authorities for time stamps.", **pem),
        setting("--trust", help="Trust these authorities to vouch for signers.", **pem),
    ):
        function = option(function)
    return function
