"""What a browser keeps on its disk of a day at the desk and on the tablet: no name, no number, no word of a patient."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Page, Playwright

from intake.accounts.auth import sessions
from intake.capture.patient_flow.handover import hand_over
from intake.db import db
from intake.survey.recording.record_answer import NewMention
from tests.browser.tablet_steps import go_on, tile
from tests.making import Make
from tests.serving import PATIENCE_SECONDS

pytestmark = [pytest.mark.on("sqlite"), pytest.mark.browser]

FIRST, LAST, PHONE, MRN = "Quetzalia", "Featherstonehaugh", "518-555-0142", "CANARY7781"
TYPED = "Bartholomea"
WORDS = re.compile("|".join((FIRST, LAST, r"518\D{0,2}555\D?0142", MRN, TYPED)), re.IGNORECASE)


@pytest.mark.everything
def test_a_browsers_own_files_hold_nothing_of_a_patient(
    committed_app: Flask,
    live_server: SimpleNamespace,
    make: Make,
    playwright: Playwright,
    browser_type_launch_args: dict[str, object],
    tmp_path: Path,
) -> None:
    here, sources = make.location("Riverside"), make.sources()
    device, staff = make.device(here), make.staff("front_desk", roles=["manager"], locations=[here])
    patient = make.patient(FIRST, LAST, mrn=MRN, mobile_e164="+15185550142")
    visit, waiting = make.visit(here, patient), make.visit(here, make.patient(FIRST, LAST))
    make.answer(visit, NewMention(sources["friend_family"].id, detail=TYPED), verbatim=f"my friend {TYPED}")
    make.reply(visit, f"it was {TYPED}")
    hand_over(waiting, device, staff)
    values, token = sessions.cookie_values(staff), device.token
    db.session.commit()
    serializer = SecureCookieSessionInterface().get_signing_serializer(committed_app)
    assert serializer is not None
    profile = tmp_path / "profile"

    context = playwright.chromium.launch_persistent_context(profile, **browser_type_launch_args)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_SECONDS * 1_000)
    page = context.pages[0]
    cookies = {"intake": serializer.dumps(values), "intake-kiosk": token}
    context.add_cookies([{"name": name, "value": each, "url": live_server.url} for name, each in cookies.items()])
    at_the_desk(page, live_server.url, visit.id, patient.id)
    on_the_tablet(context.new_page(), live_server.url)
    # What a browser would open again after a crash is written every few seconds.
    page.wait_for_timeout(5_000)
    context.close()

    kept = [path for path in profile.rglob("*") if path.is_file()]
    assert any(b"/desk" in path.read_bytes() for path in kept), "the history lies elsewhere"
    found = {str(path.relative_to(profile)): traces(path.read_bytes()) for path in kept}
    assert {name: words for name, words in found.items() if words} == {}


def at_the_desk(page: Page, url: str, visit_id: int, patient_id: int) -> None:
    for path in ("/desk", f"/desk/visits/{visit_id}/answer", f"/patients/{patient_id}", "/texts/replies", "/review"):
        page.goto(url + path)
    page.goto(f"{url}/patients")
    page.get_by_label("Find a patient").fill(LAST)
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=LAST).first.click()
    page.goto(f"{url}/desk/visits/new")
    fill_all(page, page.locator("main"))


def fill_all(page: Page, part) -> None:
    for field in part.locator("input:visible[type=text], input:visible:not([type]), input:visible[type=tel]").all():
        field.fill(TYPED if "phone" not in (field.get_attribute("name") or "") else PHONE)
    part.locator("form button[type=submit], form button:not([type])").first.click()


def on_the_tablet(page: Page, url: str) -> None:
    page.goto(f"{url}/kiosk")
    go_on(page)
    tile(page, "Friend or family").click()
    go_on(page)
    page.locator("#text").fill(TYPED)
    go_on(page)


def traces(held: bytes) -> set[str]:
    """Words of the patient in a file, as it lies there and in the two bytes a letter that browsers write."""
    texts = (held.decode("latin-1"), held.decode("utf-16-le", "replace"), held[1:].decode("utf-16-le", "replace"))
    return {each.group() for text in texts for each in WORDS.finditer(text)}
