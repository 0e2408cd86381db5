"""The user's trust: anchors for signers, anchors for time stamps, and signers by name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from aidisclose.errors import TrustConfigError, Unreadable, UsageError
from aidisclose.frozen import dataclass, field, replace
from aidisclose.trust.anchors import TEST_CREDENTIALS, Anchor, Voucher, can_issue
from aidisclose.trust.certificate import Certificate, load_pem
from aidisclose.trust.profile import SIGNER_PURPOSES

if TYPE_CHECKING:
    from pathlib import Path

    from aidisclose.trust.lists import TrustList
    from aidisclose.trust.lookup import RevocationLookup
    from aidisclose.trust.products import ConformingProducts

_TEST_ROOT: Final = "root.pem"
#: The beginning of a list of `aidisclose trust`, behind a mark or empty lines at most.
_LIST: Final = b"aidisclose trust list"
_LIST_START: Final = 256
#: Of signers that are allowed without saying by which list.
_UNNAMED: Final = Voucher("your list of allowed signers", is_by_name=True)


@dataclass(frozen=True, kw_only=True, repr=False)
class TrustConfig:
    """A choice of whom to trust. `a | b` trusts the signers of `a` and those of `b`.

    Attributes:
        anchors: Authorities whose signers are trusted.
        tsa_anchors: Authorities whose time stamps are trusted; never the same by themselves
            (C2PA 2.2 §14.4.2).
        allowed: SHA-256 of the certificates of signers that are trusted without any chain (the
            private credential store of C2PA 2.2 §14.4.3). They cannot issue other certificates.
        allowed_lists: The lists that these signers are on, each with its hashes.
        identity_anchors: Authorities that vouch for actors of identity assertions (CAWG 1.3 §9);
            never the same as those of signers by themselves.
        identity_allowed: SHA-256 of the certificates of actors that are trusted by name.
        issuers: DIDs of the issuers of credentials that are trusted.
        documents: Documents of issuers that are at hand: of a DID document its subject, of a list
            of revoked credentials its address, and the content.
        next_update: The earliest time at which a trust list that is in it should be renewed.
        revocation: The lookup for certificates whose revocation a file does not tell; None for
            none.
        products: The list of conforming products, if there is one; it vouches for nobody.
    """

    anchors: tuple[Anchor, ...]
    tsa_anchors: tuple[Anchor, ...]
    allowed: frozenset[bytes]
    allowed_lists: tuple[tuple[Voucher, frozenset[bytes]], ...] = ()
    identity_anchors: tuple[Anchor, ...] = ()
    identity_allowed: frozenset[bytes] = frozenset()
    issuers: frozenset[str] = frozenset()
    documents: tuple[tuple[str, bytes], ...] = ()
    next_update: datetime | None = None
    revocation: RevocationLookup | None = field(default=None, compare=False, repr=False)
    products: ConformingProducts | None = None

    @classmethod
    def from_pem(
        cls,
        pem: bytes | None = None,
        *,
        tsa: bytes | None = None,
        allowed: bytes | None = None,
        source: str = "user",
        purposes: frozenset[str] | None = None,
    ) -> TrustConfig:
        """Trust in the certificates of PEM files, each of any number; other text is ignored.

        But the limits count of a list that `aidisclose trust` has written: its times and purposes.

        A certificate in `pem` that is not a CA cannot vouch for others. If it is self-signed, it is
        added to `allowed`: naming it can only mean that. If somebody issued it, it is passed over,
        as is any in `tsa`: a time stamp is never trusted by its certificate alone.

        Arguments:
            pem: Roots and intermediates that vouch for signers; None for none.
            tsa: Roots and intermediates that vouch for time stamps; None for none.
            allowed: Certificates of signers that are trusted by name; None for none.
            source: The origin of the certificates, for messages.
            purposes: Extended key usages of signers that `pem` vouches for, as dotted object
                identifiers; None for every accepted one.

        Raises:
            TrustConfigError: A file holds no usable certificate, or one cannot be read.
            TypeError: A path or text was given instead of bytes.
            UsageError: There is no file at all; `TrustConfig.none()` says that.
        """
        for name, content in (("pem", pem), ("tsa", tsa), ("allowed", allowed)):
            if not isinstance(content, bytes | None):
                kind = type(content).__name__
                raise TypeError(
                    f"{name} is the content of a PEM file as bytes, not {kind}: read it with "
                    "Path(…).read_bytes()"
                )
        if pem is None and tsa is None and allowed is None:
            raise UsageError("whom to trust? TrustConfig.none() trusts nobody")
        found = _load(pem, "trust anchors", source)
        named = _load(allowed, "allowed signers", source)
        # A signer without any authority, as `openssl req -x509` makes it: users name it as they
        # name a root.
        alone = tuple(c for c in found if c.is_self_issued and not can_issue(c))
        anchors = _limited(_anchors(found, source, purposes), pem)
        if found and not anchors and not alone:
            hint = "to trust a signer by name, allow it"
            raise TrustConfigError(f"trust anchors ({source}): no certificate of a CA; {hint}")
        tsa_found = _load(tsa, "time stamp anchors", source)
        tsa_anchors = _limited(_anchors(tsa_found, source, None), tsa)
        if tsa_found and not tsa_anchors:
            raise TrustConfigError(f"time stamp anchors ({source}): no certificate of a CA")
        by_name = frozenset(certificate.sha256 for certificate in named + alone)
        voucher = Voucher(source, is_by_name=True)
        return cls(
            anchors=anchors,
            tsa_anchors=tsa_anchors,
            allowed=by_name,
            allowed_lists=((voucher, by_name),) if by_name else (),
        )

    @classmethod
    def for_identities(
        cls,
        pem: bytes | None = None,
        *,
        allowed: bytes | None = None,
        issuers: Iterable[str] = (),
        documents: Iterable[tuple[str, bytes]] = (),
        source: str = "user",
    ) -> TrustConfig:
        """Trust in those who are named by identity assertions, and in nobody else.

        Arguments:
            pem: Roots and intermediates that vouch for actors; None for none.
            allowed: Certificates of actors that are trusted by name; None for none.
            issuers: DIDs of the issuers of credentials that are trusted.
            documents: Documents of issuers that are at hand: of a DID document its subject, of a
                list of revoked credentials (Bitstring Status List) its address, and the content.
            source: The origin of the certificates, for messages.

        Raises:
            TrustConfigError: A file holds no usable certificate, or one cannot be read.
        """
        found = _load(pem, "identity anchors", source)
        return cls(
            anchors=(),
            tsa_anchors=(),
            allowed=frozenset(),
            identity_anchors=_limited(_anchors(found, source, None), pem),
            identity_allowed=frozenset(
                each.sha256 for each in _load(allowed, "allowed actors", source)
            ),
            issuers=frozenset(issuers),
            documents=tuple(documents),
        )

    @classmethod
    def none(cls) -> TrustConfig:
        """Trust in nobody: no signature can be more than valid."""
        return cls(anchors=(), tsa_anchors=(), allowed=frozenset())

    @classmethod
    def user(cls) -> TrustConfig:
        """Trust in whom the command line trusts by default.

        These are the lists that `aidisclose trust` keeps, and the root of the user's own test
        credentials. Nobody, if there are neither.

        Raises:
            TrustConfigError: A list cannot be used.
            OSError: A file cannot be read.
        """
        from aidisclose.io import home

        config = cls.none()
        try:
            folder, root = home.trust_folder(), home.credentials_folder() / _TEST_ROOT
        # Without a home folder, as services and containers run.
        except OSError:
            return config
        if folder.is_dir():
            config |= load_all(folder)
        if root.is_file():
            pem = root.read_bytes()
            config |= cls.from_pem(pem, tsa=pem, source=TEST_CREDENTIALS)
        return config

    @property
    def sha256(self) -> bytes:
        """SHA-256 of whom it trusts, and for what; the same in each process."""
        from hashlib import sha256

        said = [
            *(_terms("signers", each) for each in self.anchors),
            *(_terms("time stamps", each) for each in self.tsa_anchors),
            *(_terms("actors", each) for each in self.identity_anchors),
            *(f"signer {each.hex()}" for each in self.allowed),
            *(f"actor {each.hex()}" for each in self.identity_allowed),
            *(f"issuer {each!r}" for each in self.issuers),
            *(f"document {name!r} {sha256(each).hexdigest()}" for name, each in self.documents),
        ]
        return sha256("\n".join(sorted(said)).encode(errors="surrogateescape")).digest()

    def __repr__(self) -> str:
        names = dict.fromkeys(each.source for each in (*self.anchors, *self.tsa_anchors))
        names |= dict.fromkeys(voucher.title for voucher, _ in self.allowed_lists)
        lists = f": {', '.join(names)}" if names else ""
        found = (
            (len(self.anchors), "authorities for signers"),
            (len(self.tsa_anchors), "for time stamps"),
            (len(self.allowed), "signers by name"),
        )
        counts = ", ".join(f"{count} {what}" for count, what in found)
        return f"<TrustConfig {counts}{lists}>"

    def __or__(self, other: TrustConfig) -> TrustConfig:
        return TrustConfig(
            anchors=tuple(dict.fromkeys(self.anchors + other.anchors)),
            tsa_anchors=tuple(dict.fromkeys(self.tsa_anchors + other.tsa_anchors)),
            allowed=self.allowed | other.allowed,
            allowed_lists=tuple(dict.fromkeys(self.allowed_lists + other.allowed_lists)),
            identity_anchors=tuple(dict.fromkeys(self.identity_anchors + other.identity_anchors)),
            identity_allowed=self.identity_allowed | other.identity_allowed,
            issuers=self.issuers | other.issuers,
            documents=tuple(dict.fromkeys(self.documents + other.documents)),
            # The first list that is late makes the whole of it late.
            next_update=min(filter(None, (self.next_update, other.next_update)), default=None),
            revocation=self.revocation or other.revocation,
            products=other.products or self.products,
        )

    @property
    def purposes(self) -> frozenset[str]:
        """The extended key usages with which a claim may be signed (C2PA 2.2 §14.4.1)."""
        return SIGNER_PURPOSES.union(*(anchor.purposes or () for anchor in self.anchors))

    def allows(self, certificate: Certificate) -> bool:
        """Whether the user trusts this signer by name."""
        return bool(self.allowed) and certificate.sha256 in self.allowed

    def voucher(self, certificate: Certificate) -> Voucher | None:
        """The list by which this signer is trusted by name; None if they are not.

        Of several, one that is not interim.
        """
        if not self.allows(certificate):
            return None
        found = [each for each, named in self.allowed_lists if certificate.sha256 in named]
        return min(found, key=lambda each: each.is_interim, default=_UNNAMED)


def of_list(found: TrustList) -> TrustConfig:
    """Trust in what is on a list."""
    from aidisclose.trust.lists import Purpose

    match found.kind:
        case Purpose.TSA:
            config = replace(TrustConfig.none(), tsa_anchors=found.anchors)
        case Purpose.IDENTITIES | Purpose.ACTORS:
            config = replace(
                TrustConfig.none(), identity_anchors=found.anchors, identity_allowed=found.by_name
            )
        case Purpose.SIGNERS | Purpose.ALLOWED:
            by_name = found.by_name
            listed = ((found.voucher, by_name),) if by_name else ()
            config = replace(
                TrustConfig.none(), anchors=found.anchors, allowed=by_name, allowed_lists=listed
            )
    return config if found.kind.is_by_name else replace(config, next_update=found.next_update)


def load_all(folder: Path) -> TrustConfig:
    """Trust in all lists of a folder, with the list of conforming products if it is there.

    Raises:
        TrustConfigError: One cannot be used.
        OSError: One cannot be read.
    """
    from aidisclose.trust import lists, products

    config = TrustConfig.none()
    for found in lists.installed(folder):
        config |= of_list(found)
    if (listed := folder / products.FILE).is_file():
        config = replace(config, products=products.ConformingProducts(listed))
    return config


def _anchors(
    found: tuple[Certificate, ...], source: str, purposes: frozenset[str] | None
) -> tuple[Anchor, ...]:
    return tuple(
        Anchor(certificate=certificate, source=source, purposes=purposes)
        for certificate in found
        if can_issue(certificate)
    )


def _terms(role: str, anchor: Anchor) -> str:
    """The signatures that an anchor vouches for, as text."""
    purposes = "all" if anchor.purposes is None else sorted(anchor.purposes)
    period = f"{anchor.not_before} {anchor.not_after}"
    return f"{role} {anchor.certificate.sha256.hex()} {purposes} {period}"


def _limited(anchors: tuple[Anchor, ...], pem: bytes | None) -> tuple[Anchor, ...]:
    """Anchors with the limits that a PEM file has for them if it is a list of `aidisclose trust`.

    Without them an authority that was taken off a list would vouch again.
    """
    if pem is None or _LIST not in pem[:_LIST_START]:
        return anchors
    from aidisclose.trust import lists  # which costs time that other files need not take

    # Of any purpose: that certificates can vouch for others is known already.
    found = lists.parse(pem, name="list", kind=lists.Purpose.IDENTITIES)
    listed = {each.certificate: each for each in found.anchors}
    return tuple(
        replace(
            each,
            purposes=found.purposes if each.purposes is None else each.purposes,
            not_before=listed[each.certificate].not_before,
            not_after=listed[each.certificate].not_after,
        )
        for each in anchors
        if each.certificate in listed
    )


def _load(pem: bytes | None, what: str, source: str) -> tuple[Certificate, ...]:
    """The certificates of a PEM file, at least one; none without a file."""
    if pem is None:
        return ()
    try:
        found = load_pem(pem)
    except Unreadable as error:
        raise TrustConfigError(f"{what} ({source}): {error}") from None
    if not found:
        raise TrustConfigError(f"{what} ({source}): there is no certificate in PEM form")
    return found
