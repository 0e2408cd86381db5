"""Identifiers and the keys behind them, hostile ones included."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.codec import cbor
from aidisclose.errors import Malformed
from aidisclose.identity import assertion, credential, did

RAW = (Encoding.Raw, PublicFormat.Raw)
KEY = ed25519.Ed25519PrivateKey.generate().public_key()


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk() -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": encoded(KEY.public_bytes(*RAW))}


def document(**fields: Any) -> did.DIDDocument:
    method = {"id": "#one", "controller": "did:web:a.example", "publicKeyJwk": jwk()}
    whole = {"id": "did:web:a.example", "verificationMethod": [method], **fields}
    return did.read(json.dumps(whole).encode())


def test_a_jwk_is_its_own_document() -> None:
    name = f"did:jwk:{encoded(json.dumps(jwk()).encode())}"
    [found] = did.keys(f"{name}#0", {})
    assert isinstance(found, ed25519.Ed25519PublicKey)
    assert found.public_bytes(*RAW) == KEY.public_bytes(*RAW)


@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521"])
def test_curves(curve: str) -> None:
    made = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}[curve]
    numbers = ec.generate_private_key(made).public_key().public_numbers()
    size = (made.key_size + 7) // 8
    fields = {"kty": "EC", "crv": curve, "x": encoded(numbers.x.to_bytes(size)), "y": ""}
    fields["y"] = encoded(numbers.y.to_bytes(size))
    [found] = did.keys(f"did:jwk:{encoded(json.dumps(fields).encode())}", {})
    assert isinstance(found, ec.EllipticCurvePublicKey)
    assert found.public_numbers() == numbers


@pytest.mark.parametrize("size", [44, 65, 87])
def test_ml_dsa(size: int) -> None:
    private = getattr(mldsa, f"MLDSA{size}PrivateKey").generate()
    key = private.public_key().public_bytes(*RAW)
    fields = {"kty": "AKP", "alg": f"ML-DSA-{size}", "pub": encoded(key)}
    [found] = did.keys(f"did:jwk:{encoded(json.dumps(fields).encode())}", {})
    assert isinstance(found, getattr(mldsa, f"MLDSA{size}PublicKey"))
    assert found.public_bytes(*RAW) == key


@pytest.mark.parametrize(
    "change",
    [{"alg": "ML-DSA-99"}, {"alg": ["ML-DSA-44"]}, {"pub": "AAAA"}, {"pub": 7}, {"kty": "x" * 999}],
)
def test_hostile_ml_dsa(change: dict[str, Any]) -> None:
    fields = {"kty": "AKP", "alg": "ML-DSA-44", "pub": encoded(bytes(1312)), **change}
    with pytest.raises(Malformed) as caught:
        did.keys(f"did:jwk:{encoded(json.dumps(fields).encode())}", {})
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("reference", ["#one", "did:web:a.example#one"])
def test_a_document_names_its_keys(reference: str) -> None:
    at_hand = {"did:web:a.example": document(assertionMethod=[reference])}
    assert len(did.keys("did:web:a.example", at_hand)) == 1


@pytest.mark.parametrize(
    "fields", [{}, {"assertionMethod": []}, {"assertionMethod": ["#two"]}, {"assertionMethod": 7}]
)
def test_a_document_without_a_key_for_assertions(fields: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="names no key for assertions"):
        did.keys("did:web:a.example", {"did:web:a.example": document(**fields)})


def test_what_is_not_at_hand_is_not_fetched() -> None:
    with pytest.raises(did.Unavailable):
        did.keys("did:web:other.example", {"did:web:a.example": document()})


@pytest.mark.parametrize("name", ["did:key:z6Mk", "did:", "did:jwk"])
def test_unknown_methods(name: str) -> None:
    with pytest.raises(did.UnknownMethod):
        did.keys(name, {"did:web:a.example": document()})


@given(st.text(max_size=60))
def test_strange_identifiers(text: str) -> None:
    with pytest.raises(Malformed):
        did.keys(f"did:jwk:{text}", {})


def test_a_key_is_not_read_from_an_identifier_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(did, "_bytes", pytest.fail)
    with pytest.raises(Malformed, match="too long"):
        did.keys("did:jwk:" + "A" * limits.DID_KEY, {})


@given(st.binary(max_size=200))
def test_strange_documents_credentials_and_assertions(data: bytes) -> None:
    with pytest.raises(Malformed):
        did.read(data)
    with pytest.raises(Malformed):
        credential.read(data)
    with pytest.raises(Malformed):
        assertion.decode(data)


PAYLOAD = {
    "referenced_assertions": [{"url": "self#jumbf=c2pa.assertions/c2pa.hash.data", "hash": b"h"}],
    "sig_type": assertion.X509,
}


def test_both_orders_of_the_payload_are_candidates() -> None:
    content = cbor.encode({"signer_payload": PAYLOAD, "signature": b"s", "pad1": b"\0\0"})
    made = assertion.decode(content)
    assert made.signed == (cbor.encode(PAYLOAD), cbor.encode_deterministic(PAYLOAD))
    assert made.signed[0] != made.signed[1]
    assert made.signed[0] in content


@pytest.mark.parametrize("name", ["pad1", "pad2"])
def test_padding_is_zero(name: str) -> None:
    fields = {"signer_payload": PAYLOAD, "signature": b"s", "pad1": b"", name: b"\0\1"}
    with pytest.raises(assertion.BadPadding, match=name):
        assertion.decode(cbor.encode(fields))


@pytest.mark.parametrize(
    "change",
    [
        {"sig_type": 7},
        {"role": "cawg.creator"},
        {"referenced_assertions": []},
        {"referenced_assertions": [{"url": "x"}]},
        {"referenced_assertions": [{"url": "x", "hash": b"", "alg": 7}]},
    ],
)
def test_payloads_of_another_kind(change: dict[str, Any]) -> None:
    content = {"signer_payload": {**PAYLOAD, **change}, "signature": b"s", "pad1": b""}
    with pytest.raises(Malformed):
        assertion.decode(cbor.encode(content))
