"""`aidisclose doctor`: every rule is a line, and what is wrong says how to mend it."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
    pkcs7,
    pkcs12,
)

from aidisclose.trust.profile import RULES, Use
from tests.cli.running import Run


@pytest.fixture
def own(home: Path) -> Path:
    """The folder with the user's credentials."""
    return home / "credentials" / "default"


def test_good_credentials(aidisclose: Run, own: Path) -> None:
    arguments = ("--key", own / "key.pem", "--trust", own / "root.pem")
    done = aidisclose("doctor", own / "chain.pem", *arguments)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == f"{own}/chain.pem: 2 certificates for signing claims"
    assert lines[-1].startswith("passed (46 passed, ")
    for rule in RULES:
        if Use.SIGNER in rule.uses:
            assert any(line.split()[1:2] == [rule.id] for line in lines)
    assert any(line.split()[:2] == ["passed", "key-match"] for line in lines)
    assert any(line.split()[:2] == ["passed", "path"] for line in lines)


def test_time_stamps(aidisclose: Run, own: Path) -> None:
    done = aidisclose("doctor", own / "tsa-chain.pem", "--tsa", "--key", own / "tsa-key.pem")
    assert (done.code, done.err) == (0, "")
    assert "certificates for time stamps" in done.out
    wrong = aidisclose("doctor", own / "tsa-chain.pem")
    assert wrong.code == 1
    assert (
        "a certificate that is not for time stamps or OCSP is required, found timeStamping"
        in wrong.out
    )


def test_what_is_wrong_is_shown_with_its_cure(aidisclose: Run, own: Path) -> None:
    done = aidisclose("doctor", own / "chain.pem", "--key", own / "tsa-key.pem")
    assert done.code == 1
    lines = done.out.splitlines()
    (at,) = (number for number, line in enumerate(lines) if line.startswith("  failed"))
    assert lines[at].split(maxsplit=2)[1:] == [
        "key-match",
        "the private key of the end entity's certificate is required, found another one",
    ]
    assert "→ use the key that the certificate was requested with" in lines[at + 1]
    assert "(C2PA 2.2 §14.5)" in lines[at + 1]
    assert lines[-1].startswith("failed: validators will refuse it, or trust it only if told to")


def test_advice_counts_if_asked_for(aidisclose: Run, own: Path, work: Path) -> None:
    both = (own / "chain.pem").read_bytes() + (own / "root.pem").read_bytes()
    (work / "all.pem").write_bytes(both)
    done = aidisclose("doctor", "all.pem")
    assert done.code == 0
    assert "  advised  root-included" in done.out
    assert aidisclose("doctor", "all.pem", "--strict").code == 1


def test_another_time(aidisclose: Run, own: Path) -> None:
    later = datetime.now(UTC) + timedelta(days=400)
    done = aidisclose("doctor", own / "chain.pem", "--at", later.isoformat())
    assert done.code == 1
    assert "a certificate that is valid now is required, found one that expired on" in done.out


def test_json(aidisclose: Run, own: Path) -> None:
    done = aidisclose("doctor", own / "chain.pem", "--format", "json")
    assert done.code == 0
    found = done.json
    assert (found["schema"], found["purpose"]) == (1, "claim signer")
    assert [each["subject"][:5] for each in found["certificates"]] == ["C=ZZ,", "C=ZZ,"]
    assert {each["outcome"] for each in found["findings"]} == {"passed", "not applicable"}
    assert {each["certificate"] for each in found["findings"]} == {1, 2, None}
    assert found["summary"]["failed"] == 0
    first = found["findings"][0]
    assert set(first) == {
        "certificate",
        "rule",
        "outcome",
        "wanted",
        "found",
        "fix",
        "clause",
    }


