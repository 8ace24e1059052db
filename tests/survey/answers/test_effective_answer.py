"""What an answer means now reads the same on every page and in every file, whatever was decided about it since."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.attribution.verify.ledger import compare_ledger
from intake.directory.models import Physician, ReferralSource, Visit
from intake.directory.physicians.records import merge_physicians
from intake.survey.models import ChartVerdict, MatchState, Mention
from intake.survey.recording.decisions import DecidedMeaning, comparable, decide, undo_decisions
from intake.survey.recording.record_answer import NewMention
from intake.survey.review.charts.chart_conflicts import conflict_of, decide_conflict, undo_decision
from intake.survey.review.rules import add_rule, turn_off_rule
from tests.clients import Client
from tests.making import Make

NAMES = ("Doctor", "Friend or family", "Facebook", "Radio", "Mail", "TV", "Okonjo", "Adeyemi", "Linda")


class Cast(NamedTuple):
    """One visit whose chart names Dr. Thurgood, the practice's sources, and two other physicians."""

    make: Make
    visit: Visit
    sources: dict[str, ReferralSource]
    okonjo: Physician
    adeyemi: Physician

    def says(self, code: str | None, detail: str = "", **facts: Any) -> int:
        """The patient answers in words that were read as this; the mention's id."""
        source_id = self.sources[code].id if code else None
        state = MatchState.SUGGESTED if code else MatchState.UNMATCHED
        facts = {"match_state": state, "confidence": 700, **facts}
        answer = self.make.answer(self.visit, NewMention(source_id, detail=detail, **facts))
        found = self.make.session.scalars(select(Mention.id).where(Mention.answer_id == answer.answer_id))
        return found.one()

    def means(self, code: str | None, *also: str, physician: Physician | None = None) -> DecidedMeaning:
        return DecidedMeaning(
            self.sources[code].id if code else None,
            physician.id if physician else None,
            also=tuple(self.sources[each].id for each in also),
        )

    def decide(self, mention_id: int, *codes: str | None, physician: Physician | None = None) -> list[int]:
        return decide([mention_id], self.means(*codes, physician=physician), staff_id=None)


Story = Callable[[Cast], object]


def a_physician_is_suggested(cast: Cast) -> None:
    cast.says("doctor", "Dr. O", physician_id=cast.okonjo.id)


def a_physician_is_decided_as_radio(cast: Cast) -> None:
    cast.decide(cast.says("doctor", "Dr. O", physician_id=cast.okonjo.id), "radio")


def facebook_is_decided_as_mail(cast: Cast) -> None:
    cast.decide(cast.says("facebook", "the card"), "mail")


def one_is_decided_as_several(cast: Cast) -> None:
    cast.decide(cast.says("facebook", "heard and read it"), "radio", "mail")


def words_are_decided_as_a_physician(cast: Cast) -> None:
    cast.decide(cast.says(None, "the tall one"), "doctor", physician=cast.adeyemi)


def a_decision_is_undone(cast: Cast) -> None:
    undo_decisions(cast.decide(cast.says("doctor", "Dr. O", physician_id=cast.okonjo.id), "radio"))


def a_decision_for_a_physician_is_undone(cast: Cast) -> None:
    undo_decisions(cast.decide(cast.says("radio", "Dr. A on air"), "doctor", physician=cast.adeyemi))


def a_friend_is_decided_as_a_physician(cast: Cast) -> None:
    mention = cast.says("friend_family", "my friend Linda, the doctor", referrer_name="Linda")
    cast.decide(mention, "doctor", physician=cast.adeyemi)


def a_matched_friend_is_decided_as_radio(cast: Cast) -> None:
    linda = cast.make.visit(cast.visit.location, cast.make.patient("Linda", "Moreno")).patient
    cast.decide(cast.says("friend_family", "the morning show", referring_patient_id=linda.id), "radio")


def a_friend_is_decided_as_friend(cast: Cast) -> None:
    cast.decide(cast.says("friend_family", "my aunt Bea", referrer_name="my aunt Bea"), "friend_family")


