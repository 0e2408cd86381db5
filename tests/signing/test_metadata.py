"""What a disclosure becomes: one manifest for every kind, version and format, and the same in XMP.

Judged by the rules of the conformance programme, by the reference, by ExifTool and by Pillow.
"""

from __future__ import annotations

import functools
import io
import json
import shutil
import subprocess
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import c2pa
import pytest
from PIL import Image

from aidisclose.carriers import xmp
from aidisclose.carriers.aigc import Label
from aidisclose.containers import CONTAINERS, Container, Edits, identify
from aidisclose.containers.container import Carrier
from aidisclose.errors import SigningError, UnsupportedFormat
from aidisclose.io.source import BytesSource
from aidisclose.manifest import label
from aidisclose.manifest.disclosure import AIKind, Disclosure
from aidisclose.manifest.record import Consent, Direct, HarmReview, Watermark
from aidisclose.manifest.spec import Spec
from aidisclose.policy.check import check
from aidisclose.policy.evidence import collect
from aidisclose.policy.rule import Outcome
from aidisclose.policy.signals import signals
from aidisclose.signing import credentials
from aidisclose.signing.asset import SignedAsset
from aidisclose.signing.credentials import Credentials
from aidisclose.signing.flow import sign
from aidisclose.signing.manifest_content import components
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.report import Report
from aidisclose.validate.state import State
from aidisclose.validate.verify import verify
from tests.containers import samples, samples_ogg, samples_riff
from tests.issuing import Issued

FORMATS = [container for container in CONTAINERS if container.name in samples.FAMILIES]
WRITERS = [container for container in FORMATS if (Carrier.XMP in container.carriers)]
IMAGES = [container for container in WRITERS if container.media_types[0].startswith("image/")]
#: The reference cannot read them, or not the list of files that C2PA 2.5 §16.3.4 has.
UNKNOWN_TO_REFERENCE = ("Ogg", "ZIP")

TAM = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
FULL = functools.partial(
    Disclosure,
    model="SDXL",
    model_version="1.0",
    model_id="pkg:huggingface/stabilityai/sdxl",
    provider="ACME",
    prompt="a cat & <dog>, Zoë",
    prompt_writer="role: editor",
    seed="42",
    training="no-training",
    role="creator",
    material="yes",
    direct=(Direct(type="label", text="AI GENERATED", lang="en"),),
    consent=Consent(status="not-applicable"),
    techniques=("wholly-synthetic-scene",),
    purpose="art",
    harm_review=HarmReview(done=True, date="2026-11-23"),
    policy_url="https://example.org/policy",
    model_card_url="https://example.org/card",
    watermark=Watermark(alg="com.adobe.trustmark.P", value="abc"),
)
MODEL: dict[str, Any] = {"model": "SDXL", "model_version": "1.0"}
KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "generated": ({"ai": "generated"} | MODEL, "fullyGenAIMedia"),
    "composite": ({"ai": "composite"} | MODEL, "partlyGenAICreation"),
    "edited": ({"ai": "edited"} | MODEL, "perceptibleGenAI"),
    "none": ({"ai": "none"}, "nonGenAIDigitalCreation"),
    "captured": ({"ai": "none", "source_type": "digitalCapture"}, "capturedMedia"),
}

each_format = pytest.mark.parametrize("container", FORMATS, ids=lambda item: item.name)
each_writer = pytest.mark.parametrize("container", WRITERS, ids=lambda item: item.name)
each_spec = pytest.mark.parametrize("spec", [each.value for each in Spec])


def media(container: Container) -> bytes:
    return samples.FAMILIES[container.name].samples[0].data()


def root_of(own: Credentials) -> bytes:
    return (own.folder / credentials.ROOT).read_bytes()


@pytest.fixture
def signed(issued: Issued) -> Callable[..., tuple[bytes, SignedAsset]]:
    def make(data: bytes, disclosure: Disclosure, **options: Any) -> tuple[bytes, SignedAsset]:
        output = io.BytesIO()
        asset = sign(
            data, output, disclosure=disclosure, signer=issued("es256").signer(), **options
        )
        return output.getvalue(), asset

    return make


