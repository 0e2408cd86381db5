"""COSE_Sign1 (RFC 9052) as C2PA uses it: detached payload, certificates in the protected header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import cbor2
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from aidisclose.codec import cbor
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.named import NamedTuple

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_SIGN1_TAG: Final = 18
ALG: Final = 1
X5CHAIN: Final = 33
#: Its number (RFC 9360), and its name in C2PA 1.x.
_CHAINS: Final = (X5CHAIN, "x5chain")
_CRIT: Final = 2
_PADDING: Final = ("pad", "pad2")
_CWT_CLAIMS: Final = 15
_IAT: Final = 6
_EPOCH_TAG: Final = 1


class Algorithm(NamedTuple):
    """A signature algorithm.

    Attributes:
        name: As in the rest of the program: lower case.
        cose_id: IANA COSE algorithm number.
        digest: As `hashlib` spells it, empty for those that hash by themselves.
        family: The kind of key that signs.
        curve_bytes: Size of one ECDSA coordinate, 0 for the others.
    """

    name: str
    cose_id: int
    digest: str
    family: Literal["ecdsa", "rsa-pss", "ed25519", "ml-dsa"]
    curve_bytes: int


#: C2PA 2.5 §12.3: the algorithms that may sign a claim and can be checked here.
ALGORITHMS: Final = {
    algorithm.name: algorithm
    for algorithm in (
        Algorithm("es256", -7, "sha256", "ecdsa", 32),
        Algorithm("es384", -35, "sha384", "ecdsa", 48),
        # P-521 has 521 bits, so 66 bytes a coordinate.
        Algorithm("es512", -36, "sha512", "ecdsa", 66),
        Algorithm("ps256", -37, "sha256", "rsa-pss", 0),
        Algorithm("ps384", -38, "sha384", "rsa-pss", 0),
        Algorithm("ps512", -39, "sha512", "rsa-pss", 0),
        Algorithm("ed25519", -8, "", "ed25519", 0),
        Algorithm("ml-dsa-44", -48, "", "ml-dsa", 0),
        Algorithm("ml-dsa-65", -49, "", "ml-dsa", 0),
        Algorithm("ml-dsa-87", -50, "", "ml-dsa", 0),
    )
}
#: The algorithms (RFC 9964) that C2PA has since 2.5; no quantum computer is known to break them.
POST_QUANTUM: Final = frozenset(
    name for name, algorithm in ALGORITHMS.items() if algorithm.family == "ml-dsa"
)
_HASHES: Final = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
#: RFC 9864: numbers that name the curve too, which C2PA binds to the others anyway (2.5 §12.3).
WITH_CURVE: Final = {
    f"esp{name[2:]}": ALGORITHMS[name]._replace(name=f"esp{name[2:]}", cose_id=number)
    for name, number in (("es256", -9), ("es384", -51), ("es512", -52))
}
#: Every algorithm by its name; those of `WITH_CURVE` sign with the keys of others.
NAMED: Final = ALGORITHMS | WITH_CURVE
#: C2PA has them since 2.5: validators of older versions take them for unknown.
NEWER: Final = POST_QUANTUM | WITH_CURVE.keys()
_BY_ID: Final = {algorithm.cose_id: algorithm for algorithm in NAMED.values()}


class Sign1(NamedTuple):
    """A parsed COSE_Sign1.

    Attributes:
        protected: The protected header as it stood in the file; this is what is signed.
        headers: The protected header, decoded.
        unprotected: The unprotected header.
        payload: None where it is detached.
        signature: The raw signature.
    """

    protected: bytes
    headers: dict[object, object]
    unprotected: dict[object, object]
    payload: bytes | None
    signature: bytes

    @property
    def algorithm(self) -> Algorithm | None:
        """The algorithm of the protected header; None if it is missing or not one of ours."""
        number = self.headers.get(ALG)
        return _BY_ID.get(number) if isinstance(number, int) else None

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The chain, DER, signer first; empty if there is none.

        Only the protected header counts: in the unprotected one, anybody can exchange the
        certificate for another with the same key (C2PA 2.5 §13.2.3 for new claims). The text label
        of C2PA 1.x is read as well.

        Raises:
            Malformed: Two different chains, or something else than certificates.
        """
        return _certificates(self.headers)

    @property
    def claimed_time(self) -> float | None:
        """The time of signing that the signer claims, in seconds since 1970; None if there is none.

        Its range is not checked: it may be negative, infinite or not a number.

        Only the protected header counts (C2PA 2.5 §10.3.2); the label is `iat`, or the same claim
        among those of CBOR web tokens (RFC 9597).
        """
        claims = self.headers.get(_CWT_CLAIMS)
        value = self.headers.get("iat", claims.get(_IAT) if isinstance(claims, dict) else None)
        # A NumericDate has no tag (RFC 8392 §2); the tag of CBOR for the same number does no harm.
        if isinstance(value, cbor2.CBORTag) and value.tag == _EPOCH_TAG:
            value = value.value
        # bool is a subclass of int in Python: `true` would be one second after 1970.
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return value

    @property
    def is_padding_blank(self) -> bool:
        """Whether the entries that only fill up room are byte strings of zeros."""
        filled = (self.unprotected[name] for name in _PADDING if name in self.unprotected)
        return all(isinstance(item, bytes) and not any(item) for item in filled)

    @property
    def unprotected_certificates(self) -> tuple[bytes, ...]:
        """As `certificates`, from the unprotected header, where C2PA 1.x allowed them."""
        return _certificates(self.unprotected)


