"""SVG: markup, namespaces, and the manifest element."""

from __future__ import annotations

import base64
import contextlib
import re
import shutil
import subprocess
import xml.parsers.expat
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.containers import Edits, EmbeddedStore, Layout, identify, read_store, svg
from aidisclose.containers.svg import externals, markup
from aidisclose.containers.svg.parser import Parser
from aidisclose.errors import AidiscloseError, LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource, Range
from tests.containers import samples
from tests.containers.samples_images import C2PA_NAMESPACE, SVG_NAMESPACE, SVG_SHAPES
from tests.containers.samples_images import svg as make

STORE = samples.store(200)
TEXT = base64.b64encode(STORE).decode()
ELEMENT = f"<c2pa:manifest>{TEXT}</c2pa:manifest>"
DECLARED = f' xmlns:c2pa="{C2PA_NAMESPACE}"'

each_shape = pytest.mark.parametrize("data", SVG_SHAPES.values(), ids=SVG_SHAPES)


def scan(data: bytes) -> Layout:
    return svg.CONTAINER.scan(BytesSource(data))


def rewrite(data: bytes, store: bytes | None) -> bytes:
    source = BytesSource(data)
    splice = svg.CONTAINER.rewrite(source, scan(data), Edits(store=store))
    return splice.read_at(0, splice.size)


def stores(data: bytes) -> list[bytes]:
    return [read_store(BytesSource(data), found) for found in scan(data).stores]


def manifests(data: bytes) -> list[tuple[str, str]]:
    """What an XML parser finds: for each manifest, the path to it and its text."""
    parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
    path: list[str] = []
    found: list[tuple[str, str]] = []

    def start(name: str, _: object) -> None:
        path.append(name)
        if name == f"{C2PA_NAMESPACE} manifest":
            found.append(("/".join(item.rpartition(" ")[2] for item in path), ""))

    def text(content: str) -> None:
        if path and path[-1] == f"{C2PA_NAMESPACE} manifest":
            found[-1] = (found[-1][0], found[-1][1] + content)

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: path.pop()
    parser.CharacterDataHandler = text
    parser.Parse(data, True)
    return found


# --- writing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<g/>", f"<metadata>{ELEMENT}</metadata ><g/>"),
        ("<metadata/>", f"<metadata>{ELEMENT}</metadata ><metadata/>"),
        ("<metadata></metadata>", f"<metadata>{ELEMENT}</metadata>"),
        ("<g/><metadata>x</metadata>", f"<g/><metadata>{ELEMENT}x</metadata>"),
        (
            "<metadata>x</metadata><metadata id='b'> </metadata>",
            f"<metadata>x</metadata><metadata id='b'>{ELEMENT} </metadata>",
        ),
        (
            "<g><metadata>x</metadata></g>",
            f"<metadata>{ELEMENT}</metadata ><g><metadata>x</metadata></g>",
        ),
    ],
)
def test_the_element_is_put_into_the_metadata_of_the_root(content: str, expected: str) -> None:
    declaration = DECLARED.replace('"', "'")
    assert rewrite(make(content), STORE) == make(expected, declaration)


@each_shape
def test_a_parser_finds_the_store_where_it_belongs(data: bytes) -> None:
    assert manifests(data) == []
    assert manifests(rewrite(data, STORE)) == [("svg/metadata/manifest", TEXT)]


@each_shape
def test_nothing_but_the_base64_characters_depends_on_the_store(data: bytes) -> None:
    """So only they are excluded from the hash."""
    for store in (STORE, samples.store(300)):
        signed = rewrite(data, store)
        (found,) = scan(signed).stores
        assert found.exclusions == found.pieces
        (text,) = found.exclusions
        assert signed[text.start : text.end] == base64.b64encode(store)
        rest = signed[: text.start] + signed[text.end :]
        assert rest == rewrite(data, b"")[: text.start] + rewrite(data, b"")[text.start :]


@each_shape
def test_removing_what_was_replaced_restores_the_file(data: bytes) -> None:
    assert rewrite(rewrite(rewrite(data, STORE), samples.store(300)), None) == data


