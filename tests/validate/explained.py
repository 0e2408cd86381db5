"""What is said about signers: every step of the decision, its facts, and what the report has of it.

explained.txt has it, case by case, in most without the lines about a sound file; `python -m
tests.validate.explained` writes it anew.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from aidisclose.trust.anchors import TEST_CREDENTIALS
from aidisclose.trust.config import TrustConfig, of_list
from aidisclose.trust.lists import ListedCertificate, Purpose, TrustList
from aidisclose.trust.profile import CLAIM_SIGNING
from aidisclose.validate.explanation import explain
from aidisclose.validate.reason import distrust
from aidisclose.validate.verify import verify
from tests import told
from tests.manifest import build
from tests.manifest.build import TRUST, Recipe
from tests.trust import pki
from tests.trust.pki import DAY, NOW
from tests.validate.statuses import signature
from tests.validate.statuses.case import by, derived, sealed, stamped, updated

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
    "a claimed time": Explained(
        sealed(headers={15: {6: int(NOW.timestamp()) - 60}}),
    ),
}


def lines(case: Explained) -> Iterator[str]:
    """The steps for each signer, and what the report says about trust."""
    report = verify(case.data(), trust=case.trust, at=NOW)
    for each in explain(report, case.trust, case.lists):
        kind = "active" if each.is_active else "updated"
        yield f"{each.manifest} ({kind}): {'trusted' if each.is_trusted else 'not trusted'}"
        for step in each.steps:
            yield f"  {step.topic.value}, {step.bearing.value}: {step.text}"
            if step.details:
                yield f"    {json.dumps(dict(step.details))}"
    yield json.dumps(report.as_dict()["trust"], indent=1)
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
