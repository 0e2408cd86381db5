"""What goes into a manifest besides its hard binding: from a disclosure or a manifest definition.

The manifest definition is the JSON file that users of the reference implementation's tool have.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from aidisclose import limits
from aidisclose.codec import cbor
from aidisclose.errors import SigningError
from aidisclose.manifest import actions, ingredient, label
from aidisclose.manifest.actions import CREATED, OPENED
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.manifest.draft import NewAssertion, cbor_assertion, file_assertion, json_assertion
from aidisclose.manifest.uri import HashedURI
from aidisclose.signing import disclosing

ACTIONS: Final = "c2pa.actions.v2"
_THUMBNAIL: Final = "c2pa.thumbnail.claim"
_INGREDIENT_THUMBNAIL: Final = "c2pa.thumbnail.ingredient"
#: How `components` calls them.
_INPUT: Final = f"{ingredient.INPUT_TO}:"
_PLACED: Final = f"{ingredient.COMPONENT_OF}:"
#: Written by the signing itself: a definition that brings its own would contradict the file.
_OURS: Final = ("c2pa.hash.", "c2pa.claim", "c2pa.signature")
#: Assertions that are JSON by their specification; everything else of C2PA is CBOR.
_JSON: Final = ("stds.", ".metadata")


class Component(NamedTuple):
    """A file that an asset was made from.

    Attributes:
        path: Where it is.
        relationship: `parentOf`, `componentOf` or `inputTo`.
        identifier: What actions call it.
        fields: Of its ingredient assertion, such as `dc:title`.
    """

    path: Path
    relationship: str = ingredient.COMPONENT_OF
    identifier: str = ""
    fields: tuple[tuple[str, object], ...] = ()

    @property
    def about(self) -> tuple[str, dict[str, object]]:
        """Its relationship, and the fields of its ingredient assertion."""
        return self.relationship, {"dc:title": self.path.name, **dict(self.fields)}


def components(named: Iterable[tuple[Path, str]]) -> tuple[Component, ...]:
    """Files by their relationship, with identifiers that a disclosure understands.

    Raises:
        ValueError: A relationship is unknown.
    """
    found: list[Component] = []
    for number, (path, relationship) in enumerate(named):
        if relationship not in ingredient.RELATIONSHIPS:
            known = ", ".join(ingredient.RELATIONSHIPS)
            raise ValueError(f"a relationship is one of {known}, not {relationship!r}")
        found.append(Component(path, relationship, f"{relationship}:{number}"))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """The content of a manifest that does not depend on the asset's bytes.

    Attributes:
        opens: Whether the source is opened as the parent even if it carries no credentials.
        write_actions: The content of the actions assertion, given the reference to the parent, if
            there is one, and the references to the other ingredients by their identifier.
        assertions: All other assertions.
        ingredients: Fields of ingredients that have no file, by their identifier.
        components: Ingredients with a file.
        title: Name of the asset; None takes the file's.
        generator: Fields of `claim_generator_info` instead of ours.
    """

    opens: bool
    write_actions: Callable[[HashedURI | None, dict[str, HashedURI]], dict[str, object]]
    assertions: tuple[NewAssertion, ...] = ()
    ingredients: dict[str, dict[str, object]] = field(default_factory=dict)
    components: tuple[Component, ...] = ()
    title: str | None = None
    generator: dict[str, object] = field(default_factory=dict)


def from_disclosure(
    disclosure: Disclosure, *, when: str, spec: tuple[int, int], carriers: Iterable[str] = ()
) -> Definition:
    """A definition that declares exactly this.

    Arguments:
        disclosure: What to declare.
        when: RFC 3339 date and time.
        spec: Version of the specification.
        carriers: Other carriers that say it too, such as `xmp`.

    Raises:
        ValueError: This version of the specification cannot say it.
    """
    disclosure.check_spec(spec)
    # Of a watermark without a soft binding, nothing in the file shows that it is there.
    is_marked = disclosure.watermark is not None and disclosure.watermark.is_bound
    indirect = ["c2pa", *carriers, *(["watermark"] if is_marked else [])]
    inputs = disclosing.inputs(disclosure)

    def write_actions(parent: HashedURI | None, others: dict[str, HashedURI]) -> dict[str, object]:
        names = {item.name for item in inputs}
        given = [uri for name, uri in others.items() if name in names or name.startswith(_INPUT)]
        placed = [uri for name, uri in others.items() if name.startswith(_PLACED)]
        return disclosure.write_actions(
            parent=parent, when=when, inputs=given, placed=placed, spec=spec
        )

    data = (assertion for item in inputs for assertion in item.assertions)
    own = disclosing.assertions(disclosure, spec=spec, indirect=indirect)
    return Definition(
        opens=disclosure.opens,
        write_actions=write_actions,
        assertions=(*data, *own),
        ingredients={item.name: item.fields for item in inputs},
    )


def parse(text: bytes | str | dict[str, object], *, base: Path | None = None) -> Definition:
    """A definition from the JSON of a manifest definition file.

    Understood are `title`, `claim_generator_info`, `assertions` with `label`, `data`, `kind` and
    `created`, `thumbnail` and `ingredients` with files that they refer to, `ingredient_paths` and
    `base_path`. Actions name ingredients by `parameters.ingredientIds`. Keys that name credentials
    (`alg`, `private_key`, `sign_cert`, `ta_url`) are left to the signer. `date-time` values of
    actions are written as CBOR dates.

    Arguments:
        text: JSON, or what it decodes to.
        base: The folder that paths are relative to.

    Raises:
        SigningError: It is not JSON, or holds something that cannot be written; the message names
            the key.
        OSError: A file that it refers to cannot be read.
    """
    fields = text if isinstance(text, dict) else _load(text)
    unsupported = sorted(fields.keys() & _LATER)
    if unsupported:
        raise SigningError(f"manifest definition: {unsupported[0]!r} is not supported")
    listed = fields.get("assertions", [])
    if not isinstance(listed, list):
        raise SigningError("manifest definition: 'assertions' is not a list")
    content: dict[str, object] | None = None
    written: list[NewAssertion] = []
    counts: dict[str, int] = {}
    for index, item in enumerate(listed):
        name, data = _assertion(item, index)
        parts = label.split(name)
        if parts.name == actions.NAME:
            if content is not None:
                raise SigningError("manifest definition: more than one actions assertion")
            content = _actions(data, index)
            continue
        instance = counts.get(parts.base, 0)
        counts[parts.base] = instance + 1
        written.append(_write(label.number(parts.base, instance), item, data))
    generator, title = fields.get("claim_generator_info"), fields.get("title")
    if isinstance(generator, list):
        generator = generator[0] if generator else None
    if not isinstance(title, str | None):
        raise SigningError("manifest definition: 'title' is not text")
    if not (generator is None or (isinstance(generator, dict) and generator.get("name"))):
        raise SigningError("manifest definition: 'claim_generator_info' has no 'name'")
    folder = _folder(fields, base)
    if isinstance(fields.get("thumbnail"), dict):
        written.append(_thumbnail(fields["thumbnail"], folder, _THUMBNAIL, "thumbnail"))
    given, named, thumbnails = _ingredients(fields, folder)
    return Definition(
        opens=_opens(content),
        write_actions=_link(content),
        assertions=(*written, *thumbnails),
        ingredients=given,
        components=named,
        title=title,
        generator=dict(generator or {}),
    )


#: Keys of the definition that change the result and that are not written yet.
_LATER: Final = frozenset({"redactions", "remote_url", "no_embed"})

#: Keys of an ingredient, by the fields that they become.
_INGREDIENT_FIELDS: Final = {
    "title": "dc:title",
    "format": "dc:format",
    "instance_id": "instanceID",
    "description": "description",
    "informational_URI": "informationalURI",
    "data_types": "dataTypes",
}


def _folder(fields: dict[str, object], base: Path | None) -> Path:
    named = fields.get("base_path", "")
    if not isinstance(named, str):
        raise SigningError("manifest definition: 'base_path' is not a path")
    return (base or Path()) / named


def _read(folder: Path, named: object, where: str) -> bytes:
    """A file that a definition refers to."""
    if not (isinstance(named, str) and named):
        raise SigningError(f"manifest definition: {where} names no file")
    path = folder / named
    if path.stat().st_size > limits.USER_FILE:
        raise SigningError(f"manifest definition: {path} is larger than {limits.USER_FILE} bytes")
    return path.read_bytes()


def _thumbnail(value: object, folder: Path, name: str, where: str) -> NewAssertion:
    media_type = value.get("format") if isinstance(value, dict) else None
    if not (isinstance(value, dict) and isinstance(media_type, str) and "/" in media_type):
        raise SigningError(f"manifest definition: {where} needs 'format' and 'identifier'")
    content = _read(folder, value.get("identifier"), where)
    return file_assertion(name, content, media_type=media_type)


def _ingredients(
    fields: dict[str, object], folder: Path
) -> tuple[dict[str, dict[str, object]], tuple[Component, ...], list[NewAssertion]]:
    """Ingredients without and with a file, and their thumbnails."""
    given: dict[str, dict[str, object]] = {}
    parts: list[Component] = []
    thumbnails: list[NewAssertion] = []
    for index, item in enumerate(_list(fields, "ingredients")):
        where = f"ingredients[{index}]"
        if not isinstance(item, dict):
            raise SigningError(f"manifest definition: {where} is not an object")
        relationship = item.get("relationship", ingredient.COMPONENT_OF)
        if relationship not in ingredient.RELATIONSHIPS:
            raise SigningError(f"manifest definition: {where}: {relationship!r} is no relationship")
        about = {name: item[key] for key, name in _INGREDIENT_FIELDS.items() if key in item}
        if "thumbnail" in item:
            name = label.number(_INGREDIENT_THUMBNAIL, len(thumbnails))
            thumbnail = _thumbnail(item["thumbnail"], folder, name, f"{where}.thumbnail")
            thumbnails.append(thumbnail)
            about["thumbnail"] = thumbnail.reference.encode()
        identifier = str(item.get("label") or item.get("instance_id") or where)
        if isinstance(item.get("path"), str):
            path = folder / item["path"]
            parts.append(Component(path, relationship, identifier, tuple(about.items())))
        else:
            given[identifier] = {"relationship": relationship, **about}
    for named in _list(fields, "ingredient_paths"):
        if not isinstance(named, str):
            raise SigningError("manifest definition: 'ingredient_paths' is not a list of paths")
        parts.append(Component(folder / named, identifier=named))
    return given, tuple(parts), thumbnails


def _list(fields: dict[str, object], key: str) -> list[object]:
    value = fields.get(key, [])
    if not isinstance(value, list):
        raise SigningError(f"manifest definition: {key!r} is not a list")
    return value


def _load(text: bytes | str) -> dict[str, object]:
    try:
        fields = json.loads(text, parse_constant=_refuse)
        json.dumps(fields, ensure_ascii=False).encode()  # half a surrogate pair cannot be written
    except (ValueError, RecursionError) as error:
        raise SigningError(f"manifest definition: not valid JSON: {error}") from None
    if not isinstance(fields, dict):
        raise SigningError("manifest definition: not a JSON object")
    return fields


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no value of JSON")


def _assertion(item: object, index: int) -> tuple[str, object]:
    name = item.get("label") if isinstance(item, dict) else None
    if not (isinstance(item, dict) and isinstance(name, str) and name and "data" in item):
        raise SigningError(f"manifest definition: assertions[{index}] needs 'label' and 'data'")
    if name.startswith(_OURS) or label.split(name).name == ingredient.NAME:
        raise SigningError(f"manifest definition: assertions[{index}]: {name} is made by signing")
    if not label.is_permitted(name):
        message = f"the label {name!r} holds a character that labels must not have"
        raise SigningError(f"manifest definition: assertions[{index}]: {message}")
    return name, item["data"]


def _write(name: str, item: dict[str, object], data: object) -> NewAssertion:
    created = item.get("created") is True
    kind = item.get("kind")
    base = label.split(name).base
    if kind == "Json" or (kind is None and (base.startswith(_JSON[0]) or base.endswith(_JSON[1]))):
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        return json_assertion(name, text, created=created)
    return cbor_assertion(name, data, created=created)


def _actions(data: object, index: int) -> dict[str, object]:
    listed = data.get("actions") if isinstance(data, dict) else None
    if not (
        isinstance(data, dict)
        and isinstance(listed, list)
        and listed
        and all(isinstance(item, dict) and isinstance(item.get("action"), str) for item in listed)
    ):
        raise SigningError(f"manifest definition: assertions[{index}]: 'actions' is malformed")
    dated = [
        item | {"when": cbor.date_time(item["when"])} if isinstance(item.get("when"), str) else item
        for item in listed
    ]
    return {**data, "actions": dated, "allActionsIncluded": data.get("allActionsIncluded", False)}


def _names(content: dict[str, object] | None) -> Iterable[object]:
    listed = content["actions"] if content else []
    return [item["action"] for item in listed] if isinstance(listed, list) else []


def _opens(content: dict[str, object] | None) -> bool:
    """Whether there is a parent: always, unless the definition says that the asset is new."""
    return next(iter(_names(content)), None) != CREATED


def _link(
    content: dict[str, object] | None,
) -> Callable[[HashedURI | None, dict[str, HashedURI]], dict[str, object]]:
    """How to write the actions once the ingredients are known."""

    def write_actions(parent: HashedURI | None, others: dict[str, HashedURI]) -> dict[str, object]:
        listed = (
            list(content["actions"]) if content and isinstance(content["actions"], list) else []
        )
        if parent is None:
            return {**(content or {}), "actions": [_resolve(item, others) for item in listed]}
        opened: dict[str, object] = {"action": OPENED}
        if listed and listed[0]["action"] == OPENED:
            opened = listed.pop(0)
        elif listed and listed[0]["action"] == CREATED:
            message = "the source is opened as the parent, but the definition begins with"
            raise SigningError(f"manifest definition: {message} {CREATED}")
        parameters = opened.get("parameters")
        linked = {
            **(parameters if isinstance(parameters, dict) else {}),
            "ingredients": [parent.encode()],
        }
        linked.pop("ingredientIds", None)
        rest = {"allActionsIncluded": False} | (content or {})
        others_ = [_resolve(item, others) for item in listed]
        return {**rest, "actions": [{**opened, "parameters": linked}, *others_]}

    return write_actions


def _resolve(action: dict[str, object], others: dict[str, HashedURI]) -> dict[str, object]:
    """An action with references in place of the identifiers of ingredients."""
    parameters = action.get("parameters")
    if not (isinstance(parameters, dict) and "ingredientIds" in parameters):
        return action
    named = parameters["ingredientIds"]
    unknown = [item for item in named if item not in others] if isinstance(named, list) else [named]
    if unknown:
        raise SigningError(f"manifest definition: no ingredient is called {unknown[0]!r}")
    kept = {name: value for name, value in parameters.items() if name != "ingredientIds"}
    return {**action, "parameters": {**kept, "ingredients": [others[i].encode() for i in named]}}
