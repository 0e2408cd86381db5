"""Text that is wrapped between words, and inside of long ones where a reader expects it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len
from rich.containers import Lines
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

_WORD: Final = re.compile(r"\s*\S+\s*")
#: Places in a name, an address or a code where it may be cut.
_JOINT: Final = re.compile(r"(?<=[/\\:._@,;=&?|-])(?=\w)|(?<=[a-z])(?=[A-Z])")


class WrappedText(Text):
    """Text that cuts a word only if the word is longer than a line: at a joint, if it has one."""

    def wrap(self, console: Console, width: int, **more: Any) -> Lines:
        """See `rich.text.Text`."""
        if all(cell_len(word) <= width for word in self.plain.split()):
            return super().wrap(console, width, **more)
        found = Lines()
        for line in self.split(allow_blank=True):
            found.extend(line.divide(list(_breaks(line.plain, width))))
        for line in found:
            line.rstrip()
        return found


def _breaks(text: str, width: int) -> Iterator[int]:
    """The places in a line at which it is broken, for lines of some cells."""
    used = 0
    for match in _WORD.finditer(text):
        word, position = match[0].rstrip(), match.start()
        if used and used + cell_len(word) > width:
            yield position
            used = 0
        while cell_len(word) > width:
            length = _cut(word, width)
            position += length
            word = word[length:]
            yield position
        used += cell_len(word) + match.end() - match.start() - len(match[0].rstrip())


def _cut(word: str, width: int) -> int:
    """Characters of a word that fit into a line: up to its last joint, unless that leaves half."""
    length = next(n for n in range(len(word), 0, -1) if cell_len(word[:n]) <= width or n == 1)
    joints = [each.start() for each in _JOINT.finditer(word, 0, length + 1)]
    fitting = [each for each in joints if length // 2 <= each <= length]
    return fitting[-1] if fitting else length
