"""What is signed here is trusted by the reference, and the other way round, in every format.

Both say the same about it: actions, model, source type, title, history.
"""

from __future__ import annotations

import functools
import io
from typing import Any

import c2pa
import pytest

import aidisclose as ad
from aidisclose.containers import CONTAINERS, Container
from aidisclose.errors import AidiscloseError, UnsupportedFormat, VerificationFailed
from aidisclose.manifest.store import Manifest
from aidisclose.signing.credentials import ROOT, Credentials
from tests.containers import samples
from tests.containers.samples import Sample
from tests.interop import reference
from tests.interop.reference import CREATED, definition
from tests.issuing import Issued

Json = dict[str, Any]

#: Formats that the reference does not read, or only reads. Of ZIP, see test_zip.py.
NOT_READ = {"Ogg", "ZIP"}
NOT_WRITTEN = {*NOT_READ, "PDF"}
#: Samples beyond this prove no more and take longer.
SIZE = 1_500_000

#: Samples that are signed here and not trusted by the reference, and what it says.
NOT_TRUSTED_THERE = {
    # Elements named c2pa:manifest that are none: it takes the first for the store.
    "SVG-like-ours": "dataHash.mismatch",
    "SVG-like-ours-in-a-root-like-ours": "dataHash.mismatch",
    "SVG-declared-in-metadata": "dataHash.mismatch",
}
#: Samples that the reference does not sign, and what it says; or what is said here of its file.
NOT_SIGNED_THERE = {
    "WAV-few-bytes-inside": "failed to fill whole buffer",
    "WAV-crooked-list": "failed to fill whole buffer",
    "WAV-streamed": "declared size exceeds file size",
    "AVI-streamed": "failed to fill whole buffer",
    "WAV-size-of-the-file": "failed to fill whole buffer",
    "HEIF-base": "failed to fill whole buffer",
    "HEIF-base-only": "failed to fill whole buffer",
    "SVG-empty-element": "SVG root element not found",
    "SVG-empty-element-spaced": "SVG root element not found",
    # It does not declare the prefix where the sample declares it for something else.
    "SVG-declared-in-metadata": "the prefix c2pa stands for another namespace",
    # It leaves the indexes as they were, and writes items to where there is nothing.
    "AVI-opendml": "an OpenDML index leads into the manifest store",
    "HEIF-wide": "the iloc box at offset .* leads past the end of the file",
    "HEIF-packet-from-jpeg": "the iloc box at offset .* leads past the end of the file",
    "FLAC-v24-footer": "missing fLaC marker",
}

PICTURES = [container for container in CONTAINERS if container.name in ("JPEG", "PNG", "WebP")]


def cases(without: set[str]) -> list[Any]:
    return [
        pytest.param(container, sample, id=name(container, sample))
        for container in CONTAINERS
        if container.name not in without
        for sample in samples.of(container)
    ]


def name(container: Container, sample: Sample) -> str:
    return f"{container.name}-{sample.name}"


def content(sample: Sample) -> bytes:
    data = sample.data()
    if len(data) > SIZE:
        pytest.skip(f"larger than {SIZE} bytes")
    return data


def trust(made: Credentials) -> ad.TrustConfig:
    return ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())


def sign(data: bytes, made: Credentials, **options: Any) -> bytes:
    """A file signed here."""
    output = io.BytesIO()
    ad.sign(data, output, signer=made.signer(), trust=trust(made), **options)
    return output.getvalue()


def verify(data: bytes, made: Credentials) -> ad.Report:
    """A file that must be trusted here."""
    report = ad.verify(data, trust=trust(made))
    report.require(ad.State.TRUSTED)
    return report


def read(data: bytes, made: Credentials, media_type: str) -> Json:
    """What the reference says about a file that it must trust."""
    found = reference.read(data, made, media_type)
    failures = found["validation_results"]["activeManifest"]["failure"]
    deltas = found["validation_results"].get("ingredientDeltas", [])
    failures += [item for delta in deltas for item in delta["validationDeltas"]["failure"]]
    assert not failures, [item["code"] for item in failures]
    assert found["validation_state"] == "Trusted"
    return found


def active(found: Json) -> Json:
    manifest: Json = found["manifests"][found["active_manifest"]]
    return manifest


def listed(found: Json) -> list[Json]:
    """The actions of the active manifest, as the reference shows them."""
    [data] = [
        item["data"] for item in active(found)["assertions"] if item["label"] == "c2pa.actions.v2"
    ]
    actions: list[Json] = data["actions"]
    return actions


