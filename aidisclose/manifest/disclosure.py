"""A declaration about AI in one asset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Final, Literal, get_args

from aidisclose.carriers import xmp
from aidisclose.carriers.aigc import Label, Propagation
from aidisclose.codec import cbor
from aidisclose.errors import UsageError, suggestion
from aidisclose.manifest import record, softbinding, source_type, training
from aidisclose.manifest.actions import CREATED, OPENED, WITHOUT_SOURCE_TYPE
from aidisclose.manifest.record import (
    Consent,
    ContentPurpose,
    DeclarantRole,
    DepictionTechnique,
    Direct,
    HarmReview,
    Material,
    Watermark,
)
from aidisclose.manifest.source_type import SOURCE_TYPES, Share, SourceType
from aidisclose.manifest.spec import Spec
from aidisclose.manifest.training import TrainingPolicy
from aidisclose.manifest.uri import HashedURI

#: The version of the specification that brought `label.AI_DISCLOSURE`.
#: c2pa-rs 0.91 passes it through as an assertion that it does not know.
WITH_AI_DISCLOSURE: Final = (2, 4)

#: What each kind writes as source type unless told otherwise.
_DEFAULT_TERMS: Final = {
    "generated": "trainedAlgorithmicMedia",
    "composite": "compositeWithTrainedAlgorithmicMedia",
    "edited": "compositeWithTrainedAlgorithmicMedia",
    "none": "digitalCreation",
}
#: What part AI had.
AIKind = Literal["generated", "composite", "edited", "none"]
#: How much people had to do with it (C2PA 2.4 §18.28.3).
Oversight = Literal["fully_autonomous", "prompt_guided", "human_validated"]
OVERSIGHT: Final[tuple[str, ...]] = get_args(Oversight)
MODEL_TYPE: Final = "c2pa.types.model"
#: How C2PA 2.4 §18.28.3 reads the two together. It is a table of interpretations, without a
#: "shall": what is not in it is said all the same, with a warning.
_PAIRS: Final = {
    "trainedAlgorithmicMedia": ("fully_autonomous", "prompt_guided"),
    "compositeWithTrainedAlgorithmicMedia": ("human_validated",),
}
#: Actions that may be named, by the first version of the specification that has them. Missing are
#: those that are deprecated, that need data which is not declared here, or that say nothing.
_SINCE: Final = {
    (2, 2): (
        *("addedText", "adjustedColor", "changedSpeed", "converted", "cropped", "deleted"),
        *("drawing", "dubbed", "edited", "edited.metadata", "enhanced", "filtered"),
        *("orientation", "published", "repackaged", "resized", "transcoded", "trimmed"),
    ),
    (2, 3): ("mastered", "mixed", "remixed"),
    (2, 4): ("resized.proportional",),
    (2, 5): ("modified", "rendered", "reviewed"),
}
_VERSIONS: Final = {f"c2pa.{name}": version for version, names in _SINCE.items() for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """The user's declaration about AI in one asset.

    Texts are kept as XMP can hold them too: control characters become U+FFFD.

    Attributes:
        ai: `generated`, `composite`, `edited` or `none`.
        model: Name of the generative model or system.
        model_version: Its version.
        model_id: A URI that identifies it, such as `pkg:huggingface/…`.
        model_type: `c2pa.types.model` or a sub-type.
        provider: The provider of the system.
        oversight: One of `OVERSIGHT`.
        source_type: Digital source type, term or URI, instead of the one that `ai` implies.
        actions: Further actions, such as `c2pa.cropped`, in the order in which they were done.
        prompt: The request to the model. Signed and public once it is given.
        prompt_writer: The writer of the prompt; personal data.
        seed: Of the random numbers.
        inputs: Whether prompt, seed, model and data set become ingredients, rather than metadata.
            The official signals then also report media of unknown provenance.
        training: One of `training.POLICIES`.
        training_constraint: The conditions for training, or where they are.
        watermark: An imperceptible watermark that is in the content.
        role: The role of the one who declares this, one of `record.ROLES`.
        material: Whether the use of AI matters to how the content is understood: `yes`, `no` or
            `unknown`.
        material_reason: The reason for that.
        direct: The disclosures that viewers or listeners perceive.
        consent: Of people who are depicted.
        techniques: Of `record.TECHNIQUES`.
        purpose: One of `record.PURPOSES`.
        harm_review: Whether harm was considered.
        policy_url: The policy of who declares this.
        model_card_url: The address of facts about the model.
        training_data_url: The address of facts about its training data.
        bias_url: The address of facts about its biases.
        uncertainty: The facts that are not known: `share of AI edits unknown`.
        aigc: The label of GB 45438-2025, only if it is asked for.
        propagation: The fields that a platform adds to the label that the file carries.

    Raises:
        UsageError: A value is not permitted, or two contradict each other; the message names the
            field and the rule.
    """

    ai: AIKind
    model: str | None = None
    model_version: str | None = None
    model_id: str | None = None
    model_type: str | None = None
    provider: str | None = None
    oversight: Oversight | None = None
    source_type: str | None = None
    actions: tuple[str, ...] = ()
    prompt: str | None = None
    prompt_writer: str | None = None
    seed: str | None = None
    inputs: bool = False
    training: TrainingPolicy | None = None
    training_constraint: str | None = None
    watermark: Watermark | None = None
    role: DeclarantRole | None = None
    material: Material | None = None
    material_reason: str | None = None
    direct: tuple[Direct, ...] = ()
    consent: Consent | None = None
    techniques: tuple[DepictionTechnique, ...] = ()
    purpose: ContentPurpose | None = None
    harm_review: HarmReview | None = None
    policy_url: str | None = None
    model_card_url: str | None = None
    training_data_url: str | None = None
    bias_url: str | None = None
    uncertainty: str | None = None
    aigc: Label | None = None
    propagation: Propagation | None = None

    def __post_init__(self) -> None:
        record.check_types(self)
        check_text(self)
        for each in fields(self):
            # One text for manifest and XMP, or they would contradict each other.
            if isinstance(text := getattr(self, each.name), str):
                object.__setattr__(self, each.name, xmp.plain(text))
        if self.ai not in _DEFAULT_TERMS:
            raise UsageError(f"unknown ai {self.ai!r} (choose from {', '.join(_DEFAULT_TERMS)})")
        if self.model_version and not self.model:
            raise UsageError("a model version needs the name of the model")
        # With the dot, so that `c2pa.types.modelling` is not taken for a sub-type.
        if self.model_type and not f"{self.model_type}.".startswith(f"{MODEL_TYPE}."):
            raise UsageError(f"model_type is {MODEL_TYPE} or a sub-type, not {self.model_type!r}")
        if self.prompt_writer and not self.prompt:
            raise UsageError("prompt_writer needs a prompt")
        if (self.training_constraint is not None) != (self.training == "constrained"):
            raise UsageError("training=constrained and training_constraint belong together")
        if self.aigc and self.propagation:
            raise UsageError("propagation completes a label that is there: aigc writes a new one")
        for action in self.actions:
            if not (action in _VERSIONS or _is_own(action)):
                raise UsageError(_no_action(action))
        self._check_vocabularies()
        self._check_source_type()
        record.check_consent(self.techniques, self.consent)

    def _check_vocabularies(self) -> None:
        record.one_of("oversight", self.oversight, OVERSIGHT)
        record.one_of("training", self.training, training.POLICIES)
        record.one_of("role", self.role, record.ROLES)
        record.one_of("material", self.material, record.MATERIAL)
        record.one_of("purpose", self.purpose, record.PURPOSES)
        for name in ("policy_url", "model_card_url", "training_data_url", "bias_url"):
            record.https(name, getattr(self, name))

    def _check_source_type(self) -> None:
        """Refuse to declare both that AI was used and that it was not."""
        share, term = self.term.share, self.term.term
        named = ("model", "model_id", "model_type", "oversight", "prompt", "seed", "aigc")
        given = next((name for name in named if getattr(self, name)), None)
        if self.ai == "none" and given:
            raise UsageError(f"a model or oversight is declared although ai is none: {given}")
        if self.ai == "none" and share.includes_ai:
            raise UsageError(f"ai is none, but {term} says that AI made it")
        if self.ai != "none" and share is Share.NONE:
            raise UsageError(f"ai is {self.ai}, but {term} says that no AI was used")

    @classmethod
    def from_fields(cls, fields: object) -> Disclosure:
        """A disclosure from plain maps and lists, as TOML and JSON give them.

        Raises:
            UsageError: A field is unknown, of the wrong type or not permitted; the message names
                it.
        """
        return record.build(cls, fields)

    def check_spec(self, spec: Spec) -> None:
        """Check that this version of the specification has all that is declared.

        Raises:
            UsageError: It has not; the message names the action.
        """
        if self.watermark and not self.watermark.is_bound and not spec.has((2, 3)):
            raise UsageError(
                "c2pa.watermarked needs a soft binding before C2PA 2.3: declare watermark.alg and "
                "watermark.value, or ask for a newer version"
            )
        for action in self.actions:
            if not spec.has(version := _VERSIONS.get(action, spec.number)):
                major, minor = version
                raise UsageError(
                    f"{action} exists since C2PA {major}.{minor}: ask for that version"
                )

    @property
    def warnings(self) -> tuple[str, ...]:
        """Statements that readers may find hard to reconcile, a line each."""
        return tuple(self._warnings())

    def _warnings(self) -> Iterator[str]:
        term = self.term.term
        usual = _PAIRS.get(term, OVERSIGHT)
        if self.oversight is not None and self.oversight not in usual:
            message = f"oversight {self.oversight} is unusual with the source type {term}, which"
            yield f"{message} goes with {' or '.join(usual)} (C2PA 2.4 §18.28.3)"
        alg = self.watermark and self.watermark.alg
        if alg and alg not in softbinding.ALGORITHMS:
            yield (
                f"{alg} is not in the C2PA list of soft binding algorithms of {softbinding.AS_OF}: "
                "others do not know how to find the watermark"
            )

    def unsaid(self, spec: Spec) -> tuple[str, ...]:
        """The fields that this version of the specification lacks, in one line; empty if none."""
        if spec.has(WITH_AI_DISCLOSURE):
            return ()
        named = [name for name in ("model_id", "model_type", "oversight") if getattr(self, name)]
        if not named:
            return ()
        message = f"C2PA {spec} has no c2pa.ai-disclosure, which would say"
        return (f"{message} {' and '.join(named)}: ask for 2.4",)

    @property
    def opens(self) -> bool:
        """Whether something that existed was changed, rather than made anew."""
        return self.ai == "edited" or (self.ai == "none" and bool(self.actions))

    @property
    def term(self) -> SourceType:
        """The digital source type to be written.

        Raises:
            UsageError: The one that was given is unknown or retired.
        """
        if self.source_type is None:
            return SOURCE_TYPES[_DEFAULT_TERMS[self.ai]]
        found = source_type.find(self.source_type)
        if found is None:
            raise UsageError(_no_source_type(self.source_type))
        if found.successor is not None:
            instead = f"; use {found.successor}" if found.successor else ""
            raise UsageError(f"the digital source type {found.term} is retired{instead}")
        return found

    def write_actions(
        self,
        *,
        parent: HashedURI | None,
        when: str,
        inputs: Iterable[HashedURI] = (),
        placed: Iterable[HashedURI] = (),
        spec: Spec = Spec.V2_4,
    ) -> dict[str, object]:
        """The content of `c2pa.actions.v2`.

        Arguments:
            parent: The ingredient that was opened; without one, the asset was created.
            when: RFC 3339 date and time.
            inputs: The ingredients that the model was given.
            placed: The ingredients that the asset is composed of.
            spec: Version of the specification.

        Raises:
            UsageError: Something was edited, but there is no parent.
        """
        time = cbor.date_time(when)
        agent = {"name": self.model} if self.model else {}
        if self.model_version:
            agent["version"] = self.model_version
        made: dict[str, object] = {"when": time}
        made |= {"softwareAgent": agent} if agent else {}
        made |= {"digitalSourceType": self.term.uri}
        if listed_inputs := [item.encode() for item in inputs]:
            made |= {"parameters": {"ingredients": listed_inputs}}
        if parent is None:
            if self.ai == "edited":
                raise UsageError("what was edited must be there as the parent")
            listed: list[dict[str, object]] = [{"action": CREATED, **made}]
        else:
            # Exactly one, and no source type with it (conformance programme 0.2, from 2.4 on).
            opened = {"ingredients": [parent.encode()]}
            listed = [{"action": OPENED, "when": time, "parameters": opened}]
            if self.ai != "none":
                listed.append({"action": "c2pa.edited", **made})
        for item in placed:
            part = {"ingredients": [item.encode()]}
            listed.append({"action": "c2pa.placed", "when": time, "parameters": part})
        listed += [self._further(action, time) for action in self.actions]
        if self.watermark:
            kind = "bound" if self.watermark.is_bound else "unbound"
            name = f"c2pa.watermarked.{kind}" if spec.has((2, 3)) else "c2pa.watermarked"
            listed.append({"action": name, "when": time})
        # The signer says that nothing else was done. `composition.draft` takes that back where a
        # file was opened and only saved again.
        return {"actions": listed, "allActionsIncluded": True}

    def _further(self, action: str, time: object) -> dict[str, object]:
        fields: dict[str, object] = {"action": action, "when": time}
        if action.startswith("c2pa.") and action not in WITHOUT_SOURCE_TYPE:
            declared = self.source_type is not None and self.ai == "none"
            term = self.term if declared else SOURCE_TYPES["humanEdits"]
            fields["digitalSourceType"] = term.uri
        return fields

    def write_model(self) -> dict[str, object] | None:
        """The content of `c2pa.ai-disclosure` (C2PA 2.5 §16.8.2); None if nothing is known."""
        # C2PA 2.5 §16.8.2 has it beside AI source types, not beside `digitalCreation`.
        if self.ai == "none" or not (self.model or self.model_id or self.oversight):
            return None
        fields: dict[str, object] = {"modelType": self.model_type or MODEL_TYPE}
        fields |= {"modelName": self.model} if self.model else {}
        fields |= {"modelIdentifier": self.model_id} if self.model_id else {}
        if self.oversight:
            fields["contentProfile"] = {"humanOversightLevel": self.oversight}
        return fields

    def write_record(self, indirect: Iterable[str]) -> dict[str, object] | None:
        """The content of our own assertion; None if nothing is said that belongs there.

        Arguments:
            indirect: The machine-readable methods by which the file discloses the use of AI.
        """
        own = (
            "role",
            "direct",
            "consent",
            "techniques",
            "purpose",
            "harm_review",
            "policy_url",
            "uncertainty",
        )
        fields = {name: record.encode(getattr(self, name)) for name in own if getattr(self, name)}
        if self.material:
            reason = {"reason": self.material_reason} if self.material_reason else {}
            fields["material"] = {"value": self.material} | reason
        urls = ("card_url", "training_data_url", "bias_url")
        given = (self.model_card_url, self.training_data_url, self.bias_url)
        model = {name: url for name, url in zip(urls, given, strict=True) if url}
        if not (fields or model):
            return None
        named = {"name": self.model, "version": self.model_version, "id": self.model_id}
        model = {name: value for name, value in named.items() if value} | model
        fields |= {"model": model} if model else {}
        return {"ai_involvement": self.term.uri, **fields, "indirect": list(indirect)}


def check_text(value: object, name: str = "") -> None:
    """Raise UsageError, with the name of the field, if a text in `value` cannot be UTF-8."""
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise UsageError(f"{name} is not valid UTF-8: {value!a}") from None
    elif isinstance(value, tuple):
        for item in value:
            check_text(item, name)
    elif is_dataclass(value):
        for each in fields(value):
            check_text(getattr(value, each.name), each.name)


def _no_source_type(text: str) -> str:
    """A message that a text is not a digital source type, with the one that may be meant."""
    known = [each for each, kind in SOURCE_TYPES.items() if kind.successor is None]
    hint = suggestion(text.rpartition("/")[2], known) or f"; choose from {', '.join(known)}"
    return f"{text!r} is not a digital source type{hint}"


def _no_action(action: str) -> str:
    """A message that a name cannot be a further action, with the one that may be meant."""
    import difflib

    if f"c2pa.{action}" in _VERSIONS:
        return f"unknown action {action!r}; did you mean c2pa.{action}?"
    bare = {each.removeprefix("c2pa."): each for each in _VERSIONS}
    # Closer than other suggestions: `created` is another action, and not `deleted` misspelled.
    for near in difflib.get_close_matches(action.removeprefix("c2pa."), bare, 1, 0.8):
        return f"unknown action {action!r}; did you mean {bare[near]}?"
    return f"{action!r} cannot be a further action (choose from {', '.join(_VERSIONS)})"


def _is_own(action: str) -> bool:
    """Whether an action has a namespace, and not that of the specification."""
    return "." in action and not action.startswith("c2pa.")
