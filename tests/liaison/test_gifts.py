"""The gift ledger: nobody gets more than the table allows unless a manager says why; what is left is told before."""

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from intake.clock import clinic_today
from intake.directory.models import Location
from intake.liaison.gifts.forms import planned_cents
from intake.liaison.gifts.ledger import allowances
from intake.liaison.gifts.limits import Limits, enter_limit, limits
from intake.liaison.gifts.models import GiftLimit, LimitKind
from intake.liaison.people.models import OfficeContact
from intake.liaison.people.whom import of_contact, of_physician
from intake.liaison.thanks import tokens
from intake.liaison.touchpoints.kinds import Shared, TouchpointKind
from intake.liaison.touchpoints.queries import gifts
from intake.liaison.touchpoints.recording import (
    NewTouchpoint,
    OverGiftLimit,
    record_touchpoint,
    restore_touchpoint,
    withdraw_touchpoint,
)
from tests.clients import Client
from tests.liaison.relationships import contact
from tests.making import ZONE, Make
from tests.pages import text_of

DAY = date(2026, 6, 3)
CAPS = Limits(
    tuple(
        GiftLimit(kind=kind, valid_from=date(2016, 12, 7), cents=cents, source="OIG")
        for kind, cents in ((LimitKind.TOKEN_PIECE, 1500), (LimitKind.TOKEN_YEAR, 7500))
    )
)


class Giving:
    """Gifts of one location, through the product's own door."""

    def __init__(self, make: Make, place: Location, staff: Any) -> None:
        self.place, self.staff, self.count = place, staff, 0

    def __call__(
        self, *who: Any, cents: int, day: date = DAY, shared: Shared = Shared.SPLIT, reason: str = "", may: bool = False
    ) -> Any:
        self.count += 1
        people = [of_contact(each) if isinstance(each, OfficeContact) else of_physician(each) for each in who]
        new = NewTouchpoint(
            kind=TouchpointKind.LUNCH,
            words="Lunch with the office",
            day=day,
            who=people,
            cost_cents=cents,
            shared=shared,
            received=frozenset(each.key for each in people),
            over_limit_reason=reason,
        )
        return record_touchpoint(
            new,
            submission_id=f"gift-{self.count}",
            author_id=self.staff.id,
            location_ids={self.place.id},
            may_override=may,
        )


@pytest.fixture
def giving(session: Session, make: Make) -> Giving:
    place = make.location("Riverside")
    return Giving(make, place, make.staff("manager", locations=[place]))


def test_a_year_ends_at_its_limit_and_a_manager_may_say_why_not(giving: Giving, make: Make) -> None:
    okafor, lind = make.physician("Okafor"), make.physician("Lind")
    giving(okafor, lind, cents=800_00)
    assert allowances(2026, [okafor.id])[okafor.id].left == 135_00
    # One thing that can't be divided counts whole for both, so it is too much for both.
    with pytest.raises(OverGiftLimit, match=r"\$135.00 left of \$535.00 in 2026; this would count \$135.01"):
        giving(okafor, lind, cents=135_01, shared=Shared.WHOLE)
    # A reason alone isn't enough, nor being a manager.
    for refused in ({"reason": "Retirement"}, {"may": True}):
        with pytest.raises(OverGiftLimit):
            giving(okafor, cents=135_01, **refused)
    giving(okafor, cents=135_00)
    # Another year is another allowance, whatever was given in this one.
    giving(okafor, cents=519_00, day=date(2025, 12, 31))
    allowed = giving(okafor, cents=10_00, reason="Repaid on 5 June", may=True)
    assert allowances(2026, [okafor.id])[okafor.id].given == 545_00
    assert allowed.over_limit_reason == "Repaid on 5 June"
    withdraw_touchpoint(allowed, by_id=giving.staff.id)
    assert allowances(2026, [okafor.id])[okafor.id].given == 535_00


