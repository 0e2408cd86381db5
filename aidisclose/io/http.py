"""Asking a server over HTTP, bounded in time and in size.

Nothing else in aidisclose opens a socket, and nothing here does before it is called, which happens
only where a user asks for something that lives on a server.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from aidisclose.errors import Unreachable
from aidisclose.io import waiting
from aidisclose.named import NamedTuple
from aidisclose.version import VERSION

if TYPE_CHECKING:
    import socket
    from http.client import HTTPResponse
    from urllib.parse import SplitResult
    from urllib.request import OpenerDirector

    from aidisclose.io.hold import Hold

_SCHEMES: Final = ("http", "https")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS: Final = 3
_CHUNK: Final = 64 * 1024
#: RFC 4291 §2.4, as far as IANA has assigned it: everything else in IPv6 is for special purposes.
_UNICAST: Final = "2000::/3"
#: IPv4 addresses in IPv6 (RFC 6052); those of a local network, 64:ff9b:1::/48, are not public.
_TRANSLATED: Final = "64:ff9b::/96"
#: Addresses outside of the public internet (IANA IPv4 and IPv6 Special-Purpose Address Registries,
#: RFC 6890), and tunnels in which any IPv4 address may be (Teredo, 6to4).
_NOT_PUBLIC: Final = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
)
_AGENT: Final = f"aidisclose/{VERSION}"


class Answer(NamedTuple):
    """The answer of a server.

    Attributes:
        status: HTTP status; anything but 2xx is an error.
        media_type: Of the body, in lower case and without parameters; empty if it does not say.
        body: Its bytes.
        headers: Its headers, by names in lower case; of several of one name the last.
    """

    status: int
    media_type: str
    body: bytes
    headers: Mapping[str, str] = MappingProxyType({})

    @property
    def is_success(self) -> bool:
        """Whether the server did what was asked."""
        return 200 <= self.status < 300

    @property
    def is_passing(self) -> bool:
        """Whether it is an error that another attempt may not meet."""
        return is_passing(self.status)


def is_passing(status: int) -> bool:
    """Whether a status is an error that another attempt may not meet.

    RFC 9110 §15.5.9 and §15.6, RFC 8470 §5.2, RFC 6585 §4.
    """
    return status in (408, 425, 429) or 500 <= status < 600


def public(url: str) -> str:
    """An address for messages: without user name, password and query, which may be secrets."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def is_address(url: str) -> bool:
    """Whether text is an address of http or https with a host."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0  # a port out of range raises
    except ValueError:
        return False
    is_written = url.isprintable() and " " not in url
    return parts.scheme in ("http", "https") and has_host and is_written


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
        body: The bytes to send.
        headers: Further headers; they are not sent on to where another host redirects.
        timeout: Seconds for all of it, redirects and looking up names included.
        limit: Bytes that the answer may have.

    Raises:
        Unreachable: There is no complete answer within the time or size.
    """
    deadline = time.monotonic() + timeout

    def answer(hold: Hold) -> Answer:
        def fetch(url: str, headers: Mapping[str, str]) -> _Reply:
            method = "GET" if body is None else "POST"
            return _fetch(url, body, _Asked(method, headers, deadline, limit), hold)

        return _follow(url, headers or {}, fetch, redirects=body is None)

    with waiting.on(_host(url)):
        return _within(timeout, answer)


def ask_public(url: str, *, media_type: str, timeout: float, limit: int) -> Answer:
    """The answer to a GET request for an address that somebody else chose (C2PA 2.5 §14.10.5.3).

    It is asked for over https only, without a user name, and only on the public internet: of the
    addresses that a name stands for, those that are not are left out, and the connection is made to
    one that was checked. The same holds for each redirect. No proxy is used, for it would look the
    name up once more.

    Arguments:
        url: An address with https.
        media_type: The media type that is expected.
        timeout: Seconds for all of it, redirects and looking up names included.
        limit: Bytes that the answer may have.

    Raises:
        Unreachable: There is no complete answer within the time or size, or from where it may be.
    """
    deadline = time.monotonic() + timeout

    def answer(hold: Hold) -> Answer:
        def fetch(url: str, headers: Mapping[str, str]) -> _Reply:
            return _fetch_public(url, _Asked("GET", headers, deadline, limit), hold)

        return _follow(url, {"Accept": media_type}, fetch, redirects=True)

    with waiting.on(_host(url)):
        return _within(timeout, answer)


