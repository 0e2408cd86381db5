"""Certificates made on the spot, right or wrong in exactly one way."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from aidisclose.codec import der
from aidisclose.trust.anchors import Anchor
from aidisclose.trust.certificate import Certificate, load

SHARED = Path(__file__).resolve().parents[3] / "shared"

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CLAIM_SIGNING = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")

Key = (
    ec.EllipticCurvePrivateKey
    | rsa.RSAPrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | dsa.DSAPrivateKey
    | mldsa.MLDSA44PrivateKey
    | mldsa.MLDSA65PrivateKey
    | mldsa.MLDSA87PrivateKey
)
#: The kinds of keys that C2PA permits.
PERMITTED = ("p256", "p384", "p521", "rsa2048", "ed25519", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87")
MLDSA: dict[
    str, type[mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey]
] = {
    "ml-dsa-44": mldsa.MLDSA44PrivateKey,
    "ml-dsa-65": mldsa.MLDSA65PrivateKey,
    "ml-dsa-87": mldsa.MLDSA87PrivateKey,
}
Digest = hashes.SHA224 | hashes.SHA256 | hashes.SHA384 | hashes.SHA512
Marked = tuple[x509.ExtensionType, bool]
Extensions = dict[type[x509.ExtensionType], Marked | None]


@functools.cache
def key(kind: str = "p256", number: int = 0) -> Key:
    """A private key, the same for the same arguments."""
    del number
    curves: dict[str, ec.EllipticCurve] = {
        "p256": ec.SECP256R1(),
        "p384": ec.SECP384R1(),
        "p521": ec.SECP521R1(),
        "k256": ec.SECP256K1(),
    }
    if kind in curves:
        return ec.generate_private_key(curves[kind])
    if kind in MLDSA:
        return MLDSA[kind].generate()
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    if kind == "dsa":
        return dsa.generate_private_key(1024)
    return ed448.Ed448PrivateKey.generate() if kind == "ed448" else _ed25519()


def _ed25519() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def usage(*names: str) -> x509.KeyUsage:
    """A Key Usage extension with the usages `names`."""
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in names for name in every})


@dataclass(frozen=True)
class Entity:
    """A certificate with its key and the entity that issued it."""

    x509: x509.Certificate
    key: Key
    issuer: Entity | None = field(default=None, repr=False)

    @property
    def der(self) -> bytes:
        return self.x509.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.x509.public_bytes(Encoding.PEM)

    @property
    def certificate(self) -> Certificate:
        return load(self.der)

    @property
    def anchor(self) -> Anchor:
        return Anchor(certificate=self.certificate)


def certificates(entities: Iterable[Entity]) -> tuple[Certificate, ...]:
    return tuple(entity.certificate for entity in entities)


def name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tests"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def issue(
    common_name: str,
    issuer: Entity | None = None,
    *,
    kind: str = "p256",
    number: int = 0,
    ca: bool = False,
    path_length: int | None = None,
    purposes: Iterable[ObjectIdentifier] = (ExtendedKeyUsageOID.EMAIL_PROTECTION, CLAIM_SIGNING),
    extensions: Mapping[type[x509.ExtensionType], Marked | None] | None = None,
    not_before: datetime = NOW - 100 * DAY,
    not_after: datetime = NOW + 100 * DAY,
    digest: Digest | None = None,
    pss: padding.PSS | None = None,
    public: Key | None = None,
) -> Entity:
    """A certificate that follows the profile, except for what is asked for.

    Arguments:
        common_name: Of the subject.
        issuer: Who signs it; itself without.
        kind: Of the subject's key.
        number: Distinguishes keys of one kind.
        ca: Whether it is an authority.
        path_length: pathLenConstraint of an authority.
        purposes: Extended key usages of an end entity.
        extensions: To replace, add, or with None leave out.
        not_before: Start of the validity period.
        not_after: End of the validity period.
        digest: Of the signature; SHA-256 without.
        pss: RSASSA-PSS parameters of the signature.
        public: Key whose public half goes into the certificate, instead of one of `kind`.
    """
    own = public or key(kind, number)
    signing = issuer.key if issuer else own
    subject_key = own.public_key()
    wanted: Extensions = {
        x509.BasicConstraints: (x509.BasicConstraints(ca=ca, path_length=path_length), True),
        x509.KeyUsage: (
            usage("key_cert_sign", "crl_sign") if ca else usage("digital_signature"),
            True,
        ),
        x509.SubjectKeyIdentifier: (x509.SubjectKeyIdentifier.from_public_key(subject_key), False),
        x509.AuthorityKeyIdentifier: (
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()),
            False,
        ),
        x509.ExtendedKeyUsage: None if ca else (x509.ExtendedKeyUsage(list(purposes)), False),
        **(extensions or {}),
    }
    builder = x509.CertificateBuilder(
        issuer_name=issuer.x509.subject if issuer else name(common_name),
        subject_name=name(common_name),
        public_key=subject_key,
        serial_number=x509.random_serial_number(),
        not_valid_before=not_before.replace(tzinfo=None),
        not_valid_after=not_after.replace(tzinfo=None),
    )
    for extension in wanted.values():
        if extension is not None:
            builder = builder.add_extension(*extension)
    hashing = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | dsa.DSAPrivateKey
    hashed = (digest or hashes.SHA256()) if isinstance(signing, hashing) else None
    return Entity(builder.sign(signing, hashed, rsa_padding=pss), own, issuer)


Edit = Callable[[list[bytes]], list[bytes]]


def elements(data: bytes) -> list[bytes]:
    """The encoded elements inside a constructed element."""
    reader = der.Reader(data).take().reader()
    found = []
    while reader:
        found.append(reader.take().encoded)
    return found


def rewrite(entity: Entity, edit: Edit) -> bytes:
    """The certificate with its signed fields edited, and signed again with SHA-256 and ECDSA."""
    fields = elements(entity.x509.tbs_certificate_bytes)
    tbs = der.encode(der.SEQUENCE, *edit(fields))
    signing = entity.issuer.key if entity.issuer else entity.key
    assert isinstance(signing, ec.EllipticCurvePrivateKey)
    signature = signing.sign(tbs, ec.ECDSA(hashes.SHA256()))
    algorithm = elements(entity.der)[1]
    return der.encode(der.SEQUENCE, tbs, algorithm, der.encode(der.BIT_STRING, b"\x00", signature))


@functools.cache
def root(kind: str = "p256", number: int = 0) -> Entity:
    return issue(f"Root {kind} {number}", kind=kind, number=number, ca=True)


@functools.cache
def intermediate() -> Entity:
    return issue("Intermediate", root(), number=1, ca=True, path_length=0)


@functools.cache
def signer() -> Entity:
    return issue("Signer", intermediate(), number=2)
