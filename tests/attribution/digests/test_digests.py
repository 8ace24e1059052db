"""Reports by e-mail, sent to a real mail server on this machine: at most once, visible, ended with one click."""

import email
import email.policy
import io
import re
import socket
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pypdf
import pytest
import time_machine
from flask import Flask

from intake import clock
from intake.accounts.models import Staff
from intake.attribution.digests import mail as digest_mail
from intake.attribution.digests import sending
from intake.attribution.saved.models import Digest, Rhythm, SendState
from intake.attribution.tables import pdf_writer
from intake.db import db
from intake.web.ops import mailing
from intake.web.ui import pdf
from tests.attribution.digests.mailbox import MONDAY, Mailbox, sends, work_at


def test_on_monday_the_week_before_leaves_with_its_pdf_and_nobodys_name(practice: Any, mailbox: Mailbox) -> None:
    assert work_at(MONDAY - timedelta(hours=2)) == 0
    assert work_at(MONDAY) == 1
    (mail,) = mailbox.mails
    assert mail["To"] == "ana@example.org" and mail["From"] == "reports@example.org"
    assert mail["Subject"] == "Weekly report of Riverside Vein Clinic: June 7–13, 2026"
    body = mail.get_body().get_content()
    assert "2 new patients came from June 7 to 13, 2026, and 1 told us" in body
    for name in ("Torvald", "Maria", "Quiet", "Osei", "Ana", "MRN"):
        assert name not in body and name not in mail["Subject"]
    if not pdf_writer.why_off():
        (attached,) = mail.iter_attachments()
        assert (attached.get_content_type(), attached.get_filename()) == ("application/pdf", "report-2026-W24.pdf")
        text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(attached.get_content())).pages)
        assert "June 7–13, 2026" in text
        assert "Torvald" not in text
    (row,) = sends()
    assert (row.state, row.period, row.attempts) == (SendState.SENT, "2026-W24", 1)


def test_a_period_is_sent_once_however_often_the_worker_looks(practice: Any, mailbox: Mailbox) -> None:
    for hours in (0, 1, 30, 100):
        work_at(MONDAY + timedelta(hours=hours))
    assert len(mailbox.mails) == 1
    work_at(MONDAY + timedelta(days=7))
    assert [row.period for row in sends()] == ["2026-W24", "2026-W25"]
    assert len(mailbox.mails) == 2


def test_reports_that_fell_due_while_no_worker_ran_leave_late_with_their_own_months(
    practice: Any, mailbox: Mailbox
) -> None:
    with time_machine.travel(datetime(2026, 5, 20, tzinfo=UTC), tick=False):
        staff = db.session.get_one(Staff, practice.id)
        view = practice.make.saved_view(staff, address="/reports?by=source")
        sending.start_digest(view=view, recipient=staff, rhythm=Rhythm.MONTHLY, by=staff)
        sending.stop_digest(db.session.get_one(Digest, practice.digest.id))
        db.session.commit()
    assert work_at(datetime(2026, 12, 2, 15, 0, tzinfo=UTC)) == 2
    months = ["November 2026", "October 2026"]
    assert sorted(mail["Subject"].rpartition(": ")[2] for mail in mailbox.mails) == months
    if not pdf_writer.why_off():
        files = [part.get_filename() for mail in mailbox.mails for part in mail.iter_attachments()]
        assert sorted(files) == ["report-2026-10.pdf", "report-2026-11.pdf"]
    missed = {row.period: row for row in sends() if row.state == SendState.FAILED}
    assert sorted(missed) == ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09"]
    assert work_at(datetime(2026, 12, 2, 18, 0, tzinfo=UTC)) == 0
    sending.send_again(missed["2026-09"])
    db.session.commit()
    assert work_at(datetime(2026, 12, 20, 18, 0, tzinfo=UTC)) == 1
    assert mailbox.mails[-1]["Subject"].endswith(": September 2026")


def test_a_worker_killed_on_the_way_sends_nothing_twice_and_says_so(practice: Any, mailbox: Mailbox) -> None:
    with time_machine.travel(MONDAY, tick=False):
        sending.plan()
        db.session.commit()
        # Killed right after: whether the mail left nobody can know.
        assert sending.claim() is not None
    db.session.rollback()
    assert work_at(MONDAY + timedelta(minutes=5)) == 0
    assert work_at(MONDAY + timedelta(minutes=20)) == 0
    assert work_at(MONDAY + timedelta(days=1)) == 0
    (row,) = sends()
    assert (row.state, row.problem) == (SendState.UNCERTAIN, "worker_ended")
    assert mailbox.mails == []
    with time_machine.travel(MONDAY + timedelta(days=1), tick=False):
        sending.send_again(row)
        db.session.commit()
    assert work_at(MONDAY + timedelta(days=1)) == 1
    assert [each.state for each in sends()] == [SendState.SENT]