def _has_chain(headers: dict[object, object]) -> bool:
    return any(label in headers for label in _CHAINS)


def _certificates(headers: dict[object, object]) -> tuple[bytes, ...]:
    chains = [_chain(headers[label]) for label in _CHAINS if label in headers]
    if len(chains) == 2 and chains[0] != chains[1]:
        raise Malformed("two different certificate chains")
    return chains[0] if chains else ()


def _chain(value: object) -> tuple[bytes, ...]:
    if isinstance(value, bytes):
        return (value,)
    if isinstance(value, list) and value:
        chain = tuple(item for item in value if isinstance(item, bytes))
        if len(chain) == len(value):
            return chain
    raise Malformed("the certificate chain is neither a byte string nor an array of them")


def parse(data: bytes, *, values: cbor.ValueBudget | None = None) -> Sign1:
    """A COSE_Sign1 with its tag (C2PA 2.5 §13.2.3).

    Arguments:
        data: The encoding.
        values: The values that its file may still hold; None if that holds nothing else.

    Raises:
        Malformed: It is not a COSE_Sign1, a label stands in both headers (RFC 9052 §3), or a
            critical header is unknown (RFC 9052 §3.1).
    """
    tagged = cbor.decode(data, values=values)
    if not (isinstance(tagged, cbor2.CBORTag) and tagged.tag == _SIGN1_TAG):
        raise Malformed("the signature has no tag that says COSE_Sign1")
    value = tagged.value
    if not (isinstance(value, list) and len(value) == 4):
        raise Malformed("not a COSE_Sign1 structure")
    protected, unprotected, payload, signature = value
    if not (
        isinstance(protected, bytes)
        and isinstance(unprotected, dict)
        and (payload is None or isinstance(payload, bytes))
        and isinstance(signature, bytes)
    ):
        raise Malformed("a COSE_Sign1 structure with fields of the wrong type")
    # RFC 9052 §3: an empty header is the empty byte string, not an empty map in one.
    headers = cbor.decode_map(protected, values=values) if protected else {}
    if not all(isinstance(label, int | str) for label in (*headers, *unprotected)):
        raise Malformed("a COSE header parameter is labelled with neither number nor text")
    # `crit` in the unprotected header breaks RFC 9052 §3.1; ignoring it there would hide a demand.
    if _CRIT in headers or _CRIT in unprotected:
        raise Malformed("critical header parameters, of which none is known")
    if headers.keys() & unprotected.keys() or (_has_chain(headers) and _has_chain(unprotected)):
        raise Malformed("a COSE header parameter stands in both buckets")
    return Sign1(protected, headers, unprotected, payload, signature)


def protected_header(algorithm: Algorithm, chain: tuple[bytes, ...]) -> bytes:
    """The encoded protected header: algorithm, and certificates with the signer first."""
    # RFC 9360 §2: a single certificate is not wrapped in an array.
    certificates = chain[0] if len(chain) == 1 else list(chain)
    return cbor.encode({ALG: algorithm.cose_id, X5CHAIN: certificates})


