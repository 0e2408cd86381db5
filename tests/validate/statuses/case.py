"""Cases of the table of statuses, and what builds their files."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from typing import NamedTuple

import cbor2
from cryptography.x509.oid import ExtendedKeyUsageOID

from aidisclose.codec import jumbf
from aidisclose.manifest import store
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.report import Report
from aidisclose.validate.state import State
from tests.manifest import build
from tests.manifest.build import ABSENT, CREATED, TRUST, Assertion, Fields, Recipe, Seal, label, url
from tests.trust import pki, tokens
from tests.trust.pki import DAY, NOW, Entity
from tests.validate.finding import assert_told

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
    if report.validation:
        assert_told(statuses)
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


def updated(
    *assertions: Assertion, of: Recipe | None = None, **changes: object
) -> Callable[[], bytes]:
    """A file with an update manifest over a standard one that is bound to the content."""
    updates = of or Recipe()

    def make() -> bytes:
        def store(binding: Fields | None) -> bytes:
            before = updates.build(binding)
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
