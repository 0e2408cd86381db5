"""Every rule of every profile on a file that passes, one that does not, and one that is open."""

from __future__ import annotations

import functools
import pickle
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

import aidisclose as ad
from aidisclose.carriers import xmp
from aidisclose.policy.evidence import Evidence
from aidisclose.policy.profiles import PROFILES, RULES
from aidisclose.policy.rule import BEFORE, Rule, Severity, judge, settle
from aidisclose.policy.sources import Addressee, Certainty, Reading, TextKind
from aidisclose.signing.credentials import ROOT
from aidisclose.trust.anchors import TEST_CREDENTIALS
from aidisclose.validate.timestamp import SignatureTimestamp
from tests.containers import samples
from tests.issuing import Issued
from tests.policy.files import (
    ALTERED,
    CAMERA,
    CREATED,
    DRAWN,
    GENERATED,
    MIXED,
    NOTHING,
    RECORD,
    TAM,
    WHEN,
    Given,
    defined,
    did,
    drawn,
    label,
    labelled,
    of_drawn,
    patched,
    signed,
    sound,
    spoken,
    unsigned,
    with_packet,
    with_text,
    with_xmp,
)

AI = NOTHING.given(ai="yes")
NOT_AI = NOTHING.given(ai="no")
MARKED = unsigned({xmp.SOURCE_TYPE: TAM})
EDITED = signed(GENERATED.make, ai="edited")
DRAWN_ON = signed(drawn)
SPOKEN = signed(spoken)
BOUND = signed(watermark={"alg": "com.adobe.trustmark.P", "value": "42"})
PRINTED = defined(CREATED, assertions={"c2pa.soft-binding": {"alg": "io.iscc.v0", "blocks": []}})
DRAWING = defined(did("created", DRAWN))
CROPPED = defined(CREATED, did("cropped", DRAWN))
DIRECT = {"type": "label", "text": "AI GENERATED", "lang": "en"}
HEARD = {"type": "audible", "text": "Made with AI", "lang": "en", "start": 0, "end": 2}
REAL = GENERATED.given(realistic="yes")
TEXT = NOTHING._replace(media_type="text/html")
PHOTO = defined(did("created", CAMERA, when=WHEN))
SHOT = unsigned({xmp.SOURCE_TYPE: CAMERA})
TWICE = xmp.create({xmp.SOURCE_TYPE: TAM}).replace(
    b"</Iptc4xmpExt:DigitalSourceType>",
    b"</Iptc4xmpExt:DigitalSourceType><Iptc4xmpExt:DigitalSourceType>x"
    b"</Iptc4xmpExt:DigitalSourceType>",
)


def stated(model: str = "c2pa.types.model", **fields: object) -> dict[str, object]:
    return {"c2pa.ai-disclosure": {"modelType": model, **fields}}


