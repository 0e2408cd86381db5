"""Policies of one's own: what they ask for, and what is said about mistakes in them."""

from __future__ import annotations

import re
import time
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import aidisclose as ad
from aidisclose import limits
from aidisclose.policy.inputs import INPUTS
from aidisclose.policy.own import parse
from aidisclose.policy.profiles import PROFILES
from aidisclose.policy.requirement import IDS, Requirement, stars
from aidisclose.policy.rule import Severity
from tests.issuing import Issued
from tests.policy.files import ALTERED, CREATED, GENERATED, NOTHING, Given, defined
from tests.render.schema import DOCS, load, offences

HEAD = "version = 1\n"


def example() -> str:
    found = re.search(r"```toml\n(.*?)```", (DOCS / "policy.md").read_text(), re.DOTALL)
    assert found
    return found[1]


def test_the_example_of_the_documentation_means_what_it_says() -> None:
    policy = parse(example())
    assert policy.name == "newsroom"
    assert policy.profiles == ("eu-ai-act", "iptc")
    assert policy.severities["EU-004"] is Severity.ERROR
    assert policy.inputs == {"ai": "yes", "role": "creator"}
    assert str(policy.as_of) == "2026-12-02"
    assert policy.requirements[1].signers == ("Example News",)


def test_the_schema_and_the_documentation_know_the_same_keys() -> None:
    schema = load("policy.schema.json")
    text = (DOCS / "policy.md").read_text()
    items: dict[str, Any] = schema["properties"]["require"]["items"]
    for key in (*schema["properties"], *items["properties"], *INPUTS, *IDS):
        assert re.search(rf"\| `?{key}`? \|", text), key
    assert schema["properties"]["inputs"]["properties"].keys() == INPUTS.keys()


def test_the_example_follows_the_schema() -> None:
    schema = load("policy.schema.json")
    assert [*offences(tomllib.loads(example()), schema, schema)] == []


#: What is wrong → how the message begins, and what it must name.
MISTAKES = {
    'profiles = ["iptc"]': ("version", "must be 1"),
    "version = 2": ("line 1: version", "must be 1"),
    f"{HEAD}profiels = []": ("line 2: profiels", "unknown key; there are version, name, profiles"),
    f'{HEAD}profiles = ["iptc", "nice"]': ("line 2: profiles", "unknown profile 'nice'"),
    f'{HEAD}profiles = ["iptc@1"]': ("line 2: profiles", "no version '1'"),
    f"{HEAD}profiles = 3": ("line 2: profiles", "must be a list of strings"),
    f"{HEAD}profiles = []": ("line 2: profiles", "is empty"),
    f'{HEAD}select = ["FOO"]': ("line 2: select", "no rule is or begins with 'FOO'"),
    f'{HEAD}as-of = "x"': ("line 2: as-of", "must be a date"),
    f'{HEAD}[severity]\n"EU-999" = "error"': ("line 3: severity.EU-999", "no rule"),
    f'{HEAD}[severity]\nEU-001 = "bad"': ("line 3: severity.EU-001", "'bad' is not one of error"),
    f'{HEAD}[inputs]\n\nai = "perhaps"': ("line 4: inputs.ai", "of input ai (choose from yes"),
    f'{HEAD}[inputs]\nmood = "x"': ("line 3: inputs.mood", "unknown input"),
    f'{HEAD}[inputs]\nplaced-on-market = "soon"': ("line 3: inputs.placed-on-market", "a day"),
    f'{HEAD}[[require]]\nstate="valid"\n[[require]]\nstate = "fine"': (
        "line 5: require[1].state",
        "'fine' is not one of valid, trusted",
    ),
    f'{HEAD}[[require]]\npath = "*"': ("line 2: require[0]", "requires nothing"),
    f'{HEAD}[[require]]\nsource-types = ["AI"]': ("line 3: require[0].source-types", "'AI'"),
    f'{HEAD}[[require]]\ncarriers = ["pixels"]': ("line 3: require[0].carriers", "'pixels'"),
    f"{HEAD}[[require]]\nmodels = [1]": ("line 3: require[0].models", "list of strings"),
    f"{HEAD}require = 1": ("line 2: require", "must be a list of tables"),
    HEAD: ("profiles", "names no profile, and nothing is required"),
    "version = ": ("not valid TOML", "end of document"),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_with_line_and_key(text: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse(text)
    begins, names = MISTAKES[text]
    assert str(caught.value).startswith(begins)
    assert names in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "file", "covers"),
    [
        (None, "any/thing.png", True),
        ("*.png", "a.png", True),
        ("*.png", "deep/down/a.png", True),
        ("*.png", "a.png.jpg", False),
        ("press/*.png", "press/a.png", True),
        ("press/*.png", "build/press/a.png", True),
        ("press/*.png", "press/old/a.png", False),
        ("press/**/*.png", "press/old/older/a.png", True),
        ("press/**/*.png", "press/a.png", True),
        ("press/**", "press/a/b.wav", True),
        ("press/**", "express/a.wav", False),
        ("a?.png", "ab.png", True),
        ("a.png", "axpng", False),
    ],
)
def test_patterns_match_the_end_of_a_name(pattern: str | None, file: str, covers: bool) -> None:
    assert Requirement(path=pattern).covers(file) is covers


