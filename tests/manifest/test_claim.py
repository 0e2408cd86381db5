"""Claims of both versions: what is read, and every field without which there is none."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose.errors import Malformed
from aidisclose.manifest import claim
from aidisclose.manifest.uri import HashedURI

REFERENCE = {"url": "self#jumbf=c2pa.assertions/x", "hash": b"h"}
FOUND = HashedURI("self#jumbf=c2pa.assertions/x", b"h")
Fields = dict[object, object]

V1: Fields = {
    "claim_generator": "old/1.0",
    "signature": "self#jumbf=c2pa.signature",
    "assertions": [REFERENCE],
    "dc:format": "image/png",
    "instanceID": "xmp:iid:1",
}
V2: Fields = {
    "claim_generator_info": {"name": "new", "version": "2.0"},
    "signature": "self#jumbf=c2pa.signature",
    "created_assertions": [REFERENCE],
    "instanceID": "xmp:iid:1",
}
BY_VERSION = {1: V1, 2: V2}
REQUIRED = [(version, name) for version, fields in BY_VERSION.items() for name in fields]


@pytest.mark.parametrize("version", [1, 2])
def test_the_shortest_claim(version: int) -> None:
    found = claim.decode(BY_VERSION[version], version=version)
    assert found.version == version
    assert found.created == found.assertions == (FOUND,)
    assert found.gathered == ()
    assert found.signature == "self#jumbf=c2pa.signature"
    assert found.instance_id == "xmp:iid:1"
    assert (found.alg, found.title, found.redacted) == (None, None, ())
    assert found.generator == {1: "old/1.0", 2: "new 2.0"}[version]


def test_everything_in_a_new_claim() -> None:
    more: Fields = {
        "gathered_assertions": [{**REFERENCE, "alg": "sha512"}],
        "alg": "sha256",
        "dc:title": "a file",
        "redacted_assertions": ["self#jumbf=/c2pa/urn:a/c2pa.assertions/x"],
        "something else": 1,
    }
    found = claim.decode(V2 | more, version=2)
    assert found.gathered == (FOUND._replace(alg="sha512"),)
    assert found.assertions == found.created + found.gathered
    assert (found.alg, found.title) == ("sha256", "a file")
    assert found.redacted == ("self#jumbf=/c2pa/urn:a/c2pa.assertions/x",)
    assert found.fields["something else"] == 1


@pytest.mark.parametrize(("version", "name"), REQUIRED)
@pytest.mark.parametrize("value", [None, 1, b"x", True])
def test_every_required_field(version: int, name: str, value: object) -> None:
    """Absent, or of another type."""
    fields = dict(BY_VERSION[version])
    for bad in (
        {key: item for key, item in fields.items() if key != name},
        {**fields, name: value},
    ):
        with pytest.raises(Malformed, match=f"no valid {name}"):
            claim.decode(bad, version=version)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("claim_generator_info", {}, "no name"),
        ("claim_generator_info", {"name": ""}, "no name"),
        ("claim_generator_info", {"name": 1}, "no name"),
        ("created_assertions", [REFERENCE, {}], "not a hashed URI"),
        ("created_assertions", ["x"], "not a hashed URI"),
        ("gathered_assertions", {}, "not a list"),
        ("gathered_assertions", None, "not a list"),
        ("gathered_assertions", [1], "not a hashed URI"),
        ("redacted_assertions", "x", "redacted_assertions"),
        ("redacted_assertions", [b"x"], "redacted_assertions"),
        ("redacted_assertions", None, "redacted_assertions"),
        ("alg", 1, "alg"),
        ("dc:title", [], "dc:title"),
    ],
)
def test_fields_of_another_type(field: str, value: object, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        claim.decode({**V2, field: value}, version=2)


@pytest.mark.parametrize(
    ("value", "generators", "generator"),
    [
        ([{"name": "a", "version": "1"}, {"name": "b"}], 2, "a 1"),
        ([{"version": "1"}, {"name": "b"}], 2, "b"),
        ([{"name": "a", "version": 1}], 1, "a"),
        ([], 0, "old/1.0"),
        (None, 0, "old/1.0"),
        ({"name": "a"}, 1, "a"),
        ("text", 0, "old/1.0"),
        ([None, 1, "x"], 0, "old/1.0"),
        ([{"name": ["x"]}], 1, "old/1.0"),
    ],
)
def test_generators_of_old_claims(value: object, generators: int, generator: str) -> None:
    """Old generators wrote all kinds of things there, and nothing depends on it."""
    found = claim.decode({**V1, "claim_generator_info": value}, version=1)
    assert len(found.generators) == generators
    assert found.generator == generator


def test_a_claim_box_is_a_map() -> None:
    assert claim.decode_box(cbor2.dumps(V2), version=2).version == 2
    for content in (b"", b"\x80", cbor2.dumps(V2) + b"\0"):
        with pytest.raises(Malformed):
            claim.decode_box(content, version=2)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(
    fields=st.dictionaries(
        st.sampled_from([*V1, *V2, "gathered_assertions", "redacted_assertions", "alg"]), anything
    ),
    version=st.sampled_from([1, 2]),
)
def test_arbitrary_fields_raise_nothing_else(fields: Fields, version: int) -> None:
    for candidate in (fields, BY_VERSION[version] | fields):
        try:
            found = claim.decode(candidate, version=version)
        except Malformed:
            continue
        assert isinstance(found.generator, str)
