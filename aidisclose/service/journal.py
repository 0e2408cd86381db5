"""The log: one JSON object a line on standard error.

No line has a file's name or content, an address that was asked about, or one of a visitor: fields
are those of `Journal.write`'s callers, all of them ours.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Final, TextIO

#: Characters of one value: a worker that a file took over may answer anything.
_VALUE: Final = 200


class Journal:
    """Writes lines.

    Arguments:
        stream: The stream to write to; standard error if None.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def write(self, event: str, **fields: str | float | None) -> None:
        """One line; it is lost if nobody reads it.

        Arguments:
            event: Its name.
            fields: Values by name.
        """
        stream = self._stream or sys.stderr
        if stream is None:
            return
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        values = {
            name: value[:_VALUE] if isinstance(value, str) else value
            for name, value in fields.items()
            if value is not None
        }
        try:
            stream.write(json.dumps({"time": time, "event": event, **values}) + "\n")
            stream.flush()
        except (OSError, ValueError):  # closed, or the disk is full: the service goes on
            return
