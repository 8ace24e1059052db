"""An answer is kept once, as given, and counted by what stands."""

import uuid
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake import clock
from intake.accounts.models import AuditEntry
from intake.capture.answer_form.readable_answers import answers_of_visit
from intake.db import db
from intake.directory.models import Visit
from intake.directory.patients.visits import change_status
from intake.directory.sources.records import OTHER_CODE
from intake.survey.answers.effective_answer import current_answers
from intake.survey.answers.referrals import ReferralCycle, SelfReferral
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import (
    Answer,
    Ask,
    Channel,
    CoverageEntry,
    CreditEntry,
    Evidence,
    Mention,
    Outcome,
    PatientReferral,
    PhysicianReferral,
)
from intake.survey.recording.record_answer import (
    NewAsk,
    NewMention,
    NothingToAnswer,
    RecordedAnswer,
    Submission,
    SubmissionReused,
    record_answer,
    save_ask,
    withdraw_answer,
)
from tests.linked import links_of
from tests.making import Make

pytestmark = pytest.mark.both


def an_ask(visit: Visit, **values: Any) -> NewAsk:
    given = {"channel": Channel.DESK, "language": "en", "asked_at": clock.now(), "visit_id": visit.id}
    return NewAsk(**(given | values))


def a_submission(ask: int | NewAsk, *mentions: NewMention, **values: Any) -> Submission:
    given = {
        "submission_id": str(uuid.uuid4()),
        "ask": ask,
        "outcome": Outcome.ANSWERED,
        "answered_at": clock.now(),
        "mentions": mentions,
    }
    return Submission(**(given | values))


def coverage() -> dict[str, int]:
    names = ("eligible", "asked", "answered", "dont_remember", "declined")
    row = db.session.execute(
        select(*(func.coalesce(func.sum(getattr(CoverageEntry, name)), 0) for name in names))
    ).one()
    return dict(zip(names, map(int, row), strict=True))


def primary_credit() -> dict[int | None, int]:
    rows = db.session.execute(
        select(CreditEntry.source_id, func.sum(CreditEntry.primary_units)).group_by(CreditEntry.source_id)
    )
    return {source_id: int(units) for source_id, units in rows if units}


def rows_of(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture(params=["a new ask", "an ask kept before"])
def asked(request: pytest.FixtureRequest) -> Callable[[Visit], int | NewAsk]:
    """The desk keeps the ask with the answer, the other doors before it; everything else must be the same."""
    if request.param == "a new ask":
        return an_ask
    return lambda visit: save_ask(an_ask(visit)).id


def test_an_answer_is_kept_with_its_ask_mentions_link_credit_and_audit(
    session: Session, make: Make, asked: Callable[[Visit], int | NewAsk]
) -> None:
    sources, visit, physician = make.sources(), make.visit(), make.physician()
    make.visit()

    recorded = record_answer(
        a_submission(asked(visit), NewMention(sources["doctor"].id, detail="dr osei", physician_id=physician.id))
    )

    assert recorded.is_current
    answer = current_answers([visit.id])[visit.id]
    (mention,) = answer.mentions
    assert (answer.id, answer.outcome, answer.turn) == (recorded.answer_id, "answered", 1)
    assert (mention.source_id, mention.detail, mention.rank) == (sources["doctor"].id, "dr osei", 1)
    assert links_of([mention.id])[mention.id].physician_id == physician.id
    assert primary_credit() == {sources["doctor"].id: UNIT}
    assert coverage() == {"eligible": 2, "asked": 1, "answered": 1, "dont_remember": 0, "declined": 0}
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "answer.recorded")).one()
    assert (entry.subject_id, entry.details["outcome"]) == (visit.id, "answered")
    assert "osei" not in str(entry.details)


@pytest.mark.parametrize("outcome", [Outcome.DONT_REMEMBER, Outcome.DECLINED])
def test_not_remembering_and_declining_are_counted_and_credit_nobody(
    session: Session, make: Make, asked: Callable[[Visit], int | NewAsk], outcome: Outcome
) -> None:
    make.sources()
    record_answer(a_submission(asked(make.visit()), outcome=outcome))

    assert coverage()[str(outcome)] == 1
    assert coverage()["answered"] == 0
    assert primary_credit() == {}


