"""The cluster that work is done on: one that runs already, or processes of this machine."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from aidisclose import limits
from aidisclose.errors import AidiscloseError, Unreachable, UsageError
from aidisclose.named import NamedTuple
from aidisclose.version import VERSION

if TYPE_CHECKING:
    from distributed import Client

_LOCAL: Final = "local:"
_SCHEMES: Final = ("tcp://", "tls://")

#: A batch that ended its worker is not begun again as it is, and no batch waits in a worker behind
#: another: so it is known which one it was.
_SETTINGS: Final = {
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.worker.daemon": True,
    "distributed.worker.profile.enabled": False,  # it stops every task a hundred times a second
}


class Cluster(NamedTuple):
    """A cluster that is connected.

    Attributes:
        client: Of dask.
        warnings: Problems of the cluster, a line each.
    """

    client: Client
    warnings: tuple[str, ...] = ()

    @property
    def places(self) -> int:
        """The number of batches that are worked on at once, at present; at least one."""
        return max(1, sum(map(int, self.client.nthreads().values())))


@contextlib.contextmanager
def connect(address: str) -> Iterator[Cluster]:
    """The cluster at an address, until the block ends.

    Arguments:
        address: `tcp://HOST:PORT` or `tls://HOST:PORT` of a scheduler, or `local:N` for N processes
            of this machine, which end with the block.

    Raises:
        UsageError: The address is invalid.
        AidiscloseError: dask.distributed is not installed here, or its workers have another version
            of aidisclose.
        Unreachable: Nobody answers there.
    """
    if not address.startswith((_LOCAL, *_SCHEMES)):
        raise _invalid(address)
    if not address.startswith(_LOCAL):
        _check(address)
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        message = "a cluster needs dask.distributed: pip install 'aidisclose[cluster]'"
        raise AidiscloseError(message) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with contextlib.ExitStack() as stack:
        stack.enter_context(dask.config.set(_SETTINGS))
        options: dict[str, Any] = {"timeout": limits.CLUSTER_TIME}
        if address.startswith(_LOCAL):
            count = _count(address)
            try:
                local = LocalCluster(
                    n_workers=count,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=":0",  # any free port
                    silence_logs=logging.CRITICAL,
                )
                stack.enter_context(local)
                client = stack.enter_context(Client(local, **options))
            except (OSError, RuntimeError) as error:
                message = f"the {count} processes of {address} cannot be started: {error}"
                raise AidiscloseError(" ".join(message.split())) from None
            yield Cluster(client)
            return
        try:
            client = stack.enter_context(Client(address, **options))
        except OSError as error:
            raise Unreachable(f"the cluster at {address} does not answer: {error}") from None
        except ValueError:
            raise _invalid(address) from None
        except TypeError:  # this is how distributed says that nothing tells it of certificates
            raise UsageError(
                f"no certificates for {address}: name them in the settings of dask "
                "(distributed.comm.tls), or use tcp://"
            ) from None
        _compare(client, address)
        yield Cluster(client, tuple(_complaints(client)))


def _invalid(address: str) -> UsageError:
    return UsageError(f"invalid cluster {address!r}: expected tcp://HOST:PORT or local:N")


def _check(address: str) -> None:
    """Raise UsageError unless an address of a scheduler has a host and a port."""
    host, _, port = address.partition("://")[2].rpartition(":")
    if not host or "@" in host or not port.isdecimal():
        raise _invalid(address)


def _count(address: str) -> int:
    text = address.removeprefix(_LOCAL)
    if not text.isdecimal() or not 1 <= int(text) <= limits.CLUSTER_LOCAL:
        most = limits.CLUSTER_LOCAL
        raise UsageError(f"invalid cluster {address!r}: expected local:N with N from 1 to {most}")
    return int(text)


def version() -> str:
    """That of aidisclose, where it is asked."""
    return VERSION


def _compare(client: Client, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=limits.CLUSTER_TIME)
        found = set(client.run(version).values())
    except TimeoutError:
        raise Unreachable(f"the cluster at {address} has no workers") from None
    except ImportError:
        raise AidiscloseError("the workers of the cluster do not have aidisclose") from None
    if found - {VERSION}:
        others = ", ".join(sorted(found - {VERSION}))
        raise AidiscloseError(f"workers of the cluster have aidisclose {others}, not {VERSION}")


def settings(dask_scheduler: Any) -> tuple[int, float]:
    """The scheduler's settings about lost workers, asked there."""
    return dask_scheduler.allowed_failures, dask_scheduler.WORKER_SATURATION


def _complaints(client: Client) -> Iterator[str]:
    failures, saturation = client.run_on_scheduler(settings)
    if failures:
        yield (
            f"the scheduler begins a batch {failures} times more after its worker was lost: start "
            "it with DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=0"
        )
    if saturation > 1:
        yield (
            "files that wait behind one that ends its worker may be taken for it: start the "
            "scheduler with DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION=1.0"
        )
