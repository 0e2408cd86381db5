"""The program: `aidisclose`, `python -m aidisclose`."""

from __future__ import annotations

import gc
import os
import signal
from types import FrameType


def _end(number: int, _frame: FrameType | None) -> None:
    os.write(2, b"aidisclose: interrupted\n")
    os._exit(128 + number)


# Before anything else is imported: nothing has been begun then that would have to be undone, and an
# exception would show a traceback.
for _name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
    _number = getattr(signal, _name, None)
    if _number is not None and signal.getsignal(_number) is not signal.SIG_IGN:  # as under nohup
        signal.signal(_number, _end)

from aidisclose import limits  # noqa: E402

gc.set_threshold(*limits.GARBAGE)

from aidisclose.cli.main import run  # noqa: E402

if __name__ == "__main__":
    run()
