"""The client of the Soft Binding Resolution API, against our server and against hostile ones."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

import aidisclose as ad
from aidisclose.durable import iscc
from aidisclose.durable.fingerprint import fingerprint
from aidisclose.errors import Unreachable
from aidisclose.io import http
from aidisclose.repository.recovery import Traces, trace
from aidisclose.repository.sqlite import SqliteRepository
from aidisclose.resolution import client
from aidisclose.resolution.server import routes
from tests.cli.running import Run
from tests.durable.pictures import encoded, scene
from tests.issuing import Issued
from tests.repository.stores import printed, signed
from tests.servers import Reply, Request, Server, closed_port, serve

NOBODY = ad.TrustConfig.none()


def copy(seed: int) -> bytes:
    return encoded(scene(seed).resize((240, 180)), "JPEG", quality=50)


def wanted(seed: int) -> Traces:
    return trace(io.BytesIO(copy(seed)))


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[SqliteRepository]:
    with SqliteRepository(tmp_path / "server.sqlite", create=True) as opened:
        yield opened


@pytest.fixture
def server(repository: SqliteRepository) -> Iterator[Server]:
    """Our server."""
    transport = httpx.ASGITransport(Starlette(routes=routes(repository)))

    def behave(request: Request) -> Reply:
        async def run() -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as asked:
                return await asked.request(request.method, request.path, content=request.body)

        answer = asyncio.run(run())
        return Reply(answer.content, answer.headers["content-type"], answer.status_code)

    with serve(behave) as running:
        yield running


def test_a_signed_fingerprint_is_compared_here(
    server: Server, repository: SqliteRepository, issued: Issued
) -> None:
    store = signed(issued, scene(1), printed(scene(1)))
    name = repository.add(store).id
    [found] = client.search(wanted(1), server.url + "/", trust=NOBODY)
    assert (found.id, found.is_signed, found.store) == (name, True, store)
    assert 80 <= (found.score or 0) <= 99
    assert found.report.state is ad.State.VALID


def test_a_fingerprint_that_only_the_server_knows_is_not_signed(
    server: Server, repository: SqliteRepository, issued: Issued
) -> None:
    repository.add(signed(issued, scene(1)), [printed(scene(1))])
    [found] = client.search(wanted(1), server.url, trust=NOBODY)
    assert not found.is_signed


def test_only_content_codes_leave(server: Server) -> None:
    data = encoded(scene(1))
    units = iscc.decode(fingerprint(io.BytesIO(data)))
    assert client.search(Traces(units), server.url, trust=NOBODY) == ()
    [request] = server.requests
    sent = json.loads(request.body)
    assert sent.keys() == {"alg", "value"}
    [unit] = iscc.decode(base64.b64decode(sent["value"]))
    assert unit == units[0]
    assert unit.kind == iscc.CONTENT


def label(store: bytes) -> str:
    found = ad.read_unverified(store)
    assert found is not None
    return found.active.label


def answers(name: str, store: bytes, score: object = 100) -> Callable[[Request], Reply]:
    matches = {"matches": [{"manifestId": name, "similarityScore": score}]}

    def behave(request: Request) -> Reply:
        if "/matches/" in request.path:
            return Reply(json.dumps(matches).encode(), "application/json")
        return Reply(store, "application/c2pa")

    return behave


def test_a_server_that_lies_is_not_believed(issued: Issued) -> None:
    other = signed(issued, scene(2), printed(scene(2)))
    name = label(other)
    plain = signed(issued, scene(3))
    named = label(plain)
    with serve(answers(name, other)) as lying:
        assert client.search(wanted(1), lying.url, trust=NOBODY) == ()
        fetched = [each.path for each in lying.requests if each.method == "GET"]
        assert len(fetched) == 1
    with serve(answers("urn:c2pa:another", plain)) as lying:
        assert client.search(wanted(1), lying.url, trust=NOBODY) == ()
    with serve(answers(named, plain)) as lying:
        [found] = client.search(wanted(1), lying.url, trust=NOBODY)
        assert (found.score, found.is_signed) == (99, False)


def test_what_a_server_claims_comes_behind_what_is_proven(issued: Issued) -> None:
    """It could put any manifest before those that are about the picture."""
    proven, other = signed(issued, scene(1), printed(scene(1))), signed(issued, scene(3))
    names = [label(other), label(proven)]
    listed = [{"manifestId": each, "similarityScore": 100} for each in names]
    matches = json.dumps({"matches": listed}).encode()

    def behave(request: Request) -> Reply:
        if "/matches/" in request.path:
            return Reply(matches, "application/json")
        return Reply(
            proven
            if "/manifests" in request.path and request.path.endswith(names[1].rpartition(":")[2])
            else other,
            "application/c2pa",
        )

    with serve(behave) as lying:
        first, second = client.search(wanted(1), lying.url, trust=NOBODY)
    assert (first.id, first.is_signed) == (names[1], True)
    assert (second.id, second.is_signed, second.score) == (names[0], False, 99)


def test_a_manifest_is_fetched_where_the_server_says_that_it_is(
    issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = signed(issued, scene(1), printed(scene(1)))
    name = label(store)
    asked: list[str] = []

    def ask_public(url: str, **_more: object) -> http.Answer:
        asked.append(url)
        return http.Answer(200, "application/c2pa", store)

    match: dict[str, object] = {
        "manifestId": name,
        "similarityScore": 90,
        "endpoint": "https://other.example/v1/",
    }

    def behave(request: Request) -> Reply:
        assert "/matches/" in request.path
        return Reply(json.dumps({"matches": [match]}).encode(), "application/json")

    with serve(behave) as server:
        with monkeypatch.context() as patched:
            patched.setattr(http, "ask_public", ask_public)
            [found] = client.search(wanted(1), server.url, trust=NOBODY)
        assert (found.id, found.is_signed) == (name, True)
        assert asked == [f"https://other.example/v1/manifests/{name.replace(':', '%3A')}"]
        for closed in (f"http://{server.url[7:]}/v1x", "https://127.0.0.1/v1", "file:///etc"):
            match["endpoint"] = closed  # no address of the public internet
            assert client.search(wanted(1), server.url, trust=NOBODY) == ()
        match["endpoint"] = 1
        with pytest.raises(Unreachable, match="not of the API"):
            client.search(wanted(1), server.url, trust=NOBODY)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 90_000,
        b'{"matches": 1}',
        b'{"matches": [1]}',
        b'{"matches": [{"manifestId": 1}]}',
        b'{"matches": [{"manifestId": ""}]}',
        b'{"matches": [{"manifestId": "\\ud800"}]}',
        b'{"matches": [{"manifestId": "x", "similarityScore": "9"}]}',
        b'{"matches": {"x": 1}}',
    ],
)
def test_answers_of_another_form_are_errors(body: bytes) -> None:
    with (
        serve(lambda _: Reply(body, "application/json")) as broken,
        pytest.raises(Unreachable, match="not of the API"),
    ):
        client.search(wanted(1), broken.url, trust=NOBODY)


def test_an_answer_without_end_is_cut_off() -> None:
    with (
        serve(lambda _: Reply(bytes(2**21), "application/json")) as large,
        pytest.raises(Unreachable),
    ):
        client.search(wanted(1), large.url, trust=NOBODY)


def test_a_search_ends_however_many_manifests_a_server_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aidisclose.limits.RESOLUTION_TOTAL", 0.5)
    listed = [{"manifestId": f"urn:c2pa:{number}"} for number in range(5)]
    matches = json.dumps({"matches": listed}).encode()

    def behave(request: Request) -> Reply:
        if "/matches/" in request.path:
            return Reply(matches, "application/json")
        return Reply(b"x", delay=0.3)

    with serve(behave) as slow, pytest.raises(Unreachable, match=r"more than 0\.5 s|within"):
        client.search(wanted(1), slow.url, trust=NOBODY)
    assert len(slow.requests) < 5


def test_servers_are_asked_in_order(
    aidisclose: Run,
    work: Path,
    server: Server,
    repository: SqliteRepository,
    issued: Issued,
) -> None:
    name = repository.add(signed(issued, scene(1), printed(scene(1)))).id
    (work / "copy.jpg").write_bytes(copy(1))
    (work / "other.png").write_bytes(encoded(scene(2)))
    down = closed_port()
    done = aidisclose("recover", "copy.jpg", "--server", down, "--server", server.url)
    assert (done.code, name in done.out) == (0, True)
    assert down in done.err
    done = aidisclose("recover", "other.png", "--server", server.url)
    assert (done.code, done.out) == (1, "")
    done = aidisclose("recover", "copy.jpg", "--server", down)
    assert (done.code, done.out) == (4, "")
    done = aidisclose("recover", "copy.jpg", "--server", down, "--repository", "x.sqlite")
    assert done.code == 2
