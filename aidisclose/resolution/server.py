"""The server of the Soft Binding Resolution API: what reads a repository (C2PA 2.5, Decoupled).

Nothing can be stored or removed through it: `supportedCapabilities` says so.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from aidisclose import limits
from aidisclose.containers import sidecar
from aidisclose.durable import iscc
from aidisclose.errors import Malformed, UsageError
from aidisclose.manifest import softbinding
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.repository.sqlite import Repository

#: Version of the API, in the form that it asks for.
VERSION: Final = "2.4.0"
_BASE: Final = "/v1"
_DEFAULT: Final = 10
#: A query in JSON: base64 takes a third more than the value.
_BODY: Final = 2 * limits.SOFT_BINDING_SIZE


def routes(repository: Repository) -> list[Route]:
    """The routes that search and fetch, for an application to mount at the root of its host.

    Arguments:
        repository: What is searched; it stays open as long as the routes are used.
    """
    api = _Api(repository)
    return [
        Route(f"{_BASE}/matches/byBinding", api.by_binding, methods=["GET"]),
        Route(f"{_BASE}/matches/byBinding", api.by_large_binding, methods=["POST"]),
        Route(f"{_BASE}/manifests/{{name}}", api.manifest, methods=["GET"]),
        Route(f"{_BASE}/manifests/{{name}}/receipts", _no_receipt, methods=["GET"]),
        Route(f"{_BASE}/services/supportedAlgorithms", _algorithms, methods=["GET"]),
        Route(f"{_BASE}/services/status", _status, methods=["GET"]),
        Route(f"{_BASE}/services/capabilities", _capabilities, methods=["GET"]),
        Route("/.well-known/c2pa-soft-binding-resolution", _well_known, methods=["GET"]),
    ]


class _Api:
    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def by_binding(self, request: Request) -> Response:
        query = request.query_params
        return self._matches(request, query.get("alg"), query.get("value"))

    async def by_large_binding(self, request: Request) -> Response:
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > _BODY:
                return _refused("the query is too long")
        try:
            query = json.loads(body)
        except (ValueError, RecursionError):
            return _refused("the query is not JSON")
        if not isinstance(query, dict):
            return _refused("the query is not an object")
        alg, value = query.get("alg"), query.get("value")
        return await run_in_threadpool(self._matches, request, alg, value)

    def _matches(self, request: Request, alg: object, value: object) -> Response:
        most = request.query_params.get("maxResults", str(_DEFAULT))
        if not (most.isascii() and most.isdigit() and len(most) < 10 and int(most)):
            return _refused("invalid maxResults: expected a number from 1")
        if not (isinstance(alg, str) and isinstance(value, str)):
            return _refused("alg and value are needed")
        try:
            binding = SoftBinding(alg, _decode(value))
            found = self._repository.by_binding(binding, int(most))
        except (UsageError, Malformed) as error:
            return _refused(str(error))
        listed = [{"manifestId": each.id, "similarityScore": each.score} for each in found]
        return JSONResponse({"matches": listed})

    def manifest(self, request: Request) -> Response:
        if request.query_params.get("returnActiveManifest", "false") != "false":
            return _refused("only whole manifest stores are returned")
        store = self._repository.get(request.path_params["name"])
        if store is None:
            return PlainTextResponse("unknown manifest", 404)
        return Response(store, media_type=sidecar.MEDIA_TYPE)


def _decode(value: str) -> bytes:
    """Base64 of either alphabet, padded or not; + may have become a space on the way.

    Raises:
        UsageError: It is something else.
    """
    text = value.strip().replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise UsageError("value is not base64") from None


def _refused(reason: str) -> Response:
    return PlainTextResponse(reason, 400)


def _no_receipt(_request: Request) -> Response:
    return PlainTextResponse("there is no receipt", 404)


def _algorithms(_request: Request) -> Response:
    kinds = softbinding.ALGORITHMS.items()
    marks = [{"alg": name} for name, kind in kinds if kind == softbinding.WATERMARK]
    return JSONResponse({"watermarks": marks, "fingerprints": [{"alg": iscc.ALG}]})


def _status(_request: Request) -> Response:
    return JSONResponse({"status": "ok", "timestamp": datetime.now(UTC).isoformat()})


def _capabilities(_request: Request) -> Response:
    return JSONResponse({"c2paSpecificationVersion": VERSION, "supportedCapabilities": []})


def _well_known(request: Request) -> Response:
    base = str(request.base_url).rstrip("/") + _BASE
    return JSONResponse(
        {
            "apiEndpoint": base,
            "c2paSpecificationVersion": VERSION,
            "capabilitiesEndpoint": f"{base}/services/capabilities",
            "statusEndpoint": f"{base}/services/status",
        }
    )
