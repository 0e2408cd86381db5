"""Recall of fingerprints at one false match in a million pairs of different pictures.

The pictures are photographs, wallpapers and objects out of Debian packages; each is changed in the
ways of the table, and looked for among all of them. The threshold of an algorithm is the greatest
that at most one in a million pairs of different pictures, changed ones included, stays below.
Pictures without structure, which have no fingerprint, are left out.

The threshold in use and the ways in which a picture is looked for were chosen with the first 600
pictures. Nothing was chosen with the others, whose recall is printed apart: they are held out. A
pair within the threshold is a false match, and named, unless `SAME` says that both show the same.

    python benchmarks/durable.py
"""

from __future__ import annotations

import argparse
import io
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

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
#: Pictures with which the threshold was chosen; those after them are held out.
TUNED: Final = 600
#: Correlation of greys or of edges from which two pictures are one in other colours: packages have
#: some twice, some for day and night, and some as the steps of a tutorial.
ALIKE: Final = 0.8
#: Figures of a tutorial that show a photograph of another figure, in another frame.
AGAIN: Final = frozenset({"matcher_flann.jpg", "Smoothing_Tutorial_Result_Median_Filter.jpg"})
#: Pictures that show the same: mirrored, in other tones, with lines drawn on it, or a symmetric
#: model from its left and its right. All that came within the threshold were looked at. They are no
#: pairs of different pictures, and are counted apart.
SAME: Final = (
    frozenset({"retinaOutput_realistic.jpg", "retinaOutput_default.jpg"}),
    frozenset({"matcher_result1.jpg", "Feature_FlannMatcher_Result_ratio_test.jpg"}),
    frozenset({"building_lsd.png", "houghp.png"}),
    frozenset({"dumper.png", "dumper_mirror.png"}),
    frozenset({"bradley.png", "bradley_mirror.png"}),
    frozenset({"Hough_Circle_Tutorial_Result.png", "smarties.png"}),
    frozenset({"hough_lines_result1.png", "hough_lines_result2.png"}),
    frozenset({"pca_line.png", "pca_eigen.png"}),
    frozenset({"Blender_Suzanne1.jpg", "Blender_Suzanne2.jpg"}),
)
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


class Picture(NamedTuple):
    """A picture of a package.

    Attributes:
        name: Of its file.
        image: At most 800 pixels a side, on white.
    """

    name: str
    image: Image.Image


def pictures(folder: Path, count: int) -> list[Picture]:
    """Different pictures."""
    paths = [path for path in found(folder) if path.name not in AGAIN]
    random.Random(1).shuffle(paths)
    chosen: list[Picture] = []
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
            abs(float(a @ b)) < ALIKE for each in small for a, b in zip(looks, each, strict=True)
        ):
            chosen.append(Picture(path.name, picture))
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


@cache
def _wanted(data: bytes) -> list[bytes]:
    """The codes that are looked for of a file; the first is the one that the standard computes."""
    return [unit.body for unit in queries(io.BytesIO(data))]


def _stored(data: bytes) -> bytes:
    return iscc.searched(fingerprint(io.BytesIO(data)))[0].body


def _once(code: Callable[[Image.Image], bytes]) -> Codes:
    """An algorithm of somebody else: what is stored is what is looked for."""

    def of(data: bytes) -> bytes:
        return code(Image.open(io.BytesIO(data)).convert("RGB"))

    return of, lambda data: [of(data)]


def algorithms() -> dict[str, Codes]:
    """Ours, and those of others that are installed."""
    here: dict[str, Codes] = {
        "aidisclose": (_stored, _wanted),
        "io.iscc.v0, one query": (_stored, lambda data: _wanted(data)[:1]),
    }
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


class Measured(NamedTuple):
    """How far apart the codes of one algorithm are.

    Attributes:
        own: Distances of changed pictures from their originals, by change.
        others: Pairs of different pictures by their distance.
        same: Pairs of two pictures that show the same, by their distance.
        near: Of different pictures, those within the threshold in use: distance, change and names.
        seconds: Spent for a file.
    """

    own: dict[str, Any]
    others: Any
    same: Any
    near: list[tuple[int, str, str, str]]
    seconds: float

    @property
    def reach(self) -> int:
        """The greatest distance that at most one in a million pairs stays within; -1 if none is."""
        below = np.cumsum(self.others)
        return int(np.flatnonzero(below <= RATE * below[-1]).max(initial=-1))

    @property
    def pairs(self) -> int:
        return int(self.others.sum())