@pytest.fixture
def report_on(issued: Issued) -> Callable[[bytes], Report]:
    trust = TrustConfig.from_pem(root_of(issued("es256")))
    return lambda data: verify(data, trust=trust)


Signed = Callable[..., tuple[bytes, SignedAsset]]
ReportOn = Callable[[bytes], Report]


def assert_conforms(report: Report, spec: str) -> None:
    """No rule of the conformance programme fails."""
    findings = check(report, ["c2pa-conformance"], inputs={"spec": spec})
    # Test credentials are on no trust list.
    failed = [item for item in findings if item.outcome is Outcome.FAIL]
    assert [item for item in failed if item.rule.id != "C2PA-002"] == []


def signals_of(report: Report) -> frozenset[str]:
    return signals(collect(report, as_of=date.today(), inputs={}))


@pytest.mark.parametrize("spec", ["2.2", "2.4"])
@pytest.mark.parametrize("kind", KINDS)
@each_format
def test_every_kind_conforms_and_gives_its_signal(
    container: Container, kind: str, spec: str, signed: Signed, report_on: ReportOn
) -> None:
    fields, signal = KINDS[kind]
    data, asset = signed(media(container), Disclosure(**fields), spec=spec)
    report = report_on(data)
    assert report.state is State.TRUSTED
    assert_conforms(report, spec)
    assert signals_of(report) - {"mediaUnknownProvenance"} == {signal}
    assert report.disclosure.contradictions == ()
    assert asset.warnings == ()


@each_spec
@pytest.mark.parametrize("kind", ["generated", "composite", "edited"])
def test_everything_at_once_conforms(
    kind: AIKind, spec: str, signed: Signed, report_on: ReportOn
) -> None:
    data, _ = signed(samples.png(), FULL(ai=kind), spec=spec)
    report = report_on(data)
    assert report.state is State.TRUSTED
    assert_conforms(report, spec)
    assert KINDS[kind][1] in signals_of(report)
    store = report.store
    assert store is not None
    claim = store.active.claim
    names = {url.url.rpartition("/")[2] for url in claim.gathered}
    assert names == {"cawg.metadata", "cawg.training-mining", label.DISCLOSURE}
    has_model = "c2pa.ai-disclosure" in store.active.assertions
    assert has_model == (spec != "2.2")


CASES: dict[str, dict[str, Any]] = {
    "further": {"actions": ("c2pa.cropped", "c2pa.enhanced", "c2pa.published", "com.example.x")},
    "watermark": {"watermark": Watermark(alg="com.adobe.trustmark.P", value="abc")},
    "inputs": {"prompt": "a cat", "seed": "1", "inputs": True},
    "training": {"training": "no-training", "provider": "ACME"},
}
ALL_ACTIONS = tuple(
    f"c2pa.{name}"
    for name in (
        *("addedText", "adjustedColor", "changedSpeed", "converted", "cropped", "deleted"),
        *("drawing", "dubbed", "edited", "edited.metadata", "enhanced", "filtered"),
        *("orientation", "published", "repackaged", "resized", "transcoded", "trimmed"),
    )
)


@each_spec
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", ["generated", "composite", "edited"])
@pytest.mark.parametrize("is_signed", [False, True])
def test_everything_that_can_be_added_conforms(
    is_signed: bool, kind: AIKind, case: str, spec: str, signed: Signed, report_on: ReportOn
) -> None:
    """Also where a signed file is opened."""
    data = samples.png()
    if is_signed:
        data, _ = signed(data, Disclosure(ai="generated", **MODEL), spec=spec)
    data, _ = signed(data, Disclosure(ai=kind, **MODEL, **CASES[case]), spec=spec)
    report = report_on(data)
    assert report.state is State.TRUSTED
    assert_conforms(report, spec)


