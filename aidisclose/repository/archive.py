"""A repository as lines of JSON, which another one takes in: a copy, a move, a merge.

The first line says what the file is; each further one has a manifest store and the bindings that
whoever stored it vouches for, or a tombstone.
"""

from __future__ import annotations

import base64
import binascii
import gc
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any, BinaryIO, Final

from aidisclose import limits
from aidisclose.errors import Malformed, UsageError, VerificationFailed
from aidisclose.io import json_text
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.named import NamedTuple
from aidisclose.repository.repository import Entry, Repository, Validated, validate

_HEAD: Final = {"aidisclose-repository": 1}
#: Base64 takes a third more than the store; bindings are small beside it.
_LONGEST: Final = 2 * limits.REMOTE_STORE_SIZE
#: Entries that are stored together, and lost together by a process that is killed.
_TOGETHER: Final = 500
#: Bytes of lines that are held at once.
_LARGE: Final = 64 * limits.MIB
#: Lines that a process is given at once.
_CHUNK: Final = 25

#: A line and its number.
_Line = tuple[int, bytes]
#: What a line holds, and what it is worth; or why it is not a line of an export.
_Judged = tuple[Entry, Validated | str] | Malformed


class Taken(NamedTuple):
    """The result of importing one line.

    Attributes:
        id: Label of the active manifest.
        is_new: Whether it was not there before.
        problem: The reason why it was not taken; None if it was.
    """

    id: str
    is_new: bool = False
    problem: str | None = None


def export(repository: Repository, stream: BinaryIO) -> int:
    """Write all of a repository, and return how many manifests and tombstones that are.

    Raises:
        OSError: It cannot be read, or the stream not be written.
    """
    number = 0
    stream.write(json.dumps(_HEAD).encode() + b"\n")
    for entry in repository.entries():
        stream.write(json.dumps(_describe(entry)).encode() + b"\n")
        number += 1
    return number


def restore(
    repository: Repository, stream: BinaryIO, *, now: datetime | None = None, jobs: int = 1
) -> Iterator[Taken]:
    """Take in what `export` wrote; what is there already, or was removed here, stays as it is.

    Every manifest is validated, at the time at which it was stored.

    Arguments:
        repository: The repository that takes them in.
        stream: The lines.
        now: The time after which nothing can have been stored.
        jobs: Processes that validate.

    Raises:
        Malformed: It is not what `export` writes; lines before that were taken.
        OSError: The repository cannot be written.
    """
    latest = now or datetime.now(UTC)
    if _parse(stream.readline(limits.CHUNK), 1) != _HEAD:
        raise Malformed("not an export of a repository, or one of a newer version")
    with ExitStack() as stack:
        judge: Callable[[list[_Line]], Iterable[_Judged]] = partial(map, partial(_judge, latest))
        if jobs > 1:
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context

            from aidisclose.io import children

            context = get_context("spawn")  # a copy of this process would have its connections
            stack.enter_context(children.apart())
            pool = stack.enter_context(ProcessPoolExecutor(jobs, context, gc.freeze))
            judge = partial(pool.map, partial(_judge, latest), chunksize=_CHUNK)
        for judged in _ahead(map(judge, _batches(stream))):
            taken: list[Taken] = []
            problem: Malformed | None = None
            with repository.together():
                for each in judged:
                    if isinstance(each, Malformed):
                        problem = each
                        break
                    taken.append(_take(repository, *each))
            yield from taken
            if problem is not None:
                raise problem


def _ahead(batches: Iterator[Iterable[_Judged]]) -> Iterator[Iterable[_Judged]]:
    """The same, each one asked for before the one before it is stored: processes go on judging."""
    before: Iterable[_Judged] = ()
    for batch in batches:
        yield before
        before = batch
    yield before


def _batches(stream: BinaryIO) -> Iterator[list[_Line]]:
    """Lines that are stored together."""
    lines, size = list[_Line](), 0
    for number in count(2):
        line = stream.readline(_LONGEST)
        if line:
            lines.append((number, line))
            size += len(line)
        if not line or len(lines) == _TOGETHER or size > _LARGE:
            yield lines
            lines, size = [], 0
        if not line:
            return


def _judge(latest: datetime, numbered: _Line) -> _Judged:
    """The content of a line, and its manifest once that is valid, or why it is not."""
    number, line = numbered
    try:
        entry = _entry(_parse(line, number), number, latest)
    except Malformed as error:
        return error
    if entry.store is None:
        return entry, ""
    if hashlib.sha256(entry.store).hexdigest() != entry.sha256:
        return entry, "the manifest store is not the one that was stored"
    try:
        return entry, validate(entry.store, entry.time)
    except VerificationFailed as error:
        return entry, str(error)


def _take(repository: Repository, entry: Entry, found: Validated | str) -> Taken:
    if entry.store is None:
        return Taken(entry.id, repository.bury(entry.id, entry.sha256, at=entry.time))
    if isinstance(found, str):
        return Taken(entry.id, problem=found)
    try:
        stored = repository.take(found, entry.bindings, at=entry.time)
    except VerificationFailed as error:
        return Taken(entry.id, problem=str(error))
    return Taken(stored.id, stored.is_new)


def _describe(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "sha256": entry.sha256,
        "time": entry.time.isoformat(),
        "store": None if entry.store is None else base64.b64encode(entry.store).decode(),
        "bindings": [
            {"alg": each.alg, "value": base64.b64encode(each.value).decode()}
            for each in entry.bindings
        ],
    }


def _parse(line: bytes, number: int) -> Any:
    try:
        if not line.endswith(b"\n"):
            raise ValueError
        return json_text.decode(line, most=_LONGEST)
    except ValueError:
        raise Malformed(f"line {number} is cut off, too long, or not JSON") from None


def _entry(found: Any, number: int, latest: datetime) -> Entry:
    try:
        bindings = found["bindings"]
        if len(bindings) > limits.SOFT_BINDINGS:
            raise ValueError
        time = datetime.fromisoformat(found["time"]).astimezone(UTC)
        store = None if found["store"] is None else base64.b64decode(found["store"], validate=True)
        entry = Entry(
            id=_text(found["id"]),
            sha256=_text(found["sha256"]),
            time=time,
            store=store,
            bindings=tuple(
                SoftBinding(_text(each["alg"]), base64.b64decode(each["value"], validate=True))
                for each in bindings
            ),
        )
    except (
        KeyError,
        TypeError,
        ValueError,
        OverflowError,
        AttributeError,
        binascii.Error,
        UsageError,
    ):
        raise Malformed(f"line {number} is not a manifest of a repository") from None
    if time > latest:
        raise Malformed(f"line {number} was stored in the future")
    return entry


def _text(value: object) -> str:
    """A label, a hash or the name of an algorithm, which every database can keep.

    Raises:
        ValueError: It is none: lone surrogates and NUL are text in JSON alone.
    """
    if not isinstance(value, str) or len(value) > limits.JUMBF_LABEL or "\0" in value:
        raise ValueError
    value.encode()  # its error is a ValueError
    return value
