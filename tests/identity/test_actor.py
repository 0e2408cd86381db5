"""Identity assertions with certificates: when they were signed, and whether they were revoked."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from cryptography.x509 import KeyUsage

import aidisclose as ad
from aidisclose import limits
from aidisclose.identity import credential
from tests.identity.test_codes import (
    NAMED,
    NOW,
    SOUND,
    X509,
    Identified,
    Sign,
    about,
    by_credential,
    identified,
    x509,
)
from tests.identity.test_codes import credential as claimed_by
from tests.manifest import build
from tests.manifest.build import TRUST, Fields, Seal
from tests.trust import pki, tokens
from tests.trust.pki import DAY, Entity
from tests.trust.test_ocsp import GOOD, REVOKED, UNKNOWN, respond
from tests.validate.statuses.case import opening

STRANGER = tokens.tsa(pki.issue("Elsewhere", number=95))
#: What happens to be good then, by the time stamps here.
STAMPED = datetime(2026, 3, 15, 12, tzinfo=UTC)


def stamped(
    authority: Entity | None = None, *, message: bytes | None = None, time: str = "20260315120000Z"
) -> Sign:
    """A signature with a time stamp."""

    def header(protected: bytes, _: bytes, signature: bytes) -> Fields:
        about = ["CounterSignature", protected, b"", cbor2.dumps(signature)]
        content = tokens.info(message or cbor2.dumps(about), time=time)
        return {"sigTst2": {"tstTokens": [{"val": tokens.token(authority, content=content)}]}}

    return x509(unprotected=header)


def with_header(**header: object) -> Sign:
    return x509(unprotected=lambda *_: header)


def answered(*answers: bytes) -> Sign:
    """A signature with OCSP responses."""
    return with_header(rVals={"ocspVals": list(answers)})


def bad_stamp(name: str) -> frozenset[str]:
    return SOUND | about(f"x509.time_stamp.{name}")


SKIPPED = about("x509.ocsp.skipped")
REVOKED_SIGNER = respond(REVOKED, revoked_at=pki.NOW - 200 * DAY)
#: Signature → what is said of it, and what is known of the actor.
CASES: dict[str, tuple[Sign, frozenset[str], str]] = {
    "time stamp": (
        stamped(),
        SOUND | about("x509.time_stamp.validated", "x509.time_stamp.trusted"),
        "trusted",
    ),
    "time stamp of a stranger": (stamped(STRANGER), bad_stamp("untrusted"), "trusted"),
    "time stamp about something else": (stamped(message=b"x"), bad_stamp("mismatch"), "trusted"),
    "time stamp of the future": (
        stamped(time="20300101000000Z"),
        bad_stamp("outside_validity"),
        "trusted",
    ),
    "time stamp of an authority that may not": (
        stamped(pki.issue("No TSA", pki.root(), number=97)),
        bad_stamp("credential_invalid") | about("x509.time_stamp.untrusted"),
        "trusted",
    ),
    "no time stamp": (with_header(sigTst2=7), bad_stamp("malformed"), "trusted"),
    "time stamp of version 1": (with_header(sigTst={}), bad_stamp("malformed"), "trusted"),
    "claimed time": (
        x509(headers={15: {6: 1_772_000_000}}),
        SOUND | about("x509.time_of_signing.inside_validity"),
        "trusted",
    ),
    "claimed time before the certificate": (
        x509(headers={15: {6: 1_000_000_000}}),
        SOUND | about("x509.time_of_signing.outside_validity"),
        "trusted",
    ),
    "claimed time that is none": (
        x509(headers={15: {6: 1e300}}),
        SOUND | about("x509.time_of_signing.outside_validity"),
        "trusted",
    ),
    "not revoked": (
        answered(respond(GOOD)),
        SOUND - SKIPPED | about("x509.ocsp.not_revoked"),
        "trusted",
    ),
    "unknown to who could say it": (
        answered(respond(UNKNOWN)),
        SOUND - SKIPPED | about("x509.ocsp.unknown"),
        "trusted",
    ),
    "revoked": (
        answered(REVOKED_SIGNER),
        about(
            "x509.signature.validated",
            "x509.signature.inside_validity",
            "identity.credential_revoked",
        ),
        "invalid",
    ),
    "below a revoked authority": (
        answered(
            respond(
                REVOKED,
                about=pki.intermediate(),
                issuer=pki.root(),
                responder=pki.root(),
                revoked_at=pki.NOW - 200 * DAY,
            )
        ),
        SOUND - about("x509.credential.trusted", "identity.trusted")
        | about("x509.credential.untrusted"),
        "valid",
    ),
}
CODES = frozenset().union(*(codes for _, codes, _ in CASES.values()))


@pytest.mark.parametrize("name", CASES)
def test_a_signature(name: str) -> None:
    sign, codes, standing = CASES[name]
    report = ad.verify(identified(sign=sign), trust=TRUST | NAMED, at=NOW)
    assert {each.code for each in report.statuses.statuses if "cawg" in each.code} == codes
    assert not [each for each in report.statuses.statuses if each.code.startswith("timeStamp")]
    [found] = report.identities
    assert found.standing.value == standing
    assert report.state is ad.State.TRUSTED
    if name == "time stamp":
        assert found.time == STAMPED


def test_revocation_that_is_not_read_is_not_taken_for_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is left unread could be the answer that says "revoked"."""
    data = identified(sign=answered(b"x" * 600, b"x" * 600))
    monkeypatch.setattr(limits, "OCSP_TOTAL", 1_000)
    report = ad.verify(data, trust=TRUST | NAMED, at=NOW)
    [found] = report.identities
    assert found.standing is ad.IdentityStanding.VALID
    [said] = [each for each in report.failures if each.code.endswith("credential.untrusted")]
    assert said.explanation == "more than 1000 bytes of revocation information"