def test_two_workers_never_take_the_same_row(practice: Any, mailbox: Mailbox) -> None:
    with time_machine.travel(MONDAY, tick=False):
        sending.plan()
        db.session.commit()
        assert sending.claim() is not None
        assert sending.claim() is None
        sending.plan()
        db.session.commit()
    assert len(sends()) == 1


@pytest.mark.parametrize(
    ("fault", "state", "problem"),
    [
        ({"refuse_recipient": "450 try later"}, SendState.WAITING, "recipient_refused"),
        ({"refuse_recipient": "550 no such box"}, SendState.FAILED, "recipient_refused"),
        ({"refuse_data": "451 busy"}, SendState.WAITING, "mail_refused"),
        ({"refuse_data": "554 looks like spam"}, SendState.FAILED, "mail_refused"),
        ({"drop": True}, SendState.UNCERTAIN, "connection_lost"),
    ],
)
def test_what_the_mail_server_says_decides_whether_it_is_tried_again(
    practice: Any, mailbox: Mailbox, fault: dict[str, Any], state: SendState, problem: str
) -> None:
    vars(mailbox).update(fault)
    work_at(MONDAY)
    (row,) = sends()
    assert (row.state, row.problem) == (state, problem)
    vars(mailbox).update({name: type(value)() for name, value in fault.items()})
    before = len(mailbox.mails)
    work_at(MONDAY + timedelta(minutes=2))
    assert len(mailbox.mails) == before
    work_at(MONDAY + timedelta(minutes=6))
    assert len(mailbox.mails) == before + (state == SendState.WAITING)


