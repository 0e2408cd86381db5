"""Batches of items on a cluster: results in the order of the items, each of them once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

from aidisclose.cluster.connection import Cluster
from aidisclose.errors import Unreachable

T = TypeVar("T")
R = TypeVar("R")

#: Batches for each place that may be done, or in work, ahead of what was handed back.
_AHEAD: Final = 4
#: Seconds between two looks at whether somebody wants the work to end.
_PATIENCE: Final = 0.5
#: Batches after which the size of the cluster is looked at again.
_LOOK: Final = 64


class _Part(NamedTuple, Generic[T]):
    """Items that one task works on.

    Attributes:
        number: Of their batch.
        place: Of the first of them in the batch.
        items: The items.
        is_last: Whether they are given up when their worker is lost.
    """

    number: int
    place: int
    items: Sequence[T]
    is_last: bool = False


class Batches(Generic[T, R]):
    """Runs a task over batches.

    A batch whose worker was lost is done once more, item by item; an item that ends its worker then
    is given up. So one bad item costs two workers, and no other item its result.

    Arguments:
        cluster: The cluster that runs it.
        task: The function that is called with the items of a batch, on the workers, so that it and
            the items travel there.
        name: The name that the scheduler shows.
        lost: The result for an item that ended its worker.
        check: Called now and then; it may raise an exception to end the work.
    """

    def __init__(
        self,
        cluster: Cluster,
        task: Callable[[Sequence[T]], list[R]],
        *,
        name: str,
        lost: Callable[[T], R],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._client = cluster.client
        self._cluster = cluster
        self._task = task
        self._name = f"{name}-{uuid.uuid4().hex[:8]}"
        self._lost = lost
        self._check = check
        self._running: dict[Any, _Part[T]] = {}
        self._submitted = 0

    def run(self, batches: Iterable[Sequence[T]]) -> Iterator[R]:
        """The results of all items, in their order.

        Raises:
            Unreachable: The scheduler is lost.
        """
        numbered = enumerate(batches)
        places = self._cluster.places
        done: dict[int, list[R | None]] = {}
        missing: dict[int, int] = {}
        written = 0
        is_last = False
        try:
            while self._running or done or not is_last:
                while not is_last and len(missing) + len(done) < _AHEAD * places:
                    number, items = next(numbered, (-1, None))
                    if items is None:
                        is_last = True
                        break
                    if number % _LOOK == 0:
                        places = self._cluster.places
                    missing[number] = len(items)
                    self._submit(_Part(number, 0, items))
                for part, results in self._finished():
                    held = done.get(part.number)
                    if held is None and len(results) == missing[part.number]:
                        held = done[part.number] = list(results)  # the usual case: all at once
                    else:
                        if held is None:
                            whole: list[R | None] = [None] * missing[part.number]
                            held = done[part.number] = whole
                        held[part.place : part.place + len(results)] = results
                    missing[part.number] -= len(results)
                while missing.get(written) == 0:
                    yield from done.pop(written)  # type: ignore[misc]
                    del missing[written]
                    written += 1
        finally:
            self._client.cancel(list(self._running), force=True)
            self._running.clear()

    def _submit(self, part: _Part[T]) -> None:
        key = f"{self._name}-{self._submitted:06}"
        self._submitted += 1
        future = self._client.submit(self._task, part.items, key=key, pure=False)
        self._running[future] = part

    def _finished(self) -> Iterator[tuple[_Part[T], list[R]]]:
        """The batches that ended since the last time; lost ones are begun again."""
        from distributed import wait

        self._check()
        if not self._running:
            return
        try:
            wait(list(self._running), timeout=_PATIENCE, return_when="FIRST_COMPLETED")
        except TimeoutError:
            return
        for future in [each for each in self._running if each.done()]:
            part = self._running.pop(future)
            yield from self._result(future, part)

    def _result(self, future: Any, part: _Part[T]) -> Iterator[tuple[_Part[T], list[R]]]:
        from concurrent.futures import CancelledError

        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        try:
            yield part, future.result()
        except KilledWorker:
            if part.is_last:
                yield part, [self._lost(item) for item in part.items]
                return
            for place, item in enumerate(part.items, part.place):
                self._submit(_Part(part.number, place, [item], is_last=True))
        except (CancelledError, FutureCancelledError):
            raise Unreachable("the scheduler of the cluster was lost") from None
        finally:
            future.release()
