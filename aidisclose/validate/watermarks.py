"""Watermarks that a manifest declares: whether they are in the content.

The soft binding says what was embedded; only a detector shows whether it is there. Nothing of this
changes the state of a file: the specification asks no validator for it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from aidisclose.errors import LimitExceeded, Malformed, UnsupportedFormat, UsageError
from aidisclose.manifest import softbinding
from aidisclose.manifest.lineage import Believed
from aidisclose.named import NamedTuple

if TYPE_CHECKING:
    from aidisclose.io.source import Source
    from aidisclose.manifest.softbinding import SoftBinding

#: Watermarks of one file that are looked for: each costs running a model.
_MOST: Final = 4


class Presence(StrEnum):
    """Whether a watermark is in the content.

    PRESENT: the one that is declared. ABSENT: the detector finds none. DIFFERENT: it finds another
    one. UNDETERMINED: nobody looked, or nobody could.
    """

    PRESENT = "present"
    ABSENT = "absent"
    DIFFERENT = "different"
    UNDETERMINED = "undetermined"


class DeclaredWatermark(NamedTuple):
    """A watermark that the believed manifest declares.

    Attributes:
        alg: Its algorithm; untrusted text.
        presence: Whether it is in the content.
        reason: The reason why that is undetermined; empty otherwise.
    """

    alg: str
    presence: Presence
    reason: str = ""


def examine(believed: Believed | None, source: Source | None) -> tuple[DeclaredWatermark, ...]:
    """The presence of each watermark that a manifest declares.

    Arguments:
        believed: The part of the manifest that is believed; None if nothing is.
        source: The file in which they are looked for; None to look nowhere.
    """
    if believed is None:
        return ()
    try:
        declared = softbinding.read(believed.subject.named(softbinding.LABEL))
    except Malformed:
        return ()
    marks = [
        each
        for each in declared
        if softbinding.ALGORITHMS.get(each.alg, softbinding.WATERMARK) == softbinding.WATERMARK
    ]
    return tuple(
        _look(each, source if number < _MOST else None) for number, each in enumerate(marks)
    )


def _look(binding: SoftBinding, source: Source | None) -> DeclaredWatermark:
    if source is None:
        return _open(binding, "it was not looked for")
    if binding.scope is not None:
        return _open(binding, "it is in a part of the content")
    from aidisclose.durable import picture, watermark

    try:
        if not watermark.has(binding.alg):
            return _open(binding, "there is no detector of it here")
        found = watermark.load(binding.alg).detect(picture.read(source))
    except (UsageError, UnsupportedFormat, Malformed, LimitExceeded) as error:
        return _open(binding, str(error))
    if found is None:
        return DeclaredWatermark(binding.alg, Presence.ABSENT)
    is_same = found == binding.value
    return DeclaredWatermark(binding.alg, Presence.PRESENT if is_same else Presence.DIFFERENT)


def _open(binding: SoftBinding, reason: str) -> DeclaredWatermark:
    return DeclaredWatermark(binding.alg, Presence.UNDETERMINED, reason)
