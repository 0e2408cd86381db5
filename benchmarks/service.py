"""The service under load: clients that send a picture again and again, all at once.

Each client sends a signed picture of 200 kB, waits for its answer, and sends the next one; after a
429 it waits as long as Retry-After says. Every second, the memory of the service and of its workers
is read from /proc. The run fails if there is any error but 429 with Retry-After, if 99 % of the
answers take a second or more, or if memory grows by more than a tenth in the second half.

    python benchmarks/service.py --clients 200 --seconds 300 --workers 2
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PIL import Image

#: Bytes of the picture, about.
SIZE: Final = 200_000
#: Seconds in which the service has to be there, and for one answer.
START: Final = 60
PATIENCE: Final = 60
#: How much memory may grow from the first half to the second, and seconds of a good answer.
GROWTH: Final = 1.1
LATENCY: Final = 1.0


def run(*arguments: object, home: Path) -> None:
    """A command of aidisclose."""
    environment = os.environ | {"AIDISCLOSE_HOME": str(home)}
    command = [sys.executable, "-m", "aidisclose", *map(str, arguments)]
    subprocess.run(command, env=environment, check=True, capture_output=True)


def picture(folder: Path) -> bytes:
    """A signed JPEG of the wanted size: noise, which does not get smaller."""
    side = 64
    while True:
        written = io.BytesIO()
        noise = Image.effect_noise((side, side), 60).convert("RGB")
        noise.save(written, "JPEG", quality=90)
        if len(written.getvalue()) >= SIZE:
            break
        side += 32
    path, signed = folder / "picture.jpg", folder / "signed.jpg"
    path.write_bytes(written.getvalue())
    run("credentials", "new", home=folder)
    run("sign", path, "--ai", "generated", "-o", signed, home=folder)
    return signed.read_bytes()


@contextmanager
def serving(folder: Path, workers: int) -> Iterator[tuple[int, int]]:
    """A service; its port and process."""
    command = [sys.executable, "-m", "aidisclose", "serve", "--port", "0", "--workers", workers]
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(
            list(map(str, command)),
            env=os.environ | {"AIDISCLOSE_HOME": str(folder)},
            stderr=log,
            stdout=subprocess.DEVNULL,
        )
        try:
            yield _port(folder / "log", process), process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(START)


def _port(log: Path, process: subprocess.Popen[bytes]) -> int:
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        text = log.read_text()
        if '"ready"' in text and (found := re.search(r"http://[^:]+:(\d+)", text)):
            return int(found[1])
        time.sleep(0.1)
    raise SystemExit(f"the service does not start: {log.read_text()}")


@dataclass(slots=True)
class Load:
    """What is measured.

    Attributes:
        answers: Seconds that good answers took.
        statuses: How often each status came.
        errors: What went wrong, and how often.
        memory: RSS in bytes of the service and of its largest worker, each second.
    """

    answers: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[int, int]] = field(default_factory=list)


async def client(port: int, request: bytes, load: Load, end: float) -> None:
    """Asks until the time is over."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while time.monotonic() < end:
            began = time.monotonic()
            writer.write(request)
            await writer.drain()
            async with asyncio.timeout(PATIENCE):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = re.search(r"content-length: (\d+)", head)
                await reader.readexactly(int(length[1]) if length else 0)
            status = int(head.split(" ", 2)[1])
            load.statuses[status] += 1
            again = re.search(r"retry-after: (\d+)", head)
            if status == 200:
                load.answers.append(time.monotonic() - began)
            elif status != 429 or again is None:
                load.errors[f"status {status}"] += 1
            else:
                await asyncio.sleep(min(int(again[1]), max(end - time.monotonic(), 0)))
            if "connection: close" in head:
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        load.errors[type(error).__name__] += 1
    finally:
        writer.close()


def resident(process: int) -> int:
    """Bytes of memory of a process; 0 if it has ended."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    return int(found[1]) * 1024 if found else 0


async def watch(process: int, load: Load, end: float) -> None:
    """Reads the memory each second."""
    children = Path(f"/proc/{process}/task/{process}/children")
    while time.monotonic() < end:
        workers = [resident(int(each)) for each in children.read_text().split()]
        load.memory.append((resident(process), max(workers, default=0)))
        await asyncio.sleep(1)


async def measure(port: int, process: int, data: bytes, clients: int, seconds: float) -> Load:
    """Lets the clients ask."""
    load, end = Load(), time.monotonic() + seconds
    head = (
        "POST /api/v1/verify HTTP/1.1\r\nHost: here\r\n"
        f"Content-Type: application/octet-stream\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    request = head.encode() + data
    asked = (client(port, request, load, end) for _ in range(clients))
    await asyncio.gather(watch(process, load, end), *asked)
    return load


def report(load: Load, seconds: float) -> bool:
    """Prints what was measured; whether that is good."""
    answers = sorted(load.answers)
    if not answers:
        print("no answer", dict(load.statuses), dict(load.errors))
        return False
    last = answers[min(int(len(answers) * 0.99), len(answers) - 1)]
    print(f"answers     {len(answers):,}, {len(answers) / seconds:,.0f} a second")
    median = statistics.median(answers)
    print(f"half within {median:.3f} s, 99 % {last:.3f} s, all {answers[-1]:.3f} s")
    print(f"429         {load.statuses[429]:,}, each with Retry-After")
    print(f"errors      {dict(load.errors) or 'none'}")
    settled = load.memory[len(load.memory) // 10 :]
    half = len(settled) // 2
    is_flat = True
    for number, name in enumerate(("service", "worker")):
        first = max(each[number] for each in settled[:half])
        second = max(each[number] for each in settled[half:])
        is_flat &= second <= GROWTH * first
        print(
            f"{name:<11} {first / 1e6:,.1f} MB at most in the first half, {second / 1e6:,.1f} then"
        )
    return is_flat and not load.errors and last < LATENCY


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = picture(folder)
        print(f"{chosen.clients} clients, {chosen.workers} workers, {len(data):,} bytes each")
        with serving(folder, chosen.workers) as (port, process):
            run_ = measure(port, process, data, chosen.clients, chosen.seconds)
            load = asyncio.run(run_)
    if not report(load, chosen.seconds):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
