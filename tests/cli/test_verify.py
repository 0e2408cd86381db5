"""`aidisclose verify`: states, requirements and pins, folders, standard input, output."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
import shutil
import time
from pathlib import Path

import pytest

import aidisclose as ad
from tests.cli import running
from tests.cli.running import Run
from tests.issuing import Issued
from tests.render import media, schema

SIGNER = "Signer, for testing, trusted by nobody else"
ORGANIZATION = "aidisclose test credentials"
ISSUER = "Intermediate, for testing, trusted by nobody else"
GENERATED = ad.Disclosure(ai="generated")


@pytest.fixture
def signed(work: Path, issued: Issued) -> Path:
    """A picture signed with the user's test credentials."""
    path = work / "signed.png"
    path.write_bytes(media.sign(media.picture(), issued("es256"), GENERATED))
    return path


@pytest.fixture
def foreign(work: Path, issued: Issued) -> Path:
    """A picture signed by somebody else."""
    path = work / "foreign.png"
    path.write_bytes(media.sign(media.picture(), issued("ed25519"), GENERATED))
    return path


def root(issued: Issued, alg: str) -> Path:
    return issued(alg).folder / "root.pem"


FIXTURES = Path(__file__).parents[2] / "fixtures"


def test_own_test_credentials_are_trusted_as_such(aidisclose: Run, signed: Path) -> None:
    done = aidisclose("verify", signed)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"trusted (test root)  {signed}  intact · signed by {SIGNER}")
    assert "anchor: your test credentials" in done.out


@pytest.mark.parametrize(
    ("options", "code", "state"),
    [
        ((), 0, "valid"),
        (("--require", "trusted"), 1, "valid"),
        (("--trust", "ed25519"), 0, "trusted"),
        (("--trust", "ed25519", "--require", "trusted"), 0, "trusted"),
        (("--trust", "es256", "--require", "trusted"), 1, "valid"),
        (("--allowed", "chain"), 0, "trusted"),
        (("--trust", "ed25519", "--signer", SIGNER), 0, "trusted"),
        (("--trust", "ed25519", "--signer", ORGANIZATION), 0, "trusted"),
        (("--trust", "ed25519", "--signer", "x", "--signer", SIGNER), 0, "trusted"),
        (("--trust", "ed25519", "--signer", "Signer"), 1, "trusted"),
        (("--trust", "ed25519", "--issuer", ISSUER), 0, "trusted"),
        (("--trust", "ed25519", "--issuer", "x"), 1, "trusted"),
        (("--signer", SIGNER), 1, "valid"),
        (("--issuer", ISSUER), 1, "valid"),
        (("--at", "2020-01-01T00:00:00Z"), 1, "invalid"),
    ],
)
def test_requirements(
    aidisclose: Run, foreign: Path, issued: Issued, options: tuple[str, ...], code: int, state: str
) -> None:
    files = {
        "ed25519": root(issued, "ed25519"),
        "es256": root(issued, "es256"),
        "chain": issued("ed25519").folder / "chain.pem",
    }
    done = aidisclose("verify", foreign, *(files.get(each, each) for each in options))
    assert done.code == code
    assert done.out.startswith(f"{state} ")


def test_what_is_not_met_is_said(aidisclose: Run, signed: Path, foreign: Path) -> None:
    pinned = aidisclose("verify", signed, "--signer", "Somebody", "--issuer", "Else")
    assert pinned.out.splitlines()[1:] == [
        f'  signed by "{SIGNER}", not "Somebody"',
        f'  issued by "{ISSUER}", not "Else"',
    ]
    required = aidisclose("verify", foreign, "--require", "trusted")
    assert required.out.splitlines()[1].startswith("  the signer is not trusted: ")
    document = aidisclose("verify", signed, "--signer", "Somebody", "--format", "json")
    assert document.json["results"][0]["state"] == "trusted"
    assert document.err == f'aidisclose: {signed}: signed by "{SIGNER}", not "Somebody"\n'
    assert (pinned.code, required.code, document.code) == (1, 1, 1)


def test_no_default_trust(aidisclose: Run, signed: Path) -> None:
    done = aidisclose("verify", signed, "--no-default-trust", "--format", "json")
    (found,) = done.json["results"]
    assert (done.code, found["state"], found["trust"]["status"]) == (0, "valid", "not_checked")
    assert found["missing"] == ["timestamp", "ocsp", "trust_anchors"]


def _untimed(output: str) -> str:
    return re.sub(r'"duration": [0-9.]+', "", output)


def test_own_anchors_are_trusted(
    aidisclose: Run, home: Path, foreign: Path, issued: Issued
) -> None:
    folder = home / "trust"
    folder.mkdir()
    shutil.copy(root(issued, "ed25519"), folder / "partner.pem")
    done = aidisclose("verify", foreign)
    assert done.out.startswith("trusted (test signer)  ")
    assert "anchor: partner.pem" in done.out


