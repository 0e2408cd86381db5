"""Hashes of several files: in an archive, where all counts, and in a folder."""

from __future__ import annotations

import hashlib
import os
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose.bindings import BINDINGS, BindingResult
from aidisclose.bindings.binding import Asset, Fields, UnsupportedAlgorithm
from aidisclose.containers.other import ANY
from aidisclose.errors import Malformed, UnsupportedFormat
from aidisclose.io.source import BytesSource
from tests.bindings.build import COLLECTION, TERMS, asset, bind, check, embed, flip, is_noticed
from tests.containers import samples_zip
from tests.containers.samples import jpeg, png
from tests.containers.samples_zip import add, archive, plain

HASH = hashlib.sha256


def fields(*uris: object, alg: object = "sha256") -> Fields:
    return {"alg": alg, "uris": [{"uri": uri, "hash": HASH(b"1").digest()} for uri in uris]}


def listed(data: bytes) -> tuple[bytes, Any]:
    """An archive that carries a store, and the fields that bind it."""
    signed = embed(data)
    return signed, cast("Any", bind(COLLECTION, signed))


# --- What both have in common -------------------------------------------------------------------

BAD_URIS = ["..", "../a", "a/../b", "./a", "a/.", "%2e%2e/a", "a/%2E./b", "..\\a", "/a", "\\a"]
BAD_URIS += ["", "%2Fa", "a\0b", "a%00b", "a//b", "https://x.org/a"]


@pytest.mark.parametrize("uri", BAD_URIS)
def test_a_way_to_other_folders_is_refused(uri: str, tmp_path: Path) -> None:
    assert check_folder(tmp_path, fields(uri)).code == "invalidURI"
    data, good = listed(plain())
    good["uris"][0]["uri"] = uri
    assert check(COLLECTION, data, good).code == "invalidURI"


