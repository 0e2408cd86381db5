"""What is signed plays and opens as before: decoders of others see the same pixels and samples.

The files are made by encoders of others as well. Everything that a disclosure can write goes into
them: XMP, comments, a label of GB 45438, and the manifest store.
"""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PIL import Image, ImageSequence

import aidisclose as ad
from aidisclose.carriers.aigc import Label
from aidisclose.carriers.xmp import CREDIT, create
from aidisclose.signing.credentials import ROOT
from tests.containers.samples_pdf import pdf
from tests.issuing import Issued

TAM = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
LABEL = Label(producer="ACME", content_id="0001")

PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=10:duration=1")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:duration=1")
FILM = (*PICTURE, *SOUND, "-pix_fmt", "yuv420p", "-c:v", "mpeg4", "-c:a", "aac")
TITLE = ("-metadata", "title=A title", "-metadata", "comment=Somebody's comment")


def run(*command: str | Path) -> str:
    """What a program prints, which has nothing to complain about."""
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(list(map(str, command)), capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done.stdout.decode("utf-8", "replace")


def by_ffmpeg(*arguments: str) -> Callable[[Path], object]:
    return lambda path: run("ffmpeg", "-v", "error", "-bitexact", *arguments, path)


def streams(path: Path) -> str:
    """The decoded content of all pictures and sound; a word of complaint fails."""
    every = ("-map", "0:v?", "-map", "0:a?")
    return run("ffmpeg", "-v", "error", "-xerror", "-i", path, *every, "-f", "streamhash", "-")


def pixels(path: Path) -> list[tuple[str, bytes]]:
    """Each frame with its mode, after everything that the file says of its colours."""
    with Image.open(path) as image:
        return [(frame.mode, frame.tobytes()) for frame in ImageSequence.Iterator(image)]


def converted(program: str) -> Callable[[Path], object]:
    """The pixels that a program writes into another file."""

    def decode(path: Path) -> object:
        target = path.with_suffix(".decoded.png")
        run(program, path, target)
        return pixels(target)

    return decode


def pages(path: Path) -> tuple[str, ...]:
    """The text of a document, which has a sound structure."""
    run("qpdf", "--check", path)
    return run("pdftotext", path, "-"), run("pdftotext", "-raw", path, "-")


def written(data: Callable[[], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data())


def pillow(mode: str = "RGB", frames: int = 1, **options: Any) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        image = Image.effect_mandelbrot((96, 64), (-2.2, -1.2, 1, 1.2), 60).convert(mode)
        if frames > 1:
            options.update(save_all=True, append_images=[image.rotate(90)] * (frames - 1))
        image.save(path, **options)

    return make


def encoded(*command: str, source: str = ".source.png", **options: Any) -> Callable[[Path], object]:
    """A picture made by a program that takes another one."""

    def make(path: Path) -> None:
        picture = path.with_suffix(source)
        pillow(**options)(picture)
        run(command[0], picture, *command[1:], path)

    return make


class Case(NamedTuple):
    """A file as others make it: its name, how it is made, and how it is looked at.

    Of what signing warns of, it has the first words.
    """

    name: str
    make: Callable[[Path], object]
    decode: Callable[[Path], object]
    warned: tuple[str, ...] = ()


CASES = (
    Case("picture.jpg", pillow(), pixels),
    Case("grey.jpg", pillow("L", progressive=True), pixels),
    Case("picture.png", pillow("RGBA"), pixels),
    Case("palette.png", pillow("P"), pixels),
    Case("animated.png", pillow(frames=3), pixels, ("a PNG that moves",)),
    Case("picture.webp", pillow(), pixels),
    Case("animated.webp", pillow(frames=3), pixels),
    Case("alpha.webp", pillow("RGBA", lossless=True), pixels),
    Case("animated.gif", pillow("P", frames=3), pixels),
    Case("picture.tiff", pillow(compression="tiff_lzw"), pixels),
    Case("picture.avif", pillow(), pixels),
    Case("picture.heic", encoded("heif-enc", "-o"), converted("heif-convert")),
    Case(
        "described.heic",
        encoded("heif-enc", "-o", source=".source.jpg", xmp=create({CREDIT: "Somebody"})),
        converted("heif-convert"),
    ),
    Case("picture.jxl", encoded("cjxl", "--container=1"), converted("djxl")),
    Case("document.pdf", written(pdf), pages),
    Case("tone.wav", by_ffmpeg(*SOUND, *TITLE), streams),
    Case("plain.wav", by_ffmpeg(*SOUND, "-c:a", "pcm_s24le"), streams),
    Case("tone.mp3", by_ffmpeg(*SOUND, *TITLE, "-write_xing", "1"), streams),
    Case("old.mp3", by_ffmpeg(*SOUND, *TITLE, "-id3v2_version", "3"), streams),
    Case("tone.flac", by_ffmpeg(*SOUND, *TITLE), streams),
    Case("tone.ogg", by_ffmpeg(*SOUND, *TITLE, "-c:a", "libvorbis"), streams),
    Case("tone.opus", by_ffmpeg(*SOUND, *TITLE, "-c:a", "libopus"), streams),
    Case("tone.m4a", by_ffmpeg(*SOUND, *TITLE, "-c:a", "aac"), streams),
    Case("film.mp4", by_ffmpeg(*FILM), streams),
    Case("first.mp4", by_ffmpeg(*FILM, *TITLE, "-movflags", "faststart"), streams),
    Case("itunes.m4v", by_ffmpeg(*FILM, *TITLE, "-f", "mp4"), streams),
    Case("keys.mp4", by_ffmpeg(*FILM, *TITLE, "-movflags", "use_metadata_tags"), streams),
    Case("fragments.mp4", by_ffmpeg(*FILM, "-movflags", "frag_keyframe+empty_moov"), streams),
    Case("film.mov", by_ffmpeg(*FILM, *TITLE), streams),
    Case("film.m4v", by_ffmpeg(*FILM, "-f", "mp4"), streams),
    Case("film.avi", by_ffmpeg(*FILM[:-2], "-c:a", "pcm_s16le", *TITLE), streams),
    Case("theora.ogg", by_ffmpeg(*PICTURE, *SOUND, "-c:v", "libtheora", *TITLE), streams),
)
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory, issued: Issued) -> Callable[[Case], Path]:
    """The folder of a case, with the file as it was made, and signed: `before/` and `after/`."""

    @functools.cache
    def sign(case: Case) -> Path:
        folder = tmp_path_factory.mktemp("decoded")
        before, after = folder / "before" / case.name, folder / "after" / case.name
        before.parent.mkdir()
        after.parent.mkdir()
        case.make(before)
        disclosure = ad.Disclosure(ai="generated", model="SDXL", model_version="1.0", aigc=LABEL)
        asset = ad.sign(before, after, disclosure=disclosure, signer=issued("es256").signer())
        assert tuple(each.partition(":")[0] for each in asset.warnings) == case.warned
        return folder

    return sign


@each_case
def test_decoders_see_no_difference(case: Case, make: Callable[[Case], Path]) -> None:
    folder = make(case)
    before, after = folder / "before" / case.name, folder / "after" / case.name
    assert case.decode(after) == case.decode(before)


@each_case
def test_exiftool_reads_what_was_declared(case: Case, make: Callable[[Case], Path]) -> None:
    """The source type of IPTC and the label of GB 45438, once each, without a new complaint."""
    folder = make(case)
    before, after = (exif(folder / name / case.name) for name in ("before", "after"))
    said = [value for name, value in after if TAM in value or name.endswith("DigitalSourceType")]
    assert said
    assert all(TAM in value for value in said)
    (label,) = (value for _, value in after if '"ContentProducer"' in value)
    assert label.removeprefix("(AIGC) ") == LABEL.encode()
    assert complaints(after) == complaints(before)
    titles = [value for name, value in after if name.endswith(":Title")]
    assert all(value in titles for name, value in before if name.endswith(":Title"))


#: The chunks of WAV and AVI are nothing that ExifTool knows by itself.
CONFIG = """%Image::ExifTool::UserDefined = (
    'Image::ExifTool::RIFF::Main' => { AIGC => { Name => 'AIGC' } },
    'Image::ExifTool::RIFF::Info' => { AIGC => { Name => 'AIGC' } },
);
1;
"""
#: Of a tag whose last frame has no padding behind it, as the reference writes it too.
PEDANTRY = "Invalid ID3 frame size"


def exif(path: Path) -> list[tuple[str, str]]:
    """Every tag with its value."""
    config = path.parent / "exiftool.config"
    config.write_text(CONFIG)
    command = ("exiftool", "-config", config, "-j", "-G1", "-a", "-struct", "-u", path)
    listed = json.loads(run(*command))[0]
    return [(name, value if isinstance(value, str) else str(value)) for name, value in flat(listed)]


def flat(listed: dict[str, Any]) -> list[tuple[str, Any]]:
    # Values of one name come as a list where there are several.
    return [
        (name, each)
        for name, value in listed.items()
        for each in (value if isinstance(value, list) else [value])
    ]


def complaints(tags: list[tuple[str, str]]) -> list[str]:
    found = (value for name, value in tags if re.search(r"(Warning|Error)$", name))
    return [value for value in found if value != PEDANTRY]


@each_case
def test_what_was_declared_is_read_back(
    case: Case, make: Callable[[Case], Path], issued: Issued
) -> None:
    root = (issued("es256").folder / ROOT).read_bytes()
    report = ad.verify(make(case) / "after" / case.name, trust=ad.TrustConfig.from_pem(root))
    report.require(ad.State.TRUSTED)
    assert report.disclosure.contradictions == ()
    assert {"c2pa", "aigc"} < set(report.disclosure.carriers)
    (label,) = report.marks.labels
    assert label.is_primary
