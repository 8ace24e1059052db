"""The way back at the desk: corrections, taking an entry back, bringing it back."""

from intake.capture.answer_form.readable_answers import answers_of_visit
from tests.capture.recorded import current, labels, record


def test_a_correction_keeps_what_was_said_before(client, visit, sources, front_desk):
    record(client, visit, source=sources["website"].id)
    first = current(visit)
    form = client.get(f"/desk/visits/{visit.id}/answer")
    assert f'name="seen" value="{first.answer_id}"' in form.text

    record(client, visit, source=sources["event"].id, seen=first.answer_id)

    assert labels(current(visit)) == ["Event"]
    history = client.get(f"/desk/visits/{visit.id}")
    assert "Your website" in history.text
    assert "replaced" in history.text


def test_undo_takes_a_fresh_entry_back_and_a_correction_to_what_stood(client, make, visit, sources, front_desk):
    osei = make.physician("Osei", "Ama")
    doctor = sources["doctor"].id
    record(client, visit, source=doctor, verbatim="her words", **{f"physician-{doctor}": osei.id})
    first = current(visit)
    record(client, visit, source=sources["event"].id, seen=first.answer_id)
    correction = current(visit)

    client.post(f"/desk/visits/{visit.id}/undo?answer={correction.answer_id}")
    back = current(visit)
    assert (back.sources, back.verbatim, back.channel) == (first.sources, "her words", "desk")

    record(client, visit, outcome="declined", seen=back.answer_id)
    client.post(f"/desk/visits/{visit.id}/take-back", data={"answer": current(visit).answer_id})
    assert current(visit) is None


def test_undoing_twice_undoes_once(client, visit, sources, front_desk):
    record(client, visit, source=sources["website"].id)
    address = f"/desk/visits/{visit.id}/undo?answer={current(visit).answer_id}"
    client.post(address)
    again = client.post(address)
    assert current(visit) is None
    assert len(answers_of_visit(visit.id, language="en")) == 2
    assert "did=taken-back" in again.headers["Location"]


def test_what_has_changed_since_is_not_undone(client, visit, sources, front_desk):
    record(client, visit, source=sources["website"].id)
    first = current(visit)
    record(client, visit, source=sources["event"].id, seen=first.answer_id)
    stale = client.post(f"/desk/visits/{visit.id}/undo?answer={first.answer_id}", follow_redirects=True)
    assert "has changed since" in stale.text
    assert labels(current(visit)) == ["Event"]


def test_a_taken_back_entry_can_be_brought_back(client, visit, sources, front_desk):
    record(client, visit, source=sources["website"].id)
    taken = client.post(f"/desk/visits/{visit.id}/take-back", data={"answer": current(visit).answer_id})
    note = client.get(taken.headers["Location"])
    undo = note.text.split('action="')[-1].split('"')[0]
    assert "/undo?answer=" in undo
    client.post(undo)
    assert labels(current(visit)) == ["Your website"]
