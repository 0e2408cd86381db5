"""What readers find that go another way than the signer's program.

Archives are read entry after entry as well as by the directory at their end; mutagen guesses how
sizes of frames are written; players of Ogg search behind a page whose checksum is wrong. The other
way leads into the store, where anybody can write.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from tests.attacks import files
from tests.attacks.attack import Attack
from tests.attacks.files import Media
from tests.attacks.rebuilt import sealed
from tests.containers import samples_id3, samples_ogg, samples_zip
from tests.containers.samples_id3 import synchsafe

CLAUSE: Final = "C2PA 2.5 §A: the excluded bytes are the store's, and inert"
_SIZE: Final = 9_000
_NAME: Final = "b.txt"
#: A header of a block that holds the 65,535 bytes which follow it, as they are (RFC 1951 §3.2.4).
_SWALLOWING: Final = struct.pack("<BHH", 0, 0xFFFF, 0)
_LOCAL: Final = b"PK\3\4"


def _archive(
    *, name: str = _NAME, extra: bytes = b"", packed: bool = False
) -> tuple[bytearray, int]:
    """Two files, and the offset of the second one's local header."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        samples_zip.add(file, "a.txt")
        info = zipfile.ZipInfo(name)
        info.extra = extra
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        file.writestr(info, b"the second file")
    data = bytearray(buffer.getvalue())
    return data, data.index(_LOCAL, 4)


def _changed(offset: int, new: bytes) -> Callable[[], bytes]:
    """The archive with something else in the local header of its second file."""

    def make() -> bytes:
        data, at = _archive()
        data[at + offset : at + offset + len(new)] = new
        return bytes(data)

    return make


def _named_twice() -> bytes:
    """The second file has the name of the first one for readers of Unicode Path."""
    name = b"a.txt"
    path = struct.pack("<BI", 1, zlib.crc32(_NAME.encode())) + name
    data, _ = _archive(extra=struct.pack("<2H", 0x7075, len(path)) + path)
    return bytes(data)


def _coded(coding: bytes) -> Callable[[], bytes]:
    """A file whose length stands behind it, so that readers decode it to get there."""

    def make() -> bytes:
        text = b"the second file"
        entry = bytes(coding)
        check = struct.pack("<3I", zlib.crc32(text), len(entry), len(text))
        name = _NAME.encode()
        common = struct.pack("<4H", 8, 8, 0, 0x21)
        local = _LOCAL + struct.pack("<H", 20) + common + bytes(12) + struct.pack("<2H", 5, 0)
        central = b"PK\1\2" + struct.pack("<2H", 20, 20) + common + check
        central += struct.pack("<5H2I", 5, 0, 0, 0, 0, 0, 0) + name
        end = local + name + entry + b"PK\7\x08" + check
        tail = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(central), len(end), 0)
        return end + central + tail

    return make


def _goes_on() -> bytes:
    text = b"the second file"
    # A block that is not the last one; the next would hold what stands behind the entry.
    return struct.pack("<BHH", 0, len(text), 0xFFFF - len(text)) + text + _SWALLOWING


def _ends_before() -> bytes:
    text = b"the second file"
    return struct.pack("<BHH", 1, len(text), 0xFFFF - len(text)) + text + b"PK\3\4 and more"


_ARCHIVES: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "another name": (_changed(30, b"e"), "another name"),
    "a longer entry": (_changed(18, struct.pack("<2I", 900, 900)), "another checksum or length"),
    "another checksum": (_changed(14, b"else"), "another checksum or length"),
    "an entry without length": (_changed(18, bytes(8)), "another checksum or length"),
    "another method": (_changed(8, b"\x08\0"), "another way of coding"),
    "an encrypted entry": (_changed(6, b"\1\0"), "another way of coding"),
    "a descriptor": (_changed(6, b"\x08\0"), "a descriptor that is not there"),
    "a name in the extra field": (_named_twice, "two entries are called"),
    "coding that goes on": (_coded(_goes_on()), "leads where nothing is signed"),
    "coding that ends before": (_coded(_ends_before()), "leads where nothing is signed"),
}


def _frames(of: Media) -> bytes:
    """What to write so that a frame begins where the size of the first leads in eight bits."""
    probe = _written(of, b"M" * _SIZE)
    start = probe.index(b"TXXX")
    place = start + 10 + int.from_bytes(probe[start + 4 : start + 8])
    shown = b"".join(samples_id3.text(4, "TIT2", f"Something else {number}") for number in range(9))
    return b"M" * (place - probe.index(b"M" * _SIZE)) + shown


def _tagged(media: bytes) -> Media:
    long = b"TXXX" + synchsafe(18 * 128) + bytes(3) + b"note\0".ljust(18 * 128 - 1, b"x")
    tag = samples_id3.tag(4, samples_id3.text(4, "TIT2", "The title"), long)
    return Media(tag + media, "c2pa.hash.data")


def _unpaged() -> Media:
    """A page with a wrong checksum, in which another begins that is longer."""
    head, *others = _pages()
    inner = samples_ogg.page(2, 0, bytes(8), lacing=b"\xff" * 8 + b"\x08")
    outer = bytearray(samples_ogg.page(3, 0, b"\x80kate\0\0\0" + inner, samples_ogg.FIRST))
    outer[22:26] = b"else"
    return Media(b"".join((head, bytes(outer), *others)), "c2pa.hash.data")


def _pages() -> list[bytes]:
    data = files.media("Ogg").data
    return [b"OggS" + each for each in data.split(b"OggS")[1:]]


def attacks() -> Iterator[Attack]:
    """As it was signed, and with something else in the store."""
    for name, (make, says) in _ARCHIVES.items():
        of = Media(make(), "c2pa.hash.collection.data")
        yield from _of(f"an archive, {name}", of, says)
    for kind, content in (("MP3", samples_id3.AUDIO), ("FLAC", samples_id3.FLAC)):
        of = _tagged(content)
        honest = files.signed(files.active(seal=sealed(b"", size=_SIZE + 4_000)), of=of)
        name, says = f"parted: sizes of frames, {kind}", "a frame whose size has eight bits"
        yield Attack(name, CLAUSE, honest, _written(of, _frames(of)), says)
    says = "a page with a wrong checksum"
    yield from _of("pages of Ogg", _unpaged(), says)


def _written(of: Media, text: bytes) -> bytes:
    return files.signed(files.active(seal=sealed(text, size=_SIZE + 4_000)), of=of)


def _of(name: str, of: Media, says: str) -> Iterator[Attack]:
    honest = files.signed(files.active(), of=files.media(of.container.name))
    yield Attack(f"parted: {name}", CLAUSE, honest, _written(of, b""), says)
    yield Attack(f"parted: {name}, changed", CLAUSE, honest, _written(of, b"else " * 200), says)
