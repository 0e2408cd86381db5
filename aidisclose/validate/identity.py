"""Identity assertions of a manifest (CAWG Identity Assertion 1.3 §7, §8).

Who is named by them is another question than who signed the claim: neither decides the other.
"""

from __future__ import annotations

import functools
from collections.abc import Generator
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from aidisclose.bindings import BINDINGS
from aidisclose.codec import cose
from aidisclose.codec.cose import Sign1
from aidisclose.errors import Malformed, Unreadable
from aidisclose.identity import assertion as assertions
from aidisclose.identity import credential as credentials
from aidisclose.identity import did
from aidisclose.identity.assertion import BadPadding, IdentityAssertion
from aidisclose.identity.credential import VerifiedIdentity
from aidisclose.manifest import label, uri
from aidisclose.manifest.store import Assertion
from aidisclose.manifest.uri import HashedURI
from aidisclose.trust import certificate as certificates
from aidisclose.trust.certificate import Certificate
from aidisclose.trust.path import Path, find_path
from aidisclose.trust.profile import ACTOR_PURPOSES
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status, Statuses
from aidisclose.validate.timestamp import SignatureTimestamp, check_header

NAME: Final = assertions.NAME

_ICA: Final = "cawg.ica"
_X509: Final = "cawg.x509"
_STAMPS: Final = frozenset({"sigTst", "sigTst2"})


class IdentityStanding(StrEnum):
    """The standing of an identity: who vouches for it."""

    #: Somebody whom the user trusts vouches for it.
    TRUSTED = "trusted"
    #: The signature is good; whether to believe who made it, nothing says.
    VALID = "valid"
    INVALID = "invalid"
    #: It is signed in a way that is not known.
    UNKNOWN = "unknown"


class Identity(NamedTuple):
    """An actor that an identity assertion names; all text is untrusted.

    Attributes:
        url: The assertion.
        standing: What is known of it.
        sig_type: How it is signed.
        roles: What the actor had to do with the asset.
        names: What the actor is called: by a certificate, or by those who verified it.
        verifier: Who verified that: an authority, or the issuer of the credential.
        identities: What the issuer of a credential verified.
        time: When it was signed, as a trusted time stamp proves.
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


_Checked = Generator[Status, None, Identity]


def check_identities(scope: Scope) -> Generator[Status, None, tuple[Identity, ...]]:
    """All identity assertions that the claim covers; returns who is named."""
    found: list[Identity] = []
    named = [item for item in scope.node.intact.values() if item.parts.name == NAME]
    claimed = _Claimed(scope)
    for item in named:
        found.append((yield from _check(scope, claimed, item)))
    return tuple(found)


class _Claimed:
    """The facts of the claim that identity assertions are compared with, each read once."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    @functools.cached_property
    def references(self) -> dict[str, HashedURI]:
        """The references of the claim, by absolute URI."""
        name = self._scope.manifest.label
        return {uri.make_absolute(each.url, name): each for each in self._scope.claim.assertions}

    @functools.cached_property
    def identities(self) -> int:
        """The number of identity assertions that the claim lists."""
        return sum(each.parts.name == NAME for each in self._scope.listed)

    @functools.cached_property
    def signer(self) -> bytes | None:
        """SHA-256 of the certificate that the claim is signed with."""
        content = self._scope.manifest.signature_content
        try:
            chain = cose.parse(content).certificates if content else ()
            return certificates.load(chain[0]).sha256 if chain else None
        except Unreadable:
            return None


