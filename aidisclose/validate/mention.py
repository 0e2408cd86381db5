"""Mentions of AI anywhere in a file whose manifest says that there was none.

The places where programs put metadata are many, and a reader that knows one more than we do would
show another answer: a second XMP packet, one in Exif, in resources of Photoshop or in a sub-picture
of a TIFF, properties within others, comments, tags behind sound. So the bytes of the file are
searched for the properties themselves (IPTC Photo Metadata Standard 2025.1) and for labels of GB
45438-2025, whatever is around them. Text of the kind is XML or plain: what a format compresses or
writes as digits is opened where it is known. In the manifest store, assertions that are neither
CBOR nor JSON are searched the same way, and what those hold of another kind.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final

from aidisclose import limits
from aidisclose.carriers import aigc, generator, hints, packets
from aidisclose.carriers.hints import Hint
from aidisclose.carriers.text import of_exif, of_information
from aidisclose.carriers.text import read as read_texts
from aidisclose.codec import cbor
from aidisclose.containers.container import Layout
from aidisclose.errors import LimitExceeded, MalformedFile, Unreadable
from aidisclose.io.source import Range, Readable, Source, open_source
from aidisclose.manifest.lineage import Believed
from aidisclose.manifest.source_type import SOURCE_TYPES
from aidisclose.manifest.store import CBOR, JSON
from aidisclose.named import NamedTuple

#: A search of bytes in lower case, for one of these words is in nearly no file.
_HINTS: Final = (
    *(b"digitalsource", b"aisystem", b"aiprompt", b"creatortool"),
    *(b"software", b"producer", b"google ai", b"\x1c\x02a"),
)
_WORDS: Final = re.compile(
    rb"digitalsource(?:file)?type|aisystem(?:version)?used|aiprompt(?:information|writername)"
    rb"|creatortool|softwareagent"
    rb"|contentproducer|software|producer|\x1c\x02a|with google ai"
)
#: Words of which only the names of properties count.
_COMMON: Final = (b"software", b"producer")
_IS_NAME: Final = re.compile(rb"[ \t\r\n]{0,9}[=>]")
#: What Google's generators write as credit, into XMP and IPTC-IIM.
_CREDIT: Final = b"with google ai"
_PRODUCER: Final = b"contentproducer"
_MARK: Final = rb"(?:[ \t\r\n\\]{0,9}(?:[\"']|&quot;|&#34;)|[ \t\r\n]{0,9})"
#: That content was made by AI; the two other degrees are suspicions.
_LABEL: Final = re.compile(rb"label%b[ \t\r\n]{0,9}:%b1(?![0-9])" % (_MARK, _MARK))
_TERMS: Final = {
    term.lower().encode(): term for term, each in SOURCE_TYPES.items() if each.share.includes_ai
}
_TERM: Final = re.compile(rb"[^a-z0-9](?:.{0,400}?[^a-z0-9])?(%b)" % b"|".join(_TERMS), re.DOTALL)
#: A value in an attribute, or in an element and in those of a list in it. Not behind the end of it,
#: where the value of another begins.
_VALUE: Final = re.compile(
    rb"(?:[ \t\r\n]{0,9}=[ \t\r\n]{0,9}[\"']|[^<>\"']{0,99}(?<!/)>)"
    rb"(?:[ \t\r\n]{0,99}<[^/<>][^<>]{0,98}(?<!/)>){0,8}"
    rb"[ \t\r\n]{0,99}([^<>\"' \t\r\n][^<>\"']{0,79})"
)
#: What stands before the name in the tag that ends an element, and its length.
_NAME: Final = 62
_ENDING: Final = re.compile(rb"</[^<>\"' \t\r\n]{0,60}\Z")
#: As much as is looked at behind a word, so that nothing is missed between two pieces.
_OVERLAP: Final = 1_024
_PROPERTIES: Final = {
    b"aisystemused": "Iptc4xmpExt:AISystemUsed",
    b"aisystemversionused": "Iptc4xmpExt:AISystemVersionUsed",
    b"aipromptinformation": "Iptc4xmpExt:AIPromptInformation",
    b"aipromptwritername": "Iptc4xmpExt:AIPromptWriterName",
}
#: Properties that name a program: they say something if it is one that generates media.
_PROGRAMS: Final = {
    b"creatortool": "xmp:CreatorTool",
    b"softwareagent": "stEvt:softwareAgent",
    b"software": "XMP Software",
    b"producer": "pdf:Producer",
    b"\x1c\x02a": "IPTC OriginatingProgram",
}
#: In IPTC-IIM, the program is record 2, data set 65 (a small letter here), a length and the name.
_IIM: Final = b"\x1c\x02a"
_IIM_VALUE: Final = re.compile(rb".([^\x1c]{1,80})", re.DOTALL)
#: Coded sound and film, in which no program puts metadata. What is in pictures may be anything.
_CODED: Final = {
    **dict.fromkeys(("video/mp4", "video/quicktime", "audio/mp4"), ("mdat",)),
    **dict.fromkeys(("audio/wav", "video/avi", "audio/x-wav", "video/x-msvideo"), ("data", "movi")),
}
#: Formats whose Exif is read where its other texts are.
_WITH_EXIF: Final = ("image/jpeg", "image/png", "image/webp")
_WITH_ID3: Final = ("audio/mpeg", "audio/flac", "audio/wav", "video/avi")
#: Where Exif begins in others: behind its name or an offset of four bytes (ISO/IEC 23008-12 A.2.1).
_EXIF: Final = re.compile(rb"(?:Exif\0\0|\0\0\0[\0\6])(?=(II\*\0|MM\0\*))")
#: In a label, the degree that says that content was made by AI.
_MADE_BY_AI: Final = "1"
#: What fills hard bindings: hashes, and nothing else.
_HASH: Final = "c2pa.hash."
#: What looking at one text costs, in bytes.
_TEXT_COST: Final = 256
#: A character by its number, as XML writes it.
_REFERENCE: Final = re.compile(rb"&#(?:x([0-9a-f]{1,6})|([0-9]{1,7}));")


class Mention(NamedTuple):
    """A property that says that AI was used.

    Attributes:
        where: Its name.
        what: Its value; untrusted text.
    """

    where: str
    what: str


def find(
    source: Source,
    layout: Layout,
    believed: Believed | None = None,
    *,
    others: Iterable[Readable] = (),
) -> Iterator[Mention]:
    """The mentions of AI in a file and in what its manifests embed, each once.

    Not looked at: what is compressed, encrypted or encoded in ways that `packets.decoded` does not
    know, coded sound and film, and what lies behind the first `limits.MENTION_SEARCH` bytes.

    Arguments:
        source: The file.
        layout: As its container found it.
        believed: The manifest; of it and what it was made from, pictures, texts and other files.
        others: Further files that it is about: fragments, or those of a collection.

    Raises:
        OSError: One of them cannot be read.
        LimitExceeded: There is too much to look at.
        Malformed: A part of it breaks off.
        UnsupportedFormat: The Info dictionary of a PDF is encrypted.
    """
    seen: set[Mention] = set()
    left, words = limits.MENTIONS, limits.PROGRAM_WORDS
    pieces = chain(
        _pieces(source, _searched(layout)),
        packets.decoded(source, layout),
        _embedded(believed),
        _whole(others),
    )
    for part in pieces:
        # Text of 16 or 32 bits has zeros between its letters.
        text = part.translate(None, b"\0").lower()
        if not any(hint in text for hint in _HINTS):  # at ten times the speed
            continue
        for word in _WORDS.finditer(text):
            if word[0] in _COMMON and not _IS_NAME.match(text, word.end()):
                words -= 1
                if words < 0:
                    raise LimitExceeded(f"more than {limits.PROGRAM_WORDS} words about programs")
                continue
            left -= 1
            if left < 0:
                raise LimitExceeded(f"more than {limits.MENTIONS} properties about AI")
            if _ENDING.search(text, max(0, word.start() - _NAME), word.start()):
                continue
            found = _REFERENCE.sub(_character, text[word.end() : word.end() + _OVERLAP])
            if word[0] == _PRODUCER:  # fields may stand in any order
                before = text[max(0, word.start() - _OVERLAP) : word.start()]
                if _LABEL.search(_REFERENCE.sub(_character, before) + found):
                    seen.add(Mention("AIGC", "Label 1"))
            elif word[0].startswith(b"digitalsource"):
                if said := _TERM.match(found):
                    seen.add(Mention("DigitalSourceType", _TERMS[said[1]]))
            elif word[0] == _CREDIT:
                seen.add(Mention("Credit", "Google AI"))
            elif said := (_IIM_VALUE if word[0] == _IIM else _VALUE).match(found):
                value = said[1].decode("utf-8", "replace").strip()
                if name := _PROPERTIES.get(word[0]):
                    seen.add(Mention(name, value))
                elif program := generator.find(value):
                    seen.add(Mention(_PROGRAMS[word[0]], program))
    left_behind = chain(_left_behind(source, layout), _tagged(source, layout))
    seen |= {Mention(each.place, each.generator) for each in left_behind}
    seen |= set(_informed(source, layout))
    yield from sorted(seen)


def _left_behind(source: Source, layout: Layout) -> Iterator[Hint]:
    """The traces of generators in Exif of pictures whose other texts are not looked for there.

    It is an item of HEIF and AVIF, a box of JPEG XL, and a TIFF is such a block itself.
    """
    if not layout.media_type.startswith("image/") or layout.media_type in _WITH_EXIF:
        return
    starts = {0}
    for part in _searched(layout):
        for start in range(part.start, min(part.end, limits.MENTION_SEARCH), limits.CHUNK):
            data = source.read_at(start, min(limits.CHUNK + _OVERLAP, part.end - start))
            starts |= {start + found.start(1) for found in _EXIF.finditer(data)}
    if len(starts) > limits.EXIF_BLOCKS:
        raise LimitExceeded(f"more than {limits.EXIF_BLOCKS} blocks of Exif")
    left = limits.TEXTS_SIZE
    for start in sorted(starts):
        texts = []
        for text in of_exif(_Window(source, start)):
            left -= len(text.value) + _TEXT_COST
            if left < 0:
                raise LimitExceeded(f"more than {limits.TEXTS_SIZE} bytes of text in Exif")
            texts.append(text)
        yield from hints.read(texts, {})


def _informed(source: Source, layout: Layout) -> Iterator[Mention]:
    """The label and the program of a PDF in an Info dictionary that is not read elsewhere.

    It is in an object stream, or an update of the file took its place.
    """
    if layout.media_type != "application/pdf":
        return
    from aidisclose.containers import pdf

    try:
        for entries in islice(pdf.informations(source), limits.PACKETS):
            texts = tuple(of_information(entries))
            yield from (Mention(each.place, each.generator) for each in hints.read(texts, {}))
            for text in texts:
                label = aigc.parse(text.value) if text.name.upper() == "AIGC" else None
                if label and label.get("Label") == _MADE_BY_AI:
                    yield Mention("AIGC", f"Label {_MADE_BY_AI}")
    except MalformedFile:
        return  # readers show nothing of it either


def _tagged(source: Source, layout: Layout) -> Iterator[Hint]:
    """The traces of generators in ID3 tags behind the sound, and in chunks of a WAV."""
    if layout.media_type not in _WITH_ID3:
        return
    from aidisclose.containers import id3

    for tag in id3.further(source, layout.blocks):
        yield from hints.read(read_texts(source, tag), {})


class _Window:
    """The bytes of a file from an offset on, read where they are looked at."""

    def __init__(self, source: Source, start: int) -> None:
        self._source = source
        self._start = start

    def __getitem__(self, part: slice) -> bytes:
        begin = part.start or 0
        return self._source.read_at(self._start + begin, max(0, part.stop - begin))


def _whole(files: Iterable[Readable]) -> Iterator[bytes]:
    """The bytes of files, as far as there is room for them."""
    left = limits.MENTION_SEARCH
    for each in files:
        with open_source(each) as source:
            size = min(source.size, left)
            yield from _pieces(source, (Range(0, size),))
        left -= size


def _pieces(source: Source, parts: Iterable[Range]) -> Iterator[bytes]:
    left = limits.MENTION_SEARCH
    for part in parts:
        for start in range(part.start, part.end, limits.CHUNK):
            length = min(limits.CHUNK + _OVERLAP, part.end - start, left)
            if length <= 0:
                return
            left -= length
            yield source.read_at(start, length)


def _embedded(believed: Believed | None) -> Iterator[bytes]:
    """The contents of assertions that are not read: embedded files, XML, and others.

    Of those that are, what holds text of another kind.
    """
    steps = believed.walk() if believed else ()
    for item in chain.from_iterable(step.manifest.assertions for step in steps):
        if item.box.uuid not in (CBOR, JSON):
            for box in item.box.contents:
                yield from _cut(box.data, box.body, box.end)
        elif not item.parts.name.startswith(_HASH):
            with contextlib.suppress(Unreadable):  # said where it is read
                for held in _held(item.data):
                    yield from _cut(held, 0, len(held))


def _cut(data: bytes, start: int, end: int) -> Iterator[bytes]:
    for begin in range(start, end, limits.CHUNK):
        yield data[begin : min(begin + limits.CHUNK + _OVERLAP, end)]


def _held(value: object) -> Iterator[bytes]:
    """The byte strings in decoded data, and texts with markup."""
    for item in cbor.leaves(value):
        if isinstance(item, bytes):
            yield item
        elif isinstance(item, str) and "<" in item:
            yield item.encode()


def _searched(layout: Layout) -> Iterator[Range]:
    """The file without its manifest stores and what is coded."""
    coded = _CODED.get(layout.media_type, ())
    gaps = [piece for store in layout.stores for piece in (*store.pieces, *store.exclusions)]
    gaps += [Range(block.start, block.length) for block in layout.blocks if block.name in coded]
    position = 0
    for gap in sorted(gaps):
        if gap.start > position:
            yield Range(position, gap.start - position)
        position = max(position, gap.end)
    if position < layout.size:
        yield Range(position, layout.size - position)


def _character(match: re.Match[bytes]) -> bytes:
    number = int(match[1], 16) if match[1] else int(match[2])
    return bytes((number,)).lower() if number < 128 else b"?"
