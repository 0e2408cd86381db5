"""The record of a disclosure as a manifest has it: what was stated beyond the specification.

Whoever signs has it from whoever declares: consent, purpose, labels that people see. None of it is
checked, and its types are whatever stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from aidisclose.errors import Unreadable

if TYPE_CHECKING:
    from aidisclose.manifest.lineage import Believed

#: The assertion in our own namespace that holds it.
LABEL: Final = "org.aidisclose.disclosure"


def read(manifest: Believed | None) -> Mapping[str, object]:
    """The fields of the record of a manifest; empty if it has none that can be read."""
    for each in manifest.assertions if manifest else ():
        if each.parts.name == LABEL:
            try:
                return {str(name): value for name, value in each.fields.items()}
            except Unreadable:
                return {}
    return {}
