"""Signatures: every algorithm that certificates may use, and none beside them."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from aidisclose.codec import der
from aidisclose.errors import Malformed
from aidisclose.trust import signature as signatures
from aidisclose.trust.signature import PSS, AlgorithmIdentifier, Check, KeyInfo, read_pss, verify
from tests.trust import pki

MESSAGE = b"message"
SHA: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
OIDS = {name: oid for oid, name in signatures.DIGESTS.items()}
SHA1 = "1.3.14.3.2.26"


def pss_parameters(
    digest: str = OIDS["sha256"],
    mgf_digest: str = OIDS["sha256"],
    salt: int = 32,
    *,
    mgf: str = "1.2.840.113549.1.1.8",
    trailer: int | None = None,
) -> bytes:
    algorithm = der.encode(der.SEQUENCE, der.encode_oid(digest))
    inner = der.encode(der.SEQUENCE, der.encode_oid(mgf_digest), der.encode(der.NULL))
    function = der.encode(der.SEQUENCE, der.encode_oid(mgf), inner)
    last = b"" if trailer is None else der.encode(der.context(3), der.encode_integer(trailer))
    return der.encode(
        der.SEQUENCE,
        der.encode(der.context(0), algorithm),
        der.encode(der.context(1), function),
        der.encode(der.context(2), der.encode_integer(salt)),
        last,
    )


PSS_256 = pss_parameters()


@pytest.mark.parametrize("kind", ["p256", "p384", "p521"])
@pytest.mark.parametrize(("oid", "digest"), signatures.ECDSA_SIGNATURES.items())
def test_ecdsa_with_any_curve_and_hash(kind: str, oid: str, digest: str) -> None:
    key = pki.key(kind)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signature = key.sign(MESSAGE, ec.ECDSA(SHA[digest]))
    assert verify(key.public_key(), AlgorithmIdentifier(oid), signature, MESSAGE) is Check.GOOD
    assert verify(key.public_key(), AlgorithmIdentifier(oid), signature, b"other") is Check.BAD
    assert verify(key.public_key(), AlgorithmIdentifier(oid), b"\x30\x00", MESSAGE) is Check.BAD


@pytest.mark.parametrize(("oid", "digest"), signatures.RSA_SIGNATURES.items())
def test_rsa_with_any_hash(oid: str, digest: str) -> None:
    key = pki.key("rsa2048")
    assert isinstance(key, rsa.RSAPrivateKey)
    signature = key.sign(MESSAGE, padding.PKCS1v15(), SHA[digest])
    assert verify(key.public_key(), AlgorithmIdentifier(oid), signature, MESSAGE) is Check.GOOD
    assert verify(key.public_key(), AlgorithmIdentifier(oid), signature[1:], MESSAGE) is Check.BAD
    assert verify(key.public_key(), AlgorithmIdentifier(oid), b"", MESSAGE) is Check.BAD


@pytest.mark.parametrize("digest", SHA)
@pytest.mark.parametrize("salt", [0, 20, 64])
def test_rsa_pss_with_any_hash_and_salt(digest: str, salt: int) -> None:
    key = pki.key("rsa2048")
    assert isinstance(key, rsa.RSAPrivateKey)
    scheme = padding.PSS(padding.MGF1(SHA[digest]), salt)
    signature = key.sign(MESSAGE, scheme, SHA[digest])
    parameters = pss_parameters(OIDS[digest], OIDS[digest], salt)
    algorithm = AlgorithmIdentifier(signatures.RSA_PSS, parameters)
    assert verify(key.public_key(), algorithm, signature, MESSAGE) is Check.GOOD
    assert verify(key.public_key(), algorithm, signature, b"other") is Check.BAD
    other = AlgorithmIdentifier(
        signatures.RSA_PSS, pss_parameters(OIDS[digest], OIDS[digest], salt + 1)
    )
    assert verify(key.public_key(), other, signature, MESSAGE) is Check.BAD


def test_ed25519() -> None:
    key = pki.key("ed25519")
    assert isinstance(key, ed25519.Ed25519PrivateKey)
    algorithm = AlgorithmIdentifier(signatures.ED25519)
    signature = key.sign(MESSAGE)
    assert verify(key.public_key(), algorithm, signature, MESSAGE) is Check.GOOD
    assert verify(key.public_key(), algorithm, signature, b"other") is Check.BAD
    assert verify(key.public_key(), algorithm, b"", MESSAGE) is Check.BAD


@pytest.mark.parametrize("kind", pki.MLDSA)
def test_ml_dsa(kind: str) -> None:
    key: Any = pki.key(kind, 0)
    own = signatures.ML_DSA[list(pki.MLDSA).index(kind)]
    signature = key.sign(MESSAGE)
    public = pki.issue("S", kind=kind).certificate.public_key
    assert public == key.public_key()
    for oid in signatures.ML_DSA:
        wanted = Check.GOOD if oid == own else Check.UNSUPPORTED
        assert verify(public, AlgorithmIdentifier(oid), signature, MESSAGE) is wanted
    algorithm = AlgorithmIdentifier(own)
    assert verify(public, algorithm, signature, b"other") is Check.BAD
    for wrong in (b"", signature[:-1], signature + b"\0", bytes(len(signature))):
        assert verify(public, algorithm, wrong, MESSAGE) is Check.BAD
    with_context = key.sign(MESSAGE, b"context")
    assert verify(public, algorithm, with_context, MESSAGE) is Check.BAD


def test_an_ml_dsa_key_has_no_parameters() -> None:
    """RFC 9881 §2: they must be absent."""
    info = pki.issue("S", kind="ml-dsa-44").certificate.key_info
    assert signatures.load_key(info) is not None
    named = info.algorithm._replace(parameters=der.encode(der.NULL))
    assert signatures.load_key(info._replace(algorithm=named)) is None
    assert signatures.load_key(info._replace(bits=info.bits[:-1])) is None


@pytest.mark.parametrize(
    ("kind", "oid"),
    [
        ("rsa2048", "1.2.840.113549.1.1.5"),  # SHA-1 with RSA
        ("rsa2048", "1.2.840.10045.4.3.2"),
        ("p256", "1.2.840.10045.4.1"),  # ECDSA with SHA-1
        ("p256", "1.2.840.113549.1.1.11"),
        ("ed25519", "1.2.840.10045.4.3.2"),
        ("p256", signatures.ED25519),
        ("p256", "2.16.840.1.101.3.4.3.17"),  # ML-DSA-44
    ],
)
def test_other_algorithms_and_keys_of_another_kind_are_unsupported(kind: str, oid: str) -> None:
    key = pki.issue("S", kind=kind).certificate.public_key
    assert key is not None
    assert verify(key, AlgorithmIdentifier(oid), b"", MESSAGE) is Check.UNSUPPORTED


def test_without_a_key_nothing_can_be_checked() -> None:
    assert verify(None, AlgorithmIdentifier(signatures.ED25519), b"", MESSAGE) is Check.UNSUPPORTED


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param(b"", id="absent"),
        pytest.param(b"\x05\x00", id="NULL"),
        pytest.param(b"\x30\x00", id="all defaults, which are SHA-1"),
        pytest.param(pss_parameters(SHA1, SHA1), id="SHA-1"),
        pytest.param(pss_parameters(OIDS["sha256"], OIDS["sha384"]), id="two hashes"),
        pytest.param(pss_parameters(mgf="1.2.3"), id="another mask"),
        pytest.param(pss_parameters(salt=257), id="salt longer than the key"),
        pytest.param(pss_parameters(salt=-1), id="negative salt"),
        pytest.param(pss_parameters(trailer=2), id="another trailer"),
    ],
)
def test_pss_parameters_that_c2pa_does_not_allow_are_unsupported(parameters: bytes) -> None:
    key = pki.issue("S", kind="rsa2048").certificate.public_key
    algorithm = AlgorithmIdentifier(signatures.RSA_PSS, parameters)
    assert verify(key, algorithm, bytes(256), MESSAGE) is Check.UNSUPPORTED


def test_pss_parameters_are_read() -> None:
    assert read_pss(pss_parameters(salt=7, trailer=1)) == PSS("sha256", "sha256", 7)
    assert read_pss(b"\x30\x00") == PSS("", "", 20)
    with pytest.raises(Malformed):
        read_pss(pss_parameters(trailer=2))


RSA_KEY = AlgorithmIdentifier(signatures.RSA, der.encode(der.NULL))
P256 = AlgorithmIdentifier(signatures.EC, der.encode_oid("1.2.840.10045.3.1.7"))


def rsa_key(modulus: int, exponent: int) -> KeyInfo:
    numbers = map(der.encode_integer, (modulus, exponent))
    return KeyInfo(RSA_KEY, der.encode(der.SEQUENCE, *numbers), modulus.bit_length())


@pytest.mark.parametrize(
    "info",
    [
        pytest.param(KeyInfo(P256, b"\x04" + bytes(64), 0), id="point off the curve"),
        pytest.param(KeyInfo(P256, b"", 0), id="no point"),
        pytest.param(
            KeyInfo(AlgorithmIdentifier(signatures.EC), b"\x04" + bytes(64), 0), id="no curve"
        ),
        pytest.param(
            KeyInfo(AlgorithmIdentifier(signatures.ED25519), b"short", 0), id="short Ed25519 key"
        ),
        pytest.param(rsa_key((1 << 2048) + 1, 65_536), id="even exponent"),
        pytest.param(rsa_key((1 << 3071) + 1, (1 << 32) + 1), id="exponent of 33 bits"),
        pytest.param(rsa_key((1 << 2046) + 1, 65_537), id="modulus of 2,047 bits"),
        pytest.param(rsa_key((1 << 16_384) + 1, 65_537), id="modulus of 16,385 bits"),
    ],
)
def test_keys_that_are_none_are_not_loaded(info: KeyInfo) -> None:
    assert signatures.load_key(info) is None


@pytest.mark.parametrize("modulus", [1 << 2047, (1 << 16_383) + 1], ids=["even", "composite"])
def test_strange_rsa_keys_make_no_good_signature(modulus: int) -> None:
    key = signatures.load_key(rsa_key(modulus, 65_537))
    for algorithm in (
        AlgorithmIdentifier("1.2.840.113549.1.1.11"),
        AlgorithmIdentifier(signatures.RSA_PSS, PSS_256),
    ):
        signature = bytes((modulus.bit_length() + 7) // 8)
        assert verify(key, algorithm, signature, MESSAGE) is Check.BAD


@pytest.mark.parametrize("numbers", [(-5, 3), (5, 0), (5,), (5, 3, 3)])
def test_rsa_keys_with_wrong_numbers_are_malformed(numbers: tuple[int, ...]) -> None:
    bits = b"\x00" + der.encode(der.SEQUENCE, *map(der.encode_integer, numbers))
    algorithm = der.encode(der.SEQUENCE, der.encode_oid(signatures.RSA), der.encode(der.NULL))
    info = der.encode(der.SEQUENCE, algorithm, der.encode(der.BIT_STRING, bits))
    with pytest.raises(Malformed):
        signatures.read_key(der.Reader(info))


@pytest.mark.parametrize(
    ("kind", "size"), [("p256", 0), ("ed25519", 0), ("rsa1024", 1_024), ("rsa2048", 2_048)]
)
def test_only_rsa_keys_have_a_size(kind: str, size: int) -> None:
    assert pki.issue("S", pki.root(), kind=kind).certificate.key_info.size == size


@pytest.mark.parametrize(
    ("modulus", "exponent", "is_read"), [(1, 1, True), (0, 1, False), (1, 0, False), (-1, 3, False)]
)
def test_numbers_of_rsa_keys_are_positive(modulus: int, exponent: int, is_read: bool) -> None:
    bits = rsa_key(modulus, exponent).bits
    if is_read:
        assert signatures._rsa_numbers(bits) == (modulus, exponent)
    else:
        with pytest.raises(Malformed, match=r"^an RSA key with a negative number"):
            signatures._rsa_numbers(bits)


def test_an_exponent_of_one_verifies_nothing() -> None:
    """Attack: whatever is signed is then its own signature."""
    modulus = int.from_bytes(b"\xff" * 256)
    assert signatures.load_key(rsa_key(modulus, 1)) is None
