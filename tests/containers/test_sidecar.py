"""Manifest stores in files of their own: which are, and where they are looked for."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from aidisclose import limits
from aidisclose.containers import CONTAINERS, KEEP, Edits, Layout, identify, sidecar
from aidisclose.containers.other import ANY
from aidisclose.errors import LimitExceeded, UnsupportedFormat
from aidisclose.io.source import BytesSource
from tests.containers import samples

STORE = samples.store(500)


def test_a_store_is_recognised() -> None:
    assert sidecar.is_store(STORE)
    assert sidecar.is_store(STORE[:20])
    assert not any(container.sniff(STORE) for container in CONTAINERS)
    assert not sidecar.is_store(STORE[:19])
    assert not sidecar.is_store(STORE.replace(b"c2pa", b"json", 1))
    assert not sidecar.is_store(b"")


@pytest.mark.parametrize(
    ("present", "found"),
    [
        ([], None),
        (["picture.jpg.c2pa"], "picture.jpg.c2pa"),
        (["picture.c2pa"], "picture.c2pa"),
        (["picture.c2pa", "picture.jpg.c2pa"], "picture.jpg.c2pa"),
        (["picture.png.c2pa", "other.c2pa", "picture.jpg"], None),
    ],
)
def test_the_full_name_comes_first(tmp_path: Path, present: list[str], found: str | None) -> None:
    for name in present:
        (tmp_path / name).write_bytes(b"")
    expected = None if found is None else tmp_path / found
    assert sidecar.find(tmp_path / "picture.jpg") == expected
    assert sidecar.find(str(tmp_path / "picture.jpg")) == expected


def test_what_is_no_file_has_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "picture.jpg.c2pa").mkdir()
    (tmp_path / "store.c2pa").write_bytes(STORE)
    assert sidecar.find(tmp_path / "picture.jpg") is None
    assert sidecar.find(tmp_path / "store.c2pa") is None
    assert sidecar.find(b"picture.jpg") is None
    assert sidecar.find(io.BytesIO(b"picture.jpg")) is None


def test_the_name_to_write() -> None:
    assert sidecar.name("a/picture.jpg") == Path("a/picture.jpg.c2pa")


def test_a_store_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STORE_SIZE", len(STORE))
    assert sidecar.read(STORE) == STORE
    with pytest.raises(LimitExceeded):
        sidecar.read(STORE + b"\0")


def test_any_file_can_have_a_store_elsewhere() -> None:
    for data in (b"hello", b"\0\1\2"):
        with pytest.raises(UnsupportedFormat, match="not a media format"):
            identify(BytesSource(data))
    assert identify(BytesSource(b"\0\1\2"), detached=True) is ANY
    assert identify(BytesSource(b"hello"), detached=True).name == "text"
    assert identify(BytesSource(b"GIF89a"), detached=True).name == "GIF"


@pytest.mark.parametrize(("data", "reason"), [(STORE, "store alone"), (b"", "empty")])
def test_what_cannot_have_one(data: bytes, reason: str) -> None:
    with pytest.raises(UnsupportedFormat, match=reason):
        identify(BytesSource(data), detached=True)


def test_nothing_is_embedded_in_a_file_of_any_kind() -> None:
    source = BytesSource(b"hello")
    layout = ANY.scan(source)
    assert layout == Layout(media_type="application/octet-stream", size=5, blocks=())
    for edits in (Edits(), Edits(store=None), Edits(store=KEEP, xmp=None)):
        splice = ANY.rewrite(source, layout, edits)
        assert splice.read_at(0, splice.size) == b"hello"
    for edits in (Edits(store=STORE), Edits(xmp=b"<x/>")):
        with pytest.raises(UnsupportedFormat):
            ANY.rewrite(source, layout, edits)
    with pytest.raises(UnsupportedFormat):
        ANY.frame(STORE)
