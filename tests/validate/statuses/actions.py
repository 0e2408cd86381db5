"""Statuses of actions."""

from __future__ import annotations

from aidisclose.validate.state import State
from tests.manifest import build
from tests.manifest.build import CREATED, Fields
from tests.validate.statuses.case import (
    BAD_ACTION,
    BAD_INGREDIENT,
    COMPONENT,
    OPENED,
    PARENT,
    REDACTED_ACTION,
    UNKNOWN_PARENT,
    Case,
    of,
    only,
    opened,
    opening,
    refer,
)


def _translated(**parameters: object) -> Fields:
    return {"action": "c2pa.translated", "parameters": parameters}


CASES: dict[str, Case] = {
    # --- actions
    "actions without actions": Case(only(build.cbor("c2pa.actions.v2", {})), BAD_ACTION),
    "first action is neither created nor opened": Case(
        only(build.actions({"action": "c2pa.edited"})), BAD_ACTION
    ),
    "created twice": Case(only(build.actions(CREATED, CREATED)), BAD_ACTION),
    "first actions that cannot be read": Case(
        only(build.cbor("c2pa.actions.v2", {"actions": 7})), BAD_ACTION
    ),
    "created in a later assertion": Case(
        of(build.actions(CREATED, label="c2pa.actions.v2__1")), BAD_ACTION
    ),
    "later actions need not begin": Case(
        of(build.actions({"action": "c2pa.edited"}, label="c2pa.actions.v2__1")),
        state=State.TRUSTED,
    ),
    "anything goes in version 1": Case(
        only(build.actions({"action": "c2pa.edited"}, label="c2pa.actions"), version=1),
        state=State.TRUSTED,
    ),
    "both a time and a period": Case(
        only(build.actions({**CREATED, "when": "2026", "whenStart": "2026"})), BAD_ACTION
    ),
    "translated into nothing": Case(
        only(build.actions(CREATED, _translated(sourceLanguage="en"))), BAD_ACTION
    ),
    "translated from nothing": Case(
        only(build.actions(CREATED, _translated(targetLanguage="de"))), BAD_ACTION
    ),
    "translated into a number": Case(
        only(build.actions(CREATED, _translated(sourceLanguage="en", targetLanguage=7))), BAD_ACTION
    ),
    "translated into a language": Case(
        only(build.actions(CREATED, _translated(sourceLanguage="en", targetLanguage="de"))),
        state=State.TRUSTED,
    ),
    "translated from nowhere": Case(
        only(build.actions(CREATED, {"action": "c2pa.translated"})), BAD_ACTION
    ),
    "translated": Case(
        only(
            build.actions(
                CREATED,
                {
                    "action": "c2pa.translated",
                    "parameters": {"sourceLanguage": "de", "targetLanguage": "en"},
                },
            )
        ),
        state=State.TRUSTED,
    ),
    "watermarked without a soft binding": Case(
        only(build.actions(CREATED, {"action": "c2pa.watermarked.bound"})),
        {"assertion.action.softBindingMissing"},
    ),
    "opened": Case(only(*opening(PARENT)), UNKNOWN_PARENT, state=State.TRUSTED),
    "opened without parameters": Case(only(build.actions(OPENED)), BAD_INGREDIENT),
    "opened without ingredients": Case(opened({"ingredients": []}), BAD_INGREDIENT),
    "opened twice over": Case(
        opened({"ingredients": [PARENT.reference] * 2}, PARENT), BAD_INGREDIENT | UNKNOWN_PARENT
    ),
    "opened a component": Case(
        opened({"ingredients": [COMPONENT.reference]}, COMPONENT), BAD_INGREDIENT | UNKNOWN_PARENT
    ),
    "placed a component": Case(
        only(build.actions(CREATED, {"action": "c2pa.placed", **refer(COMPONENT)}), COMPONENT),
        UNKNOWN_PARENT,
        state=State.TRUSTED,
    ),
    "placed nothing": Case(only(build.actions(CREATED, {"action": "c2pa.placed"})), BAD_INGREDIENT),
    "placed a parent": Case(
        only(
            build.actions({**OPENED, **refer(PARENT)}, {"action": "c2pa.placed", **refer(PARENT)}),
            PARENT,
        ),
        BAD_INGREDIENT | UNKNOWN_PARENT,
    ),
    "transcoded": Case(
        only(
            build.actions(
                {**OPENED, **refer(PARENT)}, {"action": "c2pa.transcoded", **refer(PARENT)}
            ),
            PARENT,
        ),
        UNKNOWN_PARENT,
        state=State.TRUSTED,
    ),
    "transcoded a component": Case(
        only(build.actions(CREATED, {"action": "c2pa.transcoded", **refer(COMPONENT)}), COMPONENT),
        BAD_INGREDIENT | UNKNOWN_PARENT,
    ),
    "ingredient of an action that was changed": Case(
        opened({"ingredients": [PARENT.reference | {"hash": bytes(32)}]}, PARENT),
        {"hashedURI.mismatch", *UNKNOWN_PARENT},
    ),
    "redacted nothing": Case(
        only(build.actions(CREATED, {**REDACTED_ACTION})), {"assertion.action.redactionMismatch"}
    ),
}
