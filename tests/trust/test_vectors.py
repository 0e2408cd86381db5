"""Chains, time stamps and OCSP responses of real files (the shared test vectors)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import cbor2
import pytest

from aidisclose.trust import ocsp
from aidisclose.trust.anchors import Anchor
from aidisclose.trust.budget import Budget
from aidisclose.trust.certificate import Certificate, load
from aidisclose.trust.config import TrustConfig
from aidisclose.trust.path import Path, Rejection, find_path
from aidisclose.trust.path import RejectionReason as Reason
from aidisclose.trust.profile import Use, violations
from aidisclose.trust.timestamp import Judgement, Timestamp, read_response, verify_response
from tests.trust import pki

SIGNED = pki.SHARED / "vectors" / "signed"
ROOTS = pki.SHARED / "vectors" / "test-roots.pem"
TSA_LIST = pki.SHARED / "trust" / "C2PA-TSA-TRUST-LIST.pem"

pytestmark = pytest.mark.skipif(not SIGNED.is_dir(), reason="the shared vectors are not there")

#: Files with time stamps of DigiCert (2022 to 2025) and Truepic; the number is that of manifests.
STAMPED = {
    "adobe-20220124-C.jpg": 1,
    "adobe-20220124-CA.jpg": 1,
    "adobe-20220124-CACA.jpg": 2,
    "adobe-20220124-XCA.jpg": 1,
    "boxhash.jpg": 1,
    "CACAE-uri-CA.jpg": 3,
    "cloud_manifest.c2pa": 2,
    "legacy.mp4": 2,
    "ocsp.jpg": 2,
    "truepic-20230212-camera.jpg": 1,
    "video1.mp4": 2,
}
TEST_SIGNED = ["adobe-20220124-C.jpg", "adobe-20220124-CACA.jpg", "boxhash.jpg", "CA_ct.jpg"]


class Signed(NamedTuple):
    """A claim with its signature, as they stand in a file."""

    claim: bytes
    protected: bytes
    headers: dict[Any, Any]

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        chain = self.headers.get(33) or self.headers["x5chain"]
        return tuple(load(item) for item in ([chain] if isinstance(chain, bytes) else chain))

    @property
    def stamp(self) -> bytes:
        found = self.headers["sigTst"]["tstTokens"][0]["val"]
        assert isinstance(found, bytes)
        return found

    @property
    def stamped(self) -> bytes:
        return cbor2.dumps(["CounterSignature", self.protected, b"", self.claim])


def manifests(name: str) -> list[Signed]:
    """Every claim and signature in a file, found by the labels of their boxes."""
    data = (SIGNED / name).read_bytes()
    store = b"".join(app11(data)) if data.startswith(b"\xff\xd8") else data
    found = []
    claim = b""
    position = 0
    while (position := store.find(b"c2pa.", position)) >= 0:
        label = store[position : store.find(b"\0", position)]
        if label == b"c2pa.claim" and (content := cbor_box(store, position)):
            claim = content
        elif label == b"c2pa.signature" and (content := cbor_box(store, position)):
            protected, unprotected, _, _ = cbor2.loads(content).value
            found.append(Signed(claim, protected, {**cbor2.loads(protected), **unprotected}))
        position += 1
    return found


def app11(data: bytes) -> Iterator[bytes]:
    position = 2
    while data[position + 1] != 0xDA:
        marker, length = struct.unpack_from(">HH", data, position)
        body = data[position + 4 : position + 2 + length]
        if marker == 0xFFEB and body.startswith(b"JP"):
            (number,) = struct.unpack_from(">I", body, 4)
            yield body[8:] if number == 1 else body[16:]
        position += 2 + length


def cbor_box(store: bytes, position: int) -> bytes | None:
    """The content of the CBOR box that follows the label at `position`."""
    start = store.find(b"cbor", position, position + 64)
    if start < 0:
        return None
    (length,) = struct.unpack_from(">I", store, start - 4)
    return store[start + 4 : start - 4 + length]


def stamp(signed: Signed, anchors: tuple[Anchor, ...], *others: bytes) -> Timestamp:
    messages = others or (signed.stamped,)
    return verify_response(signed.stamp, messages=messages, anchors=anchors, budget=Budget())


def top_of(signed: Signed) -> Anchor:
    """The last certificate of the chain in a token, as if the user trusted it."""
    from aidisclose.trust.timestamp import _read_token

    authorities = [c for c in _read_token(read_response(signed.stamp)).certificates if c.is_ca]
    names = {c.subject for c in authorities}
    tops = [c for c in authorities if c.issuer not in names or c.is_self_issued]
    return Anchor(certificate=tops[0])


@pytest.mark.parametrize(("name", "count"), STAMPED.items())
def test_real_time_stamps_are_good_and_trusted_with_their_own_root(name: str, count: int) -> None:
    found = manifests(name)
    assert len(found) == count
    for signed in found:
        checked = stamp(signed, (top_of(signed),))
        assert (checked.outcome, checked.reason) == (Judgement.TRUSTED, "")
        assert checked.time is not None
        assert checked.time.year in (2022, 2023, 2024, 2025)


def test_the_official_list_trusts_none_of_those_old_authorities() -> None:
    """It holds roots made for C2PA from 2025 on; DigiCert's older ones are not below them."""
    trust = TrustConfig.from_pem(tsa=TSA_LIST.read_bytes())
    for name in STAMPED:
        for signed in manifests(name):
            checked = stamp(signed, trust.tsa_anchors)
            assert (checked.outcome, checked.is_intact) == (Judgement.UNTRUSTED, True)
            assert "no anchor for" in checked.reason


