"""Manifest definitions: what is understood, what is refused, and what becomes of the actions."""

from __future__ import annotations

import json
from collections.abc import Mapping

import cbor2
import pytest

from aidisclose.codec import jumbf
from aidisclose.errors import SigningError
from aidisclose.manifest import store
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.manifest.draft import NewAssertion
from aidisclose.manifest.source_type import SOURCE_TYPES
from aidisclose.manifest.spec import Spec
from aidisclose.manifest.uri import HashedURI
from aidisclose.signing import definition
from aidisclose.signing.manifest_content import ManifestContent, from_disclosure

PARENT = HashedURI("self#jumbf=c2pa.assertions/c2pa.ingredient.v3", b"h")
INGREDIENT = {"url": PARENT.url, "hash": b"h"}
CREATED = {"action": "c2pa.created", "digitalSourceType": "http://example.com/x"}
Fields = dict[str, object]


def actions(*items: Mapping[str, object], **fields: object) -> Fields:
    return {"label": "c2pa.actions", "data": {"actions": list(items), **fields}}


def parse(*assertions: object, **fields: object) -> ManifestContent:
    """A definition, as its JSON text and as decoded: both are the same."""
    content = {"assertions": list(assertions), **fields}
    found = definition.parse(content)
    for text in (json.dumps(content), json.dumps(content).encode()):
        again = definition.parse(text)
        assert [item.label for item in again.assertions] == [
            item.label for item in found.assertions
        ]
        assert (again.title, again.generator, again.opens) == (
            found.title,
            found.generator,
            found.opens,
        )
    return found


def data(item: NewAssertion) -> object:
    return store.Assertion(jumbf.parse(item.box), "x").data


# --- assertions ---------------------------------------------------------------------------------


def test_everything_that_is_understood() -> None:
    found = parse(
        actions(CREATED),
        {"label": "com.example", "data": {"a": [1, "x", None]}, "created": True},
        {"label": "com.example", "data": {"b": 2}},
        title="a file",
        claim_generator_info=[{"name": "tool", "version": "1.0", "extra": 1}, {"name": "second"}],
        alg="es256",
        private_key="key.pem",
        sign_cert="chain.pem",
        ta_url="https://example.com",
        format="image/png",
    )
    assert found.title == "a file"
    assert found.generator == {"name": "tool", "version": "1.0", "extra": 1}
    assert [(item.label, item.created) for item in found.assertions] == [
        ("com.example", True),
        ("com.example__1", False),
    ]
    assert [data(item) for item in found.assertions] == [{"a": [1, "x", None]}, {"b": 2}]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"label": "com.example"}, store.CBOR),
        ({"label": "com.example", "kind": "Cbor"}, store.CBOR),
        ({"label": "com.example", "kind": "Json"}, store.JSON),
        ({"label": "stds.schema-org.CreativeWork"}, store.JSON),
        ({"label": "stds.schema-org.CreativeWork", "kind": "Cbor"}, store.CBOR),
        ({"label": "c2pa.metadata"}, store.JSON),
        ({"label": "com.example.metadata__2"}, store.JSON),
        ({"label": "cawg.training-mining"}, store.CBOR),
    ],
)
def test_the_encoding_of_assertions(fields: Fields, kind: bytes) -> None:
    """JSON where the specification of the assertion says so, or the definition."""
    [item] = parse(actions(CREATED), {**fields, "data": {"x": "ü"}}).assertions
    assert jumbf.parse(item.box).uuid == kind
    assert data(item) == {"x": "ü"}


