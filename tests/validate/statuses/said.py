"""What reports say of the files of the table: each status with its place and its reason.

said.txt has it, file by file, without what every sound manifest is told; `python -m
tests.validate.statuses.said` writes it anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from aidisclose.validate.report import Report
from aidisclose.validate.verify import verify
from tests.trust.pki import NOW
from tests.validate.statuses import CASES

FILE: Final = Path(__file__).with_name("said.txt")

WHOLE: Final = ("sound", "ingredient", "update")
"""Files of which everything is listed."""

_MANIFEST: Final = re.compile(r"self#jumbf=/c2pa/urn:c2pa:0+([0-9a-f]+)-0000-4000-8000-0{12}")
_CBOR2: Final = re.compile("(?<=: not well-formed CBOR: ).*")
"""Words of cbor2, which are others in other versions."""


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
        yield _CBOR2.sub("…", line)


def _of_any_manifest(line: str) -> str:
    """A status without the place of the ingredient and the number of the manifest."""
    return line.rpartition(" > ")[2].partition("/")[2]


def table() -> dict[str, list[str]]:
    """What is said of each file."""
    every = {}
    for name, case in CASES.items():
        report = verify(case.data(), trust=case.trust, at=NOW)
        every[name] = [f"{report.state} · {report.integrity}", *said(report)]
    always = set(map(_of_any_manifest, every["sound"][1:]))
    return {
        name: [line for line in lines if name in WHOLE or _of_any_manifest(line) not in always]
        for name, lines in every.items()
    }


def stored() -> dict[str, list[str]]:
    """What said.txt has."""
    blocks = FILE.read_text().rstrip("\n").split("\n\n")
    return {name: lines for name, *lines in (block.split("\n") for block in blocks)}


def main() -> None:
    """Write the table anew."""
    blocks = ("\n".join([name, *lines]) for name, lines in table().items())
    FILE.write_text("\n\n".join(blocks) + "\n")


if __name__ == "__main__":
    main()
