"""SVG: the store is the base64 text of a `c2pa:manifest` element (C2PA 2.5 §A, SVG).

The element belongs in a `metadata` child of the root. Markup is read by a scanner of our own: it
knows the offset of every tag, reads forwards in constant memory, and expands no entities, so none
can explode. It checks what decides where an element is (tags, nesting, namespaces), not more.

Embedding writes what it adds so that it can be told apart from what was there:

- in the root tag, a declaration of the prefix in single quotes at the end; one space more, where
  the tag already ends in exactly that;
- in the last `metadata` child of the root, the element at its start; without such a child, one of
  our own directly after the root tag, with a space in its end tag: `</metadata >`; with two, if
  the root was an empty-element tag;
- a comment in front of the element, where a byte order mark was dropped.

The last child and no byte order mark, because the reference implementation computes the offset of
the text wrongly otherwise, and calls such a file altered.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from aidisclose import limits
from aidisclose.containers.container import (
    KEEP,
    Block,
    Carrier,
    Composed,
    Detail,
    Edits,
    EmbeddedStore,
    InTurn,
    Layout,
    Problem,
)
from aidisclose.containers.svg import externals
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.change import Change, change
from aidisclose.io.source import Range, Source
from aidisclose.io.splice import Splice
from aidisclose.named import NamedTuple

_SVG: Final = b"http://www.w3.org/2000/svg"
_C2PA: Final = b"http://c2pa.org/manifest"
_PREFIX: Final = b"c2pa"
_OPENING: Final = b"<c2pa:manifest>"
_CLOSING: Final = b"</c2pa:manifest>"
_DECLARATION: Final = b" xmlns:c2pa='" + _C2PA + b"'"

_UTF8_BOM: Final = b"\xef\xbb\xbf"
#: Stands for the byte order mark that the file began with.
_MARK: Final = b"<!--BOM-->"
#: Byte order marks, and how a file without one begins.
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")

#: Names of open elements are kept, so their length is bounded.
_NAME: Final = rb"[^\s<>/=?!&'\"]{1,1000}+"
_VALUE: Final = rb"(?:\"[^\"]*+\"|'[^']*+')"
#: Possessive throughout (`++`, `*+`): what does not match would else be tried in every division,
#: for a time that doubles with each attribute.
_TAG: Final = re.compile(
    rb"<(?P<name>%b)(?P<attributes>(?:\s++%b\s*+=\s*+%b)*+)\s*+(?P<empty>/?)>"
    rb"|</(?P<closed>%b)\s*+>" % (_NAME, _NAME, _VALUE, _NAME)
)
_ATTRIBUTE: Final = re.compile(rb"\s(?P<name>%b)\s*+=\s*+(?P<value>%b)" % (_NAME, _VALUE))

_COMMENT: Final = rb"<!--(?s:.*?)-->"
_INSTRUCTION: Final = rb"<\?(?s:.*?)\?>"
_DOCTYPE: Final = re.compile(
    rb"<!DOCTYPE\s(?:[^<>\[\"']++|%b)*+"
    rb"(?:\[(?P<subset>(?:[^]<\"']++|%b|%b|%b|<(?!\?|!--))*+)\]\s*+)?>"
    % (_VALUE, _VALUE, _COMMENT, _INSTRUCTION)
)
_ENTITY: Final = re.compile(rb"%b|<!ENTITY\s+(%b)\s+(%b)\s*>" % (_COMMENT, _NAME, _VALUE))
_REFERENCE: Final = re.compile(rb"&(?:#([0-9]{1,7}+)|#x([0-9A-Fa-f]{1,6}+)|([^#\s&;]++));")
_PREDEFINED: Final = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}

#: Markup without tags, and how it ends.
_OPAQUE: Final = {b"<!--": b"-->", b"<?": b"?>", b"<![CDATA[": b"]]>"}
_LONGEST_OPENING: Final = len(b"<!DOCTYPE")

_PROLOG: Final = re.compile(rb"(?:\s++|%b|%b)*+" % (_COMMENT, _INSTRUCTION))
_EPILOG: Final = re.compile(rb"\s*+>" + _PROLOG.pattern)
_SVG_STARTS: Final = re.compile(rb"<(?:!DOCTYPE\s+)?(?:[^\s<>/=?!&'\":]+:)?svg[\s/>]")
_ENCODING: Final = re.compile(rb"<\?xml\s[^>]*?\sencoding\s*=\s*[\"']([^\"'>]*)[\"']")
#: Those in which the markup, and what we add, is the same bytes as in UTF-8.
#: Names and aliases are those of the IANA registry; lxml writes `ASCII`.
_ASCII_BASED: Final = re.compile(
    rb"(?i)utf-?8|(?:us-|cs)?ascii|ansi_x3\.4-19(?:68|86)|iso_?646(?:-us|\.irv:1991)|iso-ir-6|us"
    rb"|(?:ibm|cp)367|iso[-_]?8859-\d+(?::19\d\d)?|latin-?\d+|l\d|(?:windows-|cp)125\d|koi8-[ru]"
)
_UTF8: Final = re.compile(rb"(?i)utf-?8")

#: What encloses an XMP packet, and how far from it that begins or ends.
_XPACKET: Final = re.compile(rb"\s*+<\?xpacket [^?<>]*+\?>")
_XPACKET_SIZE: Final = 4 * limits.KIB

#: What prefixes stand for (the empty one for names without): only the two namespaces that matter,
#: and whatever `c2pa` is declared as.
_Scope = dict[bytes, bytes]


class _Tag(NamedTuple):
    """A start, end or empty-element tag.

    Attributes:
        start: Its offset.
        end: Offset of the first byte after it.
        name: Of the element, with its prefix.
        attributes: As they stand if they declare namespaces, else empty.
        is_empty: Whether the tag is the whole element.
        closes: Whether it is an end tag.
    """

    start: int
    end: int
    name: bytes
    attributes: bytes = b""
    is_empty: bool = False
    closes: bool = False


class _Manifest(NamedTuple):
    """A `manifest` element.

    Attributes:
        start: Its offset.
        content: Offset of its text.
        content_end: Offset of the first byte after its text.
        end: Offset of the first byte after it.
        defects: Its defects, and those of its place.
    """

    start: int
    content: int
    content_end: int
    end: int
    defects: tuple[str, ...]


class _Text:
    """The bytes of a file, searched forwards through a window."""

    def __init__(self, source: Source) -> None:
        self._source = source
        # Often nothing but the root tag is needed.
        self._load(0, limits.XML_DOCTYPE)

    def _load(self, offset: int, length: int) -> None:
        self._start = offset
        self._data = self._source.read_at(offset, length)
        self._reaches_end = len(self._data) < length

    def read(self, offset: int, length: int) -> bytes:
        """`length` bytes, fewer only where the file ends."""
        index = offset - self._start
        if index < 0 or (index + length > len(self._data) and not self._reaches_end):
            self._load(offset, limits.CHUNK)
            index = 0
        return self._data[index : index + length]

    def find(self, needle: bytes, offset: int) -> int:
        """The first offset from `offset` on where `needle` stands, or -1."""
        self.read(offset, 1)
        while (index := self._data.find(needle, offset - self._start)) < 0:
            if self._reaches_end:
                return -1
            offset = max(offset, self._start + len(self._data) - len(needle) + 1)
            self._load(offset, limits.CHUNK)
        return self._start + index

    def match(self, pattern: re.Pattern[bytes], offset: int) -> re.Match[bytes] | None:
        """The match of a pattern, of at most `limits.XML_TAG` bytes, at `offset`."""
        self.read(offset, 1)
        length = limits.CHUNK
        while not (match := pattern.match(self._data, offset - self._start)):
            if self._reaches_end:
                return None
            if self._start == offset and len(self._data) >= limits.XML_TAG:
                raise LimitExceeded(f"a tag is longer than {limits.XML_TAG} bytes")
            self._load(offset, min(length, limits.XML_TAG))
            length *= 4
        return match

    def tags(self, offset: int, entities: dict[bytes, bytes]) -> Iterator[_Tag]:
        """The tags from `offset` on; entities of a document type declaration are added."""
        left = limits.XML_MARKUP
        while (start := self.find(b"<", offset)) >= 0:
            left -= 1
            if left < 0:
                raise LimitExceeded(f"the SVG has more than {limits.XML_MARKUP} tags")
            head = self.read(start, _LONGEST_OPENING)
            if head[1:2] not in (b"!", b"?"):
                tag = self._tag(start)
                yield tag
                offset = tag.end
            elif head == b"<!DOCTYPE":
                offset = start + self._doctype(start, entities)
            else:
                offset = self._skip(start, head)

    def _tag(self, start: int) -> _Tag:
        match = self.match(_TAG, start)
        # XML permits no `<` in an attribute: where one is, another reader may see a tag.
        if match is None or self._data.find(b"<", match.start() + 1, match.end()) >= 0:
            raise MalformedFile("a broken tag", start)
        end = start + match.end() - match.start()
        if closed := match["closed"]:
            return _Tag(start, end, closed, closes=True)
        declares = self._data.find(b"xmlns", *match.span("attributes")) >= 0
        attributes = match["attributes"] if declares else b""
        return _Tag(start, end, match["name"], attributes, is_empty=bool(match["empty"]))

    def _doctype(self, start: int, entities: dict[bytes, bytes]) -> int:
        """The length of a document type declaration."""
        match = _DOCTYPE.match(self.read(start, limits.XML_DOCTYPE))
        if match is None:
            raise MalformedFile("a broken or very long document type declaration", start)
        for entity in _ENTITY.finditer(match["subset"] or b""):
            if entity[1]:
                # Of several declarations of one entity, the first counts (XML 1.0 §4.2).
                entities.setdefault(entity[1], entity[2][1:-1])
        return match.end()

    def _skip(self, start: int, head: bytes) -> int:
        """The offset after a comment, instruction or CDATA section."""
        for opening, closing in _OPAQUE.items():
            if head.startswith(opening):
                end = self.find(closing, start + len(opening))
                if end < 0:
                    raise MalformedFile("markup is not closed", start)
                return end + len(closing)
        raise MalformedFile("unknown markup", start)


class _Outline:
    """The parts of a document that matter here, gathered tag by tag.

    Attributes:
        root: The start tag of the root element.
        scope: The namespaces that prefixes stand for in it.
        metadata: The offset of the content of its last `metadata` child that a store can be put
            into; None without one.
        manifests: The manifest elements, in order.
        packet: The first element with XMP in a `metadata` child of the root.
    """

    def __init__(self) -> None:
        self.root = _Tag(0, 0, b"")
        self.scope: _Scope = {}
        self.metadata: int | None = None
        self.manifests: list[_Manifest] = []
        self.packet: Range | None = None
        self.entities: dict[bytes, bytes] = {}
        self._open: list[tuple[_Tag, _Scope]] = []

    @property
    def is_inside_manifest(self) -> bool:
        """Whether an element that could be a manifest is not closed yet."""
        return any(tag.name.endswith(b"manifest") for tag, _ in self._open)

    def add(self, tag: _Tag) -> None:
        """Take in the next tag."""
        if tag.closes:
            if not self._open or self._open[-1][0].name != tag.name:
                raise MalformedFile("an end tag without its start tag", tag.start)
            opened, scope = self._open.pop()
            self._element(opened, scope, tag.start, tag.end)
            return
        if self.root.end and not self._open:
            raise MalformedFile("an element after the root", tag.start)
        if len(self._open) == limits.XML_DEPTH:
            raise LimitExceeded(f"elements are nested more than {limits.XML_DEPTH} deep")
        scope = self._open[-1][1] if self._open else {}
        if tag.attributes:
            scope = _declare(scope, tag, self.entities)
        if not self.root.end:
            self.root, self.scope = tag, scope
        if tag.is_empty:
            self._element(tag, scope, tag.end, tag.end)
        else:
            self._open.append((tag._replace(attributes=b""), scope))

    def _element(self, tag: _Tag, scope: _Scope, content_end: int, end: int) -> None:
        """Take in a complete element; those around it are open."""
        if tag.name.endswith(b"manifest"):
            self._manifest(tag, scope, content_end, end)
        elif tag.name.endswith(b"xmpmeta"):
            is_there = len(self._open) == 2 and _is_svg(*self._open[1], b"metadata")
            if is_there and self.packet is None:
                self.packet = Range(tag.start, end - tag.start)
        elif len(self._open) == 1 and not tag.is_empty and _is_svg(tag, scope, b"metadata"):
            # An empty one with a space in its end tag would look as if we had added it.
            plain = content_end > tag.end or end - content_end == len(b"</" + tag.name + b">")
            if plain and scope.get(_PREFIX, _C2PA) == _C2PA:
                self.metadata = tag.end

    def _manifest(self, tag: _Tag, scope: _Scope, content_end: int, end: int) -> None:
        prefix, _, local = tag.name.rpartition(b":")
        # Declaring the prefix is only recommended, so a bare `c2pa:manifest` counts.
        if local != b"manifest" or (scope.get(prefix) != _C2PA and prefix != _PREFIX):
            return
        defects: list[str] = []
        if scope.get(prefix, _C2PA) != _C2PA:
            defects.append("the prefix c2pa stands for another namespace")
        if len(self._open) != 2 or not _is_svg(*self._open[1], b"metadata"):
            defects.append("the manifest element is not in the metadata of the root")
        while self.manifests and self.manifests[-1].start > tag.start:
            self.manifests.pop()  # inside of this one, which therefore does not count
        if len(self.manifests) == limits.STORES:
            raise LimitExceeded(f"the file has more than {limits.STORES} manifest stores")
        self.manifests.append(_Manifest(tag.start, tag.end, content_end, end, tuple(defects)))


def _is_svg(tag: _Tag, scope: _Scope, local: bytes) -> bool:
    """Whether an element is the one of that name in the SVG namespace, or in none.

    SVG within HTML needs no namespace, and files that were cut out of it have none.
    """
    prefix, _, name = tag.name.rpartition(b":")
    return name == local and scope.get(prefix, None if prefix else _SVG) == _SVG


def _declare(scope: _Scope, tag: _Tag, entities: dict[bytes, bytes]) -> _Scope:
    """The scope inside an element that declares namespaces."""
    scope = dict(scope)
    for attribute in _ATTRIBUTE.finditer(tag.attributes):
        name = attribute["name"]
        if name != b"xmlns" and not name.startswith(b"xmlns:"):
            continue
        prefix = name[len(b"xmlns:") :]
        namespace = _resolve(attribute["value"][1:-1], entities)
        if namespace in (_SVG, _C2PA) or prefix == _PREFIX:
            scope[prefix] = namespace
        elif prefix:
            scope.pop(prefix, None)
        else:
            scope[prefix] = b""  # another default, where none at all would count as SVG
        if len(scope) > limits.XML_PREFIXES:
            raise LimitExceeded("too many prefixes for one namespace")
    return scope


def _resolve(value: bytes, entities: dict[bytes, bytes]) -> bytes:
    """An attribute value without references. Values longer than a namespace stay as they are."""
    if b"&" not in value or len(value) > limits.XML_NAMESPACE:
        return value

    def replacement(match: re.Match[bytes]) -> bytes:
        decimal, hexadecimal, name = match.groups()
        if name:
            known = entities.get(name) or _PREDEFINED.get(name, match[0])
            return known if len(known) <= limits.XML_NAMESPACE else match[0]
        code = int(decimal) if decimal else int(hexadecimal, 16)
        return chr(code).encode("utf-8", "replace") if code <= 0x10FFFF else match[0]

    return _REFERENCE.sub(replacement, value)


def _parse(source: Source, *names: bytes) -> _Outline:
    """The outline of a document, up to where the last element of these names can be."""
    _check_encoding(source.read_at(0, 1024))
    # A name can only be spelled out, so behind its last mention there is no such element.
    last = _last(source, *names)
    outline = _Outline()
    for tag in _Text(source).tags(0, outline.entities):
        outline.add(tag)
        if tag.end > last:
            break
    if not outline.root.end:
        raise MalformedFile("the file has no XML element", 0)
    if not _is_svg(outline.root, outline.scope, b"svg"):
        reason = f"the root element is not svg with xmlns={_SVG.decode()!r}"
        raise UnsupportedFormat(f"not an SVG file: {reason}")
    if outline.is_inside_manifest or not _is_closed(source, outline.root):
        raise MalformedFile("the SVG file is cut off", source.size)
    return outline


def _is_closed(source: Source, root: _Tag) -> bool:
    """Whether the file ends in the end tag of its root, and comments."""
    if root.is_empty:
        return True
    _, found, end = source.read_at(
        max(root.end, source.size - limits.XML_EPILOG), limits.XML_EPILOG
    ).rpartition(b"</" + root.name)
    return bool(found) and _EPILOG.fullmatch(end) is not None


def _check_encoding(head: bytes) -> None:
    encoding = _ENCODING.match(head.removeprefix(_UTF8_BOM))
    permitted = _UTF8 if head.startswith(_UTF8_BOM) else _ASCII_BASED
    if head.startswith(_UTF16) or (encoding and not permitted.fullmatch(encoding[1])):
        raise UnsupportedFormat("the SVG is in an encoding that is not read; convert it to UTF-8")


def _last(source: Source, *words: bytes) -> int:
    """The offset of the last of these words in a file; -1 without any."""
    overlap = max(map(len, words)) - 1
    end = source.size
    while end > 0:
        start = max(0, end - limits.CHUNK)
        data = source.read_at(start, end - start + overlap)
        found = max(data.rfind(word) for word in words)
        if found >= 0:
            return start + found
        end = start
    return -1


def _packet(source: Source, outline: _Outline) -> Range | None:
    """The XMP packet, with the instructions around it if there are any."""
    if outline.packet is None:
        return None
    start, end = outline.packet.start, outline.packet.end
    before = source.read_at(max(0, start - _XPACKET_SIZE), min(start, _XPACKET_SIZE))
    opening = before.rfind(b"<?xpacket begin=")
    if opening >= 0 and _XPACKET.fullmatch(before, opening):
        start -= len(before) - opening
    if closing := _XPACKET.match(source.read_at(end, _XPACKET_SIZE)):
        end += closing.end()
    return Range(start, end - start)


def _base64_text(source: Source, manifest: _Manifest) -> Range | str:
    """The place of a store's characters, or the reason why there are none."""
    length = manifest.content_end - manifest.content
    # Base64 makes a third more, and lines may be indented.
    if length > 2 * limits.STORE_SIZE:
        return f"the manifest element has {length} characters"
    text = source.read_at(manifest.content, length)
    if b"<" in text or b"&" in text:
        return "the manifest element holds other markup"
    stripped = text.strip()
    if not stripped:
        return "the manifest element is empty"
    start = manifest.content + length - len(text.lstrip())
    return Range(start, len(stripped))


