"""The page that says how sure the figures are: the silent, who asks, what stands first."""

import random
import re
from datetime import date
from typing import Any

import pytest

from intake import clock
from intake.attribution.drilldown.ask_counts import Positions, positions
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.reliability.report import Trust, _places, trust
from intake.attribution.statistics.mixes import Method
from intake.survey.models import Channel, Outcome, View
from intake.survey.question.choices import drawn_order
from intake.survey.recording.record_answer import NewAsk, NewMention, Submission, record_answer
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of

DAY = date(2026, 5, 12)
MAY = Period(date(2026, 5, 1), date(2026, 5, 31))
ADDRESS = "/reports/trust?from=2026-05-01&to=2026-05-31"


def found(place: Any, view: View = View.PRIMARY) -> Trust:
    return trust(period=MAY, view=view, location_ids={place.id})


def test_shares_stand_beside_each_other_and_beside_what_the_silent_could_change(
    manager: Any, client: Client, make: Make
) -> None:
    sources, place = make.sources(), manager.place
    for code, count in (("doctor", 6), ("tv", 2)):
        for _ in range(count):
            make.answer(make.visit(place, day=DAY), sources[code])
    for _ in range(2):
        make.visit(place, day=DAY)
    first, second = found(place).shares
    assert (first.name.key, first.share, first.share_of_eligible) == ("doctor", 0.75, 0.6)
    assert first.bounds == pytest.approx((0.6, 0.8))
    assert second.at_once.low < second.alone.low and second.at_once.high > second.alone.high
    text = text_of(client.get(ADDRESS))
    assert "8 of 10 answered. Whatever the 2 who didn" in text
    assert "Doctor sent between 60.0% and 80.0% of them all." in text


def test_ways_of_asking_are_compared_by_what_was_named_first(manager: Any, client: Client, make: Make) -> None:
    sources, place = make.sources(), manager.place
    for channel, code, count in (("desk", "doctor", 12), ("desk", "facebook", 3), ("kiosk", "instagram", 12)):
        for _ in range(count):
            make.answer(make.visit(place, day=DAY), sources[code], sources["tv"], channel=channel)
    make.answer(make.visit(place, day=DAY), outcome="declined", channel="kiosk")
    report = found(place, View.ANY)
    desk, kiosk = report.channels
    assert [column.key for column in report.columns] == ["social_media", "doctor"]
    assert (desk.channel, desk.counts, desk.others) == (Channel.DESK, (3, 12), 0)
    assert (kiosk.counts, kiosk.replies.asked, kiosk.replies.answered) == ((12, 0), 13, 12)
    assert report.mix.differs
    assert "The answers differ by who asks" in text_of(client.get(ADDRESS))


def test_alike_ways_of_asking_show_no_difference(manager: Any, client: Client, make: Make) -> None:
    sources, place = make.sources(), manager.place
    for channel in ("desk", "kiosk"):
        for code in ("doctor", "tv"):
            for _ in range(6):
                make.answer(make.visit(place, day=DAY), sources[code], channel=channel)
    assert not found(place).mix.differs
    assert "The answers don't clearly differ" in text_of(client.get(ADDRESS)).replace("&#39;", "'")


def choose(make: Make, place: Any, code: str, options: list[str], *, channel: Channel = Channel.KIOSK) -> None:
    visit = make.visit(place, day=DAY)
    ask = NewAsk(channel, "en", clock.now(), visit_id=visit.id, options=tuple(options))
    named = (NewMention(make.sources()[code].id),)
    submission_id = f"{visit.id:036d}"
    record_answer(Submission(submission_id, ask, Outcome.ANSWERED, mentions=named, answered_at=clock.now()))


def test_places_on_the_list_are_those_of_lists_drawn_anew(manager: Any, make: Make) -> None:
    place = manager.place
    choose(make, place, "doctor", ["tv", "doctor", "other"])
    choose(make, place, "facebook", ["social_media", "doctor", "other"])
    choose(make, place, "other", ["tv", "doctor", "other"])
    choose(make, place, "doctor", ["doctor", "tv", "other"], channel=Channel.DESK)
    counted = positions(period=MAY, location_ids={place.id}, lists=lists_as_of_now())
    assert (counted.answers, dict(counted.chosen_at)) == (2, {1: 1, 0: 1})
    assert dict(counted.chosen) == {"doctor": 1, "social_media": 1}
    assert counted.stood[0, "tv"] == 1 and counted.places == [0, 1]