def test_what_an_office_got_counts_for_whom_a_manager_says_and_for_nobody_before(
    giving: Giving, make: Make, client: Client, sign_in: Any
) -> None:
    practice = make.referring_practice("Bluegrass Family Medicine")
    okafor, lind = (make.physician(name, referring_practice_id=practice.id) for name in ("Okafor", "Lind"))
    solo = make.physician("Solo")
    nurse, own_nurse = contact(make, practice), contact(make, physician_id=solo.id, practice_id=None)
    giving(own_nurse, cents=20_00)
    assert allowances(2026, [solo.id])[solo.id].given == 20_00, "they are the office"
    meal = giving(okafor, nurse, cents=100_00)
    giving(okafor, cents=400_00)
    sign_in(client, make.staff("liaison", locations=[giving.place]))
    page = client.get("/relationships/gifts?year=2026").text
    assert "Given to an office: for whom?" in page and "It counts for those ticked" not in page
    assert "isn’t decided" in client.get("/relationships/gifts.csv?year=2026").text
    address = f"/relationships/gifts/{meal.id}/for"
    assert client.post(address, data={"for": lind.id}).status_code == 403
    sign_in(client, giving.staff)
    client.post(address)
    assert meal.office_gift_for is None, "nobody was ticked, and nobody was said"
    client.post(address, data={"for": [okafor.id, lind.id]})
    assert allowances(2026, [lind.id])[lind.id].given == 50_00
    assert allowances(2026, [okafor.id])[okafor.id].given == 500_00
    assert "to their office" in client.get("/relationships/gifts?year=2026").text
    big = giving(nurse, cents=60_00)
    client.post(f"/relationships/gifts/{big.id}/for", data={"for": okafor.id})
    assert big.office_gift_for is None, "over the limit without a reason"
    client.post(f"/relationships/gifts/{big.id}/for", data={"for": okafor.id, "reason": "Repaid"})
    assert allowances(2026, [okafor.id])[okafor.id].given == 560_00 and big.over_limit_reason == "Repaid"
    client.post(f"/relationships/gifts/{big.id}/for", data={"do": "nobody"})
    assert allowances(2026, [okafor.id])[okafor.id].given == 500_00
    assert "Given to an office: for whom?" not in client.get("/relationships/gifts?year=2026").text


def test_a_gift_that_was_taken_back_returns_only_where_there_is_room(giving: Giving, make: Make) -> None:
    okafor = make.physician("Okafor")
    first = giving(okafor, cents=300_00)
    withdraw_touchpoint(first, by_id=giving.staff.id)
    second = giving(okafor, cents=300_00)
    with pytest.raises(OverGiftLimit):
        restore_touchpoint(first)
    assert first.withdrawn_at is not None and allowances(2026, [okafor.id])[okafor.id].given == 300_00
    withdraw_touchpoint(second, by_id=giving.staff.id)
    restore_touchpoint(first)
    assert allowances(2026, [okafor.id])[okafor.id].given == 300_00


def test_a_gift_that_finds_no_room_stays_taken_back_and_says_why(
    giving: Giving, make: Make, client: Client, sign_in: Any
) -> None:
    okafor = make.physician("Okafor")
    first = giving(okafor, cents=300_00)
    withdraw_touchpoint(first, by_id=giving.staff.id)
    giving(okafor, cents=300_00)
    sign_in(client, giving.staff)
    told = client.post(f"/relationships/touchpoints/{first.id}/restore", follow_redirects=True)
    assert "this would count $300.00" in text_of(told) and first.withdrawn_at is not None


