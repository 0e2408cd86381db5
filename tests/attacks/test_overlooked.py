"""A file that says AI anywhere is not called one that was made without."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Final

import pytest
from PIL import Image

import aidisclose as ad
from aidisclose import limits
from aidisclose.containers import pdf
from aidisclose.io.source import BytesSource
from aidisclose.manifest.declared import AI
from aidisclose.policy.own import parse
from aidisclose.render import formats, words
from aidisclose.render.renderer import Result, Run
from aidisclose.validate.verify import examine
from tests.attacks import files, overlooked
from tests.attacks.believed import TERMS, created, model
from tests.attacks.parties import TRUST, sealed, strange
from tests.containers import samples, samples_images, samples_pdf
from tests.manifest import build
from tests.manifest.build import Recipe
from tests.trust.pki import NOW

FILES: Final = dict(overlooked.files_that_say_ai())


def test_a_file_that_only_says_capture_is_made_without_ai() -> None:
    found = files.signed(files.active(assertions=(overlooked._CAPTURED,)))
    report = ad.verify(found, trust=TRUST, at=NOW)
    assert report.disclosure.ai is AI.NONE
    assert _passes(report) == ["REQ-004", "X-005"]


@pytest.mark.parametrize("more", [-1, 0])
def test_ai_is_not_overlooked_behind_more_properties_than_are_looked_at(
    more: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it is open whether there was any, and the report says why."""
    monkeypatch.setattr(limits, "MENTIONS", 3)
    text = b"DigitalSourceType='digitalCapture' " * (limits.MENTIONS + 1 + more)
    of = files.picture()
    recipe = files.active(assertions=(overlooked._CAPTURED,))
    found = files.signed(recipe, of=of._replace(data=of.data + text))
    disclosure = ad.verify(found, trust=TRUST, at=NOW).disclosure
    if more < 0:
        assert disclosure.ai is AI.NONE
        assert disclosure.contradictions == ()
    else:
        assert disclosure.ai is AI.UNDECLARED
        said = "whether it says that AI was used cannot be told: more than 3 properties about AI"
        assert list(map(str, disclosure.contradictions)) == [said]


def _below(parent: Recipe, *before: bytes) -> bytes:
    """A file that the honest signer made from one with this manifest, and says no more of."""
    manifest = parent.build()
    return files.signed(files.descended(manifest), *before, manifest)


@pytest.mark.parametrize("way", ["stranger", "stranger between", "trusted"])
def test_no_trusted_signer_says_what_a_stranger_says(way: str) -> None:
    """Who crops a picture does not say that it was captured: that says whoever signed it before.

    Anybody can sign that, or name a capture of somebody else as the parent of a picture.
    """
    capture = Recipe(
        assertions=(overlooked._CAPTURED,),
        seal=sealed(size=3_000) if way != "stranger" else strange(size=3_000),
    )
    if way == "stranger between":
        first = capture.build()
        ingredient = files.ingredient(first)
        between = Recipe(
            number=2,
            assertions=(ingredient, files.opened(ingredient)),
            seal=strange(size=3_000),
        )
        found = _below(between, first)
    else:
        found = _below(capture)
    report = ad.verify(found, trust=TRUST, at=NOW)
    assert report.state is ad.State.TRUSTED, report.failures
    url = build.url(build.label(9), "c2pa.assertions", "c2pa.ingredient.v3")
    disclosure = report.disclosure
    if way == "trusted":
        assert (disclosure.ai, disclosure.doubted) == (AI.NONE, ())
    else:
        assert (disclosure.ai, disclosure.doubted) == (AI.UNDECLARED, (url,))
        assert "REQ-004" not in _passes(report)
    result, run = Result("file", report), Run(NOW)
    said = formats.renderer("verify", "text").result(result, run)
    assert ("no signer whom you trust vouches for" in said) is (way != "trusted")
    page = formats.renderer("verify", "html").result(result, run)
    assert ("only somebody says for whom nobody vouches" in page) is (way != "trusted")
    assert ("Signed by: “Stranger (Tests)”, but no trust list" in page) is (way != "trusted")
    # Where nobody is trusted, no name counts for more than another.
    assert ad.verify(found, trust=ad.TrustConfig.none(), at=NOW).disclosure.ai is AI.NONE


@pytest.mark.parametrize("gathered", [True, False])
def test_no_signer_says_what_is_only_passed_on(gathered: bool) -> None:
    """Gathered assertions are not attributed to the signer (C2PA 2.2 §10.2.2)."""
    assertion = replace(overlooked._CAPTURED, gathered=gathered)
    found = files.signed(files.active(assertions=(assertion,)))
    report = ad.verify(found, trust=TRUST, at=NOW)
    assert report.state is ad.State.TRUSTED
    url = build.url(build.label(9), "c2pa.assertions", "c2pa.actions.v2")
    assert report.disclosure.ai is (AI.UNDECLARED if gathered else AI.NONE)
    assert report.disclosure.doubted == ((url,) if gathered else ())
    opened = replace(
        build.ingredient(digitalSourceType=TERMS + "digitalCapture"), gathered=gathered
    )
    history = replace(files.opened(opened), gathered=gathered)
    found = files.signed(files.active(assertions=(opened, history)))
    report = ad.verify(found, trust=TRUST, at=NOW)
    assert report.state is ad.State.TRUSTED
    assert report.disclosure.ai is (AI.UNDECLARED if gathered else AI.NONE)
    made = replace(created("trainedAlgorithmicMedia"), gathered=gathered)
    said = ad.verify(files.signed(files.active(assertions=(made,))), trust=TRUST, at=NOW)
    assert said.disclosure.ai is AI.GENERATED


