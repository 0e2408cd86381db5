"""Asking a server over HTTP, bounded in time and in size.

Nothing else in aidisclose opens a socket, and nothing here does before it is called, which happens
only where a user asks for something that lives on a server.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from aidisclose.errors import Unreachable
from aidisclose.version import VERSION

if TYPE_CHECKING:
    from urllib.parse import SplitResult
    from urllib.request import OpenerDirector

_SCHEMES: Final = ("http", "https")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS: Final = 3
_CHUNK: Final = 64 * 1024


class Answer(NamedTuple):
    """What a server answered.

    Attributes:
        status: HTTP status; anything but 2xx is an error.
        media_type: Of the body, in lower case and without parameters; empty if it does not say.
        body: Its bytes.
    """

    status: int
    media_type: str
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the server did what was asked."""
        return 200 <= self.status < 300


def public(url: str) -> str:
    """An address for messages: without user name, password and query, which may be secrets."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def ask(
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float,
    limit: int,
) -> Answer:
    """The answer to a GET request, or with `body` to a POST request.

    Proxies are used as `http_proxy`, `https_proxy` and `no_proxy` say, and certificates of servers
    are checked against those that the system trusts, or `SSL_CERT_FILE`. A user name and password
    in the address are sent. Redirects are followed for GET, never from https to http.

    Arguments:
        url: An address with http or https.
        body: What to send.
        headers: Further headers; they are not sent on to where another host redirects.
        timeout: Seconds for all of it, redirects and looking up names included.
        limit: Bytes that the answer may have.

    Raises:
        Unreachable: There is no complete answer within the time or size.
    """
    found: list[Answer | BaseException] = []

    def run() -> None:
        try:
            found.append(_follow(url, body, headers or {}, time.monotonic() + timeout, limit))
        except BaseException as error:
            found.append(error)

    # Looking up a name cannot be interrupted, and a server that sends a byte now and then passes
    # every time-out of a socket: only a thread can be left behind.
    thread = threading.Thread(target=run, name="aidisclose-http", daemon=True)
    thread.start()
    thread.join(timeout)
    if not found:
        raise Unreachable(f"no answer within {timeout:g} s")
    if isinstance(found[0], Answer):
        return found[0]
    raise _explain(found[0], timeout) from None


def _follow(
    url: str, body: bytes | None, headers: Mapping[str, str], deadline: float, limit: int
) -> Answer:
    from urllib.parse import urljoin, urlsplit

    for _ in range(1 + _MAX_REDIRECTS):
        answer, location = _fetch(url, body, headers, deadline, limit)
        if answer.status not in _REDIRECTS or body is not None or not location:
            return answer
        old, url = urlsplit(url), urljoin(url, location)
        new = urlsplit(url)
        if (old.scheme, new.scheme) == ("https", "http"):
            raise Unreachable(f"it redirects from https to {public(url)}")
        if (old.hostname, old.port) != (new.hostname, new.port):
            headers = {}
    raise Unreachable(f"it redirects more than {_MAX_REDIRECTS} times")


def _fetch(
    url: str, body: bytes | None, headers: Mapping[str, str], deadline: float, limit: int
) -> tuple[Answer, str | None]:
    from urllib.parse import urlsplit
    from urllib.request import Request

    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise Unreachable("an address with http:// or https:// is needed")
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
    sent = {"User-Agent": f"aidisclose/{VERSION}", **_authorization(parts), **headers}
    request = Request(address, data=body, headers=sent)  # noqa: S310 - the scheme was checked
    left = max(deadline - time.monotonic(), 0.001)
    with _opener().open(request, timeout=left) as response:
        received = bytearray()
        while chunk := response.read1(_CHUNK):
            received += chunk
            if len(received) > limit:
                raise Unreachable(f"its answer has more than {limit} bytes")
            if time.monotonic() > deadline:
                raise TimeoutError
        if response.length:  # what was announced and did not come
            raise Unreachable("its answer is cut off")
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        answer = Answer(response.status, media_type, bytes(received))
        return answer, response.headers.get("Location")


def _authorization(parts: SplitResult) -> dict[str, str]:
    """The header for a user name and password in an address."""
    import base64
    from urllib.parse import unquote

    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _opener() -> OpenerDirector:
    """What opens addresses: no `file:` or `ftp:`, and errors and redirects are plain answers."""
    from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler

    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    return opener


def _explain(error: BaseException, timeout: float) -> BaseException:
    """An expected error as one line; any other as it is."""
    import socket
    import ssl
    from http.client import HTTPException
    from urllib.error import URLError

    if isinstance(error, URLError) and isinstance(error.reason, BaseException):
        error = error.reason
    if isinstance(error, TimeoutError):
        return Unreachable(f"no answer within {timeout:g} s")
    if isinstance(error, socket.gaierror):
        return Unreachable("its name is not known here")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unreachable(f"its TLS certificate is not accepted: {error.verify_message}")
    if isinstance(error, ConnectionRefusedError):
        return Unreachable("it refuses connections: it is down, or this is the wrong port")
    if isinstance(error, HTTPException | ConnectionError):
        return Unreachable("it breaks the connection off, or does not speak HTTP")
    if isinstance(error, OSError):
        return Unreachable(f"it cannot be reached: {error.strerror or error}")
    if isinstance(error, ValueError):
        return Unreachable("its address is not valid")
    return error
