"""The personal link on a patient's own phone."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import Engine, event, select

from intake import clock
from intake.capture.answer_form.readable_answers import current_answers
from intake.capture.models import ReturnReason, SurveyLink, ThanksWish
from intake.capture.patient_flow.links import issue_link, link_url
from intake.directory.models import ReferralSource
from intake.survey.models import Answer, Ask
from intake.survey.question import wording
from tests.capture.walking import Page, look, send


@pytest.fixture
def visit(make):
    make.sources()
    return make.visit(patient=make.patient("Persephone", "Quackenbush"))


@pytest.fixture
def phone(app):
    return app.test_client()


def labels(visit):
    return [source.label for source in current_answers([visit.id], language="en")[visit.id].sources]


def answers(session):
    return list(session.scalars(select(Answer).order_by(Answer.id)))


def test_opening_a_link_uses_nothing_up(session, phone, visit):
    token = issue_link(visit, None)
    for _ in range(3):
        page = look(phone, f"/a/{token}")
        assert page.step == "sources"
    assert session.scalars(select(SurveyLink)).one().used_at is None
    assert page.tiles == session.scalars(select(Ask)).one().options


def test_every_page_says_which_practice_asks(phone, visit, make):
    """Its mark, name and telephone: somebody who gets an address by text wants to know whose it is."""
    make.practice(name="Lakeside Vein", phone_e164="+15185550100")
    page = look(phone, f"/a/{issue_link(visit, None)}")
    pages = [page, send(phone, page, source=["friend_family", "website"])]
    pages += [send(phone, pages[-1], text="Linda"), look(phone, "/a/thanks"), look(phone, "/a/unknown")]
    for shown in pages:
        assert "Lakeside Vein" in shown.text
        assert 'href="tel:+15185550100"' in shown.text
        assert "(518) 555-0100" in shown.text
        assert "brand-mark" in shown.text


def test_links_hold_only_what_no_carrier_changes(make, phone, session):
    make.sources()
    for _ in range(40):
        assert re.fullmatch(r"[A-Za-z0-9/.:-]+", link_url(issue_link(make.visit(), None)))
    token = issue_link(make.visit(), None)
    assert look(phone, f"/a/{token}.").step == "sources"


def test_nothing_on_the_page_tells_which_patient_it_is_for(phone, visit):
    page = look(phone, f"/a/{issue_link(visit, None)}")
    for words in ("Persephone", "Quackenbush", visit.patient.mrn, visit.location.name):
        assert words not in page.text
    assert 'name="robots" content="noindex' in page.text


def test_the_same_questions_are_asked_to_the_end(session, phone, visit):
    page = look(phone, f"/a/{issue_link(visit, None)}")
    page = send(phone, page, source=["friend_family", "website"])
    assert page.step == "person"
    page = send(phone, page, text="Linda")
    page = send(phone, page, do="skip")
    assert page.step == "thanks"
    assert sorted(page.buttons["wish"]) == ["nameless", "no", "yes"]
    page = send(phone, page, wish="no")
    assert "You can close this page" in page.text
    wish = session.scalars(select(ThanksWish)).one()
    assert (wish.visit_id, wish.wish) == (visit.id, "no")
    last = answers(session)[-1]
    assert (last.turn, last.ask.channel, last.verbatim) == (2, "link", "Linda")


def test_whoever_comes_back_after_a_year_is_asked_why_and_their_first_answer_stays(session, phone, visit, make):
    make.visit(visit.location, visit.patient, day=visit.visit_date - timedelta(days=400))
    page = look(phone, f"/a/{issue_link(visit, None)}")
    page = send(phone, page, source=["website"])
    assert page.step == "return" and "What brought you back?" in page.text
    before = [each.id for each in answers(session)]
    page = send(phone, page, source="doctor")
    assert "You can close this page" in page.text
    reason = session.scalars(select(ReturnReason)).one()
    assert (reason.visit_id, session.get_one(ReferralSource, reason.source_id).code) == (visit.id, "doctor")
    assert [each.id for each in answers(session)] == before
    # A page that waited and fits another person's visit says nothing about what first led these here.
    other = make.visit(visit.location)
    page = look(phone, f"/a/{issue_link(other, None)}")
    send(phone, page, step="return", source="doctor")
    assert len(session.scalars(select(ReturnReason)).all()) == 1
    assert [each.id for each in answers(session)] == before


def test_a_first_visits_answer_asks_nothing_about_earlier_ones(session, phone, visit):
    page = look(phone, f"/a/{issue_link(visit, None)}")
    statements = []
    note = lambda *facts: statements.append(facts[2])  # noqa: E731
    event.listen(Engine, "before_cursor_execute", note)
    try:
        phone.post(page.action, data=page.sent(source=["website"]))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(answers(session)) == 1
    # The last thing is the link, used up; what comes next is known without another question.
    assert [words.split()[0] for words in statements if "INSERT" in words or "SELECT" in words][-1] == "INSERT"


@pytest.mark.parametrize(
    ("language", "said", "shown"), [("ar", "طبيب القلب", "طبيب القلب"), ("en", "heart doctor", "Heart doctor")]
)
def test_the_commonest_kinds_of_doctors_are_said_in_the_patients_language(phone, visit, make, language, said, shown):
    make.practice(languages=["en", "ar"])
    visit.language = language
    make.physician("Okafor", "Grace", taxonomy_code="207RC0000X")
    page = send(phone, look(phone, f"/a/{issue_link(visit, None)}"), source="doctor")
    found = send(phone, page, text=said, do="search")
    assert re.search(rf'tile-label">Grace Okafor, MD</span>\s*<span class="tile-hint">{shown}', found.text)
    assert ("(cardiology)" in found.text) == (language == "en")


def test_a_link_is_used_once(session, app, phone, visit):
    token = issue_link(visit, None)
    page = look(phone, f"/a/{token}")
    send(phone, page, source="doctor")
    assert session.scalars(select(SurveyLink)).one().used_at is not None
    # The same phone goes on; another one is told nothing.
    assert look(phone, f"/a/{token}").step == "physician"
    stranger = look(app.test_client(), f"/a/{token}")
    assert stranger.status == 404
    assert "no longer open" in stranger.text
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        assert look(phone, f"/a/{token}").status == 404


def test_wrong_old_revoked_and_used_links_all_read_alike(app, phone, visit, make):
    used = issue_link(visit, None)
    send(phone, look(phone, f"/a/{used}"), source="website")
    revoked = issue_link(make.visit(), None)
    again = issue_link(make.visit(), None)
    with time_machine.travel(clock.now() + timedelta(days=100)):
        old = app.test_client().get(f"/a/{again}")
    pages = [app.test_client().get(f"/a/{token}") for token in (used, "x" * 32, revoked[:-1], "%00")]
    bodies = {_without_nonce(page) for page in (old, *pages)}
    assert len(bodies) == 1
    assert {page.status_code for page in (old, *pages)} == {404}


def test_a_link_answers_its_own_visit_only(session, app, visit, make):
    theirs = make.visit()
    token = issue_link(visit, None)
    issue_link(theirs, None)
    page = look(app.test_client(), f"/a/{token}")
    send(app.test_client(), page, source="website", handover="1", visit=str(theirs.id))
    assert [answer.visit_id for answer in answers(session)] == [visit.id]


def test_a_second_tap_on_the_last_page_still_ends_in_thanks(session, phone, visit):
    page = look(phone, f"/a/{issue_link(visit, None)}")
    assert "Thank you" in send(phone, page, source="website").text
    assert "Thank you" in send(phone, page, source="website").text
    assert len(answers(session)) == 1


def test_a_second_tab_ends_where_the_answer_can_be_changed(session, phone, visit):
    address = f"/a/{issue_link(visit, None)}"
    tabs = [look(phone, address), look(phone, address)]
    send(phone, tabs[0], source="website")
    page = send(phone, tabs[1], source="event")
    assert (page.status, "Thank you" in page.text, "Change my answer" in page.text) == (200, True, True)
    assert labels(visit) == ["Your website"]


def test_whose_browser_keeps_no_cookies_is_told_so_in_their_language(session, app, visit, make):
    make.practice(languages=["en", "vi"], phone_e164="+15185550142")
    address = f"/a/{issue_link(visit, None)}"
    for path, code in ((address, "vi"), (f"{address}/physicians", "vi"), ("/here/r", "ko")):
        blocked = app.test_client(use_cookies=False)
        page = blocked.post(path, data={"language": code, "csrf_token": "x"}, forged=True)
        assert page.status_code == 400
        assert wording.text("error_cookies.title", code) in page.text
        assert f'lang="{code}"' in page.text and wording.text("error.title", code) not in page.text
        assert f'href="{path.removesuffix("/physicians")}"' in page.text
    assert 'name="language" value="en"' in app.test_client().get(address).text
    assert answers(session) == []


def test_a_page_open_for_too_long_is_no_fault_of_ours(phone, visit):
    page = look(phone, f"/a/{issue_link(visit, None)}")
    refused = phone.post(page.action, data=page.sent(source="website"), forged=True)
    assert refused.status_code == 400
    assert "open for too long" in refused.text and "on our side" not in refused.text
    assert f'href="{page.action}"' in refused.text


def test_a_childs_link_asks_the_parent_and_says_whom_it_would_thank(phone, make):
    make.sources()
    child = make.patient("Mia", "Quackenbush", birth_date=clock.now().date() - timedelta(days=9 * 366))
    for patient, young in ((child, True), (make.patient("Persephone", "Quackenbush"), False)):
        page = look(phone, f"/a/{issue_link(make.visit(patient=patient), None)}")
        assert ("Answering for a child?" in page.text) is young
        page = send(phone, page, source="friend_family")
        page = send(phone, page, text="chị Lan")
        assert page.step == "thanks" and "chị Lan" in page.text
        assert ("your child came" in page.text, "without my name" in page.text) == (young, not young)


def test_phones_call_two_languages_by_other_names(make, phone, visit):
    make.practice(languages=["en", "zh", "zh-Hant", "tl"])
    url = f"/a/{issue_link(visit, None)}"
    meant = {"zh-TW,zh;q=0.9": "zh-Hant", "zh-CN": "zh", "fil-PH,fil;q=0.9,en-US;q=0.8": "tl", "sw,zh-HK": "zh-Hant"}
    for said, language in meant.items():
        assert Page(phone.get(url, headers={"Accept-Language": said})).language == language


def test_the_phones_language_is_used_when_the_practice_offers_it(phone, visit):
    url = f"/a/{issue_link(visit, None)}"
    assert Page(phone.get(url, headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"})).language == "es"
    assert Page(phone.get(url, headers={"Accept-Language": "ar"})).language == "en"
    page = send(phone, look(phone, url), display="language:es", source="website")
    assert (page.language, page.checked) == ("es", ["website"])


def test_a_patient_changes_their_own_answer_for_five_minutes(session, app, phone, visit):
    token = issue_link(visit, None)
    done = send(phone, look(phone, f"/a/{token}"), source="website")
    assert f'action="/a/{token}/change"' in done.text

    again = Page(phone.post(f"/a/{token}/change", data={}, follow_redirects=True))
    assert (again.step, again.checked) == ("sources", ["website"])
    assert "Thank you" in send(phone, again, source="event").text
    assert [(each.turn, each.outcome) for each in answers(session)] == [(1, "answered"), (2, "answered")]
    assert labels(visit) == ["Event"]

    assert app.test_client().post(f"/a/{token}/change").status_code == 404
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        assert "/change" not in look(phone, f"/a/{token}").text
        assert phone.post(f"/a/{token}/change").status_code == 404


def test_what_staff_entered_since_is_not_the_patients_to_change(phone, visit, make):
    token = issue_link(visit, None)
    send(phone, look(phone, f"/a/{token}"), source="website")
    make.answer(visit, make.sources()["event"], staff=make.staff(), corrects=True)
    assert phone.post(f"/a/{token}/change").status_code == 404
    assert labels(visit) == ["Event"]


def test_a_form_without_its_token_is_refused(session, phone, visit):
    page = look(phone, f"/a/{issue_link(visit, None)}")
    response = phone.post(page.action, data=page.sent(source="website"), forged=True)
    assert response.status_code == 400
    assert "Riverside Vein Clinic" in response.text
    assert "staff" not in response.text
    assert answers(session) == []


def test_a_link_that_was_answered_to_the_end_shows_and_takes_nothing(session, phone, visit):
    first = look(phone, f"/a/{issue_link(visit, None)}")
    last = send(phone, first, source="friend_family")
    assert "Thank you" in send(phone, send(phone, last, text="Linda Canary"), do="skip").text

    for pressed in [{"do": do} for do in ("", "back", "search", "declined", "skip")] + [{"display": "size:2"}]:
        again = last.sent(text="overwritten", source="event", submission_id=str(uuid4())) | pressed
        for sent in (phone.post(last.action, data=again), phone.post(f"{last.action}/start-over", data=again)):
            assert (sent.location, "Linda" in sent.text) == ("/a/thanks", False)
        assert phone.post(last.action, data=first.sent(source="event") | pressed).location == "/a/thanks"
    assert "Thank you" in look(phone, last.action).text
    assert [each.verbatim for each in answers(session)] == ["", "Linda Canary"]


def test_the_number_of_a_recorded_page_does_not_show_what_it_said(session, app, phone, visit):
    first = look(phone, f"/a/{issue_link(visit, None)}")
    send(phone, send(phone, first, source=["friend_family", "website"]), text="Linda Canary")

    page = Page(app.test_client().post(first.action, data=first.sent(display="size:2")))

    assert (page.status, "Linda" in page.text) == (404, False)
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        sent = app.test_client().post(first.action, data=first.sent(source="event"))
    assert sent.location == "/a/thanks"
    assert len(answers(session)) == 2


def _without_nonce(response):
    return response.text.split("<script")[0] + response.text.split("</script>")[1]


def test_an_answer_whose_thanks_never_arrived_may_be_sent_again(session, app, visit):
    token = issue_link(visit, None)
    form = {"step": "sources", "source": "event", "submission_id": "0d3b2b0e-6a55-4c59-9c1f-3f0f7a1d9a11"}
    first = app.test_client().post(f"/a/{token}", data=form)
    # The reply was lost on the way, and with it the cookie that says whose link this is.
    again = app.test_client().post(f"/a/{token}", data=form)
    somebody_else = app.test_client().post(f"/a/{token}", data=form | {"submission_id": str(uuid4())})

    assert (first.status_code, again.status_code, somebody_else.status_code) == (303, 303, 404)
    assert len(answers(session)) == 1
