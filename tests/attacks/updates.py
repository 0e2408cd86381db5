"""Update manifests over what ties nothing to the file (C2PA 2.5 §11.2.3, §14.12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from aidisclose.codec import jumbf
from tests.attacks import files
from tests.attacks.attack import Attack
from tests.attacks.believed import created, model
from tests.attacks.parties import sealed, strange
from tests.manifest import build
from tests.manifest.build import Recipe

CLAUSE: Final = "C2PA 2.5 §11.2.3, §14.10.1, §14.12"
_GENERATED: Final = created("trainedAlgorithmicMedia")
_EDITED: Final = build.actions({"action": "c2pa.edited.metadata"})


def _last(data: bytes) -> bytes:
    return files.whole(files.manifests(files.store_of(data))[-1])


def attacks() -> Iterator[Attack]:
    """Update manifests that stand on something broken, whatever they recorded of it."""
    original = files.signed(Recipe(assertions=(_GENERATED,), seal=strange(size=3_000)))
    sound = _last(original)
    honest = files.unbound(files.updated(sound), sound)
    yield from _without_binding(honest)
    yield from _recorded(honest, sound)
    yield from _other_files(honest, sound)
    yield from _structure(honest, sound)


def _without_binding(honest: bytes) -> Iterator[Attack]:
    bare = Recipe(assertions=(_GENERATED,), binding=None, seal=strange()).build()
    fault = ("claim.hardBindings.missing", "c2pa.claim.v2")
    for name, more in (("", ()), (", recorded", (fault,))):
        update = files.updated(bare, **files.recorded(bare, *more))
        forged = files.unbound(update, bare)
        yield Attack(f"update: nothing bound{name}", CLAUSE, honest, forged, "hardBindings.missing")


def _recorded(honest: bytes, sound: bytes) -> Iterator[Attack]:
    """The update records a failure of what it stands on; the failure is there."""
    other = files.media("PNG", "palette")
    binding = ("assertion.dataHash.mismatch", "c2pa.assertions/c2pa.hash.data")
    update = files.updated(sound, **files.recorded(sound, binding))
    forged = files.unbound(update, sound, of=other)
    yield Attack("update: recorded mismatch, other picture", CLAUSE, honest, forged, "dataHash")

    box = jumbf.parse(sound)
    changed = created("digitalCapture")
    edited = files.replaced(
        box, files.child(box, "c2pa.assertions", "c2pa.actions.v2"), changed.box
    )
    edited = files.resized(edited, len(sound))
    fault = ("assertion.hashedURI.mismatch", "c2pa.assertions/c2pa.actions.v2")
    forged = files.unbound(files.updated(edited, **files.recorded(edited, fault)), edited)
    yield Attack("update: recorded edit of the history", CLAUSE, honest, forged, "mismatch")

    binding_box = files.child(box, "c2pa.assertions", "c2pa.hash.data")
    alone = files.signed(Recipe(seal=strange(size=3_000)), of=other)
    moved = files.child(jumbf.parse(_last(alone)), "c2pa.assertions", "c2pa.hash.data")
    rebound = files.replaced(box, binding_box, files.whole(moved))
    fault = ("assertion.hashedURI.mismatch", "c2pa.assertions/c2pa.hash.data")
    update = files.updated(rebound, **files.recorded(rebound, fault))
    forged = files.unbound(update, rebound, of=other)
    yield Attack("update: recorded exchange of the binding", CLAUSE, honest, forged, "hash.data")

    signature = files.child(box, "c2pa.signature")
    resigned = build.signature_box(strange(size=3_000)(b"another claim"))
    broken = files.replaced(box, signature, resigned)
    fault = ("claimSignature.mismatch", "c2pa.signature")
    forged = files.unbound(files.updated(broken, **files.recorded(broken, fault)), broken)
    yield Attack("update: recorded broken signature", CLAUSE, honest, forged, "claimSignature")


def _other_files(honest: bytes, sound: bytes) -> Iterator[Attack]:
    """The whole store on another file, or on a file that something was added to."""
    store = files.store_of(honest)
    other = files.embed(files.media("PNG", "palette").data, store)
    yield Attack("update: on another picture", CLAUSE, honest, other, "dataHash")
    yield Attack("update: bytes behind", CLAUSE, honest, honest + b"more", "dataHash")
    later = files.updated(_last(honest), **_trusted(_last(honest)))
    twice = files.unbound(replace(later, number=10), sound, _last(honest))
    moved = files.embed(files.media("PNG", "palette").data, files.store_of(twice))
    yield Attack("update: of an update, on another picture", CLAUSE, twice, moved, "dataHash")
    yield Attack("update: of an update, bytes behind", CLAUSE, twice, twice + b"m", "dataHash")


def _trusted(manifest: bytes) -> dict[str, object]:
    del manifest
    groups: dict[str, list[object]] = {"success": [], "informational": [], "failure": []}
    return {"validationResults": {"activeManifest": groups}}


def _structure(honest: bytes, sound: bytes) -> Iterator[Attack]:
    """Updates that are none: no parent, two, a component, a cycle, a binding of their own."""
    found = files.ingredient(sound, "componentOf")
    component = files.active(assertions=(found, _EDITED), code="c2um")
    forged = files.unbound(component, sound)
    yield Attack("update: of a component", CLAUSE, honest, forged, "manifest.update.wrongParents")

    alone = files.active(assertions=(_EDITED,), code="c2um")
    yield Attack("update: of nothing", CLAUSE, honest, files.unbound(alone, sound), "wrongParents")

    again = files.ingredient(sound, "parentOf", label="c2pa.ingredient.v3__1")
    first = files.ingredient(sound)
    double = files.active(assertions=(first, again, files.opened(first)), code="c2um")
    yield Attack("update: of two", CLAUSE, honest, files.unbound(double, sound), "wrongParents")

    own = replace(files.updated(sound), seal=sealed())
    yield Attack(
        "update: with a binding", CLAUSE, honest, files.signed(own, sound), "update.invalid"
    )

    other = files.media("PNG", "palette")
    moved = files.signed(own, sound, of=other)
    yield Attack("update: bound anew", CLAUSE, honest, moved, "update.invalid")

    loop = {"url": build.url(build.label(9)), "alg": "sha256", "hash": bytes(32)}
    cyclic = files.updated(sound, activeManifest=loop, claimSignature=build.ABSENT)
    yield Attack("update: of itself", CLAUSE, honest, files.unbound(cyclic, sound), "ingredient.")

    hidden = files.updated(sound, model("Evil"))
    changes = build.cbor("c2pa.thumbnail.claim", {"a": 1})
    del hidden
    pictured = files.updated(sound, changes)
    yield Attack(
        "update: with a thumbnail", CLAUSE, honest, files.unbound(pictured, sound), "update.invalid"
    )
