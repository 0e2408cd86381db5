"""Access tokens of cloud services: fetched when they are needed, used until they expire."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from aidisclose.errors import SigningError, Unreachable
from aidisclose.io import http
from aidisclose.named import NamedTuple
from aidisclose.signing.backends.device import ANSWER_SIZE, TIMEOUT, shorten

#: Seconds before its end from which on a token is not used any more.
_MARGIN: Final = 60.0


class Token(NamedTuple):
    """An access token, and for how many seconds it can be used."""

    value: str
    lifetime: float


class Bearer:
    """A token that is renewed.

    Arguments:
        fetch: Gets a new one.
    """

    def __init__(self, fetch: Callable[[], Token]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0

    def get(self) -> str:
        """A token that is still good.

        Raises:
            SigningError: There is none to be had.
        """
        with self._lock:
            if time.monotonic() >= self._until:
                found = self._fetch()
                self._token = found.value
                self._until = time.monotonic() + found.lifetime - _MARGIN
            return self._token


def ask_json(
    url: str, service: str, *, body: bytes | None = None, headers: Mapping[str, str]
) -> dict[str, Any]:
    """The JSON object that a service answers.

    Raises:
        SigningError: It cannot be reached, or answers with an error or something else; its cause is
            `Unreachable` if another attempt may succeed.
    """
    try:
        answer = http.ask(url, body=body, headers=headers, timeout=TIMEOUT, limit=ANSWER_SIZE)
    except Unreachable as error:
        reason = str(error)
        raise SigningError(f"{service}: {http.public(url)}: {reason}") from Unreachable(reason)
    try:
        fields = json.loads(answer.body)
    except (ValueError, RecursionError):
        fields = None
    if not answer.is_success:
        said = shorten(_reason(fields)) or "no reason is given"
        cause = Unreachable(f"HTTP {answer.status}") if answer.is_passing else None
        raise SigningError(
            f"{service}: HTTP {answer.status} from {http.public(url)}: {said}"
        ) from cause
    if not isinstance(fields, dict):
        raise SigningError(f"{service}: {http.public(url)} answers with something else than JSON")
    return fields


def _reason(fields: object) -> str:
    """The reason that Google, Azure and OAuth services give for a failure."""
    found = fields.get("error", "") if isinstance(fields, dict) else ""
    if isinstance(found, dict):
        return str(found.get("message", ""))
    described = fields.get("error_description", "") if isinstance(fields, dict) else ""
    return str(described or found)


def read_token(fields: Mapping[str, Any], service: str) -> Token:
    """The token in the answer of an OAuth service.

    Raises:
        SigningError: There is none.
    """
    value, lifetime = fields.get("access_token"), fields.get("expires_in", 0)
    try:
        seconds = float(lifetime)
    except (TypeError, ValueError):
        seconds = 0.0
    if not isinstance(value, str):
        raise SigningError(f"{service}: the answer holds no access token")
    return Token(value, seconds)
