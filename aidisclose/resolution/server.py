"""The server of the Soft Binding Resolution API: what reads a repository (C2PA 2.5, Decoupled).

Whoever knows the writer's token can also store and remove manifests; without one nobody can.
"""

from __future__ import annotations

import base64
import binascii
import hmac
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
from aidisclose.errors import AidiscloseError, Malformed, UsageError
from aidisclose.manifest import softbinding
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.repository.repository import Repository

#: Version of the API, in the form that it asks for.
VERSION: Final = "2.4.0"
_BASE: Final = "/v1"
_DEFAULT: Final = 10
_LEAST_TOKEN: Final = 16
#: A query in JSON: base64 takes a third more than the value.
_BODY: Final = 2 * limits.SOFT_BINDING_SIZE


def routes(repository: Repository, *, writer: str | None = None) -> list[Route]:
    """The routes of the API, for an application to mount at the root of its host.

    Arguments:
        repository: What is searched; it stays open as long as the routes are used.
        writer: The token of those who may store and remove manifests, which they send as
            `Authorization: Bearer TOKEN`, 16 characters or more; without it, nobody may.

    Raises:
        UsageError: The token is shorter, or has other characters than ASCII.
    """
    if writer is not None and (len(writer) < _LEAST_TOKEN or not writer.isascii()):
        raise UsageError(f"invalid token: expected {_LEAST_TOKEN} or more characters of ASCII")
    api = _Api(repository, writer)
    writing = [
        Route(f"{_BASE}/manifests", api.store, methods=["POST"]),
        Route(f"{_BASE}/manifests/{{name}}", api.remove, methods=["DELETE"]),
    ]
    return [
        *(writing if writer is not None else ()),
        Route(f"{_BASE}/matches/byBinding", api.by_binding, methods=["GET"]),
        Route(f"{_BASE}/matches/byBinding", api.by_large_binding, methods=["POST"]),
        Route(f"{_BASE}/manifests/{{name}}", api.manifest, methods=["GET"]),
        Route(f"{_BASE}/manifests/{{name}}/receipts", _no_receipt, methods=["GET"]),
        Route(f"{_BASE}/services/supportedAlgorithms", _algorithms, methods=["GET"]),
        Route(f"{_BASE}/services/status", _status, methods=["GET"]),
        Route(f"{_BASE}/services/capabilities", api.capabilities, methods=["GET"]),
        Route("/.well-known/c2pa-soft-binding-resolution", _well_known, methods=["GET"]),
    ]


class _Api:
    def __init__(self, repository: Repository, writer: str | None) -> None:
        self._repository = repository
        self._writer = writer

    def _may_write(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if self._writer is None or scheme.lower() != "bearer":
            return False
        return hmac.compare_digest(token.strip().encode(), self._writer.encode())

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

    def capabilities(self, _request: Request) -> Response:
        supported = [] if self._writer is None else ["storeManifests"]
        return JSONResponse(
            {"c2paSpecificationVersion": VERSION, "supportedCapabilities": supported}
        )

    async def store(self, request: Request) -> Response:
        if not self._may_write(request):
            return _forbidden()
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > limits.REMOTE_STORE_SIZE:
                return _refused("the manifest store is too large")
        return await run_in_threadpool(self._add, bytes(body))

    def _add(self, store: bytes) -> Response:
        try:
            stored = self._repository.add(store)
        except AidiscloseError as error:
            return _refused(str(error))
        return JSONResponse({"manifestId": stored.id})

    def remove(self, request: Request) -> Response:
        if not self._may_write(request):
            return _forbidden()
        if self._repository.remove(request.path_params["name"]):
            return Response(status_code=204)
        return PlainTextResponse("unknown manifest", 404)


def _forbidden() -> Response:
    return PlainTextResponse("not allowed", 403)


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
