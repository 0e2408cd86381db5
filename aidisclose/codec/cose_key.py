"""Public keys as COSE_Key maps (RFC 9052 §7, RFC 9053 §7, RFC 8230 §4, RFC 9964 §3)."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from aidisclose.errors import Malformed

_KTY: Final = 1
KID: Final = 2
_ALG: Final = 3
_OKP, _EC2, _RSA, _AKP = 1, 2, 3, 7
_CURVES: Final[dict[int | None, ec.EllipticCurve]] = {
    1: ec.SECP256R1(),
    2: ec.SECP384R1(),
    3: ec.SECP521R1(),
}
_ED25519: Final = 6
_ML_DSA: Final[
    dict[int | None, type[mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey]]
] = {
    -48: mldsa.MLDSA44PublicKey,
    -49: mldsa.MLDSA65PublicKey,
    -50: mldsa.MLDSA87PublicKey,
}
#: Bits of an RSA modulus: C2PA 2.5 §13.2.1, and what can be checked in reasonable time.
_RSA_BITS: Final = range(2_048, 16_384 + 1)
_RSA_EXPONENT: Final = 1 << 32


def public_key(fields: object) -> PublicKeyTypes:
    """The public key of a COSE_Key.

    Arguments:
        fields: The decoded map.

    Raises:
        Malformed: It is not a key of a kind that may sign (C2PA 2.5 §13.2.1).
    """
    if not isinstance(fields, dict):
        raise Malformed("the key is not a COSE_Key")
    kind = _number(fields, _KTY)
    try:
        if kind == _OKP and _number(fields, -1) == _ED25519:
            return ed25519.Ed25519PublicKey.from_public_bytes(_bytes(fields, -2))
        if kind == _EC2 and (curve := _CURVES.get(_number(fields, -1))):
            return _on_curve(fields, curve)
        if kind == _RSA:
            modulus, exponent = (int.from_bytes(_bytes(fields, label)) for label in (-1, -2))
            if modulus.bit_length() not in _RSA_BITS or exponent >= _RSA_EXPONENT:
                raise Malformed(f"an RSA key of {modulus.bit_length()} bits")
            return rsa.RSAPublicNumbers(exponent, modulus).public_key()
        if kind == _AKP and (size := _ML_DSA.get(_number(fields, _ALG))):
            return size.from_public_bytes(_bytes(fields, -1))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Malformed(f"the key cannot be read: {error}") from None
    raise Malformed("unknown kind of key")


def _on_curve(fields: dict[object, object], curve: ec.EllipticCurve) -> ec.EllipticCurvePublicKey:
    x, y = _bytes(fields, -2), fields.get(-3)
    if isinstance(y, bool):  # compressed: its sign alone, which SEC 1 §2.3.3 writes as 2 or 3
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, bytes([2 + y]) + x)
    return ec.EllipticCurvePublicNumbers(
        int.from_bytes(x), int.from_bytes(_bytes(fields, -3)), curve
    ).public_key()


def _number(fields: dict[object, object], label: int) -> int | None:
    # A tag around a list has no hash, so that nothing but a number may be looked up.
    value = fields.get(label)
    return value if type(value) is int else None


def _bytes(fields: dict[object, object], label: int) -> bytes:
    value = fields.get(label)
    if not isinstance(value, bytes):
        raise Malformed(f"the key has no byte string {label}")
    return value
