"""The review queue and its rules through the browser's eyes: one row a decision, previewed, applied, undone."""

import hashlib
import re
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from intake.attribution.verify.ledger import compare_ledger
from intake.db import db
from intake.directory.models import Location, ReferralSource
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import CreditEntry, Mention, ReviewRule
from intake.survey.recording.record_answer import NewMention
from intake.survey.review.groups import key_of
from intake.web.ttl_cache import forget
from tests.making import Make


@pytest.fixture
def place(app: Any, make: Make) -> Location:
    return make.location("Riverside")


@pytest.fixture
def sources(place: Location, make: Make) -> dict[str, ReferralSource]:
    return make.sources()


@pytest.fixture
def manager(client: Any, make: Make, sign_in: Any, sources: Any, place: Location) -> Any:
    """A manager of Riverside, signed in."""
    sign_in(client, make.staff("manager", locations=[place]))
    return client


def write_in(make: Make, place: Location, *texts: str) -> None:
    for text in texts:
        make.answer(make.visit(place), NewMention(None, detail=text, match_state="unmatched"), verbatim=text)


def text(response: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def totals() -> dict[int | None, float]:
    rows = db.session.execute(
        select(CreditEntry.source_id, func.sum(CreditEntry.primary_units)).group_by(CreditEntry.source_id)
    )
    return {source_id: units / UNIT for source_id, units in rows if units}


def decision(*normals: str, target: str, **more: str) -> dict[str, Any]:
    return {"row": key_of(normals), "at": "0", "spelling": list(normals), "target": target, "later": "1", **more}


def test_all_spellings_are_one_row_and_one_decision_settles_them(
    manager: Any, make: Make, place: Location, sources: Any
) -> None:
    write_in(make, place, "Hacker News", "hackernews", "HN", "haker news", "Hacker News")
    page = text(manager.get("/review"))
    assert "1 decision for 5 answers" in page
    assert "4 spellings" in page

    normals = ("hacker news", "hackernews", "hn", "haker news")
    before = totals()
    response = manager.post("/review/decide", data=decision(*normals, target=f"source:{sources['website'].id}"))
    assert response.status_code == 303
    assert totals() == {sources["website"].id: 5}
    page = manager.get("/review")
    assert "3 more like it now counts as Your website: 5 answers" in text(page)
    assert "Nothing waits" in text(page)

    undo = re.search(r'action="(/review/rules/\d+/off\?back=queue)"', page.get_data(as_text=True))
    assert undo
    manager.post(undo.group(1))
    assert totals() == before
    assert "1 decision for 5 answers" in text(manager.get("/review"))
    assert not compare_ledger().wrong


def test_a_preview_shows_the_totals_and_writes_nothing(manager: Any, make: Make, place: Location, sources: Any) -> None:
    make.answer(make.visit(place), sources["website"])
    write_in(make, place, "zorblat", "zorblat")
    before = totals()

    page = text(manager.post("/review/preview", data=decision("zorblat", target=f"source:{sources['website'].id}")))

    assert re.search(r"2 answers on .*Your website 1 → becomes 3 Not yet matched 2 → becomes 0", page)
    assert totals() == before
    assert db.session.scalars(select(ReviewRule)).all() == []


def test_spellings_that_are_not_ticked_wait_on(manager: Any, make: Make, place: Location, sources: Any) -> None:
    write_in(make, place, "Hacker News", "hackernews")
    data = decision("hacker news", "hackernews", target=f"source:{sources['tv'].id}") | {"spelling": ["hackernews"]}
    manager.post("/review/decide", data=data)
    assert totals() == {sources["tv"].id: 1, None: 1}
    assert "Hacker News" in text(manager.get("/review"))


def test_a_new_source_is_made_from_a_write_in(manager: Any, make: Make, place: Location) -> None:
    write_in(make, place, "Zorblat", "zorblat")
    manager.post("/review/decide", data=decision("zorblat", target="new", label="Zorblat fair", parent="0"))
    made = db.session.scalars(select(ReferralSource).where(ReferralSource.label == "Zorblat fair")).one()
    assert totals() == {made.id: 2}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"target": ""}, "Choose what it means"),
        ({"target": "source:987654"}, "isn’t on the list any more"),
        ({"target": "physician:987654"}, "isn’t on the list any more"),
        ({"target": "new", "label": ""}, "Give the new source a name"),
        ({"target": "new", "label": "x" * 81}, "under 80 letters"),
        ({"target": "new", "label": " tV "}, "“TV” is on the list already"),
        ({"target": "none", "spelling": []}, "Tick at least one"),
        ({"target": "new", "label": "Quilt fair", "parent": "987654"}, "top level"),
    ],
)
def test_what_cannot_be_done_comes_back_as_it_was_typed(
    manager: Any, make: Make, place: Location, more: dict[str, Any], said: str
) -> None:
    write_in(make, place, "zorblat")
    response = manager.post("/review/decide", data=decision("zorblat", target="") | more)
    assert response.status_code == 422
    assert said in text(response)
    if more.get("label"):
        assert f'value="{more["label"].strip()}"' in response.get_data(as_text=True)
    assert totals() == {None: 1}