def test_the_same_submission_again_changes_nothing(
    session: Session, make: Make, asked: Callable[[Visit], int | NewAsk]
) -> None:
    sources = make.sources()
    submission = a_submission(asked(make.visit()), NewMention(sources["event"].id))

    first = record_answer(submission)
    again = record_answer(submission)

    assert (again.answer_id, again.is_current, again.repeated) == (first.answer_id, True, True)
    assert rows_of(Answer) == rows_of(Mention) == 1
    assert primary_credit() == {sources["event"].id: UNIT}


def test_a_submission_id_of_another_visit_is_refused(session: Session, make: Make) -> None:
    make.sources()
    submission = a_submission(save_ask(an_ask(make.visit())).id, outcome=Outcome.DECLINED)
    record_answer(submission)

    with pytest.raises(SubmissionReused):
        record_answer(a_submission(an_ask(make.visit()), submission_id=submission.submission_id))


def test_an_ask_that_is_not_there_is_refused(session: Session, make: Make) -> None:
    with pytest.raises(NothingToAnswer):
        record_answer(a_submission(987_654_321))


def test_the_second_door_is_history_and_counts_nothing(session: Session, make: Make) -> None:
    sources, visit = make.sources(), make.visit()
    tablet = save_ask(an_ask(visit, channel=Channel.KIOSK)).id
    phone = save_ask(an_ask(visit, channel=Channel.LINK)).id
    physician = make.physician()

    record_answer(a_submission(tablet, NewMention(sources["website"].id)))
    late = record_answer(a_submission(phone, NewMention(sources["doctor"].id, physician_id=physician.id)))

    assert not late.is_current
    assert primary_credit() == {sources["website"].id: UNIT}
    assert coverage() == {"eligible": 1, "asked": 1, "answered": 1, "dont_remember": 0, "declined": 0}
    assert [answer.turn for answer in answers_of_visit(visit.id, language="en")] == [None, 1]
    assert session.scalars(select(PhysicianReferral)).one().ended_at is not None


def test_the_same_door_adds_detail_to_its_own_answer(session: Session, make: Make) -> None:
    sources, visit, physician = make.sources(), make.visit(), make.physician()
    ask = save_ask(an_ask(visit, channel=Channel.KIOSK)).id

    record_answer(a_submission(ask, NewMention(sources["doctor"].id)))
    record_answer(a_submission(ask, NewMention(sources["doctor"].id, physician_id=physician.id)))

    assert current_answers([visit.id])[visit.id].turn == 2
    credited = session.execute(
        select(CreditEntry.physician_id, func.sum(CreditEntry.primary_units)).group_by(CreditEntry.physician_id)
    )
    assert dict(credited.all()) == {None: 0, physician.id: UNIT}  # type: ignore[arg-type]


def test_a_correction_at_the_desk_supersedes_whatever_door_it_came_through(session: Session, make: Make) -> None:
    sources, visit, staff = make.sources(), make.visit(), make.staff()
    first = record_answer(a_submission(save_ask(an_ask(visit, channel=Channel.KIOSK)).id, NewMention(sources["tv"].id)))

    corrected = record_answer(
        a_submission(
            an_ask(visit, staff_id=staff.id), NewMention(sources["radio"].id), corrects=True, staff_id=staff.id
        )
    )

    current = current_answers([visit.id])[visit.id]
    assert (current.id, current.supersedes_id) == (corrected.answer_id, first.answer_id)
    assert primary_credit() == {sources["radio"].id: UNIT}
    assert coverage()["asked"] == coverage()["answered"] == 1
    assert rows_of(Answer) == 2


