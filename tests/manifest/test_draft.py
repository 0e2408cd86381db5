"""Drafting: the placeholder and the finished store have one size and one form."""

from __future__ import annotations

import hashlib

import cbor2
import pytest

from aidisclose.manifest import store
from aidisclose.manifest.draft import (
    Draft,
    cbor_assertion,
    file_assertion,
    json_assertion,
    reference_to,
)
from aidisclose.manifest.store import EmbeddedFile, ManifestKind
from aidisclose.manifest.uri import HashedURI
from tests.manifest import build

ASSERTIONS = (
    cbor_assertion("com.example.cbor", {"a": 1}),
    json_assertion("com.example.metadata", b'{"b": 2}', created=False),
    file_assertion("c2pa.thumbnail.claim", b"\x89PNG", media_type="image/png"),
)


def draft(**changes: object) -> Draft:
    fields: dict[str, object] = {
        "label": build.label(2),
        "claim": {
            "instanceID": "xmp:iid:2",
            "claim_generator_info": {"name": "test"},
            "dc:title": "a file",
            "redacted_assertions": ["self#jumbf=/c2pa/x/c2pa.assertions/y"],
        },
        "assertions": ASSERTIONS,
        "binding": "c2pa.hash.data",
        "binding_size": 50,
        "signature_size": 60,
        "previous": (build.Recipe().build(),),
    }
    return Draft(**(fields | changes))  # type: ignore[arg-type]


def test_the_placeholder_has_the_final_size() -> None:
    item = draft()
    blank = item.placeholder()
    finished = item.assemble(b"b" * 50, lambda claim: hashlib.sha256(claim).digest() + bytes(28))
    assert len(blank) == len(finished)
    # Only the binding, its hash in the claim, and the signature differ.
    differing = sum(a != b for a, b in zip(blank, finished, strict=True))
    assert differing <= 50 + 32 + 60


def test_what_a_finished_store_holds() -> None:
    signed: list[bytes] = []

    def sign(claim: bytes) -> bytes:
        signed.append(claim)
        return b"s" * 60

    found = store.parse(draft().assemble(cbor2.dumps(b"x" * 48), sign))
    assert list(found.manifests) == [build.label(1), build.label(2)]
    manifest = found.active
    assert manifest.kind is ManifestKind.STANDARD
    assert signed == [manifest.claim_content]
    assert manifest.signature_content == b"s" * 60
    claim = manifest.claim
    assert (claim.version, claim.alg, claim.title) == (2, "sha256", "a file")
    assert claim.signature == build.url(build.label(2), "c2pa.signature")
    assert list(claim.fields) == [
        "instanceID",
        "claim_generator_info",
        "signature",
        "created_assertions",
        "gathered_assertions",
        "dc:title",
        "redacted_assertions",
        "alg",
    ]
    data = {label: item.data for label, item in manifest.assertions.items()}
    assert data == {
        "com.example.cbor": {"a": 1},
        "com.example.metadata": {"b": 2},
        "c2pa.thumbnail.claim": EmbeddedFile("image/png", None, b"\x89PNG"),
        "c2pa.hash.data": b"x" * 48,
    }


def test_references_are_to_the_payload_of_their_box() -> None:
    found = store.parse(draft().placeholder()).active
    created = [item.url.rpartition("/")[2] for item in found.claim.created]
    assert created == ["com.example.cbor", "c2pa.thumbnail.claim", "c2pa.hash.data"]
    assert [item.url.rpartition("/")[2] for item in found.claim.gathered] == [
        "com.example.metadata"
    ]
    for reference in found.claim.assertions:
        assertion = found.resolve(reference.url)
        assert assertion is not None
        assert hashlib.sha256(assertion.box.payload).digest() == reference.hash


def test_without_gathered_assertions_there_is_no_such_field() -> None:
    found = store.parse(draft(assertions=ASSERTIONS[:1]).placeholder()).active
    assert "gathered_assertions" not in found.claim.fields


def test_every_assertion_is_salted() -> None:
    """So that the hash of a guessable one does not tell what it is."""
    found = store.parse(draft().placeholder()).active
    salts = [item.box.salt for item in found.assertions.values()]
    assert all(salt and len(salt) == 16 for salt in salts)
    assert len(set(salts)) == len(salts)
    assert cbor_assertion("x", {}).box != cbor_assertion("x", {}).box


@pytest.mark.parametrize(("binding", "signature"), [(49, 60), (51, 60), (50, 59), (50, 61)])
def test_other_sizes_than_the_drafted_are_a_mistake(binding: int, signature: int) -> None:
    with pytest.raises(ValueError, match="drafted size"):
        draft().assemble(bytes(binding), lambda _: bytes(signature))


def test_encoded_content_is_taken_as_it_is() -> None:
    assert cbor_assertion("x", b"\xb9\x00\x00").box.endswith(b"\x00\x00\x00\x0bcbor\xb9\x00\x00")


def test_references_to_manifests_and_boxes() -> None:
    manifest = store.parse(build.store(build.Recipe().build())).active
    assert reference_to(manifest) == HashedURI(
        build.url(manifest.label), hashlib.sha256(manifest.box.payload).digest(), "sha256"
    )
    (signature,) = manifest.signature_boxes
    assert reference_to(manifest, "c2pa.signature") == HashedURI(
        build.url(manifest.label, "c2pa.signature"),
        hashlib.sha256(signature.payload).digest(),
        "sha256",
    )
    with pytest.raises(KeyError):
        reference_to(manifest, "nowhere")
