"""Physicians who refer to us, held in memory: there are few of them, and they are whom people mostly mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlalchemy import select

from intake.db import db
from intake.directory.models import Physician
from intake.directory.physician_search.keys import name_words
from intake.directory.physician_search.referral_counts import REFERRALS

# A correction ends a link now and then; counts are for ranking only and may lag behind by so many new ones.
FRESH_COUNT_AFTER = 5_000


@dataclass
class ReferrerCounts:
    """Number of referrals by physician, and the name words that those physicians are found by."""

    referrals: dict[int, int] = field(default_factory=dict)
    by_word: dict[str, set[int]] = field(default_factory=dict)
    # The newest link counted; another one in its place means that the database is not the one we counted.
    newest: tuple[int | None, str] = (None, "")
    counted_since: int = 0

    def found_by(self, word: str) -> set[int]:
        return self.by_word.get(word, set())


def linked_physicians_called(first_name: str, last_name: str) -> set[int]:
    """Return the physicians who were ever linked and whose names hold this surname and given name."""
    newest = db.session.connection().exec_driver_sql(REFERRALS.filled.newest).first()
    counts = current_referrer_counts((newest[0], str(newest[1])) if newest else (None, ""))
    found = [counts.found_by(word) for name in (first_name, last_name) for word in name_words(name)]
    return set.intersection(*found) if found else set()


def current_referrer_counts(newest: tuple[int | None, str]) -> ReferrerCounts:
    """Counts as of the newest referral (its id and moment); reads only the links that came since the last call."""
    held: ReferrerCounts | None = current_app.extensions.get("referrer_counts")
    if held is not None and held.newest == newest:
        return held
    fresh = _extended(held, newest) if held is not None else None
    if fresh is None:
        fresh = _counted(newest)
    current_app.extensions["referrer_counts"] = fresh
    return fresh


def _counted(newest: tuple[int | None, str]) -> ReferrerCounts:
    counts = ReferrerCounts(REFERRALS.filled.links(), newest=newest)
    _learn_words(counts, list(counts.referrals))
    return counts


def _extended(held: ReferrerCounts, newest: tuple[int | None, str]) -> ReferrerCounts | None:
    """The held counts and what came since; None when they don't continue each other."""
    if held.newest[0] is None or newest[0] is None or newest[0] <= held.newest[0]:
        return None
    if held.counted_since > FRESH_COUNT_AFTER:
        return None
    rows = REFERRALS.filled.links_since(held.newest[0], FRESH_COUNT_AFTER + 1)
    if not rows or rows[0][:2] != held.newest or len(rows) > FRESH_COUNT_AFTER:
        return None
    counts = ReferrerCounts(dict(held.referrals), held.by_word, newest, held.counted_since + len(rows))
    new: list[int] = []
    for _, _, physician_id, holds in rows[1:]:
        if holds:
            if physician_id not in counts.referrals:
                new.append(physician_id)
            counts.referrals[physician_id] = counts.referrals.get(physician_id, 0) + 1
    if new:
        counts.by_word = {word: set(ids) for word, ids in held.by_word.items()}
        _learn_words(counts, new)
    return counts


def _learn_words(counts: ReferrerCounts, ids: list[int]) -> None:
    columns: list[Any] = [Physician.id, Physician.last_name, Physician.first_name, Physician.middle_name]
    columns += [Physician.former_last_name, Physician.former_first_name]
    for start in range(0, len(ids), 500):
        for physician_id, *names in db.session.execute(
            select(*columns).where(Physician.id.in_(ids[start : start + 500]))
        ):
            for name in names:
                for word in name_words(name) if name else ():
                    counts.by_word.setdefault(word, set()).add(physician_id)
