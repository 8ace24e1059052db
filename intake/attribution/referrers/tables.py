"""The physicians' pages as tables for files, and what of them others may have."""

from collections.abc import Collection, Sequence

from flask import abort

from intake import phone
from intake.accounts.audit import audit_trail
from intake.attribution.filters.access import sees_names
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.dimensions.visit_fields import LOCATION
from intake.attribution.filters.lists import Lists, lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.filters.request import PhysiciansRequest, SentRequest
from intake.attribution.page.report_page import asked_here
from intake.attribution.page.scope import ReportScope
from intake.attribution.referrers import charts, messages, queries
from intake.attribution.referrers.history import Records, records
from intake.attribution.referrers.listing import filters_of, listing
from intake.attribution.referrers.practices import practice_history, records_of_practice
from intake.attribution.referrers.status import History, ReferrerStatus, Windows, false_alarms, status_of
from intake.attribution.suppression import suppressed
from intake.attribution.tables.about import About, about
from intake.attribution.tables.table import MOST_BARS, BarsBeside, Cell, Column, ReportTables, Table
from intake.attribution.totals.messages import LISTING_LABELS
from intake.directory.physicians import queries as directory
from intake.directory.registry_names import physician_name

COLUMNS = (
    Column("Physician", lambda row: row.name),
    Column("NPI", lambda row: row.npi, Cell.CODE),
    Column("Specialty", lambda row: row.specialty),
    Column("City", lambda row: row.city),
    Column("Telephone", lambda row: phone.said(row.phone), Cell.CODE),
    Column("Status", lambda row: messages.status_label(row.standing)),
    Column("Tier", lambda row: row.standing.tier),
    Column("Missed in 90 days", lambda row: round(row.standing.missed, 2), Cell.COUNT),
    Column("Last 90 days", lambda row: row.standing.recent, Cell.COUNT),
    Column("By chart", lambda row: row.known_by.charted, Cell.COUNT),
    Column("By patient", lambda row: row.known_by.said, Cell.COUNT),
    Column("By both", lambda row: row.known_by.both, Cell.COUNT),
    Column("The 90 days before", lambda row: row.standing.before, Cell.COUNT),
    Column("p (fewer)", lambda row: row.standing.chance_of_so_few, Cell.PROBABILITY),
    Column("p (more)", lambda row: row.standing.chance_of_so_many, Cell.PROBABILITY),
    Column("Last 365 days", lambda row: row.standing.year, Cell.COUNT),
    Column("In all", lambda row: row.standing.total, Cell.COUNT),
    Column("First referral", lambda row: row.standing.first_day, Cell.DAY),
    Column("Last referral", lambda row: row.standing.last_day, Cell.DAY),
    Column("Last by chart", lambda row: row.known_by.last_charted, Cell.DAY),
    Column("Last by patient", lambda row: row.known_by.last_said, Cell.DAY),
    Column("Silent days", lambda row: row.standing.silent_days, Cell.COUNT),
)
VISITS = "Referrals"


def _read() -> tuple[ReportScope, Lists, Records]:
    asked, lists = asked_here(), lists_as_of_now()
    return asked, lists, records(today=asked.today, location_ids=asked.location_ids, lists=lists)


def list_book() -> ReportTables:
    """The list as it is filtered and ordered."""
    asked, _, known = _read()
    filters = filters_of(asked)
    found = listing(known, filters)
    said = [
        ("Shown", filters.said),
        *about_physicians(asked, known.windows),
        ("False alarms", messages.false_alarm_sentence(false_alarms(known.standings.values(), known.windows), found)),
        *((messages.STATUS_LABELS[status], meaning) for status, meaning in messages.STATUS_MEANINGS.items()),
        *((f"Tier {tier}", meaning) for tier, meaning in messages.TIER_MEANINGS.items()),
    ]
    bars = BarsBeside("Referrals in the last 365 days", "Last 365 days", min(MOST_BARS, len(found.rows)))
    return ReportTables("Physicians who refer", said, [Table("Physicians", COLUMNS, found.rows, bars)])


