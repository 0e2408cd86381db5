"""A report as plain data, key by key (docs/report.schema.json), and as the table of a notebook."""

from __future__ import annotations

import html
import re
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any, Final

import cbor2
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from aidisclose.carriers import Found, FoundLabel
from aidisclose.carriers.comment import FoundComment
from aidisclose.carriers.hints import Hint
from aidisclose.identity.credential import VerifiedIdentity
from aidisclose.io.source import Range
from aidisclose.manifest.declared import AI, Declared, Model
from aidisclose.manifest.training import TrainingPermission
from aidisclose.trust.anchors import TEST_CREDENTIALS, ListReference, Voucher
from aidisclose.trust.products import Product
from aidisclose.validate import notebook, transcript
from aidisclose.validate.content import Content
from aidisclose.validate.identity import Identity, IdentityStanding
from aidisclose.validate.notices import DeclaredNotice
from aidisclose.validate.report import Report
from aidisclose.validate.state import Integrity, State, Trust
from aidisclose.validate.timestamp import SignatureTimestamp
from aidisclose.validate.verify import verify
from aidisclose.validate.watermarks import DeclaredWatermark, Presence
from tests.manifest import build
from tests.manifest.build import CREATED, TRUST, Fields, Recipe
from tests.trust import pki
from tests.trust.pki import NOW
from tests.validate.statuses.case import by, derived, opening, thumbnail

LONG: Final = "x" * 2_001
CUT: Final = "x" * 1_999 + "…"
SOUND: Final = verify(build.signed(), trust=TRUST, at=NOW)
NOTHING: Final = Report(media_type="image/png", time=NOW, state=State.NONE)
VOUCHER: Final = Voucher(
    "Firms of 2026", "firms", True, True, ListReference("https://example.com", "kind", "7")
)
LISTED: Final = {
    "name": "firms",
    "title": "Firms of 2026",
    "interim": True,
    "by_name": True,
    "uri": "https://example.com",
    "version": "7",
}

NO_STAMP: Final = {
    "time": None,
    "status": "none",
    "test": False,
    "authority": None,
    "list": None,
}


def part(report: Report, name: str) -> Any:
    return report.as_dict()[name]


def with_signature(**changes: Any) -> Report:
    assert SOUND.signature is not None
    return replace(SOUND, signature=SOUND.signature._replace(**changes))


def test_a_file_without_anything() -> None:
    found = NOTHING.as_dict()
    expected: dict[str, object] = {
        "media_type": "image/png",
        "size": None,
        "sha256": None,
        "state": "none",
        "integrity": "none",
        "covered": None,
        "trust": {
            "status": "not_checked",
            "test": False,
            "signer": None,
            "anchor": None,
            "list": None,
            "product": None,
            "timestamp": {
                "time": None,
                "status": "none",
                "test": False,
                "authority": None,
                "list": None,
            },
            "claimed_time": None,
        },
        "identities": [],
        "disclosure": {
            "ai": "undeclared",
            "digital_source_types": [],
            "model": dict.fromkeys(("name", "version", "identifier", "type", "oversight")),
            "carriers": [],
            "contradictions": [],
            "unproven": "undeclared",
            "unread": [],
            "doubted": [],
            "training": [],
            "record": {},
        },
        "manifests": 0,
        "active_manifest": None,
        "title": None,
        "generator": None,
        "claim_version": None,
        "actions": [],
        "history": [],
        "remote": None,
        "marks": {each: [] for each in ("xmp", "comments", "labels", "generators", "problems")},
        "reason": "no Content Credentials; this does not mean that no AI was used",
        "hint": None,
        "statuses": {"success": [], "informational": [], "failure": []},
        "ingredients": [],
        "missing": [],
        "watermarks": [],
        "notices": [],
    }
    assert found == expected
    assert list(found) == list(expected)


