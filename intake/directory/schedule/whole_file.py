"""Questions about a file as a whole: whether it is the right one, for this location, with sound dates and names."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from intake import clock
from intake.directory.models import Location
from intake.directory.schedule import known_records
from intake.directory.schedule.file.import_errors import Question, rows_in_words
from intake.directory.schedule.file.schedule_row import ScheduleRow
from intake.directory.schedule.known_records import KnownRow

FAR_DAYS = 60
# A single appointment that lies this far from today is asked about by itself.
ODD_DAYS = 370
NIGHT_ENDS, NOON = 5, 12
PROVIDERS_SEEN_WITHIN = timedelta(days=120)
YES, NO = "yes", "no"
TAKE, LEAVE_OUT = "take it", "leave it out"
TAKE_THEM, LEAVE_THEM_OUT = "take them", "leave them out"
AS_THEY_ARE, SET_BACK = "leave them as they are", "set them back to this file"
# A stray row lies so many days ahead of today; at most one row in so many is stray.
STRAY_AHEAD, FEW_OF = 300, 20
FEW_AT_NIGHT = 2
MOST_TOLD = 12
DATE = "date"


def question_of_dates(days: Mapping[int, date], today: date) -> list[Question]:
    """Ask when all appointments are far from today, else for each that is a year or more away."""
    if not days:
        return []
    far = [row for row, day in days.items() if abs((day - today).days) > FAR_DAYS]
    first, last = min(days.values()), max(days.values())
    if len(far) == len(days):
        span = f"{first:%m/%d/%Y}" if first == last else f"{first:%m/%d/%Y} to {last:%m/%d/%Y}"
        return [Question("dates", f"all appointments more than {FAR_DAYS} days from today: {span}", (YES, NO))]
    odd = sorted({row for row in far if abs((days[row] - today).days) > ODD_DAYS} | _strays(days, today))
    return [Question(DATE, f"{days[row]:%m/%d/%Y}, in row {row}", (TAKE, LEAVE_OUT), (row,)) for row in odd]


def _strays(days: Mapping[int, date], today: date) -> set[int]:
    """The few rows far from all others and from today: month and day are turned, or the year is the last one."""
    groups: list[list[int]] = []
    for row, day in sorted(days.items(), key=lambda each: each[1]):
        if groups and (day - days[groups[-1][-1]]).days <= FAR_DAYS:
            groups[-1].append(row)
        else:
            groups.append([row])
    most = max(groups, key=len)
    few = max(1, len(days) // FEW_OF)
    stray = [row for group in groups if group is not most and len(group) <= few < len(most) for row in group]
    return {row for row in stray if not -FAR_DAYS <= (days[row] - today).days <= STRAY_AHEAD}


def question_of_times(hours: Mapping[int, int]) -> list[Question]:
    """Ask about appointments at night: AM and PM may be lost, or midnight stand for no time at all.

    A practice most of whose appointments are at night is one that works then.
    """
    night = [row for row, hour in hours.items() if hour < NIGHT_ENDS]
    count = "1 appointment" if len(night) == 1 else f"{len(night):,} appointments"
    found = f"{count} between midnight and {NIGHT_ENDS} in the morning"
    if len(night) > 1 and not any(hour > NOON for hour in hours.values()):
        return [Question("times", f"{found}, none in the afternoon", (YES, NO), tuple(night))]
    if not night or len(hours) == 1 or (len(night) > FEW_AT_NIGHT and len(night) * 2 > len(hours)):
        return []
    return [Question("times", f"{found}, in {rows_in_words(night)}", (TAKE_THEM, LEAVE_THEM_OUT), tuple(night))]


def question_of_changes(about: str, changed: Sequence[int], known: int) -> list[Question]:
    """Ask when most of the known charts would get another name, or another date of birth."""
    if len(changed) < 2 or len(changed) * 2 <= known:
        return []
    return [Question(about, f"{len(changed):,} of {known:,} known charts have other {about} than before", (YES, NO))]


def question_of_location(
    rows: Sequence[ScheduleRow],
    location: Location,
    *,
    patients: Mapping[str, KnownRow],
    here: Mapping[str, KnownRow],
    others: Mapping[int, str],
    today: date,
) -> list[Question]:
    """Ask when most appointments stand at another location already, or all providers work at another one only."""
    new = [row for row in rows if row.appointment_id not in here]
    if len(new) < 2 or len(new) * 2 <= len(rows):
        return []
    found = known_records.elsewhere(location.id, {row.appointment_id for row in new})
    theirs = Counter(
        found[row.appointment_id][0]
        for row in new
        if row.appointment_id in found and row.mrn in patients and patients[row.mrn].id in found[row.appointment_id][1]
    )
    for other, count in theirs.most_common(1):
        if count * 2 > len(rows):
            said = f"{count:,} of {len(rows):,} appointments stand at {others.get(other, 'another location')} already"
            return [Question("location", f"{said}, not at {location.name}", (YES, NO))]
    providers = {row.provider for row in rows if row.provider}
    # One provider may stand in at another location; a whole day of several is that location's.
    several = len(providers) > 1
    seen = known_records.locations_of_providers(today - PROVIDERS_SEEN_WITHIN) if several else {}
    places = [seen.get(provider, set()) for provider in providers]
    here_known = any(location.id in each for each in seen.values())
    if here_known and places and all(each and location.id not in each for each in places):
        other = min(set.union(*places))
        said = f"all providers work at {others.get(other, 'another location')}"
        return [Question("location", f"{said}, none of them at {location.name}", (YES, NO))]
    return []


def question_of_the_same(when: str, changed: Sequence[int]) -> list[Question]:
    """Ask what becomes of visits that were changed since this very file was brought in."""
    if not changed:
        return []
    count = "1 visit" if len(changed) == 1 else f"{len(changed):,} visits"
    found = f"brought in on {when} already; changed since then: {count}"
    return [Question("this very file", found, (AS_THEY_ARE, SET_BACK), tuple(changed))]


def appointments_in_words(appointments: Sequence[tuple[datetime, str]], time_zone: str) -> str:
    """`11/23 at 9:05 AM, A17`, one after the other; a long list by its beginning."""
    told = [
        f"{clock.local(begins, time_zone):%m/%d at %I:%M %p}, {appointment_id}"
        for begins, appointment_id in appointments[:MOST_TOLD]
    ]
    more = [f"{len(appointments) - len(told):,} more"] if len(appointments) > len(told) else []
    return "; ".join([*told, *more])
