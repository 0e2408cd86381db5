"""Stores: which manifests, claims and assertions are found in them, and what is refused."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.codec import jumbf
from aidisclose.errors import AidiscloseError, LimitExceeded, Malformed
from aidisclose.manifest import store
from aidisclose.manifest.store import EmbeddedFile, Manifest, ManifestKind, Store
from aidisclose.manifest.uri import HashedURI
from tests.manifest import build
from tests.manifest.build import Recipe


def parse(*recipes: Recipe) -> Store:
    return store.parse(build.store(*(recipe.build() for recipe in recipes)))


def only(recipe: Recipe) -> Manifest:
    return parse(recipe).active


def test_the_active_manifest_is_the_last() -> None:
    found = parse(Recipe(number=1), Recipe(number=2), Recipe(number=3))
    assert list(found.manifests) == [build.label(n) for n in (1, 2, 3)]
    assert found.active is found.manifests[build.label(3)]
    assert found.active.claim.instance_id == "xmp:iid:3"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("c2ma", ManifestKind.STANDARD),
        ("c2md", ManifestKind.STANDARD),
        ("c2um", ManifestKind.UPDATE),
        ("c2cm", ManifestKind.COMPRESSED),
    ],
)
def test_kinds_of_manifests(code: str, kind: ManifestKind) -> None:
    assert only(Recipe(code=code)).kind is kind


def test_a_time_stamp_manifest_is_passed_over() -> None:
    """C2PA 2.2 calls its kind historical (§11.2.5), and 2.4 has it no more."""
    stamped = Recipe(number=2).build().replace(jumbf.type_uuid("c2ma"), jumbf.type_uuid("c2tm"), 1)
    found = store.parse(build.store(Recipe(number=1).build(), stamped))
    assert list(found.manifests) == [build.label(1)]


def test_boxes_that_are_no_manifests_are_passed_over() -> None:
    """Later versions may put something else into a store (C2PA 2.5 §11.1.4.2)."""
    other = jumbf.superbox(jumbf.type_uuid("test"), "other", [])
    data = build.store(other, Recipe().build(), jumbf.box(b"free", bytes(9)), other)
    assert list(store.parse(data).manifests) == [build.label(1)]


@pytest.mark.parametrize("path", [(), (build.label(1),), (build.label(1), "c2pa.assertions")])
def test_padding_is_zeros(path: tuple[str, ...]) -> None:
    """Nothing refers to it, so no hash covers it."""
    for content in (bytes(9), b"\0\0x", b"1"):
        whole = jumbf.parse(build.store(Recipe().build()))
        found = whole
        for label in path:
            found = next(box for box in found.superboxes if box.label == label)
        box = jumbf.box(b"free", content)
        data = bytes(whole.data)
        changed = data[: found.end] + box + data[found.end :]
        for label_count in range(len(path) + 1):
            outer = whole
            for label in path[:label_count]:
                outer = next(item for item in outer.superboxes if item.label == label)
            size = (outer.end - outer.start + len(box)).to_bytes(4)
            changed = changed[: outer.start] + size + changed[outer.start + 4 :]
        if any(content):
            with pytest.raises(Malformed, match="padding"):
                store.parse(changed)
        else:
            assert store.parse(changed).manifests


def test_a_second_box_with_update_manifests_belongs_to_the_store() -> None:
    first, second = build.store(Recipe(number=1).build()), build.store(Recipe(number=2).build())
    found = store.parse(first + second + bytes(100))
    assert list(found.manifests) == [build.label(1), build.label(2)]
    assert list(store.parse(first + second + first).manifests) == [build.label(2), build.label(1)]
    other = build.store(Recipe(number=1, claim={"dc:title": "another"}).build())
    with pytest.raises(Malformed, match="same label"):
        store.parse(first + other)


def described(toggles: int, code: str = "c2pa") -> bytes:
    description = jumbf.type_uuid(code) + bytes([toggles]) + b"c2pa\0"
    return jumbf.box(b"jumb", jumbf.box(b"jumd", description) + Recipe().build())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "cut off", id="nothing"),
        pytest.param(build.store(), "no manifest", id="empty"),
        pytest.param(Recipe().build(), "not a C2PA manifest store", id="a manifest"),
        pytest.param(
            jumbf.superbox(jumbf.type_uuid("c2pa"), "other", [Recipe().build()]),
            "not a C2PA manifest store",
            id="another label",
        ),
        pytest.param(described(0x03, "c2pb"), "not a C2PA manifest store", id="another type"),
        pytest.param(described(0x02), "not a C2PA manifest store", id="not requestable"),
        pytest.param(described(0x23), "not a C2PA manifest store", id="unknown toggle"),
        pytest.param(
            build.store(Recipe().build(), Recipe().build()), "same label", id="the same label twice"
        ),
        pytest.param(build.store(Recipe().build()) + b"\0\0\0\0x", "bytes follow", id="trailer"),
        pytest.param(build.store(Recipe().build()) + b"x", "cut off", id="one byte"),
        pytest.param(
            build.store(Recipe().build()) + Recipe(number=2).build(),
            "not a C2PA",
            id="a manifest more",
        ),
    ],
)
def test_what_is_no_store(data: bytes, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        store.parse(data)


def test_the_number_of_manifests_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MANIFESTS", 2)
    parse(*(Recipe(number=n) for n in (1, 2)))
    with pytest.raises(LimitExceeded, match="more than 2 manifests"):
        parse(*(Recipe(number=n) for n in (1, 2, 3)))


def test_the_number_of_boxes_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty ones, of which millions have room."""
    monkeypatch.setattr(limits, "MANIFESTS", 3)
    data = build.store(Recipe().build())
    store.parse(data + build.store() * 2)
    with pytest.raises(LimitExceeded, match="more than 3 boxes"):
        store.parse(data + build.store() * 3)


