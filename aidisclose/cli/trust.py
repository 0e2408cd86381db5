"""`aidisclose trust`: whom you trust, from where, and until when."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

import aidisclose as ad
from aidisclose.cli import explain, messages, options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.io import home
from aidisclose.render import formats
from aidisclose.render.safe import clean

if TYPE_CHECKING:
    from aidisclose.trust.lists import Purpose


@click.group(no_args_is_help=False)
def command() -> None:
    """Say whom you trust: authorities for signers, time stamps and identities, and who by name."""


command.add_command(explain.command, "explain")


def _kind(function: options.F) -> options.F:
    for option in (
        click.option("--allowed", is_flag=True, help="Signers that are trusted by name."),
        click.option("--tsa", is_flag=True, help="Authorities for time stamps."),
        click.option(
            "--identity",
            is_flag=True,
            help="Authorities for those whom identity assertions name; with --allowed, those "
            "themselves.",
        ),
    ):
        function = option(function)
    return function


def _chosen(tsa: bool, allowed: bool, identity: bool) -> Purpose:
    from aidisclose.trust.lists import Purpose

    if tsa and (allowed or identity):
        other = "--allowed" if allowed else "--identity"
        raise click.UsageError(f"--tsa and {other} exclude one another")
    if identity:
        return Purpose.ACTORS if allowed else Purpose.IDENTITIES
    return Purpose.TSA if tsa else Purpose.ALLOWED if allowed else Purpose.SIGNERS


@command.command(cls=options.Command)
@click.argument("source")
@click.option("--name", metavar="NAME", help="What to call them.  [default: from the source]")
@_kind
@click.option(
    "--purpose",
    "purposes",
    multiple=True,
    metavar="OID",
    help="Extended key usage of the signers that they vouch for.  [default: all]",
)
@click.option("--force", is_flag=True, help="Replace those of that name.")
def add(
    source: str,
    name: str | None,
    tsa: bool,
    allowed: bool,
    identity: bool,
    purposes: tuple[str, ...],
    force: bool,
) -> Exit:
    """Trust the certificates of a PEM file or trust list, at a path or an https address."""
    from aidisclose.render import lists as rendered
    from aidisclose.trust import lists
    from aidisclose.trust.update import fetch

    kind = _chosen(tsa, allowed, identity)
    stem = source.rstrip("/").rpartition("/")[2].partition("?")[0].rpartition(".")
    found = lists.parse(
        fetch(source),
        name=lists.check_name(name or stem[0] or stem[2]),
        kind=kind,
        source=source if "://" in source else str(Path(source).resolve()),
    )
    now = datetime.now(UTC).replace(microsecond=0)
    found = replace(found, fetched=now, purposes=frozenset(purposes) or found.purposes)
    path = lists.save(home.trust_folder(), found, overwrite=force)
    for problem in found.problems:
        messages.tell(messages.line(source, problem))
    style = terminal.style(sys.stdout)
    lines = [f"{style.paint('added', 'green', 'bold')}  {rendered.describe(found)}: {path}"]
    lines += [f"  + {rendered.certificate_line(each.certificate)}" for each in found.entries]
    terminal.write("".join(f"{line}\n" for line in lines))
    return Exit.OK


@command.command("list", cls=options.Command)
@click.argument("name", required=False)
@options.format_option("trust")
def listing(name: str | None, form: str) -> Exit:
    """List whom you trust; with NAME, every certificate of the lists of that name."""
    from aidisclose.trust import lists

    found = [
        each for each in lists.installed(home.trust_folder()) if name is None or each.name == name
    ]
    if name is not None and not found:
        raise ad.TrustConfigError(f"there is no trust list {name!r}")
    run = terminal.run(datetime.now(UTC))
    terminal.write(formats.writer("trust", form, run)(found, name, run))
    if name is None:
        _tell_products()
    for each in found:
        for problem in each.problems:
            messages.tell(messages.line(each.name, problem))
        if each.next_update and each.next_update < datetime.now(UTC):
            late = f"it was to be renewed by {each.next_update:%Y-%m-%d}"
            messages.tell(messages.line(each.name, f"{late}: run `aidisclose trust update`"))
    return Exit.OK


def _tell_products() -> None:
    """Say from when the list of conforming products is; it vouches for nobody."""
    from aidisclose.render.words import number
    from aidisclose.trust import products

    path = home.trust_folder() / products.FILE
    if path.is_file():
        listed, changed = products.parse(path.read_bytes())
        text = f"{number(len(listed), 'conforming product')}, changed {changed}"
        messages.tell(messages.line("c2pa", text))


@command.command(cls=options.Command)
@click.option(
    "--from",
    "origin",
    metavar="SOURCE",
    help="Folder, file or https address of a mirror.  [default: where the C2PA publishes them]",
)
def update(origin: str | None) -> Exit:
    """Get the official lists of the C2PA, and again those that were added from an address.

    With them comes the list of conforming products, which trusts nobody: `verify` says which
    product signed, and warns if it may not claim what it claims.

    A list that cannot be got, does not parse or is older changes nothing. Proxies are used as
    https_proxy and no_proxy say.
    """
    from aidisclose.render import lists as rendered
    from aidisclose.trust.update import ORIGIN, update_products
    from aidisclose.trust.update import update as renew

    code = Exit.OK
    style = terminal.style(sys.stdout)
    for each in renew(home.trust_folder(), now=datetime.now(UTC), origin=origin or ORIGIN):
        if each.problem:
            code = Exit.FAILED
            kept = f"; kept the version {rendered.version(each.old)}" if each.old else ""
            messages.tell(messages.line(f"{each.problem}{kept}"))
        else:
            terminal.write("".join(f"{line}\n" for line in rendered.changes(each, style)))
    found = update_products(home.trust_folder(), origin=origin or ORIGIN)
    if found and found.problem:
        code = Exit.FAILED
        messages.tell(messages.line(found.problem))
    elif found:
        terminal.write(f"{rendered.products(found, style)}\n")
    return code


@command.command(cls=options.Command)
@click.argument("name")
@_kind
def remove(name: str, tsa: bool, allowed: bool, identity: bool) -> Exit:
    """Stop trusting the certificates of a list."""
    from aidisclose.render import lists as rendered
    from aidisclose.trust import lists

    kind = _chosen(tsa, allowed, identity)
    path = home.trust_folder() / kind.value / f"{lists.check_name(name)}.pem"
    try:
        path.unlink()
    except FileNotFoundError:
        purpose = rendered.PURPOSES[kind.value]
        raise ad.TrustConfigError(f"there is no trust list {name!r} for {purpose}") from None
    terminal.write(f"removed  {path}\n")
    return Exit.OK


@command.command(cls=options.Command)
@click.argument("folder", metavar="[DIR]", type=options.FOLDER, required=False)
@click.option("--list", "lists", is_flag=True, help="List the projects that are allowed.")
@click.option("--remove", is_flag=True, help="Do not allow this project any more.")
def project(folder: Path | None, lists: bool, remove: bool) -> Exit:
    """Let the settings file of a project count like your own.

    It may then say whom you trust, who signs and with which program, where outputs go, and what a
    check lets pass. Look at it first. A settings file that has changed has to be allowed again; the
    files that it names are not looked at.
    """
    from aidisclose.cli import projects, settings

    if lists:
        if folder or remove:
            raise click.UsageError("--list takes no folder, and not --remove")
        rows = "".join(f"{clean(path, None)}\n" for path in projects.allowed())
        terminal.write(rows or "none; `aidisclose trust project DIR` allows one\n")
        return Exit.OK
    if folder is None:
        raise click.UsageError("name the folder of the project, or give --list")
    if remove:
        if not projects.forget(folder):
            raise click.ClickException(f"{folder} is not an allowed project")
        terminal.write(f"removed  {clean(str(folder), None)}\n")
        return Exit.OK
    found = settings.in_folder(folder.resolve())
    if found is None:
        raise click.ClickException(f"{folder}: there is no settings file in it")
    projects.allow(found.path, found.content)
    keys = ", ".join(found.restricted()) or "nothing that it might not set anyway"
    terminal.write(f"allowed  {clean(str(found.path), None)}: {clean(keys)}\n")
    return Exit.OK
