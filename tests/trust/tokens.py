"""Time-stamp tokens made on the spot, right or wrong in exactly one way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from aidisclose.codec import der
from tests.trust import pki
from tests.trust.pki import NOW, Entity, Key

MLDSAPrivateKey = mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey
MESSAGE = b"what was signed"

SIGNED_DATA = "1.2.840.113549.1.7.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"

SHA1 = "1.3.14.3.2.26"
DIGESTS = {
    "sha1": SHA1,
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
ECDSA = {"sha1": "1.2.840.10045.4.1", "sha256": "1.2.840.10045.4.3.2"}
RSA_ENCRYPTION = "1.2.840.113549.1.1.1"


def tsa(
    issuer: Entity | None = None,
    *,
    kind: str = "p256",
    not_before: datetime = NOW - 100 * pki.DAY,
    not_after: datetime = NOW + 100 * pki.DAY,
    extensions: Mapping[type[x509.ExtensionType], pki.Marked | None] | None = None,
) -> Entity:
    """A time stamp authority below the root."""
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    return pki.issue(
        "TSA",
        issuer or pki.root(),
        kind=kind,
        number=3,
        extensions={x509.ExtendedKeyUsage: (purpose, True), **(extensions or {})},
        not_before=not_before,
        not_after=not_after,
    )


def algorithm(oid: str, parameters: bytes = b"") -> bytes:
    return der.encode(der.SEQUENCE, der.encode_oid(oid), parameters)


def attribute(oid: str, *values: bytes) -> bytes:
    return der.encode(der.SEQUENCE, der.encode_oid(oid), der.encode(der.SET, *values))


def octets(content: bytes) -> bytes:
    return der.encode(der.OCTET_STRING, content)


def info(
    message: bytes = MESSAGE,
    *,
    digest: str = "sha256",
    time: str = "20260601120000Z",
    version: int = 1,
    trailer: Sequence[bytes] = (),
) -> bytes:
    """A TSTInfo; `trailer` is what may follow the time."""
    imprint = octets(hashlib.new(digest, message).digest())
    return der.encode(
        der.SEQUENCE,
        der.encode_integer(version),
        der.encode_oid("1.2.3.4"),
        der.encode(der.SEQUENCE, algorithm(DIGESTS[digest]), imprint),
        der.encode_integer(7),
        der.encode(der.GENERALIZED_TIME, time.encode()),
        *trailer,
    )


def identifier(entity: Entity, digest: str = "sha256") -> bytes:
    """signingCertificateV2, or with SHA-1 signingCertificate."""
    value = octets(hashlib.new(digest, entity.der).digest())
    named = () if digest in ("sha1", "sha256") else (algorithm(DIGESTS[digest]),)
    inner = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, *named, value))
    oid = SIGNING_CERTIFICATE if digest == "sha1" else SIGNING_CERTIFICATE_V2
    return attribute(oid, der.encode(der.SEQUENCE, inner))


def attributes(content: bytes, entity: Entity, digest: str = "sha256") -> list[bytes]:
    """The signed attributes of an ordinary token."""
    return [
        attribute(CONTENT_TYPE, der.encode_oid(TST_INFO)),
        attribute(SIGNING_TIME, der.encode(der.UTC_TIME, b"260601120000Z")),
        attribute(MESSAGE_DIGEST, octets(hashlib.new(digest, content).digest())),
        identifier(entity),
    ]


def sign(key: Key, data: bytes, digest: str, *, pss: bool = False) -> tuple[bytes, bytes]:
    """Algorithm identifier and signature."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return algorithm("1.3.101.112"), key.sign(data)
    if isinstance(key, MLDSAPrivateKey):  # RFC 9882 §2
        number = 17 + next(n for n, kind in enumerate(pki.MLDSA.values()) if isinstance(key, kind))
        return algorithm(f"2.16.840.1.101.3.4.3.{number}"), key.sign(data)
    if isinstance(key, rsa.RSAPrivateKey):
        hashed = HASHES[digest]
        if not pss:
            named = algorithm(RSA_ENCRYPTION, der.encode(der.NULL))
            return named, key.sign(data, padding.PKCS1v15(), hashed)
        mask = algorithm("1.2.840.113549.1.1.8", algorithm(DIGESTS[digest]))
        parameters = der.encode(
            der.SEQUENCE,
            der.encode(der.context(0), algorithm(DIGESTS[digest])),
            der.encode(der.context(1), mask),
            der.encode(der.context(2), der.encode_integer(32)),
        )
        scheme = padding.PSS(padding.MGF1(hashed), 32)
        return algorithm("1.2.840.113549.1.1.10", parameters), key.sign(data, scheme, hashed)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return algorithm(ECDSA[digest]), key.sign(data, ec.ECDSA(HASHES[digest]))


def signer_info(
    entity: Entity,
    signed: Sequence[bytes],
    *,
    digest: str = "sha256",
    name: bytes | None = None,
    key: Key | None = None,
    named: bytes | None = None,
    pss: bool = False,
) -> bytes:
    """A SignerInfo; `name` replaces how the certificate is named, `named` the algorithm."""
    certificate = entity.certificate
    serial = der.encode_integer(certificate.serial)
    used, signature = sign(key or entity.key, der.encode(der.SET, *signed), digest, pss=pss)
    return der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        name or der.encode(der.SEQUENCE, certificate.issuer, serial),
        algorithm(DIGESTS[digest]),
        der.encode(der.context(0), *signed),
        named or used,
        octets(signature),
    )


def signed_data(
    content: bytes,
    signers: Sequence[bytes],
    certificates: Sequence[bytes] | None,
    *,
    content_type: str = TST_INFO,
) -> bytes:
    """A ContentInfo around SignedData."""
    found = () if certificates is None else (der.encode(der.context(0), *certificates),)
    data = der.encode(
        der.SEQUENCE,
        der.encode_integer(3),
        der.encode(der.SET, algorithm(DIGESTS["sha256"])),
        der.encode(
            der.SEQUENCE,
            der.encode_oid(content_type),
            der.encode(der.context(0), octets(content)),
        ),
        *found,
        der.encode(der.SET, *signers),
    )
    return der.encode(der.SEQUENCE, der.encode_oid(SIGNED_DATA), der.encode(der.context(0), data))


def token(
    entity: Entity | None = None,
    *,
    content: bytes | None = None,
    digest: str = "sha256",
    pss: bool = False,
    chain: Sequence[Entity] = (),
) -> bytes:
    """An ordinary token by `entity`."""
    entity = entity or tsa()
    content = content or info()
    signer = signer_info(entity, attributes(content, entity, digest), digest=digest, pss=pss)
    return signed_data(content, [signer], [e.der for e in (entity, *chain)])


def response(data: bytes | None, status: int = 0) -> bytes:
    """A TimeStampResp."""
    return der.encode(
        der.SEQUENCE, der.encode(der.SEQUENCE, der.encode_integer(status)), data or b""
    )
