"""Reading again what waits: shown first, done as decisions, undone as a whole."""

import json

from flask import Flask

from intake.db import db
from intake.survey.answers.effective_answer import effective_mentions
from intake.survey.models import MatchState, MentionDecision
from intake.survey.recording.submission import NewMention
from tests.making import Make


def test_what_the_reader_makes_of_waiting_words_is_shown_done_and_taken_back(app: Flask, make: Make) -> None:
    sources = make.sources()
    place = make.location()

    def waits(words: str, source: str | None = None) -> int:
        state = MatchState.SUGGESTED if source else MatchState.UNMATCHED
        found = sources[source].id if source else None
        mention = NewMention(found, detail=words, match_state=state, confidence=500)
        return make.answer(make.visit(place), mention).answer_id

    sister, ingram = waits("my sister told me"), waits("Ingram")
    radio = waits("heard you on the radio", "tv")
    right = waits("google", "online_search")
    runner = app.test_cli_runner()

    def counts(answer_id: int) -> list[int | None]:
        db.session.expire_all()
        return [each.source_id for each in effective_mentions([answer_id])[answer_id]]

    shown = runner.invoke(args=["sources", "reread"])
    lines = [json.loads(line) for line in shown.stdout.splitlines()]
    assert {(line["text"], line["before"], line["now"]) for line in lines} == {
        ("my sister told me", None, "friend_family"),
        ("heard you on the radio", "tv", "radio"),
    }
    assert counts(sister) == [None]

    done = runner.invoke(args=["sources", "reread", "--apply"])
    assert counts(sister) == [sources["friend_family"].id]
    assert counts(radio) == [sources["radio"].id]
    assert counts(ingram) == [None]
    assert counts(right) == [sources["online_search"].id]
    assert db.session.query(MentionDecision).count() == 2

    numbers = done.stderr.split()[-1]
    runner.invoke(args=["sources", "reread", "--undo", numbers])
    assert counts(sister) == [None]
    assert counts(radio) == [sources["tv"].id]