# --- claim and signature ------------------------------------------------------------------------


def test_the_claim_is_the_bytes_as_they_stood() -> None:
    """Even where they could be encoded in a shorter form."""
    content = cbor2.dumps(only(Recipe()).claim.fields)
    odd = b"\xb9" + len(only(Recipe()).claim.fields).to_bytes(2) + content[1:]
    assert len(odd) == len(content) + 2
    found = only(Recipe(boxes=lambda _: [build.claim_box(odd)]))
    assert found.claim_content == odd
    assert found.claim.instance_id == "xmp:iid:1"


@pytest.mark.parametrize(
    ("boxes", "reason"),
    [
        pytest.param([], "no claim", id="none"),
        pytest.param(
            [jumbf.superbox(jumbf.type_uuid("c2cl"), "c2pa.claim.v2", [])], "not one", id="empty"
        ),
        pytest.param(
            [jumbf.superbox(jumbf.type_uuid("c2cl"), "c2pa.claim.v2", [jumbf.box(b"json", b"{}")])],
            "not one CBOR box",
            id="JSON",
        ),
        pytest.param(
            [
                jumbf.superbox(
                    jumbf.type_uuid("c2cl"), "c2pa.claim.v2", [jumbf.box(b"cbor", b"\xa0")] * 2
                )
            ],
            "not one CBOR box",
            id="two contents",
        ),
        pytest.param([build.claim_box(b"\xa0", label="c2pa.claim.v3")], "labelled", id="version 3"),
        pytest.param([build.claim_box(b"\xa0", label="c2pa.clam")], "labelled", id="another label"),
        pytest.param([build.claim_box(b"\xa0", label="")], "labelled", id="no label"),
        pytest.param([build.claim_box(b"\xa0")], "claim", id="empty map"),
        pytest.param([build.claim_box(b"\x80")], "not a map", id="a list"),
        pytest.param([build.claim_box(b"\xff")], "CBOR", id="no CBOR"),
    ],
)
def test_claims_that_cannot_be_read(boxes: list[bytes], reason: str) -> None:
    found = only(Recipe(boxes=lambda _: boxes))
    with pytest.raises(Malformed, match=reason):
        _ = found.claim


def test_the_signature_is_one_box_of_its_type() -> None:
    assert only(Recipe(seal=lambda _: b"cose")).signature_content == b"cose"
    name = "c2pa.signature"
    other = jumbf.superbox(jumbf.type_uuid("test"), name, [jumbf.box(b"cbor", b"\xf6")])
    assert only(Recipe(boxes=lambda _: [other])).signature_content is None
    for contents in ([], [jumbf.box(b"json", b"{}")], [jumbf.box(b"cbor", b"")] * 2):
        broken = jumbf.superbox(jumbf.type_uuid("c2cs"), name, contents)
        with pytest.raises(Malformed, match="not one CBOR box"):
            _ = only(Recipe(boxes=lambda _, broken=broken: [broken])).signature_content  # type: ignore[misc]


