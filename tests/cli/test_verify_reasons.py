"""`aidisclose verify`: why, what to do, which list, pins, and what of it is in the JSON."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import aidisclose as ad
from aidisclose.trust.certificate import load_pem
from tests.attacks import files as attacked
from tests.cli.running import Run
from tests.containers import samples
from tests.issuing import Issued
from tests.render import media, schema
from tests.servers import serve
from tests.signing.test_tsa import openssl_tsa
from tests.trust import pki

FIXTURES = Path(__file__).parents[2] / "fixtures"
SCHEMA = schema.load("report.schema.json")
LATER = (datetime.now(UTC) + timedelta(days=500)).strftime("%Y-%m-%dT%H:%M:%SZ")


def result(aidisclose: Run, *arguments: object) -> dict[str, Any]:
    """The only result of `verify --format json`, which follows the schema."""
    document = aidisclose("verify", *arguments, "--format", "json").json
    assert list(schema.offences(document, SCHEMA, SCHEMA)) == []
    (found,) = document["results"]
    assert isinstance(found, dict)
    return found


@pytest.fixture
def foreign(work: Path, issued: Issued) -> Path:
    """A picture signed by somebody else, made from one that they had signed before."""
    made = issued("ed25519")
    first = media.sign(media.picture(), made, ad.Disclosure(ai="generated", model="SDXL"))
    (work / "foreign.png").write_bytes(media.sign(first, made, ad.Disclosure(ai="edited")))
    return Path("foreign.png")


@pytest.fixture
def leaf(issued: Issued) -> ad.Certificate:
    """The certificate of the signer of `foreign`."""
    return load_pem((issued("ed25519").folder / "chain.pem").read_bytes())[0]


# What to do.


def test_who_has_no_list_learns_how_to_get_one(
    aidisclose: Run, home: Path, foreign: Path, issued: Issued
) -> None:
    hint = "aidisclose: hint: you have no trust list, so no signer can be trusted: `aidisclose "
    done = aidisclose("verify", foreign)
    assert done.err.startswith(f"{hint}trust update` gets ")
    root = issued("ed25519").folder / "root.pem"
    for options in (("--trust", root), ("--no-default-trust",), ("-q",)):
        assert aidisclose("verify", foreign, *options).err == ""
    (home / "trust").mkdir()
    shutil.copy(root, home / "trust" / "partner.pem")
    assert aidisclose("verify", foreign).err == ""
    assert aidisclose("verify", "picture.png").err == ""


def test_who_altered_own_files_is_not_sent_for_a_list(aidisclose: Run, work: Path) -> None:
    assert aidisclose("sign", "picture.png", "--ai", "generated").code == 0
    altered = bytearray((work / "picture.signed.png").read_bytes())
    altered[-20] ^= 1  # of the pixels
    (work / "altered.png").write_bytes(altered)
    done = aidisclose("verify", "altered.png")
    assert (done.code, done.err.count("hint: "), "trust list" in done.err) == (1, 1, False)
    assert "hint: ask where a file comes from" in done.err


def test_who_altered_an_own_claim_is_not_sent_for_a_list(aidisclose: Run, work: Path) -> None:
    assert aidisclose("sign", "picture.png", "--ai", "generated").code == 0
    honest = (work / "picture.signed.png").read_bytes()
    changed = attacked.store_of(honest).replace(b"aidisclose", b"somebodyel", 1)
    (work / "altered.png").write_bytes(attacked.embed(honest, changed))
    done = aidisclose("verify", "altered.png")
    assert "claimSignature.mismatch" in done.out
    assert "you have no trust list" not in done.err
    assert done.err.startswith("aidisclose: hint: ask where a file comes from")


def test_a_hint_is_said_once_for_all_files(aidisclose: Run, work: Path, foreign: Path) -> None:
    for number in range(40):
        shutil.copy(work / foreign, work / f"{number}.png")
    for jobs in ("1", "3"):
        done = aidisclose("verify", ".", "--jobs", jobs)
        assert done.err.count("hint: ") == 1


def stamped(aidisclose: Run, issued: Callable[..., Any], work: Path) -> Path:
    """A picture with a time stamp that only the root of its signer vouches for."""
    made = issued("es256")
    with serve(openssl_tsa(made.folder, work)) as server:
        options = ("--ai", "generated", "--tsa", server.url, "-o", "signed.png")
        assert aidisclose("sign", "picture.png", *options).code == 0
    return Path(made.folder / "root.pem")


def test_an_expired_certificate_with_a_time_stamp_that_is_not_trusted(
    aidisclose: Run, issued: Issued, work: Path
) -> None:
    root = stamped(aidisclose, issued, work)
    only = ("signed.png", "--no-default-trust", "--trust", root, "--at", LATER)
    done = aidisclose("verify", *only)
    assert done.code == 1
    why = done.out.splitlines()[1]
    assert why.startswith("  claimSignature.outsideValidity: ")
    found = result(aidisclose, *only)
    assert " expired on " in found["reason"]
    assert f"its time stamp of {datetime.now(UTC):%Y-%m-%d} is by " in found["reason"]
    assert found["reason"].endswith(", whom you do not trust")
    assert "`aidisclose trust add FILE --tsa`" in found["hint"]
    assert done.err == f"aidisclose: hint: {found['hint']}\n"
    stamp = found["trust"]["timestamp"]
    assert (stamp["status"], stamp["list"]) == ("untrusted", None)
    assert stamp["authority"]
    with_authority = (*only, "--tsa-trust", root, "--require", "trusted")
    assert aidisclose("verify", *with_authority).code == 0
    stamp = result(aidisclose, *with_authority)["trust"]["timestamp"]
    assert (stamp["status"], stamp["list"]["title"]) == ("trusted", "root.pem")


def test_an_expired_certificate_without_a_time_stamp(aidisclose: Run) -> None:
    aidisclose("sign", "picture.png", "--ai", "generated", "-o", "signed.png")
    found = result(aidisclose, "signed.png", "--at", LATER)
    assert found["state"] == "invalid"
    assert "time stamp" not in found["reason"]
    assert found["hint"].startswith("nothing proves that a file was signed before")


def test_an_untrusted_ingredient_is_named_and_not_the_signer(aidisclose: Run, work: Path) -> None:
    shutil.copy(FIXTURES / "edited.jpg", work)  # it has two generations, of a signer of its own
    done = aidisclose("sign", "edited.jpg", "--ai", "edited", "-o", "mine.jpg")
    assert done.code == 0, done.err
    done = aidisclose("verify", "mine.jpg", "--require", "trusted")
    assert done.code == 1
    assert "the signer is not trusted" not in done.out
    assert done.out.count("the signer is trusted, but ") == 1
    assert 'the signer is trusted, but ingredient "fixture" is not' in done.out
    found = result(aidisclose, "mine.jpg", "--require", "trusted")
    assert found["trust"]["status"] == "trusted"
    assert "nobody whom you trust vouches for the signer of the ingredient" in found["reason"]
    assert found["requirements"][0]["reason"].startswith("the signer is trusted, but not ")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data, "the file is what was signed, but nobody whom you trust vouches"),
        (media.flip, "the file is not what was signed: "),
        (lambda _: media.picture(), "no Content Credentials; this does not mean that no AI"),
    ],
)
def test_a_reason_in_a_sentence(
    aidisclose: Run,
    work: Path,
    foreign: Path,
    change: Callable[[bytes], bytes],
    reason: str,
) -> None:
    (work / "a.png").write_bytes(change((work / foreign).read_bytes()))
    assert result(aidisclose, "a.png")["reason"].startswith(reason)


def test_the_reason_of_a_file_that_cannot_be_read(aidisclose: Run) -> None:
    found = result(aidisclose, "missing.png")
    assert (found["reason"], found["hint"]) == ("no such file or directory", None)
    assert (found["requirements"], found["holds"]) == ([], None)


# Lists and pins.


def test_the_list_that_vouched(
    aidisclose: Run, home: Path, foreign: Path, issued: Issued, leaf: ad.Certificate
) -> None:
    (home / "trust" / "allowed").mkdir(parents=True)
    root = issued("ed25519").folder / "root.pem"
    shutil.copy(root, home / "trust" / "partner.pem")
    trust = result(aidisclose, foreign)["trust"]
    assert trust["anchor"]["fingerprint"] == load_pem(root.read_bytes())[0].sha256.hex()
    assert trust["list"] == {
        "name": "partner",
        "title": "partner.pem",
        "interim": False,
        "by_name": False,
        "uri": None,
        "version": None,
    }
    (home / "trust" / "partner.pem").unlink()
    assert aidisclose("trust", "add", foreign, "--allowed", "--name", "desk").code == 0
    trust = result(aidisclose, foreign)["trust"]
    assert trust["anchor"] is None
    assert (trust["list"]["name"], trust["list"]["by_name"]) == ("desk", True)
    assert trust["signer"]["fingerprint"] == leaf.sha256.hex()
    assert trust["signer"]["algorithm"] == "ed25519"
    assert f'CN="{leaf.common_name}"' in trust["signer"]["subject"]


def test_a_fingerprint_pins_the_signer(
    aidisclose: Run, foreign: Path, leaf: ad.Certificate, issued: Issued
) -> None:
    done = aidisclose("verify", foreign, "--signer", f"sha256:{leaf.sha256.hex()}")
    assert done.code == 0
    assert done.out.startswith("valid ")
    wrong = "0" * 64
    done = aidisclose("verify", foreign, "--signer", f"sha256:{wrong}")
    assert done.code == 1
    assert f'signed by "{leaf.common_name}", not "sha256:{wrong}"' in done.out
    spelled = leaf.sha256.hex(":").upper()  # as openssl writes it
    assert aidisclose("verify", foreign, "--signer", spelled).code == 0
    assert aidisclose("trust", "add", spelled, "--allowed", "--name", "spelled").code == 0
    assert aidisclose("trust", "remove", "spelled").code == 0
    done = aidisclose("verify", foreign, "--signer", "sha256:12")
    assert (done.code, done.out) == (2, "")
    root = issued("ed25519").folder / "root.pem"
    anchor = f"sha256:{load_pem(root.read_bytes())[0].sha256.hex()}"
    assert aidisclose("verify", foreign, "--trust", root, "--issuer", anchor).code == 0
    # An authority is proven by a chain to an anchor only.
    assert aidisclose("verify", foreign, "--issuer", anchor).code == 1
    middle = load_pem((issued("ed25519").folder / "chain.pem").read_bytes())[1]
    pinned = f"sha256:{middle.sha256.hex()}"
    assert aidisclose("verify", foreign, "--trust", root, "--issuer", pinned).code == 0
    assert aidisclose("verify", foreign, "--issuer", pinned).code == 1


def test_a_fingerprint_of_an_altered_file_proves_nothing(
    aidisclose: Run, work: Path, foreign: Path, leaf: ad.Certificate
) -> None:
    (work / "a.png").write_bytes(media.flip((work / foreign).read_bytes()))
    pin = ("--signer", f"sha256:{leaf.sha256.hex()}")
    assert aidisclose("verify", "a.png", *pin).code == 1
    assert result(aidisclose, "a.png", *pin)["holds"] is False


def test_names_are_compared_exactly_and_that_is_said(aidisclose: Run, issued: Issued) -> None:
    del issued
    aidisclose("sign", "picture.png", "--ai", "generated", "-o", "signed.png")
    done = aidisclose("verify", "signed.png", "--signer", "AIdisclose Test Credentials")
    assert done.code == 1
    assert "(names are compared exactly)" in done.out


def test_requirements_are_in_the_json(aidisclose: Run, foreign: Path) -> None:
    found = result(aidisclose, foreign)
    assert found["requirements"] == [
        {"name": "require", "wanted": ["valid"], "holds": True, "reason": ""}
    ]
    assert found["holds"] is True
    found = result(aidisclose, foreign, "--signer", "Ann", "--signer", "Ben", "--issuer", "CA")
    assert [(each["name"], each["wanted"], each["holds"]) for each in found["requirements"]] == [
        ("require", ["trusted"], False),
        ("signer", ["Ann", "Ben"], False),
        ("issuer", ["CA"], False),
    ]
    assert found["holds"] is False


# What the file says.


def test_where_a_file_comes_from(aidisclose: Run, foreign: Path) -> None:
    found = result(aidisclose, foreign)
    assert (found["title"], found["claim_version"], found["remote"]) == ("t", 2, None)
    assert found["generator"].startswith("aidisclose")
    assert [each["action"] for each in found["actions"]] == ["c2pa.opened", "c2pa.edited"]
    assert found["actions"][1]["digital_source_type"].endswith(
        "compositeWithTrainedAlgorithmicMedia"
    )
    (parent,) = found["history"]
    assert (parent["relationship"], parent["media_type"]) == ("parentOf", "image/png")
    assert parent["manifest"].startswith("urn:c2pa:")
    assert parent["signer"].startswith("Signer, for testing")
    assert (parent["thumbnail"], parent["recorded"]) == (False, ["signingCredential.untrusted"])


def test_nothing_unproven_is_said_about_where_a_file_comes_from(
    aidisclose: Run, work: Path
) -> None:
    (work / "p.jpg").write_bytes(samples.jpeg())
    assert aidisclose("sign", "p.jpg", "--ai", "generated", "-o", "signed.jpg").code == 0
    data = (work / "signed.jpg").read_bytes()
    place = data.index(b"p.jpg", data.index(b"c2pa.claim.v2"))
    (work / "broken.jpg").write_bytes(data[:place] + b"P" + data[place + 1 :])
    found = result(aidisclose, "broken.jpg")
    assert (found["title"], found["generator"], found["claim_version"]) == (None, None, None)
    assert (found["actions"], found["history"]) == ([], [])


def strip(data: bytes) -> bytes:
    """A JPEG file without its APP11 segments."""
    output, position = data[:2], 2
    while data[position + 1] != 0xDA:
        length = 2 + int.from_bytes(data[position + 2 : position + 4])
        if data[position + 1] != 0xEB:
            output += data[position : position + length]
        position += length
    return output + data[position:]


def test_marks_are_in_the_json_with_what_protects_them(aidisclose: Run, work: Path) -> None:
    (work / "p.jpg").write_bytes(samples.jpeg())
    options = ("--ai", "generated", "--aigc-producer", "ACME", "--aigc-id", "7")
    done = aidisclose("sign", "p.jpg", *options, "-o", "signed.jpg")
    assert done.code == 0, done.err
    found = result(aidisclose, "signed.jpg")["marks"]
    (kind,) = (each for each in found["xmp"] if each["property"].endswith("DigitalSourceType"))
    assert kind["value"].endswith("/trainedAlgorithmicMedia")
    assert (kind["place"], kind["protected"]) == ("XMP", True)
    (label,) = found["labels"]
    assert label["fields"]["Label"] == "1"
    assert label["protected"] is True
    (work / "stripped.jpg").write_bytes(strip((work / "signed.jpg").read_bytes()))
    stripped = result(aidisclose, "stripped.jpg")
    assert (stripped["state"], stripped["disclosure"]["ai"]) == ("none", "undeclared")
    assert stripped["disclosure"]["carriers"] != []
    for kind in ("xmp", "labels"):
        assert len(stripped["marks"][kind]) == len(found[kind])
        assert not any(each["protected"] for each in stripped["marks"][kind])


def test_inspect_shows_what_a_stripped_file_still_says(aidisclose: Run, work: Path) -> None:
    (work / "p.jpg").write_bytes(samples.jpeg())
    aidisclose("sign", "p.jpg", "--ai", "generated", "-o", "signed.jpg")
    (work / "stripped.jpg").write_bytes(strip((work / "signed.jpg").read_bytes()))
    done = aidisclose("inspect", "stripped.jpg")
    assert done.code == 1
    head, state, *_ = done.out.splitlines()
    assert (head, state) == ("stripped.jpg  image/jpeg", "  state       none")
    said = "  XMP: trainedAlgorithmicMedia: made by generative AI (unsigned: "
    assert done.out.count(said) == 1, "once"
    listed = aidisclose("verify", ".", "--only", "ai", "--format", "jsonl").out
    assert [json.loads(line)["file"] for line in listed.splitlines()] == [
        "signed.jpg",
        "stripped.jpg",
    ], "what says AI without a signature is found, too"
    document = aidisclose("inspect", "stripped.jpg", "--format", "json")
    assert document.json["result"]["marks"]["xmp"][0]["protected"] is False
    assert document.json["manifests"] == []
    nothing = aidisclose("inspect", "p.jpg")
    assert nothing.code == 1
    assert "XMP" not in nothing.out


def test_credentials_elsewhere_are_named(aidisclose: Run, work: Path) -> None:
    address = "https://credentials.example/1.c2pa"
    options = ("--ai", "generated", "--remote", address, "--sidecar", "-o", "signed.png")
    done = aidisclose("sign", "picture.png", *options)
    assert done.code == 0, done.err
    (work / "signed.png.c2pa").unlink()
    assert result(aidisclose, "signed.png")["remote"] == address
    assert "--online fetches" in result(aidisclose, "signed.png")["hint"]
    shown = aidisclose("inspect", "signed.png")
    assert shown.out.count(address) == 1
    assert "--online fetches them" in shown.out
    assert f"\n  the credentials are at {address}\n" in aidisclose("verify", "signed.png").out
    assert "the credentials are not in the file but elsewhere" in shown.err


def test_hints_of_generators_are_in_the_json(aidisclose: Run, work: Path) -> None:
    from PIL import Image, PngImagePlugin

    texts = PngImagePlugin.PngInfo()
    texts.add_text("parameters", "a cat\nSteps: 20, Seed: 7, Model: sdxl, Version: v1.9")
    Image.new("RGB", (8, 8)).save(work / "g.png", pnginfo=texts)
    (hint,) = result(aidisclose, "g.png")["marks"]["generators"]
    assert (hint["model"], hint["seed"], hint["prompt"]) == ("sdxl", "7", "a cat")
    assert hint["protected"] is False
    aidisclose("sign", "g.png", "--ai", "generated", "-o", "s.png")
    (hint,) = result(aidisclose, "s.png")["marks"]["generators"]
    assert hint["protected"] is True


def test_marks_of_a_hostile_file_are_cut(aidisclose: Run, work: Path) -> None:
    from PIL import Image, PngImagePlugin

    texts = PngImagePlugin.PngInfo()
    for _ in range(200):
        texts.add_text("AIGC", '{"Label": "1", "x": "' + "y" * 5_000 + '"}')
    Image.new("RGB", (8, 8)).save(work / "g.png", pnginfo=texts)
    marks = result(aidisclose, "g.png")["marks"]
    assert 0 < len(marks["labels"]) <= 20
    for label in marks["labels"]:
        assert all(len(text) <= 2_000 for text in (label["fields"] or {}).values())


# Notices.


def test_the_notice_about_test_credentials_is_said_once_a_day(aidisclose: Run, home: Path) -> None:
    sign = ("sign", "picture.png", "--ai", "generated", "--force")
    first = aidisclose(*sign)
    assert "signed with your test credentials" in first.err
    assert aidisclose(*sign).err == ""
    (notice,) = (home / "notices").iterdir()
    yesterday = datetime.now().timestamp() - 25 * 3600
    os.utime(notice, (yesterday, yesterday))
    assert "signed with your test credentials" in aidisclose(*sign).err
    os.utime(notice, (yesterday, yesterday))
    assert aidisclose(*sign, "--quiet").err == ""


def test_a_place_that_cannot_be_written_is_no_error(aidisclose: Run, home: Path) -> None:
    (home / "notices").write_text("a file")
    sign = ("sign", "picture.png", "--ai", "generated", "--force")
    for _ in range(2):
        done = aidisclose(*sign)
        assert done.code == 0
        assert "signed with your test credentials" in done.err


def test_interim_is_said_in_the_json(
    aidisclose: Run, foreign: Path, issued: Issued, tmp_path: Path
) -> None:
    from tests.cli.test_trust_interim import write_interim
    from tests.trust.test_lists import SIGNERS, STAMPERS, mirror

    folder = mirror(tmp_path / "m", C2PA_TRUST_LIST=SIGNERS, C2PA_TSA_TRUST_LIST=STAMPERS)
    root = (issued("ed25519").folder / "root.pem").read_bytes()
    write_interim(folder, root, pki.signer().pem)
    assert aidisclose("trust", "update", "--interim", "--from", folder).code == 0
    found = result(aidisclose, foreign)
    listed = found["trust"]["list"]
    assert (listed["name"], listed["interim"]) == ("interim", True)
    assert "which nobody maintains any more" in found["reason"]


def test_who_is_asked_to_trust_a_chain_without_its_issuer_learns_what_to_do(
    aidisclose: Run, work: Path
) -> None:
    assert aidisclose("credentials", "new", "--dir", "own").code == 0
    chain = (work / "own" / "chain.pem").read_text().partition("-----END CERTIFICATE-----\n")
    (work / "leaf.pem").write_text(chain[0] + chain[1])
    pair = ("--cert", "leaf.pem", "--key", "own/key.pem")
    assert aidisclose("sign", "picture.png", "--ai", "generated", *pair).code == 0
    done = aidisclose("verify", "picture.signed.png", "--trust", "own/root.pem")
    assert (done.code, "not trusted" in done.out) == (0, True)
    assert "hint: `aidisclose trust explain FILE` says who would have to be trusted" in done.err
