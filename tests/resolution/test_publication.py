"""`publish --server`, against our service and against servers that misbehave."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import aidisclose as ad
from aidisclose.repository.sqlite import SqliteRepository
from tests.cli.running import Run, program
from tests.durable.pictures import encoded, scene
from tests.servers import Behaviour, Reply, Request, closed_port, serve
from tests.service.running import Service, serving

TOKEN = "a-token-of-the-writer"
VARIABLE = "AIDISCLOSE_REPOSITORY_TOKEN"


@pytest.fixture
def source(aidisclose: Run, work: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A signed picture."""
    monkeypatch.setenv(VARIABLE, TOKEN)
    (work / "scene.png").write_bytes(encoded(scene(1)))
    assert aidisclose("sign", "scene.png", "--ai", "generated").code == 0
    return "scene.signed.png"


@pytest.fixture
def service(home: Path, tmp_path: Path) -> Iterator[Service]:
    path = tmp_path / "server.sqlite"
    SqliteRepository(path, create=True).close()
    options = ("--repository", path, "--sign-results", "--root-path", "/verify")
    with serving(home, *options, variables={VARIABLE: TOKEN}) as running:
        yield running


def strip(work: Path, source: str, tool: str) -> str:
    """A copy without credentials, recompressed by a program of others."""
    if tool == "pillow":
        with Image.open(work / source) as image:
            image.convert("RGB").resize((240, 180)).save(work / "copy.jpg", quality=60)
        return "copy.jpg"
    if tool == "exiftool":
        with Image.open(work / source) as image:
            image.convert("RGB").save(work / "copy.jpg", quality=70)
        call = ("exiftool", "-all=", "-overwrite_original", "copy.jpg")
        subprocess.run(call, cwd=work, check=True, capture_output=True)
        return "copy.jpg"
    scale: tuple[str, ...] = (
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-i",
        source,
        "-vf",
        "scale=300:-1",
        "copy.jpg",
    )
    subprocess.run(scale, cwd=work, check=True, capture_output=True)
    return "copy.jpg"


def test_from_a_signed_file_to_a_stripped_copy_and_back(
    aidisclose: Run, home: Path, work: Path, source: str, service: Service, tmp_path: Path
) -> None:
    at = f"{service.url}/"
    variables = {VARIABLE: TOKEN}
    publish = ("publish", source, "--server", at, "--receipts", "receipts", "--format", "json")
    done = program(*publish, home=home, cwd=work, variables=variables)
    assert (done.code, done.err) == (0, "")
    [result] = done.json["results"]
    receipt = json.loads((work / result["receipt"]).read_text())
    assert receipt["repository"]["manifestId"] == result["active_manifest"]
    path = f"/verify/v1/manifests/{result['active_manifest']}/receipts"
    assert service.client.post(path, json=receipt).json()["verified"] is True
    for tool in ("pillow", "exiftool", "ffmpeg"):
        copy = strip(work, source, tool)
        assert aidisclose("verify", copy).out.startswith("none")
        done = aidisclose("recover", copy, "--server", at, "-o", "found.c2pa", "--force")
        assert (done.code, done.err) == (0, ""), tool
        assert "looks like a file that Signer, for testing" in done.out
        assert result["active_manifest"] in done.out
        assert aidisclose("verify", copy, "--manifest", "found.c2pa").code == 1
        repository = ("--recover", "--repository", str(tmp_path / "server.sqlite"))
        page = aidisclose("verify", copy, *repository, "--format", "html").out
        assert "No Content Credentials were found" in page
        [signer] = re.findall(r"This looks like a file that was signed by ([^<]*)\.", page)
        assert signer.startswith("“Signer, for testing")
        assert signer.endswith("” (credentials for testing)")


