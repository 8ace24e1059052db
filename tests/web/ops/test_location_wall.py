"""The second wall: PostgreSQL keeps the locations apart by itself, also where a query forgets to."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from time import sleep

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from intake import clock, create_app
from intake.accounts.auth import sessions
from intake.accounts.models import Staff
from intake.config import Settings
from intake.db import Base, db
from intake.directory.models import Caller, Location, Visit
from intake.directory.patients import new_patients, queries
from intake.liaison.touchpoints.models import Touchpoint
from intake.liaison.touchpoints.queries import gifts
from intake.web.ops import doctor
from intake.web.ttl_cache import remembered, worked_out_aside
from intake.web.wall import location_wall, policies
from tests.clients import Client
from tests.liaison import relationships
from tests.making import Make
from tests.serving import serve
from tests.web import walls

pytestmark = pytest.mark.on("postgresql")
# What belongs to a location and is not walled, each with what keeps it.
NOT_WALLED = {
    "audit_entry": "the trail is one for the practice; it is added to and never changed",
    "kiosk_device": "a tablet is known by its credential before it is known where it stands",
    "outbox_text": "a phone's conversation is one for the practice, STOP and once a day included",
    "inbound_text": "as outbox_text",
    "send_attempt": "as outbox_text",
    "emergency_mail": "as outbox_text",
    "text_stop": "as outbox_text",
    "text_survey": "as outbox_text",
    "text_plan": "settings, without anybody's data",
    "text_wording": "settings, without anybody's data",
    "credit_entry": "sums, without a name; every report filters them, and caches hold them for several readers",
    "coverage_entry": "as credit_entry",
    "reply_elsewhere": "as credit_entry: numbers of visits, between locations",
    "staff_location": "says who may see what",
}


@pytest.fixture
def walled(committed_app: Flask) -> Iterator[Flask]:
    """The same database as web processes see it."""
    walls.raise_in(committed_app)
    settings: Settings = committed_app.config["SETTINGS"]
    web = create_app(walls.walled_settings(settings).for_serving())
    web.test_client_class = Client
    yield web
    with web.app_context():
        db.engine.dispose()


@pytest.fixture
def places(make: Make, walled: Flask) -> tuple[Location, Location]:
    here, elsewhere = make.location("Uptown"), make.location("Harbour")
    for place in (here, elsewhere):
        make.visit(place)
        make.caller(place)
    db.session.commit()
    return here, elsewhere


def seen() -> tuple[set[int], set[int]]:
    """The locations whose visits and callers a query without any filter finds."""
    return set(db.session.scalars(select(Visit.location_id))), set(db.session.scalars(select(Caller.location_id)))


def test_a_query_without_a_filter_finds_nothing_of_another_location(
    walled: Flask, places: tuple[Location, Location]
) -> None:
    here, elsewhere = (place.id for place in places)
    with walled.test_request_context("/", base_url=walled.config["SETTINGS"].public_url):
        walled.preprocess_request()
        assert seen() == (set(), set())
        location_wall.let_see([here])
        assert seen() == ({here}, {here})
        # Each transaction says it anew; a connection that goes back to the pool says nothing.
        db.session.commit()
        assert seen() == ({here}, {here})
        changed = db.session.execute(text("UPDATE visit SET provider = 'Dr. Vale'"))
        assert changed.rowcount == 1
        with pytest.raises(ProgrammingError, match="row-level security"):
            db.session.execute(text("UPDATE caller SET location_id = :place"), {"place": elsewhere})
        db.session.rollback()
        with location_wall.whole_practice():
            assert seen() == ({here, elsewhere}, {here, elsewhere})
            db.session.commit()
            assert seen() == ({here, elsewhere}, {here, elsewhere})
        assert seen() == ({here}, {here})
        # What goes wrong inside is heard as it is, and nothing stays open behind it.
        with pytest.raises(ProgrammingError, match="no_such_table"), location_wall.whole_practice():
            db.session.execute(text("SELECT * FROM no_such_table"))
        db.session.rollback()
        with pytest.raises(ValueError, match="of ours"), location_wall.whole_practice():
            assert seen()[0] == {here, elsewhere}
            raise ValueError("of ours")
        assert seen() == ({here}, {here})
        location_wall.let_see([])
        assert seen() == (set(), set())
        location_wall.let_see(None)
        assert seen() == ({here, elsewhere}, {here, elsewhere})
    with walled.test_request_context("/", base_url=walled.config["SETTINGS"].public_url):
        walled.preprocess_request()
        assert seen() == (set(), set())


def test_a_page_whose_filter_was_forgotten_shows_nobody_of_another_location(
    walled: Flask, places: tuple[Location, Location], make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, strangers = (make.visit(place) for place in places)
    clerk = make.staff("front_desk", locations=[places[0]])
    everybody = make.staff("front_desk", all_locations=True)
    db.session.commit()

    def forgotten(visit_id: int, **_within: object) -> Visit:
        """As `queries.visit`, without the first wall."""
        found = db.session.scalars(select(Visit).where(Visit.id == visit_id)).one_or_none()
        if found is None:
            raise queries.NoSuchVisit
        return found

    monkeypatch.setattr(queries, "visit", forgotten)
    client = walled.test_client()
    opened = []
    for staff, visit in ((clerk, own), (clerk, strangers), (everybody, strangers)):
        with client.session_transaction(base_url=str(walled.config["SETTINGS"].public_url)) as session:
            session.update(sessions.cookie_values(staff))
        db.session.commit()
        page = client.get(f"/desk/visits/{visit.id}/tablet", base_url=walled.config["SETTINGS"].public_url)
        opened.append(page.status_code)
    assert opened == [200, 404, 200]


def test_a_person_is_one_for_the_whole_practice_whoever_asks(
    walled: Flask, make: Make, places: tuple[Location, Location]
) -> None:
    here, elsewhere = places
    patient = make.patient()
    today = clock.clinic_today(here.time_zone)
    make.visit(elsewhere, patient, day=today - timedelta(days=9))
    visit = make.visit(here, patient, day=today)
    db.session.commit()
    with walled.test_request_context("/", base_url=walled.config["SETTINGS"].public_url):
        location_wall.let_see([here.id])
        new = new_patients.new_patients_of([visit.id])[visit.id]
        assert [each.location_id for each in new.visits] == [elsewhere.id, here.id]
        assert new.counted is not None
        assert new.counted.location_id == elsewhere.id
        assert seen()[0] == {here.id}


def test_what_a_physician_received_counts_wherever_it_was_given(
    walled: Flask, make: Make, places: tuple[Location, Location]
) -> None:
    physician, today = make.physician(), clock.clinic_today(places[0].time_zone)
    for place in places:
        relationships.touchpoint(make, place, physician, day=today, received_cents=2_000)
    db.session.commit()
    with walled.test_request_context("/", base_url=walled.config["SETTINGS"].public_url):
        location_wall.let_see([places[0].id])
        assert set(db.session.scalars(select(Touchpoint.location_id))) == {places[0].id}
        assert len(gifts(first_day=today, last_day=today)) == len(places)


def test_the_web_role_can_neither_take_the_wall_down_nor_change_the_trail(
    walled: Flask, places: tuple[Location, Location]
) -> None:
    refused = [
        "ALTER TABLE visit DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE visit NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY by_location ON visit",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DELETE FROM audit_entry",
        "UPDATE audit_seal SET hash = ''",
        "TRUNCATE visit",
        "UPDATE alembic_version SET version_num = '0001'",
        "SET ROLE intake",
        "SET row_security = off; SELECT count(*) FROM visit",
    ]
    with walled.app_context():
        for statement in refused:
            with pytest.raises(ProgrammingError):
                db.session.execute(text(statement))
            db.session.rollback()


def test_the_owner_the_worker_and_one_role_alone_see_everything(
    committed_app: Flask, walled: Flask, places: tuple[Location, Location]
) -> None:
    both = {place.id for place in places}
    assert seen() == (both, both)
    forced = text("SELECT count(*) FROM pg_class WHERE relforcerowsecurity")
    assert db.session.scalar(forced) == len(location_wall.walled_tables())
    policies.take_down(db.session.connection())
    db.session.commit()
    assert db.session.scalar(forced) == 0
    assert seen() == (both, both)


def test_the_doctor_says_whether_it_stands(committed_app: Flask, walled: Flask) -> None:
    settings: Settings = committed_app.config["SETTINGS"]
    wanted = walls.walled_settings(settings)
    assert [each.state for each in doctor._wall(settings)] == [doctor.UNSURE]
    assert [each.state for each in doctor._wall(wanted)] == [doctor.GOOD]
    for statement in ("ALTER TABLE caller NO FORCE ROW LEVEL SECURITY", "DROP POLICY by_location ON visit"):
        db.session.execute(text(statement))
        db.session.commit()
    found = doctor._wall(wanted)[0]
    assert (found.state, "caller, visit can be read past it" in found.do) == (doctor.BAD, True)
    for role in ("intake", "nobody_of_that_name"):
        wrong = settings.model_copy(update={"web_database_url": f"postgresql://{role}@/intake"})
        with pytest.raises(policies.NoWall):
            policies.raise_wall(db.session.connection(), wrong)
        assert doctor._wall(wrong)[0].state == doctor.BAD


def test_every_upgrade_raises_it_where_it_is_wanted(
    committed_app: Flask, walled: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    policies.take_down(db.session.connection())
    db.session.commit()
    wanted = walls.walled_settings(committed_app.config["SETTINGS"])
    monkeypatch.setitem(committed_app.config, "SETTINGS", wanted)
    result = committed_app.test_cli_runner().invoke(args=["db", "wall"])
    assert (result.exit_code, "Kept apart by location for intake_web: " in result.output) == (0, True)
    assert policies.gap(db.session.connection(), wanted) is None
    assert committed_app.test_cli_runner().invoke(args=["db", "wall", "--down"]).exit_code == 0
    assert policies.gap(db.session.connection(), wanted) is not None


def test_the_server_works_as_the_web_role_and_its_commands_as_the_owner(
    committed_app: Flask, walled: Flask, make: Make, places: tuple[Location, Location]
) -> None:
    here, _elsewhere = places
    staff: Staff = make.staff("front_desk", locations=[here], password="seven green herons")
    db.session.commit()
    with serve(walls.walled_settings(committed_app.config["SETTINGS"])) as served:
        with urllib.request.urlopen(f"{served.url}/readyz") as ready:
            assert ready.status == 200
        with urllib.request.urlopen(f"{served.url}/sign-in") as page:
            assert page.status == 200
        roles = text("SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database()")
        assert set(db.session.scalars(roles)) == {"intake", walls.WEB}
        assert staff.email not in served.log


def test_what_is_kept_for_whoever_asks_is_read_for_the_whole_practice(
    walled: Flask, places: tuple[Location, Location]
) -> None:
    with walled.test_request_context("/", base_url=walled.config["SETTINGS"].public_url):
        walled.preprocess_request()
        location_wall.let_see([places[0].id])
        everywhere = len(places)
        assert len(remembered(seconds=60)(lambda: seen()[0])()) == everywhere
        aside = worked_out_aside(seconds=60)(lambda: seen()[0])
        while (found := aside()) is None:
            sleep(0.01)
        assert len(found) == everywhere
        assert seen()[0] == {places[0].id}


def test_each_table_of_a_location_is_walled_or_says_why_not() -> None:
    walled, belonging = set(location_wall.WALLED), {"location"}
    while more := {
        table.name
        for table in Base.metadata.sorted_tables
        if table.name not in belonging | NOT_WALLED.keys()
        and {key.column.table.name for key in table.foreign_keys} & belonging
    }:
        belonging |= more
    assert {name for name in belonging if not name.startswith("tally_")} - {"location"} == walled
    assert walled.isdisjoint(NOT_WALLED)
    for name, columns in location_wall.WALLED.items():
        for column in columns:
            (key,) = Base.metadata.tables[name].c[column].foreign_keys
            assert key.column.table.name in walled | {"location"}, (name, column)
