"""The routes of the Soft Binding Resolution API that get files, keep bindings and attest."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import aidisclose as ad
from aidisclose.durable import iscc
from aidisclose.errors import Unreachable
from aidisclose.io import http
from aidisclose.repository.sqlite import SqliteRepository
from aidisclose.resolution.server import ServerTerms, routes
from tests.durable.pictures import encoded, scene
from tests.issuing import Issued
from tests.repository.stores import printed, signed
from tests.resolution.test_server import TOKEN, asking_with

Ask = Callable[..., httpx.Response]
ALLOWED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[SqliteRepository]:
    with SqliteRepository(tmp_path / "repository.sqlite", create=True) as opened:
        yield opened


@pytest.fixture
def ask(repository: SqliteRepository, issued: Issued) -> Ask:
    signer = issued("es256").signer()
    return asking_with(routes(repository, ServerTerms(TOKEN, signer, size=300_000, addresses=True)))


@pytest.fixture
def name(repository: SqliteRepository, issued: Issued) -> str:
    return repository.add(signed(issued, scene(1), printed(scene(1)))).id


COPY = encoded(scene(1).resize((240, 180)), "JPEG", quality=50)


def post(ask: Ask, content: bytes, kind: str = "image/jpeg", **query: str) -> httpx.Response:
    headers = {"Content-Type": kind}
    return ask("POST", "/v1/matches/byContent", content=content, headers=headers, params=query)


def test_a_stripped_copy_is_found_by_its_content(ask: Ask, name: str) -> None:
    [match] = post(ask, COPY).json()["matches"]
    assert match["manifestId"] == name
    assert 80 <= match["similarityScore"] <= 99
    assert post(ask, encoded(scene(2))).json() == {"matches": []}
    assert post(ask, COPY, alg="com.adobe.trustmark.P").json() == {"matches": []}


def test_a_hint_is_followed(ask: Ask, repository: SqliteRepository, issued: Issued) -> None:
    mark = ad.SoftBinding("com.example.mark", b"\x01\x02")
    other = repository.add(signed(issued, scene(3), mark)).id
    value = base64.b64encode(mark.value).decode()
    [match] = post(ask, COPY, hintAlg=mark.alg, hintValue=value).json()["matches"]
    assert match["manifestId"] == other
    assert post(ask, COPY, hintAlg=mark.alg).status_code == 400


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (COPY, "", 415),
        (COPY, "multipart/form-data", 415),
        (b"", "image/png", 400),
        (bytes(300_001), "image/png", 400),
        (b"RIFF\0\0\0\0WAVE", "audio/wav", 415),
        (b"\0\1\2 nothing", "image/png", 415),
        (COPY[:2000], "image/jpeg", 400),
        (encoded(scene(1).resize((4, 4)).convert("L").point(lambda _: 9)), "image/png", 415),
    ],
)
def test_what_cannot_be_examined_is_refused(
    ask: Ask, content: bytes, kind: str, status: int
) -> None:
    done = post(ask, content, kind)
    assert (done.status_code, done.text.count("\n")) == (status, 0)


def bomb() -> bytes:
    """A picture of four thousand million pixels in a few bytes."""
    data = bytearray(encoded(scene(1).resize((8, 8))))
    data[16:24] = (65_000).to_bytes(4, "big") * 2
    import zlib

    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


def test_a_bomb_is_refused(ask: Ask) -> None:
    done = post(ask, bomb(), "image/png")
    assert (done.status_code, "too large" in done.text) == (400, True)


def test_too_many_files_at_once_are_refused(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidisclose.limits.TRACES", 0)
    assert post(ask, COPY).status_code == 503


def test_modules_of_the_working_folder_are_not_run(
    ask: Ask, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(0)")
    monkeypatch.chdir(tmp_path)
    assert len(post(ask, COPY).json()["matches"]) == 1


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The public internet: content by address."""
    pages: dict[str, bytes] = {}

    def ask_public(url: str, *, media_type: str, timeout: float, limit: int) -> http.Answer:
        if url not in pages:
            raise Unreachable("no such host")
        if len(pages[url]) > limit:
            raise Unreachable("the answer is too large")
        return http.Answer(200, "image/jpeg", pages[url])

    monkeypatch.setattr(http, "ask_public", ask_public)
    return pages


URL = "https://example.com/copy.jpg"


