"""Identity assertions that are signed with a certificate (CAWG 1.3 §8.2)."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from typing import Final

from aidisclose import limits
from aidisclose.codec import cose
from aidisclose.codec.cose import Sign1
from aidisclose.errors import LimitExceeded, Unreadable
from aidisclose.identity.assertion import IdentityAssertion
from aidisclose.trust import certificate as certificates
from aidisclose.trust.certificate import Certificate
from aidisclose.trust.path import Path, find_path
from aidisclose.trust.profile import ACTOR_PURPOSES, Use, violations
from aidisclose.validate.identity import Identity, IdentityCheck, IdentityStanding
from aidisclose.validate.revocation import Stapled
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status, Statuses
from aidisclose.validate.timestamp import SignatureTimestamp, check_countersignature

_X509: Final = "cawg.x509"
#: The time stamp of C2PA 1.x, which identity assertions must not have.
_OLD_STAMP: Final = "sigTst"
_STAMP: Final = "sigTst2"
#: What the codes about signatures of claims are called about those of actors.
_STAMPS: Final = {
    "timeStamp.validated": f"{_X509}.time_stamp.validated",
    "timeStamp.trusted": f"{_X509}.time_stamp.trusted",
    "timeStamp.malformed": f"{_X509}.time_stamp.malformed",
    "timeStamp.mismatch": f"{_X509}.time_stamp.mismatch",
    "timeStamp.untrusted": f"{_X509}.time_stamp.untrusted",
    "timeStamp.outsideValidity": f"{_X509}.time_stamp.outside_validity",
    "timeStamp.credentialInvalid": f"{_X509}.time_stamp.credential_invalid",
}
_REVOKED: Final = "cawg.identity.credential_revoked"
_OCSP: Final = {
    "signingCredential.ocsp.notRevoked": f"{_X509}.ocsp.not_revoked",
    "signingCredential.ocsp.inaccessible": f"{_X509}.ocsp.inaccessible",
    "signingCredential.ocsp.skipped": f"{_X509}.ocsp.skipped",
    "signingCredential.ocsp.unknown": f"{_X509}.ocsp.unknown",
    "signingCredential.ocsp.revoked": _REVOKED,
}


def check_actor(
    scope: Scope, made: IdentityAssertion, known: Identity, claimed: datetime | None
) -> IdentityCheck:
    """Check a COSE signature with a certificate.

    Arguments:
        scope: The manifest.
        made: The assertion.
        known: The facts about the actor that are known so far.
        claimed: The signing time of the claim, if a trusted time stamp says it. It covers the
            assertion, and counts if that has no time stamp of its own.
    """
    url = known.url
    try:
        sign1 = cose.parse(made.signature, values=scope.manifest.values)
        chain = sign1.certificates
        if len(chain) > limits.CERTIFICATES:
            raise LimitExceeded(f"{len(chain)} certificates")
        pool = tuple(map(certificates.load, chain))
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
        return known._replace(standing=IdentityStanding.UNKNOWN)
    if not _has_signed(scope, sign1, actor, made.signed):
        yield Status(f"{_X509}.signature.mismatch", url, "the signature is about something else")
        return known
    stamp = yield from _check_stamp(scope, sign1, url)
    proven = (stamp.time if stamp and stamp.is_trusted else None) or claimed
    moment = proven or scope.session.at
    known = known._replace(standing=IdentityStanding.VALID, time=proven)
    if not actor.is_valid_at(moment):
        message = f"{actor.common_name} was not valid on {moment:%Y-%m-%d}"
        yield Status(f"{_X509}.signature.outside_validity", url, message)
        return known._replace(standing=IdentityStanding.INVALID)
    yield Status(f"{_X509}.signature.validated", url, f"{algorithm.name} signature")
    yield Status(f"{_X509}.signature.inside_validity", url, f"{moment:%Y-%m-%d}")
    yield from _check_claimed_time(sign1, pool, url)
    if defect := _defect(scope, actor):
        yield Status(f"{_X509}.credential.invalid", url, defect)
        return known
    return (yield from _check_trust(scope, sign1, pool, known, moment))


def _defect(scope: Scope, actor: Certificate) -> str:
    """The reason why a certificate may not sign identity assertions; empty if it may."""
    if not ACTOR_PURPOSES & (actor.purposes or frozenset()) or actor.is_ca:
        return "the certificate is for other purposes than signing documents or mail"
    is_allowed = actor.sha256 in scope.session.trust.identity_allowed
    broken = violations(actor, use=Use.ALLOWED if is_allowed else Use.SIGNER)
    return str(broken[0]) if broken else ""


def _check_trust(
    scope: Scope,
    sign1: Sign1,
    pool: tuple[Certificate, ...],
    known: Identity,
    moment: datetime,
) -> IdentityCheck:
    """Check that the certificate was not revoked, and that somebody vouches for the actor."""
    url, actor, trust = known.url, pool[0], scope.session.trust
    found = find_path(
        actor,
        pool[1:],
        trust.identity_anchors,
        at=moment,
        purposes=ACTOR_PURPOSES,
        usual=None,
        budget=scope.session.budget,
    )
    try:
        stapled = Stapled(scope, sign1, known.time)
    except LimitExceeded as error:
        # What is left unread could be the answer that says "revoked".
        yield Status(f"{_X509}.credential.untrusted", url, str(error))
        return known
    path = found if isinstance(found, Path) else None
    # The issuer is looked for among all that the signature brings.
    scope.session.budget.take(len(pool))
    chain = path.certificates if path else pool
    checking = stapled.check(chain, url, is_path=path is not None)
    for status in _renamed(checking, _OCSP):
        yield status
        if status.code == _REVOKED:
            return known._replace(standing=IdentityStanding.INVALID)
    found = (stapled.find_revoked(path) if path else None) or found
    if actor.sha256 in trust.identity_allowed:
        message = "the actor is on the allowed list"
    elif isinstance(found, Path):
        message = f"{actor.common_name}, by an anchor of {found.anchor.source}"
    else:
        yield Status(f"{_X509}.credential.untrusted", url, found.detail)
        return known
    yield Status(f"{_X509}.credential.trusted", url, message)
    return known._replace(standing=IdentityStanding.TRUSTED)


def _check_stamp(
    scope: Scope, sign1: Sign1, url: str
) -> Generator[Status, None, SignatureTimestamp | None]:
    """The time stamp of the signature; one of version 1 does not count (CAWG 1.3 §8.2)."""
    if _OLD_STAMP in sign1.unprotected and _STAMP not in sign1.unprotected:
        message = "a time stamp of version 1, which identity assertions must not have"
        yield Status(f"{_X509}.time_stamp.malformed", url, message)
    checking = check_countersignature(scope, sign1, url)
    while True:
        try:
            status = next(checking)
        except StopIteration as end:
            found: SignatureTimestamp | None = end.value
            return found
        yield _rename(status, _STAMPS)


def _renamed(statuses: Generator[Status, None, object], names: Mapping[str, str]) -> Statuses:
    for status in statuses:
        yield _rename(status, names)


def _rename(status: Status, names: Mapping[str, str]) -> Status:
    return status._replace(code=names[status.code])


def _check_claimed_time(sign1: Sign1, pool: tuple[Certificate, ...], url: str) -> Statuses:
    """The time that the actor names; it proves nothing."""
    value = sign1.claimed_time
    if value is None:
        return
    try:
        named = datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        yield Status(f"{_X509}.time_of_signing.outside_validity", url, "the time is out of range")
        return
    inside = all(each.is_valid_at(named) for each in pool)
    ending = "inside_validity" if inside else "outside_validity"
    yield Status(f"{_X509}.time_of_signing.{ending}", url, f"{named:%Y-%m-%d %H:%M}")


def _has_signed(
    scope: Scope, sign1: Sign1, actor: Certificate, candidates: tuple[bytes, ...]
) -> bool:
    """Whether the actor signed one of the candidates."""
    algorithm, key = sign1.algorithm, actor.public_key
    if algorithm is None or key is None or sign1.payload is not None:
        return False
    for payload in candidates:
        scope.session.budget.spend(actor)
        message = cose.sig_structure(sign1.protected, payload)
        if cose.verify(algorithm, key, sign1.signature, message):
            return True
    return False


def _names(actor: Certificate) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (actor.common_name, actor.organization))))