#: Rule → the file that passes, the one that does not, the one that leaves it open. None: there is
#: none, for the reason in IMPOSSIBLE.
CASES: dict[str, tuple[Given | None, Given | None, Given | None]] = {
    "PAI-001": (GENERATED, AI, NOTHING),
    "PAI-002": (MARKED, AI, NOTHING),
    "PAI-003": (GENERATED, ALTERED, NOTHING),
    "PAI-004": (GENERATED, defined(CREATED, source=with_xmp({xmp.SOURCE_TYPE: CAMERA})), NOTHING),
    "PAI-005": (DRAWN_ON, GENERATED, signed(direct=[DIRECT])),
    "PAI-006": (
        GENERATED.given(depicts_person="no"),
        GENERATED.given(depicts_person="yes"),
        GENERATED,
    ),
    "PAI-007": (
        signed(policy_url="https://example.com/policy"),
        signed(policy_url="http://example.com/policy"),
        GENERATED,
    ),
    "PAI-008": (GENERATED, defined(CREATED), AI),
    "PAI-009": (GENERATED, signed(source_type="composite").given(ai="yes"), NOTHING),
    "PAI-010": (PRINTED, GENERATED, BOUND),
    "PAI-011": (EDITED.after(GENERATED), NOTHING.after(GENERATED), GENERATED),
    "PAI-012": (GENERATED, signed(prompt="a cat", prompt_writer="Ada"), NOTHING),
    "PAI-013": (SPOKEN, signed(sound), signed(sound, direct=[HEARD])),
    "PAI-014": (
        signed(techniques=["wholly-synthetic-scene"], harm_review={"done": True}),
        signed(techniques=["wholly-synthetic-scene"]),
        GENERATED,
    ),
    "EU-001": (GENERATED, AI, NOTHING),
    "EU-002": (GENERATED, ALTERED, NOTHING),
    "EU-003": (GENERATED, GENERATED._replace(trusts=False), GENERATED._replace(trusts=None)),
    "EU-004": (GENERATED._replace(stamped=True), GENERATED, NOTHING),
    "EU-005": (None, GENERATED, BOUND),
    "EU-006": (BOUND, PRINTED, GENERATED),
    "EU-007": (EDITED, DRAWING.given(ai="yes"), NOTHING),
    "EU-008": (EDITED.after(GENERATED), NOTHING.after(GENERATED), GENERATED),
    "EU-009": (
        signed(prompt="a cat", prompt_writer="Ada"),
        defined(CREATED, assertions={"org.example.note": {"from": "ada@example.com"}}),
        NOTHING,
    ),
    "EU-010": (DRAWN_ON.given(deepfake="yes"), GENERATED.given(deepfake="yes"), GENERATED),
    "EU-011": (SPOKEN.given(deepfake="yes"), signed(sound).given(deepfake="yes"), signed(sound)),
    "EU-012": (
        signed(with_xmp({xmp.ALT_TEXT: "A cat. AI generated."}), direct=[DIRECT]),
        signed(direct=[{"type": "label"}]),
        signed(direct=[DIRECT]),
    ),
    "EU-013": (None, None, GENERATED),
    "EU-014": (
        GENERATED,
        GENERATED.on("2026-11-23").given(placed_on_market="2026-01-01"),
        GENERATED.on("2026-11-23"),
    ),
    "EU-015": (
        GENERATED,
        GENERATED._replace(media_type="font/otf"),
        GENERATED._replace(media_type="text/plain"),
    ),
    "EU-016": (
        TEXT.given(public_interest="yes", ai="yes", label_seen="yes"),
        TEXT.given(public_interest="yes", ai="yes"),
        TEXT.given(ai="yes"),
    ),
    "CAP-001": (
        EDITED.after(GENERATED).on("2027-01-01"),
        NOTHING.after(GENERATED).on("2027-01-01"),
        GENERATED,
    ),
    "CAP-002": (GENERATED, ALTERED, NOTHING),
    "CAP-003": (GENERATED, None, NOTHING),
    "CAD-001": (PHOTO, SHOT.on("2028-01-01"), NOTHING),
    "CAD-002": (
        defined(did("created", CAMERA, softwareAgent={"name": "X100", "version": "2"})),
        SHOT.on("2028-01-01"),
        NOTHING,
    ),
    "CAD-003": (PHOTO, SHOT.on("2028-01-01"), NOTHING),
    "CAD-004": (PHOTO, SHOT, NOTHING),
    "UT-001": (GENERATED, MARKED.on("2027-01-01"), NOTHING),
    "UT-002": (GENERATED, MARKED.on("2027-01-01"), NOTHING),
    "UT-003": (GENERATED, MARKED, NOTHING),
    "UT-004": (
        EDITED.after(GENERATED).on("2027-01-01"),
        NOTHING.after(GENERATED).on("2027-01-01"),
        GENERATED,
    ),
    "UT-005": (PHOTO, SHOT.on("2028-01-01"), NOTHING),
    "UT-006": (PHOTO, SHOT.on("2028-01-01"), NOTHING),
    "NY-001": (
        DRAWN_ON.given(advertisement="yes", synthetic_performer="yes"),
        GENERATED.given(advertisement="yes", synthetic_performer="yes"),
        GENERATED,
    ),
    "IN-001": (
        DRAWN_ON.given(realistic="yes"),
        REAL,
        signed(direct=[DIRECT]).given(realistic="yes"),
    ),
    "IN-002": (REAL, AI.given(realistic="yes"), GENERATED),
    "IN-003": (None, MARKED.given(realistic="yes"), REAL),
    "IN-004": (EDITED.after(GENERATED), NOTHING.after(GENERATED), GENERATED),
    "IN-005": (
        None,
        signed(sound, direct=[HEARD])._replace(media_type="video/mp4").given(realistic="yes"),
        signed(direct=[DIRECT])._replace(media_type="video/mp4").given(realistic="yes"),
    ),
    "KR-001": (GENERATED, AI, NOTHING),
    "KR-002": (DRAWN_ON.given(realistic="yes"), REAL, GENERATED),
    "VN-001": (GENERATED, AI, NOTHING),
    "VN-002": (DRAWN_ON.given(realistic="yes"), REAL, GENERATED),
    "CA-001": (GENERATED, AI, NOTHING),
    "CA-002": (GENERATED, defined(did("created", TAM, softwareAgent={"name": "X"})), NOTHING),
    "CA-003": (GENERATED, defined(did("created", TAM)), NOTHING),
    "CA-004": (GENERATED, patched(GENERATED, b"urn:c2pa:", b"urn:uuid:"), NOTHING),
    "CA-005": (GENERATED, DRAWING.given(ai="yes"), NOTHING),
    "CA-006": (None, MARKED, GENERATED),
    "CA-007": (GENERATED, ALTERED, MARKED),
    "CA-008": (GENERATED, MARKED, NOTHING),
    "CA-009": (GENERATED, GENERATED.given(minor="yes"), MARKED),
    "CA-010": (
        EDITED.after(GENERATED).on("2027-01-01"),
        NOTHING.after(GENERATED).on("2027-01-01"),
        GENERATED,
    ),
    "CA-011": (GENERATED, None, None),
    "CA-012": (GENERATED, None, GENERATED._replace(media_type="text/plain")),
    "WA-001": (GENERATED, AI.on("2027-02-01"), NOTHING),
    "WA-002": (None, MARKED, GENERATED),
    "WA-003": (GENERATED, signed(prompt="a cat", prompt_writer="Ada"), NOTHING),
    "CN-001": (labelled(), AI, NOTHING),
    "CN-002": (
        labelled(),
        Given(with_text("AIGC", label(), with_xmp({xmp.AIGC: label()}))),
        NOTHING,
    ),
    "CN-003": (labelled(), labelled(label().replace("ReservedCode2", "Other")), NOTHING),
    "CN-004": (labelled(), labelled(Label="4"), NOTHING),
    "CN-005": (labelled(), labelled(ContentProducer=""), NOTHING),
    "CN-006": (labelled(), labelled(ContentProducer="two words"), NOTHING),
    "CN-007": (labelled(), labelled(ContentProducer=f"00{'x' * 25}"), NOTHING),
    "CN-008": (labelled(), Given(with_text("AIGC", label())), NOTHING),
    "CN-009": (labelled(), labelled(PropagateID="7"), NOTHING),
    "CN-010": (
        defined(CREATED, source=with_xmp({xmp.AIGC: label()})),
        labelled(),
        labelled(ReservedCode1="x"),
    ),
    "CN-011": (of_drawn(text="AI生成"), labelled(), signed(direct=[DIRECT | {"text": "AI生成"}])),
    "CN-012": (labelled().after(labelled()), NOTHING.after(labelled()), labelled()),
    "CN-013": (
        labelled(),
        DRAWING._replace(
            make=defined(did("created", DRAWN), source=with_xmp({xmp.AIGC: label()})).make
        ),
        NOTHING,
    ),
    "IPTC-001": (MARKED, AI, NOTHING),
    "IPTC-002": (MARKED, unsigned({xmp.SOURCE_TYPE: "AI"}), NOTHING),
    "IPTC-003": (
        MARKED,
        unsigned({xmp.SOURCE_TYPE: TAM.replace("http:", "https:")}),
        unsigned({xmp.SOURCE_TYPE: "AI"}),
    ),
    "IPTC-004": (
        MARKED,
        unsigned({xmp.SOURCE_TYPE: TAM.replace("trainedAlgorithmicMedia", "digitalArt")}),
        NOTHING,
    ),
    "IPTC-005": (MARKED, Given(with_packet(TWICE)), NOTHING),
    "IPTC-006": (GENERATED, unsigned({xmp.SYSTEM: "SDXL"}), NOTHING),
    "IPTC-007": (GENERATED, unsigned({xmp.PROMPT: "a cat"}), None),
    "IPTC-008": (MARKED, Given(with_packet(b"<x:xmpmeta")), NOTHING),
    "IPTC-009": (signed(training="prohibited"), unsigned({xmp.DATA_MINING: "no"}), NOTHING),
    "IPTC-010": (
        signed(training="no-generative-training"),
        defined(
            CREATED,
            assertions={
                "cawg.training-mining": {
                    "entries": {"cawg.ai_generative_training": {"use": "allowed"}}
                }
            },
            source=with_xmp({xmp.DATA_MINING: "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"}),
        ),
        GENERATED,
    ),
    "IPTC-011": (
        GENERATED,
        defined(CREATED, assertions={"c2pa.metadata": {"Iptc4xmpExt:AISystemUsed": "X"}}),
        defined(CREATED),
    ),
    "IPTC-012": (GENERATED, ALTERED, NOTHING),
    "C2PA-001": (GENERATED, NOTHING, unsigned({xmp.PROVENANCE: "https://example.com/m.c2pa"})),
    "C2PA-002": (GENERATED, GENERATED._replace(trusts=False), GENERATED._replace(trusts=None)),
    "C2PA-003": (GENERATED, patched(GENERATED, b"c2pa.created", b"c2pa.cropped"), NOTHING),
    "C2PA-004": (GENERATED, defined(CREATED, did("cropped")), NOTHING),
    "C2PA-005": (GENERATED, patched(GENERATED, b"allActionsIncl", b"allActionsIncX"), NOTHING),
    "C2PA-006": (GENERATED, GENERATED.given(spec="2.2"), NOTHING),
    "C2PA-007": (signed(spec="2.2"), GENERATED.given(spec="2.2"), NOTHING),
    "C2PA-008": (GENERATED, defined(CREATED, {"action": "improved"}), NOTHING),
    "C2PA-009": (GENERATED, patched(GENERATED, b"urn:c2pa:", b"urn:uuid:"), NOTHING),
    "C2PA-010": (EDITED, patched(EDITED, b"validationResults", b"validationResultX"), NOTHING),
    "C2PA-011": (
        GENERATED,
        patched(GENERATED, b"jumbf manifest\x63alg", b"jumbf manifest\x63url"),
        NOTHING,
    ),
    "C2PA-012": (
        GENERATED,
        defined(CREATED, did("cropped", DRAWN, parameters={"description": "x"})),
        NOTHING,
    ),
    "SIG-001": (GENERATED.given(ai="generated"), GENERATED.given(ai="edited"), NOTHING),
    "SIG-002": (GENERATED, signed(prompt="a cat", inputs=True), NOTHING),
    "SIG-003": (GENERATED, defined(did("opened"), did("enhanced", TAM)), DRAWING),
    "SIG-004": (
        PHOTO._replace(product={}),
        PHOTO._replace(product={"disallowed": ["capturedMedia"]}),
        PHOTO,
    ),
    "LINT-001": (GENERATED, defined(did("created", TAM.replace("http:", "https:"))), NOTHING),
    "LINT-002": (BOUND, patched(BOUND, b"c2pa.soft-binding", b"c2pa.soft-bindinX"), GENERATED),
    "LINT-003": (BOUND, signed(watermark={"alg": "com.example.x.1", "value": "1"}), GENERATED),
    "LINT-004": (GENERATED, defined(did("created", TAM)), DRAWING),
    "LINT-005": (
        GENERATED,
        defined(CREATED, assertions={"c2pa.metadata": {"plus:DataMining": "X"}}),
        defined(CREATED),
    ),
    "LINT-006": (GENERATED, defined(CREATED, assertions=stated(model="")), defined(CREATED)),
    "LINT-007": (
        signed(oversight="prompt_guided"),
        defined(
            CREATED,
            assertions=stated(contentProfile={"humanOversightLevel": "human_validated"}),
        ),
        GENERATED,
    ),
    "LINT-008": (GENERATED, defined(did("created", DRAWN), assertions=stated()), DRAWING),
    "LINT-009": (GENERATED, patched(CROPPED, b"c2pa.cropped", b"c2pa.created"), NOTHING),
    "X-001": (GENERATED, defined(CREATED, source=with_xmp({xmp.SOURCE_TYPE: CAMERA})), NOTHING),
    "X-002": (
        signed(policy_url="https://example.com"),
        defined(CREATED, assertions={RECORD: {"indirect": ["c2pa", "aigc"]}}),
        GENERATED,
    ),
    "X-003": (EDITED.after(GENERATED), NOTHING.after(GENERATED), GENERATED),
    "X-004": (GENERATED, ALTERED, NOTHING),
    "X-005": (GENERATED.given(ai="yes"), GENERATED.given(ai="no"), GENERATED),
}