def sig_structure(
    protected: bytes,
    payload: bytes,
    *,
    context: Literal["Signature1", "CounterSignature"] = "Signature1",
) -> bytes:
    """The bytes that are signed (RFC 9052 §4.4), or time-stamped (C2PA 2.5 §10.3.2.5)."""
    return cbor.encode([context, protected, b"", payload])


def encode(
    protected: bytes, unprotected: dict[object, object], signature: bytes, *, size: int | None
) -> bytes:
    """A tagged COSE_Sign1 with detached payload of exactly `size` bytes; None does not pad it.

    What is left over is filled with zeros under the labels `pad` and `pad2` (C2PA 2.5 §10.3.2.4).

    Raises:
        LimitExceeded: It does not fit.
    """
    bare = _encode(protected, unprotected, signature)
    if size is None:
        return bare
    left = size - len(bare)
    try:
        padded = unprotected | cbor.padding(left)
    except ValueError:
        message = f"the signature does not fit into the reserved {size} bytes"
        raise LimitExceeded(f"{message} ({left} left); reserve more") from None
    return _encode(protected, padded, signature)


def _encode(protected: bytes, unprotected: dict[object, object], signature: bytes) -> bytes:
    return cbor.encode(cbor2.CBORTag(_SIGN1_TAG, [protected, unprotected, None, signature]))


def verify(algorithm: Algorithm, key: PublicKeyTypes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` over `message` is good; False too where the key is of another kind.

    An ECDSA key must lie on the curve that its algorithm names: the length of the signature is
    that of the curve (C2PA 2.5 §13.2.1).
    """
    try:
        return _FAMILIES[algorithm.family](algorithm, key, signature, message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):  # an RSA key below the digest
        return False


def _verify_ecdsa(
    algorithm: Algorithm, key: PublicKeyTypes, signature: bytes, message: bytes
) -> bool:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    from aidisclose.codec import ecdsa

    size = algorithm.curve_bytes
    if not (
        isinstance(key, ec.EllipticCurvePublicKey)
        and (key.curve.key_size + 7) // 8 == size
        and len(signature) == 2 * size
    ):
        return False
    r = int.from_bytes(signature[:size])
    s = int.from_bytes(signature[size:])
    # COSE concatenates r and s (RFC 9053 §2.1), OpenSSL wants them in DER.
    key.verify(encode_dss_signature(r, s), message, ecdsa.Scheme(_HASHES[algorithm.digest]))
    return True


def _verify_pss(
    algorithm: Algorithm, key: PublicKeyTypes, signature: bytes, message: bytes
) -> bool:
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    if not isinstance(key, rsa.RSAPublicKey):
        return False
    digest = _HASHES[algorithm.digest]
    # RFC 8230 §2: the salt is as long as the digest.
    scheme = padding.PSS(padding.MGF1(digest), digest.digest_size)
    key.verify(signature, message, scheme, digest)
    return True


def _verify_ed25519(
    _algorithm: Algorithm, key: PublicKeyTypes, signature: bytes, message: bytes
) -> bool:
    from cryptography.hazmat.primitives.asymmetric import ed25519

    if not isinstance(key, ed25519.Ed25519PublicKey):
        return False
    key.verify(signature, message)
    return True


def _verify_ml_dsa(
    algorithm: Algorithm, key: PublicKeyTypes, signature: bytes, message: bytes
) -> bool:
    from cryptography.hazmat.primitives.asymmetric import mldsa

    kinds: dict[str, type[mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey]]
    kinds = {
        "ml-dsa-44": mldsa.MLDSA44PublicKey,
        "ml-dsa-65": mldsa.MLDSA65PublicKey,
        "ml-dsa-87": mldsa.MLDSA87PublicKey,
    }
    if not isinstance(key, kinds[algorithm.name]):
        return False
    key.verify(signature, message)
    return True


#: Each imports its kind of key when a file has it: that takes longer than checking.
_FAMILIES: Final = {
    "ecdsa": _verify_ecdsa,
    "rsa-pss": _verify_pss,
    "ed25519": _verify_ed25519,
    "ml-dsa": _verify_ml_dsa,
}
