"""The rules for every request: headers, its origin, its time, and the log about it."""

from __future__ import annotations

import asyncio
import secrets
import time
from ipaddress import ip_address
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aidisclose import limits
from aidisclose.service.journal import Journal
from aidisclose.service.metrics import Metrics
from aidisclose.service.problem import problem

#: Of a response that says nothing else. Pages load their own style and script, and nothing more.
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Not `no-referrer`: browsers would send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_SAFE: Final = ("GET", "HEAD", "OPTIONS")
#: Values of Sec-Fetch-Site for a request of our own page, or of no page.
_OWN: Final = ("same-origin", "none")


class Guard:
    """The outermost layer of the application.

    Arguments:
        app: Answers requests.
        root_path: Path under which the service is published.
        names: The names that it answers to besides addresses of IP; None for all.
        origins: Origins whose pages may send requests that do something; `*` for all.
        journal: The log of requests.
        metrics: The counts of requests.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        root_path: str,
        names: frozenset[str] | None,
        origins: frozenset[str],
        journal: Journal,
        metrics: Metrics,
    ) -> None:
        self._app = app
        self._root_path = root_path
        self._names = names
        self._origins = origins
        self._journal = journal
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        self._place(scope)
        began = time.monotonic()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                # Also of answers to errors, and of routes that others add.
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            # A client that sends a byte a second, or reads one, would hold a worker or an upload
            # for ever (slowloris).
            async with asyncio.timeout(limits.EXCHANGE_TIME):
                if not self._is_named(scope):
                    other = problem(421, "misdirected", "this service has another name")
                    await other(scope, receive, answer)
                elif self._is_foreign(scope):
                    foreign = problem(403, "foreign", "pages of other sites cannot ask this")
                    await foreign(scope, receive, answer)
                else:
                    await self._app(scope, receive, answer)
        except Exception as error:  # a bug, or the visitor is too slow
            self._report(error)
            if not status:  # else the server breaks off what was begun
                response = problem(500, "internal", "this is an error of the service")
                await response(scope, receive, answer)
        finally:
            self._log(scope, status, time.monotonic() - began)

    def _place(self, scope: Scope) -> None:
        """Set the root path that routes see, whether or not a proxy takes it off the path."""
        root, path = self._root_path, scope["path"]
        if root and not (path == root or path.startswith(f"{root}/")):
            path = root + path
        scope["root_path"], scope["path"] = root, path

    def _is_named(self, scope: Scope) -> bool:
        """Whether a request is for one of the names of the service, or for an address of IP."""
        if self._names is None:
            return True
        host = Headers(scope=scope).get("host", "")
        # An IPv6 address has colons, and stands in brackets.
        name = host.partition("]")[0].removeprefix("[") if "[" in host else host.partition(":")[0]
        # Browsers always send it; an address leads nowhere else than it says.
        return not name or name.lower().removesuffix(".") in self._names or _is_ip(name)

    def _is_foreign(self, scope: Scope) -> bool:
        """Whether a page of somebody else made a browser send this."""
        if scope["method"] in _SAFE:
            return False
        headers = Headers(scope=scope)
        site, origin = headers.get("sec-fetch-site"), headers.get("origin", "")
        if site is None:
            # Over http browsers say the origin alone, and programs say neither.
            is_own = not origin or origin.partition("://")[2] == headers.get("host", "")
        else:
            is_own = site in _OWN
        return not is_own and "*" not in self._origins and origin not in self._origins

    def _report(self, error: Exception) -> None:
        """The kind and place of an error; its text may quote the request."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = ""
        if trace is not None:
            name = trace.tb_frame.f_code.co_filename.rpartition("/")[2]
            place = f"{name}:{trace.tb_lineno}"
        # Not its text: that may quote the name or the content of a visitor's file.
        self._journal.write("bug", kind=type(error).__name__, place=place)

    def _log(self, scope: Scope, status: int, seconds: float) -> None:
        # The path may be anything; the route is ours.
        route = getattr(scope.get("route"), "path", "other")
        self._metrics.request(route, status, seconds)
        self._journal.write(
            "request",
            # No address and no name: what is not logged cannot be asked for.
            id=secrets.token_hex(8),
            route=route,
            method=scope["method"] if scope["method"] in (*_SAFE, "POST") else "other",
            status=status,
            seconds=round(seconds, 4),
            result=scope.get("aidisclose.result"),
        )


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
