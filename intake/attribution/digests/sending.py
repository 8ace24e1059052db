"""Saved views by e-mail: who gets what, what falls due, and sending it at most once for each week or month."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from flask import current_app
from sqlalchemy import insert, select, update
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import HTTPException

from intake import clock, log
from intake.accounts.audit import audit_trail
from intake.accounts.current import Actor
from intake.accounts.models import Staff
from intake.attribution.digests import mail
from intake.attribution.digests.mail import NamesPatients, NoLongerWanted
from intake.attribution.filters.dimensions.calendar import week_begins
from intake.attribution.filters.periods import Period, add_months, week_start
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.page.opening import NotAReport, find
from intake.attribution.saved import records
from intake.attribution.saved.models import Digest, DigestSend, Rhythm, SavedView, SendState
from intake.config import Settings
from intake.db import db
from intake.web.ops import mailing

# On the practice's clocks: before the doors open.
HOUR = time(7, 0)
# Minutes until the next try; after the last one it has failed.
BACKOFF = (5, 15, 60, 240, 720)
# How late a report of a week or month still leaves by itself, and how many are looked for.
LATE = {Rhythm.WEEKLY: timedelta(days=15), Rhythm.MONTHLY: timedelta(days=62)}
MOST_MISSED = 24
MISSED = "missed"
ABANDONED = timedelta(minutes=15)


class DigestRefused(Exception):
    """The message says in words why this view is not sent to this person."""


def start_digest(*, view: SavedView, recipient: Staff, rhythm: Rhythm, by: Staff) -> Digest:
    """Send `view` to `recipient` from the next Monday or 1st on. Flushes. Raises DigestRefused."""
    page = find(view.address)
    if page.request.names_patients:
        raise DigestRefused("This view shows patients' names. It stays in the practice and is not sent by e-mail.")
    if not (view.shared or view.owner_id == recipient.id):
        raise DigestRefused("Share the view first: it is yours alone.")
    if not recipient.active or not records.may_see(page, recipient):
        raise DigestRefused(f"{recipient.name} may not open this view: another role, or not their location.")
    standing = db.session.scalars(
        select(Digest).where(
            Digest.saved_view_id == view.id,
            Digest.staff_id == recipient.id,
            Digest.rhythm == rhythm,
            Digest.ended_at.is_(None),
        )
    ).first()
    if standing:
        raise DigestRefused(f"{recipient.name} gets this view already.")
    digest = Digest(
        saved_view_id=view.id, staff_id=recipient.id, rhythm=rhythm, created_at=clock.now(), created_by_id=by.id
    )
    db.session.add(digest)
    db.session.flush()
    audit_trail.record("digest.started", subject_kind="digest", subject_id=digest.id, rhythm=str(rhythm))
    return digest


def stop_digest(digest: Digest, *, how: str = "stopped") -> None:
    """End a digest; ending it twice changes nothing. Flushes."""
    if digest.ended_at is None:
        digest.ended_at, digest.ended_how = clock.now(), how
        db.session.flush()
        actor = Actor("system") if how == "unsubscribed" else None
        facts = {"actor": actor} if actor else {}
        audit_trail.record("digest.stopped", subject_kind="digest", subject_id=digest.id, how=how, **facts)


def work() -> int:
    """Plan the e-mails that fall due and send them one by one, as a chore of the worker. Commits. Return how many."""
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.mailing:
        return 0
    plan()
    doubt_abandoned()
    db.session.commit()
    done = 0
    while (claimed := claim()) is not None:
        send(claimed, settings)
        done += 1
    return done


def plan() -> None:
    """Add a row for every week or month that is over, for every digest that was there when it ended. Flushes.

    What fell due while no worker ran leaves late, for its own days; what is older is kept as missed, for a person.
    """
    zone, now = practice_time_zone(), clock.now()
    standing = db.session.scalars(
        select(Digest).join(Digest.saved_view).where(Digest.ended_at.is_(None), SavedView.deleted_at.is_(None))
    )
    for digest in list(standing):
        rhythm = Rhythm(digest.rhythm)
        known = set(db.session.scalars(select(DigestSend.period).where(DigestSend.digest_id == digest.id)))
        name, due_at, period = newest_period(rhythm, now, zone)
        for _ in range(MOST_MISSED):
            if due_at < digest.created_at:
                break
            if name not in known:
                _add(digest, name, due_at, is_missed=due_at < now - LATE[rhythm])
            # As it stood the day after the period before had ended.
            name, due_at, period = _due_after(rhythm, period.first_day - timedelta(days=1), zone)


def _add(digest: Digest, name: str, due_at: datetime, *, is_missed: bool) -> None:
    row = {"digest_id": digest.id, "period": name, "due_at": due_at, "attempts": 0, "with_pdf": False}
    row |= {"state": SendState.FAILED, "problem": MISSED} if is_missed else {"state": SendState.WAITING}
    # Of two workers that plan at once, one finds the row there.
    with db.session.begin_nested() as step:
        try:
            db.session.execute(insert(DigestSend).values(**row))
        except Exception as error:
            step.rollback()
            log.logger().info("digest_planned_elsewhere", kind=type(error).__name__)


def newest_period(rhythm: Rhythm, now: datetime, zone: str) -> tuple[str, datetime, Period]:
    """Return (name, moment from which it is due, days) of the newest week or month that is over and due."""
    today = clock.clinic_day(now, zone)
    if now < clock.from_wall_clock(today, HOUR, zone):
        today -= timedelta(days=1)
    back = timedelta(days=7 + today.weekday()) if rhythm == Rhythm.WEEKLY else timedelta(days=today.day)
    return _due_after(rhythm, today - back, zone)


def _due_after(rhythm: Rhythm, day: date, zone: str) -> tuple[str, datetime, Period]:
    """As `newest_period`, of the week or month that this day lies in. A week is called by the Monday in it."""
    if rhythm == Rhythm.WEEKLY:
        monday = week_start(day, week_begins())
        monday += timedelta(days=(8 - monday.isoweekday()) % 7)
        year, week, _ = monday.isocalendar()
        name, due_on = f"{year}-W{week:02d}", monday + timedelta(days=7)
    else:
        name, due_on = f"{day:%Y-%m}", add_months(day.replace(day=1), 1)
    return name, clock.from_wall_clock(due_on, HOUR, zone), mail.period_named(name)


def claim() -> int | None:
    """Claim the next row that is due, and commit that before anything leaves. Return its id."""
    now = clock.now()
    due = select(DigestSend.id).where(DigestSend.state == SendState.WAITING, DigestSend.due_at <= now)
    for row_id in db.session.scalars(due.order_by(DigestSend.due_at, DigestSend.id).limit(20)).all():
        taken = db.session.execute(
            update(DigestSend)
            .where(DigestSend.id == row_id, DigestSend.state == SendState.WAITING)
            .values(state=SendState.SENDING, claimed_at=now, attempts=DigestSend.attempts + 1)
        )
        db.session.commit()
        if taken.rowcount:  # type: ignore[attr-defined]
            return row_id
    return None


def doubt_abandoned() -> None:
    """Mark as uncertain what a killed worker left half done: nobody knows whether it left, so it isn't sent again."""
    db.session.execute(
        update(DigestSend)
        .where(DigestSend.state == SendState.SENDING, DigestSend.claimed_at < clock.now() - ABANDONED)
        .values(state=SendState.UNCERTAIN, problem="worker_ended")
    )


