"""Results in a file that grows while the work goes on, and can be continued after an interruption.

JSON lines, as `--format jsonl` writes them and with the exit code of each file and the run that it
is of, or a folder of Parquet files. Each result is whole, so that what is there is true, whenever
the work ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

import click

from aidisclose import limits
from aidisclose.cli.exits import Exit
from aidisclose.cli.work import Done
from aidisclose.errors import AidiscloseError
from aidisclose.io import json_text
from aidisclose.io.output import write_file
from aidisclose.render.json import encode

#: Rows of one Parquet file: some MB.
_ROWS: Final = 20_000
_PART: Final = "part-{:06}.parquet"
_PARTS: Final = re.compile(r"part-([0-9]{6,9})\.parquet")
#: Members and columns with the exit code of a file, and the run that it is of.
_CODE: Final = "code"
_RUN: Final = "run"
#: In a name, bytes that are not UTF-8, or their escape: one stands for the other, so that neither
#: is passed over.
_ESCAPED: Final = re.compile(r"\\ud[89a-f][0-9a-f]{2}|\\x[0-9a-f]{2}")
#: How every line begins, and the longest that is read: a result has at most some MB.
_HEAD: Final = b'{"file": '
_LONGEST: Final = limits.JSON_TEXT


class Sink(ABC):
    """A file of results.

    Attributes:
        known: The files whose results are there already.
        codes: The exit codes of these.
    """

    known: frozenset[str]
    codes: frozenset[Exit]

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
def opened(path: Path, *, resume: bool, run: str) -> Iterator[Sink]:
    """The results in a file, of Parquet if it ends so, else of JSON lines, until the block ends.

    Arguments:
        path: The file; of Parquet, a folder of files.
        resume: Continue what is there.
        run: The name of the run: what another one found says nothing about this one.

    Raises:
        ClickException: The file exists and is not to be continued, or has something else in it, or
            results of another run.
        OSError: It cannot be read or written.
    """
    if os.path.lexists(path) and not resume:  # a link to nowhere leads to where somebody wants
        message = f"{path}: it exists already; --resume continues it"
        raise click.ClickException(message)
    kind = _Parquet if path.suffix.lower() == ".parquet" else _Lines
    sink: Sink = kind(path, run)
    try:
        yield sink
    finally:
        sink.close()


class _Lines(Sink):
    """JSON lines; one that a killed run left unfinished is dropped."""

    def __init__(self, path: Path, run: str) -> None:
        self._run = run
        if path.exists() and not path.is_file():  # opening a pipe would wait for its other end
            raise click.ClickException(f"{path}: not a regular file")
        self._path = path
        self._file = path.open("a+b")
        try:
            self._file.seek(0)
            self.known, self.codes, end = _read(self._file, path, run)
            self._file.truncate(end)
            self._file.seek(end)
        except BaseException:
            self._file.close()
            raise

    def write(self, done: Done) -> None:
        """See `Sink.write`."""
        document = json.loads(done.text) | {_CODE: int(done.code), _RUN: self._run}
        with _naming(self._path):
            self._file.write(f"{encode(document)}\n".encode("ascii"))

    def close(self) -> None:
        """See `Sink.close`."""
        with _naming(self._path):
            self._file.close()


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name the file in errors of the system, and what to do: those before it are there."""
    try:
        yield
    except OSError as error:
        message = f"{path}: no further results can be written: {error.strerror}; then --resume"
        raise AidiscloseError(message) from None


def _read(file: BinaryIO, path: Path, run: str) -> tuple[frozenset[str], frozenset[Exit], int]:
    """The files whose results are there, their exit codes, and where the last whole line ends."""
    known: set[str] = set()
    codes: set[Exit] = set()
    end = number = 0
    while line := file.readline(_LONGEST):
        number += 1
        where = f"{path}, line {number}"
        if line.endswith(b"\n"):
            name, code = _result(line, where, run)
            if not _ESCAPED.search(name):
                known.add(name)
            codes.add(code)
            end += len(line)
            continue
        # Only our own unfinished line may be dropped: this may be any file that has one line.
        if not line.startswith(_HEAD[: len(line)]) or len(line) == _LONGEST:
            raise _foreign(where)
        break
    return frozenset(known), frozenset(codes), end


