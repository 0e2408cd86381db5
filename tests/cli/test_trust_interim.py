"""`trust`: the interim list, signers by fingerprint and by file, and snapshots."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from pathlib import Path

import pytest

from aidisclose.trust import download, lists
from aidisclose.trust.certificate import load_pem
from aidisclose.trust.lists import Purpose
from tests.attacks import files, parties
from tests.cli.running import Run
from tests.servers import Reply, Request, serve
from tests.trust import pki
from tests.trust.test_lists import SIGNERS, STAMPERS, encoded, mirror, service

STORE = b"//id-kp-emailProtection\n1.3.6.1.5.5.7.3.4\n// time\n1.3.6.1.5.5.7.3.8\n"
VECTORS = pki.SHARED / "vectors"
needs_vectors = pytest.mark.skipif(
    not (VECTORS.is_dir() and (pki.SHARED / "trust").is_dir()),
    reason="the public test files are not here",
)


def write_interim(folder: Path, anchors: bytes, allowed: bytes) -> Path:
    """The folder of a mirror with an interim list; returns the mirror."""
    interim = folder / "interim"
    interim.mkdir(exist_ok=True)
    (interim / "anchors.pem").write_bytes(anchors)
    (interim / "allowed.pem").write_bytes(allowed)
    (interim / "store.cfg").write_bytes(STORE)
    return folder


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A mirror of the official lists and the interim one."""
    folder = mirror(tmp_path / "m", C2PA_TRUST_LIST=SIGNERS, C2PA_TSA_TRUST_LIST=STAMPERS)
    return write_interim(folder, pki.root().pem, pki.signer().pem)


@pytest.fixture
def signed(aidisclose: Run, home: Path, work: Path) -> Path:
    """A picture whose signer nobody knows, beside the root and the chain of that signer."""
    aidisclose("sign", "picture.png", "--ai", "generated")
    made = home / "credentials" / "default"
    shutil.copy(made / "root.pem", work / "root.pem")
    shutil.copy(made / "chain.pem", work / "chain.pem")
    shutil.rmtree(home / "credentials")
    return work / "picture.signed.png"


def test_an_update_tells_what_was_there_before_and_what_is_there_now(
    published: Path, tmp_path: Path
) -> None:
    """Of interim lists as of official ones; where one cannot be got, the old one stays."""

    def update() -> list[download.ListUpdate]:
        return list(
            download.update(tmp_path / "t", now=pki.NOW, origin=str(published), interim=True)
        )

    first = update()
    assert len(first) == 5
    assert [each.old for each in first] == [None] * 5
    assert {each.new for each in first} == set(lists.installed(tmp_path / "t"))
    second = update()
    assert [each.old for each in second] == [each.new for each in first]
    (published / "interim" / "anchors.pem").write_bytes(b"no list")
    third = update()
    assert [each.old for each in third] == [each.new for each in second]
    assert [each.new is None for each in third] == [bool(each.problem) for each in third]
    assert {each.source for each in third if each.problem} == {
        str(published / "interim" / "anchors.pem")
    }
    (published / "interim" / "store.cfg").write_bytes(b"no list")
    *_, fourth = update()
    assert (fourth.old, fourth.new) == (second[2].new, None)
    assert set(lists.installed(tmp_path / "t")) == {each.new for each in second}


def test_the_interim_list_is_got_only_if_asked_for(aidisclose: Run, published: Path) -> None:
    assert "interim" not in aidisclose("trust", "update", "--from", published).out
    done = aidisclose("trust", "update", "--interim", "--from", published)
    assert (done.code, done.err) == (0, "")
    found = [line for line in done.out.splitlines() if "interim" in line]
    assert [line.partition(", ")[0] for line in found] == [
        "installed  C2PA interim list (2025) for signers",
        "installed  C2PA interim list (2025) for time stamps",
        "installed  C2PA interim list (2025) for signers by name",
    ]
    lists = aidisclose("trust", "list", "--format", "json").json["lists"]
    assert [(each["name"], each["interim"]) for each in lists] == [
        ("c2pa", False),
        ("interim", True),
        ("c2pa", False),
        ("interim", True),
        ("interim", True),
    ]
    # What vouches for time stamps vouches for no signers, although the list names both.
    assert lists[1]["purposes"] == ["1.3.6.1.5.5.7.3.4"]
    assert lists[3]["purposes"] == ["1.3.6.1.5.5.7.3.8"]


