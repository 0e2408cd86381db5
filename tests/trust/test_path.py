"""Chains: built where they may be, refused for the right reason where not, and never for long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from aidisclose import limits
from aidisclose.trust.anchors import Anchor
from aidisclose.trust.budget import Budget
from aidisclose.trust.certificate import Certificate, is_issued_by, load
from aidisclose.trust.path import Path, Rejection, find_path
from aidisclose.trust.path import RejectionReason as Reason
from aidisclose.trust.profile import CLAIM_SIGNING, EMAIL_PROTECTION, SIGNER_PURPOSES
from aidisclose.trust.signature import Check
from tests.trust import pki
from tests.trust.pki import DAY, NOW, Entity

UNKNOWN = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")
PERMITTED = x509.NameConstraints([x509.DirectoryName(pki.name("x"))], None)


def find(
    leaf: Entity,
    pool: Sequence[Entity],
    *anchors: Anchor,
    at: datetime = NOW,
    purposes: frozenset[str] = SIGNER_PURPOSES,
) -> Path | Rejection:
    certificates = pki.certificates(pool)
    return find_path(
        leaf.certificate,
        certificates,
        anchors,
        at=at,
        purposes=purposes,
        usual=None,
        budget=Budget(),
    )


def chain(length: int, **options: int | None) -> list[Entity]:
    """A signer, then `length` intermediates, then the root."""
    entities = [pki.root()]
    for number in range(length):
        entities.append(
            pki.issue(f"CA {number}", entities[-1], number=10 + number, ca=True, **options)  # type: ignore[arg-type]
        )
    entities.append(pki.issue("Signer", entities[-1], number=2))
    return entities[::-1]


def assert_path(found: Path | Rejection, *entities: Entity) -> None:
    assert isinstance(found, Path), found
    assert found.certificates == pki.certificates(entities)
    assert found.anchor.certificate == entities[-1].certificate


def test_a_path_leads_through_an_intermediate_to_a_root() -> None:
    found = find(pki.signer(), [pki.intermediate()], pki.root().anchor)
    assert_path(found, pki.signer(), pki.intermediate(), pki.root())


def test_a_path_may_end_at_an_intermediate() -> None:
    found = find(pki.signer(), [], pki.intermediate().anchor)
    assert_path(found, pki.signer(), pki.intermediate())


def test_the_pool_may_hold_anything_in_any_order() -> None:
    pool = [pki.root("p384"), pki.root(), pki.signer(), pki.intermediate(), pki.intermediate()]
    found = find(pki.signer(), pool, pki.root("rsa2048").anchor, pki.root().anchor)
    assert_path(found, pki.signer(), pki.intermediate(), pki.root())


@pytest.mark.parametrize("kind", pki.PERMITTED)
def test_authorities_may_have_every_allowed_key(kind: str) -> None:
    root = pki.root(kind)
    middle = pki.issue("I", root, kind=kind, number=5, ca=True)
    leaf = pki.issue("S", middle)
    assert_path(find(leaf, [middle], root.anchor), leaf, middle, root)


def test_the_longest_permitted_chain_is_found() -> None:
    leaf, *pool, root = chain(limits.PATH_LENGTH)
    assert_path(find(leaf, pool, root.anchor), leaf, *pool, root)


def test_the_right_key_among_anchors_of_one_name_is_found() -> None:
    """As in a list with several roots of one name; one is tried after the other."""
    roots = [pki.issue("Root", number=number, ca=True) for number in range(20, 24)]
    no_hint: pki.Extensions = {x509.AuthorityKeyIdentifier: None}
    leaf = pki.issue("S", roots[2])
    assert_path(find(leaf, [], *(root.anchor for root in roots)), leaf, roots[2])
    middle = pki.issue("I", roots[3], number=6, ca=True)
    below = pki.issue("S", middle, extensions=no_hint)
    anchors = [root.anchor for root in roots]
    assert_path(find(below, [middle], *anchors), below, middle, roots[3])


def test_wrong_key_identifiers_are_only_a_hint() -> None:
    wrong = x509.SubjectKeyIdentifier(b"something else")
    middle = pki.issue("I", pki.root(), number=6, ca=True, extensions={type(wrong): (wrong, False)})
    leaf = pki.issue("S", middle)
    assert leaf.certificate.authority_key_id != middle.certificate.subject_key_id
    assert_path(find(leaf, [middle], pki.root().anchor), leaf, middle, pki.root())


def test_a_chain_that_was_signed_across_is_found_either_way() -> None:
    """One intermediate, certified by two roots of which one is trusted."""
    other = pki.issue("I", pki.root("p384"), number=6, ca=True)
    ours = pki.issue("I", pki.root(), number=6, ca=True)
    leaf = pki.issue("S", ours)
    for pool in ([other, ours], [ours, other]):
        assert_path(find(leaf, pool, pki.root().anchor), leaf, ours, pki.root())


@pytest.mark.parametrize("days", [(-1, -2), (-2, -1)])
def test_of_several_dead_ends_of_one_kind_the_likeliest_is_told(days: tuple[int, int]) -> None:
    """The first in the chain as it was given: so most files have it in order."""
    ways = [
        pki.issue("I", pki.root(), number=6, ca=True, not_after=NOW + each * DAY) for each in days
    ]
    found = find(pki.issue("S", ways[0]), ways, pki.root().anchor)
    assert isinstance(found, Rejection)
    assert found.reason is Reason.OUTSIDE_VALIDITY
    assert found.certificate == ways[0].certificate
    assert f"expired on {NOW + days[0] * DAY:%Y-%m-%d}" in found.detail


def test_an_expired_way_does_not_hide_a_valid_one() -> None:
    expired = pki.issue("I", pki.root(), number=6, ca=True, not_after=NOW - DAY)
    valid = pki.issue("I", pki.root(), number=6, ca=True)
    leaf = pki.issue("S", valid)
    for pool in ([expired, valid], [valid, expired]):
        assert_path(find(leaf, pool, pki.root().anchor), leaf, valid, pki.root())


def test_the_dates_of_an_anchor_do_not_count() -> None:
    """RFC 5280 §6.1: an anchor is a name and a key; so also the reference implementation."""
    for start, end in ((-9, -8), (8, 9)):
        root = pki.issue(
            "Root p256 0", ca=True, not_before=NOW + start * DAY, not_after=NOW + end * DAY
        )
        leaf = pki.issue("S", root)
        assert_path(find(leaf, [], root.anchor), leaf, root)


def test_a_version_1_root_may_be_an_anchor() -> None:
    old = load(pki.rewrite(pki.root(), lambda fields: fields[1:7]))
    found = find(pki.signer(), [pki.intermediate()], Anchor(certificate=old))
    assert isinstance(found, Path)


def rejected(found: Path | Rejection, reason: Reason, at_fault: Entity, detail: str) -> None:
    assert isinstance(found, Rejection), found
    assert (found.reason, found.certificate) == (reason, at_fault.certificate)
    assert detail in found.detail
    assert "\n" not in found.detail


def test_nobody_is_trusted_without_anchors() -> None:
    found = find(pki.signer(), [pki.intermediate(), pki.root()])
    rejected(found, Reason.NO_ANCHOR, pki.signer(), "no anchor for 'Intermediate'")


def test_a_missing_intermediate_is_not_guessed() -> None:
    found = find(pki.signer(), [pki.root()], pki.root().anchor)
    rejected(found, Reason.NO_ANCHOR, pki.signer(), "no anchor for 'Intermediate'")


def test_an_anchor_of_the_same_name_with_another_key_does_not_vouch() -> None:
    impostor = pki.issue("Intermediate", number=30, ca=True)
    found = find(pki.signer(), [], impostor.anchor)
    rejected(found, Reason.SIGNATURE, impostor, "wrong signature of 'Intermediate'")


def test_an_end_entity_is_not_trusted_for_being_among_the_anchors() -> None:
    found = find(pki.signer(), [], pki.signer().anchor)
    rejected(found, Reason.NO_ANCHOR, pki.signer(), "no anchor")


def test_an_end_entity_among_the_anchors_cannot_vouch_for_others() -> None:
    forged = pki.issue("Forged", pki.signer())
    found = find(forged, [], pki.signer().anchor)
    rejected(found, Reason.NOT_AN_ISSUER, pki.signer(), "it is not a CA")


def test_a_signer_cannot_issue_certificates() -> None:
    forged = pki.issue("Forged", pki.signer())
    found = find(forged, [pki.signer(), pki.intermediate()], pki.root().anchor)
    rejected(found, Reason.PROFILE, pki.signer(), "Basic Constraints with CA:TRUE is required")


def test_a_self_signed_signer_is_not_its_own_anchor() -> None:
    alone = pki.issue("Alone")
    found = find(alone, [alone], pki.root().anchor)
    rejected(found, Reason.NO_ANCHOR, alone, "no anchor for 'Alone'")


def test_the_certificate_of_an_authority_signs_nothing() -> None:
    usage: pki.Extensions = {
        x509.ExtendedKeyUsage: (
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]),
            False,
        )
    }
    leaf = pki.issue("CA", pki.root(), ca=True, extensions=usage)
    rejected(find(leaf, [], pki.root().anchor), Reason.CA_AS_SIGNER, leaf, "of a CA")


@pytest.mark.parametrize(
    ("purposes", "found"),
    [([ExtendedKeyUsageOID.SERVER_AUTH], "serverAuth"), ([ExtendedKeyUsageOID.TIME_STAMPING], "t")],
)
def test_a_certificate_for_something_else_does_not_sign(
    purposes: list[ObjectIdentifier], found: str
) -> None:
    leaf = pki.issue("S", pki.root(), purposes=purposes)
    result = find(leaf, [], pki.root().anchor)
    rejected(result, Reason.PURPOSE, leaf, f"no accepted purpose among {found}")


def test_a_certificate_without_purposes_does_not_sign() -> None:
    leaf = pki.issue("S", pki.root(), extensions={x509.ExtendedKeyUsage: None})
    rejected(find(leaf, [], pki.root().anchor), Reason.PURPOSE, leaf, "no extension")


def scoped(**scope: object) -> Anchor:
    return Anchor(certificate=pki.root().certificate, **scope)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("anchor", "is_covered"),
    [
        (scoped(purposes=frozenset({CLAIM_SIGNING})), True),
        (scoped(purposes=frozenset({EMAIL_PROTECTION, "1.2.3"})), True),
        (scoped(purposes=frozenset({"1.2.3"})), False),
        (scoped(purposes=frozenset()), False),
        (scoped(not_before=NOW), True),
        (scoped(not_before=NOW + DAY), False),
        (scoped(not_after=NOW), True),
        (scoped(not_after=NOW - DAY), False),
    ],
)
def test_an_anchor_vouches_only_for_its_purposes_and_time(anchor: Anchor, is_covered: bool) -> None:
    found = find(pki.signer(), [pki.intermediate()], anchor)
    if is_covered:
        assert isinstance(found, Path)
    else:
        rejected(found, Reason.ANCHOR_SCOPE, pki.root(), "not held for this use and time")


def test_an_anchor_for_a_purpose_that_is_not_accepted_does_not_count() -> None:
    """The certificate has that purpose too, but nobody asked for it."""
    other = ObjectIdentifier("1.2.3")
    leaf = pki.issue("S", pki.root(), purposes=[ExtendedKeyUsageOID.EMAIL_PROTECTION, other])
    found = find(leaf, [], scoped(purposes=frozenset({"1.2.3"})))
    rejected(found, Reason.ANCHOR_SCOPE, pki.root(), "not held for this use")


def test_another_anchor_with_the_same_certificate_may_cover_what_the_first_does_not() -> None:
    found = find(pki.signer(), [pki.intermediate()], scoped(not_after=NOW - DAY), scoped())
    assert isinstance(found, Path)
    assert found.anchor.not_after is None


@pytest.mark.parametrize("is_interim_first", [True, False])
def test_an_interim_list_is_asked_last_wherever_it_stands(*, is_interim_first: bool) -> None:
    """What it alone vouches for is marked; what another list vouches for must not be."""
    maintained, interim = scoped(source="maintained"), scoped(source="interim", is_interim=True)
    both = (interim, maintained) if is_interim_first else (maintained, interim)
    for anchors, source in ((both, "maintained"), ((interim,), "interim")):
        found = find(pki.signer(), [pki.intermediate()], *anchors)
        assert isinstance(found, Path)
        assert found.anchor.source == source


@pytest.mark.parametrize("position", [0, 1], ids=["signer", "intermediate"])
@pytest.mark.parametrize(("start", "end"), [(-9, -1), (1, 9)], ids=["expired", "not yet valid"])
def test_every_certificate_below_the_anchor_must_be_valid(
    position: int, start: int, end: int
) -> None:
    dates: list[dict[str, datetime]] = [{}, {}]
    dates[position] = {"not_before": NOW + start * DAY, "not_after": NOW + end * DAY}
    middle = pki.issue("I", pki.root(), number=6, ca=True, **dates[1])  # type: ignore[arg-type]
    leaf = pki.issue("S", middle, **dates[0])  # type: ignore[arg-type]
    at_fault = (leaf, middle)[position]
    found = find(leaf, [middle], pki.root().anchor)
    why = "expired on 2026-05-31 12:00" if end < 0 else "is not valid before 2026-06-02 12:00"
    rejected(found, Reason.OUTSIDE_VALIDITY, at_fault, why)
    inside = find(leaf, [middle], pki.root().anchor, at=NOW + (start + 1) * DAY)
    assert isinstance(inside, Path)


def altered(extensions: pki.Extensions | None = None, **options: object) -> Entity:
    return pki.issue(
        "I",
        pki.root(),
        number=6,
        ca=True,
        extensions=extensions,
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("middle", "reason", "detail"),
    [
        (
            altered({x509.BasicConstraints: None}),
            Reason.PROFILE,
            "CA:TRUE is required",
        ),
        (
            altered({x509.KeyUsage: (pki.usage("crl_sign"), True)}),
            Reason.PROFILE,
            "keyCertSign is required",
        ),
        (altered({x509.SubjectKeyIdentifier: None}), Reason.PROFILE, "Subject Key Identifier"),
        (
            altered({x509.UnrecognizedExtension: (UNKNOWN, True)}),
            Reason.PROFILE,
            "critical extension 1.2.3.4",
        ),
        (
            altered({x509.NameConstraints: (PERMITTED, True)}),
            Reason.NAME_CONSTRAINTS,
            "name constraints are not supported",
        ),
        (
            altered({x509.NameConstraints: (PERMITTED, False)}),
            Reason.NAME_CONSTRAINTS,
            "name constraints are not supported",
        ),
        (altered(digest=hashes.SHA224()), Reason.PROFILE, "a signature with ECDSA or RSA"),
    ],
)
def test_an_intermediate_must_follow_the_profile(
    middle: Entity, reason: Reason, detail: str
) -> None:
    leaf = pki.issue("S", middle)
    rejected(find(leaf, [middle], pki.root().anchor), reason, middle, detail)


@pytest.mark.parametrize(
    ("extension", "reason"),
    [(UNKNOWN, Reason.PROFILE), (PERMITTED, Reason.NAME_CONSTRAINTS)],
)
def test_limits_that_an_anchor_puts_on_others_count(
    extension: x509.ExtensionType, reason: Reason
) -> None:
    root = pki.issue("Root", ca=True, extensions={type(extension): (extension, True)})
    leaf = pki.issue("S", root)
    rejected(find(leaf, [], root.anchor), reason, root, "'Root'")


@pytest.mark.parametrize("kind", ["rsa1024", "k256", "ed448"])
def test_an_anchor_needs_a_key_that_c2pa_allows(kind: str) -> None:
    root = pki.issue("Root", kind=kind, ca=True)
    leaf = pki.issue("S", root)
    found = find(leaf, [], root.anchor)
    rejected(found, Reason.UNSUPPORTED_KEY, root, "unsupported signature of 'Root'")


def test_path_length_of_an_intermediate_is_kept() -> None:
    top = pki.issue("Top", pki.root(), number=6, ca=True, path_length=0)
    below = pki.issue("Below", top, number=7, ca=True)
    leaf = pki.issue("S", below)
    found = find(leaf, [below, top], pki.root().anchor)
    rejected(found, Reason.PATH_LENGTH, top, "allows 0 CAs below it, not 1")


def test_path_length_of_an_anchor_is_kept() -> None:
    root = pki.issue("Root", number=5, ca=True, path_length=0)
    middle = pki.issue("I", root, number=6, ca=True)
    leaf = pki.issue("S", middle)
    rejected(find(leaf, [middle], root.anchor), Reason.PATH_LENGTH, root, "allows 0 CAs")


def test_certificates_of_an_authority_for_itself_do_not_count_as_length() -> None:
    """RFC 5280 §4.2.1.9: an authority that changes its key certifies the new one itself."""
    old = pki.issue("CA", pki.root(), number=6, ca=True, path_length=0)
    new = pki.issue("CA", old, number=7, ca=True)
    assert new.certificate.is_self_issued
    leaf = pki.issue("S", new)
    assert_path(find(leaf, [old, new], pki.root().anchor), leaf, new, old, pki.root())


def test_a_chain_that_is_too_long_is_refused() -> None:
    leaf, *pool, root = chain(limits.PATH_LENGTH + 1)
    found = find(leaf, pool, root.anchor)
    rejected(found, Reason.LIMIT, pool[-1], "the chain is too long")


def test_more_certificates_than_permitted_are_not_looked_at() -> None:
    pool = [pki.root("p384")] * limits.CERTIFICATES + [pki.intermediate()]
    found = find(pki.signer(), pool, pki.root().anchor)
    rejected(found, Reason.NO_ANCHOR, pki.signer(), "no anchor")


def count_checks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls = [0]

    def counting(certificate: Certificate, issuer: Certificate) -> Check:
        calls[0] += 1
        return is_issued_by(certificate, issuer)

    monkeypatch.setattr("aidisclose.trust.path.is_issued_by", counting)
    return calls


def test_key_identifiers_spare_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with the test roots of C2PA, which have all one name."""
    roots = [pki.issue("Root", number=number, ca=True) for number in range(20, 28)]
    leaf = pki.issue("S", roots[-1])
    calls = count_checks(monkeypatch)
    assert_path(find(leaf, roots, *(root.anchor for root in roots)), leaf, roots[-1])
    assert calls[0] == 1


