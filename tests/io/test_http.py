"""Asking servers: what they do wrong is one line, in time, and nothing secret is in it."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aidisclose.errors import Unreachable
from aidisclose.io.hold import Hold
from aidisclose.io.http import Answer, ask, public
from tests.servers import Behaviour, Reply, Request, closed_port, secure, serve


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def get(url: str, *, timeout: float = 5, limit: int = 1000) -> Answer:
    return ask(url, timeout=timeout, limit=limit)


def test_a_question_and_its_answer() -> None:
    with serve(lambda request: Reply(request.body[::-1], "Application/X; charset=utf-8")) as server:
        sent = {"Content-Type": "application/y"}
        answer = ask(f"{server.url}/p?q", body=b"abc", headers=sent, timeout=5, limit=3)
        assert answer[:3] == (200, "application/x", b"cba")
        assert answer.is_success
        (request,) = server.requests
        assert (request.method, request.path, request.body) == ("POST", "/p?q", b"abc")
        assert request.headers["Content-Type"] == "application/y"
        assert request.headers["User-Agent"].startswith("aidisclose/")
        assert get(server.url).body == b""
        assert server.requests[1].method == "GET"


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_errors_are_answers(status: int) -> None:
    with serve(lambda _: Reply(b"why", status=status)) as server:
        answer = get(server.url)
    assert (answer.status, answer.body, answer.is_success) == (status, b"why", False)


def test_a_user_name_in_the_address_is_sent_but_not_shown() -> None:
    with serve(lambda _: Reply()) as server:
        address = server.url.replace("http://", "http://me:se%63ret@")
        get(address)
        sent = server.requests[0].headers
    assert sent["Authorization"] == f"Basic {base64.b64encode(b'me:secret').decode()}"
    assert "@" not in sent["Host"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:secret@tsa.test:8443/a/b?key=secret#x", "https://tsa.test:8443/a/b"),
        ("http://tsa.test", "http://tsa.test"),
        ("http://tsa.test:port/", "an address that cannot be read"),
        ("secret", "://secret"),
    ],
)
def test_what_is_shown_of_an_address(url: str, shown: str) -> None:
    assert public(url) == shown


BROKEN: dict[str, tuple[Behaviour, str]] = {
    "slow": (lambda _: Reply(delay=5), r"no answer within 0\.2 s"),
    "trickling": (lambda _: Reply(b"x" * 500, trickle=0.02), r"no answer within 0\.2 s"),
    "too long": (lambda _: Reply(b"x" * 1001), "more than 1000 bytes"),
    "cut off": (lambda _: Reply(b"x", length=5), "cut off"),
    "redirecting": (
        lambda request: Reply(status=302, headers={"Location": f"{request.path}x"}),
        "redirects more than 3 times",
    ),
    "redirecting elsewhere": (
        lambda _: Reply(status=302, headers={"Location": "file:///etc/passwd"}),
        "http:// or https:// is needed",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_a_server_does_wrong_is_one_line_in_time(name: str) -> None:
    behave, message = BROKEN[name]
    timeout = 0.2 if "no answer" in message else 5
    with serve(behave) as server:
        start = time.monotonic()
        with pytest.raises(Unreachable, match=message) as caught:
            get(server.url, timeout=timeout)
        assert time.monotonic() - start < 3
    assert "\n" not in str(caught.value)


def test_a_server_that_is_down() -> None:
    with pytest.raises(Unreachable, match="refuses connections"):
        get(closed_port())


def test_something_that_does_not_speak_http() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.listen()
        listener.settimeout(5)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"SSH-2.0-OpenSSH\r\n\r\n")

        thread = in_background(answer)
        with pytest.raises(Unreachable, match="does not speak HTTP"):
            get(url)
        thread()


ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "a head": (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "interim responses": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "the length of a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1"),
    "trailers": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n",
        b"X: x\r\n",
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_no_thread_stays_with_what_does_not_end(name: str) -> None:
    head, piece = ENDLESS[name]
    is_ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def answer() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(head)
                for _ in range(1000):  # twenty seconds: longer than the test waits
                    connection.sendall(piece)
                    time.sleep(0.02)
                return
            is_ended.set()

        thread = in_background(answer)
        before = set(threading.enumerate())
        with pytest.raises(Unreachable, match=r"no answer within 0\.2 s"):
            get(url, timeout=0.2)
        assert is_ended.wait(10)
        thread()
    left = [each for each in threading.enumerate() if each not in before]
    for each in left:
        each.join(10)
    assert not any(each.is_alive() for each in left)


def test_a_connection_that_comes_too_late_is_closed() -> None:
    hold = Hold()
    hold.end()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with pytest.raises(TimeoutError):
            hold.take(ours)
        assert theirs.recv(1) == b""


def in_background(work: Callable[[], None]) -> Callable[[], None]:
    """Start `work`; what is returned waits for it."""
    thread = threading.Thread(target=work)
    thread.start()
    return thread.join


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://tsa.test/", "tsa.test", "http://", "", "data:,x"],
)
def test_only_http_is_opened(url: str) -> None:
    with pytest.raises(Unreachable, match="http:// or https:// is needed"):
        get(url)


@pytest.mark.parametrize("url", ["http://a b/", "http://127.0.0.1:99999/", "http://[::1/"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(Unreachable):
        get(url)


def test_redirects_are_followed_for_what_is_fetched_only() -> None:
    def behave(request: Request) -> Reply:
        if request.path == "/old":
            return Reply(status=307, headers={"Location": "/new"})
        return Reply(b"found")

    with serve(behave) as server:
        assert get(f"{server.url}/old").body == b"found"
        answer = ask(f"{server.url}/old", body=b"x", timeout=5, limit=9)
        assert answer.status == 307


def test_headers_stay_with_the_host_that_they_were_meant_for() -> None:
    with serve(lambda _: Reply(b"other")) as other:

        def behave(_: Request) -> Reply:
            return Reply(status=302, headers={"Location": other.url})

        with serve(behave) as server:
            ask(server.url, headers={"Authorization": "Bearer x"}, timeout=5, limit=9)
            assert server.requests[0].headers["Authorization"] == "Bearer x"
        assert "Authorization" not in other.requests[0].headers


def test_certificates_of_servers_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(lambda _: Reply(b"safe"), context=secure(tmp_path)) as server:
        with pytest.raises(Unreachable, match=r"its TLS certificate is not accepted: .*issuer"):
            get(server.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert get(server.url).body == b"safe"


def test_a_redirect_does_not_lead_away_from_https(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with serve(lambda _: Reply(b"unsafe")) as plain:

        def behave(_: Request) -> Reply:
            return Reply(status=302, headers={"Location": plain.url})

        with (
            serve(behave, context=secure(tmp_path)) as server,
            pytest.raises(Unreachable, match="redirects from https to http://127"),
        ):
            get(server.url)
        assert plain.requests == []


def test_proxies_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(lambda _: Reply(b"through the proxy")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        assert get("http://list.test/a").body == b"through the proxy"
        assert proxy.requests[0].path == "http://list.test/a"
