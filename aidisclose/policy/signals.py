"""The signals that readers of credentials derive from actions and ingredients.

Asset rubric "signals" 1.0 of the C2PA conformance programme (2026-08-06). It reads only the
assertion labelled exactly `c2pa.actions.v2`, so what other ones say is lost to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aidisclose.manifest.actions import CREATED, NOT_EDITORIAL, OPENED, Action
from aidisclose.manifest.source_type import SOURCE_TYPES
from aidisclose.policy.evidence import Evidence, collect
from aidisclose.validate.report import Report

ACTIONS: Final = "c2pa.actions.v2"
INGREDIENT: Final = "c2pa.ingredient.v3"

FULLY_AI: Final = "fullyGenAIMedia"
PARTLY_AI: Final = "partlyGenAICreation"
AI_EDIT: Final = "perceptibleGenAI"
UNKNOWN_PROVENANCE: Final = "mediaUnknownProvenance"
AMBIGUOUS: Final = "ambiguousActions"
#: Signals that tell a reader that AI had a part.
AI_SIGNALS: Final = frozenset({FULLY_AI, PARTLY_AI, AI_EDIT})

_INCEPTION: Final = {
    "empty": "blankCanvas",
    "digitalCapture": "capturedMedia",
    "computationalCapture": "capturedMedia",
    "compositeCapture": "capturedMediaStitched",
    "composite": "compositionMayContainGenAI",
    "trainedAlgorithmicMedia": FULLY_AI,
    "compositeWithTrainedAlgorithmicMedia": PARTLY_AI,
    "digitalCreation": "nonGenAIDigitalCreation",
    "screenCapture": "screenCaptureMayContainGenAI",
}
_AI_EDITS: Final = (
    "trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia",
    "compositeSynthetic",
    "trainedAlgorithmicData",
)
_POSSIBLE: Final = ("digitalArt", "composite")
#: Exact URI → term: the rubric takes no other spelling.
_TERMS: Final = {item.uri: item.term for item in SOURCE_TYPES.values()}


def signals(evidence: Evidence) -> frozenset[str]:
    """The signals of the active manifest."""
    return frozenset(_signals(evidence))


def overclaimed(report: Report) -> tuple[str, ...]:
    """The signals of a file that the product which signed it may not give, in order."""
    if report.product is None or not report.product.disallowed:
        return ()
    evidence = collect(report, as_of=report.time.date(), inputs={})
    return tuple(sorted(signals(evidence) & report.product.disallowed))


def _signals(evidence: Evidence) -> Iterator[str]:
    lists = [each for each in evidence.action_lists if each.assertion.label == ACTIONS]
    found = [action for each in lists for action in each.actions]
    for action in found:
        yield from _of_action(action)
    created = evidence.created_labels
    # The rubric's words: "gathered actions assertion". A signer who only passes actions on has not
    # seen them happen.
    is_gathered = any(each.assertion.label not in created for each in evidence.action_lists)
    is_complete = bool(lists) and all(each.all_included is True for each in lists)
    is_custom = any(
        not action.name.startswith("c2pa.") or action.name == "c2pa.unknown" for action in found
    )
    if is_gathered or not is_complete or is_custom:
        yield AMBIGUOUS
    if any(
        each.assertion.label == INGREDIENT and each.manifest is None
        for each in evidence.ingredients
    ):
        yield UNKNOWN_PROVENANCE


def _of_action(action: Action) -> Iterator[str]:
    term = _TERMS.get(action.source_type or "")
    if action.name in (CREATED, OPENED):
        # Terms that the rubric does not list give no signal at all, not even an unknown one.
        if signal := _INCEPTION.get(term or ""):
            yield signal
        return
    if action.name in NOT_EDITORIAL:
        yield "nonEditorial"
        return
    if term in _AI_EDITS:
        yield AI_EDIT
    elif action.source_type is not None:
        yield "perceptibleNonGenAI"
        if term in _POSSIBLE:
            yield "perceptiblePossiblyGenAI"
