"""The manifest definition: the JSON file that users of the reference implementation's tool have.

Every key is either written, or refused by its name. Left out are keys that change nothing: `alg`,
`private_key`, `sign_cert` and `ta_url`, since the signer has the credentials; `format` and
`instance_id`, which signing finds out; `claim_generator`, for which claims of version 2 have no
place; of ingredients `document_id`, `provenance` and `hash`, for which their assertions have none,
and what was found about them, which is found anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Final

from aidisclose.carriers.xmp import is_address
from aidisclose.codec import cbor
from aidisclose.errors import Malformed
from aidisclose.manifest import actions, ingredient, label, source_type, store, uri
from aidisclose.manifest.actions import CREATED, OPENED
from aidisclose.manifest.draft import (
    NewAssertion,
    cbor_assertion,
    json_assertion,
    reference_to,
)
from aidisclose.manifest.uri import HashedURI
from aidisclose.signing.manifest_content import Component, ManifestContent, WriteActions
from aidisclose.signing.resources import (
    DefinitionFields,
    Resources,
    list_of,
    load,
    present,
    unwritable,
)

_KEYS: Final = frozenset(
    {
        *("$schema", "alg", "private_key", "sign_cert", "ta_url"),
        *("claim_generator", "format", "instance_id"),
        *("assertions", "base_path", "claim_generator_info", "claim_version", "ingredient_paths"),
        *("ingredients", "intent", "no_embed", "redactions", "remote_url", "thumbnail", "title"),
        "vendor",
    }
)
_ASSERTION_KEYS: Final = frozenset({"label", "data", "kind", "created", "instance"})
#: Keys of an ingredient, by the fields that they become.
_INGREDIENT_FIELDS: Final = {
    "title": "dc:title",
    "format": "dc:format",
    "instance_id": "instanceID",
    "description": "description",
    "informational_URI": "informationalURI",
    "data_types": "dataTypes",
    "metadata": "metadata",
}
_INGREDIENT_KEYS: Final = frozenset(
    {
        *_INGREDIENT_FIELDS,
        *("document_id", "provenance", "hash"),
        *("active_manifest", "validation_status", "validation_results"),
        *("data", "label", "manifest_data", "path", "relationship", "thumbnail"),
    }
)
#: What `--ingredient` of the reference implementation's tool writes into a folder.
_INGREDIENT_FILE: Final = "ingredient.json"
#: Written by the signing itself: a definition that brings its own would contradict the file.
_OURS: Final = ("c2pa.hash.", "c2pa.claim", "c2pa.signature")
#: Written from files that other keys name.
_FROM_FILES: Final = ("c2pa.thumbnail.", "c2pa.embedded-data", "c2pa.icon")
#: Assertions that are JSON by their specification; everything else of C2PA is CBOR.
_JSON: Final = ("stds.", ".metadata")
#: Where actions name ingredients, the older ways last; none of it is written.
_INSTANCE: Final = "instanceId"
_IDENTIFIERS: Final = ("ingredientIds", "org.cai.ingredientIds", _INSTANCE)
_REDACTED: Final = "c2pa.redacted"


@dataclass(frozen=True)
class Definition:
    """A manifest definition: the JSON that the reference implementation's tools take.

    Attributes:
        text: JSON, or what it decodes to.
        base: The folder that paths in it are relative to; the working folder if None.
        outside_paths: Whether it may name files outside of `base`. Named files are published with
            the asset.
    """

    text: bytes | str | dict[str, object]
    base: Path | None = None
    outside_paths: bool = False

    def read(self) -> ManifestContent:
        """The content that it asks for, parsed once; files that it names are read then.

        Raises:
            SigningError: It is not JSON, or holds something that cannot be written.
            OSError: A file that it names cannot be read.
        """
        return self._content

    @cached_property
    def _content(self) -> ManifestContent:
        return parse(self.text, base=self.base, outside_paths=self.outside_paths)

    def __getstate__(self) -> dict[str, object]:
        """The fields alone: each worker process parses for itself."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


