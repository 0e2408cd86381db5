"""Addresses: `s3://bucket/key` and its like, as paths that keep their two slashes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from aidisclose.errors import UsageError
from aidisclose.named import NamedTuple

#: Schemes of addresses. Plain HTTP is for this machine alone: what it brings anybody may change.
SCHEMES: Final = ("s3", "gs", "az", "webhdfs", "https", "http")
_PREFIXES: Final = tuple(f"{scheme}://" for scheme in SCHEMES)
_STEPS: Final = (".", "..")
_LOCAL: Final = ("127.0.0.1", "localhost", "[::1]")

if TYPE_CHECKING:
    _Base = Path
else:
    _Base = type(Path())


class Address(_Base):
    """An address as a path: folders, names and endings as of a file, and no file system behind it.

    `Path("s3://bucket/key")` is the file `key` in the folder `s3:/bucket` of the working folder,
    and stays that: no name that a file brings becomes an address by being joined to a folder.
    """

    __slots__ = ()

    def __str__(self) -> str:
        """With two slashes, which paths join."""
        text = super().__str__().replace(os.sep, "/")
        scheme, _, rest = text.partition(":/")
        # A part of an address, as `relative_to` returns it, has no scheme.
        return f"{scheme}://{rest.lstrip('/')}" if rest and scheme in SCHEMES else text

    def __fspath__(self) -> str:
        return str(self)

    def resolve(self, strict: bool = False) -> Self:  # noqa: ARG002 - as that of `Path`
        """Itself: there are no links."""
        return self

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        """Do nothing: objects need no folders."""


class Parts(NamedTuple):
    """The parts of an address.

    Attributes:
        scheme: One of SCHEMES.
        place: The bucket, the container, or the host with its port.
        key: The name of the object in it; empty, or ended by a slash, for a prefix.
    """

    scheme: str
    place: str
    key: str


def is_address(name: str | os.PathLike[str]) -> bool:
    """Whether a name is an address, and not that of a file."""
    return os.fspath(name).startswith(_PREFIXES)


def is_web(name: str | os.PathLike[str]) -> bool:
    """Whether an address is that of a web server, which need not be anybody's whom one trusts."""
    return os.fspath(name).startswith(("https://", "http://"))


def path(name: str | os.PathLike[str]) -> Path:
    """An address as `Address`, any other name as a path."""
    return Address(name) if is_address(name) else Path(name)


def is_exact(key: str) -> bool:
    """Whether a name in a storage is read as it is written.

    opendal takes away doubled slashes and space at the ends, clients of HTTP the parts `.` and
    `..`: of two objects, `a//b.png` and `a/b.png`, the second would be read twice.
    """
    *folders, last = key.split("/")
    return (
        key == key.strip()
        and last not in _STEPS
        and not any(each in _STEPS or not each for each in folders)
    )


def split(name: str) -> Parts:
    """The parts of an address.

    Raises:
        UsageError: A part is missing, or the address cannot be read safely.
    """
    scheme, _, rest = name.partition("://")
    place, _, key = rest.partition("/")
    if scheme not in SCHEMES or not place:
        raise UsageError(f"invalid address {name!r}: expected {scheme}://PLACE/NAME")
    if "@" in place:
        raise UsageError("an address must not hold a password: use what the provider reads itself")
    if scheme == "http" and place.rpartition(":")[0] not in _LOCAL and place not in _LOCAL:
        raise UsageError(f"{name!r} is not secure: use https")
    if not is_exact(key):
        raise UsageError(f"{name!r} cannot be read: the name would be taken for that of another")
    if scheme in ("https", "http") and ("?" in key or "#" in key):
        raise UsageError("an address with a query cannot be read: download the file")
    return Parts(scheme, place, key)
