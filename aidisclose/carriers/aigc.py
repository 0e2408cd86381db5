"""The implicit label of GB 45438-2025: a JSON object `AIGC` of seven texts.

Written strictly, in the primary place of a format only, since a file carries exactly one; read
leniently, in the shapes and places in which it is found. It says who declared the content to be
made by AI; nothing proves it, unless it is part of what a manifest signs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from aidisclose import limits
from aidisclose.errors import UsageError
from aidisclose.frozen import dataclass

#: Of the field that says how sure the declaration is.
DEGREES: Final = {
    "1": "made by AI",
    "2": "possibly made by AI",
    "3": "suspected to be made by AI",
}
_FIELDS: Final = {
    "Label": "degree",
    "ContentProducer": "producer",
    "ProduceID": "content_id",
    "ReservedCode1": "reserved",
    "ContentPropagator": "propagator",
    "PropagateID": "propagation_id",
    "ReservedCode2": "propagator_reserved",
}
#: Where the guides TC260-PG-20257A to -202510A want a label, by the media type, as
#: `carriers.text` calls the place; `XMP` for all others.
_PLACES: Final = {
    "audio/wav": "RIFF chunk",
    "video/avi": "RIFF INFO",
    "audio/mpeg": "ID3 TXXX",
    "audio/flac": "Vorbis comment",
    "audio/ogg": "Vorbis comment",
    "video/ogg": "Vorbis comment",
    "audio/opus": "Vorbis comment",
    "audio/mp4": "MP4 metadata",
    "video/mp4": "MP4 metadata",
    "video/quicktime": "MP4 metadata",
    "video/3gpp": "MP4 metadata",
    "video/3gpp2": "MP4 metadata",
    "application/mp4": "MP4 metadata",
    "application/pdf": "PDF Info",
}
_PRINTABLE: Final = "[\x21-\x7e]*"


@dataclass(frozen=True, kw_only=True)
class Label:
    """A label to be written; each text in printable ASCII without spaces.

    Attributes:
        producer: Name or code of who provides the content. A code is never made up.
        content_id: The id that the producer gave the content; no other content has it.
        degree: A key of `DEGREES`; producers write `1`.
        reserved: The text that a producer may add, such as a hash.
        propagator: Name or code of the platform that spreads it; producers leave it empty.
        propagation_id: The id that the platform knows it by.
        propagator_reserved: The text that a platform may add.

    Raises:
        UsageError: A text is missing or has a character that is not permitted (GB 45438-2025
            annex E).
    """

    producer: str
    content_id: str
    degree: str = "1"
    reserved: str = ""
    propagator: str = ""
    propagation_id: str = ""
    propagator_reserved: str = ""

    def __post_init__(self) -> None:
        if self.degree not in DEGREES:
            known = ", ".join(DEGREES)
            raise UsageError(f"unknown aigc.degree {self.degree!r} (choose from {known})")
        for name in _FIELDS.values():
            _check_text(f"aigc.{name}", getattr(self, name))
        if not (self.producer and self.content_id):
            raise UsageError("an AIGC label needs aigc.producer and aigc.content_id")
        if bool(self.propagator) != bool(self.propagation_id):
            raise UsageError("aigc.propagator and aigc.propagation_id belong together")

    def encode(self) -> str:
        """The JSON text of the seven fields, as image formats hold it."""
        fields = {key: getattr(self, name) for key, name in _FIELDS.items()}
        import json

        return json.dumps(fields, separators=(",", ":"))


@dataclass(frozen=True, kw_only=True)
class Propagation:
    """The fields that a platform adds to the label that a file carries (Measures, Art. 6).

    Attributes:
        propagator: Name or code of the platform. A code is never made up.
        id: The id that the platform knows the content by.

    Raises:
        UsageError: A text is missing or has a character that is not permitted.
    """

    propagator: str
    id: str

    def __post_init__(self) -> None:
        if not (self.propagator and self.id):
            raise UsageError("propagation needs propagation.propagator and propagation.id")
        for name in ("propagator", "id"):
            _check_text(f"propagation.{name}", getattr(self, name))

    def complete(self, fields: Mapping[str, str]) -> Label:
        """The label with these fields, and all others as they are.

        Raises:
            UsageError: The fields are not those of a label; the message names one.
        """
        there = {name: fields.get(key, "") for key, name in _FIELDS.items()}
        return Label(**there | {"propagator": self.propagator, "propagation_id": self.id})


def _check_text(name: str, value: str) -> None:
    if not re.fullmatch(_PRINTABLE, value):
        raise UsageError(
            f"{name} may hold printable ASCII without spaces only (GB 45438-2025, annex E), "
            f"not {value!r}"
        )


def place(media_type: str) -> str:
    """The place of the label in files of this type: XMP where the guides name no other."""
    return _PLACES.get(media_type, "XMP")


def parse(text: str) -> Mapping[str, str] | None:
    """Parse a label; None if the text is not one.

    Taken are the bare object and one wrapped in `AIGC`; numbers count as text. Nothing is checked.
    """
    found = _decode(text)
    if found is None:
        return None
    return {
        key: str(value)
        for key, value in found.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def not_texts(text: str) -> tuple[str, ...]:
    """The fields of a label that are not text, which the standard wants all of them to be."""
    found = _decode(text) or {}
    return tuple(key for key, value in found.items() if not isinstance(value, str))


def _decode(text: str) -> dict[str, object] | None:
    if len(text) > limits.XMP_VALUE or "Label" not in text:
        return None
    import json

    try:
        # Some formats end a text by NUL.
        found = json.loads(text.strip().strip("\0"), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict):
        found = next((found[key] for key in ("AIGC", "aigc") if key in found), found)
    return found if isinstance(found, dict) and "Label" in found else None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object; one that names a field twice means something else to each reader."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field is named twice")
    return found