def short_lived() -> Entity:
    """An actor whose certificate has run out by now."""
    return pki.issue(
        *("Ann", pki.root()),
        number=98,
        not_before=STAMPED - DAY,
        not_after=STAMPED + DAY,
    )


def by_short_lived() -> Sign:
    return x509(signer=short_lived(), chain=(short_lived(),))


def claim_stamp(protected: bytes, _: bytes, signature: bytes) -> dict[object, object]:
    message = cbor2.dumps(["CounterSignature", protected, b"", cbor2.dumps(signature)])
    token = tokens.token(content=tokens.info(message, time="20260315120000Z"))
    return {"sigTst2": {"tstTokens": [{"val": token}]}}


def test_the_time_stamp_of_the_claim_counts_without_one_of_its_own() -> None:
    """CAWG 1.3 §8.2: the claim covers the assertion, so that it was there by then."""
    plain = ad.verify(identified(sign=by_short_lived()), trust=TRUST | NAMED, at=NOW)
    assert plain.identities[0].standing is ad.IdentityStanding.INVALID
    data = identified(sign=by_short_lived(), seal=Seal(unprotected=claim_stamp, size=6_000))
    [found] = ad.verify(data, trust=TRUST | NAMED, at=NOW).identities
    assert (found.standing, found.time) == ("trusted", STAMPED)
    alone = TRUST.__class__(anchors=TRUST.anchors, tsa_anchors=(), allowed=frozenset())
    [found] = ad.verify(data, trust=alone | NAMED, at=NOW).identities
    assert (found.standing, found.time) == ("invalid", None)


@pytest.mark.parametrize(("day", "is_valid"), [(1, True), (14, True), (16, False)])
def test_a_credential_began_before_the_claim_that_it_is_in(day: int, is_valid: bool) -> None:
    """CAWG 1.3 §8.1.7.2: what begins later cannot have been there when the claim was stamped."""
    sign = claimed_by(validFrom=f"2026-03-{day:02}T00:00:00Z")
    seal = Seal(unprotected=claim_stamp, size=6_000)
    for sealed, expected in ((seal, is_valid), (Seal(), True)):
        [found] = ad.verify(by_credential(sign, seal=sealed), trust=TRUST, at=NOW).identities
        assert (found.standing is ad.IdentityStanding.VALID) is expected


