"""Is it alive, is it ready: for load balancers and the person who looks after it."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from intake.db import db
from intake.web import database_commands
from intake.web.guarding import public

bp = Blueprint("health", __name__)


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
    except SQLAlchemyError:
        return jsonify(status="unavailable", database="unreachable"), 503
    if current != newest:
        return jsonify(status="unavailable", database="needs flask db upgrade"), 503
    return jsonify(status="ready", revision=current), 200
