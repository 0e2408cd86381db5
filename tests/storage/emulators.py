"""Servers like the storage of other providers: Azurite of Microsoft, and one like Google's."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

#: The account of Azurite that everybody knows, and its key.
_ACCOUNT: Final = "devstoreaccount1"
_KEY: Final = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
_AZURITE: Final = shutil.which("azurite-blob")
_GOOGLE: Final = find_spec("gcp_storage_emulator")

#: Why a server cannot be started; empty if it can.
MISSING: Final = {
    "az": "" if _AZURITE else "azurite-blob (npm install azurite) is not installed",
    "gs": "" if _GOOGLE else "gcp-storage-emulator is not installed",
}


@contextlib.contextmanager
def running(scheme: str, place: str, folder: Path) -> Iterator[Mapping[str, str]]:
    """A server with one empty container, and the variables that lead to it."""
    port = free_port()
    command = _azurite(port) if scheme == "az" else _google(port, place)
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait(port)
            if scheme == "az":
                yield _container(port, place)
            else:
                yield {"STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port}"}
        finally:
            process.kill()


def _azurite(port: int) -> list[str]:
    options = ("--silent", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry")
    return [str(_AZURITE), *options, "--blobHost", "127.0.0.1", "--blobPort", str(port)]


def _google(port: int, place: str) -> list[str]:
    start = "from gcp_storage_emulator.__main__ import main; import sys; sys.exit(main())"
    options = ("--host=127.0.0.1", f"--port={port}", "--in-memory", f"--default-bucket={place}")
    return [sys.executable, "-c", start, "start", *options]


def _container(port: int, place: str) -> dict[str, str]:
    """Make a container, as Azure's own programs do it (REST API, Shared Key)."""
    endpoint = f"http://127.0.0.1:{port}/{_ACCOUNT}"
    date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    headers = {"x-ms-date": date, "x-ms-version": "2021-08-06"}
    signed = "\n".join(
        [
            "PUT" + 11 * "\n",
            *(f"{name}:{value}" for name, value in headers.items()),
            f"/{_ACCOUNT}/{_ACCOUNT}/{place}",
            "restype:container",
        ]
    )
    code = hmac.new(base64.b64decode(_KEY), signed.encode(), hashlib.sha256).digest()
    headers["Authorization"] = f"SharedKey {_ACCOUNT}:{base64.b64encode(code).decode()}"
    address = f"{endpoint}/{place}?restype=container"
    with urllib.request.urlopen(urllib.request.Request(address, method="PUT", headers=headers)):
        return {
            "AZURE_STORAGE_ACCOUNT_NAME": _ACCOUNT,
            "AZURE_STORAGE_KEY": _KEY,
            "AZURE_STORAGE_SERVICE_ENDPOINT": endpoint,
        }


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _wait(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError("the server does not start")
