"""Formats without a place for a manifest store are known by their content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.containers import CONTAINERS, endings, identify, locate
from aidisclose.containers.other import ANY, OTHERS
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource
from tests.containers import samples

PACKET = b"\x47" + bytes(187)
HEADS = {
    "RF64": b"RF64\xff\xff\xff\xffWAVEds64",
    "AIFF": b"FORM\0\0\0\x04AIFC",
    "WebM": b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm",
    "Matroska": b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska",
    "MPEG-TS": PACKET * 3,
    "DICOM": bytes(128) + b"DICM\x02\0\0\0UL",
    "AAC": b"\xff\xf1\x50\x80" + bytes(20),
    "GGUF": b"GGUF\x03\0\0\0",
    "JSON": b'\xef\xbb\xbf {"a": 1}',
    "text": "name,größe\n".encode(),
}


@pytest.mark.parametrize("name", HEADS)
def test_content_shows_the_format(name: str) -> None:
    source = BytesSource(HEADS[name])
    container, layout = locate(source, detached=True)
    assert (container.name, layout.size) == (name, source.size)


def test_every_format_has_a_sample() -> None:
    assert list(HEADS) == [each.name for each in OTHERS]


def test_recorders_put_a_time_before_each_packet() -> None:
    assert identify(BytesSource((b"\0\0\0\1" + PACKET) * 3)).name == "MPEG-TS"


@pytest.mark.parametrize("data", [b"\xff", b"\x80", b"a\0b", b"GGU\0", PACKET])
def test_other_bytes_have_no_known_format(data: bytes) -> None:
    assert identify(BytesSource(data), detached=True) is ANY


def test_text_may_be_cut_within_a_character() -> None:
    assert identify(BytesSource("ä".encode() * 4096), detached=True).name == "text"
    assert identify(BytesSource(b"a" + "ä".encode() * 4096), detached=True).name == "text"


def test_data_counts_only_where_a_store_is_elsewhere() -> None:
    for name in ("JSON", "text"):
        with pytest.raises(UnsupportedFormat, match="not a media format"):
            identify(BytesSource(HEADS[name]))


def test_a_structure_that_cannot_be_followed_is_bytes_where_a_store_is_elsewhere() -> None:
    data = samples.png()[:20]
    with pytest.raises((MalformedFile, LimitExceeded)):
        locate(BytesSource(data))
    container, layout = locate(BytesSource(data), detached=True)
    assert container is ANY
    assert (layout.size, layout.blocks) == (20, ())


def test_folders_are_searched_for_the_endings_of_every_media_format() -> None:
    known = {name for each in CONTAINERS if not each.is_archive for name in each.extensions}
    others = {name for each in OTHERS if each.is_media for name in each.extensions}
    assert sorted(endings()) == sorted(known | others)


def test_folders_have_media_and_data_apart() -> None:
    assert ".json" not in endings()
    assert ".json" in endings(with_data=True)
    assert {".mkv", ".gguf", ".jpg"} <= set(endings())
    assert not {".ts", ".zip", ""} & set(endings(with_data=True))


@given(st.binary(max_size=limits.KIB))
def test_no_bytes_raise(data: bytes) -> None:
    assert isinstance([each.sniff(data) for each in (*OTHERS, *CONTAINERS)], list)
