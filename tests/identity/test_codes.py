"""Every code about identity assertions appears for an assertion that is made by code."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ObjectIdentifier

import aidisclose as ad
from aidisclose.cli.main import main
from aidisclose.manifest import uri
from aidisclose.trust.budget import Budget
from aidisclose.validate import actor
from aidisclose.validate.codes import CODES
from aidisclose.validate.identity import IdentityStanding
from tests.manifest import build
from tests.manifest.build import ABSENT, TRUST, Assertion, Fields, Recipe, Seal
from tests.trust import pki, tokens
from tests.trust.pki import Entity
from tests.validate.finding import assert_told

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NAMED = ad.TrustConfig.for_identities(pki.root().pem)
X509, AGGREGATION = "cawg.x509.cose", "cawg.identity_claims_aggregation"

Sign = Callable[[Fields], bytes]


def x509(**changes: Any) -> Sign:
    """A signature with a certificate over the payload as it is stored."""

    def sign(payload: Fields) -> bytes:
        return Seal(**changes)(cbor2.dumps(payload))

    return sign


ISSUER = pki.key("p256", 77)


def issuer() -> str:
    """The did:jwk of the issuer."""
    assert isinstance(ISSUER, ec.EllipticCurvePrivateKey)
    numbers = ISSUER.public_key().public_numbers()
    x, y = (encoded(number.to_bytes(32)) for number in (numbers.x, numbers.y))
    jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    return f"did:jwk:{encoded(json.dumps(jwk).encode())}"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def plain(value: Any) -> Any:
    """A payload as credentials have it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def credential(
    headers: Mapping[object, object] | None = None,
    text: bytes | None = None,
    signer: Entity | None = None,
    subject: Mapping[str, object] | None = None,
    unprotected: Callable[[bytes, bytes, bytes], Fields] | None = None,
    **changes: object,
) -> Sign:
    """A credential about the payload, signed by its issuer.

    `unprotected` is given protected header, content and signature.
    """

    def sign(payload: Fields) -> bytes:
        verified = {
            "type": "cawg.social_media",
            "username": "Ann",
            "provider": {"name": "Net"},
            "verifiedAt": "2026-01-01T00:00:00Z",
        }
        fields: Fields = {
            "type": ["VerifiableCredential", "IdentityClaimsAggregationCredential"],
            "issuer": issuer(),
            "validFrom": "2026-01-01T00:00:00Z",
            "credentialSubject": {
                "c2paAsset": plain(payload),
                "verifiedIdentities": [verified],
                **(subject or {}),
            },
            **changes,
        }
        kept = {name: value for name, value in fields.items() if value is not ABSENT}
        content = json.dumps(kept).encode() if text is None else text
        every = {1: -7, 3: "application/vc", **(headers or {})}
        protected = cbor2.dumps({name: each for name, each in every.items() if each is not ABSENT})
        entity = signer or replace(pki.signer(), key=ISSUER)
        message = cbor2.dumps(["Signature1", protected, b"", content])
        signature = build.es256(entity, message)
        others = unprotected(protected, content, signature) if unprotected else {}
        made = [protected, others, content, signature]
        return cbor2.dumps(cbor2.CBORTag(18, made))

    return sign


#: A time stamp authority that nobody trusts.
STRANGER = tokens.tsa(pki.issue("Elsewhere", number=95))


