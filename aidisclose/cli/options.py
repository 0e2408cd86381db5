"""Options that several commands have in common.

A `setting` is an option that can also come from `AIDISCLOSE_NAME` and from settings files; what
belongs to one run alone (`--output`, `--force`) is a plain `click.option`.
"""

from __future__ import annotations

import functools
import itertools
import math
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from click.core import ParameterSource

from aidisclose.cli import settings
from aidisclose.cli.settings import Setting
from aidisclose.errors import suggestion

if TYPE_CHECKING:
    from aidisclose.cli.selection import Selection
    from aidisclose.trust.config import TrustConfig

F = TypeVar("F", bound=Callable[..., Any])

#: The name of the format of pages.
HTML: Final = "html"

#: Names of the options that mean the same in every command that has them.
SHARED: Final = (
    *("allowed", "jobs", "no-default-trust", "trust", "tsa-trust"),
    *("identity-trust", "identity-allowed", "identity-issuer", "did-document"),
    "status-list",
)


class _Place(click.Path):
    """A path, or the address of an object in storage."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See `click.ParamType`."""
        if not os.fspath(value):
            # Of a variable of a shell that is not set: the working folder would be written to.
            self.fail("it is empty", param, ctx)
        if "://" in os.fspath(value):
            from aidisclose.storage import address

            if address.is_address(value):
                return address.Address(value)
        return super().convert(value, param, ctx)


class Choice(click.Choice[str]):
    """One of some words; for another one, the nearest is proposed."""

    def get_invalid_choice_message(
        self,
        value: Any,
        ctx: click.Context | None,  # noqa: ARG002
    ) -> str:
        """See `click.Choice`."""
        known = [str(each) for each in self.choices]
        return f"{str(value)!r} is not one of {', '.join(known)}{suggestion(str(value), known)}"


class FloatRange(click.FloatRange):
    """A number within limits; `nan`, which is below and above none of them, is not one."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """See `click.ParamType`."""
        found: float = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value!r} is not a number", param, ctx)
        return found


class _OutputPlace(_Place):
    """A path to write to, to which no link leads that a repository could hold."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See `click.ParamType`."""
        found = super().convert(value, param, ctx)
        if type(found) is type(Path()):  # an address has no links
            from aidisclose.cli import links

            links.refuse(found)
        return found


class _RepositoryPlace(click.types.StringParamType):
    """A repository, to whose files no link leads that a repository of sources could hold."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See `click.ParamType`."""
        found = super().convert(value, param, ctx)
        if "://" not in found:
            from aidisclose.cli import links

            # SQLite writes beside its file as well, old versions through links.
            for ending in ("", "-wal", "-shm", "-journal"):
                links.refuse(Path(f"{found}{ending}"))
        return found


FILE: Final = _Place(dir_okay=False, path_type=Path)
FOLDER: Final = _Place(file_okay=False, path_type=Path)
#: The same of what is written.
OUTPUT: Final = _OutputPlace(dir_okay=False, path_type=Path)
OUTPUT_FOLDER: Final = _OutputPlace(file_okay=False, path_type=Path)
REPOSITORY: Final = _RepositoryPlace()