@pytest.mark.usefixtures("signed")
def test_what_the_interim_list_vouches_for_is_marked_everywhere(
    aidisclose: Run, work: Path, published: Path
) -> None:
    anchors = (work / "root.pem").read_bytes() + parties.root().pem
    write_interim(published, anchors, pki.signer().pem)
    aidisclose("trust", "update", "--interim", "--from", published)
    done = aidisclose("verify", "picture.signed.png", "--require", "trusted")
    assert done.code == 0
    assert done.out.startswith("trusted (interim list)  picture.signed.png")
    assert "anchor: C2PA interim list (2025)" in done.out
    explained = aidisclose("trust", "explain", "picture.signed.png")
    assert "by the list 'interim' (C2PA interim list (2025), from " in explained.out
    assert "; nobody maintains it since 2026-01-01)" in explained.out
    steps = aidisclose("trust", "explain", "picture.signed.png", "--format", "json").json
    (anchor,) = (
        each
        for each in steps["signatures"][0]["steps"]
        if each["topic"] == "anchor" and each["bearing"] == "for"
    )
    assert anchor["details"]["list_interim"] == "yes"
    # Rules know test credentials, whoever vouches for them: another signer's file is judged.
    (work / "other.png").write_bytes(files.signed(files.active()))
    checked = aidisclose("check", "other.png", "--policy", "c2pa-conformance", "--format", "json")
    assert "nobody maintains any more" in checked.out


@pytest.mark.usefixtures("signed")
def test_an_official_list_comes_before_the_interim_one(
    aidisclose: Run, work: Path, published: Path
) -> None:
    root = (work / "root.pem").read_bytes()
    write_interim(published, root, pki.signer().pem)
    (certificate,) = load_pem(root)
    mirror(published, C2PA_TRUST_LIST=encoded(service(certificate.der)))
    aidisclose("trust", "update", "--interim", "--from", published)
    done = aidisclose("verify", "picture.signed.png")
    assert done.out.startswith("trusted (test signer)  picture")
    assert "anchor: C2PA Trust List of 2026-08-05" in done.out


@pytest.mark.usefixtures("signed")
def test_an_interim_signer_by_name_is_marked(aidisclose: Run, work: Path, published: Path) -> None:
    write_interim(published, pki.root().pem, (work / "chain.pem").read_bytes())
    aidisclose("trust", "update", "--interim", "--from", published)
    done = aidisclose("verify", "picture.signed.png")
    assert done.out.startswith("trusted (interim list)  picture")
    assert "signers that you allow (C2PA interim list (2025))" in done.out
    assert aidisclose("trust", "remove", "interim").out.count("removed") == 3
    assert aidisclose("verify", "picture.signed.png").out.startswith("valid ")


def test_a_frozen_list_does_not_grow(aidisclose: Run, home: Path, published: Path) -> None:
    update = ("trust", "update", "--interim", "--from", published)
    aidisclose(*update)
    before = (home / "trust" / "interim.pem").read_bytes()
    write_interim(published, pki.root().pem + pki.root("p384").pem, pki.signer().pem)
    done = aidisclose(*update)
    assert done.code == 1
    assert done.err.count("this list is frozen, and has 1 new members") == 2
    assert (home / "trust" / "interim.pem").read_bytes() == before
    aidisclose("trust", "remove", "interim")
    assert aidisclose(*update).code == 0


def test_a_list_of_the_users_own_is_not_replaced_by_the_interim_one(
    aidisclose: Run, home: Path, work: Path, published: Path
) -> None:
    (work / "interim.pem").write_bytes(pki.root("p384").pem)
    aidisclose("trust", "add", "interim.pem")
    before = (home / "trust" / "interim.pem").read_bytes()
    done = aidisclose("trust", "update", "--interim", "--from", published)
    assert done.code == 1
    assert "another list of yours has this name" in done.err
    assert (home / "trust" / "interim.pem").read_bytes() == before


