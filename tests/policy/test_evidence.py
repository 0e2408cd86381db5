"""What counts as evidence: valid manifests, of signers that somebody vouches for; no premises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose.carriers import xmp
from aidisclose.containers import Edits, identify, read_store
from aidisclose.io.source import BytesSource
from aidisclose.policy.evidence import standing
from aidisclose.policy.own import parse
from aidisclose.signing.credentials import CHAIN, ROOT, Credentials, create
from aidisclose.trust.anchors import TEST_CREDENTIALS
from tests.issuing import Issued
from tests.policy.files import (
    CREATED,
    DRAWN,
    GENERATED,
    IPTC,
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
TRACES = "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7"
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


def test_test_credentials_vouch_for_nobody_even_where_they_are_named(tmp_path: Path) -> None:
    """`--trust` of their root, or `--allowed` of their chain, makes them no authority."""
    made = create(tmp_path / "made")
    data = GENERATED.make(made)
    root, chain = ((made.folder / name).read_bytes() for name in (ROOT, CHAIN))
    for trust in (
        ad.TrustConfig.from_pem(root),
        ad.TrustConfig.none() | ad.TrustConfig.from_pem(root, allowed=chain),
    ):
        report = ad.verify(data, trust=trust)
        assert report.state is ad.State.TRUSTED
        assert standing(report) is ad.State.VALID
        profiles = ["eu-ai-act", "ca-sb942", "c2pa-conformance"]
        found = {each.rule.id: each for each in ad.check(report, profiles, as_of=TODAY)}
        for rule in ("EU-003", "CA-001", "C2PA-002"):
            assert found[rule].outcome is ad.Outcome.WARN, rule
    policy = parse('version = 1\n[[require]]\nstate = "trusted"')
    [required] = ad.check(report, [policy])
    assert required.outcome is ad.Outcome.FAIL


@pytest.mark.parametrize("blank", [" ", "\u200b", "\u2060\u00a0"])
def test_a_name_that_nobody_can_read_names_nobody(blank: str, made: Credentials) -> None:
    agent = {"name": blank, "version": blank}
    given = defined(did("created", TAM, when="2026-01-02T03:04:05Z", softwareAgent=agent))
    found = outcomes(given.make(made), root_of(made))
    assert (found["CA-002"], found["PAI-008"]) == ("fail", "warn")


def test_what_people_made_and_ai_changed_is_altered(made: Credentials) -> None:
    """One manifest says both: it was drawn, and then AI changed it."""
    changed = did("edited", f"{IPTC}compositeWithTrainedAlgorithmicMedia")
    data = defined(did("created", DRAWN), changed).make(made)
    report = ad.verify(data, trust=root_of(made))
    found = {each.rule.id: each for each in ad.check(report, PROFILES, as_of=TODAY)}
    assert found["CA-005"].reason == "altered"
    assert found["EU-007"].reason.startswith("manipulated")


@pytest.mark.parametrize(
    ("stated", "ai", "outcome"),
    [
        ("generated", "generated", "pass"),
        ("yes", "generated", "pass"),
        ("edited", "generated", "fail"),
        ("composite", "generated", "fail"),
        ("generated", "composite", "fail"),
        ("edited", "composite", "pass"),
    ],
)
def test_the_part_that_is_stated_is_that_of_the_manifest(
    stated: str, ai: str, outcome: str, made: Credentials
) -> None:
    found = outcomes(signed(ai=ai).make(made), root_of(made), ai=stated)
    assert found["X-005"] == outcome


def test_a_deep_fake_in_the_record_is_not_denied(made: Credentials) -> None:
    given = signed(techniques=["misattributed-act"], consent={"status": "obtained"})
    data = given.make(made)
    found = outcomes(data, root_of(made), deepfake="no")
    assert (found["EU-010"], found["X-005"]) == ("undetermined", "fail")


def test_what_xmp_calls_ai_as_a_whole_is_no_assisted_or_minor_change(made: Credentials) -> None:
    found = outcomes(MARKED.make(made), root_of(made), assistive="yes", minor="yes")
    assert (found["EU-002"], found["X-005"], found["CA-002"]) == ("warn", "fail", "fail")


def test_a_manifest_that_nothing_binds_to_the_content_is_no_evidence(made: Credentials) -> None:
    """It may be of another file, although its signature is good."""
    data = defined(CREATED).make(made)
    report = replace(ad.verify(data, trust=root_of(made)), integrity=ad.Integrity.UNPROVEN)
    assert report.state is ad.State.TRUSTED
    found = {
        each.rule.id: each for each in ad.check(report, PROFILES, inputs={"ai": "yes"}, as_of=TODAY)
    }
    wanted = {"EU-001": "fail", "CA-001": "fail", "CA-002": "fail", "PAI-003": "warn"}
    assert {rule: found[rule].outcome.value for rule in wanted} == wanted
    for rule in ("EU-002", "PAI-003"):
        assert found[rule].reason.startswith("signed, but nothing shows that this content")


@pytest.mark.parametrize(
    ("given", "outcome", "marking"),
    [
        (unsigned({xmp.SYSTEM: "DALL-E"}), "fail", "undetermined"),
        (
            defined(
                did("created"),
                assertions={"c2pa.ai-disclosure": {"modelType": "c2pa.types.model"}},
            ),
            "fail",
            "undetermined",
        ),
        (
            Given(with_text("parameters", "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7")),
            "warn",
            "",
        ),
        (Given(with_text("Comment", "a cat")), "pass", ""),
    ],
)
def test_that_no_ai_was_used_is_not_believed_of_what_names_a_system(
    given: Given, outcome: str, marking: str, made: Credentials
) -> None:
    found = outcomes(given.make(made), root_of(made), ai="no")
    assert found["X-005"] == outcome
    assert found["EU-001"] == (marking or "not-applicable")
