"""Updates of trust lists from where they are published; if one fails, the old list stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from aidisclose import limits
from aidisclose.errors import TrustConfigError, Unreachable
from aidisclose.io import http
from aidisclose.io.output import write_file
from aidisclose.named import NamedTuple
from aidisclose.trust import lists, products
from aidisclose.trust.lists import INTERIM, INTERIM_TITLE, OFFICIAL, Purpose, TrustList
from aidisclose.trust.profile import OCSP_SIGNING, TIME_STAMPING

#: Where the C2PA conformance programme publishes its lists.
ORIGIN: Final = (
    "https://raw.githubusercontent.com/c2pa-org/conformance-public/refs/heads/main/trust-list"
)

#: Where the verify site of the Content Authenticity Initiative has the interim lists.
INTERIM_ORIGIN: Final = "https://contentcredentials.org/trust"
#: By what they are for; the authorities of the interim list vouch for signers and time stamps.
_INTERIM: Final = {
    Purpose.SIGNERS: "anchors.pem",
    Purpose.TSA: "anchors.pem",
    Purpose.ALLOWED: "allowed.pem",
}
#: The extended key usages that its certificates are held for.
_STORE: Final = "store.cfg"
_OID: Final = re.compile(r"[0-2](\.\d{1,20}){1,30}")

_PRODUCTS: Final = (
    "https://raw.githubusercontent.com/c2pa-org/conformance-public/refs/heads/main"
    "/conforming-products/conforming-products-list.json"
)

_FILES: Final = {Purpose.SIGNERS: "C2PA-TRUST-LIST", Purpose.TSA: "C2PA-TSA-TRUST-LIST"}
_FORMS: Final = (".json", ".pem")

#: Seconds that a download may take.
_TIMEOUT: Final = 60.0

#: Where a connection without TLS is as safe as one with it.
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class ListUpdate(NamedTuple):
    """The result of updating one list.

    Attributes:
        source: The address or path where it was looked for.
        old: The version that was there, if any.
        new: The version that is there now, if it was got.
        problem: The reason if it was not got; `old` is as it was.
    """

    source: str
    old: TrustList | None
    new: TrustList | None = None
    problem: str = ""


def update(
    folder: Path, *, now: datetime, origin: str = ORIGIN, interim: bool = False
) -> Iterator[ListUpdate]:
    """Get the official lists, and again those that were added from an address.

    A list that cannot be got, does not parse, or is older than the one that is there changes
    nothing.

    Arguments:
        folder: The folder of the user's lists.
        now: The present, with time zone.
        origin: The address or folder of a mirror of the official lists, or of one of its files.
        interim: Whether the interim list is got as well, by which signers of 2025 and before were
            known; from the folder `interim` of a mirror.

    Raises:
        OSError: A list cannot be written.
        TrustConfigError: One that is there cannot be used.
    """
    present = {(each.kind, each.name): each for each in lists.installed(folder)}
    for kind, source in _official(origin):
        yield _renew(folder, source, present.get((kind, OFFICIAL)), kind, OFFICIAL, now)
    if interim:
        base = INTERIM_ORIGIN if origin == ORIGIN else f"{origin.rstrip('/')}/{INTERIM}"
        yield from _update_interim(folder, base, present, now)
    done = {OFFICIAL, INTERIM} if interim else {OFFICIAL}
    for (kind, name), found in present.items():
        if name not in done and _is_address(found.source):
            yield _renew(folder, found.source, found, kind, name, now)


def _update_interim(
    folder: Path, base: str, present: Mapping[tuple[Purpose, str], TrustList], now: datetime
) -> Iterator[ListUpdate]:
    store = f"{base}/{_STORE}"
    try:
        purposes = _read_store(fetch(store))
    except TrustConfigError as error:
        yield ListUpdate(store, present.get((Purpose.SIGNERS, INTERIM)), problem=str(error))
        return
    for kind, file in _INTERIM.items():
        source, old = f"{base}/{file}", present.get((kind, INTERIM))
        try:
            found = lists.parse(fetch(source), name=INTERIM, kind=kind, source=source)
            held = lists.PURPOSES[kind] if kind is Purpose.TSA else purposes
            found = replace(found, title=INTERIM_TITLE, purposes=held, is_interim=True)
            _refuse_growth(old, found)
        except TrustConfigError as error:
            yield ListUpdate(source, old, problem=f"{INTERIM}: {error}")
            continue
        new = replace(found, fetched=now.replace(microsecond=0))
        lists.save(folder, new, overwrite=True)
        yield ListUpdate(source, old, new)


def _read_store(data: bytes) -> frozenset[str]:
    """The extended key usages of signers in a configuration of the reference's tools."""
    lines = (line.strip() for line in data.decode("utf-8", "replace").splitlines())
    found = [line for line in lines if line and not line.startswith(("//", "#"))]
    if not found or not all(_OID.fullmatch(line) for line in found):
        raise TrustConfigError(f"{_STORE}: not a list of object identifiers, one per line")
    # The file lists all purposes in one; with these two, a certificate may not sign claims.
    return frozenset(found) - {TIME_STAMPING, OCSP_SIGNING}