@pytest.mark.parametrize(("pull", "differs"), [(0.0, False), (0.25, True)])
def test_an_effect_of_standing_first_is_found_where_there_is_one_and_not_where_there_is_none(
    pull: float, differs: bool
) -> None:
    rng, counted = random.Random(7), Positions()
    liking = {"doctor": 5, "friend": 3, "tv": 1, "radio": 1, "web": 2, "event": 1}
    for _ in range(1_500):
        shown = drawn_order(list(liking), rng)
        chosen = shown[0] if rng.random() < pull else rng.choices(list(liking), list(liking.values()))[0]
        counted.answers += 1
        counted.chosen[chosen] += 1
        counted.chosen_at[shown.index(chosen)] += 1
        counted.stood.update((place, code) for place, code in enumerate(shown))
    rows, order = _places(counted)
    assert order.differs is differs
    assert sum(row.chosen for row in rows) == 1_500
    assert sum(row.expected for row in rows) == pytest.approx(1_500)
    assert (rows[0].chosen > rows[0].expected * 1.3) is differs


@pytest.mark.parametrize("answers", [0, 1])
def test_little_or_nothing_is_no_error(manager: Any, client: Client, make: Make, answers: int) -> None:
    make.visit(manager.place, day=DAY)
    for _ in range(answers):
        make.answer(make.visit(manager.place, day=DAY), make.sources()["tv"])
    assert client.get(ADDRESS).status_code == 200
    assert client.get("/reports/trust?from=2020-01-01&to=2020-01-02").status_code == 200
    assert client.get("/reports/trust?from=x").status_code == 422
    assert found(manager.place).mix.method == Method.TOO_FEW


def test_how_asking_goes_is_by_name_and_says_no_more_than_it_can(manager: Any, client: Client, make: Make) -> None:
    sources, place = make.sources(), manager.place
    amy, zoe, new = (make.staff(locations=[place], name=name) for name in ("Amy Finch", "Zoe Vale", "Mia Moss"))
    for staff, answered, declined in ((zoe, 24, 0), (amy, 10, 14), (new, 1, 0)):
        for _ in range(answered):
            make.answer(make.visit(place, day=DAY), sources["tv"], staff=staff)
        for _ in range(declined):
            make.answer(make.visit(place, day=DAY), outcome="declined", staff=staff)
    page = client.get("/reports?from=2026-05-01&to=2026-05-31&by=staff")
    # What links say to those who don't see them stands between the figures.
    seen = re.sub(r'<span class="visually-hidden">.*?</span>', "", page.text)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", seen))
    table = text[text.index("How asking goes") :]
    assert table.index("Amy Finch") < table.index("Mia Moss") < table.index("Zoe Vale")
    assert re.search(r"Amy Finch 24 10 41\.7% a good moment to ask how it goes", table)
    assert "Mia Moss 1 1 too few to say" in table
    assert re.search(r"Zoe Vale 24 24 100\.0% often answered", table)
    assert "71.4% of all whom somebody asked gave an answer" in table
    assert "How asking goes" not in client.get("/reports?from=2026-05-01&to=2026-05-31&by=source").text


def test_who_asked_is_a_list_by_name_and_no_ranking(manager: Any, client: Client, make: Make) -> None:
    sources, place = make.sources(), manager.place
    for name, count in (("Zoe Vale", 3), ("Amy Finch", 1)):
        staff = make.staff(locations=[place], name=name)
        for _ in range(count):
            make.answer(make.visit(place, day=DAY), sources["tv"], staff=staff)
    page = client.get("/reports?from=2026-05-01&to=2026-05-31&by=staff")
    assert page.text.index("Amy Finch") < page.text.index("Zoe Vale")
    assert "comes first" not in page.text and 'class="chart"' not in page.text
