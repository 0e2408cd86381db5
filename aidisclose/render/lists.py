"""The output of `trust`: trust lists, their certificates, and the changes of an update."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from aidisclose.render import json, table
from aidisclose.render.renderer import Run
from aidisclose.render.safe import clean
from aidisclose.render.style import Style
from aidisclose.render.words import number
from aidisclose.trust.certificate import Certificate, format_name
from aidisclose.trust.download import ListUpdate, ProductsUpdate
from aidisclose.trust.lists import TrustList, compare
from aidisclose.validate.transcript import moment

#: What lists are for, by the value of their `Purpose`.
#: Certificates of a new list from which on only the first are told.
_MANY: Final = 8
_FIRST: Final = 5
PURPOSES: Final = {
    "": "signers",
    "tsa": "time stamps",
    "allowed": "signers by name",
    "identity": "identities",
    "identity-allowed": "identities by name",
}

NONE: Final = "none; `aidisclose trust update` gets the official lists of the C2PA"
#: The cell of what a list does not say.
NOTHING: Final = "–"
#: What the cells of `row` are.
HEAD: Final = ("name", "for", "certificates", "version", "renew by", "source")


def text(found: Sequence[TrustList], name: str | None, run: Run) -> str:
    """A table of lists; of the lists of one name, every certificate."""
    if not found:
        return f"{NONE}\n"
    if name is None:
        return table.render(HEAD, [row(each) for each in found], run)
    return "".join(f"{line}\n" for each in found for line in _details(each))


def row(found: TrustList) -> tuple[str, ...]:
    """The cells of a list."""
    renew = f"{found.next_update:%Y-%m-%d}" if found.next_update else NOTHING
    count = str(len(found.entries) + len(found.hashes))
    purpose = PURPOSES[found.kind.value]
    return found.name, purpose, count, version(found), renew, found.source or NOTHING


def version(found: TrustList) -> str:
    """Number and day of a list."""
    if found.is_interim:
        return f"frozen, got {found.fetched:%Y-%m-%d}" if found.fetched else "frozen"
    number = f"no. {found.sequence} of " if found.sequence is not None else ""
    if found.issued:
        return f"{number}{found.issued:%Y-%m-%d}"
    return f"got {found.fetched:%Y-%m-%d}" if found.fetched else NOTHING


def describe(found: TrustList) -> str:
    """A list in a few words."""
    counts = [number(len(found.entries), "certificate")] if found.entries else []
    if found.hashes:
        hashes = f"{len(found.hashes):,} hash" + ("" if len(found.hashes) == 1 else "es")
        counts.append(f"{hashes} of certificates")
    title = clean(found.title) or found.name
    return f"{title} for {PURPOSES[found.kind.value]}, {', '.join(counts)}"


def _details(found: TrustList) -> Iterator[str]:
    yield f"{describe(found)}, {version(found)}"
    for entry in found.entries:
        since = f", from {entry.not_before:%Y-%m-%d}" if entry.not_before else ""
        until = f", until {entry.not_after:%Y-%m-%d}" if entry.not_after else ""
        yield f"  {certificate_line(entry.certificate)}{since}{until}"
    yield from (f"  {hash_line(each)}" for each in sorted(found.hashes))


def certificate_line(certificate: Certificate) -> str:
    """A certificate in a few words."""
    return f"{clean(format_name(certificate.subject))} (until {certificate.not_after:%Y-%m-%d})"


def hash_line(digest: bytes) -> str:
    """A certificate of which nothing but the hash is known."""
    return f"sha256:{digest.hex()}"


def document(found: Sequence[TrustList], _name: str | None, _run: Run) -> str:
    """The lists with their certificates as a JSON object."""
    lists = [
        {
            "name": each.name,
            "kind": each.kind.name.lower(),
            "title": each.title,
            "source": each.source,
            "purposes": sorted(each.purposes) if each.purposes else None,
            "sequence": each.sequence,
            "issued": _moment(each.issued),
            "next_update": _moment(each.next_update),
            "fetched": _moment(each.fetched),
            "certificates": [
                {
                    "subject": format_name(entry.certificate.subject),
                    "sha256": entry.certificate.sha256.hex(),
                    "expires": _moment(entry.certificate.not_after),
                    "not_before": _moment(entry.not_before),
                    "not_after": _moment(entry.not_after),
                }
                for entry in each.entries
            ],
            "hashes": [digest.hex() for digest in sorted(each.hashes)],
            "interim": each.is_interim,
            "problems": list(each.problems),
        }
        for each in found
    ]
    return json.encode({"schema": json.SCHEMA, "lists": lists}, indent=2) + "\n"


def _moment(time: datetime | None) -> str | None:
    return moment(time) if time else None


def products(made: ProductsUpdate, style: Style) -> str:
    """A line about the lists that were downloaded."""
    count = number(made.products, "conforming product")
    return f"{style.paint('got', 'green', 'bold')}  {count}, changed {made.changed}"


def changes(made: ListUpdate, style: Style) -> Iterator[str]:
    """The changes of a new version of a list, a line each."""
    new = made.new
    if new is None:
        return
    change = compare(made.old, new)
    is_same = made.old is not None and not any(map(len, change))
    label = "unchanged" if is_same else "updated" if made.old else "installed"
    renew = f", renew by {new.next_update:%Y-%m-%d}" if new.next_update else ""
    yield f"{style.paint(label, 'green', 'bold')}  {describe(new)}, {version(new)}{renew}"
    added = [certificate_line(each) for each in change.added]
    added += map(hash_line, sorted(change.hashes_added))
    # What is new on a known list is told; of a list that is new itself, the beginning.
    told = len(added) if made.old or len(added) <= _MANY else _FIRST
    yield from (f"  + {each}" for each in added[:told])
    if told < len(added):
        yield f"  + {len(added) - told:,} more: `aidisclose trust list {new.name}` has all"
    yield from (f"  - {certificate_line(each)}" for each in change.removed)
    yield from (f"  - {hash_line(each)}" for each in sorted(change.hashes_removed))
    yield from (f"  ! {clean(problem)}" for problem in new.problems)