def test_a_real_time_stamp_is_about_its_own_claim_only() -> None:
    first, second = manifests("adobe-20220124-CACA.jpg")
    assert stamp(first, (top_of(first),), second.stamped).outcome is Judgement.MISMATCH
    assert stamp(first, (top_of(first),), first.claim).outcome is Judgement.MISMATCH


@pytest.mark.parametrize("name", TEST_SIGNED)
def test_real_chains_lead_to_the_test_roots(name: str) -> None:
    trust = TrustConfig.from_pem(ROOTS.read_bytes())
    for signed in manifests(name):
        signer, *pool = signed.certificates
        assert violations(signer, use=Use.SIGNER) == ()
        found = find_path(
            signer,
            pool,
            trust.anchors,
            at=pki.NOW,
            purposes=trust.purposes,
            usual=None,
            budget=Budget(),
        )
        assert isinstance(found, Path)
        assert len(found.certificates) == 3


def test_a_real_chain_to_another_root_leads_nowhere() -> None:
    trust = TrustConfig.from_pem(ROOTS.read_bytes())
    signer, *pool = manifests("nikon-20221019-building.jpeg")[0].certificates
    assert violations(signer, use=Use.SIGNER) == ()
    found = find_path(
        signer,
        pool,
        trust.anchors,
        at=pki.NOW,
        purposes=trust.purposes,
        usual=None,
        budget=Budget(),
    )
    assert isinstance(found, Rejection)
    assert found.reason is Reason.NO_ANCHOR


def test_real_signers_are_judged_at_their_time() -> None:
    signer, issuer = manifests("truepic-20230212-camera.jpg")[0].certificates[:2]
    anchors = (Anchor(certificate=issuer),)
    purposes = TrustConfig.none().purposes
    while_valid = find_path(
        signer,
        [],
        anchors,
        at=datetime(2023, 2, 12, 20, tzinfo=UTC),
        purposes=purposes,
        usual=None,
        budget=Budget(),
    )
    assert isinstance(while_valid, Path)
    later = find_path(
        signer, [], anchors, at=pki.NOW, purposes=purposes, usual=None, budget=Budget()
    )
    assert isinstance(later, Rejection)
    assert later.reason is Reason.OUTSIDE_VALIDITY


def test_real_ocsp_responses_by_an_issuer_and_by_a_delegate_are_good() -> None:
    for signed in manifests("ocsp.jpg"):
        signer, issuer = signed.certificates[:2]
        attested = stamp(signed, (top_of(signed),)).time
        (response,) = signed.headers["rVals"]["ocspVals"]
        stapled = ocsp.check(
            response,
            certificate=signer,
            issuer=issuer,
            now=pki.NOW,
            attested=attested,
            budget=Budget(),
        )
        assert (stapled.outcome, stapled.reason) == (ocsp.RevocationStanding.GOOD, "")
        unstamped = ocsp.check(
            response, certificate=signer, issuer=issuer, now=pki.NOW, attested=None, budget=Budget()
        )
        assert unstamped.outcome is ocsp.RevocationStanding.NOT_APPLICABLE
        assert "counts until 2025-08-1" in unstamped.reason
