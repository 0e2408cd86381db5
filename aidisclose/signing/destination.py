"""Where signing writes: the asset, its manifest store, and the fragments that continue it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aidisclose.io.output import Output, Writable, open_output
from aidisclose.io.source import Readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where an asset goes, and the manifest store that is about it.

    Attributes:
        output: The asset's copy; None leaves the source as the asset.
        sidecar: The store's own file.
        embeds: Whether the store goes into the asset.
        remote: The https address at which the store will be found.
        fragments: Where each file that continues the asset is, and where it goes.
        overwrite: Replace what is there.
        like: A file whose permissions and times the output gets.

    Raises:
        ValueError: They exclude one another.
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
            raise ValueError("fragments need an output, with the manifest store in it")
        if self.output is None and (self.sidecar is None or self.remote):
            raise ValueError("give an output, or a sidecar and no remote address")

    @contextmanager
    def open(self) -> Iterator[tuple[Output | None, Output | None]]:
        """Files for the output and the sidecar, which appear when the block ends without error."""
        with ExitStack() as stack:

            def opened(writable: Writable | None, like: Path | None = None) -> Output | None:
                if writable is None:
                    return None
                return stack.enter_context(
                    open_output(writable, overwrite=self.overwrite, like=like)
                )

            yield opened(self.output, self.like), opened(self.sidecar)
