"""Manifest definitions as users of the reference implementation have them, with their files.

What comes out is compared with what the reference makes of the same definition.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import c2pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aidisclose.carriers import xmp
from aidisclose.containers import identify
from aidisclose.errors import SigningError
from aidisclose.io.source import BytesSource
from aidisclose.manifest import ingredient
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.manifest.store import EmbeddedFile
from tests.containers import samples
from tests.interop import reference
from tests.issuing import Issued
from tests.signing.bench import Bench

Fields = dict[str, Any]
PREFIX = "http://cv.iptc.org/newscodes/digitalsourcetype/"
ICON = {"format": "image/png", "identifier": "icon.png"}
STORE_URL = "https://media.example/store.c2pa"


@pytest.fixture
def bench(issued: Issued, tmp_path: Path) -> Bench:
    bench = Bench(issued("es256"), tmp_path)
    bench.file("icon.png", samples.png())
    bench.file("thumb.jpg", samples.jpeg())
    bench.file("prompt.txt", b"a cat")
    bench.file("plain.jpg", samples.jpeg())
    bench.file("signed.png", bench.sign(samples.png(), disclosure=Disclosure(ai="generated")))
    return bench


def acted(*actions: Fields, **fields: Any) -> Fields:
    return {"label": "c2pa.actions", "data": {"actions": list(actions), **fields}}


#: In the shapes of the reference's own examples.
EXAMPLES: dict[str, Fields] = {
    "a first try": {
        "claim_generator": "TestApp",
        "claim_generator_info": [{"name": "Test App", "version": "0.0.1", "icon": ICON}],
        "ta_url": "http://timestamp.example",
        "title": "My title",
        "thumbnail": {"format": "image/jpeg", "identifier": "thumb.jpg"},
        "assertions": [
            acted({"action": "c2pa.created", "digitalSourceType": f"{PREFIX}digitalCreation"}),
            {"label": "my.assertion", "data": {"any_tag": "whatever I want"}},
            {"label": "my.assertion", "data": {"any_tag": "twice"}, "kind": "Json"},
        ],
    },
    "training": {
        "assertions": [
            acted({"action": "c2pa.created", "digitalSourceType": f"{PREFIX}digitalCreation"}),
            {
                "label": "cawg.training-mining",
                "data": {"entries": {"cawg.ai_training": {"use": "notAllowed"}}},
            },
        ],
    },
    "metadata": {
        "assertions": [
            acted({"action": "c2pa.created", "digitalSourceType": f"{PREFIX}digitalCapture"}),
            {
                "label": "cawg.metadata",
                "data": {
                    "@context": {"dc": "http://purl.org/dc/elements/1.1/"},
                    "dc:creator": "Julie Smith",
                },
                "kind": "Json",
                "created": False,
            },
        ],
    },
    "an edit with ingredients": {
        "claim_version": 2,
        "vendor": "acme",
        "ingredients": [
            {"title": "before", "path": "signed.png", "relationship": "parentOf", "label": "p"},
            {
                "title": "A",
                "path": "plain.jpg",
                "instance_id": "xmp:iid:7",
                "relationship": "componentOf",
                "thumbnail": {"format": "image/jpeg", "identifier": "thumb.jpg"},
                "metadata": {"com.example.note": "x"},
            },
            {
                "title": "prompt",
                "format": "text/plain",
                "relationship": "inputTo",
                "label": "prompt",
                "data": {"format": "text/plain", "identifier": "prompt.txt"},
                "data_types": [{"type": "c2pa.types.generator.prompt"}],
                "description": "what was asked for",
                "informational_URI": "https://example.org/prompt",
            },
        ],
        "assertions": [
            acted(
                {"action": "c2pa.opened", "parameters": {"ingredientIds": ["p"]}},
                {"action": "c2pa.placed", "parameters": {"org.cai.ingredientIds": ["xmp:iid:7"]}},
                {
                    "action": "c2pa.edited",
                    "when": "2026-01-01T00:00:00Z",
                    "digitalSourceType": f"{PREFIX}compositeWithTrainedAlgorithmicMedia",
                    "softwareAgent": {"name": "Inpainter", "version": "1", "icon": ICON},
                    "parameters": {"ingredientIds": ["prompt"], "com.example.strength": 0.5},
                    "changes": [{"region": [{"type": "temporal", "time": {}}]}],
                },
                {"action": "c2pa.cropped", "digitalSourceType": f"{PREFIX}humanEdits"},
                templates=[{"action": "c2pa.edited", "icon": ICON, "description": "Edited"}],
            ),
        ],
    },
}


def by_reference(bench: Bench, data: bytes, definition: Fields) -> bytes:
    """The file that the reference makes of a definition whose files lie in the bench's folder."""
    bare = {**definition, "ingredients": []}
    described: list[tuple[Fields, bytes]] = []
    for item in definition.get("ingredients", []):
        if "path" not in item:
            bare["ingredients"].append(item)
            continue
        content = (bench.folder / item["path"]).read_bytes()
        described.append(({k: v for k, v in item.items() if k != "path"}, content))
    builder = c2pa.Builder(json.dumps(bare), context=reference.context(bench.own))
    for name in ("icon.png", "thumb.jpg", "prompt.txt"):
        builder.add_resource(name, io.BytesIO((bench.folder / name).read_bytes()))
    for fields, content in described:
        kind = identify(BytesSource(content)).media_types[0]
        builder.add_ingredient(json.dumps(fields), kind, io.BytesIO(content))
    out = io.BytesIO()
    builder.sign(reference.signer(bench.own), "image/png", io.BytesIO(data), out)
    return out.getvalue()


