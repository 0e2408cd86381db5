"""Recall of fingerprints at one false match in a million pairs of different pictures.

The pictures are photographs, wallpapers and objects out of Debian packages; each is changed in the
ways of the table, and looked for among all of them. The threshold of an algorithm is the greatest
that at most one in a million pairs of different pictures, changed ones included, stays below.
Pictures without structure, which have no fingerprint, are left out.

    python benchmarks/durable.py --pictures 350
"""

from __future__ import annotations

import argparse
import io
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

ROOT: Final = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from aidisclose.durable import iscc, matching  # noqa: E402
from aidisclose.durable.fingerprint import fingerprint, queries  # noqa: E402
from aidisclose.errors import UnsupportedFormat  # noqa: E402

PACKAGES: Final = (
    "gnome-backgrounds",
    "lomiri-wallpapers",
    "mate-backgrounds",
    "opencv-doc",
    "plasma-workspace-wallpapers",
    "tuxpaint-stamps-default",
    "ukui-wallpapers",
)
CACHE: Final = ROOT / "build" / "durable"
SIDE: Final = 800
#: Pixels a side; what is smaller is an icon.
LEAST: Final = 200
#: Correlation of greys or of edges from which two pictures are one in other colours: packages have
#: some twice, some for day and night, and some as the steps of a tutorial.
SAME: Final = 0.8
#: Figures of a tutorial that show a photograph of another figure, in another frame.
AGAIN: Final = frozenset({"matcher_flann.jpg", "Smoothing_Tutorial_Result_Median_Filter.jpg"})
RATE: Final = 1e-6


