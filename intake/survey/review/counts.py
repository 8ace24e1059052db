"""Counts of what waits for review, for the tabs of its pages and the badge in the navigation."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, g, request, session
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.current import current_locations, current_staff
from intake.directory.merging.merge import Kind
from intake.directory.patients import queries
from intake.survey.review import duplicates
from intake.survey.review.charts.chart_conflicts import count_conflicts
from intake.survey.review.page import load_queue
from intake.survey.review.queue import some_waiting
from intake.survey.review.referrers import count_unmatched_people
from intake.web.ttl_cache import remembered, worked_out_aside
from intake.web.ui.navigation import count_in_navigation

Counted = TypeVar("Counted")
AT_MOST = 100
# Counting beside the pages slows them; whoever decides sees their own decisions counted at once.
SHOWN_SECONDS = 60
# The pages on which somebody decides and what of that they count; their session says when they did so last.
PAGES = {
    "review": "write_ins",
    "review_rules": "write_ins",
    "review_people": "people",
    "review_conflicts": "conflicts",
    "duplicates": "duplicates",
}
DECIDED_AT = "review_decided"


def init_app(app: Flask) -> None:
    count_in_navigation(app, "review.queue", _in_navigation)

    @app.after_request
    def note_decision(response: Response) -> Response:
        decided = PAGES.get(request.blueprint or "")
        if decided and request.method == "POST" and response.status_code == 303:
            session[DECIDED_AT] = session.get(DECIDED_AT, {}) | {decided: time.time()}
        return response


@dataclass(frozen=True)
class ReviewCounts:
    """What waits on each of the review pages, counted up to AT_MOST."""

    write_ins: int
    people: int
    conflicts: int
    duplicates: int = 0


def counts(*, within: Collection[int], **known: int | None) -> ReviewCounts:
    """What waits as of the last moments, after all that the person at hand has decided.

    `known`: what the page has counted itself just now, if it has; the badge says the same.
    """
    g.setdefault("review_known", {}).update({name: count for name, count in known.items() if count is not None})
    scope = frozenset(within)
    return ReviewCounts(
        **{name: _waiting(name, scope) for name in WAITING},
        duplicates=duplicates_lately(scope) if manages_review() else 0,
    )


def _in_navigation() -> str:
    """Everything that waits, in one number."""
    within = current_locations()
    return badge(sum(min(_waiting(name, within), AT_MOST) for name in WAITING) + duplicates_lately(within))


def _waiting(name: str, within: frozenset[int]) -> int:
    known: dict[str, int] = g.get("review_known", {})
    return known[name] if name in known else _lately(name, WAITING[name], within)


def _lately(name: str, count: Callable[..., int | None], within: frozenset[int]) -> int:
    return _since_decided(name, count, within) or 0


def _since_decided(name: str, count: Callable[..., Counted | None], within: frozenset[int]) -> Counted | None:
    return count(within, since=session.get(DECIDED_AT, {}).get(name, 0.0))


# The badge stands on every page, so no page waits for these.
@worked_out_aside(seconds=SHOWN_SECONDS)
def _write_ins(within: frozenset[int]) -> int:
    """Rows of the queue; from AT_MOST different texts on, AT_MOST."""
    texts = some_waiting(within=within, at_most=AT_MOST)
    if not texts or len(texts) >= AT_MOST:
        return len(texts)
    return _rows_of(within, tuple(texts))


@worked_out_aside(seconds=SHOWN_SECONDS)
def _people(within: frozenset[int]) -> int:
    return count_unmatched_people(within=within, at_most=AT_MOST)


@worked_out_aside(seconds=SHOWN_SECONDS)
def _conflicts(within: frozenset[int]) -> int:
    return count_conflicts(within=within, at_most=AT_MOST)


WAITING = {"write_ins": _write_ins, "people": _people, "conflicts": _conflicts}


@remembered(seconds=600)
def _rows_of(within: frozenset[int], texts: tuple[str, ...]) -> int:
    """The rows that these texts make: reading them again takes longer than finding that they are the same."""
    return len(load_queue(within=within).rows)


def duplicates_lately(within: frozenset[int]) -> int:
    """Pairs of any kind that may be one, up to AT_MOST; those found within the last quarter of an hour."""
    return min(sum(duplicates_by_kind(within).values()), AT_MOST)


def duplicates_by_kind(within: frozenset[int]) -> dict[Kind, int]:
    """Pairs of each kind, as `duplicates_lately`; a kind that is still being compared is absent."""
    found: dict[Kind, int] = {}
    for each in (_patient_pairs, _other_pairs):
        found |= _since_decided("duplicates", each, within) or {}
    return found


@worked_out_aside(seconds=SHOWN_SECONDS)
def _patient_pairs(within: frozenset[int]) -> dict[Kind, int]:
    return _pairs((Kind.PATIENTS,), within)


@worked_out_aside(seconds=900)
def _other_pairs(within: frozenset[int]) -> dict[Kind, int]:
    return _pairs([kind for kind in Kind if kind != Kind.PATIENTS], within)


def _pairs(kinds: Collection[Kind], within: frozenset[int]) -> dict[Kind, int]:
    practice = queries.practice()
    asked: dict[str, Any] = {
        "location_ids": within,
        "today": clock.clinic_today(practice.time_zone),
        "language": practice.languages[0],
    }
    return {kind: len(duplicates.alike(kind, **asked) or ()) for kind in kinds}


def badge(waiting: int) -> str:
    """'12', or '99+'; empty for nothing."""
    return f"{AT_MOST - 1}+" if waiting >= AT_MOST else str(waiting or "")


def manages_review() -> bool:
    """Whether the signed-in person may also decide about write-ins, for the whole practice."""
    return bool({"manager", "administrator"} & {role.name for role in current_staff().roles})
