"""Connections to servers over HTTP that another thread can end.

What reads from a server waits for it as long as something comes: a line of a head that never ends,
or one interim response after the other (RFC 9110 §15.2), which `http.client` passes over without
looking at the time.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.request import HTTPHandler, HTTPSHandler, Request


class Hold:
    """The connection of a request, as long as the request may take."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_over = False

    def take(self, connected: socket.socket) -> None:
        """Hold a connection in place of the one before it.

        Raises:
            TimeoutError: It comes too late, and is closed.
        """
        with self._lock:
            self._socket = connected
            is_over = self._is_over
        if is_over:
            connected.close()
            raise TimeoutError

    def end(self) -> None:
        """End the connection, and those that would come after it; who reads from it gets an error.

        Not closed here: its number could be that of another file by the time it is read from.
        """
        with self._lock:
            self._is_over = True
            held = self._socket
        if held is not None:
            with contextlib.suppress(OSError):  # it has ended by itself
                # Not the method of TLS, which takes away what the other thread reads with.
                socket.socket.shutdown(held, socket.SHUT_RDWR)


class _Held(HTTPConnection):
    def __init__(self, *arguments: Any, hold: Hold, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._hold = hold

    def connect(self) -> None:
        super().connect()
        self._hold.take(self.sock)


class _HeldSecure(_Held, HTTPSConnection):
    """The same of https."""


class PlainHandler(HTTPHandler):
    """Opens addresses of http through connections that are held.

    Arguments:
        hold: Holds them.
    """

    def __init__(self, hold: Hold) -> None:
        super().__init__()
        self._hold = hold

    def http_open(self, req: Request) -> HTTPResponse:
        """See `HTTPHandler`."""
        return self.do_open(partial(_Held, hold=self._hold), req)


class SecureHandler(HTTPSHandler):
    """The same of https; certificates of servers are checked as `ssl` does it by default.

    Arguments:
        hold: Holds the connections.
    """

    def __init__(self, hold: Hold) -> None:
        super().__init__()
        self._hold = hold

    def https_open(self, req: Request) -> HTTPResponse:
        """See `HTTPSHandler`."""
        return self.do_open(partial(_HeldSecure, hold=self._hold), req)
