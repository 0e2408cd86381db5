"""Recipes for operators: the unit of systemd, the Containerfile."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.service.running import Service

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def instructions() -> list[tuple[str, str]]:
    """Of the Containerfile, with lines that go on joined."""
    text = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ")
    lines = (line.strip() for line in text.splitlines())
    return [
        (line.split(" ", 1)[0], line.split(" ", 1)[1].strip())
        for line in lines
        if line and not line.startswith("#")
    ]


def values(name: str) -> list[str]:
    return [value for each, value in instructions() if each == name]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_the_unit_is_one_that_systemd_understands(tmp_path: Path) -> None:
    text = (DEPLOY / "aidisclose.service").read_text()
    program = tmp_path / "aidisclose"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / "aidisclose.service"
    unit.write_text(text.replace("/opt/aidisclose/bin/aidisclose", str(program)))
    done = subprocess.run(
        ["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    unit.write_text(unit.read_text().replace("DynamicUser=yes", "DynamicUser=perhaps"))
    done = subprocess.run(
        ["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0  # it does look


def test_what_an_image_is_built_from_is_there() -> None:
    copied = [
        source
        for value in values("COPY")
        if not value.startswith("--from")
        for source in value.split()[:-1]
    ]
    assert copied
    assert all((ROOT / each).exists() for each in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {project["readme"], *project["license-files"], "pyproject.toml", "aidisclose"}
    assert needed <= set(copied)
    extras = {
        each.strip()
        for value in values("RUN")
        for listed in re.findall(r"/source\[([^\]]+)\]", value)
        for each in listed.split(",")
    }
    assert extras
    assert extras <= set(project["optional-dependencies"])
    [user] = values("USER")
    assert user.split(":")[0] != "0"


def test_the_health_of_a_container_is_that_of_the_service(service: Service) -> None:
    [check] = values("HEALTHCHECK")
    interpreter, *arguments = json.loads(check.removeprefix("CMD "))
    assert interpreter == "/opt/aidisclose/bin/python"
    port = service.url.rpartition(":")[2]
    for number, code in ((port, 0), ("1", 1)):
        command = [each.replace("8000", number) for each in arguments]
        done = subprocess.run([sys.executable, *command], capture_output=True, check=False)
        assert done.returncode == code
    [entry] = values("ENTRYPOINT")
    assert json.loads(entry)[1:] == ["serve"]
    assert "AIDISCLOSE_SERVE_HOST=0.0.0.0" in shlex.split(values("ENV")[0])