def test_a_prefix_that_means_something_else_is_refused() -> None:
    with pytest.raises(UnsupportedFormat, match="prefix"):
        rewrite(make(attributes=" xmlns:c2pa='urn:other'"), STORE)


@pytest.mark.skipif(not shutil.which("rsvg-convert"), reason="rsvg-convert is not installed")
def test_librsvg_draws_the_same_picture(tmp_path: Path) -> None:
    original = make("<rect width='9' height='5' fill='red'/>", ' width="20" height="20"')
    pictures = []
    for number, data in enumerate((original, rewrite(original, STORE))):
        path = tmp_path / f"{number}.svg"
        path.write_bytes(data)
        run = subprocess.run(["rsvg-convert", path], capture_output=True, check=True)
        pictures.append(run.stdout)
    assert pictures[0] == pictures[1]


# --- reading ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        make(f"<metadata>{ELEMENT}</metadata>", DECLARED),
        make(f"<metadata>{ELEMENT}</metadata>"),
        make(f"<metadata>\n  <x/> {ELEMENT}<y/></metadata>", DECLARED),
        make(f"<metadata {DECLARED}>{ELEMENT}</metadata>"),
        make(f"<metadata><c2pa:manifest{DECLARED}\n>{TEXT}</c2pa:manifest\n></metadata>"),
        make(f"<metadata><manifest xmlns='{C2PA_NAMESPACE}'>{TEXT}</manifest></metadata>"),
        make(f"<metadata><q:manifest xmlns:q='{C2PA_NAMESPACE}'>{TEXT}</q:manifest></metadata>"),
        make(
            f"<metadata>{ELEMENT}</metadata>",
            " xmlns:c2pa='http://c2pa.org&#47;manif&#x65;st' title=\" xmlns:c2pa='urn:x' > \"",
        ),
        make(
            f"<metadata>{ELEMENT}</metadata>",
            " xmlns:c2pa='&a;/manifest'",
            before="<!DOCTYPE svg [<!ENTITY a 'http://c2pa.org'>]>",
        ),
        make(f"<metadata><c2pa:manifest>\n {TEXT[:9]}\n{TEXT[9:]} </c2pa:manifest></metadata>"),
        make(f"<metadata><c2pa:manifest encoding='base64'>{TEXT}</c2pa:manifest></metadata>"),
    ],
)
def test_a_store_is_read_however_it_is_written(data: bytes) -> None:
    layout = scan(data)
    (found,) = layout.stores
    assert layout.problems == ()
    assert read_store(BytesSource(data), found) == STORE
    (text,) = found.exclusions
    assert re.fullmatch(rb"[A-Za-z0-9+/=\n]+", data[text.start : text.end])
    other = samples.store(300)
    expected = [("svg/metadata/manifest", base64.b64encode(other).decode())]
    assert manifests(rewrite(data, other)) == expected
    assert scan(rewrite(data, None)).stores == ()


@pytest.mark.parametrize(
    "content",
    [
        f"<!-- <metadata>{ELEMENT}</metadata> -->",
        f"<style><![CDATA[<metadata>{ELEMENT}</metadata>]]></style>",
        f"<?x <metadata>{ELEMENT}</metadata> ?>",
        f"<metadata><manifest>{TEXT}</manifest></metadata>",
        f"<metadata><q:manifest xmlns:q='urn:other'>{TEXT}</q:manifest></metadata>",
        f"<metadata><c2pa:manifests>{TEXT}</c2pa:manifests></metadata>",
        f"<g title='<metadata>'/><text>&lt;metadata>{ELEMENT[1:5]}</text>".replace("'<", "'&lt;"),
    ],
)
def test_what_is_no_manifest(content: str) -> None:
    layout = scan(make(content, DECLARED))
    assert layout.stores == ()
    assert layout.problems == ()


