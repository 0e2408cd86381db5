"""Tables of what reports say, word for word, in text files beside the tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from aidisclose.validate.report import Report

_MANIFEST: Final = re.compile(r"self#jumbf=/c2pa/urn:c2pa:0+([0-9a-f]+)-0000-4000-8000-0{12}")
_CHANGING: Final = re.compile(
    r"(?<=not well-formed CBOR: )[^.\n]*"  # words of cbor2, which has others in other versions
    r'|[0-9a-f]{64}|(?<="serial": ")\d+|[0-9A-Za-z_-]{80,}'  # hashes, serial numbers, keys
)


def lasting(text: str) -> str:
    """A text without what is another in every run or version; manifests are numbers."""
    return _CHANGING.sub("…", _MANIFEST.sub(r"\1", text))


def statuses(report: Report) -> Iterator[str]:
    """The statuses in order, each with its place: `2/c2pa.claim.v2 claim.malformed: the reason`.

    Those about an ingredient stand behind the place of that, and in brackets is the resource.
    """
    found = [("", status) for status in report.statuses.statuses]
    for delta in report.validation.deltas if report.validation else ():
        found += [(f"{delta.url} > ", status) for status in delta.results.statuses]
    for about, status in found:
        resource = f" ({status.resource})" if status.resource else ""
        reason = f": {status.explanation}" if status.explanation else ""
        yield lasting(f"{about}{status.url}{resource} {status.code}{reason}")


def read(path: Path) -> dict[str, list[str]]:
    """The lines of each case of a table."""
    blocks = path.read_text().rstrip("\n").split("\n\n")
    return {name: rows for name, *rows in (block.split("\n") for block in blocks)}


def write(path: Path, table: Mapping[str, Iterable[str]]) -> None:
    """Write a table anew."""
    blocks = ("\n".join([name, *rows]) for name, rows in table.items())
    path.write_text("\n\n".join(blocks) + "\n")


def renew(module: str) -> str:
    """What to do where words were changed on purpose."""
    return f"other words than in the table: `PYTHONPATH=. python -m {module}` writes it anew"
