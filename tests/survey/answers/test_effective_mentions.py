"""What mentions name after decisions and links, read for many answers in one statement."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from intake import clock
from intake.survey.answers.effective_answer import effective_mentions
from intake.survey.models import Answer, DecidedAlso, Mention, MentionDecision, PatientReferral, PhysicianReferral
from intake.survey.recording.decisions import DecidedMeaning, undo_decisions
from intake.survey.recording.decisions import decide as decide_meaning
from intake.survey.recording.record_answer import NewMention
from tests.making import Make


def decide(session: Session, mention: Mention, source_id: int | None, **facts: Any) -> MentionDecision:
    decision = MentionDecision(mention_id=mention.id, source_id=source_id, decided_at=clock.now(), **facts)
    session.add(decision)
    session.flush()
    return decision


def point_at_physician(session: Session, mention: Mention, physician_id: int, **facts: Any) -> PhysicianReferral:
    facts = {"evidence": "staff_confirmed", "recorded_at": clock.now(), **facts}
    visit_id = session.get_one(Answer, mention.answer_id).visit_id
    link = PhysicianReferral(visit_id=visit_id, physician_id=physician_id, mention_id=mention.id, **facts)
    session.add(link)
    session.flush()
    return link


def point_at_patient(session: Session, mention: Mention, name: str, **facts: Any) -> None:
    facts = {"evidence": "patient_stated", "recorded_at": clock.now(), **facts}
    visit_id = session.get_one(Answer, mention.answer_id).visit_id
    session.add(PatientReferral(visit_id=visit_id, referrer_name=name, mention_id=mention.id, **facts))
    session.flush()


def test_the_newest_decision_or_link_that_holds_says_what_a_mention_means(session: Session, make: Make) -> None:
    sources, place = make.sources(), make.location()
    first, second = make.physician().id, make.physician().id
    tv, board, kin, doctor = (sources[each].id for each in ("tv", "billboard", "friend_family", "doctor"))
    named = NewMention(doctor, physician_id=first, detail="Dr. O"), NewMention(tv, detail="the ad")
    recorded = [make.answer(make.visit(place), *named).answer_id for _ in range(12)]
    answers = [session.get_one(Answer, each) for each in recorded]
    said = [answer.mentions[0] for answer in answers]
    now = clock.now()
    decide(session, said[1], board)
    decide(session, said[2], None)
    decide(session, said[3], board, undone_at=now)
    decide(session, said[4], board)
    decide(session, said[4], tv)
    decide(session, said[5], doctor, physician_referral_id=point_at_physician(session, said[5], second).id)
    several = decide(session, said[6], board)
    session.add_all([DecidedAlso(owner_id=several.id, source_id=each) for each in (kin, tv)])
    point_at_physician(session, said[7], second, ended_at=now)
    point_at_physician(session, said[8], second)
    point_at_patient(session, said[9], "Linda M")
    point_at_patient(session, said[10], "gone", ended_at=now)
    decide(session, said[11], kin)
    point_at_patient(session, said[11], "Linda M")
    point_at_patient(session, said[11], "Linda Marsh")
    session.flush()

    found = effective_mentions([answer.id for answer in answers])

    for answer in answers:
        assert [(each.id, each.detail) for each in found[answer.id]] == [
            (each.id, each.detail) for each in answer.mentions
        ]
        assert found[answer.id][1].source_ids == (tv,)
    meant = [found[answer.id][0] for answer in answers]
    assert [each.source_id for each in meant[:5]] == [doctor, board, None, doctor, tv]
    assert meant[0].link is not None and meant[0].link.physician_id == first
    assert meant[1].link is None
    assert meant[5].link is not None and meant[5].link.physician_id == second
    assert meant[6].beside == (kin, tv)
    assert [each.link.physician_id for each in meant[7:9] if each.link] == [first, second]
    assert [each.link.referrer_name for each in meant[9:] if each.link] == ["Linda M", "", "Linda Marsh"]


def test_an_answer_that_was_replaced_names_whom_it_named_until_then_but_nobody_whom_a_decision_named_by_mistake(
    session: Session, make: Make
) -> None:
    sources, visit = make.sources(), make.visit()
    named, mistaken = make.physician().id, make.physician().id
    doctor, tv = sources["doctor"].id, sources["tv"].id
    first = make.answer(visit, NewMention(doctor, physician_id=named), NewMention(tv, detail="the ad")).answer_id
    second = session.get_one(Answer, first).mentions[1]
    undo_decisions(decide_meaning([second.id], DecidedMeaning(doctor, mistaken), staff_id=None))
    make.answer(visit, sources["radio"], corrects=True)

    assert [each.physician_id for each in effective_mentions([first])[first]] == [None, None]
    assert [each.physician_id for each in effective_mentions([first], when_replaced=True)[first]] == [named, None]


def test_no_answer_has_no_mention_and_asks_nothing(session: Session, queries_counted: Callable[[], int]) -> None:
    before = queries_counted()
    assert effective_mentions([]) == {}
    assert queries_counted() == before
