"""Online OCSP about actors: responders are asked on a path to an anchor, and nowhere else."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509 as certificates
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID

import aidisclose as ad
from aidisclose.trust.lookup import RevocationLookup
from tests.identity.test_codes import NOW, SOUND, about, identified, x509
from tests.manifest.build import TRUST
from tests.servers import closed_port
from tests.trust import pki
from tests.trust.pki import Entity

#: The real clock of openssl counts in one test.
LATER = datetime(2049, 1, 1, tzinfo=UTC)
_TIME = "%y%m%d%H%M%SZ"
#: A responder counts whole seconds, and may be asked before the next one.
AHEAD = timedelta(seconds=5)
SKIPPED = about("x509.ocsp.skipped")
#: What a responder that is down makes of a sound assertion.
CODES = SOUND - SKIPPED | about("x509.ocsp.inaccessible")


def authority() -> Entity:
    return pki.issue("Identity root", ca=True, number=210, path_length=None)


def actor(issuer: Entity, url: str) -> Entity:
    """An actor whose certificate names a responder."""
    where = certificates.AccessDescription(
        AuthorityInformationAccessOID.OCSP, certificates.UniformResourceIdentifier(url)
    )
    access = certificates.AuthorityInformationAccess([where])
    return pki.issue(
        "Ann",
        issuer,
        number=211,
        not_before=NOW - pki.DAY,
        not_after=LATER,
        extensions={certificates.AuthorityInformationAccess: (access, False)},
    )


def signed(who: Entity) -> bytes:
    return identified(sign=x509(signer=who, chain=(who,)))


def asking(root: Entity) -> ad.TrustConfig:
    trust = TRUST | ad.TrustConfig.for_identities(root.pem)
    return replace(trust, revocation=RevocationLookup(online=True, timeout=5))


def codes(report: ad.Report) -> set[str]:
    return {each.code for each in report.statuses.statuses if "cawg" in each.code}


def test_a_responder_that_is_down_is_said_and_decides_nothing() -> None:
    root = authority()
    report = ad.verify(signed(actor(root, closed_port())), trust=asking(root), at=NOW)
    assert codes(report) == CODES
    [found] = report.identities
    assert found.standing is ad.IdentityStanding.TRUSTED
    assert report.state is ad.State.TRUSTED


def test_nobody_is_asked_whom_a_stranger_names() -> None:
    """Without a path to an anchor, who made the file would choose whom is asked."""
    root = authority()
    trust = asking(pki.issue("Another root", ca=True, number=212))
    report = ad.verify(signed(actor(root, closed_port())), trust=trust, at=NOW)
    assert codes(report) & about("x509.ocsp.inaccessible", "x509.ocsp.skipped") == SKIPPED


@pytest.mark.parametrize("is_revoked", [False, True])
def test_a_responder_of_openssl_is_asked(tmp_path: Path, is_revoked: bool) -> None:
    port = closed_port().rsplit(":", 1)[1]
    now = datetime.now(UTC)
    root = pki.issue(
        "Identity root", ca=True, number=210, not_before=NOW - pki.DAY, not_after=LATER
    )
    who = actor(root, f"http://127.0.0.1:{port}")
    (tmp_path / "root.pem").write_bytes(root.pem)
    key = root.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "root.key").write_bytes(key)
    serial = f"{who.x509.serial_number:X}"
    end = who.x509.not_valid_after_utc.strftime(_TIME)
    revoked = (now - pki.DAY).strftime(_TIME) if is_revoked else ""
    serial = serial.zfill(len(serial) + len(serial) % 2)
    line = ["R" if is_revoked else "V", end, revoked, serial, "unknown", "/CN=Ann"]
    (tmp_path / "index.txt").write_text("\t".join(line) + "\n")
    command = ["openssl", "ocsp", "-index", "index.txt", "-port", port, "-rsigner", "root.pem"]
    command += ["-rkey", "root.key", "-CA", "root.pem", "-ndays", "1", "-nrequest", "1"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as responder:
        try:
            assert responder.stderr is not None
            while "waiting" not in (said := responder.stderr.readline()).lower():
                assert said, "the responder of openssl did not start"
            report = ad.verify(signed(who), trust=asking(root), at=datetime.now(UTC) + AHEAD)
        finally:
            responder.kill()
    [found] = report.identities
    expected = ad.IdentityStanding.INVALID if is_revoked else ad.IdentityStanding.TRUSTED
    assert found.standing is expected
    name = "identity.credential_revoked" if is_revoked else "x509.ocsp.not_revoked"
    assert about(name) <= codes(report)
