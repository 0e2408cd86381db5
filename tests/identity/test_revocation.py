"""Revocation of certificates that sign identity assertions: responders are asked where one may."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest

import aidisclose as ad
from aidisclose.trust.lookup import RevocationLookup
from tests.containers import samples
from tests.identity.test_codes import about
from tests.servers import closed_port
from tests.signing.test_revocation import GOOD, REVOKED, World, responder, with_status, world
from tests.trust import pki

PREFIX = "cawg."


def verify(made: World, *, online: bool) -> tuple[ad.Report, set[str]]:
    """The report on a picture that names the world's signer, and its codes about revocation."""
    out = io.BytesIO()
    ad.sign(
        samples.png(),
        out,
        disclosure=ad.Disclosure(ai="generated"),
        signer=ad.Signer.test(),
        actors=[ad.Actor(signer=made.signer)],
    )
    trust = ad.TrustConfig.for_identities(made.root.pem)
    lookup = RevocationLookup(online=online, timeout=2)
    report = ad.verify(out.getvalue(), trust=replace(trust, revocation=lookup))
    codes = {each.code for each in report.statuses.statuses if each.code.startswith(PREFIX)}
    return report, {code for code in codes if "ocsp" in code or "revoked" in code}


CODES = about("x509.ocsp.inaccessible")


def test_a_responder_that_is_down() -> None:
    report, codes = verify(world(closed_port()), online=True)
    assert codes == CODES
    [found] = report.identities
    assert found.standing is ad.IdentityStanding.TRUSTED


@pytest.mark.parametrize(
    ("status", "code", "standing"),
    [
        (GOOD, "x509.ocsp.not_revoked", ad.IdentityStanding.TRUSTED),
        (REVOKED, "identity.credential_revoked", ad.IdentityStanding.INVALID),
    ],
)
def test_a_responder_is_asked(status: Any, code: str, standing: ad.IdentityStanding) -> None:
    with responder(with_status(status)) as (made, server):
        report, codes = verify(made, online=True)
        assert len(server.requests) == 1
    assert codes == about(code)
    [found] = report.identities
    assert found.standing is standing


def test_nobody_is_asked_offline() -> None:
    with responder(with_status(REVOKED)) as (made, server):
        _, codes = verify(made, online=False)
        assert server.requests == []
    assert codes == about("x509.ocsp.skipped")


def test_nobody_is_asked_about_an_actor_without_a_path() -> None:
    """A forger would choose whom."""
    with responder(with_status(REVOKED)) as (made, server):
        _, codes = verify(
            replace(made, root=pki.issue("Somebody", ca=True, number=99)), online=True
        )
        assert server.requests == []
    assert codes == about("x509.ocsp.skipped")
