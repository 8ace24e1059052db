"""Touchpoints from files as other programs export them, and the rows of ours.

A row is known again by its Id, which our own file has, else by what it says: the same file twice changes nothing.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from functools import partial
from typing import Any

from sqlalchemy import select

from intake import clock
from intake.accounts.models import Staff
from intake.attribution.costs.forms import read_cents
from intake.attribution.filters.queries import practice_time_zone
from intake.db import db
from intake.directory.brought_files.plan import (
    Becomes,
    Faults,
    FileKind,
    FilePlan,
    FileTakenBack,
    PlannedRow,
    UndoLog,
    WhoEnters,
    Wrong,
    planned_rows,
)
from intake.directory.dates import AmbiguousDate, UnreadableDate, read_date, told_of_day_number
from intake.directory.models import Physician, ReferringPractice
from intake.directory.name_keys import normal
from intake.directory.registry_names import physician_name
from intake.directory.schedule.known_records import rows_with
from intake.directory.titled_rows import TitledRows, read_titled_rows
from intake.id_filters import among
from intake.liaison.files import file_rows
from intake.liaison.files.file_rows import NO, YES, Parties, taken, too_long
from intake.liaison.page.access import of_my_locations
from intake.liaison.page.parties import Party
from intake.liaison.page.parts import GIFT_LIMITS, Received
from intake.liaison.page.referrers import today
from intake.liaison.people.models import OfficeContact
from intake.liaison.people.whom import PersonToMeet, of_contact, of_physician
from intake.liaison.promises.messages import ISSUE_LABELS
from intake.liaison.promises.models import IssueKind, OfficeIssue, Promise
from intake.liaison.touchpoints.kinds import KINDS, Shared, TouchpointKind
from intake.liaison.touchpoints.models import Participant, Touchpoint, TouchpointBefore
from intake.liaison.touchpoints.recording import (
    NOBODY_SAID_WHY,
    NewTouchpoint,
    find_submission,
    party_met,
    record_touchpoint,
    refresh_last_contact,
    withdraw_touchpoint,
)
from intake.web.wall.location_wall import whole_practice

EARLIEST_YEAR = 2000
# How the submission of one begins that was taken back with its file.
TAKEN_BACK = "taken-back-"
_KIND_WORDS = {
    TouchpointKind.VISIT: ("drop in", "meeting"),
    TouchpointKind.MATERIAL: ("drop off",),
    TouchpointKind.PHONE: ("call", "telephone"),
    TouchpointKind.LETTER: ("mail", "fax"),
    TouchpointKind.LUNCH: ("lunch and learn", "lunch learn", "meal"),
    TouchpointKind.EVENT: ("cme",),
    TouchpointKind.THANKS: ("thank you",),
}
TOUCHPOINT_COLUMNS = (
    "Date", "Kind", "Physician", "NPI", "Practice", "Contact", "Sentence", "Purpose", "Need", "Materials", "Cost",
    "Received", "By", "Id", "Counts", "Over the limit because", "Next step", "Due", "Step", "Issue", "What was done",
    "Told on",
)  # fmt: skip
# The time of day behind a date, as programs write when something was entered.
_TIME = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([ap]\.?m\.?)?(z|[+-]\d\d:?\d\d)?$", re.I)


def plan_touchpoints(table: TitledRows, who: WhoEnters) -> FilePlan:
    """Touchpoints to write down: date, whom, and a sentence a row; the author by name or e-mail, else nobody."""
    staff = _authors()
    # How often each row has stood in the file, and where first.
    seen: dict[str, list[int]] = {}
    unknown = Counter[str]()
    gifts: list[Received] = []
    parties = Parties()
    entered: list[Touchpoint] = []

    def take(number: int, row: dict[str, str]) -> PlannedRow:
        wrong = Faults(too_long(row))
        # A subject alone is the sentence, or says what was done and leaves the sentence to another column.
        said = row["kind"] or (row["subject"] if _kind_called(row["subject"]) else "")
        party, day, kind = wrong.of(parties.named_in, row), wrong.of(_day, row["day"]), wrong.of(_kind, said)
        if (cents := read_cents(row["cost"] or "0")) is None:
            wrong.append(f"“{row['cost'][:20]}” is no amount in dollars")
        received = normal(row["received"])
        if cents and received not in (*YES, *NO):
            wrong.append(f"“{row['received'][:20]}” under Received says neither yes nor no")
        wrong.refuse()
        # Of a file that doesn't say so whoever it was with received it.
        is_received = bool(cents) and (not received or received not in NO)
        words = row["words"] or (row["subject"] if row["subject"] != said else "")
        met, author_id = _who(party, row["contact"]), staff.get(normal(row["by"]))
        shown = (
            f"{day:%m/%d/%Y}", KINDS[kind].label, ", ".join(each.name for each in met), words or KINDS[kind].told,
            f"${cents / 100:,.2f}" if cents else "", row["by"] if author_id else "",
        )  # fmt: skip
        plain = "\x1f".join((day.isoformat(), party.key, kind, row["contact"], words))
        if row["id"] and (known := find_submission(row["id"][:64])):
            return _as_it_stands(number, known, shown, words or KINDS[kind].told)
        # Two equal rows of a file are two touchpoints, the same file again is none.
        rows = seen.setdefault(plain, [])
        rows.append(number)
        submission_id = "csv-" + hashlib.sha256(f"{plain}\x1f{len(rows)}".encode()).hexdigest()[:56]
        if find_submission(submission_id) or _said_before(party, day, kind, words, row["contact"]) >= len(rows):
            return PlannedRow(number, Becomes.KNOWN, shown)
        is_met = any(normal(each.name) == normal(row["contact"]) for each in met)
        unknown.update([row["by"]] * bool(row["by"] and not author_id) + [row["contact"]] * (not is_met))
        notes = [f"says the same as row {rows[0]}; both are taken"] if len(rows) > 1 else []
        notes += [] if said else [f"names no kind; taken as {KINDS[kind].label}"]
        notes += [] if words else [f"says nothing of it; kept as “{KINDS[kind].told}”"]
        if cents and is_received and party.physician:
            gifts.append(Received(party.physician.id, day, cents))
            if _is_over_limit(gifts):
                told = "over the limit of gifts, and nobody has said why: a manager finds it under Gifts"
                notes.append(f"{party.name}, {day:%Y-%m-%d}: {told}")
        new = NewTouchpoint(
            kind=kind,
            words=words or KINDS[kind].told,
            day=day,
            who=met,
            purpose=row["purpose"],
            need=row["need"],
            materials=row["materials"],
            cost_cents=cents or None,
            shared=Shared.SPLIT,
            received=frozenset({party.key}) if is_received else frozenset(),
            over_limit_reason=NOBODY_SAID_WHY if is_received else "",
        )

        def enter(log: UndoLog) -> None:
            made = record_touchpoint(
                new,
                submission_id=submission_id,
                author_id=author_id,
                location_ids=who.location_ids,
                may_override=True,
                refresh=False,
            )
            entered.append(made)
            log.add(made.id, {})

        return PlannedRow(number, Becomes.ADDED, shown, enter, tuple(notes))

    plan = planned_rows(table, take)
    plan.finish = lambda: refresh_last_contact(*entered)
    unknown.pop("", None)
    if unknown:
        names = ", ".join(f"{name} ({rows:,})" for name, rows in unknown.most_common(20))
        plan.notes.append(f"Not known here, so their rows stand without them: {names}.")
    return plan


@whole_practice()
def take_touchpoints_back(log: UndoLog, who: WhoEnters) -> FileTakenBack:
    """Those that a file added count no more; one that was corrected since, or had its gift decided, stays."""
    done, taken_back = FileTakenBack(), list[Touchpoint]()
    before = TouchpointBefore.touchpoint_id
    touched = {row[0] for row in rows_with(select(before), before, dict(log.added))}
    for touchpoint_id, _ in log.added:
        found = db.session.get(Touchpoint, touchpoint_id)
        if found is None or found.withdrawn_at is not None:
            continue
        name = f"{found.day:%m/%d/%Y}, {party_met(found.participants).name}"
        is_elsewhere = found.location_id not in who.location_ids
        if is_elsewhere or touchpoint_id in touched:
            done.keep("at a location where you don’t work" if is_elsewhere else "changed since", name)
            done.left.added.append((touchpoint_id, {}))
        else:
            # What it says may come in again with a mended file.
            withdraw_touchpoint(found, by_id=who.staff_id, refresh=False)
            found.submission_id = f"{TAKEN_BACK}{found.id}"
            taken_back.append(found)
    done.removed = len(taken_back)
    refresh_last_contact(*taken_back)
    return done


TOUCHPOINTS = FileKind(
    "touchpoints",
    "touchpoint",
    ("Date", "Kind", "With", "Sentence", "Cost", "By"),
    "relationship_files.files",
    "Touchpoints that it added count no more, and gifts in them no longer either. One that was corrected since stays.",
    partial(read_titled_rows, columns=file_rows.TOUCHPOINTS),
    plan_touchpoints,
    take_touchpoints_back,
)


def touchpoint_rows(staff: dict[int, str]) -> Iterable[Sequence[Any]]:
    """Touchpoints of the reader's locations, a row for each one they were with, as `plan_touchpoints` reads them."""
    query: Any = (
        select(Touchpoint, Participant, Physician, ReferringPractice.name, OfficeContact.name)
        .join(Participant, Participant.touchpoint_id == Touchpoint.id)
        .outerjoin(Physician, Physician.id == Participant.physician_id)
        .outerjoin(ReferringPractice, ReferringPractice.id == Participant.practice_id)
        .outerjoin(OfficeContact, OfficeContact.id == Participant.contact_id)
        .where(of_my_locations(Touchpoint.location_id), Touchpoint.withdrawn_at.is_(None))
        .order_by(Touchpoint.day, Touchpoint.id, Participant.id)
    )
    promises, issues = _by_touchpoint(Promise), _by_touchpoint(OfficeIssue)
    for row, each, doctor, practice, contact in db.session.execute(query.execution_options(yield_per=500)):
        # Once a touchpoint: on the row of the first whom it was with.
        step, issue = promises.pop(row.id, None), issues.pop(row.id, None)
        name = physician_name(doctor.first_name, doctor.last_name, doctor.credential) if doctor else ""
        cost, received = ((each.received_cents or 0) / 100, True) if each.received_cents else ("", False)
        yield (
            row.day, str(row.kind), name, doctor.npi if doctor else "", practice, contact, row.words, row.purpose,
            row.need, row.materials, cost, received, staff.get(row.author_id or 0, ""), row.submission_id,
            row.shared or "", row.over_limit_reason,
            *((step.text, step.due_on, "open" if step.kept is None else "kept" if step.kept else "not needed")
              if step else ("", "", "")),
            *((f"{ISSUE_LABELS[IssueKind(issue.kind)]}: {issue.text}", issue.done, issue.told_on or "")
              if issue else ("", "", "")),
        )  # fmt: skip


