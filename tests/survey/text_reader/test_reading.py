"""Typed words against the practice's own list in the database: what is recorded, what the command prints."""

import json
from datetime import date

from flask import Flask
from sqlalchemy.orm import Session

from intake import clock
from intake.db import db
from intake.directory.models import SourceAlias, SourceMerge, SourceTranslation
from intake.directory.npi.referring_practices import add_practice, change_practice
from intake.directory.practice.providers import set_own_providers
from intake.survey.free_text.source_cache import source_index
from intake.survey.free_text.typed_answers import read_for, read_text
from intake.survey.models import Evidence, MatchState, Outcome
from tests.making import Make


def test_a_sure_reading_counts_as_its_source_at_once(session: Session, make: Make) -> None:
    sources = make.sources()
    outcome, (named,) = read_for("my sister told me")
    assert outcome == Outcome.ANSWERED
    assert (named.source_id, named.match_state, named.detail) == (
        sources["friend_family"].id,
        MatchState.SUGGESTED,
        "my sister told me",
    )
    assert named.confidence is not None and named.confidence >= 900


def test_a_name_of_the_list_letter_for_letter_is_exact(session: Session, make: Make) -> None:
    sources = make.sources()
    _, (named,) = read_for("Facebook")
    assert (named.source_id, named.match_state) == (sources["facebook"].id, MatchState.EXACT)


def test_an_unsure_reading_waits_unmatched_with_its_words(session: Session, make: Make) -> None:
    make.sources()
    outcome, named = read_for("Linda")
    assert outcome == Outcome.ANSWERED
    assert [(each.source_id, each.match_state, each.detail) for each in named] == [
        (None, MatchState.UNMATCHED, "Linda")
    ]
    outcome, named = read_for("the blue one")
    assert [(each.source_id, each.match_state, each.detail) for each in named] == [
        (None, MatchState.UNMATCHED, "the blue one")
    ]


def test_outcomes_have_no_mentions_and_no_words_are_no_mention(session: Session, make: Make) -> None:
    make.sources()
    assert read_for("no me acuerdo") == (Outcome.DONT_REMEMBER, ())
    assert read_for("none of your business") == (Outcome.DECLINED, ())
    assert read_for("  ") == (Outcome.ANSWERED, ())


def test_the_friend_is_named_but_never_linked(session: Session, make: Make) -> None:
    make.sources()
    make.patient("Linda", "Moreno")
    _, (named,) = read_for("my neighbor Linda Moreno")
    assert (named.referrer_name, named.referring_patient_id) == ("Linda Moreno", None)


def test_a_physician_is_linked_by_more_than_the_surname_only(session: Session, make: Make) -> None:
    sources = make.sources()
    gonzalez = make.physician("GONZALEZ", "MARIA", city="TULSA")
    make.physician("GONZALEZ", "PEDRO", city="ALBANY")
    make.physician("Obermeyer", "Klaus")
    _, (named,) = read_for("Dr. Maria Gonzalez sent me")
    assert (named.source_id, named.physician_id) == (sources["doctor"].id, gonzalez.id)
    assert named.evidence == Evidence.INFERRED
    _, (named,) = read_for("dr obermeyer")
    assert (named.source_id, named.physician_id) == (sources["doctor"].id, None)


def test_aliases_translations_and_merged_names_are_known_at_once(session: Session, make: Make) -> None:
    make.sources()
    news = make.source("hacker_news", label="Hacker News")
    old = make.source("orange_site", label="Orange website")
    assert read_text("colibri").mentions[0].source_code is None
    db.session.add_all(
        [
            SourceAlias(source_id=news.id, text="Colibri", normal="colibri"),
            SourceTranslation(source_id=news.id, language="es", label="Noticias Jáquer"),
            SourceMerge(source_id=old.id, into_id=news.id, merged_at=clock.now()),
        ]
    )
    db.session.flush()
    for text in ("colibri", "noticias jaquer", "orange website", "HN"):
        assert [mention.source_code for mention in read_text(text).mentions] == ["hacker_news"], text


def test_a_retired_source_gives_way_to_its_parent(session: Session, make: Make) -> None:
    make.sources()["facebook"].active_until = date(2020, 1, 1)
    db.session.flush()
    assert [mention.source_code for mention in read_text("facebook").mentions] == ["social_media"]


def test_the_list_is_made_ready_once_while_it_stays_the_same(session: Session, make: Make) -> None:
    make.sources()
    today = clock.now().date()
    assert source_index(today) is source_index(today)


def test_the_command_prints_a_json_line_for_each_line(app: Flask, make: Make) -> None:
    make.sources()
    make.physician("GONZALEZ", "MARIA", npi="2000000012")
    given = "google and my neighbor Linda M\n\nDr Maria Gonzalez\nno sé\n".encode() + b"\xff\xfe caf\xe9\n"
    result = app.test_cli_runner().invoke(args=["sources", "match"], input=given)
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.output.splitlines()]
    assert [line["outcome"] for line in lines] == ["answered", "unmatched", "answered", "dont_remember", "unmatched"]
    search, friend = lines[0]["mentions"]
    assert (search["source"], search["counts"], search["person"]) == ("online_search", True, None)
    assert (friend["source"], friend["counts"], friend["person"]) == ("friend_family", True, "Linda M")
    assert lines[2]["mentions"][0]["physician"] == {"npi": "2000000012", "name": "Maria Gonzalez, MD"}


def test_the_command_explains_when_asked(app: Flask, make: Make) -> None:
    make.sources()
    result = app.test_cli_runner().invoke(args=["sources", "match", "--explain"], input="feisbuk\n")
    (mention,) = json.loads(result.output)["mentions"]
    assert mention["source"] == "facebook"
    assert "feisbuk" in mention["reason"]


def test_names_are_judged_by_the_directory_of_today(session: Session, make: Make) -> None:
    """What each process holds is made again as soon as a provider, practice, nickname or physician is added."""
    make.sources()
    place = make.location()
    make.physician("CHEN", "MELISSA")
    (mention,) = read_text("Melissa Chen").mentions
    assert mention.physician is not None and not mention.counts

    assert read_text("dr obi").mentions[0].source_code == "doctor"
    make.visit(location=place, provider="Obi, Paul MD")
    assert read_text("dr obi").mentions[0].source_code is None
    set_own_providers([])
    assert read_text("dr obi").mentions[0].source_code == "doctor"

    assert read_text("st joes").mentions[0].practice is None
    practice = add_practice(name="St. Joseph Hospital")
    change_practice(practice, name=practice.name, nicknames=["SJH"])
    for text in ("st joes", "sjh"):
        (mention,) = read_text(text).mentions
        assert mention.practice is not None and mention.practice.practice_id == practice.id

    make.patient("Priya", "Nair")
    assert [each.name for each in read_text("my neighbor Priya Nair").mentions[0].patients] == ["Priya Nair"]


def test_what_is_no_answer_is_kept_for_a_person_and_counts_nowhere(session: Session, make: Make) -> None:
    make.sources()
    outcome, (kept,) = read_for("insurance card attached")
    assert (outcome, kept.source_id, kept.detail) == (Outcome.ANSWERED, None, "insurance card attached")
