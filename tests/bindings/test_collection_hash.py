"""Hashes of several files: the list is checked, and nothing matches."""

from __future__ import annotations

import pytest

from aidisclose.bindings import BINDINGS
from aidisclose.bindings.binding import Fields, UnsupportedAlgorithm
from aidisclose.errors import Malformed, UnsupportedFormat
from aidisclose.signing.flow import WRITABLE
from tests.bindings.build import TERMS, asset, check
from tests.containers.samples import png

LABEL = "c2pa.hash.collection.data"


def fields(*uris: object, alg: object = "sha256") -> Fields:
    return {"alg": alg, "uris": [{"uri": uri, "hash": bytes(32)} for uri in uris]}


@pytest.mark.parametrize("uri", ["a.png", "a/b.c/d...e", "urn:x:1", ".hidden", "a..b"])
def test_no_file_is_found(uri: str) -> None:
    outcome = check(LABEL, png(), fields("b.png", uri))
    assert (outcome.failure is None, outcome.code) == (False, "incorrectFileCount")


@pytest.mark.parametrize(
    "uri", ["..", "../a", "a/../b", "./a", "a/.", "%2e%2e/a", "a/%2E./b", "..\\a"]
)
def test_a_way_to_other_folders_is_refused(uri: str) -> None:
    assert check(LABEL, png(), fields("b.png", uri)).code == "invalidURI"


@pytest.mark.parametrize(
    "uris", [None, [], {}, [1], [{}], [{"uri": "a"}], [{"hash": b""}]], ids=repr
)
def test_what_is_no_list_is_malformed(uris: object) -> None:
    with pytest.raises(Malformed):
        check(LABEL, png(), {"alg": "sha256", "uris": uris})


def test_other_algorithms_are_not_supported() -> None:
    with pytest.raises(UnsupportedAlgorithm):
        check(LABEL, png(), fields("a", alg="sha1"))


def test_it_is_not_written() -> None:
    assert LABEL not in WRITABLE
    for write in (BINDINGS[LABEL].size, BINDINGS[LABEL].plans):
        with pytest.raises(UnsupportedFormat):
            write(asset(png()), TERMS)
    with pytest.raises(UnsupportedFormat):
        BINDINGS[LABEL].encode(asset(png()), TERMS, [], 0)
