"""PDF objects: read from bytes and written as bytes (ISO 32000-2 §7.3)."""

from __future__ import annotations

import re
from typing import Final

from aidisclose import limits
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.named import NamedTuple


class Name(bytes):
    """A name without its slash, escapes resolved."""

    __slots__ = ()


class Real(bytes):
    """A number with a fraction, as it was written."""

    __slots__ = ()


class Ref(NamedTuple):
    """A reference to an indirect object."""

    number: int
    generation: int


#: `bytes` are strings; those that `Name` and `Real` are not.
PDFObject = None | bool | int | bytes | Ref | list["PDFObject"] | dict[bytes, "PDFObject"]

_DELIMITER: Final = rb"\x00\t\n\f\r ()<>\[\]{}/%"
# All repetitions are possessive (`*+`): a megabyte of spaces or comments is walked once, where
# backtracking would walk it again from each of its bytes. The engine remembers every repetition, in
# 32 bytes, so that there are not more comments in a row than programs write.
_SPACE: Final = rb"(?:[\x00\t\n\f\r ]++|%[^\r\n]*+){0,10000}+"
# Order matters: a reference begins like an integer. The counts of digits keep `int` linear, which
# takes quadratic time for long numbers; larger ones than these have no meaning in a PDF.
_TOKEN: Final = re.compile(
    _SPACE + rb"(?:(?P<open><<|\[)|(?P<close>>>|\])"
    rb"|/(?P<name>[^%b]*+)"
    rb"|(?P<ref>[0-9]{1,10}[\x00\t\n\f\r ]++[0-9]{1,5}[\x00\t\n\f\r ]++R(?![^%b]))"
    rb"|(?P<int>[+-]?[0-9]{1,19}(?![^%b]))"
    rb"|(?P<real>[+-]*[0-9]*\.[0-9]*(?![^%b]))"
    rb"|<(?P<hex>[0-9A-Fa-f\x00\t\n\f\r ]*+)>"
    rb"|(?P<string>\()"
    rb"|(?P<word>true|false|null)(?![^%b]))" % ((_DELIMITER,) * 5)
)
_WORDS: Final[dict[bytes, PDFObject]] = {b"true": True, b"false": False, b"null": None}

_ESCAPED_NAME: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_ESCAPED_IN_NAME: Final = re.compile(rb"[^!-~]|[()<>\[\]{}/%#]")

#: Strings that are written as they are; all others in hexadecimal digits.
_PRINTABLE: Final = re.compile(rb"[ -~]*")
_ESCAPED_WHEN_PRINTABLE: Final = re.compile(rb"[()\\]")

#: As much at once as can be: a string may have millions of either.
_PARENTHESES: Final = re.compile(rb"\(++|\)++|(?:\\.){1,500}+", re.DOTALL)
_OPEN: Final = ord("(")
_CLOSE: Final = ord(")")
_ESCAPED_IN_STRING: Final = re.compile(rb"\\([0-7]{1,3}|\r\n|.)|\r\n?", re.DOTALL)
_LITERALS: Final = frozenset((b"(", b")", b"\\"))
_ESCAPES: Final = {
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"b": b"\b",
    b"f": b"\f",
    b"\r\n": b"",
    b"\r": b"",
    b"\n": b"",
}


def parse(data: bytes, start: int = 0) -> tuple[PDFObject, int]:
    """The object at an offset, and the offset after it.

    Of names that a dictionary has twice, the last counts.

    Raises:
        Malformed: There is none; its offset counts from the start of `data`.
        LimitExceeded: It is nested too deeply.
    """
    return _object(data, start, _TOKEN.match(data, start), 0)


