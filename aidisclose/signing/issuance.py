"""Issuance of certificates for testing: a root, a signer, a time stamp authority, a responder.

They follow the C2PA certificate profile as certificates of a real authority do, so that nothing
but trust is missing. The keys of the root and of the intermediates are never given out: nobody can
issue anything more in their name.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
    ObjectIdentifier,
)

from aidisclose import arguments
from aidisclose.codec import cose
from aidisclose.errors import UsageError
from aidisclose.named import NamedTuple
from aidisclose.trust.anchors import FOR_TESTING

#: RFC 5280 §A.1: an X.509 common name has at most 64 characters.
_NAME_LENGTH: Final = 64 - len(FOR_TESTING)
_ORGANIZATION_LENGTH: Final = 64

#: Of test credentials whose maker names no other.
ORGANIZATION: Final = "aidisclose test credentials"

#: Of the authorities and of the time stamps, which must outlive what they confirm.
_AUTHORITY_DAYS: Final = 3650

#: Machines that check the new certificate at once may have clocks a little behind.
_BACKDATED: Final = timedelta(minutes=10)

#: C2PA 2.2 §14.4.1: the purpose to which the official trust list is tied. E-mail protection beside
#: it is what every validator accepts, also older ones.
_SIGNING: Final = x509.ExtendedKeyUsage(
    [ExtendedKeyUsageOID.EMAIL_PROTECTION, ObjectIdentifier("1.3.6.1.4.1.62558.2.1")]
)
_TIME_STAMPING: Final = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])

MLDSAKey = mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey
#: The private keys that C2PA permits.
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | MLDSAKey
_Hash = hashes.SHA256 | hashes.SHA384 | hashes.SHA512

_CURVES: Final[dict[str, ec.EllipticCurve]] = {
    "es256": ec.SECP256R1(),
    "es384": ec.SECP384R1(),
    "es512": ec.SECP521R1(),
}

RSA_HASHES: Final[dict[str, _Hash]] = {
    "ps256": hashes.SHA256(),
    "ps384": hashes.SHA384(),
    "ps512": hashes.SHA512(),
}

_ML_DSA: Final[dict[str, type[MLDSAKey]]] = {
    "ml-dsa-44": mldsa.MLDSA44PrivateKey,
    "ml-dsa-65": mldsa.MLDSA65PrivateKey,
    "ml-dsa-87": mldsa.MLDSA87PrivateKey,
}

_Extensions = tuple[tuple[x509.ExtensionType, bool], ...]


def _usage(*, signs: bool = False, commits: bool = False, issues: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=commits,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issues,
        crl_sign=issues,
        encipher_only=False,
        decipher_only=False,
    )


_ISSUES: Final = (_usage(issues=True), True)
_LEAF: Final = (x509.BasicConstraints(ca=False, path_length=None), True)
_ISSUER: Final = (x509.BasicConstraints(ca=True, path_length=0), True)

#: Extensions of each kind of certificate, and whether they are critical (C2PA 2.2 §14.5.1.1; for
#: time stamps RFC 3161 §2.3).
_ROOT: Final[_Extensions] = ((x509.BasicConstraints(ca=True, path_length=1), True), _ISSUES)
_SIGNER_ISSUER: Final[_Extensions] = (_ISSUER, _ISSUES, (_SIGNING, False))
_TSA_ISSUER: Final[_Extensions] = (_ISSUER, _ISSUES, (_TIME_STAMPING, False))
SIGNER_EXTENSIONS: Final[_Extensions] = (
    _LEAF,
    (_usage(signs=True, commits=True), True),
    (_SIGNING, False),
)
_TSA: Final[_Extensions] = (_LEAF, (_usage(signs=True), True), (_TIME_STAMPING, True))
_OCSP: Final[_Extensions] = (
    _LEAF,
    (_usage(signs=True), True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
    # Nobody has to ask whether the responder was revoked (RFC 6960 §4.2.2.2.1).
    (x509.OCSPNoCheck(), False),
)


class _Issuer(NamedTuple):
    name: x509.Name
    key: ec.EllipticCurvePrivateKey | MLDSAKey

    def issue(
        self,
        subject: x509.Name,
        public: CertificateIssuerPublicKeyTypes,
        extensions: _Extensions,
        *,
        start: datetime,
        days: int = _AUTHORITY_DAYS,
        digest: _Hash = hashes.SHA384(),  # noqa: B008 - immutable
    ) -> x509.Certificate:
        own = self.key.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(own), critical=False)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self.key, None if isinstance(self.key, MLDSAKey) else digest)


class IssuedCredentials(NamedTuple):
    """The certificates and keys of one issuance, in PEM; chains without the root.

    Attributes:
        root: The certificate that all chains lead to.
        chain: The signer's certificate and its issuer.
        key: The signer's.
        tsa_chain: The time stamp authority's certificate and its issuer.
        tsa_key: The time stamp authority's.
        ocsp_chain: The responder's certificate and its issuer, which is the signer's too.
        ocsp_key: The responder's.
    """

    root: bytes
    chain: bytes
    key: bytes
    tsa_chain: bytes
    tsa_key: bytes
    ocsp_chain: bytes
    ocsp_key: bytes


def issue(
    *,
    alg: str = "es256",
    name: str = "Signer",
    organization: str = ORGANIZATION,
    days: int = 365,
    at: datetime | None = None,
    password: bytes | None = None,
    ocsp: str | None = None,
) -> IssuedCredentials:
    """New certificates and keys for testing, made without touching a disk.

    Arguments:
        alg: One of `cose.ALGORITHMS`.
        name: Of the signer; becomes part of the certificate. 1 to 27 printable characters.
        organization: The signer's; 1 to 64 printable characters. That the certificate is for
            testing stands in its common name, whatever the organization.
        days: The number of days for which the signer's certificate is valid, 1 to 3650.
        at: The time from which they are valid, with a time zone; now if None.
        password: The password that all private keys are encrypted with; not at all if None.
        ocsp: Address of the OCSP responder that the signer's certificate is to name, in ASCII.

    Raises:
        UsageError: An argument is out of its range.
    """
    if alg not in cose.ALGORITHMS:
        raise UsageError(f"unknown algorithm {alg!r} (choose from {', '.join(cose.ALGORITHMS)})")
    if not 1 <= len(name) <= _NAME_LENGTH or not name.isprintable():
        raise UsageError(f"name has 1 to {_NAME_LENGTH} printable characters, not {name!r}")
    if not 1 <= len(organization) <= _ORGANIZATION_LENGTH or not organization.isprintable():
        raise UsageError(
            f"organization has 1 to {_ORGANIZATION_LENGTH} printable characters, "
            f"not {organization!r}"
        )
    if not 1 <= days <= _AUTHORITY_DAYS:
        raise UsageError(f"days is 1 to {_AUTHORITY_DAYS}, not {days}")
    arguments.moment("at", at)
    if password == b"":
        raise UsageError("the password is empty")
    # X.509 has no finer unit than seconds (RFC 5280 §4.1.2.5.2).
    start = (at or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0) - _BACKDATED
    holder = partial(_subject, name, organization=organization)
    # Issuers are looked for by name: those of two sets must not be called the same.
    tag = os.urandom(4).hex()
    root, signing, stamping = (
        _Issuer(_subject(each, tag), _authority_key(alg))
        for each in ("Root", "Intermediate", "Time stamp issuer")
    )
    # Time stamps and OCSP responses need not follow the algorithm of the signer, and every reader
    # verifies these.
    key, tsa_key, ocsp_key = new_key(alg), new_key("es256"), new_key("es256")

    def authority(subject: _Issuer, extensions: _Extensions) -> x509.Certificate:
        return root.issue(subject.name, subject.key.public_key(), extensions, start=start)

    leaf = signing.issue(
        holder(tag),
        key.public_key(),
        SIGNER_EXTENSIONS + (() if ocsp is None else ((_names_responder(ocsp), False),)),
        start=start,
        days=days,
        digest=RSA_HASHES.get(alg, hashes.SHA384()),
    )
    stamper = stamping.issue(_subject("Time stamps", tag), tsa_key.public_key(), _TSA, start=start)
    # Below the signer's own issuer, or it could not answer for it (RFC 6960 §4.2.2.2).
    responder = signing.issue(_subject("OCSP", tag), ocsp_key.public_key(), _OCSP, start=start)
    issuer = authority(signing, _SIGNER_ISSUER)
    return IssuedCredentials(
        root=_pem(authority(root, _ROOT)),
        chain=_pem(leaf, issuer),
        key=key_pem(key, password),
        tsa_chain=_pem(stamper, authority(stamping, _TSA_ISSUER)),
        tsa_key=key_pem(tsa_key, password),
        ocsp_chain=_pem(responder, issuer),
        ocsp_key=key_pem(ocsp_key, password),
    )


def _authority_key(alg: str) -> ec.EllipticCurvePrivateKey | MLDSAKey:
    """The key of an authority: on the curve that the C2PA certificate policy asks for.

    A chain is as strong as its weakest signature, so that ML-DSA certificates have issuers of their
    own kind.
    """
    if alg in _ML_DSA:
        return _ML_DSA[alg].generate()
    return ec.generate_private_key(ec.SECP384R1())


def _names_responder(url: str) -> x509.AuthorityInformationAccess:
    location = x509.UniformResourceIdentifier(url)
    description = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, location)
    return x509.AuthorityInformationAccess([description])


def _subject(name: str, tag: str, *, organization: str = ORGANIZATION) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "ZZ"),  # no country has this code
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            # In the common name, which every viewer shows: a file that was signed for a test must
            # not pass for an agency's.
            x509.NameAttribute(NameOID.COMMON_NAME, name + FOR_TESTING),
            # Two roots of one name would be taken for one another.
            x509.NameAttribute(NameOID.SERIAL_NUMBER, tag),
        ]
    )


def new_key(alg: str) -> Key:
    """A new private key for one of `cose.ALGORITHMS`."""
    if alg in _CURVES:
        return ec.generate_private_key(_CURVES[alg])
    if alg in RSA_HASHES:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if alg in _ML_DSA:
        return _ML_DSA[alg].generate()
    return ed25519.Ed25519PrivateKey.generate()


def _pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def key_pem(key: Key, password: bytes | None = None) -> bytes:
    """A private key as PKCS#8 in PEM, encrypted if there is a password."""
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        encryption = serialization.BestAvailableEncryption(password)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
