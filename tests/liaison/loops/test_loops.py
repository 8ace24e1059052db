"""What became of referrals: from visits and by hand, what is owed, letters, and who reads names."""

import io
import re
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pypdf
import pytest
import time_machine
from sqlalchemy import select

from intake import clock
from intake.db import db
from intake.liaison.loops.models import OfficeLink, ReferralEvent
from intake.liaison.people.models import OfficePreference
from intake.survey.models import PhysicianReferral
from intake.survey.recording.record_answer import NewMention
from tests.pages import text_of
from tests.report_files import lines_of, sheets_of, take

NOW = "2026-05-12 15:00:00+00:00"
DAY = date(2026, 5, 12)


@pytest.fixture
def office(session: Any, make: Any) -> Any:
    """Dr. Osei, of Bluegrass, who sends patients to Riverside."""
    with time_machine.travel(NOW, tick=False):
        make.sources()
        practice = make.referring_practice("Bluegrass Family Medicine")
        yield SimpleNamespace(
            place=make.location("Riverside"), physician=make.physician("Osei", "Ama", referring_practice_id=practice.id)
        )


@pytest.fixture
def send(make: Any, office: Any) -> Any:
    """Dr. Osei sends a patient; the link's id."""

    def sent(last_name: str, *, days_ago: int, status: str = "completed", **values: Any) -> int:
        day = DAY - timedelta(days=days_ago)
        visit = make.visit(
            office.place,
            make.patient("Marta", last_name),
            day=day,
            status=status,
            documented=office.physician,
            **values,
        )
        visit.created_at = visit.scheduled_at - timedelta(days=10)
        db.session.flush()
        return db.session.scalars(select(PhysicianReferral.id).where(PhysicianReferral.visit_id == visit.id)).one()

    return sent


@pytest.fixture
def desk(client: Any, make: Any, office: Any, sign_in: Any) -> Any:
    sign_in(client, make.staff("front_desk", locations=[office.place], name="Ana Whitfield"))
    return client


def test_the_desk_sees_what_is_owed_oldest_first_and_marks_it_with_one_key(desk: Any, send: Any, make: Any) -> None:
    newer, older = send("Reyes", days_ago=3), send("Novak", days_ago=20)
    send("Cole", days_ago=2, status="cancelled")
    send("Dunn", days_ago=30, status="no_show")
    send("Still", days_ago=-4, status="scheduled")
    make.physician_link(make.location("Harbour"))

    page = desk.get("/relationships/owed")
    text = text_of(page)

    assert "3 referrals wait for word from us" in text
    assert text.index("Marta Dunn") < text.index("Marta Novak") < text.index("Marta Reyes")
    assert "Cole" not in text and "Still" not in text
    assert "Ama Osei, MD" in text and "Bluegrass Family Medicine" in text and "20 days" in text
    assert "autofocus" not in page.text

    response = desk.post(
        f"/relationships/referrals/{older}/told", data={"what": "came", "list": "1"}, follow_redirects=True
    )
    text = text_of(response)
    assert "Told that their patient came." in text and "Undo" in text
    assert response.text.count("autofocus") == 1
    assert "No result yet 1" in text.replace("  ", " ")

    # A page left open marks what it showed, not what is owed since.
    desk.post(f"/relationships/referrals/{older}/told", data={"what": "came", "list": "1"})
    assert [each.value for each in db.session.scalars(select(ReferralEvent))] == ["came"]
    desk.post(f"/relationships/referrals/{older}/told", data={"what": "result"})
    assert "Novak" not in text_of(desk.get("/relationships/owed"))
    desk.post(f"/relationships/referrals/{older}/told?what=result&undo=1")
    assert "Novak" in text_of(desk.get("/relationships/owed"))
    desk.post(f"/relationships/referrals/{newer}/told", data={"what": "result"})
    assert "Reyes" not in text_of(desk.get("/relationships/owed"))


def test_no_word_leaves_of_whom_only_the_patient_names_until_somebody_confirms_it(
    desk: Any, make: Any, office: Any
) -> None:
    visit = make.visit(office.place, make.patient("Marta", "Reyes"), day=DAY - timedelta(days=5), status="completed")
    make.answer(visit, NewMention(make.sources()["doctor"].id, physician_id=office.physician.id))
    link = db.session.scalars(select(PhysicianReferral.id).where(PhysicianReferral.visit_id == visit.id)).one()
    address = f"/relationships/referrals/{link}"

    def leaves() -> list[int]:
        return [desk.get(f"{address}/{sheet}.pdf").status_code for sheet in ("letter", "fax")]

    listed, page = desk.get("/relationships/owed"), desk.get(address)
    assert "only the patient names them: nothing leaves until" in text_of(listed) and "Fax sheet" not in listed.text
    assert "Only the patient’s own words" in page.text and "They did send them" in page.text
    assert "Fax sheet" not in page.text and "office-link" not in page.text
    assert leaves() == [409, 409] and desk.post(f"{address}/office-link").status_code == 409

    desk.post(f"{address}/confirmed", data={"list": "1"})
    page = desk.get(address)
    assert "Ana Whitfield confirmed on May 12, 2026 that they did send them" in text_of(page)
    assert leaves() == [200, 200]
    desk.post(f"{address}/office-link")
    office_page = re.search(r"http\S+(/office/\w{33})", desk.get(address).text)
    assert office_page and "M.R." in desk.application.test_client().get(office_page[1]).text
    desk.post(f"{address}/confirmed?undo=1")
    assert leaves() == [409, 409]
    assert "M.R." not in desk.application.test_client().get(office_page[1]).text


