"""What has been kept long enough goes, kind by kind; what is held or required stays."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from intake import clock
from intake.accounts.audit import audit_trail, chain
from intake.accounts.audit.chain import Head
from intake.accounts.models import AuditEntry, Staff
from intake.attribution.verify.ledger import compare_ledger
from intake.capture.models import CallSlip
from intake.db import db
from intake.directory.models import Patient
from intake.privacy import holds, retention
from intake.sms.models import CarrierErasure, InboundText
from intake.survey.models import Answer
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of
from tests.privacy.conftest import LAST, PHONE, fill

pytestmark = pytest.mark.both


def ago(**period: Any) -> Any:
    return clock.now() - timedelta(**period)


def forget_all() -> None:
    while retention.forget_some():
        pass
    db.session.expire_all()


def test_old_texts_and_calls_go_here_and_at_the_carrier_and_young_ones_stay(session: Session, make: Make) -> None:
    known = fill(make)
    old = make.reply(known.visit, "long ago", received_at=ago(days=800))
    waits = make.reply(known.visit, "nobody read it", received_at=ago(days=800), handled_at=None)
    gone = make.caller(known.location, last_name="Longago", called_at=ago(days=800))
    slip = CallSlip(caller_id=gone.id, kind="new", for_whom="child", patient_name="Lena Longago", reason="Lena is ill")
    session.add(slip)
    came = make.caller(known.location, last_name="Hascome", called_at=ago(days=800), visit_id=known.visit.id)
    db.session.commit()

    forget_all()

    assert (old.body, old.from_e164) == ("", f"erased-{old.id}")
    assert waits.body == "nobody read it"
    assert session.scalars(select(InboundText.body).where(InboundText.from_e164 == PHONE)).all() != [""]
    assert session.scalars(select(CarrierErasure.message_sid)).all() == [old.message_sid]
    assert (slip.patient_name, slip.reason) == ("", "")
    assert gone.last_name == f"caller {gone.id}" and came.last_name == "Hascome"
    assert session.scalars(select(Answer.verbatim).where(Answer.verbatim != "")).all()


def test_words_and_patients_go_only_when_the_practice_says_so_and_never_what_is_held(
    session: Session, client: Client, boss: Staff, make: Make
) -> None:
    known = fill(make)
    long_ago = ago(days=7 * 365)
    held, free = (make.patient("Old", name, created_at=long_ago) for name in ("Held", "Free"))
    for patient in (held, free):
        visit = make.visit(known.location, patient, scheduled_at=long_ago)
        make.answer(visit, make.sources()["tv"], verbatim=f"words of {patient.last_name}", answered_at=long_ago)
    first = holds.begin("matter 1", patient_id=held.id, staff_id=boss.id)
    db.session.commit()
    forget_all()
    assert session.get_one(Patient, free.id).last_name == "Free"

    short = client.post("/privacy/retention", data={"words": "2", "patients": "5", "audit": "1"})
    assert short.status_code == 422 and "164.316" in text_of(short)
    assert client.post("/privacy/retention", data={"words": "2", "texts": "2"}).status_code == 303
    forget_all()
    words = session.scalars(select(Answer.verbatim)).all()
    assert "words of Held" in words and "words of Free" not in words and any(LAST in each for each in words)

    client.post("/privacy/retention", data={"patients": "6", "words": "2"})
    forget_all()
    assert session.get_one(Patient, free.id).erased_at is not None
    assert session.get_one(Patient, held.id).last_name == "Held"
    assert not compare_ledger().wrong
    holds.begin("everything", patient_id=None, staff_id=boss.id)
    holds.end(first.id, staff_id=boss.id)
    db.session.commit()
    forget_all()
    assert session.get_one(Patient, held.id).last_name == "Held"


def test_the_trail_loses_only_what_is_older_than_six_years_and_still_verifies(session: Session, make: Make) -> None:
    staff = make.staff("administrator", all_locations=True)
    for years in (9, 8, 7, 5, 1):
        values = audit_trail.entry_values("test.old") | {"at": ago(days=366 * years)}
        session.execute(insert(AuditEntry).values(values))
    db.session.commit()
    chain.seal_everything()
    head, third = chain.head(), session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).all()[-5:]
    with pytest.raises(retention.PeriodTooShort):
        retention.set_period("audit", 365, staff_id=staff.id)
    retention.set_period("audit", retention.SIX_YEARS, staff_id=staff.id)
    db.session.commit()

    forget_all()
    chain.seal_everything()

    left = session.scalars(select(AuditEntry.id).where(AuditEntry.action == "test.old")).all()
    assert left == third[-2:]
    verdict = chain.verify(published=[head, Head(1, "f" * 64)])
    assert verdict.broken is None and verdict.head.position > head.position