def _refuse_growth(old: TrustList | None, new: TrustList) -> None:
    """Refuse new members in a frozen list: somebody else may have added them."""
    if old is None:
        return
    if not old.is_interim:
        raise TrustConfigError("another list of yours has this name; remove it first")
    change = lists.compare(old, new)
    if count := len(change.added) + len(change.hashes_added):
        raise TrustConfigError(
            f"this list is frozen, and has {count} new members; to accept them, run "
            f"`aidisclose trust remove {INTERIM}` before"
        )


class ProductsUpdate(NamedTuple):
    """The result of updating the list of conforming products.

    Attributes:
        source: The address or path where it was looked for.
        products: The number of products that make claims, on the version that is there now.
        changed: The day of its last change.
        problem: The reason if it was not got; what was there is as it was.
    """

    source: str
    products: int = 0
    changed: date | None = None
    problem: str = ""


def update_products(folder: Path, *, origin: str = ORIGIN) -> ProductsUpdate | None:
    """Get the list of conforming products; None if a mirror has none.

    Arguments:
        folder: The folder of the user's lists.
        origin: As in `update`; a mirror may have it beside the other lists.

    Raises:
        OSError: It cannot be written.
    """
    if origin.endswith(_FORMS):
        return None
    is_official = origin == ORIGIN
    source = _PRODUCTS if is_official else f"{origin.rstrip('/')}/{_PRODUCTS.rpartition('/')[2]}"
    target = folder / products.FILE
    try:
        data = fetch(source)
    except TrustConfigError as error:
        is_wanted = is_official or target.is_file()
        return ProductsUpdate(source, problem=str(error)) if is_wanted else None
    try:
        found, changed = products.parse(data)
        if target.is_file() and changed < products.parse(target.read_bytes())[1]:
            raise TrustConfigError(f"it is of {changed}, older than the one that is here")
    except TrustConfigError as error:
        return ProductsUpdate(source, problem=f"{source}: {error}")
    folder.mkdir(parents=True, exist_ok=True)
    write_file(target, data, overwrite=True)
    return ProductsUpdate(source, len(found), changed)


def fetch(source: str) -> bytes:
    """The content of a list at an address, or in a file.

    Raises:
        TrustConfigError: It cannot be got.
    """
    if not _is_address(source):
        try:
            with Path(source).open("rb") as file:
                return file.read(limits.TRUST_LIST_SIZE + 1)
        except OSError as error:
            raise TrustConfigError(f"{source}: {str(error.strerror or error).lower()}") from None
    if not http.is_address(source):
        raise TrustConfigError(f"{http.public(source)}: no host is named")
    parts = urlsplit(source)
    if parts.scheme != "https" and parts.hostname not in _HERE:
        raise TrustConfigError(f"{http.public(source)}: whom to trust is downloaded by https only")
    try:
        answer = http.ask(source, timeout=_TIMEOUT, limit=limits.TRUST_LIST_SIZE)
    except Unreachable as error:
        raise TrustConfigError(f"{http.public(source)}: {error}") from None
    if not answer.is_success:
        raise TrustConfigError(f"{http.public(source)}: HTTP {answer.status}")
    return answer.body


def _official(origin: str) -> Iterator[tuple[Purpose, str]]:
    """The official lists of a mirror; of one of its files, that alone."""
    if origin.endswith(_FORMS):
        name = re.split(r"[/?#]", origin)[-1]
        yield (Purpose.TSA if "TSA" in name.upper() else Purpose.SIGNERS), origin
        return
    for kind, file in _FILES.items():
        yield kind, f"{origin.rstrip('/')}/{file}.json"


def _is_address(source: str) -> bool:
    return source.startswith(("https://", "http://"))


def _renew(
    folder: Path, source: str, old: TrustList | None, kind: Purpose, name: str, now: datetime
) -> ListUpdate:
    try:
        found = lists.parse(fetch(source), name=name, kind=kind, source=source)
        if old is not None and old.is_interim:
            found = replace(found, title=old.title, is_interim=True)
            _refuse_growth(old, found)
        refuse_older(old, found)
    except TrustConfigError as error:
        return ListUpdate(source, old, problem=str(error))
    known = old.purposes if old else lists.PURPOSES.get(kind) if name == OFFICIAL else None
    fetched = now.replace(microsecond=0)
    # What the user said that it is for comes first: whoever publishes it must not widen that.
    new = replace(found, fetched=fetched, purposes=known or found.purposes)
    lists.save(folder, new, overwrite=True)
    return ListUpdate(source, old, new)


def refuse_older(old: TrustList | None, new: TrustList) -> None:
    """Refuse an older version: it could bring back what was taken off the list.

    Raises:
        TrustConfigError: `new` is older than `old`.
    """
    if old is None or old.issued is None:
        return
    if new.issued is None or new.issued < old.issued:
        date = f"of {new.issued:%Y-%m-%d}" if new.issued else "without a date"
        raise TrustConfigError(f"it is {date}, older than the one of {old.issued:%Y-%m-%d} here")
