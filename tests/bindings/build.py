"""Files with a store of no meaning, and bindings to them: no claim, no signature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from aidisclose.bindings import BINDINGS
from aidisclose.bindings.binding import Asset, BindingResult, BindingTerms, Fields
from aidisclose.codec import cbor
from aidisclose.containers import Edits, identify
from aidisclose.errors import AidiscloseError
from aidisclose.io.digest import digests
from aidisclose.io.source import BytesSource, Readable
from aidisclose.manifest.spec import Spec
from tests.containers import samples

BMFF = "c2pa.hash.bmff.v3"
BOXES = "c2pa.hash.boxes"
DATA = "c2pa.hash.data"
COLLECTION = "c2pa.hash.collection.data"

TERMS = BindingTerms("sha256", Spec.V2_5)


def asset(data: bytes, *, fragments: Sequence[Readable] = ()) -> Asset:
    source = BytesSource(data)
    container = identify(source)
    return Asset(source, container.scan(source), container, fragments=tuple(fragments))


def embed(data: bytes, size: int = 3000) -> bytes:
    """The file with a store of about that many bytes."""
    plain = asset(data)
    edits = Edits(store=samples.store(size))
    splice = plain.container.rewrite(plain.source, plain.layout, edits)
    return splice.read_at(0, splice.size)


def bind(label: str, data: bytes, terms: BindingTerms = TERMS) -> Fields:
    """The fields of a binding to a file that carries a store."""
    binding, bound = BINDINGS[label], asset(data)
    values = digests(bound.source, binding.plans(bound, terms))
    # The bytes to reserve depend on the file as it is before; here it has its store already.
    size = binding.size(bound, terms)
    encoded = binding.encode(bound, terms, values, size)
    assert len(encoded) == size
    return cast("Fields", cbor.decode(encoded))


def check(
    label: str, data: bytes, fields: Fields, *, fragments: Sequence[Readable] = ()
) -> BindingResult:
    return BINDINGS[label].check(asset(data, fragments=fragments), fields, None)


def is_noticed(
    label: str, data: bytes, fields: Fields, *, fragments: Sequence[Readable] = ()
) -> bool:
    """Whether a file is found not to be the one that `fields` bind, or not to be read at all."""
    try:
        return check(label, data, fields, fragments=fragments).failure is not None
    except AidiscloseError:
        return True


def flip(data: bytes, offset: int, mask: int = 0x01) -> bytes:
    return data[:offset] + bytes([data[offset] ^ mask]) + data[offset + 1 :]
