"""What of a patient each role reads: every page, fragment, file and mail is opened as it, and one table says."""

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from intake.accounts.models import RoleName
from intake.attribution.digests import disclosure, mail
from intake.attribution.filters.dimensions.registry import DIMENSIONS
from intake.attribution.saved.models import Digest, DigestSend
from intake.attribution.tables import pdf_writer
from intake.db import db
from tests.house_rules.personal_data.canaries import (
    ADMINISTRATOR,
    LIAISON,
    MANAGER,
    NOW,
    SEEN,
    canary_world,
    seen_in,
)
from tests.house_rules.personal_data.opened import Opened
from tests.house_rules.routes import World
from tests.making import Make


@pytest.fixture
def world(session: Session, make: Make) -> Iterator[World]:
    yield from canary_world(make)


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("role", list(RoleName))
def test_a_role_reads_what_the_table_says_and_nothing_else_anywhere(opened: list[Opened], role: RoleName) -> None:
    read = [each for each in opened if each.only_reads]
    seen: dict[str, set[str]] = {}
    for each in read:
        for word in each.words:
            seen.setdefault(word, set()).add(each.address)
    allowed = {word for word, roles in SEEN.items() if role in roles}
    assert len(read) > 25
    assert seen.keys() - allowed == set(), {word: seen[word] for word in seen.keys() - allowed}
    assert allowed - seen.keys() == set()


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("role", [MANAGER, LIAISON, ADMINISTRATOR])
def test_no_mail_holds_a_word_of_a_patient_whatever_view_it_is_of(
    app: Flask, world: World, make: Make, role: RoleName, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the PDF would be made from; and nothing is left to the last look at it.
    monkeypatch.setattr(pdf_writer, "why_off", str)
    monkeypatch.setattr(pdf_writer, "as_pdf", lambda page: page.body.encode())
    monkeypatch.setattr(disclosure, "names_patients", lambda *_: False)
    recipient, sent = world.staff[role], 0
    views = [f"/reports?by={each}&view=any" for each in DIMENSIONS] + [
        f"/reports/compare?of={each}" for each in DIMENSIONS
    ]
    views += ["/reports", "/reports/trust", "/reports/costs", "/reports/physicians"]
    views += ["/reports/rows?by=coverage&key=eligible", "/reports/rows?by=source&key=tv&and-by=patient&and-key=1"]
    views += ["/reports/physicians/1", "/reports/physicians/1/sent", "/reports?by=patient&by=source"]
    for address in views:
        view = make.saved_view(recipient, address=address)
        given: dict[str, Any] = {"created_at": NOW, "created_by_id": recipient.id, "staff_id": recipient.id}
        digest = Digest(saved_view_id=view.id, rhythm="weekly", **given)
        db.session.add(digest)
        db.session.flush()
        row = DigestSend(digest_id=digest.id, period="2026-W20", state="sending", due_at=NOW)
        db.session.add(row)
        db.session.commit()
        try:
            message, with_pdf = mail.message(row.id, app.config["SETTINGS"])
        except (mail.NoLongerWanted, HTTPException):
            continue
        pdf = next(iter(message.iter_attachments())).get_payload(decode=True)
        assert with_pdf and isinstance(pdf, bytes)
        assert seen_in(unescape(str(message["Subject"]) + str(message.get_body()) + pdf.decode())) == set(), address
        sent += 1
    assert sent > 15
