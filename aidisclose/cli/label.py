"""`aidisclose label`: what people see or hear of the use of AI, before a file is signed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from aidisclose.cli import messages, options
from aidisclose.cli.exits import Exit
from aidisclose.direct import visible
from aidisclose.direct.wording import WORDINGS, Wording
from aidisclose.errors import UsageError
from aidisclose.io.output import write_file
from aidisclose.io.source import open_source

_LABELLED: Final = ".labelled"


@click.command(cls=options.Command)
@options.sources(several=False)
@click.option("-o", "--output", type=options.FILE, metavar="FILE", help="The labelled copy.")
@click.option("--force", is_flag=True, help="Replace an output that exists.")
@options.setting(
    "--wording",
    type=options.Choice(tuple(WORDINGS)),
    default="eu",
    show_default=True,
    help="For which audience: EU icon text, a language, or China (GB 45438).",
)
@click.option("--modified", is_flag=True, help="AI changed the content, rather than made it.")
@click.option("--text", metavar="TEXT", help="Other words.")
@click.option("--lang", metavar="TAG", help="Their language, such as en.")
@options.setting(
    "--position",
    type=options.Choice(visible.POSITIONS),
    default="bottom-right",
    show_default=True,
    help="Where on the picture.",
)
@options.setting(
    "--size",
    type=click.FloatRange(100 * visible.SMALLEST, 100 * visible.LARGEST),
    default=100 * visible.DEFAULT_SIZE,
    show_default=True,
    metavar="PERCENT",
    help="Height of the letters, of the picture's shorter side.",
)
@options.setting("--font", type=options.FILE, metavar="FILE", help="A font file.")
@click.option(
    "--audio", type=options.FILE, metavar="WAV", help="A spoken notice, put before a WAV file."
)
def command(
    src: str,
    output: Path | None,
    force: bool,
    wording: str,
    modified: bool,
    text: str | None,
    lang: str | None,
    position: str,
    size: float,
    font: Path | None,
    audio: Path | None,
) -> Exit:
    """Put a visible label on a picture, or a spoken notice before sound.

    The copy of picture.png is picture.labelled.png unless told otherwise. Sign it afterwards: the
    manifest then says which label people are shown. Credentials of the source are not copied; name
    it with --parent when signing.
    """
    chosen = WORDINGS[wording]
    said = text or (chosen.modified if modified else chosen.generated)
    spoken = lang or (None if text else chosen.lang)
    source = Path(src)
    target = output or source.with_name(f"{source.stem}{_LABELLED}{source.suffix}")
    try:
        if audio is not None:
            result = _prefixed(source, audio, said, spoken)
        else:
            result = _labelled(source, said, spoken, chosen, position, size / 100, font)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    write_file(target, result, overwrite=force)
    messages.tell(messages.line(src, f"labelled {said!r}: {target}; sign it now"))
    if spoken is None:
        messages.tell(messages.line(src, "the record does not say in which language: --lang"))
    return Exit.OK


def _labelled(
    source: Path,
    text: str,
    lang: str | None,
    wording: Wording,
    position: str,
    size: float,
    font: Path | None,
) -> bytes:
    if size < wording.smallest:
        percent = f"{wording.smallest:.0%}"
        raise UsageError(f"the letters must have {percent} of the shorter side (GB 45438-2025)")
    with open_source(source) as opened:
        return visible.label(opened, text, lang=lang, position=position, size=size, font=font)


def _prefixed(source: Path, audio: Path, text: str, lang: str | None) -> bytes:
    from aidisclose.direct.audible import prefix

    with open_source(source) as opened, open_source(audio) as notice:
        return prefix(opened, notice, text=text, lang=lang)
