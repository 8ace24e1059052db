"""The page that keeps the practice's list of sources."""

import re
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from intake.db import db
from intake.directory.models import ReferralSource, SourceAlias, SourceMerge, SourceTranslation
from intake.survey.question.choices import choices
from intake.survey.question.wording import source_label
from tests.making import Make


@pytest.fixture
def sources(app: Any, make: Make) -> dict[str, ReferralSource]:
    make.practice(languages=["en", "es"])
    return make.sources()


@pytest.fixture
def manager(client: Any, make: Make, sign_in: Any, sources: Any) -> Any:
    """A manager, signed in."""
    sign_in(client, make.staff("manager"))
    return client


def text(response: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def form(**values: str) -> dict[str, str]:
    given = {
        "label": "Tulip festival",
        "hint": "",
        "kind": "non_person",
        "parent_id": "0",
        "icon": "flag",
        "aliases": "",
    }
    return given | values


def by_code(code: str) -> ReferralSource:
    db.session.expire_all()
    return db.session.scalars(select(ReferralSource).where(ReferralSource.code == code)).one()


def test_the_list_shows_names_uses_and_what_patients_see(manager: Any, sources: Any, make: Make) -> None:
    make.answer(make.visit(), sources["tv"])
    page = manager.get("/sources")
    assert "Friend or family" in text(page)
    assert re.search(r"TV .*1 answer", text(page))
    spanish = manager.get("/sources?language=es").get_data(as_text=True)
    assert "Televisión" in spanish or "TV" in spanish
    assert "¿" in spanish


def test_a_source_is_added_with_words_in_both_languages(manager: Any, sources: Any) -> None:
    parent = str(sources["event"].id)
    given = form(
        parent_id=parent, aliases="tulips\nflower fair, the fair", **{"in_es-label": "Fiesta de los tulipanes"}
    )
    assert manager.post("/sources", data=given).status_code == 303
    source = by_code("tulip_festival")
    assert (source.label, source.icon, source.parent_id) == ("Tulip festival", "flag", sources["event"].id)
    assert set(db.session.scalars(select(SourceAlias.text))) == {"tulips", "flower fair", "the fair"}
    translation = db.session.scalars(select(SourceTranslation)).one()
    assert source_label(source, "es", translation.label) == "Fiesta de los tulipanes"
    assert "“Tulip festival” is on the list" in text(manager.get("/sources"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"label": ""}, "Give it a name"),
        ({"label": "  your   WEBSITE "}, "“Your website” is on the list already"),
        ({"label": "x" * 10_000}, "Use at most 80"),
        ({"kind": "robot"}, "Not a valid choice"),
        ({"icon": "../secret"}, "Choose one of these"),
        ({"parent_id": "999999"}, "Not a valid choice"),
        ({"active_from": "someday"}, "Type it as year-month-day"),
        ({"active_from": "2026-05-02", "active_until": "2026-05-01"}, "The last day comes before the first one"),
        ({"aliases": "Newspaper or magazine"}, "already means “Newspaper or magazine”"),
        ({"aliases": "y" * 200}, "At most 80 characters a line"),
    ],
)
def test_what_makes_no_sense_is_told_and_kept(manager: Any, values: dict[str, str], said: str) -> None:
    refused = manager.post("/sources", data=form(**values))
    assert refused.status_code == 422
    assert said in text(refused)
    if "label" not in values:
        assert 'value="Tulip festival"' in refused.get_data(as_text=True)
    assert db.session.scalars(select(ReferralSource).where(ReferralSource.code == "tulip_festival")).all() == []


def test_script_in_a_name_is_inert(manager: Any) -> None:
    manager.post("/sources", data=form(label="<script>alert(1)</script>", hint='"><img src=x onerror=alert(1)>'))
    page = manager.get("/sources").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "<img" not in page


def test_saving_unchanged_keeps_the_built_in_words_in_every_language(manager: Any, sources: Any) -> None:
    source = sources["online_search"]
    given = form(label="Online search", hint="Google, Bing, a chatbot", icon="search")
    assert manager.post(f"/sources/{source.id}", data=given).status_code == 303
    kept = by_code("online_search")
    assert (kept.label, kept.hint) == (None, None)
    manager.post(f"/sources/{source.id}", data=given | {"hint": ""})
    from datetime import date

    tile = next(choice for choice in choices(date(2026, 1, 1), "en") if choice.code == "online_search")
    assert (tile.label, tile.hint) == ("Online search", "")


