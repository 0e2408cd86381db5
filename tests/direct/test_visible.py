"""Labels on pictures: there, readable, on every frame, and nothing else changed."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps, ImageSequence

from aidisclose import limits
from aidisclose.carriers import xmp
from aidisclose.containers import Edits, identify
from aidisclose.direct import recording, resaving, visible
from aidisclose.direct.visible import POSITIONS, label
from aidisclose.direct.wording import WORDINGS
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.manifest.label import DISCLOSURE as LABEL
from aidisclose.manifest.record import Direct
from aidisclose.signing.flow import sign
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.verify import verify
from tests.containers import samples
from tests.issuing import Issued

SIZE = (240, 160)
TEXT = "AI GENERATED"


def picture(mode: str = "RGB", colour: Any = "white", size: tuple[int, int] = SIZE) -> Image.Image:
    return Image.new("RGB", size, colour).convert(mode)


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def labelled(data: bytes, text: str = TEXT, **options: Any) -> bytes:
    return label(BytesSource(data), text, **options)


def frames(data: bytes) -> list[Image.Image]:
    with Image.open(io.BytesIO(data)) as image:
        return [frame.convert("RGBA") for frame in ImageSequence.Iterator(image)]


def changed(before: Image.Image, after: Image.Image) -> tuple[int, int, int, int] | None:
    """Where two pictures differ by more than lossy coding makes."""
    difference = ImageChops.difference(before.convert("RGB"), after.convert("RGB")).convert("L")
    return difference.point(lambda value: 255 * (value > 60)).getbbox()


CASES = {
    "JPEG": lambda: encoded(picture(), "JPEG", quality=90),
    "JPEG-gray": lambda: encoded(picture("L"), "JPEG"),
    "JPEG-CMYK": lambda: encoded(picture("CMYK"), "JPEG"),
    "PNG": lambda: encoded(picture(), "PNG"),
    "PNG-alpha": lambda: encoded(picture("RGBA"), "PNG"),
    "PNG-gray-alpha": lambda: encoded(picture("LA"), "PNG"),
    "PNG-palette": lambda: encoded(picture().quantize(4), "PNG"),
    "PNG-bilevel": lambda: encoded(picture("1"), "PNG"),
    "WebP": lambda: encoded(picture(), "WEBP"),
    "WebP-lossless": lambda: encoded(picture("RGBA"), "WEBP", lossless=True),
    "GIF": lambda: encoded(picture("P"), "GIF"),
    "TIFF": lambda: encoded(picture(), "TIFF"),
    "TIFF-LZW": lambda: encoded(picture(), "TIFF", compression="tiff_lzw"),
}


@pytest.mark.parametrize("name", CASES)
def test_every_mode_gets_a_label_and_keeps_the_rest(name: str) -> None:
    data = CASES[name]()
    result = labelled(data)
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(result)) as after:
        assert (before.format, before.mode, before.size) == (after.format, after.mode, after.size)
        box = changed(before, after)
    assert box is not None
    assert box[0] > SIZE[0] // 3, "the label is at the right"
    assert box[1] > SIZE[1] // 2, "and at the bottom"


@pytest.mark.parametrize("colour", ["white", "black", "gray", "red", (128, 128, 120)])
def test_the_text_has_contrast_on_every_colour(colour: Any) -> None:
    after = frames(labelled(encoded(picture(colour=colour), "PNG"), size=0.2))[0].convert("L")
    box = changed(picture(colour=colour), after)
    assert box is not None
    inside = after.crop(box)
    low, high = inside.getextrema()
    assert isinstance(low, int | float)
    assert isinstance(high, int | float)
    assert high - low > 150


@pytest.mark.parametrize("position", POSITIONS)
def test_the_label_is_where_it_was_asked_for(position: str) -> None:
    after = frames(labelled(encoded(picture(), "PNG"), position=position))[0]
    box = changed(picture(), after)
    assert box is not None
    left, top, right, bottom = box
    assert (top < 20) == position.startswith("top")
    assert (bottom > SIZE[1] - 20) == position.startswith("bottom")
    if position.endswith(("left", "right")):
        assert (left < 20) == position.endswith("left")
        assert (right > SIZE[0] - 20) == position.endswith("right")


@pytest.mark.parametrize("share", [0.05, 0.1, 0.2])
def test_capitals_are_as_high_as_was_asked_for(share: float) -> None:
    """GB 45438-2025 counts by the shorter side."""
    size = (1200, 800)
    after = frames(labelled(encoded(picture(size=size), "PNG"), "AI", size=share))[0].convert("L")
    box = changed(picture(size=size), after)
    assert box is not None
    text = after.crop(box).point(lambda value: 255 * (value > 230)).getbbox()
    assert text is not None
    assert text[3] - text[1] >= 800 * share * 0.95


def test_a_long_text_is_made_to_fit() -> None:
    small = encoded(picture(size=(40, 200)), "PNG")
    box = changed(
        picture(size=(40, 200)), frames(labelled(small, "A rather long text", size=0.5))[0]
    )
    assert box is not None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_label_is_upright_for_viewers(orientation: int) -> None:
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(picture(), "JPEG", exif=exif, quality=95)
    result = labelled(data, position="bottom-right")
    with Image.open(io.BytesIO(result)) as image:
        assert image.getexif()[0x0112] == orientation
        seen = ImageOps.exif_transpose(image)
    with Image.open(io.BytesIO(data)) as image:
        before = ImageOps.exif_transpose(image)
    box = changed(before, seen)
    assert box is not None
    assert box[0] > seen.width // 4
    assert box[1] > seen.height // 2
    assert box[2] - box[0] > 2 * (box[3] - box[1]), "the text runs from left to right"


def animation(form: str, pictures: list[Image.Image]) -> bytes:
    first, *rest = pictures
    return encoded(first, form, save_all=True, append_images=rest, duration=[70, 90, 110], loop=3)


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_every_frame_of_an_animation_is_labelled(form: str) -> None:
    pictures = [picture(colour=colour) for colour in ("red", "green", "blue")]
    data = animation(form, pictures)
    result = labelled(data)
    before, after = frames(data), frames(result)
    assert len(after) == len(before) == 3
    assert all(changed(old, new) for old, new in zip(before, after, strict=True))
    with Image.open(io.BytesIO(data)) as old, Image.open(io.BytesIO(result)) as new:
        assert new.info.get("loop") == old.info.get("loop")
        for index in range(3):
            old.seek(index)
            new.seek(index)
            old.load()
            new.load()
            assert new.info["duration"] == old.info["duration"]


def test_every_page_of_a_tiff_is_labelled() -> None:
    data = encoded(picture(), "TIFF", save_all=True, append_images=[picture(colour="red")])
    before, after = frames(data), frames(labelled(data))
    assert len(after) == 2
    assert all(changed(old, new) for old, new in zip(before, after, strict=True))


def test_transparency_stays_outside_the_label() -> None:
    data = encoded(Image.new("RGBA", SIZE, (0, 0, 0, 0)), "PNG")
    after = frames(labelled(data))[0]
    assert after.getpixel((0, 0)) == (0, 0, 0, 0)
    assert after.getchannel("A").getextrema() == (0, 255)


def test_palette_pixels_around_the_label_keep_their_index() -> None:
    source = Image.new("P", SIZE, 1)
    source.putpalette([10, 20, 30, 200, 100, 50])
    result = labelled(encoded(source, "PNG"))
    with Image.open(io.BytesIO(result)) as image:
        assert image.mode == "P"
        assert image.getpixel((0, 0)) == 1
        assert image.getpalette("RGB")[:6] == [10, 20, 30, 200, 100, 50]  # type: ignore[index]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_profile_exif_xmp_and_texts_are_kept(form: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010E] = "a description"
    options: dict[str, Any] = {}
    if form == "PNG":
        from PIL import PngImagePlugin

        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("parameters", "a cat\nSteps: 20")
        options["pnginfo"].add_itxt("title", "Zoë 人")
    data = encoded(picture(), form, icc_profile=profile, exif=exif, **options)
    data = with_packet(data, xmp.create({xmp.CREDIT: "somebody"}))
    result = labelled(data, lang="en")
    with Image.open(io.BytesIO(result)) as image:
        assert image.info["icc_profile"] == profile
        assert image.getexif()[0x010E] == "a description"
        if form == "PNG":
            assert image.info["parameters"] == "a cat\nSteps: 20"
            assert image.info["title"] == "Zoë 人"
    packet = packet_of(result)
    assert xmp.parse(packet).values[xmp.CREDIT] == ("somebody",)
    (found,) = recording.read(packet)
    expected = Direct(type="label", text=TEXT, lang="en", placement="bottom-right")
    assert replace(found, size=None, region=(), sha256=None) == expected


def with_packet(data: bytes, packet: bytes) -> bytes:
    source = BytesSource(data)
    container = identify(source)
    splice = container.rewrite(source, container.scan(source), Edits(xmp=packet))
    return splice.read_at(0, splice.size)


def packet_of(data: bytes) -> bytes:
    source = BytesSource(data)
    found = identify(source).scan(source).xmp
    assert found is not None
    return data[found.start : found.end]


def test_signing_declares_the_label(issued: Issued) -> None:
    output = io.BytesIO()
    disclosure = Disclosure(ai="generated")
    sign(labelled(samples.png()), output, disclosure=disclosure, signer=issued("es256").signer())
    store = verify(output.getvalue(), trust=TrustConfig.none()).store
    assert store is not None
    (record,) = store.active.named(LABEL)
    listed: Any = record.fields["direct"]
    (direct,) = listed
    size = direct.pop("size")
    assert len(direct.pop("region")) == 4
    assert len(direct.pop("sha256")) == 64
    assert direct == {"type": "label", "text": TEXT, "placement": "bottom-right"}
    assert 0.05 <= size <= 0.07


@pytest.mark.parametrize(("width", "height"), [(400, 300), (300, 400), (101, 99), (80, 600)])
def test_the_height_of_the_letters_is_recorded_as_drawn(width: int, height: int) -> None:
    """Text that does not fit becomes smaller, which a law may not allow."""
    output = io.BytesIO()
    Image.new("RGB", (width, height)).save(output, format="PNG")
    wide = label(BytesSource(output.getvalue()), "AI GENERATED " * 3, size=0.1)
    (found,) = recording.read(packet_of(wide))
    short = label(BytesSource(output.getvalue()), "AI", size=0.05)
    (full,) = recording.read(packet_of(short))
    assert found.size is not None
    assert full.size is not None
    assert found.size < 0.1
    assert full.size >= 0.05


@pytest.mark.parametrize("name", WORDINGS)
def test_wordings_can_be_drawn(name: str) -> None:
    wording = WORDINGS[name]
    for text in (wording.generated, wording.modified):
        if text.isascii():
            assert changed(picture(), frames(labelled(encoded(picture(), "PNG"), text))[0])
            continue
        # Which fonts a machine has is not known; without one, the message names a package.
        try:
            drawn = labelled(encoded(picture(), "PNG"), text, lang=wording.lang)
        except ValueError as error:
            if "install" not in str(error):
                raise
        else:
            assert changed(picture(), frames(drawn)[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"text": "two\nlines"}, "one line"),
        ({"text": " "}, "one line"),
        ({"position": "middle"}, "unknown position"),
        ({"size": 0.9}, "size is a share"),
        ({"text": "\U0001f9ff"}, "--font"),
    ],
)
def test_what_cannot_be_drawn_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        labelled(encoded(picture(), "PNG"), **options)


def test_other_files_are_refused() -> None:
    with pytest.raises(UnsupportedFormat, match="cannot be labelled"):
        labelled(samples.FAMILIES["WAV"].samples[0].data())
    with pytest.raises(UnsupportedFormat, match="8 bits"):
        labelled(encoded(Image.new("I;16", SIZE), "PNG"))
    with pytest.raises(MalformedFile, match="cannot be decoded"):
        labelled(samples.png()[:-40] + samples.png()[-12:])


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = samples.png()[:8] + samples.png_chunk(b"IHDR", header) + samples.png()[33:]
    with pytest.raises(LimitExceeded):
        labelled(bomb)
    monkeypatch.setattr(limits, "LABELLED", 10)
    with pytest.raises(LimitExceeded):
        labelled(samples.png())


def test_frames_are_as_many_as_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    moving = animation("GIF", [picture(colour=each) for each in ("red", "green", "blue")])
    monkeypatch.setattr(limits, "LABELLED_PIXELS", 3 * SIZE[0] * SIZE[1])
    labelled(moving)
    monkeypatch.setattr(limits, "LABELLED_PIXELS", 3 * SIZE[0] * SIZE[1] - 1)
    with pytest.raises(LimitExceeded, match="more frames"):
        labelled(moving)


def test_small_frames_take_time_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    small = [picture(colour=each, size=(90, 60)) for each in ("red", "green", "blue")]
    monkeypatch.setattr(limits, "LABELLED_PIXELS", 3 * visible._LEAST - 1)
    with pytest.raises(LimitExceeded, match="more frames"):
        labelled(animation("GIF", small))


@pytest.mark.parametrize("orientation", range(10))
def test_a_part_is_cut_out_as_it_is_seen(orientation: int) -> None:
    noise = Image.effect_noise((37, 23), 90).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = orientation
    with Image.open(io.BytesIO(encoded(noise, "PNG", exif=exif))) as image:
        upright = ImageOps.exif_transpose(image)
        assert resaving.size_upright(image) == upright.size
        for box in ((0, 0, 1, 1), (3, 5, 17, 9), (0, 0, *upright.size)):
            part = resaving.crop_upright(image, box)
            assert part.tobytes() == upright.crop(box).tobytes()


def test_a_region_is_hashed_alike_in_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = encoded(Image.effect_noise((64, 48), 90), "PNG")
    direct = Direct(type="label", region=(0.25, 0.25, 0.5, 0.5), sha256="0" * 64)
    whole = visible.look(BytesSource(noise), direct)
    digest = visible._digest(noise, direct.region)
    monkeypatch.setattr(visible, "_STRIP", 100)
    assert visible._digest(noise, direct.region) == digest
    assert visible.look(BytesSource(noise), direct) == whole


@pytest.mark.parametrize(
    ("form", "options", "times"),
    [
        ("PNG", {}, 1),
        ("GIF", {}, 1),
        ("JPEG", {}, 1),
        ("JPEG", {"progressive": True}, 3),
        ("TIFF", {}, 2),
        ("WEBP", {}, 4),
    ],
)
def test_no_picture_is_looked_at_that_takes_too_much(
    form: str, options: dict[str, Any], times: int
) -> None:
    source = BytesSource(encoded(picture(), form, **options))
    direct = Direct(type="label", region=(0.0, 0.0, 1.0, 1.0), sha256="0" * 64)
    pixels = SIZE[0] * SIZE[1] * times
    assert visible.View(source, most=pixels).look(direct) is not None
    assert visible.View(source, most=pixels - 1).look(direct) is None


def test_scans_of_a_jpeg_take_time() -> None:
    data = encoded(picture(), "JPEG", progressive=True)
    end, scan = data.rindex(b"\xff\xd9"), data[data.rindex(b"\xff\xda") : -2]
    source = BytesSource(data[:end] + 100 * scan + data[end:])
    direct = Direct(type="label", region=(0.0, 0.0, 1.0, 1.0), sha256="0" * 64)
    assert visible.look(source, direct) is not None
    assert visible.View(source, most=10 * SIZE[0] * SIZE[1]).look(direct) is None


def photo(form: str, width: int = 200, height: int = 120) -> bytes:
    """A picture without a plain area, turned upright by its EXIF data."""
    image = Image.effect_noise((width, height), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    output = io.BytesIO()
    image.save(output, format=form, exif=exif)
    return output.getvalue()


def recorded(data: bytes) -> tuple[Direct, ...]:
    return recording.read(packet_of(data))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_region_of_a_label_is_recorded_and_found_again(form: str) -> None:
    result = labelled(photo(form), position="top-left")
    (direct,) = recorded(result)
    left, top, width, height = direct.region
    assert left < 0.1
    assert top < 0.1
    assert 0.03 < height < width < 0.9
    assert visible.shows(BytesSource(result), direct)
    with Image.open(io.BytesIO(result)) as image:
        upright = ImageOps.exif_transpose(image).convert("L")
        sides = [float(side) for side in (*upright.size, *upright.size)]
        left, top, width, height = map(round, map(float.__mul__, direct.region, sides))
        part = upright.crop((left, top, left + width, top + height)).tobytes()
    assert min(part) < 90 < 200 < max(part), "letters in a box"


def _cropped(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        output = io.BytesIO()
        image.crop((0, 0, 100, 60)).save(output, format="PNG")
        return with_packet(output.getvalue(), packet_of(data))


def _painted(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        output = io.BytesIO()
        image.paste((9, 9, 9), (0, 0, *image.size))
        image.save(output, format="PNG")
        return with_packet(output.getvalue(), packet_of(data))


@pytest.mark.parametrize("change", [_cropped, _painted])
def test_a_label_that_is_not_there_any_more_is_not_declared(change: Any, issued: Issued) -> None:
    """Its record stays in XMP, which editors copy; whoever signs would declare it falsely."""
    output = io.BytesIO()
    data = change(labelled(photo("PNG")))
    signed = sign(
        data, output, disclosure=Disclosure(ai="generated"), signer=issued("es256").signer()
    )
    assert any("its pixels have changed" in each for each in signed.warnings)
    store = verify(output.getvalue(), trust=TrustConfig.none()).store
    assert store is not None
    assert not any("direct" in each.fields for each in store.active.named(LABEL))


def test_a_second_label_leaves_the_first_where_it_does_not_cover_it() -> None:
    """Although a JPEG is encoded again, which changes pixels everywhere."""
    for position, count in (("top", 2), ("bottom", 1)):
        first = labelled(photo("JPEG", 600, 600), position="bottom")
        both = labelled(first, position=position)
        source = BytesSource(both)
        seen = [each for each in recorded(both) if visible.shows(source, each)]
        assert len(recorded(both)) == 2
        assert len(seen) == count, position


def chunks(data: bytes) -> list[bytes]:
    """The chunks of a PNG, whole."""
    found, start = [], 8
    while start < len(data):
        end = start + 12 + int.from_bytes(data[start : start + 4])
        found.append(data[start:end])
        start = end
    return found


def test_every_chunk_of_a_png_that_says_something_is_kept() -> None:
    plain = chunks(encoded(picture(), "PNG"))
    colour = [samples.png_chunk(b"gAMA", b"\0\0\xb1\x8f"), samples.png_chunk(b"sRGB", b"\0")]
    before = [samples.png_chunk(b"vpAg", bytes(9)), samples.png_chunk(b"bKGD", bytes(6))]
    behind = [samples.png_chunk(b"tIME", bytes((7, 230, 1, 2, 3, 4, 5)))]
    source = [plain[0], *colour, *before, *plain[1:-1], *behind, plain[-1]]
    result = chunks(labelled(b"\x89PNG\r\n\x1a\n" + b"".join(source)))
    names = [each[4:8] for each in result if each[4:8] not in (b"iTXt", b"IDAT")]
    assert names == [b"IHDR", b"gAMA", b"sRGB", b"vpAg", b"bKGD", b"tIME", b"IEND"]
    assert all(each in result for each in (*colour, *before, *behind))


def test_every_segment_of_a_jpeg_that_says_something_is_kept() -> None:
    plain = encoded(picture(), "JPEG")
    said = (
        b"\xff\xed\0\x1cPhotoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\0",
        b"\xff\xe7\0\x08others",
        b"\xff\xfe\0\x06Rome",
        b"\xff\xfe\0\x06Oslo",
    )
    result = labelled(plain[:20] + b"".join(said) + plain[20:])
    assert b"".join(said) in result
    assert result.count(b"JFIF") == 1


def test_sixteen_bits_a_channel_are_not_halved() -> None:
    deep = samples.png_chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 16, 2, 0, 0, 0))
    data = samples.png_chunk(b"IDAT", zlib.compress((b"\0" + bytes(64 * 6)) * 64))
    png = b"\x89PNG\r\n\x1a\n" + deep + data + samples.png_chunk(b"IEND", b"")
    with pytest.raises(UnsupportedFormat, match="more than 8 bits"):
        labelled(png)


def test_what_is_behind_the_picture_is_not_lost() -> None:
    plain = encoded(picture(), "JPEG")
    several = encoded(picture(), "MPO", save_all=True, append_images=[picture(colour="red")])
    for data in (several, plain + b"a film"):
        with pytest.raises(UnsupportedFormat, match="behind the picture"):
            labelled(data)
    assert labelled(plain + bytes(20))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_what_a_labelled_picture_loses_is_noticed(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read again, and is not written if it does not say what the source says."""
    exif = Image.Exif()
    exif[0x010E] = "Rome"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(picture(), form, exif=exif, icc_profile=profile)
    assert labelled(data)
    monkeypatch.setattr(resaving, "_CARRIED", {})
    monkeypatch.setattr(resaving, "options", lambda image: {"format": image.format})
    with pytest.raises(UnsupportedFormat, match="would not be the same afterwards"):
        labelled(data)


def test_a_gif_that_plays_once_does_not_repeat() -> None:
    data = encoded(picture(), "GIF", save_all=True, append_images=[picture(colour="red")])
    assert b"NETSCAPE" not in data
    assert b"NETSCAPE" not in labelled(data)
