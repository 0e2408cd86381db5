"""Real files under the official C2PA trust lists, at a time when their signers were valid.

They were signed before the lists existed, by authorities that are not on them: nobody is trusted,
and nothing else is wrong with those that were not altered.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

import aidisclose as ad

SHARED = Path(__file__).resolve().parents[3] / "shared"
SIGNED = SHARED / "vectors" / "signed"
TRUST = SHARED / "trust"

#: Files with an ingredient whose signer was valid at another time. A time stamp would say that it
#: signed then, but nobody on the list vouches for it; the reference takes it on faith.
EXPIRED = {"legacy.mp4", "ocsp.jpg", "video1.mp4"}
#: A file whose manifest lies elsewhere, and the beginning of one in fragments.
OTHERS = {"cloud.jpg", "dashinit.mp4"}


def trust() -> ad.TrustConfig:
    signers, authorities = TRUST / "C2PA-TRUST-LIST.pem", TRUST / "C2PA-TSA-TRUST-LIST.pem"
    if not signers.exists():
        pytest.skip("the official trust lists are not at hand")
    return ad.TrustConfig.from_pem(signers.read_bytes(), tsa=authorities.read_bytes())


def expected() -> dict[str, str]:
    """State by file, as the reference sees it with the roots of the test files."""
    path = SHARED / "vectors" / "expected.json"
    if not path.exists():
        return {}
    files = json.loads(path.read_text())["files"]
    return {name: file["state"] for name, file in files.items() if name not in OTHERS}


def valid_at(report: ad.Report) -> datetime:
    """Half-way through the validity of the signer's certificate."""
    signature = report.signature
    assert signature is not None
    assert signature.signer is not None
    signer = signature.signer
    return signer.not_before + (signer.not_after - signer.not_before) / 2


@pytest.mark.parametrize(("name", "state"), expected().items())
def test_nobody_of_the_list_signed_it_and_nothing_else_is_wrong(name: str, state: str) -> None:
    path, anchors = SIGNED / name, trust()
    report = ad.verify(path, trust=anchors, at=valid_at(ad.verify(path, trust=anchors)))
    assert report.trust == "untrusted"
    codes = {status.code for status in report.failures}
    assert "signingCredential.untrusted" in codes
    altered = path.name.startswith(("adobe-20220124-E-", "adobe-20220124-X"))
    assert altered is (report.integrity == "altered")
    # Its exclusion covers more than the store: no hash shows that the content is another one.
    assert path.name.startswith("truepic") is (report.integrity == "unproven")
    if state != "Invalid":
        also = {"claimSignature.outsideValidity"} if name in EXPIRED else set()
        assert codes == {"signingCredential.untrusted"} | also
        assert report.state is (ad.State.INVALID if also else ad.State.VALID)
