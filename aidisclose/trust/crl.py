"""Certificate revocation lists (RFC 5280 §5): whether an authority has revoked a certificate.

A list of 100,000 entries is not parsed: the serial number is searched in its bytes first, and only
a list that has it somewhere is read entry by entry.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from aidisclose import limits
from aidisclose.codec import der
from aidisclose.errors import LimitExceeded, Malformed, Unreadable
from aidisclose.named import NamedTuple
from aidisclose.trust.budget import Budget
from aidisclose.trust.certificate import Certificate, read_extensions, read_uris
from aidisclose.trust.ocsp import (
    CERTIFICATE_HOLD,
    REMOVE_FROM_CRL,
    Revocation,
    RevocationStanding,
    suspected_since,
    told,
)
from aidisclose.trust.signature import AlgorithmIdentifier, Check, read_algorithm, verify

_ISSUING_DISTRIBUTION_POINT: Final = "2.5.29.28"
_REASON: Final = "2.5.29.21"
#: The fields of IssuingDistributionPoint behind its name (RFC 5280 §5.2.5): only user certificates,
#: only authorities, some reasons, indirect, only attribute certificates.
_NUMBERS: Final = range(1, 6)
#: The only one that is a bit string, not a flag: that it is there already limits the list.
_SOME_REASONS: Final = 3

_PEM_START: Final = b"-----BEGIN X509 CRL-----"


class _Scope(NamedTuple):
    """The certificates that a list is about (RFC 5280 §5.2.5).

    Attributes:
        urls: Addresses of the list, one of which a certificate has to name; empty for any.
        only: The limits of the list, by the number of the field.
    """

    urls: frozenset[str] = frozenset()
    only: frozenset[int] = frozenset()

    def covers(self, certificate: Certificate) -> bool:
        """Whether a certificate would be on the list if it were revoked."""
        if self.only & {3, 4, 5}:  # some reasons, other issuers, attribute certificates
            return False
        # Field 1 is “onlyContainsUserCerts”, field 2 “onlyContainsCACerts”: a list of either says
        # nothing about the other, however complete it is.
        if self.only & {1 if certificate.is_ca else 2}:
            return False
        return not self.urls or bool(self.urls & set(certificate.crl_urls))


class RevocationList(NamedTuple):
    """A revocation list as it was read; nothing of it is checked yet.

    Attributes:
        signed: The bytes that its issuer signed.
        algorithm: Of the signature.
        signature: The signature.
        issuer: Encoded name of its issuer.
        this_update: The time at which it was made.
        next_update: The time until which it counts; None if it does not say so.
        entries: The encoded entries.
        scope: The certificates that it is about.
    """

    signed: bytes
    algorithm: AlgorithmIdentifier
    signature: bytes
    issuer: bytes
    this_update: datetime
    next_update: datetime | None
    entries: bytes
    scope: _Scope


def read(data: bytes) -> RevocationList:
    """A list in DER.

    Raises:
        Malformed: It is not a revocation list, or one that only counts together with others.
        LimitExceeded: It is larger than `limits.CRL_SIZE`.
    """
    if len(data) > limits.CRL_SIZE:
        raise LimitExceeded(f"a revocation list of {len(data)} bytes")
    outer = der.read(data)
    signed = outer.take(der.SEQUENCE)
    algorithm = read_algorithm(outer)
    signature = outer.bits()
    outer.finish()
    fields = signed.reader()
    # The version may be missing, which means v1, without extensions. If it is there it is v2, whose
    # number is 1 (RFC 5280 §5.1.2.1).
    if fields.next_is(der.INTEGER) and fields.integer() != 1:
        raise Malformed("a revocation list of an unknown version", signed.start)
    if read_algorithm(fields) != algorithm:
        raise Malformed("two different signature algorithms in one revocation list", signed.start)
    issuer = fields.take(der.SEQUENCE).encoded
    this_update = fields.time()
    has_next = fields.next_is(der.UTC_TIME) or fields.next_is(der.GENERALIZED_TIME)
    next_update = fields.time() if has_next else None
    entries = fields.optional(der.SEQUENCE)
    tagged = fields.optional(der.context(0))
    fields.finish()
    extensions = read_extensions(tagged.reader().enter()) if tagged else {}
    # A delta list, which only adds to another (§5.2.4), marks itself by a critical extension and so
    # is refused here: taken alone it would call good what the list before it revoked.
    for oid, extension in extensions.items():
        if extension.critical and oid != _ISSUING_DISTRIBUTION_POINT:
            raise Malformed(f"a revocation list with the unknown critical extension {oid}")
    point = extensions.get(_ISSUING_DISTRIBUTION_POINT)
    return RevocationList(
        signed=signed.encoded,
        algorithm=algorithm,
        signature=signature,
        issuer=issuer,
        this_update=this_update,
        next_update=next_update,
        entries=entries.content if entries else b"",
        scope=_read_scope(point.value) if point else _Scope(),
    )


def read_file(data: bytes) -> RevocationList:
    """A list in DER or PEM.

    Raises:
        Malformed: It is not a revocation list.
        LimitExceeded: It is larger than `limits.CRL_SIZE`.
    """
    # Authorities publish DER (RFC 5280 §4.2.1.13), but `openssl crl` and people's tools write PEM.
    # Base64 cannot occur in DER by accident together with this line.
    if _PEM_START not in data:
        return read(data)
    import base64
    import binascii

    text = data.partition(_PEM_START)[2].partition(b"-----END")[0]
    try:
        return read(base64.b64decode(b"".join(text.split()), validate=True))
    except binascii.Error as error:
        raise Malformed(f"the revocation list is not base64: {error}") from None


def check(
    found: RevocationList,
    *,
    certificate: Certificate,
    issuer: Certificate,
    now: datetime,
    budget: Budget,
    attested: datetime | None,
) -> Revocation:
    """The statement of a list about `certificate`.

    It counts only if the issuer of the certificate signed it, and if it covers the certificate.

    Arguments:
        found: The list.
        certificate: The certificate in question.
        issuer: The one that issued it (`certificate.is_issued_by`).
        now: The time of validation.
        budget: The checks of signatures that are left.
        attested: The time of a trusted time stamp on the signature; None if there is none.

    Raises:
        LimitExceeded: The budget is spent.
    """
    if problem := _problem(found, certificate, issuer, now, budget):
        return Revocation(outcome=RevocationStanding.NOT_APPLICABLE, reason=problem)
    until = found.next_update
    # Only the end counts, as with OCSP: who had not been revoked by then had not been before.
    covers = until is None or (attested or now) <= until
    try:
        revoked_at, since, reason = _find(found.entries, certificate.serial)
    except Unreadable as error:
        return Revocation(outcome=RevocationStanding.NOT_APPLICABLE, reason=str(error))

    def result(outcome: RevocationStanding, text: str) -> Revocation:
        return Revocation(
            outcome=outcome, reason=text, this_update=found.this_update, revoked_at=revoked_at
        )

    if revoked_at and since and reason != REMOVE_FROM_CRL:
        if attested is not None and attested < since:
            return result(RevocationStanding.REVOKED_LATER, f"{told(revoked_at, since)}, later")
        # A hold may have been lifted since the list expired; any other revocation is for good.
        if covers or reason != CERTIFICATE_HOLD:
            return result(RevocationStanding.REVOKED, told(revoked_at, since))
    if until is not None and not covers:
        text = f"the revocation list counts until {until:%Y-%m-%d %H:%M}"
        return result(RevocationStanding.NOT_APPLICABLE, text)
    return result(RevocationStanding.GOOD, "not on the revocation list of its issuer")


def _problem(
    found: RevocationList,
    certificate: Certificate,
    issuer: Certificate,
    now: datetime,
    budget: Budget,
) -> str:
    """The reason why a list says nothing about a certificate; empty if it does."""
    if found.issuer != issuer.subject or certificate.issuer != issuer.subject:
        return "the revocation list is from another issuer"
    if not found.scope.covers(certificate):
        return "the revocation list does not cover the certificate"
    # The clock of one of the two is wrong, so that nothing of it can be relied on.
    if now < found.this_update:
        return "the revocation list is from the future"
    # RFC 5280 §6.3.3 (f): only where there is a key usage extension; without it all is allowed.
    if issuer.key_usage is not None and "cRLSign" not in issuer.key_usage:
        return f"{issuer.common_name!r} may not sign revocation lists"
    # Last, because it is the only step that costs anything.
    budget.spend(issuer)
    key = issuer.public_key
    if verify(key, found.algorithm, found.signature, found.signed) is not Check.GOOD:
        return "the signature of the revocation list is wrong or not supported"
    return ""


def _find(entries: bytes, serial: int) -> tuple[datetime | None, datetime | None, int | None]:
    """When a certificate was revoked, since when it does not count, and why; of several the last.

    Extensions of an entry other than its reason and since when it is suspected are not looked at,
    critical ones either: what they say cannot make a revoked certificate a good one, for lists
    about several issuers are refused.
    """
    found: tuple[datetime | None, datetime | None, int | None] = (None, None, None)
    # The bytes may also occur by chance: that costs reading the list, and changes no answer.
    if der.encode_integer(serial) not in entries:
        return found
    reader = der.Reader(entries)
    while reader:
        fields = reader.enter()
        if fields.integer() != serial:
            continue
        revoked_at, reason = fields.time(), None
        since = revoked_at
        if listed := fields.optional(der.SEQUENCE):
            extensions = read_extensions(listed.reader())
            since = suspected_since(revoked_at, extensions)
            if _REASON in extensions:
                reason = der.Reader(extensions[_REASON].value).integer(der.ENUMERATED)
        found = revoked_at, since, reason
    return found


def _read_scope(value: bytes) -> _Scope:
    fields = der.read(value)
    urls: frozenset[str] = frozenset()
    if point := fields.optional(der.context(0)):
        urls = frozenset(read_uris(point.reader()))
        if not urls:
            raise Malformed("a revocation list for a place that has no address")
    only = set()
    for number in _NUMBERS:
        flag = fields.optional(der.context(number, constructed=False))
        # A flag that is there and says FALSE, which DER would leave out, limits nothing.
        if flag is not None and (flag.content == b"\xff" or number == _SOME_REASONS):
            only.add(number)
    fields.finish()
    return _Scope(urls, frozenset(only))