@pytest.mark.parametrize("by", ["the ingredient", "the action", "nobody"])
@pytest.mark.parametrize("trust", [TRUST, ad.TrustConfig.none()], ids=["trust", "no trust"])
def test_no_signer_says_what_a_parent_is_that_is_only_passed_on(
    by: str, trust: ad.TrustConfig
) -> None:
    """A user of a service may name any capture as the parent of any picture (C2PA 2.2 §10.2.2)."""
    first = Recipe(assertions=(overlooked._CAPTURED,), seal=sealed(size=3_000)).build()
    opened = replace(files.ingredient(first), gathered=by != "the ingredient")
    history = replace(files.opened(opened), gathered=by != "the action")
    found = files.signed(files.active(assertions=(opened, history)), first)
    report = ad.verify(found, trust=trust, at=NOW)
    assert report.state is (ad.State.TRUSTED if trust is TRUST else ad.State.VALID)
    url = build.url(build.label(9), "c2pa.assertions", "c2pa.ingredient.v3")
    assert report.disclosure.ai is (AI.UNDECLARED if by == "nobody" else AI.NONE)
    assert report.disclosure.doubted == ((url,) if by == "nobody" else ())


@pytest.mark.parametrize("name", FILES)
def test_ai_is_not_overlooked(name: str) -> None:
    report = ad.verify(FILES[name], trust=TRUST, at=NOW)
    assert report.state is ad.State.TRUSTED, report.failures
    assert report.disclosure.ai is not AI.NONE
    assert _passes(report) == []


def _passes(report: ad.Report) -> list[str]:
    """The rules that a file meets of a policy for what was made without AI."""
    wanted = parse('version = 1\n[[require]]\nstate = "trusted"\nsource-types = ["digitalCapture"]')
    required = ad.check(report, [wanted], select=["REQ-004"])
    stated = ad.check(report, ["cross"], inputs={"ai": "no"}, select=["X-005"])
    found = (*required, *stated)
    return [each.rule.id for each in found if each.outcome is ad.Outcome.PASS]


@pytest.mark.parametrize("name", ["SDXL", "Flux"])
def test_no_model_is_overlooked(name: str) -> None:
    """A policy permits some models; those of a second disclosure, action or ingredient count."""
    generated = created("trainedAlgorithmicMedia")
    ingredient = files.ingredient(parent := Recipe(assertions=(generated, model(name))).build())
    second = build.cbor("c2pa.ai-disclosure__1", {"modelName": name})
    acts = [{**build.CREATED, "softwareAgent": {"name": each}} for each in ("SDXL", name)]
    by_both = build.actions(acts[0], {**acts[1], "action": "c2pa.edited"})
    listed: dict[str, tuple[tuple[build.Assertion, ...], tuple[bytes, ...]]] = {
        "disclosure": ((generated, model("SDXL"), second), ()),
        "action": ((by_both,), ()),
        "ingredient": ((ingredient, files.opened(ingredient), model("SDXL")), (parent,)),
    }
    wanted = parse('version = 1\n[[require]]\nmodels = ["SD*"]')
    for where, (assertions, before) in listed.items():
        found = files.signed(files.active(assertions=assertions), *before)
        report = ad.verify(found, trust=TRUST, at=NOW)
        assert report.state >= ad.State.VALID, (where, report.failures)
        assert report.disclosure.model.name == "SDXL", where
        [judged] = ad.check(report, [wanted])
        assert judged.outcome is (ad.Outcome.PASS if name == "SDXL" else ad.Outcome.FAIL), where


def test_ai_is_not_overlooked_in_a_store_alone() -> None:
    """Of credentials without their file, the same is said as beside it."""
    for name, found in overlooked._embedded():
        report = examine(files.store_of(found), trust=TRUST, at=NOW)
        assert report.disclosure.ai is AI.UNDECLARED, name
        assert words.integrity(report) == "none: the file that was signed was not looked at"
    sound = files.signed(files.active(assertions=(overlooked._CAPTURED,)))
    assert examine(files.store_of(sound), trust=TRUST, at=NOW).disclosure.ai is AI.NONE


