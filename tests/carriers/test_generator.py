"""Names of generators are found as programs write them, and not within other words."""

from __future__ import annotations

import io

import pytest
from PIL import Image

import aidisclose as ad
from aidisclose.carriers import generator
from aidisclose.manifest.declared import AI
from tests.attacks import files
from tests.attacks.believed import TERMS
from tests.attacks.parties import TRUST
from tests.containers import samples_id3
from tests.manifest import build
from tests.manifest.build import Fields
from tests.trust.pki import NOW


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Midjourney", "Midjourney"),
        ("midjourney6", "midjourney"),
        ("Adobe_Firefly 1.0", "Adobe_Firefly"),
        ("AdobeFirefly", "AdobeFirefly"),
        ("DALL\u00b7E 3", "DALL\u00b7E"),
        ("com.openai.sora", "openai"),
        ("Stable-Diffusion-XL", "Stable-Diffusion"),
        ("Made with Google AI", "Google AI"),
        ("FLUX.1 [dev]", "FLUX.1"),
        ("GPT-4o", "GPT-4o"),
        ("Imagen 3", "Imagen 3"),
        ("Ideogram 3.0", "Ideogram 3"),
        ("即梦AI", "即梦AI"),
        ("Recraft V3", "Recraft"),
    ],
)
def test_generators_are_known_by_name(text: str, name: str) -> None:
    assert generator.find(text) == name


@pytest.mark.parametrize(
    "text",
    [
        *("", "Adobe Photoshop 27.0 (Windows)", "Editor de imagen 2", "FLIR Firefly S", "Gemini"),
        *("Luminar AI", "Topaz Photo AI", "f.lux", "Runway", "Pixel Camera", "Veo", "Sora Suzuki"),
        *(
            "Midjourneyish",
            "xMidjourney",
            "Photo AI",
            "GIMP 3.0",
            "ImageMagick 7",
            "aidisclose 0.1.0",
        ),
    ],
)
def test_other_programs_are_not_taken_for_one(text: str) -> None:
    assert generator.find(text) is None


@pytest.mark.parametrize("text", ["Recortada la imagen 3", "Veo 3 errores", "Text to image layer"])
def test_words_of_a_sentence_name_no_generator(text: str) -> None:
    assert generator.find(text) is not None
    assert generator.find(text, is_prose=True) is None
    made: Fields = {"action": "c2pa.created", "digitalSourceType": TERMS + "digitalCapture"}
    for field, said in {"description": AI.NONE, "softwareAgent": AI.UNDECLARED}.items():
        history = build.actions({**made, field: text}, label="c2pa.actions")
        signed = files.signed(files.active(assertions=(history,)))
        assert ad.verify(signed, trust=TRUST, at=NOW).disclosure.ai is said


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG"])
def test_the_program_of_exif_is_a_hint(form: str) -> None:
    made, out = Image.Exif(), io.BytesIO()
    made[0x0131] = "Adobe Firefly"
    Image.new("RGB", (16, 16)).save(out, form, exif=made.tobytes())
    [hint] = ad.verify(out.getvalue(), trust=ad.TrustConfig.none()).marks.hints
    assert (hint.generator, hint.place, hint.model) == ("Adobe Firefly", "Exif Software", None)


@pytest.mark.parametrize("name", ["TSSE", "TENC"])
@pytest.mark.parametrize("text", [b"\3Suno AI v4\0", b"\1" + "Suno AI v4".encode("utf-16")])
def test_the_program_of_sound_is_a_hint(name: str, text: bytes) -> None:
    data = samples_id3.tag(4, samples_id3.frame(4, name, text)) + samples_id3.AUDIO
    [hint] = ad.verify(data, trust=ad.TrustConfig.none()).marks.hints
    assert (hint.generator, hint.place) == ("Suno AI", f"ID3 {name}")
