"""The exclusion list of a BMFF hash: which boxes, or parts of them, it leaves out.

C2PA 2.5 §16.3.2.2, §A.5.5.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final

from aidisclose import limits
from aidisclose.bindings.binding import Fields, maps, natural
from aidisclose.containers import REST, Block, BoxTree
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.io.source import Range, Source, is_blank
from aidisclose.manifest.spec import Spec
from aidisclose.named import NamedTuple

_C2PA: Final = bytes.fromhex("D8FEC3D61B0E483C92975828877EC481")
_C2PA_OFFSET: Final = 8
#: Header and perhaps a 64-bit size; what follows in an `mdat` box is hashed in a Merkle tree.
MDAT_HEAD: Final = 16


class Exclusion(NamedTuple):
    """An entry of the list. A box matches if all conditions hold that are not None.

    Attributes:
        xpath: Path of the boxes.
        length: Of the box, its header included.
        version: Of a full box.
        flags: Of a full box.
        exact: Whether the box has no other flags either.
        data: Offsets in the box, and what stands there.
        subset: The parts that are left out, by their offset in the box; a length of 0 reaches to
            its end. None leaves out all of it.
    """

    xpath: str
    length: int | None = None
    version: int | None = None
    flags: int | None = None
    exact: bool = True
    data: tuple[tuple[int, bytes], ...] = ()
    subset: tuple[Range, ...] | None = None

    @property
    def comparisons(self) -> int:
        """The cost of searching a box for `data`, in short comparisons."""
        return sum(1 + len(value) // _SHORT for _, value in self.data)

    def encode(self) -> Fields:
        """As it is written in an assertion."""
        fields: Fields = {"xpath": self.xpath}
        if self.length is not None:
            fields["length"] = self.length
        if self.version is not None:
            fields["version"] = self.version
        if self.flags is not None:
            fields |= {"flags": self.flags.to_bytes(3), "exact": self.exact}
        if self.data:
            fields["data"] = [{"offset": offset, "value": value} for offset, value in self.data]
        if self.subset is not None:
            fields["subset"] = [{"offset": start, "length": size} for start, size in self.subset]
        return fields


#: The box of the store, and those that help to check a part of the file.
C2PA: Final = Exclusion("/uuid", data=((_C2PA_OFFSET, _C2PA),))
#: An index of the file at its end, which streaming servers rewrite.
INDEX: Final = Exclusion("/mfra")
#: Mandatory until 2.4, discouraged since 2.5.
BRANDS: Final = Exclusion("/ftyp")
#: Mandatory where a Merkle tree covers the rest of the box.
MEDIA: Final = Exclusion("/mdat", subset=(Range(MDAT_HEAD, 0),))

#: Version of the specification that wants `ftyp` hashed; it had to be left out before.
_BRANDS_ARE_HASHED: Final = (2, 5)

_PADDING: Final = ("/free", "/skip")
#: Bytes that are compared as fast as one.
_SHORT: Final = 64
_HEADER: Final = 8


class Excluded(NamedTuple):
    """The parts of one file that a list of exclusions leaves out.

    Attributes:
        ranges: Ascending, without overlap; none reaches beyond its top-level box.
        gone: Offsets of the top-level boxes of which nothing counts, not even where they are.
        outside: The ranges left out, but neither the store, nor empty, nor what the specification
            wants left out and holds nothing to be shown.
    """

    ranges: tuple[Range, ...]
    gone: frozenset[int]
    outside: tuple[Range, ...]


def required(spec: Spec, *, with_trees: bool) -> list[Exclusion]:
    """The rules to write for a version of the specification: none but those that it demands."""
    rules = [C2PA, INDEX]
    if not spec.has(_BRANDS_ARE_HASHED):
        rules.append(BRANDS)
    if with_trees:
        rules.append(MEDIA)
    return rules


def decode(value: object) -> tuple[Exclusion, ...]:
    """The rules of an assertion.

    Raises:
        Malformed: They are not as the specification says.
    """
    return tuple(_decode_rule(item) for item in maps(value, "exclusions", most=limits.BOX_RULES))


def _decode_rule(fields: Fields) -> Exclusion:
    xpath, flags, exact = fields.get("xpath"), fields.get("flags"), fields.get("exact")
    if not isinstance(xpath, str):
        raise Malformed("an exclusion without xpath")
    if flags is not None and not (isinstance(flags, bytes) and len(flags) == 3):
        raise Malformed("flags is not a byte string of 3 bytes")
    if exact is not None and not isinstance(exact, bool):
        raise Malformed("exact is not a boolean")
    return Exclusion(
        xpath=xpath,
        length=natural(fields, "length"),
        version=natural(fields, "version"),
        flags=None if flags is None else int.from_bytes(flags),
        exact=exact is not False,
        data=_decode_data(fields.get("data")),
        subset=_decode_subset(fields.get("subset")),
    )


def _decode_data(value: object) -> tuple[tuple[int, bytes], ...]:
    if value is None:
        return ()
    found: list[tuple[int, bytes]] = []
    for item in maps(value, "data", most=limits.BOX_RULES):
        offset, expected = natural(item, "offset"), item.get("value")
        if offset is None or not isinstance(expected, bytes):
            raise Malformed("an entry of data without offset and value")
        if len(expected) > limits.BOX_DATA:
            raise LimitExceeded(f"an exclusion compares more than {limits.BOX_DATA} bytes")
        found.append((offset, expected))
    return tuple(found)


def _decode_subset(value: object) -> tuple[Range, ...] | None:
    if value is None:
        return None
    found: list[Range] = []
    for item in maps(value, "subset", most=limits.EXCLUSIONS):
        offset, length = natural(item, "offset"), natural(item, "length")
        if offset is None or length is None:
            raise Malformed("an entry of subset without offset and length")
        if found and (found[-1].length == 0 or offset < found[-1].end):
            raise Malformed("the parts of a box in subset overlap or are out of order")
        found.append(Range(offset, length))
    return tuple(found)


def apply(
    source: Source, tree: BoxTree, rules: Iterable[Exclusion], *, with_trees: bool
) -> Excluded:
    """Apply the rules to a file; returns the parts that they leave out.

    Arguments:
        source: The file.
        tree: Its boxes.
        rules: The list.
        with_trees: Whether a Merkle tree covers what `MEDIA` leaves out.

    Raises:
        Malformed: A path is invalid, or boxes on its way do not fit into their parents.
        LimitExceeded: Too many boxes match.
    """
    ranges: list[Range] = []
    gone: set[int] = set()
    outside: list[Range] = []
    left = limits.EXCLUDED_BOXES
    for rule in rules:
        found = tree.find(rule.xpath)
        left -= len(found) * (len(rule.subset or (None,)) + rule.comparisons)
        if left < 0:
            raise LimitExceeded(f"exclusions look at more than {limits.EXCLUDED_BOXES} boxes")
        boxes = [box for box in found if _matches(source, tree, rule, box)]
        parts = [part for box in boxes for part in _parts(rule, box)]
        ranges += parts
        if rule.subset is None:
            gone.update(box.start for box in boxes)
        if rule.xpath in _PADDING:
            # Padding that holds something is where content would be hidden.
            bodies = (Range(box.start + _HEADER, box.length - _HEADER) for box in boxes)
            outside += [body for body in bodies if not is_blank(source, body)]
        elif rule in (INDEX, BRANDS):
            outside += [Range(box.start, box.length) for box in boxes if tree.surplus(box)]
        elif rule != C2PA and not (rule == MEDIA and with_trees):
            outside += parts
    return Excluded(_merged(ranges), frozenset(gone), _merged(outside))


def _matches(source: Source, tree: BoxTree, rule: Exclusion, box: Block) -> bool:
    if rule.length is not None and box.length != rule.length:
        return False
    if rule.version is not None or rule.flags is not None:
        found = tree.version_and_flags(box)
        if found is None:
            return False
        version, flags = found
        if rule.version is not None and version != rule.version:
            return False
        expected = flags if rule.flags is None else rule.flags
        # Not exact: the flags of the rule must be set, and others may be.
        if expected != (flags if rule.exact else flags & expected):
            return False
    return all(
        offset + len(value) <= box.length
        and source.read_at(box.start + offset, len(value)) == value
        for offset, value in rule.data
    )


def _parts(rule: Exclusion, box: Block) -> Iterator[Range]:
    for offset, length in rule.subset or (Range(0, 0),):
        start = box.start + offset
        # Length 0 is all to the end of the box, and beyond it there is nothing to leave out
        # (§16.3.2.2).
        end = min(start + length, box.end) if length else box.end
        if start < end:
            yield Range(start, end - start)


def _merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Ascending, those that overlap as one; those that only touch may lie in different boxes."""
    merged: list[Range] = []
    for part in sorted(ranges):
        if merged and part.start < merged[-1].end:
            start = merged[-1].start
            merged[-1] = Range(start, max(merged[-1].end, part.end) - start)
        else:
            merged.append(part)
    return tuple(merged)


def remaining(
    blocks: Iterable[Block], excluded: Excluded, *, with_offsets: bool
) -> Iterator[Range | bytes]:
    """The hashed ranges of these top-level boxes.

    Arguments:
        blocks: All of them, or those of a fragment.
        excluded: The parts that are left out of their file.
        with_offsets: Whether the place of each box counts, as since version 2 of the assertion.
    """
    starts = [part.start for part in excluded.ranges]
    for block in blocks:
        is_box = block.name != REST
        if with_offsets and is_box and block.start not in excluded.gone:
            # So that a box that nothing hashes, put before others, cannot move them unseen.
            yield block.start.to_bytes(8)
        position = block.start
        index = bisect_left(starts, block.start)
        while index < len(starts) and starts[index] < block.end:
            if starts[index] > position:
                yield Range(position, starts[index] - position)
            position = excluded.ranges[index].end
            index += 1
        if position < block.end:
            yield Range(position, block.end - position)