#: What no file can bring about, and why.
IMPOSSIBLE = {
    ("EU-005", "pass"): "only its detector shows whether a watermark is there",
    ("CAP-003", "broken"): "a platform need not show what the file does not have",
    ("IN-003", "pass"): "whose computer resource it is, no file shows",
    ("IN-005", "pass"): "how long a label is shown, no file shows",
    ("WA-002", "pass"): "how hard provenance data is to remove, no file shows",
    ("CA-006", "pass"): "how hard a disclosure is to remove, no file shows",
    ("EU-013", "pass"): "exceptions are in no file",
    ("EU-013", "broken"): "exceptions are in no file",
    ("CA-011", "broken"): "it says which text was used",
    ("CA-011", "undetermined"): "it says which text was used",
    ("CA-012", "broken"): "other media are out of scope, which is not a fault",
    ("IPTC-007", "undetermined"): "a prompt is in XMP or it is not",
}
KINDS = ("pass", "broken", "undetermined")


def expected(rule: str, kind: str) -> str:
    if kind != "broken":
        return kind
    return "fail" if RULES[rule].weight() is Severity.ERROR else "warn"


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        (rule, kind)
        for rule, cases in CASES.items()
        for kind, case in zip(KINDS, cases, strict=True)
        if case is not None
    ],
)
def test_a_rule_finds_what_is_in_the_file(rule: str, kind: str, issued: Issued) -> None:
    case = CASES[rule][KINDS.index(kind)]
    assert case is not None
    profile = next(name for name, each in PROFILES.items() if RULES[rule] in each.rules)
    found = case.judge(profile, issued("es256"), issued("ed25519"))[rule]
    assert found.outcome.value == expected(rule, kind), found.reason
    assert found.reason


