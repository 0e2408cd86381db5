"""Files that somebody prepared before an honest signer signed them show the same ever after.

A number in them, such as a length or an offset, leads into a field of the signature that no hash
covers. Whoever prepared the file writes there what is to be shown, and changes it after signing:
either the file is refused, or decoders of others never look there.
"""

from __future__ import annotations

import os
import random
import re
from pathlib import Path
from typing import Final

import pytest

import aidisclose as ad
from aidisclose.containers import identify
from aidisclose.containers.container import Block
from aidisclose.errors import AidiscloseError
from aidisclose.io.source import BytesSource
from tests.attacks import files
from tests.attacks.attack import judge
from tests.attacks.rebuilt import sealed
from tests.interop.test_decoder_property import CHOSEN, decoded
from tests.interop.test_decoders import Case

#: Files that are prepared, for each case: a few, or as many as somebody has time for.
_COUNT: Final = int(os.environ.get("PREPARED_FILES", "12"))
_ROOM: Final = 3_000
_MARK: Final = b"WRITTEN AFTER SIGNING"
_NUMBER: Final = re.compile(rb"(?<![0-9.])[0-9]{1,10}(?![0-9.])")
#: Formats whose numbers are text.
_TEXTUAL: Final = (".pdf", ".svg")


def signed(data: bytes, written: bytes) -> bytes:
    """The file, signed by somebody who is honest."""
    binding = identify(BytesSource(data)).binding
    recipe = files.active(seal=sealed(written, size=_ROOM + 5_000))
    return files.signed(recipe, of=files.Media(data, binding))


def written_place(data: bytes) -> int:
    """The place of what is written after signing; that of the store where it is encoded."""
    if _MARK in data:
        return data.index(_MARK)
    source = BytesSource(data)
    return identify(source).scan(source).stores[0].pieces[0].start


def prepared(plain: bytes, case: Case, place: int, chance: random.Random) -> bytes:
    """The file with one number that leads to a place in the signed file, from somewhere."""
    layout = identify(source := BytesSource(plain)).scan(source)
    block = chance.choice(layout.blocks or (Block("", 0, len(plain)),))
    added = len(signed(plain, bytes(_ROOM))) - len(plain)
    target = place + chance.choice((0, 0, 8, 64, 500))
    if case.name.endswith(_TEXTUAL):
        found = chance.choice(list(_NUMBER.finditer(plain)))
        number = target - chance.choice((0, 0, found.end(), block.start, block.start + added))
        text = b"%0*d" % (len(found[0]), max(number, 0))
        return plain[: found.start()] + text + plain[found.end() :]
    width, order = chance.choice((2, 4, 4, 4, 8)), chance.choice(("big", "little"))
    near = chance.choice((block.start, chance.randrange(len(plain))))
    at = min(near + chance.randrange(64), len(plain) - width)
    base = chance.choice((0, 0, at, at + width, block.start, block.start + 8))
    number = max(target - base - chance.choice((0, added if base else 0)), 0)
    if number >= 1 << 8 * width:
        return plain
    return plain[:at] + number.to_bytes(width, order) + plain[at + width :]  # type: ignore[arg-type]


def contents(plain: bytes, chance: random.Random) -> tuple[bytes, bytes]:
    """Two that are written after signing: noise, or a part of the file and that part changed."""
    if chance.random() < 0.5:
        return chance.randbytes(_ROOM), chance.randbytes(_ROOM)
    start = chance.choice((0, chance.randrange(len(plain))))
    own = plain[start : start + _ROOM].ljust(_ROOM, b"\0")
    other = bytearray(own)
    for at in range(chance.randrange(8, 200), _ROOM, chance.randrange(1, 40)):
        other[at] ^= chance.randrange(1, 256)
    return own, bytes(other)


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.name)
def test_nothing_that_is_written_after_signing_is_shown(case: Case, tmp_path: Path) -> None:
    original, path = tmp_path / f"plain-{case.name}", tmp_path / case.name
    case.make(original)
    plain = original.read_bytes()
    place = written_place(signed(plain, _MARK.ljust(_ROOM, b"\0")))
    chance = random.Random(case.name)
    for _ in range(_COUNT):
        try:
            data = prepared(plain, case, place, chance)
            pair = [signed(data, written) for written in contents(plain, chance)]
        except (AidiscloseError, AssertionError):
            continue  # no signer takes it
        verdicts = list(map(judge, pair))
        if any(v.state is not ad.State.TRUSTED or v.integrity != "intact" for v in verdicts):
            continue
        shown = []
        for each in pair:
            path.write_bytes(each)
            shown.append(decoded(case, path))
        assert shown[0] == shown[1] or None in shown
