"""C2PA conformance programme 0.2, the official signals, and what both let pass.

`C2PA-` rules are requirements of the programme and the checks of its asset rubric, `SIG-` rules
look at the signals that readers derive, `LINT-` rules at mistakes that the rubric does not see.
The programme measures against one version of the specification: the one that the claim names, or
that the user states with `--input spec=`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from aidisclose.manifest import softbinding
from aidisclose.manifest.actions import CREATED, OPENED, WITHOUT_SOURCE_TYPE, Action
from aidisclose.manifest.label import AI_DISCLOSURE
from aidisclose.manifest.source_type import SOURCE_TYPES
from aidisclose.manifest.store import ManifestKind
from aidisclose.message import Message
from aidisclose.policy import signals as rubric
from aidisclose.policy import sources
from aidisclose.policy.checks import metadata_fits, signed
from aidisclose.policy.evidence import Evidence, fields_of, find_type, text
from aidisclose.policy.premises import has_actions, has_manifest
from aidisclose.policy.rule import (
    ANCHORS,
    ERROR,
    PRODUCTS,
    WARNING,
    Edition,
    Profile,
    Rule,
    Verdict,
    failed,
    inapplicable,
    passed,
    undetermined,
    warned,
)
from aidisclose.policy.signals import signals
from aidisclose.policy.sources import Addressee

_PROGRAMME: Final = "C2PA conformance programme 0.2"
_RUBRIC: Final = f"{_PROGRAMME}, asset rubric (2026-08-06)"
_SIGNALS: Final = "C2PA asset rubric, signals 1.0 (2026-08-06)"
_SPEC_2_4: Final = (2, 4)
#: Exempt from the source type that every other action of C2PA must have.
_UNTYPED: Final = WITHOUT_SOURCE_TYPE | {OPENED}

_ASSERTIONS: Final = frozenset(
    {
        "c2pa.actions.v2",
        "c2pa.asset-ref",
        "c2pa.asset-type.v2",
        "c2pa.assertion.metadata",
        "c2pa.certificate-status",
        "c2pa.cloud-data",
        "c2pa.depthmap.GDepth",
        "c2pa.embedded-data",
        "c2pa.hash.bmff.v3",
        "c2pa.hash.boxes",
        "c2pa.hash.collection.data",
        "c2pa.hash.data",
        "c2pa.hash.data.part",
        "c2pa.hash.multi-asset",
        "c2pa.icon",
        "c2pa.ingredient.v3",
        "c2pa.metadata",
        "c2pa.soft-binding",
        "c2pa.thumbnail.claim",
        "c2pa.thumbnail.ingredient",
        "c2pa.time-stamp",
    }
)
_ASSERTIONS_2_4: Final = _ASSERTIONS | {
    "c2pa.ai-disclosure",
    "c2pa.alternative-content-representation",
    "c2pa.environmental-sustainability",
    "c2pa.external-reference",
    "c2pa.repository-receipt",
    "c2pa.session-keys",
}
_ASSERTIONS_2_5: Final = _ASSERTIONS_2_4 | {"c2pa.hash.segment", "c2pa.linked-resource-integrity"}

_ACTIONS: Final = frozenset(
    f"c2pa.{name}"
    for name in (
        *("addedText", "adjustedColor", "changedSpeed", "converted", "created", "cropped"),
        *("deleted", "drawing", "dubbed", "edited", "edited.metadata", "enhanced", "filtered"),
        *("opened", "orientation", "placed", "published", "redacted", "removed", "repackaged"),
        *("resized", "transcoded", "translated", "trimmed", "unknown"),
    )
)
_ACTIONS_2_2: Final = _ACTIONS | {"c2pa.watermarked"}
_ACTIONS_2_4: Final = _ACTIONS | {
    *("c2pa.mastered", "c2pa.mixed", "c2pa.remixed", "c2pa.resized.proportional"),
    *("c2pa.watermarked.bound", "c2pa.watermarked.unbound"),
}
_ACTIONS_2_5: Final = (_ACTIONS_2_4 | {"c2pa.modified", "c2pa.rendered", "c2pa.reviewed"}) - {
    "c2pa.removed"
}
#: First version of the specification → assertions and actions that it permits.
_PERMITTED: Final = (
    ((2, 5), _ASSERTIONS_2_5, _ACTIONS_2_5),
    ((2, 4), _ASSERTIONS_2_4, _ACTIONS_2_4),
    ((0, 0), _ASSERTIONS, _ACTIONS_2_2),
)
#: Thumbnails had the format in their label before 2.2 (`c2pa.thumbnail.claim.jpeg`).
_PREFIXES: Final = ("c2pa.thumbnail.claim.", "c2pa.thumbnail.ingredient.")
#: Part of AI as the user states it → signal.
_EXPECTED: Final = {
    "generated": rubric.FULLY_AI,
    "composite": rubric.PARTLY_AI,
    "edited": rubric.AI_EDIT,
}
_PAIRS: Final = {
    "trainedAlgorithmicMedia": ("fully_autonomous", "prompt_guided"),
    "compositeWithTrainedAlgorithmicMedia": ("human_validated",),
}


def _trusted(evidence: Evidence) -> Verdict:
    if evidence.is_vouched_for:
        return passed("{voucher} vouches for the signer", voucher=evidence.voucher)
    if evidence.report.trust == "trusted":
        return failed("only test credentials vouch for the signer: nobody else trusts them")
    if evidence.report.trust == "not_checked":
        return undetermined("no trust anchors were given", asks=ANCHORS)
    return failed("the signer is {trust}", trust=Message(evidence.report.trust))


def _inception(evidence: Evidence) -> Verdict:
    if evidence.manifest and evidence.manifest.kind is ManifestKind.UPDATE:
        return inapplicable("does not apply to update manifests")
    if not evidence.action_lists:
        return failed("there are no actions")
    first = evidence.action_lists[0]
    # The label as it stands, which the rubric compares: neither version 1 nor a second instance
    # will do.
    if first.assertion.label != rubric.ACTIONS:
        return failed("the first actions are labelled {label}", label=first.assertion.label)
    if first.assertion.label not in evidence.created_labels:
        return failed("the actions are passed on from elsewhere, not made by the signer")
    if first.actions[0].name not in (CREATED, OPENED):
        return failed("the first action is {name}", name=first.actions[0].name)
    return passed("begins with {name}", name=first.actions[0].name)


def _source_types(evidence: Evidence) -> Verdict:
    for action in evidence.actions:
        has_type = action.source_type is not None
        if action.name == OPENED and has_type and _version(evidence) >= _SPEC_2_4:
            return failed("c2pa.opened has a source type")
        is_needed = action.name in _ACTIONS_2_5 | _ACTIONS_2_2
        if is_needed and action.name not in _UNTYPED and not has_type:
            return failed("{name} has no source type", name=action.name)
    return passed("source types where they must be")


def _version(evidence: Evidence) -> tuple[int, int]:
    return evidence.spec or _SPEC_2_4


def _complete(evidence: Evidence) -> Verdict:
    said = [each.all_included for each in evidence.action_lists]
    if None in said:
        return failed("allActionsIncluded is missing")
    if False in said:
        return warned("allActionsIncluded is false: readers cannot tell what else was done")
    return passed("allActionsIncluded is true")


def _spec_version(evidence: Evidence) -> Verdict:
    if evidence.claim is None:
        return undetermined("the claim cannot be read")
    if "specVersion" in evidence.claim.fields:
        return failed("specVersion stands in the claim, not in claim_generator_info")
    stated, wanted = evidence.spec_version, evidence.inputs.get("spec")
    if stated is None:
        if wanted and evidence.spec and evidence.spec < _SPEC_2_4:
            return passed("not required by {wanted}", wanted=wanted)
        return failed("claim_generator_info has no specVersion")
    if wanted and stated.split(".")[:2] != wanted.split("."):
        return failed("specVersion is {stated}, not {wanted}", stated=stated, wanted=wanted)
    return passed(stated)


def _permitted(evidence: Evidence) -> Verdict:
    version = _version(evidence)
    assertions, actions = next(
        (names, verbs) for since, names, verbs in _PERMITTED if version >= since
    )
    number = ".".join(map(str, version))
    for assertion in evidence.assertions:
        base = assertion.parts.base
        is_known = base in assertions or base.startswith(_PREFIXES)
        # Whose names begin with a domain of their own decides about them alone.
        if base.startswith("stds.") or (base.startswith("c2pa.") and not is_known):
            return failed("{base} is not permitted in {number}", base=base, number=number)
    for action in evidence.actions:
        if action.name.startswith("c2pa.") and action.name not in actions:
            return failed("{name} is not permitted in {number}", name=action.name, number=number)
    return passed("all assertions and actions are permitted in {number}", number=number)


def _dotted(evidence: Evidence) -> Verdict:
    names = [assertion.parts.base for assertion in evidence.assertions]
    names += [action.name for action in evidence.actions]
    bare = [name for name in names if "." not in name]
    return (
        failed("{bare} names no namespace", bare=repr(bare[0]))
        if bare
        else passed("all names have one")
    )


def _urn(evidence: Evidence) -> Verdict:
    label = evidence.manifest.label if evidence.manifest else ""
    is_new = label.startswith("urn:c2pa:")
    return passed(label) if is_new else failed("{label} does not begin with urn:c2pa:", label=label)


def _ingredients(evidence: Evidence) -> Verdict:
    for assertion in evidence.named("c2pa.ingredient"):
        fields = fields_of(assertion)
        has_manifest = "activeManifest" in fields
        if has_manifest != ("validationResults" in fields):
            if has_manifest:
                problem = "{label} has a manifest without validation results"
            else:
                problem = "{label} has validation results without a manifest"
            return failed(problem, label=assertion.label)
        if has_manifest and "digitalSourceType" in fields:
            return failed("{label} has both a manifest and a source type", label=assertion.label)
    for action in evidence.actions:
        if action.name == OPENED and len(action.ingredients) != 1:
            return failed("c2pa.opened has {count} ingredients", count=len(action.ingredients))
    return passed("ingredients are as they must be")


def _hashes(evidence: Evidence) -> Verdict:
    found = [item for item in evidence.assertions if item.label.startswith("c2pa.hash.")]
    for assertion in found:
        if "url" in fields_of(assertion):
            return failed("{label} has a url", label=assertion.label)
        if assertion.parts.name == "c2pa.hash.boxes" and _is_tiff(evidence):
            return failed("a box hash binds a TIFF file")
    return passed("hashes are as they must be") if found else undetermined("there are no hashes")


def _is_tiff(evidence: Evidence) -> bool:
    return evidence.report.media_type in ("image/tiff", "image/x-adobe-dng")


def _legacy(evidence: Evidence) -> Verdict:
    for action in evidence.actions:
        for name in ("description", "ingredient"):
            if name in action.parameters:
                return failed(
                    "{action} has {name} in its parameters, as version 1 had",
                    action=action.name,
                    name=repr(name),
                )
    return passed("no parameters of version 1")


def _intended(evidence: Evidence) -> Verdict:
    stated = evidence.inputs.get("ai")
    # Readers derive signals from the active manifest alone, whatever earlier ones say.
    if stated is None and not evidence.ai_actions:
        return undetermined("which signal is intended", asks="ai=generated")
    found = signals(evidence)
    said = ", ".join(sorted(found)) or "none"
    if stated == "no":
        is_met = not found & rubric.AI_SIGNALS
    elif stated in _EXPECTED:
        is_met = _EXPECTED[stated] in found
    else:
        is_met = bool(found & rubric.AI_SIGNALS)
    if is_met:
        return passed("readers derive: {said}", said=said)
    return failed("readers derive: {said}; intended is {stated}", said=said, stated=stated or "AI")


def _misleading(evidence: Evidence) -> Verdict:
    if rubric.UNKNOWN_PROVENANCE not in signals(evidence):
        return passed("readers are not told of unknown provenance")
    bare = [
        item.assertion.label
        for item in evidence.ingredients
        if item.assertion.label == rubric.INGREDIENT and item.relationship == "inputTo"
    ]
    if bare:
        return failed("a prompt or model as first ingredient reads as media of unknown provenance")
    return passed("the ingredient really is of unknown provenance")


def _hidden(evidence: Evidence) -> Verdict:
    says_ai = bool(evidence.ai_actions) or any(
        find_type(value) and value.rpartition("/")[2] in _PAIRS for value in _templates(evidence)
    )
    if not says_ai:
        return undetermined("no action says that AI was used")
    if signals(evidence) & rubric.AI_SIGNALS:
        return passed("readers derive that AI was used")
    return failed("AI is declared where no reader looks: they derive nothing of it")


def _templates(evidence: Evidence) -> Iterator[str]:
    for each in evidence.action_lists:
        listed = each.assertion.fields.get("templates")
        for item in listed if isinstance(listed, list) else []:
            if isinstance(item, dict) and text(item.get("digitalSourceType")):
                yield text(item["digitalSourceType"])


def _terms(evidence: Evidence) -> Verdict:
    values = [action.source_type for action in evidence.actions if action.source_type is not None]
    values += [text(item.fields.get("digitalSourceType")) for item in evidence.ingredients]
    values = [value for value in values if value]
    if not values:
        return undetermined("there is no source type")
    for value in values:
        found = find_type(value)
        if found is None:
            return failed("{value} is not a term of the vocabulary", value=repr(value))
        if found.successor is not None:
            return failed("{term} is retired", term=found.term)
        if value != SOURCE_TYPES[found.term].uri:
            return failed("{value} is written {uri}", value=value, uri=found.uri)
    return passed("terms of the vocabulary, written as it has them")


def _bound(evidence: Evidence) -> Verdict:
    if not any(action.name == "c2pa.watermarked.bound" for action in evidence.actions):
        return undetermined("no watermark is said to lead to the manifest")
    if evidence.soft_bindings:
        return passed("a soft binding says how")
    return failed("c2pa.watermarked.bound without a soft binding")


def _registered(evidence: Evidence) -> Verdict:
    if not evidence.soft_bindings:
        return undetermined("there is no soft binding")
    for alg in evidence.soft_bindings:
        if alg not in softbinding.ALGORITHMS:
            return failed(
                "{alg} is not in the registry of {as_of}", alg=repr(alg), as_of=softbinding.AS_OF
            )
    return passed("in the registry of {as_of}", as_of=softbinding.AS_OF)


def _agents(evidence: Evidence) -> Verdict:
    if not evidence.ai_actions:
        return undetermined("no action says that AI was used")
    for action in evidence.ai_actions:
        if problem := _lacks(action):
            return problem
    return passed("each AI action says what did it, and when")


def _lacks(action: Action) -> Verdict | None:
    name = action.name
    if action.agent is None:
        return failed("{name} does not say what software did it", name=name)
    if not action.agent.version:
        program = action.agent.name
        return failed("{name} does not say which version of {program}", name=name, program=program)
    return None if action.when else failed("{name} does not say when", name=name)


def _model_type(evidence: Evidence) -> Verdict:
    found = evidence.named(AI_DISCLOSURE)
    if not found:
        return undetermined("there is no AI disclosure assertion")
    for assertion in found:
        if not text(fields_of(assertion).get("modelType")):
            return failed("{label} has no modelType, which it must have", label=assertion.label)
    return passed("modelType is there")


def _paired(evidence: Evidence) -> Verdict:
    levels = [level for level in map(_oversight, _disclosures(evidence)) if level]
    if not levels:
        return undetermined("no level of human oversight is declared")
    terms = {
        found.term
        for found in (find_type(item.source_type) for item in evidence.ai_actions)
        if found
    }
    allowed = {level for term in terms for level in _PAIRS.get(term, ())}
    if set(levels) <= allowed:
        return passed("{level} fits {terms}", level=levels[0], terms=", ".join(sorted(terms)))
    return failed(
        "{level} does not fit {terms}",
        level=levels[0],
        terms=", ".join(sorted(terms)) or Message("the source types"),
    )


def _disclosures(evidence: Evidence) -> Iterator[Mapping[object, object]]:
    yield from map(fields_of, evidence.named(AI_DISCLOSURE))


def _oversight(fields: Mapping[object, object]) -> str:
    profile = fields.get("contentProfile")
    return text(profile.get("humanOversightLevel")) if isinstance(profile, dict) else ""


def _attached(evidence: Evidence) -> Verdict:
    if not evidence.named(AI_DISCLOSURE):
        return undetermined("there is no AI disclosure assertion")
    types = [find_type(action.source_type) for action in evidence.actions]
    if not evidence.ai_actions and any(item and item.term == "digitalCreation" for item in types):
        return failed("an AI disclosure is attached to a digital creation without AI")
    return passed("attached to what AI made")


def _single(evidence: Evidence) -> Verdict:
    found = [item.name for item in evidence.actions if item.name in (CREATED, OPENED)]
    if len(found) == 1:
        return passed(found[0])
    return failed(", ".join(found)) if found else failed("neither created nor opened")


def _in_record(evidence: Evidence) -> Verdict:
    product = evidence.report.product
    if product is None:
        return undetermined("no conforming product is known to have signed", asks=PRODUCTS)
    if not product.is_conformant:
        return warned("the conformance of {name} ended", name=product.name)
    if wrong := rubric.overclaimed(evidence.report):
        return failed("{name} may not claim {wrong}", name=product.name, wrong=", ".join(wrong))
    return passed(
        "{name}, record {record}, claims nothing that is disallowed to it",
        name=product.name,
        record=product.record,
    )


_RULES: Final = (
    Rule(
        id="C2PA-001",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="the manifest is well-formed and valid",
        citation="C2PA 2.5 §14; " + _RUBRIC,
        evidence="all status codes",
        fix="`aidisclose inspect FILE` shows every failure; sign the original anew",
        check=signed,
    ),
    Rule(
        id="C2PA-002",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=WARNING,
        title="the signer is trusted",
        citation=_RUBRIC,
        evidence="certificate chain, against your anchors",
        fix="sign with a certificate of an authority on the C2PA trust list",
        check=_trusted,
        premise=has_manifest,
    ),
    Rule(
        id="C2PA-003",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="the first action says how the asset began",
        citation=_RUBRIC,
        evidence="first actions assertion of the signer",
        fix="begin c2pa.actions.v2 with c2pa.created or c2pa.opened",
        check=_inception,
        premise=has_manifest,
    ),
    Rule(
        id="C2PA-004",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="actions have source types where they must",
        citation=_PROGRAMME,
        evidence="digitalSourceType of every action",
        fix="add it to created and edits, remove it from opened",
        check=_source_types,
        premise=has_actions,
    ),
    Rule(
        id="C2PA-005",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="it is said whether all actions are listed",
        citation=_PROGRAMME,
        evidence="allActionsIncluded",
        fix="set allActionsIncluded to true",
        check=_complete,
        premise=has_actions,
    ),
    Rule(
        id="C2PA-006",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="the version of the specification is named",
        citation=_PROGRAMME,
        evidence="specVersion of claim_generator_info; input spec",
        fix="sign with --spec",
        check=_spec_version,
        premise=has_manifest,
    ),
    Rule(
        id="C2PA-007",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="nothing is deprecated or not permitted",
        citation=_RUBRIC,
        evidence="labels of assertions, names of actions; input spec",
        fix="sign with the --spec that permits it, or leave it out",
        check=_permitted,
        premise=has_manifest,
    ),
    Rule(
        id="C2PA-008",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="names of one's own have a namespace",
        citation=_RUBRIC,
        evidence="labels of assertions, names of actions",
        fix="prefix the name with a domain: com.example.name",
        check=_dotted,
        premise=has_manifest,
    ),
    Rule(
        id="C2PA-009",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="the manifest is named by a C2PA URN",
        citation=_RUBRIC,
        evidence="label of the manifest",
        fix="sign anew with a current tool",
        check=_urn,
        premise=has_manifest,
    ),
    Rule(
        id="C2PA-010",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="ingredients are complete and not contradictory",
        citation=_RUBRIC,
        evidence="ingredient assertions; ingredients of c2pa.opened",
        fix="let `aidisclose sign` add the parent",
        check=_ingredients,
        premise=has_manifest,
    ),
    Rule(
        id="C2PA-011",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="hashes have no url, and TIFF no box hash",
        citation=_RUBRIC,
        evidence="hash assertions",
        fix="sign anew",
        check=_hashes,
        premise=has_manifest,
    ),
    Rule(
        id="C2PA-012",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=WARNING,
        title="parameters are those of version 2",
        citation=_RUBRIC,
        evidence="parameters of actions",
        fix="use `ingredients`; put the description into the action",
        check=_legacy,
        premise=has_actions,
    ),
    Rule(
        id="SIG-001",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="readers derive the signal that is intended",
        citation=_SIGNALS,
        evidence="c2pa.actions.v2 and c2pa.ingredient.v3; input ai",
        fix="`aidisclose sign FILE --ai …` writes what gives the signal",
        check=_intended,
        premise=has_manifest,
    ),
    Rule(
        id="SIG-002",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=WARNING,
        title="no signal misleads",
        citation=_SIGNALS,
        evidence="first ingredient without a manifest",
        fix="put the prompt into cawg.metadata instead",
        check=_misleading,
        premise=has_manifest,
    ),
    Rule(
        id="SIG-003",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="AI is declared where readers look",
        citation=_SIGNALS,
        evidence="source types in actions that readers pass over",
        fix="put the source type on created or edited, in c2pa.actions.v2",
        check=_hidden,
        premise=has_actions,
    ),
    Rule(
        id="SIG-004",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="the product that signed may claim what it claims",
        citation="C2PA list of conforming products, disallowedSignals",
        evidence="record of the trusted signer's product, against the signals of the file",
        fix="sign with a product that is permitted to claim it; `aidisclose trust update`",
        check=_in_record,
    ),
    Rule(
        id="LINT-001",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="source types are terms of the vocabulary",
        citation="IPTC Digital Source Type NewsCodes, 2024-10-23",
        evidence="source types of actions and ingredients",
        fix="use the URI of the term, with http and no slash at its end",
        check=_terms,
        premise=has_manifest,
    ),
    Rule(
        id="LINT-002",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="a bound watermark has a soft binding",
        citation="C2PA 2.4, c2pa.watermarked.bound",
        evidence="actions and soft bindings",
        fix="add c2pa.soft-binding, or use c2pa.watermarked.unbound",
        check=_bound,
        premise=has_actions,
    ),
    Rule(
        id="LINT-003",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="soft-binding algorithms are registered",
        citation=f"C2PA soft-binding algorithm list, {softbinding.AS_OF}",
        evidence="alg of soft bindings",
        fix="use the registered name of the algorithm",
        check=_registered,
        premise=has_manifest,
    ),
    Rule(
        id="LINT-004",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=WARNING,
        title="AI actions say what did it, and when",
        citation="C2PA 2.5 §16.11, where both are optional",
        evidence="softwareAgent and when of AI actions",
        fix="sign with --model and --model-version",
        check=_agents,
        premise=has_actions,
    ),
    Rule(
        id="LINT-005",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="c2pa.metadata holds what it may",
        citation="C2PA 2.2, appendix B",
        evidence="properties in c2pa.metadata",
        fix="put AI properties and plus:DataMining into cawg.metadata",
        check=metadata_fits,
        premise=has_manifest,
    ),
    Rule(
        id="LINT-006",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="an AI disclosure names the kind of model",
        citation="C2PA 2.5 §16.8.2",
        evidence="modelType of c2pa.ai-disclosure",
        fix="sign with --model-type",
        check=_model_type,
        premise=has_manifest,
    ),
    Rule(
        id="LINT-007",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=WARNING,
        title="human oversight fits the source type",
        citation="C2PA 2.5 §16.8.2",
        evidence="humanOversightLevel of c2pa.ai-disclosure",
        fix="prompt_guided or fully_autonomous for generated, human_validated for composite",
        check=_paired,
        premise=has_manifest,
    ),
    Rule(
        id="LINT-008",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="an AI disclosure is about AI",
        citation="C2PA 2.5 §16.8.2",
        evidence="c2pa.ai-disclosure and source types",
        fix="leave it out where no AI was used",
        check=_attached,
        premise=has_manifest,
    ),
    Rule(
        id="LINT-009",
        source=sources.C2PA,
        addressee=Addressee.ANYONE,
        severity=ERROR,
        title="the asset began once",
        citation="C2PA 2.5 §14.10.4.2.4",
        evidence="created and opened in all actions",
        fix="keep the first only",
        check=_single,
        premise=has_actions,
    ),
)

PROFILE: Final = Profile(
    "c2pa-conformance",
    _PROGRAMME,
    (Edition("0.2", date(2026, 7, 31), "additional requirements; rubrics of 2026-08-06"),),
    _RULES,
    is_about_manifest=True,
)