def test_a_claim_that_does_not_verify_proves_no_time() -> None:
    """Who has an old signature with its time stamp could put another claim under it."""
    seal = Seal(unprotected=claim_stamp, size=6_000, signer=pki.issue("X", number=99))
    report = ad.verify(identified(sign=by_short_lived(), seal=seal), trust=TRUST | NAMED, at=NOW)
    assert report.state is ad.State.INVALID
    assert report.validation is not None
    named = [each for listed in report.validation.identities.values() for each in listed]
    assert [each.time for each in named] == [None]


def test_a_certificate_that_breaks_the_profile() -> None:
    """As of claims: what may not sign is not trusted, whoever issued it."""
    odd = pki.issue(
        *("Odd", pki.root()),
        number=90,
        extensions={KeyUsage: (pki.usage("key_agreement"), True)},
    )
    data = identified(sign=x509(signer=odd, chain=(odd,)))
    report = ad.verify(data, trust=TRUST | NAMED, at=NOW)
    assert [each.standing for each in report.identities] == ["valid"]
    [failure] = report.statuses.failure
    assert failure.code == "cawg.x509.credential.invalid"
    assert "digitalSignature is required" in failure.explanation


def test_many_certificates() -> None:
    chain = (pki.signer(), *[pki.intermediate()] * limits.CERTIFICATES)
    report = ad.verify(identified(sign=x509(chain=chain), size=60_000), trust=TRUST, at=NOW)
    assert [each.standing for each in report.identities] == ["invalid"]
    codes = {each.code for each in report.statuses.failure}
    assert codes == {"cawg.x509.signature.mismatch"}


# --- what is referred to ------------------------------------------------------------------------


def history(edit: Callable[[Fields, Fields], None]) -> bytes:
    """A file whose actor refers to an assertion of the manifest that the file was made from."""
    parent = build.Recipe(number=7)
    reference = build.actions().reference
    absolute = str(reference["url"]).replace("jumbf=", f"jumbf=/c2pa/{parent.label}/")
    earlier: Fields = {"url": absolute, "hash": reference["hash"]}

    def payload(item: Fields) -> None:
        edit(item, earlier)

    made = parent.build()
    ingredient = build.ingredient(made)
    action: Fields = {
        "action": "c2pa.opened",
        "parameters": {"ingredients": [ingredient.reference]},
    }
    opened = (ingredient, build.actions(action))
    return build.signed(Identified(assertions=opened, payload=payload), made)


def test_an_assertion_of_an_ingredient() -> None:
    """CAWG 1.3 §7.1: of any claim that is reached by following ingredients."""

    def add(item: Fields, earlier: Fields) -> None:
        item["referenced_assertions"].append(earlier)  # type: ignore[attr-defined]

    [found] = ad.verify(history(add), trust=TRUST | NAMED, at=NOW).identities
    assert found.standing is ad.IdentityStanding.TRUSTED


def test_an_assertion_of_an_ingredient_with_another_hash() -> None:
    def add(item: Fields, earlier: Fields) -> None:
        changed = {**earlier, "hash": bytes(32)}
        item["referenced_assertions"].append(changed)  # type: ignore[attr-defined]

    [found] = ad.verify(history(add), trust=TRUST | NAMED, at=NOW).identities
    assert found.standing is ad.IdentityStanding.INVALID


def test_the_hard_binding_of_an_ingredient_is_not_that_of_the_file() -> None:
    """An actor vouches for this content, not for what it was made from."""

    def replace(item: Fields, earlier: Fields) -> None:
        binding = {**earlier, "url": str(earlier["url"]).replace("actions.v2", "hash.data")}
        item["referenced_assertions"] = [binding]

    report = ad.verify(history(replace), trust=TRUST | NAMED, at=NOW)
    codes = {each.code for each in report.statuses.failure}
    assert "cawg.identity.hard_binding_incorrect" in codes


