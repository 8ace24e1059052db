"""Writing touchpoints down, correcting them, taking them back. All flush; the caller commits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.attribution.filters.lists import lists_as_of_now
from intake.db import db
from intake.directory.merge_mapping import with_merged
from intake.id_filters import among
from intake.liaison.page.parties import Party, party_of
from intake.liaison.page.parts import GIFT_LIMITS, Received
from intake.liaison.page.referrers import today
from intake.liaison.people.models import Relationship
from intake.liaison.people.whom import PersonToMeet
from intake.liaison.promises.models import IssueKind
from intake.liaison.promises.records import make_promise, open_issue
from intake.liaison.touchpoints.kinds import REACHED, Shared, TouchpointKind
from intake.liaison.touchpoints.models import Participant, Touchpoint, TouchpointBefore
from intake.web.wall.location_wall import whole_practice

# Stands in place of a reason with what was over the limit when it came, given already; no manager's words.
NOBODY_SAID_WHY = "nobody has said why"
# Of a next step without a day; the form says so.
DUE_AFTER = timedelta(weeks=1)
FACTS = ("kind", "words", "purpose", "need", "materials", "cost_cents", "shared", "over_limit_reason")


class OverGiftLimit(ValueError):
    """It would give somebody more than the ledger's limit, and no manager has said why; says it in a sentence."""


@dataclass(frozen=True)
class NewTouchpoint:
    """What a form says. `received` are keys of those in `who` who ate, or got it."""

    kind: TouchpointKind
    words: str
    day: date
    who: Sequence[PersonToMeet]
    purpose: str = ""
    need: str = ""
    materials: str = ""
    cost_cents: int | None = None
    shared: Shared = Shared.SPLIT
    received: frozenset[str] = frozenset()
    over_limit_reason: str = ""
    promise_text: str = ""
    promise_for_us: bool = False
    promise_due: date | None = None
    promise_owner_id: int | None = None
    issue_kind: IssueKind | None = None
    issue_text: str = ""


def record_touchpoint(
    new: NewTouchpoint,
    *,
    submission_id: str,
    author_id: int | None,
    location_ids: Collection[int],
    may_override: bool = False,
    refresh: bool = True,
) -> Touchpoint:
    """Keep a touchpoint with its promise and issue, once: a repeated submission returns what it made the first time.

    It belongs to the location of `location_ids` that looks after one of those it was with, the author's own
    relationship first, else to the first of them. Raises OverGiftLimit. Without `refresh` the caller refreshes
    the last contacts of all that it records at once.
    """
    if found := find_submission(submission_id):
        return found
    location_id = _location_of(new.who, author_id, location_ids)
    made = Touchpoint(submission_id=submission_id, location_id=location_id, author_id=author_id, written_at=clock.now())
    _fill(made, new, author_id=author_id, may_override=may_override)
    db.session.add(made)
    db.session.flush()
    about: dict[str, Any] = {"location_id": location_id, "by_id": author_id, "touchpoint_id": made.id}
    party = party_met(new.who)
    if new.promise_text:
        owner = new.promise_owner_id or author_id
        due_on = new.promise_due or today() + DUE_AFTER
        for_us = new.promise_for_us
        make_promise(party, text=new.promise_text, for_us=for_us, due_on=due_on, owner_id=owner, **about)
    if new.issue_kind:
        text = new.issue_text or new.words
        open_issue(party, kind=new.issue_kind, text=text, opened_on=new.day, owner_id=author_id, **about)
    audit_trail.record("touchpoint.recorded", **_subject(made))
    if refresh:
        refresh_last_contact(made)
    return made


def record_late(new: NewTouchpoint, *, submission_id: str, author_id: int, location_ids: Collection[int]) -> Touchpoint:
    """Keep one that waited for a connection. What was given has been given, so nobody is refused: what is over the
    limit of gifts is marked, as from a file, for a manager to say why, and its author is told.
    """
    made = record_touchpoint(
        replace(new, over_limit_reason=NOBODY_SAID_WHY),
        submission_id=submission_id,
        author_id=author_id,
        location_ids=location_ids,
        may_override=True,
    )
    if made.over_limit_reason == NOBODY_SAID_WHY:
        remind_author(made, "What this cost is over the limit of gifts: a manager must say why, under Gifts.")
    return made


