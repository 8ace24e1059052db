"""What a report by e-mail may say: no small figure for others, no patient's name, nothing its reader may not open."""

import io
from datetime import timedelta
from typing import Any

import pypdf
import pytest
from flask import Flask
from structlog.testing import capture_logs

from intake.attribution.saved.models import SendState
from intake.attribution.tables import pdf_writer
from intake.db import db
from intake.survey.recording.record_answer import NewMention
from tests.attribution.digests.mailbox import DAY, MONDAY, Mailbox, sends, work_at


def test_the_mail_of_a_view_for_others_says_no_small_figure_either(practice: Any, mailbox: Mailbox) -> None:
    practice.view.address = "/reports?period=this-month&by=source&leaving=yes"
    db.session.commit()
    assert work_at(MONDAY) == 1
    (mail,) = mailbox.mails
    body = mail.get_body().get_content()
    assert "Figures for others, small ones hidden: June 7–13, 2026." in body and "new patients" not in body
    if not pdf_writer.why_off():
        (attached,) = mail.iter_attachments()
        text = pypdf.PdfReader(io.BytesIO(attached.get_payload(decode=True))).pages[0].extract_text()
        assert "Leaves the practice." in text and "hidden" in text


def withheld(mailbox: Mailbox) -> bool:
    (row,) = sends()
    if mailbox.mails:
        assert row.state == SendState.SENT
        return False
    assert (row.state, row.problem) == (SendState.FAILED, "names_patients")
    return True


@pytest.mark.skipif(bool(pdf_writer.why_off()), reason=pdf_writer.why_off())
@pytest.mark.parametrize(
    ("label", "is_withheld"),
    [
        ("Maria Torvald’s yard sign", True),
        ("Sign of TORVALD, Maria", True),
        ("Given by friend Linda Marsh", True),
        ("Maria’s billboard on Torvald Street", False),
        ("Osei Radio", False),
    ],
)
def test_a_report_with_a_patients_name_in_it_is_withheld_and_the_manager_reads_why(
    practice: Any,
    mailbox: Mailbox,
    committed_app: Flask,
    sign_in: Any,
    label: str,
    is_withheld: bool,
) -> None:
    make = practice.make
    sources = make.sources()
    sources["tv"].label = label
    friend = NewMention(sources["friend_family"].id, referrer_name="Linda Marsh")
    make.answer(make.visit(practice.place, day=DAY - timedelta(days=200)), friend)
    db.session.commit()
    with capture_logs() as logged:
        work_at(MONDAY)
    assert withheld(mailbox) is is_withheld
    assert ("digest_withheld" in [each["event"] for each in logged]) is is_withheld
    db.session.rollback()
    client = committed_app.test_client()
    sign_in(client, practice)
    page = client.get("/reports/e-mails", base_url=committed_app.config["SETTINGS"].public_url)
    assert ("the name of a patient stands in it" in page.text) is is_withheld


@pytest.mark.skipif(bool(pdf_writer.why_off()), reason=pdf_writer.why_off())
def test_a_patient_called_like_a_physician_or_somebody_who_works_here_withholds_nothing(
    practice: Any, mailbox: Mailbox
) -> None:
    make = practice.make
    doctor = NewMention(make.sources()["doctor"].id, physician_id=make.physician("Osei", "Kwame").id)
    make.answer(make.visit(practice.place, make.patient("Kwame", "Osei"), day=DAY), doctor, staff=practice)
    make.visit(practice.place, make.patient("Ana", "Ruiz"), day=DAY)
    practice.view.address = "/reports?period=this-month&by=physician"
    db.session.commit()
    work_at(MONDAY)
    assert not withheld(mailbox)


@pytest.mark.parametrize(
    "address",
    ["/reports?by=source&by=patient", "/reports?by=patient", "/reports/rows?by=source&key=tv", "/reports?by=nonsense"],
)
def test_a_view_that_was_kept_under_an_older_reading_is_judged_again_when_it_is_sent(
    practice: Any, mailbox: Mailbox, address: str
) -> None:
    practice.view.address = address
    db.session.commit()
    work_at(MONDAY)
    (row,) = sends()
    assert (row.state, row.problem, mailbox.mails) == (SendState.FAILED, "may_not_open", [])


def test_a_mail_counts_on_the_day_that_its_page_shows(practice: Any, mailbox: Mailbox) -> None:
    practice.view.address = "/reports?period=this-month&by=source&basis=answered"
    db.session.commit()
    work_at(MONDAY)
    assert "One new patient replied" in mailbox.mails[0].get_body().get_content()
