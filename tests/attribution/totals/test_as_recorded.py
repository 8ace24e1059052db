"""Last year's report under today's list of sources and physicians, or as it was recorded."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import clock
from intake.directory.models import ReferralSource, SourceBefore
from intake.directory.physicians.records import merge_physicians, undo_physician_merge
from intake.directory.sources import changes
from intake.directory.sources.changes import SourceFacts, SourceInUse
from intake.survey.recording.record_answer import NewMention
from tests.clients import Client
from tests.making import Make

DAY = date(2025, 5, 12)
LAST_YEAR = "from=2025-01-01&to=2025-12-31"
CHANGED_AT = datetime(2026, 2, 3, 12, tzinfo=UTC)


@pytest.fixture
def practice(session: Session, make: Make, client: Client, sign_in: Any, monkeypatch: Any) -> Any:
    """A list that changed in February 2026: TV renamed and moved to the top, radio merged into print."""
    location = make.location("Riverside", code="RIV", time_zone="America/New_York")
    staff = make.staff("manager", locations=[location])
    sources = make.sources()
    one, other = make.physician("Okonjo", "Ada"), make.physician("Okonjo", "A")
    doctor = sources["doctor"].id
    make.answer(make.visit(location, day=DAY), sources["tv"])
    make.answer(make.visit(location, day=DAY), sources["radio"], NewMention(doctor, physician_id=one.id))
    make.answer(make.visit(location, day=DAY), sources["print"])
    make.answer(make.visit(location, day=DAY), NewMention(doctor, physician_id=other.id))
    monkeypatch.setattr(clock, "now", lambda: CHANGED_AT)
    facts = SourceFacts(**{name: getattr(sources["tv"], name) for name in vars(SourceFacts(kind="non_person"))})
    changes.change_source(sources["tv"], replace(facts, label="Streaming", parent_id=None), is_used=True)
    changes.merge_source(sources["radio"], sources["print"], staff_id=None)
    staff.merge = merge_physicians(other.id, one.id)
    session.commit()
    monkeypatch.undo()
    sign_in(client, staff)
    staff.sources = sources
    return staff


def rows(client: Client, listing: str, by: str = "source", when: str = LAST_YEAR) -> dict[str, tuple[str, str]]:
    """Label -> (the channel it stands under, visits) as the file of the report has them."""
    text = client.get(f"/reports/export?{when}&by={by}&list={listing}").get_data().decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {line["List"] for line in lines} <= {{"today": "Today’s list", "recorded": "As it was recorded"}[listing]}
    return {line[next(iter(line))]: (line["Part of"], line["Visits (Primary)"]) for line in lines}


def test_a_report_of_last_year_shows_either_list(practice: Any, client: Client) -> None:
    today, recorded = rows(client, "today"), rows(client, "recorded")

    assert today["Streaming"] == ("", "1")
    assert today["Newspaper or magazine"] == ("Advertising", "2")
    assert "Radio" not in today
    assert recorded["TV"] == ("Advertising", "1")
    assert recorded["Radio"] == recorded["Newspaper or magazine"] == ("Advertising", "1")
    assert sum(int(visits) for _, visits in today.values()) == sum(int(visits) for _, visits in recorded.values()) == 4


def test_physicians_are_apart_as_recorded_and_one_today(practice: Any, client: Client, session: Session) -> None:
    assert rows(client, "today", by="physician")["Ada Okonjo, MD"][1] == "1"
    assert "A Okonjo, MD" not in rows(client, "today", by="physician")
    assert rows(client, "recorded", by="physician")["A Okonjo, MD"][1] == "1"

    undo_physician_merge(practice.merge)
    session.commit()
    assert rows(client, "today", by="physician") == rows(client, "recorded", by="physician")


def test_a_period_after_the_change_has_the_new_name_either_way(
    practice: Any, client: Client, make: Make, session: Session
) -> None:
    make.answer(make.visit(practice.locations[0], day=date(2026, 3, 1)), practice.sources["tv"])
    session.commit()

    assert rows(client, "recorded", when="from=2026-03-01&to=2026-03-31")["Streaming"] == ("", "1")
    # The day on which it changed ended with the new name.
    assert "Streaming" in rows(client, "recorded", when="from=2025-05-01&to=2026-02-03")
    assert "TV" in rows(client, "recorded", when="from=2025-05-01&to=2026-02-02")


def test_page_visits_and_command_name_the_list_they_show(practice: Any, client: Client, app: Flask) -> None:
    page = client.get(f"/reports?{LAST_YEAR}&by=source")
    assert "Show it as it was recorded" in page.text
    page = client.get(f"/reports?{LAST_YEAR}&by=source&list=recorded")
    assert "As it was recorded." in page.text
    assert 'name="list" value="recorded"' in page.text
    assert "list%3Drecorded" in page.text.split("CSV</a>")[0].rsplit("href=", 1)[1]
    visits = client.get(f"/reports/rows?{LAST_YEAR}&by=source&key=radio&list=recorded")
    assert "<h1>Radio</h1>" in visits.text
    assert "Read as it was recorded" in visits.text
    assert client.get(f"/reports?{LAST_YEAR}&list=tomorrow").status_code == 404

    words = ["totals", "--from", "2025-01-01", "--to", "2025-12-31", "--list", "recorded"]
    assert "Read as it was recorded" in app.test_cli_runner().invoke(args=words).output
    data = json.loads(app.test_cli_runner().invoke(args=[*words, "--json"]).output)
    assert data["list"] == "recorded"
    assert {row["code"]: row["credit"] for row in data["rows"]} == {"tv": 1, "radio": 1, "print": 1, "doctor": 1}


def test_what_nothing_shows_is_not_kept_and_goes_with_its_source(session: Session, make: Make) -> None:
    sources = make.sources()
    event, tv = sources["event"], sources["tv"]
    facts = SourceFacts(**{name: getattr(event, name) for name in vars(SourceFacts(kind="non_person"))})
    changes.change_source(event, replace(facts, icon="flag"), is_used=False)
    assert list(session.scalars(select(SourceBefore))) == []

    changes.change_source(event, replace(facts, label="Fair", parent_id=tv.parent_id), is_used=False)
    assert [(before.label, before.parent_id) for before in session.scalars(select(SourceBefore))] == [(None, None)]
    changes.delete_source(event)
    assert list(session.scalars(select(SourceBefore))) == []


def test_a_channel_that_earlier_reports_show_is_not_deleted(session: Session, make: Make) -> None:
    sources = make.sources()
    channel = changes.add_source(SourceFacts(kind="non_person", label="Out of home"), named="Out of home")
    facts = SourceFacts(kind="non_person", label="Bus stop", parent_id=channel.id)
    stop = changes.add_source(facts, named="Bus stop")
    make.answer(make.visit(day=DAY), stop)
    changes.change_source(stop, replace(facts, parent_id=sources["advertising"].id), is_used=True)

    with pytest.raises(SourceInUse):
        changes.delete_source(channel)
    assert session.get(ReferralSource, channel.id) is not None
