"""What reports say of files with identity assertions: each status, and whom they name.

said.txt has it, file by file; `python -m tests.identity.said` writes it anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import aidisclose as ad
from tests import told
from tests.identity import test_actor, test_codes
from tests.identity.test_codes import NAMED, NOW, identified
from tests.manifest.build import TRUST

FILE: Final = Path(__file__).with_name("said.txt")


class Said(NamedTuple):
    """A file, and whom the user trusts."""

    data: Callable[[], bytes]
    trust: ad.TrustConfig = NAMED


def _signed_by(sign: test_codes.Sign) -> Callable[[], bytes]:
    return lambda: identified(sign=sign)


CASES: Final = {
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
