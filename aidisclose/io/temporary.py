"""Temporary files and folders, and the removal of those whose maker was killed.

Whoever is at work on one holds a lock on it, which ends with the process: a lock that can be taken
shows that nobody is. An identifier of the process in the name would not, as containers and machines
that share a folder number their processes on their own.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from aidisclose.io import descriptor as descriptors

_NAME: Final = re.compile(r"\.aidisclose-[0-9a-f]{16}\.tmp")

_swept: set[Path] = set()
_sweeping = threading.Lock()


def names(folder: Path) -> Iterator[Path]:
    """Names for temporary files in a folder; those that were abandoned there are removed first.

    They are not made of the final name, which may be as long as names can be.
    """
    _sweep(folder)
    while True:
        yield folder / f".aidisclose-{os.urandom(8).hex()}.tmp"


def is_temporary(name: str) -> bool:
    """Whether a name is one of temporary files and folders."""
    return _NAME.fullmatch(Path(name).name) is not None


def create(path: Path, mode: int) -> int:
    """A new file, as a descriptor for reading and writing; `mode` is less the umask.

    Raises:
        OSError: It cannot be created.
    """
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | descriptors.BINARY, mode)


def claim(descriptor: int, path: Path) -> bool:
    """Show that somebody is at work on a new file, by a lock until it is closed.

    False if it was taken for abandoned before, and removed: then another one has to be created.
    """
    # None where the file system has no locks: nobody can have taken it for abandoned by one,
    # either.
    return descriptors.lock(descriptor) is None or path.exists()


def remove(path: Path) -> None:
    """Remove a folder, and what is in it, as far as that is possible."""
    import shutil

    shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def folder(beside: Path) -> Iterator[Path]:
    """A new folder for this user alone, which is removed when the block ends unless it was renamed.

    Raises:
        OSError: It cannot be created.
    """
    descriptor = -1
    for path in names(beside):
        path.mkdir(mode=0o700)
        if not descriptors.LOCKS:  # and folders cannot be opened
            break
        descriptor = os.open(path, os.O_RDONLY)
        if claim(descriptor, path):
            break
        os.close(descriptor)
    try:
        yield path
    finally:
        remove(path)
        if descriptor >= 0:
            os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Remove what was abandoned; a process looks at each folder once."""
    with _sweeping:
        if folder in _swept:
            return
        # To list a folder of a million files takes longer than to write one.
        _swept.add(folder)
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name):
                with contextlib.suppress(OSError):
                    _remove_abandoned(entry)


def _remove_abandoned(entry: os.DirEntry[str]) -> None:
    status = entry.stat(follow_symlinks=False)
    # In a folder such as /tmp, others may have files of such a name; root must not remove them.
    is_own = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    is_folder = stat.S_ISDIR(status.st_mode)
    if not is_own or not (is_folder or stat.S_ISREG(status.st_mode)):
        return
    if not descriptors.LOCKS:
        if not is_folder:
            Path(entry).unlink()  # fails while it is open
        return
    descriptor = os.open(entry, os.O_RDONLY | descriptors.NONBLOCK | getattr(os, "O_NOFOLLOW", 0))
    try:
        # Whoever is at work on it holds the lock; a process that has ended holds none.
        if descriptors.lock(descriptor):
            if is_folder:
                import shutil

                shutil.rmtree(entry)
            else:
                Path(entry).unlink()
    finally:
        os.close(descriptor)