def test_pkcs12_and_der(
    aidisclose: Run, own: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaf, issuer = x509.load_pem_x509_certificates((own / "chain.pem").read_bytes())
    (work / "leaf.der").write_bytes(leaf.public_bytes(Encoding.DER))
    done = aidisclose("doctor", "leaf.der")
    assert done.code == 1
    assert "  failed   chain-complete" in done.out
    assert "append the issuer's certificate" in done.out
    assert "if validators trust that issuer itself, name it: --trust issuer.pem" in done.out
    (work / "issuer.pem").write_bytes(issuer.public_bytes(Encoding.PEM))
    assert aidisclose("doctor", "leaf.der", "--trust", "issuer.pem").code == 0
    key = load_pem_private_key((own / "key.pem").read_bytes(), None)
    data = pkcs12.serialize_key_and_certificates(
        b"x",
        key,  # type: ignore[arg-type]
        leaf,
        [issuer],
        BestAvailableEncryption(b"secret"),
    )
    (work / "id.p12").write_bytes(data)
    done = aidisclose("doctor", "id.p12")
    assert (done.code, done.out) == (2, "")
    assert "if it is PKCS#12, give its password" in done.err
    monkeypatch.setenv("AIDISCLOSE_KEY_PASSWORD", "secret")
    done = aidisclose("doctor", "id.p12")
    assert done.code == 0
    assert "  passed   key-match" in done.out


def test_an_encrypted_key(
    aidisclose: Run, own: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = load_pem_private_key((own / "key.pem").read_bytes(), None)
    encryption = BestAvailableEncryption(b"secret")
    (work / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    done = aidisclose("doctor", own / "chain.pem", "--key", "key.pem")
    assert (done.code, done.err) == (
        2,
        "aidisclose: the private key is encrypted: give its password\n",
    )
    monkeypatch.setenv("AIDISCLOSE_KEY_PASSWORD", "secret")
    assert aidisclose("doctor", own / "chain.pem", "--key", "key.pem").code == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (b"", "there is no certificate in it"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read"),
        (b"\x30\x03\x02\x01\x00", "there is no certificate in it"),
    ],
)
def test_files_that_are_no_certificates(
    aidisclose: Run, work: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        (work / "x.pem").write_bytes(content)
    done = aidisclose("doctor", "x.pem")
    assert done.code in (2, 4)
    assert done.out == ""
    assert message.lower() in done.err.lower()
    assert done.err.count("\n") == 1


def test_one_purpose_at_a_time(aidisclose: Run, own: Path) -> None:
    done = aidisclose("doctor", own / "chain.pem", "--tsa", "--ocsp")
    assert (done.code, done.out) == (2, "")
    assert "cannot be combined" in done.err


def test_names_in_certificates_cannot_act_on_a_terminal(aidisclose: Run, work: Path) -> None:
    from tests.trust import pki

    (work / "x.pem").write_bytes(pki.issue("evil \x1b[31mred\x1b[0m\u202e", pki.root()).pem)
    done = aidisclose("doctor", "x.pem")
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out


def test_certificates_in_other_forms(aidisclose: Run, work: Path, own: Path) -> None:
    """As authorities hand them out: PKCS#7, with the notes of OpenSSL, and from PowerShell."""
    chain = (own / "chain.pem").read_bytes()
    certificates = x509.load_pem_x509_certificates(chain)
    bundle = pkcs7.serialize_certificates(certificates, Encoding.DER)
    (work / "chain.p7b").write_bytes(bundle)
    (work / "wide.pem").write_bytes(chain.decode().encode("utf-16"))
    noted = certificates[0].public_bytes(Encoding.DER) + b"\x30\x00"
    label = b"TRUSTED CERTIFICATE-----\n"
    text = base64.encodebytes(noted)
    (work / "noted.pem").write_bytes(b"-----BEGIN " + label + text + b"-----END " + label)
    for name in ("chain.p7b", "wide.pem", "noted.pem"):
        done = aidisclose("doctor", name)
        is_whole = name != "noted.pem"
        assert (done.code, done.err) == (0 if is_whole else 1, ""), name
        assert ("failed   chain-complete" in done.out) is not is_whole