def test_every_rule_has_every_case_or_a_reason_why_not() -> None:
    assert CASES.keys() == RULES.keys()
    missing = {
        (rule, kind)
        for rule, cases in CASES.items()
        for kind, case in zip(KINDS, cases, strict=True)
        if case is None
    }
    assert missing == IMPOSSIBLE.keys()


#: Rules whose own premise is shown below, and not the role of who checks.
OWN_PREMISES = {
    *("EU-001", "EU-003", "EU-010", "EU-011", "EU-016", "CA-006", "CN-011", "CAD-001"),
    *("UT-005", "NY-001", "IN-001", "IN-002", "KR-002", "VN-001", "VN-002"),
}
#: Rule → what makes it one that does not apply.
INAPPLICABLE: dict[str, Given] = {
    "PAI-005": GENERATED.given(material="no"),
    "PAI-013": GENERATED,
    "EU-001": EDITED.given(assistive="yes"),
    "EU-003": EDITED.given(assistive="yes"),
    "EU-010": GENERATED.given(deepfake="no"),
    "EU-011": GENERATED,
    "CA-006": NOT_AI,
    "CA-010": NOTHING._replace(media_type="text/plain"),
    "CN-011": NOT_AI,
    "EU-016": TEXT.given(editorial="yes"),
    "CAP-001": TEXT,
    "CAD-001": GENERATED,
    "UT-005": GENERATED,
    "NY-001": signed(sound).given(advertisement="yes"),
    "IN-001": EDITED.given(assistive="yes", realistic="yes"),
    "IN-002": GENERATED.given(realistic="no"),
    "KR-002": GENERATED.given(realistic="no"),
    "VN-001": AI.given(assistive="yes"),
    "VN-002": GENERATED.given(realistic="no"),
    **{
        rule.id: GENERATED.given(role="distributor")
        for rule in RULES.values()
        if rule.source.kind in (TextKind.LAW, TextKind.CODE)
        and rule.addressee in (Addressee.PROVIDER, Addressee.DEPLOYER, Addressee.CAPTURE)
        and rule.id not in OWN_PREMISES
    },
}


