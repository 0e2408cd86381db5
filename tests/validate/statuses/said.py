"""What reports say of the files of the table: each status with its place and its reason.

said.txt has it, file by file, without what every sound manifest is told; `python -m
tests.validate.statuses.said` writes it anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from aidisclose.validate.reason import hint, reason
from aidisclose.validate.report import Report
from aidisclose.validate.verify import verify
from tests.trust.pki import NOW
from tests.validate.statuses import CASES

FILE: Final = Path(__file__).with_name("said.txt")

WHOLE: Final = ("sound", "ingredient", "update")
"""Files of which everything is listed."""

_MANIFEST: Final = re.compile(r"self#jumbf=/c2pa/urn:c2pa:0+([0-9a-f]+)-0000-4000-8000-0{12}")


def without_words_of_cbor2(text: str) -> str:
    """A text without the reasons of a library that has others in other versions."""
    return re.sub("(?<=not well-formed CBOR: ).*", "…", text)


def said(report: Report) -> Iterator[str]:
    """The statuses in order, those about an ingredient behind the place of that.

    Manifests are numbers: `2/c2pa.claim.v2`.
    """
    found = [("", status) for status in report.statuses.statuses]
    for delta in report.validation.deltas if report.validation else ():
        found += [(f"{delta.url} > ", status) for status in delta.results.statuses]
    for about, status in found:
        resource = f" ({status.resource})" if status.resource else ""
        reason = f": {status.explanation}" if status.explanation else ""
        line = _MANIFEST.sub(r"\1", f"{about}{status.url}{resource} {status.code}{reason}")
        yield without_words_of_cbor2(line)


def _of_any_manifest(line: str) -> str:
    """A status without the place of the ingredient and the number of the manifest."""
    return line.rpartition(" > ")[2].partition("/")[2]


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


def lines(name: str, report: Report) -> list[str]:
    """What is said of a file of the table: its states, why, and statuses that are its own."""
    every = (line for line in said(report) if name in WHOLE or _of_any_manifest(line) not in SOUND)
    missing = ", ".join(each.value for each in report.missing)
    words = (report.state.value, report.integrity.value, report.trust.value, missing or "complete")
    return [
        " · ".join(words),
        f"because {without_words_of_cbor2(reason(report))}",
        f"hint: {hint(report)}",
        *every,
    ]


def stored() -> dict[str, list[str]]:
    """What said.txt has."""
    blocks = FILE.read_text().rstrip("\n").split("\n\n")
    return {name: rows for name, *rows in (block.split("\n") for block in blocks)}


def main() -> None:
    """Write the table anew."""
    blocks = []
    for name, case in CASES.items():
        report = verify(case.data(), trust=case.trust, at=NOW)
        blocks.append("\n".join([name, *lines(name, report)]))
    FILE.write_text("\n\n".join(blocks) + "\n")


if __name__ == "__main__":
    main()
