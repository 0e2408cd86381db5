"""Addresses as paths."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose.errors import UsageError
from aidisclose.storage.address import Address, is_address, is_exact, path, split
from aidisclose.storage.listing import has_many, root_of


def test_address_keeps_its_slashes() -> None:
    address = Address("s3://bucket/folder/picture.png")
    assert str(address) == os.fspath(address) == "s3://bucket/folder/picture.png"
    assert str(address.with_name("x.c2pa")) == "s3://bucket/folder/x.c2pa"
    assert str(address.parent / "sub" / "y") == "s3://bucket/folder/sub/y"
    assert pickle.loads(pickle.dumps(address)) == address


def test_part_of_an_address_joins_a_folder() -> None:
    part = Address("s3://b/in/deep/x.png").relative_to(Address("s3://b/in"))
    assert str(part) == "deep/x.png"
    assert str(Path("out") / part) == "out/deep/x.png"
    assert str(Address("s3://b/out") / part) == "s3://b/out/deep/x.png"


def test_path_of_a_file_never_becomes_an_address() -> None:
    """A file names others, which are looked for in its folder: that must ask no server."""
    assert not is_address(Path() / "https://example.com/x")
    assert not is_address(Path("folder") / "s3://bucket/x")
    assert type(path("folder/x")) is type(Path())


@pytest.mark.parametrize(
    ("address", "many", "root"),
    [
        ("s3://b/x.png", False, "s3://b/"),
        ("s3://b", True, "s3://b/"),
        ("s3://b/in/", True, "s3://b/in/"),
        ("s3://b/in/*.png", True, "s3://b/in/"),
        ("s3://b/in/2026-*/x.png", True, "s3://b/in/"),
    ],
)
def test_prefixes_and_patterns_are_told_from_objects(address: str, many: bool, root: str) -> None:
    assert has_many(address) is many
    assert root_of(address) == root


@pytest.mark.parametrize(
    ("key", "exact"),
    [
        ("", True),
        ("a/", True),
        ("a/b.png", True),
        ("a /b.png", True),
        ("a/..b", True),
        ("a//b.png", False),
        ("/b.png", False),
        ("a//", False),
        ("a/./b.png", False),
        ("a/../b.png", False),
        ("..", False),
        ("a/.", False),
        (" b.png", False),
        ("b.png\u3000", False),
    ],
)
def test_names_that_are_read_as_others_are_refused(key: str, exact: bool) -> None:
    assert is_exact(key) is exact
    if not exact:
        with pytest.raises(UsageError, match="taken for that of another"):
            split(f"s3://bucket/{key}")
        with pytest.raises(UsageError, match="taken for that of another"):
            ad.verify(f"s3://bucket/{key}", trust=ad.TrustConfig.none())
