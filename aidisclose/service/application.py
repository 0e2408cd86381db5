"""The application: its pages, its API, and its checks of health."""

from __future__ import annotations

import base64
import contextlib
import io
import os
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import IO, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from aidisclose import limits
from aidisclose.errors import Unreachable
from aidisclose.io import http
from aidisclose.policy import detection
from aidisclose.policy.receipt import Chain
from aidisclose.render import json as documents
from aidisclose.render import language as languages
from aidisclose.render.language import Language, mark
from aidisclose.render.page import document as pages
from aidisclose.render.page.article import LIMITS
from aidisclose.service import openapi
from aidisclose.service.answers import Fate, WorkerAnswer
from aidisclose.service.configuration import Configuration
from aidisclose.service.guard import Guard
from aidisclose.service.journal import Journal
from aidisclose.service.metrics import MEDIA_TYPE, Metrics
from aidisclose.service.pool import Busy, Pool
from aidisclose.service.problem import PASSING, again, problem
from aidisclose.service.spool import Refused, Spool, Wanted, spool, too_large
from aidisclose.service.worker import Terms

#: Statuses of files that could not be checked.
_FAILED: Final = {
    Fate.UNSUPPORTED: 422,
    Fate.UNREADABLE: 422,
    Fate.COSTLY: 422,
    Fate.LOST: 503,
}
#: Bytes of a refused upload that are read and forgotten, so that its sender reads the answer.
_FORGOTTEN: Final = 4 * limits.MIB
_CACHED: Final = {"Cache-Control": "public, max-age=3600"}

#: What a visitor is told, by the code of a refusal.
_REFUSALS: Final = {
    "bad_request": mark("Choose one file, or name one address."),
    "unsupported_media_type": mark("Choose one file, or name one address."),
    "no_addresses": mark("This service fetches no addresses."),
    "too_slow": mark("The upload came too slowly."),
    "too_large": mark("The file is too large: files of up to {size} MiB are checked."),
    "unreachable": mark("The address cannot be fetched: it has to be public, and that of a file."),
    "unsupported_format": mark("Files of this kind cannot carry Content Credentials."),
    "unreadable": mark("The file is damaged, or not what it seems to be."),
    "too_costly": mark("Checking the file takes too much time or memory."),
    "interrupted": mark("Checking the file was interrupted. Try again."),
    "busy": mark("Too many files are being checked. Try again in a moment."),
    "no_room": mark("There is no room for uploads now. Try again in a moment."),
}


def build(
    configuration: Configuration,
    *,
    journal: Journal | None = None,
    routes: Iterable[BaseRoute] = (),
) -> ASGIApp:
    """The application.

    Arguments:
        configuration: Its settings.
        journal: Its log; standard error if None.
        routes: Further routes, such as those of `resolution.server`.
    """
    metrics = Metrics()
    log = journal or Journal()
    service = _Service(configuration, metrics, log)
    origins = configuration.origins
    cors = Middleware(
        CORSMiddleware,
        allow_origins=sorted(origins),
        allow_methods=("GET", "POST"),
        allow_headers=("Content-Type",),
        expose_headers=("Retry-After",),
    )
    app = Starlette(
        routes=[*service.routes(), *routes],
        middleware=[cors] if origins else [],
        exception_handlers={HTTPException: _http_error},
        lifespan=service.run,
    )
    # An open redirect: it would lead to whatever host a request names.
    app.router.redirect_slashes = False
    return Guard(
        app,
        root_path=configuration.root_path,
        names=configuration.names,
        origins=origins,
        journal=log,
        metrics=metrics,
    )


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    await _forget(request)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
    headers = dict(error.headers or {})
    return problem(error.status_code, code, error.detail, headers)


