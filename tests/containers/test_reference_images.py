"""What the reference implementation writes into GIF, TIFF, SVG and JPEG XL files is found."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Callable

import c2pa
import cbor2
import pytest

from aidisclose.codec import jumbf
from aidisclose.containers import Container, Edits, EmbeddedStore, gif, jxl, read_store, svg, tiff
from aidisclose.io.source import BytesSource
from aidisclose.signing.credentials import CHAIN, KEY
from tests.containers import samples
from tests.containers.samples import Sample
from tests.issuing import Issued

CASES = [
    pytest.param(container, sample, id=f"{container.name}-{sample.name}")
    for container in (gif.CONTAINER, tiff.CONTAINER, svg.CONTAINER, jxl.CONTAINER)
    for sample in samples.of(container)
]
each_sample = pytest.mark.parametrize(("container", "sample"), CASES)

#: It counts 16 bytes for an entry where BigTIFF has 20, so that with more than one entry the range
#: that it excludes is not the one it has to exclude.
WRONG_EXCLUSION = ("bigtiff", "bigtiff-big-endian")

#: Samples that it does not sign, or not so that it is right.
NOT_SIGNED = {
    "declared-in-metadata": "where it writes c2pa:manifest, the prefix means something else",
    "empty-element": "SVG root element not found",
    "empty-element-spaced": "SVG root element not found",
}

#: Where it puts the store elsewhere than we do.
ELSEWHERE = {
    "looks-like-a-former-87a": "we put it behind the comment, so that it is not taken for ours",
    "parts": "it separates the level of the codestream from ftyp",
    "level-only": "it separates the level of the codestream from ftyp",
}

Sign = Callable[[bytes, str], bytes]


@pytest.fixture(scope="module")
def sign(issued: Issued) -> Sign:
    """A file as c2pa-python signs it."""
    folder = issued("es256").folder
    chain, key = (folder / CHAIN).read_bytes(), (folder / KEY).read_bytes()
    source_type = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation"
    action = {"action": "c2pa.created", "digitalSourceType": source_type}
    manifest = {
        "claim_generator_info": [{"name": "a test", "version": "1"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }
    settings = {
        "builder": {"thumbnail": {"enabled": False}},
        "verify": {"verify_after_sign": False},
    }

    @functools.cache
    def run(data: bytes, media_type: str) -> bytes:
        output = io.BytesIO()
        signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", chain, key, None))
        context = c2pa.Context.from_dict({"version": 1, **settings})
        builder = c2pa.Builder.from_json(json.dumps(manifest), context)
        builder.sign(signer, media_type, io.BytesIO(data), output)
        return output.getvalue()

    return run


def excluded(store: bytes) -> list[tuple[int, int]]:
    """The ranges that the data hash in a store leaves out."""
    active = list(jumbf.parse(store).superboxes)[-1]
    assertions = next(box for box in active.superboxes if box.label == "c2pa.assertions")
    binding = next(box for box in assertions.superboxes if box.label == "c2pa.hash.data")
    content = binding.content_box(b"cbor")
    assert content is not None
    return [(item["start"], item["length"]) for item in cbor2.loads(content.content)["exclusions"]]


def the_store(container: Container, data: bytes) -> tuple[EmbeddedStore, bytes]:
    layout = container.scan(BytesSource(data))
    assert layout.problems == ()
    (found,) = layout.stores
    return found, read_store(BytesSource(data), found)


def rewrite(container: Container, data: bytes, store: bytes | None) -> bytes:
    source = BytesSource(data)
    splice = container.rewrite(source, container.scan(source), Edits(store=store))
    return splice.read_at(0, splice.size)


@each_sample
def test_its_store_is_found_where_it_says(container: Container, sample: Sample, sign: Sign) -> None:
    if reason := NOT_SIGNED.get(sample.name):
        pytest.skip(reason)
    signed = sign(sample.data(), container.media_types[0])
    found, store = the_store(container, signed)
    parsed = jumbf.parse(store)
    assert (parsed.label, parsed.start, parsed.end) == ("c2pa", 0, len(store))
    ranges = [tuple(item) for item in found.exclusions]
    if sample.name in WRONG_EXCLUSION:
        assert excluded(store)[1:] == ranges[1:]
        assert excluded(store) != ranges
    else:
        assert excluded(store) == ranges


@each_sample
def test_its_store_can_be_replaced_and_removed(
    container: Container, sample: Sample, sign: Sign
) -> None:
    if reason := NOT_SIGNED.get(sample.name):
        pytest.skip(reason)
    signed = sign(sample.data(), container.media_types[0])
    other = samples.store(500)
    replaced = rewrite(container, signed, other)
    assert the_store(container, replaced)[1] == other
    assert len(replaced) < len(signed)
    removed = rewrite(container, replaced, None)
    assert container.scan(BytesSource(removed)).stores == ()
    assert removed == rewrite(container, signed, None)


@pytest.mark.parametrize(
    ("container", "sample"),
    [case for case in CASES if case.values[0] in (gif.CONTAINER, jxl.CONTAINER)],
)
def test_the_same_store_is_embedded_in_the_same_way(
    container: Container, sample: Sample, sign: Sign
) -> None:
    """Byte for byte, but for the comment that lets us restore a GIF87a file."""
    if reason := ELSEWHERE.get(sample.name):
        pytest.skip(reason)
    signed = sign(sample.data(), container.media_types[0])
    _, store = the_store(container, signed)
    ours = rewrite(container, sample.data(), store)
    ours = ours.replace(b"\x00!\xfe\x06GIF87a\x00,", b"\x00,")
    assert ours == signed
