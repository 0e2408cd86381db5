"""`aidisclose inspect`: everything that the credentials of a file say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

import aidisclose as ad
from aidisclose.cli import files, links, messages, options, terminal
from aidisclose.cli.destination import redirected, refuse_sources
from aidisclose.cli.exits import Exit, of_error, worst
from aidisclose.cli.files import STDIN, File
from aidisclose.cli.progress import Bar, LocalMeter
from aidisclose.cli.selection import Selection
from aidisclose.errors import Malformed, Unreadable
from aidisclose.io.output import write_file
from aidisclose.render import formats
from aidisclose.render.renderer import TEXT, Result
from aidisclose.render.tree import DEPTH
from aidisclose.validate import reason
from aidisclose.validate.verify import examine, read_store_of

if TYPE_CHECKING:
    from aidisclose import Report, TrustConfig

_THUMBNAIL: Final = "c2pa.thumbnail."
#: Generations of manifests that are unfolded on a terminal: the active one and its ingredients.
_UNFOLDED: Final = 1

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
@options.sources(required=False)
@options.files_from
@options.excluded
@options.fragments
@options.trust
@options.at
@click.option(
    "--online",
    is_flag=True,
    help="Fetch manifests that files refer to, and ask whether certificates are revoked.",
)
@options.format_option("inspect")
@options.language
@options.output
@click.option(
    "--depth",
    type=click.IntRange(0, DEPTH),
    metavar="N",
    help="Generations of earlier manifests to unfold.  [default: 1 on a terminal, else all]",
)
@click.option(
    "--extract",
    type=options.OUTPUT_FOLDER,
    metavar="DIR",
    help="Write the thumbnails to this folder.",
)
@click.option(
    "--store", type=options.OUTPUT, metavar="FILE", help="Write the manifest store to this file."
)
@click.option(
    "--certs",
    type=options.OUTPUT,
    metavar="FILE",
    help="Write the certificates of the signer and its issuers to this file (PEM), as the manifest "
    "has them.",
)
@click.option("--force", is_flag=True, help="Replace files that exist.")
def command(
    src: tuple[str, ...],
    files_from: str | None,
    selection: Selection,
    fragments: tuple[str, ...],
    trust: TrustConfig,
    at: datetime | None,
    online: bool,
    form: str,
    language: str | None,
    output: Path | None,
    depth: int | None,
    extract: Path | None,
    store: Path | None,
    certs: Path | None,
    force: bool,
) -> Exit:
    """Show everything that the credentials of files say, and what is missing.

    A file may be a manifest store alone, as in picture.jpg.c2pa.

    Shows them also if they are invalid, and exits with 0 then: `verify` is for judging. Exits with
    1 if there are none, and shows what else the file says about AI. - is standard input. The JSON
    of several files is a list.
    """
    found = files.find(files.named(src, files_from), fragments, selection=selection)
    outputs = {"--output": output, "--store": store, "--certs": certs}
    refuse_sources(found, outputs)
    alone = {"--store": store, "--certs": certs, "--format html": form == options.HTML or None}
    if len(found) > 1 and (option := next((name for name in alone if alone[name]), None)):
        raise click.UsageError(f"{option} is about one file")
    run = terminal.run(
        at or datetime.now(UTC),
        is_standard=output is None,
        language=options.page_language(language, form),
        depth=depth,
    )
    if depth is None and run.screen is not None:
        run = run._replace(depth=_UNFOLDED)
    config = options.with_revocation(trust, (), online=online)
    write = formats.writer("inspect", form, run)
    codes: list[Exit] = []
    is_list, written = form != TEXT and len(found) > 1, 0
    with redirected(output):
        terminal.write("[\n" if is_list else "")
        for file in found:
            try:
                source = files.open_stdin() if file.path == STDIN else file.path
                report = _verify(source, file, trust=config, at=run.time, online=online)
                if store is not None and report.state is not ad.State.NONE:
                    _write_store(source, store, force=force)
                if certs is not None and report.state is not ad.State.NONE:
                    _write_certificates(report, certs, force=force)
                if extract is not None:
                    prefix = f"{Path(file.path).stem}-" if len(found) > 1 else ""
                    _extract(report, file.path, extract, prefix, force=force)
                result = Result(file.path, report)
                if form == options.HTML:
                    from aidisclose.render.page import pictures

                    made = pictures.collect(source, report.media_type, report.believed)
                    result = result._replace(pictures=made)
                is_none = report.state is ad.State.NONE
                text = write(result, run)
                codes.append(Exit.FAILED if is_none else Exit.OK)
                if is_none:
                    messages.tell(messages.line(file.path, reason.reason(report)))
            except (ad.AidiscloseError, OSError) as error:
                if len(found) == 1:
                    raise
                messages.tell(messages.line(messages.why(error)))
                codes.append(of_error(error))
                text = ""
            written += _write(text, is_list=is_list, is_first=not written)
        terminal.write("\n]\n" if is_list else "")
    return worst(codes)


def _write(text: str, *, is_list: bool, is_first: bool) -> int:
    """Write the part about one file, of which some have none; returns how many were written."""
    if not text:
        return 0
    if is_list:
        text = text.rstrip("\n")
    separator = "" if is_first else ",\n" if is_list else "\n"
    terminal.write(separator + text)
    return 1


def _verify(source: str | bytes | BinaryIO, file: File, **arguments: Any) -> Report:
    if file.error is not None:
        raise ad.AidiscloseError(f"{file.path}: {file.error}")
    meter = LocalMeter()
    try:
        meter.begin(file.path, file.size)
        with Bar(meter, file.size):
            return examine(source, fragments=file.fragments, progress=meter.add, **arguments)
    except (ad.AidiscloseError, OSError) as error:
        name = messages.subject(error) or file.path
        raise ad.AidiscloseError(f"{name}: {messages.why(error)}") from None


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


def _write_certificates(report: Report, path: Path, *, force: bool) -> None:
    """The certificates that came with the signature of the active manifest, signer first."""
    import ssl

    signature = report.signature
    if signature is None or not signature.chain:
        raise ad.AidiscloseError(f"{path}: not written: no certificate can be read")
    text = "".join(map(ssl.DER_cert_to_PEM_cert, signature.chain))
    write_file(path, text.encode(), overwrite=force)
    messages.tell(messages.line("wrote", path))


def _extract(report: Report, name: str, folder: Path, prefix: str, *, force: bool) -> None:
    """Write the thumbnails, and say of which manifest and assertion each is."""
    found = list(_thumbnails(report))
    if not found:
        messages.tell(messages.line(name, "no thumbnails in the credentials"))
    for number, (owner, ending, content) in enumerate(found, 1):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{prefix}thumbnail-{number}{ending}"
        links.refuse(path)
        write_file(path, content, overwrite=force)
        messages.tell(messages.line("wrote", path, owner))


def _thumbnails(report: Report) -> Iterator[tuple[str, str, bytes]]:
    """Each thumbnail: what it belongs to, how a file of its type ends, and its content."""
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
                owner = f"{assertion.label} of {manifest.label}"
                yield owner, _ENDINGS.get(data.media_type, ".bin"), data.content