def found(folder: Path) -> Iterator[Path]:
    """Pictures of the packages, which are downloaded once."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PACKAGES:
        target = folder / name
        if target.exists():
            continue
        subprocess.run(["apt-get", "download", name], cwd=folder, check=True, capture_output=True)
        [package] = folder.glob(f"{name}_*.deb")
        subprocess.run(["dpkg-deb", "-x", package, target], check=True)
        package.unlink()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".jpg", ".jpeg", ".png", ".webp") and not path.is_symlink():
            yield path


def pictures(folder: Path, count: int) -> list[Image.Image]:
    """Different pictures of at most 800 pixels a side."""
    paths = [path for path in found(folder) if path.name not in AGAIN]
    random.Random(1).shuffle(paths)
    chosen: list[Image.Image] = []
    small: list[tuple[Any, Any]] = []
    for path in paths:
        if len(chosen) == count:
            break
        try:
            with Image.open(path) as opened:
                if min(opened.size) < LEAST:
                    continue
                clear = opened.convert("RGBA")
        except OSError:
            continue
        clear.thumbnail((SIDE, SIDE))
        white = Image.new("RGBA", clear.size, "white")
        picture = Image.alpha_composite(white, clear).convert("RGB")
        looks = greys(picture), edges(picture)
        if any(not look.any() for look in looks):
            continue
        if all(
            abs(float(a @ b)) < SAME for each in small for a, b in zip(looks, each, strict=True)
        ):
            chosen.append(picture)
            small.append(looks)
    return chosen


def greys(picture: Image.Image) -> Any:
    """Greys of parts of a picture, as a vector without mean, of length 1 or 0."""
    return _normal(np.asarray(picture.convert("L").resize((32, 32)), np.float64))


def edges(picture: Image.Image) -> Any:
    """The same of how steep its greys are."""
    rows, columns = np.gradient(np.asarray(picture.convert("L").resize((128, 128)), np.float64))
    steep = np.hypot(rows, columns).reshape(32, 4, 32, 4).mean(axis=(1, 3))
    return _normal(steep)


def _normal(values: Any) -> Any:
    vector = (values - values.mean()).ravel()
    length = np.linalg.norm(vector)
    return vector / length if length else np.zeros_like(vector)


def saved(picture: Image.Image, form: str = "JPEG", quality: int = 75) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, quality=quality)
    return stream.getvalue()


def scaled(picture: Image.Image, share: float) -> Image.Image:
    width, height = picture.size
    return picture.resize((max(1, int(width * share)), max(1, int(height * share))))


def cropped(picture: Image.Image, share: float) -> Image.Image:
    """Without a share of its width and height, half of it on each side."""
    width, height = picture.size
    left, top = int(width * share / 2), int(height * share / 2)
    return picture.crop((left, top, width - left, height - top))


def captioned(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    whole = Image.new("RGB", (width, height + height * 16 // 100), "white")
    whole.paste(picture, (0, 0))
    ImageDraw.Draw(whole).text((10, height + 10), "A caption below the picture", fill="black")
    return whole


def marked(picture: Image.Image) -> Image.Image:
    whole = picture.copy()
    width, height = whole.size
    draw = ImageDraw.Draw(whole)
    draw.ellipse((width * 3 // 4, height * 3 // 4, width - 9, height - 9), fill="#d02040")
    return whole


def screenshot(picture: Image.Image) -> Image.Image:
    """In a window: a bar above, white beside and below."""
    width, height = picture.size
    screen = Image.new("RGB", (width * 3 // 2, height * 3 // 2), "white")
    ImageDraw.Draw(screen).rectangle((0, 0, screen.width, screen.height // 12), fill="#303540")
    screen.paste(picture, (width // 4, height // 4))
    return screen


CHANGES: Final[dict[str, Callable[[Image.Image], bytes]]] = {
    "JPEG 75": saved,
    "JPEG 50": lambda each: saved(each, quality=50),
    "JPEG 30": lambda each: saved(each, quality=30),
    "WebP 60": lambda each: saved(each, "WEBP", 60),
    "resized to 75 %": lambda each: saved(scaled(each, 0.75)),
    "resized to 50 %": lambda each: saved(scaled(each, 0.5)),
    "resized to 25 %": lambda each: saved(scaled(each, 0.25)),
    "cropped by 5 %": lambda each: saved(cropped(each, 0.05)),
    "cropped by 10 %": lambda each: saved(cropped(each, 0.1)),
    "cropped by 20 %": lambda each: saved(cropped(each, 0.2)),
    "letterbox": lambda each: saved(ImageOps.expand(each, (0, each.height // 6), 0)),
    "colour +12 %": lambda each: saved(ImageEnhance.Color(each).enhance(1.12)),
    "brighter by 12 %": lambda each: saved(ImageEnhance.Brightness(each).enhance(1.12)),
    "grey": lambda each: saved(each.convert("L")),
    "blurred": lambda each: saved(each.filter(ImageFilter.GaussianBlur(1.5))),
    "caption of 16 %": lambda each: saved(captioned(each)),
    "logo": lambda each: saved(marked(each)),
    "rotated by 3°": lambda each: saved(each.rotate(3, fillcolor="white")),
    "turned by 90°": lambda each: saved(each.transpose(Image.Transpose.ROTATE_90)),
    "mirrored": lambda each: saved(ImageOps.mirror(each)),
    "screenshot": lambda each: saved(screenshot(each)),
}

#: Given a file, the code that is stored for it, and those that are looked for.
Codes = tuple[Callable[[bytes], bytes], Callable[[bytes], list[bytes]]]


def _ours() -> Codes:
    def stored(data: bytes) -> bytes:
        return iscc.searched(fingerprint(io.BytesIO(data)))[0].body

    return stored, lambda data: [unit.body for unit in queries(io.BytesIO(data))]


def _once(code: Callable[[Image.Image], bytes]) -> Codes:
    """An algorithm of somebody else: what is stored is what is looked for."""

    def of(data: bytes) -> bytes:
        return code(Image.open(io.BytesIO(data)).convert("RGB"))

    return of, lambda data: [of(data)]


def algorithms() -> dict[str, Codes]:
    """Ours, and those of others that are installed."""
    here: dict[str, Codes] = {"aidisclose": _ours()}

    def plain(data: bytes) -> bytes:
        return iscc.searched(fingerprint(io.BytesIO(data)))[0].body

    here["io.iscc.v0, one query"] = (plain, lambda data: [plain(data)])
    try:
        import pdqhash
    except ImportError:
        pass
    else:
        here["pdqhash"] = _once(
            lambda image: np.packbits(pdqhash.compute(np.asarray(image))[0]).tobytes()
        )
    try:
        import imagehash
    except ImportError:
        pass
    else:
        here["imagehash, phash 16"] = _once(
            lambda image: np.packbits(imagehash.phash(image, 16).hash.flatten()).tobytes()
        )
    return here


def distances(stored: Any, wanted: list[bytes]) -> Any:
    """Of every stored code from the nearest that is looked for."""
    each = [
        np.bitwise_count(stored ^ np.frombuffer(code, np.uint8)).sum(axis=1, dtype=np.int64)
        for code in wanted
    ]
    return np.min(each, axis=0)


def measure(codes: Codes, files: list[bytes], copies: dict[str, list[bytes]]) -> tuple[Any, Any]:
    """Distances of the copies from their own pictures, by change, and of all from other ones."""
    stored = np.array([np.frombuffer(codes[0](data), np.uint8) for data in files])
    own: dict[str, list[int]] = {}
    others = np.zeros(257, np.int64)
    for name, changed in copies.items():
        own[name] = []
        for number, data in enumerate(changed):
            try:
                apart = distances(stored, codes[1](data))
            except UnsupportedFormat:
                apart = np.full(len(files), 256)
            own[name].append(int(apart[number]))
            others += np.bincount(np.delete(apart, number), minlength=257)
    return own, others


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=350)
    parser.add_argument("--folder", type=Path, default=CACHE)
    parser.add_argument("--only", action="append", help="an algorithm by its name")
    options = parser.parse_args()
    chosen = []
    for picture in pictures(options.folder, options.pictures):
        try:
            fingerprint(io.BytesIO(saved(picture, "PNG")))
        except UnsupportedFormat:
            continue  # nothing in it to be found by
        chosen.append(picture)
    files = [saved(picture, "PNG") for picture in chosen]
    copies = {name: [change(each) for each in chosen] for name, change in CHANGES.items()}
    results: dict[str, tuple[Any, int]] = {}
    for name, codes in algorithms().items():
        if options.only and name not in options.only:
            continue
        start = time.perf_counter()
        own, others = measure(codes, files, copies)
        below = np.cumsum(others)
        reach = int(np.flatnonzero(below <= RATE * below[-1]).max(initial=-1))
        if name == "aidisclose":
            results["in use"] = own, matching.THRESHOLD
        if below[-1] * RATE >= 1:
            results[name] = own, reach
        count = sum(map(len, own.values())) + len(files)
        spent = (time.perf_counter() - start) / count
        nearest = int(np.flatnonzero(others).min())
        print(
            f"{name}: {len(files)} pictures, {below[-1]:,} pairs of different ones, the nearest"
            f" {nearest} bits apart; {spent * 1000:.0f} ms a file"
        )
        if name == "aidisclose":
            false = int(below[matching.THRESHOLD])
            print(f"  false matches at the threshold in use ({matching.THRESHOLD}): {false}")
    names = [f"{name} ≤{reach}" for name, (_, reach) in results.items()]
    print("\n| recall in % |", " | ".join([*names, "combined"]), "|")
    print("|---|" + "---|" * (len(names) + 1))
    for change in CHANGES:
        by = [np.array(own[change]) <= reach for own, reach in results.values()]
        row = [100 * np.mean(each) for each in (*by, np.any(by, axis=0))]
        print(f"| {change} |", " | ".join(f"{value:.1f}" for value in row), "|")
    print("\ncombined: found by any of these; each of them may add false matches of its own")


if __name__ == "__main__":
    main()
