"""Batches on a cluster whose workers are lost."""

from __future__ import annotations

import os
import signal
import threading
from functools import partial

import pytest

from aidisclose.cluster.batches import Batches
from aidisclose.cluster.connection import Cluster, connect
from aidisclose.errors import Unreachable, UsageError
from tests.cluster import tasks

BATCHES = [list(range(start, start + 10)) for start in range(0, 400, 10)]


def test_results_come_in_order_and_a_bad_item_costs_only_itself(cluster: Cluster) -> None:
    run = Batches(cluster, tasks.double, name="test", lost=tasks.lost)
    found = list(run.run(BATCHES))
    assert found == [-item if item == tasks.POISON else 2 * item for item in range(400)]


def test_killed_workers_cost_no_item(cluster: Cluster) -> None:
    run = Batches(cluster, tasks.slowly, name="test", lost=lambda item: (item, 0))
    seen = []
    killed = set()
    for item, process in run.run(BATCHES):
        seen.append(item)
        if item in (100, 250) and process not in killed:
            killed.add(process)
            with_signal = partial(os.kill, process, signal.SIGKILL)
            threading.Thread(target=with_signal).start()
    assert seen == list(range(400))
    assert killed


def test_work_ends_when_it_is_told_to(cluster: Cluster) -> None:
    class Stopped(Exception):
        pass

    def check() -> None:
        raise Stopped

    run = Batches(cluster, tasks.double, name="test", lost=tasks.lost, check=check)
    with pytest.raises(Stopped):
        list(run.run(BATCHES))


def test_batches_are_drawn_as_they_are_needed(cluster: Cluster) -> None:
    drawn = 0

    def batches() -> object:
        nonlocal drawn
        for batch in [[1]] * 200:
            drawn += 1
            yield batch

    found = Batches(cluster, tasks.double, name="test", lost=tasks.lost).run(batches())  # type: ignore[arg-type]
    assert next(found) == 2
    assert drawn <= 16
    found.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("address", ["local:", "local:0", "local:x", "local:9999", "host:80"])
def test_invalid_address_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="invalid cluster"), connect(address):
        pass


def test_cluster_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidisclose.limits.CLUSTER_TIME", 0.5)
    with pytest.raises(Unreachable, match="does not answer"), connect("tcp://127.0.0.1:9"):
        pass
