"""What the manifests of a store declare about AI, read back."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple

from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.manifest import actions, ingredient, source_type, uri
from aidisclose.manifest.actions import CREATED, Action
from aidisclose.manifest.disclosure import AI_DISCLOSURE
from aidisclose.manifest.ingredient import PARENT_OF
from aidisclose.manifest.source_type import Share
from aidisclose.manifest.store import Manifest, Store


class AI(Enum):
    """What part generative AI had, as declared. Undeclared never means that it had none."""

    GENERATED = "generated"
    COMPOSITE = "composite"
    EDITED = "edited"
    NONE = "none"
    UNDECLARED = "undeclared"


#: Of several declarations in one lineage, the one that says most about AI counts.
_RANK: Final = {AI.UNDECLARED: 0, AI.NONE: 1, AI.EDITED: 2, AI.COMPOSITE: 3, AI.GENERATED: 4}


class Model(NamedTuple):
    """A generative model, as declared; untrusted text when it was read from a file.

    Attributes:
        name: Its name.
        version: Its version.
        identifier: A URI, such as `pkg:huggingface/…`.
        type: What kind of model, as `c2pa.types.model` and its sub-types say it.
        oversight: How much a human had to do with it: `fully_autonomous`, `prompt_guided` or
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
    """What the lineage of a manifest declares about AI; whether it is true nobody can check.

    Attributes:
        ai: What part AI had.
        source_types: URIs of the digital source types that were declared, the active manifest's
            first.
        model: The model that was named first.
        carriers: What in the file says something about AI: `c2pa`, `xmp`, `comment`, `aigc`. Only
            the first is what `ai`, `source_types` and `model` were read from.
        contradictions: Where they contradict each other, a line each.
    """

    ai: AI = AI.UNDECLARED
    source_types: tuple[str, ...] = ()
    model: Model = Model()
    carriers: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()


def read(store: Store) -> Declared:
    """What the active manifest and the manifests it was made from declare.

    Reads whatever is there: whether the manifests are valid is not looked at.
    """
    manifests = list(_lineage(store))
    kinds = [kind for kind, _, _ in manifests]
    types = dict.fromkeys(item for _, found, _ in manifests for item in found)
    models = (model for _, _, model in manifests if model)
    return Declared(
        ai=max(kinds, key=_RANK.__getitem__, default=AI.UNDECLARED),
        source_types=tuple(types),
        model=next(models, Model()),
    )


def _lineage(store: Store) -> Iterator[tuple[AI, tuple[str, ...], Model]]:
    """What each manifest says; of what is only a component, no more than that there was AI."""
    waiting = [(store.active, True)]
    seen = {store.active.label}
    while waiting:
        manifest, is_parent = waiting.pop(0)
        try:
            kind, types, model = _read_manifest(manifest)
            assertions = manifest.named(ingredient.NAME)
        except (Malformed, LimitExceeded):
            continue
        if not is_parent:
            kind = AI.COMPOSITE if _RANK[kind] > _RANK[AI.NONE] else AI.UNDECLARED
        yield kind, types, model
        for assertion in assertions:
            try:
                found = ingredient.decode(assertion)
            except Malformed:
                continue
            target = uri.parse(found.manifest.url) if found.manifest else None
            other = store.manifests.get(target.manifest or "") if target else None
            if other is not None and other.label not in seen:
                seen.add(other.label)
                waiting.append((other, is_parent and found.relationship == PARENT_OF))


def _read_manifest(manifest: Manifest) -> tuple[AI, tuple[str, ...], Model]:
    kind, types, agent = AI.UNDECLARED, [], None
    for assertion in manifest.named(actions.NAME):
        try:
            decoded = actions.decode(assertion)
        except Malformed:
            continue
        for action in decoded.actions:
            if action.source_type is None:
                continue
            types.append(action.source_type)
            found = _kind(action)
            if _RANK[found] > _RANK[kind]:
                kind = found
            if agent is None and _RANK[found] > _RANK[AI.NONE]:
                agent = action.agent
    model = _read_model(manifest)
    if agent and model.name in (None, agent.name):
        model = model._replace(name=agent.name, version=agent.version)
    return kind, tuple(types), model


def _kind(action: Action) -> AI:
    found = source_type.find(action.source_type or "")
    if found is None or found.share is Share.UNKNOWN:
        return AI.UNDECLARED
    if found.share is Share.NONE:
        return AI.NONE if action.name == CREATED else AI.UNDECLARED
    if action.name != CREATED:
        return AI.EDITED
    return AI.GENERATED if found.share is Share.ALL else AI.COMPOSITE


def _read_model(manifest: Manifest) -> Model:
    """The first AI disclosure assertion (C2PA 2.5 §16.8.2)."""
    for assertion in manifest.named(AI_DISCLOSURE):
        try:
            fields = assertion.fields
        except Malformed:
            continue
        profile = fields.get("contentProfile")
        oversight = profile.get("humanOversightLevel") if isinstance(profile, dict) else None
        return Model(
            name=_text(fields.get("modelName")),
            identifier=_text(fields.get("modelIdentifier")),
            type=_text(fields.get("modelType")),
            oversight=_text(oversight),
        )
    return Model()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
