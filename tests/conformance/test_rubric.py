"""The asset rubrics of the conformance programme 0.2, read from crJSON as its evaluators read it.

The rubrics are expressions over crJSON (c2pa-org/conformance-public, asset-rubrics, 2026-08-06).
What they ask of the active manifest stands here in Python, so that no document of ours can come to
lack the members that they look for. One for 2.5 does not exist yet; that of 2.4 is taken for it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

import aidisclose as ad
from aidisclose.containers import CONTAINERS, Container
from aidisclose.render import crjson
from aidisclose.signing.credentials import ROOT, Credentials
from tests.bindings.build import flip
from tests.containers import samples
from tests.interop.test_updates import META
from tests.issuing import Issued

Json = dict[str, Any]

#: Actions that change nothing that can be seen or heard, or that say what was there before.
UNSEEN: Final = frozenset(
    f"c2pa.{name}"
    for name in (
        *("created", "opened", "placed", "converted", "published", "repackaged", "transcoded"),
        *("resized.proportional", "enhanced", "edited.metadata", "redacted", "watermarked"),
        *("watermarked.bound", "watermarked.unbound"),
    )
)
OLD_ACTIONS: Final = frozenset(
    f"c2pa.{name}"
    for name in (
        *("copied", "formatted", "version_updated", "printed", "managed", "produced", "saved"),
        *("color_adjustments", "watermarked"),
    )
)
OLD_ASSERTIONS: Final = frozenset(
    ("c2pa.claim", "c2pa.hash.bmff.v2", "c2pa.asset-type", "c2pa.ingredient", "c2pa.ingredient.v2")
) | {"c2pa.actions"}
PARAMETERS: Final = frozenset(
    ("redacted", "ingredients", "ingredient", "description", "sourceLanguage", "targetLanguage")
) | {"multipleInstances", "ranges", "relatedAssertions"}


class Manifest:
    """The active manifest of a document, as rubrics select from it."""

    def __init__(self, document: Json) -> None:
        self.fields: Json = document["manifests"][0]
        self.assertions: Json = self.fields["assertions"]
        self.claim: Json = self.fields.get("claim.v2") or {}

    @property
    def actions(self) -> list[Json]:
        listed = [each["actions"] for each in self.assertions.values() if "actions" in each]
        return [action for each in listed for action in each]

    @property
    def ingredients(self) -> list[Json]:
        return [each for each in self.assertions.values() if "relationship" in each]

    @property
    def version(self) -> str | None:
        info = self.claim.get("claim_generator_info") or {}
        found = (info[0] if isinstance(info, list) else info).get("specVersion")
        return found if found is None else str(found)


def failures(manifest: Manifest) -> Iterator[str]:
    for each in manifest.fields["validationResults"]["failure"]:
        if each["code"].endswith((".mismatch", ".malformed", ".missing", ".invalid", ".multiple")):
            yield each["code"]


def source_types(manifest: Manifest) -> Iterator[str]:
    for action in manifest.actions:
        name, has_type = action["action"], "digitalSourceType" in action
        if name.startswith("c2pa.") and name not in UNSEEN and not has_type:
            yield f"{name} without a source type"
        if name == "c2pa.created" and not has_type:
            yield "c2pa.created without a source type"


def beginning(manifest: Manifest) -> Iterator[str]:
    created = [each["url"] for each in manifest.claim.get("created_assertions", [])]
    first = next((url for url in created if "c2pa.actions" in url), "")
    if not first.endswith("c2pa.actions.v2"):
        yield "the first actions are not among the created assertions"
    names = [action["action"] for action in manifest.actions]
    if "c2pa.created" in names and names[0] not in ("c2pa.created", "c2pa.opened"):
        yield f"{names[0]} comes first"


def names(manifest: Manifest) -> Iterator[str]:
    for label in manifest.assertions:
        if label in OLD_ASSERTIONS or label.startswith("stds.") or "." not in label:
            yield label
    for action in manifest.actions:
        if action["action"] in OLD_ACTIONS or "." not in action["action"]:
            yield action["action"]
        for name in action.get("parameters", {}):
            if name not in PARAMETERS and "." not in name:
                yield f"parameter {name}"
        if {"description", "ingredient"} & action.get("parameters", {}).keys():
            yield f"{action['action']} with a parameter of version 1"
    if not manifest.fields["label"].startswith("urn:c2pa:"):
        yield manifest.fields["label"]


def completeness(manifest: Manifest) -> Iterator[str]:
    for label, each in manifest.assertions.items():
        if "actions" in each and each.get("allActionsIncluded") is None:
            yield f"{label} without allActionsIncluded"


def ingredients(manifest: Manifest) -> Iterator[str]:
    for each in manifest.ingredients:
        if ("activeManifest" in each) is not ("validationResults" in each):
            yield "an ingredient with a manifest and no results, or the other way round"
        if each["relationship"] not in ("parentOf", "inputTo", "componentOf"):
            yield each["relationship"]


def since_2_4(manifest: Manifest) -> Iterator[str]:
    if "specVersion" in manifest.claim:
        yield "specVersion in the claim"
    for each in manifest.ingredients:
        if {"activeManifest", "digitalSourceType"} <= each.keys():
            yield "an ingredient with a manifest and a source type"
    for action in manifest.actions:
        if action["action"] == "c2pa.opened":
            if "digitalSourceType" in action:
                yield "c2pa.opened with a source type"
            if len(action.get("parameters", {}).get("ingredients", ())) != 1:
                yield "c2pa.opened without one ingredient"
    for label in ("c2pa.hash.data", "c2pa.hash.bmff.v3"):
        if manifest.assertions.get(label, {}).get("url"):
            yield f"{label} with a url"


EVERY: Final[tuple[Callable[[Manifest], Iterator[str]], ...]] = (
    *(failures, source_types, beginning, names, completeness, ingredients),
)


def breaches(document: Json, spec: str) -> list[str]:
    """What a document breaks of the rubric of a version of the specification."""
    manifest = Manifest(document)
    found = [each for check in EVERY for each in check(manifest)]
    is_new = spec != "2.2"
    said = manifest.version
    if said is None and is_new:
        found.append("no specVersion")
    elif said is not None and said.split(".")[:2] != spec.split("."):
        found.append(f"specVersion {said}")
    return found + (list(since_2_4(manifest)) if is_new else [])


def document(data: bytes, made: Credentials) -> Json:
    trust = ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())
    report = ad.verify(data, trust=trust)
    found: Json = json.loads(json.dumps(crjson.document(report)))
    return found


def sign(data: bytes, made: Credentials, spec: str, **options: Any) -> bytes:
    output = io.BytesIO()
    trust = ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())
    ad.sign(data, output, signer=made.signer(), trust=trust, spec=spec, **options)
    return output.getvalue()


def picture(name: str = "PNG") -> bytes:
    container = next(each for each in CONTAINERS if each.name == name)
    return next(iter(samples.of(container))).data()


EDITED: Final = ad.Disclosure(ai="edited", model="Model")
GENERATED: Final = ad.Disclosure(ai="generated", model="Model")
KINDS: Final[dict[str, Callable[[Credentials, str], bytes]]] = {
    "generated": lambda made, spec: sign(picture(), made, spec, disclosure=GENERATED),
    "composite": lambda made, spec: sign(
        picture(), made, spec, disclosure=ad.Disclosure(ai="composite")
    ),
    "edited": lambda made, spec: sign(picture(), made, spec, disclosure=EDITED),
    "none": lambda made, spec: sign(picture(), made, spec, disclosure=ad.Disclosure(ai="none")),
    "signed again": lambda made, spec: sign(
        sign(picture(), made, spec, disclosure=GENERATED), made, spec, disclosure=EDITED
    ),
    "published": lambda made, spec: sign(
        sign(picture(), made, spec, disclosure=GENERATED),
        made,
        spec,
        update=ad.Update(publishes=True, metadata=(json.dumps(META),)),
    ),
    "redacted": lambda made, spec: sign(
        sign(picture(), made, spec, manifest=NOTED),
        made,
        spec,
        update=ad.Update(redactions=("com.example.note",)),
    ),
}
NOTED: Final[Json] = {
    "assertions": [
        {
            "label": "c2pa.actions.v2",
            "data": {
                "actions": [
                    {
                        "action": "c2pa.created",
                        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/"
                        "digitalCreation",
                    }
                ],
                "allActionsIncluded": True,
            },
        },
        {"label": "com.example.note", "data": {"x": 1}},
    ]
}


@pytest.mark.parametrize("spec", ["2.2", "2.4", "2.5"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_signed_meets_the_rubric(kind: str, spec: str, issued: Issued) -> None:
    made = issued("es256")
    assert breaches(document(KINDS[kind](made, spec), made), spec) == []


def _formats() -> list[Container]:
    with_place = [each for each in CONTAINERS if each.carriers or each.name in ("PDF", "ZIP")]
    return [each for each in with_place if next(iter(samples.of(each)), None) is not None]


@pytest.mark.parametrize("container", _formats(), ids=lambda each: each.name)
def test_every_format_meets_the_rubric(container: Container, issued: Issued) -> None:
    made = issued("es256")
    data = next(iter(samples.of(container))).data()
    signed = sign(data, made, "2.4", disclosure=GENERATED)
    assert breaches(document(signed, made), "2.4") == []


def test_what_does_not_meet_it_is_noticed(issued: Issued) -> None:
    made = issued("es256")
    data = sign(picture("JPEG"), made, "2.4", disclosure=GENERATED)
    assert breaches(document(flip(data, -20), made), "2.4") == ["assertion.dataHash.mismatch"]
    assert breaches(document(data, made), "2.2") == ["specVersion 2.4.0"]
    definition = {
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {
                    "actions": [
                        NOTED["assertions"][0]["data"]["actions"][0],
                        {"action": "c2pa.cropped", "parameters": {"width": 1, "odd": 2}},
                        {"action": "c2pa.saved", "digitalSourceType": "http://x.org/y"},
                    ]
                },
            }
        ]
    }
    found = breaches(document(sign(picture(), made, "2.4", manifest=definition), made), "2.4")
    assert "c2pa.cropped without a source type" in found
    assert "c2pa.saved" in found
    assert "parameter odd" in found