@pytest.mark.parametrize(
    ("content", "reason", "visible"),
    [
        (ELEMENT, "not in the metadata", 1),
        (f"<g><metadata>{ELEMENT}</metadata></g>", "not in the metadata", 1),
        (f"<metadata><x>{ELEMENT}</x></metadata>", "not in the metadata", 1),
        (f"<m:metadata xmlns:m='urn:x'>{ELEMENT}</m:metadata>", "not in the metadata", 1),
        (f"<metadata xmlns:c2pa='urn:x'>{ELEMENT}</metadata>", "another namespace", 1),
        ("<metadata><c2pa:manifest> </c2pa:manifest></metadata>", "empty", 0),
        ("<metadata><c2pa:manifest/></metadata>", "empty", 0),
        (f"<metadata><c2pa:manifest>{ELEMENT}</c2pa:manifest></metadata>", "markup", 0),
        ("<metadata><c2pa:manifest>AA<!---->AA</c2pa:manifest></metadata>", "markup", 0),
        ("<metadata><c2pa:manifest>&#65;AAA</c2pa:manifest></metadata>", "markup", 0),
    ],
)
def test_problems(content: str, reason: str, visible: int) -> None:
    """Giving the file another store mends it."""
    data = make(content)
    layout = scan(data)
    assert reason in " ".join(problem.reason for problem in layout.problems)
    assert len(layout.stores) == visible
    assert data[layout.problems[0].offset :].startswith(b"<c2pa:manifest")
    mended = scan(rewrite(data, STORE))
    assert len(mended.stores) == 1
    assert mended.problems == ()


def test_two_manifests_are_two_stores() -> None:
    other = ELEMENT.replace(TEXT, "AAAA")
    data = make(f"<metadata>{ELEMENT}</metadata><metadata>{other}x{ELEMENT}</metadata>", DECLARED)
    assert stores(data) == [STORE, bytes(3), STORE]
    assert stores(rewrite(data, STORE)) == [STORE]
    assert scan(rewrite(data, None)).stores == ()


def test_broken_base64_is_reported_where_the_element_is() -> None:
    data = make("<metadata><c2pa:manifest>A!</c2pa:manifest></metadata>")
    (found,) = scan(data).stores
    with pytest.raises(MalformedFile) as raised:
        read_store(BytesSource(data), found)
    assert raised.value.offset == data.index(b"<c2pa:manifest>")


@pytest.mark.parametrize(
    "data",
    [
        make("<g></g x>"),
        make("<g>"),
        make("</g>"),
        make() + b"<g/>",
        make()[:-1],
        make("<!-- "),
        make("<![CDATA[ ]>"),
        make("<!x>"),
        make("<!DOCTYPE svg [ ]"),
        make("<g a='<'/>"),
        make("<g a=b/>"),
        make("< g/>"),
        make(ELEMENT[:-1]),
        make(ELEMENT[:20])[:-6],
        b"",
        b" ",
        b"<!-- >",
    ],
)
def test_malformed(data: bytes) -> None:
    """What no parser accepts, if a manifest could follow: it could be anywhere."""
    data += b"<?manifest?>"
    with pytest.raises(MalformedFile) as raised:
        scan(data)
    assert raised.value.offset is not None
    assert 0 <= raised.value.offset <= len(data)
    with pytest.raises(xml.parsers.expat.ExpatError):
        manifests(data)


@pytest.mark.parametrize("end", ["", "<g></x>", "<<", "<!-- "])
def test_what_follows_the_last_manifest_is_not_looked_at(end: str) -> None:
    """A drawing can have millions of elements; its hash covers them."""
    start = make(f"<metadata>{ELEMENT}</metadata>", DECLARED).removesuffix(b"</svg>")
    assert stores(start + end.encode() + b"</svg>") == [STORE]


@pytest.mark.parametrize("end", ["", "</svg", "</g>", "</svg><", "</svg> <!-- ", "</svg>x"])
def test_but_the_end_of_the_root_is(end: str) -> None:
    """A file that was cut off may have lost its manifest."""
    for content in ("<g/>", f"<metadata>{ELEMENT}</metadata>"):
        start = make(content).removesuffix(b"</svg>")
        scan(start + b"</svg\n>\n<!-- the end --><?x?>\n")
        with pytest.raises(MalformedFile):
            scan(start + end.encode())