@each_spec
@pytest.mark.parametrize("term", [None, "digitalCapture"])
def test_every_action_without_ai_conforms(
    term: str | None, spec: str, signed: Signed, report_on: ReportOn
) -> None:
    version = {"2.2": (), "2.4": ("c2pa.mastered", "c2pa.mixed", "c2pa.resized.proportional")}
    newer = version.get(spec, (*version["2.4"], "c2pa.modified", "c2pa.rendered", "c2pa.reviewed"))
    item = Disclosure(ai="none", source_type=term, actions=(*ALL_ACTIONS, *newer))
    data, _ = signed(samples.png(), item, spec=spec)
    assert_conforms(report_on(data), spec)


@each_spec
def test_ingredients_that_are_placed_conform(
    spec: str, signed: Signed, report_on: ReportOn, tmp_path: Path
) -> None:
    part, plain = tmp_path / "part.png", tmp_path / "plain.jpg"
    part.write_bytes(signed(samples.png(), Disclosure(ai="generated", **MODEL))[0])
    plain.write_bytes(samples.jpeg())
    named = components([(part, "componentOf"), (plain, "componentOf"), (plain, "inputTo")])
    data, _ = signed(
        samples.png(), Disclosure(ai="composite", **MODEL), ingredients=named, spec=spec
    )
    assert_conforms(report_on(data), spec)


def test_what_is_made_without_ai_is_not_composed_of_what_ai_made(
    signed: Signed, tmp_path: Path
) -> None:
    part = tmp_path / "part.png"
    part.write_bytes(signed(samples.png(), Disclosure(ai="generated"))[0])
    named = components([(part, "componentOf")])
    with pytest.raises(SigningError, match=r"ingredient part\.png says generated: declare compos"):
        signed(samples.png(), Disclosure(ai="none"), ingredients=named)
    signed(samples.png(), Disclosure(ai="none", actions=("c2pa.edited",)), ingredients=named)
    signed(samples.png(), Disclosure(ai="composite"), ingredients=named)


def test_what_is_made_without_ai_does_not_continue_what_ai_made(
    signed: Signed, tmp_path: Path
) -> None:
    parent = tmp_path / "parent.png"
    # As the pictures of some services: credentials, and no XMP.
    parent.write_bytes(signed(samples.png(), Disclosure(ai="generated"), xmp=False)[0])
    for source, more in ((parent, {}), (samples.png(), {"parent": parent})):
        with pytest.raises(SigningError, match=r"ingredient .* says generated: name the action"):
            signed(source, Disclosure(ai="none"), **more)
        published = Disclosure(ai="none", actions=("c2pa.published",))
        report = verify(signed(source, published, **more)[0], trust=TrustConfig.none())
        assert report.disclosure.ai.value == "generated"
        assert not report.disclosure.contradictions


def test_what_is_made_without_ai_has_no_mark_that_says_so(signed: Signed) -> None:
    def text(name: str, value: str) -> bytes:
        chunk = samples.png_chunk(b"tEXt", f"{name}\0{value}".encode())
        return samples.png()[:33] + chunk + samples.png()[33:]

    none = Disclosure(ai="none")
    with pytest.raises(SigningError, match=r"ai is none, but the AIGC label .* says Label 1"):
        signed(text("AIGC", '{"Label": "1"}'), none)
    _, asset = signed(text("Software", "Midjourney"), none)
    assert asset.warnings == ("ai is none, but PNG tEXt names Midjourney: readers will see both",)
    _, asset = signed(text("Software", "GIMP"), none)
    assert asset.warnings == ()


