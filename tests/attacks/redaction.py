"""Redactions by those who may not redact (C2PA 2.5 §6.8, §14.10.3).

A claim redacts assertions of its ingredients: not its own, not of what it is an ingredient of, not
of what stands beside it.
"""

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

CLAUSE: Final = "C2PA 2.5 §6.8, §14.10.3"
_GENERATED: Final = created("trainedAlgorithmicMedia")


def blank(box: jumbf.Superbox) -> bytes:
    """What redaction leaves: the box with zeros in it."""
    contents = [jumbf.box(item.type, bytes(item.end - item.body)) for item in box.contents]
    return jumbf.refill(box, contents)


def redacted(manifest: bytes, label: str, *, keep: bool) -> bytes:
    """The manifest without what an assertion says, or without the assertion."""
    box = jumbf.parse(manifest)
    found = files.child(box, "c2pa.assertions", label)
    return files.replaced(box, found, *([blank(found)] if keep else []))


def attacks() -> Iterator[Attack]:
    """Assertions that go, because of what somebody below or beside says."""
    yield from _from_below()
    yield from _from_beside()
    yield from _of_one_s_own()


def _names(manifest: str, label: str) -> Iterator[tuple[str, str]]:
    yield "", build.url(manifest, "c2pa.assertions", label)
    yield ", without a slash", f"self#jumbf=c2pa/{manifest}/c2pa.assertions/{label}"


def _from_below() -> Iterator[Attack]:
    """An ingredient redacts what the manifest above it says."""
    for kind in ("parentOf", "componentOf", "inputTo"):
        for name, url in _names(build.label(9), "c2pa.ai-disclosure"):
            below = Recipe(
                assertions=(_GENERATED,), claim={"redacted_assertions": [url]}, seal=strange()
            ).build()
            found = files.ingredient(below, kind)
            first = files.opened(found) if kind == "parentOf" else _GENERATED
            recipe = files.active(assertions=(found, first, model("Honest")))
            honest = files.signed(replace(recipe, seal=sealed(size=9_000)), below)
            last = files.whole(files.manifests(files.store_of(honest))[-1])
            for what, keep in (("removed", False), ("blanked", True)):
                changed = redacted(last, "c2pa.ai-disclosure", keep=keep)
                forged = files.embed(honest, files.fitted(honest, below, changed))
                title = f"redaction: from below by {kind}, {what}{name}"
                yield Attack(title, CLAUSE, honest, forged, "c2pa.ai-disclosure")


def _from_beside() -> Iterator[Attack]:
    """An ingredient redacts what its sibling, or a descendant of that, says."""
    says = Recipe(number=2, assertions=(created("digitalCapture"), model("M")), seal=strange())
    said = replace(says, seal=strange(size=2_000)).build()
    for kind in ("parentOf", "componentOf"):
        url = build.url(build.label(2), "c2pa.assertions", "c2pa.ai-disclosure")
        evil = Recipe(
            assertions=(_GENERATED,), claim={"redacted_assertions": [url]}, seal=strange()
        ).build()
        other = "componentOf" if kind == "parentOf" else "parentOf"
        one = files.ingredient(said, kind)
        two = replace(
            files.ingredient(evil, other, label="c2pa.ingredient.v3__1"),
        )
        parent = one if kind == "parentOf" else two
        recipe = files.active(assertions=(one, two, files.opened(parent)))
        honest = files.signed(replace(recipe, seal=sealed(size=9_000)), said, evil)
        last = files.whole(files.manifests(files.store_of(honest))[-1])
        for what, keep in (("removed", False), ("blanked", True)):
            changed = redacted(said, "c2pa.ai-disclosure", keep=keep)
            forged = files.embed(honest, files.fitted(honest, changed, evil, last))
            yield Attack(f"redaction: of a sibling, {kind}, {what}", CLAUSE, honest, forged, "")


def _of_one_s_own() -> Iterator[Attack]:
    """A claim redacts an assertion of its own, or what must stay."""
    honest = files.signed(files.active(assertions=(_GENERATED, model("Honest"))))
    for name, url in {
        "absolute": build.url(build.label(9), "c2pa.assertions", "c2pa.ai-disclosure"),
        "relative": "self#jumbf=c2pa.assertions/c2pa.ai-disclosure",
        "without a slash": f"self#jumbf=c2pa/{build.label(9)}/c2pa.assertions/c2pa.ai-disclosure",
    }.items():
        recipe = files.active(
            assertions=(_GENERATED, model("Honest")),
            claim={"redacted_assertions": [url]},
            seal=sealed(size=9_000),
        )
        data = files.signed(recipe)
        [manifest] = files.manifests(files.store_of(data))
        changed = redacted(files.whole(manifest), "c2pa.ai-disclosure", keep=False)
        forged = files.embed(data, files.fitted(data, changed))
        yield Attack(f"redaction: of one's own, {name}", CLAUSE, honest, forged, "")
    parent = Recipe(assertions=(_GENERATED,), seal=strange(size=3_000)).build()
    for label in ("c2pa.actions.v2", "c2pa.hash.data"):
        url = build.url(build.label(1), "c2pa.assertions", label)
        recipe = replace(files.descended(parent), claim={"redacted_assertions": [url]})
        changed = redacted(parent, label, keep=False)
        child = replace(recipe, seal=sealed(size=9_000))
        forged = files.signed(child, changed)
        sound = files.signed(files.descended(parent), parent)
        yield Attack(f"redaction: of {label}", CLAUSE, sound, forged, "redacted")
