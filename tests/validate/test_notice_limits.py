"""What is said of labels and notices, by what was seen and heard, at each limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pytest

from aidisclose.direct import audible, visible
from aidisclose.direct.visible import View
from aidisclose.io.source import BytesSource
from aidisclose.manifest import recorded
from aidisclose.validate import notices
from aidisclose.validate.watermarks import Presence

SOURCE: Final = BytesSource(b"")
HASHED: Final[dict[object, object]] = {"type": "label", "text": "AI", "sha256": "0" * 64}
NOT_LOOKED: Final = "it was not looked for"
LARGER: Final = "the region of it is much larger than its letters, and may show anything"
CHANGED: Final = "the pixels there are not those that were recorded"


@dataclass
class Seen:
    """A region as it was found; every default is that of a sound one."""

    share: float = 0.05
    contrast: float = 10.0
    is_same: bool = True
    is_exact: bool = True


@dataclass
class Heard:
    """Samples as they were found."""

    is_silent: bool = False
    is_same: bool = True


def examine(
    fields: Mapping[object, object], found: object, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str]:
    monkeypatch.setattr(View, "look", lambda *_: found)
    monkeypatch.setattr(audible, "hear", lambda *_: found)
    presence, reason = notices._examine(fields, SOURCE, View(SOURCE))
    return presence.value, str(reason)


SIZE: Final = HASHED | {"size": 0.05}
LEAST: Final = notices._SLACK * 0.05
MOST: Final = notices._LARGEST * 0.05


@pytest.mark.parametrize(
    ("fields", "found", "presence", "reason"),
    [
        (HASHED, Seen(), "present", ""),
        (SIZE, Seen(), "present", ""),
        (SIZE, Seen(share=LEAST), "present", ""),
        (
            SIZE,
            Seen(share=LEAST - 0.001),
            "absent",
            f"only {LEAST - 0.001:.1%} of the shorter side are recorded as it",
        ),
        (HASHED, Seen(share=notices._SLACK * visible.SMALLEST), "present", ""),
        (
            HASHED,
            Seen(share=0.0),
            "absent",
            "only 0.0% of the shorter side are recorded as it",
        ),
        (SIZE, Seen(contrast=notices._CONTRAST), "present", ""),
        (
            SIZE,
            Seen(contrast=notices._CONTRAST - 0.1),
            "absent",
            f"nothing can be read there: the contrast is {notices._CONTRAST - 0.1:.1f}",
        ),
        (SIZE, Seen(share=MOST), "present", ""),
        (SIZE, Seen(share=MOST + 0.001), "undetermined", LARGER),
        (HASHED, Seen(share=visible.LARGEST), "present", ""),
        (HASHED, Seen(share=visible.LARGEST + 0.001), "undetermined", LARGER),
        (SIZE, Seen(share=1.0, is_same=False), "different", CHANGED),
        (SIZE, Seen(is_same=False), "different", CHANGED),
        (
            SIZE,
            Seen(is_same=False, is_exact=False),
            "undetermined",
            f"{CHANGED}, or were decoded otherwise",
        ),
        (
            HASHED,
            None,
            "undetermined",
            "the record does not say where it is, or this is not a picture that can be read",
        ),
        (HASHED | {"type": "audible"}, Heard(), "present", ""),
        (
            HASHED | {"type": "audible"},
            Heard(is_silent=True),
            "absent",
            "nothing can be heard there",
        ),
        (
            HASHED | {"type": "audible"},
            Heard(is_same=False),
            "different",
            "the samples there are not those that were recorded",
        ),
        (
            HASHED | {"type": "audible"},
            None,
            "undetermined",
            "the record does not say where it is, or this is not a sound that can be read",
        ),
        ({"type": "label"}, Seen(), "undetermined", "the record has no hash of it"),
        (HASHED | {"type": 7}, Seen(), "undetermined", "the record of it is malformed"),
        (HASHED | {"size": "x"}, Seen(), "undetermined", "the record of it is malformed"),
    ],
)
def test_what_is_said_of_a_notice(
    fields: dict[object, object],
    found: object,
    presence: str,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert examine(fields, found, monkeypatch) == (presence, reason)


def test_nothing_is_looked_for_without_a_file() -> None:
    assert notices._examine(HASHED, None, None) == (Presence.UNDETERMINED, NOT_LOOKED)


def test_how_many_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "_MOST", 2)
    monkeypatch.setattr(View, "look", lambda *_: Seen())
    monkeypatch.setattr(recorded, "direct", lambda _: [HASHED] * 3)
    found = notices.examine({}, SOURCE)
    assert [each.presence.value for each in found] == ["present", "present", "undetermined"]
    assert [each.fields for each in found] == [HASHED] * 3
    assert [str(each.reason) for each in found] == ["", "", NOT_LOOKED]
    assert [each.presence.value for each in notices.examine({}, None)] == ["undetermined"] * 3
