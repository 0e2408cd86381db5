"""Reading a file of a web server, which need not be anybody's whom one trusts.

It is asked for in parts. What it names as the length, how fast it sends, and where it leads on to
is its own choice, so that each has a limit.
"""

from __future__ import annotations

import errno
import re
import threading
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from aidisclose import limits
from aidisclose.errors import LimitExceeded, Unreachable
from aidisclose.io import http
from aidisclose.storage.address import split
from aidisclose.storage.provider import about, changed, pauses

#: Smaller reads fetch this many bytes: what a parser wants next is often nearby.
_WINDOW: Final = 16 * limits.KIB
#: Bytes that reads which follow one another fetch at once: twice as many each time.
_RUN: Final = 1 * limits.MIB
_LONGEST_RUN: Final = 8 * limits.MIB
_WHOLE: Final = 200
_PART: Final = 206
_REASONS: Final = {404: "no such file", 410: "no such file"}
_DENIED: Final = frozenset({401, 403})
_CHANGED: Final = frozenset({412, 416})
#: Statuses after which another attempt may succeed (RFC 9110 §15.6, RFC 6585 §4).
_PASSING: Final = frozenset({429, 500, 502, 503, 504})
_RANGE: Final = re.compile(r"bytes ([0-9]{1,20})-([0-9]{1,20})/([0-9]{1,20}|\*)")
_LENGTH: Final = re.compile(r"[0-9]{1,20}")


class WebSource:
    """A file on a web server as a `Source`; safe to read from several threads.

    Every answer has to be of the version that was there when it was opened (its ETag); where there
    are none, `check_unchanged` compares what the server says before and after.

    Arguments:
        address: Of the file.

    Raises:
        OSError: There is no such file, or it may not be read.
        Unreachable: The server does not answer in time, or leads to where it may not.
        LimitExceeded: The file has more than `limits.WEB_SIZE`.
    """

    def __init__(self, address: str) -> None:
        split(address)
        self.address = address
        # Percent signs in an address are part of the name, as everywhere else where one is read.
        self._url = quote(address, safe="/:[]")
        self._patience = limits.WEB_TIME
        self._lock = threading.Lock()
        self._held = (0, b"")
        self._run = _WINDOW
        self._version = self._look()
        self.size = self._version[0]
        if self.size > limits.WEB_SIZE:
            raise LimitExceeded(f"{self.size:,} bytes are too many for a file of a web server")

    def read_at(self, offset: int, length: int) -> bytes:
        """See `Source.read_at`.

        Raises:
            OSError: The file was changed since it was opened.
            Unreachable: The server sends something else, less than it said, or too slowly.
        """
        length = max(0, min(length, self.size - offset))
        parts: list[bytes] = []
        with self._lock:
            while length:
                start, held = self._held
                if not start <= offset < start + len(held):
                    follows = offset == start + len(held) and bool(held)
                    self._run = min(max(2 * self._run, _RUN), _LONGEST_RUN) if follows else _WINDOW
                    wanted = min(max(length, self._run), _LONGEST_RUN, self.size - offset)
                    self._held = start, held = offset, self._part(offset, wanted)
                piece = held[offset - start : offset - start + length]
                parts.append(piece)
                offset, length = offset + len(piece), length - len(piece)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """See `Source.read_into`."""
        data = self.read_at(offset, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def check_unchanged(self) -> None:
        """Raise an error if the file was replaced since it was opened.

        Raises:
            OSError: It was, or is not there any more.
        """
        # Of a version with an ETag, each answer says that it is of that one.
        if not self._version[1] and self._look() != self._version:
            raise changed(self.address)

    def close(self) -> None:
        """Do nothing: no connection stays open."""

    def _look(self) -> tuple[int, str, str]:
        """The length, the ETag and the time of the last change."""
        answer = self._ask("HEAD", {}, 0)
        length = answer.headers.get("content-length", "")
        if answer.status != _WHOLE or not _LENGTH.fullmatch(length):
            raise self._refused("it does not say how long the file is")
        headers = answer.headers
        return int(length), headers.get("etag", ""), headers.get("last-modified", "")

    def _part(self, offset: int, length: int) -> bytes:
        _, tag, _ = self._version
        headers = {"Range": f"bytes={offset}-{offset + length - 1}"}
        if tag and not tag.startswith("W/"):  # a weak one never matches (RFC 9110 §13.1.1)
            headers["If-Match"] = tag
        answer = self._ask("GET", headers, length)
        if answer.headers.get("etag", tag) != tag:
            raise changed(self.address)
        found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
        if answer.status != _PART and length < self.size:
            # The whole file for each part, from the beginning: other bytes than were asked for.
            reason = f"no part of the file can be read: it answers with status {answer.status}"
            raise self._refused(f"{reason}; download it")
        if answer.status == _PART and (found is None or int(found[1]) != offset):
            raise self._refused("it sends another part of the file than was asked for")
        if answer.status == _PART and found and found[3] not in ("*", str(self.size)):
            raise changed(self.address)
        return answer.body

    def _ask(self, method: str, headers: Mapping[str, str], length: int) -> http.Answer:
        """The answer of the server, whose body has this length."""
        waits = pauses()
        while True:
            began = time.monotonic()
            time_left = self._patience + length / limits.WEB_RATE
            try:
                answer = http.ask_part(
                    self._url, method=method, headers=headers, timeout=time_left, length=length
                )
            except Unreachable as error:
                raise self._refused(str(error)) from None
            is_passing = answer.status in _PASSING
            is_short = answer.status in (_WHOLE, _PART) and len(answer.body) < length
            pause = next(waits, None) if is_passing or is_short else None
            if pause is not None:
                time.sleep(min(pause, self._patience))
            spent = time.monotonic() - began - len(answer.body) / limits.WEB_RATE
            self._patience = min(self._patience - spent, limits.WEB_TIME)
            if self._patience <= 0:
                raise self._refused(f"it kept this waiting for {limits.WEB_TIME:g} s")
            if pause is None:
                break
        if is_short:
            raise self._refused("it sends less of the file than it said")
        if answer.status in _REASONS:
            raise FileNotFoundError(errno.ENOENT, _REASONS[answer.status], self.address)
        if answer.status in _DENIED:
            raise PermissionError(errno.EACCES, "access denied", self.address)
        if answer.status in _CHANGED:
            raise changed(self.address)
        if answer.status not in (_WHOLE, _PART):
            raise self._refused(f"it answers with status {answer.status}")
        return answer

    def _refused(self, reason: str) -> Unreachable:
        return about(self.address, reason)
