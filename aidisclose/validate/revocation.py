"""Revocation of the signer's certificate, and of the authorities above it (C2PA 2.5 §14.9)."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime
from itertools import pairwise
from typing import Final

from aidisclose import limits
from aidisclose.codec.cose import Sign1
from aidisclose.errors import LimitExceeded
from aidisclose.trust import certificate as certificates
from aidisclose.trust.certificate import Certificate
from aidisclose.trust.ocsp import Responses, RevocationAnswer, RevocationStanding
from aidisclose.trust.path import Path, Rejection, RejectionReason
from aidisclose.trust.signature import Check
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status

_STAPLED: Final = "rVals"
#: Where responses in the store come from: what is stapled first, then what manifests brought.
_PLACES: Final = ("the signature", "a later manifest")
_CODES: Final = {
    RevocationStanding.GOOD: "signingCredential.ocsp.notRevoked",
    # Revoked since, but not yet when it signed: the signature stays good.
    RevocationStanding.REVOKED_LATER: "signingCredential.ocsp.notRevoked",
    # Informational: a responder that does not know a certificate has not said that it was revoked
    # (RFC 6960 §2.2).
    RevocationStanding.UNKNOWN: "signingCredential.ocsp.unknown",
    RevocationStanding.REVOKED: "signingCredential.ocsp.revoked",
}


class Stapled:
    """The statements of OCSP responses in the store about the certificates of one signature.

    They are stapled to the signature, or a manifest brought them. Where they say nothing about a
    certificate of a path, the session may look elsewhere.

    Arguments:
        scope: The manifest.
        sign1: Its signature.
        proven: The time at which it was signed, if a trusted time stamp says so.

    Raises:
        LimitExceeded: There are too many to look at.
    """

    def __init__(self, scope: Scope, sign1: Sign1, proven: datetime | None) -> None:
        self._session = scope.session
        self._proven = proven
        self._sources = (Responses(stapled(sign1)), scope.session.evidence.responses)
        #: What was found about each certificate that was looked at, by its SHA-256.
        self.answers: dict[bytes, RevocationAnswer] = {}
        if any(source.is_cut for source in self._sources):
            most = limits.OCSP_TOTAL
            raise LimitExceeded(f"more than {most} bytes of revocation information")

    def find_revoked(self, path: Path) -> Rejection | None:
        """The first authority of a path that was revoked, as why the path does not hold.

        The anchor is not looked at: it is trusted because the user says so.
        """
        # Without the signer, about whom `check` reports by codes of their own.
        for authority, issuer in pairwise(path.certificates[1:]):
            found = self._about(authority, issuer, looks=True).revocation
            if found is not None and found.outcome is RevocationStanding.REVOKED:
                detail = f"the authority {authority.common_name!r} was {found.reason}"
                return Rejection(RejectionReason.REVOKED, detail, authority)
        return None

    def check(
        self, chain: tuple[Certificate, ...], url: str, *, is_path: bool = False
    ) -> Generator[Status, None, bool]:
        """Report the status of the signer's certificate; returns whether a response could be used.

        Arguments:
            chain: The signer's certificate and others; without its issuer no response can be
                judged.
            url: The URL that statuses point to.
            is_path: Whether the chain ends at an anchor. Otherwise nobody is asked: a forger would
                choose whom.
        """
        # By signature, not by name alone: a response is bound to the hash of its issuer's key (RFC
        # 6960 §4.1.1).
        issuer = next((item for item in chain[1:] if _issued(chain[0], item)), None)
        answer = RevocationAnswer()
        if issuer is not None:
            answer = self._about(chain[0], issuer, looks=is_path)
        found = answer.revocation
        if found is None or found.outcome is RevocationStanding.NOT_APPLICABLE:
            if answer.problem:
                message = f"{answer.source}: {answer.problem}"
                yield Status("signingCredential.ocsp.inaccessible", url, message)
                return False
            problems = (source.problem for source in self._sources if source.problem)
            reason = next(problems, "no revocation information about the signer")
            yield Status("signingCredential.ocsp.skipped", url, found.reason if found else reason)
            return False
        elsewhere = answer.source if answer.source not in _PLACES else ""
        said = " by ".join(filter(None, (found.reason, elsewhere)))
        yield Status(_CODES[found.outcome], url, said)
        return True

    def _about(
        self, certificate: Certificate, issuer: Certificate, *, looks: bool
    ) -> RevocationAnswer:
        answer = self._worst(certificate, issuer, looks=looks)
        self.answers[certificate.sha256] = answer
        return answer

    def _worst(
        self, certificate: Certificate, issuer: Certificate, *, looks: bool
    ) -> RevocationAnswer:
        """The worst that is known about a certificate, and from where.

        Lists that the user has at hand count besides what the file brings: a forger would bring an
        older answer.
        """
        session = self._session
        brought = [
            RevocationAnswer(said, place)
            for place, source in zip(_PLACES, self._sources, strict=True)
            if (
                said := source.check(
                    certificate,
                    issuer,
                    now=session.at,
                    attested=self._proven,
                    budget=session.budget,
                )
            )
        ]
        known = max(brought, key=_weight, default=RevocationAnswer())
        found = known.revocation
        lookup = session.trust.revocation
        if not looks or lookup is None:
            return known
        answer = lookup.check(
            certificate,
            issuer,
            now=session.at,
            attested=self._proven,
            budget=session.budget,
            asks=found is None or found.outcome is RevocationStanding.NOT_APPLICABLE,
        )
        if answer.revocation is None:
            return answer if answer.problem else known
        # The worse of the two.
        return max(known, answer, key=_weight)


def _weight(answer: RevocationAnswer) -> int:
    return answer.revocation.outcome if answer.revocation else -1


def _issued(certificate: Certificate, issuer: Certificate) -> bool:
    return certificate.issuer == issuer.subject and (
        certificates.is_issued_by(certificate, issuer) is Check.GOOD
    )


def stapled(sign1: Sign1) -> list[bytes]:
    """The OCSP responses in the header of a signature; they are not looked at."""
    value = sign1.unprotected.get(_STAPLED)
    found = value.get("ocspVals") if isinstance(value, dict) else None
    items = found if isinstance(found, list) else []
    return [item for item in items if isinstance(item, bytes)]
