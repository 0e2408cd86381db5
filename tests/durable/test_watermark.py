"""Watermarks: TrustMark with stand-in models, and plug-ins of packages."""

from __future__ import annotations

import io
import math
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.external_data_helper import convert_model_to_external_data
from PIL import Image

from aidisclose.durable import trustmark, watermark, weights
from aidisclose.durable.protocol import WatermarkAlgorithm
from aidisclose.errors import UsageError
from tests.durable import stand_in
from tests.durable.pictures import encoded

Q = "com.adobe.trustmark.Q"
NUMBER = 0x123456789ABCDEF


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIDISCLOSE_HOME", str(tmp_path / "home"))
    watermark.load.cache_clear()


@pytest.fixture
def models(tmp_path: Path) -> tuple[Path, Path]:
    return stand_in.save(tmp_path / "models")


@pytest.fixture
def mark(models: tuple[Path, Path]) -> WatermarkAlgorithm:
    weights.register(Q, models[1], models[0])
    return watermark.load(Q)


def resaved(picture: Image.Image, form: str, **options: int) -> Image.Image:
    return Image.open(io.BytesIO(encoded(picture, form, **options))).convert("RGB")


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "the same": lambda each: each,
    "JPEG 50": lambda each: resaved(each, "JPEG", quality=50),
    "WebP": lambda each: resaved(each, "WEBP", quality=60),
    "half the size": lambda each: each.resize((each.width // 2, each.height // 2)),
}


@pytest.mark.parametrize("size", [(480, 360), (360, 480), (900, 200), (120, 90)])
@pytest.mark.parametrize("copy", COPIES.values(), ids=list(COPIES))
def test_a_number_is_read_back(
    mark: WatermarkAlgorithm,
    size: tuple[int, int],
    copy: Callable[[Image.Image], Image.Image],
) -> None:
    picture = stand_in.smooth(size)
    marked = mark.embed(picture, NUMBER)
    assert marked.value == f"1*{NUMBER:061b}".encode()
    assert mark.detect(copy(marked.picture)) == marked.value
    assert (marked.picture.size, marked.picture.mode) == (size, "RGB")
    assert watermark.noise(picture, marked.picture) > 32


def test_nothing_is_found_where_nothing_is(mark: WatermarkAlgorithm) -> None:
    assert mark.detect(stand_in.smooth()) is None


def test_long_pictures_are_marked_in_the_middle(mark: WatermarkAlgorithm) -> None:
    picture = stand_in.smooth((900, 200))
    marked = mark.embed(picture, NUMBER).picture
    left = (0, 0, 349, 200)
    assert marked.crop(left).tobytes() == picture.crop(left).tobytes()
    assert marked.tobytes() != picture.tobytes()


def test_the_change_fades_at_the_edges(mark: WatermarkAlgorithm) -> None:
    picture = stand_in.smooth((800, 800))
    change = np.asarray(mark.embed(picture, NUMBER).picture, int) - np.asarray(picture, int)
    edge = np.abs(change[0]).mean()
    assert edge < np.abs(change[100:700:50]).mean()


def test_numbers_have_a_limit(mark: WatermarkAlgorithm) -> None:
    assert mark.capacity == 61
    with pytest.raises(UsageError, match="61 bits"):
        mark.embed(stand_in.smooth(), 1 << 61)


def test_other_weights_under_the_same_name_are_not_run(models: tuple[Path, Path]) -> None:
    weights.register(Q, models[1], models[0])
    models[1].write_bytes(stand_in.decoder().SerializeToString() + b"\0")
    with pytest.raises(UsageError, match="not the weights that were registered"):
        watermark.load(Q).detect(stand_in.smooth())
    models[1].unlink()
    with pytest.raises(UsageError, match="cannot be read"):
        watermark.load(Q).detect(stand_in.smooth())


def test_weights_in_other_files_are_not_run(
    tmp_path: Path, models: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would not be pinned: whoever writes into the working folder could replace them."""
    monkeypatch.chdir(tmp_path)
    outside = stand_in.decoder()
    convert_model_to_external_data(outside, location="outside.bin", size_threshold=64)
    onnx.save_model(outside, str(tmp_path / "outside.onnx"))
    assert (tmp_path / "outside.bin").stat().st_size > 100_000
    weights.register(Q, tmp_path / "outside.onnx")
    with pytest.raises(UsageError, match="not a model of onnx"):
        watermark.load(Q).detect(stand_in.smooth())


def test_a_decoder_alone_only_finds(models: tuple[Path, Path]) -> None:
    weights.register(Q, models[1])
    found = watermark.load(Q)
    assert found.detect(stand_in.smooth()) is None
    with pytest.raises(UsageError, match="only a decoder"):
        found.embed(stand_in.smooth(), 1)


@pytest.mark.parametrize("swapped", [True, False])
def test_a_model_that_does_something_else_is_refused(
    models: tuple[Path, Path], swapped: bool, tmp_path: Path
) -> None:
    if swapped:
        weights.register(Q, models[0], models[1])
    else:
        (tmp_path / "text.onnx").write_bytes(b"no model at all")
        weights.register(Q, tmp_path / "text.onnx")
    with pytest.raises(UsageError, match="not a model of"):
        watermark.check(Q)


def test_only_known_variants_are_registered(models: tuple[Path, Path]) -> None:
    with pytest.raises(UsageError, match="unknown algorithm"):
        weights.register("com.example.mark", models[1])


def test_variant_p_has_its_own_sizes(models: tuple[Path, Path]) -> None:
    found = trustmark.TrustMark("com.adobe.trustmark.P", weights.register(Q, models[1], models[0]))
    picture = stand_in.smooth((480, 360))
    marked = found.embed(picture, NUMBER).picture
    beside = (0, 0, 59, 360)
    assert marked.crop(beside).tobytes() == picture.crop(beside).tobytes()
    assert found.detect(marked) == f"1*{NUMBER:061b}".encode()


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": {"decoder": {}}}', "\xff"])
def test_a_list_that_is_none_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "watermarks.json").write_text(text, "latin-1")
    with pytest.raises(UsageError, match=r"watermarks\.json: not a list of weights"):
        watermark.names()


def test_what_is_forgotten_is_gone(mark: WatermarkAlgorithm) -> None:
    assert watermark.names() == (Q,)
    assert weights.forget(Q)
    assert not weights.forget(Q)
    assert watermark.names() == ()


def test_noise_of_the_same_is_none() -> None:
    picture = stand_in.smooth()
    assert watermark.noise(picture, picture) == math.inf
    plain = Image.new("RGB", (10, 10), (100, 100, 100))
    assert watermark.noise(plain, Image.new("RGB", (10, 10), (101, 101, 101))) == pytest.approx(
        20 * math.log10(255)
    )


PLUGIN = '''
from PIL import Image
from aidisclose.durable.protocol import Marked

class Corner:
    """The number in the last bits of the first row: it survives nothing, but is a watermark."""
    alg = "com.example.corner.1"
    media = "image"
    capacity = 16
    def embed(self, picture, number):
        copy = picture.copy()
        for place in range(16):
            red, green, blue = copy.getpixel((place, 0))
            copy.putpixel((place, 0), (red & 254 | number >> place & 1, green & 254 | 1, blue))
        return Marked(copy, number.to_bytes(2, "big"))
    def detect(self, picture):
        row = [picture.getpixel((place, 0)) for place in range(16)]
        if not all(green & 1 for red, green, blue in row):
            return None
        return sum((red & 1) << place for place, (red, _, _) in enumerate(row)).to_bytes(2, "big")

class Wrong(Corner):
    alg = "com.example.other"

class Sound(Corner):
    alg = "com.example.sound"
    media = "audio"

def broken():
    raise RuntimeError("no licence")
'''
POINTS = """
[aidisclose.watermarks]
com.example.corner.1 = corner:Corner
com.example.wrong = corner:Wrong
com.example.sound = corner:Sound
com.example.broken = corner:broken
com.example.missing = corner:Missing
"""


def install(folder: Path) -> Path:
    """A package with watermarks, as pip installs it."""
    folder.mkdir()
    (folder / "corner.py").write_text(PLUGIN)
    info = folder / "corner-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: corner\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    return folder


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(install(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "corner", raising=False)


@pytest.mark.usefixtures("plugin")
def test_a_package_offers_a_watermark() -> None:
    assert "com.example.corner.1" in watermark.names()
    assert watermark.has("com.example.corner.1")
    assert "corner" not in sys.modules, "nothing is imported before it is used"
    found = watermark.load("com.example.corner.1")
    marked = found.embed(stand_in.smooth(), 4711)
    assert found.detect(marked.picture) == marked.value == (4711).to_bytes(2, "big")
    watermark.check("com.example.corner.1")


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize(
    ("alg", "reason"),
    [
        ("com.example.wrong", "is not the watermark"),
        ("com.example.sound", "not one for pictures"),
        ("com.example.broken", "RuntimeError: no licence"),
        ("com.example.missing", "AttributeError"),
        ("com.example.nowhere", "there is no watermark"),
    ],
)
def test_a_package_without_the_watermark_is_said(alg: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        watermark.load(alg)
