"""`publish`, `recover` and `repository`: from a signed picture to a stripped copy and back."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import wave
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from aidisclose.manifest.disclosure import Disclosure
from aidisclose.render import resemblance
from aidisclose.repository.recovery import Recovered
from aidisclose.trust.certificate import Certificate
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.verify import verify
from tests.attacks import exclusions
from tests.cli.running import Run
from tests.durable.pictures import encoded, scene
from tests.issuing import Issued
from tests.render import media, schema

SCHEMA = schema.load("report.schema.json")


@pytest.fixture
def published(aidisclose: Run, work: Path) -> str:
    """The label of a signed and published picture."""
    (work / "scene.png").write_bytes(encoded(scene(1)))
    done = aidisclose("sign", "scene.png", "--ai", "generated", "--fingerprint")
    assert done.code == 0
    done = aidisclose("publish", "scene.signed.png")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("stored  scene.signed.png  urn:c2pa:")
    return done.out.split()[-1]


def test_a_stripped_copy_leads_back(aidisclose: Run, work: Path, published: str) -> None:
    with Image.open(work / "scene.signed.png") as image:
        image.convert("RGB").resize((240, 180)).save(work / "copy.jpg", quality=50)
    assert aidisclose("verify", "copy.jpg").out.startswith("none")
    done = aidisclose("recover", "copy.jpg", "-o", "found.c2pa")
    assert (done.code, done.err) == (0, "")
    assert "looks like a file that Signer, for testing" in done.out
    assert published in done.out
    assert "credentials trusted by themselves, declared AI-generated" in done.out
    assert "not proven to be the one that was signed" in done.out
    assert "intact" not in done.out
    assert aidisclose("verify", "copy.jpg", "--manifest", "found.c2pa").code == 1


@pytest.mark.usefixtures("published")
def test_nobody_is_said_to_have_signed_who_is_not_trusted(aidisclose: Run, work: Path) -> None:
    strip(work)
    for command in (("recover", "copy.jpg"), ("verify", "copy.jpg", "--recover")):
        done = aidisclose(*command, "--no-default-trust")
        assert 'looks like a file that "Signer, for testing' in done.out
        assert '" (not trusted) signed' in done.out


def test_content_that_is_not_signed_leads_to_no_credentials(aidisclose: Run, work: Path) -> None:
    """Whoever put it into a file of somebody else would have it found as made by him."""
    [partial] = [each for each in exclusions.attacks() if "nearly all" in each.name]
    (work / "partial.png").write_bytes(partial.forged)
    done = aidisclose("publish", "partial.png", "--repository", "here.sqlite")
    assert (done.code, "no fingerprint is stored" in done.err) == (0, True)
    assert done.out.startswith("stored  partial.png")
    with closing(sqlite3.connect(work / "here.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM manifest").fetchone() == (1,)
        assert database.execute("SELECT count(*) FROM binding").fetchone() == (0,)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('The News" (trusted) signed, and "x', r"The News\x22 (trusted) signed, and \x22x"),
        ("\x1b[2J", r"\x1b[2J"),
    ],
)
def test_a_name_does_not_speak_for_us(
    name: str, shown: str, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Certificate, "common_name", name)
    for change, standing in ((bytes, "not trusted"), (media.flip, "not valid")):
        data = change(media.sign(media.picture(), issued("es256"), Disclosure(ai="generated")))
        report = verify(data, trust=TrustConfig.none())
        found = Recovered("urn:c2pa:x", 90, True, b"", report)
        assert resemblance.seems(found).startswith(f'looks like a file that "{shown}" ({standing})')


@pytest.mark.usefixtures("published")
def test_an_output_that_is_there_does_not_cut_off_the_document(aidisclose: Run, work: Path) -> None:
    strip(work)
    (work / "found.c2pa").write_bytes(b"somebody's")
    done = aidisclose("recover", "copy.jpg", "-o", "found.c2pa", "--format", "json")
    assert done.code == 2
    assert done.json["summary"]["found"] == 1
    assert done.err == "aidisclose: found.c2pa: it exists already; --force replaces it\n"
    assert (work / "found.c2pa").read_bytes() == b"somebody's"


def strip(work: Path) -> None:
    with Image.open(work / "scene.signed.png") as image:
        image.convert("RGB").resize((240, 180)).save(work / "copy.jpg", quality=50)


def test_verify_says_what_a_stripped_copy_looks_like(
    aidisclose: Run, work: Path, published: str
) -> None:
    strip(work)
    done = aidisclose("verify", "copy.jpg", "--recover")
    first, *others = done.out.splitlines()
    assert done.code == 1
    assert first.startswith("none")
    assert "looks like a file that Signer, for testing" in others[0]
    assert "% alike" in others[0]
    assert f"{published}: credentials trusted by themselves" in others[1]
    assert "not proven" in others[2]
    assert "intact" not in done.out


def test_recovered_credentials_are_data(aidisclose: Run, work: Path, published: str) -> None:
    strip(work)
    (work / "other.png").write_bytes(encoded(scene(2)))
    (work / "empty.png").write_bytes(encoded(Image.new("RGB", (90, 90))))
    files = ("copy.jpg", "other.png", "scene.signed.png", "empty.png")
    done = aidisclose("verify", *files, "--recover", "--format", "json")
    assert list(schema.offences(done.json, SCHEMA, SCHEMA)) == []
    copy, other, whole, empty = done.json["results"]
    [found] = copy["recovered"]
    assert (found["manifest"], found["state"], found["ai"]) == (published, "trusted", "generated")
    assert (copy["state"], copy["integrity"]) == ("none", "none")
    assert 80 <= found["similarity"] <= 99
    assert other["recovered"] == []
    assert whole["recovered"] is None
    assert empty["recovered"] is None
    assert "not searched for by its looks" in done.err


def test_a_page_keeps_recovered_credentials_apart(
    aidisclose: Run, work: Path, published: str
) -> None:
    strip(work)
    page = aidisclose("verify", "copy.jpg", "--recover", "--format", "html").out
    assert "No Content Credentials were found" in page
    assert "Credentials of files that look alike" in page
    own, _, others = page.partition("Nothing proves that this file is one of those.")
    assert "Signer, for testing" not in own
    assert "Signer, for testing" in others
    assert "unchanged since" not in page
    assert "Credentials of files" not in aidisclose("verify", "copy.jpg", "--format", "html").out


def test_searching_needs_a_repository(aidisclose: Run, work: Path) -> None:
    (work / "scene.png").write_bytes(encoded(scene(1)))
    for options in (("--recover",), ("--repository", "x"), ("--recover", "--repository", "x")):
        done = aidisclose("verify", "scene.png", *options)
        assert (done.code, done.out) == (2, "")
        assert done.err.count("\n") == 1 or "--repository needs --recover" in done.err


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_a_search_gives_data(aidisclose: Run, work: Path, published: str, form: str) -> None:
    strip(work)
    (work / "other.png").write_bytes(encoded(scene(2)))
    (work / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    names = ("copy.jpg", "other.png", "broken.png")
    done = aidisclose("recover", *names, "--format", form)
    assert done.code == 4
    results = (
        done.json["results"] if form == "json" else list(map(json.loads, done.out.splitlines()))
    )
    assert [each["file"] for each in results] == list(names)
    copy, other, broken = results
    assert copy["recovered"][0]["manifest"] == published
    assert (copy["error"], other["recovered"], other["error"]) == (None, [], None)
    assert broken["recovered"] is None
    assert broken["error"]


def test_another_picture_leads_nowhere(aidisclose: Run, work: Path, published: str) -> None:
    (work / "other.png").write_bytes(encoded(scene(2)))
    done = aidisclose("recover", "other.png")
    assert (done.code, done.out) == (1, "")
    assert "no credentials of a file that looks alike" in done.err


def test_the_same_file_is_stored_once(aidisclose: Run, published: str) -> None:
    assert aidisclose("publish", "scene.signed.png").out.startswith("stored already")
    assert aidisclose("repository", "list").out == f"{published}\n"
    assert aidisclose("repository", "check").out == "1 manifest, as stored\n"


def test_holdings_are_data(aidisclose: Run, work: Path, published: str) -> None:
    place = ("--repository", "here.sqlite", "--format", "json")
    assert aidisclose("publish", "scene.signed.png", *place[:2]).code == 0
    assert aidisclose("repository", "list", *place).json == {"schema": 1, "manifests": [published]}
    done = aidisclose("repository", "check", *place)
    assert (done.code, done.json["problems"]) == (0, [])
    with closing(sqlite3.connect(work / "here.sqlite")) as database, database:
        [(guard,)] = database.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'manifest_is_kept'"
        )
        database.execute("DROP TRIGGER manifest_is_kept")
        database.execute("UPDATE manifest SET store = x'00'")
        database.execute(guard)
    done = aidisclose("repository", "check", *place)
    assert (done.code, done.json["manifests"]) == (1, [published])
    [problem] = done.json["problems"]
    assert problem == f"{published}: the manifest store is not the one that was stored"
    assert aidisclose("repository", "check", *place[:2]).out == f"{problem}\n"


def test_what_is_removed_is_gone(aidisclose: Run, published: str) -> None:
    assert aidisclose("repository", "remove", published).code == 0
    assert aidisclose("repository", "remove", published).code == 1
    assert aidisclose("recover", "scene.png").code == 1
    assert "was removed" in aidisclose("publish", "scene.signed.png").err


def test_what_is_not_signed_is_not_published(aidisclose: Run, work: Path) -> None:
    (work / "scene.png").write_bytes(encoded(scene(1)))
    done = aidisclose("publish", "scene.png")
    assert (done.code, done.out) == (1, "")
    assert aidisclose("repository", "list").out == ""


@pytest.mark.usefixtures("published")
def test_a_repository_goes_through_a_descriptor(aidisclose: Run, work: Path) -> None:
    """Devices, pipes and descriptors are written at the end, when all of it is there."""
    aidisclose("repository", "export", "-o", "all.jsonl")
    with (work / "through.jsonl").open("wb") as file:
        done = aidisclose("repository", "export", "-o", f"/dev/fd/{file.fileno()}")
    assert (done.code, done.out, done.err) == (0, "1 record written\n", "")
    assert (work / "through.jsonl").read_bytes() == (work / "all.jsonl").read_bytes()


def test_a_repository_moves_with_a_file(aidisclose: Run, work: Path, published: str) -> None:
    done = aidisclose("repository", "export", "-o", "all.jsonl")
    assert (done.code, done.out) == (0, "1 record written\n")
    assert aidisclose("repository", "export", "-o", "all.jsonl").code == 2
    done = aidisclose("repository", "import", "all.jsonl", "--repository", "new.sqlite")
    assert (done.code, done.out) == (0, "1 record taken in\n")
    assert aidisclose("repository", "list", "--repository", "new.sqlite").out == f"{published}\n"
    done = aidisclose("recover", "scene.png", "--repository", "new.sqlite")
    assert published in done.out


def test_what_is_no_export_is_not_imported(aidisclose: Run, work: Path) -> None:
    (work / "bad.jsonl").write_bytes(b"\xff\n")
    done = aidisclose("repository", "import", "bad.jsonl")
    assert (done.code, done.out) == (4, "")
    assert done.err.count("\n") == 1


@pytest.mark.skipif(
    not (shutil.which("fpcalc") and shutil.which("ffmpeg")), reason="needs fpcalc and ffmpeg"
)
def test_a_sound_leads_back_after_ffmpeg_stripped_it(aidisclose: Run, work: Path) -> None:
    def ffmpeg(*arguments: str) -> None:
        subprocess.run(["ffmpeg", "-v", "error", *arguments], cwd=work, check=True)

    tones = "aevalsrc='0.5*sin(2*PI*t*(300+80*floor(mod(t*3,7))))':d=10"
    ffmpeg("-f", "lavfi", "-i", tones, "tones.wav")
    assert aidisclose("sign", "tones.wav", "--ai", "generated", "--fingerprint").code == 0
    assert aidisclose("publish", "tones.signed.wav").code == 0
    ffmpeg("-i", "tones.signed.wav", "-map_metadata", "-1", "-b:a", "64k", "copy.mp3")
    done = aidisclose("verify", "copy.mp3", "--recover")
    assert (done.code, "looks like a file that Signer" in done.out) == (1, True)


STRIPPERS: dict[str, tuple[str, ...]] = {
    "exiftool": ("exiftool", "-q", "-all=", "-o", "copy.jpg", "scene.signed.jpg"),
    "ffmpeg": (
        *("ffmpeg", "-v", "error", "-i", "scene.signed.jpg", "-vf", "scale=240:180"),
        *("-map_metadata", "-1", "-q:v", "8", "copy.jpg"),
    ),
}


@pytest.mark.parametrize("name", STRIPPERS)
def test_a_page_shows_what_programs_stripped(aidisclose: Run, work: Path, name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"needs {name}")
    (work / "scene.jpg").write_bytes(encoded(scene(4), "JPEG", quality=90))
    done = aidisclose("sign", "scene.jpg", "--ai", "generated", "--fingerprint")
    assert done.code == 0
    assert aidisclose("publish", "scene.signed.jpg").code == 0
    subprocess.run(STRIPPERS[name], cwd=work, check=True)
    page = aidisclose("verify", "copy.jpg", "--recover", "--format", "html").out
    assert "No Content Credentials were found" in page
    assert "Similarity: " in page
    assert "Signer, for testing" in page


def test_a_sound_is_verified_where_its_fingerprint_cannot_be_made(
    aidisclose: Run, work: Path, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wave.open(str(work / "sound.wav"), "wb") as sound:
        sound.setparams((1, 2, 8_000, 0, "NONE", ""))
        sound.writeframes(bytes(16_000))
    monkeypatch.setenv("PATH", "")
    done = aidisclose("verify", "sound.wav", "--recover")
    assert (done.code, done.out.startswith("none")) == (1, True)
    assert "needs the program fpcalc" in done.out


@pytest.mark.parametrize(
    ("options", "name", "outcome", "code"),
    [
        (("--recover",), "copy.jpg", "pass", 0),
        ((), "copy.jpg", "undetermined", 0),
        (("--recover",), "other.png", "fail", 1),
        ((), "scene.signed.png", "pass", 0),
        (("--recover",), "scene.signed.png", "pass", 0),
    ],
)
def test_a_policy_may_ask_for_what_is_recovered(
    aidisclose: Run,
    work: Path,
    published: str,
    options: tuple[str, ...],
    name: str,
    outcome: str,
    code: int,
) -> None:
    strip(work)
    (work / "other.png").write_bytes(encoded(scene(2)))
    (work / "policy.toml").write_text('version = 1\n[[require]]\nrecovered = "valid"\n')
    done = aidisclose("check", name, "--policy", "policy.toml", *options, "--format", "json")
    [result] = done.json["results"]
    [found] = [each for each in result["findings"] if each["rule"] == "REQ-011"]
    assert (found["outcome"], done.code) == (outcome, code), found["reason"]
    assert published


@pytest.mark.parametrize("name", ["copy.jpg", "scene.signed.png"])
def test_no_policy_trusts_test_credentials_that_were_recovered(
    aidisclose: Run, work: Path, published: str, name: str
) -> None:
    strip(work)
    (work / "policy.toml").write_text('version = 1\n[[require]]\nrecovered = "trusted"\n')
    done = aidisclose("check", name, "--policy", "policy.toml", "--recover", "--format", "json")
    [found] = [x for x in done.json["results"][0]["findings"] if x["rule"] == "REQ-011"]
    assert (found["outcome"], done.code, bool(published)) == ("fail", 1, True)


def test_what_is_not_signed_is_no_match_for_a_policy(aidisclose: Run, work: Path) -> None:
    (work / "scene.png").write_bytes(encoded(scene(1)))
    assert aidisclose("sign", "scene.png", "--ai", "generated").code == 0
    assert aidisclose("publish", "scene.signed.png").code == 0
    strip(work)
    (work / "policy.toml").write_text('version = 1\n[[require]]\nrecovered = "valid"\n')
    assert aidisclose("check", "copy.jpg", "--policy", "policy.toml", "--recover").code == 1
    assert aidisclose("check", "copy.jpg", "--policy", "policy.toml", "--repository", "x").code == 2


def test_several_files_are_published_and_recovered(
    aidisclose: Run, work: Path, published: str
) -> None:
    (work / "other.png").write_bytes(encoded(scene(2)))
    (work / "list.txt").write_text("scene.signed.png\nmissing.png\n")
    done = aidisclose("publish", "--files-from", "list.txt")
    assert done.code == 4
    assert done.out.splitlines()[0].startswith("stored already  scene.signed.png")
    assert "missing.png" in done.err
    done = aidisclose("recover", ".", "--exclude", "*.signed.png", "--exclude", "picture.png")
    assert done.code == 1
    assert done.out.startswith("scene.png\n")
    assert published in done.out
    assert "other.png: no credentials of a file that looks alike were found" in done.err
    done = aidisclose("recover", "--files-from", "list.txt")
    assert done.code == 4
    assert done.out.startswith("scene.signed.png\n")
    done = aidisclose("recover", "scene.png", "other.png", "-o", "best.c2pa")
    assert done.code == 2
    assert "--output is about one file" in done.err
    assert aidisclose("recover").code == 2