def _result(line: bytes, where: str, run: str) -> tuple[str, Exit]:
    """The file that a line is about, and its exit code."""
    try:
        document = json_text.decode(line)
        name, code = str(document["file"]), document.get(_CODE)
        if code is None:
            # As `--format jsonl` writes it: whether that file was good is open.
            return name, Exit.UNDETERMINED
        found = Exit(code)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _foreign(where) from None
    if document.get(_RUN) != run:
        raise _other(where)
    return name, found


def _foreign(where: str) -> click.ClickException:
    return click.ClickException(f"{where}: not a result of aidisclose; choose another file")


def _other(where: str) -> click.ClickException:
    return click.ClickException(
        f"{where}: a result of another command or of other options; choose another file"
    )


class _Parquet(Sink):
    """A folder of Parquet files, each of them whole."""

    def __init__(self, path: Path, run: str) -> None:
        try:
            from pyarrow import ArrowException, parquet
        except ImportError:
            message = "Parquet needs pyarrow: pip install 'aidisclose[cluster]'"
            raise AidiscloseError(message) from None
        path.mkdir(exist_ok=True)
        self._folder, self._run = path, run
        known: set[str] = set()
        codes: set[Exit] = set()
        self._next = 0
        for part in sorted(path.iterdir()):
            match = _PARTS.fullmatch(part.name)
            if match is None:
                continue
            try:
                # A few KB may hold millions of rows, and a pipe would wait for its other end.
                if not part.is_file() or parquet.read_metadata(part).num_rows > _ROWS:
                    raise _foreign(str(part))
                table = parquet.read_table(part, columns=["file", _CODE, _RUN])
                names = table["file"].to_pylist()
                known.update(name for name in names if not _ESCAPED.search(name))
                codes.update(map(Exit, table[_CODE].unique().to_pylist()))
                runs = set(table[_RUN].unique().to_pylist())
            except (ValueError, KeyError, TypeError, ArrowException):
                raise _foreign(str(part)) from None
            if not runs <= {run}:
                raise _other(str(part))
            self._next = max(self._next, int(match[1]) + 1)
        self._rows: list[dict[str, Any]] = []
        self.known, self.codes = frozenset(known), frozenset(codes)

    def write(self, done: Done) -> None:
        """See `Sink.write`."""
        self._rows.append(_row(done, self._run))
        if len(self._rows) >= _ROWS:
            self.close()

    def close(self) -> None:
        """See `Sink.close`."""
        if not self._rows:
            return
        import pyarrow as pa
        from pyarrow import parquet

        columns = [(name, pa.int16() if name == _CODE else pa.string()) for name in self._rows[0]]
        out = pa.BufferOutputStream()
        table = pa.Table.from_pylist(self._rows, schema=pa.schema(columns))
        parquet.write_table(table, out, compression="zstd")
        with _naming(self._folder):
            write_file(self._folder / _PART.format(self._next), out.getvalue().to_pybytes())
        self._next += 1
        self._rows.clear()


def _row(done: Done, run: str) -> dict[str, Any]:
    """A result as a row; what has no column of its own is in the document."""
    document = json.loads(done.text)
    signer = (document.get("trust") or {}).get("signer") or {}
    disclosure = document.get("disclosure") or {}
    return {
        "file": _encodable(document["file"]),
        "outcome": done.kind,
        _CODE: int(done.code),
        _RUN: run,
        "ai": disclosure.get("ai"),
        "signer": _encodable(signer.get("common_name")),
        "issuer": _encodable(signer.get("issuer")),
        "error": _encodable(document.get("error")),
        "document": done.text.rstrip("\n"),
    }


def _encodable(text: str | None) -> str | None:
    """Text without what cannot be written as UTF-8: names of files may have any bytes."""
    return None if text is None else os.fsencode(text).decode(errors="backslashreplace")
