"""Labels: the parts of an assertion's, and the form of a manifest's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose.manifest import label
from aidisclose.manifest.label import AssertionLabel


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("c2pa.actions", ("c2pa.actions", "c2pa.actions", 1, 0)),
        ("c2pa.actions.v2", ("c2pa.actions.v2", "c2pa.actions", 2, 0)),
        ("c2pa.ingredient.v3__2", ("c2pa.ingredient.v3", "c2pa.ingredient", 3, 2)),
        ("c2pa.ingredient__10", ("c2pa.ingredient", "c2pa.ingredient", 1, 10)),
        ("c2pa.thumbnail.ingredient__1.jpeg", ("c2pa.thumbnail.ingredient.jpeg",) * 2 + (1, 1)),
        ("c2pa.thumbnail.claim.jpeg", ("c2pa.thumbnail.claim.jpeg",) * 2 + (1, 0)),
        ("com.example.a__b", ("com.example.a__b", "com.example.a__b", 1, 0)),
        ("com.example__0", ("com.example__0", "com.example__0", 1, 0)),
        ("com.example__01", ("com.example__01", "com.example__01", 1, 0)),
        ("com.example__1__2", ("com.example__1", "com.example__1", 1, 2)),
        ("com.example.v0", ("com.example.v0", "com.example.v0", 1, 0)),
        ("com.example.v12345", ("com.example.v12345", "com.example.v12345", 1, 0)),
        ("com.example.v٣", ("com.example.v٣", "com.example.v٣", 1, 0)),
        ("com.example__99999999999", ("com.example__99999999999",) * 2 + (1, 0)),
        ("__1", ("__1", "__1", 1, 0)),
        (".v2", (".v2", ".v2", 1, 0)),
        ("", ("", "", 1, 0)),
    ],
)
def test_parts_of_an_assertion_label(text: str, parts: tuple[str, str, int, int]) -> None:
    assert label.split(text) == AssertionLabel(*parts)


@given(st.text(max_size=60) | st.from_regex(r"[a-z_.v0-9]{0,40}"))
def test_any_text_can_be_split(text: str) -> None:
    parts = label.split(text)
    assert parts.version >= 1
    assert parts.instance >= 0


def test_a_long_label_takes_no_long_time() -> None:
    for hostile in ("__1" * 100_000, "_" * 300_000, ".v1" * 100_000, "a__" * 100_000):
        assert label.split(hostile + "!").base == hostile + "!"


@given(base=st.sampled_from(["c2pa.ingredient.v3", "com.example"]), instance=st.integers(0, 10**9))
def test_numbered_labels_are_split_again(base: str, instance: int) -> None:
    parts = label.split(label.number(base, instance))
    assert (parts.base, parts.instance) == (base, instance)


UUID = "f095f30e-6cd5-4bf7-8c44-ce8420ca9fb7"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"urn:c2pa:{UUID}", True),
        (f"urn:c2pa:{UUID.upper()}", True),
        (f"urn:c2pa:{UUID}:acme", True),
        (f"urn:c2pa:{UUID}:acme:2_1", True),
        (f"urn:c2pa:{UUID}::2_1", True),
        (f"urn:c2pa:{UUID}:" + "a" * 32, True),
        (f"urn:c2pa:{UUID}:" + "a" * 33, False),
        (f"urn:c2pa:{UUID}:a b", False),
        (f"urn:c2pa:{UUID}:acme:2", False),
        (f"urn:c2pa:{UUID}:acme:2_1:", False),
        (f"urn:c2pa:{UUID}:acme:٢_1", False),
        (f"urn:c2pa:{UUID}\n", False),
        (f" urn:c2pa:{UUID}", False),
        (f"urn:uuid:{UUID}", False),
        (f"contentauth:urn:uuid:{UUID}", False),
        (f"urn:c2pa:{UUID[:-1]}", False),
        (f"urn:c2pa:{UUID.replace('-', '')}", False),
        ("", False),
    ],
)
def test_form_of_a_manifest_label(text: str, expected: bool) -> None:
    assert label.is_manifest_label(text) is expected


def test_new_manifest_labels_are_unique_and_well_formed() -> None:
    labels = {label.new_manifest_label() for _ in range(100)}
    assert len(labels) == 100
    assert all(map(label.is_manifest_label, labels))