def physician_book(physician_id: int) -> ReportTables:
    """A physician's months and years, and where and how their patients came."""
    asked, lists, known = _read()
    row_id, name, ids = _physician(physician_id, lists)
    history, standing = known.histories.get(row_id), known.standings.get(row_id)
    became = queries.referral_outcome(ids, until=asked.today, location_ids=asked.location_ids)
    said: About = [("Physician", name), *about_physicians(asked, known.windows), *_state(standing, known.windows)]
    if standing:
        said += [("Last 90 days", messages.known_from(known.known_by(row_id)))]
        said += [("Last 365 days", standing.year), ("Referrals in all", standing.total)]
        said += [("First referral", standing.first_day), ("Last referral", standing.last_day)]
    said += [("Known to be sent", became.sent), ("Of these came", became.came)]
    tables = _over_time(name, history, asked, known)
    year = Period(known.windows.year_first_day, asked.today)
    places, sources = queries.places_and_sources(ids, period=year, location_ids=asked.location_ids, lists=lists)
    for by, parts in ((SOURCE, sources), (LOCATION, places)):
        rows = [(row.label, visits) for _, row, visits in parts]
        tables.append(_pairs(by.page, by.heading, "Visits, last 365 days", rows))
    return ReportTables(f"Referrals of {name}", said, tables)


def _physician(physician_id: int, lists: Lists) -> tuple[int, str, list[int]]:
    """(the record that counts for a physician, their name, every record that is read as theirs); 404 for nobody."""
    found = queries.physician(lists.physician_counts_as.get(physician_id, physician_id)) or abort(404)
    name = physician_name(found.first_name, found.last_name, found.credential)
    return found.id, name, queries.records_counted_as(found.id, lists)


def _practice(practice_id: int, lists: Lists) -> tuple[int, str, list[int]]:
    """As `_physician`, of a referring practice and those who work there."""
    found = directory.practice(lists.practice_counts_as.get(practice_id, practice_id))
    return found.id, found.name, records_of_practice(found.id, lists)


def _state(standing: ReferrerStatus | None, windows: Windows) -> About:
    if standing is None:
        return []
    return [("Status", messages.status_label(standing)), ("Why", messages.reason(standing, windows))]


def _months(history: History | None, asked: ReportScope, known: Records) -> Sequence[charts.ReferrerMonth]:
    return charts.months(history, asked.today, began=known.windows.records_began) if history else []


def _over_time(name: str, history: History | None, asked: ReportScope, known: Records) -> list[Table]:
    years = charts.years(history, asked.today) if history else []
    return months_and_years(name, "Visits", _months(history, asked, known), years)


def months_and_years(
    name: str,
    counted: str,
    months: Sequence[charts.ReferrerMonth],
    years: Sequence[tuple[Period, int]],
) -> list[Table]:
    """A count by month, beside the year before, and by year."""
    # Before records began nobody knows who came.
    known = [month for month in months if month.visits is not None]
    columns = [
        Column("Month", lambda month: month.label),
        Column("From", lambda month: month.period.first_day, Cell.DAY),
        Column(counted, lambda month: month.visits, Cell.COUNT),
        Column("A year before", lambda month: month.year_before, Cell.COUNT),
    ]
    return [
        Table("Months", columns, known, BarsBeside(name, counted, len(known))),
        _pairs("Years", "Year", counted, [(str(span.first_day.year), visits) for span, visits in years]),
    ]


def practice_book(practice_id: int) -> ReportTables:
    """A practice's months and years, and what each of those who work there sent."""
    asked, lists, known = _read()
    row_id, name, ids = _practice(practice_id, lists)
    history = practice_history(ids, until=asked.today, location_ids=asked.location_ids)
    standing = status_of(row_id, history, known.windows) if history else None
    said = [("Referring practice", name), *about_physicians(asked, known.windows), *_state(standing, known.windows)]
    at_work = set(ids)
    rows = [row for row in listing(known, PhysiciansRequest.model_validate({})).rows if row.physician_id in at_work]
    tables = [*_over_time(name, history, asked, known), Table("Physicians", COLUMNS, rows)]
    return ReportTables(f"Referrals of {name}", said, tables)


def _pairs(name: str, label: str, count: str, rows: Sequence[tuple[str, int]]) -> Table:
    return Table(name, [Column(label, lambda row: row[0]), Column(count, lambda row: row[1], Cell.COUNT)], rows)


def sent_book(physician_id: int) -> ReportTables:
    """Everybody whom a physician is known to have sent."""
    return _sent_book("sent", *_physician(physician_id, lists_as_of_now()))


def practice_sent_book(practice_id: int) -> ReportTables:
    """Everybody whom the physicians of a practice are known to have sent."""
    return _sent_book("practice-sent", *_practice(practice_id, lists_as_of_now()))


