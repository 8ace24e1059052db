"""State of the line: paused or held, its pace, its daily cap, and the worker's heartbeat."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, text, update

from intake import clock, log
from intake.accounts.audit import audit_trail
from intake.config import Settings
from intake.db import UtcDateTime, db
from intake.directory.models import Location, Practice
from intake.sms.carrier.carrier_errors import carrier_error
from intake.sms.carrier.gateway_errors import GatewayError
from intake.sms.models import LineState, TextPlan
from intake.sms.queue.outbox import count_sent

WORKER_LOST_SECONDS = 90
UNAUTHORIZED = 401


def state() -> LineState:
    """Return the one row, made if it isn't there yet. Flushes."""
    found = db.session.get(LineState, 1, populate_existing=True)
    if found is None:
        db.session.execute(text("INSERT INTO line_state (id) VALUES (1) ON CONFLICT DO NOTHING"))
        found = db.session.get_one(LineState, 1)
    return found


@dataclass(frozen=True)
class LineStatus:
    """The line as pages show it."""

    paused_because: str | None = None
    paused_at: datetime | None = None
    worker_seen_at: datetime | None = None
    worker_lives: bool = False
    # Why the carrier takes no more for a while, and until when; None when it does.
    held_because: str | None = None
    held_until: datetime | None = None


def status() -> LineStatus:
    """Return whether the line is paused or held and a worker alive. Reads only."""
    row = db.session.execute(
        select(
            LineState.paused_because,
            LineState.paused_at,
            LineState.worker_seen_at,
            LineState.held_because,
            LineState.held_until,
        ).where(LineState.id == 1)
    ).one_or_none()
    if row is None:
        return LineStatus()
    held = (row.held_because, row.held_until) if row.held_until and row.held_until > clock.now() else (None, None)
    return LineStatus(row.paused_because, row.paused_at, row.worker_seen_at, worker_lives(), *held)


def pause(because: str) -> None:
    """Pause sending until `resume`; what is queued waits. Flushes."""
    state()
    changed = db.session.execute(
        update(LineState)
        .where(LineState.id == 1, LineState.paused_because.is_(None))
        .values(paused_because=because, paused_at=clock.now())
        .returning(LineState.id)
    ).first()
    if changed is not None:
        audit_trail.record("texting.paused", subject_kind="line", reason=because)


def note_unanswered(error: GatewayError, *, asked_for: str) -> None:
    """Log that asking the carrier failed; refused credentials pause the line. Commits.

    Being forbidden to read, or asked to read less often, is no reason not to send.
    """
    db.session.rollback()
    log.logger().warning("asking_failed", asked_for=asked_for, code=error.code, status=error.status)
    if error.status == UNAUTHORIZED:
        pause(carrier_error(error.code).name)
        db.session.commit()


def resume() -> None:
    """Open the line again. Flushes."""
    row = state()
    if row.paused_because is not None:
        audit_trail.record("texting.unpaused", subject_kind="line", reason=row.paused_because)
        row.paused_because = row.paused_at = None
    row.held_because = row.held_until = None


def is_paused() -> bool:
    return db.session.scalar(select(LineState.paused_because).where(LineState.id == 1)) is not None


def hold(because: str, *, until: datetime) -> None:
    """Let only answers leave `until` then, or until `resume`. Flushes."""
    row = state()
    if row.held_until is None or row.held_until < until:
        row.held_because, row.held_until = because, until


def is_held() -> bool:
    until = db.session.scalar(select(LineState.held_until).where(LineState.id == 1))
    return until is not None and until > clock.now()


def tomorrow() -> datetime:
    """Return when the next day begins on the practice's calendar."""
    zone = db.session.scalar(select(Practice.time_zone)) or "UTC"
    return _today(zone)[1]


def reserve_slot(*, texts_per_second: float) -> float:
    """Reserve the next moment at which a text may leave; returns the seconds to wait until then. Commit at once.

    All workers share one pace, whatever their number.
    """
    state()
    now = clock.now()
    row = db.session.execute(select(LineState.next_send_at).where(LineState.id == 1).with_for_update()).one()
    turn = max(row.next_send_at or now, now)
    db.session.execute(
        update(LineState).where(LineState.id == 1).values(next_send_at=turn + timedelta(seconds=1 / texts_per_second))
    )
    return (turn - now).total_seconds()


def record_heartbeat(worker: str) -> None:
    """Record the worker's heartbeat. Flushes."""
    state()
    db.session.execute(
        text("UPDATE line_state SET worker_seen_at = :now, worker_name = :name WHERE id = 1").bindparams(
            bindparam("now", clock.now(), type_=UtcDateTime), name=worker
        )
    )


def worker_lives() -> bool:
    """Return whether a worker's heartbeat is at most WORKER_LOST_SECONDS old."""
    seen = db.session.scalar(select(LineState.worker_seen_at).where(LineState.id == 1))
    return seen is not None and clock.now() - seen < timedelta(seconds=WORKER_LOST_SECONDS)


def cap_is_reached(location_id: int | None, *, settings: Settings) -> bool:
    """Return whether today's cap, by the practice's calendar, is reached; in doubt True."""
    state()
    # One worker counts at a time, so that several can't all take the last place.
    db.session.execute(select(LineState.id).where(LineState.id == 1).with_for_update())
    return texts_left(location_id, settings=settings) <= 0


def texts_left(location_id: int | None, *, settings: Settings) -> int:
    """Return how many texts may still leave today, by the practice's calendar; in doubt 0. Reads only."""
    zone = db.session.scalar(select(Practice.time_zone))
    if zone is None:
        return 0
    start, end = _today(zone)
    left = settings.texts_per_day - count_sent(start, end)
    if left <= 0 or location_id is None:
        return max(left, 0)
    cap = db.session.scalar(select(TextPlan.daily_cap).where(TextPlan.location_id == location_id))
    if cap is None:
        return left
    own_zone = db.session.scalar(select(Location.time_zone).where(Location.id == location_id)) or zone
    start, end = _today(own_zone)
    return max(min(left, cap - count_sent(start, end, location_id=location_id)), 0)


def _today(zone: str) -> tuple[datetime, datetime]:
    today = clock.clinic_today(zone)
    return clock.day_range(today, today, zone)