def parse(
    text: bytes | str | DefinitionFields, *, base: Path | None = None, outside_paths: bool = False
) -> ManifestContent:
    """Parse a manifest definition.

    Ingredients are files (`path`, `ingredient_paths`), what is in a folder that `c2patool
    --ingredient` wrote, or only what is said of them. Actions name them by
    `parameters.ingredientIds`. `date-time` values of actions are written as CBOR dates.

    Arguments:
        text: JSON, or what it decodes to.
        base: The folder that paths are relative to; the working folder if None.
        outside_paths: Whether files may be outside that folder.

    Raises:
        SigningError: It is not JSON, or holds something that cannot be written; the message names
            the key.
        OSError: A file that it refers to cannot be read.
    """
    fields = present(text if isinstance(text, dict) else load(text), _KEYS, "")
    if fields.get("claim_version", 2) != 2:
        raise unwritable("'claim_version' is 2: others are not written any more")
    files = Resources(_folder(fields, base), None if outside_paths else base or Path())
    content, written = _assertions(fields, files)
    content = _with_intent(fields, content)
    if "thumbnail" in fields and not _is_none(fields["thumbnail"]):
        files.embed(fields["thumbnail"], "c2pa.thumbnail.claim", "thumbnail")
    generator = _generator(fields, files)
    components = _components(fields, files)
    return ManifestContent(
        opens=_opens(content),
        write_actions=_link(content),
        assertions=(*written, *files.assertions),
        components=components,
        title=_text(fields, "title"),
        generator=generator,
        vendor=_vendor(fields),
        action_names=tuple(map(str, _names(content))),
        redactions=_redactions(fields, content),
        remote=_remote(fields),
        embeds=not _flag(fields, "no_embed"),
    )


def _is_none(thumbnail: object) -> bool:
    """Whether the definition turns thumbnails off."""
    return isinstance(thumbnail, dict) and thumbnail.get("format") == "none"


def _text(fields: DefinitionFields, key: str) -> str | None:
    value = fields.get(key)
    if not isinstance(value, str | None):
        raise unwritable(f"{key!r} is not text")
    return value


def _flag(fields: DefinitionFields, key: str) -> bool:
    value = fields.get(key, False)
    # “no_embed”: "false" in quotes would be true to Python.
    if not isinstance(value, bool):
        raise unwritable(f"{key!r} is true or false")
    return value


def _folder(fields: DefinitionFields, base: Path | None) -> Path:
    named = fields.get("base_path", "")
    if not isinstance(named, str) or "\0" in named:
        raise unwritable("'base_path' is not a path")
    return (base or Path()) / named


def _vendor(fields: DefinitionFields) -> str:
    vendor = _text(fields, "vendor") or ""
    made = label.new_manifest_label(vendor)
    if not (label.is_manifest_label(made) and label.is_permitted(made)):
        raise unwritable("'vendor' has at most 32 characters, without spaces and : / ; ? #")
    return vendor


def _remote(fields: DefinitionFields) -> str | None:
    url = _text(fields, "remote_url")
    if url is not None and not is_address(url):
        raise unwritable(f"'remote_url' is an https address, not {url!r}: readers follow no other")
    return url


def _generator(fields: DefinitionFields, files: Resources) -> DefinitionFields:
    """The first of `claim_generator_info`: a claim of version 2 has one."""
    listed = fields.get("claim_generator_info", [])
    if listed == []:
        return {}
    generator = listed[0] if isinstance(listed, list) else listed
    if not (isinstance(generator, dict) and generator.get("name")):
        raise unwritable("'claim_generator_info' has no 'name'")
    return files.with_icon(generator, "claim_generator_info")


# --- assertions and actions ---------------------------------------------------------------------


def _assertions(
    fields: DefinitionFields, files: Resources
) -> tuple[DefinitionFields | None, list[NewAssertion]]:
    """The content of the actions assertion, and all other assertions."""
    content: DefinitionFields | None = None
    written: list[NewAssertion] = []
    counts: dict[str, int] = {}
    for index, item in enumerate(list_of(fields, "assertions")):
        where = f"assertions[{index}]"
        name, given = _assertion(item, where)
        parts = label.split(name)
        if parts.name == actions.NAME:
            if content is not None:
                raise unwritable("more than one actions assertion")
            content = _actions(given["data"], where, files)
            continue
        instance = counts.get(parts.base, 0)
        counts[parts.base] = instance + 1
        written.append(_write(label.number(parts.base, instance), given, where))
    return content, written


def _assertion(item: object, where: str) -> tuple[str, DefinitionFields]:
    name = item.get("label") if isinstance(item, dict) else None
    if not (isinstance(item, dict) and isinstance(name, str) and name and "data" in item):
        raise unwritable(f"{where} needs 'label' and 'data'")
    data = item["data"]
    # `present` drops what is null, and null is data like any other.
    given = present({**item, "data": 0}, _ASSERTION_KEYS, where) | {"data": data}
    if name.startswith(_OURS) or label.split(name).name == ingredient.NAME:
        raise unwritable(f"{where}: {name} is made by signing")
    if name.startswith(_FROM_FILES):
        raise unwritable(f"{where}: {name} holds a file, which 'thumbnail', 'data' or 'icon' names")
    if not label.is_permitted(name):
        message = f"the label {name!r} holds a character that labels must not have"
        raise unwritable(f"{where}: {message}")
    return name, given


