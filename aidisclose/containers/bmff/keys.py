"""The label of GB 45438-2025 in films and sound: a value by the key `AIGC` (TC260-PG-20257A).

Metadata by keys is a `meta` box with handler `mdta`: `keys` lists the names, and each box in `ilst`
has for its type the index of one, from 1 (QuickTime File Format, "Metadata"). A label goes

- where such a list is already: ffmpeg reads only the first of a file
- else into `moov.udta.meta`
- or, if iTunes' metadata is there, into `moov.meta`: QuickTime's own place, and in its own form,
  which has no version. ExifTool reads no other there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from aidisclose import limits
from aidisclose.containers.bmff.offsets import relocate
from aidisclose.containers.container import Block
from aidisclose.containers.isobox import Box, box_at, boxed, children, walk
from aidisclose.errors import MalformedFile, UnsupportedFormat
from aidisclose.io.change import Change, change
from aidisclose.io.source import Range, Source
from aidisclose.io.splice import Splice
from aidisclose.named import NamedTuple

_BY_KEYS: Final = b"mdta"
_NAME: Final = b"AIGC"
_KEY: Final = boxed(_BY_KEYS, _NAME)
# Version, flags and a field of zeros; behind the type three fields of zeros and an empty name.
_HDLR: Final = boxed(b"hdlr", bytes(8), _BY_KEYS, bytes(13))
#: Of a value: UTF-8, in no particular language.
_TEXT: Final = (1).to_bytes(4) + bytes(4)
#: Version, flags and number of entries of `keys`.
_KEYS_HEAD: Final = 8


class _List(NamedTuple):
    """Metadata by keys.

    Attributes:
        around: The boxes that it lies in, outermost first.
        meta: The box that holds it.
        keys: The names.
        ilst: The values.
        is_all: Whether `meta` holds nothing else.
    """

    around: tuple[Box, ...]
    meta: Box
    keys: Box
    ilst: Box
    is_all: bool


class _Edit(NamedTuple):
    """A change, and the boxes that it makes longer or shorter."""

    around: tuple[Box, ...]
    change: Change


def with_label(source: Source, blocks: Sequence[Block], label: bytes | None) -> Splice:
    """The file with this label in place of the one that it has, or without any.

    Other metadata stays byte for byte.

    Arguments:
        source: The file.
        blocks: All its top-level boxes.
        label: A JSON text in UTF-8; None to remove what is there.

    Raises:
        MalformedFile: A box that is there cannot be read.
        UnsupportedFormat: There is no place for a label.
        LimitExceeded: There is too much other metadata, or a box would become too large.
    """
    block = next((block for block in blocks if block.name == "moov"), None)
    if block is None:
        if label is None:
            return change(source, ())
        raise UnsupportedFormat("an AIGC label goes into a moov box, and the file has none")
    movie = box_at(source, block.start, block.end)
    udta = _child(source, movie, b"udta")
    inner = _child(source, udta, b"meta") if udta else None
    outer = _child(source, movie, b"meta")
    lists: list[_List] = []
    if udta and inner:
        lists += _lists(source, (movie, udta), inner)
    if outer:
        lists += _lists(source, (movie,), outer)
    edits: list[_Edit] = []
    for found in lists:
        edits += _relabelled(source, found, label if found is lists[0] else None)
    if label is not None and not lists:
        if inner and outer:
            reason = "other metadata is in both places of an AIGC label"
            raise UnsupportedFormat(f"{reason} (moov.udta.meta, moov.meta); remux the file first")
        meta = boxed(b"meta", b"" if inner else bytes(4), *_new_list(label))
        if udta is None:
            edits.append(_added(source, (movie,), boxed(b"udta", meta)))
        else:
            edits.append(_added(source, (movie,) if inner else (movie, udta), meta))
    grown: Counter[Box] = Counter()
    for around, (_, length, data) in edits:
        grown.update(dict.fromkeys(around, len(data) - length))
    return relocate(source, blocks, [edit.change for edit in edits], grown=grown)


def _child(source: Source, parent: Box, code: bytes) -> Box | None:
    return next((box for box in children(source, parent) if box.type == code), None)


def _lists(source: Source, around: tuple[Box, ...], meta: Box) -> Iterator[_List]:
    """The metadata in `meta`, if it is of this kind, which readers tell by `keys`."""
    inside = children(source, meta)
    # The first box of each type counts, so it is put in last.
    boxes = {box.type: box for box in reversed(inside)}
    keys, ilst = boxes.get(b"keys"), boxes.get(b"ilst")
    if keys and ilst:
        yield _List(around, meta, keys, ilst, is_all=inside[1:] == (keys, ilst))


def _added(source: Source, around: tuple[Box, ...], new: bytes) -> _Edit:
    """A new box behind all others of its parent, before the zero that may end them."""
    place = _behind(source, children(source, around[-1]), around[-1].body)
    return _Edit(around, Change(place, 0, new))


def _behind(source: Source, boxes: Sequence[Box], start: int) -> int:
    """The place of another box: behind these, or at `start`."""
    if not boxes:
        return start
    last = boxes[-1]
    if source.read_at(last.start, 4) == bytes(4):
        raise MalformedFile(f"a box of type {last.type!r} has no end of its own", last.start)
    return last.end


def _relabelled(source: Source, found: _List, label: bytes | None) -> Iterator[_Edit]:
    """The changes that put a label into a list, or take it out."""
    around, keys, ilst = (*found.around, found.meta), found.keys, found.ilst
    names = tuple(walk(source, keys.body + _KEYS_HEAD, keys.end, count=limits.TEXTS))
    values = tuple(walk(source, ilst.body, ilst.end, count=limits.TEXTS))
    number = Range(keys.body + 4, 4)
    if number.end > keys.end or int.from_bytes(source.read_at(*number)) != len(names):
        raise MalformedFile("a keys box has more or fewer entries than it says", keys.start)
    own = [index for index, name in enumerate(names, 1) if _is_ours(source, name)]
    old = [value for value in values if int.from_bytes(value.type) in own]
    count = len(names)
    if label is None:
        # A name before others stays: these would get other indexes.
        while count in own:
            count -= 1
        if own and not count and len(old) == len(values) and found.is_all:
            yield _emptied(found)
            return
    elif not own:
        count += 1
        own = [count]
        if any(int.from_bytes(value.type) == count for value in values):
            raise MalformedFile("an ilst box has a value by a key that is missing", ilst.start)
        end = _behind(source, names, keys.body + _KEYS_HEAD)
        yield _Edit((*around, keys), Change(end, 0, _KEY))
    for name in names[count:]:
        yield _Edit((*around, keys), Change(name.start, name.length))
    yield _Edit((), Change(*number, count.to_bytes(4)))
    for value in old:
        yield _Edit((*around, ilst), Change(value.start, value.length))
    if label is not None:
        end = _behind(source, values, ilst.body)
        yield _Edit((*around, ilst), Change(end, 0, _value(own[0], label)))


def _is_ours(source: Source, name: Box) -> bool:
    return name.end - name.body == len(_NAME) and source.read_at(name.body, 4).upper() == _NAME


def _new_list(label: bytes) -> tuple[bytes, bytes, bytes]:
    """The content of `meta` if there is nothing but a label."""
    keys = boxed(b"keys", bytes(4), (1).to_bytes(4), _KEY)
    return _HDLR, keys, boxed(b"ilst", _value(1, label))


def _value(index: int, label: bytes) -> bytes:
    return boxed(index.to_bytes(4), boxed(b"data", _TEXT, label))


def _emptied(found: _List) -> _Edit:
    """The changes that remove an empty list, and `udta` if it holds nothing else."""
    meta, (*outer, parent) = found.meta, found.around
    if outer and (parent.body, parent.end) == (meta.start, meta.end):
        return _Edit(tuple(outer), Change(parent.start, parent.length))
    return _Edit(found.around, Change(meta.start, meta.length))
