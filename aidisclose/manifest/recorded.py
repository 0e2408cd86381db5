"""The record of a disclosure as a manifest has it: what was stated beyond the specification.

Whoever signs has it from whoever declares: consent, purpose, labels that people see. None of it is
checked, and its types are whatever stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from aidisclose.errors import Unreadable
from aidisclose.manifest import label

if TYPE_CHECKING:
    from aidisclose.manifest.lineage import Believed

#: How many labels and notices are read: a record needs a few, and each costs decoding a picture.
_DIRECT: Final = 64


def read(manifest: Believed | None) -> Mapping[str, object]:
    """The fields of the record of a manifest; empty if it has none that can be read."""
    for each in manifest.assertions if manifest else ():
        if each.parts.name == label.DISCLOSURE:
            try:
                return {str(name): value for name, value in each.fields.items()}
            except Unreadable:
                return {}
    return {}


def direct(record: Mapping[str, object]) -> tuple[Mapping[object, object], ...]:
    """The labels and notices to people that a record declares; types are not checked."""
    listed = record.get("direct")
    items = listed if isinstance(listed, list) else []
    return tuple(each for each in items[:_DIRECT] if isinstance(each, dict))