def test_a_signature_in_another_box_or_under_another_name_is_none() -> None:
    named = jumbf.superbox(jumbf.type_uuid("c2cs"), "c2pa.signature", [jumbf.box(b"cbor", b"s")])
    below = jumbf.superbox(jumbf.type_uuid("c2ma"), "urn:c2pa:inner", [named])
    renamed = jumbf.superbox(jumbf.type_uuid("c2cs"), "signature", [jumbf.box(b"cbor", b"s")])
    for boxes in ([below], [renamed], [below, renamed]):
        assert only(Recipe(boxes=lambda _, boxes=boxes: boxes)).signature_box is None  # type: ignore[misc]
    found = only(Recipe(boxes=lambda _: [below, named]))
    assert found.signature_box is not None
    assert found.signature_content == b"s"


# --- assertions ---------------------------------------------------------------------------------


def test_assertions_by_label_in_order() -> None:
    recipe = Recipe(
        assertions=[
            build.cbor("c2pa.ingredient.v3", {}),
            build.cbor("com.example", {"a": 1}),
            build.cbor("c2pa.ingredient.v3__1", {}),
        ]
    )
    found = only(recipe)
    assert list(found.assertions) == [
        "c2pa.ingredient.v3",
        "com.example",
        "c2pa.ingredient.v3__1",
        "c2pa.hash.data",
    ]
    assert [item.label for item in found.named("c2pa.ingredient")] == [
        "c2pa.ingredient.v3",
        "c2pa.ingredient.v3__1",
    ]
    assert found.named("c2pa.ingredient.v3") == ()
    example = found.assertions["com.example"]
    assert (example.data, example.fields) == ({"a": 1}, {"a": 1})
    assert example.url == build.url(build.label(1), "c2pa.assertions", "com.example")


@pytest.mark.parametrize(
    ("arrange", "reason"),
    [
        (lambda boxes: [boxes["c2pa.assertions"]] * 2, "more than one assertion store"),
        (
            lambda boxes: [
                boxes["c2pa.assertions"].replace(b"c2pa.assertions", b"c2pa.assertionz", 1)
            ],
            "labelled 'c2pa.assertionz'",
        ),
    ],
)
def test_assertion_stores_that_leave_a_doubt(
    arrange: Callable[[dict[str, bytes]], list[bytes]], reason: str
) -> None:
    with pytest.raises(Malformed, match=reason):
        _ = only(Recipe(boxes=arrange)).assertions


def test_labels_of_assertions_are_unique() -> None:
    recipe = Recipe(assertions=[build.cbor("com.example", n) for n in (1, 2)])
    with pytest.raises(Malformed, match="two assertions"):
        _ = only(recipe).assertions


def test_a_manifest_without_assertions() -> None:
    assert only(Recipe(boxes=lambda _: [])).assertions == {}


def test_the_number_of_assertions_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ASSERTIONS", 2)
    recipe = Recipe(assertions=[build.cbor(f"com.example__{n}", n) for n in (1, 2)], binding=None)
    assert len(only(recipe).assertions) == 2
    with pytest.raises(LimitExceeded, match="more than 2 assertions"):
        _ = only(build.variant(recipe, binding="c2pa.hash.data")).assertions