def _by_touchpoint(model: Any) -> dict[int, Any]:
    rows = db.session.scalars(select(model).where(model.touchpoint_id.is_not(None), of_my_locations(model.location_id)))
    return {row.touchpoint_id: row for row in rows if row.touchpoint_id}


@whole_practice()
def _said_before(party: Party, day: date, kind: TouchpointKind, words: str, contact: str) -> int:
    """How many touchpoints say the same of the same people, whoever wrote them down; those taken back too, but not
    with their whole file.
    """
    said = " ".join((words or KINDS[kind].told).split())
    with_file = Touchpoint.submission_id.startswith(TAKEN_BACK) & Touchpoint.withdrawn_at.is_not(None)
    query = select(Touchpoint).where(Touchpoint.day == day, Touchpoint.kind == kind, ~with_file)
    return sum(
        " ".join(each.words.split()) == said and any(_is_with(one, party, contact) for one in each.participants)
        for each in db.session.scalars(query)
    )


def _is_over_limit(gifts: Sequence[Received]) -> bool:
    """Whether the last of these is too much, after those before it."""
    one, year = gifts[-1].physician_id, gifts[-1].day.year
    same = [each for each in gifts if (each.physician_id, each.day.year) == (one, year)]
    return any(limit(same, None) for limit in GIFT_LIMITS.all)


