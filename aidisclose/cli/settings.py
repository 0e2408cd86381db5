"""Settings files: `aidisclose.toml` or `[tool.aidisclose]` of a project, and the user's own.

    jobs = 4                        # for every command that has the option

    [sign]                          # for one command
    model = "SDXL"

Options and AIDISCLOSE_* variables come before them, the project's file before the user's. Keys are
spelled as options are. Paths are relative to the folder of the file. The table of a command that
does not run is not looked at.

The working folder may be a stranger's: a repository that was cloned, an archive that was unpacked.
Its settings choose what is declared and how results are shown. Whom to trust, who signs, what is
executed, where outputs go and whether a gate holds, they do not say: `REACH` has every option.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from aidisclose.cli import messages, projects
from aidisclose.cli.files import read_small
from aidisclose.errors import UsageError, suggestion
from aidisclose.io import home
from aidisclose.io.digest import processors
from aidisclose.named import NamedTuple

_FILE: Final = "aidisclose.toml"
_PROJECT: Final = "pyproject.toml"


class Permission(Enum):
    """The permission of a project's settings to set an option."""

    #: Set it.
    FREE = auto()
    #: Set it as part of a gate of the project's own: where nobody else names a policy.
    GATE = auto()
    #: Set it to the value in `_STRICT`, which accepts less than the default.
    STRICT = auto()
    #: Nothing, unless the user has allowed the project.
    USER = auto()


#: Every option that settings files may have, as it is spelled.
REACH: Final[Mapping[str, Permission]] = {
    # what is declared
    **dict.fromkeys(
        (
            *("ai", "action", "aigc-producer", "disclosure", "from-metadata", "manifest", "model"),
            *("model-id", "model-type", "model-version", "oversight", "prompt-writer", "provider"),
            *("aigc-propagator", "source-type", "spec", "training", "training-constraint", "xmp"),
            *("fingerprint", "font", "position", "size", "thumbnail", "wording"),
        ),
        Permission.FREE,
    ),
    # how results are shown, and at what cost
    **dict.fromkeys(("format", "jobs", "language", "statistics"), Permission.FREE),
    **dict.fromkeys(("reserve", "compress", "update-room", "wrap"), Permission.FREE),
    # what is judged
    **dict.fromkeys(("policy", "select", "input", "as-of"), Permission.GATE),
    **dict.fromkeys(
        (
            *("strict", "require", "require-determined", "require-timestamp"),
            *("require-valid-source", "no-default-trust"),
        ),
        Permission.STRICT,
    ),
    **dict.fromkeys(("baseline", "exclude", "exit-zero", "ignore"), Permission.USER),
    # whom to trust; `signer` and `issuer` of verify say whose files are accepted
    **dict.fromkeys(
        (
            *("allowed", "trust", "tsa-trust", "issuer", "did-document", "status-list"),
            *("identity-trust", "identity-allowed", "identity-issuer"),
        ),
        Permission.USER,
    ),
    # who signs, with which program or device, and who is asked over the network
    **dict.fromkeys(
        (
            *("alg", "cert", "key", "signer", "receipt-signer", "ocsp", "tsa", "tsa-timeout"),
            *("identity-cert", "identity-key", "identity-signer"),
            *("identity-role", "identity-references"),
            *("country", "days", "name", "organization"),
        ),
        Permission.USER,
    ),
    # what a service offers, to whom, and at what cost
    **dict.fromkeys(
        (
            *("host", "port", "public-address", "root-path", "workers", "max-size"),
            *("max-spool", "max-time"),
            *("max-memory", "personal", "no-addresses", "allow-origin", "feedback", "repository"),
            "sign-results",
        ),
        Permission.USER,
    ),
    # which plug-in is run
    "watermark": Permission.USER,
    # where outputs go
    **dict.fromkeys(("output-dir", "sidecar"), Permission.USER),
}

#: How many processes work: a project may ask for no more than there are processors.
_JOBS: Final = "jobs"

#: The value of an option of `Reach.STRICT`; True of flags.
_STRICT: Final = {"require": "trusted"}

#: Names of 0.1, which are read until 0.3.
_OLD: Final = {"format": "form", "action": "actions", "signer": "signers", "issuer": "issuers"}

#: The variable `AIDISCLOSE_SIGNER` is who signs, so that these need names of their own; Kubernetes
#: sets `AIDISCLOSE_PORT` for a service of this name.
_VARIABLES: Final = {
    "host": "AIDISCLOSE_SERVE_HOST",
    "port": "AIDISCLOSE_SERVE_PORT",
    "signers": "AIDISCLOSE_VERIFY_SIGNER",
    "issuers": "AIDISCLOSE_VERIFY_ISSUER",
}