@pytest.mark.parametrize(
    "pattern", ["a/**/a/**/*.jpg", "**/a/**/*.jpg", "**/**/**/**/a/**/a/**/x", "**a**a**x", "a**/x"]
)
def test_a_name_of_many_folders_takes_no_time(pattern: str) -> None:
    assert stars(pattern) <= limits.POLICY_STARS
    started = time.process_time()
    assert not Requirement(path=pattern, state="valid").covers("a/" * 2_000 + "y.png")
    assert time.process_time() - started < 1


def test_a_pattern_is_met_at_a_later_place_too() -> None:
    wanted = Requirement(path="a/**/b/*.jpg", state="valid")
    assert wanted.covers("a/b/a/x/b/y/b/z.jpg")
    assert not wanted.covers("b/a/b/c/z.jpg")
    assert Requirement(path="b**/", state="valid").covers("a.a/b./b")


def test_patterns_mean_the_same_files_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = Requirement(path="public/**")
    monkeypatch.setattr("os.sep", "\\")
    assert wanted.covers(r"C:\site\public\pictures\a.png")
    assert not wanted.covers(r"C:\site\private\a.png")


NAME = "Signer (for testing only)"
TRUSTED, STRANGER, NOBODY = (
    GENERATED,
    GENERATED._replace(trusts=False),
    GENERATED._replace(trusts=None),
)

#: Requirement → the file, and what is found.
REQUIREMENTS: list[tuple[str, Given, str, str]] = [
    ('state = "trusted"', TRUSTED, "REQ-001", "pass"),
    ('state = "trusted"', STRANGER, "REQ-001", "fail"),
    ('state = "valid"', STRANGER, "REQ-001", "pass"),
    ('state = "valid"', ALTERED, "REQ-001", "fail"),
    ('signers = ["aidisclose test credentials"]', TRUSTED, "REQ-002", "pass"),
    ('signers = ["aidisclose test credentials"]', STRANGER, "REQ-002", "fail"),
    ('signers = ["aidisclose test credentials"]', NOBODY, "REQ-002", "undetermined"),
    ('signers = ["Somebody"]', TRUSTED, "REQ-002", "fail"),
    ('signers = ["Somebody"]', NOTHING, "REQ-002", "fail"),
    ('issuers = ["Somebody"]', TRUSTED, "REQ-003", "fail"),
    ('source-types = ["trainedAlgorithmicMedia"]', TRUSTED, "REQ-004", "pass"),
    ('source-types = ["digitalCapture"]', TRUSTED, "REQ-004", "fail"),
    ('source-types = ["digitalCapture"]', NOTHING, "REQ-004", "fail"),
    ('models = ["SD*"]', TRUSTED, "REQ-005", "pass"),
    ('models = ["Flux*"]', TRUSTED, "REQ-005", "fail"),
    ('models = ["SD*"]', NOTHING, "REQ-005", "fail"),
    ('timestamp = "present"', TRUSTED, "REQ-006", "fail"),
    ('timestamp = "present"', TRUSTED._replace(stamped=False), "REQ-006", "pass"),
    ('timestamp = "trusted"', TRUSTED._replace(stamped=False), "REQ-006", "fail"),
    ('timestamp = "trusted"', TRUSTED._replace(stamped=True), "REQ-006", "pass"),
    ('carriers = ["c2pa", "xmp"]', TRUSTED, "REQ-007", "pass"),
    ('carriers = ["c2pa", "xmp"]', defined(CREATED), "REQ-007", "fail"),
]


