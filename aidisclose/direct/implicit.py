"""The implicit label of GB 45438-2025 in a file: a new one, or one that a platform completes."""

from __future__ import annotations

from aidisclose import carriers
from aidisclose.carriers import FoundLabel, aigc, xmp
from aidisclose.carriers.aigc import Label, Propagation
from aidisclose.containers import Container, Edits, Layout, identify
from aidisclose.containers.container import Carrier
from aidisclose.direct import readback
from aidisclose.errors import SigningError, UnsupportedFormat, UsageError
from aidisclose.io.source import BytesSource


def write(data: bytes, wanted: Label | Propagation) -> tuple[bytes, tuple[str, ...]]:
    """The file with the label in the place for its format, and warnings, a line each.

    Arguments:
        data: A file without credentials.
        wanted: A new label, or what a platform adds to the one that is there.

    Raises:
        UnsupportedFormat: The format cannot hold a label.
        SigningError: Another label is elsewhere in the file, or none is there to be completed.
        Malformed: The file's XMP cannot be read, or the result would say less than the file.
        LimitExceeded: The result would exceed its format.
    """
    source = BytesSource(data)
    container = identify(source)
    layout = container.scan(source)
    found = carriers.read(source, layout).labels
    label, warnings = (wanted, ()) if isinstance(wanted, Label) else complete(wanted, found)
    check_place(found, layout, container)
    if Carrier.AIGC in container.carriers:
        edits = Edits(aigc=label.encode().encode())
    else:
        values = {xmp.AIGC: label.encode()}
        old = layout.xmp and source.read_at(layout.xmp.start, layout.xmp.length)
        edits = Edits(xmp=xmp.parse(old).merge(values) if old else xmp.create(values))
    splice = container.rewrite(source, layout, edits)
    readback.confirm(container, source, layout, splice, edits)
    return splice.read_at(0, splice.size), warnings


def complete(added: Propagation, found: tuple[FoundLabel, ...]) -> tuple[Label, tuple[str, ...]]:
    """The one label that was found with a platform's fields, and a warning if it had others.

    Raises:
        SigningError: There is not one label, or it cannot be completed.
    """
    if len(found) != 1:
        what = "no AIGC label that a platform could complete" if not found else "several labels"
        raise SigningError(f"the file has {what}: its producer has to write one")
    fields = found[0].fields or {}
    try:
        label = added.complete(fields)
    except UsageError as error:
        raise SigningError(f"the AIGC label of the file cannot be completed: {error}") from None
    former = fields.get("ContentPropagator", "")
    is_other = former not in ("", added.propagator)
    return label, (f"the AIGC label named the platform {former!r} before",) if is_other else ()


def check_place(found: tuple[FoundLabel, ...], layout: Layout, container: Container) -> None:
    """Check that a label has a place, and none is elsewhere (GB 45438-2025 §6.1).

    Raises:
        UnsupportedFormat: The format cannot hold a label.
        SigningError: One is in another place.
    """
    own = aigc.place(layout.media_type)
    if not (
        Carrier.AIGC in container.carriers or (own == "XMP" and Carrier.XMP in container.carriers)
    ):
        raise UnsupportedFormat(f"no AIGC label can be written into {container.name} files")
    others = [label.place for label in found if label.place != own]
    if others:
        raise SigningError(
            f"the file carries an AIGC label already, in {others[0]}, and one is permitted "
            "(GB 45438-2025 §6.1); remove it first"
        )
