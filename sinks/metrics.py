"""Prometheus metrics of a process, and the small server of /metrics, /livez and /readyz on a port and threads of its own."""

import itertools
import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from schemas.metrics import METRICS, Metric, Type

Probe = Callable[[], tuple[bool, Mapping[str, Any]]]
"""Whether the process is live (or ready), and what it says of itself."""

REQUEST_SECONDS = 5.0


class Metrics:
    """One prometheus-client object for each entry of `schemas.metrics`, in a registry of its own; known label sets start at 0."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._made = {metric.name: _make(metric, self.registry) for metric in METRICS}

    def add(self, metric: Metric, amount: float = 1, **labels: str) -> None:
        """Raise a counter."""
        self._child(metric, Type.COUNTER, labels).inc(amount)

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """Set a gauge."""
        self._child(metric, Type.GAUGE, labels).set(value)

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        """Observe a value of a histogram."""
        self._child(metric, Type.HISTOGRAM, labels).observe(value)

    def text(self) -> bytes:
        """The exposition of everything."""
        return bytes(generate_latest(self.registry))

    def _child(self, metric: Metric, wanted: Type, labels: dict[str, str]) -> Any:
        if metric.type is not wanted:
            raise TypeError(f"{metric.name} is a {metric.type}, not a {wanted}")
        made = self._made[metric.name]
        return made.labels(**labels) if metric.labels else made


class MetricsServer:
    """Serves the metrics and both probes until `close`. `port` 0 takes any free one; `address` says which.

    `exposition` gives the text of /metrics; it may refresh gauges first.
    """

    def __init__(self, exposition: Callable[[], bytes], host: str, port: int, live: Probe, ready: Probe) -> None:
        self._server = ThreadingHTTPServer((host, port), _handler({"/livez": live, "/readyz": ready}, exposition))
        self._server.daemon_threads = True
        self.address: tuple[str, int] = (host, self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(REQUEST_SECONDS)


def _handler(probes: Mapping[str, Probe], exposition: Callable[[], bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = REQUEST_SECONDS

        def do_GET(self) -> None:
            """Answer one of the three paths."""
            if self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, exposition())
            elif self.path in probes:
                good, said = probes[self.path]()
                self._answer(200 if good else 503, "application/json", json.dumps(said).encode() + b"\n")
            else:
                self._answer(404, "text/plain", b"/metrics, /livez, /readyz\n")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature of http.server
            """Probes are not logged."""

    return Handler


def _make(metric: Metric, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    names = list(metric.labels)
    if metric.type is Type.HISTOGRAM:
        made: Counter | Gauge | Histogram = Histogram(metric.name, metric.help, names, buckets=metric.buckets, registry=registry)
    elif metric.type is Type.COUNTER:
        made = Counter(metric.name, metric.help, names, registry=registry)
    else:
        made = Gauge(metric.name, metric.help, names, registry=registry)
    known = [values for values in metric.labels.values() if values is not None]
    if names and len(known) == len(names):
        for values in itertools.product(*known):
            made.labels(*values)
    return made
