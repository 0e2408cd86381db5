"""`c2pa.hash.collection.data`: hashes of several files (C2PA 2.5 §14.12.5, §16.3.4).

The list is checked; the files are not. They lie beside a manifest, or in an archive, and what is
verified here is one file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import unquote

from aidisclose import limits
from aidisclose.bindings.binding import (
    Asset,
    Binding,
    Fields,
    Outcome,
    Terms,
    algorithm,
    maps,
)
from aidisclose.errors import Malformed, UnsupportedFormat
from aidisclose.io.digest import Plan

_STEPS: Final = frozenset({".", ".."})


def _check(_asset: Asset, fields: Fields, alg: str | None) -> Outcome:
    algorithm(fields, alg)
    for item in maps(fields.get("uris"), "uris", most=limits.BLOCKS):
        uri, value = item.get("uri"), item.get("hash")
        if not (isinstance(uri, str) and isinstance(value, bytes)):
            raise Malformed("an entry of a collection without uri and hash")
        if not _STEPS.isdisjoint(unquote(uri).replace("\\", "/").split("/")):
            return Outcome(f"{uri[:80]!r} leads to other folders", code="invalidURI")
    return Outcome("the files of a collection are not looked for", code="incorrectFileCount")


def _refusal() -> UnsupportedFormat:
    return UnsupportedFormat("collections cannot be signed")


def _size(_asset: Asset, _terms: Terms) -> int:
    raise _refusal()


def _plans(_asset: Asset, _terms: Terms) -> Iterable[Plan]:
    raise _refusal()


def _encode(_asset: Asset, _terms: Terms, _values: Sequence[bytes], _size: int) -> bytes:
    raise _refusal()


BINDING: Final = Binding(
    code="assertion.collectionHash", check=_check, size=_size, plans=_plans, encode=_encode
)
