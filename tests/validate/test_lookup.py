"""Revocations that a file does not tell: lists at hand, responders and lists that are asked."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import aidisclose as ad
from aidisclose.errors import Malformed
from aidisclose.trust.lookup import RevocationLookup
from aidisclose.validate.state import Gap
from tests.containers import samples
from tests.manifest import build
from tests.servers import Reply, Request, Server, closed_port, serve
from tests.signing import test_revocation as responders
from tests.signing.test_revocation import GOOD, REVOKED
from tests.trust import crls, pki
from tests.trust.crls import entry, make
from tests.trust.pki import Entity
from tests.validate.statuses.case import stamped

NOW: Final = datetime.now(UTC).replace(microsecond=0)
DAY: Final = timedelta(days=1)
issue: Final = functools.partial(pki.issue, not_before=NOW - 100 * DAY, not_after=NOW + 100 * DAY)


class Listed:
    """A chain whose certificates name revocation lists."""

    def __init__(self, url: str = "http://ca.example/") -> None:
        def named(place: str) -> Any:
            return {type(crls.address("x:y")): (crls.address(url + place), False)}

        self.root = issue("Root", ca=True, number=40)
        self.middle = issue("Middle", self.root, ca=True, number=41, extensions=named("root.crl"))
        self.leaf = issue("Signer", self.middle, number=42, extensions=named("middle.crl"))

    def make(self, issuer: Entity, *revoked: Entity) -> bytes:
        entries = [entry(each, NOW - DAY) for each in revoked]
        return make(issuer, entries, at=NOW - DAY, until=NOW + DAY)

    @functools.cached_property
    def signed(self) -> bytes:
        key = self.leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        signer = ad.Signer.from_pem(chain=self.leaf.pem + self.middle.pem, key=key)
        output = io.BytesIO()
        ad.sign(samples.png(), output, disclosure=ad.Disclosure(ai="generated"), signer=signer)
        return output.getvalue()

    def verify(self, lookup: RevocationLookup | None) -> ad.Report:
        trust = ad.TrustConfig.from_pem(self.root.pem)
        return ad.verify(self.signed, trust=replace(trust, revocation=lookup))


def said(report: ad.Report) -> list[str]:
    prefix = "signingCredential."
    return [
        f"{item.code.removeprefix(prefix)}: {item.explanation}"
        for item in report.statuses.statuses
        if item.code.startswith(prefix)
    ]


def test_without_a_lookup_nothing_is_known() -> None:
    report = Listed().verify(None)
    assert report.state is ad.State.TRUSTED
    assert "ocsp.skipped: no revocation information about the signer" in said(report)


def test_a_list_at_hand_clears_and_revokes() -> None:
    world = Listed()
    clear = world.verify(RevocationLookup([world.make(world.middle)]))
    assert clear.state is ad.State.TRUSTED
    assert any(item.startswith("ocsp.notRevoked: not on the rev") for item in said(clear))
    revoked = world.verify(
        RevocationLookup([world.make(world.root), world.make(world.middle, world.leaf)])
    )
    assert revoked.state is ad.State.INVALID
    assert any(item.startswith("ocsp.revoked: revoked on") for item in said(revoked))


@pytest.mark.parametrize("days", [-1, 1])
def test_what_was_stamped_before_its_signer_was_revoked_stays_good(days: int) -> None:
    """Whoever tells of the revocation (C2PA 2.5 §14.9): a list at hand as well as the file."""
    entries = [entry(pki.signer(), pki.NOW + days * DAY)]
    at = pki.NOW + 2 * DAY
    known = make(pki.intermediate(), entries, at=at, until=at + DAY)
    trust = replace(build.TRUST, revocation=RevocationLookup([known]))
    for data, is_proven in ((stamped(), True), (build.signed, False)):
        report = ad.verify(data(), trust=trust, at=at)
        is_good = is_proven and days > 0
        assert report.state is (ad.State.TRUSTED if is_good else ad.State.INVALID)


def test_of_several_lists_the_worst_counts() -> None:
    world = Listed()
    lists = [world.make(world.middle), world.make(world.middle, world.leaf)]
    for each in (lists, lists[::-1]):
        assert world.verify(RevocationLookup(each)).state is ad.State.INVALID


def test_a_revoked_authority_makes_the_signer_untrusted() -> None:
    world = Listed()
    report = world.verify(RevocationLookup([world.make(world.root, world.middle)]))
    assert report.state is ad.State.VALID
    assert any(item.startswith("untrusted: the authority 'Middle' was") for item in said(report))


@contextmanager
def published(*revoked: str) -> Iterator[tuple[Listed, Server]]:
    worlds: list[Listed] = []

    def answer(request: Request) -> Reply:
        world = worlds[0]
        issuer = world.root if "root" in request.path else world.middle
        about = world.middle if issuer is world.root else world.leaf
        return Reply(world.make(issuer, *([about] if request.path[1:] in revoked else [])))

    with serve(answer) as server:
        worlds.append(Listed(f"{server.url}/"))
        yield worlds[0], server


def test_lists_are_fetched_once_where_there_is_no_responder() -> None:
    with published() as (world, server):
        lookup = RevocationLookup(online=True)
        for _ in range(2):
            report = world.verify(lookup)
            assert report.state is ad.State.TRUSTED
            assert any(item.startswith("ocsp.notRevoked:") for item in said(report))
        assert sorted(item.path for item in server.requests) == ["/middle.crl", "/root.crl"]


def test_fetched_lists_revoke() -> None:
    with published("middle.crl") as (world, _):
        assert world.verify(RevocationLookup(online=True)).state is ad.State.INVALID
    with published("root.crl") as (world, _):
        report = world.verify(RevocationLookup(online=True))
        assert report.state is ad.State.VALID
        assert report.trust is ad.Trust.UNTRUSTED


def test_who_does_not_answer_is_named() -> None:
    world = Listed(f"{closed_port()}/")
    report = world.verify(RevocationLookup(online=True, timeout=2))
    assert report.state is ad.State.TRUSTED
    (line,) = [item for item in said(report) if "ocsp" in item]
    assert line.startswith("ocsp.inaccessible: ")
    assert "127.0.0.1" in line
    assert report.signature is not None
    assert not report.signature.has_ocsp
    assert Gap.OCSP in report.missing


@pytest.mark.parametrize("body", [b"", b"<html>", bytes(100)])
def test_an_answer_that_is_no_list(body: bytes) -> None:
    with serve(lambda _: Reply(body)) as server:
        report = Listed(f"{server.url}/").verify(RevocationLookup(online=True))
        assert report.state is ad.State.TRUSTED
        assert any(item.startswith("ocsp.inaccessible:") for item in said(report))


@pytest.mark.parametrize(
    ("status", "state"), [(GOOD, ad.State.TRUSTED), (REVOKED, ad.State.INVALID)]
)
def test_responders_are_asked(status: Any, state: ad.State) -> None:
    with responders.responder(responders.with_status(status)) as (world, server):
        output = io.BytesIO()
        disclosure = ad.Disclosure(ai="generated")
        ad.sign(samples.png(), output, disclosure=disclosure, signer=world.signer)
        trust = replace(world.trust, revocation=RevocationLookup(online=True))
        report = ad.verify(output.getvalue(), trust=trust)
        assert report.state is state
        assert len(server.requests) == 1


def test_a_stapled_answer_is_not_asked_for_again() -> None:
    with responders.responder(responders.with_status(GOOD)) as (world, server):
        found = ad.fetch_ocsp(world.signer, trust=world.trust)
        asked = len(server.requests)
        trust = replace(world.trust, revocation=RevocationLookup(online=True))
        data = responders.signed(world, found)
        assert ad.verify(data, trust=trust).state is ad.State.TRUSTED
        assert len(server.requests) == asked


def test_nobody_is_asked_who_is_not_below_an_anchor() -> None:
    """A forger would choose whom."""
    with published() as (world, server):
        trust = replace(ad.TrustConfig.none(), revocation=RevocationLookup(online=True))
        assert ad.verify(world.signed, trust=trust).state is ad.State.VALID
        assert server.requests == []


def test_a_list_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(Malformed):
        RevocationLookup([b"text"])