def refer(ask: Ask, **fields: Any) -> httpx.Response:
    asked = {"referenceUrl": URL, "assetLength": len(COPY), **fields}
    return ask("POST", "/v1/matches/byReference", json=asked)


def test_a_file_elsewhere_is_found(ask: Ask, name: str, web: dict[str, bytes]) -> None:
    web[URL] = COPY
    for fields in ({}, {"assetType": "image/jpeg"}, {"assetType": "Image/JPEG; x=y"}):
        [match] = refer(ask, **fields).json()["matches"]
        assert match["manifestId"] == name


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"referenceUrl": "http://example.com/copy.jpg"}, "https"),
        ({"referenceUrl": "file:///etc/passwd"}, "https"),
        ({"referenceUrl": None}, "https"),
        ({"referenceUrl": "https://example.com/other"}, "no such host"),
        ({"assetLength": 10}, "too large"),
        ({"assetLength": True}, "assetLength"),
        ({"assetLength": 0}, "assetLength"),
        ({"assetType": "image/png"}, "not what was said"),
        ({"assetType": "chemical/x-pdb"}, "assetType"),
        ({"assetType": "image/jpeg\r\nX: y"}, "assetType"),
        ({"region": [{"type": "frame"}]}, "regions"),
    ],
)
def test_a_wrong_reference_is_refused(
    ask: Ask, web: dict[str, bytes], fields: dict[str, Any], reason: str
) -> None:
    web[URL] = COPY
    done = refer(ask, **fields)
    assert (done.status_code, reason in done.text) == (400, True)


def test_addresses_inside_are_not_asked(ask: Ask) -> None:
    for host in ("127.0.0.1", "localhost", "169.254.169.254", "[::1]"):
        done = refer(ask, referenceUrl=f"https://{host}/x")
        assert (done.status_code, "cannot be fetched" in done.text) == (400, True)


def test_a_service_without_addresses_has_no_references(repository: SqliteRepository) -> None:
    ask = asking_with(routes(repository, ServerTerms()))
    assert refer(ask).status_code == 404
    offered = ask("GET", "/v1/services/capabilities").json()["supportedCapabilities"]
    assert offered == ["queryByContent"]


def bind(ask: Ask, way: str, value: bytes, name: str, **more: str) -> int:
    asked = {"bindingValue": base64.b64encode(value).decode(), "manifestId": name, **more}
    return ask(way, "/v1/bindings", json=asked, headers=ALLOWED).status_code


def leads(ask: Ask, alg: str, value: bytes) -> list[str]:
    query = {"alg": alg, "value": base64.b64encode(value).decode()}
    found = ask("GET", "/v1/matches/byBinding", params=query).json()["matches"]
    return [each["manifestId"] for each in found]


def test_values_are_bound_and_moved(
    ask: Ask, name: str, repository: SqliteRepository, issued: Issued
) -> None:
    other = repository.add(signed(issued, scene(2))).id
    value = printed(scene(7)).value
    assert bind(ask, "PUT", value, name) == 404
    assert bind(ask, "POST", value, name) == 204
    assert leads(ask, iscc.ALG, value) == [name]
    assert bind(ask, "PUT", value, other) == 204
    assert leads(ask, iscc.ALG, value) == [other]
    assert bind(ask, "POST", b"\1\2", name, alg="com.example.mark") == 204
    assert leads(ask, "com.example.mark", b"\1\2") == [name]
    assert bind(ask, "POST", b"\1\2", name) == 400
    assert bind(ask, "POST", value, "urn:c2pa:none") == 404
    assert list(repository.problems()) == []


def test_bindings_are_for_writers(ask: Ask, name: str) -> None:
    value = base64.b64encode(printed(scene(7)).value).decode()
    asked = {"bindingValue": value, "manifestId": name}
    for headers in ({}, {"Authorization": "Bearer nobody"}):
        assert ask("POST", "/v1/bindings", json=asked, headers=headers).status_code == 403
        assert ask("PUT", "/v1/bindings", json=asked, headers=headers).status_code == 403


