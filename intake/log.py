"""Structured log: a static event name plus ids. Never a name, a number, a message body or a verbatim."""

import logging
import sys

import structlog


class _Printing(logging.Handler):
    """What the PDF writer complains about, as an event of ours: its words, never the values it fills in.

    Those are pieces of the page, and a page names people.
    """

    def emit(self, record: logging.LogRecord) -> None:
        words = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        logger().log(record.levelno, "pdf_complaint", words=words)


def configure(level: str = "INFO") -> None:
    """JSON lines on standard error. Idempotent."""
    logging.basicConfig(stream=sys.stderr, level=level, format="%(message)s")
    # SQL parameters and request lines can hold names and tokens; migrations chatter at every readiness check.
    for name in ("sqlalchemy", "werkzeug", "granian", "_granian", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("weasyprint", "fontTools"):
        # Each step of making a PDF is told as information.
        printing = logging.getLogger(name)
        printing.setLevel(logging.WARNING)
        printing.propagate = False
        printing.handlers = [_Printing()]
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
