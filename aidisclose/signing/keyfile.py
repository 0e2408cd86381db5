"""Private keys and certificate chains in files, and what people get wrong with them."""

from __future__ import annotations

import base64
import codecs
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

from aidisclose import limits
from aidisclose.codec import der
from aidisclose.errors import Malformed, SigningError, Unreadable
from aidisclose.trust import certificate as certificates
from aidisclose.trust.certificate import Certificate, is_issued_by
from aidisclose.trust.signature import Check, KeyInfo, read_key

if TYPE_CHECKING:
    from cryptography import x509

# `cryptography.x509`, and what reads PKCS#7 and PKCS#12 with it, is imported where it is needed: to
# import it takes as long as a third of signing a picture in a new process.

#: What cryptography raises for a certificate or key that it cannot read, and what we do.
_UNREADABLE: Final = (ValueError, UnsupportedAlgorithm, Unreadable)

#: How a file in DER begins, and none in PEM.
_DER: Final = b"\x30"
#: The version of PKCS#12 is 3, which neither keys nor certificates have there.
_PKCS12: Final = re.compile(
    rb"\x30(?:[\x00-\x80]|\x81.|\x82..|\x83...|\x84....)\x02\x01\x03", re.DOTALL
)
_PKCS7_BEGIN: Final = re.compile(rb"-----BEGIN (?:PKCS ?#?7|CMS)(?: SIGNED DATA)?-----")
_CERTIFICATE_BEGIN: Final = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----")
#: A certificate with what OpenSSL notes about it behind.
_TRUSTED: Final = re.compile(
    rb"-----BEGIN TRUSTED CERTIFICATE-----([^-]*)-----END TRUSTED CERTIFICATE-----"
)


def plain_text(data: bytes) -> bytes:
    """A file without the two bytes a character that PowerShell writes; others as they are."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        # `>` of Windows PowerShell 5 writes UTF-16 with a mark at the start, also what openssl
        # printed.
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    return data.removeprefix(codecs.BOM_UTF8)


def is_pkcs12(data: bytes) -> bool:
    """Whether a file has the version number with which PKCS#12 begins (RFC 7292 §4)."""
    return _PKCS12.match(data) is not None


def load_key(encoded: bytes, password: bytes | None = None) -> PrivateKeyTypes:
    """The private key of a PEM or DER file.

    Raises:
        SigningError: There is none, it cannot be read, or the password does not fit.
    """
    encoded = plain_text(encoded)
    is_der = encoded.startswith(_DER)
    if not is_der:
        _check_pem("key", encoded, "PRIVATE KEY")
    try:
        if is_der:
            return serialization.load_der_private_key(encoded, password)
        return serialization.load_pem_private_key(encoded, password)
    except TypeError:  # this is how cryptography says that only one of key and caller has one
        if password is None:
            raise SigningError("the private key is encrypted: give its password") from None
        raise SigningError("the private key is not encrypted: leave out the password") from None
    except _UNREADABLE:
        if password is not None:
            raise SigningError("the private key cannot be decrypted: check the password") from None
        raise SigningError(
            "the private key is damaged or of an unknown kind: PKCS#8 in PEM or DER is understood"
        ) from None


