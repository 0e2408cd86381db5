"""The validation of whole stores: lineage, what was recorded, and what no hash covers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NoReturn

import pytest

from aidisclose import limits
from aidisclose.bindings.binding import Asset
from aidisclose.codec import jumbf
from aidisclose.errors import LimitExceeded, Malformed, Unreadable
from aidisclose.io.source import BytesSource
from aidisclose.manifest import store
from aidisclose.trust.config import TrustConfig
from aidisclose.validate import status, validator
from aidisclose.validate import verify as verifying
from aidisclose.validate.content import Content
from aidisclose.validate.report import state_of
from aidisclose.validate.state import State
from aidisclose.validate.status import Status
from aidisclose.validate.validator import Validation, validate
from aidisclose.validate.verify import read_unverified, verify
from tests.containers import samples
from tests.manifest import build
from tests.manifest.build import PNG, TRUST, Assertion, Fields, Recipe, label, url
from tests.trust import pki
from tests.trust.pki import DAY, NOW
from tests.validate.statuses.case import OPENED, refer


def check(data: bytes, asset: bytes | None = None) -> Validation:
    """A store, and the PNG file that it is about."""
    about = None
    if asset is not None:
        source = BytesSource(asset)
        about = Asset(source, PNG.scan(source), PNG)
    return validate(store.parse(data), asset=about, trust=TRUST, at=NOW, online=False)


def codes(found: Validation) -> set[str]:
    return {status.code for status in found.active.failure}


def only_store(data: bytes) -> bytes:
    found = read_unverified(data)
    assert found is not None
    return bytes(found.box.whole)


# --- what ties a store to its file --------------------------------------------------------------


def test_without_the_file_its_content_is_not_looked_at() -> None:
    found = check(build.store(Recipe().build()))
    assert found.active.failure == ()
    assert "assertion.dataHash.match" not in {item.code for item in found.active.success}


def test_a_detached_manifest_is_not_valid_for_a_file_with_something_in_its_place() -> None:
    """The exclusion of a store that is not there would let anything stand there."""
    data = build.signed()
    start, length = build.frame(data)
    bare = data[:start] + data[start + length :]
    other = data[:start] + b"x" * length + data[start + length :]
    for asset in (bare, other):
        found = check(only_store(data), _as_chunk(asset, start, length))
        assert codes(found) == {"assertion.dataHash.mismatch"}


def _as_chunk(data: bytes, start: int, length: int) -> bytes:
    """Make what stands in the place of a store a chunk that readers pass over."""
    if data[start : start + 1] != b"x":
        return data
    chunk = samples.png_chunk(b"teXt", b"x" * (length - 12))
    return data[:start] + chunk + data[start + length :]


def test_a_manifest_of_another_file() -> None:
    data = build.signed()
    changed = data.replace(b"IDAT", b"IdAT")
    assert "assertion.dataHash.mismatch" in codes(check(only_store(data), changed))


# --- labels -------------------------------------------------------------------------------------


def relabelled(data: bytes) -> bytes:
    """The file with its manifest under another label."""
    old, new = label(1).encode(), label(2).encode()
    at = data.index(old)  # in the description of the manifest, which no hash covers
    changed = data[:at] + new + data[at + len(new) :]
    start, length = build.frame(data)
    return build.embed(changed[start + 8 : start + length - 4])


def test_the_label_of_the_active_manifest_is_signed_by_the_signature_uri() -> None:
    """No hash covers it (c2pa-rs issue 1554), but the claim names its signature by it."""
    report = verify(relabelled(build.signed()), trust=TRUST, at=NOW)
    assert {item.code for item in report.failures} == {"claimSignature.missing"}


def test_a_relative_signature_uri_leaves_the_label_open() -> None:
    """As the specification permits; nothing else in the store can tell."""
    recipe = Recipe(claim={"signature": "self#jumbf=c2pa.signature"})
    report = verify(relabelled(build.signed(recipe)), trust=TRUST, at=NOW)
    assert report.state is State.TRUSTED


def test_the_label_of_an_ingredient_is_what_refers_to_it() -> None:
    before = Recipe(claim={"signature": "self#jumbf=c2pa.signature"}).build()
    parent = build.ingredient(before)
    recipe = Recipe(number=2, assertions=(parent, build.actions({**OPENED, **refer(parent)})))
    changed = before.replace(label(1).encode(), label(3).encode())
    found = check(build.store(changed, recipe.build()))
    assert [item.code for delta in found.deltas for item in delta.results.failure] == [
        "ingredient.manifest.missing"
    ]


# --- lineage ------------------------------------------------------------------------------------


def reference(number: int) -> Assertion:
    """An ingredient whose manifest is not there yet, so that no hash can be right."""
    return build.ingredient(
        None,
        "componentOf",
        activeManifest={"url": url(label(number)), "alg": "sha256", "hash": bytes(32)},
        claimSignature={
            "url": url(label(number), "c2pa.signature"),
            "alg": "sha256",
            "hash": bytes(32),
        },
        validationResults={"activeManifest": {}},
    )


@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_ingredients_in_a_circle(count: int) -> None:
    """Each is validated once; that their hashes cannot be right is what is wrong."""
    recipes = [
        Recipe(number=n, assertions=(build.actions(), reference(1 + n % count)))
        for n in range(1, count + 1)
    ]
    found = check(build.store(*(recipe.build() for recipe in recipes)))
    assert len(found.manifests) == count
    assert {item.code for delta in found.deltas for item in delta.results.failure} == {
        "ingredient.manifest.mismatch"
    }
    assert len(found.deltas) == count


def test_every_ingredient_has_its_own_results() -> None:
    """In the order of the walk: an ingredient before those that it was made from."""
    one, two = Recipe(number=1).build(), Recipe(number=2).build()
    three = Recipe(
        number=3,
        assertions=(
            build.actions(),
            build.ingredient(one, "componentOf"),
            build.ingredient(two, "componentOf", label="c2pa.ingredient.v3__1"),
        ),
    ).build()
    four = Recipe(
        number=4,
        assertions=(
            build.actions(),
            build.ingredient(three, "componentOf"),
            build.ingredient(two, "componentOf", label="c2pa.ingredient.v3__1"),
        ),
    ).build()
    found = check(build.store(one, two, three, four))
    assert [delta.url for delta in found.deltas] == [
        url(label(4), "c2pa.assertions", "c2pa.ingredient.v3"),
        url(label(3), "c2pa.assertions", "c2pa.ingredient.v3"),
        url(label(3), "c2pa.assertions", "c2pa.ingredient.v3__1"),
        url(label(4), "c2pa.assertions", "c2pa.ingredient.v3__1"),
    ]
    for delta, number in zip(found.deltas, (3, 1, 2, 2), strict=True):
        signed = [
            item.url for item in delta.results.success if item.code == "claimSignature.validated"
        ]
        assert signed == [url(label(number), "c2pa.signature")]
    assert list(found.signatures) == [label(number) for number in (4, 3, 1, 2)]
    assert found.manifests.keys() == found.signatures.keys()
    assert state_of(found) is State.TRUSTED


def test_what_was_recorded_is_not_new() -> None:
    """A delta holds only what the manifest that has the ingredient did not know."""
    before = Recipe().build()
    first = check(build.store(before))
    recorded: Fields = {"activeManifest": first.active.encode()}
    parent = build.ingredient(before, validationResults=recorded)
    recipe = Recipe(number=2, assertions=(parent, build.actions({**OPENED, **refer(parent)})))
    found = check(build.store(before, recipe.build()))
    assert [[item.code for item in delta.results.statuses] for delta in found.deltas] == [
        ["ingredient.manifest.validated"]
    ]


def test_manifests_that_nothing_refers_to_are_ignored() -> None:
    """As the specification says, for the sake of later versions of it."""
    broken = Recipe(number=1, seal=lambda _: b"").build()
    found = check(build.store(broken, Recipe(number=2).build()))
    assert found.manifests.keys() == {label(2)}
    assert state_of(found) is State.TRUSTED


def test_an_ingredients_content_is_not_that_of_the_file() -> None:
    """Its data hash is about another file; only that of the active manifest counts."""
    before = Recipe().build({"hash": bytes(32), "alg": "sha256"})
    parent = build.ingredient(before)
    recipe = Recipe(number=2, assertions=(parent, build.actions({**OPENED, **refer(parent)})))
    assert verify(build.signed(recipe, before), trust=TRUST, at=NOW).state is State.TRUSTED


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_updates_of_updates(depth: int) -> None:
    """The hard binding is that of the first standard manifest below; the store grew."""

    def manifests(binding: Fields | None) -> list[bytes]:
        found = [Recipe().build(binding)]
        for number in range(2, depth + 2):
            parent = build.ingredient(found[-1])
            actions = build.actions({**OPENED, **refer(parent)})
            recipe = Recipe(number=number, code="c2um", binding=None, assertions=(parent, actions))
            found.append(recipe.build())
        return found

    alone = build.embed(build.store(Recipe().build()))
    data = build.embed(build.store(*manifests(build.binding_to(alone))))
    report = verify(data, trust=TRUST, at=NOW)
    assert {item.code for item in report.failures} == set()
    assert report.state is State.TRUSTED
    changed = data[:-20] + bytes(1) + data[-19:]
    failures = verify(changed, trust=TRUST, at=NOW).failures
    assert {item.code for item in failures} == {"assertion.dataHash.mismatch"}


def test_an_update_of_a_manifest_that_is_missing() -> None:
    parent = reference(9)
    update = Recipe(code="c2um", binding=None, assertions=(build.actions(OPENED), parent))
    data = build.embed(build.store(update.build()))
    failures = {item.code for item in verify(data, trust=TRUST, at=NOW).failures}
    assert "claim.hardBindings.missing" in failures
    assert "ingredient.manifest.missing" in failures


def test_updates_in_a_circle_bind_nothing() -> None:
    fields: Fields = {"url": url(label(1)), "hash": bytes(32)}
    parent = build.ingredient(None, activeManifest=fields, validationResults={})
    update = Recipe(code="c2um", binding=None, assertions=(parent, build.actions(OPENED)))
    data = build.embed(build.store(update.build()))
    failures = {item.code for item in verify(data, trust=TRUST, at=NOW).failures}
    assert "claim.hardBindings.missing" in failures


# --- redaction ----------------------------------------------------------------------------------


def redacted(*, by: Callable[[bytes, Assertion], Recipe]) -> State:
    """A file with a parent in which an assertion is blank, and the manifest of `by`."""
    secret = build.cbor("com.example.secret", {"name": "somebody"})
    before = Recipe(assertions=(build.actions(), secret)).build()
    parent = build.ingredient(before)
    content = jumbf.parse(secret.box).content_box(b"cbor")
    assert content is not None
    blank = before.replace(content.content, bytes(len(content.content)))
    return verify(build.signed(by(before, parent), blank), trust=TRUST, at=NOW).state


TARGETS = {
    "of its parent": (url(label(1), "c2pa.assertions", "com.example.secret"), State.TRUSTED),
    "with a shorter URI": (
        f"self#jumbf=c2pa/{label(1)}/c2pa.assertions/com.example.secret",
        State.TRUSTED,
    ),
    "that is another one": (
        url(label(1), "c2pa.assertions", "com.example.secret__1"),
        State.INVALID,
    ),
    "of another manifest": (
        url(label(7), "c2pa.assertions", "com.example.secret"),
        State.INVALID,
    ),
    "of its parent as a whole": (url(label(1)), State.INVALID),
}


@pytest.mark.parametrize("name", TARGETS)
def test_only_what_is_redacted_may_be_blank(name: str) -> None:
    target, state = TARGETS[name]

    def by(_before: bytes, parent: Assertion) -> Recipe:
        return Recipe(
            number=2,
            assertions=(parent, build.actions({**OPENED, **refer(parent)})),
            claim={"redacted_assertions": [target]},
        )

    assert redacted(by=by) is state


def test_a_manifest_outside_of_the_lineage_redacts_nothing() -> None:
    """Or anybody could blank what they like, by adding a manifest to the store."""
    secret = build.cbor("com.example.secret", {"name": "somebody"})
    recipe = Recipe(assertions=(build.actions(), secret))
    stranger = Recipe(
        number=7,
        claim={"redacted_assertions": [url(label(1), "c2pa.assertions", "com.example.secret")]},
    )
    manifest = recipe.build()
    content = jumbf.parse(secret.box).content_box(b"cbor")
    assert content is not None
    blank = manifest.replace(content.content, bytes(len(content.content)))
    found = check(build.store(stranger.build(), blank))
    assert codes(found) == {"assertion.hashedURI.mismatch"}


# --- limits -------------------------------------------------------------------------------------


def test_too_many_assertions_are_a_status(monkeypatch: pytest.MonkeyPatch) -> None:
    """Said once, though what checks the content meets them as well."""
    data = build.signed(Recipe(assertions=(build.actions(), build.cbor("com.example", {}))))
    monkeypatch.setattr(limits, "ASSERTIONS", 2)
    failures = verify(data, trust=TRUST, at=NOW).failures
    assert [item.code for item in failures] == ["general.error"]
    assert "more than 2 assertions" in failures[0].explanation


# --- time ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "state"), [(-101, State.INVALID), (0, State.TRUSTED), (101, State.INVALID)]
)
def test_the_time_that_counts_as_now(days: int, state: State) -> None:
    assert verify(build.signed(), trust=TRUST, at=NOW + days * DAY).state is state


def test_a_time_without_a_zone_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="time zone"):
        verify(build.signed(), trust=TRUST, at=datetime(2026, 6, 1))


def test_now_is_now() -> None:
    before = datetime.now(UTC)
    report = verify(samples.png(), trust=TrustConfig.none())
    assert before <= report.time <= datetime.now(UTC)


def test_how_much_of_a_file_was_checked() -> None:
    data = build.signed()
    covered = verify(data, trust=TRUST, at=NOW).covered
    assert covered is not None
    assert (covered.size, covered.outside) == (len(data), ())
    assert covered.binding == url(label(1), "c2pa.assertions", "c2pa.hash.data")


def test_who_signed() -> None:
    report = verify(build.signed(), trust=TRUST, at=NOW)
    assert report.signature is not None
    assert report.signature.algorithm == "es256"
    assert report.signature.chain == (pki.signer().der, pki.intermediate().der)
    assert report.signature.signer == pki.signer().certificate
    assert report.signature.timestamp is None


# --- budgets --------------------------------------------------------------------------------------


def test_how_many_bytes_of_boxes_are_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A box that was hashed before costs nothing; what is over the limit does not match."""
    data = only_store(build.signed())
    found = store.parse(data)
    boxes = sorted(
        (item.box.end - item.box.body for item in found.active.assertions.values()), reverse=True
    )
    reason = "more than {} bytes of boxes would have to be hashed"
    for most, is_spent in ((sum(boxes), False), (sum(boxes) - 1, True), (0, True)):
        monkeypatch.setattr(limits, "HASHED_BOXES", most)
        said = check(data).active.statuses
        spent = [each for each in said if each.code == "general.error"]
        expected = Status("general.error", found.active.url(), reason.format(most))
        assert spent == ([expected] if is_spent else [])
        matched = [each for each in said if each.code == "assertion.hashedURI.match"]
        assert (len(matched) == len(boxes)) is not is_spent


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Malformed("broken", 7), "broken"),
        (LimitExceeded("too much"), "too much"),
    ],
)
def test_content_that_cannot_be_looked_at(
    error: Unreadable, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(validator, "check_content", refuse)
    data = build.signed()
    found = verify(data, trust=TRUST, at=NOW)
    assert found.store is not None
    status = Status("general.error", found.store.active.url(), reason)
    assert found.failures == (status,)
    assert (found.state, found.integrity.value) == (State.INVALID, "unproven")
    assert found.covered is None
    assert found.validation is not None
    assert found.validation.content == Content(), "there was some to check"


@pytest.mark.parametrize(
    "step", ["check_generators", "check_signature", "check_assertions", "check_presence"]
)
@pytest.mark.parametrize(
    ("error", "reason"),
    [(Malformed("broken", 7), "broken"), (LimitExceeded("too much"), "too much")],
)
def test_checks_that_end_too_early_leave_no_file_valid(
    step: str, error: Unreadable, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not looked at any more could have been wrong: it is said of which manifest."""

    def refuse(*_: object) -> Iterator[Status]:
        yield from ()
        raise error

    before = Recipe().build()
    parent = build.ingredient(before)
    recipe = Recipe(number=2, assertions=(parent, build.actions({**OPENED, **refer(parent)})))
    assert state_of(check(build.store(before, recipe.build()))) is State.TRUSTED
    monkeypatch.setattr(validator, step, refuse)
    found = check(build.store(before, recipe.build()))
    expected = Status("general.error", url(label(2)), reason)
    assert expected in found.active.failure
    assert state_of(found) is State.INVALID


def test_where_there_was_no_room_for_findings_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an ingredient in the manifest that has it, whichever that is."""
    manifests = [Recipe().build()]
    for number in (2, 3):
        parent = build.ingredient(manifests[-1], "componentOf")
        recipe = Recipe(number=number, assertions=(build.actions(), parent))
        manifests.append(recipe.build())
    data = build.store(*manifests)
    whole = sum(map(status.written_size, itertools.chain.from_iterable(_told(check(data)))))
    places = set()
    for most in range(whole, 3 * whole, 200):
        monkeypatch.setattr(limits, "STATUS_TEXT", most)
        found = check(data)
        said = [each for delta in found.deltas for each in delta.results.failure]
        for each in said:
            assert each.explanation == f"the findings take more than {most} bytes"
            places.add(each.url)
    assert places == {url(label(2)), url(label(3))}


def _told(found: Validation) -> list[Status]:
    return [*found.active.statuses, *(each for d in found.deltas for each in d.results.statuses)]


def test_a_store_that_cannot_be_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise Malformed("broken", 7)

    monkeypatch.setattr(verifying, "read_store", refuse)
    found = verify(build.signed(), trust=TRUST, at=NOW)
    assert (found.time, found.media_type) == (NOW, "image/png")
    reason = "the manifest store cannot be read: broken (at offset 7)"
    assert found.failures == (Status("manifest.inaccessible.malformed", "", reason),)