def stamped(
    authority: Entity | None = None,
    *,
    old: bool = False,
    payload: bytes | None = None,
    **changes: object,
) -> Sign:
    """A credential with a time stamp of 15 March 2026."""

    def header(protected: bytes, content: bytes, signature: bytes) -> Fields:
        about = payload or (content if old else cbor2.dumps(signature))
        message = cbor2.dumps(["CounterSignature", protected, b"", about])
        token = tokens.token(authority, content=tokens.info(message, time="20260315120000Z"))
        value = tokens.response(token) if old else token
        return {"sigTst" if old else "sigTst2": {"tstTokens": [{"val": value}]}}

    return credential(unprotected=header, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Identified(Recipe):
    """A manifest with an identity assertion about its hard binding."""

    sign: Sign = field(default_factory=x509)
    sig_type: str = X509
    payload: Callable[[Fields], None] = lambda _: None
    fields: Callable[[Fields], None] = lambda _: None
    content: bytes | None = None
    size: int = 6_000

    def build(self, binding: Fields | None = None) -> bytes:
        assert self.binding is not None
        bound = build.cbor(self.binding, build._padded(binding or {"hash": bytes(32)}))
        payload: Fields = {
            "sig_type": self.sig_type,
            "referenced_assertions": [bound.reference],
            "role": ["cawg.creator"],
        }
        self.payload(payload)
        whole: Fields = {"signer_payload": payload, "signature": self.sign(payload), "pad1": b""}
        self.fields(whole)
        room = bytes(self.size - len(cbor2.dumps(whole)))
        if whole["pad1"] == b"":
            whole["pad1"] = room
        made = self.content if self.content is not None else cbor2.dumps(whole)
        named = (*self.assertions, build.cbor("cawg.identity", made))
        plain_fields = {
            name: getattr(self, name)
            for name in ("number", "name", "code", "version", "claim", "edit", "seal", "boxes")
        }
        return Recipe(assertions=named, binding=self.binding, **plain_fields).build(binding)


def identified(**changes: Any) -> bytes:
    return build.signed(Identified(**changes))


def by_credential(sign: Sign | None = None, **changes: Any) -> bytes:
    return identified(sign=sign or credential(), sig_type=AGGREGATION, **changes)


class Case(NamedTuple):
    """A file, the codes that it gets about identities, and what is known of the actor."""

    data: Callable[[], bytes]
    codes: frozenset[str]
    standing: IdentityStanding
    trust: ad.TrustConfig = NAMED


def about(*names: str) -> frozenset[str]:
    return frozenset(f"cawg.{name}" for name in names)


SIGNED = about("x509.signature.validated", "x509.signature.inside_validity")
CHECKED = SIGNED | about("x509.ocsp.skipped")
GOOD = CHECKED | about("x509.credential.trusted")
SOUND = GOOD | about("identity.well-formed", "identity.trusted")
ICA = about("ica.credential_valid", "ica.untrusted_issuer", "identity.well-formed")
NOBODY = ad.TrustConfig.for_identities()
BAD, FINE, BEST = IdentityStanding.INVALID, IdentityStanding.VALID, IdentityStanding.TRUSTED


def stranger() -> Entity:
    return pki.issue("Stranger", number=91)


def expired() -> Entity:
    old = datetime(2020, 1, 1, tzinfo=UTC)
    return pki.issue("Old", pki.root(), number=92, not_before=old, not_after=old.replace(year=2021))


def other_purpose() -> Entity:
    return pki.issue(
        "Server", pki.root(), number=93, purposes=(ObjectIdentifier("1.3.6.1.5.5.7.3.1"),)
    )


def alone(entity: Entity) -> Sign:
    return x509(signer=entity, chain=(entity,))


def twice(payload: Fields) -> None:
    payload["referenced_assertions"] *= 2  # type: ignore[operator]


def wrong_hash(payload: Fields) -> None:
    payload["referenced_assertions"][0]["hash"] = bytes(32)  # type: ignore[index]


def short_reference(payload: Fields) -> None:
    payload["referenced_assertions"][0]["url"] = "self#jumbf=c2pa.claim.v2"  # type: ignore[index]


def other_binding(payload: Fields) -> None:
    url = payload["referenced_assertions"][0]["url"]  # type: ignore[index]
    payload["referenced_assertions"][0]["url"] = url.replace("hash.data", "hash.boxes")  # type: ignore[index]


def second_binding(payload: Fields) -> None:
    listed = payload["referenced_assertions"]
    listed.append({**listed[0], "url": f"{listed[0]['url']}__1"})  # type: ignore[index,attr-defined]


def no_binding(payload: Fields) -> None:
    reference = build.actions().reference
    payload["referenced_assertions"] = [reference]


CASES = {
    "sound": Case(identified, SOUND, BEST),
    "nobody is trusted": Case(
        identified,
        CHECKED | about("x509.credential.untrusted", "identity.well-formed"),
        FINE,
        NOBODY,
    ),
    "allowed by name": Case(
        identified, SOUND, BEST, ad.TrustConfig.for_identities(allowed=pki.signer().pem)
    ),
    "not CBOR": Case(
        lambda: identified(content=b"\xff" * 6_000), about("identity.cbor.invalid"), BAD
    ),
    "padding": Case(
        lambda: identified(fields=lambda whole: whole.update(pad2=b"\0\1")),
        about("identity.pad.invalid"),
        BAD,
    ),
    "unknown type": Case(
        lambda: identified(sig_type="com.example"),
        about("identity.sig_type.unknown"),
        IdentityStanding.UNKNOWN,
    ),
    "a reference twice": Case(
        lambda: identified(payload=twice), GOOD | about("identity.assertion.duplicate"), BAD
    ),
    "a reference to a box of no assertion": Case(
        lambda: identified(payload=short_reference),
        CHECKED
        | about(
            *("x509.credential.trusted", "identity.assertion.mismatch"),
            "identity.hard_binding_missing",
        ),
        BAD,
    ),
    "no certificate": Case(
        lambda: identified(sign=x509(headers={33: ABSENT})), about("x509.credential.invalid"), BAD
    ),
    "another hash": Case(
        lambda: identified(payload=wrong_hash), GOOD | about("identity.assertion.mismatch"), BAD
    ),
    "no hard binding": Case(
        lambda: identified(payload=no_binding), GOOD | about("identity.hard_binding_missing"), BAD
    ),
    "another hard binding": Case(
        lambda: identified(payload=other_binding),
        GOOD | about("identity.assertion.mismatch", "identity.hard_binding_incorrect"),
        BAD,
    ),
    "a second hard binding": Case(
        lambda: identified(payload=second_binding),
        GOOD | about("identity.assertion.mismatch", "identity.hard_binding_incorrect"),
        BAD,
    ),
    "another claim than expected": Case(
        lambda: identified(payload=lambda item: item.update(expected_partial_claim={})),
        SOUND,
        BEST,
    ),
    "another signer than expected": Case(
        lambda: identified(
            payload=lambda item: item.update(expected_claim_generator={"hash": bytes(32)})
        ),
        SOUND | about("identity.expected_claim_generator.mismatch"),
        BEST,
    ),
    "the signer that was expected": Case(
        lambda: identified(
            payload=lambda item: item.update(
                expected_claim_generator={"hash": pki.signer().certificate.sha256}
            )
        ),
        SOUND,
        BEST,
    ),
    "a signer that was expected without a hash": Case(
        lambda: identified(payload=lambda item: item.update(expected_claim_generator={})),
        SOUND | about("identity.expected_claim_generator.mismatch"),
        BEST,
    ),
    "something else than a signer that was expected": Case(
        lambda: identified(payload=lambda item: item.update(expected_claim_generator=7)),
        SOUND | about("identity.expected_claim_generator.mismatch"),
        BEST,
    ),
    "no countersigner that was expected": Case(
        lambda: identified(payload=lambda item: item.update(expected_countersigners=[])),
        SOUND,
        BEST,
    ),
    "countersigners that are no list": Case(
        lambda: identified(payload=lambda item: item.update(expected_countersigners={"a": 1})),
        SOUND,
        BEST,
    ),
    "a missing countersigner": Case(
        lambda: identified(payload=lambda item: item.update(expected_countersigners=[{}])),
        SOUND | about("identity.expected_countersigner.missing"),
        BEST,
    ),
    "another key": Case(
        lambda: identified(sign=x509(signer=stranger())), about("x509.signature.mismatch"), BAD
    ),
    "unknown algorithm": Case(
        lambda: identified(sign=x509(headers={1: -999})),
        about("x509.algorithm.unsupported"),
        IdentityStanding.UNKNOWN,
    ),
    "expired certificate": Case(
        lambda: identified(sign=alone(expired())), about("x509.signature.outside_validity"), BAD
    ),
    "another purpose": Case(
        lambda: identified(sign=alone(other_purpose())),
        SIGNED | about("x509.credential.invalid", "identity.well-formed"),
        FINE,
    ),
    "credential": Case(by_credential, ICA, FINE),
    "credential of a trusted issuer": Case(
        by_credential,
        about("ica.credential_valid", "identity.well-formed", "identity.trusted"),
        BEST,
        ad.TrustConfig.for_identities(issuers=[issuer()]),
    ),
    "credential of a key of a trusted issuer": Case(
        lambda: by_credential(credential(issuer=f"{issuer()}#0")),
        about("ica.credential_valid", "identity.well-formed", "identity.trusted"),
        BEST,
        ad.TrustConfig.for_identities(issuers=[issuer()]),
    ),
    "not COSE": Case(
        lambda: by_credential(lambda _: b"\xff"), about("ica.invalid_cose_sign1"), BAD
    ),
    "unknown algorithm of a credential": Case(
        lambda: by_credential(credential(headers={1: -999})), about("ica.invalid_alg"), BAD
    ),
    "another content type": Case(
        lambda: by_credential(credential(headers={3: ABSENT})),
        about("ica.invalid_content_type"),
        BAD,
    ),
    "no credential": Case(
        lambda: by_credential(credential(text=b"{}")),
        about("ica.invalid_verifiable_credential"),
        BAD,
    ),
    "issuer without DID": Case(
        lambda: by_credential(credential(issuer="https://a.example")),
        about("ica.invalid_issuer"),
        BAD,
    ),
    "issuer that is not at hand": Case(
        lambda: by_credential(credential(issuer="did:web:a.example")),
        about("ica.did_unavailable", "identity.network_traffic_blocked"),
        IdentityStanding.UNKNOWN,
    ),
    "issuer of an unknown method": Case(
        lambda: by_credential(credential(issuer="did:key:z6Mk")),
        about("ica.did_unsupported_method"),
        IdentityStanding.UNKNOWN,
    ),
    "document without a key": Case(
        lambda: by_credential(credential(issuer="did:web:a.example")),
        about("ica.invalid_did_document"),
        BAD,
        ad.TrustConfig.for_identities(
            documents=[("did:web:a.example", b'{"id": "did:web:a.example"}')]
        ),
    ),
    "signed by somebody else": Case(
        lambda: by_credential(credential(signer=pki.signer())), about("ica.signature_mismatch"), BAD
    ),
    "time stamp about something else": Case(
        lambda: by_credential(
            credential(unprotected=lambda *_: {"sigTst2": {"tstTokens": [{"val": b"0\0"}]}})
        ),
        about("ica.time_stamp.invalid"),
        BAD,
    ),
    "time stamp of a trusted authority": Case(
        lambda: by_credential(stamped()), ICA | about("ica.time_stamp.validated"), FINE
    ),
    "time stamp of the older kind": Case(lambda: by_credential(stamped(old=True)), ICA, FINE),
    "time stamp of the older kind about the claim": Case(
        lambda: by_credential(stamped(old=True, payload=b"claim")), ICA, FINE
    ),
    "expired, time-stamped by an authority that nobody knows": Case(
        lambda: by_credential(stamped(STRANGER, validUntil="2026-04-01T00:00:00Z")),
        about("ica.time_stamp.validated", "ica.valid_until.invalid"),
        BAD,
    ),
    "expired, time-stamped before by a trusted authority": Case(
        lambda: by_credential(stamped(validUntil="2026-04-01T00:00:00Z")),
        about("ica.time_stamp.validated", "ica.valid_until.invalid"),
        BAD,
    ),
    "a time stamp of the older kind, which does not count": Case(
        lambda: by_credential(stamped(old=True)), ICA, FINE
    ),
    "later than its own time stamp": Case(
        lambda: by_credential(stamped(STRANGER, validFrom="2026-04-01T00:00:00Z")),
        about("ica.time_stamp.validated", "ica.valid_from.invalid"),
        BAD,
    ),
    "no beginning": Case(
        lambda: by_credential(credential(validFrom=ABSENT)), about("ica.valid_from.missing"), BAD
    ),
    "later": Case(
        lambda: by_credential(credential(validFrom="2027-01-01T00:00:00Z")),
        about("ica.valid_from.invalid"),
        BAD,
    ),
    "over": Case(
        lambda: by_credential(credential(validUntil="2026-02-01T00:00:00Z")),
        about("ica.valid_until.invalid"),
        BAD,
    ),
    "dates by the older names": Case(
        lambda: by_credential(
            credential(
                validFrom=ABSENT,
                issuanceDate="2026-01-01T00:00:00Z",
                expirationDate="2026-12-01T00:00:00Z",
            )
        ),
        ICA,
        FINE,
    ),
    "over by the older name": Case(
        lambda: by_credential(credential(expirationDate="2026-02-01T00:00:00Z")),
        about("ica.valid_until.invalid"),
        BAD,
    ),
    "may be revoked": Case(
        lambda: by_credential(credential(credentialStatus={"type": "BitstringStatusListEntry"})),
        about("ica.revocation.unavailable", "identity.well-formed"),
        FINE,
        ad.TrustConfig.for_identities(issuers=[issuer()]),
    ),
    "may be revoked in an unknown way": Case(
        lambda: by_credential(credential(credentialStatus=[{"type": "Other"}, 7])),
        about("ica.revocation.unsupported", "identity.well-formed"),
        FINE,
    ),
    "may be suspended": Case(
        lambda: by_credential(
            credential(
                credentialStatus={
                    "type": "BitstringStatusListEntry",
                    "statusPurpose": "suspension",
                }
            )
        ),
        about("ica.revocation.unsupported", "identity.well-formed"),
        FINE,
    ),
    "an identity that was verified at no time": Case(
        lambda: by_credential(
            credential(subject={"verifiedIdentities": [{"type": "com.example", "name": "A"}]})
        ),
        about("ica.verified_identities.invalid"),
        BAD,
    ),
    "nobody named": Case(
        lambda: by_credential(credential(subject={"verifiedIdentities": []})),
        about("ica.verified_identities.missing"),
        BAD,
    ),
    "about another asset": Case(
        lambda: by_credential(credential(subject={"c2paAsset": {}})),
        about("ica.signer_payload.mismatch"),
        BAD,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_case(name: str) -> None:
    case = CASES[name]
    report = ad.verify(case.data(), trust=TRUST | case.trust, at=NOW)
    assert {each.code for each in report.statuses.statuses if "cawg" in each.code} == case.codes
    assert_told(report.statuses.statuses)
    assert report.state is ad.State.TRUSTED, "who is named is another question than who signed"
    [found] = report.identities
    assert found.standing is case.standing


def test_every_code_appears() -> None:
    """Here, or where signatures with certificates are looked at in detail."""
    from tests.identity import test_actor, test_actor_online, test_status_list

    online = test_actor_online.CODES
    seen = set().union(*(case.codes for case in CASES.values()), test_actor.CODES, online)
    seen |= test_status_list.CODES
    ours = [each for each in CODES.values() if each.name.startswith("cawg.")]
    assert {each.name for each in ours if not each.absent} == seen
    assert not seen & {each.name for each in ours if each.absent}


def test_who_is_named_is_said() -> None:
    report = ad.verify(identified(), trust=TRUST | NAMED, at=NOW)
    [found] = report.identities
    assert found.roles == ("cawg.creator",)
    assert found.names
    listed = report.as_dict()["identities"]
    assert isinstance(listed, list)
    assert listed[0]["standing"] == "trusted"


def test_an_altered_assertion_names_nobody() -> None:
    """It is under the hash of the claim: whatever it says then, it is not believed."""
    data = identified()
    altered = data.replace(b"cawg.creator", b"cawg.publish")
    assert altered != data
    report = ad.verify(altered, trust=TRUST | NAMED, at=NOW)
    assert report.state is ad.State.INVALID
    assert report.identities == ()


def test_an_assertion_is_not_a_manifest() -> None:
    assert isinstance(build.cbor("cawg.identity", {}), Assertion)


def test_text_says_who_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "named.png"
    path.write_bytes(identified())
    main(["--isolated", "verify", "--no-default-trust", str(path)])
    out = capsys.readouterr().out.splitlines()
    assert sum("not the signer" in line for line in out) == 1
    assert out[1].startswith('  names "')


def many(count: int, sig_type: str, sign: Sign) -> bytes:
    """A file with many identity assertions, all about the same."""
    payload: Fields = {
        "sig_type": sig_type,
        "referenced_assertions": [{"url": build.actions().reference["url"], "hash": bytes(32)}],
    }
    made = cbor2.dumps({"signer_payload": payload, "signature": sign(payload), "pad1": b""})
    names = ("cawg.identity", *(f"cawg.identity__{number}" for number in range(1, count)))
    named = tuple(build.cbor(name, made) for name in names)
    return build.signed(Recipe(assertions=(build.actions(), *named)))


@pytest.mark.parametrize(("kind", "sign"), [(X509, x509()), (AGGREGATION, credential())])
def test_signatures_of_actors_count_for_the_budget_of_the_file(
    kind: str, sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = many(40, kind, sign)
    monkeypatch.setattr(Budget.__init__, "__defaults__", (50,))
    report = ad.verify(data, trust=TRUST | NAMED, at=NOW)
    assert report.state is ad.State.INVALID
    assert "too many signatures" in str(report.failures)


def test_all_that_is_said_of_a_claims_signature_has_a_name_for_an_actors() -> None:
    """CAWG 1.3 §8.2; a code of the claim about an actor would be read as one about the signer."""
    said = {
        name
        for name, code in CODES.items()
        if name.startswith(("timeStamp.", "signingCredential.ocsp.")) and not code.absent
    }
    renamed = actor._STAMPS | actor._OCSP
    assert said == renamed.keys()
    assert all(each.startswith("cawg.") and each in CODES for each in renamed.values())


def test_the_claim_is_read_once_for_all_identity_assertions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = Counter[int]()
    original = uri.make_absolute

    def count(url: str, name: str) -> str:
        calls[number] += 1
        return original(url, name)

    monkeypatch.setattr(uri, "make_absolute", count)
    for number in (20, 40):
        ad.verify(many(number, X509, x509()), trust=TRUST | NAMED, at=NOW)
    assert calls[40] <= 2 * calls[20]
