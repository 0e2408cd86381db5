"""The tables of scenarios: every finding of every rule, in files of every kind."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from aidisclose.policy.inputs import INPUTS
from aidisclose.policy.profiles import PROFILES, RULES
from tests.issuing import Issued
from tests.policy import scenarios
from tests.policy.test_rules import CASES, INAPPLICABLE

Rows = Mapping[str, Mapping[str, str]]


@pytest.fixture(scope="session")
def found(issued: Issued) -> Rows:
    return scenarios.rows(issued)


def test_there_are_enough_scenarios(found: Rows) -> None:
    assert len(found) >= 150


@pytest.mark.parametrize("profile", PROFILES)
def test_every_rule_finds_what_the_table_says(profile: str, found: Rows) -> None:
    expected = (scenarios.FOLDER / f"{profile}.txt").read_text().splitlines()
    assert scenarios.table(profile, found).splitlines() == expected


def test_every_rule_has_files_that_it_does_not_apply_to_or_a_reason_why_not(found: Rows) -> None:
    spared = {rule for row in found.values() for rule, letter in row.items() if letter == "-"}
    spared |= INAPPLICABLE.keys()
    reasons = {*FOR_ALL}
    reasons |= {rule for rule in RULES if rule.startswith(tuple(FOLLOWED))}
    assert RULES.keys() <= spared | reasons
    assert not spared & FOR_ALL.keys(), "these have no reason any more"


def test_every_letter_is_in_the_tables(found: Rows) -> None:
    """Passing, broken and open cases that no table has are in tests/policy/test_rules.py."""
    assert CASES.keys() == RULES.keys()
    seen = {letter for row in found.values() for letter in row.values()}
    assert seen == set(scenarios.LETTERS.values())


#: Premise → a file whose findings it changes, and its value.
PREMISES = {
    "ai": ("nothing", "yes"),
    "advertisement": ("nothing", "no"),
    "artistic": ("generated, signed", "yes"),
    "assistive": ("generated, signed", "yes"),
    "deepfake": ("generated, signed", "yes"),
    "depicts-person": ("generated, signed", "yes"),
    "editorial": ("page of text", "yes"),
    "label-seen": ("generated, signed", "yes"),
    "material": ("generated, signed", "no"),
    "minor": ("generated, signed", "yes"),
    "placed-on-market": ("nothing", "2026-01-01"),
    "public-interest": ("page of text", "yes"),
    "realistic": ("generated, signed", "yes"),
    "role": ("generated, signed", "distributor"),
    "signatory": ("generated, XMP alone", "yes"),
    "synthetic-performer": ("nothing", "yes"),
    "spec": ("generated, signed", "2.2"),
}


@pytest.mark.parametrize("name", INPUTS)
def test_every_premise_decides_something(name: str, issued: Issued) -> None:
    file, value = PREMISES[name]
    usual = {
        "artistic": {"deepfake": "yes"},
        "label-seen": {"deepfake": "yes"},
        "placed-on-market": {"ai": "yes"},
        "signatory": {"placed-on-market": "2026-09-01"},
        "public-interest": {"ai": "yes"},
        "synthetic-performer": {"advertisement": "yes"},
    }.get(name, {})
    given = scenarios.FILES[file].on("2026-11-23")._replace(inputs=usual)
    made, other = issued("es256"), issued("ed25519")
    before = scenarios.findings(file, given, made, other)
    stated = given._replace(inputs={**usual, name: value})
    assert scenarios.findings(file, stated, made, other) != before


#: Rules of texts that apply to all files of whoever follows them.
FOLLOWED = {
    "PAI-": "a recommendation is for whoever follows it",
    "IPTC-": "a standard is for whoever follows it",
    "C2PA-": "a standard is for whoever follows it",
    "SIG-": "a rubric is about every manifest",
    "LINT-": "it is about every manifest",
    "X-": "it is about every file",
}
#: Rules of laws that say what is judged and how, so that there is nobody whom they do not concern.
FOR_ALL = {
    "EU-013": "exceptions are open to everybody",
    "EU-014": "it says from when the law applies",
    "EU-015": "it says what the format can carry",
    "CA-011": "it says which text was used",
    "CA-012": "it says whether the medium is in scope",
    "CN-007": "a guide is for whoever follows it",
    "CN-008": "a guide is for whoever follows it",
    "CN-009": "producers leave both fields empty, platforms fill both",
    "CN-012": "it is open without the file before",
}
