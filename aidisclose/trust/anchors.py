"""Anchors: authorities that the user trusts, and the lists that they are on."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from aidisclose.frozen import dataclass
from aidisclose.named import NamedTuple
from aidisclose.trust.certificate import Certificate

#: What anchors are called that the user made for testing. They vouch for nobody else.
TEST_CREDENTIALS: Final = "your test credentials"
#: How the common names of all test credentials end, whoever made them.
FOR_TESTING: Final = ", for testing, trusted by nobody else"


def is_for_testing(anchor: str | None, certificate: Certificate | None) -> bool:
    """Whether test credentials were used: the user's own, or some that say so themselves.

    Arguments:
        anchor: The source of the anchor that vouches for the certificate; None without one.
        certificate: That of a signer, or of an authority for time stamps.
    """
    names = certificate.common_name if certificate else ""
    return anchor == TEST_CREDENTIALS or names.endswith(FOR_TESTING)


class ListReference(NamedTuple):
    """The published trust list that an anchor is on (C2PA 2.5 §14.2.2).

    Attributes:
        uri: The URI of the list.
        kind: Its type, such as `c2pa.trustList`.
        identifier: The version of the list; empty if that is not known.
    """

    uri: str
    kind: str
    identifier: str = ""


class Voucher(NamedTuple):
    """The list by which somebody is trusted.

    Attributes:
        title: The list for a person, with its date; the name of a file that was named.
        name: The user's name for it; empty if it is none of the installed lists.
        is_interim: Whether it is the interim list of the C2PA, which nobody maintains since 2026.
        is_by_name: Whether the signer itself is on it, rather than an authority.
        reference: The published list, if it is one.
    """

    title: str
    name: str = ""
    is_interim: bool = False
    is_by_name: bool = False
    reference: ListReference | None = None


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A certification authority that is trusted because the user says so.

    Attributes:
        certificate: A root or an intermediate.
        source: Its origin, for a person: `user`, `c2pa`, a file name.
        purposes: Extended key usages of the signers that it may vouch for, as dotted object
            identifiers (C2PA 2.2 §14.4.1); None for every one that is accepted.
        not_before: It vouches for no signature made earlier (C2PA 2.4, Validate the Signature).
        not_after: It vouches for no signature made later.
        trust_list: The published list that it is on, if it is on one.
        list_name: The user's name for the list that it is on; empty if it is on none of theirs.
        is_interim: Whether that list is the interim list of the C2PA.
    """

    certificate: Certificate
    source: str = "user"
    purposes: frozenset[str] | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    trust_list: ListReference | None = None
    list_name: str = ""
    is_interim: bool = False

    @property
    def voucher(self) -> Voucher:
        """The list that it is on."""
        return Voucher(self.source, self.list_name, self.is_interim, reference=self.trust_list)

    def covers(self, purposes: frozenset[str], moment: datetime) -> bool:
        """Whether it vouches for signers with one of `purposes`, and for what is signed then."""
        return (
            (self.purposes is None or not self.purposes.isdisjoint(purposes))
            and (self.not_before is None or self.not_before <= moment)
            and (self.not_after is None or moment <= self.not_after)
        )


def can_issue(certificate: Certificate) -> bool:
    """Whether it may vouch for others: a CA, or so old that a certificate could not say so.

    What a user names as an anchor may be a version 1 root; a signer's own certificate must not
    become an authority by being named.
    """
    if certificate.version < 3:
        return True
    return certificate.is_ca and "keyCertSign" in (certificate.key_usage or ("keyCertSign",))
