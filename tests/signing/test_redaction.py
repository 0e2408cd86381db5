"""Redaction by a manifest definition: what is left, and what validators say of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aidisclose.errors import SigningError
from aidisclose.manifest import ingredient
from tests.containers import samples
from tests.interop import reference
from tests.issuing import Issued
from tests.manifest import build
from tests.signing.bench import Bench

SECRET = "com.example.place"
EDITED = {"action": "c2pa.edited", "digitalSourceType": "humanEdits"}


@pytest.fixture
def bench(issued: Issued, tmp_path: Path) -> Bench:
    return Bench(issued("es256"), tmp_path)


def uri(label: str, assertion: str = SECRET) -> str:
    return f"self#jumbf=/c2pa/{label}/c2pa.assertions/{assertion}"


def why(url: str) -> dict[str, Any]:
    parameters = {"redacted": url}
    return {"action": "c2pa.redacted", "reason": "c2pa.PII.present", "parameters": parameters}


def redacting(*urls: str, **fields: Any) -> dict[str, Any]:
    return reference.definition(*map(why, urls), redactions=list(urls), **fields)


def with_secret(bench: Bench, data: bytes | None = None) -> tuple[bytes, str]:
    """A signed file that says too much, and the label of its manifest."""
    definition = reference.definition(reference.CREATED)
    definition["assertions"] += [
        {"label": SECRET, "data": {"latitude": 47.1}},
        {"label": "com.example.kept", "data": {"x": 1}},
    ]
    signed, asset = bench.make(samples.png() if data is None else data, manifest=definition)
    return signed, asset.label


def test_nothing_is_left_of_what_is_redacted(bench: Bench) -> None:
    signed, label = with_secret(bench)
    out = bench.sign(signed, manifest=redacting(uri(label)))
    assert b"latitude" in signed
    assert b"latitude" not in out
    store = bench.store(out)
    assert store.active.claim.redacted == (uri(label),)
    assert store.manifests[label].assertions[SECRET].is_blank
    assert store.manifests[label].assertions["com.example.kept"].data == {"x": 1}
    (opened,) = map(ingredient.decode, store.active.named(ingredient.NAME))
    assert opened.manifest is not None
    assert [item["action"] for item in bench.actions(out)] == ["c2pa.opened", "c2pa.redacted"]


def test_the_namedreads_the_same_redactions(bench: Bench) -> None:
    signed, label = with_secret(bench)
    out = bench.sign(signed, manifest=redacting(uri(label)))
    found = reference.read(out, bench.own)
    assert found["manifests"][found["active_manifest"]]["redactions"] == [uri(label)]
    assert SECRET not in [item["label"] for item in found["manifests"][label]["assertions"]]


def test_what_was_redacted_stays_good_as_history(bench: Bench) -> None:
    """Opened again by the reference, and once more by us."""
    signed, label = with_secret(bench)
    out = bench.sign(signed, manifest=redacting(uri(label)))
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["it"]}}
    again = reference.sign(
        out,
        bench.own,
        reference.definition(opened),
        ingredients=(({"relationship": "parentOf", "label": "it"}, out),),
    )
    bench.report(again)
    assert len(bench.store(bench.sign(again, manifest=reference.definition(EDITED))).manifests) == 4


def test_a_redaction_by_the_namedis_read(bench: Bench) -> None:
    signed, label = with_secret(bench)
    out = reference.sign(signed, bench.own, redacting(uri(label)), update=True)
    assert bench.store(out).active.claim.redacted == (uri(label),)


def test_the_history_of_the_history_may_be_redacted(bench: Bench) -> None:
    signed, label = with_secret(bench)
    between = bench.sign(signed, manifest=reference.definition(EDITED))
    store = bench.store(bench.sign(between, manifest=redacting(uri(label))))
    assert store.manifests[label].assertions[SECRET].is_blank
    assert len(store.manifests) == 3


def test_components_and_their_thumbnails_may_be_redacted(bench: Bench) -> None:
    parent, first = with_secret(bench)
    part, second = with_secret(bench, samples.jpeg())
    placed = {"action": "c2pa.placed", "parameters": {"ingredientIds": ["part.jpg"]}}
    bench.file("part.jpg", part)
    definition = redacting(uri(first), uri(second), ingredient_paths=["part.jpg"])
    definition["assertions"][0]["data"]["actions"].append(placed)
    store = bench.store(bench.sign(parent, manifest=definition, base=bench.folder))
    for label in (first, second):
        assert store.manifests[label].assertions[SECRET].is_blank


def test_old_ingredients_that_could_not_be_validated_then_are_refused(bench: Bench) -> None:
    """Only version 3 has the hash of the signature, which stays (C2PA 2.2 §6.8)."""
    secret = build.cbor(SECRET, {"latitude": 47.1})
    oldest = build.Recipe(number=1, assertions=[build.actions(), secret])
    box = oldest.build()
    named = {"url": build.url(oldest.label), "alg": "sha256", "hash": build.digest(box)}
    fields: dict[str, object] = {"c2pa_manifest": named, "dc:format": "image/png"}
    old = build.cbor("c2pa.ingredient.v2", {"relationship": "parentOf", "dc:title": "x"} | fields)
    parameters = {"ingredients": [old.reference]}
    opened: dict[str, object] = {"action": "c2pa.opened", "parameters": parameters}
    data = build.signed(build.Recipe(number=2, assertions=[build.actions(opened), old]), box)
    with pytest.raises(SigningError, match=r"ingredient\.claimSignature\.missing"):
        bench.sign(data, manifest=redacting(uri(oldest.label)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"redactions": {}}, "'redactions' is not a list"),
        ({"redactions": [1]}, "1 is not an assertion of an ingredient"),
        ({"redactions": ["com.example"]}, "'com.example' is not an assertion of an ingredient"),
        ({"redactions": [f"self#jumbf=c2pa.assertions/{SECRET}"]}, "is not an assertion of an"),
        ({"redactions": ["self#jumbf=/c2pa/LABEL"]}, "is not an assertion of an ingredient"),
        ({"redactions": ["self#jumbf=/c2pa/LABEL/c2pa.signature"]}, "is not an assertion of an"),
        ({"assertions": []}, "say why, in an action c2pa.redacted"),
    ],
)
def test_what_is_no_redaction_is_refused(
    bench: Bench, change: dict[str, Any], message: str
) -> None:
    signed, label = with_secret(bench)
    with pytest.raises(SigningError, match=message):
        bench.sign(signed, manifest=redacting(uri(label)) | change)


@pytest.mark.parametrize(
    ("assertion", "message"),
    [
        ("c2pa.actions.v2", r"c2pa\.actions\.v2 must not be redacted"),
        ("c2pa.hash.data", r"c2pa\.hash\.data must not be redacted"),
        ("c2pa.ingredient.v3", "ingredients cannot be redacted"),
        ("com.example.other", "no ingredient has an assertion at"),
    ],
)
def test_what_must_stay_is_refused(bench: Bench, assertion: str, message: str) -> None:
    signed, label = with_secret(bench)
    with pytest.raises(SigningError, match=message):
        bench.sign(signed, manifest=redacting(uri(label, assertion)))


def test_an_unknown_manifest_is_refused(bench: Bench) -> None:
    signed, _ = with_secret(bench)
    with pytest.raises(SigningError, match="no ingredient has an assertion at"):
        bench.sign(signed, manifest=redacting(uri("urn:c2pa:other")))


def test_a_reason_without_redaction_is_refused(bench: Bench) -> None:
    signed, label = with_secret(bench)
    with pytest.raises(SigningError, match=r"assertion\.action\.redactionMismatch"):
        bench.sign(signed, manifest=reference.definition(why(uri(label))))


def test_a_reason_must_be_given(bench: Bench) -> None:
    signed, label = with_secret(bench)
    definition = redacting(uri(label))
    del definition["assertions"][0]["data"]["actions"][0]["reason"]
    with pytest.raises(SigningError, match="say why"):
        bench.sign(signed, manifest=definition)