def test_a_signed_file() -> None:
    found = replace(SOUND, size=5, sha256="ab").as_dict()
    assert (found["size"], found["sha256"]) == (5, "ab")
    assert (found["state"], found["integrity"]) == ("trusted", "intact")
    assert found["covered"] == {"share": 1.0, "outside": []}
    assert (found["manifests"], found["active_manifest"]) == (1, build.label(1))
    assert found["claim_version"] == 2
    assert found["missing"] == ["timestamp", "ocsp"]
    certificate = pki.signer().certificate
    assert part(SOUND, "trust") == {
        "status": "trusted",
        "test": False,
        "signer": {
            "common_name": "Signer",
            "organization": "Tests",
            "issuer": "Intermediate",
            "serial": str(certificate.serial),
            "not_after": f"{certificate.not_after:%Y-%m-%dT%H:%M:%SZ}",
            "subject": "O=Tests, CN=Signer",
            "not_before": f"{certificate.not_before:%Y-%m-%dT%H:%M:%SZ}",
            "fingerprint": certificate.sha256.hex(),
            "algorithm": "es256",
        },
        "anchor": {
            "common_name": "Root p256 0",
            "fingerprint": pki.root().certificate.sha256.hex(),
        },
        "list": {
            "name": None,
            "title": "user",
            "interim": False,
            "by_name": False,
            "uri": None,
            "version": None,
        },
        "product": None,
        "timestamp": {
            "time": None,
            "status": "none",
            "test": False,
            "authority": None,
            "list": None,
        },
        "claimed_time": None,
    }


def test_lists_stamps_and_times() -> None:
    stamp = SignatureTimestamp(NOW, "Authority", is_trusted=True, voucher=VOUCHER)
    zone = timezone(timedelta(hours=2))
    report = with_signature(voucher=VOUCHER, timestamp=stamp, claimed_time=NOW.astimezone(zone))
    found = part(report, "trust")
    assert found["list"] == LISTED
    assert found["timestamp"] == {
        "time": "2026-06-01T12:00:00Z",
        "status": "trusted",
        "test": False,
        "authority": "Authority",
        "list": LISTED,
    }
    assert found["claimed_time"] == "2026-06-01T12:00:00Z"
    doubted = with_signature(timestamp=stamp._replace(is_trusted=False, voucher=None))
    assert part(doubted, "trust")["timestamp"]["status"] == "untrusted"
    assert part(doubted, "trust")["timestamp"]["list"] is None


def test_who_is_not_trusted_has_neither_anchor_nor_list() -> None:
    report = replace(with_signature(voucher=VOUCHER), trust=Trust.REVOKED)
    found = part(report, "trust")
    assert (found["status"], found["anchor"], found["list"]) == ("revoked", None, None)
    assert part(with_signature(path=()), "trust")["anchor"] is None
    bare = VOUCHER._replace(reference=ListReference("https://example.com", "kind", ""))
    assert part(with_signature(voucher=bare), "trust")["list"]["version"] is None


def test_test_credentials_are_said() -> None:
    stamp = SignatureTimestamp(NOW, "Authority", is_trusted=True, anchor=TEST_CREDENTIALS)
    found = part(with_signature(timestamp=stamp), "trust")
    assert (found["test"], found["timestamp"]["test"]) == (False, True)
    found = part(with_signature(anchor=TEST_CREDENTIALS), "trust")
    assert (found["test"], found["timestamp"]["test"]) == (True, False)


def test_a_product() -> None:
    product = Product("7", "Camera", "Firm", "Unit", 2, frozenset({"b", "a"}), False)
    assert part(replace(SOUND, product=product), "trust")["product"] == {
        "record": "7",
        "name": "Camera",
        "organization": "Firm",
        "assurance_level": 2,
        "disallowed_signals": ["a", "b"],
        "conformant": False,
    }


def test_a_long_name_is_cut() -> None:
    unit = x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "y" * 64)
    subject = x509.Name([unit] * 40).public_bytes()
    certificate = replace(pki.signer().certificate, subject=subject)
    found = part(with_signature(signer=certificate), "trust")["signer"]["subject"]
    assert len(found) == 2_000


def test_what_is_covered() -> None:
    assert SOUND.validation is not None
    content = SOUND.validation.content
    assert content is not None
    parts = tuple(Range(10 * each, 3) for each in range(101))
    content = content._replace(outside=parts, size=909)
    report = replace(SOUND, validation=SOUND.validation._replace(content=content))
    found = part(report, "covered")
    assert found["share"] == 0.666667
    assert found["outside"] == [[10 * each, 10 * each + 3] for each in range(100)]


