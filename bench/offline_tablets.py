"""Answers on tablets whose network is cut at random, whose requests break off, whose browsers are killed.

Each answer must arrive once, with its own time to the second, and nothing readable of it may be left in a profile.
"""

import argparse
import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Error, sync_playwright
from sqlalchemy import select

from bench._figures import finish
from bench._tablets import TabletPractice, tablet_practice
from intake.capture.models import LateAnswer
from intake.capture.patient_flow.handover import hand_over
from intake.db import db
from intake.survey.models import Answer

CANARY = "Zyxquillfeather"
MOST_SECONDS_OFF = 1.5
PUT_AWAY = """async () => Boolean(navigator.serviceWorker.controller
    && await (await caches.open('intake-current')).match('/current'))"""
WAITING = """() => new Promise((done) => { const open = indexedDB.open('intake', 1);
    open.onupgradeneeded = () => open.result.createObjectStore('late', { keyPath: 'id' });
    open.onsuccess = () => { const all = open.result.transaction('late').objectStore('late').count();
        all.onsuccess = () => { open.result.close(); done(all.result); }; }; })"""


@dataclass
class OfflineTablet:
    """One tablet: its browser can be killed and started again on the same profile."""

    practice: TabletPractice
    playwright: Any
    device: Any
    folder: Path
    context: Any = None

    @property
    def page(self) -> Any:
        return self.context.pages[0]

    def start(self) -> None:
        self.context = self.practice.browser(self.playwright, self.device, kept_in=self.folder)
        self.page.goto(f"{self.practice.url}/kiosk")
        for _ in range(240):
            with suppress(Error):
                if self.page.evaluate(PUT_AWAY):
                    return
            self.page.wait_for_timeout(250)
        raise TimeoutError("the tablet has put nothing away")

    def kill(self) -> None:
        """End the browser as a power cut would."""
        for process in psutil.process_iter(["cmdline"]):
            if any(str(self.folder) in word for word in process.info["cmdline"] or []):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        with suppress(Error):
            self.context.close()

    def break_off(self, rng: random.Random) -> None:
        """Let some deliveries arrive whose confirmation doesn't."""

        def deliver(route: Any) -> None:
            with suppress(Error):
                if rng.random() < 0.3:
                    route.fetch()
                    route.abort()
                else:
                    route.continue_()

        self.page.route("**/kiosk/late", deliver)

    def answer(self, born: date, initials: str) -> datetime:
        """Answer without a connection; return when Continue was pressed."""
        self.context.set_offline(True)
        page = self.page
        page.goto(f"{self.practice.url}/kiosk")
        page.locator("body[data-away] a.go").click()
        for name, value in (("day", born.day), ("month", born.month), ("year", born.year), ("initials", initials)):
            page.locator(f"input[name={name}]").fill(str(value))
        page.locator("form#ask .go").click()
        page.locator("label.tile:has(input[value=friend_family])").click()
        pressed = datetime.now(UTC)
        page.locator("form#ask .go").click()
        page.locator("#text").fill(CANARY)
        page.locator("form#ask .go").click()
        self.thank()
        return pressed

    def answer_while_it_breaks_off(self, visit: Any, rng: random.Random) -> datetime:
        """Answer a visit that the desk handed over; the network goes before, during or after the page is sent."""
        hand_over(visit, self.device, None)
        db.session.commit()
        page = self.page
        self.context.set_offline(False)
        page.goto(f"{self.practice.url}/kiosk")
        page.locator("form#ask input[name=handover] ~ .go").click()
        page.locator("label.tile:has(input[value=friend_family])").click()
        moment = rng.choice(("before", "during", "after"))

        def answer(route: Any) -> None:
            with suppress(Error):
                if moment == "after":
                    route.fetch(max_redirects=0)
                self.context.set_offline(True)
                route.abort()

        if moment == "before":
            self.context.set_offline(True)
        else:
            page.route("**/kiosk/answer", answer)
        pressed = datetime.now(UTC)
        page.locator("form#ask .go").click()
        page.locator("#text").fill(CANARY)
        page.locator("form#ask .go").click()
        self.thank()
        page.unroute("**/kiosk/answer")
        return pressed

    def thank(self) -> None:
        self.page.locator("button[value=nameless]").click()
        self.page.wait_for_selector(".seal")

    def deliver_all(self) -> None:
        self.context.set_offline(False)
        self.page.goto(f"{self.practice.url}/kiosk")
        for _ in range(2400):
            with suppress(Error):
                if not self.page.evaluate(WAITING):
                    return
            self.page.wait_for_timeout(250)
        raise TimeoutError("answers still wait on a tablet")