def summary(bench: Bench, data: bytes) -> Fields:
    """What a definition decides about a file."""
    active = bench.store(data).active
    listed = [
        {
            "action": item["action"],
            "keys": sorted(item),
            "source": item.get("digitalSourceType"),
            "parameters": sorted(item.get("parameters", {})),
            "ingredients": len(item.get("parameters", {}).get("ingredients", [])),
        }
        for item in bench.actions(data)
    ]
    found = [ingredient.decode(item) for item in active.named(ingredient.NAME)]
    return {
        "assertions": sorted(active.assertions),
        "actions": listed,
        "ingredients": sorted(
            (
                item.relationship,
                item.title,
                item.manifest is not None,
                "thumbnail" in item.fields,
                "data" in item.fields,
                str(item.fields.get("dataTypes")),
                item.fields.get("description"),
                item.fields.get("informationalURI"),
                str(item.fields.get("metadata")),
            )
            for item in found
        ),
        "title": active.claim.title,
        "vendor": active.label.split(":")[3:],
        "generator": active.claim.generator,
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_reference_makes_the_same_of_it(bench: Bench, name: str) -> None:
    definition = EXAMPLES[name]
    ours = summary(bench, bench.sign(samples.png(), manifest=definition, base=bench.folder))
    theirs = summary(bench, by_reference(bench, samples.png(), definition))
    # It calls itself so where the definition does not say.
    if "claim_generator_info" not in definition:
        theirs["generator"] = ours["generator"]
    assert ours == theirs


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda items: st.lists(items, max_size=3) | st.dictionaries(st.text(max_size=8), items),
    max_leaves=6,
)


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a definition."""
    yield path
    listed: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        listed = list(value.items())
    elif isinstance(value, list):
        listed = list(enumerate(value))
    for key, item in listed:
        yield from places(item, (*path, key))


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.sampled_from(sorted(EXAMPLES)), choice=st.data(), value=VALUES)
def test_whatever_stands_in_a_definition_is_written_or_refused(
    bench: Bench, name: str, choice: st.DataObject, value: object
) -> None:
    definition: Any = json.loads(json.dumps(EXAMPLES[name]))
    *path, last = choice.draw(st.sampled_from([item for item in places(definition) if item]))
    inner = definition
    for key in path:
        inner = inner[key]
    inner[last] = value
    with contextlib.suppress(SigningError, OSError):
        bench.sign(samples.png(), manifest=json.dumps(definition), base=bench.folder)


# --- ingredients that another run wrote into a folder -------------------------------------------


@pytest.fixture
def folder(bench: Bench) -> Path:
    """What `c2patool --ingredient` leaves of a signed file: all but the file itself."""
    data, asset = bench.make(
        samples.png(), manifest=EXAMPLES["a first try"], base=bench.folder, title="was here"
    )
    bench.file("folder/manifest_data.c2pa", asset.store)
    found = reference.read(data, bench.own)["manifests"][asset.label]
    described = {
        "title": "was here",
        "format": "image/png",
        "document_id": "xmp:did:1",
        "instance_id": found["instance_id"],
        "thumbnail": found["thumbnail"],
        "relationship": "componentOf",
        "active_manifest": asset.label,
        "validation_results": {"activeManifest": {"success": [], "failure": []}},
        "manifest_data": {"format": "application/c2pa", "identifier": "manifest_data.c2pa"},
    }
    assert described["thumbnail"]["identifier"].startswith("self#jumbf=")
    bench.file("folder/ingredient.json", json.dumps(described).encode())
    return bench.folder / "folder"


@pytest.mark.parametrize("path", ["folder", "folder/ingredient.json"])
def test_an_ingredient_comes_from_its_folder(bench: Bench, folder: Path, path: str) -> None:
    definition = {
        "ingredient_paths": [path],
        "assertions": [
            acted(
                reference.CREATED,
                {
                    "action": "c2pa.placed",
                    "parameters": {"ingredientIds": [json_of(folder)["instance_id"]]},
                },
            )
        ],
    }
    data = bench.sign(samples.png(), manifest=definition, base=bench.folder)
    assert bench.ingredients(data) == [("componentOf", "was here", True)]
    store = bench.store(data)
    assert len(store.manifests) == 2
    (placed,) = map(ingredient.decode, store.active.named(ingredient.NAME))
    assert placed.media_type == "image/png"
    thumbnail: Any = placed.fields["thumbnail"]
    target = store.find(thumbnail["url"], base=store.active.label)
    assert target is not None
    assert target.label == "c2pa.thumbnail.claim"


def json_of(folder: Path) -> Fields:
    found: Fields = json.loads((folder / "ingredient.json").read_text())
    return found


def test_a_parent_comes_from_its_folder(bench: Bench, folder: Path) -> None:
    described = json_of(folder) | {"relationship": "parentOf"}
    definition = {
        "base_path": "folder",
        "ingredients": [described],
        "assertions": [acted({"action": "c2pa.edited", "digitalSourceType": "humanEdits"})],
    }
    data = bench.sign(samples.png(), manifest=definition, base=bench.folder)
    assert bench.ingredients(data) == [("parentOf", "was here", True)]
    assert [item["action"] for item in bench.actions(data)] == ["c2pa.opened", "c2pa.edited"]
    assert len(bench.store(data).manifests) == 2


def test_a_parent_that_is_only_described(bench: Bench) -> None:
    definition = {"ingredients": [{"title": "paper", "relationship": "parentOf"}]}
    data = bench.sign(samples.png(), manifest=definition)
    assert bench.ingredients(data) == [("parentOf", "paper", False)]


def test_a_signed_source_has_no_other_parent(bench: Bench) -> None:
    definition = {"ingredients": [{"title": "paper", "relationship": "parentOf"}]}
    signed = (bench.folder / "signed.png").read_bytes()
    with pytest.raises(SigningError, match="cannot have another parent"):
        bench.sign(signed, manifest=definition)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"manifest_data": {}}, "'manifest_data' needs an 'identifier'"),
        ({"manifest_data": {"identifier": "ingredient.json"}, "thumbnail": None}, "cannot be read"),
        ({"path": "x.png"}, "no 'path' beside it"),
        ({"thumbnail": {"identifier": "self#jumbf=c2pa.assertions/x"}}, "nothing at self#jumbf"),
        ({"thumbnail": {"identifier": "self#jumbf=/c2pa/x/y"}}, "nothing at self#jumbf"),
        ({"softBindingsMatched": True}, "'softBindingsMatched' is not supported"),
        ({"data": {"format": "text/plain"}}, r"folder/ingredient.json\.data names no file"),
    ],
)
def test_what_a_folder_cannot_say(bench: Bench, folder: Path, change: Fields, message: str) -> None:
    described = json_of(folder) | change
    (folder / "ingredient.json").write_text(json.dumps(described))
    with pytest.raises(SigningError, match=message):
        bench.sign(samples.png(), manifest={"ingredient_paths": ["folder"]}, base=bench.folder)


# --- what is embedded ---------------------------------------------------------------------------


def test_icons_are_embedded_and_referred_to(bench: Bench) -> None:
    definition = EXAMPLES["an edit with ingredients"]
    data = bench.sign(samples.png(), manifest=definition, base=bench.folder)
    active = bench.store(data).active
    icons = [item for label, item in active.assertions.items() if label.startswith("c2pa.icon")]
    assert [item.label for item in icons] == ["c2pa.icon", "c2pa.icon__1"]
    for item in icons:
        assert isinstance(item.data, EmbeddedFile)
        assert item.data.media_type == "image/png"
    agent = bench.actions(data)[2]["softwareAgent"]
    assert active.resolve(agent["icon"]["url"]) in icons


def test_no_thumbnail_is_asked_for_by_its_format(bench: Bench) -> None:
    definition = {"thumbnail": {"format": "none", "identifier": ""}}
    active = bench.store(bench.sign(samples.png(), manifest=definition)).active
    assert not active.named("c2pa.thumbnail.claim")


# --- where the store goes -----------------------------------------------------------------------


def provenance(data: bytes) -> tuple[str, ...]:
    source = BytesSource(data)
    found = identify(source).scan(source).xmp
    assert found is not None
    return xmp.parse(source.read_at(*found)).values[xmp.PROVENANCE]


def test_a_remote_address_is_written_into_xmp(bench: Bench) -> None:
    data = bench.sign(samples.png(), manifest={"remote_url": STORE_URL})
    bench.report(data)
    assert provenance(data) == (STORE_URL,)
    data = bench.sign(samples.png(), manifest={"remote_url": STORE_URL}, remote=f"{STORE_URL}2")
    assert provenance(data) == (f"{STORE_URL}2",)


@pytest.mark.parametrize("fields", [{}, {"remote_url": STORE_URL}])
def test_without_embedding_the_file_has_no_store(bench: Bench, fields: Mapping[str, Any]) -> None:
    data, asset = bench.make(samples.png(), manifest={"no_embed": True, **fields})
    source = BytesSource(data)
    assert identify(source).scan(source).stores == ()
    found = c2pa.Reader(
        "image/png",
        io.BytesIO(data),
        manifest_data=asset.store,
        context=reference.context(bench.own),
    )
    assert json.loads(found.json())["validation_state"] == "Trusted"
    if fields:
        assert provenance(data) == (STORE_URL,)


def test_embedding_is_the_rule(bench: Bench) -> None:
    bench.report(bench.sign(samples.png(), manifest={"no_embed": False, "remote_url": None}))


# --- files that a definition must not name ------------------------------------------------------

SECRET = {"format": "image/png", "identifier": "../secret.png"}
#: Every key that names a file, with one outside of the definition's folder.
OUTSIDE: dict[str, Fields] = {
    "thumbnail": {"thumbnail": SECRET},
    "absolute": {"thumbnail": {"format": "image/png", "identifier": "/etc/hostname"}},
    "link": {"thumbnail": {"format": "image/png", "identifier": "link.png"}},
    "folder link": {"thumbnail": {"format": "image/png", "identifier": "up/secret.png"}},
    "base_path": {"base_path": "..", "thumbnail": {**SECRET, "identifier": "secret.png"}},
    "base_path of the file system": {"base_path": "/", "ingredient_paths": ["etc/hostname"]},
    "icon": {"claim_generator_info": [{"name": "N", "icon": SECRET}]},
    "icon of an agent": {
        "assertions": [
            acted({"action": "c2pa.edited", "softwareAgent": {"name": "N", "icon": SECRET}})
        ]
    },
    "icon of a template": {
        "assertions": [
            acted({"action": "c2pa.edited"}, templates=[{"action": "c2pa.edited", "icon": SECRET}])
        ]
    },
    "ingredient": {"ingredients": [{"path": "../secret.png"}]},
    "ingredient's thumbnail": {"ingredients": [{"title": "t", "thumbnail": SECRET}]},
    "ingredient's data": {"ingredients": [{"title": "t", "data": SECRET}]},
    "ingredient's store": {"ingredients": [{"title": "t", "manifest_data": SECRET}]},
    "ingredient_paths": {"ingredient_paths": ["../secret.png"]},
    "ingredient folder": {"ingredient_paths": [".."]},
    "described ingredient": {"ingredient_paths": ["described/ingredient.json"]},
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_stranger_cannot_name_files_elsewhere(bench: Bench, name: str) -> None:
    """They would be published with the asset."""
    folder = bench.folder / "project"
    folder.mkdir()
    bench.file("secret.png", samples.png())
    bench.file("ingredient.json", b'{"title": "t"}')
    (folder / "link.png").symlink_to("../secret.png")
    (folder / "up").symlink_to("..")
    (folder / "described").mkdir()
    described = {"title": "t", "thumbnail": {**SECRET, "identifier": "../../secret.png"}}
    (folder / "described" / "ingredient.json").write_text(json.dumps(described))
    with pytest.raises(SigningError, match="is outside the folder of the definition"):
        bench.sign(samples.png(), manifest=OUTSIDE[name], base=folder)
    if name not in ("absolute", "base_path of the file system", "ingredient's store"):
        bench.sign(samples.png(), manifest=OUTSIDE[name], base=folder, outside_paths=True)


def test_links_within_the_folder_are_followed(bench: Bench) -> None:
    (bench.folder / "link.png").symlink_to("icon.png")
    bench.sign(
        samples.png(),
        manifest={"thumbnail": {"format": "image/png", "identifier": "link.png"}},
        base=bench.folder,
    )


@pytest.mark.parametrize(
    ("content", "media_type", "why"),
    [
        (b"password: hunter2", "image/png", "not a picture in a known format"),
        (b"", "image/jpeg", "not a picture in a known format"),
        (samples.jpeg(), "image/png", "the format is image/jpeg, not image/png"),
        (samples.png(), "text/plain", "the format is image/png, not text/plain"),
        (samples.png(), "image/bmp", "the format is image/png, not image/bmp"),
    ],
)
@pytest.mark.parametrize("key", ["thumbnail", "icon", "data"])
def test_what_is_called_a_picture_is_one(
    bench: Bench, content: bytes, media_type: str, why: str, key: str
) -> None:
    bench.file("file", content)
    named = {"format": media_type, "identifier": "file"}
    definition = {
        "thumbnail": {"thumbnail": named},
        "icon": {"claim_generator_info": [{"name": "N", "icon": named}]},
        "data": {"ingredients": [{"title": "t", "data": named}]},
    }[key]
    if (key, media_type) == ("data", "text/plain"):  # it is not called a picture
        bench.sign(samples.png(), manifest=definition, base=bench.folder)
        return
    with pytest.raises(SigningError, match=why):
        bench.sign(samples.png(), manifest=definition, base=bench.folder)
