"""Results in a file that grows while the work goes on, and can be continued after an interruption.

JSON lines, as `--format jsonl` writes them, or a folder of Parquet files. Each result is whole, so
that what is there is true, whenever the work ends.
"""

from __future__ import annotations

import contextlib
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from aidisclose.cli.work import Done
from aidisclose.errors import AidiscloseError
from aidisclose.io.output import write_file

#: Rows of one Parquet file: some MB.
_ROWS: Final = 20_000
_PART: Final = "part-{:06}.parquet"


class Sink(ABC):
    """Where results go.

    Attributes:
        known: The files whose results are there already.
    """

    known: frozenset[str]

    @abstractmethod
    def write(self, done: Done) -> None:
        """One more result, whose text is a JSON line.

        Raises:
            OSError: It cannot be written.
        """

    @abstractmethod
    def close(self) -> None:
        """Write what is held back."""


@contextlib.contextmanager
def opened(path: Path, *, resume: bool) -> Iterator[Sink]:
    """The results in a file, of Parquet if it ends so, else of JSON lines, until the block ends.

    Arguments:
        path: The file; of Parquet, a folder of files.
        resume: Continue what is there.

    Raises:
        ClickException: It exists and is not to be continued, or is none of ours.
        OSError: It cannot be read or written.
    """
    if path.exists() and not resume:
        message = f"{path}: it exists already; --resume continues it"
        raise click.ClickException(message)
    sink: Sink = _Parquet(path) if path.suffix.lower() == ".parquet" else _Lines(path)
    try:
        yield sink
    finally:
        sink.close()


class _Lines(Sink):
    """JSON lines; one that a killed run left unfinished is dropped."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a+b")
        try:
            self._file.seek(0)
            end, known = 0, set()
            for number, line in enumerate(self._file, 1):
                if not line.endswith(b"\n"):
                    break
                known.add(_name(line, f"{path}, line {number}"))
                end += len(line)
            self._file.truncate(end)
            self._file.seek(end)
        except BaseException:
            self._file.close()
            raise
        self.known = frozenset(known)

    def write(self, done: Done) -> None:
        """See `Sink.write`."""
        self._file.write(done.text.encode(errors="backslashreplace"))

    def close(self) -> None:
        """See `Sink.close`."""
        self._file.close()


def _name(line: bytes, where: str) -> str:
    try:
        return str(json.loads(line)["file"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise click.ClickException(f"{where}: not a result of ours") from None


class _Parquet(Sink):
    """A folder of Parquet files, each of them whole."""

    def __init__(self, path: Path) -> None:
        try:
            from pyarrow import parquet
        except ImportError:
            message = "Parquet needs pyarrow: pip install 'aidisclose[cluster]'"
            raise AidiscloseError(message) from None
        path.mkdir(exist_ok=True)
        self._folder = path
        parts = sorted(path.glob("part-*.parquet"))
        known: set[str] = set()
        for part in parts:
            known.update(parquet.read_table(part, columns=["file"])["file"].to_pylist())
        self._next = int(parts[-1].stem.removeprefix("part-")) + 1 if parts else 0
        self._rows: list[dict[str, Any]] = []
        self.known = frozenset(known)

    def write(self, done: Done) -> None:
        """See `Sink.write`."""
        self._rows.append(_row(done))
        if len(self._rows) >= _ROWS:
            self.close()

    def close(self) -> None:
        """See `Sink.close`."""
        if not self._rows:
            return
        import pyarrow as pa
        from pyarrow import parquet

        columns = [(name, pa.int16() if name == "code" else pa.string()) for name in self._rows[0]]
        out = pa.BufferOutputStream()
        table = pa.Table.from_pylist(self._rows, schema=pa.schema(columns))
        parquet.write_table(table, out, compression="zstd")
        write_file(self._folder / _PART.format(self._next), out.getvalue().to_pybytes())
        self._next += 1
        self._rows.clear()


def _row(done: Done) -> dict[str, Any]:
    """A result as a row; what has no column of its own is in the document."""
    document = json.loads(done.text)
    signer = (document.get("trust") or {}).get("signer") or {}
    disclosure = document.get("disclosure") or {}
    return {
        "file": _encodable(document["file"]),
        "outcome": done.kind,
        "code": int(done.code),
        "ai": disclosure.get("ai"),
        "signer": _encodable(signer.get("common_name")),
        "issuer": _encodable(signer.get("issuer")),
        "error": _encodable(document.get("error")),
        "document": done.text.rstrip("\n"),
    }


def _encodable(text: str | None) -> str | None:
    """Text without what cannot be written as UTF-8: names of files may have any bytes."""
    return None if text is None else os.fsencode(text).decode(errors="backslashreplace")
