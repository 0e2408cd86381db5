"""Labels and notices that a record declares, and what of them is in the content."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

import aidisclose as ad
from aidisclose import limits
from aidisclose.direct import visible
from aidisclose.io.source import BytesSource
from aidisclose.validate import notices
from tests.issuing import Issued
from tests.policy.files import GENERATED, drawn, of_drawn, signed, spoken

HASH = "0" * 64
LABEL: dict[str, object] = {"type": "label", "region": [0.0, 0.0, 1.0, 1.0], "sha256": HASH}
NOTICE: dict[str, object] = {"type": "audible", "start": 0.0, "end": 1.0, "sha256": HASH}


def presences(data: bytes, *, detect: bool = True) -> list[str]:
    report = ad.verify(data, trust=ad.TrustConfig.none(), detect=detect)
    return [each.presence.value for each in report.notices]


@pytest.mark.parametrize("make", [drawn, spoken])
def test_what_label_put_there_is_found(make: Callable[..., bytes], issued: Issued) -> None:
    data = signed(make).make(issued("es256"))
    assert presences(data) == ["present"]
    assert presences(data, detect=False) == ["undetermined"]
    assert ad.check(data, "pai")[4].outcome is ad.Outcome.PASS, "a path is looked at as well"


def test_json_has_them(issued: Issued) -> None:
    data = of_drawn(sha256=HASH).make(issued("es256"))
    report = ad.verify(data, trust=ad.TrustConfig.none(), detect=True)
    assert report.as_dict()["notices"] == [
        {
            "type": "label",
            "text": "AI GENERATED",
            "presence": "different",
            "reason": "the pixels there are not those that were recorded",
        }
    ]


def test_what_a_file_does_not_show_is_open(issued: Issued) -> None:
    """Other libraries decode a JPEG to other pixels."""
    output = io.BytesIO()
    with Image.open(io.BytesIO(drawn(issued("es256")))) as image:
        image.save(output, "JPEG")
    [found] = notices.examine(
        {"direct": [LABEL | {"region": [0.5, 0.8, 0.5, 0.2]}]}, BytesSource(output.getvalue())
    )
    assert found.presence is ad.Presence.UNDETERMINED
    assert "or were decoded otherwise" in found.reason


def test_a_manifest_that_is_not_valid_declares_nothing(issued: Issued) -> None:
    data = signed(drawn).make(issued("es256"))
    assert presences(data.replace(b"IEND", b"IENX")) == []
    assert presences(GENERATED.make(issued("es256"))) == []


def test_few_are_looked_for(issued: Issued) -> None:
    """Each costs decoding the file."""
    source = BytesSource(drawn(issued("es256")))
    found = notices.examine({"direct": [LABEL] * 1000}, source)
    assert len(found) == 64
    assert [each.reason == "it was not looked for" for each in found] == [False] * 4 + [True] * 60


def test_a_picture_is_decoded_once(issued: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    source = BytesSource(drawn(issued("es256")))
    opened, times = Image.open, 0

    def counted(*arguments: Any, **options: Any) -> Image.Image:
        nonlocal times
        times += 1
        return opened(*arguments, **options)

    monkeypatch.setattr(Image, "open", counted)
    found = notices.examine({"direct": [LABEL] * 4}, source)
    assert [each.presence.value for each in found] == ["different"] * 4
    assert times == 1


def test_a_picture_of_too_many_pixels_is_not_looked_at(
    issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = signed(drawn).make(issued("es256"))
    assert presences(data) == ["present"]
    monkeypatch.setattr(limits, "NOTICE_PIXELS", 1000)
    assert presences(data) == ["undetermined"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        LABEL | {"region": [0.0, 0.0, 1e-9, 1e-9]},
        LABEL | {"region": [math.nan] * 4},
        LABEL | {"region": [2**70] * 4},
        LABEL | {"region": [[[]]]},
        LABEL | {"region": "x"},
        LABEL | {"size": 10**400},
        LABEL | {"sha256": None},
        LABEL | {"sha256": HASH.encode()},
        LABEL | {1: 2},
        LABEL | {"type": ["label"]},
        NOTICE,
        NOTICE | {"start": -1},
        NOTICE | {"end": math.inf},
        NOTICE | {"start": 1e300, "end": 1e308},
    ],
    ids=repr,
)
@pytest.mark.parametrize("make", [drawn, spoken, lambda _: b"", lambda _: b"\x89PNG\r\n\x1a\n"])
def test_hostile_records_and_files_show_nothing(
    fields: dict[object, object], make: Callable[..., bytes], issued: Issued
) -> None:
    source = BytesSource(make(issued("es256")))
    [found] = notices.examine({"direct": [fields]}, source)
    assert found.presence is not ad.Presence.PRESENT
    assert found.reason


def test_the_contrast_of_letters_is_that_of_wcag(issued: Issued) -> None:
    """Black and white have 21 to 1."""
    for colours, contrast in (((0, 255), 21.0), ((119, 255), 4.48), ((5, 5), 1.0)):
        output = io.BytesIO()
        image = Image.new("L", (10, 10), colours[0])
        image.putpixel((3, 3), colours[1])
        image.save(output, "PNG")
        direct = ad.Direct(type="label", region=(0.0, 0.0, 1.0, 1.0), sha256=HASH)
        seen = visible.look(BytesSource(output.getvalue()), direct)
        assert seen is not None
        assert seen.contrast == pytest.approx(contrast, abs=0.01)
        assert seen.share == 1.0


def test_a_whole_picture_is_no_label(issued: Issued) -> None:
    """Whoever signs could record any part of it; one line of letters is not that high."""
    made = issued("es256")
    source = BytesSource(drawn(made))
    whole = ad.Direct(type="label", region=(0.0, 0.0, 1.0, 1.0), sha256=HASH)
    with Image.open(io.BytesIO(drawn(made))) as image:
        pixels = image.convert("RGB")
    sha256 = hashlib.sha256(b"%dx%d " % pixels.size + pixels.tobytes()).hexdigest()
    assert visible.shows(source, replace(whole, sha256=sha256))
    for size in ({}, {"size": 0.06}):
        [found] = notices.examine({"direct": [LABEL | size | {"sha256": sha256}]}, source)
        assert found.presence is ad.Presence.UNDETERMINED
        assert "may show anything" in found.reason
