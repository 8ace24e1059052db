"""Structured log: a static event name plus ids. Never a name, a number, a message body or a verbatim."""

import logging
import sys

import structlog


def configure(level: str = "INFO") -> None:
    """JSON lines on standard error. Idempotent."""
    logging.basicConfig(stream=sys.stderr, level=level, format="%(message)s")
    # SQL parameters and request lines can hold names and tokens; migrations chatter at every readiness check.
    for name in ("sqlalchemy", "werkzeug", "granian", "_granian", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def logger() -> structlog.stdlib.BoundLogger:
    return structlog.get_logger()