def a_rule_covers_the_words(cast: Cast) -> None:
    cast.says(None, "the postcard")
    add_rule({comparable("the postcard"): "the postcard"}, cast.means("mail"), staff_id=None)


def a_rule_is_turned_off(cast: Cast) -> None:
    cast.says("facebook", "the postcard")
    rule = add_rule({comparable("the postcard"): "the postcard"}, cast.means("mail"), staff_id=None)
    turn_off_rule(rule, staff_id=None)


def sources_are_merged(cast: Cast) -> None:
    cast.says("facebook", "online")
    cast.make.source_merge(cast.sources["facebook"], cast.sources["tv"])


def what_was_decided_is_merged(cast: Cast) -> None:
    cast.decide(cast.says("facebook", "heard and read it"), "radio", "mail")
    cast.make.source_merge(cast.sources["mail"], cast.sources["tv"])


def physicians_are_merged(cast: Cast) -> None:
    cast.says("doctor", "Dr. O", physician_id=cast.okonjo.id)
    merge_physicians(cast.okonjo.id, cast.adeyemi.id)


def it_is_corrected(cast: Cast) -> None:
    cast.decide(cast.says("facebook", "the card"), "mail")
    cast.make.answer(cast.visit, cast.sources["tv"], corrects=True)


def it_turns_out_to_mean_nothing(cast: Cast) -> None:
    cast.decide(cast.says("facebook", "hello there"), None)


STORIES: list[tuple[Story, tuple[str, ...]]] = [
    (a_physician_is_suggested, ("Doctor", "Okonjo")),
    (a_physician_is_decided_as_radio, ("Radio",)),
    (facebook_is_decided_as_mail, ("Mail",)),
    (one_is_decided_as_several, ("Radio", "Mail")),
    (words_are_decided_as_a_physician, ("Doctor", "Adeyemi")),
    (a_decision_is_undone, ("Doctor", "Okonjo")),
    (a_decision_for_a_physician_is_undone, ("Radio",)),
    (a_friend_is_decided_as_a_physician, ("Doctor", "Adeyemi")),
    (a_matched_friend_is_decided_as_radio, ("Radio",)),
    (a_friend_is_decided_as_friend, ("Friend or family",)),
    (a_rule_covers_the_words, ("Mail",)),
    (a_rule_is_turned_off, ("Facebook",)),
    (sources_are_merged, ("TV",)),
    (what_was_decided_is_merged, ("Radio", "TV")),
    (physicians_are_merged, ("Doctor", "Adeyemi")),
    (it_is_corrected, ("TV",)),
    (it_turns_out_to_mean_nothing, ()),
]
# Their own words may hold names; they stand in quotes.
QUOTED = re.compile(r"<q[^>]*>.*?</q>|“[^”]*”", re.S)


@pytest.fixture
def cast(app: Flask, session: Session, make: Make, client: Client, sign_in: Any) -> Cast:
    place = make.location("Riverside")
    sign_in(client, make.staff("manager", roles=["front_desk"], locations=[place]))
    visit = make.visit(place, make.patient("Maria", "Torvald"), documented=make.physician("Thurgood"))
    make.session = session  # type: ignore[attr-defined]
    return Cast(make, visit, make.sources(), make.physician("Okonjo"), make.physician("Adeyemi"))


def at_the_desk(client: Client, visit: Visit) -> str:
    page = client.get("/desk").text
    return _said(page[page.index(f'id="visit-{visit.id}"') :].partition("</li>")[0])


def on_the_visits_page(client: Client, visit: Visit) -> str:
    page = client.get(f"/desk/visits/{visit.id}").text
    return _said(page[page.index('<li class="is-current"') :].partition("</li>")[0])


def on_the_patients_page(client: Client, visit: Visit) -> str:
    return _said(client.get(f"/patients/{visit.patient_id}").text)


def in_the_drill_down(client: Client, visit: Visit) -> str:
    found = re.search(r'<ul class="said">(.*?)</ul>', _drill_down(client, visit).text, re.S)
    assert found
    return text_of_html(QUOTED.sub("", found[1]))