def key_info(encoded: bytes, password: bytes | None = None) -> KeyInfo:
    """The public half of the private key of a PEM or DER file, as certificates have it.

    Raises:
        SigningError: As `load_key`.
    """
    public = (
        load_key(encoded, password)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return read_key(der.Reader(public))


def load_chain(encoded: bytes, public: PublicKeyTypes | None = None) -> tuple[bytes, ...]:
    """The certificates of a file in DER, without a self-signed one at the end.

    The first one is for the key `public`, if that is given, and each following one issued the one
    before it. PEM, also as OpenSSL and Java write it for trusted certificates, lists them in this
    order; from PKCS#7 and PKCS#12 they are taken in it.

    Raises:
        SigningError: One of this does not hold, or a certificate cannot be read.
    """
    encoded = plain_text(encoded)
    try:
        chain = read_certificates(encoded)
    except _UNREADABLE:
        raise SigningError("the chain file holds a damaged certificate: get it again") from None
    if not chain:
        raise SigningError("the chain file holds no certificate: it has to hold the signer's")
    if len(chain) > limits.CERTIFICATES:
        raise SigningError(f"the chain has more than {limits.CERTIFICATES} certificates")
    if not _is_ordered(encoded):
        chain = _path(chain, public)
    if public is not None:
        _check_holder(chain, public)
    _check_order(chain)
    if len(chain) > 1 and chain[-1].is_self_issued:
        chain.pop()
    return tuple(each.der for each in chain)


def read_certificates(encoded: bytes) -> list[Certificate]:
    """All certificates of a file as they stand in it: PEM, DER, PKCS#7, PKCS#12 without a password.

    Raises:
        SigningError: There is none, or a file of this form needs a password.
        ValueError: One of them, or the file, cannot be read.
        Unreadable: The same.
    """
    encoded = plain_text(encoded)
    if not encoded.startswith(_DER):
        if _PKCS7_BEGIN.search(encoded):
            return _bundled(encoded)
        _check_pem("chain", encoded, "CERTIFICATE")
        # Counted before they are parsed: a bundle of roots has hundreds, and is not a chain.
        if encoded.count(b"-----BEGIN ") > limits.CERTIFICATES:
            raise SigningError(f"the chain has more than {limits.CERTIFICATES} certificates")
        blocks = _TRUSTED.sub(_without_trust, encoded)
        found = certificates.load_pem(blocks)
        # One that does not end, or has headers in it, would be passed over.
        if len(found) != len(_CERTIFICATE_BEGIN.findall(blocks)) or not found:
            raise Malformed("a certificate does not end")
        return list(found)
    if is_pkcs12(encoded):
        return _unlocked(encoded)
    try:
        return [certificates.load(encoded)]
    except Unreadable:
        return _bundled(encoded)


def _bundled(encoded: bytes) -> list[Certificate]:
    """The certificates of a PKCS#7 file."""
    from cryptography.hazmat.primitives.serialization import pkcs7

    is_der = encoded.startswith(_DER)
    read = pkcs7.load_der_pkcs7_certificates if is_der else pkcs7.load_pem_pkcs7_certificates
    return [_read(each) for each in read(encoded)]


def _read(certificate: x509.Certificate) -> Certificate:
    return certificates.load(certificate.public_bytes(serialization.Encoding.DER))


def _is_ordered(encoded: bytes) -> bool:
    return not encoded.startswith(_DER) and not _PKCS7_BEGIN.search(encoded)


def _unlocked(encoded: bytes) -> list[Certificate]:
    from cryptography.hazmat.primitives.serialization import pkcs12

    try:
        found = pkcs12.load_pkcs12(encoded, None)
    except _UNREADABLE:
        raise SigningError(
            "the chain file is PKCS#12 with a password: give it as the key file, which brings its "
            "certificates"
        ) from None
    own = [found.cert] if found.cert else []
    return [_read(each.certificate) for each in (*own, *found.additional_certs)]


def _without_trust(block: re.Match[bytes]) -> bytes:
    """A certificate of OpenSSL's own form without what it says about trust behind it."""
    decoded = base64.b64decode(b"".join(block[1].split()))
    return _armor(der.Reader(decoded).take(der.SEQUENCE).encoded)


def _armor(certificate: bytes) -> bytes:
    """A certificate in PEM."""
    text = base64.encodebytes(certificate)
    return b"-----BEGIN CERTIFICATE-----\n" + text + b"-----END CERTIFICATE-----\n"


def _path(pool: list[Certificate], public: PublicKeyTypes | None = None) -> list[Certificate]:
    """The certificate of the key, or the one that issued no other, and then its issuers.

    All of them if there is no such certificate, so that later checks say what is wrong.
    """
    if public is None:
        leaves = [
            each
            for each in pool
            if not any(_is_issuer(each, [other]) for other in pool if other is not each)
        ]
    else:
        # By the key, not by the order: PKCS#12 and PKCS#7 are sets (RFC 2315 §6.6), and programs
        # order them as they like.
        leaves = [each for each in pool if _is_for(each, public)]
    if not leaves:
        return pool
    # Each certificate issues at most once here (`_is_issuer` leaves out those that are in the
    # path), so that certificates which issued each other end.
    path = leaves[:1]
    while issuer := next((each for each in pool if _is_issuer(each, path)), None):
        path.append(issuer)
    return path


def certified_key(certificate: bytes) -> PublicKeyTypes:
    """The key of a certificate in DER, which `load_chain` returned; of any kind.

    Raises:
        SigningError: It cannot be read.
    """
    try:
        if key := certificates.load(certificate).public_key:
            return key
        from cryptography import x509  # which knows kinds that C2PA does not permit

        return x509.load_der_x509_certificate(certificate).public_key()
    except _UNREADABLE as error:
        raise SigningError(f"the key of the certificate cannot be read: {error}") from None


def load_pkcs12(data: bytes, password: bytes | None) -> tuple[bytes, bytes]:
    """Key and chain of a PKCS#12 file, in PEM.

    Raises:
        SigningError: It cannot be read, lacks one of them, or the password does not fit.
    """
    from cryptography.hazmat.primitives.serialization import pkcs12

    try:
        found = pkcs12.load_pkcs12(data, password)
    except _UNREADABLE:
        hint = "check the password" if password is not None else "give its password"
        raise SigningError(f"the key file cannot be read: if it is PKCS#12, {hint}") from None
    if found.key is None or found.cert is None:
        raise SigningError("the PKCS#12 file lacks a private key or its certificate")
    pool = [found.cert, *found.additional_certs][: limits.CERTIFICATES]
    path = _path([_read(each.certificate) for each in pool], found.key.public_key())
    key = found.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        # Never written: it goes on to `load_key` in this process.
        serialization.NoEncryption(),
    )
    return key, b"".join(_armor(each.der) for each in path)


