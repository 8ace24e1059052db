"""Touchpoints: written down once, corrected by their author with the history kept, never naming a patient unwarned."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from intake.accounts.models import Staff
from intake.clock import clinic_today
from intake.liaison.day.calendar import entries
from intake.liaison.page.parts import GIFT_LIMITS
from intake.liaison.page.patient_names import patient_names
from intake.liaison.people.models import Relationship
from intake.liaison.people.whom import of_physician
from intake.liaison.promises.models import OfficeIssue, Promise
from intake.liaison.touchpoints.forms import read_author, signed_author
from intake.liaison.touchpoints.kinds import TouchpointKind
from intake.liaison.touchpoints.late import NeverTaken, take_late
from intake.liaison.touchpoints.models import Participant, Touchpoint, TouchpointBefore
from intake.liaison.touchpoints.recording import (
    NewTouchpoint,
    OverGiftLimit,
    record_late,
    record_touchpoint,
    remind_author,
)
from intake.slots import SLOTS
from tests.clients import Client
from tests.liaison import relationships
from tests.making import ZONE, Make
from tests.pages import text_of

ADDRESS = "/relationships/touchpoints"


def typed(doctor: Any, **values: Any) -> dict[str, Any]:
    given = {"party": f"physician-{doctor.id}", "who": f"physician-{doctor.id}", "kind": "visit"}
    day = clinic_today(ZONE).isoformat()
    return {**given, "day": day, "words": "Their fax works again.", "submission_id": "one-form", **values}


def test_what_was_promised_is_taken_back_with_its_touchpoint_and_returns_with_it(
    session: Session, make: Make, client: Client, liaison: Any
) -> None:
    doctor = make.physician()
    relationships.target(make, liaison.place, doctor, owner=liaison)
    client.post(ADDRESS, data=typed(doctor, promise_text="Bring the card", issue_kind="results"))
    made = session.scalars(select(Touchpoint)).one()
    brief, pages = f"/relationships/physicians/{doctor.id}/brief", ("/relationships/day", "/relationships/issues")

    def told() -> list[bool]:
        return [
            "Bring the card" in client.get(brief).text,
            *("fax works again" in client.get(each).text for each in pages),
        ]

    before = told()
    assert before[0] and before[2]
    client.post(f"{ADDRESS}/{made.id}/take-back")
    assert told() == [False, False, False]
    client.post(f"{ADDRESS}/{made.id}/restore")
    assert told() == before


def test_a_touchpoint_is_kept_once_with_its_promise_and_issue(
    session: Session, make: Make, client: Client, liaison: Any
) -> None:
    doctor = make.physician()
    target = relationships.target(make, liaison.place, doctor, owner=liaison)
    elsewhere = relationships.target(make, make.location(), doctor)
    session.commit()
    today = clinic_today(ZONE)
    form = typed(
        doctor, promise_text="Send the sheet", promise_due=(today + timedelta(days=3)).isoformat(), issue_kind="results"
    )

    for _ in range(2):
        assert client.post(ADDRESS, data=form).status_code == 303
    # The telephone's way: what is said waits for the page that is opened next.
    client.get("/relationships/day")
    fetched = client.post(ADDRESS, data=form, headers={"X-Requested-With": "fetch"})
    assert fetched.status_code == 204 and fetched.headers["Content-Location"].endswith(f"/physicians/{doctor.id}")

    kept = session.scalars(select(Touchpoint)).one()
    said = client.get("/relationships/day").text.partition('id="toasts"')[2]
    assert f"Saved: Visit, {doctor.first_name.title()}" in said and "Undo" in said
    assert f'href="{ADDRESS}/{kept.id}"' in said and f'action="{ADDRESS}/{kept.id}/take-back"' in said
    assert (kept.author_id, kept.location_id, kept.words) == (liaison.id, liaison.place.id, "Their fax works again.")
    promise, issue = session.scalars(select(Promise)).one(), session.scalars(select(OfficeIssue)).one()
    assert (promise.physician_id, promise.owner_id, promise.due_on) == (
        doctor.id,
        liaison.id,
        today + timedelta(days=3),
    )
    assert (issue.kind, issue.text, issue.touchpoint_id) == ("results", "Their fax works again.", kept.id)
    contacted = {row.id: row.last_contact_on for row in session.scalars(select(Relationship))}
    assert contacted == {target.id: today, elsewhere.id: None}


def test_a_day_that_cannot_be_meant_is_said_and_nothing_typed_is_lost(
    session: Session, make: Make, client: Client, liaison: Any
) -> None:
    doctor = make.physician()
    session.commit()
    today = clinic_today(ZONE)
    before = (today - timedelta(days=333)).isoformat()
    for values, told in (
        ({"day": "2026-02-31"}, "isn’t a day of the calendar"),
        ({"day": ""}, "Say on which day"),
        ({"day": "1980-05-04"}, "between 1990 and 2100"),
        ({"day": (today - timedelta(days=4000)).isoformat()}, "of the last 10 years"),
        ({"day": (today - timedelta(days=400)).isoformat()}, "It was that long ago"),
        ({"day": (today + timedelta(days=1)).isoformat()}, "up to today"),
        ({"promise_text": "Send it", "promise_due": before}, "before the day on which it was promised"),
        ({"promise_text": "Send it", "promise_due": "2026-02-31"}, "isn’t a day of the calendar"),
        ({"promise_due": today.isoformat()}, "Write beside it what was promised"),
    ):
        page = client.post(ADDRESS, data=typed(doctor, need="Slots on Fridays", **values))
        assert page.status_code == 422 and told in page.text, values
        assert all(each in page.text for each in ("Their fax works again.", "Slots on Fridays", *values.values()))
    assert session.scalar(select(func.count(Touchpoint.id))) == 0


def test_a_correction_keeps_what_it_said_and_is_its_authors_alone(
    session: Session, make: Make, client: Client, liaison: Any, sign_in: Any
) -> None:
    doctor = make.physician()
    target = relationships.target(make, liaison.place, doctor, owner=liaison)
    session.commit()
    client.post(ADDRESS, data=typed(doctor))
    kept = session.scalars(select(Touchpoint)).one()
    page = f"{ADDRESS}/{kept.id}"

    client.post(page, data=typed(doctor, kind="not_seen", words="Nobody was in."))
    shown = text_of(client.get(page))
    colleague = make.staff("liaison", locations=[liaison.place])
    session.commit()
    sign_in(client, colleague)

    assert "Nobody was in." in shown and "Their fax works again." in shown
    assert session.scalar(select(func.count()).select_from(TouchpointBefore)) == 1
    # Nobody was reached after all.
    assert session.get_one(Relationship, target.id).last_contact_on is None
    assert client.post(page, data=typed(doctor, words="Mine now")).status_code == 403
    assert client.post(f"{page}/take-back").status_code == 403
    assert "Nobody was in." in text_of(client.get(page))


def test_a_note_that_may_name_a_patient_is_warned_about_and_kept_when_it_is_sure(
    session: Session, make: Make, client: Client, liaison: Any
) -> None:
    doctor = make.physician("Whitfield", "Anna")
    make.patient("Persephone", "Quackenbush")
    session.commit()

    warned = client.post(ADDRESS, data=typed(doctor, words="Asked about Persephone Quackenbush and her result."))
    again = client.post(ADDRESS, data=typed(doctor, words="Asked about Persephone Quackenbush.", sure="yes"))

    assert warned.status_code == 422 and "Persephone Quackenbush: this may be" in text_of(warned)
    assert again.status_code == 303
    assert session.scalars(select(Touchpoint.words)).all() == ["Asked about Persephone Quackenbush."]
    assert patient_names("Mrs. Whitfield waits; Dr Anna Whitfield knows", known=["Anna Whitfield"]) == []
    assert patient_names("Mrs Zimmermann waits", known=[]) == ["Mrs Zimmermann"]
    assert patient_names("quackenbush persephone called", known=[]) == ["quackenbush persephone"]


def test_one_that_waited_for_a_connection_is_its_authors_whoever_sends_it(
    app: Flask, session: Session, make: Make, liaison: Any
) -> None:
    doctor = make.physician()
    make.patient("Persephone", "Quackenbush")
    form = MultiDict(typed(doctor, words="Saw Persephone Quackenbush's letter.", cost="many", issue_kind="nonsense"))

    first = take_late(form, author_id=read_author(signed_author(liaison.id)) or 0)
    second = take_late(form, author_id=liaison.id)

    assert first.id == second.id
    assert first.author_id == liaison.id
    # What can't be read is kept as words, and the author is asked to look at a name.
    assert first.words.endswith("Cost: many")
    assert "may name a patient" in session.scalars(select(Promise.text)).one()
    assert read_author("forged.signature") is None
    with pytest.raises(NeverTaken):
        take_late(MultiDict(typed(doctor, who="physician-999999", submission_id="other")), author_id=liaison.id)


def test_what_is_over_the_limit_needs_a_managers_reason(
    app: Flask, session: Session, make: Make, liaison: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = [(50, lambda gifts, _: "over" if gifts[0].cents > 5000 else "")]
    monkeypatch.setitem(app.extensions[SLOTS], GIFT_LIMITS.name, over)
    one, other = make.physician(), make.physician()
    people = [of_physician(one), of_physician(other)]
    keys = frozenset(each.key for each in people)
    lunch = {"kind": TouchpointKind.LUNCH, "words": "Lunch", "day": clinic_today(ZONE), "received": keys}
    kept: dict[str, Any] = {"author_id": liaison.id, "location_ids": [liaison.place.id]}
    small = record_touchpoint(NewTouchpoint(who=people, cost_cents=9_999, **lunch), submission_id="small", **kept)
    large = NewTouchpoint(who=people, cost_cents=12_000, **lunch)
    with pytest.raises(OverGiftLimit):
        record_touchpoint(large, submission_id="large", **kept)
    late = record_late(large, submission_id="late", author_id=liaison.id, location_ids=[liaison.place.id])

    # An odd cent counts for both.
    assert {each.received_cents for each in small.participants} == {5_000}
    # It was given while nobody could be asked: the ledger says so, and that nobody has said why.
    assert (late.over_limit_reason, late.over_limit_by_id) == ("nobody has said why", None)
    assert "a manager must say why" in session.scalars(select(Promise.text)).one()
    assert session.scalar(select(func.sum(Participant.received_cents))) == 10_000 + 12_000
    assert session.get_one(Staff, liaison.id).active


def test_not_seen_needs_no_sentence_and_a_next_step_without_a_day_has_a_week(
    session: Session, make: Make, client: Client, liaison: Any
) -> None:
    doctor = make.physician()
    session.commit()
    today = clinic_today(ZONE)

    assert client.post(ADDRESS, data=typed(doctor, words="")).status_code == 422
    seen = client.post(ADDRESS, data=typed(doctor, words="", kind="not_seen", promise_text="Call first"))
    long_ago = {"day": (today - timedelta(days=400)).isoformat(), "long_ago": "y", "submission_id": "old"}
    old = client.post(ADDRESS, data=typed(doctor, **long_ago))
    late = take_late(
        MultiDict(typed(doctor, day=(today + timedelta(days=1)).isoformat(), submission_id="late")),
        author_id=liaison.id,
    )

    assert (seen.status_code, old.status_code) == (303, 303)
    words = session.scalars(select(Touchpoint.words).where(Touchpoint.kind == "not_seen")).one()
    assert words == "Called in, not seen"
    assert session.scalars(select(Promise.due_on)).all() == [today + timedelta(days=7)]
    assert "Left empty: a week from today." in client.get(f"{ADDRESS}/new?with=physician-{doctor.id}").text
    # A day to come is no day of a visit, whoever sends it.
    assert late.day == today and "Day:" in late.words


def test_a_correction_from_a_second_tab_is_shown_what_the_first_one_changed(
    session: Session, make: Make, client: Client, liaison: Any
) -> None:
    doctor = make.physician()
    session.commit()
    client.post(ADDRESS, data=typed(doctor))
    page = f"{ADDRESS}/{session.scalars(select(Touchpoint.id)).one()}"
    found = re.search(r'name="seen" value="(\w+)"', client.get(page).text)
    assert found
    seen = found[1]

    sent: dict[str, Any] = {"submission_id": "", "words": "Second"}
    first = client.post(page, data=typed(doctor, **sent | {"words": "First"}, kind="phone", seen=seen))
    second = client.post(page, data=typed(doctor, **sent, seen=seen))
    kept = session.scalars(select(Touchpoint.words)).one()
    found = re.search(r'name="seen" value="(\w+)"', second.text)
    again = client.post(page, data=typed(doctor, **sent, seen=found[1] if found else ""))

    assert (first.status_code, second.status_code, again.status_code) == (303, 409, 303)
    assert "Now stands: What: “Phone”; What happened, in a sentence: “First”." in text_of(second)
    assert "Second" in second.text and kept == "First"
    session.expire_all()
    assert session.scalars(select(Touchpoint.words)).one() == "Second"


def test_whom_it_was_with_is_found_by_a_contacts_name_and_by_any_telephone_number(
    session: Session, make: Make, client: Client, liaison: Any
) -> None:
    group = make.referring_practice("Hudson Clinic", phone_e164="+15185550117")
    carol = relationships.contact(make, group, name="Carol Hobbs", phone_e164="+15025550116")
    doctor = make.physician("Adler", "Ruth", phone="5185550118")
    relationships.target(make, liaison.place, doctor)
    session.commit()

    def found(text: str) -> str:
        return text_of(client.get(f"{ADDRESS}/new", query_string={"q": text}))

    assert "Carol Hobbs" in found("hobbs") and "Carol Hobbs" in found("(502) 555-0116")
    assert "Hudson Clinic" in found("518 555 0117") and "Ruth Adler" in found("555 0118")
    assert "Nobody found" in found("502 555 0199")
    page = client.get(f"{ADDRESS}/new?with=practice-{group.id}&who=contact-{carol.id}").text
    assert re.search(rf'value="contact-{carol.id}"[^>]* checked', page)


def test_a_note_to_ourselves_is_no_promise_to_the_office(
    session: Session, make: Make, client: Client, liaison: Any
) -> None:
    doctor = make.physician()
    kept = relationships.touchpoint(make, liaison.place, doctor, author=liaison)
    remind_author(kept, "Ask a manager to enter what this cost, $600.00.")
    today = clinic_today(ZONE)
    note = {"promise_for_us": "y", "promise_due": today.isoformat()}
    client.post(ADDRESS, data=typed(doctor, promise_text="Find out about their fax", **note))
    late = typed(doctor, promise_text="Look at their hours", submission_id="later", sure="yes", **note)
    take_late(MultiDict(late), author_id=liaison.id)
    session.commit()
    made = session.scalars(select(Touchpoint.id).where(Touchpoint.submission_id == "one-form")).one()
    client.post(f"{ADDRESS}/{made}", data=typed(doctor, words="Their fax works."))

    for place in ("brief", "history"):
        page = client.get(f"/relationships/physicians/{doctor.id}/{place}").text
        assert not any(told in page for told in ("Ask a manager", "about their fax", "at their hours"))
    day = text_of(client.get("/relationships/day"))
    for told in ("Ask a manager to enter", "Find out about their fax", "Look at their hours"):
        assert re.search(rf"{told}[^.]*.*?due today A note to ourselves about", day)
    titles = {each.title.partition(" ")[0] for each in entries(liaison.id, today, time_zone=ZONE)}
    assert titles == {"About"}
    first = session.scalars(select(Promise.id)).first()
    assert "It is done." in client.post(f"/relationships/promises/{first}/close", follow_redirects=True).text