@pytest.mark.parametrize(
    ("content", "share", "is_partial"),
    [
        (Content(), 1.0, False),
        (Content(size=10), 1.0, False),
        (Content(size=10, outside=(Range(0, 5),)), 0.5, False),
        (Content(is_match=True, size=10, outside=(Range(0, 5), Range(5, 5))), 0.0, True),
        (Content(is_match=True, size=10, outside=(Range(0, 20),)), 0.0, True),
        (Content(is_match=True, size=10, elsewhere="a link"), 1.0, True),
        (Content(is_match=True, size=10), 1.0, False),
    ],
)
def test_the_covered_share(content: Content, share: float, is_partial: bool) -> None:
    assert (content.share, content.is_partial) == (share, is_partial)


def test_identities() -> None:
    verified = VerifiedIdentity("kind", "name", "uri", "provider", "method", "2026")
    identity = Identity(
        url="self#jumbf=x",
        standing=IdentityStanding.TRUSTED,
        sig_type="cawg.x509.cose",
        roles=("a", "b"),
        names=("c", "d"),
        verifier="Verifier",
        identities=(verified,) * 101,
        time=NOW,
        references=("e",) * 101,
    )
    bare = Identity("u", IdentityStanding.UNKNOWN, "s")
    found = part(replace(NOTHING, identities=(identity, bare) * 60), "identities")
    assert len(found) == 100
    assert found[0] == {
        "url": "self#jumbf=x",
        "standing": "trusted",
        "sig_type": "cawg.x509.cose",
        "roles": ["a", "b"],
        "names": ["c", "d"],
        "verifier": "Verifier",
        "verified": [verified._asdict()] * 100,
        "time": "2026-06-01T12:00:00Z",
        "references": ["e"] * 100,
    }
    assert found[1] == {
        "url": "u",
        "standing": "unknown",
        "sig_type": "s",
        "roles": [],
        "names": [],
        "verifier": None,
        "verified": [],
        "time": None,
        "references": [],
    }


def test_a_disclosure() -> None:
    permission = TrainingPermission("cawg.ai_training", "notAllowed", "never")
    declared = Declared(
        ai=AI.EDITED,
        source_types=("https://example.com/a",),
        model=Model("SDXL", "1.0", "pkg:x", "c2pa.types.model", "prompt_guided"),
        carriers=("c2pa", "xmp"),
        contradictions=("one", "two"),
        unproven=AI.GENERATED,
        unread=("u",),
        doubted=("d",),
        training=(permission,) * 101,
    )
    assert part(replace(NOTHING, disclosure=declared), "disclosure") == {
        "ai": "edited",
        "digital_source_types": ["https://example.com/a"],
        "model": {
            "name": "SDXL",
            "version": "1.0",
            "identifier": "pkg:x",
            "type": "c2pa.types.model",
            "oversight": "prompt_guided",
        },
        "carriers": ["c2pa", "xmp"],
        "contradictions": ["one", "two"],
        "unproven": "generated",
        "unread": ["u"],
        "doubted": ["d"],
        "training": [{"use": "cawg.ai_training", "permission": "notAllowed", "constraint": "never"}]
        * 100,
        "record": {},
    }


