"""A client that openapi-python-client makes out of our OpenAPI document alone agrees with us."""

from __future__ import annotations

import base64
import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aidisclose.durable import iscc
from aidisclose.repository.sqlite import SqliteRepository
from tests.durable.pictures import encoded, scene
from tests.issuing import Issued
from tests.repository.stores import printed, signed
from tests.resolution.test_publication import TOKEN, VARIABLE
from tests.service.running import Service, serving

#: Media types that generators do not know are bytes.
MEDIA = ("application/c2pa", "image/*", "text/plain")


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, issued: Issued
) -> Iterator[tuple[Service, Path]]:
    home = tmp_path_factory.mktemp("generated") / "home"
    shutil.copytree(issued("es256").folder, home / "credentials" / "default")
    path = home / "server.sqlite"
    SqliteRepository(path, create=True).close()
    options = ("--repository", path, "--sign-results")
    with serving(home, *options, variables={VARIABLE: TOKEN}) as running:
        yield running, home


@pytest.fixture(scope="module")
def generated(
    service: tuple[Service, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The folder of a client, made by the generator out of the document of a server."""
    folder = tmp_path_factory.mktemp("client")
    document = service[0].client.get("/v1/openapi.json").json()
    (folder / "openapi.json").write_text(json.dumps(document))
    overrides = dict.fromkeys(MEDIA, "application/octet-stream")
    (folder / "config.json").write_text(json.dumps({"content_type_overrides": overrides}))
    command = (
        *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"),
        *("--path", "openapi.json", "--config", "config.json", "--output-path", "resolution_of"),
    )
    variables = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "Endpoint will not be generated" not in done.stdout, done.stdout
    sys.path.insert(0, str(folder))
    yield folder / "resolution_of"
    sys.path.remove(str(folder))


def test_a_generated_client_does_everything(
    service: tuple[Service, Path], generated: Path, issued: Issued
) -> None:
    def module(name: str) -> Any:
        return importlib.import_module(f"resolution_of.{name}")

    calls = {each.stem for each in (generated / "api" / "default").glob("[a-z]*.py")}
    url = service[0].url
    client = module("client").AuthenticatedClient(
        base_url=f"{url}/v1", token=TOKEN, raise_on_unexpected_status=True
    )
    asked = client.get_httpx_client()

    def call(name: str, *path: str, **more: Any) -> Any:
        calls.remove(name)
        answer = module(f"api.default.{name}").sync_detailed(*path, client=client, **more)
        assert answer.status_code in (200, 204), (name, answer.content)
        return answer.parsed

    models, file = module("models"), module("types").File
    store, picture = signed(issued, scene(3), printed(scene(3))), scene(3).resize((200, 150))
    stored = call("add_manifest", body=file(payload=store), return_receipt=True)
    name = stored.manifest_id
    value = base64.b64encode(printed(scene(3)).value).decode()
    further = base64.b64encode(printed(scene(9)).value).decode()
    found = [
        call("query_by_binding", alg=iscc.ALG, value=value, max_results=1),
        call("query_by_large_binding", body=models.Query(alg=iscc.ALG, value=value)),
        call("upload_file", body=file(payload=encoded(picture, "JPEG", quality=60))),
    ]
    assert [[each.manifest_id for each in answer.matches] for answer in found] == [[name]] * 3
    assert found[0].matches[0].similarity_score == 100  # the very file
    assert call("get_manifest_by_id", name).payload.read() == store
    assert call("get_verified_receipt", name).verified is True
    assert call("verify_receipt", name, body=stored.receipt).verified is True
    for each in ("associate_manifest", "update_associated_manifest"):
        call(each, body=models.Binding(binding_value=further, manifest_id=name))
    assert call("get_service_status").status.value == "ok"
    assert "storeBindings" in call("get_service_capabilities").supported_capabilities
    assert [each.alg for each in call("get_supported_bindings").fingerprints] == [iscc.ALG]
    call("delete_manifest", name)
    asked.close()
    # It is of another server, and asks for a file on the public internet.
    assert calls == {"get_well_known", "query_by_reference"}
