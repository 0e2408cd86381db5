"""The interface of a hard binding: how to check one, and how to write one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from aidisclose.codec import cbor
from aidisclose.containers import Container, Layout
from aidisclose.errors import Malformed
from aidisclose.io.digest import DigestPlan, Progress
from aidisclose.io.source import Range, Readable, Source
from aidisclose.manifest.spec import Spec
from aidisclose.manifest.uri import HASH_ALGORITHMS
from aidisclose.named import NamedTuple

#: What the reference says that a hash is about.
NAME: Final = "jumbf manifest"

#: The decoded content of an assertion, or of a map in it.
Fields = dict[object, object]


class UnsupportedAlgorithm(Malformed):
    """A hash algorithm that may not bind, or none where one must be named."""


#: The end of the status code where a hash differs.
MISMATCH: Final = "mismatch"


class BindingResult(NamedTuple):
    """The result of checking a hard binding.

    Attributes:
        failure: The reason why the asset is not shown to be the signed one, None if it is.
        outside: The parts of the file that no hash covers, besides the store itself: ascending.
        elsewhere: The parts of other files that no hash covers: `a part of fragment 2`.
        code: End of the status code if there is a failure.
        unchecked: The rest that was signed and was not there to be checked: `10 of 11 fragments`.
        is_unproven: Whether the failure is that nothing can be shown, and not that the content
            differs from what was signed.
    """

    failure: str | None = None
    outside: tuple[Range, ...] = ()
    elsewhere: str = ""
    code: str = MISMATCH
    unchecked: str = ""
    is_unproven: bool = False


class Asset(NamedTuple):
    """A media file whose content is checked, or about to be signed.

    Attributes:
        source: Its bytes.
        layout: The places of things in it.
        container: Its format.
        updated: Whether update manifests were added to the store after the content was hashed.
        fragments: The files that continue it, in their order, if it is an initialization segment.
        progress: Called with the number of bytes hashed.
        folder: The folder of the files of a collection, of which the asset is the manifest store.
    """

    source: Source
    layout: Layout
    container: Container
    updated: bool = False
    fragments: tuple[Readable, ...] = ()
    progress: Progress | None = None
    folder: Path | None = None


class BindingTerms(NamedTuple):
    """The settings of a new binding.

    Attributes:
        alg: The hash algorithm, one of `HASH_ALGORITHMS`.
        spec: Version of the specification.
    """

    alg: str
    spec: Spec


class Binding(NamedTuple):
    """One kind of hard binding.

    Attributes:
        code: Start of its status codes: `assertion.dataHash`.
        check: Whether an asset is the one that the assertion binds. Arguments: the asset, the
            fields of the assertion, the hash algorithm where the fields name none.
            Raises `Malformed` if the assertion is, `LimitExceeded`.
        size: The number of bytes to reserve for the assertion. The asset still lacks its store.
            Raises `UnsupportedFormat` if the format has no such binding.
        plans: The parts to hash of an asset that carries a store of the final size.
        encode: The assertion of exactly this many bytes, from the digests of these plans.
    """

    code: str
    check: Callable[[Asset, Fields, str | None], BindingResult]
    size: Callable[[Asset, BindingTerms], int]
    plans: Callable[[Asset, BindingTerms], Iterable[DigestPlan]]
    encode: Callable[[Asset, BindingTerms, Sequence[bytes], int], bytes]


def algorithm(fields: Fields, default: str | None) -> str:
    """The hash algorithm that `fields` name, else `default`.

    Raises:
        UnsupportedAlgorithm: It may not bind.
    """
    alg = fields.get("alg")
    if alg is None:
        alg = default
    if not isinstance(alg, str) or alg not in HASH_ALGORITHMS:
        raise UnsupportedAlgorithm(f"hash algorithm {alg!r}")
    return alg


def natural(fields: Fields, name: str) -> int | None:
    """A field that is a number from 0, None if it is absent.

    Raises:
        Malformed: It is something else.
    """
    value = fields.get(name)
    if value is None:
        return None
    if type(value) is not int or value < 0:
        raise Malformed(f"{name} is not a number from 0")
    return value


def maps(value: object, name: str, *, most: int) -> list[Fields]:
    """A list of one to `most` maps.

    Raises:
        Malformed: It is something else.
    """
    if not isinstance(value, list) or not 0 < len(value) <= most:
        raise Malformed(f"{name} is not a list of 1 to {most} entries")
    if not all(isinstance(item, dict) for item in value):
        raise Malformed(f"an entry of {name} is not a map")
    return value


def unproven(failure: str) -> BindingResult:
    """The outcome where a binding does not show whether the content is what was signed."""
    return BindingResult(failure, is_unproven=True)


def encode_to_size(fields: Fields, size: int) -> bytes:
    """The encoded map with padding to exactly `size` bytes."""
    return cbor.encode(fields | cbor.padding(size - len(cbor.encode(fields))))
