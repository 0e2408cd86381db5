"""Actions assertions of both versions: what is read, and what is refused."""

from __future__ import annotations

import contextlib

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose.errors import Malformed
from aidisclose.manifest import actions, store
from aidisclose.manifest.actions import Action, Actions, SoftwareAgent
from aidisclose.manifest.uri import HashedURI
from tests.manifest import build
from tests.manifest.build import Recipe

REFERENCE = {"url": "self#jumbf=c2pa.assertions/c2pa.ingredient.v3", "hash": b"h"}
FOUND = HashedURI("self#jumbf=c2pa.assertions/c2pa.ingredient.v3", b"h")


def decode(content: object, *, label: str = "c2pa.actions.v2") -> Actions:
    recipe = Recipe(assertions=[build.cbor(label, content)])
    return actions.decode(store.parse(build.store(recipe.build())).active.assertions[label])


def one(item: dict[str, object], **fields: object) -> Action:
    [found] = decode({"actions": [{"action": "c2pa.edited", **item}], **fields}).actions
    return found


def test_an_action() -> None:
    found = one(
        {
            "digitalSourceType": build.SOURCE_TYPE,
            "softwareAgent": {"name": "SDXL", "version": "1.0"},
            "when": cbor2.CBORTag(0, "2026-01-01T00:00:00Z"),
            "parameters": {"ingredients": [REFERENCE], "name": "x"},
            "changes": [],
        }
    )
    assert found.name == "c2pa.edited"
    assert found.source_type == build.SOURCE_TYPE
    assert found.agent == SoftwareAgent(name="SDXL", version="1.0")
    assert str(found.agent) == "SDXL 1.0"
    assert found.when == "2026-01-01T00:00:00Z"
    assert found.ingredients == (FOUND,)
    assert found.parameters["name"] == "x"
    assert found.fields["changes"] == []


@pytest.mark.parametrize(
    ("label", "version"), [("c2pa.actions", 1), ("c2pa.actions.v2", 2), ("c2pa.actions.v2__1", 2)]
)
def test_versions(label: str, version: int) -> None:
    assert decode({"actions": [{"action": "a"}]}, label=label).version == version


@pytest.mark.parametrize(
    ("value", "expected"), [(True, True), (False, False), (None, None), (1, None), ("true", None)]
)
def test_whether_all_actions_are_listed(value: object, expected: bool | None) -> None:
    found = decode({"actions": [{"action": "a"}], "allActionsIncluded": value})
    assert found.all_included is expected


AGENTS = ["first", {"name": "second"}, 3]


@pytest.mark.parametrize(
    ("item", "agent"),
    [
        ({}, None),
        ({"softwareAgent": "old style"}, SoftwareAgent(name="old style")),
        ({"softwareAgent": {"name": "x", "version": 1}}, SoftwareAgent(name="x")),
        ({"softwareAgent": {"version": "1"}}, None),
        ({"softwareAgent": 7}, None),
        ({"softwareAgentIndex": 0}, SoftwareAgent(name="first")),
        ({"softwareAgentIndex": 1}, SoftwareAgent(name="second")),
        ({"softwareAgentIndex": 2}, None),
        ({"softwareAgentIndex": 3}, None),
        ({"softwareAgentIndex": -1}, None),
        ({"softwareAgentIndex": 2**64 - 1}, None),
        ({"softwareAgentIndex": True}, None),
        ({"softwareAgentIndex": "0"}, None),
        ({"softwareAgent": "own", "softwareAgentIndex": 1}, SoftwareAgent(name="own")),
    ],
)
def test_agents(item: dict[str, object], agent: SoftwareAgent | None) -> None:
    assert one(item, softwareAgents=AGENTS).agent == agent


@pytest.mark.parametrize("agents", [None, "x", {}, 7])
def test_a_list_of_agents_that_is_none(agents: object) -> None:
    assert one({"softwareAgentIndex": 0}, softwareAgents=agents).agent is None


@pytest.mark.parametrize(
    ("parameters", "ingredients"),
    [
        ({}, ()),
        ({"ingredient": REFERENCE}, (FOUND,)),
        ({"ingredients": [REFERENCE, REFERENCE]}, (FOUND, FOUND)),
        ({"ingredients": []}, ()),
        ({"ingredients": [REFERENCE], "ingredient": "ignored"}, (FOUND,)),
        ({"ingredients": None, "ingredient": REFERENCE}, (FOUND,)),
    ],
)
def test_ingredients(parameters: dict[str, object], ingredients: tuple[HashedURI, ...]) -> None:
    assert one({"parameters": parameters}).ingredients == ingredients


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([], "not a map"),
        ({}, "without actions"),
        ({"actions": []}, "without actions"),
        ({"actions": {}}, "without actions"),
        ({"actions": ["c2pa.created"]}, "without a name"),
        ({"actions": [{}]}, "without a name"),
        ({"actions": [{"action": ""}]}, "without a name"),
        ({"actions": [{"action": 1}]}, "without a name"),
        ({"actions": [{"action": "a"}, {"action": None}]}, "without a name"),
        ({"actions": [{"action": "a", "parameters": []}]}, "parameters of a are not a map"),
        ({"actions": [{"action": "a", "parameters": None}]}, "parameters of a are not a map"),
        ({"actions": [{"action": "a", "parameters": {"ingredients": {}}}]}, "not a list"),
        ({"actions": [{"action": "a", "parameters": {"ingredients": ["x"]}}]}, "hashed URI"),
        ({"actions": [{"action": "a", "parameters": {"ingredient": "x"}}]}, "hashed URI"),
    ],
)
def test_what_is_refused(content: object, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        decode(content)


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
names = st.sampled_from(
    ["action", "parameters", "softwareAgent", "softwareAgentIndex", "when", "digitalSourceType"]
)


@given(
    content=anything
    | st.fixed_dictionaries(
        {
            "actions": st.lists(st.dictionaries(names, anything), max_size=3),
            "softwareAgents": anything,
        }
    )
)
def test_arbitrary_content_raises_nothing_else(content: object) -> None:
    with contextlib.suppress(Malformed):
        assert decode(content).actions
