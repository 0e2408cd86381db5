"""The Soft Binding Resolution API, asked over HTTP in this process."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

import aidisclose as ad
from aidisclose.durable import iscc
from aidisclose.durable.fingerprint import fingerprint
from aidisclose.errors import UsageError
from aidisclose.manifest import store as manifests
from aidisclose.repository.sqlite import SqliteRepository
from aidisclose.resolution.server import ServerTerms, routes
from aidisclose.signing.request import SignRequest
from tests.durable.pictures import encoded, scene
from tests.issuing import Issued

Ask = Callable[..., httpx.Response]
VALUE = fingerprint(io.BytesIO(encoded(scene(1))))
TEXT = base64.b64encode(VALUE).decode()


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[SqliteRepository]:
    with SqliteRepository(tmp_path / "repository.sqlite", create=True) as opened:
        yield opened


@pytest.fixture
def store(repository: SqliteRepository, issued: Issued) -> bytes:
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


def asking(repository: SqliteRepository, writer: str | None = None) -> Ask:
    return asking_with(routes(repository, ServerTerms(writer=writer)))


def asking_with(listed: list[Route]) -> Ask:
    """Sends requests to these routes."""
    transport = httpx.ASGITransport(Starlette(routes=listed))

    def send(method: str, path: str, **more: Any) -> httpx.Response:
        async def run() -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await client.request(method, path, **more)

        return asyncio.run(run())

    return send


@pytest.fixture
def ask(repository: SqliteRepository) -> Ask:
    return asking(repository)


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


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"{", b"[" * 8_000, b"x" * 10_000, b'{"alg": 1}'),
        *(b'{"alg": "\\ud800", "value": "AA=="}', b'{"alg": "a\\u0000", "value": "AA=="}'),
        *(b'{"alg": NaN}', b'{"alg": 1e999}'),
    ],
)
def test_a_wrong_body_is_refused(ask: Ask, body: bytes) -> None:
    assert ask("POST", "/v1/matches/byBinding", content=body).status_code == 400


def test_what_is_not_there_is_not_found(ask: Ask) -> None:
    assert ask("GET", "/v1/manifests/urn:c2pa:x").status_code == 404
    assert ask("GET", "/v1/manifests/urn:c2pa:x/receipts").status_code == 404


#: What may stand in a damaged database where a receipt should.
_SPOILED: Final = (
    *("", "x", "[]", "1", "null", "{}", "[" * 100_000, '{"@type": NaN}'),
    '{"@type": "org.c2pa.manifest-receipt"}',
    '{"@type": "org.c2pa.manifest-receipt", "anchor": {"proof": {"x5c": []}}}',
    '{"@type": "org.c2pa.manifest-receipt", "anchor": {"proof": {"x5c": ["*"]}}}',
    '{"@type": "org.c2pa.manifest-receipt", "a": 1e999, "anchor": {"proof": {"x5c": ["AA=="]}}}',
)


@pytest.mark.parametrize("content", _SPOILED)
def test_a_spoiled_receipt_is_a_clear_error(
    repository: SqliteRepository, store: bytes, issued: Issued, content: str
) -> None:
    signer = issued("es256").signer()
    ask = asking_with(routes(repository, ServerTerms(writer="w" * 16, signer=signer)))
    headers = {"Authorization": f"Bearer {'w' * 16}"}
    stored = ask("POST", "/v1/manifests?returnReceipt=true", content=store, headers=headers).json()
    path = f"/v1/manifests/{stored['manifestId']}/receipts"
    assert ask("GET", path).json()["verified"]
    repository._run("UPDATE receipt SET content = ?", (content,))
    for answer in (
        ask("GET", path),
        ask("POST", path, json=stored["receipt"]),
        ask("POST", "/v1/manifests?returnReceipt=true", content=store, headers=headers),
    ):
        assert answer.status_code == 500
        assert answer.text == "the repository cannot be read or written"


def test_a_spoiled_time_or_store_is_a_clear_error(
    repository: SqliteRepository, ask: Ask, store: bytes
) -> None:
    name = manifests.parse(store).active.label
    repository._run("DROP TRIGGER manifest_is_kept")
    repository._run("UPDATE manifest SET store = x'00'")
    answer = ask("GET", f"/v1/manifests/{name}?returnActiveManifest=true")
    assert (answer.status_code, answer.text) == (500, "the repository cannot be read or written")
    repository._run("UPDATE manifest SET stored_at = 'x'")
    assert ask("GET", f"/v1/manifests/{name}").status_code == 500


@pytest.mark.parametrize("path", ["%00", "%ff", "%ed%a0%80", "a%2Fb", "x" * 5_000])
def test_what_is_no_label_is_not_found(ask: Ask, path: str) -> None:
    for more in ("", "/receipts"):
        assert ask("GET", f"/v1/manifests/{path}{more}").status_code == 404


@pytest.mark.parametrize("more", [b'"x": NaN', b'"x": 1e999', b'"x": "\\ud800"', b'"\\udfff": 1'])
def test_a_receipt_that_cannot_be_answered_with_is_refused(
    ask: Ask, store: bytes, more: bytes
) -> None:
    name = manifests.parse(store).active.label
    answer = ask("POST", f"/v1/manifests/{name}/receipts", content=b"{" + more + b"}")
    assert answer.status_code == 400


def test_nothing_can_be_written(ask: Ask, store: bytes) -> None:
    assert ask("POST", "/v1/manifests", content=store).status_code in (404, 405)
    assert ask("DELETE", "/v1/manifests/urn:c2pa:x").status_code == 405


def test_the_service_says_what_it_is(ask: Ask) -> None:
    found = ask("GET", "/.well-known/c2pa-soft-binding-resolution").json()
    assert found["apiEndpoint"] == "/v1"
    capabilities = ask("GET", found["capabilitiesEndpoint"]).json()
    assert capabilities == {
        "c2paSpecificationVersion": "2.4.0",
        "supportedCapabilities": ["queryByContent"],
    }
    assert ask("GET", found["statusEndpoint"]).json()["status"] == "ok"
    algorithms = ask("GET", "/v1/services/supportedAlgorithms").json()
    assert algorithms["fingerprints"] == [{"alg": "io.iscc.v0"}]


TOKEN = "a-token-of-the-writer"


def test_who_has_the_token_stores_and_removes(
    tmp_path: Path, repository: SqliteRepository, store: bytes
) -> None:
    [name] = repository.names()
    allowed = {"Authorization": f"Bearer {TOKEN}"}
    with SqliteRepository(tmp_path / "other.sqlite", create=True) as other:
        ask = asking(other, TOKEN)
        for _ in range(2):
            done = ask("POST", "/v1/manifests", content=store, headers=allowed)
            assert (done.status_code, done.json()) == (200, {"manifestId": name})
        assert ask("GET", f"/v1/manifests/{name}").content == store
        broken = store.replace(b"io.iscc.v0", b"io.iscc.v1")
        for body in (b"", b"x" * 99, broken):
            assert ask("POST", "/v1/manifests", content=body, headers=allowed).status_code == 400
        assert ask("DELETE", f"/v1/manifests/{name}", headers=allowed).status_code == 204
        assert ask("DELETE", f"/v1/manifests/{name}", headers=allowed).status_code == 404
        assert ask("GET", f"/v1/manifests/{name}").status_code == 404
        found = ask("GET", "/v1/services/capabilities").json()
        assert found["supportedCapabilities"] == [
            "queryByContent",
            "storeManifests",
            "storeBindings",
        ]


@pytest.mark.parametrize(
    "header", ["", TOKEN, "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer \xe4"]
)
def test_who_has_not_may_not(repository: SqliteRepository, store: bytes, header: str) -> None:
    ask = asking(repository, TOKEN)
    [name] = repository.names()
    headers = {"Authorization": header.encode("latin-1")} if header else {}
    assert ask("POST", "/v1/manifests", content=store, headers=headers).status_code == 403
    assert ask("DELETE", f"/v1/manifests/{name}", headers=headers).status_code == 403
    assert repository.names() == [name]


def test_a_store_that_is_too_large_is_refused(
    repository: SqliteRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aidisclose.limits.REMOTE_STORE_SIZE", 1_000)
    allowed = {"Authorization": f"Bearer {TOKEN}"}
    done = asking(repository, TOKEN)("POST", "/v1/manifests", content=bytes(2_000), headers=allowed)
    assert (done.status_code, done.text) == (400, "the manifest store is too large")


@pytest.mark.parametrize("token", ["", "short", "ä" * 20])
def test_weak_tokens_are_refused(repository: SqliteRepository, token: str) -> None:
    with pytest.raises(UsageError, match="invalid token"):
        routes(repository, ServerTerms(writer=token))
