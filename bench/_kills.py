"""Submissions from many clients while web processes are killed: what was acknowledged, and what the tables hold."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import func, select

from bench._capture_rows import Prepared
from bench._load import Outcomes, run
from bench.capture import submissions
from intake.config import Settings
from intake.db import db
from intake.survey.crediting import UNIT
from intake.survey.models import Answer, CoverageEntry, CreditEntry, Mention
from tests.serving import serve

CLIENTS = 16


@dataclass(frozen=True)
class Aftermath:
    """Counts after the dust has settled; every one but `kills`, `retried` and `acknowledged` should be zero."""

    acknowledged: int
    kills: int
    retried: int
    missing: int
    repeated: int
    half: int
    miscounted: int

    @property
    def clean(self) -> bool:
        return not (self.missing or self.repeated or self.half or self.miscounted)


def under_fire(
    settings: Settings,
    prepared: Prepared,
    *,
    every_seconds: float,
    most_kills: int = 1000,
    disturb: Callable[[float, int], None] = lambda elapsed, acknowledged: None,
) -> tuple[Outcomes, int]:
    """Send every submission until it is acknowledged, killing all web processes every `every_seconds`.

    `disturb` is called about every 50 ms with the seconds so far and how many were acknowledged.
    """
    kills = 0
    with serve(settings, workers=2, threads=4) as served:
        posts = list(submissions(served.url, prepared))
        next_kill, alive_at = every_seconds, 0

        def kill(elapsed: float, acknowledged: int) -> None:
            nonlocal kills, next_kill, alive_at
            served.start_again_if_it_gave_up()
            disturb(elapsed, acknowledged)
            # Only processes that have answered again: a slow machine would otherwise never get one up.
            if kills < most_kills and elapsed >= next_kill and acknowledged >= alive_at + CLIENTS:
                served.kill_workers()
                kills += 1
                next_kill, alive_at = elapsed + every_seconds, acknowledged

        outcomes = run(served.url, posts, clients=CLIENTS, retry=True, tick=kill)
    return outcomes, kills


def aftermath(app: Flask, outcomes: Outcomes, kills: int) -> Aftermath:
    """Compare what was acknowledged with what is there. Runs in `app`'s context."""
    acknowledged = len(set(outcomes.acknowledged))
    per_visit = Counter(db.session.scalars(select(Answer.visit_id)))
    mentions = Counter(db.session.scalars(select(Mention.answer_id)))
    credited = db.session.scalar(select(func.coalesce(func.sum(CreditEntry.primary_units), 0))) or 0
    answered = db.session.scalar(select(func.coalesce(func.sum(CoverageEntry.answered), 0))) or 0
    answers = sum(per_visit.values())
    return Aftermath(
        acknowledged=acknowledged,
        kills=kills,
        retried=outcomes.retried,
        missing=max(0, acknowledged - len(per_visit)),
        repeated=answers - len(per_visit),
        half=abs(len(mentions) - answers),
        miscounted=abs(int(credited) - answers * UNIT) + abs(int(answered) - answers),
    )
