"""Looking up revocation: who is asked, with what, and what is made of the answer."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from aidisclose import limits
from aidisclose.errors import LimitExceeded, Unreachable
from aidisclose.io import http
from aidisclose.io.http import Answer
from aidisclose.trust import crl, ocsp
from aidisclose.trust.budget import Budget
from aidisclose.trust.lookup import RevocationLookup
from aidisclose.trust.ocsp import Revocation, RevocationAnswer
from aidisclose.trust.ocsp import RevocationStanding as Standing
from tests.trust import pki
from tests.trust.crls import entry, make, with_address
from tests.trust.pki import DAY, NOW, Entity
from tests.trust.test_ocsp import GOOD, REVOKED, UNKNOWN, respond

CA: Final = pki.intermediate()
LIST_URL: Final = "http://user:secret@ca.example/list.crl?key"
OCSP_URL: Final = "http://user:secret@ca.example/ocsp?key"
LISTED: Final = with_address(LIST_URL)
NOT_ON_IT: Final = "not on the revocation list of its issuer"
LIST_PLACE: Final = "http://ca.example/list.crl"
OCSP_PLACE: Final = "http://ca.example/ocsp"


@functools.cache
def answered() -> Entity:
    """A signer whose certificate names a responder, and a list besides."""
    place = x509.AccessDescription(
        AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(OCSP_URL)
    )
    extension = x509.AuthorityInformationAccess([place])
    return pki.issue(
        "Answered", CA, number=61, extensions={x509.AuthorityInformationAccess: (extension, False)}
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], list[tuple[str, dict[str, Any]]]]:
    """Has every address give this; returns what was asked."""

    def answer(found: object) -> list[tuple[str, dict[str, Any]]]:
        requests: list[tuple[str, dict[str, Any]]] = []

        def ask(url: str, **options: Any) -> Answer:
            requests.append((url, options))
            if isinstance(found, Exception):
                raise found
            assert isinstance(found, Answer)
            return found

        monkeypatch.setattr(http, "ask", ask)
        return requests

    return answer


Asked = Callable[[object], list[tuple[str, dict[str, Any]]]]


def check(lookup: RevocationLookup, who: Entity, **options: Any) -> RevocationAnswer:
    return lookup.check(
        who.certificate,
        CA.certificate,
        now=NOW,
        **{"budget": Budget(), "attested": None, "asks": True, **options},
    )


def online(**options: Any) -> RevocationLookup:
    return RevocationLookup(online=True, **options)


def test_lists_are_asked_for(asked: Asked) -> None:
    requests = asked(Answer(200, "", make(CA)))
    lookup = online(timeout=3.0)
    found = check(lookup, LISTED)
    assert found.revocation == Revocation(
        outcome=Standing.GOOD, reason=NOT_ON_IT, this_update=NOW - DAY
    )
    assert (found.source, found.problem) == (LIST_PLACE, "")
    assert requests == [
        (LIST_URL, {"body": None, "headers": None, "timeout": 3.0, "limit": limits.CRL_SIZE})
    ]
    assert check(lookup, LISTED) == found
    assert len(requests) == 1, "the answer is remembered"


def test_responders_are_asked(asked: Asked) -> None:
    requests = asked(Answer(200, "", respond(GOOD, about=answered())))
    lookup = online()
    found = check(lookup, answered())
    assert found == RevocationAnswer(
        Revocation(outcome=Standing.GOOD, this_update=NOW - DAY), OCSP_PLACE
    )
    ((url, options),) = requests
    assert url == OCSP_URL
    assert options == {
        "body": ocsp.encode_request(answered().certificate, CA.certificate),
        "headers": {"Content-Type": "application/ocsp-request"},
        "timeout": 10.0,
        "limit": limits.OCSP_SIZE,
    }
    assert check(lookup, answered()) == found
    assert len(requests) == 1


@pytest.mark.parametrize(
    ("attested", "outcome"),
    [
        (None, Standing.REVOKED),
        (NOW - 3 * DAY, Standing.REVOKED_LATER),
        (NOW - DAY, Standing.REVOKED),
    ],
)
def test_the_time_of_the_stamp_counts(
    attested: datetime | None, outcome: Standing, asked: Asked
) -> None:
    at = NOW - 2 * DAY
    later = ", later" if outcome is Standing.REVOKED_LATER else ""
    asked(Answer(200, "", make(CA, [entry(LISTED, at)])))
    expected = Revocation(
        outcome=outcome,
        reason=f"revoked on {at:%Y-%m-%d}{later}",
        this_update=NOW - DAY,
        revoked_at=at,
    )
    assert check(online(), LISTED, attested=attested).revocation == expected
    at_hand = RevocationLookup([make(CA, [entry(LISTED, at)])])
    assert check(at_hand, LISTED, attested=attested) == RevocationAnswer(
        expected, "a revocation list"
    )
    asked(Answer(200, "", respond(REVOKED, about=answered(), revoked_at=at)))
    found = check(online(), answered(), attested=attested).revocation
    assert found is not None
    assert (found.outcome, found.revoked_at) == (outcome, at)


@pytest.mark.parametrize("who", [LISTED, answered()])
@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (Unreachable("its name is not known"), "its name is not known"),
        (Answer(404, "", b""), "it answers with an error (HTTP 404)"),
        (Answer(500, "", b""), "it answers with an error (HTTP 500)"),
    ],
)
def test_who_does_not_answer(who: Entity, found: object, problem: str, asked: Asked) -> None:
    requests = asked(found)
    place = LIST_PLACE if who is LISTED else OCSP_PLACE
    lookup = online()
    for _ in range(2):
        assert check(lookup, who) == RevocationAnswer(None, place, problem)
    assert len(requests) == 1, "a failure is remembered, too"


def test_answers_that_say_nothing(asked: Asked) -> None:
    asked(Answer(200, "", b"x"))
    found = check(online(), LISTED)
    assert (found.revocation, found.source) == (None, LIST_PLACE)
    assert found.problem
    asked(Answer(200, "", make(pki.root())))
    assert check(online(), LISTED) == RevocationAnswer(
        None, LIST_PLACE, "the revocation list is from another issuer"
    )
    asked(Answer(200, "", respond(GOOD)))
    found = check(online(), answered())
    assert (found.revocation, found.source) == (None, OCSP_PLACE)
    assert found.problem == "the response is about another certificate"
    asked(Answer(200, "", respond(UNKNOWN, about=answered())))
    found = check(online(), answered())
    assert found.revocation is not None
    assert found.revocation.outcome is Standing.UNKNOWN


def test_who_is_not_asked(asked: Asked) -> None:
    requests = asked(Answer(200, "", make(CA)))
    assert check(RevocationLookup(), LISTED) == RevocationAnswer()
    assert check(online(), LISTED, asks=False) == RevocationAnswer()
    assert check(online(), pki.signer()) == RevocationAnswer()
    at_hand = RevocationLookup([make(CA)], online=True)
    assert check(at_hand, LISTED).source == "a revocation list"
    assert requests == []
    of_another = RevocationLookup([make(pki.root())], online=True)
    assert check(of_another, LISTED).source == LIST_PLACE
    assert len(requests) == 1


def test_the_worst_of_the_lists_at_hand_counts() -> None:
    revoked = make(CA, [entry(LISTED, NOW - DAY)])
    for lists in ([make(CA), revoked], [revoked, make(CA)], [revoked, make(pki.root())]):
        found = check(RevocationLookup(lists), LISTED).revocation
        assert found is not None
        assert found.outcome is Standing.REVOKED


def test_an_answer_is_remembered_for_the_certificate_that_it_is_about(asked: Asked) -> None:
    """One responder answers for many; serial numbers are unique to one issuer only."""
    requests = asked(Answer(200, "", respond(GOOD, about=answered())))
    lookup = online()
    first = answered().certificate
    others = (
        first,
        dataclasses.replace(first, serial=first.serial + 1),
        dataclasses.replace(first, serial=first.serial + 2),
    )
    every = {"now": NOW, "budget": Budget(), "attested": None, "asks": True}
    for _ in range(2):
        for who in others:
            for issuer in (CA.certificate, pki.root().certificate):
                found = lookup.check(who, issuer, **every)  # type: ignore[arg-type]
                is_about = (who.serial, issuer) == (first.serial, CA.certificate)
                assert (found.revocation is not None) is is_about
    bodies = [options["body"] for _, options in requests]
    assert len(bodies) == len(set(bodies)) == 6


def test_answers_that_are_remembered(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REVOCATION_ANSWERS", 2)
    requests = asked(Answer(404, "", b""))
    lookup = online()
    others = [with_address(f"http://ca.example/{number}") for number in range(3)]
    for who in (*others[:2], *others[:2]):
        check(lookup, who)
    assert len(requests) == 2
    for who in (others[2], others[2], others[0]):
        check(lookup, who)
    assert len(requests) == 4


@pytest.mark.parametrize(
    ("until", "attested", "revoked", "outcome", "reason"),
    [
        (NOW, None, False, Standing.GOOD, NOT_ON_IT),
        (
            NOW - DAY / 2,
            None,
            False,
            Standing.NOT_APPLICABLE,
            f"the revocation list counts until {NOW - DAY / 2:%Y-%m-%d %H:%M}",
        ),
        (
            NOW - DAY / 2,
            NOW - DAY / 2,
            False,
            Standing.GOOD,
            NOT_ON_IT,
        ),
        (NOW - DAY / 2, None, True, Standing.REVOKED, f"revoked on {NOW - 2 * DAY:%Y-%m-%d}"),
        (NOW, NOW - 2 * DAY, True, Standing.REVOKED, f"revoked on {NOW - 2 * DAY:%Y-%m-%d}"),
        (
            NOW,
            NOW - 2 * DAY - DAY / 86_400,
            True,
            Standing.REVOKED_LATER,
            f"revoked on {NOW - 2 * DAY:%Y-%m-%d}, later",
        ),
    ],
)
def test_what_a_list_says(
    until: datetime, attested: datetime | None, revoked: bool, outcome: Standing, reason: str
) -> None:
    entries = [entry(pki.signer(), NOW - 2 * DAY)] if revoked else []
    found = crl.check(
        crl.read_file(make(CA, entries, until=until)),
        certificate=pki.signer().certificate,
        issuer=CA.certificate,
        now=NOW,
        budget=Budget(),
        attested=attested,
    )
    assert (found.outcome, found.reason) == (outcome, reason)
    assert found.this_update == NOW - DAY
    assert found.revoked_at == (NOW - 2 * DAY if revoked else None)


def test_every_answer_costs_what_checking_it_costs(asked: Asked) -> None:
    """A file must not have somebody else's answers checked for nothing."""
    for who, body in ((LISTED, make(CA)), (answered(), respond(GOOD, about=answered()))):
        asked(Answer(200, "", body))
        check(online(), who, budget=Budget(9))
        with pytest.raises(LimitExceeded):
            check(online(), who, budget=Budget(0))
    with pytest.raises(LimitExceeded):
        check(RevocationLookup([make(CA)]), LISTED, budget=Budget(0))
