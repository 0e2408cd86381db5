"""Identity assertions with a credential of who aggregates identity claims (CAWG 1.3 §8.1)."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime
from typing import Final

from aidisclose.codec import cose
from aidisclose.codec.cose import Sign1
from aidisclose.errors import Malformed, Unreadable
from aidisclose.identity import credential as credentials
from aidisclose.identity import did, status_list
from aidisclose.identity.assertion import IdentityAssertion
from aidisclose.identity.credential import Credential
from aidisclose.validate.identity import Identity, IdentityCheck, IdentityStanding
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status, Statuses
from aidisclose.validate.timestamp import SignatureTimestamp, check_countersignature

_ICA: Final = "cawg.ica"
_REVOKED: Final = "cawg.ica.credential.revoked"
_NOT_REVOKED: Final = "cawg.ica.credential.not_revoked"
#: The time stamp of C2PA 2; one of version 1 is passed over (§8.1.7.2).
_STAMP: Final = "sigTst2"


def check_credential(
    scope: Scope, made: IdentityAssertion, known: Identity, claimed: datetime | None
) -> IdentityCheck:
    """Check a verifiable credential, in the order of §8.1.7.

    Arguments:
        scope: The manifest.
        made: The assertion.
        known: The facts about the actor that are known so far.
        claimed: The signing time of the claim, if a trusted time stamp says it.
    """
    url = known.url
    try:
        sign1 = cose.parse(made.signature, values=scope.manifest.values)
    except Unreadable as error:
        yield Status(f"{_ICA}.invalid_cose_sign1", url, str(error))
        return known
    if sign1.algorithm is None:
        message = f"signature algorithm {sign1.headers.get(cose.ALG)!r}"
        yield Status(f"{_ICA}.invalid_alg", url, message)
        return known
    # Label 3 is the content type (RFC 9052 §3.1).
    if sign1.headers.get(3) != credentials.CONTENT_TYPE:
        message = f"content type {sign1.headers.get(3)!r}, not {credentials.CONTENT_TYPE!r}"
        yield Status(f"{_ICA}.invalid_content_type", url, message)
        return known
    try:
        credential = credentials.read(sign1.payload or b"", values=scope.manifest.values)
    except Malformed as error:
        yield Status(f"{_ICA}.invalid_verifiable_credential", url, error.reason)
        return known
    known = known._replace(
        verifier=credential.issuer,
        identities=credential.identities,
        names=tuple(dict.fromkeys(each.name for each in credential.identities if each.name)),
    )
    is_signed = yield from _check_issuer(scope, sign1, credential.issuer, url)
    problems = is_signed is False
    has_stamp = _STAMP in sign1.unprotected
    stamp = (yield from _check_stamp(scope, sign1, url)) if has_stamp else None
    problems = problems or (has_stamp and stamp is None)
    # Anybody can make a time stamp: one of an authority that is not trusted proves no time.
    proven = stamp.time if stamp and stamp.is_trusted else claimed
    times = [scope.session.at, *filter(None, (claimed, proven))]
    for status in (
        *_check_period(credential, times, stamp, url),
        *_check_content(scope, credential, made, url),
    ):
        problems = True
        yield status
    if problems:
        return known
    if is_signed is None:
        return known._replace(standing=IdentityStanding.UNKNOWN)
    known = known._replace(standing=IdentityStanding.VALID, time=proven)
    if credential.statuses is not None:
        status = _revocation(scope, credential, credential.statuses, url)
        yield status
        if status.code == _REVOKED:
            return known._replace(standing=IdentityStanding.INVALID)
        if status.code != _NOT_REVOKED:
            # A failed look-up is not a reason to call the signature bad, nor to rely on it.
            return known
    yield Status(f"{_ICA}.credential_valid", url, credential.issuer)
    if credential.issuer.partition("#")[0] in scope.session.trust.issuers:
        return known._replace(standing=IdentityStanding.TRUSTED)
    yield Status(f"{_ICA}.untrusted_issuer", url, "the issuer is not one whom you trust")
    return known


def _check_content(
    scope: Scope, credential: Credential, made: IdentityAssertion, url: str
) -> Statuses:
    """Check that the credential is about this asset, and names somebody as it must."""
    alg = scope.claim.alg or "sha256"
    if not credentials.is_about(credential, made.payload, alg=alg):
        message = "the credential is about another asset"
        yield Status(f"{_ICA}.signer_payload.mismatch", url, message)
    if not credential.identities:
        message = "the credential names no identity"
        yield Status(f"{_ICA}.verified_identities.missing", url, message)
    for defect in credentials.defects(credential):
        # One defect decides; a list of them would repeat a hostile credential in the report.
        yield Status(f"{_ICA}.verified_identities.invalid", url, defect)
        break


def _revocation(
    scope: Scope, credential: Credential, statuses: tuple[dict[object, object], ...], url: str
) -> Status:
    """Whether the credential was revoked, as its issuer says in status lists (§8.1.7.3)."""
    listed = [each for each in statuses if each.get("type") == status_list.ENTRY]
    if not listed or len(listed) < len(statuses):
        message = "nothing is known of the way to find out whether the credential was revoked"
        return Status(f"{_ICA}.revocation.unsupported", url, message)
    issuers = scope.session.issuers
    if issuers is None:
        message = "whether the credential was revoked is not looked up"
        return Status(f"{_ICA}.revocation.unavailable", url, message)
    try:
        for each in map(status_list.entry, listed):
            found = issuers.status_list(each.address)
            # Anybody could publish a list in which nothing is revoked.
            issuer = credential.issuer.partition("#")[0]
            if found.issuer != issuer:
                raise Malformed("the status list is of another issuer")
            keys = did.keys(issuer, issuers.documents(issuer))
            scope.session.budget.take(len(keys))
            if not found.is_signed(keys):
                raise Malformed("the issuer did not sign the status list")
            if found.is_revoked(each, at=scope.session.at):
                return Status(_REVOKED, url, f"{issuer} has revoked the credential")
    except Malformed as error:
        return Status(f"{_ICA}.revocation.unavailable", url, error.reason)
    return Status(_NOT_REVOKED, url)


def _check_issuer(
    scope: Scope, sign1: Sign1, issuer: str, url: str
) -> Generator[Status, None, bool | None]:
    """Whether the issuer signed; None if the keys of the issuer cannot be had."""
    if not issuer.startswith("did:"):
        yield Status(f"{_ICA}.invalid_issuer", url, f"{issuer[:200]!r} is not a DID")
        return False
    algorithm, issuers = sign1.algorithm, scope.session.issuers
    try:
        scope.session.budget.take()
        keys = did.keys(issuer, issuers.documents(issuer) if issuers else {})
    except did.UnknownMethod as error:
        yield Status(f"{_ICA}.did_unsupported_method", url, error.reason)
        return None
    except did.Unavailable as error:
        if issuers is None:
            message = "documents of issuers are not fetched"
            yield Status("cawg.identity.network_traffic_blocked", url, message)
        yield Status(f"{_ICA}.did_unavailable", url, error.reason)
        return None
    except Malformed as error:
        yield Status(f"{_ICA}.invalid_did_document", url, error.reason)
        return False
    signed = cose.sig_structure(sign1.protected, sign1.payload or b"")
    scope.session.budget.take(len(keys))
    if algorithm is None or not any(
        cose.verify(algorithm, key, sign1.signature, signed) for key in keys
    ):
        yield Status(f"{_ICA}.signature_mismatch", url, "the issuer did not sign this")
        return False
    return True


def _check_stamp(
    scope: Scope, sign1: Sign1, url: str
) -> Generator[Status, None, SignatureTimestamp | None]:
    """The time stamp of a credential (CAWG 1.3 §8.1.7.2); None if it is not valid."""
    checking = check_countersignature(scope, sign1, url)
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
    credential: Credential, times: list[datetime], stamp: SignatureTimestamp | None, url: str
) -> Statuses:
    """Check that it counts now, and counted whenever something was stamped (§8.1.7.2)."""
    # A credential that claims to begin after its own time stamp contradicts itself.
    earliest = min([*times, stamp.time] if stamp else times)
    if credential.valid_from is None:
        yield Status(f"{_ICA}.valid_from.missing", url, "the credential has no validFrom")
    elif credential.valid_from > earliest:
        begin = f"{credential.valid_from:%Y-%m-%d}"
        message = f"the credential is valid from {begin}, later than {earliest:%Y-%m-%d}"
        yield Status(f"{_ICA}.valid_from.invalid", url, message)
    if credential.valid_until is not None and credential.valid_until < max(times):
        message = f"the credential was valid until {credential.valid_until:%Y-%m-%d}"
        yield Status(f"{_ICA}.valid_until.invalid", url, message)
