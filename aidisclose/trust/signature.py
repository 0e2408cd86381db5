"""Checking signatures that are named by ASN.1 algorithm identifiers, as X.509 and CMS do.

Kinds of keys besides ECDSA are imported when a file has them: that takes longer than checking.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from aidisclose import limits
from aidisclose.codec import der, ecdsa
from aidisclose.errors import Malformed
from aidisclose.named import NamedTuple

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa, rsa

    MLDSAPublicKey = mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey
    WholeKey = ed25519.Ed25519PublicKey | MLDSAPublicKey
    PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | WholeKey
    Hash = hashes.SHA256 | hashes.SHA384 | hashes.SHA512

RSA: Final = "1.2.840.113549.1.1.1"
RSA_PSS: Final = "1.2.840.113549.1.1.10"
EC: Final = "1.2.840.10045.2.1"
ED25519: Final = "1.3.101.112"
#: Of keys and of signatures (RFC 9881 §2); C2PA has them since 2.5.
ML_DSA: Final = (
    "2.16.840.1.101.3.4.3.17",
    "2.16.840.1.101.3.4.3.18",
    "2.16.840.1.101.3.4.3.19",
)

_MGF1: Final = "1.2.840.113549.1.1.8"

#: C2PA 2.2 §13.1, by object identifier; the names are those of `hashlib`.
DIGESTS: Final = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_HASHES: Final[Mapping[str, Hash]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
ECDSA_SIGNATURES: Final = {
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}
RSA_SIGNATURES: Final = {
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
CURVES: Final[Mapping[str, ec.EllipticCurve]] = {
    "1.2.840.10045.3.1.7": ec.SECP256R1(),
    "1.3.132.0.34": ec.SECP384R1(),
    "1.3.132.0.35": ec.SECP521R1(),
}

#: C2PA 2.2 §13.2.1; below it RSA is not worth checking.
LEAST_RSA_BITS: Final = 2048


class AlgorithmIdentifier(NamedTuple):
    """An AlgorithmIdentifier.

    Attributes:
        oid: Dotted.
        parameters: The encoded parameters, empty if there are none.
    """

    oid: str
    parameters: bytes = b""


class KeyInfo(NamedTuple):
    """A SubjectPublicKeyInfo.

    Attributes:
        algorithm: The kind of key.
        bits: The content of the key itself: a point, a number, or an RSAPublicKey.
        size: The number of bits of an RSA modulus, 0 for other keys.
    """

    algorithm: AlgorithmIdentifier
    bits: bytes
    size: int

    @property
    def curve(self) -> str:
        """The object identifier of a named curve; empty if there is none."""
        try:
            reader = der.Reader(self.algorithm.parameters)
            return reader.oid() if self.algorithm.oid == EC else ""
        except Malformed:
            return ""


class PSS(NamedTuple):
    """RSASSA-PSS-params, with the names of hash algorithms; empty for any but SHA-2."""

    digest: str
    mgf_digest: str
    salt: int


class Check(Enum):
    """The result of checking a signature."""

    GOOD = "good"
    BAD = "bad"
    UNSUPPORTED = "unsupported"


def read_algorithm(reader: der.Reader) -> AlgorithmIdentifier:
    """The AlgorithmIdentifier that comes next."""
    inner = reader.enter()
    oid = inner.oid()
    parameters = inner.take().encoded if inner else b""
    inner.finish()
    return AlgorithmIdentifier(oid, parameters)


def read_key(reader: der.Reader) -> KeyInfo:
    """The SubjectPublicKeyInfo that comes next."""
    inner = reader.enter()
    algorithm = read_algorithm(inner)
    bits = inner.bits()
    inner.finish()
    size = _rsa_numbers(bits)[0].bit_length() if algorithm.oid in (RSA, RSA_PSS) else 0
    return KeyInfo(algorithm, bits, size)


def _rsa_numbers(bits: bytes) -> tuple[int, int]:
    """Modulus and exponent of an RSAPublicKey."""
    reader = der.read(bits)
    # As long as the key: limits apply to its bits, where a rule can name them.
    modulus, exponent = (reader.integer(size=len(bits)) for _ in range(2))
    reader.finish()
    if modulus <= 0 or exponent <= 0:
        raise Malformed("an RSA key with a negative number")
    return modulus, exponent


def load_key(info: KeyInfo) -> PublicKey | None:
    """The public key; None for a kind, curve or size that C2PA does not allow (§13.2.1)."""
    oid = info.algorithm.oid
    try:
        if oid == EC and (curve := CURVES.get(info.curve)):
            return ec.EllipticCurvePublicKey.from_encoded_point(curve, info.bits)
        if (kind := _whole(oid)) and (oid == ED25519 or not info.algorithm.parameters):
            return kind.from_public_bytes(info.bits)
        if oid in (RSA, RSA_PSS) and LEAST_RSA_BITS <= info.size <= limits.RSA_BITS:
            from cryptography.hazmat.primitives.asymmetric import rsa

            modulus, exponent = _rsa_numbers(info.bits)
            if exponent.bit_length() <= limits.RSA_EXPONENT_BITS:
                return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except (ValueError, UnsupportedAlgorithm):
        pass
    return None


def read_pss(parameters: bytes) -> PSS:
    """RSASSA-PSS-params (RFC 8017 §A.2.3).

    Raises:
        Malformed: They are invalid or absent.
    """
    reader = der.read(parameters)
    digest = mgf = AlgorithmIdentifier("")  # the defaults are SHA-1, which has no name here
    salt, trailer = 20, 1
    if element := reader.optional(der.context(0)):
        digest = read_algorithm(element.reader())
    if element := reader.optional(der.context(1)):
        function = read_algorithm(element.reader())
        if function.oid == _MGF1:
            mgf = read_algorithm(der.Reader(function.parameters))
    if element := reader.optional(der.context(2)):
        salt = element.reader().integer()
    if element := reader.optional(der.context(3)):
        trailer = element.reader().integer()
    reader.finish()
    if trailer != 1 or salt < 0:
        raise Malformed("RSASSA-PSS parameters out of range")
    return PSS(DIGESTS.get(digest.oid, ""), DIGESTS.get(mgf.oid, ""), salt)


def verify(
    key: PublicKey | None, algorithm: AlgorithmIdentifier, signature: bytes, message: bytes
) -> Check:
    """Whether `signature` over `message` is good.

    UNSUPPORTED where there is no key, the algorithm is not one that C2PA allows for certificates
    (2.5 §12.3), or the key is of another kind than it needs.
    """
    try:
        return _verify(key, algorithm, signature, message)
    except (InvalidSignature, ValueError):
        return Check.BAD
    except (UnsupportedAlgorithm, Malformed):
        return Check.UNSUPPORTED


def _verify(
    key: PublicKey | None, algorithm: AlgorithmIdentifier, signature: bytes, message: bytes
) -> Check:
    oid = algorithm.oid
    if isinstance(key, ec.EllipticCurvePublicKey) and oid in ECDSA_SIGNATURES:
        key.verify(signature, message, ecdsa.Scheme(_HASHES[ECDSA_SIGNATURES[oid]]))
    elif (kind := _whole(oid)) and isinstance(key, kind):
        key.verify(signature, message)
    elif oid in RSA_SIGNATURES or oid == RSA_PSS:
        return _verify_rsa(key, algorithm, signature, message)
    else:
        return Check.UNSUPPORTED
    return Check.GOOD


def _verify_rsa(
    key: PublicKey | None, algorithm: AlgorithmIdentifier, signature: bytes, message: bytes
) -> Check:
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    if not isinstance(key, rsa.RSAPublicKey):
        return Check.UNSUPPORTED
    if algorithm.oid in RSA_SIGNATURES:
        digest = _HASHES[RSA_SIGNATURES[algorithm.oid]]
        key.verify(signature, message, padding.PKCS1v15(), digest)
        return Check.GOOD
    pss = read_pss(algorithm.parameters)
    # A salt that the key has no room for cannot be in a good signature.
    if not pss.digest or pss.mgf_digest != pss.digest or pss.salt > key.key_size // 8:
        return Check.UNSUPPORTED
    digest = _HASHES[pss.digest]
    key.verify(signature, message, padding.PSS(padding.MGF1(digest), pss.salt), digest)
    return Check.GOOD


def _whole(oid: str) -> type[WholeKey] | None:
    """The keys of an algorithm that hashes by itself; None for any other."""
    if oid == ED25519:
        from cryptography.hazmat.primitives.asymmetric import ed25519

        return ed25519.Ed25519PublicKey
    if oid not in ML_DSA:
        return None
    from cryptography.hazmat.primitives.asymmetric import mldsa

    kinds = (mldsa.MLDSA44PublicKey, mldsa.MLDSA65PublicKey, mldsa.MLDSA87PublicKey)
    return kinds[ML_DSA.index(oid)]
