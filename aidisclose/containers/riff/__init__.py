"""RIFF: WAV, WebP and AVI. The store is a `C2PA` chunk (C2PA 2.5 §A, RIFF).

It is written as the last chunk of the first RIFF chunk, behind label and XMP packet, and read
wherever it is among the chunks directly inside that. A `C2PA` chunk anywhere else is a problem;
inside `movi`, the media data of an AVI, nobody looks for one.

Sizes are not always right in real files. What is accepted, because nothing can hide behind it:

- a RIFF size of 0 or 0xFFFFFFFF, which a program writes that cannot seek back, and one of up to 8
  bytes too many: the RIFF chunk ends with the file;
- a WAV `data` chunk with such a size, which then is the last chunk;
- bytes after the RIFF chunk, and up to 7 inside after the last chunk: they stay where they are;
- a last chunk of odd size without its pad byte.

The comment of a WAV and the label of an AVI are texts in a list (see `info`); one that is
there grows, and otherwise a new one is appended.

Embedding puts wrong sizes right, since no reader would find the chunk otherwise; they stay right
when the store is removed. All else comes back byte for byte.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from aidisclose import limits
from aidisclose.containers.container import (
    KEEP,
    Addressed,
    Block,
    Carrier,
    Container,
    Detail,
    Edits,
    EmbeddedStore,
    Layout,
    Problem,
    Stray,
    census,
)
from aidisclose.containers.reach import Reach
from aidisclose.containers.riff import info as riff_info
from aidisclose.containers.riff import opendml, strays, unpadded
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.change import Change, change
from aidisclose.io.source import Range, Source
from aidisclose.io.splice import Splice
from aidisclose.named import NamedTuple

_HEADER: Final = 8
#: Place, size and duration of a frame of an animation, before its chunks (RFC 9649 §2.7.1.1).
_FRAME_HEAD: Final = 16
_FORM_HEADER: Final = 12
_STORE: Final = b"C2PA"
#: Code of the chunk with an XMP packet (XMP part 3; WebP container).
_XMP: Final = {b"WEBP": b"XMP ", b"WAVE": b"_PMX", b"AVI ": b"_PMX"}

#: Code of the chunk with a label of GB 45438-2025 (TC260-PG-202510A).
_LABEL: Final = b"AIGC"

#: What does not keep a WebP from being of the simple kind, without `VP8X`.
_SIMPLE: Final = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"XMP ", _STORE})

_XMP_FLAG: Final = 0x04
_ALPHA_FLAG: Final = 0x10

#: 0xFFFFFFFF is not a size but a placeholder.
_MAX_SIZE: Final = 0xFFFF_FFFE
_OPEN_RIFF: Final = frozenset({0, 0xFFFF_FFFF})
#: FFmpeg and speech services write the last, SoX and eSpeak the middle one.
_OPEN_DATA: Final = frozenset({0, 0x7FFF_F000, 0xFFFF_FFFF})
#: By form, the chunk whose size programs that write into a pipe cannot fill in.
_STREAMED: Final = frozenset({(b"WAVE", b"data"), (b"AVI ", b"movi")})

#: Code, flags, offset and size of a chunk.
_INDEX_ENTRY: Final = struct.Struct("<4s3I")

#: Chunks that are added or changed; what they say of the media is looked at by other means.
_REWRITTEN: Final = frozenset({"INFO", "AIGC", "VP8X", "idx1", "indx"})

#: Programs that store the size of the file instead of what follows the size field.
_SIZE_SLACK: Final = 8

#: The pad byte that embedding adds where the chunk before has none. Removing the store removes it
#: too, and a pad byte that was there before (0 by the format) not.
_ADDED_PAD: Final = b"\xc2"


_FOUR_CC: Final = re.compile(rb"[ -~]{4}")


class _Chunk(NamedTuple):
    """A chunk as its header declares it.

    Attributes:
        code: Four-character code.
        kind: Type of what a `RIFF` or `LIST` chunk contains; empty for others.
        start: Offset of its first byte.
        size: Number of data bytes, as declared.
        bound: Offset where what encloses it ends.
    """

    code: bytes
    kind: bytes
    start: int
    size: int
    bound: int

    @property
    def is_cut(self) -> bool:
        return self.start + _HEADER + self.size > self.bound

    @property
    def data_end(self) -> int:
        return min(self.start + _HEADER + self.size, self.bound)

    @property
    def end(self) -> int:
        """The offset after the pad byte, if there is one."""
        return min(self.data_end + (self.size & 1), self.bound)

    @property
    def is_unpadded(self) -> bool:
        return bool(self.size & 1) and self.end == self.data_end

    @property
    def block(self) -> Block:
        """Named as in a general box hash (C2PA 2.2 §18.7.3.5)."""
        name = (self.kind or self.code).decode("latin-1")
        end = min(self.end, self.start + _FORM_HEADER) if self.code == b"RIFF" else self.end
        return Block(name, self.start, end - self.start)


class _Walk:
    """Steps from chunk to chunk; not more of them in total than a file may have."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._left = limits.BLOCKS

    def chunks(self, start: int, end: int) -> Iterator[_Chunk]:
        """The chunks between two offsets; only the last can be cut off."""
        while end - start >= _HEADER:
            if self._left == 0:
                raise LimitExceeded(f"the RIFF file has more than {limits.BLOCKS} chunks")
            self._left -= 1
            head = self._source.read_at(start, _FORM_HEADER)
            code = head[:4]
            kind = head[8:] if code in (b"LIST", b"RIFF") else b""
            chunk = _Chunk(code, kind, start, int.from_bytes(head[4:8], "little"), end)
            yield chunk
            start = chunk.end


