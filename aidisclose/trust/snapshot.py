"""A snapshot of trust lists: one file by which machines without a network get them.

It is a JSON object with the lists in the form in which they are installed, and the list of
conforming products. Nothing in it is signed: whoever carries it compares its SHA-256.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from aidisclose import limits
from aidisclose.errors import TrustConfigError
from aidisclose.io import json_text
from aidisclose.io.output import write_file
from aidisclose.named import NamedTuple
from aidisclose.trust import lists, products
from aidisclose.trust.download import ListUpdate, refuse_older
from aidisclose.trust.lists import Purpose, TrustList

FORMAT: Final = "aidisclose trust snapshot 1"


class Snapshot(NamedTuple):
    """The trust lists of a user at one time.

    Attributes:
        made: The time at which the snapshot was made.
        lists: The lists.
        products: The list of conforming products as its publisher wrote it; None without one.
    """

    made: datetime
    lists: tuple[TrustList, ...]
    products: bytes | None = None


def take(folder: Path, *, now: datetime) -> Snapshot:
    """The lists in a folder.

    Raises:
        TrustConfigError: One cannot be used, or there is none.
        OSError: One cannot be read.
    """
    found = lists.installed(folder)
    if not found:
        raise TrustConfigError("no trust list is installed; `aidisclose trust update` gets them")
    path = folder / products.FILE
    return Snapshot(now.replace(microsecond=0), found, _listed(path) if path.is_file() else None)


def _listed(path: Path) -> bytes:
    data = path.read_bytes()
    # Read here, so that no snapshot is made that cannot be installed.
    products.parse(data)
    return data


def encode(snapshot: Snapshot) -> bytes:
    """The file of a snapshot."""
    document = {
        "format": FORMAT,
        "made": snapshot.made.isoformat(),
        "lists": [
            {
                "kind": each.kind.name.lower(),
                "name": each.name,
                "pem": lists.encode(each).decode(),
            }
            for each in snapshot.lists
        ],
        "products": snapshot.products.decode() if snapshot.products is not None else None,
    }
    return (json.dumps(document, indent=2) + "\n").encode()


def decode(data: bytes) -> Snapshot:
    """The snapshot in a file.

    Raises:
        TrustConfigError: It is not a snapshot, or a list in it cannot be used.
    """
    if len(data) > limits.TRUST_SNAPSHOT:
        raise TrustConfigError(f"a snapshot of more than {limits.TRUST_SNAPSHOT} bytes")
    try:
        document = json_text.decode(data)
        if document["format"] != FORMAT:
            raise ValueError("another format")
        made = datetime.fromisoformat(document["made"])
        if made.tzinfo is None:
            raise ValueError("no time zone")
        entries = list(document["lists"])
        listed = document["products"]
        text = None if listed is None else str(listed).encode()
    except (AttributeError, LookupError, TypeError, ValueError):
        raise TrustConfigError("not a snapshot of `aidisclose trust export`") from None
    found = tuple(map(_decode_list, entries))
    if not found:
        raise TrustConfigError("a snapshot without a trust list")
    if len({(each.kind, each.name) for each in found}) < len(found):
        raise TrustConfigError("a snapshot with two lists of one name")
    if text is not None:
        products.parse(text)
    return Snapshot(made, found, text)


def _decode_list(entry: Mapping[str, Any]) -> TrustList:
    try:
        name, kind = lists.check_name(str(entry["name"])), Purpose[str(entry["kind"]).upper()]
        data = str(entry["pem"]).encode()
    except (AttributeError, LookupError, TypeError, ValueError):
        raise TrustConfigError("a snapshot with a list without name, kind or content") from None
    try:
        return lists.parse(data, name=name, kind=kind)
    except TrustConfigError as error:
        raise TrustConfigError(f"list {name}: {error}") from None


def install(folder: Path, snapshot: Snapshot, *, overwrite: bool) -> Iterator[ListUpdate]:
    """Install the lists of a snapshot; those that it does not have stay as they are.

    A list that is older than the installed one, or is another one of the same name, changes
    nothing.

    Arguments:
        folder: The folder of the user's lists.
        snapshot: The snapshot that is installed.
        overwrite: Whether also older lists and others of the same name replace what is there.

    Raises:
        TrustConfigError: A list that is there cannot be used.
        OSError: A list cannot be written.
    """
    present = {(each.kind, each.name): each for each in lists.installed(folder)}
    for new in snapshot.lists:
        old = present.get((new.kind, new.name))
        try:
            if not overwrite:
                _refuse_other(old, new)
        except TrustConfigError as error:
            yield ListUpdate(new.name, old, problem=f"{new.name}: {error}")
            continue
        lists.save(folder, new, overwrite=True)
        yield ListUpdate(new.name, old, new)


def install_products(folder: Path, data: bytes, *, overwrite: bool) -> bool:
    """Install the list of conforming products; whether it was, which an older one is not.

    Raises:
        TrustConfigError: It cannot be used.
        OSError: It cannot be written.
    """
    target = folder / products.FILE
    changed = products.parse(data)[1]
    if not overwrite and target.is_file() and products.parse(target.read_bytes())[1] > changed:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    write_file(target, data, overwrite=True)
    return True


def _refuse_other(old: TrustList | None, new: TrustList) -> None:
    if old is None or replace(old, fetched=None) == replace(new, fetched=None):
        return
    if old.issued is None or new.issued is None or old.is_interim is not new.is_interim:
        raise TrustConfigError("another list of this name is installed; --force replaces it")
    refuse_older(old, new)