def test_files_of_one_name_have_a_receipt_each(
    home: Path, work: Path, source: str, service: Service, aidisclose: Run
) -> None:
    """None takes the place of another, or of what was there before."""
    (work / "two").mkdir()
    (work / "two" / "scene.png").write_bytes(encoded(scene(2)))
    assert aidisclose("sign", "two/scene.png", "--ai", "generated").code == 0
    (work / "receipts").mkdir()
    (work / "receipts" / "scene.signed.png.receipt.json").write_text("mine")
    publish = ("publish", source, f"two/{source}", "--server", f"{service.url}/")
    options = ("--receipts", "receipts", "--format", "json")
    for _ in range(2):  # again: the receipt of a manifest stays where it is
        done = program(*publish, *options, home=home, cwd=work, variables={VARIABLE: TOKEN})
        assert (done.code, done.err) == (0, "")
        for result in done.json["results"]:
            receipt = json.loads((work / result["receipt"]).read_text())
            assert receipt["repository"]["manifestId"] == result["active_manifest"]
    assert len(list((work / "receipts").iterdir())) == 3
    assert (work / "receipts" / "scene.signed.png.receipt.json").read_text() == "mine"


def test_what_is_wrong_is_said(
    aidisclose: Run, work: Path, source: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "some-other-token-here")
    done = aidisclose("publish", source, "--server", service.url)
    assert (done.code, "it wants another token" in done.err) == (4, True)
    monkeypatch.delenv(VARIABLE)
    done = aidisclose("publish", source, "--server", service.url)
    assert (done.code, "needs its token" in done.err) == (2, True)
    (work / "plain.png").write_bytes(encoded(scene(2)))
    monkeypatch.setenv(VARIABLE, TOKEN)
    done = aidisclose("publish", "plain.png", "--server", service.url, "--format", "json")
    assert (done.code, done.json["summary"]) == (1, {"files": 1, "stored": 0, "failed": 1})


def replying(body: bytes, status: int = 200) -> Behaviour:
    def behave(_request: Request) -> Reply:
        return Reply(body, "application/json", status)

    return behave


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b'{"manifestId": "urn:c2pa:other"}', 200, "something else"),
        (b"[]", 200, "not of the API"),
        (b"{" * 9000, 200, "not of the API"),
        (b"no \x1b[31mred", 400, "refuses it: no"),
        (b"", 404, "it stores nothing"),
        (b"", 500, "status 500"),
    ],
)
def test_a_server_that_misbehaves_is_said(
    aidisclose: Run, source: str, body: bytes, status: int, reason: str
) -> None:
    with serve(replying(body, status)) as server:
        done = aidisclose("publish", source, "--server", server.url)
        assert reason in done.err
        assert (done.out, done.err.count("\n"), "\x1b" in done.err) == ("", 1, False)
        assert done.code in (1, 4)
        assert TOKEN not in done.err


@pytest.mark.parametrize(
    "receipt",
    [
        '{"repository": {"manifestId": "%s", "score": NaN}}',
        '{"repository": {"manifestId": "%s"}, "\\ud800": 1}',
        '{"repository": {"manifestId": "other"}}',
        '{"repository": ["%s"]}',
        '["%s"]',
    ],
)
def test_a_receipt_that_is_none_is_not_kept(
    aidisclose: Run, work: Path, source: str, receipt: str
) -> None:
    store = ad.verify(work / source, trust=ad.TrustConfig.none()).store
    assert store is not None
    label = store.active.label
    given = receipt.replace("%s", label)
    body = f'{{"manifestId": "{label}", "receipt": {given}}}'
    with serve(replying(body.encode())) as server:
        done = aidisclose("publish", source, "--server", server.url, "--receipts", "receipts")
    assert (done.code, "its receipt is none" in done.err) == (4, True)
    assert not list(work.glob("receipts/*"))


def test_a_token_is_not_sent_unprotected(aidisclose: Run, source: str) -> None:
    done = aidisclose("publish", source, "--server", "http://example.com")
    assert (done.code, "unprotected" in done.err) == (2, True)
    done = aidisclose("publish", source, "--server", closed_port())
    assert done.code == 4
    for options in (("--repository", "x", "--server", "https://x"), ("--receipts", "x")):
        assert aidisclose("publish", source, *options).code == 2
