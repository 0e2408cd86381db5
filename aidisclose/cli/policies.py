"""Policies and days as `check` and `diff` take them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import click

from aidisclose.cli import candidates, files
from aidisclose.cli.options import F
from aidisclose.policy.own import Policy, parse


def read(names: tuple[str, ...]) -> list[str | Policy]:
    """Built-in profiles by name, and policies in files.

    Raises:
        ClickException: A file cannot be read, or is not a policy.
    """
    found: list[str | Policy] = []
    for name in split(names):
        if not name.endswith(".toml"):
            found.append(name)
            continue
        path = Path(name)
        try:
            found.append(parse(files.read_small(path), name=path.stem))
        except ValueError as error:
            raise click.ClickException(f"{path}: {error}") from None
    return found


def split(values: tuple[str, ...]) -> list[str]:
    """The items of options that take several with commas between them."""
    return [part.strip() for each in values for part in each.split(",")]


def stated(option: Callable[..., Callable[[F], F]]) -> Callable[[F], F]:
    """`--input` and `--as-of`: what the user states about files, and the day whose law counts.

    Arguments:
        option: Makes them, as `click.option` or, if settings may say them, as `options.setting`.
    """
    premises = option(
        "--input",
        "input_",
        multiple=True,
        metavar="NAME=VALUE",
        shell_complete=candidates.premises,
        help="State what files cannot show, such as ai=yes or deepfake=no.",
    )
    as_of = option(
        "--as-of",
        callback=day,
        metavar="DATE",
        help="Judge by the law of this day instead of today's.",
    )
    return lambda function: premises(as_of(function))


def day(_ctx: click.Context, _option: click.Parameter, value: str | None) -> date | None:
    """Callback of an option that takes a day."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise click.BadParameter(f"invalid day {value!r}, unlike 2026-12-02") from None
