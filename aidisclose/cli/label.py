"""`aidisclose label`: what people see or hear of the use of AI, before a file is signed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from aidisclose.carriers.aigc import Label, Propagation
from aidisclose.cli import messages, options
from aidisclose.cli.exits import Exit
from aidisclose.direct import implicit, visible
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
    type=click.Choice(tuple(WORDINGS)),
    default="eu",
    show_default=True,
    help="For which audience: EU icon text, a language, or China (GB 45438).",
)
@click.option("--modified", is_flag=True, help="AI changed the content, rather than made it.")
@click.option("--text", metavar="TEXT", help="Other words.")
@click.option("--lang", metavar="TAG", help="Their language, such as en.")
@options.setting(
    "--position",
    type=click.Choice(visible.POSITIONS),
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
@options.setting(
    "--aigc-producer",
    metavar="NAME",
    help="Write the label of GB 45438 that machines read as well, from this producer.",
)
@click.option("--aigc-id", metavar="ID", help="Content id that the producer assigned (GB 45438).")
@options.setting(
    "--aigc-propagator",
    metavar="NAME",
    help="Name this platform in the label of GB 45438 that the file carries.",
)
@click.option("--aigc-propagate-id", metavar="ID", help="Content id that the platform assigned.")
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
    aigc_producer: str | None,
    aigc_id: str | None,
    aigc_propagator: str | None,
    aigc_propagate_id: str | None,
) -> Exit:
    """Put a visible label on a picture, or a spoken notice before sound.

    The copy of picture.png is picture.labelled.png unless told otherwise. Sign it afterwards: the
    manifest then says which label people are shown. Credentials of the source are not copied; name
    it with --parent when signing.
    """
    chosen = WORDINGS[wording]
    said = text or (chosen.modified if modified else chosen.generated)
    spoken = lang or (None if text else chosen.lang)
    wanted = _implicit(aigc_producer, aigc_id, aigc_propagator, aigc_propagate_id)
    source = Path(src)
    target = output or source.with_name(f"{source.stem}{_LABELLED}{source.suffix}")
    try:
        if audio is not None:
            result = _prefixed(source, audio, said, spoken)
        else:
            result = _labelled(source, said, spoken, chosen, position, size / 100, font)
        result, warnings = implicit.write(result, wanted) if wanted else (result, ())
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    write_file(target, result, overwrite=force)
    messages.tell(messages.line(src, f"labelled {said!r}: {target}; sign it now"))
    for warning in warnings:
        messages.tell(messages.line(src, warning))
    if spoken is None:
        messages.tell(messages.line(src, "the record does not say in which language: --lang"))
    return Exit.OK


def _implicit(
    producer: str | None, content_id: str | None, propagator: str | None, id_: str | None
) -> Label | Propagation | None:
    """The label of GB 45438 to be written or completed, if one is asked for."""
    is_new, is_added = bool(producer or content_id), bool(propagator or id_)
    if is_new and is_added:
        raise click.UsageError(
            "--aigc-propagator completes a label that is there; --aigc-producer writes a new one"
        )
    try:
        if is_new:
            return Label(producer=producer or "", content_id=content_id or "")
        return Propagation(propagator=propagator or "", id=id_ or "") if is_added else None
    except UsageError as error:
        raise click.UsageError(str(error)) from None


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
