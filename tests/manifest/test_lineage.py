"""The lineage of a store: what stands there, by which hashes it holds, and what is believed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from aidisclose.codec import jumbf
from aidisclose.manifest import declared, lineage, store
from aidisclose.manifest.lineage import Believed, BelievedIngredient, Edge, Lineage, Pin, Step
from aidisclose.manifest.store import Manifest, Store
from tests.manifest import build
from tests.manifest.build import Assertion, Recipe

SECRET = build.cbor("com.example.secret", {"name": "somebody"})
NOTE = build.cbor("com.example.note", {"text": "as signed"})
FORGED = build.cbor("com.example.note", {"text": "as forged"})


def made(number: int, *assertions: Assertion, redacts: tuple[str, ...] = (), **more: str) -> bytes:
    """A manifest; all have the same signature, whatever they say."""
    return Recipe(
        number=number,
        assertions=(build.actions(), *assertions),
        claim={"redacted_assertions": list(redacts)} if redacts else {},
        seal=lambda _: b"a signature",
        code=more.get("code", "c2ma"),
    ).build()


def secret_of(number: int) -> str:
    return build.url(build.label(number), "c2pa.assertions", SECRET.label)


def blanked(manifest: bytes) -> bytes:
    """The manifest with nothing left of its secret."""
    content = jumbf.parse(SECRET.box).content_box(b"cbor")
    assert content is not None
    return manifest.replace(content.content, bytes(len(content.content)))


def trace(*manifests: bytes) -> tuple[Store, Lineage]:
    parsed = store.parse(build.store(*manifests))
    return parsed, lineage.trace(parsed)


def believe(*manifests: bytes, but: tuple[int, ...] = ()) -> Believed | None:
    """What is believed if all signatures hold, but those of some manifests."""
    parsed, found = trace(*manifests)
    verified = parsed.manifests.keys() - {build.label(number) for number in but}
    return lineage.believe(found, parsed.active.label, verified=verified)


def edge(found: Lineage, number: int) -> Edge:
    """The only ingredient of a manifest."""
    (only,) = found.nodes[build.label(number)].edges
    return only


def labels(found: Believed | None) -> list[str]:
    assert found is not None
    return [item.label for item in found.assertions]


# --- by which hash a reference holds --------------------------------------------------------------


def test_a_manifest_is_held_by_its_hash() -> None:
    child = made(1, NOTE)
    found = edge(trace(child, made(2, build.ingredient(child)))[1], 2)
    assert (found.pin, found.is_unchanged, found.is_redacted) == (Pin.MANIFEST, True, False)


def test_the_signature_box_does_not_hold_a_manifest_that_nobody_redacted() -> None:
    """Or anybody could put another manifest around the same signature box."""
    parent = made(2, build.ingredient(made(1, NOTE)))
    found = edge(trace(made(1, FORGED), parent)[1], 2)
    assert (found.pin, found.is_unchanged) == (Pin.NONE, False)
    believed = believe(made(1, FORGED), parent)
    assert believed is not None
    assert [item.manifest for item in believed.ingredients] == [None]


def test_the_signature_box_holds_a_manifest_that_was_redacted() -> None:
    child = made(1, SECRET, NOTE)
    parent = made(2, build.ingredient(child), redacts=(secret_of(1),))
    found = edge(trace(blanked(child), parent)[1], 2)
    assert (found.pin, found.is_redacted, found.is_unchanged) == (Pin.CLAIM_SIGNATURE, True, False)
    believed = believe(blanked(child), parent)
    assert believed is not None
    assert SECRET.label not in labels(believed.ingredients[0].manifest)
    assert NOTE.label in labels(believed.ingredients[0].manifest)


@pytest.mark.parametrize(
    "reference",
    [
        {"url": build.url(build.label(1), "c2pa.assertions", "c2pa.signature")},
        {"url": build.url(build.label(1), "x", "c2pa.signature")},
        {"url": build.url(build.label(9), "c2pa.signature")},
        {"url": "self#jumbf=c2pa.signature"},
        {"hash": bytes(32)},
        {"alg": "md5"},
    ],
)
def test_only_the_signature_box_of_the_manifest_itself_holds_it(
    reference: dict[str, object],
) -> None:
    child = made(1, SECRET)
    honest = edge(trace(child, made(2, build.ingredient(child)))[1], 2).ingredient.claim_signature
    assert honest is not None
    changed = build.ingredient(child, claimSignature=honest.encode() | reference)
    parent = made(2, changed, redacts=(secret_of(1),))
    assert edge(trace(blanked(child), parent)[1], 2).pin is Pin.NONE


def test_a_box_that_is_called_a_signature_deeper_down_is_a_decoy() -> None:
    decoy = jumbf.superbox(
        jumbf.type_uuid("c2cs"), "c2pa.signature", [jumbf.box(b"cbor", b"a decoy")]
    )
    nest = jumbf.superbox(jumbf.type_uuid("c2ma"), "x", [decoy])
    recipe = Recipe(boxes=lambda boxes: [nest, boxes["c2pa.claim.v2"], boxes["c2pa.assertions"]])
    assert store.parse(build.store(recipe.build())).active.signature_box is None


@pytest.mark.parametrize(("version", "pin"), [(1, Pin.CLAIM), (2, Pin.NONE)])
def test_only_old_claims_hold_a_manifest_by_its_claim(version: int, pin: Pin) -> None:
    child = made(1)
    content = store.parse(build.store(child)).active.claim_content
    digest = hashlib.sha256(content).digest()
    reference = {"url": build.url(build.label(1)), "hash": digest}
    link = build.ingredient(None, label="c2pa.ingredient", c2pa_manifest=reference)
    parent = Recipe(number=2, version=version, assertions=(build.actions(), link)).build()
    assert edge(trace(child, parent)[1], 2).pin is pin


@pytest.mark.parametrize("path", [("c2pa.assertions",), ("c2pa.signature",), ("x", "y"), ("",)])
def test_a_reference_to_a_part_of_a_manifest_is_followed_by_nothing(path: tuple[str, ...]) -> None:
    child = made(1, NOTE)
    reference = {"url": build.url(build.label(1), *path), "hash": build.digest(child)}
    parent = made(2, build.ingredient(child, activeManifest=reference))
    parsed, found = trace(child, parent)
    assert edge(found, 2).manifest is None
    assert lineage.target(parsed, edge(found, 2).ingredient) is None
    assert build.label(1) not in found.nodes


# --- who redacts what -----------------------------------------------------------------------------


def test_an_ingredient_takes_nothing_away_from_what_is_above_or_beside_it() -> None:
    sibling = made(1, SECRET)
    thief = made(2, redacts=(secret_of(1), secret_of(3)))
    whole = made(
        3, build.ingredient(sibling), build.ingredient(thief, label="c2pa.ingredient.v3__1"), SECRET
    )
    _, found = trace(sibling, thief, whole)
    assert found.redacted == frozenset()
    assert SECRET.label in found.nodes[build.label(3)].intact
    assert SECRET.label in found.nodes[build.label(1)].intact


def test_a_claim_does_not_redact_its_own_assertions() -> None:
    _, found = trace(made(1, SECRET, redacts=(secret_of(1),)))
    assert found.redacted == frozenset()
    assert SECRET.label in found.nodes[build.label(1)].intact


def test_a_claim_redacts_in_the_ingredients_of_its_ingredients() -> None:
    grandchild = made(1, SECRET)
    child = made(2, build.ingredient(grandchild))
    _, found = trace(grandchild, child, made(3, build.ingredient(child), redacts=(secret_of(1),)))
    assert found.redacted == {secret_of(1)}
    assert SECRET.label not in found.nodes[build.label(1)].intact
    assert edge(found, 2).pin is Pin.CLAIM_SIGNATURE
    assert edge(found, 3).pin is Pin.MANIFEST


def test_what_a_claim_below_redacted_is_no_reason_to_look_at_signatures_only() -> None:
    """It had been redacted when the reference above was made, so its hash has to match."""
    shared = made(1, SECRET)
    child = made(2, build.ingredient(shared), redacts=(secret_of(1),))
    whole = made(
        3, build.ingredient(child), build.ingredient(shared, label="c2pa.ingredient.v3__1")
    )
    _, found = trace(blanked(shared), child, whole)
    first, second = found.nodes[build.label(3)].edges
    assert first.pin is Pin.MANIFEST
    assert (second.pin, second.is_redacted) == (Pin.NONE, False)


def test_a_redacted_ingredient_leads_nowhere() -> None:
    grandchild = made(1)
    link = build.ingredient(grandchild)
    child = made(2, link)
    gone = build.url(build.label(2), "c2pa.assertions", link.label)
    _, found = trace(grandchild, child, made(3, build.ingredient(child), redacts=(gone,)))
    assert found.nodes[build.label(2)].edges == ()


# --- what is believed -----------------------------------------------------------------------------


def test_nothing_is_believed_without_the_signature_of_the_active_manifest() -> None:
    child = made(1)
    assert believe(child, made(2, build.ingredient(child)), but=(2,)) is None


def test_nothing_is_believed_below_a_signature_that_does_not_hold() -> None:
    grandchild = made(1)
    child = made(2, build.ingredient(grandchild))
    whole = (grandchild, child, made(3, build.ingredient(child)))
    found = believe(*whole)
    assert found is not None
    assert [step.manifest.label for step in found.walk()] == [build.label(n) for n in (3, 2, 1)]
    found = believe(*whole, but=(2,))
    assert found is not None
    assert [step.manifest.label for step in found.walk()] == [build.label(3)]


def test_an_assertion_with_another_hash_is_not_believed() -> None:
    child = made(1, NOTE)
    altered = child.replace(b"as signed", b"as forged")
    assert altered != child
    found = believe(altered, made(2, build.ingredient(altered)))
    assert found is not None
    assert labels(found.ingredients[0].manifest) == ["c2pa.actions.v2", "c2pa.hash.data"]


def test_an_assertion_that_the_claim_does_not_list_is_not_believed() -> None:
    recipe = Recipe(
        assertions=(build.actions(), NOTE),
        edit=lambda fields: fields.update(
            created_assertions=[build.actions().reference],
        ),
    )
    assert labels(believe(recipe.build())) == ["c2pa.actions.v2"]


def test_a_reference_that_does_not_hold_leads_nowhere_though_another_does() -> None:
    shared = made(1, NOTE)
    liar = made(2, build.ingredient(made(1, FORGED)))
    whole = made(3, build.ingredient(shared), build.ingredient(liar, label="c2pa.ingredient.v3__1"))
    found = believe(shared, liar, whole)
    assert found is not None
    first, second = (item.manifest for item in found.ingredients)
    assert first is not None
    assert second is not None
    assert [item.manifest for item in second.ingredients] == [None]


def test_the_signer_makes_what_is_created_and_neither_gathered_nor_redacted() -> None:
    gathered = build.cbor("com.example.gathered", {}, gathered=True)
    child = made(1, SECRET, gathered)
    found = believe(blanked(child), made(2, build.ingredient(child), redacts=(secret_of(1),)))
    assert found is not None
    below = found.ingredients[0].manifest
    assert below is not None
    assert below.created == {"c2pa.actions.v2", "c2pa.hash.data"}
    assert gathered.label in labels(below)


def test_a_manifest_that_two_refer_to_is_walked_once() -> None:
    shared = made(1)
    left, right = made(2, build.ingredient(shared)), made(3, build.ingredient(shared))
    whole = made(4, build.ingredient(left), build.ingredient(right, label="c2pa.ingredient.v3__1"))
    found = believe(shared, left, right, whole)
    assert found is not None
    assert [(step.manifest.label, step.depth) for step in found.walk()] == [
        (build.label(number), depth) for number, depth in ((4, 0), (2, 1), (3, 1), (1, 2))
    ]


def test_circles_end() -> None:
    def refer(number: int) -> Assertion:
        reference = {"url": build.url(build.label(number)), "hash": bytes(32)}
        return build.ingredient(None, "parentOf", activeManifest=reference, validationResults={})

    circle = [made(n, refer(1 + n % 3), code="c2um") for n in (1, 2, 3)]
    found = believe(*circle)
    assert found is not None
    assert [step.manifest.label for step in found.walk()] == [build.label(3)]
    assert trace(*circle)[1].subject is None


# --- update manifests -----------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_updates_lead_to_the_manifest_that_they_update(depth: int) -> None:
    manifests = [made(1, NOTE)]
    for number in range(2, 2 + depth):
        manifests.append(made(number, build.ingredient(manifests[-1]), code="c2um"))
    found = trace(*manifests)[1]
    assert [node.manifest.label for node in found.bound] == [
        build.label(number) for number in range(1 + depth, 0, -1)
    ]
    assert found.subject is not None
    assert found.subject.manifest.label == build.label(1)
    believed = believe(*manifests)
    assert believed is not None
    assert believed.subject.label == build.label(1)


BASE = made(1, NOTE)


@pytest.mark.parametrize(
    "parents",
    [
        pytest.param(lambda: (), id="none"),
        pytest.param(lambda: (build.ingredient(BASE, "componentOf"),), id="a component"),
        pytest.param(lambda: (build.ingredient(made(1, FORGED)),), id="changed"),
        pytest.param(lambda: (build.ingredient(None),), id="without a manifest"),
        pytest.param(
            lambda: (
                build.ingredient(BASE),
                build.ingredient(BASE, label="c2pa.ingredient.v3__1"),
            ),
            id="two",
        ),
    ],
)
def test_an_update_that_does_not_lead_to_one_manifest_is_about_nothing(
    parents: Callable[[], tuple[Assertion, ...]],
) -> None:
    assert trace(BASE, made(2, *parents(), code="c2um"))[1].subject is None


# --- types ----------------------------------------------------------------------------------------


def refused_by_mypy(parsed: Store, manifest: Manifest, found: Edge) -> None:
    """Never called. Mypy, which is strict, reports an ignore here as unused once it is not needed:
    as soon as what only stands there passes for what is believed.
    """
    declared.read(manifest, parsed)  # type: ignore[arg-type]
    Step(manifest, is_parent=True, depth=0)  # type: ignore[arg-type]
    BelievedIngredient(found.ingredient, manifest)  # type: ignore[arg-type]
    Step(parsed.active, is_parent=True, depth=0)  # type: ignore[arg-type]


def _without_claim(boxes: dict[str, bytes]) -> list[bytes]:
    return [box for name, box in boxes.items() if not name.startswith("c2pa.claim")]


def _claim_in_json(boxes: dict[str, bytes]) -> list[bytes]:
    claim = jumbf.superbox(jumbf.type_uuid("c2cl"), "c2pa.claim", [jumbf.box(b"json", b"{}")])
    return [claim, *_without_claim(boxes)]


@pytest.mark.parametrize("boxes", [_without_claim, _claim_in_json])
def test_a_manifest_without_a_claim_is_not_held_by_it(
    boxes: Callable[[dict[str, bytes]], list[bytes]],
) -> None:
    child = Recipe(boxes=boxes, seal=lambda _: b"a signature").build()
    reference = {"url": build.url(build.label(1)), "hash": hashlib.sha256(b"{}").digest()}
    link = build.ingredient(None, label="c2pa.ingredient", c2pa_manifest=reference)
    parent = Recipe(number=2, version=1, assertions=(build.actions(), link)).build()
    assert edge(trace(child, parent)[1], 2).pin is Pin.NONE


@pytest.mark.parametrize(("alg", "pin"), [("sha384", Pin.CLAIM_SIGNATURE), ("sha256", Pin.NONE)])
def test_a_reference_without_an_algorithm_has_that_of_the_claim(alg: str, pin: Pin) -> None:
    child = made(1, SECRET)
    box = store.parse(build.store(child)).active.signature_box
    assert box is not None
    url = build.url(build.label(1), "c2pa.signature")
    link = build.ingredient(
        child,
        claimSignature={"url": url, "hash": hashlib.sha384(box.data[box.body : box.end]).digest()},
    )

    def named(claim: dict[str, Any]) -> None:
        for each in claim["created_assertions"]:
            each["alg"] = "sha256"

    parent = Recipe(
        number=2,
        assertions=(build.actions(), link),
        claim={"alg": alg, "redacted_assertions": [secret_of(1)]},
        edit=named,
    ).build()
    assert edge(trace(blanked(child), parent)[1], 2).pin is pin


def test_assertions_are_found_by_their_kind() -> None:
    again = build.cbor("com.example.note__1", {"text": "again"})
    found = believe(made(1, NOTE, SECRET, again))
    assert found is not None
    assert [item.label for item in found.named("com.example.note")] == [NOTE.label, again.label]
    assert found.named("com.example") == ()


def test_an_ingredient_that_is_not_there_has_no_pin() -> None:
    found = edge(trace(made(2, build.ingredient(made(1))))[1], 2)
    assert (found.manifest, found.pin) == (None, Pin.NONE)


@pytest.mark.parametrize(("alg", "pin"), [("sha384", Pin.MANIFEST), ("sha512", Pin.NONE)])
def test_a_reference_has_an_algorithm_of_its_own(alg: str, pin: Pin) -> None:
    child = made(1)
    box = store.parse(build.store(child)).active.box
    digest = hashlib.sha384(box.data[box.body : box.end]).digest()
    reference = {"url": build.url(build.label(1)), "hash": digest, "alg": alg}
    parent = made(2, build.ingredient(child, activeManifest=reference))
    assert edge(trace(child, parent)[1], 2).pin is pin


@pytest.mark.parametrize("order", [(2, 3), (3, 2)])
def test_of_several_ways_to_a_manifest_each_may_redact(order: tuple[int, int]) -> None:
    shared = made(1, SECRET)
    ways = [
        made(
            number,
            build.ingredient(shared, "componentOf"),
            redacts=(secret_of(1),) if number == 2 else (),
        )
        for number in order
    ]
    parts = [
        build.ingredient(way, "componentOf", label=f"c2pa.ingredient.v3__{at}")
        for at, way in enumerate(ways, 1)
    ]
    _, found = trace(shared, *ways, made(9, *parts))
    node = found.nodes[build.label(1)]
    assert node.redacted == {secret_of(1)}
    assert SECRET.label not in node.intact
