"""Personal provenance, left out: who made something is not what a detection tool is asked.

What systems say of themselves stays: provider, model, version, time, identifier. What may name a
person does not: identity assertions, titles (they are names of files), free text of comments,
serial numbers, records of a disclosure, and explanations of statuses, which quote all of these.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from aidisclose.carriers import Found
from aidisclose.manifest import actions
from aidisclose.manifest.declared import Declared
from aidisclose.manifest.lineage import Believed, BelievedIngredient
from aidisclose.manifest.store import Assertion
from aidisclose.render.page.pictures import THUMBNAIL
from aidisclose.trust.anchors import TEST_CREDENTIALS
from aidisclose.validate.report import Report
from aidisclose.validate.signature import Signature
from aidisclose.validate.status import Results, Status
from aidisclose.validate.validator import Validation

#: What codes about identity assertions begin with.
_IDENTITY: Final = "cawg."


def withhold(report: Report) -> Report:
    """The report without what may name a person; its answers are the same."""
    believed, signature, validation = report.believed, report.signature, report.validation
    return replace(
        report,
        signature=_signature(signature) if signature else None,
        identities=(),
        disclosure=_declared(report.disclosure),
        marks=_marks(report.marks),
        statuses=_results(report.statuses),
        believed=_believed(believed, {}) if believed else None,
        validation=_validation(validation) if validation else None,
    )


def without_paths(report: Report) -> Report:
    """The report without the names of files in which the operator keeps trust anchors."""
    signature = report.signature
    if signature is None or signature.anchor in (None, TEST_CREDENTIALS):
        return report
    return replace(report, signature=signature._replace(anchor=None))


def _signature(found: Signature) -> Signature:
    """A signature whose certificate has the serial number 0, which nobody's has (RFC 5280).

    Nothing is left of the certificates that came with it, whose hashes would tell as much.
    """
    signer = replace(found.signer, serial=0) if found.signer else None
    return found._replace(signer=signer, chain=())


def _declared(found: Declared) -> Declared:
    """Conditions of a permission are free text."""
    training = tuple(each._replace(constraint="") for each in found.training)
    return found._replace(training=training)


def _validation(found: Validation) -> Validation:
    deltas = tuple(each._replace(results=_results(each.results)) for each in found.deltas)
    return found._replace(deltas=deltas)


def _results(results: Results) -> Results:
    return Results(*map(_unexplained, results))


def _unexplained(statuses: tuple[Status, ...]) -> tuple[Status, ...]:
    return tuple(
        each._replace(explanation="", resource="")
        for each in statuses
        if not each.code.startswith(_IDENTITY)
    )


def _marks(found: Found) -> Found:
    comments = tuple(each._replace(text=each.source_type) for each in found.comments)
    problems = ("",) if found.problems else ()
    return replace(found, comments=comments, problems=problems)


def _believed(manifest: Believed, made: dict[str, Believed]) -> Believed:
    """A manifest and its ingredients, each made once; there is no circle.

    Of assertions, actions and thumbnails are left: others may name anybody, such as a record of
    consent.
    """
    if manifest.label not in made:
        ingredients = tuple(
            BelievedIngredient(
                item.value._replace(title=None),
                _believed(item.manifest, made) if item.manifest else None,
            )
            for item in manifest.ingredients
        )
        made[manifest.label] = replace(
            manifest,
            claim=manifest.claim._replace(title=None),
            assertions=tuple(filter(_is_left, manifest.assertions)),
            ingredients=ingredients,
        )
    return made[manifest.label]


def _is_left(assertion: Assertion) -> bool:
    return assertion.parts.name == actions.NAME or assertion.label.startswith(THUMBNAIL)