def ask_part(
    url: str, *, method: str, headers: Mapping[str, str], timeout: float, length: int
) -> Answer:
    """The answer to a request for a part of a file, of which no more than that is read.

    Where it redirects to another host, that has to be reached over https and be on the public
    internet: the user chose the first host alone, which may be anybody's.

    Arguments:
        url: An address with http or https, without a user name.
        method: GET or HEAD.
        headers: Further headers, which are sent on to where another host redirects.
        timeout: Seconds for all of it, redirects and looking up names included.
        length: Bytes of the part.

    Raises:
        Unreachable: There is no answer within the time, or from where it may be.
    """
    deadline = time.monotonic() + timeout
    sent = {"Accept-Encoding": "identity", **headers}
    first = _place(url)

    def answer(hold: Hold) -> Answer:
        def fetch(url: str, _headers: Mapping[str, str]) -> _Reply:
            asked = _Asked(method, sent, deadline, length, is_part=True)
            if _place(url) == first:
                return _fetch(url, None, asked, hold)
            try:
                return _fetch_public(url, asked, hold)
            except Unreachable as error:
                raise Unreachable(f"it redirects to {public(url)}: {error}") from None

        return _follow(url, sent, fetch, redirects=True)

    with waiting.on(_host(url)):
        return _within(timeout, answer)


def _place(url: str) -> tuple[str, str | None, int | None]:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


class _Asked(NamedTuple):
    """A request, whatever its address.

    Attributes:
        method: Its method.
        headers: Its headers.
        deadline: The time at which all of it ends, of the clock that never goes back.
        limit: Bytes that the answer may have.
        is_part: Whether only so many are read of it.
    """

    method: str
    headers: Mapping[str, str]
    deadline: float
    limit: int
    is_part: bool = False


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _within(timeout: float, work: Callable[[Hold], Answer]) -> Answer:
    from aidisclose.io.hold import Hold

    hold = Hold()
    found: list[Answer | BaseException] = []

    def run() -> None:
        try:
            found.append(work(hold))
        except BaseException as error:
            found.append(error)

    # Looking up a name cannot be interrupted, and a server that sends a byte now and then passes
    # every time-out of a socket: only a thread can be left behind.
    thread = threading.Thread(target=run, name="aidisclose-http", daemon=True)
    thread.start()
    thread.join(timeout)
    if not found:
        # A service that is asked often would have more and more of them.
        hold.end()
        raise Unreachable(f"no answer within {timeout:.3g} s")
    if isinstance(found[0], Answer):
        return found[0]
    raise _explain(found[0], timeout) from None


#: An answer, and where it redirects to.
_Reply = tuple[Answer, str | None]


def _follow(
    url: str,
    headers: Mapping[str, str],
    fetch: Callable[[str, Mapping[str, str]], _Reply],
    *,
    redirects: bool,
) -> Answer:
    from urllib.parse import urljoin, urlsplit

    for _ in range(1 + _MAX_REDIRECTS):
        answer, location = fetch(url, headers)
        if answer.status not in _REDIRECTS or not redirects or not location:
            return answer
        old, url = urlsplit(url), urljoin(url, location)
        new = urlsplit(url)
        if (old.scheme, new.scheme) == ("https", "http"):
            raise Unreachable(f"it redirects from https to {public(url)}")
        # Tokens and passwords are for the host that the user named.
        if (old.hostname, old.port) != (new.hostname, new.port):
            headers = {}
    raise Unreachable(f"it redirects more than {_MAX_REDIRECTS} times")