def test_labels_are_numbered_anew() -> None:
    """Whatever numbers the definition has: gaps and repetitions would be two readers' guesses."""
    items = [{"label": f"com.example{ending}", "data": {}} for ending in ("__7", "", "__1", ".v2")]
    assert [item.label for item in parse(*items).assertions] == [
        "com.example",
        "com.example__1",
        "com.example__2",
        "com.example.v2",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[]", "not a JSON object"),
        ("null", "not a JSON object"),
        (b"\xff", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('{"assertions": [{"label": "x", "data": NaN}]}', "NaN is not a value of JSON"),
        ('{"title": "\\ud800"}', "not valid JSON"),
        ({"assertions": {}}, "'assertions' is not a list"),
        ({"assertions": ["x"]}, r"assertions\[0\] needs 'label' and 'data'"),
        ({"assertions": [{"label": "x"}]}, r"assertions\[0\] needs"),
        ({"assertions": [{"data": {}}]}, r"assertions\[0\] needs"),
        ({"assertions": [{"label": "", "data": {}}]}, r"assertions\[0\] needs"),
        ({"assertions": [{"label": 1, "data": {}}]}, r"assertions\[0\] needs"),
        ({"assertions": [{"label": "c2pa.hash.data", "data": {}}]}, "is made by signing"),
        ({"assertions": [{"label": "c2pa.hash.bmff.v3", "data": {}}]}, "is made by signing"),
        ({"assertions": [{"label": "c2pa.ingredient.v3__1", "data": {}}]}, "is made by signing"),
        ({"assertions": [{"label": "c2pa.claim", "data": {}}]}, "is made by signing"),
        ({"assertions": [{"label": "a/b", "data": {}}]}, "'a/b' holds a character"),
        ({"assertions": [{"label": "a\nb", "data": {}}]}, r"'a\\nb' holds a character"),
        ({"assertions": [{"label": "a#b", "data": {}}]}, "holds a character"),
        ({"assertions": [actions()]}, "'actions' is malformed"),
        ({"assertions": [{"label": "c2pa.actions", "data": []}]}, "'actions' is malformed"),
        ({"assertions": [{"label": "c2pa.actions", "data": {}}]}, "'actions' is malformed"),
        ({"assertions": [actions({"action": 1})]}, "'actions' is malformed"),
        ({"assertions": [actions(CREATED), actions(CREATED)]}, "more than one actions"),
        ({"title": 1}, "'title' is not text"),
        ({"claim_generator_info": [{}]}, "has no 'name'"),
        ({"claim_generator_info": [{"name": ""}]}, "has no 'name'"),
        ({"claim_generator_info": "tool"}, "has no 'name'"),
        ({"thumbnail": {}}, "thumbnail needs 'format'"),
        ({"thumbnail": "a.png"}, "thumbnail needs 'format'"),
        ({"claim_version": 1}, "'claim_version' is 2"),
        ({"label": "urn:c2pa:x"}, "'label' is not supported"),
        ({"metadata": [{}]}, "'metadata' is not supported"),
        ({"credentials": []}, "'credentials' is not supported"),
        ({"assertion": []}, "'assertion' is not supported"),
        ({"ingredients": [{"is_parent": True}]}, r"ingredients\[0\]: 'is_parent' is not supported"),
        ({"assertions": [{"label": "x", "data": {}, "kynd": 1}]}, "'kynd' is not supported"),
        ({"assertions": [{"label": "x", "data": {}, "kind": "Binary"}]}, "the kind 'Binary'"),
        ({"assertions": [{"label": "x", "data": {}, "kind": "Uri"}]}, "the kind 'Uri'"),
        ({"assertions": [{"label": "c2pa.thumbnail.claim", "data": {}}]}, "holds a file"),
        ({"assertions": [{"label": "c2pa.icon__1", "data": {}}]}, "holds a file"),
        ({"vendor": "a b"}, "'vendor' has at most 32"),
        ({"vendor": "a:b"}, "'vendor' has at most 32"),
        ({"vendor": "a/b"}, "'vendor' has at most 32"),
        ({"vendor": "x" * 33}, "'vendor' has at most 32"),
        ({"vendor": 1}, "'vendor' is not text"),
        ({"remote_url": 1}, "'remote_url' is not text"),
        ({"remote_url": "http://media.example/a"}, "'remote_url' is an https address"),
        ({"no_embed": "yes"}, "'no_embed' is true or false"),
        ({"intent": "update"}, "the intent 'update' is not supported"),
        ({"intent": {"create": "painting"}}, "is not supported: edit, or create"),
        ({"ingredients": [{"path": 1}]}, r"ingredients\[0\] names no file"),
        ({"ingredients": [{"path": "a\0b"}]}, r"ingredients\[0\] names no file"),
        ({"ingredient_paths": ["a\0b"]}, "ingredient_paths names no file"),
        ({"base_path": "\0"}, "'base_path' is not a path"),
        ({"assertions": [actions({**CREATED, "softwareAgent": {"icon": 1}})]}, "needs 'format'"),
    ],
)
def test_what_is_refused(content: object, message: str) -> None:
    with pytest.raises(SigningError, match=f"^manifest definition: .*{message}"):
        definition.parse(content)  # type: ignore[arg-type]


