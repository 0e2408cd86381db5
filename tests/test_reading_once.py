"""Commands open, scan and decode a file once, whatever its history and the number of rules."""

from __future__ import annotations

import functools
import io
import sys
from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

import aidisclose as ad
from aidisclose import carriers
from aidisclose.carriers import xmp
from aidisclose.containers import png
from aidisclose.io import source
from aidisclose.manifest import store
from aidisclose.validate import contradictions
from tests.containers import samples
from tests.issuing import Issued

GENERATED = ad.Disclosure(ai="generated", model="Imaginary 1")
Counts = Counter[str]


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    """How often each step was taken since it was cleared."""
    found: Counts = Counter()

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def step(*arguments: Any, **options: Any) -> Any:
            found[name] += 1
            return function(*arguments, **options)

        return step

    def count(module: ModuleType, name: str, step: str) -> None:
        original = getattr(module, name)
        replacement = counted(step, original)
        for each in [m for n, m in sys.modules.items() if n.partition(".")[0] == "aidisclose"]:
            for key in [key for key, value in vars(each).items() if value is original]:
                monkeypatch.setattr(each, key, replacement)

    count(source, "open_source", "open")
    count(carriers, "read", "read marks")
    count(xmp, "parse", "parse XMP")
    count(store, "parse", "parse store")
    count(contradictions, "statements", "compare statements")
    container = type(png.CONTAINER)
    for name in ("scan", "rewrite"):
        monkeypatch.setattr(container, name, counted(name, getattr(container, name)))
    return found


def sign(data: bytes, issued: Issued) -> bytes:
    target = io.BytesIO()
    ad.sign(data, target, disclosure=GENERATED, signer=issued("es256").signer())
    return target.getvalue()


def test_signing(counts: Counts, issued: Issued) -> None:
    once = sign(samples.png(), issued)
    assert counts == {"open": 1, "scan": 2, "rewrite": 1}  # scanned again to read it back
    for _ in range(2):
        counts.clear()
        once = sign(once, issued)
        # The XMP and the store of the source, and those that are made of them.
        assert counts == {"open": 1, "scan": 2, "rewrite": 1, "parse XMP": 2, "parse store": 2}


def test_verifying(counts: Counts, issued: Issued) -> None:
    data = sign(sign(samples.png(), issued), issued)
    counts.clear()
    report = ad.verify(data, trust=ad.TrustConfig.none())
    assert report.state is ad.State.VALID
    steps = ("open", "scan", "read marks", "parse XMP", "parse store", "compare statements")
    assert counts == dict.fromkeys(steps, 1)


def test_checking(counts: Counts, issued: Issued) -> None:
    report = ad.verify(sign(samples.png(), issued), trust=ad.TrustConfig.none())
    counts.clear()
    assert ad.check(report, ("eu-ai-act", "pai", "cn-gb45438"))
    assert counts == {"compare statements": 1}