@pytest.mark.parametrize(
    "name",
    [
        *("UTF-8", "utf8", "ASCII", "us-ascii", "ANSI_X3.4-1968", "ISO646-US", "csASCII", "cp367"),
        *("ISO-8859-1", "iso8859-15", "ISO_8859-1:1987", "latin1", "l1", "windows-1252", "KOI8-R"),
    ],
)
def test_names_of_encodings_that_extend_ascii(name: str) -> None:
    """lxml writes `ASCII` unless it is told otherwise."""
    data = make(before=f"<?xml version='1.0' encoding='{name}'?>")
    assert scan(data).problems == ()


@pytest.mark.parametrize(
    "data",
    [
        make().decode().encode("utf-16"),
        make().decode().encode("utf-16-le"),
        make(before="<?xml version='1.0' encoding='UTF-16'?>"),
        make(before="<?xml version='1.0' encoding='Shift_JIS'?>"),
        b"\xef\xbb\xbf" + make(before="<?xml version='1.0' encoding='ISO-8859-1'?>"),
        b"<svg xmlns='urn:x'><g/></svg>",
        b"<!-- " + 4096 * b" " + b"--><html></html>",
    ],
)
def test_unsupported(data: bytes) -> None:
    """It is recognised, and the message says why it is not read."""
    source = BytesSource(data)
    assert identify(source) is svg.CONTAINER
    with pytest.raises(UnsupportedFormat, match="SVG"):
        scan(data)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"<svg>", True),
        (b"\n <svg\n", True),
        (b"<svg/>", True),
        (b"<a.b-c:svg ", True),
        (b"<?xml version='1.0'?>\n<!-- > -->\n<?x?><svg ", True),
        (b"<!DOCTYPE svg PUBLIC", True),
        (b"<?xml version='1.0'?><!-- a long licence", True),
        (b"<html><svg>", False),
        (b"<!DOCTYPE html><svg>", False),
        (b"<svgs>", False),
        (b"<!-- <svg> --><x>", False),
        (b"<?php ", False),
        (b"svg", False),
        (b"", False),
    ],
)
def test_sniff(head: bytes, expected: bool) -> None:
    assert svg.CONTAINER.sniff(head) is expected
    if head.startswith(b"<"):
        assert svg.CONTAINER.sniff(b"\xef\xbb\xbf" + head) is expected


# --- attacks ------------------------------------------------------------------------------------


def test_entities_do_not_explode() -> None:
    """Nothing is ever expanded but in a declared namespace, and there only to short text."""
    entities = "<!ENTITY a0 'http://www.w3.org/2000/svg'>" + "".join(
        f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 30)
    )
    data = make("&a29;<metadata/><?manifest?>", before=f"<!DOCTYPE svg [{entities}]>")
    assert scan(data).stores == ()
    with pytest.raises(UnsupportedFormat):
        scan(data.replace(SVG_NAMESPACE.encode(), b"&a29;"))


def test_a_long_document_type_is_refused() -> None:
    with pytest.raises(MalformedFile, match="document type"):
        scan(make(before="<!DOCTYPE svg [" + " " * limits.XML_DOCTYPE + "]>"))


def test_elements_nested_too_deep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "XML_DEPTH", 10)
    assert scan(make("<g>" * 9 + "</g>" * 9 + "manifest")).problems == ()
    with pytest.raises(LimitExceeded):
        scan(make("<g>" * 10 + "</g>" * 10 + "manifest"))


def test_a_tag_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "XML_TAG", 100_000)
    monkeypatch.setattr(limits, "CHUNK", 40_000)
    assert scan(make(f"<image href='{'A' * 99_000}'/>manifest")).problems == ()
    with pytest.raises(LimitExceeded):
        scan(make(f"<image href='{'A' * 101_000}'/>manifest"))


def test_too_many_prefixes() -> None:
    declared = "".join(f" xmlns:p{n}='{C2PA_NAMESPACE}'" for n in range(limits.XML_PREFIXES + 1))
    with pytest.raises(LimitExceeded):
        scan(make(attributes=declared))


def test_too_many_stores() -> None:
    with pytest.raises(LimitExceeded):
        scan(make(f"<metadata>{ELEMENT * (limits.STORES + 1)}</metadata>"))


