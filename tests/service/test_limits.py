"""Hostile visitors: too much, too slow, too costly; workers that are killed; a full disk."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.service.running import Service, deleted, serving

FIXTURES = Path(__file__).parents[2] / "fixtures"
SIGNED = (FIXTURES / "generated.jpg").read_bytes()
HEAD = (
    b"POST /api/v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"
)


def connect(service: Service) -> socket.socket:
    host, port = service.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def ended(connection: socket.socket) -> bytes:
    """What is sent until the other end closes the connection."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65536):
            received += piece
    return received


def sockets(service: Service) -> int:
    """How many the service has open."""
    found = list(Path(f"/proc/{service.process.pid}/fd").iterdir())
    return sum("socket:" in str(each.readlink()) for each in found if each.is_symlink())


def is_running(process: int) -> bool:
    """Whether a process has not ended; one that ended may wait for its parent to notice."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@contextlib.contextmanager
def stopped(service: Service) -> Iterator[None]:
    """Workers that do nothing."""
    workers = service.workers()
    for each in workers:
        os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGCONT)


def test_a_file_that_takes_too_long_is_given_up(home: Path) -> None:
    with serving(home, "--max-time", 0.5) as service:
        workers = service.workers()
        with stopped(service):
            response = service.verify(SIGNED)
        assert (response.status_code, response.json()["code"]) == (422, "too_costly")
        service.until(lambda: len(set(service.workers()) - set(workers)) == 1)
        service.until(lambda: service.count("aidisclose_workers") == 2)
        assert service.verify(SIGNED).status_code == 200
        assert service.count("aidisclose_workers_lost") == 1


def test_workers_that_are_killed_are_replaced(home: Path) -> None:
    with serving(home) as service:
        killed = service.workers()
        for each in killed:
            os.kill(each, signal.SIGKILL)
        service.until(lambda: not any(is_running(each) for each in killed))
        assert service.verify(SIGNED).status_code == 200
        service.until(lambda: service.count("aidisclose_workers") == 2)
        with stopped(service), ThreadPoolExecutor() as pool:
            asked = pool.submit(service.verify, SIGNED)
            time.sleep(0.3)
            for each in service.workers():
                os.kill(each, signal.SIGKILL)
            response = asked.result()
        assert (response.status_code, response.json()["code"]) == (503, "interrupted")
        assert response.headers["retry-after"]
        service.until(lambda: service.count("aidisclose_workers") == 2)
        assert service.verify(SIGNED).status_code == 200


def test_a_file_that_needs_too_much_memory_is_given_up(home: Path, tmp_path: Path) -> None:
    """A store as large as one may be."""
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        length = len(data).to_bytes(4, "big")
        return length + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = chunk(b"IHDR", bytes.fromhex("00000001000000010800000000"))
    size = 64 << 20
    store = size.to_bytes(4) + b"jumb" + bytes(size - 8)
    picture = b"\x89PNG\r\n\x1a\n" + header + chunk(b"caBX", store) + chunk(b"IEND", b"")
    # No file is known that takes the least that can be allowed, so that is made less.
    with serving(home, "--max-memory", 256, changed={"MIB": 450_000}) as service:
        response = service.verify(picture)
        assert (response.status_code, response.json()["code"]) == (422, "too_costly")
        assert service.verify(SIGNED).status_code == 200


def test_more_than_can_be_checked_is_asked_to_come_again(home: Path) -> None:
    with serving(home, "--workers", 1, changed={"WAITING": 2}) as service:
        with ThreadPoolExecutor(12) as pool:
            with stopped(service):
                asked = [pool.submit(service.verify, SIGNED) for _ in range(12)]
                service.until(lambda: sum(each.done() for each in asked) >= 9)
                assert service.client.get("/ready").status_code == 503
                assert service.client.get("/health").status_code == 200
            responses = [each.result() for each in asked]
        codes = sorted(each.status_code for each in responses)
        assert codes == [200] * 3 + [429] * 9
        waits = [r.headers["retry-after"] for r in responses if r.status_code == 429]
        assert set(waits) <= {"1", "2", "3", "4"}
        assert len(set(waits)) > 1  # with 9 of them, one time in 65,000 not
        page = service.post("/check", files={"file": ("x", SIGNED)})
        assert page.status_code == 200
        assert service.client.get("/ready").status_code == 200


def test_fewer_wait_where_files_take_long(home: Path) -> None:
    with serving(home, "--workers", 1, changed={"WAITING_TIME": 0.0}) as service:
        assert service.verify(SIGNED).status_code == 200  # how long that took is known now
        with ThreadPoolExecutor(6) as pool:
            with stopped(service):
                asked = [pool.submit(service.verify, SIGNED) for _ in range(6)]
                service.until(lambda: sum(each.done() for each in asked) >= 4)
            responses = [each.result() for each in asked]
        assert sorted(each.status_code for each in responses) == [200] * 2 + [429] * 4


def test_of_a_flood_the_rest_is_refused_at_once(home: Path) -> None:
    """Slow uploads do not count: they are many, and no flood."""
    with serving(home, "--workers", 1, changed={"FRESH": 2, "FRESH_TIME": 4.0}) as service:
        with contextlib.ExitStack() as stack:
            for _ in range(2):
                slow = stack.enter_context(connect(service))
                slow.sendall(HEAD + b"Content-Length: 1000\r\n\r\n" + bytes(10))
            service.until(lambda: service.count("aidisclose_uploads") == 2)
            response = service.verify(SIGNED)
            assert (response.status_code, response.json()["code"]) == (429, "busy")
            service.until(lambda: service.verify(SIGNED).status_code == 200)
            assert service.count("aidisclose_uploads") == 2
        service.until(lambda: service.count("aidisclose_uploads") == 0)
        assert service.verify(SIGNED).status_code == 200


def test_large_uploads_that_are_refused_read_why(home: Path) -> None:
    """A server that does not read on would cut the connection before its answer is read."""
    with serving(home, "--max-size", 1) as service:
        for _ in range(5):
            response = service.post(
                content=bytes(3 << 20), headers={"content-type": "application/octet-stream"}
            )
            assert response.status_code == 413


def test_uploads_are_limited_together(home: Path) -> None:
    with serving(home, "--max-spool", 1) as service:
        with connect(service) as one, connect(service) as other:
            for each in (one, other):
                each.sendall(HEAD + b"Content-Length: 900000\r\n\r\n" + bytes(800_000))
            # One of them is over the limit as soon as both are here.
            other.settimeout(5)
            one.settimeout(5)
            answers = []
            for each in (one, other):
                with contextlib.suppress(TimeoutError):
                    answers.append(each.recv(1000))
        assert [each for each in answers if each.startswith(b"HTTP/1.1 429")]
        service.until(lambda: service.count("aidisclose_spool_bytes") == 0)
        assert service.verify(SIGNED).status_code == 200


def test_slow_clients_are_cut_off(home: Path) -> None:
    quick = {"HEAD_TIME": 0.5, "STALL_TIME": 0.5, "EXCHANGE_TIME": 3.0}
    with serving(home, changed=quick) as service:
        # Nothing; half a head; a head in drops; a second head that does not come.
        with connect(service) as silent, connect(service) as half:
            half.sendall(b"GET / HTTP/1.1\r\nHost:")
            assert (ended(silent), ended(half)) == (b"", b"")
        with connect(service) as drops:
            began = time.monotonic()
            with contextlib.suppress(ConnectionError):
                for each in b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 1000:
                    drops.sendall(bytes([each]))
                    time.sleep(0.02)
            assert time.monotonic() - began < 10
        with connect(service) as again:
            again.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert again.recv(1000).startswith(b"HTTP/1.1 200")
            again.sendall(b"GET /health HTTP/1.1\r\n")
            assert b"HTTP/1.1" not in ended(again)
        # A body that stops.
        with connect(service) as stalled:
            stalled.sendall(HEAD + b"Content-Length: 1000\r\n\r\n" + bytes(10))
            began = time.monotonic()
            assert ended(stalled).startswith(b"HTTP/1.1 408")
            assert time.monotonic() - began < 10
        assert service.verify(SIGNED).status_code == 200
        service.until(lambda: service.count("aidisclose_uploads") == 0)


def test_clients_that_do_not_read_are_cut_off(home: Path) -> None:
    with serving(home, changed={"EXCHANGE_TIME": 1.0}) as service:
        assert service.verify(SIGNED).status_code == 200
        before = sockets(service)
        with connect(service) as lazy:
            lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            request = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
            with contextlib.suppress(ConnectionError):
                lazy.sendall(request * 2000)
            service.until(lambda: sockets(service) <= before)
        assert service.verify(SIGNED).status_code == 200


def test_a_full_disk_is_no_end(home: Path) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    with serving(home, preexec_fn=small) as service:
        for how in (
            {"files": {"file": ("x", bytes(300_000))}},
            {
                "content": bytes(300_000),
                "headers": {"content-type": "application/octet-stream"},
            },
        ):
            response = service.post(**how)
            assert (response.status_code, response.json()["code"]) == (503, "no_room")
        assert service.verify(SIGNED).status_code == 200


def test_visitors_that_go_away_leave_nothing(home: Path) -> None:
    with serving(home) as service:
        for length in (10, 2000, 70_000):
            with connect(service) as gone:
                gone.sendall(HEAD + b"Content-Length: 100000\r\n\r\n" + bytes(length))
        with stopped(service):
            for _ in range(4):  # while their file is checked
                with connect(service) as gone:
                    size = str(len(SIGNED)).encode()
                    gone.sendall(HEAD + b"Content-Length: " + size + b"\r\n\r\n" + SIGNED)
                    time.sleep(0.1)
        service.until(lambda: service.count("aidisclose_uploads") == 0)
        service.until(lambda: service.count("aidisclose_spool_bytes") == 0)
        assert service.verify(SIGNED).status_code == 200
        service.until(lambda: deleted(service.process.pid) == [])
        assert not any(service.events[-1]["event"] == "bug" for _ in service.log)


def test_nothing_is_kept_on_disk(home: Path, service: Service) -> None:
    before = sorted(home.rglob("*"))
    for name in ("generated.jpg", "generated.png"):
        data = (FIXTURES / name).read_bytes() if (FIXTURES / name).exists() else SIGNED
        assert service.verify(data).status_code == 200
    service.verify(SIGNED + bytes(3 << 20))
    assert sorted(home.rglob("*")) == before
    service.until(lambda: deleted(service.process.pid) == [])


def test_workers_end_with_a_service_that_is_killed(home: Path) -> None:
    with serving(home) as service:
        workers = service.workers()
        service.process.kill()
        service.process.wait(30)
        service.until(lambda: not any(Path(f"/proc/{each}").exists() for each in workers))


def test_hostile_files_get_answers(service: Service) -> None:
    """Every fixture with bytes changed; no answer is an error of the service."""
    chance = random.Random(7)
    codes = set()
    for path in sorted(FIXTURES.glob("*.*"))[:40]:
        data = bytearray(path.read_bytes()[: 1 << 20])
        if path.suffix in (".py", ".md", ".pem") or not data:
            continue
        for _ in range(3):
            for _ in range(chance.randrange(1, 20)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            for target in ("/api/v1/verify", "/check"):
                response = service.post(target, files={"file": ("x", bytes(data))})
                codes.add(response.status_code)
                assert len(response.content) < 2 << 20
    assert codes <= {200, 422}
    assert not [each for each in service.events if each["event"] in ("bug", "lost")]
