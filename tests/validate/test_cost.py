"""What validating costs grows no faster than what is validated, whatever refers to whatever.

Counted are calls and hashed bytes, which do not depend on the machine.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from aidisclose import limits
from aidisclose.codec import cbor, jumbf
from aidisclose.containers import read_store
from aidisclose.io.source import BytesSource
from aidisclose.manifest import lineage, store
from aidisclose.validate.identity import IdentityStanding
from aidisclose.validate.state import State
from aidisclose.validate.verify import verify
from tests.identity import test_codes as identities
from tests.manifest import build
from tests.manifest.build import CREATED, PNG, TRUST, Assertion, Fields, Recipe
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


def below_a_chain(count: int) -> bytes:
    """References to one manifest, from one that others lie above."""
    last = Recipe(seal=unsigned).build()
    one = build.ingredient(last, "componentOf")
    again = numbered(lambda name, _: relabelled(one, name), "c2pa.ingredient.v3", count)
    manifests = [Recipe(number=2, assertions=(build.actions(), *again), seal=unsigned).build()]
    for number in range(3, count):
        parent = build.ingredient(manifests[-1], "componentOf")
        recipe = Recipe(number=number, assertions=(build.actions(), parent), seal=unsigned)
        manifests.append(recipe.build())
    return build.embed(build.store(last, *manifests))


def unsigned(_claim: bytes) -> bytes:
    """No signature: to check it would cost more than what is counted here."""
    return b"\0"


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


def calls_of(run: Callable[[], object]) -> int:
    """Calls of Python and C functions and of generators."""
    calls = 0

    def count_calls(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count_calls)
    try:
        run()
    finally:
        sys.setprofile(before)
    return calls


def cost(data: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Calls of all kinds, and hashed bytes."""
    hashed = 0
    real = hashlib.new

    def count_bytes(name: str, content: bytes = b"", **options: Any) -> Any:
        nonlocal hashed
        hashed += len(content)
        return real(name, content, **options)

    with monkeypatch.context() as patch:
        patch.setattr(hashlib, "new", count_bytes)
        calls = calls_of(lambda: verify(data, trust=TRUST, at=NOW))
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


def test_references_cost_the_same_whatever_lies_above_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "CBOR_UNCOUNTED", limits.CBOR_VALUES)  # of neither file
    calls = []
    for count in (SMALL, 2 * SMALL):
        source = BytesSource(below_a_chain(count))
        [place] = PNG.scan(source).stores
        parsed = store.parse(bytes(read_store(source, place)))
        calls.append(calls_of(functools.partial(lineage.trace, parsed)))
    assert calls[1] < 2 * SLACK * calls[0]


#: A list of empty lists that is too short by one: it is read to its end.
CUT_OFF = b"\x9a\x00\x00\xc3\x51" + b"\x80" * 50_000


def claims(count: int) -> bytes:
    """Manifests whose claims hold much, one made from another."""
    many: Fields = {"com.example": [[]] * 50_000}
    manifests = [Recipe(claim=many, seal=unsigned).build()]
    for number in range(2, count + 1):
        parent = build.ingredient(manifests[-1], "componentOf")
        recipe = Recipe(
            number=number, assertions=(build.actions(), parent), claim=many, seal=unsigned
        )
        manifests.append(recipe.build())
    return build.embed(build.store(*manifests))


@pytest.mark.parametrize(
    "make",
    [
        many(lambda name, _: build.cbor(name, CUT_OFF), "com.example"),
        many(lambda name, _: build.cbor(name, CUT_OFF + b"\x80"), "com.example"),
        claims,
    ],
)
def test_no_more_values_are_counted_than_a_file_may_hold(
    make: Callable[[int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong in what is counted, and however often it is asked for."""
    heads = 0
    real = cbor._head

    def count(data: bytes, position: int) -> tuple[int, int | None, int]:
        nonlocal heads
        heads += 1
        return real(data, position)

    monkeypatch.setattr(cbor, "_head", count)
    monkeypatch.setattr(limits, "CBOR_UNCOUNTED", 1_000)
    monkeypatch.setattr(limits, "CBOR_VALUES", 120_000)
    report = verify(make(20), trust=TRUST, at=NOW)
    assert report.state is State.INVALID
    assert 100_000 < heads < 200_000


def test_a_credential_about_an_actor_holds_no_more_than_the_file_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its JSON stands in a signature, in an assertion: neither counts what is in there."""
    made = identities.credential(more=[[]] * 3_000)
    data = identities.by_credential(made, size=20_000)
    assert verify(data, trust=TRUST, at=NOW).identities[0].standing is IdentityStanding.VALID
    monkeypatch.setattr(limits, "CBOR_VALUES", 3_000)
    [found] = verify(data, trust=TRUST, at=NOW).identities
    assert found.standing is IdentityStanding.INVALID


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