def _check(scope: Scope, claimed: _Claimed, item: Assertion) -> _Checked:
    url = item.url
    invalid = Identity(url, IdentityStanding.INVALID, "")
    try:
        content = next(item.box.contents, None)
        made = assertions.decode(content.content if content else b"", values=scope.manifest.values)
    except BadPadding as error:
        yield Status("cawg.identity.pad.invalid", url, error.reason)
        return invalid
    except Unreadable as error:
        yield Status("cawg.identity.cbor.invalid", url, str(error))
        return invalid
    known = Identity(
        url,
        IdentityStanding.INVALID,
        made.sig_type,
        made.roles,
        references=tuple(each.url for each in made.references),
    )
    failures = [
        *_check_references(scope, claimed, made, url),
        *_check_expected(scope, claimed, made, url),
    ]
    yield from failures
    if made.sig_type == assertions.X509:
        named = yield from _check_x509(scope, made, known)
    elif made.sig_type == assertions.AGGREGATION:
        named = yield from _check_credential(scope, made, known)
    else:
        message = f"unknown signature type {made.sig_type!r}"
        yield Status("cawg.identity.sig_type.unknown", url, message)
        return known._replace(standing=IdentityStanding.UNKNOWN)
    if failures or named.standing is IdentityStanding.INVALID:
        return named._replace(standing=IdentityStanding.INVALID)
    yield Status("cawg.identity.well-formed", url)
    if named.standing is IdentityStanding.TRUSTED:
        yield Status("cawg.identity.trusted", url, ", ".join(named.names))
    return named


def _check_references(
    scope: Scope, claimed: _Claimed, made: IdentityAssertion, url: str
) -> Statuses:
    """CAWG 1.3 §7.1: each reference is one of the claim's, once; a hard binding is among them."""
    seen: set[str] = set()
    bindings = False
    for reference in made.references:
        absolute = uri.make_absolute(reference.url, scope.manifest.label)
        if absolute in seen:
            yield Status("cawg.identity.assertion.duplicate", url, reference.url)
        seen.add(absolute)
        found = claimed.references.get(absolute)
        if found is None or found.hash != reference.hash:
            message = f"{reference.url} is not what the claim lists"
            yield Status("cawg.identity.assertion.mismatch", url, message)
        target = uri.parse(reference.url)
        name = label.split(target.path[-1]).base if target and target.path else ""
        bindings = bindings or name in BINDINGS
    if not bindings:
        message = "no hard binding is among the referenced assertions"
        yield Status("cawg.identity.hard_binding_missing", url, message)


def _check_expected(scope: Scope, claimed: _Claimed, made: IdentityAssertion, url: str) -> Statuses:
    """CAWG 1.3 §5.5: what the actor expected of the claim that was signed later."""
    partial = made.expected.get("expected_partial_claim")
    if isinstance(partial, dict):
        for name, value in partial.items():
            if scope.claim.fields.get(name) != value:
                message = f"the claim has another {name} than was expected"
                yield Status("cawg.identity.expected_partial_claim.mismatch", url, message)
    generator = made.expected.get("expected_claim_generator")
    if generator is not None:
        named = generator.get("hash") if isinstance(generator, dict) else None
        if named is None or named != claimed.signer:
            message = "the claim was signed by somebody else than was expected"
            yield Status("cawg.identity.expected_claim_generator.mismatch", url, message)
    others = made.expected.get("expected_countersigners")
    if isinstance(others, list) and claimed.identities < len(others) + 1:
        message = f"{len(others)} further identity assertions were expected"
        yield Status("cawg.identity.expected_countersigner.missing", url, message)


