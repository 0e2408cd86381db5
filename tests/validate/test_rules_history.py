"""Rules that span manifests: actions on ingredients, redaction, updates, evidence added later."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any, Final

import brotli
import cbor2
import pytest
from cryptography.x509.ocsp import OCSPCertStatus

from aidisclose import limits
from aidisclose.codec import jumbf
from aidisclose.errors import LimitExceeded
from aidisclose.manifest import store
from aidisclose.trust.budget import Budget
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.codes import StatusKind
from aidisclose.validate.report import state_of
from aidisclose.validate.state import State
from aidisclose.validate.timestamp import SignatureTimestamp
from tests.manifest import build
from tests.manifest.build import CREATED, Assertion, Fields, Recipe
from tests.trust import pki, test_ocsp, tokens
from tests.validate.finding import codes, doing, examine, failures, having, statuses

HASH = bytes(32)
COMPONENT = build.ingredient(relationship="componentOf")
NOTE = build.cbor("com.example.note", {"private": "data"})
MISMATCH = "assertion.action.ingredientMismatch"
MALFORMED = "assertion.action.malformed"


def act(name: str, *ingredients: Fields, **fields: object) -> Fields:
    parameters = {"parameters": {"ingredients": list(ingredients)}} if ingredients else {}
    return {"action": f"c2pa.{name}", **parameters, **fields}


#: A later action beside a component → the codes of failures.
ACTIONS: dict[str, tuple[Fields, set[str]]] = {
    "placed": (act("placed", COMPONENT.reference), set()),
    "placed nothing": (act("placed"), {MISMATCH}),
    "removed what is here": (act("removed", COMPONENT.reference), {MISMATCH}),
    "placed what is not there": (
        act("placed", {"url": build.url(build.label(1), "c2pa.assertions", "gone"), "hash": HASH}),
        {MISMATCH, "hashedURI.missing"},
    ),
    "removed nothing": (act("removed"), {MISMATCH}),
    "deleted what is here": (act("deleted", COMPONENT.reference), {MISMATCH}),
    "deleted nothing": (act("deleted"), set()),
    "transcoded a component": (act("transcoded", COMPONENT.reference), {MISMATCH}),
    "created again": (CREATED, {MALFORMED}),
    "opened later": (act("opened", COMPONENT.reference), {MALFORMED, MISMATCH}),
    "a moment": (act("edited", when="2026-01-01T00:00:00Z"), set()),
    "a moment and a period": (
        act("edited", when="2026-01-01", whenStart="2026-01-01"),
        {MALFORMED},
    ),
    "a period": (
        act("edited", whenStart="2026-01-01", whenEnd={"value": "2026-01-01T00:00:00Z"}),
        set(),
    ),
    "a period backwards": (
        act("edited", whenStart={"value": "2026-01-01T00:00:01Z"}, whenEnd="2026-01-01T00:00:00Z"),
        {MALFORMED},
    ),
    "watermarked": (act("watermarked.bound"), {"assertion.action.softBindingMissing"}),
    "watermarked, old": (act("watermarked"), {"assertion.action.softBindingMissing"}),
    "watermarked elsewhere": (act("watermarked.unbound"), set()),
    "redacted nothing": (act("redacted"), {"assertion.action.redactionMismatch"}),
    "of one's own": ({"action": "com.example.do", "parameters": {"ingredients": []}}, set()),
}


@pytest.mark.parametrize(("action", "expected"), ACTIONS.values(), ids=ACTIONS)
def test_an_action_fails_with_exactly_these_codes(action: Fields, expected: set[str]) -> None:
    assert failures(doing(action, beside=(COMPONENT,))) == expected


@pytest.mark.parametrize(
    ("name", "where"), [("placed", "this"), ("removed", "another"), ("deleted", "another")]
)
def test_where_the_ingredient_of_an_action_must_stand(name: str, where: str) -> None:
    other = build.url(build.label(9), "c2pa.assertions", COMPONENT.label)
    here = COMPONENT.reference["url"]
    url = other if where == "this" else here
    made = doing(act(name, COMPONENT.reference | {"url": url}), beside=(COMPONENT,))
    said = [each.explanation for each in statuses(examine(made)) if each.code == MISMATCH]
    assert f"c2pa.{name}: {url} is not an ingredient of {where} manifest" in said


@pytest.mark.parametrize("name", ["removed", "deleted"])
def test_what_is_gone_was_a_component_of_an_earlier_manifest(name: str) -> None:
    parent = having(COMPONENT)
    where = build.url(build.label(1), "c2pa.assertions", COMPONENT.label)
    reference = COMPONENT.reference | {"url": where}
    opening = build.ingredient(parent)
    actions = build.actions(act("opened", opening.reference), act(name, reference))
    child = Recipe(number=2, assertions=(opening, actions)).build()
    assert failures(parent, child) == set()


def test_an_ingredient_listed_by_others_than_the_action_is_said() -> None:
    gathered = build.cbor(COMPONENT.label, {"relationship": "componentOf"}, gathered=True)
    found = codes(doing(act("placed", gathered.reference), beside=(gathered,)))
    assert "assertion.action.ingredientLocationMismatch" in found
    found = codes(doing(act("placed", COMPONENT.reference), beside=(COMPONENT,)))
    assert "assertion.action.ingredientLocationMismatch" not in found


def begun(created: Assertion, gathered: Assertion) -> set[str]:
    return failures(Recipe(assertions=(created, gathered)).build())


def test_created_or_opened_is_said_once_by_the_signer_or_by_others() -> None:
    label = "c2pa.actions.v2__1"
    content = {"actions": [CREATED], "allActionsIncluded": True}
    by_others = build.cbor(label, content, gathered=True)
    edits = build.cbor(label, {"actions": [act("edited")]}, gathered=True)
    assert begun(build.actions(act("edited")), by_others) == set()
    assert begun(build.actions(), edits) == set()
    assert begun(build.actions(), by_others) == {MALFORMED}
    assert begun(build.actions(act("edited")), edits) == {MALFORMED}


_NAMED: Final[dict[str, Any]] = {"created": CREATED, "broken": "no map"}
#: Names of the actions of one assertion; `None`: there is no such assertion.
_LISTS: Final = (
    *(None, ("edited",), ("created",), ("created", "edited"), ("edited", "created"), ("broken",)),
)


@pytest.mark.parametrize("by_others", _LISTS)
@pytest.mark.parametrize("further", _LISTS)
@pytest.mark.parametrize("first", _LISTS[1:])
def test_one_head_of_a_first_list_says_how_the_asset_began_and_nothing_else_does(
    first: tuple[str, ...], further: tuple[str, ...] | None, by_others: tuple[str, ...] | None
) -> None:
    """C2PA 2.5 §14.10.4.2.4: what is amiss is said of the list where it is, or of the first."""
    listed = {
        "c2pa.actions.v2": first,
        "c2pa.actions.v2__1": further or (),
        "c2pa.actions.v2__2": by_others or (),
    }
    assertions = tuple(
        build.cbor(
            label,
            {"actions": [_NAMED.get(name, act(name)) for name in names]},
            gathered=label.endswith("__2"),
        )
        for label, names in listed.items()
        if names
    )
    heads = [names[0] for names in (first, by_others) if names]
    amiss = Counter(
        label
        for label, names in listed.items()
        for place, name in enumerate(names)
        if name == "broken"  # is said of an assertion, and it begins nothing
        or (name == "created" and (place > 0 or label == "c2pa.actions.v2__1"))
    )
    if first != ("broken",):
        amiss += Counter({"c2pa.actions.v2": heads.count("created") != 1})
    found = examine(Recipe(assertions=assertions).build()).active.failure
    assert {each.code for each in found} <= {MALFORMED}
    assert Counter(each.url.rpartition("/")[2] for each in found) == amiss


def test_a_hard_binding_that_others_vouch_for_binds_nothing() -> None:
    gathered = build.cbor("c2pa.hash.data", {"hash": HASH}, gathered=True)
    assert failures(having(gathered, binding=None)) == {"claim.hardBindings.missing"}


# Redaction.


def redacting(parent: bytes, target: str, *, left: bytes | None = None) -> tuple[bytes, bytes]:
    """The parent with something `left` of an assertion, and a manifest that redacts it."""
    opening = build.ingredient(parent)
    redaction: Fields = {"action": "c2pa.redacted", "parameters": {"redacted": target}}
    actions = build.actions(act("opened", opening.reference), redaction)
    claim = {"redacted_assertions": [target]}
    recipe = Recipe(number=2, assertions=(opening, actions), claim=claim)
    return without(parent, target.rpartition("/")[2], left), recipe.build()


def without(manifest: bytes, label: str, left: bytes | None = None) -> bytes:
    """The manifest once an assertion is taken out, or replaced by what is `left`."""
    box = jumbf.parse(manifest)
    boxes = {child.label: bytes(child.whole) for child in box.superboxes}
    assertions = next(child for child in box.superboxes if child.label == "c2pa.assertions")
    kept = [
        (left or b"") if item.label == label else bytes(item.whole)
        for item in assertions.superboxes
    ]
    boxes["c2pa.assertions"] = jumbf.superbox(assertions.uuid, "c2pa.assertions", kept)
    return jumbf.superbox(box.uuid, box.label, boxes.values())


PARENT = Recipe(assertions=(build.actions(), NOTE)).build()
TARGET = build.url(build.label(1), "c2pa.assertions", NOTE.label)
MARK = bytes.fromhex("CAA98EEE9D4DF80E86AD4DFFCA263973")


def blank(content: bytes) -> bytes:
    return jumbf.superbox(jumbf.type_uuid("uuid"), NOTE.label, [jumbf.box(b"uuid", content)])


@pytest.mark.parametrize(
    "left", [None, blank(MARK + bytes(9)), blank(MARK)], ids=["gone", "zeros", "empty"]
)
def test_a_redacted_assertion_may_be_gone_or_blank(left: bytes | None) -> None:
    assert failures(*redacting(PARENT, TARGET, left=left)) == set()


@pytest.mark.parametrize("left", [NOTE.box, blank(MARK + b"\0\1")], ids=["all", "a byte"])
def test_anything_left_in_a_redacted_place_is_a_failure(left: bytes) -> None:
    assert failures(*redacting(PARENT, TARGET, left=left)) == {"assertion.notRedacted"}


def test_a_redacted_related_assertion_is_said() -> None:
    edit: Fields = {"action": "c2pa.edited", "parameters": {"relatedAssertions": [NOTE.reference]}}
    parent = Recipe(assertions=(build.actions(CREATED, edit), NOTE)).build()
    found = codes(*redacting(parent, TARGET))
    assert "assertion.redacted" in found
    assert "hashedURI.missing" not in found


def test_a_redacted_ingredient_may_still_be_opened() -> None:
    first = Recipe(number=9).build()
    opening = build.ingredient(first)
    actions = build.actions(act("opened", opening.reference))
    parent = Recipe(assertions=(actions, opening)).build()
    target = build.url(build.label(1), "c2pa.assertions", opening.label)
    assert failures(first, *redacting(parent, target)) == set()


# Update manifests.


@pytest.mark.parametrize(
    "assertion",
    [
        build.file("c2pa.thumbnail.claim", b"picture"),
        build.file("c2pa.thumbnail.ingredient", b"picture"),
        build.cbor("c2pa.hash.multi-asset", {"parts": []}),
        build.cbor("c2pa.hash.data", {"hash": HASH}),
        build.actions(act("edited")),
    ],
    ids=lambda item: item.label,
)
def test_an_update_manifest_says_nothing_about_content(assertion: Assertion) -> None:
    parent = Recipe().build()
    items = (build.ingredient(parent), assertion)
    update = Recipe(number=2, code="c2um", assertions=items, binding=None).build()
    assert failures(parent, update) == {"manifest.update.invalid"}


# Evidence that later manifests bring.


def stamped(token: object, *, of: int = 1, parent: Recipe | None = None) -> tuple[bytes, bytes]:
    """A manifest, and an update manifest with a time stamp for it."""
    first = (parent or Recipe()).build()
    items = (
        build.ingredient(first),
        build.cbor("c2pa.time-stamp", {build.label(of): token}),
    )
    return first, Recipe(number=2, code="c2um", assertions=items, binding=None).build()


def signature_of(manifest: bytes) -> tuple[bytes, bytes]:
    """Protected header and signature."""
    box = next(b for b in jumbf.parse(manifest).superboxes if b.label == "c2pa.signature")
    assert box.only is not None
    protected, _, _, signature = cbor2.loads(box.only.content).value
    return protected, signature


def delta_codes(*manifests: bytes) -> set[str]:
    found = examine(*manifests)
    return {item.code for delta in found.deltas for item in delta.results.statuses}


FIXED = Recipe().build()  # one signature, for all that is stamped


@pytest.mark.parametrize("form", ["specified", "bare signature"])
def test_a_time_stamp_may_be_brought_by_a_later_manifest(form: str) -> None:
    protected, signature = signature_of(FIXED)
    message = (
        cbor2.dumps(["CounterSignature", protected, b"", cbor2.dumps(signature)])
        if form == "specified"
        else signature
    )
    token = tokens.token(content=tokens.info(message))
    items = (
        build.ingredient(FIXED),
        build.cbor("c2pa.time-stamp", {build.label(1): token}),
    )
    update = Recipe(number=2, code="c2um", assertions=items, binding=None).build()
    found = delta_codes(FIXED, update)
    assert {"timeStamp.trusted", "timeStamp.validated", "claimSignature.insideValidity"} <= found


def test_a_time_stamp_about_something_else_is_said_and_ignored() -> None:
    first, update = stamped(tokens.token())
    found = delta_codes(first, update)
    assert "timeStamp.mismatch" in found
    assert "claimSignature.insideValidity" in found


def brought(*brought_tokens: bytes) -> SignatureTimestamp | None:
    """The time stamp that counts for a manifest, of those that an update brings."""
    names = ("c2pa.time-stamp", *(f"c2pa.time-stamp__{number}" for number in range(1, 9)))
    stamps = (
        build.cbor(name, {build.label(1): token})
        for name, token in zip(names, brought_tokens, strict=False)
    )
    items = (build.ingredient(FIXED), *stamps)
    update = Recipe(number=2, code="c2um", assertions=items, binding=None).build()
    return examine(FIXED, update).signatures[build.label(1)].timestamp


def test_of_several_time_stamps_the_first_that_is_trusted_counts_else_the_first() -> None:
    """C2PA 2.5 §14.8: one that proves nothing does not stand before one that does."""
    message = signature_of(FIXED)[1]
    stranger = tokens.tsa(pki.issue("Nobody", ca=True, number=77))

    def token(authority: pki.Entity | None, day: int) -> bytes:
        info = tokens.info(message, time=f"2026053{day}120000Z")
        return tokens.token(authority, content=info)

    unknown, later, trusted, last = (
        *(token(stranger, 0), token(stranger, 1)),
        *(token(None, 0), token(None, 1)),
    )
    other = tokens.token()  # about something else
    table = {
        (unknown, later): (30, False),
        (later, unknown): (31, False),
        (other, later): (31, False),
        (unknown, last, trusted): (31, True),
        (trusted, last): (30, True),
    }
    for given, (day, is_trusted) in table.items():
        found = brought(*given)
        assert found is not None
        assert (found.time.day, found.is_trusted) == (day, is_trusted)
        assert (found.voucher is not None) is is_trusted
        alone = found.distrusted()
        assert alone[:2] == found[:2]
        assert alone.certificate == found.certificate
        assert (alone.is_trusted, alone.anchor, alone.trust_list, alone.voucher) == (
            *(False, None),
            *(None, None),
        )
    assert brought(other) is None


def test_a_time_stamp_for_another_manifest_is_not_looked_at() -> None:
    first, update = stamped(tokens.token(), of=7)
    assert "timeStamp.mismatch" not in delta_codes(first, update)


@pytest.mark.parametrize("values", [7, None, "text", b"bytes", {"a": b"x"}, [7, None, "x"], True])
def test_evidence_of_another_shape_says_nothing(values: object) -> None:
    first = Recipe().build()
    items = (
        build.ingredient(first),
        build.cbor("c2pa.certificate-status", {"ocspVals": values}),
        build.cbor("c2pa.certificate-status__1", [values]),
    )
    update = Recipe(number=2, code="c2um", assertions=items, binding=None).build()
    found = examine(first, update)
    assert state_of(found) is State.TRUSTED
    assert found.signatures[build.label(1)].has_ocsp is False


def test_tokens_that_are_none_are_passed_over() -> None:
    assert failures(*stamped("text")) == set()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (test_ocsp.GOOD, "signingCredential.ocsp.notRevoked"),
        (OCSPCertStatus.UNKNOWN, "signingCredential.ocsp.unknown"),
    ],
)
def test_revocation_information_may_be_brought_by_a_later_manifest(
    status: OCSPCertStatus, code: str
) -> None:
    first = Recipe().build()
    response = test_ocsp.respond(status)
    items = (
        build.ingredient(first),
        build.cbor("c2pa.certificate-status", {"ocspVals": [response]}),
    )
    update = Recipe(number=2, code="c2um", assertions=items, binding=None).build()
    assert code in delta_codes(first, update)


def test_what_several_manifests_tell_of_revocations_is_put_together() -> None:
    """The worst counts, whichever assertion has it."""
    first = Recipe().build()
    revoked = test_ocsp.respond(OCSPCertStatus.REVOKED, revoked_at=pki.NOW - pki.DAY)
    good = test_ocsp.respond()
    for brought in ((revoked, good), (good, revoked)):
        items = (
            build.ingredient(first),
            *(
                build.cbor(name, {"ocspVals": [response]})
                for name, response in zip(
                    ("c2pa.certificate-status", "c2pa.certificate-status__1"), brought, strict=True
                )
            ),
        )
        update = Recipe(number=2, code="c2um", assertions=items, binding=None).build()
        assert "signingCredential.ocsp.revoked" in failures(first, update)


def test_a_later_manifest_may_tell_of_a_revocation() -> None:
    first = Recipe().build()
    response = test_ocsp.respond(OCSPCertStatus.REVOKED, revoked_at=pki.NOW - pki.DAY)
    items = (
        build.ingredient(first),
        build.cbor("c2pa.certificate-status", {"ocspVals": [response]}),
    )
    update = Recipe(number=2, code="c2um", assertions=items, binding=None).build()
    assert "signingCredential.ocsp.revoked" in failures(first, update)


# What was recorded about an ingredient.


def test_recorded_results_that_are_not_found_again_are_kept_apart() -> None:
    parent = Recipe().build()
    gone = {"code": "assertion.dataHash.mismatch", "url": build.url(build.label(1), "x")}
    still = {"code": "claimSignature.validated", "url": build.url(build.label(1), "c2pa.signature")}
    results = {"activeManifest": {"success": [still], "informational": [], "failure": [gone]}}
    opening = build.ingredient(parent, validationResults=results)
    actions = build.actions(act("opened", opening.reference))
    found = examine(parent, Recipe(number=2, assertions=(opening, actions)).build())
    (recorded,) = found.recorded
    assert [(item.code, item.url) for item in recorded.results.statuses] == [
        (gone["code"], gone["url"])
    ]
    assert "assertion.dataHash.mismatch" not in {item.code for item in statuses(found)}
    assert state_of(found) is State.TRUSTED


# The time that the signer claims.


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"iat": int(pki.NOW.timestamp())}, "timeOfSigning.insideValidity"),
        ({15: {6: pki.NOW.timestamp()}}, "timeOfSigning.insideValidity"),
        ({"iat": cbor2.CBORTag(1, 1_000_000_000)}, "timeOfSigning.outsideValidity"),
        ({"iat": 1 << 62}, "timeOfSigning.outsideValidity"),
        ({"iat": float("nan")}, "timeOfSigning.outsideValidity"),
        ({"iat": "today"}, None),
        ({"iat": True}, None),
        ({}, None),
    ],
)
def test_a_claimed_time_is_compared_with_the_certificates(
    headers: dict[object, object], code: str | None
) -> None:
    manifest = Recipe(seal=build.Seal(headers=headers)).build()
    found = {item for item in codes(manifest) if item.startswith("timeOfSigning")}
    assert found == ({code} if code else set())
    assert failures(manifest) == set()


@pytest.mark.parametrize(("days", "inside"), [(-50, True), (-99, True), (-101, False)])
def test_the_dates_of_an_anchor_say_nothing_about_a_claimed_time(
    *, days: int, inside: bool
) -> None:
    """For how long to trust it, the user says (RFC 5280 §6.1)."""
    young = pki.issue("Young", ca=True, number=70, not_before=pki.NOW - pki.DAY)
    signer = pki.issue("S", young, number=71)
    claimed: dict[object, object] = {15: {6: int((pki.NOW + days * pki.DAY).timestamp())}}
    made = Recipe(seal=build.Seal(signer=signer, chain=(signer,), headers=claimed)).build()
    found = codes(made, trust=TrustConfig.from_pem(young.pem))
    ending = "inside" if inside else "outside"
    assert f"timeOfSigning.{ending}Validity" in found
    assert "signingCredential.trusted" in found


# Algorithms.


def test_a_signature_may_name_its_curve() -> None:
    """ESP256 of C2PA 2.5 is ES256 with another number; with another curve, it fits no key."""
    assert failures(Recipe(seal=build.Seal(headers={1: -9})).build()) == set()
    found = failures(Recipe(seal=build.Seal(headers={1: -51})).build())
    assert found == {"claimSignature.mismatch"}


# Compressed manifests.


def compressed(manifest: bytes, *, label: str | None = None, content: bytes | None = None) -> bytes:
    box = jumbf.parse(manifest)
    packed = content if content is not None else brotli.compress(manifest)
    uuid = jumbf.type_uuid("c2cm")
    return jumbf.superbox(uuid, label or box.label, [jumbf.box(b"brob", packed)])


def test_a_compressed_manifest_is_validated_like_any_other() -> None:
    found = examine(compressed(Recipe().build()))
    assert not found.active.failure
    assert "claimSignature.validated" in {item.code for item in found.active.success}
    parsed = store.parse(build.store(compressed(Recipe().build())))
    assert parsed.active.is_compressed
    assert parsed.active.kind is store.ManifestKind.STANDARD


def test_the_hash_of_a_compressed_ingredient_is_that_of_its_compressed_box() -> None:
    """C2PA 2.5 §11.1.3.2."""
    parent = Recipe().build()
    packed = compressed(parent)
    content = {"url": build.url(build.label(1)), "alg": "sha256", "hash": build.digest(packed)}
    opening = build.ingredient(parent, activeManifest=content)
    actions = build.actions(act("opened", opening.reference))
    child = Recipe(number=2, assertions=(opening, actions)).build()
    assert failures(packed, child) == set()
    assert "ingredient.manifest.validated" in codes(packed, child)


BOMB = brotli.compress(bytes(limits.DECOMPRESSED + 1))


@pytest.mark.parametrize(
    "manifest",
    [
        compressed(FIXED, content=b"\xff\xff"),
        compressed(FIXED, content=brotli.compress(FIXED)[:-4]),
        compressed(FIXED, content=brotli.compress(FIXED + b"\0")),
        compressed(FIXED, content=brotli.compress(b"text")),
        compressed(FIXED, content=brotli.compress(build.store(FIXED))),
        compressed(FIXED, content=brotli.compress(compressed(FIXED))),
        compressed(FIXED, content=BOMB),
        compressed(FIXED, label=build.label(9)),
        jumbf.superbox(jumbf.type_uuid("c2cm"), build.label(1), []),
    ],
    ids=["other", "cut", "more", "text", "store", "twice", "bomb", "label", "empty"],
)
def test_a_compressed_manifest_that_is_none_is_refused(manifest: bytes) -> None:
    assert failures(manifest) == {"manifest.compressed.invalid"}


def test_only_one_decompression_may_fail() -> None:
    bombs = [compressed(Recipe(number=n).build(), content=BOMB) for n in range(2, 4)]
    good = compressed(Recipe(number=4).build())
    parsed = store.parse(build.store(*bombs, good))
    problems = [manifest.problem for manifest in parsed.manifests.values()]
    assert all(
        f"more than {size} bytes" in text
        for size, text in zip((limits.DECOMPRESSED, 0, 0), problems, strict=True)
    )


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "brotli", None)
    found = examine(compressed(FIXED))
    (failure,) = found.active.failure
    assert failure.code == "manifest.compressed.invalid"
    assert "aidisclose[brotli]" in failure.explanation


# What it may cost.


def test_signature_checks_have_a_budget_for_the_whole_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget.__init__, "__defaults__", (12,))
    first = Recipe().build()
    chain = [first]
    for number in range(2, 8):
        opening = build.ingredient(chain[-1])
        actions = build.actions(act("opened", opening.reference))
        chain.append(Recipe(number=number, assertions=(opening, actions)).build())
    found = statuses(examine(*chain))
    spent = [item for item in found if "too many signatures" in item.explanation]
    assert spent
    assert all(item.code == "general.error" and item.kind is StatusKind.FAILURE for item in spent)


def test_long_keys_spend_more_of_the_budget() -> None:
    short = pki.signer().certificate
    long = dataclasses.replace(short, key_info=short.key_info._replace(size=16_384))
    budget = Budget(20)
    budget.spend(short)
    budget.spend(long)
    with pytest.raises(LimitExceeded):
        budget.spend(long)


def test_references_to_a_whole_manifest_are_no_actions() -> None:
    parent = Recipe().build()
    reference = {"url": build.url(build.label(1)), "hash": HASH}

    def add(fields: Fields) -> None:
        fields["created_assertions"] = [reference]

    found = failures(parent, Recipe(number=2, edit=add).build())
    assert {"assertion.outsideManifest", "assertion.action.malformed"} <= found


def doubled(manifest: bytes) -> bytes:
    """The manifest with one of its assertions twice."""
    box = jumbf.parse(manifest)
    boxes = {child.label: bytes(child.whole) for child in box.superboxes}
    assertions = next(child for child in box.superboxes if child.label == "c2pa.assertions")
    listed = [bytes(item.whole) for item in assertions.superboxes]
    boxes["c2pa.assertions"] = jumbf.superbox(
        assertions.uuid, "c2pa.assertions", [*listed, listed[0]]
    )
    return jumbf.superbox(box.uuid, box.label, boxes.values())


def test_a_damaged_ingredient_does_not_end_the_checks_of_what_refers_into_it() -> None:
    """An untrusted signer leaves a file valid; what is found after that must not get lost."""
    parent = having(COMPONENT)
    where = build.url(build.label(1), "c2pa.assertions", COMPONENT.label)
    opening = build.ingredient(parent, thumbnail={"url": where, "hash": HASH})
    edits = (act("opened", opening.reference), act("deleted", {"url": where, "hash": HASH}))
    assertions = (opening, build.actions(*edits), NOTE)
    child = Recipe(number=2, assertions=assertions).build()
    found = examine(doubled(parent), child, trust=TrustConfig.none())
    assert {"hashedURI.missing", MISMATCH} <= {item.code for item in found.active.failure}
    deltas = {item.code for delta in found.deltas for item in delta.results.failure}
    assert "ingredient.claimSignature.validated" not in deltas
    assert "claim.malformed" in deltas
    assert state_of(found) is State.INVALID


def test_ingredients_nest_only_so_deep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "INGREDIENT_DEPTH", 5)
    chain = [Recipe().build()]
    for number in range(2, 9):
        opening = build.ingredient(chain[-1])
        actions = build.actions(act("opened", opening.reference))
        chain.append(Recipe(number=number, assertions=(opening, actions)).build())
    assert failures(*chain[:6]) == set()
    found = [item for item in statuses(examine(*chain)) if item.code == "general.error"]
    assert [item.explanation for item in found] == ["ingredients nest more than 5 deep"]
