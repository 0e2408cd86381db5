"""Receipts: what was checked, by which texts, with which result, in a chain that is signed.

Each entry's hash covers the one before it, so that none can be changed, removed or moved without
changing the last, and the last is signed together with the number of entries. A receipt proves what
somebody's check found, not that what it found is right.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from aidisclose.codec import cose
from aidisclose.errors import Malformed
from aidisclose.trust import certificate as certificates
from aidisclose.trust.anchors import TrustConfig
from aidisclose.trust.path import Path, find_path

SCHEMA: Final = 1
_CONTEXT: Final = b"aidisclose receipt 1\0"
_CERTIFICATES: Final = 8


class Chain:
    """A receipt that is being written, entry by entry.

    Arguments:
        write: Takes the text of the receipt, in pieces.
        head: What holds for all entries: tool, time, profiles, inputs.
    """

    def __init__(self, write: Callable[[str], object], head: Mapping[str, object]) -> None:
        self._write = write
        self._last = _digest(b"", head)
        self._count = 0
        write(f'{{\n"schema": {SCHEMA},\n"head": {_canonical(head)},\n"entries": [')

    def add(self, entry: Mapping[str, object]) -> None:
        """Append what was found in one file."""
        self._last = _digest(self._last, entry)
        text = _canonical({**entry, "hash": self._last.hex()})
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
            chain: The signer's certificates in DER.
            sign: Makes the signature.
        """
        sealed = {"complete": complete, "count": self._count, "last": self._last.hex()}
        signature = {
            "algorithm": alg,
            "certificates": [base64.b64encode(each).decode() for each in chain],
            "value": base64.b64encode(sign(_to_sign(sealed))).decode(),
        }
        self._write(
            f'\n],\n"seal": {_canonical(sealed)},\n"signature": {_canonical(signature)}\n}}\n'
        )


class Receipt(NamedTuple):
    """A receipt whose chain and signature are good.

    Attributes:
        head: What holds for all entries.
        entries: What was found in each file.
        is_complete: Whether everything was checked that was to be.
        signer: Name of who signed it; untrusted text, unless it is trusted.
        is_trusted: Whether an anchor vouches for the signer, as of the time of the check.
    """

    head: Mapping[str, object]
    entries: tuple[Mapping[str, object], ...]
    is_complete: bool
    signer: str
    is_trusted: bool


def verify(content: bytes, trust: TrustConfig) -> Receipt:
    """The receipt in a file, if nothing in it was changed since it was signed.

    Arguments:
        content: Of the file.
        trust: Whom to trust; a signer that nobody vouches for is not an error.

    Raises:
        Malformed: It is not a receipt, an entry was changed, removed or moved, or the signature is
            not good.
        LimitExceeded: A certificate in it is too large.
    """
    try:
        document = json.loads(content)
        head, entries = document["head"], document["entries"]
        sealed, signature = document["seal"], document["signature"]
        chain = [base64.b64decode(each) for each in signature["certificates"][:_CERTIFICATES]]
        value = base64.b64decode(signature["value"])
        algorithm = cose.ALGORITHMS[signature["algorithm"]]
        _check_chain(head, entries, sealed)
        pool = [certificates.load(each) for each in chain]
        signer, to_sign = pool[0], _to_sign(sealed)
        moment = datetime.fromisoformat(head["time"]).astimezone(UTC)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise Malformed(f"no receipt: {type(error).__name__} {error}") from None
    except OverflowError:
        raise Malformed("no receipt: its time is out of range") from None
    key = signer.public_key
    if key is None or not cose.verify(algorithm, key, value, to_sign):
        raise Malformed("the signature of the receipt is not good")
    found = find_path(signer, pool[1:], trust.anchors, at=moment, purposes=trust.purposes)
    return Receipt(
        head=head,
        entries=tuple(entries),
        is_complete=sealed["complete"] is True,
        signer=signer.common_name,
        is_trusted=trust.allows(signer) or isinstance(found, Path),
    )


def _check_chain(
    head: Mapping[str, object], entries: list[dict[str, Any]], sealed: Mapping[str, object]
) -> None:
    last = _digest(b"", head)
    for number, entry in enumerate(entries, 1):
        last = _digest(last, {key: value for key, value in entry.items() if key != "hash"})
        if entry.get("hash") != last.hex():
            raise Malformed(f"entry {number} of the receipt was changed, or one before it removed")
    if sealed.get("last") != last.hex() or sealed.get("count") != len(entries):
        raise Malformed("entries are missing at the end of the receipt")


def _digest(last: bytes, value: Mapping[str, object]) -> bytes:
    return hashlib.sha256(last + _canonical(value).encode()).digest()


def _to_sign(sealed: Mapping[str, object]) -> bytes:
    return _CONTEXT + _canonical(sealed).encode()


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