@pytest.mark.parametrize("rule", INAPPLICABLE)
def test_a_rule_does_not_apply_where_its_text_says_so(rule: str, issued: Issued) -> None:
    profile = next(name for name, each in PROFILES.items() if RULES[rule] in each.rules)
    found = INAPPLICABLE[rule].judge(profile, issued("es256"), issued("ed25519"))[rule]
    assert found.outcome is ad.Outcome.NOT_APPLICABLE, found.reason
    assert not found.is_broken
    assert not found.is_warning


def test_a_code_of_practice_binds_who_signed_it(issued: Issued) -> None:
    """Art. 50(2) asks for a mark that machines read; that it is signed, only the code does."""
    given = MARKED.on("2026-12-05")
    usual = given.judge("eu-ai-act", issued("es256"), issued("ed25519"))
    assert usual["EU-001"].outcome is ad.Outcome.PASS
    assert usual["EU-002"].outcome is ad.Outcome.WARN
    bound = given.given(signatory="yes").judge("eu-ai-act", issued("es256"), issued("ed25519"))
    assert bound["EU-002"].outcome is ad.Outcome.FAIL


def test_a_link_may_stand_for_the_fields_of_california(
    issued: Issued,
) -> None:
    given = unsigned({xmp.SOURCE_TYPE: TAM, xmp.PROVENANCE: "https://example.com/a.c2pa"})
    found = given.judge("ca-sb942", issued("es256"), issued("ed25519"))
    for rule in ("CA-001", "CA-002", "CA-003"):
        assert found[rule].outcome is ad.Outcome.UNDETERMINED
    address = {"disclosure": {"at": "https://example.com/systems/1"}}
    for assertion in ("org.example.disclosure", "cawg.example"):
        given = defined(did("created", TAM), assertions={assertion: address})
        found = given.judge("ca-sb942", issued("es256"), issued("ed25519"))
        is_own = assertion.startswith("org.")
        wanted = ad.Outcome.UNDETERMINED if is_own else ad.Outcome.FAIL
        assert (found["CA-002"].outcome, found["CA-003"].outcome) == (wanted, wanted)


def test_denoising_is_not_called_more_than_a_minor_modification(
    issued: Issued,
) -> None:
    given = defined(did("opened"), did("enhanced", TAM))
    found = given.judge("ca-sb942", issued("es256"), issued("ed25519"))
    assert found["CA-009"].outcome is ad.Outcome.UNDETERMINED


def test_a_step_keeps_what_an_ingredient_says(issued: Issued) -> None:
    """The result of editing a photo with AI says AI; that a camera took it, its parent says."""
    photo = PHOTO._replace(make=functools.cache(PHOTO.make))
    given = signed(photo.make, ai="edited").after(photo)
    found = given.judge("eu-ai-act", issued("es256"), issued("ed25519"))["X-003"]
    assert found.outcome is ad.Outcome.PASS, found.reason


@pytest.mark.parametrize(
    ("sizes", "outcome"),
    [
        ([0.05], "undetermined"),
        ([0.049], "warn"),
        ([0.01, 0.06], "undetermined"),
        ([None], "undetermined"),
    ],
)
def test_letters_of_china_have_a_least_height(
    sizes: list[float | None], outcome: str, issued: Issued
) -> None:
    labels = [
        DIRECT | {"text": "AI生成"} | ({} if size is None else {"size": size}) for size in sizes
    ]
    found = signed(direct=labels).judge("cn-gb45438", issued("es256"), issued("ed25519"))
    assert found["CN-011"].outcome.value == outcome, found["CN-011"].reason


def test_a_platform_fills_its_fields_of_the_label(issued: Issued) -> None:
    for fields, role, outcome in (
        ({}, "distributor", "warn"),
        ({}, "creator", "pass"),
        ({"ContentPropagator": "Net", "PropagateID": "1"}, "distributor", "pass"),
        ({"ContentPropagator": "Net", "PropagateID": "1"}, "creator", "warn"),
    ):
        given = labelled(**fields).given(role=role)
        found = given.judge("cn-gb45438", issued("es256"), issued("ed25519"))["CN-009"]
        assert found.outcome.value == outcome, (fields, role)