def _is_with(one: Participant, party: Party, contact: str) -> bool:
    if contact and one.contact_id:
        named = db.session.get(OfficeContact, one.contact_id)
        if named is not None and normal(named.name) != normal(contact):
            return False
    return one.physician_id in party.physician_ids or (
        party.practice is not None and one.practice_id in (party.practice_ids or (party.practice.id,))
    )


def _who(party: Party, contact: str) -> list[PersonToMeet]:
    who = [of_physician(party.physician)] if party.physician else []
    if contact:
        practices = [party.practice.id] if party.practice else []
        query = select(OfficeContact).where(
            among(OfficeContact.practice_id, practices) | among(OfficeContact.physician_id, party.physician_ids)
        )
        who += [of_contact(each) for each in db.session.scalars(query) if normal(each.name) == normal(contact)]
    return who or [PersonToMeet(party.key, party.name, practice_id=party.row_id)]


def _as_it_stands(number: int, known: Touchpoint, shown: tuple[str, ...], words: str) -> PlannedRow:
    """A row of ours that came back: what was changed in the file isn't taken over, and that is said."""
    stands = (f"{known.day:%m/%d/%Y}", KINDS[TouchpointKind(known.kind)].label, shown[2], known.words, *shown[4:])
    if (*stands[:2], normal(known.words)) == (*shown[:2], normal(words)):
        return PlannedRow(number, Becomes.KNOWN, stands)
    return PlannedRow(number, Becomes.KNOWN, stands, notes=("reads otherwise here and stays; correct it on its page",))


