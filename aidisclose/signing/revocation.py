"""OCSP responses about the signer's certificates, fetched to be stapled to signatures.

A verifier then knows, without asking anybody, that the certificate was good when it signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from aidisclose import limits
from aidisclose.errors import SigningError, Unreachable
from aidisclose.io import http
from aidisclose.named import NamedTuple
from aidisclose.signing.signer import Signer
from aidisclose.trust import ocsp
from aidisclose.trust.budget import Budget
from aidisclose.trust.certificate import Certificate, is_issued_by, load
from aidisclose.trust.config import TrustConfig
from aidisclose.trust.ocsp import RevocationStanding
from aidisclose.trust.signature import Check

_REQUEST: Final = {"Content-Type": "application/ocsp-request"}


class Stapling(NamedTuple):
    """The result of asking for the status of certificates.

    Attributes:
        responses: OCSPResponses that say that a certificate is good, DER, the signer's first.
        problems: The reasons why there is none for a certificate, a line for each.
    """

    responses: tuple[bytes, ...] = ()
    problems: tuple[str, ...] = ()


class _Unusable(Exception):
    """An answer that must not be stapled."""


def fetch_ocsp(
    signer: Signer,
    *,
    trust: TrustConfig | None = None,
    at: datetime | None = None,
    timeout: float = 10.0,
) -> Stapling:
    """OCSP responses for `sign`, from where the certificates say (C2PA 2.5 §13.5.2).

    Asked is about the signer's certificate and about those of its issuers that name a responder;
    a response is used only if it says that the certificate is good. They may be used for several
    files; a response says itself for how long it counts, mostly some days.

    Arguments:
        signer: The signer whose certificates are asked about.
        trust: The choice of whom to trust, in which the issuer of the last certificate is found.
        at: The time that counts as now, with time zone.
        timeout: Seconds that each responder may take.

    Raises:
        SigningError: A certificate is revoked.
    """
    return fetch_status(signer.chain, trust=trust, at=at, timeout=timeout)


def fetch_status(
    certificates: Sequence[bytes],
    *,
    trust: TrustConfig | None = None,
    at: datetime | None = None,
    timeout: float = 10.0,
) -> Stapling:
    """As `fetch_ocsp`, about a chain of certificates in DER, the signer's first."""
    now = at or datetime.now(UTC)
    chain = [load(each) for each in certificates]
    listed = (*trust.anchors, *trust.identity_anchors) if trust else ()
    anchors = [anchor.certificate for anchor in listed]
    responses: list[bytes] = []
    problems: list[str] = []
    for certificate, issuer in _pairs(chain, anchors):
        try:
            responses.append(_ask(certificate, issuer, now, timeout))
        except (_Unusable, Unreachable) as error:
            url = "".join(f" from {http.public(url)}" for url in certificate.ocsp_urls[:1])
            problems.append(f"no OCSP response about {certificate.common_name!r}{url}: {error}")
    return Stapling(tuple(responses), tuple(problems))


def _pairs(
    chain: Sequence[Certificate], anchors: Sequence[Certificate]
) -> Iterator[tuple[Certificate, Certificate | None]]:
    """The signer's certificate, and those that name a responder, each with its issuer if known."""
    top = chain[-1]
    above = next((each for each in anchors if is_issued_by(top, each) is Check.GOOD), None)
    for certificate, issuer in pairwise((*chain, above)):
        if certificate is not None and (certificate == chain[0] or certificate.ocsp_urls):
            yield certificate, issuer


def _ask(
    certificate: Certificate, issuer: Certificate | None, now: datetime, timeout: float
) -> bytes:
    if not certificate.ocsp_urls:
        raise _Unusable("the certificate names no responder")
    if issuer is None:
        raise _Unusable("its issuer is neither in the chain nor among the trust anchors")
    body = ocsp.encode_request(certificate, issuer)
    # The first only: RFC 5280 §4.2.2.1 permits several, and a batch should not wait for each of
    # them.
    url = certificate.ocsp_urls[0]
    answer = http.ask(url, body=body, headers=_REQUEST, timeout=timeout, limit=limits.OCSP_SIZE)
    if not answer.is_success:
        raise _Unusable(f"it answers with an error (HTTP {answer.status})")
    # Judged as a validator will: an answer about another serial number, or by somebody else, would
    # make a signature that every reader complains about.
    found = ocsp.check(
        answer.body, certificate=certificate, issuer=issuer, now=now, attested=None, budget=Budget()
    )
    # An error, not a warning: what a revoked certificate signs no validator will ever accept.
    if found.outcome is RevocationStanding.REVOKED:
        raise SigningError(f"the certificate {certificate.common_name!r} was {found.reason}")
    if found.outcome is not RevocationStanding.GOOD:
        raise _Unusable(found.reason)
    return answer.body
