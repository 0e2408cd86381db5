"""What an attack is, and how it is judged."""

from __future__ import annotations

from typing import Final, NamedTuple

import aidisclose as ad
from aidisclose.errors import AidiscloseError
from tests.attacks.parties import TRUST
from tests.trust.pki import NOW


class Attack(NamedTuple):
    """A file that honest people signed, and what somebody made of it.

    Attributes:
        name: For the test.
        clause: What the forgery breaks.
        honest: The file as it was signed.
        forged: The file that must lose the state.
        says: A part of the reason that the report gives.
        integrity: Of the honest file.
        below: The state that the forged file must not reach while it is called intact.
        may_stand: Whether the forged file may keep the state as long as the report says of it what
            it says of the honest one.
    """

    name: str
    clause: str
    honest: bytes
    forged: bytes
    says: str
    integrity: str = "intact"
    below: ad.State = ad.State.VALID
    may_stand: bool = False

    def succeeds(self, verdict: Verdict) -> bool:
        """Whether a user takes the forged file for what was signed."""
        return verdict.state >= self.below and verdict.integrity == _INTACT


class Verdict(NamedTuple):
    """What is said about a file, as far as a forgery could change it."""

    state: ad.State
    integrity: str
    statement: object
    reasons: str


_INTACT: Final = "intact"


def judge(data: bytes, trust: ad.TrustConfig = TRUST) -> Verdict:
    """The verdict on a file; one that cannot be read has none."""
    try:
        report = ad.verify(data, trust=trust, at=NOW)
    except AidiscloseError as error:
        return Verdict(ad.State.NONE, "unreadable", None, str(error))
    every = (*report.statuses.statuses, *report.failures)
    reasons = "\n".join(f"{item.code} {item.url} {item.explanation}" for item in every)
    reasons += "\n" + "\n".join(report.disclosure.contradictions)
    integrity = getattr(report.integrity, "value", report.integrity)
    said = report.disclosure
    return Verdict(report.state, integrity, (said.ai, said.source_types, said.model), reasons)
