"""Lists of credentials that were revoked (W3C Bitstring Status List 1.0).

A list is a credential itself, signed by who issued those in it. It comes as a JWT or as COSE
(W3C Securing Verifiable Credentials using JOSE and COSE). Nothing is fetched here.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from aidisclose import limits
from aidisclose.codec import cose
from aidisclose.codec.cose import Algorithm
from aidisclose.errors import Malformed
from aidisclose.io import json_text
from aidisclose.named import NamedTuple

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

ENTRY: Final = "BitstringStatusListEntry"
PURPOSE: Final = "revocation"
_TYPE: Final = "BitstringStatusListCredential"
_LIST: Final = "BitstringStatusList"
#: §2.1: smaller lists would tell the server which credential it is that somebody looks at.
_FEWEST: Final = 131_072
#: By this number zlib reads a stream with the header of gzip (§2.2), and refuses any other.
_GZIP: Final = 16 + zlib.MAX_WBITS
#: JOSE names of algorithms, whose signatures have the form of those of COSE (RFC 7518, RFC 9864).
_ALGORITHMS: Final = {
    "ES256": "es256",
    "ES384": "es384",
    "ES512": "es512",
    "PS256": "ps256",
    "PS384": "ps384",
    "PS512": "ps512",
    "EdDSA": "ed25519",
    "Ed25519": "ed25519",
    "ML-DSA-44": "ml-dsa-44",
    "ML-DSA-65": "ml-dsa-65",
    "ML-DSA-87": "ml-dsa-87",
}


class StatusEntry(NamedTuple):
    """The place in a list at which the status of a credential stands.

    Attributes:
        address: The address of the list; untrusted.
        number: Of the entry, from 0.
    """

    address: str
    number: int


class StatusList(NamedTuple):
    """A list, as it was published; nothing in it is checked.

    Attributes:
        algorithm: Of its signature.
        signature: The signature.
        signed: The bytes that were signed.
        fields: The credential.
    """

    algorithm: Algorithm
    signature: bytes
    signed: bytes
    fields: dict[str, object]

    @property
    def address(self) -> str:
        """The address at which it is published.

        Raises:
            Malformed: It does not say so, as it has to where it is read from a file.
        """
        found = self.fields.get("id")
        if not isinstance(found, str):
            raise Malformed("the status list does not say where it is published (id)")
        return found

    @property
    def issuer(self) -> str:
        """The DID of who issued it, without a fragment; untrusted. Empty if it names none."""
        named = self.fields.get("issuer")
        named = named.get("id") if isinstance(named, dict) else named
        return named.partition("#")[0] if isinstance(named, str) else ""

    def is_signed(self, keys: Iterable[PublicKeyTypes]) -> bool:
        """Whether one of these keys made its signature."""
        return any(cose.verify(self.algorithm, key, self.signature, self.signed) for key in keys)

    def is_revoked(self, entry: StatusEntry, *, at: datetime) -> bool:
        """Whether the list says that a credential was revoked.

        That its issuer signed it is the caller's to check.

        Arguments:
            entry: The place of its status in the list.
            at: The time that counts as now.

        Raises:
            Malformed: It lists no revocations, is too short, or does not count at that time.
        """
        _check_period(self.fields, at)
        bits = _bits(self.fields)
        if entry.number >= 8 * len(bits):
            raise Malformed(f"the status list has no entry {entry.number}")
        # The first entry is the highest bit of the first byte (§3.3).
        return bool(bits[entry.number // 8] & 0x80 >> entry.number % 8)


def entry(fields: dict[object, object]) -> StatusEntry:
    """The place that an entry of `credentialStatus` names.

    Raises:
        Malformed: It names none.
    """
    address, index = fields.get("statusListCredential"), fields.get("statusListIndex")
    # Lists of messages have wider entries (§2.1). Read as single bits they would give an answer
    # about somebody else.
    if fields.get("statusSize", 1) != 1:
        raise Malformed("entries of a list of revocations have one bit")
    # Text by §2.1; issuers write numbers too. True is an `int`, and no index.
    text = str(index) if type(index) in (int, str) else ""
    if not (
        text.isascii() and text.isdigit() and len(text) <= len(str(limits.STATUS_LIST_ENTRIES))
    ):
        raise Malformed("the credential has no statusListIndex")
    if not isinstance(address, str):
        raise Malformed("the credential names no status list")
    return StatusEntry(address, int(text))


def read(data: bytes) -> StatusList:
    """A list as it is published.

    Raises:
        Malformed: It is neither a JWT nor COSE, is signed in an unknown way, or is not a
            credential of a status list.
    """
    content = data.strip()
    parts = content.split(b".")
    # A JWT in its compact form; base64url has no dots. COSE begins with a byte that is not ASCII,
    # and may hold two dots by chance.
    if content.isascii() and len(parts) == 3:
        head = _object(_decoded(parts[0].decode("latin-1")))
        algorithm = cose.ALGORITHMS.get(_ALGORITHMS.get(str(head.get("alg")), ""))
        # RFC 7515 §4.1.11: whoever does not understand what it names must refuse the signature.
        if "crit" in head:
            raise Malformed("the status list is signed with conditions that are not known")
        payload, signature = (_decoded(part.decode("latin-1")) for part in parts[1:])
        # As it stands, not encoded anew: RFC 7515 §5.2 signs the text.
        signed = parts[0] + b"." + parts[1]
    else:
        try:
            sign1 = cose.parse(data)
        except Malformed as error:
            raise Malformed(f"the status list is neither a JWT nor COSE: {error.reason}") from None
        algorithm, signature = sign1.algorithm, sign1.signature
        payload = sign1.payload or b""
        signed = cose.sig_structure(sign1.protected, payload)
    # `none` is not in the table either (RFC 8725 §3.2).
    if algorithm is None:
        raise Malformed("the status list is signed with an unknown algorithm")
    fields = _object(payload)
    types = fields.get("type")
    if not isinstance(types, list) or _TYPE not in types:
        raise Malformed("the published document is not a status list")
    return StatusList(algorithm, signature, signed, fields)


def _object(data: bytes) -> dict[str, object]:
    try:
        fields = json_text.decode(data)
    except ValueError as error:
        raise Malformed(f"the status list is not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise Malformed("the status list is not an object")
    return fields


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("the status list is not base64url") from None


def _bits(fields: dict[str, object]) -> bytes:
    subject = fields.get("credentialSubject")
    if not isinstance(subject, dict) or subject.get("type") != _LIST:
        raise Malformed("the status list has no list")
    purpose = subject.get("statusPurpose")
    if PURPOSE not in (purpose if isinstance(purpose, list) else [purpose]):
        raise Malformed("the status list is not about revocation")
    encoded = subject.get("encodedList")
    # The letter is multibase for base64url without padding (§2.2).
    if not isinstance(encoded, str) or not encoded.startswith("u"):
        raise Malformed("the status list has no list in base64url")
    unpack, most = zlib.decompressobj(_GZIP), limits.STATUS_LIST_ENTRIES // 8
    try:
        # One byte above the limit ends it: 16 MB of zeros have 16 kB in gzip.
        bits = unpack.decompress(_decoded(encoded[1:]), most + 1)
    except zlib.error as error:
        raise Malformed(f"the status list cannot be unpacked: {error}") from None
    if len(bits) > most or not unpack.eof:
        raise Malformed(f"the status list is cut off, or has more than {8 * most} entries")
    if 8 * len(bits) < _FEWEST:
        raise Malformed(f"the status list has fewer than {_FEWEST} entries")
    return bits


def _check_period(fields: dict[str, object], at: datetime) -> None:
    begin, end = (_time(fields.get(name)) for name in ("validFrom", "validUntil"))
    if (begin is not None and begin > at) or (end is not None and end < at):
        raise Malformed(f"the status list does not count on {at:%Y-%m-%d}")


def _time(value: object) -> datetime | None:
    """A time of the list; None if it names none.

    Raises:
        Malformed: It is none that can be read.
    """
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(str(value))
        if time.tzinfo is not None:
            return time.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Malformed("the period of the status list cannot be read")
