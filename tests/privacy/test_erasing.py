"""A patient is erased: words, names and numbers go, what was counted stays, and what can't go is said."""

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from intake.accounts.audit import chain
from intake.accounts.models import AuditEntry, Staff
from intake.attribution.verify.ledger import compare_ledger
from intake.db import Base, db
from intake.directory.merging.merge import Kind, merge
from intake.directory.models import Patient
from intake.privacy.passing_words import named_in
from intake.privacy.person import person
from intake.sms.models import CarrierErasure
from intake.survey.models import Answer
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of
from tests.privacy.conftest import FIRST, LAST, MRN, PHONE, fill

pytestmark = pytest.mark.both


def everything() -> str:
    """All that the database holds, as text."""
    return "\n".join(
        str(row) for table in Base.metadata.sorted_tables for row in db.session.execute(select(table)).all()
    )


def test_erasing_takes_names_numbers_and_words_and_leaves_every_total(
    session: Session, client: Client, boss: Staff, make: Make
) -> None:
    known = fill(make)
    kept = make.patient("Somebody", LAST)
    twin = make.visit(known.location, make.patient(FIRST, "Otherwise"))
    make.answer(twin, make.sources()["tv"], verbatim="kept words")
    db.session.commit()
    before = totals()
    page = f"/patients/{known.patient.id}/held/erase"

    asked = text_of(client.get(page))
    assert "This can’t be undone" in asked and f"{FIRST} F sent me" in asked
    wrong = client.post(page, data={"chart": "M1"})
    assert wrong.status_code == 422 and "right person" in text_of(wrong)
    ticked = [each.key for each in named_in(person(known.patient.id)) if not each.linked]
    assert client.post(page, data={"chart": MRN, "also": ticked}).status_code == 303

    db.session.expire_all()
    assert totals() == before
    left = everything()
    for word in (MRN, PHONE, "Bertha", "please call me", "sent me", FIRST.lower() + " " + LAST.lower()):
        assert word.casefold() not in left.casefold(), word
    assert LAST in left and kept.last_name == LAST
    assert "kept words" in left
    erased = session.get_one(Patient, known.patient.id)
    assert (erased.first_name, erased.birth_date, erased.mobile_e164) == ("Erased", None, None)
    assert len(session.scalars(select(CarrierErasure)).all()) == 3
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "patient.erased")).one()
    assert (entry.subject_id, entry.details["charts"]) == (known.patient.id, 1)
    done = text_of(client.get(f"/patients/{known.patient.id}/held"))
    assert "Erased" in done and "3 messages are still to be deleted at the carrier" in done
    chain.seal_everything()
    assert chain.verify().broken is None


def totals() -> Any:
    assert not compare_ledger().wrong
    rows = [
        row
        for name in ("credit_entry", "coverage_entry")
        for row in db.session.execute(select(Base.metadata.tables[name]))
    ]
    return [tuple(row) for row in rows]


def test_only_somebody_of_both_roles_erases_and_nobody_what_is_held(
    session: Session, client: Client, boss: Staff, make: Make, sign_in: Any
) -> None:
    known = fill(make)
    page = f"/patients/{known.patient.id}/held"
    assert client.post(f"{page}/hold", data={"matter": ""}).status_code == 422
    assert client.post(f"{page}/hold", data={"matter": "Smith & Co 17"}).status_code == 303
    refused = client.post(f"{page}/erase", data={"chart": MRN})
    assert refused.status_code == 422 and "legal hold" in text_of(refused)
    client.post("/privacy/holds/1/end")
    sign_in(client, make.staff("manager", all_locations=True))
    refused = client.post(f"{page}/erase", data={"chart": MRN})
    assert refused.status_code == 422 and "manager and an administrator" in text_of(refused)
    sign_in(client, make.staff("manager", locations=[known.location]))
    make.visit(make.location(), known.patient)
    db.session.commit()
    assert client.get(page).status_code == 403
    assert session.get_one(Patient, known.patient.id).last_name == LAST


def test_all_charts_of_one_person_are_erased_and_what_a_shared_telephone_said_of_others_stays(
    session: Session, client: Client, boss: Staff, make: Make
) -> None:
    known = fill(make)
    second = make.visit(known.location, make.patient(FIRST, LAST, mrn="SECOND"))
    child = make.visit(known.location, make.patient("Child", "Other", mobile_e164=PHONE))
    make.reply(child, "the child's reply")
    merge(Kind.PATIENTS, second.patient_id, known.patient.id, staff_id=None)
    db.session.commit()

    client.post(f"/patients/{known.patient.id}/held/erase", data={"chart": MRN})

    left = everything()
    assert "SECOND" not in left and MRN not in left
    assert "the child's reply" in left and "please call me" in left and PHONE in left


@pytest.mark.parametrize(
    "change", ["UPDATE answer SET verbatim = ''", "UPDATE mention SET detail = 'x'", "DELETE FROM audit_entry"]
)
def test_nothing_but_erasing_overwrites_what_is_append_only(session: Session, make: Make, change: str) -> None:
    fill(make)

    with pytest.raises(DBAPIError):
        session.execute(text(change))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE answer SET verbatim = 'other'",
        "UPDATE answer SET verbatim = '', outcome = 'declined'",
        "DELETE FROM audit_entry",
        "DELETE FROM answer",
    ],
)
def test_a_permit_lets_words_become_empty_and_nothing_else(session: Session, make: Make, change: str) -> None:
    fill(make)
    session.execute(text("INSERT INTO erasure_permit (id) VALUES (1)"))

    with pytest.raises(DBAPIError):
        session.execute(text(change))


def test_what_comes_late_for_somebody_erased_is_not_kept(
    session: Session, client: Client, boss: Staff, make: Make
) -> None:
    known = fill(make)
    client.post(f"/patients/{known.patient.id}/held/erase", data={"chart": MRN})
    again = client.post(f"/patients/{known.patient.id}/held/erase", data={"chart": f"erased-{known.patient.id}"})

    assert again.status_code == 422 and "erased already" in text_of(again)
    assert session.scalars(select(Answer.verbatim).where(Answer.visit_id == known.visit.id)).all() == [""]
