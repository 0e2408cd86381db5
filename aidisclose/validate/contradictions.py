"""Contradictions about AI between the carriers of one file.

A contradiction says that one of them is wrong, not which. That a carrier is silent contradicts
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from aidisclose.carriers import Found
from aidisclose.manifest import source_type
from aidisclose.manifest.declared import AI, Declared
from aidisclose.manifest.source_type import Share
from aidisclose.message import Message
from aidisclose.named import NamedTuple

_SOURCE_TYPE: Final = "Iptc4xmpExt:DigitalSourceType"
_SYSTEM: Final = "Iptc4xmpExt:AISystemUsed"
_MADE_BY_AI: Final = "1"
_AI: Final = (AI.GENERATED, AI.COMPOSITE, AI.EDITED)


class Statement(NamedTuple):
    """The statement of one carrier.

    Attributes:
        carrier: `c2pa`, `xmp`, `comment` or `aigc`.
        who: It, for people.
        what: Its own word.
        is_ai: Whether that means that AI had a part; None if it leaves that open.
    """

    carrier: str
    who: str
    what: str
    is_ai: bool | None


def statements(declared: Declared, found: Found) -> Iterator[Statement]:
    """The statement of each carrier of a file about AI."""
    if declared.ai is not AI.UNDECLARED:
        yield Statement("c2pa", Message("the manifest"), declared.ai.value, declared.ai in _AI)
    for value in found.xmp.get(_SOURCE_TYPE, ()):
        yield _source_type("xmp", "XMP", value)
    for place, value in found.elsewhere:
        yield _source_type("xmp", Message("XMP in {place}", place=place), value)
    for comment in found.comments:
        yield _source_type(
            "comment", Message("the comment ({place})", place=comment.place), comment.source_type
        )
    for label in found.labels:
        degree = (label.fields or {}).get("Label")
        # 2 and 3 are suspicions of a platform (GB 45438-2025), which no manifest contradicts.
        is_ai = True if degree == _MADE_BY_AI else None
        yield Statement(
            "aigc", Message("the AIGC label ({place})", place=label.place), f"Label {degree}", is_ai
        )


def _source_type(carrier: str, who: str, value: str) -> Statement:
    term = source_type.find(value)
    share = term.share if term else Share.UNKNOWN
    is_ai = None if share is Share.UNKNOWN else share is not Share.NONE
    return Statement(carrier, who, term.term if term else repr(value[:80]), is_ai)


def traces(found: Found) -> Iterator[tuple[str, str]]:
    """The places that name an AI system without saying what part it had, and its name."""
    for system in filter(str.strip, found.xmp.get(_SYSTEM, ())):
        yield "XMP", repr(system[:80])
    for hint in found.hints:
        yield hint.place, hint.generator


def _opposed(used: str, what: str, unused: Statement) -> Message:
    return Message(
        "{used} ({what}) says that AI was used, {unused} ({word}) that none was",
        used=used,
        what=what,
        unused=unused.who,
        word=unused.what,
    )


def find(listed: Sequence[Statement], declared: Declared, found: Found) -> Iterator[Message]:
    """A line for each contradiction; texts from the file in it are untrusted.

    Arguments:
        listed: The statements of all carriers.
        declared: The declaration of the manifest.
        found: The marks besides the manifest.
    """
    # One stands for all: a line for each pair would say nothing new.
    yes = next((item for item in listed if item.is_ai), None)
    for item in listed:
        if yes and item.is_ai is False:
            yield _opposed(yes.who, yes.what, item)
    # Anything else already says that AI was used, or says nothing that could be contradicted.
    if declared.ai is AI.NONE:
        manifest = next(item for item in listed if item.carrier == "c2pa")
        for who, what in traces(found):
            yield _opposed(who, what, manifest)
        for problem in found.problems:
            yield Message(
                "whether it says that AI was used cannot be told: {problem}", problem=problem
            )
    said = {item.what for item in listed if item.carrier == "xmp"}
    if len(said) > 1:
        terms = ", ".join(sorted(said))
        yield Message("XMP names {count} source types: {terms}", count=len(said), terms=terms)
    if len(found.labels) > 1:
        places = ", ".join(label.place for label in found.labels)
        yield Message(
            "the file has {count} AIGC labels ({places}), one is permitted",
            count=len(found.labels),
            places=places,
        )
    model = declared.model.name
    for system in found.xmp.get(_SYSTEM, ()):
        # Contained, not equal: XMP may name its maker as well.
        if model and model.casefold() not in system.casefold():
            yield Message(
                "the manifest names the model {model}, XMP names {system}",
                model=repr(model[:80]),
                system=repr(system[:80]),
            )
