"""A patient's words that stand nowhere else, in every place where the database keeps such words, and who reads them."""

import io
import re
import uuid
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pypdf
import time_machine
from flask import Flask

from intake.accounts.models import RoleName
from intake.attribution.filters.dimensions.registry import DIMENSIONS
from intake.capture.call.records import Call, CallerAnswer, Slip, note_call
from intake.capture.call.slip import ForWhom
from intake.db import db
from intake.directory.merging.merge import Kind
from intake.liaison.loops.records import correct_stage, record_reference
from intake.liaison.loops.referrals import referral
from intake.liaison.loops.stages import Stage
from intake.survey.models import Mention, Outcome, PhysicianReferral
from intake.survey.recording.record_answer import NewMention
from tests.house_rules.routes import World, build_world, routes
from tests.making import Make

NOW, DAY = datetime(2026, 5, 12, 15, 0, tzinfo=UTC), date(2026, 5, 12)
WEEK = "from=2026-05-11&to=2026-05-17"
FRONT_DESK, MANAGER, LIAISON, ADMINISTRATOR = RoleName
READERS = {MANAGER, ADMINISTRATOR}
DESK = {FRONT_DESK, MANAGER}

# A word that stands nowhere else, and the roles that read it somewhere. Nobody else reads it anywhere.
SEEN = {
    "Firstqa": DESK | READERS,
    "Lastqa": DESK | READERS,
    "MRNQA": DESK | READERS,
    "518-555-0177": DESK,
    "Friendqa": DESK | READERS,
    "Kinqa": DESK | READERS,
    "Callerqa": DESK,
    # Whom the call is for stands in reports as whoever was sent.
    "Childqa": DESK | READERS,
    "518-555-0188": DESK,
    # All that somebody said, and the words beside what it was taken for.
    "verbatimqa": DESK | READERS,
    "otherqa": DESK | READERS,
    "unmatchedqa": DESK | READERS,
    "friendwordsqa": DESK | READERS,
    "kinwordsqa": READERS,
    "unlinkedqa": DESK | READERS,
    "mixedqa": READERS,
    "besideqa": DESK | READERS,
    "callwordsqa": DESK,
    "callverbatimqa": DESK,
    "replyqa": DESK,
    "ruleqa": READERS,
    # Why somebody said that a referral wasn't as far; the referring office's own number, which names nobody.
    "whyqa": DESK | {ADMINISTRATOR},
    "REFQA": DESK | READERS | {LIAISON},
    # Beside nothing but a physician's record.
    "doctorwordsqa": READERS | {LIAISON},
}
# What somebody types to look a patient up.
FINDING = {"q": "Lastqa", "find": "Lastqa"}


def canary_world(make: Make) -> Iterator[World]:
    """The world of the routes with every canary in it, at its own hour; for a fixture to yield from."""
    with time_machine.travel(NOW, tick=False):
        world = build_world(make)
        fill(world, make)
        db.session.commit()
        yield world