def _fetch(url: str, body: bytes | None, asked: _Asked, hold: Hold) -> _Reply:
    from urllib.parse import urlsplit
    from urllib.request import Request

    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise Unreachable("an address with http:// or https:// is needed")
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
    sent = {"User-Agent": _AGENT, **_authorization(parts), **asked.headers}
    # The scheme was checked.
    request = Request(address, data=body, headers=sent, method=asked.method)  # noqa: S310
    with _opener(hold).open(request, timeout=_left(asked.deadline)) as response:
        return _receive(response, asked)


def _fetch_public(url: str, asked: _Asked, hold: Hold) -> _Reply:
    import ssl
    from http.client import HTTPSConnection
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
        raise Unreachable("only addresses with https:// and without a user name are fetched")
    port = parts.port or 443
    context = ssl.create_default_context()
    # It connects to no address itself: the socket that was checked is put into it.
    connection = HTTPSConnection(parts.hostname, port, context=context)
    plain = _connect_public(parts.hostname, port, asked.deadline)
    try:
        connection.sock = context.wrap_socket(plain, server_hostname=parts.hostname)
        hold.take(connection.sock)
        path = parts._replace(scheme="", netloc="", path=parts.path or "/", fragment="").geturl()
        connection.request(asked.method, path, headers={"User-Agent": _AGENT, **asked.headers})
        with connection.getresponse() as response:
            return _receive(response, asked)
    finally:
        connection.close()
        plain.close()


def _connect_public(host: str, port: int, deadline: float) -> socket.socket:
    import socket

    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # Strings by the documentation; of a kind without a name, numbers.
    addresses = [str(address[0]) for *_, address in found]
    allowed = [address for address in addresses if _is_public(address)]
    if not allowed:
        raise Unreachable("it is not on the public internet")
    # The error of the last one is raised as it is.
    for address in allowed[:-1]:
        try:
            return socket.create_connection((address, port), timeout=_left(deadline))
        except OSError:
            continue
    return socket.create_connection((allowed[-1], port), timeout=_left(deadline))


def _is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also where another one hides in it.

    The lists of `ipaddress` differ between versions of Python, so that they are not asked.
    """
    from ipaddress import IPv4Address, IPv6Network, ip_address, ip_network

    ip = ip_address(address)
    if ip.version == 6:
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip in IPv6Network(_TRANSLATED):
            ip = IPv4Address(ip.packed[-4:])
        elif ip not in IPv6Network(_UNICAST):
            return False
    return not any(ip in ip_network(each) for each in _NOT_PUBLIC)


def _receive(response: HTTPResponse, asked: _Asked) -> _Reply:
    received, limit = bytearray(), asked.limit
    while not (asked.is_part and len(received) == limit):
        chunk = response.read1(min(_CHUNK, limit - len(received)) if asked.is_part else _CHUNK)
        if not chunk:
            break
        received += chunk
        if len(received) > limit:
            raise Unreachable(f"its answer has more than {limit} bytes")
        if time.monotonic() > asked.deadline:
            raise TimeoutError
    if response.length and not asked.is_part:  # what was announced and did not come
        raise Unreachable("its answer is cut off")
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    headers = {name.lower(): value for name, value in response.headers.items()}
    answer = Answer(response.status, media_type, bytes(received), headers)
    return answer, response.headers.get("Location")


def _left(deadline: float) -> float:
    # A time-out of 0 would mean a socket that never waits.
    return max(deadline - time.monotonic(), 0.001)


def _authorization(parts: SplitResult) -> dict[str, str]:
    """The header for a user name and password in an address."""
    import base64
    from urllib.parse import unquote

    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _opener(hold: Hold) -> OpenerDirector:
    """An opener without `file:` and `ftp:`, to which errors and redirects are plain answers."""
    from urllib.request import OpenerDirector, ProxyHandler

    from aidisclose.io.hold import PlainHandler, SecureHandler

    opener = OpenerDirector()
    for handler in (ProxyHandler(), PlainHandler(hold), SecureHandler(hold)):
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
        return Unreachable(f"no answer within {timeout:.3g} s")
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