@each_spec
@pytest.mark.parametrize("is_signed", [False, True])
def test_a_definition_without_actions_conforms(
    is_signed: bool, spec: str, signed: Signed, issued: Issued, report_on: ReportOn
) -> None:
    """The source is opened and saved again as it was, and nothing else was done."""
    source, output = samples.png(), io.BytesIO()
    if is_signed:
        source, _ = signed(source, Disclosure(ai="none"), spec=spec)
    sign(source, output, manifest={}, signer=issued("es256").signer(), spec=spec)
    report = report_on(output.getvalue())
    assert_conforms(report, spec)
    assert report.store is not None
    (actions,) = report.store.active.named("c2pa.actions")
    assert actions.fields["allActionsIncluded"] is True


def test_of_another_parent_nobody_knows_what_was_done(issued: Issued, tmp_path: Path) -> None:
    output = io.BytesIO()
    signer = issued("es256").signer()
    sign(samples.png(), output, manifest={}, signer=signer, parent=samples.jpeg())
    report = verify(output.getvalue(), trust=TrustConfig.none())
    assert report.store is not None
    (actions,) = report.store.active.named("c2pa.actions")
    assert actions.fields["allActionsIncluded"] is False


def test_an_unusual_oversight_is_a_warning(signed: Signed) -> None:
    data, asset = signed(samples.png(), Disclosure(ai="edited", oversight="prompt_guided"))
    assert ["oversight prompt_guided is unusual" in line for line in asset.warnings] == [True]
    assert verify(data, trust=TrustConfig.none()).disclosure.model.oversight == "prompt_guided"


@each_format
def test_the_reference_trusts_every_format(
    container: Container, signed: Signed, issued: Issued
) -> None:
    if container.name in UNKNOWN_TO_REFERENCE:
        pytest.skip("the reference does not know the format")
    # It has to be told which algorithms of soft bindings there are.
    data, asset = signed(media(container), FULL(ai="generated", watermark=Watermark()))
    settings = {
        "version": 1,
        "trust": {"user_anchors": root_of(issued("es256")).decode()},
        "verify": {"remote_manifest_fetch": False},
    }
    context = c2pa.Context.from_dict(settings)
    found = json.loads(c2pa.Reader(asset.media_type, io.BytesIO(data), context=context).json())
    assert found["validation_state"] == "Trusted"


def exif(data: bytes, container: Container, folder: Path) -> dict[str, Any]:
    """The XMP properties that ExifTool reads, by their name in lower case."""
    if shutil.which("exiftool") is None:
        pytest.skip("ExifTool is not installed (Debian: libimage-exiftool-perl)")
    path = folder / f"file{container.extensions[0]}"
    path.write_bytes(data)
    command = ["exiftool", "-j", "-XMP:all", str(path)]
    output = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    (fields,) = json.loads(output)
    return {name.lower(): value for name, value in fields.items()}


@each_writer
def test_exiftool_reads_what_was_declared(
    container: Container, signed: Signed, tmp_path: Path
) -> None:
    label = Label(producer="ACME", content_id="1") if container in IMAGES else None
    data, asset = signed(media(container), FULL(ai="generated", aigc=label))
    more = {"comment": (Carrier.COMMENT in container.carriers), "aigc": label is not None}
    assert asset.carriers == ("c2pa", "xmp", *(name for name, is_there in more.items() if is_there))
    fields = exif(data, container, tmp_path)
    assert fields["digitalsourcetype"] == TAM
    assert fields["aisystemused"] == "SDXL"
    assert str(fields["aisystemversionused"]) == "1.0"
    assert fields["aipromptinformation"] == "a cat & <dog>, Zoë; seed: 42"
    assert fields["credit"] == "ACME"
    assert fields["datamining"].endswith("DMI-PROHIBITED-AIMLTRAINING")
    if label:
        assert fields["aigc"] == label.encode()


@pytest.mark.parametrize("container", IMAGES, ids=lambda item: item.name)
def test_pillow_opens_every_image(container: Container, signed: Signed) -> None:
    before = media(container)
    data, _ = signed(before, FULL(ai="generated"))
    try:
        expected = Image.open(io.BytesIO(before))
    except OSError:
        pytest.skip("Pillow does not decode this format")
    with warnings.catch_warnings(), expected:
        warnings.simplefilter("error")
        with Image.open(io.BytesIO(data)) as image:
            assert image.tobytes() == expected.tobytes()


