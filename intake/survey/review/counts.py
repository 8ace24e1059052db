"""Counts of what waits for review, for the tabs of its pages and the badge in the navigation."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask import Flask, g

from intake import clock
from intake.accounts.current import current_locations, current_staff
from intake.directory.merging.merge import Kind
from intake.directory.patients import queries
from intake.survey.review import duplicates
from intake.survey.review.charts.chart_conflicts import count_conflicts
from intake.survey.review.page import load_queue
from intake.survey.review.queue import some_waiting
from intake.survey.review.referrers import count_unmatched_people
from intake.ttl_cache import remembered, worked_out_aside
from intake.web.ui.navigation import count_in_navigation

AT_MOST = 100


def init_app(app: Flask) -> None:
    count_in_navigation(app, "review.queue", _in_navigation)


@dataclass(frozen=True)
class ReviewCounts:
    """What waits on each of the review pages, counted up to AT_MOST; duplicates as of the last quarter of an hour."""

    write_ins: int
    people: int
    conflicts: int
    duplicates: int = 0


def counts(
    *, within: Collection[int], write_ins: int | None = None, people: bool = False, conflicts: bool = False
) -> ReviewCounts:
    """Each counted up to AT_MOST: what the page at hand is about now, the others as of the last few seconds.

    `write_ins` are known to the page that lists them; `people` and `conflicts` ask for theirs to be counted now.
    """
    scope = frozenset(within)
    return ReviewCounts(
        _words_lately(scope) or 0 if write_ins is None else write_ins,
        count_unmatched_people(within=within, at_most=AT_MOST) if people else _people_lately(scope) or 0,
        count_conflicts(within=within, at_most=AT_MOST) if conflicts else _conflicts_lately(scope) or 0,
        duplicates_lately(scope) if manages_review() else 0,
    )


def _in_navigation() -> str:
    """Everything that waits, in one number."""
    within = current_locations()
    # The page that decides about words has counted them just now.
    words = min(g.review_rows, AT_MOST) if "review_rows" in g else _words_lately(within) or 0
    return badge(words + (_people_lately(within) or 0) + (_conflicts_lately(within) or 0) + duplicates_lately(within))


# The badge stands on every page, so no page waits for these.
@worked_out_aside(seconds=15)
def _words_lately(within: frozenset[int]) -> int:
    """Rows of the queue; from AT_MOST different texts on, AT_MOST."""
    texts = some_waiting(within=within, at_most=AT_MOST)
    if not texts or len(texts) >= AT_MOST:
        return len(texts)
    return _rows_of(within, tuple(texts))


@worked_out_aside(seconds=15)
def _people_lately(within: frozenset[int]) -> int:
    return count_unmatched_people(within=within, at_most=AT_MOST)


@worked_out_aside(seconds=15)
def _conflicts_lately(within: frozenset[int]) -> int:
    return count_conflicts(within=within, at_most=AT_MOST)


@remembered(seconds=600)
def _rows_of(within: frozenset[int], texts: tuple[str, ...]) -> int:
    """The rows that these texts make: reading them again takes longer than finding that they are the same."""
    return len(load_queue(within=within).rows)


def duplicates_lately(within: frozenset[int]) -> int:
    """Pairs of any kind that may be one, up to AT_MOST, as of the last quarter of an hour."""
    found = duplicates.alike(Kind.PATIENTS, **_asked(within)) or []
    return min(len(found) + _other_duplicates_lately(within), AT_MOST)


@remembered(seconds=900)
def _other_duplicates_lately(within: frozenset[int]) -> int:
    kinds = (kind for kind in Kind if kind != Kind.PATIENTS)
    return sum(len(duplicates.alike(kind, **_asked(within)) or ()) for kind in kinds)


def _asked(within: frozenset[int]) -> dict[str, Any]:
    practice = queries.practice()
    today = clock.clinic_today(practice.time_zone)
    return {"location_ids": within, "today": today, "language": practice.languages[0]}


def badge(waiting: int) -> str:
    """'12', or '99+'; empty for nothing."""
    return f"{AT_MOST - 1}+" if waiting >= AT_MOST else str(waiting or "")


def manages_review() -> bool:
    """Whether the signed-in person may also decide about write-ins, for the whole practice."""
    return bool({"manager", "administrator"} & {role.name for role in current_staff().roles})
