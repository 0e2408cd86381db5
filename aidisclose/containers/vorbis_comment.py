"""Vorbis comments, as in FLAC (RFC 9639 §8.6), Ogg Vorbis and Opus (RFC 7845 §5.2).

A vendor, and a list of `NAME=value` texts. What is written stands first in the list: readers look
at its start only, and pictures, which are comments too, have megabytes. All else keeps its bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from aidisclose import limits
from aidisclose.containers.container import KEEP, Comment, Edits
from aidisclose.errors import LimitExceeded, MalformedFile

_LENGTH: Final = struct.Struct("<I")
_LABEL: Final = b"AIGC="
#: Where a remark stands; FFmpeg writes the second for the first.
_REMARKS: Final = (b"COMMENT=", b"DESCRIPTION=")


def field(text: bytes) -> bytes:
    """A text and its length before it."""
    return _LENGTH.pack(len(text)) + text


def edited(data: bytes, edits: Edits) -> bytes:
    """Comments with the label and the comment of `edits` instead of those that they replace.

    Arguments:
        data: A vendor, a list, and whatever follows it, which stays.
        edits: Only `aigc` and `comment` are looked at.

    Raises:
        MalformedFile: The list is longer than `data`.
        LimitExceeded: It has more than `limits.COMMENTS` comments.
    """
    start, count = _list(data)
    kept = [data[slice(*ends)] for ends in _comments(data, start, count)]
    end = start + sum(map(len, kept))
    kept = [item for item in kept if not _is_replaced(item[_LENGTH.size :], edits)]
    new = list(_new(edits))
    head = data[: start - _LENGTH.size] + _LENGTH.pack(len(new) + len(kept))
    return b"".join((head, *new, *kept, data[end:]))


def texts(data: bytes, edits: Edits) -> Iterator[bytes]:
    """The vendor and the comments, but for those that `edits` replace.

    Raises:
        MalformedFile: The list is longer than `data`.
        LimitExceeded: It has more than `limits.COMMENTS` comments.
    """
    start, count = _list(data)
    yield data[_LENGTH.size : start - _LENGTH.size]
    for begin, end in _comments(data, start, count):
        text = data[begin + _LENGTH.size : end]
        if not _is_replaced(text, edits):
            yield text


def _list(data: bytes) -> tuple[int, int]:
    """The offset of the first comment, and how many there are."""
    vendor = int.from_bytes(data[: _LENGTH.size], "little")
    start = 2 * _LENGTH.size + vendor
    count = int.from_bytes(data[start - _LENGTH.size : start], "little")
    if start > len(data) or count > (len(data) - start) // _LENGTH.size:
        raise MalformedFile("the Vorbis comments are cut off")
    if count > limits.COMMENTS:
        raise LimitExceeded(f"there are {count} Vorbis comments, more than {limits.COMMENTS}")
    return start, count


def _comments(data: bytes, start: int, count: int) -> Iterator[tuple[int, int]]:
    """The beginning of each comment, its length included, and its end."""
    for _ in range(count):
        length = data[start : start + _LENGTH.size]
        end = start + _LENGTH.size + int.from_bytes(length, "little")
        if len(length) < _LENGTH.size or end > len(data):
            raise MalformedFile("the Vorbis comments are cut off")
        yield start, end
        start = end


def _is_replaced(text: bytes, edits: Edits) -> bool:
    name, _, value = text.partition(b"=")
    name = name.upper() + b"="
    if name == _LABEL:
        return edits.aigc is not KEEP
    if name in _REMARKS and isinstance(edits.comment, Comment):
        return value.startswith(f"{edits.comment.name}:".encode())
    return False


def _new(edits: Edits) -> Iterator[bytes]:
    if isinstance(edits.comment, Comment) and edits.comment.text is not None:
        yield field(_REMARKS[0] + str(edits.comment).encode())
    if isinstance(edits.aigc, bytes):
        yield field(_LABEL + edits.aigc)
