"""Revocation that a file brings itself: nothing in it hides an answer that says "revoked"."""

from __future__ import annotations

import pytest

from aidisclose import limits
from aidisclose.trust.path import RejectionReason
from aidisclose.validate.state import State
from aidisclose.validate.verify import verify
from tests.manifest.build import TRUST
from tests.trust import pki
from tests.trust.pki import DAY, NOW
from tests.trust.test_ocsp import GOOD, REVOKED, respond
from tests.validate.statuses.case import stapled

REVOKED_SIGNER = respond(REVOKED, revoked_at=NOW - DAY)


@pytest.mark.parametrize(
    "before",
    [
        [b"junk"] * 1_000,
        [respond(about=pki.intermediate(), issuer=pki.root(), responder=pki.root())] * 100,
        [respond(GOOD)] * 100,
        [REVOKED_SIGNER[:-1]] * 100,
    ],
    ids=["junk", "about others", "good", "cut off"],
)
def test_no_number_of_other_responses_hides_a_revocation(before: list[bytes]) -> None:
    report = verify(stapled(*before, REVOKED_SIGNER)(), trust=TRUST, at=NOW)
    assert report.trust == "revoked"
    assert report.state is State.INVALID


def test_a_signer_below_a_revoked_authority_is_not_trusted() -> None:
    root = pki.root()
    answer = respond(
        REVOKED,
        about=pki.intermediate(),
        issuer=root,
        responder=root,
        revoked_at=NOW - DAY,
    )
    report = verify(stapled(answer)(), trust=TRUST, at=NOW)
    assert (report.state, report.trust) == (State.VALID, "untrusted")
    [failure] = report.failures
    assert failure.code == "signingCredential.untrusted"
    assert "revoked" in failure.explanation
    assert report.signature is not None
    rejection = report.signature.decision.rejection
    assert rejection is not None
    assert rejection.reason is RejectionReason.REVOKED
    assert pki.intermediate().x509.subject.rfc4514_string().split("CN=")[1].split(",")[0] in (
        failure.explanation
    )


def test_a_good_authority_changes_nothing() -> None:
    root = pki.root()
    answer = respond(GOOD, about=pki.intermediate(), issuer=root, responder=root)
    assert verify(stapled(answer)(), trust=TRUST, at=NOW).state is State.TRUSTED


def test_more_revocation_information_than_is_read_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is left unread could be the answer that says "revoked"."""
    monkeypatch.setattr(limits, "OCSP_TOTAL", 1_000)
    report = verify(stapled(b"x" * 600, b"x" * 600)(), trust=TRUST, at=NOW)
    assert report.state is State.INVALID
    assert any("revocation information" in item.explanation for item in report.failures)
