"""Fonts: which characters they have, which one of a system is chosen, and what is refused."""

from __future__ import annotations

import struct
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFont, features

from aidisclose import limits
from aidisclose.direct import typeface
from aidisclose.errors import UsageError

FONTS = Path("/usr/share/fonts")
DEJAVU = FONTS / "truetype" / "dejavu" / "DejaVuSans.ttf"
CJK = FONTS / "opentype" / "noto" / "NotoSansCJK-Regular.ttc"
DEVANAGARI = FONTS / "truetype" / "lohit-devanagari" / "Lohit-Devanagari.ttf"


def needs(path: Path) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not path.is_file(), reason=f"{path.name} is not installed")


def subtable_4(*ranges: tuple[int, int]) -> bytes:
    """A table of characters of format 4, with glyph numbers that are not 0."""
    spans = [*ranges, (0xFFFF, 0xFFFF)]
    double = 2 * len(spans)
    columns = (
        [end for _, end in spans],
        [0],
        [start for start, _ in spans],
        [(1 - start) % 0x10000 for start, _ in ranges] + [1],
        [0] * len(spans),
    )
    body = b"".join(struct.pack(f">{len(each)}H", *each) for each in columns)
    return struct.pack(">HHHHHHH", 4, 14 + len(body), 0, double, 0, 0, 0) + body


def subtable_12(*ranges: tuple[int, int]) -> bytes:
    body = b"".join(struct.pack(">LLL", start, end, 1) for start, end in ranges)
    return struct.pack(">HHLLL", 12, 0, 16 + len(body), 0, len(ranges)) + body


def font(table: bytes, key: tuple[int, int] = (3, 10), start: int = 0) -> bytes:
    """A font file with nothing but a table of characters; `start` is its place in a collection."""
    cmap = struct.pack(">HH", 0, 1) + struct.pack(">HHL", *key, 12) + table
    head = struct.pack(">4sHHHH", b"\0\1\0\0", 1, 0, 0, 0)
    return head + struct.pack(">4sLLL", b"cmap", 0, start + len(head) + 16, len(cmap)) + cmap


def has(path: Path, text: str, index: int = 0) -> list[bool]:
    found = dict(typeface._faces(path))[index]
    return [found(ord(each)) for each in text]


@pytest.mark.parametrize("make", [subtable_4, subtable_12])
def test_the_characters_of_a_font(tmp_path: Path, make: object) -> None:
    assert callable(make)
    path = tmp_path / "a.ttf"
    key = (3, 1) if make is subtable_4 else (3, 10)
    path.write_bytes(font(make((0x41, 0x43), (0x61, 0x61)), key))
    assert has(path, "@ABCD`ab") == [False, True, True, True, False, False, True, False]


def test_characters_beyond_the_first_plane(tmp_path: Path) -> None:
    path = tmp_path / "a.ttf"
    path.write_bytes(font(subtable_12((0x20000, 0x20001))))
    assert has(path, "\U00020000\U00020002") == [True, False]
    path.write_bytes(font(subtable_4((0x41, 0x41)), (3, 1)))
    assert has(path, "\U00020041") == [False]


def test_a_glyph_that_is_missing_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "a.ttf"
    table = struct.pack(">HHLLLLLL", 12, 0, 28, 0, 1, 0x41, 0x42, 0)
    path.write_bytes(font(table))
    assert has(path, "AB") == [False, True]


def test_a_collection_has_several(tmp_path: Path) -> None:
    path = tmp_path / "a.ttc"
    first = font(subtable_12((0x41, 0x41)), start=20)
    second = font(subtable_12((0x42, 0x42)), start=20 + len(first))
    path.write_bytes(struct.pack(">4sLLLL", b"ttcf", 0, 2, 20, 20 + len(first)) + first + second)
    assert has(path, "AB", 0) == [True, False]
    assert has(path, "AB", 1) == [False, True]


@needs(DEJAVU)
def test_the_same_characters_as_those_that_are_drawn() -> None:
    face = ImageFont.truetype(str(DEJAVU), 20)
    none = bytes(face.getmask("\U0010fffd"))
    # Of letters only: combining marks are drawn as nothing, too, if they are alone.
    letters = (chr(code) for code in range(0x100, 0x500))
    text = "".join(each for each in letters if unicodedata.category(each)[0] == "L") + "人智能あ한"
    drawn = [bytes(face.getmask(each)) != none for each in text]
    found = has(DEJAVU, text)
    assert sum(found) > 500
    assert found[-5:] == drawn[-5:] == [False] * 5
    assert sum(a is not b for a, b in zip(found, drawn, strict=True)) == 0


@given(data=st.binary(max_size=300), at=st.integers(0, 60))
def test_a_damaged_font_is_no_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, at: int
) -> None:
    path = tmp_path_factory.mktemp("fonts") / "a.ttf"
    good = font(subtable_4((0x41, 0x43)), (3, 1))
    for content in (data, good[:at], good[:at] + data + good[at + len(data) :]):
        path.write_bytes(content)
        for _, found in typeface._faces(path):
            assert found(0x41) in (True, False)
            assert found(0x10FFFF) in (True, False)