def test_watermarks_and_notices() -> None:
    report = replace(
        NOTHING,
        watermarks=(
            DeclaredWatermark("trustmark", Presence.PRESENT),
            DeclaredWatermark("other", Presence.UNDETERMINED, "nobody looked"),
        ),
        notices=(
            DeclaredNotice({"type": "label", "text": "AI"}, Presence.ABSENT, "gone"),
            DeclaredNotice({"type": 7}, Presence.PRESENT),
        ),
    )
    assert part(report, "watermarks") == [
        {"alg": "trustmark", "presence": "present", "reason": None},
        {"alg": "other", "presence": "undetermined", "reason": "nobody looked"},
    ]
    assert part(report, "notices") == [
        {"type": "label", "text": "AI", "presence": "absent", "reason": "gone"},
        {"type": None, "text": None, "presence": "present", "reason": None},
    ]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        ("x", "x"),
        (7, 7),
        (2**53 - 1, 2**53 - 1),
        (2**53, None),
        (-(2**53) + 1, -(2**53) + 1),
        (-(2**53), None),
        (1.5, 1.5),
        (float("nan"), None),
        (float("inf"), None),
        (b"x", None),
        (cbor2.CBORTag(0, "x"), None),
        ([1, [2]], [1, [2]]),
        ([0] * 101, [0] * 100),
        ({1: 2}, {"1": 2}),
        (dict.fromkeys(range(101), 0), {str(each): 0 for each in range(100)}),
        ({"a": {"b": {"c": {"d": {"e": 1}}}}}, {"a": {"b": {"c": {"d": {"e": 1}}}}}),
        ({"a": {"b": {"c": {"d": {"e": {}}}}}}, {"a": {"b": {"c": {"d": {"e": None}}}}}),
        ([[[[[1]]]]], [[[[[1]]]]]),
        ([[[[[[]]]]]], [[[[[None]]]]]),
    ],
)
def test_records_become_json(value: object, plain: object) -> None:
    assert transcript._plain(value) == plain


# What the active manifest says.


def test_title_generator_and_actions() -> None:
    agent = {"name": "Painter", "version": "2"}
    edited: Fields = {
        "action": "c2pa.edited",
        "when": "2026-01-01T00:00:00Z",
        "softwareAgent": agent,
    }
    recipe = Recipe(assertions=(build.actions(CREATED, edited),), claim={"dc:title": "Title"})
    found = verify(build.signed(recipe), trust=TRUST, at=NOW).as_dict()
    assert found["title"] == "Title"
    assert found["generator"] == part(SOUND, "generator")
    assert found["actions"] == [
        {
            "action": "c2pa.created",
            "digital_source_type": build.SOURCE_TYPE,
            "software_agent": None,
            "when": None,
        },
        {
            "action": "c2pa.edited",
            "digital_source_type": None,
            "software_agent": "Painter 2",
            "when": "2026-01-01T00:00:00Z",
        },
    ]


def test_at_most_a_hundred_actions() -> None:
    edited: Fields = {"action": "c2pa.edited"}
    recipe = Recipe(assertions=(build.actions(CREATED, *[edited] * 100),))
    found = verify(build.signed(recipe), trust=TRUST, at=NOW).as_dict()
    assert isinstance(found["actions"], list)
    assert len(found["actions"]) == 100


def test_long_texts_are_cut() -> None:
    recipe = Recipe(claim={"dc:title": LONG})
    assert part(verify(build.signed(recipe), trust=TRUST, at=NOW), "title") == CUT
    recipe = Recipe(claim={"dc:title": LONG[1:]})
    assert part(verify(build.signed(recipe), trust=TRUST, at=NOW), "title") == LONG[1:]


def test_the_history() -> None:
    report = verify(derived(Recipe())(), trust=TRUST, at=NOW)
    (found,) = part(report, "history")
    url = build.url(build.label(2), "c2pa.assertions", "c2pa.ingredient.v3")
    assert found == {
        "url": url,
        "title": "an ingredient",
        "media_type": None,
        "relationship": "parentOf",
        "manifest": build.label(1),
        "signer": "Signer",
        "signer_trusted": True,
        "thumbnail": False,
        "recorded": [],
    }
    assert part(report, "ingredients")[0]["url"] == url
    (status,) = [
        each
        for each in part(report, "ingredients")[0]["statuses"]["success"]
        if each["code"] == "claimSignature.validated"
    ]
    assert status == {
        "code": "claimSignature.validated",
        "url": build.url(build.label(1), "c2pa.signature"),
        "explanation": "es256 signature",
    }
    bare = verify(thumbnail()(), trust=TRUST, at=NOW)
    assert part(bare, "history")[0]["thumbnail"] is True
    assert part(bare, "history")[0]["manifest"] is None
    assert part(bare, "history")[0]["signer"] is None
    assert part(bare, "history")[0]["signer_trusted"] is False


