"""Identities on the command line: whose documents are fetched, and whom lists trust."""

from __future__ import annotations

from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose.io import http
from aidisclose.io.http import Answer
from aidisclose.validate import issuer as issuers
from tests.cli.running import Done, Run
from tests.identity.test_codes import NOW, by_credential, credential
from tests.identity.test_issuer import ADDRESS, WEB, document
from tests.issuing import Issued
from tests.render import media
from tests.servers import Reply, serve


def standing(done: Done) -> str:
    [found] = done.json["results"][0]["identities"]
    return str(found["standing"])


def test_documents_are_fetched_when_asked_for(
    aidisclose: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def ask_public(url: str, *, media_type: str, timeout: float, limit: int) -> Answer:
        asked.append((url, timeout < 60, limit < 1_000_000))
        return Answer(200, media_type, document())

    monkeypatch.setattr(http, "ask_public", ask_public)
    monkeypatch.setattr(issuers, "_answers", {})
    (work / "named.png").write_bytes(by_credential(credential(issuer=WEB)))
    options = ("--at", NOW.isoformat(), "--identity-issuer", WEB, "--format", "json")
    assert standing(aidisclose("verify", "named.png", *options)) == "unknown"
    out = aidisclose("verify", "named.png", "--at", NOW.isoformat()).out
    assert "cannot be checked here without keys of its issuer (--did-document, --online)" in out
    assert asked == []
    assert standing(aidisclose("verify", "named.png", *options, "--online")) == "trusted"
    assert asked == [(ADDRESS, True, True)]


@pytest.fixture
def named(work: Path, issued: Issued) -> Path:
    """A picture that names an actor besides its signer."""
    path = work / "named.png"
    actor = ad.Actor(signer=issued("ed25519").signer())
    signer = issued("es256").signer()
    disclosure = ad.Disclosure(ai="generated")
    ad.sign(media.picture(), path, disclosure=disclosure, signer=signer, actors=[actor])
    return path


def found(aidisclose: Run, path: Path, *options: str) -> str:
    return standing(aidisclose("verify", path, "--format", "json", *options))


def test_a_list_for_identities(aidisclose: Run, named: Path, issued: Issued) -> None:
    root = issued("ed25519").folder / "root.pem"
    assert found(aidisclose, named) == "valid"
    done = aidisclose("trust", "add", root, "--identity", "--name", "guild")
    assert (done.code, done.err) == (0, "")
    assert "for identities" in done.out
    assert found(aidisclose, named) == "trusted"
    assert found(aidisclose, named, "--no-default-trust") == "valid"
    [listed] = aidisclose("trust", "list", "--format", "json").json["lists"]
    assert (listed["name"], listed["kind"]) == ("guild", "identities")
    assert aidisclose("trust", "remove", "guild", "--tsa").code == 2
    assert aidisclose("trust", "remove", "guild", "--identity").code == 0
    assert found(aidisclose, named) == "valid"


def test_it_vouches_for_no_signer(aidisclose: Run, work: Path, issued: Issued) -> None:
    """Whom somebody trusts to be named is not whom somebody trusts to sign."""
    aidisclose("trust", "add", issued("ed25519").folder / "root.pem", "--identity")
    path = work / "signed.png"
    path.write_bytes(media.sign(media.picture(), issued("ed25519"), ad.Disclosure(ai="none")))
    assert aidisclose("verify", path, "--require", "trusted").code == 1


def test_a_list_for_signers_vouches_for_no_identity(
    aidisclose: Run, named: Path, issued: Issued
) -> None:
    aidisclose("trust", "add", issued("ed25519").folder / "root.pem")
    assert found(aidisclose, named) == "valid"


def test_actors_by_name(aidisclose: Run, named: Path, issued: Issued, work: Path) -> None:
    chain = (issued("ed25519").folder / "chain.pem").read_bytes()
    end = b"-----END CERTIFICATE-----\n"
    (work / "ann.pem").write_bytes(chain.partition(end)[0] + end)
    assert aidisclose("trust", "add", "ann.pem", "--identity").code == 2, "it is not an authority"
    done = aidisclose("trust", "add", "ann.pem", "--identity", "--allowed")
    assert (done.code, done.err) == (0, "")
    assert found(aidisclose, named) == "trusted"
    assert aidisclose("trust", "remove", "ann", "--identity", "--allowed").code == 0


def test_an_update_renews_it(aidisclose: Run, named: Path, issued: Issued, tmp_path: Path) -> None:
    """A list that was added from an address is got again, for the purpose it was added for."""
    served = [(issued("es384").folder / "root.pem").read_bytes()]
    (tmp_path / "mirror").mkdir()
    with serve(lambda _: Reply(served[0], "text/plain")) as server:
        address = f"{server.url}/guild.pem"
        assert aidisclose("trust", "add", address, "--identity").code == 0
        assert found(aidisclose, named) == "valid"
        served[0] = (issued("ed25519").folder / "root.pem").read_bytes()
        done = aidisclose("trust", "update", "--from", tmp_path / "mirror")
    assert "for identities" in done.out
    assert found(aidisclose, named) == "trusted"


def test_purposes_exclude_one_another(aidisclose: Run) -> None:
    done = aidisclose("trust", "add", "picture.png", "--tsa", "--identity")
    assert (done.code, "--tsa and --identity cannot be combined" in done.err) == (2, True)