def send(send_id: int, settings: Settings) -> None:
    """Send a claimed row and record what became of it. Commits; no transaction is open while the server is asked."""
    try:
        message, with_pdf = mail.message(send_id, settings)
        db.session.rollback()
        mailing.send(message, settings)
    except mailing.Uncertain:
        _record(send_id, state=SendState.UNCERTAIN, problem="connection_lost")
    except mailing.Refused as refused:
        _try_again(send_id, refused.word, again=refused.again)
    except NamesPatients:
        log.logger().warning("digest_withheld", send=send_id)
        _record(send_id, state=SendState.FAILED, problem="names_patients")
    except (NoLongerWanted, NotAReport, HTTPException):
        _record(send_id, state=SendState.FAILED, problem="may_not_open")
    except Exception as error:
        log.logger().error("digest_failed", kind=type(error).__name__)
        _try_again(send_id, "could_not_be_made", again=True)
    else:
        _record(send_id, state=SendState.SENT, problem=None, sent_at=clock.now(), with_pdf=with_pdf)


def send_again(row: DigestSend) -> None:
    """Let a failed or uncertain one go out after all, as a person decided. Flushes."""
    row.state, row.due_at, row.attempts, row.problem = SendState.WAITING, clock.now(), 0, None
    db.session.flush()
    audit_trail.record("digest.sent_again", subject_kind="digest", subject_id=row.digest_id, period=row.period)


def history(*, of: Collection[int], limit: int = 100) -> list[DigestSend]:
    """Return what was sent to these people and what wasn't, newest first."""
    query = (
        select(DigestSend)
        .join(DigestSend.digest)
        .options(joinedload(DigestSend.digest).joinedload(Digest.staff))
        .options(joinedload(DigestSend.digest).joinedload(Digest.saved_view))
        .where(Digest.staff_id.in_(of))
        .order_by(DigestSend.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))


def active_digests(*, of: Collection[int]) -> list[Digest]:
    """Return digests of these people that haven't ended."""
    query = (
        select(Digest)
        .where(Digest.ended_at.is_(None), Digest.staff_id.in_(of))
        .options(joinedload(Digest.staff), joinedload(Digest.saved_view))
        .order_by(Digest.id)
    )
    return list(db.session.scalars(query))


def _try_again(send_id: int, word: str, *, again: bool) -> None:
    db.session.rollback()
    row = db.session.get_one(DigestSend, send_id)
    if again and row.attempts <= len(BACKOFF):
        later = clock.now() + timedelta(minutes=BACKOFF[row.attempts - 1])
        _record(send_id, state=SendState.WAITING, problem=word, due_at=later)
    else:
        _record(send_id, state=SendState.FAILED, problem=word)


def _record(send_id: int, **values: object) -> None:
    db.session.rollback()
    db.session.execute(update(DigestSend).where(DigestSend.id == send_id).values(**values))
    db.session.commit()
