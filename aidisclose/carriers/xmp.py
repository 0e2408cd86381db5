"""XMP packets: the properties that say something about AI, read and merged (ISO 16684-1).

Merging cuts out what is to be replaced and adds one `rdf:Description`; every other byte of a packet
stays as it is. The result is read again before anybody gets it: it has to say what was asked, and
everything else that it said before. A packet may come from anybody: a document type declaration,
and with it every entity, is refused, and depth and size are capped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final
from xml.parsers import expat

from aidisclose import limits
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.named import NamedTuple

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


class Property(NamedTuple):
    """A property with a simple value.

    Attributes:
        prefix: As it is written.
        namespace: The namespace that the prefix stands for.
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
#: What a picture shows, for people who do not see it.
ALT_TEXT: Final = Property(
    "Iptc4xmpCore", "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/", "AltTextAccessibility"
)
#: Where the manifest store is, if not in the file (C2PA 2.5 §11.4).
PROVENANCE: Final = Property("dcterms", "http://purl.org/dc/terms/", "provenance")
#: GB 45438-2025, as placed by TC260-PG-20259A.
AIGC: Final = Property("TC260", "http://www.tc260.org.cn/ns/AIGC/1.0/", "AIGC")

#: Our own: the direct disclosures that were put on a file before it is signed, as JSON.
DIRECT: Final = Property("aidisclose", "urn:aidisclose:xmp:1#", "Direct")

PROPERTIES: Final = (
    SOURCE_TYPE,
    SYSTEM,
    SYSTEM_VERSION,
    PROMPT,
    PROMPT_WRITER,
    GUID,
    DATA_MINING,
    CREDIT,
    ALT_TEXT,
    PROVENANCE,
    AIGC,
    DIRECT,
)
_BY_NAME: Final = {f"{item.namespace} {item.name}": item for item in PROPERTIES}

#: All values of each property, in the order in which they stand. XMP permits one of each.
PropertyValues = dict[Property, tuple[str, ...]]

_HEAD: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    f'<rdf:RDF xmlns:rdf="{_RDF}">'
)
_TAIL: Final = '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'

_TAG: Final = re.compile(rb"<(?:[^\"'<>]++|\"[^\"]*+\"|'[^']*+')*+>")
#: An element and the text behind it, with room for too many attributes (`a=""`).
_LONG_ELEMENT: Final = re.compile(rb"<[^<]{%d,}+" % (4 * limits.XMP_ATTRIBUTES))
_ATTRIBUTE: Final = re.compile(rb"\s([^\s=\"'<>/]++)\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+')")
_END: Final = b"<?xpacket end"
#: What XML 1.0 cannot hold.
_FORBIDDEN: Final = "[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"


class Span(NamedTuple):
    """The part of a packet that sets a known property.

    Attributes:
        start: Offset of the attribute or element.
        end: Offset of the first byte after it.
        item: The property.
        description: Index of the description that it stands in.
    """

    start: int
    end: int
    item: Property
    description: int


class Description(NamedTuple):
    """One description of a packet.

    Attributes:
        start: Its offset.
        end: Offset of the first byte after it.
        others: The number of other things that it says, besides known properties.
    """

    start: int
    end: int
    others: int


def plain(text: str) -> str:
    """A text as XMP can hold it, and as readers give it back.

    Without spaces around it, with one kind of line end, and with a replacement for each character
    that XML 1.0 cannot hold (§2.2), such as the escape of terminals.
    """
    return _permitted(_lines(text)).strip()


def _permitted(text: str) -> str:
    # Compiling this pattern takes as long as reading a packet, and almost no text needs it.
    return text if text.isprintable() else re.sub(_FORBIDDEN, "\ufffd", text)


def is_address(url: str) -> bool:
    """Whether readers would follow a reference to a manifest store: it is https."""
    return url.startswith("https://") and url.isascii() and not any(map(str.isspace, url))


