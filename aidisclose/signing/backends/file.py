"""`file:PATH`: a private key in a file, PEM or PKCS#12, perhaps with its certificates."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from aidisclose import limits
from aidisclose.errors import SigningError


def read(what: str) -> bytes:
    """The content of the file; `/dev/fd/N` is read to its end.

    Raises:
        OSError: It cannot be read.
        SigningError: It is far too large for a key.
    """
    path = Path(unquote(what.removeprefix("//"))) if what.startswith("///") else Path(what)
    with path.open("rb") as file:
        data = file.read(limits.CERTIFICATE_SIZE + 1)
    if len(data) > limits.CERTIFICATE_SIZE:
        raise SigningError(f"{path} is too large for a key file")
    return data
