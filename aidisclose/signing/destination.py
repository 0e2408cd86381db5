"""The destination of signing: the asset, its manifest store, and its fragments."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aidisclose.carriers.xmp import is_address
from aidisclose.containers import Container, Layout, identify, locate
from aidisclose.containers.other import Other
from aidisclose.errors import MalformedFile, UsageError
from aidisclose.frozen import dataclass
from aidisclose.io.output import Output, Outputs, Writable, open_outputs
from aidisclose.io.source import Readable, Source
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.signing.request import SignRequest


@dataclass(frozen=True, kw_only=True)
class Destination:
    """The places of an asset and of the manifest store that is about it.

    Attributes:
        output: The asset's copy; None leaves the source as the asset.
        sidecar: The store's own file.
        embeds: Whether the store goes into the asset.
        remote: The https address at which the store will be found.
        fragments: The place of each file that continues the asset, and the place where it goes.
        overwrite: Replace what is there.
        like: A file whose permissions and times the output gets.

    Raises:
        UsageError: They cannot be combined.
    """

    output: Writable | None = None
    sidecar: Writable | None = None
    embeds: bool = True
    remote: str | None = None
    fragments: tuple[tuple[Readable, Writable], ...] = ()
    overwrite: bool = False
    like: Path | None = None

    def __post_init__(self) -> None:
        if self.fragments and (self.output is None or not self.embeds):
            raise UsageError("fragments need an output, with the manifest store in it")
        if self.remote is not None and not is_address(self.remote):
            raise UsageError(f"invalid address of a manifest store {self.remote!r}: expected https")
        if self.output is None and (self.sidecar is None or self.remote):
            raise UsageError("give an output, or a sidecar and no remote address")

    def check(self, request: SignRequest) -> None:
        """Check that what is asked for can be written here.

        Raises:
            UsageError: The hard binding does not suit fragments, or XMP or a label of GB 45438 is
                to be written into a source that stays as it is.
        """
        if self.fragments and request.binding not in (None, "c2pa.hash.bmff.v3"):
            raise UsageError("fragments need the BMFF hash")
        said = request.statement
        if self.output is None and isinstance(said, Disclosure) and (said.aigc or said.propagation):
            raise UsageError("a label of GB 45438 is written into a copy: give an output")
        if self.output is None and request.xmp:
            raise UsageError("XMP is written into a copy: give an output")
        if request.watermark is not None and (self.output is None or self.fragments):
            raise UsageError("a watermark is embedded in a copy of one file: give an output")

    @contextmanager
    def open(self, source: Readable) -> Iterator[tuple[Outputs, Output | None, Output | None]]:
        """All outputs, which appear together when the block ends well: the copy and the sidecar.

        Arguments:
            source: The file that is read in the block. If the output takes its place, it is locked
                before it is read, and must be the same in the end.
        """
        with open_outputs(overwrite=self.overwrite) as outputs:
            file = beside = None
            if self.output is not None:
                replaces = _same_file(source, self.output)
                # Opened before the source is read: a file that is signed onto itself must not be
                # changed by another process in between.
                file = outputs.open(self.output, like=self.like, replaces=replaces)
            if self.sidecar is not None:
                beside = outputs.open(self.sidecar)
            yield outputs, file, beside


def locate_source(opened: Source, destination: Destination) -> tuple[Container, Layout]:
    """The format of a source that goes here, and the places of things in it.

    Where nothing is written into it, it may be a file whose structure cannot be followed.

    Raises:
        Unembeddable: The format has no place for the store that is to be embedded.
        UnsupportedFormat: The source is empty, or a variant that is not read.
        MalformedFile: Its structure cannot be followed.
        LimitExceeded: It has more parts than `limits` allows.
    """
    if not destination.embeds and destination.remote is None:
        return locate(opened, detached=True)
    container = identify(opened, detached=True)
    if isinstance(container, Other):
        raise container.refusal()
    try:
        return container, container.scan(opened)
    except MalformedFile as error:
        # Some formats say it themselves, with what is wrong in their own words.
        if "--sidecar" in error.reason:
            raise
        told = MalformedFile(f"{error}; --sidecar signs the file as it is")
        told.reason, told.offset = error.reason, error.offset
        raise told from None


def _same_file(source: Readable, output: Writable) -> Path | None:
    """The path of the source, if the output has the same place."""
    if not (isinstance(source, str | os.PathLike) and isinstance(output, str | os.PathLike)):
        return None
    path = Path(source)
    try:
        # By inode and device: the same file may have two names, or be reached through a link.
        return path if path.samefile(output) else None
    except OSError:  # one is not there, which is said where it is opened
        return None
