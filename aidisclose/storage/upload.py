"""Writing an object: in parts, one after the other, and visible only when all of them are there."""

from __future__ import annotations

import contextlib
import errno
import mimetypes
import os
from pathlib import PurePosixPath
from typing import Any, Final

from aidisclose import limits
from aidisclose.errors import AidiscloseError
from aidisclose.storage.provider import explained, reach

#: Bytes of a part; S3 takes 10,000 of them, so that a larger object has larger ones.
_PART: Final = 16 * limits.MIB
_PARTS: Final = 9_000

#: Media types that Python 3.11 does not know.
_TYPES: Final = {
    ".avif": "image/avif",
    ".c2pa": "application/c2pa",
    ".dng": "image/x-adobe-dng",
    ".flac": "audio/flac",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".jxl": "image/jxl",
    ".m4a": "audio/mp4",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".webp": "image/webp",
}


class Upload:
    """An object that is being written: `write` all of it, then `finish`, else `abandon`.

    Arguments:
        address: Of the object.
        size: The number of bytes that there will be.
        overwrite: Replace an object that is there. Without it, the service refuses if it can;
            where it cannot, another writer may come between looking and writing.

    Raises:
        FileExistsError: It exists, and is not to be replaced.
        UsageError: Nothing can be written there.
        Unreachable: The service cannot be reached.
    """

    def __init__(self, address: str, size: int, *, overwrite: bool) -> None:
        self.address = address
        self._operator, self._key = reach(address, writing=True)
        options: dict[str, Any] = {"chunk": max(_PART, -(-size // _PARTS))}
        self.check(address, overwrite=overwrite)
        with explained(address):
            # Looking first says so before gigabytes are sent; only the condition is proof against
            # another writer.
            if not overwrite and self._operator.capability().write_with_if_not_exists:
                options["if_not_exists"] = True
            if self._operator.capability().write_with_content_type:
                # Without it, browsers offer the object as a download.
                options["content_type"] = _media_type(self._key)
            self._file: Any = self._operator.open(self._key, "wb", **options)

    @staticmethod
    def check(address: str, *, overwrite: bool) -> None:
        """Check that an object may be written.

        Raises:
            FileExistsError: It exists, and is not to be replaced.
            UsageError: Nothing can be written there.
            Unreachable: The service cannot be reached.
        """
        operator, key = reach(address, writing=True)
        with explained(address):
            is_there = not overwrite and operator.exists(key)
        if is_there:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), address)

    def write(self, data: bytes | memoryview) -> None:
        """The next bytes.

        Raises:
            OSError: They cannot be written.
        """
        with explained(self.address):
            self._file.write(bytes(data))

    def finish(self) -> None:
        """Make the object visible.

        Raises:
            FileExistsError: Somebody else wrote it meanwhile, and it is not to be replaced.
            OSError: It cannot be written.
        """
        file, self._file = self._file, None
        with explained(self.address):
            file.close()

    def remove(self) -> None:
        """Remove the object again, as well as that can be done."""
        with contextlib.suppress(AidiscloseError, OSError), explained(self.address):
            self._operator.delete(self._key)

    def abandon(self) -> None:
        """Leave the object as it was. Parts that were sent are the service's to remove."""
        self._file = None


def _media_type(key: str) -> str:
    ending = PurePosixPath(key).suffix.lower()
    return _TYPES.get(ending) or mimetypes.guess_type(key)[0] or "application/octet-stream"
