"""`watermark`, `sign --watermark`, and what `verify`, `check` and `recover` make of it."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from aidisclose.durable import watermark
from tests.cli.running import Run, program
from tests.durable import stand_in
from tests.durable.pictures import encoded
from tests.durable.test_watermark import install
from tests.render import schema

Q = "com.adobe.trustmark.Q"
SCHEMA = schema.load("report.schema.json")


@pytest.fixture(autouse=True)
def registered(aidisclose: Run, work: Path) -> None:
    watermark.load.cache_clear()
    stand_in.save(work / "models")
    done = aidisclose(
        *("watermark", "add", Q, "--decoder", "models/decoder.onnx"),
        *("--encoder", "models/encoder.onnx"),
    )
    assert (done.code, done.err) == (0, "")
    assert "not among those known to us" in done.out


def write(work: Path, name: str = "sky.jpg", **options: Any) -> None:
    stand_in.smooth().save(work / name, **options)


def sign(aidisclose: Run, *more: str, name: str = "sky.jpg") -> None:
    done = aidisclose("sign", name, "--ai", "generated", "--watermark", Q, *more)
    assert (done.code, "read back" in done.out) == (0, True), done.err


def test_what_is_embedded_is_declared_and_found(aidisclose: Run, work: Path) -> None:
    write(work, quality=90)
    sign(aidisclose)
    done = aidisclose("verify", "sky.signed.jpg", "--format", "json")
    assert list(schema.offences(done.json, SCHEMA, SCHEMA)) == []
    [result] = done.json["results"]
    assert (result["state"], result["integrity"]) == ("trusted", "intact")
    assert result["watermarks"] == [{"alg": Q, "presence": "present", "reason": None}]
    assert result["disclosure"]["ai"] == "generated"
    shown = aidisclose("inspect", "sky.signed.jpg").out
    assert "c2pa.watermarked.bound" in shown
    assert "the declared watermark com.adobe.trustmark.Q is in the content" in (
        aidisclose("verify", "sky.signed.jpg").out
    )


def test_what_changed_is_measured(aidisclose: Run, work: Path) -> None:
    write(work, quality=90)
    done = aidisclose(
        *("sign", "sky.jpg", "--ai", "generated", "--watermark", Q, "--format", "json")
    )
    [result] = done.json["results"]
    with Image.open(work / "sky.jpg") as one, Image.open(work / "sky.signed.jpg") as other:
        noise = watermark.noise(one.convert("RGB"), other.convert("RGB"))
    assert result["watermark_psnr"] == round(noise, 2)
    assert 30 < noise < 50


def test_without_a_detector_it_is_undetermined(aidisclose: Run, work: Path) -> None:
    write(work)
    sign(aidisclose)
    assert aidisclose("watermark", "remove", Q).code == 0
    watermark.load.cache_clear()
    done = aidisclose("verify", "sky.signed.jpg")
    assert (done.code, "undetermined: there is no detector of it here" in done.out) == (0, True)
    done = aidisclose("watermark", "remove", Q)
    assert (done.code, done.err.count("\n")) == (1, 1)


def outcome(aidisclose: Run, name: str) -> str:
    """What the rule says that asks for a watermark."""
    done = aidisclose("check", name, "--policy", "eu-ai-act", "--format", "json")
    [result] = done.json["results"]
    [found] = [each for each in result["findings"] if each["rule"] == "EU-005"]
    return str(found["outcome"])


def test_a_rule_asks_the_detector(aidisclose: Run, work: Path) -> None:
    write(work)
    sign(aidisclose)
    assert outcome(aidisclose, "sky.signed.jpg") == "pass"
    aidisclose("watermark", "remove", Q)
    watermark.load.cache_clear()
    assert outcome(aidisclose, "sky.signed.jpg") == "undetermined"


def declare(aidisclose: Run, work: Path, name: str, value: str) -> None:
    (work / "said.toml").write_text(
        f'ai = "generated"\n[watermark]\nalg = "{Q}"\nvalue = "{value}"\n'
    )
    assert aidisclose("sign", name, "--disclosure", "said.toml").code == 0


def test_what_is_only_declared_fails(aidisclose: Run, work: Path) -> None:
    write(work)
    declare(aidisclose, work, "sky.jpg", "1*" + "01" * 30 + "1")
    done = aidisclose("verify", "sky.signed.jpg")
    assert (done.code, "is not in the content" in done.out) == (0, True)
    assert outcome(aidisclose, "sky.signed.jpg") == "warn"


def test_another_watermark_is_not_the_declared_one(aidisclose: Run, work: Path) -> None:
    write(work)
    marked = watermark.load(Q).embed(stand_in.smooth(), 5).picture
    marked.save(work / "other.png")
    declare(aidisclose, work, "other.png", "1*" + "01" * 30 + "1")
    assert "which has another one" in aidisclose("verify", "other.signed.png").out


def test_a_stripped_copy_is_found_by_its_watermark(aidisclose: Run, work: Path) -> None:
    write(work)
    sign(aidisclose)
    done = aidisclose("publish", "sky.signed.jpg", "--no-fingerprint")
    assert done.code == 0
    with Image.open(work / "sky.signed.jpg") as image:
        copy = image.convert("RGB").resize((300, 225))
    copy.save(work / "copy.webp", quality=60)
    done = aidisclose("recover", "copy.webp", "-o", "found.c2pa")
    assert (done.code, done.err) == (0, "")
    assert "has the watermark of a file that Signer, for testing" in done.out
    assert "not proven to be the one that was signed" in done.out
    [result] = aidisclose("verify", "copy.webp", "--recover", "--format", "json").json["results"]
    [found] = result["recovered"]
    assert (found["match"], found["similarity"], found["is_signed"]) == ("watermark", None, True)
    assert list(schema.offences({"results": [result]}, SCHEMA, SCHEMA)) != [None]


def test_both_ways_are_told_apart(
    aidisclose: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # How alike a copy looks depends on the bits of the mark, which the stand-in makes visible: of
    # random ones, three in forty look like another picture.
    monkeypatch.setattr("secrets.randbits", lambda count: random.Random(1).getrandbits(count))
    write(work)
    sign(aidisclose, "--fingerprint")
    assert aidisclose("publish", "sky.signed.jpg").code == 0
    with Image.open(work / "sky.signed.jpg") as image:
        image.convert("RGB").save(work / "copy.jpg", quality=60)
    done = aidisclose("recover", "copy.jpg")
    assert "has the watermark of a file" in done.out
    assert re.search(r"and looks (8|9)\d % alike", done.out)
    assert done.out.count("urn:c2pa:") == 1


def test_a_signed_source_becomes_the_parent(aidisclose: Run, work: Path) -> None:
    write(work)
    assert aidisclose("sign", "sky.jpg", "--ai", "generated").code == 0
    done = aidisclose(
        *("sign", "sky.signed.jpg", "--ai", "edited", "--watermark", Q, "-o", "twice.jpg")
    )
    assert (done.code, "continues urn:c2pa:" in done.out) == (0, True)
    [result] = aidisclose("verify", "twice.jpg", "--format", "json").json["results"]
    assert (result["state"], result["manifests"]) == ("trusted", 2)
    assert result["watermarks"][0]["presence"] == "present"
    done = aidisclose("sign", "sky.jpg", "--ai", "edited", "--watermark", Q, "-o", "plain.jpg")
    assert done.code == 0
    assert "c2pa.opened" in aidisclose("inspect", "plain.jpg").out


def test_a_source_is_replaced_as_a_whole(aidisclose: Run, work: Path) -> None:
    write(work)
    (work / "sky.jpg").chmod(0o640)
    sign(aidisclose, "--in-place")
    assert (work / "sky.jpg").stat().st_mode & 0o777 == 0o640
    [result] = aidisclose("verify", "sky.jpg", "--format", "json").json["results"]
    assert result["watermarks"][0]["presence"] == "present"
    title = aidisclose("inspect", "sky.jpg").out
    assert "sky.jpg" in title


def test_metadata_is_kept(aidisclose: Run, work: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "A sky"
    exif[0x0112] = 6
    iptc = b"\x1c\x02\x78\x00\x05A sky"
    block = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + len(iptc).to_bytes(4, "big") + iptc
    extra = b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block
    write(work, exif=exif, comment=b"kept", extra=extra, quality=92, dpi=(300, 300))
    sign(aidisclose, "--no-xmp")
    with Image.open(work / "sky.jpg") as old, Image.open(work / "sky.signed.jpg") as new:
        assert isinstance(old, JpegImageFile)
        assert isinstance(new, JpegImageFile)
        assert new.getexif()[0x010E] == "A sky"
        assert new.getexif()[0x0112] == 6
        assert (new.info["comment"], new.info["dpi"]) == (b"kept", (300, 300))
        assert new.size == old.size
        assert new.quantization == old.quantization
        kept = [content for name, content in new.applist if name == "APP13"]
        assert kept == [content for name, content in old.applist if name == "APP13"] != []
    [result] = aidisclose("verify", "sky.signed.jpg", "--format", "json").json["results"]
    assert result["watermarks"][0]["presence"] == "present"


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
@pytest.mark.parametrize("name", ["sky.png", "sky.webp", "sky.tiff"])
def test_other_formats_and_channels(aidisclose: Run, work: Path, name: str, mode: str) -> None:
    if (mode, name) == ("L", "sky.webp"):
        pytest.skip("WebP has colours always")
    stand_in.smooth().convert(mode).save(work / name)
    sign(aidisclose, name=name)
    stem, _, ending = name.partition(".")
    with Image.open(work / f"{stem}.signed.{ending}") as image:
        assert image.mode in (mode, "RGB" if ending == "webp" else mode)


def transparent(work: Path) -> None:
    picture = stand_in.smooth().convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    picture.save(work / "bad.png")


def moving(work: Path) -> None:
    frames = [stand_in.smooth(seed=seed) for seed in (1, 2)]
    frames[0].save(work / "bad.png", save_all=True, append_images=frames[1:])


def busy(work: Path) -> None:
    Image.effect_noise((64, 64), 200).convert("RGB").save(work / "bad.png")


def indexed(work: Path) -> None:
    stand_in.smooth().convert("P").save(work / "bad.png")


def text(work: Path) -> None:
    (work / "bad.png").write_text("words")


@pytest.mark.parametrize(
    ("make", "reason", "code"),
    [
        (transparent, "transparent", 4),
        (moving, "several frames", 4),
        (busy, "cannot be read back", 2),
        (indexed, "mode P", 4),
        (text, "not a media format", 4),
    ],
)
def test_what_cannot_be_marked_is_said(
    aidisclose: Run, work: Path, make: object, reason: str, code: int
) -> None:
    assert callable(make)
    make(work)
    done = aidisclose("sign", "bad.png", "--ai", "generated", "--watermark", Q)
    assert reason in done.err
    assert (done.code, (work / "bad.signed.png").exists()) == (code, False)
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--watermark", "com.example.nowhere"),
        ("--watermark", Q, "--sidecar"),
        ("--watermark", ""),
    ],
)
def test_wrong_usage_is_said(aidisclose: Run, work: Path, options: tuple[str, ...]) -> None:
    write(work)
    done = aidisclose("sign", "sky.jpg", "--ai", "generated", *options)
    assert (done.code, done.out) == (2, "")
    assert not (work / "sky.signed.jpg").exists()


def test_a_project_does_not_choose_what_is_run(aidisclose: Run, work: Path) -> None:
    write(work)
    (work / "aidisclose.toml").write_text(f'[sign]\nwatermark = "{Q}"\n')
    done = aidisclose("sign", "sky.jpg", "--ai", "generated")
    assert (done.code, "watermark" in done.err) == (2, True)


def test_what_is_there_is_listed(aidisclose: Run, work: Path) -> None:
    assert Q in aidisclose("watermark", "list").out
    [listed] = aidisclose("watermark", "list", "--format", "json").json["watermarks"]
    assert (listed["alg"], set(listed["models"])) == (Q, {"encoder", "decoder"})
    (work / "bad.onnx").write_bytes(b"none")
    done = aidisclose("watermark", "add", "com.adobe.trustmark.P", "--decoder", "bad.onnx")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "com.adobe.trustmark.P" not in aidisclose("watermark", "list").out


def test_a_plugin_works_in_the_installed_program(home: Path, work: Path, tmp_path: Path) -> None:
    site = install(tmp_path / "site")
    stand_in.smooth().save(work / "sky.png")
    variables = {"PYTHONPATH": f"{Path(__file__).parents[2]}:{site}"}
    mark = ("--watermark", "com.example.corner.1")
    sign = ("sign", "sky.png", "--ai", "generated", *mark)
    done = program(*sign, home=home, cwd=work, variables=variables)
    assert (done.code, "read back" in done.out) == (0, True), done.err
    done = program("verify", "sky.signed.png", home=home, cwd=work, variables=variables)
    assert "watermark com.example.corner.1 is in the content" in done.out
    done = program("verify", "sky.signed.png", home=home, cwd=work)
    assert "undetermined: there is no detector of it here" in done.out
    stand_in.smooth().save(work / "sky.jpg", quality=60)
    done = program(
        "sign", "sky.jpg", "--ai", "generated", *mark, home=home, cwd=work, variables=variables
    )
    assert "cannot be read back from the saved picture" in done.err


def test_a_hostile_header_is_no_bug(aidisclose: Run, work: Path) -> None:
    data = bytearray(encoded(stand_in.smooth((40, 30))))
    for at in range(8, len(data), 97):
        broken = bytearray(data)
        broken[at] ^= 0xFF
        (work / "bad.png").write_bytes(broken)
        done = aidisclose("sign", "bad.png", "--ai", "generated", "--watermark", Q, "--force")
        assert done.code in (0, 1, 2, 4), done.err