class Packet(NamedTuple):
    """A packet that was read; all text in it is untrusted.

    Attributes:
        data: It, in UTF-8.
        values: The values of `PROPERTIES` in it.
        spans: The spans where it says that.
        descriptions: Its descriptions, in order.
        about: The `rdf:about` attribute that all descriptions have to share.
        end: Offset of the end tag of RDF; of the `/>` of an RDF element without content.
        name: Name of that element as it is written, empty unless it has no content.
    """

    data: bytes
    values: PropertyValues
    spans: tuple[Span, ...]
    descriptions: tuple[Description, ...]
    about: str
    end: int
    name: str = ""

    def merge(self, values: Mapping[Property, str | None]) -> bytes:
        """The packet with these properties replaced, or removed where the value is None.

        Everything else stays byte for byte, but for white space that pads the packet; one in
        UTF-16 or UTF-32 becomes UTF-8.

        Raises:
            Malformed: The result would not say what was asked, or not all that was said before.
            LimitExceeded: It is larger or deeper than `aidisclose.limits` allows.
        """
        kept = {item: value for item, value in values.items() if value is not None}
        added = _description(kept, self.about).encode() if kept else b""
        place = (self.end, self.end, added)
        if self.name:
            place = (self.end, self.end + 2, b">" + added + f"</{self.name}>".encode())
        cuts = [*((*cut, b"") for cut in self._cuts(values)), place]
        parts: list[bytes] = []
        position = 0
        for start, end, new in sorted(cuts):
            parts += (self.data[position:start], new)
            position = end
        parts.append(self.data[position:])
        merged = _repadded(b"".join(parts), len(self.data))
        self._compare(merged, values)
        return merged

    def _compare(self, merged: bytes, values: Mapping[Property, str | None]) -> None:
        """Raise Malformed unless `merged` says these values, and all else that this packet says."""
        wanted = {item: found for item, found in self.values.items() if item not in values}
        for item, value in values.items():
            if value is not None and (text := plain(value)):
                wanted[item] = (text,)
        found = parse(merged).values
        said = {item: tuple(map(_lines, texts)) for item, texts in found.items()}
        if said != {item: tuple(map(_lines, texts)) for item, texts in wanted.items()}:
            raise Malformed("the XMP packet cannot be changed to say just what is asked")
        if _others(merged) != _others(self.data):
            raise Malformed("the XMP packet cannot be changed without losing what else it says")

    def _cuts(self, values: Mapping[Property, str | None]) -> Iterator[tuple[int, int]]:
        """The parts that set these properties; whole descriptions if nothing is left in them."""
        said = Counter(span.description for span in self.spans)
        replaced = [span for span in self.spans if span.item in values]
        count = Counter(span.description for span in replaced)
        empty = {
            index
            for index in count
            if said[index] == count[index] and not self.descriptions[index].others
        }
        for index in sorted(empty):
            yield self.descriptions[index][:2]
        for span in replaced:
            if span.description not in empty:
                yield span[:2]


def parse(packet: bytes) -> Packet:
    """A packet.

    Also values in other shapes than the standard's are taken: from an array the first item, from a
    resource its address. Properties inside of others are not looked at.

    Raises:
        Malformed: It is not XML, has a document type declaration, or no RDF.
        LimitExceeded: It is larger or deeper than `aidisclose.limits` allows.
    """
    if len(packet) > limits.XMP_SIZE:
        raise LimitExceeded(f"the XMP packet is larger than {limits.XMP_SIZE} bytes")
    data = _utf8(packet)
    _check_attributes(data)
    reader = _Reader(data)
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Malformed(f"the XMP packet is not XML: {error}") from None
    finally:
        # It refers to the reader, which would keep both until garbage is looked for.
        del reader.parser
    if reader.end is None:
        raise Malformed("the XMP packet holds no RDF")
    return Packet(
        data=data,
        values={item: tuple(found) for item, found in reader.values.items()},
        spans=tuple(reader.spans),
        descriptions=tuple(reader.descriptions),
        about=reader.about,
        end=reader.end,
        name=reader.name,
    )


def create(values: Mapping[Property, str]) -> bytes:
    """A new packet that says just this."""
    return (_HEAD + _description(values, 'rdf:about=""') + _TAIL).encode()


def _description(values: Mapping[Property, str], about: str) -> str:
    prefixes = dict.fromkeys((item.prefix, item.namespace) for item in values)
    declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in prefixes)
    listed = "".join(f"<{item}>{_escape(value)}</{item}>" for item, value in values.items())
    return f'<rdf:Description xmlns:rdf="{_RDF}" {about}{declared}>{listed}</rdf:Description>'


