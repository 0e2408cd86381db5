"""Codes of 256 bits in memory, every one of which is compared: nothing alike is missed.

Approximate indexes are faster, and miss half of what differs in as many bits as `matching` allows.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aidisclose.durable import iscc
from aidisclose.errors import Malformed, UsageError
from aidisclose.io.digest import processors
from aidisclose.named import NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORD: Final = 64
_WORDS: Final = iscc.BITS // _WORD
#: Codes that are compared at once. Fewer stay in the cache of a processor, but threads then wait
#: for the interpreter's lock between them: with 32,768 two were hardly faster than one.
_BLOCK: Final = 131_072
#: Blocks of one thread: fewer take less time than it takes to start it.
_LEAST_BLOCKS: Final = 2
_LEAST: Final = 1024


def _library() -> Any:
    try:
        import numpy
    except ImportError:
        raise UsageError(
            "searching by looks needs the extra durable: pip install 'aidisclose[durable]'"
        ) from None
    return numpy


class _Codes(NamedTuple):
    """Numbers and codes, of which the first `used` are there; those never change."""

    numbers: NDArray[np.int64]
    words: NDArray[np.uint64]
    used: int


class CodeIndex:
    """Numbered codes, 40 bytes each; one thread may add while others search.

    Raises:
        UsageError: The extra `durable` is not installed.
    """

    def __init__(self) -> None:
        library = _library()
        self._codes = _Codes(
            library.empty(_LEAST, library.int64),
            library.empty((_WORDS, _LEAST), library.uint64),
            0,
        )

    def __len__(self) -> int:
        return self._codes.used

    @property
    def last(self) -> int:
        """The greatest number; 0 if there is none."""
        numbers, _words, count = self._codes
        return int(numbers[count - 1]) if count else 0

    def extend(self, numbers: bytes, codes: bytes) -> None:
        """Add codes with ascending numbers; those up to `last` are there already.

        Arguments:
            numbers: Of 8 bytes each, signed, the most significant first.
            codes: Of 32 bytes each.

        Raises:
            Malformed: They are not of these sizes.
        """
        library = _library()
        if len(numbers) % 8 or len(codes) * 8 != len(numbers) * (iscc.BITS // 8):
            raise Malformed("the repository has codes of a wrong size")
        added = library.frombuffer(numbers, ">i8")
        words = library.frombuffer(codes, ">u8").reshape(-1, _WORDS)
        start = int(library.searchsorted(added, self.last, side="right"))
        added, words = added[start:], words[start:]
        held = self._codes
        count = held.used + len(added)
        if count > len(held.numbers):
            room = max(count, 2 * len(held.numbers))
            grown = _Codes(
                library.empty(room, library.int64),
                library.empty((_WORDS, room), library.uint64),
                held.used,
            )
            grown.numbers[: held.used] = held.numbers[: held.used]
            grown.words[:, : held.used] = held.words[:, : held.used]
            held = grown
        held.numbers[held.used : count] = added
        held.words[:, held.used : count] = words.T
        self._codes = held._replace(used=count)

    def near(self, codes: Iterable[int], reach: int) -> dict[int, int]:
        """Numbers of the codes that differ from one of these in few bits, and in how many.

        Arguments:
            codes: The codes that are looked for.
            reach: Bits that may differ, at most 127.
        """
        library = _library()
        held = self._codes
        wanted = [
            [library.uint64(code >> shift & (1 << _WORD) - 1) for shift in (192, 128, 64, 0)]
            for code in codes
        ]
        starts = range(0, held.used, _BLOCK)
        threads = min(processors(), len(starts) // _LEAST_BLOCKS)
        if threads < 2:
            return _near(held, wanted, reach, starts)
        from concurrent.futures import ThreadPoolExecutor

        # numpy works outside of the interpreter's lock, so threads compare at the same time.
        share = partial(_near, held, wanted, reach)
        with ThreadPoolExecutor(threads) as pool:
            parts = pool.map(share, (starts[first::threads] for first in range(threads)))
            return {number: apart for part in parts for number, apart in part.items()}


def _near(
    codes: _Codes, wanted: list[list[np.uint64]], reach: int, starts: range
) -> dict[int, int]:
    """The nearest of the blocks of codes that begin there; see `CodeIndex.near`."""
    library = _library()
    numbers, words, count = codes
    apart = library.empty(_BLOCK, library.uint64)
    bits, more = (library.empty(_BLOCK, library.uint8) for _ in range(2))
    found: dict[int, int] = {}
    for start in starts:
        size = min(_BLOCK, count - start)
        block = words[:, start : start + size]
        for code in wanted:
            # Few codes are as near in their first half, so the second is rarely looked at.
            for word, into in ((0, bits), (1, more)):
                library.bitwise_xor(block[word], code[word], out=apart[:size])
                library.bitwise_count(apart[:size], out=into[:size])
            library.add(bits[:size], more[:size], out=bits[:size])
            left = library.flatnonzero(bits[:size] <= reach)
            if not len(left):
                continue
            total = bits[left].astype(library.uint16)
            for word in (2, 3):
                total += library.bitwise_count(block[word][left] ^ code[word])
            for at in library.flatnonzero(total <= reach).tolist():
                number = int(numbers[start + left[at]])
                found[number] = min(found.get(number, iscc.BITS), int(total[at]))
    return found
