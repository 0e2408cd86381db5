"""Reports: three answers that are kept apart, and a state that follows from the codes alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from aidisclose.errors import VerificationFailed
from aidisclose.io.source import Range
from aidisclose.manifest.declared import AI
from aidisclose.trust.anchors import TEST_CREDENTIALS, Voucher
from aidisclose.trust.certificate import Certificate
from aidisclose.trust.config import TrustConfig
from aidisclose.trust.products import Product
from aidisclose.validate.codes import CODES, StatusKind
from aidisclose.validate.content import Content
from aidisclose.validate.report import (
    Report,
    _integrity,
    _product,
    inaccessible,
    is_proven,
    state_of,
)
from aidisclose.validate.state import Gap, Integrity, State
from aidisclose.validate.status import Results, Status
from aidisclose.validate.validator import Delta, Validation
from aidisclose.validate.verify import examine, verify
from tests.containers import samples
from tests.manifest import build
from tests.manifest.build import TRUST
from tests.trust import pki
from tests.trust.pki import DAY, NOW
from tests.trust.test_ocsp import GOOD, REVOKED, respond
from tests.validate.statuses import CASES
from tests.validate.statuses.case import ALLOWED, STRANGER, STRANGERS, by, stamped, stapled
from tests.validate.stream import INIT, media

GOOD_CODES = (
    "claimSignature.validated",
    "claimSignature.insideValidity",
    "signingCredential.trusted",
)


def report(data: bytes, trust: TrustConfig = TRUST) -> Report:
    return verify(data, trust=trust, at=NOW)


def state(*active: str, deltas: tuple[str, ...] = ()) -> State:
    """The state that follows from codes of the active manifest and of an ingredient."""
    results = Results.sort(Status(code, "") for code in active)
    delta = Delta(url="", results=Results.sort(Status(code, "") for code in deltas))
    return state_of(Validation(results, (delta,), {}, {}, ()))


def test_states_are_in_order() -> None:
    order = [State.NONE, State.INVALID, State.VALID, State.TRUSTED]
    assert sorted(State, reverse=True) == order[::-1]
    assert all(a < b and b > a and a <= b for a, b in itertools.pairwise(order))
    assert State.VALID >= State.VALID
    with pytest.raises(TypeError):
        _ = State.VALID < "trusted"


def test_what_a_trusted_file_needs() -> None:
    assert state(*GOOD_CODES) is State.TRUSTED
    assert state(*GOOD_CODES[:2]) is State.VALID
    for missing in GOOD_CODES[:2]:
        assert state(*(code for code in GOOD_CODES if code != missing)) is State.INVALID
    assert state() is State.INVALID


@pytest.mark.parametrize(
    "code", [code for code, item in CODES.items() if item.kind is StatusKind.FAILURE]
)
def test_every_failure_counts(code: str) -> None:
    """Of the active manifest and of ingredients; only that somebody is not trusted is tolerated."""
    expected = State.VALID if code == "signingCredential.untrusted" else State.INVALID
    if code.startswith("cawg."):  # about others than the signer, and not about the content
        expected = State.TRUSTED
    assert state(*GOOD_CODES, code) is expected
    assert state(*GOOD_CODES, deltas=(code,)) is expected


def test_unknown_codes_are_failures() -> None:
    assert state(*GOOD_CODES, "com.example.fine") is State.INVALID


@pytest.mark.parametrize(
    "code", [code for code, item in CODES.items() if item.kind is not StatusKind.FAILURE]
)
def test_no_success_or_information_does_harm(code: str) -> None:
    assert state(*GOOD_CODES, code) is State.TRUSTED
    assert state(*GOOD_CODES, deltas=(code,)) is State.TRUSTED
    assert state(code) is State.INVALID


def test_a_file_without_a_manifest() -> None:
    found = report(samples.png())
    assert (found.state, found.integrity, found.trust) == (State.NONE, "none", "not_checked")
    assert found.media_type == "image/png"
    assert (found.store, found.validation, found.signature) == (None, None, None)
    assert found.disclosure.ai is AI.UNDECLARED
    assert found.failures == ()


@pytest.mark.parametrize(
    ("data", "missing"), [(samples.png(), ()), (media(1), (Gap.INIT_SEGMENT,)), (INIT, ())]
)
def test_what_is_missing_where_there_is_no_manifest(data: bytes, missing: tuple[Gap, ...]) -> None:
    """A segment of a stream may be signed by what its initialization segment says."""
    assert report(data).missing == missing


def test_a_trusted_file() -> None:
    found = report(build.signed())
    assert (found.state, found.integrity, found.trust) == (State.TRUSTED, "intact", "trusted")
    assert found.disclosure.ai is AI.GENERATED
    assert found.store is not None
    assert found.time == NOW


@pytest.mark.parametrize(
    ("data", "trust", "integrity", "answer"),
    [
        pytest.param(build.signed, TrustConfig.none(), "intact", "not_checked", id="nobody"),
        pytest.param(build.signed, ALLOWED, "intact", "trusted", id="by name"),
        pytest.param(by(STRANGERS, STRANGER), TRUST, "intact", "untrusted", id="stranger"),
        pytest.param(
            stapled(respond(REVOKED, revoked_at=NOW - DAY)),
            TRUST,
            "intact",
            "revoked",
            id="revoked",
        ),
        pytest.param(
            CASES["content that was changed"].data,
            TRUST,
            "altered",
            "trusted",
            id="changed content",
        ),
        pytest.param(
            CASES["claim changed after signing"].data,
            TRUST,
            "altered",
            "untrusted",
            id="changed claim",
        ),
        pytest.param(CASES["expired signer"].data, TRUST, "intact", "untrusted", id="expired"),
        pytest.param(CASES["two stores"].data, TRUST, "unproven", "not_checked", id="two stores"),
        pytest.param(CASES["store that is none"].data, TRUST, "unproven", "not_checked", id="junk"),
    ],
)
def test_integrity_and_trust_are_two_answers(
    data: Callable[[], bytes], trust: TrustConfig, integrity: str, answer: str
) -> None:
    """Whoever signed a file, it may have been altered; what nobody altered, a stranger may sign."""
    found = report(data(), trust)
    assert (found.integrity, found.trust) == (integrity, answer)


@pytest.mark.parametrize(
    ("data", "trust", "missing"),
    [
        (build.signed, TRUST, {"timestamp", "ocsp"}),
        (build.signed, TrustConfig.none(), {"timestamp", "ocsp", "trust_anchors"}),
        (stamped(), TRUST, {"ocsp"}),
        (stapled(respond(GOOD)), TRUST, {"timestamp"}),
        (CASES["no signature box"].data, TRUST, {"timestamp", "ocsp"}),
    ],
)
def test_evidence_that_is_missing(
    data: Callable[[], bytes], trust: TrustConfig, missing: set[str]
) -> None:
    assert set(report(data(), trust).missing) == missing


@pytest.mark.parametrize(("days", "is_missing"), [(-1, True), (1, False)])
def test_a_trust_list_that_is_overdue_is_named(days: int, is_missing: bool) -> None:
    found = report(build.signed(), replace(TRUST, next_update=NOW + days * DAY))
    assert found.state is State.TRUSTED
    assert ("trust_list" in found.missing) is is_missing


def test_a_report_is_neither_true_nor_false() -> None:
    """Or `if verify(…):` would accept every forgery."""
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(report(build.signed()))


def test_requiring_a_state() -> None:
    found = report(build.signed())
    for wanted in State:
        found.require(wanted)
    stranger = report(by(STRANGERS, STRANGER)())
    stranger.require(State.VALID)
    with pytest.raises(VerificationFailed, match=r"is valid, not trusted \(signingCredential.untr"):
        stranger.require(State.TRUSTED)
    with pytest.raises(VerificationFailed, match=r"the file is none, not invalid$"):
        report(samples.png()).require(State.INVALID)


def test_failures_of_ingredients_are_failures_of_the_file() -> None:
    found = report(CASES["ingredient whose signature is broken"].data())
    assert found.statuses.failure == ()
    assert [item.code for item in found.failures] == ["claimSignature.mismatch"]
    with pytest.raises(VerificationFailed, match=r"claimSignature\.mismatch"):
        found.require(State.VALID)


def test_statuses_are_sorted_by_kind_and_keep_their_order() -> None:
    codes = ["claim.missing", "timeStamp.trusted", "timeStamp.mismatch", "claim.multiple"]
    found = Results.sort(Status(code, "url", "why") for code in codes)
    assert [item.code for item in found.statuses] == [
        "timeStamp.trusted",
        "timeStamp.mismatch",
        "claim.missing",
        "claim.multiple",
    ]
    assert found.encode() == {
        "success": [{"code": "timeStamp.trusted", "url": "url", "explanation": "why"}],
        "informational": [{"code": "timeStamp.mismatch", "url": "url", "explanation": "why"}],
        "failure": [
            {"code": "claim.missing", "url": "url", "explanation": "why"},
            {"code": "claim.multiple", "url": "url", "explanation": "why"},
        ],
    }
    assert Results.sort([Status("x", "u")]).encode()["failure"] == [{"code": "x", "url": "u"}]


@pytest.mark.parametrize(
    ("name", "integrity"),
    [
        ("content that was changed", Integrity.ALTERED),
        ("no signature box", Integrity.UNPROVEN),
        ("claim changed after signing", Integrity.ALTERED),
        ("two stores", Integrity.UNPROVEN),
        ("assertion that the claim does not list", Integrity.PARTIAL),
    ],
)
def test_that_content_is_intact_has_to_be_shown(name: str, integrity: Integrity) -> None:
    """Altered is said only where a hash differs."""
    found = report(CASES[name].data())
    assert found.integrity is integrity
    assert found.time == NOW


@pytest.mark.parametrize(
    ("content", "integrity"),
    [
        (Content(is_match=True, size=9), Integrity.INTACT),
        (Content(is_match=True, size=9, outside=(Range(1, 2),)), Integrity.PARTIAL),
        (Content(is_match=True, size=9, elsewhere="a part of fragment 2"), Integrity.PARTIAL),
        (Content(size=9), Integrity.UNPROVEN),
        (Content(is_altered=True, size=9), Integrity.ALTERED),
        (None, Integrity.UNPROVEN),
    ],
)
def test_integrity_follows_from_the_content(content: Content | None, integrity: Integrity) -> None:
    sound = report(build.signed()).validation
    assert sound is not None
    assert sound.content is not None
    if content is not None:
        content = content._replace(binding=sound.content.binding)
    assert _integrity(sound._replace(content=content), None) is integrity
    assert is_proven(sound._replace(content=content)) is bool(content and content.is_match)


@pytest.mark.parametrize(
    ("name", "integrity"),
    [
        ("claim changed after signing", Integrity.ALTERED),
        ("signature by another key", Integrity.ALTERED),
        ("signature that is not a COSE", Integrity.UNPROVEN),
        ("signature with critical parameters", Integrity.UNPROVEN),
        ("algorithm that is not known", Integrity.UNPROVEN),
    ],
)
def test_a_signature_that_cannot_be_checked_alters_nothing(name: str, integrity: Integrity) -> None:
    found = report(CASES[name].data())
    assert (found.state, found.integrity) == (State.INVALID, integrity)


def test_a_binding_that_is_not_believed_proves_nothing() -> None:
    sound = report(build.signed()).validation
    assert sound is not None
    assert sound.content is not None
    for changed in (
        sound._replace(believed=None),
        sound._replace(content=sound.content._replace(binding="self#jumbf=/c2pa/x")),
    ):
        assert _integrity(changed, None) is Integrity.UNPROVEN
        assert state_of(changed) is State.INVALID
    assert state_of(sound) is State.TRUSTED


def test_the_share_that_is_covered() -> None:
    assert Content(size=8, outside=(Range(0, 2), Range(4, 2))).share == 0.5
    assert Content(size=8).share == 1.0
    assert Content(size=8, outside=(Range(0, 99),)).share == 0.0
    assert Content().share == 1.0


@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg"])
def test_a_manifest_that_is_not_at_hand(media_type: str) -> None:
    problem = Status("manifest.inaccessible", "", "elsewhere", "https://example.com")
    found = inaccessible(media_type, NOW, problem)
    assert (found.media_type, found.time, found.state) == (media_type, NOW, State.NONE)
    assert (found.missing, found.failures) == ((Gap.MANIFEST,), (problem,))


class Products:
    """A list that has every certificate."""

    def find(self, certificate: Certificate) -> Product:
        return Product("1", certificate.common_name, "Maker")


INTERIM = Voucher("interim", is_interim=True)


@pytest.mark.parametrize(
    ("changes", "is_found"),
    [
        ({}, True),
        ({"signer": None}, False),
        ({"anchor": None}, False),
        ({"anchor": TEST_CREDENTIALS}, False),
        ({"voucher": INTERIM}, False),
        ({"voucher": INTERIM._replace(is_interim=False)}, True),
        ({"voucher": None}, True),
    ],
)
def test_whose_product_signed(changes: dict[str, Any], is_found: bool) -> None:
    """Only what an authority of the programme issued says which product it is for."""
    signature = report(build.signed()).signature
    assert signature is not None
    products: Any = Products()
    trust = replace(TRUST, products=products)
    found = _product(signature._replace(**changes), trust)
    assert found == (Product("1", "Signer", "Maker") if is_found else None)
    assert _product(signature, TRUST) is None
    assert _product(None, trust) is None


def test_only_who_is_trusted_has_a_product() -> None:
    products: Any = Products()
    known = replace(TRUST, products=products)
    assert report(build.signed(), known).product == Product("1", "Signer", "Maker")
    unknown = replace(TrustConfig.none(), products=products)
    assert report(build.signed(), unknown).product is None


def test_a_key_of_another_kind_verifies_nothing() -> None:
    signer = pki.issue("Old", pki.intermediate(), kind="dsa")
    seal = build.Seal(chain=(signer, pki.intermediate()))
    data = build.signed(build.Recipe(seal=seal))
    found = {status.code: status.explanation for status in report(data).statuses.failure}
    assert found["claimSignature.mismatch"] == (
        "the key of the certificate is of a kind that is not allowed"
    )


def test_examining_a_file_tells_its_progress() -> None:
    told: list[int] = []
    data = build.signed()
    examine(data, trust=TRUST, at=NOW, progress=told.append)
    assert 0 < sum(told) <= len(data)