class Command(click.Command):
    """A command whose settings are looked up when it runs."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """See `click.Command`."""
        wants_help = set(ctx.help_option_names) & set(args)
        options = {each.name or "": each for each in self.params if isinstance(each, Setting)}
        # Where a shell completes a line, no settings of a folder are read: they could be anybody's.
        if not options or wants_help or ctx.resilient_parsing:
            return self._parse(ctx, args)
        found = settings.Settings({}, {})
        if not ctx.find_root().params.get("isolated"):
            found = settings.load(ctx, options, SHARED)
        ctx.default_map = found.values
        rest = self._parse(ctx, args)
        settings.warn_of_old_variables(options.values())
        settings.drop_foreign_gate(ctx, found)
        if ctx.params.get("no_default_trust"):
            _narrow(ctx)
        return rest

    def _parse(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing:
            _refuse_files(ctx, args)
        try:
            return super().parse_args(ctx, args)
        except click.BadOptionUsage as error:
            error.ctx = ctx  # click leaves it out where a value is missing
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """See `click.Command`; options that belong together stand under one heading."""
        from aidisclose.cli.sections import SECTIONS

        sections = SECTIONS.get(_name(ctx), {})
        records = {
            option.opts[0] if option.opts[0].startswith("--") else option.opts[-1]: record
            for option in self.get_params(ctx)
            if isinstance(option, click.Option)
            and (record := option.get_help_record(ctx)) is not None
        }
        for title, listed in sections.items():
            with formatter.section(title):
                formatter.write_dl([records.pop(name) for name in listed if name in records])
        with formatter.section("Options"):
            formatter.write_dl(list(records.values()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """See `click.Command`; examples come last."""
        from aidisclose.cli.sections import EXAMPLES

        super().format_epilog(ctx, formatter)
        if examples := EXAMPLES.get(_name(ctx)):
            with formatter.section("Examples"):
                for line, meaning in examples:
                    # Not wrapped: it is there to be copied.
                    formatter.write(f"{'':>{formatter.current_indent}}aidisclose {line}\n")
                    with formatter.indentation():
                        formatter.write_text(meaning)


def _refuse_files(ctx: click.Context, args: list[str]) -> None:
    """Refuse an option that is the name of a file as well, before any is obeyed.

    A pattern of a shell, or a program such as pre-commit, has put it there: who adds a file named
    `--exit-zero` to a change would decide that it passes.

    Raises:
        UsageError: There is one.
    """
    for each in itertools.takewhile(lambda each: each != "--", args):
        if each.startswith("-") and len(each) > 1 and os.path.lexists(each):
            message = f"{each!r} is an option, and there is a file of this name"
            raise click.UsageError(
                f"{message}: ./ before it, or -- before all files, means it", ctx
            )


class Group(click.Group):
    """A command that has commands of its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """See `click.Group`; without a command, those that there are are named."""
        if not args and not ctx.resilient_parsing:
            known = ", ".join(self.list_commands(ctx))
            raise click.UsageError(f"name a command: {known}", ctx)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """See `click.Group`; for an unknown command, what does it is named."""
        word = args[0]
        if word not in self.commands and not word.startswith("-"):
            from aidisclose.cli import habits

            answer = habits.command(word, _name(ctx), self.commands)
            raise click.UsageError(f"unknown command {word!r}{answer}", ctx)
        return super().resolve_command(ctx, args)


def _name(ctx: click.Context) -> str:
    """The name of a command behind that of the program: `receipt verify` is not `verify`."""
    return ctx.command_path.partition(" ")[2]


#: Where the value of a setting can come from; what is nearer to the command line comes first.
_NEAREST: Final = (
    ParameterSource.COMMANDLINE,
    ParameterSource.ENVIRONMENT,
    ParameterSource.DEFAULT_MAP,
)


#: Options that widen trust.
_TRUSTING: Final = (
    *("trust", "tsa_trust", "allowed"),
    *("identity_trust", "identity_allowed", "identity_issuer", "did_document"),
    "status_list",
)


def _narrow(ctx: click.Context) -> None:
    """Let nobody be trusted but those named where `--no-default-trust` stands, or nearer to it.

    As an option it means the command line alone: no variable and no file adds to it.
    """
    limit = _NEAREST.index(ctx.get_parameter_source("no_default_trust") or _NEAREST[0])
    for name in _TRUSTING:
        source = ctx.get_parameter_source(name)
        if source in _NEAREST and _NEAREST.index(source) > limit:
            ctx.params[name] = ()


