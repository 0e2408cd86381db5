"""Signed files of every format, and stores put in the place of others.

Manifests are made by `tests.manifest.build`; containers and bindings by the product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

import cbor2

import aidisclose as ad
from aidisclose.bindings import BINDINGS
from aidisclose.bindings.binding import BindingTerms, encode_to_size
from aidisclose.bindings.binding import Fields as BindingFields
from aidisclose.codec import jumbf
from aidisclose.codec.jumbf import Superbox
from aidisclose.containers import CONTAINERS, Container, Edits, identify, read_store
from aidisclose.io.digest import digests
from aidisclose.io.source import BytesSource
from tests.attacks.parties import TRUST, sealed
from tests.bindings.build import TERMS, asset
from tests.containers import samples
from tests.manifest import build
from tests.manifest.build import Fields, Recipe
from tests.trust.pki import NOW

#: Bytes of a binding that is not the product's.
_ROOM: Final = 1_500

FORMATS: Final = {item.name: item for item in CONTAINERS}


class Media(NamedTuple):
    """A media file without credentials, how a store gets into it, and how it is bound."""

    data: bytes
    binding: str
    terms: BindingTerms = TERMS
    place: Callable[[bytes], bytes] | None = None
    fields: Callable[[bytes], BindingFields] | None = None
    label: str = ""

    def embed(self, store: bytes) -> bytes:
        """The file with this store, where `place` puts it or where the product does."""
        return self.place(store) if self.place else embed(self.data, store)

    @property
    def size(self) -> int:
        """Of the binding."""
        return _ROOM if self.fields else BINDINGS[self.binding].size(asset(self.data), self.terms)

    def bind(self, data: bytes) -> bytes:
        """The binding to a file with a store of its final size: `fields`, or the product's."""
        if self.fields:
            return encode_to_size(self.fields(data), self.size)
        file, binding = asset(data), BINDINGS[self.binding]
        values = digests(file.source, binding.plans(file, self.terms))
        return binding.encode(file, self.terms, values, self.size)

    @property
    def container(self) -> Container:
        """Its format."""
        return identify(BytesSource(self.data))


def media(name: str, sample: str = "", *, binding: str = "", terms: BindingTerms = TERMS) -> Media:
    """A sample of a format by the names in `samples`; the first one without."""
    found = samples.FAMILIES[name].samples
    chosen = next(item for item in found if item.name == sample) if sample else found[0]
    return Media(chosen.data(), binding or FORMATS[name].binding, terms)


def picture() -> Media:
    """A PNG file bound by a data hash."""
    return media("PNG")


def embed(data: bytes, store: bytes) -> bytes:
    """The media file with this store in place of the present one."""
    source = BytesSource(data)
    container = identify(source)
    splice = container.rewrite(source, container.scan(source), Edits(store=store))
    return splice.read_at(0, splice.size)


def store_of(data: bytes) -> bytes:
    """The manifest store of a file."""
    bound = asset(data)
    return read_store(bound.source, bound.layout.stores[0])


def signed(recipe: Recipe, *before: bytes, of: Media | None = None) -> bytes:
    """The file with a store of earlier manifests and the one of `recipe`, bound and sealed."""
    of = of or picture()
    content = cbor2.dumps({"hash": bytes(32), "pad": bytes(of.size)})[: of.size]
    bound = of.embed(build.store(*before, _built(recipe, of.label or of.binding, content)))
    for _ in range(3):  # until nothing moves any more
        content = of.bind(bound)
        data = of.embed(build.store(*before, _built(recipe, of.label or of.binding, content)))
        assert len(data) == len(bound)
        bound = data
    return data


def _built(recipe: Recipe, label: str, content: bytes) -> bytes:
    binding = build.cbor(label, content)
    return replace(recipe, assertions=(*recipe.assertions, binding), binding=None).build()


def active(**changes: object) -> Recipe:
    """The honest signer's manifest."""
    return replace(Recipe(number=9, seal=sealed()), **changes)  # type: ignore[arg-type]


# --- changing a store -----------------------------------------------------------------------------


def manifests(store: bytes) -> list[Superbox]:
    """The manifests of a store, the active one last."""
    return list(jumbf.parse(store).superboxes)


def child(box: Superbox, *path: str) -> Superbox:
    """The box at a path of labels."""
    for label in path:
        box = next(item for item in box.superboxes if item.label == label)
    return box


