"""The reports page, the visits behind its figures, and its files, as different people may see them."""

import csv
import io
import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.accounts.models import AuditEntry
from intake.attribution.filters.dimensions.registry import BY_KEY
from intake.db import db
from intake.survey.models import View
from intake.survey.recording.record_answer import NewMention
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of

MAY = "from=2026-05-01&to=2026-05-31"
DAY = date(2026, 5, 12)


def rows_of(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"), newline="")))


def without_secrets(response: Any) -> str:
    """The page without the two values that are drawn anew for each response."""
    return re.sub(r'nonce="[^"]*"|X-CSRFToken": "[^"]*"|name="csrf_token" value="[^"]*"', "", response.text)


def test_it_opens_on_this_month_by_source_and_names_its_view(manager: Any, client: Client, make: Make) -> None:
    make.sources()
    page = client.get("/reports")
    assert page.status_code == 200
    assert "Nobody came in this period" in page.text
    assert re.search(r'aria-current="true"[^>]*>This month', page.text)


@pytest.mark.parametrize("by", list(BY_KEY))
@pytest.mark.parametrize("view", [str(view) for view in View])
def test_every_cut_and_view_shows_its_figures_and_its_file(
    manager: Any, client: Client, make: Make, by: str, view: str
) -> None:
    sources, physician, friend = make.sources(), make.physician(), make.patient()
    doctor = NewMention(sources["doctor"].id, physician_id=physician.id)
    kin = NewMention(sources["friend_family"].id, referring_patient_id=friend.id)
    make.answer(make.visit(manager.place, day=DAY), doctor, kin, sources["facebook"], staff=manager)
    make.answer(make.visit(manager.place, day=DAY), sources["tv"], channel="kiosk")
    make.visit(manager.place, day=DAY)
    page = client.get(f"/reports?{MAY}&by={by}&view={view}")
    assert page.status_code == 200
    label = {"primary": "Primary.", "any": "Any mention.", "fractional": "Fractional."}[view]
    assert label in page.text
    assert "3 new patients came in May 2026, and 2 told us" in text_of(page)
    header, *rows = rows_of(client.get(f"/reports/export?{MAY}&by={by}&view={view}"))
    visits = sum(float(row[header.index(f"Visits ({label.strip('.')})")]) for row in rows)
    assert visits >= 2 if view == "any" else visits == pytest.approx(2, abs=1e-5)
    assert {row[header.index("View")] for row in rows} == {label.strip(".")}
    assert {row[header.index("From")] for row in rows} == {"2026-05-01"}


def test_a_figure_opens_the_visits_behind_it_and_that_reading_is_kept(
    manager: Any, client: Client, make: Make, session: Session
) -> None:
    sources, physician = make.sources(), make.physician("Okonjo", "Ada")
    seen = make.visit(manager.place, make.patient("Maria", "Torvald"), day=DAY)
    make.answer(
        seen, NewMention(sources["doctor"].id, physician_id=physician.id, detail="Dr O."), verbatim="she is the best"
    )
    make.answer(make.visit(manager.place, make.patient("Noise", "Person"), day=DAY), sources["tv"])
    page = client.get(f"/reports?{MAY}&by=physician")
    address = re.search(rf'href="(/reports/rows\?[^"]*key={physician.id}[^"]*)"', page.text)
    assert address is not None
    rows = client.get(address[1].replace("&amp;", "&"))
    assert rows.status_code == 200
    text = text_of(rows)
    assert "Maria Torvald" in text and "Doctor : Ada Okonjo, MD" in text.replace("Doctor: ", "Doctor : ")
    assert "she is the best" in text and "Dr O." in text
    assert "Noise Person" not in text
    assert "1 visit with credit here, adding up to 1" in text


def test_reading_the_visits_behind_a_figure_is_noted_and_names_nobody(
    committed_app: Flask, make: Make, sign_in: Any
) -> None:
    sources, place = make.sources(), make.location()
    reader = make.staff("manager", locations=[place])
    friend = make.patient("Greta", "Lindholm")
    kin = NewMention(sources["friend_family"].id, referring_patient_id=friend.id)
    make.answer(make.visit(place, make.patient("Maria", "Torvald"), day=DAY), kin)
    db.session.commit()
    client = committed_app.test_client()
    sign_in(client, reader)
    for address in (
        f"/reports?{MAY}&by=source",
        f"/reports?{MAY}&by=patient",
        f"/reports/export?{MAY}&by=patient",
        f"/reports/rows?{MAY}&by=patient&key={friend.id}",
        f"/reports/rows/export?{MAY}&by=coverage&key=eligible",
    ):
        assert client.get(address, base_url=committed_app.config["SETTINGS"].public_url).status_code == 200
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action.like("report.%")).order_by(AuditEntry.id))
    noted = [(entry.action, entry.actor_id, entry.details) for entry in entries]
    assert [action for action, _, _ in noted] == [
        "report.patients",
        "report.patients_exported",
        "report.rows",
        "report.rows_exported",
    ]
    assert {actor for _, actor, _ in noted} == {reader.id}
    assert "Torvald" not in str(noted) and "Greta" not in str(noted)