def test_whoever_ate_was_there_and_a_meal_that_nobody_ate_is_asked_about(
    giving: Giving, make: Make, client: Client, sign_in: Any
) -> None:
    okafor, lind = make.physician("Okafor"), make.physician("Lind")
    sign_in(client, giving.staff)

    def lunch(*received: str) -> int:
        form = {"party": f"physician-{okafor.id}", "who": f"physician-{okafor.id}", "kind": "lunch", "words": "Lunch"}
        form |= {"day": "2026-06-03", "cost": "90", "shared": "split", "received": list(received)}  # type: ignore[dict-item]
        return client.post("/relationships/touchpoints", data=form).status_code

    assert lunch(f"physician-{okafor.id}", f"physician-{lind.id}") == 303
    assert {one: each.given for one, each in allowances(2026).items()} == {okafor.id: 45_00, lind.id: 45_00}
    assert lunch("physician-999999") == 422
    make.physician_merge(physician_id=lind.id, into_id=okafor.id)
    # A page that was opened before the merge.
    assert lunch(f"physician-{lind.id}") == 303
    assert allowances(2026, [okafor.id])[okafor.id].given == 180_00


def test_merged_records_are_one_physician_with_one_allowance(giving: Giving, make: Make) -> None:
    kept, double = make.physician("Okafor"), make.physician("Okafor")
    giving(double, cents=500_00)
    make.physician_merge(physician_id=double.id, into_id=kept.id)
    assert allowances(2026, [kept.id])[kept.id].left == 35_00
    with pytest.raises(OverGiftLimit):
        giving(kept, cents=40_00)


GIFT = st.tuples(
    st.sets(st.integers(0, 2), min_size=1),
    st.integers(1, 700_00),
    st.sampled_from(Shared),
    st.sampled_from([date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31)]),
    st.sampled_from(["", "Because"]),
)


@given(wanted=st.lists(GIFT, max_size=8))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_year_passes_its_limit_but_by_what_a_manager_gave_a_reason_for(
    giving: Giving, make: Make, wanted: list[Any]
) -> None:
    people = [make.physician() for _ in range(3)]
    make.physician_merge(physician_id=people[2].id, into_id=people[1].id)
    for who, cents, shared, day, reason in wanted:
        with suppress(OverGiftLimit):
            giving(*(people[one] for one in sorted(who)), cents=cents, shared=shared, day=day, reason=reason, may=True)
    for year, limit in ((2025, 519_00), (2026, 535_00)):
        for one in people[:2]:
            ids = [each.id for each in people if each is one or (one is people[1] and each is people[2])]
            entries = gifts(first_day=date(year, 1, 1), last_day=date(year, 12, 31), physician_ids=ids)
            within = sum(each.cents for each in entries if not each.touchpoint.over_limit_reason)
            assert within <= limit
            assert allowances(year, [one.id])[one.id].given == sum(each.cents for each in entries)


def test_a_meal_counts_in_equal_parts_and_one_thing_whole() -> None:
    assert planned_cents("100", 3, whole=False) == 33_34
    assert planned_cents("100", 3, whole=True) == 100_00
    assert planned_cents("a lot", 3, whole=True) is None


def test_a_limit_holds_from_its_day_and_an_unknown_year_keeps_the_last(giving: Giving) -> None:
    enter_limit(
        LimitKind.PHYSICIAN_YEAR, valid_from=date(2027, 1, 1), cents=551_00, source="cms.gov", staff_id=giving.staff.id
    )
    found = limits()
    assert [found.of_year(year) for year in (2023, 2024, 2026, 2027, 2030)] == [None, 507_00, 535_00, 551_00, 551_00]
    assert found.entered_for(2027) and not found.entered_for(2030)


@given(
    pieces=st.lists(
        st.tuples(
            st.integers(1, 3000),
            st.sampled_from(
                ["A mug", "Gift card", "Gift-cards", "Checks", "Amazon card", "Tarjeta de regalo", "Thank-you card"]
            ),
        ),
        max_size=30,
    )
)
def test_tokens_never_pass_their_caps_and_are_never_cash(pieces: list[tuple[int, str]]) -> None:
    given_in_year = 0
    for cents, what in pieces:
        told = tokens.refusal_by_caps(CAPS, what, cents=cents, day=DAY, given_in_year=given_in_year)
        if not told:
            assert cents <= 1500 and what in ("A mug", "Thank-you card")
            given_in_year += cents
    assert given_in_year <= 7500


