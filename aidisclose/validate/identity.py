"""An actor whom an identity assertion (CAWG) names, and who vouches for that."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime
from enum import StrEnum

from aidisclose.identity.credential import VerifiedIdentity
from aidisclose.named import NamedTuple
from aidisclose.validate.status import Status


class IdentityStanding(StrEnum):
    """The standing of an identity: who vouches for it."""

    #: Somebody whom the user trusts vouches for it.
    TRUSTED = "trusted"
    #: The signature is good; whether to believe who made it, nothing says.
    VALID = "valid"
    INVALID = "invalid"
    #: It cannot be checked: it is signed in a way that is not known, or with a key that is not at
    #: hand.
    UNKNOWN = "unknown"


class Identity(NamedTuple):
    """An actor that an identity assertion names; all text is untrusted.

    Attributes:
        url: The assertion.
        standing: The standing of the identity: who vouches for it.
        sig_type: The kind of signature.
        roles: The roles of the actor for the asset.
        names: The names of the actor: by a certificate, or by those who verified it.
        verifier: The one who verified that: an authority, or the issuer of the credential.
        identities: The identities that the issuer of a credential verified.
        time: The time at which it was signed, as a trusted time stamp proves.
        references: URIs of the assertions that it is about.
    """

    url: str
    standing: IdentityStanding
    sig_type: str
    roles: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    verifier: str = ""
    identities: tuple[VerifiedIdentity, ...] = ()
    time: datetime | None = None
    references: tuple[str, ...] = ()


IdentityCheck = Generator[Status, None, Identity]
