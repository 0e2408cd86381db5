"""XMP packets: the properties that say something about AI, read and merged (ISO 16684-1).

Merging cuts out what is to be replaced and adds one `rdf:Description`; every other byte of a packet
stays as it is. A packet may come from anybody: a document type declaration, and with it every
entity, is refused, and depth and size are capped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from xml.parsers import expat

from aidisclose import limits
from aidisclose.errors import LimitExceeded, Malformed

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML: Final = "http://www.w3.org/XML/1998/namespace"


class Property(NamedTuple):
    """A property with a simple value.

    Attributes:
        prefix: As it is written.
        namespace: What the prefix stands for.
        name: Without the prefix.
    """

    prefix: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.prefix}:{self.name}"


_EXTENSION: Final = ("Iptc4xmpExt", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/")

#: IPTC Photo Metadata Standard 2025.1.
SOURCE_TYPE: Final = Property(*_EXTENSION, "DigitalSourceType")
SYSTEM: Final = Property(*_EXTENSION, "AISystemUsed")
SYSTEM_VERSION: Final = Property(*_EXTENSION, "AISystemVersionUsed")
PROMPT: Final = Property(*_EXTENSION, "AIPromptInformation")
PROMPT_WRITER: Final = Property(*_EXTENSION, "AIPromptWriterName")
GUID: Final = Property(*_EXTENSION, "DigImageGUID")
#: PLUS licence data format, a term of http://ns.useplus.org/ldf/vocab/.
DATA_MINING: Final = Property("plus", "http://ns.useplus.org/ldf/xmp/1.0/", "DataMining")
CREDIT: Final = Property("photoshop", "http://ns.adobe.com/photoshop/1.0/", "Credit")
#: Where the manifest store is, if not in the file (C2PA 2.5 §11.4).
PROVENANCE: Final = Property("dcterms", "http://purl.org/dc/terms/", "provenance")
#: GB 45438-2025, as placed by TC260-PG-20259A.
AIGC: Final = Property("TC260", "http://www.tc260.org.cn/ns/AIGC/1.0/", "AIGC")

PROPERTIES: Final = (
    SOURCE_TYPE,
    SYSTEM,
    SYSTEM_VERSION,
    PROMPT,
    PROMPT_WRITER,
    GUID,
    DATA_MINING,
    CREDIT,
    PROVENANCE,
    AIGC,
)
_BY_NAME: Final = {f"{item.namespace} {item.name}": item for item in PROPERTIES}

#: All values of each property, in the order in which they stand. XMP permits one of each.
Values = dict[Property, tuple[str, ...]]

_HEAD: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    f'<rdf:RDF xmlns:rdf="{_RDF}">'
)
_TAIL: Final = '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'

_TAG: Final = re.compile(rb"<(?:[^\"'<>]++|\"[^\"]*+\"|'[^']*+')*+>")
_ATTRIBUTE: Final = re.compile(rb"\s([^\s=\"'<>/]++)\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+')")
_END: Final = b"<?xpacket end"
#: What XML 1.0 cannot hold.
_FORBIDDEN: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def read(packet: bytes) -> Values:
    """What a packet says of `PROPERTIES`; all text in it is untrusted.

    Also values in other shapes than the standard's are taken: from an array the first item, from a
    resource its address. Properties inside of others are not looked at.

    Raises:
        Malformed: It is no XML, has a document type declaration, or no RDF.
        LimitExceeded: It is larger or deeper than `aidisclose.limits` allows.
    """
    return _parse(packet).values


def create(values: Mapping[Property, str]) -> bytes:
    """A new packet that says just this."""
    return (_HEAD + _description(values, 'rdf:about=""') + _TAIL).encode()


def merge(packet: bytes, values: Mapping[Property, str | None]) -> bytes:
    """A packet with these properties replaced, or removed where the value is None.

    Everything else stays byte for byte, but for white space that pads the packet; one in UTF-16 or
    UTF-32 becomes UTF-8.

    Raises:
        Malformed: See `read`.
        LimitExceeded: See `read`.
    """
    parsed = _parse(packet, {f"{item.namespace} {item.name}" for item in values})
    kept = {item: value for item, value in values.items() if value is not None}
    added = _description(kept, parsed.about).encode() if kept else b""
    data = parsed.data
    cuts = [*parsed.cuts, (parsed.end, parsed.end, added)]
    parts: list[bytes] = []
    position = 0
    for start, end, new in sorted(cuts, key=lambda cut: cut[:2]):
        if start >= position:
            parts += (data[position:start], new)
            position = end
    parts.append(data[position:])
    return _repadded(b"".join(parts), len(data))


def _description(values: Mapping[Property, str], about: str) -> str:
    prefixes = dict.fromkeys((item.prefix, item.namespace) for item in values)
    declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in prefixes)
    listed = "".join(f"<{item}>{_escape(value)}</{item}>" for item, value in values.items())
    return f'<rdf:Description xmlns:rdf="{_RDF}" {about}{declared}>{listed}</rdf:Description>'


def _escape(text: str) -> str:
    text = _FORBIDDEN.sub("\ufffd", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _repadded(data: bytes, size: int) -> bytes:
    """The packet with as much less padding as it grew, so that it keeps its size if it can."""
    end = data.rfind(_END)
    start = len(data[: max(0, end)].rstrip())
    if len(data) <= size or start >= end:
        return data
    return data[:start] + b"\n" * max(1, size - len(data) + end - start) + data[end:]


class _Parsed(NamedTuple):
    """What was found in a packet.

    Attributes:
        data: It, in UTF-8.
        values: Those of known properties.
        cuts: Start, end and replacement of what says something about the properties to replace.
        about: The `rdf:about` attribute that all descriptions have to share.
        end: Offset of the end tag of RDF.
    """

    data: bytes
    values: Values
    cuts: list[tuple[int, int, bytes]]
    about: str
    end: int


def _parse(packet: bytes, replaced: set[str] | None = None) -> _Parsed:
    if len(packet) > limits.XMP_SIZE:
        raise LimitExceeded(f"the XMP packet is larger than {limits.XMP_SIZE} bytes")
    data = _utf8(packet)
    reader = _Reader(data, replaced or set())
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Malformed(f"the XMP packet is not XML: {error}") from None
    if reader.end is None:
        raise Malformed("the XMP packet holds no RDF")
    values = {item: tuple(found) for item, found in reader.values.items()}
    return _Parsed(data, values, reader.cuts, reader.about, reader.end)


def _utf8(packet: bytes) -> bytes:
    """The packet in UTF-8, without what some programs leave around it."""
    head = packet[:4]
    width = 1
    if head.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"<\0\0\0", b"\0\0\0<")):
        width = 4
    elif head.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")):
        width = 2
    if width > 1:
        order = "le" if head[:1] in (b"<", b"\xff") else "be"
        text = packet[: len(packet) // width * width].decode(f"utf-{8 * width}-{order}", "replace")
        packet = text.removeprefix("\ufeff").encode("utf-8", "replace")
    return packet.strip(b"\0 \t\r\n")


class _Reader:
    """Takes in a packet as expat reads it; remembers where things stand."""

    def __init__(self, data: bytes, replaced: set[str]) -> None:
        self.values: dict[Property, list[str]] = {}
        self.cuts: list[tuple[int, int, bytes]] = []
        self.about = 'rdf:about=""'
        self.end: int | None = None
        self._data = data
        self._replaced = replaced
        self._path: list[str] = []
        self._prefixes: dict[str, list[str]] = {}
        self._rdf_depth = 0
        #: Start of the description, and how many properties in it are not replaced.
        self._description = (0, 0)
        self._property: tuple[Property | None, int] | None = None
        self._text: list[str] = []
        self._size = 0
        self.parser = parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartNamespaceDeclHandler = self._declare
        parser.EndNamespaceDeclHandler = self._undeclare
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._close
        parser.CharacterDataHandler = self._characters

    def _doctype(self, *_: object) -> None:
        raise Malformed("the XMP packet has a document type declaration")

    def _declare(self, prefix: str | None, uri: str) -> None:
        self._prefixes.setdefault(prefix or "", []).append(uri or "")

    def _undeclare(self, prefix: str | None) -> None:
        self._prefixes[prefix or ""].pop()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) == limits.XMP_DEPTH:
            raise LimitExceeded(f"the XMP packet is nested more than {limits.XMP_DEPTH} deep")
        self._path.append(name)
        depth = len(self._path)
        if not self._rdf_depth and name == f"{_RDF} RDF" and self.end is None:
            self._rdf_depth = depth
        elif self._rdf_depth and depth == self._rdf_depth + 1 and name == f"{_RDF} Description":
            self._describe(attributes)
        elif self._rdf_depth and depth == self._rdf_depth + 2:
            self._property = (_BY_NAME.get(name), self.parser.CurrentByteIndex)
            self._text = []
            self._size = 0
        if self._property and (resource := attributes.get(f"{_RDF} resource")):
            self._text.append(resource)

    def _describe(self, attributes: dict[str, str]) -> None:
        """Properties written as attributes of a description."""
        start = self.parser.CurrentByteIndex
        self._description = (start, len(attributes.keys() - {f"{_RDF} about"}))
        about = attributes.get(f"{_RDF} about")
        if about is not None:
            escaped = _escape(about).replace('"', "&quot;")
            self.about = f'rdf:about="{escaped}"'
        for name, value in attributes.items():
            if (item := _BY_NAME.get(name)) and value:
                self.values.setdefault(item, []).append(value)
        if self._replaced & attributes.keys() and (tag := _TAG.match(self._data, start)):
            self.cuts += self._attributes(tag)

    def _attributes(self, tag: re.Match[bytes]) -> Iterator[tuple[int, int, bytes]]:
        for attribute in _ATTRIBUTE.finditer(self._data, *tag.span()):
            prefix, _, local = attribute[1].decode("utf-8", "replace").rpartition(":")
            namespaces = self._prefixes.get(prefix) if prefix else None
            if namespaces and f"{namespaces[-1]} {local}" in self._replaced:
                yield attribute.start(), attribute.end(), b""

    def _characters(self, text: str) -> None:
        if self._property is None or self._size > limits.XMP_VALUE:
            return
        self._size += len(text)
        self._text.append(text[: limits.XMP_VALUE])

    def _close(self, name: str) -> None:
        depth = len(self._path)
        index = self.parser.CurrentByteIndex
        self._path.pop()
        if self._property and depth == self._rdf_depth + 2:
            item, start = self._property
            self._property = None
            text = "".join(self._text).strip()
            if item and text:
                self.values.setdefault(item, []).append(text)
            if name in self._replaced and (tag := _TAG.match(self._data, index)):
                self.cuts.append((start, tag.end(), b""))
            else:
                self._description = (self._description[0], self._description[1] + 1)
        elif self._rdf_depth and depth == self._rdf_depth + 1:
            self._close_description(index)
        elif self._property and name == f"{_RDF} li" and "".join(self._text).strip():
            self._size = limits.XMP_VALUE + 1  # of an array, the first item counts
        elif self._rdf_depth and depth == self._rdf_depth:
            self._rdf_depth = 0
            self.end = self._end_of_rdf(index)

    def _close_description(self, index: int) -> None:
        """Cut out a description of which nothing would be left, such as our last one."""
        start, kept = self._description
        inside = [cut for cut in self.cuts if cut[0] > start]
        if inside and not kept and (tag := _TAG.match(self._data, index)):
            self.cuts = [cut for cut in self.cuts if cut[0] < start]
            self.cuts.append((start, tag.end(), b""))

    def _end_of_rdf(self, index: int) -> int:
        """Where a description can be added at the end."""
        tag = _TAG.match(self._data, index)
        if tag is None or not tag[0].startswith(b"</"):
            raise Malformed("the XMP packet says nothing")
        return index
