"""What readers of a damaged PDF find: they search the whole file for objects, the store included.

A cross-reference that leads to nothing makes them do so. Whoever had such a file signed writes an
object, or the trailer, into a field of the signature that no hash covers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.attacks import files
from tests.attacks.attack import Attack
from tests.attacks.parties import authority, honest
from tests.manifest.build import Seal

CLAUSE: Final = "C2PA 2.5 §A: the excluded bytes are the store's, and inert"
_PAGE: Final = (
    b"<</Length 46>>\nstream\nBT /F1 24 Tf 20 20 Td (Pay 9999 to Mallory) Tj ET\nendstream\n"
)
_WRITTEN: Final = {
    "an object": b"\n4 0 obj\n" + _PAGE + b"endobj\n",
    "an object behind a comment": b"\n4 %" + b"-" * 300 + b"\n0 obj\n" + _PAGE,
    "an object in other spaces": b"\r4\t0\x0cobj<</A 1>>",
    "an object behind a vertical tab": b"\n4\v0 obj\n" + _PAGE + b"endobj\n",
    "an object with a sign": b"\n4 -0 obj\n" + _PAGE + b"endobj\n",
    "a trailer": b"\ntrailer\n<</Root 8 0 R>>\n",
}


def attacks() -> Iterator[Attack]:
    """Objects in an answer about revocation, which is not even one."""
    before = files.signed(files.active(seal=sealed(b"")), of=files.media("PDF"))
    for name, text in _WRITTEN.items():
        after = files.signed(files.active(seal=sealed(text)), of=files.media("PDF"))
        assert len(after) == len(before)
        yield Attack(f"rebuilt: {name}", CLAUSE, before, after, "for an object")


def sealed(text: bytes, *, size: int = 4_000) -> Seal:
    """The honest signature, with an answer about revocation that somebody put into its header."""

    def unprotected(*_: bytes) -> dict[object, object]:
        return {"rVals": {"ocspVals": [text]}} if text else {}

    chain = (honest(), authority())
    return Seal(signer=honest(), chain=chain, size=size, unprotected=unprotected)
