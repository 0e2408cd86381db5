"""Chains, lists of authorities, and records vouch for no more than they say."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.x509 import KeyUsage, ObjectIdentifier
from cryptography.x509.oid import ExtendedKeyUsageOID

import aidisclose as ad
from aidisclose.codec import der
from aidisclose.errors import TrustConfigError
from aidisclose.policy import detection, receipt_reader
from aidisclose.policy.compare import changes
from aidisclose.policy.evidence import collect
from aidisclose.trust import download, lists
from aidisclose.trust.anchors import Anchor
from aidisclose.trust.lists import Purpose
from aidisclose.validate import notebook, transcript
from aidisclose.validate.explanation import explain
from tests.attacks import files
from tests.attacks.believed import created
from tests.attacks.parties import TRUST as PARTIES
from tests.attacks.parties import sealed, strange
from tests.manifest import build
from tests.manifest.build import Recipe, Seal
from tests.policy.test_receipt import ROOT, TRUST, write
from tests.trust import pki, tokens
from tests.trust.pki import NOW, Entity
from tests.validate.statuses.case import stamped

DAY: Final = timedelta(days=1)


def published(*services: tuple[str, datetime], title: str = "Example list") -> bytes:
    """A list in JSON that names the root with these standings, each since some time."""
    identity = {"X509Certificates": [{"val": base64.b64encode(pki.root().der).decode()}]}
    entries = [
        {
            "ServiceInformation": {
                "ServiceStatus": f"https://example.com/{status}",
                "StatusStartingTime": since.isoformat(),
                "ServiceDigitalIdentity": identity,
            }
        }
        for status, since in services
    ]
    information = {
        "SchemeName": [{"value": title}],
        "LoTESequenceNumber": 1,
        "ListIssueDateTime": "2026-01-01T00:00:00Z",
        "NextUpdate": "2027-01-01T00:00:00Z",
    }
    entities = [{"TrustedEntityServices": entries}]
    found = {"ListAndSchemeInformation": information, "TrustedEntitiesList": entities}
    return json.dumps({"LoTE": found}).encode()


def test_a_copied_signature_vouches_for_nothing() -> None:
    """Anybody can put a signature with its chain and its time stamp beside another claim."""
    honest = stamped(tokens.tsa())()
    changed = files.store_of(honest).replace(b"a file", b"a fake")
    report = ad.verify(files.embed(honest, changed), trust=build.TRUST, at=NOW)
    codes = {each.code for each in report.statuses.statuses}
    assert codes >= {"signingCredential.trusted", "timeStamp.trusted", "claimSignature.mismatch"}
    assert (report.state, report.trust) == (ad.State.INVALID, "untrusted")
    said: dict[str, Any] = transcript.describe(report)["trust"]  # type: ignore[assignment]
    assert (said["status"], said["anchor"], said["list"]) == ("untrusted", None, None)
    assert (said["timestamp"]["status"], said["timestamp"]["list"]) == ("untrusted", None)
    found = detection.entry("a.png", report)
    assert (found["trust"], found["signed"]) == ("untrusted", None)
    assert "whom nobody vouches for" in notebook.describe(report)
    [explained] = explain(report, trust=build.TRUST)
    assert not explained.is_trusted
    assert any(
        "but it is of a signature of something else" in each.text for each in explained.steps
    )
    evidence = collect(report, as_of=NOW.date(), inputs={})
    assert not evidence.is_vouched_for
    assert evidence.stamp is not None
    assert not evidence.stamp.is_trusted


@pytest.mark.parametrize("is_reversed", [False, True])
def test_the_order_of_a_list_revives_nobody(is_reversed: bool) -> None:
    """Trusted and withdrawn since: whichever stands first, trust has ended."""
    services = [("trusted", NOW - 20 * DAY), ("withdrawn", NOW - 10 * DAY)]
    found = lists.parse(published(*services[:: -1 if is_reversed else 1]), name="x")
    [anchor] = found.anchors
    held = [
        day
        for day in (-30, -15, -5)
        if anchor.covers(frozenset({"x"}) | (anchor.purposes or frozenset()), NOW + day * DAY)
    ]
    assert held == [-15]


def test_who_was_taken_on_again_is_trusted_from_then_on() -> None:
    services = (("withdrawn", NOW - 20 * DAY), ("trusted", NOW - 10 * DAY))
    [entry] = lists.parse(published(*services), name="x").entries
    assert (entry.not_before, entry.not_after) == (NOW - 10 * DAY, None)


@pytest.mark.parametrize("kind", [Purpose.ALLOWED, Purpose.ACTORS])
def test_nobody_is_trusted_by_name_whose_time_is_over(kind: Purpose) -> None:
    def named(*statuses: str) -> int:
        services = tuple((status, NOW - DAY) for status in statuses)
        return len(lists.parse(published(*services), name="x", kind=kind).by_name)

    assert [named("trusted"), named("withdrawn"), named("trusted", "withdrawn")] == [1, 0, 0]


def test_a_list_of_time_stamp_authorities_vouches_for_no_signer() -> None:
    data = published(("trusted", NOW), title="C2PA TSA Trust List")
    assert lists.parse(data, name="x").kind is Purpose.TSA
    assert lists.parse(data, name="x", kind=Purpose.TSA).kind is Purpose.TSA
    for kind in (Purpose.SIGNERS, Purpose.ALLOWED, Purpose.IDENTITIES):
        with pytest.raises(TrustConfigError, match="--tsa"):
            lists.parse(data, name="x", kind=kind)


def test_a_new_version_of_a_list_widens_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever publishes a list does not decide for which signers the user holds it."""
    source = "https://example.com/list.pem"
    chosen = frozenset({"1.3.6.1.5.5.7.3.36"})
    first = lists.parse(pki.root().pem, name="mine", kind=Purpose.SIGNERS, source=source)
    lists.save(tmp_path, replace(first, purposes=chosen), overwrite=False)
    wider = replace(first, purposes=frozenset({"1.2.3", "1.3.6.1.5.5.7.3.1"}))
    monkeypatch.setattr(download, "fetch", lambda _: lists.encode(wider))
    changes = list(
        download.update(tmp_path, now=datetime.now(UTC), origin="https://example.com/x.json")
    )
    assert any(each.source == source and each.new for each in changes)
    [found] = [each for each in lists.installed(tmp_path) if each.name == "mine"]
    assert found.purposes == chosen