def test_what_no_json_holds_is_the_callers_mistake() -> None:
    for label in ("com.example", "c2pa.metadata"):
        with pytest.raises(TypeError):
            definition.parse({"assertions": [{"label": label, "data": object()}]})


# --- actions ------------------------------------------------------------------------------------


def write(found: ManifestContent, parent: HashedURI | None = None) -> Fields:
    return found.write_actions(parent, {})


@pytest.mark.parametrize(
    ("items", "opens"),
    [
        ([CREATED], False),
        ([CREATED, {"action": "c2pa.edited"}], False),
        ([{"action": "c2pa.opened"}], True),
        ([{"action": "c2pa.edited"}], True),
        ([{"action": "com.example.blessed"}], True),
    ],
)
def test_what_is_not_created_is_opened(items: list[Fields], opens: bool) -> None:
    assert parse(actions(*items)).opens is opens


def test_without_actions_the_source_is_opened() -> None:
    found = parse()
    assert found.opens
    assert write(found, PARENT) == {
        "actions": [{"action": "c2pa.opened", "parameters": {"ingredients": [INGREDIENT]}}],
    }
    assert write(found) == {"actions": []}


def test_what_was_created_is_written_as_it_is() -> None:
    found = parse(actions(CREATED, {"action": "c2pa.edited", "parameters": {"x": 1}}))
    assert write(found) == {
        "actions": [CREATED, {"action": "c2pa.edited", "parameters": {"x": 1}}],
    }


@pytest.mark.parametrize("value", [True, False])
def test_whether_all_actions_are_listed_is_kept(value: bool) -> None:
    assert write(parse(actions(CREATED, allActionsIncluded=value)))["allActionsIncluded"] is value


def test_other_fields_of_the_assertion_are_kept() -> None:
    agents = [{"name": "SDXL"}]
    found = parse(actions({**CREATED, "softwareAgentIndex": 0}, softwareAgents=agents))
    assert write(found)["softwareAgents"] == agents


@pytest.mark.parametrize(
    "parameters",
    [{}, {"ingredientIds": ["p"]}, {"ingredients": ["p"]}, {"ingredientIds": ["p"], "x": 1}],
)
def test_opened_refers_to_the_parent(parameters: Fields) -> None:
    """Whatever the definition calls it: there is only one."""
    found = parse(
        actions({"action": "c2pa.opened", "parameters": parameters}, {"action": "c2pa.edited"})
    )
    kept = {"x": 1} if "x" in parameters else {}
    assert write(found, PARENT)["actions"] == [
        {"action": "c2pa.opened", "parameters": {**kept, "ingredients": [INGREDIENT]}},
        {"action": "c2pa.edited"},
    ]


def test_opened_is_put_in_front_of_what_was_done_then() -> None:
    assert write(parse(actions({"action": "c2pa.edited"})), PARENT)["actions"] == [
        {"action": "c2pa.opened", "parameters": {"ingredients": [INGREDIENT]}},
        {"action": "c2pa.edited"},
    ]


def test_what_has_a_parent_was_not_created() -> None:
    found = parse(actions(CREATED))
    with pytest.raises(SigningError, match=r"begins with c2pa\.created"):
        write(found, PARENT)


def test_writing_twice_gives_the_same() -> None:
    found = parse(actions({"action": "c2pa.opened"}, {"action": "c2pa.edited"}))
    assert write(found, PARENT) == write(found, PARENT)