@pytest.mark.parametrize(
    ("key", "count"),
    [
        ("eligible", 5),
        ("asked", 4),
        ("answered", 1),
        ("dont-remember", 1),
        ("declined", 1),
        ("not-asked", 2),
        ("awaiting", 1),
    ],
)
def test_every_part_of_coverage_opens_its_visits(
    manager: Any, client: Client, make: Make, key: str, count: int
) -> None:
    from intake import clock
    from intake.survey.models import Channel
    from intake.survey.recording.record_answer import NewAsk, save_ask

    sources = make.sources()
    make.answer(make.visit(manager.place, day=DAY), sources["tv"])
    make.answer(make.visit(manager.place, day=DAY), outcome="dont_remember")
    make.answer(make.visit(manager.place, day=DAY), outcome="declined")
    save_ask(NewAsk(Channel.LINK, "en", clock.now(), visit_id=make.visit(manager.place, day=DAY).id))
    make.visit(manager.place, day=DAY)
    make.visit(make.location(), day=DAY)
    rows = client.get(f"/reports/rows?{MAY}&by=coverage&key={key}")
    assert rows.status_code == 200
    assert len(re.findall(r"MRN ", text_of(rows))) == count
    assert len(rows_of(client.get(f"/reports/rows/export?{MAY}&by=coverage&key={key}"))) == count + 1


def test_rows_of_every_view_add_up_to_the_figure(manager: Any, client: Client, make: Make) -> None:
    sources = make.sources()
    make.answer(make.visit(manager.place, day=DAY), sources["tv"], sources["doctor"], sources["mail"])
    make.answer(make.visit(manager.place, day=DAY), sources["facebook"], sources["doctor"])
    assert "adding up to 5/6" in client.get(f"/reports/rows?{MAY}&by=source&key=doctor&view=fractional").text
    assert "2 visits with credit here" in client.get(f"/reports/rows?{MAY}&by=source&key=doctor&view=any").text
    assert "0 visits with credit here" in client.get(f"/reports/rows?{MAY}&by=source&key=doctor").text
    rolled = client.get(f"/reports/rows?{MAY}&by=source&key=advertising&view=any&level=rolled-up")
    assert "1 visit with credit here, adding up to 1." in rolled.text
    each = client.get(f"/reports/rows?{MAY}&by=source&key=advertising&view=any")
    assert "0 visits" in each.text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/reports?by=nonsense", 404),
        ("/reports?view=nonsense", 404),
        ("/reports?period=nonsense", 404),
        ("/reports?location=nonsense", 404),
        ("/reports?page=2", 404),
        ("/reports?page=x", 404),
        ("/reports?page=٣", 404),
        ("/reports?from=2026-02-30", 422),
        ("/reports?from=%00", 422),
        ("/reports?from=2026-05-02&to=2026-05-01", 422),
        ("/reports/rows", 404),
        ("/reports/rows?by=source&key=nonsense", 404),
        ("/reports/rows?by=physician&key=999999999999999999999", 404),
        ("/reports/rows?by=physician&key=-nobody", 404),
        ("/reports/rows?by=month&key=2026-13", 404),
        ("/reports/rows?by=month&key=2026-1-1", 404),
        ("/reports/rows?by=coverage&key=nonsense", 404),
        ("/reports/rows?by=channel&key=fax", 404),
        ("/reports/rows?by=source&key=tv&from=x", 422),
        ("/reports/export?from=x", 400),
    ],
)
def test_an_address_that_makes_no_sense_is_refused_kindly(
    manager: Any, client: Client, make: Make, address: str, status: int
) -> None:
    make.sources()
    assert client.get(address).status_code == status


def test_refused_days_stay_in_their_fields(manager: Any, client: Client) -> None:
    page = client.get("/reports?from=31/31/2026&to=%3Cscript%3E")
    assert page.status_code == 422
    assert 'value="31/31/2026"' in page.text and 'value="&lt;script&gt;"' in page.text
    assert "is not a day of the calendar" in page.text