def test_a_server_that_is_away_is_tried_less_and_less_often_and_then_given_up(
    practice: Any, committed_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    committed_app.config["SETTINGS"] = committed_app.config["SETTINGS"].model_copy(update={"smtp_port": closed})
    monkeypatch.setattr(pdf, "_works", lambda: False)
    moment, waits = MONDAY, []
    for _ in range(7):
        work_at(moment)
        (row,) = sends()
        if row.state != SendState.WAITING:
            break
        waits.append(int((row.due_at - moment).total_seconds() // 60))
        moment = row.due_at
    assert waits == [5, 15, 60, 240, 720]
    assert (row.state, row.problem, row.attempts) == (SendState.FAILED, "unreachable", 6)


def test_without_pdf_the_mail_holds_a_summary_and_a_link(
    practice: Any, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_works", lambda: False)
    work_at(MONDAY)
    (mail,) = mailbox.mails
    assert list(mail.iter_attachments()) == []
    assert "coverage 50.0%" in mail.get_content() and f"/reports/saved/{practice.view.id}" in mail.get_content()
    assert not sends()[0].with_pdf


def test_one_click_ends_it_and_opening_the_link_alone_does_not(
    practice: Any, mailbox: Mailbox, committed_app: Flask
) -> None:
    work_at(MONDAY)
    (mail,) = mailbox.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<(https?://[^/]+)(/mail/stop/[^>]+)>", mail["List-Unsubscribe"])
    assert found is not None
    nobody, origin = committed_app.test_client(), found[1]
    page = nobody.get(found[2], base_url=origin)
    assert page.status_code == 200 and "Stop it" in page.text and "Osei" not in page.text
    assert db.session.get_one(Digest, practice.digest.id).ended_at is None
    db.session.rollback()
    stopped = nobody.post(found[2], base_url=origin, data={"List-Unsubscribe": "One-Click"})
    assert stopped.status_code == 200
    db.session.expire_all()
    digest = db.session.get_one(Digest, practice.digest.id)
    assert digest.ended_how == "unsubscribed"
    db.session.rollback()
    assert nobody.post(found[2], base_url=origin).status_code == 200
    assert nobody.post(found[2] + "x", base_url=origin).status_code == 404
    work_at(MONDAY + timedelta(days=7))
    assert len(mailbox.mails) == 1


def test_whoever_may_not_open_the_view_any_more_gets_nothing(practice: Any, mailbox: Mailbox) -> None:
    practice.roles = [practice.make.role("front_desk")]
    db.session.commit()
    work_at(MONDAY)
    (row,) = sends()
    assert (row.state, row.problem, mailbox.mails) == (SendState.FAILED, "may_not_open", [])


def test_views_that_name_patients_and_strangers_to_a_view_are_refused(practice: Any, mailbox: Mailbox) -> None:
    make = practice.make
    names = make.saved_view(practice, address="/reports?by=patient")
    private = make.saved_view(practice, shared=False)
    clerk = make.staff("front_desk", locations=[practice.place])
    other = make.staff("manager", locations=[practice.place])
    for view, recipient, says in (
        (names, practice, "patients' names"),
        (private, other, "Share the view first"),
        (practice.view, clerk, "may not open"),
        (practice.view, practice, "already"),
    ):
        with pytest.raises(sending.DigestRefused, match=says):
            sending.start_digest(view=view, recipient=recipient, rhythm=Rhythm.WEEKLY, by=practice)


def test_the_page_shows_what_is_sent_and_what_failed_and_lets_a_person_decide(
    practice: Any, mailbox: Mailbox, committed_app: Flask, sign_in: Any
) -> None:
    mailbox.refuse_recipient = "550 no such box"
    work_at(MONDAY)
    client, origin = committed_app.test_client(), committed_app.config["SETTINGS"].public_url
    sign_in(client, practice)
    page = client.get("/reports/e-mails", base_url=origin)
    assert "the mail server refused this address" in page.text and "Send again" in page.text
    row = sends()[0].id
    db.session.rollback()
    assert client.post("/reports/e-mails/again", data={"send": row}, base_url=origin).status_code == 303
    mailbox.refuse_recipient = ""
    work_at(clock.now() + timedelta(seconds=1))
    assert SendState.SENT in [each.state for each in sends()]
    db.session.rollback()
    client.post("/reports/e-mails/stop", data={"digest": practice.digest.id}, base_url=origin)
    assert "Nobody gets a report by e-mail" in client.get("/reports/e-mails", base_url=origin).text


def test_whose_e_mails_are_of_other_locations_are_not_theirs_to_see_or_end(
    practice: Any, committed_app: Flask, sign_in: Any
) -> None:
    make, origin = practice.make, committed_app.config["SETTINGS"].public_url
    other = make.staff("manager", locations=[make.location("Northgate")], email="nia@example.org", name="Nia Bell")
    below = make.staff("liaison", locations=other.locations, email="leo@example.org", name="Leo Hart")
    db.session.commit()
    client = committed_app.test_client()
    sign_in(client, other)
    page = client.get("/reports/e-mails", base_url=origin).text
    assert "leo@example.org" in page and "ana@example.org" not in page and "Ana Ruiz" not in page
    data = {"saved_view_id": practice.view.id, "staff_id": practice.id, "rhythm": "weekly"}
    assert client.post("/reports/e-mails", data=data, base_url=origin).status_code == 422
    assert client.post("/reports/e-mails", data=data | {"staff_id": below.id}, base_url=origin).status_code == 303
    client.post("/reports/e-mails/stop", data={"digest": practice.digest.id}, base_url=origin)
    db.session.expire_all()
    assert practice.digest.ended_at is None


@pytest.mark.on("sqlite")
@pytest.mark.parametrize(
    ("rhythm", "moment", "name", "first", "last"),
    [
        (Rhythm.WEEKLY, datetime(2026, 1, 5, 12, 0, tzinfo=UTC), "2026-W01", date(2025, 12, 28), date(2026, 1, 3)),
        (Rhythm.WEEKLY, datetime(2026, 1, 5, 11, 59, tzinfo=UTC), "2025-W52", date(2025, 12, 21), date(2025, 12, 27)),
        (Rhythm.MONTHLY, datetime(2026, 3, 1, 12, 0, tzinfo=UTC), "2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        (Rhythm.MONTHLY, datetime(2026, 3, 1, 11, 0, tzinfo=UTC), "2026-01", date(2026, 1, 1), date(2026, 1, 31)),
        # Clocks have changed by then: seven o'clock is an hour earlier in UTC.
        (Rhythm.WEEKLY, datetime(2026, 3, 9, 11, 0, tzinfo=UTC), "2026-W10", date(2026, 3, 1), date(2026, 3, 7)),
    ],
)
def test_what_is_due_follows_the_practices_clocks(
    rhythm: Rhythm, moment: datetime, name: str, first: date, last: date
) -> None:
    found, due_at, period = sending.newest_period(rhythm, moment, "America/New_York")
    assert (found, period.first_day, period.last_day) == (name, first, last)
    assert due_at <= moment
    assert digest_mail.period_named(name) == period


@pytest.mark.on("sqlite")
def test_a_mail_server_without_encryption_gets_no_password(mailbox: Mailbox, app: Flask) -> None:
    settings = app.config["SETTINGS"].model_copy(
        update={"smtp_host": "127.0.0.1", "smtp_port": mailbox.server.port, "mail_from": "a@example.org"}
    )
    message = email.message.EmailMessage()
    message["To"] = "b@example.org"
    with pytest.raises(mailing.Refused) as refused:
        mailing.send(message, settings)
    assert (refused.value.again, mailbox.mails) == (True, [])
