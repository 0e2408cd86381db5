"""A process that verifies one file after the other for the service, within limits.

It is started by `service.pool` with a connection as its only open descriptor. With each request
comes the descriptor of a file that has no name any more. It asks nobody over the network and opens
no other file, but for modules that it imports.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import resource
import signal
import socket
import sys
import traceback
from datetime import UTC, datetime
from typing import BinaryIO

from aidisclose import limits
from aidisclose.errors import AidiscloseError, UnsupportedFormat
from aidisclose.named import NamedTuple
from aidisclose.policy import detection
from aidisclose.render import language as languages
from aidisclose.render.page import article, pictures
from aidisclose.service.answers import PREFIX, Fate, WorkerAnswer, encode
from aidisclose.service.withheld import withhold, without_paths
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.verify import verify


class Terms(NamedTuple):
    """The settings of a worker, from its start on.

    Attributes:
        trust: The authorities and signers to trust.
        memory: Bytes of address space.
        time: Seconds of processor time for one file.
        personal: Whether names of people, titles and serial numbers are shown.
    """

    trust: TrustConfig
    memory: int
    time: float
    personal: bool


def main() -> None:
    """The process: until its connection ends."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)  # the service ends it, after it has answered
    # All other descriptors were closed when it was started.
    connection = socket.socket(fileno=int(sys.argv[1]))
    # From the service, before anything of a stranger's is here.
    terms: Terms = pickle.loads(_receive(connection)[0])  # noqa: S301
    _warm(terms)
    _limit(terms)
    connection.sendall(encode({}))  # it can be asked now
    while True:
        message, descriptors = _receive(connection)
        if not message or not descriptors:
            return
        _restart_clock(terms)
        with os.fdopen(descriptors[0], "rb") as file:
            answer = _answer(terms, file, json.loads(message))
        connection.sendall(answer)


def _receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    """A message and the descriptors with it; empty at the end."""
    # The descriptor comes with the first byte of a message (SCM_RIGHTS, unix(7)).
    head, descriptors, _, _ = socket.recv_fds(connection, PREFIX, 1)
    while head and len(head) < PREFIX:
        head += connection.recv(PREFIX - len(head))
    left = int.from_bytes(head, "big")
    message = bytearray()
    while left > len(message):
        piece = connection.recv(left - len(message))
        if not piece:
            return b"", descriptors
        message += piece
    return bytes(message), descriptors


def _warm(terms: Terms) -> None:
    """Import what the first file would wait for, while there are no limits yet."""
    import PIL.GifImagePlugin
    import PIL.JpegImagePlugin
    import PIL.PngImagePlugin
    import PIL.WebPImagePlugin  # noqa: F401

    from aidisclose import containers

    _ = containers.CONTAINERS
    for code in languages.NAMES:
        languages.load(code)
    with contextlib.suppress(AidiscloseError):
        # An empty file is refused, after most modules are imported.
        verify(b"", trust=terms.trust)


def _limit(terms: Terms) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # it would hold what somebody uploaded
    # It writes no file, not even of bytecode: whoever takes it over cannot fill a disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    descriptors = limits.WORKER_DESCRIPTORS
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    resource.setrlimit(resource.RLIMIT_AS, (terms.memory, terms.memory))


def _restart_clock(terms: Terms) -> None:
    """Let the kernel end this process if the next file takes too long, whoever else watches."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(spent.ru_utime + spent.ru_stime + 2 * terms.time) + 2
    # The soft limit alone, so that it can be raised for the next file: a process may not raise a
    # hard one.
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.RLIM_INFINITY))


def _answer(terms: Terms, file: BinaryIO, wanted: dict[str, str]) -> bytes:
    try:
        answer = _check(terms, file, language=wanted["language"])
        message = answer.encode()
    except MemoryError:
        answer = WorkerAnswer(Fate.COSTLY, reason="it needs too much memory")
        message = b""
    except UnsupportedFormat as error:
        answer = WorkerAnswer(Fate.UNSUPPORTED, reason=str(error))
        message = b""
    except (AidiscloseError, OSError) as error:
        answer = WorkerAnswer(Fate.UNREADABLE, reason=str(error))
        message = b""
    except Exception as error:
        # Its text may quote the file, and goes into a log.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(frame.filename)}:{frame.lineno}"  # noqa: PTH119
        answer = WorkerAnswer(Fate.LOST, reason=f"{type(error).__name__} at {place}")
        message = b""
    if len(message) > limits.WORKER_ANSWER:
        answer = WorkerAnswer(Fate.COSTLY, reason="too much was found in it to show")
        message = b""
    return message or answer.encode()


def _check(terms: Terms, file: BinaryIO, *, language: str) -> WorkerAnswer:
    report = verify(file, trust=terms.trust, at=datetime.now(UTC), hashed=True)
    shown = without_paths(report if terms.personal else withhold(report))
    page = ""
    if language:
        made = pictures.draw(file, report.media_type, report.believed)
        page = article.article(shown, languages.load(language), made)
    return WorkerAnswer(
        Fate.CHECKED,
        state=report.state.value,
        document=shown.as_dict(),
        entry=detection.entry("", shown),
        article=page,
    )


if __name__ == "__main__":
    with contextlib.suppress(ConnectionError, io.UnsupportedOperation):
        main()