def test_what_is_no_duty_of_older_systems_yet_fails_only_newer_ones(issued: Issued) -> None:
    """Art. 111(4) of the AI Act, as amended by Regulation (EU) 2026/1744: until 2026-12-02."""
    given = AI.on("2026-11-23")
    found = given.judge("eu-ai-act", issued("es256"), issued("ed25519"))["EU-001"]
    assert found.outcome is ad.Outcome.WARN
    assert found.is_warning, "--strict fails it"
    assert "older systems have until 2026-12-02" in found.reason
    assert found.asks == ("placed-on-market",)
    for other in (given.given(placed_on_market="2026-09-01"), AI.on("2026-12-02")):
        found = other.judge("eu-ai-act", issued("es256"), issued("ed25519"))["EU-001"]
        assert found.outcome is ad.Outcome.FAIL
        assert "older systems" not in found.reason
    old = given.given(placed_on_market="2026-01-01")
    found = old.judge("eu-ai-act", issued("es256"), issued("ed25519"))["EU-001"]
    assert found.outcome is ad.Outcome.WARN


@pytest.mark.parametrize(
    ("rule", "fields", "person", "outcome"),
    [
        ("PAI-006", {"consent": {"status": "obtained"}}, "yes", "undetermined"),
        ("PAI-006", {"consent": {"status": "artistic-exception"}}, "yes", "undetermined"),
        ("PAI-006", {"consent": {"status": "none"}}, "yes", "warn"),
        ("PAI-006", {"consent": {"status": "not-applicable"}}, "yes", "warn"),
        ("PAI-006", {"consent": {"status": "not-applicable"}}, "no", "pass"),
        ("PAI-006", {"consent": {"status": "obtained"}}, "no", "warn"),
        (
            "PAI-014",
            {"techniques": ["fake-persona"], "harm_review": {"done": False}},
            "no",
            "warn",
        ),
        ("PAI-014", {"harm_review": {"done": True}}, "no", "not-applicable"),
    ],
)
def test_a_record_of_what_was_not_done_is_no_evidence_that_it_was(
    rule: str, fields: dict[str, Any], person: str, outcome: str, issued: Issued
) -> None:
    given = signed(**fields).given(depicts_person=person)
    found = given.judge("pai", issued("es256"), issued("ed25519"))[rule]
    assert found.outcome.value == outcome, found.reason


def test_a_file_that_denies_ai_does_not_disclose_it(issued: Issued) -> None:
    made, other = issued("es256"), issued("ed25519")
    for given in (SHOT, PHOTO):
        stated = given.given(ai="yes")
        assert stated.judge("pai", made, other)["PAI-004"].outcome is ad.Outcome.FAIL
        assert given.judge("pai", made, other)["PAI-004"].outcome is not ad.Outcome.FAIL
    found = SHOT.given(ai="yes").judge("iptc", made, other)
    assert found["IPTC-001"].outcome is ad.Outcome.FAIL
    assert found["X-005"].outcome is ad.Outcome.WARN


def test_two_statements_of_one_kind_do_not_hide_each_other(issued: Issued) -> None:
    """The last one would count alone if they were kept by name."""
    mined = {
        f"cawg.training-mining{suffix}": {"entries": {"cawg.ai_generative_training": {"use": use}}}
        for suffix, use in (("", "allowed"), ("__1", "notAllowed"))
    }
    given = defined(CREATED, assertions=mined)
    found = given.judge("iptc", issued("es256"), issued("ed25519"))["IPTC-010"]
    assert found.outcome.value == expected("IPTC-010", "broken"), found.reason


@pytest.mark.parametrize(
    ("alternative", "direct", "outcome"),
    [
        ("A cat (ai-generated)", [DIRECT], "pass"),
        ("A cat", [DIRECT], "warn"),
        ("A cat. AI generated", [DIRECT, DIRECT | {"text": "Mit KI erzeugt"}], "warn"),
        ("AI generated", [HEARD], "undetermined"),
        ("AI generated", [DIRECT, HEARD], "pass"),
    ],
)
def test_a_text_alternative_repeats_the_words_of_a_label(
    alternative: str, direct: list[dict[str, object]], outcome: str, issued: Issued
) -> None:
    """Art. 50(5): the information meets the requirements of accessibility."""
    given = signed(with_xmp({xmp.ALT_TEXT: alternative}), direct=direct)
    found = given.judge("eu-ai-act", issued("es256"), issued("ed25519"))["EU-012"]
    assert found.outcome.value == outcome, found.reason


def test_california_before_sb_1000_is_judged_by_its_own_text(issued: Issued) -> None:
    """§22757.3(b) of 2024: content that was created, a version number, no field E."""
    made, other = issued("es256"), issued("ed25519")
    versioned = signed(model_version="turbo")
    for day, altered, version, added in (
        ("2026-09-29", "not-applicable", "warn", "not-applicable"),
        ("2026-09-30", "pass", "pass", "pass"),
    ):
        found = EDITED.on(day).judge("ca-sb942", made, other)
        for rule in ("CA-001", "CA-002", "CA-003", "CA-004"):
            assert found[rule].outcome.value == altered, (day, rule)
        found = versioned.on(day).judge("ca-sb942", made, other)
        assert found["CA-002"].outcome.value == version, day
        assert found["CA-005"].outcome.value == added, day


