"""The recipe for nginx, run: its limits, its logs, the service behind it under a path."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from playwright.sync_api import expect

from tests.browsing import CHROMIUM, chromium
from tests.issuing import Issued
from tests.service.running import Service, serving
from tests.service.test_deploy import DEPLOY, ROOT

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
FILE = ROOT / "fixtures" / "generated.jpg"


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def proxying(folder: Path, issued: Issued, service: Service, path: str) -> Iterator[str]:
    """nginx with our recipe; its address, with the path under which the service is published."""
    port, backend, own = free(), service.url.split("/")[2], issued("es256").folder
    text = (DEPLOY / "nginx.conf").read_text()
    changes = {
        "listen 443": f"listen 127.0.0.1:{port}",
        "/etc/ssl/verify.example.com.pem": str(own / "chain.pem"),
        "/etc/ssl/verify.example.com.key": str(own / "key.pem"),
        "127.0.0.1:8000": backend,
        "/var/log/nginx/verify.log": str(folder / "error.log"),
        "location / {": f"location {path}/ {{",
        "location = /metrics": f"location = {path}/metrics",
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{each}_temp_path {folder}/{each};\n" for each in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"{user}\nworker_processes 1;\npid {folder}/pid;\nerror_log stderr crit;\n"
        f"events {{}}\nhttp {{\n{temporary}{text}}}\n"
    )
    assert NGINX
    command = [NGINX, "-p", str(folder), "-c", str(configuration)]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    assert "warn" not in tested.stderr
    process = subprocess.Popen([*command, "-g", "daemon off;"])
    try:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port)).close()
                break
            time.sleep(0.05)
        yield f"https://127.0.0.1:{port}{path}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module", params=["", "/tools/verify"])
def published(
    request: pytest.FixtureRequest,
    home: Path,
    issued: Issued,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, Service, Path]]:
    folder = tmp_path_factory.mktemp("nginx")
    options = ("--root-path", request.param) if request.param else ()
    with (
        serving(home, *options) as service,
        proxying(folder, issued, service, request.param) as address,
    ):
        yield address, service, folder


def client() -> httpx.Client:
    return httpx.Client(verify=False, trust_env=False, timeout=30)


def test_files_are_verified_behind_it(published: tuple[str, Service, Path]) -> None:
    address, _, folder = published
    with client() as asking:
        found = asking.post(f"{address}/api/v1/verify", files={"file": FILE.read_bytes()})
        assert found.json()["result"]["disclosure"]["ai"] == "generated"
        assert "max-age" in found.headers["strict-transport-security"]
        assert found.headers["cache-control"] == "no-store"
        page = asking.get(f"{address}/")
        addresses = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
        assert addresses
        for each in addresses:
            time.sleep(0.05)  # not to be refused
            answer = asking.get(urljoin(address, each))
            assert answer.status_code == (405 if "/check" in each else 200), each
        assert asking.get(f"{address}/metrics").status_code == 403
    assert not [each for each in folder.rglob("*") if each.is_file() and "temp" in each.name]


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_browser_uses_the_page_behind_it(published: tuple[str, Service, Path]) -> None:
    address, _, _ = published
    with chromium() as browser:
        page = browser.new_context(ignore_https_errors=True, locale="en").new_page()
        complaints: list[str] = []
        page.on("console", lambda each: complaints.append(each.text))
        page.goto(f"{address}/")
        page.get_by_label("Choose a file").set_input_files(FILE)
        page.get_by_role("button", name="Check the file").click()
        expect(page.get_by_role("article")).to_contain_text("generated by AI")
        page.get_by_role("link", name="Check another file").click()
        expect(page.get_by_label("Choose a file")).to_be_visible()
        assert complaints == []


def test_uploads_are_on_no_disk_of_the_proxy(published: tuple[str, Service, Path]) -> None:
    """They come through while they are sent: nginx would else collect them in a file."""
    address, service, folder = published
    seen: set[str] = set()

    def body() -> Iterator[bytes]:
        for _ in range(20):
            yield bytes(1 << 20)
            seen.update(str(each) for each in (folder / "client_body").rglob("*"))
        service.until(lambda: service.count("aidisclose_uploads") > 0)

    with client() as asking:
        kind = {"Content-Type": "application/octet-stream"}
        answer = asking.post(f"{address}/api/v1/verify", content=body(), headers=kind)
    assert answer.status_code == 422
    assert seen == set()


def test_limits_of_the_proxy_are_told_as_ours_and_name_nobody(
    published: tuple[str, Service, Path],
) -> None:
    address, _, folder = published
    with client() as asking:

        def ask(_: int) -> httpx.Response:
            return asking.get(f"{address}/health")

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(ask, range(60)))
        refused = [each for each in answers if each.status_code == 429]
        assert len(refused) >= 20
        assert {each.status_code for each in answers} == {200, 429}
        for each in refused:
            assert each.headers["retry-after"] == "2"
            assert each.headers["content-type"] == "application/problem+json"
            assert each.json()["code"] == "busy"
        time.sleep(1)
        too_much = asking.post(f"{address}/api/v1/verify", content=bytes(102 << 20))
        assert too_much.status_code == 413
    assert (folder / "error.log").read_text() == ""