def test_test_credentials_that_are_named_are_called_that(
    aidisclose: Run, foreign: Path, issued: Issued
) -> None:
    given = ("verify", foreign, "--no-default-trust", "--trust", root(issued, "ed25519"))
    assert aidisclose(*given).out.startswith("trusted (test signer)  ")
    (found,) = aidisclose(*given, "--format", "json").json["results"]
    assert (found["state"], found["trust"]["test"]) == ("trusted", True)
    assert found["reason"].endswith("who has test credentials: that proves nothing to others")


@pytest.mark.parametrize("option", ["--trust", "--tsa-trust", "--allowed"])
def test_a_file_without_certificates_is_named(aidisclose: Run, work: Path, option: str) -> None:
    (work / "notes.txt").write_text("no certificate")
    done = aidisclose("verify", "picture.png", option, "notes.txt")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "notes.txt" in done.err


def test_tsa_anchors_are_cas(aidisclose: Run, issued: Issued) -> None:
    folder = issued("es256").folder
    assert aidisclose("verify", "picture.png", "--tsa-trust", folder / "root.pem").code == 1
    leaf = (folder / "chain.pem").read_text().partition("-----END CERTIFICATE-----\n")
    Path("leaf.pem").write_text(leaf[0] + leaf[1])
    done = aidisclose("verify", "picture.png", "--tsa-trust", "leaf.pem")
    line = "aidisclose: time stamp anchors (leaf.pem): no certificate of a CA\n"
    assert done == (2, "", line)


def test_a_file_without_credentials_fails(aidisclose: Run) -> None:
    done = aidisclose("verify", "picture.png")
    assert (done.code, done.err) == (1, "")
    assert "this does not mean that no AI was used" in done.out


def test_a_changed_byte_is_found(aidisclose: Run, signed: Path) -> None:
    signed.write_bytes(media.flip(signed.read_bytes()))
    done = aidisclose("verify", signed)
    assert done.code == 1
    assert done.out.splitlines()[0].startswith(f"invalid     {signed}  altered")
    assert "assertion.dataHash.mismatch" in done.out


def test_several_files_end_in_a_summary(aidisclose: Run, signed: Path) -> None:
    done = aidisclose("verify", signed, "missing.png", "picture.png")
    lines = done.out.splitlines()
    assert done.code == 4
    assert [line.split()[0] for line in lines[:-1]] == ["trusted", "none"]
    assert lines[-1] == "3 files: 1 trusted, 1 none, 1 unreadable"
    assert done.err == "aidisclose: missing.png: no such file or directory\n"


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_machine_formats_summarize_on_standard_error(
    aidisclose: Run, signed: Path, form: str
) -> None:
    done = aidisclose("verify", signed, "missing.png", "--format", form)
    assert done.code == 4
    assert done.err.splitlines() == [
        "aidisclose: missing.png: no such file or directory",
        "2 files: 1 trusted, 1 unreadable",
    ]
    found = schema.load("report.schema.json")
    if form == "json":
        assert list(schema.offences(done.json, found, found)) == []
    else:
        assert len(done.out.splitlines()) == 2


def test_quiet_leaves_out_what_holds(aidisclose: Run, signed: Path) -> None:
    assert aidisclose("verify", signed, "--quiet") == (0, "", "")
    done = aidisclose("verify", signed, "picture.png", "-q")
    assert (done.code, done.out.count("\n"), done.err) == (1, 1, "")
    assert done.out.startswith("none ")


def test_folders_are_searched(aidisclose: Run, work: Path, signed: Path) -> None:
    for name in ("b/2.png", "b/1.PNG", "a/c/3.jpeg", ".git/x.png", "b/.hidden.png", "b/notes.txt"):
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(signed, path)
    done = aidisclose("verify", ".", "--format", "json")
    assert [each["file"] for each in done.json["results"]] == [
        "picture.png",
        "signed.png",
        "a/c/3.jpeg",
        "b/1.PNG",
        "b/2.png",
    ]
    inner = aidisclose("verify", work / "b", "--format", "json")
    assert [each["file"] for each in inner.json["results"]] == [
        str(work / "b" / "1.PNG"),
        str(work / "b" / "2.png"),
    ]


def test_a_linked_folder_is_not_followed(aidisclose: Run, work: Path) -> None:
    (work / "loop").symlink_to(work)
    done = aidisclose("verify", ".", "--format", "json")
    assert [each["file"] for each in done.json["results"]] == ["picture.png"]


@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_several_processes_write_the_same(aidisclose: Run, work: Path, form: str) -> None:
    for number in range(40):
        (work / f"{number}.png").write_bytes(media.picture())
    (work / "text.png").write_text("no picture")
    arguments = ("verify", ".", "--format", form, "--at", "2026-11-23T00:00:00Z")
    one = aidisclose(*arguments, "--jobs", "1")
    assert one.code == 4
    assert "40.png" not in one.out
    many = aidisclose(*arguments, "--jobs", "3")
    assert (many.code, _untimed(many.out), many.err) == (one.code, _untimed(one.out), one.err)


