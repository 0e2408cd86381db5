"""Mentions of AI are found wherever they stand, in the forms of text that programs write."""

from __future__ import annotations

import pytest

from aidisclose import limits
from aidisclose.containers import identify
from aidisclose.errors import LimitExceeded
from aidisclose.io.source import BytesSource
from aidisclose.manifest.source_type import SOURCE_TYPES
from aidisclose.validate import mention
from tests.containers import samples, samples_riff

_URI = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def found(text: bytes) -> list[tuple[str, str]]:
    """The mentions in a picture with some text behind its end."""
    source = BytesSource(samples.jpeg() + text)
    listed = mention.find(source, identify(source).scan(source))
    return [(each.where, each.what) for each in listed]


@pytest.mark.parametrize("term", SOURCE_TYPES)
def test_terms_that_include_ai_are_mentions(term: str) -> None:
    expected = [("DigitalSourceType", term)] if SOURCE_TYPES[term].share.includes_ai else []
    assert found(f'x:DigitalSourceType="{_URI}{term}"'.encode()) == expected
    assert found(f"<x:DigitalSourceType>{term}</x:DigitalSourceType>".encode()) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize(
    "text",
    [
        "DigitalSourceType='trainedAlgorithmicMedia'",
        "DIGITALSOURCETYPE = trainedalgorithmicmedia ",
        "DigitalSourceFileType: trainedAlgorithmicMedia;",
        f'"com.x.digitalSourceType": "{_URI}trainedAlgorithmicMedia"',
        "<x:DigitalSourceType><rdf:Bag><rdf:li>trainedAlgorithmicMedia</rdf:li></rdf:Bag>",
        "DigitalSourceType='&#116;rained&#x41;lgorithmicMedia'",
    ],
)
def test_forms_of_a_source_type(text: str, encoding: str) -> None:
    assert found(text.encode(encoding)) == [("DigitalSourceType", "trainedAlgorithmicMedia")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AISystemUsed='Model X'", [("Iptc4xmpExt:AISystemUsed", "model x")]),
        ("<a:AISystemUsed>Model</a:AISystemUsed>", [("Iptc4xmpExt:AISystemUsed", "model")]),
        (
            "<a:AIPromptInformation><rdf:Alt><rdf:li>a cat</rdf:li></rdf:Alt>",
            [("Iptc4xmpExt:AIPromptInformation", "a cat")],
        ),
        ("AISystemUsed=''", []),
        ("<a:AISystemUsed/>", []),
        ("DigitalSourceType='digitalCapture'", []),
        ("trainedAlgorithmicMedia", []),
        ("DigitalSourceType" + "." * 500 + " trainedAlgorithmicMedia", []),
    ],
)
def test_properties(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text.encode()) == expected


def test_each_is_said_once() -> None:
    assert len(found(b"AISystemUsed='x' " * 10)) == 1


def test_there_is_a_limit() -> None:
    with pytest.raises(LimitExceeded, match="properties about AI"):
        found(b"AISystemUsed='x' " * (limits.MENTIONS + 1))


def test_a_word_between_two_pieces_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"." * 37 + b"DigitalSourceType='trainedAlgorithmicMedia'" + b"." * 64
    monkeypatch.setattr(limits, "CHUNK", 50)
    assert found(text) == [("DigitalSourceType", "trainedAlgorithmicMedia")]


def test_coded_sound_is_passed_over() -> None:
    word = b"AISystemUsed='x' "
    source = BytesSource(samples_riff.wav(word * 4))
    assert word in bytes(source.view)
    assert list(mention.find(source, identify(source).scan(source))) == []


def in_others(*files: bytes) -> list[str]:
    """The mentions in files beside one that says nothing."""
    source = BytesSource(samples.jpeg())
    layout = identify(source).scan(source)
    return [each.what for each in mention.find(source, layout, others=files)]


def test_a_mention_may_begin_and_end_a_further_file() -> None:
    text = b"AISystemUsed='X'"
    assert in_others(text) == ["x"]
    assert in_others(b"", b"none", text) == ["x"]


@pytest.mark.parametrize("room", range(60))
def test_further_files_share_the_room_for_what_is_searched(
    room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = b"AISystemUsed='A'", b"AISystemUsed='B'" + bytes(10)
    monkeypatch.setattr(limits, "MENTION_SEARCH", room)
    expected = ["a"] * (room >= 15) + ["b"] * (room >= 16 + 15)  # without the mark behind it
    assert in_others(first, second) == expected


def test_a_label_that_a_program_made_it_is_a_mention() -> None:
    """GB 45438-2025: 1, whatever stands around it and in whatever order."""
    for text in (
        b'"AIGC": {"Label": "1", "ContentProducer": "X"}',
        b'"AIGC": {"ContentProducer": "X", "Label": "1"}',
    ):
        assert found(text) == [("AIGC", "Label 1")]
        assert found(text.replace(b'"1"', b'"2"')) == []
