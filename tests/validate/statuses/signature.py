"""Statuses of the signature, its signer, time stamps and revocation."""

from __future__ import annotations

import cbor2
from cryptography import x509

from aidisclose import limits
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.state import State
from tests.manifest import build
from tests.manifest.build import ABSENT, Recipe, Seal, label, url
from tests.trust import pki, tokens
from tests.trust.pki import DAY, NOW
from tests.trust.test_ocsp import GOOD, REVOKED, UNKNOWN, respond
from tests.validate.statuses.case import (
    ALLOWED,
    AUTHORITY,
    EXPIRED,
    MIXED,
    SIGNATURE,
    SIGNED,
    STRANGER,
    STRANGERS,
    Case,
    arranged,
    by,
    claim,
    header,
    late_stamp,
    raw,
    sealed,
    stamp,
    stamped,
    stapled,
)

CASES: dict[str, Case] = {
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
}
