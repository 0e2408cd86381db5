"""Files of the table of statuses, a module for a chapter of the validator."""

from __future__ import annotations

from tests.validate.statuses import actions, assertions, claim, content, ingredients, signature
from tests.validate.statuses.case import Case

#: Files by what is the matter with them, and exactly the statuses that they get.
CASES: dict[str, Case] = {
    **claim.CASES,
    **signature.CASES,
    **assertions.CASES,
    **actions.CASES,
    **ingredients.CASES,
    **content.CASES,
}
