"""Hostile files through the service, whose workers are killed: it stays up, and answers right."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import aidisclose as ad
from tests.render.test_page import hostile, large
from tests.service.running import Service, serving

FIXTURES = Path(__file__).parents[2] / "fixtures"
#: Files of others and of reviews, which are not part of the project.
SHARED = Path(__file__).resolve().parents[3] / "shared"
FOLDERS = (FIXTURES, SHARED / "vectors" / "signed", SHARED / "review" / "cases")
#: Files of each folder, and bytes of each, so that it takes seconds.
MOST = 20
SIZE = 2 << 20


def corpus() -> list[bytes]:
    """Honest files and forged ones, and some that are hostile to pages."""
    found = [hostile(), large()]
    for folder in FOLDERS:
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        chosen = random.Random(3).sample(paths, min(MOST, len(paths)))
        found += [path.read_bytes() for path in chosen if path.stat().st_size <= SIZE]
    return [data for data in found if data]


def mutated(files: list[bytes]) -> Iterator[bytes]:
    """The same with bytes changed, cut off, or put together."""
    chance = random.Random(11)
    for data in files:
        changed = bytearray(data)
        for _ in range(chance.randrange(1, 30)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        yield bytes(changed)
        yield data[: chance.randrange(1, len(data) + 1)]
        yield data + chance.choice(files)[:100_000]


@pytest.fixture(scope="module")
def anonymous(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that trusts nobody, so that its answers are those of the library."""
    home = tmp_path_factory.mktemp("anonymous") / "user" / "home"
    home.mkdir(parents=True)
    with serving(home, "--max-size", 20) as running:
        yield running


def expected(data: bytes) -> str:
    try:
        return ad.verify(data, trust=ad.TrustConfig.none()).state.value
    except ad.AidiscloseError:
        return "refused"


def test_answers_are_those_of_the_library_while_workers_are_killed(anonymous: Service) -> None:
    files = corpus()
    chance = random.Random(5)

    def ask(data: bytes) -> str:
        for _ in range(50):
            response = anonymous.verify(data)
            if response.status_code not in (429, 503):
                break
        if response.status_code == 200:
            state: str = response.json()["result"]["state"]
            return state
        assert response.status_code == 422, response.text
        assert response.json()["code"] in ("unsupported_format", "unreadable")
        return "refused"

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask, data) for data in files]
        for each in asked[:: len(asked) // 6]:
            each.result()
            for worker in chance.sample(anonymous.workers(), 1):
                os.kill(worker, signal.SIGKILL)
        answers = [each.result() for each in asked]
    assert answers == [expected(data) for data in files]
    assert not [each for each in anonymous.events if each["event"] == "bug"]
    anonymous.until(lambda: anonymous.count("aidisclose_workers") == 2)
    anonymous.until(lambda: anonymous.count("aidisclose_spool_bytes") == 0)


def test_mutated_files_get_pages(anonymous: Service) -> None:
    codes, languages = set(), ("de", "fr", "ja")
    lost = len([each for each in anonymous.events if each["event"] == "lost"])
    for number, data in enumerate(mutated(corpus()[:40])):
        path = f"/check?lang={languages[number % len(languages)]}"
        response = anonymous.post(path, files={"file": ("x", data)})
        codes.add(response.status_code)
        assert len(response.content) < 2 << 20
        assert "<script>" not in response.text
    assert codes <= {200, 422}
    assert not [each for each in anonymous.events if each["event"] == "bug"]
    assert len([each for each in anonymous.events if each["event"] == "lost"]) == lost
