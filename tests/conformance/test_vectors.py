"""Real files of other makers: the verdict of the reference implementation, and where ours differs.

The files and the reference's verdicts lie beside the checkout. Where the two differ, the
specification decides; every difference is an entry of DIFFERENCES with its clause, and an entry
that is not needed any more fails.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import aidisclose
from aidisclose import Report, TrustConfig

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors"

#: When the reference was asked; certificates have expired since, and others will.
MEASURED_AT = datetime(2026, 11, 23, 12, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="the test vectors are not beside the checkout"
)


class Difference(NamedTuple):
    """Our verdict where it is not the reference's: state, failure codes, and why."""

    state: str
    failures: set[str]
    reason: str


_TSA = (
    "C2PA 2.5 §14.8.2: a time stamp whose authority is not on the validator's own list is ignored "
    "(timeStamp.untrusted), so the certificate must be valid now (§14.8); the reference accepts "
    "every authority for version 1 claims"
)
_EXPIRED = (
    "C2PA 2.5 §14.8 and appendix D: the code is claimSignature.outsideValidity; "
    "signingCredential.expired was removed after 2.1"
)

_LATE = ("claimSignature.outsideValidity", "signingCredential.untrusted")

DIFFERENCES: dict[str, Difference] = {
    "adobe-20220124-E-clm-CAICAI.jpg": Difference(
        "invalid",
        {"assertion.hashedURI.mismatch"},
        "C2PA 2.5 §14.11.3.3 step 6.1.1: an ingredient assertion whose hash does not match is "
        "skipped; the reference follows it to a manifest that is not there",
    ),
    "cloud.jpg": Difference(
        "none",
        {"manifest.inaccessible"},
        "C2PA 2.5 §14.5.2: a manifest that is documented to be elsewhere and is not fetched is "
        "inaccessible; the reference raises an error instead of a verdict",
    ),
    "express-signed.pdf": Difference("invalid", {*_LATE}, _TSA),
    "legacy.mp4": Difference("invalid", {*_LATE}, _TSA),
    "nikon-20221019-building.jpeg": Difference("invalid", {*_LATE}, _EXPIRED),
    "ocsp.jpg": Difference("invalid", {*_LATE}, _TSA),
    "truepic-20230212-camera.jpg": Difference(
        "invalid",
        {
            "assertion.dataHash.mismatch",
            "claimSignature.outsideValidity",
            "signingCredential.untrusted",
        },
        _TSA,
    ),
    "video1.mp4": Difference("invalid", set(), f"{_TSA}; here, of its ingredient"),
}


@cache
def expected() -> dict[str, dict[str, object]]:
    files: dict[str, dict[str, object]] = json.loads((VECTORS / "expected.json").read_text())[
        "files"
    ]
    return files


def names() -> list[str]:
    return sorted(expected()) if VECTORS.is_dir() else []


@cache
def report(name: str) -> Report:
    trust = TrustConfig.from_pem((VECTORS / "test-roots.pem").read_bytes())
    return aidisclose.verify(VECTORS / "signed" / name, trust=trust, at=MEASURED_AT)


def reference(name: str) -> tuple[str, set[str]]:
    """The reference's state and failure codes of the active manifest."""
    entry = expected()[name]
    if entry["state"] is None:  # it has no manifest, or only a remote one
        return "none", set()
    active = entry["active"]
    assert isinstance(active, dict)
    return str(entry["state"]).lower(), set(active["failure"])


@pytest.mark.parametrize("name", names())
def test_state_and_failures(name: str) -> None:
    found = report(name)
    verdict = (found.state.value, {status.code for status in found.statuses.failure})
    if name in DIFFERENCES:
        difference = DIFFERENCES[name]
        assert verdict == (difference.state, difference.failures), difference.reason
        assert verdict != reference(name), "the difference is gone: remove its entry"
    else:
        assert verdict == reference(name)


@pytest.mark.parametrize("name", names())
def test_number_of_manifests(name: str) -> None:
    store = report(name).store
    assert (len(store.manifests) if store else 0) == expected()[name].get("manifests", 0)


def test_every_difference_is_about_a_file() -> None:
    assert set(DIFFERENCES) <= set(expected())
