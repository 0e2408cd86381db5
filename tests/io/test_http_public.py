"""Addresses that others chose: asked over https only, and only on the public internet."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aidisclose.errors import Unreachable
from aidisclose.io import http
from aidisclose.io.http import Answer
from tests.servers import Behaviour, Reply, Server, secure, serve

Run = Callable[[Behaviour], contextlib.AbstractContextManager[Server]]


def get(url: str, *, timeout: float = 5, limit: int = 1000) -> Answer:
    return http.ask_public(url, media_type="application/c2pa", timeout=timeout, limit=limit)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A server with a certificate that is trusted."""

    def start(behave: Behaviour) -> contextlib.AbstractContextManager[Server]:
        context = secure(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        return serve(behave, context=context)

    return start


@pytest.fixture
def as_if_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.1 counts as an address of the public internet, others of this machine do not."""
    monkeypatch.setattr(http, "_is_public", lambda address: address == "127.0.0.1")


@pytest.mark.usefixtures("as_if_public")
def test_a_question_and_its_answer(run: Run) -> None:
    with run(lambda _: Reply(b"store", "Application/C2PA")) as server:
        assert get(f"{server.url}/a%20b?q=1#fragment")[:3] == (200, "application/c2pa", b"store")
    (request,) = server.requests
    assert (request.method, request.path) == ("GET", "/a%20b?q=1")
    assert request.headers["Accept"] == "application/c2pa"
    assert request.headers["Host"] == server.url.removeprefix("https://")
    assert request.headers["User-Agent"].startswith("aidisclose/")
    assert not {"Cookie", "Authorization"} & request.headers.keys()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433"])
def test_this_machine_is_not_asked(run: Run, host: str) -> None:
    with run(lambda _: Reply()) as server:
        with pytest.raises(Unreachable, match=r"not on the public internet|not known"):
            get(server.url.replace("127.0.0.1", host))
        assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://me:secret@example.com/",
        "https://@example.com/",
        "https://",
        "store.c2pa",
        "",
    ],
)
def test_only_https_without_a_user_name_is_asked(url: str) -> None:
    with pytest.raises(Unreachable, match="only addresses with https"):
        get(url)


@pytest.mark.parametrize("url", ["https://[::1/", "https://example.com:99999/", "https://a b/"])
def test_addresses_that_are_none(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(Unreachable):
        get(url)


def refuse(*_: object, **__: object) -> list[object]:
    raise socket.gaierror("no such name")


@pytest.mark.usefixtures("as_if_public")
@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("http://127.0.0.1/", "redirects from https"),
        ("https://127.0.0.2/", "not on the public internet"),
        ("https://me@127.0.0.1/", "only addresses with https"),
        ("file:///etc/passwd", "only addresses with https"),
        ("/again", "redirects more than 3 times"),
    ],
)
def test_redirects_lead_nowhere_else(run: Run, location: str, message: str) -> None:
    with run(lambda _: Reply(status=302, headers={"Location": location})) as server:
        with pytest.raises(Unreachable, match=message):
            get(server.url)
        assert len(server.requests) == (4 if location == "/again" else 1)


@pytest.mark.usefixtures("as_if_public")
def test_a_redirect_is_followed(run: Run) -> None:
    def behave(path: str) -> Reply:
        return Reply(b"store") if path == "/new" else Reply(status=301, headers={"Location": "new"})

    with run(lambda request: behave(request.path)) as server:
        assert get(f"{server.url}/old").body == b"store"


@pytest.mark.usefixtures("as_if_public")
@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(b"x" * 1001), "more than 1000 bytes"),
        (Reply(b"x", length=5), "cut off"),
        (Reply(b"x" * 500, trickle=0.05), "no answer within 0.2 s"),
    ],
)
def test_an_answer_is_bounded(run: Run, reply: Reply, message: str) -> None:
    with run(lambda _: reply) as server, pytest.raises(Unreachable, match=message):
        get(server.url, timeout=0.2 if reply.trickle else 5)


@pytest.mark.usefixtures("as_if_public")
def test_a_server_must_prove_its_name(tmp_path: Path) -> None:
    with serve(lambda _: Reply(), context=secure(tmp_path)) as server:
        with pytest.raises(Unreachable, match="TLS certificate is not accepted"):
            get(server.url)
        assert server.requests == []


@pytest.mark.usefixtures("as_if_public")
def test_the_connection_goes_to_an_address_that_was_checked(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is looked up once; another answer later changes nothing."""
    names = iter([["127.0.0.2", "127.0.0.1"], ["127.0.0.2"]])

    def look_up(host: str, port: int, *_: object, **__: object) -> Iterator[tuple[object, ...]]:
        found = [host] if host.startswith("127") else next(names)
        return iter([(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found])

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with run(lambda _: Reply(b"store")) as server:
        port = server.url.rpartition(":")[2]
        # The certificate is for the address, not for the name, so it ends there: connected.
        with pytest.raises(Unreachable, match="TLS certificate is not accepted"):
            get(f"https://name.test:{port}/")
        with pytest.raises(Unreachable, match="not on the public internet"):
            get(f"https://name.test:{port}/")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::5db8:d822", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("255.255.255.255", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%lo", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::5db8:d822", False),
        ("64:ff9c::5db8:d822", False),
        ("fec0::1", False),
        ("::5db8:d822", False),
        ("::ffff:0:5db8:d822", False),
        ("100::1", False),
        ("2001::1", False),
        ("2001:20::1", False),
        ("3fff::1", False),
        ("4000::1", False),
        ("5f00::1", False),
        ("192.0.0.8", False),
        ("192.0.0.9", False),
        ("192.88.99.1", False),
        ("198.19.255.255", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:1::", False),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", False),
    ],
)
def test_which_addresses_are_public(address: str, expected: bool) -> None:
    assert http._is_public(address) is expected
