"""Reading objects: how much is asked for, and what is said when it is not what it was."""

from __future__ import annotations

import contextlib
import io
import itertools
import random
import re
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose import limits
from aidisclose.errors import AidiscloseError, Unreachable, UsageError
from aidisclose.io.digest import DigestPlan, digest
from aidisclose.io.source import Range, open_source
from tests.containers import samples
from tests.issuing import Issued
from tests.render import media
from tests.servers import Behaviour, Reply, Request, Server, secure, serve
from tests.storage.buckets import Storage, state_of

NOISE = random.Random(18).randbytes(1 << 20)


def large(size: int = 2 * limits.IN_MEMORY) -> bytes:
    """Sound that is streamed rather than held."""
    head = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
    data = NOISE * (size // len(NOISE))
    body = head + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.fixture
def sound(issued: Issued) -> bytes:
    out = io.BytesIO()
    disclosure = ad.Disclosure(ai="generated")
    ad.sign(large(), out, disclosure=disclosure, signer=issued("es256").signer())
    return out.getvalue()


def test_small_object_is_read_in_one_request(storage: Storage, issued: Issued) -> None:
    made = issued("es256")
    signed = media.sign(media.picture(), made, ad.Disclosure(ai="generated"))
    report = ad.verify(storage.put("a/picture.png", signed), trust=ad.TrustConfig.none())
    assert report.state is ad.State.VALID
    assert [each.sent for each in storage.gets()] == [len(signed)]


def test_looking_into_a_large_object_reads_kilobytes(storage: Storage, sound: bytes) -> None:
    address = storage.put("sound.wav", sound)
    assert ad.read_unverified(address)
    assert sum(each.sent for each in storage.gets()) < 200_000


def test_verifying_streams_each_byte_once(storage: Storage, sound: bytes) -> None:
    address = storage.put("sound.wav", sound)
    assert state_of(address) is ad.State.VALID
    assert sum(each.sent for each in storage.gets()) < len(sound) * 1.02
    assert len(storage.gets()) < 15


def test_scan_of_a_large_picture_is_read_as_one_stream(storage: Storage, issued: Issued) -> None:
    scan = NOISE.replace(b"\xff", b"\xfe") * 12
    out = io.BytesIO()
    picture = samples.jpeg().removesuffix(b"\xff\xd9") + scan + b"\xff\xd9"
    ad.sign(picture, out, disclosure=ad.Disclosure(ai="generated"), signer=issued("es256").signer())
    address = storage.put("picture.jpg", out.getvalue())
    assert state_of(address) is ad.State.VALID
    # Once to find its end, and once to hash it.
    assert sum(each.sent for each in storage.gets()) < 2.1 * len(picture)
    assert len(storage.gets()) < 20


def test_digest_is_that_of_the_bytes(storage: Storage, sound: bytes) -> None:
    import hashlib

    hole = Range(5_000_000, 70_000)
    parts = (Range(0, hole.start), b"between", Range(hole.end, len(sound) - hole.end))
    with open_source(storage.put("sound.wav", sound)) as source:
        found = digest(source, DigestPlan("sha256", parts))
    expected = hashlib.sha256(sound[: hole.start] + b"between" + sound[hole.end :])
    assert found == expected.digest()


def test_altered_object_is_invalid(storage: Storage, sound: bytes) -> None:
    address = storage.put("sound.wav", media.flip(sound))
    assert state_of(address) is ad.State.INVALID


@pytest.mark.parametrize("turn", range(4))
def test_object_that_changes_while_it_is_read_gets_no_verdict(
    storage: Storage, sound: bytes, turn: int
) -> None:
    address = storage.put("sound.wav", sound)

    def change(number: int) -> None:
        if number == turn:
            storage.put("sound.wav", media.flip(sound, 6_000_000))

    storage.before = change
    with pytest.raises(OSError, match="changed while it was read"):
        ad.verify(address, trust=ad.TrustConfig.none())


def test_throttling_is_waited_for(storage: Storage) -> None:
    address = storage.put("x.png", media.picture())
    storage.throttled = 4
    with open_source(address) as source:
        assert source.size == len(media.picture())


def test_throttling_without_end_is_said(storage: Storage) -> None:
    address = storage.put("x.png", media.picture())
    storage.throttled = 1_000
    with (
        pytest.raises(Unreachable, match=r"slow down|no usable answer") as caught,
        open_source(address),
    ):
        pass
    assert caught.value.file == address
    assert "\n" not in str(caught.value)


def test_answer_that_never_brings_a_byte_is_an_error(storage: Storage, sound: bytes) -> None:
    address = storage.put("sound.wav", sound)
    storage.cut = 0
    with pytest.raises((OSError, Unreachable)):
        ad.verify(address, trust=ad.TrustConfig.none())


def test_one_cut_answer_is_asked_for_again(storage: Storage, sound: bytes) -> None:
    address = storage.put("sound.wav", sound)

    def cut_once(number: int) -> None:
        storage.cut = 1_000_000 if number == 4 else None

    storage.before = cut_once
    assert state_of(address) is ad.State.VALID


def test_missing_object_is_named(storage: Storage) -> None:
    with pytest.raises(FileNotFoundError, match="no such object") as caught:
        ad.verify("s3://media/none.png", trust=ad.TrustConfig.none())
    assert caught.value.filename == "s3://media/none.png"


def test_missing_bucket_is_named(storage: Storage) -> None:
    with pytest.raises(FileNotFoundError, match="no such object"):
        ad.verify("s3://nobody/none.png", trust=ad.TrustConfig.none())


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("s3://", "invalid address"),
        ("https://user:secret@example.com/x.png", "must not hold a password"),
        ("http://example.com/x.png", "not secure"),
        ("https://example.com/x.png?sig=1", "with a query"),
    ],
)
def test_address_that_cannot_be_read_is_refused(address: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        ad.verify(address, trust=ad.TrustConfig.none())
    assert "secret" not in str(caught.value)


@contextlib.contextmanager
def web(data: bytes, *, has_parts: bool = True, length: int | None = None) -> Iterator[str]:
    """The address of a file on a web server.

    Arguments:
        data: The content of the file.
        has_parts: Whether it sends parts of a file; else it sends all of it whatever was asked for.
        length: What it announces for every part but the first byte, instead of the truth; nothing
            comes behind it, and the connection stays open.
    """
    is_over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            part = data
            if asked and has_parts:
                start, end = int(asked[1]), int(asked[2] or len(data) - 1)
                part = data[start : end + 1]
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{end}/{len(data)}")
            else:
                self.send_response(200)
            is_false = length is not None and self.command == "GET" and len(part) > 1
            self.send_header("Content-Length", str(length if is_false else len(part)))
            self.end_headers()
            if self.command == "GET":
                with contextlib.suppress(OSError):  # who asked has read enough
                    self.wfile.write(part)
                    is_over.wait(20 if is_false else 0)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/a sound.wav"
    finally:
        is_over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def test_web_server_is_read(sound: bytes) -> None:
    with web(sound) as address:
        assert state_of(address) is ad.State.VALID


def test_web_server_without_parts_is_said(sound: bytes) -> None:
    """Whole files would be taken for parts, and be downloaded for each of them."""
    reason = "no part of the file can be read"
    with web(sound, has_parts=False) as address, pytest.raises(Unreachable, match=reason):
        ad.verify(address, trust=ad.TrustConfig.none())


def test_no_more_is_read_of_a_web_server_than_is_needed(sound: bytes) -> None:
    """opendal alone takes a whole answer into memory, which may never end."""
    with web(sound, length=1 << 40) as address, open_source(address) as source:
        assert source.read_at(100_000, 1000) == sound[100_000:101_000]
        assert source.read_at(200_000, 100_000) == sound[200_000:300_000]


@contextlib.contextmanager
def served(behave: Behaviour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A web server with TLS that this machine trusts."""
    with serve(behave, context=secure(tmp_path)) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        yield server


def told(address: str) -> str:
    """Why a file of a web server cannot be verified; it must be said within seconds."""
    began = time.monotonic()
    with pytest.raises((AidiscloseError, OSError)) as caught:
        ad.verify(address, trust=ad.TrustConfig.none())
    assert time.monotonic() - began < 4
    return str(caught.value)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(delay=5), "no answer within 1"),
        (Reply(length=1 << 60), "too many for a file of a web server"),
        (Reply(headers={"Content-Length": "-1"}, length=5), "how long the file is"),
        (Reply(status=404), "no such file"),
        (Reply(status=403), "access denied"),
        (Reply(status=418), "status 418"),
        (Reply(status=503), "kept this waiting for 1 s"),
    ],
)
def test_what_a_web_server_does_ends(
    monkeypatch: pytest.MonkeyPatch, reply: Reply, reason: str
) -> None:
    monkeypatch.setattr("aidisclose.limits.WEB_TIME", 1.0)
    with serve(lambda _: reply) as server:
        assert reason in told(f"{server.url}/x.png")


def test_a_web_server_that_trickles_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidisclose.limits.WEB_TIME", 1.0)
    monkeypatch.setattr("aidisclose.limits.WEB_RATE", 1 << 20)
    with serve(lambda _: Reply(b"x" * 99, trickle=0.2)) as server:
        assert "no answer within" in told(f"{server.url}/x.png")


def ranged(data: bytes, tags: Callable[[int], str]) -> Behaviour:
    """Sends parts of a file, each with the ETag of its number."""
    number = itertools.count()

    def behave(request: Request) -> Reply:
        headers = {"ETag": tags(next(number))}
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
        if asked is None:
            return Reply(b"", headers=headers, length=len(data))
        start, end = int(asked[1]), int(asked[2])
        headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
        return Reply(data[start : end + 1], status=206, headers=headers)

    return behave


def test_bytes_of_two_versions_are_not_mixed(sound: bytes) -> None:
    with serve(ranged(sound, lambda number: '"a"' if number < 3 else '"b"')) as server:
        assert "changed while it was read" in told(f"{server.url}/x.wav")
    with serve(ranged(sound, lambda _: '"a"')) as server:
        assert state_of(f"{server.url}/x.wav") is ad.State.VALID
        asked = [each for each in server.requests if each.method == "GET"]
        assert {each.headers.get("If-Match") for each in asked} == {'"a"'}
        assert len(asked) < 20


def test_another_part_than_was_asked_for_is_refused(sound: bytes) -> None:
    whole = ranged(sound, lambda _: "")

    def shifted(request: Request) -> Reply:
        reply = whole(request)
        shown = reply.headers.get("Content-Range", "")
        headers = {"Content-Range": shown.replace("bytes ", "bytes 1")}
        return replace(reply, headers=headers) if shown else reply

    with serve(shifted) as server:
        assert "another part of the file" in told(f"{server.url}/x.wav")


def leading(to: str) -> Behaviour:
    return lambda _: Reply(status=302, headers={"Location": to})


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("http://example.com/x.png", "redirects from https to http://example.com/x.png"),
        ("https://localhost:1/x.png", "it is not on the public internet"),
        ("https://169.254.169.254/x", "it is not on the public internet"),
        ("https://[::1]/x", "it is not on the public internet"),
        ("https://me@example.com/x", "without a user name"),
        ("/again", "redirects more than"),
        ("file:///etc/passwd", "only addresses with https"),
    ],
)
def test_web_server_leads_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str, reason: str
) -> None:
    with served(leading(to), tmp_path, monkeypatch) as server:
        assert reason in told(f"{server.url}/x.png")


def test_plain_server_of_this_machine_leads_nowhere_else() -> None:
    with serve(lambda _: Reply(b"secret")) as inner, serve(leading(f"{inner.url}/x")) as server:
        assert "only addresses with https" in told(f"{server.url}/x.png")
        assert inner.requests == []


def test_web_server_leads_to_another_name_of_a_file(sound: bytes) -> None:
    whole = ranged(sound, lambda _: '"a"')

    def moved(request: Request) -> Reply:
        is_new = request.path == "/new.wav"
        return whole(request) if is_new else Reply(status=301, headers={"Location": "/new.wav"})

    with serve(moved) as server:
        assert state_of(f"{server.url}/x.wav") is ad.State.VALID
