"""`fd:N`: a private key from an open file descriptor, so that it never is in a file."""

from __future__ import annotations

import os
from typing import Final

from aidisclose import limits
from aidisclose.errors import SigningError

#: Of a file descriptor, which is a C int: a longer number cannot be asked for.
_DIGITS: Final = 9


def read(what: str) -> bytes:
    """All that comes from the descriptor, which is closed.

    Raises:
        OSError: It is not open.
        SigningError: `what` is not a number, or far too much comes.
    """
    if not what.isdecimal() or len(what) > _DIGITS:
        raise SigningError("the address fd: of a signer names a file descriptor, such as fd:3")
    with os.fdopen(int(what), "rb") as file:
        data = file.read(limits.CERTIFICATE_SIZE + 1)
    if len(data) > limits.CERTIFICATE_SIZE:
        raise SigningError(f"what comes from file descriptor {what} is too large for a key")
    return data
