"""The HTTP server: uvicorn, which does not wait for clients that are too slow."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import signal
import socket
from collections.abc import Iterator
from typing import Any, Final

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from aidisclose import limits
from aidisclose.errors import AidiscloseError
from aidisclose.service.journal import Journal

#: Seconds that an idle connection stays: proxies and browsers use it again.
_KEEP_ALIVE: Final = 30
#: Seconds that a client has to read an answer that came before the end of its request.
_LINGER: Final = 2
#: Seconds that requests have to end when the service is stopped.
_GRACE: Final = 30
#: Descriptors besides those of connections and uploads: workers, libraries, the log.
_SPARE: Final = 128
#: Bytes of the head of a request.
_HEAD: Final = 32 * limits.KIB


class Patience(H11Protocol):
    """A connection that ends if its client is too slow.

    A head has to come within `limits.HEAD_TIME`, and a response has to be read within
    `limits.EXCHANGE_TIME` from its head. Uploads are timed where they are read.
    """

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self._head: asyncio.TimerHandle | None = None
        self._exchange: asyncio.TimerHandle | None = None
        self._watched: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self._head = self.loop.call_later(limits.HEAD_TIME, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        cycle: RequestResponseCycle | None = self.cycle
        if self._head is None and (cycle is None or cycle.response_complete):
            self._head = self.loop.call_later(limits.HEAD_TIME, self.transport.abort)
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """See `H11Protocol`: the next request may be here already."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            # Nobody reads the rest of this body. Closed at once, a client that is still sending
            # would not read the answer (RFC 9112 §9.6); uvicorn would wait for `_KEEP_ALIVE`.
            self.loop.call_later(_LINGER, self._end_body, self.cycle)
        self._watch()

    def _end_body(self, cycle: RequestResponseCycle) -> None:
        if self.cycle is cycle and self.conn.their_state is h11.SEND_BODY:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        for timer in (self._head, self._exchange):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """See `H11Protocol`; whoever is still reading is not idle."""
        if not self.transport.get_write_buffer_size():
            super().timeout_keep_alive_handler()

    def _watch(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle is self._watched:
            return
        self._watched = cycle
        if self._head is not None:
            self._head.cancel()
            self._head = None
        if self._exchange is not None:
            self._exchange.cancel()
        self._exchange = self.loop.call_later(limits.EXCHANGE_TIME, self._end_exchange, cycle)

    def _end_exchange(self, cycle: RequestResponseCycle) -> None:
        if not cycle.response_complete or self.transport.get_write_buffer_size():
            self.transport.abort()


def listen(host: str, port: int) -> socket.socket:
    """A socket that accepts connections.

    Arguments:
        host: Name or address of an interface.
        port: 0 for one that is free.

    Raises:
        OSError: It is in use, or not allowed.
    """
    try:
        first = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except UnicodeError:
        raise OSError("its name is not valid") from None
    address = str(first[4][0])
    found = socket.create_server((address, port), family=first[0], backlog=limits.CONNECTIONS)
    found.set_inheritable(False)
    return found


def serve(app: ASGIApp, listener: socket.socket, journal: Journal) -> None:
    """Answer requests until SIGINT or SIGTERM; those that are being answered are finished.

    Arguments:
        app: As `application.build` returns it.
        listener: As `listen` returns it.
        journal: The log of errors.

    Raises:
        AidiscloseError: The workers do not start.
    """
    logging.disable(logging.CRITICAL)  # their lines have addresses of visitors
    config = uvicorn.Config(
        app,
        http=Patience,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,  # of a proxy on this machine; FORWARDED_ALLOW_IPS names others
        limit_concurrency=_connections(),
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_GRACE,
        h11_max_incomplete_event_size=_HEAD,
    )

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: journal.write(
                "bug", kind=type(context.get("exception")).__name__, place="event loop"
            )
        )
        await _Server(config).serve(sockets=[listener])

    try:
        asyncio.run(run())
    except SystemExit:
        raise AidiscloseError("no worker starts: is there enough memory?") from None


class _Server(uvicorn.Server):
    """One that is stopped by signals, and returns: to be stopped is how it ends well."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """See `uvicorn.Server`."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(each, self._stop)
        yield

    def _stop(self) -> None:
        self.force_exit = self.should_exit  # the second time
        self.should_exit = True


def _connections() -> int:
    """Connections for which there are descriptors, one more for each for its upload."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * limits.CONNECTIONS + _SPARE
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return max((allowed - _SPARE) // 2, 16)
