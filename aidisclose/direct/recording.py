"""The record in a file of its direct disclosures, by which signing can declare them."""

from __future__ import annotations

import json

from aidisclose.carriers import xmp
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.manifest import record
from aidisclose.manifest.record import Direct


def write(old: bytes | None, direct: Direct, earlier: tuple[Direct, ...] | None = None) -> bytes:
    """The XMP packet with one more direct disclosure.

    Arguments:
        old: The packet of the file; None if it has none.
        direct: The new disclosure.
        earlier: Those before it; None for what the packet records.

    Raises:
        Malformed: The old packet cannot be read.
        LimitExceeded: It is too large.
    """
    listed = [*(read(old) if earlier is None else earlier), direct]
    text = json.dumps([record.encode(item) for item in listed], ensure_ascii=False)
    if old is None:
        return xmp.create({xmp.DIRECT: text})
    return xmp.parse(old).merge({xmp.DIRECT: text})


def read(packet: bytes | None) -> tuple[Direct, ...]:
    """The direct disclosures that `write` recorded; none if they cannot be read."""
    if packet is None or xmp.DIRECT.namespace.encode() not in packet:
        return ()
    try:
        values = xmp.parse(packet).values.get(xmp.DIRECT, ())
        return tuple(record.build(Direct, item) for text in values for item in json.loads(text))
    except (Malformed, LimitExceeded, ValueError, TypeError, RecursionError):
        return ()