def test_a_row_that_was_settled_meanwhile_changes_nothing(
    manager: Any, make: Make, place: Location, sources: Any
) -> None:
    write_in(make, place, "zorblat", "quux")
    make.review_rule("zorblat", source=sources["tv"])
    response = manager.post("/review/decide", data=decision("zorblat", target=f"source:{sources['radio'].id}"))
    assert response.status_code == 303
    assert "settled or has changed meanwhile" in text(manager.get("/review"))
    assert totals() == {sources["tv"].id: 1, None: 1}


def test_words_of_other_locations_are_neither_shown_nor_needed(
    manager: Any, make: Make, place: Location, sources: Any
) -> None:
    write_in(make, make.location("Harbour"), "secret of harbour", "zorblat")
    assert "secret of harbour" not in manager.get("/review").get_data(as_text=True)
    assert "Nothing waits" in text(manager.get("/review"))
    write_in(make, place, "zorblat")
    page = text(manager.post("/review/preview", data=decision("zorblat", target=f"source:{sources['tv'].id}")))
    assert "1 answer on" in page
    assert "and 1 at other locations" in page


def test_a_surname_alone_is_never_linked_without_a_choice(
    manager: Any, make: Make, place: Location, sources: Any
) -> None:
    rosa, _ = make.physician("Gonzalez", "Rosa"), make.physician("Gonzalez", "Hector")
    for said in ("dr gonzalez", "Dr. Gonzales"):
        make.answer(make.visit(place), NewMention(sources["doctor"].id, detail=said))
    page = manager.get("/review").get_data(as_text=True)
    assert "Only a surname is known" in page
    assert not re.search(r'name="target"[^>]*checked', page)
    normals = ("dr gonzalez", "dr gonzales")
    refused = manager.post("/review/decide", data=decision(*normals, target=""))
    assert refused.status_code == 422

    # Chosen by a person it holds for what was said so far, and later answers wait again.
    data = decision(*normals, target=f"physician:{rosa.id}")
    manager.post("/review/decide", data=data | {"shown": ""})
    rule = db.session.scalars(select(ReviewRule)).one()
    assert (rule.physician_id, rule.for_later) == (rosa.id, False)
    make.answer(make.visit(place), NewMention(sources["doctor"].id, detail="dr gonzalez"))
    page = text(manager.get("/review"))
    assert "chosen before for the same words" in page
    assert not compare_ledger().wrong


@pytest.mark.parametrize("said", ["bác sĩ Tuấn Phạm", "bs Tuấn Phạm", "dr Tuấn Phạm"])
def test_a_doctor_is_filed_under_the_name_and_not_under_the_title(
    manager: Any, make: Make, place: Location, sources: Any, said: str
) -> None:
    pham = make.physician("Pham", "Tuan")
    make.physician("Bac", "Simon")
    make.answer(make.visit(place), NewMention(sources["doctor"].id, detail=said))
    page = manager.get("/review").get_data(as_text=True)
    assert f'value="physician:{pham.id}"' in page
    assert "dr bác" not in page


