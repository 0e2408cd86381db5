"""XMP packets: what is read of them, and that merging loses nothing."""

from __future__ import annotations

import gc
import xml.etree.ElementTree as ET
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.carriers import xmp
from aidisclose.carriers.xmp import AIGC, PROMPT, SOURCE_TYPE, SYSTEM, SYSTEM_VERSION, Property
from aidisclose.errors import AidiscloseError, LimitExceeded, Malformed

EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def read(data: bytes) -> xmp.PropertyValues:
    return xmp.parse(data).values


def merge(data: bytes, values: Mapping[Property, str | None]) -> bytes:
    return xmp.parse(data).merge(values)


def packet(body: str, *, tail: str = "") -> bytes:
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">{body}</rdf:RDF>'
        f"</x:xmpmeta>{tail}"
    ).encode()


def description(content: str = "", attributes: str = "") -> str:
    return (
        f'<rdf:Description rdf:about="" xmlns:e="{EXTENSION}" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/" {attributes}>{content}</rdf:Description>'
    )


SHAPES = {
    "element": description("<e:DigitalSourceType>T</e:DigitalSourceType>"),
    "attribute": description(attributes="e:DigitalSourceType = 'T'"),
    "resource": description('<e:DigitalSourceType rdf:resource="T"/>'),
    "array": description(
        "<e:DigitalSourceType><rdf:Bag><rdf:li>T</rdf:li><rdf:li>U</rdf:li></rdf:Bag>"
        "</e:DigitalSourceType>"
    ),
    "second description": description()
    + description("<e:DigitalSourceType>T</e:DigitalSourceType>"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_property_is_read_in_every_shape(shape: str) -> None:
    assert read(packet(SHAPES[shape])) == {SOURCE_TYPE: ("T",)}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_property_is_replaced_in_every_shape(shape: str) -> None:
    merged = merge(packet(SHAPES[shape]), {SOURCE_TYPE: "new", SYSTEM: "S & <T>"})
    assert read(merged) == {SOURCE_TYPE: ("new",), SYSTEM: ("S & <T>",)}
    assert read(merge(merged, {SOURCE_TYPE: None, SYSTEM: None})) == {}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_every_encoding_is_read_and_merged(encoding: str) -> None:
    text = packet(description("<e:AISystemUsed>Zoë</e:AISystemUsed>")).decode().encode(encoding)
    assert read(text) == {SYSTEM: ("Zoë",)}
    assert read(merge(text, {SOURCE_TYPE: "T"})) == {SYSTEM: ("Zoë",), SOURCE_TYPE: ("T",)}


def test_a_property_of_the_same_name_in_another_namespace_is_another() -> None:
    body = description("<dc:DigitalSourceType>T</dc:DigitalSourceType>", "dc:AISystemUsed='x'")
    assert read(packet(body)) == {}
    merged = merge(packet(body), {SOURCE_TYPE: "new", SYSTEM: "new"})
    assert b"<dc:DigitalSourceType>T</dc:DigitalSourceType>" in merged
    assert b"dc:AISystemUsed='x'" in merged


def test_a_property_inside_of_another_is_not_one_of_the_file() -> None:
    inner = "<dc:source><e:DigitalSourceType>T</e:DigitalSourceType></dc:source>"
    assert read(packet(description(inner))) == {}


def test_merging_keeps_every_other_byte() -> None:
    """The packet is the old one with cuts and one insertion."""
    old = packet(
        "<!-- kept -->"
        + description("<dc:title> kept  </dc:title>", "dc:source='1'  dc:type=\"2\"")
    )
    merged = merge(old, {SOURCE_TYPE: "T"})
    at = old.index(b"</rdf:RDF>")
    assert merged.startswith(old[:at])
    assert merged.endswith(old[at:])


def test_merging_again_leaves_no_empty_descriptions() -> None:
    once = merge(packet(description(attributes="dc:source='1'")), {SOURCE_TYPE: "a"})
    assert merge(once, {SOURCE_TYPE: "b"}) == once.replace(b">a<", b">b<")


def test_all_descriptions_stay_about_the_same() -> None:
    body = f'<rdf:Description rdf:about="uuid:&quot;1"><x xmlns="{EXTENSION}"/></rdf:Description>'
    tree = ET.fromstring(merge(packet(body), {SOURCE_TYPE: "T"}))
    abouts = {item.get(f"{{{RDF}}}about") for item in tree.iter(f"{{{RDF}}}Description")}
    assert abouts == {'uuid:"1'}


def test_padding_makes_room() -> None:
    padded = packet(description(), tail=" " * 2000 + "<?xpacket end='w'?>")
    merged = merge(padded, {SOURCE_TYPE: "T"})
    assert len(merged) == len(padded)
    assert merged.endswith(b"\n<?xpacket end='w'?>")


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_survives(prompt: str, system: str) -> None:
    """But for characters that XML cannot hold, and space around it."""
    values = read(xmp.create({PROMPT: prompt, SYSTEM_VERSION: system}))
    legal = "".join(c if c.isprintable() or c in "\t\n" or c > "\x7e" else "\ufffd" for c in prompt)
    expected = legal.encode("utf-8", "replace").decode()
    if "\r" not in prompt and not any(
        "\ud800" <= c <= "\udfff" or c in "\ufffe\uffff" for c in prompt
    ):
        assert values.get(PROMPT, ("",)) == (expected.strip(),)


HOSTILE = {
    "doctype": b'<!DOCTYPE x [<!ENTITY a "b">]>' + packet(description()),
    "no RDF": b"<x/>",
    "no XML": b"{}",
    "nothing": b"",
    "cut off": packet(description())[:-20],
    "undeclared prefix": packet("<nope:Description/>"),
    "unknown entity": packet(description("&bomb;")),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_packet_is_malformed(name: str) -> None:
    with pytest.raises(Malformed):
        read(HOSTILE[name])
    with pytest.raises(Malformed):
        merge(HOSTILE[name], {SOURCE_TYPE: "T"})


def test_depth_and_size_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = limits.XMP_DEPTH
    with pytest.raises(LimitExceeded):
        read(packet(description("<dc:a>" * deep + "</dc:a>" * deep)))
    monkeypatch.setattr(limits, "XMP_SIZE", 100)
    with pytest.raises(LimitExceeded):
        read(packet(description()))


def test_long_values_are_cut() -> None:
    long = packet(description(f"<e:AIPromptInformation>{'a' * 300_000}</e:AIPromptInformation>"))
    (value,) = read(long)[PROMPT]
    assert limits.XMP_VALUE <= len(value) < 300_000


@given(st.data())
def test_damaged_packets_raise_nothing_else(data: st.DataObject) -> None:
    good = bytearray(merge(packet(SHAPES["array"]), {AIGC: '{"Label":"1"}', SYSTEM: "x"}))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(good) - 1))
        good[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    try:
        merged = merge(bytes(good), {SOURCE_TYPE: "T"})
    except AidiscloseError:
        return
    assert read(merged)[SOURCE_TYPE] == ("T",)


def test_white_space_costs_no_more_than_its_length() -> None:
    """Neither in a tag nor as padding; a quadratic search would not end."""
    wide = packet(
        description(attributes=" " * 400_000 + "e:DigitalSourceType='T'" + " " * 400_000),
        tail=" " * 800_000,
    )
    assert read(merge(wide, {SOURCE_TYPE: "U"})) == {SOURCE_TYPE: ("U",)}


# --- elements without content -------------------------------------------------------------------

#: What may follow a tag: it decides where expat says that the element ends.
BEHIND = {"a tag": "", "white space": "\n  ", "a comment": "<!-- note -->"}
_NAMES = f'xmlns:e="{EXTENSION}" xmlns:p="http://ns.adobe.com/photoshop/1.0/"'
_CITY = "<p:City>Oslo</p:City>"


def compact(behind: str) -> dict[str, str]:
    """Bodies that say the city and perhaps the source type, by what has no content in them."""
    with_city = f'<rdf:Description rdf:about="" {_NAMES} p:City="Oslo"/>{behind}'
    with_both = f'<rdf:Description rdf:about="" {_NAMES} e:DigitalSourceType="T" p:City="Oslo"/>'
    resource = f'<e:DigitalSourceType rdf:resource="T"/>{behind}'
    opening = f'<rdf:Description rdf:about="" {_NAMES}>'
    return {
        "a description": with_both + behind,
        "two descriptions": with_city
        + f'<rdf:Description rdf:about="" {_NAMES} e:DigitalSourceType="T"/>{behind}',
        "a description before another": f'<rdf:Description rdf:about="" {_NAMES} '
        f'e:DigitalSourceType="T"/>{behind}' + with_city,
        "a description with nothing": f'<rdf:Description rdf:about=""/>{behind}' + with_both,
        "the first property": f"{opening}{resource}{_CITY}</rdf:Description>",
        "the last property": f"{opening}{_CITY}{resource}</rdf:Description>",
        "an empty property": f"{opening}<e:AISystemUsed/>{behind}{_CITY}{resource}"
        "</rdf:Description>",
        "an unknown property": f'{opening}<p:Source rdf:resource="x"/>{behind}{_CITY}{resource}'
        "</rdf:Description>",
        "an element below": f"{opening}<p:History><rdf:Seq><rdf:li/>{behind}</rdf:Seq>"
        f"</p:History>{_CITY}{resource}</rdf:Description>",
        "a namespace on the property": f'<rdf:Description rdf:about="" '
        f'xmlns:p="http://ns.adobe.com/photoshop/1.0/">{_CITY}'
        f'<e:DigitalSourceType xmlns:e="{EXTENSION}" rdf:resource="T"/>{behind}'
        "</rdf:Description>",
    }


COMPACT = [
    pytest.param(body, id=f"{name} before {what}")
    for what, behind in BEHIND.items()
    for name, body in compact(behind).items()
]


def city_of(data: bytes) -> list[str]:
    namespace = "{http://ns.adobe.com/photoshop/1.0/}City"
    found = [item.get(namespace) or "" for item in ET.fromstring(data).iter()]
    return [
        *filter(None, found),
        *(item.text or "" for item in ET.fromstring(data).iter(namespace)),
    ]


@pytest.mark.parametrize("body", COMPACT)
def test_elements_without_content_are_read(body: str) -> None:
    assert read(packet(body))[SOURCE_TYPE] == ("T",)


@pytest.mark.parametrize("value", ["U", None])
@pytest.mark.parametrize("body", COMPACT)
def test_merging_beside_elements_without_content_loses_nothing(
    body: str, value: str | None
) -> None:
    data = packet(body)
    merged = merge(data, {SOURCE_TYPE: value})
    assert read(merged).get(SOURCE_TYPE) == ((value,) if value else None)
    assert city_of(merged) == city_of(data) == ["Oslo"]
    for other in ("p:Source", "p:History", "AISystemUsed"):
        assert (other.encode() in merged) == (other in body)


def test_a_packet_that_says_nothing_is_filled() -> None:
    for tail in ("/>", " />", f' xmlns:e="{EXTENSION}"/>'):
        data = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="{RDF}"{tail}</x:xmpmeta>'
        assert read(data.encode()) == {}
        assert read(merge(data.encode(), {SOURCE_TYPE: "U"})) == {SOURCE_TYPE: ("U",)}


@pytest.mark.parametrize("cut", [_CITY, "Oslo", " dc:title='x'"])
def test_a_result_that_lost_something_is_refused(monkeypatch: pytest.MonkeyPatch, cut: str) -> None:
    """Whatever goes wrong in between, nothing is signed that says less than before."""
    attributes = "xmlns:p='http://ns.adobe.com/photoshop/1.0/' dc:title='x'"
    data = packet(description(_CITY, attributes))
    monkeypatch.setattr(xmp, "_repadded", lambda merged, _: merged.replace(cut.encode(), b"", 1))
    with pytest.raises(Malformed, match="without losing"):
        merge(data, {SOURCE_TYPE: "U"})


def test_a_result_that_says_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xmp, "_repadded", lambda merged, _: merged.replace(b">U<", b">V<"))
    with pytest.raises(Malformed, match="just what is asked"):
        merge(packet(description()), {SOURCE_TYPE: "U"})


def test_a_packet_has_a_number_of_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "XMP_ELEMENTS", 10)
    assert read(packet(description("<dc:a/>" * 7))) == {}
    with pytest.raises(LimitExceeded, match="elements"):
        read(packet(description("<dc:a/>" * 8)))


def test_nothing_is_left_to_collect() -> None:
    """A run over many files would hold one parser for each until garbage is looked for."""
    packet = xmp.create({xmp.SYSTEM: "a model"})
    gc.collect()
    gc.disable()
    try:
        xmp.parse(packet).merge({xmp.CREDIT: "somebody"})
        assert gc.collect() == 0
    finally:
        gc.enable()