def test_another_location_shows_in_no_figure_row_or_file(
    manager: Any, client: Client, make: Make, session: Session
) -> None:
    sources, other, friend = make.sources(), make.location("Elsewhere"), make.patient("Greta", "Secret")
    stranger = make.visit(other, make.patient("Hidden", "Person"), day=DAY)
    make.answer(stranger, NewMention(sources["friend_family"].id, referring_patient_id=friend.id))
    for address in (
        f"/reports?{MAY}",
        f"/reports?{MAY}&by=patient",
        f"/reports/rows?{MAY}&by=source&key=friend_family",
        f"/reports/export?{MAY}&by=patient",
        f"/reports/rows/export?{MAY}&by=coverage&key=eligible",
    ):
        found = client.get(address)
        assert found.status_code == 200
        assert "Hidden" not in found.text and "Secret" not in found.text
    missing = client.get(f"/reports/rows?{MAY}&by=patient&key=99999999")
    theirs = client.get(f"/reports/rows?{MAY}&by=patient&key={friend.id}")
    assert (theirs.status_code, missing.status_code) == (404, 404)
    assert without_secrets(theirs) == without_secrets(missing)
    for location in (f"location={other.code}", "location=NOWHERE"):
        assert client.get(f"/reports?{MAY}&{location}").status_code == 404
    for by, key in (("location", other.code), ("location", "NOWHERE")):
        assert client.get(f"/reports/rows?{MAY}&by={by}&key={key}").status_code == 404


def test_the_front_desk_reads_no_report(client: Client, make: Make, sign_in: Any, session: Session) -> None:
    sign_in(client, make.staff("front_desk"))
    for address in ("/reports", "/reports/export", "/reports/rows?by=coverage&key=eligible", "/reports/rows/export"):
        assert client.get(address).status_code == 403


def test_a_liaison_sees_physicians_and_no_patient(client: Client, make: Make, sign_in: Any, session: Session) -> None:
    place = make.location()
    sign_in(client, make.staff("liaison", locations=[place]))
    sources, physician = make.sources(), make.physician("Okonjo", "Ada")
    friend = make.patient("Greta", "Lindholm")
    make.answer(
        make.visit(place, make.patient("Maria", "Torvald"), day=DAY),
        NewMention(sources["doctor"].id, physician_id=physician.id),
        NewMention(sources["friend_family"].id, referring_patient_id=friend.id, detail="my cousin Greta"),
        verbatim="tell Greta thanks",
    )
    rows = client.get(f"/reports/rows?{MAY}&by=physician&key={physician.id}")
    assert rows.status_code == 200 and "Ada Okonjo" in rows.text
    exported = client.get(f"/reports/rows/export?{MAY}&by=physician&key={physician.id}")
    for found in (rows, exported):
        for hidden in ("Torvald", "Greta", "cousin", "MRN"):
            assert hidden not in found.text
    assert client.get(f"/reports?{MAY}&by=patient").status_code == 403
    assert "Referring patient" not in client.get(f"/reports?{MAY}").text


def test_words_of_patients_can_do_nothing_in_page_or_file(manager: Any, client: Client, make: Make) -> None:
    sources = make.sources()
    patient = make.patient("=1+1", "<script>alert(1)</script>")
    make.answer(
        make.visit(manager.place, patient, day=DAY), NewMention(sources["other"].id, "@SUM(A1)"), verbatim="+cmd"
    )
    page = client.get(f"/reports/rows?{MAY}&by=source&key=other")
    assert "<script>alert" not in page.text and "&lt;script&gt;" in page.text
    header, row = rows_of(client.get(f"/reports/rows/export?{MAY}&by=source&key=other"))
    assert row[header.index("Patient")].startswith("'=1+1")
    assert row[header.index("In their own words")] == "'+cmd"


def test_a_conflict_between_chart_and_patient_is_shown(manager: Any, client: Client, make: Make) -> None:
    sources, said, charted = make.sources(), make.physician("Said"), make.physician("Charted")
    for documented in (said, charted):
        visit = make.visit(manager.place, day=DAY, documented=documented)
        make.answer(visit, NewMention(sources["doctor"].id, physician_id=said.id))
    text = text_of(client.get(f"/reports/rows?{MAY}&by=physician&key={said.id}"))
    assert text.count("The chart says") == 1
    assert "Charted" in text


def test_long_lists_are_paged_and_still_add_up(manager: Any, client: Client, make: Make) -> None:
    sources = make.sources()
    for number in range(103):
        physician = make.physician()
        for _ in range(2 if number == 0 else 1):
            make.answer(make.visit(manager.place, day=DAY), NewMention(sources["doctor"].id, physician_id=physician.id))
    first = text_of(client.get(f"/reports?{MAY}&by=physician"))
    assert "3 rows on other pages 3 " in first
    last = text_of(client.get(f"/reports?{MAY}&by=physician&page=2"))
    assert "100 rows on other pages 101 " in last
    rows = client.get(f"/reports/rows?{MAY}&by=source&key=doctor&page=3")
    assert rows.status_code == 200
    assert len(re.findall("MRN", rows.text)) == 4
    assert len(rows_of(client.get(f"/reports/rows/export?{MAY}&by=source&key=doctor"))) == 105
