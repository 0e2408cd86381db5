"""Media formats: where bytes live in each. To add one, write a module and name it in `_MODULES`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from aidisclose.containers import sidecar
from aidisclose.containers.container import (
    KEEP,
    REST,
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
from aidisclose.containers.polyglot import refuse_polyglot
from aidisclose.errors import Unreadable, UnsupportedFormat
from aidisclose.io.source import Source

if TYPE_CHECKING:
    #: All formats, in sniffing order.
    CONTAINERS: tuple[Container, ...]

__all__ = [
    "CONTAINERS",
    "KEEP",
    "REST",
    "Block",
    "BoxTree",
    "Comment",
    "Container",
    "Edits",
    "EmbeddedStore",
    "Layout",
    "Problem",
    "Stray",
    "endings",
    "identify",
    "locate",
    "read_store",
    "refuse_polyglot",
]

#: In sniffing order: formats with a distinctive signature first, bare MPEG audio frames last. Each
#: is imported when it is its turn, so that looking at a picture does not cost knowing all others.
#: With the endings of its media files, so that looking through a folder does not either.
_MODULES: Final = {
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "png": (".png", ".apng"),
    "riff": (".wav", ".wave", ".webp", ".avi"),
    "bmff": (
        *(".avif", ".heic", ".heif", ".hif", ".m4a", ".m4b"),
        *(".mov", ".qt", ".mp4", ".m4v", ".3gp"),
    ),
    "gif": (".gif",),
    "tiff": (".tif", ".tiff", ".dng"),
    "jxl": (".jxl",),
    "svg": (".svg",),
    "flac": (".flac",),
    "ogg": (".ogg", ".oga", ".opus", ".ogv", ".spx"),
    "pdf": (".pdf",),
    "zip": (),
    "mp3": (".mp3",),
}

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


def identify(source: Source, *, detached: bool = False) -> Container:
    """The format of a file, by its content alone: a name ending is a claim, not a fact.

    Arguments:
        source: The file.
        detached: Whether the file may have any format, since its store is elsewhere, or will be.

    Raises:
        UnsupportedFormat: The file is empty, a manifest store, or of an unknown format.
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
    from aidisclose.containers.other import ANY, OTHERS

    for other in OTHERS:
        if (other.is_media or detached) and other.sniff(head):
            return other
    if detached:
        return ANY
    raise UnsupportedFormat("not a media format that aidisclose knows (see `aidisclose formats`)")


def endings(*, with_data: bool = False) -> tuple[str, ...]:
    """File name endings of media formats, lower case with the dot; archives are not media.

    Arguments:
        with_data: Whether formats of data, such as JSON and CSV, count as well.
    """
    from aidisclose.containers.other import OTHERS

    others = [item.extensions for item in OTHERS if item.is_media or with_data]
    return tuple(ending for known in (*_MODULES.values(), *others) for ending in known)


def locate(source: Source, *, detached: bool = False) -> tuple[Container, Layout]:
    """The format of a file, and the places of things in it.

    Arguments:
        source: The file.
        detached: Whether the store of the file is elsewhere, or will be. A file whose structure
            cannot be followed is bytes without a structure then.

    Raises:
        UnsupportedFormat: See `identify`; or a variant of the format is not read.
        MalformedFile: The structure cannot be followed.
        LimitExceeded: The file has more parts than `limits` allows.
    """
    container = identify(source, detached=detached)
    try:
        return container, container.scan(source)
    except (Unreadable, UnsupportedFormat):
        if not detached:
            raise
        from aidisclose.containers.other import ANY

        return ANY, ANY.scan(source)
