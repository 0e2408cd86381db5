"""Rules for actions assertions (C2PA 2.5 §14.10.4.2.4)."""

from __future__ import annotations

from typing import Final

from aidisclose.errors import Malformed
from aidisclose.manifest import actions, ingredient, uri
from aidisclose.manifest.actions import CREATED, OPENED, Action, Actions
from aidisclose.manifest.store import Assertion, Kind
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status, Statuses

#: What an action demands of the ingredients it names: their relationship, and whether it must
#: name any.
_INGREDIENTS: Final = {
    OPENED: (ingredient.PARENT_OF, True),
    "c2pa.placed": (ingredient.COMPONENT_OF, True),
    "c2pa.transcoded": (ingredient.PARENT_OF, False),
    "c2pa.repackaged": (ingredient.PARENT_OF, False),
}
_IN_UPDATES: Final = frozenset({"c2pa.edited.metadata", OPENED, "c2pa.published", "c2pa.redacted"})


def check_actions(scope: Scope, assertion: Assertion) -> Statuses:
    """One actions assertion."""
    try:
        decoded = actions.decode(assertion)
    except Malformed as error:
        yield Status("assertion.action.malformed", assertion.url, error.reason)
        return
    if scope.manifest.kind is Kind.UPDATE:
        for action in decoded.actions:
            if action.name not in _IN_UPDATES:
                message = f"an update manifest cannot hold {action.name}"
                yield Status("manifest.update.invalid", scope.claim_url, message)
    # Claims of version 1 were made before these rules existed.
    if scope.claim.version < 2:
        return
    yield from _check_order(scope, decoded)
    for action in decoded.actions:
        yield from _check_times(assertion, action)
        yield from _check_ingredients(scope, assertion, action)
        yield from _check_parameters(scope, assertion, action)


def check_presence(scope: Scope) -> Statuses:
    """That a manifest says how its asset came to be; required since 2.5, so not of older claims."""
    version = scope.claim.generators[0].get("specVersion") if scope.claim.generators else None
    if not isinstance(version, str) or _numbers(version) < (2, 5):
        return
    if scope.manifest.kind is Kind.STANDARD and actions.NAME not in scope.names:
        yield Status("claim.actions.missing", scope.claim_url, "no actions assertion")


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")[:2]
    return tuple(int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 5)


def _check_order(scope: Scope, decoded: Actions) -> Statuses:
    """The first action of the first assertion, and only it, says created or opened."""
    is_first = scope.beginning is decoded.assertion
    beginnings = [
        index for index, action in enumerate(decoded.actions) if action.name in (CREATED, OPENED)
    ]
    url = decoded.assertion.url
    if is_first and scope.manifest.kind is Kind.STANDARD and 0 not in beginnings:
        message = f"the first action is {decoded.actions[0].name}, not created or opened"
        yield Status("assertion.action.malformed", url, message)
    for index in beginnings:
        if index > 0 or not is_first:
            message = f"{decoded.actions[index].name} is not the first action"
            yield Status("assertion.action.malformed", url, message)


def _check_times(assertion: Assertion, action: Action) -> Statuses:
    start, end = action.fields.get("whenStart"), action.fields.get("whenEnd")
    if action.when is not None and (start is not None or end is not None):
        message = f"{action.name} has both a time and a period"
        yield Status("assertion.action.malformed", assertion.url, message)


def _check_ingredients(scope: Scope, assertion: Assertion, action: Action) -> Statuses:
    relationship, required = _INGREDIENTS.get(action.name, (None, False))
    code = "assertion.action.ingredientMismatch"
    if relationship is None:
        return
    if required and not action.ingredients:
        yield Status(code, assertion.url, f"{action.name} names no ingredient")
    if action.name == OPENED and len(action.ingredients) > 1:
        yield Status(code, assertion.url, f"{action.name} names more than one ingredient")
    for reference in action.ingredients:
        if scope.is_redacted(reference.url):
            continue
        found = scope.manifest.resolve(reference.url)
        if found is None or found.parts.name != ingredient.NAME:
            message = f"{action.name}: no ingredient at {reference.url}"
            yield Status(code, assertion.url, message)
            continue
        alg = scope.alg(reference.alg)
        if alg is None or not scope.session.matches(found.box, reference, alg):
            yield Status("hashedURI.mismatch", assertion.url, f"{reference.url} was changed")
        try:
            actual = ingredient.decode(found).relationship
        except Malformed:
            continue  # reported where the ingredient itself is checked
        if actual != relationship:
            message = f"{action.name} needs a {relationship} ingredient, not {actual}"
            yield Status(code, assertion.url, message)


def _check_parameters(scope: Scope, assertion: Assertion, action: Action) -> Statuses:
    parameters = action.parameters
    if action.name == "c2pa.translated" and not (
        isinstance(parameters.get("sourceLanguage"), str)
        and isinstance(parameters.get("targetLanguage"), str)
    ):
        message = "c2pa.translated does not say from and to which language"
        yield Status("assertion.action.malformed", assertion.url, message)
    if action.name == "c2pa.redacted":
        url = parameters.get("redacted")
        if not (isinstance(url, str) and uri.parse(url) and scope.is_redacted(url)):
            message = "c2pa.redacted names no assertion that the claim redacts"
            yield Status("assertion.action.redactionMismatch", assertion.url, message)
    if action.name == "c2pa.watermarked.bound" and "c2pa.soft-binding" not in scope.names:
        message = f"{action.name} without a soft binding"
        yield Status("assertion.action.softBindingMissing", assertion.url, message)
