"""Buckets of moto's server, behind a proxy that counts, throttles, cuts and changes."""

from __future__ import annotations

import contextlib
import functools
import http.client
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import boto3

import aidisclose as ad

PLACE = "media"


class Asked(NamedTuple):
    """A request that came to the storage, and how many bytes of content it was answered with."""

    method: str
    path: str
    range: str
    sent: int


@functools.cache
def moto_server() -> tuple[str, int]:
    """The host and port of a fake of S3, which runs as long as the tests."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    return str(host), int(port)


@dataclass
class Storage:
    """A storage with one bucket.

    Attributes:
        url: Its endpoint.
        client: Of boto3, which does not go through the proxy.
        asked: The requests that came through the proxy.
        throttled: How many requests are still to be answered with 503.
        cut: Bytes after which answers to GET end, though more was announced; None for none.
        before: Called before each GET is passed on, with its number.
    """

    url: str
    client: Any
    asked: list[Asked] = field(default_factory=list)
    throttled: int = 0
    cut: int | None = None
    before: Callable[[int], None] = lambda _: None

    def put(self, key: str, data: bytes) -> str:
        """Make an object; returns its address."""
        self.client.put_object(Bucket=PLACE, Key=key, Body=data)
        return f"s3://{PLACE}/{key}"

    def get(self, key: str) -> bytes:
        """The content of an object."""
        data: bytes = self.client.get_object(Bucket=PLACE, Key=key)["Body"].read()
        return data

    def names(self) -> list[str]:
        """The names of all objects."""
        listed = self.client.list_objects_v2(Bucket=PLACE).get("Contents", [])
        return [item["Key"] for item in listed]

    def gets(self) -> list[Asked]:
        """The requests for content."""
        return [each for each in self.asked if each.method == "GET" and each.sent]


@contextlib.contextmanager
def storage() -> Iterator[Storage]:
    """A storage with an empty bucket, until the block ends."""
    host, port = moto_server()
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.create_bucket(Bucket=PLACE)
    found = Storage("", client)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found, host, port))
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        for key in found.names():
            client.delete_object(Bucket=PLACE, Key=key)
        client.delete_bucket(Bucket=PLACE)


def _handler(found: Storage, host: str, port: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if found.throttled:
                found.throttled -= 1
                text = b"<Error><Code>SlowDown</Code><Message>Reduce your rate</Message></Error>"
                self._answer(503, {"Content-Type": "application/xml"}, text)
                return
            if self.command == "GET":
                found.before(len(found.gets()))
            connection = http.client.HTTPConnection(host, port)
            connection.request(self.command, self.path, body, dict(self.headers))
            reply = connection.getresponse()
            data = reply.read()
            headers = {
                name: value
                for name, value in reply.getheaders()
                if name.lower() not in ("transfer-encoding", "connection", "date", "server")
            }
            connection.close()
            wanted = self.headers.get("Range", "")
            sent = len(data) if self.command == "GET" and reply.status in (200, 206) else 0
            is_object = sent and "list-type" not in self.path
            found.asked.append(Asked(self.command, self.path, wanted, sent if is_object else 0))
            cut = found.cut if is_object else None
            self._answer(reply.status, headers, data, cut)

        do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815

        def _answer(
            self, status: int, headers: dict[str, str], data: bytes, cut: int | None = None
        ) -> None:
            with contextlib.suppress(OSError):  # who asked may have gone
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if not any(name.lower() == "content-length" for name in headers):
                    self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[:cut])
                if cut is not None and cut < len(data):
                    self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    return Handler


def state_of(source: bytes | str) -> ad.State:
    """The state of a file, where nobody is trusted."""
    return ad.verify(source, trust=ad.TrustConfig.none()).state
