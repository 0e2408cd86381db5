"""Our client agrees with a server that was written from the OpenAPI document alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aidisclose.resolution.openapi import document
from tests.cli.running import Run
from tests.durable.pictures import encoded, scene
from tests.resolution import elsewhere
from tests.resolution.test_publication import VARIABLE

#: Everything that a server may offer.
OFFERED = ("queryByContent", "queryByReference", "storeManifests", "storeBindings")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a server of somebody else."""
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document("http://127.0.0.1/v1", OFFERED)))
    command = (sys.executable, elsewhere.__file__, path)
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        log: list[str] = []
        try:
            for line in process.stderr:
                log.append(line)
                if found := re.search(r"running on (http://[\w.:]+)", line):
                    yield found[1]
                    break
            else:
                pytest.fail("".join(log))
        finally:
            process.terminate()


def test_what_is_stored_there_is_found_there(
    aidisclose: Run, work: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "whatever it asks for")
    labels = {}
    for seed, options in ((1, ()), (2, ("--fingerprint",))):
        (work / f"{seed}.png").write_bytes(encoded(scene(seed)))
        assert aidisclose("sign", f"{seed}.png", "--ai", "generated", *options).code == 0
        publish = ("publish", f"{seed}.signed.png", "--server", server, "--receipts", "receipts")
        done = aidisclose(*publish, "--format", "json")
        assert (done.code, done.err) == (0, "")
        [result] = done.json["results"]
        labels[seed] = result["active_manifest"]
        receipt = json.loads((work / result["receipt"]).read_text())
        assert receipt["repository"]["manifestId"] == labels[seed]
    for seed in labels:
        copy = encoded(scene(seed).resize((240, 180)), "JPEG", quality=60)
        (work / "copy.jpg").write_bytes(copy)
        done = aidisclose("recover", "copy.jpg", "--server", server, "-o", f"{seed}.c2pa")
        assert (done.code, done.err) == (0, "")
        assert labels[seed] in done.out
        assert ("by a fingerprint that is not signed" in done.out) is (seed == 1)
        assert aidisclose("verify", f"{seed}.signed.png", "--manifest", f"{seed}.c2pa").code == 0
    (work / "other.png").write_bytes(encoded(scene(3)))
    assert aidisclose("recover", "other.png", "--server", server).code == 1
