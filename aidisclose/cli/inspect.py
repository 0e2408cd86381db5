"""`aidisclose inspect`: everything that the credentials of a file say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

import aidisclose as ad
from aidisclose.cli import files, messages, options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.cli.files import STDIN, File
from aidisclose.cli.progress import Bar, LocalMeter
from aidisclose.errors import Malformed, Unreadable
from aidisclose.io.output import write_file
from aidisclose.render import formats, words
from aidisclose.render.renderer import TEXT, Result
from aidisclose.render.safe import clean
from aidisclose.validate import reason
from aidisclose.validate.verify import examine, read_store_of

if TYPE_CHECKING:
    from aidisclose import Report, TrustConfig

_THUMBNAIL: Final = "c2pa.thumbnail."

#: How a thumbnail is named is ours to say: neither its label nor its name in the file is used.
_ENDINGS: Final = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/avif": ".avif",
    "image/gif": ".gif",
    "image/tiff": ".tif",
}


@click.command(cls=options.Command)
@options.sources(several=False)
@options.fragments
@options.trust
@options.at
@options.format_option("inspect")
@click.option("--extract", type=options.FOLDER, metavar="DIR", help="Write the thumbnails there.")
@click.option("--store", type=options.FILE, metavar="FILE", help="Write the manifest store there.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
def command(
    src: str,
    fragments: tuple[str, ...],
    trust: TrustConfig,
    at: datetime | None,
    form: str,
    extract: Path | None,
    store: Path | None,
    force: bool,
) -> Exit:
    """Show everything that the credentials of a file say, and what is missing.

    The file may be a manifest store alone, as in picture.jpg.c2pa.

    Shows them also if they are invalid, and exits with 0 then: `verify` is for judging. Exits with
    1 if there are none, and shows what else the file says about AI. - is standard input.
    """
    run = terminal.run(at or datetime.now(UTC))
    source = files.open_stdin() if src == STDIN else src
    [file, *_] = files.find([src], fragments)
    report = _verify(source, file, trust=trust, at=run.time)
    if report.state is ad.State.NONE:
        messages.tell(messages.line(src, reason.reason(report)))
        if form == "json":
            terminal.write(formats.writer("inspect", form, run)(Result(src, report), run))
        elif form == TEXT:
            terminal.write("".join(f"{line}\n" for line in _besides(src, report)))
        return Exit.FAILED
    if store is not None:
        _write_store(source, store, force=force)
    if extract is not None:
        for number, (ending, content) in enumerate(_thumbnails(report), 1):
            extract.mkdir(parents=True, exist_ok=True)
            path = extract / f"thumbnail-{number}{ending}"
            write_file(path, content, overwrite=force)
            messages.tell(messages.line("wrote", path))
    terminal.write(formats.writer("inspect", form, run)(Result(src, report), run))
    return Exit.OK


def _besides(src: str, report: Report) -> Iterator[str]:
    """What a file without credentials says all the same; nothing if it says nothing."""
    remote = report.location or ""
    lines = [f"credentials at {clean(remote)}: `aidisclose verify --online`"] if remote else []
    lines += words.marks(report)
    if lines:
        yield f"{clean(src, None)}  {report.media_type}"
        yield from (f"  {line}" for line in lines)


def _verify(source: str | bytes | BinaryIO, file: File, **arguments: Any) -> Report:
    meter = LocalMeter()
    try:
        with Bar(meter, file.size):
            return examine(source, fragments=file.fragments, progress=meter.add, **arguments)
    except (ad.AidiscloseError, OSError) as error:
        raise ad.AidiscloseError(f"{file.path}: {messages.why(error)}") from None


def _write_store(source: str | bytes | BinaryIO, path: Path, *, force: bool) -> None:
    """The bytes of the store as they are, whether or not they can be understood."""
    try:
        data = read_store_of(source)
    except ad.AidiscloseError as error:
        raise ad.AidiscloseError(f"{path}: not written: {error}") from None
    if data is None:
        raise ad.AidiscloseError(f"{path}: not written: there is no store")
    write_file(path, data, overwrite=force)
    messages.tell(messages.line("wrote", path))


def _thumbnails(report: Report) -> Iterator[tuple[str, bytes]]:
    """Each thumbnail, and how a file of its type ends."""
    from aidisclose.manifest.store import EmbeddedFile

    for manifest in report.store.manifests.values() if report.store else ():
        try:
            listed = manifest.assertions.values()
        except Unreadable:
            continue
        for assertion in listed:
            try:
                data = assertion.data if assertion.label.startswith(_THUMBNAIL) else None
            except Malformed:
                continue
            if isinstance(data, EmbeddedFile):
                yield _ENDINGS.get(data.media_type, ".bin"), data.content