@each_format
def test_nothing_private_is_written_unless_asked(container: Container, signed: Signed) -> None:
    """With only a kind and a model, neither prompt, provider, writer nor record appears."""
    data, asset = signed(media(container), Disclosure(ai="generated", model="SDXL"))
    for word in (b"AIPrompt", b"photoshop:Credit", b"cawg.", label.DISCLOSURE.encode(), b"TC260"):
        assert word not in data
        assert word not in asset.store


def packet_with(**values: str) -> bytes:
    properties = {item.name: item for item in xmp.PROPERTIES}
    return xmp.create({properties[name]: value for name, value in values.items()})


def with_packet(data: bytes, packet: bytes) -> bytes:
    source = BytesSource(data)
    container = identify(source)
    splice = container.rewrite(source, container.scan(source), Edits(xmp=packet))
    return splice.read_at(0, splice.size)


def test_existing_xmp_is_merged(signed: Signed, report_on: ReportOn) -> None:
    """What somebody else wrote stays; only what is declared anew changes."""
    packet = packet_with(Credit="A photographer", DigImageGUID="7", AISystemVersionUsed="0.9")
    data, _ = signed(with_packet(samples.jpeg(), packet), FULL(ai="edited", model_version=None))
    found = report_on(data).marks.xmp
    assert found["photoshop:Credit"] == ("A photographer",)
    assert found["Iptc4xmpExt:DigImageGUID"] == ("7",)
    assert "Iptc4xmpExt:AISystemVersionUsed" not in found
    assert found["Iptc4xmpExt:DigitalSourceType"][0].endswith("WithTrainedAlgorithmicMedia")


def test_a_stronger_source_type_stays(signed: Signed, report_on: ReportOn) -> None:
    """An AI edit does not make a fully generated picture less generated."""
    data, _ = signed(
        with_packet(samples.jpeg(), packet_with(DigitalSourceType=TAM)), FULL(ai="edited")
    )
    assert report_on(data).marks.xmp["Iptc4xmpExt:DigitalSourceType"] == (TAM,)


def test_xmp_that_says_ai_refuses_a_manifest_that_says_none(signed: Signed) -> None:
    marked = with_packet(samples.jpeg(), packet_with(DigitalSourceType=TAM))
    with pytest.raises(SigningError, match="ai is none, but the file's XMP says"):
        signed(marked, Disclosure(ai="none"))


def test_xmp_can_be_left_as_it_is(signed: Signed) -> None:
    data, asset = signed(samples.png(), Disclosure(ai="generated"), xmp=False)
    assert b"adobe" not in data
    assert asset.carriers == ("c2pa",)


def test_broken_xmp_is_left_alone_with_a_warning(signed: Signed, report_on: ReportOn) -> None:
    broken = with_packet(samples.png(), b"<x:xmpmeta/>")
    data, asset = signed(broken, Disclosure(ai="generated"))
    (warning,) = asset.warnings
    assert warning.startswith("no XMP was written: the XMP packet is not XML")
    assert report_on(data).state is State.TRUSTED
    with pytest.raises(Exception, match="not XML"):
        signed(broken, Disclosure(ai="generated"), xmp=True)


def test_signing_again_keeps_one_packet(signed: Signed, report_on: ReportOn) -> None:
    once, _ = signed(samples.webp(), FULL(ai="generated"))
    twice, asset = signed(once, FULL(ai="edited"))
    report = report_on(twice)
    assert report.marks.xmp["Iptc4xmpExt:DigitalSourceType"] == (TAM,)
    assert report.disclosure.contradictions == ()
    assert asset.parent is not None


