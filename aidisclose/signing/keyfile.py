"""Private keys and certificate chains in files, and what people get wrong with them."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs12

from aidisclose import limits
from aidisclose.codec import der
from aidisclose.errors import SigningError
from aidisclose.trust.signature import KeyInfo, read_key

#: What cryptography raises for a certificate or key that it cannot read.
_UNREADABLE: Final = (ValueError, UnsupportedAlgorithm, x509.InvalidVersion)


def load_key(pem: bytes, password: bytes | None = None) -> PrivateKeyTypes:
    """The private key of a PEM file.

    Raises:
        SigningError: There is none, it cannot be read, or the password does not fit.
    """
    _check_pem("key", pem, "PRIVATE KEY")
    try:
        return serialization.load_pem_private_key(pem, password)
    except TypeError:  # this is how cryptography says that only one of key and caller has one
        if password is None:
            raise SigningError("the private key is encrypted: give its password") from None
        raise SigningError("the private key is not encrypted: leave out the password") from None
    except _UNREADABLE:
        if password is not None:
            raise SigningError("the private key cannot be decrypted: check the password") from None
        raise SigningError(
            "the private key is damaged or of an unknown kind: PKCS#8 in PEM is understood"
        ) from None


def key_info(pem: bytes, password: bytes | None = None) -> KeyInfo:
    """The public half of the private key of a PEM file, as certificates have it.

    Raises:
        SigningError: As `load_key`.
    """
    encoded = (
        load_key(pem, password)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return read_key(der.Reader(encoded))


def load_chain(pem: bytes, public: PublicKeyTypes | None = None) -> tuple[bytes, ...]:
    """The certificates of a PEM file in DER, without a self-signed one at the end.

    The first one is for the key `public`, if that is given, and each following one issued the one
    before it.

    Raises:
        SigningError: One of this does not hold, or a certificate cannot be read.
    """
    _check_pem("chain", pem, "CERTIFICATE")
    if pem.count(b"-----BEGIN ") > limits.CERTIFICATES:
        raise SigningError(f"the chain has more than {limits.CERTIFICATES} certificates")
    try:
        certificates = x509.load_pem_x509_certificates(pem)
        if public is not None:
            _check_holder(certificates, public)
        _check_order(certificates)
        if len(certificates) > 1 and certificates[-1].issuer == certificates[-1].subject:
            certificates.pop()
        return tuple(each.public_bytes(serialization.Encoding.DER) for each in certificates)
    except _UNREADABLE:
        raise SigningError("the chain file holds a damaged certificate: get it again") from None


def certified_key(certificate: bytes) -> PublicKeyTypes:
    """The key of a certificate in DER, which `load_chain` returned."""
    return x509.load_der_x509_certificate(certificate).public_key()


def load_pkcs12(data: bytes, password: bytes | None) -> tuple[bytes, bytes]:
    """Key and chain of a PKCS#12 file, in PEM.

    Raises:
        SigningError: It cannot be read, lacks one of them, or the password does not fit.
    """
    try:
        found = pkcs12.load_pkcs12(data, password)
    except _UNREADABLE:
        hint = "check the password" if password is not None else "give its password"
        raise SigningError(f"the key file cannot be read: if it is PKCS#12, {hint}") from None
    if found.key is None or found.cert is None:
        raise SigningError("the PKCS#12 file lacks a private key or its certificate")
    path = [found.cert.certificate]
    pool = [each.certificate for each in found.additional_certs]
    while issuer := next((each for each in pool if _is_issuer(each, path)), None):
        path.append(issuer)
    key = found.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return key, b"".join(each.public_bytes(serialization.Encoding.PEM) for each in path)


def _is_issuer(candidate: x509.Certificate, path: list[x509.Certificate]) -> bool:
    if candidate in path:
        return False
    try:
        path[-1].verify_directly_issued_by(candidate)
    except (InvalidSignature, TypeError, *_UNREADABLE):
        return False
    return True


def _check_pem(name: str, data: bytes, wanted: str) -> None:
    """Tell what was given instead, before a parser says less."""
    kind = wanted.lower()
    if b"-----BEGIN " not in data:
        what = "DER" if data[:1] == b"\x30" else "not PEM"
        raise SigningError(f"the {name} file is {what}: a PEM file with a {kind} is needed")
    if f"{wanted}-----".encode() not in data:
        raise SigningError(f"the {name} file holds no {kind}: are chain and key exchanged?")


def _check_holder(certificates: list[x509.Certificate], public: PublicKeyTypes) -> None:
    """The key is that of the first certificate."""
    if certificates[0].public_key() == public:
        return
    for number, each in enumerate(certificates[1:], 2):
        if each.public_key() == public:
            raise SigningError(
                f"the key belongs to certificate {number} of the chain: the signer's comes first"
            )
    raise SigningError(
        f"the private key does not belong to the certificate {name_of(certificates[0])}: "
        "use the key that it was issued for"
    )


def _check_order(certificates: list[x509.Certificate]) -> None:
    for number, (each, issuer) in enumerate(pairwise(certificates), 2):
        try:
            each.verify_directly_issued_by(issuer)
        except (InvalidSignature, TypeError, *_UNREADABLE):
            raise SigningError(
                f"certificate {number} of the chain, {name_of(issuer)}, did not issue the one "
                "before it: order them from the signer's to its last issuer"
            ) from None


def name_of(certificate: x509.Certificate) -> str:
    """The quoted name of the holder, for a message."""
    try:
        subject = certificate.subject
    except ValueError:
        return "with an unreadable name"
    names = subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME) or list(subject)
    return repr(names[0].value) if names else "without a name"
