"""The algorithm that a key signs with: which C2PA permits, and how long its signatures are."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from aidisclose import limits
from aidisclose.codec import cose
from aidisclose.errors import SigningError, Unreadable, UsageError
from aidisclose.signing.keyfile import certified_key, load_chain
from aidisclose.trust import certificate as certificates
from aidisclose.trust.certificate import Certificate
from aidisclose.trust.signature import LEAST_RSA_BITS, RSA_PSS, AlgorithmIdentifier, read_pss

#: Curve → algorithm. Others may be combined, but this is what C2PA recommends (2.2 §13.2.1).
#: Names of the second kind fix the curve too (RFC 9864). Readers before C2PA 2.5 do not know them,
#: so the first ones are written unless asked.
_CURVES: Final = {
    "secp256r1": ("es256", "esp256"),
    "secp384r1": ("es384", "esp384"),
    "secp521r1": ("es512", "esp512"),
}

#: What an ML-DSA key signs with (C2PA 2.5 §12.3.1), and the size of signatures (FIPS 204 §4).
_ML_DSA: Final[dict[type[PublicKeyTypes], tuple[str, int]]] = {
    mldsa.MLDSA44PublicKey: ("ml-dsa-44", 2420),
    mldsa.MLDSA65PublicKey: ("ml-dsa-65", 3309),
    mldsa.MLDSA87PublicKey: ("ml-dsa-87", 4627),
}


def choose_algorithm(
    public: PublicKeyTypes, alg: str | None = None, *, digest: str | None = None
) -> str:
    """`alg`, or the usual algorithm for this key.

    Arguments:
        public: The key.
        alg: One of `cose.NAMED`, if there is a wish.
        digest: The only hash algorithm that the key is for, if its certificate says so.

    Raises:
        SigningError: C2PA does not permit the key, or the key cannot sign with `alg`.
        UsageError: `alg` is unknown.
    """
    if alg is not None and alg not in cose.NAMED:
        raise UsageError(f"unknown algorithm {alg!r} (choose from {', '.join(cose.NAMED)})")
    permitted = tuple(
        name for name in _permitted(public) if digest is None or cose.NAMED[name].digest == digest
    )
    if not permitted:
        raise SigningError("the certificate limits the key to a hash that C2PA does not permit")
    if alg is None or alg in permitted:
        return alg or permitted[0]
    raise SigningError(f"the key cannot sign with {alg}: use {' or '.join(permitted)}")


def certified_algorithm(chain: bytes, alg: str | None = None) -> cose.Algorithm:
    """The algorithm with which the key of a chain in PEM signs: `alg`, or the usual one.

    Raises:
        SigningError: The chain cannot be used, or its key cannot sign with `alg`.
        UsageError: `alg` is unknown.
    """
    return certified(load_chain(chain)[0], alg)[0]


def certified(leaf: bytes, alg: str | None) -> tuple[cose.Algorithm, PublicKeyTypes]:
    """The algorithm of a certificate in DER, and its key; see `certified_algorithm`."""
    public = certified_key(leaf)
    return cose.NAMED[choose_algorithm(public, alg, digest=only_digest(leaf))], public


def only_digest(leaf: bytes) -> str | None:
    """The hash algorithm that a certificate limits its RSA key to (RFC 4055 §3.1); None without.

    Validators refuse signatures of such a key with any other.
    """
    try:
        algorithm = load_certificate(leaf).key_info.algorithm
        # A key under rsaEncryption (1.2.840.113549.1.1.1) signs with any hash; one under
        # id-RSASSA-PSS without parameters too.
        return read_pss(algorithm.parameters).digest if _limits(algorithm) else None
    except Unreadable as error:
        raise SigningError(f"a certificate of the chain cannot be read: {error}") from None


def _limits(algorithm: AlgorithmIdentifier) -> bool:
    return algorithm.oid == RSA_PSS and bool(algorithm.parameters)


def load_certificate(encoded: bytes) -> Certificate:
    """A certificate of a signer's chain.

    Raises:
        SigningError: It cannot be read.
    """
    try:
        return certificates.load(encoded)
    except Unreadable as error:
        raise SigningError(f"a certificate of the chain cannot be read: {error}") from None


def _permitted(public: PublicKeyTypes) -> tuple[str, ...]:
    """The algorithms that C2PA permits for the key, the usual one first."""
    match public:
        case ec.EllipticCurvePublicKey():
            if public.curve.name in _CURVES:
                return _CURVES[public.curve.name]
            raise SigningError(f"C2PA permits no {public.curve.name} keys: use P-256")
        case rsa.RSAPublicKey():
            # C2PA 2.2 §13.2.1: at least 2,048 bits, and validators may refuse more than 16,384.
            if LEAST_RSA_BITS <= public.key_size <= limits.RSA_BITS:
                return ("ps256", "ps384", "ps512")
            raise SigningError(
                f"the RSA key has {public.key_size} bits: use {LEAST_RSA_BITS} to {limits.RSA_BITS}"
            )
        case ed25519.Ed25519PublicKey():
            return ("ed25519",)
    for kind_of_key, (name, _) in _ML_DSA.items():
        if isinstance(public, kind_of_key):
            return (name,)
    kind = type(public).__name__.removesuffix("PublicKey")
    raise SigningError(f"C2PA permits no {kind} keys: use ECDSA with P-256, RSA, Ed25519 or ML-DSA")


def signature_size(public: PublicKeyTypes) -> int:
    """Bytes of every COSE signature with a key that C2PA permits."""
    match public:
        case ec.EllipticCurvePublicKey():
            # `r || s`, each as wide as the curve: 132 bytes for P-521, whose 521 bits do not fill
            # the last byte.
            return 2 * ((public.key_size + 7) // 8)
        case rsa.RSAPublicKey():
            return (public.key_size + 7) // 8
    for kind, (_, size) in _ML_DSA.items():
        if isinstance(public, kind):
            return size
    # Ed25519 (RFC 8032 §5.1.6).
    return 64
