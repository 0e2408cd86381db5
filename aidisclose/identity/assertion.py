"""`cawg.identity`: what an actor says of some assertions of a manifest (CAWG 1.3 §5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from aidisclose import limits
from aidisclose.codec import cbor
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.manifest.uri import HashedURI
from aidisclose.named import NamedTuple

NAME: Final = "cawg.identity"
X509: Final = "cawg.x509.cose"
AGGREGATION: Final = "cawg.identity_claims_aggregation"

#: What an actor may have had to do with an asset (CAWG 1.3 §5.1.2), besides roles of others.
ROLES: Final = tuple(
    f"cawg.{name}"
    for name in (
        *("creator", "contributor", "editor", "producer", "publisher", "sponsor", "translator"),
    )
)

_PAYLOAD: Final = "signer_payload"
_SIGNATURE: Final = "signature"
_PADDING: Final = ("pad1", "pad2")


class BadPadding(Malformed):
    """Padding of an identity assertion that holds something else than zeros."""


class IdentityAssertion(NamedTuple):
    """An identity assertion; all text in it is untrusted.

    Attributes:
        references: The assertions that it is about, in order.
        sig_type: The kind of signature.
        roles: The roles of the actor for the asset.
        payload: `signer_payload` as decoded.
        signature: The encoded signature.
        signed: The bytes that may have been signed: the payload as stored, then its deterministic
            encoding. Producers differ; both say the same.
        expected: The `expected_*` fields: what the claim is to be, by their names.
    """

    references: tuple[HashedURI, ...]
    sig_type: str
    roles: tuple[str, ...]
    payload: dict[object, object]
    signature: bytes
    signed: tuple[bytes, ...]
    expected: dict[str, object]


def signer_payload(
    references: Iterable[HashedURI], *, sig_type: str, roles: Iterable[str] = ()
) -> dict[str, object]:
    """The payload that an actor signs, in the one order of fields that c2pa-rs verifies.

    It encodes what it read in the order of its own structure; deterministic encoding
    (RFC 8949 §4.2) would put `role` first.
    """
    listed = [each.encode() for each in references]
    named = {"role": list(roles)} if roles else {}
    return {"referenced_assertions": listed, "sig_type": sig_type, **named}


def encode_payload(payload: dict[str, object]) -> bytes:
    """The bytes that are signed: those that stand in the file."""
    return cbor.encode(payload)


def encode(payload: dict[str, object], signature: bytes, *, size: int | None = None) -> bytes:
    """An identity assertion of exactly `size` bytes; None pads it to none.

    Raises:
        LimitExceeded: It does not fit.
    """
    fields = {_PAYLOAD: payload, _SIGNATURE: signature}
    # `pad1` is required, also where nothing is padded (CAWG 1.3 §5.1).
    bare = cbor.encode(fields | {_PADDING[0]: b""})
    if size is None or size == len(bare):
        return bare
    # Two names, as one byte string cannot have every length: its own head grows from one to two
    # bytes at 24, from two to three at 256 (RFC 8949 §3).
    left = size - len(cbor.encode(fields))
    try:
        return cbor.encode(fields | cbor.padding(left, _PADDING))
    except ValueError:
        message = f"the identity assertion does not fit into the reserved {size} bytes"
        raise LimitExceeded(f"{message} ({left} left); reserve more") from None


def decode(content: bytes, *, values: cbor.ValueBudget | None = None) -> IdentityAssertion:
    """An identity assertion.

    Raises:
        BadPadding: The padding holds something else than zeros.
        Malformed: It is not CBOR of that kind.
        LimitExceeded: It has too many values.
    """
    fields = cbor.decode_map(content, values=values)
    payload = fields.get(_PAYLOAD)
    signature = fields.get(_SIGNATURE)
    if not isinstance(payload, dict) or not isinstance(signature, bytes):
        raise Malformed("an identity assertion without signer_payload or signature")
    for name in _PADDING:
        padding = fields.get(name, b"")
        # Producers that need no second one leave `pad2` out.
        if not isinstance(padding, bytes) or (name == "pad1" and name not in fields):
            raise Malformed(f"{name} of the identity assertion is not a byte string")
        # Room that is not signed, in a signed file, is room for anything: only zeros may stand in
        # it.
        if any(padding):
            raise BadPadding(f"{name} of the identity assertion holds something else than zeros")
    sig_type = payload.get("sig_type")
    if not isinstance(sig_type, str):
        raise Malformed("sig_type of the identity assertion is not text")
    roles = payload.get("role", [])
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise Malformed("role of the identity assertion is not a list of texts")
    # c2pa-rs signs these bytes as they stand; encypher signs the deterministic encoding and stores
    # another order. To decode and encode again would lose the first kind.
    stored = content[slice(*cbor.span(content, _PAYLOAD))]
    return IdentityAssertion(
        references=tuple(_references(payload.get("referenced_assertions"))),
        sig_type=sig_type,
        roles=tuple(roles),
        payload=payload,
        signature=signature,
        signed=tuple(dict.fromkeys((stored, cbor.encode_deterministic(payload)))),
        expected={
            str(name): value for name, value in payload.items() if str(name).startswith("expected_")
        },
    )


def _references(value: object) -> Iterator[HashedURI]:
    # Each is looked up and hashed when it is checked.
    if not isinstance(value, list) or not 0 < len(value) <= limits.ASSERTIONS:
        raise Malformed("referenced_assertions of the identity assertion is not a list")
    for item in value:
        url, digest = (item.get("url"), item.get("hash")) if isinstance(item, dict) else (0, 0)
        alg = item.get("alg") if isinstance(item, dict) else None
        if not (isinstance(url, str) and isinstance(digest, bytes)):
            raise Malformed("a reference of the identity assertion has no url or hash")
        if not isinstance(alg, str | None):
            raise Malformed("alg of a reference of the identity assertion is not text")
        yield HashedURI(url, digest, alg)
