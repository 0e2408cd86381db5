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
    aidisclose("label", "picture.png", "--text", "KI", "--lang", "de", "-o", "x.png")
    data = (work / "x.png").read_bytes()
    start = data.index(b"<?xpacket begin")
    packet = data[start : data.index(b"<?xpacket end", start)] + b"<?xpacket end='w'?>"
    (found,) = xmp.parse(packet).values[xmp.DIRECT]
    [direct] = json.loads(found)
    assert len(direct.pop("sha256")) == 64
    assert direct == {
        "type": "label",
        "text": "KI",
        "lang": "de",
        "placement": "bottom-right",
        "size": 0.125,
        "region": [0.5, 0.625, 0.5, 0.375],
    }


def test_an_output_is_replaced_only_if_that_is_asked_for(aidisclose: Run, work: Path) -> None:
    (work / "x.png").write_bytes(b"old")
    done = aidisclose("label", "picture.png", "-o", "x.png")
    assert done.code != 0
    assert "--force" in done.err
    assert (work / "x.png").read_bytes() == b"old"
    assert aidisclose("label", "picture.png", "-o", "x.png", "--force").code == 0
    assert (work / "x.png").read_bytes() != b"old"


def test_a_pattern_finds_no_copies(aidisclose: Run, work: Path) -> None:
    for name in ("picture.signed.png", "picture.labelled.png", "other.signed.png"):
        (work / name).write_bytes((work / "picture.png").read_bytes())
    done = aidisclose("label", "*.png", "--force")
    told = [line.split(": ")[1] for line in done.err.splitlines() if "labelled 'AI" in line]
    assert told == ["other.signed.png", "picture.png"], "nobody knows what other.signed.png is of"
    assert aidisclose("label", "picture.signed.png").code == 0, "its name alone was given"


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


def aigc(path: Path) -> dict[str, str]:
    """The label of GB 45438 in a picture's XMP."""
    data = path.read_bytes()
    start = data.index(b"<?xpacket begin")
    packet = data[start : data.index(b"<?xpacket end", start)] + b"<?xpacket end='w'?>"
    (found,) = xmp.parse(packet).values[xmp.AIGC]
    fields: dict[str, str] = json.loads(found)
    return fields


def test_the_label_for_machines_is_written_and_completed(aidisclose: Run, work: Path) -> None:
    """Measures, Art. 5 and 6: the producer writes it, platforms add their fields."""
    done = aidisclose("label", "picture.png", "--aigc-producer", "ACME", "--aigc-id", "1")
    assert done.code == 0
    produced = aigc(work / "picture.labelled.png")
    assert (produced["ContentProducer"], produced["ProduceID"]) == ("ACME", "1")
    platform = ("--aigc-propagator", "Net", "--aigc-propagate-id", "9")
    done = aidisclose("label", "picture.labelled.png", *platform, "-o", "spread.png")
    assert done.code == 0
    assert aigc(work / "spread.png") == produced | {"ContentPropagator": "Net", "PropagateID": "9"}
    other = ("--aigc-propagator", "Other", "--aigc-propagate-id", "9")
    done = aidisclose("label", "spread.png", *other, "-o", "again.png")
    assert "named the platform 'Net' before" in done.err
    found = aidisclose("check", "spread.png", "--policy", "cn-gb45438", "--select", "CN-001,CN-009")
    assert (found.code, found.out.splitlines()[-1]) == (0, "1 file: 1 pass")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--aigc-propagator", "N"), "--aigc-propagator needs --aigc-propagate-id"),
        (("--aigc-producer", "N"), "--aigc-producer needs --aigc-id"),
        (("--aigc-producer", "a b", "--aigc-id", "1"), "printable ASCII"),
        (
            (
                *("--aigc-producer", "A", "--aigc-id", "1"),
                *("--aigc-propagator", "N", "--aigc-propagate-id", "2"),
            ),
            "completes a label that is there",
        ),
        (("--text", "KI", "--modified"), "--text is the whole label: leave out --modified"),
        (("--aigc-propagator", "N", "--aigc-propagate-id", "1"), "no AIGC label"),
    ],
)
def test_a_label_for_machines_that_cannot_be_written_is_one_line(
    aidisclose: Run, work: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = aidisclose("label", "picture.png", *arguments)
    assert done.code == 2
    assert words in done.err
    assert done.err.count("\n") == 1
    assert not (work / "picture.labelled.png").exists()


def test_a_notice_keeps_the_label_for_machines(aidisclose: Run, work: Path) -> None:
    """Measures, Art. 10: nobody removes it."""
    for name in ("voice.wav", "notice.wav"):
        with wave.open(str(work / name), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
            file.writeframes(bytes(800))
    spoken = ("--audio", "notice.wav", "--text", "AI")
    named = ("--aigc-producer", "ACME", "--aigc-id", "1")
    assert aidisclose("label", "voice.wav", *spoken, *named, "-o", "a.wav").code == 0
    assert aidisclose("label", "a.wav", *spoken, "-o", "b.wav").code == 0
    rules = ("--policy", "cn-gb45438", "--select", "CN-001,CN-012", "--before", "a.wav")
    done = aidisclose("check", "b.wav", *rules, "--require-determined")
    assert (done.code, done.out.splitlines()[-1]) == (0, "1 file: 1 pass")


def test_what_was_left_alone_is_counted(aidisclose: Run, work: Path) -> None:
    (work / "other.png").write_bytes((work / "picture.png").read_bytes())
    assert aidisclose("label", "picture.png").code == 0
    done = aidisclose("label", "picture.png", "other.png", "--skip-existing")
    assert done.code == 0
    assert done.err.splitlines()[-1] == "aidisclose: 2 files: 1 labelled, 1 left alone"
