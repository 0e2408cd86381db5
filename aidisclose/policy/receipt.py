"""Receipts: what was checked, by which texts, with which result, in a chain that is signed.

Each entry's hash covers the one before it, so that none can be changed, removed or moved without
changing the last, and the last is signed together with the number of entries and the certificate of
the signer. A receipt proves what somebody's check found, not that what it found is right.

A receipt is JSON in one form only: every line below is one line of it, each value in the canonical
form of `canonical`. So it can be written and read in constant memory, and no two readers can
understand it differently.

    {
    "schema": 1,
    "head": …,
    "entries": [
    …,
    …
    ],
    "seal": …,
    "signature": …
    }
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Final

from aidisclose import limits
from aidisclose.errors import LimitExceeded

SCHEMA: Final = 1
#: What the head of a detection result says that it is; that of a check says nothing.
DETECTION: Final = "detection"
#: The outcome of a file that could not be read.
UNREADABLE: Final = "unreadable"
BEGIN: Final = f'{{\n"schema": {SCHEMA},\n"head": '
ENTRIES: Final = ',\n"entries": ['
SEAL: Final = '\n],\n"seal": '
SIGNATURE: Final = ',\n"signature": '
END: Final = "\n}\n"
_CONTEXT: Final = b"aidisclose receipt 1\0"


class Chain:
    """A receipt that is being written, entry by entry.

    Arguments:
        write: Takes the text of the receipt, in pieces.
        head: The facts that hold for all entries: tool, time, profiles, inputs, trust, options.

    Raises:
        LimitExceeded: `head` is longer than a reader accepts.
    """

    def __init__(self, write: Callable[[str], object], head: Mapping[str, object]) -> None:
        self._write = write
        self._last = digest(b"", head)
        self._count = 0
        write(f"{BEGIN}{_line(head)}{ENTRIES}")

    def add(self, entry: Mapping[str, object]) -> None:
        """Append what was found in one file.

        Raises:
            LimitExceeded: It is longer than a reader accepts.
        """
        last = digest(self._last, entry)
        text = _line({**entry, "hash": last.hex()})
        self._last = last
        self._write(f"{',' if self._count else ''}\n{text}")
        self._count += 1

    def seal(
        self,
        *,
        complete: bool,
        alg: str,
        chain: tuple[bytes, ...],
        sign: Callable[[bytes], bytes],
    ) -> None:
        """Sign what was appended, and end the receipt.

        Arguments:
            complete: Whether everything was checked that was to be.
            alg: Name of the signature algorithm.
            chain: The signer's certificates in DER, the signer's own first.
            sign: Makes the signature.
        """
        sealed = {
            "complete": complete,
            "count": self._count,
            "last": self._last.hex(),
            "signer": hashlib.sha256(chain[0]).hexdigest(),
        }
        signature = {
            "algorithm": alg,
            "certificates": [base64.b64encode(each).decode() for each in chain],
            "value": base64.b64encode(sign(to_sign(sealed))).decode(),
        }
        self._write(f"{SEAL}{canonical(sealed)}{SIGNATURE}{canonical(signature)}{END}")


def _line(value: Mapping[str, object]) -> str:
    text = canonical(value)
    if len(text) > limits.RECEIPT_LINE - 2:
        raise LimitExceeded(f"longer than {limits.RECEIPT_LINE // limits.MIB} MiB in a receipt")
    return text


def digest(last: bytes, value: Mapping[str, object]) -> bytes:
    """The hash of an entry, or of the head, after the one before it."""
    return hashlib.sha256(last + canonical(value).encode()).digest()


def to_sign(sealed: Mapping[str, object]) -> bytes:
    """The bytes that are signed."""
    return _CONTEXT + canonical(sealed).encode()


def canonical(value: object) -> str:
    """JSON in ASCII, on one line, without spaces, with sorted keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