def test_tokens_are_off_until_a_manager_switches_them_on(
    giving: Giving, make: Make, client: Client, sign_in: Any
) -> None:
    patient = make.patient()

    def refused(what: str) -> str:
        try:
            tokens.give_token(patient.id, what, 10_00, day=DAY, staff=giving.staff)
        except tokens.TokenRefused as refusal:
            return str(refusal)
        return ""

    assert "switched off" in refused("A mug")
    giving.staff.all_locations = True
    sign_in(client, giving.staff)
    assert client.post("/relationships/gifts/tokens", data={"on": "yes"}).status_code == 303
    assert refused("A mug") == ""
    assert "Nobody may be given cash" in refused("A $10 gift card")


def test_the_page_says_what_would_be_left_before_a_lunch_is_booked(
    giving: Giving, make: Make, client: Client, sign_in: Any
) -> None:
    okafor, lind = make.physician("Okafor"), make.physician("Lind")
    giving(okafor, cents=500_00)
    giving(lind, cents=20_00, reason="", may=True)
    liaison = make.staff("liaison", locations=[giving.place])
    sign_in(client, liaison)
    assert "Before you book it" in client.get("/relationships/gifts?year=2026").text
    ahead = {"year": 2026, f"who-{okafor.id}": 1, f"who-{lind.id}": 1, "cost": "120", "others": 2}
    page = text_of(client.get("/relationships/gifts", query_string=ahead))
    assert "$30.00 would count, $485.00 would be left" in page
    assert "$30.00 would count, $5.00 would be left" in page
    assert "$85.00 too much" in text_of(client.get("/relationships/gifts", query_string=ahead | {"counts": "whole"}))
    assert "A record, not legal advice" in page and "Enter a limit" not in page
    assert "Write what it costs" in text_of(client.get("/relationships/gifts", query_string=ahead | {"cost": "much"}))
    assert client.post("/relationships/gifts/limits", data={}).status_code == 403


def test_the_brief_of_a_practice_says_what_each_may_still_be_given(
    giving: Giving, make: Make, client: Client, sign_in: Any
) -> None:
    group = make.referring_practice("Elm Street")
    okafor, _lind = (make.physician(name, "Ada", referring_practice_id=group.id) for name in ("Okafor", "Lind"))
    sign_in(client, make.staff("liaison", locations=[giving.place]))
    brief = f"/relationships/practices/{group.id}/brief"
    whole = text_of(client.get(brief))
    giving(okafor, cents=100_00, day=clinic_today(ZONE))
    assert "each physician $535.00." in whole
    assert "Ada Okafor, MD $435.00, the others $535.00." in text_of(client.get(brief))


def test_a_manager_enters_a_limit_and_takes_the_ledger_away(
    giving: Giving, make: Make, client: Client, sign_in: Any
) -> None:
    okafor, elsewhere = make.physician("Okafor"), make.location("Elsewhere")
    giving(okafor, cents=540_00, reason="=Repaid", may=True)
    there = Giving(make, elsewhere, giving.staff)
    there.count = 50
    there(make.physician("Hidden"), cents=10_00)
    sign_in(client, giving.staff)
    answer = client.get("/relationships/gifts.csv?year=2026")
    assert "540.00" in answer.text and "Hidden" not in answer.text and "'=Repaid" in answer.text
    limit = {"kind": "physician_year", "valid_from": "2027-03-01", "amount": "551", "source": "cms.gov"}
    refused = client.post("/relationships/gifts/limits", data=limit)
    assert refused.status_code in (403, 422)
    giving.staff.all_locations = True
    refused = client.post("/relationships/gifts/limits", data=limit)
    assert refused.status_code == 422 and "begins on 1 January" in refused.text and 'value="551"' in refused.text
    assert client.post("/relationships/gifts/limits", data=limit | {"valid_from": "2027-01-01"}).status_code == 303
    assert "$551.00" in client.get("/relationships/gifts?year=2027").text
