"""Rules for actions assertions (C2PA 2.5 §14.10.4.2.4)."""

from __future__ import annotations

from typing import Final

from aidisclose.errors import Malformed
from aidisclose.manifest import actions, ingredient, label, uri
from aidisclose.manifest.actions import CREATED, OPENED, Action, Actions
from aidisclose.manifest.store import Assertion, ManifestKind
from aidisclose.named import NamedTuple
from aidisclose.validate.period import is_reversed
from aidisclose.validate.references import (
    check_hashed_uri,
    check_icon,
    check_related,
    find_ingredient,
)
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status, Statuses


class _Demand(NamedTuple):
    """The demand of an action on the ingredients that it names.

    Attributes:
        relationship: Theirs.
        most: The largest number of them that it may name.
        required: Whether it must name any.
        elsewhere: Whether they stand in another manifest: they are not in this asset any more.
    """

    relationship: str
    most: int
    required: bool = False
    elsewhere: bool = False


#: More than any list can hold.
_MANY: Final = 1 << 62
#: C2PA 2.5 §14.10.4.2.4, steps 2.4 and 2.5.
_DEMANDS: Final = {
    OPENED: _Demand(ingredient.PARENT_OF, 1, required=True),
    "c2pa.placed": _Demand(ingredient.COMPONENT_OF, _MANY, required=True),
    "c2pa.removed": _Demand(ingredient.COMPONENT_OF, _MANY, required=True, elsewhere=True),
    "c2pa.deleted": _Demand(ingredient.COMPONENT_OF, _MANY, elsewhere=True),
    "c2pa.transcoded": _Demand(ingredient.PARENT_OF, _MANY),
    "c2pa.repackaged": _Demand(ingredient.PARENT_OF, _MANY),
}
#: Actions that must be listed where the ingredient is, as created or as gathered.
_BESIDE_INGREDIENTS: Final = frozenset({OPENED, "c2pa.placed"})
#: What leaves the content as it is (C2PA 2.2 §11.2.3).
_IN_UPDATES: Final = frozenset({"c2pa.edited.metadata", OPENED, "c2pa.published", "c2pa.redacted"})
#: The first is the name that C2PA 2.5 deprecates.
_WATERMARKS: Final = frozenset({"c2pa.watermarked", "c2pa.watermarked.bound"})
_MALFORMED: Final = "assertion.action.malformed"
_MISMATCH: Final = "assertion.action.ingredientMismatch"


def check_actions(scope: Scope, assertion: Assertion) -> Statuses:
    """Check one actions assertion; of claims of version 1 no more than that it can be read."""
    try:
        decoded = actions.decode(assertion)
    except Malformed as error:
        yield Status(_MALFORMED, assertion.url, error.reason)
        return
    # Of any version of the claim: an edit of the content under a manifest that binds nothing would
    # go unseen.
    if scope.manifest.kind is ManifestKind.UPDATE:
        for action in decoded.actions:
            if action.name not in _IN_UPDATES:
                message = f"an update manifest cannot hold {action.name}"
                yield Status("manifest.update.invalid", scope.claim_url, message)
    # Claims of version 1 were made before these rules existed.
    if scope.claim.version < 2:
        return
    yield from _check_order(scope, decoded)
    yield from _check_icons(scope, decoded)
    for action in decoded.actions:
        yield from _check_times(assertion, action)
        yield from _check_ingredients(scope, assertion, action)
        yield from _check_parameters(scope, assertion, action)


def check_presence(scope: Scope) -> Statuses:
    """That a manifest says how its asset came to be; claims of version 1 need not."""
    if scope.claim.version < 2 or scope.manifest.kind is not ManifestKind.STANDARD:
        return
    targets = (uri.parse(item.url) for item in scope.claim.assertions)
    if any(
        label.split(item.path[-1]).name == actions.NAME for item in targets if item and item.path
    ):
        return  # if they are missing, that is said elsewhere
    # Before 2.5 there was no code for it (C2PA 2.2 §15.10.1.2); the reference uses this one.
    version = scope.claim.generators[0].get("specVersion")
    is_new = isinstance(version, str) and _numbers(version) >= (2, 5)
    code = "claim.actions.missing" if is_new else _MALFORMED
    yield Status(code, scope.claim_url, "no action says that it was created or opened")


def _numbers(version: str) -> tuple[int, ...]:
    # Untrusted text: a long number would take `int` quadratic time, and other scripts have digits.
    parts = version.split(".")[:2]
    return tuple(int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 5)


