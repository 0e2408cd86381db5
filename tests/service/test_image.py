"""The Containerfile, followed line by line in a Debian of its base: `make image BASE=FOLDER`.

No registry is needed: Debian's packages have the release and the Python that `python:3.13-slim`
has. `debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates trixie FOLDER`
makes such a folder.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.service.test_deploy import ROOT, instructions

BASE = os.environ.get("AIDISCLOSE_TEST_BASE", "")
pytestmark = pytest.mark.skipif(
    not BASE or os.geteuid() != 0, reason="AIDISCLOSE_TEST_BASE names no folder, or not run by root"
)
#: Of `python:3.13-slim`.
PATH = "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
#: As `podman run --read-only --tmpfs /tmp` has it.
READ_ONLY = """
mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && mount -t tmpfs tmpfs "$0/tmp" &&
mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" && exec chroot "$@"
"""


class Image:
    """What the instructions make, one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stages: dict[str, Path] = {}
        self.root = folder
        self.variables = {PATH}
        self.settings: dict[str, str] = {}

    def follow(self, name: str, value: str) -> None:
        """One instruction."""
        match name:
            case "FROM":
                self._begin(value)
            case "COPY":
                self._copy(value)
            case "RUN":
                self._run(value)
            case "ENV":
                self.variables |= set(shlex.split(value))
            case _:
                self.settings[name] = value

    def _begin(self, value: str) -> None:
        base, _, stage = value.partition(" AS ")
        self.root = self._folder / (stage or "last")
        subprocess.run(["cp", "-a", BASE, self.root], check=True)
        named = re.search(r"python:([\d.]+)-slim$", base)
        python = subprocess.run(
            ["chroot", self.root, "python3", "--version"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert named
        assert python.stdout.startswith(f"Python {named.group(1)}.")
        (self.root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
        self.variables, self._stages[stage] = {PATH}, self.root

    def _copy(self, value: str) -> None:
        source = ROOT
        *names, target = value.split()
        if names[0].startswith("--from="):
            source = self._stages[names.pop(0).removeprefix("--from=")]
        goal = self.root / target.lstrip("/")
        for name in names:
            each = source / name.lstrip("/")
            if target.endswith("/"):
                goal.mkdir(parents=True, exist_ok=True)
                shutil.copy(each, goal)
            else:
                shutil.copytree(each, goal, symlinks=True)

    def _run(self, command: str) -> None:
        # What this machine needs to reach an index, and the image does not.
        shutil.copy("/etc/resolv.conf", self.root / "etc")
        trusted = Path(os.environ.get("PIP_CERT") or "/etc/ssl/certs/ca-certificates.crt")
        shutil.copy(trusted, self.root / "tmp/authorities.pem")
        found = {
            f"{name}={os.environ[name]}" for name in os.environ if name.startswith("PIP_INDEX")
        }
        variables = {*self.variables, *found, "PIP_CERT=/tmp/authorities.pem"}
        subprocess.run(
            ["chroot", self.root, "env", "-i", *variables, "/bin/sh", "-c", command], check=True
        )


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    folder = tmp_path_factory.mktemp("image")
    made = Image(folder)
    for each in instructions():
        made.follow(*each)
    yield made
    shutil.rmtree(folder, ignore_errors=True)


def inside(image: Image, *command: str) -> list[str]:
    """The command of a process in a container of the image, without a right to write."""
    place = ("unshare", "--mount", "sh", "-c", READ_ONLY, str(image.root))
    user = f"--userspec={image.settings['USER']}"
    return [*place, user, str(image.root), "env", "-i", *sorted(image.variables), *command]


def test_a_container_serves(image: Image) -> None:
    entry = json.loads(image.settings["ENTRYPOINT"])
    check = json.loads(image.settings["HEALTHCHECK"].removeprefix("CMD "))
    health = inside(image, *check)
    assert subprocess.run(health, capture_output=True, check=False).returncode == 1
    process = subprocess.Popen(inside(image, *entry), stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 60
        while subprocess.run(health, capture_output=True, check=False).returncode:
            assert process.poll() is None
            assert time.monotonic() < end
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert re.search(r"^Uid:\s+65532\s+65532\s+65532\s+65532$", status, re.MULTILINE)
        url = f"http://127.0.0.1:{image.settings['EXPOSE']}"
        data = (ROOT / "fixtures" / "generated.jpg").read_bytes()
        found = httpx.post(f"{url}/api/v1/verify", files={"file": data}, trust_env=False)
        assert found.json()["result"]["disclosure"]["ai"] == "generated"
        page = httpx.post(f"{url}/check", files={"file": data}, trust_env=False)
        assert '<img src="data:image/jpeg;base64,' in page.text
    finally:
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    assert '"bug"' not in log


def test_a_container_checks_what_is_asked_of_it(image: Image) -> None:
    """The image has all that its extras promise."""
    program = "import iscc_lib, brotli, PIL, uvicorn; from aidisclose.durable import fingerprint"
    done = subprocess.run(
        inside(image, "/opt/aidisclose/bin/python", "-c", program), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
