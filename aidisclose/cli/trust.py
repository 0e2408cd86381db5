"""`aidisclose trust`: whom you trust, from where, and until when."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

import aidisclose as ad
from aidisclose.cli import explain, messages, options, snapshot, terminal
from aidisclose.cli.exits import Exit
from aidisclose.errors import suggestion
from aidisclose.io import home
from aidisclose.io.place import real
from aidisclose.render import formats
from aidisclose.render.safe import clean

if TYPE_CHECKING:
    from aidisclose.trust.lists import Purpose, TrustList


@click.group(cls=options.Group)
def command() -> None:
    """Manage the certificates you trust: authorities, time stamps, identities, signers by name."""


command.add_command(explain.command, "explain")
command.add_command(snapshot.export, "export")
command.add_command(snapshot.import_, "import")

#: What a name of a list may not have.
_OTHER: Final = re.compile(r"[^A-Za-z0-9._-]+")


def _kind(function: options.F) -> options.F:
    for option in (
        click.option("--allowed", is_flag=True, help="Lists of signers, not of authorities."),
        click.option("--tsa", is_flag=True, help="Lists of authorities for time stamps."),
        click.option(
            "--identity",
            is_flag=True,
            help="Lists for identity assertions (CAWG): of authorities, or with --allowed of those "
            "whom the assertions name.",
        ),
    ):
        function = option(function)
    return function


def _chosen(tsa: bool, allowed: bool, identity: bool) -> Purpose:
    from aidisclose.trust.lists import Purpose

    if tsa and (allowed or identity):
        other = "--allowed" if allowed else "--identity"
        raise click.UsageError(f"--tsa and {other} cannot be combined")
    if identity:
        return Purpose.ACTORS if allowed else Purpose.IDENTITIES
    return Purpose.TSA if tsa else Purpose.ALLOWED if allowed else Purpose.SIGNERS


@command.command(cls=options.Command)
@click.argument("source")
@click.option("--name", metavar="NAME", help="Name of the trust list.  [default: from the source]")
@_kind
@click.option(
    "--purpose",
    "purposes",
    multiple=True,
    metavar="OID",
    help="Extended key usage that signers must have, such as 1.3.6.1.5.5.7.3.4.  [default: any]",
)
@click.option("--force", is_flag=True, help="Replace a trust list of the same name.")
def add(
    source: str,
    name: str | None,
    tsa: bool,
    allowed: bool,
    identity: bool,
    purposes: tuple[str, ...],
    force: bool,
) -> Exit:
    """Trust the certificates of a PEM file or trust list, at a path or an https address.

    With --allowed, SOURCE may also be a signed media file, whose signer is trusted from then on; a
    list of hashes as c2patool has it; or sha256:HEX, the fingerprint of a signer's certificate.
    """
    from aidisclose.render import lists as rendered
    from aidisclose.trust import lists

    kind = _chosen(tsa, allowed, identity)
    options.refuse_beside("--allowed", "--purpose", reason="trusts signers by name")
    name = lists.check_name(name or _usual_name(source))
    if name == lists.OFFICIAL:
        # Reports would say of whom it vouches for that they are on the list of the C2PA.
        raise ad.TrustConfigError(
            f"{name!r} is the name of the official lists, which `aidisclose trust update` gets: "
            "give another --name"
        )
    asked = frozenset(map(lists.check_purpose, purposes))
    found = _found(source, name, kind)
    now = datetime.now(UTC).replace(microsecond=0)
    found = replace(found, fetched=now, purposes=asked or found.purposes)
    path = lists.save(home.trust_folder(), found, overwrite=force)
    for problem in found.problems:
        messages.tell(messages.line(source, problem))
    style = terminal.style(sys.stdout)
    lines = [f"{style.paint('added', 'green', 'bold')}  {rendered.describe(found)}: {path}"]
    lines += [f"  + {rendered.certificate_line(each.certificate)}" for each in found.entries]
    lines += [f"  + {rendered.hash_line(each)}" for each in sorted(found.hashes)]
    terminal.write("".join(f"{line}\n" for line in lines))
    return Exit.OK


def _usual_name(source: str) -> str:
    """The name of a list by the place that it is from."""
    from aidisclose.cli import pin

    if pin.is_fingerprint(source):
        return f"sha256-{pin.digest(source).hex()[:16]}"
    last = re.split(r"[/\\]", source.rstrip("/"))[-1].partition("?")[0]
    stem = _OTHER.sub("-", last.rpartition(".")[0] or last).strip("-._")
    return stem[:64] or "signer"


def _found(source: str, name: str, kind: Purpose) -> TrustList:
    """The list that a source holds, or the signer of a media file as a list.

    Raises:
        TrustConfigError: It cannot be used; the message names it.
    """
    from aidisclose.cli import pin
    from aidisclose.trust import lists
    from aidisclose.trust.download import fetch
    from aidisclose.trust.lists import Purpose

    is_address = "://" in source
    if pin.is_fingerprint(source):
        if kind is not Purpose.ALLOWED:
            raise click.UsageError("a fingerprint names a signer: give --allowed")
        return lists.TrustList(
            name=name, kind=kind, entries=(), hashes=frozenset({pin.digest(source)}), source=source
        )
    if not is_address and pin.is_media(Path(source)):
        if kind is not Purpose.ALLOWED:
            raise click.UsageError(f"{source} is a media file; --allowed trusts its signer")
        return pin.signer_of(Path(source), name)
    data = fetch(source)
    place = source if is_address else str(real(Path(source)))
    try:
        return lists.parse(data, name=name, kind=kind, source=place)
    except ad.TrustConfigError as error:
        raise ad.TrustConfigError(f"{source}: {error}") from None


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
        known = {each.name for each in lists.installed(home.trust_folder())}
        raise ad.TrustConfigError(f"there is no trust list {name!r}{suggestion(name, known)}")
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
@click.option(
    "--interim",
    is_flag=True,
    help="Get the interim list as well, by which signers of 2025 and before were known.",
)
def update(origin: str | None, interim: bool) -> Exit:
    """Download the official C2PA lists, and refresh lists that were added from an address.

    With them comes the list of conforming products, which trusts nobody: `verify` says which
    product signed, and warns if it may not claim what it claims.

    The interim list of contentcredentials.org is frozen since 2026-01-01. Files that only it
    vouches for are trusted, and marked as such wherever that is said; `trust remove interim` ends
    it.

    A list that cannot be downloaded, does not parse or is older changes nothing. Proxies are used
    as https_proxy and no_proxy say.
    """
    from aidisclose.render import lists as rendered
    from aidisclose.trust.download import ORIGIN, update_products
    from aidisclose.trust.download import update as renew

    code = Exit.OK
    style = terminal.style(sys.stdout)
    source = origin or ORIGIN
    if interim and source.endswith((".json", ".pem")):
        raise click.UsageError("--interim needs --from a folder with a folder 'interim' in it")
    now = datetime.now(UTC)
    for each in renew(home.trust_folder(), now=now, origin=source, interim=interim):
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
@click.argument("name", nargs=-1, required=True)
@_kind
def remove(name: tuple[str, ...], tsa: bool, allowed: bool, identity: bool) -> Exit:
    """Stop trusting the certificates of lists: for all that they are for, or what is named."""
    from aidisclose.render import lists as rendered
    from aidisclose.trust import lists
    from aidisclose.trust.lists import Purpose

    is_chosen = tsa or allowed or identity
    kinds = (_chosen(tsa, allowed, identity),) if is_chosen else tuple(Purpose)
    for each in map(lists.check_name, name):
        paths = [home.trust_folder() / kind.value / f"{each}.pem" for kind in kinds]
        found = [path for path in paths if path.exists()]
        if not found:
            purpose = f" for {rendered.PURPOSES[kinds[0].value]}" if is_chosen else ""
            known = {known.name for known in lists.installed(home.trust_folder())}
            near = suggestion(each, known - {each})
            raise ad.TrustConfigError(f"there is no trust list {each!r}{purpose}{near}")
        for path in found:
            path.unlink()
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
    found = settings.in_folder(real(folder))
    if found is None:
        raise click.ClickException(f"{folder}: there is no settings file in it")
    projects.allow(found.path, found.content)
    keys = ", ".join(found.restricted()) or "nothing that it might not set anyway"
    terminal.write(f"allowed  {clean(str(found.path), None)}: {clean(keys)}\n")
    return Exit.OK
