"""Decentralized identifiers: the keys that issuers of credentials sign with (W3C DID Core 1.0).

`did:jwk` holds its key itself. The document of a `did:web` is at hand, or at the address that the
identifier stands for; nothing is fetched here.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from aidisclose import limits
from aidisclose.errors import Malformed
from aidisclose.io import json_text
from aidisclose.named import NamedTuple

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_JWK: Final = "did:jwk:"
_WEB: Final = "did:web:"
#: RFC 3986 §3.2.2 without literal addresses, which did:web forbids.
_HOST: Final = re.compile(r"(?!\d+(\.\d+){3}\Z)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
#: did:web §3.2: a port comes percent-encoded, as `example.com%3A3000`, since a colon begins the
#: path.
_PORT: Final = re.compile(r"[1-9]\d{0,4}")
#: DID Core §3.1, idchar; a path of dots would lead elsewhere.
_SEGMENT: Final = re.compile(r"(?!\.{1,2}\Z)(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+")
_LONGEST: Final = 2_000
_ML_DSA: Final = ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87")
#: Of one document: each costs a check of a signature.
_MOST_KEYS: Final = 8
_CURVES: Final = {"P-256": "SECP256R1", "P-384": "SECP384R1", "P-521": "SECP521R1"}


class Unavailable(Malformed):
    """A DID whose document is not at hand."""


class UnknownMethod(Malformed):
    """A DID of a method that is not known."""


class DIDDocument(NamedTuple):
    """The document of a DID.

    Attributes:
        subject: The DID that it is about.
        fields: Of it; untrusted.
    """

    subject: str
    fields: Mapping[str, object]


@functools.lru_cache(maxsize=16)
def read(data: bytes) -> DIDDocument:
    """A document as it is published at `/.well-known/did.json`, remembered by its bytes.

    Raises:
        Malformed: It is not one.
    """
    # Before it is parsed: somebody else's server sent it.
    if len(data) > limits.USER_FILE:
        raise Malformed("the DID document is too large")
    try:
        fields = json_text.decode(data)
    except ValueError as error:
        raise Malformed(f"the DID document is not JSON: {error}") from None
    subject = fields.get("id") if isinstance(fields, dict) else None
    if not isinstance(subject, str) or not subject.startswith("did:"):
        raise Malformed("the DID document has no id")
    return DIDDocument(subject, fields)


def address(did: str) -> str | None:
    """The https address of the document of a `did:web` (did:web §3.2); None for other methods.

    Raises:
        Malformed: It names no host, or one with characters that no host has.
    """
    subject, _, _ = did.partition("#")
    if not subject.startswith(_WEB):
        return None
    from urllib.parse import unquote

    host, *path = subject.removeprefix(_WEB).split(":")
    # Decoded once: `%2561` stays `%61`, and is refused as a host.
    name, _, port = unquote(host).partition(":")
    is_plain = _HOST.fullmatch(name) and (not port or _PORT.fullmatch(port))
    # The address is asked by whoever verifies. An `@`, a slash or a dot segment in a stranger's
    # file would send that request elsewhere (c2pa-rs #2168 was one like that).
    if not is_plain or not all(map(_SEGMENT.fullmatch, path)) or len(subject) > _LONGEST:
        raise Malformed(f"{subject[:200]}: no identifier of a web site")
    where = f"{name}:{port}" if port else name
    return f"https://{where}/{'/'.join(path) if path else '.well-known'}/did.json"


def keys(did: str, documents: Mapping[str, DIDDocument]) -> tuple[PublicKeyTypes, ...]:
    """The keys with which the subject of a DID makes assertions.

    Arguments:
        did: The identifier, perhaps with a fragment.
        documents: Those that are at hand, by their subject.

    Raises:
        Unavailable: The document is not at hand.
        UnknownMethod: The method of the identifier is not known.
        Malformed: It names no key for assertions, or one that cannot be read.
    """
    subject, _, _ = did.partition("#")
    if subject.startswith(_JWK):
        if len(subject) > limits.DID_KEY:
            raise Malformed("the did:jwk is too long for a key")
        return (_key(_segment(subject.removeprefix(_JWK))),)
    if subject not in documents:
        if not subject.startswith(_WEB):
            raise UnknownMethod(f"{subject[:200]}: unknown method")
        raise Unavailable(f"{subject[:200]}: its document is not at hand")
    fields = documents[subject].fields
    methods = _methods(fields.get("verificationMethod"))
    listed = fields.get("assertionMethod")
    found: list[PublicKeyTypes] = []
    # Only keys for assertions: one for authentication alone must not sign credentials (DID Core
    # §5.3).
    for item in listed[:_MOST_KEYS] if isinstance(listed, list) else ():
        # A reference may be relative to the document (DID Core §3.2.2).
        name = f"{subject}{item}" if isinstance(item, str) and item.startswith("#") else item
        method = methods.get(name) if isinstance(name, str) else item
        jwk = method.get("publicKeyJwk") if isinstance(method, dict) else None
        if jwk is not None:
            found.append(_key(jwk))
    if not found:
        raise Malformed(f"the document of {subject[:200]} names no key for assertions")
    return tuple(found)


def _methods(value: object) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for item in value if isinstance(value, list) else ():
        name = item.get("id") if isinstance(item, dict) else None
        if isinstance(name, str):
            owner = item.get("controller", "")
            # A relative name belongs to the controller that the method names, which may be somebody
            # else: then no reference of this document leads to it.
            found[f"{owner}{name}" if name.startswith("#") else name] = item
    return found


def _segment(text: str) -> object:
    try:
        return json_text.decode(_bytes(text))
    except ValueError:
        raise Malformed("the did:jwk holds no JSON") from None


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise Malformed("a value of the key is missing")
    try:
        # JWK leaves the padding out (RFC 7515 §2).
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise Malformed("a value of the key is not base64url") from None


def _key(jwk: object) -> PublicKeyTypes:
    """The public key of a JWK (RFC 7517): Ed25519, one of an elliptic curve, or ML-DSA."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa

    if not isinstance(jwk, dict):
        raise Malformed("the key is not a JWK")
    kind, curve = jwk.get("kty"), jwk.get("crv")
    if not isinstance(curve, str | None):
        raise Malformed("the curve of the key is not text")
    try:
        if (kind, curve) == ("OKP", "Ed25519"):
            return ed25519.Ed25519PublicKey.from_public_bytes(_bytes(jwk.get("x")))
        if kind == "EC" and curve in _CURVES:
            x, y = (int.from_bytes(_bytes(jwk.get(name))) for name in ("x", "y"))
            made = getattr(ec, _CURVES[str(curve)])()
            # Refuses points that are not on the curve (ValueError).
            return ec.EllipticCurvePublicNumbers(x, y, made).public_key()
        if kind == "AKP" and jwk.get("alg") in _ML_DSA:  # RFC 9964 §3
            size = str(jwk["alg"]).removeprefix("ML-DSA-")
            of_size: type[mldsa.MLDSA65PublicKey] = getattr(mldsa, f"MLDSA{size}PublicKey")
            return of_size.from_public_bytes(_bytes(jwk.get("pub")))
    except ValueError as error:
        raise Malformed(f"the key cannot be read: {error}") from None
    raise Malformed(f"unknown kind of key {kind!r:.50} {curve!r:.50}")
