"""Small ZIP archives, made by the standard library and by hand where that writes nothing odd."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Callable
from typing import Final

from aidisclose.containers import Layout

File = zipfile.ZipFile
Fill = Callable[[zipfile.ZipFile], object]

STORE: Final = "META-INF/content_credential.c2pa"
DATE: Final = (2026, 8, 2, 12, 0, 0)
TEXT: Final = b"It was a bright cold day in April. " * 20


class _Pipe(io.RawIOBase):
    """What cannot be sought: lengths are written behind what they are about."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self.data += piece
        return len(piece)


def archive(fill: Fill, *, comment: bytes = b"", piped: bool = False) -> bytes:
    """An archive of the entries that `fill` adds."""
    pipe, buffer = _Pipe(), io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # two entries of the same name
        with zipfile.ZipFile(pipe if piped else buffer, "w") as file:
            fill(file)
            file.comment = comment
    return bytes(pipe.data) if piped else buffer.getvalue()


def add(
    file: zipfile.ZipFile,
    name: str,
    data: bytes = TEXT,
    *,
    packed: bool = False,
    wide: bool = False,
) -> None:
    """Add an entry with a fixed date."""
    info = zipfile.ZipInfo(name, DATE)
    info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    if data or wide:
        with file.open(info, "w", force_zip64=wide) as entry:
            entry.write(data)
    else:
        file.writestr(info, data)


def _plain(file: zipfile.ZipFile) -> None:
    add(file, "a.txt")
    add(file, "folder/")
    add(file, "folder/Zoë ä.txt", packed=True)
    add(file, "empty")


def _wide(file: zipfile.ZipFile) -> None:
    add(file, "a.txt", packed=True, wide=True)
    add(file, "b.txt", wide=True)


def epub(file: zipfile.ZipFile) -> None:
    """As EPUB wants it: the type comes first."""
    add(file, "mimetype", b"application/epub+zip")
    add(file, "META-INF/container.xml", b"<container/>", packed=True)
    add(file, "text.xhtml", b"<html/>", packed=True)


def office(file: zipfile.ZipFile) -> None:
    """The outline of a text document of Office."""
    add(file, "[Content_Types].xml", b"<Types/>", packed=True)
    add(file, "word/document.xml", b"<w:document/>", packed=True)


def plain() -> bytes:
    """Some files and a folder."""
    return archive(_plain)


def zip64(data: bytes) -> bytes:
    """An archive with the ZIP64 record that large ones have."""
    end = len(data) - 22
    fields = struct.unpack("<4s4H2IH", data[end:])
    count, size, offset = fields[4:7]
    record = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
    last = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, size, 0xFFFFFFFF, 0)
    return data[:end] + record + locator + last


def _narrow(data: bytes) -> bytes:
    """The same archive without that record."""
    at = data.rindex(b"PK\6\6")
    count, _, size, offset = struct.unpack_from("<4Q", data, at + 24)
    return data[:at] + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, size, offset, 0)


def large(size: int) -> bytes:
    """One with that many bytes in an entry."""
    return archive(lambda file: add(file, "large.bin", bytes(size)))


def with_second_store(data: bytes, layout: Layout, frame: bytes) -> bytes:
    """A file with one store, and another one listed besides."""
    if b"PK\6\6" in data:
        return zip64(with_second_store(_narrow(data), layout, frame))
    start = layout.blocks[-1].start
    directory = data[start:]
    end = directory.index(b"PK\5\6")
    fields = list(struct.unpack("<4s4H2IH", directory[end : end + 22]))
    header = struct.unpack_from("<4s5H3I2H", frame)
    listed = struct.pack(
        "<4s6H3I5H2I", b"PK\1\2", 10, *header[1:9], len(STORE), 0, 0, 0, 0, 0, start
    )
    listed += STORE.encode()
    fields[3] += 1
    fields[4] += 1
    fields[5] += len(listed)
    fields[6] += len(frame)
    last = struct.pack("<4s4H2IH", *fields) + directory[end + 22 :]
    return data[:start] + frame + directory[:end] + listed + last


SAMPLES: Final[dict[str, Callable[[], bytes]]] = {
    "plain": plain,
    "epub": lambda: archive(epub),
    "piped": lambda: archive(_plain, piped=True),
    "comment": lambda: archive(_plain, comment=b"the end"),
    "wide-entries": lambda: archive(_wide),
    "wide-piped": lambda: archive(_wide, piped=True),
    "zip64": lambda: zip64(plain()),
}