def _check_order(scope: Scope, decoded: Actions) -> Statuses:
    """One of the first assertions begins with created or opened, and nothing else says so."""
    url = decoded.assertion.url
    may_begin = any(decoded.assertion is item for item in scope.beginnings)
    for index, action in enumerate(decoded.actions):
        if action.name in (CREATED, OPENED) and (index > 0 or not may_begin):
            yield Status(_MALFORMED, url, f"{action.name} is not the first action")
    if not may_begin or scope.manifest.kind is not ManifestKind.STANDARD:
        return
    # Said once: of the first assertion.
    if decoded.assertion is scope.beginnings[0]:
        count = sum(map(_begins, scope.beginnings))
        if count == 0:
            message = f"the first action is {decoded.actions[0].name}, not created or opened"
            yield Status(_MALFORMED, url, message)
        elif count > 1:
            yield Status(_MALFORMED, url, "two assertions begin with created or opened")


def _begins(assertion: Assertion) -> bool:
    try:
        return actions.decode(assertion).actions[0].name in (CREATED, OPENED)
    except Malformed:
        return False  # reported where that assertion is checked


def _check_icons(scope: Scope, decoded: Actions) -> Statuses:
    url, fields = decoded.assertion.url, decoded.assertion.fields
    # Text in version 1 of the assertion, a map in version 2; `check_icon` passes over the first.
    agents = [action.fields.get("softwareAgent") for action in decoded.actions]
    for name in ("softwareAgents", "templates"):
        listed = fields.get(name)
        agents += listed if isinstance(listed, list) else []
    for agent in agents:
        yield from check_icon(scope, url, agent)


def _check_times(assertion: Assertion, action: Action) -> Statuses:
    start, end = action.fields.get("whenStart"), action.fields.get("whenEnd")
    # The rules are about `c2pa.actions.v2` alone: in version 1 these names meant nothing.
    if assertion.parts.version < 2 or (start is None and end is None):
        return
    if action.when is not None:
        yield Status(_MALFORMED, assertion.url, f"{action.name} has both a time and a period")
    if is_reversed(start, end):
        yield Status(_MALFORMED, assertion.url, f"{action.name} ends before it starts")


def _check_ingredients(scope: Scope, assertion: Assertion, action: Action) -> Statuses:
    demand = _DEMANDS.get(action.name)
    for reference in action.ingredients:
        yield from check_hashed_uri(scope, assertion.url, reference.encode(), action.name)
    if demand is None:
        return
    if demand.required and not action.ingredients:
        yield Status(_MISMATCH, assertion.url, f"{action.name} names no ingredient")
    if len(action.ingredients) > demand.most:
        yield Status(_MISMATCH, assertion.url, f"{action.name} names more than one ingredient")
    for reference in action.ingredients:
        yield from _check_ingredient(scope, assertion, action, demand, reference.url)


def _check_ingredient(
    scope: Scope, assertion: Assertion, action: Action, demand: _Demand, url: str
) -> Statuses:
    target = uri.parse(url)
    is_here = target is not None and target.manifest in (None, scope.manifest.label)
    if target is None or is_here is demand.elsewhere:
        where = "another" if demand.elsewhere else "this"
        message = f"{action.name}: {url} is not an ingredient of {where} manifest"
        yield Status(_MISMATCH, assertion.url, message)
        return
    # What is left of a redacted ingredient does not say how it is related: it passes as any kind.
    if scope.is_redacted(url):
        return
    found = find_ingredient(scope, url)
    if found is None:
        yield Status(_MISMATCH, assertion.url, f"{action.name}: no ingredient at {url}")
        return
    if action.name in _BESIDE_INGREDIENTS and (found.label in scope.created) is not (
        assertion.label in scope.created
    ):
        code = "assertion.action.ingredientLocationMismatch"
        message = f"{action.name} and its ingredient are not both created or both gathered"
        yield Status(code, assertion.url, message)
    try:
        actual = ingredient.decode(found).relationship
    except Malformed:
        return  # reported where the ingredient itself is checked
    if actual != demand.relationship:
        message = f"{action.name} needs a {demand.relationship} ingredient, not {actual}"
        yield Status(_MISMATCH, assertion.url, message)


def _check_parameters(scope: Scope, assertion: Assertion, action: Action) -> Statuses:
    parameters = action.parameters
    # No step of the validation is about it: it is a rule for generators (C2PA 2.2 §18.14.4.7).
    if action.name == "c2pa.translated" and not (
        isinstance(parameters.get("sourceLanguage"), str)
        and isinstance(parameters.get("targetLanguage"), str)
    ):
        message = "c2pa.translated does not say from and to which language"
        yield Status(_MALFORMED, assertion.url, message)
    if action.name == "c2pa.redacted":
        url = parameters.get("redacted")
        if not (isinstance(url, str) and uri.parse(url) and scope.is_redacted(url)):
            message = "c2pa.redacted names no assertion that the claim redacts"
            yield Status("assertion.action.redactionMismatch", assertion.url, message)
    if action.name in _WATERMARKS and "c2pa.soft-binding" not in scope.names:
        message = f"{action.name} without a soft binding"
        yield Status("assertion.action.softBindingMissing", assertion.url, message)
    if "relatedAssertions" in parameters:
        related = parameters["relatedAssertions"]
        yield from check_related(scope, assertion.url, related, code=_MALFORMED)