@pytest.mark.parametrize(("table", "given", "rule", "outcome"), REQUIREMENTS)
def test_a_requirement_finds_what_is_in_the_file(
    table: str, given: Given, rule: str, outcome: str, issued: Issued
) -> None:
    policy = parse(f"{HEAD}[[require]]\n{table}")
    found = given.judge(policy, issued("es256"), issued("ed25519"))
    assert found.keys() == {rule}
    assert found[rule].outcome.value == outcome, found[rule].reason


def test_a_requirement_is_about_its_files_only(issued: Issued) -> None:
    policy = parse(f'{HEAD}[[require]]\npath = "press/*"\nstate = "valid"')
    report = ad.verify(NOTHING.make(issued("es256")), trust=ad.TrustConfig.none())
    inside = ad.check(report, [policy], file="press/a.png")
    outside = ad.check(report, [policy], file="other/a.png")
    assert [each.outcome for each in inside] == [ad.Outcome.FAIL]
    assert [each.outcome for each in outside] == [ad.Outcome.NOT_APPLICABLE]


def test_a_policy_changes_severities_and_picks_rules(issued: Issued) -> None:
    text = f'{HEAD}profiles = ["eu-ai-act"]\nselect = ["EU-00"]\nignore = ["EU-005"]\n'
    policy = parse(text + '[severity]\nEU-004 = "error"\nEU-001 = "info"')
    found = GENERATED.judge(policy, issued("es256"), issued("ed25519"))
    assert found["EU-004"].outcome is ad.Outcome.FAIL
    assert found["EU-001"].severity is Severity.INFO
    assert found.keys() == {f"EU-00{n}" for n in (1, 2, 3, 4, 6, 7, 8, 9)}


def test_a_profile_is_judged_by_the_text_of_the_day(issued: Issued) -> None:
    """Before a rule is required, it can only warn, and what a text does not say does not apply."""
    made, other = issued("es256"), issued("ed25519")
    drawing = NOTHING.given(ai="yes")
    found = {
        day: drawing.on(day).judge("ca-sb942", made, other) for day in ("2026-08-01", "2026-09-30")
    }
    early, late = found.values()
    assert early["CA-004"].outcome is ad.Outcome.WARN
    assert "required from 2026-08-02" in early["CA-004"].reason
    assert early["CA-005"].outcome is ad.Outcome.NOT_APPLICABLE
    assert early["CA-005"].profile == "ca-sb942@2026-08-02"
    assert late["CA-004"].outcome is late["CA-005"].outcome is ad.Outcome.FAIL
    older = drawing.judge("ca-sb942@2026-08-02", made, other)
    assert older["CA-004"].outcome is ad.Outcome.FAIL
    assert older["CA-005"].outcome is ad.Outcome.NOT_APPLICABLE


