"""Ingredient assertions, versions 1 to 3, in the terms of version 3 (C2PA 2.5 §16.5)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from aidisclose.errors import Malformed
from aidisclose.manifest.store import Assertion
from aidisclose.manifest.uri import HashedURI
from aidisclose.named import NamedTuple

PARENT_OF: Final = "parentOf"
COMPONENT_OF: Final = "componentOf"
INPUT_TO: Final = "inputTo"
RELATIONSHIPS: Final = (PARENT_OF, COMPONENT_OF, INPUT_TO)
NAME: Final = "c2pa.ingredient"

#: What only an ingredient without a manifest may say; its manifest says it otherwise.
_WITHOUT_MANIFEST: Final = {
    "digitalSourceType": "a digital source type",
    "relatedAssertions": "related assertions",
}


class Ingredient(NamedTuple):
    """An ingredient of an asset; all text in it is untrusted.

    Attributes:
        assertion: The assertion box in which it stands.
        version: Of the assertion's schema, 1 to 3.
        fields: All of it, as decoded.
        relationship: One of `RELATIONSHIPS`.
        title: Its name.
        media_type: Its format.
        instance_id: Identifies that version of the ingredient.
        manifest: Reference to its own active manifest in the same store.
        claim_signature: Reference to the signature of that manifest.
        recorded: Code and URL of the statuses that whoever added it found.
    """

    assertion: Assertion
    version: int
    fields: dict[object, object]
    relationship: str
    title: str | None
    media_type: str | None
    instance_id: str | None
    manifest: HashedURI | None
    claim_signature: HashedURI | None
    recorded: frozenset[tuple[str, str]]


def decode(assertion: Assertion) -> Ingredient:
    """The ingredient in an assertion.

    Raises:
        Malformed: A field that is needed is missing or has the wrong type.
    """
    return assertion.decoded(_decode)


def _decode(assertion: Assertion) -> Ingredient:
    fields = assertion.fields
    version = assertion.parts.version
    relationship = fields.get("relationship")
    if relationship not in RELATIONSHIPS:
        raise Malformed(f"an ingredient cannot be {relationship!r}")
    manifest = fields.get("activeManifest" if version >= 3 else "c2pa_manifest")
    if version >= 3 and manifest is not None:
        # As c2pa-rs has it (`assertion.ingredient.malformed`): who adds an ingredient has to say
        # what they found.
        if "validationResults" not in fields:
            raise Malformed("an ingredient with a manifest but without validation results")
        for name, what in _WITHOUT_MANIFEST.items():
            if name in fields:
                raise Malformed(f"an ingredient with both a manifest and {what}")
    signature = fields.get("claimSignature") if version >= 3 else None
    return Ingredient(
        assertion=assertion,
        version=version,
        fields=fields,
        relationship=str(relationship),
        title=_text(fields.get("dc:title")),
        media_type=_text(fields.get("dc:format")),
        instance_id=_text(fields.get("instanceID")),
        manifest=None if manifest is None else HashedURI.decode(manifest),
        claim_signature=None if signature is None else HashedURI.decode(signature),
        recorded=frozenset(_recorded(fields)),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _recorded(fields: dict[object, object]) -> list[tuple[str, str]]:
    results = fields.get("validationResults")
    maps: list[object] = []
    if isinstance(results, dict):
        maps.append(results.get("activeManifest"))
        deltas = results.get("ingredientDeltas")
        for delta in deltas if isinstance(deltas, list) else []:
            maps.append(delta.get("validationDeltas") if isinstance(delta, dict) else None)
    lists = [group for item in maps if isinstance(item, dict) for group in item.values()]
    # Of versions 1 and 2: a list of statuses about the ingredient alone.
    lists.append(fields.get("validationStatus"))
    return [
        (str(item.get("code")), str(item.get("url")))
        for group in lists
        if isinstance(group, list)
        for item in group
        if isinstance(item, dict)
    ]


def title_of(path: Path) -> str:
    """The name of a file as text; a byte that is not UTF-8 becomes U+FFFD, as CBOR has no other."""
    return os.fsencode(path.name).decode(errors="replace")