def test_recorded_failures_are_listed_in_order() -> None:
    codes = [letter * 200 for letter in "edcba"] + [f"code.{each}" for each in range(20)]
    failures = [{"code": code, "url": "x"} for code in codes]
    before = Recipe().build()
    success = [{"code": "claimSignature.validated", "url": "x"}]
    found = {"success": success, "informational": [], "failure": failures}
    results = {"activeManifest": found}
    parent = build.ingredient(before, validationResults=results)
    report = verify(
        build.signed(Recipe(number=2, assertions=opening(parent)), before), trust=TRUST, at=NOW
    )
    (entry,) = part(report, "history")
    assert entry["recorded"] == [code[:100] for code in sorted(codes)[:20]]


@pytest.mark.parametrize(
    ("place", "remote"),
    [
        ("https://example.com/x", "https://example.com/x"),
        ("HTTP://example.com/x", "HTTP://example.com/x"),
        ("/srv/x.c2pa", None),
        ("", None),
        (None, None),
        ("ftp://example.com", None),
    ],
)
def test_a_manifest_elsewhere(place: str | None, remote: str | None) -> None:
    assert part(replace(SOUND, location=place), "remote") == remote


# Marks besides the manifest.


def test_marks() -> None:
    found = Found(
        xmp={"Iptc4xmpExt:DigitalSourceType": ("a", LONG), "x:y": tuple(map(str, range(21)))},
        labels=(
            FoundLabel("XMP", {"Label": "1", "Other": LONG}),
            FoundLabel("comment", None, is_primary=False),
            *[FoundLabel("end", {str(each): "x" for each in range(21)})] * 19,
        ),
        comments=(FoundComment("end", "AI: yes", "a"),) * 101,
        hints=(Hint("Program", "text", "model", "1", "7", "a cat"),) * 101,
        problems=("broken",) * 101,
        elsewhere=(("page 2", "b"),) * 101,
    )
    report = replace(NOTHING, marks=found)
    marks = part(report, "marks")
    name = "Iptc4xmpExt:DigitalSourceType"
    assert marks["xmp"][:2] == [
        {"property": name, "value": "a", "place": "XMP", "protected": False},
        {"property": name, "value": CUT, "place": "XMP", "protected": False},
    ]
    assert [each["value"] for each in marks["xmp"][2:22]] == [str(each) for each in range(20)]
    assert (
        marks["xmp"][22:]
        == [{"property": name, "value": "b", "place": "page 2", "protected": False}] * 100
    )
    assert marks["comments"] == [{"text": "AI: yes", "place": "end", "protected": False}] * 100
    assert marks["labels"][:2] == [
        {
            "fields": {"Label": "1", "Other": CUT},
            "place": "XMP",
            "primary": True,
            "protected": False,
        },
        {"fields": None, "place": "comment", "primary": False, "protected": False},
    ]
    assert len(marks["labels"]) == 20
    assert list(marks["labels"][2]["fields"]) == [str(each) for each in range(20)]
    assert (
        marks["generators"]
        == [
            {
                "generator": "Program",
                "model": "model",
                "version": "1",
                "seed": "7",
                "prompt": "a cat",
                "place": "text",
                "protected": False,
            }
        ]
        * 100
    )
    assert marks["problems"] == ["broken"] * 100


def test_at_most_a_hundred_properties() -> None:
    found = Found(xmp={str(each): ("x",) for each in range(101)})
    assert len(part(replace(NOTHING, marks=found), "marks")["xmp"]) == 100


@pytest.mark.parametrize("carrier", ["xmp", "aigc", "comment"])
def test_each_carrier_is_protected_for_itself(carrier: str) -> None:
    found = Found(
        xmp={"a": ("b",)},
        labels=(FoundLabel("XMP", {}), FoundLabel("end", {})),
        comments=(FoundComment("end", "AI: yes", "a"),),
        hints=(Hint("Program", "text"),),
        elsewhere=(("page 2", "b"),),
    )
    report = replace(
        NOTHING, marks=found, protected=frozenset({carrier}), integrity=Integrity.PARTIAL
    )
    marks = part(report, "marks")
    assert marks["xmp"][0]["protected"] is (carrier == "xmp")
    assert marks["labels"][0]["protected"] is (carrier == "xmp")
    assert marks["labels"][1]["protected"] is (carrier == "aigc")
    assert marks["comments"][0]["protected"] is (carrier == "comment")
    assert marks["generators"][0]["protected"] is False
    assert marks["xmp"][1]["protected"] is False
    whole = part(replace(report, integrity=Integrity.INTACT), "marks")
    assert whole["generators"][0]["protected"] is True
    assert whole["xmp"][1]["protected"] is True


