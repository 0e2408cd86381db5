"""Fonts: which one of the system has the characters of a text, and how it is laid out.

The characters that a font has are read from its `cmap` table (OpenType 1.9, formats 4 and 12);
drawing each one to see whether something appears would take combining marks for missing ones.
"""

from __future__ import annotations

import os
import re
import struct
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aidisclose import limits
from aidisclose.errors import UsageError
from aidisclose.named import NamedTuple

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_ENDINGS: Final = (".ttf", ".otf", ".ttc", ".otc")
#: In names of files: what a label should not look like, and fonts that have a box for everything.
_UNWANTED: Final = re.compile(
    r"bold|black|heavy|light|thin|medium|italic|oblique|condensed|narrow|mono|serif|emoji|symbol"
    r"|math|music|lastresort|fallback|unifont|display|ultra|w[0-24-9](?!\d)",
    re.IGNORECASE,
)
_NEVER: Final = re.compile(r"lastresort|adobeblank|emoji", re.IGNORECASE)
#: Families that are made for the languages of a tag, by what their names have in them: one code
#: point has other forms in China, Japan and Korea.
_FAMILIES: Final = {
    "zh-hans": ("sc", "yahei", "pingfang", "simhei", "wenquanyi", "wqy", "gb"),
    "zh-hant": ("tc", "hk", "jhenghei", "pingfang"),
    "ja": ("jp", "gothic", "hiragino", "meiryo", "ipa", "takao"),
    "ko": ("kr", "malgun", "nanum", "applesdgothicneo"),
}
#: Scripts whose letters are joined, moved or read from the right, by code points.
_COMPLEX: Final = (
    *((0x0590, 0x08FF), (0x0900, 0x0DFF), (0x0E00, 0x0FFF), (0x1000, 0x109F)),
    *((0x1780, 0x17FF), (0x1800, 0x18AF), (0x1A20, 0x1AAF), (0x1B00, 0x1BFF)),
    *((0xA8E0, 0xA8FF), (0xAA60, 0xAAFF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFC)),
)
#: What to install, by code points; each family also stands in the repositories of Debian.
_PACKAGES: Final = (
    ((0x1100, 0x11FF), "Noto Sans CJK", "fonts-noto-cjk"),
    ((0x2E80, 0x9FFF), "Noto Sans CJK", "fonts-noto-cjk"),
    ((0xAC00, 0xD7FF), "Noto Sans CJK", "fonts-noto-cjk"),
    ((0xF900, 0xFAFF), "Noto Sans CJK", "fonts-noto-cjk"),
    ((0xFF00, 0xFFEF), "Noto Sans CJK", "fonts-noto-cjk"),
    ((0x20000, 0x3FFFF), "Noto Sans CJK", "fonts-noto-cjk"),
)
_OTHERS: Final = ("Noto Sans", "fonts-noto-core")
#: Joiners have no picture of their own.
JOINERS: Final = frozenset("\u200c\u200d")
#: Up to here the font that Pillow brings along has characters.
_LATIN: Final = 0x250
#: A code point that no font has a glyph for.
_NO_GLYPH: Final = "\U0010fffd"


class Typeface(NamedTuple):
    """A font, for any size.

    Attributes:
        path: Its file; None for the font that Pillow brings along.
        number: Of the font in a file with several.
        is_shaped: Whether letters of the text have to be joined or moved.
        lang: Language of the text, as in BCP 47.
        reference: The text that is as high as a label has to be: a capital, if the font has one.
    """

    path: Path | None = None
    number: int = 0
    is_shaped: bool = False
    lang: str | None = None
    reference: str = "A"

    def at(self, size: float) -> FreeTypeFont:
        """The font in a size.

        Raises:
            OSError: It cannot be read.
        """
        from PIL import ImageFont

        if self.path is None:
            return _builtin(size)
        engine = ImageFont.Layout.RAQM if self.is_shaped else None
        return ImageFont.truetype(str(self.path), size, index=self.number, layout_engine=engine)


def choose(text: str, *, lang: str | None = None, font: Path | None = None) -> Typeface:
    """The font in which a text is drawn.

    Arguments:
        text: The text that is drawn.
        lang: Its language, as in BCP 47.
        font: The font that the user names; without one, the one that Pillow brings along, else one
            of the system.

    Raises:
        UsageError: No font has the characters, `font` is none, or letters cannot be joined here.
        OSError: `font` cannot be read.
    """
    is_shaped = any(low <= ord(each) <= high for each in text for low, high in _COMPLEX)
    if is_shaped and not _can_shape():
        raise UsageError(
            f"the letters of {text!r} are joined or moved, for which Pillow needs FriBiDi: install "
            "libfribidi0 (Debian, Ubuntu) or fribidi (Fedora, Homebrew)"
        )
    if font is not None:
        found = [number for number, has in _faces(font) if _has_all(has, text)]
        if not found:
            raise UsageError(_refusal(font, text))
        return _typeface(font, found[0], text, is_shaped=is_shaped, lang=lang)
    if not is_shaped and all(ord(each) < _LATIN for each in text) and _builtin_has(text):
        return Typeface(lang=lang)
    for path in sorted(_files(), key=lambda each: _unfit(each, lang)):
        if found := _fitting(path, text, lang):
            return _typeface(path, found[0], text, is_shaped=is_shaped, lang=lang)
    family, package = _package(text)
    raise UsageError(
        f"no font of this system has all characters of {text!r}: install {family} (package "
        f"{package} of Debian and Ubuntu), or name a font with --font"
    )


