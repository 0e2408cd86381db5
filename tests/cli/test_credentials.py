"""`aidisclose credentials`: made in one command, and called what they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aidisclose.cli.key import ALGORITHMS, SIGNING
from aidisclose.codec import cose
from aidisclose.signing import credentials
from aidisclose.trust.certificate import load_pem
from tests.cli.running import Run


def test_all_algorithms_are_offered() -> None:
    assert tuple(cose.ALGORITHMS) == ALGORITHMS
    assert tuple(cose.NAMED) == SIGNING


def test_new_in_a_folder(aidisclose: Run, work: Path) -> None:
    done = aidisclose("credentials", "new", "--dir", "my keys", "--name", "Ann", "--days", "7")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("made  my keys\n")
    for name in credentials.FILES:
        assert name in done.out
        assert (work / "my keys" / name).stat().st_mode & 0o077 == 0
    assert "For testing, trusted by nobody else" in done.out
    assert "--cert 'my keys/chain.pem' --key 'my keys/key.pem'" in done.out
    assert credentials.read(work / "my keys").subject.startswith("Ann")


def test_the_organization_can_be_pinned(aidisclose: Run, work: Path) -> None:
    done = aidisclose("credentials", "new", "--dir", "x", "--organization", "Holdout Lab")
    assert (done.code, done.err) == (0, "")
    keys = ("--cert", "x/chain.pem", "--key", "x/key.pem")
    signing = aidisclose("sign", "picture.png", "-o", "a.png", "--ai", "none", *keys)
    assert signing.code == 0
    trusting = ("verify", "a.png", "--trust", "x/root.pem", "--signer")
    assert aidisclose(*trusting, "Holdout Lab").code == 0
    assert aidisclose(*trusting, "aidisclose test credentials").code == 1
    assert "for testing" in aidisclose(*trusting, "Holdout Lab").out


def test_those_that_are_there_are_kept_unless_forced(aidisclose: Run, home: Path) -> None:
    chain = home / "credentials" / "default" / "chain.pem"
    before = chain.read_bytes()
    done = aidisclose("credentials", "new")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.endswith("it exists already; --force replaces it\n")
    assert chain.read_bytes() == before
    assert aidisclose("credentials", "new", "--force", "--alg", "ed25519").code == 0
    assert chain.read_bytes() != before


def test_a_name_that_does_not_fit(aidisclose: Run) -> None:
    done = aidisclose("credentials", "new", "--dir", "x", "--name", "x" * 100)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert not Path("x").exists()


def test_list(aidisclose: Run, home: Path) -> None:
    default = home / "credentials" / "default"
    shutil.copytree(default, home / "credentials" / "other")
    done = aidisclose("credentials", "list")
    assert (done.code, done.err) == (0, "")
    head, *rows = done.out.splitlines()
    assert head.split() == ["name", "algorithm", "valid", "until", "signer", "folder"]
    assert [row.split()[:2] for row in rows] == [["default", "es256"], ["other", "es256"]]
    assert rows[0].endswith(str(default))
    assert len({row.index(str(home)) for row in rows}) == 1


def test_list_of_none(aidisclose: Run, home: Path) -> None:
    shutil.rmtree(home)
    done = aidisclose("credentials", "list")
    assert done == (0, "none; `aidisclose credentials new` makes some\n", "")


@pytest.mark.parametrize("command", ["new", "list"])
def test_without_a_home_folder_it_is_said_what_to_set(
    aidisclose: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def unknown() -> Path:
        raise RuntimeError

    monkeypatch.delenv("AIDISCLOSE_HOME")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(Path, "home", unknown)
    done = aidisclose("credentials", command)
    assert done == (4, "", "aidisclose: there is no home folder: set AIDISCLOSE_HOME\n")
    assert aidisclose("verify", "picture.png").code == 1  # whose anchors are just none


def test_encrypted_credentials_sign_by_themselves(
    aidisclose: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = aidisclose("credentials", "new", "--force", "--encrypt")
    assert (done.code, done.out) == (2, "")
    assert "put the password in AIDISCLOSE_KEY_PASSWORD" in done.err
    monkeypatch.setenv("AIDISCLOSE_KEY_PASSWORD", "secret")
    assert aidisclose("credentials", "new", "--force", "--encrypt").code == 0
    assert b"ENCRYPTED" in (home / "credentials" / "default" / "key.pem").read_bytes()
    assert aidisclose("sign", "picture.png", "--ai", "generated").code == 0
    monkeypatch.delenv("AIDISCLOSE_KEY_PASSWORD")
    done = aidisclose("sign", "picture.png", "--ai", "generated", "--force")
    assert (done.code, done.out) == (2, "")
    assert "is encrypted: put its password in AIDISCLOSE_KEY_PASSWORD" in done.err


def test_credentials_that_name_a_responder(aidisclose: Run, work: Path) -> None:
    done = aidisclose("credentials", "new", "--dir", "x", "--ocsp", "http://o.test/")
    assert done.code == 0
    (leaf, _) = load_pem((work / "x" / "chain.pem").read_bytes())
    assert leaf.ocsp_urls == ("http://o.test/",)
    assert aidisclose("doctor", "x/ocsp-chain.pem", "--ocsp").code == 0
    done = aidisclose("credentials", "new", "--dir", "y", "--ocsp", "http://ö.test/")
    assert (done.code, done.out) == (2, "")


def test_a_request(aidisclose: Run, work: Path) -> None:
    names = ("--name", "My App", "--organization", "Example Ltd", "--country", "DE")
    done = aidisclose("credentials", "csr", *names, "--dir", "new")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "made  new/request.pem  what you send to the authority",
        "made  new/key.pem  your private key: keep it, and show it to nobody",
        "Next: aidisclose doctor chain.pem --key new/key.pem",
    ]
    again = aidisclose("credentials", "csr", *names, "--key", "new/key.pem")
    assert again.code == 0
    assert again.out.startswith("-----BEGIN CERTIFICATE REQUEST-----\n")
    done = aidisclose("credentials", "csr", *names, "--dir", "new")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    done = aidisclose("credentials", "csr", "--name", "x", "--organization", "y", "--country", "z")
    assert (done.code, done.out) == (2, "")
    assert "a code of two letters" in done.err