class _Service:
    """The routes, and the spool, the workers and the counts that they share."""

    def __init__(self, configuration: Configuration, metrics: Metrics, journal: Journal) -> None:
        self._configuration = configuration
        self._metrics = metrics
        self._journal = journal
        self._spool = Spool(size=configuration.size, total=configuration.spool)
        self._fetches = 0
        terms = Terms(
            trust=configuration.trust,
            memory=configuration.memory,
            time=configuration.time,
            personal=configuration.personal,
        )
        self._pool = Pool(
            terms,
            workers=configuration.workers,
            waiting=configuration.waiting,
            time=configuration.time,
        )
        watch = metrics.watch
        watch("aidisclose_workers", "Workers that run.", lambda: self._pool.running)
        watch("aidisclose_workers_lost", "Workers that were killed.", lambda: self._pool.lost)
        watch("aidisclose_waiting", "Files that wait for a worker.", lambda: self._pool.waiting)
        watch("aidisclose_uploads", "Uploads that come now.", lambda: self._spool.uploads)
        watch("aidisclose_spool_bytes", "Bytes of uploads here now.", lambda: self._spool.used)
        self._document = openapi.document(configuration)

    @contextlib.asynccontextmanager
    async def run(self, _app: Starlette) -> AsyncIterator[None]:
        """Have workers, as long as the application runs."""
        async with self._pool:
            self._journal.write("ready", workers=self._pool.running)
            yield
            self._journal.write("stopping")

    def routes(self) -> list[BaseRoute]:
        """The routes and the functions that answer them."""
        found: list[BaseRoute] = [
            Route("/", self._start, methods=["GET"]),
            Route("/check", self._page_result, methods=["POST"]),
            Route("/about", self._about, methods=["GET"]),
            Route("/static/page.css", _style, methods=["GET"]),
            Route("/static/page.js", _script, methods=["GET"]),
            Route(f"{openapi.BASE}/openapi.json", self._openapi, methods=["GET"]),
            Route(f"{openapi.BASE}/verify", self._verify, methods=["POST"]),
            Route("/health", _health, methods=["GET"]),
            Route("/ready", self._ready, methods=["GET"]),
            Route("/metrics", self._counts, methods=["GET"]),
        ]
        if self._configuration.signer is not None:
            found.append(Route(f"{openapi.BASE}/result", self._signed, methods=["POST"]))
        return found

    async def _answer(self, request: Request, *, language: str = "") -> WorkerAnswer:
        """The findings of a worker in the file or address of a request.

        Raises:
            Refused: It cannot be checked; the reason is the request, or that there is too much.
            ClientDisconnect: The visitor went away.
        """
        most = limits.FRESH * self._configuration.workers
        # Before the body is read: who is turned away shall not have sent a gigabyte first.
        if self._pool.is_busy or self._spool.fresh >= most:
            raise _busy()
        async with self._spool.receive(request) as wanted:
            with contextlib.ExitStack() as files:
                file = wanted.file or await self._fetch(wanted, files)
                size = os.fstat(file.fileno()).st_size
                try:
                    answer = await self._pool.check(file.fileno(), language=language)
                except Busy:
                    raise _busy() from None
        result = answer.state or answer.outcome.value
        request.scope["aidisclose.result"] = result
        self._metrics.file(result, size)
        if answer.outcome is Fate.CHECKED:
            return answer
        if answer.outcome is Fate.LOST:
            self._journal.write("lost", reason=answer.reason)
            reason = "checking it was interrupted"
        else:
            reason = answer.reason
        raise Refused(_FAILED[answer.outcome], answer.outcome.value, reason)

    async def _fetch(self, wanted: Wanted, files: contextlib.ExitStack) -> IO[bytes]:
        """The file at an address, which somebody chose whom nobody knows."""
        if not self._configuration.addresses:
            raise Refused(403, "no_addresses", "this service fetches no addresses")
        if self._fetches >= limits.FETCHES:
            raise _busy()
        size = min(self._configuration.size, limits.FETCHED_SIZE)
        self._fetches += 1
        try:
            found = await run_in_threadpool(
                http.ask_public,
                wanted.address,
                media_type="*/*",
                timeout=limits.FETCH_TIME,
                limit=size,
            )
        except Unreachable as error:
            reason = f"the address cannot be fetched: {error}"
            raise Refused(422, "unreachable", reason) from None
        finally:
            self._fetches -= 1
        if not found.is_success:
            reason = f"the address cannot be fetched: its server answers {found.status}"
            raise Refused(422, "unreachable", reason)
        if len(found.body) > size:
            raise too_large(size)
        # In memory until it is in a file: it counts as an upload meanwhile.
        self._spool.take(len(found.body))
        try:
            return await spool(found.body, files)
        finally:
            self._spool.used -= len(found.body)

    async def _verify(self, request: Request) -> Response:
        try:
            answer = await self._answer(request)
        except Refused as error:
            return await _refusal(request, error)
        except ClientDisconnect:
            return Response(status_code=400)
        document = {**documents.head(datetime.now(UTC)), "result": answer.document}
        return _json(document)

    async def _signed(self, request: Request) -> Response:
        try:
            answer = await self._answer(request)
            return Response(await self._receipt(answer), media_type="application/json")
        except Refused as error:
            return await _refusal(request, error)
        except ClientDisconnect:
            return Response(status_code=400)

    async def _receipt(self, answer: WorkerAnswer) -> str:
        """The signed result."""
        configuration, now = self._configuration, datetime.now(UTC)
        signer, written = configuration.signer, io.StringIO()
        if signer is None or answer.entry is None:
            return ""
        head = detection.head(trust=configuration.trust, time=now, at=now, online=False)
        chain = Chain(written.write, head)
        chain.add(answer.entry)
        # The key may be in a device.
        await run_in_threadpool(
            chain.seal, complete=True, alg=signer.alg, chain=signer.chain, sign=signer.sign
        )
        return written.getvalue()

    async def _start(self, request: Request) -> Response:
        return self._page(request, "start.html", here="/")

    async def _about(self, request: Request) -> Response:
        return self._page(request, "about.html", here="/about", limits=LIMITS)

    async def _page_result(self, request: Request) -> Response:
        language = _language(request)
        try:
            answer = await self._answer(request, language=language.code)
        except Refused as error:
            await _forget(request)
            message = _REFUSALS.get(error.code, _REFUSALS["bad_request"])
            size = self._configuration.size // limits.MIB
            values: dict[str, object] = {"size": size} if "{size}" in message else {}
            said = language.say(message, **values)
            detail = str(error)
            found = self._page(
                request, "start.html", error=said, detail=detail, status=error.status
            )
            if error.status in PASSING:
                found.headers["Retry-After"] = again()
            return found
        except ClientDisconnect:
            return Response(status_code=400)
        signed = (await self._receipt(answer)).encode()
        # In the page itself: nothing is kept here that an address could lead to.
        link = f"data:application/json;base64,{base64.b64encode(signed).decode()}" if signed else ""
        return self._page(
            request,
            "result.html",
            article=Markup(answer.article),  # noqa: S704 - escaped where it was made
            signed=link,
            limits=LIMITS,
        )

    def _page(
        self, request: Request, template: str, *, status: int = 200, **values: object
    ) -> Response:
        configuration, language = self._configuration, _language(request)
        named = request.query_params.get("lang", "")
        context = {
            "root": configuration.root_path,
            "size": configuration.size // limits.MIB,
            "has_addresses": configuration.addresses,
            "has_personal": configuration.personal,
            "feedback": configuration.feedback,
            "lang": language.code,
            "languages": languages.NAMES,
            "query": f"?lang={language.code}" if named in languages.NAMES else "",
            "say": language.say,
            "error": "",
            "detail": "",
            "here": "",
        }
        text = _templates().get_template(template).render(context | values)
        headers = {"Content-Language": language.code, "Vary": "Accept-Language"}
        return HTMLResponse(text, status, headers)

    async def _openapi(self, _request: Request) -> Response:
        return JSONResponse(self._document)

    async def _ready(self, _request: Request) -> Response:
        if self._pool.running and not self._pool.is_busy:
            return JSONResponse({"status": "ready"})
        return problem(503, "busy", "no worker can take a file now")

    async def _counts(self, _request: Request) -> Response:
        return Response(self._metrics.render(), media_type=MEDIA_TYPE)