def test_how_an_office_was_told_is_kept_and_taken_back_later(desk: Any, send: Any) -> None:
    address = f"/relationships/referrals/{send('Reyes', days_ago=3)}"
    assert desk.post(f"{address}/told", data={"what": "result", "how": "pigeon"}).status_code == 422
    for how, said in (("fax", "fax"), ("electronic", "electronically"), ("phone", "telephone"), ("letter", "letter")):
        listed = {"what": "result", "how": how, "list": "1"}
        assert f"how={how}" in desk.post(f"{address}/told", data=listed).location
        page = desk.get(address)
        assert re.search(rf"Result sent \S*\s?May 12\S*(, 2026)?, {said}, noted by Ana Whitfield", text_of(page))
        undo = re.search(r'action="(\S+/told\?\S*undo=1\S*)"', page.text)
        assert undo and desk.post(undo[1].replace("&amp;", "&")).status_code == 303
        assert "Result sent" not in text_of(desk.get(address)).partition("What became of it")[2]


def test_a_row_offers_the_way_that_the_office_wants_results_by_else_the_last_one(
    desk: Any, send: Any, office: Any, session: Any
) -> None:
    send("Reyes", days_ago=3)

    def offered(query: str = "") -> str:
        page = desk.get(f"/relationships/owed{query}").text
        assert "<select" not in page[page.index("owed-table") :]
        return page[page.index('class="owed-do"') :].partition("<details>")[0]

    assert "Sent by letter" in offered() and "Told by telephone" in offered("?how=phone")
    wish = OfficePreference(physician_id=office.physician.id, results_by="Fax the same day", changed_at=clock.now())
    session.add(wish)
    session.commit()
    assert "Sent by fax" in offered("?how=phone")
    for words, way in (
        ("By e-mail", "Sent electronically"),
        ("No fax please", "Told by telephone"),
        ("Post-op notes by fax", "Sent by fax"),
        ("eFax 518-555-0100", "Sent by fax"),
        ("Direct line, ask for Ann", "Told by telephone"),
        ("Direct messaging", "Sent electronically"),
        ("Mail", "Sent by letter"),
    ):
        wish.results_by = words
        session.commit()
        assert way in offered("?how=phone")


def test_stages_are_noted_by_hand_and_corrected_with_a_reason(desk: Any, send: Any) -> None:
    referral = send("Reyes", days_ago=3)
    address = f"/relationships/referrals/{referral}"

    assert desk.post(f"{address}/stage", data={"stage": "no_show"}).status_code == 422
    assert desk.post(f"{address}/stage", data={"stage": "bought"}).status_code == 422
    assert desk.post(f"{address}/stage", data={"stage": "procedure"}).status_code == 303
    refused = desk.post(f"{address}/stage", data={"stage": "seen", "back": "1", "why": " "})
    assert refused.status_code == 422 and "Say in a few words why" in refused.text
    desk.post(f"{address}/stage", data={"stage": "seen", "back": "1", "why": "the wrong chart"})
    desk.post(f"{address}/reference", data={"reference": "A-1707"})
    # A liaison and the office's page would read it.
    for name in ("Marta Reyes", "reyes 12", "REYES, M."):
        refused = desk.post(f"{address}/reference", data={"reference": name})
        assert refused.status_code == 422 and "not the patient’s name" in refused.text

    text = text_of(desk.get(address))
    order = [
        text.index(words) for words in ("Referred", "Booked", "Procedure done", "Back to “seen”", "the wrong chart")
    ]
    assert order == sorted(order)
    assert "noted by Ana Whitfield" in text and "from the schedule" in text
    assert desk.get(address).text.count('value="A-1707"') == 1


