"""`aidisclose doctor`: what is right and wrong with a certificate, and how to fix it."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

import aidisclose as ad
from aidisclose.cli import anchors, options, password, terminal
from aidisclose.cli.exits import Exit
from aidisclose.cli.files import read_small

if TYPE_CHECKING:
    from aidisclose.trust.certificate import Certificate
    from aidisclose.trust.signature import KeyInfo


@click.command(cls=options.Command)
@click.argument("cert", type=options.FILE)
@click.option(
    "--key",
    type=options.FILE,
    metavar="FILE",
    help=f"Private key of the certificate (password: {password.VARIABLE}).",
)
@click.option("--tsa", is_flag=True, help="Check as the certificate of a time stamp authority.")
@click.option("--ocsp", is_flag=True, help="Check as the certificate of an OCSP responder.")
@click.option(
    "--trust",
    type=options.FILE,
    multiple=True,
    metavar="PEM",
    help="Trust anchor that the chain must lead to, such as the root.",
)
@options.at
@click.option("--strict", is_flag=True, help="Fail for recommendations that are not followed, too.")
@options.format_option("doctor")
def command(
    cert: Path,
    key: Path | None,
    tsa: bool,
    ocsp: bool,
    trust: tuple[Path, ...],
    at: datetime | None,
    strict: bool,
    form: str,
) -> Exit:
    """Check a certificate and its chain against every rule of the C2PA certificate profile.

    CERT is a PEM file with the signer's certificate and those of its issuers, or PKCS#12. What is
    wrong is shown with the line of an OpenSSL extension file, or the command, that fixes it.
    """
    from aidisclose.render import diagnosis, formats
    from aidisclose.trust.doctor import Compliance, examine
    from aidisclose.trust.profile import Use

    if tsa and ocsp:
        raise click.UsageError("--tsa and --ocsp cannot be combined")
    use = Use.TSA if tsa else Use.OCSP if ocsp else Use.SIGNER
    chain, own = _read(cert)
    known = anchors.load(trust=trust, default=False).anchors
    now = at or datetime.now(UTC)
    findings = examine(chain, use=use, at=now, key=_key(key) or own, anchors=known)
    found = diagnosis.Diagnosis(str(cert), chain, findings, use)
    run = terminal.run(now)
    terminal.write(formats.writer("doctor", form, run)(found, run))
    bad = {Compliance.FAILED, Compliance.ADVISED} if strict else {Compliance.FAILED}
    return Exit.FAILED if any(each.outcome in bad for each in findings) else Exit.OK


def _read(path: Path) -> tuple[tuple[Certificate, ...], KeyInfo | None]:
    """The certificates of a file, and its key if it has one."""
    from aidisclose.signing.keyfile import (
        is_pkcs12,
        key_info,
        load_pkcs12,
        plain_text,
        read_certificates,
    )
    from aidisclose.trust.certificate import load, load_pem

    data = plain_text(read_small(path, is_subject=True))
    own: KeyInfo | None = None
    if is_pkcs12(data):
        key, data = load_pkcs12(data, password.given())
        own = key_info(key)
    found = load_pem(data)
    if not found and data[:1] == b"\x30":
        with contextlib.suppress(ad.AidiscloseError):
            return (load(data),), None
    if not found:
        with contextlib.suppress(ValueError, ad.SigningError):
            found = tuple(read_certificates(data))
    if not found:
        raise ad.Unreadable(f"{path}: there is no certificate in it")
    return found, own


def _key(path: Path | None) -> KeyInfo | None:
    from aidisclose.signing.keyfile import key_info

    return key_info(read_small(path), password.given()) if path else None
