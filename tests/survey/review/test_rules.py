"""One decision settles all that is written alike, and each can be taken back without a trace in the totals."""

import uuid
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from intake import clock
from intake.attribution.verify.ledger import compare_ledger
from intake.db import db
from intake.directory.models import Patient, Visit
from intake.survey.answers.referrals import SelfReferral
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import Channel, CreditEntry, MatchState, Mention, Outcome
from intake.survey.recording.decisions import DecidedMeaning, comparable, decide, undo_decisions
from intake.survey.recording.record_answer import NewAsk, NewMention, Submission, record_answer
from intake.survey.review.rule_preview import preview_rule
from intake.survey.review.rules import NothingToCover, add_rule, change_rule, turn_off_rule, turn_on_rule
from tests.linked import links_of
from tests.making import Make

SPELLINGS = ("HN", "hn", "H.N.", "hacker news", "Hacker News.")


def write_in(visit: Visit, text: str, source_id: int | None = None) -> int:
    """Record a write-in and return its mention's id."""
    recorded = record_answer(
        Submission(
            submission_id=str(uuid.uuid4()),
            ask=NewAsk(Channel.LINK, "en", clock.now(), visit_id=visit.id),
            outcome=Outcome.ANSWERED,
            answered_at=clock.now(),
            mentions=(NewMention(source_id, detail=text, match_state=MatchState.UNMATCHED),),
            verbatim=text,
        )
    )
    return db.session.scalars(select(Mention.id).where(Mention.answer_id == recorded.answer_id)).one()


def credit() -> dict[tuple[int | None, int | None], int]:
    rows = db.session.execute(
        select(CreditEntry.source_id, CreditEntry.physician_id, func.sum(CreditEntry.primary_units)).group_by(
            CreditEntry.source_id, CreditEntry.physician_id
        )
    )
    return {(source, physician): int(units) for source, physician, units in rows if units}


def spelled(texts: Sequence[str]) -> dict[str, str]:
    return {comparable(text): text for text in texts}


@pytest.mark.both
def test_deciding_takes_as_many_statements_for_few_answers_as_for_many(session: Session, make: Make) -> None:
    news, asked = make.source(), []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    counts = []
    for number in (2, 12):
        for _ in range(number):
            write_in(make.visit(), f"hn {number}")
        asked.clear()
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            add_rule(spelled([f"hn {number}"]), DecidedMeaning(news.id), staff_id=None)
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert credit() == {(news.id, None): 14 * UNIT}


def test_a_rule_settles_what_came_and_what_comes(session: Session, make: Make) -> None:
    news = make.source()
    for text in (*SPELLINGS, "orange website"):
        write_in(make.visit(), text)
    rule = add_rule(spelled(SPELLINGS), DecidedMeaning(news.id), staff_id=None)
    assert credit() == {(news.id, None): 5 * UNIT, (None, None): UNIT}

    write_in(make.visit(), "  hN ")
    assert credit() == {(news.id, None): 6 * UNIT, (None, None): UNIT}

    turn_off_rule(rule, staff_id=None)
    assert credit() == {(None, None): 7 * UNIT}

    turn_on_rule(rule, staff_id=None)
    assert credit() == {(news.id, None): 6 * UNIT, (None, None): UNIT}


def test_what_was_written_stays_as_it_was(session: Session, make: Make) -> None:
    mention_id = write_in(make.visit(), "  HN!! ")
    add_rule(spelled(["hn"]), DecidedMeaning(make.source().id), staff_id=None)

    mention = session.get_one(Mention, mention_id)
    assert (mention.detail, mention.source_id, mention.match_state) == ("  HN!! ", None, "unmatched")