def test_the_active_manifest_alone(ask: Ask, repository: SqliteRepository, issued: Issued) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    signer = issued("es256").signer()
    generated, edited = (ad.Disclosure(ai=each) for each in ("generated", "edited"))
    ad.sign(io.BytesIO(encoded(scene(1))), first, disclosure=generated, signer=signer)
    ad.sign(first, second, disclosure=edited, signer=signer)
    whole = ad.read_unverified(second)
    assert whole is not None
    from aidisclose.validate.verify import read_store_of

    name = repository.add(read_store_of(second) or b"").id
    got = ask("GET", f"/v1/manifests/{name}", params={"returnActiveManifest": "true"})
    found = ad.read_unverified(got.content)
    assert found is not None
    assert (list(found.manifests), len(whole.manifests)) == ([name], 2)
    bad = ask("GET", f"/v1/manifests/{name}", params={"returnActiveManifest": "maybe"})
    assert bad.status_code == 400


def test_what_is_stored_gets_a_receipt(ask: Ask, issued: Issued) -> None:
    store = signed(issued, scene(5))
    query = {"returnReceipt": "true"}
    done = ask("POST", "/v1/manifests", content=store, headers=ALLOWED, params=query).json()
    name, receipt = done["manifestId"], done["receipt"]
    assert receipt["repository"] == {"uri": "/v1", "manifestId": name}
    path = f"/v1/manifests/{name}/receipts"
    assert ask("GET", path).json() == {**receipt, "verified": True}
    assert ask("POST", path, json=receipt).json()["verified"] is True
    again = ask("POST", "/v1/manifests", content=store, headers=ALLOWED, params=query).json()
    assert again == done
    plain = ask("POST", "/v1/manifests", content=store, headers=ALLOWED).json()
    assert plain == {"manifestId": name}


def forged(receipt: dict[str, Any], issued: Issued) -> Iterator[tuple[dict[str, Any], str]]:
    def changed(*path: str, to: object) -> dict[str, Any]:
        copy = json.loads(json.dumps(receipt))
        place = copy
        for each in path[:-1]:
            place = place[each]
        place[path[-1]] = to
        return dict(copy)

    stranger = issued("es384").signer()
    chain = [base64.b64encode(each).decode() for each in stranger.chain]
    yield changed("repository", "uri", to="https://elsewhere.example/v1"), "not good"
    yield changed("repository", "manifestId", to="urn:c2pa:other"), "not the requested one"
    yield changed("anchor", "proof", "sha256", to="0" * 64), "another manifest store"
    yield changed("anchor", "proof", "stored_at", to="2020-01-01T00:00:00+00:00"), "not good"
    yield changed("anchor", "proof", "alg", to="es512"), "not good"
    yield changed("anchor", "proof", "x5c", to=chain), "not signed by this repository"
    yield changed("anchor", "proof", "x5c", to=[]), "not signed by this repository"
    yield changed("anchor", "uri", to="https://elsewhere.example/receipts"), "not as it was issued"
    yield changed("@context", to={}), "not as it was issued"
    yield changed("anchor", "proof", "more", to="x"), "not as it was issued"
    yield changed("more", to="x"), "not as it was issued"


def test_a_changed_receipt_is_not_ours(ask: Ask, issued: Issued) -> None:
    store = signed(issued, scene(5))
    query = {"returnReceipt": "true"}
    done = ask("POST", "/v1/manifests", content=store, headers=ALLOWED, params=query).json()
    path = f"/v1/manifests/{done['manifestId']}/receipts"
    for receipt, reason in forged(done["receipt"], issued):
        answer = ask("POST", path, json=receipt).json()
        assert (answer["verified"], reason in answer["error"]) == (False, True), answer["error"]
    for broken in ({}, {"repository": 1}, {**done["receipt"], "anchor": {"proof": []}}):
        assert ask("POST", path, json=broken).status_code == 400
    assert ask("POST", "/v1/manifests/urn:x/receipts", json=done["receipt"]).status_code == 404


def test_without_credentials_there_is_no_receipt(
    repository: SqliteRepository, issued: Issued
) -> None:
    ask = asking_with(routes(repository, ServerTerms(TOKEN)))
    query = {"returnReceipt": "true"}
    store = signed(issued, scene(5))
    done = ask("POST", "/v1/manifests", content=store, headers=ALLOWED, params=query).json()
    assert set(done) == {"manifestId"}
    assert ask("GET", f"/v1/manifests/{done['manifestId']}/receipts").status_code == 404


