"""OCSP (RFC 6960): asking whether a certificate is revoked, and what stored responses say."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import islice
from typing import Final

from aidisclose import limits
from aidisclose.codec import der
from aidisclose.errors import LimitExceeded, Malformed, Unreadable
from aidisclose.frozen import dataclass
from aidisclose.named import NamedTuple
from aidisclose.trust.budget import Budget
from aidisclose.trust.certificate import (
    Certificate,
    Extension,
    is_issued_by,
    load,
    read_extensions,
)
from aidisclose.trust.profile import Use, violations
from aidisclose.trust.signature import DIGESTS, AlgorithmIdentifier, Check, read_algorithm, verify

_BASIC: Final = "1.3.6.1.5.5.7.48.1.1"

#: How certificates are identified; SHA-1 is what almost every responder uses, and no signature.
_SHA1: Final = "1.3.14.3.2.26"
_DIGESTS: Final = {_SHA1: "sha1", **DIGESTS}

#: CRLReason (RFC 5280 §5.3.1): the two that are not for good.
CERTIFICATE_HOLD: Final = 6
REMOVE_FROM_CRL: Final = 8

_INVALIDITY_DATE: Final = "2.5.29.24"

#: For how long a response counts that does not say so itself (C2PA 2.2 §15.9.1).
_DEFAULT_VALIDITY: Final = timedelta(hours=24)


class RevocationStanding(IntEnum):
    """The statement of a response; of several answers in one, the highest counts."""

    NOT_APPLICABLE = 0
    UNKNOWN = 1
    GOOD = 2
    REVOKED_LATER = 3
    REVOKED = 4


@dataclass(frozen=True, kw_only=True)
class Revocation:
    """The statement of one OCSP response about one certificate.

    Attributes:
        outcome: GOOD: not revoked when it signed. REVOKED: revoked by then. REVOKED_LATER: revoked,
            but only after the attested time. UNKNOWN: the responder does not know it.
            NOT_APPLICABLE: the response says nothing about it, or cannot be relied on.
        reason: The same for a person, on one line; empty for GOOD.
        this_update: The time as of which the answer is known to be right, if there is one.
        revoked_at: The time at which it was revoked, if it was.
    """

    outcome: RevocationStanding
    reason: str = ""
    this_update: datetime | None = None
    revoked_at: datetime | None = None


class RevocationAnswer(NamedTuple):
    """The result of looking up one certificate.

    Attributes:
        revocation: The statement about the certificate; None if nothing is known.
        source: The origin of that, or the one who was asked: untrusted text.
        problem: The reason why nothing is known, although somebody was asked; empty otherwise.
    """

    revocation: Revocation | None = None
    source: str = ""
    problem: str = ""


class _SingleResponse(NamedTuple):
    """A SingleResponse: `status` is the number of its tag: good, revoked, unknown.

    `since` is the time from which a revoked certificate does not count.
    """

    digest: str
    name_digest: bytes
    key_digest: bytes
    serial: int
    status: int
    revoked_at: datetime | None
    since: datetime | None
    revocation_reason: int | None
    this_update: datetime
    next_update: datetime | None


class _Response(NamedTuple):
    """A BasicOCSPResponse; the responder is identified by name or by the SHA-1 of its key."""

    signed: bytes
    algorithm: AlgorithmIdentifier
    signature: bytes
    certificates: der.Element | None
    responder_name: bytes | None
    responder_key: bytes | None
    produced_at: datetime
    answers: tuple[_SingleResponse, ...]


def encode_request(certificate: Certificate, issuer: Certificate) -> bytes:
    """An OCSPRequest for one certificate; the answer is to be judged with `check`.

    It has no nonce: responders answer from a store, and RFC 5019 lets them ignore it.
    """
    null = der.encode(der.NULL)
    identifier = der.encode(
        der.SEQUENCE,
        der.encode(der.SEQUENCE, der.encode_oid(_SHA1), null),
        der.encode(der.OCTET_STRING, _digest("sha1", certificate.issuer)),
        der.encode(der.OCTET_STRING, _digest("sha1", issuer.key_info.bits)),
        der.encode_integer(certificate.serial),
    )
    request = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, identifier))
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, request))


def check(
    data: bytes,
    *,
    certificate: Certificate,
    issuer: Certificate,
    now: datetime,
    budget: Budget,
    attested: datetime | None,
) -> Revocation:
    """The statement of the OCSP response `data` about `certificate`.

    It counts only if it is about this certificate of this issuer, and if it was signed by the
    issuer or by a responder with a certificate for that from the same issuer (RFC 6960 §4.2.2.2).
    The issuer itself may answer although C2PA 2.2 §14.5.1.2 lets no CA sign responses: §15.9.1
    refers to RFC 6960, and CAs do. Which moment the response must cover is that of §15.9.1, or
    where nothing is attested of §15.9.2. A revocation counts beyond that, because it is for good;
    unless it was a hold.

    Arguments:
        data: An OCSPResponse, DER.
        certificate: The certificate in question.
        issuer: The one that issued it (`certificate.is_issued_by`).
        now: The time of validation.
        budget: The checks of signatures that are left.
        attested: The time of a trusted time stamp on the signature; None if there is none.

    Raises:
        LimitExceeded: The budget is spent.
    """
    try:
        response = _read(data)
    except Unreadable as error:
        return Revocation(outcome=RevocationStanding.NOT_APPLICABLE, reason=str(error))
    return _check(response, certificate, issuer, now, attested, budget)


class Responses:
    """OCSP responses from a file, about whomever.

    All of them count: if only the first few did, junk before it would hide a revocation. They are
    read once, for the file may bring thousands for a thousand signatures.

    Arguments:
        items: OCSPResponses, DER; what cannot be read is of no use, and does no harm.

    Attributes:
        is_cut: Whether there were more than `limits.OCSP_TOTAL` bytes, so that some were not read.
        problem: The reason why the last unreadable response cannot be read; empty if all can.
    """

    def __init__(self, items: Iterable[bytes]) -> None:
        self._about: dict[int, list[_Response]] = {}
        self.is_cut = False
        self.problem = ""
        # By bytes, not by number: one response may hold thousands of answers.
        left = limits.OCSP_TOTAL
        for data in items:
            left -= len(data)
            if left < 0:
                self.is_cut = True
                return
            self._add(data)

    def _add(self, data: bytes) -> None:
        try:
            response = _read(data)
        except Unreadable as error:
            self.problem = str(error)
            return
        # By serial number, so that of thousands only those about one certificate cost the check of
        # a signature.
        for serial in {answer.serial for answer in response.answers}:
            self._about.setdefault(serial, []).append(response)

    def check(
        self,
        certificate: Certificate,
        issuer: Certificate,
        *,
        now: datetime,
        budget: Budget,
        attested: datetime | None,
    ) -> Revocation | None:
        """The worst of their statements about `certificate`; None if there is none.

        Arguments:
            certificate: As in `check`.
            issuer: As in `check`.
            now: As in `check`.
            budget: As in `check`.
            attested: As in `check`.

        Raises:
            LimitExceeded: The budget is spent.
        """
        # Each in the light of its own signature, so that a forged "good" cannot stand before a real
        # "revoked".
        found = [
            _check(response, certificate, issuer, now, attested, budget)
            for response in self._about.get(certificate.serial, ())
        ]
        return max(found, key=lambda item: item.outcome, default=None)


def _check(
    response: _Response,
    certificate: Certificate,
    issuer: Certificate,
    now: datetime,
    attested: datetime | None,
    budget: Budget,
) -> Revocation:
    answers = [a for a in response.answers if _is_about(a, certificate, issuer)]
    if not answers:
        reason = "the response is about another certificate"
        return Revocation(outcome=RevocationStanding.NOT_APPLICABLE, reason=reason)
    for problem in _responder_problems(response, issuer, budget):
        return Revocation(outcome=RevocationStanding.NOT_APPLICABLE, reason=problem)
    judged = [_judge(answer, response.produced_at, now, attested) for answer in answers]
    return max(judged, key=lambda revocation: revocation.outcome)


def _is_about(answer: _SingleResponse, certificate: Certificate, issuer: Certificate) -> bool:
    return (
        answer.serial == certificate.serial
        and bool(answer.digest)
        and answer.name_digest == _digest(answer.digest, certificate.issuer)
        and answer.key_digest == _digest(answer.digest, issuer.key_info.bits)
    )


def _digest(name: str, data: bytes) -> bytes:
    import hashlib

    # Names a certificate and proves nothing; systems that forbid SHA-1 (FIPS) allow that.
    return hashlib.new(name, data, usedforsecurity=False).digest()


def _responder_problems(response: _Response, issuer: Certificate, budget: Budget) -> Iterator[str]:
    """Reasons why the response cannot be relied on; empty if it can.

    RFC 6960 §3.2: the responder is the one that the response names, is authorized, and signed.
    """
    problem = "the certificate of the responder is not in the response"
    # The issuer itself first: it needs no certificate in the response.
    for responder in (issuer, *_read_certificates(response.certificates)):
        if not _is_named(response, responder):
            continue
        budget.spend(responder)
        budget.spend(issuer)
        problem = _authorization_problem(responder, issuer, response.produced_at)
        if not problem:
            key, signed = responder.public_key, response.signed
            if verify(key, response.algorithm, response.signature, signed) is Check.GOOD:
                return
            problem = "the signature of the response is wrong or not supported"
    yield problem


def _is_named(response: _Response, responder: Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == responder.subject
    return response.responder_key == _digest("sha1", responder.key_info.bits)


def _authorization_problem(
    responder: Certificate, issuer: Certificate, produced_at: datetime
) -> str:
    # The issuer speaks for itself; whether to trust it is a question about the path.
    if responder == issuer:
        return ""
    for violation in violations(responder, use=Use.OCSP):
        return f"the responder's certificate: {violation}"
    if is_issued_by(responder, issuer) is not Check.GOOD:
        return "the responder's certificate is from another issuer"
    if not responder.is_valid_at(produced_at):
        return "the responder's certificate was not valid when it answered"
    return ""


def _judge(
    answer: _SingleResponse, produced_at: datetime, now: datetime, attested: datetime | None
) -> Revocation:
    def result(outcome: RevocationStanding, reason: str = "") -> Revocation:
        return Revocation(
            outcome=outcome,
            reason=reason,
            this_update=answer.this_update,
            revoked_at=answer.revoked_at,
        )

    # RFC 6960 §4.2.2.1: such an answer is to be considered unreliable.
    if now < answer.this_update:
        return result(RevocationStanding.NOT_APPLICABLE, "the response is from the future")
    until = answer.next_update or _day_after(produced_at)
    # The interval of §15.9.1 begins with thisUpdate, too. But who had not been revoked by then had
    # not been when it signed before.
    covers = (attested or now) <= until
    revoked_at, since = answer.revoked_at, answer.since
    # Taken from the list again is as good as never revoked (C2PA 2.5 §14.9.2).
    if revoked_at and since and answer.revocation_reason != REMOVE_FROM_CRL:
        if attested is not None and attested < since:
            return result(RevocationStanding.REVOKED_LATER, f"{told(revoked_at, since)}, later")
        # A hold may have been lifted since the answer expired; any other revocation is for good.
        if covers or answer.revocation_reason != CERTIFICATE_HOLD:
            return result(RevocationStanding.REVOKED, told(revoked_at, since))
    if not covers:
        return result(
            RevocationStanding.NOT_APPLICABLE, f"the response counts until {until:%Y-%m-%d %H:%M}"
        )
    if answer.status == 2:
        return result(RevocationStanding.UNKNOWN, "the responder does not know the certificate")
    return result(RevocationStanding.GOOD)


def _day_after(produced_at: datetime) -> datetime:
    # Whoever made the file may be the responder: a date may be the last one that there is.
    try:
        return produced_at + _DEFAULT_VALIDITY
    except OverflowError:
        return produced_at


def _read(data: bytes) -> _Response:
    if len(data) > limits.OCSP_SIZE:
        raise LimitExceeded(f"an OCSP response of {len(data)} bytes")
    outer = der.read(data)
    status = outer.integer(der.ENUMERATED)
    # tryLater, unauthorized and the like come unsigned (RFC 6960 §2.3): they say nothing that could
    # be relied on.
    if status != 0:
        raise Malformed(f"the responder gave no answer (status {status})")
    wrapper = outer.enter(der.context(0)).enter()
    outer.finish()
    if wrapper.oid() != _BASIC:
        raise Malformed("not a basic OCSP response")
    reader = der.read(wrapper.octets())
    signed = reader.take(der.SEQUENCE)
    algorithm = read_algorithm(reader)
    signature = reader.bits()
    certificates = reader.optional(der.context(0))
    reader.finish()

    fields = signed.reader()
    fields.optional(der.context(0))  # version: there is only one
    by_name = fields.optional(der.context(1))
    by_key = None if by_name else fields.enter(der.context(2)).octets()
    produced_at = fields.time(der.GENERALIZED_TIME)
    answers = tuple(_read_answers(fields.enter()))
    _read_trailing_extensions(fields)
    return _Response(
        signed=signed.encoded,
        algorithm=algorithm,
        signature=signature,
        certificates=certificates,
        responder_name=by_name.content if by_name else None,
        responder_key=by_key,
        produced_at=produced_at,
        answers=answers,
    )


def _read_certificates(element: der.Element | None) -> Iterator[Certificate]:
    """The certificates that can be read; what cannot be is of no use, and does no harm."""
    entries = element.reader().enter().entries() if element else iter(())
    for entry in islice(entries, limits.OCSP_CERTIFICATES):
        with contextlib.suppress(Unreadable):
            yield load(entry.encoded)


def _read_answers(reader: der.Reader) -> Iterator[_SingleResponse]:
    for entry in reader.entries(der.SEQUENCE):
        fields = entry.reader()
        identifier = fields.enter()
        digest = _DIGESTS.get(read_algorithm(identifier).oid, "")
        name_digest, key_digest = identifier.octets(), identifier.octets()
        serial = identifier.integer()
        status, revoked_at, reason = _read_status(fields)
        this_update = fields.time(der.GENERALIZED_TIME)
        next_update = fields.optional(der.context(0))
        extensions = _read_trailing_extensions(fields)
        yield _SingleResponse(
            digest=digest,
            name_digest=name_digest,
            key_digest=key_digest,
            serial=serial,
            status=status,
            revoked_at=revoked_at,
            since=suspected_since(revoked_at, extensions) if revoked_at else None,
            revocation_reason=reason,
            this_update=this_update,
            next_update=next_update.reader().time(der.GENERALIZED_TIME) if next_update else None,
        )


def _read_status(reader: der.Reader) -> tuple[int, datetime | None, int | None]:
    if revoked := reader.optional(der.context(1)):
        fields = revoked.reader()
        revoked_at = fields.time(der.GENERALIZED_TIME)
        reason = fields.optional(der.context(0))
        return 1, revoked_at, reason.reader().integer(der.ENUMERATED) if reason else None
    status = 2 if reader.next_is(der.context(2, constructed=False)) else 0
    reader.take(der.context(status, constructed=False))
    return status, None, None


def suspected_since(revoked_at: datetime, extensions: Mapping[str, Extension]) -> datetime:
    """The time from which a revoked certificate does not count; when it was revoked at the latest.

    An authority learns late of a key that was stolen, and may say since when it suspects so
    (RFC 5280 §5.3.2, RFC 6960 §4.4.5): what was signed in between, the thief may have signed.
    """
    found = extensions.get(_INVALIDITY_DATE)
    if found is None:
        return revoked_at
    try:
        return min(revoked_at, der.Reader(found.value).time(der.GENERALIZED_TIME))
    except Malformed:
        return revoked_at


def told(revoked_at: datetime, since: datetime) -> str:
    """When a certificate was revoked, for a person."""
    suspected = f", suspected since {since:%Y-%m-%d}" if since < revoked_at else ""
    return f"revoked on {revoked_at:%Y-%m-%d}{suspected}"


def _read_trailing_extensions(reader: der.Reader) -> dict[str, Extension]:
    """The extensions that may end a structure; an unknown critical one would change its meaning."""
    found: dict[str, Extension] = {}
    if extensions := reader.optional(der.context(1)):
        found = read_extensions(extensions.reader().enter())
        for oid, extension in found.items():
            if extension.critical and oid != _INVALIDITY_DATE:
                raise Malformed(f"an OCSP response with the unknown critical extension {oid}")
    reader.finish()
    return found
