"""`aidisclose label`: what people see or hear of the use of AI, before a file is signed."""

from __future__ import annotations

import os
from pathlib import Path

import click

from aidisclose.carriers.aigc import Label, Propagation
from aidisclose.cli import copies, files, interrupts, links, messages, options
from aidisclose.cli.copies import LABELLED, SIGNED
from aidisclose.cli.exits import Exit, of_error, worst
from aidisclose.cli.files import File
from aidisclose.cli.placement import refuse_contradiction
from aidisclose.cli.progress import Bar, LocalMeter
from aidisclose.cli.selection import Selection
from aidisclose.direct import implicit, visible
from aidisclose.direct.wording import WORDINGS, Wording
from aidisclose.errors import AidiscloseError, UsageError
from aidisclose.io.output import write_file
from aidisclose.io.source import open_source
from aidisclose.render.words import number


@click.command(cls=options.Command)
@options.sources(required=False)
@options.files_from
@options.excluded
@click.option(
    "-o", "--output", type=options.OUTPUT, metavar="FILE", help="The labelled copy of one file."
)
@options.setting(
    "--output-dir",
    type=options.OUTPUT_FOLDER,
    metavar="DIR",
    help="Folder for the labelled copies.",
)
@click.option("--force", is_flag=True, help="Replace outputs that exist.")
@click.option("--skip-existing", is_flag=True, help="Skip files whose output exists.")
@options.setting(
    "--wording",
    type=options.Choice(tuple(WORDINGS)),
    default="eu",
    show_default=True,
    help="Preset of the label: EU icon text, a language, or China (GB 45438).",
)
@click.option("--modified", is_flag=True, help="Label as AI-modified instead of AI-generated.")
@click.option("--text", metavar="TEXT", help="Text of the label, instead of the preset.")
@click.option("--lang", metavar="TAG", help="Language of --text, such as en (BCP 47).")
@options.setting(
    "--position",
    type=options.Choice(visible.POSITIONS),
    default="bottom-right",
    show_default=True,
    help="Where on the picture.",
)
@options.setting(
    "--size",
    type=options.FloatRange(100 * visible.SMALLEST, 100 * visible.LARGEST),
    default=100 * visible.DEFAULT_SIZE,
    show_default=True,
    metavar="PERCENT",
    help="Height of the letters, of the picture's shorter side.",
)
@options.setting("--font", type=options.FILE, metavar="FILE", help="Font file for the letters.")
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
    src: tuple[str, ...],
    files_from: str | None,
    selection: Selection,
    output: Path | None,
    output_dir: Path | None,
    force: bool,
    skip_existing: bool,
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
    """Put a visible label on pictures, or a spoken notice before sound.

    The copy of picture.png is picture.labelled.png unless told otherwise. Sign it afterwards: the
    manifest then says which label people are shown. Credentials of the source are not copied; name
    it with --parent when signing.
    """
    if output is not None and output_dir is not None:
        raise click.UsageError("--output and --output-dir cannot be combined")
    if force and skip_existing:
        raise click.UsageError("--force and --skip-existing cannot be combined")
    options.refuse_beside("--text", "--wording", "--modified", reason="is the whole label")
    options.need("--text", "--lang")
    options.need("--aigc-id", "--aigc-producer")
    options.need("--aigc-producer", "--aigc-id")
    options.need("--aigc-propagate-id", "--aigc-propagator")
    options.need("--aigc-propagator", "--aigc-propagate-id")
    named = files.find(files.named(src, files_from), selection=selection)
    known = copies.among(named, [SIGNED, LABELLED])
    found = [file for file in named if file.path not in known and not _is_copy(file)]
    if not found:
        raise click.ClickException("nothing to label: these are labelled copies already")
    if output is not None:
        if len(found) > 1 or found[0].root is not None:
            raise click.UsageError("--output takes one source: use --output-dir for several")
        refuse_contradiction(found[0].path, output)
    if font is not None:
        with files.reading(font):  # Pillow would not say which file it cannot open
            pass
    chosen = WORDINGS[wording]
    said = text or (chosen.modified if modified else chosen.generated)
    spoken = lang or (None if text else chosen.lang)
    wanted = _implicit(aigc_producer, aigc_id, aigc_propagator, aigc_propagate_id)
    codes: list[Exit] = []
    made = 0
    meter = LocalMeter()
    with Bar(meter, sum(file.size for file in found), len(found)) as bar:
        for file in found:
            interrupts.check()
            meter.begin(file.path, file.size)
            source = Path(file.path)
            target = output or _target(file, output_dir)
            if skip_existing and os.path.lexists(target):
                bar.write("", messages.line(file.path, f"left alone: {target} exists already"))
                codes.append(Exit.OK)
                bar.done += 1
                meter.add(file.size)
                continue
            try:
                if file.error is not None:
                    raise AidiscloseError(file.error)
                if audio is not None:
                    result = _prefixed(source, audio, said, spoken)
                else:
                    result = _labelled(source, said, spoken, chosen, position, size / 100, font)
                warnings: tuple[str, ...] = ()
                if wanted is not None:
                    result, warnings = implicit.write(result, wanted)
                links.refuse(target)
                if output_dir is not None:
                    target.parent.mkdir(parents=True, exist_ok=True)
                write_file(target, result, overwrite=force)
            except (AidiscloseError, OSError, ValueError) as error:
                code = Exit.USAGE if isinstance(error, ValueError) else of_error(error)
                codes.append(code)
                bar.write("", messages.line(_blamed(error, file), messages.why(error)))
            else:
                codes.append(Exit.OK)
                made += 1
                bar.write("", messages.line(file.path, f"labelled {said!r}: {target}; sign it now"))
                for warning in warnings:
                    bar.write("", messages.line(file.path, warning))
            bar.done += 1
            meter.add(file.size)
    if made and spoken is None:
        message = "the record does not say in which language: --lang"
        messages.tell(messages.line(*(src if len(found) == 1 else ()), message))
    if len(found) > 1:
        good = codes.count(Exit.OK)
        alone = f", {good - made:,} left alone" if good > made else ""
        failed = f", {len(codes) - good:,} failed" if good < len(codes) else ""
        told = f"{number(len(found), 'file')}: {made:,} labelled{alone}{failed}"
        messages.tell(messages.line(told))
    return worst(codes)


def _target(file: File, folder: Path | None) -> Path:
    """The place of the labelled copy of a file."""
    source = Path(file.path)
    if folder is None:
        return source.with_name(f"{source.stem}{LABELLED}{source.suffix}")
    return folder / (source.relative_to(file.root) if file.root else source.name)


def _is_copy(file: File) -> bool:
    """Whether a file that was found by searching is what an earlier run wrote."""
    return file.root is not None and Path(file.path).stem.endswith(LABELLED)


def _blamed(error: BaseException, file: File) -> str:
    """The file that an error is about: the source, its output, a font or the notice."""
    return messages.subject(error) or file.path


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
