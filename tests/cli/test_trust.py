"""`aidisclose trust`: lists are added, shown, renewed, removed; `verify` says which one decided."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

import aidisclose as ad
from aidisclose.io import home
from aidisclose.trust.certificate import load_pem
from tests.cli.running import Run
from tests.cli.test_trust_interim import write_interim
from tests.issuing import Issued
from tests.servers import Reply, closed_port, serve
from tests.trust import pki
from tests.trust.test_lists import OLDER, SIGNERS, STAMPERS, encoded, mirror, service

SEVENTH = "no. 7 of 2026-08-05, renew by 2097-08-05"
EIGHTH = "no. 8 of 2026-09-01, renew by 2097-08-05"
UPDATED = f"updated  C2PA Trust List for signers, 1 certificate, {EIGHTH}"
STAMPS = f"installed  C2PA TSA Trust List for time stamps, 1 certificate, {SEVENTH}"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A mirror of the official lists."""
    return mirror(tmp_path / "m", C2PA_TRUST_LIST=SIGNERS, C2PA_TSA_TRUST_LIST=STAMPERS)


def test_none_at_first(aidisclose: Run) -> None:
    done = aidisclose("trust", "list")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("none; `aidisclose trust update`")


def test_update_says_what_it_changes(aidisclose: Run, published: Path) -> None:
    done = aidisclose("trust", "update", "--from", published)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        f"installed  C2PA Trust List for signers, 1 certificate, {SEVENTH}",
        "  + O=Tests, CN=Root p256 0 (until 2026-09-09)",
        STAMPS,
        "  + O=Tests, CN=Root p384 0 (until 2026-09-09)",
    ]
    assert aidisclose("trust", "update", "--from", published).out.count("unchanged") == 2
    newer = encoded(service(pki.root("p384").der), sequence=8, issued="2026-09-01T00:00:00Z")
    mirror(published, C2PA_TRUST_LIST=newer)
    done = aidisclose("trust", "update", "--from", published / "C2PA-TRUST-LIST.json")
    assert done.out.splitlines() == [
        UPDATED,
        "  + O=Tests, CN=Root p384 0 (until 2026-09-09)",
        "  - O=Tests, CN=Root p256 0 (until 2026-09-09)",
    ]


def test_update_keeps_what_is_there_if_it_must(
    aidisclose: Run, home: Path, published: Path
) -> None:
    aidisclose("trust", "update", "--from", published)
    before = (home / "trust" / "c2pa.pem").read_bytes()
    mirror(published, C2PA_TRUST_LIST=OLDER, C2PA_TSA_TRUST_LIST=b"<html>")
    done = aidisclose("trust", "update", "--from", published)
    assert (done.code, done.out) == (1, "")
    first, second = done.err.splitlines()
    assert "older than the one of 2026-08-05 here" in first
    assert first.endswith("kept the version no. 7 of 2026-08-05")
    assert "no usable certificate" in second
    assert (home / "trust" / "c2pa.pem").read_bytes() == before


def test_update_without_a_network(aidisclose: Run) -> None:
    done = aidisclose("trust", "update", "--from", closed_port())
    assert (done.code, done.out) == (1, "")
    assert done.err.count("refuses connections") == 2


def test_list_shows_where_lists_are_from(aidisclose: Run, published: Path) -> None:
    aidisclose("trust", "update", "--from", published)
    done = aidisclose("trust", "list")
    assert (done.code, done.err) == (0, "")
    head, first, second = done.out.splitlines()
    assert head.split() == ["name", "for", "certificates", "version", "renew", "by", "source"]
    assert first.split()[:2] == ["c2pa", "signers"]
    assert second.split()[:3] == ["c2pa", "time", "stamps"]
    details = aidisclose("trust", "list", "c2pa").out.splitlines()
    assert details[1] == "  O=Tests, CN=Root p256 0 (until 2026-09-09), from 2026-01-02"
    unknown = aidisclose("trust", "list", "none")
    assert (unknown.code, unknown.out) == (2, "")
    assert "there is no trust list 'none'" in unknown.err
    for arguments in (("list", "c2paa"), ("remove", "c2paa")):
        misspelled = aidisclose("trust", *arguments)
        assert misspelled.code == 2
        assert "there is no trust list 'c2paa'; did you mean c2pa?" in misspelled.err


def test_list_says_what_is_overdue(aidisclose: Run, published: Path) -> None:
    data = SIGNERS.replace(b"2097-08-05", b"2020-08-06")
    mirror(published, C2PA_TRUST_LIST=data)
    aidisclose("trust", "update", "--from", published)
    done = aidisclose("trust", "list")
    assert done.err == (
        "aidisclose: c2pa: it was to be renewed by 2020-08-06: run `aidisclose trust update`\n"
    )


