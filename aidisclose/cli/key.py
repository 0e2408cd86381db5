"""The signer of a command: credentials, from a file or a device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource

import aidisclose as ad
from aidisclose.cli import files, messages, options, password, reminders
from aidisclose.cli.options import F
from aidisclose.named import NamedTuple
from aidisclose.signing.signer import Signer
from aidisclose.trust.config import TrustConfig

#: The names of `codec.cose.ALGORITHMS`, which `--help` does not load; a test compares them.
ALGORITHMS: Final = (
    *("es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519"),
    *("ml-dsa-44", "ml-dsa-65", "ml-dsa-87"),
)
#: Those of `codec.cose.NAMED`: with what a key can sign.
SIGNING: Final = (*ALGORITHMS, "esp256", "esp384", "esp512")


#: Said where credentials sign that `credentials new` made.
_TEST_NOTE: Final = "signed with your test credentials, which nobody else trusts"

#: In `KeyMaterial`, a field has the name of the module.
_VARIABLE: Final = password.VARIABLE


class KeyMaterial(NamedTuple):
    """The key and its certificates; unlike a `Signer`, it can be given to processes.

    Attributes:
        key: The content of a key file, or the address of a device.
        chain: The content of a certificate file; None if the certificates come with the key.
        password: Of the key.
        alg: Signature algorithm.
        is_elsewhere: Whether it is opened on another machine, with the password that is there.
        variable: The variable with that password.
    """

    key: bytes | str
    chain: bytes | None = None
    password: bytes | None = None
    alg: str | None = None
    is_elsewhere: bool = False
    variable: str = _VARIABLE


@lru_cache(maxsize=2)  # the signer of the claim, and an actor
def open_signer(identity: KeyMaterial) -> Signer:
    """The signer, opened once in every process.

    Raises:
        SigningError: It cannot be used.
    """
    key, chain, secret, alg, is_elsewhere, variable = identity
    if is_elsewhere:
        secret = password.given(variable)
    if isinstance(key, str):
        return Signer.from_uri(key, chain=chain, password=secret, alg=alg)
    return Signer.load(key, chain=chain, password=secret, alg=alg)


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialOptions:
    """The options that name a signer.

    Attributes:
        cert: File of the certificate chain.
        key: File of the private key.
        signer: Address of the key.
        alg: Signature algorithm.
        prefix: The beginning that the names of the options share.
        variable: The variable with the password of the key.
    """

    cert: Path | None
    key: Path | None
    signer: str | None
    alg: str | None = None
    prefix: str = ""
    variable: str = password.VARIABLE

    @property
    def are_own(self) -> bool:
        """Whether none are named, so that the user's own for testing sign."""
        return self.key is None and self.signer is None and self.cert is None

    def identify(self, *, is_told: bool = True) -> KeyMaterial:
        """The credentials that are named, else the user's own for testing; read now.

        Arguments:
            is_told: Whether a line says that those for testing sign.

        Raises:
            ClickException: They cannot be used, or there are none.
        """
        key, signer = self.key, self.signer
        if key is not None and signer is not None:
            stem = self.prefix.replace("-", "_")
            ranks = [_rank(f"{stem}{name}") for name in ("key", "signer")]
            # Both on the command line, or both in one settings file. Otherwise what is nearer to
            # the command line counts: a key that is named there replaces a signer in settings.
            if ranks[0] == ranks[1]:
                names = f"--{self.prefix}key and --{self.prefix}signer"
                raise click.UsageError(f"{names} cannot be combined")
            key, signer = (key, None) if ranks[0] < ranks[1] else (None, signer)
        if key is not None or signer is not None:
            return self._named(key, signer or "")
        if self.cert is not None:
            names = f"--{self.prefix}key or --{self.prefix}signer"
            raise click.UsageError(f"--{self.prefix}cert is not enough: name the key with {names}")
        found = _own(self.alg)
        if is_told:
            tell_of_test_credentials()
        return found

    def elsewhere(self) -> KeyMaterial:
        """The same, without a private key or password: workers of a cluster open the address.

        A key file is looked for there under the path that it has here.

        Raises:
            ClickException: The certificates cannot be read, or the key is at hand here only.
        """
        cert, address = self.cert, self.signer
        if address is None and self.key is None:
            from aidisclose.signing import credentials as stored

            if (found := stored.find()) is None:
                raise click.ClickException("no credentials: name yours with --cert and --signer")
            cert, key = found.folder / stored.CHAIN, found.folder / stored.KEY
            address = f"file:{key.absolute()}"
        elif self.key is not None:
            address = f"file:{self.key.absolute()}"
        if address is None or address.lower().startswith("fd:"):
            raise click.UsageError("a cluster needs an address of the key that workers can open")
        chain = files.read_small(cert) if cert else None
        return KeyMaterial(address, chain, alg=self.alg, is_elsewhere=True, variable=self.variable)

    def _named(self, key: Path | None, signer: str) -> KeyMaterial:
        found: bytes | str = files.read_small(key) if key else _address(signer)
        secret = _password(found, str(key or ""), self.variable)
        chain = files.read_small(self.cert) if self.cert else None
        names = [str(name) for name in (self.cert, key) if name]
        material = KeyMaterial(found, chain, secret, self.alg, variable=self.variable)
        return _check(material, ", ".join(names))


