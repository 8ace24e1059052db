"""One page before walking in: who they are, what they sent, what we owe them, what to ask."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from flask import url_for

from intake import clock
from intake.accounts.current import current_locations
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.referrers import charts
from intake.attribution.referrers.charted import history_of
from intake.attribution.referrers.history import Records
from intake.attribution.referrers.queries import ReferralOutcome, referral_outcome
from intake.attribution.referrers.status import History, ReferrerStatus
from intake.directory.npi.specialties import specialty_name
from intake.directory.physicians.queries import members_of
from intake.liaison.page.parties import Party
from intake.liaison.page.parts import BRIEF, BriefLine, BriefSection
from intake.liaison.page.referrers import DECLINING, referrer_records, referring_ids, referring_records
from intake.liaison.people import queries as people
from intake.liaison.people.models import OfficeContact, OfficePreference, Relationship
from intake.liaison.people.whom import contacts_of
from intake.liaison.promises import queries as promises
from intake.liaison.promises.messages import days_open, due_words, issue_title
from intake.liaison.touchpoints import queries as touchpoints
from intake.liaison.touchpoints.models import Touchpoint

MONTHS = 12
LAST_TOUCHPOINTS = 3
QUESTIONS = 3
RECENT_DAYS = 365
ALWAYS_ASKED = (
    "What would make it easier for a patient of yours to be seen here?",
    "Is there something that you expected to hear from us and didn't?",
    "Which patients are you unsure whether to send?",
)


@dataclass(frozen=True)
class Brief:
    """All of the page. `standings`: of each physician whose referrals count, with a name where there are several."""

    specialty: str
    relationships: Sequence[Relationship]
    preferences: Sequence[OfficePreference]
    contacts: Sequence[OfficeContact]
    standing: ReferrerStatus | None
    standings: Sequence[tuple[str, ReferrerStatus]]
    months: Sequence[charts.ReferrerMonth]
    outcome: ReferralOutcome
    touchpoints: Sequence[Touchpoint]
    owed: Sequence[BriefLine]
    gifts: Sequence[BriefLine]
    questions: Sequence[str]
    unknown: Sequence[str]
    known: Records = field(repr=False)

    @property
    def sent_in_year(self) -> int:
        return sum(month.visits or 0 for month in self.months)


def brief(party: Party) -> Brief:
    """What is known of a physician, or of all physicians of a practice together, at the reader's locations."""
    known = referrer_records()
    today, ids = known.windows.today, referring_ids(party)
    history = _history(ids, known)
    standings = [known.standings[each] for each in ids if each in known.standings]
    names = (
        {} if party.is_physician else {one.id: f"{one.first_name} {one.last_name}" for one in members_of(party.row_id)}
    )
    contacts, wishes = contacts_of(party), people.preferences_at(party)
    met = touchpoints.with_party(party, most=LAST_TOUCHPOINTS)
    lines = [line for part in BRIEF.all for line in part(party)]
    told = {section: [line.text for line in lines if line.section == section] for section in BriefSection}
    asks, gaps = _gaps(contacts, wishes)
    met_before = [] if met else ["What was talked about before: nothing is written down."]
    questions = [*_pressing(party, standings, today), *told[BriefSection.QUESTIONS], *asks, *ALWAYS_ASKED]
    return Brief(
        specialty=specialty_name(party.physician.taxonomy_code) if party.physician else "",
        relationships=[each for each in people.relationships_of(party) if each.ended_at is None],
        preferences=wishes,
        contacts=contacts,
        standing=standings[0] if party.is_physician and standings else None,
        standings=[(names.get(each.physician_id, ""), each) for each in standings] if names else [],
        months=charts.months(history, today, began=known.windows.records_began, shown=MONTHS) if history else [],
        outcome=referral_outcome(referring_records(party), until=today, location_ids=current_locations()),
        touchpoints=met,
        owed=_owed(party, lines, today),
        gifts=[line for line in lines if line.section == BriefSection.GIFTS],
        questions=questions[:QUESTIONS],
        unknown=["Whom they send elsewhere: nobody here knows.", *gaps, *met_before, *told[BriefSection.UNKNOWN]],
        known=known,
    )


def _owed(party: Party, lines: Sequence[BriefLine], today: date) -> list[BriefLine]:
    """Promises, issues and what other folders know to be owed, oldest first."""
    owed = [line for line in lines if line.section == BriefSection.OWED]
    for promise in promises.open_promises(to=party):
        told = f"Promised: {promise.text} ({due_words(promise.due_on, today)})"
        owed.append(BriefLine(BriefSection.OWED, told, clock.clinic_day(promise.made_at, practice_time_zone())))
    for issue in promises.open_issues(of=party):
        told = f"{issue_title(issue.kind)}, {days_open(issue.opened_on, today)}: {issue.text}"
        owed.append(BriefLine(BriefSection.OWED, told, issue.opened_on, url_for("issues.issue", issue_id=issue.id)))
    return sorted(owed, key=lambda line: line.since or date.max)


def _pressing(party: Party, standings: Sequence[ReferrerStatus], today: date) -> list[str]:
    """What has changed or gone wrong comes first."""
    asked = []
    if any(each.status in DECLINING for each in standings):
        asked.append("Has something changed for you, or has something here not worked? (Ask before telling.)")
    for issue in promises.issues_since(today - timedelta(days=RECENT_DAYS), of=party)[:1]:
        title = issue_title(issue.kind).lower()
        asked.append(f"Is it better with {title} now?" if issue.told_on else f"What would help most with {title}?")
    return asked


def _gaps(contacts: Sequence[OfficeContact], wishes: Sequence[OfficePreference]) -> tuple[list[str], list[str]]:
    """What to ask since nobody has written it down yet, and what isn't known."""
    missing = [
        (ask, told)
        for known, ask, told in (
            (contacts, "Who handles referrals here, and how do we best reach them?", "Who handles referrals there."),
            (_said("hours", wishes), "When are you in, and when do we disturb least?", "When they are in."),
            (_said("results_by", wishes), "How should results come back to you?", "How they want results."),
            (_said("referrals_by", wishes), "How do you send patients to us, and what makes it hard?", ""),
        )
        if not known
    ]
    return [ask for ask, _ in missing], [told for _, told in missing if told]


def _said(what: str, wishes: Sequence[OfficePreference]) -> bool:
    return any(getattr(each, what) for each in wishes)


def _history(ids: Collection[int], known: Records) -> History | None:
    """One physician's history, or several together."""
    several = [known.histories[each] for each in ids if each in known.histories]
    if len(several) <= 1:
        return several[0] if several else None
    by_day: dict[int, int] = {}
    for history in several:
        for place, day in enumerate(history.days):
            by_day[day] = by_day.get(day, 0) + history.count_at(place)
    return history_of(by_day)
