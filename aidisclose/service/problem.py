"""Errors for programs (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from starlette.responses import JSONResponse

MEDIA_TYPE: Final = "application/problem+json"
#: Seconds after which to try again.
AGAIN: Final = 2
#: Statuses that say that it may be different a little later.
PASSING: Final = (429, 503)


def problem(
    status: int, code: str, reason: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """A response that says what is wrong.

    Arguments:
        status: HTTP status.
        code: For programs; documented in the OpenAPI document.
        reason: For people.
        headers: Further headers.
    """
    again = {"Retry-After": str(AGAIN)} if status in PASSING else {}
    body = {"title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": reason}
    return JSONResponse(body, status, media_type=MEDIA_TYPE, headers={**again, **(headers or {})})
