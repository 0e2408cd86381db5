"""Tables of what reports say, word for word, in text files beside the tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from aidisclose.validate.report import Report
from aidisclose.validate.status import Status
from aidisclose.validate.validator import Validation

_MANIFEST: Final = re.compile(r"self#jumbf=/c2pa/urn:c2pa:0+([0-9a-f]+)-0000-4000-8000-0{12}")
_CHANGING: Final = re.compile(
    r"(?<=not well-formed CBOR: )[^.\n]*"  # words of cbor2, which has others in other versions
    r'|[0-9a-f]{64}|(?<="serial": ")\d+|[0-9A-Za-z_-]{80,}'  # hashes, serial numbers, keys
)


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


def is_sound(line: str) -> bool:
    """Whether a line says, of whatever manifest or ingredient, what is said of a sound one."""
    return line.rpartition(" > ")[2].partition("/")[2] in SOUND


def lasting(text: str) -> str:
    """A text without what is another in every run or version; manifests are numbers."""
    return _CHANGING.sub("…", _MANIFEST.sub(r"\1", text))


def statuses(report: Report) -> Iterator[str]:
    """The statuses of a report, as `of` gives them."""
    if report.validation is not None:
        yield from of(report.validation._replace(active=report.statuses))
    else:
        yield from map(line, report.statuses.statuses)


def of(validation: Validation) -> Iterator[str]:
    """The statuses in order, each with its place: `2/c2pa.claim.v2 claim.malformed: the reason`.

    Those about an ingredient stand behind the place of that, and in brackets is the resource.
    """
    yield from map(line, validation.active.statuses)
    for delta in validation.deltas:
        for status in delta.results.statuses:
            yield lasting(f"{delta.url} > {line(status)}")


def line(status: Status) -> str:
    """One status."""
    resource = f" ({status.resource})" if status.resource else ""
    reason = f": {status.explanation}" if status.explanation else ""
    return lasting(f"{status.url}{resource} {status.code}{reason}")


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
