"""A text that names several sources is decided as several, and a source made for a rule goes with the rule."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake import clock
from intake.attribution.verify.ledger import compare_ledger
from intake.db import db
from intake.directory.models import Location, ReferralSource
from intake.directory.sources.records import is_active_on
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import CreditEntry, DecidedAlso
from intake.survey.recording.record_answer import NewMention
from intake.survey.review.groups import key_of
from tests.making import Make

BOTH = "Google and my sister"
NORMAL = "google and my sister"


@pytest.fixture
def place(make: Make, client: Any, sign_in: Any, session: Session) -> Any:
    location = make.location("Riverside")
    make.practice()
    location.sources = make.sources()
    manager = make.staff("manager", locations=[location])
    session.commit()
    sign_in(client, manager)
    return location


def write_in(make: Make, place: Location, text: str = BOTH) -> Any:
    visit = make.visit(place)
    make.answer(visit, NewMention(None, detail=text, match_state="unmatched"), verbatim=text)
    return visit


def credit() -> dict[int | None, tuple[float, float, float]]:
    """Source → (primary, any mention, fractional) visits."""
    sums = [func.sum(getattr(CreditEntry, name)) for name in ("primary_units", "any_units", "fractional_units")]
    rows = db.session.execute(select(CreditEntry.source_id, *sums).group_by(CreditEntry.source_id))
    return {row[0]: tuple(int(each) / UNIT for each in row[1:]) for row in rows if any(row[1:])}  # type: ignore[misc]


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def decide(client: Any, *also: int, target: str, row: str = NORMAL, **more: str) -> Any:
    data = {"row": key_of([row]), "at": "0", "spelling": [row], "target": target, "later": "1", **more}
    return client.post("/review/decide", data={**data, "also": [f"source:{each}" for each in also]})


def test_one_text_counts_for_each_source_that_it_names_and_undo_is_exact(client: Any, make: Make, place: Any) -> None:
    google, family = place.sources["online_search"].id, place.sources["friend_family"].id
    write_in(make, place)
    make.answer(make.visit(place), place.sources["tv"])
    before = credit()
    page = client.get("/review").text
    # What the words name is ticked already.
    assert re.search(rf'name="also"[^>]*value="source:{family}" checked', page)
    # The one suggested first isn't offered beside itself, and stays named should another become the first.
    assert f'<input type="hidden" name="also" value="source:{google}">' in page

    done = decide(client, google, family, target=f"source:{google}")
    assert done.status_code == 303
    after = credit()
    assert after[google] == (1, 1, 0.5)
    assert after[family] == (0, 1, 0.5)
    assert not compare_ledger().wrong
    assert "counts as Online search, Friend or family: 1 answer" in text(client.get("/review"))
    # Who writes the same later is understood alike.
    write_in(make, place)
    assert credit()[family] == (0, 2, 1)

    undo = re.search(r"/review/rules/(\d+)", client.get("/review/rules").text)
    assert undo
    assert "Online search, Friend or family" in text(client.get("/review/rules"))
    client.post(f"/review/rules/{undo.group(1)}/off")
    assert credit() == before | {None: (2, 2, 2)}
    assert not compare_ledger().wrong
    client.post(f"/review/rules/{undo.group(1)}/on")
    assert credit()[family] == (0, 2, 1)
    assert db.session.scalar(select(func.count()).select_from(DecidedAlso)) == 4


def test_the_same_sources_said_alike_are_one_row(client: Any, make: Make, place: Any) -> None:
    for said in (BOTH, "google & my sister", "GOOGLE and my sister!"):
        write_in(make, place, said)
    write_in(make, place, "Google and my brother")
    assert "2 decisions for 4 answers" in text(client.get("/review"))


def test_the_preview_counts_each_source(client: Any, make: Make, place: Any) -> None:
    google, family = place.sources["online_search"].id, place.sources["friend_family"].id
    write_in(make, place)
    data = {"row": key_of([NORMAL]), "at": "0", "spelling": [NORMAL], "target": f"source:{google}"}
    shown = client.post("/review/preview", data={**data, "also": [f"source:{family}", "source:999999", "x"]})
    assert "Online search 0 → becomes 1" in text(shown)
    assert "Where every mention counts, this gains as much: Friend or family" in text(shown)
    assert credit() == {None: (1, 1, 1)}


def test_what_several_sources_are_said_reaches_the_visit_and_the_rows(client: Any, make: Make, place: Any) -> None:
    google, family = place.sources["online_search"].id, place.sources["friend_family"].id
    visit = write_in(make, place)
    decide(client, family, target=f"source:{google}")
    assert "Online search, Friend or family" in text(client.get(f"/desk/visits/{visit.id}"))


def test_changing_a_rule_keeps_what_it_names_beside(client: Any, make: Make, place: Any) -> None:
    google, family = place.sources["online_search"].id, place.sources["friend_family"].id
    write_in(make, place)
    decide(client, family, target=f"source:{google}")
    rule = re.search(r"/review/rules/(\d+)", client.get("/review/rules").text)
    assert rule
    page = client.get(f"/review/rules/{rule.group(1)}").text
    assert re.search(rf'name="also"[^>]*value="source:{family}" checked', page)
    tv = place.sources["tv"].id
    changed = {"text": [BOTH], "target": f"source:{tv}", "also": [f"source:{family}", ""], "later": "1"}
    assert client.post(f"/review/rules/{rule.group(1)}", data=changed).status_code == 303
    assert credit() == {tv: (1, 1, 0.5), family: (0, 1, 0.5)}


def is_offered(source: ReferralSource, day: date) -> bool:
    found = db.session.scalar(select(ReferralSource.id).where(ReferralSource.id == source.id, is_active_on(day)))
    return found is not None


def made_source(client: Any, make: Make, place: Any) -> tuple[ReferralSource, str]:
    write_in(make, place, "Zorblat")
    decide(client, target="new", row="zorblat", label="Zorblat fair", parent="0")
    made = db.session.scalars(select(ReferralSource).where(ReferralSource.label == "Zorblat fair")).one()
    rule = re.search(r"/review/rules/(\d+)", client.get("/review/rules").text)
    assert rule
    return made, rule.group(1)


def test_undoing_a_rule_takes_the_source_that_it_made_off_the_list(client: Any, make: Make, place: Any) -> None:
    made, rule = made_source(client, make, place)
    client.post(f"/review/rules/{rule}/off?back=queue")
    page = text(client.get("/review"))
    assert "“Zorblat fair” is off the list again" in page
    assert "Zorblat fair" not in re.sub(r"“Zorblat fair”", "", page)
    assert credit() == {None: (1, 1, 1)}
    # On no day's list, and the page of sources names no day on which it would have been.
    offered_before = clock.clinic_today("America/New_York") - timedelta(days=3)
    assert not is_offered(made, offered_before)
    line = text(client.get("/sources")).partition("Zorblat fair")[2][:60]
    assert "not offered" in line

    client.post(f"/review/rules/{rule}/on")
    db.session.refresh(made)
    assert made.active_until is None
    assert credit() == {made.id: (1, 1, 1)}


def test_a_source_that_something_else_uses_stays_when_its_rule_is_undone(client: Any, make: Make, place: Any) -> None:
    made, rule = made_source(client, make, place)
    make.answer(make.visit(place), made)
    client.post(f"/review/rules/{rule}/off")
    assert "“Zorblat fair” stays on the list" in text(client.get("/review/rules"))
    db.session.refresh(made)
    assert made.active_until is None
