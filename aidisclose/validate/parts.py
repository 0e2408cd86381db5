"""Files of several parts, each with a hash of its own (C2PA 2.5 §14.12.4, §16.3.5)."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import cached_property
from typing import Final

from aidisclose import limits
from aidisclose.bindings import BINDINGS
from aidisclose.bindings.binding import (
    Asset,
    Fields,
    UnsupportedAlgorithm,
    algorithm,
    maps,
    natural,
)
from aidisclose.bindings.shown import as_shown
from aidisclose.containers import Layout, identify
from aidisclose.containers.container import BoxTree, BoxTreed
from aidisclose.errors import Malformed, MalformedFile, UnsupportedFormat
from aidisclose.io.source import Range
from aidisclose.io.splice import Copy, Splice
from aidisclose.manifest.lineage import Digests, Node
from aidisclose.manifest.store import Assertion, Manifest
from aidisclose.manifest.uri import HashedURI
from aidisclose.named import NamedTuple
from aidisclose.validate.status import Status

_NAME: Final = "c2pa.hash.multi-asset"
_CODE: Final = "assertion.multiAssetHash"
#: What the label of a part's hash ends with, before the number of its instance.
_SUFFIX: Final = ".part"
_DATA_HASH: Final = "c2pa.hash.data"


class _Part(NamedTuple):
    """A part that is there, and its hash.

    Attributes:
        place: The range that is hashed.
        start: The offset of the part; of one in a box, that of the header of the box.
        binding: Label of the kind of hash.
        assertion: The hash.
    """

    place: Range
    start: int
    binding: str
    assertion: Assertion


class Uncovered(NamedTuple):
    """The content that no hash covers although all parts match.

    Attributes:
        outside: Ranges of the file.
        elsewhere: Content of other files that a part shows, in words; empty if there is none.
        removed: The number of optional parts that are not there.
    """

    outside: tuple[Range, ...] = ()
    elsewhere: str = ""
    removed: int = 0


class _Failure(Exception):
    """The reason why the parts are not the signed ones.

    Attributes:
        code: End of the status code.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def multi_asset_hashes(node: Node) -> tuple[Assertion, ...]:
    """The assertions about parts that the claim generator itself made, and that are intact."""
    try:
        created = node.manifest.claim.created
    except Malformed:
        return ()  # reported where the claim is checked
    found = (node.manifest.resolve(item.url) for item in created)
    return tuple(
        item for item in found if item and item.parts.name == _NAME and item.label in node.intact
    )


def check_parts(
    manifest: Manifest, hashes: Sequence[Assertion], asset: Asset
) -> Generator[Status, None, Uncovered | None]:
    """Whether an asset whose hard binding does not match is made of parts that do.

    Arguments:
        manifest: The manifest with the hard binding.
        hashes: Its multi-asset hashes, one or more.
        asset: The file.

    Returns:
        What no hash covers, None if a part does not match.
    """
    url = hashes[0].url
    found: list[Uncovered] = []
    try:
        if len(hashes) > 1:
            raise _Failure("malformed", f"{len(hashes)} multi-asset hashes")
        parts, removed = _locate(manifest, hashes[0].fields, asset)
        for part in parts:
            found.append((yield from _check_part(part, manifest, asset)))
    except _Failure as failure:
        yield Status(f"{_CODE}.{failure.code}", url, str(failure))
    except UnsupportedAlgorithm as error:
        yield Status("algorithm.unsupported", url, error.reason)
    except Malformed as error:
        yield Status(f"{_CODE}.malformed", url, error.reason)
    else:
        yield Status(f"{_CODE}.match", url, f"{removed} optional, not there" if removed else "")
        outside = tuple(each for item in found for each in item.outside)
        elsewhere = next((each.elsewhere for each in found if each.elsewhere), "")
        return Uncovered(outside, elsewhere, removed)
    return None


