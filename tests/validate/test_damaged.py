"""A file that lost or gained some bytes is invalid, if there is a store in it, in every format."""

from __future__ import annotations

import io

import pytest

import aidisclose as ad
from aidisclose import limits
from aidisclose.containers import CONTAINERS, Container
from aidisclose.errors import LimitExceeded, MalformedFile
from tests.containers import samples
from tests.issuing import Issued

TRUST = ad.TrustConfig.none()
FORMATS = [each for each in CONTAINERS if each.name in samples.FAMILIES]


def media(container: Container) -> bytes:
    return next(iter(samples.of(container))).data()


def signed(container: Container, issued: Issued) -> bytes:
    out = io.BytesIO()
    disclosure = ad.Disclosure(ai="generated")
    ad.sign(media(container), out, disclosure=disclosure, signer=issued("es256").signer())
    return out.getvalue()


@pytest.mark.parametrize("container", FORMATS, ids=lambda item: item.name)
def test_a_signed_file_that_is_damaged_is_invalid(container: Container, issued: Issued) -> None:
    data = signed(container, issued)
    assert ad.verify(data, trust=TRUST).state is ad.State.VALID
    store = data.find(container.traces[0])
    damaged = [data[:end] for end in (-1, -7, -30, (len(data) + store) // 2, store + 60)]
    damaged += [data + byte * count for byte in (b"A", b"\0") for count in (1, 7, 8, 100)]
    for each in damaged:
        assert ad.verify(each, trust=TRUST).state is ad.State.INVALID


@pytest.mark.parametrize(
    "data",
    [samples.png()[:-20], samples.jpeg()[:30], b"PK\3\4" + bytes(40)],
    ids=["PNG", "JPEG", "ZIP"],
)
def test_one_without_a_store_is_unreadable(data: bytes) -> None:
    with pytest.raises(MalformedFile):
        ad.verify(data, trust=TRUST)


def test_the_reason_says_what_is_damaged(issued: Issued) -> None:
    container = next(each for each in FORMATS if each.name == "GIF")
    report = ad.verify(signed(container, issued)[:-30], trust=TRUST)
    [failure] = report.failures
    assert "a manifest store in a damaged file: the file ends inside a block" in failure.explanation


def test_a_long_file_is_searched_at_its_start(
    issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = signed(next(each for each in FORMATS if each.name == "GIF"), issued)[:-30]
    monkeypatch.setattr(limits, "DAMAGED_SIZE", 1_000)
    assert ad.verify(data, trust=TRUST).state is ad.State.INVALID
    long = data[:6] + b"?" * 1_100 + data[6:]
    with pytest.raises(LimitExceeded, match="the first 1,000 bytes hold no manifest store"):
        ad.verify(long, trust=TRUST)
