"""Looking up whether certificates are revoked: in lists at hand, and by asking their issuers.

The answer that a file brings with it comes first, and costs nobody a request. Nobody is asked but
about certificates of a chain that ends at an anchor of the user: then an authority that the user
trusts has chosen whom to ask. It learns that somebody looks at something that was signed with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from aidisclose import limits
from aidisclose.errors import Unreachable, Unreadable
from aidisclose.io import http
from aidisclose.trust import crl, ocsp
from aidisclose.trust.budget import Budget
from aidisclose.trust.certificate import Certificate
from aidisclose.trust.crl import RevocationList
from aidisclose.trust.ocsp import Revocation, RevocationAnswer, RevocationStanding

_OCSP_REQUEST: Final = {"Content-Type": "application/ocsp-request"}


class RevocationLookup:
    """The addresses that tell whether a certificate is revoked.

    Answers are kept, so that many files of one signer cost one request.

    Arguments:
        lists: Revocation lists at hand, in DER or PEM.
        online: Whether issuers are asked: the OCSP responder that a certificate names, or if it
            names none, for its revocation list.
        timeout: Seconds that each request may take.

    Raises:
        Malformed: A list cannot be read.
        LimitExceeded: A list is larger than `limits.CRL_SIZE`.
    """

    def __init__(
        self, lists: Iterable[bytes] = (), *, online: bool = False, timeout: float = 10.0
    ) -> None:
        self._lists = tuple(map(crl.read_file, lists))
        self._online = online
        self._timeout = timeout
        self._fetched: dict[str, bytes | str] = {}

    def check(
        self,
        certificate: Certificate,
        issuer: Certificate,
        *,
        now: datetime,
        budget: Budget,
        attested: datetime | None,
        asks: bool,
    ) -> RevocationAnswer:
        """The state of a certificate.

        Arguments:
            certificate: The certificate in question.
            issuer: The one that issued it, on a path to an anchor of the user.
            now: The time of validation.
            budget: The checks of signatures that are left.
            attested: The time of a trusted time stamp on the signature; None if there is none.
            asks: Whether issuers may be asked, if they are at all.

        Raises:
            LimitExceeded: The budget is spent.
        """
        statements = (
            crl.check(
                found,
                certificate=certificate,
                issuer=issuer,
                now=now,
                attested=attested,
                budget=budget,
            )
            for found in self._lists
        )
        # The worst counts, so that an older list cannot hide what a newer one says. A list of
        # another issuer has the lowest standing and hides nothing.
        known = max(statements, key=lambda item: item.outcome, default=None)
        if known is not None and known.outcome is not RevocationStanding.NOT_APPLICABLE:
            return RevocationAnswer(known, "a revocation list")
        if not (self._online and asks):
            return RevocationAnswer()
        # Not both: a list can have 100,000 entries, and an authority that runs a responder means
        # that one to be asked.
        asked = self._ask_responder if certificate.ocsp_urls else self._ask_list
        return asked(certificate, issuer, now, attested, budget)

    def _ask_responder(
        self,
        certificate: Certificate,
        issuer: Certificate,
        now: datetime,
        attested: datetime | None,
        budget: Budget,
    ) -> RevocationAnswer:
        # Only the first: a certificate may name thousands, and each would be a request.
        url = certificate.ocsp_urls[0]
        place = http.public(url)
        # One responder answers for many certificates, and serial numbers are unique to an issuer
        # only.
        key = f"{url} {issuer.sha256.hex()} {certificate.serial}"
        body = self._get(key, url, limits.OCSP_SIZE, ocsp.encode_request(certificate, issuer))
        if isinstance(body, str):
            return RevocationAnswer(source=place, problem=body)
        said = ocsp.check(
            body,
            certificate=certificate,
            issuer=issuer,
            now=now,
            attested=attested,
            budget=budget,
        )
        return _answer(said, place)

    def _ask_list(
        self,
        certificate: Certificate,
        issuer: Certificate,
        now: datetime,
        attested: datetime | None,
        budget: Budget,
    ) -> RevocationAnswer:
        if not certificate.crl_urls:
            return RevocationAnswer()
        url = certificate.crl_urls[0]
        place = http.public(url)
        body = self._get(url, url, limits.CRL_SIZE)
        if isinstance(body, str):
            return RevocationAnswer(source=place, problem=body)
        try:
            found: RevocationList = crl.read_file(body)
        except Unreadable as error:
            return RevocationAnswer(source=place, problem=str(error))
        said = crl.check(
            found,
            certificate=certificate,
            issuer=issuer,
            now=now,
            attested=attested,
            budget=budget,
        )
        return _answer(said, place)

    def _get(self, key: str, url: str, limit: int, body: bytes | None = None) -> bytes | str:
        """The answer of an address, or the reason why there is none."""
        found = self._fetched.get(key)
        if found is None:
            found = self._fetch(url, limit, body)
            # All at once, rather than the oldest: what is lost is a request, and a long run of
            # files of one signer has few answers.
            if len(self._fetched) >= limits.REVOCATION_ANSWERS:
                self._fetched.clear()
            # A failure is kept too, or each of 10,000 files would wait out the timeout of the same
            # dead responder.
            self._fetched[key] = found
        return found

    def _fetch(self, url: str, limit: int, body: bytes | None) -> bytes | str:
        headers = _OCSP_REQUEST if body is not None else None
        try:
            answer = http.ask(url, body=body, headers=headers, timeout=self._timeout, limit=limit)
        except Unreachable as error:
            return str(error)
        if not answer.is_success:
            return f"it answers with an error (HTTP {answer.status})"
        return answer.body


def _answer(said: Revocation, place: str) -> RevocationAnswer:
    if said.outcome is RevocationStanding.NOT_APPLICABLE:
        return RevocationAnswer(source=place, problem=said.reason)
    return RevocationAnswer(said, place)
