"""Trust configuration: what files of certificates come to, and what they must not come to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509

from aidisclose.errors import TrustConfigError
from aidisclose.trust import lists
from aidisclose.trust.anchors import Anchor, can_issue
from aidisclose.trust.certificate import load
from aidisclose.trust.config import TrustConfig, of_list
from aidisclose.trust.lists import ListedCertificate, Purpose, TrustList
from aidisclose.trust.lookup import RevocationLookup
from aidisclose.trust.products import ConformingProducts
from aidisclose.trust.profile import CLAIM_SIGNING, EMAIL_PROTECTION, SIGNER_PURPOSES
from tests.trust import pki

BROKEN = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def test_a_bundle_becomes_anchors_in_its_order() -> None:
    trust = TrustConfig.from_pem(
        b"# mine\n" + pki.root().pem + pki.intermediate().pem, source="mine.pem"
    )
    assert [anchor.certificate for anchor in trust.anchors] == [
        pki.root().certificate,
        pki.intermediate().certificate,
    ]
    assert {anchor.source for anchor in trust.anchors} == {"mine.pem"}
    assert trust.tsa_anchors == ()
    assert trust.allowed == frozenset()


def test_signers_and_time_stamps_have_anchors_of_their_own() -> None:
    trust = TrustConfig.from_pem(pki.root().pem, tsa=pki.root("p384").pem)
    assert [a.certificate for a in trust.anchors] == [pki.root().certificate]
    assert [a.certificate for a in trust.tsa_anchors] == [pki.root("p384").certificate]


def test_a_signer_can_be_trusted_by_name() -> None:
    trust = TrustConfig.from_pem(allowed=pki.signer().pem)
    assert trust.allows(pki.signer().certificate)
    assert not trust.allows(pki.root().certificate)
    assert trust.anchors == ()


def test_a_self_signed_signer_among_the_anchors_is_trusted_by_name_only() -> None:
    alone = pki.issue("Alone")
    trust = TrustConfig.from_pem(alone.pem)
    assert trust.allows(alone.certificate)
    assert trust.anchors == ()


def test_the_certificate_of_a_signer_among_the_anchors_is_passed_over() -> None:
    trust = TrustConfig.from_pem(
        pki.signer().pem + pki.root().pem, tsa=pki.signer().pem + pki.root().pem
    )
    assert not trust.allows(pki.signer().certificate)
    assert [a.certificate for a in trust.anchors] == [pki.root().certificate]
    assert [a.certificate for a in trust.tsa_anchors] == [pki.root().certificate]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"pem": b""}, r"trust anchors \(x.pem\): there is no certificate in PEM form"),
        ({"pem": b"no certificate"}, r"trust anchors \(x.pem\): there is no certificate"),
        ({"tsa": b""}, r"time stamp anchors \(x.pem\): there is no certificate"),
        ({"allowed": b""}, r"allowed signers \(x.pem\): there is no certificate"),
        ({"pem": pki.root().pem + BROKEN}, r"trust anchors \(x.pem\): certificate 2 cannot be"),
        ({"tsa": BROKEN}, r"time stamp anchors \(x.pem\): certificate 1 cannot be read"),
        ({"pem": pki.signer().pem}, "no certificate of a CA; to trust a signer by name, allow it"),
        ({"tsa": pki.signer().pem}, r"time stamp anchors \(x.pem\): no certificate of a CA"),
        ({"tsa": pki.issue("Alone").pem}, r"time stamp anchors \(x.pem\): no certificate of a CA"),
    ],
)
def test_a_file_that_can_trust_nobody_is_refused(files: dict[str, bytes], message: str) -> None:
    with pytest.raises(TrustConfigError, match=message) as caught:
        TrustConfig.from_pem(**files, source="x.pem")  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_trust_in_nobody_must_be_written_out() -> None:
    with pytest.raises(ValueError, match=r"TrustConfig\.none"):
        TrustConfig.from_pem()
    nobody = TrustConfig.none()
    assert (nobody.anchors, nobody.tsa_anchors, nobody.allowed) == ((), (), frozenset())
    assert not nobody.allows(pki.signer().certificate)


def test_configurations_add_up_without_duplicates() -> None:
    one = TrustConfig.from_pem(pki.root().pem, tsa=pki.root().pem)
    two = TrustConfig.from_pem(
        pki.root().pem + pki.root("p384").pem, tsa=pki.root().pem, allowed=pki.signer().pem
    )
    both = one | two
    assert [a.certificate for a in both.anchors] == [
        pki.root().certificate,
        pki.root("p384").certificate,
    ]
    assert len(both.tsa_anchors) == 1
    assert both.allows(pki.signer().certificate)
    assert one | TrustConfig.none() == one
    assert len(one.anchors) == 1


def test_anchors_for_another_purpose_make_it_accepted() -> None:
    assert TrustConfig.none().purposes == SIGNER_PURPOSES
    trust = TrustConfig.from_pem(pki.root().pem, purposes=frozenset({"1.2.3"}))
    assert trust.purposes == SIGNER_PURPOSES | {"1.2.3"}


def test_the_limits_of_a_list_count_also_where_it_is_named_as_a_file() -> None:
    ended, began = "2026-01-02T03:04:05+00:00", "2025-01-02T03:04:05+00:00"
    head = f"{lists.FORMAT}\nPurposes: {CLAIM_SIGNING}\n\nNot-After: {ended}\n"
    pem = (
        head.encode()
        + pki.root().pem
        + f"Not-Before: {began}\n".encode()
        + pki.root("p384").pem
        + b"Not-After: never\n"
        + pki.root("p521").pem
    )
    for anchors in (
        TrustConfig.from_pem(pem).anchors,
        TrustConfig.from_pem(tsa=pem).tsa_anchors,
        TrustConfig.for_identities(pem).identity_anchors,
    ):
        one, other = anchors
        assert one.not_after == datetime.fromisoformat(ended)
        assert other.not_before == datetime.fromisoformat(began)
        assert (one.source, one.list_name, one.trust_list) == ("user", "", None)
        assert one.purposes == frozenset({CLAIM_SIGNING})
    [plain] = TrustConfig.from_pem(b"a list\nNot-After: 2020\n" + pki.root().pem).anchors
    assert plain.not_after is None
    own = TrustConfig.from_pem(pem, purposes=frozenset({"1.2.3"})).anchors
    assert own[0].purposes == frozenset({"1.2.3"})


def test_an_anchor_covers_its_purposes_and_its_time() -> None:
    anchor = Anchor(
        certificate=pki.root().certificate,
        purposes=frozenset({CLAIM_SIGNING}),
        not_before=pki.NOW,
        not_after=pki.NOW + pki.DAY,
    )
    both = frozenset({CLAIM_SIGNING, EMAIL_PROTECTION})
    second = timedelta(seconds=1)
    assert anchor.covers(both, pki.NOW)
    assert anchor.covers(both, pki.NOW + pki.DAY)
    assert not anchor.covers(both, pki.NOW - second)
    assert not anchor.covers(both, pki.NOW + pki.DAY + second)
    assert not anchor.covers(frozenset({EMAIL_PROTECTION}), pki.NOW)
    assert pki.root().anchor.covers(frozenset({EMAIL_PROTECTION}), pki.NOW - 9999 * pki.DAY)


def test_version_1_roots_may_issue_because_they_cannot_say_so() -> None:
    old = load(pki.rewrite(pki.root(), lambda fields: fields[1:7]))
    assert old.version == 1
    assert can_issue(old)


def test_an_authority_without_key_cert_sign_may_not_issue() -> None:
    usage: pki.Extensions = {x509.KeyUsage: (pki.usage("crl_sign"), True)}
    assert not can_issue(pki.issue("CA", ca=True, extensions=usage).certificate)
    assert can_issue(pki.issue("CA", ca=True, extensions={x509.KeyUsage: None}).certificate)


def test_another_certificate_of_the_same_name_and_key_is_not_the_one_allowed() -> None:
    again = pki.issue("Signer", pki.intermediate(), number=2)
    trust = TrustConfig.from_pem(allowed=pki.signer().pem)
    assert not trust.allows(again.certificate)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"pem": b"x"}, "identity anchors (here): there is no certificate in PEM form"),
        ({"allowed": b"x"}, "allowed actors (here): there is no certificate in PEM form"),
    ],
)
def test_actors_whom_nobody_can_trust(options: dict[str, bytes], said: str) -> None:
    with pytest.raises(TrustConfigError) as caught:
        TrustConfig.for_identities(**options, source="here")  # type: ignore[arg-type]
    assert str(caught.value) == said


def test_actors_by_name() -> None:
    found = TrustConfig.for_identities(
        pki.root().pem, allowed=pki.signer().pem, issuers=["did:x"], documents=[("a", b"b")]
    )
    assert found.identity_allowed == frozenset({pki.signer().certificate.sha256})
    assert [each.certificate for each in found.identity_anchors] == [pki.root().certificate]
    assert [each.source for each in found.identity_anchors] == ["user"]
    assert found.issuers == frozenset({"did:x"})
    assert found.documents == (("a", b"b"),)
    assert (found.anchors, found.tsa_anchors, found.allowed) == ((), (), frozenset())


def test_lists_of_actors() -> None:
    alone = pki.issue("Alone").certificate
    entries = (ListedCertificate(pki.root().certificate), ListedCertificate(alone))
    found = of_list(TrustList(name="x", kind=Purpose.IDENTITIES, entries=entries))
    assert [each.certificate for each in found.identity_anchors] == [pki.root().certificate]
    assert found.identity_allowed == frozenset({alone.sha256})
    named = of_list(TrustList(name="x", kind=Purpose.ACTORS, entries=entries))
    assert named.identity_allowed == {each.certificate.sha256 for each in entries}
    for each in (found, named):
        assert (each.anchors, each.tsa_anchors, each.allowed) == ((), (), frozenset())


@pytest.mark.parametrize(
    ("kind", "is_told"), [(Purpose.SIGNERS, True), (Purpose.TSA, True), (Purpose.ALLOWED, False)]
)
def test_the_next_edition_of_a_list(kind: Purpose, is_told: bool) -> None:
    """A list of names is the user's own, and no other is promised."""
    entries = (ListedCertificate(pki.root().certificate),)
    found = of_list(TrustList(name="x", kind=kind, entries=entries, next_update=pki.NOW))
    assert found.next_update == (pki.NOW if is_told else None)


