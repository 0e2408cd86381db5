"""The options that name an actor besides the signer: identity assertions (CAWG)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

import aidisclose as ad
from aidisclose.cli import options, password
from aidisclose.cli.key import CredentialOptions, KeyMaterial, open_signer
from aidisclose.named import NamedTuple
from aidisclose.signing.actor import PREDEFINED, check_roles


class ActorMaterial(NamedTuple):
    """An actor without its opened key; unlike an `Actor`, processes can be given it.

    Attributes:
        key: The key that it signs with.
        roles: The roles that it had for the asset.
        references: The assertions that it vouches for.
        staples: OCSP responses about its certificates.
    """

    key: KeyMaterial
    roles: tuple[str, ...]
    references: tuple[str, ...]
    staples: tuple[bytes, ...] = ()

    def open(self) -> ad.Actor:
        """The actor, ready to sign.

        Raises:
            SigningError: Its key cannot be used.
        """
        return ad.Actor(
            signer=open_signer(self.key),
            roles=self.roles,
            references=self.references,
            staples=self.staples,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorOptions:
    """The actor, as options name it.

    Attributes:
        credentials: The credentials that it signs with.
        roles: The roles that it had for the asset.
        references: The assertions that it vouches for.
    """

    credentials: CredentialOptions
    roles: tuple[str, ...]
    references: tuple[str, ...]

    @property
    def is_given(self) -> bool:
        """Whether an actor is named."""
        named = self.credentials
        return not (named.key is None and named.signer is None and named.cert is None)

    def identify(self, *, is_elsewhere: bool = False) -> ActorMaterial | None:
        """The actor that is named, None if none is.

        Arguments:
            is_elsewhere: Whether workers of a cluster open its key.

        Raises:
            ClickException: It cannot sign.
        """
        named = self.credentials
        if not self.is_given:
            if self.roles or self.references:
                message = "--identity-role and --identity-references say something of an actor"
                raise click.UsageError(f"{message}: name its key with --identity-key")
            return None
        material = ActorMaterial(
            named.elsewhere() if is_elsewhere and not _is_bare(named) else named.identify(),
            self.roles,
            self.references,
        )
        if not is_elsewhere:
            try:
                material.open().check(datetime.now(UTC))
            except ad.SigningError as error:
                name = named.cert or named.key or named.signer
                raise click.ClickException(f"{name}: {error}") from None
        return material


def _is_bare(named: CredentialOptions) -> bool:
    """Whether there is a certificate without a key, which is an error that `identify` names."""
    return named.key is None and named.signer is None


def _roles(_ctx: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> Any:
    """Roles in full: those of CAWG may be named without its prefix."""
    found = tuple(PREDEFINED.get(each, each) for each in values)
    try:
        check_roles(found)
    except ad.UsageError as error:
        raise click.BadParameter(str(error)) from None
    return found


def _act(
    *,
    identity_cert: Path | None,
    identity_key: Path | None,
    identity_signer: str | None,
    identity_role: tuple[str, ...],
    identity_references: tuple[str, ...],
) -> ActorOptions:
    return ActorOptions(
        credentials=CredentialOptions(
            cert=identity_cert,
            key=identity_key,
            signer=identity_signer,
            prefix="identity-",
            variable=password.IDENTITY,
        ),
        roles=identity_role,
        references=identity_references,
    )


#: Whom the manifest names besides its signer: an `ActorOptions`.
acting: Final = options.group(
    "actor",
    _act,
    options.setting(
        "--identity-cert",
        type=options.FILE,
        metavar="PEM",
        help="Certificate of a person or organisation that the manifest names besides its signer "
        "(CAWG), and those that it chains to.",
    ),
    options.setting(
        "--identity-key",
        type=options.FILE,
        metavar="PEM",
        help=f"Private key of the one who is named (password: {password.IDENTITY}).",
    ),
    options.setting(
        "--identity-signer", metavar="URI", help="Address of that key, instead of --identity-key."
    ),
    options.setting(
        "--identity-role",
        multiple=True,
        metavar="ROLE",
        callback=_roles,
        help=f"What the one who is named did: {', '.join(PREDEFINED)}, or com.example.role.",
    ),
    options.setting(
        "--identity-references",
        multiple=True,
        metavar="LABEL",
        help="Assertion that the one who is named vouches for besides the content, such as "
        "c2pa.actions.v2; '*' for all.",
    ),
)
