"""JPEG XL: the store is a `jumb` box of the file, as it stands (C2PA 2.5 §A, JPEG XL)."""

from __future__ import annotations

from typing import Final

from aidisclose import limits
from aidisclose.containers import isobox
from aidisclose.containers.container import (
    KEEP,
    Block,
    Container,
    Edits,
    EmbeddedStore,
    Layout,
    Problem,
)
from aidisclose.containers.isobox import Box
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.change import Change, change
from aidisclose.io.source import BytesSource, Range, Source
from aidisclose.io.splice import Splice

_SIGNATURE: Final = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_CODESTREAM: Final = b"\xff\x0a"

#: Type and label of a manifest store in its description box (C2PA 2.5 §11.1.4.2).
_STORE_TYPE: Final = b"c2pa" + bytes.fromhex("00110010800000AA00389B71")
_STORE_LABEL: Final = b"c2pa\x00"


def _sniff(head: bytes) -> bool:
    return head.startswith((_SIGNATURE, _CODESTREAM))


def _scan(source: Source) -> Layout:
    boxes = _boxes(source)
    frames: list[Range] = []
    problems: list[Problem] = []
    for box in boxes:
        if box.type == b"jumb" and _is_store(source, box):
            if len(frames) == limits.STORES:
                raise LimitExceeded(f"the file has more than {limits.STORES} manifest stores")
            if box.length > limits.STORE_SIZE:
                raise LimitExceeded(f"the manifest store has more than {limits.STORE_SIZE} bytes")
            frames.append(Range(box.start, box.length))
        elif box.type == b"brob" and _content(source, box, 4) == b"jumb":
            reason = "a compressed JUMBF box, in which there must be no manifest store"
            problems.append(Problem(reason=reason, offset=box.start))
    return Layout(
        media_type="image/jxl",
        size=source.size,
        blocks=tuple(Block(box.name, box.start, box.length) for box in boxes),
        stores=tuple(
            EmbeddedStore(frame=frame, exclusions=(frame,), pieces=(frame,)) for frame in frames
        ),
        problems=tuple(problems),
    )


def _boxes(source: Source) -> list[Box]:
    if source.read_at(0, len(_CODESTREAM)) == _CODESTREAM:
        raise UnsupportedFormat(
            "a bare JPEG XL codestream cannot hold a manifest store; put it into a container, "
            "with `cjxl --container=1` or `exiftool -m -XMP-dc:Format=image/jxl FILE`"
        )
    if source.read_at(0, len(_SIGNATURE)) != _SIGNATURE:
        raise MalformedFile("no JPEG XL signature", 0)
    boxes = list(isobox.walk(source, count=limits.JXL_BOXES))
    if len(boxes) < 2 or boxes[1].type != b"ftyp":
        raise MalformedFile("the JPEG XL signature is not followed by ftyp", len(_SIGNATURE))
    return boxes


def _content(source: Source, box: Box, length: int) -> bytes:
    """At most `length` bytes of what a box contains."""
    return source.read_at(box.body, min(length, box.end - box.body))


def _is_store(source: Source, box: Box) -> bool:
    """Whether the type or the label of a JUMBF superbox says that it is a manifest store."""
    description = _content(source, box, 8 + len(_STORE_TYPE) + 1 + len(_STORE_LABEL))[8:]
    return description.startswith(_STORE_TYPE) or description[17:] == _STORE_LABEL


def _frame(store: bytes) -> bytes:
    if len(store) > limits.STORE_SIZE:
        raise LimitExceeded(f"the manifest store is larger than {limits.STORE_SIZE} bytes")
    return store


def _rewrite(source: Source, layout: Layout, edits: Edits) -> Splice:
    if edits.store is KEEP:
        return change(source, ())
    changes = [Change(store.frame.start, store.frame.length) for store in layout.stores]
    if edits.store is not None:
        box = isobox.box_at(BytesSource(edits.store), 0, len(edits.store))
        if box.type != b"jumb" or box.end != len(edits.store):
            raise ValueError("the manifest store is not one JUMBF superbox")
        # The level of the codestream is declared directly behind ftyp.
        _, brands, *others = layout.blocks
        position = others[0].end if others and others[0].name == "jxll" else brands.end
        changes.insert(0, Change(position, 0, _frame(edits.store)))
    return change(source, changes)


CONTAINER: Final = Container(
    name="JPEG XL",
    media_types=("image/jxl",),
    extensions=(".jxl",),
    sniff=_sniff,
    scan=_scan,
    frame=_frame,
    rewrite=_rewrite,
)