def remind_author(touchpoint: Touchpoint, text: str) -> None:
    """Put something about a touchpoint on its author's day: ours to do, and nothing that the office was promised."""
    party = party_met(touchpoint.participants)
    make_promise(
        party,
        text=text[:300],
        for_us=True,
        due_on=today(),
        owner_id=touchpoint.author_id,
        by_id=touchpoint.author_id,
        location_id=touchpoint.location_id,
        touchpoint_id=touchpoint.id,
    )


def correct_touchpoint(touchpoint: Touchpoint, new: NewTouchpoint, *, by_id: int, may_override: bool = False) -> None:
    """Let it say something else; what it said is kept. Raises OverGiftLimit."""
    before = facts_of(touchpoint)
    was_with = _parties(touchpoint)
    _fill(touchpoint, new, author_id=by_id, may_override=may_override)
    db.session.flush()
    if facts_of(touchpoint) == before:
        return
    _keep(touchpoint, before, by_id)
    audit_trail.record("touchpoint.corrected", **_subject(touchpoint))
    refresh_last_contact(touchpoint, also=was_with)


def withdraw_touchpoint(touchpoint: Touchpoint, *, by_id: int, refresh: bool = True) -> None:
    """Take it back: it counts and shows nowhere but in its own history. `refresh` as in `record_touchpoint`."""
    if touchpoint.withdrawn_at is None:
        _keep(touchpoint, facts_of(touchpoint), by_id)
        touchpoint.withdrawn_at = clock.now()
        audit_trail.record("touchpoint.withdrawn", **_subject(touchpoint))
        if refresh:
            refresh_last_contact(touchpoint)


def restore_touchpoint(touchpoint: Touchpoint) -> None:
    """Let it count again. Raises OverGiftLimit where what was given since leaves no room for its gift."""
    if touchpoint.withdrawn_at is not None:
        _keep_to_limit(touchpoint, touchpoint.over_limit_reason, by_id=touchpoint.over_limit_by_id)
        touchpoint.withdrawn_at = None
        audit_trail.record("touchpoint.restored", **_subject(touchpoint))
        refresh_last_contact(touchpoint)


@whole_practice()
def find_submission(submission_id: str) -> Touchpoint | None:
    return db.session.scalars(select(Touchpoint).where(Touchpoint.submission_id == submission_id)).one_or_none()


def facts_of(touchpoint: Touchpoint) -> dict[str, Any]:
    """All that a correction may change, as its history keeps it."""
    met = [
        [each.physician_id, each.contact_id, each.practice_id, each.received_cents] for each in touchpoint.participants
    ]
    facts = {name: getattr(touchpoint, name) for name in (*FACTS, "office_gift_for")}
    return {**facts, "day": touchpoint.day.isoformat(), "met": sorted(met, key=repr)}


def party_met(who: Sequence[PersonToMeet | Participant]) -> Party:
    """Whom it was with, and whom a promise is made to: the first physician, else the practice."""
    return party_of(next((each for each in who if each.physician_id), who[0]))


def decide_office_gift(touchpoint: Touchpoint, physician_ids: Collection[int], *, by_id: int, reason: str = "") -> None:
    """Say for which physicians counts what others in their office received; nobody: it was for these themselves.

    Raises OverGiftLimit unless a reason is given.
    """
    before = facts_of(touchpoint)
    touchpoint.office_gift_for = sorted(physician_ids)
    _keep_to_limit(touchpoint, reason, by_id=by_id)
    _keep(touchpoint, before, by_id)
    audit_trail.record("touchpoint.office_gift_decided", **_subject(touchpoint), physicians=sorted(physician_ids))


def _fill(touchpoint: Touchpoint, new: NewTouchpoint, *, author_id: int | None, may_override: bool) -> None:
    takers = [each.key for each in new.who if each.key in new.received] if new.cost_cents else []
    shares = _shares(new.cost_cents or 0, takers, new.shared)
    for name in FACTS[:-2]:
        setattr(touchpoint, name, getattr(new, name))
    touchpoint.shared = new.shared if new.cost_cents else None
    touchpoint.day = new.day
    office_cents = touchpoint.office_cents
    touchpoint.participants = [
        Participant(
            day=new.day,
            physician_id=each.physician_id,
            contact_id=each.contact_id,
            practice_id=each.practice_id,
            received_cents=shares.get(each.key),
        )
        for each in new.who
    ]
    if touchpoint.office_cents != office_cents:
        touchpoint.office_gift_for = None
    _keep_to_limit(touchpoint, new.over_limit_reason if may_override else "", by_id=author_id)


