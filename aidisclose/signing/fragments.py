"""Writing the fragments that a signed initialization segment binds (C2PA 2.5 §A.5.3.1.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aidisclose.bindings import fragments
from aidisclose.bindings.binding import Asset, BindingTerms
from aidisclose.containers.container import Fragmented
from aidisclose.errors import AidiscloseError, UnsupportedFormat
from aidisclose.io.digest import Progress
from aidisclose.io.output import Outputs, Writable
from aidisclose.io.source import Readable, open_source
from aidisclose.io.splice import in_memory


def write_fragments(
    asset: Asset,
    pairs: Iterable[tuple[Readable, Writable]],
    terms: BindingTerms,
    *,
    outputs: Outputs,
    progress: Progress | None = None,
) -> list[bytes]:
    """Write copies of fragments that say which leaf of a Merkle tree they are.

    Arguments:
        asset: The initialization segment that they continue.
        pairs: The place of each fragment, and the place to write it to; in their order.
        terms: The terms that the binding follows.
        outputs: The outputs with which the copies appear.
        progress: Called with the number of bytes written.

    Returns:
        The leaves: the digest of each fragment.

    Raises:
        UnsupportedFormat: The format has no fragments, one of the files is not a fragment, or it
            leads players where nothing is signed.
        MalformedFile: A fragment cannot be followed.
        LimitExceeded: The result would exceed its format.
        FileExistsError: An output exists that is not to be replaced.
        OSError: A file cannot be read or written.
    """
    container = asset.container
    leaves: list[bytes] = []
    sizes: Mapping[bytes, bytes] = {}
    if isinstance(container, Fragmented):
        sizes = container.sample_sizes(asset.source, asset.layout)
    for location, (readable, writable) in enumerate(pairs):
        if not isinstance(container, Fragmented):
            raise UnsupportedFormat(f"{container.name} files have no fragments")
        claim = fragments.claim(asset, location)
        with outputs.open_one_of_many(writable) as file, open_source(readable) as source:
            try:
                splice = in_memory(container.claim(source, container.scan(source), claim))
            except AidiscloseError as error:
                raise type(error)(f"{fragments.name(asset, location)}: {error}") from None
            written = Asset(splice, container.scan(splice), container)
            # A player reads samples wherever `trun` says that they are. Some in bytes that no leaf
            # covers would be played as signed.
            if reason := fragments.surplus(written, sizes):
                raise UnsupportedFormat(f"{fragments.name(asset, location)} {reason}")
            leaves += file.fill(splice, fragments.plans(written, terms), progress=progress)
    return leaves
