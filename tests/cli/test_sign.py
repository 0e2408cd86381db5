"""`aidisclose sign`: what is declared, who signs, where the copies go."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from PIL import Image, PngImagePlugin

import aidisclose as ad
from aidisclose.carriers import xmp
from aidisclose.signing import credentials
from tests.cli.running import Run
from tests.containers.samples_images import JXL_CODESTREAM
from tests.issuing import Issued
from tests.render import media

NOTE = "aidisclose: signed with your test credentials, which nobody else trusts"
DEFINITION = {
    "title": "from a definition",
    "assertions": [
        {
            "label": "c2pa.actions",
            "data": {
                "actions": [
                    {
                        "action": "c2pa.created",
                        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/"
                        "trainedAlgorithmicMedia",
                    }
                ]
            },
        }
    ],
}


def read(path: Path | str) -> ad.Report:
    """The report on a signed file, whoever signed it."""
    report = ad.verify(path, trust=ad.TrustConfig.none())
    report.require(ad.State.VALID)
    return report


def title(path: Path | str) -> str | None:
    report = read(path)
    assert report.store is not None
    return report.store.active.claim.title


def test_newcomer(aidisclose: Run, work: Path) -> None:
    """The first three commands that anybody types."""
    shutil.rmtree(work.parent / "home")
    lost = aidisclose("sign", "picture.png", "--ai", "generated")
    assert (lost.code, lost.out) == (2, "")
    assert "`aidisclose credentials new`" in lost.err
    made = aidisclose("credentials", "new")
    assert (made.code, made.err) == (0, "")
    next_command = made.out.splitlines()[-1].removeprefix("Next: aidisclose ")
    signed = aidisclose(*next_command.split())
    assert signed.code == 0
    assert signed.out.startswith("signed  picture.png → picture.signed.png, ")
    assert signed.err.startswith(NOTE)
    assert aidisclose("verify", "picture.signed.png").out.startswith("trusted (test root)  ")


@pytest.mark.parametrize(
    ("options", "ai", "terms"),
    [
        (("--ai", "generated"), "generated", ["trainedAlgorithmicMedia"]),
        (("--ai", "composite"), "composite", ["compositeWithTrainedAlgorithmicMedia"]),
        (("--ai", "edited"), "edited", ["compositeWithTrainedAlgorithmicMedia"]),
        (("--ai", "none"), "none", ["digitalCreation"]),
        (("--ai", "none", "--source-type", "digitalCapture"), "none", ["digitalCapture"]),
    ],
)
def test_what_is_declared(
    aidisclose: Run, options: tuple[str, ...], ai: str, terms: list[str]
) -> None:
    assert aidisclose("sign", "picture.png", *options, "-o", "out.png").code == 0
    declared = read("out.png").disclosure
    assert declared.ai.value == ai
    assert [each.rpartition("/")[2] for each in declared.source_types] == terms


def test_model_and_title(aidisclose: Run) -> None:
    options = ("--model", "SDXL", "--model-version", "1.0", "--model-id", "pkg:x", "--title", "T")
    more = ("--oversight", "prompt_guided", "--action", "c2pa.cropped", "--spec", "2.5")
    done = aidisclose("sign", "picture.png", "--ai", "generated", *options, *more, "-o", "out.png")
    assert done.code == 0
    model = read("out.png").disclosure.model
    assert (model.name, model.version, model.identifier) == ("SDXL", "1.0", "pkg:x")
    assert model.oversight == "prompt_guided"
    assert title("out.png") == "T"
    assert "c2pa.cropped" in aidisclose("inspect", "out.png").out


def test_signing_again_keeps_the_history(aidisclose: Run) -> None:
    aidisclose("sign", "picture.png", "--ai", "generated", "-o", "first.png")
    done = aidisclose("sign", "first.png", "--ai", "edited", "-o", "second.png", "--format", "json")
    first, second = read("first.png"), read("second.png")
    assert first.store is not None
    assert second.store is not None
    assert next(iter(second.store.manifests)) == first.store.active.label
    (found,) = done.json["results"]
    assert found["parent_manifest"] == first.store.active.label
    assert found["active_manifest"] == second.store.active.label
    assert found["size"] == Path("second.png").stat().st_size
    assert done.json["summary"] == {"files": 1, "signed": 1, "skipped": 0, "failed": 0}


def test_a_parent_is_opened(aidisclose: Run, work: Path) -> None:
    (work / "original.jpg").write_bytes(media.picture("JPEG"))
    options = ("--ai", "edited", "--parent", "original.jpg", "-o", "out.png")
    assert aidisclose("sign", "picture.png", *options).code == 0
    assert 'parentOf: "original.jpg" (image/jpeg)' in aidisclose("inspect", "out.png").out


def test_a_manifest_definition(aidisclose: Run, work: Path) -> None:
    (work / "manifest.json").write_text(json.dumps(DEFINITION))
    assert aidisclose("sign", "picture.png", "--manifest", "manifest.json").code == 0
    assert title("picture.signed.png") == "from a definition"
    assert read("picture.signed.png").disclosure.ai.value == "generated"


@pytest.mark.parametrize("alg", ["es384", "ps256", "ed25519"])
def test_named_credentials(aidisclose: Run, issued: Issued, alg: str) -> None:
    folder = issued(alg).folder
    options = ("--cert", folder / "chain.pem", "--key", folder / "key.pem")
    done = aidisclose("sign", "picture.png", "--ai", "generated", *options)
    assert (done.code, done.err) == (0, "")
    signature = read("picture.signed.png").signature
    assert signature is not None
    assert signature.algorithm == alg


def encrypted(key: Path, password: bytes) -> bytes:
    """The same key under a password."""
    loaded = serialization.load_pem_private_key(key.read_bytes(), None)
    return loaded.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )


def test_an_encrypted_key(
    aidisclose: Run, work: Path, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = issued("ed25519").folder
    (work / "key.pem").write_bytes(encrypted(folder / "key.pem", b"secret"))
    options = ("--ai", "generated", "--cert", folder / "chain.pem", "--key", "key.pem")
    done = aidisclose("sign", "picture.png", *options)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "aidisclose: key.pem: the private key is encrypted: put its password in "
        "AIDISCLOSE_KEY_PASSWORD\n"
    )
    monkeypatch.setenv("AIDISCLOSE_KEY_PASSWORD", "wrong")
    wrong = aidisclose("sign", "picture.png", *options)
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert "check the password" in wrong.err
    monkeypatch.setenv("AIDISCLOSE_KEY_PASSWORD", "secret")
    assert aidisclose("sign", "picture.png", *options).code == 0


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ((), "say what part AI had"),
        (
            ("--ai", "generated", "--cert", "chain.pem"),
            "--cert is not enough: name the key with --key or --signer",
        ),
        (("--ai", "generated", "--model-version", "1"), "needs the name of the model"),
        (("--ai", "none", "--model", "SDXL"), "although ai is none"),
        (("--ai", "generated", "--source-type", "x"), "'x' is not a digital source type"),
        (("--ai", "generated", "--manifest", "m.json"), "leave out --ai"),
        (("--ai", "generated", "--in-place", "-o", "x.png"), "cannot be combined"),
        (("--ai", "generated", "--alg", "ps256"), "the key cannot sign with ps256"),
        (("--manifest", "picture.png"), "picture.png: manifest definition: not valid JSON"),
        (("--manifest", "m.json"), "m.json: no such file or directory"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    aidisclose: Run, work: Path, options: tuple[str, ...], what: str
) -> None:
    done = aidisclose("sign", "picture.png", *options)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert what in done.err
    assert [each.name for each in work.iterdir()] == ["picture.png"]


@pytest.mark.parametrize("sources", [("picture.png", "picture.png"), (".",)])
def test_one_output_has_one_source(aidisclose: Run, sources: tuple[str, ...]) -> None:
    done = aidisclose("sign", *sources, "--ai", "generated", "-o", "out.png")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "use --output-dir for several" in done.err


def test_standard_input_cannot_be_signed(aidisclose: Run) -> None:
    done = aidisclose("sign", "-", "--ai", "generated")
    assert (done.code, done.err.count("\n")) == (2, 1)


def test_existing_output_is_kept_unless_forced(aidisclose: Run, work: Path) -> None:
    (work / "out.png").write_bytes(b"precious")
    options = ("sign", "picture.png", "--ai", "generated", "-o", "out.png")
    done = aidisclose(*options)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == ["aidisclose: out.png: it exists already; --force replaces it"]
    assert (work / "out.png").read_bytes() == b"precious"
    assert aidisclose(*options, "--force").code == 0
    read("out.png")


def test_in_place_keeps_mode_and_times(aidisclose: Run, work: Path) -> None:
    path = work / "picture.png"
    path.chmod(0o640)
    os.utime(path, ns=(1_000_000_000, 2_000_000_000))
    assert aidisclose("sign", "picture.png", "--ai", "generated", "--in-place").code == 0
    status = path.stat()
    assert (status.st_mode & 0o777, status.st_mtime_ns) == (0o640, 2_000_000_000)
    read(path)
    assert [each.name for each in work.iterdir()] == ["picture.png"]


def test_folders_keep_their_structure(aidisclose: Run, work: Path) -> None:
    for name in ("in/a.png", "in/sub/b.jpg"):
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(media.picture("JPEG" if name.endswith("jpg") else "PNG"))
    done = aidisclose("sign", "in", "picture.png", "--ai", "generated", "--output-dir", "out")
    assert (done.code, done.out.splitlines()[-1]) == (0, "3 files: 3 signed")
    found = sorted(str(each.relative_to(work)) for each in (work / "out").rglob("*.*"))
    assert found == ["out/a.png", "out/picture.png", "out/sub/b.jpg"]
    for name in found:
        read(name)


def test_two_sources_for_one_output_are_refused(aidisclose: Run, work: Path) -> None:
    (work / "sub").mkdir()
    shutil.copy("picture.png", "sub/picture.png")
    options = ("--ai", "generated", "--output-dir", "out", "--force")
    done = aidisclose("sign", "picture.png", "sub/picture.png", *options)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "picture.png and sub/picture.png would both become out/picture.png" in done.err
    assert not (work / "out").exists()


def test_copies_beside_the_sources_are_passed_over(aidisclose: Run, work: Path) -> None:
    assert aidisclose("sign", ".", "--ai", "generated").code == 0
    again = aidisclose("sign", ".", "--ai", "generated", "--force", "--format", "json")
    assert [each["file"] for each in again.json["results"]] == ["picture.png"]
    (work / "picture.png").unlink()
    done = aidisclose("sign", ".", "--ai", "generated", "--force")
    assert done == (2, "", "aidisclose: nothing to sign: these are signed copies already\n")


def test_copies_that_a_pattern_finds_are_passed_over(aidisclose: Run, work: Path) -> None:
    assert aidisclose("sign", "picture.png", "--ai", "generated").code == 0
    done = aidisclose("sign", "pict*.png", "--ai", "generated", "--force", "--dry-run")
    assert done.out == "would sign  picture.png → picture.signed.png\n"
    done = aidisclose("sign", "picture.signed.png", "--ai", "generated", "--dry-run")
    assert "picture.signed.signed.png" in done.out, "its name alone was given"


def test_copies_in_the_output_folder_are_passed_over(aidisclose: Run) -> None:
    options = ("--ai", "generated", "--output-dir", "out", "--format", "json")
    assert aidisclose("sign", ".", *options).code == 0
    again = aidisclose("sign", ".", *options, "--force")
    assert [each["file"] for each in again.json["results"]] == ["picture.png"]


def test_one_bad_file_does_not_stop_the_others(aidisclose: Run, work: Path) -> None:
    (work / "bad.png").write_text("no picture")
    done = aidisclose("sign", "bad.png", "picture.png", "--ai", "generated")
    assert done.code == 4
    assert done.out.splitlines()[-1] == "2 files: 1 signed, 1 failed"
    expected = "aidisclose: bad.png: the content is text, not what the name says"
    assert done.err.splitlines()[0].startswith(expected)
    read("picture.signed.png")
    assert not (work / "bad.signed.png").exists()


def test_several_processes_write_the_same(aidisclose: Run, work: Path) -> None:
    for number in range(40):
        (work / f"{number}.png").write_bytes(media.picture())
    aidisclose("sign", "picture.png", "--ai", "generated", "-o", "first.png")  # gives a notice
    (work / "first.png").unlink()
    one = aidisclose("sign", ".", "--ai", "generated", "--jobs", "1", "--output-dir", "one")
    shutil.rmtree("one")
    several = aidisclose("sign", ".", "--ai", "generated", "--jobs", "3", "--output-dir", "one")
    assert several == one
    assert several.code == 0
    for number in range(40):
        read(f"one/{number}.png")


def test_quiet(aidisclose: Run) -> None:
    done = aidisclose("sign", "picture.png", "--ai", "generated", "--quiet")
    assert (done.code, done.out) == (0, "")


def test_an_expired_certificate_is_refused(aidisclose: Run, work: Path) -> None:
    old = credentials.create(work / "old", at=datetime(2020, 1, 1, tzinfo=UTC), days=30)
    options = ("--cert", old.folder / "chain.pem", "--key", old.folder / "key.pem")
    done = aidisclose("sign", "picture.png", "--ai", "generated", *options)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "expired on 2020-01-3" in done.err
    assert not (work / "picture.signed.png").exists()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("model.gguf", b"GGUF\x03\0\0\0" + bytes(200)),
        ("answer.json", b'{"text": "made by a model"}'),
        ("table.csv", b"a,b\n1,2\n"),
        ("film.mkv", b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska" + bytes(99)),
        ("blob.bin", bytes(range(256))),
    ],
)
def test_a_file_without_a_place_for_a_store_has_it_beside_it(
    aidisclose: Run, work: Path, name: str, data: bytes
) -> None:
    (work / name).write_bytes(data)
    done = aidisclose("sign", name, "--ai", "generated")
    assert done.code == 0, done.err
    store = work / f"{name}.c2pa"
    expected = f"signed  {name} → {name}.c2pa, {store.stat().st_size:,} bytes, beside it: C2PA has"
    assert done.out.startswith(expected)
    assert (work / name).read_bytes() == data
    assert aidisclose("verify", name).code == 0
    (work / name).write_bytes(data + b"!")
    assert "altered" in aidisclose("verify", name).out


def test_a_folder_treats_them_so(aidisclose: Run, work: Path) -> None:
    (work / "in").mkdir()
    (work / "in" / "model.gguf").write_bytes(b"GGUF" + bytes(99))
    (work / "in" / "answer.json").write_text("{}")
    (work / "in" / "picture.png").write_bytes((work / "picture.png").read_bytes())
    done = aidisclose("sign", "in", "--ai", "generated", "--output-dir", "out")
    assert done.code == 0, done.err
    names = {each.name for each in (work / "out").iterdir()}
    kept = {"model.gguf", "answer.json"}
    assert names == {"picture.png", *kept, *(f"{name}.c2pa" for name in kept)}
    found = aidisclose("verify", "out", "--format", "json").json["results"]
    assert {each["state"] for each in found} == {"trusted"}
    assert len(found) == 3
    # Data that nobody signed are not looked for.
    assert len(aidisclose("verify", "in", "--format", "json").json["results"]) == 2


def test_in_place_leaves_such_a_file_as_it_is(aidisclose: Run, work: Path) -> None:
    (work / "table.csv").write_text("a,b\n")
    assert aidisclose("sign", "table.csv", "--ai", "generated", "--in-place").code == 0
    assert (work / "table.csv").read_text() == "a,b\n"
    assert (work / "table.csv.c2pa").exists()


def test_a_sidecar_is_for_files_that_cannot_be_parsed(aidisclose: Run, work: Path) -> None:
    """A hash of all bytes needs no structure."""
    (work / "cut.png").write_bytes((work / "picture.png").read_bytes()[:40])
    refused = aidisclose("sign", "cut.png", "--ai", "generated")
    assert refused.code == 4
    assert "; --sidecar signs the file as it is" in refused.err
    assert aidisclose("sign", "cut.png", "--ai", "generated", "--sidecar").code == 0
    assert aidisclose("verify", "cut.png").code == 0


def test_a_sidecar_is_for_files_with_too_much_to_follow(aidisclose: Run, work: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    for _ in range(20):
        texts.add_text("Raw profile type exif", "nothing")
    Image.new("RGB", (8, 8)).save(work / "many.png", pnginfo=texts)
    refused = aidisclose("sign", "many.png", "--ai", "generated")
    assert refused.code == 4
    assert "keep the store beside the file: --sidecar" in refused.err
    assert aidisclose("sign", "many.png", "--ai", "generated", "--sidecar").code == 0
    assert aidisclose("verify", "many.png").code == 0


def test_skip_existing_goes_on_where_a_run_ended(aidisclose: Run, work: Path) -> None:
    options = ("--ai", "generated", "--output-dir", "out", "--skip-existing")
    (work / "two.png").write_bytes((work / "picture.png").read_bytes())
    (work / "data.json").write_text("{}")
    assert aidisclose("sign", "picture.png", "data.json", *options).code == 0
    before = (work / "out" / "picture.png").read_bytes()
    done = aidisclose("sign", "picture.png", "two.png", "data.json", *options)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0].startswith("skipped  picture.png: out/picture.png exists already")
    assert lines[1].startswith("signed")
    assert lines[2].startswith("skipped  data.json")
    assert lines[-1] == "3 files: 1 signed, 2 skipped"
    assert (work / "out" / "picture.png").read_bytes() == before


def test_if_unsigned_leaves_signed_files_alone(aidisclose: Run, work: Path) -> None:
    options = ("--ai", "generated", "--in-place", "--if-unsigned")
    assert aidisclose("sign", "picture.png", *options).code == 0
    before = (work / "picture.png").read_bytes()
    done = aidisclose("sign", "picture.png", *options, "--format", "json")
    [found] = done.json["results"]
    assert (done.code, found["skipped"]) == (0, "it has a manifest store already")
    assert (work / "picture.png").read_bytes() == before


@pytest.mark.parametrize(
    "options", [("--force", "--skip-existing"), ("--in-place", "--skip-existing")]
)
def test_options_that_contradict_skipping(aidisclose: Run, options: tuple[str, ...]) -> None:
    assert aidisclose("sign", "picture.png", "--ai", "generated", *options).code == 2


@pytest.mark.parametrize(
    "url",
    [
        *("tsa.example", "ftp://tsa.example", "https://", "http:/x", "", "http://a b.example"),
        *("http://tsa.example:99999", "http://tsa.example:x", "https://tsa.example/a b"),
    ],
)
def test_wrong_addresses_of_authorities_end_before_signing(
    aidisclose: Run, work: Path, url: str
) -> None:
    done = aidisclose("sign", "picture.png", "--ai", "generated", "--tsa", url)
    assert done.code == 2
    assert f"{url!r}: expected http:// or https://" in done.err
    assert not (work / "picture.signed.png").exists()


@pytest.mark.parametrize("option", ["--title", "--model", "--provider"])
def test_text_that_is_not_utf8_is_a_mistake(aidisclose: Run, work: Path, option: str) -> None:
    model = () if option == "--model" else ("--model", "M")
    done = aidisclose("sign", "picture.png", "--ai", "generated", *model, option, "a\udcffb")
    assert done.code == 2
    assert f"{option[2:]} is not valid UTF-8" in done.err
    assert not (work / "picture.signed.png").exists()


def test_file_names_that_are_not_utf8(aidisclose: Run, work: Path) -> None:
    """They are signed with U+FFFD in their titles, as source and as ingredient."""
    shutil.copy(work / "picture.png", work / "odd\udcff.png")
    told = ("--ai", "edited", "--model", "M", "--ingredient", "odd\udcff.png", "-o", "out.png")
    done = aidisclose("sign", "odd\udcff.png", *told)
    assert done.code == 0, done.err
    assert title("out.png") == "odd\ufffd.png"


def test_a_folder_that_was_signed_before_leads_to_what_is_new(aidisclose: Run, work: Path) -> None:
    (work / "other.png").write_bytes((work / "picture.png").read_bytes())
    assert aidisclose("sign", ".", "--ai", "generated").code == 0
    done = aidisclose("sign", ".", "--ai", "generated")
    lines = done.err.splitlines()
    hint = "aidisclose: hint: --skip-existing leaves files alone whose output exists"
    assert (done.code, lines.count(hint), lines[-1]) == (2, 1, hint)
    assert aidisclose("sign", ".", "--ai", "generated", "--skip-existing").code == 0


def test_if_unsigned_knows_the_copies_of_an_earlier_run(aidisclose: Run, work: Path) -> None:
    options = ("--ai", "generated", "--if-unsigned")
    assert aidisclose("sign", ".", *options).code == 0
    before = (work / "picture.signed.png").read_bytes()
    done = aidisclose("sign", ".", *options)
    assert done.code == 0, done.err
    assert "skipped  picture.png: picture.signed.png exists already" in done.out
    assert (work / "picture.signed.png").read_bytes() == before


@pytest.mark.parametrize("options", [("--output-dir", "out"), ("--in-place",)])
def test_copies_are_recognised_in_every_mode(
    aidisclose: Run, work: Path, options: tuple[str, ...]
) -> None:
    assert aidisclose("sign", ".", "--ai", "generated").code == 0
    before = (work / "picture.signed.png").read_bytes()
    (work / "alone.signed.png").write_bytes((work / "picture.png").read_bytes())
    done = aidisclose("sign", ".", "--ai", "generated", "--format", "json", *options)
    assert done.code == 0, done.err
    names = {each["file"] for each in done.json["results"]}
    assert names == {"picture.png", "alone.signed.png"}
    assert (work / "picture.signed.png").read_bytes() == before


def test_a_copy_does_not_go_to_standard_output(aidisclose: Run, work: Path) -> None:
    done = aidisclose("sign", "picture.png", "--ai", "generated", "-o", "-")
    assert done.code == 2
    assert "cannot go to standard output" in done.err
    assert not (work / "-").exists()


@pytest.mark.parametrize("label", ["c2pa.actions", "c2pa.actions.v2"])
def test_a_definition_that_others_refuse_gets_a_warning(
    aidisclose: Run, work: Path, label: str
) -> None:
    action: dict[str, object] = {"action": "c2pa.created"}
    definition = {"assertions": [{"label": label, "data": {"actions": [action]}}]}
    (work / "m.json").write_text(json.dumps(definition))
    done = aidisclose("sign", "picture.png", "--manifest", "m.json", "--force")
    assert done.code == 0, done.err
    assert "c2pa.created has no digitalSourceType" in done.err
    action["digitalSourceType"] = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation"
    (work / "m.json").write_text(json.dumps(definition))
    done = aidisclose("sign", "picture.png", "--manifest", "m.json", "--force")
    assert "digitalSourceType" not in done.err


def test_a_definition_that_breaks_rules_gets_a_warning_for_each(
    aidisclose: Run, work: Path
) -> None:
    """What `check --policy c2pa-conformance` fails is not written without a word."""
    term = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation"
    listed = [{"action": "c2pa.created", "digitalSourceType": term}, {"action": "c2pa.edited"}]
    definition = {"assertions": [{"label": "c2pa.actions.v2", "data": {"actions": listed}}]}
    (work / "m.json").write_text(json.dumps(definition))
    done = aidisclose("sign", "picture.png", "--manifest", "m.json")
    assert done.code == 0, done.err
    assert "warning: c2pa-conformance, C2PA-004: c2pa.edited has no source type" in done.err
    listed.pop()
    (work / "m.json").write_text(json.dumps(definition))
    done = aidisclose("sign", "picture.png", "--manifest", "m.json", "--force")
    assert "c2pa-conformance" not in done.err


def test_a_codestream_is_put_into_a_container_on_request(aidisclose: Run, work: Path) -> None:
    (work / "bare.jxl").write_bytes(JXL_CODESTREAM)
    done = aidisclose("sign", "bare.jxl", "--ai", "generated", "-o", "signed.jxl")
    assert done.code == 2 or "--wrap" in done.err
    done = aidisclose("sign", "bare.jxl", "--ai", "generated", "-o", "signed.jxl", "--wrap")
    assert done.code == 0, done.err
    data = (work / "signed.jxl").read_bytes()
    assert data.endswith(JXL_CODESTREAM)
    report = ad.verify(work / "signed.jxl", trust=ad.TrustConfig.none())
    assert (report.state, report.integrity) == (ad.State.VALID, ad.Integrity.INTACT)
    # A file that has a place is left as it is.
    done = aidisclose("sign", "picture.png", "--ai", "generated", "--wrap")
    assert done.code == 0, done.err


def test_xmp_in_another_place_is_told_of(aidisclose: Run, work: Path) -> None:
    """ImageMagick writes raw profiles, which ExifTool and others read as well."""
    packet = xmp.create({xmp.CREDIT: "Somebody"})
    profile = b"\nxmp\n%8d\n" % len(packet) + packet.hex().encode() + b"\n"
    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type xmp", profile.decode(), zip=True)
    Image.new("RGB", (8, 8)).save(work / "magick.png", pnginfo=info)
    done = aidisclose("sign", "magick.png", "--ai", "generated")
    assert done.code == 0, done.err
    assert "there is XMP in a profile in zTXt already" in done.err
    done = aidisclose("sign", "picture.png", "--ai", "generated")
    assert "already" not in done.err


def test_control_characters_are_the_same_everywhere(aidisclose: Run, work: Path) -> None:
    """XML has no place for them, so the manifest does not hold them either."""
    done = aidisclose("sign", "picture.png", "--ai", "generated", "--model", " a\x1b[31m\r\nb\x07 ")
    assert done.code == 0, done.err
    text = "a\ufffd[31m\nb\ufffd"
    report = ad.verify(work / "picture.signed.png", trust=ad.TrustConfig.none())
    assert report.disclosure.model.name == text
    assert report.marks.xmp["Iptc4xmpExt:AISystemUsed"] == (text,)


def test_a_warning_that_many_files_share_is_counted(aidisclose: Run, work: Path) -> None:
    term = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation"
    listed = [{"action": "c2pa.created", "digitalSourceType": term}, {"action": "c2pa.edited"}]
    definition = {"assertions": [{"label": "c2pa.actions.v2", "data": {"actions": listed}}]}
    (work / "m.json").write_text(json.dumps(definition))
    names = [f"{number}.png" for number in range(5)]
    for name in names:
        shutil.copy(work / "picture.png", work / name)
    done = aidisclose("sign", *names, "--manifest", "m.json")
    assert done.code == 0
    text = "warning: c2pa-conformance, C2PA-004: c2pa.edited has no source type"
    told = [line.partition(f": {text}")[0] for line in done.err.splitlines() if text in line]
    first = [f"aidisclose: {number}.signed.png" for number in range(3)]
    assert told == [*first, "aidisclose: 2 further files"]
    done = aidisclose("sign", *names, "--manifest", "m.json", "--force", "--format", "jsonl")
    assert done.err.count(text) == 5
