"""What devices and services answer; it imports little, as programs that sign begin with it."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


#: Keys that sign the data, not a hash of it.
_WHOLE = (
    ed25519.Ed25519PrivateKey
    | mldsa.MLDSA44PrivateKey
    | mldsa.MLDSA65PrivateKey
    | mldsa.MLDSA87PrivateKey
)


def sign_digest(key: PrivateKeyTypes, digest: bytes, name: str) -> bytes:
    """What a service with `key` answers for a hash: DER for ECDSA, PSS for RSA."""
    hashed = HASHES[name]
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(digest, ec.ECDSA(Prehashed(hashed)))
    assert isinstance(key, rsa.RSAPrivateKey)
    scheme = padding.PSS(padding.MGF1(hashed), hashed.digest_size)
    return key.sign(digest, scheme, Prehashed(hashed))


def sign_data(key: PrivateKeyTypes, data: bytes, alg: str) -> bytes:
    """The same for the data itself."""
    if isinstance(key, _WHOLE):
        return key.sign(data)
    name = f"sha{alg[2:]}"
    return sign_digest(key, hashlib.new(name, data).digest(), name)