def test_what_two_configurations_have_together() -> None:
    none = TrustConfig.none()
    first, second = RevocationLookup(), RevocationLookup()
    one, other = replace(none, revocation=first), replace(none, revocation=second)
    assert (one | none).revocation is (none | one).revocation is (one | other).revocation is first
    products = [ConformingProducts(bytes([each])) for each in range(2)]
    listed = [replace(none, products=each) for each in products]
    assert (listed[0] | none).products is (none | listed[0]).products is products[0]
    assert (listed[0] | listed[1]).products is products[1]


@pytest.mark.parametrize("name", ["pem", "tsa", "allowed"])
def test_files_are_given_by_their_content(name: str) -> None:
    path: Any = "roots.pem"
    with pytest.raises(TypeError, match=f"^{name} is the content of a PEM file"):
        TrustConfig.from_pem(**{name: path})


@pytest.mark.parametrize(("value", "kind"), [("file.pem", "str"), (7, "int"), ([], "list")])
@pytest.mark.parametrize("name", ["pem", "tsa", "allowed"])
def test_what_is_no_content_is_named_by_what_it_is(name: str, value: object, kind: str) -> None:
    said = f"^{name} is the content of a PEM file as bytes, not {kind}: "
    with pytest.raises(TypeError, match=said):
        TrustConfig.from_pem(**{name: value})  # type: ignore[arg-type]
