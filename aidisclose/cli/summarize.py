"""`aidisclose summarize`: what the results of many files come to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from aidisclose import limits
from aidisclose.cli import interrupts, messages, options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.errors import AidiscloseError, Unreadable
from aidisclose.io import json_text
from aidisclose.render import formats
from aidisclose.render.overview import Overview

#: Rows of Parquet that are read at once.
_ROWS: Final = 10_000


@click.command(cls=options.Command)
@click.argument(
    "results", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@click.option(
    "--top",
    type=click.IntRange(1, limits.SUMMARIZED),
    default=10,
    show_default=True,
    metavar="N",
    help="Rows of each table.",
)
@options.format_option("summarize")
def command(results: tuple[Path, ...], top: int, form: str) -> Exit:
    """Count files by state, declared AI, signer, reason, rule, folder and month.

    FILE holds results of verify, check or sign: JSON lines (--format jsonl, --results), or Parquet
    (--results FILE.parquet). Signer, declared AI and month, that of the time stamp, are counted for
    files that hold. A file with several reasons counts for each of them.
    """
    found = Overview()
    for path in results:
        try:
            for where, line in _lines(path):
                interrupts.check()
                _add(found, line, f"{path}, {where}")
        except OSError as error:
            raise Unreadable(f"{path}: {messages.why(error)}") from None
    run = terminal.run(datetime.now(UTC))
    terminal.write(formats.writer("summarize", form)(found, top, run))
    return Exit.OK


def _add(found: Overview, line: bytes | str, where: str) -> None:
    try:
        document: Any = json_text.decode(line)
        found.add(document)
    except (ValueError, KeyError, TypeError, AttributeError):
        message = f"{where}: not a result of verify, check or sign as JSON line"
        raise click.ClickException(message) from None


def _lines(path: Path) -> Iterator[tuple[str, bytes | str]]:
    """The results in a file, each with where it stands.

    Raises:
        OSError: It cannot be read.
    """
    if path.suffix.lower() == ".parquet":
        yield from _rows(path)
        return
    with path.open("rb") as file:
        number = 0
        while line := file.readline(limits.JSON_TEXT):
            number += 1
            if not line.endswith(b"\n") and not file.read(1) and not _is_whole(line):
                messages.tell(messages.line(path, "the last line is not whole: left out"))
                return
            if line.strip():
                yield f"line {number}", line


def _is_whole(line: bytes) -> bool:
    try:
        json_text.decode(line)
    except ValueError:
        return False
    return True


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        message = "Parquet needs pyarrow: pip install 'aidisclose[cluster]'"
        raise AidiscloseError(message) from None
    parts = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    number = 0
    for part in parts:
        try:
            for batch in parquet.ParquetFile(part).iter_batches(_ROWS, columns=["document"]):
                for line in batch.column(0).to_pylist():
                    number += 1
                    yield f"row {number}", line or ""
        except (pa.ArrowException, IndexError):
            raise click.ClickException(f"{part}: not results of ours as Parquet") from None