def run(practice: TabletPractice, playwright: Any, *, answers: int, tablets: int, seed: int) -> dict[str, Any]:
    """Return the figures of one run."""
    rng = random.Random(seed)
    held = [
        OfflineTablet(practice, playwright, practice.device(), practice.folder / f"tablet{n}") for n in range(tablets)
    ]
    expected: dict[int, datetime] = {}
    for tablet in held:
        tablet.start()
        tablet.break_off(rng)
    for number in range(answers):
        born = date(1940, 1, 1) + timedelta(days=number * 37)
        visit = practice.make.visit(practice.location, practice.make.patient("Ana", "Bell", birth_date=born))
        db.session.commit()
        tablet = rng.choice(held)
        if rng.random() < 0.2:
            expected[visit.id] = tablet.answer_while_it_breaks_off(visit, rng)
        else:
            expected[visit.id] = tablet.answer(born, "A. B.")
        if number % 50 == 49:
            print(f"{number + 1} answered", flush=True)
        if rng.random() < 0.3:
            tablet.context.set_offline(False)
            tablet.page.wait_for_timeout(rng.randrange(50, 1500))
        if rng.random() < 0.1:
            tablet.kill()
            tablet.start()
            tablet.break_off(rng)
    for tablet in held:
        tablet.deliver_all()
        tablet.context.close()
    db.session.rollback()
    first = select(Answer.visit_id, Answer.answered_at).where(Answer.turn == 1)
    rows = [(row.visit_id, row.answered_at) for row in db.session.execute(first)]
    off = [abs((at - expected[visit_id]).total_seconds()) for visit_id, at in rows if visit_id in expected]
    current = db.session.scalars(select(Answer.id).where(Answer.turn == 2)).all()
    readable = [str(path) for path in practice.folder.glob("tablet*/**/*") if path.is_file() and _holds_canary(path)]
    figures = {
        "answers": answers,
        "visits_answered": len({visit_id for visit_id, _ in rows}),
        "rows_first_page": len(rows),
        "rows_second_page": len(current),
        "left_to_desk": len(db.session.scalars(select(LateAnswer.id)).all()),
        "most_seconds_off": round(max(off, default=0.0), 2),
        "readable_files": len(readable),
    }
    whole = figures["visits_answered"] == len(rows) == len(current) == answers
    return figures | {
        "holds": whole
        and figures["most_seconds_off"] <= MOST_SECONDS_OFF
        and not readable
        and not figures["left_to_desk"]
    }


def _holds_canary(path: Path) -> bool:
    with suppress(OSError):
        content = path.read_bytes()
        return any(CANARY.encode(coding) in content for coding in ("utf-8", "utf-16-le"))
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=500)
    parser.add_argument("--tablets", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="twenty answers on two tablets")
    given = parser.parse_args()
    answers, tablets = (20, 2) if given.quick else (given.answers, given.tablets)
    with tablet_practice() as practice, sync_playwright() as playwright:
        figures = run(practice, playwright, answers=answers, tablets=tablets, seed=given.seed)
    for name, value in figures.items():
        print(f"{name:<20}{value}")
    return finish(figures)


if __name__ == "__main__":
    raise SystemExit(main())
