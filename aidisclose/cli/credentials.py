"""`aidisclose credentials`: certificates for testing, and requests for real ones."""

from __future__ import annotations

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from aidisclose.cli import options, password, terminal
from aidisclose.cli.exits import Exit
from aidisclose.cli.files import read_small
from aidisclose.io import home
from aidisclose.render.safe import clean

if TYPE_CHECKING:
    from aidisclose.signing.credentials import Credentials

from aidisclose.cli.key import ALGORITHMS

_CONTENTS: Final = (
    ("chain.pem", "the signer's certificate and its issuer's"),
    ("key.pem", "the signer's private key"),
    ("root.pem", "the root certificate: pass it to --trust"),
    ("tsa-chain.pem", "the certificates of a time stamp authority"),
    ("tsa-key.pem", "its private key"),
    ("ocsp-chain.pem", "the certificates of an OCSP responder"),
    ("ocsp-key.pem", "its private key"),
)


@click.group(cls=options.Group)
def command() -> None:
    """Make certificates for testing, trusted by nobody else, or request real ones."""


def _encrypt(function: options.F) -> options.F:
    text = f"Encrypt private keys; the password is that in {password.VARIABLE}, or asked for."
    return click.option("--encrypt", is_flag=True, help=text)(function)


@command.command(cls=options.Command)
@click.option(
    "--dir",
    "folder",
    type=options.OUTPUT_FOLDER,
    help="Folder for the credentials.  [default: your own folder]",
)
@options.setting(
    "--alg", type=options.Choice(ALGORITHMS), default="es256", show_default=True, help="Algorithm."
)
@options.setting("--name", default="Signer", show_default=True, help="Name of the signer.")
@options.setting("--organization", metavar="NAME", help="The signer's organization.")
@options.setting(
    "--days",
    type=click.IntRange(1, 3650),
    default=365,
    show_default=True,
    metavar="N",
    help="How long the signer's certificate is valid.",
)
@click.option("--ocsp", metavar="URL", help="The OCSP responder that the certificate names.")
@_encrypt
@click.option("--force", is_flag=True, help="Replace credentials that are there.")
def new(
    folder: Path | None,
    alg: str,
    name: str,
    organization: str | None,
    days: int,
    ocsp: str | None,
    encrypt: bool,
    force: bool,
) -> Exit:
    """Make a root, a signer, a time stamp authority and an OCSP responder for testing.

    They have the form of real ones, so that nothing but trust is missing. Without --dir, `sign`
    uses them by itself, and `verify` calls what they signed: trusted (test root).
    """
    from aidisclose.signing import credentials
    from aidisclose.signing.issuance import ORGANIZATION

    target = folder or home.credentials_folder()
    try:
        made = credentials.create(
            target,
            alg=alg,
            name=name,
            organization=ORGANIZATION if organization is None else organization,
            days=days,
            password=password.new() if encrypt else None,
            ocsp=ocsp,
            overwrite=force,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    terminal.write(_describe(made, is_default=folder is None))
    return Exit.OK


def _describe(made: Credentials, *, is_default: bool) -> str:
    style = terminal.style(sys.stdout)
    lines = [
        f"{style.paint('made', 'green', 'bold')}  {clean(str(made.folder), None)}",
        f"  {made.alg}, valid until {made.not_after:%Y-%m-%d}",
        *(f"  {name:<14}  {text}" for name, text in _CONTENTS),
        f"For testing, trusted by nobody else: {_NOT_FOR}",
        *_permissions(made, is_default=is_default),
        f"Next: {clean(_next(made, is_default=is_default), None)}",
    ]
    return "".join(f"{line}\n" for line in lines)


def _quote(path: str) -> str:
    """A path as the shells of this system take it: those of Windows know double quotes."""
    if sys.platform == "win32":
        import subprocess

        return subprocess.list2cmdline([path])
    return shlex.quote(path)


_NOT_FOR: Final = "their signatures prove nothing to others."


def _permissions(made: Credentials, *, is_default: bool) -> tuple[str, ...]:
    """The command that keeps others from a key, where a file has the permissions of its folder."""
    if sys.platform != "win32" or is_default:
        return ()
    key = _quote(str(made.folder / "key.pem"))
    return (
        f"Whoever may read that folder may read the key: icacls {key} /inheritance:r /grant:r",
        '  "%USERNAME%:(R)" leaves it to you',
    )


def _next(made: Credentials, *, is_default: bool) -> str:
    text = "aidisclose sign picture.png --ai generated"
    if made.alg.startswith("ml-dsa"):  # which older versions of the specification do not have
        text += " --spec 2.5"
    if is_default:
        return text
    cert, key = (_quote(str(made.folder / name)) for name in ("chain.pem", "key.pem"))
    return f"{text} --cert {cert} --key {key}"


@command.command(cls=options.Command)
@options.setting(
    "--name", metavar="NAME", required=True, help="Common name of the certificate: the product."
)
@options.setting(
    "--organization", metavar="NAME", required=True, help="Organization whose product it is."
)
@options.setting(
    "--country",
    metavar="CODE",
    required=True,
    help="Two-letter code of the organization's country.",
)
@options.setting(
    "--alg", type=options.Choice(ALGORITHMS), default="es256", show_default=True, help="Algorithm."
)
@click.option(
    "--dir",
    "folder",
    type=options.OUTPUT_FOLDER,
    default=Path(),
    help="Folder for request and key.  [default: the working folder]",
)
@click.option(
    "--key",
    type=options.FILE,
    metavar="PEM",
    help=f"Your own key (password: {password.VARIABLE}); the request goes to standard output.",
)
@_encrypt
@click.option("--force", is_flag=True, help="Replace files that are there.")
def csr(
    name: str,
    organization: str,
    country: str,
    alg: str,
    folder: Path,
    key: Path | None,
    encrypt: bool,
    force: bool,
) -> Exit:
    """Make a private key, and a request for its certificate to send to a certification authority.

    The request names what the certificate needs to sign claims: key usage, purposes, and that it is
    not a CA. Check what comes back with `aidisclose doctor`.
    """
    from aidisclose.signing import csr as requests

    try:
        holder = requests.subject(name=name, organization=organization, country=country)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if key is not None:
        made = requests.for_key(read_small(key), holder, password=password.given())
        terminal.write(made.decode())
        return Exit.OK
    secret = password.new() if encrypt else None
    paths = requests.create(folder, holder, alg=alg, password=secret, overwrite=force)
    style = terminal.style(sys.stdout)
    csr_path, key_path = (clean(str(path), None) for path in paths)
    lines = (
        f"{style.paint('made', 'green', 'bold')}  {csr_path}  what you send to the authority",
        f"made  {key_path}  your private key: keep it, and show it to nobody",
        f"Next: aidisclose doctor chain.pem --key {clean(_quote(str(paths[1])), None)}",
    )
    terminal.write("".join(f"{line}\n" for line in lines))
    return Exit.OK


@command.command("list", cls=options.Command)
def listing() -> Exit:
    """List the credentials for testing in your own folder."""
    from aidisclose.render.table import render
    from aidisclose.signing import credentials

    found = credentials.listing()
    rows = [
        (each.name, each.alg, f"{each.not_after:%Y-%m-%d}", each.subject, str(each.folder))
        for each in found
    ]
    head = ("name", "algorithm", "valid until", "signer", "folder")
    if rows:
        terminal.write(render(head, rows, terminal.run(datetime.now(UTC))))
    else:
        terminal.write("none; `aidisclose credentials new` makes some\n")
    return Exit.OK