def test_a_referral_goes_on_with_the_visit_that_was_booked_again(desk: Any, send: Any, make: Any, office: Any) -> None:
    referral = send("Reyes", days_ago=20, status="cancelled")
    patient_id = db.session.get_one(PhysicianReferral, referral).visit_id
    from intake.directory.models import Patient, Visit

    patient = db.session.get_one(Patient, db.session.get_one(Visit, patient_id).patient_id)
    # Booked again elsewhere, under a number without the physician; and the chart names them at a later visit too.
    again = make.visit(make.location("Harbour"), patient, day=DAY - timedelta(days=6), status="completed")
    again.created_at = again.scheduled_at - timedelta(days=9)
    later = make.visit(office.place, patient, day=DAY, status="arrived", documented=office.physician)

    text = text_of(desk.get(f"/relationships/referrals/{referral}")).partition("What became of it")[2]
    assert "Booked" in text and "Cancelled" in text and text.index("Cancelled") < text.index("Seen")
    assert text_of(desk.get("/relationships/owed")).count("Marta Reyes") == 1
    link = db.session.scalars(select(PhysicianReferral.id).where(PhysicianReferral.visit_id == later.id)).one()
    desk.post(f"/relationships/referrals/{link}/reference", data={"reference": "K9"})
    assert "K9" in desk.get(f"/relationships/referrals/{referral}").text


def test_merged_physicians_and_charts_are_one_referral(desk: Any, send: Any, make: Any, office: Any) -> None:
    from intake.directory.merging.merge import Kind, merge
    from intake.directory.models import Visit

    first, other = send("Reyes", days_ago=20), make.physician("Osey", "Ama")
    twin = make.patient("Marta", "Reyes")
    make.visit(office.place, twin, day=DAY - timedelta(days=2), documented=other)
    desk.post(f"/relationships/referrals/{first}/told", data={"what": "came"})
    merge(Kind.PHYSICIANS, other.id, office.physician.id, staff_id=None)
    visit = db.session.get_one(PhysicianReferral, first).visit_id
    merge(Kind.PATIENTS, twin.id, db.session.get_one(Visit, visit).patient_id, staff_id=None)
    db.session.commit()

    text = text_of(desk.get("/relationships/owed"))
    assert "1 referral waits" in text and "No result yet" in text


def test_a_letter_says_what_became_of_the_patient(desk: Any, send: Any, client: Any, make: Any, sign_in: Any) -> None:
    referral = send("Reyes", days_ago=3)
    for sheet in ("letter", "fax"):
        made = desk.get(f"/relationships/referrals/{referral}/{sheet}.pdf")
        said = " ".join(pypdf.PdfReader(io.BytesIO(made.data)).pages[0].extract_text().split())
        assert "Marta Reyes" in said and "Ama Osei, MD" in said and "Bluegrass" in said
        assert "seen on May 9, 2026 at Riverside" in said and "Riverside NY" in said
        assert sheet == "fax" or "Dear Dr. Osei," in said

    sign_in(client, make.staff("manager", all_locations=True))
    page = client.get("/relationships/words")
    assert "Dear {salutation}" in page.text
    for body, problem in (
        ("Dear {physician}, {outcome}", "{patient} is missing"),
        ("{physician} {patient} {outcome} {diagnosis}", "There is no {diagnosis}"),
        ("{physician} {patient} {outcome} }", "stands alone"),
        ("{physician!r} {patient} {outcome}", "nothing else between"),
        ("{physician.__class__} {patient} {outcome}", "There is no"),
    ):
        refused = client.post("/relationships/words", data={"kind": "owed_letter", "body": body})
        assert refused.status_code == 422 and problem in text_of(refused)
        assert body.split("{")[0] in refused.text
    own = "To {physician}: {patient}. {outcome} & <regards>"
    assert client.post("/relationships/words", data={"kind": "owed_letter", "body": own}).status_code == 303
    made = client.get(f"/relationships/referrals/{referral}/letter.pdf")
    assert "To Ama Osei, MD: Marta Reyes." in pypdf.PdfReader(io.BytesIO(made.data)).pages[0].extract_text()
    client.post("/relationships/words", data={"kind": "owed_letter", "body": ""})
    assert "Dear {salutation}" in client.get("/relationships/words").text


def test_a_liaison_reads_numbers_and_never_a_name_and_changes_nothing(
    client: Any, send: Any, make: Any, office: Any, sign_in: Any
) -> None:
    referral = send("Reyes", days_ago=3)
    sign_in(client, make.staff("front_desk", locations=[office.place]))
    client.post(f"/relationships/referrals/{referral}/reference", data={"reference": "A-1707"})
    client.post(f"/relationships/referrals/{referral}/stage", data={"stage": "procedure"})
    client.post(f"/relationships/referrals/{referral}/stage", data={"stage": "seen", "back": "1", "why": "Reyes moved"})
    sign_in(client, make.staff("liaison", locations=[office.place]))

    for address in ("/relationships/owed", f"/relationships/referrals/{referral}", "/relationships/funnel"):
        page = client.get(address)
        assert page.status_code == 200 and "Reyes" not in page.text and "Marta" not in page.text
    assert "A-1707" in client.get("/relationships/owed").text
    for post in ("stage", "told", "reference"):
        assert client.post(f"/relationships/referrals/{referral}/{post}").status_code == 403
    assert client.get(f"/relationships/referrals/{referral}/letter.pdf").status_code == 403