def _object(
    data: bytes, start: int, token: re.Match[bytes] | None, depth: int
) -> tuple[PDFObject, int]:
    """The object that begins with a token, which was looked for at an offset."""
    if token is None or token.lastgroup == "close":
        raise Malformed("no PDF object where one must be", start)
    end = token.end()
    text = token[token.lastgroup or 0]
    match token.lastgroup:
        case "open":
            if depth == limits.PDF_DEPTH:
                raise LimitExceeded(f"PDF objects nest more than {limits.PDF_DEPTH} deep")
            return _collection(data, end, text, depth + 1)
        case "name":
            return Name(
                _ESCAPED_NAME.sub(lambda found: bytes.fromhex(found[1].decode()), text)
            ), end
        case "ref":
            # NUL is white space in PDF (ISO 32000-2 §7.2.3), but not to `bytes.split`.
            number, generation = text[:-1].replace(b"\x00", b" ").split()
            return Ref(int(number), int(generation)), end
        case "int":
            return int(text), end
        case "real":
            return Real(text), end
        case "hex":
            digits = b"".join(text.split()).replace(b"\x00", b"")
            # A missing last digit is 0 (ISO 32000-2 §7.3.4.3).
            return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()), end
        case "string":
            return _string(data, end)
    return _WORDS[text], end


def _collection(data: bytes, start: int, opening: bytes, depth: int) -> tuple[PDFObject, int]:
    """The array or dictionary that goes on at an offset."""
    closing = b"]" if opening == b"[" else b">>"
    items: list[PDFObject] = []
    position = start
    while (token := _TOKEN.match(data, position)) is not None:
        if token.lastgroup == "int":  # arrays have millions of them
            items.append(int(token["int"]))
            position = token.end()
        elif token.lastgroup != "close":
            item, position = _object(data, position, token, depth)
            items.append(item)
        elif token["close"] != closing:
            raise Malformed("a PDF object is closed by another bracket", position)
        else:
            break
    else:
        raise Malformed("no PDF object where one must be", position)
    if closing == b"]":
        return items, token.end()
    names = items[::2]
    if len(items) % 2 or not all(isinstance(name, Name) for name in names):
        raise Malformed("a PDF dictionary is not made of names and values", start)
    pairs = zip(names, items[1::2], strict=True)
    return {bytes(name): value for name, value in pairs if isinstance(name, Name)}, token.end()


def _string(data: bytes, start: int) -> tuple[bytes, int]:
    """The literal string that goes on at an offset."""
    depth = 1
    for found in _PARENTHESES.finditer(data, start):
        first, count = data[found.start()], found.end() - found.start()
        if first == _OPEN:
            depth += count
        elif first == _CLOSE and count < depth:
            depth -= count
        elif first == _CLOSE:
            end = found.start() + depth
            return _ESCAPED_IN_STRING.sub(_unescaped, data[start : end - 1]), end
    raise Malformed("a PDF string is not closed", start)


def _unescaped(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    if escape in _LITERALS:
        return escape
    # ISO 32000-2 §7.3.4.2: an end of line counts as one LF however it is written, high bits of an
    # octal number are ignored, and so is the backslash before any other character.
    if escape is None:
        return b"\n"
    if escape[0] in b"01234567":
        return bytes((int(escape, 8) & 0xFF,))
    return _ESCAPES.get(escape, escape)


def write(value: PDFObject) -> bytes:
    """An object as bytes; `parse` gives it back."""
    match value:
        case None:
            return b"null"
        case bool():
            return b"true" if value else b"false"
        case int():
            return b"%d" % value
        case Name():
            return b"/" + _ESCAPED_IN_NAME.sub(lambda found: b"#%02X" % found[0][0], value)
        case Real():
            return bytes(value)
        # Other bytes are written in digits: readers would turn a CR between brackets into a LF.
        case bytes() if _PRINTABLE.fullmatch(value):
            return b"(%b)" % _ESCAPED_WHEN_PRINTABLE.sub(rb"\\\g<0>", value)
        case bytes():
            return b"<%b>" % value.hex().encode()
        case Ref():
            return b"%d %d R" % value
        case list():
            return b"[%b]" % b" ".join(map(write, value))
        case dict():
            entries = (write(Name(name)) + b" " + write(item) for name, item in value.items())
            return b"<<%b>>" % b" ".join(entries)
