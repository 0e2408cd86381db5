"""The API of the service, asked over HTTP: answers, refusals, headers, and what is left out."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from PIL import ExifTags, Image

import aidisclose as ad
from aidisclose.repository.sqlite import SqliteRepository
from tests.cli.running import program
from tests.manifest import build
from tests.manifest.build import Fields, Recipe
from tests.service.running import Service, serving

FIXTURES = Path(__file__).parents[2] / "fixtures"
SCHEMA = json.loads((FIXTURES.parent / "docs" / "report.schema.json").read_text())
SIGNED = (FIXTURES / "generated.jpg").read_bytes()
#: A name that must be nowhere but in its own file.
NAME = "Rosalind Q. Example"
#: A time that is nowhere but in an action of `personal`.
WHEN = "2026-02-03T04:05:06Z"


def portrait() -> bytes:
    """A picture whose Exif and comment name its author."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[ExifTags.Base.Artist] = exif[ExifTags.Base.Copyright] = NAME
    Image.new("RGB", (64, 64), "red").save(out, "JPEG", exif=exif, comment=NAME.encode())
    assert NAME.encode() in out.getvalue()
    return out.getvalue()


def personal() -> bytes:
    """A picture whose credentials name somebody wherever they can."""
    action: Fields = {
        "action": "c2pa.created",
        "softwareAgent": {"name": "Painter", "version": "2.1"},
        "when": WHEN,
        "description": NAME,
        "reason": NAME,
        "actors": [{"identifier": NAME}],
        "parameters": {"name": NAME, "org.example": NAME},
    }
    recipe = Recipe(
        claim={"dc:title": NAME},
        assertions=(
            build.actions(action),
            build.cbor("cawg.metadata", {"dc:creator": NAME}),
            build.cbor("stds.schema-org.CreativeWork", {"author": [{"name": NAME}]}),
            build.cbor("org.aidisclose.disclosure", {"consent": NAME}),
            build.file("c2pa.thumbnail.claim", portrait(), b"image/jpeg"),
        ),
    )
    return build.signed(recipe)


def serial() -> str:
    """As a page shows that of the signer of `personal`."""
    report = ad.verify(personal(), trust=ad.TrustConfig.none())
    assert report.signature is not None
    assert report.signature.signer is not None
    return f'serial": "{report.signature.signer.serial}"'