def _packet_removal(source: Source, root: _Tag, old: Range) -> Iterator[Change]:
    """The changes that take out a packet with everything that was added around it."""
    yield from _unwrapping(source, root, old, _packet_wrapper)


def _unwrapping(
    source: Source, root: _Tag, old: Range, wrapper: Callable[..., tuple[bytes, bytes]]
) -> Iterator[Change]:
    """The changes that take out something, and the elements that were put around it for it.

    Arguments:
        source: The file.
        root: Its root element.
        old: The place of what is taken out.
        wrapper: The function that makes what is put around such things: `_wrapper` or
            `_packet_wrapper`.
    """
    start, end = old.start, old.end
    for root_was_empty in (False, True):
        opening, closing = wrapper(root, root_was_empty=root_was_empty)
        # One byte more than the opening: with something behind it, the wrapper is not ours.
        before = source.read_at(root.end, min(start - root.end, len(opening) + 1))
        if before == opening and source.read_at(end, len(closing)) == closing:
            start, end = root.end, end + len(closing)
            if root_was_empty:
                yield Change(root.end - 1, 0, b"/")
            break
    yield Change(start, end - start)


def _packet_wrapper(root: _Tag, *, root_was_empty: bool) -> tuple[bytes, bytes]:
    """As `_wrapper`, with line breaks in place of the spaces that tell it apart."""
    opening, closing = _wrapper(root, root_was_empty=root_was_empty)
    return opening, closing.replace(b" ", b"\n")


