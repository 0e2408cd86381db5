"""Counts for Prometheus. No label has a value that a visitor chooses."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as MEDIA_TYPE

__all__ = ["MEDIA_TYPE", "Metrics"]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)


class Metrics:
    """The counts of one service."""

    def __init__(self) -> None:
        # Its own, not that of the library: a process may have two services, as tests have, and that
        # one counts Python's garbage collection.
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "aidisclose_requests",
            "Requests that were answered.",
            ("route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "aidisclose_request_seconds",
            "Seconds from the head of a request to the end of its response.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._files = Counter(
            "aidisclose_files",
            "Files, by their C2PA state, or by why they could not be checked.",
            ("result",),
            registry=self._registry,
        )
        self._bytes = Counter(
            "aidisclose_received_bytes", "Bytes of files.", registry=self._registry
        )

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Show what something is now, whenever it is asked for."""
        Gauge(name, text, registry=self._registry).set_function(value)

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def file(self, result: str, size: int) -> None:
        """Count a file."""
        self._files.labels(result).inc()
        self._bytes.inc(size)

    def render(self) -> bytes:
        """All counts, in the text format of Prometheus."""
        return generate_latest(self._registry)
