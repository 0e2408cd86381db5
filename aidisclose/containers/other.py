"""Files of formats in which C2PA has no place for a manifest store, and of unknown ones.

Their store lies beside them (C2PA 2.5 §11.4, §14.5.3.1): the hash of all bytes needs no structure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aidisclose.containers.container import KEEP, Container, Edits, Layout
from aidisclose.errors import Unembeddable
from aidisclose.io.change import change
from aidisclose.io.source import Source
from aidisclose.io.splice import Splice

#: Packets of a transport stream, alone and with the time code of recorders before each.
_PACKET, _TIMED_PACKET = 188, 192
_SYNC: Final = 0x47
#: DICOM files begin with 128 bytes of anything (PS3.10 §7.1). Those with the header of a TIFF there
#: are TIFF files as well, and have a place for a store.
_PREAMBLE: Final = 128
_EBML: Final = b"\x1a\x45\xdf\xa3"
#: The document type of an EBML file is one of its first elements.
#: RFC 8794 §11.2.
_EBML_HEAD: Final = 64
#: Bytes of control characters that text has.
_CONTROLS: Final = b"\t\n\r\f"


class Other(Container):
    """A format without a place for a manifest store.

    Arguments:
        name: For people.
        media_type: IANA type.
        extensions: File name endings.
        sniff: Whether the first bytes of a file show that it has the format.
        is_media: Whether files of this format are taken from searched folders, as media are.
    """

    def __init__(
        self,
        name: str,
        media_type: str,
        extensions: tuple[str, ...],
        sniff: Callable[[bytes], bool],
        *,
        is_media: bool = True,
    ) -> None:
        self.name = name
        self.media_types = (media_type,)
        self.extensions = extensions
        self.is_media = is_media
        self._sniff = sniff

    def sniff(self, head: bytes) -> bool:
        """See `Container.sniff`."""
        return self._sniff(head)

    def scan(self, source: Source) -> Layout:
        """See `Container.scan`."""
        return Layout(media_type=self.media_types[0], size=source.size, blocks=())

    def _frame(self, _store: bytes) -> bytes:
        raise self.refusal()

    def rewrite(self, source: Source, _layout: Layout, edits: Edits) -> Splice:
        """See `Container.rewrite`."""
        if edits.store not in (KEEP, None) or edits.xmp not in (KEEP, None):
            raise self.refusal()
        return change(source, ())

    def refusal(self) -> Unembeddable:
        """The error that says that no store can be embedded."""
        where = "files of an unknown format" if self is ANY else f"{self.name} files"
        kind = "" if self.is_media else self.name
        return Unembeddable(f"C2PA has no place for a manifest store in {where}", kind=kind)


def _is_wave(head: bytes) -> bool:
    return head[:4] in (b"RF64", b"BW64", b"RIFX") and head[8:12] == b"WAVE"


def _is_aiff(head: bytes) -> bool:
    return head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC")


def _is_aac(head: bytes) -> bool:
    """A header of ADTS, whose layer is 0, which MPEG audio has not (ISO/IEC 14496-3, 1.A.2.2)."""
    return len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0


def _is_webm(head: bytes) -> bool:
    return head.startswith(_EBML) and b"webm" in head[:_EBML_HEAD]


def _is_matroska(head: bytes) -> bool:
    return head.startswith(_EBML) and b"matroska" in head[:_EBML_HEAD]


def _is_transport_stream(head: bytes) -> bool:
    for start, length in ((0, _PACKET), (_TIMED_PACKET - _PACKET, _TIMED_PACKET)):
        # Four packets: one byte 0x47 begins many files, among them every GIF.
        marks = head[start : start + 4 * length : length]
        if len(marks) > 1 and set(marks) == {_SYNC}:
            return True
    return False


def _is_dicom(head: bytes) -> bool:
    return head.startswith(b"DICM", _PREAMBLE)


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters; the last character may be cut off."""
    if not head or any(byte < 0x20 and byte not in _CONTROLS for byte in head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start > 0 and error.reason == "unexpected end of data"
    return True


def _is_json(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") and _is_text(head)


#: In sniffing order, after all formats that have a place for a store.
OTHERS: Final = (
    Other("RF64", "audio/wav", (".rf64", ".bw64"), _is_wave),
    Other("AIFF", "audio/aiff", (".aiff", ".aif", ".aifc"), _is_aiff),
    Other("WebM", "video/webm", (".webm",), _is_webm),
    Other("Matroska", "video/matroska", (".mkv", ".mka"), _is_matroska),
    # Not .ts, which most often is TypeScript.
    Other("MPEG-TS", "video/mp2t", (".m2ts", ".mts"), _is_transport_stream),
    Other("DICOM", "application/dicom", (".dcm",), _is_dicom),
    Other("AAC", "audio/aac", (".aac",), _is_aac),
    Other("GGUF", "application/x-gguf", (".gguf",), lambda head: head.startswith(b"GGUF")),
    Other("JSON", "application/json", (".json",), _is_json, is_media=False),
    Other("text", "text/plain", (".csv",), _is_text, is_media=False),
)

#: A file of an unknown format.
ANY: Final = Other(
    "of an unknown format", "application/octet-stream", (), lambda _head: False, is_media=False
)
