"""The list of physicians who refer and a physician's page, as different people may see them."""

import json
import re
from contextlib import nullcontext
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, insert, select, text, update
from sqlalchemy.orm import Session

from intake import clock
from intake.accounts.models import AuditEntry
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.request import PhysiciansRequest
from intake.attribution.referrers import history
from intake.attribution.referrers.history import records
from intake.attribution.referrers.listing import listing
from intake.attribution.referrers.ready import make_ready
from intake.attribution.rollup import refresh_sql
from intake.attribution.rollup.models import PhysicianRollup, RollupState
from intake.attribution.rollup.refresh import refresh_all
from intake.db import db, reading
from intake.directory.models import Physician
from intake.survey.free_text.directory_names import own_physician_ids
from intake.survey.models import CoverageEntry, CreditEntry
from intake.survey.recording.record_answer import NewMention
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of
from tests.report_files import sheets_of, take

MANY = 500


@pytest.fixture
def manager(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    location = make.location("Riverside")
    staff = make.staff("manager", locations=[location])
    staff.place = location
    staff.sources = make.sources()
    # The practice is old enough to know who is new.
    make.visit(location, day=clock.clinic_today(location.time_zone) - timedelta(days=900))
    sign_in(client, staff)
    return staff


def send(make: Make, staff: Any, physician: Any, *days_ago: int, place: Any = None) -> None:
    place = place or staff.place
    today = clock.clinic_today(place.time_zone)
    for ago in days_ago:
        visit = make.visit(place, day=today - timedelta(days=ago))
        make.answer(visit, NewMention(staff.sources["doctor"].id, physician_id=physician.id))


def open_on(make: Make, place: Any, days_ago: Any) -> None:
    """Somebody known came on these days."""
    today, known = clock.clinic_today(place.time_zone), make.patient()
    for ago in days_ago:
        make.visit(place, known, day=today - timedelta(days=ago), visit_type="established")


def test_a_table_of_answers_says_that_charts_are_counted_elsewhere(manager: Any, client: Client, make: Make) -> None:
    osei, today = make.physician("Osei", "Ama"), clock.clinic_today(manager.place.time_zone)
    send(make, manager, osei, 5)
    make.visit(manager.place, day=today - timedelta(days=4), documented=osei)
    address = f"/reports?by=physician&view=any&from={today - timedelta(days=9)}&to={today}"
    page = client.get(address)
    assert "Ama Osei, MD" in page.text and "Only answers count here." in page.text
    assert "Only answers" not in client.get("/reports?by=source").text
    rows = sheets_of(take(client, "xlsx", address))["About"]
    assert any("Only answers count here." in str(row) for row in rows)
    assert "Any mention" not in str(sheets_of(take(client, "xlsx", f"/reports/physicians/{osei.id}")))


def test_without_a_referral_the_list_says_so(manager: Any, client: Client) -> None:
    page = client.get("/reports/physicians")
    assert page.status_code == 200
    assert "No physician has been named yet" in page.text


def test_those_who_are_missed_come_first_and_every_status_is_named(manager: Any, client: Client, make: Make) -> None:
    steady, fewer, gone, new, back = (make.physician(name, "Ama") for name in ("Ode", "Pell", "Quist", "Rey", "Sole"))
    send(make, manager, steady, *range(3, 180, 12))
    send(make, manager, fewer, 5, 40, *range(95, 165, 5))
    send(make, manager, gone, *range(200, 560, 30))
    send(make, manager, new, 4)
    send(make, manager, back, 6, 480)
    open_on(make, manager.place, range(1, 200, 3))
    page = client.get("/reports/physicians")
    names = re.findall(r'cell-who"><a [^>]*>([^<]+)<', page.text)
    assert set(names[:2]) == {"Ama Pell, MD", "Ama Quist, MD"}
    text = text_of(page)
    assert "1 is quieter than usual, 1 has lapsed, 1 is new and 1 is back after a year or more" in text
    assert "Chance alone would flag about" in text
    # Whoever misspells a name is shown who may be meant.
    assert "Spelled much like it: Ama Quist, MD" in text_of(client.get("/reports/physicians?name=Qvist"))
    # By the same rule they stand on the first page of the reports, where the period ends today.
    first = client.get("/reports?period=last-90-days").text
    assert re.search(r"Ama Quist, MD</bdi></a></strong>, lapsed: 0 in 90 days", first)
    counts = re.search(r"Ama Pell, MD</bdi></a></strong>, quieter than usual: <a href=\"([^\"]+)\">2<.*?>14<", first)
    assert counts and client.get(unescape(counts[1])).text.count("<tr") == 2 + 1
    assert "lapsed: 0" not in client.get("/reports?from=2026-05-01&to=2026-05-31").text
    only = client.get("/reports/physicians?status=declining")
    assert re.findall(r'cell-who"><a [^>]*>([^<]+)<', only.text) == ["Ama Pell, MD"]
    assert client.get("/reports/physicians?status=quieter+than+usual").text.count("cell-who") == 1
    assert "None matches" in client.get("/reports/physicians?status=declining&name=quist").text
    assert re.findall(r'cell-who"><a [^>]*>([^<]+)<', client.get("/reports/physicians?name=sole").text)


def test_every_figure_opens_as_many_visits_as_it_says(manager: Any, client: Client, make: Make) -> None:
    physician = make.physician("Osei", "Ama")
    send(make, manager, physician, 2, 2, 80, 100, 400)
    send(make, manager, make.physician("Noise"), 2, 50)
    today = clock.clinic_today(manager.place.time_zone)
    make.visit(manager.place, day=today - timedelta(days=3), documented=physician)
    for path in ("/reports/physicians?name=osei", f"/reports/physicians/{physician.id}"):
        page = client.get(path)
        links = re.findall(rf'<a href="(/reports/(?:rows|physicians/{physician.id}/sent)[^"]*)">([\d,]+)<', page.text)
        assert len(links) >= 3
        for address, shown in links:
            text = text_of(client.get(address.replace("&amp;", "&")))
            listed = rf"\b{shown} in all\.|\b{shown} [Vv]isits? with credit here, adding up to {shown}\."
            assert re.search(listed, text), address
    assert "by chart 1" in text_of(client.get(f"/reports/physicians/{physician.id}")).replace(
        " by chart: show the patients", ""
    )


def test_merged_records_count_as_one_and_the_old_address_leads_on(
    manager: Any, client: Client, make: Make, session: Session
) -> None:
    kept, gone = make.physician("Osei", "Ama"), make.physician("Ossei", "Ama")
    send(make, manager, kept, 2)
    send(make, manager, gone, 3, 4)
    make.physician_merge(physician_id=gone.id, into_id=kept.id)
    names = re.findall(r'cell-who"><a [^>]*>([^<]+)<', client.get("/reports/physicians").text)
    assert names == ["Ama Osei, MD"]
    assert client.get(f"/reports/physicians/{gone.id}").headers["Location"] == f"/reports/physicians/{kept.id}"
    page = text_of(client.get(f"/reports/physicians/{kept.id}"))
    assert "1 other record of this physician is counted along" in page
    assert "Of 3 " in page and "known to be sent" in page


def test_the_page_says_what_share_came_and_shows_who_did_not(manager: Any, client: Client, make: Make) -> None:
    physician, place = make.physician("Osei", "Ama"), manager.place
    send(make, manager, physician, 2)
    today = clock.clinic_today(place.time_zone)
    for status in ("no_show", "cancelled", "arrived"):
        make.visit(
            place,
            make.patient("Bo", f"Sent{status}"),
            day=today - timedelta(days=9),
            status=status,
            documented=physician,
        )
    make.visit(place, day=today + timedelta(days=5), status="scheduled", documented=physician)
    page = text_of(client.get(f"/reports/physicians/{physician.id}"))
    assert "2 who came: show the patients came: 50%" in page
    missing = client.get(f"/reports/physicians/{physician.id}/sent?came=no")
    assert "Bo Sentno_show" in missing.text and "Bo Sentarrived" not in missing.text
    assert "2 in all" in text_of(missing)


def test_a_liaison_reads_it_without_names_and_other_locations_count_nowhere(
    manager: Any, client: Client, make: Make, sign_in: Any
) -> None:
    physician = make.physician("Osei", "Ama")
    elsewhere = make.location("Elsewhere")
    send(make, manager, physician, 3)
    send(make, manager, physician, *range(5, 60), place=elsewhere)
    hidden = make.patient("Hidden", "Person")
    make.visit(manager.place, hidden, documented=physician)
    sign_in(client, make.staff("liaison", locations=[manager.place]))
    page = text_of(client.get(f"/reports/physicians/{physician.id}"))
    assert "Referrals in all 2 " in page
    sent = client.get(f"/reports/physicians/{physician.id}/sent")
    assert sent.status_code == 200
    assert "Hidden" not in sent.text and "MRN" not in sent.text
    assert client.get(f"/reports/physicians?location={elsewhere.code}").status_code == 404
    sign_in(client, make.staff("front_desk", locations=[manager.place]))
    for path in ("", f"/{physician.id}", f"/{physician.id}/sent"):
        assert client.get(f"/reports/physicians{path}").status_code == 403


def test_reading_who_was_sent_is_noted(committed_app: Flask, make: Make, sign_in: Any) -> None:
    place, physician = make.location(), make.physician("Osei")
    reader = make.staff("manager", locations=[place])
    make.visit(place, make.patient("Maria", "Torvald"), documented=physician)
    db.session.commit()
    client = committed_app.test_client()
    sign_in(client, reader)
    address = f"/reports/physicians/{physician.id}/sent"
    assert client.get(address, base_url=committed_app.config["SETTINGS"].public_url).status_code == 200
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "report.sent"))
    assert (entry.actor_id, entry.subject_id, "Torvald" in str(entry.details)) == (reader.id, physician.id, False)