def _sent_book(by: str, row_id: int, name: str, ids: Collection[int]) -> ReportTables:
    asked, _, known = _read()
    assert isinstance(asked.request, SentRequest)
    rows, _ = queries.shown_patients(asked.request, ids, until=asked.today, location_ids=asked.location_ids)
    names = sees_names()
    audit_trail.record_reading("report.rows_exported", by=by, key=str(row_id), visits=len(rows), names=names)
    patients = [Column("Patient", lambda row: row.who), Column("MRN", lambda row: row.mrn, Cell.CODE)]
    columns = [
        Column("Day", lambda row: row.day, Cell.DAY),
        *(patients if names else []),
        Column("What became of it", lambda row: row.what),
        Column("Known from", lambda row: row.known_from),
        Column("Location", lambda row: row.location),
    ]
    return ReportTables(
        f"Sent by {name}",
        [("Shown", messages.shown(asked.request)), *about_physicians(asked, known.windows)],
        [Table("Sent", columns, rows)],
    )


def list_for_others() -> ReportTables:
    """Everybody on the list with the visits of the last twelve months. Raises NotForOthers.

    A status or a tier says how many there were within a few, so neither stands in it, and no list is narrowed by them.
    """
    asked, _, known = _read()
    filters = filters_of(asked)
    if filters.status or filters.tier:
        raise suppressed.NotForOthers(
            "A status or a tier tells how few there were. Choose everybody for a list that leaves."
        )
    named = [row for row in listing(known, filters).rows if row.standing.year]
    named.sort(key=lambda row: (-row.standing.year, row.name.casefold()))
    counts = suppressed.list_counts([row.standing.year for row in named], [row.name for row in named])
    heading = f"{VISITS}, last 365 days"
    columns = [
        suppressed.label_column("Physician"),
        Column("Specialty", lambda row: row.record.specialty),
        Column("City", lambda row: row.record.city),
        suppressed.count_column(heading, page_heading="Visits, last 365 days"),
    ]
    bars = BarsBeside("Visits in the last 365 days", heading, min(MOST_BARS, counts.rows_shown))
    rows = [(row.name, row) for row in named]
    table = suppressed.table(columns, rows, counts, hidden_last=True, bars=bars)
    return ReportTables(
        "physicians who refer", [("Shown", filters.said), *about_physicians(asked, known.windows)], [table]
    )


def physician_for_others(physician_id: int) -> ReportTables:
    """A physician's months."""
    asked, lists, known = _read()
    row_id, name, _ = _physician(physician_id, lists)
    return _months_for_others("Physician", name, known.histories.get(row_id), asked, known)


def practice_for_others(practice_id: int) -> ReportTables:
    """A practice's months."""
    asked, lists, known = _read()
    _, name, ids = _practice(practice_id, lists)
    history = practice_history(ids, until=asked.today, location_ids=asked.location_ids)
    return _months_for_others("Referring practice", name, history, asked, known)


def _months_for_others(
    what: str, name: str, history: History | None, asked: ReportScope, known: Records
) -> ReportTables:
    table = months_for_others(name, VISITS, _months(history, asked, known), "Visits")
    return ReportTables(f"referrals of {name}", [(what, name), *about_physicians(asked, known.windows)], [table])


def months_for_others(name: str, counted: str, months: Sequence[charts.ReferrerMonth], page_heading: str = "") -> Table:
    """A count by month, small ones hidden."""
    counts = suppressed.list_counts([month.visits or 0 for month in months], [month.label for month in months])
    columns = [
        suppressed.label_column("Month"),
        Column("From", lambda row: row.record.period.first_day, Cell.DAY),
        suppressed.count_column(counted, page_heading=page_heading),
    ]
    bars = BarsBeside(name, counted, len(months) if counts.rows_shown else 0)
    return suppressed.table(columns, [(month.label, month) for month in months], counts, bars=bars)


def about_physicians(asked: ReportScope, windows: Windows) -> About:
    """What these files say of themselves: they are of one day, and charts count as answers do."""
    return about(
        ("As of", windows.today),
        ("Locations", asked.where),
        ("Who counts", "New patients who came, once for each physician whom the chart or the answer names."),
        ("Counted", "by day of visit, from answers and charts"),
        ("List", LISTING_LABELS[asked.listing]),
        ("Records began", windows.records_began),
        ("Windows", messages.exposure_sentence(windows)),
    )