def test_a_full_name_is_suggested_with_its_record(manager: Any, make: Make, place: Location, sources: Any) -> None:
    smyth = make.physician("Smyth", "John")
    make.physician("Smith", "Agnes")
    for said in ("john smyth", "Dr. Jon Smith"):
        make.answer(make.visit(place), NewMention(sources["doctor"].id, detail=said))
    page = manager.get("/review").get_data(as_text=True)
    assert re.search(rf'value="physician:{smyth.id}"[^>]*checked', page)
    manager.post("/review/decide", data=decision("john smyth", "dr jon smith", target=f"physician:{smyth.id}"))
    credited = db.session.execute(
        select(CreditEntry.physician_id, func.sum(CreditEntry.primary_units)).group_by(CreditEntry.physician_id)
    )
    assert {row[0]: row[1] / UNIT for row in credited if row[1]} == {smyth.id: 2}


def test_what_a_machine_read_is_counted_and_shown_for_a_look(
    manager: Any, make: Make, place: Location, sources: Any
) -> None:
    make.answer(
        make.visit(place), NewMention(sources["online_search"].id, detail="googled it", match_state="suggested")
    )
    page = text(manager.get("/review"))
    assert "counts as Online search" in page
    manager.post("/review/decide", data=decision("googled it", target=f"source:{sources['online_search'].id}"))
    assert "Nothing waits" in text(manager.get("/review"))
    assert totals() == {sources["online_search"].id: 1}


def test_the_queue_says_what_waits_about_the_words_and_how_much_counts_so_already(
    manager: Any, make: Make, place: Location, sources: Any
) -> None:
    write_in(make, place, "Zorblat fair", "Zorblat fair")
    named = NewMention(sources["tv"].id, detail="Zorblat fair", match_state="suggested", confidence=0.9)
    make.answer(make.visit(place), named, verbatim="Zorblat fair")
    make.answer(make.visit(place), NewMention(sources["doctor"].id, detail="Dr. Quixley", match_state="unmatched"))
    page = text(manager.get("/review"))
    assert page.index("Counted nowhere yet") < page.index("Zorblat fair") < page.index("A doctor sent them")
    assert page.index("A doctor sent them") < page.index("Quixley")
    assert "is it right?" not in page
    chosen = decision("zorblat fair", target=f"source:{sources['tv'].id}")
    said = text(manager.post("/review/preview", data=chosen))
    assert "3 answers" in said and "1 of them counts so already" in said and "after something else" not in said
    further = NewMention(None, detail="zorblat fair", match_state="unmatched")
    make.answer(make.visit(place), NewMention(sources["insurance"].id), further)
    said = text(manager.post("/review/preview", data=chosen))
    assert "4 answers" in said and "1 answer named it after something else and counts where every mention" in said


def test_rules_are_listed_changed_turned_off_and_on(manager: Any, make: Make, place: Location, sources: Any) -> None:
    assert "No rules yet" in text(manager.get("/review/rules"))
    write_in(make, place, "zorblat", "zorblatt")
    rule = make.review_rule("zorblat", source=sources["tv"])
    page = text(manager.get("/review/rules"))
    assert "“zorblat”" in page or "zorblat" in page
    assert re.search(r"means TV .* 1 answer", page)

    manager.post(f"/review/rules/{rule.id}/off")
    assert totals() == {None: 2}
    manager.post(f"/review/rules/{rule.id}/on")
    assert totals() == {None: 1, sources["tv"].id: 1}
    data = {"text": ["zorblat"], "more": "Zorblatt\n\n", "target": f"source:{sources['radio'].id}", "later": "1"}
    assert manager.post(f"/review/rules/{rule.id}", data=data).status_code == 303
    assert totals() == {sources["radio"].id: 2}
    assert "off since" in text(manager.get("/review/rules"))
    for wrong in ({"text": [], "more": ""}, {"target": "new"}, {"target": ""}):
        assert manager.post(f"/review/rules/{rule.id}", data=data | wrong).status_code == 422
    assert {row.detail for row in db.session.scalars(select(Mention))} == {"zorblat", "zorblatt"}
    assert not compare_ledger().wrong


