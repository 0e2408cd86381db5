"""Statements read from bytes that no hash leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from aidisclose.codec import jumbf
from tests.attacks import files
from tests.attacks.attack import Attack
from tests.attacks.parties import sealed, strange
from tests.manifest import build
from tests.manifest.build import Fields, Recipe

CLAUSE: Final = "C2PA 2.5 §14.10.3, §14.11.3.3"
TERMS: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
#: Characters that a source type and the text that fills it up take together.
_ROOM: Final = 60


def created(term: str) -> build.Assertion:
    """A history that begins with a source type; of the same size whatever it is."""
    action: Fields = {"action": "c2pa.created", "digitalSourceType": TERMS + term}
    return build.actions({**action, "description": "-" * (_ROOM - len(term))})


def model(name: str) -> build.Assertion:
    """An AI disclosure."""
    return build.cbor(
        "c2pa.ai-disclosure", {"modelName": name, "modelType": "c2pa.types.model.diffusion"}
    )


def _with(manifest: bytes, old: build.Assertion, new: build.Assertion) -> bytes:
    """The manifest with another assertion in its place; the claim stays."""
    box = jumbf.parse(manifest)
    return files.replaced(box, files.child(box, "c2pa.assertions", old.label), new.box)


def attacks() -> Iterator[Attack]:
    """Statements of manifests that are not intact, or not where the claim says."""
    yield from _changed_again()
    yield from _elsewhere()
    yield from _in_unlisted()


def _changed_again() -> Iterator[Attack]:
    """An assertion whose mismatch was recorded is changed once more."""
    sound, once, twice = (
        created("trainedAlgorithmicMedia"),
        created("composite"),
        created("digitalCapture"),
    )
    parent = Recipe(assertions=(sound,), seal=strange(size=3_000)).build()
    fault = ("assertion.hashedURI.mismatch", "c2pa.assertions/c2pa.actions.v2")
    for name, first in (("edited", once), ("removed", None)):
        broken = _with(parent, sound, first) if first else _without(parent, sound)
        kind = fault if first else ("assertion.missing", "c2pa.claim.v2")
        child = files.descended(broken, **files.recorded(broken, fault, kind))
        child = replace(child, seal=sealed(size=9_000))
        honest = files.signed(child, broken)
        last = files.whole(files.manifests(files.store_of(honest))[-1])
        again = files.resized(_with(parent, sound, twice), len(broken))
        forged = files.embed(honest, files.fitted(honest, again, last))
        yield Attack(f"believed: {name}, then changed again", CLAUSE, honest, forged, "ingredient.")


def _without(manifest: bytes, old: build.Assertion) -> bytes:
    box = jumbf.parse(manifest)
    return files.replaced(box, files.child(box, "c2pa.assertions", old.label))


def _elsewhere() -> Iterator[Attack]:
    """A reference that names something below a manifest, or not quite a manifest."""
    evil = Recipe(assertions=(created("digitalCapture"), model("Evil")), seal=lambda _: b"\x80")
    forged, label = evil.build(), build.label(1)
    nothing = build.ingredient()
    honest = files.signed(files.active(assertions=(nothing, files.opened(nothing))))
    for name, url in {
        "it": build.url(label),
        "its assertions": build.url(label, "c2pa.assertions"),
        "its claim": build.url(label, "c2pa.claim.v2"),
        "nothing in it": build.url(label, ""),
        "a slash twice": f"self#jumbf=/c2pa//{label}",
        "without a slash": f"self#jumbf=c2pa/{label}",
        "percent-encoded": "self#jumbf=/c2pa/" + label.replace(":", "%3A"),
        "upper case": "self#jumbf=/c2pa/" + label.upper(),
        "a relative path": f"self#jumbf={label}",
        "another store": f"self#jumbf=/other/{label}",
        "https": f"https://example.com/{label}",
    }.items():
        fields: Fields = {
            "activeManifest": {"url": url, "alg": "sha256", "hash": build.digest(forged)}
        }
        for also, more in {"": {}, " without signature": {"claimSignature": build.ABSENT}}.items():
            made = files.laundered(forged, fields=fields | more)
            title = f"believed: reference to {name}{also}"
            yield Attack(title, CLAUSE, honest, made, "", may_stand=True)


def _in_unlisted() -> Iterator[Attack]:
    """An assertion that no claim lists, or that lies outside the assertion store."""
    recipe = files.active(assertions=(created("trainedAlgorithmicMedia"),))
    honest = files.signed(replace(recipe, seal=sealed(size=9_000)))
    [manifest] = files.manifests(files.store_of(honest))
    store = files.child(manifest, "c2pa.assertions")
    parts = [files.whole(item) for item in store.superboxes]
    extra = {
        "c2pa.ai-disclosure": model("Evil"),
        "c2pa.actions": build.actions({"action": "c2pa.created"}, label="c2pa.actions"),
        "c2pa.actions.v2__1": build.actions(label="c2pa.actions.v2__1"),
    }
    for name, found in extra.items():
        for place, boxes in {
            "at the end": [*parts, found.box],
            "at the start": [found.box, *parts],
        }.items():
            changed = files.replaced(manifest, store, jumbf.refill(store, boxes))
            forged = files.embed(honest, files.fitted(honest, changed))
            yield Attack(f"believed: unlisted {name} {place}", CLAUSE, honest, forged, "undeclared")
    second = jumbf.superbox(jumbf.type_uuid("c2as"), "c2pa.assertions", [model("Evil").box])
    for name, changed in {
        "store after": jumbf.refill(manifest, [*_parts(manifest), second]),
        "store before": jumbf.refill(manifest, [second, *_parts(manifest)]),
        "assertion in the manifest": jumbf.refill(manifest, [*_parts(manifest), model("Evil").box]),
    }.items():
        forged = files.embed(honest, files.fitted(honest, changed))
        ignored = name == "assertion in the manifest"
        yield Attack(f"believed: a second {name}", CLAUSE, honest, forged, "", may_stand=ignored)


def _parts(box: jumbf.Superbox) -> list[bytes]:
    return [box.data[item.start : item.end] for item in box.children]