def _escape(text: str) -> str:
    return _permitted(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _repadded(data: bytes, size: int) -> bytes:
    """The packet with as much less padding as it grew, so that it keeps its size if it can."""
    end = data.rfind(_END)
    start = len(data[: max(0, end)].rstrip())
    if len(data) <= size or start >= end:
        return data
    return data[:start] + b"\n" * max(1, size - len(data) + end - start) + data[end:]


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


def _lines(text: str) -> str:
    """A text with the line ends that XML readers make of all others."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _others(data: bytes) -> list[object]:
    """All that a packet says besides `PROPERTIES`, in its order: elements, attributes, texts."""
    reader = _Others()
    try:
        reader.parser.Parse(data, True)
    finally:
        del reader.parser
    return reader.said


class _Others:
    """Notes everything in a packet but known properties of descriptions, and descriptions."""

    def __init__(self) -> None:
        self.said: list[object] = []
        self._depth = 0
        self._rdf_depth = 0
        #: Depth of a known property that is open, 0 if none is.
        self._skipped = 0
        self.parser = parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        parser.CharacterDataHandler = self._characters

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._skipped:
            return
        if not self._rdf_depth and name == f"{_RDF} RDF":
            self._rdf_depth = self._depth
        level = self._depth - self._rdf_depth if self._rdf_depth else 0
        if level == 1:
            # Which description says it is of no meaning: all are about the same file.
            known = {*_BY_NAME, f"{_RDF} about"}
            self.said += sorted(item for item in attributes.items() if item[0] not in known)
        elif level == 2 and name in _BY_NAME:
            self._skipped = self._depth
        else:
            self.said.append((level, name, sorted(attributes.items())))

    def _close(self, _name: str) -> None:
        if self._skipped == self._depth:
            self._skipped = 0
        if self._rdf_depth == self._depth:
            self._rdf_depth = 0
        self._depth -= 1

    def _characters(self, text: str) -> None:
        if not self._skipped and text.strip():
            self.said.append((self._depth, text.strip()))


def _check_attributes(data: bytes) -> None:
    """Raise LimitExceeded if an element has more than `limits.XMP_ATTRIBUTES`.

    expat holds all of them before it tells of the element. A text of that length with as many signs
    of equality counts as well.
    """
    for part in _LONG_ELEMENT.finditer(data):
        if data.count(b"=", *part.span()) > limits.XMP_ATTRIBUTES:
            message = f"an element of the XMP packet has more than {limits.XMP_ATTRIBUTES}"
            raise LimitExceeded(f"{message} attributes")


class _Reader:
    """Takes in a packet as expat reads it; remembers where things stand."""

    def __init__(self, data: bytes) -> None:
        self.values: dict[Property, list[str]] = {}
        self.spans: list[Span] = []
        self.descriptions: list[Description] = []
        self.about = 'rdf:about=""'
        self.end: int | None = None
        self.name = ""
        self._data = data
        self._elements = 0
        self._depth = 0
        self._rdf_depth = 0
        self._prefixes: dict[str, list[str]] = {}
        #: Start of the description that is open, and how much it says besides known properties.
        self._start = 0
        self._others = 0
        #: Of the RDF element, the description and the property that are open: the end of the tag,
        #: None if an end tag follows. Of an element without content, expat tells where what
        #: follows it begins, and not where it ends.
        self._ends: list[int | None] = []
        #: The property that is open, and its start.
        self._property: tuple[Property | None, int] | None = None
        self._text: list[str] = []
        self._size = 0
        self._says = False
        self.parser = parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartNamespaceDeclHandler = self._declare
        parser.EndNamespaceDeclHandler = self._undeclare
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        parser.CharacterDataHandler = self._characters

    def _doctype(self, *_: object) -> None:
        raise Malformed("the XMP packet has a document type declaration")

    def _declare(self, prefix: str | None, uri: str) -> None:
        self._prefixes.setdefault(prefix or "", []).append(uri or "")

    def _undeclare(self, prefix: str | None) -> None:
        self._prefixes[prefix or ""].pop()

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > limits.XMP_ELEMENTS:
            raise LimitExceeded(f"the XMP packet has more than {limits.XMP_ELEMENTS} elements")
        self._depth += 1
        if self._depth > limits.XMP_DEPTH:
            raise LimitExceeded(f"the XMP packet is nested more than {limits.XMP_DEPTH} deep")
        if not self._rdf_depth and name == f"{_RDF} RDF" and self.end is None:
            self._rdf_depth = self._depth
            self._ends = []
        if self._rdf_depth and self._depth <= self._rdf_depth + 2:
            self._ends.append(self._end_without_content())
        if self._depth <= self._rdf_depth or not self._rdf_depth:
            return
        if self._depth == self._rdf_depth + 1:
            self._describe(attributes)
        elif self._depth == self._rdf_depth + 2:
            self._property = (_BY_NAME.get(name), self.parser.CurrentByteIndex)
            self._text = []
            self._size = 0
            self._says = False
        self._characters(attributes.get(f"{_RDF} resource", ""))

    def _end_without_content(self) -> int | None:
        tag = _TAG.match(self._data, self.parser.CurrentByteIndex)
        if tag is None:
            raise Malformed("the XMP packet has a broken tag")
        return tag.end() if tag[0].endswith(b"/>") else None

    def _describe(self, attributes: dict[str, str]) -> None:
        """Properties written as attributes of a description."""
        self._start = self.parser.CurrentByteIndex
        about = attributes.get(f"{_RDF} about")
        if about is not None:
            escaped = _escape(about).replace('"', "&quot;")
            self.about = f'rdf:about="{escaped}"'
        known = attributes.keys() & _BY_NAME.keys()
        self._others = len(attributes) - len(known) - (about is not None)
        for name in known:
            if attributes[name]:
                self.values.setdefault(_BY_NAME[name], []).append(attributes[name])
        if known and (tag := _TAG.match(self._data, self._start)):
            self.spans += self._attributes(tag)

    def _attributes(self, tag: re.Match[bytes]) -> Iterator[Span]:
        for attribute in _ATTRIBUTE.finditer(self._data, *tag.span()):
            prefix, _, local = attribute[1].decode("utf-8", "replace").rpartition(":")
            namespaces = self._prefixes.get(prefix) if prefix else None
            item = _BY_NAME.get(f"{namespaces[-1]} {local}") if namespaces else None
            if item:
                yield Span(attribute.start(), attribute.end(), item, len(self.descriptions))

    def _characters(self, text: str) -> None:
        if not text or self._property is None or self._size > limits.XMP_VALUE:
            return
        self._size += len(text)
        self._text.append(text[: limits.XMP_VALUE])
        self._says = self._says or not text.isspace()

    def _close(self, name: str) -> None:
        depth = self._depth
        self._depth -= 1
        if not self._rdf_depth:
            return
        if depth <= self._rdf_depth + 2:
            without_content = self._ends.pop()
            index = self.parser.CurrentByteIndex
        if depth == self._rdf_depth + 2:
            self._close_property(without_content or self._end_of_tag(index))
        elif depth == self._rdf_depth + 1:
            end = without_content or self._end_of_tag(index)
            self.descriptions.append(Description(self._start, end, self._others))
        elif depth == self._rdf_depth:
            self._rdf_depth = 0
            self.end = index if without_content is None else without_content - 2
            if without_content is not None:
                start = self._data.rfind(b"<", 0, without_content)
                tag = self._data[start + 1 : without_content].split(None, 1)[0]
                self.name = tag.removesuffix(b"/>").decode("utf-8", "replace")
        elif name == f"{_RDF} li" and self._says:
            self._size = limits.XMP_VALUE + 1  # of an array, the first item counts

    def _close_property(self, end: int) -> None:
        item, start = self._property or (None, 0)
        self._property = None
        if item is None:
            self._others += 1
            return
        if text := "".join(self._text).strip():
            self.values.setdefault(item, []).append(text)
        self.spans.append(Span(start, end, item, len(self.descriptions)))

    def _end_of_tag(self, index: int) -> int:
        tag = _TAG.match(self._data, index)
        if tag is None:
            raise Malformed("the XMP packet has a broken tag")
        return tag.end()