def _typeface(path: Path, index: int, text: str, *, is_shaped: bool, lang: str | None) -> Typeface:
    has = dict(_faces(path))[index]
    reference = "A" if has(ord("A")) else text
    return Typeface(path, index, is_shaped, lang, reference)


def _refusal(font: Path, text: str) -> str:
    faces = [has for _, has in _faces(font)]
    if not faces:
        return f"{font} is not a TrueType or OpenType font"
    lack = next((each for each in text if not _has_all(faces[0], each)), text)
    return f"the font {font} has no {lack!r}, which is in {text!r}"


def _can_shape() -> bool:
    from PIL import features

    return bool(features.check_feature("raqm") and features.check_feature("fribidi"))


def _builtin(size: float) -> FreeTypeFont:
    from PIL import ImageFont

    found = ImageFont.load_default(size)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise UsageError("this Pillow was made without FreeType: name no size, or install a wheel")
    return found


def _builtin_has(text: str) -> bool:
    """Whether Pillow's own font draws every character as something else than a missing one."""
    try:
        face = _builtin(20)
    except UsageError:
        return False
    none = bytes(face.getmask(_NO_GLYPH))
    return all(each.isspace() or bytes(face.getmask(each)) != none for each in text)


# Which fonts there are.


def _files() -> Iterator[Path]:
    """The font files of the system, at most `limits.FONTS`."""
    left = limits.FONTS
    for folder in _folders():
        for parent, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names):
                if name.lower().endswith(_ENDINGS) and not _NEVER.search(name):
                    yield Path(parent, name)
                    left -= 1
                    if left == 0:
                        return


def _folders() -> Iterator[Path]:
    """Folders in which systems keep fonts, the user's own first."""
    variables = os.environ
    if sys.platform == "win32":
        if local := variables.get("LOCALAPPDATA"):
            yield Path(local, "Microsoft", "Windows", "Fonts")
        yield Path(variables.get("WINDIR", r"C:\Windows"), "Fonts")
        return
    own = variables.get("HOME")
    if sys.platform == "darwin":
        if own:
            yield Path(own, "Library", "Fonts")
        yield Path("/Library/Fonts")
        yield Path("/System/Library/Fonts")
        yield Path("/System/Library/AssetsV2")  # fonts that are loaded when they are needed
        return
    if own:
        yield Path(variables.get("XDG_DATA_HOME") or Path(own, ".local", "share"), "fonts")
        yield Path(own, ".fonts")
    shared = variables.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    places = dict.fromkeys((*shared.split(":"), "/usr/share"))
    yield from (Path(place, "fonts") for place in places if place.startswith("/"))


def _unfit(path: Path, lang: str | None) -> tuple[int, int]:
    """The distance of a font from that of a label; the least is tried first."""
    name = path.stem.lower()
    is_other = not any(part in name for part in _wanted(lang))
    return len(_UNWANTED.findall(name)), is_other


def _wanted(lang: str | None) -> tuple[str, ...]:
    """Parts of the names of families that are made for a language."""
    tag = (lang or "").lower()
    if tag in ("zh", "zh-cn", "zh-sg"):
        tag = "zh-hans"
    elif tag in ("zh-tw", "zh-hk", "zh-mo"):
        tag = "zh-hant"
    return next((parts for each, parts in _FAMILIES.items() if tag.startswith(each)), ())


def _fitting(path: Path, text: str, lang: str | None) -> list[int]:
    """The numbers of the fonts in a file that have all characters, the most fitting first."""
    try:
        found = [index for index, has in _faces(path) if _has_all(has, text)]
    except OSError:
        return []
    if len(found) < 2:
        return found
    wanted = _wanted(lang or _guess(text))
    return sorted(found, key=lambda index: _is_other(_family(path, index), wanted))


def _guess(text: str) -> str | None:
    """The language of a text by its script, where one script has one language."""
    names = {unicodedata.name(each, "").partition(" ")[0] for each in text}
    if names & {"HIRAGANA", "KATAKANA"}:
        return "ja"
    if "HANGUL" in names:
        return "ko"
    return "zh-hans" if "CJK" in names else None


