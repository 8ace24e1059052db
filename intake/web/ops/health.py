"""Health checks for load balancers and monitoring."""

from collections.abc import Callable

from flask import Blueprint, Flask, Response, current_app, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from intake.db import db
from intake.web.http.route_guards import public
from intake.web.ops import database_commands

bp = Blueprint("health", __name__)

# A further line of `/readyz`, such as {"worker": "alive"}; none of them makes this process unready.
Detail = Callable[[], str | None]


def add_detail(app: Flask, name: str, detail: Detail) -> None:
    """Let `/readyz` show `detail()` under `name`, unless it is None."""
    app.extensions.setdefault("intake_readiness", {})[name] = detail


@bp.get("/healthz")
@public("a load balancer asks whether the process answers")
def healthz() -> Response:
    return jsonify(status="alive")


@bp.get("/readyz")
@public("a load balancer asks whether the database is reachable and migrated")
def readyz() -> tuple[Response, int]:
    try:
        db.session.execute(text("SELECT 1"))
        current, newest = database_commands.revisions()
        if current != newest:
            return jsonify(status="unavailable", database="needs flask db upgrade"), 503
        details: dict[str, Detail] = current_app.extensions.get("intake_readiness", {})
        shown = {name: value for name, detail in details.items() if (value := detail()) is not None}
    except SQLAlchemyError:
        return jsonify(status="unavailable", database="unreachable"), 503
    return jsonify(status="ready", revision=current, **shown), 200
