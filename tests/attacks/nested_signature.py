"""A signature that is not where the ingredient's reference looks.

The forger keeps the box that the honest manifest refers to, and adds a claim that names another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from aidisclose.codec import jumbf
from tests.attacks import files
from tests.attacks.attack import Attack
from tests.attacks.parties import sealed, strange
from tests.manifest import build
from tests.manifest.build import Recipe

CLAUSE: Final = "C2PA 2.5 §10.3.2.4, §14.11.3.3.1"
CAPTURED: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
_UNKNOWN: Final = jumbf.type_uuid("none")
_CAPTURE: Final = build.actions({"action": "c2pa.created", "digitalSourceType": CAPTURED})

#: Where the forger's signature goes: its URI below the manifest, and the manifest's boxes.
Place = Callable[[dict[str, bytes], bytes, bytes], list[bytes]]


def _in_superbox(code: str) -> Place:
    def place(boxes: dict[str, bytes], decoy: bytes, own: bytes) -> list[bytes]:
        del boxes["c2pa.signature"]
        nested = jumbf.superbox(jumbf.type_uuid(code), "nested", [own])
        return [*boxes.values(), decoy, nested]

    return place


def _in_assertions(boxes: dict[str, bytes], decoy: bytes, own: bytes) -> list[bytes]:
    box = jumbf.parse(boxes["c2pa.assertions"])
    parts = [box.data[item.start : item.end] for item in box.children]
    return [jumbf.refill(box, [*parts, own]), boxes["c2pa.claim.v2"], decoy]


def _beside(boxes: dict[str, bytes], decoy: bytes, own: bytes) -> list[bytes]:
    del boxes["c2pa.signature"]
    renamed = jumbf.parse(own)
    other = build.signature_box(next(renamed.contents).content, label="nested")
    return [*boxes.values(), decoy, other]


def _decoy_renamed(boxes: dict[str, bytes], decoy: bytes, own: bytes) -> list[bytes]:
    """The reference is to a path; the decoy stands at it, inside something else."""
    del boxes["c2pa.signature"]
    nested = jumbf.superbox(jumbf.type_uuid("c2ma"), "decoy", [decoy])
    return [nested, *boxes.values(), own]


_PLACES: Final[dict[str, tuple[Place, tuple[str, ...]]]] = {
    "a box of no known type": (_in_superbox("none"), ("nested", "c2pa.signature")),
    "a manifest in the manifest": (_in_superbox("c2ma"), ("nested", "c2pa.signature")),
    "an update in the manifest": (_in_superbox("c2um"), ("nested", "c2pa.signature")),
    "a store in the manifest": (_in_superbox("c2pa"), ("nested", "c2pa.signature")),
    "a second assertion store": (_in_superbox("c2as"), ("nested", "c2pa.signature")),
    "a credential store": (_in_superbox("c2vc"), ("nested", "c2pa.signature")),
    "the assertion store": (_in_assertions, ("c2pa.assertions", "c2pa.signature")),
    "a second signature beside": (_beside, ("nested",)),
    "the usual place, the decoy nested": (_decoy_renamed, ("c2pa.signature",)),
}


def _parent() -> Recipe:
    return Recipe(seal=strange(size=3_000))


def _forged(place: Place, path: tuple[str, ...], honest: bytes) -> bytes:
    """The parent's manifest with the same decoy, and other statements under another signature."""
    decoy = files.whole(files.child(jumbf.parse(honest), "c2pa.signature"))
    return Recipe(
        assertions=(_CAPTURE,),
        claim={"signature": build.url(build.label(1), *path)},
        seal=strange(),
        boxes=lambda boxes: place(boxes, decoy, boxes["c2pa.signature"]),
    ).build({"hash": bytes(32)})


def attacks() -> Iterator[Attack]:
    """Forged ingredients, of a standard and of an update manifest."""
    parent = _parent().build()
    for name, (place, path) in _PLACES.items():
        child = files.descended(parent)
        child = replace(child, seal=sealed(size=9_000))
        honest = files.signed(child, parent)
        last = files.whole(files.manifests(files.store_of(honest))[-1])
        store = files.fitted(honest, _forged(place, path, parent), last)
        forged = files.embed(honest, store)
        yield Attack(f"nested: in {name}", CLAUSE, honest, forged, "ingredient.")


def update_attacks() -> Iterator[Attack]:
    """A trusted update over a stranger's picture, bound to another picture afterwards."""
    honest_parent = files.signed(_parent())
    parent = files.whole(files.manifests(files.store_of(honest_parent))[-1])
    update = replace(files.updated(parent), seal=sealed(size=9_000))
    honest = files.unbound(update, parent)
    # The update was made before the store grew: the parent's data hash is of that size.
    for name, (place, path) in _PLACES.items():
        last = files.whole(files.manifests(files.store_of(honest))[-1])
        other = files.media("PNG", "palette")
        forged_parent = _bound_forgery(place, path, parent, last, other)
        yield Attack(f"nested: update, in {name}", CLAUSE, honest, forged_parent, "ingredient.")


def _bound_forgery(
    place: Place, path: tuple[str, ...], parent: bytes, last: bytes, of: files.Media
) -> bytes:
    decoy = files.whole(files.child(jumbf.parse(parent), "c2pa.signature"))
    recipe = Recipe(
        assertions=(_CAPTURE,),
        claim={"signature": build.url(build.label(1), *path)},
        seal=strange(),
        boxes=lambda boxes: place(boxes, decoy, boxes["c2pa.signature"]),
    )
    alone = files.signed(recipe, of=of)
    forged = files.whole(files.manifests(files.store_of(alone))[-1])
    return files.embed(of.data, build.store(forged, last))
