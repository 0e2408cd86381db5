"""Every format and every algorithm, signed on one side and verified on the other."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

import aidisclose as ad
from aidisclose.containers import CONTAINERS, Container
from aidisclose.signing.credentials import ROOT, Credentials
from tests.containers import samples
from tests.interop import reference

ALGORITHMS = ("es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519")
#: What the reference has for no media at all, with the reason.
UNKNOWN = {"Ogg": "the reference does not read Ogg"}
#: What it reads but does not write.
READ_ONLY = {"PDF": "the reference does not write PDF"}

Issue = Callable[[str], Credentials]
SHARED = [container for container in CONTAINERS if container.name not in UNKNOWN]
BOTH_WAYS = [container for container in SHARED if container.name not in READ_ONLY]
each = pytest.mark.parametrize("container", SHARED, ids=lambda item: item.name)
each_written = pytest.mark.parametrize("container", BOTH_WAYS, ids=lambda item: item.name)

GENERATED = ad.Disclosure(ai="generated", model="SDXL", model_version="1.0")
EDITED = ad.Disclosure(ai="edited", model="Inpainter")
AGENT = {"name": "SDXL", "version": "1.0"}
DEFINITION = reference.definition(
    reference.CREATED | {"softwareAgent": AGENT}, {"action": "c2pa.cropped"}
)


def sample(container: Container) -> bytes:
    """The plainest file of a format."""
    return next(iter(samples.of(container))).data()


def media_type(data: bytes, container: Container) -> str:
    report = ad.verify(data, trust=ad.TrustConfig.none())
    return report.media_type if report.media_type else container.media_types[0]


def sign(data: bytes, made: Credentials, disclosure: ad.Disclosure = GENERATED) -> bytes:
    out = io.BytesIO()
    signer = made.signer()
    ad.sign(data, out, disclosure=disclosure, signer=signer, trust=trust(made), title="file")
    return out.getvalue()


def trust(made: Credentials) -> ad.TrustConfig:
    return ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())


def state(data: bytes, made: Credentials) -> ad.State:
    return ad.verify(data, trust=trust(made)).state


def active(found: dict[str, Any]) -> dict[str, Any]:
    manifest: dict[str, Any] = found["manifests"][found["active_manifest"]]
    return manifest


def actions(found: dict[str, Any]) -> list[dict[str, Any]]:
    labelled = {item["label"]: item["data"] for item in active(found)["assertions"]}
    listed: list[dict[str, Any]] = labelled["c2pa.actions.v2"]["actions"]
    return listed


@each
def test_what_is_signed_here_is_trusted_there(container: Container, issued: Issue) -> None:
    made, data = issued("es256"), sample(container)
    kind = media_type(data, container)
    signed = sign(data, made)
    assert state(signed, made) is ad.State.TRUSTED
    found = reference.read(signed, made, kind)
    assert found["validation_state"] == "Trusted"
    assert active(found)["title"] == "file"
    (created,) = actions(found)
    assert created["action"] == "c2pa.created"
    assert created["softwareAgent"] == AGENT
    assert created["digitalSourceType"].endswith("/trainedAlgorithmicMedia")


@each_written
def test_what_is_signed_there_is_trusted_here(container: Container, issued: Issue) -> None:
    made, data = issued("es256"), sample(container)
    kind = media_type(data, container)
    signed = reference.sign(data, made, DEFINITION, media_type=kind)
    report = ad.verify(signed, trust=trust(made))
    assert report.state is ad.State.TRUSTED
    assert report.disclosure.ai.value == "generated"
    assert str(report.disclosure.model) == "SDXL 1.0"


@each_written
def test_both_sign_what_the_other_signed(container: Container, issued: Issue) -> None:
    """Four generations, two by each side: one store, all history intact, trusted by both."""
    made, data = issued("es256"), sample(container)
    kind = media_type(data, container)
    opened = reference.definition({"action": "c2pa.opened", "parameters": {"ingredientIds": ["p"]}})
    parent = {"title": "file", "relationship": "parentOf", "label": "p", "instance_id": "p"}
    for generation in range(2):
        data = sign(data, made, EDITED if generation else GENERATED)
        ingredients = ((parent, data),)
        data = reference.sign(data, made, opened, media_type=kind, ingredients=ingredients)
    data = sign(data, made, EDITED)
    report = ad.verify(data, trust=trust(made))
    assert report.state is ad.State.TRUSTED
    assert report.store is not None
    assert len(report.store.manifests) == 5
    found = reference.read(data, made, kind)
    assert found["validation_state"] == "Trusted"
    assert len(found["manifests"]) == 5


@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WAV", "MP3"])
def test_every_algorithm(alg: str, name: str, issued: Issue) -> None:
    container = next(item for item in CONTAINERS if item.name == name)
    made = issued(alg)
    signed = sign(sample(container), made)
    assert state(signed, made) is ad.State.TRUSTED
    found = reference.read(signed, made, container.media_types[0])
    assert found["validation_state"] == "Trusted"


@pytest.mark.parametrize("spec", ["2.2", "2.4", "2.5"])
@pytest.mark.parametrize("kind", ["generated", "composite", "edited", "none"])
def test_every_kind_and_version(spec: str, kind: str, issued: Issue) -> None:
    made, out = issued("es256"), io.BytesIO()
    ad.sign(samples.png(), out, disclosure=ad.Disclosure(ai=kind), signer=made.signer(), spec=spec)
    assert reference.read(out.getvalue(), made)["validation_state"] == "Trusted"
    assert state(out.getvalue(), made) is ad.State.TRUSTED


def test_one_definition_gives_the_same_manifest_on_both_sides(issued: Issue) -> None:
    made, out = issued("es256"), io.BytesIO()
    ad.sign(samples.png(), out, manifest=dict(DEFINITION), signer=made.signer())
    ours = reference.read(out.getvalue(), made)
    theirs = reference.read(reference.sign(samples.png(), made, DEFINITION), made)
    assert ours["validation_state"] == theirs["validation_state"] == "Trusted"
    assert actions(ours) == actions(theirs)
    assert active(ours)["title"] == active(theirs)["title"]


def test_formats_without_a_counterpart_are_formats() -> None:
    assert {*UNKNOWN, *READ_ONLY} <= {container.name for container in CONTAINERS}