def test_an_artistic_work_may_say_it_where_it_does_not_disturb(
    issued: Issued,
) -> None:
    for profile, rule in (("eu-ai-act", "EU-010"), ("kr-ai-basic-act", "KR-002")):
        given = GENERATED.given(deepfake="yes")
        found = given.judge(profile, issued("es256"), issued("ed25519"))[rule]
        assert found.outcome is ad.Outcome.FAIL
        artistic = given.given(artistic="yes")
        found = artistic.judge(profile, issued("es256"), issued("ed25519"))[rule]
        assert found.outcome is ad.Outcome.UNDETERMINED


def test_the_draft_of_india_fails_nothing(issued: Issued) -> None:
    given = signed(sound, direct=[HEARD])._replace(media_type="video/mp4")
    given = given.given(realistic="yes")
    found = given.judge("in-it-rules", issued("es256"), issued("ed25519"))["IN-005"]
    assert found.outcome is ad.Outcome.WARN
    assert not found.is_warning, "not even with --strict"


def test_a_draft_or_an_unverified_text_never_fails_a_build() -> None:
    rule = RULES["CA-001"]
    for source in (
        replace(rule.source, certainty=Certainty.DRAFT),
        replace(rule.source, reading=Reading.NONE),
    ):
        assert replace(rule, source=source).weight(wanted=Severity.ERROR) is Severity.INFO


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_says_all_that_it_must(rule: Rule) -> None:
    for name in ("id", "title", "citation", "evidence", "fix"):
        text = getattr(rule, name)
        assert text
        assert "complian" not in text.lower(), "no law is complied with by a file alone"


def test_ids_are_unique_and_in_order_of_their_profile() -> None:
    listed = [rule.id for profile in PROFILES.values() for rule in profile.rules]
    assert len(set(listed)) == len(listed)


def test_source_types_with_and_without_ai_are_told_apart(
    issued: Issued,
) -> None:
    """A part made with AI is AI as well."""
    given = defined(did("created", MIXED))
    found = given.judge("eu-ai-act", issued("es256"), issued("ed25519"))
    assert found["EU-001"].outcome is ad.Outcome.PASS


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_can_be_handed_to_another_process(rule: Rule) -> None:
    assert pickle.loads(pickle.dumps(rule)).id == rule.id


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rules_about_steps_are_open_without_the_file_before(rule: Rule, issued: Issued) -> None:
    """`diff` takes these, and no others."""
    profile = next(name for name, each in PROFILES.items() if rule in each.rules)
    found = GENERATED.judge(profile, issued("es256"), issued("ed25519"))[rule.id]
    assert rule.is_about_step == (BEFORE in found.asks)


def test_a_rule_that_has_ended_does_not_apply() -> None:
    rule = replace(RULES["EU-001"], until=date(2026, 11, 1))
    report = ad.verify(samples.png(), trust=ad.TrustConfig.none())
    evidence = Evidence(report=report, as_of=date(2026, 11, 2))
    ended = judge(rule, evidence, "eu-ai-act", settle(rule, {}, date(2026, 11, 2)))
    assert (ended.outcome, ended.reason) == (
        ad.Outcome.NOT_APPLICABLE,
        "required until 2026-11-01",
    )
    in_force = judge(rule, evidence, "eu-ai-act", settle(rule, {}, date(2026, 11, 1)))
    assert in_force.outcome is not ad.Outcome.NOT_APPLICABLE


def test_what_is_signed_in_part_only_is_doubtful(issued: Issued) -> None:
    """A hash that leaves content out does not show that this was changed."""
    report = GENERATED.report(GENERATED.make(issued("es256")), issued("es256"), issued("ed25519"))
    found = {
        each.rule.id: each.outcome.value
        for each in ad.check(
            replace(report, integrity=ad.Integrity.PARTIAL),
            ["eu-ai-act", "pai"],
            as_of=date(2027, 1, 1),
        )
    }
    assert (found["EU-002"], found["PAI-003"], found["X-004"]) == ("warn", "warn", "undetermined")


def test_a_time_stamp_of_test_credentials_proves_nothing_to_others(issued: Issued) -> None:
    report = GENERATED.report(GENERATED.make(issued("es256")), issued("es256"), issued("ed25519"))
    assert report.signature is not None
    policy = ad.Policy.from_toml(b'version = 1\n[[require]]\ntimestamp = "trusted"\n')
    for anchor, outcomes in ((TEST_CREDENTIALS, ("warn", "fail")), ("tsa.pem", ("pass", "pass"))):
        stamp = SignatureTimestamp(datetime(2026, 1, 2, tzinfo=UTC), "TSA", True, anchor=anchor)
        signature = report.signature._replace(timestamp=stamp)
        findings = ad.check(
            replace(report, signature=signature), ["eu-ai-act", policy], as_of=date(2027, 1, 1)
        )
        found = {each.rule.id: each.outcome.value for each in findings}
        assert (found["EU-004"], found["REQ-006"]) == outcomes


@pytest.mark.parametrize(
    ("integrity", "state", "whole"),
    [("intact", "pass", "pass"), ("partial", "warn", "fail"), ("unproven", "pass", "fail")],
)
def test_a_policy_can_ask_for_the_whole_file(
    issued: Issued, integrity: str, state: str, whole: str
) -> None:
    made = issued("es256")
    policy = ad.Policy.from_toml(
        b'version = 1\n[[require]]\nstate = "valid"\nintegrity = "intact"\n'
    )
    report = ad.verify(GENERATED.make(made), trust=ad.TrustConfig.none())
    found = ad.check(replace(report, integrity=ad.Integrity(integrity)), policy)
    outcomes = {each.rule.id: each.outcome.value for each in found}
    assert (outcomes["REQ-001"], outcomes["REQ-012"]) == (state, whole)


