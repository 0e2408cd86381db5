"""What counts as evidence: valid manifests, of signers that somebody vouches for; no premises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

import aidisclose as ad
from aidisclose.carriers import xmp
from aidisclose.containers import Edits, identify, read_store
from aidisclose.io.source import BytesSource
from aidisclose.signing.credentials import ROOT, Credentials
from aidisclose.trust.anchors import TEST_CREDENTIALS
from tests.issuing import Issued
from tests.policy.files import (
    CREATED,
    DRAWN,
    GENERATED,
    NOTHING,
    TAM,
    Given,
    defined,
    did,
    signed,
    unsigned,
    with_text,
)

TODAY = date(2026, 12, 5)
PROFILES = ["ca-sb942", "eu-ai-act", "pai", "iptc", "cn-gb45438"]
DRAWING = defined(did("created", DRAWN))
MARKED = unsigned({xmp.SOURCE_TYPE: TAM})


@pytest.fixture
def made(issued: Issued) -> Credentials:
    return issued("es256")


def outcomes(data: bytes, trust: ad.TrustConfig, **inputs: str) -> dict[str, str]:
    report = ad.verify(data, trust=trust)
    found = ad.check(report, PROFILES, inputs=inputs, as_of=TODAY)
    return {each.rule.id: each.outcome.value for each in found}


def root_of(made: Credentials, source: str = "root.pem") -> ad.TrustConfig:
    return ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes(), source=source)


def transplanted(made: Credentials) -> bytes:
    """Another picture with the credentials of one that AI made."""
    source = BytesSource(GENERATED.make(made))
    store = read_store(source, identify(source).scan(source).stores[0])
    other = BytesSource(with_text("Comment", "another picture")(made))
    container = identify(other)
    splice = container.rewrite(other, container.scan(other), Edits(store=store))
    return bytes(splice.read_at(0, splice.size))


def tampered(made: Credentials) -> bytes:
    """A file whose content was changed after signing."""
    data = bytearray(GENERATED.make(made))
    data[data.index(b"IDAT") + 8] ^= 1
    return bytes(data)


#: Rules that XMP satisfies as well, which stays where it was in a file that was changed.
_IN_XMP = frozenset({"CA-002", "CA-005"})


@pytest.mark.parametrize(("forge", "also"), [(transplanted, frozenset()), (tampered, _IN_XMP)])
def test_an_invalid_manifest_is_no_evidence_of_the_content(
    forge: Callable[[Credentials], bytes], also: frozenset[str], made: Credentials
) -> None:
    trust = root_of(made)
    honest, forged = outcomes(GENERATED.make(made), trust), outcomes(forge(made), trust)
    told_by_manifest = ("CA-001", "CA-002", "CA-003", "CA-004", "CA-005", "EU-001", "EU-007")
    assert {honest[rule] for rule in told_by_manifest} == {"pass"}
    assert {rule for rule in told_by_manifest if forged[rule] == "pass"} == also


@pytest.mark.parametrize("rule", ["CA-001", "EU-003"])
def test_test_credentials_satisfy_no_rule_about_trust(rule: str, made: Credentials) -> None:
    data = GENERATED.make(made)
    assert outcomes(data, root_of(made))[rule] == "pass"
    assert outcomes(data, root_of(made, source=TEST_CREDENTIALS))[rule] in ("fail", "warn")
    found = ad.check(
        ad.verify(data, trust=root_of(made, source=TEST_CREDENTIALS)), ["c2pa-conformance"]
    )
    assert {each.rule.id: each.outcome.value for each in found}["C2PA-002"] == "warn"


@pytest.mark.parametrize(
    ("given", "stated", "outcome"),
    [
        (GENERATED, "no", "fail"),
        (signed(ai="composite"), "no", "fail"),
        (MARKED, "no", "fail"),
        (GENERATED, "yes", "pass"),
        (DRAWING, "yes", "fail"),
        (DRAWING, "generated", "fail"),
        (DRAWING, "no", "pass"),
        (NOTHING, "yes", "pass"),
        (NOTHING, "no", "pass"),
    ],
)
def test_a_premise_that_the_file_contradicts_is_a_finding(
    given: Given, stated: str, outcome: str, made: Credentials
) -> None:
    assert outcomes(given.make(made), root_of(made), ai=stated)["X-005"] == outcome


def test_a_false_premise_does_not_turn_rules_off(made: Credentials) -> None:
    """A file that says that AI was used is judged as such, whatever else is stated."""
    data = defined(CREATED, did("edited", TAM)).make(made)
    stated = outcomes(data, root_of(made), ai="no")
    assert {id_: value for id_, value in stated.items() if id_ != "X-005"} == {
        id_: value for id_, value in outcomes(data, root_of(made)).items() if id_ != "X-005"
    }
