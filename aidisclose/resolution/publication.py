"""Storing manifests at a server of the Soft Binding Resolution API 2.4 (C2PA 2.5, Decoupled).

The server gets the manifest store and, if that is asked for, a fingerprint; never the content.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from aidisclose import limits
from aidisclose.containers import sidecar
from aidisclose.errors import Unreachable, UsageError, VerificationFailed
from aidisclose.io import http
from aidisclose.io.http import Answer
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.named import NamedTuple

_BASE: Final = "/v1"
#: Statuses that are about what is stored, and not about the server.
#: Another attempt would end alike; all others are worth one.
_REFUSALS: Final = (400, 409, 413, 415, 422)
_REASON: Final = 200
#: Names of this machine, to which a token may go without TLS.
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Published(NamedTuple):
    """The answer of a server.

    Attributes:
        id: Label of the active manifest.
        receipt: The server's proof that it has the manifest, as JSON; None if it gives none.
            Nobody has verified it.
    """

    id: str
    receipt: str | None = None


def publish(
    store: bytes, bindings: Iterable[SoftBinding], server: str, *, label: str, token: str
) -> Published:
    """Store a manifest at a server.

    Arguments:
        store: The manifest store.
        bindings: Values by which it is to be found, besides those that it names itself.
        server: Its address, without the version of the API.
        label: Of the active manifest, which the server has to name as well.
        token: The token that the server's operator gave those who may write.

    Raises:
        UsageError: The address is neither one of https nor of this machine.
        VerificationFailed: The server refuses the manifest.
        Unreachable: It does not answer, or not as the API says, or does not know the token.
    """
    if not http.is_address(server):
        raise UsageError(f"{http.public(server)}: an address of https is needed")
    parts = urlsplit(server)
    # Whoever reads the token on the way can store and remove manifests.
    if parts.scheme != "https" and parts.hostname not in _LOCAL:
        raise UsageError(f"{http.public(server)}: the token would be sent unprotected: use https")
    base = server.rstrip("/") + _BASE
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    answer = _send(
        f"{base}/manifests?returnReceipt=true",
        store,
        headers | {"Content-Type": sidecar.MEDIA_TYPE},
    )
    told = _object(answer, base)
    if told.get("manifestId") != label:
        raise Unreachable(f"{http.public(base)}: it stored something else than was sent")
    for each in bindings:
        value = base64.b64encode(each.value).decode()
        asked = {"alg": each.alg, "bindingValue": value, "manifestId": label}
        json_headers = headers | {"Content-Type": "application/json"}
        _send(f"{base}/bindings", json.dumps(asked).encode(), json_headers)
    receipt = told.get("receipt")
    return Published(label, None if receipt is None else _receipt(receipt, label, base))


def _receipt(receipt: object, label: str, base: str) -> str:
    """A receipt as text, whose signature only its server can check.

    Raises:
        Unreachable: It is about another manifest, or no JSON that others could read.
    """
    try:
        is_about = receipt["repository"]["manifestId"] == label  # type: ignore[index]
        # Neither NaN nor lone surrogates can be in JSON that others read.
        json.dumps(receipt, ensure_ascii=False, allow_nan=False).encode()
    except (LookupError, TypeError, ValueError, RecursionError):
        is_about = False
    if not is_about:
        raise Unreachable(f"{http.public(base)}: it stored the manifest, but its receipt is none")
    return json.dumps(receipt)


def _send(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    answer = http.ask(
        url,
        body=body,
        headers=headers,
        timeout=limits.REMOTE_STORE_TIME,
        limit=limits.RESOLUTION_ANSWER,
    )
    if answer.is_success:
        return answer
    reason = answer.body[:_REASON].decode("utf-8", "replace").strip()
    if answer.status in _REFUSALS:
        raise VerificationFailed(f"the server refuses it: {reason or answer.status}")
    known = {401: "it wants another token", 403: "it wants another token", 404: "it stores nothing"}
    said = known.get(answer.status, f"it answers with status {answer.status}")
    raise Unreachable(f"{http.public(url)}: {said}")


def _object(answer: Answer, base: str) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unreachable(f"{http.public(base)}: its answer is not of the API")
    return found