def _check_x509(scope: Scope, made: IdentityAssertion, known: Identity) -> _Checked:
    """CAWG 1.3 §8.2: a COSE signature with a certificate."""
    url = known.url
    try:
        sign1 = cose.parse(made.signature)
        pool = tuple(certificates.load(each) for each in sign1.certificates)
    except Unreadable as error:
        yield Status(f"{_X509}.signature.mismatch", url, f"it cannot be read: {error}")
        return known
    if not pool:
        yield Status(f"{_X509}.credential.invalid", url, "the signature names no certificate")
        return known
    actor = pool[0]
    known = known._replace(names=_names(actor), verifier=actor.issuer_name)
    algorithm = sign1.algorithm
    if algorithm is None:
        message = f"signature algorithm {sign1.headers.get(cose.ALG)!r}"
        yield Status(f"{_X509}.algorithm.unsupported", url, message)
        return known
    signed = _signed(scope, sign1, actor, made.signed)
    if signed is None:
        yield Status(f"{_X509}.signature.mismatch", url, "the signature is about something else")
        return known
    stamp = yield from check_header(scope, sign1, url, signed=signed)
    proven = stamp.time if stamp and stamp.is_trusted else None
    moment = proven or scope.session.at
    known = known._replace(standing=IdentityStanding.VALID, time=proven)
    if not actor.is_valid_at(moment):
        message = f"{actor.common_name} was not valid on {moment:%Y-%m-%d}"
        yield Status(f"{_X509}.signature.outside_validity", url, message)
        return known._replace(standing=IdentityStanding.INVALID)
    yield Status(f"{_X509}.signature.validated", url, f"{algorithm.name} signature")
    if not ACTOR_PURPOSES & (actor.purposes or frozenset()) or actor.is_ca:
        message = "the certificate is for other purposes than signing documents or mail"
        yield Status(f"{_X509}.credential.invalid", url, message)
        return known
    trust = scope.session.trust
    if actor.sha256 in trust.identity_allowed:
        yield Status(f"{_X509}.credential.trusted", url, "the actor is on the allowed list")
        return known._replace(standing=IdentityStanding.TRUSTED)
    found = find_path(
        actor,
        pool[1:],
        trust.identity_anchors,
        at=moment,
        purposes=ACTOR_PURPOSES,
        budget=scope.session.budget,
    )
    if isinstance(found, Path):
        message = f"{actor.common_name}, by an anchor of {found.anchor.source}"
        yield Status(f"{_X509}.credential.trusted", url, message)
        return known._replace(standing=IdentityStanding.TRUSTED)
    yield Status(f"{_X509}.credential.untrusted", url, found.detail)
    return known


def _signed(
    scope: Scope, sign1: Sign1, actor: Certificate, candidates: tuple[bytes, ...]
) -> bytes | None:
    """Return the candidate that the actor signed; None if no one of them is signed."""
    algorithm, key = sign1.algorithm, actor.public_key
    if algorithm is None or key is None or sign1.payload is not None:
        return None
    for payload in candidates:
        scope.session.budget.spend(actor)
        message = cose.sig_structure(sign1.protected, payload)
        if cose.verify(algorithm, key, sign1.signature, message):
            return payload
    return None


def _names(actor: Certificate) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (actor.common_name, actor.organization))))


def _check_credential(scope: Scope, made: IdentityAssertion, known: Identity) -> _Checked:
    """CAWG 1.3 §8.1: a verifiable credential, in the order of §8.1.7."""
    url = known.url
    try:
        sign1 = cose.parse(made.signature)
    except Unreadable as error:
        yield Status(f"{_ICA}.invalid_cose_sign1", url, str(error))
        return known
    if sign1.algorithm is None:
        message = f"signature algorithm {sign1.headers.get(cose.ALG)!r}"
        yield Status(f"{_ICA}.invalid_alg", url, message)
        return known
    if sign1.headers.get(3) != credentials.CONTENT_TYPE:
        message = f"content type {sign1.headers.get(3)!r}, not {credentials.CONTENT_TYPE!r}"
        yield Status(f"{_ICA}.invalid_content_type", url, message)
        return known
    try:
        credential = credentials.read(sign1.payload or b"")
    except Malformed as error:
        yield Status(f"{_ICA}.invalid_verifiable_credential", url, error.reason)
        return known
    known = known._replace(
        verifier=credential.issuer,
        identities=credential.identities,
        names=tuple(dict.fromkeys(each.name for each in credential.identities if each.name)),
    )
    problems = yield from _check_issuer(scope, sign1, credential.issuer, url)
    has_stamp = not _STAMPS.isdisjoint(sign1.unprotected)
    stamp = (yield from _check_stamp(scope, sign1, url)) if has_stamp else None
    problems = problems or (has_stamp and stamp is None)
    # Anybody can make a time stamp: one of an authority that is not trusted proves no time.
    proven = stamp.time if stamp and stamp.is_trusted else None
    for status in _check_period(credential, proven or scope.session.at, stamp, url):
        problems = True
        yield status
    if not credential.identities:
        message = "the credential names no identity"
        yield Status(f"{_ICA}.verified_identities.missing", url, message)
        problems = True
    alg = scope.claim.alg or "sha256"
    if not credentials.is_about(credential, made.payload, alg=alg):
        message = "the credential is about another asset"
        yield Status(f"{_ICA}.signer_payload.mismatch", url, message)
        problems = True
    if problems:
        return known
    unseen = "; whether it was revoked is not checked" if credential.is_revocable else ""
    yield Status(f"{_ICA}.credential_valid", url, f"{credential.issuer}{unseen}")
    known = known._replace(standing=IdentityStanding.VALID, time=proven)
    if credential.issuer.partition("#")[0] in scope.session.trust.issuers:
        return known._replace(standing=IdentityStanding.TRUSTED)
    yield Status(f"{_ICA}.untrusted_issuer", url, "the issuer is not one whom you trust")
    return known


