"""Health checks for load balancers and monitoring. Strangers learn yes or no; the log and `flask doctor` say why."""

from flask import Response, jsonify

from intake.web.http.route_guards import Pages, public
from intake.web.ops import readiness

bp = Pages("health", __name__)


@bp.get("/healthz", guard=public("a load balancer asks whether the process answers"))
def healthz() -> Response:
    return jsonify(status="alive")


@bp.get("/readyz", guard=public("a load balancer asks whether this process can do its work"))
def readyz() -> tuple[Response, int]:
    if readiness.database_fault() is None:
        return jsonify(status="ready"), 200
    return jsonify(status="unavailable"), 503
