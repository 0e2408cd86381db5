"""Uploads: spooled into files that have no name, and end with their request.

Nothing of an upload is kept: not its name, which is never looked at, and not its bytes. `tempfile`
makes files without a name where the system can; their blocks are free when they are closed, also
when this process is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import IO, Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from aidisclose import limits
from aidisclose.errors import AidiscloseError
from aidisclose.named import NamedTuple

_FIELDS: Final = 8
_ADDRESS: Final = 4096


class Refused(AidiscloseError):
    """A request that cannot be accepted.

    Attributes:
        status: HTTP status.
        code: For programs.
    """

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.code = code


class Wanted(NamedTuple):
    """The subject of a request: a file, or an address; never both.

    Attributes:
        file: Without a name, open.
        address: Of a file.
    """

    file: IO[bytes] | None
    address: str


class Spool:
    """All that is on disk at once.

    Arguments:
        size: Bytes that one file may have.
        total: Bytes that all may have.

    Attributes:
        used: Bytes that are there now, or may still come.
        uploads: Requests whose body is being read.
        fresh: Those of them that began a moment ago; of slow ones, many may come at once.
    """

    def __init__(self, *, size: int, total: int) -> None:
        self.size = size
        self.used = 0
        self.uploads = 0
        self.fresh = 0
        self._total = total

    @contextlib.asynccontextmanager
    async def receive(self, request: Request) -> AsyncIterator[Wanted]:
        """The subject of a request, until the end of the block.

        Raises:
            Refused: It has neither file nor address, or both, is too large or too slow, is of a
                type that is not understood, or there is no room for it now.
            ClientDisconnect: The visitor went away.
        """
        reading = _Reading(self, request)
        if self.uploads >= limits.UPLOADS:
            raise Refused(429, "busy", "too many uploads at once")
        self.uploads += 1
        try:
            with contextlib.ExitStack() as files:
                try:
                    with self._counted():
                        wanted = await self._read(request, reading, files)
                finally:
                    self.uploads -= 1
                yield wanted
        finally:
            self.used -= reading.done

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        """Counts an upload as fresh until it is there, or a moment has passed."""
        is_counted = True

        def forget() -> None:
            nonlocal is_counted
            self.fresh -= is_counted
            is_counted = False

        self.fresh += 1
        timer = asyncio.get_running_loop().call_later(limits.FRESH_TIME, forget)
        try:
            yield
        finally:
            timer.cancel()
            forget()

    def take(self, length: int) -> None:
        """Count bytes that come.

        Raises:
            Refused: There is no room.
        """
        if self.used + length > self._total:
            raise Refused(429, "busy", "there is no room for another upload now")
        self.used += length

    async def _read(
        self, request: Request, reading: _Reading, files: contextlib.ExitStack
    ) -> Wanted:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        # What is declared only saves the time of receiving it. What comes is counted
        # (`_Reading.pieces`).
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self.size + limits.FORM_SIZE:
            raise too_large(self.size)
        try:
            match kind:
                case "multipart/form-data":
                    return await self._multipart(request, reading, files)
                case "application/x-www-form-urlencoded":
                    form = FormParser(
                        request.headers,
                        reading.pieces(limits.FORM_SIZE),
                        max_fields=_FIELDS,
                        max_part_size=_ADDRESS,
                    )
                    return _only(None, (await form.parse()).get("address"))
                case "application/json":
                    return _only(None, await _address(reading))
                case "application/octet-stream":
                    return _only(await _spooled(reading, self.size, files), None)
        except MultiPartException as error:
            raise Refused(400, "bad_request", f"the form cannot be read: {error.message}") from None
        except OSError as error:
            reason = f"there is no room for uploads: {error.strerror}"
            raise Refused(503, "no_room", reason) from None
        raise Refused(
            415,
            "unsupported_media_type",
            "expected multipart/form-data, application/octet-stream or application/json",
        )

    async def _multipart(
        self, request: Request, reading: _Reading, files: contextlib.ExitStack
    ) -> Wanted:
        parser = _Parser(
            request.headers,
            reading.pieces(self.size + limits.FORM_SIZE),
            max_files=1,
            max_fields=_FIELDS,
            max_part_size=_ADDRESS,
        )
        form = await parser.parse()
        found = form.get("file")
        address = form.get("address")
        for each in form.values():
            if isinstance(each, UploadFile):
                files.callback(each.file.close)
        if not isinstance(found, UploadFile):
            return _only(None, address)
        if not found.size:
            # A browser sends an empty file where none was chosen.
            return _only(None, address)
        if found.size > self.size:
            raise too_large(self.size)
        await found.seek(0)
        spooled: Any = found.file
        # From memory to disk, whatever its size: a worker gets a descriptor.
        await run_in_threadpool(spooled.rollover)
        return _only(spooled, address or None)


class _Parser(MultiPartParser):
    """As little in memory as pays; at last, all goes to disk, for a worker gets its descriptor."""

    spool_max_size = limits.UPLOAD_BUFFER

    async def parse(self) -> FormData:
        """See `MultiPartParser`; whatever ends it, no file stays open."""
        try:
            return await super().parse()
        except BaseException:
            for file in self._files_to_close_on_error:
                file.close()
            raise


class _Reading:
    """The body of a request, as it comes."""

    def __init__(self, spool: Spool, request: Request) -> None:
        self.done = 0
        self._spool = spool
        self._request = request

    async def pieces(self, most: int) -> AsyncGenerator[bytes, None]:
        """The body in pieces.

        Arguments:
            most: Bytes that it may have.

        Raises:
            Refused: It is too large, or comes too slowly.
            ClientDisconnect: The visitor went away.
        """
        stream = self._request.stream()
        loop = asyncio.get_running_loop()
        end = loop.time() + limits.UPLOAD_TIME
        while True:
            try:
                # Two limits: for the whole upload, and for the time in which nothing comes.
                async with asyncio.timeout_at(min(end, loop.time() + limits.STALL_TIME)):
                    piece = await anext(stream, None)
            except TimeoutError:
                raise Refused(408, "too_slow", "the upload comes too slowly") from None
            if piece is None:
                return
            if self.done + len(piece) > most:
                raise too_large(self._spool.size)
            self._spool.take(len(piece))
            self.done += len(piece)
            yield piece


async def _spooled(reading: _Reading, size: int, files: contextlib.ExitStack) -> IO[bytes] | None:
    file = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
    held = bytearray()
    async for piece in reading.pieces(size):
        held += piece
        if len(held) > limits.UPLOAD_BUFFER:
            await run_in_threadpool(file.write, held)
            held = bytearray()
    await run_in_threadpool(_finish, file, held)
    return file if reading.done else None


def _finish(file: IO[bytes], data: bytearray) -> None:
    file.write(data)
    # The worker reads the same file through a descriptor: what is in a buffer of this process it
    # would not see.
    file.flush()


async def spool(data: bytes, files: contextlib.ExitStack) -> IO[bytes]:
    """A file without a name that holds these bytes.

    Raises:
        Refused: There is no room.
    """
    file = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
    try:
        await run_in_threadpool(file.write, data)
        await run_in_threadpool(file.flush)
    except OSError as error:
        raise Refused(503, "no_room", f"there is no room: {error.strerror}") from None
    return file


async def _address(reading: _Reading) -> object:
    body = b"".join([piece async for piece in reading.pieces(limits.FORM_SIZE)])
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, "bad_request", "the body is not JSON") from None
    if not isinstance(fields, dict) or fields.keys() != {"address"}:
        raise Refused(400, "bad_request", 'expected an object with "address" alone')
    if not isinstance(fields["address"], str) or not fields["address"]:
        raise Refused(400, "bad_request", '"address" is not text')
    return fields["address"]


def _only(file: IO[bytes] | None, address: object) -> Wanted:
    named = address.strip() if isinstance(address, str) else ""
    if (file is None) == (not named):
        which = "either a file or an address, not both" if named else "a file or an address"
        raise Refused(400, "bad_request", f"expected {which}")
    if len(named) > _ADDRESS:
        raise Refused(400, "bad_request", "the address is too long")
    return Wanted(file, named)


def too_large(size: int) -> Refused:
    """The refusal of more bytes than are allowed."""
    return Refused(413, "too_large", f"files of up to {size // limits.MIB:,} MiB are checked")
