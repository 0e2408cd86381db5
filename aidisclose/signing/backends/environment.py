"""`env:NAME`: a private key in an environment variable, as continuous integration has secrets."""

from __future__ import annotations

import base64
import binascii
import os

from aidisclose.errors import SigningError


def read(what: str) -> bytes:
    """The content of the variable: PEM, or any key file in base64.

    Raises:
        SigningError: It is not set, or holds neither.
    """
    value = os.fsencode(os.environ.get(what, "")).strip()
    if not value:
        raise SigningError(f"the environment variable {what} is not set, or empty")
    if b"-----BEGIN " in value:
        # Some systems keep secrets on one line, with the two characters for each line's end.
        return value.replace(rb"\n", b"\n") if b"\n" not in value else value
    try:
        return base64.b64decode(b"".join(value.split()), validate=True)
    except binascii.Error:
        raise SigningError(
            f"the environment variable {what} holds neither PEM nor base64"
        ) from None