def test_times_become_cbor_dates() -> None:
    found = parse(actions({**CREATED, "when": "2026-01-01T00:00:00Z"}))
    listed = write(found)["actions"]
    assert isinstance(listed, list)
    assert listed[0]["when"] == cbor2.CBORTag(0, "2026-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "item",
    [
        {"parameters": {"ingredientIds": ["a"], "instanceId": "b"}},
        {"parameters": {"org.cai.ingredientIds": ["a"]}},
        {"parameters": {"instanceId": "a"}},
        {"parameters": {"ingredientIds": [], "instanceId": "a"}},
        {"instanceId": "a"},
        {"instanceId": "a", "parameters": {}},
    ],
)
def test_every_way_to_name_an_ingredient(item: Fields) -> None:
    """Older ways are understood; none of them is written."""
    found = parse(actions(CREATED, {"action": "c2pa.placed", **item}))
    listed = found.write_actions(None, {"a": PARENT, "b": PARENT})["actions"]
    assert listed == [
        CREATED,
        {"action": "c2pa.placed", "parameters": {"ingredients": [INGREDIENT]}},
    ]
    with pytest.raises(SigningError, match="no ingredient is called 'a'"):
        write(found)


@pytest.mark.parametrize("named", [1, [1], ["a", None], {"a": 1}])
def test_an_ingredient_is_named_by_text(named: object) -> None:
    found = parse(actions(CREATED, {"action": "c2pa.x", "parameters": {"ingredientIds": named}}))
    with pytest.raises(SigningError, match=r"c2pa\.x names an ingredient by something else"):
        write(found)


def test_what_is_older_is_written_as_it_is_now() -> None:
    """A name of an agent, and a source type by its term."""
    item = {"action": "c2pa.created", "softwareAgent": "SDXL", "digitalSourceType": "humanEdits"}
    assert write(parse(actions(item)))["actions"] == [
        {
            "action": "c2pa.created",
            "softwareAgent": {"name": "SDXL"},
            "digitalSourceType": SOURCE_TYPES["humanEdits"].uri,
        }
    ]


def test_an_intent_to_create_begins_the_actions() -> None:
    term = SOURCE_TYPES["digitalCapture"].uri
    created = {"action": "c2pa.created", "digitalSourceType": term}
    for named in (term, "digitalCapture"):
        found = parse(intent={"create": named})
        assert not found.opens
        assert write(found) == {"actions": [created]}
    found = parse(actions({"action": "c2pa.cropped"}), intent={"create": term})
    assert write(found)["actions"] == [created, {"action": "c2pa.cropped"}]
    assert write(parse(actions(CREATED), intent={"create": term}))["actions"] == [CREATED]


def test_an_intent_to_edit_opens() -> None:
    assert parse(intent="edit").opens


def test_what_is_null_is_absent() -> None:
    found = parse(actions(CREATED), title=None, thumbnail=None, redactions=None, ingredients=None)
    assert (found.title, found.redactions, found.components) == (None, (), ())


def test_where_the_store_goes() -> None:
    found = parse(remote_url="https://media.example/a", no_embed=True, vendor="acme")
    assert (found.remote, found.embeds, found.vendor) == ("https://media.example/a", False, "acme")
    assert (parse().remote, parse().embeds, parse().vendor) == (None, True, "")


# --- disclosures --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "declared"), [(Spec.V2_2, False), (Spec.V2_4, True), (Spec.V2_5, True)]
)
def test_a_model_is_declared_since_it_can_be(spec: Spec, declared: bool) -> None:
    item = Disclosure(ai="generated", model="SDXL")
    found = from_disclosure(item, when="2026-01-01T00:00:00Z", spec=spec)
    assert ("c2pa.ai-disclosure" in [each.label for each in found.assertions]) is declared
    assert found.opens is item.opens


def _edited() -> ManifestContent:
    item = Disclosure(ai="edited")
    return from_disclosure(item, when="2026-01-01T00:00:00Z", spec=Spec.V2_4)


def test_a_disclosure_writes_its_actions() -> None:
    found = _edited()
    assert found.opens
    listed = write(found, PARENT)["actions"]
    assert isinstance(listed, list)
    assert [action["action"] for action in listed] == ["c2pa.opened", "c2pa.edited"]


def test_salts_differ() -> None:
    """Two files with the same declaration cannot be told to have it by a hash."""
    items = [parse({"label": "com.example", "data": {}}).assertions[0].box for _ in range(2)]
    assert items[0] != items[1]
