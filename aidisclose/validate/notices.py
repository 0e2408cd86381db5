"""Labels and notices to people that a record declares: whether they are in the content.

The record says which pixels or samples they are. That these are there, and can be seen or heard at
all, a file shows; that people notice and understand them, it does not. Nothing of this changes the
state of a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from aidisclose import limits
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.manifest import recorded
from aidisclose.message import Message
from aidisclose.named import NamedTuple
from aidisclose.validate.watermarks import Presence

if TYPE_CHECKING:
    from aidisclose.direct.visible import View
    from aidisclose.io.source import Source
    from aidisclose.manifest.record import Direct

#: Labels and notices of one file that are looked for: each costs decoding the file.
_MOST: Final = 4
#: The least contrast of large letters (WCAG 2.2, 1.4.3; EN 301 549).
_CONTRAST: Final = 3.0
#: Heights of a region with one line of letters, of theirs; a whole picture is not a label.
_LARGEST: Final = 3.0
#: Heights are rounded to whole pixels.
_SLACK: Final = 0.95


class DeclaredNotice(NamedTuple):
    """A label or notice that the record of a valid manifest declares.

    Attributes:
        fields: As they stand there; untrusted.
        presence: Whether its pixels or samples are in the content as they were recorded.
        reason: The reason why that is not so, or undetermined; empty otherwise.
    """

    fields: Mapping[object, object]
    presence: Presence
    reason: str = ""


def examine(record: Mapping[str, object], source: Source | None) -> tuple[DeclaredNotice, ...]:
    """The result for the labels and notices of a record.

    Arguments:
        record: Of a valid manifest.
        source: The file in which they are looked for; None to look nowhere.
    """
    found = recorded.direct(record)
    view: View | None = None
    if source is not None and found:
        from aidisclose.direct.visible import View

        view = View(source, most=limits.NOTICE_PIXELS)
    return tuple(
        DeclaredNotice(fields, *_examine(fields, source, view if number < _MOST else None))
        for number, fields in enumerate(found)
    )


def _examine(
    fields: Mapping[object, object], source: Source | None, view: View | None
) -> tuple[Presence, str]:
    if "sha256" not in fields:
        return _open("the record has no hash of it")
    if source is None or view is None:
        return _open("it was not looked for")
    from aidisclose.manifest import record

    try:
        direct = record.build(record.Direct, dict(fields))
    except (Malformed, LimitExceeded, ValueError, TypeError, RecursionError):
        return _open("the record of it is malformed")
    return _heard(direct, source) if direct.type == "audible" else _seen(direct, view)


def _seen(direct: Direct, view: View) -> tuple[Presence, str]:
    from aidisclose.direct import visible

    found = view.look(direct)
    if found is None:
        return _open(
            "the record does not say where it is, or this is not a picture that can be read"
        )
    if found.share < _SLACK * (direct.size or visible.SMALLEST):
        share = f"{found.share:.1%}"
        return Presence.ABSENT, Message(
            "only {share} of the shorter side are recorded as it", share=share
        )
    if found.contrast < _CONTRAST:
        contrast = f"{found.contrast:.1f}"
        return Presence.ABSENT, Message(
            "nothing can be read there: the contrast is {contrast}", contrast=contrast
        )
    largest = _LARGEST * direct.size if direct.size else visible.LARGEST
    if found.is_same and found.share > largest:
        return _open("the region of it is much larger than its letters, and may show anything")
    if found.is_same:
        return Presence.PRESENT, ""
    if found.is_exact:
        return Presence.DIFFERENT, Message("the pixels there are not those that were recorded")
    return _open("the pixels there are not those that were recorded, or were decoded otherwise")


def _heard(direct: Direct, source: Source) -> tuple[Presence, str]:
    from aidisclose.direct import audible

    found = audible.hear(source, direct)
    if found is None:
        return _open("the record does not say where it is, or this is not a sound that can be read")
    if found.is_silent:
        return Presence.ABSENT, Message("nothing can be heard there")
    if found.is_same:
        return Presence.PRESENT, ""
    return Presence.DIFFERENT, Message("the samples there are not those that were recorded")


def _open(reason: str) -> tuple[Presence, str]:
    return Presence.UNDETERMINED, Message(reason)
