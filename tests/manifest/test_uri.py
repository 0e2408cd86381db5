"""JUMBF URIs and hashed references: what they point at, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.errors import Malformed
from aidisclose.manifest import uri
from aidisclose.manifest.uri import HashedURI, Target


@pytest.mark.parametrize(
    ("url", "target"),
    [
        (
            "self#jumbf=c2pa.assertions/c2pa.actions",
            Target(None, ("c2pa.assertions", "c2pa.actions")),
        ),
        ("self#jumbf=/c2pa/urn:a", Target("urn:a", ())),
        ("self#jumbf=/c2pa/urn:a/c2pa.signature", Target("urn:a", ("c2pa.signature",))),
        ("self#jumbf=/c2pa/urn:a/x/y/z", Target("urn:a", ("x", "y", "z"))),
        # As some generators write it.
        ("self#jumbf=c2pa/urn:a/c2pa.signature", Target("urn:a", ("c2pa.signature",))),
        ("self#jumbf=c2pa", Target(None, ("c2pa",))),
        ("self#jumbf=/c2pa/", Target("", ())),
        ("self#jumbf=/c2pa//x", Target("", ("x",))),
        ("self#jumbf=x/", Target(None, ("x", ""))),
        ("self#jumbf=", None),
        ("self#jumbf=/", None),
        ("self#jumbf=/c2pa", None),
        ("self#jumbf=/other/urn:a", None),
        ("#jumbf=/c2pa/urn:a", None),
        ("SELF#jumbf=/c2pa/urn:a", None),
        ("https://example.com/#jumbf=/c2pa/urn:a", None),
        (f"self#jumbf=/c2pa/{'a/' * limits.JUMBF_URI}", None),
        ("", None),
    ],
)
def test_targets(url: str, target: Target | None) -> None:
    assert uri.parse(url) == target


def test_uris_are_built() -> None:
    assert uri.absolute("urn:a") == "self#jumbf=/c2pa/urn:a"
    assert uri.absolute("urn:a", "x", "y") == "self#jumbf=/c2pa/urn:a/x/y"
    assert uri.relative("x", "y") == "self#jumbf=x/y"


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("self#jumbf=x/y", "self#jumbf=/c2pa/urn:a/x/y"),
        ("self#jumbf=/c2pa/urn:b/x/y", "self#jumbf=/c2pa/urn:b/x/y"),
        ("self#jumbf=c2pa/urn:b/x/y", "self#jumbf=/c2pa/urn:b/x/y"),
        ("self#jumbf=/c2pa/", "self#jumbf=/c2pa/"),
        ("https://example.com", "https://example.com"),
    ],
)
def test_one_form_for_one_target(url: str, absolute: str) -> None:
    assert uri.make_absolute(url, "urn:a") == absolute


@given(url=st.text(max_size=40).map("self#jumbf=".__add__), manifest=st.text("ab:", min_size=1))
def test_the_absolute_form_means_the_same_anywhere(url: str, manifest: str) -> None:
    absolute = uri.make_absolute(url, manifest)
    target = uri.parse(url)
    if target is not None:
        label = manifest if target.manifest is None else target.manifest
        assert uri.parse(absolute) == Target(label, target.path)
    assert uri.make_absolute(absolute, "elsewhere") == absolute


URL = "self#jumbf=x"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"url": URL, "hash": b"h"}, HashedURI(URL, b"h")),
        ({"url": URL, "hash": b"h", "alg": "sha512"}, HashedURI(URL, b"h", "sha512")),
        ({"url": URL, "hash": b"h", "alg": None}, HashedURI(URL, b"h")),
        ({"url": URL, "hash": [1, 2, 255]}, HashedURI(URL, b"\x01\x02\xff")),
        ({"url": URL, "hash": b"", "dc:format": "x"}, HashedURI(URL, b"")),
    ],
)
def test_references_are_read(value: object, expected: HashedURI) -> None:
    assert HashedURI.decode(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        URL,
        [],
        {},
        {"url": URL},
        {"hash": b"h"},
        {"url": b"x", "hash": b"h"},
        {"url": URL, "hash": "h"},
        {"url": URL, "hash": None},
        {"url": URL, "hash": [0] * 65},
        {"url": URL, "hash": b"h", "alg": 1},
    ],
)
def test_what_is_no_reference(value: object) -> None:
    with pytest.raises(Malformed, match="not a hashed URI"):
        HashedURI.decode(value)


@pytest.mark.parametrize("item", [-1, 256, True, "a", None, 1.5])
def test_digests_as_lists_hold_bytes_only(item: object) -> None:
    """What is left out makes the digest one that nothing has."""
    with pytest.raises(Malformed, match="not a hashed URI"):
        HashedURI.decode({"url": URL, "hash": [1, item]})


@pytest.mark.parametrize("reference", [HashedURI(URL, b"h"), HashedURI(URL, b"h", "sha256")])
def test_references_are_written(reference: HashedURI) -> None:
    assert HashedURI.decode(reference.encode()) == reference
    assert ("alg" in reference.encode()) == (reference.alg is not None)