def test_renaming_is_seen_at_once(manager: Any, sources: Any) -> None:
    manager.post(f"/sources/{sources['event'].id}", data=form(label="Health fair", icon="calendar-event"))
    assert "Health fair" in text(manager.get("/sources"))
    assert 'value="Health fair"' in manager.get(f"/sources/{sources['event'].id}").get_data(as_text=True)


def test_the_kind_of_a_used_source_cannot_be_changed(manager: Any, sources: Any, make: Make) -> None:
    make.answer(make.visit(), sources["event"])
    page = manager.get(f"/sources/{sources['event'].id}")
    assert "This can’t change any more" in text(page)
    assert "Delete it" not in text(page)
    refused = manager.post(f"/sources/{sources['event'].id}", data=form(label="Event", kind="patient"))
    assert refused.status_code == 422
    assert by_code("event").kind == "non_person"
    manager.post(f"/sources/{sources['event'].id}/delete")
    assert "It was used already" in text(manager.get("/sources"))
    assert by_code("event")


def test_moving_keeps_the_keyboard_where_it_was(manager: Any, sources: Any) -> None:
    moved = manager.post(f"/sources/{sources['insurance'].id}/move", data={"way": "up"})
    page = manager.get(moved.location).get_data(as_text=True)
    assert re.search(r'aria-label="Move Insurance up"[^>]*autofocus', page)
    assert page.count("autofocus") == 1


def test_retiring_tells_and_can_be_undone(manager: Any, sources: Any) -> None:
    manager.post(f"/sources/{sources['event'].id}/retire")
    page = manager.get("/sources")
    assert "“Event” is no longer offered" in text(page)
    assert f'action="/sources/{sources["event"].id}/restore"' in page.get_data(as_text=True)
    manager.post(f"/sources/{sources['event'].id}/restore")
    assert by_code("event").active_until is None
    manager.post(f"/sources/{sources['other'].id}/retire")
    assert "is always offered" in text(manager.get("/sources"))


def test_a_merge_is_previewed_made_and_undone(manager: Any, sources: Any, make: Make) -> None:
    make.answer(make.visit(), sources["tv"])
    tv, radio = sources["tv"].id, sources["radio"].id
    assert f'href="/duplicates/sources/choose?keep={tv}"' in manager.get(f"/sources/{tv}").get_data(as_text=True)
    assert "Radio" in text(manager.post("/duplicates/sources/choose", data={"keep": tv, "q": "radio"}))
    preview = text(manager.get(f"/duplicates/sources/merge?keep={radio}&other={tv}"))
    assert "Read TV as Radio" in preview
    assert "its other words lead to Radio" in preview
    assert db.session.scalars(select(SourceMerge)).all() == []
    manager.post("/duplicates/sources/merge", data={"keep": radio, "other": tv})
    merge = db.session.scalars(select(SourceMerge)).one()
    assert "counts as Radio" in text(manager.get("/sources"))
    assert "Counted here too" in text(manager.get(f"/sources/{radio}"))
    manager.post(f"/sources/merges/{merge.id}/undo")
    db.session.expire_all()
    assert db.session.scalars(select(SourceMerge.undone_at)).one() is not None
    assert "counts as" not in text(manager.get("/sources"))


def test_a_merge_that_makes_no_sense_is_told(manager: Any, sources: Any) -> None:
    pair = {"keep": sources["doctor"].id, "other": sources["tv"].id}
    refused = manager.post("/duplicates/sources/merge", data=pair)
    assert refused.status_code == 422
    assert "same kind" in text(refused)


def test_an_unused_source_can_go(manager: Any) -> None:
    manager.post("/sources", data=form())
    source = by_code("tulip_festival")
    assert "Delete it" in text(manager.get(f"/sources/{source.id}"))
    manager.post(f"/sources/{source.id}/delete")
    assert "is deleted" in text(manager.get("/sources"))


@pytest.mark.parametrize(("role", "status"), [("administrator", 200), ("front_desk", 403), ("liaison", 403)])
def test_who_keeps_the_list(client: Any, make: Make, sign_in: Any, sources: Any, role: str, status: int) -> None:
    sign_in(client, make.staff(role))
    assert client.get("/sources").status_code == status
