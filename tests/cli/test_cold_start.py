"""What a cold `verify` imports: a budget of modules, as time on a shared machine proves nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[2] / "fixtures"

#: Of ours; each costs some 0.6 ms. Whoever raises it says why verifying one picture needs more
#: (the last one was `sha2`, for which `hashlib` and its library are left out).
MODULES = 110

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

SCRIPT = """
import json, os, sys
def end(code):
    print(json.dumps(sorted(sys.modules)), file=sys.stderr, flush=True)
    leave(code)
leave, os._exit = os._exit, end
sys.argv = ["aidisclose", "--isolated", "verify", "--no-default-trust", sys.argv[1]]
from aidisclose.__main__ import run
run()
"""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The modules of a process that verified a picture."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(FIXTURES / "generated.jpg")],
        cwd=tmp_path_factory.mktemp("empty"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("valid")
    return frozenset(json.loads(done.stderr))


def test_verify_imports_no_more_of_ours_than_it_may(imported: frozenset[str]) -> None:
    ours = {name for name in imported if name.split(".")[0] == "aidisclose"}
    assert len(ours) <= MODULES, sorted(ours)


@pytest.mark.parametrize("name", NEEDLESS)
def test_verify_imports_nothing_needless(imported: frozenset[str], name: str) -> None:
    found = {each for each in imported if each == name or each.startswith(f"{name}.")}
    assert found == set()
