"""Errors for programs (RFC 9457)."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Final

from starlette.responses import JSONResponse

MEDIA_TYPE: Final = "application/problem+json"
#: Seconds after which to try again, at least and at most.
_AGAIN: Final = (1, 4)
#: Statuses that say that it may be different a little later.
PASSING: Final = (429, 503)


def again() -> str:
    """Seconds after which to try again, others for each: who is refused must not return at once."""
    least, most = _AGAIN
    return str(least + secrets.randbelow(most - least + 1))


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
    later = {"Retry-After": again()} if status in PASSING else {}
    body = {"title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": reason}
    return JSONResponse(body, status, media_type=MEDIA_TYPE, headers={**later, **(headers or {})})