@pytest.mark.parametrize("store", [b"", b"<html>", b"1.2.3\nx\n"])
def test_an_interim_list_without_its_purposes_is_refused(
    aidisclose: Run, home: Path, published: Path, store: bytes
) -> None:
    (published / "interim" / "store.cfg").write_bytes(store)
    done = aidisclose("trust", "update", "--interim", "--from", published)
    assert done.code == 1
    assert "store.cfg: not a list of object identifiers, one per line" in done.err
    assert not (home / "trust" / "interim.pem").exists()


def test_an_interim_list_from_an_address_stays_one_when_it_is_renewed(
    aidisclose: Run, published: Path
) -> None:
    def answer(request: Request) -> Reply:
        return Reply((published / request.path.lstrip("/")).read_bytes())

    with serve(answer) as server:
        assert aidisclose("trust", "update", "--interim", "--from", server.url).code == 0
        done = aidisclose("trust", "update", "--from", published)
    assert (done.code, done.err) == (0, "")
    assert done.out.count("unchanged  C2PA interim list (2025)") == 3
    lists = aidisclose("trust", "list", "--format", "json").json["lists"]
    assert sum(each["interim"] for each in lists) == 3


def test_the_interim_list_is_got_from_its_own_address(
    aidisclose: Run, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `--from`: official lists from one address, the interim one from another."""
    asked: list[str] = []

    def answer(request: Request) -> Reply:
        asked.append(request.path)
        name = request.path.removeprefix("/official/").replace("/trust/", "interim/")
        path = published / name
        return Reply(path.read_bytes()) if path.is_file() else Reply(status=404)

    assert download.INTERIM_ORIGIN == "https://contentcredentials.org/trust"
    with serve(answer) as server:
        monkeypatch.setattr(download, "ORIGIN", f"{server.url}/official")
        monkeypatch.setattr(download, "INTERIM_ORIGIN", f"{server.url}/trust")
        monkeypatch.setattr(download, "_PRODUCTS", f"{server.url}/products.json")
        done = aidisclose("trust", "update", "--interim")
    assert "C2PA interim list (2025)" in done.out
    assert {"/trust/store.cfg", "/trust/anchors.pem", "/trust/allowed.pem"} <= set(asked)
    assert any(path.startswith("/official/C2PA-TRUST-LIST") for path in asked)
    sources = {
        each["source"]
        for each in aidisclose("trust", "list", "--format", "json").json["lists"]
        if each["interim"]
    }
    assert sources == {f"{server.url}/trust/anchors.pem", f"{server.url}/trust/allowed.pem"}


def test_the_interim_list_is_in_no_single_file(aidisclose: Run, published: Path) -> None:
    file = published / "C2PA-TRUST-LIST.json"
    done = aidisclose("trust", "update", "--interim", "--from", file)
    assert (done.code, done.out) == (2, "")
    assert "--interim needs --from a folder" in done.err


@needs_vectors
def test_downloads_of_2025_are_trusted_with_the_interim_list(aidisclose: Run) -> None:
    picture = VECTORS / "signed" / "ocsp.jpg"
    aidisclose("trust", "update", "--from", pki.SHARED / "trust")
    assert aidisclose("verify", picture).code == 1
    aidisclose("trust", "update", "--interim", "--from", pki.SHARED / "trust")
    done = aidisclose("verify", picture, "--require", "trusted")
    assert done.code == 0
    assert done.out.startswith("trusted (interim list)")
    assert "on 2025-08-13 (time stamp by C2PA interim list (2025))" in done.out


# Signers by name.


def test_the_signer_of_a_file_is_allowed(aidisclose: Run, signed: Path) -> None:
    done = aidisclose("trust", "add", signed.name, "--allowed")
    assert (done.code, done.err) == (0, "")
    head, certificate = done.out.splitlines()
    assert head.startswith("added  Signer of picture.signed.png for signers by name")
    assert 'CN="Signer, for testing' in certificate
    assert aidisclose("verify", signed.name, "--require", "trusted").code == 0
    explained = aidisclose("trust", "explain", signed.name)
    assert "is on your list of signers by name: the list 'picture.signed'" in explained.out


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (b"IDAT", "the content is not what was signed"),
        (b"claim_generator_info", "no signature that verifies"),
    ],
)
def test_the_signer_of_another_file_is_not(
    aidisclose: Run, home: Path, signed: Path, part: bytes, reason: str
) -> None:
    data = bytearray(signed.read_bytes())
    data[data.index(part) + len(part) + 5] ^= 1
    signed.write_bytes(data)
    done = aidisclose("trust", "add", signed.name, "--allowed")
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith(f"aidisclose: {signed.name}: ")
    assert reason in done.err
    assert not (home / "trust").exists()


def test_a_media_file_is_no_authority(aidisclose: Run, signed: Path) -> None:
    for kind in ((), ("--tsa",), ("--identity",)):
        done = aidisclose("trust", "add", signed.name, *kind)
        assert (done.code, done.out) == (2, "")
        assert "is a media file; --allowed trusts its signer" in done.err


def test_a_fingerprint_is_allowed(aidisclose: Run, signed: Path, work: Path) -> None:
    leaf = load_pem((work / "chain.pem").read_bytes())[0]
    digits = leaf.sha256.hex().upper()
    spaced = ":".join(digits[index : index + 2] for index in range(0, 64, 2))
    done = aidisclose("trust", "add", f"sha256:{spaced}", "--allowed", "--name", "desk")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[1] == f"  + sha256:{leaf.sha256.hex()}"
    assert aidisclose("verify", signed.name, "--require", "trusted").code == 0
    assert "sha256:" in aidisclose("trust", "list", "desk").out
    for wrong in ("sha256:12", f"sha256:{'g' * 64}"):
        assert "expected sha256: and 64" in aidisclose("trust", "add", wrong, "--allowed").err
    assert "give --allowed" in aidisclose("trust", "add", f"sha256:{digits}").err


def test_hash_lists_of_the_reference_are_read(
    aidisclose: Run, home: Path, signed: Path, work: Path
) -> None:
    leaf = load_pem((work / "chain.pem").read_bytes())[0]
    lines = [hashlib.sha256(b"x").digest(), leaf.sha256]
    text = "# signers\r\n" + "".join(f"{base64.b64encode(each).decode()}\r\n" for each in lines)
    (work / "allowed.sha256.txt").write_text(text + pki.signer().pem.decode())
    done = aidisclose("trust", "add", "allowed.sha256.txt", "--allowed")
    assert (done.code, done.err) == (0, "")
    assert "1 certificate, 2 hashes of certificates" in done.out
    assert aidisclose("verify", signed.name, "--require", "trusted").code == 0
    stored = home / "trust" / "allowed" / "allowed.sha256.pem"
    assert base64.b64encode(leaf.sha256) in stored.read_bytes().splitlines()
    assert "no usable certificate" in aidisclose("trust", "add", "allowed.sha256.txt", "--tsa").err
    # Hashes alone are kept with the rest of what is known of the list.
    stored.write_bytes(stored.read_bytes().partition(b"-----BEGIN")[0])
    (found,) = aidisclose("trust", "list", "--format", "json").json["lists"]
    assert found["hashes"] == sorted(each.hex() for each in lines)
    assert found["fetched"] is not None


# Snapshots.


def test_a_snapshot_carries_all_lists(
    aidisclose: Run, home: Path, work: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aidisclose("trust", "update", "--interim", "--from", published)
    done = aidisclose("trust", "export", "lists.json")
    assert (done.code, done.err) == (0, "")
    first, digest = done.out.splitlines()
    assert first.startswith("exported  lists.json: 5 lists, 20")
    assert (
        digest.strip() == f"sha256:{hashlib.sha256((work / 'lists.json').read_bytes()).hexdigest()}"
    )
    assert aidisclose("trust", "export", "lists.json").code == 2
    before = aidisclose("trust", "list", "--format", "json").json["lists"]
    monkeypatch.setenv("AIDISCLOSE_HOME", str(work / "elsewhere"))
    assert aidisclose("trust", "list").out.startswith("none")
    imported = aidisclose("trust", "import", "lists.json", "--sha256", digest.strip())
    assert (imported.code, imported.err) == (0, "")
    assert imported.out.count("installed") == 5
    assert aidisclose("trust", "list", "--format", "json").json["lists"] == before
    assert aidisclose("trust", "import", "lists.json").out.count("unchanged") == 5
    del home


def test_a_snapshot_does_not_bring_back_older_lists(
    aidisclose: Run, home: Path, published: Path
) -> None:
    aidisclose("trust", "update", "--from", published)
    aidisclose("trust", "export", "old.json")
    newer = encoded(service(pki.root("p384").der), sequence=8, issued="2026-09-01T00:00:00Z")
    mirror(published, C2PA_TRUST_LIST=newer)
    aidisclose("trust", "update", "--from", published)
    before = (home / "trust" / "c2pa.pem").read_bytes()
    done = aidisclose("trust", "import", "old.json")
    assert done.code == 1
    assert "older than the one of 2026-09-01 here" in done.err
    assert (home / "trust" / "c2pa.pem").read_bytes() == before
    assert aidisclose("trust", "import", "old.json", "--force").code == 0
    assert (home / "trust" / "c2pa.pem").read_bytes() != before


def test_a_snapshot_does_not_replace_what_the_user_added(
    aidisclose: Run, home: Path, work: Path
) -> None:
    (work / "house.pem").write_bytes(pki.root().pem)
    aidisclose("trust", "add", "house.pem")
    aidisclose("trust", "export", "a.json")
    (work / "house.pem").write_bytes(pki.root("p384").pem)
    aidisclose("trust", "add", "house.pem", "--force")
    before = (home / "trust" / "house.pem").read_bytes()
    done = aidisclose("trust", "import", "a.json")
    assert done.code == 1
    assert "another list of this name is installed; --force replaces it" in done.err
    assert (home / "trust" / "house.pem").read_bytes() == before


def entry(**changes: object) -> dict[str, object]:
    return {"kind": "signers", "name": "a", "pem": pki.root().pem.decode(), **changes}


def snapshot(*entries: object, **changes: object) -> bytes:
    head = {"format": "aidisclose trust snapshot 1", "made": "2026-11-27T10:00:00+00:00"}
    return json.dumps({**head, "lists": list(entries), "products": None, **changes}).encode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a snapshot"),
        (b"[" * 100_000, "not a snapshot"),
        (snapshot(entry(), made="2026-11-27"), "not a snapshot"),
        (snapshot(entry(), format="other"), "not a snapshot"),
        (snapshot(), "without a trust list"),
        (snapshot(entry(name="../../x")), "cannot be the name of a trust list"),
        (snapshot(entry(kind="root")), "without name, kind or content"),
        (snapshot("text"), "without name, kind or content"),
        (snapshot(entry(pem="none")), "list a: no usable certificate"),
        (snapshot(entry(), entry()), "two lists of one name"),
        (snapshot(entry(), products="{}"), "conforming products"),
    ],
)
def test_a_file_that_is_no_snapshot_changes_nothing(
    aidisclose: Run, home: Path, work: Path, data: bytes, reason: str
) -> None:
    (work / "bad.json").write_bytes(data)
    done = aidisclose("trust", "import", "bad.json")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("aidisclose: bad.json: ")
    assert reason in done.err
    assert not (home / "trust").exists()


def test_a_snapshot_is_compared_with_its_hash(aidisclose: Run, home: Path, work: Path) -> None:
    (work / "a.json").write_bytes(snapshot(entry()))
    done = aidisclose("trust", "import", "a.json", "--sha256", "0" * 64)
    assert (done.code, done.out) == (2, "")
    assert "another file than expected" in done.err
    assert aidisclose("trust", "import", "a.json", "--sha256", "12").code == 2
    assert not (home / "trust").exists()
    assert aidisclose("trust", "export", "b.json").code == 2


def test_every_kind_of_list_can_be_carried() -> None:
    assert {each.name.lower() for each in Purpose} == {
        *("signers", "tsa", "allowed", "identities", "actors")
    }


def test_check_offers_the_lists_where_there_are_none(
    aidisclose: Run, signed: Path, published: Path
) -> None:
    offer = "`aidisclose trust update` gets the official lists"
    assert aidisclose("check", signed, "--policy", "iptc").err.count(offer) == 1
    for quiet in (("-q",), ("--trust", "root.pem")):
        assert offer not in aidisclose("check", signed, "--policy", "iptc", *quiet).err
    assert aidisclose("trust", "update", "--from", published).code == 0
    assert offer not in aidisclose("check", signed, "--policy", "iptc").err