def result_of(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    return response.json()["result"]


@pytest.mark.parametrize(
    "how",
    [
        {"files": {"file": ("x.jpg", SIGNED)}},
        {"files": {"file": ("x.jpg", SIGNED)}, "data": {"address": ""}},
        {"content": SIGNED, "headers": {"content-type": "application/octet-stream"}},
    ],
)
def test_a_file_is_answered_as_the_command_answers_it(
    service: Service, how: dict[str, Any], home: Path
) -> None:
    found = result_of(service.post(**how))
    command = program(
        *("verify", "--format", "json", "--sha256", FIXTURES / "generated.jpg"),
        home=home,
        cwd=home,
    )
    [expected] = command.json["results"]
    for name in ("state", "integrity", "sha256", "size", "disclosure", "media_type", "missing"):
        assert found[name] == expected[name]
    codes = [each["code"] for each in found["statuses"]["success"]]
    assert codes == [each["code"] for each in expected["statuses"]["success"]]


def test_an_answer_follows_the_schema_of_reports(service: Service) -> None:
    document = service.verify(SIGNED).json()
    result = {"file": "", **document.pop("result"), "error": None, "recovered": None}
    result |= {"requirements": [], "holds": None}
    counts = {"trusted": 0, "valid": 1, "invalid": 0, "none": 0, "unreadable": 0}
    jsonschema.validate(document | {"results": [result], "summary": {"files": 1} | counts}, SCHEMA)


def test_an_altered_file_is_invalid(service: Service) -> None:
    changed = SIGNED[:-20] + bytes([SIGNED[-20] ^ 1]) + SIGNED[-19:]
    found = result_of(service.verify(changed))
    assert (found["state"], found["integrity"]) == ("invalid", "altered")


def test_a_file_without_credentials_is_no_error(service: Service) -> None:
    from PIL import Image

    written = io.BytesIO()
    Image.new("RGB", (8, 8)).save(written, "PNG")
    assert result_of(service.verify(written.getvalue()))["state"] == "none"


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ({}, 415, "unsupported_media_type"),
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 415, None),
        ({"content": b"", "headers": {"content-type": "application/octet-stream"}}, 400, None),
        ({"files": {"other": ("x", SIGNED)}}, 400, "bad_request"),
        ({"files": {"file": ("x", b"")}}, 400, "bad_request"),
        ({"files": [("file", ("x", SIGNED)), ("file", ("y", SIGNED))]}, 400, "bad_request"),
        ({"files": {"file": ("x", SIGNED)}, "data": {"address": "https://x"}}, 400, None),
        ({"content": b"--x", "headers": {"content-type": "multipart/form-data"}}, 400, None),
        (
            {"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=b"}},
            *(400, None),
        ),
        ({"json": []}, 400, "bad_request"),
        ({"json": {"address": 1}}, 400, "bad_request"),
        ({"json": {"address": ""}}, 400, "bad_request"),
        ({"json": {"address": "https://" + "x" * 5000}}, 400, "bad_request"),
        ({"json": {"address": "https://x", "more": 1}}, 400, "bad_request"),
        (
            {"content": b"[" * 60_000, "headers": {"content-type": "application/json"}},
            *(400, "bad_request"),
        ),
        ({"json": {"address": "http://example.com/"}}, 422, "unreachable"),
        ({"json": {"address": "https://127.0.0.1/"}}, 422, "unreachable"),
        ({"json": {"address": "https://169.254.169.254/latest/meta-data"}}, 422, "unreachable"),
        ({"json": {"address": "file:///etc/passwd"}}, 422, "unreachable"),
        ({"json": {"address": "https://[::1]:x/"}}, 422, "unreachable"),
        ({"files": {"file": ("x", b"nothing that is known")}}, 422, "unsupported_format"),
        ({"files": {"file": ("x", b"\x89PNG\r\n\x1a\n\xff\xff")}}, 422, "unreadable"),
    ],
)
def test_what_cannot_be_checked_is_refused(
    service: Service, how: dict[str, Any], status: int, code: str | None
) -> None:
    response = service.post(**how)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert code in (None, problem["code"])


def test_what_is_too_large_is_refused(home: Path) -> None:
    with serving(home, "--max-size", 1) as service:
        for how in (
            {"files": {"file": ("x", bytes(2 << 20))}},
            {
                "content": (bytes(65536) for _ in range(32)),  # of a length that it does not say
                "headers": {"content-type": "application/octet-stream"},
            },
        ):
            response = service.post(**how)
            assert (response.status_code, response.json()["code"]) == (413, "too_large")
        assert service.verify(SIGNED).status_code == 200
        service.until(lambda: service.count("aidisclose_spool_bytes") == 0)


@pytest.mark.parametrize(
    ("data", "status", "count"),
    [(personal(), 200, 2), (portrait(), 200, 1), (NAME.encode(), 422, 0)],
    ids=["signed", "unsigned", "text"],
)
def test_nobody_is_named(service: Service, data: bytes, status: int, count: int) -> None:
    for path in ("/api/v1/verify", "/check", "/api/v1/result"):
        response = service.post(path, files={"file": (NAME, data)})
        assert response.status_code == status, path
        pictures = re.findall("data:image/jpeg;base64,([A-Za-z0-9+/=]+)", response.text)
        for each in (response.content, *map(base64.b64decode, pictures)):
            assert NAME.encode() not in each, path
        assert path != "/check" or len(pictures) == count


def test_the_system_is_named(service: Service) -> None:
    """What it is, its version, when, who signed, and by which identifier."""
    text = service.post("/check", files={"file": (NAME, personal())}).text
    for each in ("Painter 2.1", WHEN, "Signer (Tests)", "urn:c2pa:"):
        assert each in text
    assert result_of(service.verify(personal()))["trust"]["signer"]["serial"] == "0"
    assert serial() not in text


def test_somebody_is_named_where_the_operator_says_so(home: Path) -> None:
    with serving(home, "--personal") as service:
        assert result_of(service.verify(SIGNED))["trust"]["signer"]["serial"]
        text = service.post("/check", files={"file": ("x", personal())}).text
        assert NAME in text
        assert serial() in text


