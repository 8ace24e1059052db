"""The room's parts of a physician's and a practice's own page: a brief, how we look after them, their time line."""

from datetime import timedelta

from flask import Flask, render_template
from markupsafe import Markup

from intake.attribution.referrers.places import (
    PHYSICIAN_ACTIONS,
    PHYSICIAN_BELOW,
    PHYSICIAN_PANELS,
    PRACTICE_ACTIONS,
    PRACTICE_BELOW,
    PRACTICE_PANELS,
)
from intake.directory.models import Physician, ReferringPractice
from intake.liaison.brief.timeline import timeline
from intake.liaison.page.access import staff_names
from intake.liaison.page.parties import Party, party_of_physician, party_of_practice
from intake.liaison.page.referrers import referrer_records
from intake.liaison.people import messages, queries
from intake.liaison.people.whom import contacts_of
from intake.liaison.promises import messages as promise_messages
from intake.liaison.promises import queries as promises

DAYS_SHOWN = 365
ENTRIES_SHOWN = 12


def init_app(app: Flask) -> None:
    """Fill the places of both pages."""
    for place, part in ((PHYSICIAN_ACTIONS, _actions), (PHYSICIAN_PANELS, _panel), (PHYSICIAN_BELOW, _below)):
        place.add(app, lambda subject, part=part: part(_party(subject)), order=20)  # type: ignore[misc]
    for place, part in ((PRACTICE_ACTIONS, _actions), (PRACTICE_PANELS, _panel), (PRACTICE_BELOW, _below)):  # type: ignore[assignment]
        place.add(app, lambda subject, part=part: part(_party(subject)), order=20)  # type: ignore[misc]


def _party(subject: Physician | ReferringPractice) -> Party:
    return party_of_physician(subject.id) if isinstance(subject, Physician) else party_of_practice(subject.id)


def _actions(party: Party) -> Markup:
    return Markup(render_template("liaison/brief/_actions.html", party=party))  # noqa: S704


def _panel(party: Party) -> Markup:
    """Owner, wishes, contacts, and what is open."""
    known = referrer_records()
    page = render_template(
        "liaison/brief/_panel.html",
        party=party,
        relationships=queries.relationships_of(party),
        preferences=queries.preferences_at(party),
        contacts=contacts_of(party),
        promises=promises.open_promises(to=party),
        issues=promises.open_issues(of=party),
        staff_names=staff_names(),
        people_words=messages,
        words=promise_messages,
        today=known.windows.today,
    )
    return Markup(page)  # noqa: S704


def _below(party: Party) -> Markup | None:
    """The latest of their time line."""
    known = referrer_records()
    since = known.windows.today - timedelta(days=DAYS_SHOWN)
    entries = timeline(party, since=since, known=known)
    if not entries:
        return None
    page = render_template(
        "liaison/brief/_below.html", party=party, entries=entries[:ENTRIES_SHOWN], more=len(entries) > ENTRIES_SHOWN
    )
    return Markup(page)  # noqa: S704
