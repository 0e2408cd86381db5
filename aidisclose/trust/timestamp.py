"""Time stamps (RFC 3161): a CMS signature (RFC 5652) of an authority over a hash and a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Final

from aidisclose import limits, sha2
from aidisclose.codec import der
from aidisclose.errors import LimitExceeded, Malformed, Unreadable
from aidisclose.frozen import dataclass
from aidisclose.named import NamedTuple
from aidisclose.trust.anchors import Anchor
from aidisclose.trust.budget import Budget
from aidisclose.trust.certificate import Certificate, load, read_extensions
from aidisclose.trust.path import Path, RejectionReason, find_path
from aidisclose.trust.profile import TIME_STAMPING, Use, violations
from aidisclose.trust.signature import (
    DIGESTS,
    EC,
    ECDSA_SIGNATURES,
    RSA,
    RSA_SIGNATURES,
    AlgorithmIdentifier,
    Check,
    read_algorithm,
    verify,
)

_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"

_SHA256: Final = "2.16.840.1.101.3.4.2.1"

_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"

#: signingCertificate and signingCertificateV2 (RFC 5035), with the hash where none is named.
#: SHA-1 serves for that: to stand in for the authority's certificate, another one would have to
#: have the hash of a certificate that the authority itself chose.
_IDENTIFIERS: Final = {
    "1.2.840.113549.1.9.16.2.12": "sha1",
    "1.2.840.113549.1.9.16.2.47": "sha256",
}

#: CMS may name the kind of key instead of the signature algorithm; the hash stands beside it.
_BY_KEY_KIND: Final = {
    (kind, digest): oid
    for kind, names in ((RSA, RSA_SIGNATURES), (EC, ECDSA_SIGNATURES))
    for oid, digest in names.items()
}

#: Characters shown of what an authority says.
_STATUS_TEXT: Final = 100

#: PKIStatus granted and grantedWithMods (C2PA 2.2 §15.8.1.1).
_GRANTED: Final = (0, 1)


class Judgement(Enum):
    """The result of checking a time stamp; only TRUSTED gives a time to rely on."""

    TRUSTED = "trusted"
    MALFORMED = "malformed"
    MISMATCH = "mismatch"
    UNTRUSTED = "untrusted"
    CREDENTIAL_INVALID = "credential invalid"
    OUTSIDE_VALIDITY = "outside validity"


@dataclass(frozen=True, kw_only=True)
class Timestamp:
    """A time stamp after checking.

    Attributes:
        outcome: Whether it may be relied on, and if not, why.
        reason: The same for a person, on one line; empty if it is trusted.
        is_intact: Whether it is about one of the messages, and its signature is good: everything
            but trust.
        time: The attested time, whatever the outcome, where it could be read.
        nonce: The number that tells which request it answers, where it has one.
        authority: Certificate of the authority, where there is one.
        path: From that certificate to the anchor, if it is trusted.
    """

    outcome: Judgement
    reason: str = ""
    is_intact: bool = False
    time: datetime | None = None
    nonce: int | None = None
    authority: Certificate | None = None
    path: Path | None = None


class _Failure(NamedTuple):
    outcome: Judgement
    reason: str


class _Info(NamedTuple):
    """The content of a TSTInfo."""

    imprint_algorithm: str
    imprint: bytes
    time: datetime
    nonce: int | None


class _Signer(NamedTuple):
    """A SignerInfo.

    Attributes:
        name: Issuer and serial number of the authority's certificate, or None.
        key_id: Its subject key identifier, or None.
        digest: Name of the hash over the content; empty for one that is not allowed.
        content_digest: That hash, as signed.
        identifiers: Hashes of the authority's certificate, as signed: name of the hash and value.
        signed: The signed attributes, as they are signed.
        algorithm: Signature algorithm.
        signature: Signature value.
    """

    name: tuple[bytes, int] | None
    key_id: bytes | None
    digest: str
    content_digest: bytes
    identifiers: tuple[tuple[str, bytes], ...]
    signed: bytes
    algorithm: AlgorithmIdentifier
    signature: bytes


class _Token(NamedTuple):
    content: bytes
    info: _Info
    certificates: tuple[Certificate, ...]
    signer: _Signer


def encode_request(message: bytes, *, nonce: int) -> bytes:
    """A TimeStampReq for the SHA-256 of `message`, with a nonce from 0 on; asks for certificates.

    The answer is to be judged with `read_response` and `verify_token`, and its nonce compared.
    """
    algorithm = der.encode(der.SEQUENCE, der.encode_oid(_SHA256), der.encode(der.NULL))
    digest = der.encode(der.OCTET_STRING, sha2.digest("sha256", message))
    return der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        der.encode(der.SEQUENCE, algorithm, digest),
        der.encode_integer(nonce),
        # certReq: without the certificates of the authority a token cannot be verified later (C2PA
        # 2.2 §10.3.2.5.3).
        der.encode(der.BOOLEAN, b"\xff"),
    )


def verify_response(
    data: bytes,
    *,
    messages: Sequence[bytes],
    anchors: Sequence[Anchor],
    budget: Budget,
) -> Timestamp:
    """As `verify_token`, for a whole TimeStampResp, as C2PA 1 stored it."""
    try:
        token = read_response(data)
    except Malformed as error:
        return Timestamp(outcome=Judgement.MALFORMED, reason=str(error))
    return verify_token(token, messages=messages, anchors=anchors, budget=budget)


def verify_token(
    data: bytes,
    *,
    messages: Sequence[bytes],
    anchors: Sequence[Anchor],
    budget: Budget,
) -> Timestamp:
    """The time that a TimeStampToken attests for one of `messages`, after all checks.

    The checks and their order are those of C2PA 2.2 §15.8.2; the authority's chain is looked at as
    of the attested time. The authority may sign with whatever certificates may be signed with: the
    list of §13.2, to which that clause refers, has only the algorithms of COSE, and would leave out
    RSA as nearly every authority uses it. Not checked: revocation, which the specification does not
    ask for, and whether the attested time lies in the future.

    Arguments:
        data: DER; BER is malformed.
        messages: The messages that may have been stamped; a token over any of them will do.
        anchors: Authorities whose time stamps are trusted; those for signers are not.
        budget: The checks of signatures that are left.

    Raises:
        LimitExceeded: The budget is spent.
    """
    try:
        token = _read_token(data)
    except Unreadable as error:
        return Timestamp(outcome=Judgement.MALFORMED, reason=str(error))
    authority = next(filter(partial(_is_named, token.signer), token.certificates), None)
    info = token.info
    timestamp = partial(Timestamp, time=info.time, nonce=info.nonce, authority=authority)
    if authority is None:
        reason = "the certificate of the authority is not in the token"
        return timestamp(outcome=Judgement.UNTRUSTED, reason=reason)
    budget.spend(authority)
    # The first one decides: they are in the order of C2PA 2.2 §15.8.2.
    for failure in _integrity_failures(token, authority, messages):
        return timestamp(outcome=failure.outcome, reason=failure.reason)
    trust = _trust(token, authority, anchors, budget)
    if isinstance(trust, Path):
        return timestamp(outcome=Judgement.TRUSTED, is_intact=True, path=trust)
    return timestamp(outcome=trust.outcome, reason=trust.reason, is_intact=True)


def read_response(data: bytes) -> bytes:
    """The TimeStampToken in a TimeStampResp.

    Raises:
        Malformed: It is not a response, or the authority refused.
    """
    reader = der.read(data)
    fields = reader.enter()
    status = fields.integer()
    if status not in _GRANTED:
        said = _status_text(fields)
        raise Malformed(f"the authority refused the time stamp (status {status}{said})")
    token = reader.take(der.SEQUENCE).encoded
    reader.finish()
    return token


def _status_text(fields: der.Reader) -> str:
    """The authority's text about its refusal, if there is any; untrusted."""
    # PKIFreeText (RFC 3161 §2.4.2); a failure code may follow, which says no more to a person.
    texts = fields.optional(der.SEQUENCE)
    if texts is None or not texts.content:
        return ""
    text = texts.reader().take().content.decode("utf-8", "replace")
    return f": {text[:_STATUS_TEXT]!r}"


