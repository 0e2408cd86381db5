"""Where devices are set up: a clean environment, and a token of SoftHSM."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.signing.backends.setups import (
    MODULE,
    SECRET,
    Setting,
)
from tests.signing.backends.world import identity


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Setting]:
    for name in list(os.environ):
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_", "CLOUDSDK_", "GCE_", "PKCS11_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ExitStack() as stack:
        yield Setting(tmp_path, monkeypatch, stack)


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A token of SoftHSM, in a folder of its own; the library reads where it is only once."""
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
    if not MODULE.exists() or not shutil.which("softhsm2-util"):
        pytest.skip("SoftHSM is not installed (apt-get install softhsm2)")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        run_softhsm("--init-token", "--free", "--label", "my token", "--so-pin", "12345678")
        for number, alg in enumerate(("es256", "es384", "es512", "ps256", "ed25519"), 1):
            key = folder / f"{alg}.pem"
            key.write_bytes(identity(alg).pem)
            names = ("--label", alg, "--id", f"{number:02}")
            run_softhsm("--import", str(key), "--token", "my token", *names)
        yield folder


def run_softhsm(*arguments: str) -> None:
    command = ["softhsm2-util", *arguments, "--pin", SECRET]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
