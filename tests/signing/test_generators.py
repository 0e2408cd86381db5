"""What real generators leave in their files, by the recipes of docs/generators.md.

The files have the metadata of each generator, built by code.
"""

from __future__ import annotations

import io
import json
import re
import wave
from collections.abc import Callable
from pathlib import Path

import c2pa
import pytest
from PIL import Image, PngImagePlugin

from aidisclose.carriers import xmp
from aidisclose.containers import Edits, identify
from aidisclose.direct.audible import prefix
from aidisclose.errors import SigningError
from aidisclose.io.source import BytesSource
from aidisclose.manifest.declared import AI
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.manifest.label import DISCLOSURE as LABEL
from aidisclose.signing import credentials, origin
from aidisclose.signing.flow import sign
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.report import Report
from aidisclose.validate.state import State
from aidisclose.validate.verify import verify
from tests.issuing import Issued

Make = Callable[[bytes, Disclosure], tuple[bytes, Report]]

TAM = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
RECIPES = Path(__file__).resolve().parents[2] / "docs" / "generators.md"


@pytest.fixture
def make(issued: Issued) -> Make:
    """Signs a file with the model that it names itself, and verifies the copy."""
    own = issued("es256")
    trust = TrustConfig.from_pem((own.folder / credentials.ROOT).read_bytes())

    def run(data: bytes, disclosure: Disclosure) -> tuple[bytes, Report]:
        output = io.BytesIO()
        complete = origin.complete(disclosure, data)
        sign(data, output, disclosure=complete, signer=own.signer(), trust=trust)
        report = verify(output.getvalue(), trust=trust)
        assert report.state is State.TRUSTED
        assert report.disclosure.contradictions == ()
        return output.getvalue(), report

    return run