def test_a_second_aigc_label_is_refused(signed: Signed) -> None:
    """GB 45438-2025 permits one in a file."""
    label = Label(producer="ACME", content_id="1")
    plain = samples.png()
    marked = (
        plain[:33] + samples.png_chunk(b"tEXt", b"AIGC\0" + label.encode().encode()) + plain[33:]
    )
    with pytest.raises(SigningError, match=r"already, in PNG tEXt.*§6\.1"):
        signed(marked, Disclosure(ai="generated", aigc=label))


@pytest.mark.parametrize(
    ("name", "place", "marks"),
    [
        ("WAV", "RIFF chunk", ("xmp", "comment")),
        ("MP3", "ID3 TXXX", ("xmp", "comment")),
        ("FLAC", "Vorbis comment", ("xmp", "comment")),
        ("Ogg", "Vorbis comment", ("comment",)),
        ("AVI", "RIFF INFO", ("xmp",)),
        ("M4A", "MP4 metadata", ("xmp",)),
        ("MP4", "MP4 metadata", ("xmp",)),
        ("QuickTime", "MP4 metadata", ("xmp",)),
        ("PDF", "PDF Info", ("xmp",)),
    ],
)
def test_a_label_has_its_own_place(
    name: str, place: str, marks: tuple[str, ...], signed: Signed, report_on: ReportOn
) -> None:
    container = next(item for item in FORMATS if item.name == name)
    label = Label(producer="ACME", content_id="1")
    for xmp_too in (None, False):
        data, asset = signed(media(container), Disclosure(ai="generated", aigc=label), xmp=xmp_too)
        report = report_on(data)
        assert report.state is State.TRUSTED
        (found,) = report.marks.labels
        assert (found.place, found.is_primary) == (place, True)
        assert asset.carriers == ("c2pa", *(marks if xmp_too is None else ()), "aigc")
        assert report.disclosure.carriers == asset.carriers
        again, _ = signed(data, Disclosure(ai="edited", aigc=Label(producer="B", content_id="2")))
        (found,) = report_on(again).marks.labels
        assert found.fields is not None
        assert found.fields["ContentProducer"] == "B"


def test_other_sound_in_ogg_gets_no_comment(signed: Signed) -> None:
    """Said in a warning; a label that was asked for is refused."""
    speex = samples_ogg.ogg(samples_ogg.SPEEX)
    _, asset = signed(speex, Disclosure(ai="generated"))
    assert asset.carriers == ("c2pa",)
    (warning,) = asset.warnings
    assert warning.startswith("no comment was written: in Ogg")
    with pytest.raises(UnsupportedFormat, match="in Ogg"):
        signed(speex, Disclosure(ai="generated", aigc=Label(producer="ACME", content_id="1")))


def test_the_comment_is_one_line(signed: Signed, report_on: ReportOn) -> None:
    """So that it can be replaced."""
    once, _ = signed(samples_riff.wav(), Disclosure(ai="edited", model="two\nlines"))
    twice, _ = signed(once, Disclosure(ai="generated", model="one"))
    assert b"two lines" in once
    assert b"two lines" not in twice.partition(b"C2PA")[0]
    (found,) = report_on(twice).marks.comments
    assert found.text == f"generated by AI, model one ({TAM})"


@pytest.mark.parametrize("name", ["ZIP"])
def test_a_label_is_refused_where_it_has_no_place(name: str, signed: Signed) -> None:
    container = next(item for item in FORMATS if item.name == name)
    label = Label(producer="ACME", content_id="1")
    with pytest.raises(UnsupportedFormat, match="AIGC"):
        signed(media(container), Disclosure(ai="generated", aigc=label))


def test_contradictions_are_reported(signed: Signed, report_on: ReportOn) -> None:
    camera = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    marked = with_packet(
        samples.jpeg(), packet_with(DigitalSourceType=camera, AISystemUsed="Other")
    )
    data, _ = signed(marked, Disclosure(ai="generated", model="SDXL"), xmp=False)
    report = report_on(data)
    assert report.state is State.TRUSTED
    assert report.disclosure.carriers == ("c2pa", "xmp")
    assert report.disclosure.contradictions == (
        "the manifest (generated) says that AI was used, XMP (digitalCapture) that none was",
        "the manifest names the model 'SDXL', XMP names 'Other'",
    )


