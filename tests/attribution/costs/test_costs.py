"""What was spent, month by month, and what a new patient cost by it."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import clock
from intake.accounts.models import AuditEntry
from intake.attribution.costs.costs import Costs, costs
from intake.attribution.costs.forms import read_cents, read_month
from intake.attribution.costs.messages import for_each_of
from intake.attribution.costs.models import Spend
from intake.attribution.costs.queries import current_spend
from intake.attribution.filters.periods import Period
from intake.attribution.statistics.counts import count_interval
from intake.directory.models import SourceMerge
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of

DAY = date(2026, 5, 12)
MAY = Period(date(2026, 5, 1), date(2026, 5, 31))
ADDRESS = "/reports/costs?from=2026-05-01&to=2026-05-31"


@pytest.fixture
def manager(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    location = make.location("Riverside")
    staff = make.staff("manager", locations=[location])
    staff.place = location
    make.sources()
    sign_in(client, staff)
    return staff


def found(place: Any, period: Period = MAY, view: View = View.PRIMARY) -> Costs:
    return costs(period=period, view=view, location_ids={place.id})


def test_money_entered_becomes_the_cost_of_a_new_patient_with_its_interval(
    manager: Any, client: Client, make: Make, session: Session
) -> None:
    sources = make.sources()
    for _ in range(4):
        make.answer(make.visit(manager.place, day=DAY), sources["mail"])
    make.answer(make.visit(manager.place, day=DAY), sources["tv"])
    form = {"source": str(sources["mail"].id), "month": "2026-05", "amount": "$1,000.00", "note": "Spring cards"}
    assert client.post("/reports/costs?from=2026-05-01&to=2026-05-31", data=form).status_code == 303
    row = found(manager.place).rows[0]
    low, high = count_interval(4)
    assert (row.cents, row.units, row.cost.cost) == (100_000, 4 * UNIT, 25_000)
    assert (row.cost.low, row.cost.high) == pytest.approx((100_000 / high, 100_000 / low))
    text = text_of(client.get(ADDRESS))
    assert "$1,000 was spent in May 2026, most of it on Mail: $250.00 for each new patient who named it first." in text
    assert "$97.64–$917.54" in text and "Spring cards" in text
    noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "spend.entered")).one()
    assert (noted.actor_id, noted.details) == (manager.id, {"month": "2026-05"})


def test_campaigns_stand_under_their_channel_and_only_their_money_counts(manager: Any, make: Make) -> None:
    sources, place = make.sources(), manager.place
    make.spend(sources["mail"], cents=30_000)
    make.spend(sources["tv"], cents=90_000)
    make.spend(sources["event"], cents=20_000)
    make.spend(sources["event"], cents=7_000, month=date(2026, 6, 1))
    for code in ("mail", "tv", "radio", "event"):
        make.answer(make.visit(place, day=DAY), sources[code])
    advertising, event = found(place).rows
    assert (advertising.name.key, advertising.cents, advertising.units) == ("advertising", 120_000, 2 * UNIT)
    assert advertising.unpaid_units == UNIT
    assert [(row.name.key, row.cents, row.units // UNIT) for row in advertising.below] == [
        ("tv", 90_000, 1),
        ("mail", 30_000, 1),
    ]
    assert (event.cents, event.below) == (20_000, ())


def test_a_later_amount_takes_the_place_of_the_one_before_until_it_is_taken_back(
    manager: Any, client: Client, make: Make, session: Session
) -> None:
    mail = make.sources()["mail"]
    for amount, counts in (("1,100.75", "adds"), ("250.50", "replaces")):
        form = {"source": str(mail.id), "month": "05/2026", "amount": amount, "counts": counts}
        client.post("/reports/costs", data=form)
    assert "replaced" in text_of(client.get(ADDRESS))
    assert current_spend(MAY) == {mail.id: {date(2026, 5, 1): 25_050}}
    latest = session.scalars(select(Spend).order_by(Spend.id.desc())).first()
    assert latest is not None
    for _ in range(2):
        assert client.post(f"/reports/costs/{latest.id}/undo").status_code == 303
    session.expire_all()
    assert current_spend(MAY) == {mail.id: {date(2026, 5, 1): 110_075}}
    assert session.scalars(select(AuditEntry).where(AuditEntry.action == "spend.undone")).one()
    text = text_of(client.get(ADDRESS))
    assert "$1,100.75" in text and "$250.50" in text and "taken back" in text


def test_amounts_of_a_month_add_up_and_may_be_repeated_for_months(manager: Any, client: Client, make: Make) -> None:
    mail = make.sources()["mail"]
    form = {"source": str(mail.id), "month": "2026-05", "amount": "100"}
    for more in ({"note": "Stamps"}, {"note": "Cards"}, {"note": "Cards"}, {"amount": "20", "months": "3"}):
        assert client.post("/reports/costs", data=form | more).status_code == 303
    spent = current_spend(Period(date(2026, 5, 1), date(2026, 12, 31)))
    assert spent == {mail.id: {date(2026, 5, 1): 22_000, date(2026, 6, 1): 2_000, date(2026, 7, 1): 2_000}}
    assert client.post("/reports/costs", data=form | {"months": "25"}).status_code == 422


def test_an_amount_for_several_months_is_said_as_each_months_and_taken_back_as_one(
    manager: Any, client: Client, make: Make
) -> None:
    mail = make.sources()["mail"]
    page = client.get(ADDRESS).text
    assert "Dollars a month" in page
    # Nothing is chosen for whoever doesn't look.
    assert client.post(ADDRESS, data={"source": "", "month": "2026-05", "amount": "1"}).status_code == 422
    client.post(ADDRESS, data={"source": str(mail.id), "month": "2026-05", "amount": "7"})
    form = {"source": str(mail.id), "month": "2026-05", "amount": "1,200", "months": "12"}
    told = client.get(client.post(ADDRESS, data=form).location)
    assert "$1,200 a month for Mail, from May 2026 to April 2027, is entered: $14,400 in all." in text_of(told)
    undo = unescape(re.findall(r'action="(/reports/costs/\d+/undo[^"]*)"', told.text)[-1])
    assert "May 2026 to April 2027 · 12 months" in text_of(told)
    # It stands in each of its months, and goes from all of them.
    april = "/reports/costs?from=2027-04-01&to=2027-04-30"
    assert "12 months" in text_of(client.get(april))
    told = text_of(client.get(client.post(undo).location))
    assert "$1,200 a month from May 2026 to April 2027 is taken back." in told
    assert current_spend(Period(date(2026, 1, 1), date(2028, 1, 1))) == {mail.id: {date(2026, 5, 1): 700}}


def test_whatever_was_entered_for_the_period_can_be_reached_and_taken_back(
    manager: Any, client: Client, make: Make
) -> None:
    mail, tv = (make.sources()[code] for code in ("mail", "tv"))
    oldest = make.spend(mail, cents=123_450, note="the oldest", entered_by_id=manager.id)
    make.spend(tv, cents=7_700, note="of June", month=date(2026, 6, 1))
    gone = [make.spend(tv, cents=100 + each, note="gone", undone_at=clock.now()) for each in range(30)]
    page = client.get(ADDRESS).text
    assert "the oldest" in page and "of June" not in page and f"/reports/costs/{oldest.id}/undo" in page
    for each in range(40):
        make.spend(tv, cents=200 + each, note=f"newer {each}")
    first, second, last = (client.get(f"{ADDRESS}&page={number}").text for number in (1, 2, 4))
    assert (
        "the oldest" not in first and "newer 39" in first and "newer 0" in second + client.get(f"{ADDRESS}&page=3").text
    )
    assert "the oldest" in client.get(f"{ADDRESS}&page=3").text
    # What was taken back comes last.
    assert "gone" in last and "newer" not in last and "gone" not in first and len(gone) == 30
    assert client.get(f"{ADDRESS}&page=99").status_code == 404


@pytest.mark.parametrize("view", list(View))
def test_a_channels_price_is_of_those_its_money_brought(manager: Any, client: Client, make: Make, view: View) -> None:
    sources, place = make.sources(), manager.place
    make.spend(sources["tv"], cents=90_000)
    make.spend(sources["mail"], cents=30_000)
    for named in (("tv",), ("mail",), ("tv", "mail"), ("radio",), ("radio",), ("event",)):
        make.answer(make.visit(place, day=DAY), *(sources[code] for code in named))
    (advertising,) = found(place, view=view).rows
    assert (advertising.name.key, advertising.units // UNIT, advertising.unpaid_units // UNIT) == ("advertising", 3, 2)
    assert advertising.cost.cost == 120_000 / 3
    if view == View.PRIMARY:
        # As the source's own page says it, beside all who named it.
        assert for_each_of(advertising) == "$400.00 for each of the 3 who named what was paid for"
    text = text_of(client.get(f"{ADDRESS}&view={view}"))
    assert "2 more through entries without money" in text
    named = "named what was paid for first" if view == View.PRIMARY else "named what was paid for"
    assert f"on Advertising: $400.00 for each new patient who {named}." in text


def test_the_sentence_speaks_of_money(manager: Any, client: Client, make: Make) -> None:
    sources = make.sources()
    for code, cents in (("event", 40_000), ("mail", 30_000), ("online_search", 35_000)):
        make.spend(sources[code], cents=cents)
    assert "the largest part, $400, on Event: nobody named it first." in text_of(client.get(ADDRESS))
    make.spend(sources["online_search"], cents=5_000)
    assert "$400 each on Event and Online search" in text_of(client.get(ADDRESS))


def test_a_budget_is_set_beside_what_was_spent(manager: Any, client: Client, make: Make) -> None:
    make.spend(make.sources()["mail"], cents=60_000)
    # It is one for the whole practice.
    assert client.post("/reports/costs/budget", data={"budget": "500"}).status_code == 403
    assert 'name="budget"' not in client.get(ADDRESS).text
    manager.all_locations = True
    assert client.post("/reports/costs/budget", data={"budget": "500"}).status_code == 303
    assert "The budget in May 2026 is $500; $100 more than that was spent." in text_of(client.get(ADDRESS))
    client.post("/reports/costs/budget", data={"budget": "much"})
    client.post("/reports/costs/budget", data={"budget": ""})
    assert "The budget" not in text_of(client.get(ADDRESS))


def test_money_for_a_merged_source_counts_as_for_the_one_it_became(manager: Any, make: Make, session: Session) -> None:
    sources = make.sources()
    make.spend(sources["event"], cents=5_000)
    make.spend(sources["drove_by"], cents=1_000)
    merged_at = clock.now()
    session.add(SourceMerge(source_id=sources["event"].id, into_id=sources["drove_by"].id, merged_at=merged_at))
    session.flush()
    (row,) = found(manager.place).rows
    assert (row.name.key, row.cents) == ("drove_by", 6_000)


def test_days_within_a_month_are_the_whole_month_and_nobody_yet_is_at_least(
    manager: Any, client: Client, make: Make
) -> None:
    make.spend(make.sources()["event"])
    report = found(manager.place, Period(date(2026, 5, 10), date(2026, 5, 12)))
    assert report.months == MAY
    assert (report.rows[0].cost.cost, report.rows[0].cost.high) == (None, None)
    assert "at least $27.11" in text_of(client.get(ADDRESS))


def test_a_part_of_the_practice_has_no_cost(manager: Any, client: Client, make: Make) -> None:
    make.location("Elsewhere")
    make.spend(make.sources()["event"])
    page = client.get(ADDRESS)
    assert "no cost of a patient is worked out here" in page.text
    assert "Table of costs" not in page.text


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("amount", "-5", "A credit of $5 is more than the $0 that stand"),
        ("amount", "1,25", "Write the amount in dollars"),
        ("amount", "99999999", "Write the amount in dollars"),
        ("amount", "", "Give the amount"),
        ("month", "May", "Write the month as year-month"),
        ("month", "2026-13", "Write the month as year-month"),
        ("month", "2999-01", "The month must lie between"),
        ("source", "987654321", "Not a valid choice"),
        ("note", "x" * 121, "At most 120 characters"),
    ],
)
def test_what_can_not_be_entered_is_refused_and_nothing_typed_is_lost(
    manager: Any, client: Client, make: Make, session: Session, field: str, typed: str, sentence: str
) -> None:
    good = {"source": str(make.sources()["mail"].id), "month": "2026-05", "amount": "12.34", "note": "kept"}
    answer = client.post("/reports/costs", data=good | {field: typed})
    assert answer.status_code == 422
    assert sentence in answer.text
    for name, value in (good | {field: typed}).items():
        assert name == "source" or f'value="{value}"' in answer.text
    assert session.scalars(select(Spend)).all() == []


def test_a_month_before_records_began_is_asked_about(
    manager: Any, client: Client, make: Make, session: Session
) -> None:
    make.visit(manager.place, day=DAY)
    typed = {"source": str(make.sources()["mail"].id), "month": "1999-01", "amount": "12.34"}
    # The form opens on the month that the page shows.
    assert 'value="2026-05"' in client.get(ADDRESS).text and "Enter it all the same" not in client.get(ADDRESS).text
    asked = client.post(ADDRESS, data=typed)
    assert asked.status_code == 422 and "Records began in May 2026" in asked.text
    assert "Enter it all the same" in asked.text and session.scalars(select(Spend)).all() == []
    assert client.post(ADDRESS, data=typed | {"before_records": "y"}).status_code == 303
    assert session.scalars(select(Spend.month)).all() == [date(1999, 1, 1)]


def test_a_liaison_reads_costs_and_enters_none(client: Client, make: Make, sign_in: Any, session: Session) -> None:
    place = make.location()
    sign_in(client, make.staff("liaison", locations=[place]))
    entry = make.spend(make.sources()["mail"])
    page = client.get(ADDRESS)
    assert page.status_code == 200 and "Enter what was spent" not in page.text
    assert client.post("/reports/costs", data={}).status_code == 403
    assert client.post(f"/reports/costs/{entry.id}/undo").status_code == 403


@given(st.integers(0, 10**9))
def test_every_amount_is_read_as_it_is_written(cents: int) -> None:
    assert read_cents(f"${cents / 100:,.2f}") == read_cents(f" {cents // 100}.{cents % 100:02d} ") == cents


@pytest.mark.parametrize("text", ["", "$", ".", "1.234", "1e5", "١٢", "12 34", "NaN", "1,2,3"])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert read_cents(text) is None


def test_months_are_read_both_ways() -> None:
    assert read_month("2026-5") == read_month(" 05/2026 ") == date(2026, 5, 1)
    assert read_month("0000-01") is None


@pytest.mark.parametrize("text", ["Nov-26", "Nov 26", "November 2026", "Nov. 2026", "202611", "2026/11", "nov-2026"])
def test_months_are_read_as_people_write_them(text: str) -> None:
    assert read_month(text) == date(2026, 11, 1)


@pytest.mark.parametrize("text", ["26-Nov", "Nov", "Q4 2026", "Foo 2026", "202613"])
def test_what_is_no_month_is_none(text: str) -> None:
    assert read_month(text) is None
