"""Findings of a whole run by rule and reason: what is counted, and what is not kept."""

from __future__ import annotations

from dataclasses import replace

from aidisclose.message import Message
from aidisclose.policy.profiles import RULES
from aidisclose.policy.rule import Finding, Outcome, Severity
from aidisclose.render.checked import Checked
from aidisclose.render.measures import Measures

FINDING = Finding(
    rule=RULES["EU-001"],
    profile="eu-ai-act@1",
    outcome=Outcome.FAIL,
    severity=Severity.ERROR,
    said=Message("none"),
)


def test_what_files_have_in_common_is_one() -> None:
    found = Measures()
    for number in range(10):
        other = replace(FINDING, rule=RULES["EU-002"], outcome=Outcome.WARN)
        found.observe(Checked(f"{number}.png", findings=(other, FINDING)))
    first, second = found.by_outcome()
    assert first.files == "10 files: 0.png, 1.png, 2.png and 7 more"
    assert [each.finding.rule.id for each in (first, second)] == ["EU-001", "EU-002"]
    assert [each.finding.rule.id for each in found.by_rule()] == ["EU-002", "EU-001"]
    assert found.counts["fail"] == 10


def test_reasons_of_hostile_files_fill_no_memory() -> None:
    found = Measures()
    for number in range(6_000):
        found.observe(Checked("a", findings=(replace(FINDING, said=Message(str(number))),)))
        found.observe(Checked("b", error=f"broken {number}"))
    assert len(list(found.by_outcome())) == 5_000
    assert len(found.unread) == 5_000
    assert found.omitted == 2_000


def test_what_is_to_be_stated_is_gathered() -> None:
    found = Measures()
    opened = replace(FINDING, outcome=Outcome.UNDETERMINED, asks=("ai", "before"))
    found.observe(Checked("a", findings=(opened, replace(opened, rule=RULES["EU-002"]))))
    found.observe(Checked("b", findings=(opened,)))
    assert found.statements == {"ai": 2}
