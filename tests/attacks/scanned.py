"""What players of an AVI find: they look for frames to the end of the file, the store included.

FFmpeg plays a frame that somebody wrote into a field of the signature that no hash covers, in any
film, however honestly it was made and signed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.attacks import files
from tests.attacks.attack import Attack
from tests.attacks.rebuilt import sealed

CLAUSE: Final = "C2PA 2.5 §A: the excluded bytes are the store's, and inert"
_SIZE: Final = 100
_FRAME: Final = _SIZE.to_bytes(4, "little") + b"something else to show".ljust(_SIZE, b".")
_WRITTEN: Final = {
    "a picture": b"00dc" + _FRAME,
    "a picture at an odd offset": b"\0" + b"00dc" + _FRAME,
    "a picture without content": b"00dc" + bytes(4),
    "a palette": b"00pc" + _FRAME,
    "a picture in a list": b"LIST\0\0\0\0" + b"movi" + b"00dc" + _FRAME,
    "a chunk to pass over": b"JUNK" + _FRAME,
    "an index to pass over": b"ix00" + _FRAME,
    "another index to pass over": b"00ix" + _FRAME,
    "the old index to pass over": b"idx1" + _FRAME,
}


#: Where a stream has few chunks, players take those of any kind for it.
_SHORT: Final = {
    "a picture of another kind": b"00db" + _FRAME,
    "a picture of no kind": b"00\x01\x02" + _FRAME,
}


def attacks() -> Iterator[Attack]:
    """Frames, and what leads to one, in an answer about revocation, which is not even one."""
    film = files.media("AVI")
    start, end = film.data.index(b"movi"), film.data.index(b"idx1")
    head, frames, tail = film.data[:start], film.data[start:end], film.data[end:]
    first = frames.index(b"00dc") + 4
    rest = frames[first:].replace(b"00dc", b"77dc")  # of a stream that is not there
    short = film._replace(data=head + frames[:first] + rest + tail)
    for name, of, written in (("", film, _WRITTEN), (", in a short film", short, _SHORT)):
        before = files.signed(files.active(seal=sealed(b"")), of=of)
        for kind, text in written.items():
            after = files.signed(files.active(seal=sealed(text)), of=of)
            assert len(after) == len(before)
            says = "players take for a frame"
            yield Attack(f"scanned: {kind}{name}", CLAUSE, before, after, says)
