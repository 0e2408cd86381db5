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

SOUND: Final = {
    "c2pa.signature signingCredential.trusted: Signer, by an anchor of user",
    "c2pa.signature claimSignature.validated: es256 signature",
    "c2pa.signature claimSignature.insideValidity",
    "c2pa.assertions/c2pa.actions.v2 assertion.hashedURI.match",
    "c2pa.assertions/c2pa.hash.data assertion.hashedURI.match",
    "c2pa.assertions/c2pa.hash.data assertion.dataHash.match",
    "c2pa.signature signingCredential.ocsp.skipped: no revocation information about the signer",
}
"""What is said of every sound manifest."""


def _is_sound(line: str) -> bool:
    """Whether a line says, of whatever manifest or ingredient, what is said of a sound one."""
    return line.rpartition(" > ")[2].partition("/")[2] in SOUND


def lines(name: str, report: Report) -> list[str]:
    """What is said of a file of the table: its states, why, and statuses that are its own."""
    every = (line for line in told.statuses(report) if name in WHOLE or not _is_sound(line))
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
