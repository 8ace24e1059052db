"""One page before walking in: who they are, what they sent, what we owe them, what to ask."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from flask import url_for

from intake.accounts.current import current_locations
from intake.attribution.filters.lists import Lists, lists_as_of_now
from intake.attribution.referrers import charts
from intake.attribution.referrers.charted import history_of
from intake.attribution.referrers.history import Records
from intake.attribution.referrers.queries import ReferralOutcome, referral_outcome
from intake.attribution.referrers.status import History, ReferrerStatus
from intake.directory.npi.specialties import specialty_name
from intake.directory.physicians.queries import members_of
from intake.liaison.page.parties import Party
from intake.liaison.page.parts import BRIEF, BriefLine, BriefSection
from intake.liaison.page.referrers import DECLINING, referrer_records
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


@dataclass(frozen=True)
class Brief:
    """All of the page. `physician_ids`: whose referrals count."""

    party: Party
    specialty: str
    relationships: Sequence[Relationship]
    preferences: Sequence[OfficePreference]
    contacts: Sequence[OfficeContact]
    physician_ids: Sequence[int]
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
    lists, known = lists_as_of_now(), referrer_records()
    today = known.windows.today
    members = [] if party.is_physician else list(members_of(party.row_id))
    ids = referring_ids(party, lists)
    history = _history(ids, known)
    standings = [known.standings[each] for each in ids if each in known.standings]
    names = {each.id: f"{each.first_name} {each.last_name}" for each in members}
    contacts, wishes = contacts_of(party), people.preferences_at(party)
    lines = [line for part in BRIEF.all for line in part(party)]
    found = Brief(
        party=party,
        specialty=specialty_name(party.physician.taxonomy_code) if party.physician else "",
        relationships=[each for each in people.relationships_of(party) if each.ended_at is None],
        preferences=wishes,
        contacts=contacts,
        physician_ids=ids,
        standing=standings[0] if party.is_physician and standings else None,
        standings=[(names.get(each.physician_id, ""), each) for each in standings] if members else [],
        months=charts.months(history, today, began=known.windows.records_began, shown=MONTHS) if history else [],
        outcome=referral_outcome(_recorded(ids, lists), until=today, location_ids=current_locations()),
        touchpoints=touchpoints.with_party(party, most=LAST_TOUCHPOINTS),
        owed=_owed(party, lines, today),
        gifts=[line for line in lines if line.section == BriefSection.GIFTS],
        questions=(),
        unknown=(),
        known=known,
    )
    asked = [line.text for line in lines if line.section == BriefSection.QUESTIONS]
    questions = [*_pressing_questions(found), *asked, *_questions(found)][:QUESTIONS]
    missing = [*_unknown(found), *(line.text for line in lines if line.section == BriefSection.UNKNOWN)]
    return Brief(**{**found.__dict__, "questions": questions, "unknown": missing})


def referring_ids(party: Party, lists: Lists) -> list[int]:
    """Whose referrals count for a party: the physician's, or those of everybody in the practice."""
    if party.is_physician:
        return [party.row_id]
    return sorted({lists.physician_counts_as.get(each.id, each.id) for each in members_of(party.row_id)})


def _owed(party: Party, lines: Sequence[BriefLine], today: date) -> list[BriefLine]:
    """Promises, issues and what other folders know to be owed, oldest first."""
    owed = [line for line in lines if line.section == BriefSection.OWED]
    for promise in promises.open_promises(to=party):
        told = f"Promised: {promise.text} ({due_words(promise.due_on, today)})"
        owed.append(BriefLine(BriefSection.OWED, told, promise.made_at.date()))
    for issue in promises.open_issues(of=party):
        told = f"{issue_title(issue.kind)}, {days_open(issue.opened_on, today)}: {issue.text}"
        owed.append(BriefLine(BriefSection.OWED, told, issue.opened_on, url_for("issues.issue", issue_id=issue.id)))
    return sorted(owed, key=lambda line: line.since or date.max)


def _pressing_questions(found: Brief) -> list[str]:
    """What has changed or gone wrong comes first."""
    asked = []
    if any(each.status in DECLINING for _, each in found.standings) or (
        found.standing and found.standing.status in DECLINING
    ):
        asked.append("Has something changed for you, or has something here not worked? (Ask before telling.)")
    year = found.known.windows.today - timedelta(days=RECENT_DAYS)
    for issue in promises.issues_since(year, of=found.party):
        title = issue_title(issue.kind).lower()
        asked.append(f"Is it better with {title} now?" if issue.told_on else f"What would help most with {title}?")
        break
    return asked


def _questions(found: Brief) -> list[str]:
    """From what nobody has written down yet."""
    wishes = found.preferences
    gaps = (
        (not found.contacts, "Who handles referrals here, and how do we best reach them?"),
        (not any(each.hours for each in wishes), "When are you in, and when do we disturb least?"),
        (not any(each.results_by for each in wishes), "How should results come back to you?"),
        (not any(each.referrals_by for each in wishes), "How do you send patients to us, and what makes it hard?"),
        (True, "What would make it easier for a patient of yours to be seen here?"),
        (True, "Is there something that you expected to hear from us and didn't?"),
        (True, "Which patients are you unsure whether to send?"),
    )
    return [question for missing, question in gaps if missing]


def _unknown(found: Brief) -> list[str]:
    wishes = found.preferences
    gaps = (
        (True, "Whom they send elsewhere: nobody here knows."),
        (not found.contacts, "Who handles referrals in their office."),
        (not any(each.hours for each in wishes), "When they are in."),
        (not any(each.results_by for each in wishes), "How they want results."),
        (not found.touchpoints, "What was talked about before: nothing is written down."),
    )
    return [told for missing, told in gaps if missing]


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


def _recorded(ids: Collection[int], lists: Lists) -> list[int]:
    """Every record that is read as one of these."""
    wanted = set(ids)
    return sorted(wanted | {each for each, into in lists.physician_counts_as.items() if into in wanted})
