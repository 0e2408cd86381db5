"""JUMBF URIs and hashed references to boxes of a store (C2PA 2.5 §8.3, §8.4)."""

from __future__ import annotations

from typing import Final

from aidisclose import limits
from aidisclose.errors import Malformed
from aidisclose.named import NamedTuple

_PREFIX: Final = "self#jumbf="
_STORE: Final = "c2pa"
ASSERTIONS: Final = "c2pa.assertions"
SIGNATURE: Final = "c2pa.signature"

_LONGEST_DIGEST: Final = 64

#: The algorithms that a hash may have (C2PA 2.5 §12.1); SHA-1 and others are neither allowed nor
#: deprecated.
HASH_ALGORITHMS: Final = frozenset({"sha256", "sha384", "sha512"})


class HashedURI(NamedTuple):
    """A reference to a box and the hash of its payload.

    Attributes:
        url: JUMBF URI; untrusted text.
        hash: The digest.
        alg: Name of the hash algorithm, None where the enclosing structure names it.
    """

    url: str
    hash: bytes
    alg: str | None = None

    @classmethod
    def decode(cls, value: object) -> HashedURI:
        """A hashed-uri-map.

        Raises:
            Malformed: It is not a hashed URI.
        """
        if isinstance(value, dict):
            url, digest, alg = value.get("url"), value.get("hash"), value.get("alg")
            if isinstance(digest, list):
                digest = _bytes(digest)
            if isinstance(url, str) and isinstance(digest, bytes) and isinstance(alg, str | None):
                return cls(url, digest, alg)
        raise Malformed("not a hashed URI")

    def encode(self) -> dict[str, object]:
        """The map to be written."""
        alg = {"alg": self.alg} if self.alg else {}
        return {"url": self.url, **alg, "hash": self.hash}


def _bytes(items: list[object]) -> bytes | None:
    """Bytes from a list of numbers, as assertions that began as JSON have their digests."""
    if len(items) > _LONGEST_DIGEST:
        return None
    numbers = [item for item in items if type(item) is int and 0 <= item < 256]
    return bytes(numbers) if len(numbers) == len(items) else None


class Target(NamedTuple):
    """The target of a JUMBF URI.

    Attributes:
        manifest: Label of the manifest, None where the URI is relative to the one it stands in.
        path: Labels below the manifest.
    """

    manifest: str | None
    path: tuple[str, ...]


def parse(url: str) -> Target | None:
    """The target of a JUMBF URI into the same store, None if it is not one, or too long for one."""
    # A million slashes would be a million parts, each time somebody asks.
    if not url.startswith(_PREFIX) or len(url) > limits.JUMBF_URI:
        return None
    path = url[len(_PREFIX) :]
    # Some generators leave out the slash of an absolute path; nothing relative begins like that.
    if path.startswith(f"{_STORE}/"):
        path = f"/{path}"
    if not path.startswith("/"):
        return Target(None, tuple(path.split("/"))) if path else None
    parts = tuple(path[1:].split("/"))
    if len(parts) < 2 or parts[0] != _STORE:
        return None
    return Target(parts[1], parts[2:])


def absolute(manifest: str, *path: str) -> str:
    """The URI of a box of a manifest, or of the manifest itself."""
    return _PREFIX + "/".join(["", _STORE, manifest, *path])


def relative(*path: str) -> str:
    """The URI of a box of the manifest in which the URI stands."""
    return _PREFIX + "/".join(path)


def make_absolute(url: str, manifest: str) -> str:
    """The same URI in its one form, whatever manifest it stands in; other text as it is."""
    target = parse(url)
    if target is None:
        return url
    return absolute(manifest if target.manifest is None else target.manifest, *target.path)
