"""The type of every element of DER counts: with another tag, a structure is another one.

Readers that took one for the other would see different certificates, answers or stamps in the same
bytes. Where nothing is read, the type does not matter; these places are listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import pytest

from aidisclose.codec import der
from aidisclose.errors import Malformed, Unreadable
from aidisclose.trust import certificate, crl, ocsp
from aidisclose.trust.budget import Budget
from tests.trust import pki
from tests.trust.crls import entry, make
from tests.trust.pki import DAY, NOW
from tests.trust.test_ocsp import HOLD, REVOKED, respond

#: Another tag of the same form for each; others become those of an OCTET STRING.
_OTHER: Final = {
    der.SEQUENCE: der.SET,
    der.SET: der.SEQUENCE,
    0xA0: 0xA5,
    0xA1: 0xA5,
    0xA2: 0xA5,
    0xA3: 0xA5,
    der.OCTET_STRING: der.BIT_STRING,
}


class Place(NamedTuple):
    """An element: its offset, and the numbers of the elements that lead to it."""

    offset: int
    path: str


def places(data: bytes, path: str = "", start: int = 0, end: int | None = None) -> Iterator[Place]:
    """Every element of an encoding, those inside of constructed ones included."""
    reader = der.Reader(data, start, end)
    for number, element in enumerate(iter(lambda: reader.take() if reader else None, None)):
        own = f"{path}.{number}" if path else str(number)
        yield Place(element.start, own)
        if element.tag & 0x20:
            yield from places(data, own, element.body, element.end)


def unnoticed(data: bytes, read: Callable[[bytes], object]) -> list[str]:
    """The paths of elements whose type nothing notices."""
    read(data)
    found = []
    for offset, path in places(data):
        tag = data[offset]
        changed = data[:offset] + bytes([_OTHER.get(tag, der.OCTET_STRING)]) + data[offset + 1 :]
        try:
            read(changed)
        except Unreadable:
            continue
        found.append(path)
    return found


def ask(data: bytes) -> None:
    """Read an answer; one that is malformed says so, and is no error."""
    found = ocsp.check(
        data,
        certificate=pki.signer().certificate,
        issuer=pki.intermediate().certificate,
        now=NOW,
        attested=None,
        budget=Budget(),
    )
    if found.outcome is ocsp.RevocationStanding.NOT_APPLICABLE and "signature" not in found.reason:
        raise Malformed(found.reason)


def read_list(data: bytes) -> None:
    """Read a revocation list, and look for the signer in it."""
    found = crl.read(data)
    crl._find(found.entries, pki.signer().certificate.serial)


def read_key(data: bytes) -> None:
    """Read a certificate, and load its key."""
    if certificate.load(data).public_key is None:
        raise Malformed("no key")


#: Names are compared as they stand, and shown as far as they can be read (`format_name`).
_NAMES: Final = tuple(f"{at}{rest}" for at in ("0.0.3", "0.0.5") for rest in (".0", ".1"))
_ISSUER: Final = ("0.0.2.0", "0.0.2.1")
#: Of an entry: what is no number is not the one that is looked for, and extensions that are none
#: leave it a revocation.
_ENTRY: Final = ("0.0.5.0.0", "0.0.5.0.2")

CASES: Final = {
    "certificate": (pki.signer().der, read_key, _NAMES),
    "revocation list": (
        make(pki.intermediate(), [entry(pki.signer(), NOW - DAY, HOLD)]),
        read_list,
        (*_ISSUER, *_ENTRY),
    ),
    "answer": (respond(REVOKED, revoked_at=NOW - DAY, reason=HOLD), ask, ()),
}


@pytest.mark.parametrize("name", CASES)
def test_the_type_of_every_element_that_is_read(name: str) -> None:
    data, read, apart = CASES[name]
    assert [each for each in unnoticed(data, read) if not each.startswith(apart)] == []


def test_the_reason_of_a_revocation_is_an_enumerated_number() -> None:
    data = make(pki.intermediate(), [entry(pki.signer(), NOW - DAY, HOLD)])
    assert data.count(b"\x0a\x01\x06") == 1
    with pytest.raises(Malformed, match="ENUMERATED expected, INTEGER found"):
        read_list(data.replace(b"\x0a\x01\x06", b"\x02\x01\x06"))