def assertion(uuid: bytes, *contents: bytes) -> store.Assertion:
    box = jumbf.superbox(uuid, "com.example", contents)
    return only(Recipe(assertions=[build.Assertion("com.example", box)])).assertions["com.example"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": [1, "x", null]}', {"a": [1, "x", None]}),
        ('"ü"'.encode(), "ü"),
        (rb'"\ud83d\ude00"', "😀"),
        (b"1e5", 1e5),
    ],
)
def test_json(text: bytes, value: object) -> None:
    assert assertion(store.JSON, jumbf.box(b"json", text)).data == value


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b'{"a": 1, "a": 2}', id="a name twice"),
        pytest.param(b'[{"a": {"b": 1, "b": 1}}]', id="a name twice, inside"),
        pytest.param(b"NaN", id="NaN"),
        pytest.param(b"[-Infinity]", id="infinity"),
        pytest.param(b"\xef\xbb\xbf{}", id="byte order mark"),
        pytest.param(json.dumps({"a": 1}).encode("utf-16"), id="UTF-16"),
        pytest.param("{}".encode("utf-32-le"), id="UTF-32"),
        pytest.param(b'"\xff"', id="Latin-1"),
        pytest.param(rb'"\ud83d"', id="half a surrogate pair"),
        pytest.param(rb'{"\uDEAD": 1}', id="half a surrogate pair in a name"),
        pytest.param(b"[" * 100_000, id="depth"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="closed depth"),
        pytest.param(b"9" * 10_000, id="a number of 10,000 digits"),
        pytest.param(b"{} {}", id="two values"),
        pytest.param(b"{}\0\0", id="zeros behind it"),
    ],
)
def test_what_is_no_json(text: bytes) -> None:
    with pytest.raises(Malformed, match="not valid JSON"):
        _ = assertion(store.JSON, jumbf.box(b"json", text)).data


def test_the_size_of_json_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "JSON_SIZE", 10)
    assert assertion(store.JSON, jumbf.box(b"json", b"[12345678]")).data == [12345678]
    with pytest.raises(Malformed, match="more than 10"):
        _ = assertion(store.JSON, jumbf.box(b"json", b"[123456789]")).data


def test_cbor_and_what_is_neither() -> None:
    assert assertion(store.CBOR, jumbf.box(b"cbor", b"\x01")).data == 1
    with pytest.raises(Malformed, match="CBOR"):
        _ = assertion(store.CBOR, jumbf.box(b"cbor", b"\xff")).data
    assert assertion(store.UUID, jumbf.box(b"uuid", b"raw")).data == b"raw"
    padded = assertion(store.CBOR, jumbf.box(b"cbor", b"\x01"), jumbf.box(b"free", bytes(9)))
    assert (padded.data, padded.encoded) == (1, b"\x01")
    with pytest.raises(Malformed, match="no content"):
        _ = assertion(store.CBOR).data
    with pytest.raises(Malformed, match="not a map"):
        _ = assertion(store.CBOR, jumbf.box(b"cbor", b"\x01")).fields


@pytest.mark.parametrize("uuid", [store.CBOR, store.JSON])
@pytest.mark.parametrize(
    "boxes",
    [
        [jumbf.box(b"free", b"")],
        [jumbf.box(b"xml ", b"<a/>")],
        [jumbf.box(b"cbor", b"\xa0"), jumbf.box(b"json", b"{}")],
        [jumbf.box(b"json", b"{}"), jumbf.box(b"cbor", b"\xa0")],
        [jumbf.box(b"cbor", b"\xa0")] * 2,
        [jumbf.box(b"json", b"{}")] * 2,
    ],
    ids=["padding", "another", "CBOR first", "JSON first", "CBOR twice", "JSON twice"],
)
def test_data_is_one_box_of_its_type(uuid: bytes, boxes: list[bytes]) -> None:
    """ISO/IEC 19566-5: of several, readers would take one or another."""
    with pytest.raises(Malformed, match="something else than one"):
        _ = assertion(uuid, *boxes).data


@pytest.mark.parametrize(
    ("description", "name"),
    [(b"\0image/png\0", None), (b"\x01image/png\0a.png\0", "a.png"), (b"\x01image/png\0", "")],
)
def test_embedded_files(description: bytes, name: str | None) -> None:
    boxes = [jumbf.box(b"bfdb", description), jumbf.box(b"bidb", b"content")]
    found = assertion(store.EMBEDDED_FILE, *boxes).data
    assert found == EmbeddedFile("image/png", name, b"content")
    for broken in (boxes[:1], boxes[1:], [jumbf.box(b"bfdb", b""), boxes[1]]):
        with pytest.raises(Malformed, match=r"embedded file|no content"):
            _ = assertion(store.EMBEDDED_FILE, *broken).data


