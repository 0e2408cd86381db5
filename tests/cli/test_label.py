"""`aidisclose label`."""

from __future__ import annotations

import io
import json
import wave
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from aidisclose.carriers import xmp
from tests.cli.running import Run


def test_a_picture_is_labelled_beside_the_source(aidisclose: Run, work: Path) -> None:
    done = aidisclose("label", "picture.png")
    assert (done.code, done.out) == (0, "")
    assert done.err == (
        "aidisclose: picture.png: labelled 'AI GENERATED': picture.labelled.png; sign it now\n"
    )
    with (
        Image.open(work / "picture.png") as before,
        Image.open(work / "picture.labelled.png") as now,
    ):
        assert ImageChops.difference(before.convert("RGB"), now.convert("RGB")).getbbox()


def test_the_words_are_recorded_with_their_language(aidisclose: Run, work: Path) -> None:
    aidisclose(
        "label", "picture.png", "--modified", "--wording", "de", "--text", "KI", "-o", "x.png"
    )
    data = (work / "x.png").read_bytes()
    start = data.index(b"<?xpacket begin")
    packet = data[start : data.index(b"<?xpacket end", start)] + b"<?xpacket end='w'?>"
    (found,) = xmp.parse(packet).values[xmp.DIRECT]
    assert json.loads(found) == [
        {"type": "label", "text": "KI", "placement": "bottom-right", "size": 0.125}
    ]


def test_an_output_is_replaced_only_if_that_is_asked_for(aidisclose: Run, work: Path) -> None:
    (work / "x.png").write_bytes(b"old")
    done = aidisclose("label", "picture.png", "-o", "x.png")
    assert done.code != 0
    assert "--force" in done.err
    assert (work / "x.png").read_bytes() == b"old"
    assert aidisclose("label", "picture.png", "-o", "x.png", "--force").code == 0
    assert (work / "x.png").read_bytes() != b"old"


def test_letters_for_china_have_five_percent(aidisclose: Run) -> None:
    done = aidisclose("label", "picture.png", "--wording", "cn", "--size", "2")
    assert done.code == 2
    assert "5% of the shorter side (GB 45438-2025)" in done.err


@pytest.mark.parametrize("arguments", [("--text", "a\nb"), ("--font", "picture.png")])
def test_what_cannot_be_drawn_is_one_line(
    aidisclose: Run, work: Path, arguments: tuple[str, ...]
) -> None:
    done = aidisclose("label", "picture.png", *arguments)
    assert done.code in (2, 4)
    assert done.err.count("\n") == 1
    assert "bug" not in done.err
    assert not (work / "picture.labelled.png").exists()


def test_a_notice_is_put_before_sound(aidisclose: Run, work: Path) -> None:
    for name, value in (("voice.wav", b"\1\0"), ("notice.wav", b"\2\0")):
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(value * 100)
        (work / name).write_bytes(buffer.getvalue())
    done = aidisclose("label", "voice.wav", "--audio", "notice.wav", "--text", "Made with AI")
    assert done.code == 0
    with wave.open(str(work / "voice.labelled.wav")) as file:
        assert file.readframes(200) == b"\2\0" * 100 + b"\1\0" * 100