def _embedding(source: Source, outline: _Outline, frame: bytes) -> Iterator[Change]:
    root = outline.root
    if outline.scope.get(_PREFIX, _C2PA) != _C2PA:
        raise UnsupportedFormat("the SVG uses the prefix c2pa for something else")
    if source.read_at(0, len(_UTF8_BOM)) == _UTF8_BOM:
        yield Change(0, len(_UTF8_BOM))
        frame = _MARK + frame
    end = root.end - len(b"/>" if root.is_empty else b">")
    if _PREFIX not in outline.scope:
        yield Change(end, 0, _DECLARATION)
    elif _declared_last(source, root, end) is not None:
        yield Change(end, 0, b" ")
    opening, closing = _wrapper(root, root_was_empty=root.is_empty)
    if root.is_empty:
        yield Change(end, len(b"/>"), b">" + opening + frame + closing)
    elif outline.metadata is None:
        yield Change(root.end, 0, opening + frame + closing)
    else:
        yield Change(outline.metadata, 0, frame)


def _removal(source: Source, outline: _Outline) -> Iterator[Change]:
    """The changes that take out all manifests with everything that `_embedding` added."""
    root = outline.root
    marked = False
    for manifest in outline.manifests:
        start, end = manifest.start, manifest.end
        if source.read_at(max(0, start - len(_MARK)), len(_MARK)) == _MARK:
            start -= len(_MARK)
            marked = True
        yield from _unwrapping(source, root, Range(start, end - start), _wrapper)
    if marked:
        yield Change(0, 0, _UTF8_BOM)
    spaces = _declared_last(source, root, root.end - 1) if outline.manifests else None
    if spaces is not None:
        length = 1 if spaces else len(_DECLARATION)
        yield Change(root.end - 1 - length, length)