class Client:
    """A client of the API that knows nothing but an OpenAPI document: names of its operations."""

    def __init__(self, document: dict[str, Any], ask: Ask, token: str) -> None:
        self._server = document["servers"][0]["url"]
        self._ask, self._token = ask, token
        self._operations = {
            operation["operationId"]: (way, path, operation, item.get("servers"))
            for path, item in document["paths"].items()
            for way, operation in item.items()
            if way != "servers"
        }

    def __call__(self, name: str, body: object = None, media_type: str = "", **values: Any) -> Any:
        way, path, operation, servers = self._operations[name]
        query: dict[str, Any] = {}
        for parameter in operation["parameters"]:
            if parameter["name"] not in values:
                assert not parameter["required"], parameter
            elif parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", values.pop(parameter["name"]))
            else:
                query[parameter["name"]] = values.pop(parameter["name"])
        assert not values
        headers = {"Authorization": f"Bearer {self._token}"} if operation["security"] else {}
        content = None
        if "requestBody" in operation:
            kinds = operation["requestBody"]["content"]
            kind = media_type or next(iter(kinds))
            assert kind in kinds or f"{kind.partition('/')[0]}/*" in kinds
            headers["Content-Type"] = kind
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
        server = servers[0]["url"] if servers else self._server
        answer = self._ask(
            way.upper(), server.rstrip("/") + path, params=query, headers=headers, content=content
        )
        described = operation["responses"][str(answer.status_code)]
        if "content" not in described:
            assert answer.content == b""
            return answer.status_code
        [kind] = described["content"]
        assert answer.headers["content-type"].partition(";")[0] == kind
        return answer.json() if kind == "application/json" else answer.content


def test_a_client_of_the_document_does_everything(ask: Ask, issued: Issued) -> None:
    document = ask("GET", "/v1/openapi.json").json()
    call = Client(document, ask, TOKEN)
    assert call("getWellKnown")["apiEndpoint"] == document["servers"][0]["url"]
    assert call("getServiceStatus")["status"] == "ok"
    assert "storeBindings" in call("getServiceCapabilities")["supportedCapabilities"]
    algorithms = call("getSupportedBindings")["fingerprints"]
    assert algorithms == [{"alg": iscc.ALG}]
    store = signed(issued, scene(1), printed(scene(1)))
    stored = call("addManifest", store, returnReceipt="true")
    name = stored["manifestId"]
    value = base64.b64encode(printed(scene(1)).value).decode()
    query = {"alg": iscc.ALG, "value": value}
    [by_value] = call("queryByBinding", **query, maxResults=1)["matches"]
    [by_body] = call("queryByLargeBinding", query)["matches"]
    [by_file] = call("uploadFile", COPY, media_type="image/jpeg")["matches"]
    assert {each["manifestId"] for each in (by_value, by_body, by_file)} == {name}
    assert call("getManifestById", activeManifestId=name) == store
    assert call("getVerifiedReceipt", activeManifestId=name)["verified"]
    assert call("verifyReceipt", stored["receipt"], activeManifestId=name)["verified"]
    further = base64.b64encode(printed(scene(8)).value).decode()
    assert call("associateManifest", {"bindingValue": further, "manifestId": name}) == 204
    assert call("updateAssociatedManifest", {"bindingValue": further, "manifestId": name}) == 204
    assert call("deleteManifest", activeManifestId=name) == 204
    assert call("queryByBinding", **query) == {"matches": []}
    assert "unknown manifest" in str(call("getManifestById", activeManifestId=name))


#: What it makes up is nothing that the repository knows; and all its requests have the token.
EXCLUDED = "positive_data_acceptance,ignored_auth,missing_required_header"


def test_every_request_is_answered_as_documented(home: Path, tmp_path: Path) -> None:
    """Schemathesis makes up requests of any kind, but for media types with an asterisk."""
    from tests.service.running import serving

    path = tmp_path / "repository.sqlite"
    SqliteRepository(path, create=True).close()
    variables = {"AIDISCLOSE_REPOSITORY_TOKEN": TOKEN}
    with serving(home, "--repository", path, "--no-addresses", variables=variables) as service:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", "--no-color", "--seed=1"),
                *("--phases=coverage", "--workers=2"),
                *(f"--exclude-checks={EXCLUDED}", "--exclude-operation-id=uploadFile"),
                f"--header=Authorization: Bearer {TOKEN}",
                f"{service.url}/v1/openapi.json",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-6000:]
        assert not [each for each in service.events if each["event"] in ("bug", "lost")]