def noted(*notes: bytes) -> bytes:
    """A certificate with notes of OpenSSL about trust."""
    data = base64.b64encode(pki.root().der + der.encode(der.SEQUENCE, *notes))
    return b"-----BEGIN TRUSTED CERTIFICATE-----\n%b\n-----END TRUSTED CERTIFICATE-----\n" % data


def test_a_certificate_that_is_rejected_for_something_is_no_anchor() -> None:
    purpose = der.encode_oid(ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string)
    alias = der.encode(0x0C, b"a name")
    assert ad.TrustConfig.from_pem(noted(alias)).anchors
    assert ad.TrustConfig.from_pem(noted()).anchors
    for note in (der.encode(der.SEQUENCE, purpose), der.encode(der.context(0), purpose)):
        with pytest.raises(TrustConfigError):
            ad.TrustConfig.from_pem(noted(note, alias))


def test_a_record_by_a_certificate_that_may_not_sign_is_not_trusted() -> None:
    usage: pki.Extensions = {KeyUsage: (pki.usage("key_encipherment"), True)}
    signer = pki.issue("Not a signer", ROOT, number=60, extensions=usage)
    found = receipt_reader.verify(io.BytesIO(write(signer=signer)), TRUST, at=NOW)
    assert found.distrust is not None
    assert "may not sign" in found.distrust
    allowed = ad.TrustConfig.from_pem(allowed=signer.pem)
    assert receipt_reader.verify(io.BytesIO(write(signer=signer)), allowed, at=NOW).distrust is None


def test_a_list_adds_no_purpose_to_the_authorities_of_others() -> None:
    """The authority of a company issues certificates for servers, too; a list may name that use."""
    web = ExtendedKeyUsageOID.SERVER_AUTH
    company = pki.issue("Company", number=70, ca=True)
    other = pki.issue("Other", number=71, ca=True)
    own = Anchor(certificate=company.certificate)
    listed = Anchor(certificate=other.certificate, purposes=frozenset({web.dotted_string}))

    def state(issuer: Entity, *anchors: Anchor, purpose: ObjectIdentifier = web) -> ad.State:
        signer = pki.issue("Signer", issuer, number=72, purposes=(purpose,))
        seal = Seal(signer=signer, chain=(signer,))
        trust = replace(ad.TrustConfig.none(), anchors=anchors)
        return ad.verify(build.signed(Recipe(seal=seal)), trust=trust, at=NOW).state

    assert state(company, own) is ad.State.VALID
    assert state(company, own, listed) is ad.State.VALID
    assert state(other, own, listed) is ad.State.TRUSTED
    mail = ExtendedKeyUsageOID.EMAIL_PROTECTION
    assert state(company, own, listed, purpose=mail) is ad.State.TRUSTED
    assert state(other, own, listed, purpose=mail) is ad.State.VALID


@pytest.mark.parametrize("way", ["itself", "another's", "itself, stamped", "as an ingredient"])
def test_a_manifest_is_not_kept_by_another_of_its_name(way: str) -> None:
    """A label is chosen by whoever signs."""
    assertions = (created("trainedAlgorithmicMedia"),)
    before = files.signed(files.active(assertions=assertions))
    if way == "another's":
        after = files.signed(files.active(assertions=assertions, seal=strange(size=4_000)))
    elif way == "as an ingredient":
        first = files.whole(files.manifests(files.store_of(before))[-1])
        child = replace(files.descended(first), number=10)
        after = files.signed(child, first)
    else:
        headers: dict[object, object] = {"x": 1} if way == "itself, stamped" else {}
        seal = replace(sealed(), unprotected=lambda *_: headers)
        # The same claim: what no signature covers may be added.
        after = (
            before if not headers else files.signed(files.active(assertions=assertions, seal=seal))
        )
    found = [
        collect(ad.verify(each, trust=PARTIES, at=NOW), as_of=NOW.date(), inputs={})
        for each in (before, after)
    ]
    first_change = next(changes(*found))
    assert first_change.is_kept is (way != "another's"), first_change
    if way == "another's":
        assert first_change.how == "replaced under its name"