class Setting(click.Option):
    """An option that can also come from the environment and from settings files."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.spelling = next(each[2:] for each in self.opts if each.startswith("--"))
        usual = f"AIDISCLOSE_{self.spelling.replace('-', '_').upper()}"
        self.variables = [_VARIABLES.get(self.name or "", usual)]
        if self.old:
            self.variables.append(f"AIDISCLOSE_{self.old.upper()}")
        self.envvar = self.variables

    @property
    def old(self) -> str | None:
        """The former name of an option in settings."""
        old = _OLD.get(self.spelling)
        return old if self.multiple or self.spelling == "format" else None


class Settings(NamedTuple):
    """The values that settings files give the options of a command.

    Attributes:
        values: By the name of the parameter.
        gate: The place where a project's file names each option of its gate, by the name of the
            parameter.
    """

    values: dict[str, object]
    gate: dict[str, str]


class SettingsFile(NamedTuple):
    """A settings file.

    Attributes:
        path: Its path.
        content: Of the file.
        table: Our table in it.
        is_restricted: Whether it belongs to a project that the user has not allowed.
    """

    path: Path
    content: bytes
    table: dict[str, Any]
    is_restricted: bool = False

    def restricted(self) -> list[str]:
        """The keys that count only if the user allows the project."""
        tables = {"": self.table} | {
            f"{name}.": each for name, each in self.table.items() if isinstance(each, dict)
        }
        return [
            f"{prefix}{key}"
            for prefix, table in tables.items()
            for key, value in table.items()
            if _is_restricted(key, value)
        ]


def load(ctx: click.Context, options: Mapping[str, Setting], shared: Iterable[str]) -> Settings:
    """The values that settings files give to the options of a command.

    Raises:
        ClickException: A file is not TOML, or has an unknown key, a value that does not fit, or a
            key that is not for projects; the message names file and key.
    """
    found = Settings({}, {})
    root = ctx.find_root().command
    commands = root.list_commands(ctx) if isinstance(root, click.Group) else []
    command = ctx.command_path.split()[1]
    for file in _files():
        # Taken out, so that only what is left has to be a known key.
        own = file.table.pop(command, {})
        _refuse_unknown(file.path, file.table, {*shared, *commands})
        if not isinstance(own, dict):
            raise click.ClickException(f"{file.path}: {command} is not a table")
        known = {each for item in options.values() for each in (item.spelling, item.old) if each}
        _refuse_unknown(file.path, own, known, f"{command}.")
        for name, option in options.items():
            for source, table in ((file.table, ""), (own, command)):
                for key in filter(None, (option.old, option.spelling)):
                    if key in source:
                        _take(found, file, option, name, source[key], ctx, table, key)
    return found


def _take(
    found: Settings,
    file: SettingsFile,
    option: Setting,
    name: str,
    value: object,
    ctx: click.Context,
    table: str,
    key: str,
) -> None:
    """Add the value of one key, if the file may set it."""
    label = f"{table}.{key}" if table else key
    where = f"{file.path}: {label}"
    if key == option.old:
        _warn(f"{where} is called {option.spelling} now")
    converted = _convert(option, value, ctx, where, file.path)
    if file.is_restricted:
        if _is_restricted(option.spelling, value):
            raise click.ClickException(_forbidden(file, option, table, key))
        # A project may choose what is judged in it, as it may choose its tests; not what is judged
        # by a policy that somebody else brings to it.
        if option.spelling == _JOBS:
            # Each takes memory: a hostile project would ask for all there is.
            converted = min(int(str(converted)), processors())
        if REACH[option.spelling] is Permission.GATE:
            # Files come in the order user, project: the user's policy is known by now.
            if "policy" in found.values and "policy" not in found.gate:
                return  # the user's own gate
            found.gate[name] = where
    found.values[name] = converted


def _is_restricted(spelling: str, value: object) -> bool:
    match REACH.get(spelling):
        case Permission.USER:
            return True
        case Permission.STRICT:
            return value != _STRICT.get(spelling, True)
        case _:
            return False


def _forbidden(file: SettingsFile, option: Setting, table: str, key: str) -> str:
    line = _line(file.content.decode(), table, key, is_nested=file.path.name == _PROJECT)
    place = f"{file.path}, line {line}" if line else str(file.path)
    label = f"{table}.{key}" if table else key
    return (
        f"{place}: {label} is not for the settings of a project: use --{option.spelling}, your own "
        f"settings, or allow the project with `aidisclose trust project {file.path.parent}`"
    )


def _line(text: str, table: str, key: str, *, is_nested: bool) -> int | None:
    """The line of a key; None where it is written in a way that cannot be found."""
    wanted = ".".join(filter(None, ("tool.aidisclose" if is_nested else "", table)))
    assignment = re.compile(rf"""(?:.*[.\s{{,])?["']?{re.escape(key)}["']?\s*=""")
    current = ""
    other: int | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            current = re.sub(r"""["'\s]""", "", header[1])
        elif assignment.match(line):
            if current == wanted:
                return number
            other = other or number
    return other


def drop_foreign_gate(ctx: click.Context, found: Settings) -> None:
    """Drop what a project's settings say about a gate that is not theirs.

    To change the premises of somebody else's policy is to change what passes it.
    """
    is_own = (
        "policy" in found.gate and ctx.get_parameter_source("policy") is ParameterSource.DEFAULT_MAP
    )
    if is_own:
        return
    for name, where in found.gate.items():
        if ctx.get_parameter_source(name) is ParameterSource.DEFAULT_MAP:
            ctx.params[name] = () if isinstance(ctx.params[name], tuple) else None
            _warn(f"{where} does not count: the policy is not that of the project")


def warn_of_old_variables(options: Iterable[Setting]) -> None:
    """Say how variables are called now."""
    for option in options:
        for old in option.variables[1:]:
            if old in os.environ and option.variables[0] not in os.environ:
                _warn(f"the variable {old} is called {option.variables[0]} now")


def _warn(text: str) -> None:
    messages.tell(messages.line(f"warning: {text}"))


def _files() -> Iterator[SettingsFile]:
    """The settings files, those that count more last."""
    try:
        user = home.settings_file()
    except OSError:  # no home folder
        user = None
    if user and os.path.isfile(user):  # noqa: PTH113 - also False where it may not be looked at
        content = read_small(user)
        yield SettingsFile(user, content, _parse(user, content))
    try:
        working = Path.cwd()
    except OSError:  # it was deleted
        return
    # The nearest one only, as with ruff and black: files of two folders are never mixed.
    for folder in (working, *working.parents):
        if found := in_folder(folder):
            yield found
            return


def in_folder(folder: Path) -> SettingsFile | None:
    """The settings file of a project in this folder, if there is one.

    Raises:
        ClickException: It is not TOML, or our table in it is not a table.
    """
    path = folder / _FILE
    if os.path.isfile(path):  # noqa: PTH113 - also False where it may not be looked at
        content = read_small(path)
        table: object = _parse(path, content)
    else:
        path = folder / _PROJECT
        if not os.path.isfile(path):  # noqa: PTH113
            return None
        content = read_small(path)
        # Most projects have this file, and few speak of us in it: the others are not even parsed.
        tools = _parse(path, content).get("tool") if b"aidisclose" in content else None
        if not isinstance(tools, dict) or "aidisclose" not in tools:
            return None
        table = tools["aidisclose"]
    if not isinstance(table, dict):
        raise click.ClickException(f"{path}: tool.aidisclose is not a table")
    return SettingsFile(path, content, table, not projects.is_allowed(path, content))


def _parse(path: Path, content: bytes) -> dict[str, Any]:
    from aidisclose.io import toml  # most folders have no settings

    try:
        return toml.parse(content)
    except UsageError as error:
        raise click.ClickException(f"{path}: {error}") from None


def _refuse_unknown(
    path: Path, table: Mapping[str, object], known: set[str], prefix: str = ""
) -> None:
    for key in table:
        if key not in known:
            hint = suggestion(key, known)
            raise click.ClickException(f"{path}: unknown key {prefix}{key}{hint}")


def _convert(
    option: click.Option, value: object, ctx: click.Context, where: str, path: Path
) -> object:
    """The value as the option takes it."""
    values = value if option.multiple and isinstance(value, list) else [value]
    kinds, noun = _kinds(option)
    for each in values:
        # `isinstance` would take `true` for the number 1.
        if type(each) not in kinds:  # a boolean is not a number here
            raise click.ClickException(f"{where}: {each!r} is not a {noun}")
        # No system takes it in a path or an argument, so that nothing behind this expects it.
        if isinstance(each, str) and "\0" in each:
            raise click.ClickException(f"{where}: {each!r} has a NUL character")
    if isinstance(option.type, click.Path):
        # An address is not a path of this machine.
        values = [each if "://" in str(each) else str(path.parent / str(each)) for each in values]
    found = values if option.multiple else values[0]
    try:
        option.type_cast_value(ctx, found)
    except click.BadParameter as error:
        raise click.ClickException(f"{where}: {error.message}") from None
    return found


def _kinds(option: click.Option) -> tuple[tuple[type, ...], str]:
    """The types that a value may have in TOML, and what they are called."""
    if option.is_flag:
        return (bool,), "boolean"
    if isinstance(option.type, click.types.IntParamType):
        return (int,), "whole number"
    if isinstance(option.type, click.types.FloatParamType):
        return (float, int), "number"
    return (str,), "string"
