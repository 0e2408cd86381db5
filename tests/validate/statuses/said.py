"""What reports say of the files of the table: each status with its place and its reason.

said.txt has it, file by file, without what every sound manifest is told; `python -m
tests.validate.statuses.said` writes it anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aidisclose.validate.reason import hint, reason
from aidisclose.validate.report import Report
from aidisclose.validate.verify import verify
from tests import told
from tests.trust.pki import NOW
from tests.validate.statuses import CASES

FILE: Final = Path(__file__).with_name("said.txt")

WHOLE: Final = ("sound", "ingredient", "update")
"""Files of which everything is listed."""


def lines(name: str, report: Report) -> list[str]:
    """What is said of a file of the table: its states, why, and statuses that are its own."""
    every = (line for line in told.statuses(report) if name in WHOLE or not told.is_sound(line))
    missing = ", ".join(each.value for each in report.missing)
    words = (report.state.value, report.integrity.value, report.trust.value, missing or "complete")
    why = told.lasting(reason(report))
    return [" · ".join(words), f"because {why}", f"hint: {hint(report)}", *every]


def main() -> None:
    """Write the table anew."""
    told.write(
        FILE,
        {
            name: lines(name, verify(case.data(), trust=case.trust, at=NOW))
            for name, case in CASES.items()
        },
    )


if __name__ == "__main__":
    main()