def own(manifest: Manifest) -> list[Json]:
    """The actions of a manifest, as they are read here."""
    [assertion] = manifest.named("c2pa.actions")
    actions = assertion.fields["actions"]
    assert isinstance(actions, list)
    return actions


GENERATED = ad.Disclosure(ai="generated", model="SDXL", model_version="1.0")
EDITED = ad.Disclosure(ai="edited", model="Inpainter")
THEIR_EDIT = definition(
    {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}, title="edited there"
)


def edit_there(data: bytes, made: Credentials, media_type: str) -> bytes:
    """A file that the reference opened and signed again."""
    parent = {"title": "before", "relationship": "parentOf", "label": "parent"}
    return reference.sign(
        data, made, THEIR_EDIT, media_type=media_type, ingredients=((parent, data),)
    )


# --- every format -------------------------------------------------------------------------------


@pytest.mark.parametrize(("container", "sample"), cases(NOT_READ))
def test_signed_here_is_trusted_there(container: Container, sample: Sample, issued: Issued) -> None:
    made = issued("es256")
    try:
        data = sign(content(sample), made, disclosure=GENERATED, title="a title")
    except UnsupportedFormat as error:
        pytest.skip(f"only read: {error}")
    verify(data, made)
    if refusal := NOT_TRUSTED_THERE.get(name(container, sample)):
        with pytest.raises((AssertionError, c2pa.C2paError), match=refusal):
            read(data, made, container.media_types[0])
        return
    found = read(data, made, container.media_types[0])
    assert active(found)["title"] == "a title"
    [created] = listed(found)
    assert created["action"] == "c2pa.created"
    assert created["softwareAgent"] == {"name": "SDXL", "version": "1.0"}
    assert created["digitalSourceType"].endswith("/trainedAlgorithmicMedia")


def sign_there(container: Container, sample: Sample, made: Credentials) -> ad.Report:
    agent = {"softwareAgent": {"name": "SDXL", "version": "1.0"}}
    manifest, media_type = definition(CREATED | agent), container.media_types[0]
    return verify(reference.sign(content(sample), made, manifest, media_type=media_type), made)


@pytest.mark.parametrize(("container", "sample"), cases(NOT_WRITTEN))
def test_signed_there_is_trusted_here(container: Container, sample: Sample, issued: Issued) -> None:
    made = issued("es256")
    if refusal := NOT_SIGNED_THERE.get(name(container, sample)):
        with pytest.raises((c2pa.C2paError, VerificationFailed), match=refusal):
            sign_there(container, sample, made)
        return
    report = sign_there(container, sample, made)
    assert report.media_type in container.media_types
    assert report.disclosure.ai.value == "generated"
    assert str(report.disclosure.model) == "SDXL 1.0"
    assert report.store is not None
    assert report.store.active.claim.title == "file"


def test_every_exception_is_about_a_sample() -> None:
    names = {name(item, sample) for item in CONTAINERS for sample in samples.of(item)}
    assert names >= NOT_TRUSTED_THERE.keys() | NOT_SIGNED_THERE.keys()


@pytest.mark.parametrize(
    "container",
    [item for item in CONTAINERS if item.name not in NOT_WRITTEN],
    ids=lambda item: item.name,
)
def test_signed_by_turns(container: Container, issued: Issued) -> None:
    """Twice each: nothing of the history is lost, and there is never a second store."""
    made = issued("es256")
    media_type = container.media_types[0]
    data = sign(signable(container, made), made, disclosure=GENERATED)
    for count in (2, 4):
        data = edit_there(data, made, media_type)
        check_lineage(data, made, media_type, count)
        data = sign(data, made, disclosure=EDITED)
        check_lineage(data, made, media_type, count + 1)


def check_lineage(data: bytes, made: Credentials, media_type: str, count: int) -> None:
    report = verify(data, made)
    assert report.store is not None
    assert len(report.store.manifests) == count
    assert report.disclosure.ai.value == "generated"
    found = read(data, made, media_type)
    assert found["manifests"].keys() == report.store.manifests.keys()
    [parent] = active(found)["ingredients"]
    assert parent["relationship"] == "parentOf"
    assert parent["active_manifest"] == list(report.store.manifests)[-2]


@functools.cache
def signable(container: Container, made: Credentials) -> bytes:
    """The first sample that both sides sign."""
    for sample in samples.of(container):
        data = sample.data()
        try:
            reference.sign(data, made, definition(CREATED), media_type=container.media_types[0])
            sign(data, made, disclosure=GENERATED)
        except (c2pa.C2paError, AidiscloseError):
            continue
        return data
    raise AssertionError(f"no sample of {container.name} can be signed by both")