REDACTED = bytes.fromhex("caa98eee9d4df80e86ad4dffca263973")


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        ([], True),
        ([jumbf.box(b"cbor", bytes(100))], True),
        ([jumbf.box(b"cbor", b""), jumbf.box(b"free", bytes(3))], True),
        ([jumbf.box(b"uuid", REDACTED + bytes(9))], True),
        ([jumbf.box(b"uuid", REDACTED)], True),
        ([jumbf.box(b"uuid", REDACTED + b"\0x")], False),
        ([jumbf.box(b"uuid", bytes(16))], True),
        ([jumbf.box(b"cbor", REDACTED)], False),
        ([jumbf.box(b"cbor", b"\x01")], False),
        ([jumbf.box(b"cbor", bytes(9)), jumbf.box(b"free", b"x")], False),
        ([jumbf.superbox(jumbf.type_uuid("test"), "x", [])], False),
    ],
)
def test_what_redaction_leaves(contents: list[bytes], expected: bool) -> None:
    assert assertion(store.CBOR, *contents).is_blank is expected


# --- finding boxes ------------------------------------------------------------------------------


def test_paths_lead_to_boxes() -> None:
    inner = jumbf.superbox(jumbf.type_uuid("test"), "inner", [])
    again = jumbf.superbox(jumbf.type_uuid("test"), "inner", [jumbf.box(b"free", b"")])
    outer = jumbf.superbox(jumbf.type_uuid("c2db"), "c2pa.databoxes", [inner, again])
    manifest = only(Recipe(boxes=lambda boxes: [*boxes.values(), outer]))
    found = manifest.find(("c2pa.databoxes", "inner"))
    assert found is not None
    assert bytes(found.whole) == inner  # the first of two
    assert manifest.find(()) is manifest.box
    assert manifest.find(("c2pa.databoxes",)) is not None
    for path in (("nowhere",), ("c2pa.databoxes", "nowhere"), ("c2pa.databoxes", "inner", "x")):
        assert manifest.find(path) is None


def test_assertions_are_found_by_uri() -> None:
    found = parse(Recipe(number=1), Recipe(number=2))
    manifest = found.active
    label = "c2pa.actions.v2"
    expected = manifest.assertions[label]
    for url in (
        f"self#jumbf=c2pa.assertions/{label}",
        f"self#jumbf=/c2pa/{manifest.label}/c2pa.assertions/{label}",
    ):
        assert manifest.resolve(url) is expected
        assert found.find(url, base=manifest.label) is expected.box
    for url in (
        "self#jumbf=c2pa.assertions/nowhere",
        f"self#jumbf=/c2pa/{build.label(1)}/c2pa.assertions/{label}",
        f"self#jumbf=c2pa.assertions/{label}/",
        "self#jumbf=c2pa.signature",
        f"https://example.com/{label}",
    ):
        assert manifest.resolve(url) is None
    other = found.find(build.url(build.label(1), "c2pa.assertions", label), base=manifest.label)
    assert other is found.manifests[build.label(1)].assertions[label].box
    assert found.find("self#jumbf=/c2pa/nowhere/x", base=manifest.label) is None
    assert found.find("nothing", base=manifest.label) is None


# --- hostile bytes ------------------------------------------------------------------------------

SOUND = build.store(Recipe(number=1).build(), Recipe(number=2).build())


def _look_at_everything(data: bytes) -> None:
    found = store.parse(data)
    for manifest in found.manifests.values():
        for look in (
            lambda manifest=manifest: manifest.claim,
            lambda manifest=manifest: manifest.signature_content,
            lambda manifest=manifest: [item.data for item in manifest.assertions.values()],
            lambda manifest=manifest: manifest.find(("x", "y")),
            lambda manifest=manifest: HashedURI.decode(manifest.claim.fields),
        ):
            with contextlib.suppress(AidiscloseError):
                look()


@given(
    edits=st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), max_size=4),
    cut=st.integers(0, len(SOUND)),
)
def test_damaged_stores_raise_nothing_else(edits: list[tuple[int, int]], cut: int) -> None:
    damaged = bytearray(SOUND)
    for position, byte in edits:
        damaged[position] = byte
    for data in (bytes(damaged), bytes(damaged[:cut])):
        with contextlib.suppress(AidiscloseError):
            _look_at_everything(data)


@given(data=st.binary(max_size=300))
def test_arbitrary_bytes_raise_nothing_else(data: bytes) -> None:
    for hostile in (
        data,
        build.store(data),
        build.store(jumbf.superbox(ManifestKind.STANDARD.value, "a", [data])),
    ):
        with contextlib.suppress(AidiscloseError):
            _look_at_everything(hostile)
