"""Two files that are intact under the same signature show the same in decoders of others.

Signed files are changed where forgers change them: frames of the store, lengths, offsets, tables
and the order of blocks. Nearly all that comes out is refused; what is not must decode as before.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

import aidisclose as ad
from aidisclose.containers import identify
from aidisclose.errors import AidiscloseError
from aidisclose.io.source import BytesSource
from aidisclose.signing.credentials import ROOT
from tests.containers import samples_images
from tests.interop import changes
from tests.interop.test_decoders import CASES, Case, run, written
from tests.issuing import Issued

#: Changes of each kind, for each file: a few, or as many as somebody has time for.
_COUNT: Final = int(os.environ.get("DECODER_CHANGES", "24"))
_NAMES: Final = (
    *("picture.jpg", "animated.png", "animated.webp", "animated.gif", "picture.tiff"),
    *("picture.avif", "document.pdf", "plain.wav", "tone.mp3", "tone.flac", "tone.ogg"),
    *("film.mp4", "fragments.mp4", "film.avi"),
)


def drawing(path: Path) -> object:
    return run("rsvg-convert", "--format=svg", path)


CHOSEN: Final = (
    *(case for case in CASES if case.name in _NAMES),
    Case(
        "drawing.svg", written(lambda: samples_images.svg("<rect width='4' height='3'/>")), drawing
    ),
)


def is_intact(data: bytes, trust: ad.TrustConfig) -> bool:
    try:
        report = ad.verify(data, trust=trust)
    except AidiscloseError:
        return False
    return report.state is ad.State.TRUSTED and report.integrity == "intact"


def decoded(case: Case, path: Path) -> object:
    """What a decoder shows; None if it refuses the file, and so shows nothing else."""
    try:
        return case.decode(path)
    except (
        *(AssertionError, OSError, RuntimeError, SyntaxError, ValueError),
        *(Image.DecompressionBombError, EOFError, Warning),
    ):
        return None


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.name)
def test_what_is_intact_shows_the_same(case: Case, issued: Issued, tmp_path: Path) -> None:
    made = issued("es256")
    trust = ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())
    plain, path = tmp_path / f"plain-{case.name}", tmp_path / case.name
    case.make(plain)
    ad.sign(plain, path, disclosure=ad.Disclosure(ai="generated"), signer=made.signer())
    data = path.read_bytes()
    assert is_intact(data, trust)
    shown = case.decode(path)
    source = BytesSource(data)
    layout = identify(source).scan(source)
    accepted = 0
    for _, other in changes.of_file(data, layout, random.Random(case.name), _COUNT):
        if other != data and is_intact(other, trust):
            accepted += 1
            path.write_bytes(other)
            assert decoded(case, path) in (shown, None)
    # Were it more, something would not be covered at all.
    assert accepted < _COUNT