def test_nothing_of_a_visitor_is_logged(service: Service) -> None:
    service.post(
        "/api/v1/verify?secret-query",
        files={"file": ("secret-name.jpg", SIGNED)},
        headers={"User-Agent": "secret-agent", "Referer": "https://secret"},
    )
    service.post(json={"address": "https://127.0.0.1/secret-address"})
    service.client.get("/secret-path/%0a")
    service.client.request("SECRET", "/")
    service.until(lambda: sum('"other"' in line for line in service.log) >= 2)
    assert "secret" not in "\n".join(service.log).lower()
    assert "127.0.0.1" not in "\n".join(line for line in service.log if line.startswith("{"))
    fields = {"time", "event", "id", "route", "method", "status", "seconds", "result"}
    assert all(each.keys() <= fields for each in service.events if each["event"] == "request")


def test_a_signed_result_is_checked_as_a_receipt(
    service: Service, home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "result.json"
    path.write_text(service.post("/api/v1/result", files={"file": ("x", SIGNED)}).text)
    trusted = ("receipt", "verify", "--require", "trusted", path)
    done = program(*trusted, home=home, cwd=tmp_path)
    assert (done.code, "intact" in done.out, "1 file: 1 valid" in done.out) == (0, True, True)
    assert program(*trusted, "--no-default-trust", home=home, cwd=tmp_path).code == 1
    path.write_text(path.read_text().replace('"outcome":"valid"', '"outcome":"trusted"'))
    assert program(*trusted, home=home, cwd=tmp_path).code == 1


def test_no_result_is_signed_without_credentials(home: Path) -> None:
    with serving(home) as service:
        assert service.post("/api/v1/result", files={"file": ("x", SIGNED)}).status_code == 404
        paths = service.client.get("/api/v1/openapi.json").json()["paths"]
        assert list(paths) == ["/api/v1/verify"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("GET", "/about", 200),
        ("GET", "/static/page.css", 200),
        ("GET", "/static/page.js", 200),
        ("GET", "/static/../application.py", 404),
        ("GET", "/static/%2e%2e/application.py", 404),
        ("GET", "/health", 200),
        ("GET", "/ready", 200),
        ("GET", "/metrics", 200),
        ("GET", "/api/v1/openapi.json", 200),
        ("GET", "/api/v1/verify", 405),
        ("DELETE", "/api/v1/verify", 405),
        ("GET", "/nothing", 404),
        ("POST", "/nothing", 404),
        ("TRACE", "/", 405),
    ],
)
def test_every_answer_has_the_headers_that_browsers_obey(
    service: Service, method: str, path: str, status: int
) -> None:
    response = service.client.request(method, path)
    assert response.status_code == status
    headers = response.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"
    is_static = path in ("/static/page.css", "/static/page.js")
    assert headers["cache-control"] == ("public, max-age=3600" if is_static else "no-store")
    assert "set-cookie" not in headers
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


def test_pages_of_other_sites_cannot_ask(service: Service) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    for path in ("/api/v1/verify", "/check"):
        response = service.post(path, files={"file": ("x", SIGNED)}, headers=foreign)
        assert response.status_code == 403
    own = {"Sec-Fetch-Site": "same-origin"}
    assert service.post(files={"file": ("x", SIGNED)}, headers=own).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://[", ""])
def test_where_browsers_say_the_origin_alone_it_decides(service: Service, origin: str) -> None:
    """Browsers send no Sec-Fetch-Site over http to other machines."""
    own = service.client.base_url
    for said, status in ((origin, 403 if origin else 200), (str(own).rstrip("/"), 200)):
        headers = {"Origin": said} if said else {}
        response = service.post(files={"file": ("x", SIGNED)}, headers=headers)
        assert response.status_code == status, said


def test_pages_of_origins_that_are_allowed_can_ask(home: Path) -> None:
    origin = "https://friend.example"
    with serving(home, "--allow-origin", origin) as service:
        friend = {"Sec-Fetch-Site": "cross-site", "Origin": origin}
        asked = service.post(files={"file": ("x", SIGNED)}, headers=friend)
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == origin
        preflight = service.client.options(
            "/api/v1/verify", headers=friend | {"Access-Control-Request-Method": "POST"}
        )
        assert preflight.status_code == 200
        stranger = friend | {"Origin": "https://evil.example"}
        refused = service.post(files={"file": ("x", SIGNED)}, headers=stranger)
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers


