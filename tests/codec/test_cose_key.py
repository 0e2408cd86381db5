"""COSE_Key: keys of every kind that may sign (C2PA 2.5 §13.2.1), and what is none."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from aidisclose.codec.cose_key import public_key
from aidisclose.errors import Malformed

CURVES = {1: ec.SECP256R1(), 2: ec.SECP384R1(), 3: ec.SECP521R1()}
OKP = {1: 1, -1: 6, -2: bytes(range(32))}


def numbers(crv: int, secret: int = 4711) -> ec.EllipticCurvePublicNumbers:
    return ec.derive_private_key(secret, CURVES[crv]).public_key().public_numbers()


def ec2(crv: int, *, compressed: bool = False, secret: int = 4711) -> dict[int, Any]:
    point = numbers(crv, secret)
    size = (CURVES[crv].key_size + 7) // 8
    y = bool(point.y % 2) if compressed else point.y.to_bytes(size)
    return {1: 2, -1: crv, -2: point.x.to_bytes(size), -3: y}


def modulus(bits: int) -> dict[int, Any]:
    """An RSA key of so many bits; nobody looks for its factors."""
    return {1: 3, -1: (1 << (bits - 1) | 1).to_bytes(bits // 8 + 1), -2: b"\1\0\1"}


@pytest.mark.parametrize("crv", CURVES)
@pytest.mark.parametrize("secret", [4711, 4712, 4713, 4714])
@pytest.mark.parametrize("compressed", [False, True])
def test_points(crv: int, secret: int, compressed: bool) -> None:
    """RFC 9053 §7.1.1: the second coordinate, or its sign."""
    key = public_key(ec2(crv, compressed=compressed, secret=secret))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.public_numbers() == numbers(crv, secret)


def test_points_of_both_signs() -> None:
    """Or the test above would prove half of it."""
    for crv in CURVES:
        assert {numbers(crv, secret).y % 2 for secret in (4711, 4712, 4713, 4714)} == {0, 1}


def test_an_edwards_key() -> None:
    key = public_key(OKP)
    assert isinstance(key, ed25519.Ed25519PublicKey)
    assert key.public_bytes_raw() == bytes(range(32))


@pytest.mark.parametrize("bits", [2_048, 2_049, 16_384])
def test_rsa_keys(bits: int) -> None:
    key = public_key(modulus(bits))
    assert isinstance(key, rsa.RSAPublicKey)
    assert (key.key_size, key.public_numbers().e) == (bits, 65_537)


def test_the_largest_exponent() -> None:
    key = public_key(modulus(2_048) | {-2: b"\xff" * 4})
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.public_numbers().e == 2**32 - 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (None, "the key is not a COSE_Key"),
        ([1, 2], "the key is not a COSE_Key"),
        ({}, "unknown kind of key"),
        ({1: 4}, "unknown kind of key"),
        (OKP | {-1: 7}, "unknown kind of key"),
        (OKP | {1: 2}, "unknown kind of key"),
        (OKP | {-2: "text"}, "the key has no byte string -2"),
        (ec2(1) | {-1: 8}, "unknown kind of key"),
        (ec2(1) | {1: 1}, "unknown kind of key"),
        (ec2(1) | {-2: None}, "the key has no byte string -2"),
        (ec2(1) | {-3: None}, "the key has no byte string -3"),
        (ec2(1) | {-3: 1}, "the key has no byte string -3"),
        (modulus(2_040), "an RSA key of 2040 bits"),
        (modulus(2_047), "an RSA key of 2047 bits"),
        (modulus(16_385), "an RSA key of 16385 bits"),
        (modulus(2_048) | {-2: b"\1\0\0\0\0"}, "an RSA key of 2048 bits"),
        (modulus(2_048) | {-1: 7}, "the key has no byte string -1"),
        (modulus(2_048) | {-2: 7}, "the key has no byte string -2"),
        ({1: 7, 3: -47, -1: b""}, "unknown kind of key"),
        ({1: 7, 3: -48}, "the key has no byte string -1"),
        ({1: 6, 3: -48, -1: b""}, "unknown kind of key"),
    ],
)
def test_what_is_no_key(fields: object, reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        public_key(fields)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "fields",
    [
        OKP | {-2: bytes(31)},
        ec2(1) | {-2: bytes(32)},
        ec2(1) | {-1: 2},
        ec2(1, compressed=True) | {-2: bytes(31)},
        modulus(2_048) | {-2: b"\2"},
        {1: 7, 3: -48, -1: bytes(10)},
    ],
)
def test_keys_that_cannot_be_read(fields: object) -> None:
    with pytest.raises(Malformed, match=r"^the key cannot be read: ."):
        public_key(fields)
