"""Digital source types: where media came from (IPTC NewsCodes 2024-10-23, C2PA 2.5 §16.11.3)."""

from __future__ import annotations

from enum import Enum
from typing import Final

from aidisclose.named import NamedTuple

_IPTC: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_C2PA: Final = "http://c2pa.org/digitalsourcetype/"


class Share(Enum):
    """The share of generative AI in something, going by its source type alone."""

    ALL = "all"
    PART = "part"
    UNKNOWN = "unknown"
    NONE = "none"

    @property
    def includes_ai(self) -> bool:
        """Whether generative AI made all or part of it."""
        return self in (Share.ALL, Share.PART)


class SourceType(NamedTuple):
    """A term of the vocabulary.

    Attributes:
        term: Its short name.
        uri: Its only canonical form.
        share: The share of generative AI that it states.
        successor: The term that replaces a retired one; empty if it was dropped.
    """

    term: str
    uri: str
    share: Share
    successor: str | None = None


_TABLE: Final = (
    SourceType("digitalCapture", _IPTC, Share.NONE),
    SourceType("computationalCapture", _IPTC, Share.NONE),
    SourceType("negativeFilm", _IPTC, Share.NONE),
    SourceType("positiveFilm", _IPTC, Share.NONE),
    SourceType("print", _IPTC, Share.NONE),
    SourceType("humanEdits", _IPTC, Share.NONE),
    SourceType("algorithmicallyEnhanced", _IPTC, Share.NONE),
    SourceType("digitalCreation", _IPTC, Share.NONE),
    SourceType("dataDrivenMedia", _IPTC, Share.NONE),
    SourceType("trainedAlgorithmicMedia", _IPTC, Share.ALL),
    SourceType("algorithmicMedia", _IPTC, Share.NONE),
    SourceType("screenCapture", _IPTC, Share.UNKNOWN),
    SourceType("virtualRecording", _IPTC, Share.UNKNOWN),
    SourceType("composite", _IPTC, Share.UNKNOWN),
    SourceType("compositeCapture", _IPTC, Share.NONE),
    SourceType("compositeSynthetic", _IPTC, Share.PART),
    SourceType("compositeWithTrainedAlgorithmicMedia", _IPTC, Share.PART),
    SourceType("minorHumanEdits", _IPTC, Share.NONE, "humanEdits"),
    SourceType("digitalArt", _IPTC, Share.UNKNOWN, "digitalCreation"),
    SourceType("softwareImage", _IPTC, Share.UNKNOWN, ""),
    SourceType("empty", _C2PA, Share.NONE),
    SourceType("trainedAlgorithmicData", _C2PA, Share.ALL),
)

#: By term; the URI is complete.
SOURCE_TYPES: Final = {item.term: item._replace(uri=item.uri + item.term) for item in _TABLE}
_BY_URI: Final = {item.uri: item for item in SOURCE_TYPES.values()}


def find(text: str) -> SourceType | None:
    """The term that `text` means: its URI, also with https or a final slash, or its short name."""
    text = text.strip().rstrip("/").removeprefix("digsrctype:")
    if text.startswith("https://"):
        text = "http://" + text.removeprefix("https://")
    return SOURCE_TYPES.get(text) or _BY_URI.get(text)