def _keep_to_limit(touchpoint: Touchpoint, reason: str, *, by_id: int | None) -> None:
    """Raise OverGiftLimit where it counts too much for anybody and no reason is given; the reason is kept."""
    gifts = [Received(one, touchpoint.day, cents) for one, cents in touchpoint.counted.items()]
    with db.session.no_autoflush:
        refusal = next((told for limit in GIFT_LIMITS.all if gifts and (told := limit(gifts, touchpoint.id))), "")
    if refusal and not reason:
        raise OverGiftLimit(refusal)
    touchpoint.over_limit_reason = reason if refusal else ""
    touchpoint.over_limit_by_id = by_id if refusal and reason != NOBODY_SAID_WHY else None


def _shares(cents: int, takers: Sequence[str], shared: Shared) -> dict[str, int]:
    """Key → what counts for each; an odd cent counts for all, so that nobody's year is told too low."""
    if not takers:
        return {}
    each = cents if shared == Shared.WHOLE else -(-cents // len(takers))
    return dict.fromkeys(takers, each)


def _keep(touchpoint: Touchpoint, facts: dict[str, Any], by_id: int) -> None:
    db.session.add(TouchpointBefore(touchpoint_id=touchpoint.id, until=clock.now(), by_id=by_id, facts=facts))
    db.session.flush()


def _location_of(who: Sequence[PersonToMeet], author_id: int | None, location_ids: Collection[int]) -> int:
    physicians = sorted({each.physician_id for each in who if each.physician_id})
    practices = sorted({each.practice_id for each in who if each.practice_id})
    query = (
        select(Relationship.location_id)
        .where(
            among(Relationship.physician_id, physicians) | among(Relationship.practice_id, practices),
            among(Relationship.location_id, sorted(location_ids)),
            Relationship.ended_at.is_(None),
        )
        .order_by((Relationship.owner_id == author_id).desc(), Relationship.physician_id.is_(None), Relationship.id)
    )
    return db.session.scalars(query).first() or min(location_ids)


def _parties(touchpoint: Touchpoint) -> tuple[set[int], set[int]]:
    people = touchpoint.participants
    return (
        {each.physician_id for each in people if each.physician_id},
        {each.practice_id for each in people if each.practice_id},
    )


def refresh_last_contact(*touchpoints: Touchpoint, also: tuple[set[int], set[int]] = (set(), set())) -> None:
    """Work out when those whom these were with were last met; `also`: with whom they were before. Flushes."""
    db.session.flush()
    met: dict[int, tuple[set[int], set[int]]] = {}
    for each in touchpoints:
        found = met.setdefault(each.location_id, (set(also[0]), set(also[1])))
        for all_of_them, ids in zip(found, _parties(each), strict=True):
            all_of_them.update(ids)
    for location_id, (physicians, practices) in met.items():
        refresh_last_contacts(physicians, practices, location_id=location_id)


def refresh_last_contacts(physicians: Collection[int], practices: Collection[int], *, location_id: int) -> None:
    """Work `last_contact_on` out for this location's relationships with them, whichever of merged records they name."""
    lists = lists_as_of_now()
    people = with_merged(physicians, lists.physician_counts_as)
    groups = with_merged(practices, lists.practice_counts_as)
    query = select(Relationship).where(
        Relationship.location_id == location_id,
        among(Relationship.physician_id, sorted(people)) | among(Relationship.practice_id, sorted(groups)),
    )
    for each in db.session.scalars(query):
        of_practice = each.physician_id is None
        column = Participant.practice_id if of_practice else Participant.physician_id
        counts_as = lists.practice_counts_as if of_practice else lists.physician_counts_as
        last = (
            select(func.max(Participant.day))
            .join(Touchpoint, Touchpoint.id == Participant.touchpoint_id)
            .where(
                among(column, sorted(with_merged({each.physician_id or each.practice_id or 0}, counts_as))),
                Touchpoint.location_id == location_id,
                Touchpoint.withdrawn_at.is_(None),
                Touchpoint.kind.in_(sorted(REACHED)),
            )
        )
        each.last_contact_on = db.session.scalar(last)
    db.session.flush()


def _subject(touchpoint: Touchpoint) -> dict[str, Any]:
    return {"subject_kind": "touchpoint", "subject_id": touchpoint.id, "location_id": touchpoint.location_id}
