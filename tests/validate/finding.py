"""What the validator finds in stores made by code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from aidisclose.manifest import store
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.codes import StatusKind
from aidisclose.validate.status import Status
from aidisclose.validate.validator import Validation, validate
from tests import told
from tests.manifest import build
from tests.manifest.build import Assertion, Recipe
from tests.trust.pki import NOW


def examine(*manifests: bytes, trust: TrustConfig = build.TRUST) -> Validation:
    """A store of these manifests, without its asset."""
    parsed = store.parse(build.store(*manifests))
    return validate(parsed, asset=None, trust=trust, at=NOW, online=False)


_OFFSET: Final = re.compile(r"(?<=the part at )\d+|(?<=at offset )\d{4,}")
"""Of what lies behind a picture, which other versions of Pillow make longer or shorter."""

SAID: Final[list[str]] = []
"""What was found in the running test, as told.txt has it (`tests/validate/conftest.py`)."""


def say(lines: Iterable[str]) -> None:
    """Compare these with told.txt when the test ends, but what is said of sound manifests."""
    SAID.append("")
    kept = (line for line in lines if not told.is_sound(line))
    SAID.extend(_OFFSET.sub("…", line) for line in kept)


def statuses(validation: Validation) -> list[Status]:
    """All of them, those about ingredients included; each says where and, if it is bad, why."""
    say(told.of(validation))
    found = list(validation.active.statuses)
    for delta in validation.deltas:
        found += delta.results.statuses
    assert_told(found)
    return found


def assert_told(found: Iterable[Status]) -> None:
    """Statuses name a box of the store, and failures have a reason."""
    for status in found:
        assert status.url.startswith("self#jumbf=/c2pa/"), status
        assert status.explanation or status.kind is not StatusKind.FAILURE, status


def codes(*manifests: bytes, trust: TrustConfig = build.TRUST) -> set[str]:
    """The codes found in a store of these manifests."""
    return {status.code for status in statuses(examine(*manifests, trust=trust))}


def failures(*manifests: bytes) -> set[str]:
    """The codes of failures found in a store of these manifests."""
    found = statuses(examine(*manifests))
    return {status.code for status in found if status.kind is StatusKind.FAILURE}


def having(*assertions: Assertion, **changes: object) -> bytes:
    """A sound manifest with these assertions besides its actions."""
    recipe = Recipe(assertions=(build.actions(), *assertions))
    return build.variant(recipe, **changes).build()


def doing(*actions: build.Fields, beside: tuple[Assertion, ...] = (), **fields: Any) -> bytes:
    """A sound manifest whose actions are `c2pa.created` and these, beside other assertions."""
    made = build.actions(build.CREATED, *actions, **fields)
    return Recipe(assertions=(*beside, made)).build()
