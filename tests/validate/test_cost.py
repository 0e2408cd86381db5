"""What validating costs grows no faster than what is validated, whatever refers to whatever.

Counted are calls and hashed bytes, which do not depend on the machine.
"""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from aidisclose import limits
from aidisclose.codec import jumbf
from aidisclose.validate.state import State
from aidisclose.validate.verify import verify
from tests.manifest import build
from tests.manifest.build import CREATED, TRUST, Assertion, Fields, Recipe
from tests.trust.pki import NOW

EDITED: Fields = {"action": "c2pa.edited"}

SMALL = 150
#: For what does not grow in proportion, such as the heads of boxes.
SLACK = 1.15


def numbered(make: Callable[[str, int], Assertion], name: str, count: int) -> tuple[Assertion, ...]:
    return tuple(make(f"{name}__{number}", number) for number in range(1, count + 1))


def repeated(count: int) -> bytes:
    """References to one large assertion."""

    def edit(fields: Fields) -> None:
        references = fields["created_assertions"]
        assert isinstance(references, list)
        references += [references[1]] * count

    large = build.cbor("com.example", bytes(100_000))
    return build.signed(Recipe(assertions=(build.actions(), large), edit=edit))


def on_one_ingredient(count: int) -> bytes:
    """Actions that name one large ingredient."""
    parent = build.ingredient(pad=bytes(100_000))
    named = {"parameters": {"ingredients": [parent.reference]}}
    listed: list[Fields] = [{"action": "c2pa.opened", **named}]
    listed += [{"action": "c2pa.transcoded", **named}] * count
    return build.signed(Recipe(assertions=(parent, build.actions(*listed))))


def of_one_manifest(count: int) -> bytes:
    """Ingredients with the same manifest, which holds much."""
    many = numbered(build.cbor, "com.example", 20)
    before = Recipe(assertions=(build.actions(), *many)).build()
    one = build.ingredient(before, "componentOf")
    again = numbered(lambda name, _: relabelled(one, name), "c2pa.ingredient.v3", count)
    return build.signed(Recipe(number=2, assertions=(build.actions(), *again)), before)


def relabelled(assertion: Assertion, label: str) -> Assertion:
    box = jumbf.parse(assertion.box)
    content = [jumbf.box(item.type, item.content) for item in box.contents]
    return dataclasses.replace(assertion, label=label, box=jumbf.superbox(box.uuid, label, content))


def in_data_boxes(count: int) -> bytes:
    """Ingredients whose data stand in boxes beside the assertions."""

    def ingredient(label: str, number: int) -> Assertion:
        data = {"url": f"self#jumbf=c2pa.databoxes/x__{number}", "hash": b"x"}
        return build.ingredient(None, "componentOf", label=label, data=data)

    content = [item.box for item in numbered(build.cbor, "x", count)]
    boxes = jumbf.superbox(jumbf.type_uuid("c2db"), "c2pa.databoxes", content)
    assertions = (build.actions(), *numbered(ingredient, "c2pa.ingredient.v3", count))
    return build.signed(Recipe(assertions=assertions, boxes=lambda found: [*found.values(), boxes]))


def chain(count: int) -> bytes:
    """Ingredients of ingredients."""
    manifests = [Recipe().build()]
    for number in range(2, count // 2):
        parent = build.ingredient(manifests[-1], "componentOf")
        recipe = Recipe(number=number, assertions=(build.actions(), parent))
        manifests.append(recipe.build())
    return build.embed(build.store(*manifests))


def many(make: Callable[[str, int], Assertion], name: str) -> Callable[[int], bytes]:
    def data(count: int) -> bytes:
        more = numbered(make, name, count)
        return build.signed(Recipe(assertions=(build.actions(), *more)))

    return data


STORES: dict[str, Callable[[int], bytes]] = {
    "assertions": many(build.cbor, "com.example"),
    "actions assertions": many(
        lambda name, _: build.actions(EDITED, label=name), "c2pa.actions.v2"
    ),
    "actions": lambda count: build.signed(
        Recipe(assertions=(build.actions(CREATED, *[EDITED] * count),))
    ),
    "ingredients": many(
        lambda name, _: build.ingredient(None, "componentOf", label=name), "c2pa.ingredient.v3"
    ),
    "hard bindings": many(lambda name, _: build.cbor(name, {"hash": bytes(32)}), "c2pa.hash.data"),
    "original images": many(
        lambda name, _: build.cbor(name, {"type": "exif.originalPreservationImage"}),
        "c2pa.alternative-content-representation",
    ),
    "redactions": lambda count: build.signed(
        Recipe(
            claim={
                "redacted_assertions": [
                    build.url(build.label(9), "c2pa.assertions", f"x__{number}")
                    for number in range(count)
                ]
            }
        )
    ),
    "undeclared assertions": lambda count: build.signed(
        Recipe(
            assertions=(build.actions(), *numbered(build.cbor, "com.example", count)),
            claim={"created_assertions": [build.actions().reference]},
        )
    ),
    "references to one assertion": repeated,
    "actions on one ingredient": on_one_ingredient,
    "ingredients of one manifest": of_one_manifest,
    "ingredients in data boxes": in_data_boxes,
    "ingredients of ingredients": chain,
}


def cost(data: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Calls, of Python and C functions and of generators, and hashed bytes."""
    calls = hashed = 0
    real = hashlib.new

    def count_bytes(name: str, content: bytes = b"", **options: Any) -> Any:
        nonlocal hashed
        hashed += len(content)
        return real(name, content, **options)

    def count_calls(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    with monkeypatch.context() as patch:
        patch.setattr(hashlib, "new", count_bytes)
        before = sys.getprofile()
        sys.setprofile(count_calls)
        try:
            verify(data, trust=TRUST, at=NOW)
        finally:
            sys.setprofile(before)
    return calls, hashed


@pytest.mark.parametrize("name", STORES)
def test_twice_as_much_costs_twice_as_much(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = [STORES[name](count) for count in (SMALL, 2 * SMALL)]
    for item in data:
        verify(item, trust=TRUST, at=NOW)  # certificates are remembered
    (calls, hashed), (more_calls, more_hashed) = (cost(item, monkeypatch) for item in data)
    assert more_calls < 2 * SLACK * calls
    # An assertion is hashed with its manifest and on its own, and the content once.
    assert more_hashed - hashed <= 3 * (len(data[1]) - len(data[0]))


def test_what_is_known_of_a_manifest_is_not_repeated_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A thousand ingredients with one manifest of a thousand statuses would report a million."""
    data = of_one_manifest(10)
    assert verify(data, trust=TRUST, at=NOW).state is State.TRUSTED
    monkeypatch.setattr(limits, "STATUS_TEXT", 10_000)
    report = verify(data, trust=TRUST, at=NOW)
    assert {status.code for status in report.failures} == {"general.error"}
    assert "the findings take more than 10000 bytes" in report.failures[0].explanation