def test_an_office_sees_its_own_referrals_by_number_or_initials_until_the_link_ends(
    desk: Any, send: Any, make: Any, office: Any
) -> None:
    referral = send("Reyes", days_ago=3)
    numbered = send("Novak", days_ago=9)
    desk.post(f"/relationships/referrals/{numbered}/reference", data={"reference": "A-1707"})
    make.visit(make.location(), make.patient("Far", "Zeta"), day=DAY, documented=office.physician)
    make.visit(office.place, make.patient("Other", "Quill"), day=DAY, documented=make.physician())
    desk.post(f"/relationships/referrals/{referral}/office-link")
    page = desk.get(f"/relationships/referrals/{referral}")
    address = re.search(r"http\S+/office/(\w{33})", page.text)
    assert address is not None
    assert "/office/" not in desk.get(f"/relationships/referrals/{referral}").text
    assert address[1] not in str(db.session.scalars(select(OfficeLink.token_hash)).all())

    stranger = desk.application.test_client()
    for _ in range(2):
        shown = text_of(stranger.get(f"/office/{address[1]}"))
        assert "Ama Osei, MD" in shown and "A-1707" in shown and "M.R." in shown and "Seen" in shown
        assert not any(word in shown for word in ("Reyes", "Novak", "Marta", "F.Z.", "O.Q.", "M.N."))
    assert stranger.get("/office/guess").status_code == 404
    with time_machine.travel(NOW.replace("05-12", "06-12"), tick=False):
        assert stranger.get(f"/office/{address[1]}").status_code == 404
    desk.post(f"/relationships/referrals/{referral}/office-link", data={"end": "1"})
    assert stranger.get(f"/office/{address[1]}").status_code == 404


def test_the_funnel_counts_people_and_says_when_they_are_too_few(
    client: Any, send: Any, make: Any, office: Any, sign_in: Any
) -> None:
    for number in range(8):
        send(f"Seen{number}", days_ago=20 + number)
    for number in range(4):
        send(f"Missed{number}", days_ago=40 + number, status="no_show")
    send("Waiting", days_ago=-2, status="scheduled")
    send("Old", days_ago=200)
    sign_in(client, make.staff("manager", locations=[office.place]))

    text = text_of(client.get("/relationships/funnel?months=3"))

    # Nobody was sent without a visit booked: a column of everybody would tell nothing.
    assert "Of 13 people whom physicians sent, 8 were seen" in text and "Booked" not in text
    assert text.index("they differ") < text.index("By source")
    assert "half of them within 10 days of booking" in text and "1 is still open" in text
    assert "8 of 13" in text and "62% (36–82%)" in text
    # Eight were seen: too few to say how many of them had a procedure.
    assert "0 of 8 too few to tell" in text
    assert "The chart alone" in text and "Ama Osei, MD" in text
    assert "Of 14 people" in text_of(client.get("/relationships/funnel?months=12"))
    sheets = sheets_of(take(client, "xlsx", "/relationships/funnel?months=3"))
    assert sheets["By source"][1][:6] == ["All", 13, 1, 13, 13, 1]
    header, row = sheets["By physician"]
    told = dict(zip(header, row, strict=True))
    assert told["Practice"] == "Bluegrass Family Medicine" and told["Seen"] == 8
    assert told["Procedure done"] == 0 and told["Procedure done, share"] == ""
    assert lines_of(take(client, "csv", "/relationships/funnel"))
    assert client.get("/relationships/funnel?leaving=yes").status_code == 404

    # Whoever is known only by what they answered here was seen by construction.
    doctor = NewMention(make.sources()["doctor"].id, physician_id=make.physician("Lind").id)
    for number in range(12):
        visit = make.visit(office.place, make.patient("Ama", f"L{number}"), day=DAY - timedelta(days=3))
        visit.status = "completed"
        make.answer(visit, doctor)
    page = text_of(client.get("/relationships/funnel?months=3"))
    assert "12 of 12" not in page.partition("By source")[2] and "the count stands without a share" in page
    rows = [
        dict(zip(header, row, strict=True))
        for row in sheets_of(take(client, "xlsx", "/relationships/funnel"))["By physician"][1:]
    ]
    asked = next(row for row in rows if "Lind" in row["Physician"])
    assert asked["Seen"] == 12 and asked["Seen, share"] == ""