def _authors() -> dict[str, int]:
    """Staff by what files call them: name either way round, e-mail, or a first name that only one of them has."""
    found: dict[str, int] = {}
    everybody = list(db.session.scalars(select(Staff)))
    first = Counter(normal(each.name).partition(" ")[0] for each in everybody)
    for each in everybody:
        name = normal(each.name)
        begin, _, end = name.rpartition(" ")
        if first[name.partition(" ")[0]] == 1:
            found.setdefault(name.partition(" ")[0], each.id)
        found |= {name: each.id, f"{end} {begin}".strip(): each.id, normal(each.email): each.id}
    return found


def _kind_called(text: str) -> TouchpointKind | None:
    """The kind that a text names and nothing else."""
    plain = normal(text.replace("_", " ").replace("-", " "))
    for kind, words in KINDS.items():
        names = (normal(words.label.replace("-", " ")), normal(words.told), str(kind).replace("_", " "))
        if plain in (*names, *_KIND_WORDS.get(kind, ())):
            return kind
    return None


def _kind(text: str) -> TouchpointKind:
    plain = normal(text.replace("_", " ").replace("-", " "))
    if not plain:
        return TouchpointKind.VISIT
    near = (kind for kind, words in _KIND_WORDS.items() if any(word in plain for word in words))
    found = _kind_called(text) or next(near, None)
    if found is None:
        raise Wrong(f"“{text[:40]}” is no kind of touchpoint; use {', '.join(each.label for each in KINDS.values())}")
    return found


def _day(text: str) -> date:
    if not text:
        raise Wrong("it has no date")
    told = f"is no date, such as 2026-05-04{told_of_day_number(text)}"
    day: date = taken(_read_day, text, told, AmbiguousDate, UnreadableDate, OverflowError)
    if day > today():
        raise Wrong(f"{text[:20]} is still to come")
    if day.year < EARLIEST_YEAR:
        raise Wrong(f"{text[:20]} is before {EARLIEST_YEAR}")
    return day


def _read_day(text: str) -> date:
    """The day here of what a program writes as a moment elsewhere; midnight there is a day without a time."""
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None and moment.time() != time():
            return clock.clinic_day(moment, practice_time_zone())
    return read_date(_TIME.sub("", text))
