"""The physicians' pages as tables for files."""

from typing import Any

from flask import abort

from intake import phone
from intake.accounts.audit import audit_trail
from intake.attribution.filters.access import sees_names
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.dimensions.visit_fields import LOCATION
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.filters.request import SentRequest
from intake.attribution.page.report_page import asked_here
from intake.attribution.referrers import charts, messages, queries
from intake.attribution.referrers.about import about_physicians
from intake.attribution.referrers.history import records
from intake.attribution.referrers.listing import ReferrerRow, filters_of, listing
from intake.attribution.referrers.status import false_alarms
from intake.attribution.tables.workbook import Bars, Sheet, Workbook
from intake.directory.registry_names import physician_name

HEADER = (
    "Physician",
    "NPI",
    "Specialty",
    "City",
    "Telephone",
    "Status",
    "Tier",
    "Missed in 90 days",
    "Last 90 days",
    "The 90 days before",
    "p (fewer)",
    "Last 12 months",
    "In all",
    "First referral",
    "Last referral",
    "Silent days",
)
MOST_BARS = 12


def list_book() -> Workbook:
    """The list as it is filtered and ordered."""
    asked = asked_here()
    filters = filters_of(asked)
    known = records(today=asked.today, location_ids=asked.location_ids, lists=lists_as_of_now())
    found = listing(known, filters)
    about = [
        ("Shown", filters.said),
        *about_physicians(asked, known.windows),
        ("False alarms", messages.false_alarm_sentence(false_alarms(known.standings.values(), known.windows), found)),
        *((messages.STATUS_LABELS[status], meaning) for status, meaning in messages.STATUS_MEANINGS.items()),
        *((f"Tier {tier}", meaning) for tier, meaning in messages.TIER_MEANINGS.items()),
    ]
    bars = Bars("Referrals in the last 12 months", "Last 12 months", min(MOST_BARS, len(found.rows)))
    sheet = Sheet(
        "Physicians",
        HEADER,
        [_row(row) for row in found.rows],
        bars if found.rows else None,
        frozenset({"NPI", "Telephone"}),
    )
    return Workbook("Physicians who refer", about, [sheet])


def physician_book(physician_id: int) -> Workbook:
    """A physician's months and years, and where and how their patients came."""
    asked = asked_here()
    lists = lists_as_of_now()
    found = queries.physician(physician_id) or abort(404)
    ids = queries.records_counted_as(found.id, lists)
    known = records(today=asked.today, location_ids=asked.location_ids, lists=lists)
    history, standing = known.histories.get(found.id), known.standings.get(found.id)
    name = physician_name(found.first_name, found.last_name, found.credential)
    became = queries.referral_outcome(ids, until=asked.today, location_ids=asked.location_ids)
    about: list[tuple[str, Any]] = [("Physician", name), *about_physicians(asked, known.windows)]
    if standing:
        about += [("Status", messages.status_label(standing)), ("Why", messages.reason(standing, known.windows))]
        about += [("Last 12 months", standing.year), ("In all", standing.total)]
        about += [("First referral", standing.first_day), ("Last referral", standing.last_day)]
    about += [("Known to be sent", became.sent), ("Of these came", became.came)]
    months = charts.months(history, asked.today, began=known.windows.records_began) if history else []
    rows = [[month.label, month.period.first_day, month.visits, month.year_before] for month in months]
    sheets = [
        Sheet(
            "Months",
            ["Month", "From", "Visits", "A year before"],
            rows,
            Bars(name, "Visits", len(rows)) if rows else None,
        )
    ]
    years = charts.years(history, asked.today) if history else []
    sheets.append(Sheet("Years", ["Year", "Visits"], [[str(span.first_day.year), visits] for span, visits in years]))
    year = Period(known.windows.year_first_day, asked.today)
    for by in (SOURCE, LOCATION):
        named = queries.named_visits(by, ids, period=year, location_ids=asked.location_ids, lists=lists)
        header = [by.heading, "Visits, last 12 months"]
        sheets.append(Sheet(by.page, header, [[row.label, visits] for _, row, visits in named]))
    return Workbook(f"Referrals of {name}", about, sheets)


def sent_book(physician_id: int) -> Workbook:
    """Everybody whom a physician is known to have sent."""
    asked = asked_here()
    lists = lists_as_of_now()
    found = queries.physician(physician_id) or abort(404)
    assert isinstance(asked.request, SentRequest)
    which = asked.request.came
    ids = queries.records_counted_as(found.id, lists)
    rows = queries.sent_patients(ids, until=asked.today, location_ids=asked.location_ids, which=which)
    names = sees_names()
    audit_trail.record_reading("report.rows_exported", by="sent", key=str(found.id), visits=len(rows), names=names)
    header = ["Day", *(["Patient", "MRN"] if names else []), "What became of it", "Known from", "Location"]
    cells = [[row.day, *([row.who, row.mrn] if names else []), row.what, row.known_from, row.location] for row in rows]
    name = physician_name(found.first_name, found.last_name, found.credential)
    known = records(today=asked.today, location_ids=asked.location_ids, lists=lists)
    return Workbook(
        f"Sent by {name}",
        [("Shown", messages.WHICH_LABELS[which]), *about_physicians(asked, known.windows)],
        [Sheet("Sent", header, cells, texts=frozenset({"MRN"}))],
    )


def _row(row: ReferrerRow) -> list[Any]:
    standing = row.standing
    return [
        row.name,
        row.npi,
        row.specialty,
        row.city,
        phone.said(row.phone),
        messages.status_label(standing),
        standing.tier,
        round(standing.missed, 2),
        standing.recent,
        standing.before,
        standing.chance_of_so_few,
        standing.year,
        standing.total,
        standing.first_day,
        standing.last_day,
        standing.silent_days,
    ]
