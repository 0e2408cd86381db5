"""Reading an object: small parts by ranges, long runs as one stream, all of one version."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from aidisclose import limits
from aidisclose.errors import Unreachable
from aidisclose.storage.provider import changed, explained, reach

if TYPE_CHECKING:
    from opendal.types import Metadata

#: Smaller reads fetch this many bytes: what a parser wants next is often nearby, and a request
#: takes as long as 1 MB of its answer.
_WINDOW: Final = 16 * limits.KIB

#: Reads from this size on that follow one another are taken from one stream.
_LONG: Final = 256 * limits.KIB

#: Bytes that a stream passes over rather than be opened anew.
_SKIP: Final = 1 * limits.MIB


class StorageSource:
    """An object in storage as a `Source`; safe to read from several threads.

    Every request asks for the version that was there when it was opened (its ETag), so that bytes
    of two versions never become one file. Where a service has no ETags, `check_unchanged` compares
    what it says of the object before and after.

    Arguments:
        address: Of the object.

    Raises:
        OSError: There is no such object, or it may not be read.
        Unreachable: The service cannot be reached.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._operator, self._key = reach(address)
        with explained(address):
            found = self._operator.stat(self._key)
        self._version = _version(found)
        self.size = found.content_length
        # Both: a service may know the condition, and give some objects no ETag.
        can_match = bool(self._operator.capability().read_with_if_match and found.etag)
        self._condition: dict[str, Any] = {"if_match": found.etag} if can_match else {}
        self._lock = threading.Lock()
        self._window = (0, b"")
        self._stream: Any = None
        self._position = 0
        self._end = -1  # of the last long read
        self.requests = 1

    def read_at(self, offset: int, length: int) -> bytes:
        """See `Source.read_at`.

        Raises:
            OSError: The object was changed since it was opened.
            Unreachable: The service cannot be reached, or sends less than it said.
        """
        length = max(0, min(length, self.size - offset))
        if not length:
            return b""
        with self._lock:
            start, held = self._window
            if start <= offset and offset + length <= start + len(held):
                return held[offset - start : offset - start + length]
            if length >= _LONG and self._follows(offset):
                data = self._from_stream(offset, length)
                self._end = offset + length
                return data
            if length >= _LONG:
                self._end = offset + length
            elif length < _WINDOW:
                held = self._range(offset, min(_WINDOW, self.size - offset))
                self._window = (offset, held)
                return held[:length]
        return self._range(offset, length)

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """See `Source.read_into`."""
        data = self.read_at(offset, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _follows(self, offset: int) -> bool:
        """Whether a long read continues the last one, as a pass over the whole object does."""
        return 0 <= offset - self._end <= _SKIP

    def _range(self, offset: int, length: int) -> bytes:
        self.requests += 1
        with explained(self.address):
            data: bytes = self._operator.read(
                self._key, offset=offset, size=length, **self._condition
            )
        # Taken as it is, a short answer would look like the end of the object.
        if len(data) != length:
            raise self._cut(offset + len(data))
        return data

    def _from_stream(self, offset: int, length: int) -> bytes:
        parts: list[bytes] = []
        with explained(self.address):
            if self._stream is None or not 0 <= offset - self._position <= _SKIP:
                self._close()
                self.requests += 1
                self._stream = self._operator.open(self._key, "rb", **self._condition)
                self._stream.seek(offset)
                self._position = offset
            skip = offset - self._position
            while skip and (data := self._stream.read(skip)):
                skip -= len(data)
            while length and not skip and (data := self._stream.read(length)):
                parts.append(data)
                length -= len(data)
        self._position = offset + sum(map(len, parts))
        if length or skip:
            raise self._cut(self._position)
        return b"".join(parts)

    def _cut(self, position: int) -> Exception:
        error = Unreachable(f"the storage sent no bytes after {position:,} of {self.size:,}")
        error.file = self.address
        return error

    def check_unchanged(self) -> None:
        """Raise an error if the object was replaced since it was opened.

        Raises:
            OSError: It was, or is not there any more.
        """
        if self._condition:
            return  # every request asked for this version
        with explained(self.address):
            found = self._operator.stat(self._key)
        if _version(found) != self._version:
            raise changed(self.address)

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()


def _version(found: Metadata) -> tuple[object, ...]:
    return found.content_length, found.etag, found.version, found.last_modified