def test_a_store_beyond_the_limit_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STORE_SIZE", 100)
    layout = scan(make(f"<metadata>{ELEMENT}</metadata>"))
    assert layout.stores == ()
    assert "characters" in layout.problems[0].reason


@pytest.mark.parametrize("window", [20, 40, 1000])
@each_shape
def test_windows_may_end_anywhere(
    data: bytes, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large file is looked at in parts, and gives the same result."""
    signed = rewrite(data, STORE)
    expected = scan(signed)
    monkeypatch.setattr(limits, "CHUNK", window)
    if b"<!DOCTYPE" not in data:
        monkeypatch.setattr(limits, "XML_DOCTYPE", window)
    assert scan(signed) == expected


MARKUP = st.sampled_from(
    [
        "<metadata>",
        "</metadata>",
        "<metadata/>",
        "<c2pa:manifest>",
        "</c2pa:manifest>",
        "<c2pa:manifest/>",
        f"<c2pa:manifest{DECLARED}>",
        "<manifest>",
        "</manifest>",
        f"<g xmlns='{C2PA_NAMESPACE}'>",
        f'<g {DECLARED} a="\'>">',
        "</g>",
        "<g/>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?x ",
        "?>",
        "AAAA",
        "&#65;",
        "<",
        "'",
    ]
)


@given(st.lists(MARKUP, max_size=12).map("".join), st.sampled_from(["", DECLARED]))
@example("<metadata><c2pa:manifest>AAAA</c2pa:manifest></metadata>", DECLARED)
@example(f"<g xmlns='{C2PA_NAMESPACE}'><manifest>AAAA</manifest></g>", "")
def test_agrees_with_an_xml_parser(content: str, attributes: str) -> None:
    """In whatever expat accepts, the same manifests are found; what it refuses, may be refused."""
    data = make(content, attributes)
    try:
        expected = manifests(data)
    except xml.parsers.expat.ExpatError:
        with contextlib.suppress(AidiscloseError):
            scan(data)
        return
    layout = scan(data)
    if not layout.problems:
        texts = [base64.b64encode(store).decode() for store in stores(data)]
        assert [("svg/metadata/manifest", text) for text in texts] == expected
    else:
        assert expected or "c2pa:manifest" in content


def test_bits_of_the_last_character_that_stand_for_nothing_must_be_zero() -> None:
    """Set, they decode to the same store, so a changed byte would go unnoticed (RFC 4648 §3.5)."""
    source = BytesSource(b"QQ==")
    lies = EmbeddedStore(frame=Range(0, 4), exclusions=(), pieces=(Range(0, 4),), encoding="base64")
    assert read_store(source, lies) == b"A"
    with pytest.raises(MalformedFile, match="canonical"):
        read_store(BytesSource(b"QR=="), lies)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("XML_MARKUP", "<g/>" * 100),
        ("XML_ATTRIBUTES", f"<g {' '.join(f'a{n}=``' for n in range(99))}/>"),
    ],
)
def test_markup_is_limited(name: str, content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = BytesSource(make(content.replace("`", "'")))
    assert list(markup.details(source, ()))
    monkeypatch.setattr(limits, name, 50)
    with pytest.raises(LimitExceeded, match="more than 50"):
        list(markup.details(source, ()))


def shown(data: bytes) -> list[str]:
    """What a file shows of others."""
    return list(externals.find(BytesSource(data), Layout("image/svg+xml", len(data), ())))


def fed(data: bytes) -> list[int]:
    """How many names and values each tag of a file has, as they come before the limit is met."""
    found: list[int] = []
    parser = Parser()
    parser.expat.StartElementHandler = lambda _, attributes: found.append(
        sum(map(len, attributes)),
    )
    with contextlib.suppress(LimitExceeded):
        list(parser.feed(BytesSource(data)))
    return found


@pytest.mark.parametrize(
    ("name", "content", "before"),
    [
        ("XML_ATTRIBUTES", f"<g {' '.join(f'a{n}=``' for n in range(30_000))}/>", ""),
        ("XML_ATTRIBUTES", f"<!-- {'=' * 30_000 + ' ' * 90_000} --><g/>", ""),
        ("XML_TAG", f"<g a=`{'x' * 400_000}`/>", ""),
        ("XML_TAG", f"<g a=`é{'x' * 90_000}`/>", ""),
        ("XML_TAG", f"<g a=`&#x1F600;{'x' * 90_000}`/>", ""),
        ("XML_EXPANSION", f"<g a=`{'&a;' * 900}`/>", f"<!ENTITY a '{'x' * 999}'>"),
        ("XML_EXPANSION", "<g a=`&b;`/>", f"<!ENTITY b '{'&a;' * 900}'><!ENTITY a '{'x' * 999}'>"),
    ],
)
def test_no_tag_is_gathered_beyond_its_limit(
    name: str, content: str, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """expat is not fed what makes it hold more: neither before an edit, nor for verification."""
    monkeypatch.setattr(limits, "CHUNK", 65_536)
    doctype = f"<!DOCTYPE svg [{before}]>" if before else ""
    # What is declared is known before it is referred to, a piece later.
    content = f"<style>a</style><!--{' ' * 70_000}-->{content.replace('`', chr(34))}<g/>"
    data = make(content, before=doctype)
    assert len(fed(data)) >= 3
    monkeypatch.setattr(limits, name, {"XML_ATTRIBUTES": 1_000}.get(name, 200_000))
    gathered = fed(data)
    assert len(gathered) == 2
    assert max(gathered) < 100
    with pytest.raises(LimitExceeded):
        list(markup.details(BytesSource(data), ()))
    with pytest.raises(LimitExceeded):
        shown(data)


def test_attributes_of_many_tags_are_no_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "XML_ATTRIBUTES", 5_000)
    data = make("<g a='1' b='&amp;' c='3'/>" * 5_000)
    assert len(fed(data)) == 5_001


@pytest.mark.parametrize("form", ["<g{}/>", "<g a{}='1'/>"])
def test_names_are_limited(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """expat and its interface keep all of them, of elements and attributes."""
    monkeypatch.setattr(limits, "CHUNK", 1_000)
    data = make("".join(form.format(number) for number in range(1_000)))
    assert len(fed(data)) == 1_001
    monkeypatch.setattr(limits, "XML_NAMES", 100)
    assert len(fed(data)) < 400
    with pytest.raises(LimitExceeded, match="more than 100 names"):
        list(markup.details(BytesSource(data), ()))


@pytest.mark.parametrize("content", ["<g>" * 2_000, "<g>" * 2_000 + "</g>" * 2_000])
def test_depth_is_limited_before_expat_keeps_it(content: str) -> None:
    data = make("<style>a</style>" + content)
    with pytest.raises(LimitExceeded, match="deep"):
        shown(data)
    with pytest.raises(LimitExceeded, match="deep"):
        list(markup.details(BytesSource(data), ()))


def test_tags_that_are_looked_at_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    data = make("<g/>" * 60)
    assert shown(data) == []
    monkeypatch.setattr(limits, "XML_MARKUP", 50)
    with pytest.raises(LimitExceeded, match="more than 50"):
        shown(data)


def test_places_to_search_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    data = make(f"<g a='{'x' * 60}'/>")
    assert shown(data) == []
    monkeypatch.setattr(limits, "XML_CANDIDATES", 50)
    with pytest.raises(LimitExceeded, match="more than 50"):
        shown(data)


def test_declared_attributes_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each tag has them anew, though nobody wrote them."""
    doctype = f"<!DOCTYPE svg [<!ATTLIST g a CDATA '{'x' * 1_000}'>]>"
    source = BytesSource(make("<g/>" * 60, before=doctype))
    assert list(markup.details(source, ()))
    monkeypatch.setattr(limits, "XML_EXPANSION", 50_000)
    with pytest.raises(LimitExceeded, match="much text of little"):
        list(markup.details(source, ()))


def test_a_declared_entity_is_a_part_of_the_drawing() -> None:
    before, after = (
        next(iter(markup.details(BytesSource(make(before=f"<!DOCTYPE svg [{text}]>")), ())))
        for text in ("<!ENTITY a 'b'>", "<!ENTITY a 'c'>")
    )
    assert before != after
