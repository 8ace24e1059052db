"""Replies handed to a colleague, done and put back, counted in the menu; pictures; conversations found."""

import re

import pytest
from flask import Flask

from intake.directory.models import Location, Visit
from tests.capture.text.answering.replies import SignIn, words
from tests.clients import Client
from tests.making import Make

pytestmark = pytest.mark.on("sqlite")


def test_a_reply_is_handed_to_a_colleague_who_sees_it_by_name(
    desk: Client, make: Make, visit: Visit, place: Location, app: Flask, sign_in: SignIn
) -> None:
    beth = make.staff("manager", locations=[place], name="Beth Manager")
    stranger = make.staff("front_desk", name="Not Here")
    text = make.reply(visit, "thanks, see you", outcome="courtesy")

    assert desk.post(f"/texts/replies/{text.id}/hand-on", data={"to": str(stranger.id)}).status_code == 422
    assert desk.post(f"/texts/replies/{text.id}/hand-on", data={"to": str(beth.id)}).status_code == 303

    assert "For Beth Manager" in words(desk.get("/texts/replies").text)
    other = app.test_client()
    sign_in(other, beth)
    mine = words(other.get("/texts/replies?mine=1").text)
    assert "Handed to you 1" in mine
    assert "thanks, see you" in mine
    other.post(f"/texts/replies/{text.id}/seen")
    assert "thanks, see you" not in other.get("/texts/replies").text


def test_what_is_done_too_early_is_put_back(desk: Client, make: Make, visit: Visit) -> None:
    text = make.reply(visit, "hm")
    desk.post(f"/texts/replies/{text.id}/seen")
    assert "hm" not in words(desk.get("/texts/replies").text).split("<h1>Inbox", 1)[-1]

    desk.post(f"/texts/replies/{text.id}/put-back")

    assert "Reyes" in desk.get("/texts/replies").text


def test_the_main_menu_counts_what_waits_for_those_who_may_read_it(
    desk: Client, make: Make, visit: Visit, place: Location, app: Flask, sign_in: SignIn
) -> None:
    make.reply(visit, "hm")
    liaison = app.test_client()
    sign_in(liaison, make.staff("administrator", locations=[place]))

    assert "Inbox 1 waiting" in words(desk.get("/desk").text)
    assert "waiting" not in words(liaison.get("/texts").text)


def test_pictures_are_said_and_not_kept(desk: Client, make: Make, visit: Visit) -> None:
    text = make.reply(visit, "my card", media_count=2)

    assert "with 2 pictures, not kept" in words(desk.get("/texts/replies").text)
    assert "with 2 pictures, not kept" in words(desk.get(f"/texts/replies/{text.id}").text)


def test_conversations_are_found_by_name_and_number_and_nothing_personal_is_in_an_address(
    desk: Client, make: Make, visit: Visit, place: Location
) -> None:
    make.text(visit)
    make.reply(visit, "my sister")
    make.reply(None, "who is this", from_e164="+15185550188", outcome="unknown_sender")
    make.text(make.visit(make.location("Harbour"), make.patient("Elsa", "Elsewhere", mobile_e164="+15185550166")))

    every = words(desk.get("/texts/conversations").text)
    by_name = words(desk.post("/texts/conversations", data={"find": "marta rey"}).text)
    by_number = desk.post("/texts/conversations", data={"find": "(518) 555-0123"})
    by_part = words(desk.post("/texts/conversations", data={"find": "0188"}).text)

    assert "Marta Reyes" in every and "who is this" in every and "Elsewhere" not in every
    assert "my sister" in by_name and "who is this" not in by_name
    assert "my sister" in by_number.text
    assert "who is this" in by_part and "Marta" not in by_part
    addresses = re.findall(r'(?:href|action)="([^"]+)"', by_number.text)
    assert not any("518" in address or "arta" in address for address in addresses)
    assert "Nobody found" in desk.post("/texts/conversations", data={"find": "elsewhere"}).text
