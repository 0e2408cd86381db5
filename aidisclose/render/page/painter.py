"""A process that decodes pictures of strangers for a page, within limits of time and memory.

It reads sides and contents from standard input, and writes pictures to standard output as they are
done: see `pictures`. It is told nothing else, and asks nobody.
"""

from __future__ import annotations

import io
import sys

from aidisclose import limits
from aidisclose.render.page.pictures import PREFIX, pack, shrink


def main() -> None:
    """Until standard input ends."""
    _limit()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(2 * PREFIX):
        side, length = (int.from_bytes(head[n : n + PREFIX], "big") for n in (0, PREFIX))
        target.write(pack(shrink(io.BytesIO(source.read(length)), side)))
        target.flush()


def _limit() -> None:
    if sys.platform == "win32":
        return  # the time of all is limited by who started this process
    import resource

    seconds = int(limits.PICTURES_TIME)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (limits.PICTURES_MEMORY, limits.PICTURES_MEMORY))


if __name__ == "__main__":
    main()
