"""Identities, permissions for training and metadata, as every format shows them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import aidisclose as ad
from aidisclose.manifest import training
from aidisclose.render import crjson, tree, words
from aidisclose.render.page import verified
from aidisclose.render.properties import properties
from aidisclose.render.renderer import Result, Run
from aidisclose.signing.credentials import ROOT
from tests.identity.test_codes import AGGREGATION, by_credential, credential, identified, issuer
from tests.identity.test_vectors import VECTORS
from tests.interop import reference
from tests.issuing import Issued
from tests.manifest import build
from tests.render import media
from tests.render.test_crjson import plain, schema

RUN = Run(datetime.now(UTC))


def report(issued: Issued, *actors: ad.Actor, **declared: Any) -> tuple[bytes, ad.Report]:
    out = io.BytesIO()
    made = issued("es256")
    disclosure = ad.Disclosure(ai="generated", **declared)
    ad.sign(media.picture(), out, disclosure=disclosure, signer=made.signer(), actors=actors)
    trust = ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())
    return out.getvalue(), ad.verify(out.getvalue(), trust=trust)


@pytest.fixture
def ann(issued: Issued) -> ad.Actor:
    return ad.Actor(
        signer=issued("ed25519").signer(), roles=("cawg.creator",), references=("c2pa.actions.v2",)
    )


def tree_of(found: ad.Report) -> str:
    return tree.render(Result("a.png", found), RUN)


# --- crJSON -------------------------------------------------------------------------------------


def test_crjson_has_the_signature_of_an_actor_as_the_reference_has_it(
    issued: Issued, ann: ad.Actor
) -> None:
    data, found = report(issued, ann)
    ours: Any = crjson.document(found)
    theirs = reference.crjson(data, issued("es256"))
    mine, other = (each["manifests"][0]["assertions"]["cawg.identity"] for each in (ours, theirs))
    assert plain(mine["signer_payload"]) == plain(other["signer_payload"])
    assert mine["signature"]["algorithm"] == "Ed25519"
    certificate = plain(other["signature"]["certificateInfo"])
    assert plain(mine["signature"]["certificateInfo"]) == certificate


def test_crjson_says_who_is_named(issued: Issued, ann: ad.Actor) -> None:
    _, found = report(issued, ann)
    document: Any = crjson.document(found)
    jsonschema.Draft202012Validator(schema()).validate(document)
    [named] = document["extras:identities"]
    assert (named["standing"], named["roles"]) == ("valid", ["cawg.creator"])


def test_crjson_without_identities_has_none(issued: Issued) -> None:
    assert "extras:identities" not in crjson.document(report(issued)[1])


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the vectors are not beside the project")
def test_crjson_of_a_credential_says_what_that_of_the_reference_says() -> None:
    [path] = VECTORS.glob("external/contentauth-c2pa-cpp/*/assets/C_with_CAWG_data.jpg")
    document = crjson.document(ad.verify(path, trust=ad.TrustConfig.none()))
    theirs = json.loads(_read_there(path))
    wanted = [_signatures(each) for each in (document, theirs)]
    assert wanted[0] == wanted[1]
    assert wanted[0]


def _read_there(path: Path) -> str:
    import c2pa

    with path.open("rb") as file, c2pa.Reader("image/jpeg", file) as reader:
        return str(reader.crjson())


def _signatures(document: Any) -> list[Any]:
    return [
        {**content["signature"], "algorithm": content["signature"]["algorithm"].lower()}
        for manifest in document["manifests"]
        for label, content in manifest["assertions"].items()
        if label.startswith("cawg.identity")
    ]


@pytest.mark.parametrize(
    "data",
    [
        lambda: by_credential(lambda _: b"\xff"),
        lambda: by_credential(credential(text=b"{}")),
        lambda: identified(fields=lambda whole: whole.update(signature=7)),
        lambda: identified(content=b"\xff" * 6_000),
        lambda: identified(sign=lambda _: b"\xd2\x84\x40\xa0\xf6\x40"),
    ],
)
def test_crjson_of_signatures_that_cannot_be_read(data: Callable[[], bytes]) -> None:
    found = ad.verify(data(), trust=ad.TrustConfig.none())
    document = crjson.document(found)
    assert "certificateInfo" not in json.dumps(document["manifests"][0]["assertions"])  # type: ignore[index]


# --- text, page, JSON ---------------------------------------------------------------------------


def test_the_tree_says_who_is_named_and_for_what(issued: Issued, ann: ad.Actor) -> None:
    text = tree_of(report(issued, ann)[1])
    assert '├─ identities\n│  └─ names "Signer, for testing' in text
    assert "│     └─ vouches for: c2pa.hash.data, c2pa.actions.v2\n" in text


def test_the_tree_says_what_was_verified() -> None:
    """Everything in a credential is written by somebody else, colours included."""
    verified = {
        "type": "cawg.social_media",
        "username": "Ann\x1b[31m",
        "uri": "https://net.example/ann",
        "provider": {"name": "Net"},
        "method": "cawg.federated_login",
        "verifiedAt": "2026-01-01T00:00:00Z",
    }
    sign = credential(subject={"verifiedIdentities": [verified] * 200})
    data = by_credential(sign, size=60_000)
    found = ad.verify(data, trust=build.TRUST)
    text = tree_of(found)
    facts = "social_media · Ann\\x1b[31m · https://net.example/ann · Net · cawg.federated_login"
    assert f"said to be verified: {facts} · 2026-01-01T00:00:00Z\n" in text
    # Whoever wrote the credential names themselves as the one who has verified it.
    assert "verified by" not in text
    assert f'"{issuer()}" says so' in words.identities(found)[0]
    trusted = ad.TrustConfig.for_identities(issuers=[issuer()])
    found = ad.verify(data, trust=build.TRUST | trusted)
    assert f"─ verified: {facts}" in tree_of(found)
    assert f", verified by {issuer()}" in words.identities(found)[0]
    assert text.count("verified: ") < 60
    assert "and 150 more" in text
    assert "\x1b" not in text


def test_permissions_are_shown(issued: Issued) -> None:
    _, found = report(issued, training="no-generative-training")
    wanted = "data mining allowed, AI inference allowed, training of AI allowed, training of "
    assert f"  permits     {wanted}generative AI not allowed\n" in tree_of(found)
    page = str(verified.RENDERER.result(Result("a.png", found), RUN))
    assert "Training of generative AI: not allowed" in page
    assert "Data mining: allowed" in page
    disclosure: Any = found.as_dict()["disclosure"]
    assert {each["use"]: each["permission"] for each in disclosure["training"]} == {
        "cawg.data_mining": "allowed",
        "cawg.ai_inference": "allowed",
        "cawg.ai_training": "allowed",
        "cawg.ai_generative_training": "notAllowed",
    }


def test_conditions_are_shown(issued: Issued) -> None:
    terms = "https://a.example/terms"
    _, found = report(issued, training="constrained", training_constraint=terms)
    assert f"data mining under conditions ({terms})" in tree_of(found)


def test_without_permissions_nothing_is_said(issued: Issued) -> None:
    _, found = report(issued)
    assert found.disclosure.training == ()
    assert "permits" not in tree_of(found)


ENTRIES: dict[str, object] = {
    "entries": {
        "c2pa.ai_training": {"use": "notAllowed"},
        "com.example.\x1b[2J": {"use": "perhaps\x1b", "constraint_info": 7},
        "cawg.data_mining": "allowed",
        "cawg.ai_inference": {"use": 3},
    }
}


def permissions(name: str, content: Any) -> tuple[training.TrainingPermission, ...]:
    assertion = build.cbor(name, content)
    data = build.signed(build.Recipe(assertions=(build.actions(), assertion)))
    return ad.verify(data, trust=build.TRUST).disclosure.training


def test_permissions_of_others_are_read() -> None:
    """The assertion of C2PA 1.x has the same form."""
    first, second = permissions("c2pa.training-mining", ENTRIES)
    assert first == ("c2pa.ai_training", "notAllowed", "")
    assert second == ("com.example.\x1b[2J", "perhaps\x1b", "")
    line = words.training(ad.Declared(training=(first, second)))
    assert line == "training of AI not allowed, com.example.\\x1b[2J perhaps\\x1b"


@pytest.mark.parametrize("content", [{}, {"entries": 7}, {"entries": []}, [], 7])
def test_permissions_that_are_none(content: object) -> None:
    assert permissions("cawg.training-mining", content) == ()


def test_permissions_are_bounded() -> None:
    many = {"entries": {f"x.{number}": {"use": "allowed"} for number in range(5_000)}}
    assert len(permissions("cawg.training-mining", many)) == 32


def test_metadata_is_shown(issued: Issued) -> None:
    text = tree_of(report(issued, model="SDXL")[1])
    assert "c2pa.metadata (" in text
    assert "Iptc4xmpExt:DigitalSourceType: http://cv.iptc.org/" in text


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        ({"@context": {"a": "b"}, "dc:title": "x"}, ["dc:title: x"]),
        ({"a": [1, 2.5], "b": ["one"]}, ["a[0]: 1", "a[1]: 2.5", "b: one"]),
        ({"a": {"b": {"c": True}}}, ["a/b/c: True"]),
        ({"a": {"b": {"c": {"d": {"e": 1}}}}}, ["a/b/c/d/e: …"]),
        ({"\x1b[2J": "\u202ex"}, ["\\x1b[2J: \\u202ex"]),
        ({"a": None, "b": b"bytes"}, []),
        ("text", [": text"]),
        (7, [": 7"]),
        ([], []),
    ],
)
def test_properties(data: object, lines: list[str]) -> None:
    assert list(properties(data)) == lines


def test_much_metadata_is_cut() -> None:
    fields = {f"dc:{number}": "x" for number in range(5_000)}
    data = build.signed(
        build.Recipe(assertions=(build.actions(), build.cbor("cawg.metadata", fields)))
    )
    text = tree_of(ad.verify(data, trust=build.TRUST))
    assert text.count("dc:") == 50
    assert "and more\n" in text


def test_an_aggregation_is_named() -> None:
    [found] = ad.verify(by_credential(), trust=build.TRUST).identities
    assert found.sig_type == AGGREGATION
