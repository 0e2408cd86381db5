"""The Soft Binding Resolution API, asked over HTTP in this process."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

import aidisclose as ad
from aidisclose.durable import iscc
from aidisclose.durable.fingerprint import fingerprint
from aidisclose.repository.sqlite import Repository
from aidisclose.resolution.server import routes
from aidisclose.signing.credentials import Credentials
from aidisclose.signing.request import SignRequest
from tests.durable.pictures import encoded, scene

Ask = Callable[..., httpx.Response]
VALUE = fingerprint(io.BytesIO(encoded(scene(1))))
TEXT = base64.b64encode(VALUE).decode()


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with Repository(tmp_path / "repository.sqlite", create=True) as opened:
        yield opened


@pytest.fixture
def store(repository: Repository, issued: Callable[[str], Credentials]) -> bytes:
    binding = ad.SoftBinding(iscc.ALG, VALUE)
    request = SignRequest(statement=ad.Disclosure(ai="generated"), soft_bindings=(binding,))
    asset = ad.sign_to(
        ad.Destination(output=io.BytesIO()),
        io.BytesIO(encoded(scene(1))),
        request=request,
        signer=issued("es256").signer(),
    )
    repository.add(asset.store)
    return asset.store


@pytest.fixture
def ask(repository: Repository) -> Ask:
    transport = httpx.ASGITransport(Starlette(routes=routes(repository)))

    def send(method: str, path: str, **more: Any) -> httpx.Response:
        async def run() -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await client.request(method, path, **more)

        return asyncio.run(run())

    return send


@pytest.mark.parametrize(
    "value", [TEXT, TEXT.rstrip("="), TEXT.replace("+", "-").replace("/", "_"), f" {TEXT}\n"]
)
def test_a_fingerprint_leads_to_its_manifest(ask: Ask, store: bytes, value: str) -> None:
    query = {"alg": iscc.ALG, "value": value}
    got = ask("GET", "/v1/matches/byBinding", params=query)
    posted = ask("POST", "/v1/matches/byBinding", json=query)
    assert (got.status_code, posted.status_code) == (200, 200)
    assert got.json() == posted.json()
    [match] = got.json()["matches"]
    assert match["similarityScore"] == 100
    fetched = ask("GET", f"/v1/manifests/{match['manifestId']}")
    assert (fetched.content, fetched.headers["content-type"]) == (store, "application/c2pa")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"alg": iscc.ALG},
        {"value": TEXT},
        {"alg": iscc.ALG, "value": "not*base64"},
        {"alg": iscc.ALG, "value": ""},
        {"alg": iscc.ALG, "value": base64.b64encode(VALUE[:-1]).decode()},
        {"alg": "x" * 999, "value": TEXT},
        {"alg": iscc.ALG, "value": "A" * 10_000},
        {"alg": iscc.ALG, "value": TEXT, "maxResults": "0"},
        {"alg": iscc.ALG, "value": TEXT, "maxResults": "many"},
    ],
)
def test_a_wrong_query_is_refused(ask: Ask, query: dict[str, str]) -> None:
    assert ask("GET", "/v1/matches/byBinding", params=query).status_code == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 8_000, b"x" * 10_000, b'{"alg": 1}'])
def test_a_wrong_body_is_refused(ask: Ask, body: bytes) -> None:
    assert ask("POST", "/v1/matches/byBinding", content=body).status_code == 400


def test_what_is_not_there_is_not_found(ask: Ask) -> None:
    assert ask("GET", "/v1/manifests/urn:c2pa:x").status_code == 404
    assert ask("GET", "/v1/manifests/urn:c2pa:x/receipts").status_code == 404


def test_nothing_can_be_written(ask: Ask, store: bytes) -> None:
    assert ask("POST", "/v1/manifests", content=store).status_code in (404, 405)
    assert ask("DELETE", "/v1/manifests/urn:c2pa:x").status_code == 405


def test_the_service_says_what_it_is(ask: Ask) -> None:
    found = ask("GET", "/.well-known/c2pa-soft-binding-resolution").json()
    assert found["apiEndpoint"] == "http://here/v1"
    capabilities = ask("GET", found["capabilitiesEndpoint"]).json()
    assert capabilities == {"c2paSpecificationVersion": "2.4.0", "supportedCapabilities": []}
    assert ask("GET", found["statusEndpoint"]).json()["status"] == "ok"
    algorithms = ask("GET", "/v1/services/supportedAlgorithms").json()
    assert algorithms["fingerprints"] == [{"alg": "io.iscc.v0"}]
