"""What cold processes import: a budget of modules, as time on a shared machine proves nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from aidisclose.signing.issuance import issue
from tests.containers.samples import jpeg

FIXTURES = Path(__file__).parents[2] / "fixtures"

#: Of ours; each costs some 0.6 ms. Whoever raises it says why verifying one picture needs more
#: (the last one was `io.search`, for which signing searches a picture once and not twice).
MODULES = 111

#: What verifying a picture has no use for; each of these once cost 2 to 20 ms.
NEEDLESS = (
    *("hashlib", "_hashlib", "dataclasses"),
    *("pathspec", "typing_extensions", "difflib", "secrets", "boto3", "opendal", "distributed"),
    *(
        "http",
        "ssl",
        "socket",
        "asyncio",
        "multiprocessing",
        "concurrent",
        "logging",
        "PIL",
        "rich",
    ),
    "cryptography.hazmat.primitives.asymmetric.types",
    "cryptography.x509",
    *(f"aidisclose.{name}" for name in ("signing", "policy", "direct", "storage", "cluster")),
    *(f"aidisclose.cli.{name}" for name in ("workers", "receipt", "doctor", "sign", "check")),
    *(f"aidisclose.containers.{name}" for name in ("pdf", "riff", "bmff", "tiff", "svg", "png")),
    *("aidisclose.io.http", "aidisclose.io.output", "aidisclose.manifest.disclosure"),
    *("aidisclose.manifest.record", "aidisclose.trust.lists", "aidisclose.render.json"),
)

#: What signing a folder of pictures has no use for.
NEEDLESS_TO_SIGN = (
    *("hashlib", "email", "http", "ssl", "socket", "secrets", "asyncio", "concurrent"),
    *("PIL", "rich", "multiprocessing"),
    *("cryptography.x509", "cryptography.hazmat.primitives.serialization.pkcs7"),
    *(f"aidisclose.{name}" for name in ("policy", "repository", "cluster", "service")),
    *(f"aidisclose.containers.{name}" for name in ("pdf", "riff", "bmff", "tiff", "svg", "png")),
)

SCRIPT = """
import json, os, sys
def end(code):
    print(json.dumps(sorted(sys.modules)), file=sys.stderr, flush=True)
    leave(code)
leave, os._exit = os._exit, end
sys.argv = ["aidisclose", "--isolated", *sys.argv[1:]]
from aidisclose.__main__ import run
run()
"""


def modules_of(folder: Path, *arguments: str) -> frozenset[str]:
    """The modules of a process with these arguments, which succeeds."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(("valid", "signed")), done.stdout
    return frozenset(json.loads(done.stderr.splitlines()[-1]))


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The modules of a process that verified a picture."""
    folder = tmp_path_factory.mktemp("empty")
    return modules_of(folder, "verify", "--no-default-trust", str(FIXTURES / "generated.jpg"))


@pytest.fixture(scope="module")
def imported_to_sign(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The modules of a process that signed a folder with a picture."""
    folder = tmp_path_factory.mktemp("folder")
    (folder / "picture.jpg").write_bytes(jpeg())
    issued = issue()
    (folder / "chain.pem").write_bytes(issued.chain)
    (folder / "key.pem").write_bytes(issued.key)
    signer = ("--cert", "chain.pem", "--key", "key.pem")
    return modules_of(folder, "sign", ".", "--ai", "generated", *signer)


def test_verify_imports_no_more_of_ours_than_it_may(imported: frozenset[str]) -> None:
    ours = {name for name in imported if name.split(".")[0] == "aidisclose"}
    assert len(ours) <= MODULES, sorted(ours)


@pytest.mark.parametrize("name", NEEDLESS)
def test_verify_imports_nothing_needless(imported: frozenset[str], name: str) -> None:
    found = {each for each in imported if each == name or each.startswith(f"{name}.")}
    assert found == set()


@pytest.mark.parametrize("name", NEEDLESS_TO_SIGN)
def test_sign_imports_nothing_needless(imported_to_sign: frozenset[str], name: str) -> None:
    found = {each for each in imported_to_sign if each == name or each.startswith(f"{name}.")}
    assert found == set()
