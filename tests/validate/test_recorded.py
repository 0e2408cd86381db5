"""Findings that who added an ingredient recorded, and which of them still count."""

from __future__ import annotations

from itertools import product

import pytest

from aidisclose.manifest import ingredient, store
from aidisclose.manifest.lineage import Edge, Pin
from aidisclose.validate.ingredients import is_known
from aidisclose.validate.report import state_of
from aidisclose.validate.state import State
from aidisclose.validate.status import Status
from tests.manifest import build
from tests.manifest.build import Assertion, Fields, Recipe
from tests.validate.finding import examine
from tests.validate.statuses.case import OPENED, refer

CHILD = Recipe(seal=lambda _: b"a signature").build()
SIGNATURE = build.url(build.label(1), "c2pa.signature")
ASSERTION = build.url(build.label(1), "c2pa.assertions", "c2pa.actions.v2")
CLAIM = build.url(build.label(1), "c2pa.claim.v2")


def edge(code: str, url: str, *, pin: Pin, is_unchanged: bool) -> Edge:
    """An ingredient of which one failure was recorded."""
    recorded = {"activeManifest": {"failure": [{"code": code, "url": url}]}}
    made = build.ingredient(CHILD, validationResults=recorded)
    parent = Recipe(number=2, assertions=(build.actions(), made)).build()
    parsed = store.parse(build.store(CHILD, parent))
    found = ingredient.decode(parsed.active.assertions[made.label])
    child = parsed.manifests[build.label(1)]
    return Edge(found, child, pin, pin is Pin.CLAIM_SIGNATURE, is_unchanged)


@pytest.mark.parametrize(
    ("code", "url", "unchanged", "redacted", "updated"),
    [
        # What the fault is about may be another one in other bytes.
        ("assertion.hashedURI.mismatch", ASSERTION, True, False, False),
        ("assertion.dataHash.mismatch", ASSERTION, True, False, False),
        ("claim.malformed", CLAIM, True, False, False),
        ("claimSignature.mismatch", SIGNATURE, True, False, False),
        # The signature box is what holds a redacted manifest, so this is about the same bytes.
        ("signingCredential.expired", SIGNATURE, True, True, False),
        ("claimSignature.outsideValidity", SIGNATURE, True, True, False),
        ("signingCredential.untrusted", SIGNATURE, True, True, True),
        ("signingCredential.untrusted", CLAIM, True, False, True),
    ],
)
def test_a_recorded_failure_is_known(
    code: str, url: str, unchanged: bool, redacted: bool, updated: bool
) -> None:
    status = Status(code, url)
    whole = edge(code, url, pin=Pin.MANIFEST, is_unchanged=True)
    held = edge(code, url, pin=Pin.CLAIM_SIGNATURE, is_unchanged=False)
    loose = edge(code, url, pin=Pin.NONE, is_unchanged=False)
    assert is_known(whole, status, is_update=False) is unchanged
    assert is_known(held, status, is_update=False) is redacted
    # The asset is still the one that the updated manifest is about: its failures count.
    assert is_known(whole, status, is_update=True) is updated
    assert not is_known(loose, status, is_update=False)
    # Of a manifest held by its claim, only that the signature does not fit can be the same.
    claimed = edge(code, url, pin=Pin.CLAIM, is_unchanged=False)
    assert is_known(claimed, status, is_update=False) is (code == "claimSignature.mismatch")


@pytest.mark.parametrize(
    ("code", "url"),
    [
        ("assertion.hashedURI.mismatch", CLAIM),
        ("assertion.missing", ASSERTION),
        ("signingCredential.untrusted", SIGNATURE),
    ],
)
def test_another_failure_is_new(code: str, url: str) -> None:
    found = edge("assertion.hashedURI.mismatch", ASSERTION, pin=Pin.MANIFEST, is_unchanged=True)
    assert not is_known(found, Status(code, url), is_update=False)


def test_a_recorded_success_is_known_wherever_it_stands() -> None:
    code = "assertion.hashedURI.match"
    found = edge(code, ASSERTION, pin=Pin.CLAIM_SIGNATURE, is_unchanged=False)
    assert is_known(found, Status(code, ASSERTION), is_update=True)


_KINDS = [f"s{''.join(each)}" for more in (1, 2, 3) for each in product("su", repeat=more)]


@pytest.mark.parametrize(
    ("kinds", "altered"), [(kinds, at) for kinds in _KINDS for at in range(len(kinds) - 1)]
)
def test_a_recorded_fault_is_past_only_below_a_standard_manifest(kinds: str, altered: int) -> None:
    """Any number of updates leaves the asset that the faulty manifest is about (§14.11.3.3).

    Of a row of standard (s) and update manifests (u), each made from the one before, one has an
    assertion that was altered after signing, which the next one recorded.
    """
    manifests: list[bytes] = []
    for number, kind in enumerate(kinds, 1):
        note = build.cbor("com.example.note", {"says": "original"})
        assertions: tuple[Assertion, ...] = (build.actions(), note)
        if manifests:
            results: Fields = {"activeManifest": {}}
            if number == altered + 2:
                place = build.url(build.label(altered + 1), "c2pa.assertions", note.label)
                known = {"code": "assertion.hashedURI.mismatch", "url": place}
                results = {"activeManifest": {"failure": [known]}}
            parent = build.ingredient(manifests[-1], validationResults=results)
            assertions = (parent, build.actions({**OPENED, **refer(parent)}), note)
        binding = None if kind == "u" else "c2pa.hash.data"
        code = "c2um" if kind == "u" else "c2ma"
        recipe = Recipe(number=number, code=code, binding=binding, assertions=assertions)
        made = recipe.build()
        manifests.append(made.replace(b"original", b"tampered") if number == altered + 1 else made)
    found = examine(*manifests)
    is_past = "s" in kinds[altered + 1 :]
    assert state_of(found) is (State.TRUSTED if is_past else State.INVALID)
    new = [each for delta in found.deltas for each in delta.results.failure]
    assert [each.code for each in new] == ["assertion.hashedURI.mismatch"] * (not is_past)
