"""Hard bindings: what ties a manifest to its asset. To add one, name it in BINDINGS."""

from __future__ import annotations

from typing import Final

from aidisclose.bindings import bmff_hash, box_hash, collection_hash, data_hash
from aidisclose.bindings.binding import Binding, BindingResult

__all__ = ["BINDINGS", "Binding", "BindingResult"]

#: By the label of the assertion, all versions included that are read.
BINDINGS: Final[dict[str, Binding]] = {
    "c2pa.hash.data": data_hash.BINDING,
    "c2pa.hash.boxes": box_hash.BINDING,
    "c2pa.hash.bmff": bmff_hash.FIRST_VERSION,
    "c2pa.hash.bmff.v2": bmff_hash.BINDING,
    "c2pa.hash.bmff.v3": bmff_hash.BINDING,
    "c2pa.hash.collection.data": collection_hash.BINDING,
}
