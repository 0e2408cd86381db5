"""JUMBF (ISO/IEC 19566-5): superboxes with a description box, and content boxes in them.

Parsed boxes are ranges of the bytes they came from, so that hashes cover the bytes as they stood
in the file; nothing is ever encoded again for hashing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from aidisclose import limits
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.named import NamedTuple

_REQUESTABLE: Final = 0x01
_HAS_LABEL: Final = 0x02
_HAS_ID: Final = 0x04
_HAS_SIGNATURE: Final = 0x08
_HAS_PRIVATE: Final = 0x10


def type_uuid(code: str) -> bytes:
    """The 16-byte type that JUMBF derives from a four-character code."""
    # All types in C2PA 2.5 §11.1.4 end like this, as those of ISO/IEC 19566-5 Annex B do.
    return code.encode("ascii") + bytes.fromhex("00110010800000AA00389B71")


class ContentBox(NamedTuple):
    """A content box.

    Attributes:
        data: The bytes it was parsed from.
        type: Four-character code.
        start: Offset of its header in `data`.
        body: Offset of its content.
        end: Offset of the first byte after it.
    """

    data: bytes
    type: bytes
    start: int
    body: int
    end: int

    @property
    def content(self) -> bytes:
        """The bytes after the header."""
        return self.data[self.body : self.end]


class Superbox(NamedTuple):
    """A box of type `jumb`.

    Attributes:
        data: The bytes it was parsed from.
        start: Offset of its header in `data`.
        body: Offset of its description box.
        end: Offset of the first byte after it.
        uuid: Content type, 16 bytes.
        label: As it stands in the description box; untrusted text. Empty if there is none.
        children: The boxes after the description box, in order.
        salt: Content of the private box of the description box, if any.
        toggles: The toggle bits of the description box.
    """

    data: bytes
    start: int
    body: int
    end: int
    uuid: bytes
    label: str
    children: tuple[ContentBox | Superbox, ...]
    salt: bytes | None
    toggles: int

    @property
    def superboxes(self) -> Iterator[Superbox]:
        """The children that are superboxes."""
        return (child for child in self.children if isinstance(child, Superbox))

    @property
    def contents(self) -> Iterator[ContentBox]:
        """The children that are content boxes."""
        return (child for child in self.children if isinstance(child, ContentBox))

    def content_box(self, code: bytes) -> ContentBox | None:
        """The first content box of this type."""
        return next((child for child in self.contents if child.type == code), None)

    @property
    def is_referable(self) -> bool:
        """Whether URIs may name it, as C2PA demands of its boxes (C2PA 2.5 §11.1.4.1.2).

        That is: it has a label and can be requested, and its description says nothing unknown.
        """
        optional = _HAS_ID | _HAS_SIGNATURE | _HAS_PRIVATE
        return bool(self.label) and self.toggles & ~optional == _REQUESTABLE | _HAS_LABEL

    @property
    def only(self) -> ContentBox | None:
        """Its content box if there is nothing else in it."""
        child = self.children[0] if len(self.children) == 1 else None
        return child if isinstance(child, ContentBox) else None

    @property
    def whole(self) -> memoryview:
        """All bytes of the box, header included."""
        return memoryview(self.data)[self.start : self.end]

    @property
    def payload(self) -> memoryview:
        """The bytes that hashed URIs cover: all boxes but the header (C2PA 2.5 §8.4.2.3)."""
        return memoryview(self.data)[self.body : self.end]


def parse(data: bytes, start: int = 0, *, budget: list[int] | None = None) -> Superbox:
    """The superbox at offset `start` of `data`.

    Bytes after it are not looked at; `Superbox.end` tells where they begin.

    Arguments:
        data: The bytes; the boxes are ranges of them.
        start: Offset in bytes.
        budget: The number of boxes that are allowed, counted down; None for that of one store.

    Raises:
        Malformed: A box does not fit into the one around it, or is not JUMBF.
        LimitExceeded: Too many boxes or levels.
    """
    header = _header(data, start, len(data), may_be_open=True)
    boxes = [limits.JUMBF_BOXES] if budget is None else budget
    return _parse_superbox(data, *header, depth=0, budget=boxes)


def _header(
    data: bytes, start: int, limit: int, *, may_be_open: bool = False
) -> tuple[bytes, int, int, int]:
    """Type, start, body and end of the box at `start`, which must end before `limit`.

    Only a box around all others may go to the end of the file, as a length of 0 says. In another
    one, of two readers one would take what follows the box for a part of it.
    """
    if limit - start < 8:
        raise Malformed("a JUMBF box header is cut off", start)
    length = int.from_bytes(data[start : start + 4])
    code = data[start + 4 : start + 8]
    body = start + 8
    if length == 1:
        body += 8
        length = int.from_bytes(data[start + 8 : body])
    elif length == 0 and may_be_open:
        length = limit - start
    if length < body - start or length > limit - start:
        raise Malformed(f"a JUMBF box declares {length} bytes, {limit - start} are there", start)
    return code, start, body, start + length


def _parse_superbox(
    data: bytes, code: bytes, start: int, body: int, end: int, *, depth: int, budget: list[int]
) -> Superbox:
    if code != b"jumb":
        raise Malformed("not a JUMBF superbox", start)
    # Python's own limit would be a RecursionError, 1,000 levels down, in whoever called.
    if depth > limits.JUMBF_DEPTH:
        raise LimitExceeded(f"JUMBF boxes nest more than {limits.JUMBF_DEPTH} deep")
    code, first, description, position = _header(data, body, end)
    if code != b"jumd":
        raise Malformed("a JUMBF superbox does not begin with its description", first)
    uuid, toggles, label, salt = _parse_description(data, description, position)
    children: list[ContentBox | Superbox] = []
    while position < end:
        # A list of one number, shared by all levels: 8 bytes make a box, so that a store of some
        # megabytes could hold hundreds of thousands.
        budget[0] -= 1
        if budget[0] < 0:
            raise LimitExceeded(f"more than {limits.JUMBF_BOXES} JUMBF boxes")
        code, child, content, position = _header(data, position, end)
        if code == b"jumb":
            children.append(
                _parse_superbox(
                    data, code, child, content, position, depth=depth + 1, budget=budget
                )
            )
        else:
            children.append(ContentBox(data, code, child, content, position))
    return Superbox(
        data=data,
        start=start,
        body=body,
        end=end,
        uuid=uuid,
        label=label,
        children=tuple(children),
        salt=salt,
        toggles=toggles,
    )


def _parse_description(data: bytes, start: int, end: int) -> tuple[bytes, int, str, bytes | None]:
    # A type (16 bytes) and the toggles are always there.
    if end - start < 17:
        raise Malformed("a JUMBF description box is too short", start)
    uuid = data[start : start + 16]
    toggles = data[start + 16]
    position = start + 17
    label = ""
    if toggles & _HAS_LABEL:
        # Nothing is searched beyond, or every box without an end would be a search of the rest.
        terminator = data.find(b"\0", position, min(end, position + limits.JUMBF_LABEL + 1))
        if terminator < 0:
            if end - position > limits.JUMBF_LABEL:
                raise Malformed(f"a JUMBF label of more than {limits.JUMBF_LABEL} bytes", position)
            raise Malformed("a JUMBF label does not end", position)
        try:
            label = data[position:terminator].decode()
        except UnicodeDecodeError:
            raise Malformed("a JUMBF label is not UTF-8", position) from None
        position = terminator + 1
    # An id of 32 bits and a SHA-256 hash: C2PA gives them no meaning, so they are skipped.
    position += 4 * bool(toggles & _HAS_ID) + 32 * bool(toggles & _HAS_SIGNATURE)
    salt = None
    if toggles & _HAS_PRIVATE:
        _, _, body, position = _header(data, position, end)
        salt = data[body:position]
    # Bytes behind the last field could mean something to another reader, and nothing here.
    if position != end:
        raise Malformed("a JUMBF description box has the wrong length", start)
    return uuid, toggles, label, salt


def box(code: bytes, content: bytes) -> bytes:
    """An encoded content box."""
    size = len(content) + 8
    if size < 1 << 32:
        return size.to_bytes(4) + code + content
    return (1).to_bytes(4) + code + (size + 8).to_bytes(8) + content


def superbox(
    uuid: bytes, label: str, contents: Iterable[bytes], *, salt: bytes | None = None
) -> bytes:
    """An encoded, requestable superbox around encoded boxes.

    Arguments:
        uuid: Content type, 16 bytes.
        label: Without NUL.
        contents: Encoded boxes.
        salt: 16 or 32 random bytes that make the hash of a guessable content unguessable; written
            as a private `c2sh` box (C2PA 2.5 §8.4.2.4).
    """
    if "\0" in label:
        raise ValueError("a JUMBF label cannot hold NUL")
    toggles = _REQUESTABLE | _HAS_LABEL
    private = b""
    if salt is not None:
        toggles |= _HAS_PRIVATE
        private = box(b"c2sh", salt)
    description = uuid + bytes([toggles]) + label.encode() + b"\0" + private
    return box(b"jumb", b"".join([box(b"jumd", description), *contents]))


def refill(original: Superbox, contents: Iterable[bytes]) -> bytes:
    """An encoded superbox with other contents, under the description of `original`."""
    # The description is copied and not written anew: it may have an id, a hash or a salt, and the
    # URIs that others hash were made with it.
    first = original.children[0].start if original.children else original.end
    return box(b"jumb", b"".join([original.data[original.body : first], *contents]))