def fill(world: World, make: Make) -> None:
    here, sources = world.here, make.sources()
    canary = make.patient("Firstqa", "Lastqa", mrn="MRNQA", mobile_e164="+15185550177")
    kin = make.patient("Kinqa", "Kinqa")
    doctor, other, friend = sources["doctor"].id, sources["other"].id, sources["friend_family"].id
    physician = make.physician()
    visits = {}
    for word, mentions in {
        "verbatimqa": [NewMention(sources["tv"].id)],
        "otherqa": [NewMention(other, detail="otherqa")],
        "unmatchedqa": [NewMention(None, detail="unmatchedqa")],
        "friendwordsqa": [NewMention(friend, detail="friendwordsqa", referrer_name="Friendqa")],
        "kinwordsqa": [NewMention(friend, detail="kinwordsqa", referring_patient_id=kin.id)],
        "unlinkedqa": [NewMention(doctor, detail="unlinkedqa")],
        "mixedqa": [
            NewMention(doctor, detail="mixedqa", physician_id=physician.id),
            NewMention(other, detail="besideqa"),
        ],
        "doctorwordsqa": [NewMention(doctor, detail="doctorwordsqa", physician_id=physician.id)],
    }.items():
        visits[word] = make.visit(here, canary if word == "verbatimqa" else make.patient(), day=DAY)
        answer = make.answer(visits[word], *mentions, verbatim="verbatimqa")
        if word == "friendwordsqa":
            named = db.session.query(Mention).filter_by(answer_id=answer.answer_id).one().id
    make.visit(here, kin, day=DAY)
    said = CallerAnswer(
        submission_id=str(uuid.uuid4()),
        outcome=Outcome.ANSWERED,
        mentions=(NewMention(doctor, physician_id=physician.id), NewMention(other, detail="callwordsqa")),
        verbatim="callverbatimqa",
        options=(),
        language="en",
    )
    slip = Slip(for_whom=ForWhom.CHILD, patient_name="Childqa")
    caller = note_call(Call("Callerqa", "", "+15185550188", here, slip), said, staff=world.staff["front_desk"])
    link = db.session.query(PhysicianReferral).filter_by(visit_id=visits["doctorwordsqa"].id).one()
    sent = referral(link.id, within=[here.id])
    correct_stage(sent, Stage.BOOKED, "whyqa", staff=None)
    record_reference(sent, "REFQA", staff=None)
    world.place_rows(
        referral_id=link.id,
        visit_id=visits["verbatimqa"].id,
        patient_id=canary.id,
        caller_id=caller.id,
        physician_id=physician.id,
        mention_id=named,
        rule_id=make.review_rule("ruleqa").id,
        inbound_id=make.reply(make.visit(here, canary), "replyqa").id,
    )


def addresses(world: World, app: Flask, role: RoleName) -> Iterator[str]:
    """Every page and fragment of the role; the reports by everything, the visits behind each figure, and all files."""
    for route in routes(app):
        if route.method == "GET" and route.guard.kind == "staff" and role in route.guard.roles:
            yield world.address(route)
    yield from (f"/duplicates/{kind}" for kind in Kind)
    if role == FRONT_DESK:
        return
    sources = [source.code for source in world.make.sources().values()]
    rows = [f"by=source&key={code}" for code in [*sources, "-unmatched"]]
    rows += ["by=coverage&key=eligible", "by=coverage&key=answered", "by=physician&key=-unnamed"]
    pages = [f"/reports?{WEEK}&by={each}&view=any" for each in DIMENSIONS]
    pages += [f"/reports/compare?{WEEK}&of={each}" for each in DIMENSIONS]
    sent = world.address(next(each for each in routes(app) if each.endpoint == "referring.sent"))
    every, patients = f"/reports/rows?{WEEK}&view=any&by=coverage&key=eligible", f"/reports?{WEEK}&by=patient"
    yield from [*pages, *(f"/reports/rows?{WEEK}&view=any&{row}" for row in rows), f"{sent}?came=call"]
    inside = "/reports/calls", "/reports/returns", "/relationships/funnel"
    for page in (every, patients, sent, f"/reports/compare?{WEEK}&of=patient", *inside):
        for form in ("csv", "xlsx"):
            yield f"/reports/file.{form}?{urlencode({'of': page})}"
    yield f"/reports/file.pdf?{urlencode({'of': every})}"
    yield every.replace("/rows?", "/rows/export?")
    yield patients.replace("/reports?", "/reports/export?")


def words_of(response: Any) -> str:
    """Everything in a page or a file that somebody can read."""
    if response.mimetype == "application/pdf":
        return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(response.data)).pages)
    if response.data[:2] == b"PK":
        book = zipfile.ZipFile(io.BytesIO(response.data))
        return " ".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    return unescape(response.get_data(as_text=True))


def seen_in(text: str) -> set[str]:
    numbers = re.sub(r"[^\d]", "", text)
    return {word for word in SEEN if word in text or (word[0] == "5" and word.replace("-", "") in numbers)}
