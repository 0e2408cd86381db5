"""Requests for certificates: they ask for what signing needs, and what is issued passes."""

from __future__ import annotations

import shutil
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from aidisclose.codec.cose import ALGORITHMS
from aidisclose.errors import SigningError
from aidisclose.signing import csr
from aidisclose.signing.keyfile import key_info
from aidisclose.signing.signer import Signer
from aidisclose.trust.certificate import load_pem
from aidisclose.trust.doctor import Compliance, examine
from aidisclose.trust.profile import Use
from tests.signing.backends.world import issue

HOLDER = csr.subject(name="My Camera App", organization="Example Ltd", country="de")


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_request_asks_for_what_signing_needs(tmp_path: Path, alg: str) -> None:
    paths = csr.create(tmp_path / "new", HOLDER, alg=alg)
    assert [path.name for path in paths] == ["request.pem", "key.pem"]
    assert stat.S_IMODE(paths[1].stat().st_mode) == 0o600
    made = x509.load_pem_x509_csr(paths[0].read_bytes())
    assert made.is_signature_valid
    assert made.subject.rfc4514_string() == "CN=My Camera App,O=Example Ltd,C=DE"
    usage = made.extensions.get_extension_for_class(x509.KeyUsage)
    assert (usage.critical, usage.value.digital_signature) == (True, True)
    purposes = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert {each.dotted_string for each in purposes} == {
        "1.3.6.1.5.5.7.3.4",
        "1.3.6.1.4.1.62558.2.1",
    }
    key = load_pem_private_key(paths[1].read_bytes(), None)
    assert made.public_key() == key.public_key()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_what_an_authority_makes_of_it_passes(tmp_path: Path) -> None:
    """OpenSSL issues the certificate with the extensions that were asked for."""
    paths = csr.create(tmp_path, HOLDER)
    authority = issue("Authority", kind="p384", ca=True, number=60)
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    pem = authority.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "ca-key.pem").write_bytes(pem)
    command = "openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -copy_extensions copy"
    subprocess.run(
        [*command.split(), "-days", "90", "-out", "chain.pem"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    found = examine(
        load_pem((tmp_path / "chain.pem").read_bytes()),
        use=Use.SIGNER,
        at=datetime.now(UTC),
        key=key_info(paths[1].read_bytes()),
        anchors=[authority.anchor],
    )
    assert {each.outcome for each in found} == {Compliance.PASSED, Compliance.NOT_APPLICABLE}
    chain, key = ((tmp_path / name).read_bytes() for name in ("chain.pem", "key.pem"))
    Signer.from_pem(chain=chain, key=key).check(datetime.now(UTC))


def test_a_key_that_is_there_is_used() -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    made = x509.load_pem_x509_csr(csr.for_key(pem, HOLDER))
    assert made.public_key() == key.public_key()


def test_a_key_that_c2pa_does_not_permit() -> None:
    key = ed448.Ed448PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(SigningError, match="C2PA permits no Ed448 keys"):
        csr.for_key(pem, HOLDER)


def test_nothing_is_replaced_unasked(tmp_path: Path) -> None:
    paths = csr.create(tmp_path, HOLDER)
    before = [path.read_bytes() for path in paths]
    with pytest.raises(FileExistsError):
        csr.create(tmp_path, HOLDER)
    assert [path.read_bytes() for path in paths] == before
    csr.create(tmp_path, HOLDER, overwrite=True, password=b"secret")
    assert b"ENCRYPTED" in paths[1].read_bytes()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"country": "Germany"}, "a code of two letters, not 'Germany'"),
        ({"country": "d1"}, "a code of two letters"),
        ({"country": "ßß"}, "a code of two letters"),
        ({"name": ""}, "the name has 1 to 64 printable characters"),
        ({"name": "x" * 65}, "the name has 1 to 64 printable characters"),
        ({"organization": "a\nb"}, "the organization has 1 to 64 printable characters"),
    ],
)
def test_names_that_no_certificate_has(fields: dict[str, Any], message: str) -> None:
    good = {"name": "N", "organization": "O", "country": "DE"}
    with pytest.raises(ValueError, match=message):
        csr.subject(**(good | fields))