def _write(name: str, item: DefinitionFields, where: str) -> NewAssertion:
    created = item.get("created") is True
    kind = item.get("kind")
    if kind not in (None, "Json", "Cbor"):
        raise unwritable(f"{where}: the kind {kind!r} is not supported: Json or Cbor")
    base = label.split(name).base
    if kind == "Json" or (kind is None and (base.startswith(_JSON[0]) or base.endswith(_JSON[1]))):
        text = json.dumps(item["data"], ensure_ascii=False, separators=(",", ":")).encode()
        return json_assertion(name, text, created=created)
    return cbor_assertion(name, item["data"], created=created)


def _actions(data: object, where: str, files: Resources) -> DefinitionFields:
    listed = data.get("actions") if isinstance(data, dict) else None
    if not (
        isinstance(data, dict)
        and isinstance(listed, list)
        and listed
        and all(isinstance(item, dict) and isinstance(item.get("action"), str) for item in listed)
    ):
        raise unwritable(f"{where}: 'actions' is malformed")
    written: DefinitionFields = dict(data)
    for key in ("actions", "templates", "softwareAgents"):
        if isinstance(items := data.get(key), list):
            written[key] = [_action(item, f"{where}.{key}", files) for item in items]
    return written


def _action(item: object, where: str, files: Resources) -> object:
    """An action or a template of one, or what performs it, in the terms of version 2."""
    if not isinstance(item, dict):
        return item
    written = files.with_icon(item, where)
    if isinstance(when := item.get("when"), str):
        written = {**written, "when": cbor.date_time(when)}
    # c2patool takes the short name as well as the address.
    if isinstance(term := item.get("digitalSourceType"), str) and ":" not in term:
        found = source_type.find(term)
        written = {**written, "digitalSourceType": found.uri if found else term}
    agent = item.get("softwareAgent")
    if isinstance(agent, str):  # as in version 1
        agent = {"name": agent}
    if isinstance(agent, dict):
        written = {**written, "softwareAgent": files.with_icon(agent, f"{where}.softwareAgent")}
    return written


def _with_intent(
    fields: DefinitionFields, content: DefinitionFields | None
) -> DefinitionFields | None:
    """The actions, with what the intent to create adds to them."""
    match fields.get("intent"):
        case None | "edit":
            return content
        # c2pa-rs writes the intent as a map with the source type as its value.
        case {"create": str(term)} if (found := source_type.find(term)) is not None:
            if next(iter(_names(content)), None) in (CREATED, OPENED):
                return content
            first: DefinitionFields = {"action": CREATED, "digitalSourceType": found.uri}
            return {**(content or {}), "actions": [first, *_listed(content)]}
        case intent:
            raise unwritable(
                f"the intent {intent!r} is not supported: edit, or create and a source type"
            )


def _listed(content: DefinitionFields | None) -> list[DefinitionFields]:
    listed = content["actions"] if content else []
    return list(listed) if isinstance(listed, list) else []


def _names(content: DefinitionFields | None) -> Iterable[object]:
    return (item["action"] for item in _listed(content))


def _opens(content: DefinitionFields | None) -> bool:
    """Whether there is a parent: always, unless the definition says that the asset is new."""
    return next(iter(_names(content)), None) != CREATED


def _redactions(fields: DefinitionFields, content: DefinitionFields | None) -> tuple[str, ...]:
    """Absolute URIs of what is redacted; why must be said as well (C2PA 2.5 §16.4.1)."""
    reasons = {
        parameters.get("redacted")
        for item in _listed(content)
        if item["action"] == _REDACTED
        and isinstance(item.get("reason"), str)
        and isinstance(parameters := item.get("parameters"), dict)
    }
    urls: list[str] = []
    for url in list_of(fields, "redactions"):
        target = uri.parse(url) if isinstance(url, str) else None
        if target is None or not target.manifest or target.path[:-1] != (uri.ASSERTIONS,):
            example = uri.absolute("LABEL", uri.ASSERTIONS, "NAME")
            raise unwritable(f"redactions: {url!r} is not an assertion of an ingredient: {example}")
        if url not in reasons:
            example = '"reason": "c2pa.PII.present", "parameters": {"redacted": "self#jumbf=…"}'
            raise unwritable(f"redactions: {url}: say why, in an action {_REDACTED} with {example}")
        urls.append(uri.absolute(target.manifest, *target.path))
    return tuple(dict.fromkeys(urls))