def test_the_preview_says_what_the_rule_then_does(session: Session, make: Make) -> None:
    news, other = make.source(), make.source()
    for text in SPELLINGS:
        write_in(make.visit(), text)
    write_in(make.visit(), "hn", other.id)
    texts = spelled(SPELLINGS)

    preview = preview_rule(texts, DecidedMeaning(news.id))

    assert preview.answers == 6
    assert preview.moved == {None: 5, other.id: 1}
    before = credit()
    add_rule(texts, DecidedMeaning(news.id), staff_id=None)
    assert credit()[news.id, None] == before[None, None] + before[other.id, None]


def test_a_rule_may_name_a_physician_and_gives_the_link_back_when_turned_off(session: Session, make: Make) -> None:
    doctor, physician = make.sources()["doctor"], make.physician()
    mention_id = write_in(make.visit(), "dr smyth on 5th", doctor.id)

    rule = add_rule(spelled(["Dr Smyth on 5th"]), DecidedMeaning(doctor.id, physician.id), staff_id=None)
    assert links_of([mention_id])[mention_id].evidence == "staff_confirmed"
    assert credit() == {(doctor.id, physician.id): UNIT}

    turn_off_rule(rule, staff_id=None)
    assert links_of([mention_id]) == {}
    assert credit() == {(doctor.id, None): UNIT}


def test_what_a_person_decided_by_hand_is_not_overruled_by_a_rule(session: Session, make: Make) -> None:
    by_hand, by_rule = make.source(), make.source()
    mention_id = write_in(make.visit(), "the paper")
    decide([mention_id], DecidedMeaning(by_hand.id), staff_id=None)

    add_rule(spelled(["the paper"]), DecidedMeaning(by_rule.id), staff_id=None)

    assert credit() == {(by_hand.id, None): UNIT}


def test_editing_a_rule_moves_its_answers_and_keeps_the_old_rule_listed(session: Session, make: Make) -> None:
    first, second = make.source(), make.source()
    write_in(make.visit(), "hn")
    rule = add_rule(spelled(["hn"]), DecidedMeaning(first.id), staff_id=None)

    changed = change_rule(rule, spelled(["hn"]), DecidedMeaning(second.id), staff_id=None)

    assert credit() == {(second.id, None): UNIT}
    assert (rule.off_at is not None, changed.off_at) == (True, None)


def test_a_named_friend_is_matched_by_staff_and_never_to_the_patient_themselves(session: Session, make: Make) -> None:
    friend = make.sources()["friend_family"]
    visit, linda = make.visit(), make.patient("Linda", "Moreno")
    mention_id = write_in(visit, "my neighbor Linda M", friend.id)

    with pytest.raises(SelfReferral):
        decide([mention_id], DecidedMeaning(friend.id, referring_patient_id=visit.patient_id), staff_id=None)
    decide([mention_id], DecidedMeaning(friend.id, referring_patient_id=linda.id), staff_id=None)

    assert links_of([mention_id])[mention_id].referring_patient_id == linda.id
    assert session.get_one(Patient, linda.id).mrn == linda.mrn


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(["add", "off", "on", "hand", "undo"]), st.integers(0, 3)), max_size=12))
def test_any_mix_of_rules_and_undos_keeps_the_sum_and_undoing_all_restores_the_totals(
    session: Session, make: Make, steps: list[tuple[str, int]]
) -> None:
    with session.begin_nested() as savepoint:
        targets = [make.source() for _ in range(2)]
        mentions = [write_in(make.visit(), text) for text in ("hn", "hn", "yc", "the web")]
        before = credit()
        rules, decisions = [], list[int]()
        for act, number in steps:
            # Half of them name two sources at once.
            also = (targets[1 - number % 2].id,) if number > 1 else ()
            target = DecidedMeaning(targets[number % 2].id, also=also)
            if act == "add":
                rules.append(add_rule(spelled([("hn", "yc", "the web", "HN")[number]]), target, staff_id=None))
            elif act == "hand":
                decisions += decide([mentions[number]], target, staff_id=None)
            elif act == "undo":
                undo_decisions(decisions[-1:])
            elif rules:
                (turn_off_rule if act == "off" else turn_on_rule)(rules[number % len(rules)], staff_id=None)
            assert sum(credit().values()) - sum(before.values()) == 0
        for rule in rules:
            turn_off_rule(rule, staff_id=None)
        undo_decisions(decisions)
        assert credit() == before
        savepoint.rollback()