def moment(_ctx: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    """A time in RFC 3339, with its zone; a date is its first moment in UTC."""
    if value and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        value = f"{value}T00:00:00Z"
    try:
        time = datetime.fromisoformat(value) if value else None
    except ValueError:
        wanted = "expected RFC 3339, such as 2026-08-02T00:00:00Z"
        raise click.BadParameter(f"invalid time {value!r}: {wanted}") from None
    if time and time.tzinfo is None:
        raise click.BadParameter(f"{value!r} has no time zone: append Z for UTC")
    try:
        return time.astimezone(UTC) if time else None
    except OverflowError:
        raise click.BadParameter(f"{value!r} is outside of the years 1 to 9999 in UTC") from None


def setting(*names: str, **attributes: Any) -> Callable[[F], F]:
    """As `click.option`, for a `Setting`."""
    return click.option(*names, cls=Setting, **attributes)


def group(name: str, build: Callable[..., object], *members: Callable[[F], F]) -> Callable[[F], F]:
    """Options that a command gets as one value.

    Arguments:
        name: The parameter of the command.
        build: Makes the value out of the values of the options, given by name.
        members: The options, in the order of the help.
    """

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def command(*arguments: Any, **values: Any) -> Any:
            values[name] = build(**{each: values.pop(each) for each in names})
            return function(*arguments, **values)

        decorated: Any = command
        known = len(getattr(decorated, "__click_params__", ()))
        for member in reversed(members):
            decorated = member(decorated)
        names = [each.name for each in decorated.__click_params__[known:]]
        found: F = decorated
        return found

    return decorate


def given(*options: str) -> list[str]:
    """Those of these options that stand on the command line itself; a command may lack some.

    Of what settings and variables say, the command line may leave some without effect: they are
    for many commands.
    """
    context = click.get_current_context()
    names = {spelling: each.name or "" for each in context.command.params for spelling in each.opts}
    return [
        each
        for each in options
        if each in names
        and context.get_parameter_source(names[each]) is ParameterSource.COMMANDLINE
    ]


def refuse_beside(option: str, *others: str, reason: str) -> None:
    """Raise UsageError if others stand on the command line that this option leaves no effect.

    Arguments:
        option: The one that decides.
        others: Those that it leaves without effect.
        reason: The reason, as the end of a sentence that begins with the option.
    """
    if given(option) and (idle := given(*others)):
        raise click.UsageError(f"{option} {reason}: leave out {', '.join(idle)}")


def need(option: str, *others: str) -> None:
    """Raise UsageError if others stand on the command line that have no effect without an option.

    Arguments:
        option: The option that they need; settings and variables may say it as well.
        others: Those that are nothing without it.
    """
    context = click.get_current_context()
    name = next(each.name or "" for each in context.command.params if option in each.opts)
    if not context.params.get(name) and (idle := given(*others)):
        verb = "needs" if len(idle) == 1 else "need"
        raise click.UsageError(f"{' and '.join(idle)} {verb} {option}")


def at(function: F) -> F:
    """The time that counts as now."""
    text = "Validate as of this time instead of now."
    return click.option("--at", callback=moment, metavar="RFC3339", help=text)(function)


def sources(*, several: bool = True, required: bool = True) -> Callable[[F], F]:
    """The files to work on."""
    return click.argument("src", nargs=-1 if several else 1, required=required, type=str)


def files_from(function: F) -> F:
    """A list of further files to work on; see `files.named`."""
    text = "Work also on the files that this file lists, one per line; - is standard input."
    return click.option("--files-from", metavar="FILE", help=text)(function)


def _selection(*, exclude: tuple[str, ...]) -> Selection:
    from aidisclose.cli.selection import Selection

    return Selection(exclude)


#: Files and folders that are left out: a `Selection`.
excluded: Final = group(
    "selection",
    _selection,
    setting(
        "--exclude",
        multiple=True,
        metavar="GLOB",
        help="Leave these files and folders out, as a line of .gitignore does.",
    ),
)


def _searched(*, recover: bool, repository: str | None) -> str | None:
    """The repository to search, which can be opened; None if none is.

    Raises:
        UsageError: A repository is named, and not searched.
        AidiscloseError: It cannot be opened.
    """
    if not recover:
        if repository is not None:
            raise click.UsageError("--repository needs --recover")
        return None
    from aidisclose.cli import resemblance

    return resemblance.resolve(repository)


#: Where credentials of files that look alike are searched for: a place, or None.
recovered: Final = group(
    "repository",
    _searched,
    click.option(
        "--recover",
        is_flag=True,
        help="Search for credentials of files that look alike, if a file has none that hold.",
    ),
    click.option(
        "--repository",
        type=REPOSITORY,
        metavar="PLACE",
        help="Where --recover searches: a file, or postgresql://….  "
        "[default: the user's own repository]",
    ),
)


def jobs(function: F) -> F:
    """The number of files that are worked on at once."""
    text = "Number of parallel workers.  [default: one per CPU from 32 files on]"
    return setting("-j", "--jobs", type=click.IntRange(1, 256), metavar="N", help=text)(function)


def output(function: F) -> F:
    """The file that the output goes to."""
    text = "Write the output to this file instead."
    return click.option("-o", "--output", type=OUTPUT, metavar="FILE", help=text)(function)


def format_option(command: str) -> Callable[[F], F]:
    """The format of the output, one of those that a command has."""
    from aidisclose.render.formats import FORMATS

    text = "Format of the output."
    names = tuple(FORMATS[command])
    return setting(
        "-f", "--format", "form", type=Choice(names), default="text", show_default=True, help=text
    )


def language(function: F) -> F:
    """The language of a page."""
    return setting(
        "--language",
        callback=_language,
        metavar="CODE",
        help="Language of a page (--format html), such as de or ja.  [default: that of the locale]",
    )(function)


def _language(_ctx: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        from aidisclose.render.language import NAMES

        if value not in NAMES:
            raise click.BadParameter(f"{value!r} is not one of {', '.join(NAMES)}")
    return value


def page_language(code: str | None, form: str) -> str:
    """The code of the language of a page: the one that was named, else that of the locale.

    Arguments:
        code: As the user named it.
        form: Name of the format.

    Raises:
        click.UsageError: It is named where there is no page.
    """
    if form != HTML:
        source = click.get_current_context().get_parameter_source("language")
        if code is not None and source is ParameterSource.COMMANDLINE:
            raise click.UsageError("--language is about pages: it needs --format html")
        return "en"
    from aidisclose.render.language import of_locale

    return code or of_locale(os.environ)


def fragments(function: F) -> F:
    """The files that continue the only source."""
    return click.option(
        "--fragment",
        "fragments",
        multiple=True,
        metavar="FILE",
        help="Media segments that belong to the initialization segment SRC (DASH, CMAF, HLS), in "
        "playback order, or a quoted pattern such as 'seg*.m4s'.",
    )(function)


def _trusted(
    *,
    trust: tuple[Path, ...],
    tsa_trust: tuple[Path, ...],
    allowed: tuple[Path, ...],
    no_default_trust: bool,
    identity_trust: tuple[Path, ...],
    identity_allowed: tuple[Path, ...],
    identity_issuer: tuple[str, ...],
    did_document: tuple[Path, ...],
    status_list: tuple[Path, ...],
) -> TrustConfig:
    from aidisclose.cli import anchors

    config = anchors.load(
        trust=trust, tsa_trust=tsa_trust, allowed=allowed, default=not no_default_trust
    )
    return config | anchors.load_identities(
        trust=identity_trust,
        allowed=identity_allowed,
        issuers=identity_issuer,
        documents=did_document,
        status_lists=status_list,
    )


_PEM: Final[dict[str, Any]] = {"type": FILE, "multiple": True, "metavar": "PEM"}

#: Whom to trust: a `TrustConfig`.
trust: Final = group(
    "trust",
    _trusted,
    setting("--trust", help="Trust these certificate authorities to vouch for signers.", **_PEM),
    setting("--tsa-trust", help="Trust these authorities for time stamps.", **_PEM),
    setting("--allowed", help="Trust the signers whose certificates are in this file.", **_PEM),
    setting(
        "--no-default-trust",
        is_flag=True,
        help="Trust nobody but those named on the command line.",
    ),
    setting(
        "--identity-trust",
        help="Trust these certificate authorities to vouch for those whom identity assertions "
        "(CAWG) name.",
        **_PEM,
    ),
    setting(
        "--identity-allowed",
        help="Trust identity assertions that are signed with these certificates.",
        **_PEM,
    ),
    setting(
        "--identity-issuer",
        multiple=True,
        metavar="DID",
        help="Trust this issuer of credentials about identities, such as did:web:example.com.",
    ),
    setting(
        "--did-document",
        type=FILE,
        multiple=True,
        metavar="JSON",
        help="Document of a did:web issuer, which is not fetched then.",
    ),
    setting(
        "--status-list",
        type=FILE,
        multiple=True,
        metavar="FILE",
        help="List of revoked credentials of an issuer, which is not fetched then.",
    ),
)


def required_state(text: str) -> Callable[[F], F]:
    """The state that a file, or whatever `text` names, must have."""
    return setting(
        "--require",
        type=Choice(("valid", "trusted")),
        default="valid",
        show_default=True,
        help=text,
    )


def manifest(function: F) -> F:
    """The manifest store of a file, if it is not where it usually is."""
    text = "The manifest store of the file.  [default: in the file, or FILE.c2pa beside it]"
    return click.option("--manifest", type=FILE, metavar="FILE", help=text)(function)


def crl(function: F) -> F:
    """Revocation lists at hand."""
    text = "Look here too whether a certificate is revoked: a revocation list of its issuer."
    option = click.option("--crl", type=FILE, multiple=True, metavar="FILE", help=text)
    return option(function)


def with_revocation(
    config: TrustConfig, lists: tuple[Path, ...], *, online: bool = False
) -> TrustConfig:
    """The same trust, with a lookup for revocations if there is anything to look at.

    Raises:
        ClickException: A list cannot be read.
    """
    if not lists and not online:
        return config
    from dataclasses import replace

    from aidisclose.cli import files
    from aidisclose.errors import Unreadable
    from aidisclose.trust import crl as revocation_lists
    from aidisclose.trust.lookup import RevocationLookup

    found = []
    for path in lists:
        data = files.read_small(path)
        try:
            revocation_lists.read_file(data)
        except Unreadable as error:
            raise click.ClickException(f"{path}: {error}") from None
        found.append(data)
    return replace(config, revocation=RevocationLookup(found, online=online))
