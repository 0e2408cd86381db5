"""ID3v2.2 and 2.3 frames as ID3v2.4 frames, with nothing lost.

What changes (id3v2.4.0-structure §4, id3v2.4.0-changes):

- sizes, flags and the order of the fields that flags announce;
- three-letter names, with the picture format of `PIC` and the frame name in `LNK`;
- year, date and time become one `TDRC`, the original year becomes `TDOR`, `IPLS` becomes `TIPL`;
- frames inside the chapters of podcasts (`CHAP` and `CTOC`).

`EQUA`, `RVAD`, `TRDA` and `TSIZ`, for which 2.4 has no exact counterpart, and years or dates that
are invalid keep their name and content: readers of 2.4 pass over frames that they do not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from aidisclose import limits
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.named import NamedTuple

#: Sizes have 28 bits.
MAX_SIZE: Final = (1 << 28) - 1

_HEADER: Final = 10
_CHAPTER_TIMES: Final = 16

#: Flags of 2.3 and what they are in 2.4.
_COMPRESSED_23: Final = 0x80
_ENCRYPTED_23: Final = 0x40
_GROUPED_23: Final = 0x20
_GROUPED: Final = 0x40
_COMPRESSED: Final = 0x08
_ENCRYPTED: Final = 0x04
_LENGTH_INDICATED: Final = 0x01

#: The names of 2.2, the second half those that iTunes added.
_PAIRS: Final = (
    "BUF:RBUF CNT:PCNT COM:COMM CRA:AENC EQU:EQUA ETC:ETCO GEO:GEOB IPL:IPLS LNK:LINK MCI:MCDI "
    "MLL:MLLT PIC:APIC POP:POPM REV:RVRB RVA:RVAD SLT:SYLT STC:SYTC TAL:TALB TBP:TBPM TCM:TCOM "
    "TCO:TCON TCR:TCOP TDA:TDAT TDY:TDLY TEN:TENC TFT:TFLT TIM:TIME TKE:TKEY TLA:TLAN TLE:TLEN "
    "TMT:TMED TOA:TOPE TOF:TOFN TOL:TOLY TOR:TORY TOT:TOAL TP1:TPE1 TP2:TPE2 TP3:TPE3 TP4:TPE4 "
    "TPA:TPOS TPB:TPUB TRC:TSRC TRD:TRDA TRK:TRCK TSI:TSIZ TSS:TSSE TT1:TIT1 TT2:TIT2 TT3:TIT3 "
    "TXT:TEXT TXX:TXXX TYE:TYER UFI:UFID ULT:USLT WAF:WOAF WAR:WOAR WAS:WOAS WCM:WCOM WCP:WCOP "
    "WPB:WPUB WXX:WXXX "
    "GP1:GRP1 MVI:MVIN MVN:MVNM PCS:PCST TCP:TCMP TCT:TCAT TDR:TDRL TDS:TDES TID:TGID TKW:TKWD "
    "TS2:TSO2 TSA:TSOA TSC:TSOC TSP:TSOP TST:TSOT WFD:WFED"
)
RENAMED: Final = {pair[:3]: pair[4:] for pair in _PAIRS.split()}

#: Frames of 2.2 and 2.3 for which 2.4 has no exact counterpart.
UNREPLACED: Final = frozenset(("EQU", "EQUA", "RVA", "RVAD", "TRD", "TRDA", "TSI", "TSIZ"))

#: By the first byte of a frame of text.
ENCODINGS: Final = ("latin-1", "utf-16", "utf-16-be", "utf-8")
_YEAR: Final = re.compile("[0-9]{4}")
_DATE: Final = re.compile("(0[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2])")
_TIME: Final = re.compile("([01][0-9]|2[0-3])([0-5][0-9])")


class OldFrame(NamedTuple):
    """A frame of ID3v2.2 or 2.3 without its header and without unsynchronisation."""

    name: str
    flags: int
    body: bytes


def synchsafe(number: int) -> bytes:
    """A number below 2^28 as four bytes of seven bits.

    Raises:
        LimitExceeded: It is larger.
    """
    if number > MAX_SIZE:
        raise LimitExceeded(f"ID3v2 cannot hold {number} bytes, at most {MAX_SIZE}")
    return bytes((number >> shift) & 0x7F for shift in (21, 14, 7, 0))


def frame_header(name: str, size: int, flags: int = 0) -> bytes:
    """The header of an ID3v2.4 frame whose body has `size` bytes.

    Raises:
        LimitExceeded: ID3v2 has no such size.
    """
    return name.encode("latin-1") + synchsafe(size) + flags.to_bytes(2)


def upgraded(frames: Iterable[OldFrame], *, version: int) -> bytes:
    """The same frames in ID3v2.4.

    Arguments:
        frames: All frames of a tag.
        version: Of the tag they come from: 2 or 3.

    Raises:
        UnsupportedFormat: A frame of 2.2 that 2.4 cannot hold, such as the encrypted `CRM`.
        MalformedFile: A frame is shorter than its flags say.
        LimitExceeded: A frame becomes larger than ID3v2 permits, or chapters hold more than
            `limits.ID3_FRAMES`.
    """
    # One for each frame that chapters may hold, taken from by all of them.
    room = iter(range(limits.ID3_FRAMES))
    if version == 2:
        frames = [_from_22(frame) for frame in frames]
    return b"".join(_from_23(frame, room) for frame in _dated(tuple(frames)))


def _from_22(frame: OldFrame) -> OldFrame:
    name = _new_name(frame.name)
    body = frame.body
    if frame.name == "PIC":
        image_format = body[1:4].decode("latin-1").lower()
        mime = "-->" if image_format == "-->" else f"image/{image_format.replace('jpg', 'jpeg')}"
        body = body[:1] + mime.encode("latin-1") + b"\x00" + body[4:]
    elif frame.name == "LNK":
        body = _new_name(body[:3].decode("latin-1")).encode("ascii") + body[3:]
    return OldFrame(name, 0, body)


def _new_name(name: str) -> str:
    try:
        return RENAMED[name]
    except KeyError:
        raise UnsupportedFormat(
            f"the ID3v2.2 frame {name} has no counterpart in ID3v2.4; remove it from the tag first"
        ) from None


def _from_23(frame: OldFrame, room: Iterator[int] | None) -> bytes:
    """The frame in 2.4; `room` is None for those in a chapter, which hold no others."""
    name, flags, body = frame
    if name in ("CHAP", "CTOC") and not flags & 0xFF and room is not None:
        body = _chapter(name, body, room)
    if name == "IPLS":
        name = "TIPL"
    compressed = bool(flags & _COMPRESSED_23)
    encrypted = bool(flags & _ENCRYPTED_23)
    grouped = bool(flags & _GROUPED_23)
    method = 4 * compressed
    group = method + encrypted
    content = group + grouped
    if len(body) < content:
        raise MalformedFile(f"the ID3v2.3 frame {name} is shorter than its flags say")
    # 2.3 has length, method, group; 2.4 has group, method, length.
    fields = body[group:content] + body[method:group]
    if compressed:
        fields += synchsafe(int.from_bytes(body[:4]))
    # The three flags about keeping and writing moved down by one bit.
    new_flags = (flags & 0xE000) >> 1
    new_flags |= _GROUPED * grouped | _ENCRYPTED * encrypted
    new_flags |= (_COMPRESSED | _LENGTH_INDICATED) * compressed
    body = fields + body[content:]
    return frame_header(name, len(body), new_flags) + body


def _chapter(name: str, body: bytes, room: Iterator[int]) -> bytes:
    """A `CHAP` or `CTOC` with the frames inside converted (ID3v2 Chapter Frame Addendum 1.0)."""
    start = body.find(b"\x00") + 1
    if name == "CHAP":
        start += _CHAPTER_TIMES
    else:
        children = int.from_bytes(body[start + 1 : start + 2])
        start += 2
        for _ in range(children):
            start = body.find(b"\x00", start) + 1
    inner = tuple(_inner_frames(body, start, room))
    # Bytes that are not frames of 2.3 to their end stay as they are.
    if sum(_HEADER + len(frame.body) for frame in inner) != len(body) - start:
        return body
    return body[:start] + b"".join(_from_23(frame, None) for frame in inner)


def _inner_frames(body: bytes, start: int, room: Iterator[int]) -> Iterator[OldFrame]:
    while len(body) - start >= _HEADER:
        if next(room, None) is None:
            raise LimitExceeded(
                f"chapters of the ID3v2 tag have more than {limits.ID3_FRAMES} frames"
            )
        content = start + _HEADER
        end = content + int.from_bytes(body[start + 4 : start + 8])
        if end > len(body):
            return
        flags = int.from_bytes(body[start + 8 : content])
        yield OldFrame(body[start : start + 4].decode("latin-1"), flags, body[content:end])
        start = end


def _dated(frames: Sequence[OldFrame]) -> Iterator[OldFrame]:
    """The frames with dates as 2.4 has them, where that loses nothing."""
    texts: dict[str, str] = {}
    for frame in frames:
        is_plain = frame.name not in texts and not frame.flags & 0xFF
        texts[frame.name] = _text(frame.body) if is_plain else ""
    merged: set[str] = set()
    new: dict[str, tuple[str, str]] = {}
    if "TDRC" not in texts and _YEAR.fullmatch(texts.get("TYER", "")):
        recorded = texts["TYER"]
        if day := _DATE.fullmatch(texts.get("TDAT", "")):
            recorded += f"-{day[2]}-{day[1]}"
            merged.add("TDAT")
            if minute := _TIME.fullmatch(texts.get("TIME", "")):
                recorded += f"T{minute[1]}:{minute[2]}"
                merged.add("TIME")
        new["TYER"] = ("TDRC", recorded)
    if "TDOR" not in texts and _YEAR.fullmatch(texts.get("TORY", "")):
        new["TORY"] = ("TDOR", texts["TORY"])
    for frame in frames:
        if frame.name in new:
            name, text = new[frame.name]
            yield OldFrame(name, frame.flags, b"\x00" + text.encode("ascii"))
        elif frame.name not in merged:
            yield frame


def _text(body: bytes) -> str:
    """The text in a text frame; empty if it cannot be decoded."""
    if not body or body[0] >= len(ENCODINGS):
        return ""
    try:
        return body[1:].decode(ENCODINGS[body[0]]).rstrip("\x00")
    except UnicodeDecodeError:
        return ""
