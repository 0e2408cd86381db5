"""`aidisclose sign`: who signs, from where, and who confirms when."""

from __future__ import annotations

import base64
import os
import shlex
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    load_pem_private_key,
    pkcs12,
)

import aidisclose as ad
from tests.cli.running import Done, Run
from tests.issuing import Issued
from tests.servers import Reply, closed_port, serve
from tests.signing.test_revocation import GOOD, REVOKED, World, responder, with_status
from tests.signing.test_tsa import openssl_tsa

AI = ("--ai", "generated")


def read(path: str, root: Path) -> ad.Report:
    pem = root.read_bytes()
    return ad.verify(path, trust=ad.TrustConfig.from_pem(pem, tsa=pem))


def assert_signed(done: Done, folder: Path) -> None:
    assert (done.code, done.err) == (0, "")
    assert read("picture.signed.png", folder / "root.pem").state is ad.State.TRUSTED


@pytest.fixture
def folder(issued: Issued) -> Path:
    """Credentials that are not the user's own."""
    return issued("ed25519").folder


def test_a_key_from_the_environment(
    aidisclose: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", base64.b64encode((folder / "key.pem").read_bytes()).decode())
    options = ("--signer", "env:SECRET_KEY", "--cert", folder / "chain.pem")
    assert_signed(aidisclose("sign", "picture.png", *AI, *options), folder)


def test_a_key_from_a_file_descriptor_for_many_files(
    aidisclose: Run, folder: Path, work: Path
) -> None:
    """It can be read once only, and several processes sign with it."""
    many = work / "many"
    many.mkdir()
    for number in range(40):
        (many / f"{number}.png").write_bytes((work / "picture.png").read_bytes())
    reading, writing = os.pipe()
    os.write(writing, (folder / "key.pem").read_bytes())
    os.close(writing)
    options = ("--signer", f"fd:{reading}", "--cert", folder / "chain.pem", "--jobs", "2")
    done = aidisclose("sign", "many", *AI, *options, "--output-dir", "out")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("40 files: 40 signed\n")


def test_a_program(aidisclose: Run, issued: Issued) -> None:
    folder = issued("es256").folder
    command = f"openssl dgst -sha256 -sign {shlex.quote(str(folder / 'key.pem'))}"
    options = ("--signer", f"exec:{command}", "--cert", folder / "chain.pem")
    assert_signed(aidisclose("sign", "picture.png", *AI, *options), folder)


def test_a_pkcs12_file(
    aidisclose: Run, folder: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaf, issuer = x509.load_pem_x509_certificates((folder / "chain.pem").read_bytes())
    key = load_pem_private_key((folder / "key.pem").read_bytes(), None)
    data = pkcs12.serialize_key_and_certificates(
        b"x",
        key,  # type: ignore[arg-type]
        leaf,
        [issuer],
        BestAvailableEncryption(b"secret"),
    )
    (work / "id.p12").write_bytes(data)
    done = aidisclose("sign", "picture.png", *AI, "--key", "id.p12")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "aidisclose: id.p12: the key file cannot be read: if it is PKCS#12, give its password\n"
    )
    monkeypatch.setenv("AIDISCLOSE_KEY_PASSWORD", "secret")
    assert_signed(aidisclose("sign", "picture.png", *AI, "--key", "id.p12"), folder)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--signer", "env:NONE"), "the environment variable NONE is not set"),
        (("--signer", "key.pem"), "the address of a signer begins with one of file:, "),
        (("--signer", "file:none.pem"), "none.pem: no such file or directory"),
        (("--signer", "exec:false"), "the signer false failed (status 1)"),
        (("--signer", "awskms:alias/x"), "give the chain of its certificates"),
        (("--signer", "env:X", "--key", "x"), "--key and --signer cannot be combined"),
        (("--require-timestamp",), "--require-timestamp needs an authority: --tsa URL"),
        (("--tsa", "http://t.test", "--tsa-timeout", "0"), "0 is not in the range"),
    ],
)
def test_what_cannot_sign_is_one_line(
    aidisclose: Run, work: Path, options: tuple[str, ...], message: str
) -> None:
    done = aidisclose("sign", "picture.png", *AI, *options)
    assert done.code in (2, 4)
    assert (done.out, done.err.count("\n")) == ("", 1)
    assert message in done.err
    assert sorted(path.name for path in work.iterdir()) == ["picture.png"]


def test_of_key_and_signer_the_one_nearer_to_the_command_line_counts(
    aidisclose: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIDISCLOSE_SIGNER", "exec:false")
    options = ("--cert", folder / "chain.pem", "--key", folder / "key.pem")
    assert_signed(aidisclose("sign", "picture.png", *AI, *options), folder)
    monkeypatch.setenv("AIDISCLOSE_KEY", str(folder / "none.pem"))
    signer = ("--cert", folder / "chain.pem", "--signer", f"file:{folder}/key.pem")
    assert_signed(aidisclose("sign", "picture.png", *AI, "--force", *signer), folder)


def test_time_stamps(aidisclose: Run, home: Path, tmp_path: Path) -> None:
    own = home / "credentials" / "default"
    with serve(openssl_tsa(own, tmp_path)) as server:
        down = closed_port()
        options = ("--tsa", down, "--tsa", server.url, "--require-timestamp", "--format", "json")
        done = aidisclose("sign", "picture.png", *AI, *options)
    assert done.code == 0
    (result,) = done.json["results"]
    assert result["timestamp"].endswith("Z")
    assert len(result["warnings"]) == 1
    assert f"warning: time stamp authority {down}: it refuses connections" in done.err
    report = read("picture.signed.png", own / "root.pem")
    assert "timestamp" not in report.missing


def test_a_time_stamp_that_is_required_and_does_not_come(aidisclose: Run, work: Path) -> None:
    url = closed_port()
    done = aidisclose("sign", "picture.png", *AI, "--tsa", url, "--require-timestamp")
    assert (done.code, done.out) == (4, "")
    assert "a time stamp is required, and there is none" in done.err
    assert sorted(path.name for path in work.iterdir()) == ["picture.png"]


def certified(made: World, folder: Path) -> tuple[object, ...]:
    """The files of a world, as options."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = made.leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(key)
    (folder / "chain.pem").write_bytes(made.leaf.pem + made.intermediate.pem)
    (folder / "root.pem").write_bytes(made.root.pem)
    return ("--cert", folder / "chain.pem", "--key", folder / "key.pem", "--ocsp")


def test_ocsp_is_asked_once_for_all_files(aidisclose: Run, work: Path) -> None:
    (work / "second.png").write_bytes((work / "picture.png").read_bytes())
    with responder(with_status(GOOD, delegated=True)) as (made, server):
        options = certified(made, work)
        done = aidisclose("sign", "picture.png", "second.png", *AI, *options)
        assert len(server.requests) == 1
    assert (done.code, done.err) == (0, "")
    for name in ("picture.signed.png", "second.signed.png"):
        assert "ocsp" not in read(name, work / "root.pem").missing


def test_ocsp_that_says_nothing_is_a_warning_and_a_revocation_an_error(
    aidisclose: Run, work: Path
) -> None:
    with responder(lambda made, request: Reply(status=500)) as (made, _):
        done = aidisclose("sign", "picture.png", *AI, *certified(made, work))
    assert done.code == 0
    assert done.err.startswith("aidisclose: warning: no OCSP response about 'Signer' from ")
    with responder(with_status(REVOKED)) as (made, _):
        done = aidisclose("sign", "picture.png", *AI, "--force", *certified(made, work))
    assert (done.code, done.out) == (2, "")
    assert "the certificate 'Signer' was revoked on" in done.err
