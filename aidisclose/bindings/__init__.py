"""Hard bindings: what ties a manifest to its asset. To add one, name it in `_PLACES`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final

from aidisclose.bindings.binding import Binding, BindingResult

__all__ = ["BINDINGS", "Binding", "BindingResult"]

#: By the label of the assertion, all versions included that are read: module and name.
_PLACES: Final = {
    "c2pa.hash.data": "data_hash.BINDING",
    "c2pa.hash.boxes": "box_hash.BINDING",
    "c2pa.hash.bmff": "bmff_hash.FIRST_VERSION",
    "c2pa.hash.bmff.v2": "bmff_hash.BINDING",
    "c2pa.hash.bmff.v3": "bmff_hash.BINDING",
    "c2pa.hash.collection.data": "collection_hash.BINDING",
}


class _Bindings(Mapping[str, Binding]):
    """Those of `_PLACES`, each imported when a file has it."""

    def __getitem__(self, label: str) -> Binding:
        module, _, name = _PLACES[label].partition(".")
        found: Binding = getattr(import_module(f"{__name__}.{module}"), name)
        return found

    def __contains__(self, label: object) -> bool:
        return label in _PLACES

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


BINDINGS: Final = _Bindings()
