"""The code for each way in which a signature box is not what it must be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cbor2
import pytest

import aidisclose as ad
from aidisclose.trust.path import RejectionReason
from tests.attacks import files
from tests.attacks.parties import TRUST, authority, honest, sealed
from tests.manifest.build import Seal
from tests.trust.pki import NOW

_MISMATCH: Final = "claimSignature.mismatch"


def _padded(claim: bytes) -> bytes:
    """A signature whose padding ends with something."""
    protected, unprotected, payload, signature = cbor2.loads(sealed()(claim)).value
    padded = {**unprotected, "pad": unprotected["pad"][:-1] + b"x"}
    return cbor2.dumps(cbor2.CBORTag(18, [protected, padded, payload, signature]))


def _twice(claim: bytes) -> bytes:
    """A certificate that stands twice in the chain."""
    return Seal(signer=honest(), chain=(honest(), authority(), authority()), size=4_000)(claim)


def _own_payload(claim: bytes) -> bytes:
    return Seal(signer=honest(), chain=(honest(), authority()), payload=b"x", size=4_000)(claim)


def report_on(seal: Callable[[bytes], bytes]) -> ad.Report:
    return ad.verify(files.signed(files.active(seal=seal)), trust=TRUST, at=NOW)


@pytest.mark.parametrize("seal", [_padded, _own_payload])
def test_a_signature_that_readers_may_read_differently(seal: Callable[[bytes], bytes]) -> None:
    report = report_on(seal)
    assert report.state is ad.State.INVALID
    assert [item.code for item in report.failures] == [_MISMATCH]
    assert "/c2pa.signature" in report.failures[0].url


def test_a_chain_out_of_order_is_not_trusted() -> None:
    report = report_on(_twice)
    [failure] = report.failures
    assert failure.code == "signingCredential.untrusted"
    assert report.state is ad.State.VALID
    assert report.signature is not None
    rejection = report.signature.decision.rejection
    assert rejection is not None
    assert rejection.reason is RejectionReason.NO_ANCHOR
    assert rejection.certificate == honest().certificate