def _wrapper(root: _Tag, *, root_was_empty: bool) -> tuple[bytes, bytes]:
    """The text around the store where there is no metadata element."""
    prefix = root.name.removesuffix(b"svg")
    opening, closing = b"<%bmetadata>" % prefix, b"</%bmetadata >" % prefix
    if root_was_empty:
        closing = b"</%bmetadata  ></%b>" % (prefix, root.name)
    return opening, closing


def _declared_last(source: Source, root: _Tag, end: int) -> int | None:
    """The number of spaces after our declaration at the end of the root tag; None without it."""
    text = source.read_at(root.start, end - root.start)
    stripped = text.rstrip(b" ")
    return len(text) - len(stripped) if stripped.endswith(_DECLARATION) else None


class Svg(Composed, InTurn):
    """Drawings (SVG 1.1 and 2)."""

    name = "SVG"
    traces = (_C2PA,)
    media_types = ("image/svg+xml",)
    extensions = (".svg",)
    carriers = frozenset({Carrier.XMP})

    def sniff(self, head: bytes) -> bool:
        """See `Container.sniff`."""
        text = head.removeprefix(_UTF8_BOM)
        if head.startswith(_UTF16):
            text = head.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").replace(b"\x00", b"")
        prolog = _PROLOG.match(text)
        start = prolog.end() if prolog else 0
        # A prolog may go on behind what is looked at; nothing else begins like that.
        return bool(_SVG_STARTS.match(text, start)) or text.startswith((b"<?xml", b"<!--"), start)

    def scan(self, source: Source) -> Layout:
        """See `Container.scan`."""
        outline = _parse(source, b"manifest", b"xmpmeta")
        blocks = [Block("svg", outline.root.start, outline.root.end - outline.root.start)]
        stores: list[EmbeddedStore] = []
        problems: list[Problem] = []
        for manifest in outline.manifests:
            start, *_, end, defects = manifest
            blocks.append(Block("c2pa:manifest", start, end - start))
            text = _base64_text(source, manifest)
            if isinstance(text, str):
                defects = (*defects, text)
            else:
                frame = Range(start, end - start)
                store = EmbeddedStore(
                    frame=frame, exclusions=(text,), pieces=(text,), encoding="base64"
                )
                stores.append(store)
            problems += [Problem(reason=reason, offset=start) for reason in defects]
        return Layout(
            media_type="image/svg+xml",
            size=source.size,
            blocks=tuple(blocks),
            stores=tuple(stores),
            problems=tuple(problems),
            xmp=_packet(source, outline),
        )

    def _frame(self, store: bytes) -> bytes:
        return _OPENING + base64.b64encode(store) + _CLOSING

    def details(self, source: Source, layout: Layout, edits: Edits) -> Iterable[Detail]:
        """See `Container.details`: the markup as another parser reads it."""
        from aidisclose.containers.svg import markup

        leaving = [store.frame for store in layout.stores]
        if layout.xmp is not None and edits.xmp is not KEEP:
            leaving.append(layout.xmp)
        return markup.details(source, leaving)

    def externals(self, source: Source, layout: Layout) -> Iterable[str]:
        """See `Composed.externals`."""
        return externals.find(source, layout)

    def _with_packet(self, source: Source, layout: Layout, packet: bytes | None) -> Splice:
        outline = _parse(source, b"metadata", b"xmpmeta")
        root, old = outline.root, layout.xmp
        if packet is None:
            return change(source, _packet_removal(source, root, old) if old else ())
        head = source.read_at(0, 1024)
        encoding = _ENCODING.match(head.removeprefix(_UTF8_BOM))
        if encoding and not _UTF8.fullmatch(encoding[1]) and not packet.isascii():
            raise UnsupportedFormat("XMP is written in UTF-8; convert the SVG to it")
        opening, closing = _packet_wrapper(root, root_was_empty=root.is_empty)
        if old:
            place = Change(*old, packet)
        elif root.is_empty:
            end = root.end - len(b"/>")
            place = Change(end, len(b"/>"), b">" + opening + packet + closing)
        elif outline.metadata is None:
            place = Change(root.end, 0, opening + packet + closing)
        else:
            place = Change(outline.metadata, 0, packet)
        return change(source, (place,))

    def _with_store(self, source: Source, layout: Layout, store: bytes | None) -> Splice:
        outline = _parse(source, b"manifest", b"metadata")
        if store is None:
            return change(source, _removal(source, outline))
        frame = self.frame(store)
        declared = outline.scope.get(_PREFIX) == _C2PA
        if declared and len(layout.stores) == 1 and not layout.problems:
            old = layout.stores[0].frame
            if source.read_at(old.start, len(_OPENING)) == _OPENING:
                return change(source, (Change(old.start, old.length, frame),))
        bare = change(source, _removal(source, outline))
        outline = _parse(bare, b"manifest", b"metadata")
        return change(bare, _embedding(bare, outline, frame))


CONTAINER: Final = Svg()