# The table of a notebook.


def rows(report: Report) -> dict[str, str]:
    """The rows of the table, as text."""
    found = re.findall(r"<th[^>]*>(.*?)</th><td[^>]*>(.*?)</td>", report._repr_html_())
    return {name: html.unescape(re.sub("<[^>]*>", "", value)) for name, value in found}


def test_the_whole_table() -> None:
    declared = Declared(
        ai=AI.GENERATED,
        source_types=tuple(f"https://example.com/{letter}" for letter in "abcdef"),
        model=Model("SDXL", "1.0"),
        carriers=("c2pa", "xmp"),
        contradictions=("one", "two", "three", "four"),
    )
    stamp = SignatureTimestamp(NOW, "Authority", is_trusted=True)
    report = replace(with_signature(timestamp=stamp), disclosure=declared)
    assert rows(report) == {
        "state": "trusted",
        "why": "the file is what was signed, and an anchor of user vouches for the signer",
        "file": "image/png",
        "content": "intact",
        "signer": "Signer (Tests), by user",
        "signed on": "2026-06-01 12:00 UTC",
        "AI": "generated",
        "model": "SDXL 1.0",
        "source type": "a, b, c, d, e",
        "generator": part(SOUND, "generator"),
        "also says": "c2pa, xmp",
        "contradiction": "one; two; three",
    }
    assert list(rows(report))[:3] == ["state", "why", "file"]


def test_the_least_table() -> None:
    assert rows(NOTHING) == {
        "state": "none",
        "why": "no Content Credentials; this does not mean that no AI was used",
        "file": "image/png",
        "content": "none",
        "AI": "undeclared",
    }


@pytest.mark.parametrize("state", State)
def test_the_colour_is_of_the_state(state: State) -> None:
    text = replace(NOTHING, state=state)._repr_html_()
    assert text.startswith("<table><tr><th scope=")
    assert text.endswith("</td></tr></table>")
    (colour,) = re.findall(r'<strong style="color: (#[0-9a-f]{6})">', text)
    assert colour == notebook._COLOURS[state]


def test_doubts_are_said() -> None:
    stamp = SignatureTimestamp(NOW, "Authority", is_trusted=False)
    doubted = replace(with_signature(timestamp=stamp), trust=Trust.NOT_CHECKED)
    assert rows(doubted)["signer"] == "“Signer (Tests)”, whom nobody vouches for"
    assert rows(doubted)["signed on"] == (
        "2026-06-01 12:00 UTC, which nobody whom you trust confirms"
    )
    assert rows(with_signature(voucher=None))["signer"] == "Signer (Tests)"


def test_a_name_is_not_said_twice() -> None:
    assert SOUND.signature is not None
    assert SOUND.signature.signer is not None
    tests = pki.issue("Tests", pki.intermediate(), number=2)
    report = verify(by(tests, pki.intermediate())(), trust=TRUST, at=NOW)
    assert rows(report)["signer"] == "Tests, by user"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\u202e", r"a\nb\u202e"),
        ("x" * 400, "x" * 400),
        ("x" * 401, "x" * 399 + "…"),
        ("<b> & 'q'", "<b> & 'q'"),
    ],
)
def test_text_of_the_file_is_shown_on_one_line(text: str, shown: str) -> None:
    report = replace(NOTHING, disclosure=Declared(model=Model(text)))
    assert rows(report)["model"] == shown


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process cannot be chosen")
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "XXX+5"])
def test_times_are_in_utc_wherever_the_machine_stands(
    zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokyo = timezone(timedelta(hours=9))
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        said = transcript.moment(datetime(2026, 6, 1, 5, 30, 7, 999_999, tzinfo=tokyo))
    time.tzset()
    assert said == "2026-05-31T20:30:07Z"