def _family(path: Path, index: int) -> str:
    from PIL import ImageFont

    try:
        return " ".join(filter(None, ImageFont.truetype(str(path), 10, index=index).getname()))
    except (OSError, ValueError):
        return ""


def _is_other(family: str, wanted: tuple[str, ...]) -> tuple[bool, int]:
    name = family.lower()
    words = name.split()  # a part of two letters is a word of the name, such as SC
    is_other = not any(part in (words if len(part) < 3 else name) for part in wanted)
    return is_other, len(_UNWANTED.findall(name))


def _package(text: str) -> tuple[str, str]:
    """A family that has the characters of a text, and the package with it."""
    for each in text:
        for (low, high), family, package in _PACKAGES:
            if low <= ord(each) <= high:
                return family, package
    return _OTHERS


# Which characters a font has.

_Has = Callable[[int], bool]


def _has_all(has: _Has, text: str) -> bool:
    """Whether a font has all characters, as they are or composed."""
    composed = unicodedata.normalize("NFC", text)
    return any(
        all(each.isspace() or each in JOINERS or has(ord(each)) for each in form)
        for form in {text, composed}
    )


def _faces(path: Path) -> Iterator[tuple[int, _Has]]:
    """The fonts in a file by number, with what tells which characters they have.

    What cannot be read as a font is left out.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:

        def read(offset: int, length: int) -> bytes:
            file.seek(offset)
            return file.read(length)

        head = read(0, 12)
        starts: tuple[int, ...] = (0,)
        if head[:4] == b"ttcf" and len(head) == 12:
            count = min(struct.unpack_from(">L", head, 8)[0], limits.FONT_FACES)
            data = read(12, 4 * count)
            starts = struct.unpack_from(f">{len(data) // 4}L", data)
        found = []
        for index, start in enumerate(starts):
            try:
                found.append((index, _characters(read, start)))
            except (struct.error, ValueError, IndexError):
                continue
    yield from found


def _characters(read: Callable[[int, int], bytes], start: int) -> _Has:
    """A function that tells whether a font has a character.

    Raises:
        ValueError: There is no table of characters of a form that is known.
        struct.error: A table is cut off.
    """
    head = read(start, 12)
    if head[:4] not in (b"\0\1\0\0", b"OTTO", b"true"):
        raise ValueError("not a font")
    (count,) = struct.unpack_from(">H", head, 4)
    tables = read(start + 12, 16 * count)
    for position in range(0, 16 * count, 16):
        tag, _, offset, length = struct.unpack_from(">4sLLL", tables, position)
        if tag == b"cmap":
            return _read_cmap(read(offset, min(length, limits.FONT_CMAP)))
    raise ValueError("no table of characters")


#: Platform and encoding of the tables for Unicode, the best first (OpenType, cmap).
_UNICODE: Final = ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3), (0, 2), (0, 1), (0, 0))


def _read_cmap(data: bytes) -> _Has:
    (count,) = struct.unpack_from(">H", data, 2)
    found = {}
    for number in range(count):
        platform, encoding, offset = struct.unpack_from(">HHL", data, 4 + 8 * number)
        found[platform, encoding] = offset
    for key in _UNICODE:
        if key in found:
            offset = found[key]
            (form,) = struct.unpack_from(">H", data, offset)
            if form == 4:
                return _format_4(data, offset)
            if form == 12:
                return _format_12(data, offset)
    raise ValueError("no table for Unicode")


def _format_4(data: bytes, start: int) -> _Has:
    (double,) = struct.unpack_from(">H", data, start + 6)
    count = double // 2
    ends = struct.unpack_from(f">{count}H", data, start + 14)
    begins = struct.unpack_from(f">{count}H", data, start + 16 + double)
    deltas = struct.unpack_from(f">{count}H", data, start + 16 + 2 * double)
    ranges = start + 16 + 3 * double
    offsets = struct.unpack_from(f">{count}H", data, ranges)

    def has(code: int) -> bool:
        number = next((index for index, end in enumerate(ends) if code <= end), count)
        if code > 0xFFFF or number == count or code < begins[number]:
            return False
        if not offsets[number]:
            return bool((code + deltas[number]) % 0x10000 != 0)
        place = ranges + 2 * number + offsets[number] + 2 * (code - begins[number])
        glyph = int.from_bytes(data[place : place + 2])
        return bool(glyph != 0 and (glyph + deltas[number]) % 0x10000 != 0)

    return has


def _format_12(data: bytes, start: int) -> _Has:
    (count,) = struct.unpack_from(">L", data, start + 12)
    count = min(count, (len(data) - start - 16) // 12)
    groups = [struct.unpack_from(">LLL", data, start + 16 + 12 * each) for each in range(count)]
    groups.sort()
    begins = [group[0] for group in groups]

    def has(code: int) -> bool:
        number = bisect_right(begins, code) - 1
        if number < 0:
            return False
        first, last, glyph = groups[number]
        return bool(code <= last and glyph + code - first != 0)

    return has
