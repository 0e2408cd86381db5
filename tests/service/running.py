"""A service in a process of its own, asked over HTTP."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.cli.running import environment

#: Runs the program with some of its limits changed: nobody waits for minutes in a test.
_PROGRAM = """
import sys
from aidisclose import limits
for name, value in eval(sys.argv.pop(1)).items():
    setattr(limits, name, value)
if path := sys.argv.pop(1):  # what the whole web consists of
    from pathlib import Path
    from aidisclose.io import http
    answer = http.Answer(200, "image/jpeg", Path(path).read_bytes())
    lost = http.Answer(404, "text/html", b"")
    http.ask_public = lambda url, **more: lost if "missing" in url else answer
from aidisclose.__main__ import run
run()
"""


class Service:
    """A service that runs.

    Attributes:
        url: Where, without a slash at its end.
        process: Its process.
        log: Lines that it wrote.
        client: Asks it.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.log: list[str] = []
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._ready.wait(60), self.log
        found = next(match for line in self.log if (match := re.search(r"http://\S+", line)))
        self.url = found.group().rstrip("/")
        host = "/".join(self.url.split("/")[:3])
        self.client = httpx.Client(base_url=host, timeout=60, trust_env=False)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line.rstrip("\n"))
            if '"ready"' in line:
                self._ready.set()
        self._ready.set()

    def post(self, path: str = "/api/v1/verify", **more: Any) -> httpx.Response:
        return self.client.post(path, **more)

    def verify(self, data: bytes, name: str = "picture.jpg") -> httpx.Response:
        return self.post(files={"file": (name, data)})

    @property
    def events(self) -> list[dict[str, Any]]:
        """What was logged."""
        return [json.loads(line) for line in self.log if line.startswith("{")]

    def count(self, name: str) -> float:
        """A value of the metrics."""
        text = self.client.get("/metrics").text
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(found.group(1)) if found else 0.0

    def workers(self) -> list[int]:
        """Processes that verify."""
        folder = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(each) for each in folder.read_text().split()]

    def until(self, condition: Any, seconds: float = 30) -> None:
        """Wait for a condition."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not happen"
            time.sleep(0.02)

    def stop(self) -> int:
        """End it as a service manager does; its exit code."""
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self._reader.join(10)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code


@contextmanager
def serving(
    home: Path,
    *options: object,
    changed: dict[str, float] | None = None,
    fetched: Path | str = "",
    variables: Mapping[str, str] | None = None,
    **more: Any,
) -> Iterator[Service]:
    """A service for the time of a block.

    Arguments:
        home: The folder of the user's own files.
        options: Of the command.
        changed: Limits by name.
        fetched: A file that every address leads to, but for those with `missing` in them.
        variables: Further ones of the process.
        more: For the process.
    """
    arguments = ("serve", "--port", "0", "--workers", "2", *options)
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, repr(changed or {}), str(fetched), *map(str, arguments)],
        cwd=home,
        env=environment(home) | {"TMPDIR": str(home)} | dict(variables or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )
    service = Service(process)
    try:
        yield service
    finally:
        service.stop()


def deleted(pid: int) -> list[str]:
    """What a process has open that was deleted."""
    found = []
    for each in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(each.readlink())
        except OSError:
            continue
        if "(deleted)" in target:
            found.append(target)
    return found
