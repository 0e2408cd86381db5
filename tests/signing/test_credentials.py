"""Test credentials: complete, private, never overwritten, and accepted by the reference."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

from aidisclose.codec.cose import ALGORITHMS
from aidisclose.errors import SigningError
from aidisclose.io.home import credentials_folder
from aidisclose.io.output import Outputs
from aidisclose.signing import credentials
from aidisclose.trust.budget import Budget
from aidisclose.trust.certificate import load_pem
from aidisclose.trust.config import TrustConfig
from aidisclose.trust.doctor import Compliance, examine
from aidisclose.trust.ocsp import RevocationStanding as Revocation
from aidisclose.trust.ocsp import check
from aidisclose.trust.profile import Use
from tests.interop import reference
from tests.issuing import Issued

MANIFEST = {
    "claim_generator_info": [{"name": "test", "version": "1"}],
    "assertions": [
        {
            "label": "c2pa.actions",
            "data": {
                "actions": [
                    {
                        "action": "c2pa.created",
                        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/"
                        "trainedAlgorithmicMedia",
                    }
                ]
            },
        }
    ],
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIDISCLOSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def certificates(folder: Path, name: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates((folder / name).read_bytes())


def context(**trust: str) -> Any:
    return c2pa.Context.from_dict(
        {"version": 1, "trust": trust, "verify": {"remote_manifest_fetch": False}}
    )


def signed_by_reference(signer: Any) -> io.BytesIO:
    """A JPEG that c2pa-python signed."""
    source, output = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(source, "JPEG")
    c2pa.Builder(MANIFEST, context()).sign(signer, "image/jpeg", source, output)
    return output


def read_by_reference(image: io.BytesIO, **trust: str) -> tuple[str, list[str]]:
    """Validation state and failure codes that c2pa-python reports."""
    image.seek(0)
    report = json.loads(c2pa.Reader("image/jpeg", image, context=context(**trust)).json())
    failures = report["validation_results"]["activeManifest"]["failure"]
    return report["validation_state"], [status["code"] for status in failures]


@pytest.mark.parametrize("alg", reference.KNOWN)
def test_reference_trusts_what_our_signer_signed(issued: Issued, alg: str) -> None:
    made = issued(alg)
    chain = (made.folder / "chain.pem").read_text()
    algorithm = c2pa.C2paSigningAlg[alg.upper()]
    signer = c2pa.Signer.from_callback(made.signer().sign, algorithm, chain)
    image = signed_by_reference(signer)
    root = (made.folder / "root.pem").read_text()
    assert read_by_reference(image, user_anchors=root) == ("Trusted", [])


@pytest.mark.parametrize("alg", reference.KNOWN)
def test_reference_signs_with_our_key_file(issued: Issued, alg: str) -> None:
    made = issued(alg)
    chain, key = ((made.folder / name).read_bytes() for name in ("chain.pem", "key.pem"))
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(alg.encode(), chain, key, None))
    image = signed_by_reference(signer)
    root = (made.folder / "root.pem").read_text()
    assert read_by_reference(image, user_anchors=root) == ("Trusted", [])


def test_nobody_else_trusts_them(issued: Issued) -> None:
    made = issued("es256")
    chain = (made.folder / "chain.pem").read_text()
    signer = c2pa.Signer.from_callback(made.signer().sign, c2pa.C2paSigningAlg.ES256, chain)
    image = signed_by_reference(signer)
    another_root = (issued("es384").folder / "root.pem").read_text()
    for trust in ({}, {"user_anchors": another_root}):
        assert read_by_reference(image, **trust) == ("Valid", ["signingCredential.untrusted"])


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize(
    ("chain", "purpose"), [("chain.pem", "smimesign"), ("tsa-chain.pem", "timestampsign")]
)
def test_openssl_accepts_both_chains_strictly(issued: Issued, chain: str, purpose: str) -> None:
    folder = issued("es256").folder
    command = ["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", "root.pem"]
    command += ["-untrusted", chain, chain]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("chain", ["chain.pem", "tsa-chain.pem", "ocsp-chain.pem"])
def test_chain_leads_to_root_that_is_not_in_it(issued: Issued, chain: str) -> None:
    folder = issued("es256").folder
    leaf, intermediate = certificates(folder, chain)
    (root,) = certificates(folder, "root.pem")
    leaf.verify_directly_issued_by(intermediate)
    intermediate.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_leaf_follows_the_profile(issued: Issued, alg: str) -> None:
    leaf = certificates(issued(alg).folder, "chain.pem")[0]
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.key_cert_sign
    purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert {each.dotted_string for each in purposes} == {
        "1.3.6.1.5.5.7.3.4",
        "1.3.6.1.4.1.62558.2.1",
    }
    basic = leaf.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert not basic.ca
    leaf.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)


def test_authorities_are_limited(issued: Issued) -> None:
    folder = issued("es256").folder
    for name, length in (("root.pem", 1), ("chain.pem", 0), ("tsa-chain.pem", 0)):
        authority = certificates(folder, name)[-1]
        basic = authority.extensions.get_extension_for_class(x509.BasicConstraints)
        assert basic.critical
        assert basic.value == x509.BasicConstraints(ca=True, path_length=length)


def test_time_stamp_certificate_is_for_nothing_else(issued: Issued) -> None:
    leaf = certificates(issued("es256").folder, "tsa-chain.pem")[0]
    purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert purposes.critical
    assert list(purposes.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


@pytest.mark.parametrize(
    ("chain", "use"),
    [("chain.pem", Use.SIGNER), ("tsa-chain.pem", Use.TSA), ("ocsp-chain.pem", Use.OCSP)],
)
def test_doctor_finds_nothing(issued: Issued, chain: str, use: Use) -> None:
    folder = issued("es256").folder
    found = examine(
        load_pem((folder / chain).read_bytes()),
        use=use,
        at=datetime.now(UTC),
        anchors=TrustConfig.from_pem((folder / "root.pem").read_bytes()).anchors,
    )
    assert {each.outcome for each in found} == {Compliance.PASSED, Compliance.NOT_APPLICABLE}


def test_the_responder_may_answer_for_the_signer(tmp_path: Path) -> None:
    made = credentials.create(tmp_path / "x", ocsp="http://responder.test/a")
    leaf, issuer = load_pem((made.folder / "chain.pem").read_bytes())
    assert leaf.ocsp_urls == ("http://responder.test/a",)
    responder = certificates(made.folder, "ocsp-chain.pem")[0]
    signer, authority = certificates(made.folder, "chain.pem")
    key = serialization.load_pem_private_key((made.folder / "ocsp-key.pem").read_bytes(), None)
    now = datetime.now(UTC).replace(tzinfo=None)
    response = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            signer,
            authority,
            hashes.SHA1(),
            ocsp.OCSPCertStatus.GOOD,
            now - timedelta(hours=1),
            now + timedelta(hours=1),
            None,
            None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, responder)
        .certificates([responder])
        .sign(key, hashes.SHA256())  # type: ignore[arg-type]
    )
    found = check(
        response.public_bytes(serialization.Encoding.DER),
        certificate=leaf,
        issuer=issuer,
        now=datetime.now(UTC),
        attested=None,
        budget=Budget(),
    )
    assert found.outcome is Revocation.GOOD


def test_keys_may_be_encrypted(tmp_path: Path) -> None:
    made = credentials.create(tmp_path / "x", password=b"secret")
    for name in ("key.pem", "tsa-key.pem", "ocsp-key.pem"):
        assert b"ENCRYPTED" in (made.folder / name).read_bytes()
    assert made.signer(b"secret").alg == "es256"
    with pytest.raises(SigningError, match="give its password"):
        made.signer()


def test_every_certificate_says_that_it_is_for_testing(issued: Issued) -> None:
    folder = issued("es256").folder
    for name in ("root.pem", "chain.pem", "tsa-chain.pem", "ocsp-chain.pem"):
        for each in certificates(folder, name):
            (common,) = each.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
            (organization,) = each.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
            assert str(common.value).endswith("for testing, trusted by nobody else")
            assert organization.value == "aidisclose test credentials"


def test_keys_belong_to_the_chains(issued: Issued) -> None:
    folder = issued("ps256").folder
    for chain, key in (("chain.pem", "key.pem"), ("tsa-chain.pem", "tsa-key.pem")):
        private = serialization.load_pem_private_key((folder / key).read_bytes(), None)
        assert certificates(folder, chain)[0].public_key() == private.public_key()


def test_two_roots_differ_in_name(tmp_path: Path) -> None:
    """A trust store that looks up anchors by name must not mistake one for the other."""
    for name in ("a", "b"):
        credentials.create(tmp_path / name)
    a, b = (certificates(tmp_path / name, "root.pem")[0] for name in ("a", "b"))
    assert a.subject != b.subject


def test_name_and_validity_are_as_asked(tmp_path: Path) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    made = credentials.create(tmp_path / "x", name="Ada Lovelace", days=30, at=at)
    assert made.subject == "Ada Lovelace, for testing, trusted by nobody else"
    assert timedelta() <= at + timedelta(days=30) - made.not_after < timedelta(hours=1)
    signer = made.signer()
    signer.check(at)
    with pytest.raises(SigningError, match="expired on 2026-02-01"):
        signer.check(at + timedelta(days=31))


@pytest.mark.parametrize(
    "options",
    [
        {"alg": "rs256"},
        {"name": ""},
        {"name": "x" * 28},
        {"name": "a\nb"},
        {"organization": ""},
        {"organization": "x" * 65},
        {"organization": "a\nb"},
        {"days": 0},
        {"days": 3651},
        {"at": datetime(2026, 1, 1)},
    ],
    ids=str,
)
def test_option_out_of_range_writes_nothing(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        credentials.create(tmp_path / "x", **options)
    assert list(tmp_path.iterdir()) == []


def test_files_are_for_the_user_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        made = credentials.create(tmp_path / "deep" / "x")
    finally:
        os.umask(old)
    assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700
    assert {path.name for path in made.folder.iterdir()} == set(credentials.FILES)
    assert {stat.S_IMODE(path.stat().st_mode) for path in made.folder.iterdir()} == {0o600}


@pytest.mark.parametrize("name", credentials.FILES)
def test_present_file_is_never_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(FileExistsError, match=tmp_path.name):
        credentials.create(tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_overwrite_replaces_the_set_and_nothing_else(tmp_path: Path) -> None:
    credentials.create(tmp_path / "x")
    (tmp_path / "x" / "notes.txt").write_text("mine")
    made = credentials.create(tmp_path / "x", alg="ed25519", overwrite=True)
    assert made.signer().alg == "ed25519"
    assert {path.name for path in made.folder.iterdir()} == {*credentials.FILES, "notes.txt"}


@pytest.mark.parametrize("present", [False, True])
def test_failed_write_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, present: bool
) -> None:
    folder = tmp_path / "x"
    if present:
        credentials.create(folder)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.pem")}

    real = Outputs.write

    def full_disk(self: Outputs, path: Path, data: bytes, *, mode: int) -> None:
        if path.name == credentials.TSA_KEY:
            raise OSError("no space left")
        real(self, path, data, mode=mode)

    monkeypatch.setattr(Outputs, "write", full_disk)
    with pytest.raises(OSError, match="no space left"):
        credentials.create(folder, overwrite=present)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.pem")} == before
    assert [path.name for path in tmp_path.iterdir()] == (["x"] if present else [])


def test_of_two_at_once_one_wins_whole(tmp_path: Path) -> None:
    failures: list[OSError] = []

    def create() -> None:
        try:
            credentials.create(tmp_path / "x")
        except OSError as error:
            failures.append(error)

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(error) for error in failures] == [FileExistsError] * 3
    credentials.read(tmp_path / "x").signer()
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_find_and_listing(home: Path) -> None:
    assert credentials.find() is None
    assert credentials.listing() == ()
    other = credentials.create(home / "credentials" / "other", alg="ed25519")
    assert credentials.find() is None
    default = credentials.create(credentials_folder(), alg="ps384")
    assert credentials.find() == default
    assert credentials.find(other.folder) == other
    assert [(each.name, each.alg) for each in credentials.listing()] == [
        ("default", "ps384"),
        ("other", "ed25519"),
    ]


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_signer_of_a_folder_signs_with_the_algorithm_asked_for(issued: Issued, alg: str) -> None:
    made = credentials.read(issued(alg).folder)
    assert (made.alg, made.signer().alg) == (alg, alg)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ],
)
def test_damaged_folder_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "chain.pem").write_bytes(content)
    with pytest.raises(SigningError, match=tmp_path.name):
        credentials.find(tmp_path)