def test_marks_are_reported_without_a_manifest(report_on: ReportOn) -> None:
    report = report_on(with_packet(samples.jpeg(), packet_with(DigitalSourceType=TAM)))
    assert report.state is State.NONE
    assert report.disclosure.carriers == ("xmp",)


def test_inputs_become_ingredients(signed: Signed, report_on: ReportOn) -> None:
    disclosure = FULL(ai="generated", inputs=True, training_data_url="https://example.org/data")
    data, _ = signed(samples.png(), disclosure)
    report = report_on(data)
    assert report.state is State.TRUSTED
    assert report.store is not None
    fields = [item.fields for item in report.store.active.named("c2pa.ingredient")]
    assert [item["dc:title"] for item in fields] == ["prompt", "seed", "model", "training data"]
    assert {item["relationship"] for item in fields} == {"inputTo"}
    assert b"AIPromptInformation" not in data
    (actions,) = report.store.active.named("c2pa.actions")
    created = actions.fields["actions"][0]  # type: ignore[index]
    assert len(created["parameters"]["ingredients"]) == 4


def test_a_bound_watermark_comes_with_its_soft_binding(signed: Signed, report_on: ReportOn) -> None:
    mark = Watermark(alg="com.adobe.trustmark.P", value="abc")
    data, _ = signed(samples.png(), Disclosure(ai="generated", watermark=mark))
    report = report_on(data)
    assert report.store is not None
    (binding,) = report.store.active.named("c2pa.soft-binding")
    assert binding.fields["alg"] == "com.adobe.trustmark.P"
    assert signals_of(report) == {"fullyGenAIMedia", "nonEditorial"}


def test_the_record_says_what_was_declared(signed: Signed, report_on: ReportOn) -> None:
    data, _ = signed(samples.png(), FULL(ai="generated"))
    store = report_on(data).store
    assert store is not None
    (found,) = store.active.named(label.DISCLOSURE)
    assert found.fields == {
        "ai_involvement": TAM,
        "role": "creator",
        "direct": [{"type": "label", "text": "AI GENERATED", "lang": "en"}],
        "consent": {"status": "not-applicable"},
        "techniques": ["wholly-synthetic-scene"],
        "purpose": "art",
        "harm_review": {"done": True, "date": "2026-11-23"},
        "policy_url": "https://example.org/policy",
        "material": {"value": "yes"},
        "model": {
            "name": "SDXL",
            "version": "1.0",
            "id": "pkg:huggingface/stabilityai/sdxl",
            "card_url": "https://example.org/card",
        },
        "indirect": ["c2pa", "xmp", "watermark"],
    }


@each_spec
def test_a_box_hash_counts_the_packet(spec: str, signed: Signed, report_on: ReportOn) -> None:
    data, _ = signed(samples.jpeg(), FULL(ai="generated"), binding="c2pa.hash.boxes", spec=spec)
    assert report_on(data).state is State.TRUSTED


def test_what_a_version_has_no_place_for_is_said(signed: Signed) -> None:
    told = Disclosure(ai="generated", model="SDXL", oversight="prompt_guided")
    _, asset = signed(samples.png(), told, spec="2.2")
    [warning] = asset.warnings
    assert "C2PA 2.2 has no c2pa.ai-disclosure, which would say oversight" in warning
    assert signed(samples.png(), told, spec="2.4")[1].warnings == ()


def test_a_picture_that_is_only_published_conforms(signed: Signed, report_on: ReportOn) -> None:
    """That AI made it says its history, which is not what signals are derived from."""
    made, _ = signed(samples.png(), Disclosure(ai="generated", model="SDXL"))
    data, _ = signed(made, Disclosure(ai="none", actions=("c2pa.published",)))
    assert_conforms(report_on(data), "2.4")
