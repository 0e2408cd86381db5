"""Fingerprint and watermarks of a file that somebody else sent, found in a process of its own.

The process has little memory and time, writes no files, and ends after one file:

    python -m aidisclose.resolution.tracing < picture.jpg
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from typing import IO, Final

from aidisclose import limits
from aidisclose.durable import iscc, kind
from aidisclose.errors import (
    LimitExceeded,
    Malformed,
    Unreadable,
    UnsupportedFormat,
    UsageError,
)
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.repository.recovery import Traces, trace

#: What the process ends with, by what is wrong with the file.
_CODES: Final = {UnsupportedFormat: 11, Malformed: 12, LimitExceeded: 13, UsageError: 14}
_MEMORY: Final = 3 * 1024 * limits.MIB
_ANSWER: Final = 1 * limits.MIB
#: Bytes of a reason.
_REASON: Final = 400


def traces_of(file: IO[bytes], media_type: str | None = None) -> Traces:
    """The traces that lead from a file to its credentials.

    Arguments:
        file: A picture or text, with a descriptor. Sound and film would need files and programs.
        media_type: The type that it has to have, without parameters; None if that is left open.

    Raises:
        UnsupportedFormat: It is something else, or says too little.
        Malformed: It cannot be decoded.
        LimitExceeded: That takes too much time or memory.
        UsageError: A package that is needed is not installed.
    """
    file.seek(0)
    try:
        done = subprocess.run(  # noqa: S603 - no shell; without -P the working folder has modules
            [sys.executable, "-P", "-m", __name__],
            stdin=file,
            capture_output=True,
            timeout=4 * limits.TRACE_TIME,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LimitExceeded("the file takes too much time") from None
    for error, code in _CODES.items():
        if done.returncode == code:
            raise error(done.stderr[:_REASON].decode("utf-8", "replace").strip())
    if done.returncode != 0 or len(done.stdout) > _ANSWER:
        raise LimitExceeded("the file takes too much time or memory")
    found = json.loads(done.stdout)
    if media_type not in (None, found["type"]):
        raise UnsupportedFormat(f"the file is {found['type']}, not what was said")
    units = iscc.decode(base64.b64decode(found["units"])) if found["units"] else ()
    marks = tuple(SoftBinding(alg, base64.b64decode(value)) for alg, value in found["watermarks"])
    return Traces(units, marks)


def main() -> int:
    """Examine standard input, and write what was found to standard output."""
    _limit()
    try:
        head = sys.stdin.buffer.read(kind.HEAD)
        if kind.of(head) not in (iscc.IMAGE, iscc.TEXT):
            raise UnsupportedFormat("only pictures and text are examined here")
        found = trace(sys.stdin.buffer)
    except (UnsupportedFormat, Unreadable, UsageError) as error:
        print(str(error), file=sys.stderr)
        return next(code for each, code in _CODES.items() if isinstance(error, each))
    except MemoryError:
        return 1
    answer = {
        "type": "text/plain" if kind.of(head) == iscc.TEXT else _picture(),
        "units": base64.b64encode(iscc.encode(found.units)).decode(),
        "watermarks": [
            (each.alg, base64.b64encode(each.value).decode()) for each in found.watermarks
        ],
    }
    print(json.dumps(answer))
    return 0


def _picture() -> str:
    """The media type of the picture."""
    from PIL import Image

    sys.stdin.buffer.seek(0)
    with Image.open(sys.stdin.buffer) as image:
        return image.get_format_mimetype() or "application/octet-stream"


def _limit() -> None:
    import resource

    # No dump of somebody's file, and nothing written at all.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    # Of the processor; the other limit counts waiting for it as well, on a machine under load.
    seconds = int(limits.TRACE_TIME)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


if __name__ == "__main__":
    sys.exit(main())
