"""Merging and taking apart, in any order, of anything: totals come back exactly, and no word is ever lost."""

import random
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.attribution.filters.dimensions.people import PATIENT, PHYSICIAN, PRACTICE
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.lists import ListVersion
from intake.attribution.filters.periods import Period
from intake.attribution.rollup.period_cache import period_cache
from intake.attribution.totals.report import totals
from intake.attribution.verify.ledger import compare_ledger
from intake.db import db
from intake.directory.merging import merge as merging
from intake.directory.merging.merge import CannotMerge, Kind
from intake.survey.ledger.crediting import UNIT
from intake.survey.ledger.merge_effects import credited, merge_effect
from intake.survey.models import Answer, CreditEntry, Mention, View
from intake.survey.recording.record_answer import NewMention
from tests.drawing import examples
from tests.making import Make

pytestmark = pytest.mark.both

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
CUTS = {
    Kind.PHYSICIANS: PHYSICIAN,
    Kind.PRACTICES: PRACTICE,
    Kind.PATIENTS: PATIENT,
    Kind.SOURCES: SOURCE,
}
SOURCES = ["tv", "radio", "print", "mail", "facebook", "instagram"]

mentions = st.lists(st.tuples(st.sampled_from(["doctor", "friend", *SOURCES]), st.integers(0, 3)), max_size=4)
steps = st.lists(
    st.tuples(
        st.sampled_from(list(Kind)), st.sampled_from(["merge", "undo", "apart"]), st.integers(0, 5), st.integers(0, 5)
    ),
    min_size=1,
    max_size=12,
)


class World:
    """A practice with a few records of each kind, and answers that name them."""

    def __init__(self, make: Make, said: list[list[tuple[str, int]]]) -> None:
        sources = make.sources()
        self.place = make.location()
        groups = [make.referring_practice() for _ in range(3)]
        physicians = [make.physician(referring_practice_id=groups[each % 3].id) for each in range(4)]
        patients = [make.patient() for _ in range(4)]
        self.ids = {
            Kind.PHYSICIANS: [each.id for each in physicians],
            Kind.PRACTICES: [each.id for each in groups],
            Kind.PATIENTS: [each.id for each in patients],
            Kind.SOURCES: [sources[code].id for code in SOURCES],
        }
        for number, words in enumerate(said):
            visit = make.visit(self.place, day=date(2026, 1 + number % 12, 3))
            named = [self._named(sources, *each) for each in words] or [
                NewMention(None, "somebody", match_state="unmatched")
            ]
            make.answer(visit, *named, verbatim=f"words {number}")

    def _named(self, sources: dict[str, Any], what: str, which: int) -> NewMention:
        if what == "doctor":
            return NewMention(sources["doctor"].id, physician_id=self.ids[Kind.PHYSICIANS][which])
        if what == "friend":
            return NewMention(sources["friend_family"].id, referring_patient_id=self.ids[Kind.PATIENTS][which])
        return NewMention(sources[what].id)

    def figures(
        self, listing: ListVersion = ListVersion.TODAY, cuts: Any = None, views: Any = tuple(View)
    ) -> dict[Any, Any]:
        """Every row of the cuts that merges touch, under every view; each report adds up."""
        found = {}
        for cut in cuts or CUTS.values():
            for view in views:
                report = totals(
                    period=YEAR, view=view, by=cut, location_ids={self.place.id}, compare=False, listing=listing
                )
                assert report.holds
                rows = [*report.lines, *report.rolled_up]
                found[cut, view] = sorted((line.name.key, str(line.level), line.units) for line in rows if line.units)
        return found

    def written(self) -> Any:
        """What no merge may touch: the words, the mentions and the ledger."""
        words = db.session.scalars(select(Answer.verbatim).order_by(Answer.id)).all()
        columns = (Mention.id, Mention.source_id, Mention.detail)
        return words, db.session.execute(select(*columns).order_by(Mention.id)).all(), self._ledger()

    def _ledger(self) -> Any:
        return db.session.execute(select(func.count(), func.max(CreditEntry.id)).select_from(CreditEntry)).one()


@settings(
    max_examples=examples(usual=5, everything=30),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(said=st.lists(mentions, min_size=1, max_size=8), plan=steps, seed=st.integers(0, 1000))
def test_any_sequence_of_merges_undone_in_any_order_is_identity(
    session: Session, make: Make, said: list[list[tuple[str, int]]], plan: list[tuple[Kind, str, int, int]], seed: int
) -> None:
    savepoint = session.begin_nested()
    period_cache().clear()
    world = World(make, said)
    before, written = world.figures(), world.written()
    assert world.figures(ListVersion.RECORDED) == before
    made: list[tuple[Kind, Any]] = []
    for kind, what, first, second in plan:
        ids = world.ids[kind]
        one, other = ids[first % len(ids)], ids[second % len(ids)]
        if what == "undo":
            if made:
                merging.undo(*made.pop(first % len(made)))
        elif what == "apart":
            merging.keep_apart(kind, one, other, staff_id=None)
        else:
            expected = merge_effect(kind, other, one)
            try:
                made.append((kind, merging.merge(kind, other, one, staff_id=None)))
            except CannotMerge:
                continue
            # What the page said before is what came.
            assert credited(kind, merging.read_as_one(kind, one)) == expected.after
            cut = CUTS[kind]
            rows = world.figures(cuts=[cut], views=[View.PRIMARY])[cut, View.PRIMARY]
            shown = {key: units for key, level, units in rows if level == "each"}
            key = str(merging.mapping(kind).get(one, one))
            if kind != Kind.SOURCES:
                assert shown.get(key, 0) == expected.after.units
    assert world.figures(ListVersion.RECORDED) == before
    assert world.written() == written

    for kind, merge in random.Random(seed).sample(made, len(made)):
        merging.undo(kind, merge)
        world.figures(cuts=[CUTS[kind]], views=[View.ANY])
    assert world.figures() == before
    assert world.written() == written
    assert not compare_ledger().wrong
    assert sum(units for _, level, units in before[SOURCE, View.PRIMARY] if level == "each") == len(said) * UNIT
    savepoint.rollback()
    period_cache().clear()