def test_a_table_has_the_hash_of_every_file(aidisclose: Run, work: Path, signed: Path) -> None:
    done = aidisclose("verify", "picture.png", signed, "--format", "csv")
    rows = {row["file"]: row["sha256"] for row in csv.DictReader(done.out.splitlines())}
    expected = {name: hashlib.sha256((work / name).read_bytes()).hexdigest() for name in rows}
    assert len(rows) == 2
    assert rows == expected


def test_how_long_it_took_is_in_the_document(aidisclose: Run, signed: Path) -> None:
    started = time.monotonic()
    found = aidisclose("verify", signed, "--format", "json").json["duration"]
    assert 0 < found <= time.monotonic() - started


def test_standard_input(work: Path, home: Path, signed: Path, tmp_path: Path) -> None:
    done = running.program("verify", "-", home=home, cwd=work, stdin=signed.read_bytes())
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("trusted (test root)  -  intact")
    with signed.open("rb") as file:
        same = running.program("verify", "-", home=home, cwd=work, file=file)
    assert same == done


def test_long_standard_input_is_spooled(work: Path, home: Path) -> None:
    large = media.picture("BMP") + bytes(9 << 20)
    done = running.program("verify", "-", home=home, cwd=work, stdin=large)
    assert done.code == 4
    assert done.err.startswith("aidisclose: -: not a media format")
    riff = b"RIFF" + (36 + (9 << 20)).to_bytes(4, "little") + b"WAVEfmt \x10\0\0\0\1\0\1\0"
    wave = riff + b"\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data" + (9 << 20).to_bytes(4, "little")
    done = running.program("verify", "-", home=home, cwd=work, stdin=wave + bytes(9 << 20))
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("none        -  ")


def test_hostile_file_names_are_shown_safely(aidisclose: Run, work: Path) -> None:
    name = "\x1b[31mred\u202egnp\n[bold]\udcff.png"
    (work / name).write_bytes(media.picture())
    (work / f"text{name}").write_text("no picture")
    done = aidisclose("verify", ".")
    assert all(line.isprintable() for line in (done.out + done.err).splitlines())
    assert "\\x1b[31mred\\u202egnp\\n[bold]\\udcff.png" in done.out
    assert done.code == 4


def test_a_trust_indicator_set_has_the_hash_of_the_file(aidisclose: Run, work: Path) -> None:
    assert aidisclose("sign", "picture.png", "--ai", "generated", "-o", "a.png").code == 0
    done = aidisclose("verify", "a.png", "--format", "jpegtrust")
    assert done.code == 0
    digest = hashlib.sha256((work / "a.png").read_bytes()).digest()
    assert base64.b64decode(json.loads(done.out)["asset_info"]["hash"]) == digest
    assert json.loads(done.out)["extras:file"] == "a.png"


def test_annotations_are_capped(aidisclose: Run, work: Path) -> None:
    """A step of GitHub shows ten of a kind; the tenth counts the others."""
    data = (FIXTURES / "altered-claim.jpg").read_bytes()
    for number in range(14):
        (work / f"{number:02}.jpg").write_bytes(data)
    for jobs in ("1", "2"):
        done = aidisclose("verify", "[01]*.jpg", "--format", "github", "--jobs", jobs)
        errors = [line for line in done.out.splitlines() if line.startswith("::error ")]
        assert len(errors) == 10
        assert "claimSignature.mismatch 5 times" in errors[-1]
        assert done.out.endswith("14 files: 14 invalid\n")


def test_a_requirement_that_is_not_met_has_a_reason(aidisclose: Run, work: Path) -> None:
    (work / "altered.jpg").write_bytes((FIXTURES / "altered-claim.jpg").read_bytes())
    done = aidisclose("verify", "altered.jpg", "--signer", "X", "--format", "json")
    [found] = json.loads(done.out)["results"]
    assert [each["holds"] for each in found["requirements"]] == [False, False]
    assert [each["reason"] for each in found["requirements"]] == [
        "the file is not what was signed: the claim was changed after signing",
        "nobody whom you trust vouches for the name of the signer",
    ]
    text = aidisclose("verify", "altered.jpg", "--signer", "X").out
    assert text.count("changed after signing") == 1
    assert "vouches" not in text, "why the file is invalid says more"


def test_code_scanning_titles_are_sentences(aidisclose: Run, work: Path) -> None:
    run = aidisclose("verify", "picture.png", "--format", "sarif").json["runs"][0]
    titles = {
        each["id"]: each["shortDescription"]["text"] for each in run["tool"]["driver"]["rules"]
    }
    assert titles["assertion.dataHash.mismatch"] == "The content is not the one that was signed"
    assert not [name for name, title in titles.items() if name in title or " " not in title]