def test_the_worst_of_several_requirements_counts(issued: Issued) -> None:
    """One that only warns, or is open, hides none that fails."""
    policy = ad.Policy.from_toml(
        b'version = 1\n[[require]]\nstate = "valid"\n[[require]]\nstate = "trusted"\n'
    )
    report = ad.verify(GENERATED.make(issued("es256")), trust=ad.TrustConfig.none())
    found = ad.check(replace(report, integrity=ad.Integrity.PARTIAL), policy)
    assert [each.outcome.value for each in found if each.rule.id == "REQ-001"] == ["fail"]


def test_test_credentials_trust_nobody_in_a_policy(issued: Issued) -> None:
    made = issued("es256")
    policy = ad.Policy.from_toml(
        b'version = 1\n[[require]]\nstate = "trusted"\nrecovered = "trusted"\n'
    )
    for source, outcome in ((TEST_CREDENTIALS, "fail"), ("root.pem", "pass")):
        root = (made.folder / ROOT).read_bytes()
        trust = ad.TrustConfig.from_pem(root, source=source)
        report = ad.verify(GENERATED.make(made), trust=trust)
        assert report.state is ad.State.TRUSTED
        found = {each.rule.id: each.outcome.value for each in ad.check(report, policy)}
        assert found["REQ-001"] == outcome
        assert (found["REQ-011"] == "pass") == (outcome == "pass")


@pytest.mark.parametrize(
    ("fields", "premise", "rule", "contradicted", "otherwise"),
    [
        ({}, {"assistive": "yes"}, "EU-001", "pass", "not-applicable"),
        ({"techniques": ["fake-persona"]}, {"realistic": "no"}, "IN-002", "undetermined", ""),
        ({"purpose": "ads"}, {"advertisement": "no"}, "NY-001", "undetermined", ""),
        ({"material": "yes"}, {"material": "no"}, "PAI-005", "warn", "not-applicable"),
    ],
)
def test_a_premise_that_the_manifest_contradicts_decides_nothing(
    fields: dict[str, Any],
    premise: dict[str, str],
    rule: str,
    contradicted: str,
    otherwise: str,
    issued: Issued,
) -> None:
    profile = next(name for name, each in PROFILES.items() if RULES[rule] in each.rules)
    given = signed(**fields)._replace(inputs=premise)
    found = given.judge(profile, issued("es256"), issued("ed25519"))
    assert found[rule].outcome.value == contradicted
    assert found["X-005"].outcome is ad.Outcome.FAIL
    assert f"you state {'='.join(*premise.items())}, but the file says" in found["X-005"].reason
    other = EDITED._replace(inputs=premise)
    found = other.judge(profile, issued("es256"), issued("ed25519"))
    assert found[rule].outcome.value == (otherwise or "not-applicable")
    assert found["X-005"].outcome is not ad.Outcome.FAIL


def test_minor_modifications_are_exempt_in_california(issued: Issued) -> None:
    """§22757.3(a) covers what is created or altered, other than by a minor modification."""
    cropped = defined(did("cropped", MIXED, when=WHEN), source=GENERATED.make)
    for given, outcome, listed in (
        (cropped, "not-applicable", "pass"),
        (GENERATED, "pass", "warn"),
        (MARKED, "fail", "warn"),
        (AI, "not-applicable", "pass"),
    ):
        found = given.given(minor="yes", ai="yes").judge(
            "ca-sb942", issued("es256"), issued("ed25519")
        )
        assert found["CA-004"].outcome.value == outcome
        assert found["CA-009"].outcome.value == listed


def test_a_text_is_in_force_from_the_day_on_which_it_is_required() -> None:
    rule = RULES["UT-001"]
    assert rule.certainty(date(2026, 12, 31)) is Certainty.ADOPTED
    assert rule.certainty(date(2027, 1, 1)) is Certainty.IN_FORCE
    assert RULES["EU-001"].certainty(date(2026, 8, 1)) is Certainty.ADOPTED
    assert RULES["IN-005"].certainty(date(2030, 1, 1)) is Certainty.DRAFT


@pytest.mark.parametrize(
    ("outcomes", "accepted", "worst"),
    [
        ("pass warn fail", "", "fail"),
        ("pass warn fail", "fail", "warn"),
        ("undetermined pass", "", "undetermined"),
        ("not-applicable", "", "pass"),
        ("", "", "pass"),
    ],
)
def test_the_worst_outcome_of_a_file(outcomes: str, accepted: str, worst: str) -> None:
    found = [
        ad.Finding(
            rule=RULES["EU-001"],
            profile="eu-ai-act",
            outcome=ad.Outcome(each),
            severity=Severity.ERROR,
            said=ad.Message("why"),
            is_accepted=each == accepted,
        )
        for each in outcomes.split()
    ]
    assert ad.worst_outcome(found) is ad.Outcome(worst)
