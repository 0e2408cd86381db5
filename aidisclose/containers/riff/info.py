"""`LIST` chunks of type `INFO` (Multimedia Programming Interface 1.0, RIFF): named texts.

A text is a chunk that ends with a zero. The label of GB 45438-2025 is one of its own, the comment a
line of `ICMT`; other lines, other texts and the zeros behind them stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from aidisclose.containers.container import KEEP, Comment, Edits
from aidisclose.named import NamedTuple

_HEADER: Final = 8
_LABEL: Final = b"AIGC"
_REMARK: Final = b"ICMT"


class InfoText(NamedTuple):
    """A text in a list.

    Attributes:
        code: Its four-character code.
        content: It, and zeros at the end.
        pad: The byte that makes it even, if it is odd.
    """

    code: bytes
    content: bytes
    pad: bytes = b""

    def encode(self) -> bytes:
        """The chunk."""
        return self.code + len(self.content).to_bytes(4, "little") + self.content + self.pad


def parse(data: bytes) -> tuple[InfoText, ...] | None:
    """The texts in the data of a list, its type left out; None if that is not what it holds."""
    texts = []
    start = 0
    while start < len(data):
        begin = start + _HEADER
        size = int.from_bytes(data[start + 4 : begin], "little")
        end = begin + size
        start = end + (size & 1)
        if start > len(data):
            return None
        texts.append(InfoText(data[begin - _HEADER : begin - 4], data[begin:end], data[end:start]))
    return tuple(texts)


def edited(
    lists: Iterable[Sequence[InfoText]], edits: Edits
) -> tuple[tuple[tuple[InfoText, ...], ...], tuple[InfoText, ...]]:
    """Lists with the label and the comment of `edits` instead of those that they replace.

    Arguments:
        lists: Of one file.
        edits: Only `aigc` and `comment` are looked at.

    Returns:
        These lists, in the same order, and the texts of a further one, if one is needed.
    """
    changed = [list(_kept(texts, edits)) for texts in lists]
    further: list[InfoText] = []
    place = changed[0] if changed else further
    if isinstance(edits.comment, Comment) and edits.comment.text is not None:
        line = str(edits.comment).encode()
        places = ((texts, n) for texts in changed for n in range(len(texts)))
        found = next(((texts, n) for texts, n in places if texts[n].code == _REMARK), None)
        if found is None:
            place.append(_text(_REMARK, line + b"\0"))
        else:
            texts, n = found
            said = texts[n].content.rstrip(b"\0")
            texts[n] = _text(_REMARK, said + b"\n" + line + texts[n].content[len(said) :])
    if isinstance(edits.aigc, bytes):
        place.append(_text(_LABEL, edits.aigc + b"\0"))
    return tuple(map(tuple, changed)), tuple(further)


def _text(code: bytes, content: bytes) -> InfoText:
    return InfoText(code, content, bytes(len(content) & 1))


def _kept(texts: Iterable[InfoText], edits: Edits) -> Iterator[InfoText]:
    """The texts without what `edits` replace."""
    for text in texts:
        if text.code.upper() == _LABEL and edits.aigc is not KEEP:
            continue
        if text.code == _REMARK and isinstance(edits.comment, Comment):
            name = f"{edits.comment.name}:".encode()
            said = text.content.rstrip(b"\0")
            lines = said.split(b"\n")
            others = [line for line in lines if not line.startswith(name)]
            if not others:
                continue
            if others != lines:
                text = _text(_REMARK, b"\n".join(others) + text.content[len(said) :])
        yield text


def may_hold(data: bytes, edits: Edits) -> bool:
    """Whether something that `edits` replace may be among these bytes."""
    names = [_LABEL] if edits.aigc is not KEEP else []
    if isinstance(edits.comment, Comment):
        names.append(edits.comment.name.encode())
    return any(name.upper() in data.upper() for name in names)