def updated(*, absolute: bool) -> bytes:
    """A file with an update manifest in which an actor refers to the hard binding of the file."""

    def store(binding: Fields | None) -> bytes:
        before = build.Recipe().build(binding)
        parent = build.ingredient(before)
        bound = build.cbor("c2pa.hash.data", build._padded(binding or {"hash": bytes(32)}))
        url = str(bound.reference["url"])
        if absolute:
            url = url.replace("jumbf=", f"jumbf=/c2pa/{build.label(1)}/")
        payload: Fields = {
            "referenced_assertions": [{**bound.reference, "url": url}],
            "sig_type": X509,
        }
        signature = x509()(payload)
        whole = {"signer_payload": payload, "signature": signature, "pad1": bytes(9)}
        named = build.cbor("cawg.identity", cbor2.dumps(whole))
        recipe = build.Recipe(
            number=2, code="c2um", binding=None, assertions=opening(parent, named)
        )
        return build.store(before, recipe.build())

    return build.embed(store(build.binding_to(build.embed(store(None)))))


def test_an_update_refers_to_the_hard_binding_of_what_it_updates() -> None:
    report = ad.verify(updated(absolute=True), trust=TRUST | NAMED, at=NOW)
    assert report.state is ad.State.TRUSTED
    assert [each.standing for each in report.identities] == ["trusted"]
    report = ad.verify(updated(absolute=False), trust=TRUST | NAMED, at=NOW)
    assert [each.standing for each in report.identities] == ["invalid"]


# --- verified identities ------------------------------------------------------------------------

GOOD_ENTRY: Fields = {
    "type": "cawg.social_media",
    "username": "ann",
    "provider": {"name": "Net"},
    "verifiedAt": "2026-01-01T00:00:00Z",
}


@pytest.mark.parametrize(
    ("kind", "named"),
    [("cawg.social_media", "ann"), ("cawg.document_verification", "BBC News")],
)
def test_an_account_names_nobody_by_what_it_shows(kind: str, named: str) -> None:
    """Its holder may write any name there."""
    entry = {**GOOD_ENTRY, "type": kind, "name": "BBC News"}
    fields = {
        "type": ["VerifiableCredential", "IdentityClaimsAggregationCredential"],
        "credentialSubject": {"verifiedIdentities": [entry]},
    }
    [found] = credential.read(json.dumps(fields).encode()).identities
    assert found.name == named


def defects(*entries: object) -> list[str]:
    subject: Any = {"verifiedIdentities": list(entries)}
    return list(credential.defects(credential.Credential("", subject, (), None, None, None)))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"type": "com.example.badge", "username": "x"},
        {"type": "cawg.document_verification", "name": "Ann"},
        {"type": "cawg.crypto_wallet", "address": "fa64"},
        {"type": "cawg.web_site", "uri": "ann.example"},
        {"provider": {"name": {"en": "Net"}}},
        {"verifiedAt": "2024-05-27T08:40:39.569856Z"},
    ],
)
def test_good_entries(change: Fields) -> None:
    assert defects({**GOOD_ENTRY, **change}) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": ""}, "it has no type"),
        ({"type": 7}, "it has no type"),
        ({"username": ""}, "its username is not text"),
        ({"name": 7}, "its name is not text"),
        ({"uri": []}, "its uri is not text"),
        ({"type": "cawg.document_verification"}, "it has no name"),
        ({"type": "cawg.web_site"}, "it has no uri"),
        ({"verifiedAt": None}, "it does not say when"),
        ({"verifiedAt": "yesterday"}, "it does not say when"),
        ({"verifiedAt": "2026-01-01T00:00:00"}, "it does not say when"),
        ({"provider": None}, "it names no provider"),
        ({"provider": {"id": "x"}}, "it names no provider"),
    ],
)
def test_bad_entries(change: Fields, message: str) -> None:
    [found] = defects(GOOD_ENTRY, {**GOOD_ENTRY, **change})
    assert found.startswith(f"verified identity 1: {message}")


def test_what_is_no_entry() -> None:
    assert defects("text", 7) == [
        "verified identity 0: it is not an object",
        "verified identity 1: it is not an object",
    ]
