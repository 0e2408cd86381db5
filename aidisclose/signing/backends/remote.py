"""`https://…`: a service that signs.

GET returns the JSON object of `information`, unless the chain is known; it is not asked for then.
POST takes the bytes to be signed (application/octet-stream) and returns the signature. With
`AIDISCLOSE_SIGNER_TOKEN` set, both carry it as `Authorization: Bearer`.
"""

from __future__ import annotations

import os
from typing import Final

from aidisclose.errors import SigningError, Unreachable
from aidisclose.io import http
from aidisclose.signing.backends.device import ANSWER_SIZE, TIMEOUT, Device, KeyTerms, shorten
from aidisclose.signing.backends.information import read_information

_TOKEN: Final = "AIDISCLOSE_SIGNER_TOKEN"  # noqa: S105 - the name of a variable
_BYTES: Final = "application/octet-stream"


def connect(what: str, terms: KeyTerms) -> Device:
    """The service.

    Raises:
        SigningError: It cannot be reached, or does not say who it is.
    """
    # Never http: what is sent is hashed and signed by the service, and an answer from somebody on
    # the way would be embedded.
    url = f"https:{what}"
    if terms.chain is None:
        answer = _ask(url, None, "application/json")
        terms = read_information(answer, f"the signer {http.public(url)}", terms)
    chain, algorithm = terms.certified()
    return Device(lambda data: _ask(url, data, _BYTES), chain, algorithm.name)


def _ask(url: str, data: bytes | None, accepted: str) -> bytes:
    headers = {"Accept": accepted}
    if data is not None:
        headers["Content-Type"] = _BYTES
    if token := os.environ.get(_TOKEN):
        headers["Authorization"] = f"Bearer {token}"
    name = f"the signer {http.public(url)}"
    try:
        answer = http.ask(url, body=data, headers=headers, timeout=TIMEOUT, limit=ANSWER_SIZE)
    except Unreachable as error:
        raise SigningError(f"{name}: {error}") from Unreachable(str(error))
    if not answer.is_success:
        said = shorten(answer.body.decode("utf-8", "replace"))
        cause = Unreachable(f"HTTP {answer.status}") if answer.is_passing else None
        raise SigningError(
            f"{name} answers with an error (HTTP {answer.status}): {said}"
        ) from cause
    return answer.body
