"""Revocation lists: what counts, and what does not although it is signed."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.codec import der
from aidisclose.errors import LimitExceeded, Malformed, Unreadable
from aidisclose.trust import crl
from aidisclose.trust.budget import Budget
from aidisclose.trust.ocsp import Revocation
from aidisclose.trust.ocsp import RevocationStanding as Standing
from tests.trust import crls, pki
from tests.trust.crls import entry, make, scope
from tests.trust.pki import NOW

DAY = timedelta(days=1)
HOLD = x509.ReasonFlags.certificate_hold
CA, SIGNER = pki.intermediate(), pki.signer()
URL = "http://ca.example/list.crl"
REVOKED = (entry(SIGNER, NOW - 2 * DAY),)


def check(data: bytes, *, attested: datetime | None = None, now: datetime = NOW) -> Revocation:
    return crl.check(
        crl.read_file(data),
        certificate=SIGNER.certificate,
        issuer=CA.certificate,
        now=now,
        budget=Budget(),
        attested=attested,
    )


def test_who_is_not_on_it_is_not_revoked() -> None:
    others = [entry(pki.root(), NOW), entry(CA, NOW)]
    assert check(make(CA, others)).outcome is Standing.GOOD
    assert check(make(CA)).outcome is Standing.GOOD


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_who_is_on_it_is_revoked(encoding: Encoding) -> None:
    found = check(make(CA, REVOKED, encoding=encoding))
    assert found.outcome is Standing.REVOKED
    assert found.reason == f"revoked on {NOW - 2 * DAY:%Y-%m-%d}"


def test_a_revocation_after_the_time_stamp_comes_too_late() -> None:
    assert check(make(CA, REVOKED), attested=NOW - 3 * DAY).outcome is Standing.REVOKED_LATER
    assert check(make(CA, REVOKED), attested=NOW - DAY).outcome is Standing.REVOKED


def test_an_old_list_still_revokes_but_clears_nobody() -> None:
    later = NOW + 5 * DAY
    assert check(make(CA), now=later).outcome is Standing.NOT_APPLICABLE
    assert check(make(CA, REVOKED), now=later).outcome is Standing.REVOKED
    hold = [entry(SIGNER, NOW - 2 * DAY, HOLD)]
    assert check(make(CA, hold), now=later).outcome is Standing.NOT_APPLICABLE
    assert check(make(CA, hold)).outcome is Standing.REVOKED


def test_who_was_taken_off_is_not_revoked() -> None:
    removed = [entry(SIGNER, NOW - 2 * DAY, x509.ReasonFlags.remove_from_crl)]
    assert check(make(CA, removed)).outcome is Standing.GOOD


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (make(pki.root(), REVOKED), "from another issuer"),
        (make(CA, REVOKED, key=pki.key(number=9)), "the signature of the revocation list is wrong"),
        (make(CA, REVOKED, at=NOW + DAY, until=NOW + 2 * DAY), "from the future"),
        (make(CA, extensions=[(scope(only_contains_ca_certs=True), True)]), "does not cover"),
        (make(CA, extensions=[(scope(indirect_crl=True), True)]), "does not cover"),
        (
            make(CA, extensions=[(scope(only_some_reasons=frozenset({HOLD})), True)]),
            "does not cover",
        ),
        (
            make(
                CA,
                extensions=[(scope(full_name=[x509.UniformResourceIdentifier(URL)]), True)],
            ),
            "does not cover",
        ),
    ],
)
def test_lists_that_say_nothing(data: bytes, reason: str) -> None:
    found = check(data)
    assert found.outcome is Standing.NOT_APPLICABLE
    assert reason in found.reason


def test_a_list_for_users_covers_a_signer() -> None:
    data = make(CA, REVOKED, extensions=[(scope(only_contains_user_certs=True), True)])
    assert check(data).outcome is Standing.REVOKED


def test_a_list_for_an_address_covers_who_names_it() -> None:
    who = crls.with_address(URL)
    place = scope(full_name=[x509.UniformResourceIdentifier(URL)])
    assert who.certificate.crl_urls == (URL,)
    found = crl.check(
        crl.read(make(CA, [entry(who, NOW)], extensions=[(place, True)])),
        certificate=who.certificate,
        issuer=CA.certificate,
        now=NOW,
        attested=None,
        budget=Budget(),
    )
    assert found.outcome is Standing.REVOKED


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text",
        b"-----BEGIN X509 CRL-----\n%%%\n-----END X509 CRL-----",
        SIGNER.der,
        make(CA, extensions=[(x509.DeltaCRLIndicator(1), True)]),
        make(CA)[:-3],
        make(CA) + b"\0",
    ],
)
def test_what_is_no_list(data: bytes) -> None:
    with pytest.raises(Malformed):
        crl.read_file(data)


def test_a_list_of_another_version() -> None:
    data = make(CA)
    assert data.count(b"\x02\x01\x01\x30") == 1
    crl.read(data)
    with pytest.raises(Malformed) as caught:
        crl.read(data.replace(b"\x02\x01\x01\x30", b"\x02\x01\x02\x30"))
    assert caught.value.reason == "a revocation list of an unknown version"
    assert caught.value.offset == 3  # where the signed list begins


def test_a_large_list_is_refused() -> None:
    with pytest.raises(LimitExceeded):
        crl.read(bytes(limits.CRL_SIZE + 1))


LIST = make(CA, REVOKED)


@given(st.integers(0, len(LIST) - 1), st.integers(0, 255))
def test_a_changed_list_never_clears_anybody(place: int, value: int) -> None:
    data = bytearray(LIST)
    is_changed = data[place] != value
    data[place] = value
    try:
        found = check(bytes(data))
    except Unreadable:
        return
    if is_changed:
        assert found.outcome in (Standing.NOT_APPLICABLE, Standing.REVOKED)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        crl.read_file(data)


@pytest.mark.parametrize("stray", [b"*", b"-", b"\xff", b"=", b"."])
def test_what_is_not_base64_is_not_passed_over(stray: bytes) -> None:
    """Or one text would be two lists, depending on who reads it."""
    data = make(CA, encoding=Encoding.PEM)
    inside = data.index(b"\n") + 9
    with pytest.raises(Malformed, match="not base64"):
        crl.read_file(data[:inside] + stray + data[inside:])


def test_of_several_lists_in_one_file_the_first_counts() -> None:
    lists = [make(CA, entries, encoding=Encoding.PEM) for entries in (REVOKED, ())]
    assert check(b"words\n" + lists[0] + lists[1]).outcome is Standing.REVOKED
    assert check(lists[1] + lists[0]).outcome is Standing.GOOD


@pytest.mark.parametrize("before", [b"", b"\x30", b"\x30\x7f", b"\x30\x03\x02\x01\x07"])
def test_a_list_whose_entries_cannot_be_read_says_nothing(before: bytes) -> None:
    """The one about the signer could say "revoked"."""
    broken = before + der.encode_integer(SIGNER.certificate.serial)
    found = crl.check(
        crl.read(make(CA))._replace(entries=broken),
        certificate=SIGNER.certificate,
        issuer=CA.certificate,
        now=NOW,
        attested=None,
        budget=Budget(),
    )
    assert found.outcome is Standing.NOT_APPLICABLE
    assert found.reason


@pytest.mark.parametrize("days", [1, 3, 9])
def test_what_was_signed_after_a_key_may_have_been_stolen_does_not_count(days: int) -> None:
    """RFC 5280 §5.3.2: the authority learned of it later. Signed four days ago, revoked two ago."""
    suspected = NOW - days * DAY
    stolen = x509.InvalidityDate(suspected.replace(tzinfo=None))
    listed = entry(SIGNER, NOW - 2 * DAY, x509.ReasonFlags.key_compromise, stolen)
    found = check(make(CA, [listed]), attested=NOW - 4 * DAY)
    is_stolen = days > 4
    assert found.outcome is (Standing.REVOKED if is_stolen else Standing.REVOKED_LATER)
    assert found.revoked_at == NOW - 2 * DAY
    said = f", suspected since {suspected:%Y-%m-%d}" if days > 2 else ""
    assert found.reason == (
        f"revoked on {NOW - 2 * DAY:%Y-%m-%d}{said}" + ("" if is_stolen else ", later")
    )
