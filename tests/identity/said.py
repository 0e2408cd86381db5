"""What reports say of the files about actors: each status with its place and its reason.

said.txt has it, file by file, without what every sound manifest is told; `python -m
tests.identity.said` writes it anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import aidisclose as ad
from tests import told
from tests.identity import test_actor, test_codes
from tests.identity.test_codes import NAMED, NOW, identified
from tests.manifest.build import TRUST

FILE: Final = Path(__file__).with_name("said.txt")


def lines(report: ad.Report) -> Iterator[str]:
    """What is said of the actors, and who they are."""
    for each in report.identities:
        time = f"{each.time:%Y-%m-%d}" if each.time else "no time"
        names, roles = ", ".join(each.names), ", ".join(each.roles)
        standing = each.standing.name.lower()
        words = f"{standing} · {names} · {roles} · {each.verifier} · {time}"
        yield told.lasting(f"{each.url} {words}")
    yield from (line for line in told.statuses(report) if not told.is_sound(line))


def _signed(sign: test_codes.Sign) -> Callable[[], ad.Report]:
    return lambda: ad.verify(identified(sign=sign), trust=TRUST | NAMED, at=NOW)


def _made(case: test_codes.Case) -> Callable[[], ad.Report]:
    return lambda: ad.verify(case.data(), trust=TRUST | case.trust, at=NOW)


REPORTS: Final = {name: _made(case) for name, case in test_codes.CASES.items()} | {
    f"a signature: {name}": _signed(sign) for name, (sign, *_) in test_actor.CASES.items()
}


def main() -> None:
    """Write the table anew."""
    told.write(FILE, {name: lines(report()) for name, report in REPORTS.items()})


if __name__ == "__main__":
    main()