@pytest.mark.parametrize(
    "uris",
    [None, [], {}, [1], [{}], [{"uri": "a"}], [{"hash": b""}], {"a": 1}, {"a": {}}, {1: {}}],
    ids=repr,
)
def test_what_is_no_list_is_malformed(uris: object, tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        check_folder(tmp_path, {"alg": "sha256", "uris": uris})


def test_no_file_is_listed_twice(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="'a' is listed twice"):
        check_folder(tmp_path, fields("a", "a"))


@pytest.mark.parametrize("alg", [None, "sha1", 1])
def test_the_algorithm_must_be_one_that_binds(alg: object, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedAlgorithm):
        check_folder(tmp_path, fields("a", alg=alg))


def test_other_files_are_no_collections() -> None:
    outcome = check(COLLECTION, png(), fields("a"))
    assert outcome.code == "incorrectFileCount"
    with pytest.raises(UnsupportedFormat, match="JPEG files are not archives"):
        BINDINGS[COLLECTION].size(asset(jpeg()), TERMS)


# --- Archives -----------------------------------------------------------------------------------


def test_entries_are_hashed_with_their_headers_and_the_directory_without_the_checksum() -> None:
    """Read by the standard library and the text of the specification alone."""
    data, found = listed(archive(samples_zip.epub))
    hashes = {item["uri"]: item["hash"] for item in found["uris"]}
    assert list(hashes) == ["mimetype", "META-INF/container.xml", "text.xhtml"]
    starts = [match.start() for match in re.finditer(b"PK\3\4", data)]
    for value, start, end in zip(hashes.values(), starts, starts[1:], strict=False):
        assert value == HASH(data[start:end]).digest()
    directory = data[data.index(b"PK\1\2") :]
    at = directory.rindex(b"PK\1\2") + 16
    expected = HASH(directory[:at] + directory[at + 4 :]).digest()
    assert found["zip_central_directory_hash"] == expected


def test_the_checksum_may_be_hashed_too() -> None:
    """As in version 2.2 of the specification."""
    data, found = listed(plain())
    directory = data[data.index(b"PK\1\2") :]
    found["zip_central_directory_hash"] = HASH(directory).digest()
    assert check(COLLECTION, data, found) == BindingResult()
    assert is_noticed(COLLECTION, flip(data, data.rindex(b"PK\1\2") + 16), found)


def test_names_may_be_written_as_they_are_or_as_in_uris() -> None:
    data, found = listed(plain())
    names = [item["uri"] for item in found["uris"]]
    assert "folder/Zo%C3%AB%20%C3%A4.txt" in names
    for item in found["uris"]:
        item["uri"] = item["uri"].replace("%C3%AB", "ë").replace("%20", " ").replace("%C3%A4", "ä")
    assert check(COLLECTION, data, found) == BindingResult()


def test_names_that_look_like_uris() -> None:
    def fill(file: samples_zip.File) -> None:
        for name in ("a%20b", "a b", "%2e%2e", "50%"):
            add(file, name, name.encode())

    data, found = listed(archive(fill))
    assert check(COLLECTION, data, found) == BindingResult()
    items = {unquote(item["uri"]): {"hash": item["hash"]} for item in found["uris"]}
    assert check(COLLECTION, data, found | {"uris": items}) == BindingResult()


def test_a_map_is_read_like_a_list() -> None:
    """As the reference writes it; folders are without their slash there."""
    data, found = listed(plain())
    names = [unquote(item["uri"]).removesuffix("/") for item in found["uris"]]
    hashes = [{"hash": item["hash"]} for item in found["uris"]]
    items = dict(zip(names, hashes, strict=True))
    assert check(COLLECTION, data, found | {"uris": items}) == BindingResult()
    items["a.txt"] = {"hash": bytes(32)}
    assert check(COLLECTION, data, found | {"uris": items}).code == "mismatch"


def test_an_entry_that_is_not_there() -> None:
    data, found = listed(plain())
    found["uris"].append({"uri": "b.txt", "hash": bytes(32)})
    outcome = check(COLLECTION, data, found)
    assert (outcome.code, outcome.failure) == (
        "incorrectFileCount",
        "'b.txt' is not in the archive",
    )


def test_an_entry_that_is_listed_under_two_names() -> None:
    data, found = listed(plain())
    [item] = [item for item in found["uris"] if "%" in item["uri"]]
    found["uris"].append({**item, "uri": "folder/Zoë ä.txt"})
    with pytest.raises(Malformed, match="listed twice"):
        check(COLLECTION, data, found)


@pytest.mark.parametrize("name", ["a.txt", "empty", "folder/"])
def test_an_entry_that_is_not_listed(name: str) -> None:
    """Nothing would protect it."""
    data, found = listed(plain())
    found["uris"] = [item for item in found["uris"] if item["uri"] != name]
    outcome = check(COLLECTION, data, found)
    assert outcome.code == "mismatch"
    assert "is not among what was signed" in (outcome.failure or "")
    # The directory is the signed one: no hash differs.
    assert outcome.is_unproven
    assert not check(
        COLLECTION, data, found | {"zip_central_directory_hash": bytes(32)}
    ).is_unproven


def test_the_folder_of_the_store_need_not_be_listed() -> None:
    """The reference adds it too late."""

    def fill(file: samples_zip.File) -> None:
        add(file, "a.txt")
        add(file, "META-INF/", b"")

    data, found = listed(archive(fill))
    assert [item["uri"] for item in found["uris"]] == ["a.txt", "META-INF/"]
    found["uris"].pop()
    assert check(COLLECTION, data, found) == BindingResult()

    def smuggle(file: samples_zip.File) -> None:
        add(file, "a.txt")
        add(file, "META-INF/", b"content")

    data, found = listed(archive(smuggle))
    found["uris"].pop()
    assert check(COLLECTION, data, found).code == "mismatch"


def test_a_directory_that_is_not_hashed() -> None:
    data, found = listed(plain())
    del found["zip_central_directory_hash"]
    with pytest.raises(Malformed, match="directory"):
        check(COLLECTION, data, found)


def test_entries_that_are_exchanged() -> None:
    data, found = listed(plain())
    first, second, *_ = found["uris"]
    first["hash"], second["hash"] = second["hash"], first["hash"]
    outcome = check(COLLECTION, data, found)
    assert outcome.failure == "'a.txt' in the archive is not the one that was signed"


def test_an_entry_that_was_added_afterwards() -> None:
    data, found = listed(plain())
    layout = asset(data).layout
    both = samples_zip.with_second_store(data, layout, data[:100].replace(b"a.txt", b"b.txt"))
    assert is_noticed(COLLECTION, both, found)


def hidden(file: samples_zip.File) -> None:
    add(file, "a.txt")
    add(file, "a.txt", b"another")


def in_between() -> bytes:
    """An archive with bytes before its directory that nothing lists."""
    data = plain()
    end = data.index(b"PK\5\6")
    [start] = struct.unpack_from("<I", data, end + 16)
    moved = data[:start] + b"smuggled" + data[start:]
    return moved[: end + 24] + struct.pack("<I", start + 8) + moved[end + 28 :]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lambda: archive(hidden), "two entries of the archive are called 'a.txt'"),
        (in_between, r"8 bytes of the archive belong to none of its entries"),
        (lambda: archive(lambda file: add(file, "../a.txt")), r"is called '\.\./a\.txt'"),
        (lambda: archive(lambda file: add(file, "/a.txt")), r"is called '/a\.txt'"),
        (lambda: archive(lambda _: None), "nothing in the archive"),
    ],
)
def test_what_cannot_be_protected_is_not_signed(data: Callable[[], bytes], message: str) -> None:
    with pytest.raises(UnsupportedFormat, match=message):
        BINDINGS[COLLECTION].size(asset(data()), TERMS)