@pytest.mark.parametrize("query", ["status=nonsense", "tier=Z", "city=%00", "sort=nonsense", "name=%27%22%3C"])
def test_an_odd_filter_finds_nobody_and_breaks_nothing(manager: Any, client: Client, make: Make, query: str) -> None:
    send(make, manager, make.physician(), 3)
    page = client.get(f"/reports/physicians?{query}")
    assert page.status_code == 200
    # That nobody fits says nothing of whether anybody refers.
    narrows = not query.startswith(("sort", "name"))
    assert ("None matches" in page.text) is narrows and "No physician is known" not in page.text


@pytest.mark.both
@pytest.mark.parametrize("is_folded", [False, True], ids=["not folded", "folded"])
def test_many_physicians_are_listed_with_few_rows_read(session: Session, make: Make, is_folded: bool) -> None:
    today, place, patient = date(2026, 11, 20), make.location(), make.patient()
    visit, doctor = make.visit(place, patient, day=today), make.sources()["doctor"]
    first = make.physician().id
    facts = {"first_name": "A", "credential": "MD", "city": "Albany", "state": "NY", "created_at": clock.now()}
    session.execute(insert(Physician), [{"last_name": f"Name{each}", **facts} for each in range(MANY)])
    ids = list(session.scalars(select(Physician.id).where(Physician.id > first)))
    credit = {"location_id": place.id, "source_id": doctor.id, "channel": "desk", "fractional_units": 0}
    credit |= {"primary_units": 0, "any_units": 27720, "visit_id": visit.id}
    session.execute(
        insert(CreditEntry),
        [
            {**credit, "physician_id": each, "day": today - timedelta(days=(each * 37 + turn * 61) % (MANY // 2))}
            for each in ids
            for turn in range(10)
        ],
    )
    session.execute(insert(CoverageEntry), [{"visit_id": visit.id, "day": today, "location_id": place.id}])
    if is_folded:
        # As the folder leaves them; so many at one visit it could not say together.
        folded = {"after": 0, "upto": session.scalar(select(func.max(CreditEntry.id)))}
        session.execute(text(refresh_sql.add_window(PhysicianRollup, session.get_bind().dialect.name)), folded)
        session.execute(update(RollupState).values(credit_folded_to=folded["upto"]))

    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        # What a transaction says to the wall, where there is one, asks for nothing.
        if "set_config" not in statement:
            asked.append((statement, parameters))

    def rows_of(statement: str, parameters: Any) -> int:
        counting = f"SELECT count(*) FROM ({statement}) AS found"
        return int(session.connection().exec_driver_sql(counting, parameters).scalar_one())

    def once() -> list[int]:
        """How many rows each statement brought that the list took."""
        asked.clear()
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            with reading() if is_folded else nullcontext():
                found = listing(
                    records(today=today, location_ids=[place.id], lists=lists_as_of_now()), PhysiciansRequest()
                )
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        assert len(found.rows) == MANY
        assert all(row.standing.total == 10 for row in found.rows)
        return [rows_of(*each) for each in asked]

    # Read once in half a minute.
    own_physician_ids()
    looks = [once(), once()]
    assert [len(rows) for rows in looks] == ([9, 6] if is_folded else [11, 10])
    # Of ten entries a physician a day's come as one text; beside these a row for each name. bench/totals.py times it.
    a_physician = [sum(rows) / MANY for rows in looks]
    assert a_physician[0] < (1.6 if is_folded else 2.1)
    assert a_physician[1] < (1.1 if is_folded else 2.1)


def test_places_of_a_physicians_patients_open_their_visits(manager: Any, client: Client, make: Make) -> None:
    uptown = make.location("Uptown")
    manager.locations.append(uptown)
    physician = make.physician("Osei", "Ama")
    send(make, manager, physician, 5, 9, 12)
    send(make, manager, physician, 7, place=uptown)
    for ago in (3, 4):
        # Only the chart knows these.
        make.visit(uptown, day=clock.clinic_today(uptown.time_zone) - timedelta(days=ago), documented=physician)
    address = f"/reports/physicians/{physician.id}"
    page = client.get(address).text
    rows = (("Riverside", 3), ("Uptown", 3), ("Doctor", 4), ("The chart alone", 2))
    for row, visits in rows:
        found = re.search(rf'<a href="([^"]+)">{visits}<span class="visually-hidden"> {row}: show', page)
        assert found is not None, row
        assert client.get(unescape(found[1])).text.count("<tr") == visits + 1, row
    sheets = sheets_of(take(client, "xlsx", address))
    assert {row[0]: row[1] for name in list(sheets)[3:] for row in sheets[name][1:]} == dict(rows)


def printed(app: Flask, *arguments: str) -> list[dict[str, Any]]:
    result = app.test_cli_runner().invoke(args=["referrers", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


@pytest.mark.both
def test_who_refers_is_known_from_the_chart_or_the_answer(committed_app: Flask, make: Make) -> None:
    place, doctor, tv = make.location(), make.sources()["doctor"], make.sources()["tv"]
    ama, bo = make.physician("Osei", "Ama"), make.physician("Lind", "Bo")
    twin = make.physician("Ossei", "Ama")
    make.physician_merge(physician_id=twin.id, into_id=ama.id)
    asked = date(2026, 11, 20)

    def visit(ago: int, *, charted: Any = None, said: Any = None, answer: bool = True, **values: Any) -> None:
        made = make.visit(place, day=asked - timedelta(days=ago), documented=charted, **values)
        if said:
            make.answer(made, NewMention(doctor.id, physician_id=said.id))
        elif answer:
            make.answer(made, tv)

    visit(3, charted=ama, answer=False)
    visit(5, charted=twin, said=ama)
    visit(9, charted=bo, said=ama)
    visit(100, charted=ama)
    visit(12, charted=ama, status="no_show", answer=False)
    db.session.commit()
    found = {each["name"]: each for each in printed(committed_app, "--as-of", "2026-11-20")}
    assert list(found["Ama Osei, MD"]) == [
        "npi", "name", "state", "last_charted", "last_said", "charted_90", "said_90", "both_90", "before_90", "why",
    ]  # fmt: skip
    of_ama = found["Ama Osei, MD"]
    assert (of_ama["npi"], of_ama["last_charted"], of_ama["last_said"]) == (ama.npi, "2026-11-17", "2026-11-15")
    assert [of_ama[name] for name in ("charted_90", "said_90", "both_90", "before_90")] == [2, 2, 1, 1]
    assert [found["Bo Lind, MD"][name] for name in ("charted_90", "said_90", "last_said")] == [1, 0, None]
    earlier = printed(committed_app, "--as-of", "2026-11-12", "--location", place.code)
    assert {each["name"]: each["charted_90"] for each in earlier} == {"Ama Osei, MD": 0, "Bo Lind, MD": 1}
    assert committed_app.test_cli_runner().invoke(args=["referrers", "--location", "nowhere"]).exit_code == 2


def test_what_is_known_of_all_is_there_before_the_first_look(
    make: Make, client: Client, manager: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(make, manager, make.physician("Ready"), 10)
    db.session.commit()
    assert list(refresh_all())
    with reading():
        make_ready()
    monkeypatch.setattr(history, "_histories", None)

    assert "Ready" in client.get("/reports/physicians").text
