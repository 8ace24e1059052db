"""Who comes again by first source, and what brought people back, which never changes the first source."""

from datetime import UTC, date, datetime
from typing import Any

import time_machine
from sqlalchemy import select

from intake.capture.models import ReturnReason
from intake.db import db
from intake.directory.merging.merge import Kind, merge
from intake.survey.models import Answer
from tests.pages import text_of
from tests.report_files import lines_of, sheets_of, take


@time_machine.travel(datetime(2026, 11, 12, 15, tzinfo=UTC), tick=False)
def test_repeat_visits_by_first_source_and_what_brought_them_back(
    client: Any, make: Any, sign_in: Any, session: Any
) -> None:
    place, sources = make.location(), make.sources()
    first_day = date(2025, 10, 1)
    people = [make.patient() for _ in range(12)]
    for number, person in enumerate(people):
        make.answer(make.visit(place, person, day=first_day), sources["tv" if number < 11 else "event"])
    for person in people[:3]:
        make.visit(place, person, day=date(2025, 11, 3), visit_type="established")
    # A visit they didn't keep is none; one under a merged chart is theirs.
    make.visit(place, people[3], day=date(2025, 11, 3), visit_type="established", status="no_show")
    twin = make.patient()
    make.visit(make.location(), twin, day=date(2026, 1, 5), visit_type="established")
    merge(Kind.PATIENTS, twin.id, people[4].id, staff_id=None)
    sign_in(client, make.staff("front_desk", locations=[place]))
    today = make.visit(place, people[5], visit_type="established")
    recent = make.visit(place, people[0], day=date(2026, 3, 1), visit_type="established")

    assert "What brought them back?" in client.get(f"/desk/visits/{today.id}").text
    assert "What brought them back?" not in client.get(f"/desk/visits/{recent.id}").text
    client.post(f"/desk/visits/{today.id}/return")
    client.post(f"/desk/visits/{recent.id}/return", data={"source": sources["tv"].id})
    assert session.scalars(select(ReturnReason)).all() == []
    before = session.scalars(select(Answer.id)).all()
    for source in ("radio", "mail"):
        client.post(f"/desk/visits/{today.id}/return", data={"source": sources[source].id, "words": "a postcard"})
    assert session.scalars(select(Answer.id)).all() == before
    assert "a postcard" in client.get(f"/desk/visits/{today.id}").text

    sign_in(client, make.staff("liaison", locations=[place]))
    db.session.commit()
    text = text_of(client.get("/reports/returns"))
    assert "Of 12 new patients whose source is known, 5 have come again since" in text
    assert "/reports/calls" not in client.get("/reports/returns").text, "a page that they may not open"
    assert "TV 11 5 45%" in text and "Event 1 0 too few to tell" in text
    assert "Mail 1" in text and "Radio" not in text and "postcard" not in text
    sheets = sheets_of(take(client, "xlsx", "/reports/returns"))
    assert sheets["By what first led them here"][1][:3] == ["TV", 11, 5]
    assert sheets["By what first led them here"][2][3:] == ["", "", ""], "too few for a share"
    assert sheets["What brought people back"][1:] == [["Mail", 1]]
    assert lines_of(take(client, "csv", "/reports/returns"))
