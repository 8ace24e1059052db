"""Recording at the desk: once, for the right visit."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from intake import clock
from intake.accounts.models import AuditEntry
from intake.db import db
from intake.directory.models import Physician, Visit
from intake.survey.models import Answer, Ask, Evidence, Mention, PatientReferral, PhysicianReferral
from intake.survey.recording.record_answer import NewMention
from tests.capture.recorded import current, labels, record


def test_one_press_records_who_asked_and_what_was_offered(client, visit, sources, front_desk, session):
    response = record(client, visit, source=sources["online_search"].id)

    assert response.status_code == 303
    given = current(visit)
    assert labels(given) == ["Online search"]
    assert (given.channel, given.staff_name) == ("desk", "Ana Whitfield")
    ask = session.scalars(select(Ask)).one()
    assert ask.staff_id == front_desk.id
    assert ask.options[:3] == ["doctor", "friend_family", "returning"]
    note = client.get(response.headers["Location"])
    assert "Marta Reyes: Online search." in note.text
    assert f"/desk/visits/{visit.id}/undo?answer={given.answer_id}" in note.text


def test_the_same_form_sent_twice_is_recorded_once(client, visit, sources, front_desk, session):
    submission_id = str(uuid.uuid4())
    first = record(client, visit, source=sources["website"].id, submission_id=submission_id)
    second = record(client, visit, source=sources["website"].id, submission_id=submission_id)
    assert first.status_code == second.status_code == 303
    assert session.scalar(select(func.count(Answer.id))) == 1


def test_the_page_script_gets_the_list_with_the_note(client, visit, sources, front_desk):
    part = record(client, visit, part=True, source=sources["website"].id)
    assert part.status_code == 200
    assert "<html" not in part.text
    assert 'data-group="done"' in part.text
    assert "Marta Reyes: Your website." in part.text


@pytest.mark.parametrize("outcome", ["dont_remember", "declined"])
def test_no_answer_is_an_answer_too(client, visit, front_desk, outcome):
    assert record(client, visit, outcome=outcome).status_code == 303
    assert current(visit).outcome == outcome
    assert current(visit).sources == ()


def test_several_sources_with_the_main_one_first(client, visit, sources, front_desk, session):
    record(
        client,
        visit,
        source=[sources["online_search"].id, sources["website"].id, sources["friend_family"].id],
        main=sources["website"].id,
        **{f"role-{sources['website'].id}": "decided_because"},
        verbatim="  A friend said so, then I looked you up\nand read your page ",
    )
    given = current(visit)
    assert labels(given) == ["Your website", "Friend or family", "Online search"]
    assert given.sources[0].role == "decided_because"
    assert given.verbatim == "A friend said so, then I looked you up\nand read your page"


def test_a_nested_source_stands_for_its_parent(client, visit, sources, front_desk):
    record(
        client,
        visit,
        source=[sources["social_media"].id, sources["facebook"].id, sources["event"].id],
        main=sources["social_media"].id,
    )
    assert labels(current(visit)) == ["Facebook", "Event"]


def test_words_that_fit_no_source_are_kept_for_somebody_to_read(client, visit, front_desk, session):
    record(client, visit, verbatim="a dream about veins")
    mention = session.scalars(select(Mention)).one()
    assert (mention.source_id, mention.match_state, mention.detail) == (None, "unmatched", "a dream about veins")


def test_words_without_a_ticked_source_are_read_as_the_patients_own(client, visit, sources, front_desk, session):
    record(client, visit, verbatim="saw you on google and my sister Ana told me")
    said = session.scalars(select(Mention).order_by(Mention.rank)).all()
    assert [each.source_id for each in said] == [sources["online_search"].id, sources["friend_family"].id]
    assert {each.match_state for each in said} == {"suggested"}
    assert current(visit).verbatim == "saw you on google and my sister Ana told me"


def test_words_that_say_they_forgot_are_no_source(client, visit, front_desk, session):
    record(client, visit, verbatim="honestly can't remember")
    assert current(visit).outcome == "dont_remember"
    assert session.scalars(select(Mention)).all() == []


def test_a_physician_that_was_picked_is_linked(client, make, visit, sources, front_desk, session):
    osei = make.physician("Osei", "Ama")
    doctor = sources["doctor"].id
    record(client, visit, source=doctor, **{f"physician-{doctor}": osei.id, f"detail-{doctor}": "Ama Osei, MD"})
    link = session.scalars(select(PhysicianReferral)).one()
    assert (link.physician_id, link.evidence) == (osei.id, Evidence.PATIENT_STATED)
    assert current(visit).sources[0].who == "Ama Osei, MD"


def test_naming_the_physician_of_the_chart_is_staff_confirming_it(client, make, place, sources, front_desk, session):
    osei = make.physician("Osei", "Ama")
    visit = make.visit(place, documented=osei)
    doctor = sources["doctor"].id
    record(client, visit, source=doctor, **{f"physician-{doctor}": osei.id})
    evidence = session.scalars(select(PhysicianReferral.evidence).order_by(PhysicianReferral.id)).all()
    assert evidence == [Evidence.DOCUMENTED, Evidence.STAFF_CONFIRMED]


def test_a_physician_nobody_finds_is_kept_as_typed_or_added_by_hand(client, make, place, sources, front_desk, session):
    doctor = sources["doctor"].id
    kept, added, again = make.visit(place), make.visit(place), make.visit(place)
    record(client, kept, source=doctor, **{f"detail-{doctor}": "Dr Oseii"})
    record(client, added, source=doctor, **{f"detail-{doctor}": "dr. Ana Oseii, MD", f"add-{doctor}": "1"})
    record(client, again, source=doctor, **{f"detail-{doctor}": "Ana OSEII", f"add-{doctor}": "1"})

    assert current(kept).sources[0].who == "Dr Oseii"
    assert not current(kept).sources[0].linked
    physician = session.scalars(select(Physician)).one()
    assert (physician.first_name, physician.last_name, physician.credential) == ("Ana", "Oseii", "MD")
    assert physician.added_by_hand
    assert {current(each).sources[0].physician_id for each in (added, again)} == {physician.id}


def test_the_patient_who_sent_them_is_linked_or_kept_by_name(client, make, place, sources, front_desk, session):
    friend = sources["friend_family"].id
    linda = make.patient("Linda", "Marsh")
    make.visit(place, linda, visit_type="established")
    known, named = make.visit(place), make.visit(place)
    record(client, known, source=friend, **{f"patient-{friend}": linda.id, f"detail-{friend}": "Linda Marsh"})
    record(client, named, source=friend, **{f"detail-{friend}": "my neighbor Linda M"})
    links = session.scalars(select(PatientReferral).order_by(PatientReferral.id)).all()
    assert [(link.referring_patient_id, link.referrer_name) for link in links] == [
        (linda.id, ""),
        (None, "my neighbor Linda M"),
    ]


def test_nobody_sends_themselves(client, visit, sources, front_desk, session):
    friend = sources["friend_family"].id
    refused = record(
        client,
        visit,
        source=friend,
        verbatim="kept",
        **{f"patient-{friend}": visit.patient_id, f"detail-{friend}": "M"},
    )
    assert refused.status_code == 422
    assert "That is the patient themselves" in refused.text
    assert "Marta Reyes" in refused.text
    assert "kept" in refused.text
    assert session.scalar(select(func.count(Answer.id))) == 0


def test_a_patient_of_another_location_can_not_be_named_by_number(client, make, visit, sources, front_desk, session):
    stranger = make.patient("Secret", "Stranger")
    make.visit(make.location(), stranger)
    friend = sources["friend_family"].id
    refused = record(client, visit, source=friend, **{f"patient-{friend}": stranger.id})
    missing = record(client, visit, source=friend, **{f"patient-{friend}": 987654})
    assert refused.status_code == missing.status_code == 422
    assert "Stranger" not in refused.text
    assert session.scalar(select(func.count(PatientReferral.id))) == 0


def test_the_second_of_two_sees_the_first_answer_and_replaces_it_only_on_purpose(
    client, make, place, visit, sources, sign_in, app
):
    ana, ben = make.staff(locations=[place], name="Ana Whitfield"), make.staff(locations=[place], name="Ben Ortega")
    sign_in(client, ana)
    record(client, visit, source=sources["website"].id)
    first = current(visit)
    other = app.test_client()
    sign_in(other, ben)

    late = record(other, visit, source=sources["event"].id, verbatim="the fair")
    assert late.status_code == 409
    assert f"{visit.patient.first_name} {visit.patient.last_name} already has an answer" in late.text
    assert "(Ana Whitfield, " in late.text
    assert "the fair" in late.text
    assert current(visit).answer_id == first.answer_id

    meant = record(other, visit, source=sources["event"].id, seen=first.answer_id)
    assert meant.status_code == 303
    assert labels(current(visit)) == ["Event"]
    assert current(visit).staff_name == "Ben Ortega"


def test_an_answer_of_the_tablet_is_not_overwritten_by_the_desk(client, make, visit, sources, front_desk):
    make.answer(visit, sources["drove_by"], channel="kiosk")
    assert record(client, visit, source=sources["website"].id).status_code == 409
    assert labels(current(visit)) == ["Drove by"]


def test_whoever_answers_has_arrived_and_undoing_it_undoes_that_too(client, make, place, sources, front_desk, session):
    visit = make.visit(place, status="scheduled")
    response = record(client, visit, source=sources["website"].id)
    assert session.get(Visit, visit.id).status == "arrived"
    assert "arrived=1" in response.headers["Location"]
    client.post(f"/desk/visits/{visit.id}/undo?answer={current(visit).answer_id}&arrived=1")
    assert session.get(Visit, visit.id).status == "scheduled"


def test_an_earlier_day_is_completed_with_the_time_of_the_appointment(
    client, make, place, sources, front_desk, session
):
    yesterday = clock.clinic_today(place.time_zone) - timedelta(days=1)
    visit = make.visit(place, status="scheduled", day=yesterday)
    record(client, visit, source=sources["website"].id)
    assert session.get(Visit, visit.id).arrived_at == visit.scheduled_at


def test_nobody_arrives_before_their_day(client, make, place, sources, front_desk, session):
    visit = make.visit(place, status="scheduled", day=clock.clinic_today(place.time_zone) + timedelta(days=3))
    record(client, visit, source=sources["website"].id)
    assert session.get(Visit, visit.id).status == "scheduled"
    assert labels(current(visit)) == ["Your website"]


def test_arrived_and_not_after_all(client, make, place, front_desk, session):
    visit = make.visit(place, status="scheduled")
    response = client.post(f"/desk/visits/{visit.id}/arrived", follow_redirects=True)
    assert "has arrived" in response.text
    assert session.get(Visit, visit.id).arrived_at is not None
    client.post(f"/desk/visits/{visit.id}/not-arrived")
    assert session.get(Visit, visit.id).status == "scheduled"
    assert session.get(Visit, visit.id).arrived_at is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Choose who or what they named"),
        ({"source": "987654"}, "no longer on the list"),
        ({"source": "abc"}, "no longer on the list"),
        ({"source": "1", "submission_id": "nonsense"}, "open for too long"),
        ({"verbatim": "long " * 500}, "under 2,000 letters"),
    ],
)
def test_what_can_not_be_recorded_is_said_kindly_and_kept(client, visit, front_desk, session, fields, sentence):
    refused = record(client, visit, **fields)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert session.scalar(select(func.count(Answer.id))) == 0


def test_ten_thousand_letters_emoji_and_arabic(client, visit, sources, front_desk):
    doctor = sources["doctor"].id
    refused = record(client, visit, source=doctor, **{f"detail-{doctor}": "x" * 10_000})
    assert refused.status_code == 422
    assert "under 200 letters" in refused.text
    words = "الدكتور أحمد 🩺 <b>&amp;"
    record(client, visit, source=doctor, **{f"detail-{doctor}": words}, verbatim=words)
    assert current(visit).sources[0].who == words
    assert current(visit).verbatim == words
    assert "<b>&amp;" not in client.get(f"/desk/visits/{visit.id}").text


def test_a_form_of_another_visit_is_refused(client, make, place, visit, sources, front_desk):
    submission_id = str(uuid.uuid4())
    record(client, visit, source=sources["website"].id, submission_id=submission_id)
    other = make.visit(place)
    refused = record(client, other, source=sources["website"].id, submission_id=submission_id)
    assert refused.status_code == 422
    assert current(other) is None


def test_without_script_a_name_is_looked_up_and_picked(client, make, visit, sources, front_desk, session):
    osei = make.physician("Osei", "Ama")
    doctor = sources["doctor"].id
    form = record(client, visit, source=doctor, find=doctor, **{f"detail-{doctor}": "osei"})
    assert form.status_code == 200
    assert f'name="pick-{doctor}" value="{osei.id}"' in form.text
    assert session.scalar(select(func.count(Answer.id))) == 0
    record(client, visit, source=doctor, **{f"detail-{doctor}": "osei", f"pick-{doctor}": osei.id})
    assert current(visit).sources[0].physician_id == osei.id


def test_a_source_no_longer_offered_stays_on_the_form_of_its_answer(client, make, visit, sources, front_desk, session):
    make.answer(visit, NewMention(sources["event"].id))
    sources["event"].active_until = visit.visit_date - timedelta(days=1)
    session.flush()
    given = current(visit)
    form = client.get(f"/desk/visits/{visit.id}/answer")
    assert f'value="{sources["event"].id}" id="source-{sources["event"].id}" checked' in form.text
    assert record(client, visit, source=sources["event"].id, seen=given.answer_id).status_code == 303


def test_reading_the_answers_of_a_visit_and_searching_patients_is_noted(committed_app, make, sign_in):
    place = make.location()
    visit = make.visit(place)
    client = committed_app.test_client()
    here = committed_app.config["SETTINGS"].public_url
    sign_in(client, make.staff(locations=[place]))
    assert client.get(f"/desk/visits/{visit.id}", base_url=here).status_code == 200
    assert client.post("/desk/patients", data={"q": "reyes"}, base_url=here).status_code == 200
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.actor_kind == "staff")).all()
    assert {(entry.action, entry.subject_id) for entry in entries} == {
        ("visit.answers", visit.id),
        ("patients.searched", None),
    }
    assert "reyes" not in str([entry.details for entry in entries])


def test_a_forged_post_records_nothing(client, visit, sources, front_desk, session):
    data = {"submission_id": str(uuid.uuid4()), "source": sources["website"].id}
    assert client.post(f"/desk/visits/{visit.id}/answer", data=data, forged=True).status_code == 400
    assert session.scalar(select(func.count(Answer.id))) == 0
