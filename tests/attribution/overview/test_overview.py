"""The first page of the reports: what stands there, what it is measured against, and what luck could have made."""

import re
from datetime import date, timedelta
from math import comb
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from intake.attribution.filters.dimensions.people import PHYSICIAN
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.periods import Period
from intake.attribution.monthly import views as monthly
from intake.attribution.overview.notable_changes import SURE, alarms_of, largest, spans_compared, two_sided_p
from intake.attribution.overview.report import ReportOverview, overview
from intake.attribution.overview.shown import rows_shown
from intake.attribution.statistics.counts import change
from intake.attribution.totals.clinic_days import clinic_days
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View
from intake.survey.recording.record_answer import NewMention
from tests.clients import Client
from tests.making import Make
from tests.pages import sentences_of, text_of
from tests.report_files import sheets_of, take

DAY = date(2026, 5, 12)
# So that records began before everything that is compared.
LONG_AGO = date(2024, 3, 4)
MAY = Period(date(2026, 5, 1), date(2026, 5, 31))


def report(place: Any, period: Period = MAY, view: View = View.PRIMARY) -> ReportOverview:
    return overview(period=period, view=view, location_ids={place.id})


def test_a_source_stands_beside_the_month_before_the_year_before_and_its_twelve_months(
    manager: Any, make: Make
) -> None:
    sources, place = make.sources(), manager.place
    for day, count in ((DAY, 3), (date(2026, 4, 3), 2), (date(2025, 5, 30), 1), (date(2025, 6, 1), 4)):
        for _ in range(count):
            make.answer(make.visit(place, day=day), sources["facebook"])
    make.answer(make.visit(make.location(), day=DAY), sources["tv"])
    make.visit(place, day=LONG_AGO)
    found = report(place)
    assert [row.name.key for row in found.lines] == ["social_media"]
    row = found.lines[0]
    assert (row.units, row.before_units, row.year_before_units) == (3 * UNIT, 2 * UNIT, 1 * UNIT)
    assert [units // UNIT for units in row.months] == [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3]
    assert found.holds


@pytest.mark.parametrize("view", list(View))
def test_the_overview_adds_up_under_every_view(manager: Any, make: Make, view: View) -> None:
    sources, place = make.sources(), manager.place
    make.answer(make.visit(place, day=DAY), sources["facebook"], sources["instagram"], sources["tv"])
    make.answer(make.visit(place, day=DAY), sources["doctor"])
    found = report(place, view=view)
    assert found.holds
    units = {row.name.key: row.units for row in found.lines}
    social = {View.PRIMARY: UNIT, View.ANY: UNIT, View.FRACTIONAL: UNIT * 2 // 3}[view]
    assert units["social_media"] == social


def test_where_nothing_is_on_record_nothing_is_compared(manager: Any, client: Client, make: Make) -> None:
    make.answer(make.visit(manager.place, day=DAY), make.sources()["tv"])
    found = report(manager.place)
    assert (found.before, found.year_before) == (None, None)
    page = client.get("/reports?from=2026-05-01&to=2026-05-31")
    assert "Nothing to compare with: records began May 12, 2026" in page.text
    assert "Records began May 12, 2026." in text_of(page)
    assert "A year ago" not in page.text


def test_days_that_are_only_in_part_on_record_are_compared_with_nothing_anywhere(
    manager: Any, client: Client, make: Make
) -> None:
    tv, year = make.sources()["tv"], Period(date(2025, 6, 1), date(2026, 5, 31))
    for day in (date(2024, 6, 3), date(2025, 5, 3), DAY):
        make.answer(make.visit(manager.place, day=day), tv)
    found = report(manager.place, year)
    assert found.before is None and found.coverage.answered == 1
    assert found.notable is None
    said = "Nothing to compare with: records began June 3, 2024"
    days = "from=2025-06-01&to=2026-05-31"
    make.visit(manager.place, day=date(2024, 7, 9))
    for address in (f"/reports?{days}", f"/reports?{days}&by=source", "/reports/month?from=2024-07-01&to=2024-07-31"):
        assert said in sentences_of(client.get(address)), address
        about = {row[0]: row[1] for row in sheets_of(take(client, "xlsx", address))["About"] if row[0]}
        assert about["Compared with"] == said
    assert "These days can" not in text_of(client.get("/reports/compare?of=period&from=2025-07-01&to=2025-12-31"))
    beside = client.get(f"/reports/compare?of=period&{days}")
    assert "These days can’t be compared Records began June 3, 2024." in sentences_of(beside)
    make.visit(manager.place, day=date(2024, 6, 1))
    found = report(manager.place, year)
    assert found.before == Period(date(2024, 6, 1), date(2025, 5, 31)) and found.coverage_before.eligible == 4


def test_days_to_come_are_compared_with_nothing(manager: Any, client: Client, make: Make) -> None:
    for day in (LONG_AGO, DAY):
        make.answer(make.visit(manager.place, day=day), make.sources()["tv"])
    page = client.get("/reports?from=2099-02-01&to=2099-02-28")
    assert "These days are yet to come." in sentences_of(page)
    found = report(manager.place, Period(date(2099, 2, 1), date(2099, 2, 28)))
    assert (found.before, found.year_before, found.notable) == (None, None, None)


def test_every_loss_is_named_and_opens_its_visits(manager: Any, client: Client, make: Make) -> None:
    from intake import clock
    from intake.survey.models import Channel
    from intake.survey.recording.record_answer import NewAsk, save_ask

    place = manager.place
    make.answer(make.visit(place, day=DAY), make.sources()["tv"])
    make.answer(make.visit(place, day=DAY), outcome="declined")
    make.answer(make.visit(place, day=DAY), outcome="dont_remember")
    save_ask(NewAsk(Channel.LINK, "en", clock.now(), visit_id=make.visit(place, day=DAY).id))
    for _ in range(2):
        make.visit(place, day=DAY)
    page = client.get("/reports?from=2026-05-01&to=2026-05-31")
    text = text_of(page)
    assert "Eligible 6" in text and "Asked 4" in text and "Answered 1" in text
    for key, count in (("never-asked", 2), ("awaiting", 1), ("declined", 1), ("dont-remember", 1)):
        address = re.search(rf'href="(/reports/rows\?[^"]*key={key}[^"]*)">{count}<', page.text)
        assert address is not None, key
        rows = client.get(address[1].replace("&amp;", "&"))
        assert len(re.findall("MRN ", text_of(rows))) == count
        # Each leads to where it is asked and corrected.
        assert len(re.findall(r'href="/desk/visits/\d+"', rows.text)) == count
    lost = client.get("/reports/rows?from=2026-05-01&to=2026-05-31&by=coverage&key=lost")
    assert len(re.findall("MRN ", text_of(lost))) == 5


def test_a_physician_who_sends_fewer_is_said_in_a_sentence(manager: Any, client: Client, make: Make) -> None:
    sources, osei, steady = make.sources(), make.physician("Osei", "Ama"), make.physician("Steady", "Sam")
    last = date(2026, 5, 31)
    for physician, now, before in ((osei, 3, 14), (steady, 8, 8)):
        for number in range(now + before):
            # Days side by side in both spans, so that both were open as often.
            day = last - timedelta(days=(number if number < now else number - now) + (0 if number < now else 90))
            make.answer(make.visit(manager.place, day=day), NewMention(sources["doctor"].id, physician_id=physician.id))
    for number in range(20):
        for start in (0, 90):
            make.visit(manager.place, day=last - timedelta(days=start + number), visit_type="established")
    make.visit(manager.place, day=LONG_AGO)
    page = client.get("/reports?from=2026-05-01&to=2026-05-31")
    text = sentences_of(page)
    assert "Ama Osei, MD: 3 in 90 days, 14 in the 90 before" in text
    assert "Sam Steady" not in text
    assert "3 sources and physicians had enough visits to compare." in text
    address = re.search(rf'href="(/reports/rows\?[^"]*key={osei.id}[^"]*)"', page.text)
    assert address is not None
    assert "3 visits with credit here" in text_of(client.get(address[1].replace("&amp;", "&")))


def test_a_physician_who_fell_silent_is_named_beside_sources_that_are_ten_times_as_large() -> None:
    sources = [(SOURCE, number, 700 - number, 500, 0.001) for number in range(8)]
    physicians = [(PHYSICIAN, number, 0, 13 - number, 0.001) for number in range(2)]
    assert largest([*sources, *physicians]) == [*sources[:4], *physicians]
    assert largest(sources) == sources[:6]


def test_short_spans_are_looked_at_as_ninety_days_too() -> None:
    assert spans_compared(MAY) == [
        (MAY, Period(date(2026, 4, 1), date(2026, 4, 30))),
        (Period(date(2026, 3, 3), date(2026, 5, 31)), Period(date(2025, 12, 3), date(2026, 3, 2))),
    ]
    quarter = Period(date(2026, 4, 1), date(2026, 6, 30))
    assert spans_compared(quarter) == [(quarter, Period(date(2026, 1, 1), date(2026, 3, 31)))]


def test_what_ended_within_ninety_days_is_named_by_the_month(
    manager: Any, client: Client, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monthly, "MOST_SOURCES", 1)
    tv, web = make.source("tv", label="TV"), make.source("web", label="Website")
    make.visit(manager.place, day=LONG_AGO)
    for month, shown in ((3, 0), (4, 28), (5, 2)):
        for number in range(28):
            source = tv if number < shown else web
            make.answer(make.visit(manager.place, day=date(2026, month, 1 + number)), source)
    text = sentences_of(client.get("/reports?from=2026-05-01&to=2026-05-31"))
    assert "TV: 2 in May 2026, 28 in April 2026" in text
    assert "May 2026 beside April 2026; March 3" in text
    report = client.get("/reports/month?from=2026-05-01&to=2026-05-31")
    assert "Look into TV: 2 in May 2026, 28 in April 2026." in text_of(report)
    assert f'href="/reports/sources/{tv.id}">Month by month' in report.text
    # It has a row of its own, however few it brought now.
    assert re.search(r"TV 2 .*28 .*1 other 26 ", text_of(report))


@given(st.integers(0, 60), st.integers(10, 60), st.sampled_from([0.5, 0.3, 0.62]))
def test_the_test_of_many_agrees_with_the_test_of_one(now: int, both: int, share: float) -> None:
    now = min(now, both)
    one = change(now, both - now, exposure_now=share, exposure_before=1 - share)
    assert two_sided_p(now, both, share) == pytest.approx(one.p)


@pytest.mark.parametrize("both", [10, 11, 17, 40, 100, 900])
@pytest.mark.parametrize("share", [0.5, 0.35, 0.999])
def test_false_alarms_are_the_chance_of_every_count_that_would_be_called_a_change(both: int, share: float) -> None:
    called = [now for now in range(both + 1) if two_sided_p(now, both, share) < SURE]
    chance = sum(comb(both, now) * share**now * (1 - share) ** (both - now) for now in called)
    alarms = alarms_of(both, share)
    assert alarms.rate == pytest.approx(chance)
    assert called == [*range(alarms.low + 1), *range(alarms.high, both + 1)]
    assert alarms.rate <= SURE


def test_days_count_once_a_location_when_anybody_came(session: Session, make: Make) -> None:
    here, there = make.location(), make.location()
    for location, day, status in (
        (here, DAY, "arrived"),
        (here, DAY, "completed"),
        (here, DAY + timedelta(days=1), "cancelled"),
        (here, DAY + timedelta(days=2), "completed"),
        (there, DAY, "arrived"),
        (there, date(2026, 6, 1), "arrived"),
    ):
        make.visit(location, day=day, status=status, visit_type="established")
    assert clinic_days([MAY], location_ids={here.id}) == {MAY: 2}
    assert clinic_days([MAY], location_ids={here.id, there.id}) == {MAY: 3}
    assert clinic_days([Period(date(2026, 4, 1), date(2026, 4, 30))], location_ids={here.id}).popitem()[1] == 0


def test_holidays_are_no_decline(manager: Any, make: Make) -> None:
    """As many a day as before, on half the days: half as many, and no change."""
    sources, place = make.sources(), manager.place
    for month, days in ((4, 20), (5, 10)):
        for day in range(1, days + 1):
            for _ in range(2):
                make.answer(make.visit(place, day=date(2026, month, day)), sources["tv"])
    row = rows_shown(report(place))[0]
    assert row.before is not None
    assert (row.before.change, row.before.is_clear) == ("−20", False)
    assert row.before.test.ratio == pytest.approx(1.0)
