"""Whatever is changed in or cut off a signed file: it is not trusted any more, or not readable.

But for what lies in the store and is under no signature, such as padding and the numbers of its
segments, and for what the hash leaves out and says so.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aidisclose as ad
from aidisclose.containers import Container, identify
from aidisclose.io.source import BytesSource, Range
from aidisclose.signing.credentials import ROOT, Credentials
from tests.property.targets import SAMPLED, signed

Issue = Callable[[str], Credentials]

each_format = pytest.mark.parametrize("container", SAMPLED, ids=lambda item: item.name)
some = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@functools.cache
def files(container: Container, made: Credentials) -> tuple[bytes, ...]:
    found = signed(container, made.signer())
    if not found:
        pytest.skip("this format is not signed")
    return found


def state(data: bytes, made: Credentials) -> ad.State:
    trust = ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())
    try:
        return ad.verify(data, trust=trust).state
    except ad.AidiscloseError:
        return ad.State.NONE


def is_excluded(data: bytes, position: int) -> bool:
    """Whether a byte lies where hashes leave out what is there, and say so."""
    source = BytesSource(data)
    container = identify(source)
    frames = [item.frame for item in container.scan(source).stores]
    if container.binding.startswith("c2pa.hash.bmff"):
        frames += [box for box in _boxes(data) if data[box.start + 4 : box.start + 8] in EXCLUDED]
    return any(frame.start <= position < frame.end for frame in frames)


#: Boxes that a BMFF hash leaves out as a whole (C2PA 2.5 §A.5.5).
EXCLUDED = (b"ftyp", b"free", b"skip", b"mfra")


def _boxes(data: bytes) -> Iterator[Range]:
    """The top-level boxes of a sound file with short box headers."""
    start = 0
    while start < len(data):
        length = int.from_bytes(data[start : start + 4]) or len(data) - start
        yield Range(start, length)
        start += length


@each_format
def test_the_files_are_trusted_as_they_are(container: Container, issued: Issue) -> None:
    made = issued("ed25519")
    assert all(state(data, made) is ad.State.TRUSTED for data in files(container, made))


@each_format
@some
@given(dice=st.randoms(use_true_random=False))
def test_a_changed_bit_is_never_trusted(container: Container, issued: Issue, dice: Random) -> None:
    made = issued("ed25519")
    data = dice.choice(files(container, made))
    position = dice.randrange(len(data))
    changed = bytearray(data)
    changed[position] ^= 1 << dice.randrange(8)
    if state(bytes(changed), made) is ad.State.TRUSTED:
        assert is_excluded(data, position)


@each_format
@some
@given(dice=st.randoms(use_true_random=False))
def test_a_file_cut_off_is_never_trusted(container: Container, issued: Issue, dice: Random) -> None:
    made = issued("ed25519")
    data = dice.choice(files(container, made))
    size = dice.randrange(len(data))
    assert state(data[:size], made) is not ad.State.TRUSTED
