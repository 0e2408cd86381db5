"""The API is held to its OpenAPI document by schemathesis, which makes up requests of any kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.service.running import serving

#: What it makes up is no media file, and is refused though the document permits it.
EXCLUDED = "positive_data_acceptance"


def test_every_request_is_answered_as_documented(home: Path, tmp_path: Path) -> None:
    # Without addresses, for what it makes up may be somebody's.
    with serving(home, "--sign-results", "--no-addresses") as service:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", "--no-color", "--seed=1"),
                *("--max-examples=50", "--phases=coverage,fuzzing", "--workers=2"),
                *(f"--exclude-checks={EXCLUDED}", f"{service.url}/api/v1/openapi.json"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-5000:]
        assert "Tested: 2" in done.stdout
        assert not [each for each in service.events if each["event"] in ("bug", "lost")]


def test_the_document_says_what_is_offered(home: Path) -> None:
    with serving(home, "--no-addresses", "--max-size", "7") as service:
        document = service.client.get("/api/v1/openapi.json").json()
        body = document["paths"]["/api/v1/verify"]["post"]["requestBody"]
        assert "application/json" not in body["content"]
        assert str(7 << 20) in body["description"]
