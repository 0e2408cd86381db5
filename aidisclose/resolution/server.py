"""The server of the Soft Binding Resolution API: what reads a repository (C2PA 2.5, Decoupled).

Whoever knows the writer's token can also store and remove manifests, and bind values to them;
without one nobody can. Files that strangers send are decoded in processes of their own.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import IO, Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from aidisclose import limits
from aidisclose.codec import jumbf
from aidisclose.containers import sidecar
from aidisclose.durable import iscc
from aidisclose.errors import (
    AidiscloseError,
    LimitExceeded,
    Malformed,
    Unreachable,
    UnsupportedFormat,
    UsageError,
)
from aidisclose.io import http
from aidisclose.manifest import softbinding, store
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.named import NamedTuple
from aidisclose.repository.recovery import Traces
from aidisclose.repository.repository import Match, Repository
from aidisclose.resolution import openapi, receipt, tracing
from aidisclose.signing.signer import Signer

#: Version of the API, in the form that it asks for.
VERSION: Final = openapi.VERSION
_BASE: Final = openapi.BASE
_DEFAULT: Final = 10
#: RFC 6749 §10.10: a token must not be guessed by trying.
_LEAST_TOKEN: Final = 16
#: A query in JSON: base64 takes a third more than the value.
_BODY: Final = 2 * limits.SOFT_BINDING_SIZE
_MEDIA_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9.+-]{1,80}")
#: What a file may be, by the first part of its media type.
_KINDS: Final = frozenset({"image", "audio", "video", "application", "model", "text"})


class ServerTerms(NamedTuple):
    """The operations of the API, and who may call them.

    Attributes:
        writer: The token of those who may store and remove manifests, which they send as
            `Authorization: Bearer TOKEN`, 16 characters or more; None if nobody may.
        signer: Signs receipts; None if there are none.
        size: Bytes that a file may have that is searched for by its content.
        addresses: Whether files are fetched from addresses that others name.
        base: The public address under which the API is, without a slash at its end; if empty, the
            API names its own paths alone.
    """

    writer: str | None = None
    signer: Signer | None = None
    size: int = limits.FETCHED_SIZE
    addresses: bool = False
    base: str = ""

    def check(self) -> None:
        """Raise UsageError if the token is shorter, or has other characters than ASCII."""
        if self.writer is not None and (
            len(self.writer) < _LEAST_TOKEN or not self.writer.isascii()
        ):
            raise UsageError(f"invalid token: expected {_LEAST_TOKEN} or more characters of ASCII")

    @property
    def capabilities(self) -> list[str]:
        """The operations that not every server offers."""
        reads = ["queryByContent", *(["queryByReference"] if self.addresses else [])]
        return [*reads, *(["storeManifests", "storeBindings"] if self.writer is not None else [])]


class _Refused(Exception):
    """A request that is not answered as asked."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


_Answer = Callable[[Request], Awaitable[Response]]


def routes(repository: Repository, terms: ServerTerms = ServerTerms()) -> list[Route]:  # noqa: B008 - immutable
    """The routes of the API, for an application to mount at the root of its host.

    Arguments:
        repository: The repository to search; it stays open as long as the routes are used.
        terms: The operations that are offered, and who may call them.

    Raises:
        UsageError: The token is too short, or has other characters than ASCII.
    """
    terms.check()
    api = _Api(repository, terms)
    listed: dict[str, dict[str, _Answer]] = {
        "/matches/byBinding": {"GET": api.by_binding, "POST": api.by_large_binding},
        "/matches/byContent": {"POST": api.by_content},
        "/manifests/{name}": {"GET": api.manifest},
        "/manifests/{name}/receipts": {"GET": api.receipt, "POST": api.check_receipt},
        "/services/supportedAlgorithms": {"GET": api.algorithms},
        "/services/status": {"GET": api.status},
        "/services/capabilities": {"GET": api.capabilities},
        "/openapi.json": {"GET": api.document},
    }
    if terms.addresses:
        listed["/matches/byReference"] = {"POST": api.by_reference}
    if terms.writer is not None:
        listed["/manifests"] = {"POST": api.store}
        listed["/manifests/{name}"]["DELETE"] = api.remove
        listed["/bindings"] = {"POST": api.bind, "PUT": api.rebind}
    found = [
        Route(_BASE + path, _told(answers), methods=[*answers]) for path, answers in listed.items()
    ]
    well_known = "/.well-known/c2pa-soft-binding-resolution"
    return [*found, Route(well_known, _told({"GET": api.well_known}), methods=["GET"])]