def credentials(*, cert: str, key: str, signer: str, alg: str) -> Callable[[F], F]:
    """The options that name credentials, with their help: `Credentials`."""
    return options.group(
        "credentials",
        CredentialOptions,
        options.setting("--cert", type=options.FILE, metavar="PEM", help=cert),
        options.setting("--key", type=options.FILE, metavar="PEM", help=key),
        options.setting("--signer", metavar="URI", help=signer),
        options.setting("--alg", type=options.Choice(SIGNING), help=alg),
    )


def _rank(name: str) -> int:
    """The distance of a setting from the command line; 0 is nearest."""
    sources = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    source = click.get_current_context().get_parameter_source(name)
    return sources.index(source) if source in sources else len(sources)


def _password(key: bytes | str, name: str, variable: str = password.VARIABLE) -> bytes | None:
    """The user's password; it is an error if there is none, and the key obviously needs one."""
    found = password.given(variable)
    if found is None and isinstance(key, bytes) and b"ENCRYPTED" in key:
        message = f"the private key is encrypted: put its password in {variable}"
        raise click.ClickException(f"{name}: {message}" if name else message)
    return found


def _own(alg: str | None) -> KeyMaterial:
    from aidisclose.signing import credentials as stored

    found = stored.find()
    if found is None:
        raise click.ClickException(
            "no credentials: make some for testing with `aidisclose credentials new`, "
            "or name your own with --cert and --key"
        )
    key, chain = (files.read_small(found.folder / name) for name in (stored.KEY, stored.CHAIN))
    # A password that is there for another key must not be offered for one without.
    secret = _password(key, str(found.folder)) if b"ENCRYPTED" in key else None
    return _check(KeyMaterial(key, chain, secret, alg or found.alg), str(found.folder))


def tell_of_test_credentials() -> None:
    """Say once a day that nobody else trusts what was signed."""
    if reminders.is_due("test-credentials"):
        messages.tell(messages.line(_TEST_NOTE))


def _address(uri: str) -> bytes | str:
    """The address of a device; what names a key at hand is read now, before there are processes."""
    from aidisclose.signing import backends

    try:
        read = backends.reader(uri)
        return uri if read is None else read()
    except ad.SigningError as error:
        raise click.ClickException(str(error)) from None


def _check(identity: KeyMaterial, names: str) -> KeyMaterial:
    """The identity, if it can sign now."""
    try:
        open_signer(identity).check(datetime.now(UTC))
    except ad.SigningError as error:
        raise click.ClickException(f"{names}: {error}" if names else str(error)) from None
    return identity


def warn_of_missing_issuer(identity: KeyMaterial, trust: TrustConfig) -> None:
    """Say if the chain is the signer's certificate alone, although others would need its issuer's.

    That is what many authorities send. Whoever trusts the root only can never trust such a
    signature: the intermediates belong in it (C2PA 2.2 §14.5). If the issuer is the root itself,
    all is well.
    """
    if identity.is_elsewhere:
        return
    from aidisclose.trust.certificate import load

    signer = open_signer(identity)
    certificate = load(signer.chain[0])
    if len(signer.chain) > 1 or certificate.issuer == certificate.subject:
        return
    if any(each.certificate.subject == certificate.issuer for each in trust.anchors):
        return
    issuer = f'append that of its issuer, "{certificate.issuer_name}"'
    message = f"warning: the chain has the signer's certificate alone: {issuer}"
    messages.tell(messages.line(f"{message}, unless that is the root which validators trust"))


def staple(identity: KeyMaterial, trust: TrustConfig) -> tuple[bytes, ...]:
    """OCSP responses about the signer, fetched once for all files.

    Raises:
        SigningError: A certificate is revoked.
    """
    found = ad.fetch_ocsp(open_signer(identity), trust=trust)
    for problem in found.problems:
        messages.tell(messages.line(f"warning: {problem}"))
    return found.responses