def test_list_for_programs(aidisclose: Run, published: Path) -> None:
    aidisclose("trust", "update", "--from", published)
    first, second = aidisclose("trust", "list", "--format", "json").json["lists"]
    assert (first["kind"], second["kind"]) == ("signers", "tsa")
    assert (first["sequence"], first["issued"]) == (7, "2026-08-05T00:11:39Z")
    assert first["purposes"] == ["1.3.6.1.4.1.62558.2.1"]
    (certificate,) = first["certificates"]
    assert certificate["not_before"] == "2026-01-02T03:04:05Z"
    assert certificate["sha256"] == pki.root().certificate.sha256.hex()


def test_what_is_added_decides_and_is_named(aidisclose: Run, home: Path, work: Path) -> None:
    aidisclose("sign", "picture.png", "--ai", "generated")
    root = home / "credentials" / "default" / "root.pem"
    shutil.copy(root, work / "house.pem")
    shutil.rmtree(home / "credentials")
    verify = ("verify", "picture.signed.png", "--require", "trusted")
    assert aidisclose(*verify).code == 1
    done = aidisclose("trust", "add", "house.pem")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("added  house for signers, 1 certificate: ")
    assert str(work / "house.pem") in aidisclose("trust", "list").out
    done = aidisclose(*verify)
    assert done.code == 0
    assert "house.pem" in done.out
    assert aidisclose("trust", "add", "house.pem").code == 2
    assert aidisclose("trust", "add", "house.pem", "--force").code == 0
    done = aidisclose("trust", "remove", "house")
    assert (done.code, done.err) == (0, "")
    assert aidisclose(*verify).code == 1
    for name in ("one", "two"):
        assert aidisclose("trust", "add", "house.pem", "--name", name).code == 0
    assert aidisclose("trust", "remove", "one", "two").out.count("removed  ") == 2
    done = aidisclose("trust", "remove", "house")
    assert (done.code, done.out) == (2, "")
    assert "there is no trust list 'house'" in done.err


def test_verify_says_which_list_decided_and_from_when(
    aidisclose: Run, home: Path, tmp_path: Path
) -> None:
    aidisclose("sign", "picture.png", "--ai", "generated")
    (root,) = x509.load_pem_x509_certificates(
        (home / "credentials" / "default" / "root.pem").read_bytes()
    )
    shutil.rmtree(home / "credentials")
    data = encoded(service(root.public_bytes(Encoding.DER)))
    aidisclose("trust", "update", "--from", mirror(tmp_path / "m", C2PA_TRUST_LIST=data))
    done = aidisclose("verify", "picture.signed.png", "--require", "trusted")
    assert done.code == 0
    assert "C2PA Trust List of 2026-08-05" in done.out
    later = ("--at", "2097-08-06T00:00:00Z", "--format", "json")
    (result,) = aidisclose("verify", "picture.signed.png", *later).json["results"]
    assert "trust_list" in result["missing"]


def test_a_signer_may_be_trusted_by_name(aidisclose: Run, home: Path, work: Path) -> None:
    aidisclose("sign", "picture.png", "--ai", "generated")
    shutil.copy(home / "credentials" / "default" / "chain.pem", work / "ann.pem")
    shutil.rmtree(home / "credentials")
    assert aidisclose("trust", "add", "ann.pem", "--allowed", "--name", "ann").code == 0
    done = aidisclose("verify", "picture.signed.png", "--require", "trusted")
    assert done.code == 0
    assert done.out.count("signers that you allow (ann.pem)") == 1
    wrong = aidisclose("trust", "remove", "ann", "--tsa")
    assert (wrong.code, wrong.out) == (2, "")
    assert "there is no trust list 'ann' for time stamps" in wrong.err
    assert aidisclose("trust", "remove", "ann").code == 0


def test_purposes_of_what_is_added(aidisclose: Run, work: Path) -> None:
    (work / "root.pem").write_bytes(pki.root().pem)
    aidisclose("trust", "add", "root.pem", "--purpose", "1.2.3", "--purpose", "1.2.4")
    (found,) = aidisclose("trust", "list", "--format", "json").json["lists"]
    assert found["purposes"] == ["1.2.3", "1.2.4"]


