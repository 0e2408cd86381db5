"""A spoken or tonal notice in front of sound."""

from __future__ import annotations

import io
import wave

import pytest

from aidisclose.containers import identify
from aidisclose.direct import recording
from aidisclose.direct.audible import prefix
from aidisclose.errors import AidiscloseError, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource
from aidisclose.manifest.record import Direct
from tests.containers import samples


def sound(samples_: bytes, *, rate: int = 8000, channels: int = 1, width: int = 2) -> bytes:
    output = io.BytesIO()
    with wave.open(output, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(samples_)
    return output.getvalue()


def prefixed(data: bytes, notice: bytes) -> bytes:
    return prefix(BytesSource(data), BytesSource(notice), text="Made with AI", lang="en")


def test_the_notice_comes_first_and_is_recorded() -> None:
    result = prefixed(sound(b"\1\0" * 4000), sound(b"\2\0" * 2000))
    with wave.open(io.BytesIO(result)) as file:
        assert file.readframes(10_000) == b"\2\0" * 2000 + b"\1\0" * 4000
    source = BytesSource(result)
    found = identify(source).scan(source).xmp
    assert found is not None
    assert recording.read(result[found.start : found.end]) == (
        Direct(type="audible", text="Made with AI", lang="en", start=0.0, end=0.25),
    )


def test_a_second_notice_is_recorded_besides_the_first() -> None:
    notice = sound(b"\2\0" * 8)
    result = prefixed(prefixed(sound(b"\1\0" * 8), notice), notice)
    source = BytesSource(result)
    found = identify(source).scan(source).xmp
    assert found is not None
    assert len(recording.read(result[found.start : found.end])) == 2


def with_chunks(data: bytes, *chunks: bytes) -> bytes:
    whole = data + b"".join(chunks)
    return whole[:4] + (len(whole) - 8).to_bytes(4, "little") + whole[8:]


def chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)


TITLE = chunk(b"LIST", b"INFO" + chunk(b"INAM", b"Rome\0"))


def test_other_chunks_are_kept() -> None:
    origin, odd = chunk(b"bext", b"x" * 602), chunk(b"iXML", b"abc")
    plain, notice = sound(b"\1\0" * 8), sound(b"\2\0" * 4)
    result = prefixed(with_chunks(plain, TITLE, chunk(b"PEAK", bytes(16)), origin, odd), notice)
    assert all(each in result for each in (TITLE, origin, odd))
    assert b"PEAK" not in result
    assert int.from_bytes(result[4:8], "little") == len(result) - 8


@pytest.mark.parametrize("name", [b"cue ", b"smpl", b"LIST"])
def test_points_in_time_would_move(name: bytes) -> None:
    timed = with_chunks(sound(b"\1\0" * 8), chunk(name, b"adtl" + bytes(24)))
    with pytest.raises(UnsupportedFormat, match="points in time"):
        prefixed(timed, sound(b"\2\0" * 4))


@pytest.mark.parametrize("other", [{"rate": 16000}, {"channels": 2}, {"width": 1}])
def test_a_notice_of_another_form_is_refused(other: dict[str, int]) -> None:
    with pytest.raises(UnsupportedFormat, match="convert the notice"):
        prefixed(sound(b"\1\0" * 8), sound(b"\2\0" * 8, **other))


def test_what_is_no_wav_is_refused() -> None:
    with pytest.raises(UnsupportedFormat, match="only WAV"):
        prefixed(samples.png(), sound(b"\0\0"))
    with pytest.raises(MalformedFile, match="no samples"):
        prefixed(sound(b""), sound(b"\0\0"))


def test_damaged_files_raise_our_own_errors() -> None:
    good = sound(b"\1\0" * 8)
    for at in range(len(good)):
        for value in (0, 255):
            damaged = good[:at] + bytes((value,)) + good[at + 1 :]
            try:
                prefixed(damaged, good)
            except AidiscloseError:
                continue
