"""The signature of a claim: who made it, when, and whether it is good (C2PA 2.5 §14.7 to §14.9).

`check_signature` does, in this order:

(1) find the signature that the claim names, and read it;
(2) check its algorithm, and the signer's certificate against the certificate profile;
(3) look for a time stamp that proves when it was made, from an authority that the user trusts;
(4) build a chain to an anchor of the user's, as of that time, or of now if there is none;
(5) look at the revocation information that came with it;
(6) verify the signature over the claim as it stood in the file;
(7) check that it was made while the certificates were valid.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator
from datetime import UTC, datetime

from aidisclose import limits
from aidisclose.codec import cose
from aidisclose.codec.cose import Sign1
from aidisclose.errors import LimitExceeded, Unreadable
from aidisclose.manifest import uri
from aidisclose.named import NamedTuple
from aidisclose.trust import certificate as certificates
from aidisclose.trust.anchors import Anchor, ListReference, Voucher, is_for_testing
from aidisclose.trust.certificate import Certificate
from aidisclose.trust.config import TrustConfig
from aidisclose.trust.ocsp import RevocationAnswer
from aidisclose.trust.path import Rejection, RejectionReason, find_path
from aidisclose.trust.profile import SIGNER_PURPOSES, Use, violations
from aidisclose.validate.revocation import Stapled
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status, Statuses
from aidisclose.validate.timestamp import SignatureTimestamp, check_timestamp


class SignerDecision(NamedTuple):
    """The decision about the certificate of a signer, and what it rests on.

    Attributes:
        path: The certificates from the signer to an anchor, also if an authority in it was revoked;
            empty if there is no path, and for a signer of the allowed list, where none is looked
            for.
        anchor: The anchor at the end of the path.
        rejection: The reason why no path makes the signer trusted; None if one does or none is
            needed.
        violation: The first rule for signers that the certificate breaks; empty if it keeps all.
        revocations: The SHA-256 of each certificate that was looked at, and what is known about it.
    """

    path: tuple[Certificate, ...] = ()
    anchor: Anchor | None = None
    rejection: Rejection | None = None
    violation: str = ""
    revocations: tuple[tuple[bytes, RevocationAnswer], ...] = ()


class Signature(NamedTuple):
    """The facts about who signed a claim, and when.

    Attributes:
        algorithm: Its name, or None for one that is not known.
        chain: The certificates that came with it, signer first.
        signer: The signer's certificate; untrusted text in it. None if it cannot be read.
        timestamp: The time stamp, None if there is none that fits. It is not trusted if the
            signature does not hold.
        anchor: The source of the anchor that vouches for the signer, None if none does, or if the
            signature does not hold.
        has_ocsp: Whether usable revocation information came with it.
        trust_list: The published list of the anchor, if it is on one.
        voucher: The list by which the signer is trusted; None if they are not.
        claimed_time: The time at which the signer says to have signed; nothing proves it.
        path: The certificates from the signer to the anchor; empty without an anchor.
        is_broken: Whether it was checked, and is of another claim or by another key.
        decision: The decision whether the signer is trusted, and what it rests on.
    """

    algorithm: str | None = None
    chain: tuple[bytes, ...] = ()
    signer: Certificate | None = None
    timestamp: SignatureTimestamp | None = None
    anchor: str | None = None
    has_ocsp: bool = False
    trust_list: ListReference | None = None
    voucher: Voucher | None = None
    claimed_time: datetime | None = None
    path: tuple[Certificate, ...] = ()
    is_broken: bool = False
    decision: SignerDecision = SignerDecision()

    @property
    def is_test(self) -> bool:
        """Whether test credentials signed, whoever trusts them."""
        return is_for_testing(self.anchor, self.signer)

    def __repr__(self) -> str:
        stamp = f", stamped {self.timestamp.time:%Y-%m-%d}" if self.timestamp else ""
        listed = f", by {self.voucher.title}" if self.voucher else ""
        return f"<Signature {self.algorithm} of {self.signer!r}{stamp}{listed}>"


def check_signature(scope: Scope) -> Generator[Status, None, Signature | None]:
    """The signature of one manifest; returns what is known of it, None if it cannot be read."""
    url = scope.manifest.url(uri.SIGNATURE)
    # (1)
    try:
        content = _locate(scope)
        if content is None:
            message = f"no signature at {scope.claim.signature}"
            yield Status("claimSignature.missing", url, message)
            return None
        sign1 = cose.parse(content, values=scope.manifest.values)
        chain = _certificates(scope, sign1)
    except Unreadable as error:
        yield Status("claimSignature.mismatch", url, f"the signature cannot be read: {error}")
        return None
    # C2PA 2.2 §13.2.3: the payload is detached, `nil` in its place.
    if sign1.payload is not None:
        # Of two payloads, one attached and one detached, readers would choose differently.
        yield Status("claimSignature.mismatch", url, "the signature carries its own payload")
        return None
    if not sign1.is_padding_blank:
        # Nothing covers it. An offset elsewhere in the file may lead here, to other content than
        # the one that was signed (C2PA 2.5 §14.12.1: zeros in clearly marked pad fields).
        message = "the padding of the signature holds something else than zeros"
        yield Status("claimSignature.mismatch", url, message)
        return None
    # (2) From the protected header only (RFC 9052 §3.1): one that is not signed could be exchanged
    # for a weaker one.
    algorithm = sign1.algorithm
    if algorithm is None:
        message = f"signature algorithm {sign1.headers.get(cose.ALG)!r}"
        yield Status("algorithm.unsupported", url, message)
    try:
        pool = tuple(certificates.load(item) for item in chain)
    except Unreadable as error:
        yield Status("signingCredential.invalid", url, f"a certificate cannot be read: {error}")
        return Signature(algorithm=algorithm.name if algorithm else None, chain=chain)
    if not pool:
        yield Status("signingCredential.invalid", url, "the signature names no certificate")
        return Signature(algorithm=algorithm.name if algorithm else None)
    signer, trust = pool[0], scope.session.trust
    use = Use.ALLOWED if trust.allows(signer) else Use.SIGNER
    broken = violations(signer, use=use)
    if broken:
        yield Status("signingCredential.invalid", url, str(broken[0]))
    # (3)
    timestamp = yield from check_timestamp(scope, sign1, url)
    # An untrusted stamp proves nothing: an expired certificate could be used again with a self-made
    # one.
    proven = timestamp.time if timestamp and timestamp.is_trusted else None
    moment = proven or scope.session.at
    # (4)
    stapled = Stapled(scope, sign1, proven)
    decision = yield from _check_trust(scope, pool, stapled, moment, url, is_broken=bool(broken))
    path = decision.path if decision.rejection is None else ()
    anchor = decision.anchor if path else None
    # (5)
    issuers = path or pool
    has_ocsp = yield from stapled.check(issuers, url, is_path=bool(path))
    # (6), (7)
    key = signer.public_key
    signed = cose.sig_structure(sign1.protected, scope.manifest.claim_content)
    holds = False
    if algorithm is not None:
        # A check of a signature with a large RSA key takes milliseconds, and a store can have
        # thousands of manifests.
        scope.session.budget.spend(signer)
        # Verified whatever was found about the certificate, so that all faults are said at once;
        # only this code says that it holds.
        holds = key is not None and cose.verify(algorithm, key, sign1.signature, signed)
        if holds:
            yield Status("claimSignature.validated", url, f"{algorithm.name} signature")
            status = _check_validity(decision, signer, moment, url)
            yield status._replace(explanation=_with_stamp(status, signer, timestamp))
            yield from _check_claimed_time(sign1, issuers if path else (signer,), proven, url)
        elif key is None:
            message = "the key of the certificate is of a kind that is not allowed"
            yield Status("claimSignature.mismatch", url, message)
        else:
            yield Status("claimSignature.mismatch", url, "the claim was changed after signing")
    if not holds:
        # Anybody can copy a signature with its chain and its time stamp: of this claim they prove
        # nothing, and nobody vouches for it.
        path, anchor, trust = (), None, TrustConfig.none()
        timestamp = timestamp.distrusted() if timestamp else None
    return Signature(
        algorithm=algorithm.name if algorithm else None,
        chain=chain,
        signer=signer,
        timestamp=timestamp,
        anchor=anchor.source if anchor else None,
        has_ocsp=has_ocsp,
        trust_list=anchor.trust_list if anchor else None,
        voucher=anchor.voucher if anchor else None if _disorder(pool) else trust.voucher(signer),
        # Shown, and used for nothing: who signs writes what they like.
        claimed_time=_claimed_time(sign1),
        path=path,
        is_broken=not holds and algorithm is not None and key is not None,
        decision=decision._replace(
            violation=str(broken[0]) if broken else "", revocations=tuple(stapled.answers.items())
        ),
    )


def _locate(scope: Scope) -> bytes | None:
    """The content of the signature box, which the claim must name, of the same manifest.

    The box is the one that references from other manifests are compared with (C2PA 2.5
    §14.11.3.3.1): a claim that names another would be verified by one and compared by the other.
    """
    target = uri.parse(scope.claim.signature)
    if target is None or target.manifest not in (None, scope.manifest.label):
        return None
    return scope.manifest.signature_content if target.path == (uri.SIGNATURE,) else None


def _certificates(scope: Scope, sign1: Sign1) -> tuple[bytes, ...]:
    chain = sign1.certificates
    if not chain and scope.claim.version == 1:
        # Signed by whoever holds the key, but the certificate could have been exchanged for
        # another with the same key; C2PA 1.x permitted it, newer claims must not do it.
        chain = sign1.unprotected_certificates
    if len(chain) > limits.CERTIFICATES:
        raise LimitExceeded(f"{len(chain)} certificates")
    return chain


def _check_trust(
    scope: Scope,
    pool: tuple[Certificate, ...],
    stapled: Stapled,
    moment: datetime,
    url: str,
    *,
    is_broken: bool,
) -> Generator[Status, None, SignerDecision]:
    trust = scope.session.trust
    if problem := _disorder(pool):
        yield Status("signingCredential.untrusted", url, problem)
        return SignerDecision(rejection=Rejection(RejectionReason.NO_ANCHOR, problem, pool[0]))
    if voucher := trust.voucher(pool[0]):
        listed = voucher.name or voucher.title
        message = f"the signer is on the allowed list ({listed})"
        yield Status("signingCredential.trusted", url, message)
        return SignerDecision()
    found = find_path(
        pool[0],
        pool[1:],
        trust.anchors,
        at=moment,
        purposes=trust.purposes,
        usual=SIGNER_PURPOSES,
        budget=scope.session.budget,
    )
    if isinstance(found, Rejection):
        yield Status("signingCredential.untrusted", url, found.detail)
        return SignerDecision(rejection=found)
    if revoked := stapled.find_revoked(found):
        # C2PA 2.5 §14.9: a revoked authority makes the signer untrusted, not revoked.
        yield Status("signingCredential.untrusted", url, revoked.detail)
        return SignerDecision(found.certificates, found.anchor, revoked)
    if is_broken:
        # The chain is good, but it must not make a certificate trusted that may not sign.
        yield Status("signingCredential.untrusted", url, "the certificate may not sign claims")
        return SignerDecision(found.certificates, found.anchor)
    message = f"{pool[0].common_name}, by an anchor of {found.anchor.source}"
    yield Status("signingCredential.trusted", url, message)
    return SignerDecision(found.certificates, found.anchor)


def _disorder(chain: tuple[Certificate, ...]) -> str:
    """The disorder of a chain; empty if it is in order.

    RFC 9360 §2: each certificate certifies the one before it, and C2PA 2.5 §14.2 forbids to repeat
    one. What stands elsewhere is a second credential, which some reader may take for the first.
    """
    for below, above in itertools.pairwise(chain):
        if below.issuer != above.subject:
            return f"{above.common_name!r} in the chain did not issue {below.common_name!r}"
    return "a certificate stands twice in the chain" if len(set(chain)) < len(chain) else ""


def _check_claimed_time(
    sign1: Sign1, certificates: tuple[Certificate, ...], proven: datetime | None, url: str
) -> Statuses:
    """The time that the signer names (C2PA 2.5 §14.8.3); it proves nothing."""
    if sign1.claimed_time is None:
        return
    claimed = _claimed_time(sign1)
    if claimed is None:
        yield Status("timeOfSigning.outsideValidity", url, "the claimed time is out of range")
        return
    below = certificates[:-1] or certificates
    if all(item.is_valid_at(claimed) for item in below) and (proven is None or claimed <= proven):
        yield Status("timeOfSigning.insideValidity", url, f"{claimed:%Y-%m-%d %H:%M}")
    else:
        message = f"{claimed:%Y-%m-%d %H:%M} is later than the time stamp, or no certificate's time"
        yield Status("timeOfSigning.outsideValidity", url, message)


def _claimed_time(sign1: Sign1) -> datetime | None:
    """The time that the signer names; None if there is none in the range of dates."""
    if sign1.claimed_time is None:
        return None
    try:
        return datetime.fromtimestamp(sign1.claimed_time, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _check_validity(
    decision: SignerDecision, signer: Certificate, moment: datetime, url: str
) -> Status:
    """Whether the signer and the authorities below the anchor were valid.

    A path was found for this moment, or it says why not. Without one the signer alone is judged:
    nobody says that the rest of what came with it belongs to it.
    """
    rejection = decision.rejection
    if rejection is not None and rejection.reason is RejectionReason.OUTSIDE_VALIDITY:
        return Status("claimSignature.outsideValidity", url, rejection.detail)
    if not signer.is_valid_at(moment):
        return Status("claimSignature.outsideValidity", url, signer.lapse(moment))
    return Status("claimSignature.insideValidity", url)


def _with_stamp(status: Status, signer: Certificate, stamp: SignatureTimestamp | None) -> str:
    """The explanation of an expired signer, with the time stamp that would show otherwise."""
    if status.code != "claimSignature.outsideValidity" or stamp is None:
        return status.explanation
    if stamp.is_trusted:
        return f"{status.explanation}, and it was signed by {stamp.time:%Y-%m-%d %H:%M}"
    if stamp.is_early or not signer.is_valid_at(stamp.time):
        return status.explanation
    said = f"its time stamp of {stamp.time:%Y-%m-%d} is by {stamp.authority!r}"
    return f"{status.explanation}; {said}, whom you do not trust"
