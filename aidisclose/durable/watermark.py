"""Watermarks that are there: of plug-ins, and of weights that the user has registered.

aidisclose has no watermark of its own. It runs those of others: of packages that offer one as an
entry point, and TrustMark with weights that the user has registered (`durable.weights`).

    [project.entry-points."aidisclose.watermarks"]
    "com.example.mark.1" = "example:Mark"

The name of the entry point is the algorithm, as the C2PA list of soft bindings has it; the object,
called without arguments, returns a `aidisclose.WatermarkAlgorithm`. Nothing of a plug-in is
imported before it is used.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from aidisclose import limits
from aidisclose.durable import weights
from aidisclose.durable.protocol import IMAGE, WatermarkAlgorithm
from aidisclose.errors import UsageError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from PIL import Image

#: The group of entry points.
GROUP: Final = "aidisclose.watermarks"
_BITS: Final = 8 * limits.SOFT_BINDING_SIZE


def names() -> tuple[str, ...]:
    """Algorithms of the watermarks that are there, in their order.

    Raises:
        UsageError: The list of weights cannot be read.
    """
    return tuple(sorted({*weights.registered(), *_entry_points()}))


def has(alg: str) -> bool:
    """Whether a watermark of this algorithm is there.

    Raises:
        UsageError: The list of weights cannot be read.
    """
    return alg in weights.registered() or alg in _entry_points()


@lru_cache(maxsize=8)
def load(alg: str) -> WatermarkAlgorithm:
    """The watermark of an algorithm: with the user's weights, or of a package.

    Raises:
        UsageError: There is none, or it cannot be loaded, or is not one.
    """
    if (found := weights.registered().get(alg)) is not None:
        from aidisclose.durable.trustmark import TrustMark

        return TrustMark(alg, found)
    point = _entry_points().get(alg)
    if point is None:
        known = ", ".join(names()) or "none"
        raise UsageError(
            f"there is no watermark {alg!r} (there: {known}); `aidisclose watermark add` registers "
            "weights of TrustMark"
        )
    try:
        watermark = point.load()()
    except Exception as error:  # whatever a package raises, its name has to be said
        reason = f"{type(error).__name__}: {error}"
        raise UsageError(f"the watermark {alg} of {point.value} cannot be used: {reason}") from None
    if not isinstance(watermark, WatermarkAlgorithm) or watermark.alg != alg:
        raise UsageError(f"{point.value} is not the watermark {alg}")
    if watermark.media != IMAGE or not 0 < watermark.capacity <= _BITS:
        raise UsageError(f"the watermark {alg} is not one for pictures")
    return watermark


def check(alg: str) -> None:
    """Run a watermark once on a picture of one colour.

    Raises:
        UsageError: It cannot be used.
    """
    from PIL import Image

    found, plain = load(alg), Image.new("RGB", (64, 64), "grey")
    found.detect(plain)
    registered = weights.registered().get(alg)
    if registered is None or registered.encoder is not None:
        found.embed(plain, 0)


def _entry_points() -> dict[str, EntryPoint]:
    from importlib import metadata

    return {point.name: point for point in metadata.entry_points(group=GROUP)}


def noise(before: Image.Image, after: Image.Image) -> float:
    """The peak signal-to-noise ratio of two pictures of one size and mode, in dB.

    Infinite if they are the same. From some 35 dB on, people do not see a difference.
    """
    from PIL import ImageChops, ImageStat

    found = ImageStat.Stat(ImageChops.difference(before, after))
    error = sum(found.sum2) / sum(found.count)
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)