def _locate(manifest: Manifest, fields: Fields, asset: Asset) -> tuple[list[_Part], int]:
    """The parts that are there, in file order, and how many optional ones are not.

    Those that are there cover the whole file.
    """
    parts: list[_Part] = []
    removed = 0
    size = asset.layout.size
    # Each of ten thousand parts may name the same large hash, or a box in a tree of as many.
    digests = Digests()
    boxes = _Boxes(asset)
    for item in maps(fields.get("parts"), "parts", most=limits.EXCLUSIONS):
        start, place = _place(item.get("location"), boxes)
        assertion = _hash_assertion(manifest, item.get("hashAssertion"), digests)
        optional = item.get("optional")
        if optional is not None and not isinstance(optional, bool):
            raise Malformed("optional is not a boolean")
        if place.start < size:
            binding = assertion.parts.base.removesuffix(_SUFFIX)
            parts.append(_Part(place, start, binding, assertion))
        elif not optional:
            raise _Failure("missingPart", f"nothing is left for the part at {place.start}")
        else:
            removed += 1
    # C2PA 2.2 §18.9.2 lists them in this order; what matters is that they touch, or bytes between
    # them would be anybody's.
    parts.sort(key=lambda part: part.place)
    ends = [0, *(part.place.end for part in parts)]
    if not all(
        part.start <= end <= part.place.start for end, part in zip(ends, parts, strict=False)
    ):
        raise Malformed("the parts overlap or leave something out")
    if ends[-1] < size:
        raise Malformed("the parts leave the end of the file out")
    if ends[-1] > size:
        raise _Failure("mismatch", "the last part is cut off")
    return parts, removed


class _Boxes:
    """The boxes of an asset, which are read once."""

    def __init__(self, asset: Asset) -> None:
        self._asset = asset

    @cached_property
    def tree(self) -> BoxTree:
        """Their tree.

        Raises:
            Malformed: The asset has none.
        """
        container = self._asset.container
        if not isinstance(container, BoxTreed):
            raise Malformed("a part in a box, but the file is not an ISO media file")
        return container.tree(self._asset.source, self._asset.layout)


def _place(location: object, boxes: _Boxes) -> tuple[int, Range]:
    """The beginning of a part, and its hashed ranges."""
    if not isinstance(location, dict):
        raise Malformed("a part without location")
    start, length = natural(location, "byteOffset"), natural(location, "length")
    xpath = location.get("bmffBox")
    if xpath is None and start is not None and length is not None:
        return start, Range(start, length)
    if not isinstance(xpath, str) or start is not None or length is not None:
        raise Malformed("a part without exactly one location")
    found = boxes.tree.find(xpath)
    if len(found) != 1:
        raise Malformed(f"{len(found)} boxes where a part is")
    return found[0].start, boxes.tree.content(found[0])


def _hash_assertion(manifest: Manifest, value: object, digests: Digests) -> Assertion:
    reference = HashedURI.decode(value)
    assertion = manifest.resolve(reference.url)
    if assertion is None:
        raise Malformed("a part whose hash is not there")
    base = assertion.parts.base
    if not base.endswith(_SUFFIX) or base.removesuffix(_SUFFIX) not in BINDINGS:
        raise Malformed("a part whose hash is of another kind")
    alg = algorithm({"alg": reference.alg}, manifest.claim.alg)
    # The claim does not list the hash of a part: this reference is all that binds it to the
    # signature.
    if not digests.match(assertion.box, reference, alg):
        raise Malformed("a part whose hash was changed")
    return assertion


def _check_part(
    part: _Part, manifest: Manifest, asset: Asset
) -> Generator[Status, None, Uncovered]:
    """Offsets in the hash of a part count from where the part begins."""
    source = Splice(asset.source, [Copy(*part.place)])
    binding = BINDINGS[part.binding]
    try:
        container = identify(source)
        layout = container.scan(source)
    except (UnsupportedFormat, MalformedFile) as error:
        if part.binding != _DATA_HASH:
            raise _Failure("mismatch", f"the part at {part.place.start}: {error}") from None
        container, layout = asset.container, Layout(media_type="", size=source.size, blocks=())
    # A part may be a file with credentials of its own. Nothing validates those here, so they are
    # content: a hash that left them out would let anybody exchange them.
    # By their place in the file: the store that is being validated, and no other one inside of a
    # part.
    validated = {store.frame.start - part.place.start for store in asset.layout.stores}
    stores = tuple(store for store in layout.stores if store.frame.start in validated)
    layout = layout._replace(stores=stores)
    bound = asset._replace(source=source, layout=layout, container=container, fragments=())
    outcome = as_shown(bound, binding.check(bound, part.assertion.fields, manifest.claim.alg))
    if outcome.outside or outcome.elsewhere:
        message = "bytes other than the manifest store are not protected"
        code = f"{binding.code}.additionalExclusionsPresent"
        yield Status(code, part.assertion.url, outcome.elsewhere or message)
    if outcome.failure is not None:
        raise _Failure("mismatch", f"the part at {part.place.start}: {outcome.failure}")
    moved = (Range(part.place.start + item.start, item.length) for item in outcome.outside)
    return Uncovered(tuple(moved), outcome.elsewhere)
