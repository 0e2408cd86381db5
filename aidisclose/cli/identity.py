"""Who signs: with which credentials, from a file or a device."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import click
from click.core import ParameterSource

import aidisclose as ad
from aidisclose.cli import files, messages, password
from aidisclose.signing import credentials
from aidisclose.signing.signer import Signer
from aidisclose.trust.anchors import TrustConfig


class Identity(NamedTuple):
    """What to sign with; unlike a `Signer`, processes can be given it.

    Attributes:
        key: The content of a key file, or the address of a device.
        chain: The content of a certificate file; None if the certificates come with the key.
        password: Of the key.
        alg: Signature algorithm.
    """

    key: bytes | str
    chain: bytes | None = None
    password: bytes | None = None
    alg: str | None = None


@lru_cache(maxsize=1)
def open_signer(identity: Identity) -> Signer:
    """The signer, opened once in every process.

    Raises:
        SigningError: It cannot be used.
    """
    key, chain, secret, alg = identity
    if isinstance(key, str):
        return Signer.from_uri(key, chain=chain, password=secret, alg=alg)
    return Signer.load(key, chain=chain, password=secret, alg=alg)


def identify(
    ctx: click.Context, *, cert: Path | None, key: Path | None, signer: str | None, alg: str | None
) -> Identity:
    """Whose credentials are used: those that are named, else the user's own for testing.

    Raises:
        ClickException: They cannot be used, or there are none.
    """
    if key is not None and signer is not None:
        ranks = [_rank(ctx, name) for name in ("key", "signer")]
        if ranks[0] == ranks[1]:
            raise click.UsageError("--key and --signer exclude one another")
        key, signer = (key, None) if ranks[0] < ranks[1] else (None, signer)
    if key is not None or signer is not None:
        return _named(cert, key, signer or "", alg)
    if cert is not None:
        raise click.UsageError("--cert is not enough: name the key with --key or --signer")
    return _own(alg)


def _rank(ctx: click.Context, name: str) -> int:
    """How near to the command line a setting stands; 0 is nearest."""
    sources = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    source = ctx.get_parameter_source(name)
    return sources.index(source) if source in sources else len(sources)


def _named(cert: Path | None, key: Path | None, signer: str, alg: str | None) -> Identity:
    found: bytes | str = files.read_small(key) if key else _address(signer)
    secret = _password(found, str(key or ""))
    chain = files.read_small(cert) if cert else None
    names = [str(name) for name in (cert, key) if name]
    return _check(Identity(found, chain, secret, alg), ", ".join(names))


def _password(key: bytes | str, name: str) -> bytes | None:
    """The user's password; it is an error if there is none, and the key obviously needs one."""
    found = password.given()
    if found is None and isinstance(key, bytes) and b"ENCRYPTED" in key:
        message = f"the private key is encrypted: put its password in {password.VARIABLE}"
        raise click.ClickException(f"{name}: {message}" if name else message)
    return found


def _own(alg: str | None) -> Identity:
    found = credentials.find()
    if found is None:
        raise click.ClickException(
            "no credentials: make some for testing with `aidisclose credentials new`, "
            "or name your own with --cert and --key"
        )
    key, chain = (
        files.read_small(found.folder / name) for name in (credentials.KEY, credentials.CHAIN)
    )
    # A password that is there for another key must not be offered for one without.
    secret = _password(key, str(found.folder)) if b"ENCRYPTED" in key else None
    identity = _check(Identity(key, chain, secret, alg or found.alg), str(found.folder))
    note = "signing with your test credentials, which are trusted by nobody else"
    messages.tell(messages.line(f"{note} ({found.folder})"))
    return identity


def _address(uri: str) -> bytes | str:
    """The address of a device; what names a key at hand is read now, before there are processes."""
    from aidisclose.signing import backends

    try:
        read = backends.reader(uri)
        return uri if read is None else read()
    except ad.SigningError as error:
        raise click.ClickException(str(error)) from None


def _check(identity: Identity, names: str) -> Identity:
    """The identity, if it can sign now."""
    try:
        open_signer(identity).check(datetime.now(UTC))
    except ad.SigningError as error:
        raise click.ClickException(f"{names}: {error}" if names else str(error)) from None
    return identity


def staple(identity: Identity, trust: TrustConfig) -> tuple[bytes, ...]:
    """OCSP responses about the signer, fetched once for all files.

    Raises:
        SigningError: A certificate is revoked.
    """
    found = ad.fetch_ocsp(open_signer(identity), trust=trust)
    for problem in found.problems:
        messages.tell(messages.line(f"warning: {problem}"))
    return found.responses
