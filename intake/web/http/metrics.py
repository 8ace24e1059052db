"""`/metrics` for Prometheus: what waits, what is old, how long pages take. Counts and names of ours; nobody's data.

Behind a token of its own, METRICS_TOKEN; without one there is no such page. What each process counts by itself lies in
METRICS_FOLDER, so that any of several processes answers for all; what the database knows is asked when asked.
"""

import hmac
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Flask, Response, abort, current_app, g, request

from intake.config import Settings, current_settings
from intake.slots import Parts
from intake.web.http.route_guards import Pages, public

bp = Pages("metrics", __name__)

METERS = "intake_meters"
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
FOLDER = "PROMETHEUS_MULTIPROC_DIR"

# Name, what it says, label (or ""), and the values by label.
Gauge = tuple[str, str, str, dict[str, float]]
# Numbers that a room reads from the database.
Gauges = Callable[[], Iterable[Gauge]]
GAUGES: Parts[Gauges] = Parts("gauges")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    settings: Settings = app.config["SETTINGS"]
    if not settings.metrics_token.get_secret_value():
        return
    if settings.metrics_folder is not None:
        settings.metrics_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Read by the library when it is imported, so that must come after.
        os.environ.setdefault(FOLDER, str(settings.metrics_folder))
    from prometheus_client import CollectorRegistry, Counter, Histogram

    registry = CollectorRegistry()
    labels = ("endpoint", "method", "status")
    requests = Counter("intake_requests", "Requests by page and outcome.", labels, registry=registry)
    seconds = Histogram(
        "intake_request_seconds", "How long pages take.", ("endpoint",), registry=registry, buckets=SECONDS
    )
    app.extensions[METERS] = registry

    @app.before_request
    def begin() -> None:
        g.metered_at = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        # The name of the page, never the address: that may hold a token.
        page = request.endpoint or "none"
        requests.labels(
            page, request.method if request.method in ("GET", "POST") else "other", response.status_code
        ).inc()
        if "metered_at" in g:
            seconds.labels(page).observe(time.perf_counter() - g.metered_at)
        return response


@bp.get("/metrics", guard=public("guarded by a token of its own, which a monitoring program sends"))
def metrics() -> Response:
    """Say everything in Prometheus's text form; 404 without the token."""
    token = current_settings().metrics_token.get_secret_value()
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(sent.encode(), token.encode()):
        abort(404)
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    return Response(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> Any:
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    if os.environ.get(FOLDER):
        MultiProcessCollector(registry)
    else:
        registry.register(current_app.extensions[METERS])
    registry.register(_Gauges())
    return registry


class _Gauges:
    """What the rooms say, as the library's collector."""

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily

        for gauges in GAUGES.all:
            for name, words, label, values in gauges():
                family = GaugeMetricFamily(f"intake_{name}", words, labels=[label] if label else None)
                for key, value in values.items():
                    family.add_metric([key] if label else [], value)
                yield family