def test_what_cannot_be_protected_does_not_match() -> None:
    _, found = listed(plain())
    assert check(COLLECTION, archive(hidden), found).code == "mismatch"
    assert check(COLLECTION, in_between(), found).code == "mismatch"


def behind_old_directory(*, entries: int = 1) -> bytes:
    """An archive with a copy of the directory's beginning, as the reference leaves it behind."""
    data = plain()
    end = data.index(b"PK\5\6")
    [start] = struct.unpack_from("<I", data, end + 16)
    length = [each.start() for each in re.finditer(b"PK[\1\5][\2\6]", data)][entries] - start
    moved = data[:start] + data[start : start + length] + data[start:]
    end += length
    return moved[: end + 16] + struct.pack("<I", start + length) + moved[end + 20 :]


def test_bytes_where_the_old_directory_was() -> None:
    data = behind_old_directory()
    signed, found = listed(data)
    assert check(COLLECTION, signed, found) == BindingResult()


@pytest.mark.parametrize("entries", [1, 2, 3, 4])
def test_every_byte_of_an_old_directory_is_that_of_the_new_one(entries: int) -> None:
    """But the version that is needed to extract an entry, which the reference changes."""
    signed, found = listed(behind_old_directory(entries=entries))
    assert check(COLLECTION, signed, found) == BindingResult()
    starts = [each.start() for each in re.finditer(b"PK\1\2", signed)][:entries]
    end = signed.index(b"PK\3\4", starts[-1])  # the entry of the store
    free = [start + at for start in starts for at in (6, 7)]
    for offset in range(starts[0], end):
        assert is_noticed(COLLECTION, flip(signed, offset), found) is (offset not in free)


# --- Folders ------------------------------------------------------------------------------------


