"""Finding objects: by a prefix, and by patterns."""

from __future__ import annotations

import asyncio
import re
from fnmatch import translate

from aidisclose.errors import UsageError
from aidisclose.named import NamedTuple
from aidisclose.storage.address import split
from aidisclose.storage.service import explained, reach

_MAGIC = re.compile(r"[*?\[]")


class Object(NamedTuple):
    """An object that was found.

    Attributes:
        address: Its address.
        size: In bytes.
    """

    address: str
    size: int


def has_many(address: str) -> bool:
    """Whether an address is a prefix or a pattern rather than one object."""
    scheme, _, key = split(address)
    if scheme in ("https", "http"):
        return not key or key.endswith("/")
    return not key or key.endswith("/") or _MAGIC.search(key) is not None


def root_of(address: str) -> str:
    """The prefix that a listing of this address begins at, with its slash."""
    scheme, place, key = split(address)
    magic = _MAGIC.search(key)
    fixed = key[: magic.start()] if magic else key
    return f"{scheme}://{place}/{fixed[: fixed.rfind('/') + 1]}"


def find(address: str) -> list[Object]:
    """The objects below a prefix, or those that match a pattern, in the order of the service.

    Of patterns, `*` and `?` stand for any characters but slashes, `**` for slashes too.

    Raises:
        UsageError: The service cannot list.
        OSError: There is no such bucket, or it may not be listed.
        Unreachable: The service cannot be reached.
    """
    scheme, place, key = split(address)
    if scheme in ("https", "http"):
        raise UsageError(f"{address!r} cannot be listed: name the files, or give --files-from")
    root = root_of(address)
    operator, prefix = reach(root)
    pattern = re.compile(_expression(key)) if _MAGIC.search(key) else None
    found: list[Object] = []

    async def collect() -> None:
        async for entry in await operator.to_async_operator().list(prefix or "/", recursive=True):
            path = entry.path.lstrip("/")
            if not path.endswith("/") and (pattern is None or pattern.fullmatch(path)):
                name = f"{scheme}://{place}/{path}"
                found.append(Object(name, entry.metadata.content_length))

    with explained(address):
        # The other way of listing keeps all threads waiting for the service.
        asyncio.run(collect())
    return found


def _expression(pattern: str) -> str:
    """A pattern as a regular expression; a star stops at slashes unless it is doubled."""
    parts = [
        part if number % 2 else translate(part).removeprefix("(?s:").removesuffix(r")\Z")
        for number, part in enumerate(re.split(r"(\*\*/?|\*)", pattern))
    ]
    stars = {"*": "[^/]*", "**": ".*", "**/": "(?:.*/)?"}
    return "".join(stars[part] if number % 2 else part for number, part in enumerate(parts))