def png(**texts: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    for name, value in texts.items():
        info.add_text(name, value)
    output = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(output, "PNG", pnginfo=info)
    return output.getvalue()


def wav(samples: bytes = b"\1\0" * 4000) -> bytes:
    output = io.BytesIO()
    with wave.open(output, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(samples)
    return output.getvalue()


def test_stable_diffusion_web_interface(make: Make) -> None:
    """AUTOMATIC1111, Forge and others: one text with the settings in its last line."""
    settings = (
        "a castle, oil painting\nNegative prompt: blurry\nSteps: 30, Sampler: DPM++ 2M, "
        "CFG scale: 7, Seed: 1234, Size: 64x48, Model hash: 31e35c80fc, Model: sd_xl_base_1.0, "
        "Version: v1.10.1"
    )
    data, report = make(png(parameters=settings), Disclosure(ai="generated"))
    assert (report.disclosure.model.name, report.disclosure.model.version) == (
        "sd_xl_base_1.0",
        "31e35c80fc",
    )
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["parameters"] == settings, "what the program left stays"


def test_diffusers(make: Make) -> None:
    """The library writes no metadata: the script that calls it knows the model."""
    disclosure = Disclosure(
        ai="generated",
        model="stable-diffusion-xl-base-1.0",
        model_version="1.0",
        model_id="pkg:huggingface/stabilityai/stable-diffusion-xl-base-1.0",
        oversight="prompt_guided",
    )
    _, report = make(png(), disclosure)
    assert report.disclosure.model.identifier == disclosure.model_id
    assert report.disclosure.model.oversight == "prompt_guided"
    with pytest.raises(SigningError, match="names no model"):
        make(png(), Disclosure(ai="generated"))


def test_comfyui(make: Make) -> None:
    """The nodes that ran, as JSON."""
    nodes = {
        "3": {"class_type": "KSampler", "inputs": {"seed": 5, "steps": 20, "model": ["4", 0]}},
        "4": {
            "class_type": "UNETLoader",
            "inputs": {"unet_name": "FLUX1/flux1-dev-fp8.safetensors"},
        },
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a private idea"}},
    }
    source = png(prompt=json.dumps(nodes), workflow=json.dumps({"nodes": []}))
    _, report = make(source, Disclosure(ai="generated"))
    assert report.disclosure.model.name == "flux1-dev-fp8"
    assert report.store is not None
    assert b"a private idea" not in bytes(report.store.active.box.whole)


def test_openai(make: Make, issued: Issued) -> None:
    """A picture with credentials of its own: it is opened, and its history stays."""
    own = issued("es256")
    actions = {
        "actions": [
            {
                "action": "c2pa.created",
                "digitalSourceType": TAM,
                "softwareAgent": {"name": "gpt-image-1"},
            }
        ]
    }
    manifest = {
        "claim_generator_info": [{"name": "ChatGPT"}],
        "title": "image.png",
        "assertions": [{"label": "c2pa.actions.v2", "data": actions}],
    }
    info = c2pa.C2paSignerInfo(
        alg=b"es256",
        sign_cert=(own.folder / credentials.CHAIN).read_bytes(),
        private_key=(own.folder / credentials.KEY).read_bytes(),
        ta_url=None,
    )
    output = io.BytesIO()
    context = c2pa.Context.from_dict(
        {
            "version": 1,
            "trust": {"user_anchors": (own.folder / credentials.ROOT).read_text()},
            "builder": {"thumbnail": {"enabled": False}},
        }
    )
    builder = c2pa.Builder(json.dumps(manifest), context=context)
    builder.sign(c2pa.Signer.from_info(info), "image/png", io.BytesIO(png()), output)
    generated = output.getvalue()
    assert origin.find(generated) == origin.Origin("the credentials", "gpt-image-1")
    published = Disclosure(ai="none", actions=("c2pa.published",))
    _, report = make(generated, published)
    assert report.disclosure.ai is AI.GENERATED
    assert report.store is not None
    assert len(report.store.manifests) == 2
    _, report = make(generated, Disclosure(ai="edited"))
    assert report.disclosure.model.name == "gpt-image-1"


def test_gemini(make: Make) -> None:
    """A source type and a credit in XMP, with or without credentials."""
    plain = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(plain, "JPEG")
    source = BytesSource(plain.getvalue())
    packet = xmp.create({xmp.SOURCE_TYPE: TAM, xmp.CREDIT: "Made with Google AI"})
    container = identify(source)
    marked = container.rewrite(source, container.scan(source), Edits(xmp=packet))
    _, report = make(marked.read_at(0, marked.size), Disclosure(ai="generated", provider="us"))
    assert report.disclosure.model.name == "Google AI"
    assert report.marks.xmp["photoshop:Credit"] == ("Made with Google AI",)
    assert report.marks.xmp["Iptc4xmpExt:DigitalSourceType"] == (TAM,)


def test_a_voice(make: Make) -> None:
    """Speech services write bare WAV: the notice is put before it, then both are signed."""
    notice = BytesSource(wav(b"\2\0" * 16_000))
    spoken = prefix(BytesSource(wav()), notice, text="This voice is made by AI.", lang="en")
    disclosure = Disclosure(ai="generated", model="tts-1", model_version="2026-05", provider="ACME")
    _, report = make(spoken, disclosure)
    assert report.store is not None
    (record,) = report.store.active.named(LABEL)
    assert record.fields["direct"] == [
        {
            "type": "audible",
            "text": "This voice is made by AI.",
            "lang": "en",
            "sha256": "18d2aad78d8c94bfea48dab9b1fbe7a85d82b09ad40cb0e6b958b8ca967ef07e",
            "start": 0.0,
            "end": 1.0,
        }
    ]


def test_every_recipe_has_a_test() -> None:
    titles = re.findall(r"^## (.+)$", RECIPES.read_text(), re.MULTILINE)
    tests = {name for name in globals() if name.startswith("test_")}
    for title in titles:
        name = "test_" + re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
        assert name in tests, f"no test {name} for {title!r}"