def _json(value: dict[str, object]) -> Response:
    """JSON in ASCII: lone surrogates that a file names have no other form."""
    return Response(documents.encode(value), media_type="application/json")


def _busy() -> Refused:
    return Refused(429, "busy", "too many files are being checked; try again in a moment")


async def _refusal(request: Request, error: Refused) -> Response:
    await _forget(request)
    return problem(error.status, error.code, str(error))


async def _forget(request: Request) -> None:
    """Read a little of what is still being sent; who is cut off does not read the answer."""
    if request.method != "POST" or request.headers.get("expect"):
        return
    left = _FORGOTTEN
    with contextlib.suppress(ClientDisconnect, RuntimeError, TimeoutError):
        import asyncio

        async with asyncio.timeout(2):
            async for piece in request.stream():
                left -= len(piece)
                if left < 0:
                    return


def _language(request: Request) -> Language:
    """The one that is named, or else the one that the browser prefers."""
    named = request.query_params.get("lang", "")
    if named in languages.NAMES:
        return languages.load(named)
    return languages.load(languages.choose(request.headers.get("accept-language", "")))


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _style(_request: Request) -> Response:
    text = pages.STYLE + (_folder() / "static" / "page.css").read_text("utf-8")
    return Response(text, media_type="text/css", headers=_CACHED)


async def _script(_request: Request) -> Response:
    text = (_folder() / "static" / "page.js").read_text("utf-8")
    return Response(text, media_type="text/javascript", headers=_CACHED)


def _folder() -> Path:
    return Path(__file__).parent


@cache
def _templates() -> Environment:
    """The templates; all values are escaped."""
    return Environment(
        loader=PackageLoader("aidisclose.service"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
