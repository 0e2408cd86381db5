"""The list of conforming products: what the C2PA says of the product that signs.

A certificate of the conformance programme names the record of its product on the list, or carries
the product's name as its own (C2PA Certificate Policy §7.1). Both count only if an authority that
the user trusts issued it: anybody can write them into a certificate of their own.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from aidisclose import limits
from aidisclose.errors import TrustConfigError
from aidisclose.frozen import dataclass
from aidisclose.named import NamedTuple
from aidisclose.trust.certificate import Certificate, attribute

#: Of the file in the user's folder.
FILE: Final = "conforming-products.json"
#: Records that are read; the list had 174 in August 2026.
_MOST: Final = 50_000
_GENERATOR: Final = "generatorProduct"
_CONFORMANT: Final = "conformant"


class Product(NamedTuple):
    """A product that makes claims, as the list of conforming products has it.

    Attributes:
        record: Number of its record.
        name: The name of the product.
        organization: The maker of the product.
        unit: The department that makes it; empty if the record names none.
        assurance_level: That of the certificate, or failing that the highest that its certificates
            may have; None if neither is said.
        disallowed: Signals that its claims may not give, as `capturedMedia`.
        is_conformant: Whether the record is in force.
    """

    record: str
    name: str
    organization: str
    unit: str = ""
    assurance_level: int | None = None
    disallowed: frozenset[str] = frozenset()
    is_conformant: bool = True


@dataclass(frozen=True)
class ConformingProducts:
    """A list of conforming products; it is read when it is first asked.

    Attributes:
        source: The list in JSON, or the file that has it.
    """

    source: bytes | Path

    def find(self, certificate: Certificate) -> Product | None:
        """The product that a certificate was issued to; None if the list has none that fits.

        Of several records with the name of the certificate, what is disallowed to all of them is.

        Raises:
            TrustConfigError: The list cannot be used.
        """
        from aidisclose.trust import programme

        records = _load(self.source)
        stated = programme.level_of(certificate)
        if number := programme.product_of(certificate).lower():
            known = next((each for each in records if each.record == number), None)
            level = stated or (known.assurance_level if known else None)
            return known._replace(assurance_level=level) if known else None
        names = tuple(attribute(certificate.subject, each) for each in ("CN", "O", "OU"))
        found = [
            each
            for each in records
            if (each.name, each.organization) == names[:2] and each.unit in ("", names[2])
        ]
        if not found:
            return None
        levels = [each.assurance_level for each in found if each.assurance_level is not None]
        return found[-1]._replace(
            # Which of the records is meant cannot be told: the lowest level holds for all.
            assurance_level=stated or min(levels, default=None),
            disallowed=frozenset.intersection(*(each.disallowed for each in found)),
            is_conformant=any(each.is_conformant for each in found),
        )


@lru_cache(maxsize=4)
def _load(source: bytes | Path) -> tuple[Product, ...]:
    if isinstance(source, bytes):
        return parse(source)[0]
    try:
        with source.open("rb") as file:
            data = file.read(limits.TRUST_LIST_SIZE + 1)
    except FileNotFoundError:
        return ()  # another machine of a cluster
    except OSError as error:
        raise TrustConfigError(f"{source}: {error.strerror or error}") from None
    try:
        return parse(data)[0]
    except TrustConfigError as error:
        raise TrustConfigError(f"{source}: {error}") from None


def parse(data: bytes) -> tuple[tuple[Product, ...], date]:
    """The generators on a list as the C2PA publishes it, and the day of its last change.

    Raises:
        TrustConfigError: It is not such a list.
    """
    from aidisclose.io import json_text

    if len(data) > limits.TRUST_LIST_SIZE:
        raise TrustConfigError(f"a list of more than {limits.TRUST_LIST_SIZE} bytes")
    try:
        listed = json_text.decode(data)
        # An empty list is not one that anybody published: to store it would say of every product
        # that it is unknown.
        if not isinstance(listed, list) or not listed or len(listed) > _MOST:
            raise ValueError
        changed = max(date.fromisoformat(each["dates"]["lastModification"]) for each in listed)
        products = tuple(
            _product(each) for each in listed if each["product"]["productType"] == _GENERATOR
        )
    except (AttributeError, LookupError, TypeError, ValueError):
        raise TrustConfigError("no list of conforming products of the C2PA") from None
    return products, changed


def _product(record: dict[str, Any]) -> Product:
    found = record["product"]
    name = found["DN"]
    level = found.get("assurance", {}).get("maxAssuranceLevel")
    signals = found.get("disallowedSignals", {})
    return Product(
        record=_text(record["recordId"]).lower(),
        name=_text(name["CN"]),
        organization=_text(name["O"]),
        unit=_text(name.get("OU", "")),
        assurance_level=level if type(level) is int else None,
        disallowed=frozenset(_text(each) for group in signals.values() for each in group),
        is_conformant=record["status"] == _CONFORMANT,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