def _link(content: DefinitionFields | None) -> WriteActions:
    """A function that writes the actions once the ingredients are known."""

    def write_actions(
        parent: HashedURI | None, others: Mapping[str, HashedURI]
    ) -> DefinitionFields:
        listed = _listed(content)
        if parent is None:
            return {**(content or {}), "actions": [_resolve(item, others) for item in listed]}
        opened: DefinitionFields = {"action": OPENED}
        if listed and listed[0]["action"] == OPENED:
            opened, _ = _identified(listed.pop(0))
        elif listed and listed[0]["action"] == CREATED:
            message = "the source is opened as the parent, but the definition begins with"
            raise unwritable(f"{message} {CREATED}")
        parameters = opened.get("parameters")
        linked = {
            **(parameters if isinstance(parameters, dict) else {}),
            "ingredients": [parent.encode()],
        }
        rest = [_resolve(item, others) for item in listed]
        return {**(content or {}), "actions": [{**opened, "parameters": linked}, *rest]}

    return write_actions


def _resolve(action: DefinitionFields, others: Mapping[str, HashedURI]) -> DefinitionFields:
    """An action with references in place of the identifiers of ingredients."""
    action, named = _identified(action)
    if not named:
        return action
    unknown = [item for item in named if item not in others]
    if unknown:
        raise unwritable(f"no ingredient is called {unknown[0]!r}")
    inside = action.get("parameters")
    linked: DefinitionFields = dict(inside) if isinstance(inside, dict) else {}
    linked["ingredients"] = [others[item].encode() for item in named]
    return {**action, "parameters": linked}


def _identified(action: DefinitionFields) -> tuple[DefinitionFields, list[str]]:
    """An action without the identifiers of its ingredients, and these."""
    parameters = action.get("parameters")
    inside = parameters if isinstance(parameters, dict) else {}
    given = (*(inside.get(key) for key in _IDENTIFIERS), action.get(_INSTANCE))
    found: object = next(filter(None, given), [])
    named = [item for item in _as_list(found) if isinstance(item, str)]
    if named != _as_list(found):
        raise unwritable(
            f"{action['action']} names an ingredient by something else than text: {found}"
        )
    bare = {key: value for key, value in action.items() if key != _INSTANCE}
    if inside:
        kept = {key: value for key, value in inside.items() if key not in _IDENTIFIERS}
        bare["parameters"] = kept
    return bare, named


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


# --- ingredients --------------------------------------------------------------------------------


def _components(fields: DefinitionFields, files: Resources) -> tuple[Component, ...]:
    listed = list_of(fields, "ingredients")
    found = [_component(item, f"ingredients[{index}]", files) for index, item in enumerate(listed)]
    for named in list_of(fields, "ingredient_paths"):
        if not isinstance(named, str):
            raise unwritable("'ingredient_paths' is not a list of paths")
        if files.path(named, "ingredient_paths").is_dir():
            named = f"{named}/{_INGREDIENT_FILE}"
        if named.endswith(".json"):
            described = load(files.read(named, named))
            found.append(_component(described, named, files.beside(named)))
        else:
            found.append(Component(files.path(named, "ingredient_paths"), identifier=named))
    return tuple(found)


def _component(item: object, where: str, files: Resources) -> Component:
    given = present(item, _INGREDIENT_KEYS, where)
    relationship = given.get("relationship", ingredient.COMPONENT_OF)
    if relationship not in ingredient.RELATIONSHIPS:
        raise unwritable(f"{where}: {relationship!r} is not a relationship")
    about = {name: given[key] for key, name in _INGREDIENT_FIELDS.items() if key in given}
    if "data" in given:
        about["data"] = files.embed(given["data"], "c2pa.embedded-data", f"{where}.data")
    carried, is_store = given.get("path"), "manifest_data" in given
    if is_store:
        manifest = given["manifest_data"]
        carried = manifest.get("identifier") if isinstance(manifest, dict) else None
        if "path" in given or carried is None:
            message = "'manifest_data' needs an 'identifier', and no 'path' beside it"
            raise unwritable(f"{where}: {message}")
    if "thumbnail" in given:
        about["thumbnail"] = _thumbnail(
            given["thumbnail"], where, files, carried=carried if is_store else None
        )
    return Component(
        None if carried is None else files.path(carried, where),
        str(relationship),
        str(given.get("label") or given.get("instance_id") or where),
        tuple(about.items()),
        is_store,
    )


def _thumbnail(value: object, where: str, files: Resources, *, carried: object) -> DefinitionFields:
    """The reference to a thumbnail: a file, or one in the ingredient's own manifest store."""
    where = f"{where}.thumbnail"
    url = value.get("identifier") if isinstance(value, dict) else None
    target = uri.parse(url) if isinstance(url, str) else None
    if target is None or carried is None:
        return files.embed(value, "c2pa.thumbnail.ingredient", where)
    try:
        found = store.parse(files.read(carried, where))
        manifest = found.manifests[target.manifest] if target.manifest else found.active
        return reference_to(manifest, *target.path).encode()
    except (Malformed, KeyError):
        raise unwritable(f"{where}: there is nothing at {url} in {carried}") from None