def _check_issuer(
    scope: Scope, sign1: Sign1, issuer: str, url: str
) -> Generator[Status, None, bool]:
    """Whether the issuer's key did not sign; why, as a status."""
    if not issuer.startswith("did:"):
        yield Status(f"{_ICA}.invalid_issuer", url, f"{issuer[:200]!r} is not a DID")
        return True
    algorithm = sign1.algorithm
    try:
        scope.session.budget.take()
        issuers = scope.session.issuers
        keys = did.keys(issuer, issuers.documents(issuer) if issuers else {})
    except did.Unavailable as error:
        yield Status(f"{_ICA}.did_unavailable", url, error.reason)
        return True
    except Malformed as error:
        yield Status(f"{_ICA}.invalid_did_document", url, error.reason)
        return True
    message = cose.sig_structure(sign1.protected, sign1.payload or b"")
    scope.session.budget.take(len(keys))
    if algorithm is None or not any(
        cose.verify(algorithm, key, sign1.signature, message) for key in keys
    ):
        yield Status(f"{_ICA}.signature_mismatch", url, "the issuer did not sign this")
        return True
    return False


def _check_stamp(
    scope: Scope, sign1: Sign1, url: str
) -> Generator[Status, None, SignatureTimestamp | None]:
    """The time stamp of a credential (CAWG 1.3 §8.1.7.2); None if it is not valid."""
    checking = check_header(scope, sign1, url, signed=sign1.payload or b"")
    stamp: SignatureTimestamp | None = None
    try:
        while True:  # its codes are those of claim signatures, which CAWG has its own for
            next(checking)
    except StopIteration as end:
        stamp = end.value
    if stamp is None:
        yield Status(f"{_ICA}.time_stamp.invalid", url, "the time stamp is not about this")
        return None
    unknown = "" if stamp.is_trusted else "; it is not trusted, so the time is not proven"
    yield Status(f"{_ICA}.time_stamp.validated", url, f"{stamp.authority}{unknown}")
    return stamp


def _check_period(
    credential: credentials.Credential,
    moment: datetime,
    stamp: SignatureTimestamp | None,
    url: str,
) -> Statuses:
    # A credential that claims to begin after its own time stamp contradicts itself.
    earliest = min(moment, stamp.time) if stamp else moment
    if credential.valid_from is None:
        yield Status(f"{_ICA}.valid_from.missing", url, "the credential has no validFrom")
    elif credential.valid_from > earliest:
        begin = f"{credential.valid_from:%Y-%m-%d}"
        message = f"the credential is valid from {begin}, later than {earliest:%Y-%m-%d}"
        yield Status(f"{_ICA}.valid_from.invalid", url, message)
    if credential.valid_until is not None and credential.valid_until < moment:
        message = f"the credential was valid until {credential.valid_until:%Y-%m-%d}"
        yield Status(f"{_ICA}.valid_until.invalid", url, message)