@pytest.mark.parametrize("form", ["AVIF", "TIFF", "PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("program", ["Midjourney 6", "GIMP 3.0"])
def test_no_program_of_exif_is_overlooked(form: str, program: str) -> None:
    made, out, signed = Image.Exif(), io.BytesIO(), io.BytesIO()
    made[0x0131] = program
    Image.new("RGB", (16, 16)).save(out, form, exif=made)
    none = ad.Disclosure(ai="none")
    ad.sign(out.getvalue(), signed, disclosure=none, signer=ad.Signer.test(), xmp=False)
    said = ad.verify(signed.getvalue(), trust=ad.TrustConfig.none()).disclosure
    assert said.ai is (AI.NONE if program.startswith("GIMP") else AI.UNDECLARED)


@pytest.mark.parametrize(
    "before",
    [
        "<x:CreatorTool>GIMP</x:CreatorTool>",
        "<x:CreatorTool/>",
        "<x:CreatorTool></x:CreatorTool>",
        "<x:Software>GIMP</x:Software>",
        "<x:AISystemUsed/>",
    ],
)
def test_no_title_is_taken_for_a_program(before: str) -> None:
    """What follows the end of an element is the value of another."""
    title = "<x:title><x:Alt><x:li>Midjourney, a portrait</x:li></x:Alt></x:title>"
    said = overlooked.silent().replace(
        b"/></rdf:RDF>", f" xmlns:x='x'>{before}{title}</rdf:Description></rdf:RDF>".encode()
    )
    of = files.picture()
    recipe = files.active(assertions=(overlooked._CAPTURED,))
    found = files.signed(recipe, of=of._replace(data=of.data + said))
    disclosure = ad.verify(found, trust=TRUST, at=NOW).disclosure
    assert (disclosure.ai, disclosure.contradictions) == (AI.NONE, ())


def test_words_about_programs_are_looked_at_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PROGRAM_WORDS", 3)
    of = files.picture()
    recipe = files.active(assertions=(overlooked._CAPTURED,))
    for count, ai in {3: AI.NONE, 4: AI.UNDECLARED}.items():
        data = of.data + b"software " * count
        found = files.signed(recipe, of=of._replace(data=data))
        assert ad.verify(found, trust=TRUST, at=NOW).disclosure.ai is ai


@pytest.mark.parametrize(
    ("limit", "most", "why"),
    [("EXIF_BLOCKS", 2, "more than 2 blocks"), ("TEXTS_SIZE", 700, "more than 700 bytes of text")],
)
def test_exif_is_looked_at_up_to_a_limit(
    limit: str, most: int, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, limit, most)
    block = samples_images.jxl_box(b"Exif", bytes(4) + samples_images.tiff())
    recipe = files.active(assertions=(overlooked._CAPTURED,))
    of = files.media("JPEG XL")
    for count, ai in {1: AI.NONE, 3: AI.UNDECLARED}.items():
        found = files.signed(recipe, of=of._replace(data=samples_images.jxl() + block * count))
        disclosure = ad.verify(found, trust=TRUST, at=NOW).disclosure
        assert disclosure.ai is ai
        assert all(why in str(line) for line in disclosure.contradictions)
        assert bool(disclosure.contradictions) is (ai is AI.UNDECLARED)


@pytest.mark.parametrize("name", overlooked.TRACES)
def test_what_a_generator_left_is_not_overlooked(name: str) -> None:
    data = overlooked.TRACES[name]()
    report = ad.verify(data, trust=TRUST, at=NOW, detect=True)
    assert (report.state, report.integrity) == (ad.State.TRUSTED, ad.Integrity.INTACT)
    assert report.disclosure.ai is AI.UNDECLARED
    assert any("says that AI was used" in line for line in report.disclosure.contradictions)
    # It is no mark that discloses: no rule is met by it.
    assert report.disclosure.carriers == ("c2pa",)


def test_the_program_of_an_encrypted_pdf_is_not_known() -> None:
    trailer = b"/Root 1 0 R/ID[<00112233><44556677>]/Info 5 0 R/Encrypt 6 0 R"
    objects = {**samples_pdf.OBJECTS, 5: b"<</Producer(x)>>", 6: b"<</Filter/Standard>>"}
    data = samples_pdf.pdf(objects, trailer=trailer)
    with pytest.raises(ad.UnsupportedFormat, match="the Info dictionary is encrypted"):
        list(pdf.informations(BytesSource(data)))


def test_sign_warns_of_what_few_programs_read() -> None:
    """The XMP of Photoshop's resources says AI: whoever declares that there was none is told."""
    [data] = [data for name, _, data in overlooked._elsewhere(_jpeg, _jpeg) if "Photoshop" in name]
    made = ad.sign(
        data, io.BytesIO(), disclosure=ad.Disclosure(ai="none"), signer=ad.Signer.test(), xmp=False
    )
    said = "DigitalSourceType names trainedAlgorithmicMedia: readers will see both"
    assert any(said in line for line in made.warnings)


def _jpeg(*segments: bytes) -> bytes:
    data = samples.jpeg()
    return data[:2] + b"".join(segments) + data[2:]
