"""Finding objects: by a prefix, and by patterns."""

from __future__ import annotations

import asyncio
import re
import time
from fnmatch import translate
from typing import TYPE_CHECKING

from aidisclose.errors import UsageError
from aidisclose.named import NamedTuple
from aidisclose.storage import provider
from aidisclose.storage.address import split
from aidisclose.storage.provider import explained, reach

if TYPE_CHECKING:
    from opendal import Operator

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
    with explained(address):
        # Where opendal walks through folders itself, asking again after an error continues behind
        # the folder that could not be listed: its files would be missing, and nobody would know.
        if operator.capability().list_with_recursive:
            paths = _paths(operator, prefix)
        else:
            paths = _walked(*reach(root, retrying=False))
    return [
        Object(f"{scheme}://{place}/{path}", size)
        for path, size in paths
        if pattern is None or pattern.fullmatch(path)
    ]


def _paths(operator: Operator, prefix: str) -> list[tuple[str, int]]:
    """The name of each object below a prefix, and its bytes."""

    async def collect() -> list[tuple[str, int]]:
        entries = await operator.to_async_operator().list(prefix or "/", recursive=True)
        found = [(each.path.lstrip("/"), each.metadata.content_length) async for each in entries]
        return [(path, size) for path, size in found if not path.endswith("/")]

    # The other way of listing keeps all threads waiting for the service.
    return asyncio.run(collect())


def _walked(operator: Operator, prefix: str) -> list[tuple[str, int]]:
    """The same, begun again from the start if the service does not answer."""
    for pause in provider.pauses():
        try:
            return _paths(operator, prefix)
        except Exception as error:
            if not provider.is_passing(error):
                raise
            time.sleep(pause)
    return _paths(operator, prefix)


def _expression(pattern: str) -> str:
    """A pattern as a regular expression; a star stops at slashes unless it is doubled."""
    parts = [
        part if number % 2 else translate(part).removeprefix("(?s:").removesuffix(r")\Z")
        for number, part in enumerate(re.split(r"(\*\*/?|\*)", pattern))
    ]
    stars = {"*": "[^/]*", "**": ".*", "**/": "(?:.*/)?"}
    return "".join(stars[part] if number % 2 else part for number, part in enumerate(parts))
