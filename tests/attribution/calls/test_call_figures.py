"""Booked new-patient calls among those that could be served."""

from datetime import UTC, datetime
from typing import Any

import time_machine

from intake.attribution.calls.figures import CallFact, call_figures
from intake.capture.call.slip import CallResult, WhyNot
from intake.capture.models import CallOutcome, CallSlip
from intake.db import db
from tests.pages import text_of
from tests.report_files import lines_of, sheets_of, take

AT = datetime(2026, 5, 11, 9, 30, tzinfo=UTC)


def test_what_could_not_be_served_or_was_not_answered_stands_apart() -> None:
    figures = call_figures(
        [
            CallFact(AT, False, CallResult.BOOKED, None),
            CallFact(AT, False, CallResult.WAITING, None),
            CallFact(AT, False, CallResult.NOT_BOOKED, WhyNot.PRICE),
            CallFact(AT, False, CallResult.NOT_BOOKED, WhyNot.WRONG_PLACE),
            CallFact(AT, True, None, None),
            # Missed, and booked when it was called back.
            CallFact(AT, True, CallResult.BOOKED, None),
            # Said no, and came all the same.
            CallFact(AT, False, CallResult.NOT_BOOKED, WhyNot.THINKING, has_visit=True),
        ]
    )

    together = figures.together
    assert (together.booked, together.servable, together.waiting, together.unanswered) == (3, 5, 1, 1)
    assert figures.not_booked == {WhyNot.PRICE: 1, WhyNot.WRONG_PLACE: 1}
    assert together.too_few


@time_machine.travel(datetime(2026, 5, 12, 15, tzinfo=UTC), tick=False)
def test_the_page_counts_the_newest_outcome_on_the_locations_clock(
    client: Any, make: Any, sign_in: Any, session: Any
) -> None:
    place, other = make.location(time_zone="America/Chicago"), make.location()

    def call(location: Any, *results: str, kind: str = "new", why: str | None = None, **slip: Any) -> None:
        caller = make.caller(location, called_at=datetime(2026, 5, 11, 14, 5, tzinfo=UTC))
        db.session.add(CallSlip(caller_id=caller.id, kind=kind, for_whom="self", **slip))
        for result in results:
            at = datetime(2026, 5, 11, 15, tzinfo=UTC)
            db.session.add(CallOutcome(caller_id=caller.id, result=result, why_not=why, recorded_at=at))
            db.session.flush()

    for _ in range(9):
        call(place, "call_back", "booked")
    call(place, "not_booked", why="price")
    call(place, missed=True)
    call(place, "booked", kind="existing")
    call(place, "booked", on_paper=True)
    call(other, "booked")
    make.caller(place)
    sign_in(client, make.staff("manager", locations=[place]))

    text = text_of(client.get("/reports/calls"))

    assert "9 of 10 new-patient calls that could be served were booked: 90%." in text
    assert "90%, 95% interval 60–98%." in text
    assert "9 am 9 of 10 1 not answered" in text
    assert "Not answered 1" in text and "Price 1" in text
    sheets, lines = sheets_of(take(client, "xlsx", "/reports/calls")), lines_of(take(client, "csv", "/reports/calls"))
    assert sheets["All"][1][:6] == ["All", 10, 9, 0, 1, 0.9]
    assert sheets["Why not booked"][1:] == [["Price", 1, ""]]
    assert sheets["By hour of the week"][1:] == [["Monday", "09:00", 10, 9, 0, 1]]
    assert len(lines) == 3 and lines[0]["To"] == "2026-05-12"
    # It has no edition for others, so the address of one leads nowhere.
    assert "leaving" not in client.get("/reports/calls").text
    assert client.get("/reports/calls?leaving=yes").status_code == 404
    sign_in(client, make.staff("manager"))
    assert "No slip of a new patient’s call yet" in text_of(client.get("/reports/calls"))
