"""The list of sources changes while the question is out: what was sent counts."""

from datetime import timedelta

import pytest
from flask import Flask

from intake import clock
from intake.capture.text.conversation.choices import ChoiceKind, choose
from intake.capture.text.conversation.reading import known_sources
from intake.db import db
from intake.directory.models import ReferralSource
from tests.making import Make

SENT = ("online_search", "radio_spot", "friend_family")


@pytest.fixture
def sources(app: Flask, make: Make) -> dict[str, ReferralSource]:
    """Radio was taken off yesterday, a podcast put on top, friends renamed."""
    found: dict[str, ReferralSource] = make.sources()
    found["radio_spot"] = make.source(code="radio_spot", label="Morning show", position=5)
    found["podcast"] = make.source(code="podcast_top", label="Podcast", position=0)
    found["radio_spot"].active_until = clock.now().date() - timedelta(days=1)
    found["friend_family"].label = "Friends and family"
    db.session.flush()
    return found


@pytest.mark.parametrize(
    ("reply", "code"), [("2", "radio_spot"), ("Morning show!", "radio_spot"), ("3", "friend_family")]
)
def test_a_number_or_the_words_of_an_option_mean_what_was_sent(
    sources: dict[str, ReferralSource], make: Make, reply: str, code: str
) -> None:
    chosen = choose(reply, SENT, known_sources(make.location().id))

    assert chosen.kind == ChoiceKind.ANSWER
    assert [mention.source_id for mention in chosen.named] == [sources[code].id]


def test_what_was_put_on_the_list_since_is_understood_too(sources: dict[str, ReferralSource], make: Make) -> None:
    chosen = choose("podcast", SENT, known_sources(make.location().id))

    assert [mention.source_id for mention in chosen.named] == [sources["podcast"].id]