def test_older_systems_have_longer(issued: Issued) -> None:
    given = NOTHING.given(ai="yes", placed_on_market="2026-01-01")
    found = {
        day: given.on(day).judge("eu-ai-act", issued("es256"), issued("ed25519"))["EU-001"].outcome
        for day in ("2026-12-01", "2026-12-02")
    }
    assert found == {"2026-12-01": ad.Outcome.WARN, "2026-12-02": ad.Outcome.FAIL}


@pytest.mark.parametrize(
    "arguments",
    [
        {"profiles": []},
        {"profiles": ["nice"]},
        {"profiles": ["iptc@1"]},
        {"profiles": ["iptc"], "select": ["EU"]},
        {"profiles": ["iptc"], "ignore": ["FOO"]},
        {"profiles": ["iptc"], "inputs": {"ai": "perhaps"}},
        {"profiles": [None]},
        {"profiles": "nice"},
        {"profiles": "iptc", "select": "EU-001"},
        {"profiles": "iptc", "trust": ad.TrustConfig.none()},
    ],
)
def test_what_cannot_be_judged_is_refused(arguments: dict[str, Any]) -> None:
    """A check without rules would pass everything."""
    report = ad.verify(
        Path(__file__).parents[2] / "fixtures/unsigned.jpg", trust=ad.TrustConfig.none()
    )
    with pytest.raises(ValueError, match=r"."):
        ad.check(report, **arguments)


def test_every_profile_has_editions_in_order() -> None:
    for profile in PROFILES.values():
        days = [edition.since for edition in profile.editions]
        assert days == sorted(days)
        assert days


FILE = Path(__file__).parents[2] / "fixtures/generated.jpg"


def test_a_file_is_checked_as_its_report_is() -> None:
    """By its path, as text or not, or its bytes; one profile or id needs no list."""
    report = ad.verify(FILE, trust=ad.TrustConfig.none())
    day = date(2026, 12, 5)
    expected = ad.check(report, ["eu-ai-act"], as_of=day, select=["EU-001"])
    assert [each.outcome for each in expected] == [ad.Outcome.PASS]
    for source in (FILE, str(FILE), FILE.read_bytes()):
        assert ad.check(source, "eu-ai-act", as_of=day, select="EU-001") == expected
    [lone] = ad.check(report, parse(f'{HEAD}profiles = ["iptc"]\nselect = ["IPTC-001"]\n'))
    assert lone.rule.id == "IPTC-001"


def test_whom_to_trust_counts_where_a_file_is_verified() -> None:
    root = ad.TrustConfig.from_pem((FILE.parent / "root.pem").read_bytes())
    found = [
        ad.check(FILE, "eu-ai-act", trust=trust, select="EU-003")[0].outcome.value
        for trust in (None, root)
    ]
    assert found == ["undetermined", "pass"]


def test_a_policy_that_depends_on_the_path_gets_it() -> None:
    text = '[[require]]\npath = "**/generated.jpg"\nstate = "trusted"\n'
    policy = parse(HEAD + text)
    [found] = ad.check(FILE, policy)
    assert found.outcome is ad.Outcome.FAIL
    [other] = ad.check(FILE.read_bytes(), policy)
    assert other.outcome is not ad.Outcome.FAIL


def test_files_are_compared_as_their_reports_are() -> None:
    stripped = FILE.parent / "unsigned.jpg"
    none = ad.TrustConfig.none()
    expected = ad.diff(ad.verify(FILE, trust=none), ad.verify(stripped, trust=none))
    assert expected
    assert ad.diff(FILE, str(stripped)) == expected
    [found] = ad.check(stripped, "eu-ai-act", before=FILE, select="X-003")
    assert found.outcome is ad.Outcome.FAIL


def test_a_file_that_cannot_be_read_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="nothing"):
        ad.check("nothing.jpg", "iptc")
    with pytest.raises(ad.UnsupportedFormat):
        ad.check(b"text", "iptc")
