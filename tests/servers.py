"""Small servers on this machine, for what aidisclose asks servers for."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.trust import pki


class Request(NamedTuple):
    """What a server was asked."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What it answers.

    Attributes:
        body: The content.
        media_type: Its type.
        status: HTTP status.
        headers: Further headers.
        delay: Seconds before it answers.
        trickle: Seconds between one byte of the content and the next.
        length: What it announces as the length of the content, if not the truth.
    """

    body: bytes = b""
    media_type: str = "application/octet-stream"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0
    trickle: float = 0
    length: int | None = None


Behaviour = Callable[[Request], Reply]


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        url: Its address, without a slash at the end.
        requests: What it was asked so far.
    """

    url: str
    requests: list[Request]


@contextlib.contextmanager
def serve(behave: Behaviour, *, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server that answers what `behave` returns, until the block ends."""
    requests: list[Request] = []
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            request = Request(self.command, self.path, dict(self.headers), body)
            requests.append(request)
            with contextlib.suppress(OSError):  # who asked may have gone
                self._reply(behave(request))

        do_HEAD = do_POST = do_GET  # noqa: N815

        def _reply(self, reply: Reply) -> None:
            stopped.wait(reply.delay)
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.media_type)
            length = len(reply.body) if reply.length is None else reply.length
            self.send_header("Content-Length", str(length))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "HEAD":
                return
            if not reply.trickle:
                self.wfile.write(reply.body)
            for byte in reply.body if reply.trickle else b"":
                if stopped.wait(reply.trickle):
                    return
                self.wfile.write(bytes((byte,)))

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    scheme = "http"
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield Server(f"{scheme}://127.0.0.1:{server.server_port}", requests)
    finally:
        stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()


def closed_port() -> str:
    """The address of a server that is down."""
    with serve(lambda _: Reply()) as server:
        pass
    return server.url


def secure(folder: Path) -> ssl.SSLContext:
    """What a server with TLS needs; `folder` gets the `ca.pem` that clients must trust."""
    now = datetime.now(UTC)
    start, end = now - pki.DAY, now + pki.DAY
    ca = pki.issue("Server CA", ca=True, not_before=start, not_after=end, number=20)
    address = x509.SubjectAlternativeName(
        [x509.IPAddress(IPv4Address("127.0.0.1")), x509.DNSName("localhost")]
    )
    leaf = pki.issue(
        "127.0.0.1",
        ca,
        number=21,
        purposes=[ExtendedKeyUsageOID.SERVER_AUTH],
        extensions={x509.SubjectAlternativeName: (address, False)},
        not_before=start,
        not_after=end,
    )
    key = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "ca.pem").write_bytes(ca.pem)
    (folder / "server.pem").write_bytes(leaf.pem + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context