def in_the_file(client: Client, visit: Visit) -> str:
    answer = _drill_down(client, visit, "/export")
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))
    return QUOTED.sub("", next(row["What was said"] for row in rows if row["Patient"] == "Maria Torvald"))


DOORS = (at_the_desk, on_the_visits_page, on_the_patients_page, in_the_drill_down, in_the_file)


def _drill_down(client: Client, visit: Visit, file: str = "") -> Any:
    return client.get(f"/reports/rows{file}?from={visit.visit_date}&to={visit.visit_date}&by=coverage&key=answered")


def _said(page: str) -> str:
    found = re.findall(r'<span class="said">(.*?)</span>', page)
    return QUOTED.sub("", " + ".join(text_of_html(each) for each in found))


def text_of_html(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).strip()


@pytest.mark.parametrize(("story", "expected"), STORIES, ids=lambda each: getattr(each, "__name__", ""))
def test_every_page_and_file_says_what_an_answer_means_now(
    cast: Cast, client: Client, story: Story, expected: tuple[str, ...]
) -> None:
    story(cast)

    told = {door.__name__: door(client, cast.visit) for door in DOORS}

    named = {door: tuple(name for name in NAMES if name in words) for door, words in told.items()}
    wanted = tuple(name for name in NAMES if name in expected)
    assert named == dict.fromkeys(named, wanted), told
    assert not compare_ledger().wrong


@pytest.mark.parametrize(("story", "expected"), STORIES, ids=lambda each: getattr(each, "__name__", ""))
def test_desk_and_review_see_the_same_conflicts_with_the_chart(
    cast: Cast, client: Client, story: Story, expected: tuple[str, ...]
) -> None:
    story(cast)

    review = client.get("/review/conflicts").text
    case = review[review.index(f'id="visit-{cast.visit.id}"') :] if f'id="visit-{cast.visit.id}"' in review else ""
    row = client.get("/desk").text.partition(f'id="visit-{cast.visit.id}"')[2].partition("</li>")[0]
    patient = (
        client.get(f"/patients/{cast.visit.patient_id}").text.partition("The chart says")[0].rpartition("<p class")[2]
    )
    visit = client.get(f"/desk/visits/{cast.visit.id}").text

    assert bool(case) == bool(expected)
    assert ("Chart says" in row, "<svg" in patient, "The patient says" in visit) == (bool(expected),) * 3
    says = QUOTED.sub("", case.partition("The patient says")[2].partition("<button")[0])
    assert tuple(name for name in NAMES if name in says) == tuple(name for name in NAMES if name in expected)


def test_what_somebody_decided_about_the_chart_is_no_conflict_anywhere(cast: Cast, client: Client) -> None:
    a_physician_is_suggested(cast)
    decided = decide_conflict(conflict_of(cast.visit), ChartVerdict.ANSWER, physician_id=None, staff_id=None)
    pages = ("/desk", f"/desk/visits/{cast.visit.id}", f"/patients/{cast.visit.patient_id}")
    before = [client.get(page).text for page in pages]
    undo_decision(decided)
    after = [client.get(page).text for page in pages]
    assert ["exclamation-triangle" in page or "The patient says" in page for page in before] == [False] * 3
    assert "Chart says" in after[0] and "The patient says" in after[1]


def test_a_link_set_aside_by_a_decision_is_nobodys_referral(cast: Cast, client: Client) -> None:
    linda = cast.make.visit(cast.visit.location, cast.make.patient("Linda", "Moreno")).patient
    by_linda = cast.says("friend_family", "the morning show", referring_patient_id=linda.id)
    other = cast._replace(visit=cast.make.visit(cast.visit.location, cast.make.patient("Omar", "Haddad")))
    by_okonjo = other.says("doctor", "Dr. O", physician_id=cast.okonjo.id)
    pages = {f"/patients/{linda.id}": "Torvald", f"/reports/physicians/{cast.okonjo.id}/sent": "Haddad"}
    assert all(name in client.get(page).text for page, name in pages.items())

    cast.decide(by_linda, "radio")
    cast.decide(by_okonjo, "radio")

    assert not any(name in client.get(page).text for page, name in pages.items())
