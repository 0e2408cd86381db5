"""What is said about signers: every step of the decision, its facts, and what the report has of it.

explained.txt has it, case by case, in most without the lines about a sound file; `python -m
tests.validate.explained` writes it anew.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import cbor2

from aidisclose import limits
from aidisclose.trust.anchors import TEST_CREDENTIALS
from aidisclose.trust.config import TrustConfig, of_list
from aidisclose.trust.lists import ListedCertificate, Purpose, TrustList
from aidisclose.trust.profile import CLAIM_SIGNING
from aidisclose.validate.explanation import explain
from aidisclose.validate.reason import distrust
from aidisclose.validate.verify import verify
from tests import told
from tests.manifest import build
from tests.manifest.build import TRUST, Fields, Recipe
from tests.trust import pki, tokens
from tests.trust.pki import DAY, NOW, Entity
from tests.trust.test_ocsp import GOOD, REVOKED, respond
from tests.validate.statuses import signature
from tests.validate.statuses.case import (
    ALLOWED,
    AUTHORITY,
    STRANGER,
    by,
    derived,
    sealed,
    stamp,
    stamped,
    stapled,
    updated,
)

FILE: Final = Path(__file__).with_name("explained.txt")


class Explained(NamedTuple):
    """A file, and whom the user trusts.

    Attributes:
        data: Makes the file.
        trust: Whom the user trusts.
        lists: The lists that are installed.
    """

    data: Callable[[], bytes]
    trust: TrustConfig = TRUST
    lists: tuple[TrustList, ...] = ()


LISTED: Final = TrustList(
    name="firm",
    kind=Purpose.SIGNERS,
    entries=(ListedCertificate(pki.root().certificate),),
    title="Firms",
    source="https://example.com/list",
    purposes=frozenset({CLAIM_SIGNING}),
    sequence=7,
    issued=NOW - 30 * DAY,
    next_update=NOW + DAY,
    fetched=NOW - 2 * DAY,
)
_BARE: Final = TrustList(
    name="mine", kind=Purpose.SIGNERS, entries=(ListedCertificate(pki.root().certificate),)
)
_TSA: Final = replace(LISTED, name="stamps", kind=Purpose.TSA, purposes=None, sequence=None)
_NAMES: Final = TrustList(
    name="people",
    kind=Purpose.ALLOWED,
    entries=(ListedCertificate(pki.signer().certificate),),
    source="/srv/people.pem",
)
_MANY: Final = pki.issue("Many", pki.intermediate(), number=60, ca=True)
_DEEP: Final = pki.issue("Deep", _MANY, number=61)
_PLAIN: Final = pki.issue("Plain", pki.root(), number=62)


def by_list(*found: TrustList, data: Callable[[], bytes] = build.signed) -> Explained:
    """A file, by these lists."""
    config = TrustConfig.none()
    for each in found:
        config |= of_list(each)
    return Explained(data, config, found)


SECOND: Final = DAY / 86_400
SIGNER: Final = pki.signer().certificate
STAMPED: Final = NOW - DAY / 4
EARLY: Final = "20260301120000Z"
#: A signer whose certificate has expired, and was valid `EARLY`.
OLD: Final = pki.issue(
    "Old", pki.intermediate(), number=63, not_before=NOW - 99 * DAY, not_after=NOW - 40 * DAY
)
_UNTIL_NOW: Final = pki.issue("Until now", pki.intermediate(), number=64, not_after=NOW)
_UNTIL_BEFORE: Final = pki.issue(
    "Until before", pki.intermediate(), number=65, not_after=NOW - SECOND
)
_FROM_NOW: Final = pki.issue("From now", pki.intermediate(), number=66, not_before=NOW)
_FROM_LATER: Final = pki.issue("From later", pki.intermediate(), number=67, not_before=NOW + SECOND)
_YOUNG_CA: Final = pki.issue(
    "Young authority", pki.root(), number=68, ca=True, not_before=NOW - 40 * DAY
)
_YOUNG: Final = pki.issue("Young", _YOUNG_CA, number=69)
_OLD_CA: Final = pki.issue("Old authority", pki.root(), number=70, ca=True, not_after=NOW - DAY)
_UNDER_OLD: Final = pki.issue("Under old", _OLD_CA, number=71)


#: Has the name of the authority, and another key.
IMPOSTOR: Final = pki.issue("Intermediate", pki.root(), number=72, ca=True)


def answered_by(authority: Entity) -> Callable[[], bytes]:
    """A file whose signer names an authority as issuer, which says that it was not revoked."""
    answer = respond(GOOD, issuer=authority, responder=authority)
    return sealed(
        chain=(pki.signer(), authority), unprotected=lambda *_: {"rVals": {"ocspVals": [answer]}}
    )


def _claimed(time: datetime) -> dict[object, object]:
    return {15: {6: int(time.timestamp())}}


def claiming(time: datetime) -> Callable[[], bytes]:
    """A file whose signer claims to have signed then."""
    return sealed(headers=_claimed(time))


def _revoked(time: datetime) -> bytes:
    return respond(REVOKED, revoked_at=time)


def proven(
    authority: Entity | None = None,
    *,
    signer: Entity | None = None,
    time: str = f"{STAMPED:%Y%m%d%H%M%SZ}",
    answers: Sequence[bytes] = (),
    **options: object,
) -> Callable[[], bytes]:
    """A file whose signature is stamped, with answers about revocation."""

    def header(protected: bytes, _: bytes, signature: bytes) -> Fields:
        message = cbor2.dumps(["CounterSignature", protected, b"", cbor2.dumps(signature)])
        token = tokens.token(authority, content=tokens.info(message, time=time))
        return stamp(token) | {"rVals": {"ocspVals": list(answers)}}

    if signer is not None:
        options |= {"signer": signer, "chain": (signer, pki.intermediate())}
    return sealed(unprotected=header, size=9_000, **options)


def within(**limits: object) -> TrustList:
    """A list whose anchor vouches for a limited time."""
    entry = ListedCertificate(pki.root().certificate, **limits)  # type: ignore[arg-type]
    return replace(LISTED, entries=(entry,))


def _pem(source: str) -> TrustConfig:
    return TrustConfig.from_pem(pki.root().pem, tsa=pki.root().pem, source=source)


WHOLE: Final = ("a sound file", "a list", "a stamp by test credentials", "an update")
"""Cases of which every line is listed."""

CASES: Final[dict[str, Explained]] = {
    "a sound file": Explained(build.signed),
    **{name: Explained(case.data, case.trust) for name, case in signature.CASES.items()},
    "no credentials": Explained(lambda: build.embed(b"")),
    "a list": by_list(LISTED),
    "a list without anything": by_list(_BARE),
    "an interim list": by_list(replace(LISTED, is_interim=True)),
    "a list that is late": by_list(replace(LISTED, next_update=NOW - DAY)),
    "a list that is late now": by_list(replace(LISTED, next_update=NOW)),
    "a list of signers": by_list(_NAMES),
    "a list of signers that is not installed": Explained(build.signed, of_list(_NAMES)),
    "another list of the same name": Explained(build.signed, of_list(LISTED), (_TSA,)),
    "from a day": by_list(within(not_before=NOW - DAY)),
    "until a day": by_list(within(not_after=NOW + DAY)),
    "from a day to another": by_list(within(not_before=NOW - DAY, not_after=NOW + DAY)),
    "from a day that is to come": by_list(within(not_before=NOW + DAY)),
    "until a day that has passed": by_list(within(not_after=NOW - DAY)),
    "other purposes": by_list(replace(LISTED, purposes=frozenset({"1.2.3"}))),
    "a list of authorities for stamps": by_list(LISTED, _TSA, data=stamped()),
    "a stamp by test credentials": Explained(stamped(), _pem(TEST_CREDENTIALS)),
    "a file that was named": Explained(stamped(), _pem("roots.pem")),
    "a longer path": Explained(by(_DEEP, _MANY, pki.intermediate())),
    "a shorter path": Explained(by(_PLAIN)),
    "an update": Explained(updated()),
    "an update, by a list": by_list(LISTED, data=updated()),
    "a parent": by_list(LISTED, data=derived(Recipe())),
    "a claimed time": Explained(claiming(NOW - 60 * SECOND)),
    "a claimed time, when the certificate begins": Explained(claiming(SIGNER.not_before)),
    "a claimed time, when the certificate ends": Explained(claiming(SIGNER.not_after)),
    "a claimed time before the certificate": Explained(claiming(SIGNER.not_before - SECOND)),
    "a claimed time after the certificate": Explained(claiming(SIGNER.not_after + SECOND)),
    "a claimed time that is none": Explained(sealed(headers={15: {6: 10**18}})),
    "a claimed time that is text": Explained(sealed(headers={15: {6: "2026"}})),
    "a claimed time of an untrusted signer": Explained(claiming(NOW), TrustConfig.none()),
    "a claimed time before an authority": Explained(
        by(_YOUNG, _YOUNG_CA, headers={15: {6: int((NOW - 50 * DAY).timestamp())}})
    ),
    "a claimed time before an authority that nobody trusts": Explained(
        by(_YOUNG, _YOUNG_CA, pki.root(), headers={15: {6: int((NOW - 50 * DAY).timestamp())}}),
        TrustConfig.none(),
    ),
    "claimed when it was stamped": Explained(proven(headers=_claimed(STAMPED))),
    "claimed after it was stamped": Explained(proven(headers=_claimed(STAMPED + SECOND))),
    "claimed in time, stamped by a stranger": Explained(
        proven(tokens.tsa(STRANGER), headers=_claimed(STAMPED + SECOND))
    ),
    "expired, but stamped in time": Explained(proven(signer=OLD, time=EARLY)),
    "expired, and stamped too late": Explained(proven(signer=OLD)),
    "expired, but stamped in time by a stranger": Explained(
        proven(tokens.tsa(STRANGER, not_before=NOW - 300 * DAY), signer=OLD, time=EARLY)
    ),
    "expired, and stamped too late by a stranger": Explained(
        proven(tokens.tsa(STRANGER), signer=OLD)
    ),
    "expired, and nobody is trusted": Explained(by(OLD, pki.intermediate()), TrustConfig.none()),
    "expired on the day": Explained(by(_UNTIL_NOW, pki.intermediate())),
    "expired a second ago": Explained(by(_UNTIL_BEFORE, pki.intermediate())),
    "from today on": Explained(by(_FROM_NOW, pki.intermediate())),
    "from a second from now on": Explained(by(_FROM_LATER, pki.intermediate())),
    "expired authority": Explained(by(_UNDER_OLD, _OLD_CA)),
    "stamped ten minutes ahead": Explained(proven(time="20260601121000Z")),
    "stamped more than ten minutes ahead": Explained(proven(time="20260601121001Z")),
    "revoked after it was stamped": Explained(proven(answers=[_revoked(NOW - DAY / 8)])),
    "revoked before it was stamped": Explained(proven(answers=[_revoked(NOW - 2 * DAY)])),
    "revoked, stamped by a stranger": Explained(
        proven(tokens.tsa(STRANGER), answers=[_revoked(NOW - DAY / 8)])
    ),
    "a revoked authority": Explained(
        stapled(
            respond(
                REVOKED,
                about=pki.intermediate(),
                issuer=pki.root(),
                responder=pki.root(),
                revoked_at=NOW - DAY,
            )
        )
    ),
    "an answer of an impostor": Explained(answered_by(IMPOSTOR)),
    "an answer of the issuer": Explained(answered_by(pki.intermediate())),
    "a chain in disorder, by name": Explained(by(pki.signer(), pki.root()), ALLOWED),
    "a chain with a certificate twice": Explained(
        by(pki.signer(), pki.intermediate(), pki.root(), pki.root())
    ),
    "a certificate that may not sign, by name": Explained(
        by(AUTHORITY), replace(ALLOWED, allowed=frozenset({AUTHORITY.certificate.sha256}))
    ),
    "no algorithm, and no certificate": Explained(
        sealed(headers={1: build.ABSENT, 33: build.ABSENT})
    ),
    "no algorithm, and a certificate that is none": Explained(
        sealed(headers={1: build.ABSENT, 33: [b"x"]})
    ),
    "a certificate that is none": Explained(sealed(headers={33: [b"x"]})),
    "as many certificates as there may be": Explained(
        sealed(headers={33: [pki.signer().der] * limits.CERTIFICATES})
    ),
}


def lines(case: Explained) -> Iterator[str]:
    """The steps for each signer, and what the report says about trust."""
    report = verify(case.data(), trust=case.trust, at=NOW)
    yield from told.statuses(report)
    for each in explain(report, case.trust, case.lists):
        kind = "active" if each.is_active else "updated"
        yield f"{each.manifest} ({kind}): {'trusted' if each.is_trusted else 'not trusted'}"
        for step in each.steps:
            yield f"  {step.topic.value}, {step.bearing.value}: {step.text}"
            if step.details:
                yield f"    {json.dumps(dict(step.details))}"
    yield json.dumps(report.as_dict()["trust"], indent=1)
    if (found := report.signature) is not None:
        yield f"chain of {len(found.chain)}, revocation known: {found.has_ocsp}"
        yield f"anchor {found.anchor}, {found.trust_list}"
    yield f"distrust: {distrust(report)}"


def explained(name: str) -> list[str]:
    """What is said in a case, without what is another in every run: hashes, serial numbers."""
    rows = _told(CASES[name])
    return rows if name in WHOLE else [row for row in rows if row not in _sound()]


def _told(case: Explained) -> list[str]:
    return told.lasting("\n".join(lines(case))).split("\n")


@functools.cache
def _sound() -> frozenset[str]:
    return frozenset(_told(CASES["a sound file"]))


def main() -> None:
    """Write the table anew."""
    told.write(FILE, {name: explained(name) for name in CASES})


if __name__ == "__main__":
    main()