def _told(answers: dict[str, _Answer]) -> _Answer:
    """Answers by method, where what is refused, or cannot be read, becomes a response."""

    async def respond(request: Request) -> Response:
        # Starlette adds HEAD to routes of GET.
        way = "GET" if request.method == "HEAD" else request.method
        try:
            return await answers[way](request)
        except _Refused as error:
            return PlainTextResponse(str(error), error.status)
        except (OSError, Malformed):
            # Not its text: a driver may name its server, and a visitor can do nothing about it.
            return PlainTextResponse("the repository cannot be read or written", 500)

    return respond


class _Api:
    def __init__(self, repository: Repository, terms: ServerTerms) -> None:
        self._repository = repository
        self._terms = terms
        self._examined = 0
        self._fetched = 0

    # what is found

    async def by_binding(self, request: Request) -> Response:
        query = request.query_params
        return await self._by_value(request, query.get("alg"), query.get("value"))

    async def by_large_binding(self, request: Request) -> Response:
        query = _object(await _body(request, _BODY), "the query")
        return await self._by_value(request, query.get("alg"), query.get("value"))

    async def _by_value(self, request: Request, alg: object, value: object) -> Response:
        most = _most(request)
        binding = _binding(alg, value)
        return _matches(await run_in_threadpool(self._search, (binding,), most))

    async def by_content(self, request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition("/")[0].strip().lower()
        if kind not in _KINDS:
            raise _Refused("the media type is not one of an asset", 415)
        most, hints, alg = _most(request), _hints(request), request.query_params.get("alg")
        with tempfile.TemporaryFile() as file:
            size = 0
            async for piece in request.stream():
                size += len(piece)
                if size > self._terms.size:
                    raise _Refused(f"the asset has more than {self._terms.size:,} bytes")
                file.write(piece)
            if not size:
                raise _Refused("the asset is empty")
            return await self._by_file(file, most, hints, alg)

    async def by_reference(self, request: Request) -> Response:
        asked = _object(await _body(request, _BODY), "the reference")
        most, hints, alg = _most(request), _hints(request), request.query_params.get("alg")
        address, length, kind = (
            asked.get(name) for name in ("referenceUrl", "assetLength", "assetType")
        )
        if not isinstance(address, str) or not address.startswith("https://"):
            raise _Refused("referenceUrl is not an address of https")
        # `true` is an int in Python, and in JSON it is not a number.
        if not isinstance(length, int) or isinstance(length, bool) or length < 1:
            raise _Refused("assetLength is not a number of bytes")
        if kind is not None:
            kind = _media_type(kind)
        if asked.get("region"):
            raise _Refused("regions of interest are not searched for")
        limit = min(length, self._terms.size, limits.FETCHED_SIZE)
        if self._fetched >= limits.FETCHES:
            raise _Refused("too much is being fetched; try again in a moment", 503)
        self._fetched += 1
        try:
            # Addresses are resolved and fetched with blocking calls: other requests are answered
            # meanwhile.
            found = await run_in_threadpool(
                http.ask_public,
                address,
                media_type=kind or "*/*",
                timeout=limits.FETCH_TIME,
                limit=limit,
            )
        except Unreachable as error:
            raise _Refused(f"the asset cannot be fetched: {error}") from None
        finally:
            self._fetched -= 1
        if not found.is_success or len(found.body) > limit:
            raise _Refused("the asset cannot be fetched, or is larger than it may be")
        with tempfile.TemporaryFile() as file:
            file.write(found.body)
            return await self._by_file(file, most, hints, alg, kind)

    async def _by_file(
        self,
        file: IO[bytes],
        most: int,
        hints: tuple[SoftBinding, ...],
        alg: str | None,
        kind: str | None = None,
    ) -> Response:
        """The answer about a file: what it leads to, and what the hint does."""
        if self._examined >= limits.TRACES:
            raise _Refused("too many files are being examined; try again in a moment", 503)
        self._examined += 1
        try:
            found = await run_in_threadpool(tracing.traces_of, file, kind)
        except UnsupportedFormat as error:
            # With a type that was named the request is wrong; without one, the content is.
            raise _Refused(str(error), 400 if kind else 415) from None
        except (Malformed, LimitExceeded) as error:
            raise _Refused(str(error)) from None
        except UsageError as error:
            raise _Refused(str(error), 500) from None
        finally:
            self._examined -= 1
        marks = tuple(each for each in found.watermarks if alg in (None, each.alg))
        units = found.units if alg in (None, iscc.ALG) else ()
        return _matches(
            await run_in_threadpool(self._search, (*hints, *marks), most, Traces(units))
        )

    def _search(
        self,
        bindings: tuple[SoftBinding, ...],
        most: int,
        traces: Traces = Traces(),  # noqa: B008
    ) -> list[Match]:
        best: dict[str, Match] = {}
        try:
            for binding in bindings:
                for each in self._repository.by_binding(binding, most):
                    # The first wins: a value that was embedded comes before what merely looks
                    # alike.
                    best.setdefault(each.id, each)
        except Malformed as error:
            raise _Refused(str(error)) from None
        for each in self._repository.near(traces.units, most):
            best.setdefault(each.id, each)
        return list(best.values())[:most]

    # what is stored

    async def manifest(self, request: Request) -> Response:
        alone = _flag(request, "returnActiveManifest")
        found = await run_in_threadpool(self._repository.get, _name(request))
        if found is None:
            raise _Refused("unknown manifest", 404)
        content = _active(found) if alone else found
        return Response(content, media_type=sidecar.MEDIA_TYPE)

    async def store(self, request: Request) -> Response:
        self._demand(request)
        wants = _flag(request, "returnReceipt")
        body = await _body(request, limits.REMOTE_STORE_SIZE, "the manifest store is too large")
        return await run_in_threadpool(self._add, body, self._address(request), wants)

    def _add(self, content: bytes, base: str, wants_receipt: bool) -> Response:
        try:
            name = self._repository.add(content).id
        except AidiscloseError as error:
            raise _Refused(str(error)) from None
        answer: dict[str, object] = {"manifestId": name}
        entry = self._repository.entry(name)
        if self._terms.signer is not None and entry is not None:
            made = receipt.issue(entry, base, self._terms.signer)
            # The first receipt stays: it has the earliest time, and somebody may hold it already.
            kept = self._repository.keep_receipt(name, json.dumps(made))
            answer |= {"receipt": receipt.parse(kept)} if wants_receipt else {}
        return JSONResponse(answer)

    async def remove(self, request: Request) -> Response:
        self._demand(request)
        if await run_in_threadpool(self._repository.remove, _name(request)):
            return Response(status_code=204)
        raise _Refused("unknown manifest", 404)

    async def bind(self, request: Request) -> Response:
        return await self._bind(request, replaces=False)

    async def rebind(self, request: Request) -> Response:
        return await self._bind(request, replaces=True)

    async def _bind(self, request: Request, *, replaces: bool) -> Response:
        self._demand(request)
        asked = _object(await _body(request, _BODY), "the binding")
        name = asked.get("manifestId")
        if not isinstance(name, str) or "\0" in name:
            raise _Refused("bindingValue and manifestId are needed")
        # The API has no place for the algorithm; a value without one is a fingerprint.
        binding = _binding(asked.get("alg", iscc.ALG), asked.get("bindingValue"))
        if binding.alg == iscc.ALG:
            try:
                iscc.searched(binding.value)
            except Malformed as error:
                raise _Refused(str(error)) from None
        bound = await run_in_threadpool(self._repository.bind, name, binding, replaces=replaces)
        if not bound:
            raise _Refused("unknown manifest, or a value that nothing is bound to", 404)
        return Response(status_code=204)

    def _demand(self, request: Request) -> None:
        """Refuse who has not the writer's token."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        writer = self._terms.writer
        if writer is None or scheme.lower() != "bearer":
            raise _Refused("not allowed", 403)
        # In constant time: otherwise answers tell how many characters were right.
        if not hmac.compare_digest(token.strip().encode(), writer.encode()):
            raise _Refused("not allowed", 403)

    # what is attested

    async def receipt(self, request: Request) -> Response:
        kept = await run_in_threadpool(self._repository.receipt, _name(request))
        if kept is None:
            raise _Refused("there is no receipt", 404)
        return JSONResponse({**receipt.parse(kept), "verified": True})

    async def check_receipt(self, request: Request) -> Response:
        given = _object(await _body(request, limits.CHUNK), "the receipt")
        name = _name(request)
        entry = await run_in_threadpool(self._repository.entry, name)
        if entry is None or entry.store is None:
            raise _Refused("unknown manifest", 404)
        kept = await run_in_threadpool(self._repository.receipt, name)
        try:
            reason = receipt.problem(given, entry, self._terms.signer, kept)
        except Malformed as error:
            raise _Refused(str(error)) from None
        told = {"verified": True} if reason is None else {"verified": False, "error": reason}
        return JSONResponse({**given, **told})

    # what the service is

    async def algorithms(self, _request: Request) -> Response:
        kinds = softbinding.ALGORITHMS.items()
        marks = [{"alg": name} for name, kind in kinds if kind == softbinding.WATERMARK]
        return JSONResponse({"watermarks": marks, "fingerprints": [{"alg": iscc.ALG}]})

    async def status(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "timestamp": datetime.now(UTC).isoformat()})

    async def capabilities(self, _request: Request) -> Response:
        offered = self._terms.capabilities
        return JSONResponse({"c2paSpecificationVersion": VERSION, "supportedCapabilities": offered})

    async def well_known(self, request: Request) -> Response:
        base = self._address(request)
        return JSONResponse(
            {
                "apiEndpoint": base,
                "c2paSpecificationVersion": VERSION,
                "capabilitiesEndpoint": f"{base}/services/capabilities",
                "statusEndpoint": f"{base}/services/status",
            }
        )

    async def document(self, request: Request) -> Response:
        return JSONResponse(openapi.document(self._address(request), self._terms.capabilities))

    def _address(self, request: Request) -> str:
        """The address of the API, or its path."""
        # Not the Host header: whoever asks chooses that, and a receipt would sign it.
        base: str = self._terms.base or request.scope.get("root_path", "")
        return base + _BASE


def _name(request: Request) -> str:
    """The label of a manifest in the path; PostgreSQL has no text with NUL, nor any label."""
    name: str = request.path_params["name"]
    if "\0" in name:
        raise _Refused("unknown manifest", 404)
    return name


async def _body(request: Request, limit: int, reason: str = "the request is too long") -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            raise _Refused(reason)
    return bytes(body)


def _object(body: bytes, what: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
        # What is not Unicode, or not a number, can neither be searched for nor be answered with.
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise _Refused(f"{what} is not JSON") from None
    if not isinstance(found, dict):
        raise _Refused(f"{what} is not an object")
    return found


def _most(request: Request) -> int:
    most = request.query_params.get("maxResults", str(_DEFAULT))
    # `isdigit` alone takes digits of other scripts, and `int` takes quadratic time for long ones.
    if not (most.isascii() and most.isdigit() and len(most) < 10 and int(most)):
        raise _Refused("invalid maxResults: expected a number from 1")
    return int(most)


def _flag(request: Request, name: str) -> bool:
    value = request.query_params.get(name, "false")
    if value not in ("true", "false"):
        raise _Refused(f"invalid {name}: expected true or false")
    return value == "true"


def _media_type(value: object) -> str:
    """A media type of an asset, without parameters; it goes into a request to others."""
    kind = value.partition(";")[0].strip().lower() if isinstance(value, str) else ""
    if not _MEDIA_TYPE.fullmatch(kind) or kind.partition("/")[0] not in _KINDS:
        raise _Refused("assetType is not the media type of an asset")
    return kind


def _hints(request: Request) -> tuple[SoftBinding, ...]:
    alg, value = (request.query_params.get(name) for name in ("hintAlg", "hintValue"))
    return () if alg is None and value is None else (_binding(alg, value),)


def _binding(alg: object, value: object) -> SoftBinding:
    if not (isinstance(alg, str) and isinstance(value, str)) or "\0" in alg:
        raise _Refused("algorithm and value are needed, as text")
    try:
        return SoftBinding(alg, _decode(value))
    except UsageError as error:
        raise _Refused(str(error)) from None


def _decode(value: str) -> bytes:
    """Base64 of either alphabet, padded or not; + may have become a space on the way.

    Raises:
        UsageError: It is something else.
    """
    # A query string turns + into a space (application/x-www-form-urlencoded), and the API does not
    # say which alphabet counts.
    text = value.strip().replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise UsageError("value is not base64") from None


def _matches(found: list[Match]) -> Response:
    listed = [{"manifestId": each.id, "similarityScore": each.score} for each in found]
    return JSONResponse({"matches": listed})


def _active(content: bytes) -> bytes:
    """A store with the active manifest only."""
    newest = store.parse(content).active.box.whole
    return jumbf.superbox(store.STORE, "c2pa", [bytes(newest)])