class Copies(NamedTuple):
    """Pictures as files, and changed.

    Attributes:
        names: Of the pictures.
        files: The pictures.
        changed: The pictures after each change.
    """

    names: list[str]
    files: list[bytes]
    changed: dict[str, list[bytes]]


def copies(chosen: Iterable[Picture]) -> Copies:
    listed = list(chosen)
    return Copies(
        [each.name for each in listed],
        [saved(each.image, "PNG") for each in listed],
        {name: [change(each.image) for each in listed] for name, change in CHANGES.items()},
    )


def measure(codes: Codes, of: Copies) -> Measured:
    start = time.process_time()
    stored = np.array([np.frombuffer(codes[0](data), np.uint8) for data in of.files])
    own = {change: np.full(len(stored), 256) for change in of.changed}
    others, same = np.zeros(257, np.int64), np.zeros(257, np.int64)
    near: list[tuple[int, str, str, str]] = []
    for number, name in enumerate(of.names):
        alike = [
            other
            for other, its in enumerate(of.names)
            if other != number and frozenset({name, its}) in SAME
        ]
        for change, changed in of.changed.items():
            try:
                apart = distances(stored, codes[1](changed[number]))
            except UnsupportedFormat:
                apart = np.full(len(stored), 256)
            own[change][number] = apart[number]
            same += np.bincount(apart[alike], minlength=257)
            others += np.bincount(np.delete(apart, [number, *alike]), minlength=257)
            near += [
                (int(apart[other]), change, name, of.names[other])
                for other in np.flatnonzero(apart <= matching.THRESHOLD).tolist()
                if other != number and other not in alike
            ]
    files = len(stored) * (1 + len(of.changed))
    return Measured(own, others, same, near, (time.process_time() - start) / files)


def tell(name: str, found: Measured) -> None:
    """Print what was measured of one algorithm, recall apart."""
    nearest = int(np.flatnonzero(found.others).min())
    print(
        f"{name}: {found.pairs:,} pairs of different pictures, the nearest {nearest} bits apart,"
        f" one in a million {found.reach}; {found.seconds * 1000:.0f} ms a file",
        flush=True,
    )
    if name == "aidisclose":
        within = int(found.same[: matching.THRESHOLD + 1].sum())
        print(
            f"  within the threshold in use ({matching.THRESHOLD}): {len(found.near)} false"
            f" matches; {within} of {int(found.same.sum())} pairs that show the same photograph"
        )
        for bits, change, one, other in sorted(found.near)[:20]:
            print(f"  {bits} bits: {one}, {change}, and {other}")


def table(results: dict[str, tuple[Measured, int]], some: slice) -> None:
    """Print recall among some of the pictures by change, of each algorithm and of all combined."""
    names = [f"{name} ≤{reach}" for name, (_, reach) in results.items()]
    print("| recall in % |", " | ".join([*names, "combined"]), "|")
    print("|---|" + "---|" * (len(names) + 1))
    for change in CHANGES:
        by = [found.own[change][some] <= reach for found, reach in results.values()]
        row = [100 * np.mean(each) for each in (*by, np.any(by, axis=0))]
        print(f"| {change} |", " | ".join(f"{value:.1f}" for value in row), "|")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--folder", type=Path, default=CACHE)
    parser.add_argument("--only", action="append", help="an algorithm by its name")
    options = parser.parse_args()
    chosen = pictures(options.folder, options.pictures)
    listed = [(number < TUNED, each) for number, each in enumerate(chosen) if _has_structure(each)]
    tuned = sum(is_tuned for is_tuned, _ in listed)
    files = copies(each for _, each in listed)
    print(f"{len(listed)} pictures, {len(listed) - tuned} of them held out", flush=True)
    results: dict[str, tuple[Measured, int]] = {}
    for name, codes in algorithms().items():
        if options.only and name not in options.only:
            continue
        found = measure(codes, files)
        tell(name, found)
        if name == "aidisclose":
            results["in use"] = found, matching.THRESHOLD
        if found.pairs * RATE >= 1:
            results[name] = found, found.reach
    for title, some in (
        ("All", slice(None)),
        ("Chosen with", slice(tuned)),
        ("Held out", slice(tuned, None)),
    ):
        if listed[some]:
            print(f"\n## {title}\n")
            table(results, some)
    print("\ncombined: found by any of these; each of them may add false matches of its own")


def _has_structure(picture: Picture) -> bool:
    try:
        fingerprint(io.BytesIO(saved(picture.image, "PNG")))
    except UnsupportedFormat:
        return False  # nothing in it to be found by
    return True


if __name__ == "__main__":
    main()
