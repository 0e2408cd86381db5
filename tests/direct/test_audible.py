"""A spoken or tonal notice in front of sound."""

from __future__ import annotations

import io
import wave
from dataclasses import replace

import pytest

from aidisclose.containers import identify
from aidisclose.direct import audible, recording
from aidisclose.direct.audible import Hearing, hear, prefix
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
        Direct(
            type="audible",
            text="Made with AI",
            lang="en",
            sha256="e61411b8d16cedd592a5ff5720f31f0e3f6c5ac9ebc5a55b6b8dd278f9ea62e6",
            start=0.0,
            end=0.25,
        ),
    )


def test_a_second_notice_is_recorded_besides_the_first() -> None:
    notice = sound(b"\2\0" * 8)
    result = prefixed(prefixed(sound(b"\1\0" * 8), notice), notice)
    source = BytesSource(result)
    found = identify(source).scan(source).xmp
    assert found is not None
    both = recording.read(result[found.start : found.end])
    assert [(each.start, each.end) for each in both] == [(0.001, 0.002), (0.0, 0.001)]
    assert all(hear(source, each) == Hearing(is_same=True, is_silent=True) for each in both)


def heard(data: bytes, **changed: object) -> Hearing | None:
    source = BytesSource(data)
    found = identify(source).scan(source).xmp
    assert found is not None
    [direct] = recording.read(data[found.start : found.end])
    return hear(source, replace(direct, **changed))  # type: ignore[arg-type]


def test_a_notice_is_found_again_by_its_samples() -> None:
    spoken = sound(b"\2\0\3\0" * 1000)
    data = prefixed(sound(b"\1\0" * 4000), spoken)
    assert heard(data) == Hearing(is_same=True, is_silent=False)
    assert heard(data.replace(b"\2\0\3\0", b"\2\0\4\0", 1)) == Hearing(False, is_silent=False)
    assert heard(data, start=0.001) == Hearing(is_same=False, is_silent=False)
    assert heard(data, end=1e308) == Hearing(is_same=False, is_silent=False)
    assert heard(data, sha256=None) is None
    silent = prefixed(sound(b"\1\0" * 4000), sound(b"\0\0" * 2000))
    assert heard(silent) == Hearing(is_same=True, is_silent=True)


def test_a_long_notice_is_heard_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    silent, spoken = sound(bytes(1000)), sound(bytes(range(100)) * 10)
    for notice in (silent, spoken):
        data = prefixed(sound(bytes(range(1, 201))), notice)
        found = heard(data)
        monkeypatch.setattr(audible, "_FRAMES", 7)
        assert heard(data) == found == Hearing(is_same=True, is_silent=notice is silent)
        monkeypatch.undo()


def test_what_cannot_be_read_as_sound_is_not_heard() -> None:
    data = prefixed(sound(b"\1\0" * 4000), sound(b"\2\0" * 2000))
    assert heard(data) is not None
    direct = Direct(type="audible", sha256="0" * 64, start=0.0, end=1.0)
    assert hear(BytesSource(b"no sound"), direct) is None
    assert hear(BytesSource(data[:30]), direct) is None


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
