"""Every status that the validator can give: how to make it appear, and all that comes with it.

Each row makes one file or store, sound but for one thing, and lists exactly what that changes.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cbor2
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from aidisclose import limits
from aidisclose.codec import jumbf
from aidisclose.manifest import store
from aidisclose.trust.anchors import TrustConfig
from aidisclose.validate import codes
from aidisclose.validate.codes import CODES, StatusKind
from aidisclose.validate.report import Report, State
from aidisclose.validate.verify import verify
from tests.manifest import build
from tests.manifest.build import ABSENT, CREATED, TRUST, Assertion, Fields, Recipe, Seal, label, url
from tests.trust import pki, tokens
from tests.trust.pki import DAY, NOW, Entity
from tests.trust.test_ocsp import GOOD, REVOKED, UNKNOWN, respond

#: What a sound file gets.
SOUND = frozenset(
    {
        "assertion.dataHash.match",
        "assertion.hashedURI.match",
        "claimSignature.insideValidity",
        "claimSignature.validated",
        "signingCredential.ocsp.skipped",
        "signingCredential.trusted",
    }
)
MATCH = frozenset({"assertion.dataHash.match"})
SIGNED = frozenset({"claimSignature.validated", "claimSignature.insideValidity"})
SIGNATURE = SIGNED | {"signingCredential.ocsp.skipped", "signingCredential.trusted"}
VALIDATED = frozenset({"ingredient.manifest.validated"})


class Case(NamedTuple):
    """A file, and how its codes differ from those of a sound one.

    Attributes:
        data: Makes the file.
        adds: Codes it gets besides.
        lacks: Codes it does not get.
        state: Of the file.
        trust: Whom to trust.
    """

    data: Callable[[], bytes]
    adds: set[str] = set()  # noqa: RUF012 - never changed
    lacks: frozenset[str] | set[str] = frozenset()
    state: State = State.INVALID
    trust: TrustConfig = TRUST


def found(report: Report) -> set[str]:
    """All codes of a report, those about ingredients included."""
    statuses = list(report.statuses.statuses)
    for delta in report.validation.deltas if report.validation else ():
        statuses += delta.results.statuses
    return {status.code for status in statuses}


def of(*assertions: Assertion, **recipe: object) -> Callable[[], bytes]:
    """A file with an actions assertion and these."""
    return lambda: build.signed(_recipe(assertions, recipe))


def only(*assertions: Assertion, **recipe: object) -> Callable[[], bytes]:
    """A file with these assertions."""
    return lambda: build.signed(build.variant(Recipe(assertions=assertions), **recipe))


def _recipe(assertions: tuple[Assertion, ...], changes: dict[str, object]) -> Recipe:
    return build.variant(Recipe(assertions=(build.actions(), *assertions)), **changes)


def sealed(**options: object) -> Callable[[], bytes]:
    """A file whose signature is made in another way."""
    return lambda: build.signed(Recipe(seal=Seal(**options)))  # type: ignore[arg-type]


def raw(content: bytes) -> Callable[[], bytes]:
    """A file whose signature box holds this."""
    return lambda: build.signed(Recipe(seal=lambda _: content))


def claim(**changes: object) -> Callable[[], bytes]:
    """A file with some fields of its claim replaced."""
    return lambda: build.signed(Recipe(claim={k.replace("__", ":"): v for k, v in changes.items()}))


def claim_is(content: bytes) -> Callable[[], bytes]:
    """A file whose claim box holds this."""

    def boxes(found: dict[str, bytes]) -> list[bytes]:
        return [found["c2pa.assertions"], build.claim_box(content), found["c2pa.signature"]]

    return lambda: build.signed(Recipe(boxes=boxes))


def arranged(boxes: Callable[[dict[str, bytes]], list[bytes]]) -> Callable[[], bytes]:
    """A file whose manifest consists of other boxes."""
    return lambda: build.signed(Recipe(boxes=boxes))


def bound(**fields: object) -> Callable[[], bytes]:
    """A file with some fields of its data hash replaced."""

    def make(data: bytes) -> Fields:
        every = build.binding_to(data) | fields
        return {name: value for name, value in every.items() if value is not ABSENT}

    return lambda: build.signed(make=make)


# --- signers ------------------------------------------------------------------------------------

STRANGER = pki.issue("Stranger's root", number=40, ca=True)
STRANGERS = pki.issue("Stranger", STRANGER, number=41)
EXPIRED = pki.issue("Expired", pki.intermediate(), number=2, not_after=NOW - DAY)
AUTHORITY = pki.issue("An authority", pki.root(), number=42, ca=True)
MIXED = pki.issue(
    "Mixed",
    pki.intermediate(),
    number=2,
    purposes=(ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.TIME_STAMPING),
)
ALLOWED = TrustConfig(
    anchors=(), tsa_anchors=(), allowed=frozenset({pki.signer().certificate.sha256})
)


def by(*chain: Entity, **options: object) -> Callable[[], bytes]:
    """A file signed by the first of these."""
    return sealed(signer=chain[0], chain=chain, **options)


# --- time stamps and revocation -----------------------------------------------------------------


def stamped(
    authority: Entity | None = None,
    *,
    old: bool = False,
    time: str = "20260601120000Z",
    signer: Entity | None = None,
) -> Callable[[], bytes]:
    """A file whose signature is time-stamped."""

    def header(protected: bytes, claim: bytes, signature: bytes) -> Fields:
        payload = claim if old else cbor2.dumps(signature)
        message = cbor2.dumps(["CounterSignature", protected, b"", payload])
        token = tokens.token(authority, content=tokens.info(message, time=time))
        return stamp(tokens.response(token) if old else token, old=old)

    by = {"signer": signer, "chain": (signer, pki.intermediate())} if signer else {}
    return sealed(unprotected=header, size=8_000, **by)


def stamp(token: object, *, old: bool = False, count: int = 1) -> Fields:
    return {"sigTst" if old else "sigTst2": {"tstTokens": [{"val": token}] * count}}


def header(value: Fields) -> Callable[[], bytes]:
    """A file with this unprotected header."""
    return sealed(unprotected=lambda *_: value)


def stapled(*responses: bytes) -> Callable[[], bytes]:
    return header({"rVals": {"ocspVals": list(responses)}})


def late_stamp() -> Entity:
    return tokens.tsa(not_before=NOW - 200 * DAY, not_after=NOW + 200 * DAY)


# --- ingredients --------------------------------------------------------------------------------

OPENED: Fields = {"action": "c2pa.opened"}


def refer(assertion: Assertion) -> Fields:
    """Parameters that name an ingredient."""
    return {"parameters": {"ingredients": [assertion.reference]}}


def opening(parent: Assertion, *more: Assertion) -> tuple[Assertion, ...]:
    return (parent, build.actions({**OPENED, **refer(parent)}), *more)


def derived(
    earlier: Recipe,
    *,
    edit: Callable[[bytes], bytes] = bytes,
    code: str = "c2ma",
    **fields: object,
) -> Callable[[], bytes]:
    """A file with the manifest of its parent, which may be edited after it was referred to."""

    def make() -> bytes:
        before = earlier.build()
        parent = build.ingredient(before, **fields)  # type: ignore[arg-type]
        recipe = Recipe(number=2, assertions=opening(parent), code=code)
        return build.signed(recipe, edit(before))

    return make


def updated(*assertions: Assertion, **changes: object) -> Callable[[], bytes]:
    """A file with an update manifest over a standard one that is bound to the content."""

    def make() -> bytes:
        def store(binding: Fields | None) -> bytes:
            before = Recipe().build(binding)
            parent = build.ingredient(before)
            recipe = Recipe(
                number=2, code="c2um", binding=None, assertions=opening(parent, *assertions)
            )
            return build.store(before, build.variant(recipe, **changes).build())

        return build.embed(store(build.binding_to(build.embed(store(None)))))

    return make


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """An edit of encoded boxes that keeps their size."""
    assert len(old) == len(new)

    def edit(data: bytes) -> bytes:
        assert data.count(old) == 1
        return data.replace(old, new)

    return edit


EARLIER_BUILT = Recipe().build()

#: An ingredient's manifest, with something in it that may be redacted.
SECRET = build.cbor("com.example.secret", {"name": "somebody"})
EARLIER = Recipe(assertions=(build.actions(), SECRET))


def redacting(
    name: str = "com.example.secret",
    *,
    edit: Callable[[bytes], bytes],
    action: Fields | None = None,
    earlier: Recipe = EARLIER,
    **fields: object,
) -> Callable[[], bytes]:
    """A file whose claim redacts an assertion of its parent; `edit` is done to the parent."""
    target = url(label(1), "c2pa.assertions", name)

    def make() -> bytes:
        before = earlier.build()
        parent = build.ingredient(before, **fields)  # type: ignore[arg-type]
        actions: list[Fields] = [{**OPENED, **refer(parent)}]
        actions += [action] if action else []
        recipe = Recipe(
            number=2,
            assertions=(parent, build.actions(*actions)),
            claim={"redacted_assertions": [target]},
        )
        return build.signed(recipe, edit(before))

    return make


def without(name: str) -> Callable[[bytes], bytes]:
    """An edit of a manifest that takes an assertion out of it."""

    def edit(data: bytes) -> bytes:
        manifest = store.parse(build.store(data)).active
        kept = [
            bytes(item.box.whole) for item in manifest.assertions.values() if item.label != name
        ]
        boxes = [bytes(box.whole) for box in manifest.box.superboxes]
        boxes[0] = jumbf.superbox(store.ASSERTION_STORE, "c2pa.assertions", kept)
        return jumbf.superbox(manifest.box.uuid, manifest.label, boxes)

    return edit


BLANK = replaced(cbor2.dumps({"name": "somebody"}), bytes(len(cbor2.dumps({"name": "somebody"}))))
FORGED = replaced(b"somebody", b"elsebody")
REDACTED_ACTION: Fields = {
    "action": "c2pa.redacted",
    "reason": "c2pa.PII.present",
    "parameters": {"redacted": url(label(1), "c2pa.assertions", "com.example.secret")},
}

THUMBNAIL = build.file("c2pa.thumbnail.ingredient", b"\x89PNG")


def thumbnail(**changes: object) -> Callable[[], bytes]:
    """A file whose ingredient has a thumbnail, with some fields of the reference replaced."""
    every = THUMBNAIL.reference | changes
    reference = {name: value for name, value in every.items() if value is not ABSENT}
    return only(*opening(build.ingredient(thumbnail=reference), THUMBNAIL))


def opened(parameters: object, *more: Assertion) -> Callable[[], bytes]:
    """A file whose first action is opened, with these parameters."""
    return only(build.actions({**OPENED, "parameters": parameters}), *more)


PARENT = build.ingredient()
COMPONENT = build.ingredient(None, "componentOf")
UNKNOWN_PARENT = {"ingredient.unknownProvenance"}
BAD_ACTION = {"assertion.action.malformed"}
BAD_INGREDIENT = {"assertion.action.ingredientMismatch"}


def long_chain(length: int) -> Callable[[], bytes]:
    """A file with ingredients of ingredients."""

    def make() -> bytes:
        manifests = [Recipe(number=1).build()]
        for number in range(2, length + 1):
            parent = build.ingredient(manifests[-1])
            manifests.append(Recipe(number=number, assertions=opening(parent)).build())
        parent = build.ingredient(manifests[-1])
        return build.signed(Recipe(number=length + 1, assertions=opening(parent)), *manifests)

    return make


GATHERED = dataclasses.replace(PARENT, gathered=True)
WEB = {"url": "https://example.com"}
LINKED_LABEL = "c2pa.linked-resource-integrity"
LINKED = "assertion.linkedResourceIntegrity."
ORIGINAL = "assertion.alternativeContentRepresentation."


def with_alg(fields: Fields, alg: str) -> None:
    """An edit of a claim: its second reference names an algorithm."""
    references = fields["created_assertions"]
    assert isinstance(references, list)
    references[1]["alg"] = alg


def cloud(label: str, size: int = 1) -> Fields:
    return {"label": label, "size": size, "location": {**WEB, "hash": b"x"}}


def linked(path: str, *, gathered: bool = False, alg: str = "sha256") -> Assertion:
    entries = [{"uri": path, "hash": bytes(32)}]
    content = {"resources": {"alg": alg, "relativeResources": entries}}
    return build.cbor(LINKED_LABEL, content, gathered=gathered)


def related(*references: Fields) -> Assertion:
    """Actions with related assertions."""
    return build.actions({**CREATED, "parameters": {"relatedAssertions": list(references)}})


def original(**parameters: object) -> Assertion:
    """An image as it was before it was processed."""
    content = {"type": "exif.originalPreservationImage", "parameters": parameters}
    return build.cbor("c2pa.alternative-content-representation", content)


CASES: dict[str, Case] = {
    "sound": Case(build.signed, state=State.TRUSTED),
    "sound, version 1": Case(lambda: build.signed(Recipe(version=1)), state=State.TRUSTED),
    # --- the claim
    "no claim": Case(
        arranged(lambda boxes: [boxes["c2pa.assertions"], boxes["c2pa.signature"]]),
        {"claim.missing"},
        SIGNATURE | {"assertion.hashedURI.match"},
    ),
    "empty manifest": Case(
        arranged(lambda _: []),
        {"claim.missing"},
        SOUND,
    ),
    "two claims": Case(
        arranged(lambda boxes: [*boxes.values(), boxes["c2pa.claim.v2"]]), {"claim.multiple"}
    ),
    "two claims, of both versions": Case(
        arranged(lambda boxes: [*boxes.values(), build.claim_box(b"\xa0", label="c2pa.claim")]),
        {"claim.multiple"},
    ),
    "claim that is not CBOR": Case(
        claim_is(b"\xff"), {"claim.cbor.invalid"}, SIGNATURE | {"assertion.hashedURI.match"}
    ),
    "claim with a key twice": Case(
        claim_is(b"\xa2\x61a\x00\x61a\x00"),
        {"claim.cbor.invalid"},
        SIGNATURE | {"assertion.hashedURI.match"},
    ),
    "claim without fields": Case(
        claim_is(b"\xa0"), {"claim.malformed"}, SIGNATURE | {"assertion.hashedURI.match"}
    ),
    "claim that is a list": Case(
        claim_is(b"\x80"), {"claim.malformed"}, SIGNATURE | {"assertion.hashedURI.match"}
    ),
    "claim without a generator": Case(
        claim(claim_generator_info={"version": "1"}),
        {"claim.malformed"},
        SIGNATURE | {"assertion.hashedURI.match"},
    ),
    "claim with two contents": Case(
        arranged(
            lambda boxes: [
                boxes["c2pa.assertions"],
                jumbf.superbox(store.CLAIM, "c2pa.claim.v2", [jumbf.box(b"cbor", b"\xa0")] * 2),
                boxes["c2pa.signature"],
            ]
        ),
        {"claim.cbor.invalid"},
        SIGNATURE | {"assertion.hashedURI.match"},
    ),
    "claim of a later version": Case(
        arranged(lambda boxes: [build.claim_box(b"\xa0", label="c2pa.claim.v3")]),
        {"claim.malformed"},
        SOUND,
    ),
    "manifest label of the old form": Case(
        lambda: build.signed(Recipe(name="urn:uuid:00000001-0000-4000-8000-000000000000")),
        {"claim.malformed"},
    ),
    "old manifest label of an old claim": Case(
        lambda: build.signed(
            Recipe(name="acme:urn:uuid:00000001-0000-4000-8000-000000000000", version=1)
        ),
        state=State.TRUSTED,
    ),
    "two assertion stores": Case(
        arranged(lambda boxes: [boxes["c2pa.assertions"], *boxes.values()]),
        {"claim.malformed"},
        SOUND,
    ),
    "two assertions with one label": Case(of(build.actions()), {"claim.malformed"}, SOUND),
    "assertion store under another name": Case(
        arranged(
            lambda boxes: [
                boxes["c2pa.assertions"].replace(b"c2pa.assertions", b"c2pa.assertionz", 1),
                boxes["c2pa.claim.v2"],
                boxes["c2pa.signature"],
            ]
        ),
        {"claim.malformed"},
        SOUND,
    ),
    # --- boxes that no hash covers
    "box that cannot be referred to": Case(
        arranged(
            lambda boxes: [
                boxes["c2pa.assertions"],
                boxes["c2pa.claim.v2"].replace(b"\x03c2pa.claim.v2", b"\x02c2pa.claim.v2"),
                boxes["c2pa.signature"],
            ]
        ),
        {"general.error"},
    ),
    "two claim signatures": Case(
        arranged(lambda boxes: [*boxes.values(), boxes["c2pa.signature"]]), {"general.error"}
    ),
    "further boxes of other types": Case(
        arranged(
            lambda boxes: [
                jumbf.box(b"free", bytes(9)),
                *boxes.values(),
                jumbf.superbox(jumbf.type_uuid("test"), "com.example", []),
            ]
        ),
        state=State.TRUSTED,
    ),
    # --- the signature
    "no signature box": Case(
        arranged(lambda boxes: [boxes["c2pa.assertions"], boxes["c2pa.claim.v2"]]),
        {"claimSignature.missing"},
        SIGNATURE,
    ),
    "signature elsewhere": Case(
        claim(signature="self#jumbf=c2pa.signatures"), {"claimSignature.missing"}, SIGNATURE
    ),
    "signature in another manifest": Case(
        claim(signature=url(label(2), "c2pa.signature")), {"claimSignature.missing"}, SIGNATURE
    ),
    "signature that is the manifest": Case(
        claim(signature=url(label(1))), {"claimSignature.missing"}, SIGNATURE
    ),
    "signature that is the claim": Case(
        claim(signature="self#jumbf=c2pa.claim.v2"), {"claimSignature.missing"}, SIGNATURE
    ),
    "signature that is not a URI": Case(
        claim(signature="https://example.com/x"), {"claimSignature.missing"}, SIGNATURE
    ),
    "relative signature": Case(claim(signature="self#jumbf=c2pa.signature"), state=State.TRUSTED),
    "signature of another type": Case(
        arranged(
            lambda boxes: [
                boxes["c2pa.assertions"],
                boxes["c2pa.claim.v2"],
                boxes["c2pa.signature"].replace(b"c2cs\x00", b"c2ct\x00"),
            ]
        ),
        {"claimSignature.missing"},
        SIGNATURE,
    ),
    "signature that is not a COSE": Case(raw(b"x"), {"claimSignature.mismatch"}, SIGNATURE),
    "empty signature": Case(raw(b""), {"claimSignature.mismatch"}, SIGNATURE),
    "signature tagged as another structure": Case(
        sealed(tag=98), {"claimSignature.mismatch"}, SIGNATURE
    ),
    "signature with its own payload": Case(
        sealed(payload=b"another claim"), {"claimSignature.mismatch"}, SIGNATURE
    ),
    "signature with an empty payload": Case(
        sealed(payload=b""), {"claimSignature.mismatch"}, SIGNATURE
    ),
    "signature with critical parameters": Case(
        sealed(headers={2: ["x"]}), {"claimSignature.mismatch"}, SIGNATURE
    ),
    "signature by another key": Case(sealed(signer=STRANGERS), {"claimSignature.mismatch"}, SIGNED),
    "claim changed after signing": Case(
        lambda: build.signed(
            Recipe(boxes=lambda b: [box.replace(b"a file", b"A file") for box in b.values()])
        ),
        {"claimSignature.mismatch"},
        SIGNED,
    ),
    "algorithm that is not known": Case(
        sealed(headers={1: -257}), {"algorithm.unsupported"}, SIGNED
    ),
    "no algorithm": Case(sealed(headers={1: ABSENT}), {"algorithm.unsupported"}, SIGNED),
    "algorithm of another curve": Case(
        sealed(headers={1: -35}), {"claimSignature.mismatch"}, SIGNED
    ),
    # --- the signer
    "no certificate": Case(sealed(headers={33: ABSENT}), {"signingCredential.invalid"}, SIGNATURE),
    "certificate in the unprotected header": Case(
        sealed(
            headers={33: ABSENT},
            unprotected=lambda *_: {33: [pki.signer().der, pki.intermediate().der]},
        ),
        {"signingCredential.invalid"},
        SIGNATURE,
    ),
    "certificate in the unprotected header, version 1": Case(
        lambda: build.signed(
            Recipe(
                version=1,
                seal=Seal(
                    headers={33: ABSENT},
                    unprotected=lambda *_: {"x5chain": [pki.signer().der, pki.intermediate().der]},
                ),
            )
        ),
        state=State.TRUSTED,
    ),
    "certificate under both labels": Case(
        sealed(headers={"x5chain": [pki.signer().der, pki.intermediate().der]}),
        state=State.TRUSTED,
    ),
    "two chains": Case(
        sealed(headers={"x5chain": STRANGERS.der}), {"claimSignature.mismatch"}, SIGNATURE
    ),
    "too many certificates": Case(
        sealed(chain=[pki.signer()] * (limits.CERTIFICATES + 1)),
        {"claimSignature.mismatch"},
        SIGNATURE,
    ),
    "certificate that is none": Case(
        sealed(headers={33: b"x"}), {"signingCredential.invalid"}, SIGNATURE
    ),
    "certificate of an authority": Case(
        by(AUTHORITY),
        {"signingCredential.invalid", "signingCredential.untrusted"},
        {"signingCredential.trusted"},
    ),
    "certificate for something else": Case(
        by(tokens.tsa()),
        {"signingCredential.invalid", "signingCredential.untrusted"},
        {"signingCredential.trusted"},
    ),
    "certificate for too much": Case(
        by(MIXED, pki.intermediate()),
        {"signingCredential.invalid", "signingCredential.untrusted"},
        {"signingCredential.trusted"},
    ),
    "signer of a stranger": Case(
        by(STRANGERS, STRANGER),
        {"signingCredential.untrusted"},
        {"signingCredential.trusted"},
        state=State.VALID,
    ),
    "chain with a certificate missing": Case(
        by(pki.signer()),
        {"signingCredential.untrusted"},
        {"signingCredential.trusted"},
        state=State.VALID,
    ),
    "nobody is trusted": Case(
        build.signed,
        {"signingCredential.untrusted"},
        {"signingCredential.trusted"},
        state=State.VALID,
        trust=TrustConfig.none(),
    ),
    "signer that is trusted by name": Case(build.signed, state=State.TRUSTED, trust=ALLOWED),
    "expired signer": Case(
        by(EXPIRED, pki.intermediate()),
        {"claimSignature.outsideValidity", "signingCredential.untrusted"},
        {"claimSignature.insideValidity", "signingCredential.trusted"},
    ),
    # --- time stamps
    "time stamp": Case(
        stamped(), {"timeStamp.validated", "timeStamp.trusted"}, state=State.TRUSTED
    ),
    "old time stamp": Case(
        stamped(old=True), {"timeStamp.validated", "timeStamp.trusted"}, state=State.TRUSTED
    ),
    "time stamp of a time after the signer's": Case(
        stamped(signer=EXPIRED),
        {
            "timeStamp.validated",
            "timeStamp.trusted",
            "claimSignature.outsideValidity",
            "signingCredential.untrusted",
        },
        {"claimSignature.insideValidity", "signingCredential.trusted"},
    ),
    "time stamp of the future": Case(
        stamped(late_stamp(), time="20261001120000Z"),
        {"timeStamp.outsideValidity"},
        state=State.TRUSTED,
    ),
    "time stamp by a clock that is ahead": Case(
        stamped(time="20260601120500Z"),
        {"timeStamp.validated", "timeStamp.trusted"},
        state=State.TRUSTED,
    ),
    "time stamp that is none": Case(
        header(stamp(b"x")), {"timeStamp.malformed"}, state=State.TRUSTED
    ),
    "time stamp that is text": Case(
        header(stamp("x")), {"timeStamp.malformed"}, state=State.TRUSTED
    ),
    "two time stamps": Case(
        header(stamp(tokens.token(), count=2)), {"timeStamp.malformed"}, state=State.TRUSTED
    ),
    "no time stamp in the header": Case(
        header({"sigTst2": {}}), {"timeStamp.malformed"}, state=State.TRUSTED
    ),
    "old time stamp that was refused": Case(
        header(stamp(tokens.response(None, 2), old=True)),
        {"timeStamp.malformed"},
        state=State.TRUSTED,
    ),
    "time stamp of another signature": Case(
        header(stamp(tokens.token())), {"timeStamp.mismatch"}, state=State.TRUSTED
    ),
    "time stamp of the claim in the new header": Case(
        sealed(
            unprotected=lambda protected, claim, signature: stamp(
                tokens.token(
                    content=tokens.info(cbor2.dumps(["CounterSignature", protected, b"", claim]))
                )
            ),
            size=8_000,
        ),
        {"timeStamp.mismatch"},
        state=State.TRUSTED,
    ),
    "time stamp by a stranger": Case(
        stamped(tokens.tsa(STRANGER)), {"timeStamp.untrusted"}, state=State.TRUSTED
    ),
    "time stamp by an expired authority": Case(
        stamped(tokens.tsa(not_after=NOW - DAY)),
        {"timeStamp.outsideValidity"},
        state=State.TRUSTED,
    ),
    "time stamp by what must not stamp": Case(
        stamped(tokens.tsa(extensions={x509.ExtendedKeyUsage: None})),
        {"timeStamp.credentialInvalid", "timeStamp.untrusted"},
        state=State.TRUSTED,
    ),
    # --- revocation
    "not revoked": Case(
        stapled(respond(GOOD)),
        {"signingCredential.ocsp.notRevoked"},
        {"signingCredential.ocsp.skipped"},
        state=State.TRUSTED,
    ),
    "revoked": Case(
        stapled(respond(REVOKED, revoked_at=NOW - DAY)),
        {"signingCredential.ocsp.revoked"},
        {"signingCredential.ocsp.skipped"},
    ),
    "revoked, says one of two": Case(
        stapled(respond(GOOD), respond(REVOKED, revoked_at=NOW - DAY)),
        {"signingCredential.ocsp.revoked"},
        {"signingCredential.ocsp.skipped"},
    ),
    "unknown whether revoked": Case(
        stapled(respond(UNKNOWN)),
        {"signingCredential.ocsp.unknown"},
        {"signingCredential.ocsp.skipped"},
        state=State.TRUSTED,
    ),
    "response that is none": Case(stapled(b"x"), state=State.TRUSTED),
    "responses that are not list": Case(header({"rVals": {"ocspVals": "x"}}), state=State.TRUSTED),
    "response about another certificate": Case(
        stapled(respond(GOOD, about=STRANGERS)), state=State.TRUSTED
    ),
    # --- references to assertions
    "assertion outside": Case(
        claim(gathered_assertions=[{"url": url(label(9), "c2pa.assertions", "x"), "hash": b""}]),
        {"assertion.outsideManifest"},
    ),
    "assertion on the web": Case(
        claim(gathered_assertions=[{"url": "https://example.com", "hash": b""}]),
        {"assertion.outsideManifest"},
    ),
    "assertion that is missing": Case(
        claim(gathered_assertions=[{"url": "self#jumbf=c2pa.assertions/x", "hash": b""}]),
        {"assertion.missing"},
    ),
    "reference to no assertion": Case(
        claim(gathered_assertions=[{"url": "self#jumbf=c2pa.signature", "hash": b""}]),
        {"assertion.missing"},
    ),
    "hash algorithm that is not allowed": Case(
        of(build.cbor("com.example", {}), edit=lambda fields: with_alg(fields, "sha1")),
        {"algorithm.unsupported"},
    ),
    "no hash algorithm": Case(
        claim(alg=ABSENT), {"algorithm.unsupported"}, {"assertion.hashedURI.match"}
    ),
    "assertion that was changed": Case(
        arranged(lambda boxes: [box.replace(b"trained", b"TRAINED") for box in boxes.values()]),
        {"assertion.hashedURI.mismatch"},
    ),
    "assertion that the claim does not list": Case(
        lambda: build.signed(
            Recipe(edit=lambda fields: fields["created_assertions"].pop(0))  # type: ignore[attr-defined]
        ),
        {"assertion.undeclared"} | BAD_ACTION,
    ),
    "gathered assertion": Case(
        of(build.cbor("com.example", {}, gathered=True)), state=State.TRUSTED
    ),
    "assertion that is not CBOR": Case(
        of(build.cbor("com.example", b"\xff")), {"assertion.cbor.invalid"}
    ),
    "assertion that is not JSON": Case(
        of(build.json("com.example", b"{")), {"assertion.json.invalid"}
    ),
    "assertion without content": Case(
        of(Assertion("com.example", jumbf.superbox(store.CBOR, "com.example", []))),
        {"assertion.cbor.invalid"},
    ),
    "file without content": Case(
        of(Assertion("com.example", jumbf.superbox(store.EMBEDDED_FILE, "com.example", []))),
        {"general.error"},
    ),
    # --- what a manifest must hold
    "no hard binding": Case(
        lambda: build.signed(Recipe(binding=None)), {"claim.hardBindings.missing"}, MATCH
    ),
    "two hard bindings": Case(
        of(build.cbor("c2pa.hash.data__1", {"hash": bytes(32)})),
        {"assertion.multipleHardBindings", "assertion.dataHash.mismatch"},
        MATCH,
    ),
    "two parents": Case(
        only(*opening(PARENT), build.ingredient(label="c2pa.ingredient.v3__1")),
        {"manifest.multipleParents", *UNKNOWN_PARENT},
    ),
    "no actions, where they must be": Case(
        lambda: build.signed(
            Recipe(
                assertions=(),
                claim={"claim_generator_info": {"name": "x", "specVersion": "2.5.0"}},
            )
        ),
        {"claim.actions.missing"},
    ),
    "no actions, before there was a code for it": Case(
        lambda: build.signed(
            Recipe(
                assertions=(),
                claim={"claim_generator_info": {"name": "x", "specVersion": "2.4.0"}},
            )
        ),
        BAD_ACTION,
    ),
    # --- actions
    "actions without actions": Case(only(build.cbor("c2pa.actions.v2", {})), BAD_ACTION),
    "first action is neither created nor opened": Case(
        only(build.actions({"action": "c2pa.edited"})), BAD_ACTION
    ),
    "created twice": Case(only(build.actions(CREATED, CREATED)), BAD_ACTION),
    "first actions that cannot be read": Case(
        only(build.cbor("c2pa.actions.v2", {"actions": 7})), BAD_ACTION
    ),
    "created in a later assertion": Case(
        of(build.actions(CREATED, label="c2pa.actions.v2__1")), BAD_ACTION
    ),
    "later actions need not begin": Case(
        of(build.actions({"action": "c2pa.edited"}, label="c2pa.actions.v2__1")),
        state=State.TRUSTED,
    ),
    "anything goes in version 1": Case(
        only(build.actions({"action": "c2pa.edited"}, label="c2pa.actions"), version=1),
        state=State.TRUSTED,
    ),
    "both a time and a period": Case(
        only(build.actions({**CREATED, "when": "2026", "whenStart": "2026"})), BAD_ACTION
    ),
    "translated from nowhere": Case(
        only(build.actions(CREATED, {"action": "c2pa.translated"})), BAD_ACTION
    ),
    "translated": Case(
        only(
            build.actions(
                CREATED,
                {
                    "action": "c2pa.translated",
                    "parameters": {"sourceLanguage": "de", "targetLanguage": "en"},
                },
            )
        ),
        state=State.TRUSTED,
    ),
    "watermarked without a soft binding": Case(
        only(build.actions(CREATED, {"action": "c2pa.watermarked.bound"})),
        {"assertion.action.softBindingMissing"},
    ),
    "opened": Case(only(*opening(PARENT)), UNKNOWN_PARENT, state=State.TRUSTED),
    "opened without parameters": Case(only(build.actions(OPENED)), BAD_INGREDIENT),
    "opened without ingredients": Case(opened({"ingredients": []}), BAD_INGREDIENT),
    "opened twice over": Case(
        opened({"ingredients": [PARENT.reference] * 2}, PARENT), BAD_INGREDIENT | UNKNOWN_PARENT
    ),
    "opened a component": Case(
        opened({"ingredients": [COMPONENT.reference]}, COMPONENT), BAD_INGREDIENT | UNKNOWN_PARENT
    ),
    "placed a component": Case(
        only(build.actions(CREATED, {"action": "c2pa.placed", **refer(COMPONENT)}), COMPONENT),
        UNKNOWN_PARENT,
        state=State.TRUSTED,
    ),
    "placed nothing": Case(only(build.actions(CREATED, {"action": "c2pa.placed"})), BAD_INGREDIENT),
    "placed a parent": Case(
        only(
            build.actions({**OPENED, **refer(PARENT)}, {"action": "c2pa.placed", **refer(PARENT)}),
            PARENT,
        ),
        BAD_INGREDIENT | UNKNOWN_PARENT,
    ),
    "transcoded": Case(
        only(
            build.actions(
                {**OPENED, **refer(PARENT)}, {"action": "c2pa.transcoded", **refer(PARENT)}
            ),
            PARENT,
        ),
        UNKNOWN_PARENT,
        state=State.TRUSTED,
    ),
    "transcoded a component": Case(
        only(build.actions(CREATED, {"action": "c2pa.transcoded", **refer(COMPONENT)}), COMPONENT),
        BAD_INGREDIENT | UNKNOWN_PARENT,
    ),
    "ingredient of an action that was changed": Case(
        opened({"ingredients": [PARENT.reference | {"hash": bytes(32)}]}, PARENT),
        {"hashedURI.mismatch", *UNKNOWN_PARENT},
    ),
    "redacted nothing": Case(
        only(build.actions(CREATED, {**REDACTED_ACTION})), {"assertion.action.redactionMismatch"}
    ),
    # --- redaction
    "redacted": Case(
        redacting(edit=without("com.example.secret"), action=REDACTED_ACTION),
        {"ingredient.claimSignature.validated"},
        state=State.TRUSTED,
    ),
    "redacted with zeros": Case(
        redacting(edit=BLANK), {"ingredient.claimSignature.validated"}, state=State.TRUSTED
    ),
    "redacted, but still there": Case(
        redacting(edit=bytes),
        {"ingredient.claimSignature.validated", "assertion.notRedacted"},
    ),
    "redacted and forged": Case(
        redacting(edit=FORGED),
        {"ingredient.claimSignature.validated", "assertion.notRedacted"},
    ),
    "redacted, and something else changed": Case(
        redacting(edit=lambda data: BLANK(data).replace(b"trained", b"TRAINED")),
        {"ingredient.claimSignature.validated", "assertion.hashedURI.mismatch"},
    ),
    "redacted without a reference to the signature": Case(
        redacting(edit=BLANK, claimSignature=ABSENT), {"ingredient.claimSignature.missing"}
    ),
    "redacted, and signed anew": Case(
        redacting(edit=lambda data: BLANK(EARLIER.build())),
        {"ingredient.claimSignature.mismatch"},
    ),
    "redacted actions": Case(
        redacting("c2pa.actions.v2", edit=without("c2pa.actions.v2")),
        {"ingredient.claimSignature.validated", "assertion.action.redacted"},
    ),
    "redacted actions that are still there": Case(
        redacting("c2pa.actions.v2", edit=bytes),
        {
            "ingredient.claimSignature.validated",
            "assertion.action.redacted",
            "assertion.notRedacted",
        },
    ),
    "redacted hard binding": Case(
        redacting("c2pa.hash.data", edit=without("c2pa.hash.data")),
        {
            "ingredient.claimSignature.validated",
            "assertion.hardBinding.redacted",
            "claim.hardBindings.missing",
        },
    ),
    "redacts itself": Case(
        claim(redacted_assertions=["self#jumbf=c2pa.assertions/c2pa.actions.v2"]),
        {"assertion.selfRedacted"},
    ),
    "redacts itself, at length": Case(
        claim(redacted_assertions=[url(label(1), "c2pa.assertions", "c2pa.actions.v2")]),
        {"assertion.selfRedacted"},
    ),
    # --- ingredients
    "ingredient": Case(derived(Recipe()), set(VALIDATED), state=State.TRUSTED),
    "ingredient of version 1": Case(
        lambda: build.signed(
            Recipe(
                number=2,
                version=1,
                assertions=(
                    build.actions(label="c2pa.actions"),
                    build.ingredient(
                        None,
                        label="c2pa.ingredient",
                        c2pa_manifest={
                            "url": url(label(1)),
                            "hash": build.digest(EARLIER_BUILT),
                        },
                    ),
                ),
            ),
            EARLIER_BUILT,
        ),
        set(VALIDATED),
        state=State.TRUSTED,
    ),
    "ingredient with the hash of its claim, as before 1.3": Case(
        lambda: build.signed(
            Recipe(
                number=2,
                version=1,
                assertions=(
                    build.actions(label="c2pa.actions"),
                    build.ingredient(
                        None,
                        label="c2pa.ingredient",
                        c2pa_manifest={"url": url(label(1)), "hash": claim_hash(EARLIER_BUILT)},
                    ),
                ),
            ),
            EARLIER_BUILT,
        ),
        set(VALIDATED),
        state=State.TRUSTED,
    ),
    "ingredient that is signed by a stranger": Case(
        derived(Recipe(seal=Seal(signer=STRANGERS, chain=(STRANGERS, STRANGER)))),
        {*VALIDATED, "signingCredential.untrusted"},
        state=State.VALID,
    ),
    "ingredient whose signer's trust was recorded": Case(
        derived(
            Recipe(seal=Seal(signer=STRANGERS, chain=(STRANGERS, STRANGER))),
            validationResults={
                "activeManifest": {
                    "failure": [
                        {
                            "code": "signingCredential.untrusted",
                            "url": url(label(1), "c2pa.signature"),
                        }
                    ]
                }
            },
        ),
        set(VALIDATED),
        state=State.TRUSTED,
    ),
    "ingredient whose signature is broken": Case(
        derived(Recipe(seal=lambda _: b"")), {*VALIDATED, "claimSignature.mismatch"}
    ),
    "ingredient whose claim is broken": Case(
        derived(Recipe(boxes=lambda b: [b["c2pa.signature"]])), {*VALIDATED, "claim.missing"}
    ),
    "ingredient that was changed": Case(
        derived(Recipe(), edit=replaced(b"a file", b"A file"), claimSignature=ABSENT),
        {"ingredient.manifest.mismatch", "claimSignature.mismatch"},
    ),
    "ingredient that was changed, with its signature": Case(
        derived(Recipe(), edit=replaced(b"a file", b"A file")),
        {"ingredient.manifest.mismatch", "claimSignature.mismatch"},
    ),
    "ingredient that was changed, and has no claim any more": Case(
        derived(
            Recipe(),
            edit=lambda data: data.replace(b"c2cl\x00", b"c2cx\x00"),
            claimSignature=ABSENT,
        ),
        {"ingredient.manifest.mismatch", "claim.missing"},
    ),
    "ingredient that was signed anew": Case(
        derived(Recipe(), edit=lambda _: Recipe().build()),
        {"ingredient.manifest.mismatch"},
    ),
    "ingredient that is missing": Case(
        derived(
            Recipe(), activeManifest={"url": url(label(9)), "hash": bytes(32), "alg": "sha256"}
        ),
        {"ingredient.manifest.missing"},
    ),
    "ingredient elsewhere": Case(
        derived(Recipe(), activeManifest={"url": "https://example.com", "hash": bytes(32)}),
        {"ingredient.manifest.missing"},
    ),
    "ingredient that is a box of a manifest": Case(
        derived(
            Recipe(), activeManifest={"url": url(label(1), "c2pa.signature"), "hash": bytes(32)}
        ),
        {"ingredient.manifest.missing"},
    ),
    "ingredient with an algorithm that is not allowed": Case(
        derived(
            Recipe(),
            activeManifest={"url": url(label(1)), "hash": bytes(20), "alg": "sha1"},
            claimSignature=ABSENT,
        ),
        {"ingredient.manifest.mismatch"},
    ),
    "ingredient without provenance": Case(of(COMPONENT), UNKNOWN_PARENT, state=State.TRUSTED),
    "input without provenance": Case(of(build.ingredient(None, "inputTo")), state=State.TRUSTED),
    "ingredient without a relationship": Case(
        of(build.ingredient(relationship=ABSENT)),  # type: ignore[arg-type]
        {"assertion.ingredient.malformed"},
    ),
    "ingredient without validation results": Case(
        derived(Recipe(), validationResults=ABSENT),
        {"assertion.ingredient.malformed"},
    ),
    "thumbnail": Case(thumbnail(), UNKNOWN_PARENT, state=State.TRUSTED),
    "thumbnail that is missing": Case(
        thumbnail(url="self#jumbf=c2pa.assertions/x"), {"hashedURI.missing", *UNKNOWN_PARENT}
    ),
    "thumbnail that was changed": Case(
        thumbnail(hash=bytes(32)), {"hashedURI.mismatch", *UNKNOWN_PARENT}
    ),
    "thumbnail without a hash": Case(
        thumbnail(hash=ABSENT), {"hashedURI.mismatch", *UNKNOWN_PARENT}
    ),
    "thumbnail with an algorithm that is not allowed": Case(
        thumbnail(alg="md5"), {"algorithm.unsupported", *UNKNOWN_PARENT}
    ),
    "ingredients that nest too deeply": Case(
        long_chain(limits.INGREDIENT_DEPTH + 1), {*VALIDATED, "general.error"}
    ),
    # --- update manifests
    "update": Case(updated(), set(VALIDATED), state=State.TRUSTED),
    "update without a parent": Case(
        updated(assertions=(build.actions(OPENED),)),
        {"manifest.update.wrongParents", "claim.hardBindings.missing", *BAD_INGREDIENT},
        MATCH,
    ),
    "update with a hard binding": Case(
        updated(build.cbor("c2pa.hash.data", {"hash": bytes(32)})),
        {*VALIDATED, "manifest.update.invalid"},
    ),
    "update with a thumbnail": Case(
        updated(build.file("c2pa.thumbnail.claim.png", b"\x89PNG")),
        {*VALIDATED, "manifest.update.invalid"},
    ),
    "update that edits": Case(
        updated(build.actions({"action": "c2pa.edited"}, label="c2pa.actions.v2__1")),
        {*VALIDATED, "manifest.update.invalid"},
    ),
    "update with two ingredients": Case(
        updated(build.ingredient(None, "inputTo", label="c2pa.ingredient.v3__1")),
        {*VALIDATED, "manifest.update.wrongParents"},
    ),
    # --- the content
    "content that was changed": Case(
        lambda: build.signed()[:-20] + bytes(1) + build.signed()[-19:],
        {"assertion.dataHash.mismatch"},
        MATCH,
    ),
    "content with something appended": Case(
        lambda: build.signed() + b"x", {"assertion.dataHash.mismatch"}, MATCH
    ),
    "data hash without a hash": Case(bound(hash=ABSENT), {"assertion.dataHash.mismatch"}, MATCH),
    "data hash elsewhere": Case(
        bound(url="https://example.com"), {"assertion.dataHash.mismatch"}, MATCH
    ),
    "data hash with an algorithm that is not allowed": Case(
        bound(alg="sha1"), {"algorithm.unsupported"}, MATCH
    ),
    "data hash with the algorithm of the claim": Case(bound(alg=ABSENT), state=State.TRUSTED),
    "data hash that is not a map": Case(
        lambda: build.signed(
            Recipe(binding=None, assertions=(build.actions(), build.cbor("c2pa.hash.data", [])))
        ),
        {"assertion.dataHash.malformed"},
        MATCH,
    ),
    "exclusions that are not list": Case(
        bound(exclusions={}), {"assertion.dataHash.malformed"}, MATCH
    ),
    "exclusions out of order": Case(
        bound(exclusions=[{"start": 50, "length": 9}, {"start": 40, "length": 1}]),
        {"assertion.dataHash.malformed"},
        MATCH,
    ),
    "exclusion beyond the end": Case(
        bound(exclusions=[{"start": 33, "length": 2**40}]), {"assertion.dataHash.mismatch"}, MATCH
    ),
    "exclusion of content": Case(
        lambda: build.signed(make=excluding_content),
        {"assertion.dataHash.additionalExclusionsPresent"},
        state=State.TRUSTED,
    ),
    "exclusion larger than the store": Case(
        lambda: build.signed(make=lambda data: excluding(data, more=10)),
        {"assertion.dataHash.mismatch"},
        MATCH,
    ),
    # --- the store
    "two stores": Case(lambda: twice(build.signed()), {"general.error"}, SOUND),
    "store that is none": Case(
        lambda: build.embed(b"\0\0\0\x08free"), {"manifest.inaccessible.malformed"}, SOUND
    ),
    "store with a label twice": Case(
        lambda: build.embed(build.store(Recipe().build(), Recipe().build())),
        {"manifest.inaccessible.malformed"},
        SOUND,
    ),
    "compressed manifest that is none": Case(
        lambda: build.signed(Recipe(code="c2cm")),
        {"manifest.compressed.invalid"},
        SIGNATURE | {"assertion.hashedURI.match"},
    ),
    # --- data elsewhere
    "cloud data": Case(
        of(build.cbor("c2pa.cloud-data", cloud("c2pa.metadata"))), state=State.TRUSTED
    ),
    "cloud data of nothing": Case(
        of(build.cbor("c2pa.cloud-data", {})), {"assertion.cloud-data.malformed"}
    ),
    "cloud data that are a list": Case(
        of(build.cbor("c2pa.cloud-data", [])), {"assertion.cloud-data.malformed"}
    ),
    "cloud data of no size": Case(
        of(build.cbor("c2pa.cloud-data", cloud("c2pa.metadata", size=0))),
        {"assertion.cloud-data.malformed"},
    ),
    "hard binding in the cloud": Case(
        of(build.cbor("c2pa.cloud-data", cloud("c2pa.hash.data"))),
        {"assertion.cloud-data.hardBinding"},
    ),
    "ingredient in the cloud": Case(
        of(build.cbor("c2pa.cloud-data", cloud("c2pa.ingredient.v3"))),
        {"assertion.cloud-data.malformed"},
    ),
    "update with actions in the cloud": Case(
        updated(build.cbor("c2pa.cloud-data", cloud("c2pa.actions.v2"))),
        {*VALIDATED, "assertion.cloud-data.actions"},
    ),
    "external reference": Case(
        of(build.cbor("c2pa.external-reference", {"location": WEB}, gathered=True)),
        state=State.TRUSTED,
    ),
    "external reference that the signer vouches for": Case(
        of(build.cbor("c2pa.external-reference", {"location": WEB})), state=State.TRUSTED
    ),
    "external reference to nowhere": Case(
        of(build.cbor("c2pa.external-reference", {}, gathered=True)),
        {"assertion.external-reference.malformed"},
    ),
    "external reference that is a list": Case(
        of(build.cbor("c2pa.external-reference", [], gathered=True)),
        {"assertion.external-reference.malformed"},
    ),
    "external reference with a hash of no algorithm": Case(
        of(
            build.cbor(
                "c2pa.external-reference", {"location": {**WEB, "hash": b"x"}}, gathered=True
            )
        ),
        {"assertion.external-reference.malformed"},
    ),
    "external actions": Case(
        of(
            build.cbor(
                "c2pa.external-reference", {"location": WEB, "label": "c2pa.actions"}, gathered=True
            )
        ),
        {"assertion.external-reference.malformed"},
    ),
    "linked resource": Case(of(linked("a/b.css")), {LINKED + "skipped"}, state=State.TRUSTED),
    "linked resource that nobody vouches for": Case(
        of(linked("a/b.css", gathered=True)), {LINKED + "skipped", LINKED + "notCreated"}
    ),
    "linked resource outside of its folder": Case(
        of(linked("a/%2e%2e/../b.css")), {LINKED + "invalidURI"}
    ),
    "linked resource without a hash": Case(
        of(build.cbor(LINKED_LABEL, {"resources": {"alg": "sha256", "relativeResources": [{}]}})),
        {LINKED + "malformed"},
    ),
    "linked resources that are a list": Case(
        of(build.cbor(LINKED_LABEL, [])), {LINKED + "malformed"}
    ),
    "linked resource with an algorithm that is not allowed": Case(
        of(linked("a/b.css", alg="md5")), {"algorithm.unsupported", LINKED + "skipped"}
    ),
    "no linked resource": Case(of(build.cbor(LINKED_LABEL, {})), {LINKED + "malformed"}),
    # --- other assertions
    "process that ends before it starts": Case(
        of(
            build.cbor(
                "com.example",
                {
                    "metadata": {
                        "processStart": "2026-02-01T00:00:00Z",
                        "processEnd": "2026-01-01T00:00:00Z",
                    }
                },
            )
        ),
        {"assertion.metadata.malformed"},
    ),
    "time-stamp assertion without a time stamp": Case(
        of(build.cbor("c2pa.time-stamp", {})), {"assertion.timestamp.malformed"}
    ),
    "soft binding without an algorithm": Case(
        of(build.cbor("c2pa.soft-binding", {})), {"algorithm.unsupported"}
    ),
    "soft binding that is a list": Case(of(build.cbor("c2pa.soft-binding", [])), {"general.error"}),
    "watermarked with a soft binding": Case(
        only(
            build.actions(CREATED, {"action": "c2pa.watermarked.bound"}),
            build.cbor("c2pa.soft-binding", {"alg": "com.example"}),
        ),
        state=State.TRUSTED,
    ),
    "created with a gathered ingredient": Case(
        opened({"ingredients": [GATHERED.reference]}, GATHERED),
        {*UNKNOWN_PARENT, "assertion.action.ingredientLocationMismatch"},
        state=State.TRUSTED,
    ),
    "related assertion": Case(only(related(SECRET.reference), SECRET), state=State.TRUSTED),
    "related assertion that is missing": Case(
        only(related(SECRET.reference)), {*BAD_ACTION, "hashedURI.missing"}
    ),
    "no related assertion": Case(only(related()), BAD_ACTION),
    "related assertion without a URL": Case(only(related({})), {"hashedURI.missing"}),
    "related assertion on the web": Case(only(related({**WEB, "hash": b"x"})), BAD_ACTION),
    "related assertion that is an ingredient": Case(
        only(related(COMPONENT.reference), COMPONENT), BAD_ACTION | UNKNOWN_PARENT
    ),
    "related box that is not an assertion": Case(
        only(related({"url": "self#jumbf=c2pa.claim.v2", "hash": b"x"})),
        {*BAD_ACTION, "hashedURI.mismatch"},
    ),
    "related assertion that was redacted": Case(
        redacting(
            edit=BLANK,
            earlier=Recipe(assertions=(related(SECRET.reference), SECRET)),
        ),
        {"ingredient.claimSignature.validated", "assertion.redacted"},
        state=State.TRUSTED,
    ),
    "icon without a URL": Case(
        claim(claim_generator_info={"name": "x", "icon": "icon.png"}), {"hashedURI.missing"}
    ),
    "icon that is missing": Case(
        claim(
            claim_generator_info={
                "name": "x",
                "icon": {"url": "self#jumbf=c2pa.assertions/c2pa.icon", "hash": b"x"},
            }
        ),
        {"hashedURI.missing"},
    ),
    "claimed time": Case(
        sealed(headers={"iat": int(NOW.timestamp())}),
        {"timeOfSigning.insideValidity"},
        state=State.TRUSTED,
    ),
    "claimed time of long ago": Case(
        sealed(headers={"iat": 0}), {"timeOfSigning.outsideValidity"}, state=State.TRUSTED
    ),
    "claimed time beyond all times": Case(
        sealed(headers={"iat": 2**60}), {"timeOfSigning.outsideValidity"}, state=State.TRUSTED
    ),
    "claimed time that is none": Case(sealed(headers={"iat": "now"}), state=State.TRUSTED),
    "original image": Case(
        of(original(embeddedOriginalPreservationImage=THUMBNAIL.reference), THUMBNAIL),
        {ORIGINAL + "match"},
        state=State.TRUSTED,
    ),
    "original image that is missing": Case(
        of(original(embeddedOriginalPreservationImage=THUMBNAIL.reference)),
        {ORIGINAL + "missing"},
    ),
    "original image that was changed": Case(
        of(
            original(embeddedOriginalPreservationImage=THUMBNAIL.reference | {"hash": bytes(32)}),
            THUMBNAIL,
        ),
        {ORIGINAL + "hashMismatch"},
    ),
    "representation that is a list": Case(
        of(build.cbor("c2pa.alternative-content-representation", [])), {ORIGINAL + "malformed"}
    ),
    "representation of another type": Case(
        of(build.cbor("c2pa.alternative-content-representation", {"type": "x"})),
        state=State.TRUSTED,
    ),
    "two original images": Case(
        of(
            original(embeddedOriginalPreservationImage=THUMBNAIL.reference),
            build.cbor(
                "c2pa.alternative-content-representation__1",
                {"type": "exif.originalPreservationImage"},
            ),
            THUMBNAIL,
        ),
        {ORIGINAL + "match", ORIGINAL + "malformed"},
    ),
    "original image that is nowhere": Case(of(original()), {ORIGINAL + "malformed"}),
    "original image in a part that is not there": Case(
        of(original(multiAssetPartIndex=0)), {ORIGINAL + "malformed"}
    ),
    "original image in a part": Case(
        of(
            original(multiAssetPartIndex=0),
            build.cbor("c2pa.hash.multi-asset", {"parts": [{}]}),
        ),
        {ORIGINAL + "match"},
        state=State.TRUSTED,
    ),
}


def claim_hash(manifest: bytes) -> bytes:
    return hashlib.sha256(store.parse(build.store(manifest)).active.claim_content).digest()


def excluding(data: bytes, *, more: int) -> Fields:
    """A data hash whose exclusion goes on behind the store."""
    start, length = build.frame(data)
    end = start + length + more
    hashed = hashlib.sha256(data[:start] + data[end:]).digest()
    return build.binding_to(
        data, exclusions=[{"start": start, "length": length + more}], hash=hashed
    )


def excluding_content(data: bytes) -> Fields:
    """A data hash that leaves out something else besides the store."""
    start, length = build.frame(data)
    end = start + length
    return build.binding_to(
        data,
        exclusions=[{"start": start, "length": length}, {"start": end + 20, "length": 10}],
        hash=hashlib.sha256(data[:start] + data[end : end + 20] + data[end + 30 :]).digest(),
    )


def twice(data: bytes) -> bytes:
    start, length = build.frame(data)
    return data[: start + length] + data[start:]


@pytest.mark.parametrize("name", CASES)
def test_exactly_these_statuses(name: str) -> None:
    case = CASES[name]
    report = verify(case.data(), trust=case.trust, at=NOW)
    assert found(report) == (SOUND | case.adds) - case.lacks
    assert report.state is case.state


def test_every_case_that_is_not_sound_has_a_reason() -> None:
    """No row passes because nothing is wrong with it, and none is trusted with a failure."""
    for name, case in CASES.items():
        failures = {code for code in case.adds if codes.kind_of(code) is StatusKind.FAILURE}
        assert bool(failures - {"signingCredential.untrusted"}) == (case.state is State.INVALID), (
            name
        )
        assert not case.adds & case.lacks, name


def emitted() -> set[str]:
    """Every code that the source of the validator names."""
    named: set[str] = set()
    for path in Path(codes.__file__).parent.glob("*.py"):
        if path.name not in ("codes.py", "report.py"):
            constants = (
                node.value
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            )
            named.update(value for value in constants if value in CODES)
    return named


#: Hard bindings, identities, and manifests and revocations that are not in the file, have tests of
#: their own, which make their codes appear.
ELSEWHERE = (
    "assertion.bmffHash.",
    "assertion.boxesHash.",
    "assertion.collectionHash.",
    "assertion.multiAssetHash.",
    "manifest.inaccessible",
    "signingCredential.ocsp.inaccessible",
    "cawg.",
)


def test_every_code_that_can_be_given_is_in_the_table() -> None:
    """Going by the source, and by the table of all codes."""
    seen = set(SOUND).union(*(case.adds for case in CASES.values()))
    promised = {name for name, code in CODES.items() if not code.absent}
    seen |= {name for name in promised if name.startswith(ELSEWHERE)}
    assert emitted() - seen == set()
    assert promised - seen == set()
    assert len(emitted()) > 70
