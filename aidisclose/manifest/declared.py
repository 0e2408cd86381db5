"""The declarations about AI in the manifests of a store, read back.

What is declared comes from what is believed alone. The rest of a store is looked at for one
purpose: that nobody is told "made without generative AI" where something there says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import TYPE_CHECKING, Final

from cbor2 import CBORTag

from aidisclose import limits
from aidisclose.codec import cbor
from aidisclose.errors import Malformed, Unreadable
from aidisclose.manifest import actions, ingredient, label, source_type, uri
from aidisclose.manifest.actions import CREATED, Action
from aidisclose.manifest.ingredient import PARENT_OF, Ingredient
from aidisclose.manifest.label import AI_DISCLOSURE
from aidisclose.manifest.lineage import Believed, Step
from aidisclose.manifest.source_type import Share
from aidisclose.manifest.store import Assertion, ManifestKind, Store
from aidisclose.message import Message
from aidisclose.named import NamedTuple

if TYPE_CHECKING:
    from aidisclose.manifest.training import TrainingPermission


class AI(Enum):
    """The part that generative AI had, as declared. Undeclared never means that it had none."""

    GENERATED = "generated"
    COMPOSITE = "composite"
    EDITED = "edited"
    NONE = "none"
    UNDECLARED = "undeclared"


#: Of several declarations in one lineage, the one that says most about AI counts.
_RANK: Final = {AI.UNDECLARED: 0, AI.NONE: 1, AI.EDITED: 2, AI.COMPOSITE: 3, AI.GENERATED: 4}

#: How labels of metadata assertions end, whatever namespace they begin with (C2PA 2.2 §18.16.2),
#: and how those of C2PA 1.x begin, for Exif, IPTC and Schema.org.
_METADATA_ENDING: Final = ".metadata"
_OLD_METADATA: Final = "stds."
_TRAINING: Final = ".training-mining"
#: The property, and what it was called before (IPTC 2008).
_SOURCE_TYPES: Final = ("digitalsourcetype", "digitalsourcefiletype")
#: Properties that are there only if AI was used (IPTC Photo Metadata Standard 2025.1).
_AI_PROPERTIES: Final = (
    *("aisystemused", "aisystemversionused", "aipromptinformation", "aipromptwritername"),
)
_OF_LABEL: Final = ("aigc", "contentproducer")
_TERMS: Final = tuple(
    term.lower() for term, each in source_type.SOURCE_TYPES.items() if each.share.includes_ai
)
_SEPARATOR: Final = re.compile("[^a-z0-9]")
#: How labels of assertions end that are there only if AI was used: of others than C2PA's own, such
#: as Adobe's before there was one.
_AI_ENDINGS: Final = (".ai-disclosure", ".generative-ai")
#: Data of these types is a model, or what was given to a generative one.
_AI_TYPES: Final = ("c2pa.types.model.", "c2pa.types.generator.")
#: Properties that name a program: in actions, claims and metadata.
_PROGRAMS: Final = frozenset(
    {
        *("softwareagent", "softwareagents", "claimgenerator", "claimgeneratorinfo"),
        *("creatortool", "producer"),
    }
)
#: How names of others end: `tiff:Software`, `exifEX:ImageEditingSoftware`.
_PROGRAM: Final = "software"
#: The type of a program in Schema.org, as the author of something.
_APPLICATION: Final = "SoftwareApplication"
#: A credit names whoever wants to be named; Google's generators write this.
_CREDIT: Final = "credit"
_CREDITED: Final = "google ai"
#: Namespaces of standards, whose labels and names of actions name no program.
_OF_STANDARDS: Final = ("c2pa.", "cawg.", "stds.")
#: Assertions whose content is elsewhere; their `label` says what it is (C2PA 2.5 §14.10.4.2).
_ELSEWHERE: Final = ("c2pa.cloud-data", "c2pa.external-reference")
#: What C2PA 1.x and 2.x say of what an asset is.
_ASSET_TYPE: Final = "c2pa.asset-type"
#: What fills hard bindings: up to a million hashes, and nothing about AI.
_HASH: Final = "c2pa.hash."
_OF_HASHES: Final = frozenset(
    {"boxes", "exclusions", "hash", "hashes", "merkle", "pad", "pad2", "uris"}
)


class Model(NamedTuple):
    """A generative model, as declared; untrusted text when it was read from a file.

    Attributes:
        name: Its name.
        version: Its version.
        identifier: A URI, such as `pkg:huggingface/…`.
        type: The kind of model, as `c2pa.types.model` and its sub-types say it.
        oversight: The level of human oversight of it: `fully_autonomous`, `prompt_guided` or
            `human_validated`.
    """

    name: str | None = None
    version: str | None = None
    identifier: str | None = None
    type: str | None = None
    oversight: str | None = None

    def __bool__(self) -> bool:
        return any(self)

    def __str__(self) -> str:
        return " ".join(part for part in (self.name, self.version) if part)


class Declared(NamedTuple):
    """The declaration about AI of a manifest's lineage; nobody can check whether it is true.

    Attributes:
        ai: The part that AI had.
        source_types: URIs of the digital source types that were declared, the active manifest's
            first.
        model: The model that was named first.
        models: The names of all models, that one's first; of a manifest that has no AI disclosure,
            those of the programs by which AI was used.
        carriers: The carriers that say something about AI: `c2pa`, `xmp`, `comment`, `aigc`. Only
            the first is what `ai`, `source_types` and `model` were read from.
        contradictions: The contradictions between them, a line each.
        unproven: The part that AI had by unproven parts of the store: those of a manifest whose
            signature or hash does not match, or that the active one does not descend from. It only
            ever keeps `ai` from being `NONE`.
        unread: URIs of assertions that may say something about AI, but could not be read: they are
            malformed, missing, stored elsewhere, or nothing proves them; or they are ingredients
            whose manifest is not believed.
        doubted: URIs of what says that no AI was used, and nobody vouches for that: ingredients,
            where the user trusts the signer above them and not the one of their manifest, or which
            a signer only passes on, and assertions that a signer only passes on.
        training: The permissions of the active manifest for mining and training.
        is_disputed: Whether `ai` would be `NONE`, if nothing said otherwise or left it open.
    """

    ai: AI = AI.UNDECLARED
    source_types: tuple[str, ...] = ()
    model: Model = Model()
    carriers: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    unproven: AI = AI.UNDECLARED
    unread: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()
    training: tuple[TrainingPermission, ...] = ()
    is_disputed: bool = False
    models: tuple[str, ...] = ()


def read(
    believed: Believed | None, store: Store, *, trusted: AbstractSet[str] = frozenset()
) -> Declared:
    """Read the declarations of the active manifest and the manifests that it was made from.

    Arguments:
        believed: The part of the store that validation proved, None if that is nothing.
        store: The store as it stands there.
        trusted: Labels of the manifests whose signers the user trusts.
    """
    steps = list(believed.walk()) if believed else []
    listed = [_read(step) for step in steps]
    ai = max((said.ai for said in listed), key=_RANK.__getitem__, default=AI.UNDECLARED)
    model = next((said.model for said in listed if said.model), Model())
    unproven = _read_unproven(
        store, {item.url for step in steps for item in step.manifest.assertions}
    )
    unread = tuple(dict.fromkeys(_unread(steps, listed)))
    contradictions: list[Message] = []
    doubted: tuple[str, ...] = ()
    is_disputed = False
    beside = _read_beside(store) if ai is AI.NONE else _Said(ai)
    unread += beside.unread
    if ai is AI.UNDECLARED:
        doubted = tuple(url for said in listed for url in said.passed_on)
    if ai is AI.NONE:
        doubted = tuple(_doubted(steps, listed, trusted))
        generator, is_whole = _generator(steps)
        name = str(model) or generator
        if name or any(said.names_model for said in (*listed, beside)):
            text = (
                "the manifest names the AI model {name}, but no source type says that AI was used"
                if name
                else "the manifest names an AI model, but no source type says that AI was used"
            )
            contradictions.append(Message(text, name=repr(name[:80])))
        if unproven is not AI.UNDECLARED:
            contradictions.append(
                Message(
                    "a part of the manifest store that nothing proves says {word}",
                    word=unproven.value,
                )
            )
        is_open = not is_whole or any(said.is_open for said in (*listed, beside))
        is_disputed = bool(contradictions or unread) or is_open
        if is_disputed or doubted:
            ai = AI.UNDECLARED
    return Declared(
        ai=ai,
        source_types=tuple(dict.fromkeys(item for said in listed for item in said.source_types)),
        model=model,
        contradictions=tuple(contradictions),
        unproven=unproven,
        unread=unread,
        doubted=doubted,
        training=_training(believed) if believed else (),
        is_disputed=is_disputed,
        models=tuple(dict.fromkeys(name for said in listed for name in said.models)),
    )


def _doubted(steps: list[Step], listed: list[_Said], trusted: AbstractSet[str]) -> Iterator[str]:
    """The URI of the ingredient by whose history no AI was used, if nobody vouches for that.

    Who signs what was made from it does not say so, and vouches for no more than that it was there:
    anybody can make a manifest that says "captured", or that names somebody else's capture as its
    parent. Where the user trusts nobody, no name counts for more than another. But a parent that a
    signer only passes on, be it a user's of a service, is never one by the signer's word.
    """
    judged = bool(steps) and steps[0].manifest.label in trusted
    above: Believed | None = None
    for step, said in zip(steps, listed, strict=True):
        manifest = step.manifest
        if not step.is_parent:
            continue
        if above is not None:
            links = [item.value for item in above.ingredients if item.manifest is manifest]
            is_strange = judged and manifest.label not in trusted
            if is_strange or not any(_vouches(above, item) for item in links):
                yield from (item.assertion.url for item in links)
                return
        if said.ai is AI.NONE:
            return
        above = manifest


def _vouches(manifest: Believed, item: Ingredient) -> bool:
    """Whether a signer says that an asset was made from an ingredient, and does not pass that on.

    By the assertion, or by an action that refers to it: c2pa-rs has only the latter among those
    that the signer makes. What is updated is the asset itself, which the hash shows.
    """
    if manifest.kind is ManifestKind.UPDATE or item.assertion.label in manifest.created:
        return True
    return any(
        uri.make_absolute(reference.url, manifest.label) == item.assertion.url
        for made in manifest.action_lists
        if made.assertion.label in manifest.created
        for action in made.actions
        for reference in action.ingredients
    )


def _training(believed: Believed) -> tuple[TrainingPermission, ...]:
    """The permissions for mining and training of the active manifest, and of what it updates.

    An update may take back what was permitted before it, so that it is said first.
    """
    listed = [
        item
        for manifest in believed.bound
        for item in manifest.assertions
        if item.parts.name.endswith(_TRAINING)
    ]
    if not listed:
        return ()
    from aidisclose.manifest import training

    return training.read(listed)


def _generator(steps: Iterable[Step]) -> tuple[str, bool]:
    """The first generator of media that is named as a program, and whether all was looked at.

    That is in claims, actions, metadata, and namespaces of somebody's own. Titles and descriptions
    of content may be about a generator, and do not count.
    """
    from aidisclose.carriers import generator  # few files say that there was no AI

    left = limits.NAMES_SIZE
    for text, is_prose in _named(steps):
        left -= len(text)
        if left < 0:
            return "", False
        if found := generator.find(text, is_prose=is_prose):
            return found, True
    return "", True


def _named(steps: Iterable[Step]) -> Iterator[tuple[str, bool]]:
    """The names of programs in what is believed, and what actions say of themselves.

    With each text, whether it may be a sentence.
    """
    for step in steps:
        yield from ((text, False) for text in _programs(step.manifest.claim.fields))
        for item in step.manifest.assertions:
            name = item.parts.name
            if not name.startswith(_OF_STANDARDS):
                yield name, False
            try:
                data = _data(item)
            except Unreadable:
                continue  # `_read_assertions` names it
            # Whatever an action says is about how something was done.
            yield from ((text, False) for text in _programs(data))
            if name == actions.NAME:
                yield from ((text, True) for text in _texts(data))


def _programs(value: object) -> Iterator[str]:
    """The texts of properties that name a program, at any depth."""
    for around, name, content in _fields(value, ends=_is_said):
        if name in _PROGRAMS or name.endswith(_PROGRAM):
            yield from _texts(content)
        elif name == _CREDIT:
            yield from (text for text in _texts(content) if _CREDITED in text.casefold())
        elif content is around.get("name") and _APPLICATION in _texts(around.get("@type")):
            yield from _texts(content)


def _is_said(name: str) -> bool:
    return name in _PROGRAMS or name.endswith(_PROGRAM) or name == _CREDIT


class _Said(NamedTuple):
    """The declaration about AI of one manifest.

    Attributes:
        ai: The part that AI had.
        source_types: As they were declared.
        model: The model that it names.
        models: The names of all that it names.
        is_open: Whether a source type that stands anywhere in it says that AI was used, leaves that
            open, or is unknown.
        names_model: Whether there is an AI disclosure, a model, or what a model was given.
        unread: URIs of assertions that could not be read.
        passed_on: URIs of assertions that say that no AI was used, and that the signer only passes
            on.
    """

    ai: AI
    source_types: tuple[str, ...] = ()
    model: Model = Model()
    is_open: bool = False
    names_model: bool = False
    unread: tuple[str, ...] = ()
    passed_on: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


class _Statement(NamedTuple):
    """A digital source type, and the action that has it, None where it stands elsewhere."""

    source_type: str
    action: Action | None = None

    @property
    def ai(self) -> AI | None:
        """Its value; None if it is unknown or leaves open whether AI was used."""
        found = source_type.find(self.source_type)
        if found is None or found.share is Share.UNKNOWN:
            return None
        is_origin = self.action is None or self.action.name == CREATED
        if found.share is Share.NONE:
            return AI.NONE if is_origin else AI.UNDECLARED
        if not is_origin:
            return AI.EDITED
        return AI.GENERATED if found.share is Share.ALL else AI.COMPOSITE


def _unread(steps: list[Step], listed: list[_Said]) -> Iterator[str]:
    """URIs of what may say something about AI, and is not among what was read."""
    redacted = {
        uri.make_absolute(url, step.manifest.label)
        for step in steps
        for url in step.manifest.claim.redacted
    }
    for step, said in zip(steps, listed, strict=True):
        manifest = step.manifest
        yield from said.unread
        believed = {item.url for item in manifest.assertions}
        for reference in manifest.claim.assertions:
            url = uri.make_absolute(reference.url, manifest.label)
            name = label.split(url.rpartition("/")[2]).name
            # Metadata is often redacted, for privacy. Whoever redacts it vouches for the rest.
            is_private = url in redacted and _is_metadata(name)
            if url not in believed and _may_say(name) and not is_private:
                yield url
        for item in manifest.ingredients:
            if item.value.manifest is not None and item.manifest is None:
                yield item.value.assertion.url


def _is_metadata(name: str) -> bool:
    return name.endswith(_METADATA_ENDING) or name.startswith(_OLD_METADATA)


def _may_say(name: str) -> bool:
    """Whether assertions of a name may say something about AI: those of others may say anything."""
    listed = (actions.NAME, ingredient.NAME, _ASSET_TYPE, *_ELSEWHERE)
    is_known = name in listed or name.endswith(_AI_ENDINGS) or _is_metadata(name)
    return is_known or not name.startswith(_OF_STANDARDS)


def _read(step: Step) -> _Said:
    """The declaration of a manifest; of a component only whether there was AI."""
    said = _read_assertions(step.manifest.assertions, created=step.manifest.created)
    # Claims of version 1 have metadata of their own.
    found, names_model = _properties(step.manifest.claim.fields)
    if names_model or not all(map(_says_none, found)):
        said = said._replace(is_open=True)
    if step.is_parent:
        return said
    kind = AI.COMPOSITE if _RANK[said.ai] > _RANK[AI.NONE] else AI.UNDECLARED
    return said._replace(ai=kind, passed_on=())


def _read_unproven(store: Store, proven: set[str]) -> AI:
    """The most that assertions say that are not believed, and that AI was used."""
    found = [AI.UNDECLARED]
    for manifest in store.manifests.values():
        try:
            listed = [item for item in manifest.assertions.values() if item.url not in proven]
        except Unreadable:
            continue  # the validator reports it
        found.append(_read_assertions(listed).ai)
    most = max(found, key=_RANK.__getitem__)
    return AI.UNDECLARED if most is AI.NONE else most


def _read_beside(store: Store) -> _Said:
    """Whether AI is named in boxes beside the assertions, whoever refers to them.

    A prompt or a model of an ingredient is in such a data box before C2PA 2.2.
    """
    unread: list[str] = []
    names_model = is_open = False
    for manifest in store.manifests.values():
        for box in manifest.beside:
            try:
                data = Assertion(box, manifest.label, manifest.values).data
            except Malformed:
                unread.append(manifest.url(box.label))
                continue
            found, says_ai = _properties(data)
            has_term, has_type = _mentions(data)
            is_open = is_open or not all(map(_says_none, found)) or has_term
            names_model = names_model or says_ai or has_type
    return _Said(AI.UNDECLARED, is_open=is_open, names_model=names_model, unread=tuple(unread))


def _read_assertions(
    assertions: Iterable[Assertion], *, created: AbstractSet[str] | None = None
) -> _Said:
    """The declaration of some assertions.

    Arguments:
        assertions: The assertions.
        created: Labels of those that the signer makes itself, None for all. Others are not
            attributed to the signer (C2PA 2.2 §10.2.2): what users of a service enter, for one.
    """
    passed_on: list[str] = []
    statements: list[_Statement] = []
    metadata: list[_Statement] = []
    others: list[_Statement] = []
    models: list[Model] = []
    unread: list[str] = []
    names_model = is_open = False
    for assertion in assertions:
        name = assertion.parts.name
        try:
            data = _data(assertion)
            found, says_ai = _properties(data)
            has_term, has_type = _mentions(data)
            is_open = is_open or not all(map(_says_none, found)) or has_term
            names_model = names_model or says_ai or has_type or name.endswith(_AI_ENDINGS)
            if read := _STATING.get(name):
                made = list(read(assertion))
                if created is not None and assertion.label not in created:
                    denials = [item for item in made if item.ai is AI.NONE]
                    others += denials
                    passed_on += [assertion.url] if denials else []
                    made = [item for item in made if item.ai is not AI.NONE]
                statements += made
            elif _is_metadata(name):
                metadata += map(_Statement, found)
            elif name == AI_DISCLOSURE:
                models.append(_model(assertion.fields))
            elif name in _ELSEWHERE and _is_elsewhere(assertion.fields):
                unread.append(assertion.url)
        except Unreadable:
            if _may_say(name):
                unread.append(assertion.url)
    ai = _most(statements)
    # Metadata says of the asset as a whole what it is: not whether it was made or edited so, which
    # actions say, and not that nothing was done to it after it was captured.
    if _RANK[ai] <= _RANK[AI.NONE] < _RANK[_most(metadata)]:
        ai = _most(metadata)
    statements += (*others, *metadata)
    model = next((item for item in models if item), Model())
    agents = list(_agents(statements))
    agent = next(iter(agents), None)
    if agent and model.name in (None, agent.name):
        model = model._replace(name=agent.name, version=agent.version)
    return _Said(
        ai=ai,
        source_types=tuple(item.source_type for item in statements),
        model=model,
        is_open=is_open,
        names_model=names_model,
        unread=tuple(unread),
        passed_on=tuple(passed_on),
        models=tuple(item.name for item in models if item.name)
        or tuple(item.name for item in agents),
    )


def _data(assertion: Assertion) -> object:
    """The content of an assertion; of one that is a hash, without lists of hashes.

    Raises:
        Malformed: It cannot be decoded.
    """
    data = assertion.data
    if assertion.parts.name.startswith(_HASH) and isinstance(data, dict):
        return {key: item for key, item in data.items() if key not in _OF_HASHES}
    return data


def _says_none(value: str) -> bool:
    found = source_type.find(value)
    return found is not None and found.share is Share.NONE


def _is_elsewhere(fields: dict[object, object]) -> bool:
    """Whether what is stored elsewhere may say something about AI."""
    named = fields.get("label")
    return isinstance(named, str) and _may_say(label.split(named).name)


def _most(statements: Iterable[_Statement]) -> AI:
    kinds = [item.ai or AI.UNDECLARED for item in statements]
    return max(kinds, key=_RANK.__getitem__, default=AI.UNDECLARED)


def _of_actions(assertion: Assertion) -> Iterator[_Statement]:
    for action in actions.decode(assertion).actions:
        if action.source_type is not None:
            yield _Statement(action.source_type, action)
        yield from (_Statement(item, action) for item in actions.related_source_types(action))


def _agents(statements: Iterable[_Statement]) -> Iterator[actions.SoftwareAgent]:
    """The programs that performed actions which say that AI was used."""
    for item in statements:
        if item.action and item.action.agent and item.ai not in (None, AI.UNDECLARED, AI.NONE):
            yield item.action.agent


def _of_ingredient(assertion: Assertion) -> Iterator[_Statement]:
    """The source type of an ingredient without a manifest of its own (C2PA 2.5 §16.5)."""
    found = ingredient.decode(assertion)
    value = _text(found.fields.get("digitalSourceType"))
    if value is not None:
        is_parent = found.relationship == PARENT_OF
        yield _Statement(value, None if is_parent else _COMPONENT)


#: The assertions that say how an asset was made.
_STATING: Final[dict[str, Callable[[Assertion], Iterator[_Statement]]]] = {
    actions.NAME: _of_actions,
    ingredient.NAME: _of_ingredient,
}
#: Stands for what was done to include a component: it makes the asset at most edited with AI.
_COMPONENT: Final = Action("c2pa.placed", {}, {}, None, None, None, ())


def _properties(value: object) -> tuple[list[str], bool]:
    """Values of all digital source types in decoded data, and whether it names a system of AI.

    Under whatever prefix, at any depth. A value that is not text is given as empty text, which no
    vocabulary has.
    """
    found: list[str] = []
    says_ai = False
    for _, name, content in _fields(value, ends=_SOURCE_TYPES.__contains__):
        if name in _SOURCE_TYPES:
            found += _texts(content)
        else:
            says_ai = says_ai or (name in _AI_PROPERTIES and any(_texts(content)))
    return found, says_ai


def _fields(
    value: object, *, ends: Callable[[str], bool]
) -> Iterator[tuple[dict[object, object], str, object]]:
    """The fields of all maps in decoded data: the map, the local name, and the content.

    Arguments:
        value: The data.
        ends: Whether what a field of this name holds is not looked into.
    """
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, CBORTag):
            waiting.append(item.value)
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            for key, content in item.items():
                name = _local(key) if isinstance(key, str) else ""
                yield item, name, content
                if not ends(name):
                    waiting.append(content)


def _mentions(value: object) -> tuple[bool, bool]:
    """Whether a term or label of AI stands in decoded data, and whether a type that only AI has.

    Anywhere, under whatever key or as one. The context of metadata in JSON-LD may call a source
    type as it likes. Models, prompts and seeds are data types of ingredients and of assets (C2PA
    2.2 §18.11.2, §18.20): nobody is told of a model that it was made without AI.
    """
    has_term = has_type = False
    for item in _texts(value, keys=True):
        if f"{item}.".startswith(_AI_TYPES):
            has_type = True
        elif not has_term:
            has_term = _has_term(item)
    return has_term, has_type


def _has_term(text: str) -> bool:
    """Whether a text holds a term for AI: with a prefix, a fragment, or as Schema.org has it.

    Or it ends by the name of the label of GB 45438-2025, or of a field of it.
    """
    said = text.lower()
    return said.endswith(_OF_LABEL) or any(term in said for term in _TERMS)


def _local(key: str) -> str:
    """The name in a key: without a prefix, and as the oldest generators wrote it with `_`."""
    return _SEPARATOR.split(key.replace("_", "").casefold())[-1]


def _texts(value: object, *, keys: bool = False) -> Iterator[str]:
    """The texts in decoded data; what is neither text nor around others is empty text."""
    for item in cbor.leaves(value, keys=keys):
        yield item if isinstance(item, str) else ""


def _model(fields: dict[object, object]) -> Model:
    """The model in an AI disclosure assertion (C2PA 2.5 §16.8.2)."""
    profile = fields.get("contentProfile")
    oversight = profile.get("humanOversightLevel") if isinstance(profile, dict) else None
    return Model(
        name=_text(fields.get("modelName")),
        identifier=_text(fields.get("modelIdentifier")),
        type=_text(fields.get("modelType")),
        oversight=_text(oversight),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
