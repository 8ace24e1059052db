"""Changing the list of sources: what is possible, what is refused, and that answers stay as they were."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.accounts.models import AuditEntry
from intake.db import db
from intake.directory.models import ReferralSource, SourceAlias, SourceMerge
from intake.directory.sources import changes as source_changes
from intake.directory.sources.changes import AliasTaken, ImpossibleChange, SourceFacts, SourceInUse
from intake.directory.sources.records import source_mapping
from intake.survey.free_text.source_cache import source_index
from intake.survey.question.choices import choices
from intake.survey.review import source_use
from tests.making import Make

pytestmark = pytest.mark.both

TODAY = date(2026, 11, 22)
ANYTHING = SourceFacts(kind="non_person")


@pytest.fixture
def sources(session: Session, make: Make) -> dict[str, ReferralSource]:
    return make.sources()


def offered(day: date = TODAY) -> list[str]:
    return [choice.code for choice in choices(day, "en")]


def facts_of(source: ReferralSource) -> SourceFacts:
    return SourceFacts(**{name: getattr(source, name) for name in vars(ANYTHING)})


def test_a_new_source_gets_a_code_of_its_own_and_the_last_place(sources: dict[str, ReferralSource]) -> None:
    facts = SourceFacts(kind="non_person", label="Café Señor", parent_id=sources["advertising"].id)
    first = source_changes.add_source(facts, named="Café Señor")
    second = source_changes.add_source(facts, named="Cafe senor!")
    assert (first.code, second.code) == ("cafe_senor", "cafe_senor_2")
    below = next(choice for choice in choices(TODAY, "en") if choice.code == "advertising")
    assert [child.code for child in below.children][-2:] == ["cafe_senor", "cafe_senor_2"]


def test_a_name_without_latin_letters_gets_a_code_too(sources: dict[str, ReferralSource]) -> None:
    assert source_changes.add_source(replace(ANYTHING, label="电视"), named="电视").code


@pytest.mark.parametrize(
    ("code", "changes", "said"),
    [
        ("tv", {"parent_id": "facebook"}, "entry of the top level"),
        ("social_media", {"parent_id": "advertising"}, "two levels only"),
        ("event", {"parent_id": "event"}, "entry of the top level"),
        ("event", {"parent_id": "doctor"}, "same kind"),
        ("event", {"parent_id": "other"}, "under “Something else”"),
        ("social_media", {"kind": "patient"}, "have another kind"),
        ("event", {"active_from": date(2026, 5, 2), "active_until": date(2026, 5, 1)}, "before the first"),
        ("other", {"active_until": date(2026, 5, 1)}, "always offered"),
        ("other", {"asks_which": False}, "asks what it was"),
        ("other", {"kind": "patient"}, "can’t become a person"),
    ],
)
def test_what_would_make_no_sense_is_refused(
    sources: dict[str, ReferralSource], code: str, changes: dict[str, Any], said: str
) -> None:
    if "parent_id" in changes:
        changes = {"parent_id": sources[changes["parent_id"]].id}
    with pytest.raises(ImpossibleChange, match=said):
        source_changes.change_source(sources[code], replace(facts_of(sources[code]), **changes), is_used=False)


def test_the_kind_is_fixed_once_named(sources: dict[str, ReferralSource]) -> None:
    person = replace(facts_of(sources["event"]), kind="patient")
    with pytest.raises(ImpossibleChange, match="was named in answers"):
        source_changes.change_source(sources["event"], person, is_used=True)
    assert source_changes.change_source(sources["event"], person, is_used=False)
    assert not source_changes.change_source(sources["event"], person, is_used=True)


def test_moving_stays_within_a_level(sources: dict[str, ReferralSource]) -> None:
    before = offered()
    source_changes.move_source(sources["doctor"], by=-1)
    assert offered() == before
    source_changes.move_source(sources["doctor"], by=1)
    assert offered()[:2] == ["friend_family", "doctor"]
    source_changes.move_source(sources["doctor"], by=-1)
    assert offered() == before
    source_changes.move_source(sources["instagram"], by=-1)
    below = next(choice for choice in choices(TODAY, "en") if choice.code == "social_media")
    assert [child.code for child in below.children][:2] == ["instagram", "facebook"]
    assert offered() == before


def test_retiring_and_restoring(sources: dict[str, ReferralSource]) -> None:
    source_changes.retire_source(sources["event"], today=TODAY)
    assert "event" not in offered()
    assert "event" in offered(TODAY - timedelta(days=1))
    source_changes.restore_source(sources["event"], today=TODAY)
    assert "event" in offered()
    with pytest.raises(ImpossibleChange):
        source_changes.retire_source(sources["other"], today=TODAY)


def test_a_word_means_one_source_only(sources: dict[str, ReferralSource]) -> None:
    names = source_use.labels("en")
    source_changes.set_aliases(sources["online_search"], ["Duck Duck Go", "  duck  duck GO ", ""], names=names)
    assert source_use.aliases_of(sources["online_search"].id) == ["duck duck GO"]
    for word in ("DUCK duck go", "Your Website"):
        with pytest.raises(AliasTaken):
            source_changes.set_aliases(sources["event"], [word], names=names)
    source_changes.set_aliases(sources["online_search"], ["Bing"], names=names)
    assert list(db.session.scalars(select(SourceAlias.normal))) == ["bing"]


def test_an_alias_is_matched_at_once(sources: dict[str, ReferralSource]) -> None:
    source_changes.set_aliases(sources["event"], ["Tulip Festival"], names=source_use.labels("en"))
    known = {source.code: source.aliases for source in source_index(TODAY).sources.values()}
    assert known["event"] == ("Tulip Festival",)


def test_a_merge_is_read_and_undone(sources: dict[str, ReferralSource], make: Make) -> None:
    make.answer(make.visit(), sources["tv"])
    merge = source_changes.merge_source(sources["tv"], sources["radio"], staff_id=None)
    again = source_changes.merge_source(sources["radio"], sources["print"], staff_id=None)
    assert source_mapping() == {sources["tv"].id: sources["print"].id, sources["radio"].id: sources["print"].id}
    assert source_use.use_of(sources["tv"].id).answers == 1
    source_changes.undo_merge(again)
    assert source_mapping() == {sources["tv"].id: sources["radio"].id}
    source_changes.undo_merge(merge)
    source_changes.undo_merge(merge)
    assert source_mapping() == {}


def test_merges_that_make_no_sense_are_refused(sources: dict[str, ReferralSource]) -> None:
    source_changes.merge_source(sources["tv"], sources["radio"], staff_id=None)
    refused = [
        ("tv", "tv", "Choose another"),
        ("tv", "print", "merged already"),
        ("print", "tv", "itself merged"),
        ("radio", "tv", "itself merged"),
        ("doctor", "hospital_er", "same kind"),
        ("social_media", "advertising", "entries below it"),
        ("other", "event", "always offered"),
    ]
    for source, into, said in refused:
        with pytest.raises(ImpossibleChange, match=said):
            source_changes.merge_source(sources[source], sources[into], staff_id=None)
    assert len(list(db.session.scalars(select(SourceMerge)))) == 1


def test_only_what_was_never_used_is_deleted(sources: dict[str, ReferralSource], make: Make) -> None:
    make.answer(make.visit(), sources["tv"])
    source_changes.merge_source(sources["radio"], sources["print"], staff_id=None)
    for code in ("tv", "radio", "print", "social_media"):
        with pytest.raises(SourceInUse):
            source_changes.delete_source(sources[code])
    with pytest.raises(ImpossibleChange):
        source_changes.delete_source(sources["other"])
    source_changes.set_aliases(sources["event"], ["fair"], names={})
    source_changes.delete_source(sources["event"])
    assert "event" not in offered()
    assert {"tv", "radio", "print", "social_media", "other"} <= set(db.session.scalars(select(ReferralSource.code)))


def test_every_change_is_audited(sources: dict[str, ReferralSource]) -> None:
    event = sources["event"]
    new = source_changes.add_source(replace(ANYTHING, label="New"), named="New")
    source_changes.change_source(event, replace(facts_of(event), icon="flag"), is_used=False)
    source_changes.set_aliases(event, ["fair"], names={})
    source_changes.set_translations(event, {"es": ("Feria", "")})
    source_changes.move_source(event, by=-1)
    source_changes.retire_source(event, today=TODAY)
    source_changes.restore_source(event, today=TODAY)
    source_changes.undo_merge(source_changes.merge_source(event, sources["website"], staff_id=None))
    source_changes.delete_source(new)
    actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert [action.removeprefix("source.") for action in actions] == [
        "added", "changed", "aliases", "translated", "moved", "retired", "restored", "merged", "unmerged", "deleted",
    ]  # fmt: skip
