"""Commands over a bucket."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import aidisclose as ad
from tests.cli.running import Run, program
from tests.issuing import Issued
from tests.render import media
from tests.storage.buckets import Storage, state_of
from tests.storage.test_source import large


@pytest.fixture
def signed(issued: Issued) -> bytes:
    return media.sign(media.picture(), issued("es256"), ad.Disclosure(ai="generated"))


def test_prefix_is_searched_for_media(storage: Storage, aidisclose: Run, signed: bytes) -> None:
    for key in ("in/b.png", "in/a/c.png", "in/.hidden.png", "in/notes.txt", "other/d.png"):
        storage.put(key, signed)
    done = aidisclose("verify", "s3://media/in/", "--format", "jsonl")
    names = [json.loads(line)["file"] for line in done.out.splitlines()]
    assert names == ["s3://media/in/a/c.png", "s3://media/in/b.png"]
    assert done.code == 0


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("in/*.png", ["in/b.png"]),
        ("in/**.png", ["in/a/c.png", "in/b.png"]),
        ("*/?.png", ["in/b.png", "other/d.png"]),
    ],
)
def test_patterns_choose_objects(
    storage: Storage,
    aidisclose: Run,
    signed: bytes,
    pattern: str,
    expected: list[str],
) -> None:
    for key in ("in/b.png", "in/a/c.png", "other/d.png"):
        storage.put(key, signed)
    done = aidisclose("verify", f"s3://media/{pattern}", "--format", "jsonl")
    names = [json.loads(line)["file"] for line in done.out.splitlines()]
    assert names == [f"s3://media/{key}" for key in expected]


def test_an_object_is_not_taken_for_another_one(
    storage: Storage, aidisclose: Run, signed: bytes
) -> None:
    """opendal reads `in/a.png` for both: what somebody put at the other place would be trusted."""
    storage.put("in/a.png", signed)
    storage.put("in//a.png", media.picture())
    done = aidisclose("verify", "s3://media/in/", "--format", "jsonl")
    found = {each["file"]: each for each in map(json.loads, done.out.splitlines())}
    assert found["s3://media/in/a.png"]["state"] == "trusted"
    assert found["s3://media/in//a.png"]["state"] == "unreadable"
    assert "doubled slashes" in found["s3://media/in//a.png"]["error"]
    assert done.code == 4
    done = aidisclose("verify", "s3://media/in//a.png")
    assert "taken for that of another" in done.err
    assert done.code != 0


def test_empty_prefix_is_an_error(storage: Storage, aidisclose: Run) -> None:
    done = aidisclose("verify", "s3://media/none/")
    assert done.code == 4
    assert "no media files there" in done.err


def test_list_of_addresses_is_read(
    storage: Storage,
    aidisclose: Run,
    signed: bytes,
    work: Path,
) -> None:
    address = storage.put("x.png", signed)
    (work / "list").write_text(f"{address}\npicture.png\n")
    done = aidisclose("verify", "--files-from", "list", "--format", "jsonl")
    names = [json.loads(line)["file"] for line in done.out.splitlines()]
    assert names == [address, "picture.png"]


def test_signing_from_bucket_to_bucket(storage: Storage, aidisclose: Run) -> None:
    storage.put("in/deep/x.png", media.picture())
    arguments = ("s3://media/in/", "--output-dir", "s3://media/out", "--ai", "generated")
    done = aidisclose("sign", *arguments)
    assert done.code == 0, done.err
    assert "s3://media/out/deep/x.png" in done.out
    assert storage.names() == ["in/deep/x.png", "out/deep/x.png"]
    assert (
        ad.verify(storage.get("out/deep/x.png"), trust=ad.TrustConfig.none()).state
        is ad.State.VALID
    )


def test_signed_copy_lies_beside_its_source(storage: Storage, aidisclose: Run) -> None:
    address = storage.put("x.png", media.picture())
    assert aidisclose("sign", address, "--ai", "generated").code == 0
    assert storage.names() == ["x.png", "x.signed.png"]


def test_object_that_exists_is_not_replaced(storage: Storage, aidisclose: Run) -> None:
    address = storage.put("x.png", media.picture())
    storage.put("x.signed.png", b"other")
    done = aidisclose("sign", address, "--ai", "generated")
    assert done.code == 2
    assert "--force" in done.err
    assert storage.get("x.signed.png") == b"other"
    assert aidisclose("sign", address, "--ai", "generated", "--force").code == 0
    assert state_of(storage.get("x.signed.png")) is ad.State.VALID


def test_large_object_is_sent_in_parts_and_appears_whole(
    storage: Storage,
    aidisclose: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aidisclose.storage.upload._PART", 6 << 20)
    address = storage.put("sound.wav", large())
    seen: list[bool] = []
    storage.before = lambda _: seen.append("sound.signed.wav" in storage.names())
    assert aidisclose("sign", address, "--ai", "generated").code == 0
    assert not any(seen)
    parts = [each for each in storage.asked if "partNumber" in each.path]
    assert len(parts) == 3
    assert (
        ad.verify("s3://media/sound.signed.wav", trust=ad.TrustConfig.none()).state
        is ad.State.VALID
    )


def test_sidecar_of_an_object_is_an_object(storage: Storage, aidisclose: Run) -> None:
    address = storage.put("x.png", media.picture())
    assert aidisclose("sign", address, "--ai", "generated", "--sidecar").code == 0
    assert storage.names() == ["x.png", "x.png.c2pa"]
    done = aidisclose("verify", address, "--manifest", f"{address}.c2pa")
    assert done.code == 0, done.err


def test_objects_are_replaced_in_place(storage: Storage, aidisclose: Run) -> None:
    address = storage.put("x.png", media.picture())
    assert aidisclose("sign", address, "--ai", "generated", "--in-place").code == 0
    assert state_of(storage.get("x.png")) is ad.State.VALID


def test_failed_signing_leaves_no_object(storage: Storage, aidisclose: Run) -> None:
    address = storage.put("x.png", b"no picture at all")
    assert aidisclose("sign", address, "--ai", "generated").code != 0
    assert storage.names() == ["x.png"]


def test_web_address_is_no_destination(storage: Storage, aidisclose: Run) -> None:
    output = "https://example.com/x.png"
    done = aidisclose("sign", "picture.png", "--ai", "generated", "-o", output)
    assert done.code == 2
    assert "can only be read" in done.err


def test_web_server_is_read(storage: Storage, aidisclose: Run, signed: bytes) -> None:
    storage.put("x.png", signed)
    storage.client.put_object_acl(Bucket="media", Key="x.png", ACL="public-read")
    done = aidisclose("verify", f"{storage.url}/media/x.png")
    assert done.code == 0, done.err


def test_several_processes_read_a_bucket(
    storage: Storage,
    home: Path,
    work: Path,
    signed: bytes,
) -> None:
    """Listing starts threads of opendal, which a forked process would wait for in vain."""
    for number in range(6):
        storage.put(f"in/{number}.png", signed)
    arguments = ("verify", "s3://media/in/", "--jobs", "2", "--format", "jsonl")
    done = program(*arguments, home=home, cwd=work)
    assert [json.loads(line)["state"] for line in done.out.splitlines()] == ["trusted"] * 6, (
        done.err
    )


def test_settings_name_a_bucket(storage: Storage, aidisclose: Run, home: Path) -> None:
    (home / "config.toml").write_text('[sign]\noutput-dir = "s3://media/out"\n')
    assert aidisclose("sign", "picture.png", "--ai", "generated").code == 0
    assert storage.names() == ["out/picture.png"]


def test_inspecting_a_large_object_reads_it_once(storage: Storage, aidisclose: Run) -> None:
    address = storage.put("sound.wav", large())
    aidisclose("sign", address, "--ai", "generated", "--in-place")
    storage.asked.clear()
    done = aidisclose("inspect", address)
    assert done.code == 0, done.err
    assert "c2pa.actions" in done.out
    assert sum(each.sent for each in storage.gets()) < 1.02 * len(large())


def test_gate_judges_objects(storage: Storage, aidisclose: Run, signed: bytes) -> None:
    address = storage.put("x.png", signed)
    report = "s3://media/report.json"
    arguments = ("--policy", "eu-ai-act", "--format", "json", "--output", report)
    done = aidisclose("check", address, *arguments)
    assert done.err == ""
    assert json.loads(storage.get("report.json"))["results"][0]["file"] == address
