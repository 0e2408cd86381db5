"""Media formats: where bytes live in each. To add one, write a module and name it in `_MODULES`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from aidisclose.containers import sidecar
from aidisclose.containers.container import (
    KEEP,
    Block,
    BoxTree,
    Comment,
    Container,
    Edits,
    EmbeddedStore,
    Layout,
    Problem,
    Stray,
    read_store,
)
from aidisclose.errors import UnsupportedFormat
from aidisclose.io.source import Readable, Source

if TYPE_CHECKING:
    #: All formats, in sniffing order.
    CONTAINERS: tuple[Container, ...]

__all__ = [
    "CONTAINERS",
    "KEEP",
    "Block",
    "BoxTree",
    "Comment",
    "Container",
    "Edits",
    "EmbeddedStore",
    "Layout",
    "Problem",
    "Stray",
    "identify",
    "read_store",
]

#: In sniffing order: formats with a distinctive signature first, bare MPEG audio frames last. Each
#: is imported when it is its turn, so that looking at a picture does not cost knowing all others.
_MODULES: Final = (
    "jpeg",
    "png",
    "riff",
    "bmff",
    "gif",
    "tiff",
    "jxl",
    "svg",
    "flac",
    "ogg",
    "pdf",
    "zip",
    "mp3",
)

_HEAD: Final = 4096


def _each() -> Iterator[Container]:
    for name in _MODULES:
        yield from _containers_of(name)


@cache
def _containers_of(name: str) -> tuple[Container, ...]:
    """Those of one module: its `CONTAINERS`, or its one `CONTAINER`."""
    module: Any = import_module(f"{__name__}.{name}")
    found: tuple[Container, ...] = getattr(module, "CONTAINERS", ()) or (module.CONTAINER,)
    return found


def __getattr__(name: str) -> object:
    if name == "CONTAINERS":
        return tuple(_each())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def identify(
    source: Source, *, detached: bool = False, beside: Readable | None = None
) -> Container:
    """The format of a file, by its content alone: a name ending is a claim, not a fact.

    Arguments:
        source: The file.
        detached: Whether it may be any file, since its store is elsewhere, or will be.
        beside: Where the file is, which may be any file if a store lies beside it.

    Raises:
        UnsupportedFormat: The file is empty or none of the known formats.
    """
    head = source.read_at(0, _HEAD)
    if head.startswith(b"ID3"):
        # Such a tag may precede MPEG audio, FLAC and others: what follows it decides.
        from aidisclose.containers.id3 import tag_size

        if skipped := tag_size(head):
            head = head[:10] + source.read_at(skipped, _HEAD)
    for container in _each():
        if container.sniff(head):
            return container
    if not head:
        raise UnsupportedFormat("the file is empty")
    if sidecar.is_store(head):
        raise UnsupportedFormat("a manifest store alone: name the file that it is about")
    if detached or (beside is not None and sidecar.find(beside)):
        return sidecar.OTHER
    raise UnsupportedFormat("not a media format that aidisclose knows (see `aidisclose formats`)")