def check_folder(folder: Path, fields: Fields) -> BindingResult:
    source = BytesSource(b"")
    bound = Asset(source, ANY.scan(source), ANY, folder=folder)
    return BINDINGS[COLLECTION].check(bound, fields, None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With files that all hold the same."""
    path = tmp_path / "folder"
    for name in ("a.png", "sub/Zoë 1.txt", "50%20.txt"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(b"1")
    (tmp_path / "outside").write_bytes(b"1")
    return path


@pytest.mark.parametrize("uri", ["a.png", "sub/Zoë 1.txt", "sub/Zo%C3%AB%201.txt", "50%2520.txt"])
def test_a_file_that_is_the_one(folder: Path, uri: str) -> None:
    assert check_folder(folder, fields(uri)) == BindingResult()


def test_a_uri_means_one_file(folder: Path) -> None:
    """Or a decoy would be hashed, and the file of the written name be anything."""
    assert check_folder(folder, fields("50%20.txt")).code == "incorrectFileCount"
    (folder / "50 .txt").write_bytes(b"1")
    (folder / "50%20.txt").write_bytes(b"changed")
    outcome = check_folder(folder, fields("50%20.txt"))
    assert (outcome.code, outcome.failure) == (
        "incorrectFileCount",
        "'50%20.txt' may mean this file or '50 .txt', and both are there",
    )
    both = fields("50%20.txt", "50%2520.txt")
    assert check_folder(folder, both).failure == "'50%2520.txt' is not the one that was signed"
    (folder / "50%20.txt").write_bytes(b"1")
    assert check_folder(folder, both) == BindingResult()


@pytest.mark.parametrize("other", ["%61.png", "a%2Epng", "in"])
def test_a_file_is_not_listed_in_two_spellings(folder: Path, other: str) -> None:
    (folder / "in").symlink_to("a.png")
    with pytest.raises(Malformed, match="listed twice"):
        check_folder(folder, fields("a.png", other))


def test_a_file_of_many_names_is_hashed_once(folder: Path) -> None:
    names = [f"link{number}" for number in range(50)]
    for name in names:
        os.link(folder / "a.png", folder / name)
    hashed: list[int] = []
    source = BytesSource(b"")
    layout = ANY.scan(source)
    bound = Asset(source, layout, ANY, folder=folder, progress=hashed.append)
    assert BINDINGS[COLLECTION].check(bound, fields(*names), None) == BindingResult()
    assert sum(hashed) == 1


def test_a_file_that_was_altered(folder: Path) -> None:
    (folder / "sub" / "Zoë 1.txt").write_bytes(b"2")
    outcome = check_folder(folder, fields("a.png", "sub/Zoë 1.txt"))
    assert outcome == BindingResult("'sub/Zoë 1.txt' is not the one that was signed")


@pytest.mark.parametrize(
    "uri", ["b.png", "sub", "sub/", "a.png/x", "x" * 100_000, "urn:x:1", "C:\\a"]
)
def test_a_file_that_is_not_there(folder: Path, uri: str) -> None:
    outcome = check_folder(folder, fields("a.png", uri))
    assert (outcome.failure is None, outcome.code) == (False, "incorrectFileCount")


def test_links_do_not_lead_out_of_the_folder(folder: Path) -> None:
    for name, target in {"in": "a.png", "out": "../outside", "up": "..", "loop": "loop"}.items():
        (folder / name).symlink_to(target)
    assert check_folder(folder, fields("in")) == BindingResult()
    outside = check_folder(folder, fields("out"))
    assert outside == BindingResult("'out' is a link to somewhere else", code="invalidURI")
    assert check_folder(folder, fields("up/outside")).code == "invalidURI"
    assert check_folder(folder, fields("loop")).code == "incorrectFileCount"
    linked = folder.parent / "linked"
    linked.symlink_to(folder)
    assert check_folder(linked, fields("a.png")) == BindingResult()


def test_what_is_no_file_does_not_block(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert check_folder(folder, fields("pipe")).code == "incorrectFileCount"


@pytest.mark.skipif(os.geteuid() == 0, reason="for root, everything is permitted")
def test_what_must_not_be_read(folder: Path) -> None:
    (folder / "sub").chmod(0)
    with pytest.raises(PermissionError):
        check_folder(folder, fields("sub/x"))


@given(st.text())
def test_any_name_is_looked_for_or_refused(name: str) -> None:
    outcome = check_folder(Path(__file__).parent, fields(name))
    assert outcome.failure is not None
