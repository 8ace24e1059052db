"""Taps and keystrokes of a scripted person on the tablet, from the question to the thanks, for each default source."""

import argparse
from typing import Any

from playwright.sync_api import sync_playwright

from bench._figures import finish
from bench._tablets import TabletPractice, tablet_practice
from intake.capture.patient_flow.handover import hand_over
from intake.db import db

MOST_TAPS, MOST_TAPS_DOCTOR, MOST_KEYS_DOCTOR = 2, 4, 6
COMMONEST = "online_search"
# Misspelled as people do who have only heard it: "Gonzalez".
TYPED = "gonsal"


class Person:
    """Counts what it does."""

    def __init__(self, page: Any) -> None:
        self.page, self.taps, self.keys = page, 0, 0

    def tap(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.taps += 1

    def type(self, words: str) -> None:
        self.page.locator("#text").press_sequentially(words, delay=20)
        self.keys += len(words)

    @property
    def is_done(self) -> bool:
        return bool(self.page.locator(".seal").count())


def answer(page: Any, practice: TabletPractice, device: Any, code: str) -> Person:
    """Answer one visit with this source in the shortest way that says as much as it asks."""
    visit = practice.make.visit(practice.location)
    hand_over(visit, device, None)
    db.session.commit()
    page.goto(f"{practice.url}/kiosk")
    page.locator("form#ask .go").click()
    page.wait_for_selector("label.tile")
    person = Person(page)
    before = step_of(page)
    person.tap(f"label.tile:has(input[value={code}])")
    person.tap("form#ask .go")
    for _ in range(4):
        page.wait_for_selector(f".seal, input[name=step]:not([value='{before}'])", state="attached")
        if person.is_done:
            break
        before = step_of(page)
        if page.locator("#text[data-hits]").count():
            person.tap("#text")
            person.type(TYPED)
            person.tap("#hits .tile")
        elif page.locator("label.tile").count():
            person.tap("label.tile")
            person.tap("form#ask .go")
        else:
            person.tap("button[value=skip]")
    page.wait_for_selector(".seal")
    return person


def step_of(page: Any) -> str:
    field = page.locator("input[name=step]")
    return str(field.first.get_attribute("value")) if field.count() else ""


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    counted: dict[str, tuple[int, int]] = {}
    with tablet_practice() as practice, sync_playwright() as playwright:
        for first, last in (("Rosa", "Gonzalez"), ("Hector", "Hartmann"), ("Ines", "Salas"), ("Dora", "Gould")):
            practice.make.physician(last, first)
        device = practice.device()
        codes = [each.code for each in practice.make.sources().values() if each.parent_id is None]
        context = practice.browser(playwright, device)
        page = context.pages[0]
        print(f"{'source':<20}{'taps':>6}{'keys':>6}")
        for code in codes:
            person = answer(page, practice, device, code)
            counted[code] = (person.taps, person.keys)
            print(f"{code:<20}{person.taps:>6}{person.keys:>6}", flush=True)
        context.close()
    taps, keys = counted["doctor"]
    holds = counted[COMMONEST][0] <= MOST_TAPS and taps <= MOST_TAPS_DOCTOR and keys <= MOST_KEYS_DOCTOR
    return finish({"taps": counted, "holds": holds})


if __name__ == "__main__":
    raise SystemExit(main())