def test_the_search_finds_sources_and_physicians(manager: Any, make: Make) -> None:
    make.physician("Radovic", "Mila")
    labels = [hit["label"] for hit in manager.post("/review/search", data={"q": "rad"}).json["hits"]]
    assert labels[0] == "Radio"
    assert "Mila Radovic, MD" in labels
    assert manager.post("/review/search", data={"q": ""}).json["hits"] == []


def test_the_navigation_says_how_much_waits(manager: Any, make: Make, place: Location) -> None:
    assert "waiting" not in text(manager.get("/sources"))
    write_in(make, place, "zorblat", "quux", "Quux")
    assert re.search(r"Review 2 waiting", text(manager.get("/sources")))


def test_front_desk_may_not_decide_for_the_practice(client: Any, make: Make, sign_in: Any, place: Location) -> None:
    sign_in(client, make.staff("front_desk", locations=[place]))
    assert client.get("/review").status_code == 403
    assert client.post("/review/decide", data={}).status_code == 403
    page = text(client.get("/review/people"))
    assert "Write-ins" not in page
    assert "Answer and chart" in page


def test_an_address_of_a_row_tells_nothing_of_the_words_without_the_secret(app: Flask) -> None:
    with app.app_context():
        key = key_of(["church bulletin"])
        assert key == key_of(["church bulletin", "the church bulletin"]) != key_of(["flyer"])
        assert key not in hashlib.sha256(b"church bulletin").hexdigest()
        settings = app.config["SETTINGS"]
        app.config["SETTINGS"] = settings.model_copy(update={"secret_key": SecretStr("another " * 8)})
        try:
            assert key_of(["church bulletin"]) != key
        finally:
            app.config["SETTINGS"] = settings


def chosen(page: TestResponse) -> str:
    """Value of the meaning that stands chosen."""
    found = re.search(r'name="target" id="[^"]*" value="([^"]*)"[^>]*\bchecked\b', page.get_data(as_text=True))
    return found.group(1) if found else ""


def test_an_unknown_word_stays_under_something_else_unless_a_second_line_names_it(
    manager: Any, make: Make, place: Location, sources: Any
) -> None:
    write_in(make, place, "zorbula crew", "zorbula crew", "zorbula crew")
    page = manager.get("/review")
    assert chosen(page) == f"source:{sources['other'].id}"
    assert 'id="new-label" name="label" value="Zorbula crew"' in page.text
    normals = ("zorbula crew",)
    manager.post("/review/decide", data=decision(*normals, target=chosen(page)))
    assert totals() == {sources["other"].id: 3}

    # The second line of "Event" is "A health fair or talk".
    write_in(make, place, "the zorbula talk")
    page = manager.get("/review")
    assert chosen(page) == f"source:{sources['event'].id}" and "its second line: A health fair or talk" in page.text
    manager.post("/review/decide", data=decision("the zorbula talk", target=chosen(page)))
    write_in(make, place, "zorbula health food store")
    assert chosen(manager.get("/review")) == f"source:{sources['other'].id}"


def test_rules_turned_off_are_folded_away_and_one_badge_counts_all_that_waits(
    manager: Any, make: Make, place: Location, sources: Any
) -> None:
    off, on = (make.review_rule(f"{each} zeppelin", source=sources["tv"]) for each in ("blue", "red"))
    manager.post(f"/review/rules/{off.id}/off")
    page = manager.get("/review/rules").text
    folded = page[page.index('<details class="mt-3"') :]
    assert "1 turned off" in folded and f'id="rule-{off.id}"' in folded and f'id="rule-{on.id}"' not in folded

    write_in(make, place, "zorbula crew")
    make.named_friend(place)
    make.conflict(place)
    forget()
    assert re.findall(r"Review (\d+) waiting", text(manager.get("/sources"))) == ["3"]