def test_a_withdrawn_entry_counts_as_not_asked_and_can_be_answered_again(session: Session, make: Make) -> None:
    sources, visit, staff = make.sources(), make.visit(), make.staff()
    record_answer(a_submission(an_ask(visit), NewMention(sources["tv"].id)))

    withdraw_answer(visit_id=visit.id, submission_id=str(uuid.uuid4()), staff_id=staff.id)

    assert coverage() == {"eligible": 1, "asked": 0, "answered": 0, "dont_remember": 0, "declined": 0}
    assert primary_credit() == {}
    assert withdraw_answer(visit_id=visit.id, submission_id=str(uuid.uuid4()), staff_id=staff.id) is None

    record_answer(a_submission(an_ask(visit), NewMention(sources["radio"].id)))
    assert primary_credit() == {sources["radio"].id: UNIT}


def test_only_eligible_visits_are_counted_and_only_while_they_are(session: Session, make: Make) -> None:
    sources, visit, returning = make.sources(), make.visit(), make.visit(visit_type="established")
    for each in (visit, returning):
        record_answer(a_submission(an_ask(each), NewMention(sources["event"].id)))
    assert primary_credit() == {sources["event"].id: UNIT}

    change_status(visit, "cancelled")
    assert primary_credit() == {}
    assert coverage() == {"eligible": 0, "asked": 0, "answered": 0, "dont_remember": 0, "declined": 0}

    change_status(visit, "arrived")
    assert primary_credit() == {sources["event"].id: UNIT}


def test_an_ask_that_nothing_came_back_to_counts_as_asked_once(session: Session, make: Make) -> None:
    make.sources()
    visit = make.visit()
    save_ask(an_ask(visit, channel=Channel.KIOSK))
    save_ask(an_ask(visit, channel=Channel.LINK))

    assert coverage() == {"eligible": 1, "asked": 1, "answered": 0, "dont_remember": 0, "declined": 0}


def test_the_ask_that_was_answered_is_the_one_that_counts(session: Session, make: Make) -> None:
    sources, visit = make.sources(), make.visit()
    save_ask(an_ask(visit, channel=Channel.KIOSK))
    record_answer(a_submission(save_ask(an_ask(visit, channel=Channel.LINK)).id, NewMention(sources["tv"].id)))

    by_channel = session.execute(
        select(CoverageEntry.channel, func.sum(CoverageEntry.asked)).group_by(CoverageEntry.channel)
    )
    assert {channel: asked for channel, asked in by_channel if asked} == {"link": 1}


def test_nobody_is_sent_by_themselves_or_in_a_circle(session: Session, make: Make) -> None:
    friend = make.sources()["friend_family"].id
    anna, bert, cleo = make.patient(), make.patient(), make.patient()
    visits = {patient.id: make.visit(patient=patient) for patient in (anna, bert, cleo)}

    def sent(who: Any, by: Any) -> RecordedAnswer:
        return record_answer(a_submission(an_ask(visits[who.id]), NewMention(friend, referring_patient_id=by.id)))

    with pytest.raises(SelfReferral):
        sent(anna, by=anna)
    sent(bert, by=anna)
    sent(cleo, by=bert)
    with pytest.raises(ReferralCycle):
        sent(anna, by=cleo)

    assert rows_of(PatientReferral) == 2
    assert coverage()["answered"] == 2


def test_a_named_friend_is_kept_as_said_until_staff_match_a_record(session: Session, make: Make) -> None:
    sources, visit = make.sources(), make.visit()
    record_answer(
        a_submission(
            save_ask(an_ask(visit)).id, NewMention(sources["friend_family"].id, referrer_name="my neighbor Linda M")
        )
    )

    referral = session.scalars(select(PatientReferral)).one()
    assert (referral.patient_id, referral.referring_patient_id) == (visit.patient_id, None)
    assert referral.referrer_name == "my neighbor Linda M"


def test_a_rule_for_some_words_settles_no_name_of_a_person(session: Session, make: Make) -> None:
    other, television = make.source(code=OTHER_CODE), make.source()
    make.review_rule("Linda M", source=television)

    make.answer(make.visit(), NewMention(other.id, detail="Linda M"))
    make.answer(make.visit(), NewMention(other.id, detail="Linda M", referrer_name="Linda M"))
    make.answer(make.visit(), NewMention(other.id))

    assert primary_credit() == {television.id: UNIT, other.id: 2 * UNIT}


