"""Writing signed records of a run: receipts of `check`, results of `verify`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from aidisclose.cli.destination import writing
from aidisclose.cli.interrupts import held
from aidisclose.policy.receipt import Chain
from aidisclose.signing.signer import Signer

T = TypeVar("T")


@contextlib.contextmanager
def recording(
    path: Path | None,
    signer: Signer | None,
    head: Mapping[str, object],
    *,
    files: int,
    entry: Callable[[T], Mapping[str, object]],
) -> Iterator[Callable[[T], None] | None]:
    """Writes a record of what is observed; also of what was done until an interruption.

    Arguments:
        path: The file of the record; None for no record.
        signer: Signs it.
        head: The facts that hold for all entries.
        files: Number of files to be observed.
        entry: Returns the entry about each result.
    """
    if path is None or signer is None:
        yield None
        return
    done = 0
    with writing(path) as file, contextlib.ExitStack() as stack:
        # What is begun is sealed, whenever a signal comes.
        with held():
            chain = Chain(file.write, head)

            def seal() -> None:
                with held():
                    chain.seal(
                        complete=done == files,
                        alg=signer.alg,
                        chain=signer.chain,
                        sign=signer.sign,
                    )

            stack.callback(seal)

        def observe(result: T) -> None:
            nonlocal done
            done += 1
            chain.add(entry(result))

        yield observe
