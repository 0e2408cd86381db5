"""`file:PATH`: a private key in a file, PEM or PKCS#12, perhaps with its certificates."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from aidisclose import limits
from aidisclose.errors import SigningError

#: A drive of Windows, behind the slash of a URL.
_DRIVE: Final = re.compile(r"/[A-Za-z]:")


def _path(what: str) -> Path:
    """The path in an address: as it is, or that of a URL such as `file:///C:/keys/key.pem`."""
    if not what.startswith("///"):
        return Path(what)
    named = unquote(what.removeprefix("//"))
    return Path(named[1:] if sys.platform == "win32" and _DRIVE.match(named) else named)


def read(what: str) -> bytes:
    """The content of the file; `/dev/fd/N` is read to its end.

    Raises:
        OSError: It cannot be read.
        SigningError: It is far too large for a key.
    """
    path = _path(what)
    with path.open("rb") as file:
        data = file.read(limits.CERTIFICATE_SIZE + 1)
    if len(data) > limits.CERTIFICATE_SIZE:
        raise SigningError(f"{path} is too large for a key file")
    return data
