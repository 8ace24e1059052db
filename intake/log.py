"""Structured log: a static event name plus ids. Never a name, a number, a message body or a verbatim.

One JSON object a line, each written at once, so that the lines of several processes don't mix.
"""

import logging
import sys
import threading
from types import TracebackType

import structlog

OTHERS_FROM = logging.WARNING
SAME_COMPLAINT_SECONDS = 60.0
# They log their work step by step, or with handlers of their own; what is worth a line comes through `_Others`.
WITH_HANDLERS = ("_granian", "granian", "werkzeug", "twilio", "sqlalchemy", "alembic", "weasyprint", "fontTools")
# Every request with its address, which holds personal links.
NEVER = ("granian.access",)


class _Others(logging.Handler):
    """What other people's code logs, as an event of ours: who says it and the words it always says.

    Never the values it fills in, nor words made on the spot, nor what an exception says: those quote requests,
    recipients and rows. From warnings upwards, whatever level is set. A PDF's complaints, one a letter, once a minute.
    """

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.complained: dict[object, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        facts = {"words": record.msg} if record.args and isinstance(record.msg, str) else {}
        if record.exc_info and record.exc_info[1] is not None:
            facts |= _kind_and_place(record.exc_info[1])
        event = "pdf_complaint" if record.name.startswith(("weasyprint", "fontTools")) else "library_complaint"
        if event == "pdf_complaint":
            if record.created - self.complained.get(record.msg, 0.0) < SAME_COMPLAINT_SECONDS:
                return
            self.complained[record.msg] = record.created
        logger().log(max(record.levelno, OTHERS_FROM), event, library=record.name, **facts)


def configure(level: str = "INFO") -> None:
    """JSON lines on standard error, of ours from `level` on, of others from warnings on. Idempotent."""
    root = logging.getLogger()
    others = _Others(OTHERS_FROM)
    root.handlers = [each for each in root.handlers if not _writes_here(each)] + [others]
    root.setLevel(OTHERS_FROM)
    for name in WITH_HANDLERS:
        noisy = logging.getLogger(name)
        noisy.setLevel(OTHERS_FROM)
        noisy.handlers, noisy.propagate = [others], False
    for name in NEVER:
        logging.getLogger(name).disabled = True
    # A record that can't be written would be printed with all that it holds.
    logging.raiseExceptions = False
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def own_process() -> None:
    """For web processes, worker and commands: what nobody caught, and warnings, are lines of the log as well."""
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda given: _uncaught(given.exc_type, given.exc_value or given.exc_type(), None)
    sys.unraisablehook = lambda given: _uncaught(given.exc_type, given.exc_value or given.exc_type(), None)


def logger() -> structlog.stdlib.BoundLogger:
    return structlog.get_logger()


def _uncaught(kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        logger().critical("uncaught_error", **_kind_and_place(error))


def _kind_and_place(error: BaseException) -> dict[str, str]:
    """Only the type and the places it came through: what an exception says may quote what a patient typed."""
    places, frames = [], error.__traceback__
    while frames is not None:
        places.append(f"{frames.tb_frame.f_globals.get('__name__')}:{frames.tb_lineno}")
        frames = frames.tb_next
    return {"kind": type(error).__name__, "places": " > ".join(places[-8:])}


def _writes_here(handler: logging.Handler) -> bool:
    """True for handlers that print records as they are; a test's own collector is none."""
    return isinstance(handler, _Others) or type(handler) is logging.StreamHandler
