"""A repository of a million pictures: taking in manifests, and looking for a picture.

Manifests are made, exported, and taken in again, so each of them is validated. Then there are as
many codes as wanted, of which nobody made a manifest: a search compares codes alone. Processor time
is printed beside time, for another process may use the machine.

    python benchmarks/repository.py --manifests 12000 --codes 1000000
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from aidisclose.durable import iscc  # noqa: E402
from aidisclose.durable.iscc import CodeUnit  # noqa: E402
from aidisclose.io.digest import processors  # noqa: E402
from aidisclose.manifest.softbinding import SoftBinding  # noqa: E402
from aidisclose.repository import archive  # noqa: E402
from aidisclose.repository.repository import Validated  # noqa: E402
from aidisclose.repository.sqlite import SqliteRepository  # noqa: E402
from tests.manifest import build  # noqa: E402
from tests.manifest.build import Recipe  # noqa: E402

NOW: Final = datetime(2026, 6, 1, tzinfo=UTC)
#: Ways in which a picture is looked for.
WAYS: Final = 23
#: Codes that are stored in one transaction.
TOGETHER: Final = 10_000

LOOK: Final = """
import sys
from aidisclose.durable.iscc import CONTENT, IMAGE, CodeUnit
from aidisclose.repository.sqlite import SqliteRepository
from pathlib import Path
with SqliteRepository(Path(sys.argv[1])) as opened:
    opened.near([CodeUnit(CONTENT, IMAGE, bytes(32))])
"""


def code() -> CodeUnit:
    return CodeUnit(iscc.CONTENT, iscc.IMAGE, secrets.token_bytes(iscc.BITS // 8))


def export(path: Path, count: int) -> None:
    """What `repository export` writes of so many manifests with a fingerprint."""
    with path.open("w") as file:
        file.write('{"aidisclose-repository": 1}\n')
        for number in range(1, count + 1):
            value = iscc.encode((code(),))
            binding = {"alg": iscc.ALG, "blocks": [{"scope": {}, "value": value}]}
            assertions = (build.actions(), build.cbor("c2pa.soft-binding", binding))
            recipe = Recipe(number=number, assertions=assertions)
            store = build.store(recipe.build())
            line = {
                "id": recipe.label,
                "sha256": hashlib.sha256(store).hexdigest(),
                "time": NOW.isoformat(),
                "store": base64.b64encode(store).decode(),
                "bindings": [],
            }
            file.write(json.dumps(line) + "\n")


def processor_time() -> float:
    used = os.times()
    return sum(used[:4])


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and seconds of processor time, ended children included."""
    start, used = time.perf_counter(), processor_time()
    work()
    return time.perf_counter() - start, processor_time() - used


def fill(repository: SqliteRepository, count: int) -> None:
    """Store that many codes more, each under a label of its own."""
    for start in range(0, count, TOGETHER):
        with repository.together():
            for number in range(start, min(start + TOGETHER, count)):
                binding = SoftBinding(iscc.ALG, iscc.encode((code(),)))
                found = Validated(f"urn:c2pa:made-up:{number}", b"", (binding,))
                repository.take(found, at=NOW)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--manifests", type=int, default=12_000)
    parser.add_argument("--codes", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=processors())
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        exported, path = Path(folder, "export.jsonl"), Path(folder, "repository.sqlite")
        export(exported, options.manifests)
        with SqliteRepository(path, create=True) as repository:

            def take_in() -> None:
                with exported.open("rb") as stream:
                    taken = archive.restore(repository, stream, jobs=options.jobs)
                    assert all(each.is_new for each in taken)

            seconds, used = timed(take_in)
            print(
                f"import, validated, {options.jobs} processes: {options.manifests / seconds:,.0f}"
                f" a second; {1000 * used / options.manifests:.2f} ms of processor time each"
            )
            seconds, used = timed(lambda: fill(repository, options.codes))
            print(f"stored without validation: {options.codes / seconds:,.0f} a second")
        seconds, used = timed(
            lambda: subprocess.run([sys.executable, "-c", LOOK, path], cwd=ROOT, check=True)
        )
        print(f"first look-up of a new process: {seconds:.2f} s, {used:.2f} s of processor time")
        with SqliteRepository(path) as repository:
            repository.near([code()])
            for ways in (1, WAYS):
                look = partial(repository.near, [code() for _ in range(ways)])
                best = min(timed(look) for _ in range(10))
                print(
                    f"resident, looked for in {ways} ways: {1000 * best[0]:.1f} ms,"
                    f" {1000 * best[1]:.0f} ms of processor time"
                )
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"memory of this process at most: {memory} MiB; file: {path.stat().st_size >> 20} MiB"
        )


if __name__ == "__main__":
    main()
