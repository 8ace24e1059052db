"""What the effect is worked out from: histories, first contacts and draws at these locations."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from intake.attribution.filters.lists import Lists
from intake.attribution.referrers.charted import history_of
from intake.attribution.referrers.history import Records
from intake.attribution.referrers.status import History
from intake.db import db
from intake.directory.models import Location, Physician
from intake.id_filters import among
from intake.liaison.day.models import RoundDraw
from intake.liaison.effect.estimation.drawn_order import Draw, Due
from intake.liaison.effect.estimation.referrers import WatchedReferrer
from intake.liaison.people.models import Relationship
from intake.liaison.touchpoints.kinds import REACHED, TouchpointKind
from intake.liaison.touchpoints.models import Participant, Touchpoint

# Gifts and meals stand in their ledger alone and are never weighed against referrals; thanks and complaints follow a
# referral, so more referrals before them prove nothing.
LOOKED_AT = frozenset(
    {
        TouchpointKind.VISIT,
        TouchpointKind.PHONE,
        TouchpointKind.EMAIL,
        TouchpointKind.LETTER,
        TouchpointKind.DOCTOR_TO_DOCTOR,
        TouchpointKind.EVENT,
        TouchpointKind.MATERIAL,
    }
)
DRAWS_LOOKED_BACK = timedelta(days=730)
NOBODY = History((), ())


@dataclass(frozen=True)
class FirstContact:
    """A day, and its kind; "" where it is none that is looked at."""

    day: date
    kind: str


def referrers(known: Records, *, location_ids: Collection[int], lists: Lists) -> list[WatchedReferrer]:
    """Everybody who ever sent anybody to these locations, with the first contact and what makes others alike."""
    contacts = first_contacts(location_ids=location_ids, lists=lists)
    alike = _likeness(known.histories, location_ids)
    found = []
    for one, history in known.histories.items():
        specialty, distance, practice_id = alike.get(one, ("", "", None))
        firsts = [contacts[key] for key in (("physician", one), ("practice", practice_id)) if key in contacts]
        first = min(firsts, key=lambda each: each.day, default=None)
        on = first.day.toordinal() if first else None
        found.append(WatchedReferrer(one, history, on, first.kind if first else "", specialty, distance))
    return found


def first_contacts(*, location_ids: Collection[int], lists: Lists) -> dict[tuple[str, Any], FirstContact]:
    """("physician", id) and ("practice", id), as they are read now, → the first day on which they were reached. A
    practice has one where somebody of it who is no physician was.
    """
    physicians = _first_contacts(Participant.physician_id, Participant.physician_id.is_not(None), location_ids)
    practices = _first_contacts(Participant.practice_id, Participant.physician_id.is_(None), location_ids)
    found: dict[tuple[str, Any], FirstContact] = {}
    for name, rows, merged in (
        ("physician", physicians, lists.physician_counts_as),
        ("practice", practices, lists.practice_counts_as),
    ):
        for row_id, first in rows:
            key = (name, merged.get(row_id, row_id))
            if key not in found or first.day < found[key].day:
                found[key] = first
    return found


def _first_contacts(column: Any, of: Any, location_ids: Collection[int]) -> list[tuple[int, FirstContact]]:
    reached = (
        of,
        Touchpoint.withdrawn_at.is_(None),
        Touchpoint.kind.in_(sorted(REACHED)),
        among(Touchpoint.location_id, sorted(location_ids)),
    )
    joined = Touchpoint.id == Participant.touchpoint_id
    first = (
        select(column.label("party"), func.min(Participant.day).label("day"))
        .join(Touchpoint, joined)
        .where(*reached)
        .group_by(column)
        .subquery()
    )
    kinds: Any = select(column, Participant.day, Touchpoint.kind)
    query = (
        kinds.join(Touchpoint, joined)
        .join(first, (first.c.party == column) & (first.c.day == Participant.day))
        .where(*reached)
        .order_by(Touchpoint.id)
    )
    found: dict[int, FirstContact] = {}
    for party, day, kind in db.session.execute(query):
        # A gift on the same day makes it none that is looked at.
        if party not in found or kind not in LOOKED_AT:
            found[party] = FirstContact(day, kind if kind in LOOKED_AT else "")
    return list(found.items())


def _likeness(
    physicians: Mapping[int, History], location_ids: Collection[int]
) -> dict[int, tuple[str, str, int | None]]:
    """Physician → specialty, how far they are from us (same town, same first three ZIP digits, further), practice."""
    towns = {
        city.casefold()
        for city in db.session.scalars(select(Location.city).where(among(Location.id, sorted(location_ids))))
        if city
    }
    query = select(
        Physician.id,
        Physician.taxonomy_code,
        Physician.city,
        Physician.postal_code,
        Physician.referring_practice_id,
    ).where(among(Physician.id, sorted(physicians)))
    rows = list(db.session.execute(query))
    near = {row[3][:3] for row in rows if row[2].casefold() in towns and row[3]}

    def distance(city: str, postal_code: str) -> str:
        if city.casefold() in towns:
            return "town"
        return "near" if postal_code[:3] in near else "further"

    return {row[0]: (row[1], distance(row[2], row[3]), row[4]) for row in rows}


def draws(*, location_ids: Collection[int], today: date) -> list[Draw]:
    """The draws of two years all of whose targets belong to these locations."""
    query = select(RoundDraw).where(RoundDraw.first_day > today - DRAWS_LOOKED_BACK).order_by(RoundDraw.id)
    ours = set(db.session.scalars(select(Relationship.id).where(among(Relationship.location_id, sorted(location_ids)))))
    found = []
    for row in db.session.scalars(query):
        draw = Draw(
            room=tuple((day, room) for day, room in row.room),
            strata=tuple(
                (name, tuple(Due(one, area, tuple(days)) for one, area, days in members))
                for name, members in row.strata
            ),
            drawn=tuple((one, day) for one, day in row.drawn),
        )
        if all(each.id in ours for each in draw.pool):
            found.append(draw)
    return found


def drawn_targets(found: Collection[Draw], known: Records, lists: Lists) -> list[WatchedReferrer]:
    """Everybody whom draws name, with what their physicians sent together."""
    ids = sorted({each.id for draw in found for each in draw.pool})
    query = select(Relationship.id, Relationship.physician_id, Relationship.practice_id)
    rows = list(db.session.execute(query.where(among(Relationship.id, ids))))
    of_practice: dict[int, list[int]] = defaultdict(list)
    practices = {row[2] for row in rows if row[2]}
    query_members = select(Physician.referring_practice_id, Physician.id)
    for member in db.session.execute(query_members.where(among(Physician.referring_practice_id, sorted(practices)))):
        of_practice[member[0] or 0].append(member[1])
    merged = lists.physician_counts_as
    made = []
    for relationship_id, physician_id, practice_id in rows:
        members = [physician_id] if physician_id else of_practice[practice_id or 0]
        people = {merged.get(each, each) for each in members}
        histories = [known.histories[each] for each in people if each in known.histories]
        made.append(WatchedReferrer(relationship_id, _together(histories)))
    return made


def _together(histories: list[History]) -> History:
    if len(histories) == 1:
        return histories[0]
    days: Counter[int] = Counter()
    for history in histories:
        for place, day in enumerate(history.days):
            days[day] += history.count_at(place)
    return history_of(days) or NOBODY
