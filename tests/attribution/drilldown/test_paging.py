"""Pages of a figure, found a few days at a time: the same visits in the same order as the whole of it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.attribution.drilldown.counting import Counted, counted
from intake.attribution.drilldown.figures import MEASURES, Figure
from intake.attribution.drilldown.paging import newest_visits
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.dimensions.people import PATIENT, PHYSICIAN
from intake.attribution.filters.dimensions.sources import KIND, SOURCE
from intake.attribution.filters.lists import Level, lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.directory.models import Location
from intake.survey.models import View
from intake.survey.recording.record_answer import NewMention
from tests.making import Make

PERIOD = Period(date(2026, 1, 5), date(2026, 6, 20))


@pytest.fixture
def keys(session: Session, make: Make) -> dict[Dimension, str]:
    """Answers of several kinds on many days, some taken back; noise before, after and elsewhere."""
    sources, here = make.sources(), make.location("Here")
    first, merged, friend = make.physician(), make.physician(), make.patient()
    make.physician_merge(physician_id=merged.id, into_id=first.id)
    doctor, tv, kin = sources["doctor"], sources["tv"], sources["friend_family"]
    for number in range(24):
        visit = make.visit(here, day=PERIOD.first_day + timedelta(days=number * 7 - 3))
        if number % 8 == 7:
            continue
        said = (
            NewMention(doctor.id, physician_id=(first if number % 2 else merged).id),
            NewMention(tv.id),
            NewMention(kin.id, referring_patient_id=friend.id),
        )
        make.answer(visit, *said[number % 3 : number % 3 + 2])
        if number % 5 == 4:
            make.answer(visit, NewMention(tv.id), corrects=True)
        if number % 7 == 3:
            make.answer(visit, outcome="declined", corrects=True)
    make.answer(make.visit(make.location("Elsewhere"), day=PERIOD.last_day), doctor, tv)
    session.flush()
    return {
        SOURCE: tv.code,
        KIND: "non-person",
        PHYSICIAN: str(first.id),
        PATIENT: str(friend.id),
    }


def figures(keys: dict[Dimension, str], here: frozenset[int]) -> list[Figure]:
    cuts = [
        Figure(PERIOD, here, view, by, key, level)
        for by, key in keys.items()
        for view in View
        for level in (Level if by == SOURCE else [Level.EACH])
    ]
    # A source at the top with campaigns under it, and what nobody has named.
    cuts.append(Figure(PERIOD, here, View.PRIMARY, SOURCE, "advertising", Level.ROLLED_UP))
    cuts.append(Figure(PERIOD, here, View.PRIMARY, PHYSICIAN, "-other-sources"))
    return cuts + [Figure(PERIOD, here, View.PRIMARY, None, measure) for measure in MEASURES]


def test_pages_of_every_kind_of_figure_are_cut_from_the_whole(session: Session, keys: dict[Dimension, str]) -> None:
    lists = lists_as_of_now()
    here = frozenset(session.scalars(select(Location.id).where(Location.name == "Here")))
    seen = 0
    for figure in figures(keys, here):
        whole = newest_visits(figure, lists)
        found = counted(figure, lists)
        assert found == Counted(len(whole), sum(whole.values())), figure
        for offset, limit in ((0, 4), (4, 4), (0, 50)):
            for of in (None, len(whole), 10 * len(whole)):
                page = newest_visits(figure, lists, offset=offset, limit=limit, of=of)
                assert list(page.items()) == list(whole.items())[offset : offset + limit], (figure, offset, of)
        seen += len(whole)
    assert seen > 100
