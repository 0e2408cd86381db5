"""Generators' texts in Exif are hints, whatever program wrote them, and damage does no harm."""

from __future__ import annotations

import io
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import aidisclose as ad
from aidisclose.carriers import exif

COMMENT, EXIF, MAKE, MODEL = 0x9286, 0x8769, 0x010F, 0x0110
SETTINGS = "a cat\nNegative prompt: x\nSteps: 20, Sampler: Euler a, Seed: 7, Model: v1-5"
SWARM = json.dumps({"sui_image_params": {"model": "sd/xl.safetensors", "seed": 7, "prompt": "cat"}})
NODES = {
    "1": {"class_type": "KSampler", "inputs": {"seed": 7}},
    "2": {"class_type": "Loader", "inputs": {"ckpt_name": "flux.safetensors"}},
}


def picture(form: str, *, comment: bytes = b"", **tags: str) -> bytes:
    """A picture with Exif."""
    made = Image.Exif()
    for name, value in tags.items():
        made[{"make": MAKE, "model": MODEL}[name]] = value
    if comment:
        made.get_ifd(EXIF)[COMMENT] = comment
    out = io.BytesIO()
    Image.new("RGB", (16, 16)).save(out, form, exif=made.tobytes())
    return out.getvalue()


def hints(data: bytes) -> tuple[tuple[str, str | None, str | None], ...]:
    found = ad.verify(data, trust=ad.TrustConfig.none()).marks.hints
    return tuple((each.generator, each.model, each.seed) for each in found)


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG"])
@pytest.mark.parametrize(
    "comment",
    [
        b"UNICODE\0" + SETTINGS.encode("utf-16-be"),
        b"UNICODE\0" + SETTINGS.encode("utf-16-le"),
        b"ASCII\0\0\0" + SETTINGS.encode(),
        bytes(8) + SETTINGS.encode(),
    ],
)
def test_the_comment_of_web_interfaces_is_a_hint(form: str, comment: bytes) -> None:
    expected = ("Stable Diffusion web interface", "v1-5", "7")
    assert hints(picture(form, comment=comment)) == (expected,)


def test_other_programs_have_other_forms() -> None:
    swarm = picture("WEBP", comment=b"UNICODE\0" + SWARM.encode("utf-16-be"))
    assert hints(swarm) == (("SwarmUI", "xl", "7"),)
    comfy = picture("WEBP", make="workflow:{}", model=f"prompt:{json.dumps(NODES)}")
    assert hints(comfy) == (("ComfyUI", "flux", "7"),)


@pytest.mark.parametrize("text", [b"ASCII\0\0\0a holiday", b"", b"UNICODE\0", b"ASCII\0\0\0{}"])
def test_comments_of_cameras_are_no_hints(text: bytes) -> None:
    assert hints(picture("JPEG", comment=text, make="Canon", model="EOS")) == ()


@given(st.binary(max_size=200))
def test_damage_does_no_harm(data: bytes) -> None:
    for head in (b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"):
        list(exif.read(head + data))


def test_a_value_beyond_the_block_is_empty() -> None:
    entry = struct.pack("<HHII", COMMENT, 7, 0xFFFFFFFF, 0xFFFFFFF0)
    data = b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + entry
    assert list(exif.read(data)) == []