# Which one is chosen.


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder with fonts."""
    folder = tmp_path / "fonts"
    folder.mkdir()
    monkeypatch.setattr(typeface, "_folders", lambda: iter([folder]))
    return folder


def chosen(text: str, lang: str | None = None) -> str:
    found = typeface.choose(text, lang=lang)
    return found.path.name if found.path else "built in"


def test_latin_needs_no_font(system: Path) -> None:
    assert list(system.iterdir()) == []
    assert chosen("AI GENERATED") == "built in"


def test_the_font_that_covers_the_text(system: Path) -> None:
    (system / "Alpha.ttf").write_bytes(font(subtable_12((0x4E00, 0x4E10))))
    (system / "Beta-Bold.ttf").write_bytes(font(subtable_12((0x4E00, 0x9FFF))))
    (system / "Gamma-Regular.ttf").write_bytes(font(subtable_12((0x4E00, 0x9FFF))))
    (system / "LastResort.ttf").write_bytes(font(subtable_12((0, 0x10FFFF))))
    (system / "broken.ttf").write_bytes(b"\0\1\0\0")
    assert chosen("人工智能") == "Gamma-Regular.ttf"
    (system / "Gamma-Regular.ttf").unlink()
    assert chosen("人工智能") == "Beta-Bold.ttf"
    with pytest.raises(UsageError, match="fonts-noto-core"):
        chosen("\u0540\u0561\u0575")


def test_the_family_for_the_language(system: Path) -> None:
    for name in ("NotoSansJP", "NotoSansKR", "NotoSansSC", "NotoSansTC"):
        (system / f"{name}-Regular.ttf").write_bytes(font(subtable_12((0x4E00, 0x9FFF))))
    assert chosen("生成", "ja") == "NotoSansJP-Regular.ttf"
    assert chosen("生成", "ko") == "NotoSansKR-Regular.ttf"
    assert chosen("生成", "zh-Hans") == "NotoSansSC-Regular.ttf"
    assert chosen("生成", "zh-CN") == "NotoSansSC-Regular.ttf"
    assert chosen("生成", "zh-TW") == "NotoSansTC-Regular.ttf"


@pytest.mark.parametrize(
    ("text", "package"),
    [
        ("人工智能生成", "fonts-noto-cjk"),
        ("AIで生成", "fonts-noto-cjk"),
        ("AI로 생성됨", "fonts-noto-cjk"),
        ("एआई से", "fonts-noto-core"),
        ("بالذكاء", "fonts-noto-core"),
    ],
)
@pytest.mark.usefixtures("system")
def test_without_a_font_a_package_is_named(text: str, package: str) -> None:
    if not features.check_feature("fribidi"):
        pytest.skip("FriBiDi is not installed, which is said first")
    with pytest.raises(UsageError) as caught:
        typeface.choose(text)
    assert f"(package {package} of Debian and Ubuntu)" in str(caught.value)
    assert "--font" in str(caught.value)


def test_letters_that_cannot_be_joined_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check_feature", lambda _: False)
    with pytest.raises(UsageError, match="Pillow needs FriBiDi: install libfribidi0"):
        typeface.choose("بالذكاء", lang="ar")


def test_no_more_fonts_than_a_limit_are_looked_at(
    system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.ttf", "b.ttf"):
        (system / name).write_bytes(font(subtable_12((0x41, 0x42))))
    (system / "c.ttf").write_bytes(font(subtable_12((0x4E00, 0x9FFF))))
    assert chosen("人") == "c.ttf"
    monkeypatch.setattr(limits, "FONTS", 2)
    with pytest.raises(UsageError, match="no font of this system"):
        chosen("人")


def test_the_font_that_is_named_has_to_have_all(tmp_path: Path) -> None:
    path = tmp_path / "a.ttf"
    path.write_bytes(font(subtable_12((0x41, 0x42))))
    assert typeface.choose("AB", font=path).path == path
    with pytest.raises(UsageError, match="has no '人', which is in 'A人'"):
        typeface.choose("A人", font=path)
    path.write_bytes(b"text")
    with pytest.raises(UsageError, match="is not a TrueType or OpenType font"):
        typeface.choose("AB", font=path)
    with pytest.raises(FileNotFoundError):
        typeface.choose("AB", font=tmp_path / "none.ttf")


# Real ones.


@needs(CJK)
@pytest.mark.parametrize(
    ("text", "lang", "family"),
    [
        ("人工智能生成", "zh-Hans", "Noto Sans CJK SC"),
        ("AIで生成", "ja", "Noto Sans CJK JP"),
        ("AI로 생성됨", "ko", "Noto Sans CJK KR"),
        ("AI로 생성됨", None, "Noto Sans CJK KR"),
        ("AIで生成", None, "Noto Sans CJK JP"),
    ],
)
def test_one_file_has_the_forms_of_several_countries(
    text: str, lang: str | None, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typeface, "_folders", lambda: iter([CJK.parent]))
    assert typeface.choose(text, lang=lang).at(20).getname() == (family, "Regular")


@needs(DEVANAGARI)
def test_letters_of_hindi_are_joined() -> None:
    found = typeface.choose("क्षि", lang="hi", font=DEVANAGARI)
    assert found.is_shaped
    # ka, virama, ssa and the sign i, which stands before them: one cluster, narrower than four.
    parts = sum(found.at(40).getlength(each) for each in "क्षि")
    assert found.at(40).getlength("क्षि") < parts
    joined = found.at(40).getmask("क्षि")
    plain = ImageFont.truetype(str(DEVANAGARI), 40, layout_engine=ImageFont.Layout.BASIC)
    assert bytes(joined) != bytes(plain.getmask("क्षि"))


@needs(DEJAVU)
def test_arabic_is_joined_and_read_from_the_right() -> None:
    found = typeface.choose("بال", lang="ar", font=DEJAVU)
    picture = Image.new("L", (200, 80))
    from PIL import ImageDraw

    ImageDraw.Draw(picture).text((10, 10), "بال", fill=255, font=found.at(40))
    plain = ImageFont.truetype(str(DEJAVU), 40, layout_engine=ImageFont.Layout.BASIC)
    other = Image.new("L", (200, 80))
    ImageDraw.Draw(other).text((10, 10), "بال", fill=255, font=plain)
    assert picture.tobytes() != other.tobytes()
    assert found.at(40).getlength("بال") < plain.getlength("بال")
