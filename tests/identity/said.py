"""What reports say of files with identity assertions: each status, and whom they name.

said.txt has it, file by file; `python -m tests.identity.said` writes it anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from cryptography.x509.oid import ExtendedKeyUsageOID

import aidisclose as ad
from tests import told
from tests.identity import test_actor, test_codes
from tests.identity.test_codes import (
    AGGREGATION,
    NAMED,
    NOW,
    STRANGER,
    X509,
    by_credential,
    credential,
    identified,
)
from tests.manifest import build
from tests.manifest.build import TRUST, Seal
from tests.trust import pki
from tests.trust.pki import DAY, Entity

FILE: Final = Path(__file__).with_name("said.txt")


class Said(NamedTuple):
    """A file, and whom the user trusts."""

    data: Callable[[], bytes]
    trust: ad.TrustConfig = NAMED


def _signed_by(sign: test_codes.Sign) -> Callable[[], bytes]:
    return lambda: identified(sign=sign)


def _valid(begin: str = "2026-01-01T00:00:00Z", end: str | None = None, **more: Any) -> Said:
    """A credential that counts for this time."""
    period: dict[str, Any] = {"validFrom": begin}
    if end is not None:
        period["validUntil"] = end
    return Said(lambda: by_credential(credential(**period, **more)))


def _stamped(begin: str, authority: Entity | None = None, end: str | None = None) -> Said:
    """A credential with a time stamp of 15 March 2026, twelve o'clock."""
    period: dict[str, Any] = {"validFrom": begin}
    if end is not None:
        period["validUntil"] = end
    return Said(lambda: by_credential(test_codes.stamped(authority, **period)))


def _under_stamped_claim(sign: test_codes.Sign, sig_type: str) -> Said:
    seal = Seal(unprotected=test_actor.claim_stamp, size=6_000)
    return Said(lambda: identified(sign=sign, sig_type=sig_type, seal=seal))


def _claiming(time: datetime, *chain: Entity) -> Said:
    """A signature whose actor claims a time."""
    headers: dict[object, object] = {15: {6: int(time.timestamp())}}
    who: dict[str, Any] = {"signer": chain[0], "chain": chain} if chain else {}
    return Said(lambda: identified(sign=test_codes.x509(headers=headers, **who)))


def _within(**options: Any) -> Said:
    """A signature by an actor whose certificate counts for a limited time."""
    actor = pki.issue("Ann", pki.root(), number=96, **options)
    return Said(lambda: identified(sign=test_codes.x509(signer=actor, chain=(actor,))))


SECOND: Final = timedelta(seconds=1)
_SIGNER: Final = pki.signer().certificate
_YOUNG: Final = pki.issue("Young", pki.root(), number=94, ca=True, not_before=pki.NOW - DAY)
_BELOW: Final = pki.issue("Below", _YOUNG, number=93)

LIMITS: Final = {
    "valid from now on": _valid(f"{NOW:%Y-%m-%dT%H:%M:%SZ}"),
    "valid from a second from now on": _valid(f"{NOW + SECOND:%Y-%m-%dT%H:%M:%SZ}"),
    "valid until now": _valid(end=f"{NOW:%Y-%m-%dT%H:%M:%SZ}"),
    "valid until a second ago": _valid(end=f"{NOW - SECOND:%Y-%m-%dT%H:%M:%SZ}"),
    "valid from its time stamp on": _stamped("2026-03-15T12:00:00Z"),
    "valid from a second later on": _stamped("2026-03-15T12:00:01Z"),
    "valid from a stranger's time stamp on": _stamped("2026-03-15T12:00:00Z", STRANGER),
    "valid from a second after a stranger's": _stamped("2026-03-15T12:00:01Z", STRANGER),
    "stamped, and valid until now": _stamped(
        "2026-01-01T00:00:00Z", end=f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    ),
    "stamped, and valid no more": _stamped("2026-01-01T00:00:00Z", end="2026-03-15T12:00:00Z"),
    "a credential under a stamped claim": _under_stamped_claim(credential(), AGGREGATION),
    "a credential that begins after the stamp of the claim": _under_stamped_claim(
        credential(validFrom="2026-03-15T12:00:01Z"), AGGREGATION
    ),
    "an actor under a stamped claim": _under_stamped_claim(test_codes.x509(), X509),
    "an actor who has expired under a stamped claim": _under_stamped_claim(
        test_actor.by_short_lived(), X509
    ),
    "claimed when the certificate begins": _claiming(_SIGNER.not_before),
    "claimed before the certificate begins": _claiming(_SIGNER.not_before - SECOND),
    "claimed when the certificate ends": _claiming(_SIGNER.not_after),
    "claimed after the certificate ends": _claiming(_SIGNER.not_after + SECOND),
    "claimed before the authority begins": _claiming(pki.NOW - 2 * DAY, _BELOW, _YOUNG),
    "a certificate until now": _within(not_after=NOW),
    "a certificate until a second ago": _within(not_after=NOW - SECOND),
    "a certificate from now on": _within(not_before=NOW),
    "a certificate from a second from now on": _within(not_before=NOW + SECOND),
    "no certificate": Said(lambda: identified(sign=test_codes.x509(headers={33: build.ABSENT}))),
    "a certificate for code": _within(purposes=[ExtendedKeyUsageOID.CODE_SIGNING]),
    "a certificate of an authority": Said(
        lambda: identified(
            sign=test_codes.x509(signer=pki.intermediate(), chain=(pki.intermediate(),))
        )
    ),
}

CASES: Final = {
    **LIMITS,
    **{name: Said(case.data, case.trust) for name, case in test_codes.CASES.items()},
    **{f"actor: {name}": Said(_signed_by(case[0])) for name, case in test_actor.CASES.items()},
}


def lines(case: Said) -> Iterator[str]:
    """The statuses about identities, and whom they name."""
    report = ad.verify(case.data(), trust=TRUST | case.trust, at=NOW)
    yield from (line for line in told.statuses(report) if " cawg." in line)
    yield told.lasting(json.dumps(report.as_dict()["identities"]))


def main() -> None:
    """Write the table anew."""
    told.write(FILE, {name: lines(case) for name, case in CASES.items()})


if __name__ == "__main__":
    main()