def test_what_the_chart_documents_stands_beside_what_the_patient_says(session: Session, make: Make) -> None:
    sources, charted, said = make.sources(), make.physician(), make.physician()
    visit = make.visit(documented=charted)

    record_answer(a_submission(an_ask(visit), NewMention(sources["doctor"].id, physician_id=said.id)))

    standing = session.scalars(select(PhysicianReferral).where(PhysicianReferral.ended_at.is_(None))).all()
    assert {(row.physician_id, row.evidence) for row in standing} == {
        (charted.id, Evidence.DOCUMENTED),
        (said.id, Evidence.PATIENT_STATED),
    }
    charts = [(row.visit_id, row.physician_id) for row in standing if row.evidence == Evidence.DOCUMENTED]
    assert charts == [(visit.id, charted.id)]


def test_the_order_shown_and_the_words_given_are_kept_exactly(session: Session, make: Make) -> None:
    sources, visit = make.sources(), make.visit()
    words = "  Dr. Öçal — “the ❤ doctor”, and\nmy שכן  "
    shown = ("tv", "doctor", "other")

    record_answer(
        a_submission(an_ask(visit, options=shown), NewMention(sources["other"].id, detail=words), verbatim=words)
    )

    assert session.scalars(select(Ask)).one().options == list(shown)
    assert session.scalars(select(Answer)).one().verbatim == words


def test_a_callers_answer_counts_once_the_caller_is_matched_to_a_visit(session: Session, make: Make) -> None:
    sources, caller = make.sources(), make.caller()
    ask = save_ask(NewAsk(Channel.CALL, "en", clock.now(), caller_id=caller.id)).id
    record_answer(a_submission(ask, NewMention(sources["radio"].id)))
    assert coverage()["answered"] == 0

    visit = make.visit()
    record_answer(a_submission(ask, NewMention(sources["radio"].id), visit_id=visit.id))

    assert primary_credit() == {sources["radio"].id: UNIT}
    assert coverage() == {"eligible": 1, "asked": 1, "answered": 1, "dont_remember": 0, "declined": 0}


def test_fifty_at_once_with_one_submission_id_make_one_row(committed_app: Flask, make: Make) -> None:
    sources = make.sources()
    ask = save_ask(an_ask(make.visit(), channel=Channel.KIOSK)).id
    db.session.commit()
    submission = a_submission(ask, NewMention(sources["event"].id))
    outcomes = at_once(committed_app, [submission] * 50)

    assert {recorded.answer_id for recorded in outcomes} == {outcomes[0].answer_id}
    assert sum(not recorded.repeated for recorded in outcomes) == 1
    assert rows_of(Answer) == 1
    assert primary_credit() == {sources["event"].id: UNIT}


def test_two_doors_at_the_same_moment_leave_one_current_answer(committed_app: Flask, make: Make) -> None:
    sources, visits = make.sources(), [make.visit() for _ in range(6)]
    submissions = []
    for visit in visits:
        for channel, code in ((Channel.KIOSK, "tv"), (Channel.LINK, "radio")):
            submissions.append(a_submission(save_ask(an_ask(visit, channel=channel)).id, NewMention(sources[code].id)))
    db.session.commit()

    outcomes = at_once(committed_app, submissions)

    assert sum(recorded.is_current for recorded in outcomes) == len(visits)
    assert sum(primary_credit().values()) == len(visits) * UNIT
    assert coverage()["asked"] == coverage()["answered"] == len(visits)


def at_once(app: Flask, submissions: list[Submission]) -> list[RecordedAnswer]:
    """Record them in as many threads, each with a session of its own, released together."""
    start, outcomes, errors = Barrier(len(submissions)), list[RecordedAnswer](), list[Exception]()

    def record(submission: Submission) -> None:
        start.wait()
        try:
            with app.app_context():
                outcome = record_answer(submission)
                db.session.commit()
                outcomes.append(outcome)
        except Exception as error:
            errors.append(error)

    threads = [Thread(target=record, args=(submission,)) for submission in submissions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors
    return outcomes