def test_look_alikes_with_one_key_cost_one_check_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of certificates with one name and key, a chain needs only one."""
    calls = count_checks(monkeypatch)
    pool = [pki.issue("CA", number=6, ca=True) for _ in range(limits.CERTIFICATES)]
    leaf = pki.issue("S", pool[0])
    found = find(leaf, pool, pki.root().anchor)
    assert isinstance(found, Rejection)
    assert found.reason is Reason.NO_ANCHOR
    assert calls[0] == limits.CERTIFICATES


def test_look_alikes_that_certify_each_other_are_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One name and many keys: every step would have every certificate as a possible issuer."""
    calls = count_checks(monkeypatch)
    no_hint: pki.Extensions = {x509.AuthorityKeyIdentifier: None}
    previous = pki.issue("CA", number=40, ca=True)
    pool = [previous]
    for number in range(41, 40 + limits.CERTIFICATES):
        previous = pki.issue("CA", previous, number=number, ca=True)
        pool.append(previous)
    leaf = pki.issue("S", previous, extensions=no_hint)
    found = find(leaf, pool, pki.root().anchor)
    assert isinstance(found, Rejection)
    assert (found.reason, found.detail) == (Reason.LIMIT, "too many possible issuers")
    assert calls[0] == limits.PATH_CHECKS


def test_an_answer_does_not_depend_on_what_was_asked_before() -> None:
    """What is remembered are facts about certificates, not answers for a moment or an anchor."""
    arguments = pki.signer(), [pki.intermediate()]
    assert isinstance(find(*arguments, pki.root().anchor), Path)
    assert isinstance(find(*arguments), Rejection)
    assert isinstance(find(*arguments, pki.root().anchor, at=NOW + 999 * DAY), Rejection)
    assert isinstance(find(*arguments, pki.root().anchor), Path)


@pytest.mark.parametrize("more", [0, 1])
def test_a_certificate_with_too_many_possible_issuers_is_named(
    more: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PATH_CHECKS", 3)
    strangers = [pki.issue("CA", number=80 + each, ca=True) for each in range(2 + more)]
    issuer = pki.issue("CA", number=90, ca=True)
    leaf = pki.issue("S", issuer, extensions={x509.AuthorityKeyIdentifier: None})
    found = find(leaf, [], *(each.anchor for each in (*strangers, issuer)))
    if more:
        rejected(found, Reason.LIMIT, leaf, "too many possible issuers")
    else:
        assert_path(found, leaf, issuer)
