"""Nothing goes to the network unless it is asked for: no command so much as makes a socket."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import running
from tests.cli.running import Done
from tests.issuing import Issued
from tests.render import media
from tests.servers import closed_port
from tests.trust.test_lists import SIGNERS, mirror

#: Python itself reports every socket that is made, every connection and every name that is looked
#: up, whichever library does it.
SCRIPT = """
import os, sys

def watch(event, arguments):
    if event.startswith("socket."):
        os.write(2, f"opened: {event}{arguments}".encode())
        os._exit(99)

sys.addaudithook(watch)
from aidisclose.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
OPENED = 99


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, issued: Issued) -> Path:
    """A working folder with files of every kind that the commands take."""
    made = tmp_path_factory.mktemp("a") / "b" / "c"
    made.mkdir(parents=True)
    (made / "picture.png").write_bytes(media.picture())
    for path in issued("es256").folder.iterdir():
        (made / path.name).write_bytes(path.read_bytes())
    mirror(made / "mirror", C2PA_TRUST_LIST=SIGNERS, C2PA_TSA_TRUST_LIST=SIGNERS)
    assert run(made, "credentials", "new").code == 0
    assert run(made, "sign", "picture.png", "--ai", "generated", "--model", "M").code == 0
    return made


def run(folder: Path, *arguments: str) -> Done:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=folder,
        env=running.environment(folder / "home"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "line",
    [
        "sign picture.png --ai generated -o again.png --force",
        "sign picture.signed.png --ai edited -o edited.png --force",
        "sign picture.png --ai generated --cert chain.pem --signer file:key.pem -o f.png --force",
        "verify picture.signed.png",
        "verify picture.signed.png picture.png --jobs 2",
        "verify picture.signed.png --trust root.pem --format json",
        "inspect picture.signed.png",
        "check picture.signed.png --policy eu-ai-act,pai",
        "diff picture.signed.png picture.png",
        "rule EU-001",
        "doctor chain.pem --key key.pem --trust root.pem",
        "doctor tsa-chain.pem --tsa",
        "credentials list",
        "trust update --from mirror",
        "trust add root.pem --force",
        "trust list",
        "formats",
    ],
)
def test_no_socket_is_opened_without_being_asked(folder: Path, line: str) -> None:
    done = run(folder, *line.split())
    assert "opened" not in done.err
    assert done.code in (0, 1)


@pytest.mark.parametrize(
    "line",
    [
        "sign picture.png --ai generated -o x.png --tsa {url}",
        "sign picture.png --ai generated -o x.png --cert chain.pem --signer https:{url}",
        "trust update --from {url}",
        "trust add {url}/x.pem",
    ],
)
def test_what_is_asked_for_would_be_noticed(folder: Path, line: str) -> None:
    url = closed_port()
    address = url.removeprefix("http:") if "https:" in line else url
    done = run(folder, *line.format(url=address).split())
    assert done.code == OPENED
    assert "opened: socket." in done.err
