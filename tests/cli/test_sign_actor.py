"""`aidisclose sign`: whom the manifest names besides its signer."""

from __future__ import annotations

from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose.signing import credentials
from tests.cli.running import Run
from tests.cli.test_sign_identity import certified
from tests.issuing import Issued
from tests.signing.test_revocation import GOOD, REVOKED, responder, with_status

AI = ("--ai", "generated")


@pytest.fixture
def folder(issued: Issued) -> Path:
    """The credentials of an actor."""
    return issued("ed25519").folder


def named(folder: Path) -> tuple[object, ...]:
    return ("--identity-cert", folder / "chain.pem", "--identity-key", folder / "key.pem")


def test_an_actor_is_named(aidisclose: Run, folder: Path) -> None:
    said = ("--identity-role", "creator", "--identity-role", "com.example.retoucher")
    references = ("--identity-references", "c2pa.actions.v2")
    assert aidisclose("sign", "picture.png", *AI, *named(folder), *said, *references).code == 0
    trusted = ("--identity-trust", folder / "root.pem", "--format", "json")
    done = aidisclose("verify", "picture.signed.png", *trusted)
    [found] = done.json["results"][0]["identities"]
    assert found["standing"] == "trusted"
    assert found["roles"] == ["cawg.creator", "com.example.retoucher"]
    assert [each.rpartition("/")[2] for each in found["references"]] == [
        "c2pa.hash.data",
        "c2pa.actions.v2",
    ]


def test_a_key_by_address(aidisclose: Run, folder: Path) -> None:
    options = ("--identity-cert", folder / "chain.pem")
    address = ("--identity-signer", f"file:{folder / 'key.pem'}")
    assert aidisclose("sign", "picture.png", *AI, *options, *address).code == 0
    report = ad.verify("picture.signed.png", trust=ad.TrustConfig.none())
    assert [each.standing for each in report.identities] == ["valid"]


def test_many_files_in_several_processes(aidisclose: Run, folder: Path, work: Path) -> None:
    for number in range(3):
        (work / f"{number}.png").write_bytes((work / "picture.png").read_bytes())
    done = aidisclose("sign", work, *AI, *named(folder), "--output-dir", "out", "--jobs", 2)
    assert done.code == 0
    for path in (work / "out").glob("*.png"):
        [found] = ad.verify(path, trust=ad.TrustConfig.none()).identities
        assert found.standing is ad.IdentityStanding.VALID


def test_a_password_of_its_own(
    aidisclose: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = credentials.create(tmp_path / "ann", name="Ann", password=b"secret")
    done = aidisclose("sign", "picture.png", *AI, *named(made.folder))
    assert done.code == 2
    assert "put its password in AIDISCLOSE_IDENTITY_KEY_PASSWORD" in done.err
    monkeypatch.setenv("AIDISCLOSE_IDENTITY_KEY_PASSWORD", "secret")
    assert aidisclose("sign", "picture.png", *AI, *named(made.folder)).code == 0


def test_variables_name_the_actor(
    aidisclose: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIDISCLOSE_IDENTITY_CERT", str(folder / "chain.pem"))
    monkeypatch.setenv("AIDISCLOSE_IDENTITY_KEY", str(folder / "key.pem"))
    assert aidisclose("sign", "picture.png", *AI).code == 0
    assert len(ad.verify("picture.signed.png", trust=ad.TrustConfig.none()).identities) == 1


@pytest.mark.parametrize("key", ["cert", "key", "signer", "role", "references"])
def test_a_project_does_not_say_who_is_named(key: str, aidisclose: Run, work: Path) -> None:
    value = ["creator"] if key in ("role", "references") else "key.pem"
    (work / "aidisclose.toml").write_text(f"[sign]\nidentity-{key} = {value!r}\n")
    done = aidisclose("sign", "picture.png", *AI)
    assert done.code == 2
    assert f"identity-{key}" in done.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--identity-role", "creator"), "name its key with --identity-key"),
        (("--identity-references", "*"), "name its key with --identity-key"),
        (("--identity-cert", "picture.png"), "--identity-cert is not enough"),
        (("--identity-role", "boss"), "unknown role 'boss'"),
        (("--identity-key", "picture.png"), "picture.png: "),
    ],
)
def test_mistakes(options: tuple[str, ...], message: str, aidisclose: Run, work: Path) -> None:
    done = aidisclose("sign", "picture.png", *AI, *options)
    assert done.code == 2
    assert message in done.err
    assert [path.name for path in work.iterdir()] == ["picture.png"]


def test_an_assertion_that_is_not_there(aidisclose: Run, folder: Path, work: Path) -> None:
    options = (*named(folder), "--identity-references", "c2pa.ingredient.v3")
    done = aidisclose("sign", "picture.png", *AI, *options)
    assert done.code == 2
    assert "picture.png: no assertion 'c2pa.ingredient.v3' to refer to" in done.err
    assert [path.name for path in work.iterdir()] == ["picture.png"]


def test_both_a_key_and_an_address(aidisclose: Run, folder: Path) -> None:
    options = (*named(folder), "--identity-signer", "env:X")
    done = aidisclose("sign", "picture.png", *AI, *options)
    assert (done.code, "--identity-key and --identity-signer cannot be combined" in done.err) == (
        2,
        True,
    )


def test_revocation_of_the_actor_is_asked_for(aidisclose: Run, work: Path) -> None:
    with responder(with_status(GOOD, delegated=True)) as (made, server):
        certified(made, work)
        done = aidisclose("sign", "picture.png", *AI, *named(work), "--ocsp")
        assert len(server.requests) == 1, "the test credentials name no responder"
    assert done.code == 0
    trust = ad.TrustConfig.for_identities((work / "root.pem").read_bytes())
    report = ad.verify("picture.signed.png", trust=trust)
    assert [each.standing for each in report.identities] == ["trusted"]
    codes = {each.code for each in report.statuses.success}
    assert "cawg.x509.ocsp.not_revoked" in codes


def test_a_revoked_actor_is_not_named(aidisclose: Run, work: Path) -> None:
    with responder(with_status(REVOKED)) as (made, _):
        certified(made, work)
        done = aidisclose("sign", "picture.png", *AI, *named(work), "--ocsp")
    assert (done.code, done.out) == (2, "")
    assert "was revoked on" in done.err
