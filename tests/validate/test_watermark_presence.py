"""What is said of a declared watermark, by what its detector finds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Final

import pytest

from aidisclose.durable import picture, watermark
from aidisclose.errors import LimitExceeded, Malformed, UnsupportedFormat, UsageError
from aidisclose.io.source import BytesSource
from aidisclose.manifest import softbinding
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.validate import watermarks
from aidisclose.validate.verify import verify
from aidisclose.validate.watermarks import DeclaredWatermark, Presence
from tests.manifest import build
from tests.manifest.build import TRUST, Recipe
from tests.trust.pki import NOW

SOURCE: Final = BytesSource(b"a picture")
MARK: Final = SoftBinding("com.example.mark", b"value")


@pytest.fixture
def detector(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What it finds, or raises; what it was asked is put behind that."""
    found: list[object] = []

    def detect(seen: object) -> object:
        found.append(seen)
        if isinstance(found[0], Exception):
            raise found[0]
        return found[0]

    def load(alg: str) -> SimpleNamespace:
        assert alg == MARK.alg
        return SimpleNamespace(detect=detect)

    monkeypatch.setattr(watermark, "has", lambda alg: alg == MARK.alg)
    monkeypatch.setattr(watermark, "load", load)
    monkeypatch.setattr(picture, "read", lambda source: source)
    return found


@pytest.mark.parametrize(
    ("found", "presence", "reason"),
    [
        (b"value", Presence.PRESENT, ""),
        (b"other", Presence.DIFFERENT, ""),
        (None, Presence.ABSENT, ""),
        (UsageError("no"), Presence.UNDETERMINED, "no"),
        (UnsupportedFormat("no"), Presence.UNDETERMINED, "no"),
        (Malformed("no"), Presence.UNDETERMINED, "no"),
        (LimitExceeded("no"), Presence.UNDETERMINED, "no"),
    ],
)
def test_what_a_detector_finds(
    found: object, presence: Presence, reason: str, detector: list[object]
) -> None:
    detector.append(found)
    said = watermarks._look(MARK, SOURCE)
    assert said == DeclaredWatermark(MARK.alg, presence, reason)
    assert detector[1:] == [SOURCE]


@pytest.mark.usefixtures("detector")
@pytest.mark.parametrize(
    ("binding", "source", "reason"),
    [
        (MARK, None, "it was not looked for"),
        (SoftBinding(MARK.alg, b"value", "/x"), SOURCE, "it is in a part of the content"),
        (SoftBinding("other", b"value"), SOURCE, "there is no detector of it here"),
    ],
)
def test_why_nobody_looks(binding: SoftBinding, source: BytesSource | None, reason: str) -> None:
    assert watermarks._look(binding, source) == DeclaredWatermark(
        binding.alg, Presence.UNDETERMINED, reason
    )


def test_how_many_are_looked_for(detector: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watermarks, "_MOST", 1)
    detector.append(b"value")
    fingerprint = next(
        name for name, kind in softbinding.ALGORITHMS.items() if kind != softbinding.WATERMARK
    )
    marks = [SoftBinding(fingerprint, b"x"), MARK, MARK]
    monkeypatch.setattr(softbinding, "read", lambda _: marks)
    believed = verify(build.signed(Recipe()), trust=TRUST, at=NOW).believed
    said = watermarks.examine(believed, SOURCE)
    assert [(each.alg, each.presence) for each in said] == [
        (MARK.alg, Presence.PRESENT),
        (MARK.alg, Presence.UNDETERMINED),
    ]
    assert said[1].reason == "it was not looked for"
    assert watermarks.examine(None, SOURCE) == ()

    def refuse(_: object) -> None:
        raise Malformed("no")

    monkeypatch.setattr(softbinding, "read", refuse)
    assert watermarks.examine(believed, SOURCE) == ()