def _is_issuer(candidate: Certificate, path: list[Certificate]) -> bool:
    return candidate not in path and _has_issued(candidate, path[-1])


def _has_issued(issuer: Certificate, certificate: Certificate) -> bool:
    """Whether nothing says otherwise; what C2PA does not permit, the profile tells."""
    return is_issued_by(certificate, issuer) is not Check.BAD


def _check_pem(name: str, data: bytes, wanted: str) -> None:
    """Tell what was given instead, before a parser says less."""
    kind = wanted.lower()
    if b"-----BEGIN " not in data:
        raise SigningError(f"the {name} file is neither PEM nor DER: it has to hold a {kind}")
    if f"{wanted}-----".encode() not in data:
        raise SigningError(f"the {name} file holds no {kind}: are chain and key exchanged?")


def _check_holder(chain: list[Certificate], public: PublicKeyTypes) -> None:
    """The key is that of the first certificate."""
    if _is_for(chain[0], public):
        return
    for number, each in enumerate(chain[1:], 2):
        if _is_for(each, public):
            raise SigningError(
                f"the key belongs to certificate {number} of the chain: the signer's comes first"
            )
    raise SigningError(
        f"the private key does not belong to the certificate {name_of(chain[0])}: "
        "use the key that it was issued for"
    )


def _is_for(certificate: Certificate, public: PublicKeyTypes) -> bool:
    """Whether a certificate is for this key, also for one of a kind that C2PA does not permit."""
    try:
        return certified_key(certificate.der) == public
    except SigningError:
        return False


def _check_order(chain: list[Certificate]) -> None:
    for number, (each, issuer) in enumerate(pairwise(chain), 2):
        if not _has_issued(issuer, each):
            raise SigningError(
                f"certificate {number} of the chain, {name_of(issuer)}, did not issue the one "
                "before it: order them from the signer's to its last issuer"
            )


def name_of(certificate: Certificate) -> str:
    """The quoted name of the holder, for a message."""
    name = certificate.common_name
    return repr(name) if name else "without a name"