@pytest.mark.parametrize("purpose", ["", "emailProtection", "1", "1.2.3 1.2.4", "3.1", "\udcff"])
def test_a_purpose_is_an_object_identifier(aidisclose: Run, work: Path, purpose: str) -> None:
    (work / "root.pem").write_bytes(pki.root().pem)
    done = aidisclose("trust", "add", "root.pem", "--purpose", purpose)
    assert (done.code, done.out) == (2, "")
    assert "is not an extended key usage: expected an object identifier" in done.err
    assert aidisclose("trust", "list", "--format", "json").json["lists"] == []


def test_what_is_added_from_an_address_is_renewed(aidisclose: Run, published: Path) -> None:
    answers = [Reply(pki.root().pem)]
    with serve(lambda _: answers[0]) as server:
        done = aidisclose("trust", "add", f"{server.url}/house.pem?key=1", "--tsa")
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith("added  house for time stamps, 1 certificate: ")
        answers[0] = Reply(pki.root("p384").pem)
        done = aidisclose("trust", "update", "--from", published)
    assert done.out.splitlines()[-2:] == [
        "  + O=Tests, CN=Root p384 0 (until 2026-09-09)",
        "  - O=Tests, CN=Root p256 0 (until 2026-09-09)",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("none.pem",), "none.pem: no such file or directory"),
        (("picture.png",), "--allowed trusts its signer"),
        (("http://list.test/a.pem",), "whom to trust is downloaded by https only"),
        (("picture.png", "--name", "../x"), "cannot be the name of a trust list"),
        (("picture.png", "--tsa", "--allowed"), "cannot be combined"),
        (("c2pa.pem",), "'c2pa' is the name of the official lists"),
    ],
)
def test_what_cannot_be_added(aidisclose: Run, arguments: tuple[str, ...], message: str) -> None:
    done = aidisclose("trust", "add", *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err
    assert aidisclose("trust", "list").out.startswith("none;")


PRODUCTS = "conforming-products-list.json"


@pytest.fixture
def maker(aidisclose: Run, work: Path) -> Path:
    """Credentials of somebody else than the user."""
    assert aidisclose("credentials", "new", "--dir", "maker").code == 0
    for name, ai in (("made.png", "generated"), ("drawn.png", "none")):
        key = ("--cert", "maker/chain.pem", "--key", "maker/key.pem")
        assert aidisclose("sign", "picture.png", "--ai", ai, "-o", name, *key).code == 0
    return work / "maker"


def with_products(
    published: Path, maker: Path, changed: str = "2026-08-05", disallowed: Iterable[str] = ()
) -> Path:
    """The mirror with a list that has the maker's product."""
    signer = load_pem((maker / "chain.pem").read_bytes())[0]
    product = {
        "productType": "generatorProduct",
        "DN": {"CN": signer.common_name, "O": signer.organization},
        "assurance": {"maxAssuranceLevel": 2},
        "disallowedSignals": {"inception": list(disallowed)},
    }
    record = {
        "recordId": "0197aa34-665b-7811-9bbc-317cfd988d0a",
        "status": "conformant",
        "product": product,
        "dates": {"lastModification": changed},
    }
    (published / PRODUCTS).write_text(json.dumps([record]))
    return published


def test_update_gets_the_conforming_products(aidisclose: Run, published: Path, maker: Path) -> None:
    done = aidisclose("trust", "update", "--from", with_products(published, maker))
    assert done.code == 0
    assert "got  1 conforming product, changed 2026-08-05" in done.out
    assert "1 conforming product, changed 2026-08-05" in aidisclose("trust", "list").err
    done = aidisclose("trust", "update", "--from", with_products(published, maker, "2026-08-04"))
    assert done.code == 1
    assert "older than the one that is here" in done.err
    (published / PRODUCTS).write_text("[1]")
    done = aidisclose("trust", "update", "--from", published)
    assert done.code == 1
    assert "no list of conforming products" in done.err
    (published / PRODUCTS).unlink()
    assert aidisclose("trust", "update", "--from", published).code == 1, "it was there before"


def test_verify_shows_the_product_that_signed(
    aidisclose: Run, published: Path, maker: Path
) -> None:
    aidisclose("trust", "update", "--from", with_products(published, maker))
    name = load_pem((maker / "chain.pem").read_bytes())[0].common_name
    file = ("verify", "made.png", "--trust", maker / "root.pem")
    assert f"product: {name}, assurance level 2" in aidisclose(*file).out
    found = aidisclose(*file, "--format", "json").json["results"][0]["trust"]["product"]
    assert (found["name"], found["assurance_level"]) == (name, 2)
    unknown = aidisclose("verify", "made.png", "--format", "json")
    assert unknown.json["results"][0]["trust"]["product"] is None, "anybody can take a name"


def test_authorities_of_the_interim_list_certify_no_product(
    aidisclose: Run, published: Path, maker: Path
) -> None:
    write_interim(published, (maker / "root.pem").read_bytes(), pki.signer().pem)
    mirrored = with_products(published, maker)
    assert aidisclose("trust", "update", "--interim", "--from", mirrored).code == 0
    found = aidisclose("verify", "made.png", "--format", "json").json["results"][0]["trust"]
    assert (found["status"], found["list"]["interim"], found["product"]) == ("trusted", True, None)


def test_verify_warns_of_what_a_product_may_not_claim(
    aidisclose: Run, published: Path, maker: Path
) -> None:
    mirrored = with_products(published, maker, disallowed=["nonGenAIDigitalCreation"])
    aidisclose("trust", "update", "--from", mirrored)
    trust = ("--trust", maker / "root.pem")
    done = aidisclose("verify", "drawn.png", *trust)
    assert done.code == 0
    assert "may not claim nonGenAIDigitalCreation" in done.err
    assert "may not claim" not in aidisclose("verify", "made.png", *trust).err
    for form in ("text", "html"):
        shown = aidisclose("inspect", "drawn.png", *trust, "--format", form).out
        assert "may not claim nonGenAIDigitalCreation" in shown
    gate = ("--policy", "c2pa-conformance", "--select", "SIG-004")
    done = aidisclose("check", "drawn.png", "made.png", *trust, *gate)
    assert done.code == 1
    assert done.out.count("may not claim nonGenAIDigitalCreation") == 1
    own = aidisclose("sign", "picture.png", "--ai", "none", "-o", "own.png")
    assert own.code == 0
    assert "may not claim" not in aidisclose("verify", "own.png").err, "by your test credentials"


def test_a_broken_list_of_products_is_told_in_one_line(
    aidisclose: Run, published: Path, maker: Path
) -> None:
    aidisclose("trust", "update", "--from", with_products(published, maker))
    (home.trust_folder() / "conforming-products.json").write_text("{")
    done = aidisclose("verify", "made.png", "--trust", maker / "root.pem")
    assert done.code in (2, 4)
    assert "no list of conforming products" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("form", ["base64", "digits", "openssl"])
def test_a_list_of_hashes_is_taken_in_every_form(
    aidisclose: Run, work: Path, home: Path, issued: Issued, form: str
) -> None:
    leaf = load_pem((issued("ed25519").folder / "chain.pem").read_bytes())[0]
    line = {
        "base64": base64.b64encode(leaf.sha256).decode(),
        "digits": leaf.sha256.hex(),
        "openssl": leaf.sha256.hex(":").upper(),
    }[form]
    (work / "list.txt").write_text(f"// of a partner\n{line}\n")
    refused = aidisclose("trust", "add", "list.txt")
    assert refused.code == 2
    assert "hashes of those of signers: --allowed trusts these" in refused.err
    done = aidisclose("trust", "add", "list.txt", "--allowed")
    assert (done.code, done.err) == (0, "")
    assert f"  + sha256:{leaf.sha256.hex()}\n" in done.out


def test_own_lists_that_cannot_be_read_are_named_with_a_way_out(
    aidisclose: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert aidisclose("sign", "picture.png", "--ai", "generated", "-o", "signed.png").code == 0

    def refuse() -> ad.TrustConfig:
        raise PermissionError(13, "Permission denied", "/home/ann/.config/aidisclose/trust")

    monkeypatch.setattr(ad.TrustConfig, "user", refuse)
    done = aidisclose("verify", "signed.png")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "aidisclose: /home/ann/.config/aidisclose/trust: permission denied; "
        "--no-default-trust does without your own lists\n"
    )
    assert aidisclose("verify", "signed.png", "--no-default-trust").code == 0


def test_of_a_long_list_that_is_new_the_beginning_is_told(
    aidisclose: Run, work: Path, home: Path
) -> None:
    roots = [service(pki.root("p256", number).certificate.der) for number in range(12)]
    mirror(work / "mirror", C2PA_TRUST_LIST=encoded(*roots), C2PA_TSA_TRUST_LIST=STAMPERS)
    done = aidisclose("trust", "update", "--from", work / "mirror")
    head, *lines = done.out.split("installed  ")[1].splitlines()
    assert "12 certificates" in head
    assert len(lines) == 6
    assert lines[-1] == "  + 7 more: `aidisclose trust list c2pa` has all"
    assert aidisclose("trust", "list", "c2pa").out.count("Root p256 ") >= 12
