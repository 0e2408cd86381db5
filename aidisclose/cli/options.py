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

from aidisclose.cli import settings

F = TypeVar("F", bound=Callable[..., Any])

#: Names of the options that mean the same in every command that has them.
SHARED: Final = ("allowed", "jobs", "no-default-trust", "trust", "tsa-trust")

FILE: Final = click.Path(dir_okay=False, path_type=Path)
FOLDER: Final = click.Path(file_okay=False, path_type=Path)


class Setting(click.Option):
    """An option that can also come from the environment and from settings files."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.envvar = f"AIDISCLOSE_{(self.name or '').rstrip('_').upper()}"


class Command(click.Command):
    """A command whose settings are looked up when it runs."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """See `click.Command`."""
        wants_help = set(ctx.help_option_names) & set(args)
        options = {each.name: each for each in self.params if isinstance(each, Setting)}
        if options and not wants_help and not ctx.find_root().params.get("isolated"):
            ctx.default_map = settings.load(ctx, options, SHARED)
        return super().parse_args(ctx, args)


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


def sources(*, several: bool = True) -> Callable[[F], F]:
    """The files to work on."""
    return click.argument("src", nargs=-1 if several else 1, required=True, type=str)


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
            help="Trust nobody but those named here: not your anchors, not your test credentials.",
        ),
        setting("--allowed", help="Trust the signers whose certificates are in this file.", **pem),
        setting("--tsa-trust", help="Trust these authorities for time stamps.", **pem),
        setting("--trust", help="Trust these authorities to vouch for signers.", **pem),
    ):
        function = option(function)
    return function