def _is_named(signer: _Signer, certificate: Certificate) -> bool:
    # Only a hint which certificate to take: that it was the one, the signed attributes prove
    # (`_identifies`).
    if signer.name is not None:
        return signer.name == (certificate.issuer, certificate.serial)
    return signer.key_id == certificate.subject_key_id


def _integrity_failures(
    token: _Token, authority: Certificate, messages: Sequence[bytes]
) -> Iterator[_Failure]:
    import hashlib

    signer, info = token.signer, token.info
    if not signer.digest:
        yield _Failure(Judgement.UNTRUSTED, "the hash of the time stamp is not SHA-2")
    elif hashlib.new(signer.digest, token.content).digest() != signer.content_digest:
        yield _Failure(Judgement.MISMATCH, "the signed hash is not that of the time stamp")
    # The content is signed by way of its hash in the attributes (RFC 5652 §5.4).
    check = verify(authority.public_key, signer.algorithm, signer.signature, signer.signed)
    if check is Check.UNSUPPORTED:
        yield _Failure(Judgement.UNTRUSTED, "the signature algorithm or key is not supported")
    elif check is Check.BAD:
        yield _Failure(Judgement.MISMATCH, "the signature of the time stamp is wrong")
    if not all(_identifies(identifier, authority) for identifier in signer.identifiers):
        yield _Failure(Judgement.UNTRUSTED, "the time stamp was signed with another certificate")
    algorithm = info.imprint_algorithm
    if not algorithm:
        yield _Failure(Judgement.UNTRUSTED, "the hash of what was time-stamped is not SHA-2")
    elif all(hashlib.new(algorithm, message).digest() != info.imprint for message in messages):
        yield _Failure(Judgement.MISMATCH, "the time stamp is about something else")


