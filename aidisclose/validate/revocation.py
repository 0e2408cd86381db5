"""Revocation of the signer's certificate (C2PA 2.5 §14.9)."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime
from typing import Final

from aidisclose import limits
from aidisclose.codec.cose import Sign1
from aidisclose.trust import certificate as certificates
from aidisclose.trust import ocsp
from aidisclose.trust.certificate import Certificate
from aidisclose.trust.ocsp import Outcome
from aidisclose.trust.signature import Check
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status

_STAPLED: Final = "rVals"
_CODES: Final = {
    Outcome.GOOD: "signingCredential.ocsp.notRevoked",
    # Revoked since, but not yet when it signed: the signature stays good.
    Outcome.REVOKED_LATER: "signingCredential.ocsp.notRevoked",
    Outcome.UNKNOWN: "signingCredential.ocsp.unknown",
    Outcome.REVOKED: "signingCredential.ocsp.revoked",
}


def check_revocation(
    scope: Scope,
    sign1: Sign1,
    chain: tuple[Certificate, ...],
    proven: datetime | None,
    url: str,
) -> Generator[Status, None, bool]:
    """What OCSP responses in the store say about a signer; returns whether one could be used.

    They are stapled to the signature, or a manifest brought them.

    Arguments:
        scope: The manifest.
        sign1: Its signature.
        chain: The signer's certificate and others; without its issuer no response can be judged.
        proven: When it was signed, if a trusted time stamp says so.
        url: Where statuses point.
    """
    issuer = next((item for item in chain[1:] if _issued(chain[0], item)), None)
    found = [
        ocsp.check(
            response,
            certificate=chain[0],
            issuer=issuer,
            now=scope.session.at,
            attested=proven,
            budget=scope.session.budget,
        )
        for response in (*_responses(sign1), *scope.session.evidence.ocsp_responses)
        if issuer is not None
    ]
    best = max(found, key=lambda item: item.outcome, default=None)
    if best is None or best.outcome is Outcome.NOT_APPLICABLE:
        reason = best.reason if best else "no revocation information was fetched"
        yield Status("signingCredential.ocsp.skipped", url, reason)
        return False
    yield Status(_CODES[best.outcome], url, best.reason)
    return True


def _issued(certificate: Certificate, issuer: Certificate) -> bool:
    return certificate.issuer == issuer.subject and (
        certificates.is_issued_by(certificate, issuer) is Check.GOOD
    )


def _responses(sign1: Sign1) -> list[bytes]:
    value = sign1.unprotected.get(_STAPLED)
    found = value.get("ocspVals") if isinstance(value, dict) else None
    items = found if isinstance(found, list) else []
    return [item for item in items if isinstance(item, bytes)][: limits.OCSP_RESPONSES]
