"""Bytes that the signature leaves out, and that say or show something."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from aidisclose.bindings.binding import Fields
from aidisclose.io.digest import DigestPlan, complement, digest
from aidisclose.io.source import Range
from tests.attacks import files
from tests.attacks.attack import Attack
from tests.bindings.build import asset
from tests.containers import samples

CLAUSE: Final = "C2PA 2.5 §14.12.1, §16.3.1"
_PACKET: Final = (
    b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-"
    b"syntax-ns#'><rdf:Description rdf:about='' xmlns:i='http://iptc.org/std/Iptc4xmpExt/2008-02-"
    b"29/' i:DigitalSourceType='http://cv.iptc.org/newscodes/digitalsourcetype/%b'/></rdf:RDF>"
    b"</x:xmpmeta>"
)
_HEAD: Final = b"http://ns.adobe.com/xap/1.0/\0"


def hashed(data: bytes, exclusions: Sequence[object]) -> Fields:
    """A data hash with these exclusions; what is not a range of the file is only listed."""
    file = asset(data)
    ranges = [
        Range(item["start"], item["length"])
        for item in exclusions
        if isinstance(item, dict)
        and all(type(item.get(name)) is int and item[name] >= 0 for name in ("start", "length"))
        and item["start"] + item["length"] <= len(data)
    ]
    value = digest(file.source, DigestPlan("sha256", complement(len(data), ranges)))
    return {
        "exclusions": list(exclusions),
        "alg": "sha256",
        "name": "jumbf manifest",
        "hash": value,
    }


def part(start: int, length: int) -> Fields:
    """An exclusion."""
    return {"start": start, "length": length}


def store(data: bytes) -> Range:
    """The frame of the store."""
    return asset(data).layout.stores[0].frame


def attacks() -> Iterator[Attack]:
    """Content left out by the signer and changed by somebody else."""
    yield from _metadata()
    yield from _shapes()


def _metadata() -> Iterator[Attack]:
    packet = _PACKET % b"trainedAlgorithmicMedia"
    other = (_PACKET % b"digitalCapture").ljust(len(packet))
    data = samples.jpeg()
    data = data[:2] + samples.jpeg_segment(0xE1, _HEAD + packet) + data[2:]

    of = files.media("JPEG")._replace(data=data)
    honest = files.signed(files.active(), of=of._replace(fields=_ordered(packet)))
    forged = honest.replace(packet, other)
    title = "exclusions: a packet that the signature leaves out"
    yield Attack(title, CLAUSE, honest, forged, "", integrity="partial")

    picture = files.picture()
    honest = files.signed(files.active(), of=picture._replace(fields=_nearly_all))
    changed = honest[:-60] + bytes(20) + honest[-40:]
    yield Attack("exclusions: nearly all", CLAUSE, honest, changed, "", integrity="partial")


def _ordered(packet: bytes) -> Callable[[bytes], Fields]:
    def fields(data: bytes) -> Fields:
        ranges = sorted([store(data), Range(data.index(packet), len(packet))])
        return hashed(data, [part(*item) for item in ranges])

    return fields


def _nearly_all(data: bytes) -> Fields:
    frame = store(data)
    return hashed(data, [part(*frame), part(frame.end, len(data) - frame.end)])


def _shapes() -> Iterator[Attack]:
    """Lists of exclusions that readers would understand in different ways."""
    of = files.picture()
    honest = files.signed(files.active(), of=of)

    def forged(make: Callable[[bytes, Range], Sequence[object]]) -> bytes:
        def fields(data: bytes) -> Fields:
            return hashed(data, make(data, store(data)))

        return files.signed(files.active(), of=of._replace(fields=fields))

    shapes: dict[str, Callable[[bytes, Range], Sequence[object]]] = {
        "out of order": lambda data, f: [part(f.end + 4, 4), part(*f)],
        "overlapping": lambda data, f: [part(*f), part(f.end - 4, 8)],
        "twice": lambda data, f: [part(*f), part(*f)],
        "negative start": lambda data, f: [part(*f), part(-4, 4)],
        "negative length": lambda data, f: [part(*f), part(f.end, -1)],
        "beyond the end": lambda data, f: [part(*f), part(len(data) - 4, 100)],
        "far beyond": lambda data, f: [part(*f), part(1 << 63, 1 << 63)],
        "floats": lambda data, f: [{"start": float(f.start), "length": float(f.length)}],
        "texts": lambda data, f: [{"start": str(f.start), "length": str(f.length)}],
        "booleans": lambda data, f: [part(*f), {"start": True, "length": True}],
        "more than the store": lambda data, f: [part(f.start, f.length + 20)],
        "from before the store": lambda data, f: [part(f.start - 10, f.length + 10)],
        "everything": lambda data, f: [part(0, len(data))],
        "not all of the store": lambda data, f: [part(f.start, f.length - 4)],
        "the store in two": lambda data, f: [part(f.start, 8), part(f.start + 8, f.length - 8)],
        "elsewhere": lambda data, f: [part(0, 8)],
        "none": lambda data, f: [],
        "no list": lambda data, f: [7],
        "of other names": lambda data, f: [{"offset": f.start, "size": f.length}],
    }
    for name, make in shapes.items():
        allowed = name == "the store in two"
        data = forged(make)
        yield Attack(f"exclusions: {name}", CLAUSE, honest, data, "", may_stand=allowed)