def test_a_rule_leaves_alone_what_a_person_chose_with_the_same_words(session: Session, make: Make) -> None:
    news, event = make.source(), make.source(asks_which=True)
    chosen = NewMention(event.id, detail="lakeside")
    make.answer(make.visit(), chosen)
    write_in(make.visit(), "lakeside")

    add_rule(spelled(["lakeside"]), DecidedMeaning(news.id), staff_id=None)
    make.answer(make.visit(), chosen)
    write_in(make.visit(), "Lakeside")

    assert credit() == {(event.id, None): 2 * UNIT, (news.id, None): 2 * UNIT}
    assert not compare_ledger().wrong


def test_what_names_no_source_gives_its_place_to_what_does(session: Session, make: Make) -> None:
    radio = make.source()
    make.answer(make.visit(), NewMention(None, "lol", match_state="unmatched"), NewMention(radio.id))
    write_in(make.visit(), "lol")

    rule = add_rule(spelled(["lol"]), DecidedMeaning(None), staff_id=None)
    assert credit() == {(radio.id, None): UNIT, (None, None): UNIT}
    assert not compare_ledger().wrong

    turn_off_rule(rule, staff_id=None)
    assert credit() == {(None, None): 2 * UNIT}
    assert not compare_ledger().wrong


def test_a_rule_that_is_not_for_later_answers_lets_them_wait(session: Session, make: Make) -> None:
    doctor, physician = make.sources()["doctor"], make.physician()
    write_in(make.visit(), "dr smyth", doctor.id)
    rule = add_rule(spelled(["dr smyth"]), DecidedMeaning(doctor.id, physician.id), staff_id=None, for_later=False)

    write_in(make.visit(), "dr smyth", doctor.id)
    assert credit() == {(doctor.id, physician.id): UNIT, (doctor.id, None): UNIT}

    turn_off_rule(rule, staff_id=None)
    turn_on_rule(rule, staff_id=None)
    assert credit() == {(doctor.id, physician.id): UNIT, (doctor.id, None): UNIT}


def test_another_meaning_sets_a_physician_linked_by_machine_aside(session: Session, make: Make) -> None:
    sources, physician = make.sources(), make.physician()
    doctor, friend = sources["doctor"], sources["friend_family"]
    read = NewMention(
        doctor.id, "sue from work", physician_id=physician.id, match_state="suggested", evidence="inferred"
    )
    make.answer(make.visit(), read)
    assert credit() == {(doctor.id, physician.id): UNIT}

    rule = add_rule(spelled(["sue from work"]), DecidedMeaning(friend.id), staff_id=None)
    assert credit() == {(friend.id, None): UNIT}
    assert not compare_ledger().wrong

    turn_off_rule(rule, staff_id=None)
    assert credit() == {(doctor.id, physician.id): UNIT}


def test_a_rule_without_words_is_refused(session: Session, make: Make) -> None:
    with pytest.raises(NothingToCover):
        add_rule({"": ""}, DecidedMeaning(make.source().id), staff_id=None)


def test_the_preview_tells_the_totals_as_the_rule_leaves_them(session: Session, make: Make) -> None:
    here, there = make.location(), make.location()
    news = make.source()
    make.answer(make.visit(here), news)
    for place in (here, here, there):
        write_in(make.visit(place), "hn")

    preview = preview_rule(["hn"], DecidedMeaning(news.id), within={here.id})

    assert [(each.source_id, each.before, each.after) for each in preview.effects] == [(news.id, 1, 3), (None, 2, 0)]
    assert (preview.answers, preview.elsewhere) == (2, 1)