def _trust(
    token: _Token, authority: Certificate, anchors: Sequence[Anchor], budget: Budget
) -> Path | _Failure:
    for violation in violations(authority, use=Use.TSA):
        return _Failure(Judgement.CREDENTIAL_INVALID, f"the authority's certificate: {violation}")
    path = find_path(
        authority,
        token.certificates,
        anchors,
        at=token.info.time,
        purposes=frozenset({TIME_STAMPING}),
        usual=None,
        budget=budget,
    )
    if isinstance(path, Path):
        return path
    expired = path.reason is RejectionReason.OUTSIDE_VALIDITY
    return _Failure(Judgement.OUTSIDE_VALIDITY if expired else Judgement.UNTRUSTED, path.detail)


def _read_token(data: bytes) -> _Token:
    if len(data) > limits.TIMESTAMP_SIZE:
        raise LimitExceeded(f"a time stamp of {len(data)} bytes")
    content_info = der.read(data)
    if content_info.oid() != _SIGNED_DATA:
        raise Malformed("not a signed time stamp")
    reader = content_info.enter(der.context(0)).enter()
    content_info.finish()
    reader.integer()  # version: follows from what is inside
    # RFC 5652 §5.1 lets this set be empty.
    reader.take(der.SET)  # digest algorithms: the one that counts stands in the SignerInfo
    encapsulated = reader.enter()
    if encapsulated.oid() != _TST_INFO:
        raise Malformed("the signed content is not a TSTInfo")
    content = encapsulated.enter(der.context(0)).octets()
    certificates = reader.optional(der.context(0))
    reader.optional(der.context(1))  # revocation lists
    signers = reader.enter(der.SET)
    signer = _read_signer(signers.enter())
    signers.finish()  # RFC 3161 §2.4.2: one signature, that of the authority
    reader.finish()
    return _Token(content, _read_info(content), _read_certificates(certificates), signer)


def _read_certificates(element: der.Element | None) -> tuple[Certificate, ...]:
    """The certificates that can be read; what cannot be is of no use, and does no harm."""
    found: list[Certificate] = []
    for entry in element.reader().entries() if element else ():
        with contextlib.suppress(Unreadable):
            found.append(load(entry.encoded))
    if len(found) > limits.CERTIFICATES:
        raise LimitExceeded(f"{len(found)} certificates in a time stamp")
    return tuple(found)


