"""`Signer`: a private key with its certificates, ready to sign claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Final, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from aidisclose import limits
from aidisclose.codec import cose
from aidisclose.errors import LimitExceeded, Malformed, SigningError
from aidisclose.trust import certificate as certificates
from aidisclose.trust.profile import Use, violations

#: Curve → algorithm. Others may be combined, but this is what C2PA recommends (2.2 §13.2.1).
_CURVES: Final = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}

_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}

#: C2PA 2.2 §14.5.1.1.
_MIN_RSA_BITS: Final = 2048

#: What cryptography raises for a certificate or key that it cannot read.
_UNREADABLE: Final = (ValueError, UnsupportedAlgorithm, x509.InvalidVersion)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Signer:
    """Signs claims with one key; safe to use from several threads.

    Whether the certificates follow the C2PA certificate profile is not checked before `check` is
    called, and never whether anybody trusts them.

    Attributes:
        alg: One of `cose.ALGORITHMS`.
        chain: Certificates in DER: the signer's own, then each one's issuer, without a root.
        signature_size: Length of every signature, in bytes.
        sign: The COSE signature of its argument (RFC 9053 §2): `r || s` of fixed length for ECDSA,
            PSS with a salt as long as the hash for RSA. Raises `SigningError` where a device or
            service refuses.
    """

    alg: str
    chain: tuple[bytes, ...]
    signature_size: int
    sign: Callable[[bytes], bytes]
    _certificates: tuple[x509.Certificate, ...] = field(init=False)

    def __post_init__(self) -> None:
        certificates = tuple(map(x509.load_der_x509_certificate, self.chain))
        object.__setattr__(self, "_certificates", certificates)

    @classmethod
    def from_pem(
        cls, *, chain: bytes, key: bytes, password: bytes | None = None, alg: str | None = None
    ) -> Self:
        """A signer from the contents of two PEM files.

        Arguments:
            chain: The signer's certificate, then each one's issuer. A self-signed root at the end
                is left out of the signature (C2PA 2.2 §14.5).
            key: The private key, as PKCS#8 or in the older PKCS#1 and SEC 1 forms.
            password: Of an encrypted key.
            alg: One of `cose.ALGORITHMS`. Only an RSA key leaves a choice; it signs with `ps256`
                unless told otherwise.

        Raises:
            SigningError: One of them cannot be read, they do not belong together, or C2PA does not
                permit the key.
            TypeError: A path or text was given instead of bytes.
            ValueError: `alg` is unknown.
        """
        for name, value in (("chain", chain), ("key", key)):
            if not isinstance(value, bytes):
                kind = type(value).__name__
                raise TypeError(f"{name} is the content of a PEM file as bytes, not {kind}")
        private = load_key(key, password)
        public = private.public_key()
        alg = choose_algorithm(public, alg)
        sign, size = _operation(private, alg)
        return cls(alg=alg, chain=load_chain(chain, public), signature_size=size, sign=sign)

    def check(self, at: datetime) -> None:
        """Nothing, if the certificates may sign at `at`, a time with a time zone.

        Raises:
            SigningError: One has expired or is not valid yet, or does not follow the C2PA
                certificate profile.
            ValueError: `at` has no time zone.
        """
        if at.tzinfo is None:
            raise ValueError("the time of signing needs a time zone")
        for each in self._certificates:
            start, end = each.not_valid_before_utc, each.not_valid_after_utc
            if at > end:
                raise SigningError(
                    f"the certificate {_name(each)} expired on {end:%Y-%m-%d}: get it renewed"
                )
            if at < start:
                raise SigningError(
                    f"the certificate {_name(each)} is not valid before {start:%Y-%m-%d %H:%M} "
                    "UTC: is the clock right?"
                )
        for number, encoded in enumerate(self.chain):
            _check_profile(encoded, Use.CA if number else Use.SIGNER)

    def __repr__(self) -> str:
        return f"<Signer {self.alg} {_name(self._certificates[0])}>"


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


def load_chain(pem: bytes, public: PublicKeyTypes) -> tuple[bytes, ...]:
    """The certificates of a PEM file in DER, without a self-signed one at the end.

    The first one is for the key `public`, and each following one issued the one before it.

    Raises:
        SigningError: One of this does not hold, or a certificate cannot be read.
    """
    _check_pem("chain", pem, "CERTIFICATE")
    if pem.count(b"-----BEGIN ") > limits.CERTIFICATES:
        raise SigningError(f"the chain has more than {limits.CERTIFICATES} certificates")
    try:
        certificates = x509.load_pem_x509_certificates(pem)
        _check_holder(certificates, public)
        _check_order(certificates)
        if len(certificates) > 1 and certificates[-1].issuer == certificates[-1].subject:
            certificates.pop()
        return tuple(each.public_bytes(serialization.Encoding.DER) for each in certificates)
    except _UNREADABLE:
        raise SigningError("the chain file holds a damaged certificate: get it again") from None


def choose_algorithm(public: PublicKeyTypes, alg: str | None = None) -> str:
    """`alg`, or the usual algorithm for this key.

    Raises:
        SigningError: C2PA does not permit the key, or the key cannot sign with `alg`.
        ValueError: `alg` is unknown.
    """
    if alg is not None and alg not in cose.ALGORITHMS:
        raise ValueError(f"alg is one of {', '.join(cose.ALGORITHMS)}, not {alg!r}")
    permitted = _permitted(public)
    if alg is None or alg in permitted:
        return alg or permitted[0]
    raise SigningError(f"the key cannot sign with {alg}: use {' or '.join(permitted)}")


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
        f"the private key does not belong to the certificate {_name(certificates[0])}: "
        "use the key that it was issued for"
    )


def _check_order(certificates: list[x509.Certificate]) -> None:
    for number, (each, issuer) in enumerate(pairwise(certificates), 2):
        try:
            each.verify_directly_issued_by(issuer)
        except (InvalidSignature, TypeError, *_UNREADABLE):
            raise SigningError(
                f"certificate {number} of the chain, {_name(issuer)}, did not issue the one before "
                "it: order them from the signer's to its last issuer"
            ) from None


def _check_profile(encoded: bytes, use: Use) -> None:
    """Refuse a certificate that validators would refuse, in the words that they use."""
    try:
        certificate = certificates.load(encoded)
    except (Malformed, LimitExceeded) as error:
        raise SigningError(f"a certificate of the chain cannot be read: {error}") from None
    for violation in violations(certificate, use=use):
        raise SigningError(
            f"the certificate {certificate.common_name!r} is not permitted: {violation}; "
            f"to mend it: {violation.rule.fix}"
        )


def _permitted(public: PublicKeyTypes) -> tuple[str, ...]:
    """The algorithms that C2PA permits for the key, the usual one first."""
    match public:
        case ec.EllipticCurvePublicKey():
            if public.curve.name in _CURVES:
                return (_CURVES[public.curve.name],)
            raise SigningError(f"C2PA permits no {public.curve.name} keys: use P-256")
        case rsa.RSAPublicKey():
            if _MIN_RSA_BITS <= public.key_size <= limits.RSA_BITS:
                return ("ps256", "ps384", "ps512")
            raise SigningError(
                f"the RSA key has {public.key_size} bits: use {_MIN_RSA_BITS} to {limits.RSA_BITS}"
            )
        case ed25519.Ed25519PublicKey():
            return ("ed25519",)
    kind = type(public).__name__.removesuffix("PublicKey")
    raise SigningError(f"C2PA permits no {kind} keys: use ECDSA with P-256, RSA or Ed25519")


def _operation(key: PrivateKeyTypes, alg: str) -> tuple[Callable[[bytes], bytes], int]:
    """The function that signs, and the length of what it returns."""
    match key:
        case ec.EllipticCurvePrivateKey():
            return _ecdsa(key, _HASHES[alg[2:]])
        case rsa.RSAPrivateKey():
            digest = _HASHES[alg[2:]]
            scheme = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
            return lambda data: key.sign(data, scheme, digest), (key.key_size + 7) // 8
        case ed25519.Ed25519PrivateKey():
            return key.sign, 64
    raise AssertionError(alg)


def _ecdsa(
    key: ec.EllipticCurvePrivateKey, digest: hashes.HashAlgorithm
) -> tuple[Callable[[bytes], bytes], int]:
    scheme = ec.ECDSA(digest)
    width = (key.key_size + 7) // 8

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(data, scheme))
        return r.to_bytes(width, "big") + s.to_bytes(width, "big")

    return sign, 2 * width


def _name(certificate: x509.Certificate) -> str:
    """The quoted name of the holder, for a message."""
    try:
        subject = certificate.subject
    except ValueError:
        return "with an unreadable name"
    names = subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME) or list(subject)
    return repr(names[0].value) if names else "without a name"