def whole(box: Superbox) -> bytes:
    """The bytes of a box."""
    return bytes(box.whole)


def replaced(box: Superbox, old: Superbox, *new: bytes) -> bytes:
    """The bytes of a box in which others stand in the place of one below it."""
    if (old.start, old.end) == (box.start, box.end):
        return b"".join(new)
    parts = [
        replaced(item, old, *new)
        if isinstance(item, Superbox) and item.start <= old.start and old.end <= item.end
        else item.data[item.start : item.end]
        for item in box.children
    ]
    return jumbf.refill(box, parts)


def resized(manifest: bytes, size: int) -> bytes:
    """The manifest with so much padding in its signature that it has this size."""
    box = jumbf.parse(manifest)
    signature = child(box, "c2pa.signature")
    [content] = signature.contents
    tagged = cbor2.loads(content.content)
    protected, unprotected, payload, value = tagged.value
    room = len(unprotected["pad"]) + size - len(manifest)
    unprotected = {**unprotected, "pad": bytes(room)}
    sealed = cbor2.dumps(cbor2.CBORTag(tagged.tag, [protected, unprotected, payload, value]))
    changed = replaced(box, signature, build.signature_box(sealed))
    assert len(changed) == size, (len(changed), size)
    return changed


def fitted(data: bytes, *stored: bytes) -> bytes:
    """A store of these manifests, of the size that the store of the file has.

    The last one is padded; the signature over it stays good.
    """
    size = len(store_of(data))
    present = len(build.store(*stored))
    *others, last = stored
    return build.store(*others, resized(last, len(last) + size - present))


# --- who is made from whom ------------------------------------------------------------------------


def opened(*parents: build.Assertion) -> build.Assertion:
    """The history of something made from these ingredients."""
    references = [item.reference for item in parents]
    return build.actions({"action": "c2pa.opened", "parameters": {"ingredients": references}})


def recorded(manifest: bytes, *more: tuple[str, str]) -> Fields:
    """What whoever adds an ingredient writes down: that its signer is not trusted, and more.

    Arguments:
        manifest: Of the ingredient.
        more: Code of each further failure, and the path below the manifest that it is about.
    """
    label = jumbf.parse(manifest).label
    found = [("signingCredential.untrusted", "c2pa.signature"), *more]
    failures = [{"code": code, "url": build.url(label, *path.split("/"))} for code, path in found]
    groups = {"success": [], "informational": [], "failure": failures}
    return {"validationResults": {"activeManifest": groups}}


def ingredient(
    of: bytes,
    relationship: str = "parentOf",
    *faults: tuple[str, str],
    label: str = "c2pa.ingredient.v3",
    **fields: object,
) -> build.Assertion:
    """An ingredient assertion about a manifest, with what is `recorded` of it."""
    merged: Fields = {**recorded(of, *faults), **fields}
    return build.ingredient(of, relationship, label=label, **merged)


def descended(parent: bytes, *more: build.Assertion, **fields: object) -> Recipe:
    """The honest signer's manifest of something made from a parent; fields of the ingredient."""
    found = ingredient(parent, **fields)  # type: ignore[arg-type]
    return active(assertions=(found, opened(found), *more))


def updated(parent: bytes, *more: build.Assertion, **fields: object) -> Recipe:
    """The honest signer's update manifest over a parent."""
    recipe = descended(parent, *more, **fields)
    return replace(recipe, code="c2um")


def unbound(recipe: Recipe, *before: bytes, of: Media | None = None) -> bytes:
    """The file with a store of earlier manifests and that of `recipe`, without a new binding."""
    store = build.store(*before, replace(recipe, binding=None).build())
    return (of or picture()).embed(store)


def laundered(parent: bytes, *before: bytes, fields: Fields) -> bytes:
    """A file made from a parent whose every failure is recorded by the honest signer."""
    blank = signed(descended(parent, **fields), *before, parent)
    report = ad.verify(blank, trust=TRUST, at=NOW)
    deltas = report.validation.deltas if report.validation else ()
    failures = [
        {"code": status.code, "url": status.url}
        for delta in deltas
        for status in delta.results.failure
    ]
    groups: Fields = {"success": [], "informational": [], "failure": failures}
    results: Fields = {"validationResults": {"activeManifest": groups}}
    return signed(descended(parent, **{**fields, **results}), *before, parent)
