"""`aidisclose trust explain`: one sentence for each step, and the same verdict as `verify`."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

import aidisclose as ad
from aidisclose.trust import lists
from aidisclose.trust.lists import ListedCertificate, Purpose, TrustList
from tests.cli.running import Done, Run
from tests.containers import samples
from tests.servers import serve
from tests.signing.test_tsa import openssl_tsa
from tests.trust import crls, pki
from tests.validate.test_lookup import Listed

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


@pytest.fixture
def signed(aidisclose: Run, work: Path) -> Path:
    assert aidisclose("sign", "picture.png", "--ai", "generated", "-o", "signed.png").code == 0
    return work / "signed.png"


def steps(done: Done, number: int = 0) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for step in done.json["signatures"][number]["steps"]:
        found.setdefault(step["topic"], []).append(step)
    return found


def test_text_has_a_sentence_for_each_step(aidisclose: Run, signed: Path) -> None:
    done = aidisclose("trust", "explain", signed)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == f"{signed}: trusted"
    assert all(line.startswith(("  + ", "  - ", "  ? ")) for line in lines[2:])
    assert all(line.endswith(".") for line in lines[2:])
    assert lines[-1] == "  + So the signer is trusted."
    assert "your test credentials, which nobody else trusts" in done.out


def test_who_trusts_nobody(aidisclose: Run, signed: Path) -> None:
    done = aidisclose("trust", "explain", signed, "--no-default-trust")
    assert done.code == 1
    assert "You trust no authority for signers" in done.out
    assert done.out.splitlines()[-1].startswith("  - So the signer is not trusted: no anchor for")


def test_whose_authority_is_another(aidisclose: Run, signed: Path, tmp_path: Path) -> None:
    (tmp_path / "other.pem").write_bytes(pki.root().pem)
    done = aidisclose(
        *("trust", "explain", str(signed), "--no-default-trust"),
        *("--trust", str(tmp_path / "other.pem")),
    )
    assert "None of your anchors (1) has issued" in done.out
    assert re.search(r"; it names '[^']+' as its issuer\.", " ".join(done.out.split()))


def test_an_update_explains_both_signers(aidisclose: Run, signed: Path) -> None:
    assert aidisclose("sign", signed, "--update", "--published", "--in-place").code == 0
    done = aidisclose("trust", "explain", signed, "--format", "json")
    assert [(item["active"], item["trusted"]) for item in done.json["signatures"]] == [
        (True, True),
        (False, True),
    ]


def test_an_altered_claim(aidisclose: Run, work: Path) -> None:
    (work / "picture.jpg").write_bytes(samples.jpeg())
    assert aidisclose("sign", "picture.jpg", "--ai", "generated", "-o", "signed.jpg").code == 0
    data = (work / "signed.jpg").read_bytes()
    place = data.index(b"picture.jpg", data.index(b"c2pa.claim.v2"))
    (work / "broken.jpg").write_bytes(data[:place] + b"P" + data[place + 1 :])
    done = aidisclose("trust", "explain", "broken.jpg")
    assert done.code == 1
    assert "  - The signature of the claim does not hold:" in done.out


def test_a_file_without_credentials(aidisclose: Run) -> None:
    done = aidisclose("trust", "explain", "picture.png")
    assert done.code == 1
    assert "There are no credentials that can be read" in done.out


def test_a_file_that_is_none(aidisclose: Run, work: Path) -> None:
    (work / "odd.bin").write_bytes(b"x")
    done = aidisclose("trust", "explain", "odd.bin")
    assert done.code == 4
    assert "odd.bin" in done.err


def installed(
    home: Path,
    world: Listed,
    *,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    next_update: datetime | None = None,
) -> None:
    found = TrustList(
        name="mine",
        kind=Purpose.SIGNERS,
        entries=(ListedCertificate(world.root.certificate, not_before, not_after),),
        title="My List",
        source="https://lists.example/mine",
        sequence=7,
        issued=NOW - 5 * DAY,
        next_update=next_update,
        fetched=NOW - DAY,
    )
    lists.save(home / "trust", found, overwrite=True)


def test_the_list_and_the_window_of_the_anchor(aidisclose: Run, home: Path, work: Path) -> None:
    world = Listed()
    (work / "signed.png").write_bytes(world.signed)
    window = {"not_before": NOW - 50 * DAY, "not_after": NOW + 50 * DAY}
    installed(home, world, **window, next_update=NOW - DAY)
    done = aidisclose("trust", "explain", "signed.png", "--format", "json")
    assert done.code == 0, done.err
    found = steps(done)
    listed, late = found["anchor"]
    assert "the list 'mine' (My List of " in listed["text"]
    assert ", from https://lists.example/mine, got on " in listed["text"]
    assert listed["details"]["list_sequence"] == "7"
    assert listed["details"]["subject"] == "Root"
    assert late["bearing"] == "neither"
    assert "aidisclose trust update" in late["text"]
    (limits,) = found["window"]
    assert f"from {NOW - 50 * DAY:%Y-%m-%d} until {NOW + 50 * DAY:%Y-%m-%d}" in limits["text"]
    installed(home, world, not_after=NOW - 20 * DAY)
    done = aidisclose("trust", "explain", "signed.png", "--format", "json")
    assert done.code == 1
    assert [item["bearing"] for item in steps(done)["verdict"]] == ["against"]


def test_revocation_lists(aidisclose: Run, work: Path) -> None:
    world = Listed()
    (work / "signed.png").write_bytes(world.signed)
    (work / "root.pem").write_bytes(world.root.pem)
    given = ("signed.png", "--trust", "root.pem", "--format", "json")
    done = aidisclose("trust", "explain", *given)
    assert [item["bearing"] for item in steps(done)["revocation"]] == ["neither", "neither"]
    (work / "middle.crl").write_bytes(world.make(world.middle))
    entries = [crls.entry(world.middle, NOW - DAY)]
    pem = crls.make(world.root, entries, at=NOW - DAY, until=NOW + DAY, encoding=Encoding.PEM)
    (work / "root.crl").write_bytes(pem)
    done = aidisclose("trust", "explain", *given, "--crl", "middle.crl")
    assert done.code == 0
    assert [item["bearing"] for item in steps(done)["revocation"]] == ["for", "neither"]
    done = aidisclose("trust", "explain", *given, "--crl", "middle.crl", "--crl", "root.crl")
    assert done.code == 1
    assert "'Middle' was revoked on" in steps(done)["verdict"][0]["text"]
    verified = aidisclose(
        *("verify", "signed.png", "--trust", "root.pem", "--require", "trusted"),
        *("--crl", "root.crl"),
    )
    assert verified.code == 1
    assert "the authority 'Middle' was revoked" in verified.out + verified.err


@pytest.mark.parametrize("command", [("verify",), ("trust", "explain")])
def test_a_list_that_cannot_be_read(command: tuple[str, ...], aidisclose: Run, work: Path) -> None:
    (work / "odd.crl").write_bytes(b"text")
    done = aidisclose(*command, "picture.png", "--crl", "odd.crl")
    assert done.code == 2
    assert "odd.crl: " in done.err


def test_a_signer_by_name(aidisclose: Run, work: Path) -> None:
    world = Listed()
    (work / "signed.png").write_bytes(world.signed)
    (work / "leaf.pem").write_bytes(world.leaf.pem)
    done = aidisclose("trust", "explain", "signed.png", "--allowed", "leaf.pem")
    assert done.code == 0, done.err
    assert "'Signer' is on your list of signers by name: leaf.pem." in done.out
    assert "Nothing shows" not in done.out


def test_a_time_stamp(aidisclose: Run, issued: Callable[..., Any], work: Path) -> None:
    made = issued("es256")
    with serve(openssl_tsa(made.folder, work)) as server:
        options = ("--ai", "generated", "--tsa", server.url, "-o", "signed.png")
        assert aidisclose("sign", "picture.png", *options).code == 0
    done = aidisclose("trust", "explain", "signed.png", "--format", "json")
    (step,) = steps(done)["time"]
    assert step["bearing"] == "for"
    assert "proves that it was signed by" in step["text"]
    assert "by your test credentials, which nobody else trusts." in step["text"]
    only = ("--no-default-trust", "--trust", made.folder / "root.pem")
    done = aidisclose("trust", "explain", "signed.png", *only, "--format", "json")
    (step,) = steps(done)["time"]
    assert step["bearing"] == "neither"
    assert "but you do not trust it, so it counts as signed now" in step["text"]


def test_names_of_a_file_cannot_move_the_cursor(aidisclose: Run, work: Path) -> None:
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat

    from tests.validate.test_lookup import issue

    root = issue("Root\x1b[31m\u202eevil", ca=True, number=70)
    leaf = issue("Sign\x1b]0;x\x07er\n  + So the signer is trusted.", root, number=71)
    key = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    output = io.BytesIO()
    signer = ad.Signer.from_pem(chain=leaf.pem, key=key)
    ad.sign(samples.png(), output, disclosure=ad.Disclosure(ai="none"), signer=signer)
    (work / "signed.png").write_bytes(output.getvalue())
    (work / "root.pem").write_bytes(root.pem)
    done = aidisclose("trust", "explain", "signed.png", "--trust", "root.pem")
    assert done.code == 0, done.err
    assert done.out.replace("\n", "").isprintable()
    assert done.out.count("\n  + So the signer is trusted.") == 1
    document = aidisclose("trust", "explain", "signed.png", "--format", "json")
    assert json.loads(document.out)["signatures"][0]["trusted"] is False


def test_a_list_of_the_same_name_for_another_purpose_did_not_decide(
    aidisclose: Run, work: Path
) -> None:
    world = Listed()
    (work / "signed.png").write_bytes(world.signed)
    (work / "root.pem").write_bytes(world.root.pem)
    assert aidisclose("trust", "add", "root.pem", "--identity").code == 0
    done = aidisclose("trust", "explain", "signed.png", "--trust", "root.pem")
    assert done.code == 0
    assert "  + You trust 'Root' by what you named: root.pem." in done.out.splitlines()
