"""The claim of a manifest, version 1 and 2 (C2PA 2.5 §10.2; 1.4 §10.2 for version 1)."""

from __future__ import annotations

from typing import Final

from aidisclose.codec import cbor
from aidisclose.errors import Malformed
from aidisclose.manifest.uri import HashedURI
from aidisclose.named import NamedTuple

_REQUIRED: Final = {
    1: {
        "claim_generator": str,
        "signature": str,
        "assertions": list,
        "dc:format": str,
        "instanceID": str,
    },
    2: {
        "claim_generator_info": dict,
        "signature": str,
        "created_assertions": list,
        "instanceID": str,
    },
}


class Claim(NamedTuple):
    """A decoded claim; all text in it is untrusted.

    Attributes:
        version: 1 or 2.
        fields: All of it, as decoded.
        created: The assertions of the claim generator itself; all assertions of a version 1 claim.
        gathered: The assertions that the claim generator passes on from others.
        signature: JUMBF URI of the claim signature.
        instance_id: Identifies this version of the asset.
        alg: Hash algorithm where a reference names none; None if the claim names none.
        title: Name of the asset.
        generators: `claim_generator_info`; a version 1 claim may have several or none.
        redacted: JUMBF URIs of assertions that this claim removed from its ingredients.
    """

    version: int
    fields: dict[object, object]
    created: tuple[HashedURI, ...]
    gathered: tuple[HashedURI, ...]
    signature: str
    instance_id: str
    alg: str | None = None
    title: str | None = None
    generators: tuple[dict[object, object], ...] = ()
    redacted: tuple[str, ...] = ()

    @property
    def assertions(self) -> tuple[HashedURI, ...]:
        """All references to assertions, created ones first."""
        return self.created + self.gathered

    @property
    def generator(self) -> str:
        """Name and version of the claim generator for people."""
        for info in self.generators:
            name, version = info.get("name"), info.get("version")
            if isinstance(name, str):
                return f"{name} {version}" if isinstance(version, str) else name
        text = self.fields.get("claim_generator")
        return text if isinstance(text, str) else ""


def decode(fields: dict[object, object], *, version: int) -> Claim:
    """The claim in a decoded CBOR map.

    Arguments:
        fields: The map.
        version: As the label of the claim box says.

    Raises:
        Malformed: A required field is missing, or one has the wrong type.
    """
    for name, kind in _REQUIRED[version].items():
        if not isinstance(fields.get(name), kind):
            raise Malformed(f"the claim has no valid {name}")
    if version == 2:
        created, gathered = fields["created_assertions"], fields.get("gathered_assertions", [])
        # One map in version 2, where version 1 had a list of them.
        generators = _generators(fields["claim_generator_info"])
        if not (isinstance(generators[0].get("name"), str) and generators[0]["name"]):
            raise Malformed("claim_generator_info has no name")
    else:
        # Version 1 does not tell them apart: the signer stands for all of it.
        created, gathered = fields["assertions"], []
        generators = _generators(fields.get("claim_generator_info", []))
    redacted = fields.get("redacted_assertions", [])
    if not (isinstance(redacted, list) and all(isinstance(url, str) for url in redacted)):
        raise Malformed("redacted_assertions is not a list of URIs")
    return Claim(
        version=version,
        fields=fields,
        created=_references(created),
        gathered=_references(gathered),
        signature=str(fields["signature"]),
        instance_id=str(fields["instanceID"]),
        alg=_text(fields, "alg"),
        title=_text(fields, "dc:title"),
        generators=tuple(generators),
        redacted=tuple(redacted),
    )


def decode_box(content: bytes, *, version: int, values: cbor.ValueBudget | None = None) -> Claim:
    """As `decode`, from the content of the claim box.

    Arguments:
        content: Of the box.
        version: As the label of the box says.
        values: The values that the file may still hold; None if it holds nothing else.

    Raises:
        Malformed: It is not a map, or not that of a claim.
    """
    return decode(cbor.decode_map(content, values=values), version=version)


def _references(value: object) -> tuple[HashedURI, ...]:
    if not isinstance(value, list):
        raise Malformed("the assertions of the claim are not a list")
    return tuple(HashedURI.decode(item) for item in value)


def _generators(value: object) -> list[dict[object, object]]:
    # Version 1 wants a list of maps; old generators wrote null, one map, or text instead, and no
    # rule of validation depends on it.
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _text(fields: dict[object, object], name: str) -> str | None:
    value = fields.get(name)
    if not isinstance(value, str | None):
        raise Malformed(f"{name} of the claim is not text")
    return value