def _read_info(data: bytes) -> _Info:
    reader = der.read(data)
    if reader.integer() != 1:
        raise Malformed("a TSTInfo of unknown version")
    reader.oid()  # policy of the authority
    imprint = reader.enter()
    algorithm = DIGESTS.get(read_algorithm(imprint).oid, "")
    digest = imprint.octets()
    imprint.finish()
    reader.integer()  # serial number
    time = reader.time(der.GENERALIZED_TIME)
    for tag in (der.SEQUENCE, der.BOOLEAN):  # accuracy, ordering
        reader.optional(tag)
    nonce = reader.integer() if reader.next_is(der.INTEGER) else None
    reader.optional(der.context(0))  # name of the authority: the certificate says who it is
    if extensions := reader.optional(der.context(1)):
        for oid, extension in read_extensions(extensions.reader()).items():
            if extension.critical:
                raise Malformed(f"a TSTInfo with the unknown critical extension {oid}")
    reader.finish()
    return _Info(algorithm, digest, time, nonce)


def _read_signer(reader: der.Reader) -> _Signer:
    reader.integer()  # version: follows from how the certificate is named
    name: tuple[bytes, int] | None = None
    key_id = reader.optional(der.context(0, constructed=False))
    if key_id is None:
        fields = reader.enter()
        name = fields.take(der.SEQUENCE).encoded, fields.integer()
        fields.finish()
    digest = DIGESTS.get(read_algorithm(reader).oid, "")
    signed = reader.take(der.context(0))
    algorithm = read_algorithm(reader)
    signature = reader.octets()
    reader.optional(der.context(1))  # unsigned attributes
    reader.finish()
    attributes = _read_attributes(signed.reader())
    return _Signer(
        name=name,
        key_id=key_id.content if key_id else None,
        digest=digest,
        content_digest=der.Reader(attributes[_MESSAGE_DIGEST]).octets(),
        identifiers=tuple(
            _read_identifier(attributes[oid], default)
            for oid, default in _IDENTIFIERS.items()
            if oid in attributes
        ),
        # RFC 5652 §5.4: signed as the SET that they are, not under the tag where they stand.
        signed=bytes((der.SET,)) + signed.encoded[1:],
        algorithm=AlgorithmIdentifier(
            _BY_KEY_KIND.get((algorithm.oid, digest), algorithm.oid), algorithm.parameters
        ),
        signature=signature,
    )


def _read_attributes(reader: der.Reader) -> dict[str, bytes]:
    """The encoded value of each attribute that is looked at.

    Raises:
        Malformed: One is there twice, or one that every time stamp needs is missing.
    """
    found: dict[str, bytes] = {}
    for entry in reader.entries(der.SEQUENCE):
        attribute = entry.reader()
        oid = attribute.oid()
        values = attribute.enter(der.SET)
        if oid not in (_CONTENT_TYPE, _MESSAGE_DIGEST, *_IDENTIFIERS):
            continue
        # RFC 5652 §11: of two, readers would choose differently.
        if oid in found:
            raise Malformed(f"the signed attribute {oid} is there twice")
        found[oid] = values.take().encoded
        values.finish()
    if der.Reader(found.get(_CONTENT_TYPE, b"")).oid() != _TST_INFO:
        raise Malformed("the signed content type is not that of a time stamp")
    if _MESSAGE_DIGEST not in found:
        raise Malformed("no signed hash of the time stamp")
    if found.keys().isdisjoint(_IDENTIFIERS):
        raise Malformed("no signed identifier of the authority's certificate")
    return found


def _read_identifier(value: bytes, default: str) -> tuple[str, bytes]:
    identifier = der.read(value).enter().enter()  # the first is that of the signer
    digest = default
    if identifier.next_is(der.SEQUENCE):
        digest = DIGESTS.get(read_algorithm(identifier).oid, "")
    return digest, identifier.octets()


def _identifies(identifier: tuple[str, bytes], certificate: Certificate) -> bool:
    import hashlib

    name, value = identifier
    # SHA-1 is what RFC 2634 gives the old attribute; the signature itself never rests on it.
    return (
        bool(name) and hashlib.new(name, certificate.der, usedforsecurity=False).digest() == value
    )
