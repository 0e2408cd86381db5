"""`trust list` at a terminal: a table of lists, and cards with their certificates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from aidisclose.render import lists as plain
from aidisclose.render.renderer import Run
from aidisclose.render.terminal import canvas, card
from aidisclose.render.words import number
from aidisclose.trust.certificate import format_name
from aidisclose.trust.lists import ListedCertificate, TrustList


def text(found: Sequence[TrustList], name: str | None, run: Run) -> str:
    """A table of lists; of the lists of one name, every certificate."""
    if not found:
        return canvas.draw(canvas.text(plain.NONE), run)
    if name is None:
        is_wide = canvas.screen_of(run).width >= canvas.WIDE
        rows = [plain.row(each) if is_wide else _in_words(each) for each in found]
        return canvas.draw(card.rows(plain.HEAD, rows, run), run)
    return "".join(_card(each, run) for each in found)


def _in_words(found: TrustList) -> tuple[str, ...]:
    """The cells of a card, which has no head to say what they are."""
    name, purpose, _, version, renew, source = plain.row(found)
    count = number(len(found.entries) + len(found.hashes), "certificate")
    renew = renew if renew == plain.NOTHING else f"renew by {renew}"
    return name, f"for {purpose}", count, version, renew, source


def _card(found: TrustList, run: Run) -> str:
    title = canvas.text(f"{plain.describe(found)}, {plain.version(found)}", "bold")
    drawn = Table.grid(padding=(0, 2, 0, 0), expand=True)
    drawn.add_column(overflow="fold")
    drawn.add_column(no_wrap=True, justify="right")
    for entry in found.entries:
        drawn.add_row(canvas.text(format_name(entry.certificate.subject)), _period(entry, run.time))
    for digest in sorted(found.hashes):
        drawn.add_row(canvas.text(plain.hash_line(digest)), "")
    return card.frame(title, drawn, "green", run)


def _period(entry: ListedCertificate, now: datetime) -> Text:
    """Until when a certificate is good, and from when to when the list vouches for it."""
    until = min(filter(None, (entry.certificate.not_after, entry.not_after)))
    since = f"{entry.not_before:%Y-%m-%d} " if entry.not_before else ""
    return Text(f"{since}until {until:%Y-%m-%d}", "red" if until < now else "dim")