def test_a_proxy_may_publish_it_under_a_path(home: Path) -> None:
    with serving(home, "--root-path", "/tools/ai/") as service:
        assert service.url.endswith("/tools/ai")
        for path in ("/tools/ai/", "/"):  # as the proxy passes the path on or takes it off
            page = service.client.get(path)
            assert page.status_code == 200
            assert 'action="/tools/ai/check"' in page.text
            assert 'href="/tools/ai/static/page.css"' in page.text
        assert service.verify(SIGNED).status_code == 200
        posted = service.post("/tools/ai/api/v1/verify", files={"file": ("x", SIGNED)})
        assert posted.status_code == 200
        document = service.client.get("/tools/ai/api/v1/openapi.json").json()
        assert document["servers"] == [{"url": "/tools/ai"}]


def test_addresses_can_be_turned_off(home: Path) -> None:
    with serving(home, "--no-addresses") as service:
        response = service.post(json={"address": "https://example.com/"})
        assert (response.status_code, response.json()["code"]) == (403, "no_addresses")
        assert 'name="address"' not in service.client.get("/").text


def test_a_file_is_fetched_for_a_visitor(home: Path) -> None:
    with serving(home, "--max-size", 1, fetched=FIXTURES / "generated.jpg") as service:
        address = {"address": "https://example.com/picture.jpg"}
        assert result_of(service.post(json=address))["state"] == "valid"
        assert result_of(service.post(data=address))["state"] == "valid"
        lost = service.post(json={"address": "https://example.com/missing"})
        assert (lost.status_code, lost.json()["code"]) == (422, "unreachable")
        assert "404" in lost.json()["detail"]
        assert service.count("aidisclose_spool_bytes") == 0


def test_a_repository_answers_beside_it(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "repository.sqlite"
    SqliteRepository(path, create=True).close()
    with serving(home, "--repository", path) as service:
        status = service.client.get("/v1/services/status")
        assert (status.status_code, status.json()["status"]) == (200, "ok")
        assert status.headers["x-content-type-options"] == "nosniff"
        known = service.client.get("/.well-known/c2pa-soft-binding-resolution").json()
        assert known["apiEndpoint"] == "/v1"


def test_its_address_is_what_its_operator_says(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "repository.sqlite"
    SqliteRepository(path, create=True).close()
    address = "https://verify.example/tools"
    with serving(home, "--repository", path, "--public-address", address) as service:
        where = "/.well-known/c2pa-soft-binding-resolution"
        port = service.client.base_url.port
        for host in ("verify.example", "VERIFY.EXAMPLE.", f"127.0.0.1:{port}", f"[::1]:{port}"):
            known = service.client.get(f"/tools{where}", headers={"Host": host})
            assert known.json()["apiEndpoint"] == f"{address}/v1", host
        document = service.client.get("/tools/v1/openapi.json").json()
        assert document["servers"] == [{"url": f"{address}/v1"}]
        assert 'action="/tools/check"' in service.client.get("/tools/").text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example"])
def test_it_answers_to_no_name_of_others(service: Service, host: str) -> None:
    """DNS rebinding: pages of others would reach this machine under names of their own."""
    for path in ("/", "/metrics", "/api/v1/openapi.json"):
        answer = service.client.get(path, headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (421, "misdirected")
    asked = service.post(
        files={"file": ("x", SIGNED)}, headers={"Host": host, "Origin": f"http://{host}"}
    )
    assert asked.status_code == 421


def test_metrics_count_by_what_was_found(service: Service) -> None:
    before = service.count('aidisclose_files_total{result="valid"}')
    service.verify(SIGNED)
    assert service.count('aidisclose_files_total{result="valid"}') == before + 1
    assert service.count("aidisclose_workers") == 2
    assert service.count('aidisclose_requests_total{route="/api/v1/verify",status="200"}') > 0


def test_it_ends_well(home: Path) -> None:
    with serving(home) as service:
        workers = service.workers()
        assert len(workers) == 2
        assert service.stop() == 0
        assert service.events[-1]["event"] == "stopping"
        assert not any(Path(f"/proc/{each}").exists() for each in workers)
