"""Live streams in files: every status code of C2PA 2.5 §15.8, and what must not fail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

import aidisclose as ad
from tests.bindings.build import flip
from tests.containers.samples_bmff import box
from tests.manifest import build
from tests.manifest.build import TRUST, Recipe
from tests.trust import pki
from tests.validate.stream import (
    INIT,
    NOW,
    Session,
    carrying,
    init,
    keys,
    manifest,
    media,
    segment,
)

KEY = Session()
OTHER = Session(key=pki.issue("Second", number=221), kid=b"key_002", first=4)
#: A key that outlives the certificate which protects its delivery.
LASTING = Session(period=10**8)
EXPIRED = pki.signer().certificate.not_after + timedelta(days=1)
STRANGER = Session(key=pki.issue("Stranger", number=222))


def check(*files: bytes) -> ad.LiveStream:
    return ad.verify_stream(files, trust=TRUST, at=NOW)


def codes(*files: bytes) -> list[set[str]]:
    return [{item.code for item in each.failures} for each in check(*files).segments]


def renewed(number: int, session: Session, *more: Session) -> bytes:
    """A segment that carries a manifest with further keys, signed with one of them."""
    recipe = Recipe(number=9, assertions=(build.actions(), keys(*more)))
    data = manifest(media(number), recipe)
    return segment(number, session, data=data, label=build.label(9))


SOUND: dict[str, Callable[[], tuple[bytes, ...]]] = {
    "session keys": lambda: (init(KEY), segment(1, KEY), segment(2, KEY), segment(3, KEY)),
    "offset of the specification": lambda: (init(KEY), segment(1, KEY, offset=0)),
    "claimed time": lambda: (init(KEY), segment(1, KEY, time=int(NOW.timestamp()))),
    "two keys": lambda: (init(KEY, OTHER), segment(3, KEY), segment(4, OTHER)),
    "rotated manifest": lambda: (init(KEY), segment(3, KEY), renewed(4, OTHER, OTHER)),
    "after rotation": lambda: (
        init(KEY),
        renewed(4, OTHER, OTHER),
        segment(5, OTHER, label=build.label(9)),
    ),
    "manifest in each": lambda: (carrying(2), carrying(3), carrying(4)),
    "repeated initialization": lambda: (init(KEY), segment(1, KEY), init(KEY), segment(2, KEY)),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_stream(name: str) -> None:
    found = check(*SOUND[name]())
    assert [each.failures for each in found.segments] == [()] * len(found.segments)
    assert found.state is ad.State.TRUSTED
    assert all(each.sequence or each.is_init for each in found.segments)


@pytest.mark.parametrize("kind", ["p256", "p384", "p521", "ed25519", "rsa2048", "ml-dsa-65"])
def test_keys_of_every_kind(kind: str) -> None:
    session = Session(key=pki.issue("Session", kind=kind, number=223))
    found = check(init(session), segment(1, session), segment(2, STRANGER), segment(3, session))
    assert [each.state for each in found.segments] == [
        ad.State.TRUSTED,
        ad.State.TRUSTED,
        ad.State.INVALID,
        ad.State.TRUSTED,
    ]


SEGMENT, KEYS = "livevideo.segment.invalid", "livevideo.sessionkey.invalid"
ASSERTION, METHOD = "livevideo.assertion.invalid", "livevideo.continuityMethod.invalid"
#: What is done → the files, and the code of the last one.
BROKEN: dict[str, tuple[Callable[[], tuple[bytes, ...]], str]] = {
    "media in init": (
        lambda: (init(KEY, data=INIT + box("mdat", b"x" * 20)),),
        "livevideo.init.invalid",
    ),
    "init changed": (
        lambda: (flip(init(KEY), len(init(KEY)) - 5),),
        "livevideo.manifest.invalid",
    ),
    "key bound to another": (lambda: (init(Session(bound=b"another")),), KEYS),
    "two keys of one kid": (lambda: (init(KEY, STRANGER),), KEYS),
    "key without kid": (lambda: (init(Session(kid=b"")),), KEYS),
    "key without time zone": (lambda: (init(Session(start="2026-06-01T11:00:00")),), KEYS),
    "key for the past": (
        lambda: (init(KEY), segment(7, KEY), renewed(8, OTHER, OTHER)),
        KEYS,
    ),
    "nothing signed": (lambda: (init(KEY), media(1)), SEGMENT),
    "no keys": (lambda: (segment(1, KEY),), SEGMENT),
    "keys of invalid init": (
        lambda: (flip(init(KEY), len(init(KEY)) - 5), segment(1, KEY)),
        SEGMENT,
    ),
    "another's key": (lambda: (init(KEY), segment(1, STRANGER)), SEGMENT),
    "segment repeated": (lambda: (init(KEY), segment(1, KEY), segment(1, KEY)), SEGMENT),
    "order changed": (lambda: (init(KEY), segment(2, KEY), segment(1, KEY)), SEGMENT),
    "before its key": (lambda: (init(OTHER), segment(3, OTHER)), SEGMENT),
    "key expired": (lambda: (init(Session(period=60)), segment(1, KEY)), SEGMENT),
    "certificate of the key expired": (
        lambda: (init(LASTING), segment(1, LASTING, time=int(EXPIRED.timestamp()))),
        KEYS,
    ),
    "claimed time before key": (lambda: (init(KEY), segment(1, KEY, time=10**9)), SEGMENT),
    "another manifest": (lambda: (init(KEY), segment(1, KEY, label=build.label(5))), SEGMENT),
    "other value": (lambda: (init(KEY), segment(1, KEY, value=b"c2pa")), SEGMENT),
    "media left out": (
        lambda: (init(KEY), segment(1, KEY, bmffHash={"exclusions": [{"xpath": "/mdat"}]})),
        SEGMENT,
    ),
    "sequence not greater": (lambda: (carrying(3), carrying(4, sequenceNumber=3)), ASSERTION),
    "another stream": (lambda: (carrying(3), carrying(4, streamId="b")), ASSERTION),
    "no stream": (lambda: (carrying(3, streamId=None),), ASSERTION),
    "no method": (lambda: (carrying(3, continuityMethod=None),), METHOD),
    "unknown method": (lambda: (carrying(3, continuityMethod="org.example.x"),), METHOD),
    "no previous": (lambda: (carrying(3, previousManifestId=None),), METHOD),
    "another previous": (lambda: (carrying(3), carrying(4, previousManifestId="x")), SEGMENT),
    "not a segment": (lambda: (b"nothing",), SEGMENT),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_stream(name: str) -> None:
    make, code = BROKEN[name]
    files = make()
    assert codes(*files)[-1] == {code}
    found = check(*files)
    assert found.segments[-1].state is ad.State.INVALID
    assert found.state is ad.State.INVALID
    for failure in found.segments[-1].failures:
        assert failure.explanation
        assert bool(failure.url) is (code in (ASSERTION, METHOD, KEYS) or "previous" in name)


def test_every_byte_of_a_segment_counts() -> None:
    start, sound = init(KEY), segment(1, KEY)
    for at in range(len(media(1))):
        found = check(start, flip(sound, at)).segments[-1]
        assert found.state is ad.State.INVALID, at


def test_an_inserted_segment_does_not_spoil_those_behind_it() -> None:
    found = check(init(KEY), segment(1, KEY), segment(900, STRANGER), segment(2, KEY))
    assert [each.state for each in found.segments] == [
        ad.State.TRUSTED,
        ad.State.TRUSTED,
        ad.State.INVALID,
        ad.State.TRUSTED,
    ]


def test_missing_segments_are_said_and_no_failure() -> None:
    found = check(init(KEY), segment(1, KEY), segment(5, KEY))
    assert found.gaps == ((2, 4),)
    assert found.state is ad.State.TRUSTED
