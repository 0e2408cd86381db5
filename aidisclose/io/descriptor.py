"""Open files: reading and writing at an offset, and locks, whatever the system offers for them.

Windows has no `pread` and `pwrite`. There the position of the descriptor is moved and used under
one lock for all files, as a descriptor may be read by several threads.
"""

from __future__ import annotations

import os
import threading
from typing import Final

try:
    import fcntl
except ImportError:
    _has_locks = False
else:
    _has_locks = True

#: Whether files can be locked. On Windows they cannot, and a file that is open can be neither
#: renamed nor removed there, and a folder not be opened.
LOCKS: Final = _has_locks

#: Without it, Windows reads CR LF as one byte, and ends at 0x1A.
BINARY: Final[int] = getattr(os, "O_BINARY", 0)
#: With it, opening a FIFO does not wait for the other end; regular files ignore it.
NONBLOCK: Final[int] = getattr(os, "O_NONBLOCK", 0)

_moving = threading.Lock()


def read_at(descriptor: int, length: int, offset: int) -> bytes:
    """At most `length` bytes from `offset`; the system may return fewer, none only at the end.

    Raises:
        OSError: They cannot be read.
    """
    if hasattr(os, "pread"):
        return os.pread(descriptor, length, offset)
    with _moving:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, length)


def read_into(descriptor: int, buffer: memoryview, offset: int) -> int:
    """As `read_at`, into a buffer; returns how many bytes were read.

    Raises:
        OSError: They cannot be read.
    """
    if hasattr(os, "preadv"):
        return os.preadv(descriptor, [buffer], offset)
    data = read_at(descriptor, len(buffer), offset)
    buffer[: len(data)] = data
    return len(data)


def write_at(descriptor: int, view: memoryview, offset: int) -> None:
    """Write all of `view` at `offset`.

    Raises:
        OSError: It cannot be written.
    """
    while view:
        if hasattr(os, "pwrite"):
            count = os.pwrite(descriptor, view, offset)
        else:
            with _moving:
                os.lseek(descriptor, offset, os.SEEK_SET)
                count = os.write(descriptor, view)
        offset += count
        view = view[count:]


def lock(descriptor: int) -> bool | None:
    """Lock a file until it is closed, also by the end of the process.

    Returns:
        Whether it could be locked: False if another opening of it is, None if files cannot be
        locked here (Windows, some network file systems).
    """
    if not LOCKS:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
