"""The asset's content against the hard binding (C2PA 2.5 §14.12)."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from aidisclose.bindings import BINDINGS
from aidisclose.bindings.binding import MISMATCH, Asset, UnsupportedAlgorithm
from aidisclose.bindings.shown import as_shown
from aidisclose.errors import Malformed
from aidisclose.io.source import Range
from aidisclose.manifest.lineage import Lineage, Node
from aidisclose.manifest.store import Assertion
from aidisclose.named import NamedTuple
from aidisclose.validate.parts import check_parts, multi_asset_hashes
from aidisclose.validate.status import Status


class Content(NamedTuple):
    """The result of checking the content of an asset against its hard binding.

    Attributes:
        binding: JUMBF URI of the hard binding, empty if there is none.
        is_match: Whether a hash matched.
        is_altered: Whether the content is another one than was signed.
        outside: The parts of the file that no hash covers, besides the manifest store.
        elsewhere: The parts that no hash covers, of other files or of its manifest, in words.
        size: Of the file, in bytes; 0 if nothing was compared with it.
        unchecked: The parts that were signed and were not there to be checked, in words.
        removed: The number of parts that were signed as optional, and were taken away.
    """

    binding: str = ""
    is_match: bool = False
    is_altered: bool = False
    outside: tuple[Range, ...] = ()
    elsewhere: str = ""
    size: int = 0
    unchecked: str = ""
    removed: int = 0

    @property
    def is_partial(self) -> bool:
        """Whether a hash matched, but does not cover all there is."""
        return self.is_match and bool(self.outside or self.elsewhere)

    @property
    def share(self) -> float:
        """The covered share of the file; the manifest store counts as covered."""
        left_out = sum(part.length for part in self.outside)
        return 1 - min(left_out, self.size) / self.size if self.size else 1.0


def check_content(lineage: Lineage, asset: Asset) -> Generator[Status, None, Content]:
    """Whether the asset is the one that the active manifest was made for.

    Hashes the content whatever else is wrong, so that everything is reported at once.
    """
    node = lineage.subject
    active = lineage.bound[0].manifest
    if node is None:
        message = "no update manifest of this asset leads to a manifest with a hard binding"
        yield Status("claim.hardBindings.missing", active.url(), message)
        return Content()
    assertion = hard_binding(node)
    if assertion is None:
        if node.manifest is not active:  # of the active manifest, its own checks say it
            message = "the manifest that is updated has no hard binding"
            yield Status("claim.hardBindings.missing", active.url(), message)
        return Content()
    asset = asset._replace(updated=len(lineage.bound) > 1)
    found = yield from _check_binding(node, assertion, asset)
    return found._replace(binding=assertion.url, size=asset.layout.size)


def hard_binding(node: Node) -> Assertion | None:
    """The hard binding of a manifest; its first: a second one is an error.

    One that does not match the claim is taken only if there is no other. What its hash says of the
    content is reported then, but the manifest is invalid.
    """
    try:
        standing: Iterable[Assertion] = node.manifest.assertions.values()
    except Malformed:
        standing = ()
    for listed in (node.intact.values(), standing):
        for assertion in listed:
            if assertion.parts.base in BINDINGS:
                return assertion
    return None


def _check_binding(
    node: Node, assertion: Assertion, asset: Asset
) -> Generator[Status, None, Content]:
    binding = BINDINGS[assertion.parts.base]
    try:
        outcome = as_shown(asset, binding.check(asset, assertion.fields, _claim_alg(node)))
    except UnsupportedAlgorithm as error:
        yield Status("algorithm.unsupported", assertion.url, error.reason)
        return Content()
    except Malformed as error:
        yield Status(f"{binding.code}.malformed", assertion.url, error.reason)
        return Content()
    if outcome.outside or outcome.elsewhere:
        left_out = sum(part.length for part in outcome.outside)
        message = f"{left_out:,} bytes besides the manifest store are covered by no hash"
        code = f"{binding.code}.additionalExclusionsPresent"
        yield Status(code, assertion.url, outcome.elsewhere or message)
    # Of a file that is missing, no hash differs: perhaps it was only not given.
    is_altered = outcome.code == MISMATCH and not outcome.is_unproven
    # A file whose later parts were cut off, or replaced by others, does not match as a whole
    # (§14.12.1.1): its parts may still be the signed ones.
    if outcome.failure is not None and (hashes := multi_asset_hashes(node)):
        left = yield from check_parts(node.manifest, hashes, asset)
        if left is None:
            return Content(is_altered=is_altered)
        return Content(
            is_match=True,
            outside=left.outside,
            elsewhere=left.elsewhere,
            removed=left.removed,
        )
    if outcome.failure is not None:
        yield Status(f"{binding.code}.{outcome.code}", assertion.url, outcome.failure)
        return Content(is_altered=is_altered)
    limit = f"without {outcome.unchecked}" if outcome.unchecked else ""
    yield Status(f"{binding.code}.match", assertion.url, limit)
    return Content(
        is_match=True,
        outside=outcome.outside,
        elsewhere=outcome.elsewhere,
        unchecked=outcome.unchecked,
    )


def _claim_alg(node: Node) -> str | None:
    try:
        return node.manifest.claim.alg
    except Malformed:
        return None  # reported where the claim is checked; the content may be sound
