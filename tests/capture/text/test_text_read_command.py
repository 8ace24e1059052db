"""`flask sms read`: what a text would be taken for, with and without a practice's list."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from intake.db import db
from intake.sms.models import InboundText
from tests.making import Make

pytestmark = pytest.mark.on("sqlite")


def read(app: Flask, lines: Sequence[str], *options: str) -> list[dict[str, object]]:
    result = app.test_cli_runner().invoke(args=["sms", "read", *options], input="\n".join(lines) + "\n")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_each_line_is_told_as_the_conversation_would_take_it(app: Flask, make: Make) -> None:
    make.sources()
    db.session.commit()

    told = read(
        app, ["Stop. I heard from Dr Patel", "stop, I can't breathe", "I don't remember", "3", "It was my\\nmom"]
    )

    assert told[0] == {
        "text": "Stop. I heard from Dr Patel",
        "kind": "stop",
        "emergency": False,
        "outcome": "answered",
        "mentions": ["doctor"],
        "name": "Patel",
    }
    assert (told[1]["kind"], told[1]["emergency"]) == ("stop", True)
    assert (told[2]["kind"], told[2]["outcome"]) == ("answer", "dont_remember")
    assert told[3]["mentions"] == ["online_search"]
    assert told[4]["text"] == "It was my\nmom"
    assert db.session.scalar(select(func.count()).select_from(InboundText)) == 0


def test_what_a_person_would_confirm_is_told_as_well(app: Flask) -> None:
    told = read(app, ["Bing", "guy at the gym", "my fingers slipped", "i dont know"])
    assert [each["mentions"] for each in told] == [["online_search"], ["friend_family"], [], []]


def test_numbers_mean_what_our_last_text_said(app: Flask, make: Make, tmp_path: Path) -> None:
    make.sources()
    db.session.commit()
    sent = tmp_path / "sent.txt"
    sent.write_text("Lakeside: How did you hear about us?\n1 Radio\n2 Friend or family\nReply STOP to end.")

    (radio, reaction) = read(app, ["1", "Liked “Lakeside: How did you hear about us?…”"], "--sent", str(sent))

    assert radio["mentions"] == ["radio"]
    assert reaction["kind"] == "reaction"


def test_the_second_question_takes_a_name_or_none(app: Flask) -> None:
    unsure = ["idk how to spell it, Siobhan something", "dont know his last name, Greg"]
    assert [each["name"] for each in read(app, unsure, "--step", "who")] == ["Siobhan something", "Greg"]

    told = read(app, ["Siobhan", "my husband", "Na", "call me"], "--step", "who")

    assert [each["name"] for each in told] == ["Siobhan", "", "Na", ""]
    assert told[3]["kind"] == "errand"


def test_after_the_thanks_a_courtesy_is_nothing(app: Flask) -> None:
    told = read(app, ["Thanks!", "sorry I meant 2"], "--after", "answered")

    assert [each["kind"] for each in told] == ["reaction", "correction"]
    assert told[1]["mentions"] == ["friend_family"]


def test_of_a_correction_what_is_said_last_counts(app: Flask) -> None:
    lines = ["oh wait it was 5", "can you change it to friend", "puse 2 pero era 3", "no la 6, la 7", "no es 3, es 4"]
    told = read(app, lines, "--after", "answered")
    assert {each["kind"] for each in told} == {"correction"}
    named = [["social_media"], ["friend_family"], ["online_search"], ["online_reviews"], ["insurance"]]
    assert [each["mentions"] for each in told] == named
    (website,) = read(app, ["wait i pressed 1 but it was google"], "--step", "who")
    assert (website["mentions"], website["name"]) == (["online_search"], "")