class _First(NamedTuple):
    """The first RIFF chunk.

    Attributes:
        end: Offset of the first byte after it, no pad byte counted.
        chunks: Those directly inside.
        is_streamed: The size of the last of them, the media data, is a placeholder.
    """

    end: int
    chunks: tuple[_Chunk, ...]
    is_streamed: bool


def _sniff(head: bytes, *, form: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == form


def _scan(source: Source, *, form: bytes, media_type: str) -> Layout:
    xmp = _XMP[form]
    walk = _Walk(source)
    first = _first(source, walk, form)
    blocks = [Block(form.decode("latin-1"), 0, _FORM_HEADER)]
    blocks += [chunk.block for chunk in first.chunks]
    stores: list[EmbeddedStore] = []
    problems: list[Problem] = []
    for chunk in first.chunks:
        if chunk.code == _STORE and chunk.is_cut:
            problems.append(Problem(reason="the C2PA chunk is cut off", offset=chunk.start))
        elif chunk.code == _STORE:
            stores.append(_store(chunk))
        elif chunk.code == b"LIST" and chunk.kind != b"movi":
            problems += _nested(walk, chunk)
    for chunk in _trailing(walk, first, source.size):
        if chunk.code == _STORE:
            reason = "a C2PA chunk outside the first RIFF chunk"
            problems.append(Problem(reason=reason, offset=chunk.start))
        blocks.append(chunk.block)
    packets = (c for c in first.chunks if c.code == xmp and not c.is_cut)
    packet = next(packets, None)
    return Layout(
        media_type=media_type,
        size=source.size,
        blocks=tuple(blocks),
        stores=tuple(stores),
        problems=tuple(problems),
        xmp=Range(packet.start + _HEADER, packet.size) if packet else None,
    )


def _first(source: Source, walk: _Walk, form: bytes) -> _First:
    head = source.read_at(0, _FORM_HEADER)
    if head[:4] != b"RIFF" or head[8:] != form:
        raise MalformedFile(f"no RIFF header of type {form.decode('ascii')}", 0)
    size = int.from_bytes(head[4:8], "little")
    is_open = size in _OPEN_RIFF
    if not is_open and size < _FORM_HEADER - _HEADER:
        raise MalformedFile(f"a RIFF size of {size} is too small", 4)
    end = source.size if is_open else min(_HEADER + size, source.size)
    chunks: list[_Chunk] = []
    for chunk in walk.chunks(_FORM_HEADER, end):
        is_media = (form, chunk.kind or chunk.code) in _STREAMED
        if is_media and _is_streamed(chunk, is_open, source.size):
            chunks.append(chunk._replace(size=end - chunk.start - _HEADER))
            return _First(end, tuple(chunks), is_streamed=True)
        chunks.append(chunk)
    last = chunks[-1] if chunks else None
    if last and last.is_cut and last.code != _STORE:
        there = last.data_end - last.start - _HEADER
        name = last.code.decode("latin-1")
        reason = f"the {name!r} chunk declares {last.size} bytes, {there} are there"
        raise MalformedFile(reason, last.start)
    if not is_open and _HEADER + size > end + _SIZE_SLACK and not (last and last.is_cut):
        raise MalformedFile(f"the file is cut off after {end} of {_HEADER + size} bytes", end)
    return _First(end, tuple(chunks), is_streamed=False)


def _is_streamed(chunk: _Chunk, is_open: bool, file_size: int) -> bool:
    if chunk.size not in _OPEN_DATA or chunk.bound != file_size:
        return False
    return is_open if chunk.size == 0 else chunk.is_cut


def _store(chunk: _Chunk) -> EmbeddedStore:
    return EmbeddedStore(
        frame=Range(chunk.start, chunk.end - chunk.start),
        # Without the pad byte of a store of odd size, as the reference writes it.
        exclusions=(Range(chunk.start, _HEADER + chunk.size),),
        pieces=(Range(chunk.start + _HEADER, chunk.size),),
    )


def _nested(walk: _Walk, chunk: _Chunk) -> Iterator[Problem]:
    """`C2PA` chunks at any depth inside a list."""
    lists = [chunk]
    while lists:
        outer = lists.pop()
        for inner in walk.chunks(outer.start + _FORM_HEADER, outer.data_end):
            if inner.code == _STORE:
                yield Problem(reason="a C2PA chunk inside a LIST chunk", offset=inner.start)
            elif inner.code == b"LIST":
                lists.append(inner)


def _trailing(walk: _Walk, first: _First, size: int) -> Iterator[_Chunk]:
    """Possible chunks after the first RIFF chunk, and those inside further RIFF chunks."""
    # The first chunk is padded like any other, and its size does not count the pad byte.
    for chunk in walk.chunks(first.end + (first.end & 1), size):
        is_whole = _FOUR_CC.fullmatch(chunk.code) and not chunk.is_cut
        if not is_whole and chunk.code not in (_STORE, b"RIFF"):
            return
        yield chunk
        if chunk.code == b"RIFF":
            yield from walk.chunks(chunk.start + _FORM_HEADER, chunk.data_end)


def _frame(store: bytes) -> bytes:
    return _chunk_of(_STORE, store)


def _chunk_of(code: bytes, content: bytes) -> bytes:
    pad = b"\x00" * (len(content) & 1)
    return b"".join((code, len(content).to_bytes(4, "little"), content, pad))


def _rewrite(source: Source, layout: Layout, edits: Edits, *, form: bytes) -> Splice:
    if edits == Edits():
        return change(source, ())
    first = _first(source, _Walk(source), form)
    _check_stores(layout, first, edits)
    replaced = {
        code for code, edit in ((_XMP[form], edits.xmp), (_STORE, edits.store)) if edit is not KEEP
    }
    if form == b"WAVE" and edits.aigc is not KEEP:
        replaced.add(_LABEL)
    changed, new = _changed_lists(source, first, edits, form=form)
    removed = {chunk for chunk in first.chunks if chunk.code in replaced}
    removed.update(chunk for chunk, content in changed.items() if not content)
    new += b"".join(_new_chunks(edits, form))
    if not (changed or removed or new):
        return change(source, ())
    changes = [
        Change(chunk.start, chunk.end - chunk.start, changed.get(chunk, b""))
        for chunk in {*changed, *removed}
    ]
    changes += _appended(source, first, removed, new)
    if form == b"AVI ":
        changes += _repaired_indexes(source, first, layout, changes)
    packet = edits.xmp if isinstance(edits.xmp, bytes) else None
    if form == b"WEBP" and (
        packet is not None or any(chunk.code == _XMP[form] for chunk in removed)
    ):
        changes += _extended_header(source, first, packet)
    changes += _repaired_sizes(first, changes)
    return change(source, changes)


def _new_chunks(edits: Edits, form: bytes) -> Iterator[bytes]:
    """The chunks that are appended, the store last."""
    if form == b"WAVE" and isinstance(edits.aigc, bytes):
        yield _chunk_of(_LABEL, edits.aigc)
    if isinstance(edits.xmp, bytes):
        yield _chunk_of(_XMP[form], edits.xmp)
    if isinstance(edits.store, bytes):
        yield _frame(edits.store)


def _check_stores(layout: Layout, first: _First, edits: Edits) -> None:
    if edits.store is KEEP:
        if layout.problems or len(layout.stores) > 1:
            raise MalformedFile("the manifest store is damaged, so that it cannot be kept")
        return
    old = {chunk.start for chunk in first.chunks if chunk.code == _STORE}
    for problem in layout.problems:
        if problem.offset not in old:
            raise MalformedFile(f"{problem.reason} cannot be replaced or removed", problem.offset)


def _changed_lists(
    source: Source, first: _First, edits: Edits, *, form: bytes
) -> tuple[dict[_Chunk, bytes], bytes]:
    """The `INFO` lists that change, with what they become, and a new one where one is needed."""
    # What a WAV holds as a chunk of its own, an AVI holds in the list.
    edits = {
        b"WAVE": Edits(comment=edits.comment),
        b"AVI ": Edits(aigc=edits.aigc),
    }.get(form, Edits())
    if edits == Edits():
        return {}, b""
    # Nothing before the media data of an AVI may change its size.
    media = max((chunk.start for chunk in first.chunks if chunk.kind == b"movi"), default=0)
    old: dict[_Chunk, tuple[riff_info.InfoText, ...]] = {}
    lists = [chunk for chunk in first.chunks if chunk.kind == b"INFO"]
    if sum(chunk.size for chunk in lists) > limits.TEXT_SIZE:
        raise LimitExceeded(f"the INFO lists have more than {limits.TEXT_SIZE} bytes")
    for chunk in lists:
        start = chunk.start + _FORM_HEADER
        data = source.read_at(start, max(chunk.data_end - start, 0))
        texts = riff_info.parse(data)
        if texts and chunk.start >= media:
            old[chunk] = texts
        elif riff_info.may_hold(data, edits):
            raise UnsupportedFormat(
                f"the INFO list at offset {chunk.start}, which may hold the text to be replaced, "
                "is malformed or stands before the media data; remove it from the file first"
            )
    new, further = riff_info.edited(old.values(), edits)
    changed = {
        chunk: _list_of(texts)
        for (chunk, before), texts in zip(old.items(), new, strict=True)
        if texts != before
    }
    return changed, _list_of(further)


def _list_of(texts: Iterable[riff_info.InfoText]) -> bytes:
    """An `INFO` list; nothing if it is empty."""
    content = b"".join(text.encode() for text in texts)
    return _chunk_of(b"LIST", b"INFO" + content) if content else b""


def _appended(
    source: Source, first: _First, removed: Collection[_Chunk], new: bytes
) -> Iterator[Change]:
    """New chunks after the last one, or before a store that stays there."""
    last = first.chunks[-1] if first.chunks else None
    if not new:
        kept = [chunk for chunk in first.chunks if chunk not in removed]
        is_odd = bool(kept) and kept[-1] is not last and bool(kept[-1].size & 1)
        if is_odd and source.read_at(kept[-1].data_end, 1) == _ADDED_PAD:
            yield Change(kept[-1].data_end, 1)
    elif last is None:
        yield Change(_FORM_HEADER, 0, new)
    elif last.code == _STORE and last not in removed:
        yield Change(last.start, 0, new)
    else:
        pad = _ADDED_PAD if last.is_unpadded and last not in removed else b""
        yield Change(last.end, 0, pad + new)


def _extended_header(source: Source, first: _First, packet: bytes | None) -> Iterator[Change]:
    """The changes that make the `VP8X` chunk announce XMP (WebP container specification)."""
    header = next((chunk for chunk in first.chunks if chunk.code == b"VP8X"), None)
    if header is None:
        if packet is not None:
            image = first.chunks[0] if first.chunks else None
            yield Change(_FORM_HEADER, 0, _chunk_of(b"VP8X", _canvas(source, image)))
        return
    at = header.start + _HEADER
    flags = source.read_at(at, 1)[0] if header.size else 0
    others = {chunk.code for chunk in first.chunks} - _SIMPLE
    if packet is None and not others and not flags & ~(_XMP_FLAG | _ALPHA_FLAG):
        yield Change(header.start, header.end - header.start)
    else:
        flags = flags & ~_XMP_FLAG if packet is None else flags | _XMP_FLAG
        yield Change(at, 1, bytes((flags,)))


def _canvas(source: Source, image: _Chunk | None) -> bytes:
    """The content of a `VP8X` chunk for a file of one image (RFC 6386 §9.1, RFC 9649 §3.4)."""
    head = source.read_at(image.start + _HEADER, 10) if image and image.size >= 10 else b""
    if image and image.code == b"VP8 " and head[3:6] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(head[n : n + 2], "little") & 0x3FFF for n in (6, 8))
        flags = _XMP_FLAG
    elif image and image.code == b"VP8L" and head[:1] == b"\x2f":
        bits = int.from_bytes(head[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        flags = _XMP_FLAG | (_ALPHA_FLAG if bits >> 28 & 1 else 0)
    else:
        raise MalformedFile("the WebP file does not begin with an image", _FORM_HEADER)
    # One less than the width and the height, in 24 bits each (RFC 9649 §2.7).
    size = ((n - 1).to_bytes(3, "little") for n in (max(width, 1), max(height, 1)))
    return bytes((flags, 0, 0, 0)) + b"".join(size)


def _repaired_sizes(first: _First, changes: Iterable[Change]) -> Iterator[Change]:
    size = first.end + opendml.shift(changes, first.end) - _HEADER
    if size > _MAX_SIZE:
        raise LimitExceeded(
            f"RIFF cannot exceed 4 GiB, and would with {size} bytes; "
            "keep the manifest store beside the file instead"
        )
    yield Change(4, 4, size.to_bytes(4, "little"))
    # A placeholder says “up to the end”, where there is more than the media now.
    if first.is_streamed:
        data = first.chunks[-1]
        yield Change(data.start + 4, 4, data.size.to_bytes(4, "little"))


def _repaired_indexes(
    source: Source, first: _First, layout: Layout, changes: list[Change]
) -> list[Change]:
    """The corrections of an AVI's indexes, which hold offsets of media data, for other changes."""
    media = [chunk.start for chunk in first.chunks if chunk.kind == b"movi"]
    foremost = min(item.start for item in changes)
    if media and foremost < media[-1]:
        raise UnsupportedFormat(
            f"the chunk to change, at offset {foremost}, stands before the media data; "
            "rewrite the AVI without it (for example with FFmpeg, -c copy)"
        )
    if layout.blocks[-1].start < first.end:
        return []
    if first.end & 1:
        raise UnsupportedFormat("an AVI of several RIFF chunks, the first of odd size")
    return opendml.repaired(source, _stream_indexes(source, first), changes)


def _strays(source: Source, layout: Layout) -> Iterator[Stray]:
    """See `Container.strays`; only an AVI has offsets."""
    first = _first(source, _Walk(source), b"AVI ")
    reach = Reach(layout)
    media = next((chunk for chunk in first.chunks if chunk.kind == b"movi"), None)
    for chunk in first.chunks:
        if chunk.code == b"idx1" and media is not None:
            origin = media.start + _HEADER
            yield from reach.strays("the index of the AVI", _indexed(source, chunk, origin))
    indexes = _stream_indexes(source, first)
    yield from reach.strays("an OpenDML index", opendml.places(source, indexes))
    body = media and Range(
        media.start + _FORM_HEADER, max(media.data_end - media.start - _FORM_HEADER, 0)
    )
    yield from strays.find(source, layout, body)


def _indexed(source: Source, chunk: _Chunk, media: int) -> Iterator[Range]:
    """The chunks that `idx1` names. Offsets count from the type of the list, or from the file.

    Readers look at the first one to tell which; where that fails, both are followed.
    """
    if chunk.size > limits.OFFSET_TABLES:
        raise LimitExceeded(f"more than {limits.OFFSET_TABLES} bytes of an AVI index")
    data = source.read_at(chunk.start + _HEADER, chunk.data_end - chunk.start - _HEADER)
    entries = _INDEX_ENTRY.iter_unpack(data[: len(data) // _INDEX_ENTRY.size * _INDEX_ENTRY.size])
    origins: tuple[int, ...] | None = None
    for code, _, offset, size in entries:
        if origins is None:
            told = [at for at in (media, 0) if source.read_at(at + offset, 4) == code]
            origins = tuple(told[:1] or (media, 0))
        for origin in origins:
            yield Range(origin + offset, _HEADER + size)


def _overhang(source: Source, frame: Block) -> Iterator[Range]:
    """The part of the last chunk of a frame of a WebP that is behind the frame, by its length."""
    at = frame.start + _HEADER + _FRAME_HEAD
    while frame.end - at >= _HEADER:
        size = int.from_bytes(source.read_at(at + 4, 4), "little")
        at += _HEADER + size
        if at > frame.end:
            yield Range(frame.end, at - frame.end)
        at += size & 1


def _stream_indexes(source: Source, first: _First) -> Iterator[Range]:
    """The data of the `indx` chunk of each stream.

    They belong directly in `strl`; players take them wherever they stand before the media.
    """
    walk = _Walk(source)
    waiting = list(reversed(first.chunks))
    while waiting:
        chunk = waiting.pop()
        if chunk.code == b"indx":
            body = chunk.start + _HEADER
            yield Range(body, chunk.data_end - body)
        elif chunk.code == b"LIST" and chunk.kind != b"movi":
            waiting += reversed(list(walk.chunks(chunk.start + _FORM_HEADER, chunk.data_end)))


class Riff(Container):
    """One of the formats that consist of RIFF chunks."""

    # The reference hashes the size at offset 4, so an update must leave it as it is. C2PA 2.5
    # §16.3.1.6 would have it left out.
    signs_size = True

    form: bytes

    def sniff(self, head: bytes) -> bool:
        """See `Container.sniff`."""
        return _sniff(head, form=self.form)

    def scan(self, source: Source) -> Layout:
        """See `Container.scan`."""
        return _scan(source, form=self.form, media_type=self.media_types[0])

    def details(self, source: Source, layout: Layout, edits: Edits) -> Iterable[Detail]:  # noqa: ARG002
        """See `Container.details`."""
        return census(layout, edits, leaving=_REWRITTEN)

    def _frame(self, store: bytes) -> bytes:
        return _frame(store)

    def rewrite(self, source: Source, layout: Layout, edits: Edits) -> Splice:
        """See `Container.rewrite`."""
        return _rewrite(source, layout, edits, form=self.form)


class Wav(Riff, Addressed):
    """Sound (Multimedia Programming Interface and Data Specifications 1.0)."""

    form = b"WAVE"
    name = "WAV"
    media_types = ("audio/wav", "audio/vnd.wave", "audio/wave", "audio/x-wav")
    extensions = (".wav", ".wave")
    carriers = frozenset((Carrier.XMP, Carrier.AIGC, Carrier.COMMENT))

    def strays(self, source: Source, layout: Layout) -> Iterable[Stray]:
        """See `Addressed.strays`: sound of length 0, for FFmpeg plays all that follows it.

        And what it plays behind sound of odd length.
        """
        reach = Reach(layout)
        for chunk in _first(source, _Walk(source), self.form).chunks:
            if chunk.code == b"data" and not chunk.size:
                start = chunk.start + _HEADER
                yield from reach.strays("sound of length 0", [Range(start, source.size - start)])
            elif chunk.code == b"data" and chunk.size & 1:
                for place in unpadded.find(source, chunk.data_end):
                    held = Range(place.start, min(place.length, source.size - place.start))
                    yield from reach.strays("sound behind sound of odd length", [held])


class Webp(Riff, Addressed):
    """Pictures (RFC 9649)."""

    form = b"WEBP"
    name = "WebP"
    media_types = ("image/webp",)
    extensions = (".webp",)
    carriers = frozenset((Carrier.XMP,))

    def strays(self, source: Source, layout: Layout) -> Iterable[Stray]:
        """See `Addressed.strays`: thumbnails of Exif data, which some write as JPEG has them.

        And chunks of a frame of an animation that say that they are longer than the frame.
        """
        from aidisclose.containers import thumbnails

        reach = Reach(layout)
        for block in layout.blocks:
            if block.name == "ANMF":
                yield from reach.strays("a chunk of a frame", _overhang(source, block))
            elif block.name == "EXIF":
                part = Range(block.start + _HEADER, block.length - _HEADER)
                yield from thumbnails.strays(source, [part], layout)


class Avi(Riff, Addressed):
    """Films."""

    form = b"AVI "
    name = "AVI"
    media_types = ("video/avi", "video/vnd.avi", "video/msvideo", "video/x-msvideo")
    extensions = (".avi",)
    carriers = frozenset((Carrier.XMP, Carrier.AIGC))

    def strays(self, source: Source, layout: Layout) -> Iterable[Stray]:
        """See `Addressed.strays`."""
        return _strays(source, layout)


WAV: Final = Wav()
WEBP: Final = Webp()
AVI: Final = Avi()
CONTAINERS: Final[tuple[Container, ...]] = (WAV, WEBP, AVI)
