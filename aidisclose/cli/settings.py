"""Settings files: `aidisclose.toml` or `[tool.aidisclose]` of a project, and the user's own.

    trust = ["company-root.pem"]    # for every command that has the option

    [sign]                          # for one command
    model = "SDXL"

Options and AIDISCLOSE_* variables come before them, the project's file before the user's. Paths
are relative to the folder of the file. Of a command that does not run, the table is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from aidisclose.cli.files import read_small
from aidisclose.io import home

_FILE: Final = "aidisclose.toml"
_PROJECT: Final = "pyproject.toml"


def load(
    ctx: click.Context, options: Mapping[str, click.Option], shared: Iterable[str]
) -> dict[str, object]:
    """The values that settings files give to the options of a command, by name.

    Raises:
        ClickException: A file is not TOML, or has an unknown key or a value that does not fit;
            the message names both.
    """
    values: dict[str, object] = {}
    root = ctx.find_root().command
    commands = root.list_commands(ctx) if isinstance(root, click.Group) else []
    command = ctx.command_path.split()[1]
    for path, table in _tables():
        own = table.pop(command, {})
        _refuse_unknown(path, table, {*shared, *commands})
        if not isinstance(own, dict):
            raise click.ClickException(f"{path}: {command} is not a table")
        _refuse_unknown(path, own, {_spell(name) for name in options}, f"{command}.")
        for name, option in options.items():
            key = _spell(name)
            for source, label in ((table, key), (own, f"{command}.{key}")):
                if key in source:
                    values[name] = _convert(option, source[key], ctx, f"{path}: {label}", path)
    return values


def _spell(name: str) -> str:
    """An option as settings files call it."""
    return "format" if name == "form" else name.rstrip("_").replace("_", "-")


def _tables() -> Iterator[tuple[Path, dict[str, Any]]]:
    """The contents of the settings files, those that count more last."""
    try:
        user = home.settings_file()
    except OSError:  # no home folder
        user = None
    if user and user.is_file():
        yield user, _parse(user)
    working = Path.cwd()
    for folder in (working, *working.parents):
        if (folder / _FILE).is_file():
            yield folder / _FILE, _parse(folder / _FILE)
            return
        project = folder / _PROJECT
        if project.is_file() and b"aidisclose" in read_small(project):
            tools = _parse(project).get("tool")
            if isinstance(tools, dict) and "aidisclose" in tools:
                if not isinstance(tools["aidisclose"], dict):
                    raise click.ClickException(f"{project}: tool.aidisclose is not a table")
                yield project, tools["aidisclose"]
                return


def _parse(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(read_small(path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path}: not valid TOML: {error}") from None


def _refuse_unknown(
    path: Path, table: Mapping[str, object], known: set[str], prefix: str = ""
) -> None:
    for key in table:
        if key not in known:
            raise click.ClickException(f"{path}: unknown key {prefix}{key}")


def _convert(
    option: click.Option, value: object, ctx: click.Context, where: str, path: Path
) -> object:
    """The value as the option takes it."""
    values = value if option.multiple and isinstance(value, list) else [value]
    kind = _kind(option)
    for each in values:
        if type(each) is not kind:
            raise click.ClickException(f"{where}: {each!r} is not a {_KINDS[kind]}")
    if isinstance(option.type, click.Path):
        values = [str(path.parent / str(each)) for each in values]
    found = values if option.multiple else values[0]
    try:
        option.type_cast_value(ctx, found)
    except click.BadParameter as error:
        raise click.ClickException(f"{where}: {error.message}") from None
    return found


def _kind(option: click.Option) -> type:
    if option.is_flag:
        return bool
    return int if isinstance(option.type, click.types.IntParamType) else str


_KINDS: Final = {bool: "boolean", int: "whole number", str: "string"}