# --- every algorithm, kind and version ----------------------------------------------------------


@pytest.mark.parametrize("alg", reference.KNOWN)
def test_every_algorithm_both_ways(alg: str, issued: Issued) -> None:
    made = issued(alg)
    found = read(sign(samples.jpeg(), made, disclosure=GENERATED), made, "image/jpeg")
    assert active(found)["signature_info"]["alg"].lower() == alg
    there = reference.sign(samples.jpeg(), made, definition(CREATED), media_type="image/jpeg")
    signature = verify(there, made).signature
    assert signature is not None
    assert signature.algorithm == alg
    again = sign(edit_there(there, made, "image/jpeg"), made, disclosure=EDITED)
    check_lineage(again, made, "image/jpeg", 3)


@pytest.mark.parametrize("spec", ["2.2", "2.4", "2.5"])
@pytest.mark.parametrize("ai", ["generated", "composite", "edited", "none"])
def test_every_kind_in_every_version(ai: str, spec: str, issued: Issued) -> None:
    made = issued("es256")
    item = ad.Disclosure(ai=ai, **({} if ai == "none" else {"model": "SDXL"}))  # type: ignore[arg-type]
    data = sign(samples.png(), made, disclosure=item, spec=spec)
    report = verify(data, made)
    assert report.disclosure.ai.value == ai
    found = read(data, made, "image/png")
    assert active(found)["claim_generator_info"][0]["specVersion"] == f"{spec}.0"
    assert report.store is not None
    there, here = listed(found), own(report.store.active)
    for name in ("action", "digitalSourceType", "softwareAgent", "when"):
        assert [action.get(name) for action in there] == [action.get(name) for action in here]


# --- the same definition ------------------------------------------------------------------------

DEFINITIONS: dict[str, Json] = {
    "created": definition(CREATED),
    "created, then edited": definition(
        CREATED,
        {
            "action": "c2pa.edited",
            "digitalSourceType": CREATED["digitalSourceType"],
            "when": "2026-01-01T00:00:00Z",
            "softwareAgent": {"name": "tool", "version": "2"},
            "parameters": {"description": "more contrast"},
        },
    ),
    "with other assertions": definition(CREATED)
    | {
        "assertions": [
            *definition(CREATED)["assertions"],
            {"label": "com.example.note", "data": {"text": "ü", "list": [1, 2.5, None, True]}},
            {"label": "com.example.note", "data": {"text": "another"}},
            {
                "label": "cawg.training-mining",
                "data": {"entries": {"cawg.ai_training": {"use": "notAllowed"}}},
            },
            {
                "label": "stds.schema-org.CreativeWork",
                "data": {"@context": "https://schema.org", "@type": "CreativeWork"},
            },
            {"label": "com.example.json", "data": {"kept": "as JSON"}, "kind": "Json"},
        ]
    },
    "with a generator": definition(CREATED)
    | {"claim_generator_info": [{"name": "my tool", "version": "1.2.3"}]},
}


def shown(found: Json) -> dict[str, Any]:
    """The assertions that a definition can have, by label and instance."""
    return {
        f"{item['label']}__{item.get('instance', 0)}": item["data"]
        for item in active(found)["assertions"]
        if not item["label"].startswith(("c2pa.hash.", "c2pa.metadata"))
    }


@pytest.mark.parametrize("name", DEFINITIONS)
@pytest.mark.parametrize("container", PICTURES, ids=lambda item: item.name)
def test_a_definition_says_the_same_on_both_sides(
    name: str, container: Container, issued: Issued
) -> None:
    made = issued("es256")
    manifest, media_type = DEFINITIONS[name], container.media_types[0]
    data = signable(container, made)
    here = read(sign(data, made, manifest=manifest), made, media_type)
    there = read(reference.sign(data, made, manifest, media_type=media_type), made, media_type)
    assert shown(here) == shown(there)
    assert active(here)["title"] == active(there)["title"]
    ours, theirs = (active(found)["claim_generator_info"][0] for found in (here, there))
    assert (ours["name"], ours["version"]) == (theirs["name"], theirs["version"])


def test_a_definition_without_actions_opens_the_source_on_both_sides(issued: Issued) -> None:
    made = issued("es256")
    here = read(sign(samples.png(), made, manifest=definition()), made, "image/png")
    assert [action["action"] for action in listed(here)] == ["c2pa.opened"]
    [parent] = active(here)["ingredients"]
    assert parent["relationship"] == "parentOf"
